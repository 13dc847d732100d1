package bounce

import (
	"bytes"
	"strings"
	"sync"

	"github.com/mailworthy/mailworthy"
)

// The index finds all texts of all rules in one pass over a reply. The texts are in
// trees, one for those that begin with the same four octets. At nearly all places of
// a reply no tree begins, which one bit tells; where one does, it is followed as far as
// the reply goes along, at most as far as the longest text. All of it takes some
// hundreds of kilobytes, of which a reply touches little.
type index struct {
	rules []replyRule
	facts []ruleFacts
	// findings are what is the same for all results of a category.
	findings []mailworthy.Finding
	// long has a bit for each hash of four octets that a text begins with, short for
	// each two octets that one of two or three does, and trees the first node of a tree,
	// at the place of the hash of its octets or behind.
	long   [1 << (32 - longShift) / 64]uint64
	short  [1 << 16 / 64]uint64
	trees  [1 << (32 - treeShift)]uint16
	nodes  []node
	labels string
	lits   []literal
	uses   []use
	// markers are the providers' own codes, by the provider, and common those of none.
	markers map[Provider][]codeMarker
	common  []codeMarker
}

// ruleFacts are what is asked of each rule that fires, in few octets of the hundreds
// that a rule takes.
type ruleFacts struct {
	signal signal
	tier   tier
	kind   uint8 // the place of its category in categories
	needs  need
}

// need is what a rule has besides patterns.
type need uint8

const (
	needsAnd      need = 1 << iota // patterns that must occur as well
	needsMore                      // other conditions
	tellsProvider                  // who runs the server
	tellsStage                     // the stage
	tellsCategory                  // why a message was refused
)

// What is left of a hash that is shifted so far is a place.
const (
	longShift = 15
	treeShift = 20
)

// hash returns a hash of octets, of which the highest bits are the best.
func hash(octets uint32) uint32 { return octets * 0x9e3779b1 }

// bit returns a bit of a set by its place.
func bit(set []uint64, at uint32) uint64 { return set[at/64] >> (at % 64) & 1 }

// node is a part of texts that is the same in all of them: head, which is four octets
// where a tree begins, or the two or three of a text, and one elsewhere, and the label behind it. It is small, since a
// reply touches dozens.
type node struct {
	head uint32
	// The label is labels[from : from+length].
	from uint16
	// What ends behind the label is lits[lit : lit+lits], and where it goes on is
	// nodes[kid : kid+kids], each with another head.
	lit    uint16
	kid    uint16
	length uint8
	lits   uint8
	kids   uint8
}

// literal is a text that is looked for.
type literal struct {
	length uint8
	uses   uint8
	edges  edge
	not    place  // where it does not count for some use
	opens  uint16 // the key by which patterns of several parts that it begins go on, or 0
	use    uint16 // It is needed for uses[use : use+uses].
}

// edge says what must be at the edges of a literal.
type edge uint8

const (
	edgeLeft  edge = 1 << iota // a word begins
	edgeRight                  // a word ends
	edgeWord                   // it is a word alone, which names of hosts and mailboxes hold as well
	edgeCode                   // it is an enhanced code, which addresses hold as well
)

// use is what a literal is needed for: a pattern of one part, or a part behind the
// first.
type use struct {
	rule   uint16
	before uint16 // the key of the part in front, or 0
	key    uint16 // by which the part behind goes on, or 0 in the last
	group  group
	not    place // where a word does not count
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
	maxKeys  = 1024 // parts that others follow, each literal that begins patterns once
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
	seen [maxKeys / 64]uint64 // keys that were found at all, which few are
	ring [64]part
}

// part says that a pattern was found up to a key.
type part struct {
	key uint16
	at  place // of the first part
	span
}

func (p *parts) add(key uint16, at place, found span) {
	p.seen[key/64%uint16(len(p.seen))] |= 1 << (key % 64)
	p.ring[p.n%len(p.ring)] = part{key, at, found}
	p.n++
}

// last returns the last place of what a use stands behind, if it ends at start, or not
// far before.
func (p *parts) last(u *use, start int) (span, bool) {
	if p.seen[u.before/64%uint16(len(p.seen))]&(1<<(u.before%64)) == 0 {
		return span{}, false
	}
	for i := p.n - 1; i >= max(0, p.n-len(p.ring)); i-- {
		if f := &p.ring[i%len(p.ring)]; f.key == u.before && int(f.to) <= start && f.at&u.not == 0 {
			return f.span, start-int(f.to) <= near
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

// scan finds the rules whose patterns occur in a folded text. It may write behind the
// text, where there is room.
func (x *index) scan(text []byte, m *matches) {
	if len(text) < 2 {
		return
	}
	var seen parts
	ahead := append(text, 0, 0, 0)[3:]
	octets := uint32(ahead[0])<<24 | uint32(text[1])<<8 | uint32(text[0])
	if len(text) > 2 {
		octets |= uint32(text[2]) << 16
	}
	for i := 0; ; {
		if bit(x.long[:], hash(octets)>>longShift) != 0 {
			x.follow(text, i, octets, 4, &seen, m)
		}
		if bit(x.short[:], octets&0xffff) != 0 {
			x.follow(text, i, octets&0xffff, 2, &seen, m)
			x.follow(text, i, octets&0xffffff, 3, &seen, m)
		}
		if i++; i >= len(ahead) {
			return
		}
		octets = octets>>8 | uint32(ahead[i])<<24
	}
}

// follow notes the literals at a place, of the tree that begins with so many octets. Those
// behind the end of the text are 0, with which none begins.
func (x *index) follow(text []byte, at int, octets uint32, length int, seen *parts, m *matches) {
	slot := hash(octets) >> treeShift
	n := &x.nodes[x.trees[slot]]
	for n.head != octets {
		if x.trees[slot] == 0 {
			return
		}
		slot = (slot + 1) % uint32(len(x.trees))
		n = &x.nodes[x.trees[slot]]
	}
	if at+length > len(text) {
		return
	}
	rest := text[at+length:]
	for {
		if length := int(n.length); length > 0 {
			label := x.labels[n.from : int(n.from)+length]
			if len(rest) < length || rest[length-1] != label[length-1] || string(rest[:length]) != label {
				return
			}
			rest = rest[length:]
		}
		for i := range n.lits {
			x.hit(text, at, &x.lits[n.lit+uint16(i)], seen, m)
		}
		if len(rest) == 0 {
			return
		}
		c := uint32(rest[0])
		kids := x.nodes[n.kid : n.kid+uint16(n.kids)]
		n = nil
		for i := range kids {
			if kids[i].head == c {
				n = &kids[i]
				break
			}
		}
		if n == nil {
			return
		}
		rest = rest[1:]
	}
}

// hit notes that a literal stands at start.
func (x *index) hit(text []byte, start int, l *literal, seen *parts, m *matches) {
	end := start + int(l.length)
	if l.edges&edgeLeft != 0 && start > 0 && wordByte(text[start-1]) || l.edges&edgeRight != 0 && end < len(text) && wordByte(text[end]) {
		return
	}
	if l.edges&edgeCode != 0 && (start > 0 && numberByte(text[start-1]) || end+1 < len(text) && numberByte(text[end]) && isDigit(text[end+1])) {
		return
	}
	at := place(0)
	if l.not != 0 && l.edges&edgeWord != 0 {
		at = placeOf(text, start, end)
	}
	whole := span{uint16(start), uint16(end), uint16(l.length)}
	first := uint32(end)<<16 | uint32(start)
	uses := x.uses[l.use : l.use+uint16(l.uses)]
	for i := range uses {
		u := &uses[i]
		if u.not&at != 0 {
			continue
		}
		found := whole
		if u.before != 0 {
			before, ok := seen.last(u, start)
			if !ok {
				continue
			}
			found.from = before.from
			found.weight += before.weight
			if u.key != 0 {
				seen.add(u.key, 0, found)
				continue
			}
		}
		m.add(u.rule, u.group, found, first)
	}
	if l.opens != 0 {
		seen.add(l.opens, at, whole)
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
	// Mostly a word stands alone, or has a colon or a full stop behind it.
	if (start == 0 || !nameBytes[text[start-1]]) && (end == len(text) || !nameBytes[text[end]] || end+1 == len(text) || !nameBytes[text[end+1]]) {
		return 0
	}
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
	if i := bytes.IndexByte(name, ':'); i >= 0 && i+3 <= len(name) { // of "://"
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
	c := text[i]
	return nameBytes[c] && (c != ':' || i+2 < len(text) && text[i+1] == '/' && text[i+2] == '/')
}

// nameBytes are the octets of names and links, and the colon.
var nameBytes = func() (t [256]bool) {
	for c := range 256 {
		t[c] = wordByte(byte(c)) || strings.IndexByte(".@-_+/?=&%#~:", byte(c)) >= 0
	}
	return t
}()

// wordByte reports whether c belongs to a word. Octets of other scripts do not count.
func wordByte(c byte) bool {
	return c-'a' < 26 || c-'0' < 10
}

// numberByte reports whether c goes on with a number, or with an address.
func numberByte(c byte) bool { return isDigit(c) || c == '.' }

// theIndex builds the index once, at the first evaluation.
var theIndex = sync.OnceValue(func() *index { return newIndex(allRules()) })
