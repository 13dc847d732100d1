package spf

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// This file is about what stands in one record.

// record is about the shape of one record.
func (l *linter) record(n *Node) {
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
			"Move "+quoted(all.Text)+" to the end.")
	}
	switch {
	case all != nil && redirect != nil:
		l.addTerm(CodeRedirectWithAll, n, redirect, quoted(redirect.Text)+" in the record of "+n.Domain+" is void, since the record has "+quoted(all.Text)+".",
			"Remove one of the two. If the senders of the other domain may send: write "+quoted("include:"+redirect.Domain)+" before "+quoted(all.Text)+".")
	case all == nil && redirect == nil && n == &l.rep.Tree && n.Status == "":
		l.addTerm(CodeNoAll, n, &Term{Offset: len(n.Record)}, "The record of "+n.Domain+" does not say what holds for all others, so nobody is refused.",
			"End it with \"~all\", or with \"-all\" when all senders are in it: "+quoted(strings.TrimRight(n.Record, " ")+" ~all"))
	}
	if all != nil && n == &l.rep.Tree && all.Qualifier == '?' {
		l.addTerm(CodeNeutralAll, n, all, quoted(all.Text)+" gives strangers the same result as no record.", "Write \"~all\", or \"-all\" when all senders are in the record.")
	}
	// The strings of a record are joined without a blank.
	offset := 0
	for i, s := range n.Strings[:max(len(n.Strings)-1, 0)] {
		offset += len(s)
		start := strings.LastIndexByte(n.Record[:offset], ' ') + 1
		_, end := nextTerm(n.Record, start)
		if start > 0 && start < offset && offset < end && goodTerm(n.Record[start:offset]) && goodTerm(n.Record[offset:end]) {
			term := &Term{Text: n.Record[start:end], Offset: start}
			l.addTerm(CodeGluedStrings, n, term, "String "+strconv.Itoa(i+1)+" of the record of "+n.Domain+" ends without a blank, so that two terms become one: "+
				quoted(term.Text)+".", "Put a blank at the end of that string, or the start of the next: "+
				quoted(n.Record[:offset]+" "+n.Record[offset:]))
		}
	}
}

// term is about one term of a record.
func (l *linter) term(n *Node, t *TermNode) {
	switch t.Kind {
	case KindAll:
		if t.Qualifier == '+' && !t.Dead {
			l.addTerm(CodePlusAll, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" allows every host on the Internet to send for it.",
				"Write \"~all\", or \"-all\" when all senders are in the record.")
		}
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
		l.lookups(n, t)
	}
	if t.Kind.Queries() && !t.Macro && t.Domain != "" {
		if _, err := name.FromOctets(shorten(t.Domain)); err != nil {
			l.impossible(n, t)
		}
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

// impossible is about a term whose domain DNS cannot hold.
func (l *linter) impossible(n *Node, t *TermNode) {
	code, effect := CodeVoidTerm, "It matches nobody"
	if t.Kind == KindRedirect {
		code, effect = CodeRedirectNoRecord, "It makes the policy invalid"
	}
	l.addTerm(code, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" names no domain that can exist. "+effect+".",
		"Correct the domain, or remove the term.")
}

func (l *linter) modifier(n *Node, t *TermNode) {
	word, value, _ := strings.Cut(t.Text, "=")
	switch lower := strings.ToLower(word); {
	case lower == "v":
		l.addTerm(CodeEmbeddedVersion, n, &t.Term, quoted(t.Text)+" stands in the middle of the record of "+n.Domain+
			", as if two records had been pasted together. Receivers ignore it, and an \"all\" before it hides the rest.",
			"Publish one record, with the version at its start and \"all\" at its end.")
	case lower == "ra" || lower == "rp" || lower == "rr":
		// RFC 6652 section 3: reports of failures.
	case mechanism(word) != 0:
		mended := word + ":" + value
		l.addTerm(CodeEqualsForColon, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" is no mechanism: a colon belongs in place of the equals sign. Receivers ignore it.",
			"Write "+quoted(mended)+": "+quoted(n.Record[:t.Offset]+mended+n.Record[t.Offset+len(t.Text):]))
	default:
		l.addTerm(CodeUnknownModifier, n, &t.Term, "Receivers ignore "+quoted(t.Text)+" in the record of "+n.Domain+".", "Remove it, or correct its name.")
	}
}

func (l *linter) network(n *Node, t *TermNode) {
	p := t.Network.Masked()
	widest := 8
	if p.Addr().Is6() {
		widest = 19 // The largest that registries give to one organisation.
	}
	if what := reserved(p); what != "" {
		l.addTerm(CodeReservedNetwork, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" is "+what+": no mail comes from there over the Internet.",
			"Remove it, and add the public address that the mail leaves by.")
	} else if p.Bits() <= widest {
		l.addTerm(CodeWideNetwork, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" covers networks of many strangers, who may all send for the domain.",
			"Name the networks of your own senders.")
	}
}

// reserved says what a network is that nothing public has, or "".
func reserved(p netip.Prefix) string {
	a := p.Addr()
	switch {
	case a.IsPrivate():
		return "a private network"
	case a.IsLoopback():
		return "the loopback network"
	case a.IsLinkLocalUnicast():
		return "a link-local network"
	case a.IsMulticast():
		return "a multicast network"
	}
	for _, r := range reservedNetworks {
		if r.network.Contains(a) {
			return r.what
		}
	}
	return ""
}

// reservedNetworks are those of the special-purpose registries (RFC 6890) that
// netip has no name for.
var reservedNetworks = []struct {
	network netip.Prefix
	what    string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "a reserved network"},
	{netip.MustParsePrefix("100.64.0.0/10"), "the network of carrier-grade NAT"},
	{netip.MustParsePrefix("192.0.2.0/24"), "a network for documentation"},
	{netip.MustParsePrefix("198.18.0.0/15"), "a network for benchmarks"},
	{netip.MustParsePrefix("198.51.100.0/24"), "a network for documentation"},
	{netip.MustParsePrefix("203.0.113.0/24"), "a network for documentation"},
	{netip.MustParsePrefix("240.0.0.0/4"), "a reserved network"},
	{netip.MustParsePrefix("64:ff9b::/96"), "the network of NAT64"},
	{netip.MustParsePrefix("2001:db8::/32"), "a network for documentation"},
	{netip.MustParsePrefix("3fff::/20"), "a network for documentation"},
	{netip.MustParsePrefix("::ffff:0:0/96"), "IPv4 in the form of IPv6, which no client has"},
}

// lookups is about terms that name hosts.
func (l *linter) lookups(n *Node, t *TermNode) {
	if t.Macro || t.Dead {
		return
	}
	nothing := t.DNS == resolver.NXDomain || t.DNS == resolver.NoData
	if t.Kind == KindA {
		nothing = nothing && t.Hosts[0].IPv6.Definitive() && t.Hosts[0].IPv6 != resolver.Success
	}
	switch {
	case !t.DNS.Definitive() && t.DNS != "":
		f := finding(CodeDNSFailure, t.Target)
		f.Temporary = true
		f.Span = mailworthy.Span{Offset: t.Offset, Length: len(t.Text)}
		l.add(f, "DNS did not tell what "+quoted(t.Text)+" in the record of "+n.Domain+" stands for: "+string(t.DNS)+".",
			"Ask again later. If it stays so, check the name servers of "+t.Target+".", n.Domain+" TXT "+quoted(n.Record))
	case nothing:
		l.addTerm(CodeVoidTerm, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" finds nothing: "+t.Target+" has no such records.",
			"Remove or correct it. More than two such terms make the policy invalid.")
	case t.Kind == KindMX && t.DNS == resolver.Success && !slices.ContainsFunc(t.Hosts, func(h Host) bool { return h.Name != "" }):
		l.addTerm(CodeNullMX, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" matches nobody: "+t.Target+" says that it receives no mail.", "Remove it.")
	case t.Kind == KindMX && len(t.Hosts) > l.walker.limits.Names:
		l.addTerm(CodeTooManyMX, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" leads to "+strconv.Itoa(len(t.Hosts))+
			" hosts. Receivers look up ten and then stop with an error.", "Replace it by the ip4 and ip6 networks of the hosts that send.")
	case t.Kind == KindMX && t.DNS == resolver.Success && len(t.Networks) == 0 && !slices.ContainsFunc(t.Hosts, func(h Host) bool {
		return h.Name != "" && (!h.IPv4.Definitive() || !h.IPv6.Definitive())
	}):
		l.addTerm(CodeVoidTerm, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" matches nobody: none of its hosts has an address.", "Remove it, or correct the MX records.")
	}
}

// duplicates is about terms that add nothing to those before them.
func (l *linter) duplicates(n *Node) {
	terms := make(map[string]bool, len(n.Terms))
	allowed := make(map[netip.Prefix]string) // by which term
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
				l.addTerm(CodeCovered, n, &t.Term, quoted(t.Text)+" in the record of "+n.Domain+" adds nothing: "+quoted(by)+" before it allows the network already.",
					"Remove it.")
			}
		}
		if t.Qualifier == '+' {
			t.allow(func(p netip.Prefix) { allowed[p] = t.Text })
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
		if c := &t.Policy.Terms[i]; !c.Dead && c.Qualifier == '+' && c.Kind != KindAll {
			c.allow(f)
		}
	}
}

