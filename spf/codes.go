package spf

import "github.com/mailworthy/mailworthy"

// The codes of the findings that an evaluation makes. A result other than pass
// has at least one.
const (
	// CodeBadDomain says that the identity's domain can have no policy: it is
	// malformed, a single label, or an address literal.
	CodeBadDomain mailworthy.Code = "spf.bad-domain"
	// CodeNoRecord says that the domain publishes no policy.
	CodeNoRecord mailworthy.Code = "spf.no-record"
	// CodeMultipleRecords says that a domain publishes several, which is as good
	// as a broken one.
	CodeMultipleRecords mailworthy.Code = "spf.multiple-records"
	// CodeSyntax says that a record breaks the grammar.
	CodeSyntax mailworthy.Code = "spf.syntax"
	// CodeTooManyLookups says that a policy takes more than ten terms that query
	// DNS.
	CodeTooManyLookups mailworthy.Code = "spf.too-many-lookups"
	// CodeTooManyVoids says that more than two terms found nothing in DNS.
	CodeTooManyVoids mailworthy.Code = "spf.too-many-voids"
	// CodeTooManyMX says that an mx term names a domain with more than ten hosts.
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
