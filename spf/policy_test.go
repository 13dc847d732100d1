package spf_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// TestPolicyAgreesWithEvaluate compiles random trees, and compares what becomes of
// the addresses around every boundary with what Evaluate makes of them.
func TestPolicyAgreesWithEvaluate(t *testing.T) {
	seen := make(map[spf.Status]int)
	open, chained, compared := 0, 0, 0
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 7))
		w := randomTree(r)
		policy := reportOf(w, "d0.test").Compile()
		for _, ip := range interesting(r, w) {
			cover := policy.Covers(ip)
			req := spf.Request{IP: ip, HELO: "helo.test", MailFrom: "user@d0.test"}
			res, missing := spf.Evaluate(req, openAnswers{answers: w})
			require.Empty(t, missing)
			detail := func() string {
				return fmt.Sprintf("seed %d, %v: %s", seed, ip, describe(w))
			}
			if cover.Status != res.Status {
				require.Equal(t, res.Status, cover.Status, detail())
			}
			compared++
			seen[cover.Status]++
			if cover.Open {
				open++
			} else if res, _ := spf.Evaluate(req, openAnswers{answers: w, hits: true}); cover.Status != res.Status {
				require.Equal(t, res.Status, cover.Status, detail())
			}
			if cover.Status == spf.TempError || cover.Status == spf.PermError {
				continue
			}
			if !equalMatch(cover.By, res.Match) {
				require.Equal(t, res.Match, cover.By, detail())
			}
			if len(cover.By.Chain) > 1 {
				chained++
			}
		}
	}
	// The generator must not degenerate.
	for _, s := range []spf.Status{spf.None, spf.Neutral, spf.Pass, spf.Fail, spf.SoftFail, spf.TempError, spf.PermError} {
		require.Greater(t, seen[s], compared/200, "%s in %v", s, seen)
	}
	require.Greater(t, open, compared/100)
	require.Greater(t, chained, compared/100)
}

func equalMatch(a, b spf.Match) bool {
	if a.Term != b.Term || a.Domain != b.Domain || a.Offset != b.Offset || len(a.Chain) != len(b.Chain) {
		return false
	}
	for i := range a.Chain {
		if a.Chain[i] != b.Chain[i] {
			return false
		}
	}
	return true
}

// interesting returns the addresses on both sides of each boundary that a policy
// in w can have, and some at random.
func interesting(r *rand.Rand, w answers) []netip.Addr {
	set := make(map[netip.Addr]bool)
	around := func(p netip.Prefix) {
		first := p.Masked().Addr()
		last := first
		for bit := p.Bits(); bit < first.BitLen(); bit++ {
			b := last.AsSlice()
			b[bit/8] |= 0x80 >> (bit % 8)
			last, _ = netip.AddrFromSlice(b)
		}
		for _, ip := range []netip.Addr{first.Prev(), first, last, last.Next()} {
			if ip.IsValid() {
				set[ip.Unmap()] = true
			}
		}
	}
	terms := func(yield func(spf.Term)) {
		for _, a := range w {
			for _, txt := range a.TXT {
				record, _ := spf.Parse(txt.String())
				for _, t := range record.Terms {
					yield(t)
				}
			}
		}
	}
	lengths := map[[2]uint8]bool{{32, 128}: true}
	terms(func(t spf.Term) {
		if t.Network.IsValid() {
			around(t.Network)
		}
		if t.Kind == spf.KindA || t.Kind == spf.KindMX {
			lengths[[2]uint8{t.Bits4, t.Bits6}] = true
		}
	})
	for q, a := range w {
		for _, addr := range a.Addrs {
			for l := range lengths {
				if q.Type == resolver.TypeA {
					around(netip.PrefixFrom(addr, int(l[0])))
				} else {
					around(netip.PrefixFrom(addr, int(l[1])))
				}
			}
		}
	}
	for range 20 {
		set[randomAddr(r, resolver.TypeA)] = true
		set[randomAddr(r, resolver.TypeAAAA).Unmap()] = true
	}
	out := slices.SortedFunc(maps.Keys(set), netip.Addr.Compare)
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out[:min(len(out), 100)]
}

func describe(w answers) string {
	out, _ := json.MarshalIndent(map[resolver.Question]resolver.Answer(w), "", " ")
	return string(out)
}

// TestPolicyOfWhatIsUnknown compiles trees that do not hold everything.
func TestPolicyOfWhatIsUnknown(t *testing.T) {
	record := func(terms ...spf.TermNode) spf.Node {
		return spf.Node{Domain: "example.org", Record: "v=spf1", Terms: terms}
	}
	all := spf.TermNode{Term: term("all")}
	match := func(s string) spf.Match { return spf.Match{Domain: "example.org", Term: s, Offset: 7} }
	for _, test := range []struct {
		name   string
		tree   spf.Node
		status spf.Status
		want   spf.Cover
	}{
		{name: "nothing at all", want: spf.Cover{Status: spf.TempError, Open: true}},
		{name: "cut", tree: spf.Node{Domain: "example.org", Record: "v=spf1", Cut: true}, want: spf.Cover{Status: spf.TempError, Open: true}},
		{
			name: "cut behind a term", tree: spf.Node{Domain: "example.org", Record: "v=spf1 -all", Cut: true, Terms: []spf.TermNode{all}},
			want: spf.Cover{Status: spf.Pass, By: match("all")},
		},
		{
			name: "cut before a redirect", want: spf.Cover{Status: spf.TempError, Open: true},
			tree: spf.Node{Domain: "example.org", Record: "v=spf1", Cut: true, Terms: []spf.TermNode{{Term: term("redirect=a.test")}}},
		},
		{name: "status of the report", status: spf.None, want: spf.Cover{Status: spf.None}},
		{name: "status that is no error", status: "fine", want: spf.Cover{Status: spf.TempError}},
		{name: "loop at the root", tree: spf.Node{Loop: true}, want: spf.Cover{Status: spf.PermError}},
		{
			name: "include not followed", tree: record(spf.TermNode{Term: term("include:a.test")}, all),
			want: spf.Cover{Status: spf.TempError, Open: true, By: match("include:a.test")},
		},
		{
			name: "include cut", tree: record(spf.TermNode{Term: term("include:a.test"), Policy: &spf.Node{Cut: true}}, all),
			want: spf.Cover{Status: spf.TempError, Open: true, By: match("include:a.test")},
		},
		{
			name: "redirect not followed", tree: record(spf.TermNode{Term: term("redirect=a.test")}),
			want: spf.Cover{Status: spf.TempError, Open: true, By: match("redirect=a.test")},
		},
		{
			name: "host not asked for", tree: record(spf.TermNode{Term: term("a"), DNS: resolver.Success}, all),
			want: spf.Cover{Status: spf.TempError, Open: true, By: match("a")},
		},
		{
			name: "addresses not asked for", tree: record(spf.TermNode{Term: term("mx"), DNS: resolver.Success, Hosts: []spf.Host{{Name: "a.test"}}}, all),
			want: spf.Cover{Status: spf.TempError, Open: true, By: match("mx")},
		},
		{
			name: "mx not asked for", tree: record(spf.TermNode{Term: term("mx")}, all),
			want: spf.Cover{Status: spf.TempError, Open: true, By: match("mx")},
		},
		{
			name: "exists not asked for", tree: record(spf.TermNode{Term: term("exists:a.test")}, all),
			want: spf.Cover{Status: spf.TempError, Open: true, By: match("exists:a.test")},
		},
		{
			name: "redirect with a macro", tree: record(spf.TermNode{Term: term("redirect=%{d}.a.test"), Macro: true}),
			want: spf.Cover{Status: spf.Neutral, Open: true},
		},
		{
			name: "ptr", tree: record(spf.TermNode{Term: term("ptr")}, all),
			want: spf.Cover{Status: spf.Pass, Open: true, By: match("all")},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			policy := spf.Report{Status: test.status, Tree: test.tree}.Compile()
			for _, ip := range []string{"192.0.2.1", "2001:db8::1"} {
				require.Equal(t, test.want, policy.Covers(netip.MustParseAddr(ip)), ip)
			}
			require.Equal(t, test.want.Open, len(policy.Networks(test.want.Status)) == 0)
		})
	}
}

// term parses a single term.
func term(text string) spf.Term {
	record, err := spf.Parse("v=spf1 " + text)
	if err != nil {
		panic(err)
	}
	return record.Terms[0]
}

// compiled returns the policy that a domain has in a zone.
func compiled(domain, zone string) *spf.Policy {
	return reportOf(resolver.MustZone(zone), domain).Compile()
}

func TestPolicyCovers(t *testing.T) {
	policy := compiled("example.org", `
		example.org TXT "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ~all"
	`)
	cover := func(status spf.Status, term string, offset int) spf.Cover {
		return spf.Cover{Status: status, By: spf.Match{Term: term, Domain: "example.org", Offset: offset}}
	}
	for _, test := range []struct {
		name string
		ip   netip.Addr
		want spf.Cover
	}{
		{name: "invalid", want: spf.Cover{}},
		{name: "IPv4", ip: netip.MustParseAddr("192.0.2.1"), want: cover(spf.Pass, "ip4:192.0.2.0/24", 7)},
		{name: "mapped", ip: netip.MustParseAddr("::ffff:192.0.2.255"), want: cover(spf.Pass, "ip4:192.0.2.0/24", 7)},
		{name: "the lowest", ip: netip.MustParseAddr("0.0.0.0"), want: cover(spf.SoftFail, "~all", 42)},
		{name: "the highest", ip: netip.MustParseAddr("255.255.255.255"), want: cover(spf.SoftFail, "~all", 42)},
		{name: "IPv6", ip: netip.MustParseAddr("2001:db8::1"), want: cover(spf.Pass, "ip6:2001:db8::/32", 24)},
		{name: "with a zone", ip: netip.MustParseAddr("2001:db8::1%eth0"), want: cover(spf.Pass, "ip6:2001:db8::/32", 24)},
		{name: "the highest of IPv6", ip: netip.MustParseAddr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), want: cover(spf.SoftFail, "~all", 42)},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, policy.Covers(test.ip)) })
	}
	t.Run("no policy", func(t *testing.T) {
		for _, p := range []*spf.Policy{nil, {}} {
			require.Equal(t, spf.Cover{Status: spf.None}, p.Covers(netip.MustParseAddr("::1")))
			require.Equal(t, spf.Cover{}, p.Covers(netip.Addr{}))
			require.Empty(t, p.Networks(spf.Pass))
			require.Len(t, p.Networks(spf.None), 2)
		}
	})
	t.Run("allocations", func(t *testing.T) {
		ip := netip.MustParseAddr("192.0.2.1")
		require.Zero(t, testing.AllocsPerRun(100, func() { policy.Covers(ip) }))
	})
}

func TestPolicyNetworks(t *testing.T) {
	policy := compiled("example.org", `
		example.org    TXT "v=spf1 -ip4:192.0.2.64/26 ip4:192.0.2.0/24 a include:a.test exists:%{i}.example.org ip4:203.0.113.0/24 -all"
		example.org    A   192.0.3.0
		a.test         TXT "v=spf1 ip6:2001:db8::/33 ip6:2001:db8:8000::/33 ~all"
	`)
	prefixes := func(texts ...string) (out []netip.Prefix) {
		for _, s := range texts {
			out = append(out, netip.MustParsePrefix(s))
		}
		return out
	}
	require.Equal(t, prefixes("192.0.2.0/26", "192.0.2.128/25", "192.0.3.0/32", "2001:db8::/32"), policy.Networks(spf.Pass))
	require.Equal(t, prefixes("192.0.2.64/26"), policy.Networks(spf.Fail))
	require.Empty(t, policy.Networks(spf.SoftFail))
	behind := policy.Covers(netip.MustParseAddr("203.0.113.1"))
	require.Equal(t, spf.Pass, behind.Status)
	require.True(t, behind.Open)
	calls := 0
	require.Equal(t, append(prefixes("192.0.2.0/26", "192.0.2.128/25", "192.0.3.0/32", "203.0.113.0/24"), prefixes("2001:db8::/32")...),
		policy.NetworksFunc(func(c spf.Cover) bool {
			calls++
			return c.Status == spf.Pass
		}))
	require.Equal(t, 8, calls) // five outcomes for IPv4, three for IPv6
}

// TestPolicyNamesTheOutermostVendor has a vendor that includes another.
func TestPolicyNamesTheOutermostVendor(t *testing.T) {
	report := reportOf(resolver.MustZone(`
		example.org TXT "v=spf1 include:own.test include:broken.test"
		own.test    TXT "v=spf1 include:desk.test"
		desk.test   TXT "v=spf1 ip4:192.0.2.1 include:cloud.test"
		cloud.test  TXT "v=spf1 ip4:192.0.2.2"
		broken.test TXT "v=spf1 nonsense"
	`), "example.org")
	own := report.Tree.Terms[0].Policy
	own.Terms[0].Vendor = "Desk"
	own.Terms[0].Policy.Terms[1].Vendor = "Cloud"
	report.Tree.Terms[1].Vendor = "Broken"
	policy := report.Compile()
	require.Equal(t, "Desk", policy.Covers(netip.MustParseAddr("192.0.2.1")).Vendor)
	require.Equal(t, "Desk", policy.Covers(netip.MustParseAddr("192.0.2.2")).Vendor)
	require.Equal(t, "Broken", policy.Covers(netip.MustParseAddr("192.0.2.3")).Vendor)
}

// TestPolicyKeepsWaysApart has ways that part after so many steps that there is
// room behind the common part of them.
func TestPolicyKeepsWaysApart(t *testing.T) {
	policy := compiled("example.org", `
		example.org TXT "v=spf1 include:a.test"
		a.test      TXT "v=spf1 include:b.test"
		b.test      TXT "v=spf1 include:c.test"
		c.test      TXT "v=spf1 include:d.test include:e.test"
		d.test      TXT "v=spf1 ip4:192.0.2.1"
		e.test      TXT "v=spf1 ip4:192.0.2.2"
	`)
	for ip, want := range map[string]string{"192.0.2.1": "include:d.test", "192.0.2.2": "include:e.test"} {
		chain := policy.Covers(netip.MustParseAddr(ip)).By.Chain
		require.Len(t, chain, 4)
		require.Equal(t, want, chain[3].Term)
	}

	policy = compiled("example.org", `
		example.org TXT "v=spf1 exists:%{i}.1.test exists:%{i}.2.test exists:%{i}.3.test include:a.test include:b.test -all"
		a.test      TXT "v=spf1 -ip4:0.0.0.0/1 exists:%{i}.4.test"
		b.test      TXT "v=spf1 -ip4:128.0.0.0/1 exists:%{i}.5.test"
	`)
	for i, want := range []string{"exists:%{i}.5.test", "exists:%{i}.4.test"} {
		change := spf.Diff(policy, nil)[i]
		require.Len(t, change.BeforeOpen, 4)
		require.Equal(t, want, change.BeforeOpen[3].Term)
	}
}

// TestPolicyOfStoredReport compiles a report that was JSON for a while.
func TestPolicyOfStoredReport(t *testing.T) {
	for seed := range uint64(50) {
		report := reportOf(randomTree(rand.New(rand.NewPCG(seed, 8))), "d0.test")
		stored, err := json.Marshal(report)
		require.NoError(t, err)
		var back spf.Report
		require.NoError(t, json.Unmarshal(stored, &back))
		require.Equal(t, report.Compile(), back.Compile())
	}
}
