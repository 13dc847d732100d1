package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/resolver/resolvertest"
)

// requireReplay saves what a run sees, and comes to the same by that alone.
func requireReplay(t *testing.T, args ...string) (saved string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "seen.json")
	for _, format := range []string{"-json", "-json=false"} {
		code, want, errs := runAudit(t, append([]string{format, "-save", file}, args...)...)
		require.Zero(t, code, errs)
		requireReplayed(t, file, format, want)
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	requirePrintable(t, string(text))
	return string(text)
}

func requireReplayed(t *testing.T, file, format, want string) {
	t.Helper()
	code, got, errs := runAudit(t, format, "-replay", file)
	require.Zero(t, code, errs)
	require.Empty(t, errs)
	require.Equal(t, want, got)
}

func TestReplay(t *testing.T) {
	hostile := zoneFile(t, hostileZone)
	zone := zoneFile(t, goodZone+`
		lost.example TXT !servfail
		lost.example MX !timeout
		late.example TXT "v=spf1 a exists:%{t}.late.example -all"
		late.example A !refused times=1
		late.example MX 1 mx.good.example
	`)
	mail := messageFile(t, signed(t, "<a@good.example>", "d=good.example; s=google; ", "Hello\r\n"))
	for name, args := range map[string][]string{
		"story":             nil,
		"story with more":   {"-ip", "x=192.0.2.1", "-vendor", "zendesk", "-selector", "s1,s2", "-helo", "localhost"},
		"a message":         {"-zone", "story.zone", "-message", "testdata/signed.eml", "-ip", "192.0.2.1"},
		"a message and all": {"-zone", zone, "-message", mail, "-reports", "testdata/reports", "good.example", "lost.example"},
		"good":              {"-zone", zone, "good.example"},
		"twice the same":    {"-zone", zone, "good.example", "GOOD.example.", "good.example"},
		"lost":              {"-zone", zone, "-helo", "mx.lost.example", "lost.example"},
		"once only":         {"-zone", zone, "-ip", "192.0.2.1", "late.example"},
		"nothing there":     {"-zone", zone, "nowhere.example"},
		"hostile":           {"-zone", hostile, "evil.example", "quote.example", "loop.example", "\x1b[2J.example", "\u202e.example", "a..b", "x", "a b.example"},
	} {
		t.Run(name, func(t *testing.T) { requireReplay(t, args...) })
	}
}

// TestReplayFaults has zones in which questions fail at random, some of them only at first.
func TestReplayFaults(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // The same faults each time.
	text, err := os.ReadFile("story.zone")
	require.NoError(t, err)
	statuses := []string{"servfail", "refused", "timeout", "failed", "garbage"}
	names := strings.Fields("shop.example agency.example _dmarc.shop.example _dmarc.agency.example *.example *.spamhaus.org *.uribl.com *._domainkey.agency.example aspmx.l.google.com mx01.nicmail.ru *.in-addr.arpa * *.google.com")
	for i := range 12 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			zone := string(text)
			for range 1 + rng.IntN(5) {
				zone += fmt.Sprintf("\n%s %s !%s times=%d after=%d", names[rng.IntN(len(names))], []string{"", "A", "TXT", "MX"}[rng.IntN(4)],
					statuses[rng.IntN(len(statuses))], rng.IntN(3), rng.IntN(3))
			}
			requireReplay(t, "-zone", zoneFile(t, zone), "-helo", "mx.shop.example", "shop.example", "agency.example")
		})
	}
}

// TestReplayServer asks a real server, fetches a policy, and talks to a host.
func TestReplayServer(t *testing.T) {
	zone := resolver.MustZone(`
		sts.test          MX  10 mx.sts.test
		sts.test          MX  20 inside.test
		mx.sts.test       A   127.0.0.1
		inside.test       A   169.254.169.254
		_mta-sts.sts.test TXT "v=STSv1; id=1"
		mta-sts.sts.test  A   169.254.169.254
		slow.test         TXT !servfail
	`)
	server := resolvertest.Serve(t, zone)
	port := mailHost(t)
	file := filepath.Join(t.TempDir(), "seen.json")
	opts, err := parse([]string{"-json", "-probe", "probe.test", "-save", file, "-resolver", server.Addr, "sts.test", "slow.test"}, io.Discard)
	require.NoError(t, err)
	opts.prober.Port, opts.prober.Allow = port, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	var out, errs bytes.Buffer
	require.Zero(t, carryOut(t.Context(), opts, &out, &errs), errs.String())
	require.Contains(t, out.String(), "mx.sts.test ESMTP")
	require.Contains(t, out.String(), "smtpprobe.sts-no-host")

	asked := len(zone.Queries())
	requireReplayed(t, file, "-json", out.String())
	require.Len(t, zone.Queries(), asked, "nobody is asked again")
}

// mailHost serves SMTP on loopback to all who come, and returns its port.
func mailHost(t *testing.T) uint16 {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
			_, _ = io.WriteString(conn, "220 mx.sts.test ESMTP\r\n")
			b := make([]byte, 512)
			for {
				n, err := conn.Read(b)
				if err != nil {
					break
				}
				if strings.HasPrefix(string(b[:n]), "QUIT") {
					_, _ = io.WriteString(conn, "221 bye\r\n")
					break
				}
				_, _ = io.WriteString(conn, "250 mx.sts.test\r\n")
			}
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	addr, err := netip.ParseAddrPort(l.Addr().String())
	require.NoError(t, err)
	return addr.Port()
}

// TestSaved looks at what is in the file, and what is not.
func TestSaved(t *testing.T) {
	mail := messageFile(t, signed(t, "<a@good.example>", "d=good.example; s=google; ", "The body is secret.\r\n"))
	text := requireReplay(t, "-zone", zoneFile(t, goodZone), "-message", mail, "good.example")
	require.NotContains(t, text, "secret")
	var o observations
	require.NoError(t, json.Unmarshal([]byte(text), &o))
	require.Equal(t, 1, o.Version)
	require.Equal(t, []subject{{Domain: "good.example"}}, o.Subjects)
	require.Equal(t, resolver.Success, o.DNS[resolver.Q("good.example", resolver.TypeMX)].Status)
	require.Contains(t, string(o.Message.Seen.Header), "From: <a@good.example>")
	again, err := encode(o)
	require.NoError(t, err)
	require.Equal(t, text, again)

	file := filepath.Join(t.TempDir(), "seen.json")
	_, _, _ = runAudit(t, "-save", file)
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "a header is nobody else's")
	code, _, errs := runAudit(t, "-save", os.DevNull)
	require.Zero(t, code, errs)
	info, err = os.Stat(os.DevNull)
	require.NoError(t, err)
	require.False(t, info.Mode().IsRegular(), "a device stays what it is")
	code, _, errs = runAudit(t, "-save", filepath.Join(t.TempDir(), "no", "dir"))
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "no such file")
}

func TestReplayErrors(t *testing.T) {
	good := requireReplay(t, "-zone", zoneFile(t, goodZone), "good.example")
	from := func(text string) error {
		_, err := read(strings.NewReader(text))
		return err
	}
	require.NoError(t, from(good))
	for name, text := range map[string]string{
		"nothing": "", "no JSON": "\x1b[2J", "cut": good[:len(good)/2], "an array": "[]", "more": strings.Replace(good, `"dns":`, `"dnss":`, 1),
		"another type": `{"version": 1, "dns": 1}`, "no question": `{"version": 1, "dns": {"x": {}}}`,
		"no address":            `{"version": 1, "subjects": [{"domain": "a.example", "senders": [{"ip": ""}]}]}`,
		"a zone":                `{"version": 1, "subjects": [{"domain": "a.example", "senders": [{"ip": "fe80::1%\u001b[2J"}]}]}`,
		"no message":            `{"version": 1, "message": {"name": "x"}}`,
		"reports without a sum": `{"version": 1, "reports": {"a.example": {"problems": []}}}`,
		"two documents":         good + good,
	} {
		t.Run(name, func(t *testing.T) {
			var bad *formatError
			require.ErrorAs(t, from(text), &bad)
			file := messageFile(t, text)
			code, out, errs := runAudit(t, "-replay", file)
			require.Equal(t, exitUsage, code)
			require.Empty(t, out)
			requirePrintable(t, errs)
		})
	}
	var version *versionError
	require.ErrorAs(t, from(`{"version": 2, "anything": true}`), &version)
	require.ErrorAs(t, from(`{}`), &version)
	var size *sizeError
	_, err := read(io.MultiReader(strings.NewReader(good), &blanks{left: maxSaved}))
	require.ErrorAs(t, err, &size)

	for _, args := range [][]string{
		{"a.example"}, {"-zone", "x"}, {"-ip", "192.0.2.1"}, {"-message", "x"}, {"-save", "x"}, {"-probe", "x"}, {"-reports", "x"}, {"-selector", "x"},
	} {
		code, _, errs := runAudit(t, append([]string{"-replay", messageFile(t, good)}, args...)...)
		require.Equal(t, exitUsage, code, args)
		require.Contains(t, errs, "takes no")
	}
	code, _, errs := runAudit(t, "-replay", "/nonexistent")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "nonexistent")
}

// blanks is a file of blanks.
type blanks struct{ left int }

func (b *blanks) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, io.EOF
	}
	n := min(len(p), b.left)
	for i := range n {
		p[i] = ' '
	}
	b.left -= n
	return n, nil
}

// TestReplayGaps takes answers out of a file: what rested on them is unknown, and the
// error tells.
func TestReplayGaps(t *testing.T) {
	text := requireReplay(t, "-zone", zoneFile(t, goodZone+"\n_mta-sts.good.example TXT \"v=STSv1; id=1\""), "good.example")
	o, err := read(strings.NewReader(text))
	require.NoError(t, err)
	for _, q := range []resolver.Question{resolver.Q("good.example", resolver.TypeTXT), resolver.Q("_dmarc.good.example", resolver.TypeTXT)} {
		delete(o.DNS, q)
	}
	o.Policies = nil
	less, err := encode(o)
	require.NoError(t, err)
	code, out, errs := runAudit(t, "-replay", messageFile(t, less))
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "it lacks _dmarc.good.example TXT, good.example TXT, the MTA-STS policy of good.example: those are unknown")
	title, _, _ := strings.Cut(out, "\n")
	require.Contains(t, title, "SPF unknown, DMARC unknown, Block lists unknown")
}

// TestEndedIsNotSaved keeps no half of the truth.
func TestEndedIsNotSaved(t *testing.T) {
	file := filepath.Join(t.TempDir(), "seen.json")
	zone := zoneFile(t, "a.example TXT !delay=1h")
	code, out, errs := runAudit(t, "-timeout", "30ms", "-zone", zone, "-save", file, "a.example", "b.example")
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "ended early, with 1 of 2 reports: context deadline exceeded")
	require.Contains(t, out, "SPF unknown")
	require.NoFileExists(t, file)
}

func FuzzReplay(f *testing.F) {
	f.Add(`{"version": 1, "subjects": [{"domain": "a.example"}], "dns": {"a.example TXT": {"status": "success", "txt": [["v=spf1 mx -all"]], "ttl": 1}}}`)
	f.Add(`{"version": 1, "probe": "x", "subjects": [{"domain": "\u001b", "senders": [{"ip": "192.0.2.1"}]}], "hosts": {"": {"sessions": [{"addr": "", "steps": []}]}}}`)
	f.Add(`{"version": 1, "message": {"name": "m", "seen": {"header": "RnJvbTogYUBhLmV4YW1wbGUNCg==", "body_size": -1, "bodies": [{}]}}}`)
	f.Add(`{"version": 1, "subjects": [{"domain": "a.example"}], "reports": {"a.example": {"summary": {"domains": {"a.example": null}}}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		o, err := read(strings.NewReader(text))
		if err != nil {
			return
		}
		opts := options{width: defaultWidth, timeout: time.Minute}
		o.Subjects = o.Subjects[:min(len(o.Subjects), 3)]
		opts.see = o.replay(&opts)
		var out, errs bytes.Buffer
		carryOut(t.Context(), opts, &out, &errs)
		requirePrintable(t, out.String())
		requirePrintable(t, errs.String())
	})
}
