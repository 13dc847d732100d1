package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/mailworthy/mailworthy/smtpprobe"
)

// The contenders of the comparison of SMTP.
const (
	smtpFloor  = "floor: the same lines over a socket"
	smtpProber = "mailworthy ProbeHost"
	smtpPeer   = "go-smtp Client"
)

// probesAtOnce is how many probes are under way at the same time.
const probesAtOnce = 32

// smtpServer is a server on loopback that answers from memory, or floods.
type smtpServer struct {
	addr  netip.AddrPort
	close func()
}

func serveSMTP(serve func(net.Conn)) (*smtpServer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				serve(conn)
			})
		}
	})
	return &smtpServer{
		addr: netip.MustParseAddrPort(l.Addr().String()),
		close: func() {
			l.Close()
			wg.Wait()
		},
	}, nil
}

// polite serves EHLO, STARTTLS and QUIT.
func polite(cfg *tls.Config) func(net.Conn) {
	ehlo := "250-mx.example.net\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
	if cfg != nil {
		ehlo = "250-mx.example.net\r\n250-STARTTLS\r\n" + ehlo[len("250-mx.example.net\r\n"):]
	}
	return func(conn net.Conn) {
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		in := bufio.NewReaderSize(conn, 512)
		reply := "220 mx.example.net ESMTP\r\n"
		for {
			if _, err := conn.Write([]byte(reply)); err != nil {
				return
			}
			line, err := in.ReadSlice('\n')
			if err != nil {
				return
			}
			switch string(line[:4]) {
			case "EHLO":
				reply = ehlo
			case "QUIT":
				_, _ = conn.Write([]byte("221 Bye\r\n"))
				return
			case "STAR":
				_, _ = conn.Write([]byte("220 Go ahead\r\n"))
				secure := tls.Server(conn, cfg)
				if secure.Handshake() != nil {
					return
				}
				conn, in = secure, bufio.NewReaderSize(secure, 512)
				line, err := in.ReadSlice('\n')
				if err != nil || string(line[:4]) != "EHLO" {
					return
				}
				reply = ehlo
			}
		}
	}
}

// floods writes megabytes of greeting.
func floods(megabytes int) func(net.Conn) {
	chunk := []byte(strings.Repeat("220-welcome to this server\r\n", 2048))
	return func(conn net.Conn) {
		for sent := 0; sent < megabytes<<20; {
			n, err := conn.Write(chunk)
			if sent += n; err != nil {
				return
			}
		}
	}
}

// smtpCertificate is for mx.example.net, and its own authority.
func smtpCertificate() (*tls.Config, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mx.example.net"}, DNSNames: []string{"mx.example.net"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 2, 0), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, pool, nil
}

// several does something n times, several at once.
func several(n int, once func() error) error {
	var wg sync.WaitGroup
	errs := make([]error, probesAtOnce)
	for i := range errs {
		wg.Go(func() {
			for j := i; j < n && errs[i] == nil; j += probesAtOnce {
				errs[i] = once()
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// smtpContenders probe a server, and insist on what they must find.
func smtpContenders(at netip.AddrPort, roots *x509.CertPool) []contender {
	cfg := &tls.Config{ServerName: "mx.example.net", RootCAs: roots}
	prober := smtpprobe.Prober{
		HELO: "probe.example.org", Port: at.Port(), Roots: roots, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Limits: smtpprobe.Limits{Spacing: -1},
	}
	if roots == nil {
		prober.Roots = x509.NewCertPool()
	}
	target := smtpprobe.Host{Name: "mx.example.net", Addrs: []netip.Addr{at.Addr()}}
	return []contender{
		{smtpFloor, func(n int) error { return several(n, func() error { return smtpByHand(at, cfg, roots != nil) }) }},
		{smtpProber, func(n int) error {
			return several(n, func() error {
				rep, err := prober.ProbeHost(context.Background(), target)
				if err != nil || rep.Status != smtpprobe.Ready || (roots != nil) != (rep.Hosts[0].Authenticated == smtpprobe.Yes) {
					return fmt.Errorf("%v: %+v", err, rep.Result)
				}
				return nil
			})
		}},
		{smtpPeer, func(n int) error {
			return several(n, func() error {
				conn, err := net.Dial("tcp", at.String())
				if err != nil {
					return err
				}
				var c *gosmtp.Client
				if roots != nil {
					if c, err = gosmtp.NewClientStartTLS(conn, cfg); err != nil {
						return err
					}
				} else {
					c = gosmtp.NewClient(conn)
				}
				defer c.Close()
				if err := c.Hello("probe.example.org"); err != nil {
					return err
				}
				if ok, _ := c.Extension("SMTPUTF8"); !ok {
					return errors.New("no SMTPUTF8")
				}
				return c.Quit()
			})
		}},
	}
}

// smtpByHand sends and reads the same lines, and looks at nothing.
func smtpByHand(at netip.AddrPort, cfg *tls.Config, secure bool) error {
	conn, err := net.Dial("tcp", at.String())
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 512)
	command := func(line string) error {
		if line != "" {
			if _, err := conn.Write([]byte(line)); err != nil {
				return err
			}
		}
		for {
			line, err := in.ReadSlice('\n')
			if err != nil {
				return err
			}
			if line[3] == ' ' {
				return nil
			}
		}
	}
	commands := []string{"", "EHLO probe.example.org\r\n", "QUIT\r\n"}
	if secure {
		for _, line := range []string{"", "EHLO probe.example.org\r\n", "STARTTLS\r\n"} {
			if err := command(line); err != nil {
				return err
			}
		}
		conn = tls.Client(conn, cfg)
		in = bufio.NewReaderSize(conn, 512)
		commands = commands[1:]
	}
	for _, line := range commands {
		if err := command(line); err != nil {
			return err
		}
	}
	return nil
}

func compareSMTP(s settings, r *report) error {
	cfg, roots, err := smtpCertificate()
	if err != nil {
		return err
	}
	s.rounds = min(s.rounds, 3) // A turn is a thousand probes, and takes its time.
	for _, c := range []struct {
		name  string
		cfg   *tls.Config
		roots *x509.CertPool
		most  float64
	}{
		{"in the clear", nil, nil, 2},
		{"STARTTLS", cfg, roots, 1.5},
	} {
		c.name = fmt.Sprintf("smtp %d probes, %s", s.probes, c.name)
		server, err := serveSMTP(polite(c.cfg))
		if err != nil {
			return err
		}
		contenders := smtpContenders(server.addr, c.roots)
		for i := range contenders {
			once := contenders[i].run
			contenders[i].run = func(n int) error { return once(s.probes * n) }
		}
		used, err := r.compare(s, workload{c.name, contenders})
		server.close()
		if err != nil {
			return err
		}
		r.atMost(c.most, used.ratio(smtpProber, smtpFloor, cpu), c.name+": times the floor's CPU")
		r.atMost(16<<20, used.median(smtpProber, octets)*probesAtOnce/float64(s.probes), c.name+": octets for the probes that are open at once")
	}

	server, err := serveSMTP(floods(s.flood))
	if err != nil {
		return err
	}
	defer server.close()
	flood := fmt.Sprintf("smtp a greeting of %d MB", s.flood)
	used, err := r.compare(s, workload{flood, []contender{
		{smtpProber, func(n int) error {
			p := smtpprobe.Prober{Port: server.addr.Port(), Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Limits: smtpprobe.Limits{Spacing: -1}}
			for range n {
				rep, err := p.ProbeHost(context.Background(), smtpprobe.Host{Name: "mx.example.net", Addrs: []netip.Addr{server.addr.Addr()}})
				if err != nil || rep.Status != smtpprobe.Broken {
					return fmt.Errorf("%v: %+v", err, rep.Result)
				}
			}
			return nil
		}},
		{smtpPeer, func(n int) error {
			for range n {
				conn, err := net.Dial("tcp", server.addr.String())
				if err != nil {
					return err
				}
				c := gosmtp.NewClient(conn)
				c.CommandTimeout = 10 * time.Second // Its own is five minutes.
				if err := c.Hello("probe.example.org"); err == nil {
					return errors.New("it took the flood for a greeting")
				}
				_ = c.Close()
			}
			return nil
		}},
	}})
	if err != nil {
		return err
	}
	r.atMost(16<<20, used.median(smtpProber, octets), flood+": octets")
	r.atLeast(10, used.ratio(smtpPeer, smtpProber, wall), flood+": times faster than the peer")
	return nil
}
