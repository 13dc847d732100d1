package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// codeMissingService says that a service that sends for the domain is not in its
// policy, and codeNoInclude that one has nothing to be included.
const (
	codeMissingService mailworthy.Code = "audit.missing-service"
	codeNoInclude      mailworthy.Code = "audit.no-include"
)

// findService finds a vendor by its name, or by enough of it. What has a dot and
// is no vendor's name is the domain to include.
func findService(text string, vendors []spf.Vendor) (spf.Vendor, error) {
	var found []spf.Vendor
	for _, v := range vendors {
		if strings.EqualFold(v.Name, text) {
			return v, nil
		}
		if strings.Contains(strings.ToLower(v.Name), strings.ToLower(text)) {
			found = append(found, v)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	if len(found) > 1 {
		names := make([]string, len(found))
		for i, v := range found {
			names[i] = v.Name
		}
		return spf.Vendor{}, fmt.Errorf("%q may be %s", text, strings.Join(names, ", or "))
	}
	if domain := resolver.Q(text, resolver.TypeTXT).Name; strings.Contains(domain, ".") && domain == escape(domain) && !strings.ContainsAny(domain, " %/:=") {
		return spf.Vendor{Name: domain, Include: []string{domain}}, nil
	}
	return spf.Vendor{}, fmt.Errorf("there is no vendor %q in the catalogue; name the domain to include instead", text)
}

// missingService says what to add when a service is not in the policy.
func missingService(ctx context.Context, checker spf.Checker, rep spf.Report, v spf.Vendor) mailworthy.Findings {
	if includes(&rep.Tree, v) {
		return nil
	}
	f := mailworthy.Finding{
		Code: codeMissingService, Severity: mailworthy.Error, Subject: rep.Domain, Ref: "RFC 7208 section 5.2",
		Message: v.Name + " is to send mail for " + rep.Domain + ", but the policy does not include it.",
	}
	if v.Ref != "" {
		f.Ref = v.Ref
	}
	if len(v.Include) == 0 {
		f.Code, f.Severity = codeNoInclude, mailworthy.Info
		f.Message = v.Name + " is not in the policy of " + rep.Domain + ", and has no include that is the same for all its customers."
		f.Remedy = "Look up in its documentation what your account takes. " + v.Note
		return mailworthy.Findings{f}
	}
	term := "include:" + v.Include[0]
	theirs, err := checker.CheckDomain(ctx, v.Include[0])
	switch {
	case err != nil:
		return nil // The context has ended, which is reported.
	case theirs.Status == spf.None:
		f.Message += " Nor can it be included: " + v.Include[0] + " has no SPF record."
		f.Remedy = "Ask the service for the domain to include."
		return mailworthy.Findings{f}
	}
	f.Evidence = []string{v.Include[0] + ` TXT "` + escape(theirs.Tree.Record) + `"`}
	f.Remedy = `Put "` + term + `" before the "all" of the record when that can be used again.`
	if text, ok := withInclude(&rep.Tree, term); ok {
		f.Remedy = `Publish at ` + rep.Domain + `: "` + escape(text) + `"`
	}
	switch total := 1 + theirs.Lookups + rep.Lookups; {
	case theirs.Status != "":
		f.Evidence = []string{v.Include[0] + " TXT: " + string(theirs.Status)}
		f.Remedy = "First find out why the record of " + v.Include[0] + " cannot be used now. Then: " + f.Remedy
	case total <= lookupLimit:
		f.Remedy += fmt.Sprintf(" It takes %s of the %d.", plural(1+theirs.Lookups, "lookup"), lookupLimit)
	default:
		f.Remedy += fmt.Sprintf(" But that makes %d lookups, and receivers stop after %d: remove others first, or let it send from a subdomain.", total, lookupLimit)
	}
	if len(v.Include) > 1 {
		f.Remedy += " For accounts elsewhere it is another name: " + strings.Join(v.Include[1:], ", ") + "."
	}
	return mailworthy.Findings{f}
}

// includes reports whether a policy has a term for the service.
func includes(n *spf.Node, v spf.Vendor) bool {
	for i := range n.Terms {
		t := &n.Terms[i]
		if t.Dead {
			continue
		}
		if t.Vendor == v.Name || t.Policy != nil && includes(t.Policy, v) {
			return true
		}
		if t.Kind == spf.KindInclude || t.Kind == spf.KindRedirect {
			if slices.Contains(v.Include, t.Target) {
				return true
			}
		}
	}
	return false
}

// withInclude returns the text of a good record with an include in the place where
// it works: before "all" or redirect.
func withInclude(n *spf.Node, term string) (string, bool) {
	switch n.Status {
	case spf.None:
		return "v=spf1 " + term + " ~all", true
	case "":
	default:
		return "", false
	}
	for i := range n.Terms {
		if t := &n.Terms[i]; t.Kind == spf.KindAll || t.Kind == spf.KindRedirect {
			return n.Record[:t.Offset] + term + " " + n.Record[t.Offset:], true
		}
	}
	return strings.TrimRight(n.Record, " ") + " " + term, true
}
