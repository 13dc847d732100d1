package main

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/spf"
)

const width = 88

// reportText writes reports for people.
func reportText(reports []report) string {
	var b strings.Builder
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

func printSection(b *strings.Builder, s section) {
	b.WriteByte('\n')
	wrap(b, fmt.Sprintf("%-6s %s ", s.Check, mark(s)), margin+"         ", s.Verdict)
	if s.SPF != nil {
		if s.SPF.Report.Tree.Record != "" {
			b.WriteByte('\n')
			printTree(b, s.SPF.Report)
		}
		b.WriteByte('\n')
	}
	for _, fact := range s.Facts {
		wrap(b, margin, margin+"  ", fact)
	}
	if s.DKIM != nil {
		printDKIM(b, s.DKIM)
	}
	if s.DMARC != nil {
		printDMARC(b, s.DMARC)
	}
	if s.RDNS != nil {
		printRDNS(b, s.RDNS)
	}
	if s.SPF != nil {
		printSenders(b, s.SPF.Senders)
	}
	for i, f := range s.Findings {
		printFinding(b, i+1, f)
	}
	if s.SPF != nil && s.SPF.Plan != nil {
		printPlan(b, s.SPF.Plan)
	}
	if s.DMARC != nil {
		printNext(b, s.DMARC)
	}
}

// mark names what calls for action.
func mark(s section) string {
	switch {
	case s.undecided():
		return "UNKNOWN"
	case s.Severity < mailworthy.Warning:
		return "OK     "
	}
	return fmt.Sprintf("%-7s", strings.ToUpper(s.Severity.String()))
}

// printPlan writes the records to publish, in lines to copy, and what they do.
func printPlan(b *strings.Builder, p *spf.Proposal) {
	b.WriteByte('\n')
	wrap(b, margin, margin, fmt.Sprintf("To publish at %s in place of its SPF records (%s of %d):",
		domainText(p.Domain), plural(p.Lookups, "lookup"), lookupLimit))
	for _, r := range p.Records {
		b.WriteString(margin + escape(r.String()) + "\n")
	}
	if f := p.Findings.Worst(); f >= mailworthy.Warning {
		wrap(b, margin, margin, "It is not all that is needed: an audit of it would still find fault.")
	}
}

// printFinding writes what is wrong, what proves it, and what to do.
func printFinding(b *strings.Builder, number int, f mailworthy.Finding) {
	b.WriteByte('\n')
	wrap(b, fmt.Sprintf("  %2d.  %s: ", number, f.Severity), margin, f.Message)
	at := spanLine(f)
	for i, e := range f.Evidence {
		label := margin + "seen:   "
		if i > 0 {
			label = margin + "        "
		}
		if i == at {
			printSpan(b, label, e, f)
		} else {
			wrapEvidence(b, label, margin+"          ", e)
		}
	}
	if f.Remedy != "" {
		wrapRecords(b, margin+"do:     ", margin+"        ", f.Remedy)
	}
	wrap(b, margin+"source: ", margin+"        ", f.Ref+" ["+string(f.Code)+"]")
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
func printSpan(b *strings.Builder, label, text string, f mailworthy.Finding) {
	skip := len(recordStart(f))
	start := skip + escaped(text[skip:], f.Span.Offset)
	end := max(skip+escaped(text[skip:], f.Span.Offset+f.Span.Length), start+1)
	indent := strings.Repeat(" ", len(label))
	parts := lines(text, width-len(label))
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
		p = p.window(start, width-len(indent))
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
	if n[mailworthy.Error]+n[mailworthy.Warning] == 0 {
		parts = append([]string{"nothing wrong"}, parts...)
	}
	for _, s := range r.Sections {
		if s.undecided() {
			parts = append(parts, s.Check+" unknown")
		}
	}
	return strings.Join(parts, ", ")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// wrap writes text in lines of at most width columns. A longer word is left whole
// so that it can be copied.
func wrap(b *strings.Builder, first, next, text string) {
	wrapWords(b, first, next, strings.Split(text, " "))
}

// wrapEvidence does the same, but leaves out the middle of longer words: of keys.
func wrapEvidence(b *strings.Builder, first, next, text string) {
	words := strings.Split(text, " ")
	for i, word := range words {
		words[i] = shorten(word, width-len(next))
	}
	wrapWords(b, first, next, words)
}

// wrapRecords does the same as wrap, and leaves quoted records whole.
func wrapRecords(b *strings.Builder, first, next, text string) {
	const start = `"v=`
	var words []string
	for {
		i := strings.Index(text, start)
		if i < 0 {
			break
		}
		end := strings.IndexByte(text[i+1:], '"')
		if end < 0 {
			break
		}
		end += i + 2
		if n := strings.IndexByte(text[end:], ' '); n >= 0 {
			end += n // with the punctuation behind it
		} else {
			end = len(text)
		}
		words = append(words, quotedFields(text[:i], width-len(next))...)
		words = append(words, text[i:end])
		text = text[end:]
	}
	wrapWords(b, first, next, append(words, quotedFields(text, width-len(next))...))
}

// quotedFields cuts a text at blanks, but leaves quoted parts of up to n columns whole.
func quotedFields(text string, n int) (out []string) {
	fields := strings.Fields(text)
	for i := 0; i < len(fields); i++ {
		word := fields[i]
		if strings.Count(word, `"`) == 1 {
			for j := i + 1; j < len(fields) && len(word) <= n; j++ {
				if word += " " + fields[j]; strings.Contains(fields[j], `"`) {
					if len(word) <= n {
						i = j
						fields[i] = word
					}
					break
				}
			}
		}
		out = append(out, fields[i])
	}
	return out
}

func wrapWords(b *strings.Builder, first, next string, words []string) {
	line := first
	for i, word := range words {
		if i > 0 && line != next {
			if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
				b.WriteString(strings.TrimRight(line, " ") + "\n")
				line = next
			} else {
				line += " "
			}
		}
		line += word
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}

// part is a line of a longer text.
type part struct {
	text  string
	start int
}

// lines cuts an ASCII text at blanks into lines of at most n columns, or longer
// where there is no blank.
func lines(text string, n int) []part {
	var out []part
	start := 0
	for len(text)-start > n {
		cut := strings.LastIndexByte(text[start:start+n+1], ' ')
		if cut <= 0 {
			cut = strings.IndexByte(text[start+n:], ' ')
			if cut < 0 {
				break
			}
			cut += n
		}
		out = append(out, part{text[start : start+cut], start})
		start += cut + 1
	}
	return append(out, part{text[start:], start})
}

// window cuts a part that is longer than n to what is around a place.
func (p part) window(at, n int) part {
	if len(p.text) <= n {
		return p
	}
	from := min(max(at-p.start-n/4, 0), len(p.text)-n)
	text := p.text[from : from+n]
	if from > 0 {
		text = "..." + text[3:]
	}
	if from+n < len(p.text) {
		text = text[:n-3] + "..."
	}
	return part{text, p.start + from}
}

// terminal makes sure of what the parts of the program promise: that nothing but
// text reaches a terminal. Control characters, those that change the direction of
// writing and broken UTF-8 become escapes.
func terminal(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\%03d`, s[i])
		case r == '\n' || unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// asciiJSON escapes what encoding/json lets through: DEL, and all that is not
// ASCII, which can only stand in strings.
func asciiJSON(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		case r >= 0x7F:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
