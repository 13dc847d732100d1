package bounce_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/bounce"
)

const listedLine = "Nov 21 %s mail postfix/smtp[1]: %s: to=<bob@example.net>, relay=mx.example.net[198.51.100.25]:25, dsn=5.7.1, status=bounced (host mx.example.net[198.51.100.25] said: 554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using zen.spamhaus.org (in reply to RCPT TO command))"

func newTriage() *bounce.Triage { return &bounce.Triage{Now: corpusTime} }

func TestTriageWhole(t *testing.T) {
	tr := newTriage()
	tr.Add("Nov 21 09:59:58 mail postfix/smtpd[9]: 4BqA1: client=unknown[203.0.113.9], sasl_method=LOGIN, sasl_username=alice@example.org")
	tr.Add("Nov 21 09:59:59 mail postfix/qmgr[9]: 4BqA1: from=<news@example.org>, size=1234, nrcpt=1 (queue active)")
	tr.Add("Nov 21 09:59:59 mail postfix/cleanup[9]: 4BqA1: warning: header X-PHP-Originating-Script: 33:mail.php from local; from=<news@example.org>")
	tr.Add(fmt.Sprintf(listedLine, "10:00:00", "4BqA1"))
	tr.Add(fmt.Sprintf(listedLine, "10:00:05", "4BqA1"))
	tr.Add("Nov 21 10:00:06 mail postfix/smtp[1]: 4BqA2: to=<bob@example.net>, relay=mx.example.net[198.51.100.25]:25, dsn=2.0.0, status=sent (250 Ok)")
	at := func(clock string) time.Time {
		v, err := time.Parse(time.DateTime, "2026-11-21 "+clock)
		require.NoError(t, err)
		return v
	}
	observed := bounce.ParseLog(fmt.Sprintf(listedLine, "10:00:00", "4BqA1"), corpusTime)
	require.Len(t, observed, 1)
	want := bounce.TriageReport{
		Totals: bounce.Totals{Lines: 6, Sent: 1, Bounced: 2, First: at("09:59:58"), Last: at("10:00:06")},
		Answer: bounce.Answer{
			Scope: bounce.ScopeIP, Subject: "192.0.2.10", Percent: 100, Action: bounce.ActionDelist,
			Reason: "Refusals about the sending address: 2 of 2, most of them as ip-blocklisted.",
		},
		Categories: []bounce.CategoryCount{{Category: bounce.IPBlocklisted, Count: 2, Action: bounce.ActionDelist}},
		Rows: []bounce.Row{{
			Destination: "example.net", Category: bounce.IPBlocklisted, Code: 554, Enhanced: "5.7.1", List: "zen.spamhaus.org",
			Scope: bounce.ScopeIP, Subject: "192.0.2.10", Rule: "list.spamhaus-zen", Action: bounce.ActionDelist,
			Sample: "554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using zen.spamhaus.org",
			Result: bounce.Evaluate(observed[0]),
			Count:  2, First: at("10:00:00"), Last: at("10:00:05"),
		}},
		Senders: []bounce.Top{{Name: "news@example.org", Count: 1, Refused: 2, First: at("09:59:59"), Last: at("09:59:59")}},
		Users:   []bounce.Top{{Name: "alice@example.org", Count: 1, Refused: 2, First: at("09:59:58"), Last: at("09:59:58")}},
		Scripts: []bounce.Top{{Name: "33:mail.php", Count: 1, Refused: 2, First: at("09:59:59"), Last: at("09:59:59")}},
	}
	require.Equal(t, want, tr.Report())
	require.Equal(t, want, tr.Report(), "a report changes nothing")
}

// TestTriageAnswers checks that the same kind of refusals is the account's fault when
// one account handed the messages in, and the address's when nobody stands out.
func TestTriageAnswers(t *testing.T) {
	build := func(user func(i int) string) bounce.Answer {
		tr := newTriage()
		for i := range 100 {
			id := fmt.Sprintf("4BqA%d", i)
			tr.Add(fmt.Sprintf("Nov 21 09:59:58 mail postfix/smtpd[9]: %s: client=unknown[203.0.113.9], sasl_method=LOGIN, sasl_username=%s", id, user(i)))
			tr.Add(fmt.Sprintf(listedLine, "10:00:00", id))
		}
		return tr.Report().Answer
	}
	one := build(func(i int) string {
		if i < 90 {
			return "hacked@example.org"
		}
		return fmt.Sprintf("u%d@example.org", i)
	})
	require.Equal(t, bounce.ScopeAccount, one.Scope)
	require.Equal(t, "hacked@example.org", one.Subject)
	require.Equal(t, 90, one.Percent)
	many := build(func(i int) string { return fmt.Sprintf("u%d@example.org", i) })
	require.Equal(t, bounce.ScopeIP, many.Scope)
	require.Equal(t, "192.0.2.10", many.Subject)
	require.Equal(t, bounce.ScopeUnknown, newTriage().Report().Answer.Scope)
}

func TestTriageTrends(t *testing.T) {
	for _, tt := range []struct {
		name   string
		counts []int // by hour
		want   bounce.Trend
	}{
		{"one hour", []int{50}, ""},
		{"steady", []int{10, 10, 10}, bounce.TrendSteady},
		{"rising", []int{3, 3, 9}, bounce.TrendRising},
		{"a spike", []int{2, 2, 40}, bounce.TrendSpike},
		{"falling", []int{10, 10, 1}, bounce.TrendFalling},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr := newTriage()
			for hour, n := range tt.counts {
				for range n {
					tr.Add(fmt.Sprintf(listedLine, fmt.Sprintf("%02d:30:00", 10+hour), "4BqA1"))
				}
			}
			require.Equal(t, tt.want, tr.Report().Rows[0].Trend)
		})
	}
}

// skewed returns refusals of many destinations, some far more frequent than others.
func skewed(seed uint64, n int) []bounce.Observation {
	rnd := rand.New(rand.NewPCG(seed, 1))
	z := rand.NewZipf(rnd, 1.3, 1, 5000)
	var out []bounce.Observation
	for range n {
		out = append(out, bounce.Observation{
			Text: "550 5.1.1 User unknown", Stage: bounce.StageRcpt, Outcome: bounce.OutcomeBounced,
			Recipient: fmt.Sprintf("bob@d%d.example", z.Uint64()),
		})
	}
	return out
}

// TestTriageErrors checks the promise of the counters against exact counts, for one
// Triage, for several merged, and for one that was stored between.
func TestTriageErrors(t *testing.T) {
	exact := make(map[string]int64)
	var parts []*bounce.Triage
	for seed := range uint64(4) {
		tr := &bounce.Triage{Rows: 64}
		for _, o := range skewed(seed, 5000) {
			tr.AddResult(o, bounce.Evaluate(o))
			exact[o.Recipient[len("bob@"):]]++
		}
		parts = append(parts, tr)
	}
	var all bounce.Triage
	all.Rows = 64
	for _, p := range parts {
		b, err := json.Marshal(p)
		require.NoError(t, err)
		var back bounce.Triage
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, p.Report(), back.Report())
		all.Merge(&back)
	}
	r := all.Report()
	require.Len(t, r.Rows, 64)
	require.EqualValues(t, 20000, r.Totals.Bounced)
	kept := make(map[string]bool)
	for _, row := range r.Rows {
		kept[row.Destination] = true
		require.GreaterOrEqual(t, row.Count, exact[row.Destination])
		require.LessOrEqual(t, row.Count-row.Error, exact[row.Destination])
	}
	for d, n := range exact {
		if !kept[d] {
			require.LessOrEqual(t, n, r.Rows[len(r.Rows)-1].Count, d)
		}
	}
	require.Equal(t, "d0.example", r.Rows[0].Destination)
}

// TestTriageIsBounded feeds names that never come again.
func TestTriageIsBounded(t *testing.T) {
	tr := &bounce.Triage{Now: corpusTime, Rows: 16}
	long := strings.Repeat("x", 5000)
	for i := range 3000 {
		id := fmt.Sprintf("4Bq%d%s", i, long[:i%100])
		tr.Add(fmt.Sprintf("Nov 21 09:59:58 mail postfix/smtpd[9]: %s: client=x, sasl_username=u%d%s", id, i, long))
		tr.Add(fmt.Sprintf(listedLine, "10:00:00", id))
	}
	r := tr.Report()
	require.LessOrEqual(t, len(r.Users), 16)
	require.LessOrEqual(t, len(r.Rows), 16)
	b, err := json.Marshal(tr)
	require.NoError(t, err)
	require.Less(t, len(b), 1<<20)
}

// TestTriageOfLines checks that lines one by one give what the whole text gives.
func TestTriageOfLines(t *testing.T) {
	var text strings.Builder
	for _, e := range corpus(t, "corpus_logs.txt") {
		text.WriteString(e.text + "\n\n")
	}
	tr := newTriage()
	for line := range strings.Lines(text.String()) {
		tr.Add(line)
	}
	r := tr.Report()
	want := map[bounce.Category]int64{}
	for _, o := range bounce.ParseLog(text.String(), corpusTime) {
		if res := bounce.Evaluate(o); res.Category != bounce.Accepted {
			want[res.Category]++
		}
	}
	got := map[bounce.Category]int64{}
	for _, c := range r.Categories {
		got[c.Category] = c.Count
	}
	require.Equal(t, want, got)
	require.EqualValues(t, 1, r.Totals.Sent)
}

// TestTriageSample checks that the result of a row is that of its sample: the evidence
// is found in what is quoted, and nothing holds or repeats the whole text.
func TestTriageSample(t *testing.T) {
	long := "550 5.7.1 " + strings.Repeat("padding ", 200)
	for _, tt := range []struct {
		name, text, evidence string
		urls                 int
	}{
		{"short", "554 5.7.1 Client host [192.0.2.10] blocked using zen.spamhaus.org", "zen.spamhaus.org", 0},
		{"far behind", long + "blocked using zen.spamhaus.org", "zen.spamhaus.org", 0},
		{"with escapes", "554 5.7.1 \x1b[31m blocked using zen.spamhaus.org", "", 0},
		{"a link that is too long", "554 5.7.1 blocked using zen.spamhaus.org https://a.example/" + strings.Repeat("x", 400) + " https://b.example/", "zen.spamhaus.org", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := bounce.Observation{Text: tt.text, Recipient: "bob@example.net"}
			res := bounce.Evaluate(o)
			var tr bounce.Triage
			tr.AddResult(o, res)
			row := tr.Report().Rows[0]
			at := row.Result.Evidence
			require.Equal(t, tt.evidence, row.Sample[at.Offset:at.Offset+at.Length])
			require.Equal(t, at, row.Result.Findings[0].Span)
			require.Len(t, row.Result.URLs, tt.urls)
			require.Equal(t, "zen.spamhaus.org", row.Result.List.Zone)
			require.Equal(t, "Spamhaus ZEN", row.Result.List.Name)
			require.Equal(t, bounce.Evaluate(o), res, "the caller's is not changed")
		})
	}
}

// TestTriageDestination checks that the domains at a provider share a row, which names
// that of its sample.
func TestTriageDestination(t *testing.T) {
	var tr bounce.Triage
	for _, to := range []string{"bob@one.example", "bob@two.example"} {
		o := bounce.Observation{Text: "550 5.1.2 Domain not found", Recipient: to, RemoteHost: "aspmx.l.google.com"}
		tr.AddResult(o, bounce.Evaluate(o))
	}
	rows := tr.Report().Rows
	require.Len(t, rows, 1)
	require.EqualValues(t, 2, rows[0].Count)
	require.Equal(t, bounce.ProviderGmail, rows[0].Provider)
	require.Equal(t, "one.example", rows[0].Destination)
}

func TestTriageMergeWithItself(t *testing.T) {
	tr := newTriage()
	tr.Add(fmt.Sprintf(listedLine, "10:00:00", "4BqA1"))
	before := tr.Report()
	tr.Merge(tr)
	tr.Merge(nil)
	require.Equal(t, before, tr.Report())
	var zero bounce.Triage
	tr.Merge(&zero)
	require.Equal(t, before, tr.Report())
	zero.Merge(tr)
	require.Equal(t, before.Rows, zero.Report().Rows)
}
