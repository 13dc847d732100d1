package dmarc_test

import (
	"context"
	"fmt"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

const domainZone = `
	_dmarc.example.org    3600  TXT  "v=DMARC1; p=reject; sp=none; rua=mailto:d@reports.test"
	reports.test                MX   10 mx.reports.test
`

// What applies to whom, where reports go, and what is wrong with it.
func ExampleChecker_CheckDomain() {
	checker := dmarc.Checker{Resolver: resolver.MustZone(domainZone)}
	rep, err := checker.CheckDomain(context.Background(), "example.org")
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println("the domain:", rep.Own.Applied)
	fmt.Println("subdomains:", rep.Existing.Applied, "by", rep.Existing.Tag)
	for _, d := range rep.Destinations {
		fmt.Println("reports to", d.Host+":", d.Delivery)
	}
	for _, f := range rep.Findings {
		if f.Severity >= mailworthy.Warning {
			fmt.Println(f.Code)
		}
	}
	// Output:
	// the domain: reject
	// subdomains: none by sp
	// reports to reports.test: not-authorized
	// dmarc.weak-subdomains
	// dmarc.report-not-authorized
}

// Who knows more of the domain than its name can ask about that as well.
func ExampleChecker_CheckDomainWith() {
	checker := dmarc.Checker{Resolver: resolver.MustZone(domainZone)}
	rep, _ := checker.CheckDomainWith(context.Background(), dmarc.DomainRequest{
		Domain: "example.org", Subdomains: []string{"shop.example.org"},
	})
	for _, sub := range rep.Subdomains {
		fmt.Println(sub.Domain, "gets", sub.Applied, "by", sub.Tag, "of", sub.RecordDomain)
	}
	// Output:
	// shop.example.org gets none by sp of example.org
}

// A recorded case is judged again, without any network.
func ExampleEvaluateDomain() {
	rec := resolver.Record(resolver.MustZone(domainZone))
	rep, _ := dmarc.Checker{Resolver: rec}.CheckDomain(context.Background(), "example.org")
	again, missing := dmarc.EvaluateDomain(dmarc.DomainRequest{Domain: "example.org"}, rec.Snapshot())
	fmt.Println(again.Own == rep.Own, len(missing))
	// Output:
	// true 0
}

func ExampleRollout() {
	step := dmarc.Rollout(dmarc.RolloutRequest{
		Domain:     "example.org",
		Record:     "v=DMARC1; p=none; rua=mailto:d@example.org",
		Statistics: &dmarc.Statistics{Days: 31, Messages: 12000, Aligned: 11940, UnknownFailing: 60, UnknownSources: 4},
	})
	fmt.Println(step.Action, "in place of", step.Present)
	fmt.Println(step.Zone)
	for _, c := range step.Conditions {
		fmt.Println(c.State+":", c.Text)
	}
	// Output:
	// publish in place of none
	// _dmarc.example.org. IN TXT "v=DMARC1; p=quarantine; t=y; rua=mailto:d@example.org"
	// met: Reports since the present record cover at least 7 days: they cover 31.
	// met: They speak of at least 100 messages: it is 12000, of which 11940 passed.
	// met: Of your own servers and services, 0 messages fail; 0 may.
	// yours: The unknown sources do not send for you: 4, 60 of whose messages failed.
}

// The step starts from what is published now, and there is none while that is unknown.
func ExampleReport_Rollout() {
	zone := resolver.MustZone(`
		_dmarc.example.org  TXT  "v=DMARC1; p=quarantine; t=y; rua=mailto:d@example.org"
		example.org         MX   10 mx.example.org
		_dmarc.example.net  TXT  !servfail
	`)
	stats := &dmarc.Statistics{Days: 31, Messages: 12000, Aligned: 12000}
	for _, domain := range []string{"example.org", "example.net"} {
		rep, err := dmarc.Checker{Resolver: zone}.CheckDomain(context.Background(), domain)
		if err != nil {
			fmt.Println(err)
		}
		step := rep.Rollout(stats)
		fmt.Printf("%s %q\n", step.Action, step.Record)
		fmt.Println(step.Reason)
	}
	// Output:
	// publish "v=DMARC1; p=quarantine; rua=mailto:d@example.org"
	// The policy is only tested so far. Without t=y receivers apply p=quarantine as it stands.
	// wait ""
	// Nothing can be said about the next step yet.
}

// Without reports nobody knows whose mail a stronger policy would hit.
func ExampleRollout_wait() {
	step := dmarc.Rollout(dmarc.RolloutRequest{Domain: "example.org", Record: "v=DMARC1; p=quarantine; t=y; rua=mailto:d@example.org"})
	fmt.Println(step.Action)
	for _, c := range step.Conditions {
		if c.State == dmarc.NotMet {
			fmt.Println(c.Text)
		}
	}
	// Output:
	// wait
	// Statistics of aggregate reports show whose mail the step would hit: there are none.
}
