package psl_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/internal/psl"
)

func TestOrganizational(t *testing.T) {
	for _, tt := range []struct{ name, domain, want, suffix string }{
		{"one above", "news.example.org", "example.org", "org"},
		{"itself", "example.org", "example.org", "org"},
		{"two labels", "a.b.example.co.uk", "example.co.uk", "co.uk"},
		{"suffix", "co.uk", "co.uk", "co.uk"},
		{"top level", "org", "org", "org"},
		{"not listed", "a.example.internal-net", "example.internal-net", "internal-net"},
		{"wildcard rule", "a.b.c.ck", "b.c.ck", "c.ck"},
		{"exception rule", "a.www.ck", "www.ck", "ck"},
		{"private section", "a.user.github.io", "user.github.io", "github.io"},
		{"a-label", "www.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn", "xn--55qx5d.cn"},
		{"root", "", "", ""},
		{"dot inside a label", `x\.co.uk`, `x\.co.uk`, "uk"},
		{"dot inside the name below", `x\.a.example.org`, "example.org", "org"},
		{"deep", strings.Repeat("a.", 120) + "example.org", "example.org", "org"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, psl.Organizational(tt.domain))
			require.Equal(t, tt.suffix, psl.Suffix(tt.domain))
		})
	}
}
