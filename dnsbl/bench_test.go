package dnsbl_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
)

func BenchmarkEvaluate(b *testing.B) {
	lists, text := sixty()
	for _, bench := range []struct {
		name, zone string
		health     bool
	}{
		{name: "outcome=clean/health=known", zone: text, health: true},
		{name: "outcome=clean/health=asked", zone: text},
		{name: "outcome=listed/health=known", zone: text + "44.33.22.11.l7.test A 127.0.0.2\n44.33.22.11.l7.test TXT 'spam'", health: true},
	} {
		b.Run(bench.name, func(b *testing.B) {
			zone := resolver.MustZone(bench.zone)
			rec := resolver.Record(zone)
			req := dnsbl.Request{Target: victim, Lists: lists}
			if bench.health {
				h, _ := dnsbl.EvaluateHealth(dnsbl.HealthRequest{Lists: lists}, zone)
				req.Health = h.Lists
			}
			_, err := dnsbl.Checker{Resolver: rec}.Check(b.Context(), req)
			require.NoError(b, err)
			known := rec.Snapshot()
			b.ReportAllocs()
			for b.Loop() {
				if _, missing := dnsbl.Evaluate(req, known); len(missing) > 0 {
					b.Fatal(missing)
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, l := range dnsbl.Default() {
		if l.Zone == "multi.surbl.org" || l.Zone == "dnsbl.dronebl.org" {
			b.Run("list="+l.Zone, func(b *testing.B) {
				code := example127(80)
				b.ReportAllocs()
				for b.Loop() {
					_ = l.Decode(code)
				}
			})
		}
	}
}
