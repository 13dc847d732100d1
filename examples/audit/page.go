package main

import (
	"strings"
	"unicode/utf8"
)

// defaultWidth is how many columns a line has where that is not known.
const defaultWidth = 88

// margin is before all lines of a section but its first.
const margin = "       "

// page is a text for people, in lines of a width.
type page struct {
	strings.Builder
	width int
}

// table writes rows in columns, without those that are empty in all rows. The last
// column is wrapped, and the one with the number right stands at the right of its
// space; less than zero is none.
func (b *page) table(right int, rows ...[]string) {
	if len(rows) == 0 {
		return
	}
	last := len(rows[0]) - 1
	widths := make([]int, last)
	for _, row := range rows {
		for i := range widths {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	b.WriteByte('\n')
	for _, row := range rows {
		cells := []string{}
		for i, n := range widths {
			switch {
			case n == 0:
			case i == right:
				cells = append(cells, strings.Repeat(" ", n-utf8.RuneCountInString(row[i]))+row[i])
			default:
				cells = append(cells, pad(row[i], n))
			}
		}
		line := margin + strings.Join(append(cells, ""), "  ")
		b.wrap(line, strings.Repeat(" ", min(utf8.RuneCountInString(line), b.width*5/8)), row[last])
	}
}

// wrap writes text in lines of at most width columns. A longer word is left whole
// so that it can be copied.
func (b *page) wrap(first, next, text string) {
	b.wrapWords(first, next, strings.Split(text, " "))
}

// wrapEvidence does the same, but leaves out the middle of longer words: of keys.
func (b *page) wrapEvidence(first, next, text string) {
	words := strings.Split(text, " ")
	for i, word := range words {
		words[i] = shorten(word, b.width-len(next))
	}
	b.wrapWords(first, next, words)
}

// wrapRecords does the same as wrap, and leaves quoted records whole.
func (b *page) wrapRecords(first, next, text string) {
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
		words = append(words, quotedFields(text[:i], b.width-len(next))...)
		words = append(words, text[i:end])
		text = text[end:]
	}
	b.wrapWords(first, next, append(words, quotedFields(text, b.width-len(next))...))
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

func (b *page) wrapWords(first, next string, words []string) {
	line := first
	for i, word := range words {
		if i > 0 && line != next {
			if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > b.width {
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
	n = max(n, 1)
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
