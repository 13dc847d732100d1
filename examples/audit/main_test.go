package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/resolver/resolvertest"
	"github.com/mailworthy/mailworthy/spf"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func runAudit(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestStory(t *testing.T) {
	code, out, errs := runAudit(t)
	require.Zero(t, code)
	require.Empty(t, errs)
	require.Contains(t, out, "publishes more than one SPF record")
	require.Contains(t, out, `do:     Remove the blank: "redirect=nicmail.ru"`)
	for line := range strings.Lines(out) {
		require.Less(t, strings.Count(line, ""), 121, "a line too long to read: %s", line)
	}
}

func TestJSON(t *testing.T) {
	code, out, errs := runAudit(t, "-json")
	require.Zero(t, code)
	require.Empty(t, errs)
	var reports []report
	require.NoError(t, json.Unmarshal([]byte(out), &reports))
	require.Len(t, reports, 1)
	require.Equal(t, storyDomain, reports[0].Domain)
	spfSection := reports[0].Sections[0]
	require.Equal(t, "SPF", spfSection.Check)
	require.True(t, spfSection.Findings.Has(spf.CodeMultipleRecords))
	require.True(t, spfSection.Findings.Has(spf.CodeSyntax))
	require.NotContains(t, out, "null")
}

const goodZone = `
	good.example TXT "v=spf1 mx -all"
	good.example MX 10 mx.good.example
	mx.good.example A 192.0.2.1
	mx.good.example AAAA 2001:db8::1
`

func TestZoneFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "good.zone")
	require.NoError(t, os.WriteFile(file, []byte(goodZone), 0o600))
	code, out, _ := runAudit(t, "-zone", file, "good.example")
	require.Zero(t, code)
	require.Contains(t, out, "good.example: nothing wrong")
	require.Contains(t, out, "2001:db8::1")

	code, out, _ = runAudit(t, "-zone", file, "-ip", "198.51.100.1", "good.example")
	require.Zero(t, code)
	require.Contains(t, out, "[spf.fail]")
	require.Contains(t, out, `"v=spf1 mx ip4:198.51.100.1 -all"`)
}

// TestNotChecked has domains whose senders nobody knows. They are not in order.
func TestNotChecked(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bad.zone")
	require.NoError(t, os.WriteFile(file, []byte("broken.example MX !servfail\nnomx.example TXT 'v=spf1 foo'"), 0o600))
	for _, domain := range []string{"broken.example", "nomx.example", "a\x1b[31m..b"} {
		code, out, _ := runAudit(t, "-zone", file, domain)
		require.Zero(t, code)
		require.Contains(t, out, ": not checked\n")
		require.Contains(t, out, "WARNING")
		require.NotContains(t, out, "\x1b")
	}
}

func TestRealServer(t *testing.T) {
	server := resolvertest.Serve(t, resolver.MustZone(goodZone))
	code, out, errs := runAudit(t, "-resolver", server.Addr, "good.example")
	require.Zero(t, code, errs)
	require.Contains(t, out, "good.example: nothing wrong")
}

func TestArguments(t *testing.T) {
	for _, tc := range []struct {
		name string
		args []string
		code int
		errs string
	}{
		{"help", []string{"-h"}, 0, "usage: audit"},
		{"unknown flag", []string{"-frobnicate"}, 2, "frobnicate"},
		{"bad address", []string{"-ip", "1.2.3", "a.example"}, 2, "-ip"},
		{"no such file", []string{"-zone", "/nonexistent", "a.example"}, 2, "nonexistent"},
		{"two sources", []string{"-zone", "x", "-resolver", "y", "a.example"}, 2, "exclude"},
		{"zone without a domain", []string{"-resolver", "127.0.0.1"}, 2, "which domain"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, out, errs := runAudit(t, tc.args...)
			require.Equal(t, tc.code, code)
			require.Empty(t, out)
			require.Contains(t, errs, tc.errs)
		})
	}
}

func TestEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	require.Equal(t, 1, run(ctx, nil, &out, &errs))
	require.Contains(t, errs.String(), "canceled")
}
