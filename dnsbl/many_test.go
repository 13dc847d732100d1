package dnsbl_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
)

// poolZone lists every seventh address of a pool.
func poolZone(n int) *resolver.Zone {
	var b strings.Builder
	b.WriteString("* !delay=10ms\n" + working("l1.test") + working("l2.test"))
	for i, t := range pool(n) {
		if a := t.IP.As4(); i%7 == 0 {
			fmt.Fprintf(&b, "%d.%d.%d.%d.l1.test A 127.0.0.2\n", a[3], a[2], a[1], a[0])
		}
	}
	return resolver.MustZone(b.String())
}

var poolLists = []dnsbl.List{testList("l1.test"), testList("l2.test")}

func TestCheckMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zone := poolZone(100)
		var now, most atomic.Int64
		r := resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
			n := now.Add(1)
			defer now.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			return zone.Lookup(ctx, q)
		})
		c := dnsbl.Checker{Resolver: r}
		targets := append(pool(100), dnsbl.Target{IP: netip.MustParseAddr("10.0.0.1")}, dnsbl.Target{Domain: "a..b"})
		b := dnsbl.Batch{Targets: targets, Lists: poolLists, Parallel: 3}
		i := 0
		start := time.Now()
		for target, res := range c.CheckMany(t.Context(), b) {
			require.Equal(t, targets[i], target, "in order")
			switch {
			case i == 100:
				require.Equal(t, dnsbl.NotApplicable, res.Status)
			case i == 101:
				require.Empty(t, res.Status)
				require.True(t, res.Findings.Has(dnsbl.CodeBadTarget))
			case i%7 == 0:
				require.Equal(t, dnsbl.Listed, res.Status)
			default:
				require.Equal(t, dnsbl.Clean, res.Status)
			}
			i++
		}
		require.Equal(t, len(targets), i)
		require.LessOrEqual(t, most.Load(), int64(8), "three targets with two lists each, or the controls at first")
		require.Less(t, time.Since(start), time.Second)
	})
}

// TestCheckManyResumes breaks off everywhere, stores the progress and goes on.
func TestCheckManyResumes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zone := poolZone(20)
		targets := pool(20)
		progress := []byte(`{"next":0}`)
		var seen []dnsbl.Target
		for round := 0; len(seen) < len(targets); round++ {
			var p dnsbl.Progress
			require.NoError(t, json.Unmarshal(progress, &p))
			left := 1 + round%3
			for target := range (dnsbl.Checker{Resolver: zone}).CheckMany(t.Context(), dnsbl.Batch{Targets: targets, Lists: poolLists, Progress: &p}) {
				seen = append(seen, target)
				require.Equal(t, len(seen), p.Next)
				if left--; left == 0 {
					break
				}
			}
			var err error
			progress, err = json.Marshal(p)
			require.NoError(t, err)
		}
		require.Equal(t, targets, seen)
		for range (dnsbl.Checker{Resolver: zone}).CheckMany(t.Context(), dnsbl.Batch{Targets: targets, Progress: &dnsbl.Progress{Next: 20}}) {
			t.Fatal("nothing is left")
		}
	})
}

func TestCheckManyQuotas(t *testing.T) {
	zone := poolZone(20)
	var p dnsbl.Progress
	b := dnsbl.Batch{Targets: pool(20), Lists: poolLists, Quotas: map[string]int{"L1.test.": 5}, Progress: &p}
	i := 0
	for _, res := range (dnsbl.Checker{Resolver: zone}).CheckMany(t.Context(), b) {
		l := res.Lists[0]
		if i < 5 {
			require.NotEqual(t, dnsbl.NotAsked, l.Status)
		} else {
			require.Equal(t, dnsbl.NotAsked, l.Status)
			require.Equal(t, dnsbl.ReasonQuota, l.Reason)
			require.True(t, res.Findings.Has(dnsbl.CodeQuota))
		}
		require.Equal(t, dnsbl.NotListed, res.Lists[1].Status, "the other list has none")
		i++
	}
	require.Equal(t, map[string]int{"l1.test": 5}, p.Used)
	n := 0
	for _, q := range zone.Queries() {
		if strings.HasSuffix(q.Question.Name, ".11.l1.test") && q.Question.Type == resolver.TypeA {
			n++
		}
	}
	require.Equal(t, 5, n, "it was asked no more")
}

// TestCheckManyEnds with its context and with its loop, and leaves nothing behind.
func TestCheckManyEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running atomic.Int64
		zone := poolZone(50)
		r := resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
			running.Add(1)
			defer running.Add(-1)
			return zone.Lookup(ctx, q)
		})
		c := dnsbl.Checker{Resolver: r}
		var p dnsbl.Progress
		for range c.CheckMany(t.Context(), dnsbl.Batch{Targets: pool(50), Lists: poolLists, Parallel: 10, Progress: &p}) {
			break
		}
		require.Zero(t, running.Load())
		require.Equal(t, 1, p.Next)

		ctx, cancel := context.WithTimeout(t.Context(), 35*time.Millisecond)
		defer cancel()
		n := 0
		for _, res := range c.CheckMany(ctx, dnsbl.Batch{Targets: pool(50), Lists: poolLists, Progress: &p}) {
			require.NotEqual(t, dnsbl.Unknown, res.Status, "results that the end of ctx spoilt are not given out")
			n++
		}
		require.Positive(t, n)
		require.Equal(t, 1+n, p.Next)
		require.Less(t, p.Next, 50)
		require.Zero(t, running.Load())

		cancel()
		for range c.CheckMany(ctx, dnsbl.Batch{Targets: pool(50), Lists: poolLists}) {
			t.Fatal("a result after the end")
		}
	})
}
