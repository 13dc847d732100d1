package dnsbl_test

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
)

// FuzzTarget asks for any text: the names are in normal form, and short enough.
func FuzzTarget(f *testing.F) {
	for _, s := range []string{"example.org", "Mail.Bücher.example.", "11.22.33.44", "2600:1f::7", "::ffff:7f00:2", "[::1]", "a..b", `a\.b`, "co.uk", strings.Repeat("a.", 126)} {
		f.Add(s)
	}
	lists := append(dnsbl.Catalogue(), testList("bl.test"))
	f.Fuzz(func(t *testing.T, text string) {
		targets := []dnsbl.Target{{Domain: text}}
		if ip, err := netip.ParseAddr(text); err == nil {
			targets = append(targets, dnsbl.Target{IP: ip})
		}
		for _, target := range targets {
			res, missing := dnsbl.Evaluate(dnsbl.Request{Target: target, Lists: lists, Keyed: []string{"spamhaus", "abusix"}}, resolver.Snapshot{})
			wellFormed(t, res.Findings)
			for _, q := range missing {
				require.Equal(t, resolver.Q(q.Name, q.Type), q)
				require.LessOrEqual(t, len(q.Name), 253)
			}
			if target.Domain != "" && res.Status == "" && len(missing) == 0 {
				require.True(t, res.Findings.Has(dnsbl.CodeBadTarget))
			}
		}
	})
}

// FuzzDecode gives lists any patterns and any answers.
func FuzzDecode(f *testing.F) {
	f.Add("127.0.0.2-9", "listed", []byte{127, 0, 0, 2})
	f.Add("127.0.0.&64", "info", []byte{127, 0, 0, 80})
	f.Add("127.0.*.3", "whitelisted", []byte{127, 0, 9, 3})
	f.Add("127.255.255.*", "listed", []byte{127, 255, 255, 254})
	f.Add("*.*.*.*", "not-listed", []byte{8, 8, 8, 8})
	f.Fuzz(func(t *testing.T, pattern, class string, raw []byte) {
		code, ok := netip.AddrFromSlice(raw)
		l := dnsbl.List{Zone: "bl.test", Name: "x", Kinds: []dnsbl.Kind{dnsbl.IPv4}, Codes: []dnsbl.Code{{Match: pattern, Class: dnsbl.Class(class)}}}
		valid := l.Validate() == nil
		entries := l.Decode(code)
		require.Len(t, entries, 1)
		e := entries[0]
		code = code.Unmap()
		if !ok || !code.Is4() || code.As4()[0] != 127 || code.As4()[1] == 255 && code.As4()[2] == 255 {
			require.Equal(t, dnsbl.ClassError, e.Class, "whatever the list says")
		}
		require.Contains(t, []dnsbl.Class{dnsbl.ClassListed, dnsbl.ClassPolicy, dnsbl.ClassInfo, dnsbl.ClassWhite, dnsbl.ClassClear, dnsbl.ClassError}, e.Class)
		if valid && e.Known && e.Class != dnsbl.ClassError {
			require.Equal(t, dnsbl.Class(class), e.Class)
		}
		require.Equal(t, e, l.Decode(code)[0])
	})
}

// FuzzEvaluate gives Evaluate answers from JSON.
func FuzzEvaluate(f *testing.F) {
	for seed := range uint64(8) {
		text, req := world(seed)
		rec := resolver.Record(resolver.MustZone(text))
		_, err := dnsbl.Checker{Resolver: rec}.Check(f.Context(), req)
		require.NoError(f, err)
		snapshot, err := json.Marshal(rec.Snapshot())
		require.NoError(f, err)
		request, err := json.Marshal(req)
		require.NoError(f, err)
		f.Add(request, snapshot)
	}
	odd := testList("bl.test")
	odd.Name, odd.Removal, odd.Lookup, odd.Expires, odd.Caveat, odd.Codes[0].Meaning = "\x1b[1m", "\x00{q}", "\x07", "\n", "\r", "\u202e"
	request, err := json.Marshal(dnsbl.Request{Target: victim, Lists: []dnsbl.List{odd, {Zone: "a..\x1b", Name: "\x1b"}}})
	require.NoError(f, err)
	f.Add(request, []byte(`{"44.33.22.11.bl.test A":{"status":"success","addrs":["127.0.0.2"],"ttl":1},"2.0.0.127.bl.test A":{"status":"success","addrs":["127.0.0.2"],"ttl":1}}`))
	f.Fuzz(func(t *testing.T, request, snapshot []byte) {
		var req dnsbl.Request
		var known resolver.Snapshot
		if json.Unmarshal(request, &req) != nil || json.Unmarshal(snapshot, &known) != nil || len(req.Lists) > 50 {
			return
		}
		for rounds := 0; ; rounds++ {
			require.LessOrEqual(t, rounds, 3)
			res, missing := dnsbl.Evaluate(req, known)
			if len(missing) == 0 {
				wellFormed(t, res.Findings)
				_, err := json.Marshal(res)
				require.NoError(t, err)
				if res.Status == dnsbl.Clean {
					require.Equal(t, res.Counts.Asked, res.Counts.NotListed+res.Counts.Whitelisted)
				}
				break
			}
			for _, q := range missing {
				_, twice := known[q]
				require.False(t, twice)
				if known == nil {
					known = resolver.Snapshot{}
				}
				known[q] = resolver.Answer{Status: resolver.NXDomain}
			}
		}
		health := dnsbl.HealthRequest{Lists: req.Lists, Keyed: req.Keyed}
		for rounds := 0; ; rounds++ {
			require.LessOrEqual(t, rounds, 2)
			h, missing := dnsbl.EvaluateHealth(health, known)
			if len(missing) == 0 {
				wellFormed(t, h.Findings)
				break
			}
			for _, q := range missing {
				known[q] = resolver.Answer{Status: resolver.Timeout}
			}
		}
	})
}

// FuzzText publishes any text about an entry.
func FuzzText(f *testing.F) {
	f.Add("listed, see https://bl.test/x?1", "\x00\x1b[2J")
	f.Add(strings.Repeat("https://a ", 60), "")
	f.Fuzz(func(t *testing.T, one, two string) {
		q := resolver.Q("44.33.22.11.bl.test", resolver.TypeTXT)
		view := overlay{resolver.MustZone(working("bl.test") + "44.33.22.11.bl.test A 127.0.0.2"), q, resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{{one, two}, {two}}}}
		res, _ := dnsbl.Evaluate(dnsbl.Request{Target: victim, Lists: []dnsbl.List{testList("bl.test")}}, view)
		sound(t, res)
		for _, text := range append(res.Lists[0].Text, res.Lists[0].Advice.Links...) {
			require.LessOrEqual(t, len(text), 4*dnsbl.MaxText+3)
			require.False(t, strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }), "%q", text)
		}
	})
}
