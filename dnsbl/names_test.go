package dnsbl_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
)

// asked returns the names that a list is asked for in the first round.
func asked(t *testing.T, target dnsbl.Target, lists ...dnsbl.List) []string {
	t.Helper()
	_, missing := dnsbl.Evaluate(dnsbl.Request{Target: target, Lists: lists}, resolver.Snapshot{})
	names := []string{}
	for _, q := range missing {
		require.Equal(t, resolver.TypeA, q.Type, "lists answer A, for IPv6 as well")
		names = append(names, q.Name)
	}
	return names
}

func TestNames(t *testing.T) {
	domain, both := bitList("d.test"), hostFirst(bitList("d.test"))[0]
	sem := must(dnsbl.Find("bl.spameatingmonkey.net"))[0]
	tests := map[string]struct {
		target dnsbl.Target
		list   dnsbl.List
		want   []string
	}{
		"IPv4":                       {dnsbl.Target{IP: netip.MustParseAddr("11.22.33.44")}, testList("bl.test"), []string{"44.33.22.11.bl.test", "2.0.0.127.bl.test"}},
		"IPv4 mapped into IPv6":      {dnsbl.Target{IP: netip.MustParseAddr("::ffff:11.22.33.44")}, testList("bl.test"), []string{"44.33.22.11.bl.test", "2.0.0.127.bl.test"}},
		"IPv6":                       {victim6, testList("bl.test"), []string{reversed6 + "bl.test", control6 + "bl.test"}},
		"IPv6 with an interface":     {dnsbl.Target{IP: victim6.IP.WithZone("eth0")}, testList("bl.test"), []string{reversed6 + "bl.test", control6 + "bl.test"}},
		"a zone for IPv6":            {victim6, sem, []string{reversed6 + "bl.ipv6.spameatingmonkey.net", control6 + "bl.ipv6.spameatingmonkey.net"}},
		"IPv4 of such a list":        {victim, sem, []string{"44.33.22.11.bl.spameatingmonkey.net", "2.0.0.127.bl.spameatingmonkey.net"}},
		"a zone in another form":     {victim, testList("BL.Test."), []string{"44.33.22.11.bl.test", "2.0.0.127.bl.test"}},
		"host of a domain list":      {dnsbl.Target{Domain: "Mail.EXAMPLE.co.uk."}, domain, []string{"example.co.uk.d.test", "test.d.test"}},
		"host first":                 {dnsbl.Target{Domain: "mail.example.co.uk"}, both, []string{"example.co.uk.d.test", "mail.example.co.uk.d.test", "test.d.test"}},
		"one name, one question":     {dnsbl.Target{Domain: "example.co.uk"}, both, []string{"example.co.uk.d.test", "test.d.test"}},
		"U-labels":                   {dnsbl.Target{Domain: "www.Bücher.example"}, domain, []string{"xn--bcher-kva.example.d.test", "test.d.test"}},
		"the list's own controls":    {dnsbl.Target{Domain: "example.org"}, must(dnsbl.Find("dbl.spamhaus.org"))[0], []string{"example.org.dbl.spamhaus.org", "dbltest.com.dbl.spamhaus.org"}},
		"addresses of a domain list": {victim, domain, []string{}},
		"domains of an address list": {dnsbl.Target{Domain: "example.org"}, testList("bl.test"), []string{}},
		"a public suffix":            {dnsbl.Target{Domain: "co.uk"}, domain, []string{}},
		"a single label":             {dnsbl.Target{Domain: "localhost"}, domain, []string{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { require.Equal(t, tt.want, asked(t, tt.target, tt.list)) })
	}
}

// TestOneQuestionPerName has two lists with the same zone, and a target that is a control.
func TestOneQuestionPerName(t *testing.T) {
	l := bitList("d.test")
	l.Listed = []string{"example.org"}
	names := asked(t, dnsbl.Target{Domain: "example.org"}, l, l)
	require.Equal(t, []string{"example.org.d.test"}, names)
}

// TestSpecialAddresses are never asked, and are not clean either.
func TestSpecialAddresses(t *testing.T) {
	for _, ip := range []string{
		"0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.2", "169.254.1.1", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1",
		"192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "255.255.255.255", "::ffff:10.0.0.1",
		"::", "::1", "2001:db8::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "3fff::1", "64:ff9b::a00:1", "::2", "4000::1",
	} {
		t.Run(ip, func(t *testing.T) {
			zone := resolver.MustZone("").Strict(t)
			res, err := dnsbl.Checker{Resolver: zone}.Check(t.Context(), dnsbl.Request{Target: dnsbl.Target{IP: netip.MustParseAddr(ip)}})
			require.NoError(t, err)
			require.Equal(t, dnsbl.NotApplicable, res.Status)
			require.True(t, res.Findings.Has(dnsbl.CodeNotApplicable))
			wellFormed(t, res.Findings)
			require.Empty(t, zone.Queries())
		})
	}
	for _, ip := range []string{"11.1.2.3", "100.128.0.1", "172.32.0.1", "192.88.99.1", "198.20.0.1", "223.255.255.255", "2600::1", "64:ff9b::b00:1"} {
		require.NotEmpty(t, asked(t, dnsbl.Target{IP: netip.MustParseAddr(ip)}, testList("bl.test")), ip)
	}
}

func TestBadTargets(t *testing.T) {
	for _, target := range []dnsbl.Target{
		{},
		{IP: victim.IP, Domain: "example.org"},
		{Domain: "."},
		{Domain: "a..b"},
		{Domain: "192.0.2.1"},
		{Domain: "[192.0.2.1]"},
		{Domain: "2001:db8::1"},
		{Domain: "user@example.org"},
		{Domain: "https://example.org/"},
		{Domain: `a\.b.example.org`},
		{Domain: "a b.example.org"},
		{Domain: "x\x1b[2J.org"},
	} {
		res, err := dnsbl.Checker{Resolver: resolver.MustZone("").Strict(t)}.Check(t.Context(), dnsbl.Request{Target: target})
		require.ErrorIs(t, err, dnsbl.ErrTarget, "%+v", target)
		require.Empty(t, res.Status)
		require.True(t, res.Findings.Has(dnsbl.CodeBadTarget))
		wellFormed(t, res.Findings)
	}
}

// TestHostAndDomain combines the answers for the two names of a domain.
func TestHostAndDomain(t *testing.T) {
	const host, org = "mail.example.org.d.test ", "example.org.d.test "
	for name, tt := range map[string]struct {
		zone string
		want dnsbl.Status
		ttl  uint32
	}{
		"the host alone":      {host + "60 A 127.0.0.2\n" + org + "90 TXT x", dnsbl.Listed, 60},
		"the domain alone":    {org + "A 127.0.0.2", dnsbl.Listed, 60},
		"both":                {host + "A 127.0.0.16\n" + org + "A 127.0.0.2", dnsbl.Listed, 300},
		"one is not known":    {host + "A !servfail", dnsbl.Unknown, 0},
		"listed, one refused": {host + "A !refused\n" + org + "A 127.0.0.2", dnsbl.Listed, 0},
		"info, one unknown":   {host + "A !timeout\n" + org + "A 127.0.0.4", dnsbl.Unknown, 0},
		"neither":             {"", dnsbl.NotListed, 300},
	} {
		t.Run(name, func(t *testing.T) {
			res := check(t, "test.d.test A 127.0.0.2\n"+tt.zone, dnsbl.Request{
				Target: dnsbl.Target{Domain: "mail.example.org", Role: dnsbl.RoleHELO}, Lists: hostFirst(bitList("d.test")),
			})
			require.Equal(t, tt.want, res.Lists[0].Status)
			require.Equal(t, dnsbl.RoleHELO, res.Target.Role)
			require.Len(t, res.Lists[0].Queries, 2)
			if tt.want == dnsbl.Listed {
				require.Equal(t, tt.ttl, res.Lists[0].TTL)
			}
		})
	}
}

// TestKindless is a list whose kinds somebody forgot, or misspelt: it is not passed over
// in silence, which would leave the target clean.
func TestKindless(t *testing.T) {
	for _, kinds := range [][]dnsbl.Kind{nil, {""}, {"IPv4"}, {dnsbl.IPv6, "v4"}} {
		l := testList("bl.test")
		l.Kinds = kinds
		require.Error(t, l.Validate())
		res := check(t, working("other.test"), dnsbl.Request{Target: victim, Lists: []dnsbl.List{l, testList("other.test")}})
		require.Equal(t, 1, res.Counts.NotAsked)
		require.Equal(t, dnsbl.ReasonInvalid, res.Lists[0].Reason)
		require.True(t, res.Findings.Has(dnsbl.CodeBadList))
		h, missing := dnsbl.EvaluateHealth(dnsbl.HealthRequest{Lists: []dnsbl.List{l}}, resolver.Snapshot{})
		require.Empty(t, missing)
		require.Equal(t, []dnsbl.ListHealth{{Zone: "bl.test", Status: dnsbl.HealthNotAsked, Reason: dnsbl.ReasonInvalid}}, h.Lists)
		require.True(t, h.Findings.Has(dnsbl.CodeBadList))
	}
}
