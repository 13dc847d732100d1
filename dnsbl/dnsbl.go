// Package dnsbl asks DNS block lists and white lists about addresses and domains (RFC
// 5782), and tells a listing from everything that only looks like one.
//
//	res, err := dnsbl.Checker{}.Check(ctx, dnsbl.Request{
//		Target: dnsbl.Target{IP: client, Role: dnsbl.RoleClient},
//	})
//
// Most of what a list answers is no listing: it refuses a public resolver, it is over
// its quota, it was shut down and its domain parked, or a filter of DNS answered in its
// place. And a name that does not exist says nothing as long as the list has not shown,
// through the same resolver, that it answers at all. So each list is asked for its
// control points as well, and a result is [Clean] only when every list that was asked
// has said so.
//
// The lists come from a catalogue of those that are alive ([Default], [Extended],
// [Find]), with what their codes mean; others can be added. Those that are dead are
// known by name ([DeadLists]) and are not asked, since they tend to list the world.
// [Checker.CheckHealth] says which lists answer here at all, [Checker.CheckMany] is for
// many targets, and [Keys] are for subscribers.
//
// # Observe, then judge
//
// [Evaluate] and [EvaluateHealth] are the judgement alone: pure functions of the request
// and of DNS answers that were stored earlier. [Keys.Redact] takes keys out of these.
//
// # In tests
//
// A zone that stands in for a list needs the list's control point, or the list is not
// believed; and the targets have to be public, since no list has addresses for
// documentation:
//
//	2.0.0.127.zen.spamhaus.org    A  127.0.0.2
//	44.33.22.11.zen.spamhaus.org  A  127.0.0.4
//
// # What it cannot know
//
// Receivers have lists of their own, which nobody else can ask. Most public lists do not
// answer through large public resolvers: they are unknown then, never clean. The
// catalogue ages; List.Checked says when its facts were last confirmed.
package dnsbl

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/drive"
	"github.com/mailworthy/mailworthy/resolver"
)

// Status is the outcome for a list, and for all lists together. The empty Status means
// that there is no result yet, or that the request made no sense.
type Status string

// The outcomes for a list. Listed and NotApplicable can be that for all lists, too.
const (
	Listed       Status = "listed"        // on a block list
	Policy       Status = "policy"        // on a list of those that are not to send mail directly
	Info         Status = "info"          // noted, which is no listing
	Whitelisted  Status = "whitelisted"   // vouched for
	NotListed    Status = "not-listed"    // the list answers, and does not have it
	Refused      Status = "refused"       // the server refuses to answer (REFUSED)
	Error        Status = "error"         // the answer says nothing about the target
	Unknown      Status = "unknown"       // no answer: time-out, server failure, broken reply
	NotCheckable Status = "not-checkable" // the list fails its control, so its answer says nothing
	NotAsked     Status = "not-asked"     // Reason says why
	// NotApplicable is for targets that no list can have, such as private addresses.
	NotApplicable Status = "not-applicable"
)

// The outcomes for all lists together that no single list has.
const (
	// Clean means that every list that was asked says so, or vouches for the target.
	Clean Status = "clean"
	// Noted means that all lists answered, no block list has the target, and at least
	// one has it for policy or information.
	Noted Status = "noted"
	// Partial means that no list that answered has it as listed, and that others could
	// not be asked.
	Partial Status = "partial"
)

// Reason says why a list gave no answer about the target.
type Reason string

// The reasons.
const (
	ReasonOpenResolver Reason = "open-resolver" // 127.255.255.254: asked through a public resolver
	ReasonVolume       Reason = "volume"        // 127.255.255.255: over the free number of questions
	ReasonTypo         Reason = "typo"          // 127.255.255.252: the zone's name is wrong
	ReasonBlocked      Reason = "blocked"       // the list's own code for "not you"
	ReasonQuery        Reason = "query"         // an error code for the question
	ReasonBogus        Reason = "bogus"         // 127.0.0.1, where it stands for nothing
	ReasonRewritten    Reason = "rewritten"     // an address outside of 127.0.0.0/8, or an alias to elsewhere
	ReasonWildcard     Reason = "wildcard"      // the zone lists everything
	ReasonControl      Reason = "control"       // the positive control is not listed
	ReasonNoControl    Reason = "no-control"    // the controls got no answer
	ReasonRefused      Reason = "refused"       // REFUSED
	ReasonNoAnswer     Reason = "no-answer"     // time-out, SERVFAIL, broken reply
	ReasonKey          Reason = "key"           // it takes a key that is not there
	ReasonPrivate      Reason = "private"       // only on its subscribers' own servers
	ReasonDead         Reason = "dead"          // see DeadLists
	ReasonInvalid      Reason = "invalid"       // see List.Validate
	ReasonQuota        Reason = "quota"         // the caller's quota is used up
	ReasonName         Reason = "name"          // the name would be too long for DNS
)

// Role is where a target was seen. A listed link and a listed client are different
// troubles. Any other text may be used.
type Role string

// The usual roles.
const (
	RoleClient   Role = "client"   // the address that connects
	RoleFrom     Role = "from"     // the domain of From
	RoleDKIM     Role = "dkim"     // d= of a signature
	RoleMailFrom Role = "mailfrom" // the domain of MAIL FROM
	RoleHELO     Role = "helo"
	RolePTR      Role = "ptr"  // the client's host name
	RoleMX       Role = "mx"   // a host that receives mail, or its address
	RoleLink     Role = "link" // the host of a link in a message
)

// Target is what lists are asked about: an address or a domain, not both.
type Target struct {
	// IP is an address. IPv4 mapped into IPv6 counts as IPv4, and so does an address of
	// NAT64's well-known prefix, which stands for one (RFC 6052 section 2.1).
	IP netip.Addr `json:"ip,omitzero"`
	// Domain is a host or domain in any form.
	Domain string `json:"domain,omitempty"`
	// Role is where it was seen. It goes into the result and changes nothing else.
	Role Role `json:"role,omitempty"`
}

// Request is what to ask.
type Request struct {
	Target Target `json:"target"`
	// Lists are those to ask. If nil, they are Default(), and those of the catalogue
	// that a provider in Keyed opens.
	Lists []List `json:"lists,omitempty"`
	// Keyed names the providers whose key is at hand, as in [Keys]. Their lists are
	// asked in the zones of subscribers. Keys themselves are no part of a request.
	Keyed []string `json:"keyed,omitempty"`
	// Health is what is known of the lists' controls, from [Checker.CheckHealth] and
	// through the same resolver. The controls of lists that are not in it are asked
	// along with the target.
	Health []ListHealth `json:"health,omitempty"`
	// Spent names zones of lists that are not to be asked since their quota is used up.
	Spent []string `json:"spent,omitempty"`
}

// Result is what the lists say of a target.
type Result struct {
	// Status sums the lists up: the first that is true of Listed, Unknown (no list gave
	// an answer), Partial, Noted and Clean. It is NotApplicable when no list can have
	// the target.
	Status Status `json:"status"`
	// Weight is the gravest of the lists that have the target as listed. It is empty when
	// none has.
	Weight Weight `json:"weight,omitempty"`
	// Target is that of the request, in normal form.
	Target Target `json:"target"`
	// Counts are the lists by status.
	Counts Counts `json:"counts"`
	// Lists are the outcomes in the order of the lists, without those for targets of
	// another kind.
	Lists []ListResult `json:"lists"`
	// Findings says what is wrong and what mends it.
	Findings mailworthy.Findings `json:"findings"`
}

// Counts are how many lists came to which outcome. Asked is the sum of those from
// Listed to NotCheckable.
type Counts struct {
	Asked        int `json:"asked"`
	Listed       int `json:"listed"`
	Policy       int `json:"policy"`
	Info         int `json:"info"`
	Whitelisted  int `json:"whitelisted"`
	NotListed    int `json:"not_listed"`
	Refused      int `json:"refused"`
	Error        int `json:"error"`
	Unknown      int `json:"unknown"`
	NotCheckable int `json:"not_checkable"`
	NotAsked     int `json:"not_asked"`
}

// ListResult is the outcome for one list.
type ListResult struct {
	// Zone and Name are the list's.
	Zone   string `json:"zone"`
	Name   string `json:"name"`
	Status Status `json:"status"`
	// Reason says why there is no answer about the target.
	Reason Reason `json:"reason,omitempty"`
	// Queries are the questions about the target with their answers. In their names, a
	// provider's name in braces stands for the key.
	Queries []Query `json:"queries,omitempty"`
	// Controls are the control points for which the list is not believed.
	Controls []Control `json:"controls,omitempty"`
	// Entries are the codes that were answered, decoded: for a whole answer, so that
	// several can be there.
	Entries []Entry `json:"entries,omitempty"`
	// Text is what the list publishes about the entry, a text for each record: from a
	// stranger, cut to [MaxText] octets and escaped.
	Text []string `json:"text,omitempty"`
	// Caveat is what one has to know to judge the answer.
	Caveat string `json:"caveat,omitempty"`
	// Weight is the gravest of the entries'.
	Weight Weight `json:"weight,omitempty"`
	// TTL is for how many seconds the answer is valid.
	TTL uint32 `json:"ttl,omitzero"`
	// Advice says where to read about the entry, and how to get off the list. It is nil unless the list has the target.
	Advice *Advice `json:"advice,omitempty"`
}

// Query is a question about the target, and what came back.
type Query struct {
	Name  string          `json:"name"`
	DNS   resolver.Status `json:"dns"`
	Codes []netip.Addr    `json:"codes,omitempty"`
	Alias []string        `json:"alias,omitempty"`
	// Problem says in words why there is no answer.
	Problem string `json:"problem,omitempty"`
}

// ErrTarget is returned for a target that is neither an address nor a domain, or both.
var ErrTarget = errors.New("dnsbl: the target is not one address, nor one domain")

// Checker fetches what an evaluation needs, and evaluates. The zero value works. A
// Checker is safe for concurrent use and may be copied.
type Checker struct {
	// Resolver answers the questions. If nil, it is resolver.Default(). It should be
	// the one of the server whose mail is checked, and must not be a public one, which
	// most lists refuse. Behind a Cache, the lists' controls are asked once.
	Resolver resolver.Resolver
	// Keys are those of subscribers, by provider. They appear in no result.
	Keys Keys
	// ListTimeout is for how long one question to a list is waited for, whatever the
	// Resolver does to get its answer. Lists do not wait for each other. Zero means
	// 4 s, less than zero that only Timeout bounds it.
	ListTimeout time.Duration
	// Timeout bounds one check; lists that did not answer by then are unknown. Zero
	// means 20 s, less than zero that only the context bounds it.
	Timeout time.Duration
}

// DefaultListTimeout is for how long a list is waited for when nobody says otherwise.
const DefaultListTimeout = 4 * time.Second

// Check asks the lists about a target. The error is non-nil when the target makes no
// sense ([ErrTarget]), or when ctx ended before the check did, in which case the Result
// says what was found out until then.
func (c Checker) Check(ctx context.Context, req Request) (Result, error) {
	if _, ok := locate(req.Target); !ok {
		res, _ := Evaluate(req, nil)
		return res, ErrTarget
	}
	req.Keyed = c.Keys.providers(req.Keyed)
	return drive.Within(ctx, c.Timeout, c.resolver(), func(v resolver.View) (Result, []resolver.Question) { return Evaluate(req, v) })
}

// CheckHealth asks lists for their control points. Its errors are those of a context
// that ended.
func (c Checker) CheckHealth(ctx context.Context, req HealthRequest) (Health, error) {
	req.Keyed = c.Keys.providers(req.Keyed)
	return drive.Within(ctx, c.Timeout, c.resolver(), func(v resolver.View) (Health, []resolver.Question) { return EvaluateHealth(req, v) })
}

// resolver returns the way to the lists: keys go into the names, and each question has
// its own limit of time.
func (c Checker) resolver() resolver.Resolver {
	r := c.Resolver
	if r == nil {
		r = resolver.Default()
	}
	if len(c.Keys) > 0 {
		r = c.Keys.Resolver(r)
	}
	limit := c.ListTimeout
	if limit == 0 {
		limit = DefaultListTimeout
	}
	if limit > 0 {
		r = bounded{r, limit}
	}
	return r
}

// bounded gives each question a limit of time, the resolver's own retries included.
type bounded struct {
	next  resolver.Resolver
	limit time.Duration
}

func (b bounded) Lookup(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, b.limit)
	defer cancel()
	return b.next.Lookup(ctx, q)
}

// Peek knows what the next resolver knows.
func (b bounded) Peek(ctx context.Context, q resolver.Question) (resolver.Answer, bool) {
	return peek(ctx, b.next, q)
}

// peek asks a resolver that may know answers without asking.
func peek(ctx context.Context, r resolver.Resolver, q resolver.Question) (resolver.Answer, bool) {
	p, ok := r.(interface {
		Peek(context.Context, resolver.Question) (resolver.Answer, bool)
	})
	if !ok {
		return resolver.Answer{}, false
	}
	return p.Peek(ctx, q)
}
