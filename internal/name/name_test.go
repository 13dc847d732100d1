package name_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/mailworthy/mailworthy/internal/name"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNormalize(t *testing.T) {
	long := strings.Repeat("a", 63)
	for _, tc := range []struct{ in, want string }{
		{"example.org", "example.org"},
		{"Example.ORG.", "example.org"},
		{".", ""},
		{"_dmarc.example.org", "_dmarc.example.org"},
		{"*.example.org", "*.example.org"},
		{"bücher.example", "xn--bcher-kva.example"},
		{"BÜCHER。example．org", "xn--bcher-kva.example.org"},
		{"faß.example", "xn--fa-hia.example"},
		{"ｅｘａｍｐｌｅ.org", "example.org"},
		{"_dmarc.bücher.example", "_dmarc.xn--bcher-kva.example"},
		{"xn--bcher-kva.example", "xn--bcher-kva.example"},
		{`a\.b.example`, `a\.b.example`},
		{`a\046b.example`, `a\.b.example`},
		{`\\.example`, `\\.example`},
		{`\065\032b`, `a\032b`},
		{"a b", `a\032b`},
		{"a\tb", `a\009b`},
		{`\255\000.x`, `\255\000.x`},
		{`\.`, `\.`},
		{`a\..`, `a\.`},
		{long + "." + long + "." + long + "." + long[:61], long + "." + long + "." + long + "." + long[:61]},
		{strings.Repeat(`\000`, 63), strings.Repeat(`\000`, 63)},
	} {
		t.Run(tc.in, func(t *testing.T) {
			got, err := name.Normalize(tc.in)
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
}

func TestNormalizeRefuses(t *testing.T) {
	long := strings.Repeat("a", 63)
	for _, in := range []string{
		"", "..", ".a", "a..b", "a..", long + "a", long + "." + long + "." + long + "." + long[:62],
		strings.Repeat(`\000`, 64), strings.Repeat("a.", 127) + "a", strings.Repeat("a", 1<<20),
		`a\`, `a\2`, `a\25`, `a\256`, `a\25x`,
		"a\xff", "ü\xff.example", `a\.ü.example`, `\ü`, "a\\。b", "xn--\u0644\u0000\u0661", "a.\u00ad", "\u00ad.a", "ü\u2024x",
		"evil\u2100.example", "evil\uff0f.example", "a\uff20b.example", "a\u00a0.example", "a\u3000b", "a\uff05", "a\uff0cb", "ü b", "ü/x",
	} {
		t.Run(in[:min(len(in), 20)], func(t *testing.T) {
			_, err := name.Normalize(in)
			require.ErrorIs(t, err, name.ErrInvalid)
		})
	}
}

func TestNormalizeDoesNotAllocate(t *testing.T) {
	for _, in := range []string{"example.org", `a\.b\000.example.org`, "."} {
		require.Zero(t, testing.AllocsPerRun(100, func() { _, _ = name.Normalize(in) }), in)
	}
}

func TestFromOctets(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"Example.org.", "example.org"},
		{`a\.b`, `a\\.b`},
		{"a\xc3\xbc b", `a\195\188\032b`},
	} {
		got, err := name.FromOctets(tc.in)
		require.NoError(t, err)
		require.Equal(t, tc.want, got)
	}
	for _, in := range []string{"", "a..b", strings.Repeat("\xff", 64)} {
		_, err := name.FromOctets(in)
		require.ErrorIs(t, err, name.ErrInvalid)
	}
}

func TestAppendWire(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"", "\x00"},
		{"a.bc", "\x01a\x02bc\x00"},
		{`a\.b.\\.\000\255`, "\x03a.b\x01\\\x02\x00\xff\x00"},
	} {
		require.Equal(t, "x"+tc.want, string(name.AppendWire([]byte("x"), tc.in)))
	}
}

func TestLabels(t *testing.T) {
	collect := func(s string) (out []string) {
		name.Labels(s, func(label []byte) bool {
			out = append(out, string(label))
			return len(out) < 3
		})
		return out
	}
	require.Empty(t, collect(""))
	require.Equal(t, []string{"a.b", "c"}, collect(`a\.b.c`))
	require.Equal(t, []string{"a", "b", "c"}, collect("a.b.c.d"))
}

func TestParent(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"a.b.c", "b.c"},
		{"c", ""},
		{"", ""},
		{`a\.b.c`, "c"},
		{`a\\.b`, "b"},
		{`\046\\\..c`, "c"},
	} {
		require.Equal(t, tc.want, name.Parent(tc.in), tc.in)
	}
}

func TestWithin(t *testing.T) {
	for _, tc := range []struct {
		s, parent string
		want      bool
	}{
		{"a.b", "b", true},
		{"b", "b", true},
		{"b", "", true},
		{"", "", true},
		{"", "b", false},
		{"ab", "b", false},
		{"b", "a.b", false},
		{`a\.b`, "b", false},
		{`a\\.b`, "b", true},
		{`a\\\.b`, "b", false},
	} {
		require.Equal(t, tc.want, name.Within(tc.s, tc.parent), "%q in %q", tc.s, tc.parent)
	}
}

func TestReverse(t *testing.T) {
	for _, tc := range []struct{ ip, want string }{
		{"192.0.2.10", "10.2.0.192.in-addr.arpa"},
		{"::ffff:192.0.2.10", "10.2.0.192.in-addr.arpa"},
		{"2001:db8::1", "1." + strings.Repeat("0.", 23) + "8.b.d.0.1.0.0.2.ip6.arpa"},
	} {
		require.Equal(t, tc.want, name.Reverse(netip.MustParseAddr(tc.ip)))
	}
}

// FuzzNormalize checks that a normal form is one: normal itself, printable, lower
// case, and equal to what its octets on the wire give.
func FuzzNormalize(f *testing.F) {
	for _, s := range []string{
		"Example.org.", `a\.b\000`, "bücher。example", "ẞ.example", "\u00ad.x", "x.\u200d.y", `\\\.`, "xn--a.ü", "a b", "ǅ.x", "١.x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := name.Normalize(s)
		if err != nil {
			require.ErrorIs(t, err, name.ErrInvalid)
			return
		}
		if n == "" {
			require.Equal(t, ".", s)
			return
		}
		again, err := name.Normalize(n)
		require.NoError(t, err)
		require.Equal(t, n, again)
		require.Equal(t, -1, strings.IndexFunc(n, func(r rune) bool { return r <= ' ' || r >= 0x7f || 'A' <= r && r <= 'Z' }))

		wire := name.AppendWire(nil, n)
		require.LessOrEqual(t, len(wire), 255)
		var labels [][]byte
		var back []byte
		for rest := wire; rest[0] != 0; rest = rest[1+rest[0]:] {
			require.LessOrEqual(t, int(rest[0]), 63)
			labels = append(labels, rest[1:1+rest[0]])
			if back != nil {
				back = append(back, '.')
			}
			back = name.AppendLabel(back, rest[1:1+rest[0]])
		}
		require.Equal(t, n, string(back))
		name.Labels(n, func(label []byte) bool {
			require.Equal(t, labels[0], slices.Clone(label))
			labels = labels[1:]
			return true
		})
		require.Empty(t, labels)
		if p := name.Parent(n); p != "" {
			require.True(t, name.Within(n, p))
			require.Len(t, name.AppendWire(nil, p), len(wire)-1-int(wire[0]))
		}
	})
}

// FuzzEscape checks that escaping loses nothing, and that octets make a name or
// none whatever they are.
func FuzzEscape(f *testing.F) {
	f.Add("a\\\x00 .\xff")
	f.Fuzz(func(t *testing.T, s string) {
		e := name.Escape(s)
		require.Equal(t, -1, strings.IndexFunc(e, func(r rune) bool { return r < ' ' || r >= 0x7f }))
		back, err := name.Unescape(e)
		require.NoError(t, err)
		require.Equal(t, s, back)
		if n, err := name.FromOctets(s); err == nil {
			again, err := name.Normalize(n)
			require.True(t, err == nil && again == n || n == "", "%q", n)
		}
	})
}

func TestDomain(t *testing.T) {
	for in, want := range map[string]string{
		"Example.ORG.":     "example.org",
		"_dmarc.a-b.1.org": "_dmarc.a-b.1.org",
		"münchen.example":  "xn--mnchen-3ya.example",
		"org":              "org",
		"a@example.org":    "",
		"a b.example":      "",
		"[192.0.2.1]":      "",
		"*.example":        "",
		`a\.b.example`:     "",
		"a/b.example":      "",
		".":                "",
		"":                 "",
		"a..b":             "",
	} {
		got, err := name.Domain(in)
		require.Equal(t, want, got, in)
		require.Equal(t, want == "", err != nil, in)
	}
}

func TestLastTwo(t *testing.T) {
	for in, want := range map[string]string{"": "", "org": "org", "example.org": "example.org", "a.b.example.org": "example.org"} {
		require.Equal(t, want, name.LastTwo(in))
	}
}

func TestQuote(t *testing.T) {
	require.Equal(t, `"a \"b\" \\c"`, name.Quote(`a "b" \c`))
}
