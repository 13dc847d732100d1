package dmarc_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

// domainCase is a zone in which a report has a finding, and one that comes close.
type domainCase struct {
	name string
	code mailworthy.Code
	// domain is example.org if it is empty. Lines of the zones that start with v=
	// are its record.
	domain     string
	subdomains []string
	services   []string
	zone, near string
	subject    string
	severity   mailworthy.Severity // if it is not that of the rule
	remedy     string              // a part of it
}

const (
	receives = "example.org MX 1 mx.example.org\n"
	reports  = "v=DMARC1; p=reject; rua=mailto:d@example.org"
	atDMARC  = "_dmarc.example.org"
)

// zoneOf makes a zone of lines of which some are only the text of a record.
func zoneOf(lines string) string {
	out := []string{"$TTL 3600", receives}
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "v=") {
			line = atDMARC + " TXT '" + line + "'"
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func domainCases() []domainCase {
	const good = reports + "\n"
	return []domainCase{
		{name: "bad domain", code: dmarc.CodeBadDomain, domain: "a..b", zone: "", subject: "a..b"},
		{name: "address literal", code: dmarc.CodeBadDomain, domain: "[192.0.2.1]", zone: "", subject: "[192.0.2.1]"},
		{name: "no record", code: dmarc.CodeNoRecord, zone: "", near: "_dmarc.org TXT 'v=DMARC1; p=none; psd=y'", subject: "example.org", remedy: `_dmarc.example.org, with an address that takes reports: "v=DMARC1; p=none; rua=mailto:dmarc-reports@example.org"`},
		{
			name: "several records", code: dmarc.CodeMultipleRecords, zone: good + "v=DMARC1; p=none; rua=mailto:e@example.org", near: good + "x TXT 'v=DMARC1; p=none'",
			subject: atDMARC, remedy: `"v=DMARC1; p=none; rua=mailto:d@example.org,mailto:e@example.org"`,
		},
		{name: "several above", code: dmarc.CodeMultipleRecords, domain: "a.example.org", zone: good + "v=DMARC1; p=none", near: good, subject: atDMARC, severity: mailworthy.Warning},
		{name: "unusable", code: dmarc.CodeUnusableRecord, zone: "v=DMARC1; sp=reject", near: "v=DMARC1; rua=mailto:d@example.org", subject: atDMARC},
		{name: "version in lower case", code: dmarc.CodeNearMiss, zone: "v=dmarc1; p=reject; rua=mailto:d@example.org", near: good, subject: atDMARC, remedy: `"` + reports + `"`},
		{name: "no semicolon", code: dmarc.CodeNearMiss, zone: "v=DMARC1 p=reject; rua=mailto:d@example.org", near: good, subject: atDMARC, remedy: `"` + reports + `"`},
		{name: "version last", code: dmarc.CodeNearMiss, zone: atDMARC + " TXT 'p=reject; rua=mailto:d@example.org; v=DMARC1'", near: atDMARC + " TXT 'p=MIIB'", subject: atDMARC, remedy: `"` + reports + `"`},
		{name: "other version", code: dmarc.CodeNearMiss, zone: atDMARC + " TXT 'DMARC2; p=reject; rua=mailto:d@example.org'", near: atDMARC + " TXT 'v=spf1 -all'", subject: atDMARC},
		{name: "quoted twice", code: dmarc.CodeNearMiss, zone: atDMARC + ` TXT '"v=DMARC1; p=reject; rua=mailto:d@example.org"'`, near: good, subject: atDMARC, remedy: `"` + reports + `"`},
		{name: "near miss beside a record", code: dmarc.CodeNearMiss, zone: good + "v=dmarc1; p=none", near: good, subject: atDMARC, severity: mailworthy.Warning},
		{name: "other text", code: dmarc.CodeForeignText, zone: good + "_dmarc.example.org TXT 'verification=1'", near: "example.org TXT 'verification=1'\n" + good, subject: atDMARC},
		{name: "at the apex", code: dmarc.CodeWrongName, zone: "example.org TXT '" + reports + "'", near: "example.org TXT 'v=spf1 -all'", subject: "example.org", remedy: `_dmarc.example.org: "` + reports + `"`},
		{name: "at the apex, beside a good one", code: dmarc.CodeWrongName, zone: good + "example.org TXT '" + reports + "'", near: good, subject: "example.org", severity: mailworthy.Info},
		{name: "at www", code: dmarc.CodeWrongName, zone: "_dmarc.www.example.org TXT '" + reports + "'", near: good + "_dmarc.www.example.org TXT '" + reports + "'", subject: "_dmarc.www.example.org"},
		{name: "prefix twice", code: dmarc.CodeWrongName, zone: "_dmarc._dmarc.example.org TXT '" + reports + "'", near: "", subject: "_dmarc._dmarc.example.org"},
		{name: "no underscore", code: dmarc.CodeWrongName, zone: "dmarc.example.org TXT '" + reports + "'", near: "dmarc.example.org TXT 'x'", subject: "dmarc.example.org"},
		{name: "domain twice", code: dmarc.CodeWrongName, zone: "_dmarc.example.org.example.org TXT '" + reports + "'", near: "", subject: "_dmarc.example.org.example.org"},
		{name: "wildcard", code: dmarc.CodeWildcard, zone: good + "*.example.org TXT '" + reports + "'", near: good + "*.example.org TXT 'v=spf1 -all'", subject: "*.example.org"},
		{name: "wildcard below _dmarc", code: dmarc.CodeWildcard, zone: "*.example.org TXT '" + reports + "'", near: "*._dmarc.example.org TXT '" + reports + "'", subject: "*.example.org"},
		{name: "alias", code: dmarc.CodeAlias, zone: "_dmarc.example.org CNAME d.vendor.test\nd.vendor.test TXT '" + reports + "'", near: good, subject: atDMARC},
		{name: "dangling alias", code: dmarc.CodeDanglingAlias, zone: "_dmarc.example.org CNAME d.vendor.test", near: "_dmarc.example.org CNAME d.vendor.test\nd.vendor.test TXT '" + reports + "'", subject: atDMARC},
		{name: "no reports", code: dmarc.CodeNoReports, zone: "v=DMARC1; p=none", near: good, subject: atDMARC, remedy: `"v=DMARC1; p=none; rua=mailto:dmarc-reports@example.org"`},
		{name: "monitoring", code: dmarc.CodeMonitoring, zone: "v=DMARC1; p=none; rua=mailto:d@example.org", near: "v=DMARC1; p=quarantine; rua=mailto:d@example.org", subject: atDMARC, remedy: `"v=DMARC1; p=quarantine; t=y; rua=mailto:d@example.org"`},
		{name: "monitoring a subdomain", code: dmarc.CodeMonitoring, domain: "a.example.org", zone: "v=DMARC1; p=reject; sp=none; np=none; rua=mailto:d@example.org", near: good, subject: atDMARC, remedy: `publish at _dmarc.a.example.org: "v=DMARC1; p=quarantine; t=y; rua=mailto:d@example.org"`},
		{name: "monitoring, but not below", code: dmarc.CodeMonitoring, zone: "v=DMARC1; p=none; sp=reject; rua=mailto:d@example.org", near: good, subject: atDMARC, remedy: `"v=DMARC1; p=quarantine; sp=reject; rua=mailto:d@example.org"`},
		{name: "testing below", code: dmarc.CodeTesting, zone: "v=DMARC1; p=none; sp=reject; t=y; rua=mailto:d@example.org", near: "v=DMARC1; p=none; sp=reject; rua=mailto:d@example.org", subject: atDMARC},
		{name: "several and one at the apex", code: dmarc.CodeWrongName, zone: good + "v=DMARC1; p=none\nexample.org TXT '" + reports + "'", near: good + "v=DMARC1; p=none", subject: "example.org", severity: mailworthy.Info},
		{name: "testing", code: dmarc.CodeTesting, zone: "v=DMARC1; p=reject; t=y; rua=mailto:d@example.org", near: "v=DMARC1; p=none; t=y; rua=mailto:d@example.org", subject: atDMARC, remedy: `"` + reports + `"`},
		{name: "sp weaker", code: dmarc.CodeWeakSubdomains, zone: "v=DMARC1; p=reject; sp=none; rua=mailto:d@example.org", near: "v=DMARC1; p=none; sp=reject; rua=mailto:d@example.org", subject: atDMARC, remedy: `"` + reports + `"`},
		{name: "np weaker", code: dmarc.CodeWeakSubdomains, zone: "v=DMARC1; p=reject; np=none; rua=mailto:d@example.org", near: "v=DMARC1; p=quarantine; np=reject; rua=mailto:d@example.org", subject: atDMARC, remedy: `"` + reports + `"`},
		{name: "np weaker than sp", code: dmarc.CodeWeakSubdomains, zone: "v=DMARC1; p=none; sp=quarantine; np=none; rua=mailto:d@example.org", near: "v=DMARC1; p=none; sp=none; np=none; rua=mailto:d@example.org", subject: atDMARC},
		{name: "np and a wildcard", code: dmarc.CodeUnusedNonexistent, zone: "v=DMARC1; p=quarantine; np=reject; rua=mailto:d@example.org\n*.example.org A 192.0.2.1", near: "v=DMARC1; p=quarantine; np=reject; rua=mailto:d@example.org\nwww.example.org A 192.0.2.1", subject: atDMARC},
		{
			name: "sp is not inherited", code: dmarc.CodeNotInherited, domain: "a.example.org", zone: good + "_dmarc.a.example.org TXT 'v=DMARC1; p=none; sp=reject; rua=mailto:d@example.org'",
			near: good + "_dmarc.a.example.org TXT 'v=DMARC1; p=none; sp=reject; psd=n; rua=mailto:d@example.org'", subject: "_dmarc.a.example.org",
		},
		{
			name: "subdomain is weaker", code: dmarc.CodeSubdomainWeaker, subdomains: []string{"a.example.org"}, zone: good + "_dmarc.a.example.org TXT 'v=DMARC1; p=none; rua=mailto:d@example.org'",
			near: good + "_dmarc.a.example.org TXT '" + reports + "'", subject: "_dmarc.a.example.org", remedy: `"` + reports + `"`,
		},
		{name: "no public suffix", code: dmarc.CodePublicSuffix, zone: "v=DMARC1; p=reject; psd=y; rua=mailto:d@example.org", near: "v=DMARC1; p=reject; psd=n; rua=mailto:d@example.org", subject: atDMARC, remedy: `"` + reports + `"`},
		{name: "a public suffix", code: dmarc.CodeSuffixFailure, domain: "org", zone: "_dmarc.org TXT 'v=DMARC1; p=reject; psd=y; rua=mailto:d@org; ruf=mailto:d@org'", near: "_dmarc.org TXT 'v=DMARC1; p=reject; psd=y; rua=mailto:d@org'", subject: "_dmarc.org"},
		{name: "other than the list", code: dmarc.CodeListDiffers, domain: "a.example.org", zone: "_dmarc.a.example.org TXT '" + reports + "'", near: good, subject: "a.example.org"},
		{name: "several records, of which RFC 7489 stops", code: dmarc.CodeListDiffers, domain: "a.example.org", zone: good + "_dmarc.a.example.org TXT 'v=DMARC1; p=none'\n_dmarc.a.example.org TXT 'v=DMARC1; p=none; t=n'", near: good + "_dmarc.a.example.org TXT 'v=DMARC1; p=none'", subject: "a.example.org"},
		{name: "np, which RFC 7489 does not know", code: dmarc.CodeListDiffers, domain: "a.example.org", zone: "v=DMARC1; p=none; np=reject; rua=mailto:d@example.org", near: "v=DMARC1; p=none; np=reject; rua=mailto:d@example.org\na.example.org A 192.0.2.1", subject: "a.example.org"},
		{name: "services, strictly", code: dmarc.CodeStrictServices, services: []string{"Mailer"}, zone: "v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:d@example.org", near: good, subject: atDMARC, remedy: `"` + reports + `"`},
		{name: "services of the SPF record", code: dmarc.CodeStrictServices, zone: "example.org TXT 'v=spf1 include:_spf.mailer.test -all'\nv=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:d@example.org", near: "example.org TXT 'v=spf1 include:_spf.example.org -all'\nv=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:d@example.org", subject: atDMARC},
		{name: "services and aspf", code: dmarc.CodeStrictServices, services: []string{"Mailer"}, zone: "v=DMARC1; p=reject; aspf=s; rua=mailto:d@example.org", near: good, subject: atDMARC, severity: mailworthy.Info},
		{name: "services and adkim", code: dmarc.CodeStrictServices, services: []string{"Mailer"}, zone: "v=DMARC1; p=reject; adkim=s; rua=mailto:d@example.org", near: good, subject: atDMARC, severity: mailworthy.Info},
		{name: "no mailto", code: dmarc.CodeReportScheme, zone: "v=DMARC1; p=reject; rua=https://example.org/dmarc", near: good, subject: "https://example.org/dmarc"},
		{name: "twice", code: dmarc.CodeReportDuplicate, zone: "v=DMARC1; p=reject; rua=mailto:d@example.org,mailto:d@example.org", near: "v=DMARC1; p=reject; rua=mailto:d@example.org; ruf=mailto:d@example.org", subject: atDMARC, remedy: `"` + reports + `"`},
		{name: "null MX", code: dmarc.CodeReportUnreachable, zone: "v=DMARC1; p=reject; rua=mailto:d@in.example.org\nin.example.org MX 0 .", near: "v=DMARC1; p=reject; rua=mailto:d@in.example.org\nin.example.org MX 0 mx.example.org", subject: "in.example.org"},
		{name: "no such host", code: dmarc.CodeReportUnreachable, zone: "v=DMARC1; p=reject; rua=mailto:d@in.example.org", near: "v=DMARC1; p=reject; rua=mailto:d@in.example.org\nin.example.org AAAA 2001:db8::1", subject: "in.example.org"},
		{
			name: "not authorized", code: dmarc.CodeReportNotAuthorized, zone: "v=DMARC1; p=reject; rua=mailto:d@r.test\nr.test MX 1 mx.r.test",
			near: "v=DMARC1; p=reject; rua=mailto:d@r.test\nr.test MX 1 mx.r.test\nexample.org._report._dmarc.r.test TXT 'v=DMARC1;'", subject: "r.test",
			remedy: `the TXT record "v=DMARC1" at example.org._report._dmarc.r.test or, to take reports about all domains, at *._report._dmarc.r.test.`,
		},
		{
			name: "not authorized by a near miss", code: dmarc.CodeReportNotAuthorized, zone: "v=DMARC1; p=reject; rua=mailto:d@r.test\nr.test MX 1 mx.r.test\nexample.org._report._dmarc.r.test TXT 'v=dmarc1'",
			near: "v=DMARC1; p=reject; rua=mailto:d@r.test\nr.test MX 1 mx.r.test\n*._report._dmarc.r.test TXT 'v=DMARC1'", subject: "r.test",
		},
		{
			name: "failure reports not authorized", code: dmarc.CodeReportNotAuthorized, zone: reports + "; ruf=mailto:d@r.test\nr.test MX 1 mx.r.test",
			near: reports + "; ruf=mailto:d@example.org", subject: "r.test",
		},
		{
			name: "another organisation below", code: dmarc.CodeReportNotAuthorized, zone: "v=DMARC1; p=reject; rua=mailto:d@r.example.org\nr.example.org MX 1 mx.r.test\n_dmarc.r.example.org TXT 'v=DMARC1; p=none; psd=n'",
			near: "v=DMARC1; p=reject; rua=mailto:d@r.example.org\nr.example.org MX 1 mx.r.test\n_dmarc.r.example.org TXT 'v=DMARC1; p=none'", subject: "r.example.org",
		},
		{
			name: "override elsewhere", code: dmarc.CodeReportOverride, zone: "v=DMARC1; p=reject; rua=mailto:d@r.test\nr.test MX 1 mx.r.test\nexample.org._report._dmarc.r.test TXT 'v=DMARC1; rua=mailto:d@s.test'",
			near: "v=DMARC1; p=reject; rua=mailto:d@r.test\nr.test MX 1 mx.r.test\nexample.org._report._dmarc.r.test TXT 'v=DMARC1; ruf=mailto:d@s.test; rua=mailto:e@r.test'", subject: "r.test",
		},
		{
			name: "override", code: dmarc.CodeReportRedirected, zone: "v=DMARC1; p=reject; rua=mailto:d@r.test\nr.test MX 1 mx.r.test\nexample.org._report._dmarc.r.test TXT 'v=DMARC1; rua=mailto:e@r.test'",
			near: "v=DMARC1; p=reject; rua=mailto:d@r.test\nr.test MX 1 mx.r.test\nexample.org._report._dmarc.r.test TXT 'v=DMARC1'", subject: "r.test",
		},
		{name: "name too long", code: dmarc.CodeReportNameTooLong, zone: "v=DMARC1; p=reject; rua=mailto:d@" + longName, near: "v=DMARC1; p=reject; rua=mailto:d@" + longName[20:], subject: longName},
		{name: "too many hosts", code: dmarc.CodeNotExamined, zone: "v=DMARC1; p=reject; rua=" + manyURIs(11), near: "v=DMARC1; p=reject; rua=" + manyURIs(10), subject: atDMARC},
		{name: "subdomains of others", code: dmarc.CodeNotExamined, subdomains: []string{"a.example.net", "example.org", "a..b"}, zone: good, near: good, subject: "example.org"},
		{name: "short life", code: dmarc.CodeTTL, zone: "_dmarc.example.org 60 TXT '" + reports + "'", near: good, subject: atDMARC},
		{name: "long life", code: dmarc.CodeTTL, zone: "_dmarc.example.org 604800 TXT '" + reports + "'", near: "_dmarc.example.org 86400 TXT '" + reports + "'", subject: atDMARC},
		{name: "logo", code: dmarc.CodeBIMI, zone: good, near: "v=DMARC1; p=reject; sp=none; rua=mailto:d@example.org", subject: atDMARC},
		{name: "unknown", code: dmarc.CodeDNSFailure, zone: "_dmarc.example.org TXT !servfail", near: good, subject: "example.org"},
		{name: "partly unknown", code: dmarc.CodeDNSFailure, zone: good + "_dmarc.org TXT !timeout", near: good, subject: "example.org", severity: mailworthy.Warning},

		{name: "of the text", code: dmarc.CodeRemovedTag, zone: reports + "; pct=50", near: good, subject: atDMARC, remedy: `"` + reports + `" or while testing "v=DMARC1; p=reject; t=y; rua=mailto:d@example.org"`},
		{name: "of the text, repaired", code: dmarc.CodeUnknownTag, zone: reports + "; policy=x", near: good, subject: atDMARC, remedy: `The whole record: "` + reports + `"`},
		{name: "a policy that was meant", code: dmarc.CodeBadPolicy, zone: "v=DMARC1; p=Rejct; rua=mailto:d@example.org", near: good, subject: atDMARC, remedy: `If reject was meant, the record is: "` + reports + `"`},
	}
}

var longName = strings.Repeat(strings.Repeat("a", 55)+".", 4) + "aaaaaaaa.test"

func manyURIs(n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = "mailto:d@" + string(rune('a'+i%26)) + string(rune('a'+i/26)) + ".test"
	}
	return strings.Join(out, ",")
}

func (c domainCase) request() dmarc.DomainRequest {
	req := dmarc.DomainRequest{Domain: c.domain, Subdomains: c.subdomains, Services: c.services}
	if req.Domain == "" {
		req.Domain = "example.org"
	}
	return req
}

func reportIn(t *testing.T, zone string, req dmarc.DomainRequest) dmarc.Report {
	t.Helper()
	z, err := resolver.ParseZone(zoneOf(zone))
	require.NoError(t, err)
	rep, missing := dmarc.EvaluateDomain(req, z)
	require.Empty(t, missing)
	return rep
}

func findings(rep dmarc.Report, code mailworthy.Code) (out mailworthy.Findings) {
	for _, f := range rep.Findings {
		if f.Code == code {
			out = append(out, f)
		}
	}
	return out
}

func TestDomainFindings(t *testing.T) {
	for _, tt := range domainCases() {
		t.Run(tt.name, func(t *testing.T) {
			got := findings(reportIn(t, tt.zone, tt.request()), tt.code)
			require.NotEmpty(t, got, "%s is missing", tt.code)
			f := got[0]
			require.Equal(t, tt.subject, f.Subject)
			require.NotEmpty(t, f.Message)
			require.NotEmpty(t, f.Remedy)
			require.NotEmpty(t, f.Ref)
			require.NotEmpty(t, f.Evidence)
			require.NotZero(t, f.Severity)
			if tt.severity != mailworthy.None {
				require.Equal(t, tt.severity, f.Severity)
			}
			require.Contains(t, f.Remedy, tt.remedy)

			near := tt.request()
			if tt.code == dmarc.CodeBadDomain {
				near.Domain = "org" // A single label can have a record.
			}
			if tt.name == "subdomains of others" {
				near.Subdomains = []string{"a.example.org"}
			}
			require.Empty(t, findings(reportIn(t, tt.near, near), tt.code))
		})
	}
}

// TestNoDomainFinding has zones in which something looks like a fault, and is none.
func TestNoDomainFinding(t *testing.T) {
	for _, tt := range []struct {
		name, zone string
		code       mailworthy.Code
	}{
		{"misplaced by a wildcard", "_dmarc.example.org TXT 'x'\n*.example.org TXT '" + reports + "'", dmarc.CodeWrongName},
		{"np, and a wildcard with records of its own", "v=DMARC1; p=none; np=reject; rua=mailto:d@example.org\n*.example.org TXT '" + reports + "'", dmarc.CodeUnusedNonexistent},
		{"a logo in a test", "v=DMARC1; p=reject; t=y; rua=mailto:d@example.org", dmarc.CodeBIMI},
		{"a logo for some mail", "v=DMARC1; p=reject; pct=99; rua=mailto:d@example.org", dmarc.CodeBIMI},
		{"subdomain as strict as the domain", reports + "\n_dmarc.a.example.org TXT 'v=DMARC1; p=reject; sp=none'", dmarc.CodeSubdomainWeaker},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rep := reportIn(t, tt.zone, dmarc.DomainRequest{Domain: "example.org", Subdomains: []string{"a.example.org"}})
			require.Empty(t, findings(rep, tt.code))
		})
	}
}

func TestDestinations(t *testing.T) {
	const mx = "r.test MX 1 mx.r.test\n"
	for _, tt := range []struct {
		name, domain, zone string
		want               []dmarc.Destination
		found              int // findings that reports are not authorized
	}{
		{
			name: "own", zone: reports,
			want: []dmarc.Destination{{Kind: "rua", URI: "mailto:d@example.org", Host: "example.org", Delivery: "deliverable"}},
		},
		{
			name: "two at one host of others", zone: "v=DMARC1; p=reject; rua=mailto:d@r.test,mailto:e@r.test\n" + mx, found: 1,
			want: []dmarc.Destination{
				{Kind: "rua", URI: "mailto:d@r.test", Host: "r.test", External: true, Authorization: "example.org._report._dmarc.r.test", Delivery: "not-authorized"},
				{Kind: "rua", URI: "mailto:e@r.test", Host: "r.test", External: true, Authorization: "example.org._report._dmarc.r.test", Delivery: "not-authorized"},
			},
		},
		{
			name: "the record of a domain above", domain: "a.example.org", zone: "v=DMARC1; p=reject; rua=mailto:d@r.test\nexample.org._report._dmarc.r.test TXT 'v=DMARC1'\n" + mx,
			want: []dmarc.Destination{{Kind: "rua", URI: "mailto:d@r.test", Host: "r.test", External: true, Authorization: "example.org._report._dmarc.r.test", Delivery: "deliverable"}},
		},
		{
			name: "failure reports sent elsewhere", zone: "v=DMARC1; p=reject; ruf=mailto:d@r.test\nexample.org._report._dmarc.r.test TXT 'v=DMARC1; rua=mailto:x@s.test; ruf=mailto:f@r.test'\n" + mx,
			want: []dmarc.Destination{{Kind: "ruf", URI: "mailto:d@r.test", Host: "r.test", External: true, Authorization: "example.org._report._dmarc.r.test", Instead: []string{"mailto:f@r.test"}, Delivery: "deliverable"}},
		},
		{
			name: "failure reports of a public suffix", domain: "test", zone: "_dmarc.test TXT 'v=DMARC1; p=reject; psd=y; ruf=mailto:d@r.test'",
			want: []dmarc.Destination{{Kind: "ruf", URI: "mailto:d@r.test", Host: "r.test", Delivery: "ignored"}},
		},
		{
			name: "below a public suffix, of whom all are others", domain: "test", zone: "_dmarc.test TXT 'v=DMARC1; p=reject; psd=y; rua=mailto:d@r.test'\n" + mx, found: 1,
			want: []dmarc.Destination{{Kind: "rua", URI: "mailto:d@r.test", Host: "r.test", External: true, Authorization: "test._report._dmarc.r.test", Delivery: "not-authorized"}},
		},
		{
			name: "it is not known whose the host is", zone: "v=DMARC1; p=reject; rua=mailto:d@r.test\n_dmarc.org TXT !servfail\n" + mx,
			want: []dmarc.Destination{{Kind: "rua", URI: "mailto:d@r.test", Host: "r.test", Authorization: "example.org._report._dmarc.r.test", Delivery: "unknown"}},
		},
		{
			name: "addresses are not known", zone: "v=DMARC1; p=reject; rua=mailto:d@in.example.org\nin.example.org TXT x\nin.example.org A !servfail",
			want: []dmarc.Destination{{Kind: "rua", URI: "mailto:d@in.example.org", Host: "in.example.org", Delivery: "unknown"}},
		},
		{
			name: "no mail", zone: "v=DMARC1; p=reject; rua=https://example.org/",
			want: []dmarc.Destination{{Kind: "rua", URI: "https://example.org/", Delivery: "ignored"}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rep := reportIn(t, tt.zone, domainCase{domain: tt.domain}.request())
			require.Equal(t, tt.want, rep.Destinations)
			require.Len(t, findings(rep, dmarc.CodeReportNotAuthorized), tt.found)
		})
	}
}

// recordInText finds the records that a remedy quotes.
var recordInText = regexp.MustCompile(`"(v=DMARC1;[^"]*)"`)

// TestRemediesAreRecords parses every record that a remedy of ours proposes.
func TestRemediesAreRecords(t *testing.T) {
	n := 0
	for _, tt := range domainCases() {
		for _, f := range reportIn(t, tt.zone, tt.request()).Findings {
			for _, m := range recordInText.FindAllStringSubmatch(f.Remedy, -1) {
				rec, err := dmarc.Parse(m[1])
				require.NoError(t, err, "%s: %s", tt.name, f.Remedy)
				require.Empty(t, rec.Findings, "%s: %s", tt.name, f.Remedy)
				n++
			}
		}
	}
	require.Greater(t, n, 50)
}

// TestNothingWrong has a domain in good order.
func TestNothingWrong(t *testing.T) {
	rep := reportIn(t, reports+"\nexample.org TXT 'v=spf1 mx -all'", dmarc.DomainRequest{Domain: "Example.ORG."})
	require.Less(t, rep.Findings.Worst(), mailworthy.Warning, "%+v", rep.Findings)
	require.Equal(t, "example.org", rep.Domain)
	require.Empty(t, rep.Status)
}

// TestRemediesDoNoHarm: the record that a remedy proposes neither weakens what applies,
// nor says more than the administrator of that domain can say.
func TestRemediesDoNoHarm(t *testing.T) {
	for _, tt := range []struct {
		name, domain, zone string
		code               mailworthy.Code
		want               string
	}{
		{
			name: "below a public suffix, which it does not become", code: dmarc.CodeMonitoring, domain: "x.gov.uk",
			zone: "_dmarc.gov.uk TXT 'v=DMARC1; p=none; psd=y; rua=mailto:d@gov.uk'",
			want: `_dmarc.x.gov.uk: "v=DMARC1; p=quarantine; t=y; rua=mailto:dmarc-reports@x.gov.uk"`,
		},
		{
			name: "below an organisation, from which it does not part", code: dmarc.CodeMonitoring, domain: "a.example.org",
			zone: "v=DMARC1; p=none; psd=n; np=reject; adkim=s; rua=mailto:d@example.org\na.example.org A 192.0.2.1",
			want: `_dmarc.a.example.org: "v=DMARC1; p=quarantine; t=y; adkim=s; rua=mailto:d@example.org"`,
		},
		{
			name: "several, with the mildest alignment and all options", code: dmarc.CodeMultipleRecords,
			zone: "v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:d@example.org\nv=DMARC1; p=none; ruf=mailto:f@example.org; fo=1",
			want: `"v=DMARC1; p=none; rua=mailto:d@example.org; ruf=mailto:f@example.org; fo=1"`,
		},
		{
			name: "several below a policy that holds meanwhile", code: dmarc.CodeMultipleRecords, domain: "a.example.org",
			zone: "v=DMARC1; p=reject; sp=quarantine; rua=mailto:d@example.org\n_dmarc.a.example.org TXT 'v=DMARC1; p=none'\n_dmarc.a.example.org TXT 'v=DMARC1; p=quarantine; t=y; rua=mailto:e@example.org'",
			want: `but none weaker than what that asks for, and all addresses it is: "v=DMARC1; p=quarantine; rua=mailto:e@example.org"`,
		},
		{
			name: "several, and nobody knows what is above", code: dmarc.CodeMultipleRecords, domain: "a.example.org",
			zone: "_dmarc.example.org TXT !servfail\n_dmarc.a.example.org TXT 'v=DMARC1; p=none'\n_dmarc.a.example.org TXT 'v=DMARC1; p=reject'",
			want: "Delete all but one.",
		},
		{
			name: "the way up begins with reports", code: dmarc.CodeMonitoring, zone: "v=DMARC1; p=none",
			want: `"v=DMARC1; p=quarantine; t=y; rua=mailto:dmarc-reports@example.org"`,
		},
		{
			name: "an address without mailto: is not lost in silence", code: dmarc.CodeBadURI, zone: "v=DMARC1; p=reject; rua=d@example.org,mailto:e@example.org",
			want: `Write it as mailto:d@example.org. The whole record without it: "v=DMARC1; p=reject; rua=mailto:e@example.org"`,
		},
		{
			name: "np as weak as sp goes along", code: dmarc.CodeWeakSubdomains,
			zone: "v=DMARC1; p=reject; sp=none; np=none; rua=mailto:d@example.org", want: `"v=DMARC1; p=reject; rua=mailto:d@example.org"`,
		},
		{
			name: "np stronger than sp stays", code: dmarc.CodeWeakSubdomains,
			zone: "v=DMARC1; p=reject; sp=none; np=quarantine; rua=mailto:d@example.org", want: `"v=DMARC1; p=reject; np=quarantine; rua=mailto:d@example.org"`,
		},
		{
			name: "no record at all, of a subdomain", code: dmarc.CodeNoRecord, domain: "mail.example.org", zone: "mail.example.org A 192.0.2.1",
			want: `_dmarc.example.org, with an address that takes reports: "v=DMARC1; p=none; rua=mailto:dmarc-reports@example.org"`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := findings(reportIn(t, tt.zone, domainCase{domain: tt.domain}.request()), tt.code)
			require.Len(t, got, 1)
			require.Contains(t, got[0].Remedy, tt.want)
		})
	}
}

// TestOnlyPercentIsForTesting: what pct= was used for is said of no other tag.
func TestOnlyPercentIsForTesting(t *testing.T) {
	got := findings(reportIn(t, "v=DMARC1; p=reject; rua=mailto:d@example.org; ri=3600; pct=50; rf=afrf", dmarc.DomainRequest{Domain: "example.org"}), dmarc.CodeRemovedTag)
	require.Len(t, got, 3)
	for i, testing := range []bool{false, true, false} {
		require.Equal(t, testing, strings.Contains(got[i].Remedy, "while testing"), got[i].Remedy)
	}
}
