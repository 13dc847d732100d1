package spf

import (
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// This file has the mechanisms of RFC 7208 section 5.

// term evaluates one mechanism.
func (e *evaluator) term(t *Term) outcome {
	switch t.Kind {
	case KindIP4, KindIP6:
		// Prefix.Contains keeps the families apart: a mapped network in an ip6
		// term matches no IPv4 client.
		if !t.Network.Contains(e.x.ip) {
			return noMatch
		}
		e.stepTerm(t, Matched)
		return match
	case KindAll:
		e.stepTerm(t, Matched)
		return match
	}
	if !e.count(t) {
		return stop
	}
	target, o := e.target(t)
	switch o {
	case waiting:
		return waiting
	case stop:
		// RFC 7208 section 4.8 leaves malformed names open. They cannot exist, so
		// nothing matches; nothing was asked, so nothing is void.
		e.stepTerm(t, NotMatched)
		return noMatch
	}
	switch t.Kind {
	case KindInclude:
		return e.include(t, target)
	case KindA:
		return e.addresses(t, target)
	case KindMX:
		return e.mx(t, target)
	case KindPTR:
		return e.ptr(t, target)
	default:
		return e.exists(t, target)
	}
}

// target expands the domain-spec of a term to a name in normal form. The outcome
// is noMatch when there is one, and stop when the expansion is no domain name.
func (e *evaluator) target(t *Term) (string, outcome) {
	spec := t.Domain
	if spec == "" {
		return e.x.domain, noMatch
	}
	if strings.IndexByte(spec, '%') >= 0 {
		for rest := spec; rest != ""; {
			m, n := nextMacro(rest)
			switch m.letter {
			case 's', 'l':
				// RFC 8616 section 4: such a term matches nothing then.
				if !printable(e.x.local) {
					return "", stop
				}
			case 'p':
				if !e.validate() {
					return "", waiting
				}
			}
			rest = rest[n:]
		}
		var ok bool
		if spec, ok = e.x.expand(spec); !ok {
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
func (e *evaluator) include(t *Term, target string) outcome {
	e.includes++
	status := e.check(target, t)
	e.includes--
	switch status {
	case "":
		return waiting
	case Pass:
		return match
	case Fail, SoftFail, Neutral:
		return noMatch
	case None:
		e.fail(PermError, problem{code: CodeIncludeNoRecord, domain: e.x.domain, term: t, target: target})
	}
	return stop
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
func (e *evaluator) inAnswer(a *resolver.Answer, t *Term) bool {
	bits := t.Bits4
	if !e.x.ip.Is4() {
		bits = t.Bits6
	}
	for _, addr := range a.Addrs {
		if contains(addr, e.x.ip, bits) {
			return true
		}
	}
	return false
}

// settle ends a term whose only question got an answer.
func (e *evaluator) settle(t *Term, q resolver.Question, a *resolver.Answer, matched bool) outcome {
	o, out := noMatch, NotMatched
	switch {
	case matched:
		o, out = match, Matched
	case !a.Status.Definitive():
		o, out = e.unknown(t, q, a), Errored
	case a.Status != resolver.Success && !e.void(t):
		o, out = stop, Errored
	}
	e.step(Step{
		Domain: e.x.domain, Term: t.Text, Offset: t.Offset, Target: q.Name,
		DNS: a.Status, TTL: a.TTL, Outcome: out,
	})
	return o
}

// unknown ends the evaluation because of a DNS failure (RFC 7208 section 5).
func (e *evaluator) unknown(t *Term, q resolver.Question, a *resolver.Answer) outcome {
	e.fail(TempError, problem{code: CodeDNSFailure, domain: e.x.domain, term: t, question: q, answer: *a})
	return stop
}

// addresses is the "a" mechanism, RFC 7208 section 5.3.
func (e *evaluator) addresses(t *Term, target string) outcome {
	q := resolver.Question{Name: target, Type: e.family()}
	a, ok := e.view.Get(q)
	if !ok {
		e.need(q)
		return waiting
	}
	return e.settle(t, q, &a, a.Status == resolver.Success && e.inAnswer(&a, t))
}

// exists is RFC 7208 section 5.7. It asks for A whatever the client has.
func (e *evaluator) exists(t *Term, target string) outcome {
	q := resolver.Question{Name: target, Type: resolver.TypeA}
	a, ok := e.view.Get(q)
	if !ok {
		e.need(q)
		return waiting
	}
	return e.settle(t, q, &a, a.Status == resolver.Success && len(a.Addrs) > 0)
}

// mx is RFC 7208 section 5.4. Hosts are tried by preference, and then by name,
// so that the order in which a server lists them never changes the verdict.
func (e *evaluator) mx(t *Term, target string) outcome {
	q := resolver.Question{Name: target, Type: resolver.TypeMX}
	a, ok := e.view.Get(q)
	if !ok {
		e.need(q)
		return waiting
	}
	if a.Status != resolver.Success {
		return e.settle(t, q, &a, false)
	}
	hosts := a.MX
	if !slices.IsSortedFunc(hosts, compareMX) {
		hosts = slices.SortedFunc(slices.Values(hosts), compareMX)
	}
	step := Step{
		Domain: e.x.domain, Term: t.Text, Offset: t.Offset, Target: target,
		DNS: a.Status, TTL: a.TTL, Outcome: NotMatched,
	}
	missed := false
	for i, host := range hosts {
		if i == e.limits.Names {
			// RFC 7208 section 4.6.4: one more than may be looked up.
			if missed {
				break
			}
			e.fail(PermError, problem{code: CodeTooManyMX, domain: e.x.domain, term: t, question: q, answer: a})
			step.Outcome = Errored
			e.step(step)
			return stop
		}
		if host.Host == "" {
			continue // A null MX (RFC 7505) has no address.
		}
		q := resolver.Question{Name: host.Host, Type: e.family()}
		addrs, ok := e.view.Get(q)
		switch {
		case !ok:
			e.need(q)
			missed = true
		case missed:
			// What comes behind a missing answer is not evaluated yet.
		case !addrs.Status.Definitive():
			step.Outcome, step.Host = Errored, host.Host
			o := e.unknown(t, q, &addrs)
			e.step(step)
			return o
		case addrs.Status == resolver.Success && e.inAnswer(&addrs, t):
			step.Outcome, step.Host = Matched, host.Host
			e.step(step)
			return match
		}
	}
	if missed {
		return e.lookAhead()
	}
	e.step(step)
	return noMatch
}

func compareMX(a, b resolver.MXHost) int {
	if a.Pref != b.Pref {
		return int(a.Pref) - int(b.Pref)
	}
	return strings.Compare(a.Host, b.Host)
}

// ptr is RFC 7208 section 5.5. Its DNS failures mean that it does not match.
func (e *evaluator) ptr(t *Term, target string) outcome {
	q := resolver.Reverse(e.x.ip)
	a, ok := e.view.Get(q)
	if !ok {
		e.need(q)
		return waiting
	}
	if a.Status != resolver.Success {
		o, out := noMatch, NotMatched
		if a.Status.Definitive() && !e.void(t) {
			o, out = stop, Errored
		}
		e.step(Step{
			Domain: e.x.domain, Term: t.Text, Offset: t.Offset, Target: q.Name,
			DNS: a.Status, TTL: a.TTL, Outcome: out,
		})
		return o
	}
	found, missed := "", false
	for _, host := range e.names(&a) {
		if !name.Within(host, target) {
			continue // It could not match, so it is not looked up, but it counts.
		}
		known, validated := e.isClients(host)
		missed = missed || !known
		if validated && !missed && found == "" {
			found = host
		}
	}
	step := Step{
		Domain: e.x.domain, Term: t.Text, Offset: t.Offset, Target: q.Name,
		DNS: a.Status, TTL: a.TTL, Outcome: NotMatched, Host: found,
	}
	if found != "" {
		step.Outcome = Matched
		e.step(step)
		return match
	}
	if missed {
		return e.lookAhead()
	}
	e.step(step)
	return noMatch
}

// names returns the names of the client that may be looked up. RFC 7208 section
// 4.6.4: the others are ignored, since the sender has no say in them.
func (e *evaluator) names(ptr *resolver.Answer) []string {
	return ptr.Hosts[:min(len(ptr.Hosts), e.limits.Names)]
}

// isClients reports whether host has the client's address. A DNS failure means
// that it has not (RFC 7208 section 5.5).
func (e *evaluator) isClients(host string) (known, yes bool) {
	q := resolver.Question{Name: host, Type: e.family()}
	a, ok := e.view.Get(q)
	if !ok {
		e.need(q)
		return false, false
	}
	for _, addr := range a.Addrs {
		if a.Status == resolver.Success && contains(addr, e.x.ip, uint8(e.x.ip.BitLen())) {
			return true, true
		}
	}
	return true, false
}

// validate finds out what %{p} stands for (RFC 7208 section 7.3). It returns
// false when answers are missing.
func (e *evaluator) validate() bool {
	q := resolver.Reverse(e.x.ip)
	a, ok := e.view.Get(q)
	if !ok {
		e.need(q)
		return false
	}
	best, rank, missed := "unknown", 0, false
	for _, host := range e.names(&a) {
		known, validated := e.isClients(host)
		missed = missed || !known
		if !validated {
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
	if missed {
		e.lookAhead()
		return false
	}
	e.x.validated = best
	return true
}
