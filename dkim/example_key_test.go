package dkim_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

func ExampleParse() {
	k, err := dkim.Parse("v=DKIM1; k=ed25519; t=s; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(k.Type, k.Bits, k.Strict, k.AllowsHash("sha256"))

	_, err = dkim.Parse("v=DKIM1; k=rsa; p=MIGf MA0G\"CSq")
	var syntax *dkim.SyntaxError
	fmt.Println(errors.As(err, &syntax), syntax.Tag, syntax.Offset)
	// Output:
	// ed25519 256 true true
	// true p 27
}

func ExampleChecker_CheckKey() {
	zone := resolver.MustZone(`
		selector1._domainkey.example.org  CNAME  selector1-example-org._domainkey.example.onmicrosoft.com
	`)
	rep, err := dkim.Checker{Resolver: zone}.CheckKey(context.Background(), "selector1", "example.org")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rep.Status, rep.Provider)
	for _, f := range rep.Findings {
		fmt.Println(f.Severity, f.Code)
	}
	// Output:
	// missing Microsoft 365
	// error dkim.key-dangling
}

func ExampleChecker_CheckSelectors() {
	zone := resolver.MustZone(`
		fm1._domainkey.example.org             CNAME  fm1.example.org.dkim.fmhosted.com
		fm1.example.org.dkim.fmhosted.com      TXT    "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
		default._domainkey.example.org         TXT    "v=DKIM1; p="
	`)
	rep, err := dkim.Checker{Resolver: zone}.CheckSelectors(context.Background(), "example.org", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rep.Status)
	for _, k := range rep.Keys {
		fmt.Printf("%s: %s %q\n", k.Selector, k.Status, k.Provider)
	}
	for _, f := range rep.Findings {
		fmt.Println(f.Severity, f.Code)
	}
	// Output:
	// found
	// fm1: found "Fastmail"
	// default: revoked ""
	// warning dkim.only-ed25519
}

func ExampleRecord() {
	// A server's key comes from GenerateRSA, or from its file.
	signer := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	record, err := dkim.Record(signer.Public(), dkim.RecordOptions{Flags: []string{"s"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(dkim.ZoneLine("s2026._domainkey.example.org", record))

	// Later, what is published is compared with it.
	published, err := dkim.Parse(record)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(published.Matches(signer))
	// Output:
	// s2026._domainkey.example.org. IN TXT "v=DKIM1; k=ed25519; t=s; p=O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik="
	// <nil>
}
