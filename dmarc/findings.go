package dmarc

import (
	"fmt"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/psl"
	"github.com/mailworthy/mailworthy/internal/txt"
	"github.com/mailworthy/mailworthy/resolver"
)

// explain says why a message does not pass, and what makes it.
func (e *evaluation) explain(res *Result) {
	add := func(f mailworthy.Finding) { res.Findings = append(res.Findings, f) }
	tooMany := e.several(res)
	switch {
	case res.Status != None:
	case res.Record != nil:
		add(unusable(res))
	case !tooMany: // Else one of these is the record that it would be about.
		add(noRecord(res))
	}
	switch res.Status {
	case TempError:
		e.failures(res, add)
	case PermError:
		f := rules.Finding(CodeTooManyIdentifiers, res.Domain)
		f.Message = fmt.Sprintf("The message has more than %d authenticated domains below %s, of which the limit leaves some unchecked.",
			e.req.Limits.Walks, res.OrganizationalDomain)
		f.Remedy = "Sign a message once, with d=" + res.Domain + ". If such messages are wanted, raise Limits.Walks."
		f.Evidence = e.texts.domains(res, func(id *Identifier) bool { return id.Reason == ReasonLimit })
		add(f)
	case Fail:
		add(e.failed(res))
		e.nearly(res, add)
		if res.Applied != res.Policy && res.Mode == RFC9989 {
			f := rules.Finding(CodeTesting, res.RecordDomain)
			f.Message = "The record asks for " + string(res.Policy) + ", and with t=y for one step less: " + string(res.Applied) + "."
			f.Remedy = "Remove t=y from the record when all senders are authenticated."
			f.Evidence = []string{recordLine(res.RecordDomain, res.Record.Text)}
			add(f)
		}
	}
}

// texts writes the texts of findings one behind the other into one piece of memory,
// since a message that fails has many, and failing messages come in floods.
type texts struct{ b strings.Builder }

// usual is how long the texts about a message that fails are together.
const usual = 704

func (t *texts) join(parts ...string) string {
	start := t.b.Len()
	for _, s := range parts {
		t.b.WriteString(s)
	}
	return t.b.String()[start:]
}

// several is about names with more than one record. It reports whether the domain, or
// its organisation, has one too many, rather than none.
func (e *evaluation) several(res *Result) (tooMany bool) {
	for i := range e.tree.count {
		n := e.tree.node(i)
		if !n.used || n.count < 2 {
			continue
		}
		f := rules.Finding(CodeMultipleRecords, n.domain())
		f.Message = fmt.Sprintf("%s has %d DMARC records. Receivers use none of them.", prefix+n.domain(), n.count)
		f.Remedy = "Publish one record at " + prefix + n.domain() + ", and delete the others."
		for _, t := range e.tree.answer(n).TXT {
			if s := t.String(); IsRecord(s) && len(f.Evidence) < maxListed {
				f.Evidence = append(f.Evidence, recordLine(n.domain(), name.Escape(cut(s))))
			}
		}
		res.Findings = append(res.Findings, f)
		tooMany = tooMany || n.domain() == res.Domain || n.domain() == psl.Organizational(res.Domain)
	}
	return tooMany
}

func recordLine(domain, text string) string { return prefix + domain + ` TXT "` + cut(text) + `"` }

// noRecord is for a domain without a policy.
func noRecord(res *Result) mailworthy.Finding {
	f := rules.Finding(CodeNoRecord, res.Domain)
	f.Message = "No DMARC record applies to " + res.Domain + ", so receivers cannot tell its mail from a forgery."
	org := psl.Organizational(res.Domain)
	f.Remedy = "Publish a record that asks for reports, and make it stricter when all senders are known: " +
		txt.Line(prefix+org, version+"; p=none; rua=mailto:dmarc-reports@"+org)
	for i := range res.Steps {
		s := &res.Steps[i]
		line := s.Name + " " + s.Type.String() + ": " + string(s.DNS)
		if s.Outcome == FoundTooLong {
			line = s.Name + ": too long for DNS"
		}
		if s.Record != "" {
			line += `, "` + cut(s.Record) + `"`
		}
		f.Evidence = append(f.Evidence, line)
	}
	f.Evidence = f.Evidence[:min(len(f.Evidence), maxListed)]
	return f
}

// unusable is for a record that receivers take as none.
func unusable(res *Result) mailworthy.Finding {
	f := rules.Finding(CodeUnusableRecord, res.RecordDomain)
	f.Message = "The record of " + res.RecordDomain + " has no valid p=, or an sp= or np= that is not valid, and no valid rua=. Receivers apply no DMARC."
	mended := *res.Record
	mended.Invalid, mended.Policy = nil, orNone(mended.Policy)
	mended.Aggregate = []URI{MailTo("dmarc-reports@" + res.RecordDomain)}
	f.Remedy = "Correct the record: " + txt.Line(prefix+res.RecordDomain, mended.String())
	f.Evidence = []string{recordLine(res.RecordDomain, res.Record.Text)}
	return f
}

func orNone(p Policy) Policy {
	if p == "" {
		return PolicyNone
	}
	return p
}

// failures is for what is not known.
func (e *evaluation) failures(res *Result, add func(mailworthy.Finding)) {
	dns := func(q resolver.Question, status resolver.Status, problem, server string) {
		f := rules.Finding(CodeDNSFailure, q.Name)
		f.Temporary = true
		f.Message = "DNS did not tell: the question for " + q.String() + " ended with " + string(status) + ". The policy and the message may be in order."
		f.Remedy = "Ask again later. If it stays so, check the name servers of " + strings.TrimPrefix(q.Name, prefix) + "."
		line := q.String() + ": " + string(status)
		if problem != "" {
			line += " (" + name.Escape(cut(problem)) + ")"
		}
		if server != "" {
			line += " from " + name.Escape(server)
		}
		f.Evidence = []string{line}
		add(f)
	}
	listed := 0
	for i := range e.tree.count {
		n := e.tree.node(i)
		if n.used && n.outcome() == FoundNothing && listed < maxListed {
			a := e.tree.answer(n)
			dns(n.question(), a.Status, a.Problem, a.Server)
			listed++
		}
	}
	for i := range res.Steps {
		if s := &res.Steps[i]; s.Type == resolver.TypeA && s.Outcome == FoundNothing {
			dns(resolver.Question{Name: s.Name, Type: s.Type}, s.DNS, "", "")
		}
	}
	temporary := func(id *Identifier) bool {
		return id.Status == TempError && (id.Reason == ReasonNotPass || id.Reason == ReasonUnknown)
	}
	if who := e.texts.domains(res, temporary); len(who) > 0 && res.Record != nil {
		f := rules.Finding(CodeAuthTemporary, res.Domain)
		f.Temporary = true
		f.Message = "SPF or DKIM had a temporary error for a domain that may be aligned with " + res.Domain + "."
		f.Remedy = "Check the message again later. If it stays so, check the name servers of the domain."
		f.Evidence = who
		add(f)
	}
}

// failed is for a message of which no identifier is aligned.
func (e *evaluation) failed(res *Result) mailworthy.Finding {
	t := &e.texts
	t.b.Grow(usual)
	passes := t.domains(res, func(id *Identifier) bool { return id.Status == Pass && id.considered() })
	before, applied, after := "", "", ""
	if res.Applied != res.Policy {
		before, applied, after = " (applied: ", string(res.Applied), ")"
	}
	if len(passes) == 0 {
		f := rules.Finding(CodeUnauthenticated, res.Domain)
		f.Message = t.join("Neither SPF nor a DKIM signature passes, so nothing proves that the message comes from ", res.Domain,
			". Its policy for such mail is ", string(res.Policy), before, applied, after, ".")
		f.Remedy = t.join("Let the server that sends sign with d=", res.Domain,
			", and list it in the SPF record of the domain in the return path, which should be ", res.Domain, " or below it.")
		f.Evidence = append(t.domains(res, func(*Identifier) bool { return true }), t.recordLine(res))
		return f
	}
	f := rules.Finding(CodeUnaligned, res.Domain)
	f.Message = t.join("What is authenticated belongs to other domains than ", res.Domain,
		", which is in From. Its policy for such mail is ", string(res.Policy), before, applied, after, ".")
	f.Remedy = t.align(res)
	passes = append(passes, t.recordLine(res))
	f.Evidence = passes
	return f
}

// align says how to align what passes.
func (t *texts) align(res *Result) string {
	start := t.b.Len()
	spf, dkim := false, false
	for i := range res.Identifiers {
		id := &res.Identifiers[i]
		if id.Status != Pass || !id.considered() {
			continue
		}
		switch {
		case id.Method == SPF && !spf:
			spf = true
			or, org := " or a domain below ", res.OrganizationalDomain
			if id.Alignment == Strict || org == "" {
				or, org = "", ""
			}
			t.join("SPF passes for ", id.Domain, ": let the sender use a return path in ", res.Domain, or, org, ", with an SPF record that lists its servers. ")
		case id.Method == DKIM && !dkim:
			dkim = true
			t.join("The signature is of ", id.Domain, ": let the sender sign with d=", res.Domain, ", with its key published at SELECTOR._domainkey.", res.Domain, ". ")
		}
	}
	t.join("One of SPF and DKIM is enough; DKIM survives forwarding.")
	return t.b.String()[start:]
}

// recordLine is the record that applies, as evidence.
func (t *texts) recordLine(res *Result) string {
	return t.join(prefix, res.RecordDomain, ` TXT "`, cut(res.Record.Text), `"`)
}

// nearly is about identifiers that would be aligned but for one thing.
func (e *evaluation) nearly(res *Result, add func(mailworthy.Finding)) {
	t, org := &e.texts, res.OrganizationalDomain
	strict := t.domains(res, func(id *Identifier) bool {
		return id.Reason == ReasonStrict && id.Status == Pass && org != "" && name.Within(id.Domain, org)
	})
	if len(strict) > 0 {
		f := rules.Finding(CodeStrict, res.RecordDomain)
		f.Message = "What is authenticated is below " + org + " as " + res.Domain + " is, but the record asks for the very same domain (adkim=s or aspf=s)."
		f.Remedy = "Authenticate with " + res.Domain + " itself, or remove adkim=s and aspf=s from the record."
		strict = append(strict, t.recordLine(res))
		f.Evidence = strict
		add(f)
	}
	testing := t.domains(res, func(id *Identifier) bool { return id.Reason == ReasonTesting && id.Status == Pass })
	if len(testing) > 0 {
		f := rules.Finding(CodeTestKey, res.Domain)
		f.Message = "A signature passes, but its key says by t=y that the signer is only testing, so that it must not count."
		f.Remedy = "Remove t=y from the record of the key when signing works."
		f.Evidence = testing
		add(f)
	}
	helo := t.domains(res, func(id *Identifier) bool { return id.Reason == ReasonHELO && id.Status == Pass })
	if len(helo) > 0 {
		f := rules.Finding(CodeHELO, res.Domain)
		f.Message = "SPF passes for the name in HELO, which DMARC does not use."
		f.Remedy = "Give the result of SPF for MAIL FROM, or for the name in HELO only if the return path is null."
		f.Evidence = helo
		add(f)
	}
}

// considered reports whether DMARC looks at the identifier at all.
func (id *Identifier) considered() bool {
	return id.Reason != ReasonHELO && id.Reason != ReasonTesting
}

// domains lists identifiers as evidence.
func (t *texts) domains(res *Result, want func(*Identifier) bool) []string {
	var out []string
	for i := range res.Identifiers {
		id := &res.Identifiers[i]
		if !want(id) {
			continue
		}
		if len(out) == maxListed {
			out = append(out, "and others")
			break
		}
		if out == nil {
			out = make([]string, 0, min(len(res.Identifiers)-i, maxListed)+1) // A line on the record may follow.
		}
		before, after := " (", ")"
		if id.Reason == "" {
			before, after = "", ""
		}
		out = append(out, t.join(string(id.Method), "=", string(id.Status), " ", id.Domain, before, string(id.Reason), after))
	}
	return out
}
