package smtpprobe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
)

// RecipientResult is what the hosts say of a recipient.
type RecipientResult struct {
	Recipient string          `json:"recipient"`
	Status    RecipientStatus `json:"status"`
	// Stage is what was answered last, Code and Enhanced are that answer, for the
	// recipient or for what came before, and Text is its first line, escaped. Enhanced
	// is empty when the reply has no enhanced status code (RFC 2034).
	Stage    Stage  `json:"stage,omitempty"`
	Code     int    `json:"code,omitzero"`
	Enhanced string `json:"enhanced,omitempty"`
	Text     string `json:"text,omitempty"`
	// CatchAll says whether the host accepts a random mailbox as well.
	CatchAll Fact                `json:"catch_all"`
	Findings mailworthy.Findings `json:"findings"`
}

// EvaluateRecipient judges what hosts answered to a request. It is a pure function.
func EvaluateRecipient(req RecipientRequest, sessions []Session) RecipientResult {
	res := RecipientResult{
		Recipient: clean(req.Recipient[:min(len(req.Recipient), maxNameText)]), Status: RecipientUnknown, CatchAll: Maybe,
		Findings: mailworthy.Findings{},
	}
	if len(sessions) == 0 {
		return res
	}
	s := &sessions[len(sessions)-1] // The others led to it.
	subject := clean(s.Host)
	if subject == "" {
		subject = clean(s.Addr.String())
	}
	last, random := answers(s, rcptLine(req.Recipient))
	if failed := s.failed(); failed != nil && (last == nil || last.Stage != StageRCPT) {
		res.Stage = cleanStage(failed.Stage)
		f := finding(CodeRecipientUnknown, subject)
		f.Temporary = true
		f.Message = "The probe ended while it waited for " + stageName(failed.Stage) + "; nothing is known of " + res.Recipient + "."
		f.Remedy = "Treat the address as neither good nor bad, and confirm it by a message with a link."
		f.Evidence = evidence(failed)
		res.Findings = append(res.Findings, f)
		return res
	}
	if last == nil && s.step(StageRCPT) != nil {
		f := finding(CodeRecipientUnknown, subject)
		f.Message = "The session with " + subject + " asks for other recipients, and not for " + res.Recipient + "."
		f.Remedy = "Judge the sessions together with the request that they were made for."
		f.Evidence = evidence(s.step(StageRCPT))
		res.Findings = append(res.Findings, f)
		return res
	}
	if last == nil { // All was well, and the mailbox could not be named.
		f := finding(CodeRecipientUnknown, subject)
		f.Message = subject + " does not offer SMTPUTF8, without which " + res.Recipient + " cannot be asked for, nor get mail there."
		f.Remedy = "Use an address of ASCII characters for this recipient, or let the server of " + subject + " offer SMTPUTF8."
		f.Evidence = []string{"MAIL FROM needs SMTPUTF8 (RFC 6531 section 3.5)"}
		res.Findings = append(res.Findings, f)
		return res
	}
	res.Stage, res.Code = cleanStage(last.Stage), last.Reply.Code
	if len(last.Reply.Lines) > 0 {
		res.Text = clean(last.Reply.Lines[0])
		res.Enhanced = enhanced(last.Reply)
	}
	if random != nil && random.Failure.Kind == "" {
		switch random.Reply.class() {
		case 2:
			res.CatchAll = Yes
		case 5:
			// A limit or a block says nothing of the mailbox.
			if classify5(random.Reply) == RecipientRejected {
				res.CatchAll = No
			}
		}
	}
	res.Status = recipientStatus(last, res.CatchAll)
	res.Findings = append(res.Findings, recipientFinding(res, subject, last, random))
	return res
}

// rcptLine is how a recipient stands in a session, and empty for what is no address.
func rcptLine(recipient string) string {
	to, err := ParseAddress(recipient)
	if err != nil {
		return ""
	}
	return name.Escape(verbs[verbRCPT].before + to.String() + verbs[verbRCPT].after)
}

// answers returns the answer that decides, which is that to the recipient or the refusal
// before it, and the answer for the recipient that nobody has. Either may be nil.
func answers(s *Session, rcpt string) (last, random *Step) {
	for i := range s.Steps {
		st := &s.Steps[i]
		if st.Stage == StageRCPT && st.Sent != rcpt {
			if last != nil && last.Stage == StageRCPT && random == nil {
				random = st // It is asked for second.
			}
			continue
		}
		if last != nil || st.Failure.Kind != "" || st.Reply.Code == 0 || st.Stage == StageSTARTTLS || st.Stage == StageQUIT {
			continue
		}
		helloNext := st.Stage == StageEHLO && i+1 < len(s.Steps) && s.Steps[i+1].Stage == StageHELO
		if st.Stage == StageRCPT || st.Reply.class() != 2 && !helloNext {
			last = st
		}
	}
	return last, random
}

func recipientStatus(st *Step, catchAll Fact) RecipientStatus {
	switch st.Reply.class() {
	case 2:
		if catchAll == Yes {
			return RecipientCatchAll
		}
		return RecipientAccepted
	case 4:
		return RecipientDeferred
	case 5:
		if st.Stage != StageRCPT {
			return RecipientBlocked // Nobody asked for the recipient yet.
		}
		return classify5(st.Reply)
	}
	return RecipientUnknown
}

// classify5 tells a mailbox that takes no mail from a client that gets no answer, by
// the codes. Texts are for people; they count only against what a code alone would say.
func classify5(rep Reply) RecipientStatus {
	code := enhanced(rep)
	switch {
	case code == "5.2.2", code == "" && rep.Code == 552:
		// A full mailbox exists, and its owner can empty it (RFC 3463 section 3.3). The
		// code alone may also be a limit to recipients, which is to be treated as
		// temporary (RFC 5321 section 4.5.3.1.10).
		return RecipientDeferred
	case code == "":
	case strings.HasPrefix(code, "5.7."):
		return RecipientBlocked // RFC 3463 section 3.8: security or policy
	case code == "5.1.8", code == "5.1.7", code == "5.5.4":
		return RecipientBlocked // The sender's address is the trouble (RFC 3463 section 3.2).
	case strings.HasPrefix(code, "5.1."), strings.HasPrefix(code, "5.2."):
		return RecipientRejected
	case strings.HasPrefix(code, "5.3."), strings.HasPrefix(code, "5.4."), strings.HasPrefix(code, "5.5."):
		return RecipientUnknown // Of the host, the network, or the protocol.
	}
	switch rep.Code {
	case 550, 551, 552, 553, 556:
		// 550 is also for "policy reasons" (RFC 5321 section 4.2.3): whoever has no
		// enhanced codes says so in words.
		if code == "" && aboutClient(rep) {
			return RecipientBlocked
		}
		return RecipientRejected
	case 530, 535, 554:
		return RecipientBlocked
	}
	return RecipientUnknown
}

// clientWords are of replies that are about the client, its address, or its sender. They
// prove nothing, but make a rejection of the mailbox doubtful.
var clientWords = []string{
	"block", "black list", "blacklist", "dnsbl", " rbl", "spam", "policy", "denied", "prohibited", "reputation", "relaying", "relay not",
	"relay access", "to relay", "sender", "your ip", "your host", "client host", "reverse dns", "ptr record", "authenticat",
}

// aboutClient reports whether a refusal speaks of the client, and not of the mailbox.
func aboutClient(rep Reply) bool {
	for _, line := range rep.Lines {
		// What the reply quotes, such as <antispam@example.org>, says nothing.
		for word := range strings.FieldsSeq(line) {
			if strings.Contains(word, "@") {
				line = strings.ReplaceAll(line, word, "")
			}
		}
		line = strings.ToLower(line)
		if slices.ContainsFunc(clientWords, func(w string) bool { return strings.Contains(line, w) }) {
			return true
		}
	}
	return false
}

// enhanced returns the enhanced status code of a reply: its first word (RFC 2034 section
// 4), or the last one where qmail has it, as in "(#5.1.1)".
func enhanced(rep Reply) string {
	if len(rep.Lines) == 0 {
		return ""
	}
	line := rep.Lines[0]
	word, _, _ := strings.Cut(line, " ")
	if _, qmail, ok := strings.Cut(line, "(#"); ok && !isEnhanced(word, rep.class()) {
		word = strings.TrimSuffix(qmail, ")")
	}
	if !isEnhanced(word, rep.class()) {
		return ""
	}
	return word
}

// isEnhanced reports whether a word is an enhanced status code. Its class must be that of
// the reply.
func isEnhanced(word string, class int) bool {
	parts := strings.Split(word, ".")
	if len(parts) != 3 || len(parts[0]) != 1 || int(parts[0][0]-'0') != class {
		return false
	}
	for _, p := range parts[1:] { // RFC 3463 section 2: up to three digits
		if p == "" || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return true
}

func recipientFinding(res RecipientResult, subject string, st, random *Step) mailworthy.Finding {
	var f mailworthy.Finding
	switch res.Status {
	case RecipientAccepted:
		f = finding(CodeRecipientAccepted, subject)
		f.Message = subject + " accepts mail for " + res.Recipient + " in the session. It may still reject the message, or bounce it."
		f.Remedy = "None is needed. Who must be certain sends a message with a link to confirm."
	case RecipientCatchAll:
		f = finding(CodeRecipientCatchAll, subject)
		f.Message = subject + " accepts mail for a random mailbox as well, so that its yes for " + res.Recipient + " says nothing."
		f.Remedy = "Confirm the address by a message with a link."
	case RecipientRejected:
		f = finding(CodeRecipientRejected, subject)
		f.Message = fmt.Sprintf("%s rejects mail for %s with %d.", subject, res.Recipient, res.Code)
		f.Remedy = "Ask for another address. If its owner is sure of it, have them show the reply to the administrator of " + subject + "."
	case RecipientDeferred:
		f = finding(CodeRecipientDeferred, subject)
		f.Temporary = true
		f.Message = fmt.Sprintf("%s asks to come back later (%d): greylisting, a limit, or a full mailbox. That says nothing on whether %s exists.", subject, res.Code, res.Recipient)
		f.Remedy = "Treat the address as neither good nor bad. Ask again after a quarter of an hour from the same address, or confirm it by a message."
	case RecipientBlocked:
		f = finding(CodeRecipientBlocked, subject)
		f.Message = fmt.Sprintf("%s does not answer this client (%d), whoever the recipient is. That says nothing on whether %s exists.", subject, res.Code, res.Recipient)
		f.Remedy = "Read the reply. Check that the prober's address has reverse DNS, is on no block list, and may send for its MAIL FROM; and stop probing there."
	default:
		f = finding(CodeRecipientUnknown, subject)
		f.Temporary = true
		f.Message = fmt.Sprintf("%s answers with %d, which does not say whether %s exists.", subject, res.Code, res.Recipient)
		f.Remedy = "Treat the address as neither good nor bad, and confirm it by a message with a link."
	}
	f.Evidence = evidence(st)
	if random != nil {
		f.Evidence = append(f.Evidence, evidence(random)...)
	}
	return f
}
