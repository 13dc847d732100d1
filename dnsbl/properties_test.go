package dnsbl_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
)

// world is a random zone with some lists, and what to ask them.
func world(seed uint64) (text string, req dnsbl.Request) {
	rnd := rand.New(rand.NewPCG(seed, 7))
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	codes := []string{"", "", "A 127.0.0.2", "A 127.0.0.10", "A 127.0.0.20", "A 127.0.0.30", "A 127.0.0.40", "A 127.0.0.50", "A 127.0.9.9", "A 127.0.0.1", "A 127.255.255.254", "A 203.0.113.9", "A !refused", "A !servfail", "A !timeout", "CNAME parking.example"}
	targets := []dnsbl.Target{victim, victim6, {Domain: "mail.example.org", Role: dnsbl.RoleFrom}, {Domain: "example.co.uk"}}
	req.Target = targets[rnd.IntN(len(targets))]
	labels := [2][]string{
		{"44.33.22.11.", reversed6, "mail.example.org.", "example.org.", "example.co.uk."},
		{"2.0.0.127.", "1.0.0.127.", "1.2.0.192.", "1.113.0.203.", control6, clean6, "test.", "invalid.", "example.com."},
	}
	var b strings.Builder
	for i := range 1 + rnd.IntN(5) {
		zone := fmt.Sprintf("l%d.test", i)
		l := testList(zone)
		l.Kinds = append(l.Kinds, dnsbl.Domain)
		if rnd.IntN(2) == 0 {
			l.Names = dnsbl.HostFirst
		}
		req.Lists = append(req.Lists, l)
		for i, names := range labels {
			ours := i == 0
			for _, n := range names {
				data := pick(codes...)
				if !ours && rnd.IntN(3) > 0 {
					data = ""
					if strings.HasPrefix(n, "2") || n == "test." {
						data = "A 127.0.0.2"
					}
				}
				if data != "" {
					fmt.Fprintf(&b, "%s%s %s\n", n, zone, data)
				}
				if ours && strings.HasPrefix(data, "A 127") {
					fmt.Fprintf(&b, "%s%s TXT %q\n", n, zone, "see https://"+zone+"/why")
				}
			}
		}
	}
	return b.String(), req
}

func inWorlds(t *testing.T, f func(t *testing.T, zone *resolver.Zone, req dnsbl.Request)) {
	t.Helper()
	for seed := range uint64(400) {
		text, req := world(seed)
		// Maps are in random order, zones are not.
		lines := strings.Split(text, "\n")
		slices.Sort(lines)
		zone, err := resolver.ParseZone(strings.Join(lines, "\n"))
		require.NoError(t, err, text)
		f(t, zone, req)
		if t.Failed() {
			t.Fatalf("seed %d\n%s", seed, text)
		}
	}
}

func TestWorldsAreVaried(t *testing.T) {
	lists, sums := map[dnsbl.Status]int{}, map[dnsbl.Status]int{}
	inWorlds(t, func(_ *testing.T, zone *resolver.Zone, req dnsbl.Request) {
		res, _ := dnsbl.Evaluate(req, zone)
		sums[res.Status]++
		for _, l := range res.Lists {
			lists[l.Status]++
		}
	})
	for _, s := range []dnsbl.Status{dnsbl.Listed, dnsbl.Policy, dnsbl.Info, dnsbl.Whitelisted, dnsbl.NotListed, dnsbl.Refused, dnsbl.Error, dnsbl.Unknown, dnsbl.NotCheckable} {
		require.Greater(t, lists[s], 5, "%v", lists)
	}
	for _, s := range []dnsbl.Status{dnsbl.Listed, dnsbl.Clean, dnsbl.Noted, dnsbl.Partial, dnsbl.Unknown} {
		require.Greater(t, sums[s], 3, "%v", sums)
	}
}

// drive drives Evaluate by hand, and requires that it asks in order.
func drive(t testing.TB, v resolver.View, req dnsbl.Request) (res dnsbl.Result, known resolver.Snapshot, rounds int) {
	t.Helper()
	known = resolver.Snapshot{}
	for {
		res, missing := dnsbl.Evaluate(req, known)
		if len(missing) == 0 {
			return res, known, rounds
		}
		require.Empty(t, res.Status)
		rounds++
		require.LessOrEqual(t, rounds, 3, "target and control, reason and clean control, others")
		for _, q := range missing {
			_, ok := known[q]
			require.False(t, ok, "%v is known, or twice in one round: %v", q, missing)
			require.Equal(t, resolver.Q(q.Name, q.Type), q, "not in normal form")
			a, ok := v.Get(q)
			require.True(t, ok)
			known[q] = a
		}
	}
}

func TestProperties(t *testing.T) {
	inWorlds(t, func(t *testing.T, zone *resolver.Zone, req dnsbl.Request) {
		want, missing := dnsbl.Evaluate(req, zone)
		require.Empty(t, missing)
		sound(t, want)
		again, _ := dnsbl.Evaluate(req, zone)
		require.Equal(t, want, again, "not deterministic")
		driven, known, _ := drive(t, zone, req)
		require.Equal(t, want, driven)

		rec := resolver.Record(zone)
		res, err := dnsbl.Checker{Resolver: rec}.Check(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, want, res, "Check is Evaluate")
		require.Equal(t, known, rec.Snapshot(), "and asks the same")

		raw, err := json.Marshal(rec.Snapshot())
		require.NoError(t, err)
		var seen resolver.Snapshot
		require.NoError(t, json.Unmarshal(raw, &seen))
		raw, err = json.Marshal(req)
		require.NoError(t, err)
		var back dnsbl.Request
		require.NoError(t, json.Unmarshal(raw, &back))
		again, missing = dnsbl.Evaluate(back, seen)
		require.Empty(t, missing, "a stored check replays")
		require.Equal(t, want, again)

		raw, err = json.Marshal(want)
		require.NoError(t, err)
		var backRes dnsbl.Result
		require.NoError(t, json.Unmarshal(raw, &backRes))
		require.Equal(t, want, backRes, "a result survives JSON")
	})
}

// TestHealthAgrees gives Evaluate the health of the lists, which it would find out
// itself: no verdict gets better by it, and none gets worse that was sure.
func TestHealthAgrees(t *testing.T) {
	inWorlds(t, func(t *testing.T, zone *resolver.Zone, req dnsbl.Request) {
		want, _ := dnsbl.Evaluate(req, zone)
		health, missing := dnsbl.EvaluateHealth(dnsbl.HealthRequest{Lists: req.Lists}, zone)
		require.Empty(t, missing)
		wellFormed(t, health.Findings)
		rec := resolver.Record(zone)
		live, err := dnsbl.Checker{Resolver: rec}.CheckHealth(t.Context(), dnsbl.HealthRequest{Lists: req.Lists})
		require.NoError(t, err)
		require.Equal(t, health, live)

		req.Health = health.Lists
		got, _ := dnsbl.Evaluate(req, zone)
		sound(t, got)
		for i := range want.Lists {
			w, g := want.Lists[i].Status, got.Lists[i].Status
			if g == dnsbl.NotListed || g == dnsbl.Whitelisted || g == dnsbl.Info {
				require.Equal(t, w, g, "%+v", want.Lists[i])
			}
		}
	})
}

// TestPartialViews leaves answers out: either Evaluate asks, or they were not needed.
func TestPartialViews(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	inWorlds(t, func(t *testing.T, zone *resolver.Zone, req dnsbl.Request) {
		full, known, _ := drive(t, zone, req)
		partial := maps.Clone(known)
		maps.DeleteFunc(partial, func(resolver.Question, resolver.Answer) bool { return rnd.IntN(5) == 0 })
		res, missing := dnsbl.Evaluate(req, partial)
		if len(missing) == 0 {
			require.Equal(t, full, res)
		}
	})
}

// TestFaultMatrix fails each question of many checks in each way: nothing becomes
// better by it.
func TestFaultMatrix(t *testing.T) {
	good := []dnsbl.Status{dnsbl.NotListed, dnsbl.Whitelisted, dnsbl.Info}
	tried := 0
	for seed := range uint64(60) {
		text, req := world(seed)
		zone := resolver.MustZone(text)
		base, known, _ := drive(t, zone, req)
		for q := range known {
			for _, status := range []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed} {
				tried++
				broken := overlay{zone, q, resolver.Answer{Status: status}}
				res, _, _ := drive(t, broken, req)
				sound(t, res)
				if res.Status == dnsbl.Clean && q.Type == resolver.TypeA {
					t.Fatalf("clean, although %v is %s", q, status)
				}
				for i := range res.Lists {
					was, is := base.Lists[i].Status, res.Lists[i].Status
					if was != is && slices.Contains(good, is) {
						t.Fatalf("seed %d: %s went from %s to %s by %s of %v", seed, res.Lists[i].Zone, was, is, status, q)
					}
				}
			}
		}
	}
	require.Greater(t, tried, 1500)
}

// overlay is a view with another answer for one question.
type overlay struct {
	under resolver.View
	q     resolver.Question
	a     resolver.Answer
}

func (o overlay) Get(q resolver.Question) (resolver.Answer, bool) {
	if q == o.q {
		return o.a, true
	}
	return o.under.Get(q)
}
