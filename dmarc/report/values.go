package report

import (
	"math"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/mailworthy/mailworthy"
)

func (r *reader) disposition(raw []byte) Disposition {
	switch string(raw) {
	case "none":
		return None
	case "quarantine":
		return Quarantine
	case "reject":
		return Reject
	}
	d := Disposition(r.texts.token(raw))
	switch d {
	case None, Quarantine, Reject:
	case Passed:
		if r.top() == elDisposition {
			break
		}
		fallthrough
	default:
		r.strange(string(d))
	}
	return d
}

// result is a result of SPF or DKIM.
func (r *reader) result(raw []byte) Status {
	switch string(raw) {
	case "pass":
		return StatusPass
	case "fail":
		return StatusFail
	}
	v := Status(r.texts.token(raw))
	switch v {
	case StatusPass, StatusFail:
	case StatusNone, StatusPolicy, StatusNeutral, StatusSoftFail, StatusTempError, StatusPermError:
		if r.top() == elEvaluatedDKIM || r.top() == elEvaluatedSPF {
			r.strange(string(v)) // Only pass and fail say anything on alignment.
		}
	default:
		// What RFC 4408 and early drafts called them.
		switch v {
		case "hardfail":
			v = StatusFail
		case "unknown":
			v = StatusTempError
		case "error":
			v = StatusPermError
		default:
		}
		r.strange(string(raw))
	}
	return v
}

func (r *reader) override(raw []byte) Override {
	v := Override(r.texts.token(raw))
	switch v {
	case OverrideForwarded, OverrideSampledOut, OverrideTrustedForwarder, OverrideMailingList,
		OverrideLocalPolicy, OverrideTestMode, OverrideOther:
	default:
		r.strange(string(v))
	}
	return v
}

// oneOf is a value of a list.
func (r *reader) oneOf(raw []byte, known ...string) string {
	v := r.texts.token(raw)
	if !slices.Contains(known, v) {
		r.strange(v)
	}
	return v
}

func (r *reader) strange(value string) {
	r.note(CodeUnknownValue, elementNames[r.top()]+": "+clean(value))
}

// ipv4 reads an IPv4 address without a string, as most are.
func ipv4(raw []byte) (ip netip.Addr, ok bool) {
	var octets [4]byte
	at, digits, value := 0, 0, 0
	for _, c := range raw {
		switch {
		case c == '.' && digits > 0 && at < 3:
			octets[at] = byte(value)
			at, digits, value = at+1, 0, 0
		case c < '0' || c > '9' || digits > 0 && value == 0:
			return netip.Addr{}, false
		default:
			digits++
			if value = value*10 + int(c-'0'); value > 255 {
				return netip.Addr{}, false
			}
		}
	}
	octets[at] = byte(value)
	return netip.AddrFrom4(octets), at == 3 && digits > 0
}

// address reads an address.
func (r *reader) address(raw []byte) netip.Addr {
	if ip, ok := ipv4(raw); ok {
		return ip
	}
	if ip, ok := r.addrs[string(raw)]; ok {
		return ip
	}
	text := string(raw)
	if len(text) > 2 && text[0] == '[' && text[len(text)-1] == ']' {
		text = text[1 : len(text)-1]
	}
	if len(text) > 5 && (text[:5] == "IPv6:" || text[:5] == "ipv6:") {
		text = text[5:]
	}
	ip, err := netip.ParseAddr(text)
	if err != nil || ip.Zone() != "" {
		r.note(CodeAddress, clean(string(raw)))
		return netip.Addr{}
	}
	ip = ip.Unmap()
	if r.addrs == nil || len(r.addrs) >= maxInterned {
		r.addrs = make(map[string]netip.Addr)
	}
	r.addrs[string(raw)] = ip
	return ip
}

// absurd is a number of messages in a row that no receiver can have seen in a day.
const absurd = 10_000_000_000

// count reads a number of messages. One that does not fit is the largest that does.
func (r *reader) count(raw []byte) uint64 {
	n := uint64(0)
	digits := raw
	if len(digits) > 1 && digits[0] == '+' {
		digits = digits[1:]
	}
	for i, c := range digits {
		d := uint64(c - '0')
		switch {
		case c < '0' || c > '9':
			if i > 0 && zeros(digits[i:]) {
				return n // "12.0"
			}
			r.note(CodeCount, clean(string(raw)))
			return 0
		case n > (math.MaxUint64-d)/10:
			n = math.MaxUint64
			for _, c := range digits[i:] {
				if c < '0' || c > '9' {
					r.note(CodeCount, clean(string(raw)))
					return 0
				}
			}
			r.note(CodeCount, clean(string(raw)))
			return n
		}
		n = n*10 + d
	}
	if len(digits) == 0 || n > absurd {
		r.note(CodeCount, clean(string(raw)))
	}
	return n
}

// zeros recognises a fraction of nothing.
func zeros(raw []byte) bool {
	for _, c := range raw[1:] {
		if c != '0' {
			return false
		}
	}
	return raw[0] == '.'
}

// Times outside of these are no dates of reports, and those before first are of no real
// one: the example of RFC 9990 is of 1979. They are read, and count for nothing.
var (
	earliest = time.Unix(1, 0).UTC()
	first    = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// likely is a time at which there were reports, or zero.
func likely(t time.Time) time.Time {
	if t.Before(first) {
		return time.Time{}
	}
	return t
}

// date reads seconds since 1970, with what some reporters make of them: a sign, a
// fraction, milliseconds, or a date in letters.
func (r *reader) date(raw []byte) time.Time {
	text := clean(string(raw))
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil {
		for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02"} {
			if t, err := time.Parse(layout, text); err == nil {
				r.note(CodeDate, text)
				return between(t.UTC())
			}
		}
		r.note(CodeDate, text)
		return time.Time{}
	}
	if seconds >= 1e12 {
		r.note(CodeDate, text)
		seconds /= 1000
	}
	if !(seconds >= 0 && seconds < 1e11) { // Nor NaN.
		r.note(CodeDate, text)
		return time.Time{}
	}
	t := between(time.Unix(int64(seconds), 0).UTC())
	if likely(t).IsZero() {
		r.note(CodeDate, text)
	}
	return t
}

func between(t time.Time) time.Time {
	if t.Before(earliest) || t.After(latest) {
		return time.Time{}
	}
	return t
}

const (
	maxPeriod = 32 * 24 * time.Hour
	oneDay    = 24 * time.Hour
)

// period notes what is wrong with begin and end together.
func (r *reader) period() {
	m := &r.report.Metadata
	if m.Begin.IsZero() || m.End.IsZero() {
		return // That was noted.
	}
	text := m.Begin.Format(time.RFC3339) + " to " + m.End.Format(time.RFC3339)
	if m.End.Before(m.Begin) || m.End.Sub(m.Begin) > maxPeriod || m.End.After(r.opts.Time.Add(oneDay)) {
		r.note(CodeDate, text)
	}
}

// note is what was found of one kind.
type note struct {
	code     mailworthy.Code
	evidence []string
}

const maxEvidence = 5

// note remembers an occurrence of a finding.
func (r *reader) note(code mailworthy.Code, evidence string) {
	i := 0
	for i < len(r.notes) && r.notes[i].code != code {
		i++
	}
	if i == len(r.notes) {
		r.notes = append(r.notes, note{code: code})
	}
	n := &r.notes[i]
	evidence = clip(evidence)
	if len(n.evidence) < maxEvidence && evidence != "" && !slices.Contains(n.evidence, evidence) {
		n.evidence = append(n.evidence, evidence)
	}
}

// says is the message and the remedy of a finding about a report. What the reader of a
// report can do about its writer is to tell him.
var says = map[mailworthy.Code][2]string{
	CodeEncoding:       {"Texts are not in the encoding that the report declares.", "Tell the reporter, if the texts matter; they were read as UTF-8 or Windows-1252."},
	CodeEntity:         {"The report has ampersands that start no entity.", "Tell the reporter; they were read as ampersands."},
	CodeUnknownElement: {"The report has elements that are not of its format.", "Nothing; they were passed over."},
	CodeMissingElement: {"Required elements are missing.", "Take the figures with care, and tell the reporter."},
	CodeUnknownValue:   {"Values are none of those that the format has.", "Nothing; they were kept as they are."},
	CodeAddress:        {"A source is no IP address.", "Take the figures with care, and tell the reporter."},
	CodeCount:          {"A number of messages is none, or absurdly large.", "Leave the report out if it changes the sums: it is broken or forged."},
	CodeDate:           {"The reporting period is not usable or not plausible.", "Leave the report out if its time matters, and tell the reporter."},
	CodeDomain:         {"A name is no domain name.", "Nothing; it was kept as it is."},
	CodeVersion:        {"The version is none of those that are known.", "Take the figures with care."},
	CodeTrailing:       {"Something follows the end of the report.", "See whether the file was damaged on its way."},
	CodeTooMany:        {"A row has so many results that some were left out.", "Nothing; real mail has few signatures."},
	CodeInconsistent:   {"A row claims an aligned pass, but none of its results is a pass.", "Take the figures with care: the report is broken or forged."},
	CodeEmpty:          {"The report has no rows.", "Tell the reporter, if all of its reports are like this."},
	CodeMismatch:       {"The subject of the mail or the name of the file belongs to another report.", "See whether the mail is from the reporter that it names."},
	CodeFieldMissing:   {"Required fields are missing.", "Nothing; take the rest of the report for what it says."},
	CodeFieldRepeated:  {"Fields are there more often than they may be.", "Nothing; the first of each counts."},
	CodeFieldInvalid:   {"Fields have no valid values.", "Nothing; words were kept, and others left out."},
	CodeHeaderCut:      {"The header of the reported message is too large.", "Read the report itself if the rest of the header matters."},
	CodeReporterError:  {"The reporter had trouble with the published record.", "Check the domain's record, and correct what the reporter names."},
}

// findings returns what was noted.
func (r *reader) findings() mailworthy.Findings {
	out := make(mailworthy.Findings, 0, len(r.notes))
	for _, n := range r.notes {
		f := rules.Finding(n.code, r.report.Policy.Domain)
		f.Message, f.Remedy, f.Evidence = says[n.code][0], says[n.code][1], n.evidence
		out = append(out, f)
	}
	return out
}
