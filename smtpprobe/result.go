package smtpprobe

import (
	"net/netip"
	"time"

	"github.com/mailworthy/mailworthy"
)

// Request is what Evaluate judges sessions by, besides themselves.
type Request struct {
	// Time is when certificates must be valid. If zero, it is the start of each
	// session.
	Time time.Time `json:"time,omitzero"`
	// Own are expectations of hosts of one's own that send mail. They are judged for
	// the sessions with their addresses.
	Own []Own `json:"own,omitempty"`
}

// Own is what DNS says of an address that one sends mail from. A host that receives
// mail at it, too, shows in its greeting by what name it goes.
type Own struct {
	Addr netip.Addr `json:"addr"`
	// PTR are the names that the address has in reverse DNS.
	PTR []string `json:"ptr"`
	// Forward are the addresses that the name of the greeting has.
	Forward []netip.Addr `json:"forward"`
}

// Status says how far a host would take mail, by what it said before any mail.
type Status string

// The statuses, from the best. Of several addresses, a host has the best.
const (
	Ready    Status = "ready"    // it greeted, and answered EHLO or HELO
	Deferred Status = "deferred" // it asks to come back later
	Unknown  Status = "unknown"  // it was not found out; see the stage and the failure
	Rejected Status = "rejected" // it refuses to talk to this client
	Broken   Status = "broken"   // it does not speak SMTP as a sender could understand
	Refused  Status = "refused"  // there is no server: the connection was refused
	Unfit    Status = "unfit"    // the address is none that mail can be sent to, and was not dialled
)

// Fact is what is known of a yes-or-no question.
type Fact string

// The facts. That something was not found out is never a no.
const (
	Yes   Fact = "yes"
	No    Fact = "no"
	Maybe Fact = "unknown"
)

// Result is the judgement on all sessions.
type Result struct {
	// Status is the best of the hosts, and empty when there was no session.
	Status Status `json:"status"`
	// Hosts are in the order of the sessions.
	Hosts []HostResult `json:"hosts"`
	// PortBlocked says whether connections to the port are blocked where the prober
	// is. If so, nothing is known of the hosts. It is no when any host, or the control
	// host, was connected to; yes when the control host was not either; and unknown
	// when no connection came about and there is no control host.
	PortBlocked Fact `json:"port_blocked"`
	// Findings are those of all addresses, each once.
	Findings mailworthy.Findings `json:"findings"`
}

// HostResult is the judgement on a host.
type HostResult struct {
	Name   string `json:"name,omitempty"`
	Status Status `json:"status"`
	// The three facts about TLS are apart: a server may offer STARTTLS and fail at it,
	// and a handshake may succeed with a certificate that proves nothing. A host has
	// yes when all of its addresses that are known have it, and no when one has not.
	Offered       Fact            `json:"offered"`
	Negotiated    Fact            `json:"negotiated"`
	Authenticated Fact            `json:"authenticated"`
	Addresses     []AddressResult `json:"addresses"`
}

// AddressResult is the judgement on one address of a host.
type AddressResult struct {
	Addr   netip.Addr `json:"addr"`
	Status Status     `json:"status"`
	// Stage and Failure say where and how the session ended before its time. A reply
	// that says no has a stage and no failure.
	Stage   Stage   `json:"stage,omitempty"`
	Failure Failure `json:"failure,omitzero"`
	// Greeting is the first reply.
	Greeting Greeting `json:"greeting,omitzero"`
	// Before and Inside are what EHLO offered before TLS and inside it. What a sender
	// can use is Inside, if there was TLS (RFC 3207 section 4.2). Nil means that EHLO
	// was not answered there.
	Before *Capabilities `json:"before,omitempty"`
	Inside *Capabilities `json:"inside,omitempty"`
	// Appeared and Vanished are the keywords that differ between them, without
	// STARTTLS, which has to vanish.
	Appeared []string `json:"appeared,omitempty"`
	Vanished []string `json:"vanished,omitempty"`

	Offered       Fact `json:"offered"`       // STARTTLS stands in the reply to EHLO
	Negotiated    Fact `json:"negotiated"`    // a handshake succeeded, whatever the certificate
	Authenticated Fact `json:"authenticated"` // the certificate is trusted, current, and for the host's name
	// TLS is what the handshake came to.
	TLS TLSResult `json:"tls,omitzero"`
	// TotalMS is how long the session took.
	TotalMS  int64               `json:"total_ms"`
	Findings mailworthy.Findings `json:"findings"`
}

// Greeting is what a server says first.
type Greeting struct {
	Code int `json:"code"`
	// Host is the name that the server gives itself, and Software a guess at what it
	// runs, by the words of the greeting; either may be empty.
	Host     string `json:"host,omitempty"`
	Software string `json:"software,omitempty"`
	// ESMTP is true when the greeting says so. It proves nothing (RFC 5321 section
	// 3.1): EHLO does.
	ESMTP bool `json:"esmtp,omitzero"`
	// Lines is how many there were. Several are a test of the client's patience.
	Lines int `json:"lines"`
	// DelayMS is how long the whole greeting took, and TeaserMS its first line.
	DelayMS  int64 `json:"delay_ms"`
	TeaserMS int64 `json:"teaser_ms,omitzero"`
}

// Capabilities is what a reply to EHLO offers (RFC 5321 section 4.1.1.1). The reply to
// HELO has none.
type Capabilities struct {
	// Host is the name that the server gives itself.
	Host string `json:"host,omitempty"`
	// Keywords are the lines in the order received, with the keyword in upper case.
	Keywords []Keyword `json:"keywords"`

	STARTTLS   bool `json:"starttls,omitzero"`              // RFC 3207
	Pipelining bool `json:"pipelining,omitzero"`            // RFC 2920
	EightBit   bool `json:"eight_bit_mime,omitzero"`        // RFC 6152
	SMTPUTF8   bool `json:"smtputf8,omitzero"`              // RFC 6531
	Enhanced   bool `json:"enhanced_status_codes,omitzero"` // RFC 2034
	DSN        bool `json:"dsn,omitzero"`                   // RFC 3461
	Chunking   bool `json:"chunking,omitzero"`              // RFC 3030
	Binary     bool `json:"binarymime,omitzero"`            // RFC 3030
	RequireTLS bool `json:"requiretls,omitzero"`            // RFC 8689
	VRFY       bool `json:"vrfy,omitzero"`                  // RFC 5321 section 4.1.1.6
	// Size is SIZE: HasSize says that it is offered, and MaxSize the largest message
	// in octets, where zero means no fixed limit (RFC 1870 section 4).
	HasSize bool  `json:"has_size,omitzero"`
	MaxSize int64 `json:"max_size,omitzero"`
	// Auth are the mechanisms of AUTH (RFC 4954), in upper case.
	Auth []string `json:"auth,omitempty"`
	// Limits are those of RFC 9422, as "RCPTMAX=100", in upper case.
	Limits []string `json:"limits,omitempty"`
	// DeliverBy is the least time in seconds of DELIVERBY (RFC 2852); zero when there
	// is none. Priority is the profile of MT-PRIORITY (RFC 6710), and HasPriority that
	// it is offered.
	DeliverBy   int64  `json:"deliver_by,omitzero"`
	HasPriority bool   `json:"has_mt_priority,omitzero"`
	Priority    string `json:"mt_priority,omitempty"`
}

// Keyword is a line of the reply to EHLO.
type Keyword struct {
	Name   string `json:"name"`
	Params string `json:"params,omitempty"`
}

// TLSResult is what a handshake came to.
type TLSResult struct {
	Version string `json:"version,omitempty"`
	Cipher  string `json:"cipher,omitempty"`
	Curve   string `json:"curve,omitempty"`
	// Trusted says whether the chain leads to an authority at the time of the request,
	// NameMatches whether the certificate is for the host's name, and Current whether
	// it is valid at that time. Each is judged apart from the others: a certificate
	// that is expired, and otherwise good, is trusted.
	Trusted     Fact `json:"trusted"`
	NameMatches Fact `json:"name_matches"`
	Current     Fact `json:"current"`
	// Certificates describes the chain as presented, the server's own first.
	Certificates []Certificate `json:"certificates,omitempty"`
	// OldVersion and OldCipher are what the server accepted when it was offered what
	// nobody should use, after it accepted nothing else.
	OldVersion string `json:"old_version,omitempty"`
	OldCipher  string `json:"old_cipher,omitempty"`
}

// Certificate describes a certificate. Its texts are escaped.
type Certificate struct {
	Subject string `json:"subject"`
	Issuer  string `json:"issuer"`
	// Names are the host names and addresses that it is for, at most 50 of them, of
	// NameCount.
	Names     []string  `json:"names,omitempty"`
	NameCount int       `json:"name_count,omitzero"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	// Key is the kind of the key, and Bits its size.
	Key       string `json:"key"`
	Bits      int    `json:"bits,omitzero"`
	Signature string `json:"signature"`
	// SelfSigned is true when it is signed with its own key.
	SelfSigned bool `json:"self_signed,omitzero"`
	// SHA256 is the fingerprint in lower-case hexadecimal.
	SHA256 string `json:"sha256"`
}
