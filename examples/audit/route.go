package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// auditRoute looks where mail for the domain goes. It connects to nobody.
func auditRoute(ctx context.Context, opts options, of subject) section {
	s := newSection()
	route, err := smtpprobe.Prober{Resolver: opts.see, Timeout: -1}.CheckRoute(ctx, of.Domain)
	s.end(err)
	if route.Status == smtpprobe.RouteUnknown {
		s.Unknown = wholly
	}
	for i := range route.Hosts {
		if h := &route.Hosts[i]; h.Status == smtpprobe.HostUnknown || lost(h.IPv4) || lost(h.IPv6) {
			s.miss(1, 2)
		}
	}
	s.Route = &route
	s.Verdict = routeSummary(route)
	for i := range route.Hosts {
		s.Facts = append(s.Facts, hostText(&route.Hosts[i], route.Implicit))
	}
	s.add(route.Findings)
	s.sort()
	return s
}

// lost reports whether a question was asked, and not answered.
func lost(s resolver.Status) bool { return s != "" && !s.Definitive() }

// routeSummary says in a few words where mail goes.
func routeSummary(r smtpprobe.Route) string {
	switch r.Status {
	case smtpprobe.RouteDeliverable:
		usable := 0
		for i := range r.Hosts {
			if r.Hosts[i].Status == smtpprobe.HostUsable {
				usable++
			}
		}
		if r.Implicit {
			return "deliverable to the domain's own address, without an MX record"
		}
		return fmt.Sprintf("deliverable to %d of %s", usable, plural(len(r.Hosts), "MX host"))
	case smtpprobe.RouteNullMX:
		return "null-mx: the domain takes no mail"
	case smtpprobe.RouteNone:
		return "no-route: no host takes mail for the domain"
	case smtpprobe.RouteNoDomain:
		return "no-domain: there is no such domain"
	case smtpprobe.RouteInvalid:
		return "invalid: no domain can have such a name"
	default:
		return "unknown: DNS did not tell where mail goes"
	}
}

// hostText is a host in a line.
func hostText(h *smtpprobe.RouteHost, implicit bool) string {
	const most = 4
	var b strings.Builder
	if !implicit {
		fmt.Fprintf(&b, "%d ", h.Pref)
	}
	b.WriteString(domainText(h.Name) + ": ")
	if h.Status != smtpprobe.HostUsable {
		b.WriteString(string(h.Status) + " ")
	}
	for i, ip := range h.Addrs {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(h.Addrs)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(ip.String())
	}
	return strings.TrimSpace(b.String())
}

// auditTransport looks at what the domain publishes on TLS for its mail: DANE, MTA-STS
// and TLS-RPT.
func auditTransport(ctx context.Context, opts options, of subject) section {
	s := newSection()
	p, err := opts.see.transport(ctx, opts, of.Domain)
	s.end(err)
	n := 0
	if p.Route.Status == smtpprobe.RouteUnknown || slices.ContainsFunc(p.DANE, func(d smtpprobe.DANE) bool { return d.Status == smtpprobe.DANEFailed }) {
		n++
	}
	if p.STS.Status == smtpprobe.PolicyUnknown {
		n++
	}
	if p.TLSRPT.Status == smtpprobe.PolicyUnknown {
		n++
	}
	s.miss(n, 3)
	s.Transport = &transportDetails{DANE: p.DANE, STS: p.STS, TLSRPT: p.TLSRPT}
	s.Verdict = transportSummary(p)
	s.transportFacts(p)
	for _, f := range p.All() {
		// What is wrong with the route, and with the names of its hosts, has a section of
		// its own.
		if p.Route.Status == smtpprobe.RouteInvalid || !p.Route.Findings.Has(f.Code) && f.Code != smtpprobe.CodeBadDomain {
			s.add(mailworthy.Findings{f})
		}
	}
	s.sort()
	return s
}

// transportDetails is what the check of transport knows beyond its findings.
type transportDetails struct {
	DANE   []smtpprobe.DANE `json:"dane"`
	STS    smtpprobe.STS    `json:"mta_sts"`
	TLSRPT smtpprobe.TLSRPT `json:"tls_rpt"`
}

// transportSummary says in a few words what protects mail on its way.
func transportSummary(p smtpprobe.Policies) string {
	if p.Route.Status == smtpprobe.RouteInvalid {
		return "invalid: there can be no policies for such a name"
	}
	if p.Route.Status == smtpprobe.RouteNoDomain && p.STS.Status == smtpprobe.PolicyAbsent && p.TLSRPT.Status == smtpprobe.PolicyAbsent {
		return "no-domain: there is no mail to protect"
	}
	sts := string(p.STS.Status)
	if p.STS.Status == smtpprobe.PolicyFound {
		sts = string(p.STS.Policy.Mode)
	}
	return daneSummary(p) + ", MTA-STS " + sts + ", TLS-RPT " + string(p.TLSRPT.Status)
}

// daneSummary counts what DANE asks for at the hosts.
func daneSummary(p smtpprobe.Policies) string {
	list := p.DANE
	switch {
	case p.Route.Status == smtpprobe.RouteUnknown:
		return "DANE unknown"
	case len(list) == 0:
		return "no hosts for DANE"
	}
	counts := make(map[smtpprobe.DANEStatus]int)
	for i := range list {
		counts[list[i].Status]++
	}
	var parts []string
	for _, status := range []smtpprobe.DANEStatus{
		smtpprobe.DANEUsable, smtpprobe.DANEUnusable, smtpprobe.DANEFailed, smtpprobe.DANEInsecure, smtpprobe.DANENone, smtpprobe.DANEInvalid,
	} {
		switch n := counts[status]; n {
		case 0:
		case len(list):
			return "DANE " + string(status)
		default:
			parts = append(parts, fmt.Sprintf("%s at %s", status, plural(n, "host")))
		}
	}
	return "DANE " + strings.Join(parts, " and ")
}

// transportFacts says what was read.
func (s *section) transportFacts(p smtpprobe.Policies) {
	for i := range p.DANE {
		if d := &p.DANE[i]; len(d.Records) > 0 {
			s.Facts = append(s.Facts, fmt.Sprintf("DANE at %s: %s, %s", domainText(d.Name), d.Status, plural(len(d.Records), "TLSA record")))
		}
	}
	if p.STS.Policy != nil {
		s.Facts = append(s.Facts, fmt.Sprintf("MTA-STS: mode %s for %d seconds, %s",
			p.STS.Policy.Mode, p.STS.Policy.MaxAge, plural(len(p.STS.Policy.MX), "pattern")))
	}
	if p.TLSRPT.Record != nil {
		s.Facts = append(s.Facts, "TLS-RPT: "+escape(strings.Join(p.TLSRPT.Record.RUA, ", ")))
	}
}
