package smtpprobe

import (
	"cmp"
	"context"
	"time"

	"github.com/mailworthy/mailworthy/internal/drive"
	"github.com/mailworthy/mailworthy/resolver"
)

// callTimeout is how long a call takes at most when Prober.Timeout is zero.
const callTimeout = 2 * time.Minute

// CheckRoute says where mail for a domain goes: two rounds of DNS questions, and no
// connection to anybody. It is what a sign-up form can ask of an address, together
// with [ParseAddress]; a domain that is unknown is best given the benefit of the doubt.
//
// The error is non-nil when ctx ended before the check did; the route then says what
// was found out until then.
func (p Prober) CheckRoute(ctx context.Context, domain string) (Route, error) {
	return drive.Within(ctx, cmp.Or(p.Timeout, callTimeout), p.Resolver, func(v resolver.View) (Route, []resolver.Question) {
		return EvaluateRoute(domain, v)
	})
}
