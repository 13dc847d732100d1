package main

import (
	"context"
	"slices"
	"sync"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// report is what an audit says of one domain, or of one message. Its JSON form is
// stable.
type report struct {
	// Domain is that of From for a message, and empty when it has none.
	Domain string `json:"domain"`
	// Message is the file that the message is in.
	Message  string              `json:"message,omitempty"`
	Severity mailworthy.Severity `json:"severity"`
	Sections []section           `json:"sections"`
}

// section is what one check says.
type section struct {
	Check    string              `json:"check"`
	Severity mailworthy.Severity `json:"severity"`
	// Verdict is the outcome in a few words.
	Verdict string `json:"verdict"`
	// Facts are what was looked at, a line each.
	Facts    []string            `json:"facts"`
	Findings mailworthy.Findings `json:"findings"`
	// SPF is what the SPF check found out; others have none.
	SPF *spfDetails `json:"spf,omitempty"`
	// DKIM is what the DKIM check found out.
	DKIM *dkimDetails `json:"dkim,omitempty"`
	// DMARC is what the DMARC check found out.
	DMARC *dmarcDetails `json:"dmarc,omitempty"`
	// RDNS is what the checks of reverse DNS and HELO found out.
	RDNS *rdnsDetails `json:"rdns,omitempty"`
	// DNSBL is what the block lists say of the domain, and of its senders.
	DNSBL []dnsbl.Result `json:"dnsbl,omitempty"`
	// Route is where mail for the domain goes.
	Route *smtpprobe.Route `json:"route,omitempty"`
	// Hosts is what the domain's hosts do, if they were probed.
	Hosts *hostsDetails `json:"hosts,omitempty"`
	// Transport is what is published on how mail gets there.
	Transport *transportDetails `json:"transport,omitempty"`
}

// undecided reports whether nothing is wrong only because nothing is known.
func (s *section) undecided() bool {
	return s.Severity < mailworthy.Warning && (s.DKIM != nil && s.DKIM.undecided() || listsUnknown(s.DNSBL))
}

// sort puts the worst findings first.
func (s *section) sort() {
	slices.SortStableFunc(s.Findings, func(a, b mailworthy.Finding) int { return int(b.Severity) - int(a.Severity) })
}

// add takes over findings that the section does not have yet: the same trouble
// shows for each address that is checked.
func (s *section) add(fs mailworthy.Findings) {
	for _, f := range fs {
		known := false
		for _, have := range s.Findings {
			known = known || have.Code == f.Code && have.Subject == f.Subject && have.Message == f.Message
		}
		if !known {
			s.Findings = append(s.Findings, f)
			s.Severity = max(s.Severity, f.Severity)
		}
	}
}

// A check audits one side of a domain. A new one is added to checks; all else
// follows.
type check struct {
	name string
	run  func(ctx context.Context, opts options, s subject) section
}

var checks = []check{
	{"SPF", auditSPF},
	{"DKIM", auditDKIM},
	{"DMARC", auditDMARC},
	{"Reverse DNS", auditRDNS},
	{"HELO", auditHELO},
	{"Block lists", auditLists},
	{"Route", auditRoute},
	{"TLS", auditTransport},
}

// probing is the check that connects to hosts, and runs only when it is asked for.
var probing = check{"Hosts", auditHosts}

// audit runs all checks on a domain at the same time.
func audit(ctx context.Context, opts options, of subject) report {
	checks := checks
	if opts.probe != "" {
		checks = append(slices.Clone(checks), probing)
	}
	r := report{Domain: of.domain, Sections: make([]section, len(checks))}
	var wg sync.WaitGroup
	for i, c := range checks {
		wg.Go(func() {
			s := c.run(ctx, opts, of)
			s.Check = c.name
			r.Sections[i] = s
		})
	}
	wg.Wait()
	// A check without a verdict had nothing to look at.
	r.Sections = slices.DeleteFunc(r.Sections, func(s section) bool { return s.Verdict == "" })
	for _, s := range r.Sections {
		r.Severity = max(r.Severity, s.Severity)
	}
	return r
}
