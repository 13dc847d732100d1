package smtpprobe

import (
	"net/netip"
	"time"
)

// Session is the transcript of one connection to one address: what was said and heard,
// when, and how it ended. It is an observation, without a judgement. All its texts are
// printable ASCII with the rest escaped, and its size is bounded by [Limits].
type Session struct {
	// Host is the name that the connection was for; empty for an address literal.
	Host string     `json:"host,omitempty"`
	Addr netip.Addr `json:"addr"`
	Port uint16     `json:"port"`
	// Local is the address that the connection came from.
	Local netip.Addr `json:"local,omitzero"`
	// Purpose is why there was a connection. Empty means [PurposeProbe].
	Purpose Purpose `json:"purpose,omitempty"`
	// Start is when it began, in UTC.
	Start time.Time `json:"start"`
	// Steps are its parts in order. The last one has the Failure that ended it, if
	// it did not end with QUIT.
	Steps []Step `json:"steps"`
	// TLS is what the handshake was. It is zero when there was none.
	TLS TLS `json:"tls,omitzero"`
	// Octets is how much the server sent.
	Octets int `json:"octets,omitzero"`
}

// Purpose is why a connection was made.
type Purpose string

// The purposes.
const (
	PurposeProbe     Purpose = "probe"
	PurposeOldTLS    Purpose = "old-tls"   // offers versions and ciphers that nobody should, to see what the server would take
	PurposeControl   Purpose = "control"   // to a host that is known to answer
	PurposeRecipient Purpose = "recipient" // asks for recipients
)

// Stage is a part of a session.
type Stage string

// The stages.
const (
	StageConnect  Stage = "connect"
	StageGreeting Stage = "greeting"
	StageEHLO     Stage = "ehlo"
	StageHELO     Stage = "helo"
	StageSTARTTLS Stage = "starttls"
	StageTLS      Stage = "tls"      // the handshake
	StageEHLOTLS  Stage = "ehlo-tls" // EHLO again, inside TLS
	StageMAIL     Stage = "mail"
	StageRCPT     Stage = "rcpt"
	StageRSET     Stage = "rset"
	StageQUIT     Stage = "quit"
)

// Step is one part of a session: to connect, a command and its reply, or the
// handshake.
type Step struct {
	Stage Stage `json:"stage"`
	// Sent is the command line. The greeting, connect and tls have none.
	Sent string `json:"sent,omitempty"`
	// Reply is what came back, as far as it came. It is zero when nothing did.
	Reply Reply `json:"reply,omitzero"`
	// AtMS is when the step began and TookMS how long it lasted; FirstMS is when, after
	// it began, the first line was there. All are milliseconds.
	AtMS    int64 `json:"at_ms"`
	TookMS  int64 `json:"took_ms"`
	FirstMS int64 `json:"first_ms,omitzero"`
	// LimitMS is how long was waited at most, when that is what the step failed for.
	LimitMS int64 `json:"limit_ms,omitzero"`
	// Unsolicited is how many octets came behind the reply before anything else was
	// asked, and Excess their beginning, escaped.
	Unsolicited int    `json:"unsolicited,omitzero"`
	Excess      string `json:"excess,omitempty"`
	// Failure is how the step failed, if it did. A reply that says no is no failure.
	Failure Failure `json:"failure,omitzero"`
}

// Reply is an SMTP reply (RFC 5321 section 4.2).
type Reply struct {
	// Code has three digits; it is zero as long as no line was understood.
	Code int `json:"code"`
	// Lines are the texts behind the code, escaped. Of a long reply only the beginning
	// is kept; Dropped is how many lines are not, and Cut how many were shortened.
	Lines   []string `json:"lines"`
	Dropped int      `json:"dropped,omitzero"`
	Cut     int      `json:"cut,omitzero"`
	// Octets is how long the whole reply was.
	Octets int `json:"octets"`
	// Complete is false when the last line did not come.
	Complete bool `json:"complete"`
	// What no reply should have: lines that end without CR, control characters, octets
	// above 127, and lines of more than 512 octets.
	BareLF    int `json:"bare_lf,omitzero"`
	Controls  int `json:"controls,omitzero"`
	EightBit  int `json:"eight_bit,omitzero"`
	LongLines int `json:"long_lines,omitzero"`
}

// Failure is why a step did not end with a reply, or a handshake not with TLS.
type Failure struct {
	Kind Kind `json:"kind"`
	// Text is what the system, or the library, says of it.
	Text string `json:"text,omitempty"`
}

// Kind is a kind of failure.
type Kind string

// The kinds.
const (
	KindNotAllowed  Kind = "not-allowed" // the address is not one to dial; nothing was sent
	KindRefused     Kind = "refused"     // the host refused the connection
	KindUnreachable Kind = "unreachable" // no route to the host, or to its network
	KindDenied      Kind = "denied"      // this machine's own rules forbid the connection
	KindTimeout     Kind = "timeout"     // nothing, or not all, came in time
	KindReset       Kind = "reset"       // the other side, or something between, reset the connection
	KindClosed      Kind = "closed"      // the other side closed it
	KindCanceled    Kind = "canceled"    // the context ended
	KindMalformed   Kind = "malformed"   // what came is no reply
	KindTooLarge    Kind = "too-large"   // what came exceeds a limit
	KindUnsolicited Kind = "unsolicited" // there was more than the reply, so that what follows answers nothing
	KindTLSAlert    Kind = "tls-alert"   // the server ended the handshake with an alert
	KindTLSPlain    Kind = "tls-plain"   // what came is not TLS
	KindTLSVersion  Kind = "tls-version" // no version or cipher in common
	KindTLSFailed   Kind = "tls-failed"  // the handshake failed in another way
	KindFailed      Kind = "failed"      // anything else
)

// TLS is what a handshake was.
type TLS struct {
	// ServerName is the name that was asked for (SNI).
	ServerName string `json:"server_name,omitempty"`
	// Version and Cipher are what was agreed on, as "TLS 1.3" and
	// "TLS_AES_128_GCM_SHA256"; Curve is the group of the key exchange. They are empty
	// when the handshake failed.
	Version string `json:"version,omitempty"`
	Cipher  string `json:"cipher,omitempty"`
	Curve   string `json:"curve,omitempty"`
	// Chain are the certificates as presented, in DER. Presented and ChainOctets are
	// how many and how much there were; Chain has fewer when it was cut.
	Chain       [][]byte `json:"chain,omitempty"`
	Presented   int      `json:"presented,omitzero"`
	ChainOctets int      `json:"chain_octets,omitzero"`
	// Roots says whether the prober had authorities to look the chain up in, and
	// Anchors are those that it leads to, in DER: what is needed of them to verify the
	// chain again, elsewhere and later.
	Roots   Roots    `json:"roots,omitempty"`
	Anchors [][]byte `json:"anchors,omitempty"`
}

// Roots says where the authorities came from.
type Roots string

// The sources of authorities.
const (
	RootsSystem Roots = "system"
	RootsGiven  Roots = "given" // by Prober.Roots
	RootsNone   Roots = "none"  // the system has none, so that nothing can be verified
)

// step returns the last step at a stage, or nil.
func (s *Session) step(stage Stage) *Step {
	for i := len(s.Steps) - 1; i >= 0; i-- {
		if s.Steps[i].Stage == stage {
			return &s.Steps[i]
		}
	}
	return nil
}

// answered reports whether there is such a step, and its reply is a yes and the only
// one.
func (st *Step) answered() bool {
	return st != nil && st.Failure.Kind == "" && st.Reply.positive()
}

// failed returns the step that ended the session before its time, or nil. That QUIT
// was not answered ends nothing before its time.
func (s *Session) failed() *Step {
	for i := range s.Steps {
		if st := &s.Steps[i]; st.Failure.Kind != "" && st.Stage != StageQUIT {
			return st
		}
	}
	return nil
}
