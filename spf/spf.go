// Package spf says whether a client may send mail for an address, by the records of
// the Sender Policy Framework (RFC 7208), with internationalised mail as RFC 8616
// has it; and what is wrong with a domain's policy.
//
//	res, err := spf.Checker{}.Check(ctx, spf.Request{
//		IP:       netip.MustParseAddr("192.0.2.1"),
//		HELO:     "mail.example.org",
//		MailFrom: "news@example.org",
//	})
//
// SPF knows two identities, and a receiver may check both: [Checker.Check] is for
// MAIL FROM, [Checker.CheckHELO] for HELO. They are separate results and are never
// merged.
//
// [Checker.CheckDomain] looks at a whole policy, whoever sends. Its [Report] can be
// compiled, to say of any address what it gets; [Diff] compares two such policies,
// and [Checker.Plan] proposes the records for what a domain wishes.
//
// # Observe, then judge
//
// [Evaluate], [EvaluateHELO], [EvaluateDomain] and [EvaluatePlan] are the judgement
// alone: pure functions of the request and of DNS answers that were stored earlier.
//
// # What it cannot know
//
// A pass says that the domain lets the client send, not that the mail is wanted, nor
// that the address in From is genuine: see package dmarc. What a policy says of an
// address may depend on the message, by macros; [Cover.Open] says where. Which
// service an include belongs to is known for those in a catalogue ([Vendors]), and
// no verdict depends on it.
package spf

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/drive"
	"github.com/mailworthy/mailworthy/resolver"
)

// Status is a result of check_host() (RFC 7208 section 2.6). The empty Status
// means that there is no result yet, or that the request was not valid.
type Status string

// The results.
const (
	None      Status = "none"      // no policy, or no domain that could have one
	Neutral   Status = "neutral"   // the domain says nothing about this address
	Pass      Status = "pass"      // the address may send for the domain
	Fail      Status = "fail"      // it may not
	SoftFail  Status = "softfail"  // it probably may not
	TempError Status = "temperror" // DNS did not tell; asking later may help
	PermError Status = "permerror" // the published policy cannot be evaluated
)

// Identity is what of the SMTP session was checked. Its values are those of the
// Received-SPF header field.
type Identity string

// The identities (RFC 7208 sections 2.3 and 2.4).
const (
	MailFrom Identity = "mailfrom"
	HELO     Identity = "helo"
)

// Request is what an SMTP session says about its client.
type Request struct {
	// IP is the client's address. IPv4 mapped into IPv6 counts as IPv4.
	IP netip.Addr `json:"ip"`
	// HELO is the name that the client gave in HELO or EHLO.
	HELO string `json:"helo,omitempty"`
	// MailFrom is the reverse-path: a mailbox, with or without angle brackets.
	// When it is empty, postmaster@HELO stands in for it (RFC 7208 section 2.4).
	MailFrom string `json:"mail_from,omitempty"`
	// Receiver is the name of the host that checks. It is used in explanations
	// and header fields; empty means "unknown".
	Receiver string `json:"receiver,omitempty"`
	// Time is when the session took place, for the macro %{t} of explanations.
	// Check uses the present time when it is zero, Evaluate the Unix epoch.
	Time time.Time `json:"time,omitzero"`
	// Limits bound the evaluation; the zero value means the RFC's numbers.
	Limits Limits `json:"limits,omitzero"`
	// Prefetch makes each round ask ahead for all that the records seen so far
	// will need if nothing in them matches earlier. It saves round trips, and
	// costs questions that a match makes superfluous. It never changes a result.
	Prefetch bool `json:"prefetch,omitzero"`
}

// Limits are the processing limits of RFC 7208 section 4.6.4.
type Limits struct {
	// Lookups is how many terms that query DNS one evaluation may process:
	// include, a, mx, ptr, exists and redirect, over all records together. Zero
	// or less means 10; more than 100 means 100.
	Lookups int `json:"lookups,omitzero"`
	// Voids is how many of those terms may find nothing (NXDOMAIN or no data).
	// Zero means 2, less than zero that voids are not limited.
	Voids int `json:"voids,omitzero"`
	// Names is how many hosts of one mx term, and names of one ptr term or p
	// macro, are looked up. Zero or less means 10; more than 100 means 100.
	Names int `json:"names,omitzero"`
}

const (
	defaultLookups = 10
	defaultVoids   = 2
	defaultNames   = 10
	maxLimit       = 100
)

func (l Limits) orDefault() Limits {
	if l.Lookups <= 0 {
		l.Lookups = defaultLookups
	}
	if l.Names <= 0 {
		l.Names = defaultNames
	}
	switch {
	case l.Voids == 0:
		l.Voids = defaultVoids
	case l.Voids < 0:
		l.Voids = maxLimit
	}
	l.Lookups, l.Names = min(l.Lookups, maxLimit), min(l.Names, maxLimit)
	return l
}

// Result is the outcome of an evaluation, together with how it came about.
type Result struct {
	Status   Status   `json:"status"`
	Identity Identity `json:"identity"`
	// Domain is the domain whose policy was asked for: A-labels in lower case, or
	// as given when it can have no policy.
	Domain string `json:"domain"`
	// Sender is the mailbox that was checked, with its domain in A-labels.
	Sender string `json:"sender"`
	// IP, HELO and Receiver are those of the request, the address unmapped.
	IP       netip.Addr `json:"ip"`
	HELO     string     `json:"helo,omitempty"`
	Receiver string     `json:"receiver,omitempty"`
	// Match is the mechanism that decided. It is zero when none matched.
	Match Match `json:"match,omitzero"`
	// Explanation is the text that the domain publishes for rejections (RFC 7208
	// section 6.2): printable ASCII, from a stranger. Only fail can have one.
	Explanation string `json:"explanation,omitempty"`
	// Lookups and Voids are how many terms counted against the limits.
	Lookups int `json:"lookups"`
	Voids   int `json:"voids"`
	// Steps is the course of the evaluation: every record that was read, and every
	// term that asked DNS or broke the evaluation. Networks and "all" have no step;
	// Match says when it is one of them that decided.
	Steps []Step `json:"steps"`
	// Findings says what is wrong and what mends it. It is empty for a pass.
	Findings mailworthy.Findings `json:"findings"`
}

// Match is a mechanism that matched, and the way that led to it.
type Match struct {
	// Term is the mechanism, as published.
	Term string `json:"term"`
	// Domain is whose record holds it, and Offset where in the record it starts.
	Domain string `json:"domain"`
	Offset int    `json:"offset"`
	// Chain holds the include and redirect terms that led to Domain, outermost
	// first. It is empty when Term stands in the checked domain's own record.
	Chain []Hop `json:"chain,omitempty"`
}

// Hop is an include or redirect term that was followed.
type Hop struct {
	Domain string `json:"domain"` // whose record holds the term
	Term   string `json:"term"`
	Offset int    `json:"offset"`
}

// Outcome says how a term of a record ended.
type Outcome string

// The outcomes.
const (
	Matched    Outcome = "match"
	NotMatched Outcome = "no-match"
	Found      Outcome = "found"  // the first record was there
	Errored    Outcome = "error"  // the evaluation ended here, without a match
	Followed   Outcome = "follow" // redirect: the next steps are its record's, and the result is theirs
)

// Step is one thing that an evaluation did.
type Step struct {
	// Domain is whose record holds the term, Term the term as published, and
	// Offset where in the record it starts. The first step reads the checked
	// domain's record, and has no term.
	Domain string `json:"domain"`
	Term   string `json:"term,omitempty"`
	Offset int    `json:"offset,omitzero"`
	// Depth is how many includes and redirects led here.
	Depth int `json:"depth"`
	// Target is the name that was asked for, with its macros expanded.
	Target string `json:"target,omitempty"`
	// DNS is the status of the answer: of the first question of the term.
	DNS resolver.Status `json:"dns,omitempty"`
	// TTL is the answer's remaining life in seconds.
	TTL uint32 `json:"ttl,omitzero"`
	// Record is the SPF record found at Target, for the first step, include and
	// redirect.
	Record string `json:"record,omitempty"`
	// Host is the host of an mx, or the name of a ptr, that decided.
	Host string `json:"host,omitempty"`
	// Outcome is how the step ended. The steps of an included record stand behind
	// that of the include.
	Outcome Outcome `json:"outcome"`
	// Lookups and Voids are the counts after this step.
	Lookups int `json:"lookups"`
	Voids   int `json:"voids"`
}

// ErrRequest is returned for a request without a valid client address.
var ErrRequest = errors.New("spf: the request has no valid IP address")

// Checker fetches what an evaluation needs, and evaluates. The zero value works.
// A Checker is safe for concurrent use and may be copied.
type Checker struct {
	// Resolver answers the questions. If nil, it is resolver.Default().
	Resolver resolver.Resolver
	// Timeout bounds one check, which then has the result temperror, or whatever
	// is certain by then. Zero means 20 s, the least that RFC 7208 section 4.6.4
	// asks for; less than zero that only the context bounds it.
	Timeout time.Duration
	// Vendors are the services that CheckDomain recognises includes by. If nil, it
	// is the catalogue that [Vendors] returns.
	Vendors []Vendor
}

// Check evaluates the MAIL FROM identity. The error is non-nil when the request
// is not valid ([ErrRequest]), or when ctx ended before the check did, in which
// case the Result says what was found out until then.
func (c Checker) Check(ctx context.Context, req Request) (Result, error) {
	return c.check(ctx, req, Evaluate)
}

// CheckHELO evaluates the HELO identity. Its errors are those of [Checker.Check].
func (c Checker) CheckHELO(ctx context.Context, req Request) (Result, error) {
	return c.check(ctx, req, EvaluateHELO)
}

// CheckDomain examines a domain's whole policy, regardless of any sender: what it
// leads to, whom it authorises, what is wrong with it and what mends that. The
// error is non-nil when ctx ended before the check did; the Report then says what
// was found out until then.
func (c Checker) CheckDomain(ctx context.Context, domain string) (Report, error) {
	req := DomainRequest{Domain: domain, Vendors: c.Vendors}
	return drive.Within(ctx, c.Timeout, c.Resolver, func(v resolver.View) (Report, []resolver.Question) { return EvaluateDomain(req, v) })
}

func (c Checker) check(
	ctx context.Context, req Request, evaluate func(Request, resolver.View) (Result, []resolver.Question),
) (Result, error) {
	if !req.IP.IsValid() {
		res, _ := evaluate(req, nil)
		return res, ErrRequest
	}
	if req.Time.IsZero() {
		req.Time = time.Now()
	}
	return drive.Within(ctx, c.Timeout, c.Resolver, func(v resolver.View) (Result, []resolver.Question) { return evaluate(req, v) })
}
