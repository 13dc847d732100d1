package dmarc_test

import (
	"encoding/json"
	"fmt"
	"net/mail"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

// TestParseFrom has the forms of From, those to get around DMARC above all.
func TestParseFrom(t *testing.T) {
	const (
		syntax   = dmarc.CodeFromSyntax
		several  = dmarc.CodeFromDomains
		obsolete = dmarc.CodeFromObsolete
		empty    = dmarc.CodeFromEmpty
		bad      = dmarc.CodeBadDomain
	)
	for _, tt := range []struct {
		name, value string
		domain      string // the author domain; "" if there is none
		domains     string // if others than domain
		codes       []mailworthy.Code
	}{
		{name: "bare address", value: "a@example.org", domain: "example.org"},
		{name: "name and address", value: "Alice Example <a@example.org>", domain: "example.org"},
		{name: "quoted name", value: `"Example, Alice" <a@example.org>`, domain: "example.org"},
		{name: "blanks", value: " \t Alice \t < a @ example.org > ", domain: "example.org"},
		{name: "case", value: "a@EXAMPLE.Org", domain: "example.org"},
		{name: "one label", value: "root@localhost", domain: "localhost"},
		{name: "underscore", value: "a@_x.example.org", domain: "_x.example.org"},

		{name: "several mailboxes, one domain", value: "a@example.org, B <b@example.org>", domain: "example.org"},
		{name: "several mailboxes, several domains", value: "a@example.org, b@example.net", domains: "example.org example.net", codes: []mailworthy.Code{several}},
		{name: "subdomains are other domains", value: "a@example.org, b@x.example.org", domains: "example.org x.example.org", codes: []mailworthy.Code{several}},
		{name: "commas too many", value: ",a@example.org,,", domain: "example.org"},
		{name: "semicolon between", value: "a@example.org; b@example.net", domains: "example.org example.net", codes: []mailworthy.Code{obsolete, several}},
		{name: "comma in a name", value: "Example, Alice <a@example.org>", domain: "example.org", codes: []mailworthy.Code{obsolete}},

		{name: "group", value: "Team: a@example.org, b@example.org;", domain: "example.org"},
		{name: "group with two domains", value: "Team: a@example.org, b@example.net;", domains: "example.org example.net", codes: []mailworthy.Code{several}},
		{name: "group and mailbox", value: "Team: a@example.org;, b@example.net", domains: "example.org example.net", codes: []mailworthy.Code{several}},
		{name: "empty group", value: "undisclosed-recipients:;", codes: []mailworthy.Code{empty}},
		{name: "quoted group name", value: `"a@example.net": b@example.org;`, domain: "example.org"},
		{name: "group without end", value: "Team: a@example.org", domain: "example.org", codes: []mailworthy.Code{obsolete}},
		{name: "group in a group", value: "A: B: a@example.org;;", codes: []mailworthy.Code{syntax}},

		{name: "encoded word in the name", value: "=?utf-8?q?B=C3=BCcher?= <a@example.org>", domain: "example.org"},
		{name: "encoded address in the name", value: "=?utf-8?q?ceo=40example.net?= <a@example.org>", domain: "example.org"},
		{name: "encoded word as the address", value: "=?utf-8?b?Y2VvQGV4YW1wbGUubmV0?=", codes: []mailworthy.Code{obsolete, empty}},
		{name: "encoded word in the local part", value: "=?utf-8?b?Y2VvQGV4YW1wbGUubmV0?=@example.org", codes: []mailworthy.Code{syntax}},
		{name: "encoded word with NUL in the local part", value: "=?utf-8?b?Y2VvQGV4YW1wbGUubmV0?==?utf-8?Q?=00?=@example.org", codes: []mailworthy.Code{syntax}},
		{name: "encoded word in angle brackets", value: "A <=?utf-8?q?a?=@example.org>", codes: []mailworthy.Code{syntax}},
		{name: "encoded word in the domain", value: "a@=?utf-8?q?example?=.org", codes: []mailworthy.Code{syntax}},
		{name: "at sign in an encoded word", value: "=?utf-8?q?ceo@example.net?= <a@example.org>", domains: "example.net?= example.org", codes: []mailworthy.Code{obsolete, several}},

		{name: "U-label", value: "a@bücher.example", domain: "xn--bcher-kva.example"},
		{name: "U-label in another case and form", value: "a@BU\u0308CHER。example", domain: "xn--bcher-kva.example"},
		{name: "A-label and U-label are one", value: "a@bücher.example, b@xn--bcher-kva.example", domain: "xn--bcher-kva.example"},
		{name: "U-label in the local part", value: "jürgen@example.org", domain: "example.org"},
		{name: "no UTF-8", value: "a@b\xfccher.example", domains: `b\252cher.example`, codes: []mailworthy.Code{bad}},
		{name: "no U-label", value: "a@x\u0378y.example", domains: `x\205\184y.example`, codes: []mailworthy.Code{bad}},

		{name: "comment", value: "a@example.org (Alice)", domain: "example.org"},
		{name: "comment first", value: "(b@example.net) a@example.org", domain: "example.org"},
		{name: "nested comment", value: `(a (b@example.net) \) (c)) a@example.org`, domain: "example.org"},
		{name: "comment in the address", value: "a(x)@(y)example.org(z)", domain: "example.org"},
		{name: "comment inside the domain", value: "a@example(.net).org", codes: []mailworthy.Code{syntax}},
		{name: "comment that may end the domain", value: "a@example.org(x).example.net", codes: []mailworthy.Code{syntax}},
		{name: "comment inside a label", value: "a@exam(x)ple.org", codes: []mailworthy.Code{syntax}},
		{name: "comment without end", value: "a@example.org (b@example.net", codes: []mailworthy.Code{syntax}},
		{name: "parenthesis without beginning", value: "a@example.org )", codes: []mailworthy.Code{syntax}},

		{name: "quoted local part with an at sign", value: `"b@example.net"@example.org`, domain: "example.org"},
		{name: "quoted local part with an angle bracket", value: `"b@example.net> "@example.org`, domain: "example.org"},
		{name: "quoted pair", value: `"a\"@example.net"@example.org`, domain: "example.org"},
		{name: "quotation mark without end", value: `"a@example.org`, codes: []mailworthy.Code{syntax}},
		{name: "backslash", value: `a\@example.net@example.org`, codes: []mailworthy.Code{syntax}},

		{name: "route", value: "<@example.net,@example.com:a@example.org>", codes: []mailworthy.Code{syntax}},
		{name: "route in front of another mailbox", value: "<@example.net:b>, a@example.org", codes: []mailworthy.Code{syntax}},
		{name: "route without address", value: "<@example.net>", codes: []mailworthy.Code{syntax}},
		{name: "route without colon", value: "<@example.net,a@example.org>", codes: []mailworthy.Code{syntax}},

		{name: "missing angle brackets", value: "Alice a@example.org", domain: "example.org", codes: []mailworthy.Code{obsolete}},
		{name: "missing end", value: "Alice <a@example.org", codes: []mailworthy.Code{syntax}},
		{name: "missing end before a comma", value: "Alice <a@example.org, b@example.net", codes: []mailworthy.Code{syntax}},
		{name: "missing beginning", value: "a@example.org>", codes: []mailworthy.Code{syntax}},
		{name: "two angle addresses", value: "<a@example.org> <b@example.net>", domains: "example.org", codes: []mailworthy.Code{syntax}},
		{name: "angle in angle", value: "<a@example.org<b@example.net>>", codes: []mailworthy.Code{syntax}},
		{name: "text behind", value: "<a@example.org> b@example.net", domains: "example.org", codes: []mailworthy.Code{syntax}},
		{name: "dot behind", value: "<a@example.org>.", domains: "example.org", codes: []mailworthy.Code{syntax}},
		{name: "at sign behind", value: "<a@example.org>@example.net", domains: "example.org", codes: []mailworthy.Code{syntax}},
		{name: "text behind the domain", value: "a@example.org example.net", codes: []mailworthy.Code{syntax}},
		{name: "address as name", value: "b@example.net <a@example.org>", domains: "example.net example.org", codes: []mailworthy.Code{obsolete, several}},
		{name: "own address as name", value: "a@example.org <a@example.org>", domain: "example.org", codes: []mailworthy.Code{obsolete}},
		{name: "quoted address as name", value: `"b@example.net" <a@example.org>`, domain: "example.org"},
		{name: "two at signs", value: "a@example.net@example.org", domains: "example.net", codes: []mailworthy.Code{syntax}},
		{name: "two at signs in angle brackets", value: "<a@example.net@example.org>", domains: "example.net", codes: []mailworthy.Code{syntax}},
		{name: "words in angle brackets", value: "<a b@example.org>", codes: []mailworthy.Code{syntax}},

		{name: "folded", value: "Alice\r\n <a@\r\n\texample.org>\r\n", domain: "example.org"},
		{name: "folded with LF", value: "Alice\n <a@example.org>\n", domain: "example.org"},
		{name: "folded inside quotation marks", value: "\"Ali\r\n ce\" <a@example.org>", domain: "example.org"},
		{name: "line break without fold", value: "a@example.org\r\nFrom: b@example.net", codes: []mailworthy.Code{syntax}},
		{name: "CR alone", value: "a@example.org\r", codes: []mailworthy.Code{syntax}},
		{name: "NUL", value: "a@example.org\x00.example.net", codes: []mailworthy.Code{syntax}},
		{name: "control character in quotation marks", value: "\"a\x1b[31m\" <a@example.org>", codes: []mailworthy.Code{syntax}},
		{name: "delete in a comment", value: "a@example.org (\x7f)", codes: []mailworthy.Code{syntax}},

		{name: "obsolete blanks in the domain", value: "a@example . org", codes: []mailworthy.Code{syntax}},
		{name: "blank that may end the domain", value: "a@example.org .example.net", codes: []mailworthy.Code{syntax}},
		{name: "obsolete dots in the name", value: "Alice Q. Example <a@example.org>", domain: "example.org"},
		{name: "dots in the local part", value: "a..b.@example.org", domain: "example.org", codes: []mailworthy.Code{obsolete}},
		{name: "dot at the end", value: "a@example.org.", domain: "example.org", codes: []mailworthy.Code{obsolete}},
		{name: "dots in the domain", value: "a@example..org", codes: []mailworthy.Code{syntax}},
		{name: "dot at the start", value: "a@.example.org", codes: []mailworthy.Code{syntax}},

		{name: "no local part", value: "@example.org", codes: []mailworthy.Code{syntax}},
		{name: "no domain", value: "a@", codes: []mailworthy.Code{syntax}},
		{name: "no domain in angle brackets", value: "<a@>", codes: []mailworthy.Code{syntax}},
		{name: "no at sign", value: "Alice <alice>", codes: []mailworthy.Code{obsolete, empty}},
		{name: "null path", value: "<>", codes: []mailworthy.Code{empty}},
		{name: "nothing", value: "", codes: []mailworthy.Code{empty}},
		{name: "address literal", value: "a@[192.0.2.1]", domains: "[192.0.2.1]", codes: []mailworthy.Code{bad}},
		{name: "address literal and domain", value: "a@[192.0.2.1], a@example.org", domains: "[192.0.2.1] example.org", codes: []mailworthy.Code{bad, several}},
		{name: "brackets inside brackets", value: "a@[[1]]", codes: []mailworthy.Code{syntax}},
		{name: "label too long", value: "a@" + strings.Repeat("x", 64) + ".example", domains: strings.Repeat("x", 64) + ".example", codes: []mailworthy.Code{bad}},
		{name: "quoted domain", value: `a@"example.org"`, codes: []mailworthy.Code{syntax}},
		{name: "literal as local part", value: "[a]@example.org", codes: []mailworthy.Code{syntax}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			from := dmarc.ParseFrom([]string{tt.value})
			require.Equal(t, tt.domain, from.Domain(), "%+v", from)
			if tt.domains == "" {
				tt.domains = tt.domain
			}
			require.Equal(t, tt.domains, strings.Join(from.Domains, " "))
			var codes []mailworthy.Code
			for _, f := range from.Findings {
				codes = append(codes, f.Code)
				require.LessOrEqual(t, f.Span.Offset+f.Span.Length, len(tt.value))
			}
			require.Equal(t, tt.codes, codes, "%+v", from.Findings)
			soundFrom(t, from)
			agree(t, tt.value, from)

			// What leaves no author domain can not pass, nor be told to have no policy.
			res := evaluate(t, "example.org A 192.0.2.1", dmarc.Request{From: []string{tt.value}})
			require.Equal(t, tt.domain == "", res.Status == dmarc.PermError)
		})
	}
}

// soundFrom requires what holds for whatever From says.
func soundFrom(t testing.TB, from dmarc.From) {
	t.Helper()
	text, err := json.Marshal(from)
	require.NoError(t, err)
	var again dmarc.From
	require.NoError(t, json.Unmarshal(text, &again))
	require.Equal(t, from, again)
	for _, f := range from.Findings {
		require.NotEmpty(t, f.Message)
		require.NotEmpty(t, f.Remedy)
		require.NotEmpty(t, f.Evidence)
		for _, s := range append(f.Evidence, f.Message, f.Remedy) {
			require.Equal(t, -1, strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f }), "%q", s)
		}
	}
	if from.Domain() == "" {
		require.Equal(t, mailworthy.Error, from.Findings.Worst())
	}
}

func TestParseFromSeveralFields(t *testing.T) {
	from := dmarc.ParseFrom([]string{"a@example.org", "b@example.net"})
	require.Empty(t, from.Domain())
	require.Equal(t, []string{"example.org", "example.net"}, from.Domains)
	require.True(t, from.Findings.Has(dmarc.CodeFromMultiple))

	// A repeated field is malformed even when both say the same (RFC 9989 section 4.4).
	from = dmarc.ParseFrom([]string{"a@example.org", "a@example.org"})
	require.Empty(t, from.Domain())
	require.Equal(t, []string{"example.org"}, from.Domains)

	from = dmarc.ParseFrom(nil)
	require.Empty(t, from.Domain())
	require.True(t, from.Findings.Has(dmarc.CodeFromMissing))
	soundFrom(t, from)
}

// TestParseFromHostile has what would take long, or much, if it was not bounded.
func TestParseFromHostile(t *testing.T) {
	const size = 64 << 10
	for name, value := range map[string]string{
		"comments":        strings.Repeat("(", size),
		"closed comments": strings.Repeat("(", size/2) + strings.Repeat(")", size/2) + "a@example.org",
		"quoted pairs":    `"` + strings.Repeat(`\"`, size/2),
		"mailboxes":       strings.Repeat("a@example.org,", size/14),
		"domains":         manyDomains(size / 12),
		"bad domains":     manyLiterals(size / 12),
		"labels":          "a@" + strings.Repeat("a.", size/2) + "org",
		"spaced labels":   "a@" + strings.Repeat("a . ", size/4) + "org",
		"at signs":        strings.Repeat("a@b", size/3),
		"words":           strings.Repeat("word ", size/5) + "<a@example.org>",
		"addresses":       strings.Repeat("a@b ", size/4) + "<a@example.org>",
		"folds":           strings.Repeat("\r\n ", size/3) + "a@example.org",
		"groups":          strings.Repeat("a:;", size/3),
		"routes":          "<" + strings.Repeat("@a,", size/3) + ":a@example.org>",
		"UTF-8":           "a@" + strings.Repeat("ü", size/2),
	} {
		t.Run(name, func(t *testing.T) {
			from := dmarc.ParseFrom([]string{value})
			soundFrom(t, from)
			require.LessOrEqual(t, len(from.Domains), 20)
			text, err := json.Marshal(from)
			require.NoError(t, err)
			require.Less(t, len(text), 16<<10)
		})
	}
}

func manyLiterals(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a@[%d],", i)
	}
	return b.String()
}

func manyDomains(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("a@d")
		b.WriteString(strings.Repeat("x", i%50))
		b.WriteString(".example,")
	}
	return b.String()
}

func FuzzParseFrom(f *testing.F) {
	for _, s := range []string{
		"Alice <a@example.org>", "=?utf-8?q?a?= <a@b.c>, (x)d@b.c", `"a@b"@example.org`, "(c(d)) a@bücher.example", "<@a,@b:c@d.example>", "G: a@b, c@d;",
		"=?utf-8?q?x?= a@b.c <d@e.f>", "a@b . c", "a@[1]", "a\r\n b@c\x00",
	} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		one := dmarc.ParseFrom([]string{a})
		soundFrom(t, one)
		agree(t, a, one)
		if d := one.Domain(); d != "" {
			// Blanks and comments around it change nothing.
			require.Equal(t, d, dmarc.ParseFrom([]string{"(x) " + a + " (y)"}).Domain())
			// An author domain is one that the text has, and no other mailbox hides in it.
			if other := dmarc.ParseFrom([]string{a + ", x@other.invalid"}); d != "other.invalid" {
				require.Empty(t, other.Domain())
			}
		}
		soundFrom(t, dmarc.ParseFrom([]string{a, b}))
		require.Empty(t, dmarc.ParseFrom([]string{a, b}).Domain())
	})
}

// agree requires that another parser, if it can read the field at all, reads no domain
// from it that we do not.
func agree(t testing.TB, value string, from dmarc.From) {
	t.Helper()
	list, err := mail.ParseAddressList(strings.TrimRight(value, "\r\n"))
	if err != nil || from.Domain() == "" {
		return
	}
	for _, a := range list {
		_, domain, _ := strings.Cut(a.Address[strings.LastIndexByte(a.Address, '@'):], "@")
		require.Equal(t, from.Domain(), resolver.Q(domain, resolver.TypeA).Name, "%q", value)
	}
}
