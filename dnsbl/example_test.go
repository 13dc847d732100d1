package dnsbl_test

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
)

// The zone of these examples has two lists of the catalogue, with their control points.
const exampleZone = `
	2.0.0.127.zen.spamhaus.org    A   127.0.0.2
	44.33.22.11.zen.spamhaus.org  A   127.0.0.4
	44.33.22.11.zen.spamhaus.org  TXT "https://check.spamhaus.org/query/ip/11.22.33.44"
	2.0.0.127.bl.spamcop.net      A   127.0.0.2
	45.33.22.11.bl.spamcop.net    A   !servfail
	test.uribl.com.multi.uribl.com A  127.0.0.14
	shop.example.multi.uribl.com  A   127.0.0.2
`

func ExampleChecker_Check() {
	lists, err := dnsbl.Find("zen.spamhaus.org", "bl.spamcop.net")
	if err != nil {
		panic(err)
	}
	c := dnsbl.Checker{Resolver: resolver.MustZone(exampleZone)}
	for _, ip := range []string{"11.22.33.44", "11.22.33.45", "11.22.33.46"} {
		res, err := c.Check(context.Background(), dnsbl.Request{Target: dnsbl.Target{IP: netip.MustParseAddr(ip)}, Lists: lists})
		if err != nil {
			panic(err)
		}
		fmt.Println(ip, res.Status)
		for _, l := range res.Lists {
			fmt.Println("  ", l.Name, l.Status, l.Text)
		}
	}
	// Output:
	// 11.22.33.44 listed
	//    Spamhaus ZEN listed [https://check.spamhaus.org/query/ip/11.22.33.44]
	//    SpamCop not-listed []
	// 11.22.33.45 partial
	//    Spamhaus ZEN not-listed []
	//    SpamCop unknown []
	// 11.22.33.46 clean
	//    Spamhaus ZEN not-listed []
	//    SpamCop not-listed []
}

func ExampleChecker_Check_domain() {
	lists, err := dnsbl.Find("URIBL multi")
	if err != nil {
		panic(err)
	}
	res, err := dnsbl.Checker{Resolver: resolver.MustZone(exampleZone)}.Check(context.Background(), dnsbl.Request{
		Target: dnsbl.Target{Domain: "www.Shop.example", Role: dnsbl.RoleLink}, Lists: lists,
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(res.Target.Role, res.Target.Domain, res.Status)
	for _, f := range res.Findings {
		fmt.Println(f.Severity, f.Message)
		fmt.Println(f.Evidence[0])
	}
	for i, step := range res.Lists[0].Advice.Steps {
		fmt.Printf("%d. %s\n", i+1, step)
	}
	// Output:
	// link www.shop.example listed
	// error URIBL multi has www.shop.example listed: black, a domain of spam.
	// shop.example.multi.uribl.com A 127.0.0.2
	// 1. Find the mail that advertises the domain, and stop its sender.
	// 2. If others use your domain, close the page or the redirect that they use.
	// 3. Only then ask for removal at https://admin.uribl.com/: entries come back, and stay longer, while the cause lasts.
}

func ExampleChecker_CheckHealth() {
	lists, err := dnsbl.Find("zen.spamhaus.org", "psbl.surriel.com")
	if err != nil {
		panic(err)
	}
	health, err := dnsbl.Checker{Resolver: resolver.MustZone(exampleZone)}.CheckHealth(context.Background(), dnsbl.HealthRequest{Lists: lists})
	if err != nil {
		panic(err)
	}
	for _, h := range health.Lists {
		fmt.Printf("%s %s %s %q\n", h.Zone, h.Kind, h.Status, h.Reason)
	}
	// Output:
	// zen.spamhaus.org ipv4 ok ""
	// zen.spamhaus.org ipv6 dead "control"
	// psbl.surriel.com ipv4 dead "control"
}

func ExampleChecker_CheckMany() {
	lists, err := dnsbl.Find("zen.spamhaus.org")
	if err != nil {
		panic(err)
	}
	batch := dnsbl.Batch{
		Targets: []dnsbl.Target{
			{IP: netip.MustParseAddr("11.22.33.43")},
			{IP: netip.MustParseAddr("11.22.33.44")},
			{IP: netip.MustParseAddr("11.22.33.45")},
		},
		Lists:    lists,
		Quotas:   map[string]int{"zen.spamhaus.org": 100_000},
		Progress: new(dnsbl.Progress), // Store it, and the batch can be broken off and resumed.
	}
	c := dnsbl.Checker{Resolver: resolver.MustZone(exampleZone)}
	for target, res := range c.CheckMany(context.Background(), batch) {
		fmt.Println(target.IP, res.Status)
		if res.Status == dnsbl.Listed {
			break
		}
	}
	fmt.Println("next:", batch.Progress.Next)
	// Output:
	// 11.22.33.43 clean
	// 11.22.33.44 listed
	// next: 2
}

func ExampleEvaluate() {
	zone := resolver.MustZone(exampleZone)
	lists, err := dnsbl.Find("bl.spamcop.net")
	if err != nil {
		panic(err)
	}
	req := dnsbl.Request{Target: dnsbl.Target{IP: netip.MustParseAddr("11.22.33.46")}, Lists: lists}

	res, missing := dnsbl.Evaluate(req, resolver.Snapshot{})
	fmt.Printf("%q %v\n", res.Status, missing)

	res, missing = dnsbl.Evaluate(req, zone)
	fmt.Printf("%q %v\n", res.Status, missing)
	// Output:
	// "" [46.33.22.11.bl.spamcop.net A 2.0.0.127.bl.spamcop.net A]
	// "clean" []
}

func ExampleEvaluateHealth() {
	lists, err := dnsbl.Find("bl.spamcop.net")
	if err != nil {
		panic(err)
	}
	lists[0].Kinds = []dnsbl.Kind{dnsbl.IPv4}
	health, _ := dnsbl.EvaluateHealth(dnsbl.HealthRequest{Lists: lists}, resolver.MustZone("*.bl.spamcop.net A 203.0.113.9"))
	fmt.Println(health.Lists[0].Status, health.Lists[0].Reason)
	fmt.Println(health.Findings[0].Evidence[0])
	// Output:
	// dead rewritten
	// 2.0.0.127.bl.spamcop.net A 203.0.113.9
}

func ExampleKeys_Resolver() {
	keys := dnsbl.Keys{"spamhaus": "abcdefghijklmnop"}
	zone := resolver.MustZone("2.0.0.127.abcdefghijklmnop.authbl.dq.spamhaus.net A 127.0.0.20")
	rec := resolver.Record(keys.Resolver(zone))
	lists, err := dnsbl.Find("Spamhaus AuthBL")
	if err != nil {
		panic(err)
	}
	res, err := dnsbl.Checker{Resolver: rec}.Check(context.Background(), dnsbl.Request{
		Target: dnsbl.Target{IP: netip.MustParseAddr("11.22.33.44")}, Lists: lists, Keyed: []string{"spamhaus"},
	})
	fmt.Println(res.Status, err)
	fmt.Println(res.Lists[0].Queries[0].Name)
	_, stored := rec.Snapshot()[resolver.Q("2.0.0.127.{spamhaus}.authbl.dq.spamhaus.net", resolver.TypeA)]
	fmt.Println("stored without the key:", stored)
	// Output:
	// clean <nil>
	// 44.33.22.11.{spamhaus}.authbl.dq.spamhaus.net
	// stored without the key: true
}

func ExampleFindDead() {
	dead, ok := dnsbl.FindDead("dnsbl.sorbs.net")
	fmt.Println(ok, dead.Name, dead.Since)
	// Output: true SORBS 2024-06-05
}

// Lists are asked for by zone or name. What is known to be dead is refused with the reason,
// since such a list may answer that everybody is listed.
func ExampleFind() {
	lists, err := dnsbl.Find("zen.spamhaus.org", "SpamCop")
	if err != nil {
		panic(err)
	}
	for _, l := range lists {
		fmt.Println(l.Name, l.Zone, l.Kinds)
	}
	_, err = dnsbl.Find("dnsbl.sorbs.net")
	fmt.Println(err)
	// Output:
	// Spamhaus ZEN zen.spamhaus.org [ipv4 ipv6]
	// SpamCop bl.spamcop.net [ipv4 ipv6]
	// dnsbl: dnsbl.sorbs.net (SORBS) is not to be asked: the operator emptied all of its zones and shut them down
}

// A sign-up form refuses a domain only for what many receivers act on.
func ExampleWeight_Compare() {
	for _, w := range []dnsbl.Weight{dnsbl.Critical, dnsbl.Medium, ""} {
		fmt.Printf("%q %v\n", w, w.Compare(dnsbl.High) >= 0)
	}
	// Output:
	// "critical" true
	// "medium" false
	// "" false
}
