package report

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"time"
)

// Options are for [Parse] and [ParseFailure]. The zero value works; a limit of zero or
// less is the default that its comment names.
type Options struct {
	// Time is when the report is read: a reporting period that ends more than a day
	// later is a finding. Zero means now.
	Time time.Time
	// Bytes is how much may be read of one input, and be decompressed or decoded from
	// it, all together: 256 MiB.
	Bytes int64
	// Ratio is by how much it may be larger than what it was decompressed from, once it
	// is larger than 1 MiB: 300. Reports of usual size are compressed to a tenth.
	Ratio int64
	// Rows is how many a report may have: one million.
	Rows int64
	// Text is how long one text or tag may be: 64 KiB.
	Text int
	// Depth is how deep elements may be inside each other: 32.
	Depth int
	// Attributes is how many an element may have: 64.
	Attributes int
	// Files is how many files an archive, or parts a mail, may have: 100.
	Files int
	// Nesting is how many containers may be inside each other: 5. A zip file attached
	// to a forwarded mail takes four.
	Nesting int
	// Header is how large the header of a mail, or of a part of it, may be: 256 KiB.
	Header int
}

func (o Options) withDefaults() Options {
	if o.Time.IsZero() {
		o.Time = time.Now()
	}
	or(&o.Bytes, 256<<20)
	or(&o.Ratio, 300)
	or(&o.Rows, 1_000_000)
	or(&o.Text, 64<<10)
	or(&o.Depth, 32)
	or(&o.Attributes, 64)
	or(&o.Files, 100)
	or(&o.Nesting, 5)
	or(&o.Header, 256<<10)
	return o
}

func or[T cmp.Ordered](n *T, def T) {
	var zero T
	if *n <= zero {
		*n = def
	}
}

var (
	// ErrNoReport is for an input in which there is no report.
	ErrNoReport = errors.New("report: no report in it")
	// ErrDoctype is for XML with a document type declaration, which could define
	// entities. No reporter has a reason to send one.
	ErrDoctype = errors.New("report: a document type declaration is refused")
	// ErrTruncated is for what ends too early. It is also an io.ErrUnexpectedEOF.
	ErrTruncated = fmt.Errorf("report: cut short: %w", io.ErrUnexpectedEOF)
	// ErrArchive is for a gzip or zip file that is damaged, or that cannot be read:
	// encrypted, or compressed by a method other than deflate.
	ErrArchive = errors.New("report: unreadable archive")
)

// LimitError says which limit was exceeded.
type LimitError struct {
	Limit string // the name of the field of [Options]
	Max   int64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("report: exceeds the limit Options.%s of %d", e.Limit, e.Max)
}

// SyntaxError is a breach of the grammar of XML.
type SyntaxError struct {
	Offset int64 // in octets of UTF-8 from the start of the document
	Reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("report: %s at octet %d", e.Reason, e.Offset)
}
