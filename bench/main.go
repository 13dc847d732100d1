// Command bench compares mailworthy with other libraries, and with the least that
// the same work can cost, side by side in one process. See README.md.
package main

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// comparisons are the commands, each in a file of its name.
var comparisons = map[string]func(settings, *report) error{
	"spf":    compareSPF,
	"covers": compareCovers,
	"dkim":   compareDKIM,
	"bounce": compareBounce,
	"cache":  compareCache,
	"memory": compareMemory,
	"cold":   compareCold,
	"rounds": compareRounds,
}

// all is in the order of the README.
var all = []string{"spf", "covers", "dkim", "bounce", "cache", "memory", "cold", "rounds"}

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
	s := settings{rounds: 9, duration: 200 * time.Millisecond, names: 1_000_000}
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	flags.IntVar(&s.rounds, "rounds", s.rounds, "how often each contender has its turn")
	flags.DurationVar(&s.duration, "duration", s.duration, "about how long one turn takes")
	flags.IntVar(&s.names, "names", s.names, "how many names memory fills a cache with")
	quick := flags.Bool("quick", false, "3 rounds of 50 ms and 100,000 names: a glance, in less than a minute")
	check := flags.Bool("check", false, "list the targets, and exit with 1 if one is missed")
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "usage: bench [flags] all | %s ...\n", strings.Join(all, " | "))
		flags.PrintDefaults()
	}
	_ = flags.Parse(args) // It exits on an error.
	if *quick {
		s = settings{rounds: 3, duration: 50 * time.Millisecond, names: 100_000}
	}

	names := flags.Args()
	if slices.Equal(names, []string{"all"}) {
		names = all
	}
	if len(names) == 0 || s.rounds < 1 || s.names < 1 {
		flags.Usage()
		os.Exit(2)
	}
	r := &report{out: out}
	for _, name := range names {
		compare, ok := comparisons[name]
		if !ok {
			return fmt.Errorf("nothing to compare is called %q; there is %s", name,
				strings.Join(slices.Sorted(maps.Keys(comparisons)), ", "))
		}
		if err := compare(s, r); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if *check {
		return r.check()
	}
	return nil
}
