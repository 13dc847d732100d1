package report

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"iter"
)

// Parse reads all aggregate reports in an input: XML, gzip, zip, or a mail that has
// one of these attached, also several and inside each other. What it is, is told by
// its content: names and media types of reports are often wrong. An input without a
// report gives ErrNoReport.
//
// A report is given before its rows are read; see [Report.Rows]. Rows that the loop
// does not read are passed over. An error with a nil Report is about the input as a
// whole, or what follows the reports in it, and comes after what could be read. All of
// it is read as a stream, in memory that does not grow with the input.
//
// Whether a mail is from whom it says it is, is not examined: only mail that passes
// DMARC should get here (RFC 9990 section 3.5.2).
func Parse(in io.Reader, opts Options) iter.Seq2[*Report, error] {
	return func(yield func(*Report, error) bool) {
		p := &parser{opts: opts.withDefaults(), yield: yield}
		p.left = p.opts.Bytes
		p.input(p.source(in), place{})
		if !p.quiet && !p.stopped {
			p.fail(ErrNoReport)
		}
	}
}

// parser walks through the containers of an input.
type parser struct {
	opts    Options
	yield   func(*Report, error) bool
	left    int64 // octets that may still be read
	files   int
	quiet   bool // something was yielded
	stopped bool // the loop does not go on
	cut     bool // it was told that something is cut short
}

// place is where something was found.
type place struct {
	nesting int
	inMail  bool // and is thus no mail, unless it says so
	mail    bool // it says that it is a mail
	prose   bool // it is for people, and may look like a report only by chance
	file    string
	subject string
}

// in returns the place of what is inside.
func (at place) in() place {
	at.nesting++
	return at
}

// fail yields an error. That something is cut short is told once, not for each of the
// containers around it.
func (p *parser) fail(err error) {
	err = cutShort(err)
	if !p.stopped && p.news(err) {
		p.quiet = true
		p.stopped = !p.yield(nil, err)
	}
}

// news reports whether an error was not told yet.
func (p *parser) news(err error) bool {
	if !errors.Is(err, ErrTruncated) {
		return true
	}
	told := p.cut
	p.cut = true
	return !told
}

// source is a stream that knows how much of it was used.
type source struct {
	*bufio.Reader
	read *counter
}

// counter counts what is read, also against the limit of the whole input.
type counter struct {
	r io.Reader
	p *parser
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	if c.p.left <= 0 {
		return 0, &LimitError{Limit: "Bytes", Max: c.p.opts.Bytes}
	}
	n, err := c.r.Read(b[:min(int64(len(b)), c.p.left)])
	c.n += int64(n)
	c.p.left -= int64(n)
	return n, err
}

func (p *parser) source(r io.Reader) *source {
	c := &counter{r: r, p: p}
	return &source{Reader: bufio.NewReaderSize(c, buffered), read: c}
}

// buffered is the size of the buffer of each level of containers.
const buffered = 8 << 10

func (s *source) used() int64 { return s.read.n - int64(s.Buffered()) }

var (
	magicGzip = []byte("\x1f\x8b")
	magicZip  = []byte("PK\x03\x04")
	magicNone = []byte("PK\x05\x06") // a zip file without files
)

// sniffed is how much is looked at to tell what an input is.
const sniffed = 256

// input reads whatever this is.
func (p *parser) input(src *source, at place) {
	if at.nesting > p.opts.Nesting {
		p.fail(&LimitError{Limit: "Nesting", Max: int64(p.opts.Nesting)})
		return
	}
	head, err := src.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		p.fail(err)
		return
	}
	bigEndian, wide := sniffUTF16(head)
	text := bytes.TrimLeft(bytes.TrimPrefix(head, bomUTF8), " \t\r\n\x00")
	switch {
	case bytes.HasPrefix(head, magicGzip):
		p.gzip(src, at.in())
	case bytes.HasPrefix(head, magicZip), bytes.HasPrefix(head, magicNone):
		p.zip(src, at.in())
	case wide:
		p.xml(newUTF16(src, bigEndian), at)
	case len(text) > 0 && text[0] == '<' && !at.mail:
		if bytes.HasPrefix(head, bomUTF8) {
			_, _ = src.Discard(len(bomUTF8))
		}
		p.xml(src, at)
	case at.mail || !at.inMail && looksLikeMail(text):
		p.mail(src, at.in())
	}
}

// xml reads the reports of one file, which is one as a rule. What is no report is
// passed over.
func (p *parser) xml(in io.Reader, at place) {
	r := newReader(in, &p.opts)
	for first := true; !p.stopped; first = false {
		report := &Report{File: parseFileName(at.file), Subject: parseSubject(at.subject)}
		if err := r.begin(report); err != nil {
			other := errors.Is(err, io.EOF) || errors.Is(err, errOther)
			if !other && (!first || !at.prose) {
				p.fail(err)
			}
			return
		}
		p.quiet = true
		if !p.report(r) {
			return
		}
	}
}

// report yields one report, which is read as far as its first row, and reports whether
// it could be read to its end.
func (p *parser) report(r *reader) bool {
	report := r.report
	pending, err := r.next(elRecord)
	used, told := false, false
	rows := func(yield func(Row, error) bool) {
		if used {
			return
		}
		used, report.rows = true, nil
		for pending && err == nil {
			pending, err = r.next(elUnknown)
			if report.Records > p.opts.Rows {
				report.Records--
				err = &LimitError{Limit: "Rows", Max: p.opts.Rows}
			}
			if err == nil && pending && !yield(r.row, nil) {
				return
			}
		}
		if err != nil {
			report.Findings = r.findings()
			told = true
			p.news(err)
			yield(Row{}, err)
		}
	}
	report.Findings = r.findings()
	report.rows = rows
	p.stopped = !p.yield(report, nil)
	report.rows = nil
	used = true
	for pending && err == nil && !p.stopped {
		pending, err = r.next(elUnknown)
	}
	if err != nil && !told {
		p.fail(err)
	}
	return err == nil
}
