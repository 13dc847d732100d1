package bounce

import "github.com/mailworthy/mailworthy"

// Category is why a message was refused.
type Category string

// The categories. [Categories] has what each means, and what to do.
const (
	// Accepted means that there was no refusal.
	Accepted Category = "accepted"
	// Unknown means that neither the text nor the codes tell.
	Unknown Category = "unknown"

	// About the sending host and domain.

	IPBlocklisted     Category = "ip-blocklisted"
	DomainBlocklisted Category = "domain-blocklisted"
	IPReputation      Category = "ip-reputation"
	DomainReputation  Category = "domain-reputation"
	AuthFailed        Category = "auth-failed"
	BadRDNS           Category = "rdns"
	BadHELO           Category = "helo"
	RateLimited       Category = "rate-limited"
	Greylisted        Category = "greylisted"
	SenderRejected    Category = "sender-rejected"
	AuthRequired      Category = "auth-required"
	RelayDenied       Category = "relay-denied"
	TLSFailed         Category = "tls"

	// About the message.

	ContentSpam      Category = "content-spam"
	ContentVirus     Category = "content-virus"
	ContentPolicy    Category = "content-policy"
	ContentMalformed Category = "content-malformed"
	MessageTooLarge  Category = "message-too-large"

	// About the recipient.

	MailboxUnknown   Category = "mailbox-unknown"
	MailboxDisabled  Category = "mailbox-disabled"
	MailboxFull      Category = "mailbox-full"
	MailboxMoved     Category = "mailbox-moved"
	RecipientRefused Category = "recipient-refused"
	DomainUnknown    Category = "domain-unknown"
	Complaint        Category = "complaint"

	// About the session, the way there and the receiver.

	Policy              Category = "policy"
	ProtocolError       Category = "protocol-error"
	ServerError         Category = "server-error"
	NetworkError        Category = "network"
	RoutingLoop         Category = "routing-loop"
	Expired             Category = "expired"
	RemoteMisconfigured Category = "remote-misconfigured"
)

// Action is what to do first about a refusal.
type Action string

// The actions.
const (
	// ActionNone means that nothing is to be done.
	ActionNone Action = "none"
	// ActionRetry means to try again as [Result.Retry] says; nothing else is wrong.
	ActionRetry Action = "retry"
	// ActionSlowDown means to send less to this destination, over fewer connections,
	// and to try again later.
	ActionSlowDown Action = "slow-down"
	// ActionStop means to give this message up for this recipient, and to keep the
	// address.
	ActionStop Action = "stop"
	// ActionFixAuth means to repair SPF, DKIM or DMARC of the sender's domain.
	ActionFixAuth Action = "fix-auth"
	// ActionFixRDNS means to give the sending address a PTR record that leads back.
	ActionFixRDNS Action = "fix-rdns"
	// ActionFixHELO means to say a good name in EHLO.
	ActionFixHELO Action = "fix-helo"
	// ActionFixTLS means to use TLS, or to repair it.
	ActionFixTLS Action = "fix-tls"
	// ActionFixSender means to use a sender's address whose domain can receive mail.
	ActionFixSender Action = "fix-sender"
	// ActionFixClient means to repair the configuration of the sending program: its
	// login, its relay, its SMTP.
	ActionFixClient Action = "fix-client"
	// ActionFixContent means to change the message.
	ActionFixContent Action = "fix-content"
	// ActionShrink means to make the message smaller.
	ActionShrink Action = "shrink"
	// ActionDelist means to stop, to remove the cause, and then to ask the list's
	// operator for removal.
	ActionDelist Action = "delist"
	// ActionReputation means to send less and only what is wanted, and to ask the
	// provider for a review. There is no public list to be removed from.
	ActionReputation Action = "repair-reputation"
	// ActionRemove means to remove the address: its mailbox does not exist.
	ActionRemove Action = "remove-address"
	// ActionSuppress means to send nothing more to the recipient, though the mailbox
	// may exist: it is closed, moved, or its owner complained.
	ActionSuppress Action = "suppress"
	// ActionCheckAddress means to look for a typing mistake in the recipient's domain,
	// and at its DNS.
	ActionCheckAddress Action = "check-address"
	// ActionTellReceiver means that the receiver is broken. Nothing that the sender
	// does will help, but to tell its postmaster by another way.
	ActionTellReceiver Action = "tell-receiver"
	// ActionReview means that a person has to read the text.
	ActionReview Action = "review"
)

// CategoryInfo is what a category means.
type CategoryInfo struct {
	Category Category `json:"category"`
	// Meaning is a sentence.
	Meaning string `json:"meaning"`
	// Action is what to do when the refusal was permanent, and Deferred when it was
	// temporary.
	Action   Action `json:"action"`
	Deferred Action `json:"deferred"`
	// Scope is the usual one.
	Scope Scope `json:"scope"`
	// Actual is how long such a refusal really lasts; empty means that the server's
	// claim is believed.
	Actual Permanence `json:"actual,omitzero"`
	// Retry is when to try again, if at all.
	Retry Retry `json:"retry,omitzero"`
	// Remedy is what the administrator does next.
	Remedy string `json:"remedy"`
	// Code is the finding that a Result of the category starts with.
	Code mailworthy.Code `json:"code"`
}

const (
	minute = 60
	hour   = 60 * minute
	day    = 24 * hour
)

// The usual ways to try again.
var (
	retryNever = Retry{}
	retryGrey  = Retry{After: 5 * minute, Max: 30 * minute, GiveUp: day}
	retryUsual = Retry{After: 15 * minute, Max: 4 * hour, GiveUp: 5 * day}
	retrySlow  = Retry{After: 30 * minute, Max: 6 * hour, GiveUp: 3 * day}
	retryHard  = Retry{After: 4 * hour, Max: 12 * hour, GiveUp: 3 * day}
	retryDays  = Retry{After: 4 * hour, Max: day, GiveUp: 7 * day}
)

// Categories returns what each category means, in the order of the constants.
func Categories() []CategoryInfo { return append([]CategoryInfo(nil), categories[:]...) }

var categories = [...]CategoryInfo{
	{
		Accepted, "The message was accepted.",
		ActionNone, ActionNone, ScopeUnknown, "", retryNever,
		"Nothing is to be done.", CodeAccepted,
	},
	{
		Unknown, "Neither the text nor the codes tell why.",
		ActionReview, ActionRetry, ScopeUnknown, "", retryUsual,
		"Read the text, and ask the receiver's postmaster if it does not tell. Keep the address.", CodeUnknown,
	},
	{
		IPBlocklisted, "The sending address is on a block list that the receiver uses.",
		ActionDelist, ActionDelist, ScopeIP, Permanent, retryHard,
		"Stop bulk mail from the address, find what got it listed, and ask the list for removal when that is mended.", CodeIPBlocklisted,
	},
	{
		DomainBlocklisted, "A domain of the sender, or of a link in the message, is on a block list.",
		ActionDelist, ActionDelist, ScopeDomain, Permanent, retryHard,
		"Find out which domain it is and in which part of the message it stands, clean it, and ask the list for removal.", CodeDomainBlocklisted,
	},
	{
		IPReputation, "The receiver's own records speak against the sending address. No public list is involved.",
		ActionReputation, ActionReputation, ScopeIP, "", retryHard,
		"Send less, and only to people who want it; then ask the receiver for a review by its form. There is no list to be removed from.", CodeIPReputation,
	},
	{
		DomainReputation, "The receiver's own records speak against the sender's domain.",
		ActionReputation, ActionReputation, ScopeDomain, "", retryHard,
		"Send only to recipients who read what you send, and watch the domain in the receiver's tools for senders.", CodeDomainReputation,
	},
	{
		AuthFailed, "SPF, DKIM, DMARC or ARC did not pass.",
		ActionFixAuth, ActionFixAuth, ScopeDomain, "", retryUsual,
		"Check the SPF, DKIM and DMARC records of the sender's domain against the address that sent, and mend what fails.", CodeAuthFailed,
	},
	{
		BadRDNS, "The sending address has no PTR record, or one that does not lead back or looks like that of a customer's line.",
		ActionFixRDNS, ActionFixRDNS, ScopeIP, Permanent, retryHard,
		"Have the owner of the address set its PTR record to the mail server's name, and give that name an address record that leads back.", CodeBadRDNS,
	},
	{
		BadHELO, "The name in HELO or EHLO is refused.",
		ActionFixHELO, ActionFixHELO, ScopeSession, Permanent, retryHard,
		"Configure the sending host to say its full name, which must have an address record, in EHLO.", CodeBadHELO,
	},
	{
		RateLimited, "Too much came, too fast, or over too many connections. It is not a block list.",
		ActionSlowDown, ActionSlowDown, ScopeIP, Temporary, retrySlow,
		"Send less at a time to this destination, over fewer connections, and wait longer after each deferral.", CodeRateLimited,
	},
	{
		Greylisted, "The receiver defers the first attempt of a sender that it does not know.",
		ActionRetry, ActionRetry, ScopeSession, Temporary, retryGrey,
		"Try again from the same address with the same sender and recipient. It passes by itself.", CodeGreylisted,
	},
	{
		SenderRejected, "The sender's address, or its domain, is refused.",
		ActionFixSender, ActionFixSender, ScopeDomain, "", retryUsual,
		"Use a sender's address that exists, and whose domain has MX or address records. The recipient is not at fault.", CodeSenderRejected,
	},
	{
		AuthRequired, "The server wants a login, or refuses it.",
		ActionFixClient, ActionFixClient, ScopeAccount, "", retryUsual,
		"Check the user name, the password or token, and the port that the sending program uses.", CodeAuthRequired,
	},
	{
		RelayDenied, "The server does not take mail for this recipient's domain.",
		ActionFixClient, ActionFixClient, ScopeSession, "", retryUsual,
		"Check that mail goes to the MX of the recipient's domain, or that the sending program logs in at its relay.", CodeRelayDenied,
	},
	{
		TLSFailed, "TLS is required, or its handshake failed.",
		ActionFixTLS, ActionFixTLS, ScopeSession, "", retryUsual,
		"Enable STARTTLS for outgoing mail, with TLS 1.2 or later; if certificates are checked, see which side's is not valid.", CodeTLSFailed,
	},
	{
		ContentSpam, "The message is taken for spam.",
		ActionFixContent, ActionFixContent, ScopeMessage, "", retryNever,
		"Stop this message. Look at its links, its text and at who receives it, and ask the receiver with its ticket if it is wrong.", CodeContentSpam,
	},
	{
		ContentVirus, "The message is taken for malware or phishing.",
		ActionFixContent, ActionFixContent, ScopeMessage, Permanent, retryNever,
		"Stop this message, and check the account and the program that sent it for a break-in.", CodeContentVirus,
	},
	{
		ContentPolicy, "Something in the message is not allowed, such as a kind of attachment.",
		ActionFixContent, ActionFixContent, ScopeMessage, "", retryNever,
		"Send without the attachment, link or words that the text names.", CodeContentPolicy,
	},
	{
		ContentMalformed, "The message is not a well-formed one, or needs what the receiver does not know.",
		ActionFixContent, ActionFixContent, ScopeMessage, "", retryNever,
		"Mend the program that writes the message: its header fields, line ends, line lengths and encodings.", CodeContentMalformed,
	},
	{
		MessageTooLarge, "The message is larger than the receiver accepts.",
		ActionShrink, ActionShrink, ScopeMessage, Permanent, retryNever,
		"Send a link in place of the attachment, or split the message.", CodeMessageTooLarge,
	},
	{
		MailboxUnknown, "The recipient's mailbox does not exist.",
		ActionRemove, ActionRetry, ScopeRecipient, "", retryUsual,
		"Remove the address, unless it was mistyped.", CodeMailboxUnknown,
	},
	{
		MailboxDisabled, "The recipient's mailbox exists, but is closed or suspended.",
		ActionSuppress, ActionRetry, ScopeRecipient, "", retryDays,
		"Send nothing more to the address until its owner asks for it.", CodeMailboxDisabled,
	},
	{
		MailboxFull, "The recipient's mailbox is full.",
		ActionRetry, ActionRetry, ScopeRecipient, Temporary, retryDays,
		"Try again for some days, and suppress the address if it stays full for weeks.", CodeMailboxFull,
	},
	{
		MailboxMoved, "The recipient has another address now.",
		ActionSuppress, ActionRetry, ScopeRecipient, "", retryDays,
		"Use the new address if the text gives one, and if its owner agrees.", CodeMailboxMoved,
	},
	{
		RecipientRefused, "The mailbox may exist, but does not take mail from this sender.",
		ActionStop, ActionRetry, ScopeRecipient, "", retryUsual,
		"Stop this message for this recipient, and ask the recipient or its administrator. Other senders may reach it.", CodeRecipientRefused,
	},
	{
		DomainUnknown, "The recipient's domain does not exist, or takes no mail.",
		ActionCheckAddress, ActionRetry, ScopeRecipient, "", retryUsual,
		"Look for a typing mistake in the domain, and at its MX records. Remove its addresses if it stays so for days.", CodeDomainUnknown,
	},
	{
		Complaint, "The recipient said that the message is spam.",
		ActionSuppress, ActionSuppress, ScopeRecipient, Permanent, retryNever,
		"Unsubscribe the recipient, and look at how the address came onto the list.", CodeComplaint,
	},
	{
		Policy, "The receiver's policy forbids it, without saying which.",
		ActionReview, ActionRetry, ScopeUnknown, "", retryUsual,
		"Read the text, and ask the receiver's postmaster, who can see which rule it was. Keep the address.", CodePolicy,
	},
	{
		ProtocolError, "The two hosts do not understand each other.",
		ActionFixClient, ActionRetry, ScopeSession, "", retryUsual,
		"Look at the session's transcript. A proxy or firewall that changes SMTP is a common cause.", CodeProtocolError,
	},
	{
		ServerError, "The receiver has a fault, or is overloaded.",
		ActionRetry, ActionRetry, ScopeReceiver, Temporary, retryUsual,
		"Try again later. The receiver has to mend it.", CodeServerError,
	},
	{
		NetworkError, "The receiver could not be reached, or the connection broke.",
		ActionRetry, ActionRetry, ScopeReceiver, Temporary, retryUsual,
		"Try again later. If it is so for all destinations, look at the own network: outgoing port 25 is often blocked.", CodeNetworkError,
	},
	{
		RoutingLoop, "The message goes round in circles.",
		ActionTellReceiver, ActionTellReceiver, ScopeReceiver, Permanent, retryNever,
		"Look at the Received fields of the returned message, and mend the MX record, forwarding or transport that closes the circle.", CodeRoutingLoop,
	},
	{
		Expired, "It was tried until its time was up. The reason is that of the last deferral.",
		ActionStop, ActionRetry, ScopeUnknown, "", retryNever,
		"Look at the deferrals before it, which say why.", CodeExpired,
	},
	{
		RemoteMisconfigured, "The receiver is broken: it took a block list's refusal, or a dead list, for a listing.",
		ActionTellReceiver, ActionTellReceiver, ScopeReceiver, Temporary, retryDays,
		"Do not ask any list for removal: the sender is not listed. Tell the receiver's postmaster by another way.", CodeRemoteMisconfigured,
	},
}
