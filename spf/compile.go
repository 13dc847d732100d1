package spf

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// Compile turns the tree into a [Policy]. It evaluates the records for all
// addresses of a family at once, with the RFC's limits, and so cuts the address
// space only where the outcome differs.
//
// What the tree does not hold is not guessed: an address that reaches a record or
// a host that was cut off or not asked for has the outcome temperror, and is Open.
// A loop is permerror, since it ends at the limit of lookups whatever the address.
//
// The time is O(n log n) in the number of networks, since no address passes more
// terms that query DNS than the limit allows, and others are taken together.
func (r Report) Compile() *Policy {
	p, _ := r.compile()
	return p
}

func (r Report) compile() (p *Policy, work int) {
	p = &Policy{}
	shared := interner{ids: make(map[outcomeKey]int32), p: p}
	root := r.Tree
	root.Status = cmp.Or(root.Status, r.Status)
	for _, f := range [...]family{ipv4, ipv6} {
		c := compiler{family: f, opens: [][]Hop{nil}, by: []decider{{}}, opened: make(map[openKey]int32)}
		whole := []piece{{span: span{hi: f.last()}}}
		if root.Status == None {
			c.end(whole, None, 0)
		} else {
			c.ended = append(c.ended, c.enter(&root, frame{domain: root.Domain}, nil, whole)...)
		}
		l := c.line(&shared)
		if f == ipv4 {
			p.v4 = l
		} else {
			p.v6 = l
		}
		work += c.work
	}
	return p, work
}

// compiler evaluates a tree for one address family. Addresses in the same
// situation go together, as pieces of the address space.
type compiler struct {
	family family
	ended  []ending // of the whole evaluation
	opens  [][]Hop  // the lists of open terms; the first one is empty
	opened map[openKey]int32
	by     []decider // the first one is zero
	work   int       // how many pieces and networks were handled, for tests
}

// piece is a range of addresses that have come to the same point alike.
type piece struct {
	span
	state
}

// state is what the evaluation remembers of the terms that it has passed.
type state struct {
	lookups, voids uint8
	open           int32 // index into opens
}

// ending is a piece whose evaluation of a record has a result.
type ending struct {
	piece
	status Status
	by     int32 // index into by
}

// decider is a term that decided, and the service it belongs to.
type decider struct {
	match  Match
	vendor string
}

type openKey struct {
	list int32
	term Hop
}

// frame is the record being evaluated, and the way to it.
type frame struct {
	domain string
	chain  []Hop
	vendor string
}

func (f frame) hop(t *TermNode) Hop { return Hop{Domain: f.domain, Term: t.Text, Offset: t.Offset} }

// into is the frame of the record that t leads to.
func (f frame) into(t *TermNode) frame {
	chain := append(slices.Clip(f.chain), f.hop(t))
	return frame{domain: cmp.Or(t.Policy.Domain, t.Target), chain: chain, vendor: cmp.Or(f.vendor, t.Vendor)}
}

// decides notes t as a term that decides, and returns its index.
func (c *compiler) decides(f frame, t *TermNode) int32 {
	if t == nil {
		return 0
	}
	// The term's own vendor is that of an include at which the evaluation ends.
	c.by = append(c.by, decider{
		match:  Match{Term: t.Text, Domain: f.domain, Offset: t.Offset, Chain: f.chain},
		vendor: cmp.Or(f.vendor, t.Vendor),
	})
	return int32(len(c.by) - 1)
}

// end ends the whole evaluation of some addresses.
func (c *compiler) end(pieces []piece, status Status, by int32) {
	for _, p := range pieces {
		c.ended = append(c.ended, ending{p, status, by})
	}
}

// unknown ends the evaluation where the tree does not tell how it goes on.
func (c *compiler) unknown(pieces []piece, f frame, t *TermNode) {
	by := c.decides(f, t)
	h := Hop{Domain: f.domain}
	if t != nil {
		h = f.hop(t)
	}
	c.end(c.open(pieces, h), TempError, by)
}

// open notes that pieces have passed an open term.
func (c *compiler) open(pieces []piece, term Hop) []piece {
	for i := range pieces {
		key := openKey{pieces[i].open, term}
		id, ok := c.opened[key]
		if !ok {
			id = int32(len(c.opens))
			c.opens = append(c.opens, append(slices.Clip(c.opens[key.list]), term))
			c.opened[key] = id
		}
		pieces[i].open = id
	}
	return pieces
}

// enter evaluates the record that t of the frame f leads to, or the first one
// when t is nil. Errors end the whole evaluation, as in the evaluator's check.
func (c *compiler) enter(n *Node, f frame, t *TermNode, live []piece) []ending {
	switch {
	case n == nil, n.Status == "" && !n.Loop && n.Record == "" && len(n.Terms) == 0:
		c.unknown(live, f, t)
		return nil
	case n.Status == None, n.Status == PermError, n.Loop:
		c.end(live, PermError, c.decides(f, t))
		return nil
	case n.Status != "":
		c.end(live, TempError, c.decides(f, t))
		return nil
	}
	if t != nil {
		f = f.into(t)
	}
	return c.walk(n, f, live)
}

// walk evaluates the terms of a record for all of live, which it may overwrite.
func (c *compiler) walk(n *Node, f frame, live []piece) (done []ending) {
	terms := n.Terms
	var redirect *TermNode
	for i := range terms {
		if terms[i].Kind == KindRedirect {
			redirect = &terms[i]
		}
	}
	for i := 0; i < len(terms) && len(live) > 0; {
		if terms[i].Kind.Modifier() {
			i++
			continue
		}
		if terms[i].Kind.Queries() {
			live, done = c.query(&terms[i], f, live, done)
			i++
			continue
		}
		// Terms that ask nothing leave no trace but their matches, so that a row of
		// them is one step.
		var rules []ranked
		start := i
		for ; i < len(terms) && (terms[i].Kind.Modifier() || !terms[i].Kind.Queries()); i++ {
			if s, ok := c.matches(&terms[i]); ok {
				rules = append(rules, ranked{s, int32(i)})
			}
		}
		ids := make([]int32, i-start)
		live, done = c.split(live, rules, done, func(rank int32) (Status, int32) {
			t := &terms[rank]
			if ids[int(rank)-start] == 0 {
				ids[int(rank)-start] = c.decides(f, t)
			}
			return t.Qualifier.Status(), ids[int(rank)-start]
		})
	}
	switch {
	case len(live) == 0:
		return done
	case n.Cut:
		c.unknown(live, f, nil) // More terms may follow.
		return done
	case redirect != nil:
		// RFC 7208 section 6.1: an "all" makes it void, and leaves nobody here.
		return append(done, c.redirect(redirect, f, live)...)
	}
	for _, p := range live {
		done = append(done, ending{p, Neutral, 0}) // RFC 7208 section 4.7
	}
	return done
}

// matches returns what ip4, ip6 and all match. Others match nothing by themselves.
func (c *compiler) matches(t *TermNode) (span, bool) {
	switch {
	case t.Kind == KindAll:
		return span{hi: c.family.last()}, true
	case t.Kind != KindIP4 && t.Kind != KindIP6 || familyOf(t.Network) != c.family:
		return span{}, false
	}
	return spanOf(t.Network), true
}

// query evaluates a mechanism that asks DNS. It returns what goes on, and adds to
// done what has matched.
func (c *compiler) query(t *TermNode, f frame, live []piece, done []ending) ([]piece, []ending) {
	live = c.count(live, f, t)
	switch {
	case len(live) == 0:
		return nil, done
	case t.Macro:
		return c.open(live, f.hop(t)), done
	case !possible(t):
		return live, done // RFC 7208 section 4.8: see the evaluator's term.
	}
	switch t.Kind {
	case KindInclude:
		return c.include(t, f, live, done)
	case KindPTR:
		return c.open(live, f.hop(t)), done
	case KindExists:
		if t.DNS == resolver.Success {
			by := c.decides(f, t)
			for _, p := range live {
				done = append(done, ending{p, t.Qualifier.Status(), by})
			}
			return nil, done
		}
		return c.settle(t, f, live, t.DNS), done
	}
	rules, last := c.hosts(t)
	by := int32(0)
	live, done = c.split(live, rules, done, func(int32) (Status, int32) {
		if by == 0 {
			by = c.decides(f, t)
		}
		return t.Qualifier.Status(), by
	})
	if last == tooMany {
		c.end(live, PermError, c.decides(f, t))
		return nil, done
	}
	return c.settle(t, f, live, last), done
}

// tooMany stands for an mx with more hosts than may be looked up.
const tooMany resolver.Status = "too many"

// hosts returns the networks around the hosts of an "a" or "mx" that may be
// looked up, and the status that decides over the addresses outside of them. Those
// of an mx are no terms, so that they never count as void.
func (c *compiler) hosts(t *TermNode) (rules []ranked, last resolver.Status) {
	if t.Kind == KindMX && t.DNS != resolver.Success {
		return nil, t.DNS
	}
	last = resolver.Success
	if t.Kind == KindA {
		last = "" // There is one host, unless the report lacks it.
	}
	for i := range t.Hosts {
		h := &t.Hosts[i]
		if t.Kind == KindMX && i == defaultNames {
			return rules, tooMany
		}
		if h.Name == "" {
			continue // A null MX (RFC 7505) has no address.
		}
		length := int(t.Bits4)
		status := h.IPv4
		if c.family == ipv6 {
			length, status = int(t.Bits6), h.IPv6
		}
		if t.Kind == KindA {
			last = status
		} else if !status.Definitive() {
			return rules, status // The hosts behind it are not tried.
		}
		for _, addr := range h.Addrs {
			if p := netip.PrefixFrom(addr, length); familyOf(p) == c.family {
				rules = append(rules, ranked{spanOf(p), 0})
			}
		}
	}
	return rules, last
}

// settle ends a term of which nothing matched, as the evaluator's settle does.
func (c *compiler) settle(t *TermNode, f frame, live []piece, status resolver.Status) []piece {
	switch {
	case len(live) == 0 || status == resolver.Success:
		return live
	case status == "":
		c.unknown(live, f, t)
		return nil
	case !status.Definitive():
		c.end(live, TempError, c.decides(f, t))
		return nil
	}
	return c.limit(live, f, t, func(s *state) bool {
		s.voids++
		return s.voids > defaultVoids
	})
}

// count counts a term that queries DNS.
func (c *compiler) count(live []piece, f frame, t *TermNode) []piece {
	return c.limit(live, f, t, func(s *state) bool {
		s.lookups++
		return s.lookups > defaultLookups
	})
}

// limit counts, and ends the evaluation of those for which it is too much.
func (c *compiler) limit(live []piece, f frame, t *TermNode, exceeds func(*state) bool) []piece {
	c.work += len(live)
	by := int32(0)
	out := live[:0]
	for _, p := range live {
		if !exceeds(&p.state) {
			out = append(out, p)
			continue
		}
		if by == 0 {
			by = c.decides(f, t)
		}
		c.ended = append(c.ended, ending{p, PermError, by})
	}
	return out
}

// include is RFC 7208 section 5.2.
func (c *compiler) include(t *TermNode, f frame, live []piece, done []ending) ([]piece, []ending) {
	below := c.enter(t.Policy, f, t, live)
	rest := make([]piece, 0, len(below))
	for _, e := range below {
		if e.status == Pass {
			e.status = t.Qualifier.Status()
			done = append(done, e)
		} else {
			rest = append(rest, e.piece)
		}
	}
	return c.rejoin(rest), done
}

// redirect is RFC 7208 section 6.1.
func (c *compiler) redirect(t *TermNode, f frame, live []piece) []ending {
	live = c.count(live, f, t)
	switch {
	case len(live) == 0:
		return nil
	case t.Macro:
		var done []ending
		for _, p := range c.open(live, f.hop(t)) {
			done = append(done, ending{p, Neutral, 0})
		}
		return done
	case !possible(t):
		c.end(live, PermError, c.decides(f, t))
		return nil
	}
	return c.enter(t.Policy, f, t, live)
}

// possible reports whether the name that t is about can exist.
func possible(t *TermNode) bool {
	if t.Domain == "" {
		return true
	}
	_, err := name.FromOctets(shorten(t.Domain))
	return err == nil
}
