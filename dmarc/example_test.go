package dmarc_test

import (
	"context"
	"fmt"

	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

func ExampleChecker_Check() {
	zone := resolver.MustZone("_dmarc.example.org TXT 'v=DMARC1; p=reject; rua=mailto:dmarc@example.org'")
	res, err := dmarc.Checker{Resolver: zone}.Check(context.Background(), dmarc.Request{
		From: []string{"Example News <news@example.org>"},
		SPF:  dmarc.SPFResult{Status: "pass", Domain: "bounce.vendor.example"},
		DKIM: []dmarc.DKIMResult{{Status: "pass", Domain: "vendor.example", Selector: "s1"}},
	})
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(res.Status, res.Disposition)
	for _, f := range res.Findings {
		fmt.Println(f.Message)
		fmt.Println(f.Remedy)
	}
	fmt.Println(res.AuthenticationResults())
	// Output:
	// fail reject
	// What is authenticated belongs to other domains than example.org, which is in From. Its policy for such mail is reject.
	// SPF passes for bounce.vendor.example: let the sender use a return path in example.org or a domain below example.org, with an SPF record that lists its servers. The signature is of vendor.example: let the sender sign with d=example.org, with its key published at SELECTOR._domainkey.example.org. One of SPF and DKIM is enough; DKIM survives forwarding.
	// dmarc=fail (p=reject) reason="unaligned" header.from=example.org policy.dmarc=reject
}

func ExampleEvaluate() {
	req := dmarc.Request{Domain: "news.example.org", DKIM: []dmarc.DKIMResult{{Status: "pass", Domain: "example.org"}}}
	answers := resolver.Snapshot{}
	_, missing := dmarc.Evaluate(req, answers)
	for _, q := range missing {
		fmt.Println("asks", q)
		answers[q] = resolver.Answer{Status: resolver.NXDomain}
	}
	answers[resolver.Q("_dmarc.example.org", resolver.TypeTXT)] = resolver.Answer{
		Status: resolver.Success, TXT: []resolver.Text{{"v=DMARC1; p=none; sp=quarantine"}},
	}
	res, _ := dmarc.Evaluate(req, answers)
	fmt.Println(res.Status, "by the record of", res.RecordDomain+":", res.PolicyTag+"="+string(res.Policy))
	fmt.Println(res.Identifiers[0].Domain, "is aligned:", res.Identifiers[0].Aligned, "-", res.Identifiers[0].Reason)
	// Output:
	// asks _dmarc.news.example.org TXT
	// asks _dmarc.example.org TXT
	// asks _dmarc.org TXT
	// pass by the record of example.org: sp=quarantine
	// example.org is aligned: true - organization
}

func ExampleParse() {
	rec, err := dmarc.Parse("v=DMARC1; p=reject; pct=50; rua=dmarc@example.org")
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(rec.Policy)
	for _, f := range rec.Findings {
		fmt.Println(f.Span.Offset, f.Code, f.Remedy)
	}
	_, err = dmarc.Parse("v=dmarc1; p=reject")
	fmt.Println(err)
	// Output:
	// reject
	// 20 dmarc.removed-tag Remove pct= from the record. To have the policy applied one step lower while testing, use t=y.
	// 32 dmarc.bad-uri Write it as mailto:dmarc@example.org.
	// dmarc: octet 2: the version must be "DMARC1" in upper case
}

func ExampleParseFrom() {
	fmt.Println(dmarc.ParseFrom([]string{`"Bücher, Online" <post@bücher.example> (shop)`}).Domain())
	from := dmarc.ParseFrom([]string{"ceo@example.org <x@example.net>"})
	fmt.Printf("%q %v\n", from.Domain(), from.Domains)
	// Output:
	// xn--bcher-kva.example
	// "" [example.org example.net]
}

func ExampleRecord_String() {
	rec := dmarc.Record{Policy: dmarc.Reject, Testing: true, Aggregate: []dmarc.URI{dmarc.MailTo("dmarc@example.org")}}
	fmt.Println(rec.String())
	// Output:
	// v=DMARC1; p=reject; t=y; rua=mailto:dmarc@example.org
}

func ExampleRecord_PolicyFor() {
	rec, _ := dmarc.Parse("v=DMARC1; p=none; np=reject")
	for _, s := range []dmarc.Scope{dmarc.ScopeDomain, dmarc.ScopeSubdomain, dmarc.ScopeNonexistent} {
		policy, tag := rec.PolicyFor(s)
		fmt.Println(s, tag, policy)
	}
	// Output:
	// domain p none
	// subdomain p none
	// nonexistent np reject
}

func ExampleChecker_Compare() {
	zone := resolver.MustZone("_dmarc.mail.example.org TXT 'v=DMARC1; p=reject'")
	c, _ := dmarc.Checker{Resolver: zone}.Compare(context.Background(), dmarc.Request{
		Domain: "mail.example.org", DKIM: []dmarc.DKIMResult{{Status: "pass", Domain: "example.org"}},
	})
	for _, d := range c.Differences {
		fmt.Printf("%s of %s: %s now, %s before\n", d.Aspect, d.Subject, d.RFC9989, d.RFC7489)
	}
	// Output:
	// status of mail.example.org: fail now, pass before
	// organizational-domain of mail.example.org: mail.example.org now, example.org before
	// alignment of example.org: other-organization now, organization before
}

func ExampleEvaluateComparison() {
	zone := resolver.MustZone("_dmarc.example.org TXT 'v=DMARC1; p=reject; t=y'")
	c, _ := dmarc.EvaluateComparison(dmarc.Request{Domain: "example.org"}, zone)
	fmt.Println(c.Differences[0].Aspect, c.RFC9989.Disposition, c.RFC7489.Disposition)
	// Output:
	// applied quarantine reject
}
