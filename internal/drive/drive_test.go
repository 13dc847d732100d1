package drive_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/mailworthy/mailworthy/internal/drive"
	"github.com/mailworthy/mailworthy/resolver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// chain asks for n names, one round after the other, and then for wide names at
// once. Its result is the status of each, in order.
func chain(n, wide int) drive.Evaluator[[]resolver.Status] {
	return func(v resolver.View) (got []resolver.Status, missing []resolver.Question) {
		for i := range n + wide {
			q := resolver.Q(fmt.Sprintf("n%d.example.org", i), resolver.TypeTXT)
			a, ok := v.Get(q)
			if !ok {
				missing = append(missing, q)
				if i < n {
					break
				}
			}
			got = append(got, a.Status)
		}
		return got, missing
	}
}

func after(d time.Duration, a resolver.Answer, err error) resolver.Func {
	return func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
		select {
		case <-time.After(d):
			return a, err
		case <-ctx.Done():
			return resolver.Fail(&resolver.Error{Question: q, Status: resolver.Timeout, Err: ctx.Err()})
		}
	}
}

func TestRoundsAreParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		r := after(10*time.Millisecond, resolver.Answer{Status: resolver.NoData}, nil)
		got, err := drive.Run(t.Context(), r, chain(3, 20))
		require.NoError(t, err)
		require.Len(t, got, 23)
		require.Equal(t, 40*time.Millisecond, time.Since(start), "three rounds of one, one of twenty")

		start = time.Now()
		_, err = drive.Run(t.Context(), r, chain(0, 60))
		require.NoError(t, err)
		require.Equal(t, 10*time.Millisecond, time.Since(start), "sixty block lists at once")

		start = time.Now()
		_, err = drive.Run(t.Context(), r, chain(0, 180))
		require.NoError(t, err)
		require.Equal(t, 10*time.Millisecond, time.Since(start), "and with two control points of each")
	})
}

func TestParallelismIsBounded(t *testing.T) {
	var now, most atomic.Int64
	r := resolver.Func(func(context.Context, resolver.Question) (resolver.Answer, error) {
		n := now.Add(1)
		defer now.Add(-1)
		for {
			m := most.Load()
			if n <= m || most.CompareAndSwap(m, n) {
				break
			}
		}
		return resolver.Answer{Status: resolver.NoData}, nil
	})
	got, err := drive.Run(t.Context(), r, chain(0, 1000))
	require.NoError(t, err)
	require.Len(t, got, 1000)
	require.LessOrEqual(t, most.Load(), int64(192))
}

func TestEndOfContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("the user left")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 25*time.Millisecond, cause)
		defer cancel()
		r := after(10*time.Millisecond, resolver.Answer{Status: resolver.NXDomain}, nil)
		got, err := drive.Run(ctx, r, chain(4, 0))
		require.ErrorIs(t, err, cause)
		require.Equal(t, []resolver.Status{
			resolver.NXDomain, resolver.NXDomain, resolver.Timeout, resolver.Timeout,
		}, got, "what was learned stays, the rest has timed out")
	})
}

func TestEndedContextAsksNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := resolver.Func(func(context.Context, resolver.Question) (resolver.Answer, error) {
		t.Error("asked")
		return resolver.Answer{}, nil
	})
	got, err := drive.Run(ctx, r, chain(1, 1))
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []resolver.Status{resolver.Timeout, resolver.Timeout}, got)
}

func TestNothingToAsk(t *testing.T) {
	got, err := drive.Run(t.Context(), nil, chain(0, 0))
	require.NoError(t, err)
	require.Empty(t, got)
}

// careless is a Resolver that breaks its promises, both when it is asked and in what
// it knows.
type careless struct {
	answer resolver.Answer
	err    error
	knows  bool
}

func (c careless) Lookup(context.Context, resolver.Question) (resolver.Answer, error) {
	return c.answer, c.err
}

func (c careless) Peek(context.Context, resolver.Question) (resolver.Answer, bool) {
	return c.answer, c.knows
}

// TestCarelessResolver has a few of the cases of resolver.Settle, by each way in.
func TestCarelessResolver(t *testing.T) {
	for _, tc := range []struct {
		name string
		r    careless
		want resolver.Status
	}{
		{"error and NXDOMAIN", careless{resolver.Answer{Status: resolver.NXDomain}, errors.New("oops"), false}, resolver.Failed},
		{"success without a record", careless{resolver.Answer{Status: resolver.Success}, nil, false}, resolver.Failed},
		{"known success without a record", careless{resolver.Answer{Status: resolver.Success}, nil, true}, resolver.Failed},
		{"known made-up status", careless{resolver.Answer{Status: "\x1b[1m"}, nil, true}, resolver.Failed},
		{"known failure", careless{resolver.Answer{Status: resolver.Refused}, nil, true}, resolver.Refused},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := drive.Run(t.Context(), tc.r, chain(1, 0))
			require.NoError(t, err)
			require.Equal(t, []resolver.Status{tc.want}, got)
		})
	}
}

// A Resolver that knows the answers is asked nothing, and the evaluation takes one
// round.
func TestPeek(t *testing.T) {
	asked := 0
	up := resolver.Func(func(context.Context, resolver.Question) (resolver.Answer, error) {
		asked++
		return resolver.Answer{Status: resolver.NoData, TTL: 60}, nil
	})
	cache := &resolver.Cache{Next: up}
	rounds := 0
	counting := func(v resolver.View) ([]resolver.Status, []resolver.Question) {
		rounds++
		return chain(3, 0)(v)
	}
	want, err := drive.Run(t.Context(), cache, counting)
	require.NoError(t, err)
	require.Equal(t, []int{3, 4}, []int{asked, rounds})
	got, err := drive.Run(t.Context(), cache, counting)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, []int{3, 5}, []int{asked, rounds})

	got, err = drive.Within(t.Context(), time.Nanosecond, cache, counting)
	require.NoError(t, err)
	require.Equal(t, want, got, "what asks nothing takes no time")

	_, err = drive.Run(resolver.WithFresh(t.Context()), cache, counting)
	require.NoError(t, err)
	require.Equal(t, 6, asked, "a fresh check asks")
}

func TestWithin(t *testing.T) {
	never := resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
		<-ctx.Done()
		return resolver.Fail(&resolver.Error{Question: q, Status: resolver.Timeout, Err: ctx.Err()})
	})
	for _, tc := range []struct {
		name  string
		limit time.Duration
		want  time.Duration
		err   error
	}{
		{"the default", 0, drive.DefaultTimeout, nil},
		{"one of its own", time.Second, time.Second, nil},
		{"none but the context's", -1, time.Minute, context.DeadlineExceeded},
		{"the context's is shorter", time.Hour, time.Minute, context.DeadlineExceeded},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				start := time.Now()
				got, err := drive.Within(ctx, tc.limit, never, chain(1, 0))
				require.ErrorIs(t, err, tc.err)
				require.Equal(t, tc.want, time.Since(start))
				require.Equal(t, []resolver.Status{resolver.Timeout}, got)
			})
		})
	}
}
