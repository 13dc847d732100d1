package spf

import (
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// This file has the mechanisms of RFC 7208 section 5.

// term evaluates one mechanism.
func (e *evaluator) term(t *directive, st stack) outcome {
	if !t.kind.Queries() {
		return match // Of the others, only those that match are on the stack.
	}
	if !e.count(t, st) {
		return stop
	}
	target, o := e.target(t)
	switch o {
	case waiting:
		return waiting
	case stop:
		// RFC 7208 section 4.8 leaves malformed names open. They cannot exist, so
		// nothing matches; nothing was asked, so nothing is void.
		e.stepTerm(t, NotMatched, st)
		return noMatch
	}
	switch t.kind {
	case KindInclude:
		return e.include(t, target, st)
	case KindA:
		return e.addresses(t, target, st)
	case KindMX:
		return e.mx(t, target, st)
	case KindPTR:
		return e.ptr(t, target, st)
	default:
		return e.exists(t, target, st)
	}
}

// target expands the domain-spec of a term to a name in normal form. The outcome
// is noMatch when there is one, and stop when the expansion is no domain name.
func (e *evaluator) target(t *directive) (string, outcome) {
	spec := t.domain
	if spec == "" {
		return e.x.domain, noMatch
	}
	if strings.IndexByte(spec, '%') >= 0 {
		if usesP(spec) && !e.validate() {
			return "", waiting
		}
		var ok bool
		if spec, ok = e.x.expandName(spec); !ok {
			return "", stop
		}
	}
	target, err := name.FromOctets(shorten(spec))
	if err != nil {
		return "", stop
	}
	return target, noMatch
}

// include is RFC 7208 section 5.2.
func (e *evaluator) include(t *directive, target string, st stack) outcome {
	own := len(e.steps)
	e.includes++
	status := e.check(target, e.hop(t), st)
	e.includes--
	o, out := stop, Errored
	switch status {
	case "":
		return waiting
	case Pass:
		o, out = match, Matched
	case Fail, SoftFail, Neutral:
		o, out = noMatch, NotMatched
		e.match = Match{} // What matched in it decides nothing.
	case None:
		e.fail(PermError, st, problem{code: CodeIncludeNoRecord, text: t.text, target: target})
	}
	if own < len(e.steps) {
		e.steps[own].Outcome = out
	}
	return o
}

// family is the record type that has the client's kind of address. The other one
// is never asked for.
func (e *evaluator) family() resolver.Type {
	if e.x.ip.Is4() {
		return resolver.TypeA
	}
	return resolver.TypeAAAA
}

// inAnswer reports whether the client is in one of the networks that a term spans
// around the addresses of an answer.
func (e *evaluator) inAnswer(a *resolver.Answer, t *directive) bool {
	bits := t.bits4
	if !e.x.ip.Is4() {
		bits = t.bits6
	}
	for _, addr := range a.Addrs {
		if contains(addr, e.x.ip, bits) {
			return true
		}
	}
	return false
}

// answered is the step of a term that asked q.
func (e *evaluator) answered(t *directive, q resolver.Question, a *resolver.Answer, o Outcome) Step {
	return Step{
		Domain: e.x.domain, Term: t.text, Offset: int(t.offset), Target: q.Name, DNS: a.Status, TTL: a.TTL, Outcome: o,
	}
}

// settle ends a term that got its last answer.
func (e *evaluator) settle(t *directive, q resolver.Question, a *resolver.Answer, matched bool, st stack) outcome {
	switch {
	case matched:
		e.step(e.answered(t, q, a, Matched), st)
		return match
	case !a.Status.Definitive():
		// RFC 7208 section 5: any failure to find out ends the evaluation.
		e.fail(TempError, st, problem{code: CodeDNSFailure, question: q, answer: *a})
		e.step(e.answered(t, q, a, Errored), st)
		return stop
	case a.Status != resolver.Success && !e.void(t, st):
		e.step(e.answered(t, q, a, Errored), st)
		return stop
	}
	e.step(e.answered(t, q, a, NotMatched), st)
	return noMatch
}

// addresses is the "a" mechanism, RFC 7208 section 5.3.
func (e *evaluator) addresses(t *directive, target string, st stack) outcome {
	q := resolver.Question{Name: target, Type: e.family()}
	var a resolver.Answer
	if !e.ask(q, &a) {
		return waiting
	}
	return e.settle(t, q, &a, e.inAnswer(&a, t), st)
}

// exists is RFC 7208 section 5.7. It asks for A whatever the client has.
func (e *evaluator) exists(t *directive, target string, st stack) outcome {
	q := resolver.Question{Name: target, Type: resolver.TypeA}
	var a resolver.Answer
	if !e.ask(q, &a) {
		return waiting
	}
	return e.settle(t, q, &a, a.Status == resolver.Success && len(a.Addrs) > 0, st)
}

// mx is RFC 7208 section 5.4. Hosts are tried by preference, and then by name,
// so that the order in which a server lists them never changes the verdict.
func (e *evaluator) mx(t *directive, target string, st stack) outcome {
	q := resolver.Question{Name: target, Type: resolver.TypeMX}
	var a resolver.Answer
	if !e.ask(q, &a) {
		return waiting
	}
	if a.Status != resolver.Success {
		return e.settle(t, q, &a, false, st)
	}
	hosts := a.MX
	if !slices.IsSortedFunc(hosts, compareMX) {
		hosts = slices.Clone(hosts) // Answers are shared.
		slices.SortFunc(hosts, compareMX)
	}
	step := e.answered(t, q, &a, NotMatched)
	lacked := e.lacks
	for i, host := range hosts {
		if i == e.limits.Names {
			// RFC 7208 section 4.6.4: one more than may be looked up.
			if lacked == e.lacks {
				e.fail(PermError, st, problem{code: CodeTooManyMX, text: t.text, question: q, answer: a})
				step.Outcome = Errored
				e.step(step, st)
				return stop
			}
			break
		}
		if host.Host == "" {
			continue // A null MX (RFC 7505) has no address.
		}
		q := resolver.Question{Name: host.Host, Type: e.family()}
		var addrs resolver.Answer
		if !e.ask(q, &addrs) || lacked < e.lacks {
			continue // What comes behind a missing answer is not evaluated yet.
		}
		if addrs.Status.Definitive() && !e.inAnswer(&addrs, t) {
			continue // Hosts are no terms, so that they never count as void.
		}
		step.Host, step.Outcome = host.Host, Matched
		if addrs.Status.Definitive() {
			e.step(step, st)
			return match
		}
		e.fail(TempError, st, problem{code: CodeDNSFailure, question: q, answer: addrs})
		step.Outcome = Errored
		e.step(step, st)
		return stop
	}
	if lacked < e.lacks {
		e.forgive(lacked)
		return waiting
	}
	e.step(step, st)
	return noMatch
}

func compareMX(a, b resolver.MXHost) int {
	if a.Pref != b.Pref {
		return int(a.Pref) - int(b.Pref)
	}
	return strings.Compare(a.Host, b.Host)
}

// ptr is RFC 7208 section 5.5. Its DNS failures mean that it does not match.
func (e *evaluator) ptr(t *directive, target string, st stack) outcome {
	q := resolver.Reverse(e.x.ip)
	var a resolver.Answer
	if !e.ask(q, &a) {
		return waiting
	}
	if a.Status == resolver.NXDomain || a.Status == resolver.NoData {
		return e.settle(t, q, &a, false, st)
	}
	step := e.answered(t, q, &a, NotMatched)
	lacked := e.lacks
	for _, host := range e.names(&a) {
		// What is not below the target could not match, so it is not looked up.
		if name.Within(host, target) && e.isClients(host) && lacked == e.lacks {
			step.Outcome, step.Host = Matched, host
			e.step(step, st)
			return match
		}
	}
	if lacked < e.lacks {
		e.forgive(lacked)
		return waiting
	}
	e.step(step, st)
	return noMatch
}

// names returns the names of the client that may be looked up. RFC 7208 section
// 4.6.4: the others are ignored, since the sender has no say in them.
func (e *evaluator) names(ptr *resolver.Answer) []string {
	return ptr.Hosts[:min(len(ptr.Hosts), e.limits.Names)]
}

// isClients reports whether host has the client's address. A DNS failure means
// that it has not (RFC 7208 section 5.5), and so does a missing answer for now.
func (e *evaluator) isClients(host string) bool {
	var a resolver.Answer
	ok := e.ask(resolver.Question{Name: host, Type: e.family()}, &a)
	for _, addr := range a.Addrs {
		if ok && contains(addr, e.x.ip, uint8(e.x.ip.BitLen())) {
			return true
		}
	}
	return false
}

// validate finds out what %{p} stands for (RFC 7208 section 7.3). It returns
// false when answers are missing.
func (e *evaluator) validate() bool {
	var a resolver.Answer
	if !e.ask(resolver.Reverse(e.x.ip), &a) {
		return false
	}
	lacked := e.lacks
	best, rank := "unknown", 0
	for _, host := range e.names(&a) {
		if !e.isClients(host) {
			continue
		}
		// The domain itself is preferred to a name below it, and that to others.
		r := 1
		if host == e.x.domain {
			r = 3
		} else if name.Within(host, e.x.domain) {
			r = 2
		}
		if r > rank {
			best, rank = host, r
		}
	}
	if lacked < e.lacks {
		e.forgive(lacked)
		return false
	}
	e.x.validated = best
	return true
}
