// Package bounce reads rejections: the reply of an SMTP server, the line of a log
// or the message that came back, and says what was refused, why, and what to do.
//
//	o := bounce.ParseReply("550 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org")
//	res := bounce.Evaluate(o)
//	fmt.Println(res.Category, res.List.Zone, res.Action) // ip-blocklisted zen.spamhaus.org delist
//
// Two things are kept apart: what the server claimed, by the first digit of its
// code, and what its words are about. Codes are used loosely: "5.1.1" stands before
// texts about the sender, and a full mailbox is called permanent. The result holds
// both, as [Result.Claimed] and [Result.Actual].
//
// No recipient is removed by mistake: [ActionRemove] needs a permanent reply to RCPT
// or DATA, a text or a code that says that the mailbox does not exist, and that every
// word of the text is known to speak of nothing else. Where one is not, in whichever
// language, the action is [ActionReview], and a finding says which word it is.
//
// # Observe, then judge
//
// [ParseReply], [ParseLog] and [ParseDSN] turn text into Observations, which are plain
// data; [LogReader] does so with logs of any length. [Evaluate] judges one, and [Triage]
// makes the table that an incident needs of millions. Nothing here reads a clock, or does
// I/O but to read the log that it is given. Everything but a LogReader and a Triage is
// safe for concurrent use.
//
// The first call of Evaluate builds the index of all texts that are known, which
// takes about ten milliseconds and less than a megabyte.
//
// # What it cannot know
//
// Servers say what they like, and change their words. [Unknown] is an answer as good as
// any, and [Result.Confidence] says how sure the others are.
package bounce

import (
	"net/netip"
	"time"

	"github.com/mailworthy/mailworthy"
)

//go:generate go run gen.go

// Stage is how far the session had come when the reply was given.
type Stage string

// The stages. The empty Stage means that nobody said.
const (
	StageConnect  Stage = "connect"  // the greeting, or no connection at all
	StageHELO     Stage = "helo"     // HELO, EHLO or LHLO
	StageStartTLS Stage = "starttls" // STARTTLS and the handshake
	StageAuth     Stage = "auth"     // AUTH
	StageMail     Stage = "mail"     // MAIL FROM
	StageRcpt     Stage = "rcpt"     // RCPT TO
	StageData     Stage = "data"     // the DATA command, or BDAT
	StageBody     Stage = "body"     // the end of the message's data
	StageLocal    Stage = "local"    // no session: said by the sending host itself, or by a host further on
)

// Outcome is what a log or a report says became of the message.
type Outcome string

// The outcomes. The empty Outcome means that nobody said.
const (
	OutcomeSent      Outcome = "sent"      // the next host took it
	OutcomeDeferred  Outcome = "deferred"  // it is tried again
	OutcomeBounced   Outcome = "bounced"   // it was given up
	OutcomeComplaint Outcome = "complaint" // the recipient called it spam (RFC 5965)
)

// Format is how a text was written.
type Format string

// The formats.
const (
	FormatReply    Format = "reply"    // the words of a server as they came
	FormatPostfix  Format = "postfix"  // a log line of Postfix
	FormatExim     Format = "exim"     // a log line of Exim
	FormatQmail    Format = "qmail"    // a log line of qmail-send
	FormatMailq    Format = "mailq"    // the queue as Postfix or Sendmail list it
	FormatSendmail Format = "sendmail" // a log line of Sendmail
	FormatExchange Format = "exchange" // a non-delivery report of Exchange
	FormatPowerMTA Format = "powermta" // a line of PowerMTA's accounting file
	FormatKumoMTA  Format = "kumomta"  // a JSON record of KumoMTA
	FormatClient   Format = "client"   // the error of a client library
	FormatDSN      Format = "dsn"      // a delivery status notification (RFC 3464)
	FormatARF      Format = "arf"      // a complaint (RFC 5965)
	FormatBounce   Format = "bounce"   // a bounce message of no standard
)

// Observation is one reply, and what is known of its circumstances. Text alone is
// enough; each further field makes the verdict surer. It is plain data: stored as
// JSON, it gives the same Result again.
type Observation struct {
	// Text is what the server said, verbatim: with or without its code, in one line
	// or many. [Result.Evidence] counts octets of it. Only the first 16 KiB are read.
	Text string `json:"text"`
	// Code is the reply code (RFC 5321 section 4.2.1). Zero means that it is the one
	// that Text starts with, if any.
	Code int `json:"code,omitzero"`
	// Enhanced is the enhanced status code (RFC 3463), as in "5.1.1". Empty means
	// that it is the one that stands behind the code in Text, if any.
	Enhanced string `json:"enhanced,omitzero"`
	// Stage is what the reply answers.
	Stage Stage `json:"stage,omitzero"`
	// Outcome is what the log says became of the message.
	Outcome Outcome `json:"outcome,omitzero"`
	// Format is where this was read from.
	Format Format `json:"format,omitzero"`
	// Sender and Recipient are those of the envelope, without angle brackets. An
	// empty Sender may be unknown, or that of a bounce.
	Sender    string `json:"sender,omitzero"`
	Recipient string `json:"recipient,omitzero"`
	// RemoteHost and RemoteIP are the server that replied.
	RemoteHost string     `json:"remote_host,omitzero"`
	RemoteIP   netip.Addr `json:"remote_ip,omitzero"`
	// LocalIP and LocalHost are the sending host: its address as the server sees it,
	// and the name that it gives in EHLO. A reply that names one of them is about the
	// sender. Addresses other than RemoteIP are taken for the sender's anyway.
	LocalIP   netip.Addr `json:"local_ip,omitzero"`
	LocalHost string     `json:"local_host,omitzero"`
	// QueueID is the message's name in the queue of the sending host.
	QueueID string `json:"queue_id,omitzero"`
	// User and Script are who handed the message in: the authenticated user, and the
	// program that X-PHP-Originating-Script names.
	User   string `json:"user,omitzero"`
	Script string `json:"script,omitzero"`
	// Time is when it happened.
	Time time.Time `json:"time,omitzero"`
}

// Permanence says whether a refusal lasts.
type Permanence string

// The values. The empty Permanence means that nobody knows.
const (
	// Temporary means that the same message may well be accepted later, though nobody
	// changes anything.
	Temporary Permanence = "temporary"
	// Permanent means that it will not be accepted until somebody changes something.
	Permanent Permanence = "permanent"
)

// Scope is what a reply is about: what a change would have to be made to.
type Scope string

// The scopes.
const (
	ScopeIP        Scope = "ip"        // the sending host's address
	ScopeDomain    Scope = "domain"    // a domain of the sender: MAIL FROM, From, HELO, d= or a link
	ScopeAccount   Scope = "account"   // the sender's account or mailbox
	ScopeMessage   Scope = "message"   // this message
	ScopeRecipient Scope = "recipient" // the recipient's mailbox or domain
	ScopeSession   Scope = "session"   // how the two hosts speak to each other
	ScopeReceiver  Scope = "receiver"  // the receiving host, whose fault it is
	ScopeUnknown   Scope = "unknown"
)

// Mechanism is the check that a message or host did not pass.
type Mechanism string

// The mechanisms.
const (
	MechanismSPF       Mechanism = "spf"
	MechanismDKIM      Mechanism = "dkim"
	MechanismDMARC     Mechanism = "dmarc"
	MechanismARC       Mechanism = "arc"
	MechanismAlignment Mechanism = "alignment" // From does not match what was authenticated
	MechanismPTR       Mechanism = "ptr"
	MechanismHELO      Mechanism = "helo"
	MechanismTLS       Mechanism = "tls"
	MechanismDANE      Mechanism = "dane"
	MechanismMTASTS    Mechanism = "mta-sts"
	MechanismSMTPAuth  Mechanism = "smtp-auth"
	MechanismNullMX    Mechanism = "null-mx"
)

// Confidence says what a verdict rests on.
type Confidence string

// The levels of confidence.
const (
	// Certain means that the server gave a token, an address or a code of its own that
	// its operator documents, or named a block list's zone.
	Certain Confidence = "certain"
	// Likely means that its words say so.
	Likely Confidence = "likely"
	// Weak means that only the status codes say so.
	Weak Confidence = "weak"
	// NoConfidence is that of [Unknown].
	NoConfidence Confidence = "none"
)

// List is a block list that a reply names.
type List struct {
	// Zone is its DNS zone, which identifies it: for a list known here the one under
	// which it is usually asked, whatever part of it or whose copy was named, and
	// otherwise the one in the text.
	Zone string `json:"zone,omitzero"`
	// Name is its name for people, as in "Spamhaus PBL". It is empty for a list that
	// is not known here.
	Name string `json:"name,omitzero"`
	// Dead says that the list no longer exists, so that nobody can be removed from it.
	Dead bool `json:"dead,omitzero"`
}

// Retry says when to try again. Its zero value means not at all. Times are seconds.
type Retry struct {
	// After is the wait before the next attempt. It doubles with each that fails.
	After int `json:"after_s,omitzero"`
	// Max is what the wait grows to.
	Max int `json:"max_s,omitzero"`
	// GiveUp is how long it is worth trying.
	GiveUp int `json:"give_up_s,omitzero"`
	// Stated is true when the server said how long to wait, and After is at least that.
	Stated bool `json:"stated,omitzero"`
}

// Result is what a reply means.
type Result struct {
	// Code and Enhanced are the status codes, zero and empty when there is none.
	Code     int    `json:"code,omitzero"`
	Enhanced string `json:"enhanced,omitzero"`
	// Stage is the observation's, or what the text says.
	Stage Stage `json:"stage,omitzero"`
	// Claimed is what the first digit of the code claims, and Actual how it really is.
	Claimed Permanence `json:"claimed,omitzero"`
	Actual  Permanence `json:"actual,omitzero"`
	// Category is why the message was refused, and Reason a sentence on how that is
	// known; for Unknown, on why it is not. Its text is not API.
	Category Category `json:"category"`
	Reason   string   `json:"reason"`
	// Mechanisms are the checks that were not passed, in the order of the constants.
	Mechanisms []Mechanism `json:"mechanisms,omitzero"`
	Scope      Scope       `json:"scope"`
	// Domain is the one that the reply is about where Scope is domain: the one that is
	// listed, whose SPF, DKIM or DMARC failed, or that does not resolve. Of a name in
	// HELO that is refused it is that name. It is empty when the text does not say.
	Domain string `json:"domain,omitzero"`
	// Action is what to do first, and Retry when to try again.
	Action Action `json:"action"`
	Retry  Retry  `json:"retry,omitzero"`
	// List is the block list that was named.
	List List `json:"list,omitzero"`
	// DelistURL is where to ask for removal, or to look the sender up.
	DelistURL string `json:"delist_url,omitzero"`
	// Provider is who runs the server, and ProviderCode its own code for the reason.
	Provider     Provider `json:"provider,omitzero"`
	ProviderCode string   `json:"provider_code,omitzero"`
	// TicketID identifies the session or message at the provider, for its support.
	TicketID string `json:"ticket_id,omitzero"`
	// IPs, Addresses, Domains and URLs are what the text names: at most 8 of each, in
	// order and each once. Domains are not those of Addresses and URLs.
	IPs       []netip.Addr `json:"ips,omitzero"`
	Addresses []string     `json:"addresses,omitzero"`
	Domains   []string     `json:"domains,omitzero"`
	URLs      []string     `json:"urls,omitzero"`
	// Rule is the id of the rule that decided, Evidence the part of the observation's
	// Text that it rests on, and Confidence what that is worth.
	Rule       string          `json:"rule"`
	Evidence   mailworthy.Span `json:"evidence,omitzero"`
	Confidence Confidence      `json:"confidence"`
	// Findings say what is wrong and what mends it. The first is about the category.
	Findings mailworthy.Findings `json:"findings"`
}
