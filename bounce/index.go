package bounce

import (
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
)

// builder makes an index.
type builder struct {
	x      *index
	byText map[string]int // literals, with their marks
	texts  []builderText
	sorted []string // what is looked for, of all literals
	// openers are the keys of the literals that begin patterns of several parts.
	openers map[int]uint16
	keys    uint16
	labels  strings.Builder
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
	b := builder{x: &index{rules: rules}, byText: make(map[string]int, 1<<12), openers: make(map[int]uint16)}
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
	b.facts()
	b.x.markers = make(map[Provider][]codeMarker)
	for _, m := range codeMarkers {
		if m.provider == "" {
			b.x.common = append(b.x.common, m)
			continue
		}
		b.x.markers[m.provider] = append(b.x.markers[m.provider], m)
	}
	return b.x
}

// facts lays out what is asked of the rules most, and the findings of the categories.
func (b *builder) facts() {
	x := b.x
	x.facts = make([]ruleFacts, len(x.rules))
	for i := range x.rules {
		r := &x.rules[i]
		f := ruleFacts{signal: r.signal, tier: r.tier, kind: uint8(kindOf(r.category))}
		for _, n := range [...]struct {
			is   bool
			need need
		}{
			{len(r.and) > 0, needsAnd},
			{r.at != "" || r.class != 0 || len(r.codes) > 0 || len(r.enhanced) > 0 || len(r.stages) > 0, needsMore},
			{r.is != "" && r.at == "", tellsProvider},
			{r.stage != "", tellsStage},
			{r.category != "", tellsCategory},
		} {
			if n.is {
				f.needs |= n.need
			}
		}
		x.facts[i] = f
	}
	x.findings = make([]mailworthy.Finding, len(categories))
	for i := range categories {
		c := &categories[i]
		f := rules.Finding(c.Code, "")
		f.Message, f.Remedy = c.Meaning, c.Remedy
		x.findings[i] = f
	}
}

func (b *builder) group(rule int, patterns []string, g group) {
	for _, p := range patterns {
		not := b.x.rules[rule].notIn()
		parts := strings.Count(p, "…")
		i, before := 0, uint16(0)
		for part := range strings.SplitSeq(p, "…") {
			n := b.literal(strings.TrimSpace(part))
			u := use{rule: uint16(rule), group: g, not: not, before: before}
			switch {
			case i == 0 && parts > 0:
				if before = b.openers[n]; before == 0 {
					before = b.key()
					b.openers[n] = before
					b.texts[n].opens = before
				}
				b.texts[n].not |= not
			default:
				if i < parts {
					before = b.key()
					u.key = before
				}
				// A part is looked at before the one in front of it, so that one text
				// cannot stand for both.
				l := &b.texts[n]
				l.uses = slices.Insert(l.uses, 0, u)
				l.not |= not
			}
			i++
		}
	}
}

// key returns a key for what patterns of several parts go on from.
func (b *builder) key() uint16 {
	if b.keys++; b.keys >= maxKeys {
		panic("bounce: more patterns than the index can hold")
	}
	return b.keys
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
	t := builderText{folded: string(folded)}
	t.length = uint8(len(folded))
	if left {
		t.edges |= edgeLeft
	}
	if right {
		t.edges |= edgeRight
	}
	if word(folded) {
		t.edges |= edgeWord
	}
	if enhancedLen(plain) == len(plain) {
		t.edges |= edgeCode
	}
	l := len(b.texts)
	b.texts = append(b.texts, t)
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
		if len(t.uses) > 255 {
			panic("bounce: more patterns of one text than the index can hold: " + t.folded)
		}
		x.lits[i], b.sorted[i] = t.literal, t.folded
		x.lits[i].use, x.lits[i].uses = uint16(len(x.uses)), uint8(len(t.uses))
		x.uses = append(x.uses, t.uses...)
	}
	if len(x.uses) >= 1<<16 {
		panic("bounce: more patterns than the index can hold")
	}
	x.nodes = make([]node, 1, 2*len(b.sorted)) // There is no node 0.
	var to int
	for from := 0; from < len(b.sorted); from = to {
		text := b.sorted[from]
		head := min(len(text), 4)
		for to = from + 1; to < len(b.sorted) && min(len(b.sorted[to]), 4) == head && b.sorted[to][:head] == text[:head]; to++ {
		}
		b.tree(from, to, head)
	}
	x.labels = b.labels.String()
	if len(x.nodes) >= 1<<16 || len(x.labels) >= 1<<16 {
		panic("bounce: more texts than the index can hold")
	}
}

// tree makes the tree of the texts from, to, which begin with the same octets, as many
// as head says.
func (b *builder) tree(from, to, head int) {
	x, octets := b.x, uint32(0)
	for i := range head {
		octets |= uint32(b.sorted[from][i]) << (8 * i)
	}
	if head == 4 {
		h := hash(octets) >> longShift
		x.long[h/64] |= 1 << (h % 64)
	} else {
		two := octets & 0xffff
		x.short[two/64] |= 1 << (two % 64)
	}
	n := b.node()
	b.fill(n, from, to, 0, head)
	x.nodes[n].head = octets
	slot := hash(octets) >> treeShift
	for x.trees[slot] != 0 {
		slot = (slot + 1) % uint32(len(x.trees))
	}
	x.trees[slot] = n
}

func (b *builder) node() uint16 {
	b.x.nodes = append(b.x.nodes, node{})
	return uint16(len(b.x.nodes) - 1)
}

// fill makes a node of the texts from, to, whose first depth octets led to it, and
// the next, as many as head says, to its label.
func (b *builder) fill(n uint16, from, to, depth, head int) {
	first, last := b.sorted[from], b.sorted[to-1]
	end := depth + head
	for end < len(first) && end < len(last) && first[end] == last[end] {
		end++
	}
	nd := node{head: uint32(first[depth]), from: uint16(b.labels.Len()), length: uint8(end - depth - head), lit: uint16(from)}
	b.labels.WriteString(first[depth+head : end])
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
		b.fill(nd.kid+uint16(i), at, stop, end, 1)
	}
}
