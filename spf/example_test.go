package spf_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// exampleZone is the DNS of the examples. In production the Resolver is left out, and
// the system's servers are asked.
var exampleZone = `
	example.org           TXT  "v=spf1 include:_spf.mailer.test -all"
	_spf.mailer.test      TXT  "v=spf1 ip4:192.0.2.0/24 ~all"
	mail.example.org      TXT  "v=spf1 a -all"
	mail.example.org      A    192.0.2.25
`

func ExampleChecker_Check() {
	checker := spf.Checker{Resolver: resolver.MustZone(exampleZone)}
	res, err := checker.Check(context.Background(), spf.Request{
		IP:       netip.MustParseAddr("192.0.2.25"),
		HELO:     "mail.example.org",
		MailFrom: "news@example.org",
	})
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(res.Status, "by", res.Match.Term, "of", res.Match.Domain)
	for _, hop := range res.Match.Chain {
		fmt.Println("through", hop.Term, "of", hop.Domain)
	}
	fmt.Println("lookups:", res.Lookups)
	// Output:
	// pass by ip4:192.0.2.0/24 of _spf.mailer.test
	// through include:_spf.mailer.test of example.org
	// lookups: 1
}

// A result other than pass says what is wrong.
func ExampleChecker_Check_findings() {
	checker := spf.Checker{Resolver: resolver.MustZone(`example.org TXT "v=spf1 ip4:192.0.2.256 -all"`)}
	res, _ := checker.Check(context.Background(), spf.Request{
		IP:       netip.MustParseAddr("192.0.2.25"),
		MailFrom: "news@example.org",
	})
	fmt.Println(res.Status)
	for _, f := range res.Findings {
		fmt.Println(f.Severity, f.Code, "temporary:", f.Temporary)
	}
	// Output:
	// permerror
	// error spf.syntax temporary: false
}

func ExampleChecker_CheckHELO() {
	checker := spf.Checker{Resolver: resolver.MustZone(exampleZone)}
	res, _ := checker.CheckHELO(context.Background(), spf.Request{
		IP:   netip.MustParseAddr("192.0.2.25"),
		HELO: "mail.example.org",
	})
	fmt.Println(res.Status, "for", res.Identity, res.Domain)
	// Output:
	// pass for helo mail.example.org
}

// A check that went wrong in production is recorded there, and judged again
// offline, as often as one likes.
func ExampleEvaluate() {
	rec := resolver.Record(resolver.MustZone(exampleZone))
	req := spf.Request{IP: netip.MustParseAddr("198.51.100.7"), MailFrom: "news@example.org"}
	live, _ := spf.Checker{Resolver: rec}.Check(context.Background(), req)
	stored, _ := json.Marshal(rec.Snapshot())

	var seen resolver.Snapshot
	if err := json.Unmarshal(stored, &seen); err != nil {
		fmt.Println(err)
	}
	again, missing := spf.Evaluate(req, seen)
	fmt.Println(live.Status, again.Status, len(missing))
	// Output:
	// fail fail 0
}

func ExampleChecker_CheckDomain() {
	checker := spf.Checker{Resolver: resolver.MustZone(exampleZone)}
	rep, err := checker.CheckDomain(context.Background(), "example.org")
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println("lookups:", rep.Lookups)
	fmt.Println("networks:", rep.Networks, "of", rep.IPv4, "IPv4 addresses")
	for _, term := range rep.Tree.Terms {
		fmt.Println(term.Text)
		if term.Policy != nil {
			fmt.Println("   ", term.Policy.Domain, "has", term.Policy.Record)
		}
	}
	fmt.Println("worst finding:", rep.Findings.Worst())
	// Output:
	// lookups: 1
	// networks: [192.0.2.0/24] of 256 IPv4 addresses
	// include:_spf.mailer.test
	//     _spf.mailer.test has v=spf1 ip4:192.0.2.0/24 ~all
	// -all
	// worst finding: none
}

// Findings say where the trouble is, and what to publish instead.
func ExampleChecker_CheckDomain_findings() {
	checker := spf.Checker{Resolver: resolver.MustZone(`
		example.org       TXT "v=spf1 include: _spf.mailer.test ip:198.51.100.7 -all"
		_spf.mailer.test  TXT "v=spf1 ip4:192.0.2.0/24 ~all"
	`)}
	rep, _ := checker.CheckDomain(context.Background(), "example.org")
	fmt.Println(rep.Status)
	for _, f := range rep.Findings {
		fmt.Println(f.Severity, f.Code, "at", f.Span.Offset)
	}
	fmt.Println(rep.Findings[0].Remedy)
	// Output:
	// permerror
	// error spf.stray-blank at 7
	// error spf.unknown-mechanism at 33
	// Remove the blank: "include:_spf.mailer.test". The record mended: "v=spf1 include:_spf.mailer.test ip4:198.51.100.7 -all"
}

func ExampleParse() {
	rec, err := spf.Parse("v=spf1 mx  a:mail.example.org/28 ip6:2001:db8::/32 exp=why.%{d} -all")
	if err != nil {
		fmt.Println(err)
	}
	for _, term := range rec.Terms {
		fmt.Printf("%3d %-8v %s\n", term.Offset, term.Kind, term.Text)
	}
	fmt.Println(rec)

	_, err = spf.Parse("v=spf1 ip4:192.0.2.0/24-all")
	if syntax, ok := errors.AsType[*spf.SyntaxError](err); ok {
		fmt.Println(syntax.Offset, syntax.Term)
	}
	// Output:
	//   7 mx       mx
	//  11 a        a:mail.example.org/28
	//  33 ip6      ip6:2001:db8::/32
	//  51 exp      exp=why.%{d}
	//  64 all      -all
	// v=spf1 mx a:mail.example.org/28 ip6:2001:db8::/32 exp=why.%{d} -all
	// 7 ip4:192.0.2.0/24-all
}

func ExampleResult_ReceivedSPF() {
	checker := spf.Checker{Resolver: resolver.MustZone(exampleZone)}
	res, _ := checker.Check(context.Background(), spf.Request{
		IP:       netip.MustParseAddr("192.0.2.25"),
		HELO:     "mail.example.org",
		MailFrom: "news@example.org",
		Receiver: "mx.receiver.test",
	})
	field := "Received-SPF: " + res.ReceivedSPF() + "\r\n"
	fmt.Print(strings.ReplaceAll(field, "\r\n", "\n"))
	// Output:
	// Received-SPF: pass (mx.receiver.test: domain of news@example.org designates
	//  192.0.2.25 as permitted sender) receiver=mx.receiver.test; identity=mailfrom;
	//  client-ip=192.0.2.25; envelope-from="news@example.org";
	//  helo=mail.example.org; mechanism="include:_spf.mailer.test"
}

func ExampleResult_AuthenticationResults() {
	checker := spf.Checker{Resolver: resolver.MustZone(exampleZone)}
	res, _ := checker.Check(context.Background(), spf.Request{
		IP:       netip.MustParseAddr("192.0.2.25"),
		MailFrom: "news@example.org",
	})
	fmt.Println("Authentication-Results: mx.receiver.test;", res.AuthenticationResults())
	// Output:
	// Authentication-Results: mx.receiver.test; spf=pass smtp.mailfrom=news@example.org
}
