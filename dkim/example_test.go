package dkim_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

func ExampleChecker_Check() {
	checker := dkim.Checker{Resolver: resolver.MustZone(rfcKeys)}
	res, err := checker.Check(context.Background(), strings.NewReader(rfc8463Message))
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(res.Status, "from", res.From)
	for _, s := range res.Signatures {
		fmt.Println(s.Status, s.Domain, s.Selector, s.Algorithm, s.Key.Bits)
	}
	// Output:
	// pass from [football.example.com]
	// pass football.example.com brisbane ed25519-sha256 256
	// pass football.example.com test rsa-sha256 1024
}

// A signature that does not pass says why, and what mends it.
func ExampleChecker_Check_findings() {
	checker := dkim.Checker{Resolver: resolver.MustZone(rfcKeys), Read: dkim.ReadOptions{Diagnose: true}}
	res, _ := checker.Check(context.Background(), strings.NewReader(rfc8463Message+"-- \nSent to the list\n"))
	s := res.Signatures[0]
	fmt.Println(s.Status, s.Code)
	for _, e := range s.Findings[0].Evidence {
		fmt.Println(e)
	}
	// Output:
	// fail dkim.body-hash
	// the signature of the header verifies: only the body was changed
	// the first 54 octets of the body match, with relaxed canonicalisation: the rest was added
}

// What was observed of a message, and the answers of DNS, are stored, and judged
// again at any time.
func ExampleEvaluate() {
	m, err := dkim.ReadMessage(strings.NewReader(rfc8463Message), dkim.ReadOptions{})
	if err != nil {
		fmt.Println(err)
	}
	stored, _ := json.Marshal(m)

	var seen dkim.Message
	if err := json.Unmarshal(stored, &seen); err != nil {
		fmt.Println(err)
	}
	res, missing := dkim.Evaluate(&seen, dkim.Options{}, resolver.MustZone(rfcKeys))
	fmt.Println(res.Status, len(missing))
	// Output:
	// pass 0
}

func ExampleEvaluateARC() {
	m, _ := dkim.ReadMessage(strings.NewReader(rfc8463Message), dkim.ReadOptions{})
	chain, _ := dkim.EvaluateARC(m, dkim.Options{}, resolver.MustZone(rfcKeys))
	fmt.Println(chain.Status, len(chain.Sets))
	// Output:
	// none 0
}

func ExampleResult_AuthenticationResults() {
	checker := dkim.Checker{Resolver: resolver.MustZone(rfcKeys)}
	res, _ := checker.Check(context.Background(), strings.NewReader(rfc6376Message))
	fmt.Println("Authentication-Results: mx.receiver.test; " + res.AuthenticationResults())
	// Output:
	// Authentication-Results: mx.receiver.test; dkim=pass header.d=example.com header.s=brisbane header.a=rsa-sha256 header.b=AuUoFEfD
}

func ExampleSigner_Sign() {
	signer := dkim.Signer{Domain: "example.org", Selector: "s1", Key: ed25519.NewKeyFromSeed(make([]byte, 32))}
	var signed bytes.Buffer
	if err := signer.Sign(&signed, strings.NewReader("From: a@example.org\nSubject: Hi\n\nHello\n")); err != nil {
		fmt.Println(err)
	}
	zone := resolver.MustZone(`s1._domainkey.example.org TXT "k=ed25519; p=O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik="`)
	res, _ := dkim.Checker{Resolver: zone}.Check(context.Background(), &signed)
	fmt.Println(res.Status, res.Signatures[0].Headers)
	// Output:
	// pass [from from subject subject to date reply-to content-type message-id list-unsubscribe]
}
