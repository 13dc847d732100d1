package resolver_test

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mailworthy/mailworthy/resolver"
)

// spfAnswer is what a domain with an SPF record and a verification token has: two
// TXT records of 108 and 68 octets. Each call allocates anew, as a decoder does.
func spfAnswer() resolver.Answer {
	return resolver.Answer{
		Status: resolver.Success,
		TXT: []resolver.Text{
			{"v=spf1 " + strings.Repeat("a", 101)},
			{"verification=" + strings.Repeat("b", 55)},
		},
		TTL:    3600,
		Server: "192.0.2.53:53",
	}
}

// benchQuestions returns TXT questions for names of 26 octets.
func benchQuestions(n int) []resolver.Question {
	qs := make([]resolver.Question, n)
	for i := range qs {
		qs[i] = resolver.Q(fmt.Sprintf("mail-%09d.example.org", i), resolver.TypeTXT)
	}
	return qs
}

var spfResolver = resolver.Func(func(context.Context, resolver.Question) (resolver.Answer, error) {
	return spfAnswer(), nil
})

// BenchmarkCacheHit compares a hit with the least that a concurrent look-up of
// the same value can cost: sync.Map, without times, limits or counters. Run it
// with -cpu 1,2 to see how both scale.
func BenchmarkCacheHit(b *testing.B) {
	const names = 10_000
	qs := benchQuestions(names)
	var floor sync.Map
	cache := &resolver.Cache{Next: spfResolver, Entries: 4 * names}
	for _, q := range qs {
		a, err := cache.Lookup(b.Context(), q)
		if err != nil {
			b.Fatal(err)
		}
		floor.Store(q, &a)
	}
	ctx := context.Background()
	contenders := []struct {
		name   string
		lookup func(resolver.Question) bool
	}{
		{"floor-syncmap", func(q resolver.Question) bool {
			v, ok := floor.Load(q)
			return ok && len(v.(*resolver.Answer).TXT) == 2
		}},
		{"cache", func(q resolver.Question) bool {
			a, err := cache.Lookup(ctx, q)
			return err == nil && len(a.TXT) == 2
		}},
	}
	for _, c := range contenders {
		b.Run(fmt.Sprintf("contender=%s/names=%d", c.name, names), func(b *testing.B) {
			b.ReportAllocs()
			var seed atomic.Uint64
			b.RunParallel(func(pb *testing.PB) {
				x := seed.Add(0x9e3779b97f4a7c15)
				for pb.Next() {
					x ^= x << 13
					x ^= x >> 7
					x ^= x << 17
					if !c.lookup(qs[x%names]) {
						b.Error("not found")
						return
					}
				}
			})
		})
	}
}

// BenchmarkCacheMiss is what the Cache adds to a question that it passes on, with
// and without having to make room.
func BenchmarkCacheMiss(b *testing.B) {
	const names = 200_000
	qs := benchQuestions(names)
	withCancel := b.Context()
	for _, c := range []struct {
		name    string
		ctx     context.Context
		entries int
	}{
		{"ctx=background/evict=yes", context.Background(), names / 4},
		{"ctx=cancellable/evict=yes", withCancel, names / 4},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			cache := &resolver.Cache{Next: spfResolver, Entries: c.entries}
			i := 0
			for b.Loop() {
				if _, err := cache.Lookup(c.ctx, qs[i%names]); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}

// BenchmarkCacheMemory fills a Cache and reports the heap that an entry takes,
// and what the Cache itself estimates. Run it with -benchtime 1x.
func BenchmarkCacheMemory(b *testing.B) {
	answers := []struct {
		name   string
		asked  resolver.Type
		answer func() resolver.Answer
	}{
		{"spf", resolver.TypeTXT, spfAnswer},
		{"a", resolver.TypeA, func() resolver.Answer {
			return resolver.Answer{Status: resolver.Success, TTL: 60, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1")}}
		}},
		{"nxdomain", resolver.TypeTXT, func() resolver.Answer { return resolver.Answer{Status: resolver.NXDomain, TTL: 3600} }},
	}
	for _, c := range answers {
		for _, entries := range []int{100_000, 1_000_000} {
			b.Run(fmt.Sprintf("answer=%s/entries=%d", c.name, entries), func(b *testing.B) {
				for b.Loop() {
					perEntry, estimate := heapPerEntry(b, entries, c.asked, c.answer)
					b.ReportMetric(perEntry, "heap-B/entry")
					b.ReportMetric(estimate/perEntry, "estimate/heap")
				}
			})
		}
	}
}

// heapPerEntry returns the bytes of heap that each of n entries takes in a Cache,
// and the Cache's own estimate.
func heapPerEntry(tb testing.TB, n int, asked resolver.Type, answer func() resolver.Answer) (heap, estimate float64) {
	tb.Helper()
	cache := &resolver.Cache{
		Entries: n + n/20, // Shards do not fill evenly.
		Bytes:   1 << 40,
		Next: resolver.Func(func(context.Context, resolver.Question) (resolver.Answer, error) {
			return answer(), nil
		}),
	}
	live := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := live()
	for i := range n {
		q := resolver.Question{Name: fmt.Sprintf("mail-%09d.example.org", i), Type: asked}
		if _, err := cache.Lookup(context.Background(), q); err != nil {
			tb.Fatal(err)
		}
	}
	after := live()
	stats := cache.Stats()
	if stats.Entries < n-n/100 {
		tb.Fatalf("%d entries are kept of %d", stats.Entries, n)
	}
	return float64(after-before) / float64(stats.Entries), float64(stats.Bytes) / float64(stats.Entries)
}
