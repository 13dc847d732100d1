package resolver

import (
	"context"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/internal/wire"
)

func TestNewServer(t *testing.T) {
	for _, tc := range []struct {
		in, text string
		loopback bool
	}{
		{"192.0.2.53", "192.0.2.53:53", false},
		{"192.0.2.53:5353", "192.0.2.53:5353", false},
		{"2001:db8::53", "[2001:db8::53]:53", false},
		{"[2001:db8::53]", "[2001:db8::53]:53", false},
		{"[2001:db8::53]:5353", "[2001:db8::53]:5353", false},
		{"fe80::1%eth0", "[fe80::1%eth0]:53", false},
		{"::ffff:127.0.0.1", "127.0.0.1:53", true},
		{"127.0.0.53", "127.0.0.53:53", true},
		{"::1", "[::1]:53", true},
	} {
		t.Run(tc.in, func(t *testing.T) {
			s, err := newServer(tc.in)
			require.NoError(t, err)
			require.Equal(t, tc.text, s.text)
			require.Equal(t, tc.loopback, s.loopback)
		})
	}
	for _, in := range []string{"", "dns.example", "192.0.2.53:", "192.0.2.53:99999", "[192.0.2.53", "1.2.3"} {
		_, err := newServer(in)
		require.Error(t, err, in)
	}
}

func TestParseResolvConf(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		servers    []string
		want       *config // without servers
	}{
		{
			name: "empty", servers: []string{"127.0.0.1:53", "[::1]:53"},
			want: &config{timeout: 1500 * time.Millisecond, rounds: 2, network: "udp"},
		},
		{
			name:    "all",
			text:    "# comment\nsearch a.example b.example\nnameserver 192.0.2.1 ; first\n\tnameserver\t2001:db8::1\noptions timeout:3 attempts:4 rotate\noptions use-vc trust-ad ndots:5\n",
			servers: []string{"192.0.2.1:53", "[2001:db8::1]:53"},
			want:    &config{timeout: 3 * time.Second, rounds: 4, network: "tcp", rotate: true, trustAD: true},
		},
		{
			name:    "nonsense and limits",
			text:    "nameserver\nnameserver here\nnameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\noptions timeout:9999 attempts:9999 timeout:x attempts:-1\noptions\n\x00\xff",
			servers: []string{"192.0.2.1:53", "192.0.2.2:53", "192.0.2.3:53"},
			want:    &config{timeout: 30 * time.Second, rounds: 5, network: "udp"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := parseResolvConf(tc.text)
			require.NoError(t, err)
			var servers []string
			for _, s := range got.servers {
				servers = append(servers, s.text)
			}
			require.Equal(t, tc.servers, servers)
			require.Equal(t, tc.want.timeout, got.timeout)
			require.Equal(t, tc.want.rounds, got.rounds)
			require.Equal(t, tc.want.network, got.network)
			require.Equal(t, tc.want.rotate, got.rotate)
			require.Equal(t, tc.want.trustAD, got.trustAD)
		})
	}
}

func TestResolvConfIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "resolv.conf")
	c := &Client{ResolvConf: path}
	texts := func() string {
		cfg, err := c.config.get(c)
		require.NoError(t, err)
		var list []string
		for _, s := range cfg.servers {
			list = append(list, s.text)
		}
		return strings.Join(list, " ")
	}
	write := func(text string, modified time.Time) {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		require.NoError(t, os.Chtimes(path, modified, modified))
	}
	elapse := func() {
		past := time.Now().Add(-2 * checkEvery)
		c.config.checked.Store(&past)
	}
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

	require.Equal(t, "127.0.0.1:53 [::1]:53", texts(), "no file")
	write("nameserver 192.0.2.1\n", day)
	require.Equal(t, "127.0.0.1:53 [::1]:53", texts(), "not looked at yet")
	elapse()
	require.Equal(t, "192.0.2.1:53", texts())
	kept := c.config.current.Load().servers[0]

	write("nameserver 192.0.2.2\n", day)
	elapse()
	require.Equal(t, "192.0.2.1:53", texts(), "same time and size")
	write("nameserver 192.0.2.2\nnameserver 192.0.2.1\n", day.Add(time.Second))
	elapse()
	require.Equal(t, "192.0.2.2:53 192.0.2.1:53", texts())
	require.Same(t, kept, c.config.current.Load().servers[1], "what is known of a server is kept")

	require.NoError(t, os.Remove(path))
	elapse()
	require.Equal(t, "192.0.2.2:53 192.0.2.1:53", texts(), "a file that is away for a moment")

	write("nameserver 192.0.2.2\n", day.Add(2*time.Second))
	elapse()
	require.Equal(t, "192.0.2.2:53", texts())
	require.True(t, kept.pool.closed)
}

func TestConfigOrder(t *testing.T) {
	c, err := newConfig([]string{"192.0.2.1", "192.0.2.2", "192.0.2.3"})
	require.NoError(t, err)
	a, b, d := c.servers[0], c.servers[1], c.servers[2]
	now := time.Now()
	require.Equal(t, []*server{a, b, d}, c.order(nil, now))
	a.failed(now)
	require.Equal(t, []*server{b, d, a}, c.order(nil, now))
	require.Equal(t, []*server{b, d, a}, c.order(nil, now.Add(59*time.Second)))
	require.Equal(t, []*server{a, b, d}, c.order(nil, now.Add(61*time.Second)))
	a.healthy()
	require.Equal(t, []*server{a, b, d}, c.order(nil, now))
	c.rotate = true
	require.Equal(t, []*server{a, b, d}, c.order(nil, now))
	require.Equal(t, []*server{b, d, a}, c.order(nil, now))
	b.failed(now)
	require.Equal(t, []*server{d, a, b}, c.order(nil, now))
	b.healthy()
	c.next.Store(math.MaxUint32) // as an int of 32 bits it is negative
	require.Equal(t, []*server{a, b, d}, c.order(nil, now))
	require.Equal(t, []*server{a, b, d}, c.order(nil, now))
}

func TestPool(t *testing.T) {
	peer, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	defer peer.Close()
	addr := peer.LocalAddr().(*net.UDPAddr).AddrPort()
	now := time.Now()
	isClosed := func(s *socket) bool { return s.conn.SetDeadline(time.Time{}) != nil }
	get := func(p *pool, at time.Time) *socket {
		s, err := p.get(addr, at)
		require.NoError(t, err)
		return s
	}

	t.Run("retired by uses", func(t *testing.T) {
		var p pool
		defer p.close()
		first := get(&p, now)
		for range maxSocketUses - 1 {
			p.put(first, now)
			require.Same(t, first, get(&p, now))
		}
		p.put(first, now)
		require.True(t, isClosed(first))
		require.Zero(t, p.count)
	})
	t.Run("retired by age while idle", func(t *testing.T) {
		var p pool
		defer p.close()
		a, b := get(&p, now), get(&p, now)
		p.put(a, now)
		p.put(b, now)
		other := get(&p, now.Add(maxSocketAge))
		require.True(t, isClosed(a) && isClosed(b))
		p.put(other, now.Add(maxSocketAge))
		require.Equal(t, 1, p.count)
	})
	t.Run("retired by age while in use", func(t *testing.T) {
		var p pool
		s := get(&p, now)
		p.put(s, now.Add(maxSocketAge))
		require.True(t, isClosed(s))
	})
	t.Run("bounded", func(t *testing.T) {
		var p pool
		var all []*socket
		for range maxIdle + 2 {
			all = append(all, get(&p, now))
		}
		for _, s := range all {
			p.put(s, now)
		}
		require.Equal(t, maxIdle, p.count)
		require.True(t, isClosed(all[maxIdle]) && isClosed(all[maxIdle+1]))
		require.Same(t, all[0], get(&p, now), "the one that rested longest")
		p.put(all[0], now)
		p.close()
		for _, s := range all {
			require.True(t, isClosed(s))
		}
	})
	t.Run("closed while in use", func(t *testing.T) {
		var p pool
		s := get(&p, now)
		p.close()
		p.put(s, now)
		require.True(t, isClosed(s))
	})
}

// TestTrust has a server that is not on loopback, as far as the Client knows,
// claim that DNSSEC proves its answer.
func TestTrust(t *testing.T) {
	peer, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	served := make(chan struct{})
	go func() {
		defer close(served)
		buf := make([]byte, 512)
		for {
			n, from, err := peer.ReadFromUDP(buf)
			if err != nil {
				return
			}
			buf[2], buf[3] = 0x81, 0x80|0x20|3 // AD, NXDOMAIN
			_, _ = peer.WriteToUDP(buf[:n], from)
		}
	}()
	defer func() {
		_ = peer.Close()
		<-served
	}()
	for _, tc := range []struct {
		name             string
		loopback         bool
		byFile, byOption bool
		want             bool
	}{
		{name: "loopback", loopback: true, want: true},
		{name: "elsewhere"},
		{name: "trust-ad", byFile: true, want: true},
		{name: "TrustAD", byOption: true, want: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := &Client{Servers: []string{peer.LocalAddr().String()}, Timeout: time.Minute, TrustAD: tc.byOption}
			cfg, err := newConfig(c.Servers)
			require.NoError(t, err)
			cfg.servers[0].loopback, cfg.trustAD = tc.loopback, tc.byFile
			c.config.current.Store(cfg)
			a, err := c.Lookup(t.Context(), Q("a.example", TypeA))
			require.NoError(t, err)
			require.Equal(t, NXDomain, a.Status)
			require.Equal(t, tc.want, a.Secure)
		})
	}
}

// TestWatchAfterTheEnd has the context end before there is anything to interrupt.
func TestWatchAfterTheEnd(t *testing.T) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	defer conn.Close()
	ctx, cancel := context.WithCancel(t.Context())
	x := new(exchange)
	x.begin(ctx, nil)
	cancel()
	x.interrupted.Wait()
	_, err = conn.WriteTo([]byte("x"), conn.LocalAddr()) // what an uninterrupted Read would find
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	x.watch(conn)
	_, err = conn.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	x.watch(nil)
	x.finish()
}

func TestExtendedNames(t *testing.T) {
	require.Equal(t, "EDE 24 (Invalid Data)", extended([]wire.Extended{{Code: 24}}))
	require.Equal(t, "EDE 18 (Prohibited)", extended([]wire.Extended{{Code: 18}}))
}
