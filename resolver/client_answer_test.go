package resolver_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/internal/wire"
	"github.com/mailworthy/mailworthy/resolver"
)

func TestClientNegative(t *testing.T) {
	ns := record{"example", resolver.TypeNS, 60, wireName("ns.example")}
	for _, tc := range []struct {
		name      string
		bits      uint16
		answer    []record
		authority []record
		status    resolver.Status
		ttl       uint32
		problem   string
	}{
		{name: "NODATA, MINIMUM is lower", bits: ok, authority: []record{soa("example", 3600, 60)}, status: resolver.NoData, ttl: 60},
		{name: "NODATA, SOA TTL is lower", bits: ok, authority: []record{soa("example", 30, 60)}, status: resolver.NoData, ttl: 30},
		{name: "NXDOMAIN", bits: ok | nxDomain, authority: []record{soa("example", 600, 600)}, status: resolver.NXDomain, ttl: 600},
		{name: "at most three hours", bits: ok | nxDomain, authority: []record{soa("", 1e6, 1e6)}, status: resolver.NXDomain, ttl: 10800},
		{name: "top bit of the TTL", bits: ok, authority: []record{soa("example", 1<<31, 60)}, status: resolver.NoData},
		{name: "SOA of another zone", bits: ok | nxDomain, authority: []record{soa("other", 60, 60)}, status: resolver.NXDomain},
		{name: "no SOA", bits: ok, status: resolver.NoData},
		{name: "SOA and NS", bits: ok, authority: []record{ns, soa("example", 60, 60)}, status: resolver.NoData, ttl: 60},
		{name: "authoritative with NS", bits: 0x8000 | bitAA, authority: []record{ns}, status: resolver.NoData},
		{name: "referral", bits: 0x8000, authority: []record{ns}, status: resolver.Failed, problem: "referral"},
		{name: "referral from one that could recurse", bits: ok, authority: []record{ns}, status: resolver.Failed, problem: "referral"},
		{name: "lame", bits: 0x8000, status: resolver.Failed, problem: "lame"},
		{name: "only records of another name", bits: ok, answer: []record{addr4("b.example", 60, "192.0.2.1")}, status: resolver.Failed, problem: "another name"},
		{name: "records, but NXDOMAIN", bits: ok | nxDomain, answer: []record{addr4("a.example", 60, "192.0.2.1")}, status: resolver.Failed, problem: "does not exist"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, answering(func(q query) []byte { return q.respond(tc.bits, tc.answer, tc.authority, nil) }))
			a, _ := lookup(t, client(s), "a.example", resolver.TypeA)
			require.Contains(t, a.Problem, tc.problem)
			a.Problem = ""
			require.Equal(t, resolver.Answer{Status: tc.status, TTL: tc.ttl}, a)
		})
	}
}

// TestClientAlias has a server whose answers are written down by name.
func TestClientAlias(t *testing.T) {
	ip := []netip.Addr{netip.MustParseAddr("192.0.2.1")}
	type response struct {
		bits              uint16
		answer, authority []record
	}
	for _, tc := range []struct {
		name    string
		zone    map[string]response
		want    resolver.Answer
		problem string
		queries int
	}{
		{
			name: "within one answer, in order",
			zone: map[string]response{"a.x": {ok, []record{alias("a.x", 50, "B.X"), addr4("b.x", 70, "192.0.2.1")}, nil}},
			want: resolver.Answer{Status: resolver.Success, Addrs: ip, Alias: []string{"b.x"}, TTL: 50}, queries: 1,
		},
		{
			name: "within one answer, backwards, with strangers",
			zone: map[string]response{"a.x": {ok, []record{
				addr4("z.x", 1, "203.0.113.66"), addr4("c.x", 20, "192.0.2.1"), alias("b.x", 40, "c.x"),
				alias("z.x", 1, "y.x"), alias("a.x", 50, "b.x"),
			}, nil}},
			want: resolver.Answer{Status: resolver.Success, Addrs: ip, Alias: []string{"b.x", "c.x"}, TTL: 20}, queries: 1,
		},
		{
			name: "the target is asked for",
			zone: map[string]response{
				"a.x": {ok, []record{alias("a.x", 50, "b.x")}, []record{soa("other", 5, 5)}},
				"b.x": {ok, []record{alias("b.x", 40, "c.x")}, nil},
				"c.x": {ok, []record{addr4("c.x", 90, "192.0.2.1")}, nil},
			},
			want: resolver.Answer{Status: resolver.Success, Addrs: ip, Alias: []string{"b.x", "c.x"}, TTL: 40}, queries: 3,
		},
		{
			name: "ends without data",
			zone: map[string]response{"a.x": {ok, []record{alias("a.x", 50, "b.x")}, []record{soa("x", 60, 60)}}},
			want: resolver.Answer{Status: resolver.NoData, Alias: []string{"b.x"}, TTL: 50}, queries: 1,
		},
		{
			name: "ends at no name",
			zone: map[string]response{"a.x": {ok | nxDomain, []record{alias("a.x", 50, "b.x")}, []record{soa("x", 60, 30)}}},
			want: resolver.Answer{Status: resolver.NXDomain, Alias: []string{"b.x"}, TTL: 30}, queries: 1,
		},
		{
			name: "the target, asked for, does not exist",
			zone: map[string]response{
				"a.x": {ok, []record{alias("a.x", 50, "b.x")}, nil},
				"b.x": {ok | nxDomain, nil, nil},
			},
			want: resolver.Answer{Status: resolver.NXDomain, Alias: []string{"b.x"}}, queries: 2,
		},
		{
			name: "the target, asked for, fails",
			zone: map[string]response{
				"a.x": {ok, []record{alias("a.x", 50, "b.x")}, nil},
				"b.x": {ok | servFail, nil, nil},
			},
			want: resolver.Answer{Status: resolver.ServFail, Alias: []string{"b.x"}}, queries: 2,
		},
		{
			name: "loop in one answer",
			zone: map[string]response{"a.x": {ok, []record{alias("a.x", 50, "b.x"), alias("b.x", 50, "a.x")}, nil}},
			want: resolver.Answer{Status: resolver.Failed}, problem: "loop", queries: 1,
		},
		{
			name: "alias of itself",
			zone: map[string]response{"a.x": {ok, []record{alias("a.x", 50, "A.X")}, nil}},
			want: resolver.Answer{Status: resolver.Failed}, problem: "loop", queries: 1,
		},
		{
			name: "loop over answers",
			zone: map[string]response{
				"a.x": {ok, []record{alias("a.x", 50, "b.x")}, nil},
				"b.x": {ok, []record{alias("b.x", 50, "a.x")}, nil},
			},
			want: resolver.Answer{Status: resolver.Failed, Alias: []string{"b.x"}}, problem: "loop", queries: 2,
		},
		{
			name: "two aliases",
			zone: map[string]response{"a.x": {ok, []record{alias("a.x", 50, "b.x"), alias("a.x", 50, "c.x")}, nil}},
			want: resolver.Answer{Status: resolver.Failed}, problem: "two aliases", queries: 1,
		},
		{
			name: "one alias, twice",
			zone: map[string]response{"a.x": {ok, []record{alias("a.x", 50, "b.x"), alias("a.x", 40, "B.x"), addr4("b.x", 70, "192.0.2.1")}, nil}},
			want: resolver.Answer{Status: resolver.Success, Addrs: ip, Alias: []string{"b.x"}, TTL: 40}, queries: 1,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, answering(func(q query) []byte {
				r := tc.zone[q.name]
				return q.respond(r.bits, r.answer, r.authority, nil)
			}))
			a, _ := lookup(t, client(s), "a.x", resolver.TypeA)
			require.Contains(t, a.Problem, tc.problem)
			a.Problem = ""
			require.Equal(t, tc.want, a)
			require.Equal(t, tc.queries, s.count())
		})
	}
	t.Run("is not followed when asked for", func(t *testing.T) {
		s := serve(t, answering(func(q query) []byte { return q.answer(alias("a.x", 50, "b.x"), alias("b.x", 50, "c.x")) }))
		a, err := lookup(t, client(s), "a.x", resolver.TypeCNAME)
		require.NoError(t, err)
		require.Equal(t, resolver.Answer{Status: resolver.Success, Hosts: []string{"b.x"}, TTL: 50}, a)
	})
}

// TestClientAliasLimit has chains of every way to deliver them around the limit.
func TestClientAliasLimit(t *testing.T) {
	for _, perAnswer := range []int{1, 3, 20} {
		for hops := wire.MaxChain - 1; hops <= wire.MaxChain+2; hops++ {
			t.Run(fmt.Sprintf("%d aliases, %d at a time", hops, perAnswer), func(t *testing.T) {
				s := serve(t, answering(func(q query) []byte {
					var from int
					_, _ = fmt.Sscanf(q.name, "n%d.x", &from)
					var list []record
					for i := from; i < min(hops, from+perAnswer); i++ {
						list = append(list, alias(fmt.Sprintf("n%d.x", i), 60, fmt.Sprintf("n%d.x", i+1)))
					}
					if from+perAnswer > hops {
						list = append(list, addr4(fmt.Sprintf("n%d.x", hops), 60, "192.0.2.1"))
					}
					return q.answer(list...)
				}))
				a, _ := lookup(t, client(s), "n0.x", resolver.TypeA)
				if hops <= wire.MaxChain {
					require.Equal(t, resolver.Success, a.Status)
					require.Len(t, a.Alias, hops)
				} else {
					require.Equal(t, resolver.Failed, a.Status)
					require.Contains(t, a.Problem, "8 aliases")
					require.LessOrEqual(t, s.count(), wire.MaxChain+1)
				}
			})
		}
	}
}

func TestClientTTL(t *testing.T) {
	for _, tc := range []struct {
		name string
		ttls []uint32
		want uint32
	}{
		{"lowest", []uint32{300, 60, 900}, 60},
		{"top bit", []uint32{300, 1<<31 + 5}, 0},
		{"largest", []uint32{1<<31 - 1}, 1<<31 - 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, answering(func(q query) []byte {
				var list []record
				for _, ttl := range tc.ttls {
					list = append(list, addr4(q.name, ttl, "192.0.2.1"))
				}
				return q.answer(list...)
			}))
			a, err := lookup(t, client(s), "a.example", resolver.TypeA)
			require.NoError(t, err)
			require.Equal(t, tc.want, a.TTL)
		})
	}
}

func TestClientSecure(t *testing.T) {
	for _, tc := range []struct {
		name          string
		first, second uint16
		want          bool
	}{
		{"all proven", bitAD, bitAD, true},
		{"alias not proven", 0, bitAD, false},
		{"target not proven", bitAD, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, answering(func(q query) []byte {
				if q.name == "a.x" {
					return q.respond(ok|tc.first, []record{alias("a.x", 1, "b.x")}, nil, nil)
				}
				return q.respond(ok|tc.second, []record{addr4("b.x", 1, "192.0.2.1")}, nil, nil)
			}))
			a, err := lookup(t, client(s), "a.x", resolver.TypeA)
			require.NoError(t, err)
			require.Equal(t, tc.want, a.Secure)
		})
	}
	t.Run("absence", func(t *testing.T) {
		s := serve(t, answering(func(q query) []byte { return q.respond(ok|nxDomain|bitAD, nil, nil, nil) }))
		a, _ := lookup(t, client(s), "a.x", resolver.TypeA)
		require.True(t, a.Secure)
	})
}

func TestClientExtendedErrors(t *testing.T) {
	for _, tc := range []struct {
		name string
		opts []byte
		want string
	}{
		{"with text", ede(6, "no DS\x00").data, "EDE 6 (DNSSEC Bogus): no DS"},
		{"without", ede(22, "").data, "EDE 22 (No Reachable Authority)"},
		{"unknown code", ede(4711, "x").data, "EDE 4711: x"},
		{"unprintable", ede(0, "a\x1b[31m\xff").data, `EDE 0 (Other): a\027[31m\255`},
		{"long", ede(0, strings.Repeat("x", 500)).data, "EDE 0 (Other): " + strings.Repeat("x", 128)},
		{"two, and another option", append(append(ede(9, "").data, 0, 10, 0, 2, 1, 2), ede(6, "y").data...), "EDE 9 (DNSKEY Missing); EDE 6 (DNSSEC Bogus): y"},
		{"too many", []byte(strings.Repeat(string(ede(7, "").data), 50)), strings.TrimSuffix(strings.Repeat("EDE 7 (Signature Expired); ", 3), "; ")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, answering(func(q query) []byte {
				return q.respond(ok|servFail, nil, nil, []record{{"", optType, 0, tc.opts}})
			}))
			a, err := lookup(t, client(s), "a.example", resolver.TypeA)
			require.Equal(t, resolver.Answer{Status: resolver.ServFail, Problem: tc.want}, a)
			require.Equal(t, tc.want, asError(t, err).Extended)
			require.Equal(t, s.addr, asError(t, err).Server)
		})
	}
	t.Run("a definitive answer stays one", func(t *testing.T) {
		s := serve(t, answering(func(q query) []byte {
			return q.respond(ok|nxDomain, nil, nil, []record{{"", optType, 0, ede(15, "by policy").data}})
		}))
		a, err := lookup(t, client(s), "a.example", resolver.TypeA)
		require.NoError(t, err)
		require.Equal(t, resolver.Answer{Status: resolver.NXDomain, Problem: "EDE 15 (Blocked): by policy"}, a)
	})
	t.Run("upper bits of the rcode", func(t *testing.T) {
		s := serve(t, answering(func(q query) []byte {
			return q.respond(ok|servFail, nil, nil, []record{{"", optType, 1 << 24, nil}})
		}))
		a, _ := lookup(t, client(s), "a.example", resolver.TypeA)
		require.Equal(t, resolver.Failed, a.Status)
		require.Contains(t, a.Problem, "rcode 18")
	})
}
