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

// auditSPF checks whether the addresses that send for the domain may.
func auditSPF(ctx context.Context, opts options, domain string) section {
	s := section{Facts: []string{}, Findings: mailworthy.Findings{}}
	senders := opts.senders
	if len(senders) == 0 {
		senders, s.Facts = mxAddresses(ctx, opts.resolver, domain)
	}
	if len(senders) == 0 {
		s.Severity = mailworthy.Warning // What is not known is not in order.
		s.Verdict = "not checked: no sending address is known; give them with -ip"
		return s
	}
	var statuses []string
	for _, ip := range senders {
		res, err := spf.Checker{Resolver: opts.resolver}.Check(ctx, spf.Request{IP: ip, MailFrom: "postmaster@" + domain, Prefetch: true})
		fact := fmt.Sprintf("%-15v %s", ip, res.Status)
		if res.Match.Term != "" {
			fact += fmt.Sprintf(" by %s in the record of %s", res.Match.Term, res.Match.Domain)
		}
		if err != nil {
			fact += " (" + err.Error() + ")"
		}
		s.Facts = append(s.Facts, fact)
		s.add(res.Findings)
		if !slices.Contains(statuses, string(res.Status)) {
			statuses = append(statuses, string(res.Status))
		}
	}
	s.Verdict = strings.Join(statuses, ", ")
	return s
}

// mxAddresses guesses who sends for a domain: often the hosts that receive do.
func mxAddresses(ctx context.Context, r resolver.Resolver, domain string) (ips []netip.Addr, facts []string) {
	mx, err := r.Lookup(ctx, resolver.Q(domain, resolver.TypeMX))
	if err != nil {
		return nil, []string{err.Error()}
	}
	for _, host := range mx.MX[:min(len(mx.MX), 5)] {
		for _, typ := range []resolver.Type{resolver.TypeA, resolver.TypeAAAA} {
			a, err := r.Lookup(ctx, resolver.Q(host.Host, typ))
			if err != nil {
				facts = append(facts, err.Error())
			}
			ips = append(ips, a.Addrs...)
		}
	}
	return ips, append(facts, "No sending addresses were given. These are those of the MX hosts:")
}
