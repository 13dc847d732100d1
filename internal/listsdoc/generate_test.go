package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dnsbl"
)

// TestComplete has every list, code and dead list in the document, and no broken row.
func TestComplete(t *testing.T) {
	text := string(generate())
	for _, l := range dnsbl.Catalogue() {
		require.Contains(t, text, "`"+l.Zone+"` | ")
		for _, c := range l.Codes {
			require.Contains(t, text, "| `"+l.Zone+"` | `"+c.Match+"` | ")
		}
	}
	for _, d := range dnsbl.DeadLists() {
		require.Contains(t, text, "| `"+d.Zone+"` | ")
	}
	columns := 0
	for line := range strings.Lines(text) {
		switch n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); {
		case n == 0:
			columns = 0
		case columns == 0:
			columns = n
		default:
			require.Equal(t, columns, n, line)
		}
	}
}

// TestCurrent is what `go generate` would change.
func TestCurrent(t *testing.T) {
	have, err := os.ReadFile("../../docs/blocklists.md")
	require.NoError(t, err)
	if string(generate()) != strings.ReplaceAll(string(have), "\r\n", "\n") {
		t.Error("docs/blocklists.md is out of date: run go generate")
	}
}
