package smtpprobe

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mailworthy/mailworthy/internal/name"
)

// Address is a mailbox as SMTP has it: what stands between the angle brackets of RCPT
// TO. It comes from [ParseAddress].
type Address struct {
	// Local is what stands before the @, without the quotes and backslashes that its
	// text may need.
	Local string `json:"local"`
	// Domain is what stands behind it, in A-labels and lower case. It is empty for an
	// address literal.
	Domain string `json:"domain,omitempty"`
	// Literal is an address literal in normal form, without the brackets: "192.0.2.1",
	// "IPv6:2001:db8::1", or a tag and its content.
	Literal string `json:"literal,omitempty"`
	// IP is the address of a literal. It is zero when there is none, and for tags other
	// than IPv6.
	IP netip.Addr `json:"ip,omitzero"`
	// Quoted says that Local cannot be written without quotes, which many systems and
	// web forms refuse. It is false for "joe"@example.org, which is the same mailbox as
	// joe@example.org (RFC 5321 section 4.1.2).
	Quoted bool `json:"quoted,omitzero"`
	// SMTPUTF8 says that Local has characters outside ASCII, so that every host on the
	// way must have the extension of that name (RFC 6531). A domain never needs it,
	// since it is sent in A-labels.
	SMTPUTF8 bool `json:"smtputf8,omitzero"`
}

// AddressError says where an address breaks the grammar, or a limit.
type AddressError struct {
	// Text is what was parsed; of a very long one the beginning.
	Text string `json:"text"`
	// Offset is where in Text the trouble is, in octets.
	Offset int `json:"offset"`
	// Reason says what is wrong. It holds nothing of Text, so that it can be shown to
	// whoever typed that.
	Reason string `json:"reason"`
}

// Error returns the place and the reason.
func (e *AddressError) Error() string {
	return fmt.Sprintf("smtpprobe: address, octet %d: %s", e.Offset, e.Reason)
}

// The limits of RFC 5321 section 4.5.3.1, in octets of the form that is sent. A path
// has two brackets around the address.
const (
	maxLocal   = 64
	maxDomain  = 255
	maxAddress = 256 - len("<>")
	// maxAddressText is how long the text of an address can be at all: escapes and
	// U-labels take more room than what is sent.
	maxAddressText = 1024
)

// ParseAddress reads a mailbox by the grammar of SMTP (RFC 5321 section 4.1.2, RFC 6531
// section 3.3), which is narrower than that of message headers: no comments, no
// folding, no display name, no angle brackets. Domains may be in any case, in U- or
// A-labels. An error is an [*AddressError].
//
// That an address is well formed says nothing about whether it exists: see
// [Prober.CheckRoute] for its domain.
func ParseAddress(text string) (Address, error) {
	p := addressParser{text: text}
	a, reason := p.parse()
	if reason != "" {
		return Address{}, &AddressError{Text: text[:min(len(text), maxAddressText)], Offset: min(p.at, len(text)), Reason: reason}
	}
	return a, nil
}

// String returns the address as it is sent: the local part quoted only where that is
// needed, the domain in A-labels. [ParseAddress] reads it back as the same Address.
func (a Address) String() string {
	if a.Literal != "" {
		return a.local() + "@[" + a.Literal + "]"
	}
	return a.local() + "@" + a.Domain
}

// local returns the local part as it is sent.
func (a Address) local() string {
	if !a.Quoted {
		return a.Local
	}
	return `"` + quotedPairs.Replace(a.Local) + `"`
}

var quotedPairs = strings.NewReplacer(`"`, `\"`, `\`, `\\`)

// addressParser reads from left to right, each octet a bounded number of times.
type addressParser struct {
	text string
	at   int
}

// parse returns what is wrong, at the place p.at.
func (p *addressParser) parse() (a Address, reason string) {
	switch {
	case p.text == "":
		return a, "there is nothing"
	case len(p.text) > maxAddressText:
		p.at = maxAddressText
		return a, fmt.Sprintf("the address is longer than %d octets", maxAddressText)
	case p.text[0] == '<':
		return a, "angle brackets are around an address, and no part of it"
	case p.text[0] == '@':
		return a, "there is no local part"
	}
	if p.text[0] == '"' {
		a.Local, reason = p.quoted()
		a.Quoted = !isDotString(a.Local)
	} else {
		a.Local, reason = p.dotString()
	}
	if reason != "" {
		return a, reason
	}
	a.SMTPUTF8 = !isASCII(a.Local)
	local := p.at
	p.at++ // the @
	if p.at == len(p.text) {
		return a, "there is no domain"
	}
	if p.text[p.at] == '[' {
		reason = p.literal(&a)
	} else {
		a.Domain, reason = p.domain()
	}
	if reason != "" {
		return a, reason
	}
	sent := len(a.local())
	if sent > maxLocal {
		p.at = local
		return a, fmt.Sprintf("the local part is longer than %d octets", maxLocal)
	}
	sent += len("@") + len(a.Domain) + len(a.Literal)
	if a.Literal != "" {
		sent += len("[]")
	}
	if sent > maxAddress {
		p.at = len(p.text)
		return a, fmt.Sprintf("the address is longer than %d octets", maxAddress)
	}
	return a, ""
}

// dotString reads atoms with dots between them, up to the @.
func (p *addressParser) dotString() (local, reason string) {
	atom := 0
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case isAtext(c):
			atom++
			p.at++
		case c == '@' || c == '.':
			if atom == 0 && p.at == 0 {
				return "", "the local part starts with a dot"
			}
			if atom == 0 && c == '@' {
				return "", "the local part ends with a dot"
			}
			if atom == 0 {
				return "", "two dots follow each other"
			}
			if c == '@' {
				return p.text[:p.at], ""
			}
			atom = 0
			p.at++
		case c >= utf8.RuneSelf:
			n := utf8Text(p.text[p.at:])
			if n == 0 {
				return "", "this is not valid UTF-8, or a control character"
			}
			atom += n
			p.at += n
		default:
			return "", unquotedReason(c)
		}
	}
	return "", "there is no @"
}

// unquotedReason says what is wrong with an octet of a local part.
func unquotedReason(c byte) string {
	switch {
	case c < ' ' || c == 0x7f:
		return "a control character"
	case c == '"':
		return "a quote in the middle: all of a local part is in quotes, or none"
	case c == '(' || c == ')':
		return "SMTP has no comments"
	}
	return "the local part needs quotes for this character"
}

// quoted reads a quoted string, up to the @ behind it.
func (p *addressParser) quoted() (local, reason string) {
	var b strings.Builder
	for p.at = 1; p.at < len(p.text); {
		c := p.text[p.at]
		if c == '"' {
			p.at++
			switch {
			case p.at == len(p.text):
				return "", "there is no @"
			case p.text[p.at] != '@':
				return "", "something stands between the quoted local part and the @"
			}
			return b.String(), "" // It may be empty.
		}
		if c == '\\' {
			p.at++
			if p.at == len(p.text) {
				break
			}
			if c = p.text[p.at]; c >= utf8.RuneSelf {
				return "", "a backslash stands before a character that is not ASCII"
			}
		}
		n := 1
		if c >= utf8.RuneSelf {
			if n = utf8Text(p.text[p.at:]); n == 0 {
				return "", "this is not valid UTF-8, or a control character"
			}
		} else if c < ' ' || c == 0x7f {
			return "", "a control character"
		}
		b.WriteString(p.text[p.at : p.at+n])
		p.at += n
	}
	return "", "the quotes do not end"
}

// domain reads a domain name: letters, digits and hyphens (RFC 5321 section 4.1.2), or
// U-labels of them (RFC 6531 section 3.3).
func (p *addressParser) domain() (domain, reason string) {
	start := p.at
	for ; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c >= utf8.RuneSelf, isLetterDigit(c), c == '-', c == '.':
		case c == '@':
			return "", "there is a second @"
		case c == '_':
			return "", "the domain of an address has no underscores"
		case c < ' ' || c == 0x7f:
			return "", "a control character"
		default:
			return "", "no domain has this character"
		}
	}
	text := p.text[start:]
	p.at = start
	if strings.HasSuffix(text, ".") {
		p.at = len(p.text) - 1
		return "", "the domain ends with a dot"
	}
	domain, err := name.Normalize(text)
	if err != nil {
		return "", domainReason(text)
	}
	if reason := hostReason(domain); reason != "" {
		return "", reason
	}
	return domain, ""
}

// domainReason says what is wrong with a domain that cannot be normalised.
func domainReason(text string) string {
	switch {
	case strings.HasPrefix(text, ".") || strings.Contains(text, ".."):
		return "a label of the domain is empty"
	case !utf8.ValidString(text):
		return "the domain is not valid UTF-8"
	case !isASCII(text):
		return "the domain is not valid by IDNA, or too long"
	}
	return "a label of the domain is longer than 63 octets, or all of it longer than 253"
}

// hostReason says why a name in normal form is none that a host can have, or "" (RFC
// 5321 section 4.1.2, RFC 1123 section 2.1).
func hostReason(host string) string {
	before, number := byte('.'), true // number: the label up to here has digits alone
	for i := range len(host) {
		c := host[i]
		switch {
		case isLetterDigit(c):
			number = number && c <= '9'
		case c == '-':
			if before == '.' {
				return "a label starts or ends with a hyphen"
			}
			number = false
		case c != '.':
			return "the name has a character other than letters, digits and hyphens"
		case before == '-':
			return "a label starts or ends with a hyphen"
		case before == '.':
			return "a label is empty"
		default:
			number = true
		}
		before = c
	}
	switch {
	case before == '-':
		return "a label starts or ends with a hyphen"
	case before == '.':
		return "a label is empty"
	case len(host) > maxDomain:
		return "the name is too long"
	case number:
		return "a top-level domain is not a number; an address stands in brackets"
	}
	return ""
}

// literal reads an address literal (RFC 5321 section 4.1.3).
func (p *addressParser) literal(a *Address) string {
	p.at++
	start := p.at
	content, ok := strings.CutSuffix(p.text[start:], "]")
	if !ok {
		p.at = len(p.text)
		return "the address literal does not end with a bracket"
	}
	if content == "" {
		return "the address literal is empty"
	}
	for i := range len(content) {
		// dcontent: printable ASCII without brackets and backslash.
		if c := content[i]; c <= ' ' || c >= 0x7f || c == '[' || c == ']' || c == '\\' {
			p.at += i
			return "no address literal has this character"
		}
	}
	tag, rest, tagged := strings.Cut(content, ":")
	if !tagged {
		ip, err := netip.ParseAddr(content)
		if err != nil || !ip.Is4() {
			return "this is neither an IPv4 address nor a tag with a colon"
		}
		a.IP, a.Literal = ip, ip.String()
		return ""
	}
	if strings.EqualFold(tag, "IPv6") {
		ip, err := netip.ParseAddr(rest)
		if err != nil || !ip.Is6() || ip.Zone() != "" || shortensOne(rest) {
			p.at += len("IPv6:")
			return "this is not an IPv6 address"
		}
		a.IP, a.Literal = ip, "IPv6:"+ip.String()
		return ""
	}
	if ip, err := netip.ParseAddr(content); err == nil && ip.Is6() {
		return `an IPv6 address needs the tag "IPv6:"`
	}
	for i := range len(tag) {
		if !isLetterDigit(tag[i]) && (tag[i] != '-' || i == len(tag)-1) {
			p.at += i
			return "no tag of an address literal has this character"
		}
	}
	if tag == "" || rest == "" {
		return "a tag and its content cannot be empty"
	}
	a.Literal = content
	return ""
}

// shortensOne reports whether "::" in the text of an IPv6 address stands for less than
// two groups of zeros, for which SMTP does not have it (RFC 5321 section 4.1.3).
func shortensOne(s string) bool {
	groups := strings.Count(s, ":") + 1
	if strings.Contains(s, ".") { // an IPv4 address has the place of two
		groups++
	}
	switch { // those that are empty
	case strings.HasPrefix(s, "::") && strings.HasSuffix(s, "::"):
		return false
	case strings.HasPrefix(s, "::"), strings.HasSuffix(s, "::"):
		groups -= 2
	case strings.Contains(s, "::"):
		groups--
	default:
		return false
	}
	return groups > 6
}

// isDotString reports whether a local part needs no quotes.
func isDotString(s string) bool {
	dot := true
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.':
			if dot {
				return false
			}
			dot = true
		case c >= utf8.RuneSelf || isAtext(c):
			dot = false
		default:
			return false
		}
	}
	return !dot
}

// isAtext is the atext of RFC 5322 section 3.2.3.
func isAtext(c byte) bool { return kinds[c]&(letterDigit|atextMark) != 0 }

func isLetterDigit(c byte) bool { return kinds[c]&letterDigit != 0 }

// The kinds of octets.
const (
	letterDigit = 1 << iota
	atextMark
)

var kinds = func() (k [256]uint8) {
	for c := range k {
		switch c := byte(c); {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9':
			k[c] = letterDigit
		case strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0:
			k[c] = atextMark
		}
	}
	return k
}()

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// utf8Text returns the length of the character at the start of s, and 0 when it is no
// valid one, or one that controls: C1, the separators of lines, or those that change
// the direction of what is around them, by which an address pretends to be another.
func utf8Text(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n <= 1 || unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
		return 0
	}
	return n
}
