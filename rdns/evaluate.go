package rdns

import (
	"net/netip"
	"slices"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// Evaluate judges the names of an address by the answers in the view, and returns the
// questions whose answers it lacks: first that for the names, then those for the
// addresses of all names at once, so that it takes two rounds. The Result is final when
// it returns none.
func Evaluate(req Request, v resolver.View) (Result, []resolver.Question) {
	ip := req.IP.Unmap().WithZone("")
	res := Result{IP: ip, Names: []Name{}, Findings: mailworthy.Findings{}}
	if !ip.IsValid() {
		return res, nil
	}
	q := resolver.Reverse(ip)
	res.Scope, res.Reverse = scopeOf(ip), q.Name
	a, ok := v.Get(q)
	if !ok {
		return res, []resolver.Question{q}
	}
	res.PTR, res.Alias, res.TTL = statusOf(a, len(a.Hosts)), chainOf(a), a.TTL
	e := evaluation{Result: &res, host: hostText(req.Host), ptr: a}
	var missing []resolver.Question
	if res.PTR == resolver.Success {
		missing = e.lookUp(a.Hosts, limitNames(req.Names), v)
	}
	if len(missing) > 0 {
		return res, missing
	}
	e.decide()
	e.report()
	return res, nil
}

// evaluation is the course of one Evaluate.
type evaluation struct {
	*Result
	host string          // the name that the host is to have, or ""
	ptr  resolver.Answer // of Reverse
	// forward are the answers for Names[i]: of its own family, and of the other.
	forward [][2]resolver.Answer
	failed  int // how many names DNS did not tell the addresses of
	usable  int // how many names were looked up
}

// lookUp notes the names up to the limit (RFC 8601 section 3), and where they lead. The
// addresses of the other family decide nothing, and explain a lot.
func (e *evaluation) lookUp(hosts []string, limit int, v resolver.View) (missing []resolver.Question) {
	own, other := resolver.TypeA, resolver.TypeAAAA
	if e.IP.Is6() {
		own, other = other, own
	}
	e.Total = len(hosts)
	e.Names = make([]Name, 0, min(len(hosts), limit))
	e.forward = make([][2]resolver.Answer, 0, cap(e.Names))
	for _, host := range hosts {
		n, form := normal(host)
		if e.known(n) {
			e.Total-- // The same name in another case, from a careless Resolver.
			continue
		}
		if len(e.Names) == limit {
			break
		}
		one := Name{Name: n, Form: form, Addrs: []netip.Addr{}, OtherAddrs: []netip.Addr{}, Class: Classify(e.IP, n)}
		var forward [2]resolver.Answer
		if form.Resolvable() {
			for i, t := range [...]resolver.Type{own, other} {
				q := resolver.Question{Name: n, Type: t}
				a, ok := v.Get(q)
				if !ok {
					missing = append(missing, q)
				}
				forward[i] = a
			}
			e.usable++
			e.resolve(&one, forward)
		}
		e.Names = append(e.Names, one)
		e.forward = append(e.forward, forward)
	}
	return missing
}

func (e *evaluation) known(n string) bool {
	return slices.ContainsFunc(e.Names, func(have Name) bool { return have.Name == n })
}

// resolve notes where a name leads.
func (e *evaluation) resolve(n *Name, forward [2]resolver.Answer) {
	own, other := forward[0], forward[1]
	n.DNS, n.Other = statusOf(own, len(own.Addrs)), statusOf(other, len(other.Addrs))
	n.Alias, n.TTL = chainOf(own), own.TTL
	if n.DNS == resolver.Success {
		n.Addrs = first(own.Addrs)
		n.Confirmed = slices.ContainsFunc(own.Addrs, func(a netip.Addr) bool { return a.Unmap() == e.IP })
	}
	if n.Other == resolver.Success {
		n.OtherAddrs = first(other.Addrs)
	}
	if !n.DNS.Definitive() {
		e.failed++
	}
	if n.Confirmed && e.Host == "" {
		e.Host = n.Name
	}
}

// decide finds the status by RFC 8601 section 2.7.3.
func (e *evaluation) decide() {
	switch {
	case !e.PTR.Definitive():
		e.Status = TempError
	case e.Host != "":
		e.Status = Pass // One name that leads back is enough, whatever the others do.
	case e.failed > 0:
		e.Status = TempError
	case e.usable > 0:
		e.Status = Fail
	default:
		e.Status = PermError
	}
}

// statusOf is the status of an answer with n records of the type asked for. A success
// without any contradicts itself, and tells nothing.
func statusOf(a resolver.Answer, n int) resolver.Status {
	if a.Status == resolver.Success && n == 0 {
		return resolver.Failed
	}
	return a.Status
}

// chainOf is the chain of aliases of an answer, without what no name can hold.
func chainOf(a resolver.Answer) []string {
	if len(a.Alias) == 0 {
		return nil
	}
	chain := a.Alias[:min(len(a.Alias), maxChain)]
	if !slices.ContainsFunc(chain, func(s string) bool { return clip(s) != s }) {
		return chain
	}
	chain = slices.Clone(chain)
	for i := range chain {
		chain[i] = clip(chain[i])
	}
	return chain
}

// maxChain is how many aliases a result shows. No Resolver follows as many.
const maxChain = 16

func first(addrs []netip.Addr) []netip.Addr {
	n := min(len(addrs), maxAddrs)
	return addrs[:n:n]
}

// normal returns the normal form of a name from DNS, or its text with escapes where it
// has none.
func normal(s string) (string, Form) {
	n, err := name.Normalize(s)
	if err != nil {
		n = name.Escape(s[:min(len(s), maxText)])
		return n, badForm(n)
	}
	return n, formOf(n)
}
