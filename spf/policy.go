package spf

import (
	"net/netip"
	"sort"
)

// Policy is a domain's policy compiled for fast answers: for each address family,
// the address space cut into ranges with the same outcome. [Report.Compile] makes
// it. The nil and the zero Policy are that of a domain without one: none for every
// address. A Policy does not change, and is safe for concurrent use.
type Policy struct {
	v4, v6   line
	outcomes []Cover
	// opens holds the open terms of each outcome, in the order of evaluation.
	opens [][]Hop
}

// line is a step function over the addresses of a family. starts[0] is the lowest
// address, and outs[i] the outcome from starts[i] on.
type line struct {
	starts []number
	outs   []int32
}

// Cover is what a policy says of an address.
type Cover struct {
	// Status is what [Evaluate] makes of the same DNS answers, under the limits of
	// the RFC, unless Open is true.
	Status Status `json:"status"`
	// By is the mechanism that matched, as in [Result]. For permerror and temperror
	// it is the term at which the evaluation ends. It is zero when no term matches,
	// and when the domain's own record is the problem. Its Chain is shared:
	// treat it as read-only.
	By Match `json:"by,omitzero"`
	// Vendor is the well-known service that the outermost include on the way to By
	// belongs to, if it is one.
	Vendor string `json:"vendor,omitempty"`
	// Open is true when evaluation comes by a term that depends on more than the
	// address: a macro, ptr, or what the report does not know. Status is then the
	// outcome if such terms match nothing, and no void is counted for them.
	Open bool `json:"open,omitzero"`
}

// noPolicy is the outcome without a record.
var noPolicy = Cover{Status: None}

// Covers returns what the policy says of an address. IPv4 mapped into IPv6 counts
// as IPv4. For an invalid address it returns the zero Cover. It does not allocate.
func (p *Policy) Covers(ip netip.Addr) Cover {
	if !ip.IsValid() {
		return Cover{}
	}
	if p.none() {
		return noPolicy
	}
	ip = ip.Unmap()
	l := &p.v6
	if ip.Is4() {
		l = &p.v4
	}
	return p.outcomes[l.at(numberOf(ip))]
}

// at returns the outcome of an address.
func (l *line) at(n number) int32 {
	i := sort.Search(len(l.starts), func(i int) bool { return n.less(l.starts[i]) })
	return l.outs[i-1]
}

// Networks returns the networks whose outcome is certain to be s: the fewest, in
// order, IPv4 before IPv6. Those behind an open term are not among them.
func (p *Policy) Networks(s Status) []netip.Prefix {
	return p.NetworksFunc(func(c Cover) bool { return c.Status == s && !c.Open })
}

// NetworksFunc returns the networks of whose outcome keep is true, as
// [Policy.Networks] does. Each outcome is asked for once.
func (p *Policy) NetworksFunc(keep func(Cover) bool) []netip.Prefix {
	out := []netip.Prefix{}
	outcomes := p.covers()
	kept := make([]bool, len(outcomes))
	for i, c := range outcomes {
		kept[i] = keep(c)
	}
	for _, f := range [...]family{ipv4, ipv6} {
		var spans []span
		for at, o := range p.ranges(f) {
			if kept[o] {
				spans = append(spans, at)
			}
		}
		for _, s := range mergeSpans(spans) {
			out = appendNetworks(out, f, s)
		}
	}
	return out
}

// ranges yields the ranges of a family in order, with the outcome of each.
func (p *Policy) ranges(f family) func(yield func(span, int32) bool) {
	return func(yield func(span, int32) bool) {
		l := p.line(f)
		for i, start := range l.starts {
			s := span{start, f.last()}
			if i+1 < len(l.starts) {
				s.hi = l.starts[i+1].prev()
			}
			if !yield(s, l.outs[i]) {
				return
			}
		}
	}
}

// none is true for the nil and the zero Policy.
func (p *Policy) none() bool { return p == nil || len(p.outcomes) == 0 }

func (p *Policy) line(f family) line {
	switch {
	case p.none():
		return line{make([]number, 1), make([]int32, 1)}
	case f == ipv4:
		return p.v4
	}
	return p.v6
}

// covers returns the outcomes that the lines point at.
func (p *Policy) covers() []Cover {
	if p.none() {
		return []Cover{noPolicy}
	}
	return p.outcomes
}
