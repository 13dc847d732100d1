package bounce

// yahooRules are those of Yahoo and AOL, which put their code in brackets, and of
// iCloud, which does the same.
var yahooRules = []replyRule{
	{id: "yahoo.is", is: ProviderYahoo, any: []string{"postmaster.yahooinc.com", "postmaster.yahoo.com", "help.yahoo.com", "senders.yahooinc.com", "postmaster.aol.com", "yahoodns.net", ".yahoo.com", "yahoo.com account", "aol.com/errors", "|yahoo account|"}},
	{
		id: "yahoo.ts-temporary", is: ProviderYahoo, tier: tierToken, category: IPReputation, class: 4, action: ActionSlowDown, wait: hour,
		any: []string{"[tss04]", "[tss05]", "[tss06]", "[ts01]", "[ts02]", "[ts03]", "[ts04]", "[tss01]", "[tss02]", "[tss03]", "unexpected volume or user complaints"}, why: "Yahoo's codes TS01 to TSS06 mean complaints or too much mail for the address's reputation",
		texts: []string{"421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes"},
	},
	{
		id: "yahoo.ts-permanent", is: ProviderYahoo, tier: tierToken, category: IPReputation, action: ActionReputation, url: "https://senders.yahooinc.com/contact",
		any: []string{"[tss09]", "[tss11]", "[tss10]", "permanently deferred", "[tss08]"}, why: "Yahoo's codes TSS09 and TSS11 mean that it takes nothing more from the address for now",
		texts: []string{"553 5.7.2 [TSS09] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed. See https://postmaster.yahooinc.com/error-codes"},
	},
	{
		id: "yahoo.ipts", is: ProviderYahoo, tier: tierToken, category: IPReputation, action: ActionSlowDown,
		any: []string{"[ipts04]", "[ipts05]", "vs98-ip", "vs1-ip", "vs99-ip", "[ipts"}, why: "Yahoo's codes IPTS04, IPTS05 and VS98-IP mean the reputation of the address",
		texts: []string{"421 4.7.1 [IPTS04] Messages from 192.0.2.1 temporarily deferred. Please refer to https://postmaster.yahooinc.com"},
	},
	{
		id: "yahoo.spamhaus", is: ProviderYahoo, tier: tierToken, first: true, category: IPBlocklisted, list: &spamhausList, url: "https://check.spamhaus.org/",
		any: []string{"[bl21]", "[bl23]", "[bl20]", "[bl22]", "[tss07]", "connections will not be accepted from…spamhaus"}, why: "Yahoo's codes BL21, BL23 and TSS07 mean that the address is on a list of Spamhaus",
		texts: []string{"553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list; see https://postmaster.yahooinc.com/550-bl23"},
	},
	{
		id: "yahoo.policy", is: ProviderYahoo, tier: tierToken, category: Policy,
		any: []string{"[ph01]", "message not accepted for policy reasons…yahoo", "5.7.9 message not accepted", "5.7.9 (pol"}, why: "Yahoo's code PH01 means its policy",
		texts: []string{"554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes"},
	},
	{
		id: "yahoo.dkim", is: ProviderYahoo, tier: tierToken, first: true, category: AuthFailed, mech: mechDKIM,
		any: []string{"(au01)", "[au01]"}, why: "Yahoo's code AU01 is about DKIM",
		texts: []string{"554 5.7.5 (AU01) Message not accepted. Email failed DKIM authentication. See https://postmaster.yahooinc.com/error-codes"},
	},
	{
		id: "yahoo.dmarc", at: ProviderYahoo, tier: tierToken, first: true, category: AuthFailed, mech: mechDMARC,
		any: []string{"dmarc", "(dmarc:"}, why: "Yahoo names DMARC",
		texts: []string{"554 5.7.9 Message not accepted for policy reasons (DMARC: policy of example.org is reject). See https://postmaster.yahooinc.com/error-codes"},
	},
	{
		id: "yahoo.domain", is: ProviderYahoo, tier: tierToken, category: SenderRejected,
		any: []string{"unresolvable rfc.5321 domain", "unresolvable rfc.5321", "unresolvable rfc.5322"}, why: "Yahoo cannot find the sender's domain in DNS",
		texts: []string{"451 Message temporarily deferred due to unresolvable RFC.5321 domain; see https://postmaster.yahooinc.com/error-codes"},
	},
	{
		id: "yahoo.unknown", is: ProviderYahoo, tier: tierToken, category: MailboxUnknown, stage: StageRcpt,
		any: []string{"this user doesn't have a yahoo", "dd this user doesn't have", "doesn't have a yahoo.com account", "doesn't have a aol.com account", "delivery error: dd", "5.1.1 mailbox does not exist…aol"}, why: "Yahoo says that there is no such account",
		texts: []string{"554 delivery error: dd This user doesn't have a yahoo.com account (bob@yahoo.com) [0] - mta1234.mail.bf1.yahoo.com"},
	},
	{
		id: "yahoo.disabled", is: ProviderYahoo, tier: tierToken, first: true, category: MailboxDisabled, stage: StageRcpt,
		any: []string{"554.30", "mailbox is disabled (554", "account has been disabled or discontinued", "this mailbox is disabled (554"}, why: "Yahoo says that the mailbox is closed",
		texts: []string{"554 30 Sorry, your message to bob@yahoo.com cannot be delivered. This mailbox is disabled (554.30)."},
	},
	{
		id: "aol.rdns", is: ProviderYahoo, tier: tierToken, category: BadRDNS,
		any: []string{"rtr:rd", "(rtr:rd)", "rtr:ge"}, why: "AOL's code RTR:RD is about the PTR record",
		texts: []string{"421 4.7.1 (RTR:RD) https://postmaster.aol.com/error-codes"},
	},
	{
		id: "aol.blocked", is: ProviderYahoo, tier: tierToken, category: IPReputation,
		any: []string{"rtr:bl", "rtr:du", "rtr:bb", "rtr:ch", "dyn:t1", "con:b1", "rly:b", "dyn:t2", "rly:ch", "rly:nw", "rly:bd"}, why: "AOL's codes RTR, DYN, CON and RLY mean the reputation of the address",
		texts: []string{"554 5.7.1 (RTR:BL) https://postmaster.aol.com/error-codes#554rtrbl"},
	},
	{
		id: "aol.content", is: ProviderYahoo, tier: tierToken, category: ContentSpam,
		any: []string{"hvu:b", "(hvu:"}, why: "AOL's code HVU means a link in the message",
		texts: []string{"554 5.7.1 (HVU:B1) https://postmaster.aol.com/error-codes#554hvub1"},
	},

	{id: "icloud.is", is: ProviderICloud, any: []string{"support.apple.com", "mail.icloud.com", "icloudadmin@apple.com", "mail.me.com"}},
	{
		id: "icloud.policy", is: ProviderICloud, tier: tierToken, category: Policy, url: "https://support.apple.com/102322",
		any: []string{"[cs01]", "[cs02]", "message rejected due to local policy…apple"}, why: "iCloud's code CS01 means its policy, mostly the reputation of sender or content",
		texts: []string{"550 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137"},
	},
	{
		id: "icloud.spam", is: ProviderICloud, tier: tierToken, first: true, category: ContentSpam,
		any: []string{"[hm08]", "[hm07]", "[hm09]"}, why: "iCloud's code HM08 means its policy on content and sender",
		texts: []string{"554 5.7.1 [HM08] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137"},
	},
	{
		id: "icloud.auth", is: ProviderICloud, tier: tierToken, first: true, category: AuthFailed, mech: mechSPFDKIM,
		any: []string{"[hme1]", "[hme2]"}, why: "iCloud's code HME1 wants SPF and DKIM to pass",
		texts: []string{"550 5.7.1 [HME1] This message was blocked for failing both SPF and DKIM authentication checks. See https://support.apple.com/en-us/HT204137 for mailing best practices"},
	},
	{
		id: "icloud.volume", at: ProviderICloud, tier: tierToken, category: RateLimited,
		any: []string{"excessive volume", "temporarily deferred…volume", "too many messages"}, why: "iCloud says that too much comes at a time",
		texts: []string{"450 4.7.1 Messages from 192.0.2.1 were deferred due to excessive volume. Visit https://support.apple.com/en-us/HT204137"},
	},
	{
		id: "icloud.unknown", at: ProviderICloud, tier: tierToken, category: MailboxUnknown, stage: StageRcpt, enhanced: []string{"5.1.1", "5.1.6"}, class: 5,
		any: []string{"user does not exist", "unknown user", "user not found", "mailbox does not exist", "recipient no longer on server"}, not: []string{"policy"}, why: "iCloud says that there is no such mailbox",
		texts: []string{"550 5.1.1 <bob@icloud.com>: user does not exist. See https://support.apple.com/en-us/HT204137"},
	},
}
