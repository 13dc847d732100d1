package rdns

import (
	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/rule"
)

// The codes of the findings about the names of an address.
const (
	// CodeNoPTR says that the address has no name.
	CodeNoPTR mailworthy.Code = "rdns.no-ptr"
	// CodeDangling says that the reverse name is an alias to a name without a PTR
	// record.
	CodeDangling mailworthy.Code = "rdns.dangling"
	// CodeDelegated says that the reverse name is an alias, so that another zone
	// holds the PTR record.
	CodeDelegated mailworthy.Code = "rdns.delegated"
	// CodeDNSFailure says that DNS did not tell the names of the address, or the
	// addresses of a name.
	CodeDNSFailure mailworthy.Code = "rdns.dns-failure"
	// CodeNotConfirmed says that a name of the address leads to other addresses.
	CodeNotConfirmed mailworthy.Code = "rdns.not-confirmed"
	// CodeOtherFamily says that a name has addresses of the other family only: IPv6
	// for an IPv4 address, or the reverse.
	CodeOtherFamily mailworthy.Code = "rdns.other-family"
	// CodeNoAddress says that a name of the address has no addresses at all.
	CodeNoAddress mailworthy.Code = "rdns.no-address"
	// CodeUnknownTLD says that a name is in a top-level domain that does not exist.
	CodeUnknownTLD mailworthy.Code = "rdns.unknown-tld"
	// CodeSeveralNames says that the address has more than one name.
	CodeSeveralNames mailworthy.Code = "rdns.several-names"
	// CodeTooManyNames says that the address has more names than are looked at.
	CodeTooManyNames mailworthy.Code = "rdns.too-many-names"
	// CodeBadName says that a PTR record holds what cannot be the name of a host.
	CodeBadName mailworthy.Code = "rdns.bad-name"
	// CodeUnderscore says that a name has an underscore, which names of hosts have
	// not.
	CodeUnderscore mailworthy.Code = "rdns.underscore"
	// CodeAddressName says that a PTR record holds an address in place of a name.
	CodeAddressName mailworthy.Code = "rdns.address-name"
	// CodeReverseName says that a PTR record leads to a name of the reverse tree.
	CodeReverseName mailworthy.Code = "rdns.reverse-name"
	// CodeLocalhost says that the address calls itself localhost.
	CodeLocalhost mailworthy.Code = "rdns.localhost"
	// CodePrivateName says that a name can mean something in a private network only.
	CodePrivateName mailworthy.Code = "rdns.private-name"
	// CodeSingleLabel says that a name has no domain.
	CodeSingleLabel mailworthy.Code = "rdns.single-label"
	// CodePrivateAddress says that the address is not one of the public Internet.
	CodePrivateAddress mailworthy.Code = "rdns.private-address"
	// CodeGeneric says that the name was made from the address by a rule.
	CodeGeneric mailworthy.Code = "rdns.generic"
	// CodeDynamic says that the name looks as those of dial-up and home connections
	// do.
	CodeDynamic mailworthy.Code = "rdns.dynamic"
	// CodeCloudDefault says that the name is the one that a hosting service gives to
	// every address.
	CodeCloudDefault mailworthy.Code = "rdns.cloud-default"
)

// The codes of the findings about the name that a client gives in HELO or EHLO.
const (
	// CodeHELOEmpty says that the client gave no name.
	CodeHELOEmpty mailworthy.Code = "rdns.helo-empty"
	// CodeHELOSyntax says that what the client gave is no domain name.
	CodeHELOSyntax mailworthy.Code = "rdns.helo-syntax"
	// CodeHELOBareAddress says that the client gave an address without brackets.
	CodeHELOBareAddress mailworthy.Code = "rdns.helo-bare-address"
	// CodeHELOLiteralSyntax says that an address literal is malformed.
	CodeHELOLiteralSyntax mailworthy.Code = "rdns.helo-literal-syntax"
	// CodeHELOLiteralOther says that an address literal is not the client's address.
	CodeHELOLiteralOther mailworthy.Code = "rdns.helo-literal-other"
	// CodeHELOLiteralPrivate says that an address literal is not a public address.
	CodeHELOLiteralPrivate mailworthy.Code = "rdns.helo-literal-private"
	// CodeHELOLiteral says that the client gives its address in place of a name.
	CodeHELOLiteral mailworthy.Code = "rdns.helo-literal"
	// CodeHELOSingleLabel says that the name has no domain.
	CodeHELOSingleLabel mailworthy.Code = "rdns.helo-single-label"
	// CodeHELOLocalhost says that the client calls itself localhost.
	CodeHELOLocalhost mailworthy.Code = "rdns.helo-localhost"
	// CodeHELOPrivate says that the name can mean something in a private network only.
	CodeHELOPrivate mailworthy.Code = "rdns.helo-private"
	// CodeHELOUnresolved says that the name has neither addresses nor mail servers.
	CodeHELOUnresolved mailworthy.Code = "rdns.helo-unresolved"
	// CodeHELODNSFailure says that DNS did not tell whether the name exists, or where
	// it leads.
	CodeHELODNSFailure mailworthy.Code = "rdns.helo-dns-failure"
	// CodeHELOMXOnly says that the name has mail servers, but no address.
	CodeHELOMXOnly mailworthy.Code = "rdns.helo-mx-only"
	// CodeHELOElsewhere says that the name leads to other addresses than the client's.
	CodeHELOElsewhere mailworthy.Code = "rdns.helo-elsewhere"
	// CodeHELODiffers says that the name is not the one that DNS has for the address.
	CodeHELODiffers mailworthy.Code = "rdns.helo-differs"
	// CodeHELOProvider says that the client uses the name of a large mail provider,
	// and is none of its hosts.
	CodeHELOProvider mailworthy.Code = "rdns.helo-provider"
	// CodeHELORecipient says that the client uses the name of those that it sends to.
	CodeHELORecipient mailworthy.Code = "rdns.helo-recipient"
	// CodeHELOGeneric says that the name was made from the address by a rule.
	CodeHELOGeneric mailworthy.Code = "rdns.helo-generic"
)

var rules = rule.Table{
	CodeNoPTR:          rule.Error("RFC 8601 section 2.7.3"),
	CodeDangling:       rule.Error("RFC 2317 section 4"),
	CodeDelegated:      rule.Info("RFC 2317 section 4"),
	CodeDNSFailure:     rule.Warning("RFC 8601 section 2.7.3"),
	CodeNotConfirmed:   rule.Error("RFC 8601 section 3"),
	CodeOtherFamily:    rule.Error("RFC 8601 section 3"),
	CodeNoAddress:      rule.Error("RFC 8601 section 2.7.3"),
	CodeUnknownTLD:     rule.Error("RFC 8601 section 2.7.3"),
	CodeSeveralNames:   rule.Warning("RFC 8601 section 3"),
	CodeTooManyNames:   rule.Warning("RFC 8601 section 3"),
	CodeBadName:        rule.Error("RFC 1123 section 2.1"),
	CodeUnderscore:     rule.Warning("RFC 1123 section 2.1"),
	CodeAddressName:    rule.Error("RFC 1123 section 2.1"),
	CodeReverseName:    rule.Error("RFC 1035 section 3.5"),
	CodeLocalhost:      rule.Error("RFC 6761 section 6.3"),
	CodePrivateName:    rule.Error("RFC 6761 section 6"),
	CodeSingleLabel:    rule.Error("RFC 5321 section 2.3.5"),
	CodePrivateAddress: rule.Warning("RFC 6890 section 2"),
	CodeGeneric:        rule.Warning("RFC 8501 section 4"),
	CodeDynamic:        rule.Warning("RFC 8501 section 4"),
	CodeCloudDefault:   rule.Warning("RFC 8501 section 4"),

	CodeHELOEmpty:          rule.Error("RFC 5321 section 4.1.1.1"),
	CodeHELOSyntax:         rule.Error("RFC 5321 section 4.1.2"),
	CodeHELOBareAddress:    rule.Error("RFC 5321 section 4.1.3"),
	CodeHELOLiteralSyntax:  rule.Error("RFC 5321 section 4.1.3"),
	CodeHELOLiteralOther:   rule.Error("RFC 5321 section 4.1.4"),
	CodeHELOLiteralPrivate: rule.Error("RFC 5321 section 4.1.3"),
	CodeHELOLiteral:        rule.Warning("RFC 5321 section 4.1.4"),
	CodeHELOSingleLabel:    rule.Error("RFC 5321 section 2.3.5"),
	CodeHELOLocalhost:      rule.Error("RFC 6761 section 6.3"),
	CodeHELOPrivate:        rule.Error("RFC 6761 section 6"),
	CodeHELOUnresolved:     rule.Error("RFC 5321 section 2.3.5"),
	CodeHELODNSFailure:     rule.Warning("RFC 5321 section 2.3.5"),
	CodeHELOMXOnly:         rule.Info("RFC 5321 section 2.3.5"),
	CodeHELOElsewhere:      rule.Warning("RFC 5321 section 4.1.4"),
	CodeHELODiffers:        rule.Info("RFC 5321 section 4.1.4"),
	CodeHELOProvider:       rule.Error("RFC 5321 section 4.1.1.1"),
	CodeHELORecipient:      rule.Error("RFC 5321 section 4.1.1.1"),
	CodeHELOGeneric:        rule.Warning("RFC 8501 section 4"),
}
