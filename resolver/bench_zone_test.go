package resolver_test

import (
	"testing"

	"github.com/mailworthy/mailworthy/resolver"
)

func BenchmarkZone(b *testing.B) {
	z := resolver.MustZone(world)
	direct, alias := resolver.Q("mx.example.org", resolver.TypeA), resolver.Q("www.example.org", resolver.TypeA)
	b.Run("op=get", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			z.Get(direct)
		}
	})
	b.Run("op=get-alias", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			z.Get(alias)
		}
	})
	b.Run("op=lookup", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = z.Lookup(b.Context(), direct)
		}
	})
	b.Run("op=parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			resolver.MustZone(world)
		}
	})
}
