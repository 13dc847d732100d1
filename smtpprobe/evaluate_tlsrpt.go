package smtpprobe

import (
	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// EvaluateTLSRPT judges the record by which a domain asks for reports on TLS: a pure
// function of the domain and of the answers in v. It returns the question whose answer
// it lacks.
func EvaluateTLSRPT(domain string, v resolver.View) (TLSRPT, []resolver.Question) {
	h := policyHead{Domain: domain, Findings: mailworthy.Findings{}}
	var rec *TLSRPTRecord
	a, at, missing := policyRecord(&h, "_smtp._tls.", v)
	if missing == nil && h.Status == "" {
		rec = tlsrptRecord(&h, at, a)
	}
	return TLSRPT{
		Domain: h.Domain, Status: h.Status, Record: rec, Alias: h.Alias, DNS: h.DNS, TTL: h.TTL, Findings: h.Findings,
	}, missing
}

func tlsrptRecord(h *policyHead, at string, a resolver.Answer) *TLSRPTRecord {
	example := `"v=TLSRPTv1; rua=mailto:tls-reports@` + h.Domain + `"`
	text, ok := h.chooseRecord(at, tlsrptVersion, a, CodeTLSRPTMultiple, CodeTLSRPTRecord, example)
	if !ok {
		return nil
	}
	rec, places, err := parseTLSRPT(text)
	if err != nil {
		h.Status = PolicyBroken
		h.add(broken(CodeTLSRPTRecord, at, err, "Publish the record as "+example+".", recordText(at, text)))
		return nil
	}
	good := 0
	for _, place := range places {
		reason := destinationReason(place.value)
		if reason == "" {
			good++
			continue
		}
		f := policyFinding(CodeTLSRPTDestination, at, "No report can go to "+name.Escape(clip(place.value))+": "+reason+".",
			"Name a mailbox, as in "+example+", or an https: URI.", recordText(at, text))
		f.Span = mailworthy.Span{Offset: place.valueAt, Length: len(place.value)}
		h.add(f)
	}
	if good == 0 {
		h.Status = PolicyBroken
		for i := range h.Findings {
			h.Findings[i].Severity = mailworthy.Error // There will be no report at all.
		}
		return nil
	}
	h.Status = PolicyFound
	return &rec
}
