package spf_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// field is the body of a header field that is being read by the grammars of RFC
// 5322. What does not fit fails the test.
type field struct {
	t    testing.TB
	all  string
	rest string
}

// unfold requires that the body can stand in a message, and undoes its folds.
func unfold(t testing.TB, name, body string) *field {
	t.Helper()
	require.True(t, utf8.ValidString(body), "%q", body)
	lines := strings.Split(name+": "+body, "\r\n")
	for i, line := range lines {
		require.LessOrEqual(t, len(line), 998, "RFC 5322 section 2.1.1: %q", line)
		require.NotEmpty(t, strings.TrimLeft(line, " \t"), "a line of blanks: %q", body)
		if i > 0 {
			require.Contains(t, " \t", line[:1], "a line that is no continuation: %q", body)
		}
		for _, c := range line {
			require.True(t, c >= ' ' && (c < 0x7f || c > 0x9f) || i > 0 && c == '\t', "the character %U in %q", c, body)
		}
	}
	s := strings.ReplaceAll(body, "\r\n", "")
	return &field{t: t, all: s, rest: s}
}

func (f *field) blanks() bool {
	n := len(f.rest)
	f.rest = strings.TrimLeft(f.rest, " \t")
	return len(f.rest) < n
}

func (f *field) take(chars string) string {
	f.t.Helper()
	n := 0
	for n < len(f.rest) && (f.rest[n] >= 0x80 || strings.IndexByte(chars, f.rest[n]) >= 0) {
		n++
	}
	require.NotZero(f.t, n, "expected one of %q at %q in %q", chars, f.rest, f.all)
	s := f.rest[:n]
	f.rest = f.rest[n:]
	return s
}

func (f *field) literal(s string) {
	f.t.Helper()
	require.True(f.t, strings.HasPrefix(f.rest, s), "expected %q at %q in %q", s, f.rest, f.all)
	f.rest = f.rest[len(s):]
}

func (f *field) next(c byte) bool { return f.rest != "" && f.rest[0] == c }

// comment reads a comment, nested ones included.
func (f *field) comment() {
	f.t.Helper()
	depth := 0
	for i := 0; i < len(f.rest); i++ {
		switch f.rest[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				f.rest = f.rest[i+1:]
				return
			}
		}
	}
	require.Failf(f.t, "a comment has no end", "%q", f.all)
}

func (f *field) quoted() string {
	f.t.Helper()
	f.literal(`"`)
	var b strings.Builder
	for i := 0; i < len(f.rest); i++ {
		switch c := f.rest[i]; c {
		case '\\':
			i++
			require.Less(f.t, i, len(f.rest))
			b.WriteByte(f.rest[i])
		case '"':
			f.rest = f.rest[i+1:]
			return b.String()
		default:
			b.WriteByte(c)
		}
	}
	require.Failf(f.t, "a quoted string has no end", "%q", f.all)
	return ""
}

const (
	alnum = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	atext = alnum + "!#$%&'*+-/=?^_`{|}~"
	token = alnum + "!#$%&'*+-.^_`{|}~" // RFC 2045 section 5.1
)

// dotAtom is the dot-atom-text of RFC 5322 section 3.2.3.
func (f *field) dotAtom() string {
	f.t.Helper()
	s := f.take(atext)
	for f.next('.') {
		f.literal(".")
		s += "." + f.take(atext)
	}
	return s
}

// parseReceivedSPF reads the value of a header field by RFC 7208 section 9.1.
func parseReceivedSPF(t testing.TB, body string) (result string, pairs map[string]string) {
	t.Helper()
	f := unfold(t, "Received-SPF", body)
	pairs = map[string]string{}
	result = f.take("abcdefghijklmnopqrstuvwxyz")
	if f.rest == "" {
		return result, pairs
	}
	require.True(t, f.blanks(), "%q", body)
	if f.next('(') {
		f.comment()
		require.True(t, f.blanks() || f.rest == "", "%q", body)
	}
	for f.rest != "" {
		key := f.take(alnum + "-_.")
		f.blanks()
		f.literal("=")
		f.blanks()
		value := ""
		if f.next('"') {
			value = f.quoted()
		} else {
			value = f.dotAtom()
		}
		require.NotContains(t, pairs, key, "twice in %q", body)
		pairs[key] = value
		f.blanks()
		if f.rest == "" {
			break
		}
		f.literal(";")
		f.blanks()
	}
	return result, pairs
}

// parseAuthRes reads one result of an Authentication-Results header field by RFC
// 8601 section 2.2.
func parseAuthRes(t testing.TB, body string) (result string, props map[string]string) {
	t.Helper()
	f := unfold(t, "Authentication-Results", body)
	props = map[string]string{}
	cfws := func() bool {
		some := f.blanks()
		for f.next('(') {
			f.comment()
			f.blanks()
			some = true
		}
		return some
	}
	cfws()
	f.literal("spf=")
	result = f.take("abcdefghijklmnopqrstuvwxyz")
	for f.rest != "" {
		require.True(t, cfws(), "expected a blank at %q in %q", f.rest, body)
		if f.rest == "" {
			break
		}
		key := f.take(alnum + ".-")
		f.literal("=")
		value := ""
		if f.next('"') {
			value = f.quoted()
			if f.next('@') { // A local-part that is quoted.
				f.literal("@")
				value += "@" + f.take(alnum+"-_.")
			}
		} else if !f.next('@') {
			value = f.take(token + "/")
		}
		if f.next('@') {
			f.literal("@")
			value += "@" + f.take(alnum+"-_.")
		}
		require.NotContains(t, props, key, "twice in %q", body)
		props[key] = value
	}
	return result, props
}
