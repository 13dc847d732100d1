package report

import (
	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/rule"
)

// The codes of the findings about a report itself.
const (
	// CodeEncoding says that texts are not in the encoding that the report declares.
	CodeEncoding mailworthy.Code = "dmarc.report.encoding"
	// CodeEntity says that the report has ampersands that should be "&amp;".
	CodeEntity mailworthy.Code = "dmarc.report.entity"
	// CodeUnknownElement says that the report has elements that no version of the
	// format knows.
	CodeUnknownElement mailworthy.Code = "dmarc.report.unknown-element"
	// CodeMissingElement says that elements are missing which no report can do without.
	CodeMissingElement mailworthy.Code = "dmarc.report.missing-element"
	// CodeUnknownValue says that values are none of those that the format has.
	CodeUnknownValue mailworthy.Code = "dmarc.report.unknown-value"
	// CodeAddress says that a source is not an IP address.
	CodeAddress mailworthy.Code = "dmarc.report.address"
	// CodeCount says that a number of messages is no usable number, or absurdly large.
	CodeCount mailworthy.Code = "dmarc.report.count"
	// CodeDate says that the reporting period is unusable or implausible.
	CodeDate mailworthy.Code = "dmarc.report.date"
	// CodeDomain says that a name in the report is no domain name.
	CodeDomain mailworthy.Code = "dmarc.report.domain"
	// CodeVersion says that the report is of a version that is not known.
	CodeVersion mailworthy.Code = "dmarc.report.version"
	// CodeTrailing says that something follows the end of the report.
	CodeTrailing mailworthy.Code = "dmarc.report.trailing"
	// CodeTooMany says that a row has so many results that some were left out.
	CodeTooMany mailworthy.Code = "dmarc.report.too-many"
	// CodeInconsistent says that a row claims an aligned pass although none of its
	// results is a pass.
	CodeInconsistent mailworthy.Code = "dmarc.report.inconsistent"
	// CodeEmpty says that the report has no rows.
	CodeEmpty mailworthy.Code = "dmarc.report.empty"
	// CodeMismatch says that the subject of the mail or the name of the file belongs
	// to another report.
	CodeMismatch mailworthy.Code = "dmarc.report.mismatch"
	// CodeReporterError says that the reporter had trouble with the domain's record.
	CodeReporterError mailworthy.Code = "dmarc.report.reporter-error"
)

// The codes of the findings about a failure report.
const (
	// CodeFieldMissing says that a failure report lacks a required field.
	CodeFieldMissing mailworthy.Code = "dmarc.report.field-missing"
	// CodeFieldRepeated says that a failure report has a field more often than it may,
	// or than is kept.
	CodeFieldRepeated mailworthy.Code = "dmarc.report.field-repeated"
	// CodeFieldInvalid says that a field of a failure report has no valid value.
	CodeFieldInvalid mailworthy.Code = "dmarc.report.field-invalid"
	// CodeHeaderCut says that the header of the reported message is too large to be
	// kept as a whole.
	CodeHeaderCut mailworthy.Code = "dmarc.report.header-cut"
)

// The codes of the findings of [Evaluate].
const (
	// CodeForeignDomain says that there are reports on a domain that is not one of
	// those asked about.
	CodeForeignDomain mailworthy.Code = "dmarc.report.foreign-domain"
	// CodeOwnFails says that mail from a source of the domain's own fails DMARC.
	CodeOwnFails mailworthy.Code = "dmarc.report.own-fails"
	// CodeVendorFails says that mail from a vendor of the domain fails DMARC.
	CodeVendorFails mailworthy.Code = "dmarc.report.vendor-fails"
	// CodeSPFOnly says that an own source or vendor passes by SPF only, which does not
	// survive forwarding.
	CodeSPFOnly mailworthy.Code = "dmarc.report.spf-only"
	// CodeDKIMOnly says that an own source or vendor passes by DKIM only: its SPF is not
	// aligned.
	CodeDKIMOnly mailworthy.Code = "dmarc.report.dkim-only"
	// CodeUnalignedDKIM says that a source signs with a domain that is not aligned, as
	// vendors do that were not given a key of the domain.
	CodeUnalignedDKIM mailworthy.Code = "dmarc.report.unaligned-dkim"
	// CodeForwarded says that mail from a source that is not the domain's own passes by
	// DKIM alone, as forwarded mail does.
	CodeForwarded mailworthy.Code = "dmarc.report.forwarded"
	// CodeUnknownFails says that a source which nobody answers for sends much mail that
	// fails.
	CodeUnknownFails mailworthy.Code = "dmarc.report.unknown-fails"
	// CodePolicyVaries says that reports disagree on what policy is published.
	CodePolicyVaries mailworthy.Code = "dmarc.report.policy-varies"
	// CodeOverridden says that receivers did something else with mail than the policy
	// asks for.
	CodeOverridden mailworthy.Code = "dmarc.report.overridden"
	// CodeUndecided says that rows leave open whether DMARC passed.
	CodeUndecided mailworthy.Code = "dmarc.report.undecided"
	// CodeCrowded says that there were more sources than are kept one by one.
	CodeCrowded mailworthy.Code = "dmarc.report.crowded"
)

var rules = rule.Table{
	CodeEncoding:       rule.Info("RFC 9990 section 3.1.1"),
	CodeEntity:         rule.Info("RFC 9990 section 3.1.1"),
	CodeUnknownElement: rule.Info("RFC 9990 section 3.1.1"),
	CodeMissingElement: rule.Warning("RFC 9990 section 3.1.1"),
	CodeUnknownValue:   rule.Info("RFC 9990 section 3.1.1"),
	CodeAddress:        rule.Warning("RFC 9990 section 3.1.1"),
	CodeCount:          rule.Warning("RFC 9990 section 3.1.1"),
	CodeDate:           rule.Warning("RFC 9990 section 3.1.1"),
	CodeDomain:         rule.Info("RFC 9990 section 3.1.1"),
	CodeVersion:        rule.Info("RFC 9990 section 3.1.1"),
	CodeTrailing:       rule.Info("RFC 9990 section 3.1.1"),
	CodeTooMany:        rule.Info("RFC 9990 section 3.1.3"),
	CodeInconsistent:   rule.Warning("RFC 9990 section 8.2"),
	CodeEmpty:          rule.Info("RFC 9990 section 3.1.1"),
	CodeMismatch:       rule.Info("RFC 9990 section 3.5.2"),
	CodeReporterError:  rule.Warning("RFC 9990 section 3.1.5"),

	CodeFieldMissing:  rule.Info("RFC 5965 section 3.1"),
	CodeFieldRepeated: rule.Info("RFC 5965 section 3.2"),
	CodeFieldInvalid:  rule.Info("RFC 5965 section 4"),
	CodeHeaderCut:     rule.Info("RFC 9991 section 8.1"),

	CodeForeignDomain: rule.Info("RFC 9990 section 8.2"),
	CodeOwnFails:      rule.Error("RFC 9989 section 4.4"),
	CodeVendorFails:   rule.Warning("RFC 9989 section 4.4"),
	CodeSPFOnly:       rule.Info("RFC 9989 section 4.4"),
	CodeDKIMOnly:      rule.Warning("RFC 9989 section 4.4"),
	CodeUnalignedDKIM: rule.Warning("RFC 9989 section 4.4"),
	CodeForwarded:     rule.Info("RFC 7960"),
	CodeUnknownFails:  rule.Warning("RFC 9989 section 4.4"),
	CodePolicyVaries:  rule.Info("RFC 9990 section 3.3"),
	CodeOverridden:    rule.Info("RFC 9990 section 3.1.6"),
	CodeUndecided:     rule.Info("RFC 9990 section 3.1.1"),
	CodeCrowded:       rule.Info("RFC 9990 section 8.1"),
}
