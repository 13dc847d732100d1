package dmarc_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

// pass is a DKIM signature that verifies.
func pass(domain string) dmarc.DKIMResult {
	return dmarc.DKIMResult{Status: dmarc.Pass, Domain: domain, Selector: "s1"}
}

// spfPass is a return path that passes SPF.
func spfPass(domain string) dmarc.SPFResult {
	return dmarc.SPFResult{Status: dmarc.Pass, Domain: domain}
}

// verdict is what most tests look at.
type verdict struct {
	Status      dmarc.Status
	Org, Record string
	Source      dmarc.Source
	Policy      dmarc.Policy
	Tag         string
	Disposition dmarc.Policy
}

func verdictOf(r dmarc.Result) verdict {
	return verdict{r.Status, r.OrganizationalDomain, r.RecordDomain, r.Source, r.Policy, r.PolicyTag, r.Disposition}
}

// evaluate judges over a zone, and checks what holds for every result.
func evaluate(t testing.TB, zone string, req dmarc.Request) dmarc.Result {
	t.Helper()
	res, missing := dmarc.Evaluate(req, resolver.MustZone(zone))
	require.Empty(t, missing)
	sound(t, res)
	return res
}

// sound requires what holds for every final result.
func sound(t testing.TB, res dmarc.Result) {
	t.Helper()
	require.Contains(t, []dmarc.Status{dmarc.None, dmarc.Pass, dmarc.Fail, dmarc.TempError, dmarc.PermError}, res.Status)
	if res.Status != dmarc.Pass {
		require.NotEmpty(t, res.Findings, "%+v", res)
	}
	if res.Status != dmarc.Fail {
		require.Equal(t, dmarc.PolicyNone, res.Disposition)
	}
	fs := append(mailworthy.Findings{}, res.Findings...)
	if res.Record != nil {
		fs = append(fs, res.Record.Findings...)
	}
	for _, f := range fs {
		require.NotEmpty(t, f.Message, f.Code)
		require.NotEmpty(t, f.Remedy, f.Code)
		require.NotEmpty(t, f.Ref, f.Code)
		require.NotEmpty(t, f.Evidence, f.Code)
		require.NotZero(t, f.Severity, f.Code)
		for _, s := range append(f.Evidence, f.Message, f.Remedy, f.Subject) {
			require.Equal(t, -1, strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f }), "%q", s)
		}
	}
	for _, id := range res.Identifiers {
		require.NotEmpty(t, id.Reason, "%+v", id)
		require.Equal(t, id.Aligned, id.Status == dmarc.Pass && (id.Reason == dmarc.ReasonEqual || id.Reason == dmarc.ReasonOrganization), "%+v", id)
	}
	ar := res.AuthenticationResults()
	require.Equal(t, -1, strings.IndexFunc(ar, func(r rune) bool { return r < ' ' || r >= 0x7f }), "%q", ar)
}

// TestAlgorithm has a test for each point of the procedure that RFC 9989 defines.
func TestAlgorithm(t *testing.T) {
	const eight = "a.b.c.d.e.f.example.org"
	for _, tt := range []struct {
		name, zone string
		req        dmarc.Request
		want       verdict
	}{
		{
			name: "1 author domain: U-labels become A-labels",
			zone: "_dmarc.xn--bcher-kva.example TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{From: []string{"a@bücher.example"}, DKIM: []dmarc.DKIMResult{pass("BÜCHER.example")}},
			want: verdict{dmarc.Pass, "xn--bcher-kva.example", "xn--bcher-kva.example", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "1 author domain: two mailboxes of one domain are one domain",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{From: []string{"a@example.org, B <b@Example.ORG>"}, SPF: spfPass("example.org")},
			want: verdict{dmarc.Pass, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "1 author domain: two domains are none",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{From: []string{"a@example.org, b@example.net"}, SPF: spfPass("example.org")},
			want: verdict{Status: dmarc.PermError, Disposition: dmarc.PolicyNone},
		},
		{
			name: "2 discovery: strings are joined",
			zone: `_dmarc.example.org TXT "v=DMA" "RC1; p=re" "ject"`,
			req:  dmarc.Request{Domain: "example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.Reject},
		},
		{
			name: "2 discovery: other texts are discarded",
			zone: "_dmarc.example.org TXT 'v=spf1 -all'\n_dmarc.example.org TXT 'p=none; v=DMARC1'\n_dmarc.example.org TXT 'v=DMARC1;p=quarantine;'\n_dmarc.example.org TXT 'v=dmarc1; p=none'\n_dmarc.example.org TXT 'v=DMARC1x; p=none'",
			req:  dmarc.Request{Domain: "example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Quarantine, "p", dmarc.Quarantine},
		},
		{
			name: "2 discovery: several records are discarded and the walk goes on",
			zone: "_dmarc.news.example.org TXT 'v=DMARC1; p=none'\n_dmarc.news.example.org TXT 'v=DMARC1; p=reject'\n_dmarc.example.org TXT 'v=DMARC1; p=none; sp=quarantine'",
			req:  dmarc.Request{Domain: "news.example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.Quarantine, "sp", dmarc.Quarantine},
		},
		{
			name: "3 walk: psd=n stops it",
			zone: "_dmarc.b.example.org TXT 'v=DMARC1; p=reject; psd=n'\n_dmarc.example.org TXT 'v=DMARC1; p=none'",
			req:  dmarc.Request{Domain: "a.b.example.org", DKIM: []dmarc.DKIMResult{pass("example.org")}},
			want: verdict{dmarc.Fail, "b.example.org", "b.example.org", dmarc.SourceOrganizational, dmarc.Reject, "p", dmarc.Reject},
		},
		{
			name: "3 walk: with 12 labels it goes on with 7",
			zone: "_dmarc." + eight + " TXT 'v=DMARC1; p=reject'\n_dmarc.b.c.d.e.f.example.org TXT 'v=DMARC1; p=quarantine'",
			req:  dmarc.Request{Domain: "l.k.j.i." + eight},
			want: verdict{dmarc.Fail, "b.c.d.e.f.example.org", "b.c.d.e.f.example.org", dmarc.SourceOrganizational, dmarc.Quarantine, "p", dmarc.Quarantine},
		},
		{
			name: "3 walk: it goes down to the single label",
			zone: "_dmarc.org TXT 'v=DMARC1; p=reject; psd=y'",
			req:  dmarc.Request{Domain: "a.example.org"},
			want: verdict{dmarc.Fail, "example.org", "org", dmarc.SourcePSD, dmarc.Reject, "p", dmarc.Reject},
		},
		{
			name: "4a organizational domain: psd=n",
			zone: "_dmarc.a.example.org TXT 'v=DMARC1; p=reject; psd=n'\n_dmarc.example.org TXT 'v=DMARC1; p=none'",
			req:  dmarc.Request{Domain: "a.example.org", SPF: spfPass("b.a.example.org")},
			want: verdict{dmarc.Pass, "a.example.org", "a.example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "4b organizational domain: one label below psd=y",
			zone: "_dmarc.gov.example TXT 'v=DMARC1; p=reject; psd=y'\n_dmarc.tax.gov.example TXT 'v=DMARC1; p=quarantine'",
			req:  dmarc.Request{Domain: "mail.tax.gov.example", SPF: spfPass("tax.gov.example")},
			want: verdict{dmarc.Pass, "tax.gov.example", "tax.gov.example", dmarc.SourceOrganizational, dmarc.Quarantine, "p", dmarc.PolicyNone},
		},
		{
			name: "4b organizational domain: psd=y at the start is the domain itself",
			zone: "_dmarc.gov.example TXT 'v=DMARC1; p=reject; psd=y'",
			req:  dmarc.Request{Domain: "gov.example", SPF: spfPass("tax.gov.example")},
			want: verdict{dmarc.Fail, "gov.example", "gov.example", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.Reject},
		},
		{
			name: "4c organizational domain: the fewest labels",
			zone: "_dmarc.a.example.org TXT 'v=DMARC1; p=reject'\n_dmarc.example.org TXT 'v=DMARC1; p=none'",
			req:  dmarc.Request{Domain: "a.example.org", DKIM: []dmarc.DKIMResult{pass("example.org")}},
			want: verdict{dmarc.Pass, "example.org", "a.example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "4d organizational domain: nothing found",
			zone: "a.example.org A 192.0.2.1",
			req:  dmarc.Request{Domain: "a.example.org", SPF: spfPass("a.example.org")},
			want: verdict{Status: dmarc.None, Org: "a.example.org", Disposition: dmarc.PolicyNone},
		},
		{
			name: "5 record: an intermediate one is never used",
			zone: "_dmarc.b.example.org TXT 'v=DMARC1; p=reject'\n_dmarc.example.org TXT 'v=DMARC1; p=none'",
			req:  dmarc.Request{Domain: "a.b.example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.PolicyNone, "p", dmarc.PolicyNone},
		},
		{
			name: "5 record: an intermediate one is not used even if the organization has none",
			zone: "_dmarc.b.example.org TXT 'v=DMARC1; p=reject'\n_dmarc.org TXT 'v=DMARC1; p=quarantine; psd=y'",
			req:  dmarc.Request{Domain: "a.b.example.org"},
			want: verdict{dmarc.Fail, "example.org", "org", dmarc.SourcePSD, dmarc.Quarantine, "p", dmarc.Quarantine},
		},
		{
			name: "5 record: that of a PSD is not used when the organization has one",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=none'\n_dmarc.org TXT 'v=DMARC1; p=reject; psd=y'",
			req:  dmarc.Request{Domain: "a.example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.PolicyNone, "p", dmarc.PolicyNone},
		},
		{
			name: "6 no record is none",
			zone: "example.org MX 1 mx.example.org",
			req:  dmarc.Request{Domain: "example.org", SPF: spfPass("example.org")},
			want: verdict{Status: dmarc.None, Org: "example.org", Disposition: dmarc.PolicyNone},
		},
		{
			name: "6 p missing with rua is p=none",
			zone: "_dmarc.example.org TXT 'v=DMARC1; rua=mailto:a@example.org; sp=reject'",
			req:  dmarc.Request{Domain: "a.example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.PolicyNone, "p", dmarc.PolicyNone},
		},
		{
			name: "6 p missing without rua is none",
			zone: "_dmarc.example.org TXT 'v=DMARC1; sp=reject'",
			req:  dmarc.Request{Domain: "example.org", SPF: spfPass("example.org")},
			want: verdict{Status: dmarc.None, Org: "example.org", Record: "example.org", Source: dmarc.SourceAuthor, Disposition: dmarc.PolicyNone},
		},
		{
			name: "6 p invalid without rua is none",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=block'",
			req:  dmarc.Request{Domain: "example.org"},
			want: verdict{Status: dmarc.None, Org: "example.org", Record: "example.org", Source: dmarc.SourceAuthor, Disposition: dmarc.PolicyNone},
		},
		{
			name: "6 sp invalid with rua is p=none",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject; sp=rejected; rua=mailto:a@example.org'",
			req:  dmarc.Request{Domain: "example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceAuthor, dmarc.PolicyNone, "p", dmarc.PolicyNone},
		},
		{
			name: "6 np invalid with rua is p=none",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject; np=all; rua=mailto:a@example.org'",
			req:  dmarc.Request{Domain: "x.example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.PolicyNone, "p", dmarc.PolicyNone},
		},
		{
			name: "6 a rua that is not valid does not help",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=block; rua=a@example.org'",
			req:  dmarc.Request{Domain: "example.org"},
			want: verdict{Status: dmarc.None, Org: "example.org", Record: "example.org", Source: dmarc.SourceAuthor, Disposition: dmarc.PolicyNone},
		},
		{
			name: "7 policy: own record, p whatever sp and np say",
			zone: "_dmarc.a.example.org TXT 'v=DMARC1; p=quarantine; sp=reject; np=reject'",
			req:  dmarc.Request{Domain: "a.example.org"},
			want: verdict{dmarc.Fail, "a.example.org", "a.example.org", dmarc.SourceAuthor, dmarc.Quarantine, "p", dmarc.Quarantine},
		},
		{
			name: "7 policy: np for a domain that does not exist",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=none; sp=quarantine; np=reject'",
			req:  dmarc.Request{Domain: "nothing.example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.Reject, "np", dmarc.Reject},
		},
		{
			name: "7 policy: sp for a domain that exists without an address",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=none; sp=quarantine; np=reject'\na.example.org MX 1 mx.example.org",
			req:  dmarc.Request{Domain: "a.example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.Quarantine, "sp", dmarc.Quarantine},
		},
		{
			name: "7 policy: sp for a name between others",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=none; sp=quarantine; np=reject'\nx.a.example.org A 192.0.2.1",
			req:  dmarc.Request{Domain: "a.example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.Quarantine, "sp", dmarc.Quarantine},
		},
		{
			name: "7 policy: np falls back to sp",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=none; sp=quarantine'",
			req:  dmarc.Request{Domain: "nothing.example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.Quarantine, "sp", dmarc.Quarantine},
		},
		{
			name: "7 policy: sp falls back to p",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject; np=none'\na.example.org A 192.0.2.1",
			req:  dmarc.Request{Domain: "a.example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.Reject, "p", dmarc.Reject},
		},
		{
			name: "8 t=y: reject is applied as quarantine",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject; t=y'",
			req:  dmarc.Request{Domain: "example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.Quarantine},
		},
		{
			name: "8 t=y: quarantine is applied as none",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=none; sp=quarantine; t=Y'",
			req:  dmarc.Request{Domain: "a.example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.Quarantine, "sp", dmarc.PolicyNone},
		},
		{
			name: "9 alignment: strict is the same name in any case",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject; adkim=s'",
			req:  dmarc.Request{Domain: "example.ORG", DKIM: []dmarc.DKIMResult{pass("EXAMPLE.org.")}},
			want: verdict{dmarc.Pass, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "9 alignment: strict is not a subdomain",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject; adkim=s'",
			req:  dmarc.Request{Domain: "example.org", DKIM: []dmarc.DKIMResult{pass("a.example.org")}},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.Reject},
		},
		{
			name: "9 alignment: adkim does not bind SPF",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject; adkim=s'",
			req:  dmarc.Request{Domain: "example.org", SPF: spfPass("a.example.org"), DKIM: []dmarc.DKIMResult{pass("a.example.org")}},
			want: verdict{dmarc.Pass, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "9 alignment: relaxed is the same organization",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{Domain: "news.example.org", DKIM: []dmarc.DKIMResult{pass("foo.example.org")}},
			want: verdict{dmarc.Pass, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "9 alignment: an identifier has a walk of its own",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'\n_dmarc.dept.example.org TXT 'v=DMARC1; p=none; psd=n'",
			req:  dmarc.Request{Domain: "news.example.org", DKIM: []dmarc.DKIMResult{pass("foo.dept.example.org")}},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.Reject, "p", dmarc.Reject},
		},
		{
			name: "9 alignment: any aligned pass is enough",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req: dmarc.Request{
				Domain: "example.org", SPF: dmarc.SPFResult{Status: "softfail", Domain: "example.org"},
				DKIM: []dmarc.DKIMResult{{Status: dmarc.Fail, Domain: "example.org"}, pass("example.net"), pass("example.org")},
			},
			want: verdict{dmarc.Pass, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "10 errors: the author domain's record is unknown",
			zone: "_dmarc.example.org TXT !servfail",
			req:  dmarc.Request{Domain: "example.org", SPF: spfPass("example.org")},
			want: verdict{Status: dmarc.TempError, Disposition: dmarc.PolicyNone},
		},
		{
			name: "10 errors: a later question of the walk",
			zone: "_dmarc.a.example.org A 192.0.2.1\n_dmarc.example.org TXT 'v=DMARC1; p=reject'\n_dmarc.org TXT !timeout",
			req:  dmarc.Request{Domain: "a.example.org", SPF: spfPass("a.example.org")},
			want: verdict{Status: dmarc.TempError, Disposition: dmarc.PolicyNone},
		},
		{
			name: "10 errors: with an own record, an equal identifier passes",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'\n_dmarc.org TXT !servfail",
			req:  dmarc.Request{Domain: "example.org", SPF: spfPass("example.org")},
			want: verdict{dmarc.Pass, "", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "10 errors: with an own record, only relaxed alignment is unknown",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'\n_dmarc.org TXT !servfail",
			req:  dmarc.Request{Domain: "example.org", SPF: spfPass("a.example.org")},
			want: verdict{dmarc.TempError, "", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "10 errors: with an own record, strict alignment is known",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject; aspf=s'\n_dmarc.org TXT !servfail",
			req:  dmarc.Request{Domain: "example.org", SPF: spfPass("a.example.org")},
			want: verdict{dmarc.Fail, "", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.Reject},
		},
		{
			name: "10 errors: above a psd=n nobody asks",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject; psd=n'\n_dmarc.org TXT !servfail",
			req:  dmarc.Request{Domain: "example.org", SPF: spfPass("a.example.org")},
			want: verdict{dmarc.Pass, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "10 errors: an identifier's walk",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'\n_dmarc.a.example.org TXT !refused",
			req:  dmarc.Request{Domain: "example.org", SPF: spfPass("a.example.org")},
			want: verdict{dmarc.TempError, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "10 errors: whether the domain exists",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=none; np=reject'\na.example.org A !servfail\n_dmarc.a.example.org TXT !nxdomain",
			req:  dmarc.Request{Domain: "a.example.org"},
			want: verdict{Status: dmarc.TempError, Org: "example.org", Record: "example.org", Source: dmarc.SourceOrganizational, Disposition: dmarc.PolicyNone},
		},
		{
			name: "10 errors: a temporary error of DKIM may have been a pass",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{Domain: "example.org", DKIM: []dmarc.DKIMResult{{Status: dmarc.TempError, Domain: "example.org"}}},
			want: verdict{dmarc.TempError, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "10 errors: a temporary error of another organization changes nothing",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{Domain: "example.org", DKIM: []dmarc.DKIMResult{{Status: dmarc.TempError, Domain: "example.net"}}},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.Reject},
		},
		{
			name: "12 syntax: unknown tags and bad values leave the rest",
			zone: "_dmarc.example.org TXT 'v=DMARC1; x=1; adkim=strict; p=REJECT; garbage; rua=mailto:a@example.org!10m'",
			req:  dmarc.Request{Domain: "example.org", DKIM: []dmarc.DKIMResult{pass("a.example.org")}},
			want: verdict{dmarc.Pass, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.PolicyNone},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, verdictOf(evaluate(t, tt.zone, tt.req)))
		})
	}
}
