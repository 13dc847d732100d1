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

// TestRoundsOfTheWorst drives policies that need as many rounds as they can, and
// requires what Evaluate promises: at most Limits.Lookups + 5.
func TestRoundsOfTheWorst(t *testing.T) {
	const (
		reverse = "1.2.0.192.in-addr.arpa PTR m.example.org\nm.example.org A 192.0.2.1\n"
		explain = "m.example.org.e.test TXT 'not %{p}'\n"
	)
	mx := series(10, "m%d.test MX 1 h%d.test\n") + hosts
	tests := map[string]string{
		"mx":                     mx + "example.org TXT 'v=spf1" + series(10, " mx:m%d.test") + " -all'",
		"mx-with-networks":       mx + "example.org TXT 'v=spf1" + series(10, " mx:m%d.test ip4:198.51.100.%d") + " -all'",
		"mx-in-includes":         mx + series(5, "i%d.test TXT 'v=spf1 mx:m%d.test'\n") + "example.org TXT 'v=spf1" + series(5, " include:i%d.test") + " -all'",
		"mx-in-nested-includes":  mx + "i1.test TXT 'v=spf1 include:i2.test mx:m1.test'\ni2.test TXT 'v=spf1 include:i3.test mx:m2.test'\ni3.test TXT 'v=spf1 include:i4.test mx:m3.test'\ni4.test TXT 'v=spf1 mx:m4.test'\nexample.org TXT 'v=spf1 include:i1.test mx:m5.test mx:m6.test -all'",
		"mx-in-redirects":        mx + "r1.test TXT 'v=spf1 mx:m1.test redirect=r2.test'\nr2.test TXT 'v=spf1 mx:m2.test redirect=r3.test'\nr3.test TXT 'v=spf1 mx:m3.test redirect=r4.test'\nr4.test TXT 'v=spf1 mx:m4.test mx:m5.test -all'\nexample.org TXT 'v=spf1 mx:m6.test redirect=r1.test'",
		"p":                      mx + reverse + "example.org TXT 'v=spf1 exists:%{p}.x.test" + series(9, " mx:m%d.test") + " -all'",
		"p-in-includes":          mx + reverse + series(5, "m.example.org.i%d.test TXT 'v=spf1 mx:m%d.test'\n") + "example.org TXT 'v=spf1" + series(5, " include:%{p}.i%d.test") + " -all'",
		"explanation":            mx + reverse + explain + "example.org TXT 'v=spf1" + series(10, " mx:m%d.test") + " -all exp=%{p}.e.test'",
		"explanation-of-include": mx + reverse + explain + series(5, "i%d.test TXT 'v=spf1 mx:m%d.test'\n") + "example.org TXT 'v=spf1" + series(5, " include:i%d.test") + " -all exp=%{p}.e.test'",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			req := edge{}.request()
			zone := resolver.MustZone(text)
			d := driveEvaluate(t, zone, req)
			require.Equal(t, spf.Fail, d.res.Status)
			require.LessOrEqual(t, d.rounds, 10+5)
			req.Prefetch = true
			ahead := driveEvaluate(t, zone, req)
			require.Equal(t, d.res, ahead.res)
			require.LessOrEqual(t, ahead.rounds, d.rounds)
		})
	}
}
