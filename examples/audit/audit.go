package main

import (
	"context"
	"sync"

	"github.com/mailworthy/mailworthy"
)

// report is what an audit says of one domain. Its JSON form is stable.
type report struct {
	Domain   string              `json:"domain"`
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
}

// audit runs all checks on a domain at the same time.
func audit(ctx context.Context, opts options, of subject) report {
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
	for _, s := range r.Sections {
		r.Severity = max(r.Severity, s.Severity)
	}
	return r
}
