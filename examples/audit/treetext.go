package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/mailworthy/mailworthy/spf"
)

// The columns of the tree, from the left margin on.
const (
	widestText = 40 // of branches and term; longer ones push their notes away
	costColumn = 9
	lifeColumn = 8
)

// printTree writes the tree as text.
func printTree(b *page, rep spf.Report) {
	rows := rowsOf(rep)
	roomy := b.width - len(margin) - costColumn - lifeColumn
	most := min(widestText, roomy-20) // which leaves room for notes
	column := 0
	for _, r := range rows {
		if n := utf8.RuneCountInString(r.branch + r.text); n <= most {
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
