package spf_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// BenchmarkCovers asks for a million random addresses, a share of them in networks
// of the policy.
func BenchmarkCovers(b *testing.B) {
	for _, networks := range []int{10, 100, 1000} {
		report := wideReport(networks)
		policy := report.Compile()
		for _, f := range []struct {
			name string
			typ  resolver.Type
		}{{"ipv4", resolver.TypeA}, {"ipv6", resolver.TypeAAAA}} {
			b.Run(fmt.Sprintf("records=45/networks=%d/family=%s", 32*networks, f.name), func(b *testing.B) {
				r := rand.New(rand.NewPCG(1, 1))
				ips := make([]netip.Addr, 1_000_000)
				pass := 0
				for i := range ips {
					ips[i] = wideAddr(r, f.typ, r.IntN(8))
					if policy.Covers(ips[i]).Status == spf.Pass {
						pass++
					}
				}
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					if policy.Covers(ips[i]).Status == "" {
						b.Fatal(ips[i])
					}
					if i++; i == len(ips) {
						i = 0
					}
				}
				b.ReportMetric(100*float64(pass)/float64(len(ips)), "%pass")
			})
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	for _, networks := range []int{10, 100, 1000} {
		b.Run(fmt.Sprintf("records=45/networks=%d", 32*networks), func(b *testing.B) {
			report := wideReport(networks)
			b.ReportAllocs()
			for b.Loop() {
				report.Compile()
			}
		})
	}
}

// wideAddr returns an address of one of eight parts of a network.
func wideAddr(r *rand.Rand, t resolver.Type, part int) netip.Addr {
	if t == resolver.TypeA {
		return netip.AddrFrom4([4]byte{10, byte(part<<5 + r.IntN(32)), byte(r.IntN(256)), byte(r.IntN(256))})
	}
	return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, byte(part<<5 + r.IntN(32)), byte(r.IntN(256)), byte(r.IntN(256)), 15: byte(r.IntN(256))})
}

// wideReport is a tree of 45 records, all of which are needed: four includes have
// two each, and these four, and each lets go at once what is not in its part of
// the network. So every address comes by ten of them, and by those of its part.
// The last ones have the given number of networks for each family.
func wideReport(networks int) spf.Report {
	r := rand.New(rand.NewPCG(2, 2))
	w := make(answers)
	publish := func(domain string, terms ...string) {
		text := "v=spf1 " + strings.Join(terms, " ") + " ?all"
		w[resolver.Q(domain, resolver.TypeTXT)] = resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{{text}}}
	}
	// letGo returns terms for the parts but those from first on.
	letGo := func(first, parts int) (terms []string) {
		for part := range 8 {
			if part < first || part >= first+parts {
				terms = append(terms, fmt.Sprintf("?ip4:10.%d.0.0/11", part<<5), fmt.Sprintf("?ip6:2001:db8:%x00::/35", part<<5))
			}
		}
		return terms
	}
	var top []string
	for b := range 4 {
		domain := fmt.Sprintf("b%d.test", b)
		top = append(top, "include:"+domain)
		terms := letGo(2*b, 2)
		for c := range 2 {
			part := 2*b + c
			below := letGo(part, 1)
			for leaf := range 4 {
				var list []string
				for range networks {
					list = append(list, fmt.Sprintf("ip4:%s/%d", wideAddr(r, resolver.TypeA, part), 20+r.IntN(13)),
						fmt.Sprintf("ip6:%s/%d", wideAddr(r, resolver.TypeAAAA, part), 44+r.IntN(20)))
				}
				publish(fmt.Sprintf("l%d.c%d.test", leaf, part), list...)
				below = append(below, fmt.Sprintf("include:l%d.c%d.test", leaf, part))
			}
			publish(fmt.Sprintf("c%d.test", part), below...)
			terms = append(terms, fmt.Sprintf("include:c%d.test", part))
		}
		publish(domain, terms...)
	}
	publish("example.org", top...)
	return reportOf(w, "example.org")
}

// TestWideReport shows that no part of the benchmarks' tree is out of reach.
func TestWideReport(t *testing.T) {
	policy := wideReport(5).Compile()
	for _, p := range policy.Networks(spf.PermError) {
		require.False(t, p.Overlaps(netip.MustParsePrefix("10.0.0.0/8")), p)
		require.False(t, p.Overlaps(netip.MustParsePrefix("2001:db8::/32")), p)
	}
	seen := make(map[string]bool)
	for _, p := range policy.Networks(spf.Pass) {
		seen[policy.Covers(p.Addr()).By.Domain] = true
	}
	require.Len(t, seen, 32)
}
