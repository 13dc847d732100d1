package resolver_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
)

func TestOverlay(t *testing.T) {
	next := resolver.MustZone(`
		gone.paper.example TXT "still published"
		key.paper.example CNAME key.others.example
		key.others.example TXT "key"
		others.example TXT "others"
		broken.example TXT !servfail
	`)
	o := resolver.Overlay{
		Zone: resolver.MustZone(`
			key.paper.example CNAME key.others.example
			lost.paper.example CNAME gone.paper.example
			down.paper.example TXT !servfail
			others.example MX 10 mx.others.example
		`),
		Domains: []string{"Paper.example.", "a..b"},
		Next:    next,
	}
	for name, want := range map[string]resolver.Status{
		"gone.paper.example":  resolver.NXDomain, // A deleted record is not asked for elsewhere,
		"lost.paper.example":  resolver.NXDomain, // and not through an alias either.
		"key.paper.example":   resolver.Success,
		"key.others.example":  resolver.Success,
		"others.example":      resolver.NoData, // The zone has the name, and so all of it.
		"other.paper.example": resolver.NXDomain,
		"notpaper.example":    resolver.NXDomain,
		"none.example":        resolver.NXDomain,
		"down.paper.example":  resolver.ServFail,
		"broken.example":      resolver.ServFail,
	} {
		a, _ := o.Lookup(t.Context(), resolver.Q(name, resolver.TypeTXT))
		require.Equal(t, want, a.Status, name)
	}
	a, err := o.Lookup(t.Context(), resolver.Q("key.paper.example", resolver.TypeTXT))
	require.NoError(t, err)
	require.Equal(t, []string{"key.others.example"}, a.Alias)

	// What the zone answers is never asked for.
	o.Next = resolver.Func(func(_ context.Context, q resolver.Question) (resolver.Answer, error) {
		t.Error("asked", q)
		return resolver.Answer{}, nil
	})
	_, err = o.Lookup(t.Context(), resolver.Q("gone.paper.example", resolver.TypeTXT))
	require.NoError(t, err)
}
