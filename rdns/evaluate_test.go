package rdns_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/rdns"
	"github.com/mailworthy/mailworthy/resolver"
)

const (
	rev4 = "10.2.0.192.in-addr.arpa"
	rev6 = "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
	ip4  = "192.0.2.10"
	ip6  = "2001:db8::10"
)

// ptrCase is an address, the DNS around it, and what its names come to.
type ptrCase struct {
	name   string
	ip     string // ip4 if empty
	zone   string
	status rdns.Status
	host   string
	codes  []mailworthy.Code
	severe mailworthy.Severity // the worst, if it is to be compared
	remedy string              // in the first finding
	seen   string              // in the evidence of the first finding
}

func (c ptrCase) addr() netip.Addr {
	if c.ip == "" {
		return netip.MustParseAddr(ip4)
	}
	return netip.MustParseAddr(c.ip)
}

func codesOf(fs mailworthy.Findings) (out []mailworthy.Code) {
	for _, f := range fs {
		out = append(out, f.Code)
	}
	return out
}

func many(n int, line string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, line+"\n", i)
	}
	return b.String()
}

func ptrCases() []ptrCase {
	return []ptrCase{
		{name: "pass", zone: rev4 + " PTR mail.example.org\nmail.example.org A 192.0.2.10", status: rdns.Pass, host: "mail.example.org"},
		{name: "pass over IPv6", ip: ip6, zone: rev6 + " PTR mail.example.org\nmail.example.org AAAA 2001:db8::10", status: rdns.Pass, host: "mail.example.org"},
		{name: "mapped address", ip: "::ffff:192.0.2.10", zone: rev4 + " PTR mail.example.org\nmail.example.org A 192.0.2.10", status: rdns.Pass, host: "mail.example.org"},
		{name: "one of many addresses", zone: rev4 + " PTR mail.example.org\n" + many(40, "mail.example.org A 198.51.100.%d") + "mail.example.org A 192.0.2.10", status: rdns.Pass, host: "mail.example.org"},
		{name: "name is an alias", zone: rev4 + " PTR mail.example.org\nmail.example.org CNAME a.example.org\na.example.org A 192.0.2.10", status: rdns.Pass, host: "mail.example.org"},
		{
			name: "no PTR", status: rdns.PermError, codes: []mailworthy.Code{rdns.CodeNoPTR}, severe: mailworthy.Error,
			remedy: `"10.2.0.192.in-addr.arpa. PTR mail.example.org."`, seen: rev4 + " PTR: nxdomain",
		},
		{name: "no data", zone: rev4 + " TXT x", status: rdns.PermError, codes: []mailworthy.Code{rdns.CodeNoPTR}, seen: rev4 + " PTR: nodata"},
		{name: "no PTR over IPv6", ip: ip6, status: rdns.PermError, codes: []mailworthy.Code{rdns.CodeNoPTR}, remedy: `"mail.example.org. AAAA 2001:db8::10"`, seen: "Microsoft refuses with 5.7.25"},
		{
			name: "delegated by RFC 2317", zone: rev4 + " CNAME 10.0/25.2.0.192.in-addr.arpa\n10.0/25.2.0.192.in-addr.arpa PTR mail.example.org\nmail.example.org A 192.0.2.10",
			status: rdns.Pass, host: "mail.example.org", codes: []mailworthy.Code{rdns.CodeDelegated}, severe: mailworthy.Info, remedy: "10.0/25.2.0.192.in-addr.arpa",
		},
		{
			name: "delegated to nothing", zone: rev4 + " CNAME 10.0/25.2.0.192.in-addr.arpa", status: rdns.PermError,
			codes: []mailworthy.Code{rdns.CodeDangling}, remedy: `"10.0/25.2.0.192.in-addr.arpa. PTR mail.example.org."`, seen: "alias to 10.0/25.2.0.192.in-addr.arpa, nxdomain",
		},
		{name: "loop of aliases", zone: rev4 + " CNAME a.test\na.test CNAME " + rev4, status: rdns.TempError, codes: []mailworthy.Code{rdns.CodeDNSFailure}},
		{
			name: "PTR not told", zone: rev4 + " PTR !servfail ede=22 'no authority'", status: rdns.TempError, codes: []mailworthy.Code{rdns.CodeDNSFailure},
			severe: mailworthy.Warning, seen: "no authority",
		},
		{
			name: "leads elsewhere", zone: rev4 + " PTR mail.example.org\nmail.example.org A 192.0.2.11", status: rdns.Fail, codes: []mailworthy.Code{rdns.CodeNotConfirmed},
			severe: mailworthy.Error, remedy: `"mail.example.org. A 192.0.2.10"`, seen: rev4 + " PTR mail.example.org.",
		},
		{
			name: "alias leads elsewhere", zone: rev4 + " PTR mail.example.org\nmail.example.org CNAME a.example.net\na.example.net A 192.0.2.11", status: rdns.Fail,
			codes: []mailworthy.Code{rdns.CodeNotConfirmed}, remedy: `"a.example.net. A 192.0.2.10"`,
		},
		{name: "no such host", zone: rev4 + " PTR mail.example.org\nexample.org TXT x", status: rdns.Fail, codes: []mailworthy.Code{rdns.CodeNoAddress}, seen: rev4},
		{name: "no address", zone: rev4 + " PTR mail.example.org\nmail.example.org TXT x", status: rdns.Fail, codes: []mailworthy.Code{rdns.CodeNoAddress}},
		{
			name: "IPv6 only", zone: rev4 + " PTR mail.example.org\nmail.example.org AAAA 2001:db8::10", status: rdns.Fail, codes: []mailworthy.Code{rdns.CodeOtherFamily},
			remedy: `"mail.example.org. A 192.0.2.10"`,
		},
		{name: "IPv4 only", ip: ip6, zone: rev6 + " PTR mail.example.org\nmail.example.org A 192.0.2.10", status: rdns.Fail, codes: []mailworthy.Code{rdns.CodeOtherFamily}, remedy: `"mail.example.org. AAAA 2001:db8::10"`},
		{name: "address not told", zone: rev4 + " PTR mail.example.org\nmail.example.org A !timeout", status: rdns.TempError, codes: []mailworthy.Code{rdns.CodeDNSFailure}},
		{name: "other family not told", zone: rev4 + " PTR mail.example.org\nmail.example.org A 192.0.2.10\nmail.example.org AAAA !timeout", status: rdns.Pass, host: "mail.example.org"},
		{name: "no such top-level domain", zone: rev4 + " PTR mail.example.nosuchtld", status: rdns.Fail, codes: []mailworthy.Code{rdns.CodeUnknownTLD}},
		{
			name: "two names", zone: rev4 + " PTR a.example.org\n" + rev4 + " PTR b.example.org\na.example.org A 192.0.2.10\nb.example.org A 192.0.2.10",
			status: rdns.Pass, host: "a.example.org", codes: []mailworthy.Code{rdns.CodeSeveralNames}, severe: mailworthy.Warning, remedy: `PTR a.example.org."`,
		},
		{
			name: "two names, of which one leads back", zone: rev4 + " PTR a.example.org\n" + rev4 + " PTR b.example.org\na.example.org A 192.0.2.11\nb.example.org A 192.0.2.10",
			status: rdns.Pass, host: "b.example.org", codes: []mailworthy.Code{rdns.CodeSeveralNames, rdns.CodeNotConfirmed}, severe: mailworthy.Warning, remedy: `PTR b.example.org."`,
		},
		{
			name: "two names, of which one is not told", zone: rev4 + " PTR a.example.org\n" + rev4 + " PTR b.example.org\na.example.org A !servfail\nb.example.org A 192.0.2.10",
			status: rdns.Pass, host: "b.example.org", codes: []mailworthy.Code{rdns.CodeSeveralNames, rdns.CodeDNSFailure},
		},
		{
			name: "no match and one not told", zone: rev4 + " PTR a.example.org\n" + rev4 + " PTR b.example.org\na.example.org A !servfail\nb.example.org A 192.0.2.11",
			status: rdns.TempError, codes: []mailworthy.Code{rdns.CodeSeveralNames, rdns.CodeDNSFailure, rdns.CodeNotConfirmed},
		},
		{
			name: "generic beside custom", zone: rev4 + " PTR dsl-192-0-2-10.example.net\n" + rev4 + " PTR mail.example.org\ndsl-192-0-2-10.example.net A 192.0.2.10\nmail.example.org A 192.0.2.10",
			status: rdns.Pass, host: "dsl-192-0-2-10.example.net", codes: []mailworthy.Code{rdns.CodeSeveralNames}, remedy: `PTR mail.example.org."`,
		},
		{
			name: "eleven names", zone: many(11, rev4+" PTR h%d.example.org") + many(11, "h%d.example.org A 192.0.2.10"),
			status: rdns.Pass, host: "h0.example.org", codes: []mailworthy.Code{rdns.CodeTooManyNames}, seen: "and 3 more",
		},
		{name: "localhost", zone: rev4 + " PTR localhost", status: rdns.Fail, codes: []mailworthy.Code{rdns.CodeLocalhost}, remedy: `PTR mail.example.org."`},
		{name: "localhost.localdomain", zone: rev4 + " PTR localhost.localdomain", status: rdns.Fail, codes: []mailworthy.Code{rdns.CodeLocalhost}},
		{name: "localhost not told", zone: rev4 + " PTR localhost\nlocalhost A !servfail", status: rdns.TempError, codes: []mailworthy.Code{rdns.CodeLocalhost, rdns.CodeDNSFailure}},
		{name: "private name", zone: rev4 + " PTR mail.company.local", status: rdns.Fail, codes: []mailworthy.Code{rdns.CodePrivateName}},
		{name: "home.arpa", zone: rev4 + " PTR nas.home.arpa", status: rdns.Fail, codes: []mailworthy.Code{rdns.CodePrivateName}},
		{name: "single label", zone: rev4 + " PTR mailserver", status: rdns.Fail, codes: []mailworthy.Code{rdns.CodeSingleLabel}},
		{name: "address as name", zone: rev4 + " PTR 192.0.2.10", status: rdns.PermError, codes: []mailworthy.Code{rdns.CodeAddressName}},
		{name: "IPv6 address as name", ip: ip6, zone: rev6 + " PTR 2001:db8::10", status: rdns.PermError, codes: []mailworthy.Code{rdns.CodeAddressName}},
		{name: "reverse name", zone: rev4 + " PTR " + rev4, status: rdns.Fail, codes: []mailworthy.Code{rdns.CodeReverseName}, remedy: "Have the PTR record replaced"},
		{
			name: "final dot missing", zone: rev4 + " PTR mail.shop.example.2.0.192.in-addr.arpa", status: rdns.Fail, codes: []mailworthy.Code{rdns.CodeReverseName},
			remedy: `Have the final dot added: "10.2.0.192.in-addr.arpa. PTR mail.shop.example."`,
		},
		{
			name: "final dot missing in a part of a network", zone: rev4 + " PTR mail.shop.example.0-15.2.0.192.in-addr.arpa", status: rdns.Fail,
			codes: []mailworthy.Code{rdns.CodeReverseName}, remedy: `Have the final dot added: "10.2.0.192.in-addr.arpa. PTR mail.shop.example."`,
		},
		{
			name: "final dot missing over IPv6", ip: ip6, zone: rev6 + " PTR mail.shop.example.f.b.8.b.d.0.1.0.0.2.ip6.arpa", status: rdns.Fail,
			codes: []mailworthy.Code{rdns.CodeReverseName}, remedy: `PTR mail.shop.example."`,
		},
		{name: "reverse name of a bad host", zone: rev4 + " PTR -.2.0.192.in-addr.arpa", status: rdns.PermError, codes: []mailworthy.Code{rdns.CodeBadName}},
		{name: "reverse name of one label", zone: rev4 + " PTR mail.2.0.192.in-addr.arpa", status: rdns.Fail, codes: []mailworthy.Code{rdns.CodeReverseName}, remedy: "Have the PTR record replaced"},
		{name: "root", zone: rev4 + " PTR .", status: rdns.PermError, codes: []mailworthy.Code{rdns.CodeBadName}},
		{name: "blank in name", zone: rev4 + ` PTR mail\032server.example.org.`, status: rdns.PermError, codes: []mailworthy.Code{rdns.CodeBadName}},
		{name: "control character in name", zone: rev4 + ` PTR mail\027[1m.example.org.`, status: rdns.PermError, codes: []mailworthy.Code{rdns.CodeBadName}},
		{name: "hyphen at the end", zone: rev4 + " PTR mail-.example.org", status: rdns.PermError, codes: []mailworthy.Code{rdns.CodeBadName}},
		{name: "wildcard", zone: rev4 + " PTR *.example.org", status: rdns.PermError, codes: []mailworthy.Code{rdns.CodeBadName}},
		{
			name: "invalid beside valid", zone: rev4 + " PTR *.example.org\n" + rev4 + " PTR mail.example.org\nmail.example.org A 192.0.2.10",
			status: rdns.Pass, host: "mail.example.org", codes: []mailworthy.Code{rdns.CodeSeveralNames, rdns.CodeBadName}, severe: mailworthy.Warning,
		},
		{name: "underscore", zone: rev4 + " PTR my_mail.example.org\nmy_mail.example.org A 192.0.2.10", status: rdns.Pass, host: "my_mail.example.org", codes: []mailworthy.Code{rdns.CodeUnderscore}},
		{name: "underscore and elsewhere", zone: rev4 + " PTR my_mail.example.org", status: rdns.Fail, codes: []mailworthy.Code{rdns.CodeUnderscore, rdns.CodeNoAddress}},
		{name: "dynamic", zone: rev4 + " PTR 192-0-2-10.dsl.example.net\n192-0-2-10.dsl.example.net A 192.0.2.10", status: rdns.Pass, host: "192-0-2-10.dsl.example.net", codes: []mailworthy.Code{rdns.CodeDynamic}},
		{name: "generic", zone: rev4 + " PTR 192-0-2-10.example.net\n192-0-2-10.example.net A 192.0.2.10", status: rdns.Pass, host: "192-0-2-10.example.net", codes: []mailworthy.Code{rdns.CodeGeneric}},
		{
			name: "cloud", zone: rev4 + " PTR ec2-192-0-2-10.compute-1.amazonaws.com\nec2-192-0-2-10.compute-1.amazonaws.com A 192.0.2.10", status: rdns.Pass,
			host: "ec2-192-0-2-10.compute-1.amazonaws.com", codes: []mailworthy.Code{rdns.CodeCloudDefault},
		},
		{name: "generic and elsewhere", zone: rev4 + " PTR 192-0-2-10.example.net", status: rdns.Fail, codes: []mailworthy.Code{rdns.CodeNoAddress, rdns.CodeGeneric}},
		{name: "private address", ip: "10.0.0.5", status: rdns.PermError, codes: []mailworthy.Code{rdns.CodePrivateAddress, rdns.CodeNoPTR}},
		{name: "carrier address", ip: "100.64.0.1", status: rdns.PermError, codes: []mailworthy.Code{rdns.CodePrivateAddress, rdns.CodeNoPTR}},
		{name: "loopback", ip: "::1", status: rdns.PermError, codes: []mailworthy.Code{rdns.CodePrivateAddress, rdns.CodeNoPTR}},
		{name: "link-local with zone", ip: "fe80::1%eth0", status: rdns.PermError, codes: []mailworthy.Code{rdns.CodePrivateAddress, rdns.CodeNoPTR}},
		{name: "unspecified", ip: "0.0.0.0", status: rdns.PermError, codes: []mailworthy.Code{rdns.CodePrivateAddress, rdns.CodeNoPTR}},
	}
}

func TestEvaluate(t *testing.T) {
	for _, tc := range ptrCases() {
		t.Run(tc.name, func(t *testing.T) {
			zone := resolver.MustZone(tc.zone)
			res, missing := rdns.Evaluate(rdns.Request{IP: tc.addr()}, zone)
			require.Empty(t, missing)
			require.Equal(t, tc.status, res.Status)
			require.Equal(t, tc.host, res.Host)
			require.Equal(t, tc.codes, codesOf(res.Findings), "%+v", res.Findings)
			if tc.severe != mailworthy.None {
				require.Equal(t, tc.severe, res.Findings.Worst())
			}
			if tc.remedy != "" {
				require.Contains(t, res.Findings[0].Remedy, tc.remedy)
			}
			if tc.seen != "" {
				require.Contains(t, strings.Join(res.Findings[0].Evidence, "\n"), tc.seen)
			}
			sound(t, tc.addr(), res)
		})
	}
}

// sound checks what holds for every result.
func sound(t testing.TB, ip netip.Addr, res rdns.Result) {
	t.Helper()
	require.False(t, res.IP.Is4In6())
	require.Empty(t, res.IP.Zone())
	confirmed, failed := false, res.PTR != "" && !res.PTR.Definitive()
	for _, n := range res.Names {
		confirmed = confirmed || n.Confirmed
		failed = failed || n.DNS != "" && !n.DNS.Definitive()
		require.NotNil(t, n.Addrs)
		require.NotNil(t, n.OtherAddrs)
		require.LessOrEqual(t, len(n.Addrs), 32)
		require.Equal(t, n.Form.Resolvable(), n.DNS != "")
		require.Equal(t, rdns.Classify(ip, n.Name), n.Class)
	}
	require.Equal(t, confirmed, res.Status == rdns.Pass)
	require.Equal(t, confirmed, res.Host != "")
	require.Equal(t, failed && !confirmed, res.Status == rdns.TempError)
	require.GreaterOrEqual(t, res.Total, len(res.Names))
	require.LessOrEqual(t, len(res.Names), 100)
	requireFindings(t, res.Findings)
	for _, f := range res.Findings {
		require.Equal(t, f.Code == rdns.CodeDNSFailure, f.Temporary)
	}
	if res.Status != rdns.Pass {
		require.NotEmpty(t, res.Findings)
	}
}

// requireFindings checks that findings are whole, printable, and propose records that
// DNS would take.
func requireFindings(t testing.TB, fs mailworthy.Findings) {
	t.Helper()
	for _, f := range fs {
		require.NotEqual(t, mailworthy.None, f.Severity)
		require.NotEmpty(t, f.Subject)
		require.NotEmpty(t, f.Remedy)
		require.Contains(t, f.Ref, "RFC ")
		require.NotEmpty(t, f.Evidence, f.Code)
		for _, s := range slices.Concat(f.Evidence, []string{f.Subject, f.Message, f.Remedy}) {
			require.Equal(t, -1, strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f }), "%q", s)
			require.Less(t, len(s), 8000)
		}
		for i, part := range strings.Split(f.Remedy, `"`) {
			if i%2 == 1 {
				_, err := resolver.ParseZone(part)
				require.NoError(t, err, part)
			}
		}
	}
}

// TestEveryCode requires that the tables of tests make all codes.
func TestEveryCode(t *testing.T) {
	made := map[mailworthy.Code]bool{}
	for _, tc := range ptrCases() {
		for _, c := range tc.codes {
			made[c] = true
		}
	}
	for _, tc := range heloCases() {
		for _, c := range tc.codes {
			made[c] = true
		}
	}
	require.Len(t, made, 39, "as many as codes.go has")
	for _, r := range rdns.Receivers() {
		require.NotEmpty(t, r.Does)
		require.NotEmpty(t, r.Codes)
		require.Contains(t, []rdns.Confidence{rdns.High, rdns.Medium}, r.Confidence)
		for _, c := range r.Codes {
			require.True(t, made[c], "%s acts on %s", r.Name, c)
		}
	}
}

// TestReceiversByFamily names those who act on IPv6 addresses only for such.
func TestReceiversByFamily(t *testing.T) {
	for ip, want := range map[string]bool{ip4: false, ip6: true} {
		res, _ := rdns.Evaluate(rdns.Request{IP: netip.MustParseAddr(ip)}, resolver.MustZone(""))
		evidence := strings.Join(res.Findings[0].Evidence, " ")
		require.Contains(t, evidence, "Gmail refuses with 550-5.7.25 (confidence high)")
		require.Equal(t, want, strings.Contains(evidence, "Microsoft"))
	}
}

// TestReceiversIsACopy changes what Receivers returns.
func TestReceiversIsACopy(t *testing.T) {
	rdns.Receivers()[0].Codes[0] = "x"
	require.NotEqual(t, mailworthy.Code("x"), rdns.Receivers()[0].Codes[0])
}

// TestRemedyNamesTheHost puts the wanted name into the records.
func TestRemedyNamesTheHost(t *testing.T) {
	for _, tc := range []struct{ host, want string }{
		{"Mail.Shop.Example.", "mail.shop.example"},
		{"", "mail.example.org"},
		{"192.0.2.1", "mail.example.org"},
		{"a..b", "mail.example.org"},
		{"localhost", "mail.example.org"},
	} {
		res, err := rdns.Checker{Resolver: resolver.MustZone(""), Host: tc.host}.Check(t.Context(), netip.MustParseAddr(ip4))
		require.NoError(t, err)
		require.Contains(t, res.Findings[0].Remedy, `"10.2.0.192.in-addr.arpa. PTR `+tc.want+`."`)
		require.Contains(t, res.Findings[0].Remedy, `"`+tc.want+`. A 192.0.2.10"`)
		require.Equal(t, tc.want != "mail.example.org", !strings.Contains(res.Findings[0].Remedy, "in place of"))
	}
}

// TestNames shows where each name leads, in whole.
func TestNames(t *testing.T) {
	zone := resolver.MustZone(`
		10.2.0.192.in-addr.arpa       60   CNAME 10.sub.2.0.192.in-addr.arpa
		10.sub.2.0.192.in-addr.arpa   120  PTR   Mail.Example.org
		10.sub.2.0.192.in-addr.arpa   120  PTR   192.0.2.10
		mail.example.org              30   CNAME a.example.org
		a.example.org                 90   A     192.0.2.10
		a.example.org                 90   A     192.0.2.9
		a.example.org                 90   AAAA  2001:db8::1
	`)
	res, _ := rdns.Evaluate(rdns.Request{IP: netip.MustParseAddr(ip4)}, zone)
	res.Findings = nil
	none := []netip.Addr{}
	custom := rdns.Classification{Kind: rdns.Custom, Rules: []rdns.Match{}}
	require.Equal(t, rdns.Result{
		Status: rdns.Pass, IP: netip.MustParseAddr(ip4), Scope: rdns.Public, Host: "mail.example.org", Reverse: rev4,
		PTR: resolver.Success, Alias: []string{"10.sub.2.0.192.in-addr.arpa"}, TTL: 60, Total: 2,
		Names: []rdns.Name{
			{
				Name: "mail.example.org", Form: rdns.FormHost, Confirmed: true, DNS: resolver.Success, Other: resolver.Success, Alias: []string{"a.example.org"}, TTL: 30,
				Addrs: []netip.Addr{netip.MustParseAddr(ip4), netip.MustParseAddr("192.0.2.9")}, OtherAddrs: []netip.Addr{netip.MustParseAddr("2001:db8::1")}, Class: custom,
			},
			{Name: "192.0.2.10", Form: rdns.FormAddress, Addrs: none, OtherAddrs: none, Class: rdns.Classify(netip.MustParseAddr(ip4), "192.0.2.10")},
		},
	}, res)
}

// TestCarelessNames are names as no Resolver should return them: the same twice, in
// another case, with a final dot, and malformed ones.
func TestCarelessNames(t *testing.T) {
	view := resolver.Snapshot{
		resolver.Q(rev4, resolver.TypePTR): {Status: resolver.Success, Hosts: []string{
			"Mail.Example.org.", "mail.example.org", "MAIL.EXAMPLE.ORG", "a..b", "\x1b[31m", strings.Repeat("a", 1<<16), "",
		}},
		resolver.Q("mail.example.org", resolver.TypeA):    {Status: resolver.Success, Addrs: []netip.Addr{netip.MustParseAddr("::ffff:192.0.2.10")}},
		resolver.Q("mail.example.org", resolver.TypeAAAA): {Status: resolver.NoData},
	}
	res, missing := rdns.Evaluate(rdns.Request{IP: netip.MustParseAddr(ip4)}, view)
	require.Empty(t, missing)
	require.Equal(t, rdns.Pass, res.Status)
	require.Equal(t, "mail.example.org", res.Host)
	require.Equal(t, 5, res.Total)
	require.Len(t, res.Names, 5)
	sound(t, netip.MustParseAddr(ip4), res)
}

// TestHostileNumber looks at ten of 10,000 names, or at as many as were asked for.
func TestHostileNumber(t *testing.T) {
	hosts := make([]string, 10_000)
	for i := range hosts {
		hosts[i] = fmt.Sprintf("h%d.example.org", i)
	}
	view := resolver.Snapshot{resolver.Q(rev4, resolver.TypePTR): {Status: resolver.Success, Hosts: hosts}}
	for limit, want := range map[int]int{0: 10, -5: 10, 1: 1, 37: 37, 100: 100, 5000: 100} {
		res, missing := rdns.Evaluate(rdns.Request{IP: netip.MustParseAddr(ip4), Names: limit}, view)
		require.Len(t, missing, 2*want)
		require.Equal(t, 10_000, res.Total)
		require.Empty(t, res.Status, "there is no result yet")
	}
}

func TestAuthenticationResults(t *testing.T) {
	for _, tc := range []struct {
		res  rdns.Result
		want string
	}{
		{rdns.Result{}, ""},
		{rdns.Result{Status: rdns.Pass, IP: netip.MustParseAddr("192.0.2.200")}, "iprev=pass policy.iprev=192.0.2.200"},
		{rdns.Result{Status: rdns.TempError, IP: netip.MustParseAddr(ip6)}, `iprev=temperror policy.iprev="2001:db8::10"`},
		{rdns.Result{Status: rdns.Fail, IP: netip.MustParseAddr("fe80::1%\"\r\nX: y")}, `iprev=fail policy.iprev="fe80::1"`},
	} {
		require.Equal(t, tc.want, tc.res.AuthenticationResults())
	}
}
