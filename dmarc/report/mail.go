package report

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"strings"
)

// looksLikeMail recognises a header: a field name and a colon, or the first line of a
// message in an mbox.
func looksLikeMail(text []byte) bool {
	if bytes.HasPrefix(text, []byte("From ")) {
		return true
	}
	for i, c := range text {
		switch {
		case c == ':':
			return i > 0
		case c != '-' && (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9'):
			return false
		}
	}
	return false
}

// field is a field of a header. The name is in lower case, the value unfolded.
type field struct{ name, value string }

// fields is a header.
type fields []field

func (h fields) get(name string) string {
	for _, f := range h {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

// readHeader reads a header and the empty line behind it, of at most so many octets.
// Lines that are no fields are passed over. The error is that of a header that is too
// long, or that ends without an empty line.
func readHeader(in *bufio.Reader, most int) (fields, error) {
	var out fields
	var current []byte // a field that may go on
	flush := func() {
		if name, value, ok := bytes.Cut(current, []byte(":")); ok {
			out = append(out, field{strings.ToLower(string(trim(name))), string(trim(value))})
		}
		current = current[:0]
	}
	for size := 0; ; {
		line, err := in.ReadSlice('\n')
		if size += len(line); size > most {
			return out, &LimitError{Limit: "Header", Max: int64(most)}
		}
		long := errors.Is(err, bufio.ErrBufferFull)
		if err != nil && !long {
			flush()
			return out, err
		}
		switch {
		case len(bytes.TrimRight(line, "\r\n")) == 0 && !long:
			flush()
			return out, nil
		case line[0] == ' ' || line[0] == '\t':
			current = append(append(current, ' '), bytes.TrimSpace(line)...)
		default:
			flush()
			current = append(current, bytes.TrimRight(line, "\r\n")...)
		}
		for long { // The line goes on.
			line, err = in.ReadSlice('\n')
			if size += len(line); size > most {
				return out, &LimitError{Limit: "Header", Max: int64(most)}
			}
			current = append(current, bytes.TrimRight(line, "\r\n")...)
			if long = errors.Is(err, bufio.ErrBufferFull); err != nil && !long {
				flush()
				return out, err
			}
		}
	}
}

// mediaType returns the media type in lower case, and its parameters. One that cannot
// be read is "".
func (h fields) mediaType(fieldName string) (string, map[string]string) {
	value := h.get(fieldName)
	if len(value) > maxMediaType {
		return "", nil
	}
	typ, params, err := mime.ParseMediaType(value)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return "", nil
	}
	if strings.HasPrefix(typ, "multipart/") && params["boundary"] == "" {
		params = map[string]string{"boundary": bareBoundary(value)}
	}
	return typ, params
}

// bareBoundary finds a boundary that should have been quoted, as "=_1" should.
func bareBoundary(value string) string {
	for param := range strings.SplitSeq(value, ";") {
		if name, bare, ok := strings.Cut(param, "="); ok && strings.EqualFold(strings.TrimSpace(name), "boundary") {
			return strings.Trim(bare, "\" \t")
		}
	}
	return ""
}

const maxMediaType = 4096

// fileName returns what a part calls itself.
func (h fields) fileName() string {
	_, params := h.mediaType("content-disposition")
	if name := params["filename"]; name != "" {
		return name
	}
	_, params = h.mediaType("content-type")
	return params["name"]
}

// mail reads the attachments of a message.
func (p *parser) mail(src *source, at place) {
	h, err := readHeader(src.Reader, p.opts.Header)
	if err != nil {
		p.fail(eof(err))
		return
	}
	at.mail, at.inMail, at.subject = false, true, h.get("subject")
	p.part(h, src, at)
}

// part reads the body of a message, or of a part of it, whose header was read.
func (p *parser) part(h fields, body io.Reader, at place) {
	if at.nesting > p.opts.Nesting {
		p.fail(&LimitError{Limit: "Nesting", Max: int64(p.opts.Nesting)})
		return
	}
	typ, params := h.mediaType("content-type")
	if strings.HasPrefix(typ, "multipart/") && params["boundary"] != "" {
		p.multipart(newParts(body, params["boundary"]), at.in())
		return
	}
	at.file = h.fileName()
	at.mail = typ == "message/rfc822"
	// Prose may look like XML without being it, and no report is called that.
	at.prose = typ == "" || typ == "text/html" || typ == "text/plain"
	p.input(p.source(decoded(body, h.get("content-transfer-encoding"))), at)
}

func (p *parser) multipart(m *parts, at place) {
	for !p.stopped {
		h, body, err := m.next(p.opts.Header)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			p.fail(err)
			return
		}
		if p.files++; p.files > p.opts.Files {
			p.fail(&LimitError{Limit: "Files", Max: int64(p.opts.Files)})
			return
		}
		p.part(h, body, at)
	}
}

// decoded undoes a transfer encoding.
func decoded(body io.Reader, encoding string) io.Reader {
	switch strings.ToLower(strings.TrimSpace(uncommented(encoding))) { // RFC 2045 section 6.1
	case "base64":
		return base64.NewDecoder(base64.RawStdEncoding, &onlyBase64{r: body})
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	}
	return body
}

// onlyBase64 drops what is not of the alphabet, and ends at the padding (RFC 2045 section
// 6.8), which some mailers leave out.
type onlyBase64 struct {
	r     io.Reader
	ended bool
}

func (o *onlyBase64) Read(buf []byte) (int, error) {
	for {
		n, err := o.r.Read(buf)
		kept := 0
		for _, c := range buf[:n] {
			switch {
			case o.ended: // What follows is read, so that the end of the part is found.
			case c == '=':
				o.ended = true
			case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '+' || c == '/':
				buf[kept] = c
				kept++
			}
		}
		if kept > 0 || err != nil || len(buf) == 0 {
			return kept, err
		}
	}
}
