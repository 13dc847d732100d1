package spf

import (
	"fmt"
	"net/netip"
	"slices"
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
	evidence := lines{text: make([]byte, 0, 1024), ends: make([]int, 0, 16)} // on the stack
	for _, h := range p.path {
		evidence.add(h.Domain, " has ", quoted(h.Term))
	}
	switch p.code {
	case CodeNoRecord:
		f.Subject = res.Domain
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
		f.Subject, f.Temporary = p.question.Name, true
		f.Message = "DNS did not tell: the question for " + p.question.String() + " ended with " + string(p.answer.Status) +
			". The policy may be in order."
		f.Remedy = "Ask again later. If it stays so, check the name servers of " + p.question.Name + "."
		evidence.addAnswer(p.question, p.answer)
	}
	f.Evidence = evidence.list()
	return mailworthy.Findings{f}
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
	f := finding(CodeBadDomain, name.Escape(res.Domain))
	f.Message = quoted(res.Domain) + " is no domain name with two labels or more, so it can have no SPF policy."
	f.Remedy = remedy
	return f
}

// multipleRecords is the finding for several records, with those for what is wrong
// in each.
func multipleRecords(p *problem, evidence lines) mailworthy.Findings {
	domain := p.question.Name
	f := finding(CodeMultipleRecords, domain)
	f.Message = domain + " publishes more than one SPF record. Receivers use none of them: the result is an error for every sender."
	texts := spfTexts(p.answer.TXT)
	var fs mailworthy.Findings
	for _, t := range texts {
		evidence.addRecord(domain, t.String())
		_, errs := parseAll(t.String())
		for _, err := range errs {
			sf := syntaxFinding(domain, err)
			sf.Evidence = []string{domain + " TXT " + quoted(err.Record)}
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

// mergeRecords returns one record with the terms of several, mended where it is
// plain how. It is as lenient as the most lenient of them: a redirect becomes an
// include, and what stands for all others is the softest.
func mergeRecords(texts []resolver.Text) (string, bool) {
	const hardness = "-~?+"
	var terms, last []string
	all, seen := byte(0), make(map[string]bool)
	add := func(list *[]string, text string) {
		if key := strings.ToLower(text); !seen[key] {
			seen[key] = true
			*list = append(*list, text)
		}
	}
	for _, txt := range texts {
		r, err := Parse(mend(txt.String()))
		if err != nil {
			return "", false
		}
		hasAll := slices.ContainsFunc(r.Terms, func(t Term) bool { return t.Kind == KindAll })
		dead := false
		for i := range r.Terms {
			switch t := &r.Terms[i]; {
			case t.Kind == KindAll && !dead:
				dead = true
				if strings.IndexByte(hardness, byte(t.Qualifier)) > strings.IndexByte(hardness, all) {
					all = byte(t.Qualifier)
				}
			case t.Kind == KindRedirect && !hasAll:
				add(&terms, "include:"+t.Domain)
			case t.Kind == KindExp || t.Kind == KindUnknown:
				add(&last, t.Text)
			case !t.Kind.Modifier() && !dead:
				add(&terms, t.Text)
			}
		}
	}
	if all == 0 {
		all = '~'
	}
	terms = append(append(append([]string{version}, terms...), string(all)+"all"), last...)
	return strings.Join(terms, " "), true
}

// mend corrects those mistakes in a record whose correction is plain.
func mend(record string) string {
	for range 20 {
		_, err := parseTerms(nil, record)
		if err == nil {
			return record
		}
		_, _, text := diagnose(err)
		if text == "" {
			return record
		}
		record = text
	}
	return record
}

func syntaxFinding(domain string, err *SyntaxError) mailworthy.Finding {
	code, advice, mended := diagnose(err)
	f := finding(code, domain)
	f.Span = mailworthy.Span{Offset: err.Offset, Length: len(err.Term)}
	f.Message = "The SPF record of " + domain + " is malformed at octet " + strconv.Itoa(err.Offset) + ", " + quoted(err.Term) + ": " +
		err.Reason + ". The result is an error for every sender."
	f.Remedy = advice
	if mended != "" {
		f.Remedy += " The record with that: " + quoted(mended)
	}
	return f
}

// diagnose recognises the mistakes that people make most. It returns what to do,
// and the record with that done, which is empty where it is not plain.
func diagnose(err *SyntaxError) (code mailworthy.Code, advice, mended string) {
	term, end := err.Term, err.Offset+len(err.Term)
	swap := func(text string) string { return err.Record[:err.Offset] + text + err.Record[end:] }
	if ascii := plainASCII(term); ascii != term {
		return CodeNonASCII, "Type the term anew, in ASCII characters: " + quoted(ascii), swap(ascii)
	}
	bare := strings.TrimLeft(term, "+-~?")
	word := strings.ToLower(bare)
	next, nextEnd := nextTerm(err.Record, end)
	if last := term[len(term)-1]; next < nextEnd && (last == '=' || last == ':' || last == '/') {
		value := err.Record[next:nextEnd]
		return CodeStrayBlank, "Remove the blank: " + quoted(term+value), err.Record[:end] + err.Record[next:]
	}
	if value, ok := strings.CutPrefix(word, "ip:"); ok {
		kind := "ip4:"
		if addr, _, _ := strings.Cut(value, "/"); strings.IndexByte(addr, ':') >= 0 {
			kind = "ip6:"
		}
		text := term[:len(term)-len(bare)] + kind + value
		return CodeUnknownMechanism, "Write " + quoted(text) + ".", swap(text)
	}
	for _, sign := range []string{"-all", "~all", "?all", "+all"} {
		if head, ok := strings.CutSuffix(term, sign); ok && head != "" && goodTerm(head) {
			return CodeMissingBlank, "Put a blank before " + quoted(sign) + ".", swap(head + " " + sign)
		}
	}
	for _, start := range []string{"include:", "ip4:", "ip6:", "a:", "mx:", "exists:", "redirect="} {
		if i := strings.LastIndex(word, start); i > 0 && goodTerm(bare[:i]) && goodTerm(bare[i:]) {
			at := len(term) - len(bare) + i
			return CodeMissingBlank, "Put a blank before " + quoted(term[at:]) + ".", swap(term[:at] + " " + term[at:])
		}
	}
	if (&Term{Text: term}).unknown() {
		return CodeUnknownMechanism, "Correct or remove " + quoted(term) + ".", ""
	}
	return CodeSyntax, "Correct or remove " + quoted(term) + ".", ""
}

// goodTerm reports whether text is a well-formed term that says something.
func goodTerm(text string) bool {
	t := Term{Text: text}
	return parseTerm(&t) == "" && t.Kind != KindUnknown
}

// unknown reports whether a term that is no good has the form of a mechanism that
// does not exist.
func (t *Term) unknown() bool {
	bare := strings.TrimLeft(t.Text, "+-~?")
	end := strings.IndexAny(bare, ":/=")
	if end < 0 {
		end = len(bare)
	}
	word := bare[:end]
	return word != "" && alpha(word[0]) && mechanism(word) == 0 && (end == len(bare) || bare[end] != '=')
}

// plainASCII replaces what word processors and web pages put in place of ASCII.
func plainASCII(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x80:
			return r
		case r == '\u2010' || r == '\u2011' || r == '\u2012' || r == '\u2013' || r == '\u2014' || r == '\u2212':
			return '-'
		case r == '\uff5e' || r == '\u223c' || r == '\u02dc':
			return '~'
		case r == '\uff1a' || r == '\ufe55':
			return ':'
		}
		return -1
	}, s)
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
