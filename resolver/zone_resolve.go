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

var (
	errAliases = errors.New("the aliases form a loop, or are more than 8")
	errToldTo  = errors.New("told to by a fault of the zone")
)

// resolution is all that is found out about a question.
type resolution struct {
	question   Question
	answer     Answer
	err        error
	delay      time.Duration
	fault      *Fault
	unexpected string // a name that nobody foresaw

	path   [maxAliases + 1]step // the aliases, then what they lead to
	steps  int
	soa    *wire.Record // for a negative answer, if there is one
	denied string       // the name of a negative answer
	exact  bool         // the answer is word for word from the text
}

// step is a set of records, and the name that it was found for, which differs
// from theirs if they are a wildcard's.
type step struct {
	owner string
	set   *rrset
}

// pick finds the Fault for a question, which is nil if none applies.
type pick func(s *ruleSet, q Question) (f *Fault, delay time.Duration, foreseen bool)

// resolve answers a question whose name is in normal form.
func (z *Zone) resolve(q Question, pick pick) (r resolution) {
	w := &z.world
	r.question = q
	secure, ttl := true, ^uint32(0)
	var alias []string
	for at := q.Name; ; {
		f := z.fault(&r, at, pick)
		if a, ok := w.answers[q]; ok && len(alias) == 0 && (f == nil || f.text) {
			r.repeat(a)
			return r
		}
		secure = secure && w.isSecure(at)
		if f != nil && r.impose(w, at, f) {
			break
		}
		n := w.find(at)
		if n == nil {
			r.deny(w, at, NXDomain)
			if at == "" { // The root exists, even in an empty world.
				r.answer.Status = NoData
			}
			break
		}
		if set := n.sets[q.Type]; set != nil {
			r.answer = set.answer
			r.add(at, set)
			break
		}
		set := n.sets[TypeCNAME]
		if set == nil {
			r.deny(w, at, NoData)
			break
		}
		if len(alias) == maxAliases {
			r.fail(&Error{Question: q, Status: Failed, Err: errAliases})
			break
		}
		r.add(at, set)
		ttl = min(ttl, set.answer.TTL)
		at = set.records[0].Host
		alias = append(alias, at)
	}
	if r.err == nil {
		r.answer.Alias = alias
		r.answer.TTL = min(r.answer.TTL, ttl)
		r.answer.Secure = secure
		if s, ok := w.secureQ[q]; ok {
			r.answer.Secure = s
		}
	}
	return r
}

// fault returns the Fault for a name on the way of r, and notes what else the
// Zone has to say about it.
func (z *Zone) fault(r *resolution, at string, pick pick) *Fault {
	z.mu.Lock()
	f, delay, foreseen := pick(&z.rules, Question{Name: at, Type: r.question.Type})
	z.mu.Unlock()
	r.delay += delay
	if !foreseen && r.unexpected == "" && !z.world.known(at) {
		if _, ok := z.world.answers[r.question]; !ok {
			r.unexpected = dotted(at)
		}
	}
	return f
}

// impose makes r what f asks for, and reports whether that ends it.
func (r *resolution) impose(w *world, at string, f *Fault) bool {
	r.fault = f
	s := f.status()
	switch {
	case s == "":
		return false
	case s.Definitive():
		r.deny(w, at, s)
		if f.hasTTL {
			r.answer.TTL = f.ttl
		}
	default:
		e := &Error{Question: r.question, Status: s, Extended: f.explanation()}
		if e.Extended == "" {
			e.Err = errToldTo
		}
		r.fail(e)
		r.answer.TTL = f.ttl
	}
	return true
}

// deny gives r a negative answer.
func (r *resolution) deny(w *world, at string, s Status) {
	r.answer = Answer{Status: s}
	r.denied = at
	r.soa, r.answer.TTL = w.negative(at)
}

// fail makes r a failure. What was found before it counts for nothing.
func (r *resolution) fail(e *Error) {
	r.answer, r.err = Fail(e)
	r.steps = 0
}

// repeat gives r an answer word for word.
func (r *resolution) repeat(a Answer) {
	r.answer, r.exact, r.denied = a, true, r.question.Name
	if !a.Status.Definitive() {
		r.err = &Error{Question: r.question, Status: a.Status, Extended: a.Problem}
	}
}

func (r *resolution) add(owner string, set *rrset) {
	r.path[r.steps] = step{owner, set}
	r.steps++
}

// describe tells a server what to send.
func (r *resolution) describe(x *mock.Exchange) {
	if r.exact {
		x.Answer = answerRecords(r.question, r.answer)
	}
	for _, s := range r.path[:r.steps] {
		for _, rec := range s.set.records {
			rec.Name = s.owner
			x.Answer = append(x.Answer, rec)
		}
	}
	if s := r.answer.Status; s == NoData || s == NXDomain {
		soa := wire.Record{Name: r.denied, Type: uint16(TypeSOA), Minimum: r.answer.TTL}
		switch {
		case r.soa != nil:
			soa = *r.soa
		case s == NXDomain:
			soa.Name = name.Parent(r.denied)
		}
		soa.TTL = r.answer.TTL
		x.Authority = []wire.Record{soa}
	}
	x.Silent = r.answer.Status == Timeout
	if f := r.fault; f != nil {
		x.Damage = string(f.Damage)
		x.Silent = x.Silent && f.Damage == ""
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
