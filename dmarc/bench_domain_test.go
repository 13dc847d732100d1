package dmarc_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

// BenchmarkEvaluateDomain judges domains of which all answers are there.
func BenchmarkEvaluateDomain(b *testing.B) {
	for _, bb := range []struct{ name, zone string }{
		{"record=good", reports},
		{"record=faulty", "v=DMARC1; p=reject; sp=none; pct=50; adkim=s; aspf=s; rua=mailto:d@r.test,mailto:d@s.test!10m"},
		{"record=none", ""},
	} {
		b.Run(bb.name, func(b *testing.B) {
			req := dmarc.DomainRequest{Domain: "example.org"}
			rec := resolver.Record(resolver.MustZone(zoneOf(bb.zone)))
			_, err := dmarc.Checker{Resolver: rec}.CheckDomainWith(b.Context(), req)
			require.NoError(b, err)
			answers := rec.Snapshot()
			b.ReportAllocs()
			for b.Loop() {
				if _, missing := dmarc.EvaluateDomain(req, answers); len(missing) > 0 {
					b.Fatal(missing)
				}
			}
		})
	}
}

func BenchmarkRollout(b *testing.B) {
	req := dmarc.RolloutRequest{Domain: "example.org", Record: "v=DMARC1; p=none; rua=mailto:d@example.org", Statistics: plenty}
	b.ReportAllocs()
	for b.Loop() {
		if step := dmarc.Rollout(req); step.Action != dmarc.Publish {
			b.Fatal(step)
		}
	}
}
