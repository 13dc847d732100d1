package dmarc

import (
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
)

// version is how every record starts.
const version = "v=DMARC1"

// Parse reads the text of a DMARC record (RFC 9989 section 4.8). The error is a
// *[SyntaxError] for a text that is no such record, because it does not start with
// v=DMARC1; nobody else's TXT record is one by accident. Whatever else is wrong with
// it leaves a record of which receivers use the rest, so it is in Findings.
//
// RFC 9989 leaves open what a tag means that stands twice: by RFC 6376 section 3.2
// the list is void, by its own section 4.8 errors are ignored one by one. Most
// receivers take the last, and so does Parse; the finding is an error.
func Parse(text string) (*Record, error) {
	end, err := parseVersion(text)
	if err != nil {
		return nil, err
	}
	return parse(text, end), nil
}

// parse reads a record whose version tag ends at end.
func parse(text string, end int) *Record {
	p := parser{text: text}
	if tags := strings.Count(text, ";") + 1; tags <= len(shortRecord{}.tags) {
		short := new(shortRecord)
		p.rec, p.spare = &short.rec, short.uris[:0]
		p.rec.Tags = short.tags[:0]
	} else {
		p.rec = &Record{Tags: make([]Tag, 0, min(tags, 64))}
	}
	p.parse(end)
	return p.rec
}

// shortRecord is a record of few tags with the memory for what it holds, as most are.
type shortRecord struct {
	rec  Record
	tags [5]Tag
	uris [1]URI
}

// IsRecord reports whether a text is a DMARC record for [Parse], whatever is wrong
// with it otherwise.
func IsRecord(text string) bool { return versionEnd(text) >= 0 }

// versionEnd returns where the version tag of a record ends, which is at a semicolon
// or the end of the text, and -1 when the text is no record. The tag must be the
// first, and its value is case-sensitive (RFC 9989 section 4.7); the name is, too, as
// in all tag-lists of RFC 6376. Blanks around its parts are allowed there.
func versionEnd(text string) int {
	i := skipBlanks(text, 0)
	if i == len(text) || text[i] != 'v' {
		return -1
	}
	i = skipBlanks(text, i+1)
	if i == len(text) || text[i] != '=' {
		return -1
	}
	i = skipBlanks(text, i+1)
	if !strings.HasPrefix(text[i:], "DMARC1") {
		return -1
	}
	i = skipBlanks(text, i+len("DMARC1"))
	if i < len(text) && text[i] != ';' {
		return -1
	}
	return i
}

// parseVersion is versionEnd, and says what is wrong.
func parseVersion(text string) (int, error) {
	end := versionEnd(text)
	if end >= 0 {
		return end, nil
	}
	fail := func(at int, reason string) (int, error) {
		return 0, &SyntaxError{Text: text, Offset: at, Reason: reason}
	}
	i := skipBlanks(text, 0)
	first := text[i:]
	if at := strings.IndexByte(first, ';'); at >= 0 {
		first = first[:at]
	}
	tag, value, found := strings.Cut(first, "=")
	at := i + len(tag) + 1
	at = skipBlanks(text, min(at, len(text)))
	value = strings.Trim(value, " \t")
	switch {
	case strings.Trim(tag, " \t") == "V":
		return fail(i, `the name of the first tag must be "v" in lower case`)
	case strings.Trim(tag, " \t") != "v" || !found:
		return fail(i, `a DMARC record starts with "v=DMARC1"`)
	case strings.EqualFold(value, "DMARC1"):
		return fail(at, `the version must be "DMARC1" in upper case`)
	case strings.HasPrefix(value, "DMARC1"):
		return fail(at+len("DMARC1"), `a semicolon must follow "v=DMARC1"`)
	}
	return fail(at, `the version must be "DMARC1"`)
}

func skipBlanks(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
		i++
	}
	return i
}

func trimRight(s string) string {
	n := len(s)
	for n > 0 && (s[n-1] == ' ' || s[n-1] == '\t') {
		n--
	}
	return s[:n]
}

// maxFindings bounds the findings about one record: the rest tells nothing new.
const maxFindings = 50

// parser reads the tags behind the version.
type parser struct {
	text   string
	rec    *Record
	spare  []URI           // room for the first tag that has any
	clean  bool            // nothing in the text needs to be escaped, as in nearly all records
	seen   uint32          // the known tags, by tagID
	others map[string]bool // the unknown ones
	// The tag being read: its name and value, and where they stand.
	name, value string
	nameAt, at  int
}

func (p *parser) parse(versionEnd int) {
	r := p.rec
	r.Text = name.Escape(p.text)
	p.clean = len(r.Text) == len(p.text)
	r.PSD, r.DKIM, r.SPF = PSDUnspecified, Relaxed, Relaxed
	p.seen = 1 << tagV
	versionAt := skipBlanks(p.text, 0)
	p.keep("v", "DMARC1", versionAt, len(trimRight(p.text[:versionEnd])))
	if versionAt > 0 {
		p.find(CodeSpacing, 0, versionAt, "Blanks stand before the version, where the grammar has none; some receivers miss such a record.",
			`Start the record with "v=DMARC1".`)
	}
	for at := versionEnd + 1; at <= len(p.text); {
		end := len(p.text)
		if i := strings.IndexByte(p.text[at:], ';'); i >= 0 {
			end = at + i
		}
		p.tag(at, end)
		at = end + 1
	}
	p.finish()
}

// tag reads what stands between two semicolons.
func (p *parser) tag(start, end int) {
	start = skipBlanks(p.text[:end], start)
	piece := trimRight(p.text[start:end])
	if piece == "" {
		if end < len(p.text) { // RFC 9989 section 4.8: a semicolon at the end is optional.
			p.find(CodeSyntax, start, 1, "Two semicolons stand together, with no tag between them.", "Remove one of them.")
		}
		return
	}
	n := 0
	for n < len(piece) && (alphanumeric(piece[n]) || piece[n] == '_') {
		n++
	}
	equals := skipBlanks(piece, n)
	if n == 0 || equals == len(piece) || piece[equals] != '=' {
		p.find(CodeSyntax, start, len(piece), "What stands here has not the form name=value, and is ignored.",
			"Correct or remove it. Tags are separated by semicolons.", piece)
		return
	}
	p.name, p.nameAt = piece[:n], start
	v := skipBlanks(piece, equals+1)
	p.value, p.at = piece[v:], start+v
	p.keep(p.name, p.value, start, start+len(piece))
	p.known()
}

func (p *parser) keep(tag, value string, start, end int) {
	if !p.clean {
		value = name.Escape(value)
	}
	p.rec.Tags = append(p.rec.Tags, Tag{
		Name: tag, Value: value, Span: mailworthy.Span{Offset: start, Length: end - start},
	})
}

// known takes the value of a tag over into the record.
func (p *parser) known() {
	id := idOf(p.name)
	if p.repeated(id) {
		p.find(CodeDuplicateTag, p.nameAt, p.length(),
			"The tag "+cut(p.name)+"= stands more than once. Some receivers then ignore the whole record, most others all but the last.",
			"Keep one "+cut(p.name)+"= and remove the others.")
	}
	// A list of addresses is judged address by address: one that is valid counts,
	// whatever stands beside it (RFC 9989 section 4.10.1), and a tab may stand there.
	list := id == tagRUA || id == tagRUF
	if !p.clean && id != tagUnknown && !list && badOctet(p.value) >= 0 {
		i := badOctet(p.value)
		p.clear(id)
		p.invalid(id)
		p.find(CodeBadValue, p.at+i, 1, "The value of "+p.name+"= holds a character that no record may hold, so that it is ignored.",
			"Write the value anew, in ASCII.", p.shown())
		return
	}
	r := p.rec
	switch id {
	case tagUnknown:
		p.unknown()
	case tagV:
	case tagP:
		r.Policy = p.policy(id)
	case tagSP:
		r.Subdomain = p.policy(id)
	case tagNP:
		r.Nonexistent = p.policy(id)
	case tagPSD:
		r.PSD = PSD(p.oneOf(id, "u", "y", "n", "u"))
	case tagT:
		r.Testing = p.oneOf(id, "n", "y", "n") == "y"
	case tagADKIM:
		r.DKIM = alignmentOf(p.oneOf(id, "r", "r", "s"))
	case tagASPF:
		r.SPF = alignmentOf(p.oneOf(id, "r", "r", "s"))
	case tagFO:
		r.FailureOptions = p.failureOptions()
	case tagRUA:
		r.Aggregate = p.uris(id)
	case tagRUF:
		r.Failure = p.uris(id)
	default:
		p.removed(id)
	}
}

// length is how long the tag being read is, from its name to the end of its value.
func (p *parser) length() int { return p.at + len(p.value) - p.nameAt }

// repeated reports whether a tag was seen before, and remembers it. A second one
// takes the place of the first.
func (p *parser) repeated(id tagID) bool {
	if id == tagUnknown {
		if p.others[p.name] {
			return true
		}
		if p.others == nil {
			p.others = make(map[string]bool)
		}
		p.others[p.name] = true
		return false
	}
	bit := uint32(1) << id
	seen := p.seen&bit != 0
	p.seen |= bit
	if seen {
		p.clear(id)
	}
	return seen
}

// clear takes back what an earlier tag of the same name, or a value that is not
// valid, said.
func (p *parser) clear(id tagID) {
	r := p.rec
	switch id {
	case tagUnknown, tagV:
	case tagP:
		r.Policy = ""
	case tagSP:
		r.Subdomain = ""
	case tagNP:
		r.Nonexistent = ""
	case tagPSD:
		r.PSD = PSDUnspecified
	case tagT:
		r.Testing = false
	case tagADKIM:
		r.DKIM = Relaxed
	case tagASPF:
		r.SPF = Relaxed
	case tagFO:
		r.FailureOptions = nil
	case tagRUA:
		r.Aggregate = nil
	case tagRUF:
		r.Failure = nil
	case tagPCT:
		r.Percent = nil
	case tagRF:
		r.Formats = nil
	case tagRI:
		r.IntervalSeconds = nil
	}
	for i, n := range r.Invalid {
		if n == p.name {
			r.Invalid = append(r.Invalid[:i], r.Invalid[i+1:]...)
			break
		}
	}
}

// invalid notes that the default of a tag counts.
func (p *parser) invalid(id tagID) {
	if id < tagPCT && !p.rec.invalid(p.name) {
		p.rec.Invalid = append(p.rec.Invalid, p.name)
	}
}

// finish judges the record as a whole.
func (p *parser) finish() {
	r := p.rec
	if p.seen&(1<<tagP) == 0 {
		message := "The record has no p= and no valid rua=, so that receivers apply no DMARC."
		if len(r.Aggregate) > 0 {
			message = "The record has no p=; since it asks for reports, receivers take it as p=none."
		}
		p.find(CodeNoPolicy, 0, 0, message, "Write the policy behind the version: "+version+"; p=none.")
	}
	if p.seen&(1<<tagFO) != 0 && p.seen&(1<<tagRUF) == 0 {
		p.find(CodeFailureOptions, 0, 0, "The record has fo= without ruf=; receivers ignore it.", "Remove fo=, or say in ruf= where failure reports are wanted.")
	}
}

// shown is the tag being read as evidence, not all of it if it is long.
func (p *parser) shown() string { return cut(p.name) + "=" + cut(p.value) }

// find adds a finding about a part of the text. Evidence is what stands there.
func (p *parser) find(code mailworthy.Code, at, length int, message, remedy string, evidence ...string) {
	if len(p.rec.Findings) >= maxFindings {
		return
	}
	f := rules.Finding(code, "")
	f.Message, f.Remedy = name.Escape(message), name.Escape(remedy)
	f.Span = mailworthy.Span{Offset: at, Length: length}
	if len(evidence) == 0 {
		evidence = []string{p.text[at : at+length]}
		if length == 0 {
			evidence[0] = p.text
		}
	}
	for _, e := range evidence {
		f.Evidence = append(f.Evidence, name.Escape(cut(e)))
	}
	p.rec.Findings = append(p.rec.Findings, f)
}

// maxShown is how much of a text from outside is shown.
const maxShown = 200

func cut(s string) string { return s[:min(len(s), maxShown)] }

// badOctet returns where a value holds what none may (RFC 9989 section 4.8), or -1.
func badOctet(s string) int {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return i
		}
	}
	return -1
}

func alphanumeric(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
}
