package resolver

import (
	"hash/maphash"
	"maps"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
)

// cacheStore is what a Cache has once it was used. It is divided into shards by
// name, so that all that is known about a name is under one lock.
//
// What is dropped when there is no more room is chosen by the SIEVE algorithm: a
// hit only sets a bit, under a lock that readers share, and a name that is asked
// once never displaces those that are asked again. There is no goroutine: each
// insertion looks at a few entries, and drops those whose time is over.
type cacheStore struct {
	next   Resolver
	maxTTL time.Duration
	start  time.Time // of the store's clock, which is monotonic
	seed   maphash.Seed
	shards []cacheShard
}

type cacheShard struct {
	mu      sync.RWMutex
	seed    maphash.Seed
	table   map[uint64]*cacheEntry // by hash of name and type; verified on use
	flights map[Question]*flight   // that a caller may join

	newest, oldest *cacheEntry
	hand           *cacheEntry // the next candidate for eviction; nil is the oldest
	broom          *cacheEntry // the next to be looked at by sweep; nil is the oldest
	bytes          int64
	maxEntries     int
	maxBytes       int64

	// The counters are next to the lock that is taken anyway.
	hits                     atomic.Uint64
	misses, shared, bypasses uint64
	evictions, expired       uint64

	_ [64]byte // keeps the next shard's lock off this one's cache line
}

const (
	// shardEntries, or a power of two times it, is the size of a shard where
	// there are several. It fills the tables of a Go map, which have 1024 slots
	// and are split when they are 7/8 full, as far as they can be filled without
	// being split by the traces that deletions leave.
	shardEntries  = 720
	maxShards     = 128
	minShardBytes = 64 << 10

	// sweepStep is how many entries each insertion looks at. With two, all
	// entries of a shard have been seen after half as many insertions.
	sweepStep = 2
)

// lazyStore is nil until the first use.
type lazyStore struct{ p atomic.Pointer[cacheStore] }

func (c *Cache) store() *cacheStore {
	if s := c.lazy.p.Load(); s != nil {
		return s
	}
	c.lazy.p.CompareAndSwap(nil, newStore(c))
	return c.lazy.p.Load()
}

func newStore(c *Cache) *cacheStore {
	s := &cacheStore{next: c.Next, maxTTL: c.MaxTTL, start: time.Now(), seed: maphash.MakeSeed()}
	if s.next == nil {
		s.next = &Client{Trace: c.Trace}
	}
	if s.maxTTL == 0 {
		s.maxTTL = defaultMaxTTL
	}
	entries, size := c.Entries, c.Bytes
	if entries == 0 {
		entries = defaultEntries
	}
	if size == 0 {
		size = defaultBytes
	}
	per := shardEntries
	for entries/per >= maxShards {
		per *= 2
	}
	n := max(1, min(entries/per, int(min(size/minShardBytes, maxShards))))
	s.shards = make([]cacheShard, n)
	for i := range s.shards {
		sh := &s.shards[i]
		sh.seed = s.seed
		sh.table = make(map[uint64]*cacheEntry)
		sh.flights = make(map[Question]*flight)
		sh.maxEntries, sh.maxBytes = entries/n, size/int64(n)
	}
	return s
}

func (s *cacheStore) now() int64 { return int64(time.Since(s.start)) }

func (s *cacheStore) hash(name string) uint64 { return maphash.String(s.seed, name) }

func (s *cacheStore) shard(h uint64) *cacheShard {
	i, _ := bits.Mul64(h, uint64(len(s.shards)))
	return &s.shards[i]
}

// slot returns the key in a shard's table for type t of the name with hash h. The
// hash itself is the key for the fact that the name does not exist.
func slot(h uint64, t Type) uint64 { return h ^ (uint64(t)+1)*0x9e3779b97f4a7c15 }

func (e *cacheEntry) slot(h uint64) uint64 {
	if e.kind == entryNXDomain {
		return h
	}
	return slot(h, e.typ)
}

// hit returns the entry that answers q now, or nil, and counts it.
func (sh *cacheShard) hit(h uint64, q Question, now int64) *cacheEntry {
	sh.mu.RLock()
	e := sh.find(h, q, now)
	if e != nil && !e.visited.Load() {
		e.visited.Store(true)
	}
	sh.mu.RUnlock()
	if e != nil {
		sh.hits.Add(1)
	}
	return e
}

// find returns the entry that answers q now, or nil. That the name does not exist
// counts for more than a failure to find out about one type.
func (sh *cacheShard) find(h uint64, q Question, now int64) *cacheEntry {
	e := sh.typed(h, q)
	if e != nil && now >= e.expires {
		e = nil
	}
	if e == nil || e.kind == entryFailure {
		if nx := sh.nonexistent(h, q.Name); nx != nil && now < nx.expires && nx.answers(q.Type) {
			return nx
		}
	}
	return e
}

// answers reports whether the entry, an NXDomain, is one for questions of type t.
// Where the name is an alias, it is the alias's target that does not exist. All
// types follow the alias and fail alike, but for the CNAME itself, which exists.
func (e *cacheEntry) answers(t Type) bool { return t != TypeCNAME || !e.aliased() }

// typed returns the entry for exactly q, be its time over or not.
func (sh *cacheShard) typed(h uint64, q Question) *cacheEntry {
	e := sh.table[slot(h, q.Type)]
	if e == nil || e.typ != q.Type || e.kind == entryNXDomain || e.name != q.Name {
		return nil
	}
	return e
}

// nonexistent returns the entry for name as a whole, be its time over or not.
func (sh *cacheShard) nonexistent(h uint64, name string) *cacheEntry {
	e := sh.table[h]
	if e == nil || e.kind != entryNXDomain || e.name != name {
		return nil
	}
	return e
}

// put stores the outcome of q.
//
// A definitive answer takes the place of all that it contradicts: an earlier
// answer or failure for the same question and, since it is about the name, that
// the name does not exist. Answers for other types of a name that has ceased to
// exist are left to their own time (RFC 8020 section 2). An answer whose time is
// over already, or that is too large, only removes. A failure is stored only when
// no answer to q is still valid.
func (sh *cacheShard) put(h uint64, q Question, e *cacheEntry, now int64) {
	old, nx := sh.typed(h, q), sh.nonexistent(h, q.Name)
	if f, ok := e.rest.(*cacheFailure); ok {
		if known := sh.find(h, q, now); known != nil && known.kind != entryFailure {
			return
		}
		f.delay = backOff(old, now)
		e.expires = now + f.delay
		nx = nil
	}
	for _, known := range [...]*cacheEntry{old, nx} {
		if known != nil {
			e.visited.Store(true) // The name was asked about again.
			sh.remove(known)
		}
	}
	if e.expires > now {
		sh.insert(h, e, now)
	}
}

// insert adds an entry for a question that has none, and makes room for it.
func (sh *cacheShard) insert(h uint64, e *cacheEntry, now int64) {
	sh.sweep(now)
	size := e.bytes()
	if sh.maxEntries < 1 || size > sh.maxBytes {
		return
	}
	key := e.slot(h)
	if other := sh.table[key]; other != nil { // The hashes of two names are equal.
		sh.remove(other)
		sh.evictions++
	}
	for len(sh.table) >= sh.maxEntries || sh.bytes+size > sh.maxBytes {
		sh.evict(now)
	}
	sh.table[key] = e
	sh.bytes += size
	e.older = sh.newest
	if e.older != nil {
		e.older.newer = e
	} else {
		sh.oldest = e
	}
	sh.newest = e
}

// evict drops one entry: the first from the hand onwards that is dead or was not
// asked for since the hand last passed. Each step of the hand undoes what a hit
// did, so that the cost of an eviction is constant over time. There must be an
// entry.
func (sh *cacheShard) evict(now int64) {
	for {
		e := sh.hand
		if e == nil {
			e = sh.oldest
		}
		sh.hand = e.newer
		if e.dead(now) {
			sh.remove(e)
			sh.expired++
			return
		}
		if !e.visited.Load() {
			sh.remove(e)
			sh.evictions++
			return
		}
		e.visited.Store(false)
	}
}

// sweep drops what is dead among the next few entries.
func (sh *cacheShard) sweep(now int64) {
	for range sweepStep {
		e := sh.broom
		if e == nil {
			e = sh.oldest
		}
		if e == nil {
			return
		}
		sh.broom = e.newer
		if e.dead(now) {
			sh.remove(e)
			sh.expired++
		}
	}
}

// remove takes an entry out of the shard.
func (sh *cacheShard) remove(e *cacheEntry) {
	delete(sh.table, e.slot(maphash.String(sh.seed, e.name)))
	sh.bytes -= e.bytes()
	if sh.hand == e {
		sh.hand = e.newer
	}
	if sh.broom == e {
		sh.broom = e.newer
	}
	if e.newer != nil {
		e.newer.older = e.older
	} else {
		sh.newest = e.older
	}
	if e.older != nil {
		e.older.newer = e.newer
	} else {
		sh.oldest = e.newer
	}
	e.older, e.newer = nil, nil
}

// forget drops what is known about the types of a name, or about all of them when
// there are none, and lets nobody join a question about it that is under way. One
// for another type is no exception: it may bring that the name does not exist.
func (sh *cacheShard) forget(h uint64, name string, types []Type) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	maps.DeleteFunc(sh.flights, func(q Question, _ *flight) bool { return q.Name == name })
	if nx := sh.nonexistent(h, name); nx != nil {
		sh.remove(nx)
	}
	for _, t := range types {
		if e := sh.typed(h, Question{name, t}); e != nil {
			sh.remove(e)
		}
	}
	if len(types) > 0 {
		return
	}
	for e := sh.oldest; e != nil; {
		next := e.newer
		if e.name == name {
			sh.remove(e)
		}
		e = next
	}
}

func (sh *cacheShard) addTo(sum *Stats) {
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	sum.Hits += sh.hits.Load()
	sum.Misses += sh.misses
	sum.Shared += sh.shared
	sum.Bypasses += sh.bypasses
	sum.Evictions += sh.evictions
	sum.Expired += sh.expired
	sum.Entries += len(sh.table)
	sum.Bytes += sh.bytes
}
