package resolver

import (
	"context"
	"time"
)

// Cache remembers answers.
type Cache struct {
	Next    Resolver
	Entries int
	MaxTTL  time.Duration
	Trace   *Trace
}

// Lookup asks the next Resolver.
func (c *Cache) Lookup(ctx context.Context, q Question) (Answer, error) {
	return orDefault(c.Next).Lookup(ctx, q)
}
