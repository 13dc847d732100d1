package rdns_test

import (
	"context"
	"encoding/json"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/rdns"
	"github.com/mailworthy/mailworthy/resolver"
)

// TestCheckIsEvaluate requires that a check over a zone is the judgement of it, that what
// was recorded replays, and that results survive JSON.
func TestCheckIsEvaluate(t *testing.T) {
	for _, tc := range ptrCases() {
		t.Run(tc.name, func(t *testing.T) {
			zone := resolver.MustZone(tc.zone)
			want, _ := rdns.Evaluate(rdns.Request{IP: tc.addr()}, zone)
			rec := resolver.Record(zone)
			res, err := rdns.Checker{Resolver: rec}.Check(t.Context(), tc.addr())
			require.NoError(t, err)
			require.Equal(t, want, res)
			again, missing := rdns.Evaluate(rdns.Request{IP: tc.addr()}, replayed(t, rec))
			require.Empty(t, missing)
			require.Equal(t, want, again)
			requireJSON(t, res)
		})
	}
	for _, tc := range heloCases() {
		t.Run("HELO "+tc.name, func(t *testing.T) {
			zone := resolver.MustZone(heloZone + tc.zone)
			want, _ := rdns.EvaluateHELO(tc.request(), zone)
			rec := resolver.Record(zone)
			res, err := rdns.Checker{Resolver: rec}.CheckHELO(t.Context(), tc.request())
			require.NoError(t, err)
			require.Equal(t, want, res)
			again, missing := rdns.EvaluateHELO(tc.request(), replayed(t, rec))
			require.Empty(t, missing)
			require.Equal(t, want, again)
			requireJSON(t, res)
		})
	}
}

// replayed is what a recorder saw, after it was stored.
func replayed(t *testing.T, rec *resolver.Recorder) (seen resolver.Snapshot) {
	t.Helper()
	raw, err := json.Marshal(rec.Snapshot())
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &seen))
	return seen
}

func requireJSON[R any](t *testing.T, res R) {
	t.Helper()
	raw, err := json.Marshal(res)
	require.NoError(t, err)
	require.NotContains(t, string(raw), "null")
	var back R
	require.NoError(t, json.Unmarshal(raw, &back))
	require.Equal(t, res, back)
}

// TestRequestKeepsEmptyNames stores that an address has no names apart from that nobody
// asked.
func TestRequestKeepsEmptyNames(t *testing.T) {
	for _, ptr := range [][]string{nil, {}, {"a.example.org"}} {
		requireJSON(t, rdns.HELORequest{IP: netip.MustParseAddr(ip4), HELO: "x", PTR: ptr})
	}
}

// TestRoundTrips counts them by the bubble's clock, in which each takes 10 ms.
func TestRoundTrips(t *testing.T) {
	const step = 10 * time.Millisecond
	zone := "* !delay=10ms\n" + many(10, rev4+" PTR h%d.example.org") + many(10, "h%d.example.org A 192.0.2.10") +
		"example.org MX 1 h1.example.org\n"
	ip := netip.MustParseAddr(ip4)
	for _, tc := range []struct {
		name   string
		check  func(ctx context.Context, c rdns.Checker) error
		rounds int
		asked  int
	}{
		{"names", func(ctx context.Context, c rdns.Checker) error { _, err := c.Check(ctx, ip); return err }, 2, 21},
		{"no names", func(ctx context.Context, c rdns.Checker) error {
			_, err := c.Check(ctx, netip.MustParseAddr("198.51.100.1"))
			return err
		}, 1, 1},
		{"HELO", func(ctx context.Context, c rdns.Checker) error {
			_, err := c.CheckHELO(ctx, rdns.HELORequest{IP: ip, HELO: "h1.example.org"})
			return err
		}, 1, 3},
		{"HELO with mail servers", func(ctx context.Context, c rdns.Checker) error {
			_, err := c.CheckHELO(ctx, rdns.HELORequest{IP: ip, HELO: "example.org"})
			return err
		}, 2, 4},
		{"HELO without a name", func(ctx context.Context, c rdns.Checker) error {
			_, err := c.CheckHELO(ctx, rdns.HELORequest{IP: ip})
			return err
		}, 1, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				z := resolver.MustZone(zone)
				start := time.Now()
				require.NoError(t, tc.check(t.Context(), rdns.Checker{Resolver: z}))
				require.Equal(t, time.Duration(tc.rounds)*step, time.Since(start))
				require.Len(t, z.Queries(), tc.asked)
			})
		})
	}
}

// TestSilentResolver ends checks by their time-out, with a result that says unknown.
func TestSilentResolver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
			<-ctx.Done()
			return resolver.Fail(&resolver.Error{Question: q, Status: resolver.Timeout, Err: ctx.Err()})
		})
		ip := netip.MustParseAddr(ip4)
		start := time.Now()
		res, err := rdns.Checker{Resolver: silent}.Check(t.Context(), ip)
		require.NoError(t, err, "the limit was the check's own")
		require.Equal(t, rdns.TempError, res.Status)
		require.Equal(t, 20*time.Second, time.Since(start))

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		helo, err := rdns.Checker{Resolver: silent, Timeout: time.Second}.CheckHELO(ctx, rdns.HELORequest{IP: ip, HELO: "mail.example.org"})
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, rdns.HELOUnknown, helo.Status)
		require.Equal(t, rdns.Untold, helo.Agreement)
	})
}

// TestInvalidRequest asks nothing.
func TestInvalidRequest(t *testing.T) {
	c := rdns.Checker{Resolver: resolver.Func(func(context.Context, resolver.Question) (resolver.Answer, error) {
		t.Error("asked")
		return resolver.Answer{}, nil
	})}
	res, err := c.Check(t.Context(), netip.Addr{})
	require.ErrorIs(t, err, rdns.ErrRequest)
	require.Empty(t, res.Status)
	require.Empty(t, res.AuthenticationResults())
	helo, err := c.CheckHELO(t.Context(), rdns.HELORequest{HELO: "mail.example.org"})
	require.ErrorIs(t, err, rdns.ErrRequest)
	require.Empty(t, helo.Status)
}

// TestNamesLimitOfChecker is the limit of a Checker, for both checks.
func TestNamesLimitOfChecker(t *testing.T) {
	zone := resolver.MustZone(many(20, rev4+" PTR h%d.example.org"))
	res, err := rdns.Checker{Resolver: zone, Names: 3}.Check(t.Context(), netip.MustParseAddr(ip4))
	require.NoError(t, err)
	require.Len(t, res.Names, 3)
	require.Equal(t, 20, res.Total)
	for limit, want := range map[int]int{0: 3, 5: 5} {
		helo, err := rdns.Checker{Resolver: zone, Names: 3}.CheckHELO(t.Context(), rdns.HELORequest{IP: netip.MustParseAddr(ip4), Names: limit})
		require.NoError(t, err)
		require.Len(t, helo.PTR, want)
	}
}
