package dmarc_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

// worlds is how many random zones each property is tried on.
const worlds = 500

// inWorlds calls f with random zones and requests. They are the same in each run.
func inWorlds(t *testing.T, failures int, f func(t *testing.T, zone *resolver.Zone, req dmarc.Request)) {
	t.Helper()
	for seed := range uint64(worlds) {
		w := newWorld(seed)
		text := w.zone(failures)
		zone, err := resolver.ParseZone(text)
		require.NoError(t, err, text)
		for range 3 {
			req := w.request()
			if f(t, zone, req); t.Failed() {
				t.Fatalf("seed %d\n%s\n%+v", seed, text, req)
			}
		}
	}
}

func TestWorldsAreVaried(t *testing.T) {
	status, sources, reasons, tags := map[dmarc.Status]int{}, map[dmarc.Source]int{}, map[dmarc.Reason]int{}, map[string]int{}
	inWorlds(t, 10, func(_ *testing.T, zone *resolver.Zone, req dmarc.Request) {
		res, _ := dmarc.Evaluate(req, zone)
		status[res.Status]++
		sources[res.Source]++
		tags[res.PolicyTag]++
		for _, id := range res.Identifiers {
			reasons[id.Reason]++
		}
	})
	for _, s := range []dmarc.Status{dmarc.None, dmarc.Pass, dmarc.Fail, dmarc.TempError, dmarc.PermError} {
		require.Greater(t, status[s], 20, "%v", status)
	}
	for _, s := range []dmarc.Source{dmarc.SourceAuthor, dmarc.SourceOrganizational, dmarc.SourcePSD} {
		require.Greater(t, sources[s], 20, "%v", sources)
	}
	for _, s := range []string{"p", "sp", "np", ""} {
		require.Greater(t, tags[s], 20, "%v", tags)
	}
	require.Greater(t, len(reasons), 7, "%v", reasons)
}

// TestEvaluateIsRFC9989 compares with the RFC's own steps, without shortcuts.
func TestEvaluateIsRFC9989(t *testing.T) {
	tried := 0
	inWorlds(t, 0, func(t *testing.T, zone *resolver.Zone, req dmarc.Request) {
		req.From = nil
		// What a temporary error makes of a message is not for the plain form.
		if req.SPF.Status == dmarc.TempError {
			req.SPF.Status = dmarc.Fail
		}
		for i := range req.DKIM {
			if req.DKIM[i].Status == dmarc.TempError {
				req.DKIM[i].Status = dmarc.Fail
			}
		}
		res, _ := dmarc.Evaluate(req, zone)
		p := plain{zone}
		org, _ := p.org(req.Domain)
		status, policy, from := p.judge(req)
		if status == dmarc.Pass && res.Policy == "" {
			policy = "" // Nobody asked whether the domain exists.
		}
		require.Equal(t, []string{string(status), string(policy), from, org}, []string{string(res.Status), string(res.Policy), res.RecordDomain, res.OrganizationalDomain})
		tried++
	})
	require.Greater(t, tried, 1400)
}

func TestWalkAsksNoMoreThanEightNames(t *testing.T) {
	inWorlds(t, 10, func(t *testing.T, _ *resolver.Zone, req dmarc.Request) {
		req.SPF, req.DKIM, req.From = dmarc.SPFResult{}, nil, nil
		_, missing := dmarc.Evaluate(req, nil)
		require.LessOrEqual(t, len(missing), 8)
		require.LessOrEqual(t, len(missing), strings.Count(req.Domain, ".")+1)
		for _, q := range missing {
			require.Equal(t, resolver.TypeTXT, q.Type)
			require.True(t, strings.HasSuffix("."+req.Domain, "."+strings.TrimPrefix(q.Name, "_dmarc.")))
		}
	})
}

// drive evaluates with the zone's answers as they are asked for, and returns them.
func drive(t *testing.T, zone resolver.View, req dmarc.Request) (dmarc.Result, resolver.Snapshot, int) {
	t.Helper()
	known := resolver.Snapshot{}
	for rounds := 0; ; rounds++ {
		res, missing := dmarc.Evaluate(req, known)
		if len(missing) == 0 {
			return res, known, rounds
		}
		for _, q := range missing {
			known[q], _ = zone.Get(q)
		}
	}
}

func TestRoundsAreBounded(t *testing.T) {
	counts := map[int]int{}
	inWorlds(t, 10, func(t *testing.T, zone *resolver.Zone, req dmarc.Request) {
		_, _, rounds := drive(t, zone, req)
		require.LessOrEqual(t, rounds, 3)
		counts[rounds]++
	})
	require.Greater(t, counts[1], 2*(counts[2]+counts[3]), "%v", counts)
}

// TestOrderOfAnswersDoesNotMatter gives the answers one by one in random order.
func TestOrderOfAnswersDoesNotMatter(t *testing.T) {
	seed := uint64(0)
	inWorlds(t, 10, func(t *testing.T, zone *resolver.Zone, req dmarc.Request) {
		want, all, _ := drive(t, zone, req)
		qs := slices.Collect(maps.Keys(all))
		slices.SortFunc(qs, func(a, b resolver.Question) int { return strings.Compare(a.String(), b.String()) })
		seed++
		w := newWorld(seed)
		w.Shuffle(len(qs), func(i, j int) { qs[i], qs[j] = qs[j], qs[i] })
		known := resolver.Snapshot{}
		for _, q := range qs {
			if res, missing := dmarc.Evaluate(req, known); len(missing) == 0 {
				require.Equal(t, want, res)
			}
			known[q] = all[q]
		}
		res, missing := dmarc.Evaluate(req, known)
		require.Empty(t, missing)
		require.Equal(t, want, res)
		// More than was asked for changes nothing either.
		res, missing = dmarc.Evaluate(req, zone)
		require.Empty(t, missing)
		require.Equal(t, want, res)
	})
}

func TestCheckIsEvaluate(t *testing.T) {
	inWorlds(t, 10, func(t *testing.T, zone *resolver.Zone, req dmarc.Request) {
		want, missing := dmarc.Evaluate(req, zone)
		require.Empty(t, missing)
		sound(t, want)
		rec := resolver.Record(zone)
		res, err := dmarc.Checker{Resolver: rec}.Check(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, want, res)

		// What was seen replays, also through JSON.
		text, err := json.Marshal(rec.Snapshot())
		require.NoError(t, err)
		var snapshot resolver.Snapshot
		require.NoError(t, json.Unmarshal(text, &snapshot))
		again, missing := dmarc.Evaluate(req, snapshot)
		require.Empty(t, missing)
		require.Equal(t, want, again)

		// So does the result itself, and the request.
		text, err = json.Marshal(want)
		require.NoError(t, err)
		var result dmarc.Result
		require.NoError(t, json.Unmarshal(text, &result))
		require.Equal(t, want, result)
		text, err = json.Marshal(req)
		require.NoError(t, err)
		var request dmarc.Request
		require.NoError(t, json.Unmarshal(text, &request))
		require.Equal(t, req, request)
	})
}

// TestStrictIsStricter: what passes with strict alignment passes with relaxed.
func TestStrictIsStricter(t *testing.T) {
	changed := 0
	inWorlds(t, 0, func(t *testing.T, zone *resolver.Zone, req dmarc.Request) {
		relaxed, err := resolver.ParseZone(strings.NewReplacer("; adkim=s", "", "; aspf=s", "").Replace(zone.String()))
		require.NoError(t, err)
		a, _ := dmarc.Evaluate(req, zone)
		b, _ := dmarc.Evaluate(req, relaxed)
		if a.Status == dmarc.Pass {
			require.Equal(t, dmarc.Pass, b.Status)
		}
		if a.Status != b.Status {
			changed++
		}
	})
	require.Greater(t, changed, 5)
}

// TestMoreIdentifiersDoNotHurt: one more that passes never takes a pass away.
func TestMoreIdentifiersDoNotHurt(t *testing.T) {
	inWorlds(t, 10, func(t *testing.T, zone *resolver.Zone, req dmarc.Request) {
		req.From = nil // Of several authors another may decide.
		before, _ := dmarc.Evaluate(req, zone)
		req.DKIM = append(slices.Clone(req.DKIM), pass("a.b.t1"))
		after, _ := dmarc.Evaluate(req, zone)
		if before.Status == dmarc.Pass {
			require.Equal(t, dmarc.Pass, after.Status)
		}
		require.Equal(t, before.RecordDomain, after.RecordDomain)
	})
}

// TestNothingIsChanged: a request and the answers belong to the caller.
func TestNothingIsChanged(t *testing.T) {
	inWorlds(t, 10, func(t *testing.T, zone *resolver.Zone, req dmarc.Request) {
		before, err := json.Marshal(req)
		require.NoError(t, err)
		res, known, _ := drive(t, zone, req)
		first, err := json.Marshal(res)
		require.NoError(t, err)
		_, _ = dmarc.Evaluate(req, known)
		_ = res.AuthenticationResults()
		_, _ = dmarc.EvaluateComparison(req, known)
		after, err := json.Marshal(req)
		require.NoError(t, err)
		require.JSONEq(t, string(before), string(after))
		second, err := json.Marshal(res)
		require.NoError(t, err)
		require.Equal(t, string(first), string(second))
	})
}
