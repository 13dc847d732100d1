package dmarc

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
)

// TestPlainFrom: what is read without the parser is what the parser reads.
func TestPlainFrom(t *testing.T) {
	for _, tt := range []struct{ value, want string }{
		{"a@example.org", "example.org"},
		{" Example News <news@Example.org>", "example.org"},
		{`"News, daily (free)" <a.b@example.org>`, "example.org"},
		{"=?utf-8?q?News?= <a@example.org>", "example.org"},
		{"<a@example.org>", "example.org"},
		{"", ""},
		{">", ""},
		{"a@b@example.org", ""},
		{"a.@example.org", ""},
		{"a@example.org.", ""},
		{"=?utf-8?q?a?=@example.org", ""},
		{`"a" b" <a@example.org>`, ""},
		{`"a\" <a@example.org>`, ""},
		{"a@example.com <a@example.org>", ""},
		{"a@example.com, b <a@example.org>", ""},
		{"a <b <a@example.org>", ""},
		{"a@[192.0.2.1]", ""},
	} {
		require.Equal(t, tt.want, plainFrom(tt.value), "%q", tt.value)
	}
	pieces := strings.Split(` |a|b.c|@|@example.org|<|>|<a@example.org>|"|"a b"|.|,|;|:|(|)|\|=?|?=|é|[|]|	|`+"\r\n |\x00|xn--a|.org", "|")
	rnd := rand.New(rand.NewPCG(1, 2))
	plain := 0
	for range 200_000 {
		var b strings.Builder
		for range 1 + rnd.IntN(6) {
			b.WriteString(pieces[rnd.IntN(len(pieces))])
		}
		if domain := plainFrom(b.String()); domain != "" {
			plain++
			require.Equal(t, From{[]string{domain}, 1, mailworthy.Findings{}}, parseFrom([]string{b.String()}), "%q", b.String())
		}
	}
	require.Greater(t, plain, 1000)
}
