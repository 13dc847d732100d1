package rdns_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"

	"github.com/mailworthy/mailworthy/rdns"
	"github.com/mailworthy/mailworthy/resolver"
)

// exampleZone has an address as it is meant to be, 192.0.2.10, and one that nobody set up.
const exampleZone = `
	10.2.0.192.in-addr.arpa      PTR  mail.example.org
	mail.example.org             A    192.0.2.10
	77.2.0.192.in-addr.arpa      PTR  dsl-192-0-2-77.example.net
	dsl-192-0-2-77.example.net   A    192.0.2.77
`

func ExampleChecker_Check() {
	checker := rdns.Checker{Resolver: resolver.MustZone(exampleZone), Host: "mail.example.com"}
	for _, ip := range []string{"192.0.2.10", "192.0.2.77", "192.0.2.99"} {
		res, err := checker.Check(context.Background(), netip.MustParseAddr(ip))
		if err != nil {
			fmt.Println(err)
		}
		fmt.Printf("%s %s %q\n", ip, res.Status, res.Host)
		for _, f := range res.Findings {
			fmt.Println("   ", f.Severity, f.Code)
			fmt.Println("   ", f.Remedy)
		}
	}
	// Output:
	// 192.0.2.10 pass "mail.example.org"
	// 192.0.2.77 pass "dsl-192-0-2-77.example.net"
	//     warning rdns.dynamic
	//     Have the PTR record replaced by "77.2.0.192.in-addr.arpa. PTR mail.example.com.", and publish "mail.example.com. A 192.0.2.77" as well.
	// 192.0.2.99 permerror ""
	//     error rdns.no-ptr
	//     Ask the owner of the address, usually the hosting provider, to publish "99.2.0.192.in-addr.arpa. PTR mail.example.com.", and publish "mail.example.com. A 192.0.2.99" as well.
}

func ExampleChecker_CheckHELO() {
	checker := rdns.Checker{Resolver: resolver.MustZone(exampleZone)}
	for _, helo := range []string{"mail.example.org", "localhost", "192.0.2.10"} {
		res, err := checker.CheckHELO(context.Background(), rdns.HELORequest{IP: netip.MustParseAddr("192.0.2.10"), HELO: helo})
		if err != nil {
			fmt.Println(err)
		}
		fmt.Println(helo, "is", res.Status)
		for _, f := range res.Findings {
			fmt.Println("   ", f.Severity, f.Code)
		}
	}
	// Output:
	// mail.example.org is confirmed
	// localhost is invalid
	//     error rdns.helo-localhost
	// 192.0.2.10 is invalid
	//     error rdns.helo-bare-address
}

// What a check saw can be stored as JSON, and judged again without any network.
func ExampleEvaluate() {
	rec := resolver.Record(resolver.MustZone(exampleZone))
	ip := netip.MustParseAddr("192.0.2.10")
	live, _ := rdns.Checker{Resolver: rec}.Check(context.Background(), ip)
	stored, _ := json.Marshal(rec.Snapshot())

	var seen resolver.Snapshot
	if err := json.Unmarshal(stored, &seen); err != nil {
		fmt.Println(err)
	}
	again, missing := rdns.Evaluate(rdns.Request{IP: ip}, seen)
	fmt.Println(live.Status, again.Status, len(missing))
	// Output:
	// pass pass 0
}

func ExampleEvaluateHELO() {
	req := rdns.HELORequest{IP: netip.MustParseAddr("192.0.2.10"), HELO: "[192.168.1.5]", PTR: []string{"mail.example.org"}}
	res, _ := rdns.EvaluateHELO(req, resolver.Snapshot{})
	fmt.Println(res.Status, res.Literal)
	fmt.Println(res.Findings[0].Remedy)
	// Output:
	// invalid 192.168.1.5
	// Have the server introduce itself as mail.example.org (myhostname in Postfix, primary_hostname in Exim), which is what DNS calls its address.
}

func ExampleClassify() {
	ip := netip.MustParseAddr("192.0.2.10")
	for _, name := range []string{"mx1.example.org", "pool-192-0-2-10.example.net", "generaldynamics.example"} {
		c := rdns.Classify(ip, name)
		fmt.Println(name, "is", c.Kind)
		for _, m := range c.Rules {
			fmt.Printf("    %+d %s: %q %s\n", m.Weight, m.Rule, m.Label, m.Reason)
		}
	}
	// Output:
	// mx1.example.org is custom
	// pool-192-0-2-10.example.net is generic-dynamic
	//     +5 address: "192-0-2-10" it holds the address
	//     +3 word:pool: "pool" it speaks of an access line, and has digits
	// generaldynamics.example is custom
}

func ExampleResult_AuthenticationResults() {
	checker := rdns.Checker{Resolver: resolver.MustZone(exampleZone)}
	res, _ := checker.Check(context.Background(), netip.MustParseAddr("192.0.2.10"))
	fmt.Println("Authentication-Results: mx.receiver.test;", res.AuthenticationResults())
	// Output:
	// Authentication-Results: mx.receiver.test; iprev=pass policy.iprev=192.0.2.10
}
