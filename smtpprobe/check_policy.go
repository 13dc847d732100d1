package smtpprobe

import (
	"cmp"
	"context"
	"errors"
	"sync"

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
// it connects to the policy's host by HTTPS if there is a record (or asks [Prober.Fetch]),
// and its wish for reports. The policy is fetched while the rest is asked for. It
// connects to no mail host.
//
// The errors are those of [Prober.CheckRoute].
func (p Prober) CheckPolicies(ctx context.Context, domain string) (Policies, error) {
	limited, cancel := ctx, context.CancelFunc(func() {})
	if p.Timeout >= 0 {
		limited, cancel = context.WithTimeout(ctx, cmp.Or(p.Timeout, defaultTimeout))
	}
	defer cancel()
	rec := resolver.Record(p.Resolver)
	p.Resolver, p.Timeout = rec, -1
	get := p.Fetch
	if get == nil {
		get = p.FetchPolicy
	}
	before := PoliciesRequest{Domain: domain, Port: p.Port}
	req := before
	var fetchErr error
	var wg sync.WaitGroup
	wg.Go(func() {
		sts, err := drive.Run(limited, rec, func(v resolver.View) (STS, []resolver.Question) {
			return EvaluateSTS(STSRequest{Domain: domain}, v)
		})
		if err == nil && sts.Record != nil {
			fetch, err := get(limited, sts.Domain)
			req.Fetch, fetchErr = &fetch, err
		}
	})
	res, err := drive.Run(limited, rec, func(v resolver.View) (Policies, []resolver.Question) {
		return EvaluatePolicies(before, v)
	})
	wg.Wait()
	if req.Fetch != nil {
		// The fetch raises no question that was not answered, unless time ran out.
		if again, missing := EvaluatePolicies(req, rec.Snapshot()); len(missing) == 0 {
			res = again
		}
	}
	if err = errors.Join(err, fetchErr); err != nil && ctx.Err() != nil {
		return res, context.Cause(ctx)
	}
	return res, nil
}
