package resolver_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
)

func TestCachePeek(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newUpstream(map[resolver.Question]resolver.Answer{exampleTXT: txtAnswer("a", 10)})
		cache := &resolver.Cache{Next: up}
		_, ok := cache.Peek(t.Context(), exampleTXT)
		require.False(t, ok)
		require.Zero(t, up.count(exampleTXT), "Peek asks nobody")

		want := lookUp(t, cache, exampleTXT)
		got, ok := cache.Peek(t.Context(), exampleTXT)
		require.True(t, ok)
		require.Equal(t, want, got)
		require.Equal(t, uint64(1), cache.Stats().Hits)

		_, ok = cache.Peek(resolver.WithFresh(t.Context()), exampleTXT)
		require.False(t, ok, "a fresh answer has to be asked for")
		time.Sleep(10 * time.Second)
		_, ok = cache.Peek(t.Context(), exampleTXT)
		require.False(t, ok, "its time is over")
		require.Equal(t, 1, up.count(exampleTXT))
	})
}
