package dnsbl_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
)

// TestHealthPromisesNoMore gives what the lists' controls said beforehand to Evaluate, in
// random worlds, and sees that no target gets better by it than when the controls were
// asked along with it, and that a list in trouble is not asked at all.
func TestHealthPromisesNoMore(t *testing.T) {
	all := dnsbl.Catalogue()
	seen := map[dnsbl.HealthStatus]int{}
	for seed := range uint64(1500) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		req := dnsbl.Request{Target: []dnsbl.Target{victim, victim6, {Domain: "mail.example.org"}}[rnd.IntN(3)], Keyed: []string{"spamhaus"}}
		for _, i := range rnd.Perm(len(all))[:1+rnd.IntN(6)] {
			req.Lists = append(req.Lists, all[i])
		}
		kind := kindOf(req.Target)
		answer := func(q resolver.Question) resolver.Answer {
			for _, l := range req.Lists {
				for _, z := range []string{l.Zone, l.IPv6Zone, l.KeyZone} {
					if labels, ok := strings.CutSuffix(q.Name, "."+z); ok && z != "" {
						target := false
						for _, mine := range labelsOf(l, req.Target) {
							target = target || labels == mine
						}
						return anyAnswer(seed, q, target, l)
					}
				}
			}
			require.Fail(t, "a question for no list", "%s", q)
			return resolver.Answer{}
		}
		view := resolver.Snapshot{}
		var health dnsbl.Health
		for round := 0; ; round++ {
			require.Less(t, round, 4)
			var missing []resolver.Question
			health, missing = dnsbl.EvaluateHealth(dnsbl.HealthRequest{Lists: req.Lists, Keyed: req.Keyed}, view)
			for _, q := range missing {
				require.NotContains(t, view, q)
				view[q] = answer(q)
			}
			if len(missing) == 0 {
				break
			}
		}
		wellFormed(t, health.Findings)
		text, err := json.Marshal(health)
		require.NoError(t, err)
		var back dnsbl.Health
		require.NoError(t, json.Unmarshal(text, &back))
		byZone := map[string]dnsbl.ListHealth{}
		for _, h := range back.Lists {
			seen[h.Status]++
			if h.Kind == kind {
				byZone[h.Zone] = h
			}
		}
		without, _, _ := answerRounds(t, req, answer)
		with := req
		with.Health = back.Lists
		res, _, rounds := answerRounds(t, with, answer)
		sound(t, res)
		require.LessOrEqual(t, rounds, 4)
		require.Len(t, res.Lists, len(without.Lists))
		for i, r := range res.Lists {
			h := byZone[r.Zone]
			good := r.Status == dnsbl.NotListed || r.Status == dnsbl.Whitelisted
			if good {
				require.Contains(t, []dnsbl.HealthStatus{dnsbl.HealthOK, dnsbl.HealthCaveat}, h.Status, "seed %d %s", seed, r.Zone)
				require.Equal(t, without.Lists[i].Status, r.Status, "seed %d %s", seed, r.Zone)
			}
			switch h.Status {
			case dnsbl.HealthRefused, dnsbl.HealthDead, dnsbl.HealthUnreachable:
				require.Empty(t, r.Queries, "asked although it is in trouble: %s", r.Zone)
				require.Contains(t, []dnsbl.Status{dnsbl.NotCheckable, dnsbl.Error}, r.Status)
			}
		}
		if res.Status == dnsbl.Clean {
			require.Equal(t, dnsbl.Clean, without.Status)
		}
	}
	for _, s := range []dnsbl.HealthStatus{dnsbl.HealthOK, dnsbl.HealthCaveat, dnsbl.HealthDead, dnsbl.HealthRefused, dnsbl.HealthUnreachable, dnsbl.HealthNotAsked} {
		require.Positive(t, seen[s], s)
	}
}
