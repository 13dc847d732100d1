package spf

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
)

// Record is a parsed SPF record.
type Record struct {
	// Text is the record as published.
	Text string `json:"text"`
	// Terms are its mechanisms and modifiers in their order.
	Terms []Term `json:"terms"`
}

// Term is a mechanism or a modifier of a record (RFC 7208 section 4.6.1).
type Term struct {
	Kind Kind `json:"kind"`
	// Qualifier says what a match of a mechanism means. It is 0 for modifiers.
	Qualifier Qualifier `json:"qualifier,omitzero"`
	// Domain is the domain-spec with its macros unexpanded; empty when the term
	// has none. For an unknown modifier it is the value.
	Domain string `json:"domain,omitempty"`
	// Network is what ip4 and ip6 match, with the host bits as published.
	Network netip.Prefix `json:"network,omitzero"`
	// Bits4 and Bits6 are the prefix lengths that "a" and "mx" apply to the
	// addresses they find: 32 and 128 unless the term says otherwise.
	Bits4 uint8 `json:"bits4,omitzero"`
	Bits6 uint8 `json:"bits6,omitzero"`
	// Offset is where the term starts in the record's text, in octets.
	Offset int `json:"offset"`
	// Text is the term as published, qualifier included.
	Text string `json:"text"`
}

// Kind says which mechanism or modifier a Term is. It marshals as the name that
// stands in records.
type Kind uint8

// The mechanisms of RFC 7208 section 5 and the modifiers of section 6.
const (
	KindAll Kind = iota + 1
	KindInclude
	KindA
	KindMX
	KindPTR
	KindIP4
	KindIP6
	KindExists
	KindRedirect
	KindExp
	// KindUnknown is a modifier that RFC 7208 does not define. Such modifiers
	// are ignored, but their syntax counts.
	KindUnknown
)

var kindNames = [...]string{
	KindAll: "all", KindInclude: "include", KindA: "a", KindMX: "mx", KindPTR: "ptr", KindIP4: "ip4",
	KindIP6: "ip6", KindExists: "exists", KindRedirect: "redirect", KindExp: "exp", KindUnknown: "unknown",
}

// String returns the name that stands in records.
func (k Kind) String() string {
	if k == 0 || int(k) >= len(kindNames) {
		return "kind(" + strconv.Itoa(int(k)) + ")"
	}
	return kindNames[k]
}

// MarshalText writes what [Kind.String] returns.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what [Kind.MarshalText] writes.
func (k *Kind) UnmarshalText(text []byte) error {
	for i := 1; i < len(kindNames); i++ {
		if kindNames[i] == string(text) {
			*k = Kind(i)
			return nil
		}
	}
	return fmt.Errorf("spf: no kind of term %q", text)
}

// Queries reports whether terms of this kind count against the limit of DNS
// lookups (RFC 7208 section 4.6.4).
func (k Kind) Queries() bool {
	switch k {
	case KindInclude, KindA, KindMX, KindPTR, KindExists, KindRedirect:
		return true
	}
	return false
}

// Modifier reports whether k is a modifier rather than a mechanism.
func (k Kind) Modifier() bool { return k >= KindRedirect }

// Qualifier is the sign before a mechanism: '+', '-', '~' or '?'.
type Qualifier byte

// Status returns the result that a match of a mechanism with this qualifier has
// (RFC 7208 section 4.6.2).
func (q Qualifier) Status() Status {
	switch q {
	case '+':
		return Pass
	case '-':
		return Fail
	case '~':
		return SoftFail
	case '?':
		return Neutral
	}
	return ""
}

// MarshalText writes the sign.
func (q Qualifier) MarshalText() ([]byte, error) {
	if q == 0 {
		return nil, nil
	}
	return []byte{byte(q)}, nil
}

// UnmarshalText reads the sign.
func (q *Qualifier) UnmarshalText(text []byte) error {
	switch {
	case len(text) == 0:
		*q = 0
	case len(text) == 1 && Qualifier(text[0]).Status() != "":
		*q = Qualifier(text[0])
	default:
		return fmt.Errorf("spf: no qualifier %q", text)
	}
	return nil
}

// ErrNotSPF is returned by [Parse] for a text that is no SPF record at all: it
// does not start with "v=spf1" followed by a blank or the end.
var ErrNotSPF = errors.New("spf: not an SPF record")

// SyntaxError says where and why a record breaks the grammar of RFC 7208 section
// 12. Such a record has the result permerror for every sender, wherever in it
// the error stands (section 4.6).
type SyntaxError struct {
	// Record is the whole text.
	Record string
	// Offset is where the offending term starts in Record, in octets.
	Offset int
	// Term is the offending term.
	Term string
	// Reason says what is wrong with it.
	Reason string
}

// Error returns the offset, the term and the reason, with odd octets escaped.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("spf: offset %d: %q: %s", e.Offset, name.Escape(e.Term), e.Reason)
}

// Parse reads an SPF record. The error is [ErrNotSPF] or a [*SyntaxError]; with
// the latter, the Record holds the terms before the offending one.
func Parse(txt string) (*Record, error) {
	if !isSPF(txt) {
		return nil, ErrNotSPF
	}
	terms, err := parseTerms(make([]Term, 0, 1+strings.Count(txt, " ")), txt)
	r := &Record{Text: txt, Terms: terms}
	if err != nil {
		return r, err
	}
	return r, nil
}

// String returns the record's terms behind the version, with one blank between
// them. Parse reads it to an equal record but for offsets.
func (r *Record) String() string {
	var b strings.Builder
	b.WriteString(version)
	for i := range r.Terms {
		b.WriteByte(' ')
		b.WriteString(r.Terms[i].Text)
	}
	return b.String()
}

const version = "v=spf1"

// isSPF obeys RFC 7208 section 4.5: the version, in any case as all ABNF strings,
// is ended by a blank (not a tab) or by the end of the record.
func isSPF(txt string) bool {
	return len(txt) >= len(version) && strings.EqualFold(txt[:len(version)], version) &&
		(len(txt) == len(version) || txt[len(version)] == ' ')
}

// parseTerms appends the terms of a record to terms, up to the first one that is
// wrong.
func parseTerms(terms []Term, txt string) ([]Term, *SyntaxError) {
	redirects, exps := 0, 0
	for start, end := nextTerm(txt, len(version)); start < end; start, end = nextTerm(txt, end) {
		// The term is parsed in its place, since it is too large to copy around.
		terms = append(terms, Term{Text: txt[start:end], Offset: start})
		t := &terms[len(terms)-1]
		reason := parseTerm(t)
		if t.Kind == KindRedirect {
			redirects++
		}
		if t.Kind == KindExp {
			exps++
		}
		if reason == "" && (redirects > 1 && t.Kind == KindRedirect || exps > 1 && t.Kind == KindExp) {
			reason = "stands twice in the record" // RFC 7208 section 6
		}
		if reason != "" {
			return terms[:len(terms)-1], &SyntaxError{Record: txt, Offset: start, Term: txt[start:end], Reason: reason}
		}
	}
	return terms, nil
}

// nextTerm returns where the term behind pos starts and ends; both are len(txt)
// when there is none. Only blanks separate terms (RFC 7208 section 4.6.1).
func nextTerm(txt string, pos int) (start, end int) {
	for start = pos; start < len(txt) && txt[start] == ' '; start++ {
	}
	for end = start; end < len(txt) && txt[end] != ' '; end++ {
	}
	return start, end
}

// parseTerm fills t from its Text, and returns what is wrong, or "".
func parseTerm(t *Term) (reason string) {
	s := t.Text
	if s[0] == '+' || s[0] == '-' || s[0] == '~' || s[0] == '?' {
		t.Qualifier = Qualifier(s[0])
		s = s[1:]
	}
	n := 0
	for n < len(s) && (alphanum(s[n]) || n > 0 && (s[n] == '-' || s[n] == '_' || s[n] == '.')) {
		n++
	}
	word, rest := s[:n], s[n:]
	if n == 0 || !alpha(word[0]) {
		return badOctet(t.Text, "does not start with the name of a mechanism or modifier")
	}
	if rest != "" && rest[0] == '=' {
		if t.Qualifier != 0 {
			return "a modifier takes no qualifier"
		}
		return parseModifier(t, word, rest[1:])
	}
	if t.Qualifier == 0 {
		t.Qualifier = '+'
	}
	return parseMechanism(t, word, rest)
}

func parseModifier(t *Term, word, value string) string {
	switch {
	case strings.EqualFold(word, "redirect"):
		t.Kind = KindRedirect
	case strings.EqualFold(word, "exp"):
		t.Kind = KindExp
	default:
		t.Kind, t.Domain = KindUnknown, value
		return checkMacroString(value, true)
	}
	t.Domain = value
	if value == "" {
		return "a domain must follow the equals sign directly"
	}
	return checkDomainSpec(value)
}

func parseMechanism(t *Term, word, rest string) string {
	if t.Kind = mechanism(word); t.Kind == 0 {
		return badOctet(t.Text, "no such mechanism")
	}
	switch t.Kind {
	case KindAll:
		if rest != "" {
			return badOctet(t.Text, `"all" takes no value`)
		}
		return ""
	case KindIP4, KindIP6:
		return parseNetwork(t, rest)
	case KindInclude, KindExists:
		if rest == "" || rest[0] != ':' {
			return "a colon and a domain must follow"
		}
		t.Domain = rest[1:]
		return checkDomainSpec(t.Domain)
	}
	if t.Kind != KindPTR {
		var reason string
		if rest, reason = cutCIDR(t, rest); reason != "" {
			return reason
		}
	}
	if rest == "" {
		return "" // The domain is the current one.
	}
	if rest[0] != ':' {
		return badOctet(t.Text, "only a colon and a domain, or a prefix length, may follow")
	}
	t.Domain = rest[1:]
	return checkDomainSpec(t.Domain)
}

func mechanism(word string) Kind {
	switch len(word) {
	case 1:
		if word[0]|0x20 == 'a' {
			return KindA
		}
	case 2:
		if strings.EqualFold(word, "mx") {
			return KindMX
		}
	case 3:
		switch {
		case word[0]|0x20 == 'i' && word[1]|0x20 == 'p' && word[2] == '4':
			return KindIP4
		case word[0]|0x20 == 'i' && word[1]|0x20 == 'p' && word[2] == '6':
			return KindIP6
		case strings.EqualFold(word, "all"):
			return KindAll
		case strings.EqualFold(word, "ptr"):
			return KindPTR
		}
	case 6:
		if strings.EqualFold(word, "exists") {
			return KindExists
		}
	case 7:
		if strings.EqualFold(word, "include") {
			return KindInclude
		}
	}
	return 0
}

// parseNetwork reads what follows "ip4" and "ip6" (RFC 7208 section 5.6).
func parseNetwork(t *Term, rest string) string {
	if rest == "" || rest[0] != ':' {
		return "a colon and a network must follow"
	}
	text, length, cut := strings.Cut(rest[1:], "/")
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" || addr.Is4() != (t.Kind == KindIP4) {
		switch {
		case t.Kind == KindIP4 && err == nil:
			return "this is no IPv4 address; IPv6 takes ip6"
		case t.Kind == KindIP6 && err == nil && addr.Is4():
			return "this is no IPv6 address; IPv4 takes ip4"
		}
		return badOctet(t.Text, "malformed address")
	}
	bits := addr.BitLen()
	if cut {
		if bits = prefixLen(length, bits); bits < 0 {
			return "malformed prefix length"
		}
	}
	t.Network = netip.PrefixFrom(addr, bits)
	return ""
}

// cutCIDR takes a dual-cidr-length off the end of what follows "a" and "mx". A
// slash may also be part of a domain-spec, so the end is what decides.
func cutCIDR(t *Term, rest string) (before, reason string) {
	t.Bits4, t.Bits6 = 32, 128
	const bad = "malformed prefix length"
	if head, length := cutLength(rest); length != "" && strings.HasSuffix(head, "/") {
		bits := prefixLen(length, 128)
		if bits < 0 {
			return "", bad
		}
		t.Bits6, rest = uint8(bits), head[:len(head)-1]
	}
	if head, length := cutLength(rest); length != "" {
		bits := prefixLen(length, 32)
		if bits < 0 {
			return "", bad
		}
		t.Bits4, rest = uint8(bits), head
	}
	return rest, ""
}

// cutLength splits s before a slash that only digits follow.
func cutLength(s string) (head, digits string) {
	i := len(s)
	for i > 0 && s[i-1] >= '0' && s[i-1] <= '9' {
		i--
	}
	if i == 0 || i == len(s) || s[i-1] != '/' {
		return s, ""
	}
	return s[:i-1], s[i:]
}

// prefixLen reads a prefix length of at most most, without leading zeros; it
// returns -1 when s is none.
func prefixLen(s string, most int) int {
	if s == "" || len(s) > 3 || s[0] == '0' && len(s) > 1 {
		return -1
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	if n > most {
		return -1
	}
	return n
}

// badOctet returns reason, or a better one when the trouble with s is an octet
// that may not stand in any record.
func badOctet(s, reason string) string {
	for i := range len(s) {
		switch {
		case s[i] == '\t':
			return "terms are separated by blanks, not tabs"
		case s[i] < ' ' || s[i] == 0x7f:
			return "control character"
		case s[i] >= 0x80:
			return "only ASCII characters are allowed" // RFC 7208 section 3.1
		}
	}
	return reason
}

func alpha(c byte) bool    { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func alphanum(c byte) bool { return alpha(c) || '0' <= c && c <= '9' }
