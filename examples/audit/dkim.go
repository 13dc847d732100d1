package main

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

// dkimDetails is what the DKIM check knows beyond its findings.
type dkimDetails struct {
	plain

	// Selectors is what the selectors that were asked for came to.
	Selectors *dkim.SelectorsReport `json:"selectors,omitempty"`
	// Given are the keys of the selectors that were given with -selector, which are
	// taken to be in use.
	Given []dkim.KeyReport `json:"given,omitempty"`
	// Message is what the signatures of a message came to.
	Message *dkim.Result `json:"message,omitempty"`
}

// auditDKIM looks for the keys of the domain: those of the given selectors, or else
// of the common ones.
func auditDKIM(ctx context.Context, opts options, of subject) section {
	s := newSection()
	checker := opts.dkim()
	rep, err := checker.CheckSelectors(ctx, of.Domain, of.Selectors)
	s.end(err)
	s.DKIM = &dkimDetails{Selectors: &rep}
	s.details = s.DKIM
	keys := rep.Keys
	if of.Selectors != nil {
		keys = checkKeys(ctx, checker, rep)
		s.DKIM.Given = keys
	}
	s.Verdict = dkimSummary(rep, keys, of.Selectors != nil)
	for _, f := range rep.Findings {
		// That a given selector is missing is found for each.
		if f.Code != dkim.CodeSelectorsNone || of.Selectors == nil {
			s.add(mailworthy.Findings{f})
		}
	}
	var failures mailworthy.Findings
	for i := range keys {
		if keys[i].Status == dkim.KeyTempError {
			failures = append(failures, keys[i].Findings...)
		} else {
			s.add(keys[i].Findings)
		}
	}
	s.add(oneFailure(failures, rep.Domain))
	lost := 0
	for i := range keys {
		if keys[i].Status == dkim.KeyTempError {
			lost++
		}
	}
	s.miss(lost, len(rep.Asked))
	if rep.Wildcard == dkim.KeyTempError {
		s.miss(1, 2)
	}
	if s.DKIM.undecided() {
		s.Unknown = wholly
	}
	s.sort()
	return s
}

// checkKeys examines each selector that was asked for by itself, which says more
// when there is nothing.
func checkKeys(ctx context.Context, checker dkim.Checker, rep dkim.SelectorsReport) []dkim.KeyReport {
	keys := make([]dkim.KeyReport, len(rep.Asked))
	each(rep.Asked, func(i int, selector string) {
		// An ended context is reported already.
		keys[i], _ = checker.CheckKey(ctx, selector, rep.Domain)
	})
	return keys
}

// maxFailures is how many failures are shown one by one: where DNS fails for one
// selector, it often does for hundreds.
const maxFailures = 3

// oneFailure makes one finding of many failures.
func oneFailure(failures mailworthy.Findings, domain string) mailworthy.Findings {
	if len(failures) <= maxFailures {
		return failures
	}
	f := failures[0]
	f.Subject = domain
	f.Message = fmt.Sprintf("DNS did not tell of %d selectors of %s. They may have keys, and these may be in order.", len(failures), domainText(domain))
	f.Remedy = "Ask again later. If it stays so, check the name servers of " + domainText(domain) + "."
	f.Evidence = nil
	for _, one := range failures[:maxFailures] {
		f.Evidence = append(f.Evidence, one.Evidence...)
	}
	f.Evidence = append(f.Evidence, fmt.Sprintf("and %d more", len(failures)-maxFailures))
	return mailworthy.Findings{f}
}

// dkimSummary says in a few words what is known of a domain's keys. That none was
// found says nothing about selectors that nobody asked for.
func dkimSummary(rep dkim.SelectorsReport, keys []dkim.KeyReport, given bool) string {
	counts := make(map[dkim.KeyStatus]int)
	dangling := 0
	for i := range keys {
		counts[keys[i].Status]++
		if keys[i].Status == dkim.KeyMissing && len(keys[i].Alias) > 0 {
			dangling++
		}
	}
	kind := "common"
	if given {
		kind = "given"
	}
	asked := plural(len(rep.Asked), kind+" selector")
	missing := len(rep.Asked) - len(keys) + counts[dkim.KeyMissing] - dangling
	unknown := counts[dkim.KeyTempError]
	switch {
	case rep.Status == dkim.KeyInvalid:
		return "invalid: there can be no keys below such a name"
	case rep.Findings.Has(dkim.CodeNoKeys):
		return "no keys: there is no name _domainkey." + domainText(rep.Domain) + ", and so no selector below it"
	case unknown == len(rep.Asked) && unknown == 1:
		return "temperror: DNS did not tell of the " + kind + " selector"
	case unknown == len(rep.Asked):
		return "temperror: DNS did not tell of any of the " + asked
	case missing == len(rep.Asked) && missing == 1 && rep.Wildcard == dkim.KeyMissing:
		return "the " + kind + " selector does not exist; DKIM may still be in use under another"
	case missing == len(rep.Asked) && rep.Wildcard == dkim.KeyMissing:
		return "none of the " + asked + " exists; DKIM may still be in use under another"
	}
	var parts []string
	for _, k := range []struct {
		n    int
		what string
	}{
		{counts[dkim.KeyFound], "found"},
		{counts[dkim.KeyAmbiguous], "ambiguous"},
		{counts[dkim.KeyMalformed], "malformed"},
		{counts[dkim.KeyUnusable], "unusable"},
		{counts[dkim.KeyRevoked], "revoked"},
		{counts[dkim.KeyInvalid], "not possible"},
		{dangling, "aliased to nothing"},
		{unknown, "unknown"},
	} {
		if k.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", k.n, k.what))
		}
	}
	if given && missing > 0 {
		parts = append(parts, fmt.Sprintf("%d missing", missing))
	}
	if len(parts) == 0 {
		parts = []string{"none found"}
	}
	text := strings.Join(parts, ", ") + " of " + asked
	switch rep.Wildcard {
	case dkim.KeyMissing, dkim.KeyTempError:
	case dkim.KeyRevoked:
		return text + "; a wildcard says of all others that there is no key"
	default:
		return text + "; a wildcard answers for all others"
	}
	return text + "; there may be others"
}

// undecided reports whether nothing is wrong only because no key that can be in use
// was found, nor that there is none.
func (d *dkimDetails) undecided() bool {
	return d.Selectors != nil && !d.Selectors.Findings.Has(dkim.CodeNoKeys) && d.Selectors.Wildcard != dkim.KeyRevoked &&
		(d.Selectors.Status == dkim.KeyMissing || d.Selectors.Status == dkim.KeyRevoked)
}

// below writes the keys of a domain, or the signatures of a message.
func (d *dkimDetails) below(b *page) {
	keys := d.Given
	if keys == nil && d.Selectors != nil {
		keys = d.Selectors.Keys
	}
	printKeys(b, keys)
	if d.Message != nil {
		for i := range d.Message.Signatures {
			printSignature(b, i+1, &d.Message.Signatures[i])
		}
	}
}

// printKeys writes a line for each key, in columns. Those that DNS did not tell of
// are in the findings: there may be hundreds.
func printKeys(b *page, keys []dkim.KeyReport) {
	var rows [][]string
	for i := range keys {
		k := &keys[i]
		if k.Status == dkim.KeyTempError && len(keys) > maxFailures {
			continue
		}
		ttl := ""
		if k.Status != dkim.KeyMissing || len(k.Alias) > 0 {
			ttl = life(k.DNS, k.TTL)
		}
		rows = append(rows, []string{shorten(domainText(k.Selector), widestText), string(k.Status), keyText(k.Key), ttl, keeper(k)})
	}
	b.table(3, rows...)
}

// keyText says what a key is.
func keyText(k *dkim.Key) string {
	switch {
	case k == nil || k.Revoked:
		return ""
	case k.Bits == 0:
		return escape(string(k.Type))
	}
	return escape(string(k.Type)) + " " + strconv.Itoa(k.Bits) + " bits"
}

// keeper says whose key it is, and how that is known.
func keeper(k *dkim.KeyReport) string {
	var parts []string
	switch {
	case k.Provider != "" && k.Guessed:
		parts = append(parts, escape(k.Provider)+", by the selector")
	case k.Provider != "":
		parts = append(parts, escape(k.Provider))
	}
	if n := len(k.Alias); n > 0 {
		parts = append(parts, "alias to "+domainText(k.Alias[n-1]))
	}
	if k.DNS == resolver.Success && k.Secure {
		parts = append(parts, "DNSSEC")
	}
	return strings.Join(parts, ", ")
}

// printSignature writes the verdict on a signature, why it is so, and what it leaves
// open to others.
func printSignature(b *page, number int, s *dkim.Signature) {
	b.WriteByte('\n')
	what := []string{"d=" + cmp.Or(domainText(s.Domain), "?"), "s=" + cmp.Or(domainText(s.Selector), "?")}
	if s.Algorithm != "" {
		what = append(what, "a="+escape(s.Algorithm))
	}
	if k := keyText(s.Key); k != "" {
		what = append(what, "key "+k)
	}
	if ttl := life(resolver.Success, s.KeyTTL); s.Key != nil {
		what = append(what, "TTL "+ttl)
	}
	if s.Aligned {
		what = append(what, "aligned with From")
	}
	if s.Testing {
		what = append(what, "TEST ONLY")
	}
	indent := margin + "    "
	for i := range len(what) - 1 {
		what[i] += ","
	}
	b.wrapWords(fmt.Sprintf("%s%2d. %-9s ", margin, number, s.Status), indent, what)
	line := func(label, text string) { b.wrap(indent+label, indent+"  ", text) }
	if s.Status != dkim.Pass {
		for _, f := range s.Findings {
			if f.Code == s.Code {
				line("why: ", f.Message+" ["+string(f.Code)+"]")
				break
			}
		}
		return
	}
	if s.Partial {
		line("not covered: ", plural(int(s.Uncovered), "octet")+" of the body, and whatever is added to its end (l="+strconv.FormatInt(s.BodyLength, 10)+")")
	}
	if len(s.Addable) > 0 {
		line("others could add, and it would still pass: ", "fields named "+escape(strings.Join(s.Addable, ", ")))
	}
}
