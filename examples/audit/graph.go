package main

import (
	"fmt"
	"strings"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// graph is a policy as a picture: a box for each record, an arrow for each term
// that leads to another. Its texts are escaped as in zone files, and no further.
type graph struct {
	nodes []graphNode
	edges []graphEdge
}

type graphNode struct {
	lines []string
	bad   bool
}

type graphEdge struct {
	from, to int
	label    string
	dead     bool
}

// graphOf draws the policies of several reports side by side.
func graphOf(reports []report) *graph {
	g := new(graph)
	for _, r := range reports {
		for _, s := range r.Sections {
			if s.SPF != nil {
				g.record(&s.SPF.Report, &s.SPF.Report.Tree, frame{})
			}
		}
	}
	return g
}

// More lines than this make a box unreadable.
const maxBoxLines = 10

// record adds a record and those below it, and returns its number.
func (g *graph) record(rep *spf.Report, n *spf.Node, f frame) int {
	id := len(g.nodes)
	box := graphNode{lines: []string{domainText(n.Domain)}, bad: n.Status != "" || n.Loop || n.Cut}
	if n.Domain == "" {
		box.lines[0] = domainText(rep.Domain)
	}
	if n == &rep.Tree {
		total := fmt.Sprintf("%d of %d lookups", rep.Lookups, lookupLimit)
		box.lines = append(box.lines, total)
		box.bad = box.bad || rep.Lookups > lookupLimit || rep.Voids > voidLimit
	}
	if f.vendor != "" {
		box.lines = append(box.lines, escape(f.vendor))
	}
	box.lines = append(box.lines, recordNotes(rep, n)...)
	g.nodes = append(g.nodes, box)
	networks, more := 0, 0
	for i := range n.Terms {
		t := &n.Terms[i]
		switch {
		case t.Policy != nil && len(g.nodes) <= maxRows:
			to := g.record(rep, t.Policy, f.into(t, ""))
			label := t.Kind.String()
			if t.Qualifier != '+' && t.Qualifier != 0 {
				label = string(rune(t.Qualifier)) + label
			}
			if t.Lookups > 0 {
				label += ", " + plural(t.Lookups, "lookup")
			}
			g.edges = append(g.edges, graphEdge{id, to, label, t.Dead})
		case isNetwork(t) && !t.Dead:
			networks++
		case f.silent(t):
		case len(box.lines) < maxBoxLines:
			line := escape(t.Text)
			if notes := termNotes(rep, t, f); len(notes) > 0 {
				line += " (" + strings.Join(notes, ", ") + ")"
			}
			box.lines = append(box.lines, line)
			failed := t.DNS != "" && t.DNS != resolver.Success
			box.bad = box.bad || failed && !t.Dead
		default:
			more++
		}
	}
	if networks > 0 {
		box.lines = append(box.lines, plural(networks, "network"))
	}
	if more > 0 {
		box.lines = append(box.lines, fmt.Sprintf("and %d more", more))
	}
	for i := range box.lines {
		box.lines[i] = shorten(box.lines[i], 80)
	}
	g.nodes[id] = box
	return id
}

// dot writes the graph in the language of Graphviz.
func (g *graph) dot() string {
	var b strings.Builder
	b.WriteString("digraph spf {\n  rankdir=LR;\n  node [shape=box];\n")
	for i, n := range g.nodes {
		style := ""
		if n.bad {
			style = ", color=red, penwidth=2"
		}
		fmt.Fprintf(&b, "  n%d [label=%s%s];\n", i, dotString(n.lines), style)
	}
	for _, e := range g.edges {
		style := ""
		if e.dead {
			style = ", style=dashed"
		}
		fmt.Fprintf(&b, "  n%d -> n%d [label=%s%s];\n", e.from, e.to, dotString([]string{e.label}), style)
	}
	b.WriteString("}\n")
	return b.String()
}

// dotString writes lines as a quoted string. In a label, a backslash starts an
// escape, and an ampersand an entity.
func dotString(lines []string) string {
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", "&amp;")
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = quote.Replace(l)
	}
	return `"` + strings.Join(out, `\n`) + `"`
}

// mermaid writes the graph as a Mermaid flowchart.
func (g *graph) mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for i, n := range g.nodes {
		fmt.Fprintf(&b, "    n%d[%s]\n", i, mermaidString(n.lines))
	}
	for _, e := range g.edges {
		arrow := "-->"
		if e.dead {
			arrow = "-.->"
		}
		fmt.Fprintf(&b, "    n%d %s|%s| n%d\n", e.from, arrow, mermaidString([]string{e.label}), e.to)
	}
	for i, n := range g.nodes {
		if n.bad {
			fmt.Fprintf(&b, "    style n%d stroke:red,stroke-width:2px\n", i)
		}
	}
	return b.String()
}

// mermaidString writes lines as a quoted string. Mermaid reads Markdown, HTML,
// directives and links in it, so all is an entity that might be the start of one.
func mermaidString(lines []string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, l := range lines {
		if i > 0 {
			b.WriteString("<br>")
		}
		for _, c := range []byte(l) {
			switch {
			case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', strings.IndexByte(" .,-=+?()", c) >= 0:
				b.WriteByte(c)
			default:
				fmt.Fprintf(&b, "#%d;", c)
			}
		}
	}
	b.WriteByte('"')
	return b.String()
}
