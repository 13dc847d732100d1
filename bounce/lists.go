package bounce

// listing is a block list as replies name it.
type listing struct {
	zone, name string
	domains    bool // it lists domains, not addresses
	dead       bool
	// as are texts that name it for sure: zones, and addresses of its pages. brands
	// are words that name it only where something is said to be listed or blocked.
	as, brands []string
	url        string // where removal is asked for
	why        string // of a dead one
}

// The lists that replies name. Their zones are those under which a list is asked.
var listings = [...]listing{
	{zone: "zen.spamhaus.org", name: "Spamhaus PBL", as: []string{"pbl.spamhaus.org", "spamhaus.org/pbl", "spamhaus.org/query/pbl", "spamhaus pbl", "(pbl)"}, url: "https://check.spamhaus.org/"},
	{zone: "zen.spamhaus.org", name: "Spamhaus SBL", as: []string{"sbl.spamhaus.org", "spamhaus.org/sbl", "spamhaus.org/query/sbl", "spamhaus sbl"}, url: "https://check.spamhaus.org/"},
	{zone: "zen.spamhaus.org", name: "Spamhaus XBL", as: []string{"xbl.spamhaus.org", "sbl-xbl.spamhaus.org", "spamhaus.org/query/xbl", "spamhaus xbl"}, url: "https://check.spamhaus.org/"},
	{zone: "zen.spamhaus.org", name: "Spamhaus CSS", as: []string{"spamhaus css", "spamhaus.org/css", "css.spamhaus.org"}, url: "https://check.spamhaus.org/"},
	{zone: "zen.spamhaus.org", name: "Spamhaus DROP", as: []string{"spamhaus drop", "drop.spamhaus.org"}, url: "https://check.spamhaus.org/"},
	{
		zone: "zen.spamhaus.org", name: "Spamhaus ZEN",
		as:     []string{"zen.spamhaus.org", "zen.dq.spamhaus.net", "spamhaus.org/query/ip", "spamhaus.org/query/bl", "spamhaus.org/lookup", "check.spamhaus.org", "spamhaus.org/zen"},
		brands: []string{"|spamhaus"}, url: "https://check.spamhaus.org/",
	},
	{zone: "dbl.spamhaus.org", name: "Spamhaus DBL", domains: true, as: []string{"dbl.spamhaus.org", "dbl.dq.spamhaus.net", "spamhaus.org/query/domain", "spamhaus.org/query/dbl", "spamhaus.org/dbl", "spamhaus dbl", "check.spamhaus.org/listed/?searchterm=domain"}, url: "https://check.spamhaus.org/"},
	{zone: "zrd.dq.spamhaus.net", name: "Spamhaus ZRD", domains: true, as: []string{"zrd.dq.spamhaus.net", "spamhaus zrd"}, url: "https://check.spamhaus.org/"},
	{zone: "authbl.dq.spamhaus.net", name: "Spamhaus AuthBL", as: []string{"authbl.dq.spamhaus.net", "spamhaus authbl"}, url: "https://check.spamhaus.org/"},
	{zone: "bl.spamcop.net", name: "SpamCop", as: []string{"bl.spamcop.net", "spamcop.net/bl", "spamcop.net/w3m"}, brands: []string{"|spamcop"}, url: "https://www.spamcop.net/bl.shtml"},
	{zone: "b.barracudacentral.org", name: "Barracuda BRBL", as: []string{"b.barracudacentral.org", "bb.barracudacentral.org", "barracudacentral.org/rbl", "barracudacentral.org/reputation", "barracudacentral.org/lookups", "|brbl|"}, brands: []string{"barracudacentral", "barracuda reputation"}, url: "https://www.barracudacentral.org/rbl/removal-request"},
	{zone: "combined.mail.abusix.zone", name: "Abusix", as: []string{"mail.abusix.zone", "lookup.abusix.com", "abusix mail intelligence"}, brands: []string{"|abusix"}, url: "https://lookup.abusix.com/"},
	{zone: "dblack.mail.abusix.zone", name: "Abusix domains", domains: true, as: []string{"dblack.mail.abusix.zone"}, url: "https://lookup.abusix.com/"},
	{zone: "psbl.surriel.com", name: "PSBL", as: []string{"psbl.surriel.com", "psbl.org"}, brands: []string{"|psbl|"}, url: "https://psbl.org/remove"},
	{zone: "bl.mailspike.net", name: "Mailspike", as: []string{"bl.mailspike.net", "z.mailspike.net", "mailspike.org", "mailspike.net"}, brands: []string{"|mailspike"}, url: "https://mailspike.io/ip_verify"},
	{zone: "rep.mailspike.net", name: "Mailspike reputation", as: []string{"rep.mailspike.net"}, url: "https://mailspike.io/ip_verify"},
	{zone: "dnsbl-1.uceprotect.net", name: "UCEPROTECT Level 1", as: []string{"dnsbl-1.uceprotect.net", "uceprotect-level1", "uceprotect level 1", "uceprotectl1"}, brands: []string{"uceprotect"}, url: "https://www.uceprotect.net/en/rblcheck.php"},
	{zone: "dnsbl-2.uceprotect.net", name: "UCEPROTECT Level 2", as: []string{"dnsbl-2.uceprotect.net", "uceprotect-level2", "uceprotect level 2", "uceprotectl2"}, url: "https://www.uceprotect.net/en/rblcheck.php"},
	{zone: "dnsbl-3.uceprotect.net", name: "UCEPROTECT Level 3", as: []string{"dnsbl-3.uceprotect.net", "uceprotect-level3", "uceprotect level 3", "uceprotectl3"}, url: "https://www.uceprotect.net/en/rblcheck.php"},
	{zone: "ips.backscatterer.org", name: "Backscatterer", as: []string{"ips.backscatterer.org", "backscatterer.org"}, url: "https://www.backscatterer.org/"},
	{zone: "all.spamrats.com", name: "SpamRATS", as: []string{"all.spamrats.com", "dyna.spamrats.com", "noptr.spamrats.com", "spam.spamrats.com", "auth.spamrats.com", "spamrats.com"}, brands: []string{"spamrats"}, url: "https://www.spamrats.com/removal.php"},
	{zone: "dnsbl.dronebl.org", name: "DroneBL", as: []string{"dnsbl.dronebl.org", "dronebl.org"}, brands: []string{"dronebl"}, url: "https://dronebl.org/lookup"},
	{zone: "bl.spameatingmonkey.net", name: "SEM-BLACK", as: []string{"bl.spameatingmonkey.net", "spameatingmonkey.com", "backscatter.spameatingmonkey.net"}, brands: []string{"spameatingmonkey", "spam eating monkey"}, url: "https://spameatingmonkey.com/lookup"},
	{zone: "uribl.spameatingmonkey.net", name: "SEM-URI", domains: true, as: []string{"uribl.spameatingmonkey.net"}, url: "https://spameatingmonkey.com/lookup"},
	{zone: "fresh15.spameatingmonkey.net", name: "SEM-FRESH15", domains: true, as: []string{"fresh15.spameatingmonkey.net", "fresh.spameatingmonkey.net"}, url: "https://spameatingmonkey.com/lookup"},
	{zone: "bl.blocklist.de", name: "blocklist.de", as: []string{"bl.blocklist.de", "blocklist.de/"}, brands: []string{"|blocklist.de|"}, url: "https://www.blocklist.de/en/delist.html"},
	{zone: "bip.virusfree.cz", name: "virusfree.cz botnet", as: []string{"virusfree.cz"}},
	{zone: "all.s5h.net", name: "s5h.net", as: []string{"all.s5h.net", "|s5h.net"}},
	{zone: "bl.nordspam.com", name: "NordSpam", as: []string{"bl.nordspam.com"}, brands: []string{"nordspam"}},
	{zone: "dbl.nordspam.com", name: "NordSpam DBL", domains: true, as: []string{"dbl.nordspam.com"}},
	{zone: "bl.0spam.org", name: "0spam", as: []string{"bl.0spam.org", "0spam.org", "0spam.fusionzero.com"}},
	{zone: "truncate.gbudb.net", name: "GBUdb Truncate", as: []string{"truncate.gbudb.net", "gbudb.com"}, brands: []string{"gbudb"}, url: "http://www.gbudb.com/truncate/"},
	{zone: "dnsbl.spfbl.net", name: "SPFBL", as: []string{"dnsbl.spfbl.net", "spfbl.net"}, brands: []string{"spfbl"}, url: "https://spfbl.net/en/delist/"},
	{zone: "dnsbl.zapbl.net", name: "ZapBL", as: []string{"zapbl.net"}},
	{zone: "bl.suomispam.net", name: "Suomispam", as: []string{"suomispam.net"}},
	{zone: "dnsrbl.swinog.ch", name: "SWINOG", as: []string{"dnsrbl.swinog.ch", "spamrbl.swinog.ch", "swinog.ch"}},
	{zone: "spam.dnsbl.anonmails.de", name: "Anonmails", as: []string{"dnsbl.anonmails.de"}},
	{zone: "rbl.interserver.net", name: "InterServer", as: []string{"rbl.interserver.net", "sigs.interserver.net"}},
	{zone: "rbl.your-server.de", name: "Hetzner RBL", as: []string{"rbl.your-server.de"}, url: "https://rbl.your-server.de/"},
	{zone: "hostkarma.junkemailfilter.com", name: "Hostkarma", as: []string{"hostkarma.junkemailfilter.com", "black.junkemailfilter.com", "junkemailfilter.com"}, brands: []string{"hostkarma"}, url: "https://ipadmin.junkemailfilter.com/remove.php"},
	{zone: "multi.surbl.org", name: "SURBL", domains: true, as: []string{"multi.surbl.org", "surbl.org"}, brands: []string{"|surbl|"}, url: "https://surbl.org/surbl-analysis"},
	{zone: "multi.uribl.com", name: "URIBL", domains: true, as: []string{"multi.uribl.com", "black.uribl.com", "grey.uribl.com", "uribl.com"}, brands: []string{"|uribl|", "|uribl_black|"}, url: "https://lookup.uribl.com/"},
	{zone: "sip.invaluement.com", name: "invaluement", as: []string{"sip.invaluement.com", "sip24.invaluement.com", "dnsbl.invaluement.com", "ivmsip", "ivmuri"}, brands: []string{"invaluement"}, url: "https://www.invaluement.com/lookup/"},
	{zone: "bl.score.senderscore.com", name: "Validity RPBL", as: []string{"bl.score.senderscore.com", "senderscore.org/blocklistlookup", "rpbl"}, brands: []string{"senderscore", "sender score", "return path"}, url: "https://senderscore.org/"},
	{zone: "ebl.msbl.org", name: "MSBL EBL", domains: true, as: []string{"ebl.msbl.org", "msbl.org"}},
	{zone: "bl.scientificspam.net", name: "Scientific Spam", as: []string{"bl.scientificspam.net", "scientificspam.net"}},
	{zone: "dnsbl.kempt.net", name: "Kempt", as: []string{"dnsbl.kempt.net"}},
	{zone: "bl.nosolicitado.org", name: "NoSolicitado", as: []string{"nosolicitado.org"}},
	{zone: "spamsources.fabel.dk", name: "Fabel", as: []string{"spamsources.fabel.dk"}, url: "https://www.fabel.dk/relay/"},
	{zone: "rbl.abuse.ro", name: "abuse.ro", as: []string{"rbl.abuse.ro"}},
	{zone: "black.dnsbl.brukalai.lt", name: "Brukalai", as: []string{"dnsbl.brukalai.lt"}},
	{zone: "dnsbl.isx.fr", name: "isx.fr", as: []string{"dnsbl.isx.fr"}},
	{zone: "singular.ttk.pte.hu", name: "Singular", as: []string{"singular.ttk.pte.hu"}},
	{zone: "rbl.metunet.com", name: "Metunet", as: []string{"rbl.metunet.com"}},
	{zone: "bl.rbl.polspam.pl", name: "Polspam", as: []string{"rbl.polspam.pl"}},
	{zone: "korea.services.net", name: "korea.services.net", as: []string{"korea.services.net"}},
	{zone: "rbl.efnetrbl.org", name: "EFnet RBL", as: []string{"efnetrbl.org"}},
	{zone: "torexit.dan.me.uk", name: "dan.me.uk Tor exits", as: []string{"torexit.dan.me.uk", "tor.dan.me.uk"}},
	{zone: "bl.fmb.la", name: "fmb.la", as: []string{"bl.fmb.la"}},
	{zone: "mail-abuse.blacklist.jippg.org", name: "JIPPG", as: []string{"blacklist.jippg.org"}},

	// Lists that are no more.
	{zone: "dnsbl.sorbs.net", name: "SORBS", dead: true, as: []string{"sorbs.net"}, brands: []string{"|sorbs|"}, why: "SORBS was shut down on 5 June 2024"},
	{zone: "ix.dnsbl.manitu.net", name: "NiX Spam", dead: true, as: []string{"dnsbl.manitu.net", "nixspam.net", "nixspam.org"}, brands: []string{"nixspam", "nix spam"}, why: "NiX Spam was emptied on 16 January 2025"},
	{zone: "dnsbl.ahbl.org", name: "AHBL", dead: true, as: []string{"ahbl.org"}, why: "AHBL ended in 2015, and then listed every address"},
	{zone: "dnsbl.njabl.org", name: "NJABL", dead: true, as: []string{"njabl.org"}, brands: []string{"|njabl|"}, why: "NJABL ended on 1 March 2013"},
	{zone: "db.wpbl.info", name: "WPBL", dead: true, as: []string{"wpbl.info"}, why: "WPBL has ended"},
	{zone: "bl.spamcannibal.org", name: "SpamCannibal", dead: true, as: []string{"spamcannibal.org"}, brands: []string{"spamcannibal"}, why: "SpamCannibal ended in 2018, and then listed every address"},
	{zone: "dnsbl.sectoor.de", name: "sectoor", dead: true, as: []string{"dnsbl.sectoor.de"}, why: "the list has ended"},
	{zone: "bl.emailbasura.org", name: "emailbasura", dead: true, as: []string{"emailbasura.org"}, why: "the list ended in 2021"},
	{zone: "dynip.rothen.com", name: "rothen", dead: true, as: []string{"dynip.rothen.com"}, why: "the list ended in 2020"},
	{zone: "dnsbl.inps.de", name: "inps.de", dead: true, as: []string{"dnsbl.inps.de"}, why: "the list was shut down in 2020"},
	{zone: "dnsbl.cyberlogic.net", name: "cyberlogic", dead: true, as: []string{"dnsbl.cyberlogic.net"}, why: "the list has ended"},
	{zone: "virbl.dnsbl.bit.nl", name: "VIRBL", dead: true, as: []string{"virbl.dnsbl.bit.nl", "virbl.bit.nl"}, why: "VIRBL was shut down in 2017"},
	{zone: "combined.rbl.msrbl.net", name: "MSRBL", dead: true, as: []string{"rbl.msrbl.net"}, why: "MSRBL has ended"},
	{zone: "spamrbl.imp.ch", name: "ImproWare", dead: true, as: []string{"spamrbl.imp.ch", "wormrbl.imp.ch"}, why: "the list went on as dnsrbl.swinog.ch"},
	{zone: "cbl.abuseat.org", name: "CBL", dead: true, as: []string{"cbl.abuseat.org"}, why: "CBL has no zone of its own any more; its data are in zen.spamhaus.org", url: "https://check.spamhaus.org/"},
	{zone: "dnsbl.madavi.de", name: "Madavi:BL", dead: true, as: []string{"dnsbl.madavi.de"}, why: "the list was shut down in 2025"},
	{zone: "sbl.spamdown.org", name: "spamdown", dead: true, as: []string{"sbl.spamdown.org", "spamdown.org"}, why: "the list has ended"},
	{zone: "rbl.megarbl.net", name: "MegaRBL", dead: true, as: []string{"rbl.megarbl.net"}, why: "the list ended in 2019"},
	{zone: "dnsbl.justspam.org", name: "JustSpam", dead: true, as: []string{"dnsbl.justspam.org"}, why: "the list no longer answers"},
	{zone: "dsn.rfc-ignorant.org", name: "rfc-ignorant", dead: true, as: []string{"rfc-ignorant.org"}, domains: true, why: "rfc-ignorant ended in 2012"},
	{zone: "combined.abuse.ch", name: "abuse.ch", dead: true, as: []string{"combined.abuse.ch", "drone.abuse.ch", "spam.abuse.ch"}, why: "the lists of abuse.ch in DNS have ended"},
	{zone: "list.dsbl.org", name: "DSBL", dead: true, as: []string{"dsbl.org"}, why: "DSBL ended in 2008"},
	{zone: "relays.ordb.org", name: "ORDB", dead: true, as: []string{"ordb.org"}, why: "ORDB ended in 2006, and then listed every address"},
	{zone: "ubl.unsubscore.com", name: "Lashback UBL", dead: true, as: []string{"ubl.unsubscore.com", "ubl.lashback.com"}, why: "the list has no name server any more"},
	{zone: "all.rbl.jp", name: "RBL.JP", dead: true, as: []string{"all.rbl.jp", "short.rbl.jp", "virus.rbl.jp", "url.rbl.jp", "dyndns.rbl.jp"}, why: "the list has no name server any more"},
	{zone: "bl.konstant.no", dead: true, as: []string{"bl.konstant.no"}, why: "the list has no name server any more"},
	{zone: "rbl.triumf.ca", dead: true, as: []string{"rbl.triumf.ca"}, why: "the list has no name server any more"},
	{zone: "relays.nether.net", dead: true, as: []string{"relays.nether.net"}, why: "the list has no name server any more"},
	{zone: "blacklist.woody.ch", dead: true, as: []string{"blacklist.woody.ch"}, why: "the list no longer answers as one"},
	{zone: "dnsbl.calivent.com.pe", dead: true, as: []string{"dnsbl.calivent.com.pe"}, why: "the list no longer answers as one"},
	{zone: "forbidden.icm.edu.pl", dead: true, as: []string{"forbidden.icm.edu.pl"}, why: "the list no longer answers as one"},
	{zone: "blackholes.five-ten-sg.com", dead: true, as: []string{"blackholes.five-ten-sg.com"}, why: "the list ended long ago"},
	{zone: "bl.deadbeef.com", dead: true, as: []string{"bl.deadbeef.com"}, why: "the list ended long ago"},
	{zone: "duinv.aupads.org", dead: true, as: []string{"duinv.aupads.org", "orvedb.aupads.org"}, why: "the list ended long ago"},
	{zone: "dnsbl.net.au", dead: true, as: []string{"dnsbl.net.au"}, why: "the list ended long ago"},
	{zone: "proxy.bl.gweep.ca", dead: true, as: []string{"bl.gweep.ca"}, why: "the list ended long ago"},
	{zone: "block.transip.nl", dead: true, as: []string{"block.transip.nl"}, why: "the list ended long ago"},
	{zone: "spamlist.or.kr", dead: true, as: []string{"spamlist.or.kr"}, why: "the list ended long ago"},
	{zone: "cdl.anti-spam.org.cn", dead: true, as: []string{"cdl.anti-spam.org.cn"}, why: "the list ended long ago"},
	{zone: "blackholes.mail-abuse.org", dead: true, as: []string{"blackholes.mail-abuse.org"}, why: "the list ended long ago"},
	{zone: "dul.ru", dead: true, as: []string{"|dul.ru|"}, why: "the list ended long ago"},
	{zone: "bl.technovision.dk", dead: true, as: []string{"bl.technovision.dk"}, why: "the list ended long ago"},
	{zone: "bl.nszones.com", name: "nszones", dead: true, as: []string{"nszones.com"}, why: "the list is a copy that nobody maintains"},
	{zone: "cidr.bl.mcafee.com", name: "McAfee", dead: true, as: []string{"cidr.bl.mcafee.com"}, why: "the list ended in 2024"},
}

// listRules makes a rule of each way to name a list.
func listRules() []replyRule {
	var out []replyRule
	for i := range listings {
		l := &listings[i]
		id := l.name
		if id == "" {
			id = l.zone
		}
		r := replyRule{id: "list." + slug(id), tier: tierList, category: IPBlocklisted, list: l, url: l.url}
		if l.domains {
			r.category = DomainBlocklisted
		}
		r.why = "the text names the block list " + id
		r.any = l.as
		out = append(out, r)
		if len(l.brands) > 0 {
			// SpamAssassin says so of itself when the list refuses to answer it.
			r.not = []string{"uribl_blocked", "_blocked_opendns"}
			r.id, r.any, r.signal = r.id+".brand", l.brands, signalBrand
			out = append(out, r)
		}
	}
	return out
}

// slug makes an id of a name: small letters and digits, joined by dashes.
func slug(s string) string {
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i] | 0x20; {
		case c >= 'a' && c <= 'z' || s[i]-'0' < 10:
			out = append(out, c)
		case len(out) > 0 && out[len(out)-1] != '-':
			out = append(out, '-')
		}
	}
	return string(out)
}
