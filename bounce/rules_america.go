package bounce

// americaRules are those of providers in North America.
var americaRules = []replyRule{
	{id: "comcast.is", is: ProviderComcast, any: []string{"postmaster.comcast.net", "comcast.net", "|bl000001|", "|bl000010|"}},
	{
		id: "comcast.blocklist", is: ProviderComcast, tier: tierToken, category: IPReputation, url: "https://spa.xfinity.com/report",
		any: []string{"|bl000000|", "|bl000010|"}, why: "Comcast's BL codes but BL000001 mean that it blocks the address itself",
		texts: []string{"554 resimta-po-01v.sys.comcast.net comcast 192.0.2.1 Comcast block for spam. Please see http://postmaster.comcast.net/smtp-error-codes.php#BL000000"},
	},
	{
		id: "comcast.dnsbl", is: ProviderComcast, tier: tierToken, category: IPBlocklisted, list: &spamhausList, url: "https://check.spamhaus.org/",
		any: []string{"|bl000001|"}, why: "Comcast's code BL000001 means that Spamhaus lists the address",
		texts: []string{"554 resimta-po-01v.sys.comcast.net comcast 192.0.2.1 found on one or more DNSBLs, see http://postmaster.comcast.net/smtp-error-codes.php#BL000001"},
	},
	{
		id: "comcast.rate", is: ProviderComcast, tier: tierToken, category: RateLimited,
		any: []string{"rl000001", "rl000002", "rl000003", "#rl00"}, why: "Comcast's RL codes mean too much at a time",
		texts: []string{"421 resimta-po-01v.sys.comcast.net comcast Try again later. See http://postmaster.comcast.net/smtp-error-codes.php#RL000001"},
	},
	{
		id: "comcast.unknown", is: ProviderComcast, tier: tierToken, category: MailboxUnknown, stage: StageRcpt,
		any: []string{"not our customer"}, why: "Comcast says that there is no such customer",
		texts: []string{"550 5.1.1 Not our Customer"},
	},
	{id: "spectrum.is", is: ProviderSpectrum, any: []string{"spectrum.net/", "charter.net"}},
	{id: "cox.is", is: ProviderCox, any: []string{"cox.com/", "|cox.net cox|", "aup#cx"}},
	{
		id: "cox.sender", is: ProviderCox, tier: tierToken, first: true, category: SenderRejected, scope: ScopeAccount,
		any: []string{"aup#cxsnd"}, why: "Cox's code CXSNDR means that it refuses the sender",
		texts: []string{"552 5.2.0 <news@example.org> message rejected. AUP#CXSNDR"},
	},
	{
		id: "aup.rate", tier: tierToken, first: true, category: RateLimited,
		any: []string{"aup#…connection limit", "aup#…rate limit", "aup#…too many", "aup#…connections"}, why: "the code AUP# of Spectrum and Cox stands before words about a limit",
		texts: []string{"421 4.7.1 192.0.2.1 has reached its connection limit. AUP#In-1010 too many connections"},
	},
	{
		id: "aup", tier: tierToken, category: IPReputation,
		any: []string{"aup#in-1300", "aup#in-1310", "aup#in-1320", "aup#in-1330", "aup#in-1", "aup#i-1", "aup#blk", "aup#cdrbl", "aup#cxdmn", "aup#o-1", "aup#cmf"}, why: "the codes AUP# of Spectrum and Cox mean that the address is blocked or slowed down",
		texts: []string{"550 5.7.1 192.0.2.1 blocked. AUP#In-1310"},
	},
	{
		id: "att.blocked", is: ProviderATT, tier: tierToken, category: IPReputation, url: "mailto:abuse_rbl@abuse-att.net",
		any: []string{"abuse_rbl@abuse-att.net", "att.net/blocks", "blocked by sbc", "rbl.att.net", "error - blocked for abuse"}, why: "AT&T blocks the address; its postmaster takes requests",
		texts: []string{"553 5.3.0 flph123 DNSBL:ATTRBL 521< 192.0.2.1 >_is_blocked.__For_information_forward_to_abuse_rbl@abuse-att.net"},
	},
	{
		id: "verizon.blocked", is: ProviderVerizon, tier: tierToken, category: IPReputation,
		any: []string{"email from…is currently blocked by verizon", "verizon online", "verizon.net/whitelist"}, why: "Verizon blocks the address",
		texts: []string{"550 Email from 192.0.2.1 is currently blocked by Verizon Online's anti-spam system."},
	},
	{id: "godaddy.is", is: ProviderGoDaddy, any: []string{"godaddy.com/", "secureserver.net/"}},
	{
		id: "godaddy.rate", is: ProviderGoDaddy, tier: tierToken, category: RateLimited, scope: ScopeAccount,
		any: []string{"|ib607|", "has sent to too many recipients", "|ib605|", "|ib603|", "|ib504|", "|ib506|", "|ib507|"}, why: "GoDaddy's code means that the sender sends too much",
		texts: []string{"550 5.1.1 <news@example.org> has sent to too many recipients. IB607"},
	},
	{
		id: "godaddy.blocked", is: ProviderGoDaddy, tier: tierToken, category: IPReputation,
		any: []string{"|ib103|", "|ib104|", "|ib105|", "|ib106|", "|ib111|", "|ib110|", "|ib212|", "|ib501|", "|ib007|", "unblock.secureserver.net"}, why: "GoDaddy's code means that the address is blocked",
		texts: []string{"554 Your access to this mail system has been rejected. Please visit https://unblock.secureserver.net/?ip=192.0.2.1 IB103"},
	},
	{
		id: "godaddy.rdns", is: ProviderGoDaddy, tier: tierToken, first: true, category: BadRDNS,
		any: []string{"|ib108|", "|ib113|", "|ib114|"}, why: "GoDaddy's code is about the PTR record",
		texts: []string{"554 Your PTR record is missing. IB113"},
	},
	{
		id: "rackspace.spam", is: ProviderRackspace, tier: tierToken, category: ContentSpam,
		any: []string{"emailsrvr.com…spam", "rackspace…spam"}, why: "Rackspace takes the message for spam",
		texts: []string{"554 5.7.1 Message rejected by rackspace spam filtering"},
	},
	{
		id: "amazon.sandbox", is: ProviderAmazon, tier: tierToken, category: AuthRequired, scope: ScopeAccount, action: ActionFixSender,
		any: []string{"email address is not verified. the following identities failed the check", "following identities failed the check"}, why: "Amazon SES sends only for identities that were verified",
		texts: []string{"554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: news@example.org"},
	},
	{
		id: "amazon.rate", is: ProviderAmazon, tier: tierToken, category: RateLimited, scope: ScopeAccount,
		any: []string{"maximum sending rate exceeded", "daily message quota exceeded", "throttling failure"}, why: "Amazon SES says that the account sends too much",
		texts: []string{"454 Throttling failure: Maximum sending rate exceeded."},
	},
	{
		id: "amazon.suppressed", is: ProviderAmazon, tier: tierToken, category: RecipientRefused,
		any: []string{"amazon ses did not send", "suppression list", "on the suppression list"}, why: "the sending service has the address on its suppression list",
		texts: []string{"Amazon SES did not send the message to this address because it is on the suppression list for your account"},
	},
	{
		id: "zoho.blocked", is: ProviderZoho, tier: tierToken, category: IPReputation,
		any: []string{"zoho…blocked", "zohomail…blocked", "unblockme"}, why: "Zoho blocks the sender",
		texts: []string{"550 5.4.6 Unusual sending activity detected. Please try after sometime, https://mail.zoho.com/UnblockMe"},
	},
	{
		id: "proton.greylist", is: ProviderProton, tier: tierToken, category: AuthFailed, mech: mechDKIM,
		any: []string{"protonmail…dkim", "proton…dkim"}, why: "Proton names DKIM",
		texts: []string{"550 5.7.1 Rejected by Proton: DKIM signature is not valid"},
	},
}
