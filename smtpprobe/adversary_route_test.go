package smtpprobe_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

var (
	advFailures = []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed}
	advPublic   = []netip.Addr{
		netip.MustParseAddr("1.1.1.1"), netip.MustParseAddr("8.8.8.8"),
		netip.MustParseAddr("2606:4700::1"), netip.MustParseAddr("2a00:1450::1"),
	}
	advPrivate = []netip.Addr{
		netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("169.254.169.254"),
		netip.MustParseAddr("100.64.0.1"), netip.MustParseAddr("0.0.0.0"), netip.MustParseAddr("255.255.255.255"),
		netip.MustParseAddr("192.168.1.1"), netip.MustParseAddr("172.16.0.1"), netip.MustParseAddr("224.0.0.1"),
		netip.MustParseAddr("::1"), netip.MustParseAddr("fe80::1"), netip.MustParseAddr("::ffff:127.0.0.1"),
		netip.MustParseAddr("64:ff9b::7f00:1"), netip.MustParseAddr("fc00::1"), netip.MustParseAddr("ff02::1"),
	}
)

// advAddresses makes an answer for addresses of a family at random.
func advAddresses(rng *rand.Rand, v6 bool) resolver.Answer {
	of := func(from []netip.Addr) netip.Addr {
		for {
			if a := from[rng.IntN(len(from))]; a.Is4() != v6 {
				return a
			}
		}
	}
	switch rng.IntN(6) {
	case 0:
		return resolver.Answer{Status: advFailures[rng.IntN(len(advFailures))]}
	case 1, 2:
		return resolver.Answer{Status: resolver.NoData}
	case 3:
		return resolver.Answer{Status: resolver.NXDomain}
	}
	a := resolver.Answer{Status: resolver.Success}
	for range 1 + rng.IntN(3) {
		from := advPrivate
		if rng.IntN(3) == 0 {
			from = advPublic
		}
		if ip := of(from); !slices.Contains(a.Addrs, ip) {
			a.Addrs = append(a.Addrs, ip)
		}
	}
	return a
}

// advHost is what a naive reader of RFC 5321 section 5.1 makes of a host's two answers.
func advHost(v resolver.Snapshot, name string) smtpprobe.HostStatus {
	failed, private := false, false
	for _, t := range []resolver.Type{resolver.TypeA, resolver.TypeAAAA} {
		a, ok := v[resolver.Q(name, t)]
		if !ok {
			return smtpprobe.HostNoName
		}
		failed = failed || !a.Status.Definitive()
		for _, ip := range a.Addrs {
			if slices.Contains(advPublic, ip) {
				return smtpprobe.HostUsable
			}
			private = true
		}
	}
	switch {
	case failed:
		return smtpprobe.HostUnknown
	case private:
		return smtpprobe.HostNotPublic
	}
	return smtpprobe.HostNoAddress
}

func advRoute(v resolver.Snapshot, domain string) []smtpprobe.RouteStatus {
	one := func(s ...smtpprobe.RouteStatus) []smtpprobe.RouteStatus { return s }
	mx := v[resolver.Q(domain, resolver.TypeMX)]
	var names []string
	null := false
	switch mx.Status {
	case resolver.NXDomain:
		return one(smtpprobe.RouteNoDomain)
	case resolver.NoData:
		names = []string{domain}
	case resolver.Success:
		for _, m := range mx.MX {
			null = null || m.Host == ""
			if m.Host != "" && !slices.Contains(names, m.Host) {
				names = append(names, m.Host)
			}
		}
		if len(names) == 0 {
			return one(smtpprobe.RouteNullMX)
		}
	default:
		return one(smtpprobe.RouteUnknown)
	}
	unknown := false
	for _, n := range names {
		switch advHost(v, n) {
		case smtpprobe.HostUsable:
			return one(smtpprobe.RouteDeliverable)
		case smtpprobe.HostUnknown:
			unknown = true
		}
	}
	switch {
	case unknown:
		return one(smtpprobe.RouteUnknown)
	case null: // it takes no mail, whichever way it is read (RFC 7505 section 3)
		return one(smtpprobe.RouteNone, smtpprobe.RouteNullMX)
	case mx.Status == resolver.NoData: // an address that does not exist, of a name that does
		return one(smtpprobe.RouteNone, smtpprobe.RouteNoDomain)
	}
	return one(smtpprobe.RouteNone)
}

func advWorld(rng *rand.Rand) resolver.Snapshot {
	const domain = "d.example"
	v := resolver.Snapshot{}
	names := []string{"", "192.0.2.1", domain, "h1.example", "h2.example", "h3.example", "h4.example"}
	for _, n := range names[2:] {
		v[resolver.Q(n, resolver.TypeA)] = advAddresses(rng, false)
		v[resolver.Q(n, resolver.TypeAAAA)] = advAddresses(rng, true)
	}
	mx := resolver.Answer{Status: resolver.Success}
	switch rng.IntN(8) {
	case 0:
		mx.Status = advFailures[rng.IntN(len(advFailures))]
	case 1:
		mx.Status = resolver.NXDomain
	case 2, 3:
		mx.Status = resolver.NoData
	default:
		for range 1 + rng.IntN(4) {
			mx.MX = append(mx.MX, resolver.MXHost{Host: names[rng.IntN(len(names))], Pref: uint16(rng.IntN(3))}) //nolint:gosec // small
		}
	}
	v[resolver.Q(domain, resolver.TypeMX)] = mx
	return v
}

func TestAdversaryRouteReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // a test
	count := map[smtpprobe.RouteStatus]int{}
	for i := range 20000 {
		v := advWorld(rng)
		r, missing := smtpprobe.EvaluateRoute("d.example", v)
		require.Empty(t, missing, "%d: %v", i, v)
		require.Contains(t, advRoute(v, "d.example"), r.Status, "%d:\n%v", i, v)
		count[r.Status]++
		seen := map[string]bool{}
		for j, h := range r.Hosts {
			require.False(t, seen[h.Name], "each host is there once")
			seen[h.Name] = true
			want := advHost(v, h.Name)
			require.Equal(t, want, h.Status, "%d: %s\n%v", i, h.Name, v)
			if j > 0 {
				require.GreaterOrEqual(t, h.Pref, r.Hosts[j-1].Pref)
			}
			public := slices.DeleteFunc(slices.Clone(h.Addrs), func(a netip.Addr) bool { return slices.Contains(h.NotPublic, a) })
			for _, a := range public {
				require.Contains(t, advPublic, a)
			}
		}
	}
	for _, s := range []smtpprobe.RouteStatus{
		smtpprobe.RouteDeliverable, smtpprobe.RouteNullMX, smtpprobe.RouteNone, smtpprobe.RouteNoDomain, smtpprobe.RouteUnknown,
	} {
		require.Greater(t, count[s], 100, s)
	}
}

// No answer that is taken away makes a route certain: what a world with failures says
// holds in every world that the failures might have been.
func TestAdversaryRouteFailureIsNoEvidence(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6)) //nolint:gosec // a test
	for i := range 5000 {
		v := advWorld(rng)
		for q := range v {
			whole := v[q]
			if !whole.Status.Definitive() {
				continue
			}
			truth, _ := smtpprobe.EvaluateRoute("d.example", v)
			v[q] = resolver.Answer{Status: advFailures[rng.IntN(len(advFailures))]}
			blind, _ := smtpprobe.EvaluateRoute("d.example", v)
			if blind.Status != smtpprobe.RouteUnknown {
				require.Equal(t, truth.Status, blind.Status, "%d: %v failed\n%v", i, q, v)
			}
			v[q] = whole
		}
	}
}

// RFC 7505 rule by rule.
func TestAdversaryNullMX(t *testing.T) {
	const address = "\nexample.org A 8.8.8.8\nmx.example.org A 8.8.4.4\nmx.example.org AAAA 2606:4700::1\n"
	for name, tt := range map[string]struct {
		zone   string
		status smtpprobe.RouteStatus
		has    bool // a finding that is at least a warning
	}{
		"null MX, and addresses count for nothing (section 4)":  {`example.org MX 0 .`, smtpprobe.RouteNullMX, false},
		"a preference that is not 0 (section 3)":                {`example.org MX 10 .`, smtpprobe.RouteNullMX, true},
		"twice, of two preferences":                             {"example.org MX 0 .\nexample.org MX 10 .", smtpprobe.RouteNullMX, true},
		"beside another host, which must not be (section 3)":    {"example.org MX 0 .\nexample.org MX 10 mx.example.org", smtpprobe.RouteDeliverable, true},
		"behind another host":                                   {"example.org MX 20 .\nexample.org MX 10 mx.example.org", smtpprobe.RouteDeliverable, true},
		"no MX record is not a null MX (RFC 5321 section 5.1)":  {`example.org TXT x`, smtpprobe.RouteDeliverable, true},
		"an MX without an address makes no implicit MX":         {`example.org MX 0 none.example.org`, smtpprobe.RouteNone, true},
		"an MX with an alias to nowhere makes no implicit MX":   {"example.org MX 0 al.example.org\nal.example.org CNAME gone.example.org", smtpprobe.RouteNone, true},
		"an MX that fails makes no implicit MX":                 {"example.org MX 0 sf.example.org\nsf.example.org !servfail", smtpprobe.RouteUnknown, true},
		"an MX question that fails makes no implicit MX":        {"example.org MX !servfail", smtpprobe.RouteUnknown, true},
		"an MX question that is refused makes no implicit MX":   {"example.org MX !refused", smtpprobe.RouteUnknown, true},
		"an MX question that times out makes no implicit MX":    {"example.org MX !timeout", smtpprobe.RouteUnknown, true},
		"an address question that fails, and one that succeeds": {"example.org MX 0 mx.example.org\nmx.example.org A !servfail", smtpprobe.RouteDeliverable, true},
	} {
		t.Run(name, func(t *testing.T) {
			r, missing := smtpprobe.EvaluateRoute("example.org", resolver.MustZone(tt.zone+address))
			require.Empty(t, missing)
			require.Equal(t, tt.status, r.Status)
			if tt.has {
				require.NotEmpty(t, r.Findings)
			}
			for _, h := range r.Hosts {
				require.NotEmpty(t, h.Name, "the root is no host")
			}
		})
	}
}

// What is beyond a limit was not looked at, and is no reason to call a domain
// undeliverable.
func TestAdversaryRouteBeyondLimits(t *testing.T) {
	v := resolver.Snapshot{}
	var mx []resolver.MXHost
	for i := range 3 * smtpprobe.MaxRouteHosts {
		name := fmt.Sprintf("h%03d.example.org", i)
		mx = append(mx, resolver.MXHost{Host: name, Pref: uint16(i)}) //nolint:gosec // small
		for _, ty := range []resolver.Type{resolver.TypeA, resolver.TypeAAAA} {
			v[resolver.Q(name, ty)] = resolver.Answer{Status: resolver.NoData}
		}
	}
	last := resolver.Q(mx[len(mx)-1].Host, resolver.TypeA)
	v[last] = resolver.Answer{Status: resolver.Success, Addrs: advPublic[:1]}
	v[resolver.Q("example.org", resolver.TypeMX)] = resolver.Answer{Status: resolver.Success, MX: mx}
	r, _ := smtpprobe.EvaluateRoute("example.org", v)
	require.Equal(t, smtpprobe.RouteUnknown, r.Status)

	// A public address behind a thousand private ones is found.
	many := resolver.Answer{Status: resolver.Success}
	for i := range 1000 {
		many.Addrs = append(many.Addrs, netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)})) //nolint:gosec // small
	}
	many.Addrs = append(many.Addrs, advPublic[0])
	v = resolver.Snapshot{
		resolver.Q("example.org", resolver.TypeMX):      {Status: resolver.Success, MX: []resolver.MXHost{{Host: "mx.example.org"}}},
		resolver.Q("mx.example.org", resolver.TypeA):    many,
		resolver.Q("mx.example.org", resolver.TypeAAAA): {Status: resolver.NoData},
	}
	r, _ = smtpprobe.EvaluateRoute("example.org", v)
	require.Equal(t, smtpprobe.RouteDeliverable, r.Status)
	require.LessOrEqual(t, len(r.Hosts[0].Addrs), 2*smtpprobe.MaxRouteAddrs)
	require.Contains(t, r.Hosts[0].Addrs, advPublic[0])
}

// Names in MX records that are none, and hostile ones.
func TestAdversaryRouteNames(t *testing.T) {
	for _, name := range []string{
		"192.0.2.1", "[192.0.2.1]", "a b.example", `a\000b.example`, `a\013\010b.example`, `a\.b.example`, "-a.example", "a_b.example",
		"*.example", "localhost", "com", "a..b", `\033[31m.example`, "1", "127.1", "0x7f.1",
	} {
		v := allViewOf(map[resolver.Type]resolver.Answer{
			resolver.TypeMX:   {Status: resolver.Success, MX: []resolver.MXHost{{Host: name, Pref: 1}}},
			resolver.TypeA:    {Status: resolver.Success, Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}},
			resolver.TypeAAAA: {Status: resolver.NoData},
		})
		r, missing := smtpprobe.EvaluateRoute("example.org", v)
		require.Empty(t, missing, name)
		require.Equal(t, smtpprobe.RouteNone, r.Status, name)
		for _, f := range r.Findings {
			advPrintable(t, f.Message+f.Remedy+f.Subject)
		}
	}
	for _, name := range []string{"", ".", "..", "a..b", "a b", "a\r\nb.example", "a\x00.example", "\xff", advDomain(254), "@", "a@b", "[192.0.2.1]", "x\u0000y"} {
		r, missing := smtpprobe.EvaluateRoute(name, resolver.Snapshot{})
		require.Empty(t, missing, "%q", name)
		require.Equal(t, smtpprobe.RouteInvalid, r.Status, "%q", name)
		for _, f := range r.Findings {
			advPrintable(t, f.Message+f.Remedy+f.Subject)
		}
	}
}

type allViewOf map[resolver.Type]resolver.Answer

func (v allViewOf) Get(q resolver.Question) (resolver.Answer, bool) { a, ok := v[q.Type]; return a, ok }
