package spf_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// worlds is how many random zones each property is tried on.
const worlds = 500

// inWorlds calls f with random zones and requests. They are the same in each run.
func inWorlds(t *testing.T, f func(t *testing.T, zone *resolver.Zone, req spf.Request)) {
	t.Helper()
	for seed := range uint64(worlds) {
		w := newWorld(seed)
		text := w.zone()
		zone, err := resolver.ParseZone(text)
		require.NoError(t, err, text)
		for range 2 {
			f(t, zone, w.request())
			if t.Failed() {
				t.Fatalf("seed %d\n%s", seed, text)
			}
		}
	}
}

func TestWorldsAreVaried(t *testing.T) {
	seen := map[spf.Status]int{}
	explained, deepest := 0, 0
	inWorlds(t, func(_ *testing.T, zone *resolver.Zone, req spf.Request) {
		res, _ := spf.Evaluate(req, zone)
		seen[res.Status]++
		if res.Explanation != "" {
			explained++
		}
		for _, step := range res.Steps {
			deepest = max(deepest, step.Depth)
		}
	})
	for _, s := range []spf.Status{spf.None, spf.Neutral, spf.Pass, spf.Fail, spf.SoftFail, spf.TempError, spf.PermError} {
		require.Greater(t, seen[s], 5, "%v", seen)
	}
	require.Greater(t, explained, 5)
	require.Greater(t, deepest, 5)
}

func TestEvaluateIsDeterministic(t *testing.T) {
	inWorlds(t, func(t *testing.T, zone *resolver.Zone, req spf.Request) {
		res, missing := spf.Evaluate(req, zone)
		require.Empty(t, missing, "a Zone has every answer")
		sound(t, res)
		again, _ := spf.Evaluate(req, zone)
		require.Equal(t, res, again)
		res, missing = spf.Evaluate(req, resolver.Snapshot{})
		again, missingAgain := spf.Evaluate(req, resolver.Snapshot{})
		require.Equal(t, res, again)
		require.Equal(t, missing, missingAgain)
	})
}

func TestCheckIsEvaluate(t *testing.T) {
	inWorlds(t, func(t *testing.T, zone *resolver.Zone, req spf.Request) {
		want, _ := spf.Evaluate(req, zone)
		rec := resolver.Record(zone)
		res, err := spf.Checker{Resolver: rec}.Check(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, want, res)

		// What was seen replays.
		raw, err := json.Marshal(rec.Snapshot())
		require.NoError(t, err)
		var seen resolver.Snapshot
		require.NoError(t, json.Unmarshal(raw, &seen))
		again, missing := spf.Evaluate(req, seen)
		require.Empty(t, missing)
		require.Equal(t, res, again)

		want, _ = spf.EvaluateHELO(req, zone)
		res, err = spf.Checker{Resolver: zone}.CheckHELO(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, want, res)
	})
}

func TestResultMarshals(t *testing.T) {
	inWorlds(t, func(t *testing.T, zone *resolver.Zone, req spf.Request) {
		res, _ := spf.Evaluate(req, zone)
		raw, err := json.Marshal(res)
		require.NoError(t, err)
		var back spf.Result
		require.NoError(t, json.Unmarshal(raw, &back))
		require.Equal(t, res, back)

		raw, err = json.Marshal(req)
		require.NoError(t, err)
		var backReq spf.Request
		require.NoError(t, json.Unmarshal(raw, &backReq))
		again, _ := spf.Evaluate(backReq, zone)
		require.Equal(t, res, again)
	})
}

// driven is how an evaluation went that was driven by hand.
type driven struct {
	res       spf.Result
	rounds    int // of questions
	questions int
	known     resolver.Snapshot
}

// driveEvaluate drives Evaluate, and requires that it asks in order: never what it
// knows, never twice, and not for ever.
func driveEvaluate(t testing.TB, v resolver.View, req spf.Request) driven {
	t.Helper()
	d := driven{known: resolver.Snapshot{}}
	for {
		res, missing := spf.Evaluate(req, d.known)
		if len(missing) == 0 {
			d.res = res
			return d
		}
		require.Empty(t, res.Status, "a result although %v is missing", missing)
		d.rounds++
		require.LessOrEqual(t, d.rounds, 200, "it never ends")
		for _, q := range missing {
			_, ok := d.known[q]
			require.False(t, ok, "%v is known, or twice in one round: %v", q, missing)
			require.Equal(t, resolver.Q(q.Name, q.Type), q, "not in normal form")
			a, ok := v.Get(q)
			require.True(t, ok)
			d.known[q] = a
			d.questions++
		}
	}
}

func TestRoundsAreBounded(t *testing.T) {
	most, mostAhead := 0, 0
	inWorlds(t, func(t *testing.T, zone *resolver.Zone, req spf.Request) {
		d := driveEvaluate(t, zone, req)
		want, _ := spf.Evaluate(req, zone)
		require.Equal(t, want, d.res)
		require.LessOrEqual(t, d.rounds, 10+5)
		// One record, ten terms of one question and ten hosts each, and for the
		// explanation its text and ten names of the client.
		require.LessOrEqual(t, d.questions, 1+10*11+1+11)
		most = max(most, d.rounds)

		req.Prefetch = true
		ahead := driveEvaluate(t, zone, req)
		require.Equal(t, want, ahead.res, "Prefetch changed the result")
		depth := 0
		for _, step := range ahead.res.Steps {
			depth = max(depth, step.Depth)
		}
		// The first record, the deepest record's questions, hosts of its names, and
		// for a %{p} and an explanation two more each.
		require.LessOrEqual(t, ahead.rounds, depth+7)
		require.LessOrEqual(t, ahead.rounds, d.rounds, "asking ahead took longer")
		require.LessOrEqual(t, ahead.questions, 2*(1+10*11+1+11))
		mostAhead = max(mostAhead, ahead.rounds)
	})
	require.Greater(t, most, 8, "the worlds are too simple to show anything")
	require.Greater(t, mostAhead, 4)
}

func TestPrefetchAsksNoMoreThanTheLimit(t *testing.T) {
	// A hundred includes, each of a hundred: only ten of them may be followed.
	text := "example.org TXT 'v=spf1" + series(20, " include:i%d.test") + " -all'\n" +
		series(20, "i%d.test TXT 'v=spf1"+series(20, " a:x%d.test mx:y%d.test")+" ?all'\n")
	for _, prefetch := range []bool{false, true} {
		t.Run(fmt.Sprintf("prefetch=%t", prefetch), func(t *testing.T) {
			zone := resolver.MustZone(text)
			req := edge{limits: spf.Limits{Voids: -1}}.request()
			req.Prefetch = prefetch
			res, err := spf.Checker{Resolver: zone}.Check(t.Context(), req)
			require.NoError(t, err)
			require.Equal(t, spf.PermError, res.Status)
			require.LessOrEqual(t, len(zone.Queries()), 130)
		})
	}
}

// TestPartialViews leaves answers out: either Evaluate asks, or what is missing
// was not needed.
func TestPartialViews(t *testing.T) {
	seed := uint64(0)
	inWorlds(t, func(t *testing.T, zone *resolver.Zone, req spf.Request) {
		seed++
		w := newWorld(seed + 1<<32)
		full := driveEvaluate(t, zone, req)
		partial := maps.Clone(full.known)
		maps.DeleteFunc(partial, func(resolver.Question, resolver.Answer) bool { return w.chance(20) })
		res, missing := spf.Evaluate(req, partial)
		if len(missing) > 0 {
			require.Empty(t, res.Status)
			for _, q := range missing {
				_, ok := partial[q]
				require.False(t, ok)
			}
			return
		}
		require.Equal(t, full.res, res)
	})
}

func TestParseRoundTrip(t *testing.T) {
	w := newWorld(8616)
	good := 0
	for range 5000 {
		text := w.record()
		rec, err := spf.Parse(text)
		if err != nil {
			continue
		}
		good++
		require.Equal(t, text, rec.Text)
		again, err := spf.Parse(rec.String())
		require.NoError(t, err, "%q", rec.String())
		require.Equal(t, withoutOffsets(rec.Terms), withoutOffsets(again.Terms))
		require.Equal(t, rec.String(), again.String())
		for _, term := range rec.Terms {
			require.Equal(t, term.Text, text[term.Offset:term.Offset+len(term.Text)])
		}
		raw, err := json.Marshal(rec)
		require.NoError(t, err)
		var back spf.Record
		require.NoError(t, json.Unmarshal(raw, &back))
		require.Equal(t, *rec, back)
	}
	require.Greater(t, good, 3000)
}

func withoutOffsets(terms []spf.Term) []spf.Term {
	out := make([]spf.Term, len(terms))
	for i, term := range terms {
		term.Offset = 0
		out[i] = term
	}
	return out
}
