package smtpprobe

import (
	"time"

	"github.com/mailworthy/mailworthy"
)

// EvaluateDomain judges what a domain publishes together with what its hosts do. It is
// a pure function, by which the report of [Prober.Probe] can be made again from its
// policies and sessions. Where the request has no time, it is the start of the first
// session.
func EvaluateDomain(req Request, policies Policies, sessions []Session) DomainReport {
	rep := DomainReport{Policies: policies, Findings: mailworthy.Findings{}}
	rep.Probe.Sessions = sessions
	if sessions == nil {
		rep.Probe.Sessions = []Session{}
	}
	rep.Probe.Result = Evaluate(req, sessions)
	at := req.Time
	if at.IsZero() && len(sessions) > 0 {
		at = sessions[0].Start
	}
	rep.Delivery = EvaluateDelivery(policies, FactsOf(rep.Probe.Result, sessions), at.In(time.UTC))
	known := make(map[findingKey]bool)
	for _, fs := range []mailworthy.Findings{policies.All(), rep.Probe.Findings, rep.Delivery.Findings} {
		for i := range fs {
			if key := keyOf(&fs[i]); !known[key] {
				known[key] = true
				rep.Findings = append(rep.Findings, fs[i])
			}
		}
	}
	return rep
}
