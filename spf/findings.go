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
	text     string // of the term
	target   string
	question resolver.Question
	answer   resolver.Answer
	syntax   *SyntaxError
	path     []Hop
}

// explain turns a result other than pass into findings.
func explain(res Result, p *problem) mailworthy.Findings {
	switch res.Status {
	case Fail, SoftFail, Neutral:
		return mailworthy.Findings{notAuthorised(res)}
	}
	f := mailworthy.Finding{Code: p.code, Severity: mailworthy.Error, Subject: p.domain}
	evidence := lines{text: make([]byte, 0, 1024), ends: make([]int, 0, 16)} // on the stack
	for _, h := range p.path {
		evidence.add(h.Domain, " has ", quoted(h.Term))
	}
	switch p.code {
	case CodeNoRecord:
		f.Severity, f.Subject, f.Ref = mailworthy.Warning, res.Domain, "RFC 7208 section 4.5"
		f.Message = res.Domain + " publishes no SPF record, so receivers cannot tell who may send for it."
		f.Remedy = "Publish a TXT record at " + res.Domain + " that names all its senders. If this address is the only one: " +
			quoted(version+" "+networkTerm(res.IP)+" -all")
		evidence.addAnswer(p.question, p.answer)
	case CodeMultipleRecords:
		return multipleRecords(p, evidence)
	case CodeSyntax:
		f = syntaxFinding(p.domain, p.syntax)
		evidence.addRecord(p.domain, p.syntax.Record)
	case CodeTooManyLookups:
		f.Ref = "RFC 7208 section 4.6.4"
		f.Message = "The policy of " + res.Domain + " needs more than " + strconv.Itoa(res.Lookups-1) +
			" terms that query DNS, so receivers stop with an error."
		f.Remedy = "Remove includes of services that no longer send for the domain, replace \"a\" and \"mx\" by ip4 and ip6 " +
			"networks, or move some senders to a subdomain with its own record. Include, a, mx, ptr, exists and redirect count, in included records too."
		for _, s := range res.Steps {
			if s.Lookups > 0 && s.Term != "" {
				evidence.add(strconv.Itoa(s.Lookups), ": ", name.Escape(s.Term), " in ", s.Domain)
			}
		}
	case CodeTooManyVoids:
		f.Ref = "RFC 7208 section 4.6.4"
		f.Message = "More than " + strconv.Itoa(res.Voids-1) + " terms in the policy of " + res.Domain +
			" name what does not exist in DNS, so receivers stop with an error."
		f.Remedy = "Remove or correct the terms that find nothing."
		if !res.IP.Is4() {
			f.Remedy += " The client came by IPv6: hosts that have no AAAA record count, even if they have an A record. " +
				"Networks written as ip4 and ip6 never count."
		}
		for _, s := range res.Steps {
			if s.Term != "" && (s.DNS == resolver.NXDomain || s.DNS == resolver.NoData) {
				evidence.add(name.Escape(s.Term), " in ", s.Domain, ": ", s.Target, " is ", string(s.DNS))
			}
		}
	case CodeTooManyMX:
		f.Ref = "RFC 7208 section 4.6.4"
		f.Message = fmt.Sprintf("%s in the record of %s leads to %d hosts. Receivers look up so few of them that they stop with an error.",
			quoted(p.text), p.domain, len(p.answer.MX))
		f.Remedy = "Replace the term by the ip4 and ip6 networks of the hosts that send."
	case CodeIncludeNoRecord:
		f.Ref = "RFC 7208 section 5.2"
		f.Message = "The record of " + p.domain + " includes " + p.target + ", which publishes no SPF record. That makes the whole policy invalid."
		f.Remedy = "Correct the domain in " + quoted(p.text) + ", or remove the term."
	case CodeRedirectNoRecord:
		target := p.target
		if target == "" {
			target = "no valid domain"
		}
		f.Ref = "RFC 7208 section 6.1"
		f.Message = "The record of " + p.domain + " redirects to " + target + ", which publishes no SPF record. That makes the policy invalid."
		f.Remedy = "Correct the domain in " + quoted(p.text) + ", or replace the term by the senders and \"-all\"."
	case CodeDNSFailure:
		f.Severity, f.Subject, f.Temporary, f.Ref = mailworthy.Warning, p.question.Name, true, "RFC 7208 section 2.6.6"
		f.Message = "DNS did not tell: the question for " + p.question.String() + " ended with " + string(p.answer.Status) +
			". The policy may be in order."
		f.Remedy = "Ask again later. If it stays so, check the name servers of " + p.question.Name + "."
		evidence.addAnswer(p.question, p.answer)
	}
	f.Evidence = evidence.list()
	return mailworthy.Findings{f}
}

// notAuthorised is the finding for an address that the policy does not allow.
func notAuthorised(res Result) mailworthy.Finding {
	f := mailworthy.Finding{Subject: res.Domain, Ref: "RFC 7208 section 8"}
	ip := res.IP.String()
	said := " Its policy has no term for the address."
	if res.Match.Term != "" {
		said = " What decided is " + quoted(res.Match.Term) + " in the record of " + res.Match.Domain + "."
	}
	switch res.Status {
	case Fail:
		f.Code, f.Severity = CodeFail, mailworthy.Error
		f.Message = res.Domain + " forbids " + ip + " to send for it." + said
	case SoftFail:
		f.Code, f.Severity = CodeSoftFail, mailworthy.Warning
		f.Message = res.Domain + " does not list " + ip + " as a sender; receivers take such mail as suspect." + said
	default:
		f.Code, f.Severity = CodeNeutral, mailworthy.Warning
		f.Message = res.Domain + " does not say whether " + ip + " may send for it, which counts as unauthenticated." + said
	}
	f.Remedy = "If the address sends for " + res.Domain + ", add it, or the include of the service it belongs to, to the record."
	evidence := lines{text: make([]byte, 0, 1024), ends: make([]int, 0, 16)} // on the stack
	for _, s := range res.Steps {
		if s.Record != "" {
			evidence.addRecord(s.Target, s.Record)
		}
	}
	f.Evidence = evidence.list()
	if len(res.Steps) > 0 && res.Steps[0].Record != "" {
		if text, ok := withTerm(res.Steps[0].Record, networkTerm(res.IP)); ok {
			f.Remedy += " With the address alone the record at " + res.Domain + " is: " + quoted(text)
		}
	}
	return f
}

func badDomain(res Result) mailworthy.Finding {
	remedy := "Send with a return path in a domain of your own."
	if res.Identity == HELO || res.Domain == res.HELO {
		remedy = "Let the mail server introduce itself in HELO with its full host name."
	}
	return mailworthy.Finding{
		Code: CodeBadDomain, Severity: mailworthy.Warning, Subject: name.Escape(res.Domain), Ref: "RFC 7208 section 4.3",
		Message: fmt.Sprintf("%q is no domain name with two labels or more, so it can have no SPF policy.", res.Domain),
		Remedy:  remedy,
	}
}

// maxShown is how many of the same kind are shown; the rest tells nothing new.
const maxShown = 10

func multipleRecords(p *problem, evidence lines) mailworthy.Findings {
	domain := p.question.Name
	fs := mailworthy.Findings{{
		Code: CodeMultipleRecords, Severity: mailworthy.Error, Subject: domain, Ref: "RFC 7208 section 4.5",
		Message: domain + " publishes more than one SPF record. Receivers use none of them: the result is an error for every sender.",
		Remedy:  "Merge them into one TXT record that starts with " + quoted(version) + ", and delete the others.",
	}}
	records := 0
	for _, txt := range p.answer.TXT {
		text := txt.String()
		if !isSPF(text) {
			continue
		}
		if records++; records > maxShown {
			evidence.add("and more")
			break
		}
		evidence.addRecord(domain, text)
		if _, err := parseTerms(nil, text); err != nil {
			f := syntaxFinding(domain, err)
			f.Evidence = []string{domain + " TXT " + quoted(text)}
			fs = append(fs, f)
		}
	}
	fs[0].Evidence = evidence.list()
	return fs
}

func syntaxFinding(domain string, err *SyntaxError) mailworthy.Finding {
	return mailworthy.Finding{
		Code: CodeSyntax, Severity: mailworthy.Error, Subject: domain, Ref: "RFC 7208 section 4.6",
		Message: "The SPF record of " + domain + " is malformed at octet " + strconv.Itoa(err.Offset) + ", " + quoted(err.Term) + ": " +
			err.Reason + ". The result is an error for every sender.",
		Remedy: syntaxRemedy(err),
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

// lines collects evidence in one string, since a policy can have much of it.
type lines struct {
	text []byte
	ends []int
}

func (l *lines) add(parts ...string) {
	for _, s := range parts {
		l.text = append(l.text, s...)
	}
	l.ends = append(l.ends, len(l.text))
}

func (l *lines) addRecord(domain, record string) { l.add(domain, " TXT ", quoted(record)) }

func (l *lines) addAnswer(q resolver.Question, a resolver.Answer) {
	problem, server := "", ""
	if a.Problem != "" {
		problem = " (" + name.Escape(a.Problem) + ")"
	}
	if a.Server != "" {
		server = " from " + a.Server
	}
	l.add(q.String(), ": ", string(a.Status), problem, server)
}

func (l *lines) list() []string {
	if len(l.ends) == 0 {
		return nil
	}
	text, out, start := string(l.text), make([]string, len(l.ends)), 0
	for i, end := range l.ends {
		out[i], start = text[start:end], end
	}
	return out
}

func quoted(s string) string { return `"` + name.Escape(s) + `"` }
