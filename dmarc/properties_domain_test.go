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
	const deep = "d.e.f.g.h.i.j.example.org"
	for _, tt := range append(domainCases(), []domainCase{
		{name: "an alias to nothing exists", domain: "a.example.org", zone: "v=DMARC1; p=none; sp=reject; np=quarantine\na.example.org CNAME gone.test"},
		{name: "a name with something below exists", domain: "a.example.org", zone: "v=DMARC1; p=none; sp=reject; np=quarantine\nx.a.example.org A 192.0.2.1"},
		{name: "known by what is below, though DNS fails", domain: "a.example.org", zone: "v=DMARC1; p=none; sp=reject; np=quarantine\na.example.org TXT !timeout\na.example.org A !timeout\n_dmarc.a.example.org TXT x"},
		{name: "no such name", domain: "a.example.org", zone: "v=DMARC1; p=none; sp=reject; np=quarantine"},
		{name: "one between does not count", domain: "a.b.example.org", zone: reports + "\n_dmarc.b.example.org TXT 'v=DMARC1; p=none'"},
		{name: "below a public suffix", domain: "a.example.org", zone: "_dmarc.org TXT 'v=DMARC1; p=reject; sp=quarantine; psd=y'"},
		{
			name: "passed over below a public suffix", domain: "a.b.c." + deep,
			zone: "_dmarc.e.f.g.h.i.j.example.org TXT 'v=DMARC1; p=reject; psd=y'\n_dmarc.f.g.h.i.j.example.org TXT 'v=DMARC1; p=quarantine; psd=y'\n_dmarc.g.h.i.j.example.org TXT 'v=DMARC1; p=none'\n_dmarc." + deep + " TXT 'v=DMARC1; p=none'",
		},
	}...) {
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
