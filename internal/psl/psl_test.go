package psl_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/internal/psl"
)

func TestOrganizational(t *testing.T) {
	for domain, want := range map[string]string{
		"example.org":             "example.org",
		"mail.eu.example.org":     "example.org",
		"shop.example.co.uk":      "example.co.uk",
		"a.b.blogspot.com":        "b.blogspot.com",
		"www.xn--85x722f.com.cn":  "xn--85x722f.com.cn",
		"host.unknown-suffix":     "host.unknown-suffix",
		"a.host.unknown-suffix":   "host.unknown-suffix",
		"co.uk":                   "",
		"org":                     "",
		"":                        "",
		"www.city.kawasaki.jp":    "city.kawasaki.jp",
		"www.example.kawasaki.jp": "www.example.kawasaki.jp",
	} {
		t.Run(domain, func(t *testing.T) { require.Equal(t, want, psl.Organizational(domain)) })
	}
}
