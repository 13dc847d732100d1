package resolvertest_test

import (
	"testing"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/resolver/resolvertest"
)

func client(t testing.TB, z *resolver.Zone) resolver.Resolver {
	return &resolver.Client{Servers: []string{resolvertest.Serve(t, z).Addr}}
}

func TestResolvers(t *testing.T) {
	tests := []struct {
		name string
		new  func(t testing.TB, z *resolver.Zone) resolver.Resolver
	}{
		{"zone", func(_ testing.TB, z *resolver.Zone) resolver.Resolver { return z }},
		{"recorder", func(_ testing.TB, z *resolver.Zone) resolver.Resolver { return resolver.Record(z) }},
		{"client", client},
		{"cache of a zone", func(_ testing.TB, z *resolver.Zone) resolver.Resolver { return &resolver.Cache{Next: z} }},
		{"cache of a client", func(t testing.TB, z *resolver.Zone) resolver.Resolver {
			return &resolver.Cache{Next: client(t, z)}
		}},
		{"zone of its own text", func(_ testing.TB, z *resolver.Zone) resolver.Resolver { return resolver.MustZone(z.String()) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { resolvertest.TestResolver(t, tt.new) })
	}
}
