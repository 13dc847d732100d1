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

// TestPlainURI: what is read without parseURI is what parseURI reads.
func TestPlainURI(t *testing.T) {
	for _, tt := range []struct {
		text  string
		plain bool
	}{
		{"mailto:dmarc@example.org", true},
		{"mailto:dmarc.reports-1_a@a.b-c.example.org", true},
		{"mailto:dmarc@EXAMPLE.org", false},
		{"mailto:dmarc@example.org.", false},
		{"mailto:dmarc@b\u00fccher.example", false},
		{"mailto:dmarc@\uff45xample.\u00fcb", false},
		{"mailto:dmarc@example.org!10m", false},
		{"MAILTO:dmarc@example.org", false},
		{"mailto:@example.org", false},
		{"mailto:dmarc", false},
		{"mailto:a@b@example.org", false},
		{"mailto:a%40b@example.org", false},
		{"mailto:dmarc@example.org?subject=a", false},
		{"mailto:dmarc@[192.0.2.1]", false},
		{"https://example.org", false},
		{"", false},
	} {
		_, plain := plainURI(tt.text)
		require.Equal(t, tt.plain, plain, "%q", tt.text)
	}
	pieces := strings.Split("mailto:|mailto:|mailto:dmarc@|example|.org|.|a|B|@|@|-|_|%40|!10m|!|?|#|+|/|[|]|\\|é|\uff45|\x00| |https:", "|")
	rnd := rand.New(rand.NewPCG(1, 2))
	read := 0
	for range 200_000 {
		var b strings.Builder
		b.WriteString([]string{"", "mailto:", "mailto:a@b.c"}[rnd.IntN(3)])
		for range rnd.IntN(5) {
			b.WriteString(pieces[rnd.IntN(len(pieces))])
		}
		if u, plain := plainURI(b.String()); plain {
			read++
			same, reason, _ := parseURI(b.String())
			require.Empty(t, reason, "%q", b.String())
			require.Equal(t, same, u, "%q", b.String())
		}
	}
	require.Greater(t, read, 1000)
}
