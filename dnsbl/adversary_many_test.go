package dnsbl_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
)

// counter is a list that works, has each seventh address, and counts who is asked for.
type counter struct {
	mu       sync.Mutex
	targets  map[string]int // by name: addresses
	controls int
	now, max int
	highest  int
	delay    time.Duration
}

func poolAddr(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{11, byte(i >> 16), byte(i >> 8), byte(i)})
}

func bigPool(n int) (out []dnsbl.Target) {
	for i := range n {
		out = append(out, dnsbl.Target{IP: poolAddr(i), Role: dnsbl.Role(fmt.Sprint("r", i))})
	}
	return out
}

func (c *counter) Lookup(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
	c.mu.Lock()
	c.now++
	c.max = max(c.max, c.now)
	c.mu.Unlock()
	defer func() { c.mu.Lock(); c.now--; c.mu.Unlock() }()
	if c.delay > 0 {
		select {
		case <-time.After(c.delay):
		case <-ctx.Done():
			return resolver.Fail(&resolver.Error{Question: q, Status: resolver.Failed, Err: ctx.Err()})
		}
	}
	if strings.Contains(q.Name, ".127.") {
		c.mu.Lock()
		c.controls++
		c.mu.Unlock()
		if strings.HasPrefix(q.Name, "2.") {
			return resolver.Answer{Status: resolver.Success, Addrs: []netip.Addr{example127(2)}, TTL: 60}, nil
		}
		return resolver.Answer{Status: resolver.NXDomain, TTL: 60}, nil
	}
	var a, b, d, e int
	_, err := fmt.Sscanf(q.Name, "%d.%d.%d.%d.", &d, &b, &a, &e)
	if err == nil && e == 11 && q.Type == resolver.TypeA {
		i := a<<16 | b<<8 | d
		c.mu.Lock()
		c.highest = max(c.highest, i)
		if c.targets != nil {
			c.targets[q.Name]++
		}
		c.mu.Unlock()
		if i%7 == 3 {
			return resolver.Answer{Status: resolver.Success, Addrs: []netip.Addr{example127(2)}, TTL: 60}, nil
		}
	}
	return resolver.Answer{Status: resolver.NXDomain, TTL: 60}, nil
}

func (c *counter) total(zone string) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, times := range c.targets {
		if strings.HasSuffix(name, "."+zone) {
			n += times
		}
	}
	return n
}

// TestBrokenOffAnywhere breaks a batch off after each result, stores its progress, and
// goes on: all in all the results are those of one run, each once.
func TestBrokenOffAnywhere(t *testing.T) {
	targets := bigPool(13)
	targets[5] = dnsbl.Target{Domain: "bad..name"}
	targets[6] = dnsbl.Target{IP: netip.MustParseAddr("10.0.0.1")}
	targets[7] = dnsbl.Target{}
	targets[8] = targets[1]
	lists := []dnsbl.List{testList("a.test"), testList("b.test")}
	run := func(b dnsbl.Batch, stop int) (out []dnsbl.Result) {
		n := 0
		for target, r := range (dnsbl.Checker{Resolver: &counter{}}).CheckMany(t.Context(), b) {
			require.Equal(t, b.Targets[b.Progress.Next-1], target)
			out = append(out, r)
			if n++; n == stop {
				break
			}
		}
		return out
	}
	for _, parallel := range []int{0, 1, 3, 50} {
		whole := run(dnsbl.Batch{Targets: targets, Lists: lists, Parallel: parallel, Progress: &dnsbl.Progress{}}, -1)
		require.Len(t, whole, len(targets))
		for stop := 1; stop <= len(targets); stop++ {
			b := dnsbl.Batch{Targets: targets, Lists: lists, Parallel: parallel, Progress: &dnsbl.Progress{}}
			got := run(b, stop)
			require.Equal(t, stop, b.Progress.Next)
			text, err := json.Marshal(b.Progress)
			require.NoError(t, err)
			b.Progress = new(dnsbl.Progress)
			require.NoError(t, json.Unmarshal(text, b.Progress))
			got = append(got, run(b, -1)...)
			require.Equal(t, whole, got, "parallel %d, broken off after %d", parallel, stop)
			require.Empty(t, run(b, -1), "nothing is left")
		}
		// A step at a time.
		b := dnsbl.Batch{Targets: targets, Lists: lists, Parallel: parallel, Progress: &dnsbl.Progress{}}
		var got []dnsbl.Result
		for range targets {
			got = append(got, run(b, 1)...)
		}
		require.Equal(t, whole, got)
	}
	for _, next := range []int{-1, 13, 99} {
		require.Empty(t, run(dnsbl.Batch{Targets: targets, Lists: lists, Progress: &dnsbl.Progress{Next: next}}, -1))
	}
}

// TestQuotasToTheLast counts the questions that a list really gets.
func TestQuotasToTheLast(t *testing.T) {
	one, two := testList("a.test"), testList("b.test")
	for _, parallel := range []int{1, 4} {
		for _, quota := range []int{-1, 0, 1, 5, 19, 20, 21} {
			for stop := range 21 {
				c := &counter{targets: map[string]int{}}
				// A list that is there twice is asked once.
				b := dnsbl.Batch{Targets: bigPool(20), Lists: []dnsbl.List{one, two, one}, Parallel: parallel, Quotas: map[string]int{"A.test.": quota}, Progress: &dnsbl.Progress{}}
				seen, skipped := 0, 0
				for _, from := range []int{stop, -1} {
					n := 0
					for _, r := range (dnsbl.Checker{Resolver: c}).CheckMany(t.Context(), b) {
						seen++
						for _, l := range r.Lists {
							if l.Zone == "a.test" && l.Reason == dnsbl.ReasonQuota {
								skipped++
							}
						}
						if n++; n == from {
							break
						}
					}
				}
				require.Equal(t, 20, seen)
				require.LessOrEqual(t, c.total("a.test"), max(quota, 0), "quota %d, stopped after %d", quota, stop)
				require.GreaterOrEqual(t, c.total("b.test"), 20)
				if stop == 0 {
					require.Equal(t, min(max(quota, 0), 20), c.total("a.test"))
					require.Equal(t, 2*(20-min(max(quota, 0), 20)), skipped)
				}
				require.Equal(t, min(b.Progress.Used["a.test"], max(quota, 0)), b.Progress.Used["a.test"])
			}
		}
	}
}

// TestPoolIsBounded runs through ten thousand addresses, and sees that no more of them
// are under way than may be, that they stay ahead of the loop by no more either, and
// that nothing of them is kept.
func TestPoolIsBounded(t *testing.T) {
	targets := bigPool(10_000)
	c := &counter{}
	lists := []dnsbl.List{testList("a.test"), testList("b.test"), testList("c.test")}
	const parallel = 8
	var before, after runtime.MemStats
	i := 0
	for _, r := range (dnsbl.Checker{Resolver: c}).CheckMany(t.Context(), dnsbl.Batch{Targets: targets, Lists: lists, Parallel: parallel, Quotas: map[string]int{"a.test": 20_000}}) {
		require.Equal(t, targets[i].IP, r.Target.IP)
		require.Equal(t, i%7 == 3, r.Status == dnsbl.Listed, i)
		c.mu.Lock()
		require.LessOrEqual(t, c.highest, i+parallel)
		c.mu.Unlock()
		i++
		switch i {
		case 1000:
			runtime.GC()
			runtime.ReadMemStats(&before)
		case 10_000:
			runtime.GC()
			runtime.ReadMemStats(&after)
		}
	}
	require.Equal(t, 10_000, i)
	require.LessOrEqual(t, c.max, parallel*len(lists)*3)
	require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(2<<20))
	require.LessOrEqual(t, c.controls, 2*len(lists), "controls are asked once for all")
}

// TestPoolEndsWithContext cancels at many times, in the loop and while it waits.
func TestPoolEndsWithContext(t *testing.T) {
	for ms := range 60 {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(ms)*7*time.Millisecond)
			defer cancel()
			c := &counter{delay: 10 * time.Millisecond}
			p := &dnsbl.Progress{}
			var seen atomic.Int32
			start := time.Now()
			for _, r := range (dnsbl.Checker{Resolver: c}).CheckMany(ctx, dnsbl.Batch{Targets: bigPool(40), Lists: []dnsbl.List{testList("a.test")}, Progress: p}) {
				require.NotContains(t, []dnsbl.Status{dnsbl.Unknown, dnsbl.Partial, ""}, r.Status, "half a result")
				seen.Add(1)
			}
			require.LessOrEqual(t, time.Since(start), time.Duration(ms)*7*time.Millisecond)
			require.Equal(t, int(seen.Load()), p.Next)
			c.mu.Lock()
			require.Zero(t, c.now, "nothing runs any more")
			c.mu.Unlock()
			// What is left goes on.
			for range (dnsbl.Checker{Resolver: c}).CheckMany(t.Context(), dnsbl.Batch{Targets: bigPool(40), Lists: []dnsbl.List{testList("a.test")}, Progress: p}) {
				seen.Add(1)
			}
			require.Equal(t, int32(40), seen.Load())
		})
	}
}
