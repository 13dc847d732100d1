package resolver_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
)

func TestParseZoneErrors(t *testing.T) {
	tests := []struct {
		name string
		text string
		line int
		want string // part of the error
	}{
		{"no type", "example.org", 1, "type is missing"},
		{"unknown type", "\n\nexample.org FOO bar", 3, `no record type "FOO"`},
		{"no data", "example.org TXT", 1, "no data"},
		{"question type", "example.org ANY foo", 1, "no records of type ANY"},
		{"unquoted words", "example.org TXT v=spf1 -all", 1, "needs quotation marks"},
		{"unquoted semicolon", "example.org TXT v=DKIM1; p=", 1, "needs quotation marks"},
		{"open quote", "a A 192.0.2.1\nexample.org TXT \"v=spf1\n-all\"", 2, "not closed"},
		{"open apostrophe", "example.org TXT 'it's", 1, "not closed"},
		{"open parenthesis", "example.org TXT (\n\"a\"\n", 1, "parenthesis is not closed"},
		{"stray parenthesis", "example.org TXT \"a\" )", 1, "closing parenthesis"},
		{"bad escape", `example.org TXT "\999"`, 1, "broken escape"},
		{"final backslash", `example.org TXT a\`, 1, "broken escape"},
		{"control character", "example.org\x00 TXT a", 1, "control characters"},
		{"bad name", "a..b TXT a", 1, "not a domain name"},
		{"quoted name", `"example.org" TXT a`, 1, "quoted text where a name belongs"},
		{"at without origin", "@ TXT a", 1, "@ needs an $ORIGIN"},
		{"bad address", "example.org A 192.0.2.256", 1, "one address of its family"},
		{"wrong family", "example.org AAAA 192.0.2.1", 1, "one address of its family"},
		{"scoped address", "example.org AAAA fe80::1%eth0", 1, "one address of its family"},
		{"MX without preference", "example.org MX mx.example.org", 1, "preference and a host"},
		{"MX preference", "example.org MX 65536 mx.example.org", 1, "preference and a host"},
		{"two hosts", "example.org CNAME a b", 1, "takes one host"},
		{"two aliases", "example.org CNAME a\nexample.org CNAME b", 2, "second CNAME"},
		{"codec", "example.org TLSA 3 1", 1, "TLSA"},
		{"class", "example.org CH TXT a", 1, "class IN"},
		{"include", "$INCLUDE /etc/passwd", 1, "$INCLUDE is not allowed"},
		{"directive", "$FOO bar", 1, "no directive $FOO"},
		{"origin", "$ORIGIN", 1, "$ORIGIN takes one name"},
		{"ttl", "$TTL soon", 1, "$TTL takes one number"},
		{"generate", "$GENERATE 1-x a$ A 192.0.2.$", 1, "range"},
		{"too many generated", "$GENERATE 1-8000 a$ A 192.0.2.1\n$GENERATE 1-8000 b$ A 192.0.2.1", 2, "more than 8192"},
		{"too large generated", "$GENERATE 1-8000 a$ TXT (" + strings.Repeat(" ${0,200}", 100) + ")", 1, "octets"},
		{"indented without owner", "  A 192.0.2.1\nexample.org TXT a", 1, "without an owner"},
		{"unknown rule", "example.org A !explode", 1, "no rule !explode"},
		{"bad times", "example.org !servfail times=x", 1, "not a good times"},
		{"negative times", "example.org !servfail times=-1", 1, "not a good times"},
		{"bad delay", "example.org !delay=soon", 1, "not a good delay"},
		{"negative delay", "example.org !delay=-1s", 1, "negative"},
		{"two texts", "example.org !servfail one two", 1, "more than one text"},
		{"answer without type", "example.org !answer '{}'", 1, "!answer takes a type"},
		{"answer without status", "example.org A !answer '{}'", 1, "no status"},
		{"secure with words", "example.org !secure please", 1, "takes no words"},
		{"long name", strings.Repeat("a", 1000) + "\x01 A 192.0.2.1", 1, "control"},
		{"longer name", strings.Repeat("a", 1000) + " A 192.0.2.1", 1, "not a domain name"},
		{"long type", "a " + strings.Repeat("a", 1000), 1, "no record type"},
		{"long rule", "a !" + strings.Repeat("a", 1000), 1, "no rule"},
		{"generic without data", `a A \# 0`, 1, "no data"},
		{"too long", strings.Repeat(";", 4<<20+1), 1, "more than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := resolver.ParseZone(tt.text)
			ze, ok := errors.AsType[*resolver.ZoneError](err)
			require.True(t, ok, "%v", err)
			require.ErrorContains(t, err, tt.want)
			require.Equal(t, tt.line, ze.Line)
			require.Less(t, len(err.Error()), 400)
			require.NotContains(t, err.Error(), "\x00")
			require.Panics(t, func() { resolver.MustZone(tt.text) })
		})
	}
}

// TestParseZoneManyNames has few lines, but each makes more than a hundred names
// that are between others.
func TestParseZoneManyNames(t *testing.T) {
	var b strings.Builder
	for i := range 8800 {
		b.WriteString(strings.Repeat("a.", 120))
		b.WriteString(strconv.Itoa(i))
		b.WriteString(" A 192.0.2.1\n")
	}
	_, err := resolver.ParseZone(b.String())
	ze, ok := errors.AsType[*resolver.ZoneError](err)
	require.True(t, ok, "%v", err)
	require.Zero(t, ze.Line)
	require.EqualError(t, err, "resolver: zone text of more than 1,048,576 names")
}

func TestParseZoneForms(t *testing.T) {
	const want = "mail.example.org.\t300\tIN\tA\t192.0.2.1\n" +
		"mail.example.org.\t300\tIN\tMX\t10 mail.example.org.\n"
	tests := []struct {
		name string
		text string
	}{
		{"one per line", "mail.example.org A 192.0.2.1\nmail.example.org MX 10 mail.example.org"},
		{"final dots, any case", "Mail.Example.Org. a 192.0.2.1\r\nmail.example.org in Mx 10 MAIL.example.org.\r\n"},
		{"TTL before class", "mail.example.org 300 IN A 192.0.2.1\nmail.example.org IN 5m MX 10 mail.example.org"},
		{"previous owner", "mail.example.org A 192.0.2.1\n\tMX 10 mail.example.org"},
		{"previous owner in an indented literal", `
			mail.example.org	A	192.0.2.1
						300	MX	10 mail.example.org
		`},
		{"literal whose first line is not indented", `mail.example.org A 192.0.2.1
			mail.example.org MX 10 mail.example.org`},
		{"origin", "$ORIGIN org\n$ORIGIN example\nmail A 192.0.2.1\n MX 10 mail"},
		{"host named like a type", "$ORIGIN mail.example.org\n@ A 192.0.2.1\n$ORIGIN .\nmail.example.org MX 10 mail.example.org"},
		{"parentheses", "mail.example.org ( A ; comment (\n 192.0.2.1 )\nmail.example.org MX (10\n\n mail.example.org)"},
		{"escapes", `m\097il.example.org A 192.0.2.1` + "\n" + `mail.example.org MX 10 mail.ex\ample.org`},
		{"duplicates", "mail.example.org A 192.0.2.1\nmail.example.org 600 A 192.0.2.1\nmail.example.org MX 10 mail.example.org"},
		{"generate", "$GENERATE 10-10 mail.example.org MX $ mail.example.org\nmail.example.org A 192.0.2.1"},
		{"generic", `mail.example.org TYPE1 \# 4 c0000201` + "\nmail.example.org MX 10 mail.example.org"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			z, err := resolver.ParseZone(tt.text)
			require.NoError(t, err)
			var lines []string
			for line := range strings.Lines(z.String()) {
				if !strings.HasPrefix(line, "$ORIGIN") {
					lines = append(lines, line)
				}
			}
			require.Equal(t, want, strings.Join(lines, ""))
		})
	}
}

// TestParseZoneOwnerNamedAsType is the one guess that the indented form needs.
func TestParseZoneOwnerNamedAsType(t *testing.T) {
	z := resolver.MustZone(`$ORIGIN example.org
		@   SOA ns hostmaster 1 2 3 4 5
		    NS  ns
		ns  A   192.0.2.1
		mx  A   192.0.2.2
		txt TXT "a"`)
	for _, q := range []resolver.Question{
		resolver.Q("example.org", resolver.TypeSOA), resolver.Q("example.org", resolver.TypeNS),
		resolver.Q("ns.example.org", resolver.TypeA), resolver.Q("mx.example.org", resolver.TypeA),
		resolver.Q("txt.example.org", resolver.TypeTXT),
	} {
		a, _ := z.Get(q)
		require.Equal(t, resolver.Success, a.Status, "%v", q)
	}
}

func TestParseZoneTexts(t *testing.T) {
	long := strings.Repeat("x", 600)
	tests := []struct {
		name string
		data string
		want resolver.Text
	}{
		{"word", `hello`, resolver.Text{"hello"}},
		{"quoted", `"v=spf1 -all"`, resolver.Text{"v=spf1 -all"}},
		{"apostrophes", `'v=DKIM1; p="x" it's'`, resolver.Text{`v=DKIM1; p="x" it's`}},
		{"strings", `"one" "two"`, resolver.Text{"one", "two"}},
		{"strings side by side", `"one""two"`, resolver.Text{"one", "two"}},
		{"empty", `""`, resolver.Text{""}},
		{"comment", `"one" ; "two"`, resolver.Text{"one"}},
		{"octets", `"\000\255\"\\\;é"`, resolver.Text{"\x00\xff\"\\;é"}},
		{"rule in quotes", `"!servfail"`, resolver.Text{"!servfail"}},
		{"split", `"` + long + `"`, resolver.Text{long[:255], long[255:510], long[510:]}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			z, err := resolver.ParseZone("example.org TXT " + tt.data)
			require.NoError(t, err)
			a, _ := z.Get(resolver.Q("example.org", resolver.TypeTXT))
			require.Equal(t, []resolver.Text{tt.want}, a.TXT)
		})
	}
}

func FuzzParseZone(f *testing.F) {
	f.Add(world)
	f.Add(`example.org TXT 'a' "b" c` + "\n* !delay=1ms times=2\n$GENERATE 1-3 $ PTR h$")
	f.Add(`*.x TXT !answer "{\"status\":\"success\"}"` + "\n\\# A \\# 4 00000000\n. NS .")
	f.Fuzz(func(t *testing.T, text string) {
		z, err := resolver.ParseZone(text)
		if err != nil {
			_, ok := errors.AsType[*resolver.ZoneError](err)
			require.True(t, ok)
			return
		}
		// What it prints means the same.
		out := z.String()
		again, err := resolver.ParseZone(out)
		require.NoError(t, err, "%q", out)
		require.Equal(t, out, again.String())
		for _, q := range []resolver.Question{
			resolver.Q("example.org", resolver.TypeTXT), resolver.Q("a.x", resolver.TypeA), resolver.Q(".", resolver.TypeNS),
		} {
			a, ok := z.Get(q)
			require.True(t, ok)
			b, _ := again.Get(q)
			require.Equal(t, a, b)
		}
	})
}
