package spf_test

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// rehostZone is of a domain whose record no longer fits who sends for it.
const rehostZone = `
	example.org        TXT  "v=spf1 ip4:192.0.2.0/24 include:old.mailer.test ~all"
	old.mailer.test    TXT  "v=spf1 ip4:198.51.100.0/28 -all"
	_spf.mailer.test   TXT  "v=spf1 ip4:203.0.113.0/26 -all"
`

// A service is replaced by another: what to publish, and who gains and loses by it.
func ExampleChecker_Plan() {
	checker := spf.Checker{Resolver: resolver.MustZone(rehostZone)}
	plan, err := checker.Plan(context.Background(), "example.org", spf.Wishes{
		Vendors: []string{"_spf.mailer.test"},
		Remove:  []string{"include:old.mailer.test"},
		All:     '-',
	})
	if err != nil {
		fmt.Println(err)
	}
	for _, r := range plan.Records {
		fmt.Println(r.Name, r.Text)
	}
	fmt.Println("lost:  ", plan.Changes.Lost())
	fmt.Println("gained:", plan.Changes.Gained())
	// Output:
	// example.org v=spf1 ip4:192.0.2.0/24 include:_spf.mailer.test -all
	// lost:   pass -> fail: 198.51.100.0/28 (include:old.mailer.test in example.org -> -all in example.org)
	// gained: softfail -> pass: 203.0.113.0/26 (~all in example.org -> include:_spf.mailer.test in example.org)
}

// A plan is made of stored answers as well, and asks for those that are not there: here
// for the record of the service, since whoever stored them did not know that it is wished.
func ExampleEvaluatePlan() {
	rec := resolver.Record(resolver.MustZone(rehostZone))
	_, _ = spf.Checker{Resolver: rec}.CheckDomain(context.Background(), "example.org")
	_, missing := spf.EvaluatePlan("example.org", spf.Wishes{Vendors: []string{"_spf.mailer.test"}}, rec.Snapshot())
	fmt.Println("lacks", missing)

	plan, missing := spf.EvaluatePlan("example.org", spf.Wishes{Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.7/32")}}, rec.Snapshot())
	fmt.Println("lacks", missing, "changes", len(plan.Changes))
	// Output:
	// lacks [_spf.mailer.test TXT]
	// lacks [] changes 0
}

// One evaluation of the policy, and then an answer for each address of a log.
func ExamplePolicy_Covers() {
	rep, err := spf.Checker{Resolver: resolver.MustZone(rehostZone)}.CheckDomain(context.Background(), "example.org")
	if err != nil {
		fmt.Println(err)
	}
	policy := rep.Compile()
	for _, ip := range []string{"192.0.2.25", "198.51.100.3", "203.0.113.9"} {
		c := policy.Covers(netip.MustParseAddr(ip))
		fmt.Println(ip, c.Status, "by", c.By.Term, "of", c.By.Domain)
	}
	// Output:
	// 192.0.2.25 pass by ip4:192.0.2.0/24 of example.org
	// 198.51.100.3 pass by ip4:198.51.100.0/28 of old.mailer.test
	// 203.0.113.9 softfail by ~all of example.org
}

// What was recorded of a domain is examined again without any network.
func ExampleEvaluateDomain() {
	rec := resolver.Record(resolver.MustZone(rehostZone + `
		example.org  TXT  "v=spf1 -all"
	`))
	_, _ = spf.Checker{Resolver: rec}.CheckDomain(context.Background(), "example.org")

	rep, missing := spf.EvaluateDomain(spf.DomainRequest{Domain: "Example.ORG."}, rec.Snapshot())
	fmt.Println(rep.Domain, rep.Status, len(missing))
	for _, f := range rep.Findings {
		fmt.Println(f.Severity, f.Code)
	}
	// Output:
	// example.org permerror 0
	// error spf.multiple-records
	// warning spf.reserved-network
}

// A bounce has no MAIL FROM: what authenticates it is the name in HELO. That DNS did not
// tell is a result of its own.
func ExampleEvaluateHELO() {
	zone := resolver.MustZone(`
		mail.example.org  TXT  "v=spf1 ip4:192.0.2.25 -all"
		mail.example.net  TXT  !timeout
	`)
	for _, helo := range []string{"mail.example.org", "mail.example.net"} {
		res, _ := spf.EvaluateHELO(spf.Request{IP: netip.MustParseAddr("192.0.2.25"), HELO: helo}, zone)
		fmt.Println(res.Identity, res.Domain, res.Status)
	}
	// Output:
	// helo mail.example.org pass
	// helo mail.example.net temperror
}
