package resolver_test

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
)

// gate is a Resolver whose nth answer, "answer n", waits for its turn or for the
// end of its context.
type gate struct {
	asked, ended atomic.Int64
	open         chan struct{} // lets one through per value, all when closed
}

func newGate() *gate { return &gate{open: make(chan struct{})} }

func (g *gate) Lookup(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
	n := g.asked.Add(1)
	select {
	case <-g.open:
		return txtAnswer("answer "+strconv.FormatInt(n, 10), 60), nil
	case <-ctx.Done():
		g.ended.Add(1)
		return resolver.Fail(&resolver.Error{Question: q, Status: resolver.Failed, Err: ctx.Err()})
	}
}

// outcome is what one caller got.
type outcome struct {
	answer resolver.Answer
	err    error
	panic  any
	after  time.Duration
}

func (o outcome) txtAnswer() string {
	if len(o.answer.TXT) == 0 {
		return ""
	}
	return o.answer.TXT[0].String()
}

// start asks in a goroutine of its own, and returns where the outcome will be
// once synctest.Wait or the like was called.
func start(ctx context.Context, r resolver.Resolver, q resolver.Question) *outcome {
	o, begin := new(outcome), time.Now()
	go func() {
		defer func() {
			o.panic = recover()
			o.after = time.Since(begin)
		}()
		o.answer, o.err = r.Lookup(ctx, q)
	}()
	return o
}

func TestFlightIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		cache := &resolver.Cache{Next: g}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		outcomes := make([]*outcome, 100)
		for i := range outcomes {
			if i%2 == 0 {
				outcomes[i] = start(context.Background(), cache, exampleTXT)
			} else {
				outcomes[i] = start(ctx, cache, exampleTXT)
			}
		}
		other := start(ctx, cache, exampleMX)
		synctest.Wait()
		require.EqualValues(t, 2, g.asked.Load())
		close(g.open)
		synctest.Wait()
		for _, o := range outcomes {
			require.NoError(t, o.err)
			require.Equal(t, outcomes[0].answer, o.answer)
		}
		require.NotEqual(t, outcomes[0].txtAnswer(), other.txtAnswer())
		stats := cache.Stats()
		require.EqualValues(t, 99, stats.Shared)
		require.EqualValues(t, 2, stats.Misses)
	})
}

// TestFlightCallersLeave checks that each caller leaves on its own time, that the
// question goes on for the others, and with none of their deadlines.
func TestFlightCallersLeave(t *testing.T) {
	cause := errors.New("the mail has gone")
	for _, first := range []string{"leader leaves", "leader stays"} {
		t.Run(first, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate()
				cache := &resolver.Cache{Next: g}
				short, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				cancelled, cancelCause := context.WithCancelCause(t.Context())
				long, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				order := []context.Context{short, cancelled, long}
				if first == "leader stays" {
					order = []context.Context{long, cancelled, short}
				}
				got := make(map[context.Context]*outcome)
				for _, ctx := range order {
					got[ctx] = start(ctx, cache, exampleTXT)
					synctest.Wait()
				}
				time.Sleep(500 * time.Millisecond)
				cancelCause(cause)
				time.Sleep(2 * time.Second)
				g.open <- struct{}{}
				synctest.Wait()
				require.EqualValues(t, 1, g.asked.Load())

				require.Equal(t, resolver.Timeout, got[short].answer.Status)
				require.ErrorIs(t, got[short].err, context.DeadlineExceeded)
				require.Equal(t, time.Second, got[short].after)

				require.Equal(t, resolver.Failed, got[cancelled].answer.Status)
				require.ErrorIs(t, got[cancelled].err, cause)
				require.Equal(t, 500*time.Millisecond, got[cancelled].after)
				e, ok := errors.AsType[*resolver.Error](got[cancelled].err)
				require.True(t, ok)
				require.Equal(t, exampleTXT, e.Question)

				require.NoError(t, got[long].err)
				require.Equal(t, "answer 1", got[long].txtAnswer())
				require.Equal(t, resolver.Success, lookUp(t, cache, exampleTXT).Status)
				require.EqualValues(t, 1, g.asked.Load(), "the answer was kept, and no failure")
			})
		})
	}
}

// TestFlightDeadline has the only caller's deadline cancel the question. What the
// cancellation makes of it is not what happened to the caller.
func TestFlightDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := &resolver.Cache{Next: resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
			for range 1000 { // They keep the caller busy until Next has returned.
				context.AfterFunc(ctx, func() {})
			}
			<-ctx.Done()
			return resolver.Fail(&resolver.Error{Question: q, Status: resolver.Failed, Err: ctx.Err()})
		})}
		for range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			a, err := cache.Lookup(ctx, exampleTXT)
			cancel()
			require.Equal(t, resolver.Timeout, a.Status)
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
	})
}

func TestFlightLastCallerCancels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		cache := &resolver.Cache{Next: g}
		ctx, cancel := context.WithCancel(t.Context())
		a := start(ctx, cache, exampleTXT)
		b := start(ctx, cache, exampleTXT)
		synctest.Wait()
		require.Zero(t, g.ended.Load())
		cancel()
		synctest.Wait()
		require.EqualValues(t, 1, g.ended.Load())
		require.ErrorIs(t, a.err, context.Canceled)
		require.ErrorIs(t, b.err, context.Canceled)
		require.Zero(t, cache.Stats().Entries, "that callers left is no failure to remember")
		c := start(t.Context(), cache, exampleTXT)
		g.open <- struct{}{}
		synctest.Wait()
		require.Equal(t, "answer 2", c.txtAnswer())
	})
}

// TestFlightLateCaller checks that nobody joins a question that was cancelled,
// while Next is still busy to notice, and that its late answer is not kept.
func TestFlightLateCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		cache := &resolver.Cache{Next: resolver.Func(func(context.Context, resolver.Question) (resolver.Answer, error) {
			n := asked.Add(1)
			time.Sleep(time.Duration(20/n) * time.Second) // deaf; 20 s, then 10 s
			return txtAnswer("answer "+strconv.FormatInt(n, 10), 60), nil
		})}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		a := start(ctx, cache, exampleTXT)
		time.Sleep(2 * time.Second)
		b := start(t.Context(), cache, exampleTXT)
		time.Sleep(time.Minute / 2)
		synctest.Wait()
		require.Equal(t, time.Second, a.after)
		require.Equal(t, "answer 2", b.txtAnswer())
		require.EqualValues(t, 2, asked.Load())
		require.Equal(t, "answer 2", known(t, cache))
	})
}

// known returns the text that a caller gets now.
func known(t *testing.T, cache *resolver.Cache) string {
	t.Helper()
	return lookUp(t, cache, exampleTXT).TXT[0].String()
}

// TestFlightReleasesContext checks that what Next tied to its context ends with
// the question.
func TestFlightReleasesContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var released atomic.Bool
		cache := &resolver.Cache{Next: resolver.Func(func(ctx context.Context, _ resolver.Question) (resolver.Answer, error) {
			context.AfterFunc(ctx, func() { released.Store(true) })
			return txtAnswer("a", 60), nil
		})}
		_, err := cache.Lookup(t.Context(), exampleTXT)
		require.NoError(t, err)
		synctest.Wait()
		require.True(t, released.Load())
	})
}

// TestFlightOnce checks that no name is asked twice however close callers come
// one after the other.
func TestFlightOnce(t *testing.T) {
	const names = 3000
	var asked atomic.Int64
	cache := &resolver.Cache{Next: resolver.Func(func(context.Context, resolver.Question) (resolver.Answer, error) {
		asked.Add(1)
		return txtAnswer("a", 3600), nil
	})}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range names {
				_, _ = cache.Lookup(context.Background(), resolver.Question{Name: strconv.Itoa(i), Type: resolver.TypeTXT})
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, names, asked.Load())
}

func TestFlightValues(t *testing.T) {
	type key struct{}
	for _, cancellable := range []bool{true, false} {
		t.Run(strconv.FormatBool(cancellable), func(t *testing.T) {
			var got any
			var deadline bool
			cache := &resolver.Cache{Next: resolver.Func(func(ctx context.Context, _ resolver.Question) (resolver.Answer, error) {
				got = ctx.Value(key{})
				_, deadline = ctx.Deadline()
				return txtAnswer("a", 60), nil
			})}
			ctx := context.WithValue(context.Background(), key{}, "value")
			if cancellable {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, time.Hour)
				defer cancel()
			}
			_, err := cache.Lookup(ctx, exampleTXT)
			require.NoError(t, err)
			require.Equal(t, "value", got)
			require.False(t, deadline)
		})
	}
}

func TestFlightEndedContext(t *testing.T) {
	g := newGate()
	close(g.open)
	cache := &resolver.Cache{Next: g}
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	a, err := cache.Lookup(ctx, exampleTXT)
	require.Equal(t, resolver.Timeout, a.Status)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Zero(t, g.asked.Load())
	lookUp(t, cache, exampleTXT)
	a, err = cache.Lookup(ctx, exampleTXT)
	require.NoError(t, err, "what is known is still told")
	require.Equal(t, resolver.Success, a.Status)
	a, err = cache.Lookup(resolver.WithFresh(ctx), exampleTXT)
	require.Error(t, err)
	require.Equal(t, resolver.Timeout, a.Status)
	require.EqualValues(t, 1, g.asked.Load())
}

// TestFlightPanic checks that a panic of Next reaches every caller, with its
// value, and leaves the Cache usable.
func TestFlightPanic(t *testing.T) {
	broken := errors.New("broken resolver")
	for _, cancellable := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			ctx := context.Background()
			if cancellable {
				ctx = t.Context()
			}
			fail := true
			cache := &resolver.Cache{Next: resolver.Func(func(context.Context, resolver.Question) (resolver.Answer, error) {
				time.Sleep(time.Second)
				if fail {
					panic(broken)
				}
				return txtAnswer("a", 60), nil
			})}
			outcomes := []*outcome{start(ctx, cache, exampleTXT), start(ctx, cache, exampleTXT)}
			time.Sleep(2 * time.Second)
			synctest.Wait()
			for _, o := range outcomes {
				err, ok := o.panic.(error)
				require.True(t, ok)
				require.ErrorIs(t, err, broken)
				require.ErrorContains(t, err, "TestFlightPanic", "the stack of the culprit")
			}
			fail = false
			require.Equal(t, "a", known(t, cache))
		})
	}
}

// TestFlightGoexit checks that a Next that ends its goroutine, as a test does
// that fails there, leaves nobody waiting.
func TestFlightGoexit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := &resolver.Cache{Next: resolver.Func(func(context.Context, resolver.Question) (resolver.Answer, error) {
			time.Sleep(time.Second)
			runtime.Goexit()
			return resolver.Answer{}, nil
		})}
		leader := start(context.Background(), cache, exampleTXT)
		synctest.Wait()
		o := start(t.Context(), cache, exampleTXT)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Error(t, o.err)
		require.Equal(t, resolver.Failed, o.answer.Status)
		require.Empty(t, leader.answer.Status, "its goroutine ended")
		require.Zero(t, cache.Stats().Entries)
	})
}

// TestFlightForget checks that an answer to a question asked before Forget is not
// kept after it, and that nobody joins that question any more.
func TestFlightForget(t *testing.T) {
	for _, forgotten := range [][]resolver.Type{nil, {resolver.TypeTXT}, {resolver.TypeMX}} {
		synctest.Test(t, func(t *testing.T) {
			g := newGate()
			cache := &resolver.Cache{Next: g}
			a := start(t.Context(), cache, exampleTXT)
			synctest.Wait()
			cache.Forget("example.org", forgotten...)
			b := start(t.Context(), cache, exampleTXT)
			synctest.Wait()
			require.EqualValues(t, 2, g.asked.Load())
			close(g.open)
			synctest.Wait()
			require.Equal(t, "answer 1", a.txtAnswer(), "who asked before still gets it")
			require.Equal(t, "answer 2", b.txtAnswer())
			require.Equal(t, "answer 2", known(t, cache))
		})
	}
	t.Run("leaving a forgotten question cancels it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			g := newGate()
			cache := &resolver.Cache{Next: g}
			ctx, cancel := context.WithCancel(t.Context())
			a := start(ctx, cache, exampleTXT)
			synctest.Wait()
			cache.Forget("example.org")
			b := start(t.Context(), cache, exampleTXT)
			synctest.Wait()
			cancel()
			synctest.Wait()
			require.Error(t, a.err)
			require.EqualValues(t, 1, g.ended.Load())
			c := start(t.Context(), cache, exampleTXT)
			synctest.Wait()
			require.EqualValues(t, 2, g.asked.Load(), "the newer one can still be joined")
			close(g.open)
			synctest.Wait()
			require.Equal(t, "answer 2", b.txtAnswer())
			require.Equal(t, "answer 2", c.txtAnswer())
		})
	})
}

func TestFlightFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		cache := &resolver.Cache{Next: g}
		fresh := resolver.WithFresh(t.Context())
		old := start(t.Context(), cache, exampleTXT)
		synctest.Wait()
		first := start(fresh, cache, exampleTXT)
		synctest.Wait()
		second := start(fresh, cache, exampleTXT)
		plain := start(t.Context(), cache, exampleTXT)
		synctest.Wait()
		require.EqualValues(t, 2, g.asked.Load())
		close(g.open)
		synctest.Wait()
		require.Equal(t, "answer 1", old.txtAnswer())
		for _, o := range []*outcome{first, second, plain} {
			require.Equal(t, "answer 2", o.txtAnswer())
		}
		require.Equal(t, "answer 2", known(t, cache))
		third := start(fresh, cache, exampleTXT)
		synctest.Wait()
		require.Equal(t, "answer 3", third.txtAnswer())
		require.Equal(t, "answer 3", known(t, cache))
		stats := cache.Stats()
		require.EqualValues(t, 1, stats.Misses)
		require.EqualValues(t, 2, stats.Bypasses)
		require.EqualValues(t, 2, stats.Shared)
		require.EqualValues(t, 2, stats.Hits)
	})
}

// TestCacheSettles checks what becomes of outcomes that break the contract.
func TestCacheSettles(t *testing.T) {
	reason := errors.New("reason")
	tests := []struct {
		name   string
		answer resolver.Answer
		err    error
		status resolver.Status
		is     error
	}{
		{name: "nothing", status: resolver.Failed},
		{name: "error alone", err: reason, status: resolver.Failed, is: reason},
		{name: "deadline alone", err: context.DeadlineExceeded, status: resolver.Timeout, is: context.DeadlineExceeded},
		{name: "success with error", answer: txtAnswer("a", 60), err: reason, status: resolver.Failed, is: reason},
		{name: "failure without error", answer: resolver.Answer{Status: resolver.Refused, Problem: "go away"}, status: resolver.Refused},
		{name: "failure with plain error", answer: resolver.Answer{Status: resolver.Refused}, err: reason, status: resolver.Refused, is: reason},
		{name: "success with typed error", answer: txtAnswer("a", 60), err: &resolver.Error{Status: resolver.ServFail, Err: reason}, status: resolver.ServFail, is: reason},
		{name: "typed error without status", err: &resolver.Error{Err: reason}, status: resolver.Failed, is: reason},
		{name: "unknown status", answer: resolver.Answer{Status: "odd"}, status: resolver.Failed},
		{name: "success without a record", answer: resolver.Answer{Status: resolver.Success, TTL: 60}, status: resolver.Failed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cache := &resolver.Cache{Next: resolver.Func(func(context.Context, resolver.Question) (resolver.Answer, error) {
				return tt.answer, tt.err
			})}
			for range 2 { // a miss and a hit
				a, err := cache.Lookup(t.Context(), exampleTXT)
				require.Equal(t, tt.status, a.Status)
				e, ok := errors.AsType[*resolver.Error](err)
				require.True(t, ok)
				require.Contains(t, []resolver.Status{tt.status, ""}, e.Status)
				if tt.is != nil {
					require.ErrorIs(t, err, tt.is)
				}
			}
		})
	}
}

// TestCacheRace has many goroutines do everything at once; the race detector and
// the invariants judge.
func TestCacheRace(t *testing.T) {
	var n atomic.Uint32
	cache := &resolver.Cache{Entries: 50, Bytes: 20_000, Next: resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
		switch n.Add(1) % 5 {
		case 0:
			return resolver.Answer{Status: resolver.NXDomain, TTL: 1}, nil
		case 1:
			return resolver.Fail(&resolver.Error{Question: q, Status: resolver.ServFail})
		case 2:
			runtime.Gosched()
			if ctx.Err() != nil {
				return resolver.Fail(&resolver.Error{Question: q, Status: resolver.Failed, Err: ctx.Err()})
			}
		}
		return txtAnswer(q.Name, 60), nil
	})}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 2000 {
				q := resolver.Question{Name: strconv.Itoa(i*7%100) + ".example", Type: resolver.Type(65280 + i%3)}
				ctx, cancel := context.WithCancel(context.Background())
				switch (i + g) % 10 {
				case 0:
					ctx = resolver.WithFresh(ctx)
				case 1:
					cache.Forget(q.Name)
				case 2:
					cache.Forget(q.Name, q.Type)
				case 3:
					go cancel()
				case 4:
					ctx = context.Background()
				}
				a, err := cache.Lookup(ctx, q)
				cancel()
				if a.Status == "" || a.Status.Definitive() != (err == nil) {
					t.Errorf("%v: %q, %v", q, a.Status, err)
				}
				if a.Status == resolver.Success && a.TXT[0].String() != q.Name {
					t.Errorf("%v got the answer of %v", q, a.TXT)
				}
			}
		})
	}
	wg.Wait()
	stats := cache.Stats()
	require.EqualValues(t, 16_000, stats.Hits+stats.Misses+stats.Shared+stats.Bypasses)
	require.LessOrEqual(t, stats.Entries, 50)
	require.LessOrEqual(t, stats.Bytes, int64(20_000))
}
