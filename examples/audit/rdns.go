package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/rdns"
)

// rdnsDetails is what is known of the names of those who send, or of what they call
// themselves.
type rdnsDetails struct {
	Names []rdnsVerdict `json:"names,omitempty"`
	HELO  []heloVerdict `json:"helo,omitempty"`
}

// rdnsVerdict is what the names of a sender come to.
type rdnsVerdict struct {
	Name   string      `json:"name,omitempty"` // of the sender
	Result rdns.Result `json:"result"`
}

// heloVerdict is what a sender's name for itself comes to.
type heloVerdict struct {
	Name   string          `json:"name,omitempty"`
	Result rdns.HELOResult `json:"result"`
}

// sendersOf are the hosts that send for a domain, as auditSPF finds them.
func sendersOf(ctx context.Context, opts options, of subject) []sender {
	if len(of.senders) > 0 {
		return of.senders
	}
	senders, _ := mxSenders(ctx, opts.resolver, of.domain) // What failed is reported with SPF.
	return senders
}

// auditRDNS looks at the names of the addresses that send. Where none is known, it says
// nothing.
func auditRDNS(ctx context.Context, opts options, of subject) section {
	s := section{Facts: []string{}, Findings: mailworthy.Findings{}}
	senders := sendersOf(ctx, opts, of)
	if len(senders) == 0 {
		return s
	}
	s.RDNS = &rdnsDetails{Names: make([]rdnsVerdict, len(senders))}
	each(senders, func(i int, who sender) {
		// An ended context is reported with SPF.
		res, _ := rdns.Checker{Resolver: opts.resolver, Host: hostName(of, who)}.Check(ctx, who.ip)
		s.RDNS.Names[i] = rdnsVerdict{who.name, res}
	})
	passed := 0
	for _, v := range s.RDNS.Names {
		if v.Result.Status == rdns.Pass {
			passed++
		}
		s.add(v.Result.Findings)
	}
	s.Verdict = fmt.Sprintf("%d of %s confirmed by names that lead back", passed, plural(len(senders), "sender"))
	s.sort()
	return s
}

// auditHELO looks at what those who send call themselves, as far as that was given.
func auditHELO(ctx context.Context, opts options, of subject) section {
	s := section{Facts: []string{}, Findings: mailworthy.Findings{}}
	var senders []sender
	for _, who := range sendersOf(ctx, opts, of) {
		if who.helo = cmp.Or(who.helo, of.helo); who.helo != "" {
			senders = append(senders, who)
		}
	}
	if len(senders) == 0 {
		return s
	}
	s.RDNS = &rdnsDetails{HELO: make([]heloVerdict, len(senders))}
	each(senders, func(i int, who sender) {
		res, _ := rdns.Checker{Resolver: opts.resolver, Host: hostName(of, who)}.CheckHELO(ctx, rdns.HELORequest{IP: who.ip, HELO: who.helo})
		s.RDNS.HELO[i] = heloVerdict{who.name, res}
	})
	confirmed := 0
	for _, v := range s.RDNS.HELO {
		if v.Result.Status == rdns.HELOConfirmed {
			confirmed++
		}
		s.add(v.Result.Findings)
	}
	s.Verdict = fmt.Sprintf("%d of %s confirmed by the names that they give", confirmed, plural(len(senders), "sender"))
	s.sort()
	return s
}

// hostName is a name for a sender that has none: the one that it uses, if that is one of
// public DNS, that of the MX host that it is, or else a new one.
func hostName(of subject, who sender) string {
	name := cmp.Or(who.helo, of.helo)
	if name == "" && len(of.senders) == 0 {
		name = who.name
	}
	if strings.Contains(name, ".") && !strings.HasSuffix(name, ".local") {
		return name
	}
	return "mail." + of.domain
}

// each calls f for all senders at the same time.
func each(senders []sender, f func(i int, who sender)) {
	var wg sync.WaitGroup
	for i, who := range senders {
		wg.Go(func() { f(i, who) })
	}
	wg.Wait()
}

// printRDNS writes a line for each sender.
func printRDNS(b *strings.Builder, d *rdnsDetails) {
	var rows [][4]string
	for _, v := range d.Names {
		rows = append(rows, [4]string{v.Result.IP.String(), v.Name, string(v.Result.Status), namesText(v.Result)})
	}
	for _, v := range d.HELO {
		rows = append(rows, [4]string{v.Result.IP.String(), v.Name, string(v.Result.Status), escape(v.Result.HELO)})
	}
	if len(rows) > 0 {
		b.WriteByte('\n')
	}
	var widths [3]int
	for _, r := range rows {
		for i := range widths {
			widths[i] = max(widths[i], len([]rune(r[i])))
		}
	}
	for _, r := range rows {
		line := margin + pad(r[0], widths[0]+2)
		if widths[1] > 0 {
			line += pad(r[1], widths[1]+2)
		}
		line += pad(r[2], widths[2]+2)
		wrap(b, line, strings.Repeat(" ", min(len([]rune(line)), 56)), r[3])
	}
}

// maxNames is how many names of one address are shown.
const maxNames = 3

// namesText is what an address is called.
func namesText(res rdns.Result) string {
	var names []string
	for _, n := range res.Names[:min(len(res.Names), maxNames)] {
		names = append(names, domainText(n.Name))
	}
	if more := res.Total - len(names); more > 0 && len(names) > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	if len(names) == 0 && res.PTR.Definitive() {
		return "no name"
	}
	return strings.Join(names, ", ")
}
