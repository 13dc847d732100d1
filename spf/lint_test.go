package spf_test

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// lintCase is a mistake, and all findings that it leads to.
type lintCase struct {
	name   string
	domain string // example.org
	zone   string
	record string // an SPF record of example.org, instead of or beside a zone

	want    string // the codes without "spf.", worst first
	subject string // of the first: the domain
	span    string // the text under the first's span
	mended  string // the last record in the first's remedy
}

func (c lintCase) text() string {
	text := c.zone
	if c.record != "" {
		text = "$TTL 3600\nexample.org TXT " + quote(c.record) + "\n" + text
	}
	return text
}

func (c lintCase) report(t testing.TB) (spf.Report, *resolver.Zone) {
	t.Helper()
	zone, err := resolver.ParseZone(c.text())
	require.NoError(t, err)
	if c.domain == "" {
		c.domain = "example.org"
	}
	rep, missing := spf.EvaluateDomain(spf.DomainRequest{Domain: c.domain}, zone)
	require.Empty(t, missing)
	return rep, zone
}

// patched is a View with another record at one name.
type patched struct {
	resolver.View
	domain, record string
}

func (v patched) Get(q resolver.Question) (resolver.Answer, bool) {
	if q == resolver.Q(v.domain, resolver.TypeTXT) {
		return resolver.Answer{Status: resolver.Success, TTL: 3600, TXT: []resolver.Text{{v.record}}}, true
	}
	return v.View.Get(q)
}

var recordInText = regexp.MustCompile(`"(v=spf1 [^"]+)"`)

// noEvidence are codes of which there is nothing to be shown.
var noEvidence = map[mailworthy.Code]bool{spf.CodeBadDomain: true, spf.CodeTooLarge: true}

func TestLints(t *testing.T) {
	for _, c := range lintCases() {
		t.Run(c.name, func(t *testing.T) {
			rep, zone := c.report(t)
			var got []string
			for _, f := range rep.Findings {
				got = append(got, strings.TrimPrefix(string(f.Code), "spf."))
				require.Equal(t, severityOf(t, c, got[len(got)-1]), f.Severity, "%+v", f)
				require.NotEmpty(t, f.Subject, "%+v", f)
				require.NotEmpty(t, f.Message, "%+v", f)
				require.NotEmpty(t, f.Remedy, "%+v", f)
				require.Contains(t, f.Ref, "RFC ", "%+v", f)
				require.Equal(t, noEvidence[f.Code], len(f.Evidence) == 0, "%+v", f)
				for _, m := range recordInText.FindAllStringSubmatch(f.Remedy, -1) {
					_, err := spf.Parse(m[1])
					require.NoError(t, err, "%+v", f)
				}
			}
			require.Equal(t, c.want, strings.Join(got, " "), "%+v", rep.Findings)
			if c.want == "" || c.want == "long-record" {
				return
			}
			f := rep.Findings[0]
			if c.subject == "" {
				c.subject = rep.Domain
			}
			require.Equal(t, c.subject, f.Subject)
			txt, _ := zone.Get(resolver.Q(f.Subject, resolver.TypeTXT))
			span := ""
			for _, text := range txt.TXT {
				if s := text.String(); strings.HasPrefix(s, "v=spf1") && f.Span.Offset+f.Span.Length <= len(s) && span != c.span {
					span = s[f.Span.Offset : f.Span.Offset+f.Span.Length]
				}
			}
			require.Equal(t, c.span, span)
			all := recordInText.FindAllStringSubmatch(f.Remedy, -1)
			if c.mended == "" {
				require.Empty(t, all, f.Remedy)
				return
			}
			require.NotEmpty(t, all, f.Remedy)
			require.Equal(t, c.mended, all[len(all)-1][1])
			again, _ := spf.EvaluateDomain(spf.DomainRequest{Domain: rep.Domain}, patched{zone, f.Subject, c.mended})
			require.False(t, again.Findings.Has(f.Code), "%+v", again.Findings)
		})
	}
}

// TestCodesAreComplete requires a case for each code.
func TestCodesAreComplete(t *testing.T) {
	// What an address makes of a policy is no finding about the domain.
	produced := map[string]bool{"spf.fail": true, "spf.softfail": true, "spf.neutral": true}
	for _, c := range lintCases() {
		for code := range strings.FieldsSeq(c.want) {
			produced["spf."+code] = true
		}
	}
	for qualifier, code := range map[string]mailworthy.Code{"-": spf.CodeFail, "~": spf.CodeSoftFail, "?": spf.CodeNeutral} {
		res, _ := spf.Evaluate(edge{}.request(), resolver.MustZone("example.org TXT 'v=spf1 "+qualifier+"all'"))
		require.True(t, res.Findings.Has(code))
	}
	p, _ := spf.EvaluatePlan("example.org", spf.Wishes{Vendors: []string{"Nobody Inc"}, Flatten: spf.FlattenAll},
		resolver.MustZone("example.org TXT 'v=spf1 a -all'\nexample.org A 192.0.2.1"))
	for _, code := range []mailworthy.Code{spf.CodePlan, spf.CodeFlattened} {
		require.True(t, p.Findings.Has(code))
		produced[string(code)] = true
	}
	for _, code := range declaredCodes(t) {
		require.True(t, produced[code], "no case produces %s", code)
		delete(produced, code)
	}
	require.Empty(t, produced, "no such codes")
}

func declaredCodes(t *testing.T) (codes []string) {
	t.Helper()
	file, err := parser.ParseFile(gotoken.NewFileSet(), "codes.go", nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != gotoken.CONST {
			continue
		}
		for _, spec := range group.Specs {
			lit, ok := spec.(*ast.ValueSpec).Values[0].(*ast.BasicLit)
			require.True(t, ok)
			code, err := strconv.Unquote(lit.Value)
			require.NoError(t, err)
			codes = append(codes, code)
		}
	}
	require.Greater(t, len(codes), 40)
	return codes
}

// severities pins what callers see of each code, unless a case says otherwise.
var severities = map[mailworthy.Severity]string{
	mailworthy.Error: "multiple-records syntax stray-blank missing-blank unknown-mechanism non-ascii too-many-lookups too-many-voids " +
		"too-many-mx include-no-record redirect-no-record fail near-miss embedded-version wrong-name loop too-large " +
		"equals-for-colon plus-all glued-strings",
	mailworthy.Warning: "bad-domain no-record dns-failure softfail neutral not-inherited neutral-all no-all after-all redirect-with-all " +
		"ptr void-term null-mx wide-network reserved-network plan flattened",
	mailworthy.Info: "type-99 sender-id unknown-modifier exp duplicate covered long-record large-answer ttl macro",
}

func severityOf(t testing.TB, c lintCase, code string) mailworthy.Severity {
	t.Helper()
	switch {
	case c.name == "type-99-alone" && code == "type-99":
		return mailworthy.Error // It is why there is no policy.
	case (c.name == "larger" || c.name == "too-large") && code == "large-answer":
		return mailworthy.Warning // It takes TCP.
	}
	for severity, codes := range severities {
		if slices.Contains(strings.Fields(codes), code) {
			return severity
		}
	}
	t.Fatalf("no severity for %s", code)
	return mailworthy.None
}

// TestMendedRecordsAuthorise requires that a mended record lets pass whom the broken
// one was meant to.
func TestMendedRecordsAuthorise(t *testing.T) {
	zone := resolver.MustZone("i.test TXT 'v=spf1 ip4:44.1.2.3 -all'\nh.test A 44.1.2.3")
	for _, record := range []string{
		"v=spf1 include: i.test -all", "v=spf1 include= i.test -all", "v=spf1 redirect= i.test", "v=spf1 include :i.test -all",
		"v=spf1 ip:44.1.2.3 -all", "v=spf1 ip: 44.1.2.3 -all", "v=spf1 ip4:44.1.2.3-all", "v=spf1 ip4:44.1.2.0 /24 - all",
		"v=spf1 \u201cip4:44.1.2.3\u201d \u2013all", "v=spf1 ip4:44.1.2.3,-all", "v=spf1\u00a0a:h.test -all", "v=spf1 a:h.test\u00a0-all",
		" v=spf1 a:h.test -all", "spf1 a:h.test -all", "v=spf1 mx:x.testa:h.test -all", "check=1 v=spf1 a:h.test -all",
	} {
		t.Run(record, func(t *testing.T) {
			view := patched{zone, "example.org", record}
			rep, _ := spf.EvaluateDomain(spf.DomainRequest{Domain: "example.org"}, view)
			require.NotEmpty(t, rep.Findings)
			found := recordInText.FindAllStringSubmatch(rep.Findings[0].Remedy, -1)
			require.NotEmpty(t, found, "%+v", rep.Findings)
			view.record = found[len(found)-1][1]
			for ip, want := range map[string]spf.Status{"44.1.2.3": spf.Pass, "44.9.9.9": spf.Fail} {
				res, _ := spf.Evaluate(spf.Request{IP: netip.MustParseAddr(ip), MailFrom: "a@example.org"}, view)
				require.Equal(t, want, res.Status, view.record)
			}
		})
	}
}

// TestLongRecordIsSplit publishes the remedy for a record that needs several strings.
func TestLongRecordIsSplit(t *testing.T) {
	record := "v=spf1" + series(30, " ip4:44.1.2.%d") + " -all"
	rep, _ := spf.EvaluateDomain(spf.DomainRequest{Domain: "example.org"}, patched{resolver.MustZone(""), "example.org", record})
	require.True(t, rep.Findings.Has(spf.CodeLongRecord))
	_, data, ok := strings.Cut(rep.Findings[0].Remedy, ": ")
	require.True(t, ok)
	a, _ := resolver.MustZone("example.org TXT " + data).Get(resolver.Q("example.org", resolver.TypeTXT))
	require.Len(t, a.TXT, 1)
	require.Greater(t, len(a.TXT[0]), 1)
	require.Equal(t, record, a.TXT[0].String())
}

// TestLookupsAreAccountedFor requires that a policy with too many lookups says which
// terms they come from.
func TestLookupsAreAccountedFor(t *testing.T) {
	rep, _ := lintCase{
		record: "v=spf1 a:h1.test include:i.test ip4:44.1.2.3 include:j.test -all",
		zone: hosts + "i.test TXT 'v=spf1" + series(5, " a:h%d.test") + " -all'\n" +
			"j.test TXT 'v=spf1 include:k.test -all'\nk.test TXT 'v=spf1" + series(7, " a:h%d.test") + " -all'",
	}.report(t)
	require.Equal(t, 16, rep.Lookups)
	require.Equal(t, spf.CodeTooManyLookups, rep.Findings[0].Code)
	require.Equal(t, []string{
		"1 for a:h1.test, 1 with those before", "6 for include:i.test, 7 with those before", "9 for include:j.test, 16 with those before",
	}, rep.Findings[0].Evidence)
	inner := rep.Tree.Terms[3].Policy.Terms[0]
	require.Equal(t, 8, inner.Lookups)
	require.Equal(t, 16, inner.After)
	require.Equal(t, 10, inner.Policy.Terms[0].After)

	req := spf.DomainRequest{Domain: "example.org", Limits: spf.Limits{Lookups: 16}}
	again, _ := spf.EvaluateDomain(req, patched{resolver.MustZone(""), "example.org", "v=spf1" + series(16, " include:%{i}.i%d.test") + " -all"})
	require.Equal(t, 16, again.Lookups)
	require.False(t, again.Findings.Has(spf.CodeTooManyLookups))
}
