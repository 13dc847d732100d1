package bounce

import "strings"

// introductions tell a bounce of no standard by its first words.
var introductions = [...]string{
	"this is the qmail-send program", "hi. this is the", "a message that you sent could not be delivered", "a message that you sent has not yet been delivered", "this message was created automatically by mail delivery software",
	"the following addresses had permanent fatal errors", "transcript of session follows", "diagnostic information for administrators", "your message did not reach", "delivery has failed to these recipients", "undeliverable", "your message couldn't be delivered", "your message wasn't delivered",
	"mail delivery failed", "could not be delivered to", "i'm afraid i wasn't able to deliver your message", "message could not be delivered", "delivery to the following recipient", "undelivered mail returned", "failure notice", "returned mail", "delivery status notification", "the original message was received at",
	"доставка не удалась", "не удалось доставить", "недоставленное", "konnte nicht zugestellt werden", "unzustellbar", "n'a pas pu etre remis", "echec de la remise", "no se pudo entregar", "no se ha podido entregar", "nao foi possivel entregar", "non e stato possibile", "配信できません", "退信", "投递失败", //nolint:misspell // Other languages have words like these.
}

// looseBounce reports whether a text introduces itself as a bounce.
func (p *dsnParser) looseBounce() bool {
	if p.failed != "" {
		return true
	}
	text := string(p.text[:min(len(p.text), 4096)])
	folded := string(fold(nil, p.subject+"\n"+text, "", nil))
	for _, s := range introductions {
		if strings.Contains(folded, string(fold(nil, s, "", nil))) {
			return true
		}
	}
	return false
}

// loose reads a bounce of no standard, line by line: an address that stands alone,
// at the start of a line or in it, opens a recipient, and what follows is its reason.
func (p *dsnParser) loose() {
	if !p.looseBounce() {
		return
	}
	p.dsn.Format = FormatBounce
	var o Observation
	var reason []string
	flush := func() {
		if o.Recipient != "" && len(reason) > 0 && len(p.dsn.Observations) < maxRecipients {
			p.looseRecipient(o, strings.Join(reason, "\n"))
		}
		o, reason = Observation{}, reason[:0]
	}
	lines := 0
	for line := range strings.Lines(string(p.text)) {
		s := strings.TrimSpace(line)
		if lines++; lines > 5000 || originalBelow(s) {
			break
		}
		if to, rest := recipientLine(s); to != "" {
			// Sendmail repeats the address in its transcript.
			if to != o.Recipient {
				flush()
			}
			o.Recipient = to
			if rest != "" {
				reason = append(reason, rest)
			}
			continue
		}
		if o.Recipient != "" && s != "" && len(reason) < maxLines {
			reason = append(reason, s)
		}
	}
	flush()
	if len(p.dsn.Observations) == 0 && p.failed != "" {
		to, _, _ := strings.Cut(p.failed, ",")
		p.looseRecipient(Observation{Recipient: strings.TrimSpace(to)}, string(p.text))
	}
	if len(p.dsn.Observations) == 0 {
		p.dsn.Format = ""
	}
}

// looseRecipient notes a recipient, of whose reason the part that a server said is
// taken.
func (p *dsnParser) looseRecipient(o Observation, reason string) {
	o.Format, o.Outcome, o.Text = FormatBounce, OutcomeBounced, reason
	to := o.Recipient
	o.unwrap()
	o.Format, o.Recipient = FormatBounce, to
	if at := strings.Index(o.Text, "\nGiving up on "); at >= 0 {
		o.Text = o.Text[:at]
	}
	o.Code, o.Enhanced = readHead(head(o.Text))
	if o.Code == 0 {
		o.code(reason)
	}
	if o.Code == 0 && o.Stage == "" {
		o.Stage = StageLocal
	}
	if o.Code/100 == 4 && strings.Contains(reason, "not yet been delivered") {
		o.Outcome = OutcomeDeferred
	}
	p.dsn.Observations = append(p.dsn.Observations, o)
}

// code looks for a line that starts with a reply code, and takes the text from there.
func (o *Observation) code(reason string) {
	at := 0
	for line := range strings.Lines(reason) {
		s := strings.TrimLeft(line, " \t#<>'\"")
		if replyCode(s) != "" {
			o.Text = strings.TrimSpace(reason[at+len(line)-len(s):])
			o.Code, o.Enhanced = readHead(head(o.Text))
			return
		}
		at += len(line)
	}
}

// originalBelow recognises the line above the message that came back.
func originalBelow(s string) bool {
	text := strings.TrimLeft(s, "|- ")
	for _, mark := range [...]string{"Below this line is a copy of the message", "This is a copy of", "Original message", "Message header follows", "Unsent message follows", "The header of the original message"} {
		if text != s && strings.HasPrefix(text, mark) {
			return true
		}
	}
	return strings.HasPrefix(s, "Original message headers:") || strings.HasPrefix(s, "Return-path: <") || strings.HasPrefix(s, "Return-Path: <")
}

// recipientLine returns the address that a line is about, and what follows it: as in
// "<bob@example.net>:", "  bob@example.net", or "<bob@example.net>... User unknown".
func recipientLine(s string) (to, rest string) {
	if len(s) < 6 || len(s) > 1000 || strings.HasPrefix(s, ">>>") || strings.HasPrefix(s, "<<<") {
		return "", ""
	}
	if s[0] == '<' {
		var ok bool
		if to, rest, ok = strings.Cut(s[1:], ">"); !ok {
			return "", ""
		}
	} else {
		to, rest, _ = strings.Cut(s, " ")
		if strings.HasSuffix(to, ":") {
			to = to[:len(to)-1]
			rest = ":" + rest
		}
		if to2, after, ok := strings.Cut(to, "("); ok {
			to, rest = to2, "("+after+rest
		}
		if rest != "" && rest[0] != ':' && rest[0] != '(' && rest[0] != '.' {
			return "", "" // a sentence
		}
	}
	at := strings.LastIndexByte(to, '@')
	if at <= 0 || !isDomain(to[at+1:]) || len(to) > 320 || strings.ContainsAny(to, " \t\"") {
		return "", ""
	}
	return to, strings.TrimSpace(strings.TrimLeft(rest, ":. \t"))
}
