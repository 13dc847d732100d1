package bounce

import "sync"

// The index finds all texts of all rules in one pass over a reply, in time linear in
// its length: an automaton of Aho and Corasick over octets. A state with several
// ways out has them in a table, which is complete for ASCII at least; the others,
// which are nearly all, hold their one or two as pairs. So it takes some
// hundreds of kilobytes, where full tables would take megabytes.
type index struct {
	rules  []replyRule
	states []state
	rows   []uint16 // tables of the ways out, from the blank on
	lits   []literal
	outs   []uint16 // literals, of the states that complete some
	uses   []use
	slots  int // of patterns with several parts
	// markers are the providers' own codes, by the provider.
	markers map[Provider][]codeMarker
}

type state struct {
	fail uint16
	dict uint16
	// row is where its table starts, and width how many octets that has: none, those
	// of ASCII, or all. What is not in the table leads on from the state fail.
	row   uint32
	width uint8
	// The ways out of a state without a table. An octet of 0 is none, since folded
	// text has no such octet.
	to    [2]uint16
	octet [2]byte
	// The literals that end here are outs[out : out+outs], and then those of the
	// state dict, if it is not 0.
	outs uint8
	hits bool // whether there are such literals
	out  uint16
}

// literal is a text that is looked for.
type literal struct {
	length      uint16
	left, right bool // whether a word must begin, or end, there
	use         uint32
	uses        uint32 // uses[use : use+uses]
}

// use is what a literal is needed for.
type use struct {
	rule  uint16
	slot  uint16 // of this part; of no meaning in a pattern of one
	part  uint8
	parts uint8
	group group
}

// group says what a rule wants with a pattern.
type group uint8

const (
	groupAny group = 1 << iota // one of these
	groupAnd                   // and one of these
	groupNot                   // and none of these
)

// near is how far apart the parts of a pattern may stand, in octets.
const near = 200

const (
	maxFired = 64   // rules that fire on one text
	maxRules = 512  // rules
	maxSlots = 2048 // parts of patterns of several parts
)

// fired is a rule with patterns in the text.
type fired struct {
	rule   uint16
	groups group
	span   // the heaviest pattern of groupAny
}

// span is a part of a folded text, of which weight octets belong to a pattern.
type span struct{ from, to, weight uint16 }

// parts are those of patterns of several that were found last.
type parts struct {
	n    int
	seen [maxSlots / 64]uint64 // slots that were found at all, which few are
	ring [128]part
}

// part says that a pattern was found up to a slot.
type part struct {
	slot uint16
	span
}

func (p *parts) add(slot uint16, at span) {
	p.seen[slot/64] |= 1 << (slot % 64)
	p.ring[p.n%len(p.ring)] = part{slot, at}
	p.n++
}

// last returns the last place of a slot that ends at start, or not far before.
func (p *parts) last(slot uint16, start int) (span, bool) {
	if p.seen[slot/64]&(1<<(slot%64)) == 0 {
		return span{}, false
	}
	for i := p.n - 1; i >= max(0, p.n-len(p.ring)); i-- {
		if at := &p.ring[i%len(p.ring)]; at.slot == slot && int(at.to) <= start {
			return at.span, start-int(at.to) <= near
		}
	}
	return span{}, false
}

// matches is what a scan found. It is meant to live on the stack.
type matches struct {
	n     int
	at    [maxRules]uint8 // 1 + the place of a rule in fired, or 0
	fired [maxFired]fired
}

// scan finds the rules whose patterns occur in a folded text.
func (x *index) scan(text []byte, m *matches) {
	var seen parts
	states, rows := x.states, x.rows
	s := uint16(0)
	for i, c := range text {
		for {
			st := &states[s]
			if st.octet[0] == c {
				s = st.to[0]
				break
			}
			if c-' ' < st.width {
				s = rows[st.row+uint32(c-' ')]
				break
			}
			if st.octet[1] == c {
				s = st.to[1]
				break
			}
			s = st.fail // The first state has a table of all, so this ends.
		}
		if states[s].hits {
			x.ends(text, i+1, s, &seen, m)
		}
	}
}

// ends notes the literals that end before end, in a state.
func (x *index) ends(text []byte, end int, s uint16, seen *parts, m *matches) {
	for {
		st := &x.states[s]
		for _, l := range x.outs[st.out : int(st.out)+int(st.outs)] {
			x.hit(text, end, &x.lits[l], seen, m)
		}
		if s = st.dict; s == 0 {
			return
		}
	}
}

// next returns the state after s and c.
func (x *index) next(s uint16, c byte) uint16 {
	for {
		st := &x.states[s]
		switch {
		case c-' ' < st.width:
			return x.rows[st.row+uint32(c-' ')]
		case st.octet[0] == c:
			return st.to[0]
		case st.octet[1] == c:
			return st.to[1]
		}
		s = st.fail // The first state has a table of all.
	}
}

// hit notes that a literal ends before end.
func (x *index) hit(text []byte, end int, l *literal, seen *parts, m *matches) {
	start := end - int(l.length)
	if l.left && start > 0 && wordByte(text[start-1]) || l.right && end < len(text) && wordByte(text[end]) {
		return
	}
	for _, u := range x.uses[l.use : l.use+l.uses] {
		from, weight := start, int(l.length)
		if u.parts > 1 {
			if u.part > 0 {
				before, ok := seen.last(u.slot-1, start)
				if !ok {
					continue
				}
				from = int(before.from)
				weight += int(before.weight)
			}
			if u.part+1 < u.parts {
				seen.add(u.slot, span{uint16(from), uint16(end), uint16(weight)})
				continue
			}
		}
		m.add(u.rule, u.group, span{uint16(from), uint16(end), uint16(weight)})
	}
}

func (m *matches) add(rule uint16, g group, at span) {
	if at1 := m.at[rule%maxRules]; at1 > 0 {
		f := &m.fired[at1-1]
		if g == groupAny && at.weight > f.weight {
			f.span = at
		}
		f.groups |= g
		return
	}
	if m.n < len(m.fired) {
		f := fired{rule: rule, groups: g}
		if g == groupAny {
			f.span = at
		}
		m.fired[m.n] = f
		m.n++
		m.at[rule%maxRules] = uint8(m.n)
	}
}

// wordByte reports whether c belongs to a word. Octets of other scripts do not count.
func wordByte(c byte) bool {
	return c-'a' < 26 || c-'0' < 10
}

// theIndex builds the index once, at the first evaluation.
var theIndex = sync.OnceValue(func() *index { return newIndex(allRules()) })
