package bounce

import (
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
)

// sample quotes the text of a refusal around what decided, and returns its result, of
// which the evidence is in the quotation. Neither holds the text in memory.
func sample(text string, res Result) (string, Result) {
	text = text[:min(len(text), maxText)]
	start := 0
	if len(text) > maxSample {
		if res.Evidence.Offset+res.Evidence.Length > maxSample {
			start = min(res.Evidence.Offset, len(text))
		}
		text = text[start:min(start+maxSample, len(text))]
	}
	quoted := strings.Clone(printable(strings.ToValidUTF8(text, "")))
	inside := func(s mailworthy.Span) mailworthy.Span {
		s.Offset -= start
		if quoted != text || s.Offset < 0 || s.Length == 0 || s.Offset+s.Length > len(quoted) {
			return mailworthy.Span{}
		}
		return s
	}
	res.Enhanced, res.ProviderCode, res.TicketID = strings.Clone(res.Enhanced), clipped(res.ProviderCode), clipped(res.TicketID)
	res.List.Zone, res.DelistURL = strings.Clone(res.List.Zone), strings.Clone(res.DelistURL)
	res.Domain = strings.Clone(res.Domain)
	res.IPs, res.Mechanisms = slices.Clone(res.IPs), slices.Clone(res.Mechanisms)
	res.Addresses, res.Domains, res.URLs = kept(res.Addresses), kept(res.Domains), kept(res.URLs)
	res.Evidence = inside(res.Evidence)
	res.Findings = slices.Clone(res.Findings)
	for i := range res.Findings {
		f := &res.Findings[i]
		f.Subject, f.Span, f.Evidence = clipped(f.Subject), inside(f.Span), slices.Clone(f.Evidence)
		for j, e := range f.Evidence {
			f.Evidence[j] = strings.Clone(e)
		}
	}
	return quoted, res
}

// kept returns copies of names that hold nothing else in memory. What is too long is
// no use when it is cut, and is left out.
func kept(list []string) (out []string) {
	for _, s := range list {
		if len(s) <= maxName {
			out = append(out, strings.Clone(s))
		}
	}
	return out
}
