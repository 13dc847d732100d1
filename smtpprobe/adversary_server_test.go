package smtpprobe_test

import (
	"bufio"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"math/big"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/smtpprobe"
)

// advConn is the server's side of a connection.
type advConn struct {
	net.Conn
	r      *bufio.Reader
	server *advServer
}

// say sends text, and reports whether it could.
func (c *advConn) say(text string) bool { _, err := c.Write([]byte(text)); return err == nil }

// flood says something until nobody listens, or for 64 MB.
func (c *advConn) flood(text string) {
	chunk := strings.Repeat(text, 1+32*1024/len(text))
	for sent := 0; sent < 64<<20 && c.say(chunk); sent += len(chunk) {
	}
}

// drip says something every 20 ms until nobody listens, for 10 s at most.
func (c *advConn) drip(text string) {
	for i := range 500 {
		if !c.say(text[i%len(text) : i%len(text)+1]) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// hear returns the next line, and the empty string when there is none.
func (c *advConn) hear() string {
	line, err := c.r.ReadString('\n')
	if line != "" {
		c.server.mu.Lock()
		c.server.heard = append(c.server.heard, line)
		c.server.mu.Unlock()
	}
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(line, "\r\n")
}

// rest hears and answers until the other side goes away.
func (c *advConn) rest(answer string) {
	for c.hear() != "" {
		c.say(answer)
	}
}

// quiet hears until the other side goes away, and says nothing.
func (c *advConn) quiet() {
	for c.hear() != "" {
	}
}

func (c *advConn) reset() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

// tls begins TLS, and reports whether it came about.
func (c *advConn) tls(config *tls.Config) bool {
	s := tls.Server(c.Conn, config)
	if s.Handshake() != nil {
		return false
	}
	c.Conn, c.r = s, bufio.NewReader(s)
	return true
}

const (
	advEHLO = "250-mx.example.org\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"
	advBare = "250-mx.example.org\r\n250 SIZE 1000\r\n"
)

// hello greets, and answers EHLO.
func (c *advConn) hello(ehlo string) {
	c.say("220 mx.example.org ESMTP\r\n")
	c.hear()
	c.say(ehlo)
}

// starttls is hello, and the reply to STARTTLS.
func (c *advConn) starttls(reply string) {
	c.hello(advEHLO)
	c.hear()
	c.say(reply)
}

type advServer struct {
	port  uint16
	mu    sync.Mutex
	heard []string
	conns int
}

// advServe runs a script for each connection, until the test ends.
func advServe(t *testing.T, script func(*advConn)) *advServer {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	s := &advServer{port: l.Addr().(*net.TCPAddr).AddrPort().Port()}
	var wg sync.WaitGroup
	var open sync.Map
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns++
			s.mu.Unlock()
			_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
			open.Store(conn, nil)
			wg.Go(func() {
				defer conn.Close()
				script(&advConn{Conn: conn, r: bufio.NewReader(conn), server: s})
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		open.Range(func(c, _ any) bool { _ = c.(net.Conn).Close(); return true })
		wg.Wait()
		s.check(t)
	})
	return s
}

// lines returns what was heard until now.
func (s *advServer) lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.heard)
}

// accepted returns how many connections there were until now.
func (s *advServer) accepted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns
}

var advVerb = regexp.MustCompile(`^(?:EHLO|HELO|STARTTLS|MAIL FROM:|RCPT TO:|RSET|QUIT|NOOP)(?: ?[!-~ ]*)?\r\n$`)

// check says that nothing was heard but the commands that a probe may send, each alone
// on its line.
func (s *advServer) check(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range s.heard {
		require.Regexp(t, advVerb, line)
		require.LessOrEqual(t, len(line), 512)
	}
}

var advLoopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// advProber waits longer than any machine is slow, but for the reply to QUIT.
func advProber(port uint16) smtpprobe.Prober {
	return smtpprobe.Prober{
		HELO: "probe.example.net", Port: port, Allow: advLoopback, Roots: x509.NewCertPool(), Timeout: -1,
		Limits: smtpprobe.Limits{
			Connect: time.Minute, Greeting: time.Minute, Command: time.Minute,
			TLS: time.Minute, Quit: 200 * time.Millisecond, Session: 5 * time.Minute, Spacing: -1,
		},
	}
}

// advWait is for a script that makes the prober wait: its clock is that of the test, and
// its connections are pipes.
func advWait(t *testing.T, script func(*advConn), test func(t *testing.T, s *advServer, p smtpprobe.Prober)) {
	t.Helper()
	now := time.Now()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(now)) // That clock begins where no certificate is valid yet.
		s := new(advServer)
		var wg sync.WaitGroup
		p := advProber(0)
		p.Limits.Greeting, p.Limits.Command, p.Limits.TLS = time.Second, time.Second, time.Second
		p.Dial = func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			s.conns++
			wg.Go(func() {
				defer server.Close()
				script(&advConn{Conn: server, r: bufio.NewReader(server), server: s})
			})
			return client, nil
		}
		test(t, s, p)
		wg.Wait()
		s.check(t)
	})
}

var advHost1 = smtpprobe.Host{Name: "mx.example.org", Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}

// advJSON says that what marshals is printable ASCII, and that it comes back the same.
func advJSON[T any](t *testing.T, v T) T {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	for _, c := range b {
		require.True(t, c >= 32 && c < 127, "%q", b[:min(len(b), 2000)])
	}
	require.NotRegexp(t, `\\u00[01]|\\[nrtbf]|\\u007f`, string(b))
	var back T
	require.NoError(t, json.Unmarshal(b, &back))
	again, err := json.Marshal(back)
	require.NoError(t, err)
	require.Equal(t, string(b), string(again))
	return back
}

// advCA signs certificates.
type advCA struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func advKey() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
}

var advSerial int64 = 1000

// advSign mints a certificate. A nil parent is itself.
func advSign(parent *advCA, c x509.Certificate) *advCA {
	advSerial++
	c.SerialNumber = big.NewInt(advSerial)
	if c.NotAfter.IsZero() {
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(90*24*time.Hour)
	}
	if c.IsCA {
		c.BasicConstraintsValid, c.KeyUsage = true, x509.KeyUsageCertSign
	} else {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	key := advKey()
	by := &advCA{&c, key}
	if parent != nil {
		by = parent
	}
	der, err := x509.CreateCertificate(rand.Reader, &c, by.cert, key.Public(), by.key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return &advCA{cert, key}
}

func advRoot(name string) *advCA {
	return advSign(nil, x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true})
}

func advLeaf(ca *advCA, names ...string) *advCA {
	return advSign(ca, x509.Certificate{Subject: pkix.Name{CommonName: "leaf"}, DNSNames: names})
}

// config is that of a server with the certificate, and others behind it.
func (c *advCA) config(others ...*advCA) *tls.Config {
	chain := tls.Certificate{Certificate: [][]byte{c.cert.Raw}, PrivateKey: c.key}
	for _, o := range others {
		chain.Certificate = append(chain.Certificate, o.cert.Raw)
	}
	return &tls.Config{Certificates: []tls.Certificate{chain}, MinVersion: tls.VersionTLS10}
}

func (c *advCA) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(c.cert)
	return p
}
