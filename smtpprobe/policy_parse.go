package smtpprobe

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
)

// SyntaxError says where a record or a policy breaks the grammar.
type SyntaxError struct {
	// Text is what was parsed; of a very long one the beginning.
	Text string `json:"text"`
	// Span is where in Text the trouble is.
	Span mailworthy.Span `json:"span"`
	// Field is the name of the field in question; it is empty when no field is.
	Field string `json:"field,omitempty"`
	// Reason says what is wrong.
	Reason string `json:"reason"`
}

// Error returns the place and the reason.
func (e *SyntaxError) Error() string {
	if e.Field != "" {
		return fmt.Sprintf("smtpprobe: octet %d, field %q: %s", e.Span.Offset, e.Field, e.Reason)
	}
	return fmt.Sprintf("smtpprobe: octet %d: %s", e.Span.Offset, e.Reason)
}

// maxPolicy is how large a policy may be (RFC 8461 section 3.3), and more than any TXT
// record can hold.
const maxPolicy = 64 << 10

// field is a field of a record or policy, and where it is.
type field struct {
	name, value string
	at, valueAt int
}

// bad is a mistake in the value of a field.
func (f field) bad(text, reason string) *SyntaxError {
	return &SyntaxError{text, mailworthy.Span{Offset: f.valueAt, Length: len(f.value)}, f.name, reason}
}

// recordStarts reports whether a TXT record is one of a version, as "v=STSv1" (RFC 8461
// section 3.1, RFC 8460 section 3). All others are none, whatever they look like.
func recordStarts(text, version string) bool {
	rest, ok := strings.CutPrefix(text, version)
	return ok && strings.HasPrefix(strings.TrimLeft(rest, " \t"), ";")
}

// recordFields cuts a TXT record into its fields behind the version. Of a field that
// stands twice the first counts (RFC 8461 section 3.2), and all are checked.
func recordFields(text, version string) ([]field, *SyntaxError) {
	fail := func(at, length int, reason string) *SyntaxError {
		return &SyntaxError{Text: text[:min(len(text), maxPolicy)], Span: mailworthy.Span{Offset: at, Length: length}, Reason: reason}
	}
	if len(text) > maxPolicy {
		return nil, fail(maxPolicy, 0, "the record is longer than a TXT record can be")
	}
	if !recordStarts(text, version) {
		return nil, fail(0, min(len(text), len(version)), `the record does not start with "`+version+`;"`)
	}
	var out []field
	at := strings.IndexByte(text, ';') + 1
	for at < len(text) {
		end := strings.IndexByte(text[at:], ';')
		last := end < 0
		if last {
			end = len(text) - at
		}
		part := text[at : at+end]
		start, length := at, max(len(part), 1)
		from := at + len(part) - len(strings.TrimLeft(part, " \t"))
		part = strings.Trim(part, " \t")
		at += end + 1
		if part == "" {
			if last && len(out) > 0 {
				break // A semicolon, and blanks, may end the record.
			}
			return nil, fail(start, length, "a field is empty")
		}
		key, value, ok := strings.Cut(part, "=")
		f := field{name: key, value: value, at: from, valueAt: from + len(key) + 1}
		switch {
		case !ok:
			return nil, fail(from, len(part), "a field has no value, or a semicolon is missing or superfluous")
		case !fieldName(key):
			return nil, fail(from, max(len(key), 1), "this is no name of a field")
		case value == "":
			e := f.bad(text, "the value is empty")
			e.Span = mailworthy.Span{Offset: from, Length: len(part)}
			return nil, e
		}
		out = append(out, f)
	}
	if len(out) == 0 {
		return nil, fail(0, len(text), "there is no field behind the version")
	}
	return out, nil
}

// fieldName is sts-ext-name of RFC 8461, and the same elsewhere.
func fieldName(s string) bool {
	if s == "" || len(s) > 32 || !isLetterDigit(s[0]) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isLetterDigit(c) && c != '_' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// extension checks a field that no RFC defines: it is ignored, but the record is broken
// when the field is.
func extension(text string, f field) *SyntaxError {
	for i := range len(f.value) {
		if c := f.value[i]; c <= ' ' || c >= 0x7f || c == '=' {
			e := f.bad(text, "a value has no blanks, equals signs, control characters, or characters outside ASCII")
			e.Span = mailworthy.Span{Offset: f.valueAt + i, Length: 1}
			return e
		}
	}
	return nil
}

const stsVersion = "v=STSv1"

// ParseSTSRecord reads the TXT record that announces an MTA-STS policy: its strings
// joined without anything between them. Unknown fields are ignored, as is a field that
// stands a second time. An error is a [*SyntaxError].
func ParseSTSRecord(txt string) (STSRecord, error) {
	r, err := parseSTSRecord(txt)
	if err != nil {
		return STSRecord{}, err
	}
	return r, nil
}

func parseSTSRecord(txt string) (STSRecord, *SyntaxError) {
	r := STSRecord{Text: txt}
	fields, err := recordFields(txt, stsVersion)
	if err != nil {
		return r, err
	}
	for _, f := range fields {
		if f.name != "id" {
			if err := extension(txt, f); err != nil {
				return r, err
			}
			r.Extensions = append(r.Extensions, PolicyField{f.name, f.value})
			continue
		}
		if r.ID != "" { // a second one counts for nothing (RFC 8461 section 3.2)
			if err := extension(txt, f); err != nil {
				return r, err
			}
			continue
		}
		if len(f.value) > 32 || strings.IndexFunc(f.value, func(c rune) bool { return c >= utf8.RuneSelf || !isLetterDigit(byte(c)) }) >= 0 {
			return r, f.bad(txt, "an id has 1 to 32 letters and digits, and nothing else")
		}
		r.ID = f.value
	}
	if r.ID == "" {
		return r, &SyntaxError{Text: txt, Span: mailworthy.Span{Offset: len(txt)}, Field: "id", Reason: "the field is missing"}
	}
	return r, nil
}

// The bounds of max_age, in seconds. RFC 8461 section 3.2 has policies last for weeks.
const (
	maxMaxAge   = 31557600
	day         = 24 * 3600
	shortMaxAge = 7 * day
)

// ParseSTSPolicy reads the body of an MTA-STS policy. Unknown fields are ignored, as is
// a field other than mx that stands a second time; a max_age over the maximum is the
// maximum. Lines end with LF or CRLF. Empty lines, which the grammar does not have, are
// passed over. An error is a [*SyntaxError]; one is that the body exceeds 64 KiB.
func ParseSTSPolicy(body []byte) (STSPolicy, error) {
	p, _, err := parseSTSPolicy(string(body))
	if err != nil {
		return STSPolicy{}, err
	}
	return p, nil
}

// stsNotes is what is odd about a policy, and does not break it.
type stsNotes struct {
	repeated []field // that stand a second time
	clamped  bool    // max_age was over the maximum
}

func parseSTSPolicy(body string) (STSPolicy, stsNotes, *SyntaxError) {
	p := STSPolicy{MX: []string{}}
	var notes stsNotes
	if len(body) > maxPolicy {
		return p, notes, &SyntaxError{Text: body[:maxPolicy], Span: mailworthy.Span{Offset: maxPolicy}, Reason: "the policy is larger than 64 KiB"}
	}
	seen := make(map[string]bool)
	for at := 0; at < len(body); {
		line, _, _ := strings.Cut(body[at:], "\n")
		start := at
		at += len(line) + 1
		line = strings.TrimRight(strings.TrimSuffix(line, "\r"), " \t")
		if line == "" {
			continue
		}
		f, err := policyLine(body, line, start)
		if err != nil {
			return p, notes, err
		}
		if seen[f.name] && f.name != "mx" {
			notes.repeated = append(notes.repeated, f)
			continue
		}
		seen[f.name] = true
		reason := ""
		switch f.name {
		case "version":
			if f.value != "STSv1" {
				reason = `the version is not "STSv1"`
			}
		case "mode":
			if p.Mode = STSMode(f.value); p.Mode != STSEnforce && p.Mode != STSTesting && p.Mode != STSNone {
				reason = `a mode is "enforce", "testing" or "none"`
			}
		case "max_age":
			p.MaxAge, notes.clamped, reason = parseMaxAge(f.value)
		case "mx":
			var pattern string
			pattern, reason = parsePattern(f.value)
			p.MX = append(p.MX, pattern)
		default:
			p.Extensions = append(p.Extensions, PolicyField{f.name, f.value})
		}
		if reason != "" {
			return p, notes, f.bad(body, reason)
		}
	}
	for _, required := range []string{"version", "mode", "max_age", "mx"} {
		if !seen[required] && (required != "mx" || p.Mode != STSNone) {
			return p, notes, &SyntaxError{Text: body, Span: mailworthy.Span{Offset: len(body)}, Field: required, Reason: "the field is missing"}
		}
	}
	return p, notes, nil
}

// policyLine reads a line of a policy.
func policyLine(body, line string, start int) (field, *SyntaxError) {
	fail := func(at, length int, reason string) *SyntaxError {
		return &SyntaxError{Text: body, Span: mailworthy.Span{Offset: start + at, Length: length}, Reason: reason}
	}
	key, value, ok := strings.Cut(line, ":")
	if !ok {
		return field{}, fail(0, len(line), "a line has no colon")
	}
	if !fieldName(key) {
		return field{}, fail(0, max(len(key), 1), "this is no name of a field")
	}
	f := field{name: key, at: start, valueAt: start + len(line) - len(strings.TrimLeft(value, " \t"))}
	f.value = strings.TrimLeft(value, " \t")
	for i, r := range f.value {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError && !strings.HasPrefix(f.value[i:], "\ufffd") {
			return f, fail(f.valueAt-start+i, 1, "a control character, or no valid UTF-8")
		}
	}
	if f.value == "" {
		e := f.bad(body, "the value is empty")
		e.Span = mailworthy.Span{Offset: start, Length: len(line)}
		return f, e
	}
	return f, nil
}

func parseMaxAge(value string) (seconds int64, clamped bool, reason string) {
	n, err := strconv.ParseUint(value, 10, 64)
	if err != nil || len(value) > 10 {
		return 0, false, "a max_age is a number of seconds, of at most ten digits"
	}
	return int64(min(n, maxMaxAge)), n > maxMaxAge, ""
}

// parsePattern normalises a pattern for hosts.
func parsePattern(value string) (pattern, reason string) {
	host, _ := strings.CutPrefix(value, "*.")
	if !isASCII(host) {
		return "", "a name is written in A-labels, as in xn--bcher-kva.example"
	}
	if strings.HasSuffix(host, ".") {
		return "", "a name has no dot at its end here"
	}
	normal, err := name.Normalize(host)
	if err != nil {
		return "", "this is no name of a host"
	}
	if reason := hostReason(normal); reason != "" {
		return "", "this is no name of a host: " + reason
	}
	return value[:len(value)-len(host)] + normal, ""
}

// Match returns the first pattern of the policy that a host matches (RFC 8461 section
// 4.1). The host's name may be in any case, in U- or A-labels.
func (p STSPolicy) Match(host string) (pattern string, ok bool) {
	n, err := name.Normalize(host)
	if err != nil || n == "" {
		return "", false
	}
	parent := name.Parent(n)
	for _, pattern := range p.MX {
		// The wildcard stands for exactly one label.
		if suffix, wild := strings.CutPrefix(pattern, "*."); pattern == n || wild && parent != "" && suffix == parent {
			return pattern, true
		}
	}
	return "", false
}

// String returns the policy as it is served, with lines that end with CRLF.
// [ParseSTSPolicy] reads it back as the same policy.
func (p STSPolicy) String() string {
	var b strings.Builder
	b.WriteString("version: STSv1\r\nmode: " + string(p.Mode) + "\r\n")
	for _, mx := range p.MX {
		b.WriteString("mx: " + mx + "\r\n")
	}
	b.WriteString("max_age: " + strconv.FormatInt(p.MaxAge, 10) + "\r\n")
	for _, f := range p.Extensions {
		b.WriteString(f.Name + ": " + f.Value + "\r\n")
	}
	return b.String()
}

const tlsrptVersion = "v=TLSRPTv1"

// ParseTLSRPT reads the TXT record by which a domain asks for reports on TLS (RFC 8460
// section 3): its strings joined without anything between them. Unknown fields are
// ignored. That a report can go to a destination is not checked. An error is a
// [*SyntaxError].
func ParseTLSRPT(txt string) (TLSRPTRecord, error) {
	r, _, err := parseTLSRPT(txt)
	if err != nil {
		return TLSRPTRecord{}, err
	}
	return r, nil
}

// parseTLSRPT also returns where the destinations are.
func parseTLSRPT(txt string) (TLSRPTRecord, []field, *SyntaxError) {
	r := TLSRPTRecord{Text: txt}
	fields, err := recordFields(txt, tlsrptVersion)
	if err != nil {
		return r, nil, err
	}
	var places []field
	for _, f := range fields {
		if f.name != "rua" {
			if err := extension(txt, f); err != nil {
				return r, nil, err
			}
			r.Extensions = append(r.Extensions, PolicyField{f.name, f.value})
			continue
		}
		if len(places) > 0 {
			continue
		}
		at := f.valueAt
		for part := range strings.SplitSeq(f.value, ",") {
			place := field{name: "rua", value: strings.Trim(part, " \t")}
			place.valueAt = at + len(part) - len(strings.TrimLeft(part, " \t"))
			at += len(part) + 1
			if i := strings.IndexFunc(place.value, func(c rune) bool { return c <= ' ' || c >= 0x7f }); i >= 0 || place.value == "" {
				return r, nil, place.bad(txt, "this is no URI")
			}
			places = append(places, place)
			r.RUA = append(r.RUA, place.value)
		}
	}
	if len(places) == 0 {
		return r, nil, &SyntaxError{Text: txt, Span: mailworthy.Span{Offset: len(txt)}, Field: "rua", Reason: "the field is missing"}
	}
	return r, places, nil
}

// destinationReason says why no report can go to a URI (RFC 8460 section 3), or "".
func destinationReason(uri string) string {
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok {
		return `it has no scheme; a mailbox is written with "mailto:" before it`
	}
	if strings.Contains(rest, "!") {
		return "exclamation marks must be encoded, and there is no limit of size here"
	}
	switch strings.ToLower(scheme) {
	case "mailto":
		to, _, _ := strings.Cut(rest, "?")
		to, err := url.PathUnescape(to)
		if err != nil {
			return "a percent sign is followed by no octet"
		}
		if _, err := ParseAddress(to); err != nil {
			return "this is not the address of a mailbox"
		}
		return ""
	case "https":
		u, err := url.Parse(uri)
		if err != nil || u.Hostname() == "" || u.User != nil {
			return "this is no URI of a web server"
		}
		if _, reason := domainName(u.Hostname()); reason != "" {
			return "this is no URI of a web server with a name"
		}
		return ""
	case "http":
		return "reports are sent by https:, not by http:"
	}
	return "reports are sent to mailto: and https: alone"
}
