package spf_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

var receivedKeys = []string{"client-ip", "envelope-from", "helo", "problem", "receiver", "identity", "mechanism"}

// headers requires that both header fields are well formed and say what res says.
func headers(t testing.TB, res spf.Result) (received, auth map[string]string) {
	t.Helper()
	result, received := parseReceivedSPF(t, res.ReceivedSPF())
	require.Equal(t, string(res.Status), result)
	require.Equal(t, res.IP.String(), received["client-ip"])
	require.Equal(t, string(res.Identity), received["identity"])
	for key := range received {
		require.Contains(t, receivedKeys, key)
	}
	require.Less(t, len(res.ReceivedSPF()), 4000)

	result, auth = parseAuthRes(t, res.AuthenticationResults())
	require.Equal(t, string(res.Status), result)
	for key := range auth {
		require.Contains(t, []string{"reason", "smtp.mailfrom", "smtp.helo"}, key)
	}
	require.Less(t, len(res.AuthenticationResults()), 4000)
	return received, auth
}

func TestHeadersOfEveryStatus(t *testing.T) {
	tests := map[spf.Status]struct {
		zone, mechanism string
		problem         bool
	}{
		spf.None:      {"", "default", false},
		spf.Neutral:   {"example.org TXT 'v=spf1 ip4:198.51.100.1'", "default", false},
		spf.Pass:      {"example.org TXT 'v=spf1 ip4:192.0.2.1 -all'", "ip4:192.0.2.1", false},
		spf.Fail:      {"example.org TXT 'v=spf1 -all'", "-all", false},
		spf.SoftFail:  {"example.org TXT 'v=spf1 ~all'", "~all", false},
		spf.TempError: {"example.org TXT !servfail", "default", true},
		spf.PermError: {"example.org TXT 'v=spf1 moo'", "default", true},
	}
	for status, test := range tests {
		t.Run(string(status), func(t *testing.T) {
			req := edge{receiver: "mx.receiver.example"}.request()
			res, _ := spf.Evaluate(req, resolver.MustZone(test.zone))
			require.Equal(t, status, res.Status)
			received, auth := headers(t, res)
			require.Equal(t, "192.0.2.1", received["client-ip"])
			require.Equal(t, "user@example.org", received["envelope-from"])
			require.Equal(t, "mail.client.example", received["helo"])
			require.Equal(t, "mailfrom", received["identity"])
			require.Equal(t, "mx.receiver.example", received["receiver"])
			if m, ok := received["mechanism"]; ok {
				// RFC 7208 section 9.1: "default" if none matched.
				require.Equal(t, strings.TrimLeft(test.mechanism, "-~"), strings.TrimLeft(m, "-~"))
			}
			require.Equal(t, test.problem, received["problem"] != "", "%v", received)
			require.Equal(t, "user@example.org", auth["smtp.mailfrom"])
		})
	}
}

func TestHeadersOfHELO(t *testing.T) {
	res, _ := spf.EvaluateHELO(edge{helo: "h.test"}.request(), resolver.MustZone("h.test TXT 'v=spf1 -all'"))
	received, auth := headers(t, res)
	require.Equal(t, "helo", received["identity"])
	require.Equal(t, "h.test", received["helo"])
	require.Equal(t, "h.test", auth["smtp.helo"])
	require.NotContains(t, auth, "smtp.mailfrom", "it was not checked")
}

func TestHeadersOfIPv6(t *testing.T) {
	res, _ := spf.Evaluate(edge{ip: client6}.request(), resolver.MustZone("example.org TXT 'v=spf1 ip6:2001:db8::/32'"))
	received, _ := headers(t, res) // The grammar wants a colon to be quoted.
	require.Equal(t, client6, received["client-ip"])
	require.Contains(t, res.ReceivedSPF(), `client-ip="2001:db8::1"`)
}

func TestHeadersWithoutReceiver(t *testing.T) {
	res, _ := spf.Evaluate(edge{}.request(), resolver.MustZone("example.org TXT 'v=spf1 -all'"))
	received, _ := headers(t, res)
	if name, ok := received["receiver"]; ok {
		require.Equal(t, "unknown", name)
	}
}

func TestHeadersFold(t *testing.T) {
	req := edge{from: strings.Repeat("abcdefghi.", 5) + "x@example.org", helo: strings.Repeat("abcdefghi.", 5) + "test", receiver: strings.Repeat("abcdefghi.", 5) + "test"}.request()
	res, _ := spf.Evaluate(req, resolver.MustZone("example.org TXT 'v=spf1 -all'"))
	headers(t, res)
	for line := range strings.SplitSeq("Received-SPF: "+res.ReceivedSPF(), "\r\n") {
		require.LessOrEqual(t, len(line), 78+len("mechanism="), "%q", line)
	}
}

// TestHeaderInjection puts what an SMTP client and a record's publisher may say
// into every place that ends up in a header field.
func TestHeaderInjection(t *testing.T) {
	hostile := map[string]string{
		"crlf-field":        "a.test\r\nSubject: hello",
		"crlf-body":         "a.test\r\n\r\nhello",
		"crlf-fold":         "a.test\r\n folded",
		"lf":                "a.test\nSubject: hello",
		"cr":                "a.test\rSubject: hello",
		"nul":               "a.test\x00b",
		"escape":            "a.test\x1b[31m",
		"delete":            "a.test\x7f",
		"tab":               "a\ttest",
		"quote":             `a.test"; client-ip="203.0.113.1`,
		"backslash":         `a.test\`,
		"backslash-quote":   `a.test\"; client-ip=203.0.113.1; x="`,
		"backslashes-quote": `a.test\\"; client-ip=203.0.113.1`,
		"pair":              `a.test; client-ip=203.0.113.1`,
		"pair-dot-atom":     `a;identity=helo`,
		"comment":           "a.test (passed)",
		"comment-open":      "a.test (",
		"comment-close":     "a.test) client-ip=203.0.113.1 (",
		"comment-nested":    strings.Repeat("(", 1000),
		"comment-backslash": `a.test)\) x=y (`,
		"equals":            "a=b",
		"bang":              "!",
		"blank":             "a b",
		"blank-last":        "a.test ",
		"blanks":            strings.Repeat(" ", 300),
		"comma":             "a,b",
		"at":                "a@b@c",
		"angle":             "<a.test>",
		"dots":              "..a..",
		"dot":               ".",
		"utf-8":             "b\u00fccher.test",
		"utf-8-wide":        strings.Repeat("\u4f8b", 400),
		"utf-8-broken":      "b\xfc\xff.test",
		"utf-8-c1":          "b\u0085\u009b31m.test",
		"utf-8-separator":   "b\u2028\u202e.test",
		"encoded-word":      "=?utf-8?q?a?=",
		"literal":           "[IPv6:2001:db8::1]",
		"10kB":              strings.Repeat("a", 10000),
		"10kB-dots":         strings.Repeat("a.", 5000) + "test",
		"10kB-quotes":       strings.Repeat(`"`, 10000),
		"10kB-backslashes":  strings.Repeat(`\`, 9999),
		"10kB-crlf":         strings.Repeat("\r\n", 5000),
		"auth-result":       "a.test; dkim=pass header.d=a.test",
		"auth-result-prop":  "a.test smtp.mailfrom=b.test",
	}
	zones := map[string]string{
		"pass":      "* TXT 'v=spf1 +all'",
		"fail":      "* TXT 'v=spf1 -all'",
		"temperror": "* TXT !servfail ede=22 \"no \\\"reach\\\"able) (authority\"",
		"permerror": "* TXT 'v=spf1 +all a:\"x);(y=z\"'",
		"odd-match": "* TXT \"v=spf1 exists:%{l}.(x;y=\\\"z\\\\.test ?all\"",
		"none":      "",
	}
	for zoneName, text := range zones {
		zone := resolver.MustZone(text)
		for name, bad := range hostile {
			t.Run(zoneName+"/"+name, func(t *testing.T) {
				ip := netip.MustParseAddr(client4)
				for _, req := range []spf.Request{
					{IP: ip, HELO: bad, MailFrom: "user@example.org"},
					{IP: ip, HELO: bad},
					{IP: ip, HELO: "h.test", MailFrom: bad},
					{IP: ip, HELO: "h.test", MailFrom: bad + "@example.org"},
					{IP: ip, HELO: "h.test", MailFrom: "user@" + bad},
					{IP: ip, HELO: "h.test", MailFrom: "<" + bad + ">"},
					{IP: ip, HELO: "h.test", MailFrom: `"` + bad + `"@example.org`},
					{IP: ip, HELO: "h.test", MailFrom: "user@example.org", Receiver: bad},
					{IP: netip.MustParseAddr("fe80::1").WithZone(bad), HELO: "h.test", MailFrom: "user@example.org"},
				} {
					for _, evaluate := range []func(spf.Request, resolver.View) (spf.Result, []resolver.Question){spf.Evaluate, spf.EvaluateHELO} {
						res, missing := evaluate(req, zone)
						require.Empty(t, missing)
						sound(t, res)
						headers(t, res)
					}
				}
			})
		}
	}
}

// TestHeadersOfHostileNames is for names that DNS itself can make odd.
func TestHeadersOfHostileNames(t *testing.T) {
	tests := map[string]string{
		"syntax":       `example.org TXT "v=spf1 x\013\010Subject:\"hi\")\027[31m"`,
		"syntax-long":  "example.org TXT '" + "v=spf1 a:" + strings.Repeat("x;", 5000) + "'",
		"match":        "example.org TXT 'v=spf1 ?exists:(%{ir})\";x=\\y.test'\n*.test A 127.0.0.2",
		"match-long":   "example.org TXT 'v=spf1 -exists:%{d1}" + strings.Repeat("%%", 3000) + ".test -all moo=" + strings.Repeat("(", 3000) + "'",
		"no-such-name": "example.org TXT 'v=spf1 include:(((\".test'",
		"include-fails": "example.org TXT 'v=spf1 include:i\"(.test'\n" +
			"* !servfail ede=15 \"(((\"",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			res, _ := spf.Evaluate(edge{}.request(), resolver.MustZone(text))
			sound(t, res)
			headers(t, res)
		})
	}
}

func TestHeadersInWorlds(t *testing.T) {
	inWorlds(t, func(t *testing.T, zone *resolver.Zone, req spf.Request) {
		res, _ := spf.Evaluate(req, zone)
		headers(t, res)
		res, _ = spf.EvaluateHELO(req, zone)
		headers(t, res)
	})
}

func TestHeadersOfNoResult(t *testing.T) {
	require.Empty(t, spf.Result{}.ReceivedSPF())
	require.Empty(t, spf.Result{}.AuthenticationResults())
}
