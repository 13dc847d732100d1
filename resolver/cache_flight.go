package resolver

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

// flight is a question under way, for one or more callers.
//
// It is in its shard's map as long as others may join it and its answer may be
// kept. It leaves the map when it ends, when its last caller has left, when the
// name is forgotten, and when a caller that wants a fresh answer asks anew.
type flight struct {
	q       Question
	fresh   bool
	callers int                // guarded by the shard's lock
	cancel  context.CancelFunc // nil when the first caller can never leave
	done    chan struct{}

	// What came of it, to be read once done is closed.
	answer Answer
	err    error
	panic  *panicError
}

// panicError is what callers panic with when Next did.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string {
	return fmt.Sprintf("resolver: the Resolver behind a Cache panicked: %v\n\n%s", p.value, p.stack)
}

// Unwrap returns what Next panicked with, when that is an error.
func (p *panicError) Unwrap() error {
	err, _ := p.value.(error)
	return err
}

var errExited = errors.New("the resolver ended its goroutine")

// ask joins the flight for q, or starts one, and waits for its end or that of ctx.
func (s *cacheStore) ask(ctx context.Context, sh *cacheShard, h uint64, q Question) (Answer, CacheOutcome, error) {
	fresh := isFresh(ctx)
	sh.mu.Lock()
	if !fresh {
		// Somebody may have brought the answer since the look under another lock.
		now := s.now()
		if e := sh.find(h, q, now); e != nil {
			e.visited.Store(true)
			sh.mu.Unlock()
			sh.hits.Add(1)
			a, err := e.answer(now)
			return a, CacheHit, err
		}
	}
	ended := ctx.Err() != nil
	f := sh.flights[q]
	if f != nil && (f.fresh || !fresh) && !ended {
		f.callers++
		sh.shared++
		sh.mu.Unlock()
		a, err := sh.wait(ctx, f)
		return a, CacheShared, err
	}
	outcome := CacheMiss
	if fresh {
		outcome = CacheBypass
		sh.bypasses++
	} else {
		sh.misses++
	}
	if ended {
		sh.mu.Unlock()
		a, err := leave(ctx, q)
		return a, outcome, err
	}
	f = &flight{q: q, fresh: fresh, callers: 1, done: make(chan struct{})}
	if ctx.Done() == nil {
		// This caller stays to the end, so that its own goroutine can do it.
		sh.flights[q] = f
		sh.mu.Unlock()
		s.fly(ctx, sh, h, f)
	} else {
		var own context.Context
		own, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
		sh.flights[q] = f
		sh.mu.Unlock()
		go s.fly(own, sh, h, f)
	}
	a, err := sh.wait(ctx, f)
	return a, outcome, err
}

// wait returns what came of f, or that ctx has ended.
func (sh *cacheShard) wait(ctx context.Context, f *flight) (Answer, error) {
	select {
	case <-f.done:
	case <-ctx.Done():
		select {
		case <-f.done: // Both have ended: the answer is worth more.
		default:
			sh.abandon(f)
			return leave(ctx, f.q)
		}
	}
	if f.panic != nil {
		panic(f.panic)
	}
	return f.answer, f.err
}

// abandon takes a caller off f. The last one cancels f, after nobody can join it
// any more; what f comes to by that is nobody's answer.
func (sh *cacheShard) abandon(f *flight) {
	sh.mu.Lock()
	f.callers--
	last := f.callers == 0
	if last && sh.flights[f.q] == f {
		delete(sh.flights, f.q)
	}
	sh.mu.Unlock()
	if last {
		f.cancel()
	}
}

// leave is what a caller gets whose context has ended.
func leave(ctx context.Context, q Question) (Answer, error) {
	status := Failed
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		status = Timeout
	}
	return Fail(&Error{Question: q, Status: status, Err: context.Cause(ctx)})
}

// fly asks Next, keeps what it answers if f may still do so, and ends f whatever
// Next does.
func (s *cacheStore) fly(ctx context.Context, sh *cacheShard, h uint64, f *flight) {
	returned := false
	var e *cacheEntry
	defer func() {
		if !returned {
			if v := recover(); v != nil {
				f.panic = &panicError{v, debug.Stack()}
			}
			f.answer, f.err = Fail(&Error{Question: f.q, Status: Failed, Err: errExited})
		}
		sh.land(h, f, e, s.now())
		if f.cancel != nil {
			f.cancel()
		}
	}()
	a, err := s.next.Lookup(ctx, f.q)
	a, err = Settle(f.q, a, err)
	now := s.now()
	if err != nil {
		e = newFailure(f.q.Name, &a, err)
	} else {
		e = newEntry(f.q.Name, &a, s.keep(&a, now))
	}
	f.answer, f.err = e.answer(now)
	if err != nil && !memorable(err) {
		e = nil
	}
	returned = true
}

// land ends f. It stores e, if not nil, unless f has left the map before.
func (sh *cacheShard) land(h uint64, f *flight, e *cacheEntry, now int64) {
	sh.mu.Lock()
	if sh.flights[f.q] == f {
		delete(sh.flights, f.q)
		if e != nil {
			sh.put(h, f.q, e, now)
		}
	}
	sh.mu.Unlock()
	close(f.done)
}
