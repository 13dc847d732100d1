package main

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// spfDetails is what the SPF check knows beyond its findings.
type spfDetails struct {
	Report  spf.Report   `json:"report"`
	Senders []spfVerdict `json:"senders"`
	// Plan is the record to publish, where it is another than the present one.
	Plan *spf.Proposal `json:"plan,omitempty"`
}

// sender is a host that sends for the domains.
type sender struct {
	name string
	ip   netip.Addr
	helo string // what it calls itself, or "" where that is not known
}

// spfVerdict is what the policy says of a sender.
type spfVerdict struct {
	Name string     `json:"name,omitempty"`
	IP   netip.Addr `json:"ip"`
	spf.Cover
}

// auditSPF looks at the whole policy of the domain, and checks whether those who
// send for it may.
func auditSPF(ctx context.Context, opts options, of subject) section {
	s := section{Facts: []string{}, Findings: mailworthy.Findings{}}
	checker := spf.Checker{Resolver: opts.resolver, Vendors: opts.vendors}
	rep, err := checker.CheckDomain(ctx, of.domain)
	if err != nil {
		s.Facts = append(s.Facts, "The audit ended early: "+err.Error())
	}
	policy := rep.Compile()
	s.SPF = &spfDetails{Report: rep, Senders: []spfVerdict{}}
	s.Verdict = spfSummary(rep, policy)
	s.add(rep.Findings)
	senders := of.senders
	if len(senders) == 0 {
		var facts []string
		senders, facts = mxSenders(ctx, opts.resolver, rep.Domain)
		s.Facts = append(s.Facts, facts...)
	}
	for _, who := range senders {
		verdict := spfVerdict{Name: who.name, IP: who.ip, Cover: policy.Covers(who.ip)}
		s.judge(ctx, checker, rep.Domain, &verdict)
		s.SPF.Senders = append(s.SPF.Senders, verdict)
	}
	for _, w := range of.services {
		s.add(missingService(ctx, checker, rep, w))
	}
	s.SPF.Plan = plan(ctx, checker, rep, of.services)
	s.sort()
	return s
}

// plan returns what to publish, so that the policy can be used and includes all
// services, or nil when that is what there is.
func plan(ctx context.Context, checker spf.Checker, rep spf.Report, services []spf.Vendor) *spf.Proposal {
	var wishes spf.Wishes
	for _, v := range services {
		if len(v.Include) > 0 && !includes(&rep.Tree, v) {
			wishes.Vendors = append(wishes.Vendors, v.Include[0])
		}
	}
	if len(wishes.Vendors) == 0 && (rep.Status == "" || rep.Tree.DNS == resolver.NXDomain) {
		return nil
	}
	p, err := checker.Plan(ctx, rep.Domain, wishes)
	if err != nil || len(p.Records) == 0 || rep.Status == "" && p.Records[0].Text == rep.Tree.Record {
		return nil
	}
	return &p
}

// judge adds what is wrong for one sender. The policy's own faults have been found
// already; a check proper says how to add the sender, and what terms decide that no
// list of networks can.
func (s *section) judge(ctx context.Context, checker spf.Checker, domain string, v *spfVerdict) {
	switch v.Status {
	case spf.Fail, spf.SoftFail, spf.Neutral:
	default:
		if !v.Open {
			return
		}
	}
	res, err := checker.Check(ctx, spf.Request{IP: v.IP, MailFrom: "postmaster@" + domain, Prefetch: true})
	if err != nil {
		return // The context has ended, which is reported.
	}
	if v.Open {
		v.Status, v.By = res.Status, res.Match
	}
	for _, f := range res.Findings {
		known := slices.ContainsFunc(s.Findings, func(have mailworthy.Finding) bool {
			return have.Code == f.Code && have.Subject == f.Subject
		})
		if f.Code == spf.CodeFail || f.Code == spf.CodeSoftFail || f.Code == spf.CodeNeutral || !known {
			s.add(mailworthy.Findings{f})
		}
	}
}

// mxSenders guesses who sends for a domain: often the hosts that receive do.
func mxSenders(ctx context.Context, r resolver.Resolver, domain string) (senders []sender, facts []string) {
	mx, err := r.Lookup(ctx, resolver.Q(domain, resolver.TypeMX))
	if err != nil {
		return nil, []string{err.Error()}
	}
	for _, host := range mx.MX[:min(len(mx.MX), 5)] {
		if host.Host == "" {
			continue // a null MX (RFC 7505)
		}
		for _, typ := range []resolver.Type{resolver.TypeA, resolver.TypeAAAA} {
			a, err := r.Lookup(ctx, resolver.Q(host.Host, typ))
			if err != nil {
				facts = append(facts, err.Error())
			}
			for _, ip := range a.Addrs {
				senders = append(senders, sender{name: domainText(host.Host), ip: ip})
			}
		}
	}
	if len(senders) == 0 {
		return nil, append(facts, "No sending address is known; name them with -ip to see whether they may send.")
	}
	return senders, append(facts, "No sending addresses were given with -ip, so those of the MX hosts are looked at.")
}

// spfSummary says in a few words what a policy is worth.
func spfSummary(rep spf.Report, policy *spf.Policy) string {
	switch rep.Status {
	case spf.None:
		if rep.Tree.DNS == resolver.NXDomain {
			return "none: there is no such domain"
		}
		return "none: there is no policy, so anybody can pretend to be this domain"
	case spf.PermError:
		return "permerror: no receiver can use the policy"
	case spf.TempError:
		return "temperror: DNS did not tell the policy"
	}
	var parts []string
	for _, status := range []spf.Status{spf.PermError, spf.TempError} {
		all := policy.NetworksFunc(func(c spf.Cover) bool { return c.Status == status })
		switch n := addresses4(all); {
		case n > 1<<31:
			parts = append(parts, string(status)+" for most senders")
		case len(all) > 0:
			parts = append(parts, string(status)+" for some senders")
		}
	}
	parts = append(parts, fmt.Sprintf("%d of %d lookups", rep.Lookups, lookupLimit))
	parts = append(parts, allowed(rep)...)
	return strings.Join(append(parts, ending(&rep.Tree)), ", ")
}

// addresses4 counts the IPv4 addresses of networks that do not overlap.
func addresses4(networks []netip.Prefix) (n uint64) {
	for _, p := range networks {
		if p.Addr().Is4() {
			n += 1 << (32 - p.Bits())
		}
	}
	return n
}

// allowed says how many may send.
func allowed(rep spf.Report) (what []string) {
	switch {
	case rep.IPv4 == 1<<32:
		return []string{"the WHOLE INTERNET may send"}
	case len(rep.Networks) > 0:
		what = append(what, many(uint64(len(rep.Networks)), "network", "networks"))
	case len(rep.Open) == 0:
		what = append(what, "nobody may send")
	}
	if rep.IPv4 > 0 {
		what = append(what, many(rep.IPv4, "IPv4 address", "IPv4 addresses"))
	}
	if rep.IPv6 > 0 {
		what = append(what, many(rep.IPv6, "IPv6 /64 network", "IPv6 /64 networks"))
	}
	if len(rep.Open) > 0 {
		what = append(what, many(uint64(len(rep.Open)), "term that depends on the message", "terms that depend on the message"))
	}
	return what
}

func many(n uint64, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + more
}

// ending says how a policy ends: by its own record, or the one it redirects to.
func ending(n *spf.Node) string {
	for range 20 { // A redirect may go in a circle.
		var next *spf.Node
		for i := range n.Terms {
			switch t := &n.Terms[i]; {
			case t.Kind == spf.KindAll && !t.Dead:
				return "ends in " + escape(t.Text)
			case t.Kind == spf.KindRedirect && !t.Dead && t.Policy != nil:
				next = t.Policy
			}
		}
		if next == nil || next.Status != "" {
			break
		}
		n = next
	}
	return "says nothing about all others"
}
