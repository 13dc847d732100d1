package smtpprobe_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// goodHost is a host that there is nothing to say about.
const goodHost = "mx.example.net A 192.88.99.1\nmx.example.net AAAA 2a02:25::1\n"

type routeCase struct {
	domain string // when it is not example.org
	zone   string
	status smtpprobe.RouteStatus
	hosts  []smtpprobe.HostStatus
	codes  []mailworthy.Code
	remedy string // part of the first finding's
}

func routeCases() map[string]routeCase {
	const mx = "example.org MX 10 mx.example.net\n"
	usable := []smtpprobe.HostStatus{smtpprobe.HostUsable}
	hosts := func(s ...smtpprobe.HostStatus) []smtpprobe.HostStatus { return s }
	codes := func(c ...mailworthy.Code) []mailworthy.Code { return c }
	many := ""
	for i := range 1000 {
		many += fmt.Sprintf("example.org MX %d h%03d.example.net\n", i, i)
	}
	return map[string]routeCase{
		"good":               {zone: mx + goodHost, status: smtpprobe.RouteDeliverable, hosts: usable},
		"upper case":         {domain: "EXAMPLE.org.", zone: mx + goodHost, status: smtpprobe.RouteDeliverable, hosts: usable},
		"alias":              {zone: "example.org CNAME x.test\nx.test MX 1 mx.example.net\n" + goodHost, status: smtpprobe.RouteDeliverable, hosts: usable},
		"own host":           {zone: "example.org MX 1 example.org\nexample.org A 192.88.99.1\nexample.org AAAA 2a02:25::1", status: smtpprobe.RouteDeliverable, hosts: usable},
		"no domain":          {zone: "other.test A 192.0.2.1", status: smtpprobe.RouteNoDomain, codes: codes(smtpprobe.CodeNoDomain), remedy: "spelling"},
		"dangling alias":     {zone: "example.org CNAME gone.test", status: smtpprobe.RouteNoDomain, codes: codes(smtpprobe.CodeNoDomain)},
		"MX failed":          {zone: "example.org MX !servfail", status: smtpprobe.RouteUnknown, codes: codes(smtpprobe.CodeRouteDNSFailure), remedy: "later"},
		"implicit":           {zone: "example.org A 192.88.99.1\nexample.org AAAA 2a02:25::1", status: smtpprobe.RouteDeliverable, hosts: usable, codes: codes(smtpprobe.CodeImplicitMX), remedy: `"example.org. IN MX 10 example.org."`},
		"implicit, private":  {zone: "example.org A 10.0.0.1", status: smtpprobe.RouteNone, hosts: hosts(smtpprobe.HostNotPublic), codes: codes(smtpprobe.CodeMXNotPublic, smtpprobe.CodeNoRoute)},
		"nothing":            {zone: "example.org TXT x", status: smtpprobe.RouteNone, hosts: hosts(smtpprobe.HostNoAddress), codes: codes(smtpprobe.CodeNoRoute), remedy: `"example.org. IN MX 0 ."`},
		"nothing known":      {zone: "example.org TXT x\nexample.org A !timeout", status: smtpprobe.RouteUnknown, hosts: hosts(smtpprobe.HostUnknown), codes: codes(smtpprobe.CodeRouteDNSFailure)},
		"null":               {zone: "example.org MX 0 .", status: smtpprobe.RouteNullMX, codes: codes(smtpprobe.CodeNullMX)},
		"null, preference":   {zone: "example.org MX 10 .", status: smtpprobe.RouteNullMX, codes: codes(smtpprobe.CodeNullMX, smtpprobe.CodeNullMXPreference)},
		"null twice":         {zone: "example.org MX 0 .\nexample.org MX 10 .", status: smtpprobe.RouteNullMX, codes: codes(smtpprobe.CodeNullMX, smtpprobe.CodeNullMXPreference)},
		"null and others":    {zone: "example.org MX 0 .\n" + mx + goodHost, status: smtpprobe.RouteDeliverable, hosts: usable, codes: codes(smtpprobe.CodeNullMXOthers), remedy: "delete the null MX"},
		"alias of MX":        {zone: mx + "mx.example.net CNAME m.test\nm.test A 192.88.99.1\nm.test AAAA 2a02:25::1", status: smtpprobe.RouteDeliverable, hosts: usable, codes: codes(smtpprobe.CodeMXAlias), remedy: `"example.org. IN MX 10 m.test."`},
		"MX alias of gone":   {zone: mx + "mx.example.net CNAME gone.test", status: smtpprobe.RouteNone, hosts: hosts(smtpprobe.HostNoAddress), codes: codes(smtpprobe.CodeMXAlias, smtpprobe.CodeMXNoAddress, smtpprobe.CodeNoRoute)},
		"address":            {zone: "example.org MX 1 192.88.99.1\n192.88.99.1 A 192.88.99.1", status: smtpprobe.RouteNone, hosts: hosts(smtpprobe.HostNoName), codes: codes(smtpprobe.CodeMXAddress, smtpprobe.CodeNoRoute), remedy: "name"},
		"address, brackets":  {zone: "example.org MX 1 [192.88.99.1]", status: smtpprobe.RouteNone, hosts: hosts(smtpprobe.HostNoName), codes: codes(smtpprobe.CodeMXAddress, smtpprobe.CodeNoRoute)},
		"address of IPv6":    {zone: "example.org MX 1 2a02:25::1", status: smtpprobe.RouteNone, hosts: hosts(smtpprobe.HostNoName), codes: codes(smtpprobe.CodeMXAddress, smtpprobe.CodeNoRoute)},
		"localhost":          {zone: "example.org MX 1 localhost", status: smtpprobe.RouteNone, hosts: hosts(smtpprobe.HostNotPublic), codes: codes(smtpprobe.CodeMXLocalhost, smtpprobe.CodeNoRoute), remedy: `"example.org. IN MX 0 ."`},
		"below localhost":    {zone: "example.org MX 1 mx.localhost", status: smtpprobe.RouteNone, hosts: hosts(smtpprobe.HostNotPublic), codes: codes(smtpprobe.CodeMXLocalhost, smtpprobe.CodeNoRoute)},
		"single label":       {zone: "example.org MX 1 mail", status: smtpprobe.RouteNone, hosts: hosts(smtpprobe.HostNoAddress), codes: codes(smtpprobe.CodeMXSingleLabel, smtpprobe.CodeMXNoAddress, smtpprobe.CodeNoRoute), remedy: "mail.example.org"},
		"bad name":           {zone: "example.org MX 1 m_x.example.net\nm_x.example.net A 192.88.99.1\nm_x.example.net AAAA 2a02:25::1", status: smtpprobe.RouteDeliverable, hosts: usable, codes: codes(smtpprobe.CodeMXBadName)},
		"no address":         {zone: mx + "other.test A 192.0.2.1", status: smtpprobe.RouteNone, hosts: hosts(smtpprobe.HostNoAddress), codes: codes(smtpprobe.CodeMXNoAddress, smtpprobe.CodeNoRoute)},
		"no address, unsure": {zone: mx + "mx.example.net AAAA !servfail", status: smtpprobe.RouteUnknown, hosts: hosts(smtpprobe.HostUnknown), codes: codes(smtpprobe.CodeRouteDNSFailure)},
		"private":            {zone: mx + "mx.example.net A 192.168.0.1", status: smtpprobe.RouteNone, hosts: hosts(smtpprobe.HostNotPublic), codes: codes(smtpprobe.CodeMXNotPublic, smtpprobe.CodeNoRoute)},
		"metadata":           {zone: mx + "mx.example.net A 169.254.169.254", status: smtpprobe.RouteNone, hosts: hosts(smtpprobe.HostNotPublic), codes: codes(smtpprobe.CodeMXNotPublic, smtpprobe.CodeNoRoute)},
		"loopback":           {zone: mx + "mx.example.net AAAA ::1", status: smtpprobe.RouteNone, hosts: hosts(smtpprobe.HostNotPublic), codes: codes(smtpprobe.CodeMXNotPublic, smtpprobe.CodeNoRoute)},
		"mapped":             {zone: mx + "mx.example.net AAAA ::ffff:127.0.0.1", status: smtpprobe.RouteNone, hosts: hosts(smtpprobe.HostNotPublic), codes: codes(smtpprobe.CodeMXNotPublic, smtpprobe.CodeNoRoute)},
		"CGNAT":              {zone: mx + "mx.example.net A 100.64.0.1", status: smtpprobe.RouteNone, hosts: hosts(smtpprobe.HostNotPublic), codes: codes(smtpprobe.CodeMXNotPublic, smtpprobe.CodeNoRoute)},
		"private, unsure":    {zone: mx + "mx.example.net A 10.0.0.1\nmx.example.net AAAA !timeout", status: smtpprobe.RouteUnknown, hosts: hosts(smtpprobe.HostUnknown), codes: codes(smtpprobe.CodeRouteDNSFailure, smtpprobe.CodeMXNotPublic)},
		"private and public": {zone: mx + goodHost + "mx.example.net A 10.0.0.1", status: smtpprobe.RouteDeliverable, hosts: usable, codes: codes(smtpprobe.CodeMXNotPublic)},
		"one host is bad": {
			zone: mx + goodHost + "example.org MX 5 gone.test", status: smtpprobe.RouteDeliverable,
			hosts: hosts(smtpprobe.HostNoAddress, smtpprobe.HostUsable), codes: codes(smtpprobe.CodeMXNoAddress),
		},
		"one host is unknown": {
			zone: mx + "example.org MX 5 gone.test\nmx.example.net A !servfail", status: smtpprobe.RouteUnknown,
			hosts: hosts(smtpprobe.HostNoAddress, smtpprobe.HostUnknown), codes: codes(smtpprobe.CodeMXNoAddress, smtpprobe.CodeRouteDNSFailure),
		},
		"duplicate": {zone: mx + "example.org MX 20 mx.example.net\n" + goodHost, status: smtpprobe.RouteDeliverable, hosts: usable, codes: codes(smtpprobe.CodeMXDuplicate)},
		"no IPv6":   {zone: mx + "mx.example.net A 192.88.99.1", status: smtpprobe.RouteDeliverable, hosts: usable, codes: codes(smtpprobe.CodeMXNoIPv6)},
		"no IPv4":   {zone: mx + "mx.example.net AAAA 2a02:25::1", status: smtpprobe.RouteDeliverable, hosts: usable, codes: codes(smtpprobe.CodeMXNoIPv4)},
		"too many, first unusable": {
			zone: many, status: smtpprobe.RouteUnknown, // Host 999 may be usable.
			hosts: slicesRepeat(smtpprobe.HostNoAddress, smtpprobe.MaxRouteHosts),
			codes: append(codes(smtpprobe.CodeMXTooMany), slicesRepeat(smtpprobe.CodeMXNoAddress, smtpprobe.MaxRouteHosts)...),
		},
		"too many": {
			zone: many + "h000.example.net A 192.88.99.1\nh000.example.net AAAA 2a02:25::1", status: smtpprobe.RouteDeliverable,
			hosts: append(usable, slicesRepeat(smtpprobe.HostNoAddress, smtpprobe.MaxRouteHosts-1)...),
			codes: append(codes(smtpprobe.CodeMXTooMany), slicesRepeat(smtpprobe.CodeMXNoAddress, smtpprobe.MaxRouteHosts-1)...),
		},
		"empty":           {domain: "a..b", status: smtpprobe.RouteInvalid, codes: codes(smtpprobe.CodeBadDomain)},
		"no name":         {domain: "\x1b[31m" + strings.Repeat("ü", 300), status: smtpprobe.RouteInvalid, codes: codes(smtpprobe.CodeBadDomain)},
		"root":            {domain: ".", status: smtpprobe.RouteInvalid, codes: codes(smtpprobe.CodeBadDomain)},
		"domain address":  {domain: "192.88.99.1", status: smtpprobe.RouteInvalid, codes: codes(smtpprobe.CodeBadDomain)},
		"whole address":   {domain: "joe@example.org", status: smtpprobe.RouteInvalid, codes: codes(smtpprobe.CodeBadDomain)},
		"address literal": {domain: "[IPv6:2a02:25::1]", status: smtpprobe.RouteInvalid, codes: codes(smtpprobe.CodeBadDomain)},
		"nothing at all":  {domain: "", status: smtpprobe.RouteInvalid, codes: codes(smtpprobe.CodeBadDomain)},
	}
}

func slicesRepeat[T any](x T, n int) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = x
	}
	return out
}

func TestRoute(t *testing.T) {
	for name, tc := range routeCases() {
		t.Run(name, func(t *testing.T) {
			zone := resolver.MustZone(tc.zone)
			domain := tc.domain
			if domain == "" && name != "nothing at all" {
				domain = "example.org"
			}
			got, err := smtpprobe.Prober{Resolver: zone}.CheckRoute(t.Context(), domain)
			require.NoError(t, err)
			require.Equal(t, tc.status, got.Status)
			var hosts []smtpprobe.HostStatus
			for _, h := range got.Hosts {
				hosts = append(hosts, h.Status)
			}
			require.Equal(t, tc.hosts, hosts)
			require.Equal(t, tc.codes, codesOf(got.Findings))
			complete(t, got.Findings)
			if tc.remedy != "" {
				require.Contains(t, got.Findings[0].Remedy, tc.remedy)
			}
			for _, f := range got.Findings {
				require.Equal(t, f.Code == smtpprobe.CodeRouteDNSFailure, f.Temporary)
			}
			require.LessOrEqual(t, len(zone.Queries()), 1+2*smtpprobe.MaxRouteHosts)

			// The same from stored observations.
			rec := resolver.Record(zone)
			_, err = smtpprobe.Prober{Resolver: rec}.CheckRoute(t.Context(), domain)
			require.NoError(t, err)
			stored, err := json.Marshal(rec.Snapshot())
			require.NoError(t, err)
			var view resolver.Snapshot
			require.NoError(t, json.Unmarshal(stored, &view))
			again, missing := smtpprobe.EvaluateRoute(domain, view)
			require.Empty(t, missing)
			require.Equal(t, got, again)

			text, err := json.Marshal(got)
			require.NoError(t, err)
			var back smtpprobe.Route
			require.NoError(t, json.Unmarshal(text, &back))
			require.Equal(t, got, back)
		})
	}
}

// TestRouteOrder compares a whole route.
func TestRouteOrder(t *testing.T) {
	zone := resolver.MustZone(`
		example.org 300 MX 20 c.test
		example.org 300 MX 10 b.test
		example.org 300 MX 10 a.test
		example.org 300 MX 30 b.test
		a.test A 192.88.99.2
		a.test A 192.88.99.1
		a.test A 10.0.0.1
		a.test AAAA 2a02:25::2
		b.test CNAME d.test
		d.test AAAA 2a02:25::3
	`)
	got, err := smtpprobe.Prober{Resolver: zone}.CheckRoute(t.Context(), "example.org")
	require.NoError(t, err)
	addrs := func(list ...string) []netip.Addr {
		out := []netip.Addr{}
		for _, s := range list {
			out = append(out, netip.MustParseAddr(s))
		}
		return out
	}
	findings := got.Findings
	got.Findings = nil
	require.Equal(t, smtpprobe.Route{
		Domain: "example.org", Status: smtpprobe.RouteDeliverable, Records: 4, DNS: resolver.Success, TTL: 300,
		Hosts: []smtpprobe.RouteHost{
			{
				Name: "a.test", Pref: 10, Status: smtpprobe.HostUsable, IPv4: resolver.Success, IPv6: resolver.Success,
				Addrs: addrs("192.88.99.1", "192.88.99.2", "10.0.0.1", "2a02:25::2"), NotPublic: addrs("10.0.0.1"),
			},
			{
				Name: "b.test", Pref: 10, Status: smtpprobe.HostUsable, IPv4: resolver.NoData, IPv6: resolver.Success,
				Addrs: addrs("2a02:25::3"), Alias: []string{"d.test"},
			},
			{Name: "c.test", Pref: 20, Status: smtpprobe.HostNoAddress, IPv4: resolver.NXDomain, IPv6: resolver.NXDomain, Addrs: addrs()},
		},
	}, got)
	require.Equal(t, []mailworthy.Code{
		smtpprobe.CodeMXDuplicate, smtpprobe.CodeMXNotPublic, smtpprobe.CodeMXAlias, smtpprobe.CodeMXNoAddress,
	}, codesOf(findings))
	require.Equal(t, []string{"a.test A 10.0.0.1"}, findings[1].Evidence)
	require.Equal(t, "RFC 1918 section 3", findings[1].Ref)
}

// TestRouteSecure is for what DNSSEC proves.
func TestRouteSecure(t *testing.T) {
	q := resolver.Q
	ip4, ip6 := netip.MustParseAddr("192.88.99.1"), netip.MustParseAddr("2a02:25::1")
	view := answers{
		q("example.org", resolver.TypeMX): {Status: resolver.Success, Secure: true, MX: []resolver.MXHost{{Host: "a.test"}, {Host: "b.test"}}},
		q("a.test", resolver.TypeA):       {Status: resolver.Success, Secure: true, Addrs: []netip.Addr{ip4}},
		q("a.test", resolver.TypeAAAA):    {Status: resolver.NoData},
		q("b.test", resolver.TypeA):       {Status: resolver.Success, Secure: true, Addrs: []netip.Addr{ip4}},
		q("b.test", resolver.TypeAAAA):    {Status: resolver.Success, Addrs: []netip.Addr{ip6}},
	}
	got, missing := smtpprobe.EvaluateRoute("example.org", view)
	require.Empty(t, missing)
	require.True(t, got.Secure)
	require.True(t, got.Hosts[0].Secure)
	require.False(t, got.Hosts[1].Secure)
}

// TestRouteEmptySuccess is for a resolver that says success and has nothing.
func TestRouteEmptySuccess(t *testing.T) {
	got, missing := smtpprobe.EvaluateRoute("example.org", allView{resolver.TypeMX: {Status: resolver.Success}})
	require.Empty(t, missing)
	require.Equal(t, smtpprobe.RouteUnknown, got.Status)
	got, _ = smtpprobe.EvaluateRoute("example.org", allView{
		resolver.TypeMX: {Status: resolver.NoData}, resolver.TypeA: {Status: resolver.Success}, resolver.TypeAAAA: {Status: resolver.NoData},
	})
	require.Equal(t, smtpprobe.RouteUnknown, got.Status)
}

// TestRouteHostileAddresses is for a host with more addresses than anybody dials.
func TestRouteHostileAddresses(t *testing.T) {
	many := resolver.Answer{Status: resolver.Success}
	for i := range 4000 {
		many.Addrs = append(many.Addrs, netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}))
	}
	many.Addrs = append(many.Addrs, netip.MustParseAddr("192.88.99.1"))
	got, _ := smtpprobe.EvaluateRoute("example.org", answers{
		resolver.Q("example.org", resolver.TypeMX): {Status: resolver.Success, MX: []resolver.MXHost{{Host: "a.test"}}},
		resolver.Q("a.test", resolver.TypeA):       many,
	})
	require.Equal(t, smtpprobe.RouteDeliverable, got.Status)
	require.Len(t, got.Hosts[0].Addrs, smtpprobe.MaxRouteAddrs)
	require.Equal(t, "192.88.99.1", got.Hosts[0].Addrs[0].String(), "the public one is not lost")
	require.Len(t, got.Findings[0].Evidence, 5)
}

// TestRouteRounds counts the rounds: the MX records, and then all addresses at once.
func TestRouteRounds(t *testing.T) {
	zone := resolver.MustZone(routeCases()["too many"].zone)
	known := resolver.Snapshot{}
	for round, want := range []int{1, 2 * smtpprobe.MaxRouteHosts, 0} {
		got, missing := smtpprobe.EvaluateRoute("example.org", known)
		require.Len(t, missing, want, "round %d", round)
		if want > 0 {
			require.Empty(t, got.Status)
			require.Empty(t, got.Findings)
		}
		for _, q := range missing {
			known[q], _ = zone.Get(q)
		}
	}
}

// TestRouteFaults fails each question in each way. No route gets better by it, and
// only what is proved otherwise is not unknown.
func TestRouteFaults(t *testing.T) {
	for name, tc := range routeCases() {
		if tc.zone == "" || strings.HasPrefix(name, "too many") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			zone := resolver.MustZone(tc.zone)
			p := smtpprobe.Prober{Resolver: zone}
			domain := tc.domain
			if domain == "" {
				domain = "example.org"
			}
			plain, err := p.CheckRoute(t.Context(), domain)
			require.NoError(t, err)
			for q := range askedOf(zone) {
				for _, status := range failures {
					p.Resolver = faulty(zone, q, status)
					got, err := p.CheckRoute(t.Context(), domain)
					require.NoError(t, err)
					complete(t, got.Findings)
					require.True(t, got.Findings.Has(smtpprobe.CodeRouteDNSFailure), "%v %s", q, status)
					if q.Type == resolver.TypeMX {
						require.Equal(t, smtpprobe.RouteUnknown, got.Status)
						require.Empty(t, got.Hosts)
						continue
					}
					// The other family, or another host, may prove that there is a route.
					if got.Status != smtpprobe.RouteUnknown {
						require.Equal(t, smtpprobe.RouteDeliverable, plain.Status, "%v %s", q, status)
						require.Equal(t, smtpprobe.RouteDeliverable, got.Status, "%v %s", q, status)
					}
					require.False(t, got.Findings.Has(smtpprobe.CodeNoRoute))
				}
			}
		})
	}
}

// FuzzEvaluateRoute checks that no names and answers harm.
func FuzzEvaluateRoute(f *testing.F) {
	f.Add("example.org", "mx.example.net", uint16(10), []byte{192, 88, 99, 1}, uint8(0))
	f.Add("example.org", "", uint16(0), []byte{}, uint8(1))
	f.Add("a", "192.0.2.1", uint16(0), []byte{10, 0, 0, 1}, uint8(2))
	statuses := append([]resolver.Status{resolver.Success, resolver.NoData, resolver.NXDomain, ""}, failures...)
	f.Fuzz(func(t *testing.T, domain, host string, pref uint16, ip []byte, pick uint8) {
		a := resolver.Answer{Status: statuses[int(pick)%len(statuses)]}
		if addr, ok := netip.AddrFromSlice(ip); ok {
			a.Addrs = []netip.Addr{addr, addr}
		}
		mx := resolver.Q(host, resolver.TypeMX).Name // in the form of a Resolver
		if _, err := smtpprobe.ParseAddress("a@" + mx); err != nil && !strings.HasPrefix(mx, "xn--") {
			mx = "m_x.test"
		}
		view := allView{
			resolver.TypeMX:   {Status: resolver.Success, MX: []resolver.MXHost{{Host: mx, Pref: pref}, {Host: "b.test", Pref: pref}}},
			resolver.TypeA:    a,
			resolver.TypeAAAA: {Status: statuses[int(pick>>4)%len(statuses)]},
		}
		got, missing := smtpprobe.EvaluateRoute(domain, view)
		require.Empty(t, missing)
		require.NotEmpty(t, got.Status)
		complete(t, got.Findings)
		again, _ := smtpprobe.EvaluateRoute(domain, view)
		require.Equal(t, got, again)
		if !a.Status.Definitive() && !view[resolver.TypeAAAA].Status.Definitive() {
			require.NotEqual(t, smtpprobe.RouteNone, got.Status)
		}
	})
}

// allView answers all questions of a type in the same way.
type allView map[resolver.Type]resolver.Answer

func (v allView) Get(q resolver.Question) (resolver.Answer, bool) { return v[q.Type], true }

func BenchmarkEvaluateRoute(b *testing.B) {
	zone := resolver.MustZone("example.org MX 10 mx.example.net\n" + goodHost)
	rec := resolver.Record(zone)
	if _, err := (smtpprobe.Prober{Resolver: rec}).CheckRoute(b.Context(), "example.org"); err != nil {
		b.Fatal(err)
	}
	view := rec.Snapshot()
	b.ReportAllocs()
	for b.Loop() {
		smtpprobe.EvaluateRoute("example.org", view)
	}
}

func TestRouteStatusDefinitive(t *testing.T) {
	require.True(t, smtpprobe.RouteNullMX.Definitive())
	require.False(t, smtpprobe.RouteUnknown.Definitive())
	require.False(t, smtpprobe.RouteStatus("").Definitive())
}
