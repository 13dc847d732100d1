package report

import (
	"encoding/base64"
	"errors"
	"io"
	"net/netip"
	"strings"

	"github.com/mailworthy/mailworthy/internal/xmlscan"
)

// reader reads the reports of one XML stream, of which there is usually one.
type reader struct {
	opts  *Options
	scan  *xmlscan.Scanner
	texts texts
	addrs map[string]netip.Addr

	report *Report
	notes  []note
	stack  [8]element
	depth  int
	skip   int // elements that are open, in which nothing is of interest
	text   []byte

	row     Row
	seen    uint64 // elements of the row, or of the report's head
	head    uint64
	dkim    []DKIMResult // of this row and those before it, which keep their part
	spf     []SPFResult
	reasons []Reason
	starts  struct{ dkim, spf, reasons int } // where those of the row are
	ended   bool                             // the report
	after   error                            // what begin returns next
}

func newReader(in io.Reader, opts *Options) *reader {
	return &reader{opts: opts, scan: xmlscan.New(in, xmlscan.Limits{
		Token: opts.Text, Depth: opts.Depth, Attributes: opts.Attributes,
	})}
}

// errOther says that the root is another element than that of a report.
var errOther = errors.New("report: not a report")

// begin looks for the next report of the stream. It returns io.EOF when there is none.
func (r *reader) begin(report *Report) error {
	if r.depth > 0 { // The one before has ended, and what follows is known.
		if r.after != nil {
			return r.after
		}
	} else if err := r.root(); err != nil {
		return err
	}
	*r = reader{opts: r.opts, scan: r.scan, texts: r.texts, addrs: r.addrs, report: report}
	r.texts.wrong = false
	r.scan.Sloppy = 0
	r.declared()
	r.push(elFeedback)
	return nil
}

// root looks for the start of a report.
func (r *reader) root() error {
	for {
		kind, err := r.scan.Next()
		if err != nil {
			return r.translate(err)
		}
		switch kind {
		case xmlscan.EOF:
			return io.EOF
		case xmlscan.Text:
			if len(trim(r.scan.Text())) > 0 {
				return errOther
			}
		case xmlscan.Start:
			if child(elDocument, r.scan.Name()) != elFeedback {
				return errOther
			}
			return nil
		default:
		}
	}
}

// lookAhead finds out what follows the end of a report: nothing, another one, something
// that does not belong there, or an error of what it is read from.
func (r *reader) lookAhead() {
	r.after = r.root()
	_, syntax := errors.AsType[*SyntaxError](r.after)
	if syntax || errors.Is(r.after, errOther) || errors.Is(r.after, ErrDoctype) {
		r.note(CodeTrailing, "")
		r.after = io.EOF
	}
}

// declared looks at the encoding that is declared.
func (r *reader) declared() {
	declared := strings.ToLower(r.scan.Encoding())
	r.texts.declared = declared
	if !knownEncoding(declared) {
		r.note(CodeEncoding, "encoding="+clean(declared))
	}
}

// translate makes an error of this package of one of the scanner.
func (r *reader) translate(err error) error {
	if e, ok := errors.AsType[*xmlscan.SyntaxError](err); ok {
		return &SyntaxError{Offset: e.Offset, Reason: e.Reason}
	}
	if e, ok := errors.AsType[*xmlscan.LimitError](err); ok {
		limit := map[string]string{"token": "Text", "depth": "Depth", "attributes": "Attributes"}[e.What]
		return &LimitError{Limit: limit, Max: int64(e.Max)}
	}
	if errors.Is(err, xmlscan.ErrDoctype) {
		return ErrDoctype
	}
	return cutShort(err)
}

// cutShort returns ErrTruncated for what says that an input ended too early.
func cutShort(err error) error {
	// All that base64 can be, of its alphabet only, is a character short.
	_, odd := errors.AsType[base64.CorruptInputError](err)
	if odd || errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, ErrTruncated) {
		return ErrTruncated
	}
	return err
}

func (r *reader) top() element { return r.stack[r.depth] }

func (r *reader) push(el element) {
	r.depth++
	r.stack[r.depth] = el
}

// next reads to the end of the next row. Without one it returns false, when the report
// has ended. With stop, it also returns, with true, where a row starts.
func (r *reader) next(stop element) (bool, error) {
	for !r.ended {
		kind, err := r.scan.Next()
		if err != nil {
			return false, r.translate(err)
		}
		switch kind {
		case xmlscan.Start:
			if r.skip > 0 {
				r.skip++
				continue
			}
			el := child(r.top(), r.scan.Name())
			if el == elUnknown {
				r.unknown()
				continue
			}
			r.push(el)
			r.start(el)
			if el == stop {
				return true, nil
			}
		case xmlscan.Text:
			if r.skip == 0 && r.top() >= firstLeaf {
				r.text = append(r.text, r.scan.Text()...)
				if len(r.text) > r.opts.Text {
					return false, &LimitError{Limit: "Text", Max: int64(r.opts.Text)}
				}
			}
		case xmlscan.End:
			if r.skip > 0 {
				r.skip--
				continue
			}
			el := r.top()
			r.end(el)
			if el == elFeedback {
				return false, nil
			}
			r.depth--
			if el == elRecord {
				return true, nil
			}
		case xmlscan.EOF:
			return false, ErrTruncated // Never inside the root, but safe.
		}
	}
	return false, nil
}

// unknown passes over an element that the format does not have. Those of extensions
// have a prefix, and are no fault (RFC 9990 section 5).
func (r *reader) unknown() {
	r.skip = 1
	if !r.scan.Prefixed() && r.top() < firstLeaf && r.top() != elExtension {
		r.note(CodeUnknownElement, clean(r.texts.utf8(r.scan.Name())))
	}
}

// start prepares for the content of an element.
func (r *reader) start(el element) {
	r.seen |= 1 << el
	switch el {
	case elRecord:
		r.head |= r.seen
		r.seen = 0
		r.row = Row{}
		r.dkim, r.starts.dkim = room(r.dkim)
		r.spf, r.starts.spf = room(r.spf)
		r.reasons, r.starts.reasons = room(r.reasons)
	case elDKIM:
		r.dkim = append(r.dkim, DKIMResult{})
	case elSPF:
		r.spf = append(r.spf, SPFResult{})
	case elReason:
		r.reasons = append(r.reasons, Reason{})
	default:
		if el >= firstLeaf {
			r.text = r.text[:0]
		}
	}
}

// Rows share arrays, so that few are made.
const (
	chunk      = 64
	maxResults = 100 // of a kind in a row (RFC 9990 section 3.1.3)
)

// room returns an array with room for the results of a row, and where they start.
func room[T any](s []T) ([]T, int) {
	if cap(s)-len(s) >= 2 {
		return s, len(s)
	}
	return make([]T, 0, max(4, min(chunk, 2*cap(s)))), 0
}

// end takes the content of an element.
func (r *reader) end(el element) {
	if el >= firstLeaf {
		r.leaf(el, trim(r.text))
		return
	}
	switch el {
	case elFeedback:
		r.ended = true
		r.finish()
	case elDateRange:
		r.period()
	case elRecord:
		r.endRecord()
	case elDKIM:
		r.dkim = most(r, r.dkim, r.starts.dkim)
	case elSPF:
		r.spf = most(r, r.spf, r.starts.spf)
	case elReason:
		r.reasons = most(r, r.reasons, r.starts.reasons)
	default:
	}
}

// most drops the last of too many.
func most[T any](r *reader, s []T, start int) []T {
	if len(s)-start > maxResults {
		r.note(CodeTooMany, "")
		return s[:len(s)-1]
	}
	return s
}

// required are the elements of a row without which it says little.
var required = []element{elSourceIP, elCount, elEvaluated, elEvaluatedDKIM, elEvaluatedSPF, elHeaderFrom}

func (r *reader) endRecord() {
	r.report.Records++
	row := &r.row
	row.DKIM = r.dkim[r.starts.dkim:len(r.dkim):len(r.dkim)]
	row.SPF = r.spf[r.starts.spf:len(r.spf):len(r.spf)]
	if len(r.reasons) > r.starts.reasons {
		row.Evaluated.Reasons = r.reasons[r.starts.reasons:len(r.reasons):len(r.reasons)]
	}
	for _, el := range required {
		if r.seen&(1<<el) == 0 {
			r.note(CodeMissingElement, elementNames[el])
		}
	}
	dkim, spf := row.Evaluated.DKIM == StatusPass, row.Evaluated.SPF == StatusPass
	for i := range row.DKIM {
		dkim = dkim && row.DKIM[i].Result != StatusPass
	}
	for i := range row.SPF {
		spf = spf && row.SPF[i].Result != StatusPass
	}
	if dkim {
		r.note(CodeInconsistent, "dkim: "+row.SourceIP.String())
	}
	if spf {
		r.note(CodeInconsistent, "spf: "+row.SourceIP.String())
	}
}

// requiredHead are those that each report must have.
var requiredHead = []element{elMetadata, elOrgName, elReportID, elBegin, elEnd, elPolicy, elPolicyDomain}

// finish looks at the report as a whole.
func (r *reader) finish() {
	r.head |= r.seen
	for _, el := range requiredHead {
		if r.head&(1<<el) == 0 {
			r.note(CodeMissingElement, elementNames[el])
		}
	}
	if r.report.Records == 0 {
		r.note(CodeEmpty, "")
	}
	if r.texts.wrong {
		r.note(CodeEncoding, "encoding="+clean(r.texts.declared))
	}
	if r.scan.Sloppy > 0 {
		r.note(CodeEntity, "")
	}
	r.lookAhead()
	for _, e := range r.report.Metadata.Errors {
		r.note(CodeReporterError, e)
	}
	r.mismatch()
	r.report.Findings = r.findings()
}
