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
// With -save it writes down all that it saw, so that -replay comes to the same verdicts
// later and elsewhere, without asking anybody:
//
//	go run ./examples/audit -save FILE example.org
//	go run ./examples/audit -replay FILE
//
// The file has DNS answers and who gave them, policies, the words of mail hosts, the sums
// of reports and the header of the message, with whoever is named there. It has no body
// of a message, and no key but public ones. A run that ended early is not saved, and what
// a file lacks is unknown, and an error.
//
// Each section says OK, PARTLY or UNKNOWN when nothing was found wrong: in what was looked
// at, in what DNS and the hosts told of it, or because they told nothing. On a terminal
// these words have colours, unless NO_COLOR is set, and lines have COLUMNS; and there is a
// line on stderr that says what is still waited for.
//
// # JSON
//
// The document is an array of reports, one for the message and one for each domain:
//
//	domain     the domain, or that of From
//	message    the file of the message, if it is about one
//	severity   "none", "info", "warning" or "error": that of its worst finding
//	sections   one for each check that had something to look at
//
// A section has
//
//	check      its name, such as "SPF"
//	severity   that of its worst finding
//	unknown    "wholly" or "partly", when that much was not found out; else it is not there
//	verdict    the outcome in a few words, for people
//	facts      what was looked at, a line each, for people
//	findings   what is wrong, what proves it and what mends it; see package mailworthy
//
// and under spf, dkim, dmarc, rdns, dnsbl, route, transport or hosts the results of the
// packages. Only ASCII is in it. testdata/json-paths.txt lists what the story has of it.
//
// # Exit status
//
// It is 0 when all domains and the message were audited, 1 when something could not be, or
// not be saved, or when a file of -replay lacks something, and 2 for wrong arguments and
// files that are not what they are to be. What was found is no failure, unless -fail says so. Then the status
// is 3
//
//	-fail error     when there is an error
//	-fail warning   when there is an error or a warning
//	-fail unknown   when DNS, or a host, did not tell what might be one of them, or a
//	                section is wholly unknown
//
// or several of them, as in -fail warning,unknown. Findings that another time might not
// show, such as those of DNS failures, are no errors or warnings for this: they are
// unknown.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/rdns"
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
	vendors  []spf.Vendor // the catalogue, with those that are added to it before it
	added    int
	see      *sight // what it sees of the world
	zone     bool   // which is a zone, so that nobody is connected to
	prober   smtpprobe.Prober
	time     time.Time
	timeout  time.Duration
	message  *message      // to verify, or nil
	mail     io.ReadCloser // where it is, unless it was read already
	reports  []reportFile
	reported bool // there were such, if only once

	format   format
	width    int
	colour   bool
	progress *progress
	fail     failing
	save     string // the file for what was seen
}

func (o options) spf() spf.Checker {
	return spf.Checker{Resolver: o.see, Timeout: -1, Vendors: o.vendors}
}

func (o options) dkim() dkim.Checker {
	return dkim.Checker{Resolver: o.see, Timeout: -1, Options: dkim.Options{Time: o.time}}
}

func (o options) dmarc() dmarc.Checker { return dmarc.Checker{Resolver: o.see, Timeout: -1} }

func (o options) rdns(host string) rdns.Checker {
	return rdns.Checker{Resolver: o.see, Timeout: -1, Host: host}
}

func (o options) dnsbl() dnsbl.Checker { return dnsbl.Checker{Resolver: o.see, Timeout: -1} }

// subject is a domain to audit.
type subject struct {
	Domain string `json:"domain"`
	// Senders are the hosts that send for it. Without any, those that its MX
	// records name are.
	Senders []sender `json:"senders,omitempty"`
	// Services are those that are to send for it.
	Services []spf.Vendor `json:"services,omitempty"`
	// Selectors are those with which its mail is signed. Without any, common ones
	// are looked for.
	Selectors []string `json:"selectors,omitempty"`
	// HELO is what the senders call themselves, but for those that have their own.
	HELO string `json:"helo,omitempty"`
}

// format is what the audit writes.
type format uint8

const (
	asText format = iota
	asJSON
	asDOT
	asMermaid
)

// write writes reports in the format that was asked for.
func write(w io.Writer, opts options, reports []report) error {
	var text string
	switch opts.format {
	case asJSON:
		var err error
		if text, err = encode(reports); err != nil {
			return err
		}
	case asDOT:
		text = graphOf(reports).dot()
	case asMermaid:
		text = graphOf(reports).mermaid()
	default:
		text = reportText(reports, opts.width)
	}
	text = terminal(text)
	if opts.colour {
		text = coloured(text)
	}
	_, err := io.WriteString(w, text)
	return err
}

// Exit statuses.
const (
	exitOK = iota
	exitFailed
	exitUsage
	exitFindings
)

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	opts, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	if err != nil {
		fmt.Fprintln(stderr, "audit:", terminal(err.Error()))
		return exitUsage
	}
	return carryOut(ctx, opts, stdout, stderr)
}

// carryOut does what the options say.
func carryOut(ctx context.Context, opts options, stdout, stderr io.Writer) int {
	ctx, cancel := context.WithTimeout(ctx, opts.timeout)
	defer cancel()
	if opts.format == asText && isTerminal(stdout) && os.Getenv("TERM") != "dumb" {
		opts.width = columns(os.Getenv("COLUMNS"))
		opts.colour = os.Getenv("NO_COLOR") == ""
	}
	if isTerminal(stderr) && opts.see.next != nil {
		opts.progress = show(stderr, opts.see.ledger)
	}
	reports, err := audits(ctx, &opts)
	opts.progress.stop()
	if len(reports) > 0 {
		err = errors.Join(err, write(stdout, opts, reports))
	}
	if ctx.Err() != nil {
		all := len(opts.subjects)
		if opts.message != nil {
			all++
		}
		err = errors.Join(err, fmt.Errorf("ended early, with %d of %s: %w", len(reports), plural(all, "report"), context.Cause(ctx)))
	}
	if lacking := opts.see.lacking(); len(lacking) > 0 {
		err = errors.Join(err, &gapError{lacking})
	}
	if err == nil && opts.save != "" {
		err = save(opts.save, opts.see.saved(opts))
	}
	switch {
	case err != nil:
		fmt.Fprintln(stderr, "audit:", terminal(err.Error()))
		return exitFailed
	case opts.fail.by(reports):
		return exitFindings
	}
	return exitOK
}

// audits audits the message, and then the domains. The error is that of reading the
// message.
func audits(ctx context.Context, opts *options) ([]report, error) {
	reports := make([]report, 0, len(opts.subjects)+1)
	if opts.mail != nil {
		seen, err := dkim.ReadMessage(opts.mail, dkim.ReadOptions{Diagnose: true})
		_ = opts.mail.Close() // It was only read.
		if err != nil {
			return nil, err
		}
		opts.message.Seen = seen
	}
	if opts.message != nil {
		reports = append(reports, auditMessage(ctx, *opts))
	}
	for _, s := range opts.subjects {
		if ctx.Err() != nil && len(reports) > 0 {
			break // The error tells.
		}
		reports = append(reports, audit(ctx, *opts, s))
	}
	return reports, nil
}
