package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
)

func TestIsTerminal(t *testing.T) {
	require.False(t, isTerminal(new(bytes.Buffer)))
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	defer file.Close()
	require.False(t, isTerminal(file))
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()
	require.False(t, isTerminal(w))
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer device.Close()
	require.True(t, isTerminal(device), "a device for characters")
}

func TestColumns(t *testing.T) {
	for text, want := range map[string]int{"": 88, "x": 88, "-1": 88, "0": 88, "10": 70, "80": 80, "100": 100, "9999": 120} {
		require.Equal(t, want, columns(text), text)
	}
	for _, args := range [][]string{nil, {"-zone", zoneFile(t, hostileZone), "evil.example"}} {
		for _, width := range []int{70, 120} {
			opts, err := parse(args, new(bytes.Buffer))
			require.NoError(t, err)
			opts.width = width
			var out bytes.Buffer
			require.Zero(t, carryOut(t.Context(), opts, &out, new(bytes.Buffer)))
			over := 0
			for line := range strings.Lines(out.String()) {
				if utf8.RuneCountInString(line) > width+1 && !strings.Contains(line, `"v=`) {
					over++
				}
			}
			require.LessOrEqual(t, over, 12, "but for words that are longer: %d of %d columns", over, width)
		}
	}
}

// TestColoured puts colour on the words of the program, and on nothing that DNS has.
func TestColoured(t *testing.T) {
	opts, err := parse([]string{"-zone", zoneFile(t, hostileZone), "evil.example"}, new(bytes.Buffer))
	require.NoError(t, err)
	var plainText, colouredText bytes.Buffer
	require.Zero(t, carryOut(t.Context(), opts, &plainText, new(bytes.Buffer)))
	requirePrintable(t, plainText.String())
	opts.colour = true
	require.Zero(t, carryOut(t.Context(), opts, &colouredText, new(bytes.Buffer)))
	require.Contains(t, colouredText.String(), "\nSPF         \x1b[1;31mERROR\x1b[0m   permerror")
	require.Contains(t, colouredText.String(), "\n   1.  \x1b[1;31merror:\x1b[0m ")
	require.Contains(t, colouredText.String(), "\nBlock lists \x1b[1;35mUNKNOWN\x1b[0m ")
	codes := regexp.MustCompile(`\x1b\[(1;3[0-9]|0)m`)
	require.Equal(t, plainText.String(), codes.ReplaceAllString(colouredText.String(), ""))
	const others = "       ERROR x\nx.example: 1 error\n       1.  error: x\n"
	require.Equal(t, others, coloured(others))
	require.Equal(t, "  100.  \x1b[1;33mwarning:\x1b[0m x", coloured("  100.  warning: x"))
}

// screen is a terminal that remembers what it was sent.
type screen struct {
	mu sync.Mutex
	bytes.Buffer
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Buffer.Write(b)
}

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zone := resolver.MustZone("a.example TXT 'v=spf1 -all'\na.example TXT !delay=3s\na.example MX 0 .")
		opts, err := parse([]string{"-selector", "s", "-ip", "192.0.2.1", "\u202ea.example"}, new(bytes.Buffer))
		require.NoError(t, err)
		opts.see = &sight{ledger: newLedger(zone)}
		opts.zone = true
		opts.subjects[0].Domain = "a.example"
		var tty screen
		opts.progress = show(&tty, opts.see.ledger)
		_, err = audits(t.Context(), &opts)
		require.NoError(t, err)
		opts.progress.stop()
		text := tty.String()
		require.Regexp(t, `\ra\.example: \d+ of \d+ questions answered; SPF, DMARC\x1b\[K`, text)
		require.True(t, strings.HasSuffix(text, "\r\x1b[K"), "the line is gone in the end")
		require.NotContains(t, text, "\n")
		require.GreaterOrEqual(t, strings.Count(text, "\r"), 10)
	})
	var quiet *progress
	quiet.start("x", "y")
	quiet.end("y")
	quiet.stop()
}

func TestProgressLine(t *testing.T) {
	p := &progress{ledger: newLedger(resolver.MustZone(""))}
	p.start("\x1b[2J"+strings.Repeat("x", 500), "SPF")
	requirePrintable(t, p.line())
	require.LessOrEqual(t, len(p.line()), 79)
}

// TestDNSLimit has DNS answer too late: it has timed out for all, and the audit has not.
func TestDNSLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zone := resolver.MustZone("a.example TXT 'v=spf1 include:b.example -all'\nb.example TXT !delay=50s\nb.example A 192.0.2.1")
		opts, err := parse([]string{"-selector", "s", "-ip", "192.0.2.1", "a.example"}, new(bytes.Buffer))
		require.NoError(t, err)
		opts.see, opts.zone = &sight{ledger: newLedger(zone)}, true
		start := time.Now()
		reports, err := audits(t.Context(), &opts)
		require.NoError(t, err)
		require.Equal(t, dnsLimit, time.Since(start))
		require.Equal(t, partly, reports[0].Sections[0].Unknown)
		require.Equal(t, resolver.Timeout, opts.see.snapshot()[resolver.Q("b.example", resolver.TypeTXT)].Status)
	})
}
