// Command bench compares mailworthy with other libraries, and with the least that
// the same work can cost, side by side in one process. See README.md.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// comparison is a command, in a file of its name.
type comparison struct {
	name    string
	compare func(settings, *report) error
}

// comparisons are in the order of the README.
var comparisons = []comparison{
	{"spf", compareSPF},
	{"covers", compareCovers},
	{"dkim", compareDKIM},
	{"dmarc", compareDMARC},
	{"reports", compareReports},
	{"dnsbl", compareDNSBL},
	{"rdns", compareRDNS},
	{"bounce", compareBounce},
	{"smtp", compareSMTP},
	{"policy", comparePolicy},
	{"cache", compareCache},
	{"memory", compareMemory},
	{"cold", compareCold},
	{"rounds", compareRounds},
}

// names returns those of all comparisons.
func names() []string {
	out := make([]string, len(comparisons))
	for i, c := range comparisons {
		out[i] = c.name
	}
	return out
}

func main() {
	if serveIfAsked() {
		return
	}
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	s := settings{rounds: 9, duration: 200 * time.Millisecond, names: 1_000_000, probes: 1000, flood: 300}
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	flags.IntVar(&s.rounds, "rounds", s.rounds, "how often each contender has its turn")
	flags.DurationVar(&s.duration, "duration", s.duration, "about how long one turn takes")
	flags.IntVar(&s.names, "names", s.names, "how many names memory fills a cache with")
	flags.IntVar(&s.probes, "probes", s.probes, "how many probes smtp makes in a run")
	flags.IntVar(&s.flood, "flood", s.flood, "with how many megabytes the hostile server of smtp greets")
	quick := flags.Bool("quick", false, "3 rounds of 50 ms and 100,000 names: a glance, in less than a minute")
	check := flags.Bool("check", false, "list the targets, and exit with 1 if one is missed")
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "usage: bench [flags] all | %s ...\n", strings.Join(names(), " | "))
		flags.PrintDefaults()
	}
	_ = flags.Parse(args) // It exits on an error.
	if *quick {
		s = settings{rounds: 3, duration: 50 * time.Millisecond, names: 100_000, probes: 100, flood: 300}
	}

	wanted := flags.Args()
	if slices.Equal(wanted, []string{"all"}) {
		wanted = names()
	}
	if len(wanted) == 0 || s.rounds < 1 || s.names < 1 || s.probes < 1 || s.flood < 1 {
		flags.Usage()
		os.Exit(2)
	}
	r := &report{out: out}
	for _, name := range wanted {
		i := slices.IndexFunc(comparisons, func(c comparison) bool { return c.name == name })
		if i < 0 {
			return fmt.Errorf("nothing to compare is called %q; there is %s", name, strings.Join(names(), ", "))
		}
		if err := comparisons[i].compare(s, r); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if *check {
		return r.check()
	}
	return nil
}
