package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const width = 96

// reportText writes a report for people: the verdicts, the table, and what to do.
func reportText(rep report) string {
	var b strings.Builder
	c := rep.Campaign
	title := fmt.Sprintf("Preflight of %s mail from %s: %s", c.Class, c.Domain, spoken(rep.Verdict))
	fmt.Fprintf(&b, "%s\n%s\n\n", title, strings.Repeat("=", utf8.RuneCountInString(title)))
	for _, r := range rep.Receivers {
		why := ""
		for _, part := range []struct {
			label string
			rules []string
		}{{"failed", r.Failed}, {"not checkable", r.Unknown}, {"your word", r.Vouched}, {"failed, but only advised", r.Advised}} {
			if len(part.rules) > 0 {
				why += "; " + part.label + ": " + strings.Join(part.rules, ", ")
			}
		}
		if !r.Known {
			why = "; its rules are not known here"
		}
		first := fmt.Sprintf("%-11s %-9s  ", r.Name, spoken(r.Verdict))
		wrap(&b, first, strings.Repeat(" ", 23), strings.TrimPrefix(why, "; "))
	}
	printTable(&b, rep)
	for _, r := range rep.Rules {
		if r.Status != pass && !r.Vouched {
			printRule(&b, r)
		}
	}
	if len(rep.Rules) > 0 {
		b.WriteString("\nWhat is not checkable from here was not counted as passed. The rules, as of their sources:\n")
		printSources(&b, rep)
	}
	return b.String()
}

func spoken(v verdict) string { return strings.ReplaceAll(string(v), "-", " ") }

// mark is what becomes of a rule, for the table.
func mark(r ruleReport) string {
	switch {
	case r.Status == pass:
		return "pass"
	case r.Status == fail:
		return "FAIL"
	case r.Vouched:
		return "your word"
	}
	return "?"
}

// printTable writes a line for each rule, with what it is worth to each receiver.
func printTable(b *strings.Builder, rep report) {
	if len(rep.Rules) == 0 {
		return
	}
	row := func(first, second string, cell func(receiver) string) {
		var line strings.Builder
		fmt.Fprintf(&line, "%-18s%-11s", first, second)
		for _, to := range rep.Campaign.To {
			fmt.Fprintf(&line, "%-11s", cell(to))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	b.WriteByte('\n')
	row("", "", func(to receiver) string { return to.Name })
	for _, r := range rep.Rules {
		row(r.ID, mark(r), func(to receiver) string {
			for _, d := range r.Demands {
				if d.By == to.ID {
					return string(d.Strength)
				}
			}
			return "-"
		})
	}
}

// printRule writes why a rule did not pass, who asks for it, and what mends it.
func printRule(b *strings.Builder, r ruleReport) {
	const margin = "    "
	b.WriteByte('\n')
	b.WriteString(mark(r) + "  " + r.ID + "\n")
	wrap(b, margin+"rule:    ", margin+"         ", r.Text)
	wrap(b, margin+"because: ", margin+"         ", r.Reason)
	var asked []string
	for _, d := range r.Demands {
		to, _ := findReceiver(d.By)
		terms := []string{string(d.Strength)}
		if d.Since != "" {
			terms = append(terms, "since "+d.Since)
		}
		if d.Code != "" {
			terms = append(terms, d.Code)
		}
		asked = append(asked, to.Name+" ("+strings.Join(terms, ", ")+")")
	}
	wrap(b, margin+"asked:   ", margin+"         ", strings.Join(asked, ", "))
	for _, f := range r.Findings {
		wrap(b, margin+"found:   ", margin+"         ", f.Message)
		for _, e := range f.Evidence {
			wrap(b, margin+"seen:    ", margin+"         ", shorten(e))
		}
		if f.Remedy != "" {
			wrap(b, margin+"do:      ", margin+"         ", f.Remedy)
		}
		wrap(b, margin+"source:  ", margin+"         ", fmt.Sprintf("%s [%s]", f.Ref, f.Code))
	}
}

// printSources writes where the rules were read, each once.
func printSources(b *strings.Builder, rep report) {
	seen := make(map[source]bool)
	for _, r := range rep.Rules {
		for _, d := range r.Demands {
			if !seen[d.Source] {
				seen[d.Source] = true
				wrap(b, "    ", "      ", fmt.Sprintf("%s (%s, confidence %s)", d.Source.Text, d.Source.Date, d.Source.Confidence))
			}
		}
	}
}

// shorten leaves out the middle of long words: of keys.
func shorten(text string) string {
	const most = width - 13
	words := strings.Fields(text)
	for i, w := range words {
		if r := []rune(w); len(r) > most {
			words[i] = string(r[:most*2/3]) + "..." + string(r[len(r)-most/3+3:])
		}
	}
	return strings.Join(words, " ")
}

// wrap writes text in lines of at most width columns. A longer word is left whole, so
// that it can be copied.
func wrap(b *strings.Builder, first, next, text string) {
	line, empty := first, true
	for word := range strings.FieldsSeq(text) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			b.WriteString(line + "\n")
			line, empty = next, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}

// printable makes sure that nothing but text reaches a terminal, as text and in JSON:
// control characters, those that change the direction of writing and broken UTF-8 become
// escapes.
func printable(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || unicode.IsPrint(r) && r != utf8.RuneError:
			b.WriteRune(r)
		case r > 0xFFFF: // A pair of escapes, which is what JSON has.
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xD800+r>>10, 0xDC00+r&0x3FF)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
