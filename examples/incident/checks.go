package main

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/bounce"
	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/rdns"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
	"github.com/mailworthy/mailworthy/spf"
)

const (
	// maxChecks is how many checks one note asks for. The most frequent refusals come
	// first.
	maxChecks = 40
	// parallel is how many checks run at once.
	parallel = 8
)

// outcome is what a check says of what a receiver claims.
type outcome string

const (
	found   outcome = "found"    // the trouble is there
	inOrder outcome = "in_order" // DNS answers, and nothing is wrong
	unknown outcome = "unknown"  // nobody can tell: DNS failed, or it cannot be seen from here
	skipped outcome = "skipped"  // not asked
)

// check is a question that a refusal calls for, and what came of it.
type check struct {
	Kind     string              `json:"check"`
	Subject  string              `json:"subject"`
	Outcome  outcome             `json:"outcome"`
	Says     string              `json:"says"`
	Findings mailworthy.Findings `json:"findings"`
	// Listings are the lists that have the subject.
	Listings []dnsbl.ListResult `json:"listings,omitempty"`

	run func(context.Context, resolver.Resolver, *check)
}

// answer notes what came of a check.
func (c *check) answer(o outcome, findings mailworthy.Findings, format string, args ...any) {
	c.Outcome, c.Findings, c.Says = o, append(mailworthy.Findings{}, findings...), fmt.Sprintf(format, args...)
}

// plan adds the checks that a trouble calls for. Most call for none: a throttle, a full
// mailbox, a greylist say all that there is to know.
func (n *note) plan(t *trouble) {
	switch t.Category {
	case bounce.IPBlocklisted:
		if ip, ok := n.address(t.Subject); ok && !t.deadList {
			n.listCheck(t, dnsbl.Target{IP: ip, Role: dnsbl.RoleClient}, ip.String())
		}
	case bounce.DomainBlocklisted:
		if t.domain != "" && !t.deadList {
			n.listCheck(t, dnsbl.Target{Domain: t.domain, Role: dnsbl.RoleFrom}, t.domain)
		}
	case bounce.BadRDNS, bounce.BadHELO:
		if ip, ok := n.address(t.ip); ok {
			n.add(t, "reverse DNS", ip.String(), func(ctx context.Context, r resolver.Resolver, c *check) { checkNames(ctx, r, c, ip, t.helo) })
			if t.helo != "" {
				n.add(t, "HELO", t.helo, func(ctx context.Context, r resolver.Resolver, c *check) { checkHELO(ctx, r, c, ip, t.helo) })
			}
		}
	case bounce.AuthFailed:
		n.authChecks(t)
	case bounce.DomainUnknown, bounce.SenderRejected:
		if t.domain != "" {
			n.add(t, "route", t.domain, func(ctx context.Context, r resolver.Resolver, c *check) { checkRoute(ctx, r, c, t.domain) })
		}
	}
}

// authChecks adds those for the mechanisms that did not pass. DMARC rests on the two
// others, and where none is named it can be any.
func (n *note) authChecks(t *trouble) {
	if t.domain == "" {
		return
	}
	has := func(list ...bounce.Mechanism) bool {
		return len(t.mechanisms) == 0 || slices.ContainsFunc(list, func(m bounce.Mechanism) bool { return slices.Contains(t.mechanisms, m) })
	}
	dmarcToo := has(bounce.MechanismDMARC, bounce.MechanismAlignment)
	if dmarcToo || has(bounce.MechanismSPF) {
		ips := n.addresses
		if ip, err := netip.ParseAddr(t.ip); err == nil {
			ips = []netip.Addr{ip}
		}
		n.add(t, "SPF", t.domain, func(ctx context.Context, r resolver.Resolver, c *check) { checkSPF(ctx, r, c, t.domain, ips) })
	}
	if dmarcToo || has(bounce.MechanismDKIM) {
		n.add(t, "DKIM", t.domain, func(ctx context.Context, r resolver.Resolver, c *check) { checkDKIM(ctx, r, c, t.domain) })
	}
	if dmarcToo {
		n.add(t, "DMARC", t.domain, func(ctx context.Context, r resolver.Resolver, c *check) { checkDMARC(ctx, r, c, t.domain) })
	}
}

// listCheck asks the list that the receivers name, or the usual ones where they name
// none.
func (n *note) listCheck(t *trouble, target dnsbl.Target, subject string) {
	var lists []dnsbl.List
	if t.List != "" {
		var err error
		if lists, err = dnsbl.Find(t.List); err != nil { // One that the catalogue lacks.
			lists = []dnsbl.List{{
				Zone: t.List, Name: t.List, Kinds: []dnsbl.Kind{dnsbl.IPv4, dnsbl.IPv6, dnsbl.Domain},
				Codes: []dnsbl.Code{{Match: "127.0-254.*.*", Class: dnsbl.ClassListed}},
			}}
		}
	}
	kind := "block list " + cmp.Or(t.List, "(usual ones)")
	n.add(t, kind, subject, func(ctx context.Context, r resolver.Resolver, c *check) { checkLists(ctx, r, c, target, lists) })
}

// add puts a check into a trouble. Troubles with the same question share it.
func (n *note) add(t *trouble, kind, subject string, run func(context.Context, resolver.Resolver, *check)) {
	key := kind + "\x00" + subject
	c, ok := n.checks[key]
	if !ok {
		c = &check{Kind: kind, Subject: subject, Outcome: skipped, Says: "not asked", Findings: mailworthy.Findings{}, run: run}
		n.checks[key] = c
		n.order = append(n.order, c)
	}
	t.Checks = append(t.Checks, c)
}

// check runs what was planned, several at once. Without a resolver nothing is asked.
func (n *note) check(ctx context.Context, r resolver.Resolver) {
	if r == nil {
		return
	}
	var wg sync.WaitGroup
	free := make(chan struct{}, parallel)
	for _, c := range n.order[:min(len(n.order), maxChecks)] {
		free <- struct{}{}
		wg.Go(func() {
			c.run(ctx, r, c)
			<-free
		})
	}
	wg.Wait()
}

// address is the one that a receiver names, or else the only one that any does.
func (n *note) address(named string) (netip.Addr, bool) {
	if ip, err := netip.ParseAddr(named); err == nil {
		return ip, true
	}
	if len(n.addresses) == 1 {
		return n.addresses[0], true
	}
	return netip.Addr{}, false
}

func checkLists(ctx context.Context, r resolver.Resolver, c *check, target dnsbl.Target, lists []dnsbl.List) {
	res, _ := dnsbl.Checker{Resolver: r}.Check(ctx, dnsbl.Request{Target: target, Lists: lists}) // What is wrong is in the result.
	var names []string
	for _, l := range res.Lists {
		if l.Status == dnsbl.Listed || l.Status == dnsbl.Policy {
			c.Listings = append(c.Listings, l)
			names = append(names, l.Name)
		}
	}
	answered := res.Counts.NotListed + res.Counts.Whitelisted + res.Counts.Info
	switch {
	case len(c.Listings) > 0:
		c.answer(found, res.Findings, "%s has it", strings.Join(names, ", "))
	case res.Status == dnsbl.Clean || res.Status == dnsbl.Noted:
		c.answer(inOrder, res.Findings, "not on %s", plural(answered, "list"))
	case res.Status == dnsbl.NotApplicable || res.Status == "":
		c.answer(unknown, res.Findings, "no list can have it")
	default:
		c.answer(unknown, res.Findings, "%d of %s gave no answer", res.Counts.Asked-answered, plural(res.Counts.Asked, "list"))
	}
}

func checkNames(ctx context.Context, r resolver.Resolver, c *check, ip netip.Addr, helo string) {
	res, _ := rdns.Checker{Resolver: r, Host: helo}.Check(ctx, ip)
	switch {
	case res.Status == rdns.TempError || res.Status == "":
		c.answer(unknown, res.Findings, "DNS did not tell the names of the address")
	case res.Status == rdns.Pass && res.Findings.Worst() < mailworthy.Warning:
		c.answer(inOrder, res.Findings, "its name is %s, which leads back", res.Host)
	case res.Total == 0:
		c.answer(found, res.Findings, "it has no name")
	case res.Status == rdns.Pass:
		c.answer(found, res.Findings, "its name is %s, which does not look like a mail server's", res.Host)
	default:
		c.answer(found, res.Findings, "none of its names leads back to it")
	}
}

func checkHELO(ctx context.Context, r resolver.Resolver, c *check, ip netip.Addr, helo string) {
	res, _ := rdns.Checker{Resolver: r}.CheckHELO(ctx, rdns.HELORequest{IP: ip, HELO: helo})
	switch {
	case res.Status == rdns.HELOUnknown || res.Status == "":
		c.answer(unknown, res.Findings, "DNS did not tell where the name leads")
	case res.Status == rdns.HELOConfirmed && res.Findings.Worst() < mailworthy.Warning:
		c.answer(inOrder, res.Findings, "the name leads to %s", ip)
	default:
		c.answer(found, res.Findings, "the name is %s", res.Status)
	}
}

// checkSPF looks at the policy, and at what it says of the addresses that may have sent.
func checkSPF(ctx context.Context, r resolver.Resolver, c *check, domain string, ips []netip.Addr) {
	checker := spf.Checker{Resolver: r}
	rep, _ := checker.CheckDomain(ctx, domain)
	switch {
	case rep.Status == spf.TempError || rep.Findings.Temporary():
		c.answer(unknown, rep.Findings, "DNS did not tell the whole policy")
		return
	case rep.Status != "":
		c.answer(found, rep.Findings, "there is no policy that receivers can use (%s)", rep.Status)
		return
	}
	findings := rep.Findings
	passed, failed, lost := []string{}, []string{}, []string{}
	for _, ip := range ips {
		res, _ := checker.Check(ctx, spf.Request{IP: ip, MailFrom: "postmaster@" + domain})
		switch res.Status {
		case spf.Pass:
			passed = append(passed, ip.String())
		case spf.TempError, "":
			lost = append(lost, ip.String())
		default:
			failed = append(failed, ip.String())
			findings = append(findings, res.Findings...)
		}
	}
	switch {
	case len(lost) > 0:
		c.answer(unknown, findings, "DNS did not tell whether %s may send", strings.Join(lost, ", "))
	case len(failed) > 0 && len(passed) == 0:
		c.answer(found, findings, "the policy does not let %s send", strings.Join(failed, ", "))
	case len(failed) > 0:
		c.answer(unknown, rep.Findings, "the policy lets %s send and not %s; the replies do not tell which of them sent", strings.Join(passed, ", "), strings.Join(failed, ", "))
	case rep.Findings.Worst() >= mailworthy.Error:
		c.answer(found, findings, "the policy has an error")
	case len(passed) > 0:
		c.answer(inOrder, findings, "the policy lets %s send", strings.Join(passed, ", "))
	default:
		c.answer(unknown, findings, "the policy is in order, but no reply names the address that sent (see -ip)")
	}
}

// checkDKIM looks for keys. It knows no selectors, and so cannot know that there are
// none.
func checkDKIM(ctx context.Context, r resolver.Resolver, c *check, domain string) {
	rep, _ := dkim.Checker{Resolver: r}.CheckSelectors(ctx, domain, nil)
	var keys []string
	for i := range rep.Keys {
		if rep.Keys[i].Status == dkim.KeyFound {
			keys = append(keys, rep.Keys[i].Selector)
		}
	}
	switch {
	case rep.Findings.Has(dkim.CodeNoKeys):
		c.answer(found, rep.Findings, "there is no key, whatever the selector")
	case len(keys) > 0:
		c.answer(inOrder, rep.Findings, "there is a key for %s", shortList(keys, 3))
	default:
		c.answer(unknown, rep.Findings, "no key under the usual selectors (%s); others cannot be listed", rep.Status)
	}
}

func checkDMARC(ctx context.Context, r resolver.Resolver, c *check, domain string) {
	rep, _ := dmarc.Checker{Resolver: r}.CheckDomain(ctx, domain)
	switch {
	case rep.Status == dmarc.TempError:
		c.answer(unknown, rep.Findings, "DNS did not tell the policy")
	case rep.Status != "":
		c.answer(found, rep.Findings, "no policy that receivers can use (%s)", rep.Status)
	default:
		c.answer(inOrder, rep.Findings, "the policy of %s is %s for mail that neither SPF nor DKIM passes in the name of %s",
			rep.RecordDomain, rep.Own.Applied, rep.Domain)
	}
}

func checkRoute(ctx context.Context, r resolver.Resolver, c *check, domain string) {
	route, _ := smtpprobe.Prober{Resolver: r}.CheckRoute(ctx, domain)
	switch route.Status {
	case smtpprobe.RouteUnknown, "":
		c.answer(unknown, route.Findings, "DNS did not tell where its mail goes")
	case smtpprobe.RouteDeliverable:
		c.answer(inOrder, route.Findings, "%s for its mail", plural(len(route.Hosts), "host"))
	default:
		c.answer(found, route.Findings, "it takes no mail (%s)", route.Status)
	}
}
