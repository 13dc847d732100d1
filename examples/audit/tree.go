package main

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// Receivers stop at these (RFC 7208 section 4.6.4).
const (
	lookupLimit = 10
	voidLimit   = 2
	mxLimit     = 10
)

// A tree of more rows than this is no picture of anything.
const maxRows = 400

// row is a line of the tree: a term, or the record at the root.
type row struct {
	branch  string // the lines that lead to it
	under   string // what continues them on a line below
	text    string
	notes   []string
	lookups string
	ttl     string
}

// rowsOf lays a policy's tree out in rows, all text in it escaped.
func rowsOf(rep spf.Report) []row {
	root := row{text: domainText(rep.Tree.Domain), notes: recordNotes(&rep, &rep.Tree), ttl: life(rep.Tree.DNS, rep.Tree.TTL)}
	if rep.Tree.Domain == "" {
		root.text = domainText(rep.Domain)
	}
	l := layout{rep: &rep, rows: []row{root}}
	l.record(&rep.Tree, frame{})
	if len(l.rows) > maxRows {
		l.rows = append(l.rows[:maxRows], row{text: "... and more, which -json has"})
	}
	return l.rows
}

type layout struct {
	rep  *spf.Report
	rows []row
}

// frame is where a record stands in the tree.
type frame struct {
	lines    string // to the left of it
	vendor   string // whose it is
	included bool   // rather than redirected to, or at the root
	dead     bool   // below a term that is never evaluated
}

// into returns the frame of the record that a term leads to.
func (f frame) into(t *spf.TermNode, lines string) frame {
	return frame{lines: lines, vendor: cmp.Or(t.Vendor, f.vendor), included: f.included || t.Kind == spf.KindInclude, dead: f.dead || t.Dead}
}

// record adds the rows for the terms of a record.
func (l *layout) record(n *spf.Node, f frame) {
	groups := groupsOf(n, f)
	for i, g := range groups {
		branch, under := "├─ ", "│  "
		if i == len(groups)-1 {
			branch, under = "└─ ", "   "
		}
		r := row{branch: f.lines + branch, under: f.lines + under, text: g.text, notes: g.notes}
		if t := g.term; t != nil {
			r.notes = termNotes(l.rep, t, f)
			if !f.dead {
				r.lookups = cost(t)
			}
			r.ttl = life(t.DNS, t.TTL)
		}
		if len(l.rows) > maxRows {
			return
		}
		l.rows = append(l.rows, r)
		if g.term != nil && g.term.Policy != nil {
			l.record(g.term.Policy, f.into(g.term, f.lines+under))
		}
	}
}

// group is what has a row of its own: a term, several networks together, or a word
// that is no term.
type group struct {
	term  *spf.TermNode
	text  string
	notes []string
}

// A run of more networks than this is summed up.
const maxNetworks = 4

func groupsOf(n *spf.Node, f frame) []group {
	var out []group
	broken := brokenWords(n)
	for i := 0; i < len(n.Terms); {
		t := &n.Terms[i]
		for len(broken) > 0 && broken[0].offset < t.Offset {
			out = append(out, broken[0].group)
			broken = broken[1:]
		}
		end := i + 1
		for end < len(n.Terms) && together(t, &n.Terms[end]) && (len(broken) == 0 || n.Terms[end].Offset < broken[0].offset) {
			end++
		}
		if run := n.Terms[i:end]; len(run) > maxNetworks {
			out = append(out, summary(run))
		} else {
			for j := range run {
				if !f.silent(&run[j]) {
					out = append(out, group{term: &run[j], text: escape(run[j].Text)})
				}
			}
		}
		i = end
	}
	for _, b := range broken {
		out = append(out, b.group)
	}
	return out
}

// silent is true for what means nothing in an included record: there, "all" with a
// qualifier is no match, like the end of the record.
func (f frame) silent(t *spf.TermNode) bool {
	return f.included && t.Kind == spf.KindAll && t.Qualifier != '+' && !t.Dead
}

// summary is the group for many networks.
func summary(run []spf.TermNode) group {
	g := group{text: fmt.Sprintf("%s and %d more networks", escape(run[0].Text), len(run)-1), notes: deadNote(&run[0])}
	addresses := uint64(0)
	for i := range run {
		if run[i].Kind == spf.KindIP4 {
			addresses += 1 << (32 - run[i].Network.Bits())
		}
	}
	if addresses > 0 {
		g.notes = append(g.notes, many(addresses, "address", "addresses"))
	}
	return g
}

func isNetwork(t *spf.TermNode) bool { return t.Kind == spf.KindIP4 || t.Kind == spf.KindIP6 }

// together reports whether a network may be summed up with those before it.
func together(t, next *spf.TermNode) bool {
	return isNetwork(t) && isNetwork(next) && t.Qualifier == next.Qualifier && t.Dead == next.Dead
}

type brokenWord struct {
	offset int
	group
}

// brokenWords returns the words of a record that are no terms.
func brokenWords(n *spf.Node) []brokenWord {
	const version = len("v=spf1")
	known := make(map[int]bool, len(n.Terms))
	for i := range n.Terms {
		known[n.Terms[i].Offset] = true
	}
	var out []brokenWord
	for at := version; at < len(n.Record) && !n.Cut; {
		if n.Record[at] == ' ' {
			at++
			continue
		}
		end := at + 1
		for end < len(n.Record) && n.Record[end] != ' ' {
			end++
		}
		if !known[at] {
			out = append(out, brokenWord{at, group{text: escape(n.Record[at:end]), notes: []string{"malformed"}}})
		}
		at = end
	}
	return out
}

// cost writes what a term counts, as "4 (1+3)" with what is below it.
func cost(t *spf.TermNode) string {
	switch t.Lookups {
	case 0:
		return ""
	case 1:
		return "1"
	}
	return fmt.Sprintf("%d (1+%d)", t.Lookups, t.Lookups-1)
}

func deadNote(t *spf.TermNode) []string {
	if t.Dead {
		return []string{"never evaluated"}
	}
	return nil
}

// termNotes says what there is to know about a term.
func termNotes(rep *spf.Report, t *spf.TermNode, f frame) []string {
	notes := deadNote(t)
	switch own := t.After - t.Lookups + 1; {
	case t.Lookups == 0 || f.dead:
	case own == lookupLimit+1:
		notes = append(notes, "OVER LIMIT")
	case own > lookupLimit:
		notes = append(notes, "not reached")
	}
	if t.Vendor != "" && t.Vendor != f.vendor {
		notes = append(notes, escape(t.Vendor))
	}
	if t.Policy != nil {
		return append(notes, recordNotes(rep, t.Policy)...)
	}
	return append(notes, ownNotes(t)...)
}

// ownNotes is about a term that leads to no record.
func ownNotes(t *spf.TermNode) []string {
	switch {
	case t.Macro:
		return []string{"decides for each message"}
	case t.Kind == spf.KindAll:
		if t.Qualifier == '+' {
			return []string{"EVERYBODY may send"}
		}
		return []string{"all others: " + string(t.Qualifier.Status())}
	case isNetwork(t):
		return networkNotes(t)
	case t.Kind == spf.KindPTR:
		return []string{"by the client's reverse DNS"}
	case t.Kind == spf.KindUnknown:
		return []string{"ignored by receivers"}
	case t.Kind == spf.KindExists && t.DNS == resolver.Success:
		return []string{"exists, so EVERYBODY may send"}
	case t.Kind == spf.KindA || t.Kind == spf.KindMX:
		return hostNotes(t)
	}
	return dnsNotes(t.DNS)
}

func networkNotes(t *spf.TermNode) []string {
	bits := t.Network.Addr().BitLen() - t.Network.Bits()
	switch {
	case bits == 0 || t.Kind == spf.KindIP6:
		return nil
	case bits == 32:
		return []string{"the whole of IPv4"}
	}
	return []string{number(1<<bits) + " addresses"}
}

// dnsNotes says what kept a term from finding something.
func dnsNotes(s resolver.Status) []string {
	switch {
	case s == resolver.NXDomain || s == resolver.NoData:
		return []string{"VOID: " + string(s)}
	case s != "" && !s.Definitive():
		return []string{"DNS FAILED: " + string(s)}
	}
	return nil
}

func hostNotes(t *spf.TermNode) []string {
	addrs, hosts := 0, 0
	var notes []string
	for _, h := range t.Hosts {
		addrs += len(h.Addrs)
		if h.Name != "" {
			hosts++
		}
		for _, s := range []resolver.Status{h.IPv4, h.IPv6} {
			if s != "" && !s.Definitive() && notes == nil {
				notes = []string{"DNS FAILED: " + string(s) + " for " + domainText(h.Name)}
			}
		}
	}
	switch {
	case t.Kind == spf.KindMX && t.DNS != resolver.Success:
		return dnsNotes(t.DNS)
	case t.Kind == spf.KindMX && hosts == 0:
		return []string{"VOID: receives no mail"}
	case addrs == 0 && notes == nil:
		return []string{"VOID: no address"}
	case addrs == 0:
		return notes
	case addrs == 1:
		for _, h := range t.Hosts {
			for _, a := range h.Addrs {
				return append(notes, a.String())
			}
		}
	}
	if t.Kind == spf.KindMX && hosts > mxLimit {
		notes = append(notes, "TOO MANY HOSTS")
	}
	if hosts > 1 {
		return append(notes, plural(hosts, "host")+", "+many(uint64(addrs), "address", "addresses"))
	}
	return append(notes, many(uint64(addrs), "address", "addresses"))
}

// recordNotes says whether a record can be used.
func recordNotes(rep *spf.Report, n *spf.Node) []string {
	several := false
	for _, f := range rep.Findings {
		several = several || f.Code == spf.CodeMultipleRecords && f.Subject == n.Domain
	}
	switch {
	case n.Loop:
		return []string{"LOOP"}
	case n.Cut:
		return []string{"too large to be followed"}
	case several:
		return []string{"SEVERAL RECORDS: this is the first"}
	case n.Status == spf.PermError:
		return []string{"MALFORMED"}
	case n.Status == spf.None:
		return []string{"NO RECORD: " + string(n.DNS)}
	case n.Status == spf.TempError:
		return []string{"DNS FAILED: " + string(n.DNS)}
	}
	return nil
}

// life writes a TTL for people, of an answer that has one.
func life(s resolver.Status, ttl uint32) string {
	switch {
	case s != resolver.Success:
		return ""
	case ttl >= 2*86400:
		return strconv.Itoa(int(ttl/86400)) + " d"
	case ttl >= 7200 || ttl == 3600:
		return strconv.Itoa(int(ttl/3600)) + " h"
	case ttl >= 120 || ttl == 60:
		return strconv.Itoa(int(ttl/60)) + " min"
	}
	return strconv.Itoa(int(ttl)) + " s"
}
