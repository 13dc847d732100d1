package report

import (
	"bufio"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Reader makes UTF-8 of UTF-16, without its mark.
type utf16Reader struct {
	in        *bufio.Reader
	bigEndian bool
	started   bool
	pending   []byte // of the character that did not fit
}

func newUTF16(in *source, bigEndian bool) io.Reader {
	return &utf16Reader{in: in.Reader, bigEndian: bigEndian}
}

func (u *utf16Reader) Read(buf []byte) (int, error) {
	n := 0
	for n < len(buf) {
		if len(u.pending) == 0 {
			if n > 0 && u.in.Buffered() < 2*utf16Unit {
				return n, nil
			}
			r, err := u.char()
			if err != nil {
				if n > 0 {
					return n, nil // It comes again.
				}
				return 0, err
			}
			u.pending = utf8.AppendRune(u.pending[:0], r)
		}
		k := copy(buf[n:], u.pending)
		u.pending = u.pending[k:]
		n += k
	}
	return n, nil
}

const (
	utf16Unit = 2 // octets
	bom       = 0xfeff
)

// char reads a character. Halves of pairs come out as U+FFFD.
func (u *utf16Reader) char() (rune, error) {
	for {
		r, err := u.unit()
		if err != nil {
			return 0, err
		}
		if r == bom && !u.started {
			u.started = true
			continue
		}
		u.started = true
		if !utf16.IsSurrogate(r) {
			return r, nil
		}
		next, err := u.in.Peek(utf16Unit)
		if err != nil {
			return utf8.RuneError, nil //nolint:nilerr // It comes again with the next unit.
		}
		pair := utf16.DecodeRune(r, u.rune(next))
		if pair != utf8.RuneError {
			_, _ = u.in.Discard(utf16Unit)
		}
		return pair, nil
	}
}

func (u *utf16Reader) unit() (rune, error) {
	b, err := u.in.Peek(utf16Unit)
	if err != nil {
		if len(b) == 1 && err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return 0, err
	}
	r := u.rune(b)
	_, _ = u.in.Discard(utf16Unit)
	return r, nil
}

func (u *utf16Reader) rune(b []byte) rune {
	if u.bigEndian {
		return rune(b[0])<<8 | rune(b[1])
	}
	return rune(b[1])<<8 | rune(b[0])
}
