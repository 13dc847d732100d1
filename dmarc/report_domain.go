package dmarc

import (
	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
)

// DomainRequest is what [EvaluateDomain] looks at.
type DomainRequest struct {
	// Domain is in any form: U- or A-labels, any case, with or without a final dot.
	Domain string `json:"domain"`
	// Subdomains are names below Domain that exist, and of which the report says
	// what applies to them. At most 20 are looked at.
	Subdomains []string `json:"subdomains,omitempty"`
	// Services are the names of services that send for the domain, as far as they
	// are known, such as those that an SPF policy includes. If nil, the domains that
	// the domain's own SPF record includes stand in for them.
	Services []string `json:"services,omitempty"`
}

// Report is what [Checker.CheckDomain] finds out about a domain's DMARC,
// regardless of any message.
type Report struct {
	// Domain is the domain in A-labels.
	Domain string `json:"domain"`
	// Status is what keeps DMARC from being applied to mail of the domain: none when
	// no record applies, or one that says nothing which receivers can use, temperror
	// when DNS did not tell. It is empty when a policy applies.
	Status Status `json:"status,omitempty"`
	// Record is the record that applies to the domain, and RecordDomain whose it is:
	// it stands at _dmarc below that. Source says how the domain comes by it.
	Record       *Record `json:"record,omitempty"`
	RecordDomain string  `json:"record_domain,omitempty"`
	Source       Source  `json:"source,omitempty"`
	// OrganizationalDomain is that of the domain. It is empty when DNS did not tell.
	// ListedDomain is what RFC 7489 takes for it, by the public suffix list.
	OrganizationalDomain string `json:"organizational_domain,omitempty"`
	ListedDomain         string `json:"listed_domain,omitempty"`
	// Differences says where receivers that follow RFC 7489 differ.
	Differences []Difference `json:"differences"`
	// Own is what applies to mail of the domain itself, Existing to that of a
	// subdomain that exists and has no record of its own, and Missing to that of one
	// that nobody made. With a wildcard, this one exists too.
	Own      Effect `json:"own"`
	Existing Effect `json:"existing"`
	Missing  Effect `json:"missing"`
	// Subdomains is what applies to those that were asked about.
	Subdomains []Effect `json:"subdomains,omitempty"`
	// Destinations are where reports about the domain are to go.
	Destinations []Destination `json:"destinations"`
	// Steps are the names of the Tree Walk, from the domain upwards.
	Steps []Step `json:"steps"`
	// DNS is the status of the answer for the domain's own record, TTL its life in
	// seconds, Secure whether DNSSEC proves it, and Alias the targets of the CNAME
	// records that led to it.
	DNS    resolver.Status `json:"dns,omitempty"`
	TTL    uint32          `json:"ttl"`
	Secure bool            `json:"secure,omitzero"`
	Alias  []string        `json:"alias,omitempty"`
	// Findings says what is wrong, worst first, and what mends it.
	Findings mailworthy.Findings `json:"findings"`
}

// Effect is what applies to mail that says it is from a domain.
type Effect struct {
	// Domain is empty for the subdomains that stand for all.
	Domain string `json:"domain,omitempty"`
	// Status is none when no policy applies, and temperror when that is not known.
	Status Status `json:"status,omitempty"`
	// RecordDomain is whose record it is, and Tag which of its tags has the policy:
	// "p", "sp" or "np".
	RecordDomain string `json:"record_domain,omitempty"`
	Tag          string `json:"tag,omitempty"`
	// Policy is what the record asks for, and Applied what receivers are to do: one
	// step less in test mode (RFC 9989 section 4.7, tag t).
	Policy  Policy `json:"policy,omitempty"`
	Applied Policy `json:"applied,omitempty"`
}

// ReportKind is what reports are about.
type ReportKind string

// The kinds of reports.
const (
	AggregateReports ReportKind = "rua" // sums over a day (RFC 9990)
	FailureReports   ReportKind = "ruf" // about single messages (RFC 9991)
)

// Delivery says whether reports reach a destination.
type Delivery string

// The deliveries.
const (
	Deliverable     Delivery = "deliverable"    // nothing speaks against it
	NotAuthorized   Delivery = "not-authorized" // the destination does not say that it wants them, so none are sent
	Unreachable     Delivery = "unreachable"    // its host receives no mail
	DeliveryIgnored Delivery = "ignored"        // receivers take no notice of the address
	DeliveryUnknown Delivery = "unknown"        // DNS did not tell
	NotExamined     Delivery = "not-examined"   // one of too many
)

// Destination is where reports are to go.
type Destination struct {
	Kind ReportKind `json:"kind"`
	// URI is as published, and Host the domain that the mail goes to.
	URI  string `json:"uri"`
	Host string `json:"host,omitempty"`
	// External says that the host belongs to others, who have to authorize the
	// reports by a record at Authorization (RFC 9990 section 4).
	External      bool   `json:"external,omitzero"`
	Authorization string `json:"authorization,omitempty"`
	// Instead holds the addresses that the authorization gives in place of URI.
	Instead []string `json:"instead,omitempty"`
	// Delivery is what becomes of the reports.
	Delivery Delivery `json:"delivery"`
}
