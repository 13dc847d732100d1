package spf_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// hung answers from a zone, and for some names never.
func hung(zone *resolver.Zone, names ...string) resolver.Resolver {
	return resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
		if slices.Contains(names, q.Name) {
			<-ctx.Done()
			return resolver.Fail(&resolver.Error{Question: q, Status: resolver.Timeout, Err: ctx.Err()})
		}
		return zone.Lookup(ctx, q)
	})
}

func TestEndedChecks(t *testing.T) {
	const policy = "slow.test A 192.0.2.1\nslow.test A !delay=1h\nexample.org TXT 'v=spf1 a:slow.test -all'"
	cause := errors.New("the client hung up")
	tests := map[string]struct {
		zone     string
		hung     []string
		prefetch bool
		checker  spf.Checker
		ctx      func(context.Context) (context.Context, context.CancelFunc)
		want     spf.Status
		err      error
		after    time.Duration
	}{
		"cancelled": {
			zone: policy, want: spf.TempError, err: context.Canceled, after: time.Second,
			ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(time.Second, cancel)
				return ctx, cancel
			},
		},
		"cancelled-with-cause": {
			zone: policy, want: spf.TempError, err: cause, after: time.Second,
			ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancelCause(ctx)
				time.AfterFunc(time.Second, func() { cancel(cause) })
				return ctx, func() { cancel(nil) }
			},
		},
		"deadline": {
			zone: policy, want: spf.TempError, err: context.DeadlineExceeded, after: 3 * time.Second,
			ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 3*time.Second)
			},
		},
		// RFC 7208 section 4.6.4: at least 20 seconds, and then temperror.
		"time-limit":     {zone: policy, want: spf.TempError, after: 20 * time.Second},
		"time-limit-own": {zone: policy, want: spf.TempError, after: time.Minute, checker: spf.Checker{Timeout: time.Minute}},
		"time-limit-none": {
			zone: policy, want: spf.Pass, after: time.Hour, checker: spf.Checker{Timeout: -1},
		},
		"hung-first": {zone: policy, hung: []string{"example.org"}, want: spf.TempError, after: 20 * time.Second},
		"hung-behind-match": {
			zone: "fast.test A 192.0.2.1\nexample.org TXT 'v=spf1 a:fast.test a:hung.test -all'",
			hung: []string{"hung.test"}, want: spf.Pass,
		},
		"hung-behind-match-asked-ahead": {
			zone: "fast.test A 192.0.2.1\nexample.org TXT 'v=spf1 a:fast.test a:hung.test -all'",
			hung: []string{"hung.test"}, prefetch: true, want: spf.Pass, after: 20 * time.Second,
		},
		"hung-explanation": {
			zone: "example.org TXT 'v=spf1 -all exp=hung.test'",
			hung: []string{"hung.test"}, want: spf.Fail, after: 20 * time.Second,
		},
		"hung-reverse": {
			zone: "example.org TXT 'v=spf1 ptr -all'",
			hung: []string{"1.2.0.192.in-addr.arpa"}, want: spf.Fail, after: 20 * time.Second,
		},
		"hung-include": {
			zone: chain(4, "include:") + "example.org TXT 'v=spf1 include:c1.test -all'",
			hung: []string{"c4.test"}, want: spf.TempError, after: 20 * time.Second,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := t.Context(), context.CancelFunc(func() {})
				if test.ctx != nil {
					ctx, cancel = test.ctx(ctx)
				}
				defer cancel()
				checker := test.checker
				checker.Resolver = hung(resolver.MustZone(test.zone), test.hung...)
				req := edge{}.request()
				req.Prefetch = test.prefetch
				start := time.Now()
				res, err := checker.Check(ctx, req)
				require.ErrorIs(t, err, test.err)
				require.Equal(t, test.want, res.Status)
				require.Equal(t, test.after, time.Since(start))
				require.Equal(t, "example.org", res.Domain)
				sound(t, res)
				if res.Status == spf.TempError {
					temporary(t, res)
				}
			})
		})
	}
}

func TestEndedBeforeTheCheck(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	zone := resolver.MustZone("example.org TXT 'v=spf1 +all'")
	res, err := spf.Checker{Resolver: zone}.Check(ctx, edge{}.request())
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, spf.TempError, res.Status)
	require.Empty(t, zone.Queries())
	sound(t, res)
	temporary(t, res)
}

// TestCheckerIsShared runs one Checker from many goroutines, for the race detector.
func TestCheckerIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		checker := spf.Checker{Resolver: resolver.MustZone("i.test TXT 'v=spf1 mx'\ni.test MX 1 m.test\nm.test A 192.0.2.1\nexample.org TXT 'v=spf1 include:i.test -all'")}
		results := make(chan spf.Result, 50)
		for range cap(results) {
			go func() {
				res, _ := checker.Check(t.Context(), edge{}.request())
				results <- res
			}()
		}
		for range cap(results) {
			require.Equal(t, spf.Pass, (<-results).Status)
		}
	})
}
