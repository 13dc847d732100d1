package txt_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/internal/txt"
	"github.com/mailworthy/mailworthy/resolver"
)

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		name, record string
		want         []int // lengths
	}{
		{"nothing", "", []int{0}},
		{"short", "v=spf1 -all", []int{11}},
		{"just fits", strings.Repeat("a", 255), []int{255}},
		{"one more", strings.Repeat("a", 256), []int{255, 1}},
		{"behind a blank", strings.Repeat("a", 249) + " " + strings.Repeat("b", 10), []int{250, 10}},
		{"not if that costs a string", strings.Repeat("a", 249) + " " + strings.Repeat("b", 258), []int{255, 253}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []int
			for _, s := range txt.Split(tt.record) {
				got = append(got, len(s))
			}
			require.Equal(t, tt.want, got)
			require.Equal(t, tt.record, strings.Join(txt.Split(tt.record), ""))
		})
	}
}

func TestLineIsReadAsItWas(t *testing.T) {
	record := `a"b\c ` + strings.Repeat("x", 300)
	a, ok := resolver.MustZone(txt.Line("x.test.", record)).Get(resolver.Q("x.test", resolver.TypeTXT))
	require.True(t, ok)
	require.Equal(t, record, a.TXT[0].String())
}
