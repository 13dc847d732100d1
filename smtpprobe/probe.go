package smtpprobe

import (
	"context"
	"errors"
	"time"

	"github.com/mailworthy/mailworthy"
)

// DomainReport is all that is known of how mail gets to a domain.
type DomainReport struct {
	// Policies is what the domain publishes: its hosts, DANE, MTA-STS, TLS-RPT.
	Policies Policies `json:"policies"`
	// Probe is what its hosts do.
	Probe Report `json:"probe"`
	// Delivery is what a sender does that follows both.
	Delivery Delivery `json:"delivery"`
	// Findings are those of all parts, each once.
	Findings mailworthy.Findings `json:"findings"`
}

// Probe finds out all about how mail gets to a domain: what [Prober.CheckPolicies]
// does, then what its hosts do ([Prober.ProbeHosts]), and what a sender that follows
// the policies would do with mail for it today.
//
// The error is non-nil for a HELO that is none ([ErrName]), and when ctx ended before
// the probe did; the report then says what was found out until then. That the domain,
// or all its hosts, cannot be reached is no error.
func (p Prober) Probe(ctx context.Context, domain string) (DomainReport, error) {
	req := Request{Time: time.Now().UTC().Truncate(time.Second)}
	if _, err := p.newRun(); err != nil {
		return EvaluateDomain(req, Policies{Domain: domain}, nil), err
	}
	limited, cancel := p.limit(ctx)
	defer cancel()
	p.Timeout = -1 // That of the whole is enough.
	policies, err := p.CheckPolicies(limited, domain)
	var observed Report
	if err == nil {
		observed, err = p.observe(limited, hostsOf(policies.Route))
	}
	rep := EvaluateDomain(req, policies, observed.Sessions)
	rep.Probe.Skipped = observed.Skipped
	switch {
	case ctx.Err() != nil:
		return rep, context.Cause(ctx)
	case limited.Err() != nil || errors.Is(err, ErrNoAddress):
		return rep, nil // The report says so.
	}
	return rep, err
}

// hostsOf returns the hosts of a route that have addresses. Those that are not public
// are among them: that they are not dialled is worth a transcript.
func hostsOf(route Route) []Host {
	var hosts []Host
	for _, h := range route.Hosts {
		if len(h.Addrs) > 0 {
			hosts = append(hosts, Host{Name: h.Name, Pref: h.Pref, Addrs: h.Addrs})
		}
	}
	return hosts
}
