package bounce

import (
	"bytes"
	"sync"
)

// The index finds all texts of all rules in one pass over a reply. The texts are in
// trees, one for those that begin with the same three octets. At nearly all places of
// a reply no tree begins, which one bit tells; where one does, it is followed as far as
// the reply goes along, at most as far as the longest text. All of it takes some
// hundreds of kilobytes, of which a reply touches little.
type index struct {
	rules []replyRule
	// begins has a bit for each hash of three octets that a text begins with, and trees
	// the first node of its tree, at the place of its hash or behind.
	begins [hashes / 64]uint64
	trees  [trees]uint16
	nodes  []node
	lits   []literal
	uses   []use
	// The few texts of two octets, and the octets that they begin with.
	pairs     []pair
	pairHeads [256]bool
	slots     int // of patterns with several parts
	// markers are the providers' own codes, by the provider.
	markers map[Provider][]codeMarker
}

const (
	hashes = 1 << 15
	trees  = 1 << 11
)

// hash returns the hash of three octets, less than hashes.
func hash(octets uint32) uint32 { return octets * 0x9e3779b1 >> 17 }

// node is a part of texts that is the same in all of them.
type node struct {
	label string
	// What ends behind the label is lits[lit : lit+lits], and where it goes on is
	// nodes[kid : kid+kids], each with another first octet.
	lit  uint16
	kid  uint16
	lits uint8
	kids uint8
	// octet is the first of label.
	octet byte
}

// pair is a text of two octets.
type pair struct {
	octets [2]byte
	lit    uint16
}

// literal is a text that is looked for.
type literal struct {
	length      uint16
	left, right bool // whether a word must begin, or end, there
	word        bool // it is a word alone, which names of hosts and mailboxes hold as well
	use         uint16
	uses        uint16 // uses[use : use+uses]
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
	// first orders the rules by their first text: by its end, then by its beginning.
	first uint32
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
	if len(text) < 2 {
		return
	}
	var seen parts
	octets := uint32(text[0])<<8 | uint32(text[1])<<16
	for i := range len(text) - 1 {
		if x.pairHeads[text[i]] {
			x.pair(text, i, &seen, m)
		}
		if i+2 == len(text) {
			return
		}
		octets = octets>>8 | uint32(text[i+2])<<16
		if h := hash(octets); x.begins[h/64]&(1<<(h%64)) != 0 {
			x.follow(text, i, h, &seen, m)
		}
	}
}

// pair notes the literals of two octets at a place.
func (x *index) pair(text []byte, at int, seen *parts, m *matches) {
	for i := range x.pairs {
		if p := &x.pairs[i]; p.octets[1] == text[at+1] && p.octets[0] == text[at] {
			x.hit(text, at, &x.lits[p.lit], seen, m)
		}
	}
}

// follow notes the literals at a place, of the tree with a hash.
func (x *index) follow(text []byte, at int, h uint32, seen *parts, m *matches) {
	for slot := h % trees; x.trees[slot] != 0; slot = (slot + 1) % trees {
		n := &x.nodes[x.trees[slot]]
		if n.label[0] != text[at] || n.label[1] != text[at+1] || n.label[2] != text[at+2] {
			continue
		}
		for end := at; ; {
			if len(text)-end < len(n.label) || string(text[end:end+len(n.label)]) != n.label {
				return
			}
			end += len(n.label)
			for i := range n.lits {
				x.hit(text, at, &x.lits[n.lit+uint16(i)], seen, m)
			}
			if end == len(text) {
				return
			}
			kids := x.nodes[n.kid : n.kid+uint16(n.kids)]
			i := 0
			for i < len(kids) && kids[i].octet != text[end] {
				i++
			}
			if i == len(kids) {
				return
			}
			n = &kids[i]
		}
	}
}

// hit notes that a literal stands at start.
func (x *index) hit(text []byte, start int, l *literal, seen *parts, m *matches) {
	end := start + int(l.length)
	if l.left && start > 0 && wordByte(text[start-1]) || l.right && end < len(text) && wordByte(text[end]) {
		return
	}
	at := place(0)
	if l.word {
		at = placeOf(text, start, end)
	}
	first := uint32(end)<<16 | uint32(start)
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
		m.add(u.rule, u.group, span{uint16(from), uint16(end), uint16(weight)}, first)
	}
}

// add notes that a rule has a pattern in the text. Of patterns of the same weight, that
// which ends first counts.
func (m *matches) add(rule uint16, g group, at span, first uint32) {
	if at1 := m.at[rule%maxRules]; at1 > 0 {
		f := &m.fired[at1-1]
		if g == groupAny && (at.weight > f.weight || at.weight == f.weight && at.to < f.to) {
			f.span = at
		}
		f.groups |= g
		f.first = min(f.first, first)
		return
	}
	if m.n < len(m.fired) {
		f := fired{rule: rule, groups: g, first: first}
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
