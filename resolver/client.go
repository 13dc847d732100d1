package resolver

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/wire"
)

// Client is a Resolver that asks recursive DNS servers: over UDP, and over TCP
// when an answer does not fit. It never returns part of an answer, follows
// aliases that a server leaves unfollowed, and has no search list.
//
// The servers are asked in turn until one answers; a server that failed to do so
// is asked last for the next minute. ServFail and Refused make it try the next
// server as well, and are reported only when none does better.
//
// The zero value asks the servers of /etc/resolv.conf. A Client is safe for
// concurrent use and starts nothing that outlives a Lookup. Up to 128 idle
// sockets per server are kept for later questions, each for at most 64 of them
// and ten seconds; those left over are closed by the next Lookup or with the
// Client's memory. It must not be copied or changed after first use.
type Client struct {
	// Servers are addresses, each with or without a port: "192.0.2.53",
	// "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353". If empty, they and
	// the options timeout, attempts, rotate, use-vc and trust-ad are read from
	// ResolvConf, which is looked at again every five seconds.
	Servers []string

	// ResolvConf is the file that is read when Servers is empty. If it is empty as
	// well, it is /etc/resolv.conf. A file that is missing or names no server
	// stands for 127.0.0.1 and ::1.
	ResolvConf string

	// Timeout is for how long one server is waited for before the next one is
	// asked. Zero is what resolv.conf says, or else 1.5 seconds.
	Timeout time.Duration

	// Rounds is how many times the list of servers is gone through when none
	// answers. Zero is what resolv.conf says (attempts), or else 2.
	Rounds int

	// Parallel is how many questions may be under way at once, each with a socket
	// of its own. Others wait until one is answered, or their context ends. Zero
	// is 512, which leaves room for other files in a process with a limit of 1024.
	Parallel int

	// TrustAD believes any server that says that DNSSEC proves an answer, not only
	// those on a loopback address. Set it when the way to the servers is secure.
	TrustAD bool

	// Trace, if not nil, is told of each exchange with a server.
	Trace *Trace

	config    configSource
	exchanges sync.Pool // of *exchange
	slots     lazySlots
}

const defaultParallel = 512

// lazySlots is a semaphore that is made when it is first used.
type lazySlots struct {
	once sync.Once
	free chan struct{}
}

// take waits for a slot. It returns false when ctx ends before there is one.
func (s *lazySlots) take(ctx context.Context, n int) bool {
	s.once.Do(func() {
		if n <= 0 {
			n = defaultParallel
		}
		s.free = make(chan struct{}, n)
	})
	select {
	case s.free <- struct{}{}:
		return true
	default:
	}
	select {
	case s.free <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *lazySlots) give() { <-s.free }

// Validate returns an error that names the first of Servers that is no address. A Lookup
// says of it no more than that nothing was found out, so a program that takes a server as an
// argument asks here first.
func (c *Client) Validate() error {
	_, err := newConfig(c.Servers)
	return err
}

// Lookup asks for q. It returns promptly when ctx ends; the Status is then
// [Timeout] for a deadline and [Failed] for a cancellation.
func (c *Client) Lookup(ctx context.Context, q Question) (Answer, error) {
	ask := q
	if q.Name != "" {
		var err error
		if ask.Name, err = name.Normalize(q.Name); err != nil {
			return Fail(&Error{Question: q, Status: Failed, Err: ErrName})
		}
	}
	if !askable(q.Type) {
		return Fail(&Error{Question: q, Status: Failed, Err: errors.New("not a type of records")})
	}
	if ctx.Err() != nil {
		return Fail(ended(ctx, q))
	}
	cfg, err := c.config.get(c)
	if err != nil {
		return Fail(&Error{Question: q, Status: Failed, Err: err})
	}

	if !c.slots.take(ctx, c.Parallel) {
		return Fail(ended(ctx, q))
	}
	defer c.slots.give()
	x, _ := c.exchanges.Get().(*exchange)
	if x == nil {
		x = new(exchange)
	}
	x.begin(ctx, c.Trace)
	a, failure := c.follow(x, cfg, ask)
	x.finish()
	c.exchanges.Put(x)

	if failure == nil {
		return a, nil
	}
	failure.Question = q
	failed, err := Fail(failure)
	failed.Alias = a.Alias
	return failed, err
}

// follow asks until the end of the chain of aliases (RFC 1034 section 3.6.2).
func (c *Client) follow(x *exchange, cfg *config, q Question) (Answer, *Error) {
	a := Answer{TTL: math.MaxUint32, Secure: true}
	first := q.Name
	for {
		v := c.askServers(x, cfg, q)
		r := &x.reply
		if v.failure() {
			return a, v.asError(x.ctx)
		}
		a.Server = v.server.text
		a.Secure = a.Secure && r.Authentic && (v.server.loopback || cfg.trustAD || c.TrustAD)
		a.TTL = min(a.TTL, r.TTL)
		for _, target := range r.Chain {
			if target == first || slices.Contains(a.Alias, target) {
				v.status, v.err = Failed, wire.ErrLoop
				return a, v.asError(x.ctx)
			}
			a.Alias = append(a.Alias, target)
		}
		if len(a.Alias) > wire.MaxChain {
			v.status, v.err = Failed, wire.ErrChain
			return a, v.asError(x.ctx)
		}
		if v.status != "" {
			// A definitive answer stays one, but a block list says here that it
			// withholds something (RFC 8914 section 4.16 and further).
			a.Problem = extended(r.Extended)
		}
		switch v.status {
		case Success:
			a.Status = Success
			fill(&a, r.Records)
			return a, nil
		case NoData, NXDomain:
			a.Status = v.status
			if r.Negative {
				a.TTL = min(a.TTL, r.NegativeTTL, uint32(maxNegativeTTL/time.Second))
			} else {
				a.TTL = 0 // RFC 2308 section 5
			}
			return a, nil
		}
		q.Name = a.Alias[len(a.Alias)-1]
	}
}

// askServers asks for one name until a server gives an answer that stands. The
// last reply is in x.
func (c *Client) askServers(x *exchange, cfg *config, q Question) verdict {
	timeout, rounds := cfg.timeout, cfg.rounds
	if c.Timeout > 0 {
		timeout = c.Timeout
	}
	if c.Rounds > 0 {
		rounds = c.Rounds
	}
	x.ask(q)
	var (
		room  [4]*server
		order = cfg.order(room[:0], time.Now())
		worst verdict
	)
	for range rounds {
		for _, s := range order {
			v := x.try(s, cfg.network, timeout)
			if !v.failure() || ended(x.ctx, q).Err != nil {
				return v
			}
			if v.rank() >= worst.rank() {
				worst = v
			}
		}
		if worst.replied {
			break // Asking again at once would give the same reply.
		}
	}
	return worst
}
