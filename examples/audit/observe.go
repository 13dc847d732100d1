package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/mailworthy/mailworthy/resolver"
)

// dnsLimit is for how long the DNS questions of one report are waited for. What is not
// there by then has timed out, for all checks alike.
const dnsLimit = 20 * time.Second

// ledger is a Resolver that asks each question once in a run. All checks see the same
// answer, also when it is a failure, so that what they say fits together, and comes out
// the same when the answers are read from a file.
type ledger struct {
	next resolver.Resolver // nil: nobody is asked

	mu    sync.Mutex
	calls map[resolver.Question]*call
	until time.Time // when the questions of the present report time out
	open  int       // how many are out
	gaps  []string  // what a file had no answer for
}

// call is a question, and its answer once done is closed.
type call struct {
	done   chan struct{}
	once   sync.Once
	answer resolver.Answer
	bad    bool // no name of DNS: there is nothing to keep
}

func newLedger(next resolver.Resolver) *ledger {
	return &ledger{next: next, calls: make(map[resolver.Question]*call)}
}

// replayed is a ledger that holds what was seen, and asks nobody.
func replayed(seen resolver.Snapshot) *ledger {
	l := newLedger(nil)
	for q, a := range seen {
		l.calls[q] = settled(a)
	}
	return l
}

func settled(a resolver.Answer) *call {
	c := &call{done: make(chan struct{})}
	c.settle(a)
	return c
}

// settle keeps the first answer. That of a caller who cannot wait is as good as any:
// what counts is that all see the same.
func (c *call) settle(a resolver.Answer) {
	c.once.Do(func() {
		c.answer = a
		close(c.done)
	})
}

// begin gives the questions from now on their time.
func (l *ledger) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = time.Now().Add(dnsLimit)
}

// Lookup returns the answer of the run to q.
func (l *ledger) Lookup(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
	q = resolver.Q(q.Name, q.Type)
	l.mu.Lock()
	c, known := l.calls[q]
	if !known {
		c = &call{done: make(chan struct{})}
		l.calls[q] = c
		l.open++
	}
	until := l.until
	l.mu.Unlock()
	if !known {
		l.ask(ctx, q, c, until)
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		c.settle(failure(q, ctx.Err()))
	}
	// Another Snapshot would write the error in the same way.
	return resolver.Snapshot{q: c.answer}.Lookup(context.WithoutCancel(ctx), q)
}

// ask settles a question.
func (l *ledger) ask(ctx context.Context, q resolver.Question, c *call, until time.Time) {
	if !until.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, until)
		defer cancel()
	}
	next := l.next
	if next == nil {
		next = resolver.Snapshot{}
	}
	a, err := next.Lookup(ctx, q)
	if err != nil && a.Status.Definitive() || a.Status == "" {
		a = failure(q, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	c.bad = errors.Is(err, resolver.ErrName)
	if l.next == nil && !c.bad {
		l.gaps = append(l.gaps, q.String())
	}
	c.settle(a)
}

func failure(q resolver.Question, err error) resolver.Answer {
	status := resolver.Failed
	if errors.Is(err, context.DeadlineExceeded) {
		status = resolver.Timeout
	}
	a, _ := resolver.Fail(&resolver.Error{Question: q, Status: status, Err: err})
	return a
}

// noName reports whether nobody can be asked q, since its name is none.
func (l *ledger) noName(q resolver.Question) bool {
	_, err := resolver.Snapshot{}.Lookup(context.Background(), q)
	return errors.Is(err, resolver.ErrName)
}

// snapshot returns all answers of the run.
func (l *ledger) snapshot() resolver.Snapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make(resolver.Snapshot, len(l.calls))
	for q, c := range l.calls {
		select {
		case <-c.done:
			if !c.bad {
				out[q] = c.answer
			}
		default:
		}
	}
	return out
}

// Get returns what the run knows of q: a ledger is a View.
func (l *ledger) Get(q resolver.Question) (resolver.Answer, bool) {
	l.mu.Lock()
	c := l.calls[resolver.Q(q.Name, q.Type)]
	l.mu.Unlock()
	if c == nil {
		return resolver.Answer{}, false
	}
	select {
	case <-c.done:
		return c.answer, true
	default:
		return resolver.Answer{}, false
	}
}

// questions returns how many were asked, and how many are without an answer yet.
func (l *ledger) questions() (asked, open int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.calls), l.open
}

// gap notes that a file lacks something else than an answer.
func (l *ledger) gap(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gaps = append(l.gaps, what)
}

// lacking returns what a replay would have had to look at, and what no file had.
func (l *ledger) lacking() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	slices.Sort(l.gaps)
	return slices.Compact(slices.Clone(l.gaps))
}

// seen holds what else was looked at, by domain, each once.
type seen[T any] struct {
	mu    sync.Mutex
	looks map[string]func() T
}

// get returns what was seen under a name, and looks when nobody has yet.
func (s *seen[T]) get(name string, look func() T) T {
	s.mu.Lock()
	once := s.looks[name]
	if once == nil {
		if s.looks == nil {
			s.looks = make(map[string]func() T)
		}
		once = sync.OnceValue(look)
		s.looks[name] = once
	}
	s.mu.Unlock()
	return once()
}

// all returns what was seen, when nobody looks any more.
func (s *seen[T]) all() map[string]T {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]T, len(s.looks))
	for name, look := range s.looks {
		out[name] = look()
	}
	return out
}

// put makes what was seen earlier all that there is.
func (s *seen[T]) put(all map[string]T) {
	s.looks = make(map[string]func() T, len(all))
	for name, v := range maps.All(all) {
		s.looks[name] = func() T { return v }
	}
}
