package resolver

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/mailworthy/mailworthy/internal/secret"
)

// What the zero value of [Cache] stands for, and the limits that are not fields.
const (
	defaultEntries = 100_000
	defaultBytes   = 64 << 20
	defaultMaxTTL  = 24 * time.Hour

	// maxNegativeTTL caps NoData and NXDomain (RFC 2308 section 5 advises one to
	// three hours).
	maxNegativeTTL = 3 * time.Hour

	// A failure is remembered for firstFailure, twice as long for each one that
	// follows, and at most for maxFailure (RFC 9520 section 3.2 wants between one
	// second and five minutes). One that comes more than maxFailure after the
	// last was forgotten is a first one again.
	firstFailure = time.Second
	maxFailure   = time.Minute
)

// Cache is a Resolver that stands before another and remembers what it answered.
//
// Answers are kept for their TTL, which is what is left of it when they are
// given out again. NXDomain answers all types of its name. Failures to find out
// are kept too, for a second at first and up to a minute while they go on, so
// that a broken server is not asked without pause (RFC 9520); they never take
// the place of an answer that is still valid. An answer of TTL zero is not kept,
// and neither is the end of a caller's own context.
//
// When several callers ask the same question at once, it is passed on once. Each
// of them leaves when its own context ends, the question goes on for the others,
// and it is cancelled when the last of them has left. It is asked with the
// values, but without the deadline, of the first caller's context. The only
// goroutine of a Cache is the one of a question that is under way: it ends when
// Next returns, which is to be soon after its context has ended.
//
// The zero value works. A Cache is safe for concurrent use, must not be copied
// after first use, and its fields must not be changed then. Questions have to be
// in the form that [Q] makes; a name in another form is another name.
type Cache struct {
	// Next is asked what is not known. If nil, it is a Client of the system's
	// servers that belongs to this Cache and has its Trace.
	Next Resolver
	// Entries is how many answers are kept at most; zero means 100,000. When it
	// is negative none is kept, and questions under way are still shared.
	Entries int
	// Bytes is about how much memory the answers use at most, with what it takes
	// to store and find them; zero means 64 MiB. When it is negative none is
	// kept. A single answer that takes more than 1/64 of it, or than 64 KiB if
	// that is more, may be too large to keep.
	Bytes int64
	// MaxTTL is for how long an answer is kept at most, whatever its TTL; zero
	// means 24 hours. Negative answers are kept for at most three hours besides.
	// When it is negative, failures alone are kept.
	MaxTTL time.Duration
	// Trace, if not nil, is told of each question.
	Trace *Trace

	lazy atomic.Pointer[cacheStore]
}

// Lookup returns what is remembered for q, or else asks Next. With a context of
// [WithFresh] it always asks. When ctx has ended already, only what is remembered
// is returned.
//
// A panic of Next becomes one of every caller that waits for it.
func (c *Cache) Lookup(ctx context.Context, q Question) (Answer, error) {
	s := c.store()
	h := s.hash(q.Name)
	sh := s.shard(h)
	if a, ok, err := c.hit(ctx, s, sh, h, q); ok {
		return a, err
	}
	a, outcome, err := s.ask(ctx, sh, h, q)
	if t := c.Trace; t != nil && t.Cache != nil {
		t.Cache(ctx, CacheInfo{Question: shown(ctx, q), Outcome: outcome, Status: a.Status})
	}
	return a, err
}

// Peek returns what Lookup would return without asking Next. It is false when
// nothing is remembered for q, and for a context of [WithFresh]. A check whose
// answers are all here needs no goroutine, and is judged once.
func (c *Cache) Peek(ctx context.Context, q Question) (Answer, bool) {
	s := c.store()
	h := s.hash(q.Name)
	a, ok, _ := c.hit(ctx, s, s.shard(h), h, q)
	return a, ok
}

func (c *Cache) hit(ctx context.Context, s *cacheStore, sh *cacheShard, h uint64, q Question) (a Answer, ok bool, err error) {
	if isFresh(ctx) {
		return Answer{}, false, nil
	}
	now := s.now()
	e := sh.hit(h, q, now)
	if e == nil {
		return Answer{}, false, nil
	}
	if t := c.Trace; t != nil && t.Cache != nil {
		t.Cache(ctx, CacheInfo{Question: shown(ctx, q), Outcome: CacheHit, Status: e.status()})
	}
	a, err = e.answer(now)
	return a, true, err
}

// shown returns q as a Trace may show it: without a key that is part of the name.
func shown(ctx context.Context, q Question) Question {
	q.Name = secret.Name(ctx, q.Name)
	return q
}

type freshKey struct{}

// WithFresh returns a context whose questions every [Cache] passes on even if it
// knows the answer; it keeps the new one in place of the old. When the new
// outcome is a failure, the old answer is still there for others. Callers with
// such a context share a question under way with each other, but never join one
// that was asked without.
func WithFresh(ctx context.Context) context.Context {
	return context.WithValue(ctx, freshKey{}, freshKey{})
}

func isFresh(ctx context.Context) bool { return ctx.Value(freshKey{}) != nil }

// Forget drops what is remembered about a name, in any form that [Q] accepts: the
// answers and failures of the given types, or of all types when there are none,
// and in both cases that the name does not exist. What was asked before, and is
// answered after, is not kept. Answers of other names that lead to this one by an
// alias stay.
//
// To forget all types takes a walk through 1/64 of a large Cache.
func (c *Cache) Forget(name string, types ...Type) {
	s := c.store()
	name = Q(name, 0).Name
	h := s.hash(name)
	s.shard(h).forget(h, name, types)
}

// Stats counts what a [Cache] did since it was made. Each question is one of
// Hits, Misses, Shared and Bypasses.
type Stats struct {
	Hits     uint64 `json:"hits"`     // answered from memory, failures included
	Misses   uint64 `json:"misses"`   // not known: passed on, unless the caller's context had ended
	Shared   uint64 `json:"shared"`   // waited for the same question of another caller
	Bypasses uint64 `json:"bypasses"` // passed on because of WithFresh

	Evictions uint64 `json:"evictions"` // entries dropped to make room
	Expired   uint64 `json:"expired"`   // entries dropped because their time was over

	Entries int   `json:"entries"` // now; may include some whose time is over
	Bytes   int64 `json:"bytes"`   // estimate of the memory that they use now
}

// Stats returns the counts. They are exact once no question is under way.
func (c *Cache) Stats() Stats {
	s := c.store()
	var sum Stats
	for i := range s.shards {
		s.shards[i].addTo(&sum)
	}
	return sum
}

// keep says until when, in nanoseconds on the store's clock, an answer may be
// given out that came at now. It is now for one that must not be kept at all.
func (s *cacheStore) keep(a *Answer, now int64) int64 {
	ttl := min(time.Duration(a.TTL)*time.Second, s.maxTTL)
	if a.Status != Success {
		ttl = min(ttl, maxNegativeTTL)
	}
	return now + int64(max(ttl, 0))
}

// memorable reports whether a failure says something about the question, which
// the end of a context does not, nor a name that can never be asked.
func memorable(err error) bool {
	return !errors.Is(err, context.Canceled) && !errors.Is(err, ErrName)
}

// backOff returns for how long to remember a failure at now, given the entry that
// the question has so far, if any. A failure that came although one is still
// remembered, by a bypass, does not count as another in the row.
func backOff(old *cacheEntry, now int64) int64 {
	if old != nil {
		if f, ok := old.rest.(*cacheFailure); ok {
			switch {
			case now < old.expires:
				return f.delay
			case !old.dead(now):
				return min(2*f.delay, int64(maxFailure))
			}
		}
	}
	return int64(firstFailure)
}
