package resolver

import (
	"context"
	"time"
)

// Trace is a set of functions that [Client] and [Cache] call while they work, to
// log or count. Any of them may be nil. They are called from many goroutines at
// once and must return quickly.
type Trace struct {
	// Exchange is called after each attempt to get an answer from one server.
	Exchange func(context.Context, ExchangeInfo)
	// Cache is called for each question put to a Cache.
	Cache func(context.Context, CacheInfo)
}

// ExchangeInfo tells of one attempt to get an answer from one server.
type ExchangeInfo struct {
	Question Question
	Server   string        // "address:port"
	Network  string        // "udp" or "tcp"
	Attempt  int           // from 1, over all servers
	Elapsed  time.Duration // from sending to the outcome
	Status   Status
	Err      error // nil when Status is definitive
}

// CacheOutcome says how a Cache answered.
type CacheOutcome string

// The outcomes.
const (
	CacheHit    CacheOutcome = "hit"    // from the cache, failures remembered included
	CacheMiss   CacheOutcome = "miss"   // asked the next Resolver
	CacheShared CacheOutcome = "shared" // waited for a query of another caller
	CacheBypass CacheOutcome = "bypass" // asked although known, because of WithFresh
)

// CacheInfo tells of one question put to a Cache.
type CacheInfo struct {
	Question Question
	Outcome  CacheOutcome
	Status   Status
}
