package dmarc

import (
	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/rule"
)

// The codes of the findings about a message. A result other than pass has at least
// one.
const (
	// CodeFromMissing says that the message has no From field.
	CodeFromMissing mailworthy.Code = "dmarc.from-missing"
	// CodeFromMultiple says that the message has several From fields.
	CodeFromMultiple mailworthy.Code = "dmarc.from-multiple"
	// CodeFromDomains says that From names mailboxes of several domains.
	CodeFromDomains mailworthy.Code = "dmarc.from-domains"
	// CodeFromEmpty says that From names no mailbox with a domain.
	CodeFromEmpty mailworthy.Code = "dmarc.from-empty"
	// CodeFromSyntax says that the From field breaks the grammar, so that readers and
	// receivers may see different domains in it.
	CodeFromSyntax mailworthy.Code = "dmarc.from-syntax"
	// CodeFromObsolete says that the From field has a form that is obsolete or sloppy,
	// but names one domain for all who read it.
	CodeFromObsolete mailworthy.Code = "dmarc.from-obsolete"
	// CodeBadDomain says that what stands for the author domain is no domain name, such
	// as an address literal.
	CodeBadDomain mailworthy.Code = "dmarc.bad-domain"
	// CodeNoRecord says that no policy is published that applies to the author domain.
	CodeNoRecord mailworthy.Code = "dmarc.no-record"
	// CodeMultipleRecords says that several records stand at one name, so that all of
	// them are ignored.
	CodeMultipleRecords mailworthy.Code = "dmarc.multiple-records"
	// CodeUnusableRecord says that the record that applies has no usable policy and no
	// address for reports, so that receivers apply no DMARC.
	CodeUnusableRecord mailworthy.Code = "dmarc.unusable-record"
	// CodeDNSFailure says that DNS did not tell what the evaluation needed.
	CodeDNSFailure mailworthy.Code = "dmarc.dns-failure"
	// CodeUnauthenticated says that neither SPF nor a signature passes.
	CodeUnauthenticated mailworthy.Code = "dmarc.unauthenticated"
	// CodeUnaligned says that what passes is of other domains than From.
	CodeUnaligned mailworthy.Code = "dmarc.unaligned"
	// CodeStrict says that an identifier would be aligned if the record did not ask for
	// strict alignment.
	CodeStrict mailworthy.Code = "dmarc.strict-alignment"
	// CodeAuthTemporary says that SPF or DKIM had a temporary error for a domain that
	// could have let the message pass.
	CodeAuthTemporary mailworthy.Code = "dmarc.authentication-temporary"
	// CodeTooManyIdentifiers says that a message has more identifiers to compare than
	// the limit allows.
	CodeTooManyIdentifiers mailworthy.Code = "dmarc.too-many-identifiers"
	// CodeHELO says that the SPF result is about HELO, which DMARC does not use.
	CodeHELO mailworthy.Code = "dmarc.helo-identity"
	// CodeTestKey says that a signature passes with a key that is marked as a test.
	CodeTestKey mailworthy.Code = "dmarc.test-key"
	// CodeTesting says that the policy is applied one step lower because of t=y.
	CodeTesting mailworthy.Code = "dmarc.testing"
)

// The codes of the findings about the text of a record.
const (
	// CodeSyntax says that a part of a record has not the form name=value.
	CodeSyntax mailworthy.Code = "dmarc.syntax"
	// CodeSpacing says that blanks stand where the grammar of records has none.
	CodeSpacing mailworthy.Code = "dmarc.spacing"
	// CodeDuplicateTag says that a tag stands more than once.
	CodeDuplicateTag mailworthy.Code = "dmarc.duplicate-tag"
	// CodeNoPolicy says that p= is missing.
	CodeNoPolicy mailworthy.Code = "dmarc.no-policy"
	// CodeBadPolicy says that the value of p, sp or np is no policy.
	CodeBadPolicy mailworthy.Code = "dmarc.bad-policy"
	// CodeBadValue says that a value is not valid, so that the default counts.
	CodeBadValue mailworthy.Code = "dmarc.bad-value"
	// CodeBadURI says that an address for reports is not valid.
	CodeBadURI mailworthy.Code = "dmarc.bad-uri"
	// CodeURISize says that an address for reports has a size limit, which is obsolete.
	CodeURISize mailworthy.Code = "dmarc.uri-size"
	// CodeTagCase says that the name of a tag is not in lower case.
	CodeTagCase mailworthy.Code = "dmarc.tag-case"
	// CodeUnknownTag says that DMARC has no such tag.
	CodeUnknownTag mailworthy.Code = "dmarc.unknown-tag"
	// CodeRemovedTag says that a tag was removed from DMARC.
	CodeRemovedTag mailworthy.Code = "dmarc.removed-tag"
	// CodeFailureOptions says that fo= stands without ruf=.
	CodeFailureOptions mailworthy.Code = "dmarc.failure-options"
)

var rules = rule.Table{
	CodeFromMissing:        rule.Error("RFC 9989 section 5.3.1"),
	CodeFromMultiple:       rule.Error("RFC 9989 section 11.5"),
	CodeFromDomains:        rule.Error("RFC 9989 section 11.5"),
	CodeFromEmpty:          rule.Error("RFC 9989 section 5.3.1"),
	CodeFromSyntax:         rule.Error("RFC 9989 section 4.2"),
	CodeFromObsolete:       rule.Warning("RFC 5322 section 4.4"),
	CodeBadDomain:          rule.Error("RFC 9989 section 5.3.1"),
	CodeNoRecord:           rule.Warning("RFC 9989 section 4.10.1"),
	CodeMultipleRecords:    rule.Error("RFC 9989 section 4.10"),
	CodeUnusableRecord:     rule.Error("RFC 9989 section 4.10.1"),
	CodeDNSFailure:         rule.Warning("RFC 9989 section 5.3.6"),
	CodeUnauthenticated:    rule.Error("RFC 9989 section 5.3.5"),
	CodeUnaligned:          rule.Error("RFC 9989 section 5.3.5"),
	CodeStrict:             rule.Warning("RFC 9989 section 4.4"),
	CodeAuthTemporary:      rule.Error("RFC 9989 section 5.3.6"),
	CodeTooManyIdentifiers: rule.Error("RFC 9989 section 4.10"),
	CodeHELO:               rule.Warning("RFC 9989 section 4.4.2"),
	CodeTestKey:            rule.Warning("RFC 6376 section 3.6.1"),
	CodeTesting:            rule.Info("RFC 9989 section 4.7"),

	CodeSyntax:         rule.Warning("RFC 9989 section 4.8"),
	CodeSpacing:        rule.Warning("RFC 9989 section 4.8"),
	CodeDuplicateTag:   rule.Error("RFC 6376 section 3.2"),
	CodeNoPolicy:       rule.Error("RFC 9989 section 4.10.1"),
	CodeBadPolicy:      rule.Error("RFC 9989 section 4.10.1"),
	CodeBadValue:       rule.Warning("RFC 9989 section 4.8"),
	CodeBadURI:         rule.Warning("RFC 9989 section 4.6"),
	CodeURISize:        rule.Info("RFC 9989 section 4.8"),
	CodeTagCase:        rule.Warning("RFC 6376 section 3.2"),
	CodeUnknownTag:     rule.Warning("RFC 9989 section 4.7"),
	CodeRemovedTag:     rule.Info("RFC 9989 section 4.7"),
	CodeFailureOptions: rule.Info("RFC 9989 section 4.7"),
}
