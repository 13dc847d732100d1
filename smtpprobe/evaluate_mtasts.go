package smtpprobe

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// EvaluateSTS judges a domain's MTA-STS policy: a pure function of the request, with
// what came of fetching the policy, and of the answers in v. It returns the question
// whose answer it lacks: that for the record.
//
// A domain above or below has no say (RFC 8461 section 3.4).
func EvaluateSTS(req STSRequest, v resolver.View) (STS, []resolver.Question) {
	e := stsEvaluation{req: req}
	e.Domain, e.Findings = req.Domain, mailworthy.Findings{}
	a, at, missing := policyRecord(&e.policyHead, "_mta-sts.", v)
	if missing != nil {
		return e.sts(), missing
	}
	if e.Status == "" {
		e.record(at, a)
	}
	e.fallBack()
	e.compare()
	return e.sts(), nil
}

// policyHead is what the results for records of policies have in common.
type policyHead struct {
	Domain   string
	Status   PolicyStatus
	Alias    []string
	DNS      resolver.Status
	TTL      uint32
	Secure   bool
	Findings mailworthy.Findings
}

func (h *policyHead) add(f mailworthy.Finding) { h.Findings = append(h.Findings, f) }

// policyRecord asks for the TXT records of a name below the domain, which it returns as
// well. When the Status is set then, there is nothing to read.
func policyRecord(h *policyHead, prefix string, v resolver.View) (resolver.Answer, string, []resolver.Question) {
	d, reason := domainName(h.Domain)
	at := ""
	if reason == "" {
		h.Domain = d
		var err error
		if at, err = name.Normalize(prefix + d); err != nil {
			reason = "with " + prefix + " before it, it is longer than 253 octets"
		}
	}
	if reason != "" {
		h.Status = PolicyInvalid
		h.add(badDomain(h.Domain, reason))
		return resolver.Answer{}, "", nil
	}
	asked := asker{view: v}
	a, ok := asked.get(at, resolver.TypeTXT)
	if !ok {
		return a, at, asked.missing
	}
	h.DNS, h.TTL, h.Secure, h.Alias = a.Status, a.TTL, a.Secure, a.Alias
	switch {
	case a.Status == resolver.NXDomain || a.Status == resolver.NoData:
		h.Status = PolicyAbsent
	case a.Status != resolver.Success || len(a.TXT) == 0:
		h.Status = PolicyUnknown
		code, what := CodeSTSDNSFailure, "an MTA-STS policy"
		if prefix != "_mta-sts." {
			code, what = CodeTLSRPTDNSFailure, "a record for reports on TLS"
		}
		h.add(temporary(policyFinding(code, h.Domain,
			"DNS did not tell whether "+h.Domain+" has "+what+": the question ended with "+string(a.Status)+".",
			"Ask again later. If it stays so, check the name servers of "+at+".",
			answerText(resolver.Question{Name: at, Type: resolver.TypeTXT}, a))))
	}
	return a, at, nil
}

// chooseRecord returns the one record of a version among TXT records, or says what is
// wrong: several, or one that misses its start by little.
func (h *policyHead) chooseRecord(at, version string, a resolver.Answer, multiple, syntax mailworthy.Code, example string) (text string, ok bool) {
	var found, near []string
	for _, t := range a.TXT {
		switch text := t.String(); {
		case recordStarts(text, version):
			found = append(found, text)
		case nearMiss(text, version):
			near = append(near, text)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], true
	case len(found) > 1:
		h.Status = PolicyBroken
		f := policyFinding(multiple, at,
			fmt.Sprintf("There are %d records at %s. Senders take this for none.", len(found), at), "Delete all but one of the records.")
		for _, text := range found[:min(len(found), 4)] {
			f.Evidence = append(f.Evidence, recordText(at, text))
		}
		h.add(f)
	case len(near) > 0:
		h.Status = PolicyBroken
		f := policyFinding(syntax, at,
			"The record at "+at+` does not start with "`+version+`;", so that senders do not see it.`,
			"Publish it as "+example+".", recordText(at, near[0]))
		f.Span.Length = min(len(near[0]), len(version))
		h.add(f)
	default:
		h.Status = PolicyAbsent
	}
	return "", false
}

// nearMiss reports whether a text that is no record of a version is meant to be one.
func nearMiss(text, version string) bool {
	const most = 64
	_, mark, _ := strings.Cut(strings.ToLower(version), "=")
	return strings.Contains(strings.ToLower(text[:min(len(text), most)]), mark)
}

// recordText is a TXT record as evidence.
func recordText(at, text string) string { return at + ` TXT "` + name.Escape(clip(text)) + `"` }

// clip shortens what is very long.
func clip(s string) string {
	const most = 400
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}

// broken is about a record or policy that breaks the grammar.
func broken(code mailworthy.Code, subject string, err *SyntaxError, remedy, evidence string) mailworthy.Finding {
	what := err.Reason
	if err.Field != "" {
		what = err.Field + ": " + what
	}
	thing := "record at "
	if strings.HasPrefix(subject, "https:") {
		thing = "policy at "
	}
	f := policyFinding(code, subject, "The "+thing+subject+" breaks the grammar, so that senders ignore it: "+name.Escape(what)+".", remedy, evidence)
	f.Span = err.Span
	return f
}

// stsEvaluation is a result in the making.
type stsEvaluation struct {
	policyHead
	req    STSRequest
	rec    *STSRecord
	policy *STSPolicy
	cached bool
	fetch  *PolicyFetch
	hosts  []STSHost
}

func (e *stsEvaluation) sts() STS {
	return STS{
		Domain: e.Domain, Status: e.Status, Record: e.rec, Policy: e.policy, Cached: e.cached, Hosts: e.hosts,
		Fetch: e.fetch, Alias: e.Alias, DNS: e.DNS, TTL: e.TTL, Secure: e.Secure, Findings: e.Findings,
	}
}

// now is the time by which policies and certificates expire; it may be zero.
func (e *stsEvaluation) now() time.Time {
	if e.req.Time.IsZero() && e.req.Fetch != nil {
		return e.req.Fetch.Time
	}
	return e.req.Time
}

// record reads the record, and then what was fetched.
func (e *stsEvaluation) record(at string, a resolver.Answer) {
	const example = `"v=STSv1; id=20260101T000000"`
	text, ok := e.chooseRecord(at, stsVersion, a, CodeSTSMultiple, CodeSTSRecord, example)
	if !ok {
		return
	}
	rec, err := parseSTSRecord(text)
	if err != nil {
		e.Status = PolicyBroken
		e.add(broken(CodeSTSRecord, at, err, "Publish the record as "+example+", with an id of your own that changes with the policy.", recordText(at, text)))
		return
	}
	e.rec = &rec
	if e.req.Fetch == nil || e.req.Fetch.URL != policyURL(e.Domain) {
		e.Status = PolicyUnknown
		if p := e.req.Previous; p != nil && p.ID == rec.ID && e.valid(p) {
			return // Senders do not fetch it again.
		}
		e.add(policyFinding(CodeSTSNotFetched, e.Domain,
			"The domain announces an MTA-STS policy, and nobody has fetched it, so that it is unknown.",
			"Fetch "+policyURL(e.Domain)+", and judge it together with the record.", recordText(at, text)))
		return
	}
	e.fetch = e.req.Fetch
	if policy, ok := e.fetched(e.fetch); ok {
		e.Status, e.policy = PolicyFound, &policy
		e.quality()
	}
}

// policyURL is where the policy of a domain in normal form is (RFC 8461 section 3.2).
func policyURL(domain string) string { return "https://mta-sts." + domain + "/.well-known/mta-sts.txt" }

// valid reports whether a policy of earlier has not expired.
func (e *stsEvaluation) valid(p *CachedPolicy) bool {
	now := e.now()
	return !now.IsZero() && now.Before(p.Fetched.Add(time.Duration(min(max(p.Policy.MaxAge, 0), maxMaxAge))*time.Second))
}

// fallBack has a policy of earlier apply when there is no newer one (RFC 8461 section
// 3.3), and compares it with one that there is.
func (e *stsEvaluation) fallBack() {
	prev := e.req.Previous
	if prev == nil || e.Status == PolicyInvalid {
		return
	}
	if e.policy != nil {
		e.changed(prev)
		return
	}
	if !e.valid(prev) {
		return
	}
	policy := prev.Policy
	if policy.Mode != STSNone && (e.Status == PolicyAbsent || e.Status == PolicyBroken) {
		e.add(policyFinding(CodeSTSVanished, e.Domain,
			"There is no policy that senders could fetch, but those who know the earlier one follow it until "+
				prev.Fetched.Add(time.Duration(policy.MaxAge)*time.Second).UTC().Format(time.RFC3339)+".",
			"To do without MTA-STS, serve a policy with \"mode: none\" and a new id for as long as the earlier one lasts. Otherwise restore record and policy."))
	}
	e.Status, e.policy, e.cached = PolicyFound, &policy, true
}

// changed compares a policy with the one of earlier.
func (e *stsEvaluation) changed(prev *CachedPolicy) {
	same := prev.Policy.Mode == e.policy.Mode && prev.Policy.MaxAge == e.policy.MaxAge && slices.Equal(prev.Policy.MX, e.policy.MX)
	evidence := []string{
		clip("earlier: id=" + name.Escape(prev.ID) + ", " + policyText(&prev.Policy)),
		clip("now: id=" + e.rec.ID + ", " + policyText(e.policy)),
	}
	switch {
	case !same && prev.ID == e.rec.ID:
		e.add(policyFinding(CodeSTSIDStale, e.Domain,
			"The policy has changed, and the id of the record has not. Senders that know the earlier one do not look for another.",
			"Publish the record with a new id.", evidence...))
	case prev.ID != e.rec.ID:
		e.add(policyFinding(CodeSTSChanged, e.Domain, "The policy has another id than before, so that senders fetch it again.",
			"Nothing has to be done if that is meant.", evidence...))
	}
}

// policyText is a policy in a line.
func policyText(p *STSPolicy) string {
	return name.Escape(fmt.Sprintf("mode: %s, max_age: %d, mx: %s", p.Mode, p.MaxAge, strings.Join(p.MX, " ")))
}

// compare says which hosts the policy allows (RFC 8461 section 4.1).
func (e *stsEvaluation) compare() {
	if e.policy == nil || e.policy.Mode == STSNone || len(e.req.Hosts) == 0 {
		return
	}
	used := make(map[string]bool)
	var not []string
	for _, host := range e.req.Hosts {
		pattern, ok := e.policy.Match(host)
		e.hosts = append(e.hosts, STSHost{host, pattern})
		used[pattern] = true
		if !ok {
			not = append(not, name.Escape(clip(host)))
		}
	}
	patterns := "mx: " + name.Escape(clip(strings.Join(e.policy.MX, ", mx: ")))
	if len(not) > 0 {
		f := policyFinding(CodeSTSMXMismatch, e.Domain,
			"The policy does not allow "+strings.Join(not[:min(len(not), 5)], ", ")+". Senders with MTA-STS do not deliver there.",
			"Add \"mx: "+strings.Join(not[:min(len(not), 5)], "\" and \"mx: ")+"\" to the policy, and then change the id of the record; or delete the MX record.",
			patterns)
		if e.policy.Mode == STSTesting {
			f.Severity = mailworthy.Warning
			f.Message = strings.Replace(f.Message, "do not deliver there", "deliver there as long as the policy is for testing", 1)
		}
		e.add(f)
	}
	var unused []string
	for _, pattern := range e.policy.MX {
		if !used[pattern] && !slices.Contains(unused, pattern) && len(unused) < 5 {
			unused = append(unused, name.Escape(pattern))
		}
	}
	if len(unused) > 0 {
		e.add(policyFinding(CodeSTSPatternUnused, e.Domain,
			"The policy allows hosts that take no mail for the domain at present: "+strings.Join(unused, ", ")+".",
			"Remove what is not going to be used, so that nobody else comes to use it.", patterns))
	}
}
