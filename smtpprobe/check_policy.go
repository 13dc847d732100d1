package smtpprobe

import (
	"cmp"
	"context"

	"github.com/mailworthy/mailworthy/internal/drive"
	"github.com/mailworthy/mailworthy/resolver"
)

// CheckRoute says where mail for a domain goes: two rounds of DNS questions, and no
// connection to anybody. It is what a sign-up form can ask of an address, together
// with [ParseAddress]; a domain that is unknown is best given the benefit of the doubt.
//
// The error is non-nil when ctx ended before the check did; the route then says what
// was found out until then.
func (p Prober) CheckRoute(ctx context.Context, domain string) (Route, error) {
	return drive.Within(ctx, cmp.Or(p.Timeout, defaultTimeout), p.Resolver, func(v resolver.View) (Route, []resolver.Question) {
		return EvaluateRoute(domain, v)
	})
}

// CheckPolicies finds out all that a domain publishes on how its mail is to be
// transported: its route, the DANE records of its hosts, its MTA-STS policy, for which
// it connects to the policy's host by HTTPS if there is a record, and its wish for
// reports. It connects to no mail host.
//
// The errors are those of [Prober.CheckRoute].
func (p Prober) CheckPolicies(ctx context.Context, domain string) (Policies, error) {
	rec := resolver.Record(p.Resolver)
	req := PoliciesRequest{Domain: domain, Port: p.Port}
	res, err := drive.Within(ctx, cmp.Or(p.Timeout, defaultTimeout), rec, func(v resolver.View) (Policies, []resolver.Question) {
		return EvaluatePolicies(req, v)
	})
	if err != nil || res.STS.Record == nil {
		return res, err
	}
	fetch, err := p.FetchPolicy(ctx, domain)
	req.Fetch = &fetch
	// The fetch raises no question that was not answered.
	if again, missing := EvaluatePolicies(req, rec.Snapshot()); len(missing) == 0 {
		res = again
	}
	return res, err
}
