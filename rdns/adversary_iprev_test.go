package rdns_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/rdns"
	"github.com/mailworthy/mailworthy/resolver"
)

// naiveRev is RFC 8601 section 3 read aloud. Names that no host can have are the
// caller's to leave out.
func naiveRev(ip netip.Addr, limit int, usable func(string) bool, get func(resolver.Question) resolver.Answer) rdns.Status {
	ptr := get(resolver.Reverse(ip))
	if !ptr.Status.Definitive() {
		return rdns.TempError
	}
	kind := resolver.TypeA
	if ip.Is6() {
		kind = resolver.TypeAAAA
	}
	some, unknown := false, false
	var seen []string
	for _, h := range ptr.Hosts {
		if !slices.Contains(seen, h) {
			seen = append(seen, h)
		}
	}
	for i, h := range seen {
		if i == limit {
			break
		}
		if !usable(h) {
			continue
		}
		some = true
		a := get(resolver.Q(h, kind))
		if !a.Status.Definitive() {
			unknown = true
		}
		if slices.Contains(a.Addrs, ip) {
			return rdns.Pass
		}
	}
	switch {
	case unknown:
		return rdns.TempError
	case some:
		return rdns.Fail
	}
	return rdns.PermError
}

var noAnswers = []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed}

// revWorld is a random set of answers for an address.
func revWorld(rnd *rand.Rand) (netip.Addr, resolver.Snapshot) {
	ip, kind, other := netip.MustParseAddr("11.22.33.44"), resolver.TypeA, resolver.TypeAAAA
	wrong := netip.MustParseAddr("11.22.33.45")
	if rnd.IntN(3) == 0 {
		ip, kind, other = netip.MustParseAddr("2600:1f::7"), resolver.TypeAAAA, resolver.TypeA
		wrong = netip.MustParseAddr("2600:1f::8")
	}
	s := resolver.Snapshot{}
	hosts := []string{"mx.example.org", "b.example.org", "c.example.net", "d.example.net", "under_score.example.org", "host", "localhost", "x.local", "11.22.33.44", "-bad.example.org", "1.2.3.4.in-addr.arpa", `sp\032ace.example.org`, "", "e.nosuchtld"}
	answer := func(full func() resolver.Answer) resolver.Answer {
		switch rnd.IntN(10) {
		case 0:
			return resolver.Answer{Status: resolver.NXDomain, TTL: 60}
		case 1:
			return resolver.Answer{Status: resolver.NoData, TTL: 60}
		case 2, 3:
			return resolver.Answer{Status: noAnswers[rnd.IntN(4)], Problem: "broken"}
		}
		return full()
	}
	s[resolver.Reverse(ip)] = answer(func() resolver.Answer {
		a := resolver.Answer{Status: resolver.Success, TTL: 60}
		for range 1 + rnd.IntN(14) {
			h := hosts[rnd.IntN(len(hosts))]
			if rnd.IntN(2) == 0 {
				h = fmt.Sprintf("h%d.example.org", rnd.IntN(20))
			}
			a.Hosts = append(a.Hosts, h)
		}
		if rnd.IntN(3) == 0 {
			a.Alias = []string{"44.32-63.33.22.11.in-addr.arpa"}
		}
		return a
	})
	for i := range 20 {
		hosts = append(hosts, fmt.Sprintf("h%d.example.org", i))
	}
	for _, h := range hosts {
		s[resolver.Q(h, kind)] = answer(func() resolver.Answer {
			a := resolver.Answer{Status: resolver.Success, TTL: 60, Addrs: []netip.Addr{wrong}}
			if rnd.IntN(6) == 0 {
				a.Addrs = append(a.Addrs, ip)
			}
			return a
		})
		s[resolver.Q(h, other)] = answer(func() resolver.Answer {
			return resolver.Answer{Status: resolver.Success, TTL: 60, Addrs: []netip.Addr{netip.MustParseAddr("2600::1")}}
		})
	}
	return ip, s
}

func usableName(h string) bool {
	switch h {
	case "11.22.33.44", "-bad.example.org", `sp\032ace.example.org`, "":
		return false
	}
	return true
}

// rank orders the results of iprev by what they promise.
var rank = map[rdns.Status]int{rdns.Pass: 3, rdns.TempError: 2, rdns.Fail: 1, rdns.PermError: 1}

// TestNaiveIprev compares Evaluate with RFC 8601 in random worlds, and sees that a
// failure in the place of any answer never makes a verdict of more than temperror.
func TestNaiveIprev(t *testing.T) {
	seen := map[rdns.Status]int{}
	for seed := range uint64(1000) {
		rnd := rand.New(rand.NewPCG(seed, 11))
		ip, world := revWorld(rnd)
		asked := map[resolver.Question]bool{}
		run := func(world resolver.Snapshot, asked map[resolver.Question]bool) (rdns.Result, int) {
			view := resolver.Snapshot{}
			for round := 1; ; round++ {
				require.LessOrEqual(t, round, 4)
				res, missing := rdns.Evaluate(rdns.Request{IP: ip}, view)
				if len(missing) == 0 {
					return res, round
				}
				for _, q := range missing {
					require.NotContains(t, view, q, "asked again")
					a, ok := world[q]
					require.True(t, ok, "seed %d: unforeseen %s", seed, q)
					view[q] = a
					asked[q] = true
				}
			}
		}
		res, rounds := run(world, asked)
		require.LessOrEqual(t, rounds, 3)
		require.LessOrEqual(t, len(asked), 1+2*10)
		want := naiveRev(ip, 10, usableName, func(q resolver.Question) resolver.Answer { return world[q] })
		require.Equal(t, want, res.Status, "seed %d\n%v\n%+v", seed, world[resolver.Reverse(ip)].Hosts, res.Names)
		seen[want]++
		if want == rdns.Pass {
			require.NotEmpty(t, res.Host)
		} else {
			require.Empty(t, res.Host)
			require.GreaterOrEqual(t, res.Findings.Worst(), mailworthy.Warning)
		}
		for _, f := range res.Findings {
			require.NotEmpty(t, f.Remedy)
			require.NotEmpty(t, f.Evidence)
			require.NotEmpty(t, f.Ref)
		}
		// Replayed from JSON, the result is the same.
		text, err := json.Marshal(world)
		require.NoError(t, err)
		var back resolver.Snapshot
		require.NoError(t, json.Unmarshal(text, &back))
		again, missing := rdns.Evaluate(rdns.Request{IP: ip}, back)
		require.Empty(t, missing)
		require.Equal(t, res, again)
		// A failure never improves the verdict, and never makes a certain one against.
		for q := range asked {
			broken := maps.Clone(world)
			broken[q] = resolver.Answer{Status: noAnswers[rnd.IntN(4)]}
			worse, _ := run(broken, map[resolver.Question]bool{})
			require.False(t, worse.Status == rdns.Pass && res.Status != rdns.Pass, "seed %d %s", seed, q)
			if res.Status == rdns.Pass || res.Status == rdns.TempError {
				require.GreaterOrEqual(t, rank[worse.Status], rank[rdns.TempError], "seed %d %s: %s became %s", seed, q, res.Status, worse.Status)
			}
			if q == resolver.Reverse(ip) {
				require.Equal(t, rdns.TempError, worse.Status)
				require.False(t, worse.Findings.Has(rdns.CodeNoPTR))
			}
		}
	}
	require.Len(t, seen, 4, "%v", seen)
	t.Log(seen)
}
