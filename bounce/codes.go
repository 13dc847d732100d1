package bounce

import (
	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/rule"
)

// The codes of the categories. Each Result starts with one of them.
const (
	// CodeAccepted says that the message was accepted, so that there is nothing to
	// explain.
	CodeAccepted mailworthy.Code = "bounce.accepted"
	// CodeUnknown says that neither the text nor the codes of a reply tell why it
	// was given.
	CodeUnknown mailworthy.Code = "bounce.unknown"
	// CodeIPBlocklisted says that the sending address is on a block list that the
	// receiver uses.
	CodeIPBlocklisted mailworthy.Code = "bounce.ip-blocklisted"
	// CodeDomainBlocklisted says that a domain of the sender, or of a link, is on a
	// block list.
	CodeDomainBlocklisted mailworthy.Code = "bounce.domain-blocklisted"
	// CodeIPReputation says that the receiver's own records speak against the
	// sending address.
	CodeIPReputation mailworthy.Code = "bounce.ip-reputation"
	// CodeDomainReputation says that the receiver's own records speak against the
	// sender's domain.
	CodeDomainReputation mailworthy.Code = "bounce.domain-reputation"
	// CodeAuthFailed says that SPF, DKIM, DMARC or ARC did not pass.
	CodeAuthFailed mailworthy.Code = "bounce.auth-failed"
	// CodeBadRDNS says that the PTR record of the sending address is missing, or
	// refused.
	CodeBadRDNS mailworthy.Code = "bounce.rdns"
	// CodeBadHELO says that the name in HELO or EHLO is refused.
	CodeBadHELO mailworthy.Code = "bounce.helo"
	// CodeRateLimited says that too much came at a time, which is no matter of a
	// block list.
	CodeRateLimited mailworthy.Code = "bounce.rate-limited"
	// CodeGreylisted says that the first attempt of a sender was deferred, as for
	// all unknown senders.
	CodeGreylisted mailworthy.Code = "bounce.greylisted"
	// CodeSenderRejected says that the sender's address or its domain is refused.
	CodeSenderRejected mailworthy.Code = "bounce.sender-rejected"
	// CodeAuthRequired says that the server wants a login, or refuses it.
	CodeAuthRequired mailworthy.Code = "bounce.auth-required"
	// CodeRelayDenied says that the server does not take mail for the recipient's
	// domain.
	CodeRelayDenied mailworthy.Code = "bounce.relay-denied"
	// CodeTLSFailed says that TLS is required, or its handshake failed.
	CodeTLSFailed mailworthy.Code = "bounce.tls"
	// CodeContentSpam says that the message is taken for spam.
	CodeContentSpam mailworthy.Code = "bounce.content-spam"
	// CodeContentVirus says that the message is taken for malware or phishing.
	CodeContentVirus mailworthy.Code = "bounce.content-virus"
	// CodeContentPolicy says that something in the message is not allowed.
	CodeContentPolicy mailworthy.Code = "bounce.content-policy"
	// CodeContentMalformed says that the message is not well-formed, or needs what
	// the receiver does not know.
	CodeContentMalformed mailworthy.Code = "bounce.content-malformed"
	// CodeMessageTooLarge says that the message is larger than the receiver accepts.
	CodeMessageTooLarge mailworthy.Code = "bounce.message-too-large"
	// CodeMailboxUnknown says that the recipient's mailbox does not exist.
	CodeMailboxUnknown mailworthy.Code = "bounce.mailbox-unknown"
	// CodeMailboxDisabled says that the recipient's mailbox is closed or suspended.
	CodeMailboxDisabled mailworthy.Code = "bounce.mailbox-disabled"
	// CodeMailboxFull says that the recipient's mailbox is full.
	CodeMailboxFull mailworthy.Code = "bounce.mailbox-full"
	// CodeMailboxMoved says that the recipient has another address now.
	CodeMailboxMoved mailworthy.Code = "bounce.mailbox-moved"
	// CodeRecipientRefused says that the recipient does not take mail from this
	// sender.
	CodeRecipientRefused mailworthy.Code = "bounce.recipient-refused"
	// CodeDomainUnknown says that the recipient's domain does not exist, or takes no
	// mail.
	CodeDomainUnknown mailworthy.Code = "bounce.domain-unknown"
	// CodeComplaint says that the recipient said that the message is spam.
	CodeComplaint mailworthy.Code = "bounce.complaint"
	// CodePolicy says that the receiver's policy forbids it, without saying which.
	CodePolicy mailworthy.Code = "bounce.policy"
	// CodeProtocolError says that the two hosts do not understand each other.
	CodeProtocolError mailworthy.Code = "bounce.protocol-error"
	// CodeServerError says that the receiver has a fault, or is overloaded.
	CodeServerError mailworthy.Code = "bounce.server-error"
	// CodeNetworkError says that the receiver could not be reached, or the
	// connection broke.
	CodeNetworkError mailworthy.Code = "bounce.network"
	// CodeRoutingLoop says that the message goes round in circles.
	CodeRoutingLoop mailworthy.Code = "bounce.routing-loop"
	// CodeExpired says that the message was tried until its time was up.
	CodeExpired mailworthy.Code = "bounce.expired"
	// CodeRemoteMisconfigured says that the receiver took a block list's refusal, or
	// a dead list, for a listing.
	CodeRemoteMisconfigured mailworthy.Code = "bounce.remote-misconfigured"
)

// The codes of what else a reply may show.
const (
	// CodeDeadList says that the block list that a reply names no longer exists.
	CodeDeadList mailworthy.Code = "bounce.dead-list"
	// CodeRecipientKept says that a reply sounds as if the mailbox did not exist,
	// but something in it speaks against removing the address.
	CodeRecipientKept mailworthy.Code = "bounce.recipient-kept"
	// CodeClaim says that a server calls permanent what passes, or temporary what
	// lasts.
	CodeClaim mailworthy.Code = "bounce.claim"
	// CodeTruncated says that only the beginning of a text was read, since it is
	// longer than any reply.
	CodeTruncated mailworthy.Code = "bounce.truncated"
)

var rules = rule.Table{
	CodeAccepted:            rule.Info("RFC 5321 section 4.2.1"),
	CodeUnknown:             rule.Info("RFC 3463"),
	CodeIPBlocklisted:       rule.Error("RFC 5782"),
	CodeDomainBlocklisted:   rule.Error("RFC 5782"),
	CodeIPReputation:        rule.Error("RFC 3463 section 3.8"),
	CodeDomainReputation:    rule.Error("RFC 3463 section 3.8"),
	CodeAuthFailed:          rule.Error("RFC 7372"),
	CodeBadRDNS:             rule.Error("RFC 7372 section 3.3"),
	CodeBadHELO:             rule.Error("RFC 5321 section 4.1.1.1"),
	CodeRateLimited:         rule.Warning("RFC 3463 section 3.5"),
	CodeGreylisted:          rule.Info("RFC 6647"),
	CodeSenderRejected:      rule.Error("RFC 3463 section 3.2"),
	CodeAuthRequired:        rule.Error("RFC 4954 section 6"),
	CodeRelayDenied:         rule.Error("RFC 5321 section 3.6.2"),
	CodeTLSFailed:           rule.Error("RFC 3207"),
	CodeContentSpam:         rule.Error("RFC 3463 section 3.8"),
	CodeContentVirus:        rule.Error("RFC 3463 section 3.8"),
	CodeContentPolicy:       rule.Error("RFC 3463 section 3.7"),
	CodeContentMalformed:    rule.Error("RFC 5322"),
	CodeMessageTooLarge:     rule.Error("RFC 1870"),
	CodeMailboxUnknown:      rule.Error("RFC 3463 section 3.2"),
	CodeMailboxDisabled:     rule.Error("RFC 3463 section 3.3"),
	CodeMailboxFull:         rule.Warning("RFC 3463 section 3.3"),
	CodeMailboxMoved:        rule.Error("RFC 3463 section 3.2"),
	CodeRecipientRefused:    rule.Error("RFC 3463 section 3.8"),
	CodeDomainUnknown:       rule.Error("RFC 7505"),
	CodeComplaint:           rule.Warning("RFC 5965"),
	CodePolicy:              rule.Error("RFC 3463 section 3.8"),
	CodeProtocolError:       rule.Error("RFC 3463 section 3.6"),
	CodeServerError:         rule.Warning("RFC 3463 section 3.4"),
	CodeNetworkError:        rule.Warning("RFC 3463 section 3.5"),
	CodeRoutingLoop:         rule.Error("RFC 5321 section 6.3"),
	CodeExpired:             rule.Error("RFC 3463 section 3.5"),
	CodeRemoteMisconfigured: rule.Error("RFC 6471 section 3"),
	CodeDeadList:            rule.Warning("RFC 6471 section 3.4"),
	CodeRecipientKept:       rule.Info("RFC 3463 section 3.2"),
	CodeClaim:               rule.Info("RFC 5321 section 4.2.1"),
	CodeTruncated:           rule.Info("RFC 5321 section 4.5.3.1.5"),
}
