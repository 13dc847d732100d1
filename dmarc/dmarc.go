// Package dmarc evaluates Domain-based Message Authentication, Reporting, and
// Conformance (DMARC) as RFC 9989 has it, which replaced RFC 7489 in May 2026.
//
//	res, err := dmarc.Checker{}.Check(ctx, dmarc.Request{
//		From: []string{"Example News <news@example.org>"},
//		SPF:  dmarc.SPFResult{Status: dmarc.Status(spfResult.Status), Domain: spfResult.Domain},
//		DKIM: []dmarc.DKIMResult{{Status: "pass", Domain: "example.org", Selector: "s1"}},
//	})
//
// DMARC asks whether what SPF and DKIM authenticated belongs to the domain in From,
// and what that domain wants to happen if not. This package takes the results of the
// two as they are, whoever made them. With [RFC7489] as Mode the older rules and the
// public suffix list are used, and [Checker.Compare] says where the two differ.
//
// [Checker.CheckDomain] examines what a domain publishes, without a message: who gets
// which policy, whether reports arrive, and what is wrong. [Rollout] says what the next
// safe step to a stronger policy is. [Parse] reads a record, [ParseFrom] the From field.
//
// # Observe, then judge
//
// [Evaluate], [EvaluateComparison] and [EvaluateDomain] are the judgement alone: pure
// functions of the request and of DNS answers that were stored earlier. Rollout is one
// of its request.
//
// # What it cannot know
//
// A policy is a wish: receivers decide what they do. Whose mail a stronger one would
// hit is not in DNS either, but in the reports that receivers send, which package
// report reads.
package dmarc

import (
	"context"
	"time"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/drive"
	"github.com/mailworthy/mailworthy/resolver"
)

// Status is the result of DMARC in the words of RFC 8601 section 2.7.1 and RFC 9989
// section 9.2. The empty Status means that there is no result yet.
type Status string

// The results. Those of SPF and DKIM have the same words and some more.
const (
	None      Status = "none"      // no policy is published for the author domain
	Pass      Status = "pass"      // an authenticated domain is aligned with it
	Fail      Status = "fail"      // none is
	TempError Status = "temperror" // DNS did not tell; asking later may help
	PermError Status = "permerror" // DMARC is not possible: there is not one author domain, or a limit is exceeded
)

// Mode says by which rules a message is judged.
type Mode string

// The modes.
const (
	RFC9989 Mode = ""        // the tree walk
	RFC7489 Mode = "rfc7489" // the public suffix list, pct and no np, psd and t
)

// Request is what a message says, and what SPF and DKIM said of it.
type Request struct {
	// From is the values of the From fields of the message, one element for each
	// field: what stands behind the colon, folded or not, as Message.Values of package
	// dkim returns it.
	From []string `json:"from,omitempty"`
	// Domain is the author domain, in any form, when there is no message. It is
	// ignored if there is a From.
	Domain string `json:"domain,omitempty"`
	// SPF is the result of SPF for MAIL FROM; it is zero when there is none.
	SPF SPFResult `json:"spf,omitzero"`
	// DKIM is the results of all signatures.
	DKIM []DKIMResult `json:"dkim,omitempty"`
	// Mode is RFC9989 when it is zero.
	Mode Mode `json:"mode,omitempty"`
	// Sample is which part of all mail this message belongs to, from 0 to 99: with
	// RFC7489, a policy with pct=N is for samples below N. Draw it at random.
	Sample int `json:"sample,omitzero"`
	// Limits bound the work.
	Limits Limits `json:"limits,omitzero"`
}

// SPFResult is the result of SPF for a message.
type SPFResult struct {
	// Status is in the words of RFC 7208, which has more of them than DMARC.
	Status Status `json:"status"`
	// Domain is the domain that was checked: that of MAIL FROM or, when the path is
	// null, the name in HELO (RFC 7208 section 2.4).
	Domain string `json:"domain"`
	// Identity is which of the two identities of SPF the result is for: "mailfrom",
	// also for a null path, or "helo". Empty means the former. DMARC makes no use of
	// the result for the HELO identity (RFC 9989 section 4.4.2).
	Identity string `json:"identity,omitempty"`
}

// DKIMResult is the result of one signature.
type DKIMResult struct {
	// Status is in the words of RFC 8601 section 2.7.1.
	Status Status `json:"status"`
	// Domain and Selector are d= and s=.
	Domain   string `json:"domain"`
	Selector string `json:"selector,omitempty"`
	// Testing is what the key says of itself with t=y. The signature then counts no more
	// than if it was not there (RFC 6376 section 3.6.1).
	Testing bool `json:"testing,omitzero"`
}

// Limits bound the work of an evaluation. For all of them, zero or less means the
// default.
type Limits struct {
	// Walks is for how many authenticated domains a tree walk of their own is made, of
	// at most 8 questions. Most messages need none. By default 10, and at most 100.
	Walks int `json:"walks,omitzero"`
	// Authors is how many author domains are judged when From has several, each with
	// questions and Walks of its own; the strictest policy that a failing one asks for
	// then counts (RFC 9989 section 11.5). By default 1: such a message has the status
	// permerror. At most 10.
	Authors int `json:"authors,omitzero"`
}

const (
	defaultWalks = 10
	maxWalks     = 100
	maxAuthors   = 10
)

func (l Limits) orDefault() Limits {
	if l.Walks <= 0 {
		l.Walks = defaultWalks
	}
	l.Walks, l.Authors = min(l.Walks, maxWalks), min(max(l.Authors, 1), maxAuthors)
	return l
}

// Source says whose record applies to a message.
type Source string

// The sources, in the order of preference (RFC 9989 section 4.10.1).
const (
	SourceAuthor         Source = "author"         // that of the author domain itself
	SourceOrganizational Source = "organizational" // that of its organisational domain
	SourcePSD            Source = "psd"            // that of the public suffix above
)

// Result is the outcome of an evaluation, together with how it came about.
type Result struct {
	Status Status `json:"status"`
	// Mode is that of the request.
	Mode Mode `json:"mode,omitempty"`
	// Domain is the author domain: A-labels in lower case, or as given, escaped, when
	// it is no domain name. It is empty when From has none, or several.
	Domain string `json:"domain"`
	// OrganizationalDomain is that of Domain. It is empty when DNS did not tell.
	OrganizationalDomain string `json:"organizational_domain,omitempty"`
	// Record is the record that applies, with what is wrong with it. RecordDomain is
	// whose it is: it stands at _dmarc below that. RecordTTL is the remaining life of
	// the answer in seconds.
	Record       *Record `json:"record,omitempty"`
	RecordDomain string  `json:"record_domain,omitempty"`
	RecordTTL    uint32  `json:"record_ttl,omitzero"`
	Source       Source  `json:"source,omitempty"`
	// Policy is what the record asks for when a message fails, and PolicyTag the tag
	// that says so: "p", "sp" or "np". They are empty when no record applies, and when
	// it depends on whether Domain exists: if the message passes, nobody asks, and
	// else DNS did not tell.
	Policy    Policy `json:"policy,omitempty"`
	PolicyTag string `json:"policy_tag,omitempty"`
	// Applied is Policy after t=y (RFC 9989 section 4.7), or after pct= with RFC7489.
	Applied Policy `json:"applied,omitempty"`
	// Disposition is what the domain wants to happen to this message: Applied if it
	// fails, and none otherwise. No receiver should reject for it alone (RFC 9989
	// section 7.4).
	Disposition Policy `json:"disposition"`
	// Identifiers are what SPF and DKIM authenticated or failed to, SPF first, in the
	// order of the request.
	Identifiers []Identifier `json:"identifiers"`
	// Authors are the results for each of several author domains, if Limits.Authors
	// allows that; the other fields are then those of the one that decides.
	Authors []Result `json:"authors,omitempty"`
	// Steps are the names that were asked for and what was found there: those of the
	// author domain, then those that only the identifiers needed.
	Steps []Step `json:"steps"`
	// Findings says what is wrong and what mends it. What is wrong with the text of
	// the record is in Record.
	Findings mailworthy.Findings `json:"findings"`
}

// Method is what authenticated an identifier.
type Method string

// The methods.
const (
	SPF  Method = "spf"
	DKIM Method = "dkim"
)

// Identifier is a domain that SPF or DKIM gave a result for.
type Identifier struct {
	Method Method `json:"method"`
	// Status is that of the request.
	Status Status `json:"status"`
	// Domain is in A-labels, or escaped when it is no domain name.
	Domain   string `json:"domain"`
	Selector string `json:"selector,omitempty"`
	// OrganizationalDomain is that of Domain. It is empty when it was not needed.
	OrganizationalDomain string `json:"organizational_domain,omitempty"`
	// Alignment is what the record asks for.
	Alignment Alignment `json:"alignment,omitempty"`
	// Aligned says that the identifier makes the message pass.
	Aligned bool `json:"aligned"`
	// Reason says why it is aligned, or why it is not.
	Reason Reason `json:"reason,omitempty"`
}

// Reason says why an identifier is aligned or not.
type Reason string

// The reasons. The first two are why it is aligned.
const (
	ReasonEqual        Reason = "equal"              // it is the author domain
	ReasonOrganization Reason = "organization"       // it has the same organisational domain
	ReasonNotPass      Reason = "not-pass"           // its Status is not pass
	ReasonOther        Reason = "other-organization" // it belongs to another organisation
	ReasonStrict       Reason = "strict"             // it is not equal, and the record asks for that
	ReasonUnknown      Reason = "unknown"            // DNS did not tell its organisational domain, or the author's
	ReasonLimit        Reason = "limit"              // it would have taken one tree walk too many
	ReasonHELO         Reason = "helo"               // it is the HELO identity, which does not count
	ReasonTesting      Reason = "testing"            // its key says that the signer is only testing
	ReasonBadDomain    Reason = "bad-domain"         // it is no domain name
	ReasonNoPolicy     Reason = "no-policy"          // no record applies
)

// Outcome says what was found at a name.
type Outcome string

// The outcomes.
const (
	FoundRecord   Outcome = "record"   // one record
	FoundNone     Outcome = "none"     // no record
	FoundSeveral  Outcome = "several"  // more than one, so that none counts
	FoundExists   Outcome = "exists"   // the author domain exists
	FoundNotThere Outcome = "missing"  // the author domain does not exist
	FoundNothing  Outcome = "failure"  // DNS did not tell
	FoundTooLong  Outcome = "too-long" // the name is too long for DNS, so that nothing can be there
)

// Step is a name that was asked for.
type Step struct {
	// Name is the name, Type what was asked for there.
	Name string        `json:"name"`
	Type resolver.Type `json:"type"`
	// DNS is the status of the answer, TTL its remaining life in seconds.
	DNS resolver.Status `json:"dns,omitempty"`
	TTL uint32          `json:"ttl,omitzero"`
	// Outcome is what was found. Record is the record, escaped, if there is one.
	Outcome Outcome `json:"outcome"`
	Record  string  `json:"record,omitempty"`
	// PSD is psd= of the record; y and n end a walk.
	PSD PSD `json:"psd,omitempty"`
}

// Checker fetches what an evaluation needs, and evaluates. The zero value works. A
// Checker is safe for concurrent use and may be copied.
type Checker struct {
	// Resolver answers the questions. If nil, it is resolver.Default().
	Resolver resolver.Resolver
	// Timeout bounds one check, which then has the result temperror, or whatever is
	// certain by then. Zero means 20 s, less than zero that only the context bounds it.
	Timeout time.Duration
}

// Check judges a message. The error is non-nil when ctx ended before the check did,
// in which case the Result says what was found out until then.
func (c Checker) Check(ctx context.Context, req Request) (Result, error) {
	return drive.Within(ctx, c.Timeout, c.Resolver, func(v resolver.View) (Result, []resolver.Question) { return Evaluate(req, v) })
}

// Compare judges a message by RFC 9989 and by RFC 7489, and says where the two
// differ. The Mode of the request is ignored. Its error is that of [Checker.Check].
func (c Checker) Compare(ctx context.Context, req Request) (Comparison, error) {
	return drive.Within(ctx, c.Timeout, c.Resolver, func(v resolver.View) (Comparison, []resolver.Question) { return EvaluateComparison(req, v) })
}
