package dmarc

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/psl"
	"github.com/mailworthy/mailworthy/resolver"
)

// linter collects the findings of a report.
type linter struct {
	rep *Report
	s   *survey
	out mailworthy.Findings
}

// lintDomain says what is wrong with a domain's DMARC.
func lintDomain(rep *Report, s *survey) mailworthy.Findings {
	l := linter{rep: rep, s: s}
	l.failures()
	l.existence()
	l.atName()
	if s.own.record != nil {
		l.text()
		l.policy()
		l.subdomains()
		l.services()
		l.destinations()
	}
	l.below()
	l.differences()
	l.published()
	return l.out
}

func (l *linter) add(f mailworthy.Finding, message, remedy string, evidence ...string) {
	f.Message, f.Remedy, f.Evidence = message, remedy, evidence
	l.out = append(l.out, f)
}

// shows is a TXT record as evidence.
func shows(at, text string) string { return at + ` TXT "` + name.Escape(text) + `"` }

// shows is the record of a node as evidence.
func (n *node) shows() string { return n.name + ` TXT "` + n.record.Text + `"` }

// saw is an answer as evidence: its texts, or its status.
func saw(q resolver.Question, a resolver.Answer) []string {
	var out []string
	for i, t := range a.TXT {
		if i == maxListed {
			return append(out, "and "+strconv.Itoa(len(a.TXT)-i)+" more")
		}
		out = append(out, shows(q.Name, t.String()))
	}
	if len(out) == 0 {
		text := q.String() + ": " + string(a.Status)
		if a.Problem != "" {
			text += " (" + name.Escape(a.Problem) + ")"
		}
		if a.Server != "" {
			text += " from " + name.Escape(a.Server)
		}
		out = append(out, text)
	}
	return out
}

func badReportDomain(domain string) mailworthy.Finding {
	f := domainFinding(CodeBadDomain, domain)
	f.Message = `"` + domain + `" is no domain name that can have a DMARC record.`
	f.Remedy = "Correct the domain: it is what stands behind the @ of an address."
	f.Evidence = []string{domain}
	return f
}

// failures tells of the questions that DNS gave no answer to. Nothing is concluded
// from them.
func (l *linter) failures() {
	var evidence []string
	count := 0
	told := make(map[resolver.Question]bool)
	tell := func(q resolver.Question) {
		a, ok := l.s.tree.view.Get(q)
		if !ok || a.Status.Definitive() || told[q] {
			return
		}
		told[q] = true
		if count++; count <= maxListed {
			evidence = append(evidence, saw(q, resolver.Answer{Status: a.Status, Problem: a.Problem, Server: a.Server})...)
		}
	}
	for _, w := range l.s.walks {
		for _, i := range w.targets[:w.count] {
			tell(l.s.tree.node(int(i)).question())
		}
	}
	for _, q := range l.s.asked {
		tell(q)
	}
	if count == 0 {
		return
	}
	if count > maxListed {
		evidence = append(evidence, "and "+strconv.Itoa(count-maxListed)+" more")
	}
	f := domainFinding(CodeDNSFailure, l.rep.Domain)
	f.Temporary = true
	message := "DNS did not tell whether a policy applies to " + l.rep.Domain + ". It may well have one."
	if l.rep.Status != TempError {
		f.Severity = mailworthy.Warning
		message = "DNS did not tell all about the DMARC of " + l.rep.Domain + ". What depends on it is unknown here."
	}
	l.add(f, message, "Ask again later. If it stays so, check the name servers of the names in the evidence.", evidence...)
}

// existence is about whether there is a record that counts.
func (l *linter) existence() {
	s := l.s
	var targets [maxTargets]string
	for _, target := range targets[:targetsOf(l.rep.Domain, &targets)] {
		nd := s.node(target)
		if nd.outcome() == FoundSeveral {
			l.several(nd)
		}
		if nd.stops() {
			break
		}
	}
	switch {
	case s.own.record != nil && l.rep.Status == None:
		l.add(domainFinding(CodeUnusableRecord, s.own.record.name),
			"The record that applies to "+l.rep.Domain+" has no policy that can be used, and no address for reports. Receivers apply no DMARC.",
			"Publish a whole record: "+quoted(Rollout(RolloutRequest{Domain: s.own.record.domain(), Record: l.mended(nil)}).Record), l.record())
	case s.own.status == None && s.node(l.rep.Domain).outcome() != FoundSeveral:
		message := "No DMARC record applies to " + l.rep.Domain + ". Everybody may send in its name, nobody reports it, and large receivers refuse its bulk mail."
		if exists, known := s.existence(l.rep.Domain); known && !exists {
			message = l.rep.Domain + " does not exist in DNS, and no DMARC record applies to it."
		}
		// A record below the organisation's domain alone makes another organisation of
		// what is below it (RFC 9989 section 4.10.2), with which the rest does not align.
		step := Rollout(RolloutRequest{Domain: psl.Organizational(l.rep.Domain)})
		l.add(domainFinding(CodeNoRecord, l.rep.Domain), message,
			"Publish a TXT record at "+step.Name+", with an address that takes reports: "+quoted(step.Record), l.walked()...)
	}
}

// walked is the evidence of a walk that found nothing.
func (l *linter) walked() []string {
	var out []string
	for _, step := range l.rep.Steps {
		out = append(out, step.Name+" TXT: "+string(step.DNS))
	}
	return out
}

// several is about a name with more than one record, of which none counts.
func (l *linter) several(nd *node) {
	f := domainFinding(CodeMultipleRecords, nd.name)
	if nd.domain() != l.rep.Domain {
		f.Severity = mailworthy.Warning
	}
	var evidence, texts []string
	for _, t := range l.s.tree.answer(nd).TXT {
		if text := t.String(); IsRecord(text) {
			texts = append(texts, text)
			if len(evidence) < maxListed {
				evidence = append(evidence, shows(nd.name, text))
			}
		}
	}
	// What the record of a domain above protects is not to be lost.
	above := l.s.tree.discover(l.s.tree.walk(nd.domain()))
	instead, bound := "", "since none is applied now,"
	if above.record != nil {
		instead = " The record of " + above.record.domain() + " applies."
		bound = "but none weaker than what that asks for,"
	}
	remedy := "Delete all but one."
	if merged, ok := merge(texts, above.effect(ScopeSubdomain).Applied); ok && above.status != TempError {
		remedy = "Publish one in place of them. With the mildest policy, " + bound + " and all addresses it is: " + quoted(merged)
	}
	l.add(f, nd.domain()+" publishes "+strconv.Itoa(int(nd.count))+" DMARC records. Receivers discard all of them."+instead, remedy, evidence...)
}

// merge makes one record of several, with all addresses: the mildest of all that they
// ask for, since anything stricter would hit mail that nobody has looked at, but no
// policy below the least.
func merge(texts []string, least Policy) (string, bool) {
	var out Record
	for i, text := range texts[:min(len(texts), maxListed)] {
		rec, err := Parse(text)
		if err != nil {
			return "", false
		}
		r, _ := mended(rec)
		r.Percent = nil
		if i == 0 {
			out = r
			continue
		}
		sub, missing := milder(out, r, ScopeSubdomain), milder(out, r, ScopeNonexistent)
		out.Policy = milder(out, r, ScopeDomain)
		out.Subdomain, out.Nonexistent = sub, missing
		out.Testing = out.Testing || r.Testing
		if r.DKIM != Strict {
			out.DKIM = Relaxed
		}
		if r.SPF != Strict {
			out.SPF = Relaxed
		}
		if out.PSD == PSDUnspecified {
			out.PSD = r.PSD
		}
		out.Aggregate, out.Failure = union(out.Aggregate, r.Aggregate), union(out.Failure, r.Failure)
		if len(out.FailureOptions) == 0 {
			out.FailureOptions = r.FailureOptions
		}
	}
	if least.Compare(PolicyNone) > 0 {
		out.Testing = false // It would weaken that.
		for _, p := range [...]*Policy{&out.Policy, &out.Subdomain, &out.Nonexistent} {
			if p.Compare(least) < 0 {
				*p = least
			}
		}
	}
	out = tidy(out)
	return out.String(), len(texts) <= maxListed
}

// milder returns the milder policy of two records.
func milder(a, b Record, s Scope) Policy {
	p, _ := a.PolicyFor(s)
	if q, _ := b.PolicyFor(s); q.Compare(p) < 0 {
		return q
	}
	return p
}

func union(a, b []URI) []URI {
	for _, u := range b {
		if !slices.ContainsFunc(a, func(have URI) bool { return have.Text == u.Text }) {
			a = append(a, u)
		}
	}
	return a
}

// atName is about what else the name of the domain's own record has, and about
// records at names where nobody looks.
func (l *linter) atName() {
	nd := l.s.node(l.rep.Domain)
	at := nd.name
	var others []string
	for _, t := range l.s.tree.answer(nd).TXT {
		text := t.String()
		switch {
		case IsRecord(text):
		case looksLike(text):
			l.nearMiss(at, text)
		default:
			others = append(others, text)
		}
	}
	// Beside no record they say nothing: a wildcard for other things may make them.
	if n := len(others); n > 0 && nd.count > 0 {
		evidence := make([]string, 0, n)
		for _, text := range others[:min(n, maxListed)] {
			evidence = append(evidence, shows(at, text))
		}
		l.add(domainFinding(CodeForeignText, at), "The name of the DMARC record has "+strconv.Itoa(n)+" other TXT records, which receivers skip.",
			"Move them to where they belong, or delete them. Only the DMARC record belongs at "+at+".", evidence...)
	}
	for _, t := range l.s.apex.TXT {
		if text := t.String(); IsRecord(text) || looksLike(text) && !strings.HasPrefix(strings.ToLower(text), "v=spf1") {
			l.misplaced(l.rep.Domain, text)
		}
	}
	for _, w := range l.s.wrong {
		// One that a wildcard makes is at every name, and not misplaced here.
		for _, t := range w.answer.TXT {
			if text := t.String(); IsRecord(text) && !l.fromWildcard(text) {
				l.misplaced(w.name, text)
			}
		}
	}
}

func (l *linter) fromWildcard(text string) bool {
	return l.s.nobody.record != nil && l.s.nobody.source == SourceAuthor && l.s.nobody.record.record.Text == name.Escape(text)
}

func (l *linter) misplaced(at, text string) {
	counts := prefix + l.rep.Domain
	if l.s.own.record != nil {
		counts = l.s.own.record.name
	} else if l.s.node(l.rep.Domain).count == 0 {
		l.add(domainFinding(CodeWrongName, at), "A DMARC record stands at "+at+", where no receiver looks for that of "+l.rep.Domain+".",
			"Move it to "+prefix+l.rep.Domain+": "+quoted(repaired(text)), shows(at, text))
		return
	}
	f := domainFinding(CodeWrongName, at)
	f.Severity = mailworthy.Info
	l.add(f, "A DMARC record stands at "+at+", where no receiver looks for it.", "Delete it. What counts is the record at "+counts+".", shows(at, text))
}

// nearMiss is about a text that is meant to be a record.
func (l *linter) nearMiss(at, text string) {
	reason := ""
	offset := 0
	if _, err := parseVersion(text); err != nil {
		if e, ok := err.(*SyntaxError); ok { //nolint:errorlint // It comes from next door, not wrapped.
			reason, offset = ": "+e.Reason, e.Offset
		}
	}
	f := domainFinding(CodeNearMiss, at)
	f.Span = mailworthy.Span{Offset: min(offset, len(text)), Length: 1}
	if l.s.node(l.rep.Domain).record != nil {
		f.Severity = mailworthy.Warning
	}
	l.add(f, "A TXT record at "+at+" is meant for DMARC, but receivers do not take it for such"+name.Escape(reason)+".",
		"Replace it by "+quoted(repaired(text)), shows(at, text))
}

// published is about how the domain's own record is published.
func (l *linter) published() {
	nd := l.s.node(l.rep.Domain)
	at := nd.name
	if aliases := l.rep.Alias; len(aliases) > 0 && nd.status.Definitive() {
		target := aliases[len(aliases)-1]
		evidence := []string{at + " CNAME " + aliases[0]}
		switch {
		case nd.count > 0:
			l.add(domainFinding(CodeAlias, at), at+" is an alias: whoever controls "+target+" decides about the policy of "+l.rep.Domain+".",
				"Nothing has to be done as long as that is intended.", evidence...)
		case !slices.ContainsFunc(l.s.tree.answer(nd).TXT, func(t resolver.Text) bool { return looksLike(t.String()) }):
			l.add(domainFinding(CodeDanglingAlias, at), at+" is an alias to "+target+", which has no DMARC record.",
				"Publish the record there, or replace the alias by the record itself. If the target is no longer yours, delete the alias at once: others can publish a policy through it.",
				append(evidence, target+" TXT: "+string(nd.status))...)
		}
	}
	if nd.record == nil {
		return
	}
	const short, long = 300, 2 * 86400
	seconds := strconv.FormatUint(uint64(nd.ttl), 10)
	switch {
	case nd.ttl > long:
		l.add(domainFinding(CodeTTL, at), "The record may be kept for "+seconds+" s. A mistake in it stays as long.", "Lower the TTL to an hour.", at+" TXT: TTL "+seconds)
	case nd.ttl < short:
		l.add(domainFinding(CodeTTL, at), "The record came with a life of only "+seconds+" s. If that is what you publish, not what a cache has left of it, receivers ask often, and fail when your DNS does.",
			"Raise the TTL to an hour when the record no longer changes.", at+" TXT: TTL "+seconds)
	}
}

// record is the one that applies, as evidence.
func (l *linter) record() string {
	return l.s.own.record.shows()
}

// mended is the text of the record that applies, without what is wrong with it, and
// with a change.
func (l *linter) mended(change func(*Record)) string {
	r, _ := mended(l.rep.Record)
	r.Percent = nil
	if change != nil {
		change(&r)
	}
	return r.String()
}
