package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/rdns"
	"github.com/mailworthy/mailworthy/smtpprobe"
	"github.com/mailworthy/mailworthy/spf"
)

// status is what becomes of a rule.
type status string

const (
	pass         status = "pass"
	fail         status = "fail"
	notCheckable status = "not-checkable" // from here, and never counted as passed
)

// outcome is what a check says of a rule: why, and what mends it.
type outcome struct {
	Status   status              `json:"status"`
	Reason   string              `json:"reason"`
	Findings mailworthy.Findings `json:"findings"`
}

const (
	noSample     = "it needs a message (-message)"
	noSenders    = "it needs the sending addresses (-ip)"
	noReturnPath = "it needs the return path (-return-path)"
)

// every sums up what is true of several things. One that fails decides, and one that is
// not known keeps the rest from passing. With nothing to look at, nothing is known.
type every struct {
	outcome
	reasons [3][]string
}

func (e *every) add(s status, reason string, fs mailworthy.Findings) {
	i := slices.Index([]status{fail, notCheckable, pass}, s)
	e.reasons[i] = append(e.reasons[i], reason)
	if s == pass {
		return // What it could do better, an audit says.
	}
	// What is fine elsewhere can be what a rule forbids: a domain may take no mail, but not
	// that of a campaign.
	all := s == fail && fs.Worst() < mailworthy.Warning
	for _, f := range fs {
		if f.Severity < mailworthy.Warning && !f.Temporary && !all {
			continue
		}
		same := slices.IndexFunc(e.Findings, func(have mailworthy.Finding) bool { return have.Code == f.Code && have.Message == f.Message })
		if same < 0 {
			e.Findings = append(e.Findings, f)
			continue
		}
		// It is told once, with all that proves it. The check's own slice stays as it is.
		seen := slices.Clone(e.Findings[same].Evidence)
		for _, text := range f.Evidence {
			if !slices.Contains(seen, text) {
				seen = append(seen, text)
			}
		}
		e.Findings[same].Evidence = seen
	}
}

func (e *every) sum(nothing string) outcome {
	for i, s := range []status{fail, notCheckable, pass} {
		if reasons := slices.Compact(e.reasons[i]); len(reasons) > 0 {
			e.Status, e.Reason = s, strings.Join(reasons, "; ")
			return e.outcome
		}
	}
	return outcome{Status: notCheckable, Reason: nothing}
}

// decide turns the words of a package into a status. What stands in neither list is not
// known: so a result that is new, empty or cut short can never pass.
func decide[T ~string](got T, passes, fails []T) status {
	switch {
	case slices.Contains(passes, got):
		return pass
	case slices.Contains(fails, got):
		return fail
	}
	return notCheckable
}

func word[T ~string](status T) string { return cmp.Or(string(status), "not known") }

func spfStatus(s spf.Status) status {
	return decide(s, []spf.Status{spf.Pass}, []spf.Status{spf.Fail, spf.SoftFail, spf.Neutral, spf.None, spf.PermError})
}

func spfPasses(f *facts) outcome {
	var e every
	for i := range f.senders {
		res := &f.senders[i].spf
		if res.Domain == "" && res.Status == "" {
			e.add(notCheckable, noReturnPath, nil)
			continue
		}
		e.add(spfStatus(res.Status), fmt.Sprintf("%s: %s for %s", f.senders[i].IP, word(res.Status), res.Domain), res.Findings)
	}
	return e.sum(noSenders)
}

// counts leaves out signatures by which the signer says that they count for nothing.
func counts(s *dkim.Signature) bool { return s.Status == dkim.Pass && !s.Testing }

// unseen reports whether there may be signatures where nobody looked.
func unseen(f *facts) bool {
	return f.sample == nil || f.sample.message.Truncated || f.signed.Skipped > 0 || f.signed.Status == ""
}

func dkimPasses(f *facts) outcome {
	var e every
	if f.sample == nil {
		return e.sum(noSample)
	}
	for i := range f.signed.Signatures {
		if sig := &f.signed.Signatures[i]; counts(sig) {
			e.add(pass, fmt.Sprintf("signed by %s with %s", sig.Domain, sig.Selector), nil)
			return e.sum("")
		}
	}
	verdict := decide(f.signed.Status, nil, []dkim.Status{dkim.None, dkim.Pass, dkim.Fail, dkim.Policy, dkim.Neutral, dkim.PermError})
	if unseen(f) {
		verdict = notCheckable
	}
	findings := slices.Clone(f.signed.Findings)
	for i := range f.signed.Signatures {
		findings = append(findings, f.signed.Signatures[i].Findings...)
	}
	reason := "no signature counts: " + word(f.signed.Status)
	if f.signed.Status == dkim.None {
		reason = "there is no signature"
	}
	e.add(verdict, reason, findings)
	return e.sum("")
}

func spfOrDKIM(f *facts) outcome {
	bySPF, byDKIM := spfPasses(f), dkimPasses(f)
	switch {
	case byDKIM.Status == pass:
		return byDKIM
	case bySPF.Status == pass:
		return bySPF
	case bySPF.Status == fail && byDKIM.Status == fail:
		return outcome{fail, "neither passes: " + bySPF.Reason + "; " + byDKIM.Reason, nil} // Their own rules have the findings.
	}
	return outcome{notCheckable, "SPF: " + bySPF.Reason + "; DKIM: " + byDKIM.Reason, nil}
}

func dkimKeys(f *facts) outcome {
	const enough = 1024
	var e every
	add := func(name string, key *dkim.Key, fs mailworthy.Findings) {
		verdict := fail
		if key.Type == dkim.Ed25519 || key.Bits >= enough {
			verdict = pass
		}
		e.add(verdict, fmt.Sprintf("%s: %s, %d bits", name, string(key.Type), key.Bits), fs)
	}
	for i := range f.signed.Signatures {
		sig := &f.signed.Signatures[i]
		switch name := sig.Selector + "._domainkey." + sig.Domain; {
		case sig.Key != nil:
			add(name, sig.Key, sig.Findings)
		case sig.Status == dkim.TempError || sig.Status == "":
			e.add(notCheckable, name+": not known", sig.Findings)
		}
	}
	for i := range f.keys {
		k := &f.keys[i]
		if k.Status == dkim.KeyFound && k.Key != nil {
			add(k.Name, k.Key, k.Findings)
			continue
		}
		e.add(decide(k.Status, nil, []dkim.KeyStatus{
			dkim.KeyRevoked, dkim.KeyMissing, dkim.KeyMalformed, dkim.KeyAmbiguous, dkim.KeyUnusable, dkim.KeyInvalid,
		}), cmp.Or(k.Name, k.Selector)+": "+word(k.Status), k.Findings)
	}
	return e.sum("it needs a signed message (-message) or a selector (-selector)")
}

func dmarcRecord(f *facts) outcome {
	var e every
	rep := &f.domain
	// A policy that applies has no status, and neither has a report that was not made.
	if rep.Status == "" && rep.Record != nil {
		e.add(pass, fmt.Sprintf("p=%s from %s", rep.Own.Policy, rep.RecordDomain), nil)
	} else if rep.Domain != "" {
		e.add(decide(rep.Status, nil, []dmarc.Status{dmarc.None, dmarc.PermError}), rep.Domain+": "+word(rep.Status), rep.Findings)
	}
	return e.sum("the domain in From is not known")
}

func dmarcPasses(f *facts) outcome {
	var e every
	for i := range f.dmarc {
		res := &f.dmarc[i]
		verdict := decide(res.Status, []dmarc.Status{dmarc.Pass}, []dmarc.Status{dmarc.Fail, dmarc.None, dmarc.PermError})
		reason := res.Domain + ": " + word(res.Status)
		if len(f.senders) > 0 {
			reason = fmt.Sprintf("%s, sent from %s", reason, f.senders[i].IP)
		}
		if res.Status == dmarc.Fail && (unseen(f) || len(f.senders) == 0 || f.senders[i].spf.Status == "") {
			e.add(notCheckable, reason+" by the part that is known", nil) // The rest could make it pass.
			continue
		}
		e.add(verdict, reason, res.Findings)
	}
	return e.sum("the domain in From is not known")
}

func dmarcReports(f *facts) outcome {
	var e every
	rep := &f.domain
	about := slices.DeleteFunc(slices.Clone(rep.Findings), func(f mailworthy.Finding) bool {
		return f.Code != dmarc.CodeNoReports && !strings.HasPrefix(string(f.Code), "dmarc.report-")
	})
	for i := range rep.Destinations {
		if d := &rep.Destinations[i]; d.Kind == dmarc.AggregateReports {
			e.add(decide(d.Delivery, []dmarc.Delivery{dmarc.Deliverable}, []dmarc.Delivery{dmarc.NotAuthorized, dmarc.Unreachable, dmarc.DeliveryIgnored}),
				d.URI+": "+word(d.Delivery), about)
		}
	}
	if record := dmarcRecord(f); record.Status != pass {
		return outcome{record.Status, record.Reason, nil}
	} else if len(rep.Record.Aggregate) == 0 {
		e.add(fail, "the record asks for none", about)
	}
	return e.sum("where they go is not known")
}

func ptrConfirmed(f *facts) outcome {
	var e every
	for i := range f.senders {
		s := &f.senders[i]
		e.add(decide(s.rdns.Status, []rdns.Status{rdns.Pass}, []rdns.Status{rdns.Fail, rdns.PermError}),
			fmt.Sprintf("%s: %s", s.IP, cmp.Or(s.rdns.Host, word(s.rdns.Status))), s.rdns.Findings)
	}
	return e.sum(noSenders)
}

func ptrChosen(f *facts) outcome {
	var e every
	for i := range f.senders {
		s := &f.senders[i]
		kind := rdns.Classify(s.IP, s.rdns.Host).Kind
		switch {
		case s.rdns.Status != rdns.Pass:
			e.add(notCheckable, fmt.Sprintf("%s has no confirmed name", s.IP), nil) // The rule for that says why.
		case kind.Generic():
			e.add(fail, fmt.Sprintf("%s: %s is %s", s.IP, s.rdns.Host, kind), s.rdns.Findings)
		default:
			e.add(pass, fmt.Sprintf("%s: %s", s.IP, s.rdns.Host), nil)
		}
	}
	return e.sum(noSenders)
}

func heloResolves(f *facts) outcome {
	var e every
	for i := range f.senders {
		s := &f.senders[i]
		if s.HELO == "" {
			e.add(notCheckable, fmt.Sprintf("%s: its name is not known (-ip NAME=ADDRESS)", s.IP), nil)
			continue
		}
		e.add(decide(s.name.Status, []rdns.HELOStatus{rdns.HELOConfirmed, rdns.HELOElsewhere}, []rdns.HELOStatus{rdns.HELOUnresolved, rdns.HELOInvalid}),
			fmt.Sprintf("%s: %s is %s", s.IP, s.HELO, word(s.name.Status)), s.name.Findings)
	}
	return e.sum(noSenders)
}

func tlsSeen(f *facts) outcome {
	var e every
	if f.sample == nil {
		return e.sum("it needs a message that was received (-message)")
	}
	for i := range f.senders {
		ip := f.senders[i].IP.String()
		verdict, seen := hopTLS(f.sample.values("received"), f.senders[i].IP)
		e.add(verdict, ip+": "+seen, mailworthy.Findings{{
			Code: codeNoTLS, Severity: mailworthy.Warning, Subject: ip, Message: "It is not known that mail from " + ip + " is sent with TLS.",
			Remedy: "Let the server use STARTTLS wherever it is offered (smtp_tls_security_level = may in Postfix). Show a message that was sent with it, or answer for it (-vouch tls).",
			Ref:    "RFC 3207 section 4",
		}})
	}
	return e.sum(noSenders)
}

func wellFormed(f *facts) outcome {
	if f.sample == nil {
		return outcome{Status: notCheckable, Reason: noSample}
	}
	if n := len(f.sample.form); n > 0 {
		return outcome{fail, "what is wrong stands below", f.sample.form}
	}
	return outcome{Status: pass, Reason: "no fault found"}
}

func notGmail(f *facts) outcome {
	var e every
	switch f.domain.Domain {
	case "":
		return e.sum("the domain in From is not known")
	case "gmail.com", "googlemail.com":
	default:
		e.add(pass, "From is of "+f.domain.Domain, nil)
		return e.sum("")
	}
	for i := range f.senders {
		s := &f.senders[i]
		if s.rdns.Status == rdns.Pass && strings.HasSuffix(s.rdns.Host, ".google.com") {
			e.add(pass, fmt.Sprintf("%s is a host of Google", s.IP), nil)
			continue
		}
		e.add(decide(s.rdns.Status, nil, []rdns.Status{rdns.Pass, rdns.Fail, rdns.PermError}), fmt.Sprintf("%s is no host of Google", s.IP),
			mailworthy.Findings{{
				Code: codeGmail, Severity: mailworthy.Error, Subject: f.domain.Domain,
				Message: "Gmail treats mail from gmail.com that Google does not send as forged.",
				Remedy:  "Send from a domain of your own, and put the mailbox at Gmail into Reply-To.", Ref: google.Text,
			}})
	}
	return e.sum(noSenders)
}

func repliesArrive(f *facts) outcome {
	var e every
	for i := range f.routes {
		r := &f.routes[i]
		e.add(decide(r.route.Status, []smtpprobe.RouteStatus{smtpprobe.RouteDeliverable},
			[]smtpprobe.RouteStatus{smtpprobe.RouteNullMX, smtpprobe.RouteNone, smtpprobe.RouteNoDomain, smtpprobe.RouteInvalid}),
			fmt.Sprintf("%s (%s): %s", r.domain, r.what, word(r.route.Status)), r.route.Findings)
	}
	return e.sum("the domain in From is not known")
}

func notListed(f *facts) outcome {
	var e every
	for i := range f.lists {
		res := &f.lists[i]
		who := res.Target.Domain
		if res.Target.IP.IsValid() {
			who = res.Target.IP.String()
		}
		verdict := decide(res.Status, []dnsbl.Status{dnsbl.Clean, dnsbl.Noted}, []dnsbl.Status{dnsbl.Listed})
		reason := who + ": " + word(res.Status)
		switch c := res.Counts; {
		case c.Policy > 0 && res.Target.IP.IsValid():
			verdict, reason = fail, who+": on a list of addresses that are not to send mail"
		case res.Status == dnsbl.Partial:
			reason = fmt.Sprintf("%s: %d of %d lists did not answer", who, c.Refused+c.Error+c.Unknown+c.NotCheckable, c.Asked)
		}
		e.add(verdict, reason, res.Findings)
	}
	if len(f.senders) == 0 {
		e.add(notCheckable, noSenders, nil)
	}
	return e.sum(noSenders)
}
