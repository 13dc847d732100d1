package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// settings say how much to measure.
type settings struct {
	rounds   int
	duration time.Duration // of a contender's turn in a round, about
	names    int           // of the cache whose memory is measured
	probes   int           // of an SMTP server in one run
	flood    int           // megabytes that an SMTP server greets with
}

// workload is a piece of work that several contenders do. The first of them is the
// unit in which the others are given.
type workload struct {
	name       string
	contenders []contender
}

// contender is one way to do the work.
type contender struct {
	name string
	run  func(n int) error // does the work n times
}

// cost is what a contender used up for doing the work once.
type cost struct {
	cpu    float64 // nanoseconds of user and system time of the whole process
	wall   float64 // nanoseconds
	allocs float64
	bytes  float64
}

// What ratios and medians are taken of.
func cpu(c cost) float64    { return c.cpu }
func wall(c cost) float64   { return c.wall }
func allocs(c cost) float64 { return c.allocs }
func octets(c cost) float64 { return c.bytes }

// costs holds what each contender used up in each round, by the contender's name.
type costs map[string][]cost

// measure lets the contenders take turns, so that what else the machine does hits
// all of them alike. The order rotates from round to round.
func measure(s settings, w workload) (costs, error) {
	turns := make([]int, len(w.contenders))
	for i, c := range w.contenders {
		n, err := fit(c, s.duration)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", w.name, c.name, err)
		}
		turns[i] = n
	}
	all := make(costs)
	for round := range s.rounds {
		for i := range w.contenders {
			i = (i + round) % len(w.contenders)
			c := w.contenders[i]
			used, err := turn(c, turns[i])
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", w.name, c.name, err)
			}
			all[c.name] = append(all[c.name], used)
		}
	}
	return all, nil
}

// fit returns how often c does its work in about d. It warms c up on the way.
func fit(c contender, d time.Duration) (int, error) {
	for n := 1; ; n *= 2 {
		start := time.Now()
		if err := c.run(n); err != nil {
			return 0, err
		}
		if took := time.Since(start); took >= d/4 {
			return max(1, int(float64(n)*float64(d)/float64(took))), nil
		}
	}
}

// turn lets c do its work n times, after the garbage of others was collected.
func turn(c contender, n int) (cost, error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	busy, start := processTime(), time.Now()
	err := c.run(n)
	took := time.Since(start)
	busy = processTime() - busy
	runtime.ReadMemStats(&after)
	used := cost{
		cpu:    float64(busy) / float64(n),
		wall:   float64(took) / float64(n),
		allocs: float64(after.Mallocs-before.Mallocs) / float64(n),
		bytes:  float64(after.TotalAlloc-before.TotalAlloc) / float64(n),
	}
	if used.allocs < someAllocs {
		used.allocs, used.bytes = 0, 0
	}
	return used, err
}

// someAllocs is what the runtime and the turn itself allocate less than, spread over
// work that allocates nothing.
const someAllocs = 0.001

// processTime is the user and system time that the process has used, on all of its
// threads: those of the garbage collector count.
func processTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // It has no reason to fail.
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// median returns the contender's median over the rounds.
func (c costs) median(name string, of func(cost) float64) float64 {
	return median(len(c[name]), func(i int) float64 { return of(c[name][i]) })
}

// ratio returns how many times as much over used as under: the median of the
// ratios of the single rounds, since what is measured at about the same time
// compares best.
func (c costs) ratio(over, under string, of func(cost) float64) float64 {
	return median(len(c[over]), func(i int) float64 {
		a, b := of(c[over][i]), of(c[under][i])
		if a == b {
			return 1 // Nothing of nothing is as much.
		}
		return a / b
	})
}

func median(n int, at func(int) float64) float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = at(i)
	}
	slices.Sort(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// report writes tables, and remembers the targets.
type report struct {
	out     io.Writer
	targets []target
}

// target is what a figure should be.
type target struct {
	what      string
	got, want float64
	atMost    bool // and otherwise at least
}

func (t target) met() bool {
	if t.atMost {
		return t.got <= t.want
	}
	return t.got >= t.want
}

func (r *report) atLeast(want, got float64, what string) {
	r.targets = append(r.targets, target{what: what, got: got, want: want})
}

func (r *report) atMost(want, got float64, what string) {
	r.targets = append(r.targets, target{what: what, got: got, want: want, atMost: true})
}

// compare measures a workload and writes its table.
func (r *report) compare(s settings, w workload) (costs, error) {
	c, err := measure(s, w)
	if err != nil {
		return nil, err
	}
	unit := w.contenders[0].name
	rows := [][]string{{w.name, "op/s", "cpu ns", "allocs", "bytes", "x wall", "x cpu", "x allocs"}}
	for _, contender := range w.contenders {
		name := contender.name
		rows = append(rows, []string{
			name,
			figure(1e9 / c.median(name, wall)),
			figure(c.median(name, cpu)),
			figure(c.median(name, allocs)),
			figure(c.median(name, octets)),
			figure(c.ratio(name, unit, wall)),
			figure(c.ratio(name, unit, cpu)),
			figure(c.ratio(name, unit, allocs)),
		})
	}
	return c, r.table(rows)
}

// table writes rows, and an empty line. The first column is aligned to the left and
// the others to the right.
func (r *report) table(rows [][]string) error {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&b, "%-*s", widths[0], row[0])
		for i, cell := range row[1:] {
			fmt.Fprintf(&b, "  %*s", widths[i+1], cell)
		}
		b.WriteByte('\n')
	}
	_, err := fmt.Fprintln(r.out, b.String())
	return err
}

// figure writes three digits or more, but no more than two behind the point.
func figure(f float64) string {
	switch {
	case math.IsInf(f, 0) || math.IsNaN(f):
		return "-"
	case f >= 100:
		return fmt.Sprintf("%.0f", f)
	case f >= 10:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

// check lists the targets, and returns an error when one is missed.
func (r *report) check() error {
	missed := 0
	rows := [][]string{{"target", "got", "want", ""}}
	for _, t := range r.targets {
		want, verdict := ">= "+figure(t.want), "met"
		if t.atMost {
			want = "<= " + figure(t.want)
		}
		if !t.met() {
			verdict = "MISSED"
			missed++
		}
		rows = append(rows, []string{t.what, figure(t.got), want, verdict})
	}
	if err := r.table(rows); err != nil {
		return err
	}
	if missed > 0 {
		return errors.New("targets were missed: " + fmt.Sprint(missed))
	}
	return nil
}
