package resolver_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
)

func TestCacheIsBounded(t *testing.T) {
	tests := []struct {
		name    string
		entries int
		bytes   int64
		atLeast int // how much of the room is used, in entries
	}{
		{name: "one entry", entries: 1, atLeast: 1},
		{name: "two entries", entries: 2, atLeast: 2},
		{name: "one shard", entries: 700, atLeast: 700},
		{name: "many shards", entries: 5000, atLeast: 4900},
		{name: "less than an entry's bytes", bytes: 100},
		{name: "bytes of one shard", bytes: 50_000, atLeast: 100},
		{name: "bytes of many shards", bytes: 500_000, atLeast: 1000},
		{name: "smallest bytes", bytes: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cache := &resolver.Cache{Next: spfResolver, Entries: tt.entries, Bytes: tt.bytes}
			for i := range 20_000 {
				q := resolver.Question{Name: fmt.Sprintf("%d.example.org", i), Type: resolver.TypeTXT}
				a, err := cache.Lookup(context.Background(), q)
				require.NoError(t, err)
				require.Equal(t, resolver.Success, a.Status)
				if i%500 == 0 {
					checkBounds(t, cache)
				}
			}
			checkBounds(t, cache)
			require.GreaterOrEqual(t, cache.Stats().Entries, tt.atLeast)
		})
	}
}

func checkBounds(t *testing.T, cache *resolver.Cache) {
	t.Helper()
	stats := cache.Stats()
	if cache.Entries > 0 {
		require.LessOrEqual(t, stats.Entries, cache.Entries)
	}
	if cache.Bytes > 0 {
		require.LessOrEqual(t, stats.Bytes, cache.Bytes)
	}
}

// TestCacheLargeAnswer checks that an answer that is too large to keep is given
// out all the same, and takes the place of what it contradicts.
func TestCacheLargeAnswer(t *testing.T) {
	up := newUpstream(map[resolver.Question]resolver.Answer{exampleTXT: txtAnswer("small", 60)})
	cache := &resolver.Cache{Next: up, Bytes: 10_000}
	lookUp(t, cache, exampleMX)
	lookUp(t, cache, exampleTXT)
	large := txtAnswer(strings.Repeat("x", 20_000), 60)
	up.set(exampleTXT, large)
	require.Equal(t, large, refresh(t, cache, exampleTXT))
	require.Equal(t, large, lookUp(t, cache, exampleTXT))
	require.Equal(t, 3, up.count(exampleTXT))
	lookUp(t, cache, exampleMX)
	require.Equal(t, 1, up.count(exampleMX), "nothing else had to go")
}

// TestCacheScan checks that names that are asked once do not displace those that
// are asked again and again.
func TestCacheScan(t *testing.T) {
	const room, hot = 1000, 500
	up := newUpstream(nil)
	cache := &resolver.Cache{Next: up, Entries: room}
	hots := make([]resolver.Question, hot)
	for i := range hots {
		hots[i] = resolver.Question{Name: fmt.Sprintf("hot-%d.example.org", i), Type: resolver.TypeTXT}
	}
	for range 2 {
		for _, q := range hots {
			lookUp(t, cache, q)
		}
	}
	// Each hot name is asked once per 10,000 others: an LRU of this size would
	// have lost all of them every time.
	for round := range 5 {
		for i := range 10_000 {
			lookUp(t, cache, resolver.Question{Name: fmt.Sprintf("scan-%d-%d.example.org", round, i), Type: resolver.TypeTXT})
			if i%20 == 0 {
				lookUp(t, cache, hots[i/20])
			}
		}
	}
	for _, q := range hots {
		lookUp(t, cache, q)
		require.Equal(t, 1, up.count(q))
	}
}

// TestCacheReclaims checks that entries whose time is over go by and by, without
// being asked for again and without the Cache being full.
func TestCacheReclaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 500
		up := newUpstream(nil)
		cache := &resolver.Cache{Next: up, Entries: 10 * n}
		for i := range n {
			q := resolver.Question{Name: fmt.Sprintf("short-%d.example.org", i), Type: resolver.TypeTXT}
			up.set(q, txtAnswer("a", 10))
			if i%2 == 0 {
				up.set(q, resolver.Answer{Status: resolver.ServFail})
			}
			lookUp(t, cache, q)
		}
		time.Sleep(5 * time.Minute)
		require.Equal(t, n, cache.Stats().Entries)
		for i := range 2 * n {
			lookUp(t, cache, resolver.Question{Name: fmt.Sprintf("long-%d.example.org", i), Type: resolver.TypeTXT})
		}
		stats := cache.Stats()
		require.EqualValues(t, n, stats.Expired)
		require.Zero(t, stats.Evictions)
		require.Equal(t, 2*n, stats.Entries)
	})
}

// TestCacheEvictsExpiredFirst checks that the hand drops what is over even when
// it was asked for as often as all others.
func TestCacheEvictsExpiredFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 100
		up := newUpstream(nil)
		cache := &resolver.Cache{Next: up, Entries: n}
		for i := range n {
			q := resolver.Question{Name: fmt.Sprintf("%d.example.org", i), Type: resolver.TypeTXT}
			if i == n/2 {
				up.set(q, txtAnswer("short", 1))
			}
			lookUp(t, cache, q)
			lookUp(t, cache, q)
		}
		time.Sleep(time.Second)
		lookUp(t, cache, exampleTXT)
		stats := cache.Stats()
		require.EqualValues(t, 1, stats.Expired)
		require.Zero(t, stats.Evictions)
		require.Equal(t, n, stats.Entries)
	})
}

// TestCacheRefreshedStays checks that a name that is asked again after its time
// counts as one that is in use.
func TestCacheRefreshedStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newUpstream(map[resolver.Question]resolver.Answer{exampleTXT: txtAnswer("a", 1)})
		cache := &resolver.Cache{Next: up, Entries: 10}
		lookUp(t, cache, exampleTXT)
		time.Sleep(time.Second)
		up.set(exampleTXT, txtAnswer("a", 60))
		lookUp(t, cache, exampleTXT)
		for i := range 15 {
			lookUp(t, cache, resolver.Question{Name: fmt.Sprintf("%d.example.org", i), Type: resolver.TypeTXT})
		}
		lookUp(t, cache, exampleTXT)
		require.Equal(t, 2, up.count(exampleTXT))
	})
}

// TestCacheForgetAnywhere forgets each entry of a list in turn, wherever the hand
// and the broom are, and goes on using the Cache.
func TestCacheForgetAnywhere(t *testing.T) {
	const n = 12
	synctest.Test(t, func(t *testing.T) {
		for size := 1; size <= n; size++ {
			for forgotten := range n {
				up := newUpstream(nil)
				cache := &resolver.Cache{Next: up, Entries: size}
				for i := range n {
					lookUp(t, cache, resolver.Question{Name: fmt.Sprintf("%d.example.org", i), Type: resolver.TypeTXT})
				}
				cache.Forget(fmt.Sprintf("%d.example.org", forgotten))
				time.Sleep(time.Hour)
				for i := range 2 * n {
					lookUp(t, cache, resolver.Question{Name: fmt.Sprintf("%d.example.com", i), Type: resolver.TypeTXT})
				}
				require.Equal(t, size, cache.Stats().Entries)
			}
		}
	})
}

// TestCacheMemory checks the estimate of memory against the heap, and that an
// entry the size of an SPF record takes no more than planned.
func TestCacheMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("fills the heap")
	}
	heap, estimate := heapPerEntry(t, 50_000, resolver.TypeTXT, spfAnswer)
	require.InEpsilon(t, heap, estimate, 0.15)
	require.Less(t, heap, 420.0)
}
