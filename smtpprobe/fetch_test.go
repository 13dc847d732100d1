package smtpprobe_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

const stsHost = "mta-sts.example.org A 127.0.0.1\n"

// webServer answers HTTPS with a text, and is dialled whatever the address.
func webServer(t *testing.T, cfg *tls.Config, reply string) (smtpprobe.Prober, *atomic.Int32) {
	t.Helper()
	requests := new(atomic.Int32)
	return webPeer(t, func(p *peer) {
		conn := tls.Server(p.Conn, cfg)
		req, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return
		}
		requests.Add(1)
		if req.Host != "mta-sts.example.org" || req.URL.Path != "/.well-known/mta-sts.txt" || req.Header.Get("Accept-Encoding") != "identity" || req.Header.Get("Cookie") != "" {
			reply = "HTTP/1.1 400 Bad Request\r\n\r\n"
		}
		_, _ = conn.Write([]byte(reply))
		_ = conn.Close()
	}), requests
}

func webPeer(t *testing.T, serve func(p *peer)) smtpprobe.Prober {
	t.Helper()
	s := listen(t, serve)
	p := s.prober()
	p.Resolver = resolver.MustZone(stsHost)
	p.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if !strings.HasSuffix(address, ":443") {
			return nil, errors.New("not the port of HTTPS")
		}
		var d net.Dialer
		return d.DialContext(ctx, network, s.addr.String())
	}
	return p
}

// webConfig is that of a policy host without fault.
func webConfig() *tls.Config {
	return config(authority().issue(template("web", "mta-sts.example.org"), ecKey()))
}

func ok(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func TestFetchPolicy(t *testing.T) {
	large := strings.Repeat("x: y\r\n", 200000)
	chunk := fmt.Sprintf("%x\r\n%s\r\n", len(large), large)
	for name, tc := range map[string]struct {
		reply  string
		status int
		err    smtpprobe.FetchError
		body   string
		large  bool
	}{
		"good":              {reply: ok(goodPolicy), status: 200, body: goodPolicy},
		"no length":         {reply: "HTTP/1.1 200 OK\r\n\r\n" + goodPolicy, status: 200, body: goodPolicy},
		"chunks":            {reply: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", status: 200, body: "abcde"},
		"early hints":       {reply: "HTTP/1.1 103 Early Hints\r\n\r\n" + ok("x"), status: 200, body: "x"},
		"nothing but hints": {reply: strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 20), status: 103},
		"empty":             {reply: ok(""), status: 200},
		"redirect":          {reply: "HTTP/1.1 302 Found\r\nLocation: https://mta-sts.example.org/\r\n\r\n", status: 302},
		"missing":           {reply: "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno!", status: 404},
		"64 KiB":            {reply: ok(large[:65536]), status: 200, body: large[:65536]},
		"one too much":      {reply: ok(large[:65537]), status: 200, body: large[:65536], large: true},
		"a megabyte":        {reply: ok(large), status: 200, body: large[:65536], large: true},
		"endless chunks":    {reply: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat(chunk, 3), status: 200, body: large[:65536], large: true},
		"tiny chunks":       {reply: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1;"+strings.Repeat("e", 100)+"\r\nx\r\n", 5000), status: 200, err: smtpprobe.FetchHTTP},
		"long header":       {reply: "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 20000) + "\r\n\r\n", err: smtpprobe.FetchHTTP},
		"many headers":      {reply: "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", 200000), err: smtpprobe.FetchHTTP},
		"cut short":         {reply: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", status: 200, err: smtpprobe.FetchConnect},
		"no reply":          {err: smtpprobe.FetchConnect},
		"no HTTP":           {reply: "220 mx.example.net ESMTP\r\n\r\n", err: smtpprobe.FetchHTTP},
		"HTTP/0.9":          {reply: "<html>", err: smtpprobe.FetchHTTP},
		"control":           {reply: "HTTP/1.1 404 \x1b[31m\r\nContent-Type: \x1b]0;x\x07\r\n\r\n", err: smtpprobe.FetchHTTP},
		"8-bit":             {reply: "HTTP/1.1 404 No\r\nContent-Type: \xff\r\n\r\n", status: 404},
	} {
		t.Run(name, func(t *testing.T) {
			p, requests := webServer(t, webConfig(), tc.reply)
			got, err := p.FetchPolicy(t.Context(), "Example.org.")
			require.NoError(t, err)
			require.Equal(t, tc.err, got.Error, got.Problem)
			require.Equal(t, tc.status, got.Status)
			require.Equal(t, tc.body, string(got.Body))
			require.Equal(t, tc.large, got.TooLarge)
			require.Equal(t, tc.err != "", got.Problem != "")
			require.True(t, got.Verified)
			require.Equal(t, "TLS 1.3", got.TLS)
			require.Equal(t, stsURL, got.URL)
			require.Equal(t, []netip.Addr{netip.MustParseAddr("127.0.0.1")}, got.Addrs)
			require.Equal(t, got.Addrs[0], got.Addr)
			require.Equal(t, []string{"mta-sts.example.org"}, got.Names)
			require.EqualValues(t, 1, requests.Load())
			judged(t, got)
		})
	}
}

// judged checks that an observation gives the same verdict when it was stored.
func judged(t *testing.T, got smtpprobe.PolicyFetch) {
	t.Helper()
	text, err := json.Marshal(got)
	require.NoError(t, err)
	require.Equal(t, -1, strings.IndexFunc(string(text), func(r rune) bool { return r < ' ' || r >= 0x7f }))
	var back smtpprobe.PolicyFetch
	require.NoError(t, json.Unmarshal(text, &back))
	zone := resolver.MustZone(stsRecord)
	a, _ := smtpprobe.EvaluateSTS(smtpprobe.STSRequest{Domain: "example.org", Fetch: &got}, zone)
	b, _ := smtpprobe.EvaluateSTS(smtpprobe.STSRequest{Domain: "example.org", Fetch: &back}, zone)
	require.Equal(t, a.Status, b.Status)
	require.Equal(t, a.Findings, b.Findings)
	complete(t, a.Findings)
}

func TestFetchPolicyCertificates(t *testing.T) {
	stranger := newCA("Stranger", nil)
	expired := template("web", "mta-sts.example.org")
	expired.NotBefore, expired.NotAfter = started.AddDate(-2, 0, 0), started.AddDate(-1, 0, 0)
	many := template("web")
	for i := range 300 {
		many.DNSNames = append(many.DNSNames, fmt.Sprintf("n%d.example.org", i))
	}
	for name, tc := range map[string]struct {
		cfg   *tls.Config
		err   smtpprobe.FetchError
		names int
	}{
		"wildcard":          {config(authority().issue(template("web", "*.example.org"), ecKey())), "", 1},
		"RSA":               {config(authority().issue(template("web", "mta-sts.example.org"), rsaKey())), "", 1},
		"wrong name":        {config(authority().issue(template("web", "www.example.org"), ecKey())), smtpprobe.FetchCertificate, 1},
		"provider's name":   {config(authority().issue(template("web", "mta-sts.provider.test"), ecKey())), smtpprobe.FetchCertificate, 1},
		"common name alone": {config(authority().issue(template("mta-sts.example.org"), ecKey())), smtpprobe.FetchCertificate, 0},
		"expired":           {config(authority().issue(expired, ecKey())), smtpprobe.FetchCertificate, 1},
		"unknown authority": {config(stranger.issue(template("web", "mta-sts.example.org"), ecKey())), smtpprobe.FetchCertificate, 1},
		"many names":        {config(authority().issue(many, ecKey())), smtpprobe.FetchCertificate, 20},
	} {
		t.Run(name, func(t *testing.T) {
			p, requests := webServer(t, tc.cfg, ok(goodPolicy))
			got, err := p.FetchPolicy(t.Context(), "example.org")
			require.NoError(t, err)
			require.Equal(t, tc.err, got.Error, got.Problem)
			require.Equal(t, tc.err == "", got.Verified)
			require.Len(t, got.Names, tc.names)
			require.False(t, got.NotAfter.IsZero())
			if tc.err != "" {
				require.Zero(t, requests.Load(), "nothing is sent to a stranger")
			}
			judged(t, got)
		})
	}
}

func TestFetchPolicyBroken(t *testing.T) {
	old := webConfig()
	old.MaxVersion = tls.VersionTLS11
	for name, tc := range map[string]struct {
		serve func(p *peer)
		want  smtpprobe.FetchError
	}{
		"closes":   {func(*peer) {}, smtpprobe.FetchConnect},
		"plain":    {func(p *peer) { p.say("HTTP/1.1 400 Bad Request\r\n\r\n"); wait(p) }, smtpprobe.FetchTLS},
		"old TLS":  {func(p *peer) { _ = tls.Server(p.Conn, old).Handshake() }, smtpprobe.FetchTLS},
		"one byte": {func(p *peer) { p.say("\x16") }, smtpprobe.FetchConnect},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := webPeer(t, tc.serve).FetchPolicy(t.Context(), "example.org")
			require.NoError(t, err)
			require.Equal(t, tc.want, got.Error, got.Problem)
			require.False(t, got.Verified)
			judged(t, got)
		})
	}
}

// TestFetchPolicyWaits is for servers that say nothing, and callers that go away.
func TestFetchPolicyWaits(t *testing.T) {
	heard := make(chan struct{}, 8)
	silent := func(p *peer) {
		heard <- struct{}{}
		wait(p)
	}
	afterTLS := func(p *peer) {
		conn := tls.Server(p.Conn, webConfig())
		_, _ = http.ReadRequest(bufio.NewReader(conn))
		heard <- struct{}{}
		_, _ = conn.Read(make([]byte, 1))
	}
	for name, serve := range map[string]func(p *peer){"handshake": silent, "reply": afterTLS} {
		t.Run(name, func(t *testing.T) {
			p := webPeer(t, serve)
			ctx, cancel := context.WithCancelCause(t.Context())
			gone := errors.New("gone")
			go func() {
				<-heard
				cancel(gone)
			}()
			got, err := p.FetchPolicy(ctx, "example.org")
			require.ErrorIs(t, err, gone)
			require.Equal(t, smtpprobe.FetchCanceled, got.Error)
			judged(t, got)

			p.Timeout = 20 * time.Millisecond
			got, err = p.FetchPolicy(t.Context(), "example.org")
			require.NoError(t, err, "its own limit is no error")
			require.Equal(t, smtpprobe.FetchTimeout, got.Error)
			judged(t, got)
			for len(heard) > 0 {
				<-heard
			}
		})
	}
}

// TestFetchPolicyBodyThatDoesNotCome has the answer in the header: nobody waits for what
// is not read, nor for more than is.
func TestFetchPolicyBodyThatDoesNotCome(t *testing.T) {
	for name, tt := range map[string]struct {
		reply string
		want  int
	}{
		"redirect":  {reply: "HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 100\r\n\r\n", want: 301},
		"not found": {reply: "HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\n", want: 404},
		"too large": {reply: "HTTP/1.1 200 OK\r\nContent-Length: 65600\r\n\r\n" + strings.Repeat("x", 64<<10+1), want: 200},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(now)) // when the certificate is valid
				p, done := piped(func(p *peer) {
					conn := tls.Server(p.Conn, webConfig())
					_, _ = http.ReadRequest(bufio.NewReader(conn))
					_, _ = conn.Write([]byte(tt.reply))
					_, _ = conn.Read(make([]byte, 1))
				})
				defer done()
				p.Allow, p.Resolver = loopback, resolver.MustZone(stsHost)
				began := time.Now()
				got, err := p.FetchPolicy(t.Context(), "example.org")
				require.NoError(t, err)
				require.Empty(t, got.Error, got.Problem)
				require.Equal(t, tt.want, got.Status)
				require.Equal(t, name == "too large", got.TooLarge)
				require.Zero(t, time.Since(began))
			})
		})
	}
}

// TestFetchPolicyAddresses is for where no connection may, or can, go.
func TestFetchPolicyAddresses(t *testing.T) {
	for name, tc := range map[string]struct {
		domain, zone string
		want         smtpprobe.FetchError
		dialled      []string
	}{
		"loopback":  {zone: stsHost, want: smtpprobe.FetchBlocked},
		"localhost": {zone: "mta-sts.example.org CNAME localhost\nlocalhost A 127.0.0.1", want: smtpprobe.FetchBlocked},
		"private":   {zone: "mta-sts.example.org A 10.0.0.1", want: smtpprobe.FetchBlocked},
		"metadata":  {zone: "mta-sts.example.org A 169.254.169.254", want: smtpprobe.FetchBlocked},
		"mapped":    {zone: "mta-sts.example.org AAAA ::ffff:127.0.0.1", want: smtpprobe.FetchBlocked},
		"NAT64":     {zone: "mta-sts.example.org AAAA 64:ff9b::7f00:1", want: smtpprobe.FetchBlocked},
		"mixed":     {zone: "mta-sts.example.org A 10.0.0.1\nmta-sts.example.org A 192.88.99.1", want: smtpprobe.FetchConnect, dialled: []string{"192.88.99.1:443"}},
		"both":      {zone: "mta-sts.example.org A 192.88.99.1\nmta-sts.example.org AAAA 2a02:25::1", want: smtpprobe.FetchConnect, dialled: []string{"192.88.99.1:443", "[2a02:25::1]:443"}},
		"public behind private": {
			zone: "mta-sts.example.org A 10.0.0.1\nmta-sts.example.org A 10.0.0.2\nmta-sts.example.org A 10.0.0.3\nmta-sts.example.org A 192.88.99.1",
			want: smtpprobe.FetchConnect, dialled: []string{"192.88.99.1:443"},
		},
		"many": {
			zone: "mta-sts.example.org A 8.8.8.1\nmta-sts.example.org A 8.8.8.2\nmta-sts.example.org A 8.8.8.3\nmta-sts.example.org A 8.8.8.4",
			want: smtpprobe.FetchConnect, dialled: []string{"8.8.8.1:443", "8.8.8.2:443", "8.8.8.3:443"},
		},
		"private, and half": {zone: "mta-sts.example.org A 10.0.0.1\nmta-sts.example.org AAAA !servfail", want: smtpprobe.FetchDNS},
		"no host":           {zone: "example.org A 192.88.99.1", want: smtpprobe.FetchNoHost},
		"no address":        {zone: "mta-sts.example.org TXT x", want: smtpprobe.FetchNoHost},
		"failed":            {zone: "mta-sts.example.org A !servfail", want: smtpprobe.FetchDNS},
		"half":              {zone: "mta-sts.example.org A !timeout", want: smtpprobe.FetchDNS},
		"no name":           {domain: "a..b", want: smtpprobe.FetchName},
		"underscore":        {domain: "_x.example.org", want: smtpprobe.FetchName},
		"injection":         {domain: "example.org\r\nHost: evil.test", want: smtpprobe.FetchName},
		"too long":          {domain: strings.Repeat("a.", 124) + "org", want: smtpprobe.FetchName},
	} {
		t.Run(name, func(t *testing.T) {
			var dialled []string
			p := smtpprobe.Prober{Resolver: resolver.MustZone(tc.zone), Dial: func(_ context.Context, _, address string) (net.Conn, error) {
				dialled = append(dialled, address)
				return nil, errors.New("nobody there")
			}}
			if tc.domain == "" {
				tc.domain = "example.org"
			}
			got, err := p.FetchPolicy(t.Context(), tc.domain)
			require.NoError(t, err)
			require.Equal(t, tc.want, got.Error)
			require.Equal(t, tc.dialled, dialled)
			require.NotEmpty(t, got.Problem)
			if tc.want != smtpprobe.FetchName {
				judged(t, got)
			}
		})
	}
}

// TestFetchPolicyNextAddress goes on to the next address when one is down.
func TestFetchPolicyNextAddress(t *testing.T) {
	p, _ := webServer(t, webConfig(), ok(goodPolicy))
	p.Resolver = resolver.MustZone("mta-sts.example.org A 127.0.0.2\nmta-sts.example.org A 127.0.0.1")
	dial := p.Dial
	p.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == "127.0.0.2:443" {
			return nil, errors.New("down")
		}
		return dial(ctx, network, address)
	}
	got, err := p.FetchPolicy(t.Context(), "example.org")
	require.NoError(t, err)
	require.Empty(t, got.Error)
	require.Empty(t, got.Problem)
	require.Equal(t, "127.0.0.1", got.Addr.String())
	require.Len(t, got.Addrs, 2)
}
