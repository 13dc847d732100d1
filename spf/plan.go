package spf

import (
	"context"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/drive"
	"github.com/mailworthy/mailworthy/internal/txt"
	"github.com/mailworthy/mailworthy/resolver"
)

// Wishes says what the planned policy of a domain has to bring about. The zero
// value asks for the present policy, without what is plainly broken in it.
type Wishes struct {
	// Allow holds networks that must pass.
	Allow []netip.Prefix `json:"allow,omitempty"`
	// Vendors holds services that must pass: names of the catalogue, in any case,
	// or domains to include.
	Vendors []string `json:"vendors,omitempty"`
	// Remove holds terms to leave out, as they stand in the domain's own record.
	Remove []string `json:"remove,omitempty"`
	// All is what holds for all others: '-', '~' or '?'. If 0, it stays as it is,
	// and is '~' in a record that does not say.
	All Qualifier `json:"all,omitzero"`
	// Flatten says when includes and hosts are replaced by their networks.
	Flatten Flatten `json:"flatten,omitempty"`
	// Keep holds domains whose includes are never replaced.
	Keep []string `json:"keep,omitempty"`
	// Time is when the DNS answers came, for Proposal.RefreshBy. Checker.Plan uses
	// the present time when it is zero.
	Time time.Time `json:"time,omitzero"`
	// Limits are what the policy must keep; the zero value means the RFC's numbers.
	Limits Limits `json:"limits,omitzero"`
	// Catalogue is where Vendors are looked up. If nil, it is that of [Vendors].
	Catalogue []Vendor `json:"catalogue,omitempty"`
}

// Flatten says when a plan replaces names by the networks that they stand for now.
// Flattened records rot: a service that moves to new addresses is then refused
// until the record is made anew.
type Flatten string

// The ways of flattening.
const (
	FlattenNever  Flatten = ""       // leave names as they are
	FlattenNeeded Flatten = "needed" // only as much as the limit of lookups asks for
	FlattenAll    Flatten = "all"    // all that can be
)

// Proposal is a policy to publish.
type Proposal struct {
	Domain string `json:"domain"`
	// Records are the TXT records to publish, the domain's own first. They replace
	// all SPF records of these names; other TXT records stay.
	Records []Publish `json:"records"`
	// Lookups and Voids are what the policy costs, as in Report.
	Lookups int `json:"lookups"`
	Voids   int `json:"voids"`
	// Flattened holds the terms that were replaced by networks. When there are any,
	// the records must be made anew before RefreshBy: the time at which the first
	// of the answers behind them ends.
	Flattened []Hop     `json:"flattened"`
	RefreshBy time.Time `json:"refresh_by,omitzero"`
	// Changes is what differs from the present policy, for all addresses there
	// are. It is empty when the two always give the same result.
	Changes Changes `json:"changes"`
	// Findings is what is still wrong, or could not be done.
	Findings mailworthy.Findings `json:"findings"`
}

// Publish is a TXT record to publish.
type Publish struct {
	Name string `json:"name"`
	Text string `json:"text"`
	// Strings is Text in pieces of at most 255 octets, as DNS wants it.
	Strings []string `json:"strings"`
}

// String returns the record as a line of a zone file.
func (p Publish) String() string { return p.Name + ". TXT " + txt.Data(p.Text) }

// String returns the records as zone text, and what to know about them as comments.
func (p Proposal) String() string {
	var b strings.Builder
	b.WriteString("; " + strconv.Itoa(p.Lookups) + " terms query DNS\n")
	if !p.RefreshBy.IsZero() {
		b.WriteString("; flattened: make anew before " + p.RefreshBy.UTC().Format(time.RFC3339) + "\n")
	}
	for _, r := range p.Records {
		b.WriteString(r.String() + "\n")
	}
	return b.String()
}

// Plan proposes the records that fulfil wishes for a domain, and says for every
// address what would change. Its errors are those of [Checker.CheckDomain].
func (c Checker) Plan(ctx context.Context, domain string, wishes Wishes) (Proposal, error) {
	if wishes.Time.IsZero() {
		wishes.Time = time.Now()
	}
	if wishes.Catalogue == nil {
		wishes.Catalogue = c.Vendors
	}
	return drive.Within(ctx, c.Timeout, c.Resolver, func(v resolver.View) (Proposal, []resolver.Question) { return EvaluatePlan(domain, wishes, v) })
}
