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
	flights map[Question]*flight // that a caller may join

	// The hash table has chains, which go through the entries, and no fewer
	// buckets than entries. A map would take twice the memory once entries have
	// come and gone for a while.
	buckets    []*cacheEntry
	entries    int
	maxEntries int
	bytes      int64
	maxBytes   int64

	newest, oldest *cacheEntry
	hand           *cacheEntry // the next candidate for eviction; nil is the oldest
	broom          *cacheEntry // the next to be looked at by sweep; nil is the oldest

	// The counters are next to the lock that is taken anyway.
	hits                     atomic.Uint64
	misses, shared, bypasses uint64
	evictions, expired       uint64

	_ [64]byte // keeps the next shard's lock off this one's cache line
}

const (
	maxShards       = 64
	minShardEntries = 1024
	minShardBytes   = 64 << 10

	firstBuckets = 8

	// sweepStep is how many entries each insertion looks at. With two, all
	// entries of a shard have been seen after half as many insertions.
	sweepStep = 2
)

// store returns what c works with, made at the first use.
func (c *Cache) store() *cacheStore {
	if s := c.lazy.Load(); s != nil {
		return s
	}
	c.lazy.CompareAndSwap(nil, newStore(c))
	return c.lazy.Load()
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
	n := max(1, min(maxShards, entries/minShardEntries, int(min(size/minShardBytes, maxShards))))
	s.shards = make([]cacheShard, n)
	for i := range s.shards {
		sh := &s.shards[i]
		sh.buckets = make([]*cacheEntry, firstBuckets)
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

// slot returns the hash of type t of the name with hash h. The latter itself
// stands for the name as a whole, which is where it is stored that a name does not
// exist. As all slots of one name differ, an entry is known by slot and name.
func slot(h uint64, t Type) uint64 { return h ^ (uint64(t)+1)*0x9e3779b97f4a7c15 }

// at returns the entry in a slot of a name, be its time over or not, or nil.
func (sh *cacheShard) at(slot uint64, name string) *cacheEntry {
	e := *sh.bucket(slot)
	for e != nil && (e.slot != slot || e.name != name) {
		e = e.chain
	}
	return e
}

func (sh *cacheShard) bucket(slot uint64) **cacheEntry {
	return &sh.buckets[slot&uint64(len(sh.buckets)-1)]
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
	e := sh.at(slot(h, q.Type), q.Name)
	if e != nil && now >= e.expires {
		e = nil
	}
	if e == nil || e.kind == entryFailure {
		if nx := sh.at(h, q.Name); nx != nil && now < nx.expires && nx.answers(q.Type) {
			return nx
		}
	}
	return e
}

// answers reports whether the entry, an NXDomain, is one for questions of type t.
// Where the name is an alias, it is the alias's target that does not exist. All
// types follow the alias and fail alike, but for the CNAME itself, which exists.
func (e *cacheEntry) answers(t Type) bool { return t != TypeCNAME || !e.aliased() }

// put stores the outcome of q.
//
// A definitive answer takes the place of all that it contradicts: an earlier
// answer or failure for the same question and, since it is about the name, that
// the name does not exist. Answers for other types of a name that has ceased to
// exist are left to their own time (RFC 8020 section 2). An answer whose time is
// over already, or that is too large, only removes. A failure is stored only when
// no answer to q is still valid.
func (sh *cacheShard) put(h uint64, q Question, e *cacheEntry, now int64) {
	old, nx := sh.at(slot(h, q.Type), q.Name), sh.at(h, q.Name)
	e.slot = slot(h, q.Type)
	if e.kind == entryNXDomain {
		e.slot = h
	}
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
		sh.insert(e, now)
	}
}

// insert adds an entry for a question that has none, and makes room for it.
func (sh *cacheShard) insert(e *cacheEntry, now int64) {
	sh.sweep(now)
	size := e.bytes()
	if sh.maxEntries < 1 || size > sh.maxBytes {
		return
	}
	for sh.entries >= sh.maxEntries || sh.bytes+size > sh.maxBytes {
		sh.evict(now)
	}
	sh.entries++
	sh.bytes += size
	if sh.entries > len(sh.buckets) {
		sh.buckets = make([]*cacheEntry, 2*len(sh.buckets))
		for old := sh.oldest; old != nil; old = old.newer {
			sh.link(old)
		}
	}
	sh.link(e)
	e.older = sh.newest
	if e.older != nil {
		e.older.newer = e
	} else {
		sh.oldest = e
	}
	sh.newest = e
}

// link adds e to the chain of its bucket.
func (sh *cacheShard) link(e *cacheEntry) {
	b := sh.bucket(e.slot)
	e.chain = *b
	*b = e
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
	p := sh.bucket(e.slot)
	for *p != e {
		p = &(*p).chain
	}
	*p = e.chain
	sh.entries--
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
	e.chain, e.older, e.newer = nil, nil, nil
}

// forget drops what is known about the types of a name, or about all of them when
// there are none, and lets nobody join a question about it that is under way. One
// for another type is no exception: it may bring that the name does not exist.
func (sh *cacheShard) forget(h uint64, name string, types []Type) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	maps.DeleteFunc(sh.flights, func(q Question, _ *flight) bool { return q.Name == name })
	if nx := sh.at(h, name); nx != nil {
		sh.remove(nx)
	}
	for _, t := range types {
		if e := sh.at(slot(h, t), name); e != nil {
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
	sum.Entries += sh.entries
	sum.Bytes += sh.bytes
}
