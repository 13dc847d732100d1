package dmarc

import (
	"slices"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/psl"
	"github.com/mailworthy/mailworthy/resolver"
)

// The bounds of what a report looks at. What lies behind them is said to be there,
// and not examined.
const (
	maxSubdomains   = 20 // of the request
	maxDestinations = 50 // that are listed
	maxHosts        = 10 // of them that are asked about
)

// probeLabel makes a subdomain that does not exist, unless a wildcard makes it. It
// tells those who meet it in a log where it is from.
const probeLabel = "mailworthy-no-such-name"

// EvaluateDomain judges a domain's DMARC by the answers in v, without a message. It
// is a pure function: when v lacks answers, it returns the questions to ask. It
// takes two rounds at most: one for the records, and one for where reports go, or
// for where a missing record may have gone.
func EvaluateDomain(req DomainRequest, v resolver.View) (Report, []resolver.Question) {
	rep := Report{Domain: req.Domain, Destinations: []Destination{}, Differences: []Difference{}, Steps: []Step{}, Findings: mailworthy.Findings{}}
	domain, err := name.Domain(req.Domain)
	if err != nil || len(prefix+domain) > maxName {
		rep.Domain, rep.Status = name.Escape(cut(req.Domain)), None
		rep.Own.Status, rep.Existing.Status, rep.Missing.Status = None, None, None
		rep.Findings = append(rep.Findings, badReportDomain(rep.Domain))
		return rep, nil
	}
	rep.Domain = domain
	s := survey{domain: domain, tree: tree{view: orEmpty(v)}}
	s.records(req)
	if len(s.tree.missing) > 0 {
		return rep, s.tree.missing
	}
	if nd := s.node(domain); nd.record == nil && nd.status.Definitive() {
		s.elsewhere()
	}
	if s.own.record != nil {
		s.destinations()
	}
	if len(s.tree.missing) > 0 {
		return rep, s.tree.missing
	}
	s.describe(&rep)
	rep.Findings = append(rep.Findings, lintDomain(&rep, &s)...)
	slices.SortStableFunc(rep.Findings, func(a, b mailworthy.Finding) int { return int(b.Severity) - int(a.Severity) })
	return rep, nil
}

// survey is what DNS has about a domain.
type survey struct {
	domain string
	tree   tree
	// walks are those that the report depends on, asked the questions beside theirs.
	walks []walked
	asked []resolver.Question
	apex  resolver.Answer // TXT of the domain itself
	// own is what applies to the domain, nobody to a name below that nobody uses,
	// others to one that exists and has no record, subs to those of the request.
	own, nobody, others discovery
	subs                []discovery
	services            []string
	ignored             []string // subdomains of the request that cannot be looked at
	wrong               []wrongPlace
	uris                int // of the record, listed or not
	listed              []Destination
	details             []detail // of those in listed
}

// discovery is the outcome of a tree walk.
type discovery struct {
	start string
	// record is the one that applies to start, and source how it does. It is nil when
	// there is none, and when that is not known; status tells.
	record *node
	source Source
	status Status
	// org is the organisational domain; it is empty when DNS did not tell.
	org string
}

// ask reads an answer that is not a record of a tree walk. There being none yet is the
// zero Answer, which is not definitive.
func (s *survey) ask(domain string, t resolver.Type) resolver.Answer {
	q := resolver.Question{Name: domain, Type: t}
	a, ok := s.tree.view.Get(q)
	if !ok {
		s.tree.askFor(q)
	}
	if !slices.Contains(s.asked, q) {
		s.asked = append(s.asked, q)
	}
	return a
}

func (s *survey) node(domain string) *node { return s.tree.at(domain) }

// records looks at all that says which policy applies to whom.
func (s *survey) records(req DomainRequest) {
	s.services = req.Services
	s.apex = s.ask(s.domain, resolver.TypeTXT)
	s.ask(prefix+psl.Organizational(s.domain), resolver.TypeTXT) // What RFC 7489 asks; most often one of the walk.
	s.own = s.discover(s.domain)
	// Below a name of full length there is nothing.
	if probe := probeLabel + "." + s.domain; len(prefix+probe) <= maxName {
		s.ask(probe, resolver.TypeTXT)
		s.nobody = s.discover(probe)
		s.others = s.without(probe)
	}
	for _, given := range req.Subdomains {
		sub, err := name.Normalize(given)
		switch {
		case err != nil, sub == s.domain, !name.Within(sub, s.domain), len(prefix+sub) > maxName, len(s.subs) == maxSubdomains:
			s.ignored = append(s.ignored, given)
		case !slices.ContainsFunc(s.subs, func(have discovery) bool { return have.start == sub }):
			s.ask(sub, resolver.TypeTXT)
			s.subs = append(s.subs, s.discover(sub))
		}
	}
	if s.nobody.start == "" {
		s.nobody, s.others = s.own, s.own
	}
}

// discover walks the tree up from a domain.
func (s *survey) discover(start string) discovery {
	w := s.tree.walk(start)
	s.walks = append(s.walks, w)
	return s.tree.discover(w)
}

// without is discover for a domain as if it had no record of its own.
func (s *survey) without(start string) discovery {
	t := s.tree.clone()
	nd := t.at(start)
	nd.known, nd.status, nd.record, nd.count = true, resolver.NoData, nil, 0
	return t.discover(t.walk(start))
}

// discover selects the record that applies (RFC 9989 section 4.10.1): the domain's
// own, that of its organisational domain, or that of the public suffix above. One
// between does not count.
func (t *tree) discover(w walked) discovery {
	d := discovery{start: w.start, org: w.org}
	take := func(nd *node, from Source) bool {
		if nd.record == nil {
			return false
		}
		c := *nd // The tree may grow.
		d.record, d.source = &c, from
		return true
	}
	own := t.at(w.start)
	switch {
	case own.outcome() != FoundNothing && take(own, SourceAuthor):
		// It applies whatever is above it.
	case w.waiting || w.failed >= 0:
		d.status = TempError
	case w.org != w.start && w.visited(t, w.org) && take(t.at(w.org), SourceOrganizational):
	case w.psd >= 0 && take(t.node(w.psd), SourcePSD):
	default:
		d.status = None
	}
	return d
}

// visited reports whether a walk came by a domain. The one below a public suffix may
// have been passed over, in names of many labels.
func (w *walked) visited(t *tree, domain string) bool {
	return slices.ContainsFunc(w.targets[:w.count], func(i int16) bool { return t.node(int(i)).domain() == domain })
}

// wrongPlace is a name where records are published by mistake.
type wrongPlace struct {
	name   string
	answer resolver.Answer
}

// elsewhere asks where a missing record may have gone: to the name with another
// prefix, and below the domain twice, since the forms of some providers add it.
func (s *survey) elsewhere() {
	for _, n := range [...]string{
		prefix + "www." + s.domain, prefix + prefix + s.domain, "dmarc." + s.domain, prefix + s.domain + "." + s.domain,
	} {
		if len(n) <= maxName {
			s.wrong = append(s.wrong, wrongPlace{n, s.ask(n, resolver.TypeTXT)})
		}
	}
}

// existence says whether a domain exists: whether the answer for it is anything but
// NXDOMAIN (RFC 9989 appendix A.4). One that is an alias exists, even if its target
// does not, and so does one with a name below it (RFC 8020).
func (s *survey) existence(domain string) (exists, known bool) {
	nd := s.node(domain)
	a := s.ask(domain, resolver.TypeTXT)
	if nd.aliased || nd.status == resolver.Success || nd.status == resolver.NoData {
		return true, true
	}
	return a.Status != resolver.NXDomain || len(a.Alias) > 0, a.Status.Definitive()
}

// effect says what applies to a domain.
func (s *survey) effect(d discovery) Effect {
	if d.record == nil || d.record.domain() == d.start {
		return d.effect(ScopeDomain)
	}
	exists, known := s.existence(d.start)
	existing, missing := d.effect(ScopeSubdomain), d.effect(ScopeNonexistent)
	switch {
	case existing.Policy == missing.Policy, known && exists:
		return existing
	case known:
		return missing
	}
	return Effect{Domain: d.start, Status: TempError, RecordDomain: d.record.domain()}
}

// effect says what the record that applies asks for.
func (d discovery) effect(scope Scope) Effect {
	e := Effect{Domain: d.start, Status: d.status}
	if d.record == nil {
		return e
	}
	e.RecordDomain = d.record.domain()
	e.Policy, e.Tag = d.record.record.PolicyFor(scope)
	if e.Policy == "" {
		e.Status = None
	}
	if e.Applied = e.Policy; d.record.record.Testing {
		e.Applied = e.Policy.Lower()
	}
	return e
}

// compare says where receivers that follow RFC 7489 differ. Two ways to have no policy
// do not.
func (s *survey) compare() []Difference {
	exists := resolver.Answer{Status: s.apex.Status, Alias: s.apex.Alias}
	if exists.Status == resolver.Success {
		exists.Status = resolver.NoData // of the type that the comparison asks for
	}
	view := existsView{s.tree.view, resolver.Question{Name: s.domain, Type: resolver.TypeA}, exists}
	c, missing := EvaluateComparison(Request{Domain: s.domain}, view)
	if len(missing) > 0 || c.RFC9989.Status == TempError || c.RFC7489.Status == TempError ||
		c.RFC9989.Status == None && c.RFC7489.Status == None {
		return nil
	}
	return c.Differences
}

// existsView has an answer of its own for the question whether a domain exists.
type existsView struct {
	resolver.View
	question resolver.Question
	answer   resolver.Answer
}

func (v existsView) Get(q resolver.Question) (resolver.Answer, bool) {
	if q == v.question {
		return v.answer, true
	}
	return v.View.Get(q)
}

// describe fills the report from the survey.
func (s *survey) describe(rep *Report) {
	rep.OrganizationalDomain, rep.ListedDomain = s.own.org, listed(s.domain)
	if nd := s.own.record; nd != nil {
		rep.Record, rep.RecordDomain, rep.Source = nd.record, nd.domain(), s.own.source
	}
	var targets [maxTargets]string
	n := targetsOf(s.domain, &targets)
	for _, target := range targets[:n] {
		nd := s.node(target)
		step := Step{Name: nd.name, Type: resolver.TypeTXT, DNS: nd.status, TTL: nd.ttl, Outcome: nd.outcome()}
		if nd.record != nil {
			step.Record, step.PSD = nd.record.Text, nd.record.PSD
		}
		rep.Steps = append(rep.Steps, step)
		if nd.stops() {
			break
		}
	}
	a, _ := s.tree.view.Get(s.node(s.domain).question())
	rep.DNS, rep.TTL, rep.Secure, rep.Alias = a.Status, a.TTL, a.Secure, a.Alias
	rep.Own = s.effect(s.own)
	rep.Status = rep.Own.Status
	rep.Existing, rep.Missing = s.others.effect(ScopeSubdomain), s.effect(s.nobody)
	rep.Existing.Domain, rep.Missing.Domain = "", ""
	for _, sub := range s.subs {
		rep.Subdomains = append(rep.Subdomains, s.effect(sub))
	}
	rep.Differences = append(rep.Differences, s.compare()...)
	rep.Destinations = append(rep.Destinations, s.listed...)
}

// listed is the organisational domain by the public suffix list. It is empty for a
// public suffix.
func listed(domain string) string {
	if psl.Suffix(domain) == domain {
		return ""
	}
	return psl.Organizational(domain)
}
