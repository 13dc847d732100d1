package resolver_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
)

// TestClientParallel floods a Client: everybody gets a turn.
func TestClientParallel(t *testing.T) {
	s := serve(t, answering(func(q query) []byte { return q.answer(addr4(q.name, 1, "192.0.2.1")) }))
	c := &resolver.Client{Servers: []string{s.addr}, Timeout: patience, Parallel: 2}
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			if _, err := c.Lookup(t.Context(), resolver.Q("a.example", resolver.TypeA)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, 64, s.count())
}

// A silent server sees no more questions than may be under way, and who waits for
// a turn leaves when its context ends.
func TestClientWaitsNoLongerThanItsContext(t *testing.T) {
	s := serve(t, func(query, reply) {})
	c := &resolver.Client{Servers: []string{s.addr}, Timeout: patience, Parallel: 3}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			a, err := c.Lookup(ctx, resolver.Q("a.example", resolver.TypeA))
			if err == nil || a.Status != resolver.Failed {
				t.Errorf("%v, %v", a.Status, err)
			}
		})
	}
	require.Eventually(t, func() bool { return s.count() == 3 }, patience, time.Millisecond)
	time.Sleep(20 * time.Millisecond) // for one that may not be asked
	cancel()
	wg.Wait()
	require.Equal(t, 3, s.count())
}
