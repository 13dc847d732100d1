package dnsbl

// domainLists list domains. Lists of hashed e-mail addresses, such as ebl.msbl.org,
// are left out: what they take is neither an address nor a domain, and an address of
// somebody that is hashed is still personal.
var domainLists = []List{
	{
		Zone: "dbl.spamhaus.org", Name: "Spamhaus DBL", Kinds: domains, KeyZone: "{spamhaus}.dbl.dq.spamhaus.net", Names: HostFirst,
		About: "Domains that spam, phishing and malware use, and hosts of honest sites that are abused for it.",
		Codes: []Code{
			{Match: "127.0.1.2", Class: ClassListed, Category: "spam_domain", Meaning: "a domain of spam"},
			{Match: "127.0.1.4", Class: ClassListed, Category: "phish", Meaning: "a domain of phishing"},
			{Match: "127.0.1.5", Class: ClassListed, Category: "malware", Meaning: "a domain of malware"},
			{Match: "127.0.1.6", Class: ClassListed, Category: "botnet_cc", Meaning: "a domain that controls a botnet"},
			{Match: "127.0.1.102", Class: ClassListed, Category: "abused_legit", Meaning: "an honest site abused for spam"},
			{Match: "127.0.1.103", Class: ClassListed, Category: "abused_legit", Meaning: "a redirector abused for spam"},
			{Match: "127.0.1.104", Class: ClassListed, Category: "abused_legit", Meaning: "an honest site abused for phishing"},
			{Match: "127.0.1.105", Class: ClassListed, Category: "abused_legit", Meaning: "an honest site abused for malware"},
			{Match: "127.0.1.106", Class: ClassListed, Category: "abused_legit", Meaning: "an honest site abused to control a botnet"},
			{Match: "127.0.1.255", Class: ClassError, Category: categoryQuery, Meaning: "it was asked for an address"},
		},
		Listed: []string{"dbltest.com"}, Clean: []string{"example.com"},
		Weight: Critical, Lookup: spamhausCheck, Removal: "https://check.spamhaus.org/results/?query={q}", Policy: spamhausKey,
		Default: true, Checked: "2026-10", Confidence: Sure,
	},
	{
		Zone: "zrd.dq.spamhaus.net", Name: "Spamhaus ZRD", Kinds: domains, KeyZone: "{spamhaus}.zrd.dq.spamhaus.net", Access: Keyed,
		About: "Domains that were first seen less than a day ago.",
		Codes: []Code{
			{Match: "127.0.2.2-24", Class: ClassInfo, Category: "new_domain", Meaning: "first seen as many hours ago as the last octet says"},
			{Match: "127.0.2.255", Class: ClassError, Category: categoryQuery, Meaning: "it was asked for an address"},
		},
		Listed: []string{"dbltest.com"}, Clean: []string{"example.com"},
		Weight: Slight, Expires: "Entries end 24 hours after the domain was first seen.", Policy: "Subscribers alone.", Checked: "2026-08", Confidence: Sure,
	},
	{
		Zone: "dblack.mail.abusix.zone", Name: "Abusix domains", Kinds: domains, KeyZone: "{abusix}.dblack.mail.abusix.zone", Access: Keyed,
		About: "Domains seen in mail to traps.",
		Codes: []Code{
			{Match: "127.0.1.1", Class: ClassListed, Category: "spam_domain", Meaning: "seen in mail to traps"},
			{Match: "127.0.1.2", Class: ClassListed, Category: "spam_domain", Meaning: "a bad reputation"},
			{Match: "127.0.1.3", Class: ClassListed, Category: "spam_domain", Meaning: "for another reason"},
		},
		Weight: Medium, Lookup: "https://lookup.abusix.com/search?q={q}", Removal: "https://lookup.abusix.com/search?q={q}", Policy: "Subscribers alone.", Checked: "2026-08", Confidence: Likely,
	},
	{
		Zone: "uribl.spameatingmonkey.net", Name: "SEM-URI", Kinds: domains, About: "Domains in the links of spam.",
		Codes:  []Code{{Match: "127.0.0.2", Class: ClassListed, Category: "spam_domain", Meaning: "in links of spam"}},
		Weight: Low, Removal: "https://spameatingmonkey.com/", Checked: "2026-08", Confidence: Likely,
	},
	{
		Zone: "fresh15.spameatingmonkey.net", Name: "SEM-FRESH15", Kinds: domains, About: "Domains registered in the last 15 days, below some top-level domains.",
		Codes:  []Code{{Match: "127.0.0.2", Class: ClassInfo, Category: "new_domain", Meaning: "registered in the last 15 days"}},
		Weight: Slight, Expires: "Entries end 15 days after the registration.", Checked: "2026-08", Confidence: Likely,
	},
	{
		Zone: "dbl.nordspam.com", Name: "NordSpam DBL", Kinds: domains, About: "Domains of spam to the Nordic countries.",
		Codes: []Code{{Match: "127.0.0.2", Class: ClassListed, Category: "spam_domain", Meaning: "a domain of spam"}},
		Clean: []string{"example.com"}, Weight: Low, Removal: "https://www.nordspam.com/delist/", Default: true, Checked: "2026-10", Confidence: Likely,
	},
	{
		Zone: "multi.surbl.org", Name: "SURBL multi", Kinds: domains,
		About: "Domains in the links of spam, phishing and malware, a bit of the last octet for each part of the list.",
		Codes: []Code{
			{Match: "127.0.0.&1", Class: ClassError, Category: categoryBlocked, Meaning: "this resolver is not served"},
			{Match: "127.0.0.&4", Class: ClassInfo, Category: "disposable_mail", Meaning: "DM, throw-away mailboxes"},
			{Match: "127.0.0.&8", Class: ClassListed, Category: "phish", Meaning: "PH, phishing"},
			{Match: "127.0.0.&16", Class: ClassListed, Category: "malware", Meaning: "MW, malware"},
			{Match: "127.0.0.&32", Class: ClassInfo, Category: "click_tracker", Meaning: "CT, a service that tracks clicks"},
			{Match: "127.0.0.&64", Class: ClassListed, Category: "spam_domain", Meaning: "ABUSE, a domain of spam"},
			{Match: "127.0.0.&128", Class: ClassListed, Category: "cracked", Meaning: "CR, a site taken over"},
		},
		Listed: []string{"test.surbl.org"}, Clean: []string{"example.com"},
		Weight: High, Lookup: "https://surbl.org/surbl-analysis", Removal: "https://surbl.org/surbl-analysis", Policy: "Free below 1,000 users or 250,000 messages a day.",
		Default: true, Checked: "2026-10", Confidence: Sure,
	},
	{
		Zone: "multi.uribl.com", Name: "URIBL multi", Kinds: domains,
		About: "Domains in the links of spam and of bulk mail, a bit of the last octet for each part of the list.",
		Codes: []Code{
			{Match: "127.0.0.&1", Class: ClassError, Category: categoryBlocked, Meaning: "this resolver is not served"},
			{Match: "127.0.0.&2", Class: ClassListed, Category: "spam_domain", Meaning: "black, a domain of spam"},
			{Match: "127.0.0.&4", Class: ClassInfo, Category: "grey", Meaning: "grey, a domain of bulk mail"},
			{Match: "127.0.0.&8", Class: ClassInfo, Category: "red", Meaning: "red, under observation"},
		},
		Listed: []string{"test.uribl.com"}, Clean: []string{"example.com"},
		Weight: High, Lookup: "https://lookup.uribl.com/?domain={q}", Removal: "https://admin.uribl.com/", Policy: "Free for a little mail; public resolvers and clouds are not served.",
		Default: true, Checked: "2026-10", Confidence: Sure,
	},
}

// minorLists are small or national. What they list says little about delivery.
var minorLists = []List{
	minor("bl.scientificspam.net"), minor("dnsbl.kempt.net"), minor("bl.nosolicitado.org"), minor("mail-abuse.blacklist.jippg.org"),
	minor("spamsources.fabel.dk"), minor("rbl.abuse.ro"), minor("black.dnsbl.brukalai.lt"), minor("dnsbl.isx.fr"),
	minor("singular.ttk.pte.hu"), minor("rbl.metunet.com"), minor("bl.rbl.polspam.pl"), minor("korea.services.net"),
	minor("rbl.efnetrbl.org"), minor("torexit.dan.me.uk"), minor("bl.fmb.la"),
}

func minor(zone string) List {
	return List{
		Zone: zone, Name: zone, Kinds: addresses4, About: "A small or national list.",
		Codes:  []Code{{Match: "127.0.0.2-255", Class: ClassInfo, Category: "minor", Meaning: "an entry of a list that few use"}},
		Weight: Slight, Checked: "2026-08", Confidence: Likely,
	}
}
