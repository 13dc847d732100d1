package smtpprobe_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

func TestParseSTSRecord(t *testing.T) {
	type fields = []smtpprobe.PolicyField
	for _, tc := range []struct {
		in   string
		want smtpprobe.STSRecord
	}{
		{"v=STSv1; id=20160831085700Z;", smtpprobe.STSRecord{ID: "20160831085700Z"}},
		{"v=STSv1;id=1", smtpprobe.STSRecord{ID: "1"}},
		{"v=STSv1 \t;\t id=aB9 \t; \t", smtpprobe.STSRecord{ID: "aB9"}},
		{"v=STSv1; x.y-z_0=!; id=1", smtpprobe.STSRecord{ID: "1", Extensions: fields{{"x.y-z_0", "!"}}}},
		{"v=STSv1; id=1; id=2", smtpprobe.STSRecord{ID: "1"}},
		{"v=STSv1; id=" + strings.Repeat("a", 32), smtpprobe.STSRecord{ID: strings.Repeat("a", 32)}},
	} {
		t.Run(tc.in, func(t *testing.T) {
			got, err := smtpprobe.ParseSTSRecord(tc.in)
			require.NoError(t, err)
			tc.want.Text = tc.in
			require.Equal(t, tc.want, got)
		})
	}
}

func TestParseSTSRecordRefuses(t *testing.T) {
	for _, tc := range []struct {
		in             string
		offset, length int
		reason         string
	}{
		{"", 0, 0, "start"},
		{"v=STSv1", 0, 7, "start"},
		{"v=STSv10; id=1", 0, 7, "start"},
		{"v=stsv1; id=1", 0, 7, "start"},
		{" v=STSv1; id=1", 0, 7, "start"},
		{"id=1; v=STSv1", 0, 7, "start"},
		{"v=STSv1;", 0, 8, "no field"},
		{"v=STSv1; ", 8, 1, "empty"},
		{"v=STSv1;; id=1", 8, 1, "empty"},
		{"v=STSv1; id=1;;", 14, 1, "empty"},
		{"v=STSv1; x=1", 12, 0, "missing"},
		{"v=STSv1; id=", 9, 3, "empty"},
		{"v=STSv1; id", 9, 2, "no value"},
		{"v=STSv1; id=2026-01-01", 12, 10, "letters and digits"},
		{"v=STSv1; id=\u212a", 12, 3, "letters and digits"},
		{"v=STSv1; id=" + strings.Repeat("a", 33), 12, 33, "32"},
		{"v=STSv1; id=1 x=2", 12, 5, "letters and digits"},
		{"v=STSv1; id =1", 9, 3, "name"},
		{"v=STSv1; =1", 9, 1, "name"},
		{"v=STSv1; x=a=b; id=1", 12, 1, "equals"},
		{"v=STSv1; x=\x1b; id=1", 11, 1, "control"},
		{"v=STSv1; " + strings.Repeat("a", 33) + "=1; id=1", 9, 33, "name"},
		{"v=STSv1; id=1;" + strings.Repeat(" ", 70000), 65536, 0, "longer"},
	} {
		t.Run(tc.in[:min(len(tc.in), 40)], func(t *testing.T) {
			got, err := smtpprobe.ParseSTSRecord(tc.in)
			require.Zero(t, got)
			refused(t, err, tc.offset, tc.length, tc.reason)
		})
	}
}

func refused(t *testing.T, err error, offset, length int, reason string) {
	t.Helper()
	var se *smtpprobe.SyntaxError
	require.ErrorAs(t, err, &se)
	require.Equal(t, mailworthy.Span{Offset: offset, Length: length}, se.Span, se.Reason)
	require.Contains(t, se.Reason, reason)
	require.Contains(t, err.Error(), se.Reason)
	require.LessOrEqual(t, len(se.Text), 65536)
}

const goodPolicy = "version: STSv1\r\nmode: enforce\r\nmx: mx.example.net\r\nmx: *.mail.example.net\r\nmax_age: 604800\r\n"

func TestParseSTSPolicy(t *testing.T) {
	good := smtpprobe.STSPolicy{Mode: smtpprobe.STSEnforce, MaxAge: 604800, MX: []string{"mx.example.net", "*.mail.example.net"}}
	short := smtpprobe.STSPolicy{Mode: smtpprobe.STSTesting, MX: []string{"a.test"}}
	for _, tc := range []struct {
		name, in string
		want     smtpprobe.STSPolicy
	}{
		{"CRLF", goodPolicy, good},
		{"LF", strings.ReplaceAll(goodPolicy, "\r", ""), good},
		{"no end of line", strings.TrimSuffix(goodPolicy, "\r\n"), good},
		{"blanks", "version:STSv1 \nmode:  \tenforce\t \nmx:mx.example.net\nmx:*.mail.example.net\nmax_age:604800", good},
		{"empty lines", "\n" + strings.ReplaceAll(goodPolicy, "\r\n", "\r\n\r\n"), good},
		{"any order", "max_age: 0\nmx: a.test\nmode: testing\nversion: STSv1", short},
		{"upper case", "max_age: 0\nmx: A.TEST\nmode: testing\nversion: STSv1", short},
		{"first counts", "version: STSv1\nversion: STSv2\nmode: testing\nmode: none\nmax_age: 0\nmax_age: 1\nmx: a.test", short},
		{"none without mx", "version: STSv1\nmode: none\nmax_age: 86400", smtpprobe.STSPolicy{Mode: smtpprobe.STSNone, MaxAge: 86400, MX: []string{}}},
		{
			"extensions", "version: STSv1\nmode: testing\nMode: x\nmx: a.test\nx_1: ü y: z\nmax_age: 0",
			smtpprobe.STSPolicy{Mode: smtpprobe.STSTesting, MX: []string{"a.test"}, Extensions: []smtpprobe.PolicyField{{"Mode", "x"}, {"x_1", "ü y: z"}}},
		},
		{"max_age over", "version: STSv1\nmode: testing\nmx: a.test\nmax_age: 9999999999", smtpprobe.STSPolicy{Mode: smtpprobe.STSTesting, MaxAge: 31557600, MX: []string{"a.test"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := smtpprobe.ParseSTSPolicy([]byte(tc.in))
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
			again, err := smtpprobe.ParseSTSPolicy([]byte(got.String()))
			require.NoError(t, err)
			require.Equal(t, got, again)
		})
	}
}

func TestParseSTSPolicyRefuses(t *testing.T) {
	const rest = "version: STSv1\nmode: enforce\nmax_age: 1\n"
	for _, tc := range []struct {
		name, in       string
		offset, length int
		reason         string
	}{
		{"nothing", "", 0, 0, "missing"},
		{"page", "<!DOCTYPE html>\n<html>", 0, 15, "colon"},
		{"no version", "mode: enforce\nmx: a.test\nmax_age: 1", 35, 0, "missing"},
		{"no mode", "version: STSv1\nmx: a.test\nmax_age: 1", 36, 0, "missing"},
		{"no max_age", "version: STSv1\nmode: enforce\nmx: a.test", 39, 0, "missing"},
		{"no mx", rest, len(rest), 0, "missing"},
		{"version", "version: STSv2", 9, 5, "STSv1"},
		{"mode in capitals", "mode: Enforce", 6, 7, "enforce"},
		{"mode unknown", "mode: report", 6, 6, "enforce"},
		{"max_age sign", "max_age: +1", 9, 2, "seconds"},
		{"max_age long", "max_age: 00000000001", 9, 11, "ten digits"},
		{"max_age unit", "max_age: 7d", 9, 2, "seconds"},
		{"mx U-label", rest + "mx: bücher.example", len(rest) + 4, 15, "A-labels"},
		{"mx dot", rest + "mx: a.test.", len(rest) + 4, 7, "dot"},
		{"mx leading dot", rest + "mx: .a.test", len(rest) + 4, 7, "host"},
		{"mx wildcard inside", rest + "mx: a.*.test", len(rest) + 4, 8, "letters"},
		{"mx wildcard part", rest + "mx: m*.test", len(rest) + 4, 7, "letters"},
		{"mx wildcard alone", rest + "mx: *", len(rest) + 4, 1, "letters"},
		{"mx wildcard empty", rest + "mx: *.", len(rest) + 4, 2, "host"},
		{"mx list", rest + "mx: a.test, b.test", len(rest) + 4, 14, "letters"},
		{"mx address", rest + "mx: 192.0.2.1", len(rest) + 4, 9, "number"},
		{"blank before colon", "mode : enforce", 0, 5, "name"},
		{"blank before name", " mode: enforce", 0, 5, "name"},
		{"byte order mark", "\ufeffversion: STSv1", 0, 10, "name"},
		{"value empty", "mode:  ", 0, 5, "empty"},
		{"control", "x: a\x1bb", 4, 1, "control"},
		{"CR alone", "version: STSv1\rmode: none", 14, 1, "control"},
		{"C1", "x: \u0085", 3, 1, "control"},
		{"broken UTF-8", "x: \xff", 3, 1, "UTF-8"},
		{"large", strings.Repeat("x: y\n", 20000), 65536, 0, "64 KiB"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := smtpprobe.ParseSTSPolicy([]byte(tc.in))
			require.Zero(t, got)
			refused(t, err, tc.offset, tc.length, tc.reason)
		})
	}
}

// TestMatch has the cases that others get wrong: unanchored patterns, wildcards over
// several labels, and names that make them panic.
func TestMatch(t *testing.T) {
	for _, tc := range []struct {
		pattern, host string
		want          bool
	}{
		{"mail.example.com", "mail.example.com", true},
		{"mail.example.com", "MAIL.Example.COM.", true},
		{"mail.example.com", "mail.example.com.evil.test", false},
		{"mail.example.com", "xmail.example.com", false},
		{"mail.example.com", "mailxexample.com", false},
		{"*.example.com", "mail.example.com", true},
		{"*.example.com", "example.com", false},
		{"*.example.com", "foo.bar.example.com", false},
		{"*.example.com", "mailexample.com", false},
		{"*.example.com", "xn--fsqu00a.example.com", true},
		{"*.com", "xn--fsqu00a.com", true},
		{"*.xn--bcher-kva.example", "mx.bücher.example", true},
		{"*.example.com", ".example.com", false},
		{"*.example.com", "", false},
		{"*.example.com", "com", false},
		{"*.", "com", false},
		{"*", "com", false},
		{"", "", false},
	} {
		t.Run(tc.pattern+" "+tc.host, func(t *testing.T) {
			pattern, ok := smtpprobe.STSPolicy{MX: []string{"other.test", tc.pattern}}.Match(tc.host)
			require.Equal(t, tc.want, ok)
			require.Equal(t, tc.want, pattern == tc.pattern && pattern != "")
		})
	}
}

func TestParseTLSRPT(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want smtpprobe.TLSRPTRecord
	}{
		{"v=TLSRPTv1;rua=mailto:reports@example.com", smtpprobe.TLSRPTRecord{RUA: []string{"mailto:reports@example.com"}}},
		{"v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt;", smtpprobe.TLSRPTRecord{RUA: []string{"https://reporting.example.com/v1/tlsrpt"}}},
		{"v=TLSRPTv1; rua=mailto:a@b.c?x=y , https://d.e/?f=g", smtpprobe.TLSRPTRecord{RUA: []string{"mailto:a@b.c?x=y", "https://d.e/?f=g"}}},
		{"v=TLSRPTv1; x=y; rua=a:b; rua=c:d", smtpprobe.TLSRPTRecord{RUA: []string{"a:b"}, Extensions: []smtpprobe.PolicyField{{"x", "y"}}}},
	} {
		t.Run(tc.in, func(t *testing.T) {
			got, err := smtpprobe.ParseTLSRPT(tc.in)
			require.NoError(t, err)
			tc.want.Text = tc.in
			require.Equal(t, tc.want, got)
		})
	}
	for _, tc := range []struct {
		in             string
		offset, length int
		reason         string
	}{
		{"v=TLSRPTv1", 0, 10, "start"},
		{"v=TLSRPTv2; rua=mailto:a@b.c", 0, 10, "start"},
		{"v=TLSRPTv1; x=y", 15, 0, "missing"},
		{"v=TLSRPTv1; rua=a:b,", 20, 0, "URI"},
		{"v=TLSRPTv1; rua=a:b c", 16, 5, "URI"},
		{"v=TLSRPTv1; rua=mailto:ü@b.c", 16, 13, "URI"},
		{"v=TLSRPTv1; x=ü; rua=a:b", 14, 1, "ASCII"},
		{"v=TLSRPTv1 rua=mailto:a@b.c", 0, 10, "start"},
	} {
		t.Run(tc.in, func(t *testing.T) {
			got, err := smtpprobe.ParseTLSRPT(tc.in)
			require.Zero(t, got)
			refused(t, err, tc.offset, tc.length, tc.reason)
		})
	}
}

func FuzzParseSTSRecord(f *testing.F) {
	for _, s := range []string{"v=STSv1; id=1;", "v=STSv1;;", "v=STSv1; x=y ; id=\xff", "v=STSv1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := smtpprobe.ParseSTSRecord(s)
		if err != nil {
			inText(t, err, s)
			return
		}
		require.Regexp(t, "^[A-Za-z0-9]{1,32}$", r.ID)
		again, err := smtpprobe.ParseSTSRecord("v=STSv1; id=" + r.ID)
		require.NoError(t, err)
		require.Equal(t, r.ID, again.ID)
	})
}

// inText checks that an error points into what was parsed.
func inText(t *testing.T, err error, s string) {
	t.Helper()
	var se *smtpprobe.SyntaxError
	require.ErrorAs(t, err, &se)
	require.LessOrEqual(t, se.Span.Offset+se.Span.Length, max(len(s), se.Span.Offset))
	require.LessOrEqual(t, se.Span.Offset, len(s))
}

func FuzzParseSTSPolicy(f *testing.F) {
	for _, s := range []string{goodPolicy, "mode: none\nversion: STSv1\nmax_age: 0\nx: ü", "mx: *.", ":", "\r\n\r", "x: \xff"} {
		f.Add(s, "mx.example.net")
	}
	f.Fuzz(func(t *testing.T, s, host string) {
		p, err := smtpprobe.ParseSTSPolicy([]byte(s))
		if err != nil {
			inText(t, err, s)
			return
		}
		again, err := smtpprobe.ParseSTSPolicy([]byte(p.String()))
		require.NoError(t, err)
		require.Equal(t, p, again)
		b, err := json.Marshal(p)
		require.NoError(t, err)
		var back smtpprobe.STSPolicy
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, p, back)
		if pattern, ok := p.Match(host); ok {
			require.Contains(t, p.MX, pattern)
		}
		for _, mx := range p.MX {
			_, ok := p.Match(strings.Replace(mx, "*", "a", 1))
			require.True(t, ok || len(mx) > 253, mx)
		}
	})
}

func FuzzParseTLSRPT(f *testing.F) {
	for _, s := range []string{"v=TLSRPTv1; rua=mailto:a@b.c, https://d.e/", "v=TLSRPTv1;rua=,", "v=TLSRPTv1; rua=:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := smtpprobe.ParseTLSRPT(s)
		if err != nil {
			inText(t, err, s)
			return
		}
		require.NotEmpty(t, r.RUA)
		again, err := smtpprobe.ParseTLSRPT("v=TLSRPTv1; rua=" + strings.Join(r.RUA, ","))
		require.NoError(t, err)
		require.Equal(t, r.RUA, again.RUA)
	})
}

func BenchmarkParseSTSPolicy(b *testing.B) {
	body := []byte(goodPolicy)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := smtpprobe.ParseSTSPolicy(body); err != nil {
			b.Fatal(err)
		}
	}
}
