package smtpprobe_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// advDialled returns a Dial that connects nowhere, and what it was asked for.
func advDialled() (func(context.Context, string, string) (net.Conn, error), func() []string) {
	var mu sync.Mutex
	var got []string
	return func(_ context.Context, _, address string) (net.Conn, error) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, address)
			return nil, errors.New("nowhere")
		}, func() []string {
			mu.Lock()
			defer mu.Unlock()
			return got
		}
}

func TestAdversaryAddressesDialled(t *testing.T) {
	own, err := net.InterfaceAddrs()
	require.NoError(t, err)
	refused := strings.Fields(`
		0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.0 127.0.0.1 127.255.255.255
		169.254.0.0 169.254.169.254 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.8 192.0.0.170 192.0.2.1 192.168.0.0
		192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.0 239.255.255.255 240.0.0.0 255.255.255.254
		255.255.255.255 :: ::1 ::2 ::7f00:1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0.0.0.0
		::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::1 64:ff9b:1::7f00:1 100::1
		2001::1 2001:0:7f00:1::1 2001:2::1 2001:db8::1 2001:10::1 2002:7f00:1::1 2002:a00:1::1 2002:c0a8:101::1 2002:a9fe:a9fe::1
		3fff::1 5f00::1 fc00::1 fd00::1 fdff:ffff::1 fe80::1 fe80::1%lo fe80::1%1 febf::1 fec0::1 ff00::1 ff02::1 ff0e::1
		::1%lo ::ffff:127.0.0.1%lo`)
	special := len(refused)
	for _, a := range own {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			refused = append(refused, p.Addr().String())
		}
	}
	dial, dialled := advDialled()
	for i, text := range refused {
		addr := netip.MustParseAddr(text)
		rep, err := smtpprobe.Prober{Dial: dial, HELO: "probe.example.net"}.ProbeHost(t.Context(), smtpprobe.Host{Name: "mx.example.org", Addrs: []netip.Addr{addr}})
		require.NoError(t, err, text)
		require.Empty(t, dialled(), text)
		if i < special { // A public address of this machine may do for others.
			require.Equal(t, smtpprobe.Unfit, rep.Status, text)
		}
		require.Contains(t, []smtpprobe.Status{smtpprobe.Unfit, smtpprobe.Unknown}, rep.Status, text)
		advJSON(t, rep)
	}
	// The same as the answer of a resolver, as a literal, and for a policy.
	for _, text := range refused {
		addr := netip.MustParseAddr(text)
		world := resolver.Func(func(_ context.Context, q resolver.Question) (resolver.Answer, error) {
			switch {
			case q.Type == resolver.TypeMX:
				return resolver.Answer{Status: resolver.Success, MX: []resolver.MXHost{{Host: "mx.example.org"}}}, nil
			case q.Type == resolver.TypeTXT && strings.HasPrefix(q.Name, "_mta-sts"):
				return resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{{"v=STSv1; id=1"}}}, nil
			case q.Type == resolver.TypeA && addr.Is4(), q.Type == resolver.TypeAAAA && addr.Is6():
				return resolver.Answer{Status: resolver.Success, Addrs: []netip.Addr{addr}}, nil
			}
			return resolver.Answer{Status: resolver.NoData}, nil
		})
		p := smtpprobe.Prober{Dial: dial, HELO: "probe.example.net", Resolver: world}
		_, err := p.Probe(t.Context(), "example.org")
		require.NoError(t, err)
		_, err = p.FetchPolicy(t.Context(), "example.org")
		require.NoError(t, err)
		_, _ = p.ProbeRecipient(t.Context(), smtpprobe.RecipientRequest{Recipient: "a@example.org", HELO: "probe.example.net", MailFrom: "b@example.net"}, nil)
		literal := "a@[" + addr.WithZone("").String() + "]"
		if addr.Is6() {
			literal = "a@[IPv6:" + addr.WithZone("").String() + "]"
		}
		_, _ = p.ProbeRecipient(t.Context(), smtpprobe.RecipientRequest{Recipient: literal, HELO: "probe.example.net", MailFrom: "b@example.net"}, nil)
		require.Empty(t, dialled(), text)
	}
	// Their neighbours are public, and a list of what is allowed says no more than itself.
	public := strings.Fields(`1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255
		169.255.0.0 172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255
		2600::1 2a00::1 2001:4860::1`)
	for _, text := range public {
		rep, err := smtpprobe.Prober{Dial: dial, HELO: "probe.example.net"}.ProbeHost(t.Context(), smtpprobe.Host{Addrs: []netip.Addr{netip.MustParseAddr(text)}})
		require.NoError(t, err)
		require.NotEqual(t, smtpprobe.Unfit, rep.Status, text)
	}
	require.Len(t, dialled(), len(public))
	dial, dialled = advDialled()
	p := smtpprobe.Prober{Dial: dial, HELO: "probe.example.net", Allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}
	for _, text := range []string{"10.2.0.1", "127.0.0.1", "::1", "10.0.255.255", "192.168.0.1", "::ffff:10.2.0.1"} {
		_, err := p.ProbeHost(t.Context(), smtpprobe.Host{Addrs: []netip.Addr{netip.MustParseAddr(text)}})
		require.NoError(t, err)
	}
	require.Empty(t, dialled())
	_, err = p.ProbeHost(t.Context(), smtpprobe.Host{Addrs: []netip.Addr{netip.MustParseAddr("10.1.2.3")}})
	require.NoError(t, err)
	require.Equal(t, []string{"10.1.2.3:25"}, dialled())

	_, err = p.ProbeHost(t.Context(), smtpprobe.Host{Name: "mx.example.org", Addrs: []netip.Addr{{}}})
	if err == nil {
		require.Len(t, dialled(), 1)
	}
}

// What was checked is what is dialled, whatever the resolver says the next time.
func TestAdversaryRebinding(t *testing.T) {
	var asked atomic.Int64
	world := resolver.Func(func(_ context.Context, q resolver.Question) (resolver.Answer, error) {
		switch q.Type {
		case resolver.TypeMX:
			return resolver.Answer{Status: resolver.Success, MX: []resolver.MXHost{{Host: "mx.example.org"}}}, nil
		case resolver.TypeTXT:
			return resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{{"v=STSv1; id=1"}}}, nil
		case resolver.TypeA:
			if asked.Add(1)%2 == 0 {
				return resolver.Answer{Status: resolver.Success, Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}, nil
			}
			return resolver.Answer{Status: resolver.Success, Addrs: []netip.Addr{netip.MustParseAddr("8.8.8.8")}}, nil
		}
		return resolver.Answer{Status: resolver.NoData}, nil
	})
	dial, dialled := advDialled()
	p := smtpprobe.Prober{Dial: dial, HELO: "probe.example.net", Resolver: world}
	for range 6 {
		_, err := p.Probe(t.Context(), "example.org")
		require.NoError(t, err)
		_, err = p.FetchPolicy(t.Context(), "example.org")
		require.NoError(t, err)
	}
	require.NotEmpty(t, dialled())
	for _, a := range dialled() {
		ap, err := netip.ParseAddrPort(a)
		require.NoError(t, err, "a name was dialled")
		require.Equal(t, "8.8.8.8", ap.Addr().String())
	}
}

// Nothing that a caller passes on from elsewhere gets onto the wire, unless it is what
// it should be.
func TestAdversaryInjection(t *testing.T) {
	dial, dialled := advDialled()
	bad := []string{
		"a\r\nRCPT TO:<x@y>", "a\nb", "a\rb", "a\x00b", "a b", "a\tb", "\r\n", " ", "a\x7fb", "a\x1b[31m", "a>b", "<a", "a..b", ".",
		strings.Repeat("a", 64) + ".example", advDomain(260), "a\u2028b", "a\xffb", "a\u0085b.example",
	}
	addr := []netip.Addr{netip.MustParseAddr("8.8.8.8")}
	for _, s := range []string{"-", "-a.example", "a-.example", "a.-", "[127.0.0.1", "127.0.0.1]", "[::1]", "[IPv6:127.0.0.1]", "[IPv6:fe80::1%lo]", "[]", "[a]", "[127.0.0.1\r\n]"} {
		_, err := smtpprobe.Prober{Dial: dial, HELO: s}.ProbeHost(t.Context(), smtpprobe.Host{Name: "mx.example.org", Addrs: addr})
		require.ErrorIs(t, err, smtpprobe.ErrName, "HELO %q", s)
	}
	for _, s := range bad {
		for _, name := range []string{s, "x." + s, s + ".example.org"} {
			_, err := smtpprobe.Prober{Dial: dial, HELO: name}.ProbeHost(t.Context(), smtpprobe.Host{Name: "mx.example.org", Addrs: addr})
			require.ErrorIs(t, err, smtpprobe.ErrName, "HELO %q", name)
			_, err = smtpprobe.Prober{Dial: dial, HELO: "probe.example.net"}.ProbeHost(t.Context(), smtpprobe.Host{Name: name, Addrs: addr})
			require.ErrorIs(t, err, smtpprobe.ErrName, "host %q", name)
			_, err = smtpprobe.Prober{Dial: dial, HELO: name, Resolver: resolver.MustZone("")}.Probe(t.Context(), "example.org")
			require.ErrorIs(t, err, smtpprobe.ErrName, "HELO %q", name)
			for _, req := range []smtpprobe.RecipientRequest{
				{Recipient: "a@example.org", HELO: name, MailFrom: "b@example.net"},
				{Recipient: "a@" + name, HELO: "probe.example.net", MailFrom: "b@example.net"},
				{Recipient: "a@example.org", HELO: "probe.example.net", MailFrom: "b@" + name},
			} {
				_, err = smtpprobe.Prober{Dial: dial}.ProbeRecipient(t.Context(), req, []smtpprobe.Host{{Name: "mx.example.org", Addrs: addr}})
				require.Error(t, err, "%+v", req)
				advPrintable(t, err.Error())
			}
		}
	}
	for _, s := range []string{"a\r\nRCPT TO:<x@y>", "a\nb", "a\rb", "a\x00b", "\r\n", "a\x7fb", "a\x1b[31m", "a\xffb", strings.Repeat("a", 65), "a@b\r\nDATA"} {
		for _, req := range []smtpprobe.RecipientRequest{
			{Recipient: s + "@example.org", HELO: "probe.example.net", MailFrom: "b@example.net"},
			{Recipient: "a@example.org", HELO: "probe.example.net", MailFrom: s + "@example.net"},
			{Recipient: "a@example.org", HELO: "probe.example.net", MailFrom: "b@example.net", Random: s},
		} {
			_, err := smtpprobe.Prober{Dial: dial}.ProbeRecipient(t.Context(), req, []smtpprobe.Host{{Name: "mx.example.org", Addrs: addr}})
			require.Error(t, err, "%+v", req)
			advPrintable(t, err.Error())
		}
	}
	require.Empty(t, dialled())
}

func TestAdversaryCancel(t *testing.T) {
	root := advRoot("Cancel")
	good := advLeaf(root, "mx.example.org").config(root)
	slow := func() { time.Sleep(5 * time.Millisecond) }
	s := advServe(t, func(c *advConn) {
		slow()
		c.say("220-mx\r\n")
		slow()
		c.say("220 mx\r\n")
		c.hear()
		slow()
		c.say(advEHLO)
		c.hear()
		slow()
		c.say("220 go\r\n")
		slow()
		if c.tls(good) {
			for c.hear() != "" {
				slow()
				c.say("250 ok\r\n")
			}
		}
	})
	rng := rand.New(rand.NewPCG(7, 8)) //nolint:gosec // a test
	ended := 0
	for i := range 60 {
		ctx, cancel := context.WithCancel(t.Context())
		after := time.Duration(rng.IntN(50_000)) * time.Microsecond
		timer := time.AfterFunc(after, cancel)
		p := advProber(s.port)
		p.Roots = root.pool()
		var err error
		var rep any
		if i%2 == 0 {
			var r smtpprobe.Report
			r, err = p.ProbeHosts(ctx, []smtpprobe.Host{advHost1, advHost1, advHost1})
			advJSON(t, r)
			rep = r
		} else {
			var r smtpprobe.RecipientReport
			r, err = p.ProbeRecipient(ctx, smtpprobe.RecipientRequest{Recipient: "a@example.org", HELO: "probe.example.net", MailFrom: "b@example.net"}, []smtpprobe.Host{advHost1})
			advJSON(t, r)
			require.Contains(t, []smtpprobe.RecipientStatus{smtpprobe.RecipientUnknown, smtpprobe.RecipientCatchAll, smtpprobe.RecipientAccepted, ""}, r.Status)
			rep = r
		}
		if err != nil {
			ended++
			require.ErrorIs(t, err, context.Canceled, "%v", rep)
		}
		timer.Stop()
		cancel()
	}
	require.Positive(t, ended)
}

// One connection at a time to an address, whoever asks for it.
func TestAdversaryOneAtATime(t *testing.T) {
	var now, most atomic.Int64
	s := advServe(t, func(c *advConn) {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		c.hello(advBare)
		time.Sleep(5 * time.Millisecond)
		c.hear()
		now.Add(-1)
		c.say("221 bye\r\n")
	})
	p := advProber(s.port)
	p.Pacer = new(smtpprobe.Pacer)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			hosts := []smtpprobe.Host{advHost1, advHost1, {Name: "mx2.example.org", Addrs: advHost1.Addrs}, {Name: "mx.example.com", Addrs: []netip.Addr{netip.MustParseAddr("::ffff:127.0.0.1")}}}
			_, err := p.ProbeHosts(t.Context(), hosts)
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, int64(1), most.Load())
}

// An address that is dead says nothing about the others.
func TestAdversaryOneDead(t *testing.T) {
	root := advRoot("Dead")
	good := advLeaf(root, "mx.example.org").config(root)
	s := advServe(t, func(c *advConn) {
		c.starttls("220 go\r\n")
		if c.tls(good) {
			c.hear()
			c.say(advBare)
			c.rest("221 bye\r\n")
		}
	})
	p := advProber(s.port)
	p.Roots = root.pool()
	rep, err := p.ProbeHost(t.Context(), smtpprobe.Host{Name: "mx.example.org", Addrs: []netip.Addr{
		netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("10.0.0.1"),
	}})
	require.NoError(t, err)
	require.Equal(t, smtpprobe.Ready, rep.Status)
	require.Equal(t, smtpprobe.No, rep.PortBlocked)
	require.Equal(t, smtpprobe.Yes, rep.Hosts[0].Authenticated)
	require.Equal(t, smtpprobe.Refused, rep.Hosts[0].Addresses[0].Status)
	require.Equal(t, smtpprobe.Ready, rep.Hosts[0].Addresses[1].Status)
	require.Equal(t, smtpprobe.Unfit, rep.Hosts[0].Addresses[2].Status)
}

// advMailbox is a server with answers for MAIL, the first RCPT and the second one.
func advMailbox(ehlo, mail, first, second string) func(*advConn) {
	return func(c *advConn) {
		c.hello(ehlo)
		rcpt := 0
		for {
			line := c.hear()
			switch {
			case line == "":
				return
			case strings.HasPrefix(line, "MAIL"):
				if mail == "" {
					return
				}
				c.say(mail + "\r\n")
			case strings.HasPrefix(line, "RCPT"):
				rcpt++
				answer := first
				if rcpt > 1 {
					answer = second
				}
				if answer == "" {
					return
				}
				c.say(answer + "\r\n")
			default:
				c.say("250 ok\r\n")
			}
		}
	}
}

func TestAdversaryRecipient(t *testing.T) {
	type is = smtpprobe.RecipientStatus
	const accepted, rejected, deferred, blocked, all, unknown = smtpprobe.RecipientAccepted, smtpprobe.RecipientRejected,
		smtpprobe.RecipientDeferred, smtpprobe.RecipientBlocked, smtpprobe.RecipientCatchAll, smtpprobe.RecipientUnknown
	for i, tt := range []struct {
		mail, first, second string
		want                []is
		catchAll            smtpprobe.Fact
	}{
		{"250 ok", "250 ok", "550 5.1.1 no", []is{accepted}, smtpprobe.No},
		{"250 ok", "251 will forward", "550 5.1.1 no", []is{accepted}, smtpprobe.No},
		{"250 ok", "250 ok", "250 ok", []is{all}, smtpprobe.Yes},
		{"250 ok", "250 ok", "450 4.2.0 later", []is{accepted}, smtpprobe.Maybe},
		{"250 ok", "250 ok", "452 4.5.3 too many", []is{accepted}, smtpprobe.Maybe},
		{"250 ok", "250 ok", "421 4.7.0 bye", []is{accepted}, smtpprobe.Maybe},
		{"250 ok", "250 ok", "550 5.7.1 blocked", []is{accepted}, smtpprobe.Maybe},
		{"250 ok", "250 ok", "354 what", []is{accepted, unknown}, smtpprobe.Maybe},
		{"250 ok", "250 ok", "", []is{accepted}, smtpprobe.Maybe},
		{"250 ok", "550 5.1.1 no such user", "550 5.1.1 no", []is{rejected}, ""},
		{"250 ok", "550 no such user", "550 no", []is{rejected, unknown}, ""},
		{"250 ok", "550 5.7.1 Service unavailable; client blocked using zen.spamhaus.org", "550", []is{blocked}, ""},
		{"250 ok", "554 5.7.1 Relay access denied", "", []is{blocked, unknown}, ""},
		{"250 ok", "550 5.7.26 unauthenticated", "", []is{blocked}, ""},
		{"250 ok", "450 4.2.0 Greylisted", "", []is{deferred}, ""},
		{"250 ok", "451 4.7.1 try later", "", []is{deferred}, ""},
		{"250 ok", "452 4.2.2 full", "", []is{deferred}, ""},
		{"250 ok", "552 5.2.2 full", "", []is{deferred}, ""},
		{"250 ok", "421 4.7.0 bye", "", []is{deferred}, ""},
		{"250 ok", "530 5.7.0 Must issue a STARTTLS command first", "", []is{blocked, unknown}, ""},
		{"250 ok", "503 5.5.1 bad sequence", "", []is{unknown, blocked}, ""},
		{"250 ok", "500 what", "", []is{unknown, blocked}, ""},
		{"250 ok", "252 cannot verify", "", []is{unknown, accepted}, smtpprobe.Maybe},
		{"250 ok", "354 go", "", []is{unknown}, ""},
		{"250 ok", "220 go", "", []is{unknown, accepted}, ""}, // the first digit is enough (RFC 5321 section 4.2.1)
		{"250 ok", "garbage", "", []is{unknown}, ""},
		{"250 ok", "", "", []is{unknown}, ""},
		{"550 5.1.1 no such user", "250 ok", "250 ok", []is{blocked, unknown}, ""},
		{"550 5.7.1 your address is blocked", "", "", []is{blocked}, ""},
		{"451 4.7.1 later", "", "", []is{deferred}, ""},
		{"421 later", "", "", []is{deferred}, ""},
		{"501 5.5.4 syntax", "", "", []is{unknown, blocked}, ""},
		{"", "", "", []is{unknown}, ""},
	} {
		t.Run(fmt.Sprintf("%d %s, %s, %s", i, tt.mail, tt.first, tt.second), func(t *testing.T) {
			s := advServe(t, advMailbox("250-mx\r\n250 ENHANCEDSTATUSCODES\r\n", tt.mail, tt.first, tt.second))
			req := smtpprobe.RecipientRequest{Recipient: `"a b"@example.org`, HELO: "probe.example.net", MailFrom: "b@example.net"}
			rep, err := advProber(s.port).ProbeRecipient(t.Context(), req, []smtpprobe.Host{advHost1})
			require.NoError(t, err)
			require.Contains(t, tt.want, rep.Status, "%+v", rep.RecipientResult)
			if tt.catchAll != "" {
				require.Equal(t, tt.catchAll, rep.CatchAll)
			}
			back := advJSON(t, rep)
			require.Equal(t, rep.RecipientResult, smtpprobe.EvaluateRecipient(req, back.Sessions))
			for _, line := range s.lines() {
				if strings.HasPrefix(line, "RCPT") {
					require.Regexp(t, `^RCPT TO:<("a b"|[!-~]+)@example\.org>\r\n$`, line)
				}
			}
		})
	}
	// What comes before any mailbox is named says nothing about one.
	for name, script := range map[string]func(*advConn){
		"554 greeting": advGreeting("554 5.1.1 no such user\r\n"), "550 EHLO": advReply("550 5.1.1 no such user\r\n"),
		"silent": func(c *advConn) { c.quiet() }, "closes": func(*advConn) {}, "flood": func(c *advConn) { c.flood("550 5.1.1 no\r\n") },
		"ahead": func(c *advConn) { c.say("220 mx\r\n250 mx\r\n250 ok\r\n550 5.1.1 no\r\n"); c.quiet() },
	} {
		t.Run(name, func(t *testing.T) {
			probe := func(t *testing.T, _ *advServer, p smtpprobe.Prober) {
				t.Helper()
				rep, err := p.ProbeRecipient(t.Context(), smtpprobe.RecipientRequest{Recipient: "a@example.org", HELO: "probe.example.net", MailFrom: "b@example.net"}, []smtpprobe.Host{advHost1})
				require.NoError(t, err)
				require.Contains(t, []is{unknown, blocked, deferred}, rep.Status)
			}
			if name == "silent" {
				advWait(t, script, probe)
				return
			}
			s := advServe(t, script)
			probe(t, s, advProber(s.port))
		})
	}
	// A mailbox in UTF-8 is not named to a host that has no SMTPUTF8 (RFC 6531 section 3.1).
	s := advServe(t, advMailbox("250-mx\r\n250 8BITMIME\r\n", "250 ok", "250 ok", "250 ok"))
	rep, err := advProber(s.port).ProbeRecipient(t.Context(), smtpprobe.RecipientRequest{Recipient: "ü@example.org", HELO: "probe.example.net", MailFrom: "b@example.net"}, []smtpprobe.Host{advHost1})
	require.NoError(t, err)
	require.NotContains(t, []is{accepted, all, rejected}, rep.Status)
}

// advWeb serves a policy's host: a script gets each connection inside TLS.
func advWeb(t *testing.T, ca *advCA, leaf *advCA, protos []string, script func(*advConn, string)) func(context.Context, string, string) (net.Conn, error) {
	t.Helper()
	s := advServe(t, func(c *advConn) {
		config := leaf.config(ca)
		config.NextProtos = protos
		if !c.tls(config) {
			return
		}
		var head strings.Builder
		for {
			line, err := c.r.ReadString('\n')
			head.WriteString(line)
			if err != nil || line == "\r\n" {
				break
			}
		}
		script(c, head.String())
	})
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != "8.8.8.8:443" {
			return nil, errors.New("not the policy's host: " + address)
		}
		return new(net.Dialer).DialContext(ctx, network, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), s.port).String())
	}
}

func TestAdversaryFetch(t *testing.T) {
	proxied := advServe(t, func(*advConn) {})
	for _, v := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"} {
		t.Setenv(v, fmt.Sprintf("http://127.0.0.1:%d", proxied.port))
	}
	root, other := advRoot("Web"), advRoot("Other")
	leaf := advLeaf(root, "mta-sts.example.org")
	const policy = "version: STSv1\nmode: enforce\nmx: mx.example.org\nmax_age: 86400\n"
	reply := func(s string) func(*advConn, string) { return func(c *advConn, _ string) { c.say(s) } }
	head := func(status, more string) string {
		return "HTTP/1.1 " + status + "\r\nContent-Type: text/plain\r\nConnection: close\r\n" + more + "\r\n"
	}
	ok := head("200 OK", fmt.Sprintf("Content-Length: %d\r\n", len(policy))) + policy
	type test struct {
		leaf   *advCA
		protos []string
		script func(*advConn, string)
		found  bool // the policy
		errs   []smtpprobe.FetchError
		status int
	}
	tests := map[string]test{
		"good":              {script: reply(ok), found: true, status: 200},
		"chunked":           {script: reply(head("200 OK", "Transfer-Encoding: chunked\r\n") + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(policy), policy)), found: true, status: 200},
		"until the end":     {script: func(c *advConn, _ string) { c.say(head("200 OK", "") + policy); _ = c.Close() }, found: true, status: 200},
		"100 first":         {script: reply("HTTP/1.1 100 Continue\r\n\r\n" + ok), found: true, status: 200},
		"103 first":         {script: reply("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + ok), found: true, status: 200},
		"1xx without end":   {script: func(c *advConn, _ string) { c.flood("HTTP/1.1 100 Continue\r\n\r\n") }},
		"101":               {script: reply("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + policy)},
		"204":               {script: reply(head("204 No Content", "")), status: 204},
		"206":               {script: reply(head("206 Partial Content", fmt.Sprintf("Content-Length: %d\r\nContent-Range: bytes 0-%d/%d\r\n", len(policy), len(policy)-1, len(policy))) + policy), status: 206},
		"203":               {script: reply(head("203 Non-Authoritative", fmt.Sprintf("Content-Length: %d\r\n", len(policy))) + policy), status: 203},
		"301":               {script: reply(head("301 Moved", "Location: https://mta-sts.example.org/x\r\nContent-Length: 0\r\n")), status: 301},
		"302 to loopback":   {script: reply(head("302 Found", "Location: http://127.0.0.1/\r\nContent-Length: 0\r\n")), status: 302},
		"307 to itself":     {script: reply(head("307 Moved", "Location: /.well-known/mta-sts.txt\r\nContent-Length: 0\r\n")), status: 307},
		"401":               {script: reply(head("401 Unauthorized", "WWW-Authenticate: Basic\r\nContent-Length: 0\r\n")), status: 401},
		"404 with a policy": {script: reply(head("404 Not Found", fmt.Sprintf("Content-Length: %d\r\n", len(policy))) + policy), status: 404},
		"500":               {script: reply(head("500 Error", "Content-Length: 0\r\n")), status: 500},
		"html":              {script: reply(strings.ReplaceAll(ok, "text/plain", "text/html")), status: 200},
		"no type":           {script: reply(strings.ReplaceAll(ok, "Content-Type: text/plain\r\n", "")), status: 200},
		"gzip": {script: func(c *advConn, _ string) {
			c.say(head("200 OK", "Content-Encoding: gzip\r\n"))
			z := gzip.NewWriter(c.Conn)
			_, _ = z.Write([]byte(policy))
			_ = z.Close()
			_ = c.Close()
		}},
		"length too long": {script: reply(head("200 OK", "Content-Length: 4096\r\n") + policy)},
		"length huge":     {script: reply(head("200 OK", "Content-Length: 99999999999\r\n") + policy)},
		"length absurd":   {script: reply(head("200 OK", "Content-Length: -1\r\n") + policy)},
		"two lengths":     {script: reply(head("200 OK", "Content-Length: 5\r\nContent-Length: 6\r\n") + policy)},
		"chunk cut":       {script: reply(head("200 OK", "Transfer-Encoding: chunked\r\n") + fmt.Sprintf("%x\r\n%s", len(policy)+10, policy))},
		"chunk nonsense":  {script: reply(head("200 OK", "Transfer-Encoding: chunked\r\n") + "zz\r\n" + policy)},
		"64 KiB and one": {script: func(c *advConn, _ string) {
			c.say(head("200 OK", "") + policy + strings.Repeat("x", 65536-len(policy)+1))
			_ = c.Close()
		}},
		"a body without end": {script: func(c *advConn, _ string) { c.say(head("200 OK", "")); c.flood(policy) }},
		"headers without end": {script: func(c *advConn, _ string) {
			c.say("HTTP/1.1 200 OK\r\n")
			c.flood("X-Y: " + strings.Repeat("z", 100) + "\r\n")
		}},
		"a header without end": {script: func(c *advConn, _ string) { c.say("HTTP/1.1 200 OK\r\nX-Y: "); c.flood("z") }},
		"a status without end": {script: func(c *advConn, _ string) { c.flood("HTTP/1.1 200 ") }},
		"drips the body":       {script: func(c *advConn, _ string) { c.say(head("200 OK", "")); c.drip(policy + strings.Repeat("\n", 400)) }, errs: []smtpprobe.FetchError{smtpprobe.FetchTimeout}},
		"drips the head":       {script: func(c *advConn, _ string) { c.drip(head("200 OK", "X: "+strings.Repeat("y", 400)+"\r\n")) }, errs: []smtpprobe.FetchError{smtpprobe.FetchTimeout}},
		"silent":               {script: func(c *advConn, _ string) { c.drip2() }, errs: []smtpprobe.FetchError{smtpprobe.FetchTimeout}},
		"closes":               {script: func(*advConn, string) {}, errs: []smtpprobe.FetchError{smtpprobe.FetchHTTP, smtpprobe.FetchConnect}},
		"closes in the head":   {script: reply("HTTP/1.1 200 OK\r\nContent-Ty")},
		"not HTTP":             {script: reply("220 mx.example.org\r\n"), errs: []smtpprobe.FetchError{smtpprobe.FetchHTTP}},
		"HTTP/0.9":             {script: reply(policy)},
		"HTTP/2 only":          {protos: []string{"h2"}, script: reply("\x00\x00\x00\x04\x00\x00\x00\x00\x00")},
		"wrong name":           {leaf: advLeaf(root, "example.org"), script: reply(ok), errs: []smtpprobe.FetchError{smtpprobe.FetchCertificate}},
		"name of the parent":   {leaf: advLeaf(root, "*.org", "org"), script: reply(ok), errs: []smtpprobe.FetchError{smtpprobe.FetchCertificate}},
		"wildcard":             {leaf: advLeaf(root, "*.example.org"), script: reply(ok), found: true, status: 200},
		"partial wildcard":     {leaf: advLeaf(root, "mta*.example.org"), script: reply(ok), errs: []smtpprobe.FetchError{smtpprobe.FetchCertificate}},
		"common name only":     {leaf: advLeaf(root), script: reply(ok), errs: []smtpprobe.FetchError{smtpprobe.FetchCertificate}},
		"another authority":    {leaf: advLeaf(other, "mta-sts.example.org"), script: reply(ok), errs: []smtpprobe.FetchError{smtpprobe.FetchCertificate}},
		"controls in headers":  {script: reply(head("302 Found", "Location: \x1b[31m\r\nContent-Length: 0\r\n"))},
	}
	world := resolver.MustZone("mta-sts.example.org A 8.8.8.8\n_mta-sts.example.org TXT \"v=STSv1; id=1\"")
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.leaf == nil {
				tt.leaf = leaf
			}
			var mu sync.Mutex
			var requests []string
			dial := advWeb(t, root, tt.leaf, tt.protos, func(c *advConn, head string) {
				mu.Lock()
				requests = append(requests, head)
				mu.Unlock()
				tt.script(c, head)
			})
			p := smtpprobe.Prober{Dial: dial, Resolver: world, Roots: root.pool()}
			if slices.Contains(tt.errs, smtpprobe.FetchTimeout) {
				p.Timeout = time.Second // Whoever is slower still comes to the same.
			}
			f, err := p.FetchPolicy(t.Context(), "example.org")
			require.NoError(t, err)
			advJSON(t, f)
			require.LessOrEqual(t, len(f.Body), 65536)
			if tt.status != 0 {
				require.Equal(t, tt.status, f.Status, "%+v", f)
			}
			if tt.errs != nil {
				require.Contains(t, tt.errs, f.Error, "%+v", f)
			}
			s, _ := smtpprobe.EvaluateSTS(smtpprobe.STSRequest{Domain: "example.org", Fetch: &f}, world)
			require.Equal(t, tt.found, s.Status == smtpprobe.PolicyFound, "%+v", s)
			mu.Lock()
			defer mu.Unlock()
			require.LessOrEqual(t, len(requests), 1, "once")
			for _, r := range requests {
				lines := strings.Split(strings.ToLower(r), "\r\n")
				require.Equal(t, "get /.well-known/mta-sts.txt http/1.1", lines[0])
				require.Contains(t, lines, "host: mta-sts.example.org")
				require.NotContains(t, strings.ToLower(r), "gzip")
				require.NotContains(t, strings.ToLower(r), "cookie")
			}
		})
	}
	require.Zero(t, proxied.accepted())
}

// drip2 says nothing until the other side goes away.
func (c *advConn) drip2() { _, _ = io.Copy(io.Discard, bufio.NewReader(c.Conn)) }
