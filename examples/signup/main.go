// Signup says whether an address can take part: a check for the moment before a
// confirmation mail is sent.
//
//	go run ./examples/signup                          an embedded zone, without network
//	go run ./examples/signup joe@example.org ...      real addresses, through the system's resolver
//	go run ./examples/signup -listen localhost:8025   a server for a sign-up form
//
// The server takes an address as a form or as JSON:
//
//	curl -d email=joe@example.org localhost:8025/address
//	curl --json '{"email": "joe@example.org"}' localhost:8025/address
//
// It answers in less than -timeout and asks nobody but DNS: it connects to no mail host,
// and knows nothing of the users who are there already. The answer is one of three:
//
//   - accept: a public host takes the domain's mail. Send the confirmation.
//   - confirm: something could not be found out. Send the confirmation all the same, and
//     trust nothing before it comes back: whose DNS is slow is no liar.
//   - reject, with a message for the field: a confirmation would never arrive.
//
// Copy check.go and handler.go. Bound the rate of requests before them, as for any form.
//
// Its exit status is 0 whatever the answers are, 1 when it could not give them, and 2 for
// wrong arguments.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
)

// story has a domain for each case, and storyAddresses an address for each.
//
//go:embed story.zone
var story string

var storyAddresses = []string{
	"anna@shop.example", "anna@old.example", "anna@bücher.example", "bücher@shop.example", `"anna b"@shop.example`,
	"anna.shop.example", "anna@[127.0.0.1]", "anna@shopp.example", "anna@nomail.example",
	"anna@intranet.example", "anna@self.example", "anna@spam.example", "anna@hacked.example",
	"anna@broken.example", "anna@slow.example", "anna@unlisted.example",
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("signup", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: signup [flags] [address ...]\nWithout an address or -listen, it shows those of an embedded zone.\n"+
			"The exit status is 0 whatever the answers are, 1 when it could not give them, and 2 for wrong arguments.")
		flags.PrintDefaults()
	}
	listen := flags.String("listen", "", "serve HTTP at this `address`")
	server := flags.String("resolver", "", "ask the DNS server at this `address`, with or without a port")
	timeout := flags.Duration("timeout", 400*time.Millisecond, "for one address")
	checks := flags.Int("checks", 64, "how many addresses are checked at once")
	names := flags.String("lists", "", "comma-separated `names` of the block lists to ask, or none: their operators see the domain (default those that matter most)")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	var lists []dnsbl.List
	switch {
	case err != nil:
	case *checks < 1 || *timeout <= 0:
		err = errors.New("-checks and -timeout must be positive")
	case *listen != "" && flags.NArg() > 0:
		err = errors.New("-listen takes addresses over HTTP alone")
	case *server != "" && *listen == "" && flags.NArg() == 0:
		err = errors.New("which address?")
	default:
		lists, err = findLists(*names)
	}
	var from resolver.Resolver = &resolver.Cache{} // One for all: most addresses are of a few domains.
	if err == nil && *server != "" {
		from, err = clientOf(*server)
	}
	if err != nil {
		fmt.Fprintln(stderr, "signup:", err)
		return 2
	}

	addresses := flags.Args()
	if *server == "" && *listen == "" && len(addresses) == 0 {
		from, addresses = resolver.MustZone(story), storyAddresses
	}
	v := newValidator(from, lists, *timeout, *checks)
	if *listen == "" {
		err = show(ctx, stdout, v, addresses)
	} else {
		err = listenAndServe(ctx, *listen, v, slog.New(slog.NewTextHandler(stderr, nil)), stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "signup:", err)
		return 1
	}
	return 0
}

// clientOf asks one DNS server.
func clientOf(server string) (resolver.Resolver, error) {
	client := &resolver.Client{Servers: []string{server}}
	if err := client.Validate(); err != nil {
		return nil, fmt.Errorf("-resolver: %w", err)
	}
	return &resolver.Cache{Next: client}, nil
}

// findLists returns the lists by name. By default they are those that answer everybody
// and that receivers act on: no other would make this program reject.
func findLists(names string) (lists []dnsbl.List, err error) {
	switch names {
	case "":
		for _, l := range dnsbl.Default() {
			if l.Lists(dnsbl.Domain) && grave(l.Weight) {
				lists = append(lists, l)
			}
		}
		return lists, nil
	case "none":
		return []dnsbl.List{}, nil
	}
	if lists, err = dnsbl.Find(strings.Split(names, ",")...); err != nil {
		return nil, err
	}
	for i := range lists {
		if l := &lists[i]; l.Access != dnsbl.Open || !l.Lists(dnsbl.Domain) {
			return nil, fmt.Errorf("-lists: %s does not answer everybody about domains", l.Name)
		}
	}
	return lists, nil
}

// show prints the verdicts on some addresses.
func show(ctx context.Context, w io.Writer, v *validator, addresses []string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ADDRESS\tDECISION\tREASON\tMESSAGE")
	for _, a := range addresses {
		got := v.check(ctx, a)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", printable(a), got.Decision, got.reason, got.Message)
	}
	return table.Flush()
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

// listenAndServe serves until ctx ends, and then finishes what it has begun.
func listenAndServe(ctx context.Context, address string, v *validator, log *slog.Logger, stdout io.Writer) error {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	// A request is small, and so is the patience with whoever dawdles.
	srv := &http.Server{
		Handler:           newHandler(v, log),
		ReadHeaderTimeout: 2 * time.Second,
		ReadTimeout:       4 * time.Second,
		WriteTimeout:      v.timeout + 8*time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	fmt.Fprintf(stdout, "listening on http://%s/address\n", ln.Addr())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	select {
	case err = <-served:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), v.timeout+4*time.Second)
	defer cancel()
	if err = srv.Shutdown(grace); err != nil {
		_ = srv.Close() // Who did not finish by now is cut off.
	}
	return errors.Join(err, notClosed(<-served))
}

// notClosed drops the error by which a server says that it was told to stop.
func notClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
