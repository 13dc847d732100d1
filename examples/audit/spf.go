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

// spfVerdict is what the policy says of a sender.
type spfVerdict struct {
	Name string     `json:"name,omitempty"`
	IP   netip.Addr `json:"ip"`
	spf.Cover
}

// auditSPF looks at the whole policy of the domain, and checks whether those who
// send for it may.
func auditSPF(ctx context.Context, opts options, of subject) section {
	s := newSection()
	checker := opts.spf()
	rep, err := checker.CheckDomain(ctx, of.Domain)
	s.end(err)
	policy := rep.Compile()
	s.SPF = &spfDetails{Report: rep, Senders: []spfVerdict{}}
	s.details = s.SPF
	if rep.Status == spf.TempError {
		s.Unknown = wholly
	}
	s.Verdict = spfSummary(rep, policy)
	s.add(rep.Findings)
	from := sendersOf(ctx, opts, of)
	s.missSenders(from)
	s.Facts = append(s.Facts, from.note...)
	for _, who := range from.senders {
		verdict := spfVerdict{Name: who.Name, IP: who.IP, Cover: policy.Covers(who.IP)}
		s.judge(ctx, opts, rep.Domain, &verdict)
		if verdict.Status == spf.TempError {
			s.miss(1, 2)
		}
		s.SPF.Senders = append(s.SPF.Senders, verdict)
	}
	for _, w := range of.Services {
		s.add(missingService(ctx, checker, rep, w))
	}
	s.SPF.Plan = plan(ctx, opts, rep, of.Services)
	s.sort()
	return s
}

// above draws the tree.
func (d *spfDetails) above(b *page) {
	if d.Report.Tree.Record != "" {
		b.WriteByte('\n')
		printTree(b, d.Report)
	}
}

// below writes who may send.
func (d *spfDetails) below(b *page) { printSenders(b, d.Senders) }

// last writes the records to publish, in lines to copy, and what they do.
func (d *spfDetails) last(b *page) {
	p := d.Plan
	if p == nil {
		return
	}
	b.WriteByte('\n')
	b.wrap(margin, margin, fmt.Sprintf("To publish at %s in place of its SPF records (%s of %d):",
		domainText(p.Domain), plural(p.Lookups, "lookup"), lookupLimit))
	for _, r := range p.Records {
		b.WriteString(margin + r.String() + "\n") // It is in the form of zone files.
	}
	if f := p.Findings.Worst(); f >= mailworthy.Warning {
		b.wrap(margin, margin, "It is not all that is needed: an audit of it would still find fault.")
	}
}

// plan returns what to publish, so that the policy can be used and includes all
// services, or nil when that is what there is.
func plan(ctx context.Context, opts options, rep spf.Report, services []spf.Vendor) *spf.Proposal {
	wishes := spf.Wishes{Time: opts.time}
	for _, v := range services {
		if len(v.Include) > 0 && !includes(&rep.Tree, v) {
			wishes.Vendors = append(wishes.Vendors, v.Include[0])
		}
	}
	if len(wishes.Vendors) == 0 && (rep.Status == "" || rep.Tree.DNS == resolver.NXDomain) {
		return nil
	}
	p, err := opts.spf().Plan(ctx, rep.Domain, wishes)
	if err != nil || len(p.Records) == 0 || rep.Status == "" && p.Records[0].Text == rep.Tree.Record {
		return nil
	}
	return &p
}

// judge adds what is wrong for one sender. The policy's own faults have been found
// already; a check proper says how to add the sender, and what terms decide that no
// list of networks can.
func (s *section) judge(ctx context.Context, opts options, domain string, v *spfVerdict) {
	switch v.Status {
	case spf.Fail, spf.SoftFail, spf.Neutral:
	default:
		if !v.Open {
			return
		}
	}
	res, err := opts.spf().Check(ctx, spf.Request{IP: v.IP, MailFrom: "postmaster@" + domain, Time: opts.time, Prefetch: true})
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

// spfSummary says in a few words what a policy is worth.
func spfSummary(rep spf.Report, policy *spf.Policy) string {
	switch rep.Status {
	case spf.None:
		if rep.Tree.DNS == resolver.NXDomain {
			return "none: there is no such domain"
		}
		if rep.Findings.Has(spf.CodeBadDomain) {
			return "none: no domain with a policy can have such a name"
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
