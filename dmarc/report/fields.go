package report

import (
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxRepeated is how many values of a field are kept.
const maxRepeated = 100

// fields reads those of a message/feedback-report.
func (r *failureReader) fields(h fields) {
	r.failure = &Failure{Incidents: 1}
	seen := make(map[string]int)
	for _, f := range h {
		seen[f.name]++
		if r.many(f, seen[f.name]) {
			continue
		}
		if seen[f.name] > 1 {
			r.notes.note(CodeFieldRepeated, clean(f.name))
			continue // RFC 5965 section 3.2 allows one; the first counts.
		}
		if !r.texts(f) && !r.typed(f) && len(r.failure.Others) < maxRepeated {
			r.failure.Others = append(r.failure.Others, Field{clip(clean(f.name)), r.text(f.value)})
		}
	}
	if seen["received-date"] > 0 && seen["arrival-date"] > 0 {
		r.notes.note(CodeFieldRepeated, "received-date and arrival-date") // RFC 5965 section 3.2
	}
}

// many takes a field that may be there several times.
func (r *failureReader) many(f field, n int) bool {
	var to *[]string
	value := f.value
	switch f.name {
	case "authentication-results":
		to = &r.failure.AuthenticationResults
	case "original-rcpt-to":
		to, value = &r.failure.OriginalRcptTo, bare(value)
	case "reported-uri":
		to = &r.failure.ReportedURI
	case "spf-dns":
		to = &r.failure.SPFDNS
	case "reported-domain":
		to = &r.failure.ReportedDomain
		value = r.domain(f)
	default:
		return false
	}
	switch {
	case n <= maxRepeated:
		*to = append(*to, r.text(value))
	case n == maxRepeated+1:
		r.notes.note(CodeFieldRepeated, clean(f.name))
	}
	return true
}

// texts takes a field that is kept as it is.
func (r *failureReader) texts(f field) bool {
	var to *string
	value := f.value
	switch f.name {
	case "version":
		to = &r.failure.Version
	case "user-agent":
		to = &r.failure.UserAgent
	case "original-envelope-id":
		to = &r.failure.OriginalEnvelopeID
	case "original-mail-from":
		to, value = &r.failure.OriginalMailFrom, bare(uncommented(value))
	case "reporting-mta":
		to = &r.failure.ReportingMTA
	case "dkim-identity":
		to = &r.failure.DKIMIdentity
	case "dkim-selector":
		to = &r.failure.DKIMSelector
	case "dkim-selector-dns":
		to = &r.failure.DKIMSelectorDNS
	case "dkim-adsp-dns":
		to = &r.failure.DKIMADSPDNS
	case "dkim-canonicalized-header":
		r.failure.DKIMCanonicalizedHeader = strings.ReplaceAll(clean(value), " ", "")
		return true
	case "dkim-canonicalized-body":
		r.failure.DKIMCanonicalizedBody = strings.ReplaceAll(clean(value), " ", "")
		return true
	default:
		return false
	}
	*to = r.text(value)
	return true
}

// typed takes a field that has a form.
func (r *failureReader) typed(f field) bool {
	fl, value := r.failure, uncommented(f.value)
	switch f.name {
	case "feedback-type":
		fl.FeedbackType = r.word(f, "auth-failure", "abuse", "fraud", "not-spam", "other", "virus")
	case "auth-failure":
		fl.AuthFailure = r.word(f, "dmarc", "spf", "signature", "bodyhash", "revoked", "adsp")
	case "delivery-result":
		fl.DeliveryResult = r.word(f, "delivered", "spam", "policy", "reject", "other")
	case "identity-alignment":
		fl.Unaligned = []string{}
		for method := range strings.SplitSeq(strings.ToLower(value), ",") {
			switch method = strings.TrimSpace(method); method {
			case "none", "":
			case "dkim", "spf":
				if !slices.Contains(fl.Unaligned, method) {
					fl.Unaligned = append(fl.Unaligned, method)
				}
			default:
				r.invalid(f)
			}
		}
	case "dkim-domain":
		fl.DKIMDomain = r.domain(f)
	case "source-ip":
		fl.SourceIP = r.notes.address([]byte(value))
	case "source-port":
		n, err := strconv.ParseUint(value, 10, 16)
		if err != nil {
			r.invalid(f)
			n = 0 // Not the largest.
		}
		fl.SourcePort = uint16(n)
	case "incidents":
		n, err := strconv.ParseUint(value, 10, 32)
		if err != nil || n == 0 {
			r.invalid(f)
			n = max(n, 1) // The largest, when it is too large.
		}
		fl.Incidents = uint32(n)
	case "arrival-date", "received-date":
		if fl.ArrivalDate = date(f.value); fl.ArrivalDate.IsZero() {
			r.invalid(f)
		}
	default:
		return false
	}
	return true
}

func (r *failureReader) invalid(f field) {
	r.notes.note(CodeFieldInvalid, clean(f.name)+": "+r.text(f.value))
}

// word is a value of a list, in lower case. Others are kept.
func (r *failureReader) word(f field, known ...string) string {
	v := strings.ToLower(r.text(uncommented(f.value)))
	if !slices.Contains(known, v) {
		r.invalid(f)
	}
	return v
}

func (r *failureReader) domain(f field) string {
	return r.notes.texts.domain([]byte(uncommented(f.value)), func(string) { r.invalid(f) })
}

// date reads a date of RFC 5322. It is zero when there is none.
func date(value string) time.Time {
	if len(value) > maxInternal {
		return time.Time{}
	}
	t, err := mail.ParseDate(value)
	if err != nil {
		return time.Time{}
	}
	return between(t.UTC())
}

// uncommented is a value without comments in parentheses (RFC 5322 section 3.2.2), and
// without blanks around it.
func uncommented(value string) string {
	if strings.IndexByte(value, '(') < 0 {
		return value
	}
	var b strings.Builder
	depth := 0
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '\\' && depth > 0:
			i++
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0:
			b.WriteByte(c)
		}
	}
	return strings.TrimSpace(b.String())
}
