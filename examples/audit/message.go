package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dkim"
)

// auditMessage verifies the signatures of a message, and judges it by DMARC.
func auditMessage(ctx context.Context, opts options) report {
	opts.see.begin()
	opts.progress.start(opts.message.Name, "DKIM and DMARC")
	defer opts.progress.end("DKIM and DMARC")
	res, err := opts.dkim().CheckMessage(ctx, opts.message.Seen)
	s := newSection()
	s.Check, s.Verdict, s.DKIM = "DKIM", messageSummary(res), &dkimDetails{Message: &res}
	s.details = s.DKIM
	s.end(err)
	lost := 0
	for i := range res.Signatures {
		if res.Signatures[i].Status == dkim.TempError {
			lost++
		}
	}
	s.miss(lost, len(res.Signatures))
	s.add(res.Findings)
	for i := range res.Signatures {
		s.add(signatureFindings(res, i))
	}
	s.sort()
	r := report{Message: opts.message.Name, Sections: []section{s, judgeMessage(ctx, opts, res)}}
	for _, s := range r.Sections {
		r.Severity = max(r.Severity, s.Severity)
	}
	if len(res.From) > 0 {
		r.Domain = res.From[0]
	}
	return r
}

// signatureFindings returns the findings of a signature, which say whose they are.
// One that fails beside one that counts breaks nothing, so it is not an error.
func signatureFindings(res dkim.Result, i int) mailworthy.Findings {
	sig := &res.Signatures[i]
	saved := firstSignature(res, counts) >= 0
	var out mailworthy.Findings
	for _, f := range sig.Findings {
		if len(res.Signatures) > 1 {
			f.Message = fmt.Sprintf("Signature %d: %s", i+1, f.Message)
		}
		if saved && f.Severity == mailworthy.Error {
			f.Severity = mailworthy.Warning
		}
		out = append(out, f)
	}
	return out
}

// counts reports whether a signature proves what the reader cares for: that the
// domain in From, or one that it belongs to by name, sent the message.
func counts(s *dkim.Signature) bool { return passes(s) && s.Aligned }

// passes leaves out those by which the signer says that they count for nothing.
func passes(s *dkim.Signature) bool { return s.Status == dkim.Pass && !s.Testing }

func firstSignature(res dkim.Result, which func(*dkim.Signature) bool) int {
	for i := range res.Signatures {
		if which(&res.Signatures[i]) {
			return i
		}
	}
	return -1
}

// messageSummary says in a few words what the signatures of a message are worth.
func messageSummary(res dkim.Result) string {
	verified := 0
	for i := range res.Signatures {
		if res.Signatures[i].Status == dkim.Pass {
			verified++
		}
	}
	of := fmt.Sprintf("%d of %s verified", verified, plural(len(res.Signatures), "signature"))
	if res.Skipped > 0 {
		of += fmt.Sprintf(", and %d not looked at", res.Skipped)
	}
	if i := firstSignature(res, counts); i >= 0 {
		by := domainText(res.Signatures[i].Domain)
		if by == whose(res) {
			return "pass: signed by " + by + ", the domain in From; " + of
		}
		return "pass: signed by " + by + ", for " + whose(res) + " in From; " + of
	}
	if i := firstSignature(res, passes); i >= 0 {
		return "pass: " + of + ", but none by " + whose(res) + ", which is in From"
	}
	switch {
	case verified > 0:
		return "pass: " + of + ", but only for a test"
	case res.Status == dkim.None:
		return "none: the message has no signature"
	case res.Status == dkim.TempError:
		return "temperror: " + of + ", since DNS did not tell all"
	}
	return string(res.Status) + ": " + of
}

// whose names the domains in From.
func whose(res dkim.Result) string {
	if len(res.From) == 0 {
		return "nobody"
	}
	names := make([]string, len(res.From))
	for i, d := range res.From {
		names[i] = domainText(d)
	}
	return strings.Join(names, ", ")
}
