package report

import (
	"strconv"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy/internal/name"
)

// FileName is what the name of a file says (RFC 9990 section 3.5.2). All but Name are
// empty when it is not formed as it should be.
type FileName struct {
	// Name is escaped, and must not be used as the path of a file.
	Name     string    `json:"name,omitzero"`
	Receiver string    `json:"receiver,omitzero"`
	Domain   string    `json:"domain,omitzero"`
	Begin    time.Time `json:"begin,omitzero"`
	End      time.Time `json:"end,omitzero"`
	UniqueID string    `json:"unique_id,omitzero"`
}

// parseFileName reads "receiver!domain!begin!end!id.xml.gz".
func parseFileName(file string) FileName {
	f := FileName{Name: clip(clean(strings.ToValidUTF8(file, "\ufffd")))}
	parts := strings.Split(file, "!")
	if len(parts) != 4 && len(parts) != 5 {
		return f
	}
	last := len(parts) - 1
	for _, extension := range []string{".gz", ".zip", ".xml"} {
		if at := len(parts[last]) - len(extension); at >= 0 && strings.EqualFold(parts[last][at:], extension) {
			parts[last] = parts[last][:at]
		}
	}
	receiver, err1 := name.Normalize(parts[0])
	domain, err2 := name.Normalize(parts[1])
	begin, err3 := strconv.ParseUint(parts[2], 10, 40)
	end, err4 := strconv.ParseUint(parts[3], 10, 40)
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
		return f
	}
	f.Receiver, f.Domain = receiver, domain
	f.Begin, f.End = between(time.Unix(int64(begin), 0).UTC()), between(time.Unix(int64(end), 0).UTC())
	if last == 4 {
		f.UniqueID = clip(clean(parts[4]))
	}
	return f
}

// Subject is what the subject of a mail says (RFC 9990 section 3.5.2).
type Subject struct {
	Domain    string `json:"domain,omitzero"`
	Submitter string `json:"submitter,omitzero"`
	ReportID  string `json:"report_id,omitzero"`
}

// parseSubject reads "Report Domain: a Submitter: b Report-ID: c", in any order and
// case, with any text before it.
func parseSubject(subject string) Subject {
	var s Subject
	words := strings.Fields(strings.ToValidUTF8(subject, "\ufffd"))
	for i := 0; i+1 < len(words); i++ {
		value, ok := unbraced(words[i+1])
		if !ok {
			continue
		}
		switch strings.ToLower(words[i]) {
		case "domain:":
			s.Domain = domainOf(value)
		case "submitter:":
			s.Submitter = domainOf(value)
		case "report-id:":
			s.ReportID = clip(clean(bare(value)))
		}
	}
	return s
}

// unbraced is a value without the braces around each that Amazon SES writes. One of
// several words is none that is looked for.
func unbraced(word string) (value string, ok bool) {
	value, open := strings.CutPrefix(word, "{")
	value, closed := strings.CutSuffix(value, "}")
	return value, open == closed
}

func domainOf(word string) string {
	if d, err := name.Normalize(word); err == nil {
		return d
	}
	return ""
}

// bare is an identifier without the brackets that it may have.
func bare(id string) string {
	return strings.TrimSuffix(strings.TrimPrefix(id, "<"), ">")
}

// mismatch notes when the mail or the name of the file belongs to another report.
func (r *reader) mismatch() {
	report := r.report
	domain := report.Policy.Domain
	if d := report.File.Domain; d != "" && domain != "" && d != domain {
		r.note(CodeMismatch, "file name: domain "+d)
	}
	if d := report.Subject.Domain; d != "" && domain != "" && d != domain {
		r.note(CodeMismatch, "subject: domain "+d)
	}
	id, reportID := report.Subject.ReportID, bare(report.Metadata.ReportID)
	if id != "" && reportID != "" && id != clip(reportID) {
		r.note(CodeMismatch, "subject: report id "+id)
	}
}
