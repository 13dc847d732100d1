// Audit says what is wrong with the mail set-up of domains, and what mends it.
//
//	go run ./examples/audit                      an embedded zone, without network
//	go run ./examples/audit example.org ...      real domains, through the system's resolver
//	go run ./examples/audit -zone FILE DOMAIN    a zone file
//	go run ./examples/audit -resolver ADDR ...   a given DNS server
//
// Its exit status is 0 when all domains were audited, whatever was found, 1 when
// one could not be, and 2 for wrong arguments.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy/resolver"
)

// The embedded zone tells a story that many companies share. Its domain, and the
// addresses that send for it, are those of the default audit.
//
//go:embed story.zone
var story string

const storyDomain = "shop.example"

var storySenders = []netip.Addr{netip.MustParseAddr("192.88.99.25"), netip.MustParseAddr("192.88.99.177")}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// options is what the command line says.
type options struct {
	domains  []string
	senders  []netip.Addr
	resolver resolver.Resolver
	json     bool
	timeout  time.Duration
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	opts, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "audit:", err)
		return 2
	}
	ctx, cancel := context.WithTimeout(ctx, opts.timeout)
	defer cancel()
	reports := make([]report, 0, len(opts.domains))
	for _, domain := range opts.domains {
		reports = append(reports, audit(ctx, opts, domain))
	}
	if opts.json {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		err = enc.Encode(reports)
	} else {
		err = printReports(stdout, reports)
	}
	if err != nil || ctx.Err() != nil {
		fmt.Fprintln(stderr, "audit:", errors.Join(err, context.Cause(ctx)))
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (options, error) {
	opts := options{}
	flags := flag.NewFlagSet("audit", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: audit [flags] [domain ...]\nWithout a domain, it audits "+storyDomain+" in an embedded zone.")
		flags.PrintDefaults()
	}
	zoneFile := flags.String("zone", "", "answer from this zone `file` instead of DNS")
	server := flags.String("resolver", "", "ask the DNS server at this `address`, with or without a port")
	senders := flags.String("ip", "", "comma-separated `addresses` that send for the domains (default those of their MX hosts)")
	flags.BoolVar(&opts.json, "json", false, "print one JSON document")
	flags.DurationVar(&opts.timeout, "timeout", time.Minute, "for the whole audit")
	if err := flags.Parse(args); err != nil {
		return opts, err
	}
	opts.domains = flags.Args()
	for _, s := range strings.FieldsFunc(*senders, func(r rune) bool { return r == ',' || r == ' ' }) {
		ip, err := netip.ParseAddr(s)
		if err != nil {
			return opts, fmt.Errorf("-ip: %w", err)
		}
		opts.senders = append(opts.senders, ip)
	}
	switch {
	case *zoneFile != "" && *server != "":
		return opts, errors.New("-zone and -resolver exclude each other")
	case *zoneFile != "":
		text, err := os.ReadFile(*zoneFile)
		if err != nil {
			return opts, err
		}
		zone, err := resolver.ParseZone(string(text))
		if err != nil {
			return opts, err
		}
		opts.resolver = zone
	case *server != "":
		opts.resolver = &resolver.Cache{Next: &resolver.Client{Servers: []string{*server}}}
	case len(opts.domains) == 0:
		opts.resolver = resolver.MustZone(story)
		opts.domains = []string{storyDomain}
		if opts.senders == nil {
			opts.senders = storySenders
		}
	default:
		opts.resolver = resolver.Default()
	}
	if len(opts.domains) == 0 {
		return opts, errors.New("which domain?")
	}
	return opts, nil
}
