package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func runPreflight(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	return code, out.String(), errs.String()
}

// file writes a file for the test.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// TestStory compares the whole output with what somebody has read and liked. After a
// change, run the test with -update, and read it again.
func TestStory(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
	}{
		{name: "story.txt"},
		{name: "small.txt", args: []string{"-class", "small", "-to", "gmail,mail.ru,example.net", "-vouch", "tls,spam-rate"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := runPreflight(t, tt.args...)
			require.Equal(t, 1, code)
			require.Empty(t, errs)
			path := filepath.Join("testdata", tt.name)
			if *update {
				require.NoError(t, os.WriteFile(path, []byte(out), 0o600))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, strings.ReplaceAll(string(want), "\r\n", "\n"), out)
			for line := range strings.Lines(out) {
				require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), width, line)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	code, out, errs := runPreflight(t, "-json")
	require.Equal(t, 1, code)
	require.Empty(t, errs)
	require.NotContains(t, out, "null")
	var rep report
	dec := json.NewDecoder(strings.NewReader(out))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&rep))
	require.Equal(t, notReady, rep.Verdict)
	require.Equal(t, "shop.example", rep.Campaign.Domain)
	require.Equal(t, receiverReport{
		Name: "Microsoft", Verdict: notReady, Failed: []string{"spf"}, Unknown: []string{"not-listed"}, Vouched: []string{"opt-in"},
		Advised: []string{}, Known: true,
	}, rep.Receivers[2])
	var again bytes.Buffer
	require.NoError(t, write(&again, rep, true))
	require.JSONEq(t, out, again.String())
}

// TestExit takes files and flags, as in production.
func TestExit(t *testing.T) {
	zone, message := file(t, "zone", goodZone(t)), file(t, "sample.eml", goodMessage(t))
	common := []string{"-zone", zone, "-message", message, "-ip", "mta1.shop.example=192.88.99.1,mta2.shop.example=192.88.99.2"}
	broken := file(t, "broken", goodZone(t)+"\n_dmarc.shop.example !servfail\n")
	for _, tt := range []struct {
		name    string
		args    []string
		code    int
		verdict string // in the output, or in the error
	}{
		{name: "all checked or vouched for", args: append(common, "-vouch", vouchAll), code: 0, verdict: ": ready"},
		{name: "nobody vouches", args: common, code: 3, verdict: ": not known"},
		{name: "transactional mail needs no word on unsubscribing", args: append(common, "-vouch", "spam-rate", "-class", "transactional"), code: 0, verdict: ": ready"},
		{name: "a receiver by a domain", args: append(common, "-vouch", "opt-in", "-to", "Outlook.com"), code: 0, verdict: ": ready"},
		{name: "a domain whose rules are not known", args: append(common, "-vouch", vouchAll, "-to", "example.net"), code: 3, verdict: "its rules are not known"},
		{name: "DNS is broken", args: append(common, "-zone", broken, "-vouch", vouchAll), code: 3, verdict: ": not known"},
		{name: "without a message", args: []string{"-zone", zone, "-from", "news@shop.example", "-ip", "192.88.99.1", "-return-path", "x@mail.shop.example", "-vouch", vouchAll}, code: 3, verdict: "needs a message"},
		{name: "without a return path", args: []string{"-zone", zone, "-from", "shop.example", "-ip", "192.88.99.1"}, code: 3, verdict: "needs the return path"},
		{name: "without addresses", args: []string{"-zone", zone, "-message", message, "-vouch", vouchAll}, code: 3, verdict: "needs the sending addresses"},
		{name: "a null return path", args: append(common, "-return-path", "<>", "-to", "gmail"), code: 1, verdict: "none for mta1.shop.example"},
		{name: "another domain than that of the message", args: append(common, "-from", "other.example"), code: 2, verdict: "the message is from"},
		{name: "the same domain, in capitals", args: append(common, "-from", "News@SHOP.example.", "-vouch", vouchAll), code: 0, verdict: ": ready"},
		{name: "no domain", args: []string{"-zone", zone}, code: 2, verdict: "which domain"},
		{name: "no address", args: []string{"-from", "x.example", "-ip", "localhost"}, code: 2, verdict: "-ip:"},
		{name: "no such rule to vouch for", args: []string{"-vouch", "spf"}, code: 2, verdict: "-vouch:"},
		{name: "no such class", args: []string{"-class", "spam"}, code: 2, verdict: "is none of"},
		{name: "no flag", args: []string{"shop.example"}, code: 2, verdict: "All arguments are flags"},
		{name: "no file", args: []string{"-message", filepath.Join(t.TempDir(), "none")}, code: 2, verdict: "none"},
		{name: "no zone file", args: []string{"-zone", message, "-from", "x.example"}, code: 2, verdict: "preflight:"},
		{name: "two worlds", args: []string{"-zone", zone, "-resolver", "127.0.0.1"}, code: 2, verdict: "exclude each other"},
		{name: "server by name", args: []string{"-resolver", "dns.example", "-from", "x.example"}, code: 2, verdict: `"dns.example" is not an IP address`},
		{name: "help", args: []string{"-h"}, code: 0, verdict: "-vouch"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := runPreflight(t, tt.args...)
			require.Equal(t, tt.code, code, "%s%s", out, errs)
			require.Contains(t, out+errs, tt.verdict)
		})
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestNoRoomForTheReport(t *testing.T) {
	var errs bytes.Buffer
	require.Equal(t, 1, run(t.Context(), nil, full{}, &errs))
	require.Equal(t, "preflight: disk full\n", errs.String())
}

func TestNoRules(t *testing.T) {
	code, out, _ := runPreflight(t, "-to", "example.net")
	require.Equal(t, 3, code)
	require.True(t, strings.HasSuffix(out, "its rules are not known here\n"), out)
}

// requirePrintable fails when a text holds anything that a terminal might obey.
func requirePrintable(t *testing.T, text string) {
	t.Helper()
	require.True(t, utf8.ValidString(text))
	for i, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			require.Fail(t, "unprintable", "%q at %d of %q", r, i, text)
		}
	}
}

// TestHostileWorld has what strangers put into DNS and messages to reach a terminal.
func TestHostileWorld(t *testing.T) {
	zone := file(t, "zone", `
		shop.example TXT "v=spf1 include:\027[2Jx.example \194\1552J \226\128\174rtl -all"
		shop.example MX 10 \027[31m.example
		_dmarc.shop.example TXT "v=DMARC1; p=\027[2J; rua=mailto:\027]0;title\007@x.example"
		s1._domainkey.shop.example TXT "v=DKIM1; k=\027[2J; n=\007; p=QUJD"
		1.99.88.192.in-addr.arpa PTR \027[2J.example
		1.99.88.192.zen.spamhaus.org TXT "\027[2J"
		1.99.88.192.zen.spamhaus.org A 127.0.0.2
		2.0.0.127.zen.spamhaus.org A 127.0.0.2
	`)
	message := file(t, "evil.eml", "Received: \x1b[2J from x ([192.88.99.1])\x9b with \x1b]0;title\x07\r\nFrom: \x1b[2J\u202e <a@shop.example>\r\n"+
		"DKIM-Signature: v=1; d=\x1b[2J.example; s=\x07; a=rsa-sha256; h=from:\x1b; bh=AA==; b=AA==\r\n"+
		"List-Unsubscribe: <https://\x1b[2J.example/>\r\nList-Unsubscribe-Post: \x07\r\nContent-Type: \x1b[2J\r\nDate: \x9b\r\n\x1b[2J: x\r\n\r\n\x1b[2J\r")
	for _, format := range []string{"-json", "-json=false"} {
		code, out, errs := runPreflight(t, format, "-zone", zone, "-message", message, "-ip", "\x1b[2J=192.88.99.1", "-selector", "s1,\x1b[2J@\u202e.example",
			"-return-path", "\x1b[2J@shop.example", "-to", "gmail,yahoo,\x1b[2J\U000E0001")
		require.Equal(t, 1, code)
		requirePrintable(t, out)
		requirePrintable(t, errs)
		if format == "-json" {
			require.True(t, json.Valid([]byte(out)))
		}
	}
	_, _, errs := runPreflight(t, "-class", "\x1b[2J")
	requirePrintable(t, strings.ReplaceAll(errs, "\t", ""))
}
