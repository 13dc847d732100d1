package spf_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/spf"
)

func TestDiff(t *testing.T) {
	const includes = `
		a.test TXT "v=spf1 ip4:198.51.100.0/25 ip4:203.0.113.0/24 ip6:2001:db8::/32 -all"
		b.test TXT "v=spf1 ip4:198.51.100.0/24 ~all"
		x.test TXT "v=spf1 ip4:192.0.2.1 ?all"
	`
	record := func(text string) string { return "example.org TXT \"" + text + "\"\n" + includes }
	for _, test := range []struct {
		name, before, after string
		want                []string
		loses, gains        int
	}{
		{name: "same", before: "v=spf1 a:nothing.test include:a.test -all", after: "v=spf1 a:nothing.test include:a.test -all"},
		{name: "other terms, same outcome", before: "v=spf1 ip4:192.0.2.0/24 -all", after: "v=spf1 ip4:192.0.2.128/25 ip4:192.0.2.0/25 -all"},
		{
			name: "one lost", before: "v=spf1 ip4:192.0.2.0/24 -all", after: "v=spf1 ip4:192.0.2.0/25 -all", loses: 1,
			want: []string{"pass -> fail: 192.0.2.128/25 (ip4:192.0.2.0/24 in example.org -> -all in example.org)"},
		},
		{
			name: "one gained", before: "v=spf1 ~all", after: "v=spf1 ip4:192.0.2.1 ~all", gains: 1,
			want: []string{"softfail -> pass: 192.0.2.1/32 (~all in example.org -> ip4:192.0.2.1 in example.org)"},
		},
		{
			name: "an include is one change", before: "v=spf1 include:a.test ~all", after: "v=spf1 ~all", loses: 1,
			want: []string{"pass -> softfail: 198.51.100.0/25, 203.0.113.0/24, 2001:db8::/32 (include:a.test in example.org -> ~all in example.org)"},
		},
		{
			name: "one include for another", before: "v=spf1 include:a.test", after: "v=spf1 include:b.test", loses: 1, gains: 1,
			want: []string{
				"neutral -> pass: 198.51.100.128/25 (no term -> include:b.test in example.org)",
				"pass -> neutral: 203.0.113.0/24, 2001:db8::/32 (include:a.test in example.org -> no term)",
			},
		},
		{
			name: "redirects lead on", before: "v=spf1 redirect=x.test", after: "v=spf1 redirect=b.test", loses: 1, gains: 1,
			want: []string{
				"neutral -> softfail: 0.0.0.0/1, 128.0.0.0/2, 192.0.0.0/23, 192.0.2.0/32, 192.0.2.2/31, 192.0.2.4/30, 192.0.2.8/29, " +
					"192.0.2.16/28 and 42 more (?all in x.test -> ~all in b.test)",
				"pass -> softfail: 192.0.2.1/32 (ip4:192.0.2.1 in x.test -> ~all in b.test)",
				"neutral -> pass: 198.51.100.0/24 (?all in x.test -> ip4:198.51.100.0/24 in b.test)",
			},
		},
		{
			name: "broken", before: "v=spf1 ip4:192.0.2.1 -all", after: "v=spf1 ip4:192.0.2.1 include:nothing.test -all",
			want: []string{
				"fail -> permerror: 0.0.0.0/1, 128.0.0.0/2, 192.0.0.0/23, 192.0.2.0/32, 192.0.2.2/31, 192.0.2.4/30, 192.0.2.8/29, " +
					"192.0.2.16/28 and 25 more (-all in example.org -> include:nothing.test in example.org)",
			},
		},
		{
			name: "hosted record gone", before: "v=spf1 exists:%{i}.x.test -all", after: "v=spf1 -all", loses: 1,
			want: []string{"fail? -> fail: 0.0.0.0/0, ::/0 (-all in example.org -> -all in example.org)"},
		},
		{
			name: "hosted record new, behind a sender", before: "v=spf1 ip4:0.0.0.0/0 -all", after: "v=spf1 ip4:0.0.0.0/0 exists:%{i}.x.test -all", gains: 1,
			want: []string{"fail -> fail?: ::/0 (-all in example.org -> -all in example.org)"},
		},
		{
			name: "hosted record new, before a sender", before: "v=spf1 ip4:0.0.0.0/0 +all", after: "v=spf1 ip4:0.0.0.0/0 -exists:%{i}.x.test +all", loses: 1,
			want: []string{"pass -> pass?: ::/0 (+all in example.org -> +all in example.org)"},
		},
		{
			name: "one hosted record for another", before: "v=spf1 exists:%{i}.x.test -all", after: "v=spf1 exists:%{i}.y.test -all", loses: 1, gains: 1,
			want: []string{"fail? -> fail?: 0.0.0.0/0, ::/0 (-all in example.org -> -all in example.org)"},
		},
		{name: "hosted record in another place", before: "v=spf1 exists:%{i}.x.test -all", after: "v=spf1  exists:%{i}.x.test   -all"},
		{
			name: "hosted record for everybody", before: "v=spf1 exists:%{i}.x.test -all", after: "v=spf1 +all", gains: 1,
			want: []string{"fail? -> pass: 0.0.0.0/0, ::/0 (-all in example.org -> +all in example.org)"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			changes := spf.Diff(compiled("example.org", record(test.before)), compiled("example.org", record(test.after)))
			var lines []string
			for _, c := range changes {
				lines = append(lines, c.String())
			}
			require.Equal(t, test.want, lines)
			require.Len(t, changes.Lost(), test.loses)
			require.Len(t, changes.Gained(), test.gains)
		})
	}
}

func TestDiffOfNoPolicy(t *testing.T) {
	policy := compiled("example.org", `example.org TXT "v=spf1 ip4:192.0.2.0/24 redirect=%{d}.x.test"`)
	require.Empty(t, spf.Diff(nil, nil))
	require.Empty(t, spf.Diff(nil, &spf.Policy{}))
	require.Len(t, spf.Diff(nil, policy).Gained(), 2)
	require.Len(t, spf.Diff(policy, nil).Lost(), 2)
}

func TestChangeMarshals(t *testing.T) {
	before := compiled("example.org", `example.org TXT "v=spf1 ip6:2001:db8::/32 ptr -all"`)
	after := compiled("example.org", `example.org TXT "v=spf1 -all"`)
	text, err := json.Marshal(spf.Diff(before, after)[1])
	require.NoError(t, err)
	require.JSONEq(t, `{
		"before": "pass", "before_by": {"domain": "example.org", "term": "ip6:2001:db8::/32", "offset": 7},
		"after": "fail", "after_by": {"domain": "example.org", "term": "-all", "offset": 7},
		"networks": ["2001:db8::/32"]
	}`, string(text))
}

// TestDiffAgreesWithCovers compares random policies address by address: exactly
// those in a change have another outcome, and the one that it says.
func TestDiffAgreesWithCovers(t *testing.T) {
	changed, same := 0, 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 9))
		w := randomTree(r)
		before, after := reportOf(w, "d0.test").Compile(), reportOf(w, "d1.test").Compile()
		changes := spf.Diff(before, after)
		var all []netip.Prefix
		for _, c := range changes {
			all = append(all, c.Networks...)
		}
		slices.SortFunc(all, netip.Prefix.Compare)
		for i := 1; i < len(all); i++ {
			require.False(t, all[i-1].Overlaps(all[i]), "%v %v", all[i-1], all[i])
		}
		require.True(t, slices.IsSortedFunc(changes, func(a, b spf.Change) int { return a.Networks[0].Compare(b.Networks[0]) }))
		for _, ip := range interesting(r, w) {
			a, b := before.Covers(ip), after.Covers(ip)
			at := slices.IndexFunc(changes, func(c spf.Change) bool {
				return slices.ContainsFunc(c.Networks, func(p netip.Prefix) bool { return p.Contains(ip) })
			})
			if at < 0 {
				same++
				require.Equal(t, a.Status, b.Status, "seed %d, %v", seed, ip)
				require.Equal(t, a.Open, b.Open, "seed %d, %v", seed, ip)
				continue
			}
			changed++
			c := changes[at]
			require.Equal(t, []spf.Status{a.Status, b.Status}, []spf.Status{c.Before, c.After}, "seed %d, %v", seed, ip)
			require.Equal(t, []bool{a.Open, b.Open}, []bool{len(c.BeforeOpen) > 0, len(c.AfterOpen) > 0}, "seed %d, %v", seed, ip)
			require.False(t, a.Status == b.Status && !a.Open && !b.Open, "seed %d, %v", seed, ip)
			if a.Status == spf.Pass && b.Status != spf.Pass {
				require.True(t, c.Loses())
			}
			if a.Status != spf.Pass && !a.Open && b.Status != spf.Pass && !b.Open {
				require.False(t, c.Loses() || c.Gains())
			}
		}
		// Seen the other way, gains are losses.
		back := spf.Diff(after, before)
		require.Len(t, back, len(changes))
		require.Len(t, back.Lost(), len(changes.Gained()))
	}
	require.Greater(t, changed, 1000)
	require.Greater(t, same, 1000)
}
