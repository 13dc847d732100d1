package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/mailworthy/mailworthy/bounce"
)

const (
	width = 88
	// maxRows and maxTop are how much of the table is printed. All of it is in JSON.
	maxRows, maxTop = 15, 5
	// maxSample is how much of a reply is quoted.
	maxSample = 160
	timeForm  = "2006-01-02 15:04"
)

// noteText writes a note for people.
func noteText(n *note) string {
	var b strings.Builder
	t := n.Triage.Totals
	b.WriteString("Incident note\n=============\n")
	wrap(&b, "", "", fmt.Sprintf("%s%s read: %d delivered, %d deferred, %d refused for good, %s.", period(t.First, t.Last), plural(t.Lines, "line"), t.Sent, t.Deferred, t.Bounced, plural(t.Complaints, "complaint")))
	a := n.Triage.Answer
	if a.Subject != "" {
		scope := string(a.Scope)
		if a.Scope == bounce.ScopeIP {
			scope = "address"
		}
		is := "It is"
		if a.Percent <= 50 {
			is = "Most of all it is"
		}
		wrap(&b, "", "", fmt.Sprintf("%s the %s %s. %s", is, scope, a.Subject, a.Reason))
	} else {
		wrap(&b, "", "", a.Reason)
	}
	printRows(&b, n.Triage.Rows)
	printSenders(&b, n.Triage)
	printTroubles(&b, n)
	if n.understood() {
		printSteps(&b, n.Steps)
	}
	return b.String()
}

func heading(b *strings.Builder, text string) {
	fmt.Fprintf(b, "\n%s\n%s\n", text, strings.Repeat("-", len(text)))
}

func printRows(b *strings.Builder, rows []bounce.Row) {
	if len(rows) == 0 {
		return
	}
	heading(b, "What is refused, and by whom")
	for i := range rows[:min(len(rows), maxRows)] {
		r := &rows[i]
		about := ""
		if r.Subject != "" {
			about = ", " + r.Subject
		}
		trend := ""
		if r.Trend != "" {
			trend = ", " + string(r.Trend)
		}
		wrap(b, fmt.Sprintf("%6d  ", r.Count), "        ", fmt.Sprintf("%s: %s%s", cmp.Or(string(r.Provider), r.Destination, "an unknown receiver"), r.Category, about))
		if when := period(r.First, r.Last); when != "" {
			wrap(b, "        ", "        ", strings.TrimSuffix(when, ": ")+trend)
		}
		wrap(b, "        ", "        ", quoted(r.Sample))
	}
	if more := len(rows) - maxRows; more > 0 {
		fmt.Fprintf(b, "        and %d more kinds: -json has them\n", more)
	}
}

// printSenders lists those who send most, as far as they met refusals or their rate
// jumped.
func printSenders(b *strings.Builder, r bounce.TriageReport) {
	first := true
	told := make(map[string]bool)
	for _, kind := range []struct {
		name string
		tops []bounce.Top
	}{{"account", r.Users}, {"script", r.Scripts}, {"sender", r.Senders}} {
		tops := slices.DeleteFunc(slices.Clone(kind.tops), func(t bounce.Top) bool { return t.Refused == 0 && t.Trend != bounce.TrendSpike })
		slices.SortStableFunc(tops, func(a, b bounce.Top) int { return cmp.Compare(b.Refused, a.Refused) })
		for _, t := range tops[:min(len(tops), maxTop)] {
			if first {
				heading(b, "Whose mail it is")
				first = false
			}
			spike := ""
			if t.Trend == bounce.TrendSpike {
				spike = ", SPIKE in the last hour"
			}
			text := fmt.Sprintf("%s: %s handed in, %s%s", t.Name, plural(t.Count, "message"), plural(t.Refused, "refusal"), spike)
			if !told[text] { // An account that sends by its own name alone is told once.
				told[text] = true
				wrap(b, fmt.Sprintf("  %-8s", kind.name), "          ", text)
			}
		}
	}
}

func printTroubles(b *strings.Builder, n *note) {
	if len(n.Troubles) == 0 {
		return
	}
	heading(b, "Causes")
	for i, t := range n.Troubles {
		about := cmp.Or(t.Subject, t.domain)
		if t.Scope == bounce.ScopeRecipient && t.domain == "" || about == "" {
			about = shortList(t.By, 4)
		}
		by := ""
		if all := shortList(t.By, 4); all != about {
			by = " by " + all
		}
		wrap(b, fmt.Sprintf("  %2d.  ", i+1), "       ", fmt.Sprintf("%s: %s, %s%s", about, t.Category, plural(t.Count, "time"), by))
		wrap(b, "       ", "       ", t.Meaning)
		wrap(b, "       cause:  ", "               ", fmt.Sprintf("%s: %s.", strings.ToUpper(strings.ReplaceAll(string(t.Cause), "_", " ")), t.Why))
		for _, c := range t.Checks {
			if !strings.Contains(t.Why, c.Says) && c.Outcome != skipped {
				wrap(b, "       also:   ", "               ", fmt.Sprintf("%s of %s: %s.", c.Kind, c.Subject, c.Says))
			}
		}
	}
	if n.Fewer > 0 {
		fmt.Fprintf(b, "       and %d rarer kinds\n", n.Fewer)
	}
}

func printSteps(b *strings.Builder, steps []step) {
	heading(b, "What to do, in this order")
	if len(steps) == 0 {
		b.WriteString("       Nothing.\n")
	}
	for i, s := range steps {
		do := s.Do
		if s.Whom != "" {
			do = "[" + s.Whom + "] " + do
		}
		wrap(b, fmt.Sprintf("  %2d.  ", i+1), "       ", do)
		for _, m := range s.More {
			if s.Kind != stepChange {
				m = quoted(m)
			}
			wrap(b, "       - ", "         ", m)
		}
	}
}

// noteJSON writes a note for programs.
func noteJSON(n *note) (string, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(n); err != nil {
		return "", err
	}
	return buf.String(), nil
}

// period says from when to when, if that is known.
func period(first, last time.Time) string {
	switch {
	case first.IsZero():
		return ""
	case first.Format(timeForm) == last.Format(timeForm):
		return first.Format(timeForm) + " UTC: "
	case first.Format(time.DateOnly) == last.Format(time.DateOnly):
		return first.Format(timeForm) + " to " + last.Format("15:04") + " UTC: "
	}
	return first.Format(timeForm) + " to " + last.Format(timeForm) + " UTC: "
}

func quoted(s string) string {
	if len(s) > maxSample {
		s = strings.ToValidUTF8(s[:maxSample], "") + "..."
	}
	return `"` + s + `"`
}

func plural[N int | int64](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// shortList writes the first few of a list.
func shortList(list []string, most int) string {
	if len(list) <= most+1 {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// wrap writes text in lines of at most width columns. A longer word is left whole, so
// that it can be copied.
func wrap(b *strings.Builder, first, next, text string) {
	line := first
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			b.WriteString(line + "\n")
			line = next
		default:
			line += " "
		}
		line += word
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}

// terminal lets nothing but text reach a terminal. Control characters, those that
// change the direction of writing and broken UTF-8 become escapes.
func terminal(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\%03d`, s[i])
		case r == '\n' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xFFFF: // as JSON has it
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
