package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/mailworthy/mailworthy"
)

const width = 88

// printReports writes reports for people.
func printReports(w io.Writer, reports []report) error {
	var b strings.Builder
	for i, r := range reports {
		if i > 0 {
			b.WriteString("\n\n")
		}
		domain := printable(r.Domain)
		fmt.Fprintf(&b, "%s: %s\n%s\n", domain, count(r), strings.Repeat("=", len(domain)))
		for _, s := range r.Sections {
			printSection(&b, s)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// printable quotes a domain that would do something to a terminal.
func printable(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}

func printSection(b *strings.Builder, s section) {
	fmt.Fprintf(b, "\n%-6s %s  %s\n", s.Check, mark(s.Severity), s.Verdict)
	for _, fact := range s.Facts {
		wrap(b, "       ", "         ", fact)
	}
	for i, f := range s.Findings {
		b.WriteByte('\n')
		wrap(b, fmt.Sprintf("  %2d.  ", i+1), "       ", f.Message)
		for j, e := range f.Evidence {
			label := "       seen:   "
			if j > 0 {
				label = "               "
			}
			wrap(b, label, "                 ", e)
		}
		if f.Remedy != "" {
			wrap(b, "       do:     ", "               ", f.Remedy)
		}
		wrap(b, "       source: ", "               ", f.Ref+" ["+string(f.Code)+"]")
	}
}

func mark(s mailworthy.Severity) string {
	if s == mailworthy.None {
		return "OK     "
	}
	return fmt.Sprintf("%-7s", strings.ToUpper(s.String()))
}

func count(r report) string {
	errors, warnings := 0, 0
	for _, s := range r.Sections {
		for _, f := range s.Findings {
			switch f.Severity {
			case mailworthy.Error:
				errors++
			case mailworthy.Warning:
				warnings++
			}
		}
	}
	switch {
	case r.Severity > mailworthy.Info && errors+warnings == 0:
		return "not checked"
	case errors+warnings == 0:
		return "nothing wrong"
	}
	return fmt.Sprintf("%s, %s", plural(errors, "error"), plural(warnings, "warning"))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// wrap writes text in lines of at most width columns. A longer word, such as a
// record, is left whole so that it can be copied.
func wrap(b *strings.Builder, first, next, text string) {
	line := first
	empty := true
	for word := range strings.SplitSeq(text, " ") {
		if !empty && len(line)+1+len(word) > width {
			b.WriteString(line + "\n")
			line, empty = next, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}
