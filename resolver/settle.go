package resolver

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

var errNoStatus = errors.New("the resolver gave no status")

// Settle makes what a Resolver returned for q keep what [Resolver] promises. [Cache],
// [Recorder] and the checks do so with whatever they get, so that a careless Resolver
// leads to no verdict that is better than unknown:
//
//   - An error together with an answer, no Status, or one that is no constant is a
//     failure to find out.
//   - So is an answer that contradicts itself: Success without a record of the type
//     asked for, or NoData and NXDomain with one. That a name has no data is what
//     NoData says (RFC 2308 section 2.2), and only who asked could know whether the
//     reply was that, a referral, or of another type.
//   - A failure has no records, and comes with an [*Error] of the same Status.
//   - IPv4 addresses are those of A records, even if they come mapped into IPv6, as
//     [net.Resolver] gives them.
//
// It is for those who write a Resolver that has others behind it.
func Settle(q Question, a Answer, err error) (Answer, error) {
	if err == nil && a.Status.Definitive() {
		if err = a.contradiction(q.Type); err == nil {
			if q.Type == TypeA && slices.ContainsFunc(a.Addrs, netip.Addr.Is4In6) {
				a.Addrs = slices.Clone(a.Addrs) // Answers are shared.
				for i := range a.Addrs {
					a.Addrs[i] = a.Addrs[i].Unmap()
				}
			}
			return a, nil
		}
	}
	failure := a.Status.Valid() && !a.Status.Definitive()
	e, ok := errors.AsType[*Error](err)
	switch {
	case ok && e.Status.Valid() && !e.Status.Definitive():
		if a.Status != e.Status {
			a, _ = Fail(e)
		}
	case failure:
		e = &Error{Question: q, Status: a.Status, Server: a.Server, Err: err}
		if err == nil {
			e.Extended = a.Problem
		} else if a.Problem == "" {
			a.Problem = err.Error()
		}
		err = e
	default:
		e = &Error{Question: q, Status: Failed, Server: a.Server, Err: err}
		if err == nil {
			e.Err = errNoStatus
		} else if errors.Is(err, context.DeadlineExceeded) {
			e.Status = Timeout
		}
		return Fail(e)
	}
	a.Addrs, a.Hosts, a.MX, a.TXT, a.TLSA = nil, nil, nil, nil, nil
	return a, err
}

// contradiction returns what is wrong with a definitive answer for type t, or nil.
func (a *Answer) contradiction(t Type) error {
	var n int
	switch t {
	case TypeA, TypeAAAA:
		n = len(a.Addrs)
	case TypeNS, TypeCNAME, TypePTR, TypeSOA:
		n = len(a.Hosts)
	case TypeMX:
		n = len(a.MX)
	case TypeTXT, TypeSPF:
		n = len(a.TXT)
	case TypeTLSA:
		n = len(a.TLSA)
	default:
		return nil // An Answer has no place for records of other types.
	}
	switch {
	case n == 0 && a.Status == Success:
		return fmt.Errorf("the resolver said %s, and gave no %s record", a.Status, t)
	case n > 0 && a.Status != Success:
		return fmt.Errorf("the resolver said %s, and gave %d %s records", a.Status, n, t)
	}
	return nil
}
