package resolver

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/mailworthy/mailworthy/internal/mock"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/wire"
)

// maxAliases is how many CNAME records are followed for one question.
const maxAliases = 8

// madeUpNegativeTTL is for negative answers of a world without an SOA.
const madeUpNegativeTTL = 60

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
		w.add(r)
	}
	for _, r := range file.Rules {
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

// resolution is all that is found out about a question.
type resolution struct {
	answer     Answer
	err        error
	delay      time.Duration
	fault      *Fault
	unexpected string        // a name that nobody foresaw
	records    []wire.Record // aliases, then what they lead to
	soa        *wire.Record
	soaName    string // where a made-up SOA belongs
}

var (
	errAliases = errors.New("the aliases form a loop, or are more than 8")
	errToldTo  = errors.New("told to by a fault of the zone")
)

// pick finds the Fault for a question, which is nil if none applies.
type pick func(s *ruleSet, q Question) (f *Fault, delay time.Duration, foreseen bool)

func (z *Zone) resolve(q Question, pick pick) *resolution {
	w := &z.world
	r := &resolution{answer: Answer{Status: NXDomain}}
	secure := true
	ttl := ^uint32(0)
	var alias []string
	for at := q.Name; ; {
		step := Question{Name: at, Type: q.Type}
		z.mu.Lock()
		f, delay, foreseen := pick(&z.rules, step)
		z.mu.Unlock()
		r.delay += delay
		if !foreseen && r.unexpected == "" && !w.known(at) && !w.answered(q) {
			r.unexpected = at
			if at == "" {
				r.unexpected = "."
			}
		}
		secure = secure && w.isSecure(at)
		if a, ok := w.answers[q]; ok && len(alias) == 0 && (f == nil || f.text) {
			r.exact(q, a)
			return r
		}
		if f != nil {
			r.fault = f
			if s := f.status(); s != "" {
				r.fail(q, f, s)
				if s.Definitive() {
					r.soaName = at
					r.soa, r.answer.TTL = w.negative(at)
					if f.hasTTL {
						r.answer.TTL = f.ttl
					}
				}
				break
			}
		}
		n := w.find(at)
		if n == nil {
			r.soaName = at
			r.soa, r.answer.TTL = w.negative(at)
			if at == "" { // The root exists, even in an empty world.
				r.answer.Status = NoData
			}
			break
		}
		if set := n.sets[q.Type]; set != nil {
			r.answer = set.answer
			r.include(set, at)
			break
		}
		set := n.sets[TypeCNAME]
		if set == nil {
			r.answer.Status = NoData
			r.soaName = at
			r.soa, r.answer.TTL = w.negative(at)
			break
		}
		r.include(set, at)
		if len(alias) == maxAliases {
			r.fail(q, &Fault{Status: Failed}, Failed)
			r.answer, r.err = Fail(&Error{Question: q, Status: Failed, Err: errAliases})
			r.records = nil
			return r
		}
		ttl = min(ttl, set.answer.TTL)
		at = set.records[0].Host
		alias = append(alias, at)
	}
	if r.answer.Status.Definitive() {
		r.answer.Alias = alias
		r.answer.TTL = min(r.answer.TTL, ttl)
		r.answer.Secure = secure
		if s, ok := w.secureQ[q]; ok {
			r.answer.Secure = s
		}
	}
	return r
}

// answered reports whether the text has the exact answer.
func (w *world) answered(q Question) bool {
	_, ok := w.answers[q]
	return ok
}

// include adds the records of a set, in the name that they were found for.
func (r *resolution) include(set *rrset, owner string) {
	for _, rec := range set.records {
		rec.Name = owner
		r.records = append(r.records, rec)
	}
}

// fail gives r the status that f asks for.
func (r *resolution) fail(q Question, f *Fault, s Status) {
	if s.Definitive() {
		r.answer = Answer{Status: s}
		return
	}
	e := &Error{Question: q, Status: s, Extended: name.Escape(f.Extended)}
	if e.Extended == "" {
		e.Err = errToldTo
	}
	r.answer, r.err = Fail(e)
	r.answer.TTL = f.ttl
	r.records = nil
}

// exact gives r an answer word for word.
func (r *resolution) exact(q Question, a Answer) {
	r.answer = a
	r.soaName = q.Name
	r.records = answerRecords(q, a)
	if !a.Status.Definitive() {
		r.err = &Error{Question: q, Status: a.Status, Extended: a.Problem}
	}
}

// describe tells a server what to send.
func (r *resolution) describe(x *mock.Exchange) {
	x.Answer = r.records
	switch {
	case r.soa != nil:
		x.Authority = []wire.Record{*r.soa}
	case r.answer.Status == NoData || r.answer.Status == NXDomain:
		owner := r.soaName
		if r.answer.Status == NXDomain {
			owner = name.Parent(owner)
		}
		x.Authority = []wire.Record{{
			Name: owner, Type: uint16(TypeSOA), TTL: r.answer.TTL, Minimum: r.answer.TTL,
		}}
	}
	if len(x.Authority) > 0 {
		x.Authority[0].TTL = min(x.Authority[0].TTL, r.answer.TTL)
	}
	x.Silent = r.answer.Status == Timeout
	if f := r.fault; f != nil {
		x.Damage = string(f.Damage)
		x.Silent = f.Status == Timeout
		x.Extended, x.ExtendedCode = f.Extended, f.ExtendedCode
		x.HasExtended = f.Extended != "" || f.ExtendedCode != 0
	}
}

// answerRecords turns an answer back into records.
func answerRecords(q Question, a Answer) []wire.Record {
	var out []wire.Record
	owner := q.Name
	for _, target := range a.Alias {
		out = append(out, wire.Record{Name: owner, Type: uint16(TypeCNAME), TTL: a.TTL, Host: target})
		owner = target
	}
	add := func(r wire.Record) {
		r.Name, r.Type, r.TTL = owner, uint16(q.Type), a.TTL
		out = append(out, r)
	}
	for _, ip := range a.Addrs {
		add(wire.Record{Addr: ip})
	}
	for _, h := range a.Hosts {
		add(wire.Record{Host: h})
	}
	for _, mx := range a.MX {
		add(wire.Record{Host: mx.Host, Pref: mx.Pref})
	}
	for _, t := range a.TXT {
		add(wire.Record{Text: t})
	}
	for _, t := range a.TLSA {
		add(wire.Record{Usage: t.Usage, Selector: t.Selector, Matching: t.Matching, Data: t.Data})
	}
	return out
}

// exactAnswer reads the JSON of an !answer rule.
func exactAnswer(text string) (Answer, error) {
	var a Answer
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		return a, fmt.Errorf("!answer: %w", err)
	}
	if a.Status == "" {
		return a, errors.New("!answer: no status")
	}
	return a, nil
}
