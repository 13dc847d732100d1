package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/mailworthy/mailworthy/spf"
)

// The columns of the tree, from the left margin on.
const (
	margin     = "       "
	widestText = 40 // of branches and term; longer ones push their notes away
	costColumn = 9
	lifeColumn = 8
	roomy      = width - len(margin) - costColumn - lifeColumn
)

// printTree writes the tree as text.
func printTree(b *strings.Builder, rep spf.Report) {
	rows := rowsOf(rep)
	column := 0
	for _, r := range rows {
		if n := utf8.RuneCountInString(r.branch + r.text); n <= widestText {
			column = max(column, n)
		}
	}
	column += 2
	line := func(left, cost, ttl string) {
		text := margin + pad(left, roomy) + fmt.Sprintf("%*s%*s", costColumn, cost, lifeColumn, ttl)
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	line("", "lookups", "TTL")
	for _, r := range rows {
		left := r.branch + shorten(r.text, roomy-utf8.RuneCountInString(r.branch))
		notes := []part{{}}
		if len(r.notes) > 0 {
			notes = lines(strings.Join(r.notes, ", "), roomy-column)
		}
		if used := utf8.RuneCountInString(left); len(r.notes) > 0 && used+2+len(notes[0].text) > roomy {
			line(left, r.lookups, r.ttl)
			left, r.lookups, r.ttl = r.under, "", "" // The notes stand below.
		}
		for _, note := range notes {
			line(pad(left, column-2)+"  "+note.text, r.lookups, r.ttl)
			left, r.lookups, r.ttl = r.under, "", ""
		}
	}
	total := fmt.Sprintf("in all %d of %d", rep.Lookups, lookupLimit)
	if rep.Voids > 0 {
		total += fmt.Sprintf(", %d of %d void", rep.Voids, voidLimit)
	}
	fmt.Fprintf(b, "%s%*s\n", margin, roomy+costColumn, total)
}

// pad fills a text up to n columns.
func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(n-utf8.RuneCountInString(s), 0))
}

// shorten leaves out the middle of an ASCII text that is longer than n.
func shorten(s string, n int) string {
	n = max(n, 9)
	if len(s) <= n {
		return s
	}
	head := (n - 3) / 2
	return s[:head] + "..." + s[len(s)-(n-3-head):]
}
