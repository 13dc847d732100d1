package main

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/mailworthy/mailworthy"
)

// reportText writes reports for people.
func reportText(reports []report, width int) string {
	b := page{width: width}
	for i, r := range reports {
		if i > 0 {
			b.WriteString("\n\n")
		}
		title := cmp.Or(r.Message, r.Domain)
		fmt.Fprintf(&b, "%s: %s\n%s\n", title, count(r), strings.Repeat("=", utf8.RuneCountInString(title)))
		for _, s := range r.Sections {
			printSection(&b, s)
		}
	}
	return b.String()
}

func printSection(b *page, s section) {
	shown := s.details
	if shown == nil {
		shown = plain{}
	}
	b.WriteByte('\n')
	head := fmt.Sprintf("%-11s %-7s ", s.Check, mark(s))
	b.wrap(head, strings.Repeat(" ", len(head)), s.Verdict)
	before := b.Len()
	shown.above(b)
	if b.Len() > before && len(s.Facts) > 0 {
		b.WriteByte('\n')
	}
	for _, fact := range s.Facts {
		b.wrap(margin, margin+"  ", fact)
	}
	shown.below(b)
	evidence := make(map[string]int)
	for i, f := range s.Findings {
		printFinding(b, i+1, f, evidence)
	}
	shown.last(b)
}

// mark names what calls for action. Nothing is in order of which something is not known.
func mark(s section) string {
	switch {
	case s.Unknown == wholly && s.proven() < mailworthy.Warning:
		return "UNKNOWN"
	case s.Severity >= mailworthy.Warning:
		return strings.ToUpper(s.Severity.String())
	case s.Unknown == partly:
		return "PARTLY"
	}
	return "OK"
}

// printFinding writes what is wrong, what proves it, and what to do. Long evidence is shown
// by the first finding that rests on it: shown has the numbers of these.
func printFinding(b *page, number int, f mailworthy.Finding, shown map[string]int) {
	b.WriteByte('\n')
	b.wrap(fmt.Sprintf("  %2d.  %s: ", number, f.Severity), margin, f.Message)
	at := spanLine(f)
	for i, e := range f.Evidence {
		label := margin + "seen:   "
		if i > 0 {
			label = margin + "        "
		}
		what, _, record := strings.Cut(e, ` "`)
		switch before := shown[e]; {
		case i == at:
			printSpan(b, label, e, f)
		case before > 0 && record && utf8.RuneCountInString(label+e) > b.width:
			b.wrapEvidence(label, margin+"          ", fmt.Sprintf("%s, as in %d.", what, before))
		default:
			b.wrapEvidence(label, margin+"          ", e)
			shown[e] = number
		}
	}
	if f.Remedy != "" {
		b.wrapRecords(margin+"do:     ", margin+"        ", f.Remedy)
	}
	b.wrap(margin+"source: ", margin+"        ", f.Ref+" ["+string(f.Code)+"]")
}

// spanLine returns the index of the evidence that a finding's span is in: the only
// one that shows the record of its subject. Without one it is -1.
func spanLine(f mailworthy.Finding) int {
	at := -1
	for i, e := range f.Evidence {
		if strings.HasPrefix(e, recordStart(f)) {
			if at >= 0 {
				return -1
			}
			at = i
		}
	}
	if f.Span.Length == 0 {
		return -1
	}
	return at
}

func recordStart(f mailworthy.Finding) string { return f.Subject + ` TXT "` }

// Of a record with more lines than this only those around the span are shown.
const maxSpanLines = 4

// printSpan writes a record with carets under the part that a finding is about.
func printSpan(b *page, label, text string, f mailworthy.Finding) {
	skip := len(recordStart(f))
	start := skip + escaped(text[skip:], f.Span.Offset)
	end := max(skip+escaped(text[skip:], f.Span.Offset+f.Span.Length), start+1)
	indent := strings.Repeat(" ", len(label))
	parts := lines(text, b.width-len(label))
	for i, p := range parts {
		pEnd := p.start + len(p.text)
		here := start < pEnd && p.start < end
		before := i+1 < len(parts) && start >= parts[i+1].start
		if len(parts) > maxSpanLines && i > 0 && (before || p.start >= end) {
			if i == 1 || i == len(parts)-1 {
				b.WriteString(indent + "...\n")
			}
			continue
		}
		p = p.window(start, b.width-len(indent))
		b.WriteString(label + p.text + "\n")
		label = indent
		if here {
			from, to := max(start, p.start)-p.start, min(end, p.start+len(p.text))-p.start
			b.WriteString(indent + strings.Repeat(" ", from) + strings.Repeat("^", to-from) + "\n")
		}
	}
}

// escaped returns how many octets n octets take in the escaped form of findings.
func escaped(text string, n int) int {
	at := 0
	for ; n > 0 && at < len(text); n-- {
		switch {
		case text[at] != '\\' || at+1 == len(text):
			at++
		case '0' <= text[at+1] && text[at+1] <= '9':
			at += 4
		default:
			at += 2
		}
	}
	return min(at, len(text))
}

func count(r report) string {
	var n [4]int
	for _, s := range r.Sections {
		for _, f := range s.Findings {
			n[min(f.Severity, mailworthy.Error)]++
		}
	}
	var parts []string
	for _, k := range []struct {
		severity mailworthy.Severity
		what     string
	}{{mailworthy.Error, "error"}, {mailworthy.Warning, "warning"}, {mailworthy.Info, "note"}} {
		if n[k.severity] > 0 {
			parts = append(parts, plural(n[k.severity], k.what))
		}
	}
	var unknown []string
	for _, s := range r.Sections {
		switch s.Unknown {
		case wholly:
			unknown = append(unknown, s.Check+" unknown")
		case partly:
			unknown = append(unknown, s.Check+" partly unknown")
		}
	}
	switch {
	case n[mailworthy.Error]+n[mailworthy.Warning] > 0:
	case len(unknown) > 0:
		parts = append([]string{"nothing found wrong"}, parts...)
	default:
		parts = append([]string{"nothing wrong"}, parts...)
	}
	return strings.Join(append(parts, unknown...), ", ")
}
