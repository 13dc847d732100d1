package dmarc_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

// TestReportAgreesWithMessages judges a message that nothing authenticates, of the
// domain and of names below it: the report must promise what then happens.
func TestReportAgreesWithMessages(t *testing.T) {
	for _, tt := range domainCases() {
		t.Run(tt.name, func(t *testing.T) {
			z := resolver.MustZone(zoneOf(tt.zone))
			req := tt.request()
			req.Subdomains = append(req.Subdomains, "www."+req.Domain, "a.b."+req.Domain)
			rep := reportIn(t, tt.zone, req)
			if rep.Findings.Has(dmarc.CodeBadDomain) {
				return
			}
			agree := func(domain string, e dmarc.Effect) {
				res, missing := dmarc.Evaluate(dmarc.Request{Domain: domain}, z)
				require.Empty(t, missing)
				switch res.Status {
				case dmarc.Fail:
					require.Empty(t, e.Status, domain)
					require.Equal(t, res.RecordDomain, e.RecordDomain, domain)
				default:
					require.Equal(t, res.Status, e.Status, domain)
				}
				require.Equal(t, res.Policy, e.Policy, domain)
				require.Equal(t, res.PolicyTag, e.Tag, domain)
				require.Equal(t, res.Disposition, orNone(e.Applied), domain)
				if domain == rep.Domain {
					require.Equal(t, res.OrganizationalDomain, rep.OrganizationalDomain)
					require.Equal(t, res.Source, rep.Source)
					require.Equal(t, res.Record, rep.Record)
				}
			}
			agree(rep.Domain, rep.Own)
			agree("mailworthy-no-such-name."+rep.Domain, rep.Missing)
			for _, e := range rep.Subdomains {
				agree(e.Domain, e)
			}
		})
	}
}

func orNone(p dmarc.Policy) dmarc.Policy {
	if p == "" {
		return dmarc.PolicyNone
	}
	return p
}
