package dnsbl_test

import (
	"encoding/json"
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
)

// plainDecode is what a code means by the list's table alone, looked up without skill.
func plainDecode(l dnsbl.List, code netip.Addr) []dnsbl.Class {
	if code = code.Unmap(); !code.Is4() || code.As4()[0] != 127 {
		return []dnsbl.Class{dnsbl.ClassError}
	}
	o := code.As4()
	if o[1] == 255 && o[2] == 255 {
		return []dnsbl.Class{dnsbl.ClassError}
	}
	var bits []dnsbl.Class
	for _, c := range l.Codes {
		hit, bit := true, false
		for i, part := range strings.Split(c.Match, ".") {
			from, to, ranged := strings.Cut(part, "-")
			switch {
			case part == "*":
			case strings.HasPrefix(part, "&"):
				n, _ := strconv.Atoi(part[1:])
				bit = true
				hit = hit && int(o[i])&n == n
			case ranged:
				a, _ := strconv.Atoi(from)
				b, _ := strconv.Atoi(to)
				hit = hit && a <= int(o[i]) && int(o[i]) <= b
			default:
				n, _ := strconv.Atoi(part)
				hit = hit && n == int(o[i])
			}
		}
		if hit && bit {
			bits = append(bits, c.Class)
		} else if hit && len(bits) == 0 {
			return []dnsbl.Class{c.Class}
		}
	}
	switch {
	case len(bits) > 0:
		return bits
	case o == [4]byte{127, 0, 0, 1}, o[1] != 0:
		return []dnsbl.Class{dnsbl.ClassError}
	case !slices.ContainsFunc(l.Codes, func(c dnsbl.Code) bool { return c.Class == dnsbl.ClassListed }):
		return []dnsbl.Class{dnsbl.ClassInfo} // A list that never lists does not begin with it.
	}
	return []dnsbl.Class{dnsbl.ClassListed}
}

// plainAnswer is a row of the table of meanings.
func plainAnswer(l dnsbl.List, zone string, a resolver.Answer) dnsbl.Status {
	switch a.Status {
	case resolver.NXDomain, resolver.NoData:
		if len(a.Alias) > 0 && !strings.HasSuffix(a.Alias[len(a.Alias)-1], "."+zone) {
			return dnsbl.Error
		}
		return dnsbl.NotListed
	case resolver.Refused:
		return dnsbl.Refused
	case resolver.Success:
	default:
		return dnsbl.Unknown
	}
	found := map[dnsbl.Class]bool{}
	for _, code := range a.Addrs {
		for _, c := range plainDecode(l, code) {
			found[c] = true
		}
	}
	switch {
	case found[dnsbl.ClassError]:
		return dnsbl.Error
	case found[dnsbl.ClassListed]:
		return dnsbl.Listed
	case found[dnsbl.ClassPolicy]:
		return dnsbl.Policy
	case found[dnsbl.ClassInfo]:
		return dnsbl.Info
	case found[dnsbl.ClassWhite]:
		return dnsbl.Whitelisted
	}
	return dnsbl.NotListed
}

func kindOf(t dnsbl.Target) dnsbl.Kind {
	switch {
	case t.Domain != "":
		return dnsbl.Domain
	case t.IP.Unmap().Is4():
		return dnsbl.IPv4
	}
	return dnsbl.IPv6
}

func zoneOf(l dnsbl.List, k dnsbl.Kind, keyed []string) string {
	switch {
	case l.KeyZone != "" && slices.Contains(keyed, l.Provider()):
		return l.KeyZone
	case l.Access == dnsbl.Keyed || l.Access == dnsbl.Private:
		return ""
	case k == dnsbl.IPv6 && l.IPv6Zone != "":
		return l.IPv6Zone
	}
	return l.Zone
}

// points are the labels of a list's control points.
func points(l dnsbl.List, k dnsbl.Kind) (positive, clean string) {
	switch k {
	case dnsbl.IPv4:
		positive, clean = "2.0.0.127", "1.0.0.127"
	case dnsbl.IPv6:
		positive, clean = strings.TrimSuffix(control6, "."), strings.TrimSuffix(clean6, ".")
	default:
		positive, clean = "test", "invalid"
	}
	pick := func(of []string, def string) string {
		for _, s := range of {
			ip, err := netip.ParseAddr(s)
			switch {
			case err != nil && k == dnsbl.Domain:
				return strings.ToLower(s)
			case err == nil && ip.Is4() == (k == dnsbl.IPv4) && k != dnsbl.Domain:
				return reverseName(ip)
			}
		}
		return def
	}
	return pick(l.Listed, positive), pick(l.Clean, clean)
}

// chance is a generator that depends on a question and a seed alone, so that the order
// of questions changes nothing.
func chance(seed uint64, q resolver.Question) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(q.String()))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

var silences = []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed}

// anyAnswer is a random answer of a list.
func anyAnswer(seed uint64, q resolver.Question, target bool, l dnsbl.List) resolver.Answer {
	rnd := chance(seed, q)
	code := func() netip.Addr {
		switch rnd.IntN(10) {
		case 0:
			return netip.AddrFrom4([4]byte{127, 255, 255, byte(250 + rnd.IntN(6))})
		case 1:
			return netip.AddrFrom4([4]byte{127, 0, byte(rnd.IntN(3)), byte(rnd.IntN(256))})
		case 2:
			return netip.MustParseAddr([]string{"203.0.113.9", "127.0.0.1", "127.3.0.2", "::1", "10.0.0.1", "::ffff:127.0.0.2"}[rnd.IntN(6)])
		}
		m := l.Codes[rnd.IntN(len(l.Codes))].Match
		var o [4]byte
		for i, part := range strings.Split(m, ".") {
			n, _ := strconv.Atoi(strings.TrimPrefix(strings.Split(part, "-")[0], "&"))
			if part == "*" {
				n = rnd.IntN(256)
			}
			o[i] = byte(n)
		}
		return netip.AddrFrom4(o)
	}
	n := rnd.IntN(20)
	switch {
	case n < 8 && target || n < 2:
		return resolver.Answer{Status: resolver.NXDomain, TTL: 60}
	case n == 8:
		return resolver.Answer{Status: resolver.NoData, TTL: 60}
	case n == 9 || n == 10:
		return resolver.Answer{Status: silences[rnd.IntN(4)], Problem: "no answer"}
	case n == 11 && rnd.IntN(3) == 0:
		return resolver.Answer{Status: resolver.NoData, TTL: 60, Alias: []string{"parking.example"}}
	case n == 12 && rnd.IntN(3) == 0:
		return resolver.Answer{Status: resolver.Success, TTL: 60, Alias: []string{"parking.example"}, Addrs: []netip.Addr{netip.MustParseAddr("203.0.113.80")}}
	case !target && n < 17:
		return resolver.Answer{Status: resolver.Success, TTL: 60, Addrs: []netip.Addr{example127(2)}}
	}
	a := resolver.Answer{Status: resolver.Success, TTL: 60}
	for range 1 + rnd.IntN(3) {
		a.Addrs = append(a.Addrs, code())
	}
	return a
}

// registrable are the names that lists are asked for, by target.
var registrable = map[string]string{"mail.example.org": "example.org", "a.b.example.co.uk": "example.co.uk", "me.github.io": "me.github.io", "x.me.github.io": "me.github.io"}

func labelsOf(l dnsbl.List, t dnsbl.Target) []string {
	if t.Domain == "" {
		return []string{reverseName(t.IP.Unmap())}
	}
	r := registrable[t.Domain]
	if l.Names == dnsbl.HostFirst && t.Domain != r {
		return []string{t.Domain, r}
	}
	return []string{r}
}

// quality orders results for the test that a failure improves nothing.
func quality(s dnsbl.Status) int {
	return slices.Index([]dnsbl.Status{dnsbl.Listed, dnsbl.Unknown, dnsbl.Partial, dnsbl.Noted, dnsbl.Clean}, s)
}

// TestNaiveLists compares Evaluate with the table of meanings in random worlds made of
// the catalogue.
func TestNaiveLists(t *testing.T) {
	all := dnsbl.Catalogue()
	targets := []dnsbl.Target{
		victim, victim6,
		{IP: netip.MustParseAddr("::ffff:11.22.33.44")},
		{Domain: "mail.example.org"},
		{Domain: "a.b.example.co.uk"},
		{Domain: "me.github.io"},
		{Domain: "x.me.github.io"},
	}
	outcomes, sums := map[dnsbl.Status]int{}, map[dnsbl.Status]int{}
	for seed := range uint64(1500) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		req := dnsbl.Request{Target: targets[rnd.IntN(len(targets))]}
		if rnd.IntN(2) == 0 {
			req.Keyed = []string{"spamhaus", "abusix"}
		}
		for _, i := range rnd.Perm(len(all))[:1+rnd.IntN(12)] {
			req.Lists = append(req.Lists, all[i])
		}
		kind := kindOf(req.Target)
		byZone := map[string]dnsbl.List{}
		for _, l := range req.Lists {
			if z := zoneOf(l, kind, req.Keyed); z != "" && l.Lists(kind) {
				byZone[z] = l
			}
		}
		answer := func(q resolver.Question) resolver.Answer {
			for z, l := range byZone {
				if labels, ok := strings.CutSuffix(q.Name, "."+z); ok && byZone[z].Zone == l.Zone {
					return anyAnswer(seed, q, slices.Contains(labelsOf(l, req.Target), labels), l)
				}
			}
			require.Fail(t, "a question for no list", "%s", q)
			return resolver.Answer{}
		}
		res, view, rounds := answerRounds(t, req, answer)
		sound(t, res)
		sums[res.Status]++
		require.LessOrEqual(t, rounds, 4)
		require.LessOrEqual(t, len(view), len(byZone)*(2+2+4), "questions")
		byName := map[string]dnsbl.ListResult{}
		for _, r := range res.Lists {
			byName[r.Zone] = r
		}
		for zone, l := range byZone {
			r := byName[l.Zone]
			outcomes[r.Status]++
			var seen []dnsbl.Status
			for _, labels := range labelsOf(l, req.Target) {
				a, ok := view[resolver.Q(labels+"."+zone, resolver.TypeA)]
				require.True(t, ok, "seed %d: %s was not asked for %s", seed, zone, labels)
				seen = append(seen, plainAnswer(l, zone, a))
			}
			want := slices.MinFunc(seen, func(a, b dnsbl.Status) int {
				order := []dnsbl.Status{dnsbl.Listed, dnsbl.Policy, dnsbl.Error, dnsbl.Refused, dnsbl.Unknown, dnsbl.Info, dnsbl.Whitelisted, dnsbl.NotListed}
				return slices.Index(order, a) - slices.Index(order, b)
			})
			about := []any{"seed %d %s: %v is %s\n%v", seed, zone, seen, r.Status, view}
			p, _ := points(l, kind)
			answered := slices.Contains([]dnsbl.Status{dnsbl.Listed, dnsbl.Policy, dnsbl.Info, dnsbl.Whitelisted, dnsbl.NotListed}, want)
			if !answered {
				require.Equal(t, want, r.Status, about...)
				continue
			}
			control, ok := view[resolver.Q(p+"."+zone, resolver.TypeA)]
			require.True(t, ok, about...)
			switch plainAnswer(l, zone, control) {
			case dnsbl.Listed, dnsbl.Policy, dnsbl.Info, dnsbl.Whitelisted:
				// Listed as it should be. What it does with the other control is below.
				if r.Status != want {
					require.Contains(t, []dnsbl.Status{dnsbl.Error, dnsbl.NotCheckable}, r.Status, about...)
					require.True(t, want != dnsbl.NotListed || len(r.Entries) > 0, about...)
				}
			case dnsbl.NotListed:
				if control.Status != resolver.Success {
					require.Equal(t, dnsbl.NotCheckable, r.Status, about...)
				} else {
					require.NotEqual(t, dnsbl.NotListed, r.Status, about...)
				}
			default:
				// It did not show that it answers: no good news, and a listing stands at most.
				require.Contains(t, []dnsbl.Status{dnsbl.NotCheckable, dnsbl.Listed, dnsbl.Policy, dnsbl.Error}, r.Status, about...)
				if r.Status != dnsbl.NotCheckable && r.Status != dnsbl.Error {
					require.Equal(t, want, r.Status, about...)
				}
			}
		}
		if res.Status == dnsbl.Clean {
			for _, r := range res.Lists {
				require.Contains(t, []dnsbl.Status{dnsbl.NotListed, dnsbl.Whitelisted, dnsbl.NotAsked}, r.Status)
			}
		}

		// No list's result depends on another, or on their order.
		shuffled := req
		shuffled.Lists = slices.Clone(req.Lists)
		rnd.Shuffle(len(shuffled.Lists), func(i, j int) {
			shuffled.Lists[i], shuffled.Lists[j] = shuffled.Lists[j], shuffled.Lists[i]
		})
		other, _, _ := answerRounds(t, shuffled, answer)
		require.Equal(t, res.Status, other.Status)
		require.Equal(t, res.Counts, other.Counts)
		for _, r := range other.Lists {
			require.Equal(t, byName[r.Zone], r)
		}
		for _, l := range req.Lists {
			if !l.Lists(kind) {
				continue
			}
			alone := req
			alone.Lists = []dnsbl.List{l}
			one, _, _ := answerRounds(t, alone, answer)
			require.Equal(t, byName[l.Zone], one.Lists[0])
		}

		// The same from JSON.
		text, err := json.Marshal(struct {
			Req  dnsbl.Request
			View resolver.Snapshot
		}{req, view})
		require.NoError(t, err)
		var back struct {
			Req  dnsbl.Request
			View resolver.Snapshot
		}
		require.NoError(t, json.Unmarshal(text, &back))
		again, missing := dnsbl.Evaluate(back.Req, back.View)
		require.Empty(t, missing)
		require.Equal(t, res, again)

		// A failure in the place of any answer improves nothing.
		for q := range view {
			if q.Type == resolver.TypeTXT || res.Status == dnsbl.Listed && rnd.IntN(3) > 0 {
				continue
			}
			broken, _, _ := answerRounds(t, req, func(asked resolver.Question) resolver.Answer {
				if asked == q {
					return resolver.Answer{Status: silences[rnd.IntN(4)]}
				}
				return answer(asked)
			})
			// What is against the target stands when a control got no answer.
			if broken.Counts.Policy > res.Counts.Policy {
				require.NotEqual(t, dnsbl.Clean, broken.Status)
				continue
			}
			if res.Status != dnsbl.Listed {
				require.True(t, quality(broken.Status) <= quality(res.Status) || broken.Status == dnsbl.Listed,
					"seed %d: without %s, %s becomes %s\n%v", seed, q, res.Status, broken.Status, view)
			} else {
				require.NotEqual(t, dnsbl.Clean, broken.Status, "seed %d: without %s\n%v", seed, q, view)
			}
		}
	}
	for _, s := range []dnsbl.Status{dnsbl.Listed, dnsbl.Policy, dnsbl.Info, dnsbl.Whitelisted, dnsbl.NotListed, dnsbl.Refused, dnsbl.Error, dnsbl.Unknown, dnsbl.NotCheckable} {
		require.Positive(t, outcomes[s], s)
	}
	t.Log(outcomes, sums)
}
