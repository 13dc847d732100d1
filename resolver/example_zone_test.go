package resolver_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/mailworthy/mailworthy/resolver"
)

func ExampleMustZone() {
	z := resolver.MustZone(`
		example.org         TXT    "v=spf1 include:_spf.example.net -all"
		example.org         MX     10 mx.example.org
		mx.example.org      A      192.0.2.1
		www.example.org     CNAME  mx.example.org
		broken.example.org         !servfail ede=6 "signature expired"
	`)
	ctx := context.Background()
	for _, q := range []resolver.Question{
		resolver.Q("www.example.org", resolver.TypeA),
		resolver.Q("www.example.org", resolver.TypeAAAA),
		resolver.Q("gone.example.org", resolver.TypeA),
		resolver.Q("broken.example.org", resolver.TypeA),
	} {
		a, err := z.Lookup(ctx, q)
		fmt.Println(a.Status, a.Addrs, err)
	}
	fmt.Println(len(z.Queries()), "questions,", z.Count("www.example.org", resolver.TypeA), "for the address")
	// Output:
	// success [192.0.2.1] <nil>
	// nodata [] <nil>
	// nxdomain [] <nil>
	// servfail [] resolver: broken.example.org A: servfail (EDE 6 (DNSSEC Bogus): signature expired)
	// 4 questions, 1 for the address
}

func ExampleZone_Fault() {
	z := resolver.MustZone(`mx.example.org A 192.0.2.1`)
	z.Fault(resolver.Fault{Name: "mx.example.org", Status: resolver.ServFail, Times: 2})
	for range 3 {
		a, _ := z.Lookup(context.Background(), resolver.Q("mx.example.org", resolver.TypeA))
		fmt.Println(a.Status)
	}
	// Output:
	// servfail
	// servfail
	// success
}

func ExampleParseZone() {
	_, err := resolver.ParseZone("example.org MX 10 mx.example.org\nexample.org A 192.0.2.256\n")
	if e, ok := errors.AsType[*resolver.ZoneError](err); ok {
		fmt.Println(e.Line, e.Text)
	}
	// Output: 2 example.org A 192.0.2.256
}

// testReporter stands for the *testing.T of the reader's.
type testReporter struct{}

func (testReporter) Helper()                           {}
func (testReporter) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

func ExampleZone_Strict() {
	z := resolver.MustZone(`example.org A 192.0.2.1`).Strict(testReporter{})
	_, _ = z.Lookup(context.Background(), resolver.Q("exmaple.org", resolver.TypeA))
	// Output: resolver: unexpected question exmaple.org A: the zone text does not have the name
}

// A change of records is tried before it is published: what the zone has is as it will
// be, and all else as it is.
func ExampleOverlay() {
	published := resolver.MustZone(`
		example.org      TXT "v=spf1 include:spf.mailer.test -all"
		spf.mailer.test  TXT "v=spf1 ip4:192.0.2.0/24 -all"
	`)
	next := resolver.Overlay{
		Zone:    resolver.MustZone(`example.org TXT "v=spf1 -all"`),
		Domains: []string{"example.org"},
		Next:    published, // If nil, DNS is asked.
	}
	for _, name := range []string{"example.org", "spf.mailer.test"} {
		a, err := next.Lookup(context.Background(), resolver.Q(name, resolver.TypeTXT))
		fmt.Println(name, a.TXT, err)
	}
	// Output:
	// example.org [v=spf1 -all] <nil>
	// spf.mailer.test [v=spf1 ip4:192.0.2.0/24 -all] <nil>
}
