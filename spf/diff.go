package spf

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
)

// Changes are the differences between two policies.
type Changes []Change

// Change is a set of networks whose outcome is another for the same reason.
type Change struct {
	// Before and After are the outcomes, as [Policy.Covers] returns them.
	Before Status `json:"before"`
	After  Status `json:"after"`
	// BeforeBy and AfterBy are the terms that decide: of the domain's own record,
	// or of the one that its redirects lead to. What an include lets pass is the
	// include's doing. They are zero when no term matches.
	BeforeBy Hop `json:"before_by,omitzero"`
	AfterBy  Hop `json:"after_by,omitzero"`
	// BeforeOpen and AfterOpen are the open terms that may decide otherwise (see
	// [Cover]).
	BeforeOpen []Hop `json:"before_open,omitempty"`
	AfterOpen  []Hop `json:"after_open,omitempty"`
	// Networks are the fewest that hold the addresses, IPv4 before IPv6.
	Networks []netip.Prefix `json:"networks"`
}

// Diff returns the networks for which after has another outcome than before, or
// other open terms on the way to it. Which term decides is no difference as long
// as the outcome stays. Changes are in the order of their first networks.
//
// A test in CI that nobody may lose authorisation by accident is
//
//	require.Empty(t, spf.Diff(before, after).Lost())
func Diff(before, after *Policy) Changes {
	d := differ{before: before, after: after, groups: make(map[changeKey]int32)}
	for _, f := range [...]family{ipv4, ipv6} {
		d.pairs = make(map[[2]int32]int32)
		for at, pair := range d.overlaps(f) {
			d.add(at, pair)
		}
		d.flush(f)
	}
	slices.SortStableFunc(d.changes, func(a, b Change) int {
		return a.Networks[0].Compare(b.Networks[0])
	})
	return d.changes
}

// Lost returns the changes that take authorisation away, or may do so.
func (cs Changes) Lost() Changes { return cs.filter(Change.Loses) }

// Gained returns the changes that bring authorisation, or may do so.
func (cs Changes) Gained() Changes { return cs.filter(Change.Gains) }

func (cs Changes) filter(keep func(Change) bool) Changes {
	var out Changes
	for _, c := range cs {
		if keep(c) {
			out = append(out, c)
		}
	}
	return out
}

// String returns one line for each change.
func (cs Changes) String() string {
	var b strings.Builder
	for i, c := range cs {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(c.String())
	}
	return b.String()
}

// Loses reports whether addresses of c passed and do not any more. Where open
// terms came or went, it is true unless that certainly took nothing away: an
// address may have passed by a term that is gone, or be kept from passing by a
// new one. So a change can both lose and gain.
func (c Change) Loses() bool {
	return worsens(c.Before, c.After, c.BeforeOpen, c.AfterOpen)
}

// Gains reports whether addresses of c pass and did not before. Open terms count
// as they do for [Change.Loses].
func (c Change) Gains() bool {
	return worsens(c.After, c.Before, c.AfterOpen, c.BeforeOpen)
}

func worsens(from, to Status, fromOpen, toOpen []Hop) bool {
	if from == Pass && (to != Pass || lacksTerm(fromOpen, toOpen)) {
		return true
	}
	return lacksTerm(toOpen, fromOpen) && (to != Pass || len(toOpen) > 0)
}

// lacksTerm reports whether a term of b is not in a. Where a term stands in its
// record makes no difference.
func lacksTerm(a, b []Hop) bool {
	return slices.ContainsFunc(b, func(h Hop) bool {
		return !slices.ContainsFunc(a, func(g Hop) bool { return g.Domain == h.Domain && g.Term == h.Term })
	})
}

// shownNetworks is how many networks Change.String lists.
const shownNetworks = 8

// String describes c in one line, as in
//
//	pass -> fail: 192.0.2.0/24 (ip4:192.0.2.0/24 in example.org -> -all in example.org)
//
// An outcome that open terms may change has a question mark. Of very many
// networks it shows the first ones.
func (c Change) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s -> %s: ", outcomeText(c.Before, c.BeforeOpen), outcomeText(c.After, c.AfterOpen))
	for i, p := range c.Networks {
		if i == shownNetworks {
			fmt.Fprintf(&b, " and %d more", len(c.Networks)-i)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.String())
	}
	fmt.Fprintf(&b, " (%s -> %s)", termText(c.BeforeBy), termText(c.AfterBy))
	return b.String()
}

func outcomeText(s Status, open []Hop) string {
	if len(open) > 0 {
		return string(s) + "?"
	}
	return string(s)
}

func termText(h Hop) string {
	if h.Term == "" {
		return "no term"
	}
	return name.Escape(h.Term) + " in " + h.Domain
}

// differ compares two policies range by range.
type differ struct {
	before, after *Policy
	changes       Changes
	spans         [][]span // of each change, in one family
	groups        map[changeKey]int32
	pairs         map[[2]int32]int32 // which change two outcomes make; -1 for none
}

// changeKey tells changes apart.
type changeKey struct {
	before, after         Status
	beforeBy, afterBy     Hop
	beforeOpen, afterOpen string
}

// overlaps yields the ranges in which neither policy has a boundary, with their
// two outcomes.
func (d *differ) overlaps(f family) func(yield func(span, [2]int32) bool) {
	return func(yield func(span, [2]int32) bool) {
		a, b := d.before.line(f), d.after.line(f)
		for i, j := 0, 0; i < len(a.starts) || j < len(b.starts); {
			// Both lines start at the lowest address, so neither i nor j is 0 below.
			var lo number
			if j == len(b.starts) || i < len(a.starts) && a.starts[i].less(b.starts[j]) {
				lo = a.starts[i]
			} else {
				lo = b.starts[j]
			}
			if i < len(a.starts) && a.starts[i] == lo {
				i++
			}
			if j < len(b.starts) && b.starts[j] == lo {
				j++
			}
			hi := f.last()
			if i < len(a.starts) {
				hi = a.starts[i].prev()
			}
			if j < len(b.starts) {
				if end := b.starts[j].prev(); end.less(hi) {
					hi = end
				}
			}
			if !yield(span{lo, hi}, [2]int32{a.outs[i-1], b.outs[j-1]}) {
				return
			}
		}
	}
}

func (d *differ) add(at span, pair [2]int32) {
	id, ok := d.pairs[pair]
	if !ok {
		id = d.change(pair)
		d.pairs[pair] = id
	}
	if id >= 0 {
		d.spans[id] = append(d.spans[id], at)
	}
}

// change returns the index of the change that two outcomes make, or -1.
func (d *differ) change(pair [2]int32) int32 {
	before, after := &d.before.covers()[pair[0]], &d.after.covers()[pair[1]]
	c := Change{
		Before: before.Status, BeforeBy: before.By.own(), BeforeOpen: d.before.openTerms(pair[0]),
		After: after.Status, AfterBy: after.By.own(), AfterOpen: d.after.openTerms(pair[1]),
	}
	if c.Before == c.After && !lacksTerm(c.BeforeOpen, c.AfterOpen) && !lacksTerm(c.AfterOpen, c.BeforeOpen) {
		return -1
	}
	key := changeKey{
		before: c.Before, beforeBy: c.BeforeBy, beforeOpen: termsKey(c.BeforeOpen),
		after: c.After, afterBy: c.AfterBy, afterOpen: termsKey(c.AfterOpen),
	}
	id, ok := d.groups[key]
	if !ok {
		id = int32(len(d.changes))
		d.groups[key] = id
		d.changes = append(d.changes, c)
		d.spans = append(d.spans, nil)
	}
	return id
}

// flush turns the ranges of a family into networks.
func (d *differ) flush(f family) {
	for i := range d.changes {
		for _, s := range mergeSpans(d.spans[i]) {
			d.changes[i].Networks = appendNetworks(d.changes[i].Networks, f, s)
		}
		d.spans[i] = nil
	}
}

// openTerms returns the open terms of an outcome.
func (p *Policy) openTerms(o int32) []Hop {
	if p.none() {
		return nil
	}
	return p.opens[o]
}

// own returns the term of the domain's own record, or of the one its redirects
// lead to, that has m matched.
func (m Match) own() Hop {
	for _, h := range m.Chain {
		if !strings.HasPrefix(strings.ToLower(h.Term), "redirect=") {
			return h
		}
	}
	return Hop{Domain: m.Domain, Term: m.Term, Offset: m.Offset}
}

// termsKey makes a list of terms comparable. Blanks stand in neither part.
func termsKey(terms []Hop) string {
	var b strings.Builder
	for _, h := range terms {
		b.WriteString(h.Domain)
		b.WriteByte(' ')
		b.WriteString(h.Term)
		b.WriteByte(' ')
	}
	return b.String()
}
