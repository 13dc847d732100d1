package report_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc/report"
)

// fuzzLimits are small, so that they are met.
var fuzzLimits = report.Options{Bytes: 1 << 20, Ratio: 50, Rows: 100, Text: 1000, Depth: 12, Attributes: 5, Files: 5, Nesting: 4, Header: 2000}

func FuzzParse(f *testing.F) {
	for _, in := range []string{
		doc, doc + doc, gzipped(doc), zipped("a", doc, "b", doc), stored("a", doc), mail(prose, attachment("application/gzip", gzipped(doc))),
		utf16(doc, 0xfeff), edited("UTF-8", "latin1", "body", "k\xf6"), head + tail, "PK\x05\x06", "From: a\r\n\r\n" + doc, edited("1763596800", "1e300"),
		edited("<org_name>", "<org_name>\x1b[2J\u202e"),
	} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, errs := readAll(strings.NewReader(in), fuzzLimits)
		var s report.Summary
		for _, one := range got {
			text := marshal(t, one.Report) + marshal(t, one.Rows)
			for i := range len(text) {
				require.False(t, text[i] < ' ' || text[i] == 0x7f, "%q", text)
			}
			require.NotContains(t, text, "\u202e")
			sound(t, one.Report.Findings)
			require.LessOrEqual(t, one.Report.Records, int64(100))
		}
		if len(got) == 0 {
			require.NotEmpty(t, errs, "no report, and nothing said")
		}
		for rep, err := range report.Parse(strings.NewReader(in), fuzzLimits) {
			if err == nil {
				_ = s.Add(rep)
			}
		}
		var again report.Summary
		again.Merge(&s)
		require.JSONEq(t, marshal(t, again), marshal(t, func() *report.Summary { var e report.Summary; e.Merge(&s); return &e }()))
		for _, d := range report.Evaluate(report.Request{Volume: 1}, &s).Domains {
			sound(t, d.Findings)
		}
	})
}

func FuzzParseFailure(f *testing.F) {
	for _, in := range []string{arf, arfMail(arf, failed), arfMail("Feedback-Type: abuse\n\n", ""), "Content-Type: message/rfc822\n\n" + arfMail(arf, failed)} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := report.ParseFailure(strings.NewReader(in), fuzzLimits)
		if got == nil {
			require.Error(t, err)
			return
		}
		sound(t, got.Findings)
		text := marshal(t, got)
		for i := range len(text) {
			require.False(t, text[i] < ' ' || text[i] == 0x7f, "%q", text)
		}
		var again report.Failure
		require.NoError(t, json.Unmarshal([]byte(text), &again))
		require.Equal(t, text, marshal(t, &again))
	})
}

// FuzzSummary reads summaries from JSON that nobody wrote.
func FuzzSummary(f *testing.F) {
	var s report.Summary
	for rep, err := range report.Parse(strings.NewReader(doc), report.Options{}) {
		require.NoError(f, err)
		require.NoError(f, s.Add(rep))
	}
	text, err := json.Marshal(s)
	require.NoError(f, err)
	f.Add(string(text))
	f.Add(`{"domains":{"a":null,"\u001b":{"sources":{"192.0.2.1":null,"":{"class":"x"}},"networks":{"192.0.2.0/24":null},"days":null}},"reporters":{"r":null},"seen":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		var s report.Summary
		if json.Unmarshal([]byte(text), &s) != nil {
			return
		}
		res := report.Evaluate(report.Request{Volume: 1}, &s)
		for _, d := range res.Domains {
			sound(t, d.Findings)
		}
		var merged, twice report.Summary
		merged.Merge(&s)
		for rep, err := range report.Parse(strings.NewReader(doc), report.Options{}) {
			require.NoError(t, err)
			require.NoError(t, merged.Add(rep))
		}
		twice.Merge(&merged)
		require.Equal(t, marshal(t, &merged), marshal(t, &twice))
	})
}
