package dkim

import (
	"context"

	"github.com/mailworthy/mailworthy/internal/drive"
	"github.com/mailworthy/mailworthy/resolver"
)

// CheckKey examines what is published for a selector of a domain. The error is
// non-nil when ctx ended before the check did; the report then says what was found
// out until then.
func (c Checker) CheckKey(ctx context.Context, selector, domain string) (KeyReport, error) {
	return drive.Within(ctx, c.Timeout, c.Resolver, func(v resolver.View) (KeyReport, []resolver.Question) {
		return evaluateKey(selector, domain, c.Providers, v)
	})
}

// CheckSelectors examines the keys of a domain for many selectors, which it asks
// for in parallel. Without any it asks for those of well-known services, and
// common ones. Its errors are those of [Checker.CheckKey].
func (c Checker) CheckSelectors(ctx context.Context, domain string, selectors []string) (SelectorsReport, error) {
	req := SelectorsRequest{Domain: domain, Selectors: selectors, Providers: c.Providers}
	return drive.Within(ctx, c.Timeout, c.Resolver, func(v resolver.View) (SelectorsReport, []resolver.Question) {
		return EvaluateSelectors(req, v)
	})
}
