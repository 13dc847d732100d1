package bounce

import (
	"slices"
	"strings"
)

// builder makes an index.
type builder struct {
	x       *index
	trie    []trieNode
	byText  map[string]uint16 // literals, with their marks
	perLit  [][]use
	perNode [][]uint16
}

// edge leads from one state to the next.
type edge struct {
	octet byte
	to    uint16
}

type trieNode struct {
	next []edge // by octet
	fail uint16
}

// newIndex builds the index of rules. It panics when there is more than the index
// can hold, which a test of this package finds before anybody else.
func newIndex(rules []replyRule) *index {
	b := builder{x: &index{rules: rules}, byText: make(map[string]uint16)}
	if len(rules) > maxRules {
		panic("bounce: more rules than the index can hold")
	}
	b.node()
	for i := range rules {
		r := &rules[i]
		b.group(i, r.any, groupAny)
		b.group(i, r.and, groupAnd)
		b.group(i, r.not, groupNot)
	}
	b.finish()
	b.x.markers = make(map[Provider][]codeMarker)
	for _, m := range codeMarkers {
		b.x.markers[m.provider] = append(b.x.markers[m.provider], m)
	}
	return b.x
}

func (b *builder) node() uint16 {
	b.trie = append(b.trie, trieNode{})
	b.perNode = append(b.perNode, nil)
	if len(b.trie) > 1<<16-1 {
		panic("bounce: more texts than the index can hold")
	}
	return uint16(len(b.trie) - 1)
}

func (b *builder) group(rule int, patterns []string, g group) {
	for _, p := range patterns {
		parts := strings.Split(p, "…")
		if b.x.slots+len(parts) > maxSlots {
			panic("bounce: more patterns than the index can hold")
		}
		for i, part := range parts {
			u := use{rule: uint16(rule), part: uint8(i), parts: uint8(len(parts)), group: g, not: b.x.rules[rule].notIn()}
			if len(parts) > 1 {
				u.slot = uint16(b.x.slots)
				b.x.slots++
			}
			l := b.literal(strings.TrimSpace(part))
			// A part is looked at before the one in front of it, so that one text
			// cannot stand for both.
			b.perLit[l] = slices.Insert(b.perLit[l], 0, u)
		}
	}
}

// literal returns the number of a text. A bar at its beginning or end means that a
// word begins or ends there.
func (b *builder) literal(text string) uint16 {
	if l, ok := b.byText[text]; ok {
		return l
	}
	plain, left := strings.CutPrefix(text, "|")
	plain, right := strings.CutSuffix(plain, "|")
	folded := fold(nil, plain, "", nil)
	if !left && short(folded) {
		left = true
	}
	if len(folded) == 0 {
		panic("bounce: an empty pattern: " + text)
	}
	l := uint16(len(b.x.lits))
	b.x.lits = append(b.x.lits, literal{length: uint16(len(folded)), left: left, right: right, word: word(folded)})
	b.perLit = append(b.perLit, nil)
	b.byText[text] = l

	s := uint16(0)
	for _, c := range folded {
		s = b.child(s, c)
	}
	b.perNode[s] = append(b.perNode[s], l)
	return l
}

// short reports whether a text is so short that it would stand in the middle of other
// words, as "ip" does in "recipient".
func short(text []byte) bool {
	for _, c := range text {
		if !wordByte(c) {
			return false
		}
	}
	return len(text) <= 5
}

// word reports whether a text is a word alone, of ASCII.
func word(text []byte) bool {
	for _, c := range text {
		if !wordByte(c) && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// notIn returns where words do not count for a rule. What a provider says of itself
// may well stand in a name or a link, as do brands in the name of their hosts.
func (r *replyRule) notIn() place {
	switch {
	case r.signal&signalBrand != 0:
		return inMailbox | inLink
	case r.tier == 0:
		return inMailbox | inHost
	case r.is != "" || r.at != "" || r.tier < tierList:
		return 0
	}
	return inMailbox | inHost | inLink
}

func (b *builder) child(s uint16, c byte) uint16 {
	for _, e := range b.trie[s].next {
		if e.octet == c {
			return e.to
		}
	}
	to := b.node()
	b.trie[s].next = append(b.trie[s].next, edge{c, to})
	return to
}

// finish lays out the states, in the order of their depth, so that the state to fall
// back to is always complete.
func (b *builder) finish() {
	b.arrange()
	x := b.x
	x.states = make([]state, len(b.trie))
	x.hits = make([]uint64, len(b.trie)/64+1)
	x.rows = make([]uint16, int(x.tables)*asciiWidth)
	for l, uses := range b.perLit {
		x.lits[l].use, x.lits[l].uses = uint32(len(x.uses)), uint32(len(uses))
		x.uses = append(x.uses, uses...)
	}
	queue := []uint16{0}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		node, st := &b.trie[s], &x.states[s]
		st.fail = node.fail
		if s != 0 {
			st.dict = node.fail
			if f := &x.states[node.fail]; f.outs == 0 {
				st.dict = f.dict
			}
		}
		st.out, st.outs = uint16(len(x.outs)), uint8(len(b.perNode[s]))
		if st.outs > 0 || st.dict != 0 {
			x.hits[s/64] |= 1 << (s % 64)
		}
		x.outs = append(x.outs, b.perNode[s]...)
		for _, e := range node.next {
			if s != 0 {
				b.trie[e.to].fail = x.next(node.fail, e.octet)
			}
			queue = append(queue, e.to)
		}
		b.ways(s)
	}
}

// arrange numbers the states: those that have tables first, and all by their depth.
// Most of a text leads through those near the first, which are then close together in
// memory.
func (b *builder) arrange() {
	order := make([]uint16, 1, len(b.trie))
	for i := 0; i < len(order); i++ {
		for _, e := range b.trie[order[i]].next {
			order = append(order, e.to)
		}
	}
	number := make([]uint16, len(b.trie))
	next := uint16(0)
	for _, tables := range []bool{true, false} {
		for _, s := range order {
			if b.table(s) == tables {
				number[s] = next
				next++
			}
		}
		if tables {
			b.x.tables = next
		}
	}
	trie, perNode := make([]trieNode, len(b.trie)), make([][]uint16, len(b.trie))
	for old, s := range number {
		trie[s], perNode[s] = b.trie[old], b.perNode[old]
		for j := range trie[s].next {
			trie[s].next[j].to = number[trie[s].next[j].to]
		}
	}
	b.trie, b.perNode = trie, perNode
}

// table reports whether a state gets a table.
func (b *builder) table(s uint16) bool { return s == 0 || len(b.trie[s].next) > 2 }

// asciiWidth is the length of a table: folded text holds nothing before the blank.
const asciiWidth = 0x80 - ' '

// ways lays out the ways from s onwards.
func (b *builder) ways(s uint16) {
	x, node, st := b.x, &b.trie[s], &b.x.states[s]
	if s >= x.tables {
		for i, e := range node.next {
			st.octet[i], st.to[i] = e.octet, e.to
		}
		return
	}
	row, wide, other := x.rows[int(s)*asciiWidth:][:asciiWidth], [0x80]uint16{}, s == 0
	if s != 0 {
		for i := range row {
			row[i] = x.next(node.fail, byte(' '+i))
		}
		for i := range wide {
			wide[i] = x.next(node.fail, byte(0x80+i))
		}
	}
	for _, e := range node.next {
		if e.octet < 0x80 {
			row[e.octet-' '] = e.to
		} else {
			wide[e.octet-0x80], other = e.to, true
		}
	}
	if other {
		x.wide = append(x.wide, wide)
		st.wide = uint16(len(x.wide))
	}
}
