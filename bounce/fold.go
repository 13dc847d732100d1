package bounce

import (
	"slices"
	"unicode/utf8"
)

// maxText is how much of a text is read. RFC 5321 section 4.5.3.1.5 allows 512
// octets a line, and nobody sends more than some dozens of lines. Folding never makes
// a text longer.
const maxText = 16 << 10

// fold brings a text into the form in which texts are compared, and appends it to
// dst: small letters without marks, one blank for any white space, plain quotes and
// dashes, and none of the codes that each line of a reply starts with. code is the
// reply's code, as three digits, or empty.
//
// Texts come wrapped anywhere, by servers, by logs and by mail programs. Nothing is
// kept that tells how.
//
// With at, it also finds where the part at.from to at.to of the folded text stands
// in the original.
func fold(dst []byte, text, code string, at *origin) []byte {
	dst = slices.Grow(dst, len(text)+3) // scan wants some room behind it.
	blank := true                       // Whether the last octet was one; none is wanted at the start.
	for i := 0; i < len(text); {
		// Nearly all is this: plain octets, and one blank between words.
		rest := text[i:]
		if at != nil {
			rest = rest[:min(len(rest), max(0, at.from-len(dst)))]
		}
		if n := foldPlain(dst[len(dst):len(dst)+len(rest)], rest, blank); n > 0 {
			blank = rest[n-1] == ' '
			dst = dst[:len(dst)+n]
			if i += n; i == len(text) {
				break
			}
		}
		c := text[i]
		n := 1
		var out [2]byte
		size := 1
		switch {
		case c > ' ' && c < 0x7f && c != '\\':
			if blank && len(dst) > 0 && c-'0' < 10 && code != "" {
				if skip := marker(text[i:], code); skip > 0 {
					i += skip
					continue
				}
			}
			if c-'A' < 26 {
				c += 'a' - 'A'
			}
			out[0] = c
		case c == '\\':
			// Logs and programs write the ends of lines as escapes.
			out[0] = c
			if i+1 < len(text) && (text[i+1] == 'n' || text[i+1] == 'r') {
				out[0], n = ' ', 2
			}
		case c < 0x80:
			out[0] = ' '
		default:
			out, size, n = foldRune(text[i:])
		}
		if size == 1 && out[0] == ' ' {
			if blank {
				i += n
				continue
			}
			blank = true
		} else if size > 0 {
			blank = false
		}
		if at != nil {
			if len(dst) >= at.to {
				return dst
			}
			if len(dst) <= at.from {
				at.start = i
			}
			at.end = i + n
		}
		dst = append(dst, out[:size]...)
		if size == 2 && out[1] == 0 {
			// A rune that is kept as it is.
			dst = append(dst[:len(dst)-2], text[i:i+n]...)
		}
		i += n
	}
	return dst
}

// foldPlain folds the octets that s begins with into dst, which is as long, and returns
// how many. It stops at what is not plain, and behind a blank at a further one and at
// digits, which may be a code.
func foldPlain(dst []byte, s string, blank bool) int {
	before := uint8(0)
	if blank {
		before = 1
	}
	for i := range dst {
		f := plainFold[s[i]]
		if f.octet == 0 || f.kind&before != 0 {
			return i
		}
		dst[i] = f.octet
		before = f.kind >> 1
	}
	return len(dst)
}

// plainFold holds what becomes of the blank and of printable ASCII, but for the
// backslash. The first bit of kind says that foldPlain stops there behind a blank, the
// second that it is one.
var plainFold = func() (t [256]struct{ octet, kind uint8 }) {
	for c := byte(' '); c < 0x7f; c++ {
		f := &t[c]
		f.octet = c
		switch {
		case c == ' ':
			f.kind = 3
		case isDigit(c):
			f.kind = 1
		case c-'A' < 26:
			f.octet += 'a' - 'A'
		}
	}
	t['\\'].octet = 0
	return t
}()

// origin is a part of a folded text, and what it was made of.
type origin struct {
	from, to   int // in the folded text
	start, end int // in the original
}

// marker returns the length of what each line of a reply starts with: the code, a
// dash or blank, and often the enhanced code (RFC 2034 section 4). Postfix joins the
// lines with blanks and leaves these in. A code and a blank alone may be words.
func marker(s, code string) int {
	if len(s) < 4 || s[:3] != code || s[3] != '-' && s[3] != ' ' {
		return 0
	}
	if n := enhancedLen(s[4:]); n > 0 {
		return 4 + n
	}
	if s[3] == '-' {
		return 4
	}
	return 0
}

// enhancedLen returns the length of the enhanced code that s starts with (RFC 3463
// section 2), or 0. It must be followed by something else than a digit or a further
// part, since an address is no code.
func enhancedLen(s string) int {
	if len(s) < 5 || s[0] != '2' && s[0] != '4' && s[0] != '5' || s[1] != '.' {
		return 0
	}
	i := 2
	for part := range 2 {
		start := i
		for i < len(s) && s[i]-'0' < 10 && i-start < 3 {
			i++
		}
		if i == start {
			return 0
		}
		if part == 0 {
			if i >= len(s) || s[i] != '.' {
				return 0
			}
			i++
		}
	}
	if i < len(s) {
		switch c := s[i]; {
		case c-'0' < 10, c|0x20 >= 'a' && c|0x20 <= 'z':
			return 0
		case c == '.' || c == '-':
			// The full stop of a sentence is fine, that of an address is not.
			if i+1 < len(s) && s[i+1] > ' ' {
				return 0
			}
		}
	}
	return i
}

// latin holds the letters without marks of U+00C0 to U+00FF.
const latin = "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo/ouuuuyty"

// foldRune folds the character that s starts with, which is not ASCII. It returns
// what is made of it, and how many octets it takes. An out of {x, 0} and size 2 means
// that the character stays.
func foldRune(s string) (out [2]byte, size, n int) {
	keep := [2]byte{1, 0}
	c := s[0]
	if len(s) < 2 || c < 0xc2 {
		return [2]byte{' '}, 1, 1
	}
	d := s[1]
	switch {
	case d&0xc0 != 0x80:
		return [2]byte{' '}, 1, 1
	case c == 0xc3 && d == 0x9f:
		return [2]byte{'s', 's'}, 2, 2
	case c == 0xc3: // Latin, with marks
		return [2]byte{latin[d&0x3f]}, 1, 2
	case c == 0xc2: // signs, and the blank that does not break
		switch d {
		case 0xab, 0xbb:
			return [2]byte{'"'}, 1, 2
		case 0xad: // the soft hyphen
			return out, 0, 2
		}
		if d <= 0xa0 {
			return [2]byte{' '}, 1, 2
		}
		return keep, 2, 2
	case c == 0xd0: // Cyrillic
		switch {
		case d == 0x81, d == 0x95:
			return [2]byte{0xd0, 0xb5}, 2, 2 // е, of ё as well
		case d < 0x90:
			return [2]byte{0xd1, d + 0x10}, 2, 2
		case d < 0xa0:
			return [2]byte{0xd0, d + 0x20}, 2, 2
		case d < 0xb0:
			return [2]byte{0xd1, d - 0x20}, 2, 2
		}
		return [2]byte{c, d}, 2, 2
	case c == 0xd1 && d == 0x91:
		return [2]byte{0xd0, 0xb5}, 2, 2
	case c == 0xd2 && d == 0x90:
		return [2]byte{0xd2, 0x91}, 2, 2
	case c < 0xe0:
		return [2]byte{c, d}, 2, 2
	}
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError:
		return [2]byte{' '}, 1, 1
	case r == 0x200b || r == 0x200c || r == 0x200d || r == 0xfeff || r == 0x2060:
		return out, 0, n
	case r >= 0x2000 && r <= 0x200a || r == 0x202f || r == 0x3000 || r == 0x2028 || r == 0x2029:
		return [2]byte{' '}, 1, n
	case r >= 0x2010 && r <= 0x2015 || r == 0x2212:
		return [2]byte{'-'}, 1, n
	case r >= 0x2018 && r <= 0x201b:
		return [2]byte{'\''}, 1, n
	case r >= 0x201c && r <= 0x201f:
		return [2]byte{'"'}, 1, n
	case r >= 0xff01 && r <= 0xff5e: // the wide forms of ASCII
		b := byte(r - 0xff01 + '!')
		if b-'A' < 26 {
			b += 'a' - 'A'
		}
		return [2]byte{b}, 1, n
	}
	return keep, 2, n
}
