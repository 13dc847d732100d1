package dmarc_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

// answersOf returns the answers that a request needs.
func answersOf(b *testing.B, zone string, req dmarc.Request) resolver.Snapshot {
	b.Helper()
	z := resolver.MustZone(zone)
	known := resolver.Snapshot{}
	for {
		_, missing := dmarc.Evaluate(req, known)
		if len(missing) == 0 {
			return known
		}
		for _, q := range missing {
			known[q], _ = z.Get(q)
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	const record = "v=DMARC1; p=reject; rua=mailto:dmarc@example.org; adkim=r"
	for _, bb := range []struct {
		name, zone string
		req        dmarc.Request
		want       dmarc.Status
	}{
		{
			"case=own", "_dmarc.example.org TXT '" + record + "'",
			dmarc.Request{From: []string{"Example News <news@example.org>"}, SPF: spfPass("bounce.example.org"), DKIM: []dmarc.DKIMResult{pass("example.org")}},
			dmarc.Pass,
		},
		{
			"case=equal", "_dmarc.example.org TXT '" + record + "'",
			dmarc.Request{From: []string{"Example News <news@example.org>"}, SPF: spfPass("example.org"), DKIM: []dmarc.DKIMResult{pass("example.org")}},
			dmarc.Pass,
		},
		{
			"case=inherited", "_dmarc.example.org TXT '" + record + "'",
			dmarc.Request{From: []string{"Example News <news@a.b.example.org>"}, SPF: spfPass("bounce.example.org"), DKIM: []dmarc.DKIMResult{pass("example.org")}},
			dmarc.Pass,
		},
		{
			"case=fail", "_dmarc.example.org TXT '" + record + "'",
			dmarc.Request{From: []string{"Example News <news@example.org>"}, SPF: spfPass("vendor.example"), DKIM: []dmarc.DKIMResult{pass("vendor.example")}},
			dmarc.Fail,
		},
		{
			"case=none", "example.org A 192.0.2.1",
			dmarc.Request{From: []string{"Example News <news@example.org>"}, SPF: spfPass("example.org"), DKIM: []dmarc.DKIMResult{pass("example.org")}},
			dmarc.None,
		},
	} {
		b.Run(bb.name, func(b *testing.B) {
			known := answersOf(b, bb.zone, bb.req)
			res, _ := dmarc.Evaluate(bb.req, known)
			require.Equal(b, bb.want, res.Status)
			b.ReportAllocs()
			for b.Loop() {
				_, _ = dmarc.Evaluate(bb.req, known)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	const record = "v=DMARC1; p=reject; sp=quarantine; rua=mailto:dmarc@example.org,mailto:reports@example.net; ruf=mailto:dmarc@example.org; fo=1; adkim=r"
	b.ReportAllocs()
	for b.Loop() {
		_, _ = dmarc.Parse(record)
	}
}

func BenchmarkParseFrom(b *testing.B) {
	values := []string{`"Example, News" <news@example.org>`}
	b.ReportAllocs()
	for b.Loop() {
		_ = dmarc.ParseFrom(values)
	}
}
