package bounce

import (
	"bytes"
	"sync"
)

// The index finds all texts of all rules in one pass over a reply, in time linear in
// its length: an automaton of Aho and Corasick over octets. A state with several
// ways out has them in a table, which is complete for ASCII; the others, which are
// nearly all, hold their one or two as pairs. So it takes some
// hundreds of kilobytes, where full tables would take megabytes.
type index struct {
	rules  []replyRule
	states []state
	// The first states have tables of their ways out: for ASCII from the blank on,
	// one behind the other, so that their place follows from the state; and for the
	// other octets where there is a way by one.
	tables uint16
	rows   []uint16
	wide   [][0x80]uint16
	hits   []uint64 // a bit for each state: whether literals end there
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
	wide uint16 // 1 + its table in index.wide, or 0
	// The ways out of a state without a table. An octet of 0 is none, since folded
	// text has no such octet.
	to    [2]uint16
	octet [2]byte
	// The literals that end here are outs[out : out+outs], and then those of the
	// state dict, if it is not 0.
	outs uint8
	out  uint16
}

// literal is a text that is looked for.
type literal struct {
	length      uint16
	left, right bool // whether a word must begin, or end, there
	word        bool // it is a word alone, which names of hosts and mailboxes hold as well
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
	not   place // where a word does not count
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
	// One word, as "sender", may begin dozens of patterns, and a text may have several.
	ring [256]part
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
	states, rows, hits, tables := x.states, x.rows, x.hits, x.tables
	s := uint16(0)
	for i, c := range text {
		for {
			if d := c - ' '; s < tables && d < asciiWidth {
				s = rows[int(s)*asciiWidth+int(d)]
				break
			}
			st := &states[s]
			if st.octet[0] == c {
				s = st.to[0]
				break
			}
			if st.octet[1] == c {
				s = st.to[1]
				break
			}
			if st.wide != 0 {
				s = x.wide[st.wide-1][c&0x7f]
				break
			}
			s = st.fail // The first state has tables for all, so this ends.
		}
		if hits[s/64]&(1<<(s%64)) != 0 {
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
		if d := c - ' '; s < x.tables && d < asciiWidth {
			return x.rows[int(s)*asciiWidth+int(d)]
		}
		st := &x.states[s]
		switch {
		case st.octet[0] == c:
			return st.to[0]
		case st.octet[1] == c:
			return st.to[1]
		case st.wide != 0:
			return x.wide[st.wide-1][c&0x7f]
		}
		s = st.fail
	}
}

// hit notes that a literal ends before end.
func (x *index) hit(text []byte, end int, l *literal, seen *parts, m *matches) {
	start := end - int(l.length)
	if l.left && start > 0 && wordByte(text[start-1]) || l.right && end < len(text) && wordByte(text[end]) {
		return
	}
	at := place(0)
	if l.word {
		at = placeOf(text, start, end)
	}
	for _, u := range x.uses[l.use : l.use+l.uses] {
		if u.not&at != 0 {
			continue
		}
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

// place is what a word is a part of. A mailbox "spamhaus@", a host "antispam-gw" and
// a page ".../blocked" say nothing of why a message was refused.
type place uint8

const (
	inMailbox place = 1 << iota
	inHost          // a name of three labels or more; two may be the end of a sentence
	inLink          // the path of a link
)

// maxPlace is how far a name is followed from a word in it.
const maxPlace = 128

// placeOf returns what the word text[start:end] is a part of, or 0.
func placeOf(text []byte, start, end int) place {
	from, to := start, end
	for from > 0 && start-from < maxPlace && nameByte(text, from-1) {
		from--
	}
	for to < len(text) && to-end < maxPlace && nameByte(text, to) {
		to++
	}
	if to-from == end-start {
		return 0
	}
	name, at := text[from:to], start-from
	if i := bytes.Index(name, []byte("://")); i >= 0 {
		if path := bytes.IndexByte(name[i+3:], '/'); path >= 0 && i+3+path < at {
			return inLink
		}
		return inHost
	}
	if i := bytes.IndexByte(name, '@'); i > 0 && i+1 < len(name) {
		return inMailbox
	}
	host, _, _ := bytes.Cut(name, []byte("/"))
	if dots, letters := labels(host); dots == 0 || !letters {
		return 0
	} else if len(host) < at {
		return inLink
	} else if dots > 1 {
		return inHost
	}
	return 0
}

// labels counts the dots between the labels of a name, and reports whether the last
// label starts with a letter.
func labels(host []byte) (dots int, letter bool) {
	for i := 1; i+1 < len(host); i++ {
		if host[i] == '.' && wordByte(host[i-1]) && wordByte(host[i+1]) {
			dots++
			letter = host[i+1]-'a' < 26
		}
	}
	return dots, letter
}

// nameByte reports whether text[i] may stand in the name of a mailbox or host, or in
// a link.
func nameByte(text []byte, i int) bool {
	switch c := text[i]; c {
	case '.', '@', '-', '_', '+', '/', '?', '=', '&', '%', '#', '~':
		return true
	case ':':
		return i+2 < len(text) && text[i+1] == '/' && text[i+2] == '/'
	default:
		return wordByte(c)
	}
}

// wordByte reports whether c belongs to a word. Octets of other scripts do not count.
func wordByte(c byte) bool {
	return c-'a' < 26 || c-'0' < 10
}

// theIndex builds the index once, at the first evaluation.
var theIndex = sync.OnceValue(func() *index { return newIndex(allRules()) })
