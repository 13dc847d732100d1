package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/mailworthy/mailworthy/smtpprobe"
)

// hostsDetails is what the check of hosts knows beyond its findings.
type hostsDetails struct {
	Probe    smtpprobe.Report   `json:"probe"`
	Delivery smtpprobe.Delivery `json:"delivery"`
}

// auditHosts connects to the hosts that take the domain's mail. It runs only when it is
// asked for, since it is the one check that others notice.
func auditHosts(ctx context.Context, opts options, of subject) section {
	if opts.prober.HELO == "" {
		return newSection()
	}
	policies, err := opts.see.transport(ctx, opts, of.Domain)
	var saw hostsSeen
	if err == nil {
		saw, err = opts.see.sessions(ctx, opts, policies.Route)
	}
	rep := smtpprobe.EvaluateDomain(smtpprobe.Request{Time: opts.time}, policies, saw.Sessions)
	rep.Probe.Skipped = saw.Skipped
	s := hostsSection(rep)
	s.end(err)
	return s
}

// hostsSection says what the hosts do, and what a sender does therefore. What is wrong
// with the policies has sections of its own.
func hostsSection(rep smtpprobe.DomainReport) section {
	s := newSection()
	s.Hosts = &hostsDetails{rep.Probe, rep.Delivery}
	lost := 0
	for i := range rep.Probe.Hosts {
		if rep.Probe.Hosts[i].Status == smtpprobe.Unknown {
			lost++
		}
	}
	s.miss(lost, len(rep.Probe.Hosts))
	if rep.Delivery.Action == smtpprobe.ActionUnknown {
		s.miss(1, 2)
	}
	s.Verdict = "not probed: there is no host to connect to"
	if rep.Probe.Status != "" {
		s.Verdict = fmt.Sprintf("%s; a sender would: %s, by %s", rep.Probe.Status, rep.Delivery.Action, rep.Delivery.By)
	}
	if rep.Probe.Status == "" && rep.Policies.Route.Status == smtpprobe.RouteUnknown {
		s.Verdict, s.Unknown = "unknown: DNS did not tell which hosts there are", wholly
	}
	for i := range rep.Probe.Hosts {
		h := &rep.Probe.Hosts[i]
		for j := range h.Addresses {
			s.Facts = append(s.Facts, addressText(h.Name, &h.Addresses[j], &rep.Delivery))
		}
	}
	if rep.Probe.Skipped > 0 {
		s.Facts = append(s.Facts, fmt.Sprintf("%d more addresses were left out", rep.Probe.Skipped))
	}
	s.add(rep.Probe.Findings)
	s.add(rep.Delivery.Findings)
	s.sort()
	return s
}

// addressText is an address of a host in a line: how far it came, its TLS, and what
// DANE and the authorities say of its certificate.
func addressText(host string, a *smtpprobe.AddressResult, d *smtpprobe.Delivery) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s [%s]: %s", domainText(host), a.Addr, a.Status)
	if a.Failure.Kind != "" {
		fmt.Fprintf(&b, " (%s at %s)", a.Failure.Kind, a.Stage)
	}
	switch {
	case a.Negotiated == smtpprobe.Yes:
		fmt.Fprintf(&b, ", %s, certificate for the name and trusted: %s", a.TLS.Version, a.Authenticated)
	case a.TLS.OldVersion != "":
		fmt.Fprintf(&b, ", only %s", a.TLS.OldVersion)
	default:
		fmt.Fprintf(&b, ", STARTTLS: %s, TLS: %s", a.Offered, a.Negotiated)
	}
	for i := range d.Hosts {
		h := &d.Hosts[i]
		if h.Host != host || h.Addr != a.Addr {
			continue
		}
		if h.Match != nil {
			fmt.Fprintf(&b, ", DANE: %s", h.Match.Status)
		}
		fmt.Fprintf(&b, "; %s", h.Action)
		break
	}
	return escape(b.String())
}
