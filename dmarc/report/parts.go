package report

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// parts are those of a multipart body (RFC 2046 section 5.1), one after the other. They
// are read line by line, so that the header of each meets the limit, lines in it that are
// no fields are passed over, and no error of the input is taken for one of the format.
type parts struct {
	in       *bufio.Reader
	boundary []byte // with the hyphens before it
	at       partState
	midLine  bool   // what comes next is not the start of a line
	held     []byte // the end of the last line, which belongs to the boundary if one follows
	pending  [2][]byte
}

type partState uint8

const (
	inside partState = iota
	atPart           // a boundary was read
	atEnd            // the last one was
)

// newParts starts with what stands before the first boundary, as if it were a part.
func newParts(body io.Reader, boundary string) *parts {
	return &parts{in: bufio.NewReaderSize(body, buffered), boundary: []byte("--" + boundary)}
}

// next passes over the rest of a part, and returns the header and the body of the next.
// The error is io.EOF after the last.
func (m *parts) next(most int) (fields, *bufio.Reader, error) {
	for m.at == inside {
		if err := m.line(); err != nil {
			return nil, nil, err
		}
	}
	if m.at == atEnd {
		return nil, nil, io.EOF
	}
	m.at, m.held, m.pending = inside, m.held[:0], [2][]byte{}
	body := bufio.NewReaderSize(m, buffered)
	h, err := readHeader(body, most)
	if errors.Is(err, io.EOF) {
		err = nil // A part without an empty line has no body.
	}
	return h, body, err
}

// Read reads the body of a part.
func (m *parts) Read(buf []byte) (n int, err error) {
	for n < len(buf) {
		for i, p := range m.pending {
			k := copy(buf[n:], p)
			n += k
			m.pending[i] = p[k:]
		}
		switch {
		case len(m.pending[0])+len(m.pending[1]) > 0, n > 0 && m.in.Buffered() == 0:
			return n, nil
		case m.at != inside:
			return n, io.EOF
		}
		if err := m.line(); err != nil {
			return n, err
		}
	}
	return n, nil
}

// line reads a line, or a piece of a long one. An error comes when there is nothing
// before it.
func (m *parts) line() error {
	line, err := m.in.ReadSlice('\n')
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF) {
		return err
	}
	if !m.midLine && !errors.Is(err, bufio.ErrBufferFull) && m.bounds(line) {
		return nil
	}
	if len(line) == 0 {
		return io.ErrUnexpectedEOF // There is no last boundary.
	}
	end := len(bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")))
	m.midLine = line[len(line)-1] != '\n'
	m.pending[0] = append(m.pending[0][:0:0], m.held...)
	m.pending[1] = line[:end]
	m.held = append(m.held[:0], line[end:]...)
	return nil
}

// bounds recognises a boundary, behind which there may be blanks.
func (m *parts) bounds(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, m.boundary)
	if !ok {
		return false
	}
	switch string(bytes.TrimRight(rest, " \t\r\n")) {
	case "":
		m.at = atPart
	case "--":
		m.at = atEnd
	default:
		return false
	}
	return true
}
