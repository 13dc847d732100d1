package dnsbl_test

import (
	"context"
	"encoding/json"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
)

// questions evaluates with lists that answer as they should and have no target, and returns
// the names asked for below the zone.
func questions(t testing.TB, req dnsbl.Request, zone string) (names []string, res dnsbl.Result) {
	t.Helper()
	res = answerAll(t, req, func(q resolver.Question) resolver.Answer {
		if labels, ok := strings.CutSuffix(q.Name, "."+zone); ok && q.Type == resolver.TypeA {
			names = append(names, labels)
		}
		if isPositive(q.Name, dnsbl.List{}) {
			return resolver.Answer{Status: resolver.Success, Addrs: []netip.Addr{example127(2)}}
		}
		return resolver.Answer{Status: resolver.NXDomain}
	})
	return names, res
}

func TestTargetNames(t *testing.T) {
	both := testList("bl.test")
	host, org := bitList("dbl.test"), bitList("uri.test")
	host.Names = dnsbl.HostFirst
	tests := map[string]struct {
		ip, domain string
		list       dnsbl.List
		names      []string // without the control
		status     dnsbl.Status
	}{
		"IPv4":                  {ip: "11.22.33.44", list: both, names: []string{"44.33.22.11"}},
		"IPv4 mapped":           {ip: "::ffff:11.22.33.44", list: both, names: []string{"44.33.22.11"}},
		"IPv4 by NAT64":         {ip: "64:ff9b::11.22.33.44", list: both, names: []string{"44.33.22.11"}},
		"IPv6":                  {ip: "2600:1f::7", list: both, names: []string{strings.TrimSuffix(reversed6, ".")}},
		"IPv6 with zone":        {ip: "2600:1f::7%eth0", list: both, names: []string{strings.TrimSuffix(reversed6, ".")}},
		"address, domain list":  {ip: "11.22.33.44", list: org, status: dnsbl.NotApplicable},
		"mapped, domain list":   {ip: "::ffff:11.22.33.44", list: host, status: dnsbl.NotApplicable},
		"domain, address list":  {domain: "example.org", list: both, status: dnsbl.NotApplicable},
		"host":                  {domain: "mail.example.org", list: org, names: []string{"example.org"}},
		"host first":            {domain: "mail.example.org", list: host, names: []string{"example.org", "mail.example.org"}},
		"one name":              {domain: "example.org", list: host, names: []string{"example.org"}},
		"case and dot":          {domain: "MAIL.Example.ORG.", list: host, names: []string{"example.org", "mail.example.org"}},
		"IDN":                   {domain: "mail.müller.de", list: host, names: []string{"mail.xn--mller-kva.de", "xn--mller-kva.de"}},
		"IDN dot":               {domain: "mail。例え.jp", list: org, names: []string{"xn--r8jz45g.jp"}},
		"co.uk":                 {domain: "a.b.example.co.uk", list: org, names: []string{"example.co.uk"}},
		"deep, host first":      {domain: "a.b.example.co.uk", list: host, names: []string{"a.b.example.co.uk", "example.co.uk"}},
		"private suffix":        {domain: "x.me.github.io", list: org, names: []string{"me.github.io"}},
		"suffix co.uk":          {domain: "co.uk", list: org, status: dnsbl.NotApplicable},
		"suffix github.io":      {domain: "github.io", list: host, status: dnsbl.NotApplicable},
		"suffix com":            {domain: "com", list: host, status: dnsbl.NotApplicable},
		"single label":          {domain: "localhost", list: host, status: dnsbl.NotApplicable},
		"exception of wildcard": {domain: "x.www.ck", list: org, names: []string{"www.ck"}},
		"below wildcard":        {domain: "a.b.c.ck", list: org, names: []string{"b.c.ck"}},
	}
	for _, ip := range []string{
		"0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.0.0.2", "169.254.1.1", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1",
		"192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1", "3fff::1", "64:ff9b::10.0.0.1", "::ffff:10.0.0.1", "::ffff:127.0.0.2", "100::1", "::11.22.33.44", "2001::1", "2002:b16:212c::1",
	} {
		tests["not asked: "+ip] = struct {
			ip, domain string
			list       dnsbl.List
			names      []string
			status     dnsbl.Status
		}{ip: ip, list: both, status: dnsbl.NotApplicable}
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			target := dnsbl.Target{Domain: tc.domain}
			if tc.ip != "" {
				target.IP = netip.MustParseAddr(tc.ip)
			}
			names, res := questions(t, dnsbl.Request{Target: target, Lists: []dnsbl.List{tc.list}}, tc.list.Zone)
			want := tc.status
			if want == "" {
				want = dnsbl.Clean
			}
			require.Equal(t, want, res.Status)
			names = slices.DeleteFunc(names, func(n string) bool { return isPositive(n+".", dnsbl.List{}) })
			slices.Sort(names)
			require.Equal(t, tc.names, names)
		})
	}
	for _, bad := range []string{"11.22.33.44", "[11.22.33.44]", "2600:1f::7", "a..example.org", "a b.example.org", ".", " ", "user@example.org", "http://example.org/", "ex*mple.org", strings.Repeat("a", 64) + ".org", strings.Repeat("a.", 130) + "org", "exa\x00mple.org", "11.22.33.44."} {
		t.Run("bad "+bad, func(t *testing.T) {
			_, err := dnsbl.Checker{Resolver: resolver.Snapshot{}}.Check(t.Context(), dnsbl.Request{Target: dnsbl.Target{Domain: bad}, Lists: []dnsbl.List{org}})
			require.ErrorIs(t, err, dnsbl.ErrTarget)
		})
	}
}

// TestMappedControl sees that the control point of IPv6 is asked in nibbles.
func TestMappedControl(t *testing.T) {
	names, _ := questions(t, dnsbl.Request{Target: victim6, Lists: []dnsbl.List{testList("bl.test")}}, "bl.test")
	require.Contains(t, names, strings.TrimSuffix(control6, "."))
	require.NotContains(t, names, "2.0.0.127")
}

// TestCarelessLists has definitions that users get wrong.
func TestCarelessLists(t *testing.T) {
	edit := func(f func(*dnsbl.List)) dnsbl.List {
		l := testList("bl.test")
		f(&l)
		return l
	}
	tests := map[string]struct {
		list   dnsbl.List
		target dnsbl.Target
		status dnsbl.Status
		reason dnsbl.Reason
	}{
		"good":                           {testList("bl.test"), victim, dnsbl.NotListed, ""},
		"zone in capitals":               {testList("BL.test."), victim, dnsbl.NotListed, ""},
		"no zone":                        {testList(""), victim, dnsbl.NotAsked, dnsbl.ReasonInvalid},
		"root":                           {testList("."), victim, dnsbl.NotAsked, dnsbl.ReasonInvalid},
		"blank zone":                     {testList("bl test"), victim, dnsbl.NotAsked, dnsbl.ReasonInvalid},
		"empty label":                    {testList("bl..test"), victim, dnsbl.NotAsked, dnsbl.ReasonInvalid},
		"long zone":                      {testList(strings.Repeat("abcdefg.", 30) + "test"), victim, dnsbl.NotAsked, dnsbl.ReasonName},
		"dead":                           {testList("dnsbl.sorbs.net"), victim, dnsbl.NotAsked, dnsbl.ReasonDead},
		"dead by wildcard":               {testList("a.b.SORBS.net."), victim, dnsbl.NotAsked, dnsbl.ReasonDead},
		"dead for IPv6":                  {edit(func(l *dnsbl.List) { l.IPv6Zone = "v6.sorbs.net" }), victim6, dnsbl.NotAsked, dnsbl.ReasonDead},
		"dead for IPv6, not asked there": {edit(func(l *dnsbl.List) { l.IPv6Zone = "v6.sorbs.net" }), victim, dnsbl.NotListed, ""},
		"dead with key":                  {edit(func(l *dnsbl.List) { l.KeyZone = "{p}.sorbs.net" }), victim, dnsbl.NotAsked, dnsbl.ReasonDead},
		"bad IPv6 zone":                  {edit(func(l *dnsbl.List) { l.IPv6Zone = "v6..test" }), victim6, dnsbl.NotAsked, dnsbl.ReasonInvalid},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, res := questions(t, dnsbl.Request{Target: tc.target, Lists: []dnsbl.List{tc.list}, Keyed: []string{"p"}}, "bl.test")
			require.Len(t, res.Lists, 1)
			require.Equal(t, tc.status, res.Lists[0].Status, "%+v", res.Lists[0])
			require.Equal(t, tc.reason, res.Lists[0].Reason)
			if tc.status == dnsbl.NotAsked {
				require.NotEqual(t, dnsbl.Clean, res.Status)
				require.NotEmpty(t, res.Findings)
			}
		})
	}
	for _, match := range []string{"", "127", "127.0.0", "127.0.0.2.3", "127.0.0.-2", "127.0.0.4-2", "127.0.0.256", "127.0.0.x", "127.0.0.&", "127.0.0.&0", "127.0.0.&256", "128.0.0.2", " 127.0.0.2", "127.0.0.2-", "127.0.0.*-3", "127.0.0.02x", "::1"} {
		l := edit(func(l *dnsbl.List) { l.Codes = []dnsbl.Code{{Match: match, Class: dnsbl.ClassWhite}} })
		require.Error(t, l.Validate(), "%q", match)
		for _, code := range []netip.Addr{example127(2), example127(1), netip.MustParseAddr("203.0.113.2")} {
			res := answerAll(t, dnsbl.Request{Target: victim, Lists: []dnsbl.List{l}}, func(q resolver.Question) resolver.Answer {
				if isPositive(q.Name, l) || isTarget(q.Name) {
					return resolver.Answer{Status: resolver.Success, Addrs: []netip.Addr{code}}
				}
				return resolver.Answer{Status: resolver.NXDomain}
			})
			require.NotContains(t, []dnsbl.Status{dnsbl.Clean}, res.Status, "%q %s", match, code)
		}
	}
	// Twice the same list is one question, and one that overrides comes as it was given.
	n := 0
	l := testList("bl.test")
	res := answerAll(t, dnsbl.Request{Target: victim, Lists: []dnsbl.List{l, l}}, func(q resolver.Question) resolver.Answer {
		n++
		if isPositive(q.Name, l) {
			return resolver.Answer{Status: resolver.Success, Addrs: []netip.Addr{example127(2)}}
		}
		return resolver.Answer{Status: resolver.NXDomain}
	})
	require.Equal(t, 2, n)
	require.Equal(t, dnsbl.Clean, res.Status)
	found, err := dnsbl.Find("psbl.surriel.com")
	require.NoError(t, err)
	found[0].Codes[0].Class = dnsbl.ClassInfo
	found[0].Kinds[0] = dnsbl.Domain
	again, err := dnsbl.Find("PSBL.surriel.com.")
	require.NoError(t, err)
	require.Equal(t, dnsbl.ClassListed, again[0].Codes[0].Class, "copies are apart")
	require.Equal(t, dnsbl.IPv4, again[0].Kinds[0])
}

// TestSpentInAnyForm sees that a zone is the same zone in any form.
func TestSpentInAnyForm(t *testing.T) {
	for _, form := range []string{"bl.test", "BL.test", "bl.test."} {
		names, res := questions(t, dnsbl.Request{Target: victim, Lists: []dnsbl.List{testList("bl.test")}, Spent: []string{form}}, "bl.test")
		require.Empty(t, names, form)
		require.Equal(t, dnsbl.ReasonQuota, res.Lists[0].Reason, form)
	}
}

// TestEveryCodeCounts answers so many codes that not all are shown, the last of which
// decides.
func TestEveryCodeCounts(t *testing.T) {
	for code, want := range map[byte]dnsbl.Status{2: dnsbl.Listed, 50: dnsbl.Error, 10: dnsbl.Policy} {
		l := testList("bl.test")
		res := answerAll(t, dnsbl.Request{Target: victim, Lists: []dnsbl.List{l}}, func(q resolver.Question) resolver.Answer {
			switch {
			case isPositive(q.Name, l):
				return resolver.Answer{Status: resolver.Success, Addrs: []netip.Addr{example127(2)}}
			case isTarget(q.Name) && q.Type == resolver.TypeA:
				a := resolver.Answer{Status: resolver.Success}
				for range 100 {
					a.Addrs = append(a.Addrs, example127(40))
				}
				a.Addrs = append(a.Addrs, example127(code))
				return a
			}
			return resolver.Answer{Status: resolver.NXDomain}
		})
		require.Equal(t, want, res.Lists[0].Status)
		require.LessOrEqual(t, len(res.Lists[0].Entries), 33)
		sound(t, res)
	}
}

// TestAdviceNamesTheEntry sees that pages are for the name that the list has, which is
// the registrable domain for most.
func TestAdviceNamesTheEntry(t *testing.T) {
	l := bitList("uri.test")
	l.Lookup, l.Removal = "https://uri.test/look?d={q}", "https://uri.test/remove?d={q}"
	listed := func(names ...string) dnsbl.ListResult {
		return answerAll(t, dnsbl.Request{Target: dnsbl.Target{Domain: "mail.example.org"}, Lists: []dnsbl.List{l}}, func(q resolver.Question) resolver.Answer {
			first, _ := strings.CutSuffix(q.Name, ".uri.test")
			if q.Type == resolver.TypeA && (first == "test" || slices.Contains(names, first)) {
				return resolver.Answer{Status: resolver.Success, Addrs: []netip.Addr{example127(2)}}
			}
			return resolver.Answer{Status: resolver.NXDomain}
		}).Lists[0]
	}
	r := listed("example.org")
	require.Equal(t, "https://uri.test/look?d=example.org", r.Advice.Lookup)
	require.Equal(t, "https://uri.test/remove?d=example.org", r.Advice.URL)
	require.Contains(t, r.Advice.Include, "example.org")
	l.Names = dnsbl.HostFirst
	require.Equal(t, "https://uri.test/remove?d=example.org", listed("example.org").Advice.URL)
	require.Equal(t, "https://uri.test/remove?d=mail.example.org", listed("mail.example.org").Advice.URL)
	require.Equal(t, "https://uri.test/remove?d=mail.example.org", listed("mail.example.org", "example.org").Advice.URL)
}

// TestTextsOfStrangers has what a list, or who took its domain over, can publish.
func TestTextsOfStrangers(t *testing.T) {
	many := make(resolver.Text, 1000)
	for i := range many {
		many[i] = "x"
	}
	big := resolver.Text{}
	for range 257 {
		big = append(big, strings.Repeat("y", 255))
	}
	records := map[string]resolver.Text{
		"controls": {"a\x00b\x1b[2Jc\r\nX-Header: y\x7f\x80\xff"},
		"big":      big,
		"many":     many,
		"empty":    {},
		"blank":    {"  ", "\t"},
		"userinfo": {"see https://www.spamhaus.org@evil.example/x and http://user:pass@evil.example"},
		"markup":   {`<script src="https://evil.example/a.js">alert(1)</script><a href='http://evil.example/'>x</a>`},
		"bidi":     {"https://exam\u202eple.example/x \u2066gpj.exe"},
		"scheme":   {"javascript:alert(1) data:text/html,x https:// http://. https://?q https:///path"},
		"utf-16":   {string([]byte{0xff, 0xfe, 'h', 0})},
		"good":     {"Blocked - see https://check.test/q", "uery?ip=11.22.33.44, thanks"},
	}
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			l := testList("bl.test")
			res := answerAll(t, dnsbl.Request{Target: victim, Lists: []dnsbl.List{l}}, func(q resolver.Question) resolver.Answer {
				switch {
				case q.Type == resolver.TypeTXT:
					return resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{record, record, {"second"}}}
				case isPositive(q.Name, l) || isTarget(q.Name):
					return resolver.Answer{Status: resolver.Success, Addrs: []netip.Addr{example127(2)}}
				}
				return resolver.Answer{Status: resolver.NXDomain}
			})
			sound(t, res)
			r := res.Lists[0]
			text, err := json.Marshal(res)
			require.NoError(t, err)
			require.Less(t, len(text), 24<<10)
			for _, s := range append(slices.Clone(r.Text), r.Advice.Links...) {
				require.LessOrEqual(t, len(s), 4*dnsbl.MaxText+3)
				for i := range len(s) {
					require.True(t, s[i] >= ' ' && s[i] < 0x7f, "%q", s)
				}
			}
			require.Contains(t, r.Text, "second")
			for _, link := range r.Advice.Links {
				u, err := url.Parse(link)
				require.NoError(t, err)
				require.Nil(t, u.User, link)
				require.NotEmpty(t, strings.Trim(u.Hostname(), "."), link)
				require.NotEqual(t, "exam", u.Hostname())
			}
			if name == "good" {
				require.Equal(t, []string{"https://check.test/query?ip=11.22.33.44"}, r.Advice.Links)
			}
		})
	}
}

// TestWeirdKeys scans all that comes out for keys that are hard to hide.
func TestWeirdKeys(t *testing.T) {
	for name, keys := range map[string]dnsbl.Keys{
		"usual":             {"spamhaus": "qwertyuiop7x4asdfghjk2zxcv", "abusix": "1a2b3c4d5e6f"},
		"capitals":          {"spamhaus": "QwErTyUiOp7X", "abusix": "ABCDEF987"},
		"of the other name": {"spamhaus": "abusixkey99", "abusix": "spamhauskey99"},
		"one in the other":  {"spamhaus": "secretkey", "abusix": "secretkey-longer"},
		"digits":            {"spamhaus": "98765432109876543210", "abusix": "5555566666"},
		"longest":           {"spamhaus": dnsbl.Key(strings.Repeat("k9", 31)), "abusix": "-odd-key-"},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			below := resolver.Snapshot{}
			var saw atomic.Int32
			lists, err := dnsbl.Find("zen.spamhaus.org", "combined.mail.abusix.zone", "authbl.dq.spamhaus.net")
			require.NoError(t, err)
			server := resolver.Func(func(_ context.Context, q resolver.Question) (resolver.Answer, error) {
				var inIt string
				for _, key := range keys {
					k := strings.ToLower(string(key))
					if strings.Contains(q.Name, "."+k+".") {
						inIt = string(key)
						saw.Add(1)
					}
				}
				a := resolver.Answer{Status: resolver.Success, TTL: 5, Problem: "blocked " + q.Name, Alias: []string{q.Name}}
				switch {
				case q.Type == resolver.TypeTXT:
					a.TXT = []resolver.Text{{"see https://x.test/?k=" + inIt + " or " + strings.ToUpper(inIt), "for " + inIt}, {inIt[:len(inIt)/2], inIt[len(inIt)/2:]}}
				case strings.HasPrefix(q.Name, "2.0.0.127.") || strings.HasPrefix(q.Name, "44."):
					a.Addrs = []netip.Addr{example127(2)}
				case strings.HasPrefix(q.Name, "1.0.0.127."):
					a = resolver.Answer{Status: resolver.ServFail, Problem: "no reply for " + strings.ToUpper(q.Name)}
				default:
					a = resolver.Answer{Status: resolver.NXDomain}
				}
				mu.Lock()
				below[q] = a
				mu.Unlock()
				if !a.Status.Definitive() {
					return a, &resolver.Error{Question: q, Status: a.Status, Extended: "denied: " + q.Name}
				}
				return a, nil
			})
			rec := resolver.Record(keys.Resolver(server))
			req := dnsbl.Request{Target: victim, Lists: lists, Keyed: []string{"spamhaus", "abusix"}}
			res, err := dnsbl.Checker{Resolver: rec}.Check(t.Context(), req)
			require.NoError(t, err)
			require.Positive(t, saw.Load())
			direct, err := dnsbl.Checker{Resolver: server, Keys: keys}.Check(t.Context(), dnsbl.Request{Target: victim, Lists: lists})
			require.NoError(t, err)
			health, err := dnsbl.Checker{Resolver: server, Keys: keys}.CheckHealth(t.Context(), dnsbl.HealthRequest{Lists: lists})
			require.NoError(t, err)
			redacted := keys.Redact(below)
			again, missing := dnsbl.Evaluate(req, redacted)
			require.Empty(t, missing)
			require.Equal(t, res.Status, again.Status)
			p := &dnsbl.Progress{}
			var streamed []dnsbl.Result
			for _, r := range (dnsbl.Checker{Resolver: server, Keys: keys}).CheckMany(t.Context(), dnsbl.Batch{Targets: []dnsbl.Target{victim}, Lists: lists, Progress: p, Quotas: map[string]int{"zen.spamhaus.org": 5}}) {
				streamed = append(streamed, r)
			}
			require.Len(t, streamed, 1)
			all, err := json.Marshal([]any{res, direct, health, redacted, rec.Snapshot(), p, streamed, keys, req})
			require.NoError(t, err)
			text := strings.ToLower(string(all))
			for provider, key := range keys {
				require.NotContains(t, text, strings.ToLower(string(key)), provider)
			}
		})
	}
}
