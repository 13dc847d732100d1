// Package drive is the loop that turns a pure evaluator into a check: evaluate,
// ask in parallel what was missing, evaluate again.
package drive

import (
	"context"
	"sync"
	"time"

	"github.com/mailworthy/mailworthy/resolver"
)

// Evaluator judges what is in the view, and returns the questions whose answers
// it lacks. When it returns none, its result is final. It must ask nothing that
// the view has, and finish after a bounded number of rounds.
type Evaluator[R any] func(resolver.View) (R, []resolver.Question)

// peeker is a Resolver that may know answers without asking, as a Cache does.
type peeker interface {
	Peek(ctx context.Context, q resolver.Question) (resolver.Answer, bool)
}

// peeked is the view of what was asked, and of what a peeker knows. An answer that
// was read once stays the same for the whole check.
type peeked struct {
	ctx   context.Context //nolint:containedctx // A View has none, and this one lives as long as the call.
	peek  peeker
	known resolver.Snapshot
}

func (v peeked) Get(q resolver.Question) (resolver.Answer, bool) {
	a, ok := v.known[q]
	if !ok {
		if a, ok = v.peek.Peek(v.ctx, q); ok {
			a, _ = resolver.Settle(q, a, nil)
			v.known[q] = a
		}
	}
	return a, ok
}

// parallel bounds the questions of one check that are under way at once. Sixty
// block lists, with a control point or two of each, are one round trip.
const parallel = 192

// Run calls eval until it asks nothing more, and answers each round's questions
// in parallel through r, or through resolver.Default() when r is nil.
//
// When ctx ends, eval is called once more with all that it lacks as timed out, so
// that the result is valid in every case; the error is then the context's cause.
func Run[R any](ctx context.Context, r resolver.Resolver, eval Evaluator[R]) (R, error) {
	return Within(ctx, -1, r, eval)
}

// DefaultTimeout is how long a check may take when nobody says otherwise: the least
// that RFC 7208 section 4.6.4 asks for.
const DefaultTimeout = 20 * time.Second

// Within is Run with a time limit of the check's own. Zero means DefaultTimeout, less
// than zero that only ctx bounds it. That the limit was reached is no error, since
// the result says what it means; that ctx ended is one.
func Within[R any](ctx context.Context, limit time.Duration, r resolver.Resolver, eval Evaluator[R]) (R, error) {
	if r == nil {
		r = resolver.Default()
	}
	known := make(resolver.Snapshot)
	view := resolver.View(known)
	if p, ok := r.(peeker); ok && ctx.Err() == nil {
		view = peeked{ctx, p, known}
	}
	res, missing := eval(view)
	if len(missing) == 0 {
		return res, nil
	}
	limited := ctx
	if limit >= 0 { // Only who asks needs a clock.
		if limit == 0 {
			limit = DefaultTimeout
		}
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	for len(missing) > 0 {
		if limited.Err() == nil {
			ask(limited, r, missing, known)
		}
		if limited.Err() != nil {
			res, _ = eval(timedOut{known})
			if ctx.Err() == nil {
				return res, nil
			}
			return res, context.Cause(ctx)
		}
		res, missing = eval(view)
	}
	return res, nil
}

// ask puts the answers to qs into known. It returns when all are there; a
// Resolver that outlives its context is waited for, since the context's end is
// what makes Resolvers return.
func ask(ctx context.Context, r resolver.Resolver, qs []resolver.Question, known resolver.Snapshot) {
	if len(qs) == 1 {
		known[qs[0]] = lookup(ctx, r, qs[0])
		return
	}
	answers := make([]resolver.Answer, len(qs))
	slots := make(chan struct{}, parallel)
	var wg sync.WaitGroup
	for i, q := range qs {
		slots <- struct{}{}
		wg.Go(func() {
			answers[i] = lookup(ctx, r, q)
			<-slots
		})
	}
	wg.Wait()
	for i, q := range qs {
		known[q] = answers[i]
	}
}

// lookup asks r. Why there is no answer is in the answer.
func lookup(ctx context.Context, r resolver.Resolver, q resolver.Question) resolver.Answer {
	a, err := r.Lookup(ctx, q)
	a, _ = resolver.Settle(q, a, err)
	return a
}

// timedOut is a view in which every question that nobody answered has timed out.
type timedOut struct{ known resolver.Snapshot }

func (v timedOut) Get(q resolver.Question) (resolver.Answer, bool) {
	if a, ok := v.known[q]; ok {
		return a, true
	}
	return resolver.Answer{Status: resolver.Timeout, Problem: "not answered before the check ended"}, true
}
