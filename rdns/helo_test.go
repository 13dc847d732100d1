package rdns_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/rdns"
	"github.com/mailworthy/mailworthy/resolver"
)

// heloZone gives the address the name mail.example.org.
const heloZone = rev4 + " PTR mail.example.org\nmail.example.org A 192.0.2.10\nmail.example.org AAAA 2001:db8::10\n"

// heloCase is what a client says, the DNS around it, and what that comes to.
type heloCase struct {
	name, helo string
	ip         string // ip4 if empty
	zone       string // besides heloZone
	to         string
	status     rdns.HELOStatus
	form       rdns.Form
	codes      []mailworthy.Code
	agreement  rdns.Agreement
	remedy     string // in the first finding
}

func (c heloCase) request() rdns.HELORequest {
	ip := ip4
	if c.ip != "" {
		ip = c.ip
	}
	return rdns.HELORequest{IP: netip.MustParseAddr(ip), HELO: c.helo, Recipient: c.to}
}

func heloCases() []heloCase {
	one := func(c ...mailworthy.Code) []mailworthy.Code { return c }
	const introduce = "introduce itself as mail.example.org"
	return []heloCase{
		{name: "good", helo: "mail.example.org", status: rdns.HELOConfirmed, form: rdns.FormHost, agreement: rdns.Same},
		{name: "case", helo: "MAIL.Example.ORG", status: rdns.HELOConfirmed, form: rdns.FormHost, agreement: rdns.Same},
		{name: "mapped client", ip: "::ffff:192.0.2.10", helo: "mail.example.org", status: rdns.HELOConfirmed, form: rdns.FormHost, agreement: rdns.Same},
		{name: "IPv6 without names", ip: ip6, helo: "mail.example.org", status: rdns.HELOConfirmed, form: rdns.FormHost, agreement: rdns.NoNames},
		{name: "alias", helo: "alias.example.org", zone: "alias.example.org CNAME mail.example.org", status: rdns.HELOConfirmed, form: rdns.FormHost, agreement: rdns.Differs, codes: one(rdns.CodeHELODiffers)},
		{name: "empty", helo: "", status: rdns.HELOInvalid, codes: one(rdns.CodeHELOEmpty), remedy: introduce},
		{name: "blanks", helo: " \t", status: rdns.HELOInvalid, codes: one(rdns.CodeHELOEmpty)},
		{name: "bare address", helo: "192.0.2.10", status: rdns.HELOInvalid, form: rdns.FormAddress, codes: one(rdns.CodeHELOBareAddress), remedy: introduce},
		{name: "bare address with a dot", helo: "192.0.2.10.", status: rdns.HELOInvalid, form: rdns.FormAddress, codes: one(rdns.CodeHELOBareAddress)},
		{name: "bare IPv6 address", helo: "2001:db8::10", status: rdns.HELOInvalid, form: rdns.FormAddress, codes: one(rdns.CodeHELOBareAddress)},
		{name: "tagged address without brackets", helo: "IPv6:2001:db8::10", status: rdns.HELOInvalid, form: rdns.FormAddress, codes: one(rdns.CodeHELOBareAddress)},
		{name: "literal", helo: "[192.0.2.10]", status: rdns.HELOConfirmed, form: rdns.FormLiteral, codes: one(rdns.CodeHELOLiteral), remedy: introduce},
		{name: "literal with zeros", helo: "[192.000.002.010]", status: rdns.HELOConfirmed, form: rdns.FormLiteral, codes: one(rdns.CodeHELOLiteral)},
		{name: "IPv6 literal", ip: ip6, helo: "[ipV6:2001:DB8:0::10]", status: rdns.HELOConfirmed, form: rdns.FormLiteral, codes: one(rdns.CodeHELOLiteral), remedy: `"mail.example.org. AAAA 2001:db8::10"`},
		{name: "mapped literal", helo: "[IPv6:::ffff:192.0.2.10]", status: rdns.HELOConfirmed, form: rdns.FormLiteral, codes: one(rdns.CodeHELOLiteral)},
		{name: "literal of another", helo: "[192.88.99.1]", status: rdns.HELOInvalid, form: rdns.FormLiteral, codes: one(rdns.CodeHELOLiteralOther)},
		{name: "private literal", helo: "[192.168.1.5]", status: rdns.HELOInvalid, form: rdns.FormLiteral, codes: one(rdns.CodeHELOLiteralPrivate)},
		{name: "loopback literal", helo: "[127.0.0.1]", status: rdns.HELOInvalid, form: rdns.FormLiteral, codes: one(rdns.CodeHELOLiteralPrivate)},
		{name: "literal of another in a document", helo: "[192.0.2.11]", status: rdns.HELOInvalid, form: rdns.FormLiteral, codes: one(rdns.CodeHELOLiteralOther)},
		{name: "documentation literal", ip: "192.88.99.5", helo: "[IPv6:2001:db8::1]", status: rdns.HELOInvalid, form: rdns.FormLiteral, codes: one(rdns.CodeHELOLiteralPrivate)},
		{name: "literal not closed", helo: "[192.0.2.10", status: rdns.HELOInvalid, form: rdns.FormLiteral, codes: one(rdns.CodeHELOLiteralSyntax), remedy: "[192.0.2.10]"},
		{name: "literal not opened", helo: "192.0.2.10]", status: rdns.HELOInvalid, form: rdns.FormLiteral, codes: one(rdns.CodeHELOLiteralSyntax)},
		{name: "IPv6 literal without tag", ip: ip6, helo: "[2001:db8::10]", status: rdns.HELOInvalid, form: rdns.FormLiteral, codes: one(rdns.CodeHELOLiteralSyntax), remedy: "[IPv6:2001:db8::10]"},
		{name: "IPv4 literal with the tag", helo: "[IPv6:192.0.2.10]", status: rdns.HELOInvalid, form: rdns.FormLiteral, codes: one(rdns.CodeHELOLiteralSyntax)},
		{name: "IPv6 literal with a zone", helo: "[IPv6:fe80::1%eth0]", status: rdns.HELOInvalid, form: rdns.FormLiteral, codes: one(rdns.CodeHELOLiteralSyntax)},
		{name: "octet too large", helo: "[192.0.2.256]", status: rdns.HELOInvalid, form: rdns.FormLiteral, codes: one(rdns.CodeHELOLiteralSyntax)},
		{name: "octet too long", helo: "[192.0.2.0010]", status: rdns.HELOInvalid, form: rdns.FormLiteral, codes: one(rdns.CodeHELOLiteralSyntax)},
		{name: "empty literal", helo: "[]", status: rdns.HELOInvalid, form: rdns.FormLiteral, codes: one(rdns.CodeHELOLiteralSyntax)},
		{name: "single label", helo: "MAILSERVER", status: rdns.HELOInvalid, form: rdns.FormSingleLabel, agreement: rdns.Differs, codes: one(rdns.CodeHELOSingleLabel), remedy: introduce},
		{name: "localhost", helo: "localhost", status: rdns.HELOInvalid, form: rdns.FormLocalhost, agreement: rdns.Differs, codes: one(rdns.CodeHELOLocalhost)},
		{name: "localhost.localdomain", helo: "localhost.localdomain", status: rdns.HELOInvalid, form: rdns.FormLocalhost, agreement: rdns.Differs, codes: one(rdns.CodeHELOLocalhost)},
		{name: "local", helo: "exchange.corp.local", status: rdns.HELOInvalid, form: rdns.FormPrivate, agreement: rdns.Differs, codes: one(rdns.CodeHELOPrivate)},
		{name: "internal", helo: "ip-10-0-0-5.eu-central-1.compute.internal", status: rdns.HELOInvalid, form: rdns.FormPrivate, agreement: rdns.Differs, codes: one(rdns.CodeHELOPrivate)},
		{name: "blank inside", helo: "mail example.org", status: rdns.HELOInvalid, form: rdns.FormInvalid, codes: one(rdns.CodeHELOSyntax), remedy: introduce},
		{name: "line break", helo: "mail.example.org\r\nMAIL FROM:<a@b>", status: rdns.HELOInvalid, form: rdns.FormInvalid, codes: one(rdns.CodeHELOSyntax)},
		{name: "empty label", helo: "mail..example.org", status: rdns.HELOInvalid, form: rdns.FormInvalid, codes: one(rdns.CodeHELOSyntax)},
		{name: "hyphen", helo: "-mail.example.org", status: rdns.HELOInvalid, form: rdns.FormInvalid, codes: one(rdns.CodeHELOSyntax)},
		{name: "U-label", helo: "m\u00fcller.example", status: rdns.HELOInvalid, form: rdns.FormInvalid, codes: one(rdns.CodeHELOSyntax)},
		{name: "escape", helo: `mail\046x.example.org`, status: rdns.HELOInvalid, form: rdns.FormInvalid, codes: one(rdns.CodeHELOSyntax)},
		{name: "numbers", helo: "1.2.3", status: rdns.HELOInvalid, form: rdns.FormInvalid, codes: one(rdns.CodeHELOSyntax)},
		{name: "too long", helo: strings.Repeat("a.", 10_000) + "org", status: rdns.HELOInvalid, form: rdns.FormInvalid, codes: one(rdns.CodeHELOSyntax)},
		{name: "final dot", helo: "mail.example.org.", status: rdns.HELOConfirmed, form: rdns.FormHost, agreement: rdns.Same, codes: one(rdns.CodeHELOSyntax)},
		{name: "underscore", helo: "my_mail.example.org", zone: "my_mail.example.org A 192.0.2.10", status: rdns.HELOConfirmed, form: rdns.FormUnderscore, agreement: rdns.Differs, codes: one(rdns.CodeHELOSyntax, rdns.CodeHELODiffers)},
		{name: "no such host", helo: "nowhere.example.org", status: rdns.HELOUnresolved, form: rdns.FormHost, agreement: rdns.Differs, codes: one(rdns.CodeHELOUnresolved), remedy: `"nowhere.example.org. A 192.0.2.10"`},
		{name: "nothing but text", helo: "text.example.org", zone: "text.example.org TXT x", status: rdns.HELOUnresolved, form: rdns.FormHost, agreement: rdns.Differs, codes: one(rdns.CodeHELOUnresolved)},
		{name: "null MX", helo: "nomail.example.org", zone: "nomail.example.org MX 0 .", status: rdns.HELOUnresolved, form: rdns.FormHost, agreement: rdns.Differs, codes: one(rdns.CodeHELOUnresolved)},
		{name: "MX only", helo: "org.example", zone: "org.example MX 1 mail.example.org", status: rdns.HELOElsewhere, form: rdns.FormHost, agreement: rdns.Differs, codes: one(rdns.CodeHELOMXOnly, rdns.CodeHELODiffers)},
		{name: "elsewhere", helo: "www.example.org", zone: "www.example.org A 192.0.2.80", status: rdns.HELOElsewhere, form: rdns.FormHost, agreement: rdns.Differs, codes: one(rdns.CodeHELOElsewhere, rdns.CodeHELODiffers), remedy: `"www.example.org. A 192.0.2.10"`},
		{
			name: "alias elsewhere", helo: "alias.example.org", zone: "alias.example.org CNAME www.example.net\nwww.example.net A 192.0.2.80", status: rdns.HELOElsewhere,
			form: rdns.FormHost, agreement: rdns.Differs, codes: one(rdns.CodeHELOElsewhere, rdns.CodeHELODiffers), remedy: `"www.example.net. A 192.0.2.10"`,
		},
		{name: "other family", helo: "six.example.org", zone: "six.example.org AAAA 2001:db8::10", status: rdns.HELOElsewhere, form: rdns.FormHost, agreement: rdns.Differs, codes: one(rdns.CodeHELOElsewhere, rdns.CodeHELODiffers)},
		{name: "not told", helo: "dead.example.org", zone: "dead.example.org A !servfail", status: rdns.HELOUnknown, form: rdns.FormHost, agreement: rdns.Differs, codes: one(rdns.CodeHELODNSFailure, rdns.CodeHELODiffers)},
		{name: "provider", helo: "gmail.com", zone: "gmail.com A 198.51.100.1", status: rdns.HELOElsewhere, form: rdns.FormHost, agreement: rdns.Differs, codes: one(rdns.CodeHELOProvider)},
		{name: "host of a provider", helo: "mx7.google.com", status: rdns.HELOUnresolved, form: rdns.FormHost, agreement: rdns.Differs, codes: one(rdns.CodeHELOProvider, rdns.CodeHELOUnresolved)},
		{name: "host of a provider indeed", helo: "mx7.google.com", zone: "mx7.google.com A 192.0.2.10", status: rdns.HELOConfirmed, form: rdns.FormHost, agreement: rdns.Differs, codes: one(rdns.CodeHELODiffers)},
		{name: "provider not told", helo: "gmail.com", zone: "gmail.com A !timeout", status: rdns.HELOUnknown, form: rdns.FormHost, agreement: rdns.Differs, codes: one(rdns.CodeHELODNSFailure, rdns.CodeHELODiffers)},
		{name: "not quite a provider", helo: "notgmail.com", zone: "notgmail.com A 198.51.100.1", status: rdns.HELOElsewhere, form: rdns.FormHost, agreement: rdns.Differs, codes: one(rdns.CodeHELOElsewhere, rdns.CodeHELODiffers)},
		{name: "recipient", helo: "victim.example", to: "user@Victim.example", zone: "victim.example A 198.51.100.1", status: rdns.HELOElsewhere, form: rdns.FormHost, agreement: rdns.Differs, codes: one(rdns.CodeHELORecipient)},
		{name: "host of the recipient", helo: "mx.victim.example", to: "victim.example", zone: "mx.victim.example A 198.51.100.1", status: rdns.HELOElsewhere, form: rdns.FormHost, agreement: rdns.Differs, codes: one(rdns.CodeHELORecipient)},
		{name: "recipient's own host", helo: "mail.example.org", to: "example.org", status: rdns.HELOConfirmed, form: rdns.FormHost, agreement: rdns.Same},
		{
			name: "generic", helo: "dsl-192-0-2-10.example.net", zone: "dsl-192-0-2-10.example.net A 192.0.2.10", status: rdns.HELOConfirmed, form: rdns.FormHost,
			agreement: rdns.Differs, codes: one(rdns.CodeHELOGeneric, rdns.CodeHELODiffers),
		},
		{name: "names not told", ip: "198.51.100.9", helo: "mail.example.org", zone: "9.100.51.198.in-addr.arpa PTR !servfail", status: rdns.HELOElsewhere, form: rdns.FormHost, agreement: rdns.Untold, codes: one(rdns.CodeHELOElsewhere)},
		{
			name: "name delegated", ip: "198.51.100.9", helo: "a.example.org", zone: "9.100.51.198.in-addr.arpa CNAME 9.x.test\n9.x.test PTR b.example.org\na.example.org A 198.51.100.9",
			status: rdns.HELOConfirmed, form: rdns.FormHost, agreement: rdns.Differs, codes: one(rdns.CodeHELODiffers), remedy: `"9.x.test. PTR a.example.org."`,
		},
	}
}

func TestEvaluateHELO(t *testing.T) {
	for _, tc := range heloCases() {
		t.Run(tc.name, func(t *testing.T) {
			res, missing := rdns.EvaluateHELO(tc.request(), resolver.MustZone(heloZone+tc.zone))
			require.Empty(t, missing)
			require.Equal(t, tc.status, res.Status)
			require.Equal(t, tc.form, res.Form)
			require.Equal(t, tc.codes, codesOf(res.Findings), "%+v", res.Findings)
			require.Equal(t, tc.agreement, res.Agreement)
			if tc.remedy != "" {
				require.Contains(t, res.Findings[0].Remedy, tc.remedy)
			}
			soundHELO(t, res)
		})
	}
}

// soundHELO checks what holds for every result.
func soundHELO(t testing.TB, res rdns.HELOResult) {
	t.Helper()
	requireFindings(t, res.Findings)
	require.LessOrEqual(t, len(res.HELO), 1100)
	require.NotNil(t, res.Addrs)
	require.NotNil(t, res.PTR)
	worst := res.Findings.Worst()
	switch res.Status {
	case rdns.HELOConfirmed:
		require.NotEqual(t, mailworthy.Error, worst)
	case rdns.HELOInvalid, rdns.HELOUnresolved:
		require.Equal(t, mailworthy.Error, worst)
	}
	for _, f := range res.Findings {
		require.Equal(t, f.Code == rdns.CodeHELODNSFailure, f.Temporary)
		if f.Code == rdns.CodeHELODiffers || f.Code == rdns.CodeHELOMXOnly {
			require.Equal(t, mailworthy.Info, f.Severity, "RFC 5321 section 4.1.4 forbids to refuse mail for it")
		}
	}
	require.Equal(t, res.Status == rdns.HELOUnknown, res.Findings.Has(rdns.CodeHELODNSFailure))
}

// TestHELOGivenNames asks nothing about names that the caller knows.
func TestHELOGivenNames(t *testing.T) {
	zone := resolver.MustZone(heloZone)
	for _, tc := range []struct {
		ptr  []string
		want rdns.Agreement
	}{
		{[]string{"Mail.Example.org."}, rdns.Same},
		{[]string{"a.example.org", "mail.example.org"}, rdns.Same},
		{[]string{"a.example.org"}, rdns.Differs},
		{[]string{}, rdns.NoNames},
	} {
		zone.Reset()
		res, err := rdns.Checker{Resolver: zone}.CheckHELO(t.Context(), rdns.HELORequest{IP: netip.MustParseAddr(ip4), HELO: "mail.example.org", PTR: tc.ptr})
		require.NoError(t, err)
		require.Equal(t, tc.want, res.Agreement)
		require.Zero(t, zone.Count(rev4, 0))
	}
}

// TestHELORemedies proposes the name that the address has, if it is one for a mail
// server, then the wanted one, then a placeholder.
func TestHELORemedies(t *testing.T) {
	for _, tc := range []struct {
		ptr        []string
		host, want string
	}{
		{[]string{"a.example.com"}, "b.example.com", "introduce itself as a.example.com ("},
		{[]string{"dsl-192-0-2-10.example.net", "localhost"}, "B.example.com.", "introduce itself as b.example.com ("},
		{nil, "b.example.com", `"b.example.com. A 192.0.2.10"`},
		{nil, "localhost", "introduce itself as mail.example.org ("},
		{nil, "", "with a name of your own domain in place of that"},
	} {
		req := rdns.HELORequest{IP: netip.MustParseAddr(ip4), HELO: "localhost", PTR: tc.ptr}
		res, err := rdns.Checker{Resolver: resolver.MustZone(""), Host: tc.host}.CheckHELO(t.Context(), req)
		require.NoError(t, err)
		require.Contains(t, res.Findings[0].Remedy, tc.want)
		requireFindings(t, res.Findings)
	}
}

// TestHELOContradictions has answers that only broken servers give together.
// TestHELOForeignNames proposes no records in the zones of others.
func TestHELOForeignNames(t *testing.T) {
	for _, helo := range []string{
		"smtp.gmail.com", "mx.recipient.org", "10.2.0.192.in-addr.arpa", "ec2-192-0-2-11.compute-1.amazonaws.com", "dsl-192-0-2-10.pool.example.net",
	} {
		for _, records := range []string{"", helo + " A 192.0.2.99", helo + " MX 10 mail.example.org"} {
			res, err := rdns.Checker{Resolver: resolver.MustZone(heloZone + records)}.CheckHELO(t.Context(), rdns.HELORequest{
				IP: netip.MustParseAddr(ip4), HELO: helo, Recipient: "somebody@recipient.org",
			})
			require.NoError(t, err)
			require.NotEmpty(t, res.Findings)
			for _, f := range res.Findings {
				require.NotContains(t, f.Remedy, `"`+helo+`. A`, "%s %s", helo, f.Code)
			}
		}
	}
}

func TestHELOContradictions(t *testing.T) {
	for _, tc := range []struct {
		own, other resolver.Status
		want       rdns.HELOStatus
	}{
		{resolver.NXDomain, resolver.ServFail, rdns.HELOUnresolved},
		{resolver.NoData, resolver.NXDomain, rdns.HELOUnresolved},
		{resolver.NXDomain, resolver.Success, rdns.HELOElsewhere},
		{resolver.NoData, resolver.ServFail, rdns.HELOUnknown},
	} {
		view := resolver.Snapshot{
			resolver.Q("a.example.org", resolver.TypeA):    {Status: tc.own},
			resolver.Q("a.example.org", resolver.TypeAAAA): {Status: tc.other, Addrs: []netip.Addr{netip.MustParseAddr(ip6)}},
		}
		res, missing := rdns.EvaluateHELO(rdns.HELORequest{IP: netip.MustParseAddr(ip4), HELO: "a.example.org", PTR: []string{}}, view)
		require.Empty(t, missing)
		require.Equal(t, tc.want, res.Status)
		soundHELO(t, res)
	}
}
