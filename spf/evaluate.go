package spf

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// Evaluate judges the MAIL FROM identity of req by the answers in v: check_host()
// of RFC 7208 section 4. It is a pure function. When v lacks answers, it returns
// the questions to ask, and the Result has no Status yet.
//
// Asked again with each round's answers, it comes to an end after at most
// Limits.Lookups + 5 rounds: one for the first record, one for each term that
// queries DNS, and the rest for addresses of hosts, the macro %{p} and the
// explanation.
//
// For a request without a valid address it returns neither a Status nor questions.
func Evaluate(req Request, v resolver.View) (Result, []resolver.Question) {
	sender := strings.Trim(req.MailFrom, " ")
	if n := len(sender); n >= 2 && sender[0] == '<' && sender[n-1] == '>' {
		sender = sender[1 : n-1]
	}
	if sender == "" {
		return evaluate(req, v, MailFrom, "", req.HELO) // RFC 7208 section 2.4
	}
	// A local-part may hold an at sign in quotes, a domain cannot.
	at := strings.LastIndexByte(sender, '@')
	return evaluate(req, v, MailFrom, sender[:max(at, 0)], sender[at+1:])
}

// EvaluateHELO judges the HELO identity of req, as Evaluate does MAIL FROM.
func EvaluateHELO(req Request, v resolver.View) (Result, []resolver.Question) {
	return evaluate(req, v, HELO, "", req.HELO)
}

func evaluate(req Request, v resolver.View, id Identity, local, domain string) (Result, []resolver.Question) {
	if local == "" {
		local = "postmaster" // RFC 7208 section 4.3
	}
	res := Result{
		Identity: id, Domain: domain, IP: req.IP.Unmap().WithZone(""),
		HELO: req.HELO, Receiver: req.Receiver, Findings: mailworthy.Findings{}, Steps: []Step{},
	}
	if !req.IP.IsValid() {
		return res, nil
	}
	normal, err := name.Normalize(domain)
	if err == nil {
		res.Domain = normal
	}
	res.Sender = joinSender(req.MailFrom, local, res.Domain)
	// RFC 7208 section 4.3: a malformed or single-label domain has no policy. An
	// address literal is one of the former.
	if err != nil || strings.IndexByte(normal, '.') < 0 || normal[0] == '[' {
		res.Status = None
		res.Findings = append(res.Findings, badDomain(&res))
		return res, nil
	}

	// These live on the stack; only an unusually large policy outgrows them.
	var terms [16]Term
	var path [12]Hop
	e := evaluator{
		view: v, limits: req.Limits.orDefault(), terms: terms[:0], path: path[:0], res: &res,
		x: expander{ip: res.IP, local: local, sender: normal, helo: req.HELO, receiver: req.Receiver, validated: "unknown"},
	}
	if req.Prefetch {
		e.ahead = maxLimit * maxLimit
	}
	if !req.Time.IsZero() {
		e.x.unix = req.Time.Unix()
	}
	status := e.check(normal, nil)
	if len(e.missing) > 0 {
		return res, e.missing
	}
	res.Status = status
	if status != Pass {
		res.Findings = append(res.Findings, explain(&res, e.problem)...)
	}
	return res, nil
}

// joinSender returns the mailbox without building it anew where it came so.
func joinSender(mailFrom, local, domain string) string {
	if len(mailFrom) == len(local)+1+len(domain) && strings.HasPrefix(mailFrom, local) &&
		mailFrom[len(local)] == '@' && strings.HasSuffix(mailFrom, domain) {
		return mailFrom
	}
	return local + "@" + domain
}

// evaluator is the state of one evaluation, over all its records.
type evaluator struct {
	view   resolver.View
	limits Limits
	x      expander
	res    *Result

	// terms is a stack: each record that is being evaluated has its terms on it.
	terms []Term
	// path is the stack of includes and redirects being followed, and includes
	// how many of them are includes.
	path     []Hop
	includes int

	// missing holds the questions to ask. Once there is one, what follows is only
	// looked at to find more of them: for as many terms as ahead says.
	missing []resolver.Question
	ahead   int

	problem problem
}

// outcome is what a term does to the evaluation of its record.
type outcome uint8

const (
	noMatch outcome = iota
	match
	waiting // the view lacks an answer
	stop    // the evaluation ends with stopped's status
)

// check is check_host() for one domain: the first one with from nil, or the target
// of the include or redirect that from is. It returns "" when answers are missing.
func (e *evaluator) check(domain string, from *Term) Status {
	record, status := e.fetch(domain, from)
	if status != "" || record == "" {
		return status
	}
	mark, outer := len(e.terms), e.x.domain
	if from != nil {
		e.path = append(e.path, Hop{Domain: outer, Term: from.Text, Offset: from.Offset})
	}
	e.x.domain = domain
	status = e.walk(record, mark)
	e.terms, e.x.domain = e.terms[:mark], outer
	if from != nil {
		e.path = e.path[:len(e.path)-1]
	}
	return status
}

// fetch finds the record of a domain (RFC 7208 sections 4.4 and 4.5). An empty
// record with an empty status means that the answer is missing.
func (e *evaluator) fetch(domain string, from *Term) (record string, _ Status) {
	q := resolver.Question{Name: domain, Type: resolver.TypeTXT}
	a, ok := e.view.Get(q)
	if !ok {
		e.need(q)
		return "", ""
	}
	status := None
	records := 0
	for _, txt := range a.TXT {
		// The strings of a record belong together without a blank (section 3.3).
		if text := txt.String(); isSPF(text) {
			record = text
			records++
		}
	}
	switch {
	case !a.Status.Definitive():
		status = e.fail(TempError, problem{code: CodeDNSFailure, domain: e.x.domain, term: from, question: q, answer: a})
	case records > 1:
		status = e.fail(PermError, problem{code: CodeMultipleRecords, domain: e.x.domain, term: from, question: q, answer: a})
	case records == 1:
		status = ""
	default:
		e.problem = problem{code: CodeNoRecord, question: q, answer: a}
	}
	step := Step{Domain: domain, Target: domain, DNS: a.Status, TTL: a.TTL, Record: record, Outcome: Found}
	if from != nil {
		step.Domain, step.Term, step.Offset, step.Outcome = e.x.domain, from.Text, from.Offset, Followed
	}
	if status != "" {
		step.Outcome, step.Record = Errored, ""
		record = ""
	}
	e.step(step)
	return record, status
}

// walk evaluates the terms of a record, which it puts on the stack at mark.
func (e *evaluator) walk(record string, mark int) Status {
	terms, err := parseTerms(e.terms, record)
	e.terms = terms
	if err != nil {
		// Also a term behind a match makes the record invalid (section 4.6).
		status := e.fail(PermError, problem{code: CodeSyntax, domain: e.x.domain, syntax: err})
		e.step(Step{Domain: e.x.domain, Term: err.Term, Offset: err.Offset, Outcome: Errored})
		return status
	}
	mine := terms[mark:]
	if e.res.Steps == nil || cap(e.res.Steps) == 0 {
		e.growSteps(mine)
	}
	var redirect, exp *Term
	all := false
	for i := range mine {
		switch mine[i].Kind {
		case KindRedirect:
			redirect = &mine[i]
		case KindExp:
			exp = &mine[i]
		case KindAll:
			all = true
		}
	}
	for i := range mine {
		t := &mine[i]
		if t.Kind.Modifier() {
			continue
		}
		switch e.term(t) {
		case match:
			return e.matched(t, exp)
		case stop:
			return e.stopped()
		case waiting:
			if e.ahead == 0 {
				return ""
			}
			e.ahead--
		}
	}
	// RFC 7208 section 6.1: an "all" anywhere makes redirect void.
	if redirect != nil && !all {
		return e.redirect(redirect)
	}
	if len(e.missing) > 0 {
		return ""
	}
	return Neutral // RFC 7208 section 4.7
}

// matched ends the evaluation of a record with the qualifier of the term that
// matched, and remembers that term if it decides the whole.
func (e *evaluator) matched(t *Term, exp *Term) Status {
	status := t.Qualifier.Status()
	if e.includes == 0 && status == Fail && exp != nil {
		// RFC 7208 section 6.2: an included record's explanation is never used,
		// that of a redirect's target is.
		if text, ok := e.explanation(exp); ok {
			e.res.Explanation = text
		}
	}
	if len(e.missing) > 0 {
		return ""
	}
	if t.Kind == KindInclude {
		return status // The term that matched in the included record is in place.
	}
	if e.includes == 0 || status == Pass {
		e.res.Match = Match{Term: t.Text, Domain: e.x.domain, Offset: t.Offset}
		if len(e.path) > 0 {
			e.res.Match.Chain = slices.Clone(e.path)
		}
	}
	return status
}

func (e *evaluator) redirect(t *Term) Status {
	if !e.count(t) {
		return e.stopped()
	}
	target, o := e.target(t)
	status := None
	switch {
	case o == waiting:
		return ""
	case o != noMatch:
		e.problem = problem{} // The expansion is no name: as if nothing were there.
	default:
		status = e.check(target, t)
	}
	if status == None {
		status = e.fail(PermError, problem{code: CodeRedirectNoRecord, domain: e.x.domain, term: t, target: target})
	}
	return status
}

// explanation fetches and expands the text for a rejection (RFC 7208 section
// 6.2). Whatever goes wrong with it, there is just none.
func (e *evaluator) explanation(t *Term) (string, bool) {
	target, o := e.target(t)
	if o != noMatch {
		return "", false
	}
	q := resolver.Question{Name: target, Type: resolver.TypeTXT}
	a, ok := e.view.Get(q)
	if !ok {
		e.need(q)
		return "", false
	}
	if a.Status != resolver.Success || len(a.TXT) != 1 {
		return "", false
	}
	text := a.TXT[0].String()
	for rest := text; rest != ""; {
		m, n := nextMacro(rest)
		if n == 0 || m.letter == 0 && !printable(rest[:n]) {
			return "", false
		}
		if m.letter == 'p' && !e.validate() {
			return "", false
		}
		rest = rest[n:]
	}
	out, ok := e.x.expand(text)
	return out, ok && printable(out)
}

// need notes a question to ask, once.
func (e *evaluator) need(q resolver.Question) {
	if !slices.Contains(e.missing, q) {
		e.missing = append(e.missing, q)
	}
}

// lookAhead allows for one term more to be looked at while waiting for a second
// question of the same term, so that rounds stay fewer than terms.
func (e *evaluator) lookAhead() outcome {
	e.ahead++
	return waiting
}

// count counts a term that queries DNS; false means that it is one too many.
func (e *evaluator) count(t *Term) bool {
	e.res.Lookups++
	if e.res.Lookups <= e.limits.Lookups {
		return true
	}
	e.fail(PermError, problem{code: CodeTooManyLookups, domain: e.x.domain, term: t})
	e.stepTerm(t, Errored)
	return false
}

// void counts a term that found nothing; false means that it is one too many.
func (e *evaluator) void(t *Term) bool {
	e.res.Voids++
	if e.res.Voids <= e.limits.Voids {
		return true
	}
	e.fail(PermError, problem{code: CodeTooManyVoids, domain: e.x.domain, term: t})
	return false
}

// fail notes why the evaluation ends, and returns the status.
func (e *evaluator) fail(status Status, p problem) Status {
	p.status = status
	if p.term != nil {
		p.text = p.term.Text
		p.term = nil // It lives on the stack of terms.
	}
	if len(e.missing) == 0 {
		p.path = slices.Clone(e.path)
	}
	e.problem = p
	return status
}

// stopped is the status that fail noted.
func (e *evaluator) stopped() Status {
	if len(e.missing) > 0 {
		return ""
	}
	return e.problem.status
}

// growSteps makes room for the steps that a record without includes can take.
func (e *evaluator) growSteps(terms []Term) {
	first := e.res.Steps
	n := 2
	for i := range terms {
		if terms[i].Kind.Queries() {
			n++
		}
	}
	e.res.Steps = append(make([]Step, 0, min(n, e.limits.Lookups+2)), first...)
}

func (e *evaluator) step(s Step) {
	if len(e.missing) > 0 {
		return // The result of this round is not final.
	}
	s.Depth, s.Lookups, s.Voids = len(e.path), e.res.Lookups, e.res.Voids
	e.res.Steps = append(e.res.Steps, s)
}

func (e *evaluator) stepTerm(t *Term, o Outcome) {
	e.step(Step{Domain: e.x.domain, Term: t.Text, Offset: t.Offset, Outcome: o})
}

func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// contains reports whether ip is in the network of the given length around addr.
// It is false for addresses of different families.
func contains(addr, ip netip.Addr, bits uint8) bool {
	addr = addr.Unmap()
	if addr.BitLen() != ip.BitLen() {
		return false
	}
	return netip.PrefixFrom(addr, int(bits)).Contains(ip)
}
