package dkim

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// Canonicalization is how a header or body is brought into a form that survives
// transport (RFC 6376 section 3.4).
type Canonicalization string

// The canonicalisations.
const (
	Simple  Canonicalization = "simple"
	Relaxed Canonicalization = "relaxed"
)

// bodyWriter canonicalises a body that comes in chunks, and hands it to a sink.
// Chunks may end anywhere. The work is proportional to the body's length, whatever
// is in it, and the memory constant.
type bodyWriter interface {
	write(chunk []byte)
	// close ends the body.
	close()
}

// sink takes a canonical body, and hashes it.
type sink struct {
	hash hash.Hash
	size int64
	// marks are the lengths whose hash is wanted as well, ascending. Since Sum
	// leaves the state of a hash alone, all lengths together cost one pass.
	marks []int64
	sums  []BodyHash
	// line is called behind each line that is not empty, when it is not nil.
	line func(size int64, h hash.Hash)
}

func newSink() *sink { return &sink{hash: sha256.New()} }

func (s *sink) write(p []byte) {
	for len(s.marks) > 0 && s.size+int64(len(p)) >= s.marks[0] {
		n := s.marks[0] - s.size
		s.put(p[:n])
		p = p[n:]
		s.sums = append(s.sums, BodyHash{Length: s.size, Sum: s.hash.Sum(nil)})
		s.marks = s.marks[1:]
	}
	s.put(p)
}

func (s *sink) put(p []byte) {
	for s.line != nil {
		i := bytes.Index(p, crlf)
		if i < 0 {
			break
		}
		s.hash.Write(p[:i+2])
		s.size += int64(i + 2)
		p = p[i+2:]
		s.line(s.size, s.hash)
	}
	s.hash.Write(p)
	s.size += int64(len(p))
}

var (
	crlf = []byte("\r\n")
	// lineBreaks is where runs of empty lines are written from.
	lineBreaks = bytes.Repeat(crlf, 2048)
)

// breaks writes n line breaks.
func (s *sink) breaks(n int64) {
	for n > 0 {
		k := min(n, int64(len(lineBreaks)/2))
		s.write(lineBreaks[:2*k])
		n -= k
	}
}

// simpleBody is RFC 6376 section 3.4.3: empty lines at the end count as none, and
// the body ends with a line break. Everything else passes as it is, uncopied.
type simpleBody struct {
	out *sink
	// held are the line breaks that were read and not written, since they may be at
	// the end of the body; cr is a CR that may be half of another.
	held int64
	cr   bool
}

func (b *simpleBody) write(p []byte) {
	if len(p) == 0 {
		return
	}
	if b.cr {
		b.cr = false
		if p[0] == '\n' {
			b.held++
			p = p[1:]
		} else {
			b.flush()
			b.out.write(crlf[:1])
		}
	}
	end := len(p)
	cr := end > 0 && p[end-1] == '\r'
	if cr {
		end--
	}
	tail := int64(0)
	for end >= 2 && p[end-2] == '\r' && p[end-1] == '\n' {
		end -= 2
		tail++
	}
	if end > 0 {
		b.flush()
		b.out.write(p[:end])
	}
	b.held += tail
	b.cr = cr
}

func (b *simpleBody) flush() {
	b.out.breaks(b.held)
	b.held = 0
}

func (b *simpleBody) close() {
	if b.cr {
		b.flush()
		b.out.write(crlf[:1])
	}
	b.out.write(crlf)
}

// relaxedBody is RFC 6376 section 3.4.4: besides, white space at the end of a line
// goes, and becomes one blank elsewhere. A CR or LF alone is an octet like others.
//
// What is clean already, which is most of most bodies, is found by clean at
// several octets per cycle; only what is not goes through the cases here.
type relaxedBody struct {
	out  *sink
	buf  []byte // output on its way to the sink, so that it gets no crumbs
	held int64
	wsp  bool
	cr   bool
}

const relaxedBuffer = 1024

func newRelaxedBody(out *sink) *relaxedBody {
	return &relaxedBody{out: out, buf: make([]byte, 0, relaxedBuffer)}
}

func (b *relaxedBody) write(p []byte) {
	for len(p) > 0 {
		c := p[0]
		if b.cr {
			b.cr = false
			if c == '\n' {
				b.wsp = false
				b.held++
				p = p[1:]
				continue
			}
			b.flush()
			b.emit(crlf[:1])
		}
		switch c {
		case ' ', '\t':
			b.wsp = true
			p = p[1:]
		case '\r':
			b.cr = true
			p = p[1:]
		default:
			b.flush()
			n := clean(p)
			b.emit(p[:n])
			p = p[n:]
		}
	}
}

// flush writes what was held back, since the line goes on.
func (b *relaxedBody) flush() {
	if b.held > 0 {
		b.drain()
		b.out.breaks(b.held)
		b.held = 0
	}
	if b.wsp {
		b.wsp = false
		b.emit(blank)
	}
}

var blank = []byte{' '}

func (b *relaxedBody) emit(p []byte) {
	if len(b.buf)+len(p) > cap(b.buf) {
		b.drain()
	}
	if len(p) >= cap(b.buf)/4 {
		b.drain()
		b.out.write(p)
		return
	}
	b.buf = append(b.buf, p...)
}

func (b *relaxedBody) drain() {
	if len(b.buf) > 0 {
		b.out.write(b.buf)
		b.buf = b.buf[:0]
	}
}

func (b *relaxedBody) close() {
	if b.cr {
		b.flush()
		b.emit(crlf[:1])
	}
	b.drain()
	if b.out.size > 0 {
		b.out.write(crlf)
	}
}

// clean returns how many octets of p can pass as they are, without anything held
// back behind them: at least one, if p starts with neither white space nor CR.
func clean(p []byte) int {
	n := dirty(p)
	if n == len(p) {
		// What follows is not known yet.
		if n > 1 && (p[n-1] == ' ' || p[n-1] == '\r') {
			n--
		}
	}
	for n > 2 && p[n-2] == '\r' && p[n-1] == '\n' {
		n -= 2
	}
	return n
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// dirty returns where the first octet of p is that does not pass: a tab, or a blank
// before white space or CR. The empty rest of a word is looked at octet by octet.
//
// Of eight octets at a time: x-ones has the high bit of an octet set where the octet
// of x was 0, and possibly, by the borrow, in octets behind that one. So the first
// is exact, and one found in error costs a look at it.
func dirty(p []byte) int {
	i := 0
	for ; i+9 <= len(p); i += 8 {
		w := binary.LittleEndian.Uint64(p[i:])
		v := binary.LittleEndian.Uint64(p[i+1:])
		tabs, blanks := w^ones*'\t', w^ones*' '
		found := (tabs - ones) &^ tabs
		found |= (blanks - ones) &^ blanks & (v - ones*'!') &^ v
		if found&highs == 0 {
			continue
		}
		for j := i; j < i+8; j++ {
			if stops(p[j], p[j+1]) {
				return j
			}
		}
	}
	for ; i < len(p); i++ {
		next := byte('x')
		if i+1 < len(p) {
			next = p[i+1]
		}
		if stops(p[i], next) {
			return i
		}
	}
	return len(p)
}

func stops(c, next byte) bool {
	return c == '\t' || c == ' ' && (next == ' ' || next == '\t' || next == '\r')
}

// lineEnds is a bodyWriter that gives each LF the CR that it lacks.
type lineEnds struct {
	next bodyWriter
	cr   bool
	buf  []byte
}

func (l *lineEnds) write(p []byte) {
	if len(p) == 0 {
		return
	}
	l.buf = appendCRLF(l.buf[:0], p, l.cr)
	l.cr = p[len(p)-1] == '\r'
	l.next.write(l.buf)
}

func (l *lineEnds) close() { l.next.close() }

// appendCRLF appends p with a CR before each LF that has none; cr says that one
// precedes p.
func appendCRLF(out, p []byte, cr bool) []byte {
	for {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			return append(out, p...)
		}
		has := i > 0 && p[i-1] == '\r' || i == 0 && cr
		out = append(out, p[:i]...)
		if !has {
			out = append(out, '\r')
		}
		out = append(out, '\n')
		p, cr = p[i+1:], false
	}
}

// appendField appends a header field in canonical form (RFC 6376 sections 3.4.1 and
// 3.4.2), with its line break. The field is whole: name, colon, value and break.
func (c Canonicalization) appendField(out []byte, field string, colon int) []byte {
	if c != Relaxed {
		return append(out, field...)
	}
	for i := range colon {
		if ch := field[i]; ch != ' ' && ch != '\t' {
			out = append(out, lower(ch))
		}
	}
	out = append(out, ':')
	start := len(out)
	value := field[colon+1:]
	wsp := false
	for i := 0; i < len(value); i++ {
		switch ch := value[i]; {
		case ch == ' ' || ch == '\t':
			wsp = true
		case ch == '\r' && i+1 < len(value) && value[i+1] == '\n':
			i++
		default:
			if wsp && len(out) > start {
				out = append(out, ' ')
			}
			wsp = false
			out = append(out, ch)
		}
	}
	return append(out, '\r', '\n')
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
