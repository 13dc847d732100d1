package report_test

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dmarc/report"
)

const arf = `Feedback-Type: auth-failure
Version: 1
User-Agent: Filter/1.2 (test)
Auth-Failure: dmarc
Authentication-Results: receiver.example;
  dmarc=fail header.from=example.org
Authentication-Results: second.example; spf=fail
Identity-Alignment: dkim, SPF (neither)
Delivery-Result: Reject
DKIM-Domain: Example.ORG
DKIM-Identity: @example.org
DKIM-Selector: s1
DKIM-Canonicalized-Header: AAAA
  BBBB
DKIM-Canonicalized-Body: CCCC
SPF-DNS: txt : example.org : "v=spf1 -all"
Original-Envelope-Id: 65E1A3F0A0
Original-Mail-From: <bounce@mailer.example>
Original-Rcpt-To: <bob@receiver.example>
Original-Rcpt-To: <eve@receiver.example>
Arrival-Date: Thu, 20 Nov 2025 10:00:00 +0100 (CET)
Reporting-MTA: dns; mx.receiver.example
Source-IP: 192.0.2.2 (mail.mailer.example)
Source-Port: 12345
Incidents: 3
Reported-Domain: example.org
Reported-URI: https://evil.example/
X-Extra: one
`

const failed = `Received: from a by b
From: Alice <alice@example.org>
Subject: Hello
  there
Message-ID: <1@example.org>

Body with From: eve@evil.example
`

func arfMail(fields, original string) string {
	return `From: DMARC <dmarc@receiver.example>
To: ruf@example.org
Subject: FW: Hello there
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="=_b"

--=_b
Content-Type: text/plain

This is a failure report.
--=_b
Content-Type: message/feedback-report

` + fields + `
--=_b
Content-Type: message/rfc822

` + original + `
--=_b--
`
}

func wantFailure() *report.Failure {
	return &report.Failure{
		FeedbackType: "auth-failure", Version: "1", UserAgent: "Filter/1.2 (test)", AuthFailure: "dmarc",
		Unaligned: []string{"dkim", "spf"}, DeliveryResult: "reject",
		AuthenticationResults: []string{"receiver.example; dmarc=fail header.from=example.org", "second.example; spf=fail"},
		SourceIP:              netip.MustParseAddr("192.0.2.2"), SourcePort: 12345,
		ArrivalDate:  time.Date(2025, 11, 20, 9, 0, 0, 0, time.UTC),
		ReportingMTA: "dns; mx.receiver.example", OriginalEnvelopeID: "65E1A3F0A0", OriginalMailFrom: "bounce@mailer.example",
		OriginalRcptTo: []string{"bob@receiver.example", "eve@receiver.example"},
		Incidents:      3, ReportedDomain: []string{"example.org"}, ReportedURI: []string{"https://evil.example/"},
		DKIMDomain: "example.org", DKIMIdentity: "@example.org", DKIMSelector: "s1",
		DKIMCanonicalizedHeader: "AAAABBBB", DKIMCanonicalizedBody: "CCCC",
		SPFDNS: []string{`txt : example.org : "v=spf1 -all"`},
		Others: []report.Field{{Name: "x-extra", Value: "one"}},
		Original: report.Original{
			Header: []byte("Received: from a by b\nFrom: Alice <alice@example.org>\nSubject: Hello\n  there\nMessage-ID: <1@example.org>\n"),
			From:   "Alice <alice@example.org>", Subject: "Hello there", MessageID: "<1@example.org>",
		},
		Findings: mailworthy.Findings{},
	}
}

func TestParseFailure(t *testing.T) {
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	whole := arfMail(arf, failed)
	for _, tt := range []struct {
		name, in string
		change   func(*report.Failure)
	}{
		{name: "a mail", in: whole},
		{name: "with CRLF", in: crlf(whole), change: func(f *report.Failure) { f.Original.Header = []byte(crlf(string(f.Original.Header))) }},
		{name: "headers only", in: strings.ReplaceAll(whole, "message/rfc822", "text/rfc822-headers")},
		{name: "in base64", in: strings.Replace(whole, "Content-Type: message/feedback-report\n\n"+arf, "Content-Type: message/feedback-report\nContent-Transfer-Encoding: base64\n\n"+based(arf), 1)},
		{name: "as multipart/mixed", in: strings.Replace(whole, "multipart/report", "multipart/mixed", 1)},
		{name: "forwarded", in: "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: message/rfc822\n\n" + whole + "\n--o--\n"},
		{name: "bare", in: arf, change: func(f *report.Failure) { f.Original = report.Original{} }},
		{name: "the message with a bare header", in: arfMail(arf, strings.TrimSuffix(failed, since(failed, "\nBody")))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := report.ParseFailure(strings.NewReader(tt.in), report.Options{})
			require.NoError(t, err)
			want := wantFailure()
			if tt.change != nil {
				tt.change(want)
			}
			require.Equal(t, want, got)
			var again report.Failure
			require.NoError(t, json.Unmarshal([]byte(marshal(t, got)), &again))
			require.Equal(t, got, &again)
		})
	}
}

func TestFailureFindings(t *testing.T) {
	for _, tt := range []struct {
		name, old, replacement string
		code                   mailworthy.Code
		evidence               string
		change                 func(*report.Failure)
	}{
		{"no type of failure", "Auth-Failure: dmarc\n", "", report.CodeFieldMissing, "Auth-Failure", func(f *report.Failure) { f.AuthFailure = "" }},
		{"no user agent", "User-Agent: Filter/1.2 (test)\n", "", report.CodeFieldMissing, "User-Agent", func(f *report.Failure) { f.UserAgent = "" }},
		{"no alignment", "Identity-Alignment: dkim, SPF (neither)\n", "", report.CodeFieldMissing, "Identity-Alignment", func(f *report.Failure) { f.Unaligned = nil }},
		{"two versions", "Version: 1\n", "Version: 1\nVersion: 2\n", report.CodeFieldRepeated, "version", nil},
		{"both dates", "Arrival-Date", "Received-Date: Thu, 20 Nov 2025 10:00:00 +0100\nArrival-Date", report.CodeFieldRepeated, "received-date and arrival-date", nil},
		{"unknown failure", "Auth-Failure: dmarc", "Auth-Failure: B\x1bd", report.CodeFieldInvalid, `auth-failure: B\u001bd`, func(f *report.Failure) { f.AuthFailure = `b\u001bd` }},
		{"unknown mechanism", "dkim, SPF (neither)", "dkim, arc", report.CodeFieldInvalid, "identity-alignment: dkim, arc", func(f *report.Failure) { f.Unaligned = []string{"dkim"} }},
		{"no address", "192.0.2.2 ", "192.0.2.x ", report.CodeAddress, "192.0.2.x", func(f *report.Failure) { f.SourceIP = netip.Addr{} }},
		{"no port", "12345", "70000", report.CodeFieldInvalid, "source-port: 70000", func(f *report.Failure) { f.SourcePort = 0 }},
		{"too many incidents", "Incidents: 3", "Incidents: 4294967296", report.CodeFieldInvalid, "incidents: 4294967296", func(f *report.Failure) { f.Incidents = 1<<32 - 1 }},
		{"no incidents", "Incidents: 3", "Incidents: none", report.CodeFieldInvalid, "incidents: none", func(f *report.Failure) { f.Incidents = 1 }},
		{"no date", "20 Nov 2025 10", "32 Nov 2025 10", report.CodeFieldInvalid, "arrival-date: Thu, 32 Nov 2025 10:00:00 +0100 (CET)", func(f *report.Failure) { f.ArrivalDate = time.Time{} }},
		{"no domain", "DKIM-Domain: Example.ORG", "DKIM-Domain: a..b", report.CodeFieldInvalid, "dkim-domain: a..b", func(f *report.Failure) { f.DKIMDomain = "a..b" }},
		{"fine: nothing unaligned", "dkim, SPF (neither)", "none", "", "", func(f *report.Failure) { f.Unaligned = []string{} }},
		{"fine: IPv6 literal", "192.0.2.2 ", "[IPv6:2001:db8::1] ", "", "", func(f *report.Failure) { f.SourceIP = netip.MustParseAddr("2001:db8::1") }},
		{"fine: the old name of the date", "Arrival-Date", "Received-Date", "", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Contains(t, arf, tt.old)
			got, err := report.ParseFailure(strings.NewReader(arfMail(strings.Replace(arf, tt.old, tt.replacement, 1), failed)), report.Options{})
			require.NoError(t, err)
			sound(t, got.Findings)
			if tt.code == "" {
				require.Empty(t, got.Findings)
			} else {
				require.Equal(t, []mailworthy.Code{tt.code}, codes(got.Findings))
				require.Equal(t, []string{tt.evidence}, got.Findings[0].Evidence)
			}
			want := wantFailure()
			if tt.change != nil {
				tt.change(want)
			}
			got.Findings = want.Findings
			require.Equal(t, want, got)
		})
	}
}

func TestHostileFailures(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	many := strings.Repeat("Reported-Domain: example.net\n", 500)
	for _, tt := range []struct {
		name, in string
		err      error // nil for none
		code     mailworthy.Code
	}{
		{"nothing", "", report.ErrNoReport, ""},
		{"another mail", "From: a@b.example\n\nhello\n", report.ErrNoReport, ""},
		{"an aggregate report", mail(attachment("application/gzip", gzipped(doc))), report.ErrNoReport, ""},
		{"a long field", arfMail(strings.Replace(arf, "one", long, 1), failed), &report.LimitError{Limit: "Header", Max: 256 << 10}, ""},
		{"a long header", "A: " + long, &report.LimitError{Limit: "Header", Max: 256 << 10}, ""},
		{"many fields", arfMail(arf+many, failed), nil, report.CodeFieldRepeated},
		{"a long header of the message", arfMail(arf, "Subject: "+long+"\n"+failed), nil, report.CodeHeaderCut},
		{"cut short", arfMail(arf, failed)[:900], report.ErrTruncated, ""},
		{"deep", strings.Repeat("Content-Type: message/rfc822\n\n", 10) + arfMail(arf, failed), &report.LimitError{Limit: "Nesting", Max: 5}, ""},
		{"many parts", "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 200) + "--b--\n", &report.LimitError{Limit: "Files", Max: 100}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := report.ParseFailure(strings.NewReader(tt.in), report.Options{})
			if tt.err != nil {
				require.Equal(t, tt.err, err)
			} else {
				require.NoError(t, err)
			}
			if tt.code != "" {
				require.Contains(t, codes(got.Findings), tt.code)
				sound(t, got.Findings)
				require.LessOrEqual(t, len(got.ReportedDomain), 100)
				require.LessOrEqual(t, len(got.Original.Header), 64<<10)
			}
		})
	}
}
