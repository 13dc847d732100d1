package smtpprobe

import (
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/rule"
	"github.com/mailworthy/mailworthy/resolver"
)

// The codes of the findings on where mail for a domain goes.
const (
	// CodeBadDomain says that no domain can have the name that was given.
	CodeBadDomain mailworthy.Code = "smtpprobe.bad-domain"
	// CodeNoDomain says that the domain does not exist.
	CodeNoDomain mailworthy.Code = "smtpprobe.no-domain"
	// CodeRouteDNSFailure says that DNS did not tell of MX records, or of a host's
	// addresses.
	CodeRouteDNSFailure mailworthy.Code = "smtpprobe.route-dns-failure"
	// CodeNoRoute says that no host takes the domain's mail.
	CodeNoRoute mailworthy.Code = "smtpprobe.no-route"
	// CodeImplicitMX says that there is no MX record, and that mail goes to the
	// domain's own address.
	CodeImplicitMX mailworthy.Code = "smtpprobe.implicit-mx"
	// CodeNullMX says that the domain declares to take no mail.
	CodeNullMX mailworthy.Code = "smtpprobe.null-mx"
	// CodeNullMXOthers says that a domain declares to take no mail, and names hosts
	// for it all the same.
	CodeNullMXOthers mailworthy.Code = "smtpprobe.null-mx-others"
	// CodeNullMXPreference says that a null MX has another preference than 0.
	CodeNullMXPreference mailworthy.Code = "smtpprobe.null-mx-preference"
	// CodeMXAlias says that an MX record names an alias.
	CodeMXAlias mailworthy.Code = "smtpprobe.mx-alias"
	// CodeMXAddress says that an MX record holds an address instead of a name.
	CodeMXAddress mailworthy.Code = "smtpprobe.mx-address"
	// CodeMXBadName says that the name in an MX record is none for a host.
	CodeMXBadName mailworthy.Code = "smtpprobe.mx-bad-name"
	// CodeMXSingleLabel says that the name in an MX record has a single label.
	CodeMXSingleLabel mailworthy.Code = "smtpprobe.mx-single-label"
	// CodeMXLocalhost says that an MX record names localhost, so that each sender asks
	// itself.
	CodeMXLocalhost mailworthy.Code = "smtpprobe.mx-localhost"
	// CodeMXNoAddress says that an MX host has no address.
	CodeMXNoAddress mailworthy.Code = "smtpprobe.mx-no-address"
	// CodeMXNotPublic says that an MX host has an address that nobody on the Internet
	// can reach.
	CodeMXNotPublic mailworthy.Code = "smtpprobe.mx-not-public"
	// CodeMXDuplicate says that several MX records name the same host.
	CodeMXDuplicate mailworthy.Code = "smtpprobe.mx-duplicate"
	// CodeMXTooMany says that there are more MX hosts than anybody tries.
	CodeMXTooMany mailworthy.Code = "smtpprobe.mx-too-many"
	// CodeMXNoIPv4 says that no MX host has an IPv4 address.
	CodeMXNoIPv4 mailworthy.Code = "smtpprobe.mx-no-ipv4"
	// CodeMXNoIPv6 says that no MX host has an IPv6 address.
	CodeMXNoIPv6 mailworthy.Code = "smtpprobe.mx-no-ipv6"
)

// The codes of the findings on MTA-STS.
const (
	// CodeSTSDNSFailure says that DNS did not tell whether the domain has an MTA-STS
	// policy.
	CodeSTSDNSFailure mailworthy.Code = "smtpprobe.sts-dns-failure"
	// CodeSTSMultiple says that a domain has several records for MTA-STS, which is as
	// good as none.
	CodeSTSMultiple mailworthy.Code = "smtpprobe.sts-multiple"
	// CodeSTSRecord says that the record for MTA-STS breaks the grammar.
	CodeSTSRecord mailworthy.Code = "smtpprobe.sts-record"
	// CodeSTSNotFetched says that there is a record, and that nobody fetched the
	// policy.
	CodeSTSNotFetched mailworthy.Code = "smtpprobe.sts-not-fetched"
	// CodeSTSUnreachable says that the policy could not be fetched now.
	CodeSTSUnreachable mailworthy.Code = "smtpprobe.sts-unreachable"
	// CodeSTSNoHost says that the host of the policy does not exist, or has no public
	// address.
	CodeSTSNoHost mailworthy.Code = "smtpprobe.sts-no-host"
	// CodeSTSTLS says that the host of the policy does not speak TLS, or not HTTP
	// inside it.
	CodeSTSTLS mailworthy.Code = "smtpprobe.sts-tls"
	// CodeSTSCertificate says that the certificate of the policy's host is not valid.
	CodeSTSCertificate mailworthy.Code = "smtpprobe.sts-certificate"
	// CodeSTSCertificateExpires says that the certificate of the policy's host is
	// about to expire.
	CodeSTSCertificateExpires mailworthy.Code = "smtpprobe.sts-certificate-expires"
	// CodeSTSStatus says that the policy's host answers with another HTTP status than
	// 200.
	CodeSTSStatus mailworthy.Code = "smtpprobe.sts-status"
	// CodeSTSRedirect says that the policy's host redirects, which senders must not
	// follow.
	CodeSTSRedirect mailworthy.Code = "smtpprobe.sts-redirect"
	// CodeSTSContentType says that the policy is not served as plain text.
	CodeSTSContentType mailworthy.Code = "smtpprobe.sts-content-type"
	// CodeSTSTooLarge says that the policy is larger than senders read.
	CodeSTSTooLarge mailworthy.Code = "smtpprobe.sts-too-large"
	// CodeSTSPolicy says that the policy breaks the grammar.
	CodeSTSPolicy mailworthy.Code = "smtpprobe.sts-policy"
	// CodeSTSDuplicate says that the policy has a field twice, of which senders ignore
	// the second.
	CodeSTSDuplicate mailworthy.Code = "smtpprobe.sts-duplicate"
	// CodeSTSMaxAge says that senders forget the policy too early, or that it claims
	// to last for longer than any does.
	CodeSTSMaxAge mailworthy.Code = "smtpprobe.sts-max-age"
	// CodeSTSTesting says that the policy is for testing, so that nobody is protected
	// by it.
	CodeSTSTesting mailworthy.Code = "smtpprobe.sts-testing"
	// CodeSTSModeNone says that the policy was revoked.
	CodeSTSModeNone mailworthy.Code = "smtpprobe.sts-mode-none"
	// CodeSTSMXMismatch says that the policy does not allow an MX host.
	CodeSTSMXMismatch mailworthy.Code = "smtpprobe.sts-mx-mismatch"
	// CodeSTSPatternUnused says that the policy allows hosts that are not there.
	CodeSTSPatternUnused mailworthy.Code = "smtpprobe.sts-pattern-unused"
	// CodeSTSChanged says that the policy is another than the one of earlier.
	CodeSTSChanged mailworthy.Code = "smtpprobe.sts-changed"
	// CodeSTSIDStale says that the policy changed and the id of its record did not, so
	// that senders keep the old one.
	CodeSTSIDStale mailworthy.Code = "smtpprobe.sts-id-stale"
	// CodeSTSVanished says that the policy is gone, and that senders still follow the
	// one that they remember.
	CodeSTSVanished mailworthy.Code = "smtpprobe.sts-vanished"
)

// The codes of the findings on reports about TLS.
const (
	// CodeTLSRPTDNSFailure says that DNS did not tell whether the domain wants reports.
	CodeTLSRPTDNSFailure mailworthy.Code = "smtpprobe.tlsrpt-dns-failure"
	// CodeTLSRPTMultiple says that a domain has several records for reports on TLS,
	// which is as good as none.
	CodeTLSRPTMultiple mailworthy.Code = "smtpprobe.tlsrpt-multiple"
	// CodeTLSRPTRecord says that the record for reports on TLS breaks the grammar.
	CodeTLSRPTRecord mailworthy.Code = "smtpprobe.tlsrpt-record"
	// CodeTLSRPTDestination says that no report can go to a destination.
	CodeTLSRPTDestination mailworthy.Code = "smtpprobe.tlsrpt-destination"
	// CodeTLSRPTAbsent says that a domain with a policy for TLS asks for no reports.
	CodeTLSRPTAbsent mailworthy.Code = "smtpprobe.tlsrpt-absent"
)

// The codes of the findings on DANE, and on all policies together.
const (
	// CodeDANEDNSFailure says that DNS did not tell of a host's TLSA records, so that
	// senders with DANE do not deliver to it.
	CodeDANEDNSFailure mailworthy.Code = "smtpprobe.dane-dns-failure"
	// CodeDANEUnusable says that no TLSA record of a host can be used, so that TLS
	// remains without authentication.
	CodeDANEUnusable mailworthy.Code = "smtpprobe.dane-unusable"
	// CodeDANERecord says that senders cannot use a TLSA record.
	CodeDANERecord mailworthy.Code = "smtpprobe.dane-record"
	// CodeDANEFull says that a TLSA record holds a whole certificate or key, which not
	// all senders can use.
	CodeDANEFull mailworthy.Code = "smtpprobe.dane-full"
	// CodeDANEUnsigned says that a host has TLSA records that DNSSEC does not prove,
	// so that nobody follows them.
	CodeDANEUnsigned mailworthy.Code = "smtpprobe.dane-unsigned"
	// CodeDANEMXUnsigned says that DNSSEC proves the host's TLSA records, but not that
	// the host takes the domain's mail.
	CodeDANEMXUnsigned mailworthy.Code = "smtpprobe.dane-mx-unsigned"
	// CodeDANETooMany says that a host has more TLSA records than are looked at.
	CodeDANETooMany mailworthy.Code = "smtpprobe.dane-too-many"
	// CodeDANEMismatch says that a host's certificate matches none of its TLSA records.
	CodeDANEMismatch mailworthy.Code = "smtpprobe.dane-mismatch"
	// CodePolicyUnmet says that a host has no TLS, or no valid certificate, as DANE or an
	// enforced MTA-STS policy requires, so that senders who follow it do not deliver there.
	CodePolicyUnmet mailworthy.Code = "smtpprobe.policy-unmet"
	// CodeDANEPartial says that some hosts of a domain have TLSA records, and others
	// have not.
	CodeDANEPartial mailworthy.Code = "smtpprobe.dane-partial"
	// CodeUnprotected says that nothing makes senders insist on TLS.
	CodeUnprotected mailworthy.Code = "smtpprobe.unprotected"
)

var policyRules = rule.Table{
	CodeBadDomain:        rule.Error("RFC 5321 section 4.1.2"),
	CodeNoDomain:         rule.Error("RFC 5321 section 5.1"),
	CodeRouteDNSFailure:  rule.Warning("RFC 5321 section 5.1"),
	CodeNoRoute:          rule.Error("RFC 5321 section 5.1"),
	CodeImplicitMX:       rule.Info("RFC 5321 section 5.1"),
	CodeNullMX:           rule.Info("RFC 7505 section 3"),
	CodeNullMXOthers:     rule.Error("RFC 7505 section 3"),
	CodeNullMXPreference: rule.Warning("RFC 7505 section 3"),
	CodeMXAlias:          rule.Warning("RFC 5321 section 5.1"),
	CodeMXAddress:        rule.Error("RFC 1035 section 3.3.9"),
	CodeMXBadName:        rule.Warning("RFC 5321 section 2.3.5"),
	CodeMXSingleLabel:    rule.Warning("RFC 5321 section 2.3.5"),
	CodeMXLocalhost:      rule.Error("RFC 6761 section 6.3"),
	CodeMXNoAddress:      rule.Error("RFC 5321 section 5.1"),
	CodeMXNotPublic:      rule.Error("RFC 6890 section 2"),
	CodeMXDuplicate:      rule.Info("RFC 5321 section 5.1"),
	CodeMXTooMany:        rule.Warning("RFC 5321 section 5.1"),
	CodeMXNoIPv4:         rule.Warning("RFC 3974 section 3"),
	CodeMXNoIPv6:         rule.Info("RFC 3974 section 3"),

	CodeSTSDNSFailure:         rule.Warning("RFC 8461 section 3.1"),
	CodeSTSMultiple:           rule.Error("RFC 8461 section 3.1"),
	CodeSTSRecord:             rule.Error("RFC 8461 section 3.1"),
	CodeSTSNotFetched:         rule.Info("RFC 8461 section 3.3"),
	CodeSTSUnreachable:        rule.Warning("RFC 8461 section 3.3"),
	CodeSTSNoHost:             rule.Error("RFC 8461 section 3.2"),
	CodeSTSTLS:                rule.Error("RFC 8461 section 3.3"),
	CodeSTSCertificate:        rule.Error("RFC 8461 section 3.3"),
	CodeSTSCertificateExpires: rule.Warning("RFC 8461 section 3.3"),
	CodeSTSStatus:             rule.Error("RFC 8461 section 3.3"),
	CodeSTSRedirect:           rule.Error("RFC 8461 section 3.3"),
	CodeSTSContentType:        rule.Error("RFC 8461 section 3.2"),
	CodeSTSTooLarge:           rule.Error("RFC 8461 section 3.3"),
	CodeSTSPolicy:             rule.Error("RFC 8461 section 3.2"),
	CodeSTSDuplicate:          rule.Warning("RFC 8461 section 3.2"),
	CodeSTSMaxAge:             rule.Warning("RFC 8461 section 3.2"),
	CodeSTSTesting:            rule.Info("RFC 8461 section 5"),
	CodeSTSModeNone:           rule.Info("RFC 8461 section 8.3"),
	CodeSTSMXMismatch:         rule.Error("RFC 8461 section 4.1"),
	CodeSTSPatternUnused:      rule.Info("RFC 8461 section 4.1"),
	CodeSTSChanged:            rule.Info("RFC 8461 section 8.1"),
	CodeSTSIDStale:            rule.Error("RFC 8461 section 3.1"),
	CodeSTSVanished:           rule.Warning("RFC 8461 section 8.3"),

	CodeTLSRPTDNSFailure:  rule.Warning("RFC 8460 section 3"),
	CodeTLSRPTMultiple:    rule.Error("RFC 8460 section 3"),
	CodeTLSRPTRecord:      rule.Error("RFC 8460 section 3"),
	CodeTLSRPTDestination: rule.Warning("RFC 8460 section 3"),
	CodeTLSRPTAbsent:      rule.Info("RFC 8460 section 3"),

	CodeDANEDNSFailure: rule.Error("RFC 7672 section 2.1.2"),
	CodeDANEUnusable:   rule.Warning("RFC 7672 section 2.2"),
	CodeDANERecord:     rule.Warning("RFC 7672 section 3.1"),
	CodeDANEFull:       rule.Warning("RFC 7672 section 3.1.2"),
	CodeDANEUnsigned:   rule.Warning("RFC 7672 section 2.2"),
	CodeDANEMXUnsigned: rule.Warning("RFC 7672 section 2.2.1"),
	CodeDANETooMany:    rule.Warning("RFC 7671 section 8"),
	CodeDANEMismatch:   rule.Error("RFC 7672 section 3.2"),
	CodePolicyUnmet:    rule.Error("RFC 7672 section 2.2"),
	CodeDANEPartial:    rule.Warning("RFC 7672 section 2.2.1"),
	CodeUnprotected:    rule.Info("RFC 8461 section 1"),
}

// policyFinding makes a finding about a domain or host.
func policyFinding(code mailworthy.Code, subject, message, remedy string, evidence ...string) mailworthy.Finding {
	f := policyRules.Finding(code, subject)
	f.Message, f.Remedy, f.Evidence = message, remedy, evidence
	return f
}

// temporary marks a finding that may be gone later.
func temporary(f mailworthy.Finding) mailworthy.Finding {
	f.Temporary = true
	return f
}

// answerText is an answer without records as evidence.
func answerText(q resolver.Question, a resolver.Answer) string {
	text := q.String() + ": " + string(a.Status)
	if len(a.Alias) > 0 {
		text = q.String() + ", alias of " + strings.Join(a.Alias, ", ") + ": " + string(a.Status)
	}
	if a.Problem != "" {
		text += " (" + a.Problem + ")"
	}
	return text
}

// asker reads from a view, and collects what is not there.
type asker struct {
	view    resolver.View
	missing []resolver.Question
}

// get returns the answer for a name in normal form, which is false when it is not
// there yet.
func (q *asker) get(domain string, t resolver.Type) (resolver.Answer, bool) {
	question := resolver.Question{Name: domain, Type: t}
	a, ok := q.view.Get(question)
	if !ok {
		q.missing = append(q.missing, question)
	}
	return a, ok
}
