package resolver_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/internal/secret"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/resolver/resolvertest"
)

// TestTraceHidesSecrets asks for names that hold a key, as some block lists want it.
func TestTraceHidesSecrets(t *testing.T) {
	zone := resolver.MustZone("2.k3y.bl.test A 127.0.0.2\n3.k3y.bl.test A !refused\n4.k3y.bl.test A !servfail ede=9 'k3y.bl.test is bogus'")
	server := resolvertest.Serve(t, zone)
	var seen []string
	trace := &resolver.Trace{
		Exchange: func(_ context.Context, info resolver.ExchangeInfo) {
			seen = append(seen, fmt.Sprintf("%v %v", info.Question, info.Err))
		},
		Cache: func(_ context.Context, info resolver.CacheInfo) { seen = append(seen, fmt.Sprint(info.Question)) },
	}
	cache := &resolver.Cache{Next: &resolver.Client{Servers: []string{server.Addr}, Trace: trace, Timeout: time.Second}, Trace: trace}
	ctx := secret.With(t.Context(), "k3y", "{p}")
	for _, name := range []string{"2.k3y.bl.test", "2.k3y.bl.test", "3.k3y.bl.test", "4.k3y.bl.test"} {
		_, _ = cache.Lookup(ctx, resolver.Q(name, resolver.TypeA))
	}
	require.GreaterOrEqual(t, len(seen), 7)
	for _, s := range seen {
		require.NotContains(t, s, "k3y")
		require.Contains(t, s, ".{p}.bl.test")
	}
}
