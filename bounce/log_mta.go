package bounce

import (
	"strings"
)

// postfix reads a line of Postfix: a delivery, or who handed a message in.
func (r *logReader) postfix(l logLine, yield func(Observation)) {
	id, rest, ok := strings.Cut(l.rest, ": ")
	if !ok || id == "NOQUEUE" || strings.ContainsAny(id, " =") {
		return
	}
	o := Observation{Format: FormatPostfix, QueueID: id, Time: l.time}
	switch {
	case strings.HasPrefix(rest, "to=<"):
		r.postfixDelivery(o, l.program, rest, yield)
	case strings.HasPrefix(rest, "client="):
		if o.User = field(rest, "sasl_username="); o.User != "" {
			yield(o)
		}
	case strings.HasPrefix(rest, "from=<"):
		if o.Sender = field(rest, "from="); o.Sender != "" {
			yield(o)
		}
	default:
		const script = "header X-PHP-Originating-Script: "
		if _, name, ok := strings.Cut(rest, script); ok {
			o.Script, _, _ = strings.Cut(name, " from ")
			yield(o)
		}
	}
}

func (r *logReader) postfixDelivery(o Observation, program, rest string, yield func(Observation)) {
	fields, status, ok := strings.Cut(rest, "status=")
	if !ok {
		return
	}
	state, text, _ := strings.Cut(status, " ")
	switch state {
	case "sent", "delivered":
		o.Outcome = OutcomeSent
	case "deferred":
		o.Outcome = OutcomeDeferred
	case "bounced", "undeliverable", "expired":
		o.Outcome = OutcomeBounced
	default:
		return
	}
	o.Recipient = field(fields, "to=")
	o.relay(field(fields, "relay="))
	text = strings.TrimSpace(text)
	if inside, ok := strings.CutPrefix(text, "("); ok {
		text = strings.TrimSuffix(inside, ")")
	}
	o.Text = text
	o.unwrapLocal()
	if o.Code == 0 {
		if dsn := field(fields, "dsn="); dsn != "" && enhancedLen(dsn) == len(dsn) {
			o.Enhanced = dsn
		}
		if o.Stage == "" {
			o.Stage = StageLocal
		}
	}
	if strings.Contains(program, "lmtp") && o.Stage == "" {
		o.Stage = StageRcpt
	}
	yield(o)
}

// unwrapLocal takes the reply out of a text, and notes when there is none because
// there was no session.
func (o *Observation) unwrapLocal() {
	format, host, ip := o.Format, o.RemoteHost, o.RemoteIP
	o.unwrap()
	if o.RemoteHost == "" {
		o.RemoteHost = host
	}
	if !o.RemoteIP.IsValid() {
		o.RemoteIP = ip
	}
	o.Format = format
	o.Code, o.Enhanced = readHead(head(o.Text))
	if o.Code == 0 && o.Stage == "" {
		switch {
		case strings.HasPrefix(o.Text, "connect to "), strings.HasPrefix(o.Text, "lost connection"), strings.HasPrefix(o.Text, "conversation with "):
			o.Stage = StageConnect
		case strings.Contains(o.Text, "TLS"):
			o.Stage = StageStartTLS
		}
	}
}

// exim reads a line of Exim. It reports false for what is none.
func (r *logReader) exim(l logLine, yield func(Observation)) bool {
	rest := l.rest
	if strings.HasPrefix(rest, "[") { // the process
		if _, after, ok := strings.Cut(rest, "] "); ok {
			rest = after
		}
	}
	if cwd, ok := strings.CutPrefix(rest, "cwd="); ok {
		dir, _, _ := strings.Cut(cwd, " ")
		if strings.HasPrefix(dir, "/home") || strings.HasPrefix(dir, "/var/www") {
			yield(Observation{Format: FormatExim, Script: dir, Time: l.time})
		}
		return true
	}
	id, rest, ok := strings.Cut(rest, " ")
	if !ok || len(rest) < 4 || rest[2] != ' ' || strings.Count(id, "-") != 2 || len(id) < 16 || len(id) > 32 {
		return false
	}
	o := Observation{Format: FormatExim, QueueID: id, Time: l.time}
	flag, rest := rest[:2], rest[3:]
	switch flag {
	case "<=":
		o.Sender, rest, _ = strings.Cut(rest, " ")
		if o.Sender == "<>" {
			o.Sender = ""
		}
		if user := field(rest, "A="); user != "" {
			_, o.User, _ = strings.Cut(user, ":")
		} else if field(rest, "P=") == "local" {
			o.User = field(rest, "U=")
		}
		yield(o)
		return true
	case "=>", "->", ">>":
		o.Outcome = OutcomeSent
	case "**":
		o.Outcome = OutcomeBounced
	case "==":
		o.Outcome = OutcomeDeferred
	default:
		return true
	}
	fields, text, ok := strings.Cut(rest, ": ")
	if o.Outcome == OutcomeSent {
		fields, text = rest, ""
		if _, after, ok := strings.Cut(rest, `C="`); ok {
			text = strings.TrimSuffix(after, `"`)
		}
	} else if !ok {
		return true
	}
	o.eximAddress(fields)
	o.Text = text
	o.unwrapLocal()
	if o.Code == 0 && o.Stage == "" && o.Outcome != OutcomeSent {
		o.Stage = StageLocal
	}
	yield(o)
	return true
}

// eximAddress reads "bob@example.net <alias@example.org> R=... T=... H=mx.example.net
// [192.0.2.25]".
func (o *Observation) eximAddress(s string) {
	first, rest, _ := strings.Cut(s, " ")
	o.Recipient = strings.Trim(strings.TrimSuffix(first, ":"), "<>")
	if !strings.Contains(o.Recipient, "@") {
		// A local part alone is followed by the whole address.
		if _, after, ok := strings.Cut(rest, "<"); ok {
			if to, _, ok := strings.Cut(after, ">"); ok && strings.Contains(to, "@") {
				o.Recipient = to
			}
		}
	}
	if _, host, ok := strings.Cut(rest, "H="); ok {
		o.host(host)
	}
	if from := field(rest, "F="); from != "" {
		o.Sender = from
	}
}

// sendmail reads a line of Sendmail.
func (r *logReader) sendmail(l logLine, yield func(Observation)) {
	id, rest, ok := strings.Cut(l.rest, ": ")
	if !ok || strings.ContainsAny(id, " =") {
		return
	}
	o := Observation{Format: FormatSendmail, QueueID: id, Time: l.time}
	switch {
	case strings.HasPrefix(rest, "from="):
		o.Sender = field(rest, "from=")
		yield(o)
		return
	case strings.HasPrefix(rest, "AUTH="):
		if o.User = field(rest, "authid="); o.User != "" {
			yield(o)
		}
		return
	case !strings.HasPrefix(rest, "to="):
		return
	}
	o.Recipient, _, _ = strings.Cut(field(rest, "to="), ",")
	if _, after, ok := strings.Cut(rest, "relay="); ok {
		relay, _, _ := strings.Cut(after, ", ")
		o.relay(relay)
	}
	at := strings.Index(rest, "stat=")
	if at < 0 {
		return
	}
	stat := rest[at+len("stat="):]
	if from := strings.Index(rest, "reply="); from >= 0 && from < at {
		o.Text, _, _ = strings.Cut(rest[from+len("reply="):at], ", stat")
		o.Text = strings.TrimSuffix(strings.TrimSpace(o.Text), ",")
	}
	dsn := field(rest, "dsn=")
	switch {
	case strings.HasPrefix(stat, "Sent"):
		o.Outcome = OutcomeSent
	case strings.HasPrefix(stat, "Deferred"), strings.HasPrefix(dsn, "4."):
		o.Outcome = OutcomeDeferred
	case strings.HasPrefix(stat, "queued"):
		return
	default:
		o.Outcome = OutcomeBounced
	}
	if o.Text == "" {
		o.Text = strings.TrimPrefix(strings.TrimPrefix(stat, "Deferred: "), "Service unavailable: ")
	}
	o.Code, o.Enhanced = readHead(head(o.Text))
	if o.Enhanced == "" && o.Outcome != OutcomeSent && enhancedLen(dsn) == len(dsn) && dsn != "" {
		o.Enhanced = dsn
	}
	if o.Code == 0 && o.Stage == "" && o.RemoteHost == "" {
		o.Stage = StageLocal
	}
	yield(o)
}

// qmailLine recognises a line of qmail-send.
func qmailLine(s string) bool {
	return strings.HasPrefix(s, "delivery ") || strings.HasPrefix(s, "starting delivery ") || strings.HasPrefix(s, "info msg ")
}

// qmail reads a line of qmail-send, which writes blanks as "_" and line ends as "/".
func (r *logReader) qmail(l logLine, yield func(Observation)) {
	s := strings.TrimLeft(l.rest, "0123456789. ") // the time, if splogger wrote it
	if r.deliveries == nil {
		r.deliveries, r.messages = make(map[string]string), make(map[string]string)
	}
	if len(r.deliveries) > maxDeliveries || len(r.messages) > maxDeliveries {
		clear(r.deliveries)
		clear(r.messages)
	}
	words := strings.SplitN(s, " ", 8)
	switch {
	case strings.HasPrefix(s, "info msg ") && len(words) >= 7:
		r.messages[strings.TrimSuffix(words[2], ":")] = strings.Trim(words[6], "<>")
	case strings.HasPrefix(s, "starting delivery ") && len(words) >= 8:
		r.deliveries[strings.TrimSuffix(words[2], ":")] = words[7] + " " + r.messages[words[4]]
	case strings.HasPrefix(s, "delivery ") && len(words) >= 3:
		number := strings.TrimSuffix(words[1], ":")
		o := Observation{Format: FormatQmail, Time: l.time, QueueID: number}
		switch words[2] {
		case "success:":
			o.Outcome = OutcomeSent
		case "deferral:":
			o.Outcome = OutcomeDeferred
		case "failure:":
			o.Outcome = OutcomeBounced
		default:
			return
		}
		o.Recipient, o.Sender, _ = strings.Cut(r.deliveries[number], " ")
		delete(r.deliveries, number)
		_, text, _ := strings.Cut(s, words[2]+" ")
		o.qmailText(text)
		yield(o)
	}
}

// qmailText reads the report of qmail-remote.
func (o *Observation) qmailText(text string) {
	text = strings.ReplaceAll(strings.TrimSuffix(text, "/"), "_", " ")
	text = strings.ReplaceAll(text, "./", ".\n")
	before, reply, ok := strings.Cut(text, "Remote host said: ")
	if !ok {
		o.Text = text
		o.Stage = StageLocal
		if o.Outcome == OutcomeDeferred {
			o.Stage = StageConnect
		}
		o.Code, o.Enhanced = readHead(head(o.Text))
		return
	}
	reply, _, _ = strings.Cut(reply, "\nGiving up on ")
	o.Text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(reply), "/"))
	ip, _, _ := strings.Cut(before, " ")
	o.RemoteIP = addr(ip)
	switch {
	case strings.Contains(before, "does not like recipient"):
		o.Stage = StageRcpt
	case strings.Contains(before, "does not like sender"), strings.Contains(before, "sender was rejected"):
		o.Stage = StageMail
	case strings.Contains(before, "failed after I sent the message"):
		o.Stage = StageBody
	case strings.Contains(before, "failed on DATA"):
		o.Stage = StageData
	case strings.Contains(before, "Connected to"):
		o.Stage = StageConnect
	}
	o.Code, o.Enhanced = readHead(head(o.Text))
}
