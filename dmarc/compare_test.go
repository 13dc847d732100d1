package dmarc_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

// TestUnknownIsNoDifference lets each question of a comparison fail in turn. What one
// side then does not know differs from nothing that the other says.
func TestUnknownIsNoDifference(t *testing.T) {
	for _, tt := range []struct {
		name, zone string
		req        dmarc.Request
	}{
		{"the same", "_dmarc.example.org TXT 'v=DMARC1; p=reject'", dmarc.Request{Domain: "example.org", SPF: spfPass("b.example.org")}},
		{"inherited", "_dmarc.example.org TXT 'v=DMARC1; p=reject; sp=quarantine'", dmarc.Request{Domain: "a.b.example.org", DKIM: []dmarc.DKIMResult{pass("c.example.org")}}},
		{"nobody passes", "_dmarc.example.org TXT 'v=DMARC1; p=reject'", dmarc.Request{Domain: "a.example.org", DKIM: []dmarc.DKIMResult{pass("vendor.example")}}},
		{"np, and it fails", "_dmarc.example.org TXT 'v=DMARC1; p=none; np=reject'", dmarc.Request{Domain: "a.example.org"}},
		{"np, and it passes", "_dmarc.example.org TXT 'v=DMARC1; p=none; np=reject'", dmarc.Request{Domain: "a.example.org", SPF: spfPass("example.org")}},
		{"a record only at a subdomain", "_dmarc.mail.example.org TXT 'v=DMARC1; p=reject'", dmarc.Request{Domain: "mail.example.org", DKIM: []dmarc.DKIMResult{pass("example.org")}}},
		{"a public suffix with a record", "_dmarc.co.uk TXT 'v=DMARC1; p=reject; psd=y'", dmarc.Request{Domain: "a.example.co.uk"}},
		{"no record", "", dmarc.Request{Domain: "a.example.org"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			zone := resolver.MustZone(tt.zone)
			whole, missing := dmarc.EvaluateComparison(tt.req, zone)
			require.Empty(t, missing)
			_, err := dmarc.Checker{Resolver: zone}.Compare(t.Context(), tt.req)
			require.NoError(t, err)
			for _, asked := range zone.Queries() {
				view := failingOne{zone, asked.Question}
				c, missing := dmarc.EvaluateComparison(tt.req, view)
				require.Empty(t, missing)
				require.Subset(t, whole.Differences, c.Differences, "%s fails", asked.Question)
			}
		})
	}
}

// TestOrganizationUnknown: the author's own record applies while DNS does not tell
// the organisational domain, which RFC 7489 has from a list.
func TestOrganizationUnknown(t *testing.T) {
	zone := resolver.MustZone("_dmarc.example.org TXT 'v=DMARC1; p=reject'\n_dmarc.org TXT !servfail")
	c, missing := dmarc.EvaluateComparison(dmarc.Request{Domain: "example.org", SPF: spfPass("b.example.org")}, zone)
	require.Empty(t, missing)
	require.Equal(t, dmarc.TempError, c.RFC9989.Status)
	require.Equal(t, dmarc.Pass, c.RFC7489.Status)
	require.Equal(t, []string{"", "example.org"}, []string{c.RFC9989.OrganizationalDomain, c.RFC7489.OrganizationalDomain})
	require.Equal(t, []dmarc.Difference{}, c.Differences)
}

// failingOne is a View in which one question ended with a failure.
type failingOne struct {
	resolver.View
	question resolver.Question
}

func (v failingOne) Get(q resolver.Question) (resolver.Answer, bool) {
	if q == v.question {
		return resolver.Answer{Status: resolver.ServFail}, true
	}
	return v.View.Get(q)
}
