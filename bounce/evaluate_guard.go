package bounce

import (
	"slices"
	"strings"
)

// guard is the last word on giving a recipient up, whatever rule decided. All of this
// must hold: the server claimed that it is permanent, in its enhanced code as well; it
// answered RCPT or the data, or, where nobody said what it answered, its words leave no
// other stage; a text says that there is no such mailbox, or the code 5.1.1 or 5.1.10
// does at a known stage; nothing names the sender's side; and no word but those of a
// provider's token tells of anything else.
func (e *evaluation) guard(folded []byte) {
	remove := e.res.Action == ActionRemove
	if !remove && (e.res.Action != ActionSuppress || e.res.Category == Complaint) {
		return
	}
	why := ""
	switch {
	case e.res.Claimed != Permanent, e.res.Enhanced != "" && e.res.Enhanced[0] != '5':
		why = "it is not claimed to be permanent"
	case e.o.Outcome == OutcomeDeferred || e.o.Outcome == OutcomeSent:
		why = "the log says that the message was not given up"
	case !e.stageFits():
		why = "it does not answer RCPT or the message"
	case remove && e.res.Confidence == Weak && e.res.Enhanced != "5.1.1" && e.res.Enhanced != "5.1.10":
		why = "only codes say so"
	case remove || e.res.Confidence != Certain:
		if why = e.namesSender(); why == "" && (remove || e.res.Confidence == Weak || e.res.Category == MailboxDisabled) {
			why = e.namesMore(folded)
		}
	}
	if why == "" {
		return
	}
	e.res.Action = ActionReview
	if e.res.Claimed == Temporary {
		e.res.Action = ActionRetry
	}
	f := rules.Finding(CodeRecipientKept, printable(e.o.Recipient))
	f.Message = "The address is kept: " + why + "."
	f.Remedy = "Keep the address, and read the text."
	f.Evidence = []string{e.evidence()}
	e.res.Findings = append(e.res.Findings, f)
}

// namesMore says what the text tells besides that there is no such mailbox, or returns
// "".
func (e *evaluation) namesMore(folded []byte) string {
	local, _, _ := strings.Cut(e.o.Recipient, "@")
	for _, a := range e.named.addresses {
		other, _, _ := strings.Cut(a, "@")
		if e.o.Recipient != "" && !helpDesk(a) && !strings.EqualFold(other, local) {
			return "the text names another mailbox, " + printable(a)
		}
	}
	if unreadable(e.o.Text) {
		return "the text has characters in an unknown encoding"
	}
	strict := e.res.Confidence == Weak
	word := doubt(folded[:e.token.from], local, strict)
	if word == "" {
		word = doubt(folded[e.token.to:], local, strict)
	}
	if word == "" {
		return ""
	}
	return "the text tells of more than the mailbox, by \"" + printable(word) + "\""
}

// stageFits reports whether the reply answers RCPT or the message. A text about a
// mailbox can answer nothing else, so it stands in for a stage that nobody said.
func (e *evaluation) stageFits() bool {
	switch e.o.Stage {
	case StageRcpt, StageData, StageBody:
		return true
	case "":
		return e.rule != nil && e.res.Confidence != Weak
	case StageLocal:
		// The sending host is the receiving one, or a host further on gave its report.
		return e.rule != nil && e.res.Confidence != Weak && (e.o.Format == FormatDSN || e.o.Format == FormatBounce || e.o.Format == FormatExchange || e.o.RemoteHost == "")
	}
	return false
}

// namesSender says how the text names the sender's side, or returns "".
func (e *evaluation) namesSender() string {
	if e.signals&signalSender != 0 {
		return "the text speaks of the sender"
	}
	for _, ip := range e.named.ips {
		if ip != e.o.RemoteIP.Unmap() {
			return "the text names the address " + ip.String()
		}
	}
	if e.o.LocalHost != "" {
		if n := domainName(strings.ToLower(e.o.LocalHost)); slices.Contains(e.named.domains, n) {
			return "the text names the sending host"
		}
	}
	for i := range e.m.fired[:e.m.n] {
		r := &e.x.rules[e.m.fired[i].rule]
		if r.list != nil && e.m.fired[i].groups&groupAny != 0 && (r.signal&signalBrand == 0 || e.signals&signalListed != 0) {
			return "the text names a block list"
		}
	}
	return e.namesSenderDomain()
}

// namesSenderDomain looks for the sender's mailbox and domain, apart from what is the
// recipient's as well.
func (e *evaluation) namesSenderDomain() string {
	sender := domainOf(e.o.Sender)
	if sender == "" {
		return ""
	}
	same := sender == domainOf(e.o.Recipient)
	for _, a := range e.named.addresses {
		if strings.EqualFold(a, e.o.Recipient) {
			continue
		}
		if strings.EqualFold(a, e.o.Sender) || !same && domainOf(a) == sender {
			return "the text names the sender"
		}
	}
	if !same && slices.Contains(e.named.domains, sender) {
		return "the text names the sender's domain"
	}
	return ""
}
