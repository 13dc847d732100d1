package report_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc/report"
)

func BenchmarkParse(b *testing.B) {
	for _, rows := range []int{1, 10_000} {
		in, err := io.ReadAll(&endless{rows: rows})
		require.NoError(b, err)
		b.Run(map[int]string{1: "rows=1", 10_000: "rows=10000"}[rows], func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(in)))
			for b.Loop() {
				n := 0
				for rep, err := range report.Parse(bytes.NewReader(in), report.Options{}) {
					require.NoError(b, err)
					for _, err := range rep.Rows() {
						if err != nil {
							b.Fatal(err)
						}
						n++
					}
				}
				if n != rows {
					b.Fatal(n)
				}
			}
		})
	}
}
