package bounce

import "time"

// ParseReply reads a reply as a server gave it: in one line or many, with or without
// an enhanced code, wrapped or not, or inside the error of a client library.
func ParseReply(text string) Observation { return Observation{Text: text, Format: FormatReply} }

// ParseLog reads the records of a log, or of a queue's listing, and returns those
// that say what became of a message. The others are passed over. Times without a
// year or a zone are taken for those just before ref, in its zone.
func ParseLog(text string, ref time.Time) []Observation { return nil }

// DSN is a message about the fate of another one.
type DSN struct {
	// Format is FormatDSN, FormatARF or FormatBounce.
	Format Format `json:"format"`
	// ReportingHost is who wrote the report, and EnvelopeID the sender's name for the
	// transaction (RFC 3464 section 2.2).
	ReportingHost string `json:"reporting_host,omitzero"`
	EnvelopeID    string `json:"envelope_id,omitzero"`
	// MessageID is that of the message that came back.
	MessageID string `json:"message_id,omitzero"`
	// Observations holds one for each recipient.
	Observations []Observation `json:"observations"`
}

// ParseDSN reads a message that reports on another one.
func ParseDSN(msg []byte) (DSN, error) { return DSN{}, nil }
