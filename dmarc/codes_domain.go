package dmarc

import (
	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/rule"
)

// The codes of the findings that only a domain's report makes.
const (
	// CodeNearMiss says that a TXT record is meant to be a DMARC record, but does not
	// start as one.
	CodeNearMiss mailworthy.Code = "dmarc.near-miss"
	// CodeForeignText says that the name of the record has TXT records that are none of
	// DMARC.
	CodeForeignText mailworthy.Code = "dmarc.foreign-text"
	// CodeWrongName says that a record is published at a name where nobody looks.
	CodeWrongName mailworthy.Code = "dmarc.wrong-name"
	// CodeWildcard says that a wildcard gives a record to each name that does not
	// exist.
	CodeWildcard mailworthy.Code = "dmarc.wildcard"
	// CodeAlias says that the name of the record is an alias.
	CodeAlias mailworthy.Code = "dmarc.alias"
	// CodeDanglingAlias says that the name of the record is an alias to a name without
	// one.
	CodeDanglingAlias mailworthy.Code = "dmarc.dangling-alias"
	// CodeNoReports says that the record does not ask for aggregate reports.
	CodeNoReports mailworthy.Code = "dmarc.no-reports"
	// CodeMonitoring says that the policy asks for nothing to be done with mail that
	// fails.
	CodeMonitoring mailworthy.Code = "dmarc.monitoring"
	// CodeWeakSubdomains says that sp or np is weaker than what it is an exception to.
	CodeWeakSubdomains mailworthy.Code = "dmarc.weak-subdomains"
	// CodeUnusedNonexistent says that np= never applies, because a wildcard makes all
	// names exist.
	CodeUnusedNonexistent mailworthy.Code = "dmarc.unused-np"
	// CodeNotInherited says that sp or np of a record count for nobody, because the
	// subdomains inherit from the organisational domain above it.
	CodeNotInherited mailworthy.Code = "dmarc.not-inherited"
	// CodeSubdomainWeaker says that a subdomain has a record of its own that is weaker
	// than what it would inherit.
	CodeSubdomainWeaker mailworthy.Code = "dmarc.subdomain-weaker"
	// CodePublicSuffix says that psd=y stands in the record of a domain that is no
	// public suffix.
	CodePublicSuffix mailworthy.Code = "dmarc.public-suffix"
	// CodeListDiffers says that receivers which follow RFC 7489, and the public suffix
	// list, treat mail of the domain differently.
	CodeListDiffers mailworthy.Code = "dmarc.list-differs"
	// CodeStrictServices says that strict alignment keeps services that send for the
	// domain from passing.
	CodeStrictServices mailworthy.Code = "dmarc.strict-services"
	// CodeReportScheme says that reports are wanted by other means than mail.
	CodeReportScheme mailworthy.Code = "dmarc.report-scheme"
	// CodeReportDuplicate says that an address for reports stands twice.
	CodeReportDuplicate mailworthy.Code = "dmarc.report-duplicate"
	// CodeReportUnreachable says that the domain that reports go to receives no mail.
	CodeReportUnreachable mailworthy.Code = "dmarc.report-unreachable"
	// CodeReportNotAuthorized says that a domain of others does not say that it wants
	// the reports, so that none are sent.
	CodeReportNotAuthorized mailworthy.Code = "dmarc.report-not-authorized"
	// CodeReportOverride says that the authorization of a destination names addresses
	// of a third domain, so that no reports are sent.
	CodeReportOverride mailworthy.Code = "dmarc.report-override"
	// CodeReportRedirected says that the destination has the reports sent to another of
	// its addresses.
	CodeReportRedirected mailworthy.Code = "dmarc.report-redirected"
	// CodeReportNameTooLong says that the authorization of a destination cannot be
	// looked up, since its name would be too long.
	CodeReportNameTooLong mailworthy.Code = "dmarc.report-name-too-long"
	// CodeSuffixFailure says that failure reports are asked for by the record of a
	// public suffix, which receivers must not send.
	CodeSuffixFailure mailworthy.Code = "dmarc.suffix-failure-reports"
	// CodeNotExamined says that the report leaves something out.
	CodeNotExamined mailworthy.Code = "dmarc.not-examined"
	// CodeTTL says that the record lives very short, or very long.
	CodeTTL mailworthy.Code = "dmarc.ttl"
	// CodeBIMI says that the policy is strong enough for BIMI.
	CodeBIMI mailworthy.Code = "dmarc.bimi"
)

var domainRules = rule.Table{
	CodeNearMiss:            rule.Error("RFC 9989 section 4.8"),
	CodeForeignText:         rule.Info("RFC 9989 section 4.10"),
	CodeWrongName:           rule.Error("RFC 9989 section 4.10.1"),
	CodeWildcard:            rule.Warning("RFC 9989 section 4.10.1"),
	CodeAlias:               rule.Info("RFC 9989 section 4.5"),
	CodeDanglingAlias:       rule.Error("RFC 9989 section 4.5"),
	CodeNoReports:           rule.Warning("RFC 9989 section 5.1.3"),
	CodeMonitoring:          rule.Info("RFC 9989 section 5.1.7"),
	CodeWeakSubdomains:      rule.Warning("RFC 9989 section 4.7"),
	CodeUnusedNonexistent:   rule.Info("RFC 9989 appendix A.4"),
	CodeNotInherited:        rule.Warning("RFC 9989 section 4.10.1"),
	CodeSubdomainWeaker:     rule.Warning("RFC 9989 section 4.10.1"),
	CodePublicSuffix:        rule.Warning("RFC 9989 section 4.7"),
	CodeListDiffers:         rule.Info("RFC 9989 appendix C.3"),
	CodeStrictServices:      rule.Warning("RFC 9989 section 4.4"),
	CodeReportScheme:        rule.Warning("RFC 9989 section 4.7"),
	CodeReportDuplicate:     rule.Info("RFC 9989 section 4.7"),
	CodeReportUnreachable:   rule.Warning("RFC 9989 section 5.1.3"),
	CodeReportNotAuthorized: rule.Warning("RFC 9990 section 4"),
	CodeReportOverride:      rule.Warning("RFC 9990 section 4"),
	CodeReportRedirected:    rule.Info("RFC 9990 section 4"),
	CodeReportNameTooLong:   rule.Warning("RFC 9990 section 4"),
	CodeSuffixFailure:       rule.Info("RFC 9991 section 2"),
	CodeNotExamined:         rule.Info("RFC 9989 section 11.5"),
	CodeTTL:                 rule.Info("RFC 9989 section 4.5"),
	CodeBIMI:                rule.Info("draft-brand-indicators-for-message-identification"),
}

// domainFinding starts a finding of a domain's report; its code may be one that an
// evaluation makes as well.
func domainFinding(code mailworthy.Code, subject string) mailworthy.Finding {
	if _, ok := domainRules[code]; ok {
		return domainRules.Finding(code, subject)
	}
	return rules.Finding(code, subject)
}
