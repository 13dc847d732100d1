// Package name normalises domain names, once, at the edge.
//
// The normal form is lower-case A-labels joined by dots without the final one.
// A backslash, a dot inside a label and octets other than printable ASCII are
// escaped as in zone files (RFC 1035 section 5.1), so that a name in normal form
// is always printable and two names are equal exactly when their texts are.
package name

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// ErrInvalid is returned for a text that cannot be a domain name: a label is
// empty or over 63 octets, the name over 253 (RFC 1035 section 2.3.4), an escape
// is broken, or a label with characters outside ASCII is not valid by IDNA.
var ErrInvalid = errors.New("not a domain name")

const (
	maxLabel = 63
	maxName  = 253 // of text; 255 on the wire
	maxInput = 4 * (maxName + 1)
)

// toASCII is the profile for lookups of RFC 5891 section 5 with the mappings of
// UTS 46, without the rule that only letters, digits and hyphens are allowed,
// since "_dmarc" and the like are good names here.
var toASCII = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// Domain is Normalize for what people take for the domain of an address or a site:
// letters, digits, hyphens and underscores in each label. All else, such as an address
// itself or an address literal, is invalid, and so is the root.
func Domain(s string) (string, error) {
	n, err := Normalize(s)
	if err != nil || n == "" {
		return "", ErrInvalid
	}
	for i := range len(n) {
		if c := n[i]; c != '.' && c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return "", ErrInvalid
		}
	}
	return n, nil
}

// Normalize returns s in normal form. It accepts any case, a final dot, and
// either escapes or U-labels, but not both in one name, where it would be unclear
// whether a full stop is escaped. "." is the root, whose normal form is "". It
// does not allocate when s is in normal form already.
func Normalize(s string) (string, error) {
	if normal(s) {
		return s, nil
	}
	if s == "." {
		return "", nil
	}
	if len(s) > maxInput {
		return "", ErrInvalid
	}
	if !ascii(s) {
		var err error
		if s, err = toALabels(s); err != nil {
			return "", err
		}
	}
	var buf [maxInput]byte
	out := buf[:0]
	label, total := 0, 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '.' {
			if label == 0 {
				return "", ErrInvalid
			}
			if i == len(s)-1 {
				break
			}
			out = append(out, '.')
			label = 0
			total++
			continue
		}
		if c == '\\' {
			raw, n := unescape(s[i:])
			if n == 0 {
				return "", ErrInvalid
			}
			c = raw
			i += n - 1
		}
		out = appendOctet(out, lower(c), true)
		label++
		total++
		if label > maxLabel || total > maxName {
			return "", ErrInvalid
		}
	}
	if label == 0 {
		return "", ErrInvalid
	}
	if string(out) == s {
		return s, nil
	}
	return string(out), nil
}

// normal reports whether s is in normal form and holds no escapes.
func normal(s string) bool {
	if len(s) == 0 || len(s) > maxName {
		return false
	}
	start := 0 // of the label
	for i := range len(s) {
		switch octets[s[i]] {
		case plain:
		case dot:
			if i == start || i-start > maxLabel {
				return false
			}
			start = i + 1
		default:
			return false
		}
	}
	return start < len(s) && len(s)-start <= maxLabel
}

// What octets are in a name in normal form; zero is for those that it does not hold.
const (
	plain uint8 = 1 + iota
	dot
)

var octets = func() (table [256]uint8) {
	for c := byte('!'); c < 0x7f; c++ {
		if c != '\\' && (c < 'A' || c > 'Z') {
			table[c] = plain
		}
	}
	table['.'] = dot
	return table
}()

func toALabels(s string) (string, error) {
	if !utf8.ValidString(s) || strings.IndexByte(s, '\\') >= 0 {
		return "", ErrInvalid
	}
	// The other full stops of RFC 3490 section 3.1 separate labels as well.
	s = strings.Map(func(r rune) rune {
		switch r {
		case 0x3002, 0xff0e, 0xff61:
			return '.'
		}
		return r
	}, s)
	var b strings.Builder
	for i, label := range strings.Split(s, ".") {
		if i > 0 {
			b.WriteByte('.')
		}
		if !ascii(label) {
			a, err := toASCII.ToASCII(label)
			// A label of characters that the mapping removes is empty. One in which
			// it makes "a/c" of U+2100, or a blank of U+00A0, is no U-label (RFC 5890
			// section 2.3.2.1), and others would read another name in it.
			if err != nil || a == "" || strings.ContainsFunc(a, foreign) {
				return "", ErrInvalid
			}
			label = a
		}
		b.WriteString(label)
	}
	return b.String(), nil
}

// foreign reports whether an A-label cannot hold r. The underscore is allowed, as
// everywhere here.
func foreign(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

// FromOctets returns the normal form of a name whose labels may hold any octets,
// such as the expansion of an SPF macro: dots separate, nothing is an escape and
// nothing is a U-label.
func FromOctets(s string) (string, error) {
	if normal(s) {
		return s, nil
	}
	return Normalize(Escape(s))
}

// Escape returns s with a backslash and all octets other than printable ASCII
// and the blank escaped. It returns s itself when there is nothing to escape.
func Escape(s string) string {
	i := 0
	for i < len(s) && s[i]-' ' < 0x7f-' ' && s[i] != '\\' { // A control character wraps around.
		i++
	}
	if i == len(s) {
		return s
	}
	out := append(make([]byte, 0, len(s)+16), s[:i]...)
	for ; i < len(s); i++ {
		if s[i] == ' ' {
			out = append(out, ' ')
			continue
		}
		out = appendOctet(out, s[i], false)
	}
	return string(out)
}

// Unescape reverses Escape. It accepts any escape of RFC 1035 section 5.1.
func Unescape(s string) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' {
			raw, n := unescape(s[i:])
			if n == 0 {
				return "", errors.New("broken escape")
			}
			c = raw
			i += n - 1
		}
		out = append(out, c)
	}
	return string(out), nil
}

// AppendLabel appends one label of a name as it came from the wire, in normal
// form.
func AppendLabel(out, label []byte) []byte {
	for _, c := range label {
		out = appendOctet(out, lower(c), true)
	}
	return out
}

// AppendWire appends a name in normal form as it goes on the wire, uncompressed
// (RFC 1035 section 3.1).
func AppendWire(out []byte, s string) []byte {
	if s == "" {
		return append(out, 0)
	}
	start := len(out)
	out = append(out, 0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch c {
		case '.':
			out[start] = byte(len(out) - start - 1)
			start = len(out)
			out = append(out, 0)
			continue
		case '\\':
			raw, n := unescape(s[i:])
			c = raw
			i += max(n, 1) - 1
		}
		out = append(out, c)
	}
	out[start] = byte(len(out) - start - 1)
	return append(out, 0)
}

// Labels yields the octets of each label of a name in normal form; buf is
// reused from label to label.
func Labels(s string, yield func(label []byte) bool) {
	var buf [maxLabel]byte
	label := buf[:0]
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch c {
		case '.':
			if !yield(label) {
				return
			}
			label = buf[:0]
			continue
		case '\\':
			raw, n := unescape(s[i:])
			c = raw
			i += max(n, 1) - 1
		}
		if len(label) < maxLabel {
			label = append(label, c)
		}
	}
	if len(s) > 0 {
		yield(label)
	}
}

// Parent returns the name above s, and "" for a single label and for the root.
func Parent(s string) string {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++ // Neither the dot of "\." nor a digit of "\046" separates.
		case '.':
			return s[i+1:]
		}
	}
	return ""
}

// LastTwo returns the last two labels of a name, or all of a shorter one.
func LastTwo(s string) string {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return s
	}
	return s[strings.LastIndexByte(s[:i], '.')+1:]
}

// Quote returns a text that needs no more escapes than these as a quoted-string of a
// header field (RFC 5322 section 3.2.4).
func Quote(s string) string { return `"` + quotes.Replace(s) + `"` }

var quotes = strings.NewReplacer(`"`, `\"`, `\`, `\\`)

// Within reports whether s is parent or below it, both in normal form.
func Within(s, parent string) bool {
	if parent == "" || s == parent {
		return true
	}
	// The text before the dot must not end in an odd number of backslashes.
	rest, ok := strings.CutSuffix(s, parent)
	if !ok || !strings.HasSuffix(rest, ".") {
		return false
	}
	rest = rest[:len(rest)-1]
	return (len(rest)-len(strings.TrimRight(rest, `\`)))%2 == 0
}

// Reverse returns the name that holds the PTR records of ip (RFC 1035 section
// 3.5, RFC 3596 section 2.5). A mapped IPv4 address counts as IPv4.
func Reverse(ip netip.Addr) string {
	ip = ip.Unmap()
	if ip.Is4() {
		b := ip.As4()
		out := make([]byte, 0, len("255.255.255.255.in-addr.arpa"))
		for i := 3; i >= 0; i-- {
			out = strconv.AppendUint(out, uint64(b[i]), 10)
			out = append(out, '.')
		}
		return string(append(out, "in-addr.arpa"...))
	}
	const hex = "0123456789abcdef"
	b := ip.As16()
	out := make([]byte, 0, 72)
	for i := 15; i >= 0; i-- {
		out = append(out, hex[b[i]&15], '.', hex[b[i]>>4], '.')
	}
	return string(append(out, "ip6.arpa"...))
}

func appendOctet(out []byte, c byte, inLabel bool) []byte {
	switch {
	case c == '\\', c == '.' && inLabel:
		return append(out, '\\', c)
	case c <= ' ' || c >= 0x7f:
		return append(out, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
	}
	return append(out, c)
}

// unescape reads the escape at the start of s, and returns its octet and length,
// which is 0 when the escape is broken.
func unescape(s string) (c byte, n int) {
	if len(s) < 2 {
		return 0, 0
	}
	if !digit(s[1]) {
		return s[1], 2
	}
	if len(s) < 4 || !digit(s[2]) || !digit(s[3]) {
		return 0, 0
	}
	v := int(s[1]-'0')*100 + int(s[2]-'0')*10 + int(s[3]-'0')
	if v > 255 {
		return 0, 0
	}
	return byte(v), 4
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
