package smtpprobe

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
)

// fetched judges an attempt to fetch the policy (RFC 8461 section 3.3), and reads what
// came of it. It is false, and the Status says why, when senders have no policy by it.
func (e *stsEvaluation) fetched(f *PolicyFetch) (STSPolicy, bool) {
	if f.Error != "" {
		e.failed(f)
		return STSPolicy{}, false
	}
	host := "mta-sts." + e.Domain
	e.Status = PolicyBroken
	switch {
	case !f.Verified:
		e.failed(&PolicyFetch{URL: f.URL, Error: FetchCertificate, Problem: f.Problem, Names: f.Names, NotAfter: f.NotAfter})
		return STSPolicy{}, false
	case f.Status >= 300 && f.Status < 400:
		e.add(policyFinding(CodeSTSRedirect, e.Domain,
			"The policy's host redirects, with status "+strconv.Itoa(f.Status)+". Senders must not follow that, so that they have no policy.",
			"Let "+f.URL+" answer with the policy itself.", "status "+strconv.Itoa(f.Status), "Location: "+name.Escape(clip(f.Location))))
		return STSPolicy{}, false
	case f.Status != 200:
		finding := policyFinding(CodeSTSStatus, e.Domain,
			"The policy's host answers with status "+strconv.Itoa(f.Status)+", so that senders have no policy.",
			"Serve the policy at "+f.URL+" with status 200.", "status "+strconv.Itoa(f.Status))
		if f.Status >= 500 || f.Status == 429 || f.Status == 408 {
			e.Status = PolicyUnknown
			finding = temporary(finding)
		}
		e.add(finding)
		return STSPolicy{}, false
	}
	if media, _, _ := strings.Cut(f.ContentType, ";"); !strings.EqualFold(strings.TrimSpace(media), "text/plain") {
		seen := "no Content-Type"
		if f.ContentType != "" {
			seen = "Content-Type: " + name.Escape(clip(f.ContentType))
		}
		e.add(policyFinding(CodeSTSContentType, e.Domain,
			"The policy is not served as text/plain. Senders refuse it, since anything else may come from a stranger.",
			"Configure "+host+` to send "Content-Type: text/plain" with the policy.`, seen))
		return STSPolicy{}, false
	}
	if f.TooLarge || len(f.Body) > maxPolicy {
		e.add(policyFinding(CodeSTSTooLarge, e.Domain, "The policy is larger than 64 KiB, which is more than senders read.",
			"Use patterns such as *.example.net in place of many hosts.", fmt.Sprintf("more than %d octets", maxPolicy)))
		return STSPolicy{}, false
	}
	policy, notes, err := parseSTSPolicy(string(f.Body))
	if err != nil {
		e.add(broken(CodeSTSPolicy, f.URL, err,
			"Serve a policy of this form, a field on each line: version: STSv1, mode: testing, mx: (a line for each host), max_age: 604800.",
			lineAt(string(f.Body), err.Span.Offset)))
		return STSPolicy{}, false
	}
	e.remarks(f, notes)
	return policy, true
}

// lineAt is the line of a policy that a place is in, as evidence.
func lineAt(body string, at int) string {
	at = min(at, len(body))
	start := strings.LastIndexByte(body[:at], '\n') + 1
	line, _, _ := strings.Cut(body[start:], "\n")
	return fmt.Sprintf("line %d: \"%s\"", strings.Count(body[:start], "\n")+1, name.Escape(clip(strings.TrimSuffix(line, "\r"))))
}

// failed is about a fetch that ended before its time. Only what a later fetch would
// find as well makes the policy broken; anything else leaves it unknown.
func (e *stsEvaluation) failed(f *PolicyFetch) {
	host := "mta-sts." + e.Domain
	seen := f.URL + ": " + string(f.Error)
	if f.Problem != "" {
		seen += " (" + name.Escape(clip(f.Problem)) + ")"
	}
	none := ", so that senders have no policy."
	e.Status = PolicyBroken
	switch f.Error {
	case FetchNoHost, FetchName:
		e.add(policyFinding(CodeSTSNoHost, e.Domain, "The host of the policy, "+host+", has no address"+none,
			"Publish an address or an alias for "+host+", and serve the policy there. If there is to be none, delete the record at _mta-sts."+e.Domain+".", seen))
	case FetchBlocked:
		e.add(policyFinding(CodeSTSNoHost, e.Domain, "The host of the policy, "+host+", has no address that is public"+none,
			"Publish the address under which "+host+" is reached from outside.", seen))
	case FetchCertificate:
		f2 := policyFinding(CodeSTSCertificate, e.Domain, "The certificate of the policy's host is not valid for "+host+none,
			"Get a certificate for "+host+" from a public authority, and renew it in time. It is needed also where the host is an alias of a provider's.", seen)
		if len(f.Names) > 0 {
			f2.Evidence = append(f2.Evidence, "certificate for "+name.Escape(clip(strings.Join(f.Names, ", "))))
		}
		if !f.NotAfter.IsZero() {
			f2.Evidence = append(f2.Evidence, "valid until "+f.NotAfter.UTC().Format(time.RFC3339))
		}
		e.add(f2)
	case FetchTLS, FetchHTTP:
		e.add(policyFinding(CodeSTSTLS, e.Domain, "The policy's host does not answer in HTTPS as a client expects"+none,
			"Let "+host+" serve HTTP/1.1 over TLS 1.2 or later on port 443.", seen))
	default:
		e.Status = PolicyUnknown
		e.add(temporary(policyFinding(CodeSTSUnreachable, e.Domain,
			"The policy could not be fetched from here, now. Senders that fail in the same way have none.",
			"Try again later, and from another network. If it stays so, check that "+host+" answers on port 443.", seen)))
	}
}

// remarks is about a policy that can be used.
func (e *stsEvaluation) remarks(f *PolicyFetch, notes stsNotes) {
	for i, r := range notes.repeated {
		if i < 5 {
			finding := policyFinding(CodeSTSDuplicate, f.URL, "The policy has the field "+r.name+" twice. Senders ignore the second.",
				"Delete one of the two.", lineAt(string(f.Body), r.at))
			finding.Span.Offset, finding.Span.Length = r.at, r.valueAt+len(r.value)-r.at
			e.add(finding)
		}
	}
	if notes.clamped {
		e.add(policyFinding(CodeSTSMaxAge, e.Domain, fmt.Sprintf("The max_age of the policy is over the maximum of %d seconds.", maxMaxAge),
			fmt.Sprintf("Set \"max_age: %d\", or less.", maxMaxAge)))
	}
	const before = 14 * 24 * time.Hour
	if now := e.now(); !f.NotAfter.IsZero() && !now.IsZero() && f.NotAfter.Sub(now) < before {
		e.add(policyFinding(CodeSTSCertificateExpires, e.Domain,
			"The certificate of the policy's host expires on "+f.NotAfter.UTC().Format(time.DateOnly)+". From then on senders cannot fetch the policy.",
			"Renew the certificate of mta-sts."+e.Domain+", and see to it that this happens by itself.", "valid until "+f.NotAfter.UTC().Format(time.RFC3339)))
	}
}

// quality is about what the policy says.
func (e *stsEvaluation) quality() {
	p := e.policy
	switch p.Mode {
	case STSNone:
		e.add(policyFinding(CodeSTSModeNone, e.Domain, "The policy is revoked (mode: none): senders treat the domain as if it had none.",
			"Nothing has to be done. When the earlier policy has expired everywhere, record and policy can go."))
		return
	case STSTesting:
		e.add(policyFinding(CodeSTSTesting, e.Domain, "The policy is for testing: senders report what fails, and deliver all the same.",
			"When the reports show no failure, set \"mode: enforce\" and change the id of the record."))
	case STSEnforce:
	}
	if p.MaxAge < shortMaxAge {
		f := policyFinding(CodeSTSMaxAge, e.Domain,
			fmt.Sprintf("Senders forget the policy after %d seconds. Whoever disturbs its fetch for that long makes it void.", p.MaxAge),
			"Set \"max_age: 604800\" or more, as soon as the policy has proved itself.", fmt.Sprintf("max_age: %d", p.MaxAge))
		if p.MaxAge >= day {
			f.Severity = mailworthy.Info // Large providers have it so.
		}
		e.add(f)
	}
}
