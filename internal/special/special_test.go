package special_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/internal/special"
)

func TestOf(t *testing.T) {
	for _, tc := range []struct{ ip, want string }{
		{"0.0.0.0", `in "this network"`},
		{"0.1.2.3", `in "this network"`},
		{"10.0.0.1", "in a private network"},
		{"100.64.0.1", "in the network of carrier-grade NAT"},
		{"100.127.255.255", "in the network of carrier-grade NAT"},
		{"127.0.0.1", "a loopback address"},
		{"127.255.255.255", "a loopback address"},
		{"169.254.169.254", "a link-local address"},
		{"172.16.0.1", "in a private network"},
		{"172.31.255.255", "in a private network"},
		{"192.0.0.8", "in a network for protocols"},
		{"192.0.2.1", "in a network for documentation"},
		{"192.31.196.1", "in a network for sinkholes of reverse DNS"},
		{"192.52.193.1", "in a network for relays of multicast"},
		{"192.168.1.1", "in a private network"},
		{"192.175.48.1", "in a network for sinkholes of reverse DNS"},
		{"198.19.255.255", "in a network for benchmarks"},
		{"198.51.100.1", "in a network for documentation"},
		{"203.0.113.1", "in a network for documentation"},
		{"224.0.0.1", "a multicast address"},
		{"240.0.0.1", "in a reserved network"},
		{"255.255.255.255", "the broadcast address"},

		{"::", "the unspecified address"},
		{"::1", "a loopback address"},
		{"::127.0.0.1", "in a network that the Internet does not route"},
		{"::ffff:127.0.0.1", "a loopback address"},
		{"::ffff:a00:1", "in a private network"},
		{"64:ff9b::7f00:1", "a loopback address"},
		{"64:ff9b::192.168.0.1", "in a private network"},
		{"64:ff9b:1::1", "in a private network of translated addresses"},
		{"100::1", "in a network that discards"},
		{"2001::1", "in the network of Teredo"},
		{"2001:2::1", "in a network for protocols"},
		{"2001:20::1", "in a network for protocols"},
		{"2001:db8::1", "in a network for documentation"},
		{"2002:7f00:1::", "in the network of 6to4, which is abandoned"},
		{"2620:4f:8000::1", "in a network for sinkholes of reverse DNS"},
		{"3fff::1", "in a network for documentation"},
		{"5f00::1", "in a network that the Internet does not route"},
		{"fc00::1", "in a private network"},
		{"fd12:3456::1", "in a private network"},
		{"fe80::1", "a link-local address"},
		{"fe80::1%eth0", "a link-local address"},
		{"fec0::1", "in a network that the Internet does not route"},
		{"ff02::1", "a multicast address"},

		{"1.1.1.1", ""},
		{"9.255.255.255", ""},
		{"11.0.0.0", ""},
		{"100.63.255.255", ""},
		{"100.128.0.0", ""},
		{"172.15.255.255", ""},
		{"172.32.0.0", ""},
		{"192.88.99.1", ""},
		{"223.255.255.255", ""},
		{"::ffff:8.8.8.8", ""},
		{"64:ff9b::8.8.8.8", ""},
		{"2001:200::1", ""},
		{"2606:4700::1", ""},
		{"2a00:1450::1", ""},
		{"2a00:1450::1%eth0", ""},
		{"3ffe::1", ""},
	} {
		t.Run(tc.ip, func(t *testing.T) {
			got, ok := special.Of(netip.MustParseAddr(tc.ip))
			require.Equal(t, tc.want, got.Name)
			require.Equal(t, tc.want != "", ok)
			require.Equal(t, ok, got.Ref != "")
		})
	}
}

func TestNetwork(t *testing.T) {
	for network, want := range map[string]string{
		"10.0.0.0/8": "in a private network", "10.1.2.3/32": "in a private network", "8.0.0.0/6": "", "0.0.0.0/0": "",
		"192.0.0.0/16": "", "192.0.2.128/25": "in a network for documentation",
		"2001::/32": "in the network of Teredo", "2001::/28": "in a network for protocols", "2001::/16": "",
		"::/0": "", "::/2": "", "::/3": "in a network that the Internet does not route", "::/127": "in a network that the Internet does not route",
		"::1/128": "a loopback address", "::ffff:8.8.8.8/128": "in a network that the Internet does not route",
		"64:ff9b::808:808/128": "in a network that the Internet does not route", "2a00::/16": "",
	} {
		got, ok := special.Network(netip.MustParsePrefix(network))
		require.Equal(t, want, got.Name, network)
		require.Equal(t, want != "", ok, network)
	}
	// What holds of a single address holds of the network that it is.
	for _, ip := range []string{"127.0.0.1", "192.0.0.8", "8.8.8.8", "2001:db8::1", "3ffe::1", "fec0::1", "ff02::1"} {
		addr := netip.MustParseAddr(ip)
		want, is := special.Of(addr)
		got, isToo := special.Network(netip.PrefixFrom(addr, addr.BitLen()))
		require.Equal(t, want, got, ip)
		require.Equal(t, is, isToo, ip)
	}
}

func TestNoAddress(t *testing.T) {
	got, ok := special.Of(netip.Addr{})
	require.True(t, ok)
	require.Equal(t, "no address", got.Name)
}

// FuzzOf checks that no form of an address hides the one inside.
func FuzzOf(f *testing.F) {
	f.Add([]byte{127, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		ip, ok := netip.AddrFromSlice(b)
		if !ok {
			return
		}
		got, is := special.Of(ip)
		require.Equal(t, is, got != special.Block{})
		if ip.Is4() {
			mapped := netip.AddrFrom16(ip.As16())
			translated := mapped.As16()
			copy(translated[:12], []byte{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})
			for _, form := range []netip.Addr{mapped, netip.AddrFrom16(translated)} {
				again, isToo := special.Of(form)
				require.Equal(t, got, again)
				require.Equal(t, is, isToo)
			}
		}
		if ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
			require.True(t, is)
		}
	})
}

func BenchmarkOf(b *testing.B) {
	for _, text := range []string{"8.8.8.8", "2a00:1450::1", "127.0.0.1"} {
		b.Run("ip="+text, func(b *testing.B) {
			ip := netip.MustParseAddr(text)
			b.ReportAllocs()
			for b.Loop() {
				special.Of(ip)
			}
		})
	}
}

func TestTarget(t *testing.T) {
	for ip, want := range map[string]string{
		"8.8.8.8": "8.8.8.8", "::ffff:8.8.8.8": "8.8.8.8", "64:ff9b::8.8.8.8": "8.8.8.8",
		"2606:4700::1%eth0": "2606:4700::1", "64:ff9b:1::808:808": "64:ff9b:1::808:808",
	} {
		require.Equal(t, netip.MustParseAddr(want), special.Target(netip.MustParseAddr(ip)), ip)
	}
	require.Equal(t, netip.Addr{}, special.Target(netip.Addr{}))
}
