// Package special knows the addresses that no mail server of the public Internet
// has: private, loopback and reserved ones. It is the same table for those who judge
// an address or a network, and for those who must not connect to one.
package special

import "net/netip"

// Block is a network of IANA's registries of special-purpose addresses, or one that
// the Internet does not route.
type Block struct {
	Prefix netip.Prefix
	// Name completes "the address is ...", as in "in a private network".
	Name string
	// Ref is who says so, as in "RFC 1918 section 3".
	Ref string
}

// The registries are those of RFC 6890, as of 2026. 192.88.99.0/24 is left out on
// purpose: the relays of 6to4 (RFC 7526) were public, and are nobody's own network.
var v4 = [...]Block{
	block("0.0.0.0/8", `in "this network"`, "RFC 791 section 3.2"),
	block("10.0.0.0/8", "in a private network", "RFC 1918 section 3"),
	block("100.64.0.0/10", "in the network of carrier-grade NAT", "RFC 6598 section 7"),
	block("127.0.0.0/8", "a loopback address", "RFC 1122 section 3.2.1.3"),
	block("169.254.0.0/16", "a link-local address", "RFC 3927 section 2.1"),
	block("172.16.0.0/12", "in a private network", "RFC 1918 section 3"),
	block("192.0.0.0/24", "in a network for protocols", "RFC 6890 section 2.1"),
	block("192.0.2.0/24", "in a network for documentation", "RFC 5737 section 3"),
	block("192.31.196.0/24", "in a network for sinkholes of reverse DNS", "RFC 7535 section 3.1"),
	block("192.52.193.0/24", "in a network for relays of multicast", "RFC 7450 section 7.1"),
	block("192.168.0.0/16", "in a private network", "RFC 1918 section 3"),
	block("192.175.48.0/24", "in a network for sinkholes of reverse DNS", "RFC 7534 section 6"),
	block("198.18.0.0/15", "in a network for benchmarks", "RFC 2544 appendix C.2.2"),
	block("198.51.100.0/24", "in a network for documentation", "RFC 5737 section 3"),
	block("203.0.113.0/24", "in a network for documentation", "RFC 5737 section 3"),
	block("224.0.0.0/4", "a multicast address", "RFC 5771 section 3"),
	block("255.255.255.255/32", "the broadcast address", "RFC 919 section 7"),
	block("240.0.0.0/4", "in a reserved network", "RFC 1112 section 4"),
}

var v6 = [...]Block{
	block("::/128", "the unspecified address", "RFC 4291 section 2.5.2"),
	block("::1/128", "a loopback address", "RFC 4291 section 2.5.3"),
	block("64:ff9b:1::/48", "in a private network of translated addresses", "RFC 8215 section 4"),
	block("100::/64", "in a network that discards", "RFC 6666 section 4"),
	block("2001::/32", "in the network of Teredo", "RFC 4380 section 2.6"),
	block("2001:db8::/32", "in a network for documentation", "RFC 3849 section 2"),
	block("2001::/23", "in a network for protocols", "RFC 2928 section 2"),
	block("2002::/16", "in the network of 6to4, which is abandoned", "RFC 7526 section 4"),
	block("2620:4f:8000::/48", "in a network for sinkholes of reverse DNS", "RFC 7534 section 6"),
	block("3fff::/20", "in a network for documentation", "RFC 9637 section 2"),
	block("fc00::/7", "in a private network", "RFC 4193 section 3"),
	block("fe80::/10", "a link-local address", "RFC 4291 section 2.5.6"),
	block("ff00::/8", "a multicast address", "RFC 4291 section 2.7"),
}

var (
	// global is all that was given to the Internet.
	global  = netip.MustParsePrefix("2000::/3")
	nowhere = block("::/0", "in a network that the Internet does not route", "RFC 4291 section 2.4")
	nat64   = netip.MustParsePrefix("64:ff9b::/96")
	none    = Block{Name: "no address", Ref: "RFC 791 section 3.2"}
)

func block(prefix, name, ref string) Block {
	return Block{netip.MustParsePrefix(prefix), name, ref}
}

// Of returns the block that ip is in. It is false for an address that a host of the
// public Internet can have.
//
// What counts is where a packet ends: an IPv4 address mapped into IPv6, or translated
// by the well-known prefix of NAT64 (RFC 6052 section 2.1), is judged as the IPv4
// address that it is; a zone is ignored. The zero Addr is special.
func Of(ip netip.Addr) (Block, bool) {
	if !ip.IsValid() {
		return none, true
	}
	ip = Target(ip)
	table := v4[:]
	if ip.Is6() {
		table = v6[:]
	}
	for i := range table {
		if table[i].Prefix.Contains(ip) {
			return table[i], true
		}
	}
	if ip.Is6() && !global.Contains(ip) {
		return nowhere, true
	}
	return Block{}, false
}

// Network returns the block that all of a network is in, as it is written: what looks
// like an IPv4 address inside IPv6 is not taken for one.
func Network(p netip.Prefix) (Block, bool) {
	table := v4[:]
	if p.Addr().Is6() {
		table = v6[:]
	}
	for i := range table {
		if b := &table[i]; b.Prefix.Bits() <= p.Bits() && b.Prefix.Contains(p.Addr()) {
			return *b, true
		}
	}
	if p.Addr().Is6() && !global.Overlaps(p) {
		return nowhere, true
	}
	return Block{}, false
}

// Target returns the address where a packet to ip ends: without a zone, and the IPv4
// address of one that is mapped into IPv6 or translated by NAT64. The zero Addr is
// itself.
func Target(ip netip.Addr) netip.Addr {
	ip = ip.Unmap().WithZone("")
	if nat64.Contains(ip) {
		b := ip.As16()
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return ip
}
