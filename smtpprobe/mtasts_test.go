package smtpprobe_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

const (
	stsURL    = "https://mta-sts.example.org/.well-known/mta-sts.txt"
	stsRecord = `_mta-sts.example.org 300 TXT "v=STSv1; id=1"` + "\n"
)

var fetchTime = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// fetchOf is a fetch that came off well.
func fetchOf(body string) *smtpprobe.PolicyFetch {
	return &smtpprobe.PolicyFetch{
		URL: stsURL, Time: fetchTime, TLS: "TLS 1.3", Verified: true, Names: []string{"mta-sts.example.org"},
		NotAfter: fetchTime.AddDate(0, 2, 0), Status: 200, ContentType: "text/plain", Body: []byte(body),
	}
}

// fetchBut is a good fetch with one thing changed.
func fetchBut(change func(f *smtpprobe.PolicyFetch)) *smtpprobe.PolicyFetch {
	f := fetchOf(goodPolicy)
	change(f)
	return f
}

type stsCase struct {
	zone   string
	req    smtpprobe.STSRequest
	status smtpprobe.PolicyStatus
	codes  []mailworthy.Code
	remedy string // part of the first finding's
}

func stsCases() map[string]stsCase {
	codes := func(c ...mailworthy.Code) []mailworthy.Code { return c }
	hosts := []string{"mx.example.net", "a.mail.example.net"}
	fetched := func(f *smtpprobe.PolicyFetch) smtpprobe.STSRequest {
		return smtpprobe.STSRequest{Fetch: f, Hosts: hosts}
	}
	body := func(text string) smtpprobe.STSRequest { return fetched(fetchOf(text)) }
	failed := func(e smtpprobe.FetchError) smtpprobe.STSRequest {
		return fetched(&smtpprobe.PolicyFetch{URL: stsURL, Time: fetchTime, Error: e, Problem: "why \x1b"})
	}
	status := func(n int) smtpprobe.STSRequest {
		return fetched(fetchBut(func(f *smtpprobe.PolicyFetch) { f.Status, f.Location, f.Body = n, "https://evil.test/", nil }))
	}
	good, _ := smtpprobe.ParseSTSPolicy([]byte(goodPolicy))
	cached := func(id string, policy smtpprobe.STSPolicy, age time.Duration) *smtpprobe.CachedPolicy {
		return &smtpprobe.CachedPolicy{ID: id, Policy: policy, Fetched: fetchTime.Add(-age)}
	}
	with := func(req smtpprobe.STSRequest, prev *smtpprobe.CachedPolicy) smtpprobe.STSRequest {
		req.Previous = prev
		return req
	}
	other := good
	other.MX = []string{"old.example.net"}
	now := smtpprobe.STSRequest{Hosts: hosts, Time: fetchTime}
	return map[string]stsCase{
		"good":           {zone: stsRecord, req: body(goodPolicy), status: smtpprobe.PolicyFound},
		"alias":          {zone: "_mta-sts.example.org CNAME _mta-sts.p.test\n_mta-sts.p.test TXT 'v=STSv1; id=1'", req: body(goodPolicy), status: smtpprobe.PolicyFound},
		"split record":   {zone: `_mta-sts.example.org TXT "v=STSv1; i" "d=1"`, req: body(goodPolicy), status: smtpprobe.PolicyFound},
		"other TXT":      {zone: stsRecord + "_mta-sts.example.org TXT 'hello'", req: body(goodPolicy), status: smtpprobe.PolicyFound},
		"absent":         {zone: "example.org TXT x", status: smtpprobe.PolicyAbsent},
		"wildcard":       {zone: "*.example.org TXT 'v=spf1 -all'", status: smtpprobe.PolicyAbsent},
		"parent has one": {zone: "_mta-sts.org TXT 'v=STSv1; id=1'", req: body(goodPolicy), status: smtpprobe.PolicyAbsent},
		"DNS failed":     {zone: "_mta-sts.example.org TXT !servfail", req: body(goodPolicy), status: smtpprobe.PolicyUnknown, codes: codes(smtpprobe.CodeSTSDNSFailure)},
		"several":        {zone: stsRecord + "_mta-sts.example.org TXT 'v=STSv1; id=2'", req: body(goodPolicy), status: smtpprobe.PolicyBroken, codes: codes(smtpprobe.CodeSTSMultiple)},
		"syntax":         {zone: "_mta-sts.example.org TXT 'v=STSv1; id=2026-01'", req: body(goodPolicy), status: smtpprobe.PolicyBroken, codes: codes(smtpprobe.CodeSTSRecord), remedy: "v=STSv1; id="},
		"near miss":      {zone: "_mta-sts.example.org TXT 'v=stsv1; id=1'", req: body(goodPolicy), status: smtpprobe.PolicyBroken, codes: codes(smtpprobe.CodeSTSRecord), remedy: "v=STSv1; id="},
		"not fetched":    {zone: stsRecord, status: smtpprobe.PolicyUnknown, codes: codes(smtpprobe.CodeSTSNotFetched), remedy: stsURL},
		"fetched of another": {
			zone: stsRecord, status: smtpprobe.PolicyUnknown, codes: codes(smtpprobe.CodeSTSNotFetched),
			req: fetched(fetchBut(func(f *smtpprobe.PolicyFetch) { f.URL = "https://mta-sts.evil.test/.well-known/mta-sts.txt" })),
		},

		"no host":     {zone: stsRecord, req: failed(smtpprobe.FetchNoHost), status: smtpprobe.PolicyBroken, codes: codes(smtpprobe.CodeSTSNoHost)},
		"no name":     {zone: stsRecord, req: failed(smtpprobe.FetchName), status: smtpprobe.PolicyBroken, codes: codes(smtpprobe.CodeSTSNoHost)},
		"blocked":     {zone: stsRecord, req: failed(smtpprobe.FetchBlocked), status: smtpprobe.PolicyBroken, codes: codes(smtpprobe.CodeSTSNoHost)},
		"certificate": {zone: stsRecord, req: failed(smtpprobe.FetchCertificate), status: smtpprobe.PolicyBroken, codes: codes(smtpprobe.CodeSTSCertificate), remedy: "mta-sts.example.org"},
		"unverified": {
			zone: stsRecord, req: fetched(fetchBut(func(f *smtpprobe.PolicyFetch) { f.Verified = false })),
			status: smtpprobe.PolicyBroken, codes: codes(smtpprobe.CodeSTSCertificate),
		},
		"TLS":      {zone: stsRecord, req: failed(smtpprobe.FetchTLS), status: smtpprobe.PolicyBroken, codes: codes(smtpprobe.CodeSTSTLS)},
		"HTTP":     {zone: stsRecord, req: failed(smtpprobe.FetchHTTP), status: smtpprobe.PolicyBroken, codes: codes(smtpprobe.CodeSTSTLS)},
		"DNS":      {zone: stsRecord, req: failed(smtpprobe.FetchDNS), status: smtpprobe.PolicyUnknown, codes: codes(smtpprobe.CodeSTSUnreachable)},
		"connect":  {zone: stsRecord, req: failed(smtpprobe.FetchConnect), status: smtpprobe.PolicyUnknown, codes: codes(smtpprobe.CodeSTSUnreachable)},
		"timeout":  {zone: stsRecord, req: failed(smtpprobe.FetchTimeout), status: smtpprobe.PolicyUnknown, codes: codes(smtpprobe.CodeSTSUnreachable)},
		"cancel":   {zone: stsRecord, req: failed(smtpprobe.FetchCanceled), status: smtpprobe.PolicyUnknown, codes: codes(smtpprobe.CodeSTSUnreachable)},
		"no roots": {zone: stsRecord, req: failed(smtpprobe.FetchRoots), status: smtpprobe.PolicyUnknown, codes: codes(smtpprobe.CodeSTSUnreachable)},
		"404":      {zone: stsRecord, req: status(404), status: smtpprobe.PolicyBroken, codes: codes(smtpprobe.CodeSTSStatus)},
		"503":      {zone: stsRecord, req: status(503), status: smtpprobe.PolicyUnknown, codes: codes(smtpprobe.CodeSTSStatus)},
		"redirect": {zone: stsRecord, req: status(301), status: smtpprobe.PolicyBroken, codes: codes(smtpprobe.CodeSTSRedirect)},
		"HTML": {
			zone: stsRecord, req: fetched(fetchBut(func(f *smtpprobe.PolicyFetch) { f.ContentType = "text/html; charset=utf-8" })),
			status: smtpprobe.PolicyBroken, codes: codes(smtpprobe.CodeSTSContentType),
		},
		"no type": {
			zone: stsRecord, req: fetched(fetchBut(func(f *smtpprobe.PolicyFetch) { f.ContentType = "" })),
			status: smtpprobe.PolicyBroken, codes: codes(smtpprobe.CodeSTSContentType),
		},
		"parameters of type": {
			zone: stsRecord, req: fetched(fetchBut(func(f *smtpprobe.PolicyFetch) { f.ContentType = "Text/Plain ; charset=iso-8859-1" })),
			status: smtpprobe.PolicyFound,
		},
		"too large": {
			zone: stsRecord, req: fetched(fetchBut(func(f *smtpprobe.PolicyFetch) { f.TooLarge = true })),
			status: smtpprobe.PolicyBroken, codes: codes(smtpprobe.CodeSTSTooLarge),
		},
		"large": {zone: stsRecord, req: body(strings.Repeat("x", 70000)), status: smtpprobe.PolicyBroken, codes: codes(smtpprobe.CodeSTSTooLarge)},
		"policy": {
			zone: stsRecord, req: body("version: STSv1\r\nmode: Enforce\r\n"), status: smtpprobe.PolicyBroken,
			codes: codes(smtpprobe.CodeSTSPolicy), remedy: "a field on each line",
		},
		"duplicate": {zone: stsRecord, req: body(goodPolicy + "mode: none\n"), status: smtpprobe.PolicyFound, codes: codes(smtpprobe.CodeSTSDuplicate)},
		"max_age":   {zone: stsRecord, req: body(strings.Replace(goodPolicy, "604800", "604799", 1)), status: smtpprobe.PolicyFound, codes: codes(smtpprobe.CodeSTSMaxAge)},
		"max_age over": {
			zone: stsRecord, req: body(strings.Replace(goodPolicy, "604800", "31557601", 1)),
			status: smtpprobe.PolicyFound, codes: codes(smtpprobe.CodeSTSMaxAge),
		},
		"expires": {
			zone: stsRecord, req: fetched(fetchBut(func(f *smtpprobe.PolicyFetch) { f.NotAfter = fetchTime.AddDate(0, 0, 13) })),
			status: smtpprobe.PolicyFound, codes: codes(smtpprobe.CodeSTSCertificateExpires),
		},
		"testing": {zone: stsRecord, req: body(strings.Replace(goodPolicy, "enforce", "testing", 1)), status: smtpprobe.PolicyFound, codes: codes(smtpprobe.CodeSTSTesting)},
		"none":    {zone: stsRecord, req: body("version: STSv1\nmode: none\nmax_age: 0"), status: smtpprobe.PolicyFound, codes: codes(smtpprobe.CodeSTSModeNone)},
		"mismatch": {
			zone: stsRecord, req: body(strings.Replace(goodPolicy, "mx.example.net", "mx.example.net.evil.test", 1)), status: smtpprobe.PolicyFound,
			codes: codes(smtpprobe.CodeSTSMXMismatch, smtpprobe.CodeSTSPatternUnused), remedy: `"mx: mx.example.net"`,
		},
		"mismatch, testing": {
			zone: stsRecord, req: body("version: STSv1\nmode: testing\nmax_age: 604800\nmx: *.mail.example.net"), status: smtpprobe.PolicyFound,
			codes: codes(smtpprobe.CodeSTSTesting, smtpprobe.CodeSTSMXMismatch),
		},
		"unused": {zone: stsRecord, req: body(goodPolicy + "mx: more.example.net"), status: smtpprobe.PolicyFound, codes: codes(smtpprobe.CodeSTSPatternUnused)},

		"same as before": {zone: stsRecord, req: with(body(goodPolicy), cached("1", good, time.Hour)), status: smtpprobe.PolicyFound},
		"changed":        {zone: stsRecord, req: with(body(goodPolicy), cached("0", other, time.Hour)), status: smtpprobe.PolicyFound, codes: codes(smtpprobe.CodeSTSChanged)},
		"id stale":       {zone: stsRecord, req: with(body(goodPolicy), cached("1", other, time.Hour)), status: smtpprobe.PolicyFound, codes: codes(smtpprobe.CodeSTSIDStale)},
		"cached":         {zone: stsRecord, req: with(now, cached("1", good, time.Hour)), status: smtpprobe.PolicyFound},
		"vanished":       {zone: "example.org TXT x", req: with(now, cached("1", good, time.Hour)), status: smtpprobe.PolicyFound, codes: codes(smtpprobe.CodeSTSVanished)},
		"vanished long since": {
			zone: "example.org TXT x", req: with(now, cached("1", good, 8*24*time.Hour)), status: smtpprobe.PolicyAbsent,
		},
		"failed, cached": {
			zone: "_mta-sts.example.org TXT !timeout", req: with(now, cached("1", good, time.Hour)),
			status: smtpprobe.PolicyFound, codes: codes(smtpprobe.CodeSTSDNSFailure),
		},
		"cached, no time": {
			zone: "_mta-sts.example.org TXT !timeout", req: smtpprobe.STSRequest{Previous: cached("1", good, time.Hour)},
			status: smtpprobe.PolicyUnknown, codes: codes(smtpprobe.CodeSTSDNSFailure),
		},

		"invalid":  {req: smtpprobe.STSRequest{Domain: "a..b", Previous: cached("1", good, 0), Time: fetchTime}, status: smtpprobe.PolicyInvalid, codes: codes(smtpprobe.CodeBadDomain)},
		"too long": {req: smtpprobe.STSRequest{Domain: strings.Repeat("a.", 124) + "org"}, status: smtpprobe.PolicyInvalid, codes: codes(smtpprobe.CodeBadDomain)},
	}
}

func TestSTS(t *testing.T) {
	for name, tc := range stsCases() {
		t.Run(name, func(t *testing.T) {
			if tc.req.Domain == "" {
				tc.req.Domain = "Example.ORG."
			}
			zone := resolver.MustZone(tc.zone)
			got, missing := smtpprobe.EvaluateSTS(tc.req, zone)
			require.Empty(t, missing)
			require.Equal(t, tc.status, got.Status)
			require.Equal(t, tc.codes, codesOf(got.Findings))
			complete(t, got.Findings)
			if tc.remedy != "" {
				require.Contains(t, got.Findings[0].Remedy, tc.remedy)
			}
			require.Equal(t, got.Status == smtpprobe.PolicyFound, got.Policy != nil)
			if got.Status == smtpprobe.PolicyUnknown && got.Record != nil && got.Fetch != nil {
				require.True(t, got.Findings[0].Temporary)
			}

			// The request is an observation: it marshals.
			text, err := json.Marshal(tc.req)
			require.NoError(t, err)
			var back smtpprobe.STSRequest
			require.NoError(t, json.Unmarshal(text, &back))
			again, _ := smtpprobe.EvaluateSTS(back, zone)
			require.Equal(t, got, again)

			_, missing = smtpprobe.EvaluateSTS(tc.req, resolver.Snapshot{})
			if tc.status == smtpprobe.PolicyInvalid {
				require.Empty(t, missing)
			} else {
				require.Equal(t, []resolver.Question{resolver.Q("_mta-sts.example.org", resolver.TypeTXT)}, missing)
			}
		})
	}
}

// TestSTSResult compares a whole result.
func TestSTSResult(t *testing.T) {
	fetch := fetchOf(goodPolicy)
	got, _ := smtpprobe.EvaluateSTS(smtpprobe.STSRequest{
		Domain: "example.org", Hosts: []string{"mx.example.net", "other.test", "a.mail.example.net"}, Fetch: fetch,
	}, resolver.MustZone(stsRecord))
	findings := got.Findings
	got.Findings = nil
	require.Equal(t, smtpprobe.STS{
		Domain: "example.org", Status: smtpprobe.PolicyFound, DNS: resolver.Success, TTL: 300, Fetch: fetch,
		Record: &smtpprobe.STSRecord{ID: "1", Text: "v=STSv1; id=1"},
		Policy: &smtpprobe.STSPolicy{Mode: smtpprobe.STSEnforce, MaxAge: 604800, MX: []string{"mx.example.net", "*.mail.example.net"}},
		Hosts:  []smtpprobe.STSHost{{"mx.example.net", "mx.example.net"}, {"other.test", ""}, {"a.mail.example.net", "*.mail.example.net"}},
	}, got)
	require.Equal(t, []mailworthy.Code{smtpprobe.CodeSTSMXMismatch}, codesOf(findings))
}

// TestSTSSpans is for editors that underline what is wrong.
func TestSTSSpans(t *testing.T) {
	got, _ := smtpprobe.EvaluateSTS(smtpprobe.STSRequest{Domain: "example.org"}, resolver.MustZone("_mta-sts.example.org TXT 'v=STSv1; id=a-b'"))
	require.Equal(t, mailworthy.Span{Offset: 12, Length: 3}, got.Findings[0].Span)
	require.Equal(t, []string{`_mta-sts.example.org TXT "v=STSv1; id=a-b"`}, got.Findings[0].Evidence)

	fetch := fetchOf("version: STSv1\r\nmode: on\r\n")
	got, _ = smtpprobe.EvaluateSTS(smtpprobe.STSRequest{Domain: "example.org", Fetch: fetch}, resolver.MustZone(stsRecord))
	span := got.Findings[0].Span
	require.Equal(t, "on", string(fetch.Body[span.Offset:span.Offset+span.Length]))
	require.Equal(t, []string{`line 2: "mode: on"`}, got.Findings[0].Evidence)
}

// TestSTSMaxAge has the severity by how long senders remember.
func TestSTSMaxAge(t *testing.T) {
	for age, want := range map[string]mailworthy.Severity{"0": mailworthy.Warning, "86399": mailworthy.Warning, "86400": mailworthy.Info, "604799": mailworthy.Info, "604800": mailworthy.None} {
		got, _ := smtpprobe.EvaluateSTS(smtpprobe.STSRequest{
			Domain: "example.org", Fetch: fetchOf(strings.Replace(goodPolicy, "604800", age, 1)),
		}, resolver.MustZone(stsRecord))
		require.Equal(t, want, got.Findings.Worst(), age)
	}
}

// TestSTSFaults fails the question in each way: there is no policy by it, and not none.
func TestSTSFaults(t *testing.T) {
	for name, tc := range stsCases() {
		if tc.status == smtpprobe.PolicyInvalid || tc.req.Previous != nil {
			continue
		}
		for _, status := range append(failures, resolver.Success, "") {
			tc.req.Domain = "example.org"
			got, missing := smtpprobe.EvaluateSTS(tc.req, allView{resolver.TypeTXT: {Status: status}})
			require.Empty(t, missing)
			require.Equal(t, smtpprobe.PolicyUnknown, got.Status, "%s %s", name, status)
			require.Equal(t, []mailworthy.Code{smtpprobe.CodeSTSDNSFailure}, codesOf(got.Findings))
			require.True(t, got.Findings[0].Temporary)
		}
	}
}

type tlsrptCase struct {
	domain, zone string
	status       smtpprobe.PolicyStatus
	codes        []mailworthy.Code
	severity     mailworthy.Severity
}

func tlsrptCases() map[string]tlsrptCase {
	at := "_smtp._tls.example.org TXT "
	return map[string]tlsrptCase{
		"good":         {zone: at + "'v=TLSRPTv1; rua=mailto:r@example.org'", status: smtpprobe.PolicyFound},
		"https":        {zone: at + "'v=TLSRPTv1; rua=https://r.example.org/x?y=z,mailto:a%2bb@example.org'", status: smtpprobe.PolicyFound},
		"alias":        {zone: "_smtp._tls.example.org CNAME x.test\nx.test TXT 'v=TLSRPTv1; rua=mailto:r@example.org'", status: smtpprobe.PolicyFound},
		"absent":       {zone: "example.org TXT x", status: smtpprobe.PolicyAbsent},
		"other":        {zone: at + "'v=spf1 -all'", status: smtpprobe.PolicyAbsent},
		"failed":       {zone: at + "!servfail", status: smtpprobe.PolicyUnknown, codes: []mailworthy.Code{smtpprobe.CodeTLSRPTDNSFailure}, severity: mailworthy.Warning},
		"several":      {zone: at + "'v=TLSRPTv1; rua=mailto:r@example.org'\n" + at + "'v=TLSRPTv1; rua=mailto:s@example.org'", status: smtpprobe.PolicyBroken, codes: []mailworthy.Code{smtpprobe.CodeTLSRPTMultiple}, severity: mailworthy.Error},
		"syntax":       {zone: at + "'v=TLSRPTv1; rua:mailto:r@example.org'", status: smtpprobe.PolicyBroken, codes: []mailworthy.Code{smtpprobe.CodeTLSRPTRecord}, severity: mailworthy.Error},
		"near miss":    {zone: at + "'v=TLSRPT1; rua=mailto:r@example.org'\n" + at + "'v=tlsrptv1; rua=x'", status: smtpprobe.PolicyBroken, codes: []mailworthy.Code{smtpprobe.CodeTLSRPTRecord}, severity: mailworthy.Error},
		"bare address": {zone: at + "'v=TLSRPTv1; rua=r@example.org'", status: smtpprobe.PolicyBroken, codes: []mailworthy.Code{smtpprobe.CodeTLSRPTDestination}, severity: mailworthy.Error},
		"one is bad":   {zone: at + "'v=TLSRPTv1; rua=mailto:r@example.org,http://r.example.org/'", status: smtpprobe.PolicyFound, codes: []mailworthy.Code{smtpprobe.CodeTLSRPTDestination}, severity: mailworthy.Warning},
		"ftp":          {zone: at + "'v=TLSRPTv1; rua=ftp://r.example.org/'", status: smtpprobe.PolicyBroken, codes: []mailworthy.Code{smtpprobe.CodeTLSRPTDestination}, severity: mailworthy.Error},
		"no mailbox":   {zone: at + "'v=TLSRPTv1; rua=mailto:r'", status: smtpprobe.PolicyBroken, codes: []mailworthy.Code{smtpprobe.CodeTLSRPTDestination}, severity: mailworthy.Error},
		"percent":      {zone: at + "'v=TLSRPTv1; rua=mailto:r%zz@example.org'", status: smtpprobe.PolicyBroken, codes: []mailworthy.Code{smtpprobe.CodeTLSRPTDestination}, severity: mailworthy.Error},
		"size limit":   {zone: at + "'v=TLSRPTv1; rua=mailto:r@example.org!10m'", status: smtpprobe.PolicyBroken, codes: []mailworthy.Code{smtpprobe.CodeTLSRPTDestination}, severity: mailworthy.Error},
		"no server":    {zone: at + "'v=TLSRPTv1; rua=https:///x'", status: smtpprobe.PolicyBroken, codes: []mailworthy.Code{smtpprobe.CodeTLSRPTDestination}, severity: mailworthy.Error},
		"server is IP": {zone: at + "'v=TLSRPTv1; rua=https://127.0.0.1/x'", status: smtpprobe.PolicyBroken, codes: []mailworthy.Code{smtpprobe.CodeTLSRPTDestination}, severity: mailworthy.Error},
		"user info":    {zone: at + "'v=TLSRPTv1; rua=https://a@r.example.org/x'", status: smtpprobe.PolicyBroken, codes: []mailworthy.Code{smtpprobe.CodeTLSRPTDestination}, severity: mailworthy.Error},
		"invalid":      {domain: "..", status: smtpprobe.PolicyInvalid, codes: []mailworthy.Code{smtpprobe.CodeBadDomain}, severity: mailworthy.Error},
	}
}

func TestTLSRPT(t *testing.T) {
	for name, tc := range tlsrptCases() {
		t.Run(name, func(t *testing.T) {
			if tc.domain == "" {
				tc.domain = "example.org"
			}
			got, missing := smtpprobe.EvaluateTLSRPT(tc.domain, resolver.MustZone(tc.zone))
			require.Empty(t, missing)
			require.Equal(t, tc.status, got.Status)
			require.Equal(t, tc.codes, codesOf(got.Findings))
			require.Equal(t, tc.severity, got.Findings.Worst())
			require.Equal(t, tc.status == smtpprobe.PolicyFound, got.Record != nil)
			complete(t, got.Findings)
		})
	}
	for _, status := range append(failures, resolver.Success, "") {
		got, _ := smtpprobe.EvaluateTLSRPT("example.org", allView{resolver.TypeTXT: {Status: status}})
		require.Equal(t, smtpprobe.PolicyUnknown, got.Status)
		require.True(t, got.Findings[0].Temporary)
	}
}

// FuzzEvaluateSTS checks that no record and no reply harms.
func FuzzEvaluateSTS(f *testing.F) {
	f.Add("v=STSv1; id=1", "", 200, "text/plain", goodPolicy, "")
	f.Add("v=STSv1; id=1", "v=STSv1", 301, "", "", "tls")
	f.Fuzz(func(t *testing.T, txt, txt2 string, status int, media, body, problem string) {
		req := smtpprobe.STSRequest{Domain: "example.org", Hosts: []string{"mx.example.net", txt2}, Fetch: &smtpprobe.PolicyFetch{
			URL: stsURL, Time: fetchTime, Verified: status%7 != 0, Status: status, ContentType: media, Location: media,
			Body: []byte(body), Error: smtpprobe.FetchError(strings.ToLower(strings.Trim(problem, "\x00 "))), Problem: problem, Names: []string{media},
		}}
		if strings.IndexFunc(string(req.Fetch.Error), func(r rune) bool { return r < ' ' || r >= 0x7f }) >= 0 {
			req.Fetch.Error = smtpprobe.FetchTLS
		}
		view := allView{resolver.TypeTXT: {Status: resolver.Success, TXT: []resolver.Text{{txt}, {txt2}}}}
		got, missing := smtpprobe.EvaluateSTS(req, view)
		require.Empty(t, missing)
		require.NotEmpty(t, got.Status)
		complete(t, got.Findings)
		rep, _ := smtpprobe.EvaluateTLSRPT("example.org", view)
		complete(t, rep.Findings)
	})
}
