package spf

import (
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/txt"
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
	seen   map[string]bool // domains whose records have been gone through
	shown  map[subject]int // findings of a kind
	latest [2]string       // the record that evidence was last made from, and that
}

// subject is what findings are counted by.
type subject struct {
	code mailworthy.Code
	name string
}

// lint says what is wrong with a domain's policy. What stands in the records of
// others is only spoken of where it breaks the policy: the domain's administrator
// cannot mend the rest.
func lint(rep *Report, w *walker, around *surroundings) mailworthy.Findings {
	l := linter{rep: rep, walker: w, around: around, seen: make(map[string]bool), shown: make(map[subject]int)}
	l.existence()
	rep.Tree.each(nil, func(n *Node, path []Hop) {
		l.node(n, path)
		if n.Record == "" || l.seen[n.Domain] {
			return
		}
		l.seen[n.Domain] = true
		l.all(n, path)
		own := l.own(n)
		if own {
			l.shape(n)
		}
		for i := range n.Terms {
			t := &n.Terms[i]
			if !t.Dead {
				l.breaks(n, t)
			}
			if own {
				l.term(n, t)
			}
		}
		if own {
			l.duplicates(n)
		}
	})
	l.limits()
	l.published()
	return l.out
}

// own reports whether the domain's administrator writes the record of n.
func (l *linter) own(n *Node) bool { return name.Within(n.Domain, l.rep.Domain) }

// enough reports whether a domain has so many findings of a kind already that more
// tell nothing new.
func (l *linter) enough(code mailworthy.Code, name string) bool {
	return l.shown[subject{code, name}] >= maxShown
}

func (l *linter) add(f mailworthy.Finding, message, remedy string, evidence ...string) {
	if l.enough(f.Code, f.Subject) {
		return
	}
	l.shown[subject{f.Code, f.Subject}]++
	f.Message, f.Remedy, f.Evidence = message, remedy, evidence
	l.out = append(l.out, f)
}

// addTerm adds a finding about one term.
func (l *linter) addTerm(code mailworthy.Code, n *Node, t *Term, message, remedy string) {
	if l.enough(code, n.Domain) {
		return
	}
	f := finding(code, n.Domain)
	f.Span = mailworthy.Span{Offset: t.Offset, Length: len(t.Text)}
	l.add(f, message, remedy, l.shows(n))
}

// shows is the evidence of a record. Findings share it, since it may be long.
func (l *linter) shows(n *Node) string {
	if key := n.Domain + " " + n.Record; l.latest[0] != key {
		l.latest = [2]string{key, n.Domain + " TXT " + quoted(n.Record)}
	}
	return l.latest[1]
}

// existence is about the domain's own record: whether there is one.
func (l *linter) existence() {
	domain, around := l.rep.Domain, l.around
	l.nearMisses()
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
	if found || l.out.Has(CodeNearMiss) || l.out.Has(CodeEmbeddedVersion) || l.out.Has(CodeType99) {
		return // The reason that there is no record has been given.
	}
	remedy := "Publish a TXT record at " + domain + " that names all its senders. If it never sends mail: " + quoted(version+" -all")
	if around.mx.Status == resolver.Success && (len(around.mx.MX) != 1 || around.mx.MX[0].Host != "") {
		remedy = "Publish a TXT record at " + domain + " that names all its senders. If only the hosts that receive its mail send it: " +
			quoted(version+" mx -all")
	}
	l.add(finding(CodeNoRecord, domain), noRecord(domain, around.txt.Status), remedy,
		domain+" TXT: "+string(around.txt.Status))
}

// nearMisses is about records beside the policy that are meant for it.
func (l *linter) nearMisses() {
	domain := l.rep.Domain
	records := spfTexts(l.around.txt.TXT)
	// What is published already, and what would come to it.
	together, mendable := records, true
	type miss struct {
		code         mailworthy.Code
		text, mended string
	}
	var misses []miss
	for _, txt := range l.around.txt.TXT {
		text := txt.String()
		if strings.HasPrefix(strings.ToLower(text), "spf2.0/") {
			l.add(finding(CodeSenderID, domain), domain+" publishes a Sender ID record, which no receiver reads any more.",
				"Delete the record.", domain+" TXT "+quoted(text))
			continue
		}
		if code, mended := nearMiss(text); code != "" {
			misses = append(misses, miss{code, text, mended})
			together = append(together, resolver.Text{mended})
			mendable = mendable && mended != ""
		}
	}
	for _, m := range misses {
		message := "A TXT record of " + domain + " is meant for SPF, but does not start with \"v=spf1\" and a blank, so receivers overlook it."
		if m.code == CodeEmbeddedVersion {
			message = "A TXT record of " + domain + " has an SPF record in its middle. Receivers only look at the start, so they overlook it."
		}
		remedy := "Correct it so that it starts with \"v=spf1\" and a blank; a domain has one such record."
		if mendable {
			if len(together) == 1 {
				remedy = "Publish it as " + quoted(m.mended)
			} else if text, ok := mergeRecords(together); ok {
				remedy = "Delete it, or, to keep what it says, publish one record in place of all: " + quoted(text)
			}
		}
		l.add(finding(m.code, domain), message, remedy, domain+" TXT "+quoted(m.text))
	}
}

// typos are how the version is misspelt, in lower case. Whether those that stand for
// nothing else are near misses does not depend on what follows.
var typos = [...]struct {
	text string
	sure bool
}{
	{"v=spf1", true},
	{"v=spf 1", true},
	{"v= spf1", true},
	{"v =spf1", true},
	{"v = spf1", true},
	{"v:spf1", true},
	{"v-spf1", true},
	{"vspf1", true},
	{"v=sfp1", true},
	{"v=psf1", true},
	{"v=sp1", true},
	{"v=spf", true},
	{"v=spf-1", true},
	{"v==spf1", true},
	{"=spf1", false},
	{"spf1", false},
	{"spf=1", false},
	{"spf=spf1", false},
}

// nearMiss recognises a text that is meant to be an SPF record, and returns it
// mended, or "" where that is not plain.
func nearMiss(text string) (code mailworthy.Code, mended string) {
	if isSPF(text) {
		return "", ""
	}
	if ascii, ok := plainASCII(text); ok {
		text = ascii
	}
	text = strings.Trim(text, " \t\r\n\"'\\`;")
	low := strings.ToLower(text)
	for _, typo := range typos {
		rest, ok := strings.CutPrefix(low, typo.text)
		if !ok {
			continue
		}
		body := strings.Join(strings.Fields(strings.TrimLeft(text[min(len(typo.text), len(text)):], " \t;:,")), " ")
		mended = strings.TrimRight(version+" "+body, " ")
		// Without a blank it may be something else, as "v=spf10" or "spf1-check=1",
		// unless the rest is a term.
		ends := rest == "" || strings.IndexByte(" \t;:,", rest[0]) >= 0
		mended = mend(mended)
		good := wellFormed(mended)
		switch {
		case good && (ends || typo.sure && body != "" && (alpha(body[0]) || strings.IndexByte("+-~?", body[0]) >= 0)):
			return CodeNearMiss, mended
		case ends && typo.sure:
			return CodeNearMiss, ""
		}
	}
	// A record in the middle of another text.
	for from := 0; ; {
		i := strings.Index(low[from:], version)
		if i < 0 {
			return "", ""
		}
		from += i + len(version)
		if at := from - len(version); at > 0 && !alphanum(low[at-1]) && len(low) == len(text) && isSPF(text[at:]) {
			if mended = mend(text[at:]); wellFormed(mended) && len(mended) > len(version) {
				return CodeEmbeddedVersion, mended
			}
			return "", ""
		}
	}
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
	case l.seen[n.Domain] && n.Status != None && !n.Loop:
		return // Another term leads to it too.
	case n.Loop:
		f := finding(CodeLoop, from.Domain)
		f.Span = mailworthy.Span{Offset: from.Offset, Length: len(from.Term)}
		l.add(f, "The policy goes in a circle: "+quoted(from.Term)+" in the record of "+from.Domain+" leads back to "+n.Domain+
			". Receivers stop with an error when they have followed it ten times.", "Remove "+quoted(from.Term)+".", way(path)...)
		return
	case n.Cut && n.Status == "":
		l.tooLarge(n.Domain)
		return
	case n.Status == TempError:
		p.code = CodeDNSFailure
		p.answer, _ = l.walker.ask(n.Domain, resolver.TypeTXT)
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
			value := -1 // of a term that a blank separates from it
			for _, err := range errs {
				if err.Offset != value {
					l.syntax(n.Domain, err)
				}
				value, _ = nextTerm(err.Text, err.Offset+len(err.Term))
				if code, _, _ := diagnose(err); code != CodeStrayBlank {
					value = -1
				}
			}
		}
		return
	default:
		return
	}
	for _, f := range explain(Result{Status: n.Status, Domain: l.rep.Domain}, p) {
		if n.Status == None {
			f.Span = mailworthy.Span{Offset: from.Offset, Length: len(from.Term)}
		}
		l.add(f, f.Message, f.Remedy, f.Evidence...)
	}
}

// way is the evidence of how a record is reached.
func way(path []Hop) []string {
	var evidence lines
	for _, h := range path {
		evidence.add(h.Domain, " has ", quoted(h.Term))
	}
	return evidence.list()
}

// tooLarge says once where the walk ends.
func (l *linter) tooLarge(domain string) {
	f := finding(CodeTooLarge, l.rep.Domain)
	if l.shown[subject{f.Code, f.Subject}] == 0 {
		l.add(f, "The policy is too large to be followed further than "+domain+".",
			"Reduce the policy to what receivers evaluate: ten terms that query DNS.")
	}
}

// syntax is about a term that breaks the grammar.
func (l *linter) syntax(domain string, err *SyntaxError) {
	f := syntaxFinding(domain, err)
	f.Code, _, _ = diagnose(err)
	f.Ref = rules[f.Code].Ref
	l.add(f, f.Message, f.Remedy, domain+" TXT "+quoted(err.Text))
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
	if len(n.Record) > txt.MaxString && n.Status == "" {
		l.add(finding(CodeLongRecord, n.Domain), "The record of "+n.Domain+" has "+strconv.Itoa(len(n.Record))+" octets. One string of a TXT record holds 255, so it takes several.",
			"If your DNS provider does not split it by itself: "+txt.Data(n.Record), l.shows(n))
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
		l.add(f, message, "Remove TXT records that are no longer needed, such as old verifications, and shorten the policy.",
			strconv.Itoa(len(l.around.txt.TXT))+" TXT records of "+strconv.Itoa(size)+" octets")
	}
	const short, long = 300, 2 * 86400
	switch {
	case n.TTL > long:
		l.add(finding(CodeTTL, n.Domain), "The record of "+n.Domain+" may be kept for "+strconv.Itoa(int(n.TTL))+" s. A mistake in it stays as long.",
			"Lower the TTL to an hour.", n.Domain+" TXT: TTL "+strconv.Itoa(int(n.TTL)))
	case n.TTL < short:
		l.add(finding(CodeTTL, n.Domain), "The record of "+n.Domain+" came with a life of only "+strconv.Itoa(int(n.TTL))+" s. If that is what you publish, not what a cache has left of it, receivers ask often, and fail when your DNS does.",
			"Raise the TTL to an hour when the record no longer changes.", n.Domain+" TXT: TTL "+strconv.Itoa(int(n.TTL)))
	}
}
