package resolver_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
)

// upstream is a Resolver that answers what it was last told to, and counts.
type upstream struct {
	mu      sync.Mutex
	answers map[resolver.Question]resolver.Answer
	asked   map[resolver.Question]int
}

func newUpstream(answers map[resolver.Question]resolver.Answer) *upstream {
	if answers == nil {
		answers = make(map[resolver.Question]resolver.Answer)
	}
	return &upstream{answers: answers, asked: make(map[resolver.Question]int)}
}

func (u *upstream) set(q resolver.Question, a resolver.Answer) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.answers[q] = a
}

func (u *upstream) count(q resolver.Question) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.asked[q]
}

func (u *upstream) Lookup(_ context.Context, q resolver.Question) (resolver.Answer, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.asked[q]++
	a, ok := u.answers[q]
	if !ok {
		a = resolver.Answer{Status: resolver.NoData, TTL: 300}
	}
	if a.Status.Definitive() {
		return a, nil
	}
	return resolver.Fail(&resolver.Error{
		Question: q, Status: a.Status, Server: a.Server, Extended: "signature expired", Err: errors.New(a.Problem),
	})
}

func txtAnswer(s string, ttl uint32) resolver.Answer {
	return resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{{s}}, TTL: ttl}
}

var (
	exampleTXT   = resolver.Q("example.org", resolver.TypeTXT)
	exampleMX    = resolver.Q("example.org", resolver.TypeMX)
	exampleCNAME = resolver.Q("example.org", resolver.TypeCNAME)
)

// lookup asks r with a context that never ends.
func lookUp(t *testing.T, r resolver.Resolver, q resolver.Question) resolver.Answer {
	t.Helper()
	a, err := r.Lookup(context.Background(), q)
	require.Equal(t, a.Status.Definitive(), err == nil)
	return a
}

func refresh(t *testing.T, r resolver.Resolver, q resolver.Question) resolver.Answer {
	t.Helper()
	a, err := r.Lookup(resolver.WithFresh(context.Background()), q)
	require.Equal(t, a.Status.Definitive(), err == nil)
	return a
}

// TestCacheKeeps checks for how long each kind of outcome is kept, and that its
// TTL ages.
func TestCacheKeeps(t *testing.T) {
	tests := []struct {
		name   string
		cache  resolver.Cache
		answer resolver.Answer
		keeps  time.Duration
	}{
		{name: "positive", answer: txtAnswer("a", 300), keeps: 300 * time.Second},
		{name: "positive, over a day", answer: txtAnswer("a", 7*86400), keeps: 24 * time.Hour},
		{name: "greatest TTL", answer: txtAnswer("a", 1<<31-1), keeps: 24 * time.Hour},
		{name: "positive, TTL 0", answer: txtAnswer("a", 0)},
		{name: "nodata", answer: resolver.Answer{Status: resolver.NoData, TTL: 60}, keeps: time.Minute},
		{name: "nodata, over three hours", answer: resolver.Answer{Status: resolver.NoData, TTL: 86400}, keeps: 3 * time.Hour},
		{name: "nodata without SOA", answer: resolver.Answer{Status: resolver.NoData}},
		{name: "nxdomain", answer: resolver.Answer{Status: resolver.NXDomain, TTL: 60}, keeps: time.Minute},
		{name: "nxdomain, over three hours", answer: resolver.Answer{Status: resolver.NXDomain, TTL: 86400}, keeps: 3 * time.Hour},
		{name: "nxdomain without SOA", answer: resolver.Answer{Status: resolver.NXDomain}},
		{name: "own limit", cache: resolver.Cache{MaxTTL: time.Minute}, answer: txtAnswer("a", 300), keeps: time.Minute},
		{name: "own limit, negative answer", cache: resolver.Cache{MaxTTL: time.Minute}, answer: resolver.Answer{Status: resolver.NoData, TTL: 300}, keeps: time.Minute},
		{name: "own limit over three hours", cache: resolver.Cache{MaxTTL: 48 * time.Hour}, answer: resolver.Answer{Status: resolver.NXDomain, TTL: 86400}, keeps: 3 * time.Hour},
		{name: "no time", cache: resolver.Cache{MaxTTL: -1}, answer: txtAnswer("a", 300)},
		{name: "no entries", cache: resolver.Cache{Entries: -1}, answer: txtAnswer("a", 300)},
		{name: "no bytes", cache: resolver.Cache{Bytes: -1}, answer: txtAnswer("a", 300)},
		{name: "servfail", answer: resolver.Answer{Status: resolver.ServFail, TTL: 300}, keeps: time.Second},
		{name: "refused", answer: resolver.Answer{Status: resolver.Refused}, keeps: time.Second},
		{name: "timeout", answer: resolver.Answer{Status: resolver.Timeout}, keeps: time.Second},
		{name: "failed", answer: resolver.Answer{Status: resolver.Failed}, keeps: time.Second},
	}
	for i := range tests {
		tt := &tests[i]
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				up := newUpstream(map[resolver.Question]resolver.Answer{exampleTXT: tt.answer})
				cache := &tt.cache
				cache.Next = up
				first := lookUp(t, cache, exampleTXT)
				require.Equal(t, tt.answer.Status, first.Status)
				if tt.keeps == 0 {
					lookUp(t, cache, exampleTXT)
					require.Equal(t, 2, up.count(exampleTXT))
					require.Zero(t, cache.Stats().Entries)
					return
				}
				time.Sleep(tt.keeps / 3)
				second := lookUp(t, cache, exampleTXT)
				if tt.answer.Status.Definitive() {
					require.Equal(t, uint32(tt.keeps/time.Second), first.TTL)
					require.Equal(t, uint32((tt.keeps-tt.keeps/3)/time.Second), second.TTL)
				} else {
					require.Zero(t, second.TTL)
				}
				first.TTL, second.TTL = 0, 0
				require.Equal(t, first, second)
				time.Sleep(tt.keeps - tt.keeps/3 - 1)
				lookUp(t, cache, exampleTXT)
				require.Equal(t, 1, up.count(exampleTXT))
				time.Sleep(time.Nanosecond)
				lookUp(t, cache, exampleTXT)
				require.Equal(t, 2, up.count(exampleTXT))
			})
		})
	}
}

// TestCacheReturnsWhatNextAnswered checks that no field is lost on the way into
// an entry and out of it, for every shape of Answer.
func TestCacheReturnsWhatNextAnswered(t *testing.T) {
	addrs := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1%eth0")}
	// Answers of a type that has no place in them may have any shape.
	q := resolver.Q("example.org", 65280)
	tests := []struct {
		name   string
		answer resolver.Answer
	}{
		{"txt", resolver.Answer{TXT: []resolver.Text{{"one", "two"}, {""}, {}, {"\x00\xff"}}}},
		{"addrs", resolver.Answer{Addrs: addrs}},
		{"hosts", resolver.Answer{Hosts: []string{"a.example", "b.example"}}},
		{"mx", resolver.Answer{MX: []resolver.MXHost{{Host: "mx.example", Pref: 10}, {Pref: 0}}}},
		{"tlsa", resolver.Answer{TLSA: []resolver.TLSA{{Usage: 3, Selector: 1, Matching: 1, Data: []byte{1, 2}}}}},
		{"alias", resolver.Answer{TXT: []resolver.Text{{"one"}}, Alias: []string{"a.example", "b.example"}}},
		{"mixed", resolver.Answer{Addrs: addrs, Hosts: []string{"a.example"}}},
		{"problem", resolver.Answer{TXT: []resolver.Text{{"one"}}, Problem: "odd"}},
		{"empty", resolver.Answer{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, status := range []resolver.Status{resolver.Success, resolver.NoData, resolver.NXDomain} {
				synctest.Test(t, func(t *testing.T) {
					want := tt.answer
					want.Status, want.Secure, want.Server, want.TTL = status, true, "192.0.2.53:53", 60
					up := newUpstream(map[resolver.Question]resolver.Answer{q: want})
					cache := &resolver.Cache{Next: up}
					require.Equal(t, want, lookUp(t, cache, q))
					require.Equal(t, want, lookUp(t, cache, q))
					require.Equal(t, 1, up.count(q))
				})
			}
		})
	}
}

func TestCacheNegativeScope(t *testing.T) {
	alias := []string{"gone.example.net"}
	tests := []struct {
		name     string
		known    resolver.Question
		answer   resolver.Answer
		asked    resolver.Question
		answered bool
	}{
		{"nxdomain, other type", exampleTXT, resolver.Answer{Status: resolver.NXDomain, TTL: 60}, exampleMX, true},
		{"nxdomain, CNAME", exampleTXT, resolver.Answer{Status: resolver.NXDomain, TTL: 60}, exampleCNAME, true},
		{"nxdomain, type 0", exampleTXT, resolver.Answer{Status: resolver.NXDomain, TTL: 60}, resolver.Q("example.org", 0), true},
		{"nxdomain, name below", exampleTXT, resolver.Answer{Status: resolver.NXDomain, TTL: 60}, resolver.Q("a.example.org", resolver.TypeTXT), false},
		{"nxdomain, name above", exampleTXT, resolver.Answer{Status: resolver.NXDomain, TTL: 60}, resolver.Q("org", resolver.TypeTXT), false},
		{"nxdomain by alias, other type", exampleTXT, resolver.Answer{Status: resolver.NXDomain, TTL: 60, Alias: alias}, exampleMX, true},
		{"nxdomain by alias, CNAME", exampleTXT, resolver.Answer{Status: resolver.NXDomain, TTL: 60, Alias: alias}, exampleCNAME, false},
		{"nodata, other type", exampleTXT, resolver.Answer{Status: resolver.NoData, TTL: 60}, exampleMX, false},
		{"nodata of type 0, other type", resolver.Q("example.org", 0), resolver.Answer{Status: resolver.NoData, TTL: 60}, exampleMX, false},
		{"failure, other type", exampleTXT, resolver.Answer{Status: resolver.ServFail}, exampleMX, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				up := newUpstream(map[resolver.Question]resolver.Answer{tt.known: tt.answer})
				cache := &resolver.Cache{Next: up}
				lookUp(t, cache, tt.known)
				got := lookUp(t, cache, tt.asked)
				if tt.answered {
					require.Zero(t, up.count(tt.asked))
					require.Equal(t, tt.answer, got)
				} else {
					require.Equal(t, 1, up.count(tt.asked))
				}
			})
		})
	}
}

// TestCacheAliasedNonexistence checks that a failure about the alias itself leaves
// what is known about its target.
func TestCacheAliasedNonexistence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newUpstream(map[resolver.Question]resolver.Answer{
			exampleTXT:   {Status: resolver.NXDomain, TTL: 60, Alias: []string{"gone.example.net"}},
			exampleCNAME: {Status: resolver.ServFail},
		})
		cache := &resolver.Cache{Next: up}
		lookUp(t, cache, exampleTXT)
		require.Equal(t, resolver.ServFail, lookUp(t, cache, exampleCNAME).Status)
		require.Equal(t, resolver.NXDomain, lookUp(t, cache, exampleMX).Status)
		require.Zero(t, up.count(exampleMX))
	})
}

// TestCacheNewerKnowledge checks what a new outcome removes, and what it leaves.
func TestCacheNewerKnowledge(t *testing.T) {
	nx := resolver.Answer{Status: resolver.NXDomain, TTL: 600}
	mxAnswer := resolver.Answer{Status: resolver.Success, MX: []resolver.MXHost{{Host: "mx.example.org"}}, TTL: 600}
	tests := []struct {
		name  string
		first map[resolver.Question]resolver.Answer // asked in the order TXT, MX
		fresh resolver.Answer                       // of TXT
		txt   resolver.Answer                       // known after that; empty Status: nothing
		mx    resolver.Answer
	}{
		{
			name: "positive ends nonexistence", first: map[resolver.Question]resolver.Answer{exampleTXT: nx},
			fresh: txtAnswer("new", 60), txt: txtAnswer("new", 60),
		},
		{
			name: "nodata ends nonexistence", first: map[resolver.Question]resolver.Answer{exampleTXT: nx},
			fresh: resolver.Answer{Status: resolver.NoData, TTL: 60}, txt: resolver.Answer{Status: resolver.NoData, TTL: 60},
		},
		{
			name: "positive that is not kept ends nonexistence", first: map[resolver.Question]resolver.Answer{exampleTXT: nx},
			fresh: txtAnswer("new", 0),
		},
		{
			name: "nonexistence ends positive", first: map[resolver.Question]resolver.Answer{exampleTXT: txtAnswer("old", 600)},
			fresh: nx, txt: nx, mx: nx,
		},
		{
			name: "nonexistence that is not kept ends positive", first: map[resolver.Question]resolver.Answer{exampleTXT: txtAnswer("old", 600)},
			fresh: resolver.Answer{Status: resolver.NXDomain},
		},
		{
			name: "nonexistence leaves other types", first: map[resolver.Question]resolver.Answer{exampleTXT: txtAnswer("old", 600), exampleMX: mxAnswer},
			fresh: nx, txt: nx, mx: mxAnswer,
		},
		{
			name: "nonexistence counts for more than failure", first: map[resolver.Question]resolver.Answer{exampleTXT: txtAnswer("old", 600), exampleMX: {Status: resolver.ServFail}},
			fresh: nx, txt: nx, mx: nx,
		},
		{
			name: "positive replaces positive", first: map[resolver.Question]resolver.Answer{exampleTXT: txtAnswer("old", 600)},
			fresh: txtAnswer("new", 60), txt: txtAnswer("new", 60),
		},
		{
			name: "failure leaves positive", first: map[resolver.Question]resolver.Answer{exampleTXT: txtAnswer("old", 600)},
			fresh: resolver.Answer{Status: resolver.ServFail}, txt: txtAnswer("old", 600),
		},
		{
			name: "failure leaves nonexistence", first: map[resolver.Question]resolver.Answer{exampleTXT: nx},
			fresh: resolver.Answer{Status: resolver.Timeout}, txt: nx, mx: nx,
		},
		{
			name: "positive ends failure", first: map[resolver.Question]resolver.Answer{exampleTXT: {Status: resolver.ServFail}},
			fresh: txtAnswer("new", 60), txt: txtAnswer("new", 60),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				up := newUpstream(tt.first)
				cache := &resolver.Cache{Next: up}
				for _, q := range []resolver.Question{exampleTXT, exampleMX} {
					if _, ok := tt.first[q]; ok {
						lookUp(t, cache, q)
					}
				}
				up.set(exampleTXT, tt.fresh)
				require.Equal(t, tt.fresh.Status, refresh(t, cache, exampleTXT).Status)
				for _, known := range []struct {
					q    resolver.Question
					want resolver.Answer
				}{{exampleTXT, tt.txt}, {exampleMX, tt.mx}} {
					before := up.count(known.q)
					got := lookUp(t, cache, known.q)
					if known.want.Status == "" {
						require.Equal(t, before+1, up.count(known.q), known.q)
						continue
					}
					require.Equal(t, before, up.count(known.q), known.q)
					require.Equal(t, known.want, got, known.q)
				}
			})
		})
	}
}

func TestCacheFailureIsWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newUpstream(map[resolver.Question]resolver.Answer{
			exampleTXT: {Status: resolver.ServFail, Server: "192.0.2.53:53", Problem: "bogus"},
		})
		cache := &resolver.Cache{Next: up}
		a1, err1 := cache.Lookup(t.Context(), exampleTXT)
		a2, err2 := cache.Lookup(t.Context(), exampleTXT)
		require.Equal(t, 1, up.count(exampleTXT))
		require.Equal(t, resolver.Answer{
			Status: resolver.ServFail, Server: "192.0.2.53:53", Problem: "signature expired; bogus",
		}, a2)
		require.Equal(t, a1, a2)
		require.Same(t, err1, err2)
		e, ok := errors.AsType[*resolver.Error](err2)
		require.True(t, ok)
		require.Equal(t, "signature expired", e.Extended)
		require.True(t, resolver.IsTemporary(err2))
	})
}

// TestCacheBackOff checks for how long each failure of a row is remembered.
func TestCacheBackOff(t *testing.T) {
	fail := resolver.Answer{Status: resolver.ServFail}
	remembered := func(t *testing.T, cache *resolver.Cache, up *upstream) time.Duration {
		t.Helper()
		start, n := time.Now(), up.count(exampleTXT)
		for up.count(exampleTXT) == n {
			time.Sleep(time.Second)
			lookUp(t, cache, exampleTXT)
		}
		return time.Since(start)
	}
	t.Run("doubles up to a minute", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			up := newUpstream(map[resolver.Question]resolver.Answer{exampleTXT: fail})
			cache := &resolver.Cache{Next: up}
			lookUp(t, cache, exampleTXT)
			for _, seconds := range []int{1, 2, 4, 8, 16, 32, 60, 60, 60} {
				require.Equal(t, time.Duration(seconds)*time.Second, remembered(t, cache, up))
			}
			up.set(exampleTXT, txtAnswer("a", 10))
			require.Equal(t, time.Minute, remembered(t, cache, up))
			up.set(exampleTXT, fail)
			require.Equal(t, 10*time.Second, remembered(t, cache, up), "the TTL")
			require.Equal(t, time.Second, remembered(t, cache, up), "an answer ends the row")
		})
	})
	t.Run("a pause ends the row", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			up := newUpstream(map[resolver.Question]resolver.Answer{exampleTXT: fail})
			cache := &resolver.Cache{Next: up}
			lookUp(t, cache, exampleTXT)
			time.Sleep(time.Second + time.Minute - 1)
			lookUp(t, cache, exampleTXT)
			require.Equal(t, 2*time.Second, remembered(t, cache, up))
			time.Sleep(4*time.Second + time.Minute)
			lookUp(t, cache, exampleTXT)
			require.Equal(t, time.Second, remembered(t, cache, up))
		})
	})
	t.Run("a bypass does not double", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			up := newUpstream(map[resolver.Question]resolver.Answer{exampleTXT: fail})
			cache := &resolver.Cache{Next: up}
			lookUp(t, cache, exampleTXT)
			for range 10 {
				refresh(t, cache, exampleTXT)
			}
			require.Equal(t, time.Second, remembered(t, cache, up))
		})
	})
	t.Run("forgotten", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			up := newUpstream(map[resolver.Question]resolver.Answer{exampleTXT: fail})
			cache := &resolver.Cache{Next: up}
			lookUp(t, cache, exampleTXT)
			require.Equal(t, time.Second, remembered(t, cache, up))
			cache.Forget("example.org")
			lookUp(t, cache, exampleTXT)
			require.Equal(t, time.Second, remembered(t, cache, up))
		})
	})
}

func TestCacheDoesNotRemember(t *testing.T) {
	tests := []struct {
		name string
		err  error
	}{
		{"bad name", resolver.ErrName},
		{"cancelled", context.Canceled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			calls := 0
			cache := &resolver.Cache{Next: resolver.Func(func(_ context.Context, q resolver.Question) (resolver.Answer, error) {
				calls++
				return resolver.Fail(&resolver.Error{Question: q, Status: resolver.Failed, Err: tt.err})
			})}
			for range 2 {
				a, err := cache.Lookup(context.Background(), exampleTXT)
				require.Equal(t, resolver.Failed, a.Status)
				require.ErrorIs(t, err, tt.err)
			}
			require.Equal(t, 2, calls)
			require.Zero(t, cache.Stats().Entries)
		})
	}
}

func TestCacheForget(t *testing.T) {
	other := resolver.Q("example.com", resolver.TypeTXT)
	odd := resolver.Q("example.org", 65280)
	tests := []struct {
		name   string
		domain string
		types  []resolver.Type
		kept   []resolver.Question
	}{
		{"all", "example.org", nil, []resolver.Question{other}},
		{"any form of the name", "Example.ORG.", nil, []resolver.Question{other}},
		{"one type", "example.org", []resolver.Type{resolver.TypeTXT}, []resolver.Question{other, exampleMX, odd}},
		{"two types", "example.org", []resolver.Type{resolver.TypeTXT, 65280}, []resolver.Question{other, exampleMX}},
		{"another name", "example.net", nil, []resolver.Question{other, exampleTXT, exampleMX, odd}},
		{"no name", "..", nil, []resolver.Question{other, exampleTXT, exampleMX, odd}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			up := newUpstream(nil)
			cache := &resolver.Cache{Next: up}
			all := []resolver.Question{other, exampleTXT, exampleMX, odd}
			for _, q := range all {
				lookUp(t, cache, q)
			}
			cache.Forget(tt.domain, tt.types...)
			require.Equal(t, len(tt.kept), cache.Stats().Entries)
			var kept []resolver.Question
			for _, q := range all {
				lookUp(t, cache, q)
				if up.count(q) == 1 {
					kept = append(kept, q)
				}
			}
			require.ElementsMatch(t, tt.kept, kept)
		})
	}
	t.Run("one type of a name that did not exist", func(t *testing.T) {
		up := newUpstream(map[resolver.Question]resolver.Answer{exampleTXT: {Status: resolver.NXDomain, TTL: 60}})
		cache := &resolver.Cache{Next: up}
		lookUp(t, cache, exampleTXT)
		cache.Forget("example.org", resolver.TypeMX)
		require.Equal(t, resolver.NoData, lookUp(t, cache, exampleMX).Status)
	})
}

// TestCacheShares checks that what a caller does with its slices reaches neither
// other callers nor what Next keeps.
func TestCacheShares(t *testing.T) {
	spare := make([]resolver.Text, 2, 8)
	spare[0], spare[1] = append(make(resolver.Text, 0, 4), "one"), append(make(resolver.Text, 0, 4), "two")
	alias := append(make([]string, 0, 4), "a.example")
	orig := resolver.Answer{Status: resolver.Success, TXT: spare, Alias: alias, TTL: 60}
	cache := &resolver.Cache{Next: newUpstream(map[resolver.Question]resolver.Answer{exampleTXT: orig})}
	for range 3 { // a miss and two hits
		a := lookUp(t, cache, exampleTXT)
		require.Equal(t, []resolver.Text{{"one"}, {"two"}}, a.TXT)
		require.Equal(t, []string{"a.example"}, a.Alias)
		require.Equal(t, len(a.TXT), cap(a.TXT))
		require.Equal(t, len(a.TXT[0]), cap(a.TXT[0]))
		require.Equal(t, len(a.Alias), cap(a.Alias))
		_ = append(a.TXT[0], "overwritten")
		spare[0] = resolver.Text{"changed"} // The entry has a copy.
	}
}

func TestCacheTraceAndStats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []resolver.CacheInfo
		up := newUpstream(map[resolver.Question]resolver.Answer{exampleTXT: txtAnswer("a", 60), exampleMX: {Status: resolver.Refused}})
		cache := &resolver.Cache{Next: up, Trace: &resolver.Trace{Cache: func(_ context.Context, i resolver.CacheInfo) { got = append(got, i) }}}
		lookUp(t, cache, exampleTXT)
		lookUp(t, cache, exampleTXT)
		refresh(t, cache, exampleTXT)
		lookUp(t, cache, exampleMX)
		lookUp(t, cache, exampleMX)
		require.Equal(t, []resolver.CacheInfo{
			{Question: exampleTXT, Outcome: resolver.CacheMiss, Status: resolver.Success},
			{Question: exampleTXT, Outcome: resolver.CacheHit, Status: resolver.Success},
			{Question: exampleTXT, Outcome: resolver.CacheBypass, Status: resolver.Success},
			{Question: exampleMX, Outcome: resolver.CacheMiss, Status: resolver.Refused},
			{Question: exampleMX, Outcome: resolver.CacheHit, Status: resolver.Refused},
		}, got)
		stats := cache.Stats()
		require.Positive(t, stats.Bytes)
		stats.Bytes = 0
		require.Equal(t, resolver.Stats{Hits: 2, Misses: 2, Bypasses: 1, Entries: 2}, stats)
		text, err := json.Marshal(stats)
		require.NoError(t, err)
		require.JSONEq(t, `{"hits":2,"misses":2,"shared":0,"bypasses":1,"evictions":0,"expired":0,"entries":2,"bytes":0}`, string(text))
	})
}

func TestCacheZeroValue(t *testing.T) {
	var cache resolver.Cache
	require.Zero(t, cache.Stats())
	cache.Forget("example.org")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a, err := cache.Lookup(ctx, exampleTXT)
	require.Equal(t, resolver.Failed, a.Status)
	require.ErrorIs(t, err, context.Canceled)
}

func TestCacheHitAllocatesNothing(t *testing.T) {
	answers := map[resolver.Question]resolver.Answer{
		exampleTXT: spfAnswer(),
		exampleMX:  {Status: resolver.ServFail, Problem: "broken"},
		resolver.Q("example.org", resolver.TypeA): {Status: resolver.Success, TTL: 60, Addrs: make([]netip.Addr, 2)},
		resolver.Q("www.example.org", resolver.TypeA): {
			Status: resolver.Success, TTL: 60, Addrs: make([]netip.Addr, 2), Alias: []string{"example.org"},
		},
		resolver.Q("example.net", resolver.TypeA): {Status: resolver.NXDomain, TTL: 60, Server: "192.0.2.53:53"},
	}
	cache := &resolver.Cache{Next: newUpstream(answers)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for q := range answers {
		_, _ = cache.Lookup(ctx, q)
		require.Zero(t, testing.AllocsPerRun(100, func() { _, _ = cache.Lookup(ctx, q) }), q)
	}
}
