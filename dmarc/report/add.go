package report

import (
	"cmp"
	"errors"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// ErrRowsRead is for a Report whose rows were read before it was added.
var ErrRowsRead = errors.New("report: its rows were read already")

// Add reads a report's rows and adds them, unless the report was added before. It adds
// a report as a whole or, when there is an error in it, not at all, so that it can be
// added when it comes again. The error is that of [Report.Rows].
func (s *Summary) Add(report *Report) error {
	if report.rows == nil {
		return ErrRowsRead
	}
	return s.AddRows(report, report.Rows())
}

// AddRows is Add with rows from elsewhere: those that were stored, or those of
// [Report.Rows] that someone else looks at on their way.
func (s *Summary) AddRows(report *Report, rows iter.Seq2[Row, error]) error {
	if s.seen(report) {
		return nil
	}
	one := adder{classify: s.Classify, caps: s.Caps.withDefaults(), report: report, domain: &Domain{}}
	for row, err := range rows {
		if err != nil {
			return err
		}
		one.add(&row)
	}
	if !s.seen(report) { // The head may have come last.
		s.merge(one.summary(), true)
	}
	return nil
}

func (s *Summary) seen(report *Report) bool {
	_, seen := s.Seen[report.Fingerprint()]
	if seen {
		s.Duplicates = plus(s.Duplicates, 1)
	}
	return seen
}

// adder adds up one report, whose head may be complete only at its end.
type adder struct {
	classify func(string, netip.Addr) Origin
	caps     Caps
	report   *Report
	domain   *Domain
	keys     map[[2]string]string // of DKIM
}

func (a *adder) add(row *Row) {
	d, counts := a.domain, countsOf(row)
	source, class := a.source(row)
	d.count(&counts)
	d.class(class).count(&counts)
	n, most := row.Count, a.caps.Names
	d.HeaderFrom.add(row.HeaderFrom, n, most*namesOfDomain)
	source.count(&counts)
	source.HeaderFrom.add(row.HeaderFrom, n, most)
	if row.EnvelopeFrom != "" {
		source.EnvelopeFrom.add(row.EnvelopeFrom, n, most)
	}
	fails := row.Evaluated.Verdict() == VerdictFail
	for i := range row.DKIM {
		r := &row.DKIM[i]
		switch {
		case r.Result != StatusPass:
			source.DKIMFailed.add(a.key(r), n, most)
			continue
		case fails:
			source.UnalignedDKIM.add(r.Domain, n, most)
		}
		source.DKIM.add(a.key(r), n, most)
	}
	for i := range row.SPF {
		r := &row.SPF[i]
		switch {
		case r.Result != StatusPass:
			source.SPFFailed.add(r.Domain, n, most)
			continue
		case fails:
			source.UnalignedSPF.add(r.Domain, n, most)
		}
		source.SPF.add(r.Domain, n, most)
	}
	for _, r := range row.Evaluated.Reasons {
		source.Overrides.add(string(r.Type), n, most)
		d.Overrides.add(string(r.Type), n, most*namesOfDomain)
	}
}

// namesOfDomain is how many times as many names a domain has as a source.
const namesOfDomain = 8

// key names the key of a signature.
func (a *adder) key(r *DKIMResult) string {
	if r.Selector == "" {
		return r.Domain
	}
	pair := [2]string{r.Selector, r.Domain}
	key, ok := a.keys[pair]
	if !ok {
		key = r.Selector + "._domainkey." + r.Domain
		if a.keys == nil || len(a.keys) >= maxInterned {
			a.keys = make(map[[2]string]string)
		}
		a.keys[pair] = key
	}
	return key
}

// source finds or makes the source of a row. The class is that of the address, also when
// there is no place left for it but among others.
func (a *adder) source(row *Row) (*Source, Class) {
	d := a.domain
	if source := d.Sources[row.SourceIP]; source != nil {
		return source, source.Class
	}
	origin := Origin{Class: Unknown}
	if a.classify != nil && row.SourceIP.IsValid() {
		origin = a.classify(cmp.Or(a.report.Policy.Domain, row.HeaderFrom), row.SourceIP)
	}
	switch origin.Class {
	case Own, Vendor:
	default:
		origin.Class = Unknown
	}
	return d.slot(row.SourceIP, origin, usage{len(d.Sources), len(d.Networks)}, a.caps), origin.Class
}

// usage is how much is used of what is shared by all domains.
type usage struct{ sources, networks int }

// slot returns what a source is added to: itself, its network, or the others.
func (d *Domain) slot(ip netip.Addr, origin Origin, used usage, caps Caps) *Source {
	if source := d.Sources[ip]; source != nil {
		return source
	}
	most := caps.Sources
	if origin.Class == Unknown {
		most -= most / 4 // So that strangers cannot crowd out the known ones.
	}
	if ip.IsValid() && used.sources < most {
		source := &Source{Origin: origin}
		put(&d.Sources, ip, source)
		return source
	}
	return d.bucket(networkOf(ip), origin, used, caps)
}

// bucket returns the network of a source that has no place of its own, or the others.
func (d *Domain) bucket(network netip.Prefix, origin Origin, used usage, caps Caps) *Source {
	bucket := d.Networks[network]
	switch {
	case bucket != nil:
	case network.IsValid() && used.networks < caps.Networks:
		bucket = &Source{Origin: origin}
		put(&d.Networks, network, bucket)
	default:
		if d.Others == nil {
			d.Others = &Source{Origin: Origin{Class: Unknown}}
		}
		return d.Others
	}
	if bucket.Origin != origin {
		bucket.Origin = Origin{Class: Unknown} // It has sources of several kinds.
	}
	return bucket
}

func put[K comparable, V any](m *map[K]V, key K, v V) {
	if *m == nil {
		*m = make(map[K]V)
	}
	(*m)[key] = v
}

// networkOf is the network that is looked at as a whole.
func networkOf(ip netip.Addr) netip.Prefix {
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	network, err := ip.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return network
}

func (d *Domain) class(c Class) *Counts {
	switch c {
	case Own:
		return &d.Own
	case Vendor:
		return &d.Vendor
	case Unknown:
	}
	return &d.Unknown
}

// summary is the report by itself.
func (a *adder) summary() *Summary {
	r, d := a.report, a.domain
	m := &r.Metadata
	begin, end := likely(m.Begin), likely(m.End)
	d.Reports, d.First, d.Last = 1, begin, end
	d.Policy, d.PolicyAt = r.Policy, begin
	n := d.Messages
	d.Policies.add(policyText(&r.Policy), n, a.caps.Names*namesOfDomain)
	if !begin.IsZero() {
		d.Days.add(begin.Format(time.DateOnly), n, maxDays)
	}
	d.Reporters.add(m.OrgName, n, a.caps.Names*namesOfDomain)
	for _, source := range d.all() {
		source.First, source.Last = begin, end
	}
	return &Summary{
		Reports:   1,
		Domains:   map[string]*Domain{r.Policy.Domain: d},
		Reporters: map[string]*Reporter{m.OrgName: {Reports: 1, Counts: d.Counts}},
		Seen:      map[Fingerprint]int64{r.Fingerprint(): m.Begin.Unix()},
	}
}

// maxDays is ten years.
const maxDays = 3660

// all are the sources of any kind.
func (d *Domain) all() []*Source {
	all := make([]*Source, 0, len(d.Sources)+len(d.Networks)+1)
	all = slices.AppendSeq(all, maps.Values(d.Sources))
	all = slices.AppendSeq(all, maps.Values(d.Networks))
	all = append(all, d.Others)
	return slices.DeleteFunc(all, func(s *Source) bool { return s == nil })
}

// policyText writes a policy as tags.
func policyText(p *Policy) string {
	var b strings.Builder
	for _, tag := range []struct{ name, value string }{
		{"p", string(p.P)},
		{"sp", string(p.SP)},
		{"np", string(p.NP)},
		{"adkim", p.ADKIM},
		{"aspf", p.ASPF},
		{"t", p.Testing},
		{"pct", p.Pct},
		{"fo", p.FO},
	} {
		if tag.value == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(tag.name + "=" + tag.value)
	}
	return b.String()
}
