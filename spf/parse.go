package spf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
)

// ErrNotSPF is returned by [Parse] for a text that is no SPF record at all: it
// does not start with "v=spf1" followed by a blank or the end.
var ErrNotSPF = errors.New("spf: not an SPF record")

// SyntaxError says where and why a record breaks the grammar of RFC 7208 section
// 12. Such a record has the result permerror for every sender, wherever in it
// the error stands (section 4.6).
type SyntaxError struct {
	// Text is what was parsed.
	Text string `json:"text"`
	// Offset is where the offending term starts in Text, in octets.
	Offset int `json:"offset"`
	// Term is the offending term.
	Term string `json:"term"`
	// Reason says what is wrong with it.
	Reason string `json:"reason"`
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
	terms, err := parseTerms(txt)
	r := &Record{Text: txt, Terms: terms}
	if err != nil {
		return r, err
	}
	return r, nil
}

const version = "v=spf1"

// isSPF obeys RFC 7208 section 4.5: the version, in any case as all ABNF strings,
// is ended by a blank (not a tab) or by the end of the record.
func isSPF(txt string) bool {
	return len(txt) >= len(version) && txt[0]|0x20 == 'v' && strings.EqualFold(txt[:len(version)], version) &&
		(len(txt) == len(version) || txt[len(version)] == ' ')
}

// parseTerms returns the terms of a record, up to the first one that is wrong.
func parseTerms(txt string) (terms []Term, err *SyntaxError) {
	terms = make([]Term, 0, 1+strings.Count(txt, " "))
	p := newParser(txt)
	for {
		// Terms are parsed in their place, since they are too large to copy around.
		terms = append(terms, Term{})
		if more, err := p.next(&terms[len(terms)-1]); !more || err != nil {
			return terms[:len(terms)-1], err
		}
	}
}

// parseAll returns the terms of a record that are well-formed, and what is wrong
// with the others, of which it notes the first few.
func parseAll(txt string) (terms []Term, errs []*SyntaxError) {
	p := newParser(txt)
	for {
		var t Term
		more, err := p.next(&t)
		switch {
		case !more:
			return terms, errs
		case err == nil:
			terms = append(terms, t)
		case len(errs) < maxShown:
			errs = append(errs, err)
		}
	}
}

// parser walks the terms of a record.
type parser struct {
	txt           string
	pos           int
	redirect, exp bool // were there already
}

func newParser(txt string) parser { return parser{txt: txt, pos: len(version)} }

// next fills t from the next term. It returns false behind the last one. After an
// error it can be called for the term behind.
func (p *parser) next(t *Term) (more bool, err *SyntaxError) {
	start, end := nextTerm(p.txt, p.pos)
	if start == end {
		return false, nil
	}
	p.pos = end
	*t = Term{Text: p.txt[start:end], Offset: start}
	reason := parseTerm(t)
	// RFC 7208 section 6: these two may stand only once.
	if t.Kind == KindRedirect {
		if p.redirect && reason == "" {
			reason = "stands twice in the record"
		}
		p.redirect = true
	}
	if t.Kind == KindExp {
		if p.exp && reason == "" {
			reason = "stands twice in the record"
		}
		p.exp = true
	}
	if reason != "" {
		return true, &SyntaxError{Text: p.txt, Offset: start, Term: t.Text, Reason: reason}
	}
	return true, nil
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
	if t.Kind == KindIP4 {
		if addr, bits, n := scanIPv4(rest[1:]); n > 0 && n == len(rest)-1 {
			var b [4]byte
			binary.BigEndian.PutUint32(b[:], addr)
			t.Network = netip.PrefixFrom(netip.AddrFrom4(b), bits)
			return ""
		}
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

// scanIPv4 reads the IPv4 network at the start of s, and returns its length in s.
// Records consist mostly of these, so it is a short cut for those that are
// well-formed: the length is 0 for others, in which parseNetwork finds what is wrong.
func scanIPv4(s string) (addr uint32, bits, length int) {
	i := 0
	for part := range 4 {
		if part > 0 {
			if i >= len(s) || s[i] != '.' {
				return 0, 0, 0
			}
			i++
		}
		if i >= len(s) {
			return 0, 0, 0
		}
		n := uint32(s[i] - '0')
		if n > 9 {
			return 0, 0, 0
		}
		i++
		for start := i; n != 0 && i < len(s) && s[i]-'0' <= 9 && i < start+2; i++ {
			n = n*10 + uint32(s[i]-'0')
		}
		if n > 255 {
			return 0, 0, 0
		}
		addr = addr<<8 | n
	}
	if i < len(s) && s[i]-'0' <= 9 {
		return 0, 0, 0 // a fourth digit, or one behind a zero
	}
	bits = 32
	if i < len(s) && s[i] == '/' {
		start := i + 1
		for i = start; i < len(s) && s[i]-'0' <= 9; i++ {
		}
		if bits = prefixLen(s[start:i], 32); bits < 0 {
			return 0, 0, 0
		}
	}
	return addr, bits, i
}

// clientNumber is an address as skipOutside wants it; false for IPv6.
func clientNumber(ip netip.Addr) (n uint32, is4 bool) {
	if !ip.Is4() {
		return 0, false
	}
	b := ip.As4()
	return binary.BigEndian.Uint32(b[:]), true
}

// skipOutside moves on over well-formed ip4 terms whose network is without client:
// all of them for a client that is not IPv4. One that has the client in it ends this;
// it is passed as well, and returned is where it starts, or -1 if there is none.
func (p *parser) skipOutside(client uint32, is4 bool) (inside int) {
	for {
		start := p.pos
		for start < len(p.txt) && p.txt[start] == ' ' {
			start++
		}
		rest, ok := strings.CutPrefix(p.txt[start:], "ip4:")
		if !ok {
			return -1
		}
		addr, bits, n := scanIPv4(rest)
		if n == 0 || n < len(rest) && rest[n] != ' ' {
			return -1
		}
		p.pos = start + len("ip4:") + n
		if is4 && (addr^client)>>(32-bits) == 0 {
			return start
		}
	}
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
