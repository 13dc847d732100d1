// Package rdns judges the names of sending hosts: what DNS says an address is called,
// whether that name leads back (RFC 8601 section 3, "iprev", also known as
// forward-confirmed reverse DNS), whether it looks like the name of a mail server, and
// what the host calls itself in HELO or EHLO (RFC 5321 section 4.1.1.1).
//
//	res, err := rdns.Checker{}.Check(ctx, netip.MustParseAddr("192.0.2.10"))
//
// Many receivers refuse mail from an address that does not pass, and say so; the
// findings name the record to ask the owner of the address for, and who is known to
// refuse ([Receivers]).
//
// # Observe, then judge
//
// [Evaluate], [EvaluateHELO] and [Classify] are the judgement alone: pure functions of
// the request and of DNS answers that were stored earlier.
//
// # What it cannot know
//
// Whether a name is generic is told by the words and numbers in it, as receivers do,
// each by rules of its own: [Classification.Rules] says by which ones it was here.
package rdns

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/drive"
	"github.com/mailworthy/mailworthy/resolver"
)

// Status is a result of "iprev" (RFC 8601 section 2.7.3). The empty Status means that
// there is no result yet, or that the request was not valid.
type Status string

// The results.
const (
	Pass      Status = "pass"      // a name of the address leads back to it
	Fail      Status = "fail"      // there are names, and none leads back
	TempError Status = "temperror" // DNS did not tell; asking later may help
	PermError Status = "permerror" // the address has no name, or none that can be looked up
)

// Request is the address that Evaluate looks at.
type Request struct {
	// IP is the address. IPv4 mapped into IPv6 counts as IPv4, and a zone does not
	// count.
	IP netip.Addr `json:"ip"`
	// Host is the name that the host is to have, for the records that remedies
	// propose. It may be empty, and no verdict depends on it.
	Host string `json:"host,omitempty"`
	// Names is how many names of the address are looked up (RFC 8601 section 3 asks for
	// a limit). Zero or less means 10; more than 100 means 100.
	Names int `json:"names,omitzero"`
}

const (
	defaultNames = 10
	maxNames     = 100
	// maxAddrs is how many addresses of one name a result shows. All are compared.
	maxAddrs = 32
)

func limitNames(n int) int {
	if n <= 0 {
		return defaultNames
	}
	return min(n, maxNames)
}

// Result is what the names of an address come to.
type Result struct {
	Status Status `json:"status"`
	// IP is that of the request, unmapped and without a zone.
	IP netip.Addr `json:"ip"`
	// Scope says which networks the address belongs to.
	Scope Scope `json:"scope"`
	// Host is the first name that leads back to the address: what receivers call the
	// client. Without one it is empty.
	Host string `json:"host,omitempty"`
	// Reverse is the name that has the PTR records, and PTR how the question for them
	// ended.
	Reverse string          `json:"reverse"`
	PTR     resolver.Status `json:"ptr"`
	// Alias is the chain of aliases from Reverse to the name that has the records, or
	// lacks them (RFC 2317).
	Alias []string `json:"alias,omitempty"`
	// TTL is the remaining life of the PTR answer in seconds.
	TTL uint32 `json:"ttl,omitzero"`
	// Names are those that were looked at: as many as the limit allows, in the order of
	// the answer. Total is how many PTR records there are.
	Names []Name `json:"names"`
	Total int    `json:"total"`
	// Findings says what is wrong and what mends it.
	Findings mailworthy.Findings `json:"findings"`
}

// Name is a name of the address, and where it leads.
type Name struct {
	// Name is in lower-case A-labels without the final dot.
	Name string `json:"name"`
	// Form says what kind of name it is. What cannot be the name of a host is not
	// looked up.
	Form Form `json:"form"`
	// Confirmed is true when the name leads back to the address.
	Confirmed bool `json:"confirmed"`
	// DNS is how the question for addresses of the family of the request's ended, and
	// Other that for the other family.
	DNS   resolver.Status `json:"dns,omitempty"`
	Other resolver.Status `json:"other,omitempty"`
	// Alias is the chain of aliases from Name to the name that has the addresses.
	Alias []string `json:"alias,omitempty"`
	// TTL is the remaining life of the address records in seconds.
	TTL uint32 `json:"ttl,omitzero"`
	// Addrs are the addresses of the request's family, OtherAddrs those of the other: the
	// first 32 of each.
	Addrs      []netip.Addr `json:"addrs"`
	OtherAddrs []netip.Addr `json:"other_addrs"`
	// Class says whether the name was chosen or made by a rule.
	Class Classification `json:"class"`
}

// ErrRequest is returned for a request without a valid address.
var ErrRequest = errors.New("rdns: the request has no valid IP address")

// Checker fetches what an evaluation needs, and evaluates. The zero value works. A
// Checker is safe for concurrent use and may be copied.
type Checker struct {
	// Resolver answers the questions. If nil, it is resolver.Default().
	Resolver resolver.Resolver
	// Timeout bounds one check, which then has the result temperror, or whatever is
	// certain by then. Zero means 20 s; less than zero that only the context bounds it.
	Timeout time.Duration
	// Host and Names are those of the [Request] that Check makes, and of a [HELORequest]
	// that has none.
	Host  string
	Names int
}

// Check looks at the names of an address. It takes two round trips: one for the names,
// one for the addresses of all of them. The error is non-nil when ip is not valid
// ([ErrRequest]), or when ctx ended before the check did, in which case the Result says
// what was found out until then.
func (c Checker) Check(ctx context.Context, ip netip.Addr) (Result, error) {
	req := Request{IP: ip, Host: c.Host, Names: c.Names}
	if !ip.IsValid() {
		res, _ := Evaluate(req, nil)
		return res, ErrRequest
	}
	return drive.Within(ctx, c.Timeout, c.Resolver, func(v resolver.View) (Result, []resolver.Question) { return Evaluate(req, v) })
}

// CheckHELO looks at the name that a client gave in HELO or EHLO. It takes one round
// trip, or two when the name has no address. Its errors are those of [Checker.Check].
func (c Checker) CheckHELO(ctx context.Context, req HELORequest) (HELOResult, error) {
	if !req.IP.IsValid() {
		res, _ := EvaluateHELO(req, nil)
		return res, ErrRequest
	}
	if req.Names == 0 {
		req.Names = c.Names
	}
	if req.Host == "" {
		req.Host = c.Host
	}
	return drive.Within(ctx, c.Timeout, c.Resolver, func(v resolver.View) (HELOResult, []resolver.Question) { return EvaluateHELO(req, v) })
}
