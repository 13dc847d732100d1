package dnsbl

// The kinds of most lists. Nobody changes them: what leaves the package is a copy.
var (
	addresses4 = []Kind{IPv4}
	addresses  = []Kind{IPv4, IPv6}
	domains    = []Kind{Domain}
)

const (
	spamhausKey    = "Answers resolvers of one's own for a little mail that earns nothing; not public ones, nor those without a host name of their own, nor some clouds. Anybody else takes a key."
	spamhausCheck  = "https://check.spamhaus.org/results/?query={q}"
	uceprotect     = "Free within limits of rate."
	uceprotectPage = "https://www.uceprotect.net/en/rblcheck.php?ipr={q}"
	uceprotectEnds = "Entries end seven days after the last spam. Nobody has to pay for faster removal."
)

// The control points of lists that have them for IPv6 as well are those of RFC 5782.

// addressLists list addresses, some of them domains as well.
var addressLists = []List{
	{
		Zone: "zen.spamhaus.org", Name: "Spamhaus ZEN", Kinds: addresses, KeyZone: "{spamhaus}.zen.dq.spamhaus.net",
		About: "Spam sources, hijacked networks, infected hosts and ranges of end users: SBL, CSS, DROP, XBL and PBL in one.",
		Codes: []Code{
			{Match: "127.0.0.2", Class: ClassListed, Category: "spam_source", Meaning: "SBL, a source or service of spam that people looked at"},
			{Match: "127.0.0.3", Class: ClassListed, Category: "spam_source", Meaning: "CSS, mail of low reputation, found by machine"},
			{Match: "127.0.0.4-7", Class: ClassListed, Category: "exploited", Meaning: "XBL, an infected or exploited host"},
			{Match: "127.0.0.9", Class: ClassListed, Category: "hijacked_net", Meaning: "DROP, a network that criminals run", Scope: ScopeNetwork},
			{Match: "127.0.0.10", Class: ClassPolicy, Category: "end_user_range", Meaning: "PBL, a range that the provider says is for end users", Scope: ScopeNetwork, Weight: High},
			{Match: "127.0.0.11", Class: ClassPolicy, Category: "end_user_range", Meaning: "PBL, a range that Spamhaus takes to be for end users", Scope: ScopeNetwork, Weight: High},
		},
		Weight: Critical, Lookup: spamhausCheck, Removal: "https://check.spamhaus.org/results/?query={q}", Policy: spamhausKey,
		Caveat:  "Through some public resolvers it looks empty instead of refusing.",
		Default: true, Checked: "2026-10", Confidence: Sure,
	},
	{
		Zone: "authbl.dq.spamhaus.net", Name: "Spamhaus AuthBL", Kinds: addresses, KeyZone: "{spamhaus}.authbl.dq.spamhaus.net", Access: Keyed,
		About:  "Hosts that log in to mail servers with stolen passwords. It is meant for submission, and no part of ZEN.",
		Codes:  []Code{{Match: "127.0.0.20", Class: ClassListed, Category: "stolen_credentials", Meaning: "a host that uses stolen passwords"}},
		Weight: Medium, Lookup: spamhausCheck, Removal: "https://check.spamhaus.org/results/?query={q}", Policy: "Subscribers alone.",
		Checked: "2024-04", Confidence: Sure,
	},
	{
		Zone: "bl.spamcop.net", Name: "SpamCop", Kinds: addresses,
		About:  "Sources of mail that its users reported, and of mail to traps.",
		Codes:  []Code{{Match: "127.0.0.2", Class: ClassListed, Category: "spam_reports", Meaning: "reported by recipients, or by traps"}},
		Weight: High, Lookup: "https://www.spamcop.net/bl.shtml?{q}",
		Expires: "Entries end a day after the last report.", Policy: "Free.",
		Default: true, Checked: "2026-10", Confidence: Sure,
	},
	{
		Zone: "b.barracudacentral.org", Name: "Barracuda BRBL", Kinds: addresses4, Access: Registered,
		About:  "Addresses of poor reputation with the operator's appliances.",
		Codes:  []Code{{Match: "127.0.0.2", Class: ClassListed, Category: "spam_source", Meaning: "poor reputation"}},
		Weight: High, Lookup: "https://www.barracudacentral.org/lookups/lookup-reputation", Removal: "https://www.barracudacentral.org/rbl/removal-request",
		Policy: "Free for resolvers whose addresses were registered; for others it is silent, or looks empty.", Checked: "2026-05", Confidence: Likely,
	},
	{
		Zone: "combined.mail.abusix.zone", Name: "Abusix combined", Kinds: addresses, KeyZone: "{abusix}.combined.mail.abusix.zone", Access: Keyed,
		About: "Addresses that hit traps, exploited hosts, and hosts with a generic name or none.",
		Codes: []Code{
			{Match: "127.0.0.2", Class: ClassListed, Category: "spam_trap", Meaning: "mail to traps that never were mailboxes"},
			{Match: "127.0.0.3", Class: ClassListed, Category: "spam_source", Meaning: "found by heuristics, or by its neighbours"},
			{Match: "127.0.0.4", Class: ClassListed, Category: "exploited", Meaning: "an exploited host"},
			{Match: "127.0.0.11", Class: ClassPolicy, Category: "generic_rdns", Meaning: "a generic host name"},
			{Match: "127.0.0.12", Class: ClassPolicy, Category: "no_rdns", Meaning: "no host name"},
			{Match: "127.0.0.200", Class: ClassListed, Category: "manual", Meaning: "entered by hand, to stay"},
		},
		Weight: High, Lookup: "https://lookup.abusix.com/search?q={q}", Removal: "https://lookup.abusix.com/search?q={q}", Policy: "Subscribers alone; questions without a key are refused.",
		Checked: "2026-09", Confidence: Sure,
	},
	{
		Zone: "psbl.surriel.com", Name: "PSBL", Kinds: addresses4,
		About:  "Addresses that sent mail to traps.",
		Codes:  []Code{{Match: "127.0.0.2", Class: ClassListed, Category: "spam_trap", Meaning: "mail to a trap"}},
		Weight: Medium, Lookup: "https://psbl.org/listing?ip={q}", Removal: "https://psbl.org/remove", Policy: "Free.",
		Default: true, Checked: "2026-10", Confidence: Sure,
	},
	{
		Zone: "bl.mailspike.net", Name: "Mailspike BL", Kinds: addresses4,
		About: "Sources of sudden spam, and addresses of bad reputation.",
		Codes: []Code{
			{Match: "127.0.0.2", Class: ClassListed, Category: "zero_hour", Meaning: "spam in the last hours"},
			{Match: "127.0.0.10", Class: ClassListed, Category: "reputation", Meaning: "the worst reputation"},
			{Match: "127.0.0.11", Class: ClassListed, Category: "reputation", Meaning: "a very bad reputation"},
			{Match: "127.0.0.12", Class: ClassListed, Category: "reputation", Meaning: "a bad reputation"},
			{Match: "127.0.0.13", Class: ClassInfo, Category: "reputation", Meaning: "a suspicious reputation"},
			{Match: "127.0.0.14-20", Class: ClassClear, Category: "reputation", Meaning: "a neutral to excellent reputation"},
		},
		Weight: Medium, Lookup: "https://mailspike.io/ip_verify", Removal: "https://mailspike.io/ip_verify", Policy: "Free for about 100,000 questions a day.",
		Default: true, Checked: "2026-10", Confidence: Sure,
	},
	{
		Zone: "rep.mailspike.net", Name: "Mailspike reputation", Kinds: addresses4,
		About: "The reputation of an address in both directions.",
		Codes: []Code{
			{Match: "127.0.0.10-12", Class: ClassListed, Category: "reputation", Meaning: "a bad to worst reputation"},
			{Match: "127.0.0.13-16", Class: ClassInfo, Category: "reputation", Meaning: "a suspicious to neutral reputation"},
			{Match: "127.0.0.17-20", Class: ClassWhite, Category: "reputation", Meaning: "a good to excellent reputation"},
		},
		Weight: Medium, Lookup: "https://mailspike.io/ip_verify", Removal: "https://mailspike.io/ip_verify", Policy: "Free for about 100,000 questions a day.",
		Checked: "2026-08", Confidence: Sure,
	},
	{
		Zone: "dnsbl-1.uceprotect.net", Name: "UCEPROTECT Level 1", Kinds: addresses4,
		About:  "Single addresses that sent mail to traps.",
		Codes:  []Code{{Match: "127.0.0.2", Class: ClassListed, Category: "spam_trap", Meaning: "mail to a trap in the last seven days"}},
		Weight: Low, Lookup: uceprotectPage, Expires: uceprotectEnds, Policy: uceprotect,
		Default: true, Checked: "2026-10", Confidence: Sure,
	},
	{
		Zone: "dnsbl-2.uceprotect.net", Name: "UCEPROTECT Level 2", Kinds: addresses4, Scope: ScopeNetwork,
		About:  "Networks with many addresses on Level 1.",
		Codes:  []Code{{Match: "127.0.0.2", Class: ClassInfo, Category: "neighbourhood", Meaning: "many neighbours are on Level 1"}},
		Weight: Slight, Lookup: uceprotectPage, Expires: uceprotectEnds, Policy: uceprotect, Checked: "2026-10", Confidence: Sure,
	},
	{
		Zone: "dnsbl-3.uceprotect.net", Name: "UCEPROTECT Level 3", Kinds: addresses4, Scope: ScopeASN,
		About:  "All addresses of providers with many of them on Level 1. Only the provider can act, and few receivers look.",
		Codes:  []Code{{Match: "127.0.0.2", Class: ClassInfo, Category: "neighbourhood", Meaning: "the whole provider is on it"}},
		Weight: Slight, Lookup: uceprotectPage, Expires: uceprotectEnds, Policy: uceprotect, Checked: "2026-10", Confidence: Sure,
	},
	{
		Zone: "ips.backscatterer.org", Name: "Backscatterer", Kinds: addresses4,
		About:  "Hosts that send bounces to forged senders, or verify senders by callout. That is no spam.",
		Codes:  []Code{{Match: "127.0.0.2", Class: ClassInfo, Category: "backscatter", Meaning: "bounces or callouts to forged senders"}},
		Weight: Slight, Lookup: "https://www.backscatterer.org/?ip={q}", Expires: "Entries end four weeks after the last bounce. Nobody has to pay for faster removal.",
		Policy: "Free; meant for mail with an empty sender alone.", Checked: "2026-10", Confidence: Sure,
	},
	{
		Zone: "all.spamrats.com", Name: "SpamRATS", Kinds: addresses,
		About: "Hosts with a generic name or none, sources of spam, and hosts that guess passwords.",
		Codes: []Code{
			{Match: "127.0.0.36", Class: ClassPolicy, Category: "generic_rdns", Meaning: "Dyna, a generic host name"},
			{Match: "127.0.0.37", Class: ClassPolicy, Category: "no_rdns", Meaning: "NoPtr, no host name"},
			{Match: "127.0.0.38", Class: ClassListed, Category: "spam_source", Meaning: "Spam"},
			{Match: "127.0.0.43", Class: ClassListed, Category: "stolen_credentials", Meaning: "Auth, guessing of passwords"},
		},
		Weight: Medium, Lookup: "https://www.spamrats.com/lookup.php?ip={q}", Removal: "https://www.spamrats.com/removal.php",
		Policy: "Free; silent to the resolvers of some hosting companies.", Checked: "2026-08", Confidence: Likely,
	},
	{
		Zone: "dnsbl.dronebl.org", Name: "DroneBL", Kinds: addresses,
		About: "Abusable and abused hosts, made for IRC.",
		Codes: []Code{
			{Match: "127.0.0.1", Class: ClassError, Category: "test", Meaning: "a sample"},
			{Match: "127.0.0.2", Class: ClassListed, Category: "test", Meaning: "a sample"},
			{Match: "127.0.0.3", Class: ClassListed, Category: "drone", Meaning: "a drone on IRC"},
			{Match: "127.0.0.5", Class: ClassListed, Category: "bottler", Meaning: "Bottler"},
			{Match: "127.0.0.6", Class: ClassListed, Category: "drone", Meaning: "an unknown worm or bot"},
			{Match: "127.0.0.7", Class: ClassListed, Category: "ddos", Meaning: "a drone for denial of service"},
			{Match: "127.0.0.8", Class: ClassListed, Category: "proxy", Meaning: "an open SOCKS proxy"},
			{Match: "127.0.0.9", Class: ClassListed, Category: "proxy", Meaning: "an open HTTP proxy"},
			{Match: "127.0.0.10", Class: ClassListed, Category: "proxy", Meaning: "a chain of proxies"},
			{Match: "127.0.0.11", Class: ClassListed, Category: "proxy", Meaning: "a proxy on a web page"},
			{Match: "127.0.0.12", Class: ClassListed, Category: "open_dns", Meaning: "an open resolver"},
			{Match: "127.0.0.13", Class: ClassListed, Category: "brute_force", Meaning: "guessing of passwords"},
			{Match: "127.0.0.14", Class: ClassListed, Category: "proxy", Meaning: "an open WinGate proxy"},
			{Match: "127.0.0.15", Class: ClassListed, Category: "router", Meaning: "a router taken over"},
			{Match: "127.0.0.16", Class: ClassListed, Category: "drone", Meaning: "a worm that spreads by itself"},
			{Match: "127.0.0.17", Class: ClassListed, Category: "drone", Meaning: "part of a botnet, found by machine"},
			{Match: "127.0.0.18", Class: ClassListed, Category: "drone", Meaning: "a DNS or MX host name seen on IRC"},
			{Match: "127.0.0.19", Class: ClassListed, Category: "vpn", Meaning: "an abused VPN"},
			{Match: "127.0.0.255", Class: ClassListed, Category: "unknown", Meaning: "no category"},
		},
		Weight: Low, Lookup: "https://dronebl.org/lookup?ip={q}", Removal: "https://dronebl.org/lookup?ip={q}", Policy: "Free, for business as well.",
		Default: true, Checked: "2026-10", Confidence: Sure,
	},
	{
		Zone: "bl.spameatingmonkey.net", Name: "SEM-BLACK", Kinds: addresses, IPv6Zone: "bl.ipv6.spameatingmonkey.net",
		About: "Addresses that sent mail to traps.",
		Codes: []Code{
			{Match: "127.0.0.2", Class: ClassListed, Category: "spam_trap", Meaning: "mail to a trap"},
			{Match: "127.0.0.3", Class: ClassListed, Category: "spam_trap", Meaning: "mail to a trap, by policy"},
		},
		Weight: Low, Lookup: "https://spameatingmonkey.com/lookup/{q}", Removal: "https://spameatingmonkey.com/lookup/{q}", Policy: "Free below 100,000 questions a day.",
		Default: true, Checked: "2026-10", Confidence: Sure,
	},
	{
		Zone: "bl.blocklist.de", Name: "blocklist.de", Kinds: addresses,
		About:  "Hosts that attacked others, by reports of servers.",
		Codes:  []Code{{Match: "127.0.0.2-19", Class: ClassListed, Category: "attacks", Meaning: "attacks on mail, SSH, web or other services"}},
		Weight: Low, Lookup: "https://www.blocklist.de/en/view.html?ip={q}", Removal: "https://www.blocklist.de/en/delist.html?ip={q}", Policy: "Free.",
		Default: true, Checked: "2026-10", Confidence: Sure,
	},
	{
		Zone: "bip.virusfree.cz", Name: "virusfree.cz", Kinds: addresses,
		About: "Addresses of botnets.",
		Codes: []Code{{Match: "127.0.0.2", Class: ClassListed, Category: "botnet", Meaning: "part of a botnet"}}, Weight: Low, Checked: "2026-08", Confidence: Likely,
	},
	{
		Zone: "all.s5h.net", Name: "s5h.net", Kinds: addresses,
		About:  "Addresses that sent mail to traps.",
		Codes:  []Code{{Match: "127.0.0.2", Class: ClassListed, Category: "spam_trap", Meaning: "mail to a trap"}},
		Weight: Low, Removal: "https://www.usenix.org.uk/content/rblremove", Policy: "Free.", Default: true, Checked: "2026-10", Confidence: Likely,
	},
	{
		Zone: "bl.nordspam.com", Name: "NordSpam BL", Kinds: addresses,
		About:  "Sources of spam to the Nordic countries.",
		Codes:  []Code{{Match: "127.0.0.2", Class: ClassListed, Category: "spam_source", Meaning: "a source of spam"}},
		Weight: Low, Removal: "https://www.nordspam.com/delist/", Default: true, Checked: "2026-10", Confidence: Likely,
	},
	{
		Zone: "bl.0spam.org", Name: "0spam", Kinds: addresses4,
		About:  "Addresses that sent mail to traps. Other low codes are reasons that are not documented well.",
		Codes:  []Code{{Match: "127.0.0.2", Class: ClassListed, Category: "spam_trap", Meaning: "mail to a trap"}},
		Weight: Low, Removal: "https://0spam.org/", Default: true, Checked: "2026-10", Confidence: Likely,
	},
	{
		Zone: "truncate.gbudb.net", Name: "GBUdb Truncate", Kinds: addresses4,
		About:  "Addresses from which nothing but spam was seen.",
		Codes:  []Code{{Match: "127.0.0.2", Class: ClassListed, Category: "spam_source", Meaning: "nothing but spam"}},
		Weight: Medium, Lookup: "http://www.gbudb.com/truncate/", Expires: "Entries end by themselves once other mail than spam is seen.", Default: true, Checked: "2026-08", Confidence: Sure,
	},
	{
		Zone: "dnsbl.spfbl.net", Name: "SPFBL", Kinds: []Kind{IPv4, IPv6, Domain}, Names: HostFirst,
		About: "Reputation by rules that are not explained well; the operator sells exceptions.",
		Codes: []Code{
			{Match: "127.0.0.2", Class: ClassInfo, Category: "reputation", Meaning: "a bad reputation"},
			{Match: "127.0.0.3", Class: ClassPolicy, Category: "no_mta", Meaning: "hardly a mail server"},
			{Match: "127.0.0.4", Class: ClassPolicy, Category: "end_user_range", Meaning: "a line of an end user"},
			{Match: "127.0.0.5", Class: ClassPolicy, Category: "no_rdns", Meaning: "no good host name"},
		},
		Weight: Slight, Removal: "https://spfbl.net/en/delist/", Policy: "Free.", Checked: "2026-08", Confidence: Likely,
	},
	{
		Zone: "dnsbl.zapbl.net", Name: "ZapBL", Kinds: addresses4, About: "Sources of spam.",
		Codes:  []Code{{Match: "127.0.0.2", Class: ClassListed, Category: "spam_source", Meaning: "a source of spam"}},
		Weight: Low, Removal: "https://zapbl.net/", Checked: "2026-08", Confidence: Sure,
	},
	{
		Zone: "bl.suomispam.net", Name: "Suomispam", Kinds: addresses4, About: "Addresses that sent spam to Finland.",
		Codes: []Code{
			{Match: "127.0.0.2", Class: ClassListed, Category: "spam_trap", Meaning: "mail to a trap"},
			{Match: "127.0.0.99", Class: ClassListed, Category: "test", Meaning: "the entry for tests"},
		},
		Weight: Low, Removal: "https://suomispam.net/", Checked: "2026-04", Confidence: Likely,
	},
	{
		Zone: "dnsrbl.swinog.ch", Name: "SWINOG", Kinds: addresses4, About: "Addresses that sent spam to Switzerland.",
		Codes: []Code{
			{Match: "127.0.0.2", Class: ClassListed, Category: "test", Meaning: "the entry for tests"},
			{Match: "127.0.0.3", Class: ClassListed, Category: "spam_trap", Meaning: "mail to a trap"},
		},
		Weight: Low, Removal: "https://antispam.imp.ch/", Checked: "2026-08", Confidence: Likely,
	},
	{
		Zone: "spam.dnsbl.anonmails.de", Name: "Anonmails", Kinds: addresses4, About: "Addresses that sent mail to traps.",
		Codes:  []Code{{Match: "127.0.0.2", Class: ClassListed, Category: "spam_trap", Meaning: "mail to a trap"}},
		Weight: Low, Caveat: "Sources disagree on whether it is kept up.", Checked: "2026-08", Confidence: Doubtful,
	},
	{
		Zone: "rbl.interserver.net", Name: "InterServer", Kinds: addresses4, About: "Sources of spam to a hosting company.",
		Codes:  []Code{{Match: "127.0.0.2", Class: ClassListed, Category: "spam_source", Meaning: "a source of spam"}},
		Weight: Low, Removal: "https://rbl.interserver.net/", Checked: "2026-08", Confidence: Likely,
	},
	{
		Zone: "rbl.your-server.de", Name: "Hetzner RBL", Kinds: addresses4, About: "Sources of spam to the mail that a German hosting company manages.",
		Codes:  []Code{{Match: "127.0.0.2", Class: ClassListed, Category: "spam_source", Meaning: "a source of spam"}},
		Clean:  []string{"192.0.2.1"},
		Weight: Medium, Lookup: "https://rbl.your-server.de/?ip={q}", Removal: "https://rbl.your-server.de/?ip={q}",
		Caveat: "It had 127.0.0.1 listed in September 2026.", Checked: "2026-09", Confidence: Sure,
	},
	{
		Zone: "hostkarma.junkemailfilter.com", Name: "Hostkarma", Kinds: []Kind{IPv4, IPv6, Domain}, Names: HostFirst,
		About: "The reputation of hosts in both directions, and how they behave.",
		Codes: []Code{
			{Match: "127.0.0.1", Class: ClassWhite, Category: "white", Meaning: "trusted"},
			{Match: "127.0.0.2", Class: ClassListed, Category: "black", Meaning: "to be blocked"},
			{Match: "127.0.0.3", Class: ClassInfo, Category: "yellow", Meaning: "good and bad mail, not to be blocked"},
			{Match: "127.0.0.4", Class: ClassListed, Category: "brown", Meaning: "nothing but spam, for a short time yet"},
			{Match: "127.0.0.5", Class: ClassInfo, Category: "nobl", Meaning: "not to be asked for on block lists"},
			{Match: "127.0.1.1-3", Class: ClassInfo, Category: "quit", Meaning: "whether it ends sessions in order"},
			{Match: "127.0.2.1-3", Class: ClassInfo, Category: "age", Meaning: "for how long it has been seen"},
		},
		Clean:  []string{"192.0.2.1"},
		Weight: Low, Removal: "http://ipadmin.junkemailfilter.com/remove.php?ip={q}",
		Caveat: "127.0.0.1 means trusted here.", Checked: "2026-05", Confidence: Likely,
	},
	{
		Zone: "sip.invaluement.com", Name: "invaluement", Kinds: []Kind{IPv4, Domain}, Access: Private,
		About:  "Addresses and domains of spam, for subscribers. Others only meet it in the text of rejections.",
		Codes:  []Code{{Match: "127.0.0.2", Class: ClassListed, Category: "spam_source", Meaning: "a source of spam"}},
		Weight: Medium, Removal: "https://www.invaluement.com/lookup/", Policy: "Subscribers alone, on servers of their own.", Checked: "2026-08", Confidence: Likely,
	},
	{
		Zone: "bl.score.senderscore.com", Name: "Validity RPBL", Kinds: addresses4, Access: Registered,
		About: "Addresses of poor reputation with the operator's data.",
		Codes: []Code{
			{Match: "127.0.0.&1", Class: ClassListed, Category: "botnet", Meaning: "part of a botnet"},
			{Match: "127.0.0.&2", Class: ClassListed, Category: "reputation", Meaning: "mail without authentication"},
			{Match: "127.0.0.&4", Class: ClassListed, Category: "spam_trap", Meaning: "mail to traps that never were mailboxes"},
			{Match: "127.0.0.&8", Class: ClassListed, Category: "malware", Meaning: "suspicious attachments"},
			{Match: "127.0.0.&16", Class: ClassListed, Category: "reputation", Meaning: "a low Sender Score"},
		},
		Weight: Medium, Lookup: "https://senderscore.org/", Removal: "https://senderscore.org/",
		Policy: "Free for registered resolvers, 10,000 questions a month; others get 127.255.255.255.", Checked: "2026-08", Confidence: Sure,
	},
	{
		Zone: "list.dnswl.org", Name: "DNSWL", Kinds: addresses,
		About: "Mail servers that somebody vouches for. The third octet is the kind of organisation, the last how much trust.",
		Codes: []Code{
			{Match: "127.0.0.255", Class: ClassError, Category: categoryBlocked, Meaning: "asked more than is free"},
			{Match: "127.0.10.*", Class: ClassError, Category: categoryBlocked, Meaning: "a special answer, which filters take for a refusal"},
			{Match: "127.0.2-20.0", Class: ClassWhite, Category: "trust_none", Meaning: "known, and not trusted"},
			{Match: "127.0.2-20.1", Class: ClassWhite, Category: "trust_low", Meaning: "low trust"},
			{Match: "127.0.2-20.2", Class: ClassWhite, Category: "trust_medium", Meaning: "medium trust"},
			{Match: "127.0.2-20.3", Class: ClassWhite, Category: "trust_high", Meaning: "high trust"},
		},
		Listed: []string{"127.0.0.2", "::2"},
		Weight: Slight, Lookup: "https://www.dnswl.org/s/?s={q}", Policy: "Free below 100,000 questions a day; large public resolvers are not served.", Checked: "2026-08", Confidence: Sure,
	},
}
