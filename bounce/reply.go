package bounce

import (
	"net/netip"
	"strings"
)

// ParseReply reads a reply as a server gave it: in one line or many, with or without
// an enhanced code, wrapped or not, or inside what a mail server or client library
// writes around it. Text of the result is the reply alone. It never fails: what
// cannot be read as a reply is its Text as it is.
func ParseReply(text string) Observation {
	o := Observation{Text: strings.TrimSpace(text), Format: FormatReply}
	o.unwrap()
	o.Code, o.Enhanced = readHead(head(o.Text))
	return o
}

// head returns as much of a text as is read.
func head(s string) string { return s[:min(len(s), maxText)] }

// wrapper is what programs write in front of a reply.
type wrapper struct {
	text   string
	format Format
	// host says that the host that replied stands in front, as Postfix and Exim have
	// it, "host mx.example.net[192.0.2.25] said:".
	host  bool
	stage Stage
}

var wrappers = [...]wrapper{
	{text: " said: ", host: true},
	{text: " refused to talk to me: ", host: true, stage: StageConnect},
	{text: "SMTP error from remote mail server after ", format: FormatExim},
	{text: "SMTP error from remote mailer after ", format: FormatExim},
	{text: "Remote host said: "},
	{text: "Remote Server returned '<", format: FormatExchange},
	{text: "Remote Server returned '", format: FormatExchange},
	{text: "Remote server returned ", format: FormatExchange},
	{text: "The server response was: ", format: FormatClient},
	{text: "with message \"", format: FormatClient},
	{text: "all recipients were rejected: ", format: FormatClient, stage: StageRcpt},
	{text: "Message failed: ", format: FormatClient, stage: StageBody},
	{text: "Invalid login: ", format: FormatClient, stage: StageAuth},
	{text: "Mail command failed: ", format: FormatClient, stage: StageMail},
	{text: "SMTPAddressFailedException: ", format: FormatClient, stage: StageRcpt},
	{text: "SMTPSendFailedException: ", format: FormatClient},
	{text: "AuthenticationFailedException: ", format: FormatClient, stage: StageAuth},
	{text: "SMTPRecipientsRefused: {'", format: FormatClient, stage: StageRcpt},
	{text: "SMTPSenderRefused: (", format: FormatClient, stage: StageMail},
	{text: "SMTPDataError: (", format: FormatClient, stage: StageBody},
	{text: "SMTPAuthenticationError: (", format: FormatClient, stage: StageAuth},
	{text: "SMTPConnectError: (", format: FormatClient, stage: StageConnect},
	{text: "SMTPHeloError: (", format: FormatClient, stage: StageHELO},
	{text: "SMTPResponseException: (", format: FormatClient},
	{text: "The following recipients failed: ", format: FormatClient, stage: StageRcpt},
	{text: "response: '", format: FormatClient},
	{text: phpError, format: FormatClient},
	{text: "smtp; ", format: FormatDSN},
	{text: "smtp;", format: FormatDSN},
	{text: "<<< "},
}

// unwrap takes off what stands around a reply, and keeps what that tells.
func (o *Observation) unwrap() {
	s := o.Text
	if code, _ := readHead(head(s)); code != 0 {
		o.trail()
		return
	}
	// The outermost is the one that starts first: a reply may quote what another host
	// said to the receiver, as when that verifies the sender's address.
	var w *wrapper
	at := len(head(s))
	for i := range wrappers {
		text := wrappers[i].text
		if n := strings.Index(s[:min(len(s), at+len(text)-1)], text); n >= 0 {
			w, at = &wrappers[i], n
		}
	}
	if w == nil || w.host && strings.Contains(s[:at], "unverified address") {
		return
	}
	rest := s[at+len(w.text):]
	if w.format != "" {
		o.Format = w.format
	}
	if o.Stage == "" {
		o.Stage = w.stage
	}
	switch {
	case w.host:
		o.host(s[:at])
	case w.format == FormatExim:
		rest = o.exim(rest)
	case w.text == phpError:
		rest = o.php(rest)
	case strings.HasSuffix(w.text, "("):
		rest = o.python(rest, ")")
	case strings.HasSuffix(w.text, "{'"):
		to, reply, ok := strings.Cut(rest, "': (")
		if ok {
			o.Recipient, rest = to, o.python(reply, ")}")
		}
	case w.text == "The following recipients failed: ":
		if to, reply, ok := strings.Cut(rest, ": "); ok {
			o.Recipient, rest = to, reply
			if _, detail, ok := strings.Cut(reply, phpError); ok {
				rest = o.php(detail)
			}
		}
	}
	o.Text = strings.Trim(strings.TrimSpace(rest), "'\"")
	o.trail()
}

// stagePhrases tell the stage by what stands around a reply.
var stagePhrases = [...]struct {
	text  string
	stage Stage
	mark  uint8
}{
	{"(in reply to RCPT TO command", StageRcpt, markReply},
	{"(in reply to MAIL FROM command", StageMail, markReply},
	{"(in reply to end of DATA command", StageBody, markReply},
	{"(in reply to DATA command", StageData, markReply},
	{"(in reply to BDAT", StageBody, markReply},
	{"(in reply to EHLO command", StageHELO, markReply},
	{"(in reply to HELO command", StageHELO, markReply},
	{"(in reply to STARTTLS command", StageStartTLS, markReply},
	{"(in reply to AUTH", StageAuth, markReply},
	{"command: 'RCPT TO'", StageRcpt, markCommand},
	{"command: 'MAIL FROM'", StageMail, markCommand},
	{"command: 'DATA'", StageBody, markCommand},
	{"command: 'AUTH", StageAuth, markCommand},
	{"command: 'CONN'", StageConnect, markCommand},
	{"', responseCode: ", "", markCode},
	{"', 'command':", "", markCommand},
	{"\", \"responseCode\":", "", markCode},
}

// The marks are what the phrases hold, of which most texts have none.
const (
	markReply uint8 = 1 << iota
	markCommand
	markCode
)

func marksOf(s string) (marks uint8) {
	if strings.Contains(s, "(in reply to ") {
		marks |= markReply
	}
	if strings.Contains(s, "command") {
		marks |= markCommand
	}
	if strings.Contains(s, "esponseCode") {
		marks |= markCode
	}
	return marks
}

// trail takes off what programs write behind a reply.
func (o *Observation) trail() {
	from := max(0, len(o.Text)-256)
	marks := marksOf(o.Text[from:])
	for i := range stagePhrases {
		p := &stagePhrases[i]
		if marks&p.mark == 0 {
			continue
		}
		if at := strings.LastIndex(o.Text[from:], p.text); at >= 0 {
			if p.stage != "" {
				o.Stage = p.stage
			}
			o.Text = strings.TrimRight(o.Text[:from+at], " ,'\"\n\t")
			from = max(0, len(o.Text)-256)
			marks = marksOf(o.Text[from:])
		}
	}
	o.Text = strings.TrimSpace(o.Text)
}

// host reads "host mx.example.net[192.0.2.25]", or Exim's "host mx.example.net
// [192.0.2.25]", from the end of what stands in front of a reply.
func (o *Observation) host(s string) {
	if at := strings.LastIndex(s, "host "); at >= 0 {
		s = s[at+len("host "):]
	}
	name, rest, ok := strings.Cut(s, "[")
	name = strings.TrimSuffix(strings.TrimSpace(name), ".")
	if isDomain(name) {
		o.RemoteHost = domainName(name)
	}
	if ok {
		ip, _, _ := strings.Cut(rest, "]")
		if a, err := netip.ParseAddr(strings.TrimPrefix(ip, "IPv6:")); err == nil {
			o.RemoteIP = a.WithZone("").Unmap()
		}
	}
}

// exim reads what follows "SMTP error from remote mail server after": the command and
// its argument, "host name [address]", and the reply.
func (o *Observation) exim(s string) string {
	command, rest, ok := strings.Cut(s, ": host ")
	if !ok {
		if command, reply, ok := strings.Cut(s, ": "); ok {
			o.Stage = commandStage(command)
			return reply
		}
		return s
	}
	o.Stage = commandStage(command)
	if to, ok := strings.CutPrefix(command, "RCPT TO:<"); ok && o.Recipient == "" {
		o.Recipient, _, _ = strings.Cut(to, ">")
	}
	if from, ok := strings.CutPrefix(command, "MAIL FROM:<"); ok && o.Sender == "" {
		o.Sender, _, _ = strings.Cut(from, ">")
	}
	host, reply, ok := strings.Cut(rest, "]: ")
	if !ok {
		return rest
	}
	o.host(host)
	return reply
}

// commandStage returns the stage of an SMTP command as logs write it.
func commandStage(s string) Stage {
	s = strings.ToLower(strings.TrimSpace(s[:min(len(s), 40)]))
	for _, c := range [...]struct {
		text  string
		stage Stage
	}{
		{"rcpt", StageRcpt},
		{"pipelined rcpt", StageRcpt},
		{"mail", StageMail},
		{"pipelined mail", StageMail},
		{"end of data", StageBody},
		{"pipelined end of data", StageBody},
		{"pipelined sending data block", StageBody},
		{"sending data block", StageBody},
		{"data end", StageBody},
		{"data", StageData},
		{"pipelined data", StageData},
		{"ehlo", StageHELO},
		{"helo", StageHELO},
		{"lhlo", StageHELO},
		{"starttls", StageStartTLS},
		{"auth", StageAuth},
		{"initial connection", StageConnect},
		{"connect", StageConnect},
		{"bdat", StageBody},
		{".", StageBody},
	} {
		if strings.HasPrefix(s, c.text) {
			return c.stage
		}
	}
	return ""
}

// phpError is what PHPMailer writes in front of what the server said.
const phpError = "SMTP server error: "

// php reads an error of PHPMailer: "RCPT TO command failed Detail: text SMTP code: 550
// Additional SMTP info: 5.1.1".
func (o *Observation) php(s string) string {
	command, detail, ok := strings.Cut(s, " command failed Detail: ")
	if !ok {
		return s
	}
	o.Stage = commandStage(command)
	text, rest, ok := strings.Cut(detail, " SMTP code: ")
	if !ok || len(rest) < 3 {
		return detail
	}
	reply := rest[:3] + " "
	if _, info, ok := strings.Cut(rest, " Additional SMTP info: "); ok {
		if n := enhancedLen(info); n > 0 {
			reply += info[:n] + " "
		}
	}
	return reply + text
}

// python reads the arguments of an exception of Python's smtplib: 550, b'text').
func (o *Observation) python(s, end string) string {
	code, rest, ok := strings.Cut(s, ", ")
	if !ok || len(code) != 3 {
		return s
	}
	rest = strings.TrimPrefix(rest, "b")
	if at := strings.LastIndex(rest, end); at >= 0 {
		rest = rest[:at]
	}
	if len(rest) > 0 && (rest[0] == '\'' || rest[0] == '"') {
		quote := rest[:1]
		if text, sender, ok := strings.Cut(rest[1:], quote+", "); ok && o.Stage == StageMail {
			o.Sender, rest = strings.Trim(sender, "'\""), quote+text+quote
		}
		if at := strings.LastIndex(rest[1:], quote); at >= 0 {
			rest = rest[1 : 1+at]
		}
	}
	return code + " " + rest
}
