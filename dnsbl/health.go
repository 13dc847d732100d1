package dnsbl

import (
	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
)

// HealthStatus says whether a list can be believed, through the resolver that asked.
type HealthStatus string

// The statuses.
const (
	// HealthOK is a list that has its test entry, with any code that is no error: some
	// have one that their tables lack.
	HealthOK HealthStatus = "ok"
	// HealthCaveat is a list that has an address that no list may have (RFC 5782
	// section 5), and yet does not have everything.
	HealthCaveat HealthStatus = "caveat"
	// HealthRefused is one that answers, but not to this resolver.
	HealthRefused HealthStatus = "refused"
	// HealthDead is one that answers, but not as a list does: its test entry is gone,
	// it has everything, its zone is parked.
	HealthDead HealthStatus = "dead"
	// HealthUnreachable is one that did not answer.
	HealthUnreachable HealthStatus = "unreachable"
	// HealthNotAsked is one that was not asked; Reason says why.
	HealthNotAsked HealthStatus = "not-asked"
)

// HealthRequest is which lists to ask for their control points.
type HealthRequest struct {
	// Lists and Keyed are as in [Request].
	Lists []List   `json:"lists,omitempty"`
	Keyed []string `json:"keyed,omitempty"`
}

// Health is the health of lists, as far as it can be seen from here. Its Lists go into
// [Request.Health], for as long as one believes in them: from ten minutes to some hours.
type Health struct {
	Lists    []ListHealth        `json:"lists"`
	Findings mailworthy.Findings `json:"findings"`
}

// ListHealth is the health of one list for one kind of targets.
type ListHealth struct {
	Zone     string       `json:"zone"`
	Kind     Kind         `json:"kind"`
	Status   HealthStatus `json:"status"`
	Reason   Reason       `json:"reason,omitempty"`
	Controls []Control    `json:"controls,omitempty"`
}

// Control is what a list says of a control point.
type Control struct {
	Query
	// Expect is what a working list says.
	Expect resolver.Status `json:"expect"`
}
