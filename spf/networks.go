package spf

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/bits"
	"net/netip"
	"slices"
)

// This file does sums with networks: merging, counting, containment.

// number is an address as a number, so that neighbours and ranges can be
// computed. Those of IPv4 are below 2^32.
type number struct{ hi, lo uint64 }

func numberOf(ip netip.Addr) number {
	if ip.Is4() {
		b := ip.As4()
		return number{lo: uint64(binary.BigEndian.Uint32(b[:]))}
	}
	b := ip.As16()
	return number{hi: binary.BigEndian.Uint64(b[:8]), lo: binary.BigEndian.Uint64(b[8:])}
}

func (n number) compare(m number) int {
	return cmp.Or(cmp.Compare(n.hi, m.hi), cmp.Compare(n.lo, m.lo))
}

func (n number) less(m number) bool { return n.hi < m.hi || n.hi == m.hi && n.lo < m.lo }

// next and prev wrap around.
func (n number) next() number {
	lo, carry := bits.Add64(n.lo, 1, 0)
	return number{n.hi + carry, lo}
}

func (n number) prev() number {
	lo, borrow := bits.Sub64(n.lo, 1, 0)
	return number{n.hi - borrow, lo}
}

// trailing returns the number whose lowest n bits are set.
func trailing(n int) number {
	switch {
	case n <= 0:
		return number{}
	case n < 64:
		return number{lo: 1<<n - 1}
	case n < 128:
		return number{hi: 1<<(n-64) - 1, lo: math.MaxUint64}
	}
	return number{math.MaxUint64, math.MaxUint64}
}

func (n number) or(m number) number { return number{n.hi | m.hi, n.lo | m.lo} }

// family is an address family, by the length of its addresses.
type family int

const (
	ipv4 family = 32
	ipv6 family = 128
)

// last returns the highest address.
func (f family) last() number { return trailing(int(f)) }

func (f family) addr(n number) netip.Addr {
	if f == ipv4 {
		return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, uint32(n.lo))))
	}
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 16), n.hi)
	return netip.AddrFrom16([16]byte(binary.BigEndian.AppendUint64(b, n.lo)))
}

// span is a range of addresses of one family, both ends included.
type span struct{ lo, hi number }

func (s span) compare(t span) int { return s.lo.compare(t.lo) }

// spanOf returns the addresses of a valid network, whose host bits do not matter.
func spanOf(p netip.Prefix) span {
	p = p.Masked()
	lo := numberOf(p.Addr())
	return span{lo, lo.or(trailing(p.Addr().BitLen() - p.Bits()))}
}

// familyOf returns 0 for an invalid network. One of mapped IPv4 addresses is IPv6:
// it holds no IPv4 client (see [netip.Prefix.Contains]).
func familyOf(p netip.Prefix) family {
	if !p.IsValid() {
		return 0
	}
	return family(p.Addr().BitLen())
}

// mergeSpans sorts and joins what overlaps or touches, in place.
func mergeSpans(spans []span) []span {
	slices.SortFunc(spans, span.compare)
	out := spans[:0]
	for _, s := range spans {
		// The highest address has no next one, and nothing starts behind it.
		if n := len(out); n > 0 && (!out[n-1].hi.less(s.lo) || out[n-1].hi.next() == s.lo) {
			if out[n-1].hi.less(s.hi) {
				out[n-1].hi = s.hi
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// appendNetworks appends the fewest networks that hold exactly the range.
func appendNetworks(out []netip.Prefix, f family, s span) []netip.Prefix {
	for {
		// The largest block that starts at lo and does not go beyond hi.
		size := bits.TrailingZeros64(s.lo.lo)
		if size == 64 {
			size += bits.TrailingZeros64(s.lo.hi)
		}
		for s.hi.less(s.lo.or(trailing(size))) {
			size--
		}
		out = append(out, netip.PrefixFrom(f.addr(s.lo), int(f)-size))
		end := s.lo.or(trailing(size))
		if end == s.hi {
			return out
		}
		s.lo = end.next()
	}
}

// mergeNetworks returns the fewest networks that hold exactly the addresses of
// the given ones, in order, IPv4 before IPv6. Invalid ones are ignored.
func mergeNetworks(networks []netip.Prefix) []netip.Prefix {
	out := []netip.Prefix{}
	for _, f := range [...]family{ipv4, ipv6} {
		var spans []span
		for _, p := range networks {
			if familyOf(p) == f {
				spans = append(spans, spanOf(p))
			}
		}
		for _, s := range mergeSpans(spans) {
			out = appendNetworks(out, f, s)
		}
	}
	return out
}

// countNetworks returns how many IPv4 addresses, and how many IPv6 networks of 64
// bits, merged networks have a part in. The latter stops at the highest value.
func countNetworks(merged []netip.Prefix) (v4, v6 uint64) {
	lastPart, hasPart := uint64(0), false
	for _, p := range merged {
		s := spanOf(p)
		if familyOf(p) == ipv4 {
			v4 += s.hi.lo - s.lo.lo + 1
			continue
		}
		first := s.lo.hi
		if hasPart && lastPart == first {
			continue // Only parts of one network of 64 bits follow one another in it.
		}
		lastPart, hasPart = s.hi.hi, true
		sum, carry := bits.Add64(v6, s.hi.hi-first, 0)
		sum, more := bits.Add64(sum, 1, 0)
		if v6 = sum; carry+more > 0 {
			v6 = math.MaxUint64
		}
	}
	return v4, v6
}

// coversNetwork reports whether all addresses of p are in merged networks. In
// their order, only the last one that starts at or before p can hold it.
func coversNetwork(merged []netip.Prefix, p netip.Prefix) bool {
	f := familyOf(p)
	if f == 0 {
		return false
	}
	s := spanOf(p)
	i, found := slices.BinarySearchFunc(merged, s, func(q netip.Prefix, s span) int {
		return cmp.Or(cmp.Compare(familyOf(q), f), spanOf(q).compare(s))
	})
	if !found {
		i--
	}
	return i >= 0 && familyOf(merged[i]) == f && !spanOf(merged[i]).hi.less(s.hi)
}
