package spf

import (
	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/rule"
)

// The codes of the findings that an evaluation makes, and a domain's report too.
// A result other than pass has at least one.
const (
	// CodeBadDomain says that the identity's domain can have no policy: it is
	// malformed, a single label, or an address literal.
	CodeBadDomain mailworthy.Code = "spf.bad-domain"
	// CodeNoRecord says that the domain publishes no policy.
	CodeNoRecord mailworthy.Code = "spf.no-record"
	// CodeMultipleRecords says that a domain publishes several, which is as good
	// as a broken one.
	CodeMultipleRecords mailworthy.Code = "spf.multiple-records"
	// CodeSyntax says that a record breaks the grammar. In a domain's report, the
	// mistakes that people make most have codes of their own.
	CodeSyntax mailworthy.Code = "spf.syntax"
	// CodeTooManyLookups says that a policy takes more terms that query DNS than
	// the limit allows.
	CodeTooManyLookups mailworthy.Code = "spf.too-many-lookups"
	// CodeTooManyVoids says that more terms found nothing in DNS than the limit
	// allows.
	CodeTooManyVoids mailworthy.Code = "spf.too-many-voids"
	// CodeTooManyMX says that an mx term leads to more hosts than the limit allows.
	CodeTooManyMX mailworthy.Code = "spf.too-many-mx"
	// CodeIncludeNoRecord says that an included domain publishes no policy.
	CodeIncludeNoRecord mailworthy.Code = "spf.include-no-record"
	// CodeRedirectNoRecord says that the target of a redirect publishes none.
	CodeRedirectNoRecord mailworthy.Code = "spf.redirect-no-record"
	// CodeDNSFailure says that DNS did not tell what the evaluation needed.
	CodeDNSFailure mailworthy.Code = "spf.dns-failure"
	// CodeFail says that the policy rejects the address.
	CodeFail mailworthy.Code = "spf.fail"
	// CodeSoftFail says that the policy disowns the address, but softly.
	CodeSoftFail mailworthy.Code = "spf.softfail"
	// CodeNeutral says that the policy has no opinion on the address.
	CodeNeutral mailworthy.Code = "spf.neutral"
)

// The codes of the findings that only a domain's report makes.
const (
	// CodeStrayBlank says that a blank separates a term from its value, as in
	// "redirect= example.org".
	CodeStrayBlank mailworthy.Code = "spf.stray-blank"
	// CodeMissingBlank says that two terms stand together without a blank, as in
	// "ip4:192.0.2.1-all".
	CodeMissingBlank mailworthy.Code = "spf.missing-blank"
	// CodeUnknownMechanism says that a term is neither a mechanism nor a modifier,
	// as "ip:192.0.2.1".
	CodeUnknownMechanism mailworthy.Code = "spf.unknown-mechanism"
	// CodeNonASCII says that a record holds characters that no record may hold,
	// such as the quotation marks of a word processor.
	CodeNonASCII mailworthy.Code = "spf.non-ascii"
	// CodeNearMiss says that a TXT record is meant to be an SPF record, but does
	// not start as one.
	CodeNearMiss mailworthy.Code = "spf.near-miss"
	// CodeEmbeddedVersion says that "v=spf1" stands in the middle of a record,
	// where it means nothing.
	CodeEmbeddedVersion mailworthy.Code = "spf.embedded-version"
	// CodeWrongName says that the record is published at a name where nobody looks.
	CodeWrongName mailworthy.Code = "spf.wrong-name"
	// CodeNotInherited says that a subdomain has no record; that of the domain
	// above does not apply to it.
	CodeNotInherited mailworthy.Code = "spf.not-inherited"
	// CodeType99 says that a record of the abandoned type SPF exists.
	CodeType99 mailworthy.Code = "spf.type-99"
	// CodeSenderID says that a Sender ID record exists, which nobody reads.
	CodeSenderID mailworthy.Code = "spf.sender-id"
	// CodeLoop says that a policy includes or redirects to itself.
	CodeLoop mailworthy.Code = "spf.loop"
	// CodeTooLarge says that a policy is larger than this package follows.
	CodeTooLarge mailworthy.Code = "spf.too-large"
	// CodeEqualsForColon says that a mechanism is written with an equals sign, as
	// "include=example.org", which receivers ignore.
	CodeEqualsForColon mailworthy.Code = "spf.equals-for-colon"
	// CodeUnknownModifier says that receivers ignore a modifier.
	CodeUnknownModifier mailworthy.Code = "spf.unknown-modifier"
	// CodePlusAll says that the policy allows the whole Internet.
	CodePlusAll mailworthy.Code = "spf.plus-all"
	// CodeNeutralAll says that the policy has no opinion on strangers.
	CodeNeutralAll mailworthy.Code = "spf.neutral-all"
	// CodeNoAll says that the record has neither "all" nor redirect.
	CodeNoAll mailworthy.Code = "spf.no-all"
	// CodeAfterAll says that terms behind "all" are never evaluated.
	CodeAfterAll mailworthy.Code = "spf.after-all"
	// CodeRedirectWithAll says that "all" makes a redirect void.
	CodeRedirectWithAll mailworthy.Code = "spf.redirect-with-all"
	// CodePTR says that the policy uses ptr.
	CodePTR mailworthy.Code = "spf.ptr"
	// CodeExp says that the record has an explanation, which few receivers show.
	CodeExp mailworthy.Code = "spf.exp"
	// CodeVoidTerm says that a term finds nothing in DNS.
	CodeVoidTerm mailworthy.Code = "spf.void-term"
	// CodeNullMX says that an mx term names a domain that receives no mail.
	CodeNullMX mailworthy.Code = "spf.null-mx"
	// CodeDuplicate says that a term stands twice.
	CodeDuplicate mailworthy.Code = "spf.duplicate"
	// CodeCovered says that a network is part of what an earlier term allows.
	CodeCovered mailworthy.Code = "spf.covered"
	// CodeWideNetwork says that a term allows a large part of the Internet.
	CodeWideNetwork mailworthy.Code = "spf.wide-network"
	// CodeReservedNetwork says that a network is private or reserved.
	CodeReservedNetwork mailworthy.Code = "spf.reserved-network"
	// CodeGluedStrings says that a record is split between two terms without a
	// blank, so that they run together.
	CodeGluedStrings mailworthy.Code = "spf.glued-strings"
	// CodeLongRecord says that the record does not fit into one string of 255
	// octets.
	CodeLongRecord mailworthy.Code = "spf.long-record"
	// CodeLargeAnswer says that the TXT records of the domain do not fit into one
	// datagram.
	CodeLargeAnswer mailworthy.Code = "spf.large-answer"
	// CodeTTL says that the record lives very short, or very long.
	CodeTTL mailworthy.Code = "spf.ttl"
	// CodeMacro says that a service answers for each sender apart, by macros.
	CodeMacro mailworthy.Code = "spf.macro"
)

// The codes of the findings that only a plan makes.
const (
	// CodePlan says that a wish could not be fulfilled.
	CodePlan mailworthy.Code = "spf.plan"
	// CodeFlattened says that a record holds copies of others' networks, which rot.
	CodeFlattened mailworthy.Code = "spf.flattened"
)

var rules = rule.Table{
	CodeBadDomain:        rule.Warning("RFC 7208 section 4.3"),
	CodeNoRecord:         rule.Warning("RFC 7208 section 4.5"),
	CodeMultipleRecords:  rule.Error("RFC 7208 section 4.5"),
	CodeSyntax:           rule.Error("RFC 7208 section 4.6"),
	CodeStrayBlank:       rule.Error("RFC 7208 section 4.6.1"),
	CodeMissingBlank:     rule.Error("RFC 7208 section 4.6.1"),
	CodeUnknownMechanism: rule.Error("RFC 7208 section 4.6.1"),
	CodeNonASCII:         rule.Error("RFC 7208 section 3.1"),
	CodeTooManyLookups:   rule.Error("RFC 7208 section 4.6.4"),
	CodeTooManyVoids:     rule.Error("RFC 7208 section 4.6.4"),
	CodeTooManyMX:        rule.Error("RFC 7208 section 4.6.4"),
	CodeIncludeNoRecord:  rule.Error("RFC 7208 section 5.2"),
	CodeRedirectNoRecord: rule.Error("RFC 7208 section 6.1"),
	CodeDNSFailure:       rule.Warning("RFC 7208 section 2.6.6"),
	CodeFail:             rule.Error("RFC 7208 section 8.4"),
	CodeSoftFail:         rule.Warning("RFC 7208 section 8.5"),
	CodeNeutral:          rule.Warning("RFC 7208 section 8.2"),

	CodeNearMiss:        rule.Error("RFC 7208 section 4.5"),
	CodeEmbeddedVersion: rule.Error("RFC 7208 section 4.5"),
	CodeWrongName:       rule.Error("RFC 7208 section 3"),
	CodeNotInherited:    rule.Warning("RFC 7208 section 4.5"),
	CodeType99:          rule.Info("RFC 7208 section 3.1"),
	CodeSenderID:        rule.Info("RFC 7208 section 3"),
	CodeLoop:            rule.Error("RFC 7208 section 4.6.4"),
	CodeTooLarge:        rule.Error("RFC 7208 section 4.6.4"),
	CodeEqualsForColon:  rule.Error("RFC 7208 section 4.6.1"),
	CodeUnknownModifier: rule.Info("RFC 7208 section 6"),
	CodePlusAll:         rule.Error("RFC 7208 section 5.1"),
	CodeNeutralAll:      rule.Warning("RFC 7208 section 8.2"),
	CodeNoAll:           rule.Warning("RFC 7208 section 4.7"),
	CodeAfterAll:        rule.Warning("RFC 7208 section 5.1"),
	CodeRedirectWithAll: rule.Warning("RFC 7208 section 6.1"),
	CodePTR:             rule.Warning("RFC 7208 section 5.5"),
	CodeExp:             rule.Info("RFC 7208 section 6.2"),
	CodeVoidTerm:        rule.Warning("RFC 7208 section 4.6.4"),
	CodeNullMX:          rule.Warning("RFC 7505 section 3"),
	CodeDuplicate:       rule.Info("RFC 7208 section 10.1.1"),
	CodeCovered:         rule.Info("RFC 7208 section 10.1.1"),
	CodeWideNetwork:     rule.Warning("RFC 7208 section 11.4"),
	CodeReservedNetwork: rule.Warning("RFC 6890 section 2"),
	CodeGluedStrings:    rule.Error("RFC 7208 section 3.3"),
	CodeLongRecord:      rule.Info("RFC 7208 section 3.3"),
	CodeLargeAnswer:     rule.Info("RFC 7208 section 3.4"),
	CodeTTL:             rule.Info("RFC 7208 section 11.1"),
	CodeMacro:           rule.Info("RFC 7208 section 7"),

	CodePlan:      rule.Warning("RFC 7208 section 10.1"),
	CodeFlattened: rule.Warning("RFC 7208 section 10.1.1"),
}

// finding starts a finding about a domain.
func finding(code mailworthy.Code, subject string) mailworthy.Finding {
	return rules.Finding(code, subject)
}
