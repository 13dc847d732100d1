package spf_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// TestRoundTrips counts round trips by the bubble's clock, in which each takes
// exactly 10 ms.
func TestRoundTrips(t *testing.T) {
	// The tree is three includes deep, and has ten terms of 15 questions.
	const tree = `
		*            !delay=10ms
		example.org  TXT  'v=spf1 include:a.test include:b.test mx -all'
		example.org  MX   1 m1.test
		example.org  MX   2 m2.test
		example.org  MX   3 m3.test
		example.org  MX   4 m4.test
		a.test       TXT  'v=spf1 include:aa.test include:ab.test ?all'
		aa.test      TXT  'v=spf1 ip4:198.51.100.0/24 include:aaa.test ?all'
		aaa.test     TXT  'v=spf1 ip4:203.0.113.0/24 ?all'
		ab.test      TXT  'v=spf1 a:h1.test a:h2.test ?all'
		b.test       TXT  'v=spf1 a:h3.test a:h4.test ?all'
		h1.test      A    198.51.100.1
		h2.test      A    198.51.100.2
		h3.test      A    198.51.100.3
		h4.test      A    198.51.100.4
		m1.test      A    198.51.100.11
		m2.test      A    198.51.100.12
		m3.test      A    198.51.100.13
		m4.test      A    198.51.100.14
	`
	tests := map[string]struct {
		zone     string
		prefetch bool
		want     spf.Status
		rounds   int
		asked    int
	}{
		// One by one, but for the hosts of the mx.
		"tree": {zone: tree, want: spf.Fail, rounds: 12, asked: 15},
		// The record; a, b and mx; aa, ab, h3, h4 and the hosts; aaa, h1 and h2.
		"tree-ahead": {zone: tree, prefetch: true, want: spf.Fail, rounds: 4, asked: 15},
		"includes-in-a-row": {
			zone: "* !delay=10ms\n" + series(10, "i%d.test TXT 'v=spf1 ip4:198.51.100.%d'\n") + "example.org TXT 'v=spf1" + series(10, " include:i%d.test") + " -all'",
			want: spf.Fail, rounds: 11, asked: 11,
		},
		"includes-in-a-row-ahead": {
			zone:     "* !delay=10ms\n" + series(10, "i%d.test TXT 'v=spf1 ip4:198.51.100.%d'\n") + "example.org TXT 'v=spf1" + series(10, " include:i%d.test") + " -all'",
			prefetch: true, want: spf.Fail, rounds: 2, asked: 11,
		},
		"chain-ahead": {
			zone:     "* !delay=10ms\n" + chain(10, "include:") + "example.org TXT 'v=spf1 include:c1.test -all'",
			prefetch: true, want: spf.Pass, rounds: 11, asked: 11,
		},
		"match-first-asks-nothing-ahead-of-it": {
			zone:     "* !delay=10ms\ni.test TXT 'v=spf1 -all'\nexample.org TXT 'v=spf1 ip4:192.0.2.1 include:i.test -all'",
			prefetch: true, want: spf.Pass, rounds: 1, asked: 1,
		},
		"redirect-ahead": {
			zone:     "* !delay=10ms\nr.test TXT 'v=spf1 a:h.test -all'\nexample.org TXT 'v=spf1 a:g.test redirect=r.test'",
			prefetch: true, want: spf.Fail, rounds: 3, asked: 4,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				zone := resolver.MustZone(test.zone)
				req := edge{}.request()
				req.Prefetch = test.prefetch
				start := time.Now()
				res, err := spf.Checker{Resolver: zone}.Check(t.Context(), req)
				require.NoError(t, err)
				require.Equal(t, test.want, res.Status)
				require.Equal(t, time.Duration(test.rounds)*10*time.Millisecond, time.Since(start))
				require.Len(t, zone.Queries(), test.asked)
			})
		})
	}
}
