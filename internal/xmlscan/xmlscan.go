// Package xmlscan reads the part of XML that machine-made reports need, one token at
// a time and without a copy where none is needed: elements, text, CDATA sections, the
// five entities and numeric ones. Comments, processing instructions and attributes are
// checked and passed over. A document type declaration is refused, so that there are
// no entities that could expand.
//
// It is strict about structure, and not about characters: control characters and
// octets that are no UTF-8 come out as they are, for the caller to judge. An ampersand
// that starts no known entity is text, and counted in [Scanner.Sloppy].
package xmlscan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Kind says what a token is.
type Kind uint8

// The kinds of tokens. An element that is empty by itself, "<a/>", is a Start and an
// End.
const (
	EOF Kind = iota
	Start
	End
	Text
)

// Limits bound what a document may have. All must be set.
type Limits struct {
	Token      int // octets of a text, tag, comment or instruction
	Depth      int // elements inside each other
	Attributes int // of an element
}

// ErrDoctype is for a document type declaration.
var ErrDoctype = errors.New("a document type declaration is refused")

// SyntaxError is a breach of the grammar.
type SyntaxError struct {
	Offset int64 // in octets from the start of the document
	Reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at octet %d", e.Reason, e.Offset)
}

// LimitError says which of the limits was exceeded.
type LimitError struct {
	What string // "token", "depth", "attributes"
	Max  int
}

func (e *LimitError) Error() string { return fmt.Sprintf("%s: more than %d", e.What, e.Max) }

// Scanner reads a document. It is not safe for concurrent use.
type Scanner struct {
	// Sloppy counts ampersands that start no entity.
	Sloppy int

	r        io.Reader
	limits   Limits
	buf      []byte
	pos, end int   // what of buf is to be read
	base     int64 // the offset of buf[0]
	readErr  error // of r
	failed   error // of Next, for good

	token    []byte // a text, or the name of an element with its prefix
	scratch  []byte // texts that are not as in the document
	open     []byte // the names of open elements
	marks    []int  // where each of them starts
	empty    bool   // the Start was an empty element, whose End comes next
	encoding string
}

const (
	firstBuffer = 16 << 10
	emptyReads  = 100 // in a row, as in bufio
)

// New returns a Scanner of r.
func New(r io.Reader, limits Limits) *Scanner {
	return &Scanner{r: r, limits: limits, buf: make([]byte, firstBuffer)}
}

// Text returns the text of a Text token, with entities replaced and line ends as \n.
// It is valid until the next call of Next.
func (s *Scanner) Text() []byte { return s.token }

// Name returns the name of a Start or End token without its prefix. It is valid until
// the next call of Next.
func (s *Scanner) Name() []byte {
	if i := bytes.IndexByte(s.token, ':'); i > 0 && i < len(s.token)-1 {
		return s.token[i+1:]
	}
	return s.token
}

// Prefixed reports whether the name of a Start or End token has a prefix.
func (s *Scanner) Prefixed() bool {
	i := bytes.IndexByte(s.token, ':')
	return i > 0 && i < len(s.token)-1
}

// Depth returns how many elements are open.
func (s *Scanner) Depth() int { return len(s.marks) }

// Offset returns how many octets were read as tokens.
func (s *Scanner) Offset() int64 { return s.base + int64(s.pos) }

// Encoding returns what the XML declaration calls the document's encoding, or "".
func (s *Scanner) Encoding() string { return s.encoding }

// What an octet means in a text, and in a name.
const (
	special   = 1 << iota // in a text: <, &, CR, ]
	nameStart             // may start a name
	nameRest              // may follow in one
	blank
)

var class = func() (c [256]byte) {
	for _, b := range []byte("<&\r]") {
		c[b] |= special
	}
	for b := range c {
		switch {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', b == '_', b == ':', b >= 0x80:
			c[b] |= nameStart | nameRest
		case '0' <= b && b <= '9', b == '-', b == '.':
			c[b] |= nameRest
		}
	}
	for _, b := range []byte(" \t\r\n") {
		c[b] |= blank
	}
	return c
}()

// Next returns the next token. Errors stay. What ends inside an element, or inside of
// anything else, is io.ErrUnexpectedEOF.
func (s *Scanner) Next() (Kind, error) {
	if s.failed != nil {
		return EOF, s.failed
	}
	if s.empty {
		s.empty = false
		s.pop()
		return End, nil
	}
	for {
		if s.pos == s.end && !s.fill() {
			if len(s.marks) > 0 || !errors.Is(s.readErr, io.EOF) {
				return EOF, s.cut()
			}
			return EOF, nil
		}
		if s.buf[s.pos] != '<' {
			return s.chars()
		}
		kind, err := s.markup()
		if kind != EOF || err != nil {
			return kind, err
		}
	}
}

// fill reads more behind what is in the buffer, and reports whether there was any.
// Positions relative to s.pos stay right.
func (s *Scanner) fill() bool {
	if s.readErr != nil {
		return false
	}
	if s.pos > 0 {
		copy(s.buf, s.buf[s.pos:s.end])
		s.base += int64(s.pos)
		s.end -= s.pos
		s.pos = 0
	}
	if s.end == len(s.buf) {
		if len(s.buf) > s.limits.Token {
			s.readErr = &LimitError{"token", s.limits.Token}
			return false
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for range emptyReads {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		s.readErr = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.readErr = io.ErrNoProgress
	return false
}

// at returns the octet i behind the position.
func (s *Scanner) at(i int) (byte, bool) {
	if s.pos+i >= s.end && !s.fill() {
		return 0, false
	}
	return s.buf[s.pos+i], true
}

func (s *Scanner) fail(err error) error {
	s.failed = err
	return err
}

// cut is the error when a token is not complete.
func (s *Scanner) cut() error {
	if errors.Is(s.readErr, io.EOF) {
		return s.fail(io.ErrUnexpectedEOF)
	}
	return s.fail(s.readErr)
}

func (s *Scanner) syntax(i int, reason string) error {
	return s.fail(&SyntaxError{s.base + int64(s.pos+i), reason})
}

func (s *Scanner) exceeds(length int) error {
	if length > s.limits.Token {
		return s.fail(&LimitError{"token", s.limits.Token})
	}
	return nil
}

// chars reads a text up to the next markup.
func (s *Scanner) chars() (Kind, error) {
	i, plain := 0, true
scan:
	for {
		for _, c := range s.buf[s.pos+i : s.end] {
			if class[c]&special != 0 {
				if c == '<' {
					break scan
				}
				plain = false
			}
			i++
		}
		if !s.fill() {
			break
		}
	}
	if err := s.exceeds(i); err != nil {
		return EOF, err
	}
	s.token = s.buf[s.pos : s.pos+i]
	if !plain {
		if at := bytes.Index(s.token, cdataEnd); at >= 0 {
			return EOF, s.syntax(at, "]]> in a text")
		}
		s.decode()
	}
	s.pos += i
	return Text, nil
}

// markup reads what starts with "<". It returns EOF for what is passed over.
func (s *Scanner) markup() (Kind, error) {
	c, ok := s.at(1)
	switch {
	case !ok:
		return EOF, s.cut()
	case c == '/':
		return s.endTag()
	case c == '?':
		return EOF, s.instruction()
	case c == '!':
		return s.declaration()
	}
	return s.startTag()
}

// name passes over the name at i, and returns where it ends.
func (s *Scanner) name(i int) (int, error) {
	start, colons := i, 0
scan:
	for {
		for _, c := range s.buf[s.pos+i : s.end] {
			if class[c]&nameRest == 0 {
				break scan
			}
			if c == ':' {
				colons++
			}
			i++
		}
		if !s.fill() {
			return 0, s.cut()
		}
	}
	if i == start || colons > 1 || class[s.buf[s.pos+start]]&nameStart == 0 {
		return 0, s.syntax(start, "no name where one must be")
	}
	return i, nil
}

// blanks passes over white space at i.
func (s *Scanner) blanks(i int) (int, byte, error) {
	for {
		c, ok := s.at(i)
		if !ok {
			return 0, 0, s.cut()
		}
		if class[c]&blank == 0 {
			return i, c, nil
		}
		i++
	}
}

func (s *Scanner) startTag() (Kind, error) {
	nameEnd, err := s.name(1)
	if err != nil {
		return EOF, err
	}
	i := nameEnd
	for attributes := 0; ; attributes++ {
		var c byte
		if i, c, err = s.blanks(i); err != nil {
			return EOF, err
		}
		if c == '>' {
			i++
			break
		}
		if c == '/' {
			if c, ok := s.at(i + 1); !ok {
				return EOF, s.cut()
			} else if c != '>' {
				return EOF, s.syntax(i, "/ in a tag")
			}
			s.empty = true
			i += 2
			break
		}
		if attributes == s.limits.Attributes {
			return EOF, s.fail(&LimitError{"attributes", s.limits.Attributes})
		}
		if i, err = s.attribute(i); err != nil {
			return EOF, err
		}
	}
	if err := s.exceeds(i); err != nil {
		return EOF, err
	}
	if len(s.marks) == s.limits.Depth {
		return EOF, s.fail(&LimitError{"depth", s.limits.Depth})
	}
	s.token = s.buf[s.pos+1 : s.pos+nameEnd]
	s.marks = append(s.marks, len(s.open))
	s.open = append(s.open, s.token...)
	s.pos += i
	return Start, nil
}

// attribute passes over the attribute at i.
func (s *Scanner) attribute(i int) (int, error) {
	i, err := s.name(i)
	if err != nil {
		return 0, err
	}
	i, c, err := s.blanks(i)
	if err != nil {
		return 0, err
	}
	if c != '=' {
		return 0, s.syntax(i, "an attribute without a value")
	}
	i, quote, err := s.blanks(i + 1)
	if err != nil {
		return 0, err
	}
	if quote != '"' && quote != '\'' {
		return 0, s.syntax(i, "an attribute without quotes")
	}
	i++
	for start := i; ; i++ {
		c, ok := s.at(i)
		switch {
		case !ok:
			return 0, s.cut()
		case c == '<':
			return 0, s.syntax(i, "< in an attribute")
		case c == quote:
			s.token = s.buf[s.pos+start : s.pos+i]
			if bytes.IndexByte(s.token, '&') >= 0 {
				s.decode() // For Sloppy.
			}
			return i + 1, nil
		}
	}
}

func (s *Scanner) endTag() (Kind, error) {
	if last := len(s.marks) - 1; last >= 0 { // As it should be, and as a whole in the buffer.
		want := s.open[s.marks[last]:]
		rest, n := s.buf[s.pos:s.end], len("</>")+len(want)
		if len(rest) >= n && rest[n-1] == '>' && string(rest[2:n-1]) == string(want) {
			s.token = rest[2 : n-1]
			s.pop()
			s.pos += n
			return End, nil
		}
	}
	nameEnd, err := s.name(2)
	if err != nil {
		return EOF, err
	}
	i, c, err := s.blanks(nameEnd)
	if err != nil {
		return EOF, err
	}
	if c != '>' {
		return EOF, s.syntax(i, "an end tag with more than a name")
	}
	s.token = s.buf[s.pos+2 : s.pos+nameEnd]
	if len(s.marks) == 0 || string(s.token) != string(s.open[s.marks[len(s.marks)-1]:]) {
		return EOF, s.syntax(0, "an end tag that ends no open element")
	}
	if err := s.exceeds(i); err != nil {
		return EOF, err
	}
	s.pop()
	s.pos += i + 1
	return End, nil
}

func (s *Scanner) pop() {
	last := len(s.marks) - 1
	s.open = s.open[:s.marks[last]]
	s.marks = s.marks[:last]
}

var (
	cdataStart     = []byte("<![CDATA[")
	cdataEnd       = []byte("]]>")
	commentStart   = []byte("<!--")
	dashes         = []byte("--")
	instructionEnd = []byte("?>")
)

// find returns where the pattern is, at i or behind it.
func (s *Scanner) find(i int, pattern []byte) (int, error) {
	for {
		if at := bytes.Index(s.buf[min(s.pos+i, s.end):s.end], pattern); at >= 0 {
			return i + at, s.exceeds(i + at)
		}
		i = max(i, s.end-s.pos-len(pattern)+1)
		if !s.fill() {
			return 0, s.cut()
		}
	}
}

// starts reports whether the document goes on with a text, and whether it goes on for
// long enough to tell.
func (s *Scanner) starts(with []byte) (yes, known bool) {
	for i, want := range with {
		c, ok := s.at(i)
		if !ok {
			return false, false
		}
		if c != want {
			return false, true
		}
	}
	return true, true
}

// declaration reads what starts with "<!".
func (s *Scanner) declaration() (Kind, error) {
	comment, known := s.starts(commentStart)
	if !known {
		return EOF, s.cut()
	}
	if comment {
		i, err := s.find(len(commentStart), dashes)
		if err != nil {
			return EOF, err
		}
		c, ok := s.at(i + len(dashes))
		if !ok {
			return EOF, s.cut()
		}
		if c != '>' {
			return EOF, s.syntax(i, "-- in a comment")
		}
		s.pos += i + len(dashes) + 1
		return EOF, nil
	}
	cdata, known := s.starts(cdataStart)
	if !known {
		return EOF, s.cut()
	}
	if !cdata {
		return EOF, s.fail(ErrDoctype)
	}
	i, err := s.find(len(cdataStart), cdataEnd)
	if err != nil {
		return EOF, err
	}
	s.token = s.buf[s.pos+len(cdataStart) : s.pos+i]
	if bytes.IndexByte(s.token, '\r') >= 0 {
		s.scratch = s.scratch[:0]
		s.lines(s.token)
		s.token = s.scratch
	}
	s.pos += i + len(cdataEnd)
	return Text, nil
}

// instruction passes over a processing instruction, and takes from an XML declaration
// the encoding.
func (s *Scanner) instruction() error {
	nameEnd, err := s.name(2)
	if err != nil {
		return err
	}
	i, err := s.find(nameEnd, instructionEnd)
	if err != nil {
		return err
	}
	if string(s.buf[s.pos+2:s.pos+nameEnd]) == "xml" {
		s.encoding = pseudoAttribute(s.buf[s.pos+nameEnd:s.pos+i], "encoding")
	}
	s.pos += i + len(instructionEnd)
	return nil
}

const maxEncoding = 40

// pseudoAttribute returns the value of name="value".
func pseudoAttribute(in []byte, name string) string {
	_, rest, _ := bytes.Cut(in, []byte(name))
	rest = bytes.TrimLeft(rest, " \t\r\n=")
	if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
		return ""
	}
	value, _, ok := bytes.Cut(rest[1:], rest[:1])
	if !ok || len(value) > maxEncoding {
		return ""
	}
	return string(value)
}
