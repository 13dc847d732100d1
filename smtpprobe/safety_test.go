package smtpprobe_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// TestNotDialled shows that an address that is not public is refused before a packet is
// sent, in whatever form it comes.
func TestNotDialled(t *testing.T) {
	var own []string
	addrs, err := net.InterfaceAddrs()
	require.NoError(t, err)
	for _, a := range addrs {
		own = append(own, netip.MustParsePrefix(a.String()).Addr().WithZone("").String())
	}
	for _, addr := range append(own,
		"127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.8",
		"198.18.0.1", "192.0.2.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%lo", "fc00::1", "ff02::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:db8::1", "::7f00:1",
	) {
		t.Run(addr, func(t *testing.T) {
			dialled := ""
			p := smtpprobe.Prober{Dial: func(_ context.Context, _, address string) (net.Conn, error) {
				dialled = address
				return nil, errors.New("dialled")
			}}
			rep, err := p.ProbeHost(t.Context(), smtpprobe.Host{Name: host, Addrs: []netip.Addr{netip.MustParseAddr(addr)}})
			require.NoError(t, err)
			require.Empty(t, dialled)
			require.Equal(t, smtpprobe.Unfit, rep.Status)
			require.Equal(t, []mailworthy.Code{smtpprobe.CodeAddressUnfit}, codes(rep.Findings))
			checkReport(t, rep)

			p.Dial = nil // The same with sockets.
			rep, err = p.ProbeHost(t.Context(), smtpprobe.Host{Name: host, Addrs: []netip.Addr{netip.MustParseAddr(addr)}})
			require.NoError(t, err)
			require.Equal(t, smtpprobe.Unfit, rep.Status)
		})
	}
}

// TestDialled shows what is dialled, and that a Dial gets addresses and never names.
func TestDialled(t *testing.T) {
	dialled := make(chan string, 10)
	p := smtpprobe.Prober{
		Limits: smtpprobe.Limits{Concurrency: 1, Spacing: -1}, Port: 2525, Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")},
		Dial: func(_ context.Context, network, address string) (net.Conn, error) {
			dialled <- network + " " + address
			return nil, errors.New("no")
		},
	}
	_, err := p.ProbeHost(t.Context(), smtpprobe.Host{Name: "localhost", Addrs: []netip.Addr{
		netip.MustParseAddr("::ffff:8.8.8.8"), netip.MustParseAddr("8.8.8.8"),
		{},
		netip.MustParseAddr("10.0.0.9"), netip.MustParseAddr("10.0.1.9"),
		netip.MustParseAddr("2a00:1450::1"),
	}})
	require.NoError(t, err)
	close(dialled)
	var got []string
	for d := range dialled {
		got = append(got, d)
	}
	require.ElementsMatch(t, []string{"tcp 8.8.8.8:2525", "tcp 10.0.0.9:2525", "tcp [2a00:1450::1]:2525"}, got)
}

// TestInputs shows that nothing that could end a line comes into one.
func TestInputs(t *testing.T) {
	addr := []netip.Addr{public}
	for _, bad := range []string{"a b", "a\r\nDATA", "a\nb", "a\x00b", "<a>", "a..b", strings.Repeat("a.", 200) + "b", "[127.0.0.1", "[::1]", "[IPv6:1.2.3.4]", "[IPv6:fe80::1%eth0]", "a@b", "."} {
		t.Run(bad, func(t *testing.T) {
			p := smtpprobe.Prober{Dial: func(context.Context, string, string) (net.Conn, error) { panic("dialled") }}
			p.HELO = bad
			_, err := p.ProbeHost(t.Context(), smtpprobe.Host{Name: host, Addrs: addr})
			require.ErrorIs(t, err, smtpprobe.ErrName)
			p.HELO = ""
			_, err = p.ProbeHost(t.Context(), smtpprobe.Host{Name: bad, Addrs: addr})
			require.ErrorIs(t, err, smtpprobe.ErrName)

			req := smtpprobe.RecipientRequest{HELO: bad, MailFrom: "probe@example.org", Recipient: "joe@example.net"}
			_, err = p.ProbeRecipient(t.Context(), req, []smtpprobe.Host{{Name: host, Addrs: addr}})
			require.ErrorIs(t, err, smtpprobe.ErrName)
		})
	}
	for _, bad := range []string{"", "joe", "joe@", "@example.net", "joe@example.net\r\nDATA", "a b@example.net", "joe@exa mple.net", "<joe@example.net>", "joe\x00@example.net"} {
		t.Run(bad, func(t *testing.T) {
			p := smtpprobe.Prober{Dial: func(context.Context, string, string) (net.Conn, error) { panic("dialled") }}
			for _, req := range []smtpprobe.RecipientRequest{
				{HELO: "probe.example.org", MailFrom: "probe@example.org", Recipient: bad},
				{HELO: "probe.example.org", MailFrom: bad, Recipient: "joe@example.net"},
			} {
				rep, err := p.ProbeRecipient(t.Context(), req, []smtpprobe.Host{{Name: host, Addrs: addr}})
				require.Error(t, err)
				require.Equal(t, smtpprobe.RecipientUnknown, rep.Status)
			}
		})
	}
	_, err := smtpprobe.Prober{}.ProbeHosts(t.Context(), nil)
	require.ErrorIs(t, err, smtpprobe.ErrNoAddress)
	_, err = smtpprobe.Prober{}.ProbeHost(t.Context(), smtpprobe.Host{Name: host})
	require.ErrorIs(t, err, smtpprobe.ErrNoAddress)
}

// TestLiteral shows what EHLO says when nobody gave a name.
func TestLiteral(t *testing.T) {
	s := listen(t, honest(nil).serve)
	p := s.prober()
	for _, tt := range []struct{ helo, want string }{
		{"", "EHLO [127.0.0.1]"},
		{"[192.0.2.1]", "EHLO [192.0.2.1]"},
		{"[IPv6:2001:DB8::1]", "EHLO [IPv6:2001:db8::1]"},
		{"Bücher.Example.", "EHLO xn--bcher-kva.example"},
	} {
		p.HELO = tt.helo
		rep, err := p.ProbeHost(t.Context(), s.host(""))
		require.NoError(t, err)
		require.Equal(t, tt.want, rep.Sessions[0].Steps[2].Sent)
	}
}

// TestFanOut shows that many hosts with many addresses are cut, and counted.
func TestFanOut(t *testing.T) {
	open, most := make(chan struct{}, 1000), 0
	p := smtpprobe.Prober{
		Limits: smtpprobe.Limits{Spacing: -1, Concurrency: 3},
		Dial: func(context.Context, string, string) (net.Conn, error) {
			open <- struct{}{}
			most = max(most, len(open))
			<-open
			return nil, errors.New("no")
		},
	}
	p.Limits.Concurrency = 1 // So that most needs no lock.
	var hosts []smtpprobe.Host
	for i := range 500 {
		h := smtpprobe.Host{Name: "mx" + string(rune('a'+i%26)) + strings.Repeat("x", i/26) + ".example.net"}
		for j := range 50 {
			h.Addrs = append(h.Addrs, netip.AddrFrom4([4]byte{8, byte(i / 250), byte(i % 250), byte(j + 1)}))
		}
		hosts = append(hosts, h)
	}
	rep, err := p.ProbeHosts(t.Context(), hosts)
	require.NoError(t, err)
	require.Len(t, rep.Sessions, 5*4)
	require.Equal(t, 500*50-20, rep.Skipped)
	require.Equal(t, 1, most)
}

// TestControl shows when the control host is asked.
func TestControl(t *testing.T) {
	s := listen(t, honest(good()).serve)
	p := s.prober()
	p.Control = s.host("control.example.org")
	down := smtpprobe.Host{Name: host, Addrs: []netip.Addr{netip.MustParseAddr("127.9.9.9")}}

	rep, err := p.ProbeHost(t.Context(), down)
	require.NoError(t, err)
	require.Equal(t, smtpprobe.No, rep.PortBlocked)
	require.Equal(t, smtpprobe.Refused, rep.Status)
	require.Equal(t, []mailworthy.Code{smtpprobe.CodeRefused}, codes(rep.Findings))
	require.Equal(t, [][]string{{"QUIT"}}, s.commands(), "the control host is only greeted")
	checkReport(t, rep)

	p.Control = down
	rep, err = p.ProbeHost(t.Context(), down)
	require.NoError(t, err)
	require.Equal(t, smtpprobe.Yes, rep.PortBlocked)
	require.Equal(t, smtpprobe.Unknown, rep.Status)
	require.Equal(t, []mailworthy.Code{smtpprobe.CodePortBlocked}, codes(rep.Findings))
	checkReport(t, rep)

	p.Control = smtpprobe.Host{}
	rep, err = p.ProbeHost(t.Context(), down)
	require.NoError(t, err)
	require.Equal(t, smtpprobe.Maybe, rep.PortBlocked)
	require.Equal(t, []mailworthy.Code{smtpprobe.CodeNoConnection}, codes(rep.Findings))
}

// TestDialWithoutConnection has a Dial that breaks its contract.
func TestDialWithoutConnection(t *testing.T) {
	p := smtpprobe.Prober{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, nil }} //nolint:nilnil // That is the fault.
	rep, err := p.ProbeHost(t.Context(), smtpprobe.Host{Name: "mx.test", Addrs: []netip.Addr{netip.MustParseAddr("192.88.99.1")}})
	require.NoError(t, err)
	require.Equal(t, smtpprobe.Unknown, rep.Status)
	require.Contains(t, rep.Sessions[0].Steps[0].Failure.Text, "no connection")
}
