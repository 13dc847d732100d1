package dmarc

import (
	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/psl"
	"github.com/mailworthy/mailworthy/resolver"
)

// Evaluate judges a message by the answers in v (RFC 9989 section 5.3). It is a pure
// function. When v lacks answers, it returns the questions to ask, and the Result has
// no Status yet.
//
// Asked again with each round's answers, it comes to an end after at most three
// rounds, and normally after one: the tree walk of the author domain, together with
// those of identifiers that are likely to need one, is one; other walks of identifiers
// are another; and a third is whether the author domain exists, if a policy for
// domains that do not exist makes a difference.
func Evaluate(req Request, v resolver.View) (res Result, missing []resolver.Question) {
	e := evaluation{req: req}
	e.req.Limits = req.Limits.orDefault()
	e.tree.view = orEmpty(v)
	if len(req.From) == 1 {
		if author := plainFrom(req.From[0]); author != "" {
			e.author(&res, author)
			return res, e.tree.missing
		}
	}
	var from From
	switch {
	case len(req.From) > 0 || req.Domain == "":
		from = parseFrom(req.From)
	default:
		from = fromDomain(req.Domain)
	}
	if author := from.Domain(); author != "" {
		e.author(&res, author)
		if len(e.tree.missing) == 0 && len(from.Findings) > 0 {
			res.Findings = append(from.Findings, res.Findings...)
		}
		return res, e.tree.missing
	}
	if domains := names(from.Domains); e.req.Limits.Authors > 1 && len(domains) > 0 && !from.Findings.Has(CodeFromSyntax) {
		return e.authors(domains, from)
	}
	return e.impossible(from), nil
}

// fromDomain is for a request with a domain in place of a From field.
func fromDomain(domain string) From {
	f := From{Domains: []string{}, Findings: mailworthy.Findings{}}
	n, err := name.Domain(domain)
	if err == nil {
		f.Domains = append(f.Domains, n)
		return f
	}
	f.Domains = append(f.Domains, name.Escape(cut(domain)))
	bad := rules.Finding(CodeBadDomain, f.Domains[0])
	bad.Message = quoted(cut(domain)) + " is no domain name."
	bad.Remedy = "Give the domain behind the @ of the address in From."
	bad.Evidence = []string{quoted(cut(domain))}
	f.Findings = append(f.Findings, bad)
	return f
}

// names returns those of the domains that are names.
func names(domains []string) []string {
	var out []string
	for _, d := range domains {
		if n, err := name.Normalize(d); err == nil && n == d && d[0] != '[' {
			out = append(out, d)
		}
	}
	return out
}

// evaluation is the state of one evaluation.
type evaluation struct {
	req  Request
	tree tree
	// walks is for how many identifiers' domains a walk was made.
	walks int
	texts texts // of the findings
}

// impossible is the result for a message that has not one author domain. DMARC does
// not say what becomes of it (RFC 9989 section 5.3.1); that no policy is published,
// which none means, would be wrong.
func (e *evaluation) impossible(from From) Result {
	res := e.newResult()
	if len(from.Domains) == 1 {
		res.Domain = from.Domains[0]
	}
	res.Status = PermError
	res.Findings = from.Findings
	return res
}

func (e *evaluation) newResult() (res Result) {
	e.start(&res, "")
	return res
}

// start fills in what every result has.
func (e *evaluation) start(res *Result, domain string) {
	res.Mode, res.Domain, res.Disposition = e.req.Mode, domain, PolicyNone
	res.Identifiers, res.Steps, res.Findings = []Identifier{}, []Step{}, mailworthy.Findings{}
}

// authors judges each of several author domains, and takes the strictest policy that
// one that fails asks for (RFC 9989 section 11.5). If there are more than the limit
// allows, the evaluation is incomplete and cannot pass.
func (e *evaluation) authors(domains []string, from From) (Result, []resolver.Question) {
	var all []Result
	for _, d := range domains[:min(len(domains), e.req.Limits.Authors)] {
		one := evaluation{req: e.req, tree: tree{view: e.tree.view}}
		all = append(all, Result{})
		one.author(&all[len(all)-1], d)
		for _, q := range one.tree.missing {
			e.tree.askFor(q)
		}
	}
	if len(e.tree.missing) > 0 {
		return e.newResult(), e.tree.missing
	}
	worst := 0
	for i := range all {
		if rank(&all[i]) > rank(&all[worst]) {
			worst = i
		}
	}
	res := all[worst]
	// Nor can a message whose From is repeated: RFC 9989 section 4.4. Section 11.5 is
	// about valid fields with several mailboxes.
	if len(domains) < len(from.Domains) || len(domains) > len(all) || from.Findings.Has(CodeFromMultiple) {
		if res.Status == Pass || res.Status == None {
			res = e.newResult()
			res.Status = PermError
		}
	}
	res.Authors = all
	res.Findings = append(append(mailworthy.Findings{}, from.Findings...), res.Findings...)
	return res, nil
}

// rank orders the results of several author domains: that of the highest counts.
func rank(r *Result) int {
	switch r.Status {
	case Fail:
		return 10 + r.Disposition.Compare(Quarantine)*2
	case PermError:
		return 5
	case TempError:
		return 4
	case None:
		return 1 // One that is authenticated says nothing for one that is not.
	}
	return 0
}

// author judges the message for one author domain.
func (e *evaluation) author(res *Result, domain string) {
	e.start(res, domain)
	if e.req.Mode == RFC7489 {
		e.discover7489(res)
	} else {
		e.discover(res)
	}
	if len(e.tree.missing) > 0 {
		return
	}
	if res.Status == "" {
		e.decide(res)
	} else {
		e.identify(res)
	}
	if len(e.tree.missing) > 0 {
		res.Status = ""
		return
	}
	if res.Status == Fail {
		res.Disposition = res.Applied
	}
	e.steps(res)
	if res.Status != Pass {
		e.explain(res)
	}
}

// discover finds the record that applies, and the organisational domain (RFC 9989
// section 4.10.1). It leaves the Status empty when there is a record.
func (e *evaluation) discover(res *Result) {
	t := &e.tree
	w := t.walk(res.Domain)
	if w.waiting {
		e.ahead(res.Domain)
		return
	}
	res.OrganizationalDomain = w.org
	own := t.node(int(w.targets[0]))
	switch {
	case own.record != nil:
		take(res, own, SourceAuthor)
		return
	case w.failed >= 0:
		// A record further down would have applied, or a psd=n there have ended the
		// walk: RFC 9989 section 5.3.6.
		res.Status = TempError
		return
	}
	// Only these two names can have the record, whatever stands between.
	if i := t.find(w.org); i >= 0 && t.node(i).record != nil {
		take(res, t.node(i), SourceOrganizational)
		return
	}
	if w.psd >= 0 {
		take(res, t.node(w.psd), SourcePSD)
		return
	}
	res.Status = None
}

// discover7489 is discover by RFC 7489 section 6.6.3.
func (e *evaluation) discover7489(res *Result) {
	res.OrganizationalDomain = psl.Organizational(res.Domain)
	for i, d := range [...]string{res.Domain, res.OrganizationalDomain} {
		n := e.tree.at(d)
		switch {
		case !n.known:
			e.tree.at(res.OrganizationalDomain) // Both at once.
			return
		case n.record != nil && i == 0:
			take(res, n, SourceAuthor)
			return
		case n.record != nil:
			take(res, n, SourceOrganizational)
			return
		case n.outcome() == FoundNothing:
			res.Status = TempError
			return
		case n.count > 1: // Several end the discovery, where RFC 9989 goes on.
			res.Status = None
			return
		}
	}
	res.Status = None
}

// take makes a record the one that applies.
func take(r *Result, n *node, s Source) {
	r.Record, r.RecordDomain, r.RecordTTL, r.Source = n.record, n.domain(), n.ttl, s
	if policy, _ := n.record.policyFor(ScopeDomain, r.Mode); policy == "" {
		r.Status = None // RFC 9989 section 4.10.1: no DMARC processing.
	}
}

// ahead asks, together with the walk of the author domain, for those walks of
// identifiers that are likely to be needed: of domains that have two labels or more
// in common with it, so that they may well be of one organisation.
func (e *evaluation) ahead(author string) {
	own := e.tree.at(author).record
	asked := 0
	for i := range e.count() {
		var id Identifier
		e.identifier(&id, i, author)
		switch {
		case !counts(id.Status), id.Reason != "", id.Domain == author, common(id.Domain, author) < 2:
			continue
		case own != nil && alignmentFor(own, id.Method) == Strict:
			continue
		}
		before := e.tree.count
		if e.tree.walk(id.Domain); e.tree.count > before {
			asked++
		}
		if asked >= e.req.Limits.Walks {
			return
		}
	}
}

// common counts the labels that two names have in common at their ends.
func common(a, b string) int {
	for a != "" && !name.Within(b, a) {
		a = name.Parent(a)
	}
	n := 0
	for ; a != ""; a = name.Parent(a) {
		n++
	}
	return n
}

// decide is for a record that applies: who is aligned, and what is to happen.
func (e *evaluation) decide(res *Result) {
	possible, limit := e.identify(res)
	switch {
	case aligned(res.Identifiers):
		res.Status = Pass
	case possible:
		res.Status = TempError
	case limit:
		res.Status = PermError
	default:
		res.Status = Fail
	}
	if len(e.tree.missing) > 0 {
		return
	}
	r := res.Record
	policy, tag := r.policyFor(ScopeDomain, res.Mode)
	if res.Source != SourceAuthor {
		policy, tag = r.policyFor(ScopeSubdomain, res.Mode)
		if np, npTag := r.policyFor(ScopeNonexistent, res.Mode); np != policy {
			switch exists, known := e.exists(res); {
			case !known:
				policy, tag = "", ""
				if res.Status == Fail {
					res.Status = TempError // The policy cannot be applied: RFC 9989 section 5.3.6.
				}
			case !exists:
				policy, tag = np, npTag
			}
		}
	}
	res.Policy, res.PolicyTag, res.Applied = policy, tag, policy
	switch {
	case res.Mode == RFC7489:
		if r.Percent != nil && e.req.Sample >= *r.Percent {
			res.Applied = policy.Lower() // RFC 7489 section 6.6.4
		}
	case r.Testing:
		res.Applied = policy.Lower()
	}
}

// exists says whether the author domain does, which is whenever the answer for it is
// not NXDOMAIN (RFC 9989 section 3.2.13 and appendix A.4). An alias exists even if
// its target does not. If _dmarc below it exists, so does the domain itself (RFC 8020).
// For a message that does not fail, nobody needs to know, and DNS is not asked.
func (e *evaluation) exists(res *Result) (exists, known bool) {
	own := e.tree.at(res.Domain)
	if own.aliased || own.status == resolver.Success || own.status == resolver.NoData {
		return true, true
	}
	if res.Status != Fail {
		return false, false
	}
	q := resolver.Question{Name: res.Domain, Type: resolver.TypeA}
	a, ok := e.tree.view.Get(q)
	if !ok {
		e.tree.askFor(q)
		return false, false
	}
	step := Step{Name: q.Name, Type: q.Type, DNS: a.Status, TTL: a.TTL, Outcome: FoundExists}
	switch {
	case !a.Status.Definitive():
		step.Outcome = FoundNothing
	case a.Status == resolver.NXDomain && len(a.Alias) == 0:
		step.Outcome = FoundNotThere
	}
	res.Steps = append(res.Steps, step)
	return step.Outcome == FoundExists, step.Outcome != FoundNothing
}

// steps puts the names that were asked into the result, before the question for the
// author domain itself.
func (e *evaluation) steps(res *Result) {
	n := len(res.Steps)
	for i := range e.tree.count {
		if e.tree.node(i).used {
			n++
		}
	}
	out := make([]Step, n)
	n = 0
	for i := range e.tree.count {
		nd := e.tree.node(i)
		if !nd.used {
			continue
		}
		s := &out[n]
		n++
		s.Name, s.Type, s.DNS, s.TTL, s.Outcome = nd.name, resolver.TypeTXT, nd.status, nd.ttl, nd.outcome()
		if s.Outcome == FoundTooLong {
			s.DNS = ""
		}
		if nd.record != nil {
			s.Record, s.PSD = nd.record.Text, nd.record.PSD
		}
	}
	copy(out[n:], res.Steps)
	res.Steps = out
}

// maxListed is how many of the same kind a finding names.
const maxListed = 10
