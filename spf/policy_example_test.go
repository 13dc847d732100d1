package spf_test

import (
	"fmt"
	"net/netip"

	"github.com/mailworthy/mailworthy/spf"
)

// A compiled report answers for any address without asking DNS again.
func ExampleReport_Compile() {
	report := spf.Report{Domain: "example.org", Tree: spf.Node{
		Domain: "example.org",
		Record: "v=spf1 ip4:192.0.2.0/24 include:spf.vendor.example -all",
		Terms: []spf.TermNode{
			{Term: spf.Term{Kind: spf.KindIP4, Qualifier: '+', Network: netip.MustParsePrefix("192.0.2.0/24"), Text: "ip4:192.0.2.0/24", Offset: 7}},
			{
				Term:   spf.Term{Kind: spf.KindInclude, Qualifier: '+', Domain: "spf.vendor.example", Text: "include:spf.vendor.example", Offset: 24},
				Target: "spf.vendor.example",
				Policy: &spf.Node{
					Domain: "spf.vendor.example",
					Record: "v=spf1 ip6:2001:db8::/32",
					Terms: []spf.TermNode{
						{Term: spf.Term{Kind: spf.KindIP6, Qualifier: '+', Network: netip.MustParsePrefix("2001:db8::/32"), Text: "ip6:2001:db8::/32", Offset: 7}},
					},
				},
			},
			{Term: spf.Term{Kind: spf.KindAll, Qualifier: '-', Text: "-all", Offset: 51}},
		},
	}}
	policy := report.Compile()
	for _, ip := range []string{"192.0.2.1", "2001:db8::1", "198.51.100.1"} {
		cover := policy.Covers(netip.MustParseAddr(ip))
		fmt.Println(ip, cover.Status, cover.By.Term, cover.By.Domain)
	}
	fmt.Println(policy.Networks(spf.Pass))
	// Output:
	// 192.0.2.1 pass ip4:192.0.2.0/24 example.org
	// 2001:db8::1 pass ip6:2001:db8::/32 spf.vendor.example
	// 198.51.100.1 fail -all example.org
	// [192.0.2.0/24 2001:db8::/32]
}

// In CI, a change of the record can be compared with what is published.
func ExampleDiff() {
	before := compiled("example.org", `example.org TXT "v=spf1 ip4:192.0.2.0/24 ~all"`)
	after := compiled("example.org", `example.org TXT "v=spf1 ip4:192.0.2.0/25 ip4:198.51.100.7 ~all"`)
	changes := spf.Diff(before, after)
	fmt.Println("lost:  ", changes.Lost())
	fmt.Println("gained:", changes.Gained())
	// Output:
	// lost:   pass -> softfail: 192.0.2.128/25 (ip4:192.0.2.0/24 in example.org -> ~all in example.org)
	// gained: softfail -> pass: 198.51.100.7/32 (~all in example.org -> ip4:198.51.100.7 in example.org)
}
