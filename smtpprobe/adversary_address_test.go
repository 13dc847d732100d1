package smtpprobe_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/smtpprobe"
)

// advDomain returns a domain of n octets, of labels that are as long as can be.
func advDomain(n int) string {
	var b strings.Builder
	for n > 0 {
		l := min(n, 63)
		if n-l == 1 { // nothing but a dot would be left
			l--
		}
		b.WriteString(strings.Repeat("d", l))
		n -= l
		if n > 0 {
			b.WriteByte('.')
			n--
		}
	}
	return b.String()
}

// The cases are out of the grammar: RFC 5321 sections 4.1.2, 4.1.3 and 4.5.3.1, and RFC
// 6531 section 3.3.
func TestAdversaryAddressSyntax(t *testing.T) {
	type test struct {
		text   string
		ok     bool
		local  string // when ok
		domain string
	}
	good := func(local, domain string) test {
		return test{text: local + "@" + domain, ok: true, local: local, domain: domain}
	}
	tests := []test{
		good("a", "b"), good("a", "localhost"), good("a", "example.org"), good("a.b.c", "example.org"),
		good("a", "0.example.org"), good("a", "3com.com"), good("a", "a-b.example"), good("a", "a--b.example"),
		good("a", "ab--cd.example"), good("a", "r3---sn-x.example.com"), good("0", "example.org"),
		good("A", "example.org"), good("Post.Master", "example.org"), good("-", "example.org"), good("--a-", "example.org"),
		good("a+b", "example.org"), good("_", "example.org"), good("a/b=c", "example.org"), good("{a}|~", "example.org"),
		good(strings.Repeat("l", 64), "example.org"),
		good("a", strings.Repeat("d", 63)+".example"),
		good("a", advDomain(252)), // the mailbox has 254 octets, the path 256
		good(strings.Repeat("l", 64), advDomain(189)),
		good("用户", "example.org"), good("é.è", "example.org"), good(strings.Repeat("ü", 32), "example.org"),
		good(strings.Repeat("語", 21), "example.org"), good("\U0001F600", "example.org"),
		{text: "a@EXAMPLE.Org", ok: true, local: "a", domain: "example.org"},
		{text: "a@münchen.example", ok: true, local: "a", domain: "xn--mnchen-3ya.example"},
		{text: "a@MÜNCHEN.example", ok: true, local: "a", domain: "xn--mnchen-3ya.example"},
		{text: "a@XN--MNCHEN-3YA.example", ok: true, local: "a", domain: "xn--mnchen-3ya.example"},
		{text: "ü@münchen.example", ok: true, local: "ü", domain: "xn--mnchen-3ya.example"},

		// Quoted strings.
		{text: `""@example.org`, ok: true, local: "", domain: "example.org"},
		{text: `" "@example.org`, ok: true, local: " ", domain: "example.org"},
		{text: `"a b"@example.org`, ok: true, local: "a b", domain: "example.org"},
		{text: `"joe"@example.org`, ok: true, local: "joe", domain: "example.org"},
		{text: `"\j\o\e"@example.org`, ok: true, local: "joe", domain: "example.org"},
		{text: `"a..b"@example.org`, ok: true, local: "a..b", domain: "example.org"},
		{text: `".a"@example.org`, ok: true, local: ".a", domain: "example.org"},
		{text: `"a."@example.org`, ok: true, local: "a.", domain: "example.org"},
		{text: `"a@b"@example.org`, ok: true, local: "a@b", domain: "example.org"},
		{text: `"\""@example.org`, ok: true, local: `"`, domain: "example.org"},
		{text: `"\\"@example.org`, ok: true, local: `\`, domain: "example.org"},
		{text: `"\\\""@example.org`, ok: true, local: `\"`, domain: "example.org"},
		{text: `"<a>"@example.org`, ok: true, local: `<a>`, domain: "example.org"},
		{text: `"é è"@example.org`, ok: true, local: `é è`, domain: "example.org"},
		{text: `"` + strings.Repeat(" ", 62) + `"@example.org`, ok: true, local: strings.Repeat(" ", 62), domain: "example.org"},
		{text: `"` + strings.Repeat(" ", 63) + `"@example.org`},
		{text: `"` + strings.Repeat(`\"`, 31) + `"@example.org`, ok: true, local: strings.Repeat(`"`, 31), domain: "example.org"},
		{text: `"` + strings.Repeat(`\"`, 32) + `"@example.org`},
		{text: `"@example.org`},
		{text: `"a@example.org`},
		{text: `a"@example.org`},
		{text: `"a\"@example.org`},
		{text: `"a"b@example.org`},
		{text: `a"b"@example.org`},
		{text: `"a""b"@example.org`},
		{text: `"a".b@example.org`},
		{text: `a."b"@example.org`},
		{text: `"a" @example.org`},
		{text: ` "a"@example.org`},
		{text: `"a"example.org`},
		{text: "\"a\tb\"@example.org"},
		{text: "\"a\\\tb\"@example.org"},
		{text: "\"a\x7fb\"@example.org"},
		{text: "\"a\\\x7fb\"@example.org"},
		{text: "\"a\rb\"@example.org"},
		{text: "\"a\nb\"@example.org"},
		{text: "\"a\r\n b\"@example.org"},
		{text: "\"a\x00b\"@example.org"},
		{text: "\"\\é\"@example.org"},

		// Not a mailbox.
		{text: ""},
		{text: "@"},
		{text: "a"},
		{text: "a@"},
		{text: "@b"},
		{text: "@@"},
		{text: "a@@b"},
		{text: "a@b@c"},
		{text: "postmaster"},
		{text: "<a@b>"},
		{text: "<>"},
		{text: "A <a@b>"},
		{text: "mailto:a@b"},
		{text: "@a:b@c"},
		{text: "@a,@b:c@d"},
		{text: "a@b, c@d"},
		{text: "a@b;c@d"},
		{text: " a@b"},
		{text: "a@b "},
		{text: "a @b"},
		{text: "a@ b"},
		{text: "a b@c"},
		{text: "\ta@b"},
		{text: "a@b\t"},
		{text: "a@b\r\n"},
		{text: "a@b\n"},
		{text: "a\n@b"},
		{text: "a@b\r\nRCPT TO:<c@d>"},
		{text: "a@b> SIZE=1"},
		{text: "a\x00@b"},
		{text: "a@b\x00"},
		{text: "a@b\x00.example.org"},
		{text: "a(c)@b"},
		{text: "(c)a@b"},
		{text: "a@(c)b"},
		{text: "a@b(c)"},
		{text: "a\\b@c"},
		{text: "a\\@b@c"},

		// Dots.
		{text: ".@b"},
		{text: ".a@b"},
		{text: "a.@b"},
		{text: "a..b@c"},
		{text: "...@c"},
		{text: "a@.b"},
		{text: "a@b..c"},
		{text: "a@."},
		{text: "a@b."},
		{text: "a@b.."},
		{text: "a@example.org."},

		// Domains.
		{text: "a@-b.example"},
		{text: "a@b-.example"},
		{text: "a@b.example-"},
		{text: "a@b.-example"},
		{text: "a@-"},
		{text: "a@b_c.example"},
		{text: "a@_dmarc.example"},
		{text: "a@b!c.example"},
		{text: "a@b/c.example"},
		{text: "a@*.example"},
		{text: "a@b:25"},
		{text: "a@exa mple.org"},
		{text: "a@example.org/"},
		{text: "a@example.org?x"},
		{text: "a@b%c.example"},
		{text: `a@"b".example`},
		{text: `a@b\.example`},
		{text: "a@b\x7f.example"},
		{text: "a@b\xff.example"},
		{text: "a@\u200b.example"},
		{text: "a@" + strings.Repeat("d", 64) + ".example"},
		{text: "a@" + strings.Repeat("ü", 60) + ".example"},
		{text: "a@" + advDomain(253)},
		{text: "a@" + advDomain(300)},
		{text: strings.Repeat("l", 65) + "@example.org"},
		{text: strings.Repeat("l", 64) + "@" + advDomain(190)},
		{text: strings.Repeat("ü", 33) + "@example.org"},
		{text: strings.Repeat("語", 22) + "@example.org"},
		{text: strings.Repeat("l", 1<<20) + "@example.org"},
		{text: "a@" + strings.Repeat("d.", 1<<20) + "org"},
		{text: strings.Repeat("@", 1<<20)},
		{text: `"` + strings.Repeat(`\`, 1<<20)},

		// UTF-8.
		{text: "a\xff@example.org"},
		{text: "\xc3@example.org"},
		{text: "a\xc0\x80@example.org"},
		{text: "\xed\xa0\x80@example.org"},
		{text: "\xf4\x90\x80\x80@example.org"},
		{text: "\"\xff\"@example.org"},
		{text: "a\uff20example.org"},

		// Literals.
		{text: "a@[]"},
		{text: "a@["},
		{text: "a@]"},
		{text: "a@[192.0.2.1"},
		{text: "a@192.0.2.1]"},
		{text: "a@[192.0.2]"},
		{text: "a@[192.0.2.1.1]"},
		{text: "a@[192.0.2.256]"},
		{text: "a@[192.0.2.-1]"},
		{text: "a@[192.0.2.1 ]"},
		{text: "a@[ 192.0.2.1]"},
		{text: "a@[192.0.2.0001]"},
		{text: "a@[192.0.2.1]x"},
		{text: "a@x[192.0.2.1]"},
		{text: "a@[192.0.2.1].example"},
		{text: "a@[192.0.2.1][192.0.2.1]"},
		{text: "a@[::1]"},
		{text: "a@[IPv6:]"},
		{text: "a@[IPv6::]x"},
		{text: "a@[IPv6:192.0.2.1]"},
		{text: "a@[IPv6:1:2:3:4:5:6:7]"},
		{text: "a@[IPv6:1:2:3:4:5:6:7:8:9]"},
		{text: "a@[IPv6:1::2::3]"},
		{text: "a@[IPv6:12345::1]"},
		{text: "a@[IPv6:g::1]"},
		{text: "a@[IPv6:fe80::1%eth0]"},
		{text: "a@[IPv6: ::1]"},
		{text: "a@[IPv6:::1\n]"},
		{text: "a@[IPv6:1:2:3:4:5:6:192.0.2.256]"},
		{text: "a@[IPv6:[::1]]"},
		{text: "a@[x-y:]"},
		{text: "a@[-:x]"},
		{text: "a@[x-:y]"},
		{text: "a@[:x]"},
		{text: "a@[tag:a b]"},
		{text: "a@[tag:a[b]"},
		{text: "a@[tag:a]b]"},
		{text: `a@[tag:a\b]`},
		{text: "a@[tag:é]"},
		{text: "a@[IPv6:::2:3:4:5:6:7:8]"},
		{text: "a@[IPv6:1:2:3:4::6:7:8]"},
		{text: "a@[IPv6:1:2:3:4::6:1.2.3.4]"},
		{text: "a@[IPv6:1:2:3:4:5:6:7::]"}, // "::" stands for two groups at least
	}
	for _, c := range "!#$%&'*+-/=?^_`{|}~" {
		tests = append(tests, good(string(c), "example.org"), good("a"+string(c)+"b", "example.org"))
	}
	for _, c := range `()<>[]:;\,` + " " {
		tests = append(tests, test{text: "a" + string(c) + "b@example.org"})
		quoted := string(c)
		if c == '\\' {
			quoted = `\\`
		}
		tests = append(tests, test{text: `"a` + quoted + `b"@example.org`, ok: true, local: "a" + string(c) + "b", domain: "example.org"})
	}
	for c := range 32 {
		tests = append(
			tests, test{text: "a" + string(rune(c)) + "b@example.org"}, test{text: `"a` + string(rune(c)) + `b"@example.org`},
			test{text: "a@exa" + string(rune(c)) + "mple.org"}, test{text: "a@[tag:" + string(rune(c)) + "]"},
		)
	}
	require.Greater(t, len(tests), 250)
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%.60q", tt.text), func(t *testing.T) {
			addr, err := smtpprobe.ParseAddress(tt.text)
			if !tt.ok {
				require.Error(t, err, "%+v", addr)
				e, ok := errors.AsType[*smtpprobe.AddressError](err)
				require.True(t, ok)
				require.NotEmpty(t, e.Reason)
				require.LessOrEqual(t, len(e.Text), 2048)
				require.GreaterOrEqual(t, e.Offset, 0)
				require.LessOrEqual(t, e.Offset, len(tt.text))
				advPrintable(t, err.Error())
				require.Equal(t, smtpprobe.Address{}, addr)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.local, addr.Local)
			require.Equal(t, tt.domain, addr.Domain)
			require.Equal(t, strings.ContainsFunc(tt.local, func(r rune) bool { return r > 127 }), addr.SMTPUTF8)
			again, err := smtpprobe.ParseAddress(addr.String())
			require.NoError(t, err)
			require.Equal(t, addr, again)
		})
	}
}

func TestAdversaryAddressLiteral(t *testing.T) {
	for text, want := range map[string]struct {
		literal string
		ip      netip.Addr
	}{
		"a@[192.0.2.1]":                {"192.0.2.1", netip.MustParseAddr("192.0.2.1")},
		"a@[0.0.0.0]":                  {"0.0.0.0", netip.MustParseAddr("0.0.0.0")},
		"a@[255.255.255.255]":          {"255.255.255.255", netip.MustParseAddr("255.255.255.255")},
		"a@[IPv6:::1]":                 {"IPv6:::1", netip.MustParseAddr("::1")},
		"a@[IPv6:::]":                  {"IPv6:::", netip.MustParseAddr("::")},
		"a@[ipv6:2001:DB8::1]":         {"IPv6:2001:db8::1", netip.MustParseAddr("2001:db8::1")},
		"a@[IPV6:1:2:3:4:5:6:7:8]":     {"IPv6:1:2:3:4:5:6:7:8", netip.MustParseAddr("1:2:3:4:5:6:7:8")},
		"a@[IPv6:::ffff:192.0.2.1]":    {"IPv6:::ffff:192.0.2.1", netip.MustParseAddr("::ffff:192.0.2.1")},
		"a@[IPv6:1:2:3:4:5:6:1.2.3.4]": {"IPv6:1:2:3:4:5:6:102:304", netip.MustParseAddr("1:2:3:4:5:6:102:304")},
		"a@[IPv6:1:2:3:4:5:6::]":       {"IPv6:1:2:3:4:5:6::", netip.MustParseAddr("1:2:3:4:5:6::")},
		"a@[IPv6:::3:4:5:6:7:8]":       {"IPv6:::3:4:5:6:7:8", netip.MustParseAddr("::3:4:5:6:7:8")},
		"a@[IPv6:1:2:3::6:7:8]":        {"IPv6:1:2:3::6:7:8", netip.MustParseAddr("1:2:3::6:7:8")},
		"a@[IPv6:1:2:3:4::1.2.3.4]":    {"IPv6:1:2:3:4::102:304", netip.MustParseAddr("1:2:3:4::102:304")},
		"a@[tag:x!y]":                  {"tag:x!y", netip.Addr{}},
	} {
		addr, err := smtpprobe.ParseAddress(text)
		require.NoError(t, err, text)
		require.Equal(t, smtpprobe.Address{Local: "a", Literal: want.literal, IP: want.ip}, addr, text)
		again, err := smtpprobe.ParseAddress(addr.String())
		require.NoError(t, err)
		require.Equal(t, addr, again)
	}
}

// Whatever a local part holds, if it can be written at all, String writes it so that it
// is read back, and so that it is one token of a command line.
func TestAdversaryAddressRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test
	alphabet := []rune("ab.\"\\@ <>()[],:;+é語\U0001F600\x00\r\n\t\x7f")
	for range 20000 {
		var b strings.Builder
		quoted := rng.IntN(2) == 0
		if quoted {
			b.WriteByte('"')
		}
		for range rng.IntN(12) {
			b.WriteRune(alphabet[rng.IntN(len(alphabet))])
		}
		if quoted {
			b.WriteByte('"')
		}
		b.WriteString("@example.org")
		addr, err := smtpprobe.ParseAddress(b.String())
		if err != nil {
			advPrintable(t, err.Error())
			continue
		}
		require.True(t, utf8.ValidString(addr.Local))
		require.False(t, strings.ContainsAny(addr.String(), "\x00\r\n\t\x7f"), b.String())
		again, err := smtpprobe.ParseAddress(addr.String())
		require.NoError(t, err, b.String())
		require.Equal(t, addr, again)
	}
}

// advPrintable says that a text can go to a terminal.
func advPrintable(t *testing.T, s string) {
	t.Helper()
	require.False(t, strings.ContainsFunc(s, func(r rune) bool { return r < 32 || r == 127 || r >= 0x80 && r < 0xa0 || r == utf8.RuneError }), "%q", s)
}
