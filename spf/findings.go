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
	f := finding(p.code, p.domain)
	evidence := lines{ends: make([]int, 0, 16)}
	evidence.text.Grow(48 * (len(p.path) + len(res.Steps)))
	for _, h := range p.path {
		evidence.add(h.Domain, " has ", quoted(h.Term))
	}
	switch p.code {
	case CodeNoRecord:
		f.Subject = res.Domain
		f.Message = noRecord(res.Domain, p.answer.Status)
		f.Remedy = "Publish a TXT record at " + res.Domain + " that names all its senders. If this address is the only one: " +
			quoted(version+" "+networkTerm(res.IP)+" -all")
		evidence.addAnswer(p.question, p.answer)
	case CodeMultipleRecords:
		return multipleRecords(p, &evidence)
	case CodeSyntax:
		f = syntaxFinding(p.domain, p.syntax)
		evidence.addRecord(p.domain, p.syntax.Text)
	case CodeTooManyLookups:
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
		f.Message = fmt.Sprintf("%s in the record of %s leads to %d hosts. Receivers look up so few of them that they stop with an error.",
			quoted(p.text), p.domain, len(p.answer.MX))
		f.Remedy = "Replace the term by the ip4 and ip6 networks of the hosts that send."
	case CodeIncludeNoRecord:
		f.Message = "The record of " + p.domain + " includes " + p.target + ", which publishes no SPF record. That makes the whole policy invalid."
		f.Remedy = "Correct the domain in " + quoted(p.text) + ", or remove the term."
	case CodeRedirectNoRecord:
		target := p.target
		if target == "" {
			target = "no valid domain"
		}
		f.Message = "The record of " + p.domain + " redirects to " + target + ", which publishes no SPF record. That makes the policy invalid."
		f.Remedy = "Correct the domain in " + quoted(p.text) + ", or replace the term by the senders and \"-all\"."
	case CodeDNSFailure:
		asked := name.Escape(p.question.Name) // It may be a host of an MX that nobody can ask for.
		f.Subject, f.Temporary = asked, true
		f.Message = "DNS did not tell: the question for " + p.question.String() + " ended with " + string(p.answer.Status) +
			". The policy may be in order."
		f.Remedy = "Ask again later. If it stays so, check the name servers of " + asked + "."
		evidence.addAnswer(p.question, p.answer)
	}
	f.Evidence = evidence.list()
	return mailworthy.Findings{f}
}

// noRecord says what it means that a domain has no policy.
func noRecord(domain string, s resolver.Status) string {
	if s == resolver.NXDomain {
		return domain + " does not exist in DNS, so it has no SPF record either. Receivers refuse most mail from such a domain."
	}
	return domain + " publishes no SPF record, so receivers cannot tell who may send for it."
}

var notPass = map[Status]mailworthy.Code{Fail: CodeFail, SoftFail: CodeSoftFail, Neutral: CodeNeutral}

// notAuthorised is the finding for an address that the policy does not allow.
func notAuthorised(res Result) mailworthy.Finding {
	f := finding(notPass[res.Status], res.Domain)
	ip := res.IP.String()
	said := " Its policy has no term for the address."
	if res.Match.Term != "" {
		said = " What decided is " + quoted(res.Match.Term) + " in the record of " + res.Match.Domain + "."
	}
	switch res.Status {
	case Fail:
		f.Message = res.Domain + " forbids " + ip + " to send for it." + said
	case SoftFail:
		f.Message = res.Domain + " does not list " + ip + " as a sender; receivers take such mail as suspect." + said
	default:
		f.Message = res.Domain + " does not say whether " + ip + " may send for it, which counts as unauthenticated." + said
	}
	f.Remedy = "If the address sends for " + res.Domain + ", add it, or the include of the service it belongs to, to the record."
	size := 0
	for i := range res.Steps {
		size += len(res.Steps[i].Target) + len(res.Steps[i].Record) + 8
	}
	evidence := lines{ends: make([]int, 0, 16)}
	evidence.text.Grow(size)
	for i := range res.Steps {
		if s := &res.Steps[i]; s.Record != "" {
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
	f := finding(CodeBadDomain, name.Escape(res.Domain))
	f.Message = quoted(res.Domain) + " is no domain name with two labels or more, so it can have no SPF policy."
	f.Remedy = remedy
	return f
}

// maxShown is how many of the same kind are shown; the rest tells nothing new.
const maxShown = 10

// multipleRecords is the finding for several records, with those for what is wrong
// in each.
func multipleRecords(p *problem, evidence *lines) mailworthy.Findings {
	domain := p.question.Name
	f := finding(CodeMultipleRecords, domain)
	f.Message = domain + " publishes more than one SPF record. Receivers use none of them: the result is an error for every sender."
	texts := spfTexts(p.answer.TXT)
	var fs mailworthy.Findings
	for i, t := range texts {
		if i == maxShown {
			evidence.add("and " + strconv.Itoa(len(texts)-maxShown) + " more")
			break
		}
		evidence.addRecord(domain, t.String())
		if _, err := parseTerms(t.String()); err != nil {
			sf := syntaxFinding(domain, err)
			sf.Evidence = []string{domain + " TXT " + quoted(err.Text)}
			fs = append(fs, sf)
		}
	}
	f.Evidence = evidence.list()
	f.Remedy = "Publish one TXT record in place of them"
	if text, ok := mergeRecords(texts); ok {
		f.Remedy += ": " + quoted(text)
	} else {
		f.Remedy += ", with the terms of all."
	}
	return append(mailworthy.Findings{f}, fs...)
}

// withTerm returns a record with a term before its "all", redirect or end.
func withTerm(record, term string) (string, bool) {
	at := len(strings.TrimRight(record, " "))
	p := newParser(record)
	for found := false; ; {
		var t Term
		more, err := p.next(&t)
		switch {
		case err != nil:
			return "", false
		case !more:
			return record[:at] + " " + term + record[at:], true
		case !found && (t.Kind == KindAll || t.Kind == KindRedirect):
			at, found = t.Offset-1, true
		}
	}
}

func networkTerm(ip netip.Addr) string {
	if ip.Is4() {
		return "ip4:" + ip.String()
	}
	return "ip6:" + ip.String()
}

// lines collects evidence in one string, since a policy can have much of it.
type lines struct {
	text strings.Builder
	ends []int
}

func (l *lines) add(parts ...string) {
	for _, s := range parts {
		l.text.WriteString(s)
	}
	l.ends = append(l.ends, l.text.Len())
}

func (l *lines) addRecord(domain, record string) { l.add(domain, ` TXT "`, name.Escape(record), `"`) }

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
	text, out, start := l.text.String(), make([]string, len(l.ends)), 0
	for i, end := range l.ends {
		out[i], start = text[start:end], end
	}
	return out
}

func quoted(s string) string { return `"` + name.Escape(s) + `"` }
