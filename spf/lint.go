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

// surroundings is what DNS has beside the record of a domain.
type surroundings struct {
	txt, type99, mx resolver.Answer
	// These are only asked for when the domain has no record.
	parent resolver.Answer
	wrong  [len(wrongPlaces)]resolver.Answer
}

// wrongPlaces are where people publish the record by mistake.
var wrongPlaces = [...]string{"_spf.", "www."}

func (w *walker) lookAround(domain string) *surroundings {
	s := new(surroundings)
	s.txt, _ = w.ask(domain, resolver.TypeTXT)
	s.type99, _ = w.ask(domain, resolver.TypeSPF)
	s.mx, _ = w.ask(domain, resolver.TypeMX)
	return s
}

// elsewhere asks where a missing record may have gone.
func (s *surroundings) elsewhere(w *walker, domain string) {
	if parent := name.Parent(domain); strings.IndexByte(parent, '.') >= 0 {
		s.parent, _ = w.ask(parent, resolver.TypeTXT)
	}
	for i, prefix := range wrongPlaces {
		if below, err := name.Normalize(prefix + domain); err == nil {
			s.wrong[i], _ = w.ask(below, resolver.TypeTXT)
		}
	}
}

// linter collects the findings of a report.
type linter struct {
	rep    *Report
	walker *walker
	around *surroundings
	out    mailworthy.Findings
}

// lint says what is wrong with a domain's policy. What stands in the records of
// others is only spoken of where it breaks the policy: the domain's administrator
// cannot mend the rest.
func lint(rep *Report, w *walker, around *surroundings) mailworthy.Findings {
	l := linter{rep: rep, walker: w, around: around}
	l.existence()
	rep.Tree.each(nil, func(n *Node, path []Hop) {
		l.node(n, path)
		if n.Record != "" && l.own(n) {
			l.record(n)
			for i := range n.Terms {
				l.term(n, &n.Terms[i])
			}
			l.duplicates(n)
		}
	})
	l.limits()
	l.published()
	return l.out
}

// own reports whether the domain's administrator writes the record of n.
func (l *linter) own(n *Node) bool { return name.Within(n.Domain, l.rep.Domain) }

func (l *linter) add(f mailworthy.Finding, message, remedy string, evidence ...string) {
	f.Message, f.Remedy, f.Evidence = message, remedy, evidence
	l.out = append(l.out, f)
}

// addTerm adds a finding about one term.
func (l *linter) addTerm(code mailworthy.Code, n *Node, t *Term, message, remedy string) {
	f := finding(code, n.Domain)
	f.Span = mailworthy.Span{Offset: t.Offset, Length: len(t.Text)}
	l.add(f, message, remedy, n.Domain+" TXT "+quoted(n.Record))
}

// existence is about the domain's own record: whether there is one.
func (l *linter) existence() {
	domain, around := l.rep.Domain, l.around
	for _, txt := range around.txt.TXT {
		text := txt.String()
		if strings.HasPrefix(strings.ToLower(text), "spf2.0/") {
			l.add(finding(CodeSenderID, domain), domain+" publishes a Sender ID record, which no receiver reads any more.",
				"Delete the record.", domain+" TXT "+quoted(text))
		} else if mended, ok := nearMiss(text); ok {
			l.add(finding(CodeNearMiss, domain), "A TXT record of "+domain+" is meant for SPF, but does not start with \"v=spf1\" and a blank, so receivers overlook it.",
				"Publish it as "+quoted(mended), domain+" TXT "+quoted(text))
		}
	}
	if around.type99.Status == resolver.Success {
		f := finding(CodeType99, domain)
		message := domain + " publishes a record of type SPF. That type was abandoned; only TXT counts."
		if l.rep.Status == None {
			f.Severity = mailworthy.Error
			message = domain + " publishes its policy as type SPF only. That type was abandoned, so receivers find no policy."
		}
		var texts []string
		for _, t := range around.type99.TXT {
			texts = append(texts, domain+" SPF "+quoted(t.String()))
		}
		l.add(f, message, "Publish the policy as TXT, and delete the record of type SPF.", texts...)
	}
	if l.rep.Status != None {
		return
	}
	found := false
	for i, prefix := range wrongPlaces {
		if texts := spfTexts(around.wrong[i].TXT); len(texts) > 0 {
			found = true
			l.add(finding(CodeWrongName, domain), "There is an SPF record at "+prefix+domain+", but none at "+domain+", where receivers look for it.",
				"Publish it at "+domain+": "+quoted(texts[0].String()), prefix+domain+" TXT "+quoted(texts[0].String()))
		}
	}
	parent := name.Parent(domain)
	if len(spfTexts(around.parent.TXT)) > 0 {
		found = true
		message := domain + " has no SPF record. That of " + parent + " does not apply to names below it."
		remedy := "Publish a record at " + domain + ": " + quoted(version+" -all") + " if it never sends, " +
			quoted(version+" redirect="+parent) + " if it sends from where " + parent + " does."
		l.add(finding(CodeNotInherited, domain), message, remedy, parent+" TXT "+quoted(spfTexts(around.parent.TXT)[0].String()))
	}
	if found || l.out.Has(CodeNearMiss) || l.out.Has(CodeType99) {
		return // The reason that there is no record has been given.
	}
	remedy := "Publish a TXT record at " + domain + " that names all its senders. If it never sends mail: " + quoted(version+" -all")
	if around.mx.Status == resolver.Success && (len(around.mx.MX) != 1 || around.mx.MX[0].Host != "") {
		remedy = "Publish a TXT record at " + domain + " that names all its senders. If only the hosts that receive its mail send it: " +
			quoted(version+" mx -all")
	}
	l.add(finding(CodeNoRecord, domain), domain+" publishes no SPF record, so receivers cannot tell who may send for it.", remedy,
		domain+" TXT: "+string(around.txt.Status))
}

// nearMiss recognises a text that is meant to be an SPF record, and returns it
// mended.
func nearMiss(text string) (string, bool) {
	if isSPF(text) {
		return "", false
	}
	start := strings.TrimLeft(strings.TrimPrefix(text, "\ufeff"), " \t\r\n\"'\\\u00a0")
	low := strings.ToLower(start[:min(len(start), 12)])
	for _, typo := range []string{
		"v=spf1", "v=spf 1", "v= spf1", "v =spf1", "v = spf1", "v:spf1", "v-spf1", "vspf1", "v=spf", "v=sfp1", "v=psf1", "v=sp1", "=spf1", "spf1", "spf=1",
	} {
		rest, ok := strings.CutPrefix(low, typo)
		if !ok || rest != "" && (alphanum(rest[0]) || rest[0] == '-') && typo != "v=spf1" {
			continue
		}
		body := strings.TrimLeft(start[len(typo):], " \t;:,\u00a0")
		body = strings.TrimRight(body, " \"'\t\r\n;")
		body = strings.Join(strings.Fields(strings.ReplaceAll(body, "\u00a0", " ")), " ")
		return mend(strings.TrimRight(version+" "+body, " ")), true
	}
	return "", false
}

// node is about whether a record can be used at all.
func (l *linter) node(n *Node, path []Hop) {
	var from Hop
	if len(path) > 0 {
		from = path[len(path)-1]
	}
	p := &problem{
		status: n.Status, domain: from.Domain, text: from.Term, target: n.Domain, path: path,
		question: resolver.Question{Name: n.Domain, Type: resolver.TypeTXT},
	}
	switch {
	case n.Loop:
		f := finding(CodeLoop, from.Domain)
		f.Span = mailworthy.Span{Offset: from.Offset, Length: len(from.Term)}
		l.add(f, "The policy goes in a circle: "+quoted(from.Term)+" in the record of "+from.Domain+" leads back to "+n.Domain+
			". Receivers stop with an error when they have followed it ten times.", "Remove "+quoted(from.Term)+".")
		return
	case n.Cut:
		l.add(finding(CodeTooLarge, n.Domain), "The policy is too large to be followed further than "+n.Domain+".",
			"Reduce the policy to what receivers evaluate: ten terms that query DNS.")
		return
	case n.Status == TempError:
		p.code = CodeDNSFailure
		p.answer = resolver.Answer{Status: n.DNS}
	case n.Status == None && from.Term == "":
		return // existence speaks of it.
	case n.Status == None && strings.HasPrefix(strings.ToLower(from.Term), "redirect="):
		p.code = CodeRedirectNoRecord
	case n.Status == None:
		p.code = CodeIncludeNoRecord
	case n.Status == PermError:
		p.domain = n.Domain
		if len(path) == 0 {
			p.answer = l.around.txt
		} else {
			p.answer, _ = l.walker.ask(n.Domain, resolver.TypeTXT)
		}
		texts := spfTexts(p.answer.TXT)
		if len(texts) > 1 {
			p.code = CodeMultipleRecords
			l.out = append(l.out, explain(Result{Status: n.Status, Domain: l.rep.Domain}, p)[0])
		}
		for _, t := range texts[:min(len(texts), maxShown)] {
			_, errs := parseAll(t.String())
			for _, err := range errs {
				l.syntax(n.Domain, err)
			}
		}
		return
	default:
		return
	}
	l.out = append(l.out, explain(Result{Status: n.Status, Domain: l.rep.Domain}, p)...)
}

// syntax is about a term that breaks the grammar.
func (l *linter) syntax(domain string, err *SyntaxError) {
	f := syntaxFinding(domain, err)
	f.Code, _, _ = diagnose(err)
	f.Ref = rules[f.Code].ref
	l.add(f, f.Message, f.Remedy, domain+" TXT "+quoted(err.Record))
}

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

// unknown is about a term of which DNS did not tell something.
func (l *linter) unknown(n *Node, t *TermNode, target string, status resolver.Status) {
	f := finding(CodeDNSFailure, target)
	f.Temporary = true
	f.Span = mailworthy.Span{Offset: t.Offset, Length: len(t.Text)}
	l.add(f, "DNS did not tell what "+quoted(t.Text)+" in the record of "+n.Domain+" stands for: the question for "+target+" ended with "+string(status)+".",
		"Ask again later. If it stays so, check the name servers of "+target+".", n.Domain+" TXT "+quoted(n.Record))
}

// lookups is about terms that name hosts.
func (l *linter) lookups(n *Node, t *TermNode) {
	if t.Macro || t.Dead {
		return
	}
	for _, h := range t.Hosts {
		for _, status := range [...]resolver.Status{h.IPv4, h.IPv6} {
			if status != "" && !status.Definitive() {
				l.unknown(n, t, h.Name, status)
				return
			}
		}
	}
	nothing := t.DNS == resolver.NXDomain || t.DNS == resolver.NoData
	if t.Kind == KindA {
		nothing = nothing && t.Hosts[0].IPv6.Definitive() && t.Hosts[0].IPv6 != resolver.Success
	}
	switch {
	case !t.DNS.Definitive() && t.DNS != "":
		l.unknown(n, t, t.Target, t.DNS)
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

// limits is about what the whole tree costs.
func (l *linter) limits() {
	rep := l.rep
	if rep.Lookups > l.walker.limits.Lookups {
		f := finding(CodeTooManyLookups, rep.Domain)
		evidence := make([]string, 0, len(rep.Tree.Terms))
		for i := range rep.Tree.Terms {
			if t := &rep.Tree.Terms[i]; t.Lookups > 0 {
				evidence = append(evidence, strconv.Itoa(t.Lookups)+" for "+name.Escape(t.Text)+", "+strconv.Itoa(t.After)+" with those before")
			}
		}
		l.add(f, "The policy of "+rep.Domain+" takes "+strconv.Itoa(rep.Lookups)+" terms that query DNS. Receivers stop with an error after "+
			strconv.Itoa(l.walker.limits.Lookups)+".",
			"Remove includes of services that no longer send for the domain, replace \"a\" and \"mx\" by networks, or move some senders to a subdomain with its own record.", evidence...)
	}
	if rep.Voids > l.walker.limits.Voids {
		l.add(finding(CodeTooManyVoids, rep.Domain), strconv.Itoa(rep.Voids)+" terms of the policy of "+rep.Domain+" find nothing in DNS. Receivers stop with an error after "+
			strconv.Itoa(l.walker.limits.Voids)+".", "Remove or correct the terms that find nothing.", l.voids()...)
	}
}

func (l *linter) voids() (out []string) {
	l.rep.Tree.each(nil, func(n *Node, _ []Hop) {
		for i := range n.Terms {
			if t := &n.Terms[i]; !t.Dead && t.Policy == nil && t.Voids4+t.Voids6 > 0 {
				what := " for all clients"
				switch {
				case t.Voids4 == 0:
					what = " for IPv6 clients"
				case t.Voids6 == 0:
					what = " for IPv4 clients"
				}
				out = append(out, name.Escape(t.Text)+" in "+n.Domain+what)
			}
		}
	})
	return out
}

// published is about how the record is published.
func (l *linter) published() {
	n := &l.rep.Tree
	if n.Record == "" || n.Status == TempError {
		return
	}
	if len(n.Record) > maxString && n.Status == "" {
		l.add(finding(CodeLongRecord, n.Domain), "The record of "+n.Domain+" has "+strconv.Itoa(len(n.Record))+" octets. One string of a TXT record holds 255, so it takes several.",
			"If your DNS provider does not split it by itself: "+zoneText(n.Record))
	}
	// Header, question and OPT record, then each record with a compressed name.
	size := 12 + len(n.Domain) + 2 + 4 + 11
	for _, txt := range l.around.txt.TXT {
		size += 12
		for _, s := range txt {
			size += 1 + len(s)
		}
	}
	if size > 512 {
		f := finding(CodeLargeAnswer, n.Domain)
		message := "The TXT records of " + n.Domain + " make an answer of about " + strconv.Itoa(size) + " octets, more than a plain datagram of 512 holds."
		if size > 1232 {
			f.Severity = mailworthy.Warning
			message = "The TXT records of " + n.Domain + " make an answer of about " + strconv.Itoa(size) + " octets. Over 1232 it takes a second query, by TCP, which some firewalls block."
		}
		l.add(f, message, "Remove TXT records that are no longer needed, such as old verifications, and shorten the policy.")
	}
	const short, long = 300, 2 * 86400
	switch {
	case n.TTL > long:
		l.add(finding(CodeTTL, n.Domain), "The record of "+n.Domain+" may be kept for "+strconv.Itoa(int(n.TTL))+" s. A mistake in it stays as long.",
			"Lower the TTL to an hour.")
	case n.TTL < short:
		l.add(finding(CodeTTL, n.Domain), "The record of "+n.Domain+" is valid for only "+strconv.Itoa(int(n.TTL))+" s, so receivers ask for it often, and fail when your DNS does.",
			"Raise the TTL to an hour when the record no longer changes.")
	}
}
