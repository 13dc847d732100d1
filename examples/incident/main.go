// Incident reads a mail log, and writes the note that an incident needs: what is
// refused and by whom, whose mail it is, what causes it, what to change, and what to
// ask of whom, in which order.
//
//	go run ./examples/incident                  an embedded log and zone, without network
//	go run ./examples/incident /var/log/mail.log
//	journalctl -u postfix | go run ./examples/incident -
//
// It asks DNS only what the refusals call for: the block list that a receiver names,
// the host name of an address that is refused for it, the records of a domain whose
// mail does not pass. With -zone FILE the answers are those of a zone file, and with
// -offline nothing is asked:
//
//	go run ./examples/incident -offline -json mail.log
//
// Logs without a year are taken for those of the year before the file was last
// written, or before -time. A log does not always tell the address and the name that
// the host has to others:
//
//	go run ./examples/incident -ip 192.0.2.1 -helo mail.example.org mail.log
//
// With -dead-addresses it lists the recipients to remove instead, one a line: those
// alone whose mailbox certainly does not exist.
//
// Its exit status is 0 when there is a note, whatever it says, 1 when the log could not be
// read or understood or the checks were broken off, and 2 for wrong arguments.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"time"

	"github.com/mailworthy/mailworthy/bounce"
	"github.com/mailworthy/mailworthy/resolver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // A second interrupt ends a read that waits for input.
	status := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// options is what the command line says.
type options struct {
	logs     []source
	resolver resolver.Resolver // nil for no checks
	timeout  time.Duration
	asJSON   bool
	dead     bool

	// What the log may not tell of the host that sends.
	ip   netip.Addr
	helo string
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	opts, err := parse(args, stdin, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "incident:", terminal(err.Error()))
		return 2
	}
	if err = write(ctx, opts, stdout); err != nil {
		fmt.Fprintln(stderr, "incident:", terminal(err.Error()))
		return 1
	}
	return 0
}

// write does what the options say.
func write(ctx context.Context, opts options, w io.Writer) error {
	if opts.dead {
		return writeDead(ctx, opts.logs, w)
	}
	var t bounce.Triage
	for _, log := range opts.logs {
		t.Now = log.ref
		if err := log.read(ctx, t.Read); err != nil {
			return err
		}
	}
	n := newNote(t.Report(), opts)
	ctx, cancel := context.WithTimeout(ctx, opts.timeout)
	defer cancel()
	n.check(ctx, opts.resolver)
	n.conclude()
	text := noteText(n)
	if opts.asJSON {
		var err error
		if text, err = noteJSON(n); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, terminal(text))
	if err == nil && n.Triage.Totals.Lines > 0 && !n.understood() {
		err = errors.New("no line tells of a delivery or a refusal: is it the log of a mail server?")
	}
	return errors.Join(err, context.Cause(ctx))
}

func parse(args []string, stdin io.Reader, stderr io.Writer) (options, error) {
	var opts options
	flags := flag.NewFlagSet("incident", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: incident [flags] [file ...]\nWithout a file it reads an embedded log. The file - is the standard input.\n"+
			"The exit status is 0 when there is a note, whatever it says, 1 when the log could not be read\nor understood or the checks were broken off, and 2 for wrong arguments.")
		flags.PrintDefaults()
	}
	zoneFile := flags.String("zone", "", "answer from this zone `file` instead of DNS")
	offline := flags.Bool("offline", false, "ask DNS nothing")
	flags.BoolVar(&opts.asJSON, "json", false, "print one JSON document")
	flags.BoolVar(&opts.dead, "dead-addresses", false, "list the addresses to remove, one a line")
	ref := flags.String("time", "", "the `time` before which logs without a year were written, as in 2026-11-22 or 2026-11-22T10:00:00Z (default when the file was written, or now)")
	ip := flags.String("ip", "", "the `address` that mail is sent from, where the log does not tell")
	flags.StringVar(&opts.helo, "helo", "", "the `name` that the host gives in HELO or EHLO")
	flags.DurationVar(&opts.timeout, "timeout", time.Minute, "for all that is asked")
	if err := flags.Parse(args); err != nil {
		return opts, err
	}
	at, err := parseTime(*ref)
	if err != nil {
		return opts, fmt.Errorf("-time: %w", err)
	}
	if *ip != "" {
		if opts.ip, err = netip.ParseAddr(*ip); err != nil {
			return opts, fmt.Errorf("-ip: %w", err)
		}
	}
	switch {
	case opts.dead && opts.asJSON:
		return opts, errors.New("-dead-addresses and -json exclude each other")
	case *offline && *zoneFile != "":
		return opts, errors.New("-offline and -zone exclude each other")
	}
	for _, name := range flags.Args() {
		s, err := open(name, stdin, at)
		if err != nil {
			return opts, err
		}
		opts.logs = append(opts.logs, s)
	}
	opts.resolver = resolver.Default()
	if len(opts.logs) == 0 {
		opts.logs, opts.resolver = tell()
	}
	if *zoneFile != "" {
		text, err := os.ReadFile(*zoneFile)
		if err != nil {
			return opts, err
		}
		if opts.resolver, err = resolver.ParseZone(string(text)); err != nil {
			return opts, err
		}
	}
	if *offline || opts.dead {
		opts.resolver = nil
	}
	return opts, nil
}

// parseTime reads a time with or without the hour. An empty text is the zero time.
func parseTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, time.Local); err == nil {
		return t, nil
	}
	return time.Parse(time.RFC3339, s)
}
