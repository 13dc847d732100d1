package smtpprobe

import (
	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/rule"
)

// The codes of why a host would not take mail, or of why that is not known.
const (
	// CodeAddressUnfit says that an address is none that mail can be sent to, and was
	// not dialled.
	CodeAddressUnfit mailworthy.Code = "smtpprobe.address-unfit"
	// CodePortBlocked says that the port is blocked where the prober is, so that
	// nothing is known of the hosts.
	CodePortBlocked mailworthy.Code = "smtpprobe.port-blocked"
	// CodeNoConnection says that no connection came about, for which the host, the
	// network between, or the prober's own may be the reason.
	CodeNoConnection mailworthy.Code = "smtpprobe.no-connection"
	// CodeFamilyUnreachable says that the prober's own network has no way to addresses
	// of this kind, such as those of IPv6.
	CodeFamilyUnreachable mailworthy.Code = "smtpprobe.family-unreachable"
	// CodeRefused says that there is no server at the address.
	CodeRefused mailworthy.Code = "smtpprobe.refused"
	// CodeTimeout says that a reply did not come, or not wholly, in the time that the
	// prober waits.
	CodeTimeout mailworthy.Code = "smtpprobe.timeout"
	// CodeClosed says that the connection was closed or reset before its time.
	CodeClosed mailworthy.Code = "smtpprobe.closed"
	// CodeEnded says that the probe was ended before the session was.
	CodeEnded mailworthy.Code = "smtpprobe.ended"
	// CodeRejected says that the server refuses to talk to the prober.
	CodeRejected mailworthy.Code = "smtpprobe.rejected"
	// CodeDeferred says that the server asks to come back later.
	CodeDeferred mailworthy.Code = "smtpprobe.deferred"
)

// The codes of what is wrong with the protocol.
const (
	// CodeMalformed says that what the server sent is no SMTP reply, or none to what it
	// was told.
	CodeMalformed mailworthy.Code = "smtpprobe.malformed"
	// CodeTooLarge says that the server sent more than anybody should read.
	CodeTooLarge mailworthy.Code = "smtpprobe.too-large"
	// CodeUnsolicited says that the server answered what nobody had asked yet.
	CodeUnsolicited mailworthy.Code = "smtpprobe.unsolicited"
	// CodeInjection says that something came in the clear between the reply to STARTTLS
	// and TLS, where only an attacker, or a grave mistake, puts it.
	CodeInjection mailworthy.Code = "smtpprobe.starttls-injection"
	// CodeBareLF says that lines end without CR.
	CodeBareLF mailworthy.Code = "smtpprobe.bare-lf"
	// CodeControl says that replies hold control characters.
	CodeControl mailworthy.Code = "smtpprobe.control-characters"
	// CodeEightBit says that replies hold octets above 127.
	CodeEightBit mailworthy.Code = "smtpprobe.eight-bit"
	// CodeLongLine says that a line is longer than 512 octets.
	CodeLongLine mailworthy.Code = "smtpprobe.long-line"
	// CodeSlow says that the greeting took long.
	CodeSlow mailworthy.Code = "smtpprobe.slow-greeting"
	// CodeMasked says that something on the way, or the server, blanks out the greeting
	// or what EHLO offers.
	CodeMasked mailworthy.Code = "smtpprobe.masked"
	// CodeNoHost says that the greeting does not begin with the server's name.
	CodeNoHost mailworthy.Code = "smtpprobe.greeting-host"
	// CodeNoEHLO says that the server knows only HELO.
	CodeNoEHLO mailworthy.Code = "smtpprobe.no-ehlo"
	// CodeQuit says that QUIT was not answered.
	CodeQuit mailworthy.Code = "smtpprobe.quit"
	// CodeClearAuth says that passwords are asked for in the clear.
	CodeClearAuth mailworthy.Code = "smtpprobe.auth-in-the-clear"
)

// The codes of what is wrong with TLS.
const (
	// CodeNoSTARTTLS says that the server does not offer STARTTLS.
	CodeNoSTARTTLS mailworthy.Code = "smtpprobe.no-starttls"
	// CodeHidden says that the server takes STARTTLS, and that the offer does not arrive.
	CodeHidden mailworthy.Code = "smtpprobe.starttls-hidden"
	// CodeSTARTTLSRefused says that the server offers STARTTLS, and refuses it.
	CodeSTARTTLSRefused mailworthy.Code = "smtpprobe.starttls-refused"
	// CodeSTARTTLSInside says that the server offers STARTTLS again inside TLS.
	CodeSTARTTLSInside mailworthy.Code = "smtpprobe.starttls-inside-tls"
	// CodeVanished says that EHLO inside TLS offers less than before.
	CodeVanished mailworthy.Code = "smtpprobe.capabilities-vanished"
	// CodeHandshake says that the handshake failed.
	CodeHandshake mailworthy.Code = "smtpprobe.tls-failed"
	// CodeOldTLS says that the server accepts only versions or ciphers that nobody
	// should use.
	CodeOldTLS mailworthy.Code = "smtpprobe.tls-old"
	// CodeNoCommonTLS says that there is no version or cipher in common, also with old
	// ones. Others may have one.
	CodeNoCommonTLS mailworthy.Code = "smtpprobe.tls-nothing-in-common"
	// CodeDiffers says that the addresses of a host are not the same in what matters.
	CodeDiffers mailworthy.Code = "smtpprobe.addresses-differ"
)

// The codes of what is wrong with certificates. Mail is delivered all the same, unless
// MTA-STS or the sender's own rules ask for a certificate that proves something; DANE
// asks for another.
const (
	// CodeExpired says that a certificate is expired.
	CodeExpired mailworthy.Code = "smtpprobe.certificate-expired"
	// CodeNotYetValid says that a certificate is from the future.
	CodeNotYetValid mailworthy.Code = "smtpprobe.certificate-not-yet-valid"
	// CodeExpiring says that a certificate expires soon.
	CodeExpiring mailworthy.Code = "smtpprobe.certificate-expiring"
	// CodeSelfSigned says that a certificate is signed by nobody else.
	CodeSelfSigned mailworthy.Code = "smtpprobe.certificate-self-signed"
	// CodeMissingIntermediate says that the server does not send who signed its
	// certificate.
	CodeMissingIntermediate mailworthy.Code = "smtpprobe.certificate-missing-intermediate"
	// CodeUntrusted says that a chain leads to no known authority.
	CodeUntrusted mailworthy.Code = "smtpprobe.certificate-untrusted"
	// CodeNoRoots says that the prober has no authorities, so that it cannot tell.
	CodeNoRoots mailworthy.Code = "smtpprobe.no-roots"
	// CodeWrongName says that a certificate is not for the host's name.
	CodeWrongName mailworthy.Code = "smtpprobe.certificate-name"
	// CodeChainOrder says that the certificates are not in order.
	CodeChainOrder mailworthy.Code = "smtpprobe.certificate-order"
	// CodeChainSize says that the chain is larger than was looked at.
	CodeChainSize mailworthy.Code = "smtpprobe.certificate-chain-size"
	// CodeWeakKey says that a key is too small.
	CodeWeakKey mailworthy.Code = "smtpprobe.certificate-weak-key"
	// CodeWeakSignature says that a signature is made with a broken hash.
	CodeWeakSignature mailworthy.Code = "smtpprobe.certificate-weak-signature"
	// CodeBadCertificate says that what was presented is no certificate that can be
	// read, or that a careful client does not take.
	CodeBadCertificate mailworthy.Code = "smtpprobe.certificate-malformed"
)

// The codes of expectations of one's own hosts.
const (
	// CodeOwnName says that the host's own name is none that a host of the Internet
	// has, such as localhost.
	CodeOwnName mailworthy.Code = "smtpprobe.own-name"
	// CodeOwnPTR says that reverse DNS has another name than the greeting.
	CodeOwnPTR mailworthy.Code = "smtpprobe.own-ptr"
	// CodeOwnForward says that the name of the greeting does not lead to the address.
	CodeOwnForward mailworthy.Code = "smtpprobe.own-forward"
	// CodeOwnCertificate says that the certificate is not for the name of the greeting.
	CodeOwnCertificate mailworthy.Code = "smtpprobe.own-certificate"
)

// The codes of recipients.
const (
	// CodeRecipientAccepted says that a host accepts a recipient, and rejects a random
	// one.
	CodeRecipientAccepted mailworthy.Code = "smtpprobe.recipient-accepted"
	// CodeRecipientRejected says that a host rejects a recipient.
	CodeRecipientRejected mailworthy.Code = "smtpprobe.recipient-rejected"
	// CodeRecipientDeferred says that a host asks to come back later.
	CodeRecipientDeferred mailworthy.Code = "smtpprobe.recipient-deferred"
	// CodeRecipientBlocked says that a host does not answer this client.
	CodeRecipientBlocked mailworthy.Code = "smtpprobe.recipient-blocked"
	// CodeRecipientCatchAll says that a host accepts a random recipient as well.
	CodeRecipientCatchAll mailworthy.Code = "smtpprobe.recipient-catch-all"
	// CodeRecipientUnknown says that it was not found out what a host says of a
	// recipient.
	CodeRecipientUnknown mailworthy.Code = "smtpprobe.recipient-unknown"
)

var rules = rule.Table{
	CodeAddressUnfit:      rule.Error("RFC 5321 section 5.1"),
	CodePortBlocked:       rule.Warning("RFC 5321 section 4.5.4.1"),
	CodeNoConnection:      rule.Warning("RFC 5321 section 4.5.4.1"),
	CodeFamilyUnreachable: rule.Info("RFC 5321 section 5.2"),
	CodeRefused:           rule.Error("RFC 5321 section 4.5.4.1"),
	CodeTimeout:           rule.Warning("RFC 5321 section 4.5.3.2"),
	CodeClosed:            rule.Warning("RFC 5321 section 3.8"),
	CodeEnded:             rule.Warning("RFC 5321 section 4.5.3.2"),
	CodeRejected:          rule.Error("RFC 5321 section 3.1"),
	CodeDeferred:          rule.Warning("RFC 5321 section 4.2.1"),

	CodeMalformed:   rule.Error("RFC 5321 section 4.2"),
	CodeTooLarge:    rule.Error("RFC 5321 section 4.5.3.1.5"),
	CodeUnsolicited: rule.Error("RFC 5321 section 2.1"),
	CodeInjection:   rule.Error("RFC 3207 section 4.2"),
	CodeBareLF:      rule.Warning("RFC 5321 section 2.3.8"),
	CodeControl:     rule.Warning("RFC 5321 section 4.2"),
	CodeEightBit:    rule.Info("RFC 5321 section 4.2"),
	CodeLongLine:    rule.Warning("RFC 5321 section 4.5.3.1.5"),
	CodeSlow:        rule.Info("RFC 5321 section 4.5.3.2.1"),
	CodeMasked:      rule.Warning("RFC 3207 section 6"),
	CodeNoHost:      rule.Info("RFC 5321 section 4.2"),
	CodeNoEHLO:      rule.Warning("RFC 5321 section 2.2.1"),
	CodeQuit:        rule.Info("RFC 5321 section 4.1.1.10"),
	CodeClearAuth:   rule.Warning("RFC 4954 section 4"),

	CodeNoSTARTTLS:      rule.Warning("RFC 3207 section 4"),
	CodeHidden:          rule.Warning("RFC 3207 section 6"),
	CodeSTARTTLSRefused: rule.Error("RFC 3207 section 4"),
	CodeSTARTTLSInside:  rule.Warning("RFC 3207 section 4.2"),
	CodeVanished:        rule.Info("RFC 3207 section 4.2"),
	CodeHandshake:       rule.Error("RFC 3207 section 4.1"),
	CodeOldTLS:          rule.Error("RFC 8996 section 4"),
	CodeNoCommonTLS:     rule.Warning("RFC 9325 section 3.1"),
	CodeDiffers:         rule.Warning("RFC 5321 section 5.1"),

	CodeExpired:             rule.Warning("RFC 5280 section 4.1.2.5"),
	CodeNotYetValid:         rule.Warning("RFC 5280 section 4.1.2.5"),
	CodeExpiring:            rule.Warning("RFC 5280 section 4.1.2.5"),
	CodeSelfSigned:          rule.Warning("RFC 8461 section 4.2"),
	CodeMissingIntermediate: rule.Warning("RFC 8446 section 4.4.2"),
	CodeUntrusted:           rule.Warning("RFC 8461 section 4.2"),
	CodeNoRoots:             rule.Info("RFC 5280 section 6.1"),
	CodeWrongName:           rule.Warning("RFC 8461 section 4.2"),
	CodeChainOrder:          rule.Info("RFC 8446 section 4.4.2"),
	CodeChainSize:           rule.Warning("RFC 8446 section 4.4.2"),
	CodeWeakKey:             rule.Warning("RFC 9325 section 4.5"),
	CodeWeakSignature:       rule.Warning("RFC 9325 section 4.5"),
	CodeBadCertificate:      rule.Warning("RFC 5280 section 4.1"),

	CodeOwnName:        rule.Warning("RFC 5321 section 2.3.5"),
	CodeOwnPTR:         rule.Warning("RFC 1912 section 2.1"),
	CodeOwnForward:     rule.Warning("RFC 1912 section 2.1"),
	CodeOwnCertificate: rule.Warning("RFC 8461 section 4.2"),

	CodeRecipientAccepted: rule.Info("RFC 5321 section 4.1.1.3"),
	CodeRecipientRejected: rule.Error("RFC 5321 section 4.2.1"),
	CodeRecipientDeferred: rule.Warning("RFC 5321 section 4.2.1"),
	CodeRecipientBlocked:  rule.Warning("RFC 3463 section 3.8"),
	CodeRecipientCatchAll: rule.Warning("RFC 5321 section 3.3"),
	CodeRecipientUnknown:  rule.Warning("RFC 5321 section 4.2.1"),
}
