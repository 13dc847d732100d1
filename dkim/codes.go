package dkim

import (
	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/rule"
)

// The codes of why a signature has no pass. Those of keys (CodeKeyMissing and the
// like) are reasons, too.
const (
	// CodeSignatureSyntax says that a signature field breaks the grammar.
	CodeSignatureSyntax mailworthy.Code = "dkim.signature-syntax"
	// CodeDuplicateTag says that a tag stands twice in a signature.
	CodeDuplicateTag mailworthy.Code = "dkim.duplicate-tag"
	// CodeMissingTag says that a signature lacks a tag that it must have.
	CodeMissingTag mailworthy.Code = "dkim.missing-tag"
	// CodeVersion says that a signature is of an unknown version.
	CodeVersion mailworthy.Code = "dkim.version"
	// CodeAlgorithm says that the algorithm of a signature is unknown.
	CodeAlgorithm mailworthy.Code = "dkim.algorithm"
	// CodeSHA1 says that a signature is made with SHA-1, which nobody may accept.
	CodeSHA1 mailworthy.Code = "dkim.sha1"
	// CodeCanonicalization says that a canonicalisation is unknown.
	CodeCanonicalization mailworthy.Code = "dkim.canonicalization"
	// CodeQuery says that a signature's key is not in DNS.
	CodeQuery mailworthy.Code = "dkim.query-method"
	// CodeIdentity says that the domain of i= is neither that of d= nor below it.
	CodeIdentity mailworthy.Code = "dkim.identity"
	// CodeStrictIdentity says that the key is only for the domain itself, and i= is
	// below it.
	CodeStrictIdentity mailworthy.Code = "dkim.strict-identity"
	// CodeFromNotSigned says that a signature does not cover the From field.
	CodeFromNotSigned mailworthy.Code = "dkim.from-not-signed"
	// CodeFromMissing says that the message has no From field.
	CodeFromMissing mailworthy.Code = "dkim.from-missing"
	// CodeFromMultiple says that the message has several From fields, of which a
	// reader may see one that is not signed.
	CodeFromMultiple mailworthy.Code = "dkim.from-multiple"
	// CodeExpiresEarly says that x= is not later than t=.
	CodeExpiresEarly mailworthy.Code = "dkim.expires-early"
	// CodeExpired says that a signature's time is over.
	CodeExpired mailworthy.Code = "dkim.expired"
	// CodeFuture says that a signature was made in the future.
	CodeFuture mailworthy.Code = "dkim.future"
	// CodeBodyHash says that the body is not what was signed.
	CodeBodyHash mailworthy.Code = "dkim.body-hash"
	// CodeBodyShort says that the body is shorter than what l= says was signed.
	CodeBodyShort mailworthy.Code = "dkim.body-short"
	// CodeLengthRefused says that a signature has l=, which the caller refuses.
	CodeLengthRefused mailworthy.Code = "dkim.length-refused"
	// CodeSignatureMismatch says that the header is not what was signed, or the key
	// not that of the signer.
	CodeSignatureMismatch mailworthy.Code = "dkim.signature-mismatch"
	// CodeTooManyNames says that h= names more fields than the limit allows.
	CodeTooManyNames mailworthy.Code = "dkim.too-many-names"
	// CodeHeaderTooLarge says that the header exceeds a limit, so that nothing in
	// it was verified.
	CodeHeaderTooLarge mailworthy.Code = "dkim.header-too-large"
	// CodeNotObserved says that the Message lacks the body's hash: it did not come
	// from ReadMessage.
	CodeNotObserved mailworthy.Code = "dkim.not-observed"
)

// The codes of the findings that go with any status.
const (
	// CodeUnsigned says that the message has no signature.
	CodeUnsigned mailworthy.Code = "dkim.unsigned"
	// CodeTooManySignatures says that there are more signatures than were verified.
	CodeTooManySignatures mailworthy.Code = "dkim.too-many-signatures"
	// CodePartialBody says that a signature covers only the beginning of the body.
	CodePartialBody mailworthy.Code = "dkim.partial-body"
	// CodeFieldAdded says that the header holds a second field of a kind of which
	// only one is signed.
	CodeFieldAdded mailworthy.Code = "dkim.field-added"
	// CodeFieldAddable says that fields can be added without breaking a signature.
	CodeFieldAddable mailworthy.Code = "dkim.field-addable"
)

// The codes of the findings about an ARC chain.
const (
	// CodeARCStructure says that the sets of a chain are not complete, or not those
	// from 1 to the last.
	CodeARCStructure mailworthy.Code = "dkim.arc-structure"
	// CodeARCTooLong says that a chain has more than 50 sets.
	CodeARCTooLong mailworthy.Code = "dkim.arc-too-long"
	// CodeARCFailed says that an earlier host found the chain broken, and said so.
	CodeARCFailed mailworthy.Code = "dkim.arc-failed"
	// CodeARCStatus says that a seal states a status that it cannot have.
	CodeARCStatus mailworthy.Code = "dkim.arc-status"
	// CodeARCMessage says that the last message signature does not verify.
	CodeARCMessage mailworthy.Code = "dkim.arc-message"
	// CodeARCSeal says that a seal does not verify.
	CodeARCSeal mailworthy.Code = "dkim.arc-seal"
)

var rules = rule.Table{
	CodeSignatureSyntax:   rule.Error("RFC 6376 section 3.5"),
	CodeDuplicateTag:      rule.Error("RFC 6376 section 3.2"),
	CodeMissingTag:        rule.Error("RFC 6376 section 6.1.1"),
	CodeVersion:           rule.Error("RFC 6376 section 6.1.1"),
	CodeAlgorithm:         rule.Error("RFC 6376 section 3.3"),
	CodeSHA1:              rule.Error("RFC 8301 section 3.1"),
	CodeCanonicalization:  rule.Error("RFC 6376 section 3.4"),
	CodeQuery:             rule.Error("RFC 6376 section 3.5"),
	CodeIdentity:          rule.Error("RFC 6376 section 6.1.1"),
	CodeStrictIdentity:    rule.Error("RFC 6376 section 3.6.1"),
	CodeFromNotSigned:     rule.Error("RFC 6376 section 6.1.1"),
	CodeFromMissing:       rule.Error("RFC 5322 section 3.6"),
	CodeFromMultiple:      rule.Error("RFC 6376 section 8.15"),
	CodeExpiresEarly:      rule.Error("RFC 6376 section 3.5"),
	CodeExpired:           rule.Error("RFC 6376 section 6.1.1"),
	CodeFuture:            rule.Error("RFC 6376 section 3.5"),
	CodeBodyHash:          rule.Error("RFC 6376 section 6.1.3"),
	CodeBodyShort:         rule.Error("RFC 6376 section 3.5"),
	CodeLengthRefused:     rule.Warning("RFC 6376 section 8.2"),
	CodeSignatureMismatch: rule.Error("RFC 6376 section 6.1.3"),
	CodeTooManyNames:      rule.Warning("RFC 6376 section 8.4"),
	CodeHeaderTooLarge:    rule.Error("RFC 6376 section 8.4"),
	CodeNotObserved:       rule.Error("RFC 6376 section 6.1.3"),

	CodeUnsigned:          rule.Warning("RFC 8601 section 2.7.1"),
	CodeTooManySignatures: rule.Warning("RFC 6376 section 8.4"),
	CodePartialBody:       rule.Warning("RFC 6376 section 8.2"),
	CodeFieldAdded:        rule.Warning("RFC 6376 section 8.15"),
	CodeFieldAddable:      rule.Info("RFC 6376 section 8.15"),

	CodeARCStructure: rule.Error("RFC 8617 section 5.2"),
	CodeARCTooLong:   rule.Error("RFC 8617 section 5.2"),
	CodeARCFailed:    rule.Error("RFC 8617 section 5.2"),
	CodeARCStatus:    rule.Error("RFC 8617 section 5.2"),
	CodeARCMessage:   rule.Error("RFC 8617 section 5.2"),
	CodeARCSeal:      rule.Error("RFC 8617 section 5.2"),
}

// finding starts a finding about a domain, or about a key.
func finding(code mailworthy.Code, subject string) mailworthy.Finding {
	if _, ok := rules[code]; !ok {
		return keyFinding(code, subject)
	}
	return rules.Finding(code, subject)
}
