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
	// Unknown says how much of it was not found out. Unless it is empty, that nothing
	// is wrong means nothing.
	Unknown extent `json:"unknown,omitempty"`
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

	// details is that of the above that has more to show than facts and findings.
	details details
}

// details is what a check has for people beside its facts and findings.
type details interface {
	above(b *page) // the facts
	below(b *page) // them, and above the findings
	last(b *page)  // below the findings
}

// plain shows nothing. Details embed it for the places where they have nothing.
type plain struct{}

func (plain) above(*page) {}
func (plain) below(*page) {}
func (plain) last(*page)  {}

// extent is how much of something is meant. The empty extent is nothing of it.
type extent string

const (
	partly extent = "partly"
	wholly extent = "wholly"
)

// newSection is a section without anything in it.
func newSection() section {
	return section{Facts: []string{}, Findings: mailworthy.Findings{}}
}

// miss notes that so many of all things were not found out.
func (s *section) miss(n, all int) {
	switch {
	case n == 0 || s.Unknown == wholly:
	case n == all:
		s.Unknown = wholly
	default:
		s.Unknown = partly
	}
}

// end notes that a check ended before its time.
func (s *section) end(err error) {
	if err != nil {
		s.Facts = append(s.Facts, "The audit ended early: "+err.Error())
		s.miss(1, 2)
	}
}

// proven is the severity of what another time, or another resolver, would not change.
func (s *section) proven() (worst mailworthy.Severity) {
	for i := range s.Findings {
		if f := &s.Findings[i]; !f.Temporary {
			worst = max(worst, f.Severity)
		}
	}
	return worst
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
		if known {
			continue
		}
		s.Findings = append(s.Findings, f)
		s.Severity = max(s.Severity, f.Severity)
		if f.Temporary {
			s.miss(1, 2)
		}
	}
}

// A check audits one side of a domain. A new one has a file, a field of section if it
// has more to tell than facts and findings, and a line in checks.
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
	{"Hosts", auditHosts},
}

// audit runs all checks on a domain at the same time.
func audit(ctx context.Context, opts options, of subject) report {
	opts.see.begin()
	r := report{Domain: of.Domain, Sections: make([]section, len(checks))}
	var wg sync.WaitGroup
	for i, c := range checks {
		opts.progress.start(of.Domain, c.name)
		wg.Go(func() {
			defer opts.progress.end(c.name)
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

// each calls f for all of a list at the same time.
func each[T any](all []T, f func(i int, one T)) {
	var wg sync.WaitGroup
	for i, one := range all {
		wg.Go(func() { f(i, one) })
	}
	wg.Wait()
}
