package dmarc

import "strings"

// tokenKind is what a part of a From field is: one of these, or a special character,
// as itself.
type tokenKind byte

const (
	tokenEnd     tokenKind = iota
	tokenBroken            // with the reason
	tokenAtom              // also with octets outside ASCII
	tokenQuoted            // with its quotation marks
	tokenLiteral           // with its brackets
)

// token is one part of a value.
type token struct {
	kind       tokenKind
	start, end int
	reason     string
}

// lexer splits the value of a structured field into tokens (RFC 5322 section 3.2).
// Blanks, line breaks that fold and comments separate tokens, and are none.
type lexer struct {
	value string
	pos   int
}

// next returns the next token, and tokenEnd behind the last.
func (l *lexer) next() token {
	if t := l.skip(); t.kind == tokenBroken {
		return t
	}
	start := l.pos
	if start == len(l.value) {
		return token{kind: tokenEnd, start: start, end: start}
	}
	c := l.value[start]
	switch {
	case c == '"':
		return l.until('"', tokenQuoted, "a quotation mark is missing")
	case c == '[':
		return l.until(']', tokenLiteral, "a bracket is missing")
	case octets[c]&inAtom != 0:
		l.pos++
		for l.pos < len(l.value) && octets[l.value[l.pos]]&inAtom != 0 {
			l.pos++
		}
		return token{kind: tokenAtom, start: start, end: l.pos}
	case control(c):
		return token{kind: tokenBroken, start: start, end: start + 1, reason: "a control character"}
	}
	l.pos++
	return token{kind: tokenKind(c), start: start, end: l.pos}
}

// until reads up to a closing character; a backslash takes the next octet's meaning.
func (l *lexer) until(closing byte, kind tokenKind, missing string) token {
	start := l.pos
	for l.pos++; l.pos < len(l.value); l.pos++ {
		switch c := l.value[l.pos]; {
		case c == closing:
			l.pos++
			return token{kind: kind, start: start, end: l.pos}
		case c == '\\' && l.pos+1 < len(l.value) && !control(l.value[l.pos+1]):
			l.pos++
		case kind == tokenLiteral && c == '[':
			return token{kind: tokenBroken, start: l.pos, end: l.pos + 1, reason: "brackets inside brackets"}
		case control(c):
			if n := fold(l.value[l.pos:]); n > 0 {
				l.pos += n - 1
				continue
			}
			return token{kind: tokenBroken, start: l.pos, end: l.pos + 1, reason: "a control character"}
		}
	}
	return token{kind: tokenBroken, start: start, end: len(l.value), reason: missing}
}

// skip goes on to the next token, past comments, which may hold others.
func (l *lexer) skip() token {
	depth, opened := 0, 0
	for ; l.pos < len(l.value); l.pos++ {
		switch c := l.value[l.pos]; {
		case c == ' ' || c == '\t':
		case control(c):
			n := fold(l.value[l.pos:])
			if n == 0 {
				return token{kind: tokenBroken, start: l.pos, end: l.pos + 1, reason: "a control character"}
			}
			l.pos += n - 1
		case c == '(':
			if depth == 0 {
				opened = l.pos
			}
			depth++
		case depth == 0:
			return token{}
		case c == ')':
			depth--
		case c == '\\' && l.pos+1 < len(l.value) && !control(l.value[l.pos+1]):
			l.pos++
		}
	}
	if depth > 0 {
		return token{kind: tokenBroken, start: opened, end: len(l.value), reason: "a parenthesis is missing"}
	}
	return token{}
}

// fold returns how long the line break at the start of s is, if a blank follows it or
// it is the end, and else 0. A LF alone counts, as it does where messages are files.
func fold(s string) int {
	var n int
	switch {
	case strings.HasPrefix(s, "\r\n"):
		n = 2
	case s[0] == '\n':
		n = 1
	default:
		return 0
	}
	if len(s) == n || s[n] == ' ' || s[n] == '\t' {
		return n
	}
	return 0
}

func control(c byte) bool { return c < ' ' && c != '\t' || c == 0x7f }

// octets says of each octet where in a From field it needs no care, as a set of the
// bits below.
var octets = func() (set [256]uint8) {
	for i := range set {
		c := byte(i)
		if c >= 0x80 || alphanumeric(c) || strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0 {
			set[c] |= inAtom | inName
			if c < 0x80 && c != '=' {
				set[c] |= inAddress
			}
		}
		if c == ' ' {
			set[c] |= inName
		}
		if c >= ' ' && c != 0x7f && c != '"' && c != '\\' {
			set[c] |= inQuotes
		}
	}
	return set
}()

const (
	inAtom    uint8 = 1 << iota // of RFC 5322 section 3.2.3 and RFC 6532 section 3.2
	inName                      // an atom, or a blank between them
	inAddress                   // of an atom in ASCII that holds no encoded word
	inQuotes                    // between quotation marks, for itself
)
