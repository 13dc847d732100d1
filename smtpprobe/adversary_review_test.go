package smtpprobe_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// What goes wrong on this machine says nothing of a host.
func TestAdversaryOwnTrouble(t *testing.T) {
	for _, cause := range []error{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.ENOBUFS, syscall.EADDRNOTAVAIL, syscall.EAFNOSUPPORT, syscall.EINVAL,
		os.ErrPermission, errors.New("too many things"), errors.New("exceeds maximum"), errors.New("what came is no SMTP reply"),
	} {
		p := smtpprobe.Prober{HELO: "probe.example.net", Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", cause)}
		}}
		rep, err := p.ProbeHost(t.Context(), smtpprobe.Host{Name: "mx.example.org", Addrs: []netip.Addr{netip.MustParseAddr("8.8.8.8")}})
		require.NoError(t, err)
		require.Equal(t, smtpprobe.Unknown, rep.Status, "%v: %+v", cause, rep.Sessions[0].Steps)
		require.Equal(t, smtpprobe.Maybe, rep.Hosts[0].Offered)
		require.NotContains(t, []smtpprobe.Kind{smtpprobe.KindTooLarge, smtpprobe.KindMalformed}, rep.Sessions[0].Steps[0].Failure.Kind, "%v", cause)

		// Nor does it prove that the port is blocked, when it is the same for all.
		p.Control = smtpprobe.Host{Name: "control.example.net", Addrs: []netip.Addr{netip.MustParseAddr("8.8.4.4")}}
		rep, err = p.ProbeHost(t.Context(), smtpprobe.Host{Name: "mx.example.org", Addrs: []netip.Addr{netip.MustParseAddr("8.8.8.8")}})
		require.NoError(t, err)
		if errors.Is(cause, syscall.EMFILE) || errors.Is(cause, syscall.ENFILE) || errors.Is(cause, syscall.ENOMEM) || errors.Is(cause, syscall.ENOBUFS) {
			require.Equal(t, smtpprobe.Maybe, rep.PortBlocked, "%v", cause)
		}
	}
}

// A server that fails once, or cannot bear a large ClientHello, and then agrees on what
// is current, is no old one: others get TLS with it.
func TestAdversaryNotOld(t *testing.T) {
	root := advRoot("Not old")
	modern := advLeaf(root, "mx.example.org").config(root)
	modern.MinVersion, modern.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	for name, fail := range map[string]func(*advConn){
		"reset": func(c *advConn) { _, _ = c.r.ReadByte(); c.reset() },
		"close": func(c *advConn) { _, _ = c.r.ReadByte(); c.drain() },
		"alert": func(c *advConn) { _, _ = c.r.ReadByte(); c.say("\x15\x03\x03\x00\x02\x02\x50"); c.drain() },
	} {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int64
			s := advServe(t, func(c *advConn) {
				c.starttls("220 go\r\n")
				if n.Add(1) == 1 {
					fail(c)
				} else if c.tls(modern) {
					c.rest("221 bye\r\n")
				}
			})
			rep, err := advProber(s.port).ProbeHost(t.Context(), advHost1)
			require.NoError(t, err)
			require.Len(t, rep.Sessions, 2)
			require.Equal(t, smtpprobe.Maybe, rep.Hosts[0].Negotiated, "%s", advShow(rep))
			require.False(t, rep.Findings.Has(smtpprobe.CodeOldTLS))
			require.NotEmpty(t, rep.Findings)
		})
	}
}

// A machine that does not dial itself says nothing about what others reach there.
func TestAdversaryNotDialledIsNoVerdict(t *testing.T) {
	for text, want := range map[string]smtpprobe.Status{"8.8.8.8": smtpprobe.Unknown, "2606:4700::1": smtpprobe.Unknown, "10.0.0.1": smtpprobe.Unfit, "::1": smtpprobe.Unfit} {
		sessions := []smtpprobe.Session{{
			Host: "mx.example.org", Addr: netip.MustParseAddr(text), Port: 25, Start: time.Now().UTC(),
			Steps: []smtpprobe.Step{{Stage: smtpprobe.StageConnect, Failure: smtpprobe.Failure{Kind: smtpprobe.KindNotAllowed, Text: text + " is an address of this machine"}}},
		}}
		res := smtpprobe.Evaluate(smtpprobe.Request{}, sessions)
		require.Equal(t, want, res.Status, text)
		require.Equal(t, want == smtpprobe.Unfit, smtpprobe.FactsOf(res, sessions)[0].Gone, text)
		require.Equal(t, want == smtpprobe.Unfit, res.Findings.Has(smtpprobe.CodeAddressUnfit), text)
		require.NotEmpty(t, res.Findings)
	}
}

// A chain that was valid once, and one that seems valid now, are not one that is
// (RFC 8461 section 4.2).
func TestAdversaryExpiredOnTheWay(t *testing.T) {
	now := time.Now()
	past := func(c x509.Certificate) x509.Certificate {
		c.IsCA, c.NotBefore, c.NotAfter = true, now.Add(-72*time.Hour), now.Add(-time.Hour)
		return c
	}
	lives := x509.Certificate{DNSNames: []string{"mx.example.org"}, NotBefore: now.Add(-48 * time.Hour), NotAfter: now.Add(48 * time.Hour)}
	named := func(n string) x509.Certificate {
		return x509.Certificate{Subject: pkix.Name{CommonName: n}, IsCA: true}
	}

	oldRoot := advSign(nil, past(named("Old root")))
	leaf := advSign(oldRoot, lives)
	long := named("Root")
	long.NotBefore, long.NotAfter = now.Add(-96*time.Hour), now.Add(96*time.Hour)
	root := advSign(nil, long)
	oldInter := advSign(root, past(named("Inter")))
	lookalike := advSign(nil, named("Inter"))
	below := advSign(oldInter, lives)
	for name, tt := range map[string]struct {
		config *tls.Config
		root   *advCA
	}{
		"the root":                           {leaf.config(), oldRoot},
		"the root, presented":                {leaf.config(oldRoot), oldRoot},
		"an intermediate":                    {below.config(oldInter), root},
		"an intermediate behind a lookalike": {below.config(lookalike, oldInter), root},
		"an intermediate before a lookalike": {below.config(oldInter, lookalike), root},
	} {
		t.Run(name, func(t *testing.T) {
			s := advServe(t, func(c *advConn) {
				c.starttls("220 go\r\n")
				if c.tls(tt.config) {
					c.hear()
					c.say(advBare)
					c.rest("221 bye\r\n")
				}
			})
			p := advProber(s.port)
			p.Roots = tt.root.pool()
			rep, err := p.ProbeHost(t.Context(), advHost1)
			require.NoError(t, err)
			require.Equal(t, smtpprobe.No, rep.Hosts[0].Authenticated, "%s", advShow(rep))
			require.Equal(t, smtpprobe.No, rep.Hosts[0].Addresses[0].TLS.Current)
			require.True(t, rep.Findings.Has(smtpprobe.CodeExpired), "%s", advShow(rep))
		})
	}
}

// RFC 8460 section 3.
func TestAdversaryTLSRPT(t *testing.T) {
	for txt, rua := range map[string][]string{
		"v=TLSRPTv1; rua=mailto:a@example.org":                           {"mailto:a@example.org"},
		"v=TLSRPTv1;rua=https://example.org/r;":                          {"https://example.org/r"},
		"v=TLSRPTv1; rua=mailto:a@example.org,https://example.org/r":     {"mailto:a@example.org", "https://example.org/r"},
		"v=TLSRPTv1; rua=mailto:a@example.org , \thttps://example.org/r": {"mailto:a@example.org", "https://example.org/r"},
		"v=TLSRPTv1; x=y; rua=mailto:a@example.org; z=1":                 {"mailto:a@example.org"},
		"v=TLSRPTv1 ; rua=mailto:a@example.org ; ":                       {"mailto:a@example.org"},
		"":                                        nil,
		"v=TLSRPTv1":                              nil,
		"v=TLSRPTv1;":                             nil,
		"v=TLSRPTv1; rua=":                        nil,
		"v=TLSRPTv1; x=y":                         nil,
		"v=tlsrptv1; rua=mailto:a@example.org":    nil,
		"V=TLSRPTv1; rua=mailto:a@example.org":    nil,
		"v=TLSRPTv2; rua=mailto:a@example.org":    nil,
		"v=TLSRPTv11; rua=mailto:a@example.org":   nil,
		" v=TLSRPTv1; rua=mailto:a@example.org":   nil,
		"rua=mailto:a@example.org; v=TLSRPTv1":    nil,
		"v=TLSRPTv1; RUA=mailto:a@example.org":    nil,
		"v=TLSRPTv1; rua=mailto:a@example.org,":   nil,
		"v=TLSRPTv1; rua=,mailto:a@example.org":   nil,
		"v=TLSRPTv1; rua=mailto:a@example.org\n":  nil,
		"v=TLSRPTv1; rua=mailto:a@example.org; =": nil,
		"v=TLSRPTv1;; rua=mailto:a@example.org":   nil,
		"v=TLSRPTv1; rua=a b":                     nil,
		"v=TLSRPTv1; rua=\xff:x":                  nil,
	} {
		r, err := smtpprobe.ParseTLSRPT(txt)
		if rua == nil {
			require.Error(t, err, "%q", txt)
			advPrintable(t, err.Error())
			continue
		}
		require.NoError(t, err, "%q", txt)
		require.Equal(t, rua, r.RUA, "%q", txt)
	}
	const at = "_smtp._tls.example.org TXT "
	for zone, want := range map[string]smtpprobe.PolicyStatus{
		at + `"v=TLSRPTv1; rua=mailto:a@example.org"`:                                                        smtpprobe.PolicyFound,
		at + `"v=TLSR" "PTv1; rua=mailto:a@example.org"`:                                                     smtpprobe.PolicyFound,
		at + `"v=TLSRPTv1; rua=mailto:a@example.org"` + "\n" + at + `"other"`:                                smtpprobe.PolicyFound,
		at + `"v=TLSRPTv1; rua=mailto:a@example.org"` + "\n" + at + `"v=TLSRPTv1; rua=mailto:b@example.org"`: smtpprobe.PolicyBroken,
		at + "!servfail": smtpprobe.PolicyUnknown, at + "!timeout": smtpprobe.PolicyUnknown, at + "!nodata": smtpprobe.PolicyAbsent, "": smtpprobe.PolicyAbsent,
	} {
		r, missing := smtpprobe.EvaluateTLSRPT("example.org", resolver.MustZone(zone))
		require.Empty(t, missing)
		require.Equal(t, want, r.Status, zone)
	}
}

// What EHLO offers behind much else is offered.
func TestAdversaryOfferFarBehind(t *testing.T) {
	for _, lines := range []int{10, 40, 100} {
		for _, length := range []int{10, 450, 500} {
			var b strings.Builder
			b.WriteString("250-mx.example.org\r\n")
			for i := range lines {
				fmt.Fprintf(&b, "250-X%d %s\r\n", i, strings.Repeat("x", length))
			}
			b.WriteString("250-SMTPUTF8\r\n250 STARTTLS\r\n")
			s := advServe(t, func(c *advConn) { c.hello(b.String()); c.hear(); c.say("454 later\r\n"); c.rest("221 bye\r\n") })
			rep, err := advProber(s.port).ProbeHost(t.Context(), advHost1)
			require.NoError(t, err)
			require.NotEqual(t, smtpprobe.No, rep.Hosts[0].Offered, "%d lines of %d", lines, length)
			require.False(t, rep.Findings.Has(smtpprobe.CodeNoSTARTTLS), "%d lines of %d", lines, length)
			require.Equal(t, rep.Result, smtpprobe.Evaluate(smtpprobe.Request{}, advJSON(t, rep.Sessions)))
		}
	}
	// A line is not kept by half.
	var b strings.Builder
	b.WriteString("250-mx.example.org\r\n")
	for range 15 {
		b.WriteString("250-" + strings.Repeat("Y", 512) + "\r\n")
	}
	b.WriteString("250-" + strings.Repeat("Y", 493) + "\r\n250 STARTTLS\r\n")
	s := advServe(t, func(c *advConn) { c.hello(b.String()); c.rest("221 bye\r\n") })
	rep, err := advProber(s.port).ProbeHost(t.Context(), advHost1)
	require.NoError(t, err)
	require.NotEqual(t, smtpprobe.No, rep.Hosts[0].Offered)
}

// A server ends at each point of a session, in each way.
func TestAdversaryEndsEverywhere(t *testing.T) {
	root := advRoot("Ends")
	good := advLeaf(root, "mx.example.org").config(root)
	ends := map[string]func(*advConn){
		"close":   func(*advConn) {},
		"reset":   func(c *advConn) { c.reset() },
		"421":     func(c *advConn) { c.say("421 4.3.2 later\r\n") },
		"half":    func(c *advConn) { c.say("2") },
		"garbage": func(c *advConn) { c.say("\xff\x00garbage\r\n") },
		"bare":    func(c *advConn) { c.say("\r\n") },
		"lonely":  func(c *advConn) { c.say("999 999\r\n") },
		"silence": func(c *advConn) { c.quiet() },
	}
	points := []func(*advConn) bool{
		func(c *advConn) bool { return c.say("220 mx.example.org\r\n") },
		func(c *advConn) bool { c.hear(); return c.say(advEHLO) },
		func(c *advConn) bool { c.hear(); return c.say("220 go\r\n") },
		func(c *advConn) bool { return c.tls(good) },
		func(c *advConn) bool { c.hear(); return c.say(advBare) },
		func(c *advConn) bool { c.hear(); return c.say("221 bye\r\n") },
	}
	for name, end := range ends {
		for at := range points {
			if name == "silence" && at == 3 {
				continue // Something hears the ClientHello, which is no line.
			}
			t.Run(fmt.Sprintf("%s at %d", name, at), func(t *testing.T) {
				t.Parallel()
				script := func(c *advConn) {
					for _, f := range points[:at] {
						if !f(c) {
							return
						}
					}
					if at != 0 && at != 3 {
						c.hear()
					}
					end(c)
				}
				probe := func(t *testing.T, _ *advServer, p smtpprobe.Prober) {
					t.Helper()
					p.Roots = root.pool()
					rep, err := p.ProbeHost(t.Context(), advHost1)
					require.NoError(t, err)
					h := rep.Hosts[0]
					// Offered and negotiated are what was seen, and never a no for what was not.
					require.Equal(t, at >= 2, h.Offered == smtpprobe.Yes, "%s", advShow(rep))
					require.NotEqual(t, smtpprobe.No, h.Offered)
					require.Equal(t, at >= 4, h.Negotiated == smtpprobe.Yes, "%s", advShow(rep))
					if name != "garbage" && name != "bare" && name != "lonely" && name != "half" {
						require.NotEqual(t, smtpprobe.No, h.Negotiated, "%s", advShow(rep))
					}
					require.Equal(t, at >= 4, h.Authenticated == smtpprobe.Yes, "%s", advShow(rep))
					if at < 2 {
						require.NotEqual(t, smtpprobe.Ready, rep.Status, "%s", advShow(rep))
					}
					if at == 5 {
						require.Equal(t, smtpprobe.Ready, rep.Status)
					}
					require.Equal(t, rep.Result, smtpprobe.Evaluate(smtpprobe.Request{}, advJSON(t, rep.Sessions)))
				}
				if name == "silence" {
					advWait(t, script, probe)
					return
				}
				s := advServe(t, script)
				probe(t, s, advProber(s.port))
			})
		}
	}
}
