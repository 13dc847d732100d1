package resolvertest_test

import (
	"context"
	"fmt"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/resolver/resolvertest"
)

// In a test, Serve does the same and closes the server at the test's end.
func ExampleStart() {
	server, err := resolvertest.Start(resolver.MustZone(`
		example.org  TXT  "v=spf1 -all"
		example.org  TXT  !truncated times=1
	`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()

	// Any DNS client will do. The first reply over UDP is cut off.
	client := &resolver.Client{Servers: []string{server.Addr}}
	a, err := client.Lookup(context.Background(), resolver.Q("example.org", resolver.TypeTXT))
	fmt.Println(a.Status, a.TXT, err)
	for _, q := range server.Zone.Queries() {
		fmt.Println(q.Network, q.Question)
	}
	// Output:
	// success [v=spf1 -all] <nil>
	// udp example.org TXT
	// tcp example.org TXT
}
