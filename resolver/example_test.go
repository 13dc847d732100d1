package resolver_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/resolver/resolvertest"
)

// exampleServer stands for a DNS server of the reader's.
func exampleServer(text string) (address string, stop func()) {
	s, err := resolvertest.Start(resolver.MustZone(text))
	if err != nil {
		panic(err)
	}
	return s.Addr, s.Close
}

func ExampleQ() {
	fmt.Println(resolver.Q("Bücher.Example.", resolver.TypeMX))
	fmt.Println(resolver.Q("bücher.example", resolver.TypeMX) == resolver.Q("XN--BCHER-KVA.example", resolver.TypeMX))
	// Output:
	// xn--bcher-kva.example MX
	// true
}

func ExampleReverse() {
	fmt.Println(resolver.Reverse(netip.MustParseAddr("192.0.2.1")))
	// Output: 1.2.0.192.in-addr.arpa PTR
}

func ExampleClient() {
	address, stop := exampleServer(`
		www.example.org     CNAME  example.net
		example.net         A      192.0.2.1
		broken.example.org  A      !servfail ede=7 "signature expired"
	`)
	defer stop()

	client := &resolver.Client{Servers: []string{address}}
	for _, name := range []string{"www.example.org", "gone.example.org", "broken.example.org"} {
		a, err := client.Lookup(context.Background(), resolver.Q(name, resolver.TypeA))
		e, failed := errors.AsType[*resolver.Error](err)
		switch {
		case failed:
			fmt.Println(name, "is not known:", e.Status, e.Extended)
		case a.Status == resolver.Success:
			fmt.Println(name, "has", a.Addrs, "through", a.Alias)
		default:
			fmt.Println(name, "has none:", a.Status)
		}
	}
	// Output:
	// www.example.org has [192.0.2.1] through [example.net]
	// gone.example.org has none: nxdomain
	// broken.example.org is not known: servfail EDE 7 (Signature Expired): signature expired
}

func ExampleCache() {
	zone := resolver.MustZone(`example.org TXT "v=spf1 -all"`)
	cache := &resolver.Cache{Next: zone}
	ctx, q := context.Background(), resolver.Q("example.org", resolver.TypeTXT)
	for range 3 {
		a, err := cache.Lookup(ctx, q)
		fmt.Println(a.Status, a.TXT, err)
	}
	fmt.Println("asked", zone.Count("example.org", resolver.TypeTXT), "time, hits", cache.Stats().Hits)
	// Output:
	// success [v=spf1 -all] <nil>
	// success [v=spf1 -all] <nil>
	// success [v=spf1 -all] <nil>
	// asked 1 time, hits 2
}

func ExampleCache_Peek() {
	cache := &resolver.Cache{Next: resolver.MustZone(`example.org MX 10 mx.example.org`)}
	ctx, q := context.Background(), resolver.Q("example.org", resolver.TypeMX)
	_, ok := cache.Peek(ctx, q)
	fmt.Println(ok)
	_, _ = cache.Lookup(ctx, q)
	a, ok := cache.Peek(ctx, q)
	fmt.Println(a.MX, ok)
	// Output:
	// false
	// [{mx.example.org 10}] true
}

// The administrator has changed a record and wants to see it now.
func ExampleCache_Forget() {
	record := `"v=spf1 -all"`
	cache := &resolver.Cache{Next: resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
		return resolver.MustZone("example.org TXT "+record).Lookup(ctx, q)
	})}
	check := func() {
		a, _ := cache.Lookup(context.Background(), resolver.Q("example.org", resolver.TypeTXT))
		fmt.Println(a.TXT)
	}
	check()
	record = `"v=spf1 mx -all"`
	check()
	cache.Forget("example.org")
	check()
	// Output:
	// [v=spf1 -all]
	// [v=spf1 -all]
	// [v=spf1 mx -all]
}

// A check with such a context sees DNS as it is now, whatever is remembered.
func ExampleWithFresh() {
	zone := resolver.MustZone(`example.org A 192.0.2.1`)
	cache := &resolver.Cache{Next: zone}
	ctx, q := context.Background(), resolver.Q("example.org", resolver.TypeA)
	_, _ = cache.Lookup(ctx, q)
	_, _ = cache.Lookup(resolver.WithFresh(ctx), q)
	fmt.Println("asked", zone.Count("example.org", resolver.TypeA), "times")
	// Output: asked 2 times
}

func ExampleTrace() {
	address, stop := exampleServer(`example.org A 192.0.2.1`)
	defer stop()

	// One Trace serves both. The functions are where a program logs or counts.
	cache := &resolver.Cache{Trace: &resolver.Trace{
		Exchange: func(_ context.Context, i resolver.ExchangeInfo) {
			fmt.Println("asked over", i.Network+":", i.Question, i.Status, i.Err)
		},
		Cache: func(_ context.Context, i resolver.CacheInfo) { fmt.Println(i.Outcome, i.Question, i.Status) },
	}}
	cache.Next = &resolver.Client{Servers: []string{address}, Trace: cache.Trace}
	for range 2 {
		_, _ = cache.Lookup(context.Background(), resolver.Q("example.org", resolver.TypeA))
	}
	// Output:
	// asked over udp: example.org A success <nil>
	// miss example.org A success
	// hit example.org A success
}

// What a check saw is stored as JSON, and replayed years later.
func ExampleRecord() {
	rec := resolver.Record(resolver.MustZone(`example.org TXT "v=spf1 -all"`))
	q := resolver.Q("example.org", resolver.TypeTXT)
	_, _ = rec.Lookup(context.Background(), q)
	stored, err := json.Marshal(rec.Snapshot())
	fmt.Println(string(stored), err)

	var snapshot resolver.Snapshot
	err = json.Unmarshal(stored, &snapshot)
	a, ok := snapshot.Get(q)
	fmt.Println(a.TXT, ok, err)
	// Output:
	// {"example.org TXT":{"status":"success","txt":[["v=spf1 -all"]],"ttl":300}} <nil>
	// [v=spf1 -all] true <nil>
}

func ExampleSnapshot_Lookup() {
	s := resolver.Snapshot{
		resolver.Q("example.org", resolver.TypeA): {Status: resolver.Success, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1")}},
	}
	for _, name := range []string{"example.org", "example.net"} {
		a, err := s.Lookup(context.Background(), resolver.Q(name, resolver.TypeA))
		fmt.Println(a.Status, a.Addrs, err)
	}
	// Output:
	// success [192.0.2.1] <nil>
	// failed [] resolver: example.net A: failed: not in the snapshot
}

// A Resolver that some other package provides is wrapped in a few lines.
func ExampleFunc() {
	zone := resolver.MustZone(`example.org A 192.0.2.1`)
	r := resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
		if q.Type == resolver.TypeAAAA {
			return resolver.Fail(&resolver.Error{Question: q, Status: resolver.Refused})
		}
		return zone.Lookup(ctx, q)
	})
	a, err := r.Lookup(context.Background(), resolver.Q("example.org", resolver.TypeAAAA))
	fmt.Println(a.Status, err, resolver.IsTemporary(err))
	// Output: refused resolver: example.org AAAA: refused true
}

func ExampleParseType() {
	t, err := resolver.ParseType("txt")
	fmt.Println(t, err)
	_, err = resolver.ParseType("SPV")
	fmt.Println(err)
	// Output:
	// TXT <nil>
	// resolver: no record type "SPV"
}
