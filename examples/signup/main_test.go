package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/resolver/resolvertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write what the story prints to testdata")

func runSignup(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	return code, out.String(), errs.String()
}

// runStory runs the program on the embedded zone, where the only time that passes is that
// of the story.
func runStory(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		code, out, errs := runSignup(t, args...)
		require.Zero(t, code)
		require.Empty(t, errs)
		stdout = out
	})
	return stdout
}

// TestStory compares the table with what somebody has read. After a change, run it with
// -update, and read it again.
func TestStory(t *testing.T) {
	out := runStory(t)
	file := filepath.Join("testdata", "story.txt")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(out), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, strings.ReplaceAll(string(want), "\r\n", "\n"), out)
}

// TestRealServer asks a DNS server over the network.
func TestRealServer(t *testing.T) {
	dns := resolvertest.Serve(t, resolver.MustZone(story))
	for address, want := range map[string]string{
		"anna@shop.example":               "accept    ok",
		"anna@nomail.example":             "reject    null-mx",
		"anna\x1b[31m@\u202eshop.example": "reject    syntax",
	} {
		code, out, errs := runSignup(t, "-timeout", "1m", "-resolver", dns.Addr, address)
		require.Zero(t, code, errs)
		require.Contains(t, out, want)
		require.NotContains(t, out, "\x1b")
		require.NotContains(t, out, "\u202e")
	}
}

func TestArguments(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		code int
		errs string
	}{
		{name: "help", args: []string{"-h"}, code: 0, errs: "usage: signup"},
		{name: "unknown flag", args: []string{"-frobnicate"}, code: 2, errs: "frobnicate"},
		{name: "no checks", args: []string{"-checks", "0"}, code: 2, errs: "positive"},
		{name: "no time", args: []string{"-timeout", "0s"}, code: 2, errs: "positive"},
		{name: "both", args: []string{"-listen", "127.0.0.1:0", "a@example.org"}, code: 2, errs: "over HTTP alone"},
		{name: "unknown list", args: []string{"-lists", "nobody.example"}, code: 2, errs: "nobody.example"},
		{name: "dead list", args: []string{"-lists", "dnsbl.sorbs.net"}, code: 2, errs: "dnsbl.sorbs.net"},
		{name: "list with a key", args: []string{"-lists", "dblack.mail.abusix.zone"}, code: 2, errs: "does not answer everybody"},
		{name: "list of addresses", args: []string{"-lists", "bl.spamcop.net"}, code: 2, errs: "does not answer everybody about domains"},
		{name: "server by name", args: []string{"-resolver", "dns.example", "a@example.org"}, code: 2, errs: `"dns.example" is not an IP address`},
		{name: "server alone", args: []string{"-resolver", "127.0.0.1"}, code: 2, errs: "which address"},
		{name: "no such port", args: []string{"-listen", "127.0.0.1:99999"}, code: 1, errs: "99999"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := runSignup(t, tt.args...)
			require.Equal(t, tt.code, code, errs)
			require.Contains(t, errs, tt.errs)
			require.Empty(t, out)
		})
	}
}

func TestLists(t *testing.T) {
	// Without the list that has it, a domain is like any other.
	out := runStory(t, "-lists", "none")
	require.Regexp(t, `anna@spam\.example +accept`, out)
	out = runStory(t, "-lists", "dbl.spamhaus.org")
	require.Regexp(t, `anna@spam\.example +reject +listed`, out)
	require.Regexp(t, `anna@unlisted\.example +accept`, out)
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	require.Equal(t, 1, run(ctx, nil, &out, &errs))
	require.Contains(t, errs.String(), "canceled")
	require.Empty(t, out.String())
}

// TestListen runs the program as a server, from its start to the signal.
func TestListen(t *testing.T) {
	dns := resolvertest.Serve(t, resolver.MustZone(story))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, w := io.Pipe()
	var errs bytes.Buffer
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"-listen", "127.0.0.1:0", "-timeout", "1m", "-resolver", dns.Addr}, w, &errs)
	}()
	line, err := bufio.NewReader(r).ReadString('\n')
	require.NoError(t, err)
	url := strings.TrimSpace(strings.TrimPrefix(line, "listening on "))

	require.Equal(t, answer{200, `{"decision":"accept"}`}, post(t, url, form, "email=anna%40shop.example"))
	require.Equal(t, answer{422, `{"decision":"reject","field":"email","message":"This domain takes no mail."}`},
		post(t, url, form, "email=anna%40nomail.example"))
	cancel()
	require.Zero(t, <-done)
	require.Contains(t, errs.String(), "decision=accept reason=ok ms=")
	require.NotContains(t, errs.String(), "anna")
	require.NotContains(t, errs.String(), "shop.example")
}

// TestShutdown has a request under way when the server is told to stop. It is answered,
// and nobody else is let in.
func TestShutdown(t *testing.T) {
	gate := newGate()
	v := newValidator(gate, noLists, time.Minute, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- listenAndServe(ctx, "127.0.0.1:0", v, slog.New(slog.DiscardHandler), w) }()
	line, err := bufio.NewReader(r).ReadString('\n')
	require.NoError(t, err)
	url := strings.TrimSpace(strings.TrimPrefix(line, "listening on "))

	got := make(chan answer, 1)
	go func() { got <- post(t, url, form, "email=anna%40shop.example") }()
	<-gate.asked
	cancel()
	host := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/address")
	require.Eventually(t, func() bool {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", host)
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	}, 10*time.Second, time.Millisecond)
	close(gate.open)
	require.Equal(t, answer{http.StatusOK, `{"decision":"accept"}`}, <-got)
	require.NoError(t, <-done)
}
