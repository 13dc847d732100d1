package main

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/rdns"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
	"github.com/mailworthy/mailworthy/spf"
)

// facts is all that is known of a campaign, and the rules are judged by nothing else. A
// result whose status is empty was not asked for, or could not be.
type facts struct {
	sample  *sample
	senders []senderFacts
	signed  dkim.Result
	keys    []dkim.KeyReport
	dmarc   []dmarc.Result // for each sender, or a single one without senders
	domain  dmarc.Report
	lists   []dnsbl.Result
	routes  []routeFacts
}

type senderFacts struct {
	sender
	spf  spf.Result
	rdns rdns.Result
	name rdns.HELOResult
}

type routeFacts struct {
	what   string // the field or identity that names it
	domain string
	route  smtpprobe.Route
}

// observe asks all checks at the same time. Those that the end of ctx cut short say what
// they know by then, and are unknown otherwise: that is why their errors add nothing.
func observe(ctx context.Context, r resolver.Resolver, c campaign) *facts {
	const untilCtxEnds = -1
	f := &facts{sample: c.Sample, senders: make([]senderFacts, len(c.Senders))}
	var wg, identities sync.WaitGroup
	for i, s := range c.Senders {
		to := &f.senders[i] // Each goroutine has a field of its own.
		to.sender = s
		if c.ReturnPath != "" {
			identities.Go(func() {
				to.spf, _ = spf.Checker{Resolver: r, Timeout: untilCtxEnds}.Check(ctx, spf.Request{IP: s.IP, HELO: s.HELO, MailFrom: c.ReturnPath})
			})
		}
		checker := rdns.Checker{Resolver: r, Timeout: untilCtxEnds, Host: s.HELO}
		wg.Go(func() { to.rdns, _ = checker.Check(ctx, s.IP) })
		if s.HELO != "" {
			wg.Go(func() { to.name, _ = checker.CheckHELO(ctx, rdns.HELORequest{IP: s.IP, HELO: s.HELO}) })
		}
	}
	signatures := dkim.Checker{Resolver: r, Timeout: untilCtxEnds, Options: dkim.Options{Time: c.Time}}
	if c.Sample != nil {
		identities.Go(func() { f.signed, _ = signatures.CheckMessage(ctx, c.Sample.message) })
	}
	f.keys = make([]dkim.KeyReport, len(c.Selectors))
	for i, text := range c.Selectors {
		selector, domain, ok := strings.Cut(text, "@")
		if !ok {
			domain = c.Domain
		}
		wg.Go(func() { f.keys[i], _ = signatures.CheckKey(ctx, selector, domain) })
	}
	if c.Domain != "" {
		wg.Go(func() {
			f.domain, _ = dmarc.Checker{Resolver: r, Timeout: untilCtxEnds}.CheckDomain(ctx, c.Domain)
		})
	}
	f.routes = correspondents(c)
	targets := listed(c, f.routes)
	for i := range f.routes {
		to := &f.routes[i]
		wg.Go(func() {
			to.route, _ = smtpprobe.Prober{Resolver: r, Timeout: untilCtxEnds}.CheckRoute(ctx, to.domain)
		})
	}
	f.lists = make([]dnsbl.Result, len(targets))
	for i, target := range targets {
		wg.Go(func() {
			f.lists[i], _ = dnsbl.Checker{Resolver: r, Timeout: untilCtxEnds}.Check(ctx, dnsbl.Request{Target: target})
		})
	}
	identities.Wait() // DMARC judges by what SPF and DKIM came to.
	requests := dmarcRequests(c, f)
	f.dmarc = make([]dmarc.Result, len(requests))
	for i, req := range requests {
		wg.Go(func() {
			f.dmarc[i], _ = dmarc.Checker{Resolver: r, Timeout: untilCtxEnds}.Check(ctx, req)
		})
	}
	wg.Wait()
	return f
}

// correspondents are the domains that recipients and their servers write to.
func correspondents(c campaign) (out []routeFacts) {
	add := func(what, domain string) {
		domain = host(domain)
		i := slices.IndexFunc(out, func(r routeFacts) bool { return r.domain == domain })
		switch {
		case i >= 0:
			out[i].what += ", " + what
		case domain != "":
			out = append(out, routeFacts{what: what, domain: domain})
		}
	}
	add("From", c.Domain)
	add("return path", domainOf(c.ReturnPath))
	if c.Sample != nil {
		for _, domain := range dmarc.ParseFrom(c.Sample.values("reply-to")).Domains {
			add("Reply-To", domain)
		}
	}
	return out
}

func domainOf(mailbox string) string {
	_, domain, _ := strings.Cut(strings.Trim(mailbox, " <>"), "@")
	return domain
}

// listed are the addresses and domains that block lists are asked about.
func listed(c campaign, domains []routeFacts) (out []dnsbl.Target) {
	for _, s := range c.Senders {
		out = append(out, dnsbl.Target{IP: s.IP, Role: dnsbl.RoleClient})
	}
	for _, d := range domains {
		out = append(out, dnsbl.Target{Domain: d.domain, Role: dnsbl.RoleFrom})
	}
	return out
}

// dmarcRequests are what DMARC is asked: for each sender, since SPF differs, or without
// senders whether the signatures are enough.
func dmarcRequests(c campaign, f *facts) []dmarc.Request {
	common := dmarc.Request{Domain: c.Domain}
	if c.Sample != nil {
		common.From = c.Sample.values("from")
	}
	for i := range f.signed.Signatures {
		sig := &f.signed.Signatures[i]
		common.DKIM = append(common.DKIM, dmarc.DKIMResult{
			Status: dmarc.Status(sig.Status), Domain: sig.Domain, Selector: sig.Selector, Testing: sig.Testing,
		})
	}
	if len(common.From) == 0 && common.Domain == "" {
		return nil
	}
	if len(f.senders) == 0 {
		return []dmarc.Request{common}
	}
	out := make([]dmarc.Request, len(f.senders))
	for i := range f.senders {
		res := &f.senders[i].spf
		out[i] = common
		out[i].SPF = dmarc.SPFResult{Status: dmarc.Status(res.Status), Domain: res.Domain}
	}
	return out
}
