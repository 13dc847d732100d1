package spf_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// TestEdgesAddresses is for the comparison of addresses (RFC 7208 sections 5, 5.3
// and 5.6).
func TestEdgesAddresses(t *testing.T) {
	const mapped = "::ffff:192.0.2.1"
	runEdges(t, []edge{
		{name: "mapped-client", ip: mapped, zone: "example.org TXT 'v=spf1 ip4:192.0.2.1 -all'", want: spf.Pass},
		{name: "mapped-client-a", ip: mapped, zone: "h.test A 192.0.2.1\nexample.org TXT 'v=spf1 a:h.test -all'", want: spf.Pass, unasked: []string{"h.test AAAA"}},
		{name: "mapped-client-macros", ip: mapped, zone: "192.0.2.1.in-addr.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{i}.%{v}.test -all'", want: spf.Pass},
		{name: "mapped-client-ptr", ip: mapped, zone: "1.2.0.192.in-addr.arpa PTR example.org\nexample.org A 192.0.2.1\nexample.org TXT 'v=spf1 ptr -all'", want: spf.Pass},
		{name: "mapped-network-in-record", zone: "example.org TXT 'v=spf1 ip6:::ffff:192.0.2.0/120 -all'", want: spf.Fail},
		{name: "mapped-network-in-record-host", zone: "example.org TXT 'v=spf1 ip6:::ffff:192.0.2.1 -all'", want: spf.Fail},
		{name: "mapped-network-and-client", ip: mapped, zone: "example.org TXT 'v=spf1 ip6:::ffff:192.0.2.0/120 -all'", want: spf.Fail},
		{name: "mapped-network-zero", ip: mapped, zone: "example.org TXT 'v=spf1 ip6:::ffff:192.0.2.0/0 -all'", want: spf.Fail},
		{name: "ip6-zero-ip4-client", zone: "example.org TXT 'v=spf1 ip6:::/0 -all'", want: spf.Fail},
		{name: "ip6-zero-ip6-client", ip: client6, zone: "example.org TXT 'v=spf1 ip6:::/0 -all'", want: spf.Pass},
		{name: "ip6-mapped-zero-ip6-client", ip: client6, zone: "example.org TXT 'v=spf1 ip6:::ffff:192.0.2.1/0 -all'", want: spf.Pass},
		{name: "ip4-zero-ip6-client", ip: client6, zone: "example.org TXT 'v=spf1 ip4:0.0.0.0/0 -all'", want: spf.Fail},
		{name: "ip4-compatible-client", ip: "::192.0.2.1", zone: "example.org TXT 'v=spf1 ip4:192.0.2.1 -all'", want: spf.Fail},
		{name: "ip6-network", ip: client6, zone: "example.org TXT 'v=spf1 ip6:2001:DB8:0::/48 -all'", want: spf.Pass},
		{name: "ip6-network-edge", ip: "2001:db8:0:8000::", zone: "example.org TXT 'v=spf1 ip6:2001:db8::/49 -all'", want: spf.Fail},
		{name: "ip4-network-edge", zone: "example.org TXT 'v=spf1 ip4:192.0.2.0/32 ip4:192.0.2.2/31 -all'", want: spf.Fail},
		{name: "ip6-client-zone", ip: "fe80::1%eth0", zone: "h.test AAAA fe80::1\nexample.org TXT 'v=spf1 ip6:fe80::/10 -all'", want: spf.Pass},
		{name: "ip6-client-zone-a", ip: "fe80::1%eth0", zone: "h.test AAAA fe80::1\nexample.org TXT 'v=spf1 a:h.test -all'", want: spf.Pass},
		{name: "a-mapped-aaaa", zone: "h.test AAAA ::ffff:192.0.2.1\nexample.org TXT 'v=spf1 a:h.test -all'", want: spf.Fail, unasked: []string{"h.test AAAA"}},
		{name: "a-ip6-zero-and-a-record", ip: client6, zone: "h.test A 192.0.2.1\nexample.org TXT 'v=spf1 a:h.test//0 -all'", want: spf.Fail, counts: "1/1"},
		{name: "a-ip6-zero", ip: client6, zone: "h.test AAAA 2001:db9::\nexample.org TXT 'v=spf1 a:h.test//0 -all'", want: spf.Pass},
		{name: "a-ip6-zero-mapped-aaaa", ip: client6, zone: "h.test AAAA ::ffff:192.0.2.1\nexample.org TXT 'v=spf1 a:h.test//0 -all'", want: spf.Pass},
		{name: "a-ip4-zero", zone: "h.test A 203.0.113.1\nexample.org TXT 'v=spf1 a:h.test/0 -all'", want: spf.Pass},
		{name: "a-ip4-zero-no-address", zone: "h.test AAAA ::1\nexample.org TXT 'v=spf1 a:h.test/0 -all'", want: spf.Fail},
		{name: "a-ip4-zero-ip6-client", ip: client6, zone: "h.test AAAA 2001:db8::2\nexample.org TXT 'v=spf1 a:h.test/0 -all'", want: spf.Fail},
		{name: "a-dual-cidr-ip4", zone: "h.test A 192.0.2.200\nexample.org TXT 'v=spf1 a:h.test/24//64 -all'", want: spf.Pass},
		{name: "a-dual-cidr-ip6", ip: client6, zone: "h.test AAAA 2001:db8::ffff\nexample.org TXT 'v=spf1 a:h.test/24//64 -all'", want: spf.Pass},
		{name: "a-dual-cidr-ip6-beyond", ip: client6, zone: "h.test AAAA 2001:db8:0:1::1\nexample.org TXT 'v=spf1 a:h.test/24//64 -all'", want: spf.Fail},
		{name: "a-dual-cidr-bare", ip: client6, zone: "example.org AAAA 2001:db8::ffff\nexample.org TXT 'v=spf1 a/32//112 -all'", want: spf.Pass},
		{name: "a-dual-cidr-swapped", ip: client6, zone: "h.test AAAA 2001:db8::ffff\nexample.org TXT 'v=spf1 a:h.test/0//128 -all'", want: spf.Fail},
		{name: "mx-dual-cidr", ip: client6, zone: "h.test MX 1 m.test\nm.test AAAA 2001:db8::ffff\nexample.org TXT 'v=spf1 mx:h.test/32//64 -all'", want: spf.Pass},
		{name: "a-own-family-broken-ip6", ip: client6, zone: "h.test A 192.0.2.1\nh.test AAAA !servfail\nexample.org TXT 'v=spf1 a:h.test -all'", want: spf.TempError, unasked: []string{"h.test A"}},
		{name: "a-own-family-broken-ip4", zone: "h.test AAAA 2001:db8::1\nh.test A !servfail\nexample.org TXT 'v=spf1 a:h.test -all'", want: spf.TempError, unasked: []string{"h.test AAAA"}},
		{name: "a-other-family-broken", zone: "h.test A 198.51.100.1\nh.test AAAA !servfail\nexample.org TXT 'v=spf1 a:h.test -all'", want: spf.Fail, unasked: []string{"h.test AAAA"}},
		{name: "exists-asks-a", ip: client6, zone: "h.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:h.test -all'", want: spf.Pass, unasked: []string{"h.test AAAA"}},
		{name: "exists-not-aaaa", ip: client6, zone: "h.test AAAA 2001:db8::1\nexample.org TXT 'v=spf1 exists:h.test -all'", want: spf.Fail, counts: "1/1", unasked: []string{"h.test AAAA"}},
		{name: "exists-any-address", zone: "h.test A 0.0.0.0\nexample.org TXT 'v=spf1 exists:h.test -all'", want: spf.Pass},
	})
}

// TestHostThatNobodyCanAskFor has a view with a host that is no name. What is said of it
// can go to a terminal.
func TestHostThatNobodyCanAskFor(t *testing.T) {
	host := resolver.Question{Name: "a..\x1b[1m", Type: resolver.TypeA}
	res, missing := spf.Evaluate(spf.Request{IP: netip.MustParseAddr(client4), MailFrom: "user@example.org"}, resolver.Snapshot{
		resolver.Q("example.org", resolver.TypeTXT): {Status: resolver.Success, TXT: []resolver.Text{{"v=spf1 mx -all"}}},
		resolver.Q("example.org", resolver.TypeMX):  {Status: resolver.Success, MX: []resolver.MXHost{{Host: host.Name}}},
		host: {Status: resolver.Failed},
	})
	require.Empty(t, missing)
	require.Equal(t, spf.TempError, res.Status)
	require.Equal(t, `a..\027[1m`, res.Findings[0].Subject)
	sound(t, res)
}

func TestMappedClientIsUnmapped(t *testing.T) {
	res, err := spf.Checker{Resolver: resolver.MustZone("")}.Check(t.Context(), spf.Request{
		IP: netip.MustParseAddr("::ffff:192.0.2.1"), MailFrom: "u@example.org",
	})
	require.NoError(t, err)
	require.Equal(t, "192.0.2.1", res.IP.String())
}

func TestRequestWithoutAddress(t *testing.T) {
	zone := resolver.MustZone("example.org TXT 'v=spf1 +all'")
	res, err := spf.Checker{Resolver: zone}.Check(t.Context(), spf.Request{MailFrom: "u@example.org"})
	require.ErrorIs(t, err, spf.ErrRequest)
	require.Empty(t, res.Status)
	require.Empty(t, zone.Queries())
	require.Empty(t, res.ReceivedSPF())
	require.Empty(t, res.AuthenticationResults())
	res, missing := spf.Evaluate(spf.Request{MailFrom: "u@example.org"}, nil)
	require.Empty(t, res.Status)
	require.Empty(t, missing)
}

// TestEdgesIdentities is for RFC 7208 sections 2.3, 2.4 and 4.3.
func TestEdgesIdentities(t *testing.T) {
	deny := "example.org TXT 'v=spf1 -all'\n"
	label63, label64 := strings.Repeat("a", 63), strings.Repeat("a", 64)
	none := func(name, from, zone string) edge {
		return edge{name: name, from: from, zone: zone, want: spf.None, code: spf.CodeBadDomain}
	}
	runEdges(t, []edge{
		{name: "angle-brackets", from: "<user@example.org>", zone: deny, want: spf.Fail},
		{name: "upper-case", from: "User@EXAMPLE.Org", zone: deny, want: spf.Fail, match: "-all @ example.org"},
		{name: "domain-trailing-dot", from: "user@example.org.", zone: deny, want: spf.Fail, match: "-all @ example.org"},
		{
			// Splitting at the first @ asks nowhere, and gives none for a forgery.
			name: "local-part-with-at", from: `"a@b"@example.org`, zone: deny, want: spf.Fail,
		},
		{name: "local-part-with-at-and-domain", from: `"x@other.test"@example.org`, zone: deny + "other.test TXT 'v=spf1 +all'", want: spf.Fail, unasked: []string{"other.test TXT"}},
		{name: "local-part-with-at-unquoted", from: `a@other.test@example.org`, zone: deny + "other.test TXT 'v=spf1 +all'", want: spf.Fail},
		{name: "local-part-with-at-macro", from: `"a@b"@example.org`, zone: "example.org.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{o}.test -all'", want: spf.Pass},
		{name: "source-route", from: "<@relay.test:user@example.org>", zone: deny, want: spf.Fail},
		{name: "no-local-part", from: "@example.org", zone: deny, want: spf.Fail},
		{name: "no-at", from: "example.org", zone: deny, want: spf.Fail},
		none("single-label", "user@org", "org TXT 'v=spf1 ip4:192.0.2.1'"),
		none("single-label-dot", "user@org.", "org TXT 'v=spf1 ip4:192.0.2.1'"),
		none("domain-empty", "user@", "user TXT 'v=spf1 +all'"),
		none("domain-root", "user@.", ". TXT 'v=spf1 +all'"),
		none("label-64", "user@"+label64+".test", ""),
		none("label-empty", "user@a..test", "*.test TXT 'v=spf1 +all'"),
		none("label-empty-first", "user@.example.org", deny),
		none("name-too-long", "user@"+strings.Repeat(label63+".", 4)+"test", ""),
		none("literal", "user@[192.0.2.1]", "* TXT !servfail"),
		none("literal-ip6", "user@[IPv6:2001:db8::1]", "* TXT !servfail"),
		{name: "label-63", from: "user@" + label63 + ".test", zone: label63 + ".test TXT 'v=spf1 ip4:192.0.2.1'", want: spf.Pass},
		{
			name: "name-253", from: "user@" + strings.Repeat(label63+".", 3) + strings.Repeat("b", 56) + ".test",
			zone: strings.Repeat(label63+".", 3) + strings.Repeat("b", 56) + ".test TXT 'v=spf1 ip4:192.0.2.1'",
			want: spf.Pass,
		},
		{name: "helo", identity: spf.HELO, helo: "example.org", from: "user@other.test", zone: deny + "other.test TXT 'v=spf1 +all'", want: spf.Fail, unasked: []string{"other.test TXT"}},
		{name: "helo-literal", identity: spf.HELO, helo: "[192.0.2.1]", zone: deny, want: spf.None, code: spf.CodeBadDomain},
		{name: "helo-single-label", identity: spf.HELO, helo: "localhost", zone: "localhost TXT 'v=spf1 +all'", want: spf.None, code: spf.CodeBadDomain},
		{name: "helo-empty", identity: spf.HELO, helo: "", zone: "mail.client.example TXT 'v=spf1 ip4:192.0.2.1'", want: spf.Pass}, // The usual name.
		{name: "helo-does-not-count-for-mail-from", helo: "h.test", zone: "h.test TXT 'v=spf1 +all'\n" + deny, want: spf.Fail, unasked: []string{"h.test TXT"}},
		{name: "null-reverse-path", from: "<>", helo: "h.test", zone: "h.test TXT 'v=spf1 ip4:192.0.2.1'", want: spf.Pass},
		{name: "null-reverse-path-literal", from: "<>", helo: "[192.0.2.1]", zone: "", want: spf.None, code: spf.CodeBadDomain},
		{name: "postmaster-for-helo", identity: spf.HELO, helo: "h.test", zone: "postmaster.h.test.x.test A 127.0.0.2\nh.test TXT 'v=spf1 exists:%{l}.%{o}.x.test -all'", want: spf.Pass},
		{name: "postmaster-for-helo-sender", identity: spf.HELO, helo: "h.test", zone: "postmaster\\@h.test.x.test A 127.0.0.2\nh.test TXT 'v=spf1 exists:%{s}.x.test -all'", want: spf.Pass},
		{name: "postmaster-for-null", from: "<>", helo: "h.test", zone: "postmaster.h.test.x.test A 127.0.0.2\nh.test TXT 'v=spf1 exists:%{l}.%{o}.x.test -all'", want: spf.Pass},
		{name: "postmaster-for-empty-local-part", from: "@example.org", zone: "postmaster.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{l}.x.test -all'", want: spf.Pass},
		{name: "postmaster-for-no-at", from: "example.org", zone: "postmaster.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{l}.x.test -all'", want: spf.Pass},
		{name: "postmaster-sender", from: "@example.org", zone: "postmaster\\@example.org.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{s}.x.test -all'", want: spf.Pass},
	})
}

// TestEdgesInternational is for RFC 8616 section 4.
func TestEdgesInternational(t *testing.T) {
	const (
		u      = "b\u00fccher.example"
		a      = "xn--bcher-kva.example"
		passes = a + " TXT 'v=spf1 ip4:192.0.2.1 -all'"
	)
	runEdges(t, []edge{
		{name: "u-label", from: "user@" + u, zone: passes, want: spf.Pass, match: "ip4:192.0.2.1 @ " + a},
		{name: "u-label-upper", from: "user@B\u00dcCHER.Example", zone: passes, want: spf.Pass, match: "ip4:192.0.2.1 @ " + a},
		{name: "u-label-decomposed", from: "user@bu\u0308cher.example", zone: passes, want: spf.Pass},
		{name: "u-label-full-stop", from: "user@b\u00fccher\u3002example", zone: passes, want: spf.Pass},
		{name: "a-label", from: "user@" + a, zone: passes, want: spf.Pass},
		{name: "u-label-helo", identity: spf.HELO, helo: u, zone: passes, want: spf.Pass},
		{name: "u-label-null-reverse-path", from: "<>", helo: u, zone: passes, want: spf.Pass},
		{name: "u-label-invalid", from: "user@\u00fc-.-\u200d.example", zone: "* TXT !servfail", want: spf.None, code: spf.CodeBadDomain},
		{name: "u-label-not-utf8", from: "user@b\xfccher.example", zone: "* TXT !servfail", want: spf.None, code: spf.CodeBadDomain},
		{name: "u-label-single", from: "user@b\u00fccher", zone: "xn--bcher-kva TXT 'v=spf1 +all'", want: spf.None, code: spf.CodeBadDomain},
		{name: "u-label-macros", from: "user@" + u, zone: a + ".user." + a + ".x.test A 127.0.0.2\n" + a + " TXT 'v=spf1 exists:%{d}.%{l}.%{o}.x.test -all'", want: spf.Pass},
		{name: "u-label-macro-s", from: "user@" + u, zone: "user\\@" + a + ".x.test A 127.0.0.2\n" + a + " TXT 'v=spf1 exists:%{s}.x.test -all'", want: spf.Pass},
		{name: "u-label-macro-h", helo: u, zone: a + ".x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{h}.x.test -all'", want: spf.Pass},
		{name: "local-part-non-ascii", from: "us\u00e9r@example.org", zone: "example.org TXT 'v=spf1 ip4:192.0.2.1 -all'", want: spf.Pass},
		{name: "local-part-non-ascii-l", from: "us\u00e9r@example.org", zone: "*.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{l}.x.test -all'", want: spf.Fail},
		{name: "local-part-non-ascii-s", from: "us\u00e9r@example.org", zone: "*.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{s}.x.test -all'", want: spf.Fail},
		{name: "local-part-non-ascii-escaped", from: "us\u00e9r@example.org", zone: "*.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{L}.x.test exists:%{S}.x.test -all'", want: spf.Fail},
		{name: "local-part-non-ascii-a", from: "us\u00e9r@example.org", zone: "*.x.test A 192.0.2.1\nexample.org TXT 'v=spf1 a:%{l}.x.test mx:%{s}.x.test -all'", want: spf.Fail},
		{name: "local-part-non-ascii-include", from: "us\u00e9r@example.org", zone: "*.x.test TXT 'v=spf1 +all'\nexample.org TXT 'v=spf1 include:%{l}.x.test ~all'", want: spf.SoftFail},
		{name: "local-part-non-ascii-ptr", from: "us\u00e9r@example.org", zone: "1.2.0.192.in-addr.arpa PTR x.test\nx.test A 192.0.2.1\nexample.org TXT 'v=spf1 ptr:%{l1r-}.x.test -all'", want: spf.Fail},
		{
			// The part that is left is ASCII; the rule is about the local-part.
			name: "local-part-non-ascii-part", from: "us\u00e9r-ok@example.org", zone: "ok.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{l1-}.x.test -all'", want: spf.Fail,
		},
		{name: "local-part-non-ascii-o", from: "us\u00e9r@example.org", zone: "example.org.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{o}.x.test -all'", want: spf.Pass},
	})
}
