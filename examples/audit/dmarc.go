package main

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/spf"
)

// dmarcDetails is what the DMARC check knows beyond its findings.
type dmarcDetails struct {
	plain

	// Report is what the domain publishes, and Next the step to a stronger policy.
	Report *dmarc.Report      `json:"report,omitempty"`
	Next   *dmarc.RolloutStep `json:"next,omitempty"`
	// Reports is what receivers reported on the mail of the domain.
	Reports *reportDetails `json:"reports,omitempty"`
	// Messages are the verdicts on a message, for each address that may have sent it.
	Messages []dmarcVerdict `json:"messages,omitempty"`
}

// dmarcVerdict is what DMARC says of a message that an address sent.
type dmarcVerdict struct {
	Name string `json:"name,omitempty"`
	// IP is not valid where no address is known, so that there is no result of SPF.
	IP     netip.Addr   `json:"ip,omitzero"`
	Result dmarc.Result `json:"result"`
}

// auditDMARC looks at the policy of the domain, at what names below it inherit, and
// where the reports go.
func auditDMARC(ctx context.Context, opts options, of subject) section {
	s := newSection()
	// Which services send matters for strict alignment. An ended context shows below.
	policy, _ := opts.spf().CheckDomain(ctx, of.Domain)
	req := dmarc.DomainRequest{Domain: of.Domain, Services: sendingServices(policy, of.Services)}
	rep, err := opts.dmarc().CheckDomainWith(ctx, req)
	s.end(err)
	s.DMARC = &dmarcDetails{Report: &rep}
	s.details = s.DMARC
	s.missPolicies(&rep)
	s.DMARC.Reports = s.auditReports(ctx, opts, of, rep, policy)
	var statistics *dmarc.Statistics
	if s.DMARC.Reports != nil {
		statistics = &s.DMARC.Reports.Statistics
	}
	if next := rep.Rollout(statistics); next.Action != dmarc.Impossible {
		s.DMARC.Next = &next
	}
	s.Verdict = dmarcSummary(rep)
	s.add(rep.Findings)
	s.sort()
	return s
}

// missPolicies notes what DNS did not tell of a domain's policy, and of what others get
// from it.
func (s *section) missPolicies(rep *dmarc.Report) {
	if rep.Status == dmarc.TempError {
		s.Unknown = wholly
	}
	for _, e := range append([]dmarc.Effect{rep.Existing, rep.Missing}, rep.Subdomains...) {
		if e.Status == dmarc.TempError {
			s.miss(1, 2)
		}
	}
	for i := range rep.Destinations {
		if rep.Destinations[i].Delivery == dmarc.DeliveryUnknown {
			s.miss(1, 2)
		}
	}
}

// sendingServices names the services that a policy includes, and those that are to
// send.
func sendingServices(rep spf.Report, wanted []spf.Vendor) []string {
	names := []string{}
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for i := range rep.Tree.Terms {
		if t := &rep.Tree.Terms[i]; !t.Dead && t.Kind == spf.KindInclude {
			if t.Vendor != "" {
				add(t.Vendor)
			} else {
				add(t.Target)
			}
		}
	}
	for _, v := range wanted {
		add(v.Name)
	}
	return names
}

// dmarcSummary says in a few words what a policy is worth.
func dmarcSummary(rep dmarc.Report) string {
	switch rep.Status {
	case dmarc.TempError:
		return "temperror: DNS did not tell whether there is a policy"
	case dmarc.None:
		if rep.Record != nil {
			return "none: the record has no policy that receivers can use"
		}
		if len(rep.Steps) > 0 && rep.Steps[0].Outcome == dmarc.FoundSeveral {
			return "none: receivers use none of several records"
		}
		return "none: no policy applies, so nothing ties mail to this domain"
	}
	text := "policy " + string(rep.Own.Applied)
	if rep.Own.Applied != rep.Own.Policy {
		text = "policy " + string(rep.Own.Policy) + ", applied as " + string(rep.Own.Applied) + " while it is tested"
	}
	if rep.Source != dmarc.SourceAuthor {
		text += ", inherited from " + domainText(rep.RecordDomain)
	}
	arrive := 0
	for i := range rep.Destinations {
		if rep.Destinations[i].Delivery == dmarc.Deliverable {
			arrive++
		}
	}
	switch n := len(rep.Destinations); {
	case n == 0:
		return text + ", no reports"
	case arrive == n:
		return text + ", reports to " + many(uint64(n), "address", "addresses")
	default:
		return text + fmt.Sprintf(", reports reach %d of %s", arrive, many(uint64(n), "address", "addresses"))
	}
}

// judgeMessage says whether a message passes DMARC: by its signatures, and by SPF for
// each address that may have sent it.
func judgeMessage(ctx context.Context, opts options, signed dkim.Result) section {
	s := newSection()
	s.Check, s.DMARC = "DMARC", &dmarcDetails{}
	s.details = s.DMARC
	if signed.Findings.Has(dkim.CodeHeaderTooLarge) {
		s.Verdict, s.Severity, s.Unknown = "unknown: the header is too large for its fields and signatures to be looked at", mailworthy.Warning, wholly
		return s
	}
	m := opts.message
	req := dmarc.Request{From: m.Seen.Values("From")}
	for i := range signed.Signatures {
		sig := &signed.Signatures[i]
		req.DKIM = append(req.DKIM, dmarc.DKIMResult{
			Status: dmarc.Status(sig.Status), Domain: sig.Domain, Selector: sig.Selector, Testing: sig.Testing,
		})
	}
	mailFrom, null := "", false
	if paths := m.Seen.Values("Return-Path"); len(paths) > 0 {
		mailFrom = strings.Trim(paths[0], " \t<>")
		null = mailFrom == ""
	}
	senders := m.Senders
	switch {
	case len(senders) == 0:
		s.Facts = append(s.Facts, "Without -ip nothing is known of SPF: only the signatures count.")
		senders = []sender{{}}
	case null && m.HELO == "" && slices.ContainsFunc(senders, func(who sender) bool { return who.HELO == "" }):
		s.Facts = append(s.Facts, "The return path is null, so SPF is about the name in HELO. Without -helo nothing is known of it.")
	case mailFrom == "" && !null && len(signed.From) > 0:
		mailFrom = "postmaster@" + signed.From[0]
		s.Facts = append(s.Facts, "The message has no Return-Path, so SPF is checked for "+domainText(signed.From[0])+".")
	}
	for _, who := range senders {
		req.SPF = dmarc.SPFResult{}
		helo := cmp.Or(who.HELO, m.HELO)
		if who.IP.IsValid() && (mailFrom != "" || null && helo != "") {
			res, err := opts.spf().Check(ctx, spf.Request{IP: who.IP, HELO: helo, MailFrom: mailFrom, Time: opts.time})
			if err == nil {
				req.SPF = dmarc.SPFResult{Status: dmarc.Status(res.Status), Domain: res.Domain}
			}
		}
		res, err := opts.dmarc().Check(ctx, req)
		s.end(err)
		s.DMARC.Messages = append(s.DMARC.Messages, dmarcVerdict{who.Name, who.IP, res})
		s.add(res.Findings)
	}
	lost := 0
	for _, m := range s.DMARC.Messages {
		if m.Result.Status == dmarc.TempError {
			lost++
		}
	}
	s.miss(lost, len(s.DMARC.Messages))
	s.Verdict = verdictText(s.DMARC.Messages[0].Result)
	for _, m := range s.DMARC.Messages[1:] {
		if m.Result.Status != s.DMARC.Messages[0].Result.Status {
			s.Verdict = "it depends on who sent the message"
		}
	}
	s.sort()
	return s
}

// verdictText says in a few words what becomes of a message.
func verdictText(res dmarc.Result) string {
	switch res.Status {
	case dmarc.Pass:
		// What DKIM proves holds whoever sent the message.
		for i := range slices.Backward(res.Identifiers) {
			if id := &res.Identifiers[i]; id.Aligned {
				return "pass: " + strings.ToUpper(string(id.Method)) + " proves " + domainText(id.Domain) + ", and so " + domainText(res.Domain) + " in From"
			}
		}
	case dmarc.Fail:
		return "fail: nothing proves " + domainText(res.Domain) + ", and its policy for that is " + string(res.Disposition)
	case dmarc.None:
		return "none: no policy applies to " + domainText(res.Domain)
	case dmarc.TempError:
		return "temperror: DNS did not tell all"
	}
	return string(res.Status)
}

// below writes who gets which policy, and where reports go, or what was made of a
// message.
func (d *dmarcDetails) below(b *page) {
	if d.Report != nil {
		printPolicies(b, d.Report)
		printDestinations(b, d.Report.Destinations)
	}
	if d.Reports != nil {
		printReports(b, d.Reports)
	}
	for i := range d.Messages {
		printVerdict(b, &d.Messages[i])
	}
}

// printPolicies writes a line for the domain, and for each kind of name below it.
func printPolicies(b *page, rep *dmarc.Report) {
	if rep.Record == nil && rep.Status != dmarc.TempError {
		return
	}
	rows := [][]string{{domainText(rep.Domain), effectText(rep.Own)}}
	for _, e := range rep.Subdomains {
		rows = append(rows, []string{domainText(e.Domain), effectText(e)})
	}
	rows = append(rows, []string{"subdomains that exist", effectText(rep.Existing)}, []string{"names that nobody uses", effectText(rep.Missing)})
	b.table(-1, rows...)
}

// effectText says what applies, and why.
func effectText(e dmarc.Effect) string {
	switch e.Status {
	case dmarc.TempError:
		return "unknown"
	case dmarc.None:
		return "nothing"
	}
	text := string(e.Applied)
	if e.Applied != e.Policy {
		text += ", a step below " + string(e.Policy)
	}
	return text + ", by " + e.Tag + "= of " + domainText(e.RecordDomain)
}

// printDestinations writes a line for each address that reports go to.
func printDestinations(b *page, all []dmarc.Destination) {
	rows := make([][]string, 0, len(all))
	for i := range all {
		d := &all[i]
		text := strings.ReplaceAll(string(d.Delivery), "-", " ")
		if d.External {
			text += ", a domain of others"
		}
		rows = append(rows, []string{string(d.Kind) + " " + shorten(escape(strings.TrimPrefix(d.URI, "mailto:")), widestText), text})
	}
	b.table(-1, rows...)
}

// printVerdict writes what was authenticated, and what it is worth.
func printVerdict(b *page, v *dmarcVerdict) {
	b.WriteByte('\n')
	if v.IP.IsValid() {
		b.wrap(margin, margin+"  ", strings.TrimSpace(v.IP.String()+" "+escape(v.Name))+": "+verdictText(v.Result))
	}
	for i := range v.Result.Identifiers {
		id := &v.Result.Identifiers[i]
		aligned := "not aligned"
		if id.Aligned {
			aligned = "aligned"
		}
		text := fmt.Sprintf("%-4s  %-9s %s", id.Method, id.Status, cmp.Or(domainText(id.Domain), "?"))
		if id.Selector != "" {
			text += " (s=" + domainText(id.Selector) + ")"
		}
		b.wrap(margin, margin+"  ", text+": "+aligned+", since "+reasonText[id.Reason])
	}
	b.wrap(margin, margin+"  ", "In Authentication-Results: "+escape(v.Result.AuthenticationResults()))
}

var reasonText = map[dmarc.Reason]string{
	dmarc.ReasonEqual:        "it is the domain in From",
	dmarc.ReasonOrganization: "it is of the same organisation as the domain in From",
	dmarc.ReasonNotPass:      "it did not pass",
	dmarc.ReasonOther:        "it belongs to another organisation",
	dmarc.ReasonStrict:       "it is not the very same, as the record demands",
	dmarc.ReasonUnknown:      "DNS did not tell",
	dmarc.ReasonLimit:        "there are too many",
	dmarc.ReasonHELO:         "it is the name in HELO",
	dmarc.ReasonBadDomain:    "it is no domain name",
	dmarc.ReasonNoPolicy:     "no policy applies",
}

// last writes the next step to a stronger policy, and what must hold before.
// Where there is no record, a finding has said which to publish.
func (d *dmarcDetails) last(b *page) {
	step := d.Next
	if step == nil || step.Record == "" || step.Action == dmarc.Done || d.Report.Record == nil {
		return
	}
	b.WriteByte('\n')
	label := "The next step, to publish now: "
	if step.Action == dmarc.Wait {
		label = "The next step, when it is safe: "
	}
	b.wrap(margin, margin, label+step.Reason)
	b.WriteString(margin + step.Zone + "\n") // It is in the form of zone files.
	for _, less := range step.Weakens {
		b.wrap(margin+"- ", margin+"  ", less)
	}
	for _, c := range step.Conditions {
		if c.State != dmarc.Met {
			b.wrap(margin+"- ", margin+"  ", c.Text)
		}
	}
}
