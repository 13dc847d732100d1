package dkim_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

// What is kept of a message is its header, and hashes of its body: no more of what people
// wrote to each other than a verdict needs.
func ExampleReadMessage() {
	m, err := dkim.ReadMessage(strings.NewReader(rfc8463Message), dkim.ReadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(m.Header), "octets of header,", m.BodySize, "of body")
	for _, b := range m.Bodies {
		fmt.Println(b.Canonicalization, b.Length, len(b.Sum))
	}
	stored, _ := json.Marshal(m)
	fmt.Println("stored with the text:", strings.Contains(string(stored), "We lost the game"))
	// Output:
	// 1031 octets of header, 55 of body
	// relaxed 54 32
	// stored with the text: false
}

// The author domain is in From, which package dmarc reads.
func ExampleMessage_Values() {
	m, err := dkim.ReadMessage(strings.NewReader("From: Example News\r\n <news@example.org>\r\n\r\nHello\r\n"), dkim.ReadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%q\n", m.Values("From"))
	// Output: ["Example News <news@example.org>"]
}

// A message is read once, and judged for its signatures and for its chain.
func ExampleChecker_CheckMessage() {
	m, err := dkim.ReadMessage(strings.NewReader(rfc8463Message), dkim.ReadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	zone := resolver.MustZone(rfcKeys)
	zone.Fault(resolver.Fault{Name: "brisbane._domainkey.football.example.com", Status: resolver.ServFail})
	checker := dkim.Checker{Resolver: zone}
	res, _ := checker.CheckMessage(context.Background(), m)
	for _, s := range res.Signatures {
		fmt.Println(s.Selector, s.Status)
	}
	chain, _ := checker.CheckARC(context.Background(), m)
	fmt.Println("arc:", chain.Status)
	// Output:
	// brisbane temperror
	// test pass
	// arc: none
}

// A forwarder seals what it saw. Whoever trusts it reads its word on SPF, DKIM and DMARC
// there, which the way had broken.
func ExampleChecker_CheckARC() {
	m, err := dkim.ReadMessage(strings.NewReader(seal(message, 1, "none")), dkim.ReadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	chain, err := dkim.Checker{Resolver: arcKeys(1)}.CheckARC(context.Background(), m)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(chain.Status)
	for _, set := range chain.Sets {
		fmt.Println(set.Instance, set.Seal.Domain, set.Results)
	}
	// Output:
	// pass
	// 1 h1.example h1.example; dkim=pass
}

// Before a server starts to sign with a new key: is it the one that is published?
func ExampleKey_Matches() {
	published, err := dkim.Parse("v=DKIM1; k=ed25519; p=O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=")
	if err != nil {
		fmt.Println(err)
		return
	}
	right := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	wrong := ed25519.NewKeyFromSeed([]byte("another key, another 32 octets.."))
	fmt.Println(published.Matches(right))
	fmt.Println(published.Matches(wrong))
	// Output:
	// <nil>
	// dkim: the published key is not that of the private key
}

// A key that DNS did not tell of is not one that is missing.
func ExampleEvaluateKey() {
	zone := resolver.MustZone(`
		s1._domainkey.example.org  TXT  "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
		s2._domainkey.example.org  TXT  !servfail
		s3._domainkey.example.org  TXT  "v=DKIM1; p="
	`)
	for _, selector := range []string{"s1", "s2", "s3", "s4"} {
		rep, _ := dkim.EvaluateKey(selector, "example.org", zone)
		fmt.Println(rep.Selector, rep.Status, rep.DNS)
	}
	// Output:
	// s1 found success
	// s2 temperror servfail
	// s3 revoked success
	// s4 missing nxdomain
}

// The selectors of one's own services, from answers that were stored.
func ExampleEvaluateSelectors() {
	rec := resolver.Record(resolver.MustZone(`
		s1._domainkey.example.org  TXT  "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
	`))
	selectors := []string{"s1", "s2"}
	_, _ = dkim.Checker{Resolver: rec}.CheckSelectors(context.Background(), "example.org", selectors)

	req := dkim.SelectorsRequest{Domain: "example.org", Selectors: selectors}
	rep, missing := dkim.EvaluateSelectors(req, rec.Snapshot())
	fmt.Println(rep.Status, len(rep.Keys), "of", rep.Asked, len(missing))

	req.Selectors = append(req.Selectors, "s3") // Nobody asked for it then.
	_, missing = dkim.EvaluateSelectors(req, rec.Snapshot())
	fmt.Println(missing)
	// Output:
	// found 1 of [s1 s2] 0
	// [s3._domainkey.example.org TXT]
}
