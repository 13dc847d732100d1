// Policytest shows how the records that mail depends on are tested like other code: in a
// file, before they are published.
//
//	go run ./examples/policytest                                   an embedded change, without network
//	go run ./examples/policytest -streams FILE OLD.zone NEW.zone   a change of one's own
//
// It prints what a change of the records does to whom, for the review. What other domains
// publish is asked in DNS, or taken from the zone file that -with names.
//
// The tests in policy_test.go are the point of it. Copy this directory without main_test.go,
// which tests the program on the embedded change, and put your own records and streams into
// testdata: from then on, a change that takes a service's
// permission away fails in CI, as does one that nobody has read, and a stored verdict that
// would be another today.
//
// Its exit status is 0 when all streams pass with the new records, 1 when something is
// broken or could not be found out, and 2 for wrong arguments.
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/mailworthy/mailworthy/resolver"
)

//go:embed testdata/*.zone testdata/streams.json
var testdata embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// change is what the program looks at.
type change struct {
	plan   plan
	old    *resolver.Zone
	new    *resolver.Zone
	others resolver.Resolver // what the files do not say
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("policytest", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: policytest [-streams FILE [-with FILE] OLD NEW]\nWithout arguments, it shows an embedded change.\n"+
			"The exit status is 0 when all streams pass with the new records, 1 when something is broken or\ncould not be found out, and 2 for wrong arguments.")
		flags.PrintDefaults()
	}
	streams := flags.String("streams", "", "the JSON `file` that says who sends mail")
	with := flags.String("with", "", "a zone `file` with the records of others (default asks DNS)")
	timeout := flags.Duration("timeout", time.Minute, "for the whole")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	var c change
	switch {
	case err != nil:
	case flags.NArg() == 0 && *streams == "" && *with == "":
		c, err = load(testdata.ReadFile, "testdata/streams.json", "testdata/old.zone", "testdata/new.zone", "testdata/others.zone")
	case flags.NArg() != 2 || *streams == "":
		err = errors.New("a change is -streams FILE, and the files OLD and NEW")
	default:
		c, err = load(os.ReadFile, *streams, flags.Arg(0), flags.Arg(1), *with)
	}
	if err != nil {
		fmt.Fprintln(stderr, "policytest:", err)
		return 2
	}
	ctx, cancel := context.WithTimeout(ctx, *timeout)
	defer cancel()
	before, err1 := c.plan.examine(ctx, resolver.Overlay{Zone: c.old, Domains: c.plan.Domains, Next: c.others})
	after, err2 := c.plan.examine(ctx, resolver.Overlay{Zone: c.new, Domains: c.plan.Domains, Next: c.others})
	if err = errors.Join(err1, err2); err != nil {
		fmt.Fprintln(stderr, "policytest:", err)
		return 1
	}
	if _, err = io.WriteString(stdout, review(c.plan, before, after)); err != nil {
		fmt.Fprintln(stderr, "policytest:", err)
		return 1
	}
	if len(after.problems(c.plan)) > 0 {
		return 1
	}
	return 0
}

// load reads the files. Without one for others, they are asked in DNS.
func load(read func(string) ([]byte, error), streams, before, after, others string) (c change, err error) {
	text, err := read(streams)
	if err != nil {
		return c, err
	}
	if c.plan, err = parsePlan(text); err != nil {
		return c, fmt.Errorf("%s: %w", filepath.Base(streams), err)
	}
	if c.old, err = readZone(read, before); err != nil {
		return c, err
	}
	if c.new, err = readZone(read, after); err != nil {
		return c, err
	}
	if others == "" {
		c.others = resolver.Default()
		return c, nil
	}
	c.others, err = readZone(read, others)
	return c, err
}

func readZone(read func(string) ([]byte, error), file string) (*resolver.Zone, error) {
	text, err := read(file)
	if err != nil {
		return nil, err
	}
	zone, err := resolver.ParseZone(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	return zone, nil
}
