package bounce_test

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/bounce"
)

// requireSound checks what holds for the result of any observation.
func requireSound(t *testing.T, o bounce.Observation) {
	t.Helper()
	res := bounce.Evaluate(o)
	require.NotEmpty(t, res.Category)
	require.NotEmpty(t, res.Rule)
	require.NotEmpty(t, res.Reason)
	require.NotEmpty(t, res.Findings)
	require.GreaterOrEqual(t, res.Evidence.Offset, 0)
	require.LessOrEqual(t, res.Evidence.Offset+res.Evidence.Length, len(o.Text))
	for _, list := range []int{len(res.IPs), len(res.Addresses), len(res.Domains), len(res.URLs)} {
		require.LessOrEqual(t, list, 8)
	}
	requireRemoval(t, o)
	walk(t, reflect.ValueOf(res))
	b, err := json.Marshal(res)
	require.NoError(t, err)
	require.True(t, utf8.Valid(b))
	require.Equal(t, res, bounce.Evaluate(o))
}

func FuzzEvaluate(f *testing.F) {
	for _, e := range corpus(f, "corpus*.txt") {
		for _, o := range e.observations() {
			f.Add(o.Text, o.Code, o.Enhanced, string(o.Stage), string(o.Outcome), o.Recipient, o.Sender, o.RemoteHost)
		}
	}
	f.Fuzz(func(t *testing.T, text string, code int, enhanced, stage, outcome, to, from, host string) {
		requireSound(t, bounce.Observation{
			Text: text, Code: code, Enhanced: enhanced, Stage: bounce.Stage(stage), Outcome: bounce.Outcome(outcome),
			Recipient: to, Sender: from, RemoteHost: host, LocalHost: from, RemoteIP: netip.MustParseAddr("198.51.100.25"),
		})
	})
}

func FuzzParseReply(f *testing.F) {
	for _, e := range corpus(f, "corpus*.txt") {
		f.Add(e.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o := bounce.ParseReply(text)
		require.LessOrEqual(t, len(o.Text), len(text)+8)
		requireSound(t, o)
	})
}

func FuzzParseLog(f *testing.F) {
	for _, e := range corpus(f, "corpus_logs.txt") {
		f.Add(e.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := bounce.ParseLog(text, corpusTime)
		for _, o := range all[:min(len(all), 20)] {
			requireSound(t, o)
		}
		var tr bounce.Triage
		tr.Now, tr.Rows = corpusTime, 4
		for line := range strings.Lines(text) {
			tr.Add(line)
		}
		r := tr.Report()
		walk(t, reflect.ValueOf(r.Rows))
		refused := r.Totals.Bounced + r.Totals.Deferred + r.Totals.Complaints
		require.EqualValues(t, len(all), refused+r.Totals.Sent)
		require.LessOrEqual(t, len(r.Rows), 4)
		b, err := json.Marshal(&tr)
		require.NoError(t, err)
		var back bounce.Triage
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, r, back.Report())
	})
}

func FuzzParseDSN(f *testing.F) {
	f.Add([]byte(postfixDSN))
	f.Add([]byte(complaint))
	f.Add([]byte("Subject: failure notice\n\nHi. This is the qmail-send program\n\n<a@b.example>:\n550 5.1.1 no\n"))
	f.Fuzz(func(t *testing.T, msg []byte) {
		d, err := bounce.ParseDSN(msg)
		if err != nil {
			require.ErrorIs(t, err, bounce.ErrNotBounce)
			require.Empty(t, d.Observations)
			return
		}
		require.NotEmpty(t, d.Observations)
		for _, o := range d.Observations[:min(len(d.Observations), 20)] {
			requireSound(t, o)
		}
	})
}

func FuzzTriageJSON(f *testing.F) {
	var tr bounce.Triage
	tr.AddResult(bounce.Observation{Text: "550 no", Time: time.Unix(1763719200, 0)}, bounce.Evaluate(bounce.Observation{Text: "550 no"}))
	b, _ := json.Marshal(&tr)
	f.Add(b)
	f.Add([]byte(`{"size":-1,"rows":[{"key":"AA==","count":-5,"hours":[1,2]},{"key":"AA==","count":9}]}`))
	f.Fuzz(func(_ *testing.T, b []byte) {
		var tr bounce.Triage
		if json.Unmarshal(b, &tr) != nil {
			return
		}
		var other bounce.Triage
		other.AddResult(bounce.Observation{Text: "550 no"}, bounce.Evaluate(bounce.Observation{Text: "550 no"}))
		tr.Merge(&other)
		tr.Report()
	})
}
