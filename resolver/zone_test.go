package resolver_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
)

const world = `
	; A comment, and indentation as in any raw string.
	example.org            TXT    "v=spf1 include:_spf.example.net -all"
	example.org       60   IN MX  10 mx.example.org
	mx.example.org         A      192.0.2.1
	                   90  A      192.0.2.2
	                       AAAA   2001:db8::1
	a.b.c.example.org      A      192.0.2.3
	www.example.org        CNAME  Hop.example.org.
	hop.example.org    30  CNAME  mx.example.org
	loop.example.org       CNAME  loop2.example.org
	loop2.example.org      CNAME  loop.example.org
	dangling.example.org   CNAME  nowhere.example.org
	*.wild.example.org     TXT    'it''s "wild"; really'
	*.alias.example.org    CNAME  mx.example.org
	deep.x.wild.example.org A     192.0.2.4
	null.example.org       MX     0 .

	$ORIGIN Signed.Example
	$TTL 1h
	@          SOA  ns hostmaster ( 1 3600 600
	                86400 120 )  ; the negative TTL is 120
	           NS   ns
	ns         A    192.0.2.53
	@          !secure
	alias      CNAME mx.example.org.
	bogus      !servfail ede=6 "signature expired"
	slow  A    !timeout
	gone   7   !nxdomain
`

func TestZoneAnswers(t *testing.T) {
	z := resolver.MustZone(world)
	mx := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")}
	tests := []struct {
		name string
		q    string
		typ  resolver.Type
		want resolver.Answer
	}{
		{"text", "EXAMPLE.org.", resolver.TypeTXT, resolver.Answer{Status: resolver.Success, TTL: 300, TXT: []resolver.Text{{"v=spf1 include:_spf.example.net -all"}}}},
		{"mx", "example.org", resolver.TypeMX, resolver.Answer{Status: resolver.Success, TTL: 60, MX: []resolver.MXHost{{Host: "mx.example.org", Pref: 10}}}},
		{"lowest TTL of the set", "mx.example.org", resolver.TypeA, resolver.Answer{Status: resolver.Success, TTL: 90, Addrs: mx}},
		{"nodata", "example.org", resolver.TypeA, resolver.Answer{Status: resolver.NoData, TTL: 60}},
		{"nxdomain", "no.example.org", resolver.TypeA, resolver.Answer{Status: resolver.NXDomain, TTL: 60}},
		{"outside", "example.com", resolver.TypeA, resolver.Answer{Status: resolver.NXDomain, TTL: 60}},
		{"empty non-terminal", "b.c.example.org", resolver.TypeA, resolver.Answer{Status: resolver.NoData, TTL: 60}},
		{"aliases", "www.example.org", resolver.TypeA, resolver.Answer{Status: resolver.Success, TTL: 30, Addrs: mx, Alias: []string{"hop.example.org", "mx.example.org"}}},
		{"alias itself", "www.example.org", resolver.TypeCNAME, resolver.Answer{Status: resolver.Success, TTL: 300, Hosts: []string{"hop.example.org"}}},
		{"alias to nodata", "hop.example.org", resolver.TypeTXT, resolver.Answer{Status: resolver.NoData, TTL: 30, Alias: []string{"mx.example.org"}}},
		{"alias to nothing", "dangling.example.org", resolver.TypeTXT, resolver.Answer{Status: resolver.NXDomain, TTL: 60, Alias: []string{"nowhere.example.org"}}},
		{"loop", "loop.example.org", resolver.TypeA, resolver.Answer{Status: resolver.Failed, Problem: "the aliases form a loop, or are more than 8"}},
		{"wildcard", "any.thing.wild.example.org", resolver.TypeTXT, resolver.Answer{Status: resolver.Success, TTL: 300, TXT: []resolver.Text{{`it''s "wild"; really`}}}},
		{"wildcard nodata", "any.wild.example.org", resolver.TypeA, resolver.Answer{Status: resolver.NoData, TTL: 60}},
		{"wildcard blocked by an empty non-terminal", "x.wild.example.org", resolver.TypeTXT, resolver.Answer{Status: resolver.NoData, TTL: 60}},
		{"wildcard blocked by the closest encloser", "y.x.wild.example.org", resolver.TypeTXT, resolver.Answer{Status: resolver.NXDomain, TTL: 60}},
		{"wildcard is not for its parent", "wild.example.org", resolver.TypeTXT, resolver.Answer{Status: resolver.NoData, TTL: 60}},
		{"wildcard alias", "q.alias.example.org", resolver.TypeAAAA, resolver.Answer{Status: resolver.Success, TTL: 300, Addrs: []netip.Addr{netip.MustParseAddr("2001:db8::1")}, Alias: []string{"mx.example.org"}}},
		{"null MX", "null.example.org", resolver.TypeMX, resolver.Answer{Status: resolver.Success, TTL: 300, MX: []resolver.MXHost{{}}}},
		{"origin and secure", "ns.signed.example", resolver.TypeA, resolver.Answer{Status: resolver.Success, TTL: 3600, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.53")}, Secure: true}},
		{"SOA", "signed.example", resolver.TypeSOA, resolver.Answer{Status: resolver.Success, TTL: 3600, Hosts: []string{"ns.signed.example"}, Secure: true}},
		{"SOA's negative TTL", "no.signed.example", resolver.TypeA, resolver.Answer{Status: resolver.NXDomain, TTL: 120, Secure: true}},
		{"secure alias to an unsigned zone", "alias.signed.example", resolver.TypeA, resolver.Answer{Status: resolver.Success, TTL: 90, Addrs: mx, Alias: []string{"mx.example.org"}}},
		{"servfail", "bogus.signed.example", resolver.TypeA, resolver.Answer{Status: resolver.ServFail, Problem: "EDE 6 (DNSSEC Bogus): signature expired"}},
		{"timeout of one type", "slow.signed.example", resolver.TypeA, resolver.Answer{Status: resolver.Timeout, Problem: "told to by a fault of the zone"}},
		{"the other types", "slow.signed.example", resolver.TypeAAAA, resolver.Answer{Status: resolver.NoData, TTL: 120, Secure: true}},
		{"nxdomain with TTL", "gone.signed.example", resolver.TypeAAAA, resolver.Answer{Status: resolver.NXDomain, TTL: 7, Secure: true}},
		{"root", ".", resolver.TypeMX, resolver.Answer{Status: resolver.NoData, TTL: 60}},
		{"no name", "a..b", resolver.TypeMX, resolver.Answer{Status: resolver.Failed, Problem: "not a domain name"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := resolver.Question{Name: tt.q, Type: tt.typ}
			a, err := z.Lookup(t.Context(), q)
			require.Equal(t, tt.want, a)
			require.Equal(t, a.Status.Definitive(), err == nil)
			got, ok := z.Get(q)
			require.True(t, ok)
			require.Equal(t, tt.want, got)
		})
	}
}
