package dmarc

import (
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
)

// text takes over what is wrong with the text of the record that applies, and adds
// what the whole record is without it.
func (l *linter) text() {
	at := l.s.own.record.name
	evidence := l.record()
	whole := l.mended(nil)
	for _, f := range l.rep.Record.Findings {
		percent := f.Code == CodeRemovedTag && strings.HasPrefix(f.Evidence[0], "pct=")
		f.Subject, f.Evidence = at, []string{evidence}
		switch {
		case f.Code == CodeBadPolicy:
			if better, p := l.meant(f.Span); p != "" {
				f.Remedy += " If " + string(p) + " was meant, the record is: " + quoted(better)
			}
		case percent && l.rep.Record.Percent != nil && *l.rep.Record.Percent < 100:
			f.Remedy += " The whole record: " + quoted(whole)
			// There it would only weaken what is there.
			if p := l.rep.Record.Policy; p != PolicyNone && !l.rep.Record.Testing {
				f.Remedy += " or while testing " + quoted(l.mended(func(r *Record) { r.Testing = true }))
			}
		case f.Code == CodeBadURI:
			f.Remedy += " The whole record without it: " + quoted(whole)
		case whole != l.rep.Record.Text:
			f.Remedy += " The whole record: " + quoted(whole)
		}
		l.out = append(l.out, f)
	}
}

// meant is the record with the policy that a wrong value probably stands for.
func (l *linter) meant(at mailworthy.Span) (record string, meant Policy) {
	for _, tag := range l.rep.Record.Tags {
		if tag.Span != at {
			continue
		}
		meant = guess(tag.Value)
		record = l.mended(func(r *Record) {
			r.Policy, r.Subdomain, r.Nonexistent = l.rep.Record.Policy, l.rep.Record.Subdomain, l.rep.Record.Nonexistent
			switch tag.Name {
			case "p":
				r.Policy = meant
			case "sp":
				r.Subdomain = meant
			case "np":
				r.Nonexistent = meant
			}
		})
	}
	return record, meant
}

// policy is about what the record that applies asks for.
func (l *linter) policy() {
	rec, at := l.rep.Record, l.s.own.record.name
	own := l.rep.Own
	if len(rec.Aggregate) == 0 && own.Policy != "" {
		f := domainFinding(CodeNoReports, at)
		message := "The record asks for no aggregate reports, so nobody notices mail of yours that fails, nor abuse of the domain."
		if own.Policy == PolicyNone {
			message = "The policy is none, and the record asks for no reports: it has no effect."
		}
		first := Rollout(RolloutRequest{Domain: l.s.own.record.domain(), Record: l.mended(nil)})
		l.add(f, message, "Add rua= with an address of yours: "+quoted(first.Record), l.record())
	}
	if own.Policy == PolicyNone {
		next := l.mended(func(r *Record) {
			// From a record above, which may well protect others, an own one takes no more
			// than it needs to be treated alike: psd= would say what is true there alone,
			// and a registry has its own reasons for wanting reports.
			switch l.rep.Source {
			case SourceOrganizational:
				*r = Record{Policy: PolicyNone, DKIM: r.DKIM, SPF: r.SPF, Aggregate: r.Aggregate}
			case SourcePSD:
				*r = Record{Policy: PolicyNone}
			}
			if len(r.Aggregate) == 0 {
				r.Aggregate = []URI{MailTo("dmarc-reports@" + l.rep.Domain)}
			}
			*r = raised(*r, Quarantine)
		})
		l.add(domainFinding(CodeMonitoring, at), "The policy for "+l.rep.Domain+" is none: receivers report mail that fails, but deliver it, whoever sent it.",
			"When the reports show that all mail of yours passes, publish at "+prefix+l.rep.Domain+": "+quoted(next), l.record())
	}
	if tested := tested(rec); tested != "" {
		l.add(domainFinding(CodeTesting, at), "With t=y receivers apply "+tested+".",
			"When the reports show that all your own mail passes, remove it: "+quoted(l.mended(func(r *Record) { r.Testing = false })), l.record())
	}
	if rec.PSD == PSDYes && l.s.own.record.domain() == l.rep.Domain && listed(l.rep.Domain) != "" {
		l.add(domainFinding(CodePublicSuffix, at), "psd=y says that "+l.rep.Domain+" is a public suffix, below which others have their domains. Its subdomains are then no part of it, and do not align with it.",
			"Unless you give out domains below "+l.rep.Domain+", remove psd=y: "+quoted(l.mended(func(r *Record) { r.PSD = PSDUnspecified })), l.record())
	}
	if rec.PSD == PSDYes && len(rec.Failure) > 0 {
		l.add(domainFinding(CodeSuffixFailure, at), "The record is that of a public suffix. Receivers must not send the failure reports that it asks for.",
			"Remove ruf=: "+quoted(l.mended(func(r *Record) { r.Failure, r.FailureOptions = nil, nil })), l.record())
	}
	l.bimi(at)
}

// differences is about receivers that follow RFC 7489.
func (l *linter) differences() {
	if len(l.rep.Differences) == 0 {
		return
	}
	remedy := "Nothing has to be done if both do what you want."
	var evidence []string
	for _, d := range l.rep.Differences {
		line := "the " + strings.ReplaceAll(string(d.Aspect), "-", " ") + " of " + d.Subject + ": " + orNothing(d.RFC9989) + " by RFC 9989, " + orNothing(d.RFC7489) + " by RFC 7489"
		evidence = append(evidence, line)
		if d.Aspect == AspectOrganizational {
			remedy = "Nothing has to be done if both do what you want. To make them agree on the organisational domain, publish a record with psd=n at " + prefix + d.RFC7489 + ", and none with psd=n or psd=y below it."
		}
	}
	l.add(domainFinding(CodeListDiffers, l.rep.Domain), "Receivers that follow RFC 7489, and with it the public suffix list, treat mail of "+l.rep.Domain+" differently.",
		remedy, evidence...)
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// tested says what t=y changes.
func tested(rec *Record) string {
	var parts []string
	for _, s := range scopes {
		if p, _ := rec.PolicyFor(s.scope); rec.Testing && p != p.Lower() {
			parts = append(parts, string(p.Lower())+" instead of "+string(p)+" for "+s.text)
		}
	}
	return strings.Join(parts, ", ")
}

// bimi mentions that the policy is strong enough for the logos of BIMI.
func (l *linter) bimi(at string) {
	rec := l.rep.Record
	ready := func(e Effect) bool { return e.Applied == Quarantine || e.Applied == Reject }
	if rec.Testing || rec.Percent != nil && *rec.Percent < 100 || !ready(l.rep.Own) || !ready(l.rep.Existing) {
		return
	}
	l.add(domainFinding(CodeBIMI, at), "The policy is strong enough for BIMI, by which receivers show a logo next to mail that passes.",
		"Nothing has to be done. BIMI takes a record at default._bimi."+l.rep.Domain+" and, with most receivers, a certificate.", l.record())
}

// subdomains is about what names below the domain of the record get.
func (l *linter) subdomains() {
	s, rec := l.s, l.rep.Record
	at := s.own.record.name
	owner := s.own.record.domain()
	if owner == l.rep.Domain && s.own.org != "" && s.own.org != owner && rec.PSD != PSDYes {
		if rec.Subdomain != "" || rec.Nonexistent != "" {
			l.add(domainFinding(CodeNotInherited, at), "sp= and np= count for nobody in this record: what is below "+l.rep.Domain+" inherits from "+s.own.org+", its organisational domain.",
				"Publish records for the subdomains that need their own policy, or make "+l.rep.Domain+" an organisational domain with psd=n. Otherwise remove them: "+
					quoted(l.mended(func(r *Record) { r.Subdomain, r.Nonexistent = "", "" })), l.record())
		}
		return
	}
	p, _ := rec.PolicyFor(ScopeDomain)
	sub, tag := rec.PolicyFor(ScopeSubdomain)
	missing, missingTag := rec.PolicyFor(ScopeNonexistent)
	if tag == "sp" && sub.Compare(p) < 0 {
		l.add(domainFinding(CodeWeakSubdomains, at), "sp="+string(sub)+" is weaker than p="+string(p)+": forgers who cannot use "+owner+" use a subdomain of it.",
			"Remove sp= when the subdomains that send pass DMARC: "+quoted(l.mended(func(r *Record) {
				r.Subdomain = ""
				if r.Nonexistent.Compare(sub) <= 0 {
					r.Nonexistent = ""
				}
				*r = tidy(*r)
			})), l.record())
	}
	if missingTag == "np" && missing.Compare(sub) < 0 {
		l.add(domainFinding(CodeWeakSubdomains, at), "np="+string(missing)+" is weaker than what existing subdomains get, "+string(sub)+". Nobody sends legitimate mail from names that do not exist.",
			"Remove np=, or strengthen it: "+quoted(l.mended(func(r *Record) { r.Nonexistent = Reject; *r = tidy(*r) })), l.record())
	}
	exists, known := s.existence(s.nobody.start)
	if rec.Nonexistent != "" && known && exists && s.nobody.start != l.rep.Domain && s.nobody.source != SourceAuthor {
		l.add(domainFinding(CodeUnusedNonexistent, at), "np= applies to nothing below "+l.rep.Domain+": a wildcard makes every name there exist, so that all get what existing ones do, "+string(sub)+".",
			"Remove the wildcard, or make sp as strict as np: "+quoted(l.mended(func(r *Record) {
				if r.Nonexistent.Compare(sub) > 0 {
					r.Subdomain = r.Nonexistent
				}
				*r = tidy(*r)
			})), l.record(), s.nobody.start+": exists")
	}
}

// below is about names below the domain with records that count for them alone.
func (l *linter) below() {
	s := l.s
	if s.nobody.source == SourceAuthor && s.nobody.start != l.rep.Domain {
		nd := s.nobody.record
		l.add(domainFinding(CodeWildcard, "*."+l.rep.Domain), "A wildcard gives a DMARC record to each name below "+l.rep.Domain+" that does not exist. What "+prefix+l.rep.Domain+" says for subdomains does not count for these.",
			"Publish the record at "+prefix+l.rep.Domain+" alone, and remove it from the wildcard.", nd.shows())
	}
	for i, sub := range s.subs {
		e := l.rep.Subdomains[i]
		if sub.source != SourceAuthor {
			continue
		}
		// What is not known is no policy here, and nothing is weaker than that.
		if would := l.rep.Existing.Applied; e.Applied.Compare(would) < 0 {
			has := string(e.Applied)
			if has == "" {
				has = "nothing"
			}
			l.add(domainFinding(CodeSubdomainWeaker, sub.record.name), sub.start+" has a record of its own, by which receivers apply "+has+". Without it they would apply "+string(would)+".",
				"Delete the record, or make its policy as strict: "+quoted(withPolicy(sub.record.record, would)), sub.record.shows())
		}
	}
	if n := len(s.ignored); n > 0 {
		shown := make([]string, 0, maxListed)
		for _, text := range s.ignored[:min(n, maxListed)] {
			shown = append(shown, quoted(cut(text)))
		}
		l.add(domainFinding(CodeNotExamined, l.rep.Domain), strconv.Itoa(n)+" of the subdomains that were asked about are not examined: they are not below "+l.rep.Domain+", or more than "+strconv.Itoa(maxSubdomains)+".",
			"Ask for them apart.", shown...)
	}
}

// withPolicy is a record with another policy for its domain, and no weaker ones.
func withPolicy(rec *Record, p Policy) string {
	r, _ := mended(rec)
	r.Percent, r.Testing = nil, false
	r.Policy = p
	if r.Subdomain.Compare(p) < 0 {
		r.Subdomain = ""
	}
	if r.Nonexistent.Compare(p) < 0 {
		r.Nonexistent = ""
	}
	return r.String()
}

// services is about strict alignment where services send for the domain.
func (l *linter) services() {
	rec := l.rep.Record
	if rec.SPF != Strict && rec.DKIM != Strict {
		return
	}
	services := l.s.services
	if services == nil {
		for _, t := range l.s.apex.TXT {
			for _, domain := range included(t.String()) {
				if org := l.rep.OrganizationalDomain; org == "" || !name.Within(domain, org) {
					services = append(services, domain)
				}
			}
		}
	}
	if len(services) == 0 {
		return
	}
	shown := make([]string, 0, maxListed)
	for _, s := range services[:min(len(services), maxListed)] {
		shown = append(shown, name.Escape(cut(s)))
	}
	names := strings.Join(shown, ", ")
	f := domainFinding(CodeStrictServices, l.s.own.record.name)
	relaxed := l.mended(func(r *Record) { r.SPF, r.DKIM = Relaxed, Relaxed })
	evidence := []string{l.record(), "services: " + names}
	switch {
	case rec.DKIM != Strict:
		f.Severity = mailworthy.Info
		l.add(f, "With aspf=s, SPF counts only when the return path is in "+l.rep.Domain+" itself. These services use a domain of theirs, or a subdomain, and depend on DKIM alone: "+names+".",
			"Nothing has to be done if each of them signs with d="+l.rep.Domain+". Otherwise remove aspf=s: "+quoted(relaxed), evidence...)
	case rec.SPF != Strict:
		f.Severity = mailworthy.Info
		l.add(f, "With adkim=s, signatures count only with d="+l.rep.Domain+" itself, not with a subdomain. These services send for the domain: "+names+".",
			"Let each of them sign with d="+l.rep.Domain+". Otherwise remove adkim=s: "+quoted(relaxed), evidence...)
	default:
		l.add(f, "With adkim=s and aspf=s, mail passes only when it is signed with d="+l.rep.Domain+", or returns to that domain itself. Services use a domain of theirs or a subdomain unless they are told otherwise: "+names+".",
			"Let each of them sign with d="+l.rep.Domain+", or use relaxed alignment: "+quoted(relaxed), evidence...)
	}
}
