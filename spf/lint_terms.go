package spf

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/special"
	"github.com/mailworthy/mailworthy/resolver"
)

// This file is about what stands in one record.

// all is about what holds for strangers, whoever writes the record.
func (l *linter) all(n *Node, path []Hop) {
	redirected := !slices.ContainsFunc(path, func(h Hop) bool { return !isRedirect(h.Term) })
	passes := !slices.ContainsFunc(path, func(h Hop) bool { return strings.IndexByte("-~?", h.Term[0]) >= 0 })
	remedy := "Write \"~all\", or \"-all\" when all senders are in the record."
	if !l.own(n) {
		remedy = "Remove " + quoted(path[0].Term) + " from the record of " + path[0].Domain + ", or ask who writes the record of " + n.Domain + " to correct it."
	}
	i := slices.IndexFunc(n.Terms, func(t TermNode) bool { return t.Kind == KindAll })
	if i < 0 {
		if redirected && n.Status == "" && !n.Cut && !slices.ContainsFunc(n.Terms, func(t TermNode) bool { return t.Kind == KindRedirect }) {
			if l.own(n) {
				remedy = "End it with \"~all\", or with \"-all\" when all senders are in it: " + quoted(strings.TrimRight(n.Record, " ")+" ~all")
			}
			l.addTerm(CodeNoAll, n, &Term{Offset: len(n.Record)}, "The record of "+n.Domain+" does not say what holds for all others, so nobody is refused.", remedy)
		}
		return
	}
	switch t := &n.Terms[i].Term; {
	case t.Qualifier == '+' && passes:
		l.addTerm(CodePlusAll, n, t, quoted(t.Text)+" in the record of "+n.Domain+" allows every host on the Internet to send for "+l.rep.Domain+".", remedy)
	case t.Qualifier == '?' && redirected:
		l.addTerm(CodeNeutralAll, n, t, quoted(t.Text)+" in the record of "+n.Domain+" gives strangers the same result as no record.", remedy)
	}
}

func isRedirect(term string) bool {
	const start = "redirect="
	return len(term) > len(start) && strings.EqualFold(term[:len(start)], start)
}

// shape is about how the parts of one record fit together.
func (l *linter) shape(n *Node) {
	var all, redirect, dead *Term
	for i := range n.Terms {
		t := &n.Terms[i]
		switch {
		case t.Kind == KindAll && all == nil:
			all = &t.Term
		case t.Kind == KindRedirect:
			redirect = &t.Term
		case t.Dead && dead == nil:
			dead = &t.Term
		}
	}
	if dead != nil {
		l.addTerm(CodeAfterAll, n, dead, quoted(dead.Text)+" stands behind "+quoted(all.Text)+" in the record of "+n.Domain+", and is never evaluated.",
			"Move "+quoted(all.Text)+" to the end, or remove what stands behind it.")
	}
	if all != nil && redirect != nil {
		l.addTerm(CodeRedirectWithAll, n, redirect, quoted(redirect.Text)+" in the record of "+n.Domain+" is void, since the record has "+quoted(all.Text)+".",
			"Remove one of the two. If the senders of the other domain may send: write "+quoted("include:"+redirect.Domain)+" before "+quoted(all.Text)+".")
	}
	// The strings of a record are joined without a blank.
	offset := 0
	for i, s := range n.Strings[:max(len(n.Strings)-1, 0)] {
		offset += len(s)
		start := strings.LastIndexByte(n.Record[:offset], ' ') + 1
		_, end := nextTerm(n.Record, start)
		if start > 0 && start < offset && offset < end && goodTerm(n.Record[start:offset]) && goodTerm(n.Record[offset:end]) && !n.found(start) {
			term := &Term{Text: n.Record[start:end], Offset: start}
			l.addTerm(CodeGluedStrings, n, term, "String "+strconv.Itoa(i+1)+" of the record of "+n.Domain+" ends without a blank, so that two terms become one: "+
				quoted(term.Text)+".", "Put a blank at the end of that string, or the start of the next: "+
				quoted(n.Record[:offset]+" "+n.Record[offset:]))
		}
	}
}

// found reports whether the term at an offset of the record leads to something.
func (n *Node) found(offset int) bool {
	return slices.ContainsFunc(n.Terms, func(t TermNode) bool {
		return t.Offset == offset && (t.DNS == resolver.Success && (t.Policy == nil || t.Policy.Record != "") || t.Macro)
	})
}

// term is about one term of a record of the domain's administrator.
func (l *linter) term(n *Node, t *TermNode) {
	switch t.Kind {
	case KindIP4, KindIP6:
		l.network(n, t)
	case KindPTR:
		l.addTerm(CodePTR, n, &t.Term, quoted(t.Text)+" is slow and unreliable, since it depends on the reverse DNS of whoever connects; some receivers skip it.",
			"Replace it by the ip4 and ip6 networks of the hosts.")
	case KindExp:
		l.addTerm(CodeExp, n, &t.Term, "Hardly any receiver shows the explanation that "+quoted(t.Text)+" names.", "Remove it unless you know who reads it.")
	case KindUnknown:
		l.modifier(n, t)
	case KindA, KindMX, KindExists:
		l.empty(n, t)
	}
	if (t.Kind == KindA || t.Kind == KindMX) && (t.Bits4 <= widest4 || t.Bits6 <= widest6) {
		l.wide(n, t)
	}
	if t.Kind.Queries() && t.Kind != KindRedirect && !t.Dead && !possible(t) && !t.Macro {
		l.addTerm(CodeVoidTerm, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" names no domain that can exist. It matches nobody.",
			"Correct the domain, or remove the term.")
	}
	if parts, ok := unglue(t.Text); ok && goodTerms(parts) && t.Kind.Queries() && !t.Dead && !t.Macro && t.absent() {
		l.addTerm(CodeMissingBlank, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" names a domain that does not exist. A blank seems to be missing in it.",
			"Put a blank between the terms: "+quoted(parts)+". The record with that: "+quoted(n.Record[:t.Offset]+parts+n.Record[t.Offset+len(t.Text):]))
	}
	if t.Macro && !t.Dead {
		who := "the service behind it"
		if t.Vendor != "" {
			who = t.Vendor
		}
		l.addTerm(CodeMacro, n, &t.Term, "With "+quoted(t.Text)+", "+who+" decides for each message apart, from the sender's address and host. Which addresses may send does not show in DNS.",
			"Ask "+who+" for the list of senders. The term counts as one lookup, whatever is behind it.")
	}
}

// absent reports whether DNS certainly has nothing for a term.
func (t *TermNode) absent() bool {
	switch {
	case !possible(t):
		return true
	case t.Policy != nil:
		return t.Policy.Status == None
	case t.Kind == KindA:
		return void(t.Hosts[0].IPv4)+void(t.Hosts[0].IPv6) == 2
	}
	return void(t.DNS) == 1
}

func (l *linter) modifier(n *Node, t *TermNode) {
	word, value, _ := strings.Cut(t.Text, "=")
	switch lower := strings.ToLower(word); {
	case lower == "v":
		if l.enough(CodeEmbeddedVersion, n.Domain) {
			return
		}
		remedy := "Publish one record, with the version at its start and \"all\" at its end."
		if text, ok := mergeRecords(splitVersions(n.Record, n.Terms)); ok {
			remedy += " The record with the terms of both: " + quoted(text)
		}
		l.addTerm(CodeEmbeddedVersion, n, &t.Term, quoted(t.Text)+" stands in the middle of the record of "+n.Domain+
			", as if two records had been pasted together. Receivers ignore it, and an \"all\" before it hides the rest.", remedy)
	case lower == "ra" || lower == "rp" || lower == "rr":
		// RFC 6652 section 3: reports of failures.
	case mechanism(word) != 0:
		if l.enough(CodeEqualsForColon, n.Domain) {
			return
		}
		mended, remedy := word+":"+value, "Name a domain or network behind a colon, or remove the term."
		if goodTerm(mended) {
			remedy = "Write " + quoted(mended)
			if text := n.Record[:t.Offset] + mended + n.Record[t.Offset+len(t.Text):]; wellFormed(text) {
				remedy += ": " + quoted(text)
			}
		}
		l.addTerm(CodeEqualsForColon, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" is no mechanism: a colon belongs in place of the equals sign. Receivers ignore it.", remedy)
	default:
		l.addTerm(CodeUnknownModifier, n, &t.Term, "Receivers ignore "+quoted(t.Text)+" in the record of "+n.Domain+".", "Remove it, or correct its name.")
	}
}

func (l *linter) network(n *Node, t *TermNode) {
	p := t.Network.Masked()
	widest := widest4
	if p.Addr().Is6() {
		widest = widest6
	}
	if what := reserved(p); what != "" {
		l.addTerm(CodeReservedNetwork, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" is "+what+": no mail comes from there over the Internet.",
			"Remove it, and add the public address that the mail leaves by.")
	} else if p.Bits() <= widest {
		l.wide(n, t)
	}
}

// Networks of these lengths hold many strangers. The latter is the largest that
// registries give to one organisation.
const widest4, widest6 = 8, 19

func (l *linter) wide(n *Node, t *TermNode) {
	l.addTerm(CodeWideNetwork, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" covers networks of many strangers, who may all send for the domain.",
		"Name the networks of your own senders.")
}

// reserved says what a network is that nothing public has, or "".
func reserved(p netip.Prefix) string {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return "IPv4 in the form of IPv6, which no client has"
	}
	block, _ := special.Network(p)
	return block.Name
}

// breaks is about a term by which the evaluation ends with an error, whoever writes
// the record.
func (l *linter) breaks(n *Node, t *TermNode) {
	switch {
	case t.Macro || !t.Kind.Queries():
		return
	case !possible(t):
		if t.Kind == KindRedirect {
			l.addTerm(CodeRedirectNoRecord, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" names no domain that can exist. It makes the policy invalid.",
				"Correct the domain, or replace the term by the senders and \"-all\".")
		}
		return
	case t.Kind != KindA && t.Kind != KindMX && t.Kind != KindExists:
		return // node speaks of them.
	}
	if most := l.walker.limits.Names; t.Kind == KindMX && len(t.Hosts) > most {
		l.addTerm(CodeTooManyMX, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" leads to "+strconv.Itoa(len(t.Hosts))+
			" hosts. Receivers look up "+strconv.Itoa(most)+" and then stop with an error.", "Replace it by the ip4 and ip6 networks of the hosts that send.")
	}
	q, status := t.failed()
	switch {
	case q.Name == "":
		return
	case status == "":
		l.tooLarge(n.Domain)
		return
	case l.enough(CodeDNSFailure, q.Name):
		return
	}
	a, _ := l.walker.ask(q.Name, q.Type)
	var evidence lines
	evidence.addAnswer(q, a)
	asked := name.Escape(q.Name) // It may be a host of an MX that nobody can ask for.
	f := finding(CodeDNSFailure, asked)
	f.Temporary = true
	l.add(f, "DNS did not tell what "+quoted(t.Text)+" in the record of "+n.Domain+" stands for: the question for "+q.String()+" ended with "+string(status)+".",
		"Ask again later. If it stays so, check the name servers of "+asked+".", append([]string{l.shows(n)}, evidence.list()...)...)
}

// failed returns the first question of "a", mx and exists that has no answer, and
// what became of it.
func (t *TermNode) failed() (q resolver.Question, status resolver.Status) {
	if t.Kind != KindA && !t.DNS.Definitive() {
		typ := resolver.TypeMX
		if t.Kind == KindExists {
			typ = resolver.TypeA
		}
		return resolver.Question{Name: t.Target, Type: typ}, t.DNS
	}
	for i := range t.Hosts {
		switch h := &t.Hosts[i]; {
		case h.Name == "":
		case !h.IPv4.Definitive():
			return resolver.Question{Name: h.Name, Type: resolver.TypeA}, h.IPv4
		case !h.IPv6.Definitive():
			return resolver.Question{Name: h.Name, Type: resolver.TypeAAAA}, h.IPv6
		}
	}
	return q, ""
}

// empty is about terms that name hosts, and match none.
func (l *linter) empty(n *Node, t *TermNode) {
	if t.Macro || t.Dead || !possible(t) {
		return
	}
	if q, _ := t.failed(); q.Name != "" {
		return
	}
	named := slices.ContainsFunc(t.Hosts, func(h Host) bool { return h.Name != "" })
	switch {
	case t.absent():
		l.addTerm(CodeVoidTerm, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" finds nothing: "+t.Target+" has no such records.",
			"Remove or correct it. More than two such terms make the policy invalid.")
	case t.Kind == KindMX && !named:
		l.addTerm(CodeNullMX, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" matches nobody: "+t.Target+" says that it receives no mail.", "Remove it.")
	case t.Kind == KindMX && len(t.Networks) == 0:
		l.addTerm(CodeVoidTerm, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" matches nobody: none of its hosts has an address.", "Remove it, or correct the MX records.")
	}
}

// duplicates is about terms that add nothing to those before them.
func (l *linter) duplicates(n *Node) {
	terms := make(map[string]bool, len(n.Terms))
	allowed := make(map[netip.Prefix]string) // by which term
	covered := make(map[int]bool)            // by its offset
	for i := range n.Terms {
		t := &n.Terms[i]
		if t.Dead || t.Kind.Modifier() || t.Kind == KindAll {
			continue
		}
		key := strings.ToLower(strings.TrimPrefix(t.Text, "+"))
		if terms[key] {
			l.addTerm(CodeDuplicate, n, &t.Term, quoted(t.Text)+" stands twice in the record of "+n.Domain+".", "Remove one.")
			continue
		}
		terms[key] = true
		if t.Kind == KindIP4 || t.Kind == KindIP6 {
			if by := covering(allowed, t.Networks[0]); by != "" {
				covered[t.Offset] = true
				remedy := "Remove it."
				if t.Qualifier != '+' {
					remedy = "Move it before " + quoted(by) + " if it is an exception."
				}
				l.addTerm(CodeCovered, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" has no effect: "+quoted(by)+" before it allows the network already.", remedy)
			}
		}
		if t.Qualifier == '+' {
			t.allow(func(p netip.Prefix) {
				if allowed[p] == "" {
					allowed[p] = t.Text
				}
			})
		}
	}
	l.coveredLater(n, covered)
}

// coveredLater is about networks that a wider one behind them includes, with nothing
// between them that refuses anybody. Those in covered have been spoken of.
func (l *linter) coveredLater(n *Node, covered map[int]bool) {
	behind := make(map[netip.Prefix]string)
	for i := len(n.Terms) - 1; i >= 0; i-- {
		t := &n.Terms[i]
		switch {
		case t.Dead || t.Kind.Modifier():
		case t.Qualifier != '+':
			clear(behind)
		case t.Kind == KindIP4 || t.Kind == KindIP6:
			p := t.Networks[0]
			if by := covering(behind, p); by != "" && behind[p] == "" && !covered[t.Offset] {
				l.addTerm(CodeCovered, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" adds nothing: "+quoted(by)+" behind it allows the network too.", "Remove it.")
			}
			behind[p] = t.Text
		}
	}
}

// covering returns what allows a network that p is part of.
func covering(allowed map[netip.Prefix]string, p netip.Prefix) string {
	for bits := p.Bits(); bits >= 0; bits-- {
		wider, err := p.Addr().Prefix(bits)
		if err != nil {
			return ""
		}
		if by, ok := allowed[wider]; ok {
			return by
		}
	}
	return ""
}

// allow calls f for the networks that a term allows: its own, and those of what it
// includes.
func (t *TermNode) allow(f func(netip.Prefix)) {
	for _, p := range t.Networks {
		f(p)
	}
	if t.Policy == nil {
		return
	}
	for i := range t.Policy.Terms {
		c := &t.Policy.Terms[i]
		switch {
		case c.Kind.Modifier():
		case c.Qualifier != '+' || c.Kind == KindAll:
			return // What stands behind it may be refused.
		default:
			c.allow(f)
		}
	}
}
