package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dnsbl"
)

// auditLists asks block lists about the domain and about the addresses that send for
// it: those that were given, or else those of the MX hosts.
func auditLists(ctx context.Context, opts options, of subject) section {
	s := newSection()
	s.DNSBL = []dnsbl.Result{}
	targets := []dnsbl.Target{{Domain: of.Domain, Role: dnsbl.RoleFrom}}
	names := []string{""}
	from, role := sendersOf(ctx, opts, of), dnsbl.RoleClient
	if len(of.Senders) == 0 {
		role = dnsbl.RoleMX
	}
	s.missSenders(from)
	for _, who := range from.senders {
		targets, names = append(targets, dnsbl.Target{IP: who.IP, Role: role}), append(names, who.Name)
	}
	var troubles mailworthy.Findings
	for target, res := range opts.dnsbl().CheckMany(ctx, dnsbl.Batch{Targets: targets}) {
		s.Facts = append(s.Facts, listFact(target, names[len(s.DNSBL)], res))
		s.DNSBL = append(s.DNSBL, res)
		for _, f := range res.Findings {
			switch {
			case f.Code == dnsbl.CodeNotApplicable: // The facts say it.
			case f.Subject == targetText(res.Target):
				s.add(mailworthy.Findings{f})
			default:
				troubles = append(troubles, f)
			}
		}
	}
	s.Verdict, s.Unknown = listsSummary(s.DNSBL, s.Unknown)
	s.add(merged(troubles))
	s.sort()
	return s
}

func targetText(t dnsbl.Target) string {
	if t.IP.IsValid() {
		return t.IP.String()
	}
	return t.Domain
}

// listFact says in a line what the lists say of a target.
func listFact(asked dnsbl.Target, name string, res dnsbl.Result) string {
	who := targetText(res.Target)
	switch {
	case name != "":
		who += " (" + name + ")"
	case asked.Domain != "":
		who = domainText(asked.Domain)
	}
	c := res.Counts
	switch res.Status {
	case "":
		return who + ": cannot be asked for"
	case dnsbl.NotApplicable:
		why := ""
		if len(res.Findings) > 0 {
			_, why, _ = strings.Cut(strings.TrimSuffix(res.Findings[0].Message, "."), ": ")
		}
		return strings.TrimSuffix(who+": no list can have it, since "+why, ", since ")
	case dnsbl.Unknown:
		return fmt.Sprintf("%s: unknown, none of %s gave an answer", who, plural(c.Asked, "list"))
	}
	var on []string
	for _, l := range res.Lists {
		if l.Status == dnsbl.Listed || l.Status == dnsbl.Policy || l.Status == dnsbl.Info {
			on = append(on, fmt.Sprintf("%s by %s", l.Status, l.Name))
		}
	}
	if c.NotListed+c.Whitelisted > 0 {
		on = append(on, fmt.Sprintf("not on %s", plural(c.NotListed+c.Whitelisted, "list")))
	}
	if n := c.Refused + c.Error + c.Unknown + c.NotCheckable; n > 0 {
		on = append(on, fmt.Sprintf("no answer from %s", plural(n, "list")))
	}
	return who + ": " + strings.Join(on, ", ")
}

// listsSummary says in a few words what all lists say, and how much of it is not known:
// before them, so much was already.
func listsSummary(results []dnsbl.Result, unknown extent) (string, extent) {
	var sum dnsbl.Counts
	for _, r := range results {
		sum.Asked += r.Counts.Asked
		sum.Listed += r.Counts.Listed
		sum.Policy += r.Counts.Policy
		sum.Info += r.Counts.Info
		sum.NotListed += r.Counts.NotListed + r.Counts.Whitelisted
	}
	answered := sum.Listed + sum.Policy + sum.Info + sum.NotListed
	switch {
	case sum.Asked == 0:
		return "nothing that a list could have", unknown
	case answered == 0:
		return "unknown: no list gave an answer, see the note on resolvers in the README", wholly
	case answered < sum.Asked:
		unknown = partly
	}
	var parts []string
	if sum.Listed > 0 {
		parts = append(parts, plural(sum.Listed, "listing"))
	}
	if n := sum.Policy + sum.Info; n > 0 {
		parts = append(parts, plural(n, "note"))
	}
	switch {
	case len(parts) > 0:
	case unknown == "":
		parts = append(parts, "clean")
	default:
		parts = append(parts, "no listing found")
	}
	if answered < sum.Asked {
		parts = append(parts, fmt.Sprintf("%d of %d questions without an answer", sum.Asked-answered, sum.Asked))
	}
	return strings.Join(parts, ", "), unknown
}

// merged makes one note of all findings of a code about lists: that a list does not
// answer here is no fault of the domain.
func merged(troubles mailworthy.Findings) (out mailworthy.Findings) {
	lists := make(map[mailworthy.Code][]string)
	for _, f := range troubles {
		if len(lists[f.Code]) == 0 {
			out = append(out, f)
		}
		if !slices.Contains(lists[f.Code], f.Subject) {
			lists[f.Code] = append(lists[f.Code], f.Subject)
		}
	}
	for i := range out {
		f := &out[i]
		f.Severity = mailworthy.Info
		if names := lists[f.Code]; len(names) > 1 {
			slices.Sort(names)
			f.Subject = ""
			f.Message += fmt.Sprintf(" It is the same with others, %d in all: %s.", len(names), strings.Join(names, ", "))
		}
	}
	return out
}
