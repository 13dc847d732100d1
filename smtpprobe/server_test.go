package smtpprobe_test

import (
	"bufio"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"maps"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/smtpprobe"
)

// loopback is what the probers of the tests may dial.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// peer is one connection of a scripted server.
type peer struct {
	net.Conn
	in   *bufio.Reader
	mu   sync.Mutex
	seen []string
}

func newPeer(c net.Conn) *peer { return &peer{Conn: c, in: bufio.NewReader(c)} }

// say writes, and cares for nothing.
func (p *peer) say(s string) bool {
	_, err := p.Write([]byte(s))
	return err == nil
}

// hear reads a command; it is empty when there is none.
func (p *peer) hear() string {
	line, err := p.in.ReadString('\n')
	if err != nil {
		return ""
	}
	line = strings.TrimSuffix(line, "\r\n")
	p.mu.Lock()
	p.seen = append(p.seen, line)
	p.mu.Unlock()
	return line
}

// script is what a server does: the greeting, and a reply for each command by its
// first word; EHLO inside TLS is "EHLO-TLS". "" closes the connection.
type script struct {
	greeting string
	replies  map[string]string
	tls      *tls.Config
}

// honest is a server without fault.
func honest(cfg *tls.Config) script {
	s := script{
		greeting: "220 mx.example.net ESMTP Postfix\r\n",
		replies: map[string]string{
			"EHLO":     "250-mx.example.net\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-STARTTLS\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 DSN\r\n",
			"EHLO-TLS": "250-mx.example.net\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 DSN\r\n",
			"HELO":     "250 mx.example.net\r\n",
			"STARTTLS": "220 2.0.0 Ready to start TLS\r\n",
			"MAIL":     "250 2.1.0 Ok\r\n",
			"RCPT":     "250 2.1.5 Ok\r\n",
			"RSET":     "250 2.0.0 Ok\r\n",
			"QUIT":     "221 2.0.0 Bye\r\n",
		},
		tls: cfg,
	}
	if cfg == nil {
		s.replies["EHLO"] = s.replies["EHLO-TLS"]
	}
	return s
}

// with changes replies; "greeting" is the greeting.
func (s script) with(changes ...string) script {
	replies := maps.Clone(s.replies)
	for i := 0; i < len(changes); i += 2 {
		if changes[i] == "greeting" {
			s.greeting = changes[i+1]
		}
		replies[changes[i]] = changes[i+1]
	}
	s.replies = replies
	return s
}

func (s script) serve(p *peer) {
	if s.greeting == "" || !p.say(s.greeting) {
		return
	}
	suffix := ""
	for {
		line := p.hear()
		word, _, _ := strings.Cut(line, " ")
		reply := s.replies[word]
		if r, ok := s.replies[word+suffix]; ok {
			reply = r
		}
		if line == "" || reply == "" || !p.say(reply) || word == "QUIT" {
			return
		}
		if word == "STARTTLS" && strings.HasPrefix(reply, "220") {
			if s.tls == nil {
				_, _ = p.in.Peek(5)
				return
			}
			conn := tls.Server(p.Conn, s.tls)
			if conn.Handshake() != nil {
				return
			}
			p.Conn, p.in, suffix = conn, bufio.NewReader(conn), "-TLS"
		}
	}
}

// server listens on loopback until the test ends.
type server struct {
	addr  netip.AddrPort
	mu    sync.Mutex
	peers []*peer
}

// listen starts a server that gives each connection to serve.
func listen(t testing.TB, serve func(p *peer)) *server {
	t.Helper()
	return listenAt(t, "127.0.0.1:0", serve)
}

func listenAt(t testing.TB, address string, serve func(p *peer)) *server {
	t.Helper()
	l, err := net.Listen("tcp", address)
	require.NoError(t, err)
	s := &server{addr: netip.MustParseAddrPort(l.Addr().String())}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			p := newPeer(conn)
			s.mu.Lock()
			s.peers = append(s.peers, p)
			s.mu.Unlock()
			wg.Go(func() {
				defer conn.Close()
				serve(p)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		s.mu.Lock()
		for _, p := range s.peers {
			p.Close()
		}
		s.mu.Unlock()
		wg.Wait()
	})
	return s
}

// commands returns what the clients said, connection by connection.
func (s *server) commands() [][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := [][]string{}
	for _, p := range s.peers {
		p.mu.Lock()
		all = append(all, append([]string{}, p.seen...))
		p.mu.Unlock()
	}
	return all
}

// prober returns one for this server.
func (s *server) prober() smtpprobe.Prober {
	return smtpprobe.Prober{HELO: "probe.example.org", Port: s.addr.Port(), Allow: loopback, Roots: authority().pool, Limits: smtpprobe.Limits{Spacing: -1}}
}

func (s *server) host(name string) smtpprobe.Host {
	return smtpprobe.Host{Name: name, Addrs: []netip.Addr{s.addr.Addr()}}
}

// ca is an authority of the tests.
type ca struct {
	cert *x509.Certificate
	key  crypto.Signer
	pool *x509.CertPool
}

func ecKey() crypto.Signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

var rsaKey = sync.OnceValue(func() crypto.Signer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

var authority = sync.OnceValue(func() *ca { return newCA("Test Authority", nil) })

func newCA(name string, parent *ca) *ca {
	a := &ca{key: ecKey()}
	tmpl := template(name)
	tmpl.IsCA, tmpl.BasicConstraintsValid, tmpl.KeyUsage = true, true, x509.KeyUsageCertSign
	tmpl.NotBefore, tmpl.NotAfter = started.AddDate(-1, 0, 0), started.AddDate(20, 0, 0)
	signer, signKey := tmpl, a.key
	if parent != nil {
		signer, signKey = parent.cert, parent.key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, signer, a.key.Public(), signKey)
	if err != nil {
		panic(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		panic(err)
	}
	a.pool = x509.NewCertPool()
	a.pool.AddCert(a.cert)
	return a
}

// started is when the tests did, also for those with a clock of their own.
var started = time.Now()

func template(name string, hosts ...string) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		panic(err)
	}
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, DNSNames: hosts,
		NotBefore: started.AddDate(0, 0, -10), NotAfter: started.AddDate(0, 0, 80),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
}

// issue makes a certificate and its chain without the authority's own.
func (a *ca) issue(tmpl *x509.Certificate, key crypto.Signer, chain ...*ca) tls.Certificate {
	if len(a.cert.ExtKeyUsage) > 0 {
		tmpl.ExtKeyUsage = nil
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, key.Public(), a.key)
	if err != nil {
		panic(err)
	}
	cert := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	for _, c := range chain {
		cert.Certificate = append(cert.Certificate, c.cert.Raw)
	}
	return cert
}

// config is that of a server with a certificate.
func config(cert tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{cert}}
}

// good is the configuration of a server without fault, named mx.example.net.
var good = sync.OnceValue(func() *tls.Config {
	return config(authority().issue(template("mx.example.net", "mx.example.net"), ecKey()))
})
