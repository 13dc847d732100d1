package dnsbl

import (
	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
)

// EvaluateHealth judges the answers of lists for their control points (RFC 5782 section
// 5), and returns the questions whose answers it lacks. As long as there are some, the
// Health is not valid.
func EvaluateHealth(req HealthRequest, v resolver.View) (Health, []resolver.Question) {
	out := Health{Lists: []ListHealth{}, Findings: mailworthy.Findings{}}
	e := asker{view: v, keyed: req.Keyed}
	lists := effective(req.Lists, &e)
	for i := range lists {
		l := &lists[i]
		kinds := l.Kinds
		if !l.hasKinds() {
			kinds = []Kind{""} // It gets a result, which says that it makes no sense.
		}
		for _, k := range kinds {
			h := e.health(l, k)
			out.Lists = append(out.Lists, h)
			out.Findings = append(out.Findings, healthFindings(l, &h)...)
		}
	}
	if len(e.missing) > 0 {
		return Health{Lists: []ListHealth{}, Findings: mailworthy.Findings{}}, distinct(e.missing)
	}
	return out, nil
}

func (e *asker) health(l *List, k Kind) ListHealth {
	h := ListHealth{Kind: k, Status: HealthNotAsked}
	var ok bool
	if h.Zone, ok = normalZone(l.Zone); !ok || !l.askable() {
		h.Zone, h.Reason = cut(l.Zone), ReasonInvalid
		return h
	}
	if _, dead := findDead(h.Zone); dead {
		h.Reason = ReasonDead
		return h
	}
	zone, reason := e.zone(l, h.Zone, k)
	if reason != "" {
		h.Reason = reason
		return h
	}
	before := len(e.missing)
	cleanPoint := l.clean(k)
	listed := e.point(l.listed(k), zone, resolver.Success, &h)
	clean := e.point(cleanPoint, zone, resolver.NXDomain, &h)
	if listed == nil || clean == nil {
		if len(e.missing) == before {
			h.Reason = ReasonName
		}
		return h
	}
	positive := e.judgePositive(l, zone, listed)
	h.Status, h.Reason = positive.status, positive.reason
	if h.Status != HealthOK {
		return h
	}
	// What a clean control must not have is what the other one has.
	e.scratch = e.scratch[:0]
	like, _ := judge(l, zone, listed, &e.scratch)
	switch e.judgeClean(l, zone, clean, like) {
	case absent:
	case unclear:
		h.Status, h.Reason = HealthUnreachable, ReasonNoControl
	default:
		h.Status = HealthCaveat
		e.others(l, zone, cleanPoint, like, &h)
	}
	return h
}

// others asks for points that a list has only when it has everything.
func (e *asker) others(l *List, zone, clean string, like Status, h *ListHealth) {
	everything := present
	for _, labels := range usual(h.Kind).others {
		if labels == clean {
			continue
		}
		p := unclear
		if a := e.point(labels, zone, resolver.NXDomain, h); a != nil {
			p = e.judgeClean(l, zone, a, like)
		}
		everything = both(everything, p)
	}
	switch everything {
	case present:
		h.Status, h.Reason = HealthDead, ReasonWildcard
	case unclear:
		h.Status, h.Reason = HealthUnreachable, ReasonNoControl
	}
}

// point asks for a control point. It returns nil as long as there is no answer, and
// for a name that is too long.
func (e *asker) point(labels, zone string, expect resolver.Status, h *ListHealth) *resolver.Answer {
	q, ok := e.question(labels, zone)
	if !ok {
		return nil
	}
	a, ok := e.view.Get(q)
	if !ok {
		e.miss(q)
		return nil
	}
	h.Controls = append(h.Controls, observed(q, &a, expect))
	return &a
}
