package resolver_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
)

func TestClientContext(t *testing.T) {
	t.Run("cancelled before", func(t *testing.T) {
		s := serve(t, func(query, reply) {})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		a, err := client(s).Lookup(ctx, resolver.Q("a.example", resolver.TypeA))
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, resolver.Failed, a.Status)
		require.Zero(t, s.count())
	})
	for _, network := range []string{networkU, networkT} {
		t.Run("cancelled while waiting over "+network, func(t *testing.T) {
			cause := errors.New("enough")
			ctx, cancel := context.WithCancelCause(t.Context())
			s := serve(t, func(q query, r reply) {
				if q.network == network {
					cancel(cause)
				} else {
					r.send(q.respond(ok|bitTC, nil, nil, nil))
				}
			})
			c := client(s)
			c.Timeout = time.Hour
			a, err := c.Lookup(ctx, resolver.Q("a.example", resolver.TypeA))
			require.ErrorIs(t, err, cause)
			require.Equal(t, resolver.Failed, a.Status)
		})
	}
	t.Run("deadline", func(t *testing.T) {
		s := serve(t, func(query, reply) {})
		ctx, cancel := context.WithTimeout(t.Context(), impatience)
		defer cancel()
		c := client(s)
		c.Timeout = time.Hour
		a, err := c.Lookup(ctx, resolver.Q("a.example", resolver.TypeA))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, resolver.Timeout, a.Status)
		s.saw(t, 1)
	})
}

// TestClientAbandonedSocket has a reply arrive after its query was given up. The
// next query must not meet it, so it goes out from another port.
func TestClientAbandonedSocket(t *testing.T) {
	var late func()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := serve(t, func(q query, r reply) {
		if q.name == "slow.example" {
			late = func() { r.send(q.answer(addr4(q.name, 1, "203.0.113.66"))) }
			cancel()
			return
		}
		late()
		r.send(q.answer(addr4(q.name, 1, "192.0.2.1")))
	})
	c := client(s)
	_, err := c.Lookup(ctx, resolver.Q("slow.example", resolver.TypeA))
	require.Error(t, err)
	_, err = lookup(t, c, "a.example", resolver.TypeA)
	require.NoError(t, err)
	list := s.queries()
	require.NotEqual(t, list[0].from, list[1].from)
}

// TestClientShortContexts has contexts end before a silent server's time is up.
// It must not stand in the way of the other for ever.
func TestClientShortContexts(t *testing.T) {
	t.Parallel() // The other server has seconds to answer, which the silent one takes.
	silent := serve(t, func(query, reply) {})
	c := client(silent, serve(t, answering(func(q query) []byte { return q.answer(addr4(q.name, 1, "192.0.2.1")) })))
	c.Timeout = 3 * time.Second
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_, err := c.Lookup(ctx, resolver.Q("a.example", resolver.TypeA))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = lookup(t, c, "a.example", resolver.TypeA)
	require.NoError(t, err)
	silent.saw(t, 1)
}

// TestClientVeryShortContexts has contexts end long before a silent server's time
// is up. All of them together are reason enough to ask the other one first.
func TestClientVeryShortContexts(t *testing.T) {
	silent := serve(t, func(query, reply) {})
	c := client(silent, serve(t, answering(func(q query) []byte { return q.answer(addr4(q.name, 1, "192.0.2.1")) })))
	c.Timeout = 6 * impatience
	for range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), impatience)
		_, err := c.Lookup(ctx, resolver.Q("a.example", resolver.TypeA))
		cancel()
		if err == nil {
			return
		}
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}
	require.Fail(t, "no context got past the silent server")
}
