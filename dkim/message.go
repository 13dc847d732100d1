package dkim

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Message is what was observed of a message: its header, and of its body nothing but
// the hashes that the signatures in the header ask for. It comes from [ReadMessage], or
// from the JSON of one that did, and is not changed then. It can be judged any number
// of times, also at once.
type Message struct {
	// Header is the header section as it came, without the empty line behind it, but
	// with CRLF as line ends if those were bare LF.
	Header []byte `json:"header"`
	// Truncated says that the header was larger than the limit. Nothing can be said
	// about the signatures then, and the body was not read.
	Truncated bool `json:"truncated,omitzero"`
	// Converted says that the message came in Unix form, its first line ending with
	// a bare LF, and that each bare LF was taken for CRLF.
	Converted bool `json:"converted,omitzero"`
	// BodySize is the length of the body in octets, with CRLF as line ends.
	BodySize int64 `json:"body_size"`
	// Bodies are the hashes of the body.
	Bodies []BodyHash `json:"bodies"`
	// Near are changes that make the body match a signature's hash. They are looked
	// for only with ReadOptions.Diagnose.
	Near []NearMatch `json:"near,omitempty"`

	text string // the Header, when ReadMessage made it
}

// headerText is the Header.
func (m *Message) headerText() string {
	if m.text == string(m.Header) {
		return m.text
	}
	return string(m.Header)
}

// Values returns the values of the fields of a name, in any case, from the top: what
// stands behind the colon, unfolded (RFC 5322 section 2.2.3) and without the white space
// around it. Those of "From" are what package dmarc asks for. It reads the Header anew at
// each call, in time in proportion to its length; a Truncated one may lack fields.
func (m *Message) Values(name string) (values []string) {
	text := m.headerText()
	for len(text) > 0 {
		end := endOfField(text, 0)
		f := text[:end]
		text = text[end:]
		if colon := colonOf(f); colon >= 0 && strings.EqualFold(strings.TrimRight(f[:colon], " \t"), name) {
			values = append(values, strings.Trim(strings.ReplaceAll(f[colon+1:], "\r\n", ""), " \t"))
		}
	}
	return values
}

// BodyHash is the SHA-256 hash of a canonical body, or of its beginning. It is the
// only hash that RFC 8301 leaves.
type BodyHash struct {
	Canonicalization Canonicalization `json:"canonicalization"`
	// Length is how many octets of the canonical body were hashed.
	Length int64 `json:"length"`
	// Whole says that this is all of it.
	Whole bool   `json:"whole,omitzero"`
	Sum   []byte `json:"sum"`
}

// ReadOptions are for [ReadMessage]. The zero value works.
type ReadOptions struct {
	// HeaderBytes is how large the header may be. Zero or less means 256 KiB.
	HeaderBytes int
	// Diagnose makes ReadMessage look for changes that would make the body match the
	// hashes in the signatures; see [NearMatch]. It takes several times as long.
	Diagnose bool
}

const defaultHeaderBytes = 256 << 10

func (o ReadOptions) headerBytes() int {
	if o.HeaderBytes <= 0 {
		return defaultHeaderBytes
	}
	return o.HeaderBytes
}

// ReadMessage reads a message to its end. It holds the header in memory and a few
// buffers, but not the body, which it hashes at most once per canonicalisation
// however many signatures there are, and with whatever l=.
//
// Line ends are CRLF. When the first one is a bare LF, the message is in Unix form,
// and every bare LF counts as CRLF. Otherwise CR and LF alone are octets like others
// (RFC 6376 section 5.3 leaves it to the signer to have none).
//
// A message without a body, even one without an empty line, is a message. The error
// is that of r, and the Message is of no use then.
func ReadMessage(r io.Reader, opts ReadOptions) (*Message, error) {
	m := &Message{Bodies: []BodyHash{}}
	in := input{r: r, m: m, buf: make([]byte, smallBuffer)}
	body, err := m.readHeader(&in, opts.headerBytes())
	if err != nil || m.Truncated {
		return m, err
	}
	hashes := newBodies(m, opts)
	for {
		hashes.write(body)
		body, err = in.next()
		if err == io.EOF { //nolint:errorlint // io.Reader returns it bare.
			hashes.close(m)
			return m, nil
		}
		if err != nil {
			return m, err
		}
		m.BodySize += int64(len(body))
	}
}

const (
	smallBuffer = 4 << 10
	largeBuffer = 16 << 10
	maxEmpty    = 100 // reads in a row that bring nothing
)

// input reads a message in chunks, in which line ends are CRLF.
type input struct {
	r         io.Reader
	m         *Message
	buf, conv []byte
	total     int
	decided   bool // the first line end was seen
	cr        bool // the chunk before ended with CR
	err       error
}

// next returns the next chunk, which is valid until the next call, and an error when
// there is none.
func (in *input) next() ([]byte, error) {
	if in.err != nil {
		return nil, in.err
	}
	if len(in.buf) == 0 || in.total >= smallBuffer && len(in.buf) <= smallBuffer {
		in.buf = make([]byte, largeBuffer)
	}
	for range maxEmpty {
		n, err := in.r.Read(in.buf)
		if err != nil {
			in.err = err
			if !errors.Is(err, io.EOF) {
				in.err = fmt.Errorf("dkim: reading the message: %w", err)
			} else {
				in.err = io.EOF
			}
		}
		if n > 0 {
			in.total += n
			return in.convert(in.buf[:n]), nil
		}
		if in.err != nil {
			return nil, in.err
		}
	}
	in.err = fmt.Errorf("dkim: reading the message: %w", io.ErrNoProgress)
	return nil, in.err
}

func (in *input) convert(p []byte) []byte {
	cr := in.cr
	in.cr = p[len(p)-1] == '\r'
	if !in.decided {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			return p
		}
		in.decided = true
		in.m.Converted = i == 0 && !cr || i > 0 && p[i-1] != '\r'
	}
	if !in.m.Converted {
		return p
	}
	in.conv = appendCRLF(in.conv[:0], p, cr)
	return in.conv
}

// readHeader fills m.Header. It returns the beginning of the body that was read with
// it.
func (m *Message) readHeader(in *input, limit int) (body []byte, err error) {
	seen := 0 // up to where there is no end of the header
	for {
		end, next := endOfHeader(m.Header, seen)
		switch {
		case end > limit || end < 0 && len(m.Header) > limit+len("\r\n\r\n"):
			m.Header = m.Header[:limit]
			m.Truncated = true
			return nil, nil
		case end >= 0:
			body = m.Header[next:]
			m.Header = m.Header[:end:end]
			m.BodySize = int64(len(body))
			return body, nil
		}
		seen = max(0, len(m.Header)-len("\r\n\r"))
		p, err := in.next()
		if err == io.EOF { //nolint:errorlint // next returns it bare.
			m.Truncated = len(m.Header) > limit
			m.Header = m.Header[:min(len(m.Header), limit)]
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		m.Header = in.keep(m.Header, p)
	}
}

// keep appends the chunk p to header. The first chunk, which most headers fit into, is
// not copied: the buffer that it lies in is used no more.
func (in *input) keep(header, p []byte) []byte {
	switch {
	case len(header) > 0:
		return append(header, p...)
	case in.m.Converted:
		in.conv = nil
	default:
		in.buf = in.buf[len(p):] // The rest of it may do to see that there is no more.
	}
	return slices.Clip(p)
}

// endOfHeader returns where the header ends and the body begins, or -1. Nothing
// before from is the start of it.
func endOfHeader(p []byte, from int) (end, next int) {
	if from == 0 && bytes.HasPrefix(p, crlf) {
		return 0, len(crlf)
	}
	if i := bytes.Index(p[from:], []byte("\r\n\r\n")); i >= 0 {
		return from + i + 2, from + i + 4
	}
	return -1, -1
}

// bodies hashes a body in all the ways that the signatures ask for.
type bodies struct {
	writers []bodyWriter
	sinks   [2]*sink // by canonicalisation; nil if nobody asks for it
	near    *diagnosis
}

var canonicalizations = [2]Canonicalization{Simple, Relaxed}

func newBodies(m *Message, opts ReadOptions) *bodies {
	var marks [2][]int64 // by canonicalisation
	var wanted [2]bool
	var hashes []string
	m.text = string(m.Header)
	text := m.text
	for at := 0; at < len(text); {
		end := endOfField(text, at)
		if k, value, ok := signatureField(text[at:end]); ok && k != arcSeal {
			canon, length, bh := bodyOf(value)
			c := 0
			if canon == Relaxed {
				c = 1
			}
			wanted[c] = true
			if length >= 0 {
				marks[c] = append(marks[c], length)
			}
			if opts.Diagnose {
				if sum, _, _ := decodeBase64(bh); len(sum) == sha256.Size {
					hashes = append(hashes, string(sum))
				}
			}
		}
		at = end
	}
	b := &bodies{writers: make([]bodyWriter, 0, 2)}
	for c, canon := range canonicalizations {
		if !wanted[c] {
			continue
		}
		s := newSink()
		slices.Sort(marks[c])
		s.marks = slices.Compact(marks[c])
		b.sinks[c] = s
		b.writers = append(b.writers, newBodyWriter(canon, s))
	}
	if opts.Diagnose && len(hashes) > 0 {
		b.near = newDiagnosis(hashes, !m.Converted)
		b.writers = append(b.writers, b.near.writers...)
	}
	return b
}

func newBodyWriter(c Canonicalization, s *sink) bodyWriter {
	if c == Relaxed {
		return newRelaxedBody(s)
	}
	return &simpleBody{out: s}
}

// signatureField returns what a field signs, if it is a signature.
func signatureField(s string) (k kind, value string, ok bool) {
	if len(s) < len("ARC-Seal:") || s[0]|0x20 != 'd' && s[0]|0x20 != 'a' {
		return 0, "", false
	}
	colon := colonOf(s)
	if colon < 0 {
		return 0, "", false
	}
	name := strings.TrimRight(s[:colon], " \t")
	value = strings.TrimSuffix(s[colon+1:], "\r\n")
	switch {
	case strings.EqualFold(name, "DKIM-Signature"):
		return dkimSignature, value, true
	case strings.EqualFold(name, "ARC-Message-Signature"):
		return arcMessage, value, true
	case strings.EqualFold(name, "ARC-Seal"):
		return arcSeal, value, true
	}
	return 0, "", false
}

func (b *bodies) write(p []byte) {
	for _, w := range b.writers {
		w.write(p)
	}
}

func (b *bodies) close(m *Message) {
	for _, w := range b.writers {
		w.close()
	}
	for c, s := range b.sinks {
		if s == nil {
			continue
		}
		s.sums = append(s.sums, BodyHash{Length: s.size, Whole: true, Sum: s.hash.Sum(nil)})
		for _, h := range s.sums {
			h.Canonicalization = canonicalizations[c]
			m.Bodies = append(m.Bodies, h)
		}
	}
	if b.near != nil {
		m.Near = b.near.found
	}
}

// body returns the hash that a signature was made of, if there is one, and the whole
// length of the body in its canonicalisation.
func (m *Message) body(c Canonicalization, length int64) (sum []byte, whole int64, ok bool) {
	for i := range m.Bodies {
		h := &m.Bodies[i]
		if h.Canonicalization != c {
			continue
		}
		if h.Whole {
			whole = h.Length
		}
		if length < 0 && h.Whole || length >= 0 && h.Length == length {
			sum, ok = h.Sum, true
		}
	}
	return sum, whole, ok
}
