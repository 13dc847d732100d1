package main

import (
	"bufio"
	"bytes"
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
	s := section{Facts: []string{}, Findings: mailworthy.Findings{}}
	// Which services send matters for strict alignment. An ended context shows below.
	policy, _ := spf.Checker{Resolver: opts.resolver, Vendors: opts.vendors}.CheckDomain(ctx, of.domain)
	req := dmarc.DomainRequest{Domain: of.domain, Services: sendingServices(policy, of.services)}
	rep, err := dmarc.Checker{Resolver: opts.resolver}.CheckDomainWith(ctx, req)
	if err != nil {
		s.Facts = append(s.Facts, "The audit ended early: "+err.Error())
	}
	s.DMARC = &dmarcDetails{Report: &rep}
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

// maxHeader is how much of a message is looked at for its fields.
const maxHeader = 64 << 10

// fieldsOf returns the values of the From and Return-Path fields of a message, which
// stays unread.
func fieldsOf(r *bufio.Reader) (from []string, returnPath string) {
	head, _ := r.Peek(maxHeader)
	head = bytes.ReplaceAll(head, []byte("\r\n"), []byte("\n"))
	head, _, _ = bytes.Cut(head, []byte("\n\n"))
	unfolded := strings.NewReplacer("\n ", " ", "\n\t", "\t").Replace(string(head))
	for line := range strings.SplitSeq(unfolded, "\n") {
		name, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(strings.TrimRight(name, " \t")) {
		case "from":
			from = append(from, strings.TrimSpace(value))
		case "return-path":
			if returnPath == "" {
				returnPath = strings.Trim(value, " \t<>")
			}
		}
	}
	return from, returnPath
}

// judgeMessage says whether a message passes DMARC: by its signatures, and by SPF for
// each address that may have sent it.
func judgeMessage(ctx context.Context, opts options, from []string, returnPath string, signed dkim.Result) section {
	s := section{Check: "DMARC", Facts: []string{}, Findings: mailworthy.Findings{}, DMARC: &dmarcDetails{}}
	if len(from) == 0 && len(signed.From) > 0 {
		s.Facts = append(s.Facts, "From stands behind "+number(maxHeader)+" octets of other fields, so only its domain is looked at.")
		for _, domain := range signed.From {
			from = append(from, "postmaster@"+domain)
		}
	}
	if len(from) == 0 && signed.Findings.Has(dkim.CodeHeaderTooLarge) {
		s.Verdict, s.Severity = "unknown: the header is too large, so that From was not found", mailworthy.Warning
		return s
	}
	req := dmarc.Request{From: from}
	for i := range signed.Signatures {
		sig := &signed.Signatures[i]
		status := dmarc.Status(sig.Status)
		if sig.Testing && sig.Status == dkim.Pass {
			status = "neutral" // By which the signer says that it counts for nothing.
		}
		req.DKIM = append(req.DKIM, dmarc.DKIMResult{Status: status, Domain: sig.Domain, Selector: sig.Selector})
	}
	senders := opts.message.senders
	if len(senders) == 0 {
		s.Facts = append(s.Facts, "Without -ip nothing is known of SPF: only the signatures count.")
		senders = []sender{{}}
	} else if returnPath == "" && len(signed.From) > 0 {
		returnPath = "postmaster@" + signed.From[0]
		s.Facts = append(s.Facts, "The message has no Return-Path, so SPF is checked for "+domainText(signed.From[0])+".")
	}
	for _, who := range senders {
		req.SPF = dmarc.SPFResult{}
		if who.ip.IsValid() && returnPath != "" {
			res, err := spf.Checker{Resolver: opts.resolver}.Check(ctx, spf.Request{IP: who.ip, MailFrom: returnPath})
			if err == nil {
				req.SPF = dmarc.SPFResult{Status: dmarc.Status(res.Status), Domain: res.Domain}
			}
		}
		res, err := dmarc.Checker{Resolver: opts.resolver}.Check(ctx, req)
		if err != nil {
			s.Facts = append(s.Facts, "The audit ended early: "+err.Error())
		}
		s.DMARC.Messages = append(s.DMARC.Messages, dmarcVerdict{who.name, who.ip, res})
		s.add(res.Findings)
	}
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
