package report

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Summary adds up aggregate reports. The zero value works. It can be stored as JSON,
// and go on from there. It is not safe for concurrent use: let each goroutine have its
// own, and merge them. Numbers that would overflow stay at the largest.
//
// Its memory is bounded by Caps, whatever the reports hold. What exceeds them is added
// to a bucket of what is left: sources to their network, then to Domain.Others; names
// to the name [Rest]. Totals are right in any case, those by class too.
type Summary struct {
	// Classify says whose a source is that sent mail for a policy domain. Nil means
	// that all are unknown.
	Classify func(domain string, source netip.Addr) Origin `json:"-"`
	// Caps bound the memory.
	Caps Caps `json:"-"`

	// Reports is how many were added, and Duplicates how many were not, as they had
	// been added before.
	Reports    uint64 `json:"reports"`
	Duplicates uint64 `json:"duplicates"`
	// Domains are the policy domains.
	Domains map[string]*Domain `json:"domains,omitempty"`
	// Reporters are the organisations by their names, with the messages they report.
	Reporters map[string]*Reporter `json:"reporters,omitempty"`
	// Seen are the reports that were added, with the begin of their period in seconds
	// since 1970. When there are too many, the oldest quarter is forgotten.
	Seen map[Fingerprint]int64 `json:"seen,omitempty"`
}

// Caps bound what a [Summary] holds. Zero or less is the default in the comment. The
// defaults allow for about 20 MB with ordinary reports, and five times that with
// reports made to use as much as they can.
type Caps struct {
	// Domains is how many policy domains there may be: 1000. Others share one of the
	// name [Rest].
	Domains int
	// Sources is how many addresses are kept, in all domains together: 10,000. A
	// quarter of it is kept free of sources that are unknown.
	Sources int
	// Networks is how many networks (/24 and /48) of further addresses: 10,000.
	Networks int
	// Names is how many names of each kind are kept for a source: 20. It is eight
	// times as many for a domain.
	Names int
	// Reporters is how many: 1000.
	Reporters int
	// Reports is how many are remembered, to tell duplicates: 100,000.
	Reports int
}

func (c Caps) withDefaults() Caps {
	or(&c.Domains, 1000)
	or(&c.Sources, 10_000)
	or(&c.Networks, 10_000)
	or(&c.Names, 20)
	or(&c.Reporters, 1000)
	or(&c.Reports, 100_000)
	return c
}

// Rest is the name of what exceeds a cap.
const Rest = "*"

// Class says whose a source of mail is.
type Class string

// The classes.
const (
	Own     Class = "own"
	Vendor  Class = "vendor"
	Unknown Class = "unknown"
)

// Origin is whose a source is, and what the owner of the domain calls it.
type Origin struct {
	Class Class  `json:"class"`
	Name  string `json:"name,omitzero"`
}

// Counts are numbers of messages. Those that neither pass nor fail are undecided: the
// reports do not say. Dispositions that are none of the three are in no number.
type Counts struct {
	Messages    uint64 `json:"messages"`
	Pass        uint64 `json:"pass"`
	Fail        uint64 `json:"fail"`
	SPFAligned  uint64 `json:"spf_aligned"`
	DKIMAligned uint64 `json:"dkim_aligned"`
	NoAction    uint64 `json:"no_action"`
	Quarantined uint64 `json:"quarantined"`
	Rejected    uint64 `json:"rejected"`
}

// Undecided returns how many messages neither pass nor fail.
func (c *Counts) Undecided() uint64 {
	if decided := plus(c.Pass, c.Fail); decided < c.Messages {
		return c.Messages - decided
	}
	return 0
}

func plus(a, b uint64) uint64 {
	if a+b < a {
		return 1<<64 - 1
	}
	return a + b
}

func (c *Counts) count(o *Counts) {
	c.Messages = plus(c.Messages, o.Messages)
	c.Pass = plus(c.Pass, o.Pass)
	c.Fail = plus(c.Fail, o.Fail)
	c.SPFAligned = plus(c.SPFAligned, o.SPFAligned)
	c.DKIMAligned = plus(c.DKIMAligned, o.DKIMAligned)
	c.NoAction = plus(c.NoAction, o.NoAction)
	c.Quarantined = plus(c.Quarantined, o.Quarantined)
	c.Rejected = plus(c.Rejected, o.Rejected)
}

// countsOf are those of a row.
func countsOf(row *Row) Counts {
	n, e := row.Count, &row.Evaluated
	c := Counts{Messages: n}
	switch e.Verdict() {
	case VerdictPass:
		c.Pass = n
	case VerdictFail:
		c.Fail = n
	case VerdictUnknown:
	}
	if e.SPF == StatusPass {
		c.SPFAligned = n
	}
	if e.DKIM == StatusPass {
		c.DKIMAligned = n
	}
	switch e.Disposition {
	case None, Passed:
		c.NoAction = n
	case Quarantine:
		c.Quarantined = n
	case Reject:
		c.Rejected = n
	}
	return c
}

// Tally holds numbers of messages by a name.
type Tally map[string]uint64

const maxName = 300 // octets of a name; longer ones count as Rest

func (t *Tally) add(key string, n uint64, most int) {
	if *t == nil {
		*t = make(Tally)
	}
	if _, ok := (*t)[key]; !ok && (len(*t) >= most || len(key) > maxName) {
		key = Rest
	}
	(*t)[key] = plus((*t)[key], n)
}

func (t *Tally) merge(o Tally, most int) {
	for _, key := range sortedKeys(o, len(*t)+len(o) > most) {
		t.add(key, o[key], most)
	}
}

// sortedKeys are the keys, in order where it matters because not all fit.
func sortedKeys[V any](m map[string]V, ordered bool) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	if ordered {
		slices.Sort(keys)
	}
	return keys
}

// Reporter is an organisation that reports.
type Reporter struct {
	Reports uint64 `json:"reports"`
	Counts
}

// Domain is what was reported on a policy domain.
type Domain struct {
	Counts
	// By class of the source.
	Own     Counts `json:"own"`
	Vendor  Counts `json:"vendor"`
	Unknown Counts `json:"unknown"`

	Reports uint64 `json:"reports"`
	// First and Last are the begin and the end of all periods together.
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
	// Policy is what the report of the latest period found published.
	Policy   Policy    `json:"policy"`
	PolicyAt time.Time `json:"policy_at,omitzero"`
	// Policies are all that were found, as tags.
	Policies Tally `json:"policies,omitempty"`
	// Days are those on which periods begin, as "2026-11-21", in UTC.
	Days       Tally `json:"days,omitempty"`
	Reporters  Tally `json:"reporters,omitempty"`
	HeaderFrom Tally `json:"header_from,omitempty"`
	Overrides  Tally `json:"overrides,omitempty"`

	Sources  map[netip.Addr]*Source   `json:"sources,omitempty"`
	Networks map[netip.Prefix]*Source `json:"networks,omitempty"`
	// Others has what came from sources that are in no other place, and rows without
	// a valid address.
	Others *Source `json:"others,omitempty"`
}

// Source is what came from an address, or a network.
type Source struct {
	Origin
	Counts
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
	// HeaderFrom has the domains of From fields, EnvelopeFrom those of return paths
	// where reporters tell them.
	HeaderFrom   Tally `json:"header_from,omitempty"`
	EnvelopeFrom Tally `json:"envelope_from,omitempty"`
	// DKIM has the keys whose signatures verify, as "selector._domainkey.domain", and
	// DKIMFailed those whose do not.
	DKIM       Tally `json:"dkim,omitempty"`
	DKIMFailed Tally `json:"dkim_failed,omitempty"`
	// SPF has the domains for which SPF passes, and SPFFailed those for which it does
	// not.
	SPF       Tally `json:"spf,omitempty"`
	SPFFailed Tally `json:"spf_failed,omitempty"`
	// UnalignedDKIM and UnalignedSPF have the domains that pass, on messages on which
	// nothing aligned does.
	UnalignedDKIM Tally `json:"unaligned_dkim,omitempty"`
	UnalignedSPF  Tally `json:"unaligned_spf,omitempty"`
	Overrides     Tally `json:"overrides,omitempty"`
}

// Fingerprint tells reports apart: by reporter, policy domain, identifier and period.
type Fingerprint [16]byte

// MarshalText writes it in hexadecimal.
func (f Fingerprint) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(f[:])), nil }

// UnmarshalText reads what MarshalText writes.
func (f *Fingerprint) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(f) {
		return errors.New("report: not a fingerprint")
	}
	_, err := hex.Decode(f[:], text)
	return err
}

// Fingerprint returns what tells the report from others. The same report sent again has
// the same one (RFC 9990 section 3.5.4). The period is part of it, since some reporters
// use an identifier again.
func (r *Report) Fingerprint() Fingerprint {
	m := &r.Metadata
	sum := sha256.Sum256([]byte(strings.ToLower(strings.Join([]string{
		m.OrgName, r.Policy.Domain, bare(m.ReportID), m.Begin.Format(time.RFC3339), m.End.Format(time.RFC3339),
	}, "\x00"))))
	return Fingerprint(sum[:16])
}
