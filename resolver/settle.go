package resolver

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/mailworthy/mailworthy/internal/name"
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
//   - Names are in the form of [Question.Name], whatever case and final dot they come
//     with. What is no name is escaped, and so are words that are not printable.
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
			a.normalize()
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
		a, err = Fail(e)
	}
	a.Addrs, a.Hosts, a.MX, a.TXT, a.TLSA = nil, nil, nil, nil, nil
	a.normalize()
	return a, err
}

// normalize puts the names of an answer into normal form, in copies, since answers are
// shared, and makes its words printable.
func (a *Answer) normalize() {
	a.Hosts, a.Alias = normalNames(a.Hosts), normalNames(a.Alias)
	if slices.ContainsFunc(a.MX, func(mx MXHost) bool { return mx.Host != normalName(mx.Host) }) {
		a.MX = slices.Clone(a.MX)
		for i := range a.MX {
			a.MX[i].Host = normalName(a.MX[i].Host)
		}
	}
	a.Server, a.Problem = printable(a.Server), printable(a.Problem)
}

func normalNames(names []string) []string {
	if !slices.ContainsFunc(names, func(s string) bool { return s != normalName(s) }) {
		return names
	}
	names = slices.Clone(names)
	for i, s := range names {
		names[i] = normalName(s)
	}
	return names
}

// normalName returns a name in normal form. What is no name is made printable; the host
// of a null MX stays empty.
func normalName(s string) string {
	if normal, err := name.Normalize(s); err == nil && s != "" {
		return normal
	}
	return printable(s)
}

// printable escapes s unless all its octets are printable ASCII.
func printable(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return name.Escape(s)
		}
	}
	return s
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
