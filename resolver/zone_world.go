package resolver

import (
	"errors"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/wire"
)

const (
	// madeUpNegativeTTL is for negative answers of a world without an SOA.
	madeUpNegativeTTL = 60
	// maxNodes bounds the names of a world, those between others included: a
	// hostile text of a few long names could have very many.
	maxNodes = 1 << 20
)

var errNodes = errors.New("zone text of more than 1,048,576 names")

// world is what a Zone's text says. It does not change after load.
type world struct {
	file    *wire.ZoneFile // what it was made from
	nodes   map[string]*node
	secure  map[string]bool     // by name: it and all below
	secureQ map[Question]bool   // for one question
	answers map[Question]Answer // exact answers, of !answer
	origins map[string]bool     // apexes for strictness
}

// node is a name that exists. One without sets is an empty non-terminal.
type node struct {
	sets  map[Type]*rrset
	named bool // the text names it, as a record's or a rule's owner
}

// rrset is all records of one name and type. answer has them decoded, so that
// every lookup shares one Answer.
type rrset struct {
	records []wire.Record
	answer  Answer
}

// load fills an empty Zone.
func (z *Zone) load(file *wire.ZoneFile) error {
	w := &z.world
	w.file = file
	w.nodes = make(map[string]*node)
	w.secure = make(map[string]bool)
	w.secureQ = make(map[Question]bool)
	w.answers = make(map[Question]Answer)
	w.origins = make(map[string]bool)
	for _, o := range file.Origins {
		w.origins[o] = true
	}
	seen := make(map[string]int, len(file.Records))
	unique := file.Records[:0]
	for _, r := range file.Records {
		key := recordText(&r)
		if i, ok := seen[key]; ok {
			unique[i].TTL = min(unique[i].TTL, r.TTL)
			continue
		}
		seen[key] = len(unique)
		unique = append(unique, r)
	}
	file.Records = unique
	for _, r := range file.Records {
		if w.add(r); len(w.nodes) > maxNodes {
			return errNodes
		}
	}
	for _, r := range file.Rules {
		if len(w.nodes) > maxNodes {
			return errNodes
		}
		if err := z.addRule(r); err != nil {
			return &ZoneError{Line: r.Line, Text: r.Text, Err: err}
		}
	}
	return nil
}

// add adds a record. There is at most one CNAME for a name.
func (w *world) add(r wire.Record) {
	n := w.make(r.Name)
	t := Type(r.Type)
	set := n.sets[t]
	if set == nil {
		set = &rrset{answer: Answer{Status: Success, TTL: r.TTL}}
		if n.sets == nil {
			n.sets = make(map[Type]*rrset)
		}
		n.sets[t] = set
	}
	if t == TypeSOA {
		w.origins[r.Name] = true
	}
	set.records = append(set.records, r)
	a := &set.answer
	a.TTL = min(a.TTL, r.TTL)
	switch t {
	case TypeA, TypeAAAA:
		a.Addrs = append(a.Addrs, r.Addr)
	case TypePTR, TypeNS, TypeCNAME, TypeSOA:
		a.Hosts = append(a.Hosts, r.Host)
	case TypeMX:
		a.MX = append(a.MX, MXHost{Host: r.Host, Pref: r.Pref})
	case TypeTXT, TypeSPF:
		a.TXT = append(a.TXT, r.Text)
	case TypeTLSA:
		a.TLSA = append(a.TLSA, TLSA{Usage: r.Usage, Selector: r.Selector, Matching: r.Matching, Data: r.Data})
	}
}

// make returns the node of a name, which exists from now on, as do all above it.
func (w *world) make(owner string) *node {
	first := w.nodes[owner]
	if first == nil {
		first = new(node)
		w.nodes[owner] = first
		for up := owner; up != ""; {
			up = name.Parent(up)
			if w.nodes[up] != nil {
				break
			}
			w.nodes[up] = new(node)
		}
	}
	first.named = true
	return first
}

// find returns the node that speaks for a name: its own, or the wildcard's below
// its closest encloser (RFC 4592 section 3.3.1), or nil.
func (w *world) find(owner string) *node {
	if n := w.nodes[owner]; n != nil {
		return n
	}
	for up := owner; up != ""; {
		up = name.Parent(up)
		if w.nodes[up] != nil {
			if up == "" {
				return w.nodes["*"]
			}
			return w.nodes["*."+up]
		}
	}
	return nil
}

// negative returns the SOA that a negative answer for a name is given with, which
// is nil if there is none, and the answer's TTL (RFC 2308 section 5).
func (w *world) negative(owner string) (*wire.Record, uint32) {
	for up := owner; ; up = name.Parent(up) {
		if n := w.nodes[up]; n != nil {
			if set := n.sets[TypeSOA]; set != nil {
				soa := &set.records[0]
				return soa, min(soa.TTL, soa.Minimum)
			}
		}
		if up == "" {
			return nil, madeUpNegativeTTL
		}
	}
}

// isSecure reports whether the text says so of a name's closest marked ancestor.
func (w *world) isSecure(owner string) bool {
	if len(w.secure) == 0 {
		return false
	}
	for up := owner; ; up = name.Parent(up) {
		if s, ok := w.secure[up]; ok {
			return s
		}
		if up == "" {
			return false
		}
	}
}

// known reports whether a question for the name was foreseen: the text names it,
// or a zone or wildcard above it.
func (w *world) known(owner string) bool {
	if n := w.find(owner); n != nil && n.named {
		return true
	}
	for up := owner; ; up = name.Parent(up) {
		if w.origins[up] {
			return true
		}
		if up == "" {
			return false
		}
	}
}
