package dmarc

import (
	"github.com/mailworthy/mailworthy/resolver"
)

// Comparison is a message, or a domain, judged by RFC 9989 and by RFC 7489.
type Comparison struct {
	// RFC9989 and RFC7489 are the two results.
	RFC9989 Result `json:"rfc9989"`
	RFC7489 Result `json:"rfc7489"`
	// Differences says where they differ, and is empty when both mean the same. What
	// one of them does not know is no difference.
	Differences []Difference `json:"differences"`
}

// Difference is one thing that the two results say differently.
type Difference struct {
	// Aspect is what differs.
	Aspect Aspect `json:"aspect"`
	// Subject is the domain that it is about.
	Subject string `json:"subject"`
	// RFC9989 and RFC7489 are what the results say. Nothing is "".
	RFC9989 string `json:"rfc9989"`
	RFC7489 string `json:"rfc7489"`
}

// Aspect is a thing that two results can say differently.
type Aspect string

// The aspects.
const (
	AspectStatus         Aspect = "status"
	AspectRecord         Aspect = "record" // whose record applies
	AspectOrganizational Aspect = "organizational-domain"
	AspectPolicy         Aspect = "policy"  // what the record asks for
	AspectApplied        Aspect = "applied" // what is left of that by t= or pct=
	AspectAlignment      Aspect = "alignment"
)

// EvaluateComparison judges a request by RFC 9989 and by RFC 7489, and compares. It is
// a pure function. When v lacks answers, it returns the questions of both, and the
// results have no Status yet.
func EvaluateComparison(req Request, v resolver.View) (Comparison, []resolver.Question) {
	c := Comparison{Differences: []Difference{}}
	var missing, old []resolver.Question
	req.Mode = RFC9989
	c.RFC9989, missing = Evaluate(req, v)
	req.Mode = RFC7489
	c.RFC7489, old = Evaluate(req, v)
	seen := make(map[resolver.Question]bool, len(missing))
	for _, q := range missing {
		seen[q] = true
	}
	for _, q := range old {
		if !seen[q] {
			missing = append(missing, q)
		}
	}
	if len(missing) > 0 {
		c.RFC9989.Status, c.RFC7489.Status = "", ""
		return c, missing
	}
	c.compare()
	return c, nil
}

func (c *Comparison) compare() {
	a, b := &c.RFC9989, &c.RFC7489
	add := func(known bool, aspect Aspect, subject, x, y string) {
		if known && x != y {
			c.Differences = append(c.Differences, Difference{aspect, subject, x, y})
		}
	}
	add(a.Status != TempError && b.Status != TempError, AspectStatus, a.Domain, string(a.Status), string(b.Status))
	add(knowsRecord(a) && knowsRecord(b), AspectRecord, a.Domain, a.RecordDomain, b.RecordDomain)
	add(a.OrganizationalDomain != "" && b.OrganizationalDomain != "", AspectOrganizational, a.Domain, a.OrganizationalDomain, b.OrganizationalDomain)
	policies := knowsPolicy(a) && knowsPolicy(b)
	add(policies, AspectPolicy, a.Domain, string(a.Policy), string(b.Policy))
	add(policies, AspectApplied, a.Domain, string(a.Applied), string(b.Applied))
	// Both have the identifiers of the request, in its order.
	for i := range min(len(a.Identifiers), len(b.Identifiers)) {
		x, y := &a.Identifiers[i], &b.Identifiers[i]
		known := x.Reason != ReasonUnknown && y.Reason != ReasonUnknown
		add(known && x.Aligned != y.Aligned, AspectAlignment, x.Domain, string(x.Reason), string(y.Reason))
	}
}

// knowsRecord reports whether the result says which record applies, or that none does.
func knowsRecord(r *Result) bool { return r.Record != nil || r.Status != TempError }

// knowsPolicy reports whether the result says what the record asks for. With a record
// that can be used, no policy means that it is not known whether the domain exists.
func knowsPolicy(r *Result) bool {
	return r.Policy != "" || knowsRecord(r) && (r.Record == nil || r.Status == None)
}
