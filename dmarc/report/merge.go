package report

import (
	"bytes"
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Merge adds what another Summary holds. As long as nothing exceeds the caps, it makes
// no difference in what order summaries are merged, nor which of them a report was
// added to. Reports that both have seen are counted twice, though: what they brought
// cannot be told from the rest. The other is not changed, and shares nothing with s.
func (s *Summary) Merge(other *Summary) {
	if other != nil {
		s.merge(other, false)
	}
}

// merge may take over what other holds, when nobody else needs it.
func (s *Summary) merge(other *Summary, takeOver bool) {
	caps := s.Caps.withDefaults()
	s.Reports = plus(s.Reports, other.Reports)
	s.Duplicates = plus(s.Duplicates, other.Duplicates)
	if s.Domains == nil {
		s.Domains = make(map[string]*Domain)
	}
	used := usage{}
	for _, d := range s.Domains {
		if d != nil {
			used.sources += len(d.Sources)
			used.networks += len(d.Networks)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(other.Domains)) {
		from := other.Domains[name]
		if from == nil {
			continue
		}
		to := s.Domains[name]
		if to == nil {
			if len(s.Domains) >= caps.Domains || len(name) > maxName {
				name = Rest
				to = s.Domains[name]
			}
			if to == nil {
				to = &Domain{}
				s.Domains[name] = to
			}
		}
		sources, networks := len(to.Sources), len(to.Networks)
		to.merge(from, used, caps, takeOver)
		used.sources += len(to.Sources) - sources
		used.networks += len(to.Networks) - networks
	}
	s.mergeReporters(other, caps)
	s.mergeSeen(other, caps)
}

func (s *Summary) mergeReporters(other *Summary, caps Caps) {
	if s.Reporters == nil {
		s.Reporters = make(map[string]*Reporter)
	}
	for _, name := range slices.Sorted(maps.Keys(other.Reporters)) {
		from := other.Reporters[name]
		if from == nil {
			continue
		}
		if s.Reporters[name] == nil && (len(s.Reporters) >= caps.Reporters || len(name) > maxName) {
			name = Rest
		}
		to := s.Reporters[name]
		if to == nil {
			to = &Reporter{}
			s.Reporters[name] = to
		}
		to.Reports = plus(to.Reports, from.Reports)
		to.count(&from.Counts)
	}
}

func (s *Summary) mergeSeen(other *Summary, caps Caps) {
	if s.Seen == nil {
		s.Seen = make(map[Fingerprint]int64)
	}
	maps.Copy(s.Seen, other.Seen)
	if len(s.Seen) <= caps.Reports {
		return
	}
	type report struct {
		print Fingerprint
		begin int64
	}
	all := make([]report, 0, len(s.Seen))
	for p, begin := range s.Seen {
		all = append(all, report{p, begin})
	}
	slices.SortFunc(all, func(a, b report) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), bytes.Compare(a.print[:], b.print[:]))
	})
	for _, r := range all[:len(all)-caps.Reports+caps.Reports/4] {
		delete(s.Seen, r.print)
	}
}

func (d *Domain) merge(o *Domain, used usage, caps Caps, takeOver bool) {
	d.count(&o.Counts)
	d.Own.count(&o.Own)
	d.Vendor.count(&o.Vendor)
	d.Unknown.count(&o.Unknown)
	d.Reports = plus(d.Reports, o.Reports)
	d.First, d.Last = firstOf(d.First, o.First), lastOf(d.Last, o.Last)
	if cmp.Or(o.PolicyAt.Compare(d.PolicyAt), strings.Compare(policyKey(&o.Policy), policyKey(&d.Policy))) > 0 {
		d.Policy, d.PolicyAt = o.Policy, o.PolicyAt
	}
	most := caps.Names * namesOfDomain
	d.Policies.merge(o.Policies, most)
	d.Days.merge(o.Days, maxDays)
	d.Reporters.merge(o.Reporters, most)
	d.HeaderFrom.merge(o.HeaderFrom, most)
	d.Overrides.merge(o.Overrides, most)

	before := usage{len(d.Sources), len(d.Networks)}
	now := func() usage {
		return usage{used.sources + len(d.Sources) - before.sources, used.networks + len(d.Networks) - before.networks}
	}
	ips := maps.Keys(o.Sources)
	if used.sources+len(o.Sources) > caps.Sources/2 { // Not all may fit, and the order matters.
		ips = slices.Values(slices.SortedFunc(ips, netip.Addr.Compare))
	}
	for ip := range ips {
		from, known := o.Sources[ip], d.Sources[ip] != nil
		if from == nil {
			continue
		}
		to := d.slot(ip, from.Origin, now(), caps)
		switch {
		case to != d.Sources[ip]:
		case takeOver && !known:
			*to = *from
			continue
		default:
			to.Origin = surer(to.Origin, from.Origin)
		}
		to.merge(from, caps.Names)
	}
	for _, network := range slices.SortedFunc(maps.Keys(o.Networks), netip.Prefix.Compare) {
		if from := o.Networks[network]; from != nil {
			d.bucket(network, from.Origin, now(), caps).merge(from, caps.Names)
		}
	}
	if o.Others != nil {
		d.bucket(netip.Prefix{}, o.Others.Origin, now(), caps).merge(o.Others, caps.Names)
	}
}

func (s *Source) merge(o *Source, most int) {
	s.count(&o.Counts)
	s.First, s.Last = firstOf(s.First, o.First), lastOf(s.Last, o.Last)
	s.HeaderFrom.merge(o.HeaderFrom, most)
	s.EnvelopeFrom.merge(o.EnvelopeFrom, most)
	s.DKIM.merge(o.DKIM, most)
	s.DKIMFailed.merge(o.DKIMFailed, most)
	s.SPF.merge(o.SPF, most)
	s.SPFFailed.merge(o.SPFFailed, most)
	s.UnalignedDKIM.merge(o.UnalignedDKIM, most)
	s.UnalignedSPF.merge(o.UnalignedSPF, most)
	s.Overrides.merge(o.Overrides, most)
}

// policyKey decides between two policies of the same time.
func policyKey(p *Policy) string { return policyText(p) + ";" + p.DiscoveryMethod + ";" + p.Domain }

// surer decides between two opinions on whose a source is.
func surer(a, b Origin) Origin {
	if cmp.Or(cmp.Compare(rank(a.Class), rank(b.Class)), strings.Compare(a.Name, b.Name)) < 0 {
		return b
	}
	return a
}

func rank(c Class) int {
	switch c {
	case Own:
		return 2
	case Vendor:
		return 1
	case Unknown:
	}
	return 0
}

func firstOf(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func lastOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
