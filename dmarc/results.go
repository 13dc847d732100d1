package dmarc

import (
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
)

// AuthenticationResults returns r as one result of an Authentication-Results header
// field (RFC 8601 section 2.7.1, RFC 9989 section 9.1), such as
//
//	dmarc=fail (p=reject sp=none) reason="unaligned" header.from=example.org policy.dmarc=reject
//
// Put the authserv-id before it, and "; " between it and the results of other checks.
// policy.dmarc is what the domain wants to happen to mail that fails, whether this
// message does or not. Whatever comes from the message is quoted where it needs to be,
// and holds no line breaks. It is "" for a Result without a Status.
func (r Result) AuthenticationResults() string {
	if r.Status == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString("dmarc=" + string(r.Status))
	if c := comment(&r); c != "" {
		b.WriteString(" (" + c + ")")
	}
	if code := reason(&r); code != "" {
		b.WriteString(" reason=" + name.Quote(code))
	}
	if r.Domain != "" {
		b.WriteString(" header.from=" + tokenOrQuoted(r.Domain))
	}
	if r.Applied != "" {
		b.WriteString(" policy.dmarc=" + string(r.Applied))
	}
	return b.String()
}

// comment shows the policies of the record.
func comment(r *Result) string {
	if r.Record == nil {
		return ""
	}
	var parts []string
	for _, p := range [...]struct {
		tag    string
		policy Policy
	}{{"p", r.Record.Policy}, {"sp", r.Record.Subdomain}, {"np", r.Record.Nonexistent}} {
		if p.policy != "" {
			parts = append(parts, p.tag+"="+string(p.policy))
		}
	}
	if r.Record.Testing && r.Mode == RFC9989 {
		parts = append(parts, "t=y")
	}
	return strings.Join(parts, " ")
}

// reason is the first finding that explains the Status. That there are several records
// somewhere does so only if nothing else does.
func reason(r *Result) string {
	if r.Status == Pass {
		return ""
	}
	var last mailworthy.Code
	for i := range r.Findings {
		switch code := r.Findings[i].Code; code {
		case CodeFromObsolete:
		case CodeMultipleRecords:
			last = code
		default:
			return strings.TrimPrefix(string(code), "dmarc.")
		}
	}
	return strings.TrimPrefix(string(last), "dmarc.")
}

// tokenOrQuoted returns s as a value of RFC 2045 section 5.1.
func tokenOrQuoted(s string) string {
	for i := range len(s) {
		if !alphanumeric(s[i]) && strings.IndexByte("-_.+", s[i]) < 0 {
			return name.Quote(s[:min(len(s), maxName)])
		}
	}
	if s == "" || len(s) > maxName {
		return name.Quote(s[:min(len(s), maxName)])
	}
	return s
}

// Aligned reports whether an identifier that a method authenticated makes the message
// pass. One method is enough for DMARC; mail that is forwarded often has only DKIM left.
func (r Result) Aligned(m Method) bool {
	return slices.ContainsFunc(r.Identifiers, func(id Identifier) bool { return id.Method == m && id.Aligned })
}
