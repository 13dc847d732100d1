package smtpprobe_test

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/smtpprobe"
)

func TestParseAddress(t *testing.T) {
	long := strings.Repeat("a", 64)
	longDomain := strings.Repeat("d", 63) + "." + strings.Repeat("e", 63) + "." + strings.Repeat("f", 57) + ".org"
	for _, tc := range []struct {
		in   string
		want smtpprobe.Address
		text string // as String returns it, when it is not as it was
	}{
		{in: "joe@example.org", want: smtpprobe.Address{Local: "joe", Domain: "example.org"}},
		{in: "Joe@Example.ORG", want: smtpprobe.Address{Local: "Joe", Domain: "example.org"}, text: "Joe@example.org"},
		{in: "a.b+c@example.org", want: smtpprobe.Address{Local: "a.b+c", Domain: "example.org"}},
		{in: "!#$%&'*+-/=?^_`{|}~@example.org", want: smtpprobe.Address{Local: "!#$%&'*+-/=?^_`{|}~", Domain: "example.org"}},
		{in: "a@localhost", want: smtpprobe.Address{Local: "a", Domain: "localhost"}},
		{in: "a@1.example", want: smtpprobe.Address{Local: "a", Domain: "1.example"}},
		{in: "a@x--y.example", want: smtpprobe.Address{Local: "a", Domain: "x--y.example"}},

		{in: `"joe"@example.org`, want: smtpprobe.Address{Local: "joe", Domain: "example.org"}, text: "joe@example.org"},
		{in: `"joe smith"@example.org`, want: smtpprobe.Address{Local: "joe smith", Domain: "example.org", Quoted: true}},
		{in: `"a@b"@example.org`, want: smtpprobe.Address{Local: "a@b", Domain: "example.org", Quoted: true}},
		{in: `"a..b"@example.org`, want: smtpprobe.Address{Local: "a..b", Domain: "example.org", Quoted: true}},
		{in: `".a"@example.org`, want: smtpprobe.Address{Local: ".a", Domain: "example.org", Quoted: true}},
		{in: `"a\"\\b"@example.org`, want: smtpprobe.Address{Local: `a"\b`, Domain: "example.org", Quoted: true}},
		{in: `"\j\o\e"@example.org`, want: smtpprobe.Address{Local: "joe", Domain: "example.org"}, text: "joe@example.org"},
		{in: `""@example.org`, want: smtpprobe.Address{Domain: "example.org", Quoted: true}},

		{in: "jürgen@example.org", want: smtpprobe.Address{Local: "jürgen", Domain: "example.org", SMTPUTF8: true}},
		{in: `"jürgen x"@example.org`, want: smtpprobe.Address{Local: "jürgen x", Domain: "example.org", Quoted: true, SMTPUTF8: true}},
		{in: "joe@BÜCHER.example", want: smtpprobe.Address{Local: "joe", Domain: "xn--bcher-kva.example"}, text: "joe@xn--bcher-kva.example"},
		{in: "用户@例子。广告", want: smtpprobe.Address{Local: "用户", Domain: "xn--fsqu00a.xn--4rr70v", SMTPUTF8: true}, text: "用户@xn--fsqu00a.xn--4rr70v"},

		{in: "a@[192.0.2.1]", want: smtpprobe.Address{Local: "a", Literal: "192.0.2.1", IP: netip.MustParseAddr("192.0.2.1")}},
		{in: "a@[ipv6:2001:DB8:0:0::1]", want: smtpprobe.Address{Local: "a", Literal: "IPv6:2001:db8::1", IP: netip.MustParseAddr("2001:db8::1")}, text: "a@[IPv6:2001:db8::1]"},
		{in: "a@[IPv6:::ffff:192.0.2.1]", want: smtpprobe.Address{Local: "a", Literal: "IPv6:::ffff:192.0.2.1", IP: netip.MustParseAddr("::ffff:192.0.2.1")}},
		{in: "a@[x-tag:any@thing:at-all]", want: smtpprobe.Address{Local: "a", Literal: "x-tag:any@thing:at-all"}},

		{in: long + "@example.org", want: smtpprobe.Address{Local: long, Domain: "example.org"}},
		{in: `"` + strings.Repeat(" ", 62) + `"@example.org`, want: smtpprobe.Address{Local: strings.Repeat(" ", 62), Domain: "example.org", Quoted: true}},
		{in: long + "@" + longDomain, want: smtpprobe.Address{Local: long, Domain: longDomain}},
	} {
		t.Run(tc.in, func(t *testing.T) {
			got, err := smtpprobe.ParseAddress(tc.in)
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
			text := tc.text
			if text == "" {
				text = tc.in
			}
			require.Equal(t, text, got.String())
		})
	}
}

func TestParseAddressRefuses(t *testing.T) {
	long := strings.Repeat("a", 65)
	longDomain := strings.Repeat("d", 63) + "." + strings.Repeat("e", 63) + "." + strings.Repeat("f", 58) + ".org"
	for _, tc := range []struct {
		name, in string
		offset   int
		reason   string
	}{
		{"nothing", "", 0, "nothing"},
		{"no at", "joe", 3, "no @"},
		{"no local part", "@example.org", 0, "no local part"},
		{"source route", "@a.example,@b.example:joe@example.org", 0, "no local part"},
		{"brackets", "<joe@example.org>", 0, "angle brackets"},
		{"brackets behind", "joe@example.org>", 15, "character"},
		{"display name", "Joe <joe@example.org>", 3, "quotes"},
		{"comment", "joe(x)@example.org", 3, "comments"},
		{"dot first", ".joe@example.org", 0, "starts with a dot"},
		{"dot last", "joe.@example.org", 4, "ends with a dot"},
		{"dots", "a..b@example.org", 2, "two dots"},
		{"blank", "a b@example.org", 1, "quotes"},
		{"quote inside", `a"b"@example.org`, 1, "quote in the middle"},
		{"quotes open", `"joe@example.org`, 16, "do not end"},
		{"quotes and backslash", `"joe\`, 5, "do not end"},
		{"behind quotes", `"joe"x@example.org`, 5, "between"},
		{"quotes alone", `"joe"`, 5, "no @"},
		{"CR LF", "a\r\n@example.org", 1, "control"},
		{"CR LF quoted", "\"a\r\nb\"@example.org", 2, "control"},
		{"CR LF behind", "a@example.org\r\nRCPT TO:<b@example.org>", 13, "control"},
		{"NUL quoted", "\"\\\x00\"@example.org", 2, "control"},
		{"DEL", "a\x7f@example.org", 1, "control"},
		{"8-bit", "a\xff@example.org", 1, "UTF-8"},
		{"C1", "a\u0085@example.org", 1, "control"},
		{"right to left", "a\u202eb@example.org", 1, "control"},
		{"line separator", "\"a\u2028b\"@example.org", 2, "control"},
		{"backslash before UTF-8", `"\ü"@example.org`, 2, "backslash"},
		{"no domain", "joe@", 4, "no domain"},
		{"two ats", "a@b@example.org", 3, "second @"},
		{"final dot", "joe@example.org.", 15, "ends with a dot"},
		{"empty label", "joe@a..org", 4, "empty"},
		{"dot domain", "joe@.org", 4, "empty"},
		{"hyphen first", "joe@-a.org", 4, "hyphen"},
		{"hyphen last", "joe@a-.org", 4, "hyphen"},
		{"underscore", "joe@a_b.org", 5, "underscore"},
		{"blank in domain", "joe@a b.org", 5, "character"},
		{"domain 8-bit", "joe@\xff.org", 4, "UTF-8"},
		{"domain not IDNA", "joe@a\u00ad\u200d.org", 4, "IDNA"},
		{"domain maps to more", "joe@a℀b.org", 4, "not valid by IDNA"},
		{"address without brackets", "joe@192.0.2.1", 4, "brackets"},
		{"long label", "joe@" + strings.Repeat("a", 64) + ".org", 4, "63"},
		{"long local part", long + "@example.org", 65, "64"},
		{"long quoted", `"` + strings.Repeat(" ", 63) + `"@example.org`, 65, "64"},
		{"long path", strings.Repeat("a", 64) + "@" + longDomain, 255, "254"},
		{"very long", strings.Repeat("a", 1<<20), 1024, "1024"},
		{"literal open", "a@[192.0.2.1", 12, "bracket"},
		{"literal empty", "a@[]", 3, "empty"},
		{"literal number", "a@[192.0.2.256]", 3, "neither"},
		{"literal zeros", "a@[192.0.2.01]", 3, "neither"},
		{"literal name", "a@[example]", 3, "neither"},
		{"literal without tag", "a@[2001:db8::1]", 3, `"IPv6:"`},
		{"literal zone", "a@[IPv6:fe80::1%eth0]", 8, "IPv6"},
		{"literal not six", "a@[IPv6:192.0.2.1]", 8, "IPv6"},
		{"literal blank", "a@[192.0.2.1 ]", 12, "character"},
		{"literal brackets", "a@[[192.0.2.1]]", 3, "character"},
		{"literal tag", "a@[x_y:z]", 4, "tag"},
		{"literal tag empty", "a@[:x]", 3, "empty"},
		{"literal content empty", "a@[x:]", 3, "empty"},
		{"behind literal", "a@[192.0.2.1].org", 17, "bracket"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := smtpprobe.ParseAddress(tc.in)
			require.Zero(t, got)
			var ae *smtpprobe.AddressError
			require.ErrorAs(t, err, &ae)
			require.Equal(t, tc.offset, ae.Offset, ae.Reason)
			require.Contains(t, ae.Reason, tc.reason)
			require.Contains(t, err.Error(), ae.Reason)
			require.LessOrEqual(t, len(ae.Text), 1024)
		})
	}
}

// TestAddressesMarshal is for those who store what was parsed.
func TestAddressesMarshal(t *testing.T) {
	a, err := smtpprobe.ParseAddress(`"j ü"@[192.0.2.1]`)
	require.NoError(t, err)
	b, err := json.Marshal(a)
	require.NoError(t, err)
	require.JSONEq(t, `{"local":"j ü","literal":"192.0.2.1","ip":"192.0.2.1","quoted":true,"smtputf8":true}`, string(b))
	var back smtpprobe.Address
	require.NoError(t, json.Unmarshal(b, &back))
	require.Equal(t, a, back)
}

// FuzzParseAddress checks that what is accepted is within the limits, harmless to a
// session, and the same again when it is written and read.
func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{
		"joe@example.org", `"a\"b c"@example.org`, "ü@bücher.example", "a@[IPv6:::1]", "a@[x:y@z]", `""@a`, "a@b@c",
		"a\r\n@b.c", "@", `"\`, "a@\u2024", "a@xn--", "a@[", "<a@b>", "a@ß.de", "\xff@a",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := smtpprobe.ParseAddress(s)
		if err != nil {
			var ae *smtpprobe.AddressError
			require.ErrorAs(t, err, &ae)
			require.LessOrEqual(t, ae.Offset, len(s))
			require.NotEmpty(t, ae.Reason)
			return
		}
		text := a.String()
		require.LessOrEqual(t, len(text), 254)
		require.Equal(t, -1, strings.IndexFunc(text, func(r rune) bool {
			return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\ufffd' && !strings.Contains(s, "\ufffd")
		}))
		again, err := smtpprobe.ParseAddress(text)
		require.NoError(t, err)
		require.Equal(t, a, again)
		require.Equal(t, text, again.String())
		require.NotEqual(t, a.Domain == "", a.Literal == "")
	})
}

func BenchmarkParseAddress(b *testing.B) {
	for _, in := range []string{"joe.smith@example.org", `"joe smith"@example.org`, "jürgen@bücher.example", "a@[IPv6:2001:db8::1]"} {
		b.Run("address="+in, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := smtpprobe.ParseAddress(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
