// Audit says what is wrong with the mail set-up of domains, and what mends it.
//
//	go run ./examples/audit                      an embedded zone, without network
//	go run ./examples/audit example.org ...      real domains, through the system's resolver
//	go run ./examples/audit -zone FILE DOMAIN    a zone file
//	go run ./examples/audit -resolver ADDR ...   a given DNS server
//
// With -ip it says of each sending address whether it may send, and with -vendor
// what a service needs that the policy lacks:
//
//	go run ./examples/audit -ip office=192.0.2.1,192.0.2.2 -vendor sendgrid,zendesk example.org
//
// It asks for the names of the sending addresses, and with -helo it says what the name is
// worth that they give in HELO or EHLO:
//
//	go run ./examples/audit -ip 192.0.2.1 -helo mail.example.org example.org
//
// With -selector it asks for the keys of these DKIM selectors, which are taken to be in
// use, instead of the common ones. And it verifies the signatures of a stored message,
// and judges it by DMARC as sent from the addresses in -ip:
//
//	go run ./examples/audit -ip 192.0.2.1 -message FILE
//
// With -reports it adds up the DMARC reports that receivers sent, in files or directories,
// by whose the sources are, and plans the next step by them:
//
//	go run ./examples/audit -reports FILE,DIRECTORY example.org
//
// With -probe and the name of the host that it runs on, it also connects to the hosts
// that take the domains' mail, and says how they greet, what TLS they have, and what a
// sender would do. They notice that, and many networks block it:
//
//	go run ./examples/audit -probe host.example.net example.org
//
// With -dot or -mermaid it draws the policy instead, and with -json it says all
// that it knows to a program.
//
// Its exit status is 0 when all domains and the message were audited, whatever was
// found, 1 when one could not be, and 2 for wrong arguments.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
	"github.com/mailworthy/mailworthy/spf"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// options is what the command line says.
type options struct {
	subjects []subject
	vendors  []spf.Vendor // the catalogue
	resolver resolver.Resolver
	format   format
	timeout  time.Duration
	message  *message // to verify, or nil
	reports  []reportFile

	probe string           // connect to the hosts, by this name
	pacer *smtpprobe.Pacer // not too often
}

// subject is a domain to audit.
type subject struct {
	domain string
	// senders are the hosts that send for it. Without any, those that its MX
	// records name are.
	senders []sender
	// services are those that are to send for it.
	services []spf.Vendor
	// selectors are those with which its mail is signed. Without any, common ones
	// are looked for.
	selectors []string
	// helo is what the senders call themselves, but for those that have their own.
	helo string
}

// format is what the audit writes.
type format uint8

const (
	asText format = iota
	asJSON
	asDOT
	asMermaid
)

// write writes reports in a format.
func write(w io.Writer, f format, reports []report) error {
	var text string
	switch f {
	case asJSON:
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		if err := enc.Encode(reports); err != nil {
			return err
		}
		text = asciiJSON(b.String())
	case asDOT:
		text = graphOf(reports).dot()
	case asMermaid:
		text = graphOf(reports).mermaid()
	default:
		text = reportText(reports)
	}
	_, err := io.WriteString(w, terminal(text))
	return err
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	opts, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "audit:", terminal(err.Error()))
		return 2
	}
	ctx, cancel := context.WithTimeout(ctx, opts.timeout)
	defer cancel()
	reports := make([]report, 0, len(opts.subjects)+1)
	if opts.message != nil {
		r, err := auditMessage(ctx, opts)
		_ = opts.message.Close() // It was only read.
		if err != nil {
			fmt.Fprintln(stderr, "audit:", terminal(err.Error()))
			return 1
		}
		reports = append(reports, r)
	}
	for _, s := range opts.subjects {
		reports = append(reports, audit(ctx, opts, s))
	}
	err = write(stdout, opts.format, reports)
	if err != nil || ctx.Err() != nil {
		fmt.Fprintln(stderr, "audit:", terminal(errors.Join(err, context.Cause(ctx)).Error()))
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (options, error) {
	opts := options{vendors: spf.Vendors()}
	flags := flag.NewFlagSet("audit", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: audit [flags] [domain ...]\nWithout a domain or -message, it audits those of an embedded zone.")
		flags.PrintDefaults()
	}
	zoneFile := flags.String("zone", "", "answer from this zone `file` instead of DNS")
	server := flags.String("resolver", "", "ask the DNS server at this `address`, with or without a port")
	senders := flags.String("ip", "", "comma-separated `addresses` that send for the domains, or NAME=ADDRESS (default those of their MX hosts)")
	services := flags.String("vendor", "", "comma-separated `names` of services that are to send for the domains, or domains to include")
	selectors := flags.String("selector", "", "comma-separated `names` of the DKIM selectors that the domains use (default looks for common ones)")
	helo := flags.String("helo", "", "the `name` that the senders give in HELO or EHLO")
	messageFile := flags.String("message", "", "verify the signatures of the message in this `file`, and judge it by DMARC")
	reports := flags.String("reports", "", "comma-separated `files` or directories with DMARC aggregate reports on the domains")
	flags.StringVar(&opts.probe, "probe", "", "connect to the hosts that take the domains' mail, by this `name` of this host")
	asked := make(map[format]*bool)
	asked[asJSON] = flags.Bool("json", false, "print one JSON document")
	asked[asDOT] = flags.Bool("dot", false, "draw the policies, for Graphviz")
	asked[asMermaid] = flags.Bool("mermaid", false, "draw the policies, as a Mermaid flowchart")
	flags.DurationVar(&opts.timeout, "timeout", time.Minute, "for the whole audit")
	err := flags.Parse(args)
	if err != nil {
		return opts, err
	}
	opts.pacer = new(smtpprobe.Pacer)
	if opts.probe != "" && (*zoneFile != "" || flags.NArg() == 0) {
		return opts, errors.New("-probe needs domains, and no -zone: hosts are connected to for real")
	}
	for f, on := range asked {
		if *on && opts.format != asText {
			return opts, errors.New("-json, -dot and -mermaid exclude each other")
		}
		if *on {
			opts.format = f
		}
	}
	common, err := parseSubject(*senders, *services, opts.vendors)
	if err != nil {
		return opts, err
	}
	common.selectors, common.helo = parseList(*selectors), *helo
	for _, domain := range flags.Args() {
		opts.subjects = append(opts.subjects, subject{domain, common.senders, common.services, common.selectors, common.helo})
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
	case len(opts.subjects) == 0 && *messageFile == "":
		tell(&opts, common)
	default:
		opts.resolver = resolver.Default()
	}
	if *reports != "" {
		if opts.reports, err = findReports(parseList(*reports)); err != nil {
			return opts, fmt.Errorf("-reports: %w", err)
		}
	}
	if *messageFile != "" {
		if opts.format == asDOT || opts.format == asMermaid {
			return opts, errors.New("of a -message there is nothing to draw")
		}
		file, err := os.Open(*messageFile)
		if err != nil {
			return opts, err
		}
		opts.message = &message{*messageFile, file, common.senders}
	}
	if len(opts.subjects) == 0 && opts.message == nil {
		return opts, errors.New("which domain?")
	}
	return opts, nil
}

// parseList reads a list with commas, and is nil for an empty one.
func parseList(text string) (list []string) {
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// parseSubject reads the flags -ip and -vendor.
func parseSubject(senders, services string, vendors []spf.Vendor) (s subject, err error) {
	if s.senders, err = parseSenders(senders); err != nil {
		return s, fmt.Errorf("-ip: %w", err)
	}
	for _, text := range parseList(services) {
		v, err := findService(text, vendors)
		if err != nil {
			return s, fmt.Errorf("-vendor: %w", err)
		}
		s.services = append(s.services, v)
	}
	return s, nil
}
