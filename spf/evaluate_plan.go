package spf

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/txt"
	"github.com/mailworthy/mailworthy/resolver"
)

// maxText is how long a planned record may get before its networks move to records
// of their own, so that answers fit into a plain datagram (RFC 7208 section 3.4).
const maxText = 450

// EvaluatePlan makes a plan by the answers in v. It is a pure function; when v lacks
// answers, it returns the questions to ask. It takes no more rounds than
// [EvaluateDomain] does for the present policy, and then for the planned one.
//
// What it proposes has been evaluated, for all addresses at once: Changes says what
// would be different.
func EvaluatePlan(domain string, wishes Wishes, v resolver.View) (Proposal, []resolver.Question) {
	p := planner{
		view: v, wishes: wishes, vendors: wishes.Catalogue,
		out: Proposal{Domain: domain, Records: []Publish{}, Flattened: []Hop{}, Changes: Changes{}, Findings: mailworthy.Findings{}},
	}
	if p.vendors == nil {
		p.vendors = catalogue[:]
	}
	before, missing := p.evaluate(v, domain)
	if len(missing) > 0 {
		return p.out, missing
	}
	p.domain, p.out.Domain = before.Domain, before.Domain
	if before.Tree.DNS == "" || !before.Tree.DNS.Definitive() {
		// No name, or no answer: what is published is not known, so that nothing can
		// be put in its place.
		p.out.Findings = before.Findings
		return p.out, nil
	}
	if missing = p.plan(before); len(missing) > 0 {
		return p.out, missing
	}
	return p.out, nil
}

// planner makes one proposal.
type planner struct {
	view    resolver.View
	wishes  Wishes
	vendors []Vendor
	domain  string
	terms   []Term   // of the planned record
	tail    []Term   // its modifiers
	added   []string // texts of the terms that are for services
	all     Qualifier
	ttl     uint32 // the lowest behind what was flattened
	out     Proposal
}

func (p *planner) evaluate(v resolver.View, domain string) (Report, []resolver.Question) {
	return EvaluateDomain(DomainRequest{Domain: domain, Limits: p.wishes.Limits, Vendors: p.vendors}, v)
}

func (p *planner) plan(before Report) []resolver.Question {
	p.start(before)
	p.remove()
	p.addVendors()
	after, missing := p.draft()
	if len(missing) > 0 {
		return missing
	}
	if p.dropUnusable(after) {
		if after, missing = p.draft(); len(missing) > 0 {
			return missing
		}
	}
	if p.addNetworks(after) {
		if after, missing = p.draft(); len(missing) > 0 {
			return missing
		}
	}
	if after, missing = p.settle(after); len(missing) > 0 {
		return missing
	}
	p.out.Lookups, p.out.Voids = after.Lookups, after.Voids
	p.out.Changes = append(p.out.Changes, Diff(before.Compile(), after.Compile())...)
	p.out.Findings = append(p.out.Findings, after.Findings...)
	if len(p.out.Flattened) > 0 {
		if !p.wishes.Time.IsZero() {
			p.out.RefreshBy = p.wishes.Time.Add(time.Duration(p.ttl) * time.Second).UTC()
		}
		f := finding(CodeFlattened, p.domain)
		f.Message = "The networks in this record are a copy. When a service moves, its mail is refused until the record is made anew."
		f.Remedy = "Make the record anew at least every " + strconv.FormatUint(uint64(p.ttl), 10) + " s, by a program, or keep the includes."
		for _, h := range p.out.Flattened {
			f.Evidence = append(f.Evidence, h.Domain+" has "+quoted(h.Term))
		}
		p.out.Findings = append(p.out.Findings, f)
	}
	return nil
}

// start takes over the present record: mended, and made one of several.
func (p *planner) start(before Report) {
	a, _ := p.view.Get(resolver.Question{Name: p.domain, Type: resolver.TypeTXT})
	texts := spfTexts(a.TXT)
	if len(texts) == 0 {
		for _, t := range a.TXT {
			if _, mended := nearMiss(t.String()); mended != "" {
				texts = append(texts, resolver.Text{mended})
			}
		}
	}
	text, ok := version, true
	switch len(texts) {
	case 0:
	case 1:
		text = mend(texts[0].String())
	default:
		text, ok = mergeRecords(texts)
	}
	terms, errs := parseAll(text)
	if !ok || len(errs) > 0 {
		p.out.Findings = append(p.out.Findings, before.Findings...)
	}
	for _, t := range terms {
		switch {
		case t.Kind == KindAll && p.all == 0:
			p.all = t.Qualifier
		case t.Kind.Modifier():
			p.tail = append(p.tail, t)
		case p.all == 0 && !slices.ContainsFunc(p.terms, func(have Term) bool { return strings.EqualFold(have.Text, t.Text) }):
			p.terms = append(p.terms, t)
		}
	}
	isRedirect := func(t Term) bool { return t.Kind == KindRedirect }
	if p.all != 0 {
		p.tail = slices.DeleteFunc(p.tail, isRedirect) // It was void.
	}
	if i := slices.IndexFunc(p.tail, isRedirect); i >= 0 && p.wishes.All != 0 {
		// The redirect's own "all" gives way to the one that is wished for.
		p.terms = append(p.terms, newTerm("include:"+p.tail[i].Domain))
		p.tail = slices.Delete(p.tail, i, i+1)
	}
	switch {
	case p.wishes.All != 0:
		p.all = p.wishes.All
	case len(texts) > 0:
		// A record without "all" keeps its meaning, which the findings speak of.
	case len(p.wishes.Allow)+len(p.wishes.Vendors) == 0:
		p.all = '-' // Nobody sends.
	default:
		p.all = '~'
	}
}

func newTerm(text string) Term {
	t := Term{Text: text}
	parseTerm(&t) // The planner writes nothing else than good terms.
	return t
}

func (p *planner) remove() {
	unwanted := func(t Term) bool {
		return slices.ContainsFunc(p.wishes.Remove, func(s string) bool { return strings.EqualFold(s, t.Text) })
	}
	for _, s := range p.wishes.Remove {
		if !slices.ContainsFunc(p.terms, func(t Term) bool { return strings.EqualFold(s, t.Text) }) &&
			!slices.ContainsFunc(p.tail, func(t Term) bool { return strings.EqualFold(s, t.Text) }) {
			p.cannot("The record of "+p.domain+" has no term "+quoted(s)+" to remove.", "Write the term as it stands in the record.")
		}
	}
	p.terms = slices.DeleteFunc(p.terms, unwanted)
	p.tail = slices.DeleteFunc(p.tail, unwanted)
}

// cannot notes a wish that could not be fulfilled.
func (p *planner) cannot(message, remedy string) {
	f := finding(CodePlan, p.domain)
	f.Message, f.Remedy = message, remedy
	p.out.Findings = append(p.out.Findings, f)
}

// addVendors includes the services that must pass and are not included yet.
func (p *planner) addVendors() {
	for _, wish := range p.wishes.Vendors {
		target := ""
		i := slices.IndexFunc(p.vendors, func(v Vendor) bool { return strings.EqualFold(v.Name, wish) })
		switch {
		case i >= 0 && len(p.vendors[i].Include) > 0:
			target = p.vendors[i].Include[0]
		case i >= 0:
			p.cannot(p.vendors[i].Name+" has no include that is the same for all customers. "+p.vendors[i].Note, "See "+p.vendors[i].Ref)
			continue
		default:
			domain, err := name.Normalize(wish)
			if err != nil || checkDomainSpec(domain) != "" {
				p.cannot("There is no service "+quoted(wish)+" in the catalogue.", "Name the domain that its customers include.")
				continue
			}
			target = domain
		}
		included := func(t Term) bool {
			if t.Kind != KindInclude && t.Kind != KindRedirect {
				return false
			}
			v, ok := vendorOf(t.Domain, p.vendors)
			return strings.EqualFold(t.Domain, target) || i >= 0 && ok && v.Name == p.vendors[i].Name
		}
		if !slices.ContainsFunc(p.terms, included) && !slices.ContainsFunc(p.tail, included) {
			p.terms = append(p.terms, newTerm("include:"+target))
			p.added = append(p.added, "include:"+target)
		}
	}
}

// dropUnusable takes out again the services whose record would make the whole policy
// invalid. It reports whether there were any.
func (p *planner) dropUnusable(after Report) bool {
	before := len(p.terms)
	for i := range after.Tree.Terms {
		t := &after.Tree.Terms[i]
		if t.Policy == nil || !slices.Contains(p.added, t.Text) || t.Policy.Status != None && t.Policy.Status != PermError {
			continue
		}
		p.cannot(quoted(t.Text)+" would make the policy invalid: the result of "+t.Target+" is "+string(t.Policy.Status)+".",
			"Ask the service for the domain to include.")
		p.terms = slices.DeleteFunc(p.terms, func(have Term) bool { return have.Text == t.Text })
	}
	return len(p.terms) < before
}

// addNetworks adds the networks that must pass and do not. It reports whether there
// were any.
func (p *planner) addNetworks(after Report) bool {
	allowed := after.Compile().Networks(Pass)
	var terms []Term
	for _, n := range mergeNetworks(p.wishes.Allow) {
		if !coversNetwork(allowed, n) {
			terms = append(terms, newTerm(prefixTerm(n)))
		}
	}
	// They come first, so that no other term can refuse them.
	p.terms = append(terms, p.terms...)
	return len(terms) > 0
}

// prefixTerm writes a network as a term, without the length of a single address.
func prefixTerm(n netip.Prefix) string {
	if n.IsSingleIP() {
		return networkTerm(n.Addr())
	}
	if n.Addr().Is4() {
		return "ip4:" + n.String()
	}
	return "ip6:" + n.String()
}

// text is the planned record in one piece.
func (p *planner) text() string {
	var b strings.Builder
	b.WriteString(version)
	for _, t := range p.terms {
		b.WriteString(" " + t.Text)
	}
	if p.all != 0 {
		b.WriteString(" " + string(rune(p.all)) + "all")
	}
	for _, t := range p.tail {
		b.WriteString(" " + t.Text)
	}
	return b.String()
}

// draft evaluates the record as it is planned so far.
func (p *planner) draft() (Report, []resolver.Question) {
	p.out.Records = []Publish{publish(p.domain, p.text())}
	return p.evaluate(p.overlay(), p.domain)
}

func publish(domain, text string) Publish {
	return Publish{Name: domain, Text: text, Strings: txt.Split(text)}
}

// planned is a view in which the planned records are published.
type planned struct {
	resolver.View
	records []Publish
}

func (p *planner) overlay() planned { return planned{p.view, p.out.Records} }

func (v planned) Get(q resolver.Question) (resolver.Answer, bool) {
	i := slices.IndexFunc(v.records, func(r Publish) bool { return r.Name == q.Name })
	if i < 0 || q.Type != resolver.TypeTXT {
		return v.View.Get(q)
	}
	planned := resolver.Answer{Status: resolver.Success, TTL: 3600}
	if i == 0 {
		// The other TXT records of the domain stay.
		present, _ := v.View.Get(q)
		for _, t := range present.TXT {
			if code, _ := nearMiss(t.String()); code != CodeNearMiss && !isSPF(t.String()) {
				planned.TXT = append(planned.TXT, t)
			}
		}
		if present.TTL > 0 && present.Status == resolver.Success {
			planned.TTL = present.TTL
		}
	}
	planned.TXT = append(planned.TXT, v.records[i].Strings)
	return planned, true
}

// settle flattens and splits the planned record as is wished for, and evaluates it.
// Records of their own for the networks cost lookups again, so that more has to be
// flattened then.
func (p *planner) settle(draft Report) (after Report, missing []resolver.Question) {
	terms := p.terms
	limit := p.wishes.Limits.orDefault().Lookups
	for target := limit; ; target-- {
		p.terms, p.out.Flattened = terms, []Hop{}
		p.flatten(draft, target)
		p.publish()
		after, missing = p.evaluate(p.overlay(), p.domain)
		if len(missing) > 0 || p.wishes.Flatten != FlattenNeeded || after.Lookups <= limit || target == 0 {
			return after, missing
		}
	}
}

// flatten replaces names by their networks, as far as it is wished for and can be
// done without changing a verdict: all, or until target lookups are left.
func (p *planner) flatten(after Report, target int) {
	if p.wishes.Flatten == FlattenNever || p.wishes.Flatten == FlattenNeeded && after.Lookups <= target {
		return
	}
	// What saves most goes first.
	var order []int
	nodes := make(map[string]*TermNode)
	for i := range after.Tree.Terms {
		nodes[after.Tree.Terms[i].Text] = &after.Tree.Terms[i]
	}
	for i, t := range p.terms {
		if n := nodes[t.Text]; n != nil && n.Lookups > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return nodes[p.terms[b].Text].Lookups - nodes[p.terms[a].Text].Lookups })
	lookups := after.Lookups
	replaced := make(map[int][]Term)
	for _, i := range order {
		if p.wishes.Flatten == FlattenNeeded && lookups <= target {
			break
		}
		n := nodes[p.terms[i].Text]
		networks, ttl, ok := p.networks(n)
		if !ok {
			continue
		}
		sign := ""
		if n.Qualifier != '+' {
			sign = string(rune(n.Qualifier))
		}
		replaced[i] = []Term{}
		for _, network := range networks {
			replaced[i] = append(replaced[i], newTerm(sign+prefixTerm(network)))
		}
		if len(p.out.Flattened) == 0 || ttl < p.ttl {
			p.ttl = ttl
		}
		p.out.Flattened = append(p.out.Flattened, Hop{Domain: p.domain, Term: n.Text, Offset: n.Offset})
		lookups -= n.Lookups
	}
	var terms []Term
	decided := make(map[netip.Prefix]string)
	for i, t := range p.terms {
		with, ok := replaced[i]
		if !ok {
			with = []Term{t}
		}
		for _, t := range with {
			if t.Network.IsValid() {
				// What an earlier network decides, a later one cannot.
				if covering(decided, t.Network.Masked()) != "" {
					continue
				}
				decided[t.Network.Masked()] = t.Text
			}
			terms = append(terms, t)
		}
	}
	p.terms = terms
}

// networks returns what a term matches, if that is a list of networks and nothing
// else, and how long the answers behind it last.
func (p *planner) networks(t *TermNode) (networks []netip.Prefix, ttl uint32, ok bool) {
	if t.Macro || t.Dead || slices.ContainsFunc(p.wishes.Keep, func(s string) bool { return strings.EqualFold(s, t.Domain) }) {
		return nil, 0, false
	}
	switch t.Kind {
	case KindInclude:
		if t.Policy == nil || t.Policy.Status != "" {
			return nil, 0, false
		}
		policy := Report{Domain: t.Target, Tree: *t.Policy}.Compile()
		// Where a part is broken, or depends on more than the address, a list would
		// give another verdict.
		if len(policy.NetworksFunc(func(c Cover) bool { return c.Open || c.Status == PermError || c.Status == TempError })) > 0 {
			return nil, 0, false
		}
		return policy.Networks(Pass), t.Policy.lowestTTL(), true
	case KindA, KindMX:
		for _, h := range t.Hosts {
			if h.Name != "" && (!h.IPv4.Definitive() || !h.IPv6.Definitive()) {
				return nil, 0, false
			}
		}
		return mergeNetworks(t.Networks), t.TTL, t.DNS == resolver.Success && len(t.Hosts) <= p.wishes.Limits.orDefault().Names
	}
	return nil, 0, false
}

// publish moves networks to records of their own when the domain's gets too long.
func (p *planner) publish() {
	p.out.Records = []Publish{publish(p.domain, p.text())}
	if len(p.out.Records[0].Text) <= maxText || p.wishes.Flatten == FlattenNever {
		return
	}
	// Only runs of networks that pass can move: an include in their place matches
	// exactly what they do.
	var terms []Term
	var parts []Publish
	for i := 0; i < len(p.terms); {
		end := i
		for end < len(p.terms) && p.terms[end].Network.IsValid() && p.terms[end].Qualifier == '+' {
			end++
		}
		if end-i < 4 {
			end = max(end, i+1)
			terms = append(terms, p.terms[i:end]...)
			i = end
			continue
		}
		for i < end {
			text := version
			for i < end && len(text)+1+len(p.terms[i].Text)+len(" -all") <= maxText {
				text += " " + p.terms[i].Text
				i++
			}
			below := "_spf" + strconv.Itoa(len(parts)+1) + "." + p.domain
			parts = append(parts, publish(below, text+" -all"))
			terms = append(terms, newTerm("include:"+below))
		}
	}
	p.terms = terms
	p.out.Records = append([]Publish{publish(p.domain, p.text())}, parts...)
}
