package bounce

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/textproto"
	"strings"
	"time"
)

const (
	// maxMessage is how much of a bounce message is read.
	maxMessage = 4 << 20
	// maxParts is how many parts of it are looked at, and maxDepth how deep.
	maxParts = 64
	maxDepth = 8
	// maxRecipients is how many recipients are taken from one.
	maxRecipients = 1000
	// maxHeader is how large one header may be.
	maxHeader = 256 << 10
)

// ErrNotBounce is returned for a message that does not report on another one.
var ErrNotBounce = errors.New("bounce: not a report on another message")

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
	// FeedbackType is that of a complaint, as in "abuse" (RFC 5965 section 3.1).
	FeedbackType string `json:"feedback_type,omitzero"`
	// Observations holds one for each recipient.
	Observations []Observation `json:"observations"`
}

// ParseDSN reads a message that reports on another one: a delivery status
// notification (RFC 3464), a complaint (RFC 5965), or what Exim, qmail, Sendmail and
// Exchange write without a standard. It returns [ErrNotBounce] for any other message.
// Line ends may be of any kind. At most 4 MiB, 64 parts and 1000 recipients are read.
func ParseDSN(msg []byte) (DSN, error) {
	p := dsnParser{}
	msg = msg[:min(len(msg), maxMessage)]
	header, body := splitHeader(msg)
	p.subject, p.failed = header.Get("Subject"), header.Get("X-Failed-Recipients")
	p.date, _ = time.Parse(time.RFC1123Z, strings.TrimSpace(header.Get("Date")))
	p.date = p.date.UTC()
	p.part(header, body, 0)
	if len(p.dsn.Observations) == 0 {
		p.loose()
	}
	for i := range p.dsn.Observations {
		o := &p.dsn.Observations[i]
		if o.Time.IsZero() {
			o.Time = p.date
		}
		if o.Sender == "" {
			o.Sender = p.sender
		}
	}
	if len(p.dsn.Observations) == 0 {
		return DSN{Observations: []Observation{}}, ErrNotBounce
	}
	return p.dsn, nil
}

// dsnParser collects what the parts of a report say.
type dsnParser struct {
	dsn             DSN
	parts           int
	text            []byte // the part for people
	subject, failed string
	sender          string // of the message that came back
	date            time.Time
}

// part reads one part, and those in it.
func (p *dsnParser) part(header textproto.MIMEHeader, body []byte, depth int) {
	if p.parts++; p.parts > maxParts || depth > maxDepth {
		return
	}
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil && kind == "" {
		kind = "text/plain"
	}
	switch {
	case strings.HasPrefix(kind, "multipart/") && params["boundary"] != "":
		for part := range splitParts(body, params["boundary"]) {
			h, b := splitHeader(part)
			p.part(h, b, depth+1)
		}
	case kind == "message/delivery-status", kind == "message/global-delivery-status":
		p.status(decode(header, body))
	case kind == "message/feedback-report":
		p.feedback(decode(header, body))
	case kind == "message/rfc822", kind == "text/rfc822-headers", kind == "message/rfc822-headers", kind == "message/global", kind == "message/global-headers":
		h, _ := splitHeader(decode(header, body))
		p.original(h)
	case strings.HasPrefix(kind, "text/") && p.text == nil:
		p.text = decode(header, body)
		if kind == "text/html" {
			p.text = stripTags(p.text)
		}
	}
}

// original reads the header of the message that came back.
func (p *dsnParser) original(h textproto.MIMEHeader) {
	if p.dsn.MessageID == "" {
		p.dsn.MessageID = printable(strings.TrimSpace(h.Get("Message-Id")))
	}
	if from := h.Get("Return-Path"); p.sender == "" && from != "" {
		p.sender = strings.Trim(strings.TrimSpace(from), "<>")
	}
}

// status reads the fields of RFC 3464 section 2: a group for the message, and one for
// each recipient. Groups without a recipient are passed over.
func (p *dsnParser) status(body []byte) {
	p.dsn.Format = FormatDSN
	for len(body) > 0 && len(p.dsn.Observations) < maxRecipients {
		var h textproto.MIMEHeader
		h, body = splitHeader(body)
		if host := typed(h.Get("Reporting-Mta")); host != "" && p.dsn.ReportingHost == "" {
			p.dsn.ReportingHost = printable(host)
		}
		if id := h.Get("Original-Envelope-Id"); id != "" && p.dsn.EnvelopeID == "" {
			p.dsn.EnvelopeID = printable(id)
		}
		if to := typed(h.Get("Final-Recipient")); to != "" || h.Get("Action") != "" || h.Get("Status") != "" {
			p.recipient(h, to)
		}
	}
}

// recipient reads the fields about one recipient.
func (p *dsnParser) recipient(h textproto.MIMEHeader, to string) {
	o := Observation{Format: FormatDSN, Recipient: strings.Trim(to, "<>")}
	if original := typed(h.Get("Original-Recipient")); original != "" && strings.Contains(original, "@") {
		o.Recipient = strings.Trim(original, "<>")
	}
	switch strings.ToLower(strings.TrimSpace(h.Get("Action"))) {
	case "failed":
		o.Outcome = OutcomeBounced
	case "delayed":
		o.Outcome = OutcomeDeferred
	case "delivered", "relayed", "expanded":
		o.Outcome = OutcomeSent
	}
	diagnostic := strings.TrimSpace(h.Get("Diagnostic-Code"))
	if kind, rest, ok := strings.Cut(diagnostic, ";"); ok && !strings.Contains(kind, " ") {
		diagnostic = strings.TrimSpace(rest)
	}
	o.Text = diagnostic
	o.unwrapLocal()
	if host := typed(h.Get("Remote-Mta")); host != "" {
		name, ip, _ := strings.Cut(host, " ")
		if isDomain(name) {
			o.RemoteHost = domainName(name)
		}
		if a := addr(strings.Trim(ip, "()[]")); a.IsValid() {
			o.RemoteIP = a
		}
	}
	status, _, _ := strings.Cut(strings.TrimSpace(h.Get("Status")), " ")
	if o.Enhanced == "" && status != "" && enhancedLen(status) == len(status) {
		o.Enhanced = status
	}
	if o.Code == 0 && o.Stage == "" {
		o.Stage = StageLocal
	}
	if t, err := time.Parse(time.RFC1123Z, strings.TrimSpace(h.Get("Last-Attempt-Date"))); err == nil {
		o.Time = t.UTC()
	}
	p.dsn.Observations = append(p.dsn.Observations, o)
}

// feedback reads a complaint (RFC 5965 section 3).
func (p *dsnParser) feedback(body []byte) {
	h, _ := splitHeader(body)
	p.dsn.Format = FormatARF
	p.dsn.FeedbackType = strings.ToLower(printable(h.Get("Feedback-Type")))
	p.dsn.ReportingHost = printable(typed(h.Get("Reporting-Mta")))
	p.dsn.EnvelopeID = printable(h.Get("Original-Envelope-Id"))
	o := Observation{
		Format: FormatARF, Outcome: OutcomeComplaint, LocalIP: addr(h.Get("Source-Ip")),
		Sender: strings.Trim(h.Get("Original-Mail-From"), "<> "),
	}
	recipients := h.Values("Original-Rcpt-To")
	if len(recipients) == 0 {
		recipients = []string{""}
	}
	for _, to := range recipients[:min(len(recipients), maxRecipients)] {
		o.Recipient = strings.Trim(to, "<> ")
		p.dsn.Observations = append(p.dsn.Observations, o)
	}
}

// typed takes the type off "rfc822; bob@example.net" and "dns; mx.example.net".
func typed(s string) string {
	if _, rest, ok := strings.Cut(s, ";"); ok {
		return strings.TrimSpace(rest)
	}
	return strings.TrimSpace(s)
}

// splitHeader reads the fields at the start of a part, unfolded, and returns what
// follows the empty line behind them. It takes any line ends, and passes over lines
// that are no field.
func splitHeader(b []byte) (textproto.MIMEHeader, []byte) {
	h := make(textproto.MIMEHeader)
	name, size := "", 0
	// Empty lines may stand in front.
	for len(b) > 0 && (b[0] == '\n' || b[0] == '\r') {
		b = b[1:]
	}
	for len(b) > 0 {
		line := b
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			line, b = b[:i], b[i+1:]
		} else {
			b = nil
		}
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 {
			break
		}
		if size += len(line); size > maxHeader || len(h) > 512 {
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			if v := h[name]; len(v) > 0 && len(v[len(v)-1]) < maxText {
				v[len(v)-1] += "\n" + strings.TrimSpace(string(line))
			}
			continue
		}
		field, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || len(field) > 128 {
			continue
		}
		name = textproto.CanonicalMIMEHeaderKey(string(bytes.TrimSpace(field)))
		h[name] = append(h[name], strings.TrimSpace(string(value)))
	}
	return h, b
}

// splitParts yields the parts of a multipart body (RFC 2046 section 5.1.1).
func splitParts(b []byte, boundary string) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		mark := []byte("--" + boundary)
		start := -1
		for at := 0; at < len(b); {
			end := len(b)
			if i := bytes.IndexByte(b[at:], '\n'); i >= 0 {
				end = at + i + 1
			}
			if line := b[at:end]; bytes.HasPrefix(line, mark) {
				rest := bytes.TrimRight(line[len(mark):], " \t\r\n")
				if last := bytes.Equal(rest, []byte("--")); last || len(rest) == 0 {
					if start >= 0 && !yield(b[start:at]) {
						return
					}
					if start = end; last {
						return
					}
				}
			}
			at = end
		}
		if start >= 0 {
			yield(b[start:])
		}
	}
}

// decode undoes the transfer encoding of a part, as far as it can be.
func decode(h textproto.MIMEHeader, body []byte) []byte {
	var r io.Reader
	switch strings.ToLower(strings.TrimSpace(h.Get("Content-Transfer-Encoding"))) {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, bytes.NewReader(body))
	case "quoted-printable":
		r = quotedprintable.NewReader(bytes.NewReader(body))
	default:
		return body
	}
	out, _ := io.ReadAll(r) // What was read until an error is better than nothing.
	return out
}

// stripTags makes text of HTML: tags become blanks.
func stripTags(b []byte) []byte {
	out := make([]byte, 0, len(b))
	in := false
	for _, c := range b {
		switch {
		case c == '<':
			in = true
			out = append(out, '\n')
		case c == '>' && in:
			in = false
		case !in:
			out = append(out, c)
		}
	}
	return out
}
