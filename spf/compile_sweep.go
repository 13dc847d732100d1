package spf

import "slices"

// This file has the sums with pieces of the address space that compiling needs.

// ranked gives the addresses of a network a rank; the lowest one decides.
type ranked struct {
	span
	rank int32
}

// firstMatch cuts networks, which overlap only as one within another, into
// disjoint ranges in order, each with the lowest of the ranks there.
func firstMatch(rules []ranked) []ranked {
	slices.SortFunc(rules, func(a, b ranked) int {
		if c := a.compare(b.span); c != 0 {
			return c
		}
		return b.hi.compare(a.hi) // The outer one comes first.
	})
	out := make([]ranked, 0, len(rules))
	emit := func(lo, hi number, rank int32) {
		if n := len(out); n > 0 && out[n-1].rank == rank && out[n-1].hi.next() == lo {
			out[n-1].hi = hi
			return
		}
		out = append(out, ranked{span{lo, hi}, rank})
	}
	// around holds the networks around pos, each with the lowest rank up to it.
	var around []ranked
	var pos number
	for _, r := range rules {
		for n := len(around); n > 0 && around[n-1].hi.less(r.lo); n-- {
			if in := around[n-1]; !in.hi.less(pos) {
				emit(pos, in.hi, in.rank)
				pos = in.hi.next()
			}
			around = around[:n-1]
		}
		if n := len(around); n > 0 {
			if pos.less(r.lo) {
				emit(pos, r.lo.prev(), around[n-1].rank)
			}
			r.rank = min(r.rank, around[n-1].rank)
		}
		pos = r.lo
		around = append(around, r)
	}
	for n := len(around); n > 0; n-- {
		in := around[n-1]
		if in.hi.less(pos) {
			continue
		}
		emit(pos, in.hi, in.rank)
		if pos = in.hi.next(); pos == (number{}) {
			break // This was the highest address, and the outer networks end there too.
		}
	}
	return out
}

// split takes out of live, which is in order, what one of the rules matches, and
// adds it to done with what decide says of the rank.
func (c *compiler) split(live []piece, rules []ranked, done []ending, decide func(rank int32) (Status, int32)) ([]piece, []ending) {
	c.work += len(live) + len(rules)
	if len(rules) == 0 {
		return live, done
	}
	rules = firstMatch(rules)
	rest := make([]piece, 0, len(live))
	i := 0
	for _, p := range live {
		for i < len(rules) && rules[i].hi.less(p.lo) {
			i++
		}
		over := false // whether all of p is matched
		for j := i; j < len(rules) && !p.hi.less(rules[j].lo); j++ {
			c.work++
			r := rules[j]
			if p.lo.less(r.lo) {
				rest = append(rest, piece{span{p.lo, r.lo.prev()}, p.state})
				p.lo = r.lo
			}
			m := p
			if over = !r.hi.less(p.hi); !over {
				m.hi = r.hi
				p.lo = r.hi.next()
			}
			status, by := decide(r.rank)
			done = append(done, ending{m, status, by})
			if over {
				break
			}
		}
		if !over {
			rest = append(rest, p)
		}
	}
	return rest, done
}

// rejoin puts pieces in order, and together where they touch and are alike.
func (c *compiler) rejoin(pieces []piece) []piece {
	c.work += len(pieces)
	slices.SortFunc(pieces, func(a, b piece) int { return a.compare(b.span) })
	out := pieces[:0]
	for _, p := range pieces {
		if n := len(out); n > 0 && out[n-1].state == p.state && out[n-1].hi.next() == p.lo {
			out[n-1].hi = p.hi
			continue
		}
		out = append(out, p)
	}
	return out
}

// interner gives equal outcomes of a policy one index.
type interner struct {
	ids map[outcomeKey]int32
	p   *Policy
}

// outcomeKey tells outcomes apart within one family.
type outcomeKey struct {
	family   family
	status   Status
	by, open int32
}

// line puts the ended pieces, which make up the whole address space, in order.
func (c *compiler) line(in *interner) (l line) {
	c.work += len(c.ended)
	slices.SortFunc(c.ended, func(a, b ending) int { return a.compare(b.span) })
	for _, e := range c.ended {
		key := outcomeKey{c.family, e.status, e.by, e.open}
		id, ok := in.ids[key]
		if !ok {
			id = int32(len(in.p.outcomes))
			in.ids[key] = id
			d := c.by[e.by]
			in.p.outcomes = append(in.p.outcomes, Cover{Status: e.status, By: d.match, Vendor: d.vendor, Open: e.open != 0})
			in.p.opens = append(in.p.opens, c.opens[e.open])
		}
		if n := len(l.outs); n == 0 || l.outs[n-1] != id {
			l.starts = append(l.starts, e.lo)
			l.outs = append(l.outs, id)
		}
	}
	return l
}
