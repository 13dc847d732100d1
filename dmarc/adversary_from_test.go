package dmarc_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc"
)

// TestAdversaryFrom is what senders write into From to have a reader and a receiver
// see two authors. The author domain is the one that a strict reader of RFC 5322
// finds (with RFC 6532 and RFC 6854), or there is none; never is it another one. Where
// a field is broken but shows one domain only, both are right: RFC 9989 section 4.4
// leaves such fields open.
func TestAdversaryFrom(t *testing.T) {
	const (
		good = "example.org"
		none = ""
	)
	fields := func(values ...string) []string { return values }
	one := func(values ...string) []string { return values } // the outcomes that are right
	long := strings.Repeat("a", 63)
	tests := []struct {
		name string
		from []string
		want []string
	}{
		// RFC 5322 section 3.4: plain and valid.
		{"addr-spec", fields(" a@example.org"), one(good)},
		{"addr-spec without a blank", fields("a@example.org"), one(good)},
		{"name-addr", fields(" News <a@example.org>"), one(good)},
		{"angle-addr alone", fields("<a@example.org>"), one(good)},
		{"upper case", fields("A@EXAMPLE.ORG"), one(good)},
		{"tabs around", fields("\ta@example.org\t"), one(good)},
		{"line break at the end", fields(" a@example.org\r\n"), one(good)},
		{"fold before the address", fields("News\r\n <a@example.org>"), one(good)},
		{"fold with a bare line feed", fields("News\n <a@example.org>"), one(good, none)},
		{"fold with a tab", fields("News\r\n\t<a@example.org>"), one(good)},
		{"fold at the start", fields("\r\n a@example.org"), one(good)},
		{"fold of blanks only", fields(" \r\n \r\n a@example.org"), one(good, none)},
		{"comment behind", fields("a@example.org (News)"), one(good)},
		{"percent hack", fields("a%evil.example@example.org"), one(good)},
		{"bang path", fields("evil.example!a@example.org"), one(good)},
		{"dotted words in a name (obs-phrase)", fields("Dr. A <a@example.org>"), one(good)},
		{"subdomain of another", fields("a@example.org.evil.example"), one("example.org.evil.example")},
		{"two mailboxes of one domain", fields("a@example.org, b@Example.ORG"), one(good)},

		// Several From fields (sections 4.4 and 5.3.1).
		{"no field", nil, one(none)},
		{"two fields", fields("a@example.org", "b@evil.example"), one(none)},
		{"two fields of one domain", fields("a@example.org", "b@example.org"), one(none)},
		{"two equal fields", fields("a@example.org", "a@example.org"), one(none)},
		{"an empty field first", fields("", "a@example.org"), one(none)},
		{"an empty field last", fields("a@example.org", ""), one(none)},

		// Several mailboxes (section 11.5).
		{"two domains", fields("a@example.org, b@evil.example"), one(none)},
		{"two domains in brackets", fields("<a@example.org>, <b@evil.example>"), one(none)},
		{"no comma", fields("a@example.org b@evil.example"), one(none)},
		{"semicolon", fields("a@example.org; b@evil.example"), one(none)},
		{"brackets without comma", fields("<a@example.org> <b@evil.example>"), one(none)},
		{"brackets touching", fields("<a@example.org><b@evil.example>"), one(none)},
		{"name and two addresses", fields("News <a@example.org> <b@evil.example>"), one(none)},
		{"address before brackets", fields("a@example.org <b@evil.example>"), one(none)},
		{"same address before brackets", fields("a@example.org <a@example.org>"), one(good, none)},
		{"address before brackets, comma", fields("a@example.org, <b@evil.example>"), one(none)},
		{"address behind brackets", fields("<a@example.org> b@evil.example"), one(none)},
		{"quoted address behind brackets", fields("<a@example.org> \"b@evil.example\""), one(none)},
		{"domain behind a comma", fields("News <a@example.org>, evil.example"), one(none, good)},
		{"comma at the end (obs-mbox-list)", fields("a@example.org,"), one(good, none)},
		{"comma at the start", fields(",a@example.org"), one(good, none)},
		{"commas, then another", fields("a@example.org,,,b@evil.example"), one(none)},
		{"fold between two", fields("a@example.org,\r\n b@evil.example"), one(none)},
		{"second mailbox far away", fields("a@example.org," + strings.Repeat("\r\n ", 500) + "b@evil.example"), one(none)},
		{"comma in a name without quotes", fields("News, Inc. <a@example.org>"), one(none, good)},
		{"address in a list element of a name", fields("b@evil.example, Inc. <a@example.org>"), one(none)},

		// Quoted strings (section 3.2.4).
		{"quoted name like an address", fields("\"b@evil.example\" <a@example.org>"), one(good)},
		{"quoted name like an address in brackets", fields("\"<b@evil.example>\" <a@example.org>"), one(good)},
		{"quoted name with quotes", fields("\"\\\"b\\\" <b@evil.example>,\" <a@example.org>"), one(good)},
		{"quoted name ends in a backslash", fields("\"b@evil.example\\\\\" <a@example.org>"), one(good)},
		{"quoted name, folded", fields("\"b@evil.example\"\r\n <a@example.org>"), one(good)},
		{"quoted name, folded inside", fields("\"b@evil.example\r\n \" <a@example.org>"), one(good, none)},
		{"two quoted names", fields("\"b@evil.example\" \"c@evil.example\" <a@example.org>"), one(good)},
		{"empty quoted name", fields("\"\" <a@example.org>"), one(good, none)},
		{"quoted local part with @", fields("\"b@evil.example\"@example.org"), one(good)},
		{"quoted local part with @ in brackets", fields("<\"b@evil.example\"@example.org>"), one(good)},
		{"quoted local part with brackets", fields("\"<b@evil.example>\"@example.org"), one(good)},
		{"quoted local part that closes the bracket", fields("<\"b@evil.example> \"@example.org>"), one(good)},
		{"quoted local part with a comma", fields("\"b@evil.example,\"@example.org"), one(good)},
		{"quoted local part with a quote", fields("\"\\\"b@evil.example\"@example.org"), one(good)},
		{"quoted local part with a comment sign", fields("\"(\"@example.org"), one(good)},
		{"quoted local parts joined by dots", fields("\"a\".\"b\"@example.org"), one(good, none)},
		{"quoted local parts side by side", fields("\"a\" \"b\"@example.org"), one(none, good)},
		{"quotes closed too early", fields("\"a\"@evil.example\"@example.org"), one(none)},
		{"quotes not closed", fields("\"b@evil.example <a@example.org>"), one(none)},
		{"quotes not closed around all", fields("\"a@example.org"), one(none)},
		{"last quote escaped", fields("\"a\\\"@example.org"), one(none)},
		{"backslash outside of quotes", fields("b\\@evil.example@example.org"), one(none)},
		{"only a quoted address", fields("\"a@example.org\""), one(none)},
		{"quoted address and nothing", fields("\"a@example.org\" <>"), one(none)},
		{"address and nothing", fields("a@example.org <>"), one(none, good)},
		{"quoted domain", fields("a@\"example.org\""), one(none)},

		// Comments (section 3.2.2).
		{"comment with an address", fields("a@example.org (b@evil.example)"), one(good, none)},
		{"comment with an address before", fields("(b@evil.example) a@example.org"), one(good, none)},
		{"comment with brackets", fields("News (<b@evil.example>) <a@example.org>"), one(good, none)},
		{"nested comments", fields("a@example.org (x (b@evil.example) y)"), one(good, none)},
		{"comment with an escaped end", fields("a@example.org (x\\) , b@evil.example)"), one(good, none)},
		{"comment with an escaped backslash", fields("(x\\\\) a@example.org"), one(good, none)},
		{"comment with a quote", fields("a@example.org (\"), b@evil.example (\")"), one(none)},
		{"comment in the address", fields("a(x)@(y)example.org"), one(good, none)},
		{"comment in the domain", fields("a@example(.evil).org"), one(none)},
		{"comment, then more domain (obs-domain)", fields("a@example.org(x).evil.example"), one(none)},
		{"comment splits the domain without a dot", fields("a@example.org(x)evil.example"), one(none)},
		{"comment not closed", fields("a@example.org (b@evil.example"), one(none)},
		{"comment not closed at the start", fields("(x a@example.org"), one(none)},
		{"comment whose end is escaped", fields("(x\\) a@example.org"), one(none)},
		{"comment closed twice", fields("a@example.org (x))"), one(none)},
		{"comment only", fields("(a@example.org)"), one(none)},
		{"comment between @ and a second", fields("a@evil.example(@example.org)"), one("evil.example", none)},

		// Encoded words (RFC 2047 section 5 and 7): not read, wherever they stand.
		{"encoded address as name", fields("=?utf-8?q?b=40evil.example?= <a@example.org>"), one(good)},
		{"encoded brackets as name", fields("=?utf-8?b?PGJAZXZpbC5leGFtcGxlPg==?= <a@example.org>"), one(good)},
		{"encoded word as local part", fields("=?utf-8?q?b=40evil.example?=@example.org"), one(good, none)},
		{"encoded words with a null octet as local part", fields("=?utf-8?b?YkBldmlsLmV4YW1wbGU=?==?utf-8?q?=00?=@example.org"), one(good, none)},
		{"encoded word with a plain @", fields("=?utf-8?q?b@evil.example=0A?=@example.org"), one(none)},
		{"encoded word that closes the bracket", fields("<=?utf-8?q?b=40evil.example=3e=20?=@example.org>"), one(good, none)},
		{"encoded word as domain", fields("a@=?utf-8?q?example.org?="), one(none)},
		{"encoded word as label", fields("a@=?utf-8?q?evil=2e?=.example.org"), one(none)},
		{"encoded word in quotes", fields("\"=?utf-8?q?b=40evil.example?=\" <a@example.org>"), one(good)},
		{"all is one encoded word", fields("=?utf-8?q?News_=3Ca=40example.org=3E?="), one(none)},

		// Groups (RFC 6854).
		{"group", fields("Team: a@example.org;"), one(good)},
		{"group of two", fields("Team: a@example.org, b@example.org;"), one(good)},
		{"group of two domains", fields("Team: a@example.org, b@evil.example;"), one(none)},
		{"group and mailbox", fields("Team: a@example.org;, b@evil.example"), one(none)},
		{"two groups", fields("A: a@example.org;, B: b@evil.example;"), one(none)},
		{"empty group", fields("Team:;"), one(none)},
		{"empty group and mailbox", fields("Team:;, a@example.org"), one(good, none)},
		{"group with a comment only", fields("Team: (a@example.org);"), one(none)},
		{"group in a group", fields("A: B: a@example.org;;"), one(none)},
		{"group not closed", fields("Team: a@example.org"), one(none, good)},
		{"group named like an address", fields("b@evil.example: a@example.org;"), one(none)},
		{"group named like an address in quotes", fields("\"b@evil.example\": a@example.org;"), one(good, none)},
		{"group without a name", fields(": a@example.org;"), one(none)},
		{"group in brackets", fields("<Team: a@example.org;>"), one(none)},
		{"text behind a group", fields("Team: a@example.org; b@evil.example"), one(none)},
		{"a URI", fields("mailto:a@example.org"), one(none, good)},
		{"a URI in brackets", fields("<mailto:a@example.org>"), one(none)},

		// Source routes (section 4.4, obs-route), which programs take for different addresses.
		{"route", fields("<@evil.example:a@example.org>"), one(none)},
		{"route of two", fields("<@evil.example,@evil2.example:a@example.org>"), one(none)},
		{"route with a name", fields("News <@evil.example:a@example.org>"), one(none)},
		{"route without brackets", fields("@evil.example:a@example.org"), one(none)},
		{"route that ends in an address", fields("<a@example.org:b@evil.example>"), one(none)},
		{"route without address", fields("<@example.org>"), one(none)},
		{"route and address before it", fields("c@example.org <@evil.example:b@example.net>"), one(none)},

		// Brackets.
		{"not closed", fields("<a@example.org"), one(none, good)},
		{"not opened", fields("a@example.org>"), one(none, good)},
		{"closed twice", fields("News <a@example.org>>"), one(none, good)},
		{"doubled", fields("News <<a@example.org>>"), one(none, good)},
		{"opened twice", fields("News <b@evil.example <a@example.org>"), one(none)},
		{"list in brackets", fields("<a@example.org, b@evil.example>"), one(none)},
		{"list in brackets, opened twice", fields("News <a@example.org, <b@evil.example>"), one(none)},
		{"domain behind the bracket", fields("<a@example.org>.evil.example"), one(none)},
		{"@ behind the bracket", fields("<a@example.org>@evil.example"), one(none)},
		{"nothing in brackets", fields("<>"), one(none)},
		{"name in brackets", fields("<News> a@example.org"), one(none)},

		// The sign @.
		{"two signs", fields("a@evil.example@example.org"), one(none)},
		{"two signs in brackets", fields("<a@evil.example@example.org>"), one(none)},
		{"two signs in a row", fields("a@@example.org"), one(none)},
		{"sign at the end", fields("a@example.org@"), one(none)},
		{"no local part", fields("@example.org"), one(none)},
		{"no domain", fields("a@"), one(none)},
		{"no sign", fields("example.org"), one(none)},
		{"nothing", fields(""), one(none)},
		{"blanks", fields(" \r\n "), one(none)},
		{"blanks around the sign", fields("a @ example.org"), one(good, none)},
		{"fold behind the sign", fields("a@\r\n example.org"), one(good, none)},
		{"blank in the local part", fields("b@evil.example a@example.org"), one(none)},
		{"words before the address", fields("News a@example.org"), one(none, good)},
		{"full-width sign", fields("b＠evil.example"), one(none)},
		{"full-width sign in a name", fields("b＠evil.example <a@example.org>"), one(good, none)},

		// Control characters and line breaks (section 2.2, 4.1).
		{"null at the end", fields("a@example.org\x00"), one(none)},
		{"null in the domain", fields("a@example.org\x00.evil.example"), one(none)},
		{"null before another", fields("a@example.org\x00, b@evil.example"), one(none)},
		{"null at the start", fields("\x00a@example.org"), one(none)},
		{"null in the name", fields("b@evil.example\x00 <a@example.org>"), one(none)},
		{"null in a quoted name", fields("\"b@evil.example\x00\" <a@example.org>"), one(none, good)},
		{"line without a blank", fields("a@example.org\r\nFrom: b@evil.example"), one(none)},
		{"line feed without a blank", fields("a@example.org\nb@evil.example"), one(none)},
		{"return alone", fields("a@example.org\r.evil.example"), one(none)},
		{"return and blank", fields("a@example.org\r , b@evil.example"), one(none)},
		{"vertical tab", fields("a@example.org\v.evil.example"), one(none)},
		{"form feed between two", fields("a@example.org\fb@evil.example"), one(none)},
		{"delete", fields("a@exam\x7fple.org"), one(none)},
		{"escape in a name", fields("\x1b[2J <a@example.org>"), one(none, good)},
		{"next line (U+0085)", fields("a@example.org\u0085b@evil.example"), one(none)},

		// Folds and blanks in the domain (obs-domain), where programs end it in different
		// places.
		{"fold in a label", fields("a@exam\r\n ple.org"), one(none)},
		{"fold behind a dot", fields("a@example.\r\n org"), one(none)},
		{"fold before a dot", fields("a@example.org\r\n .evil.example"), one(none)},
		{"blank before a dot", fields("a@example.org .evil.example"), one(none)},
		{"blank in the domain", fields("a@example.org evil.example"), one(none)},
		{"no-break space in the domain", fields("a@example.org\u00a0.evil.example"), one(none)},
		{"ideographic space", fields("a@example.org\u3000b@evil.example"), one(none)},

		// What is no domain name (RFC 5321 section 2.3.5).
		{"address literal", fields("a@[192.0.2.1]"), one(none)},
		{"domain in a literal", fields("a@[example.org]"), one(none)},
		{"literal behind a domain", fields("a@example.org[evil.example]"), one(none)},
		{"trailing dot", fields("a@example.org."), one(none, good)},
		{"leading dot", fields("a@.example.org"), one(none)},
		{"empty label", fields("a@example..org"), one(none)},
		{"only a dot", fields("a@."), one(none)},
		{"dots in the local part", fields(".a..b.@example.org"), one(none, good)},
		{"label of 64 octets", fields("a@" + long + "a.example.org"), one(none)},
		{"name of 255 octets", fields("a@" + strings.Repeat(long+".", 3) + long), one(none)},
		{"slash", fields("a@example.org/.evil.example"), one(none, "example.org/.evil.example")},
		{"question mark", fields("a@evil.example?.example.org"), one(none, "evil.example?.example.org")},
		{"number sign", fields("a@evil.example#.example.org"), one(none, "evil.example#.example.org")},
		{"underscore", fields("a@_x.example.org"), one("_x.example.org", none)},
		{"one label", fields("a@org"), one("org", none)},
		{"root", fields("a@ "), one(none)},

		// Internationalised (RFC 6532; RFC 9989 section 5.3.1).
		{"U-label", fields("a@bücher.example"), one("xn--bcher-kva.example")},
		{"U-label in upper case", fields("a@BÜCHER.example"), one("xn--bcher-kva.example")},
		{"U-label, decomposed", fields("a@bu\u0308cher.example"), one("xn--bcher-kva.example", none)},
		{"A-label", fields("a@xn--bcher-kva.example"), one("xn--bcher-kva.example")},
		{"U- and A-label of one domain", fields("a@bücher.example, b@XN--bcher-kva.example"), one("xn--bcher-kva.example")},
		{"local part in UTF-8", fields("ü@example.org"), one(good)},
		{"name in UTF-8", fields("Bücher <a@example.org>"), one(good)},
		{"name in Latin-1", fields("B\xfccher <a@example.org>"), one(good, none)},
		{"domain in Latin-1", fields("a@b\xfccher.example"), one(none)},
		{"domain cut in a rune", fields("a@example.org\xc3"), one(none)},
		{"overlong @", fields("b\xc1\x80evil.example, a@example.org"), one(none, good)},
		{"empty A-label", fields("a@xn--.example"), one(none, "xn--.example")},
		{"broken A-label", fields("a@xn--a\u00fc.example"), one(none)},
		{"A-label of ASCII", fields("a@xn--example-.org"), one(none, "xn--example-.org")},
		{"full-width domain", fields("a@ｅxample.org"), one(good, none)},
		{"ideographic full stop", fields("a@example。org"), one(good, none)},
		{"full-width full stop", fields("a@example．org"), one(good, none)},
		{"one dot leader", fields("a@example\u2024org"), one(good, none)},
		{"soft hyphen", fields("a@exam\u00adple.org"), one(good, none)},
		{"zero-width space", fields("a@exam\u200bple.org"), one(good, none)},
		{"zero-width joiner", fields("a@exam\u200dple.org"), one(none)},
		{"right-to-left override", fields("a@example.org\u202e.evil.example"), one(none)},
		{"full-width comma", fields("a@example.org，b@evil.example"), one(none)},
		{"full-width solidus", fields("a@evil.example／.example.org"), one(none)},
		{"Cyrillic look-alike", fields("a@ex\u0430mple.org"), one("xn--exmple-4nf.org", none)},
		{"account of (U+2100) becomes a/c", fields("a@evil.example℀.example.org"), one(none)},
		{"byte order mark", fields("\ufeffa@example.org"), one(good, none)},
	}
	require.GreaterOrEqual(t, len(tests), 80)
	names := map[string]bool{}
	for _, tt := range tests {
		require.False(t, names[tt.name], "two cases have the name %q", tt.name)
		names[tt.name] = true
		t.Run(tt.name, func(t *testing.T) {
			from := dmarc.ParseFrom(tt.from)
			require.Contains(t, tt.want, from.Domain(), "%+v", from)
			soundFrom(t, from)
			res, _ := toEnd(t, &small{}, dmarc.Request{From: tt.from})
			require.Equal(t, from.Domain(), res.Domain[:len(res.Domain)*min(1, len(from.Domain()))])
			if from.Domain() == "" {
				require.Equal(t, dmarc.PermError, res.Status)
				require.NotEmpty(t, res.Findings)
			}
		})
	}
}
