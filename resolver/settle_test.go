package resolver_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
)

// TestSettle has what careless Resolvers return. Where want is empty, it is in order
// and has to stay as it is.
func TestSettle(t *testing.T) {
	oops := errors.New("oops")
	fail := func(s resolver.Status) *resolver.Error { return &resolver.Error{Status: s, Err: oops} }
	texts := []resolver.Text{{"v=spf1 -all"}}
	for _, tc := range []struct {
		name    string
		asked   resolver.Type
		answer  resolver.Answer
		err     error
		want    resolver.Status
		problem string
	}{
		{name: "success", asked: resolver.TypeTXT, answer: resolver.Answer{Status: resolver.Success, TXT: texts, TTL: 60}},
		{name: "no data", asked: resolver.TypeTXT, answer: resolver.Answer{Status: resolver.NoData, TTL: 60}},
		{name: "no domain", asked: resolver.TypeTXT, answer: resolver.Answer{Status: resolver.NXDomain, TTL: 60, Alias: []string{"b.example"}}},
		{name: "a type without a place", asked: 65280, answer: resolver.Answer{Status: resolver.Success, TTL: 60}},
		{name: "failure", asked: resolver.TypeTXT, answer: resolver.Answer{Status: resolver.ServFail, Problem: "oops"}, err: fail(resolver.ServFail)},
		{name: "wrapped", asked: resolver.TypeTXT, answer: resolver.Answer{Status: resolver.Refused}, err: fmt.Errorf("mine: %w", fail(resolver.Refused))},

		{name: "nothing", want: resolver.Failed, problem: "the resolver gave no status"},
		{name: "made-up status", answer: resolver.Answer{Status: "\x1b[1m"}, want: resolver.Failed, problem: "the resolver gave no status"},
		{name: "made-up status of an error", err: fail("\x1b[1m"), want: resolver.Failed, problem: `resolver: . TYPE0: \027[1m: oops`},
		{name: "error alone", err: oops, want: resolver.Failed, problem: "oops"},
		{name: "deadline alone", err: fmt.Errorf("mine: %w", context.DeadlineExceeded), want: resolver.Timeout, problem: "mine: context deadline exceeded"},
		{name: "typed error alone", err: fail(resolver.Refused), want: resolver.Refused, problem: "oops"},
		{name: "typed error of an answer", err: fail(resolver.NXDomain), want: resolver.Failed, problem: "resolver: . TYPE0: nxdomain: oops"},
		{name: "error and success", answer: resolver.Answer{Status: resolver.Success, TXT: texts}, err: oops, want: resolver.Failed, problem: "oops"},
		{name: "error and no domain", answer: resolver.Answer{Status: resolver.NXDomain}, err: oops, want: resolver.Failed, problem: "oops"},
		{name: "failure alone", answer: resolver.Answer{Status: resolver.Refused, Problem: "go away"}, want: resolver.Refused, problem: "go away"},
		{name: "failure and error", answer: resolver.Answer{Status: resolver.Refused}, err: oops, want: resolver.Refused, problem: "oops"},
		{name: "two failures", answer: resolver.Answer{Status: resolver.Refused}, err: fail(resolver.ServFail), want: resolver.ServFail, problem: "oops"},
		{name: "failure with records", answer: resolver.Answer{Status: resolver.ServFail, TXT: texts}, err: fail(resolver.ServFail), want: resolver.ServFail},

		{name: "A without one", asked: resolver.TypeA, answer: resolver.Answer{Status: resolver.Success}, want: resolver.Failed, problem: "the resolver said success, and gave no A record"},
		{name: "AAAA without one", asked: resolver.TypeAAAA, answer: resolver.Answer{Status: resolver.Success}, want: resolver.Failed, problem: "the resolver said success, and gave no AAAA record"},
		{name: "PTR without one", asked: resolver.TypePTR, answer: resolver.Answer{Status: resolver.Success}, want: resolver.Failed, problem: "the resolver said success, and gave no PTR record"},
		{name: "MX without one", asked: resolver.TypeMX, answer: resolver.Answer{Status: resolver.Success}, want: resolver.Failed, problem: "the resolver said success, and gave no MX record"},
		{name: "TLSA without one", asked: resolver.TypeTLSA, answer: resolver.Answer{Status: resolver.Success}, want: resolver.Failed, problem: "the resolver said success, and gave no TLSA record"},
		{name: "TXT of another type", asked: resolver.TypeTXT, answer: resolver.Answer{Status: resolver.Success, Hosts: []string{"v=spf1"}}, want: resolver.Failed, problem: "the resolver said success, and gave no TXT record"},
		{name: "no data with some", asked: resolver.TypeTXT, answer: resolver.Answer{Status: resolver.NoData, TXT: texts}, want: resolver.Failed, problem: "the resolver said nodata, and gave 1 TXT records"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q := resolver.Question{Type: tc.asked}
			got, err := resolver.Settle(q, tc.answer, tc.err)
			if tc.want == "" {
				require.Equal(t, tc.answer, got)
				require.Equal(t, tc.err, err)
				return
			}
			require.Equal(t, resolver.Answer{Status: tc.want, Problem: tc.problem}, got)
			e, ok := errors.AsType[*resolver.Error](err)
			require.True(t, ok)
			require.Equal(t, tc.want, e.Status)
			if tc.err != nil {
				require.ErrorIs(t, err, tc.err)
			}
			again, _ := resolver.Settle(q, got, err)
			require.Equal(t, got, again, "what is settled stays")
		})
	}
}

// TestSettleMapped has addresses as net.Resolver gives them.
func TestSettleMapped(t *testing.T) {
	mapped, plain := netip.MustParseAddr("::ffff:192.0.2.1"), netip.MustParseAddr("192.0.2.1")
	given := []netip.Addr{mapped, plain}
	got, err := resolver.Settle(resolver.Q("example.org", resolver.TypeA), resolver.Answer{Status: resolver.Success, Addrs: given}, nil)
	require.NoError(t, err)
	require.Equal(t, []netip.Addr{plain, plain}, got.Addrs)
	require.Equal(t, []netip.Addr{mapped, plain}, given, "answers are shared")

	got, err = resolver.Settle(resolver.Q("example.org", resolver.TypeAAAA), resolver.Answer{Status: resolver.Success, Addrs: given[:1]}, nil)
	require.NoError(t, err)
	require.Equal(t, []netip.Addr{mapped}, got.Addrs, "an AAAA record may hold such an address")
}

// TestSettleNames has the names as net.Resolver gives them, and as nobody should.
func TestSettleNames(t *testing.T) {
	given := resolver.Answer{
		Status: resolver.Success, TTL: 60, Alias: []string{"WWW.example.org.", "bücher.example"}, Server: "\x1b[1m", Problem: "ok\r\n",
		MX: []resolver.MXHost{{Host: "mx1.example.org"}, {Host: "MX2.Example.org."}, {Host: ""}, {Host: "a..\x1bb"}},
	}
	got, err := resolver.Settle(resolver.Q("example.org", resolver.TypeMX), given, nil)
	require.NoError(t, err)
	require.Equal(t, resolver.Answer{
		Status: resolver.Success, TTL: 60, Alias: []string{"www.example.org", "xn--bcher-kva.example"}, Server: `\027[1m`, Problem: `ok\013\010`,
		MX: []resolver.MXHost{{Host: "mx1.example.org"}, {Host: "mx2.example.org"}, {Host: ""}, {Host: `a..\027b`}},
	}, got)
	require.Equal(t, "WWW.example.org.", given.Alias[0], "answers are shared")
	require.Equal(t, "MX2.Example.org.", given.MX[1].Host)

	hosts := []string{"host.example.org", `a\.b.example`, `\000\255.example`}
	got, err = resolver.Settle(resolver.Q("1.2.0.192.in-addr.arpa", resolver.TypePTR), resolver.Answer{Status: resolver.Success, Hosts: hosts}, nil)
	require.NoError(t, err)
	require.Same(t, &hosts[0], &got.Hosts[0], "names in normal form are not copied")
}

// TestRecorderSettles is why a replay comes to what the check came to.
func TestRecorderSettles(t *testing.T) {
	q := resolver.Q("example.org", resolver.TypeTXT)
	rec := resolver.Record(resolver.Func(func(context.Context, resolver.Question) (resolver.Answer, error) {
		return resolver.Answer{Status: resolver.NXDomain}, errors.New("oops")
	}))
	a, err := rec.Lookup(t.Context(), q)
	require.Error(t, err)
	require.Equal(t, resolver.Answer{Status: resolver.Failed, Problem: "oops"}, a)
	require.Equal(t, resolver.Snapshot{q: a}, rec.Snapshot())
}
