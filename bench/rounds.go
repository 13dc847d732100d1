package main

import (
	"context"
	"net"
	"strconv"
	"time"

	blitiri "blitiri.com.ar/go/spf"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// roundsDelay is how long the answer to each question takes.
const roundsDelay = 10 * time.Millisecond

// compareRounds shows how long a check waits for DNS. It has no target: what is
// shown are the round trips, which do not depend on the machine.
func compareRounds(_ settings, r *report) error {
	c := spfCase{world: includesMXA(), ip: "192.0.2.1", want: spf.Fail}
	rows := [][]string{{"rounds: 7 includes, mx, a; 10 ms each", "questions", "rounds", "wall ms"}}

	questions := 0
	dns := c.world.peer()
	dns.before = func() {
		questions++
		time.Sleep(roundsDelay)
	}
	req := c.request()
	start := time.Now()
	_, _ = blitiri.CheckHostWithSender(net.IP(req.IP.AsSlice()), req.HELO, req.MailFrom, blitiri.WithResolver(dns))
	rows = append(rows, []string{"blitiri", strconv.Itoa(questions), strconv.Itoa(questions), milliseconds(start)})

	for _, prefetch := range []bool{false, true} {
		name := "mailworthy"
		if prefetch {
			name += ", Prefetch"
		}
		req.Prefetch = prefetch
		questions, rounds := countRounds(req, c.world.zone())
		start := time.Now()
		if _, err := (spf.Checker{Resolver: delayed(c.world.zone())}).Check(context.Background(), req); err != nil {
			return err
		}
		rows = append(rows, []string{name, strconv.Itoa(questions), strconv.Itoa(rounds), milliseconds(start)})
	}
	return r.table(rows)
}

// countRounds does what a Check does, without waiting.
func countRounds(req spf.Request, view resolver.View) (questions, rounds int) {
	known := make(resolver.Snapshot)
	for {
		_, missing := spf.Evaluate(req, known)
		if len(missing) == 0 {
			return questions, rounds
		}
		rounds++
		questions += len(missing)
		for _, q := range missing {
			known[q], _ = view.Get(q)
		}
	}
}

func delayed(next resolver.Resolver) resolver.Resolver {
	return resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
		time.Sleep(roundsDelay)
		return next.Lookup(ctx, q)
	})
}

func milliseconds(start time.Time) string {
	return figure(float64(time.Since(start)) / 1e6)
}
