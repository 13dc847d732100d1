package dmarc

import (
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

const (
	// prefix stands before the domain that a record is for.
	prefix = "_dmarc."
	// maxTargets is how many names one tree walk asks at most (RFC 9989 section 4.10).
	maxTargets = 8
	// maxName is how long a name can be as text (RFC 1035 section 2.3.4).
	maxName = 253
)

// tree is what is known of the names that tree walks ask: each is asked, and its
// record parsed, once in an evaluation, however many walks come by it.
type tree struct {
	view resolver.View
	// text holds the names of nodes, one behind the other.
	text strings.Builder
	// first are the first nodes, which for most messages are all, and more the others.
	first [6]node
	more  []node
	count int
	// missing holds the questions to ask, each once.
	missing []resolver.Question
}

// node is one domain that may have a record. It holds what every evaluation needs of
// the answer: what a finding needs beyond that, the view still has.
type node struct {
	name   string // with the prefix
	status resolver.Status
	record *Record // nil if there is not exactly one
	ttl    uint32
	// count is how many records there are, of which more than one count as none.
	count uint32
	// used says that a walk came by, rather than ended before, and known that the view
	// has the answer.
	used, known bool
	aliased     bool // the name exists, since it is an alias, whatever the status is
	start       bool // an identifier's own walk started here
}

func (n *node) domain() string { return n.name[len(prefix):] }

func (n *node) question() resolver.Question {
	return resolver.Question{Name: n.name, Type: resolver.TypeTXT}
}

// outcome says what was found at the node.
func (n *node) outcome() Outcome {
	switch {
	case len(n.name) > maxName:
		return FoundTooLong
	case !n.status.Definitive():
		return FoundNothing
	case n.record != nil:
		return FoundRecord
	case n.count > 1:
		return FoundSeveral
	}
	return FoundNone
}

// stops reports whether a walk ends here: psd=y or psd=n.
func (n *node) stops() bool {
	return n.record != nil && (n.record.PSD == PSDYes || n.record.PSD == PSDNo)
}

// walked is a tree walk: which names it came by, and what it found (RFC 9989 section
// 4.10). It refers to the nodes of its tree by their index.
type walked struct {
	start string
	// targets are the domains from the longest to the shortest, up to where the walk
	// ended.
	targets [maxTargets]int16
	count   int
	// waiting says that answers are missing; failed is the first target that DNS gave
	// no answer for, or -1. In both cases org is empty and psd is -1.
	waiting bool
	failed  int
	// org is the organisational domain of start (RFC 9989 section 4.10.2).
	org string
	// psd is the node that has psd=y above org, or -1.
	psd int
}

// orEmpty is for the view of a tree.
func orEmpty(v resolver.View) resolver.View {
	if v == nil {
		return resolver.Snapshot(nil)
	}
	return v
}

// clone returns a tree whose nodes are its own.
func (t *tree) clone() tree {
	c := *t
	c.more, c.text = slices.Clone(t.more), strings.Builder{}
	return c
}

// node returns the node of an index. It is valid until the tree grows.
func (t *tree) node(i int) *node {
	if i < len(t.first) {
		return &t.first[i]
	}
	return &t.more[i-len(t.first)]
}

// answer returns all that is known of a node: nothing if its name is too long.
func (t *tree) answer(n *node) resolver.Answer {
	if len(n.name) > maxName {
		return resolver.Answer{}
	}
	a, _ := t.view.Get(n.question())
	return a
}

// walk makes the tree walk that starts at a domain in normal form. When answers are
// missing, it adds the questions for all names that the walk may need: so a walk takes
// one round, however long it is.
//
// Failures above the name where a walk stops do not matter, and neither does what is
// above it.
func (t *tree) walk(start string) walked {
	w := walked{start: start, failed: -1, psd: -1}
	var targets [maxTargets]string
	n := targetsOf(start, &targets)
	t.prepare(targets[:n], &w.targets)
	for w.count < n {
		i := int(w.targets[w.count])
		w.count++
		nd := t.node(i)
		nd.used = true
		switch {
		case !nd.known:
			w.waiting = true
		case !nd.status.Definitive() && w.failed < 0:
			w.failed = i
		}
		if nd.stops() {
			break
		}
	}
	if w.waiting {
		t.ask(w.targets[:w.count])
	}
	if !w.waiting && w.failed < 0 {
		t.organize(&w)
	}
	return w
}

// organize selects the organisational domain of a walk that is complete (RFC 9989
// section 4.10.2). Only the last record of a walk can have psd=y or psd=n, since it
// ends there, so that the two rules about these come before the third.
func (t *tree) organize(w *walked) {
	w.org = w.start // if no record is found
	for k := w.count - 1; k >= 0; k-- {
		i := int(w.targets[k])
		nd := t.node(i)
		switch {
		case nd.record == nil:
			continue
		case nd.record.PSD == PSDYes && nd.domain() != w.start:
			// One label below, as the start name has it, even where nobody asked.
			w.org, w.psd = childOf(w.start, nd.domain()), i
		default:
			w.org = nd.domain()
		}
		return
	}
}

// targetsOf fills in the domains that a walk from start comes by, and returns how
// many they are: start itself, then at most 7 labels of it, down to one.
func targetsOf(start string, out *[maxTargets]string) int {
	out[0] = start
	n := 1
	for d := name.Parent(start); d != ""; d = name.Parent(d) {
		if n == maxTargets { // With 8 labels or more, go on with 7.
			n--
			copy(out[1:], out[2:])
		}
		out[n] = d
		n++
	}
	return n
}

// childOf returns the domain one label below parent that is below is at or below.
func childOf(below, parent string) string {
	for {
		up := name.Parent(below)
		if up == parent || up == "" {
			return below
		}
		below = up
	}
}

// find returns the index of a node, or -1.
func (t *tree) find(domain string) int {
	for i := range t.count {
		if t.node(i).domain() == domain {
			return i
		}
	}
	return -1
}

// at returns the node of a single domain, with its question asked if its answer is
// missing. It is for looking at a record without a walk.
func (t *tree) at(domain string) *node {
	var i [maxTargets]int16
	t.prepare([]string{domain}, &i)
	nd := t.node(int(i[0]))
	nd.used = true
	t.ask(i[:1])
	return nd
}

// prepare makes the nodes of domains that have none yet, and fills in where those of
// all are.
func (t *tree) prepare(domains []string, at *[maxTargets]int16) {
	for i, d := range domains {
		at[i] = int16(t.find(d))
		if at[i] < 0 {
			at[i] = int16(t.count)
			t.add(d, domains[i:])
		}
	}
}

// spare is for how long a name there is room behind those that are needed: that of an
// identifier often comes later.
const spare = 32

// add makes the node of a domain. When the text that names are part of is full, the
// next one has room for those of all that come.
func (t *tree) add(domain string, coming []string) {
	if t.text.Cap()-t.text.Len() < len(prefix)+len(domain) {
		size := spare
		for _, d := range coming {
			size += len(prefix) + len(d)
		}
		t.text = strings.Builder{} // The nodes keep the old one's.
		t.text.Grow(size)
	}
	start := t.text.Len()
	t.text.WriteString(prefix)
	t.text.WriteString(domain)
	if t.count >= len(t.first) {
		t.more = append(t.more, node{})
	}
	t.count++
	nd := t.node(t.count - 1)
	nd.name = t.text.String()[start:]
	t.read(nd)
}

// read looks a node's answer up, and keeps its record.
func (t *tree) read(n *node) {
	if len(n.name) > maxName {
		n.known, n.status = true, resolver.NXDomain // No such name can exist.
		return
	}
	a, ok := t.view.Get(n.question())
	if !ok {
		return
	}
	n.known, n.status, n.ttl, n.aliased = true, a.Status, a.TTL, len(a.Alias) > 0
	if a.Status != resolver.Success {
		return
	}
	text, end := "", 0
	for _, txt := range a.TXT {
		// RFC 9989 section 4.5: the strings of a record are joined. Only texts that
		// start like a record are worth that.
		if !mayBeRecord(txt) {
			continue
		}
		s := txt.String()
		if i := versionEnd(s); i >= 0 {
			text, end = s, i
			n.count++
		}
	}
	if n.count != 1 {
		return
	}
	n.record = parse(text, end)
	for i := range n.record.Findings {
		n.record.Findings[i].Subject = n.domain()
	}
}

// mayBeRecord reports whether the first octet of a text that is no blank is a v.
func mayBeRecord(txt resolver.Text) bool {
	for _, s := range txt {
		if i := skipBlanks(s, 0); i < len(s) {
			return s[i] == 'v'
		}
	}
	return false
}

// ask adds the questions of nodes whose answers are missing.
func (t *tree) ask(nodes []int16) {
	for _, i := range nodes {
		if nd := t.node(int(i)); !nd.known {
			t.askFor(nd.question())
		}
	}
}

// askFor adds a question once.
func (t *tree) askFor(q resolver.Question) {
	if !slices.Contains(t.missing, q) {
		t.missing = append(t.missing, q)
	}
}
