package dkim

import (
	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/rule"
)

// The codes of the findings about one key.
const (
	// CodeKeyName says that selector and domain make no name that DNS can be asked
	// for.
	CodeKeyName mailworthy.Code = "dkim.key-name"
	// CodeKeyMissing says that no key is published for the selector.
	CodeKeyMissing mailworthy.Code = "dkim.key-missing"
	// CodeKeyMisplaced says that a missing key is published at another name, where
	// no receiver looks.
	CodeKeyMisplaced mailworthy.Code = "dkim.key-misplaced"
	// CodeKeyDNSFailure says that DNS did not tell whether there is a key.
	CodeKeyDNSFailure mailworthy.Code = "dkim.key-dns-failure"
	// CodeKeyDangling says that the selector is an alias to a name that has no key.
	CodeKeyDangling mailworthy.Code = "dkim.key-dangling"
	// CodeKeyDelegated says that the selector is an alias, so that another keeps
	// the key.
	CodeKeyDelegated mailworthy.Code = "dkim.key-delegated"
	// CodeKeyRevoked says that the key was withdrawn: p= is empty.
	CodeKeyRevoked mailworthy.Code = "dkim.key-revoked"
	// CodeKeyForeign says that what is published at the selector is no key record.
	CodeKeyForeign mailworthy.Code = "dkim.key-foreign"
	// CodeKeyMultiple says that several TXT records are published at the selector.
	CodeKeyMultiple mailworthy.Code = "dkim.key-multiple"
	// CodeKeySyntax says that a key record breaks the grammar in a way that none of
	// the codes for common mistakes tells.
	CodeKeySyntax mailworthy.Code = "dkim.key-syntax"
	// CodeKeyQuotes says that quotation marks, apostrophes or backslashes, which
	// belong in zone files, are part of the record.
	CodeKeyQuotes mailworthy.Code = "dkim.key-quotes"
	// CodeKeyLineBreak says that a line break is part of the record.
	CodeKeyLineBreak mailworthy.Code = "dkim.key-line-break"
	// CodeKeyBlank says that p= holds blanks, which receivers should ignore and
	// some do not.
	CodeKeyBlank mailworthy.Code = "dkim.key-blank"
	// CodeKeySplitBlank says that a record was split into strings with blanks where
	// they join.
	CodeKeySplitBlank mailworthy.Code = "dkim.key-split-blank"
	// CodeKeyNonASCII says that p= holds characters from outside ASCII, such as
	// those that copying from a web page brings.
	CodeKeyNonASCII mailworthy.Code = "dkim.key-non-ascii"
	// CodeKeyArmor says that the lines of a PEM file are part of the record.
	CodeKeyArmor mailworthy.Code = "dkim.key-armor"
	// CodeKeyPrefix says that something else stands before the record, such as its
	// own name and type.
	CodeKeyPrefix mailworthy.Code = "dkim.key-prefix"
	// CodeKeyVersion says that v= is wrong, or not the first tag.
	CodeKeyVersion mailworthy.Code = "dkim.key-version"
	// CodeKeySemicolon says that a semicolon is missing, or one too many.
	CodeKeySemicolon mailworthy.Code = "dkim.key-semicolon"
	// CodeKeyBase64 says that p= is not valid base64, or not the whole of it.
	CodeKeyBase64 mailworthy.Code = "dkim.key-base64"
	// CodeKeyTruncated says that the key is cut off, often where the first string
	// of 255 octets ends: the rest was lost when it was published.
	CodeKeyTruncated mailworthy.Code = "dkim.key-truncated"
	// CodeKeyType says that k= is not the type of the key in p=, or is unknown.
	CodeKeyType mailworthy.Code = "dkim.key-type"
	// CodeKeyForm says that the key has a form that few receivers read: an RSA key
	// without, or an Ed25519 key with, the structure around it.
	CodeKeyForm mailworthy.Code = "dkim.key-form"
	// CodeKeyWeak says that an RSA key has less than 1024 bits: receivers must not
	// accept its signatures.
	CodeKeyWeak mailworthy.Code = "dkim.key-weak"
	// CodeKeyShort says that an RSA key has less than 2048 bits.
	CodeKeyShort mailworthy.Code = "dkim.key-short"
	// CodeKeyLong says that an RSA key is larger than receivers must support.
	CodeKeyLong mailworthy.Code = "dkim.key-long"
	// CodeKeyTesting says that the record has the flag for testing.
	CodeKeyTesting mailworthy.Code = "dkim.key-testing"
	// CodeKeyHash says that h= does not allow SHA-256.
	CodeKeyHash mailworthy.Code = "dkim.key-hash"
	// CodeKeyService says that s= does not allow mail.
	CodeKeyService mailworthy.Code = "dkim.key-service"
	// CodeKeyEd25519 says that few receivers verify signatures of the key's type.
	CodeKeyEd25519 mailworthy.Code = "dkim.key-ed25519"
	// CodeKeyTTL says that the record lives very long.
	CodeKeyTTL mailworthy.Code = "dkim.key-ttl"
)

// The codes of the findings about a domain's selectors.
const (
	// CodeSelectorsNone says that none of the selectors asked for has a key. The
	// domain may well have others.
	CodeSelectorsNone mailworthy.Code = "dkim.selectors-none"
	// CodeNoKeys says that the domain has no keys at all, whatever the selector.
	CodeNoKeys mailworthy.Code = "dkim.no-keys"
	// CodeOnlyEd25519 says that no usable RSA key was found beside those of type
	// Ed25519.
	CodeOnlyEd25519 mailworthy.Code = "dkim.only-ed25519"
	// CodeKeyShared says that selectors have the same key.
	CodeKeyShared mailworthy.Code = "dkim.key-shared"
	// CodeWildcard says that a wildcard answers for every selector.
	CodeWildcard mailworthy.Code = "dkim.wildcard"
	// CodeADSP says that the domain has a record of the abandoned ADSP.
	CodeADSP mailworthy.Code = "dkim.adsp"
	// CodeDomainKeys says that the domain has a policy record of DomainKeys, which
	// DKIM replaced.
	CodeDomainKeys mailworthy.Code = "dkim.domainkeys"
)

var keyRules = rule.Table{
	CodeKeyName:       rule.Error("RFC 6376 section 3.1"),
	CodeKeyMissing:    rule.Error("RFC 6376 section 6.1.2"),
	CodeKeyMisplaced:  rule.Error("RFC 6376 section 3.6.2.1"),
	CodeKeyDNSFailure: rule.Warning("RFC 6376 section 6.1.2"),
	CodeKeyDangling:   rule.Error("RFC 6376 section 6.1.2"),
	CodeKeyDelegated:  rule.Info("RFC 6376 section 3.6.2"),
	CodeKeyRevoked:    rule.Error("RFC 6376 section 3.6.1"),
	CodeKeyForeign:    rule.Error("RFC 6376 section 3.6.2.2"),
	CodeKeyMultiple:   rule.Error("RFC 6376 section 3.6.2.2"),
	CodeKeySyntax:     rule.Error("RFC 6376 section 3.6.1"),
	CodeKeyQuotes:     rule.Error("RFC 6376 section 3.2"),
	CodeKeyLineBreak:  rule.Error("RFC 6376 section 3.6.1"),
	CodeKeyBlank:      rule.Warning("RFC 6376 section 3.6.1"),
	CodeKeySplitBlank: rule.Warning("RFC 6376 section 3.6.2.2"),
	CodeKeyNonASCII:   rule.Error("RFC 6376 section 3.6.1"),
	CodeKeyArmor:      rule.Error("RFC 6376 section 3.6.1"),
	CodeKeyPrefix:     rule.Error("RFC 6376 section 3.6.1"),
	CodeKeyVersion:    rule.Error("RFC 6376 section 3.6.1"),
	CodeKeySemicolon:  rule.Error("RFC 6376 section 3.2"),
	CodeKeyBase64:     rule.Error("RFC 6376 section 3.6.1"),
	CodeKeyTruncated:  rule.Error("RFC 6376 section 3.6.2.2"),
	CodeKeyType:       rule.Error("RFC 6376 section 3.6.1"),
	CodeKeyForm:       rule.Warning("RFC 6376 section 3.6.1"),
	CodeKeyWeak:       rule.Error("RFC 8301 section 3.2"),
	CodeKeyShort:      rule.Warning("RFC 8301 section 3.2"),
	CodeKeyLong:       rule.Warning("RFC 8301 section 3.2"),
	CodeKeyTesting:    rule.Warning("RFC 6376 section 3.6.1"),
	CodeKeyHash:       rule.Error("RFC 8301 section 3.1"),
	CodeKeyService:    rule.Error("RFC 6376 section 3.6.1"),
	CodeKeyEd25519:    rule.Info("RFC 8463 section 6"),
	CodeKeyTTL:        rule.Info("RFC 6376 section 3.6.2"),

	CodeSelectorsNone: rule.Info("RFC 6376 section 3.1"),
	CodeNoKeys:        rule.Warning("RFC 8020 section 2"),
	CodeOnlyEd25519:   rule.Warning("RFC 8463 section 6"),
	CodeKeyShared:     rule.Info("RFC 6376 section 3.1"),
	CodeWildcard:      rule.Warning("RFC 6376 section 6.1.2"),
	CodeADSP:          rule.Info("RFC 5617"),
	CodeDomainKeys:    rule.Info("RFC 4870"),
}

// keyFinding starts a finding about a key or its domain.
func keyFinding(code mailworthy.Code, subject string) mailworthy.Finding {
	return keyRules.Finding(code, subject)
}
