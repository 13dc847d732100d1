package bounce

import (
	"slices"
	"strings"
)

// builder makes an index.
type builder struct {
	x      *index
	byText map[string]int // literals, with their marks
	texts  []builderText
	sorted []string // what is looked for, of all literals
}

// builderText is a literal and what it is needed for.
type builderText struct {
	folded string
	literal
	uses []use
}

// newIndex builds the index of rules. It panics when there is more than the index
// can hold, which a test of this package finds before anybody else.
func newIndex(rules []replyRule) *index {
	b := builder{x: &index{rules: rules}, byText: make(map[string]int, 1<<12)}
	if len(rules) > maxRules {
		panic("bounce: more rules than the index can hold")
	}
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

func (b *builder) group(rule int, patterns []string, g group) {
	for _, p := range patterns {
		parts := strings.Count(p, "…") + 1
		if b.x.slots+parts > maxSlots {
			panic("bounce: more patterns than the index can hold")
		}
		i := 0
		for part := range strings.SplitSeq(p, "…") {
			u := use{rule: uint16(rule), part: uint8(i), parts: uint8(parts), group: g, not: b.x.rules[rule].notIn()}
			if parts > 1 {
				u.slot = uint16(b.x.slots)
				b.x.slots++
			}
			l := &b.texts[b.literal(strings.TrimSpace(part))]
			// A part is looked at before the one in front of it, so that one text
			// cannot stand for both.
			l.uses = slices.Insert(l.uses, 0, u)
			i++
		}
	}
}

// literal returns the number of a text. A bar at its beginning or end means that a
// word begins or ends there.
func (b *builder) literal(text string) int {
	if l, ok := b.byText[text]; ok {
		return l
	}
	plain, left := strings.CutPrefix(text, "|")
	plain, right := strings.CutSuffix(plain, "|")
	var buf [128]byte
	folded := fold(buf[:0], plain, "", nil)
	if !left && short(folded) {
		left = true
	}
	if len(folded) < 2 || len(folded) > 255 {
		panic("bounce: a pattern that is too short or too long: " + text)
	}
	l := len(b.texts)
	b.texts = append(b.texts, builderText{
		folded:  string(folded),
		literal: literal{length: uint16(len(folded)), left: left, right: right, word: word(folded)},
	})
	b.byText[text] = l
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

// finish sorts the texts, and makes the trees of them.
func (b *builder) finish() {
	slices.SortStableFunc(b.texts, func(p, q builderText) int { return strings.Compare(p.folded, q.folded) })
	x := b.x
	x.lits = make([]literal, len(b.texts))
	b.sorted = make([]string, len(b.texts))
	for i := range b.texts {
		t := &b.texts[i]
		x.lits[i], b.sorted[i] = t.literal, t.folded
		x.lits[i].use, x.lits[i].uses = uint16(len(x.uses)), uint16(len(t.uses))
		x.uses = append(x.uses, t.uses...)
	}
	if len(x.uses) >= 1<<16 {
		panic("bounce: more patterns than the index can hold")
	}
	x.nodes = make([]node, 1, 2*len(b.sorted)) // There is no node 0.
	for from, to := 0, 0; from < len(b.sorted); from = to {
		text := b.sorted[from]
		if len(text) == 2 {
			// In front of all that it begins.
			to = from + 1
			x.pairs = append(x.pairs, pair{octets: [2]byte([]byte(text)), lit: uint16(from)})
			x.pairHeads[text[0]] = true
			continue
		}
		for to = from + 1; to < len(b.sorted) && len(b.sorted[to]) > 2 && b.sorted[to][:3] == text[:3]; to++ {
		}
		n := b.node()
		b.fill(n, from, to, 0)
		h := hash(uint32(text[0]) | uint32(text[1])<<8 | uint32(text[2])<<16)
		x.begins[h/64] |= 1 << (h % 64)
		slot := h % trees
		for x.trees[slot] != 0 {
			slot = (slot + 1) % trees
		}
		x.trees[slot] = n
	}
	if len(x.nodes) >= 1<<16 {
		panic("bounce: more texts than the index can hold")
	}
}

func (b *builder) node() uint16 {
	b.x.nodes = append(b.x.nodes, node{})
	return uint16(len(b.x.nodes) - 1)
}

// fill makes a node of the texts from, to, whose first depth octets led to it.
func (b *builder) fill(n uint16, from, to, depth int) {
	first, last := b.sorted[from], b.sorted[to-1]
	end := depth
	for end < len(first) && end < len(last) && first[end] == last[end] {
		end++
	}
	nd := node{octet: first[depth], label: first[depth:end], lit: uint16(from)}
	for from < to && len(b.sorted[from]) == end {
		nd.lits++
		from++
	}
	// Those that follow are close together in memory.
	nd.kid = uint16(len(b.x.nodes))
	starts := []int(nil)
	for i := from; i < to; i++ {
		if i == from || b.sorted[i][end] != b.sorted[i-1][end] {
			starts = append(starts, i)
			b.node()
		}
	}
	nd.kids = uint8(len(starts))
	b.x.nodes[n] = nd
	for i, at := range starts {
		stop := to
		if i+1 < len(starts) {
			stop = starts[i+1]
		}
		b.fill(nd.kid+uint16(i), at, stop, end)
	}
}
