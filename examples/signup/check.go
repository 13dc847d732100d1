package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// decision is what to do with an address.
type decision string

const (
	accept  decision = "accept"
	confirm decision = "confirm" // take it, and wait for the confirmation before anything else
	reject  decision = "reject"
)

// verdict is what the form is told.
type verdict struct {
	Decision decision `json:"decision"`
	// Field is the form's field that Message is about. Both are empty unless the
	// address is rejected.
	Field   string `json:"field,omitempty"`
	Message string `json:"message,omitempty"`

	reason string // for the log: a word that says nothing of whose address it is
}

func rejected(reason, message string) verdict { return verdict{reject, field, message, reason} }

// validator checks addresses. It is safe for concurrent use.
type validator struct {
	resolver resolver.Resolver
	lists    []dnsbl.List
	timeout  time.Duration
	slots    chan struct{} // one for each check that runs
}

func newValidator(r resolver.Resolver, lists []dnsbl.List, timeout time.Duration, checks int) *validator {
	return &validator{resolver: r, lists: lists, timeout: timeout, slots: make(chan struct{}, checks)}
}

// check says what to do with the text of an address, in v.timeout at most. When all slots
// are taken it does not wait for one: a queue would make everybody late.
func (v *validator) check(ctx context.Context, text string) verdict {
	addr, err := smtpprobe.ParseAddress(strings.TrimSpace(text))
	if e, ok := errors.AsType[*smtpprobe.AddressError](err); ok {
		return rejected("syntax", "This is not an e-mail address: "+e.Reason+".")
	}
	if addr.Domain == "" { // Mail to an IP address, which may be of the network inside.
		return rejected("literal", "Please give an address with a domain, as in name@example.org.")
	}
	select {
	case v.slots <- struct{}{}:
		defer func() { <-v.slots }()
	default:
		return verdict{Decision: confirm, reason: "busy"}
	}
	ctx, cancel := context.WithTimeout(ctx, v.timeout)
	defer cancel()

	// The errors say that ctx ended. The results are valid then, and say what is unknown.
	var listed dnsbl.Result
	var wg sync.WaitGroup
	wg.Go(func() {
		req := dnsbl.Request{Target: dnsbl.Target{Domain: addr.Domain}, Lists: v.lists}
		listed, _ = dnsbl.Checker{Resolver: v.resolver}.Check(ctx, req)
	})
	route, _ := smtpprobe.Prober{Resolver: v.resolver}.CheckRoute(ctx, addr.Domain)
	if route.Status != smtpprobe.RouteDeliverable && route.Status != smtpprobe.RouteUnknown {
		cancel() // Whatever the lists say, no mail arrives.
	}
	wg.Wait()
	return decide(addr, route, listed)
}

// decide is the policy, and nothing but it: a pure function of what was found out.
func decide(addr smtpprobe.Address, route smtpprobe.Route, listed dnsbl.Result) verdict {
	switch route.Status {
	case smtpprobe.RouteNullMX:
		return rejected("null-mx", "This domain takes no mail.")
	case smtpprobe.RouteNone, smtpprobe.RouteNoDomain, smtpprobe.RouteInvalid:
		// The same words for a domain that is not there and for one that leads inside,
		// so that nobody can ask this form what the network inside has.
		return rejected("no-route", "No mail arrives at this domain. Is it spelled right?")
	}
	if condemned(listed) {
		return rejected("listed", "We do not send to this domain. Please give another address.")
	}
	switch {
	case route.Status != smtpprobe.RouteDeliverable:
		return verdict{Decision: confirm, reason: "dns"}
	case addr.SMTPUTF8:
		// All hosts on the way need an extension for it, which DNS does not tell.
		return verdict{Decision: confirm, reason: "smtputf8"}
	case listed.Status == dnsbl.Listed:
		return verdict{Decision: confirm, reason: "noted"}
	case listed.Status != dnsbl.Clean && listed.Status != dnsbl.Noted && listed.Status != dnsbl.NotApplicable:
		return verdict{Decision: confirm, reason: "lists"}
	}
	return verdict{Decision: accept, reason: "ok"}
}

// condemned reports whether a list that receivers act on has the domain for what its
// owner does. An honest site that was broken into still has honest users.
func condemned(r dnsbl.Result) bool {
	return slices.ContainsFunc(r.Lists, func(l dnsbl.ListResult) bool {
		return l.Status == dnsbl.Listed && slices.ContainsFunc(l.Entries, func(e dnsbl.Entry) bool {
			return e.Class == dnsbl.ClassListed && grave(e.Weight) && e.Scope == dnsbl.ScopeTarget &&
				e.Category != "abused_legit" && e.Category != "cracked"
		})
	})
}

func grave(w dnsbl.Weight) bool { return w == dnsbl.Critical || w == dnsbl.High }
