package dkim_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

func BenchmarkParse(b *testing.B) {
	for name, text := range map[string]string{
		"key=rsa2048": "v=DKIM1; k=rsa; p=" + goodP(b),
		"key=ed25519": "v=DKIM1; k=ed25519; p=" + ed25519P,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := dkim.Parse(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEvaluateSelectors is the judgement of the whole catalogue when all
// answers are there.
func BenchmarkEvaluateSelectors(b *testing.B) {
	view := make(resolver.Snapshot)
	req := dkim.SelectorsRequest{Domain: "example.org"}
	_, questions := dkim.EvaluateSelectors(req, view)
	for _, q := range questions {
		view[q] = resolver.Answer{Status: resolver.NXDomain}
	}
	view[resolver.Q("google._domainkey.example.org", resolver.TypeTXT)] = resolver.Answer{
		Status: resolver.Success, TXT: []resolver.Text{dkim.Split("v=DKIM1; k=rsa; p=" + goodP(b))},
	}
	b.ReportAllocs()
	for b.Loop() {
		rep, _ := dkim.EvaluateSelectors(req, view)
		require.Equal(b, dkim.KeyFound, rep.Status)
	}
}
