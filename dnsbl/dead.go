package dnsbl

import (
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
)

// Fate is what became of a list that is not to be asked.
type Fate string

// The fates.
const (
	Gone       Fate = "gone"       // shut down, whether its zone still answers or not
	Moved      Fate = "moved"      // its data are in another list
	Fraudulent Fate = "fraudulent" // it pretends to be another list
	Pointless  Fate = "pointless"  // it answers, but never anything about a sender of mail
)

// Dead is a list that is not to be asked, though many copied configurations name it.
// Most dead lists are silent. Some have everything listed, since that is how their
// operators got rid of the questions, or because their domain is parked now.
type Dead struct {
	// Zone is the list's zone. "*.example.org" is for the zone and all below it.
	Zone string `json:"zone"`
	Name string `json:"name"`
	Fate Fate   `json:"fate"`
	// Since is when it ended, as exactly as is known. It may be empty.
	Since  string `json:"since,omitempty"`
	Reason string `json:"reason"`
}

// DeadLists returns a copy of the table, sorted by zone.
func DeadLists() []Dead { return slices.Clone(deadLists) }

// FindDead returns what is known of a zone that is not to be asked.
func FindDead(zone string) (Dead, bool) {
	n, err := name.Normalize(zone)
	if err != nil {
		return Dead{}, false
	}
	return findDead(n)
}

// findDead looks a zone up, which is in normal form.
func findDead(zone string) (Dead, bool) {
	// Living lists have nothing to do with dead ones' domains. Nearly all show it by two
	// letters, and the others are found by one look-up.
	if n := len(zone); n < deadTail || deadTails[zone[n-deadTail]&31]&(1<<(zone[n-deadTail+1]&31)) == 0 {
		return Dead{}, false
	}
	for _, i := range deadByDomain[name.LastTwo(zone)] {
		d := &deadLists[i]
		above, wild := strings.CutPrefix(d.Zone, "*.")
		if zone == d.Zone || wild && name.Within(zone, above) {
			return *d, true
		}
	}
	return Dead{}, false
}

var deadByDomain = func() map[string][]int {
	m := make(map[string][]int, len(deadLists))
	for i, d := range deadLists {
		m[name.LastTwo(d.Zone)] = append(m[name.LastTwo(d.Zone)], i)
	}
	return m
}()

// deadTail is how long the shortest zone of a dead list is. deadTails has the last
// deadTail octets of all of them, by the first two of these.
const deadTail = len("dul.ru")

var deadTails = func() (tails [32]uint32) {
	for _, d := range deadLists {
		tail := d.Zone[len(d.Zone)-deadTail:]
		tails[tail[0]&31] |= 1 << (tail[1] & 31)
	}
	return tails
}()

const (
	noServer   = "its zone has no name server any more"
	noTest     = "it has lost the entry for tests, so that nothing it says can be believed"
	onlyCopies = "it lives on in copied configurations alone"
)

// deadLists is sorted by zone.
var deadLists = slices.SortedFunc(slices.Values([]Dead{
	{"*.sorbs.net", "SORBS", Gone, "2024-06-05", "the operator emptied all of its zones and shut them down"},
	{"ix.dnsbl.manitu.net", "NiX Spam", Gone, "2025-01-16", "the operator emptied it, and removed it later"},
	{"*.ahbl.org", "AHBL", Gone, "2015-01-01", "it has everything listed, to be rid of those who still ask"},
	{"*.njabl.org", "NJABL", Gone, "2013-03-01", "it was shut down"},
	{"db.wpbl.info", "WPBL", Gone, "by 2025", "it was given up"},
	{"bl.spamcannibal.org", "SpamCannibal", Gone, "2018-05", "its domain ran out and was parked, which listed everything"},
	{"*.dnsbl.sectoor.de", "Sectoor", Gone, "", "its domain is parked"},
	{"bl.emailbasura.org", "Emailbasura", Gone, "2021", "it is gone, and had everything listed"},
	{"dynip.rothen.com", "Rothen", Gone, "2020", "it lists addresses that it should not"},
	{"dnsbl.inps.de", "INPS", Gone, "2020-05-25", "it was shut down"},
	{"dnsbl.cyberlogic.net", "Cyberlogic", Gone, "by 2020", "it was shut down"},
	{"virbl.dnsbl.bit.nl", "VIRBL", Gone, "2017-01", "it was shut down"},
	{"virbl.bit.nl", "VIRBL", Gone, "2017-01", "it was shut down"},
	{"*.rbl.msrbl.net", "MSRBL", Gone, "", "it was given up"},
	{"spamrbl.imp.ch", "ImproWare", Moved, "by 2025", "it has moved to spamrbl.swinog.ch, and the old zone lacks the entry for tests"},
	{"wormrbl.imp.ch", "ImproWare", Gone, "by 2025", noTest},
	{"cbl.abuseat.org", "CBL", Moved, "2021", "its data are part of Spamhaus ZEN, as 127.0.0.4"},
	{"dnsbl.madavi.de", "Madavi", Gone, "2025-03", "it was shut down"},
	{"sbl.spamdown.org", "Spamdown", Gone, "2026-03", "it was shut down"},
	{"rbl.megarbl.net", "MegaRBL", Gone, "2019-11", "it was shut down"},
	{"dnsbl.justspam.org", "JustSpam", Gone, "", "nobody has seen it answer of late; software still has it among its defaults"},
	{"*.rfc-ignorant.org", "RFC-Ignorant", Gone, "2012", "it was shut down"},
	{"combined.abuse.ch", "abuse.ch", Gone, "", "the operator has no DNS lists any more"},
	{"drone.abuse.ch", "abuse.ch", Gone, "", "the operator has no DNS lists any more"},
	{"spam.abuse.ch", "abuse.ch", Gone, "", "the operator has no DNS lists any more"},
	{"*.dsbl.org", "DSBL", Gone, "2008-05", "it was shut down"},
	{"relays.ordb.org", "ORDB", Gone, "2006-12", "it was shut down, and had everything listed in 2008"},
	{"ubl.unsubscore.com", "Lashback UBL", Gone, "by 2026-08", noServer},
	{"ubl.lashback.com", "Lashback UBL", Gone, "by 2026-08", noServer},
	{"*.rbl.jp", "RBL.JP", Gone, "by 2026-08", noServer},
	{"bl.konstant.no", "Konstant", Gone, "by 2026-08", noServer},
	{"rbl.triumf.ca", "TRIUMF", Gone, "by 2026-08", noServer},
	{"relays.nether.net", "Nether", Gone, "by 2026-08", noServer},
	{"blacklist.woody.ch", "Woody", Gone, "by 2026-08", noTest},
	{"dnsbl.calivent.com.pe", "Calivent", Gone, "by 2026-08", noTest},
	{"forbidden.icm.edu.pl", "ICM", Gone, "by 2026-08", noTest},
	{"blackholes.five-ten-sg.com", "Five-Ten", Gone, "", onlyCopies},
	{"bl.deadbeef.com", "Deadbeef", Gone, "", onlyCopies},
	{"duinv.aupads.org", "AUPADS", Gone, "", onlyCopies},
	{"orvedb.aupads.org", "AUPADS", Gone, "", onlyCopies},
	{"*.dnsbl.net.au", "dnsbl.net.au", Gone, "", onlyCopies},
	{"proxy.bl.gweep.ca", "Gweep", Gone, "", onlyCopies},
	{"*.block.transip.nl", "TransIP", Gone, "", onlyCopies},
	{"spamlist.or.kr", "Spamlist", Gone, "", onlyCopies},
	{"cdl.anti-spam.org.cn", "Anti-Spam China", Gone, "", onlyCopies},
	{"blackholes.mail-abuse.org", "MAPS", Gone, "", onlyCopies},
	{"dul.ru", "DUL", Gone, "", onlyCopies},
	{"bl.technovision.dk", "Technovision", Gone, "", onlyCopies},
	{"bl.nszones.com", "nszones", Fraudulent, "", "Spamhaus calls it a copy of its data under a false name, and it has 127.0.0.1 listed instead of 127.0.0.2"},
	{"swl.spamhaus.org", "Spamhaus SWL", Gone, "2018-12", "Spamhaus has withdrawn its white lists"},
	{"dwl.spamhaus.org", "Spamhaus DWL", Gone, "2018-12", "Spamhaus has withdrawn its white lists"},
	{"cidr.bl.mcafee.com", "McAfee", Gone, "2024-11", "it was shut down"},
	{"bogons.cymru.com", "Cymru bogons", Pointless, "", "it has the networks that nobody announces, from which no mail can come"},
}), func(a, b Dead) int { return strings.Compare(a.Zone, b.Zone) })
