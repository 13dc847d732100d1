package mailworthy

import (
	"fmt"
	"slices"
	"strings"
)

// Code identifies a kind of finding: the package and what was found, as in
// "spf.multiple-records". Codes are API: once published, a code keeps its
// meaning and is never used for another.
type Code string

// Finding is one thing that a check found out: what it is, what proves it, and
// what to do about it.
type Finding struct {
	// Code is what software compares. It is stable across versions.
	Code Code `json:"code"`
	// Severity is the check's own opinion; callers may override it by Code.
	Severity Severity `json:"severity"`
	// Subject is what the finding is about: a domain, an address, a host.
	Subject string `json:"subject,omitempty"`
	// Message says in one sentence what is wrong. Its text is not API.
	Message string `json:"message"`
	// Remedy says what the administrator does next, with the text of the record
	// to publish where one can be computed.
	Remedy string `json:"remedy,omitempty"`
	// Ref is the rule's source, as in "RFC 7208 section 4.5".
	Ref string `json:"ref,omitempty"`
	// Span says where in the record, or text, of Subject the trouble is. It is zero
	// when it is not in one place.
	Span Span `json:"span,omitzero"`
	// Evidence holds what was seen, verbatim but for control characters, which
	// are escaped.
	Evidence []string `json:"evidence,omitempty"`
	// Temporary is true when asking again later may give another result.
	Temporary bool `json:"temporary,omitzero"`
}

// String returns the finding in a line, for logs and tests: its severity, its code, what is
// wrong, and the remedy. Its form is not API.
func (f Finding) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s: %s %s", f.Severity, f.Code, f.Message, f.Remedy))
}

// Span is a part of a text, in octets.
type Span struct {
	Offset int `json:"offset"`
	Length int `json:"length"`
}

// Findings is a list of findings in the order in which they were made.
type Findings []Finding

// Worst returns the highest severity in fs, and [None] when fs is empty.
func (fs Findings) Worst() Severity {
	worst := None
	for i := range fs {
		worst = max(worst, fs[i].Severity)
	}
	return worst
}

// Has reports whether fs holds a finding with the given code.
func (fs Findings) Has(code Code) bool {
	return slices.ContainsFunc(fs, func(f Finding) bool { return f.Code == code })
}

// Temporary reports whether fs holds a finding that asking again later may mend. A
// verdict beside one is not to be relied on.
func (fs Findings) Temporary() bool {
	return slices.ContainsFunc(fs, func(f Finding) bool { return f.Temporary })
}

// Severity orders findings by how much they endanger delivery. The zero value is
// [None].
type Severity uint8

// The severities, from harmless to fatal.
const (
	// None means that nothing was found.
	None Severity = iota
	// Info is worth knowing; nothing has to be done.
	Info
	// Warning endangers delivery, or will.
	Warning
	// Error breaks the check for some or all mail.
	Error
)

var severityNames = [...]string{"none", "info", "warning", "error"}

// String returns the severity's name in lower case.
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return fmt.Sprintf("severity(%d)", uint8(s))
}

// MarshalText writes the name that [Severity.String] returns. It fails for a
// value that is none of the constants.
func (s Severity) MarshalText() ([]byte, error) {
	if int(s) >= len(severityNames) {
		return nil, fmt.Errorf("mailworthy: no severity %d", uint8(s))
	}
	return []byte(severityNames[s]), nil
}

// UnmarshalText reads what [Severity.MarshalText] writes.
func (s *Severity) UnmarshalText(text []byte) error {
	i := slices.Index(severityNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("mailworthy: no severity %q", text)
	}
	*s = Severity(i)
	return nil
}
