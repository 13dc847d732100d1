package bounce

// germanyRules are those of providers in Germany.
var germanyRules = []replyRule{
	{id: "gmx.is", is: ProviderGMX, any: []string{"nemesis esmtp", "postmaster.gmx", "postmaster.web.de", "postmaster.1und1", "postmaster.mail.com", "postmaster.ionos", "kundenserver.de"}},
	{
		id: "gmx.blocklist", is: ProviderGMX, tier: tierToken, category: IPReputation, url: "https://postmaster.gmx.net/",
		any: []string{"?c=bl", "&c=bl", "c=bl&", "/error-messages?ip=…c=bl"}, at: ProviderGMX, why: "the page's c=bl means that GMX and WEB.DE block the address",
		texts: []string{"554-No SMTP service\n554-IP address is black listed.\n554 For explanation visit https://postmaster.gmx.net/en/case?c=bl&i=ip&v=192.0.2.1&r=abc"},
	},
	{
		id: "gmx.reverse", is: ProviderGMX, tier: tierToken, category: BadRDNS,
		any: []string{"?c=r0601", "c=r0601", "?c=rdns", "no ptr…gmx", "bad dns ptr"}, at: ProviderGMX, why: "the page's c=r0601 is about the PTR record",
		texts: []string{"554 Bad DNS PTR resource record. For explanation visit https://postmaster.web.de/en/case?c=r0601"},
	},
	{
		id: "gmx.sender", at: ProviderGMX, tier: tierToken, first: true, category: SenderRejected, stage: StageMail,
		any: []string{"unauthorized sender address", "invalid dns mx or a"}, why: "GMX and WEB.DE find no MX or address record of the sender's domain",
		texts: []string{"550-Requested action not taken: mailbox unavailable\n550 invalid DNS MX or A/AAAA resource record. For explanation visit https://postmaster.gmx.net/en/error-messages"},
	},
	{
		id: "gmx.policy", is: ProviderGMX, tier: tierToken, category: Policy,
		any: []string{"reject due to policy restrictions", "c=r0602", "c=hi", "c=r0600"}, at: ProviderGMX, why: "the page is about GMX's policy on senders",
		texts: []string{"554 Reject due to policy restrictions. For explanation visit https://postmaster.gmx.net/en/case?c=hi&i=ip&v=192.0.2.1&r=0M"},
	},
	{
		id: "gmx.later", is: ProviderGMX, tier: tierToken, class: 4, category: RateLimited,
		any: []string{"too many connections…gmx", "try again later…gmx", "?c=rl", "c=r0108"}, at: ProviderGMX, why: "GMX asks to come later",
		texts: []string{"421 Try again later, too many connections. For explanation visit https://postmaster.gmx.net/en/case?c=rl"},
	},
	{
		id: "t-online.ip", is: ProviderTOnline, tier: tierToken, category: IPReputation, url: "mailto:tosa@rx.t-online.de",
		any: []string{"@rx.t-online.de", "a problem occurred. (ask your postmaster for help or to contact", "a problem occurred…t-online"}, why: "T-Online takes mail only from addresses whose operator it knows; its postmaster answers",
		texts: []string{"554 IP=192.0.2.1 - A problem occurred. (Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify.) (BL)"},
	},
	{
		id: "hetzner.rbl", is: ProviderHetzner, tier: tierToken, first: true, category: IPBlocklisted, list: &hetznerRBL, url: "https://rbl.your-server.de/",
		any: []string{"rbl.your-server.de", "hetzner…blacklist"}, why: "the text names Hetzner's block list",
		texts: []string{"550-blacklisted\n550-The IP address 192.0.2.1 is blocked.\n550 See rbl.your-server.de for details"},
	},
	{
		id: "freenet.spam", is: ProviderFreenet, tier: tierToken, category: ContentSpam,
		any: []string{"freenet.de/spam", "postmaster.freenet.de", "freenet…spam"}, why: "freenet takes the message for spam",
		texts: []string{"550 message rejected as spam, http://postmaster.freenet.de"},
	},
	{id: "hornet.is", is: ProviderHornet, any: []string{"hornetsecurity", "antispameurope"}},
	{
		id: "hornet.spam", is: ProviderHornet, tier: tierToken, category: ContentSpam,
		any: []string{"hornetsecurity", "antispameurope"}, and: []string{"spam", "content"}, why: "Hornetsecurity's filter takes the message for spam",
		texts: []string{"554 5.6.9 customer rule based reject by antispameurope - spam"},
	},
}

var hetznerRBL = listing{zone: "rbl.your-server.de", name: "Hetzner RBL"}
