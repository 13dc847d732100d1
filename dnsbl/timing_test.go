package dnsbl_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
)

// sixty are lists that work, and the text of their zones.
func sixty() (lists []dnsbl.List, text string) {
	var b strings.Builder
	for i := range 60 {
		zone := fmt.Sprintf("l%d.test", i)
		lists = append(lists, testList(zone))
		b.WriteString(working(zone))
	}
	return lists, b.String()
}

// TestSixtyListsInOneRound counts by the bubble's clock.
func TestSixtyListsInOneRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lists, text := sixty()
		zone := resolver.MustZone("* !delay=30ms\n" + text)
		start := time.Now()
		res, err := dnsbl.Checker{Resolver: zone}.Check(t.Context(), dnsbl.Request{Target: victim, Lists: lists})
		require.NoError(t, err)
		require.Equal(t, dnsbl.Clean, res.Status)
		require.Equal(t, 30*time.Millisecond, time.Since(start), "with their controls")
		require.Len(t, zone.Queries(), 120)

		health, err := dnsbl.Checker{Resolver: zone}.CheckHealth(t.Context(), dnsbl.HealthRequest{Lists: lists})
		require.NoError(t, err)
		zone.Reset()
		start = time.Now()
		res, err = dnsbl.Checker{Resolver: zone}.Check(t.Context(), dnsbl.Request{Target: victim, Lists: lists, Health: health.Lists})
		require.NoError(t, err)
		require.Equal(t, dnsbl.Clean, res.Status)
		require.Equal(t, 30*time.Millisecond, time.Since(start))
		require.Len(t, zone.Queries(), 60, "the health is known")
	})
}

// silent never answers below a zone, and takes as long as the context lets it. A list
// that is silent for a while would be asked again by a Resolver with retries.
func silent(next resolver.Resolver, zone string, asked *atomic.Int64) resolver.Resolver {
	return resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
		if !strings.HasSuffix(q.Name, zone) {
			return next.Lookup(ctx, q)
		}
		asked.Add(1)
		for range 10 { // Ten servers, with three seconds for each.
			select {
			case <-time.After(3 * time.Second):
			case <-ctx.Done():
				return resolver.Fail(&resolver.Error{Question: q, Status: resolver.Timeout, Err: ctx.Err()})
			}
		}
		return resolver.Fail(&resolver.Error{Question: q, Status: resolver.Timeout})
	})
}

// TestSilentList costs its time-out once, and only for itself.
func TestSilentList(t *testing.T) {
	tests := map[string]struct {
		limit time.Duration
		want  time.Duration
	}{
		"default":  {want: dnsbl.DefaultListTimeout},
		"shorter":  {limit: 500 * time.Millisecond, want: 500 * time.Millisecond},
		"no limit": {limit: -1, want: 20 * time.Second}, // that of the check
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lists, text := sixty()
				lists = append(lists, testList("silent.test"))
				zone := resolver.MustZone("* !delay=30ms\n" + text + "44.33.22.11.l7.test A 127.0.0.2")
				var asked atomic.Int64
				start := time.Now()
				res, err := dnsbl.Checker{Resolver: silent(zone, "silent.test", &asked), ListTimeout: tt.limit}.Check(t.Context(), dnsbl.Request{Target: victim, Lists: lists})
				require.NoError(t, err)
				extra := 30 * time.Millisecond // the reason of what is listed
				if tt.limit < 0 {
					extra = 0
				}
				require.Equal(t, tt.want+extra, time.Since(start))
				require.Equal(t, int64(2), asked.Load(), "the target and the control, at once")
				require.Equal(t, dnsbl.Listed, res.Status)
				require.Equal(t, 1, res.Counts.Listed)
				require.Equal(t, 59, res.Counts.NotListed, "the others have their verdicts")
				require.Equal(t, dnsbl.Unknown, res.Lists[60].Status)
				require.Equal(t, 1, res.Counts.Unknown)
			})
		})
	}
}

// TestSilentListOfAPool is known to be silent after the first time.
func TestSilentListOfAPool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zone := resolver.MustZone(working("l1.test"))
		var asked atomic.Int64
		b := dnsbl.Batch{Lists: []dnsbl.List{testList("l1.test"), testList("silent.test")}, Targets: pool(100)}
		start := time.Now()
		n := 0
		for _, res := range (dnsbl.Checker{Resolver: silent(zone, "silent.test", &asked)}).CheckMany(t.Context(), b) {
			n++
			require.Equal(t, dnsbl.Partial, res.Status)
			require.Equal(t, dnsbl.NotCheckable, res.Lists[1].Status)
		}
		require.Equal(t, 100, n)
		require.Equal(t, dnsbl.DefaultListTimeout, time.Since(start))
		require.Equal(t, int64(4), asked.Load(), "controls alone, of both kinds")
	})
}

// TestEndOfContext still gives what is known.
func TestEndOfContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zone := resolver.MustZone("* !delay=30ms\n" + working("l1.test"))
		var asked atomic.Int64
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		res, err := dnsbl.Checker{Resolver: silent(zone, "silent.test", &asked)}.Check(ctx, dnsbl.Request{
			Target: victim, Lists: []dnsbl.List{testList("l1.test"), testList("silent.test")},
		})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(start))
		require.Equal(t, dnsbl.Partial, res.Status)
		require.Equal(t, dnsbl.NotListed, res.Lists[0].Status)
		sound(t, res)
	})
}

func pool(n int) (out []dnsbl.Target) {
	ip := netip.MustParseAddr("11.0.0.1")
	for range n {
		out = append(out, dnsbl.Target{IP: ip})
		ip = ip.Next()
	}
	return out
}
