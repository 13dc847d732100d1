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
}
