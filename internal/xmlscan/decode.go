package xmlscan

import (
	"bytes"
	"unicode/utf8"
)

// decode makes of s.token the text that it stands for.
func (s *Scanner) decode() {
	in := s.token
	s.scratch = s.scratch[:0]
	for {
		at := bytes.IndexByte(in, '&')
		if at < 0 {
			s.lines(in)
			s.token = s.scratch
			return
		}
		s.lines(in[:at])
		in = in[at:]
		r, n := entity(in)
		if n == 0 {
			s.Sloppy++
			r, n = '&', 1
		}
		s.scratch = utf8.AppendRune(s.scratch, r)
		in = in[n:]
	}
}

// lines appends a text to the scratch with CRLF and CR as LF.
func (s *Scanner) lines(in []byte) {
	for {
		at := bytes.IndexByte(in, '\r')
		if at < 0 {
			s.scratch = append(s.scratch, in...)
			return
		}
		s.scratch = append(s.scratch, in[:at]...)
		s.scratch = append(s.scratch, '\n')
		in = in[at+1:]
		if len(in) > 0 && in[0] == '\n' {
			in = in[1:]
		}
	}
}

// maxEntity is longer than any that is known, with some leading zeros.
const maxEntity = 20

// entity returns the character that the entity at the start stands for, and the
// entity's length, which is 0 when there is none.
func entity(in []byte) (rune, int) {
	end := bytes.IndexByte(in[:min(len(in), maxEntity)], ';')
	if end < 0 {
		return 0, 0
	}
	name := in[1:end]
	switch string(name) {
	case "amp":
		return '&', end + 1
	case "lt":
		return '<', end + 1
	case "gt":
		return '>', end + 1
	case "quot":
		return '"', end + 1
	case "apos":
		return '\'', end + 1
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, 0
	}
	digits, base := name[1:], rune(10)
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	if len(digits) == 0 {
		return 0, 0
	}
	r := rune(0)
	for _, c := range digits {
		d := digit(c)
		if d >= base {
			return 0, 0
		}
		if r = r*base + d; r > utf8.MaxRune {
			return 0, 0
		}
	}
	return r, end + 1
}

// digit returns the value of a hexadecimal digit, or a large one.
func digit(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c && c <= 'f':
		return rune(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return rune(c-'A') + 10
	}
	return 99
}
