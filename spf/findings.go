package spf

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// problem is why an evaluation has no better result.
type problem struct {
	code     mailworthy.Code
	status   Status
	domain   string // whose record holds the term
	term     *Term  // only until fail has noted its text
	text     string
	target   string
	question resolver.Question
	answer   resolver.Answer
	syntax   *SyntaxError
	path     []Hop
}

// explain turns a result other than pass into findings.
func explain(res *Result, p problem) mailworthy.Findings {
	switch res.Status {
	case Fail, SoftFail, Neutral:
		return mailworthy.Findings{notAuthorised(res)}
	}
	f := mailworthy.Finding{Code: p.code, Severity: mailworthy.Error, Subject: p.domain, Evidence: trail(p)}
	switch p.code {
	case CodeNoRecord:
		f.Severity, f.Subject, f.Ref = mailworthy.Warning, res.Domain, "RFC 7208 section 4.5"
		f.Message = res.Domain + " publishes no SPF record, so receivers cannot tell who may send for it."
		f.Remedy = "Publish a TXT record at " + res.Domain + " that names all its senders. If this address is the only one: " +
			quoted(version+" "+networkTerm(res.IP)+" -all")
		f.Evidence = append(f.Evidence, answerText(p.question, p.answer))
	case CodeMultipleRecords:
		return multipleRecords(p)
	case CodeSyntax:
		f = syntaxFinding(p.domain, p.syntax)
		f.Evidence = append(f.Evidence, trail(p)...)
	case CodeTooManyLookups:
		f.Ref = "RFC 7208 section 4.6.4"
		f.Message = "The policy of " + res.Domain + " needs more than " + strconv.Itoa(res.Lookups-1) +
			" terms that query DNS, so receivers stop with an error."
		f.Remedy = "Remove includes of services that no longer send for the domain, replace \"a\" and \"mx\" by ip4 and ip6 " +
			"networks, or move some senders to a subdomain with its own record. Include, a, mx, ptr, exists and redirect count, in included records too."
		for _, s := range res.Steps {
			if s.Lookups > 0 {
				f.Evidence = append(f.Evidence, fmt.Sprintf("%d: %s in %s", s.Lookups, name.Escape(s.Term), s.Domain))
			}
		}
	case CodeTooManyVoids:
		f.Ref = "RFC 7208 section 4.6.4"
		f.Message = "More than " + strconv.Itoa(res.Voids-1) + " terms in the policy of " + res.Domain +
			" name hosts that do not exist in DNS, so receivers stop with an error."
		f.Remedy = "Remove or correct the terms that find nothing."
		if !res.IP.Is4() {
			f.Remedy += " The client came by IPv6: hosts that have no AAAA record count, even if they have an A record. " +
				"Networks written as ip4 and ip6 never count."
		}
		for _, s := range res.Steps {
			if s.DNS == resolver.NXDomain || s.DNS == resolver.NoData {
				f.Evidence = append(f.Evidence, fmt.Sprintf("%s in %s: %s is %s", name.Escape(s.Term), s.Domain, s.Target, s.DNS))
			}
		}
	case CodeTooManyMX:
		f.Ref = "RFC 7208 section 4.6.4"
		f.Message = fmt.Sprintf("%s in the record of %s leads to %d hosts; receivers look up ten and then stop with an error.",
			name.Escape(p.text), p.domain, len(p.answer.MX))
		f.Remedy = "Replace the term by the ip4 and ip6 networks of the hosts that send."
	case CodeIncludeNoRecord:
		f.Ref = "RFC 7208 section 5.2"
		f.Message = fmt.Sprintf("The record of %s includes %s, which publishes no SPF record. That makes the whole policy invalid.", p.domain, p.target)
		f.Remedy = "Correct the domain in " + quoted(name.Escape(p.text)) + ", or remove the term."
	case CodeRedirectNoRecord:
		f.Ref = "RFC 7208 section 6.1"
		f.Message = fmt.Sprintf("The record of %s redirects to %s, which publishes no SPF record. That makes the policy invalid.",
			p.domain, cond(p.target != "", p.target, "no valid domain"))
		f.Remedy = "Correct the domain in " + quoted(name.Escape(p.text)) + ", or replace the term by the senders and \"-all\"."
	case CodeDNSFailure:
		f.Severity, f.Subject, f.Temporary, f.Ref = mailworthy.Warning, p.question.Name, true, "RFC 7208 section 2.6.6"
		f.Message = fmt.Sprintf("DNS did not tell: the question for %v ended with %s. The policy may be in order.", p.question, p.answer.Status)
		f.Remedy = "Ask again later. If it stays so, check the name servers of " + p.question.Name + "."
		f.Evidence = append(f.Evidence, answerText(p.question, p.answer))
	}
	return mailworthy.Findings{f}
}

// notAuthorised is the finding for an address that the policy does not allow.
func notAuthorised(res *Result) mailworthy.Finding {
	f := mailworthy.Finding{Subject: res.Domain, Ref: "RFC 7208 section 8"}
	said := "Its policy has no term for the address."
	if res.Match.Term != "" {
		said = "What decided is " + quoted(res.Match.Term) + " in the record of " + res.Match.Domain + "."
	}
	switch res.Status {
	case Fail:
		f.Code, f.Severity = CodeFail, mailworthy.Error
		f.Message = fmt.Sprintf("%s forbids %v to send for it. %s", res.Domain, res.IP, said)
	case SoftFail:
		f.Code, f.Severity = CodeSoftFail, mailworthy.Warning
		f.Message = fmt.Sprintf("%s does not list %v as a sender; receivers take such mail as suspect. %s", res.Domain, res.IP, said)
	default:
		f.Code, f.Severity = CodeNeutral, mailworthy.Warning
		f.Message = fmt.Sprintf("%s does not say whether %v may send for it, which counts as unauthenticated. %s", res.Domain, res.IP, said)
	}
	f.Remedy = "If the address sends for " + res.Domain + ", add it, or the include of the service it belongs to, to the record."
	for _, s := range res.Steps {
		if s.Record != "" {
			f.Evidence = append(f.Evidence, s.Target+" TXT "+quoted(s.Record))
		}
	}
	if len(res.Steps) > 0 && res.Steps[0].Record != "" {
		if text, ok := withTerm(res.Steps[0].Record, networkTerm(res.IP)); ok {
			f.Remedy += " With the address alone the record at " + res.Domain + " is: " + quoted(text)
		}
	}
	return f
}

func badDomain(res *Result) mailworthy.Finding {
	return mailworthy.Finding{
		Code: CodeBadDomain, Severity: mailworthy.Warning, Subject: name.Escape(res.Domain), Ref: "RFC 7208 section 4.3",
		Message: fmt.Sprintf("%q is no domain name with two labels or more, so it can have no SPF policy.", res.Domain),
		Remedy: cond(res.Identity == HELO || strings.HasSuffix(res.HELO, res.Domain),
			"Let the mail server introduce itself in HELO with its full host name.",
			"Send with a return path in a domain of your own."),
	}
}

func multipleRecords(p problem) mailworthy.Findings {
	f := mailworthy.Finding{
		Code: CodeMultipleRecords, Severity: mailworthy.Error, Subject: p.question.Name, Ref: "RFC 7208 section 4.5",
		Message: p.question.Name + " publishes more than one SPF record. Receivers use none of them: the result is an error for every sender.",
		Remedy:  "Merge them into one TXT record that starts with " + quoted(version) + ", and delete the others.",
	}
	fs := mailworthy.Findings{f}
	for _, txt := range p.answer.TXT {
		text := txt.String()
		if !isSPF(text) {
			continue
		}
		fs[0].Evidence = append(fs[0].Evidence, p.question.Name+" TXT "+quoted(text))
		if _, err := parseTerms(nil, text); err != nil {
			fs = append(fs, syntaxFinding(p.question.Name, err))
		}
	}
	fs[0].Evidence = append(fs[0].Evidence, trail(p)...)
	return fs
}

func syntaxFinding(domain string, err *SyntaxError) mailworthy.Finding {
	return mailworthy.Finding{
		Code: CodeSyntax, Severity: mailworthy.Error, Subject: domain, Ref: "RFC 7208 section 4.6",
		Message: fmt.Sprintf("The SPF record of %s is malformed at octet %d, %s: %s. The result is an error for every sender.",
			domain, err.Offset, quoted(err.Term), err.Reason),
		Remedy:   syntaxRemedy(err),
		Evidence: []string{domain + " TXT " + quoted(err.Record)},
	}
}

// syntaxRemedy says how to mend the mistakes that people make most.
func syntaxRemedy(err *SyntaxError) string {
	term := err.Term
	if start, end := nextTerm(err.Record, err.Offset+len(term)); start < end &&
		(strings.HasSuffix(term, "=") || strings.HasSuffix(term, ":")) {
		return "Remove the blank: " + quoted(term+err.Record[start:end])
	}
	if bare := strings.TrimLeft(term, "+-~?"); len(bare) > 3 && strings.EqualFold(bare[:3], "ip:") {
		if addr, _, _ := strings.Cut(bare[3:], "/"); strings.IndexByte(addr, ':') >= 0 {
			return "Write ip6: in place of ip: " + quoted("ip6"+bare[2:])
		}
		return "Write ip4: in place of ip: " + quoted("ip4"+bare[2:])
	}
	for _, sign := range []string{"-all", "~all", "?all", "+all"} {
		if head, ok := strings.CutSuffix(term, sign); ok && head != "" {
			return "Put a blank before " + sign + ": " + quoted(head+" "+sign)
		}
	}
	return "Correct or remove " + quoted(term) + "."
}

// trail says by which includes and redirects a record was reached.
func trail(p problem) []string {
	var out []string
	for _, h := range p.path {
		out = append(out, h.Domain+" has "+quoted(h.Term))
	}
	return out
}

// withTerm returns a record with a term before its "all", redirect or end.
func withTerm(record, term string) (string, bool) {
	r, err := Parse(record)
	if err != nil {
		return "", false
	}
	at := len(strings.TrimRight(record, " "))
	for _, t := range r.Terms {
		if t.Kind == KindAll || t.Kind == KindRedirect {
			at = t.Offset - 1
			break
		}
	}
	return record[:at] + " " + term + record[at:], true
}

func networkTerm(ip netip.Addr) string {
	if ip.Is4() {
		return "ip4:" + ip.String()
	}
	return "ip6:" + ip.String()
}

func answerText(q resolver.Question, a resolver.Answer) string {
	s := q.String() + ": " + string(a.Status)
	if a.Problem != "" {
		s += " (" + name.Escape(a.Problem) + ")"
	}
	if a.Server != "" {
		s += " from " + a.Server
	}
	return s
}

func quoted(s string) string { return `"` + name.Escape(s) + `"` }

func cond(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}
