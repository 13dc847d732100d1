package spf

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
)

// This file has the grammar of RFC 7208 section 7.1 and the expansion of section
// 7.3. Both walk a string with nextMacro, so that what passes the check expands.

// macro is one piece of a macro-string: literal text, or one expansion.
type macro struct {
	literal string
	letter  byte // lower case; 0 for a literal
	escape  bool // the letter stood in upper case
	digits  int  // right-hand parts to keep; 0 for all
	reverse bool
	delims  string // "" for "."
}

// nextMacro reads the piece at the start of s, which is not empty, and returns
// its length. A length of 0 means a syntax error.
func nextMacro(s string) (m macro, n int) {
	if s[0] != '%' {
		n = strings.IndexByte(s, '%')
		if n < 0 {
			n = len(s)
		}
		m.literal = s[:n]
		return m, n
	}
	if len(s) < 2 {
		return m, 0
	}
	switch s[1] {
	case '%':
		m.literal = "%"
		return m, 2
	case '_':
		m.literal = " "
		return m, 2
	case '-':
		m.literal = "%20"
		return m, 2
	case '{':
	default:
		return m, 0
	}
	end := strings.IndexByte(s, '}')
	if end < 3 {
		return m, 0
	}
	body := s[2:end]
	m.letter = body[0] | 0x20
	m.escape = body[0] < 'a'
	if !oneOf("dilsohpvcrt", m.letter) || !alpha(body[0]) {
		return m, 0
	}
	i := 1
	for i < len(body) && body[i] >= '0' && body[i] <= '9' {
		m.digits = min(m.digits*10+int(body[i]-'0'), 1<<20)
		i++
	}
	if i > 1 && m.digits == 0 {
		return m, 0 // RFC 7208 section 7.3: the value must be nonzero.
	}
	if i < len(body) && body[i]|0x20 == 'r' {
		m.reverse = true
		i++
	}
	m.delims = body[i:]
	for ; i < len(body); i++ {
		if !oneOf(".-+,/_=", body[i]) {
			return m, 0
		}
	}
	return m, end + 1
}

// oneOf reports whether c is in set, which is so short that a loop is fastest.
func oneOf(set string, c byte) bool {
	for i := range len(set) {
		if set[i] == c {
			return true
		}
	}
	return false
}

// usesP reports whether a domain-spec holds the macro %{p}, or seems to.
func usesP(spec string) bool {
	for i := 1; i < len(spec)-1; i++ {
		if spec[i] == '{' && spec[i+1]|0x20 == 'p' {
			return true
		}
	}
	return false
}

// checkMacroString returns what is wrong with s as a macro-string, or "".
// The letters c, r and t are for explanations only (RFC 7208 section 7.2).
func checkMacroString(s string, explanation bool) string {
	for s != "" {
		m, n := nextMacro(s)
		if n == 0 {
			return "malformed macro"
		}
		if m.letter != 0 {
			if !explanation && (m.letter == 'c' || m.letter == 'r' || m.letter == 't') {
				return "the macro letters c, r and t are for explanations only"
			}
		} else if s[0] != '%' {
			for i := range n {
				if s[i] <= ' ' || s[i] >= 0x7f {
					return badOctet(s, "malformed text")
				}
			}
		}
		s = s[n:]
	}
	return ""
}

// checkDomainSpec returns what is wrong with s as a domain-spec, or "". It must
// end in a macro, or in a dot and a top label (RFC 7208 section 7.1).
func checkDomainSpec(s string) string {
	if s == "" {
		return "a domain must follow directly"
	}
	lastMacro := 0 // where the last macro ends
	for rest := s; rest != ""; {
		i := strings.IndexByte(rest, '%')
		if i < 0 {
			i = len(rest)
		}
		for j := range i {
			if rest[j] <= ' ' || rest[j] >= 0x7f {
				return badOctet(s, "malformed domain")
			}
		}
		if rest = rest[i:]; rest == "" {
			break
		}
		m, n := nextMacro(rest)
		if n == 0 {
			return "malformed macro"
		}
		if m.letter == 'c' || m.letter == 'r' || m.letter == 't' {
			return "the macro letters c, r and t are for explanations only"
		}
		rest = rest[n:]
		lastMacro = len(s) - len(rest)
	}
	if lastMacro == len(s) {
		return ""
	}
	tail := strings.TrimSuffix(s[lastMacro:], ".")
	dot := strings.LastIndexByte(tail, '.')
	if dot < 0 || !topLabel(tail[dot+1:]) {
		return "the domain must end in a top-level name or a macro"
	}
	return ""
}

func topLabel(s string) bool {
	if s == "" || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	letters := false
	for i := range len(s) {
		switch {
		case alpha(s[i]) || s[i] == '-':
			letters = true
		case s[i] < '0' || s[i] > '9':
			return false
		}
	}
	return letters
}

// maxExpansion bounds what a hostile record can make of a long sender. A longer
// expansion is no name (253 octets) and no explanation worth showing.
const maxExpansion = 16 << 10

// octets undoes the escapes of a name, which macros expand to as it is in DNS.
func octets(domain string) string {
	if s, err := name.Unescape(domain); err == nil {
		return s
	}
	return domain
}

// expander holds what macro letters stand for, with domains in normal form.
type expander struct {
	ip        netip.Addr
	local     string // of the sender, never empty
	sender    string // domain of the sender
	domain    string // current <domain>
	helo      string
	validated string // %{p}
	receiver  string
	unix      int64
}

// expandName is expand for a domain-spec. RFC 8616 section 4: one that needs a
// local-part outside ASCII has no expansion.
func (x *expander) expandName(s string) (out string, ok bool) {
	var stack [256]byte
	b, ok := x.appendExpansion(stack[:0], s, !printable(x.local))
	return string(b), ok
}

// expand returns the expansion of s, which passed checkMacroString. ok is false
// when it is longer than maxExpansion.
func (x *expander) expand(s string) (out string, ok bool) {
	b, ok := x.appendExpansion(nil, s, false)
	return string(b), ok
}

func (x *expander) appendExpansion(b []byte, s string, withoutLocal bool) (_ []byte, ok bool) {
	for s != "" {
		m, n := nextMacro(s)
		if n == 0 || withoutLocal && (m.letter == 's' || m.letter == 'l') {
			return nil, false
		}
		if s = s[n:]; m.letter == 0 {
			b = append(b, m.literal...)
		} else {
			b = x.appendMacro(b, m)
		}
		if len(b) > maxExpansion {
			return nil, false
		}
	}
	return b, true
}

func (x *expander) appendMacro(b []byte, m macro) []byte {
	start := len(b)
	switch m.letter {
	case 's':
		b = append(append(append(b, x.local...), '@'), octets(x.sender)...)
	case 'l':
		b = append(b, x.local...)
	case 'o':
		b = append(b, octets(x.sender)...)
	case 'd':
		b = append(b, octets(x.domain)...)
	case 'i':
		b = appendDotted(b, x.ip)
	case 'p':
		b = append(b, octets(x.validated)...)
	case 'h':
		// RFC 8616 section 4: U-labels become A-labels. SMTP knows no escapes.
		helo, err := name.Normalize(x.helo)
		if err != nil || strings.IndexByte(x.helo, '\\') >= 0 {
			b = append(b, x.helo...)
		} else {
			b = append(b, octets(helo)...)
		}
	case 'c':
		b = x.ip.AppendTo(b)
	case 'r':
		if x.receiver == "" {
			b = append(b, "unknown"...) // as section 7.3 wants it
		}
		b = append(b, x.receiver...)
	case 't':
		b = strconv.AppendInt(b, x.unix, 10)
	case 'v':
		if x.ip.Is4() {
			b = append(b, "in-addr"...)
		} else {
			b = append(b, "ip6"...)
		}
	}
	if m.digits > 0 || m.reverse || m.delims != "" {
		b = transform(b, start, m)
	}
	if m.escape {
		// Escaping comes after the transformation, so that a delimiter splits.
		b = append(b[:start], urlEscape(string(b[start:]))...)
	}
	return b
}

// transform splits b[start:] at each delimiter, keeps and reverses parts, and
// joins them with dots. Empty parts are parts.
func transform(b []byte, start int, m macro) []byte {
	delims := m.delims
	if delims == "" {
		delims = "."
	}
	value := b[start:]
	if !m.reverse {
		// Without a reversal it is enough to replace the delimiters and cut.
		cut, parts := 0, 0
		for i := len(value) - 1; i >= 0; i-- {
			if !oneOf(delims, value[i]) {
				continue
			}
			value[i] = '.'
			if parts++; parts == m.digits && cut == 0 {
				cut = i + 1
			}
		}
		return append(b[:start], value[cut:]...)
	}
	// Of the reversed parts the last ones stay, which are the first of the text.
	text := string(value)
	b = b[:start]
	end := 0
	for parts := 0; end < len(text); end++ {
		if oneOf(delims, text[end]) {
			if parts++; parts == m.digits {
				break
			}
		}
	}
	for i := end; i >= 0; {
		from := i
		for from > 0 && !oneOf(delims, text[from-1]) {
			from--
		}
		b = append(b, text[from:i]...)
		if i = from - 1; i >= 0 {
			b = append(b, '.')
		}
	}
	return b
}

// appendDotted writes an address as %{i} wants it: the dotted quad, or the 32
// nibbles of IPv6 with dots between them.
func appendDotted(b []byte, ip netip.Addr) []byte {
	if ip.Is4() {
		return ip.AppendTo(b)
	}
	const hex = "0123456789ABCDEF" // as in the examples of section 7.4
	for i, c := range ip.As16() {
		if i > 0 {
			b = append(b, '.')
		}
		b = append(b, hex[c>>4], '.', hex[c&15])
	}
	return b
}

// urlEscape escapes all but the unreserved characters of RFC 3986 section 2.3.
func urlEscape(s string) string {
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+16)
	for i := range len(s) {
		if c := s[i]; alphanum(c) || c == '-' || c == '.' || c == '_' || c == '~' {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}

// shorten cuts labels from the left of a name that is too long for DNS (RFC 7208
// section 7.3).
func shorten(s string) string {
	s = strings.TrimSuffix(s, ".")
	for len(s) > 253 {
		_, rest, ok := strings.Cut(s, ".")
		if !ok {
			break
		}
		s = rest
	}
	return s
}
