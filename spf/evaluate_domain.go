package spf

import (
	"math"
	"net/netip"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// DomainRequest is what [EvaluateDomain] looks at.
type DomainRequest struct {
	// Domain is in any form: U- or A-labels, any case, with or without a final dot.
	Domain string `json:"domain"`
	// Limits are those that the findings speak of. They do not bound the walk.
	Limits Limits `json:"limits,omitzero"`
	// Vendors are the services that includes are recognised by. If nil, it is the
	// catalogue that [Vendors] returns.
	Vendors []Vendor `json:"vendors,omitempty"`
}

// The walk has bounds of its own, far beyond any policy that works. What lies
// behind them is marked as Cut.
const (
	maxNodes = 400  // records
	maxDepth = 20   // of includes in includes, which is also the bound on rounds
	maxHosts = 50   // of one mx
	maxTerms = 8000 // of all records together
	maxAsked = 4000 // questions
)

// EvaluateDomain judges a domain's whole policy by the answers in v. It is a pure
// function: when v lacks answers, it returns the questions to ask, all that the
// tree known so far leads to. It takes one round for each level of the tree, and
// one more where the hosts of an mx are to be looked up.
func EvaluateDomain(req DomainRequest, v resolver.View) (Report, []resolver.Question) {
	if v == nil {
		v = resolver.Snapshot(nil)
	}
	w := walker{view: v, limits: req.Limits.orDefault(), vendors: req.Vendors, asked: make(map[resolver.Question]bool)}
	if w.vendors == nil {
		w.vendors = catalogue[:]
	}
	rep := Report{Domain: req.Domain, Networks: []netip.Prefix{}, Open: []Hop{}, Findings: mailworthy.Findings{}}
	domain, err := name.Domain(req.Domain)
	if err != nil || strings.IndexByte(domain, '.') < 0 {
		rep.Status = None
		rep.Findings = append(rep.Findings, badDomain(Result{Domain: req.Domain}))
		return rep, nil
	}
	rep.Domain = domain
	// What lies beside the record only matters for the findings.
	around := w.lookAround(domain)
	rep.Tree = w.node(domain, nil)
	if rep.Tree.Status == None {
		around.elsewhere(&w, domain)
	}
	if len(w.missing) > 0 {
		return rep, w.missing
	}
	rep.Status = rep.Tree.Status
	for i := range rep.Tree.Terms {
		rep.Lookups = max(rep.Lookups, rep.Tree.Terms[i].After)
	}
	voids4, voids6 := rep.Tree.voids()
	rep.Voids = max(voids4, voids6)
	rep.TTL = rep.Tree.lowestTTL()
	policy := rep.Compile()
	rep.Networks = append(rep.Networks, policy.NetworksFunc(func(c Cover) bool { return c.Status == Pass })...)
	rep.IPv4, rep.IPv6 = countNetworks(rep.Networks)
	rep.Open = append(rep.Open, rep.Tree.open(nil)...)
	rep.Findings = append(rep.Findings, lint(&rep, &w, around)...)
	slices.SortStableFunc(rep.Findings, func(a, b mailworthy.Finding) int { return int(b.Severity) - int(a.Severity) })
	return rep, nil
}

// walker fetches the tree.
type walker struct {
	view    resolver.View
	limits  Limits
	vendors []Vendor
	missing []resolver.Question
	asked   map[resolver.Question]bool // all questions, answered or not
	nodes   int
	terms   int
	lookups int      // counted so far, in the order of evaluation
	path    []string // domains whose records are being walked
}

// ask reads an answer. Without one, ok is false, and the zero Answer neither
// definitive nor a failure.
func (w *walker) ask(domain string, typ resolver.Type) (a resolver.Answer, ok bool) {
	q := resolver.Question{Name: domain, Type: typ}
	if !w.asked[q] && len(w.asked) >= maxAsked {
		return resolver.Answer{}, true // Neither found nor absent: the node is cut.
	}
	if a, ok = w.view.Get(q); !ok && !w.asked[q] {
		w.missing = append(w.missing, q)
	}
	w.asked[q] = true
	return a, ok
}

// node walks a domain's record. from is the term that led to it.
func (w *walker) node(domain string, from *TermNode) Node {
	n := Node{Domain: domain}
	if slices.Contains(w.path, domain) {
		n.Loop, n.Status = true, PermError
		return n
	}
	if w.nodes++; w.nodes > maxNodes || len(w.path) >= maxDepth {
		n.Cut = true
		return n
	}
	a, ok := w.ask(domain, resolver.TypeTXT)
	if !ok {
		return n
	}
	n.DNS, n.TTL, n.Secure = a.Status, a.TTL, a.Secure
	if from != nil {
		from.DNS, from.TTL = a.Status, a.TTL
	}
	if a.Status == "" {
		n.Cut = true
		return n
	}
	if !a.Status.Definitive() {
		n.Status = TempError
		return n
	}
	records := spfTexts(a.TXT)
	if len(records) == 0 {
		n.Status = None
		return n
	}
	n.Record = records[0].String()
	if len(records[0]) > 1 {
		n.Strings = slices.Clone(records[0])
	}
	if len(records) > 1 {
		n.Status = PermError
	}
	left := maxTerms - w.terms
	if n.Cut = left == 0; n.Cut {
		return n
	}
	terms, errs := parseAll(n.Record)
	if len(errs) > 0 {
		n.Status = PermError
	}
	if len(terms) > left {
		terms, n.Cut = terms[:left], true
	}
	w.terms += len(terms)
	w.path = append(w.path, domain)
	n.Terms = w.record(domain, terms)
	w.path = w.path[:len(w.path)-1]
	return n
}

// spfTexts returns the SPF records among the TXT records of a name.
func spfTexts(txts []resolver.Text) (out []resolver.Text) {
	for _, t := range txts {
		if isSPF(t.String()) {
			out = append(out, t)
		}
	}
	return out
}

// record walks the terms of one record, in the order of evaluation: redirect comes
// last, and what stands behind "all" not at all.
func (w *walker) record(domain string, terms []Term) []TermNode {
	if len(terms) == 0 {
		return nil
	}
	out := make([]TermNode, len(terms))
	redirect, all := -1, false
	for i, t := range terms {
		out[i].Term = t
		out[i].Dead = all && !t.Kind.Modifier()
		if t.Kind == KindAll {
			all = true
		}
		if t.Kind == KindRedirect && redirect < 0 {
			redirect = i
			continue
		}
		w.term(domain, &out[i])
	}
	if redirect >= 0 {
		out[redirect].Dead = all
		w.term(domain, &out[redirect])
	}
	return out
}

func (w *walker) term(domain string, t *TermNode) {
	if t.Kind == KindIP4 || t.Kind == KindIP6 {
		t.Networks = []netip.Prefix{t.Network.Masked()}
		return
	}
	if t.Kind == KindAll {
		t.Networks = []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)}
		return
	}
	if !t.Kind.Queries() {
		return
	}
	before := w.lookups
	w.lookups++
	w.follow(domain, t)
	t.Lookups = w.lookups - before
	if t.Dead {
		w.lookups, t.Lookups = before, 0 // Shown, but never evaluated.
		return
	}
	t.After = w.lookups
}

// follow finds out what a term leads to.
func (w *walker) follow(domain string, t *TermNode) {
	switch {
	case t.Domain == "":
		t.Target = domain
	case strings.IndexByte(t.Domain, '%') >= 0:
		t.Target, t.Macro = t.Domain, true
		t.Vendor = w.vendor(t.Domain)
		return
	default:
		target, err := name.FromOctets(shorten(t.Domain))
		if err != nil {
			t.Target = t.Domain // Parsed, but nothing that DNS could hold.
			return
		}
		t.Target = target
	}
	switch t.Kind {
	case KindInclude, KindRedirect:
		t.Vendor = w.vendor(t.Target)
		policy := w.node(t.Target, t)
		t.Policy = &policy
		t.Voids4, t.Voids6 = policy.voids()
	case KindA:
		t.TTL = math.MaxUint32
		t.Hosts = []Host{w.host(t, t.Target)}
		if t.TTL == math.MaxUint32 {
			t.TTL = 0 // There is no answer that has one.
		}
		t.DNS, t.Voids4, t.Voids6 = t.Hosts[0].IPv4, void(t.Hosts[0].IPv4), void(t.Hosts[0].IPv6)
	case KindMX:
		w.mx(t)
	case KindExists:
		a, _ := w.ask(t.Target, resolver.TypeA)
		t.DNS, t.TTL = a.Status, a.TTL
		t.Voids4, t.Voids6 = void(a.Status), void(a.Status)
	}
}

func (w *walker) mx(t *TermNode) {
	a, ok := w.ask(t.Target, resolver.TypeMX)
	if !ok {
		return
	}
	t.DNS, t.TTL = a.Status, a.TTL
	t.Voids4, t.Voids6 = void(a.Status), void(a.Status)
	hosts := slices.Clone(a.MX)
	slices.SortFunc(hosts, compareMX)
	for _, h := range hosts[:min(len(hosts), maxHosts)] {
		if h.Host == "" {
			t.Hosts = append(t.Hosts, Host{Addrs: []netip.Addr{}}) // a null MX (RFC 7505)
			continue
		}
		t.Hosts = append(t.Hosts, w.host(t, h.Host))
	}
}

// host looks up a host's addresses, and adds them to what the term matches.
func (w *walker) host(t *TermNode, domain string) Host {
	h := Host{Name: domain, Addrs: []netip.Addr{}}
	a4, ok4 := w.ask(domain, resolver.TypeA)
	a6, ok6 := w.ask(domain, resolver.TypeAAAA)
	if !ok4 || !ok6 {
		return h
	}
	h.IPv4, h.IPv6 = a4.Status, a6.Status
	for _, a := range []resolver.Answer{a4, a6} {
		if a.Status == resolver.Success {
			t.TTL = min(t.TTL, a.TTL)
		}
		for _, addr := range a.Addrs {
			bits := t.Bits4
			if !addr.Is4() {
				bits = t.Bits6
			}
			h.Addrs = append(h.Addrs, addr)
			t.Networks = append(t.Networks, netip.PrefixFrom(addr, int(bits)).Masked())
		}
	}
	return h
}

// void is 1 for an answer that counts against the limit of void lookups.
func void(s resolver.Status) int {
	if s == resolver.NXDomain || s == resolver.NoData {
		return 1
	}
	return 0
}

// vendor names the service that a target belongs to.
func (w *walker) vendor(target string) string {
	v, _ := vendorOf(target, w.vendors)
	return v.Name
}

func (n *Node) voids() (v4, v6 int) {
	for i := range n.Terms {
		if t := &n.Terms[i]; !t.Dead {
			v4 += t.Voids4
			v6 += t.Voids6
		}
	}
	return v4, v6
}

// each calls f for n and all nodes below it that are evaluated at all.
func (n *Node) each(path []Hop, f func(n *Node, path []Hop)) {
	f(n, path)
	for i := range n.Terms {
		if t := &n.Terms[i]; t.Policy != nil && !t.Dead {
			t.Policy.each(append(path, Hop{Domain: n.Domain, Term: t.Text, Offset: t.Offset}), f)
		}
	}
}

// lowestTTL returns the life of the tree, without what failed or is missing.
func (n *Node) lowestTTL() uint32 {
	lowest, found := uint32(0), false
	note := func(s resolver.Status, ttl uint32) {
		if s == resolver.Success && (!found || ttl < lowest) {
			lowest, found = ttl, true
		}
	}
	n.each(nil, func(n *Node, _ []Hop) {
		note(n.DNS, n.TTL)
		for i := range n.Terms {
			note(n.Terms[i].DNS, n.Terms[i].TTL)
		}
	})
	return lowest
}

// open returns the terms that match by more than a list of networks.
func (n *Node) open(out []Hop) []Hop {
	n.each(nil, func(n *Node, _ []Hop) {
		for i := range n.Terms {
			t := &n.Terms[i]
			if !t.Dead && t.Kind.Queries() && (t.Macro || t.Kind == KindPTR) {
				out = append(out, Hop{Domain: n.Domain, Term: t.Text, Offset: t.Offset})
			}
		}
	})
	return out
}
