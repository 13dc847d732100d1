package dmarc_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

// TestFindings has a message for each code, and one that comes close.
func TestFindings(t *testing.T) {
	const reject = "_dmarc.example.org TXT 'v=DMARC1; p=reject'"
	for _, tt := range []struct {
		name, zone string
		req        dmarc.Request
		codes      []mailworthy.Code
		remedy     string // part of that of the last finding
	}{
		{
			"no record", "example.co.uk A 192.0.2.1",
			dmarc.Request{Domain: "a.example.co.uk"},
			[]mailworthy.Code{dmarc.CodeNoRecord},
			`_dmarc.example.co.uk. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc-reports@example.co.uk"`,
		},
		{
			"several records", reject + "\n_dmarc.example.org TXT 'v=DMARC1; p=none'",
			dmarc.Request{Domain: "example.org"},
			[]mailworthy.Code{dmarc.CodeMultipleRecords},
			"Publish one record at _dmarc.example.org",
		},
		{
			"several records of the organization", reject + "\n_dmarc.example.org TXT 'v=DMARC1; p=none'",
			dmarc.Request{Domain: "a.example.org"},
			[]mailworthy.Code{dmarc.CodeMultipleRecords},
			"Publish one record at _dmarc.example.org",
		},
		{
			"several records of somebody else", "_dmarc.org TXT 'v=DMARC1; p=reject'\n_dmarc.org TXT 'v=DMARC1; p=none'",
			dmarc.Request{Domain: "example.org"},
			[]mailworthy.Code{dmarc.CodeMultipleRecords, dmarc.CodeNoRecord},
			"Publish a record",
		},
		{
			"several records, and one that applies", reject + "\n_dmarc.a.example.org TXT 'v=DMARC1; p=none'\n_dmarc.a.example.org TXT 'v=DMARC1'",
			dmarc.Request{Domain: "a.example.org"},
			[]mailworthy.Code{dmarc.CodeMultipleRecords, dmarc.CodeUnauthenticated},
			"d=a.example.org",
		},
		{
			"unusable record", "_dmarc.example.org TXT 'v=DMARC1; p=deny; t=y'",
			dmarc.Request{Domain: "example.org"},
			[]mailworthy.Code{dmarc.CodeUnusableRecord},
			`"v=DMARC1; p=none; t=y; rua=mailto:dmarc-reports@example.org"`,
		},
		{"DNS failure", "_dmarc.example.org TXT !servfail", dmarc.Request{Domain: "example.org"}, []mailworthy.Code{dmarc.CodeDNSFailure}, "name servers of example.org"},
		{
			"temporary error of DKIM", reject,
			dmarc.Request{Domain: "example.org", DKIM: []dmarc.DKIMResult{{Status: dmarc.TempError, Domain: "a.example.org"}}},
			[]mailworthy.Code{dmarc.CodeAuthTemporary},
			"again later",
		},
		{
			"a failure that did not matter", "_dmarc.example.org TXT 'v=DMARC1; p=reject; psd=n'\n_dmarc.org TXT !servfail",
			dmarc.Request{Domain: "example.org", DKIM: []dmarc.DKIMResult{{Status: dmarc.TempError, Domain: "a.example.org"}}},
			[]mailworthy.Code{dmarc.CodeAuthTemporary},
			"again later",
		},
		{
			"nothing passes", reject,
			dmarc.Request{Domain: "example.org", SPF: dmarc.SPFResult{Status: dmarc.Fail, Domain: "example.org"}},
			[]mailworthy.Code{dmarc.CodeUnauthenticated},
			"sign with d=example.org",
		},
		{
			"a vendor that authenticates as itself", reject,
			dmarc.Request{Domain: "example.org", SPF: spfPass("bounce.vendor.example"), DKIM: []dmarc.DKIMResult{pass("vendor.example")}},
			[]mailworthy.Code{dmarc.CodeUnaligned},
			"return path in example.org or a domain below example.org",
		},
		{
			"strict", "_dmarc.example.org TXT 'v=DMARC1; p=reject; aspf=s'",
			dmarc.Request{Domain: "example.org", SPF: spfPass("bounce.example.org")},
			[]mailworthy.Code{dmarc.CodeUnaligned, dmarc.CodeStrict},
			"remove adkim=s and aspf=s",
		},
		{
			"strict, but another organization", "_dmarc.example.org TXT 'v=DMARC1; p=reject; aspf=s'",
			dmarc.Request{Domain: "example.org", SPF: spfPass("example.net")},
			[]mailworthy.Code{dmarc.CodeUnaligned},
			"in example.org, with",
		},
		{
			"HELO", reject,
			dmarc.Request{Domain: "example.org", SPF: dmarc.SPFResult{Status: dmarc.Pass, Domain: "mail.example.org", Identity: "helo"}},
			[]mailworthy.Code{dmarc.CodeUnauthenticated, dmarc.CodeHELO},
			"MAIL FROM",
		},
		{
			"a test key", reject,
			dmarc.Request{Domain: "example.org", DKIM: []dmarc.DKIMResult{{Status: dmarc.Pass, Domain: "example.org", Testing: true}}},
			[]mailworthy.Code{dmarc.CodeUnauthenticated, dmarc.CodeTestKey},
			"Remove t=y from the record of the key",
		},
		{
			"testing", "_dmarc.example.org TXT 'v=DMARC1; p=reject; t=y'",
			dmarc.Request{Domain: "example.org"},
			[]mailworthy.Code{dmarc.CodeUnauthenticated, dmarc.CodeTesting},
			"Remove t=y",
		},
		{
			"testing of none", "_dmarc.example.org TXT 'v=DMARC1; p=none; t=y'",
			dmarc.Request{Domain: "example.org"},
			[]mailworthy.Code{dmarc.CodeUnauthenticated},
			"sign",
		},
		{
			"too many identifiers", reject + "\n_dmarc.a.example.org TXT 'v=DMARC1; psd=n'",
			dmarc.Request{Domain: "example.org", Limits: dmarc.Limits{Walks: 1}, SPF: spfPass("a.example.org"), DKIM: []dmarc.DKIMResult{pass("b.example.org")}},
			[]mailworthy.Code{dmarc.CodeTooManyIdentifiers},
			"Limits.Walks",
		},
		{"no domain name", reject, dmarc.Request{Domain: "a..b"}, []mailworthy.Code{dmarc.CodeBadDomain}, "behind the @"},
		{"no From", reject, dmarc.Request{}, []mailworthy.Code{dmarc.CodeFromMissing}, "one From field"},
		{"sloppy From, and pass", reject, dmarc.Request{From: []string{"A a@example.org"}, SPF: spfPass("example.org")}, []mailworthy.Code{dmarc.CodeFromObsolete}, "Name <"},
		{"pass", reject, dmarc.Request{From: []string{"a@example.org"}, SPF: spfPass("example.org")}, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := evaluate(t, tt.zone, tt.req)
			var codes []mailworthy.Code
			for _, f := range res.Findings {
				codes = append(codes, f.Code)
			}
			require.Equal(t, tt.codes, codes)
			if len(codes) > 0 {
				require.Contains(t, res.Findings[len(codes)-1].Remedy, tt.remedy)
			}
			for _, f := range res.Findings {
				require.Equal(t, f.Code == dmarc.CodeDNSFailure || f.Code == dmarc.CodeAuthTemporary, f.Temporary)
			}
		})
	}
}

func TestResult(t *testing.T) {
	const zone = `
		_dmarc.example.org 600 TXT 'v=DMARC1; p=none; sp=reject; np=quarantine; t=y; aspf=s'
		_dmarc.b.example.org   TXT 'v=DMARC1; p=none; psd=n'
	`
	res := evaluate(t, zone, dmarc.Request{
		From: []string{"News <news@a.example.org>"},
		SPF:  dmarc.SPFResult{Status: dmarc.Pass, Domain: "Bounce.example.org", Identity: "mailfrom"},
		DKIM: []dmarc.DKIMResult{
			{Status: dmarc.Fail, Domain: "a.example.org", Selector: "s1"},
			{Status: dmarc.Pass, Domain: "b.example.org", Selector: "s2"},
			pass("example.net"), pass("a b..c"),
		},
	})
	rec, err := dmarc.Parse("v=DMARC1; p=none; sp=reject; np=quarantine; t=y; aspf=s")
	require.NoError(t, err)
	findings := res.Findings
	res.Findings = nil
	require.Equal(t, dmarc.Result{
		Status: dmarc.Fail, Domain: "a.example.org", OrganizationalDomain: "example.org",
		Record: rec, RecordDomain: "example.org", RecordTTL: 600, Source: dmarc.SourceOrganizational,
		Policy: dmarc.Quarantine, PolicyTag: "np", Applied: dmarc.PolicyNone, Disposition: dmarc.PolicyNone,
		Identifiers: []dmarc.Identifier{
			{Method: dmarc.SPF, Status: dmarc.Pass, Domain: "bounce.example.org", Alignment: dmarc.Strict, Reason: dmarc.ReasonStrict},
			{Method: dmarc.DKIM, Status: dmarc.Fail, Domain: "a.example.org", Selector: "s1", Alignment: dmarc.Relaxed, Reason: dmarc.ReasonNotPass},
			{Method: dmarc.DKIM, Status: dmarc.Pass, Domain: "b.example.org", Selector: "s2", OrganizationalDomain: "b.example.org", Alignment: dmarc.Relaxed, Reason: dmarc.ReasonOther},
			{Method: dmarc.DKIM, Status: dmarc.Pass, Domain: "example.net", Selector: "s1", Alignment: dmarc.Relaxed, Reason: dmarc.ReasonOther},
			{Method: dmarc.DKIM, Status: dmarc.Pass, Domain: "a b..c", Selector: "s1", Alignment: dmarc.Relaxed, Reason: dmarc.ReasonBadDomain},
		},
		Steps: []dmarc.Step{
			{Name: "_dmarc.a.example.org", Type: resolver.TypeTXT, DNS: resolver.NXDomain, TTL: 60, Outcome: dmarc.FoundNone},
			{Name: "_dmarc.example.org", Type: resolver.TypeTXT, DNS: resolver.Success, TTL: 600, Outcome: dmarc.FoundRecord, Record: rec.Text, PSD: dmarc.PSDUnspecified},
			{Name: "_dmarc.org", Type: resolver.TypeTXT, DNS: resolver.NXDomain, TTL: 60, Outcome: dmarc.FoundNone},
			{Name: "_dmarc.b.example.org", Type: resolver.TypeTXT, DNS: resolver.Success, TTL: 300, Outcome: dmarc.FoundRecord, Record: "v=DMARC1; p=none; psd=n", PSD: dmarc.PSDNo},
			{Name: "a.example.org", Type: resolver.TypeA, DNS: resolver.NXDomain, TTL: 60, Outcome: dmarc.FoundNotThere},
		},
	}, res)
	require.True(t, findings.Has(dmarc.CodeUnaligned))
	require.Equal(t, `dmarc=fail (p=none sp=reject np=quarantine t=y) header.from=a.example.org policy.dmarc=none`, res.AuthenticationResults())
}

func TestAuthenticationResults(t *testing.T) {
	const reject = "_dmarc.example.org TXT 'v=DMARC1; p=reject'"
	for _, tt := range []struct {
		name, zone string
		req        dmarc.Request
		want       string
	}{
		{"11 results: pass, and the policy of mail that fails", reject, dmarc.Request{Domain: "example.org", SPF: spfPass("example.org")}, `dmarc=pass (p=reject) header.from=example.org policy.dmarc=reject`},
		{"11 results: fail", reject, dmarc.Request{Domain: "a.example.org", SPF: spfPass("example.net")}, `dmarc=fail (p=reject) reason="unaligned" header.from=a.example.org policy.dmarc=reject`},
		{"11 results: none", "x.test A 192.0.2.1", dmarc.Request{Domain: "example.org"}, `dmarc=none reason="no-record" header.from=example.org`},
		{"11 results: temperror", "_dmarc.example.org TXT !timeout", dmarc.Request{Domain: "example.org"}, `dmarc=temperror reason="dns-failure" header.from=example.org`},
		{"11 results: permerror", reject, dmarc.Request{From: []string{"a@b.example, c@d.example"}}, `dmarc=permerror reason="from-domains"`},
		{"several records are a reason", reject + "\n_dmarc.example.org TXT 'v=DMARC1; p=none'", dmarc.Request{Domain: "example.org"}, `dmarc=none reason="multiple-records" header.from=example.org`},
		{"a sloppy From is no reason", reject, dmarc.Request{From: []string{"A a@example.org"}}, `dmarc=fail (p=reject) reason="unauthenticated" header.from=example.org policy.dmarc=reject`},
		{"a strange domain", reject, dmarc.Request{Domain: "a\"b\x00\r\n;c.example.org", SPF: spfPass("example.org")}, `dmarc=permerror reason="bad-domain" header.from="a\"b\\000\\013\\010;c.example.org"`},
		{"no domain", reject, dmarc.Request{Domain: "a\r\n..b"}, `dmarc=permerror reason="bad-domain" header.from="a\\013\\010..b"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, evaluate(t, tt.zone, tt.req).AuthenticationResults())
		})
	}
	require.Empty(t, dmarc.Result{}.AuthenticationResults())
}

// TestRecordOfResult: what is wrong with the record says whose it is.
func TestRecordOfResult(t *testing.T) {
	res := evaluate(t, "_dmarc.example.org TXT 'v=DMARC1; p=none; pct=5'", dmarc.Request{Domain: "a.example.org", SPF: spfPass("a.example.org")})
	require.Equal(t, dmarc.Pass, res.Status)
	require.Len(t, res.Record.Findings, 1)
	require.Equal(t, "example.org", res.Record.Findings[0].Subject)
}

func TestRFC7489(t *testing.T) {
	for _, tt := range []struct {
		name, zone string
		req        dmarc.Request
		want       verdict
	}{
		{
			"the public suffix list", "_dmarc.example.co.uk TXT 'v=DMARC1; p=none; sp=reject'",
			dmarc.Request{Domain: "a.b.example.co.uk", DKIM: []dmarc.DKIMResult{pass("x.co.uk")}},
			verdict{dmarc.Fail, "example.co.uk", "example.co.uk", dmarc.SourceOrganizational, dmarc.Reject, "sp", dmarc.Reject},
		},
		{
			"relaxed alignment by the list", "_dmarc.mail.example.org TXT 'v=DMARC1; p=reject'",
			dmarc.Request{Domain: "mail.example.org", DKIM: []dmarc.DKIMResult{pass("example.org")}},
			verdict{dmarc.Pass, "example.org", "mail.example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			"several records end it", "_dmarc.a.example.org TXT 'v=DMARC1; p=none'\n_dmarc.a.example.org TXT 'v=DMARC1; p=reject'\n_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			dmarc.Request{Domain: "a.example.org"},
			verdict{Status: dmarc.None, Org: "example.org", Disposition: dmarc.PolicyNone},
		},
		{
			"np, psd and t are unknown", "_dmarc.example.org TXT 'v=DMARC1; p=quarantine; np=bad; psd=n; t=y'",
			dmarc.Request{Domain: "a.example.org"},
			verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.Quarantine, "p", dmarc.Quarantine},
		},
		{
			"pct: in the sample", "_dmarc.example.org TXT 'v=DMARC1; p=reject; pct=10'",
			dmarc.Request{Domain: "example.org", Sample: 9},
			verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.Reject},
		},
		{
			"pct: not in the sample", "_dmarc.example.org TXT 'v=DMARC1; p=reject; pct=10'",
			dmarc.Request{Domain: "example.org", Sample: 10},
			verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.Quarantine},
		},
		{
			"pct=0", "_dmarc.example.org TXT 'v=DMARC1; p=quarantine; pct=0'",
			dmarc.Request{Domain: "example.org"},
			verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Quarantine, "p", dmarc.PolicyNone},
		},
		{
			"p missing with rua", "_dmarc.example.org TXT 'v=DMARC1; rua=mailto:a@example.org'",
			dmarc.Request{Domain: "example.org"},
			verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceAuthor, dmarc.PolicyNone, "p", dmarc.PolicyNone},
		},
		{
			"an unknown own record is not the one above", "_dmarc.a.example.org TXT !servfail\n_dmarc.example.org TXT 'v=DMARC1; p=none'",
			dmarc.Request{Domain: "a.example.org"},
			verdict{Status: dmarc.TempError, Org: "example.org", Disposition: dmarc.PolicyNone},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.req.Mode = dmarc.RFC7489
			require.Equal(t, tt.want, verdictOf(evaluate(t, tt.zone, tt.req)))
		})
	}
}

func TestCompare(t *testing.T) {
	for _, tt := range []struct {
		name, zone string
		req        dmarc.Request
		want       []dmarc.Difference
	}{
		{"the same", "_dmarc.example.org TXT 'v=DMARC1; p=reject'", dmarc.Request{Domain: "a.example.org", SPF: spfPass("b.example.org")}, []dmarc.Difference{}},
		{
			"a record only at a subdomain", "_dmarc.mail.example.org TXT 'v=DMARC1; p=reject'",
			dmarc.Request{Domain: "mail.example.org", DKIM: []dmarc.DKIMResult{pass("example.org")}},
			[]dmarc.Difference{
				{dmarc.AspectStatus, "mail.example.org", "fail", "pass"},
				{dmarc.AspectOrganizational, "mail.example.org", "mail.example.org", "example.org"},
				{dmarc.AspectAlignment, "example.org", "other-organization", "organization"},
			},
		},
		{
			"a public suffix with a record", "_dmarc.co.uk TXT 'v=DMARC1; p=reject; psd=y'",
			dmarc.Request{Domain: "example.co.uk"},
			[]dmarc.Difference{
				{dmarc.AspectStatus, "example.co.uk", "fail", "none"},
				{dmarc.AspectRecord, "example.co.uk", "co.uk", ""},
				{dmarc.AspectPolicy, "example.co.uk", "reject", ""},
				{dmarc.AspectApplied, "example.co.uk", "reject", ""},
			},
		},
		{
			"t and pct", "_dmarc.example.org TXT 'v=DMARC1; p=reject; t=y'",
			dmarc.Request{Domain: "example.org"},
			[]dmarc.Difference{{dmarc.AspectApplied, "example.org", "quarantine", "reject"}},
		},
		{
			"np", "_dmarc.example.org TXT 'v=DMARC1; p=none; np=reject'",
			dmarc.Request{Domain: "a.example.org"},
			[]dmarc.Difference{{dmarc.AspectPolicy, "a.example.org", "reject", "none"}, {dmarc.AspectApplied, "a.example.org", "reject", "none"}},
		},
		{
			"several records", "_dmarc.a.example.org TXT 'v=DMARC1; p=none'\n_dmarc.a.example.org TXT 'v=DMARC1'\n_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			dmarc.Request{Domain: "a.example.org"},
			[]dmarc.Difference{
				{dmarc.AspectStatus, "a.example.org", "fail", "none"},
				{dmarc.AspectRecord, "a.example.org", "example.org", ""},
				{dmarc.AspectPolicy, "a.example.org", "reject", ""},
				{dmarc.AspectApplied, "a.example.org", "reject", ""},
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			zone := resolver.MustZone(tt.zone)
			c, err := dmarc.Checker{Resolver: zone}.Compare(t.Context(), tt.req)
			require.NoError(t, err)
			require.Equal(t, tt.want, c.Differences)
			pure, missing := dmarc.EvaluateComparison(tt.req, zone)
			require.Empty(t, missing)
			require.Equal(t, c, pure)

			tt.req.Mode = dmarc.RFC7489
			old, _ := dmarc.Evaluate(tt.req, zone)
			require.Equal(t, old, c.RFC7489)
			text, err := json.Marshal(c)
			require.NoError(t, err)
			var again dmarc.Comparison
			require.NoError(t, json.Unmarshal(text, &again))
			require.Equal(t, c, again)
		})
	}
}

// TestEachQuestionIsAskedOnce: both sides of a comparison ask together.
func TestEachQuestionIsAskedOnce(t *testing.T) {
	zone := resolver.MustZone("_dmarc.example.org TXT 'v=DMARC1; p=reject'")
	_, err := dmarc.Checker{Resolver: zone}.Compare(t.Context(), dmarc.Request{Domain: "a.b.example.org", SPF: spfPass("c.example.org")})
	require.NoError(t, err)
	var names []string
	for _, q := range zone.Queries() {
		names = append(names, strings.TrimPrefix(q.Question.Name, "_dmarc."))
	}
	slices.Sort(names)
	require.Equal(t, []string{"a.b.example.org", "b.example.org", "c.example.org", "example.org", "org"}, names)
}

func TestAligned(t *testing.T) {
	res := evaluate(t, `_dmarc.example.org TXT "v=DMARC1; p=reject"`, dmarc.Request{
		Domain: "example.org", SPF: spfPass("other.example"),
		DKIM: []dmarc.DKIMResult{{Status: "fail", Domain: "example.org"}, {Status: "pass", Domain: "example.org"}},
	})
	require.True(t, res.Aligned(dmarc.DKIM))
	require.False(t, res.Aligned(dmarc.SPF))
	require.False(t, dmarc.Result{}.Aligned(dmarc.DKIM))
}
