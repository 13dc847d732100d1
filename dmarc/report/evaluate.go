package report

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
)

// Request is what [Evaluate] is asked.
type Request struct {
	// Domains are the policy domains of the one who asks. Reports on others are a
	// finding. With none, all domains of the reports are looked at.
	Domains []string `json:"domains,omitempty"`
	// Volume is how many failing messages of an unknown source are worth a finding.
	// Zero means 100.
	Volume uint64 `json:"volume,omitzero"`
}

// Result is what [Evaluate] makes of a [Summary].
type Result struct {
	Domains []DomainResult `json:"domains"`
	// Findings are those on no domain of the request.
	Findings mailworthy.Findings `json:"findings"`
}

// DomainResult is what the reports say on a policy domain.
type DomainResult struct {
	Domain   string              `json:"domain"`
	Numbers  Numbers             `json:"numbers"`
	Findings mailworthy.Findings `json:"findings"`
}

// Numbers are what the decision for a stricter policy rests on. A domain is ready when
// the reports cover some weeks, and neither own sources nor vendors fail. Failing
// messages of unknown sources are what a stricter policy is against.
type Numbers struct {
	Messages    uint64 `json:"messages"`
	Pass        uint64 `json:"pass"`
	FailOwn     uint64 `json:"fail_own"`
	FailVendor  uint64 `json:"fail_vendor"`
	FailUnknown uint64 `json:"fail_unknown"`
	Undecided   uint64 `json:"undecided"`
	// Days is on how many days a reporting period begins.
	Days      int       `json:"days"`
	Reports   uint64    `json:"reports"`
	Reporters int       `json:"reporters"`
	First     time.Time `json:"first,omitzero"`
	Last      time.Time `json:"last,omitzero"`
}

const defaultVolume = 100

// Evaluate says what reports mean, and what to do. It looks at nothing but the summary,
// so that the same one gives the same result, also when it comes from JSON.
func Evaluate(req Request, s *Summary) Result {
	res := Result{Domains: []DomainResult{}, Findings: mailworthy.Findings{}}
	or(&req.Volume, defaultVolume)
	var asked []string
	for _, d := range req.Domains {
		if normal, err := name.Normalize(d); err == nil {
			asked = append(asked, normal)
		}
	}
	if s == nil {
		s = &Summary{}
	}
	for _, domain := range slices.Sorted(maps.Keys(s.Domains)) {
		d := s.Domains[domain]
		if d == nil {
			continue
		}
		if len(req.Domains) > 0 && !slices.Contains(asked, domain) {
			f := rules.Finding(CodeForeignDomain, clean(domain))
			f.Message = fmt.Sprintf("There are %d reports on a domain that is none of those asked about.", d.Reports)
			f.Remedy = "See whose domain it is, and whether its DMARC record asks for reports to be sent here. Otherwise leave the reports out: anyone can send them."
			f.Evidence = []string{"reporters: " + top(d.Reporters)}
			res.Findings = append(res.Findings, f)
			continue
		}
		e := evaluation{domain: clean(domain), d: d, volume: req.Volume, findings: mailworthy.Findings{}}
		e.sources()
		e.overall()
		res.Domains = append(res.Domains, DomainResult{Domain: e.domain, Numbers: numbers(d), Findings: e.findings})
	}
	return res
}

func numbers(d *Domain) Numbers {
	return Numbers{
		Messages: d.Messages, Pass: d.Pass, Undecided: d.Undecided(),
		FailOwn: d.Own.Fail, FailVendor: d.Vendor.Fail, FailUnknown: d.Unknown.Fail,
		Days: len(d.Days), Reports: d.Reports, Reporters: len(d.Reporters), First: d.First, Last: d.Last,
	}
}

// evaluation is that of one domain.
type evaluation struct {
	domain   string
	d        *Domain
	volume   uint64
	findings mailworthy.Findings
}

func (e *evaluation) find(code mailworthy.Code, subject, message, remedy string, evidence ...string) {
	f := rules.Finding(code, subject)
	f.Message, f.Remedy = message, remedy
	for _, text := range evidence {
		if text != "" {
			f.Evidence = append(f.Evidence, text)
		}
	}
	e.findings = append(e.findings, f)
}

// sender is a source by its name.
type sender struct {
	name string
	*Source
}

// maxPerCode is for how many sources there is a finding of the same code: those that
// send most.
const maxPerCode = 20

// sources judges the sources, from the one that sends most to the one that sends least.
func (e *evaluation) sources() {
	var all []sender
	add := func(name string, s *Source) {
		if s != nil {
			all = append(all, sender{name, s})
		}
	}
	for _, ip := range slices.SortedFunc(maps.Keys(e.d.Sources), netip.Addr.Compare) {
		add(ip.String(), e.d.Sources[ip])
	}
	for _, network := range slices.SortedFunc(maps.Keys(e.d.Networks), netip.Prefix.Compare) {
		add(network.String(), e.d.Networks[network])
	}
	slices.SortStableFunc(all, func(a, b sender) int { return cmp.Compare(b.Messages, a.Messages) })

	told := make(map[mailworthy.Code]int)
	var forwarded []string
	var forwardedMessages uint64
	for _, s := range all {
		for _, code := range e.troubles(s.Source) {
			if told[code]++; told[code] <= maxPerCode {
				e.source(code, s)
			}
		}
		if mine(s.Source) || s.SPFAligned > 0 || s.DKIMAligned == 0 || s.Fail > s.DKIMAligned {
			continue
		}
		forwardedMessages = plus(forwardedMessages, s.DKIMAligned)
		if len(forwarded) < maxEvidence {
			forwarded = append(forwarded, fmt.Sprintf("%s: %d messages", s.name, s.DKIMAligned))
		}
	}
	if forwardedMessages > 0 {
		e.find(CodeForwarded, e.domain,
			fmt.Sprintf("%d messages from sources that are not the domain's own pass by DKIM alone, as forwarded mail does.", forwardedMessages),
			"Nothing, if these are forwarders and mailing lists. A service of yours among them should be added to the SPF record.", forwarded...)
	}
}

func mine(s *Source) bool { return s.Class == Own || s.Class == Vendor }

// troubles are the codes that a source deserves.
func (e *evaluation) troubles(s *Source) []mailworthy.Code {
	var out []mailworthy.Code
	switch {
	case s.Class == Own && s.Fail > 0:
		out = append(out, CodeOwnFails)
	case s.Class == Vendor && s.Fail > 0:
		out = append(out, CodeVendorFails)
	case !mine(s) && s.Fail >= e.volume:
		out = append(out, CodeUnknownFails)
	}
	if len(s.UnalignedDKIM) > 0 && len(out) > 0 {
		out = append(out, CodeUnalignedDKIM)
	}
	if mine(s) && s.Pass > 0 {
		switch {
		case s.DKIMAligned == 0:
			out = append(out, CodeSPFOnly)
		case s.SPFAligned == 0:
			out = append(out, CodeDKIMOnly)
		}
	}
	return out
}

// source makes a finding on a source.
func (e *evaluation) source(code mailworthy.Code, s sender) {
	who := s.name
	if s.Name != "" {
		who += " (" + clean(s.Name) + ")"
	}
	evidence := []string{
		fmt.Sprintf("messages: %d, pass: %d, fail: %d, aligned by SPF: %d, by DKIM: %d", s.Messages, s.Pass, s.Fail, s.SPFAligned, s.DKIMAligned),
		listed("From: ", s.HeaderFrom), listed("signatures that verify: ", s.DKIM), listed("signatures that do not: ", s.DKIMFailed),
		listed("SPF passes for: ", s.SPF), listed("SPF does not pass for: ", s.SPFFailed),
	}
	switch code {
	case CodeOwnFails, CodeVendorFails:
		whose := "of the domain's own"
		if code == CodeVendorFails {
			whose = "of a vendor"
		}
		e.find(code, s.name, fmt.Sprintf("%d messages from %s, a source %s, fail DMARC.", s.Fail, who, whose), e.mend(s.Source), evidence...)
	case CodeUnknownFails:
		e.find(code, s.name, fmt.Sprintf("%d messages from %s, which nobody answers for, fail DMARC.", s.Fail, who),
			"Find out by the names in the evidence and the address whether it is a service of yours. If so, let it sign with d="+e.domain+"; otherwise let a policy of quarantine or reject deal with it.", evidence...)
	case CodeUnalignedDKIM:
		remedy := "Have it sign with d=" + e.domain + ": publish the key that the service asks for, and switch signing for your domain on there."
		if !mine(s.Source) { // Forgers sign, too.
			remedy = "If you know that it is a service of yours, have it sign with d=" + e.domain + ". Publish no key for a stranger."
		}
		e.find(code, s.name, fmt.Sprintf("%s signs with a domain that is not aligned with %s.", who, e.domain),
			remedy, listed("signatures for: ", s.UnalignedDKIM))
	case CodeSPFOnly:
		e.find(code, s.name, fmt.Sprintf("%s passes by SPF only, so that its mail fails when it is forwarded.", who),
			"Have it sign with d="+e.domain+".", evidence...)
	case CodeDKIMOnly:
		e.find(code, s.name, fmt.Sprintf("%s passes by DKIM only: its SPF is not aligned.", who),
			"Send with a return path in "+e.domain+" whose SPF record covers the address, so that mail still passes when a signature breaks.", evidence...)
		if s.Class == Vendor {
			e.findings[len(e.findings)-1].Severity = mailworthy.Info // Their bounces go to them, as a rule.
		}
	default:
	}
}

// mend says what makes mail of a source pass.
func (e *evaluation) mend(s *Source) string {
	switch {
	case len(s.UnalignedDKIM) > 0:
		return "Have it sign with d=" + e.domain + " instead of " + top(s.UnalignedDKIM) + "."
	case len(s.DKIMFailed) > 0 && s.DKIMAligned == 0:
		return "Mend its signatures: see whether the key is published, and whether mail is changed after it was signed."
	case len(s.UnalignedSPF) > 0:
		return "Have it sign with d=" + e.domain + ", or send with a return path in that domain instead of " + top(s.UnalignedSPF) + "."
	case len(s.SPFFailed) > 0 && s.SPFAligned == 0:
		return "Have it sign with d=" + e.domain + ", and add it to the SPF record of " + top(s.SPFFailed) + "."
	}
	return "Have all its mail signed with d=" + e.domain + "."
}

// overall judges the domain as a whole.
func (e *evaluation) overall() {
	d := e.d
	if len(d.Policies) > 1 {
		e.find(CodePolicyVaries, e.domain, "Reports disagree on what policy is published.",
			"Nothing, if the record was changed lately. Otherwise see whether all name servers have the same record.", pairs(d.Policies)...)
	}
	if len(d.Overrides) > 0 {
		e.find(CodeOverridden, e.domain, "Receivers did something else with mail than the policy asks for.",
			"Nothing: they may. \"mailing_list\" and \"forwarded\" tell of mail that a stricter policy would not stop.", pairs(d.Overrides)...)
	}
	if n := d.Undecided(); n > 0 {
		e.find(CodeUndecided, e.domain, fmt.Sprintf("Of %d messages, reports do not say whether they pass.", n),
			"Take the figures with care: they are not among those that fail.")
	}
	if len(d.Networks) > 0 || d.Others != nil {
		more := []string{fmt.Sprintf("networks: %d", len(d.Networks))}
		if d.Others != nil {
			more = append(more, fmt.Sprintf("messages of others: %d", d.Others.Messages))
		}
		e.find(CodeCrowded, e.domain, "There are more sources than are kept one by one.",
			"Nothing, if the totals are enough. Otherwise raise Caps.Sources and add the reports again.", more...)
	}
}

// shownNames is how many names of a tally are shown.
const shownNames = 3

// ranked are the names of a tally, those with the most messages first.
func ranked(t Tally) []string {
	return slices.SortedFunc(maps.Keys(t), func(a, b string) int {
		return cmp.Or(cmp.Compare(t[b], t[a]), strings.Compare(a, b))
	})
}

// top are the first names of a tally.
func top(t Tally) string {
	names := ranked(t)
	more := ""
	if len(names) > shownNames {
		more = fmt.Sprintf(" and %d more", len(names)-shownNames)
	}
	names = names[:min(len(names), shownNames)]
	for i, n := range names {
		names[i] = clip(clean(n))
	}
	return strings.Join(names, ", ") + more
}

func listed(what string, t Tally) string {
	if len(t) == 0 {
		return ""
	}
	return what + top(t)
}

// pairs are names and numbers of a tally.
func pairs(t Tally) []string {
	var out []string
	for _, n := range ranked(t)[:min(len(t), 2*maxEvidence)] {
		out = append(out, fmt.Sprintf("%s: %d", clip(clean(n)), t[n]))
	}
	return out
}
