package dnsbl_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
)

// TestStoredHealth is health that comes from a file, which may hold anything: no text of
// it reaches a finding as it is, and none makes a list good that is not.
func TestStoredHealth(t *testing.T) {
	const escape = "\x1b[2J"
	zone := resolver.MustZone(working("bl.test"))
	for _, status := range []dnsbl.HealthStatus{"", escape, dnsbl.HealthDead, dnsbl.HealthRefused, dnsbl.HealthUnreachable, dnsbl.HealthCaveat, dnsbl.HealthNotAsked} {
		for _, reason := range []dnsbl.Reason{"", escape, dnsbl.ReasonWildcard} {
			for _, controls := range [][]dnsbl.Control{nil, {{
				Query: dnsbl.Query{
					Name: escape, DNS: escape, Problem: escape, Alias: []string{escape},
					Codes: []netip.Addr{netip.MustParseAddr("fe80::1").WithZone(escape)},
				},
				Expect: escape,
			}, {Query: dnsbl.Query{Name: escape, DNS: escape, Problem: escape}}}} {
				res, missing := dnsbl.Evaluate(dnsbl.Request{
					Target: victim, Lists: []dnsbl.List{testList("bl.test")},
					Health: []dnsbl.ListHealth{{Zone: "bl.test", Kind: dnsbl.IPv4, Status: status, Reason: reason, Controls: controls}},
				}, zone)
				require.Empty(t, missing)
				wellFormed(t, res.Findings)
				l := res.Lists[0]
				if status == dnsbl.HealthDead || status == dnsbl.HealthRefused || status == dnsbl.HealthUnreachable {
					require.NotEqual(t, dnsbl.Clean, res.Status)
					require.NotEmpty(t, l.Reason, "%+v", l)
				} else {
					require.Equal(t, dnsbl.Clean, res.Status, "%q %q", status, reason)
				}
			}
		}
	}
}

// TestControlPoints are a user's: in any case, or nothing that can be asked.
func TestControlPoints(t *testing.T) {
	l := bitList("bl.test")
	l.Listed, l.Clean = []string{"TEST.Example.ORG."}, []string{"Invalid."}
	require.NoError(t, l.Validate())
	rec := resolver.Record(resolver.MustZone("test.example.org.bl.test A 127.0.0.2\nexample.net.bl.test A 127.0.0.2"))
	req := dnsbl.Request{Target: dnsbl.Target{Domain: "example.net"}, Lists: []dnsbl.List{l}}
	live, err := dnsbl.Checker{Resolver: rec}.Check(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, dnsbl.Listed, live.Status)
	require.Empty(t, live.Lists[0].Caveat, "the control is found")
	res, missing := dnsbl.Evaluate(req, rec.Snapshot())
	require.Empty(t, missing)
	require.Equal(t, live, res)

	for _, bad := range []string{"", ".", "\x1b[2J", "a..b", `a\.b`, "[127.0.0.2]", "http://example.org/"} {
		l.Listed, l.Clean = []string{bad}, []string{bad}
		require.Error(t, l.Validate(), "%q", bad)
		require.NotContains(t, l.Validate().Error(), "\x1b")
		req.Lists = []dnsbl.List{l}
		res := check(t, "test.bl.test A 127.0.0.2", req)
		require.Equal(t, dnsbl.Clean, res.Status, "%q: the usual control is asked instead", bad)
	}
}
