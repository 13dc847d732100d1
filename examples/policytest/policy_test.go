package main

import (
	"encoding/json"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// These are the tests of a team that owns mail. They hold whenever old.zone, new.zone and
// streams.json are in order.

var update = flag.Bool("update", false, "write review.txt and verdict.json")

func embedded(t *testing.T) change {
	t.Helper()
	c, err := load(os.ReadFile, "testdata/streams.json", "testdata/old.zone", "testdata/new.zone", "testdata/others.zone")
	require.NoError(t, err)
	return c
}

func (c change) states(t *testing.T) (before, after state) {
	t.Helper()
	before, err := c.plan.examine(t.Context(), resolver.Overlay{Zone: c.old, Domains: c.plan.Domains, Next: c.others})
	require.NoError(t, err)
	after, err = c.plan.examine(t.Context(), resolver.Overlay{Zone: c.new, Domains: c.plan.Domains, Next: c.others})
	require.NoError(t, err)
	return before, after
}

// TestAllMailPasses says what is broken, a line for each stream and domain.
func TestAllMailPasses(t *testing.T) {
	c := embedded(t)
	_, after := c.states(t)
	for _, problem := range after.problems(c.plan) {
		t.Error(problem)
	}
}

// TestReviewed makes whoever changes who may send say so: run it with -update, and let
// the others read the difference of review.txt.
func TestReviewed(t *testing.T) {
	c := embedded(t)
	before, after := c.states(t)
	golden(t, "review.txt", review(c.plan, before, after))
}

// TestLost names who is to lose the permission to send. Everybody else keeps it.
func TestLost(t *testing.T) {
	retired := []string{
		"192.88.99.144/28", // the old newsletter service, from January
	}
	c := embedded(t)
	before, after := c.states(t)
	var lost []string
	for i := range c.plan.Domains {
		for _, change := range spf.Diff(before.spf[i].Compile(), after.spf[i].Compile()).Lost() {
			for _, network := range change.Networks {
				lost = append(lost, network.String())
			}
		}
	}
	require.Equal(t, retired, lost)
}

// verdict is one of the past: what was asked, what DNS said, and what came of it.
type verdict struct {
	Request spf.Request       `json:"request"`
	Answers resolver.Snapshot `json:"answers"`
	Result  spf.Result        `json:"result"`
}

// TestVerdictOfMarch replays a day on which all invoices were refused, since the service
// had added a record to its policy. The verdict is still the same, and comes of the stored
// answers alone; and with the new records the same mail passes.
func TestVerdictOfMarch(t *testing.T) {
	if *update {
		recordVerdict(t)
	}
	text, err := os.ReadFile("testdata/verdict.json")
	require.NoError(t, err)
	var stored verdict
	require.NoError(t, json.Unmarshal(text, &stored))

	again, missing := spf.Evaluate(stored.Request, stored.Answers)
	require.Empty(t, missing)
	require.Equal(t, stored.Result, again)
	require.Equal(t, spf.PermError, again.Status)
	require.True(t, again.Findings.Has(spf.CodeTooManyLookups))

	c := embedded(t)
	now, err := spf.Checker{Resolver: resolver.Overlay{Zone: c.new, Domains: c.plan.Domains, Next: c.others}}.Check(t.Context(), stored.Request)
	require.NoError(t, err)
	require.Equal(t, spf.Pass, now.Status)
}

// recordVerdict makes what a mail server would have stored on that day. In production the
// Recorder stands before the server's own resolver, and the test is nothing but a replay.
func recordVerdict(t *testing.T) {
	t.Helper()
	rec := resolver.Record(resolver.MustZone(`
		paper.example TXT "v=spf1 mx a:www.paper.example a:shop.paper.example include:_spf.ledger.example ~all"
		paper.example MX 10 mx.paper.example
		mx.paper.example A 192.88.99.10
		www.paper.example A 192.88.99.11
		shop.paper.example A 192.88.99.12
		_spf.ledger.example TXT "v=spf1 include:de.ledger.example include:fr.ledger.example include:nl.ledger.example include:pl.ledger.example include:se.ledger.example include:uk.ledger.example include:us.ledger.example -all"
		*.ledger.example TXT "v=spf1 ip4:192.88.99.64/28 -all"
		us.ledger.example TXT "v=spf1 ip4:192.88.99.80/28 -all"
	`))
	stored := verdict{Request: spf.Request{
		IP: netip.MustParseAddr("192.88.99.85"), HELO: "out.us.ledger.example", MailFrom: "bounces@paper.example",
	}}
	var err error
	stored.Result, err = spf.Checker{Resolver: rec}.Check(t.Context(), stored.Request)
	require.NoError(t, err)
	stored.Answers = rec.Snapshot()
	text, err := json.MarshalIndent(stored, "", "  ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile("testdata/verdict.json", append(text, '\n'), 0o600))
}

// golden compares a text with the file that somebody has read.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, strings.ReplaceAll(string(want), "\r\n", "\n"), text)
}
