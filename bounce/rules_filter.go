package bounce

// filterRules are those of filters that companies use in front of their mail.
var filterRules = []replyRule{
	{id: "mimecast.is", is: ProviderMimecast, any: []string{"mimecast.com", "mimecast"}},
	{
		id: "mimecast.reputation", is: ProviderMimecast, tier: tierToken, category: IPBlocklisted,
		any: []string{"zen.mimecast.org"}, list: &mimecastZen, url: "https://check.spamhaus.org/", why: "Mimecast's zen is a block list that it runs a copy of",
		texts: []string{"550 zen.mimecast.org Poor Reputation Sender. - https://community.mimecast.com/docs/DOC-1369#550 [abc.uk123]"},
	},
	{
		id: "mimecast.csi", is: ProviderMimecast, tier: tierToken, category: IPReputation, url: "https://csi.cloudmark.com/",
		any: []string{"csi.mimecast.org"}, why: "Mimecast's csi is Cloudmark's reputation of addresses; its page takes requests",
		texts: []string{"550 csi.mimecast.org Poor Reputation Sender. - https://community.mimecast.com/docs/DOC-1369#550 [abc.uk123]"},
	},
	{
		id: "mimecast.spoof", is: ProviderMimecast, tier: tierToken, category: AuthFailed, mech: mechAlign,
		any: []string{"anti-spoofing policy - inbound not allowed", "anti-spoofing header lockout", "anti-spoofing…mimecast"}, why: "Mimecast takes the message for one that pretends to be from the recipient's own domain",
		texts: []string{"550 Rejected by header based Anti-Spoofing policy: news@example.org - https://community.mimecast.com/docs/DOC-1369#550 anti-spoofing header lockout"},
	},
	{
		id: "mimecast.later", is: ProviderMimecast, tier: tierToken, class: 4, category: Greylisted,
		any: []string{"internal resources are temporarily unavailable", "internal resource temporarily unavailable", "internal resource…mimecast"}, why: "Mimecast defers senders that it does not know in these words",
		texts: []string{"451 Internal resources are temporarily unavailable - https://community.mimecast.com/docs/DOC-1369#451 [abc.uk123]"},
	},
	{
		id: "mimecast.unknown", at: ProviderMimecast, tier: tierToken, category: MailboxUnknown, stage: StageRcpt,
		any: []string{"invalid recipient", "recipient validation"}, why: "Mimecast knows the recipients of its customer, and this one is not among them",
		texts: []string{"550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550 [abc.uk123]"},
	},
	{
		id: "mimecast.policy", at: ProviderMimecast, tier: tierToken, category: RecipientRefused,
		any: []string{"administrative prohibition", "envelope blocked", "rejected by customer policy", "submitter failed"}, why: "a rule of Mimecast's customer refuses the sender",
		texts: []string{"550 Administrative prohibition - envelope blocked - https://community.mimecast.com/docs/DOC-1369#550 [abc.uk123]"},
	},
	{id: "proofpoint.is", is: ProviderProofpoint, any: []string{"ipcheck.proofpoint.com", "dnsbl-lookup.proofpoint", "support.proofpoint.com", "proofpoint", ".pphosted.com"}},
	{
		id: "proofpoint.reputation", is: ProviderProofpoint, tier: tierToken, category: IPReputation, url: "https://ipcheck.proofpoint.com/",
		any: []string{"ipcheck.proofpoint.com", "support.proofpoint.com/dnsbl-lookup", "dnsbl-lookup.cgi", "proofpoint dynamic reputation"}, why: "Proofpoint's reputation service has the address; its page takes requests",
		texts: []string{"554 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.1"},
	},
	{
		id: "cisco.reputation", is: ProviderCisco, tier: tierToken, category: IPReputation, url: "https://talosintelligence.com/reputation_center",
		any: []string{"sending mta's poor reputation", "your access to this mail system has been rejected due to the sending mta", "senderbase.org", "talosintelligence.com", "ironport"}, why: "Cisco's reputation service speaks against the address; Talos takes requests",
		texts: []string{"554-mx.example.net\n554 Your access to this mail system has been rejected due to the sending MTA's poor reputation. If you believe that this failure is in error, please contact the intended recipient via alternate means."},
	},
	{
		id: "cisco.policy", is: ProviderCisco, tier: tierToken, category: Policy,
		any: []string{"your access to submit messages to this e-mail system has been rejected"}, why: "a sender group of Cisco's filter refuses the address",
		texts: []string{"550 #5.7.1 Your access to submit messages to this e-mail system has been rejected."},
	},
	{
		id: "barracuda.user", is: ProviderBarracuda, tier: tierToken, category: RecipientRefused,
		any: []string{"(user:blocked)", "user:blocked"}, why: "the recipient of a Barracuda filter blocks the sender",
		texts: []string{"550 permanent failure for one or more recipients (bob@example.net:user:blocked)"},
	},
	{
		id: "barracuda.blocked", is: ProviderBarracuda, tier: tierToken, category: ContentSpam,
		any: []string{":blocked)", "permanent failure for one or more recipients…:blocked"}, not: []string{"user:blocked"}, why: "a Barracuda filter refuses the message",
		texts: []string{"550 permanent failure for one or more recipients (bob@example.net:blocked)"},
	},
	{
		id: "barracuda.unknown", is: ProviderBarracuda, tier: tierToken, category: MailboxUnknown, stage: StageRcpt,
		any: []string{":550 5.1.1", ":user unknown)", "permanent failure for one or more recipients…user unknown", "permanent failure for one or more recipients…5.1.1"}, why: "the server behind a Barracuda filter says that there is no such mailbox",
		texts: []string{"550 permanent failure for one or more recipients (bob@example.net:550 5.1.1 User unknown)"},
	},
	{
		id: "barracuda.reputation", is: ProviderBarracuda, tier: tierToken, category: IPReputation, url: "https://www.barracudacentral.org/rbl/removal-request",
		any: []string{"barracudanetworks.com/reputation", "barracudacentral.org/reputation", "barracuda reputation"}, not: []string{"b.barracudacentral.org"}, why: "Barracuda's reputation service has the address; its page takes requests",
		texts: []string{"554 Service unavailable; Client host [mail.example.org] blocked using Barracuda Reputation; http://www.barracudanetworks.com/reputation/?r=1&ip=192.0.2.1"},
	},
	{
		id: "cloudmark", is: ProviderCloudmark, tier: tierToken, category: IPReputation, url: "https://csi.cloudmark.com/",
		any: []string{"csi.cloudmark.com", "cloudmark sender intelligence"}, why: "Cloudmark's reputation service has the address; its page takes requests",
		texts: []string{"550 5.7.1 192.0.2.1 is blocked, see http://csi.cloudmark.com/reset-request/?ip=192.0.2.1"},
	},
	{id: "symantec.is", is: ProviderSymantec, any: []string{"symanteccloud.com", "messagelabs.com"}},
	{
		id: "symantec", is: ProviderSymantec, tier: tierToken, category: IPReputation, url: "https://ipremoval.sms.symantec.com/",
		any: []string{"ipremoval.sms.symantec.com", "symantec.com/ip", "spam.brightmail", "blocked using symantec", "brightmail"}, why: "Symantec's reputation service has the address; its page takes requests",
		texts: []string{"554 5.7.1 Connection refused: IP 192.0.2.1 has a negative reputation, see https://ipremoval.sms.symantec.com/"},
	},
	{
		id: "symantec.filtered", is: ProviderSymantec, tier: tierToken, category: ContentSpam,
		any: []string{"message filtered…symanteccloud", "message filtered…messagelabs"}, why: "Symantec's filter refuses the message",
		texts: []string{"553 Message filtered. Refer to the Troubleshooting page at https://www.symanteccloud.com/troubleshooting for more information. (#5.7.1)"},
	},
	{
		id: "symantec.policy", is: ProviderSymantec, tier: tierToken, category: Policy,
		any: []string{"please turn on smtp authentication", "[7.3]", "messagelabs…policy"}, and: []string{"messagelabs", "symantec", "requested action"}, why: "a policy of Symantec's filter refuses it",
		texts: []string{"553-Message filtered. Requested action not taken, mailbox policy [7.3]; please visit www.symantec.com"},
	},
	{
		id: "trendmicro", is: ProviderTrendMicro, tier: tierToken, category: IPReputation, url: "https://servicecentral.trendmicro.com/en-us/ers/",
		any: []string{"found in ers-", "ers-dul", "servicecentral.trendmicro", "mail-abuse.com", "ers.trendmicro.com", "trendmicro.com…reputation", "trend micro email reputation", "ipr.trendmicro"}, why: "Trend Micro's reputation service has the address; its page takes requests",
		texts: []string{"550 5.7.1 Client host [192.0.2.1] blocked by Trend Micro Email Reputation Service. Please see http://www.mail-abuse.com/cgi-bin/lookup?ip_address=192.0.2.1"},
	},
	{
		id: "sophos", is: ProviderSophos, tier: tierToken, category: IPReputation, url: "https://www.sophos.com/en-us/threat-center/ip-lookup",
		any: []string{"sophos.com/…reputation", "sophos…blocked", "sophos.com/…ip-lookup"}, why: "Sophos's reputation service has the address",
		texts: []string{"550 5.7.1 Your IP 192.0.2.1 is blocked by Sophos, see http://www.sophos.com/security/ip-lookup"},
	},
	{id: "fortinet.is", is: ProviderFortinet, any: []string{"fortimail"}},
	{
		id: "fortinet.link", is: ProviderFortinet, tier: tierToken, first: true, category: ContentSpam,
		any: []string{"fortiguard…blocking url", "fortiguard…url"}, why: "Fortinet's filter knows a link in the message",
		texts: []string{"554 5.7.1 This message has been blocked because it contains FortiGuard - AntiSpam blocking URL(s)."},
	},
	{
		id: "fortinet", is: ProviderFortinet, tier: tierToken, category: IPReputation, url: "https://www.fortiguard.com/services/antispam",
		any: []string{"fortiguard"}, why: "Fortinet's filter refuses it",
		texts: []string{"550 5.7.1 This message has been blocked by FortiGuard, IP 192.0.2.1"},
	},
	{
		id: "spamexperts", is: ProviderSpamExperts, tier: tierToken, category: ContentSpam,
		any: []string{"antispamcloud.com", "spamexperts"}, and: []string{"spam", "reject", "reason"}, why: "SpamExperts' filter refuses the message",
		texts: []string{"550 A URL in this email is listed; rejected as spam. See https://spamexperts.example/why"},
	},
	{
		id: "cpanel.rate", tier: tierToken, category: RateLimited, scope: ScopeAccount,
		any: []string{"has exceeded the max defers and failures per hour", "has exceeded the max emails per hour", "max emails per hour"}, why: "the sending host of the account counts too many messages",
		texts: []string{"Domain example.org has exceeded the max emails per hour (300/300 (100%)) allowed. Message discarded."},
	},
}

var mimecastZen = listing{zone: "zen.mimecast.org", name: "Mimecast ZEN"}
