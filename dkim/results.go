package dkim

import (
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
)

// AuthenticationResults returns r as the results of an Authentication-Results header
// field (RFC 8601 section 2.7.1), one for each signature, such as
//
//	dkim=pass header.d=example.org header.s=s1 header.a=rsa-sha256 header.b="Kj3/x1Y8"
//
// Put the authserv-id before it, and "; " between it and the results of other checks.
// Whatever comes from the message is quoted where it needs to be, and holds no line
// breaks. It is "" for a Result without a Status.
func (r Result) AuthenticationResults() string {
	if r.Status == "" {
		return ""
	}
	if len(r.Signatures) == 0 {
		return "dkim=" + string(r.Status)
	}
	parts := make([]string, len(r.Signatures))
	for i := range r.Signatures {
		parts[i] = r.Signatures[i].AuthenticationResults()
	}
	return strings.Join(parts, "; ")
}

// AuthenticationResults returns s as one result of an Authentication-Results header
// field. It is "" for a Signature without a Status.
func (s Signature) AuthenticationResults() string {
	if s.Status == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString("dkim=" + string(s.Status))
	if s.Testing {
		b.WriteString(" (testing)")
	}
	if s.Code != "" {
		b.WriteString(" reason=" + name.Quote(strings.TrimPrefix(string(s.Code), "dkim.")))
	}
	for _, p := range [...][2]string{
		{"header.d", s.Domain}, {"header.s", s.Selector}, {"header.a", s.Algorithm}, {"header.b", s.Tag},
	} {
		if p[1] != "" {
			b.WriteString(" " + p[0] + "=" + tokenOrQuoted(p[1]))
		}
	}
	return b.String()
}

// tokenOrQuoted returns s as a value of RFC 2045 section 5.1.
func tokenOrQuoted(s string) string {
	for i := range len(s) {
		if !alphanumeric(s[i]) && strings.IndexByte("-_.+", s[i]) < 0 {
			return name.Quote(name.Escape(cut(s)))
		}
	}
	if s == "" || len(s) > maxShown {
		return name.Quote(name.Escape(cut(s)))
	}
	return s
}
