package spf

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func networks(texts ...string) []netip.Prefix {
	out := []netip.Prefix{}
	for _, s := range texts {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func TestMergeNetworks(t *testing.T) {
	for _, test := range []struct {
		name     string
		in, want []netip.Prefix
	}{
		{name: "nothing", in: nil, want: networks()},
		{name: "invalid ones", in: []netip.Prefix{{}, netip.PrefixFrom(netip.MustParseAddr("10.0.0.1"), 33)}, want: networks()},
		{name: "one within another", in: networks("10.1.2.3/32", "10.0.0.0/8", "10.0.0.0/9"), want: networks("10.0.0.0/8")},
		{name: "halves", in: networks("10.0.0.128/25", "10.0.0.0/25"), want: networks("10.0.0.0/24")},
		{name: "neighbours that are no halves", in: networks("10.0.1.0/24", "10.0.2.0/24"), want: networks("10.0.1.0/24", "10.0.2.0/24")},
		{name: "host bits", in: networks("10.0.0.77/24"), want: networks("10.0.0.0/24")},
		{name: "families in order", in: networks("::/64", "255.255.255.255/32"), want: networks("255.255.255.255/32", "::/64")},
		{name: "mapped is IPv6", in: networks("::ffff:10.0.0.0/104", "10.0.0.0/8"), want: networks("10.0.0.0/8", "::ffff:10.0.0.0/104")},
		{name: "all of IPv4", in: networks("128.0.0.0/1", "0.0.0.0/1"), want: networks("0.0.0.0/0")},
		{name: "all of IPv6", in: networks("::/1", "8000::/1", "ffff::/16", "::/0"), want: networks("::/0")},
		{
			name: "the end of IPv6", in: networks("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/128"),
			want: networks("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127"),
		},
		{name: "across 64 bits", in: networks("::ffff:ffff:ffff:ffff/128", "0:0:0:1::/128"), want: networks("::ffff:ffff:ffff:ffff/128", "0:0:0:1::/128")},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := slices.Clone(test.in)
			require.Equal(t, test.want, mergeNetworks(test.in))
			require.Equal(t, before, test.in)
		})
	}
}

// TestMergeNetworksIsTheUnion marks addresses one by one in a small space.
func TestMergeNetworksIsTheUnion(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		for _, base := range []netip.Addr{
			netip.MustParseAddr("0.0.0.0"), netip.MustParseAddr("255.255.255.0"),
			netip.MustParseAddr("2001:db8::ff00"), netip.MustParseAddr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00"),
		} {
			addr := func(i int) netip.Addr {
				b := base.AsSlice()
				b[len(b)-1] = byte(i)
				ip, _ := netip.AddrFromSlice(b)
				return ip
			}
			var in []netip.Prefix
			for range r.IntN(12) {
				in = append(in, netip.PrefixFrom(addr(r.IntN(256)), base.BitLen()-r.IntN(6)))
			}
			merged := mergeNetworks(in)
			fewest, run := 0, 0
			for i := range 257 {
				is := i < 256 && slices.ContainsFunc(in, func(p netip.Prefix) bool { return p.Contains(addr(i)) })
				if i < 256 {
					p := netip.PrefixFrom(addr(i), base.BitLen())
					require.Equal(t, is, slices.ContainsFunc(merged, func(p netip.Prefix) bool { return p.Contains(addr(i)) }), "%v: %v", in, merged)
					require.Equal(t, is, coversNetwork(merged, p), "%v in %v", p, merged)
				}
				if is {
					run++
					continue
				}
				fewest += blocks(i-run, i)
				run = 0
			}
			require.Len(t, merged, fewest, "%v: %v", in, merged)
			require.True(t, slices.IsSortedFunc(merged, netip.Prefix.Compare))
		}
	}
}

// blocks returns how many aligned blocks of a power of two make up [from, to).
func blocks(from, to int) (n int) {
	for from < to {
		size := 1
		for from%(size*2) == 0 && from+size*2 <= to {
			size *= 2
		}
		from += size
		n++
	}
	return n
}

func TestCountNetworks(t *testing.T) {
	for _, test := range []struct {
		name   string
		in     []netip.Prefix
		v4, v6 uint64
	}{
		{name: "nothing"},
		{name: "IPv4", in: networks("10.0.0.0/24", "192.0.2.1/32"), v4: 257},
		{name: "all of IPv4", in: networks("0.0.0.0/0"), v4: 1 << 32},
		{name: "IPv6", in: networks("2001:db8::/48"), v6: 1 << 16},
		{name: "parts of one", in: networks("2001:db8::1/128", "2001:db8::8/125", "2001:db8::ff:0/112"), v6: 1},
		{name: "parts of two", in: networks("2001:db8::1/128", "2001:db8:0:1::1/128"), v6: 2},
		{name: "whole and part", in: networks("2001:db8::/64", "2001:db8:0:1::1/128"), v6: 2},
		{name: "half", in: networks("::/1"), v6: 1 << 63},
		{name: "all of IPv6", in: networks("::/0"), v6: math.MaxUint64},
		{name: "all but one address", in: func() []netip.Prefix {
			return appendNetworks(nil, ipv6, span{number{lo: 1}, ipv6.last()})
		}(), v6: math.MaxUint64},
		{name: "all but one network", in: func() []netip.Prefix {
			return appendNetworks(nil, ipv6, span{number{hi: 1}, ipv6.last()})
		}(), v6: math.MaxUint64},
		{name: "all but two networks", in: func() []netip.Prefix {
			return appendNetworks(nil, ipv6, span{number{hi: 2}, ipv6.last()})
		}(), v6: math.MaxUint64 - 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			v4, v6 := countNetworks(mergeNetworks(test.in))
			require.Equal(t, test.v4, v4)
			require.Equal(t, test.v6, v6)
		})
	}
}

func TestCoversNetwork(t *testing.T) {
	merged := mergeNetworks(networks("10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32"))
	for text, want := range map[string]bool{
		"10.0.0.0/8": true, "10.255.255.255/32": true, "10.0.0.0/7": false, "11.0.0.0/32": false, "9.255.255.255/32": false,
		"0.0.0.0/0": false, "192.0.2.7/25": true, "2001:db8::/32": true, "2001:db8::/31": false, "::/0": false,
		"::ffff:10.0.0.0/104": false, "::10.0.0.0/104": false, "ffff::/16": false,
	} {
		t.Run(text, func(t *testing.T) {
			require.Equal(t, want, coversNetwork(merged, netip.MustParsePrefix(text)))
		})
	}
	require.False(t, coversNetwork(merged, netip.Prefix{}))
	require.False(t, coversNetwork(nil, networks("10.0.0.0/8")[0]))
}

// TestFirstMatch looks for the lowest rank around each address of a small space.
func TestFirstMatch(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 2))
		for _, base := range []number{{}, {lo: 1 << 32}, {hi: math.MaxUint64, lo: math.MaxUint64 - 255}} {
			var rules []ranked
			for i := range r.IntN(10) {
				p := netip.PrefixFrom(ipv6.addr(number{base.hi, base.lo + uint64(r.IntN(256))}), 128-r.IntN(9))
				rules = append(rules, ranked{spanOf(p), int32(i)})
			}
			cut := firstMatch(slices.Clone(rules))
			for i := 1; i < len(cut); i++ {
				require.True(t, cut[i-1].hi.less(cut[i].lo), "%v", cut)
				require.False(t, cut[i-1].rank == cut[i].rank && cut[i-1].hi.next() == cut[i].lo, "%v", cut)
			}
			for i := range uint64(256) {
				at := number{base.hi, base.lo + i}
				require.Equal(t, rankAt(rules, at), rankAt(cut, at), "%v: %v", rules, cut)
			}
		}
	}
}

// rankAt returns the lowest rank of the rules around an address, or -1.
func rankAt(rules []ranked, at number) int32 {
	rank := int32(-1)
	for _, r := range rules {
		if !at.less(r.lo) && !r.hi.less(at) && (rank < 0 || r.rank < rank) {
			rank = r.rank
		}
	}
	return rank
}

// TestCompileWork compiles hostile trees of several sizes, and lets the work grow
// with their size and not with its square.
func TestCompileWork(t *testing.T) {
	for _, test := range []struct {
		name string
		tree func(n int) Node
	}{
		{name: "one host", tree: func(n int) Node {
			return recordNode(hostTerm(n, 0), allTerm('-'))
		}},
		{name: "many networks in a row", tree: func(n int) Node {
			terms := make([]TermNode, 0, n)
			for i := range n {
				terms = append(terms, networkTerms("+-~?"[i%4], scattered(i)))
			}
			return recordNode(terms...)
		}},
		{name: "includes that all fail", tree: func(n int) Node {
			// Each lets the same addresses go and takes them back.
			terms := []TermNode{}
			for i := range 9 {
				terms = append(terms, includeTerm(recordNode(scatteredTerms('-', n/10, i), allTerm('-'))))
			}
			return recordNode(append(terms, hostTerm(n/10, 9))...)
		}},
		{name: "deep", tree: func(n int) Node {
			node := recordNode(hostTerm(n/10, 0))
			for i := range 9 {
				node = recordNode(scatteredTerms('-', n/20, i), includeTerm(node), scatteredTerms('~', n/20, i+10))
			}
			return node
		}},
		{name: "different ways to the same", tree: func(n int) Node {
			return recordNode(includeTerm(recordNode(scatteredTerms('-', n, 0), hostTerm(1, n), allTerm('-'))), allTerm('-'))
		}},
		{name: "thousands of terms that query", tree: func(n int) Node {
			terms := []TermNode{scatteredTerms('-', n/2, 0)}
			for i := range n / 2 {
				terms = append(terms, hostTerm(1, i))
			}
			return recordNode(terms...)
		}},
		{name: "endless", tree: func(n int) Node {
			// Not even a tree that contains itself keeps it from ending.
			node := recordNode(scatteredTerms('-', n, 0), includeTerm(Node{}), includeTerm(Node{}))
			node.Terms[1].Policy, node.Terms[2].Policy = &node, &node
			return node
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, n := range []int{1000, 10_000, 100_000} {
				p, work := Report{Tree: test.tree(n)}.compile()
				require.Less(t, work, 150*n, n)
				for _, l := range []line{p.v4, p.v6} {
					require.Equal(t, number{}, l.starts[0])
					require.Len(t, l.outs, len(l.starts))
					require.True(t, slices.IsSortedFunc(l.starts, number.compare))
					require.LessOrEqual(t, len(l.starts), 2*n+3)
					for i := 1; i < len(l.outs); i++ {
						require.NotEqual(t, l.outs[i-1], l.outs[i])
					}
				}
			}
		})
	}
}

func recordNode(terms ...TermNode) Node {
	return Node{Domain: "example.org", Record: version, Terms: terms}
}

func allTerm(q Qualifier) TermNode {
	return TermNode{Term: Term{Kind: KindAll, Qualifier: q, Text: "all"}}
}

func includeTerm(n Node) TermNode {
	return TermNode{Term: Term{Kind: KindInclude, Qualifier: '+', Text: "include:x", Domain: "x.test"}, Policy: &n}
}

func networkTerms(q byte, p netip.Prefix) TermNode {
	return TermNode{Term: Term{Kind: KindIP4, Qualifier: Qualifier(q), Text: "ip4:x", Network: p}}
}

// scattered returns networks that do not touch, every tenth within another.
func scattered(i int) netip.Prefix {
	n := uint32(i) * 2654435761
	bits := 32
	if i%10 == 0 {
		bits = 20
	}
	return netip.PrefixFrom(ipv4.addr(number{lo: uint64(n)}), bits)
}

// hostTerm is an "a" that leads to n addresses.
func hostTerm(n, seed int) TermNode {
	h := Host{Name: fmt.Sprintf("h%d.test", seed), IPv4: "success", IPv6: "success"}
	for i := range n {
		h.Addrs = append(h.Addrs, scattered(seed*n+i).Addr())
	}
	return TermNode{Term: Term{Kind: KindA, Qualifier: '+', Text: "a", Bits4: 32, Bits6: 128}, DNS: "success", Hosts: []Host{h}}
}

func scatteredTerms(q Qualifier, n, seed int) TermNode {
	t := hostTerm(n, seed)
	t.Qualifier = q
	return t
}
