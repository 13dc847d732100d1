package report_test

import (
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc/report"
)

// The example of RFC 9991, appendix A.
func TestAdversaryFailureExample(t *testing.T) {
	text, err := os.ReadFile("../../../shared/rfc/draft-ietf-dmarc-failure-reporting-24.md")
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skip("the text of the document is not here")
	}
	require.NoError(t, err)
	_, in, _ := strings.Cut(string(text), "``` RFC5322\n")
	in, _, _ = strings.Cut(in, "\n```")
	f, err := report.ParseFailure(strings.NewReader(in), report.Options{})
	require.NoError(t, err)
	plain(t, f)
	header := string(f.Original.Header)
	f.Original.Header = nil
	require.Equal(t, &report.Failure{
		FeedbackType: "auth-failure", Version: "1", UserAgent: "DMARC-Filter/1.2.3", AuthFailure: "dmarc",
		Unaligned:             []string{"dkim"},
		AuthenticationResults: []string{"gen.example; dmarc=fail header.from=consumer.example"},
		DKIMDomain:            "consumer.example", DKIMIdentity: "@consumer.example", DKIMSelector: "epsilon",
		OriginalEnvelopeID: "65E1A3F0A0", OriginalMailFrom: "author=gen.example@forwarder.example",
		SourceIP: netip.MustParseAddr("192.0.2.2"), SourcePort: 12345, Incidents: 1,
		ReportedDomain: []string{"consumer.example"},
		Original: report.Original{
			From: "Message Author <author@consumer.example>", Subject: "This is the original subject",
			MessageID: "<2431dc66-b010-c9cc-4f2b-a1f889f8bdb4@consumer.example>",
		},
		Findings: f.Findings,
	}, f)
	require.Empty(t, f.Findings)
	require.True(t, strings.HasPrefix(header, "Authentication-Results: gen.example;"))
	require.NotContains(t, header, "Message body was here")
}

func TestAdversaryFailureFields(t *testing.T) {
	read := func(t *testing.T, fields string) *report.Failure {
		t.Helper()
		f, err := report.ParseFailure(strings.NewReader(arfMail("Feedback-Type: auth-failure\r\nUser-Agent: x/1\r\nVersion: 1\r\nAuth-Failure: dmarc\r\n"+
			"Reported-Domain: example.org\r\nOriginal-Mail-From: <a@example.org>\r\n"+fields, "From: a@example.org\r\n\r\n")), report.Options{})
		require.NoError(t, err)
		plain(t, f)
		return f
	}
	for in, want := range map[string][]string{
		"none": {}, "dkim": {"dkim"}, "spf": {"spf"}, "dkim,spf": {"dkim", "spf"}, " dkim , spf ": {"dkim", "spf"},
		"DKIM (no key), (really) SPF": {"dkim", "spf"}, "(x) none (y)": {},
	} {
		require.Equal(t, want, read(t, "Identity-Alignment: "+in+"\r\n").Unaligned, in)
	}
	require.Nil(t, read(t, "").Unaligned)
	for in, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "192.0.2.1 (mail)": "192.0.2.1", "[192.0.2.1]": "192.0.2.1",
		"2001:db8::1": "2001:db8::1", "IPv6:2001:db8::1": "2001:db8::1", "[IPv6:2001:DB8::1]": "2001:db8::1",
	} {
		require.Equal(t, netip.MustParseAddr(want), read(t, "Source-IP: "+in+"\r\n").SourceIP, in)
	}
	for _, in := range []string{"fe80::1%eth0", "x", "1.2.3", "[", "IPv6:", ""} {
		f := read(t, "Source-IP: "+in+"\r\n")
		require.False(t, f.SourceIP.IsValid(), in)
		require.NotEmpty(t, f.Findings, in)
	}
	for in, want := range map[string]uint32{"1": 1, "3": 3, "4294967295": 4294967295} {
		require.Equal(t, want, read(t, "Incidents: "+in+"\r\n").Incidents)
	}
	for _, in := range []string{"4294967296", "-1", "x", "18446744073709551616"} {
		f := read(t, "Incidents: "+in+"\r\n")
		require.Contains(t, []uint32{1, 4294967295}, f.Incidents, in)
		require.Contains(t, codeNames(f.Findings), string(report.CodeFieldInvalid), in)
	}
	when := time.Date(2022, 7, 19, 5, 57, 48, 0, time.UTC)
	require.Equal(t, when, read(t, "Arrival-Date: Tue, 19 Jul 2022 00:57:48 -0500 (CDT)\r\n").ArrivalDate.UTC())
	require.Equal(t, when, read(t, "Received-Date: Tue, 19 Jul 2022 05:57:48 +0000\r\n").ArrivalDate.UTC(), "RFC 5965 section 3.2")
	both := read(t, "Arrival-Date: Tue, 19 Jul 2022 05:57:48 +0000\r\nReceived-Date: Tue, 19 Jul 2022 05:57:48 +0000\r\n")
	require.Contains(t, codeNames(both.Findings), string(report.CodeFieldRepeated), "RFC 5965 section 3.2")
	f := read(t, "Original-Rcpt-To: <a@x.example>\r\nOriginal-Rcpt-To: <b@x.example>\r\nReported-URI: http://a.example\r\nREPORTED-URI: mailto:b@x\r\nSource-Port: 65536\r\n")
	require.Len(t, f.OriginalRcptTo, 2)
	require.Equal(t, []string{"http://a.example", "mailto:b@x"}, f.ReportedURI)
	require.Zero(t, f.SourcePort)
	require.Contains(t, codeNames(f.Findings), string(report.CodeFieldInvalid))
	f = read(t, "X-Evil: a\x1b[31mb\u202ec\r\nUser-Agent: again\r\n")
	require.Equal(t, "x/1", f.UserAgent)
	require.Contains(t, codeNames(f.Findings), string(report.CodeFieldRepeated))
	require.Len(t, f.Others, 1)
	require.Equal(t, "x-evil", f.Others[0].Name)
}

// A gateway that sends prose only: that is no report, and no half of one.
func TestAdversaryFailureProse(t *testing.T) {
	_, err := report.ParseFailure(strings.NewReader("From: a@b.example\r\nContent-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\n"+
		"A message claiming to be from you has failed the published DMARC\r\npolicy for your domain.\r\n\r\n  Sender IP Address: 192.0.2.1\r\n--x--\r\n"), report.Options{})
	require.ErrorIs(t, err, report.ErrNoReport)
	_, err = report.ParseFailure(strings.NewReader(aReport(aRecord)), report.Options{})
	require.ErrorIs(t, err, report.ErrNoReport)
	all, err := parseAll(strings.NewReader(arfMail("Feedback-Type: auth-failure\r\n", "From: a\r\n\r\n")), report.Options{})
	require.ErrorIs(t, err, report.ErrNoReport)
	require.Empty(t, all)
}
