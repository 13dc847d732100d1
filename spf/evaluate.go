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
func Evaluate(req Request, v resolver.View) (res Result, missing []resolver.Question) {
	sender := strings.TrimSpace(req.MailFrom)
	if n := len(sender); n >= 2 && sender[0] == '<' && sender[n-1] == '>' {
		sender = sender[1 : n-1]
	}
	if sender == "" {
		missing = evaluate(&res, &req, v, MailFrom, "", req.HELO) // RFC 7208 section 2.4
		return res, missing
	}
	// A local-part may hold an at sign in quotes, a domain cannot.
	at := strings.LastIndexByte(sender, '@')
	missing = evaluate(&res, &req, v, MailFrom, sender[:max(at, 0)], sender[at+1:])
	return res, missing
}

// EvaluateHELO judges the HELO identity of req, as Evaluate does MAIL FROM.
func EvaluateHELO(req Request, v resolver.View) (res Result, missing []resolver.Question) {
	missing = evaluate(&res, &req, v, HELO, "", req.HELO)
	return res, missing
}

// evaluate fills res, and returns the questions that v lacks.
func evaluate(res *Result, req *Request, v resolver.View, id Identity, local, domain string) []resolver.Question {
	if local == "" {
		local = "postmaster" // RFC 7208 section 4.3
	}
	res.Identity, res.Domain, res.HELO, res.Receiver = id, domain, req.HELO, req.Receiver
	res.IP = req.IP.Unmap().WithZone("")
	res.Steps, res.Findings = []Step{}, mailworthy.Findings{}
	if !req.IP.IsValid() {
		return nil
	}
	normal, err := name.Normalize(domain)
	if strings.IndexByte(domain, '\\') >= 0 {
		err = name.ErrInvalid // SMTP knows no escapes in a domain.
	}
	if err == nil {
		res.Domain = normal
	}
	res.Sender = joinSender(req.MailFrom, local, res.Domain)
	// RFC 7208 section 4.3: a malformed or single-label domain has no policy. An
	// address literal is one of the former.
	if err != nil || strings.IndexByte(normal, '.') < 0 || normal[0] == '[' {
		res.Status = None
		res.Findings = append(res.Findings, badDomain(*res))
		return nil
	}
	if v == nil {
		v = resolver.Snapshot(nil)
	}

	// The evaluator and its stack of terms stay off the heap: what they hold is
	// copied out, and nothing points at them.
	e := evaluator{
		view: v, limits: req.Limits.orDefault(),
		x: expander{ip: res.IP, local: local, sender: normal, helo: req.HELO, receiver: req.Receiver, validated: "unknown"},
	}
	if req.Prefetch {
		e.ahead = maxLimit * maxLimit
	}
	if !req.Time.IsZero() {
		e.x.unix = req.Time.Unix()
	}
	var terms [12]directive
	var path [4]Hop
	status := e.check(normal, Hop{}, stack{terms[:0], path[:0]})
	res.Lookups, res.Voids = e.lookups, e.voids
	if e.steps != nil {
		res.Steps = e.steps
	}
	if len(e.missing) > 0 {
		return e.missing
	}
	res.Status, res.Match, res.Explanation = status, e.match, e.text
	if status != Pass {
		res.Findings = append(res.Findings, explain(*res, e.problem)...)
	}
	return nil
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

	// What the Result will say.
	lookups, voids int
	match          Match
	text           string // the explanation
	steps          []Step
	problem        *problem // nil as long as nothing went wrong

	// includes is how many includes are being followed.
	includes int

	// missing holds the questions to ask, each once. When there is one, the result
	// of this round is not final, and what follows is only looked at to find more of
	// them. lacks counts how often an answer was lacking that a term cannot even
	// begin without; at more than ahead of them the round is over.
	missing []resolver.Question
	lacks   int
	ahead   int
}

// stack holds what the records being evaluated have on it: their terms, and the
// includes and redirects that led from one to the next.
type stack struct {
	terms []directive
	path  []Hop
}

// directive is what the evaluation needs of a Term.
type directive struct {
	text, domain string
	offset       int32
	kind         Kind
	qualifier    Qualifier
	bits4, bits6 uint8
}

func (t *Term) directive() directive {
	return directive{t.Text, t.Domain, int32(t.Offset), t.Kind, t.Qualifier, t.Bits4, t.Bits6}
}

// outcome is what a term does to the evaluation of its record.
type outcome uint8

const (
	noMatch outcome = iota
	match
	waiting // the view lacks an answer
	stop    // the evaluation ends with stopped's status
)

// check is check_host() for one domain: the first one, with from zero, or the
// target of the include or redirect that from is. It returns "" when answers are
// missing.
func (e *evaluator) check(domain string, from Hop, st stack) Status {
	if strings.IndexByte(domain, '.') < 0 {
		return None // RFC 7208 section 4.3, which a macro can lead to.
	}
	q := resolver.Question{Name: domain, Type: resolver.TypeTXT}
	var a resolver.Answer
	if !e.ask(q, &a) {
		return ""
	}
	step := Step{Domain: domain, Target: domain, DNS: a.Status, TTL: a.TTL, Outcome: Found}
	if from.Term != "" {
		step.Domain, step.Term, step.Offset, step.Outcome = from.Domain, from.Term, from.Offset, Followed
	}
	record, status := e.selectRecord(q, &a, st)
	if status != "" {
		step.Outcome = Errored
		e.step(step, st)
		return status
	}
	step.Record = record
	outer := e.x.domain
	e.x.domain = domain
	mark := len(st.terms)
	terms, mods, err := e.parse(record, st.terms)
	st.terms = terms
	e.growSteps(terms[mark:])
	e.step(step, st)
	if from.Term != "" {
		st.path = append(st.path, from)
	}
	if err != nil {
		// Also a term behind a match makes the record invalid (section 4.6).
		e.step(Step{Domain: domain, Term: err.Term, Offset: err.Offset, Outcome: Errored}, st)
		status = e.fail(PermError, st, problem{code: CodeSyntax, syntax: err})
	} else {
		status = e.walk(terms[mark:], &mods, st)
	}
	e.x.domain = outer
	return status
}

// modifiers are those of a record that count; a Kind of 0 means that it has none.
type modifiers struct{ redirect, exp directive }

// parse appends to terms the mechanisms of a record that can matter: up to the
// first that is known to match, and no networks without the client.
func (e *evaluator) parse(record string, terms []directive) (_ []directive, mods modifiers, _ *SyntaxError) {
	p := newParser(record)
	all, done := false, false
	var t Term
	client, is4 := clientNumber(e.x.ip)
	for {
		if start := p.skipOutside(client, is4); start >= 0 {
			if !done {
				t := directive{text: record[start:p.pos], offset: int32(start), kind: KindIP4, qualifier: '+'}
				terms, done = append(terms, t), true
			}
			continue
		}
		more, err := p.next(&t)
		if !more || err != nil {
			if all {
				mods.redirect = directive{} // RFC 7208 section 6.1: "all" anywhere makes it void.
			}
			return terms, mods, err
		}
		switch t.Kind {
		case KindRedirect:
			mods.redirect = t.directive()
		case KindExp:
			mods.exp = t.directive()
		case KindUnknown:
		case KindIP4, KindIP6:
			// Prefix.Contains keeps the families apart: a mapped network in an ip6
			// term matches no IPv4 client.
			if !done && t.Network.Contains(e.x.ip) {
				terms, done = append(terms, t.directive()), true
			}
		default:
			if !done {
				terms = append(terms, t.directive())
			}
			if t.Kind == KindAll {
				all, done = true, true
			}
		}
	}
}

// selectRecord finds the one record among the TXT records of a domain (RFC 7208
// sections 4.4 and 4.5).
func (e *evaluator) selectRecord(q resolver.Question, a *resolver.Answer, st stack) (record string, status Status) {
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
		return "", e.fail(TempError, st, problem{code: CodeDNSFailure, question: q, answer: *a})
	case records > 1:
		return "", e.fail(PermError, st, problem{code: CodeMultipleRecords, question: q, answer: *a})
	case records == 0:
		return "", e.fail(None, st, problem{code: CodeNoRecord, question: q, answer: *a})
	}
	return record, ""
}

// walk evaluates the terms of a record.
func (e *evaluator) walk(terms []directive, mods *modifiers, st stack) Status {
	for i := range terms {
		t := &terms[i]
		switch e.term(t, st) {
		case match:
			return e.matched(t, &mods.exp, st)
		case stop:
			return e.stopped()
		case waiting:
			if e.lacks > e.ahead {
				return ""
			}
		}
	}
	if mods.redirect.kind != 0 {
		return e.redirect(&mods.redirect, st)
	}
	if len(e.missing) > 0 {
		return ""
	}
	return Neutral // RFC 7208 section 4.7
}

// matched ends the evaluation of a record with the qualifier of the term that
// matched, and remembers that term if it decides the whole.
func (e *evaluator) matched(t, exp *directive, st stack) Status {
	status := t.qualifier.Status()
	if e.includes == 0 && status == Fail && exp.kind != 0 {
		// RFC 7208 section 6.2: an included record's explanation is never used,
		// that of a redirect's target is.
		if text, ok := e.explanation(exp); ok {
			e.text = text
		}
	}
	if len(e.missing) > 0 {
		return ""
	}
	if t.kind == KindInclude {
		return status // The term that matched in the included record is in place.
	}
	if e.includes == 0 || status == Pass {
		e.match = Match{Term: t.text, Domain: e.x.domain, Offset: int(t.offset)}
		if len(st.path) > 0 {
			e.match.Chain = append([]Hop(nil), st.path...)
		}
	}
	return status
}

// redirect is RFC 7208 section 6.1.
func (e *evaluator) redirect(t *directive, st stack) Status {
	if !e.count(t, st) {
		return e.stopped()
	}
	target, o := e.target(t)
	if o == waiting {
		return ""
	}
	status := None // When the expansion is no name, there can be no record.
	if o == noMatch {
		status = e.check(target, e.hop(t), st)
	}
	if status == None {
		status = e.fail(PermError, st, problem{code: CodeRedirectNoRecord, text: t.text, target: target})
	}
	return status
}

// hop is the way on over an include or redirect of the current record.
func (e *evaluator) hop(t *directive) Hop {
	return Hop{Domain: e.x.domain, Term: t.text, Offset: int(t.offset)}
}

// explanation fetches and expands the text for a rejection (RFC 7208 section
// 6.2). Whatever goes wrong with it, there is just none.
func (e *evaluator) explanation(t *directive) (string, bool) {
	target, o := e.target(t)
	if o != noMatch {
		return "", false
	}
	var a resolver.Answer
	if !e.ask(resolver.Question{Name: target, Type: resolver.TypeTXT}, &a) || a.Status != resolver.Success || len(a.TXT) != 1 {
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

// ask reads the answer to q into a. When the view lacks it, ask notes the question,
// and returns false.
func (e *evaluator) ask(q resolver.Question, a *resolver.Answer) bool {
	var ok bool
	if *a, ok = e.view.Get(q); !ok {
		e.lacks++
		if !slices.Contains(e.missing, q) {
			e.missing = append(e.missing, q)
		}
	}
	return ok
}

// forgive makes nothing of what was lacking since lacks was at mark: the addresses
// of hosts, which are a term's second question. So the next term's first question
// goes out with them, and rounds stay fewer than terms.
func (e *evaluator) forgive(mark int) { e.lacks = mark }

// count counts a term that queries DNS; false means that it is one too many.
func (e *evaluator) count(t *directive, st stack) bool {
	e.lookups++
	if e.lookups <= e.limits.Lookups {
		return true
	}
	e.fail(PermError, st, problem{code: CodeTooManyLookups, text: t.text})
	e.stepTerm(t, Errored, st)
	return false
}

// void counts a term that found nothing; false means that it is one too many.
func (e *evaluator) void(t *directive, st stack) bool {
	e.voids++
	if e.voids <= e.limits.Voids {
		return true
	}
	e.fail(PermError, st, problem{code: CodeTooManyVoids, text: t.text})
	return false
}

// fail notes why a record has no better result, and returns the status.
func (e *evaluator) fail(status Status, st stack, p problem) Status {
	if len(e.missing) == 0 {
		p.status, p.domain = status, e.x.domain
		p.path = append(p.path, st.path...)
		e.problem = &p
	}
	return status
}

// stopped is the status that fail noted.
func (e *evaluator) stopped() Status {
	if len(e.missing) > 0 {
		return ""
	}
	return e.problem.status
}

// growSteps makes room for the steps of a record: itself, and its terms that query
// DNS.
func (e *evaluator) growSteps(terms []directive) {
	queries := 0
	for i := range terms {
		if terms[i].kind.Queries() {
			queries++
		}
	}
	have := e.steps
	if n := len(have) + 1 + min(queries, e.limits.Lookups+1); n > cap(have) && len(e.missing) == 0 {
		e.steps = append(make([]Step, 0, max(n, 2*cap(have))), have...)
	}
}

func (e *evaluator) step(s Step, st stack) {
	if len(e.missing) > 0 {
		return // The result of this round is not final.
	}
	s.Depth, s.Lookups, s.Voids = len(st.path), e.lookups, e.voids
	e.steps = append(e.steps, s)
}

// stepTerm notes how a term ended that needed no answer from DNS.
func (e *evaluator) stepTerm(t *directive, o Outcome, st stack) {
	e.step(Step{Domain: e.x.domain, Term: t.text, Offset: int(t.offset), Outcome: o}, st)
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// contains reports whether ip is in the network of the given length around addr.
// It is false for addresses of different families.
func contains(addr, ip netip.Addr, bits uint8) bool {
	if addr.BitLen() != ip.BitLen() {
		return false
	}
	return netip.PrefixFrom(addr, int(bits)).Contains(ip)
}
