package dmarc

import (
	"context"

	"github.com/mailworthy/mailworthy/internal/drive"
	"github.com/mailworthy/mailworthy/resolver"
)

// CheckDomain examines a domain's DMARC without a message: which record applies to
// it, to its subdomains and to names that do not exist, where reports go, what is
// wrong with it and what mends that. The error is non-nil when ctx ended before the
// check did; the Report then says what was found out until then.
func (c Checker) CheckDomain(ctx context.Context, domain string) (Report, error) {
	return c.CheckDomainWith(ctx, DomainRequest{Domain: domain})
}

// CheckDomainWith is CheckDomain for those who know more of the domain than its
// name.
func (c Checker) CheckDomainWith(ctx context.Context, req DomainRequest) (Report, error) {
	return drive.Within(ctx, c.Timeout, c.Resolver, func(v resolver.View) (Report, []resolver.Question) { return EvaluateDomain(req, v) })
}
