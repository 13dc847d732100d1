package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFail(t *testing.T) {
	zone := zoneFile(t, goodZone+`
		warned.example TXT "v=spf1 -all"
		lost.example TXT !servfail
		_dmarc.lost.example TXT !servfail
		lost.example MX 1 mx.good.example
	`)
	for _, tt := range []struct {
		args string
		want int
	}{
		{args: "", want: exitOK},
		{args: "-fail error", want: exitFindings},
		{args: "-fail warning", want: exitFindings},
		{args: "-fail error -zone ZONE -selector google good.example", want: exitOK},
		{args: "-fail warning -zone ZONE -selector google good.example", want: exitOK},
		{args: "-fail unknown -zone ZONE -selector google good.example", want: exitFindings},
		{args: "-zone ZONE lost.example", want: exitOK},
		{args: "-fail error -zone ZONE warned.example", want: exitFindings},
		{args: "-fail error -zone ZONE -selector google lost.example", want: exitFindings},
		{args: "-fail error -zone ZONE lost.example", want: exitOK},
		{args: "-fail error,unknown -zone ZONE lost.example", want: exitFindings},
		{args: "-fail nothing", want: exitUsage},
		{args: "-fail error -replay /nonexistent", want: exitUsage},
	} {
		t.Run(tt.args, func(t *testing.T) {
			code, out, errs := runAudit(t, strings.Fields(strings.ReplaceAll(tt.args, "ZONE", zone))...)
			require.Equal(t, tt.want, code, "%s%s", out, errs)
		})
	}
}

func TestBrokenArguments(t *testing.T) {
	code, _, errs := runAudit(t, "a\xff.example")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "UTF-8")

	for _, tt := range []struct{ arg, want string }{
		{arg: "joe@example.org", want: `Did you mean its domain, "example.org"?`},
		{arg: "https://example.org/x", want: `Did you mean its domain, "example.org"?`},
		{arg: "//example.org", want: `Did you mean its domain, "example.org"?`},
		{arg: "192.0.2.1", want: "-ip"},
		{arg: "[2001:db8::1]", want: "-ip"},
		{arg: "", want: "a domain is empty"},
	} {
		t.Run(tt.arg, func(t *testing.T) {
			code, out, errs := runAudit(t, "-zone", zoneFile(t, goodZone), tt.arg)
			require.Equal(t, exitUsage, code)
			require.Empty(t, out)
			require.Contains(t, errs, tt.want)
		})
	}
}

func TestNoDomain(t *testing.T) {
	_, out, _ := runAudit(t, "-zone", zoneFile(t, goodZone), "a..b")
	require.Contains(t, out, "none: no domain with a policy can have such a name")
	require.NotContains(t, out, "anybody can pretend")
}
