package dnsbl_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
)

func TestHealth(t *testing.T) {
	const ok = "2.0.0.127.bl.test A 127.0.0.2\n"
	karma := must(dnsbl.Find("hostkarma.junkemailfilter.com"))[0]
	karma.Zone, karma.Kinds = "bl.test", []dnsbl.Kind{dnsbl.IPv4}
	tests := map[string]struct {
		zone    string
		list    *dnsbl.List
		status  dnsbl.HealthStatus
		reason  dnsbl.Reason
		finding mailworthy.Code
		points  int
	}{
		"ok":                       {zone: ok, status: dnsbl.HealthOK, points: 2},
		"nodata of the clean one":  {zone: ok + "1.0.0.127.bl.test TXT x", status: dnsbl.HealthOK, points: 2},
		"no test entry":            {zone: "", status: dnsbl.HealthDead, reason: dnsbl.ReasonControl, finding: dnsbl.CodeNotCheckable, points: 2},
		"parked":                   {zone: "*.bl.test A 203.0.113.9", status: dnsbl.HealthDead, reason: dnsbl.ReasonRewritten, finding: dnsbl.CodeRewritten, points: 2},
		"a filter of DNS":          {zone: "*.bl.test A 127.0.0.1", status: dnsbl.HealthDead, reason: dnsbl.ReasonBogus, finding: dnsbl.CodeBogusAnswer, points: 2},
		"everything":               {zone: "*.bl.test A 127.0.0.2", status: dnsbl.HealthDead, reason: dnsbl.ReasonWildcard, finding: dnsbl.CodeWildcard, points: 4},
		"a careless entry":         {zone: ok + "1.0.0.127.bl.test A 127.0.0.2", status: dnsbl.HealthCaveat, finding: dnsbl.CodeCaveat, points: 4},
		"policy for everything":    {zone: ok + "1.0.0.127.bl.test A 127.0.0.10\n*.bl.test A 127.0.0.10", status: dnsbl.HealthDead, reason: dnsbl.ReasonWildcard, finding: dnsbl.CodeWildcard, points: 4},
		"one of the others, too":   {zone: ok + "1.0.0.127.bl.test A 127.0.0.2\n1.2.0.192.bl.test A 127.0.0.2", status: dnsbl.HealthCaveat, finding: dnsbl.CodeCaveat, points: 4},
		"the others do not answer": {zone: ok + "1.0.0.127.bl.test A 127.0.0.2\n1.2.0.192.bl.test A 127.0.0.2\n1.113.0.203.bl.test A !servfail", status: dnsbl.HealthUnreachable, reason: dnsbl.ReasonNoControl, finding: dnsbl.CodeNotCheckable, points: 4},
		"the clean one is unknown": {zone: ok + "1.0.0.127.bl.test A !timeout", status: dnsbl.HealthUnreachable, reason: dnsbl.ReasonNoControl, finding: dnsbl.CodeNotCheckable, points: 2},
		"refused":                  {zone: "* !refused", status: dnsbl.HealthRefused, reason: dnsbl.ReasonRefused, finding: dnsbl.CodeRefused, points: 2},
		"open resolver":            {zone: "*.bl.test A 127.255.255.254", status: dnsbl.HealthRefused, reason: dnsbl.ReasonOpenResolver, finding: dnsbl.CodeOpenResolver, points: 2},
		"volume":                   {zone: "*.bl.test A 127.255.255.255", status: dnsbl.HealthRefused, reason: dnsbl.ReasonVolume, finding: dnsbl.CodeVolume, points: 2},
		"typo":                     {zone: "*.bl.test A 127.255.255.252", status: dnsbl.HealthDead, reason: dnsbl.ReasonTypo, finding: dnsbl.CodeQueryError, points: 2},
		"silent":                   {zone: "* !timeout", status: dnsbl.HealthUnreachable, reason: dnsbl.ReasonNoControl, finding: dnsbl.CodeNotCheckable, points: 2},
		"127.0.0.1 means trusted":  {zone: ok + "1.0.0.127.bl.test A 127.0.0.1", list: &karma, status: dnsbl.HealthOK, points: 2},
		"trusting is not health":   {zone: "*.bl.test A 127.0.0.1", list: &karma, status: dnsbl.HealthDead, reason: dnsbl.ReasonWildcard, finding: dnsbl.CodeWildcard, points: 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := testList("bl.test")
			l.Kinds = []dnsbl.Kind{dnsbl.IPv4}
			if tt.list != nil {
				l = *tt.list
			}
			h, err := dnsbl.Checker{Resolver: resolver.MustZone(tt.zone)}.CheckHealth(t.Context(), dnsbl.HealthRequest{Lists: []dnsbl.List{l}})
			require.NoError(t, err)
			require.Len(t, h.Lists, 1)
			require.Equal(t, tt.status, h.Lists[0].Status, "%+v", h)
			require.Equal(t, tt.reason, h.Lists[0].Reason)
			require.Len(t, h.Lists[0].Controls, tt.points)
			wellFormed(t, h.Findings)
			if tt.finding == "" {
				require.Empty(t, h.Findings)
			} else {
				require.Len(t, h.Findings, 1)
				require.Equal(t, tt.finding, h.Findings[0].Code)
				require.NotEmpty(t, h.Findings[0].Evidence)
			}
		})
	}
}

// TestHealthOfKinds is apart: a list that has lost its zone for IPv6 still lists IPv4.
func TestHealthOfKinds(t *testing.T) {
	zone := resolver.MustZone("2.0.0.127.bl.test A 127.0.0.2")
	lists := []dnsbl.List{testList("bl.test"), testList("dnsbl.sorbs.net"), must(dnsbl.Find("invaluement"))[0]}
	h, err := dnsbl.Checker{Resolver: zone}.CheckHealth(t.Context(), dnsbl.HealthRequest{Lists: lists})
	require.NoError(t, err)
	require.Equal(t, dnsbl.HealthOK, h.Lists[0].Status)
	require.Equal(t, dnsbl.HealthDead, h.Lists[1].Status)
	for _, l := range h.Lists[2:] {
		require.Equal(t, dnsbl.HealthNotAsked, l.Status)
	}
	req := dnsbl.Request{Target: victim, Lists: lists[:1], Health: h.Lists}
	res, _ := dnsbl.Evaluate(req, zone)
	require.Equal(t, dnsbl.Clean, res.Status)
	req.Target = victim6
	res, _ = dnsbl.Evaluate(req, zone)
	require.Equal(t, dnsbl.NotCheckable, res.Lists[0].Status)
	require.Empty(t, res.Lists[0].Queries, "it is not asked in vain")
}

// TestHealthThroughTheCache asks the controls once.
func TestHealthThroughTheCache(t *testing.T) {
	zone := resolver.MustZone(working("bl.test"))
	c := dnsbl.Checker{Resolver: &resolver.Cache{Next: zone}}
	for _, target := range pool(10) {
		res, err := c.Check(t.Context(), dnsbl.Request{Target: target, Lists: []dnsbl.List{testList("bl.test")}})
		require.NoError(t, err)
		require.Equal(t, dnsbl.Clean, res.Status)
	}
	require.Equal(t, 1, zone.Count("2.0.0.127.bl.test", resolver.TypeA))
	require.Len(t, zone.Queries(), 11)
}
