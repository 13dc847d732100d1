package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/spf"
)

// review says what a change does to whom.
func review(p plan, before, after state) string {
	var b strings.Builder
	for i, d := range p.Domains {
		fmt.Fprintf(&b, "%s\n", d)
		fmt.Fprintf(&b, "  SPF lookups, of 10: %s\n", arrow(before.spf[i].Lookups, after.spf[i].Lookups))
		fmt.Fprintf(&b, "  DMARC: %s\n", arrow(applied(before.dmarc[i]), applied(after.dmarc[i])))
		changes := spf.Diff(before.spf[i].Compile(), after.spf[i].Compile())
		for _, c := range changes {
			switch {
			case c.Loses():
				fmt.Fprintf(&b, "  loses %s\n", c)
			case c.Gains():
				fmt.Fprintf(&b, "  gains %s\n", c)
			case slices.ContainsFunc(c.Networks, func(p netip.Prefix) bool { return p.Bits() < 4 }): // the rest of the world
				fmt.Fprintf(&b, "  all others %s -> %s\n", c.Before, c.After)
			default:
				fmt.Fprintf(&b, "  other %s\n", c)
			}
		}
		if len(changes) == 0 {
			b.WriteString("  Nobody gains or loses the permission to send.\n")
		}
		list(&b, "new", missing(findings(after, i), findings(before, i)))
		list(&b, "mended", missing(findings(before, i), findings(after, i)))
		b.WriteByte('\n')
	}
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "STREAM\tSPF\tDKIM KEY\tALIGNED\tDMARC")
	for i, s := range p.Streams {
		x, y := &before.streams[i], &after.streams[i]
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", s.Name, arrow(x.spf.Status, y.spf.Status),
			keys(x.key, y.key), arrow(x.alignments(), y.alignments()), arrow(x.dmarc.Status, y.dmarc.Status))
	}
	_ = table.Flush() // A strings.Builder takes everything.
	b.WriteByte('\n')
	problems := after.problems(p)
	if len(problems) == 0 {
		b.WriteString("All streams pass.\n")
	}
	list(&b, "BROKEN:", problems)
	return b.String()
}

// arrow shows a value, and what it becomes.
func arrow[T comparable](before, after T) string {
	if before == after {
		return fmt.Sprint(after)
	}
	return fmt.Sprintf("%v -> %v", before, after)
}

func list(b *strings.Builder, what string, lines []string) {
	for _, line := range lines {
		fmt.Fprintf(b, "  %s %s\n", what, line)
	}
}

// applied is what a receiver does with mail of a domain that fails.
func applied(r dmarc.Report) string {
	if r.Own.Applied == "" {
		return string(dmarc.None)
	}
	return "p=" + string(r.Own.Applied)
}

// keys shows what becomes of a key. Who replaces one under the same name makes worthless
// what was signed with the old one and is still on its way.
func keys(before, after dkim.KeyReport) string {
	if before.Key != nil && after.Key != nil && !bytes.Equal(before.Key.Data, after.Key.Data) && before.Status == after.Status {
		return string(after.Status) + ", ANOTHER ONE"
	}
	return arrow(before.Status, after.Status)
}

func (o *outcome) alignments() string {
	var methods []string
	for _, id := range o.dmarc.Identifiers {
		if id.Aligned {
			methods = append(methods, string(id.Method))
		}
	}
	if methods == nil {
		return "none"
	}
	return strings.Join(methods, "+")
}

// findings are those of a domain that somebody should look at.
func findings(st state, i int) (lines []string) {
	for _, f := range slices.Concat(st.spf[i].Findings, st.dmarc[i].Findings) {
		if f.Severity >= mailworthy.Warning {
			lines = append(lines, fmt.Sprintf("%s %s [%s]", f.Severity, f.Message, f.Code))
		}
	}
	return lines
}

// missing returns the lines of a that b lacks.
func missing(a, b []string) []string {
	return slices.DeleteFunc(a, func(line string) bool { return slices.Contains(b, line) })
}
