package bounce

// byCode decides by the codes alone: the enhanced code (RFC 3463, and the registry of
// RFC 5248), unless it is one that servers use for anything, then the basic code and
// the stage (RFC 5321 section 4.2.3).
func (e *evaluation) byCode() {
	if e.positive() {
		e.decide(Accepted, "code.2xx", Certain, "the reply is positive")
		return
	}
	if e.res.Enhanced != "" && !authCode(e.res.Code) {
		for i := range enhancedCodes {
			c := &enhancedCodes[i]
			if c.code != e.res.Enhanced[2:] {
				continue
			}
			e.decide(c.category, "code.x."+c.code, Weak, "only the enhanced code "+e.res.Enhanced+" says so")
			if c.scope != "" {
				e.res.Scope = c.scope
			}
			if c.mech != nil {
				e.res.Mechanisms = clone(c.mech)
			}
			return
		}
	}
	for i := range basicCodes {
		c := &basicCodes[i]
		if c.code == e.res.Code && (c.stage == "" || c.stage == e.res.Stage) {
			e.decide(c.category, c.id, Weak, "only the reply code and the stage say so")
			return
		}
	}
	switch {
	case e.text == "" && e.res.Code == 0 && e.res.Enhanced == "":
		e.decide(Unknown, "none.empty", NoConfidence, "there is neither a text nor a code")
	case e.res.Code == 0 && e.res.Enhanced == "":
		e.decide(Unknown, "none.text", NoConfidence, "no rule knows the text, and it has no code")
	case e.res.Enhanced != "":
		e.decide(Unknown, "none.code", NoConfidence, "no rule knows the text, and servers use the code "+e.res.Enhanced+" for anything")
	default:
		e.decide(Unknown, "none.code", NoConfidence, "no rule knows the text, and its code is too general")
	}
}

// positive reports whether the message was accepted, by the code, or by the log where
// there is none.
func (e *evaluation) positive() bool {
	switch {
	case e.res.Code != 0:
		return e.res.Code/100 == 2
	case e.res.Enhanced != "":
		return e.res.Enhanced[0] == '2'
	}
	return e.o.Outcome == OutcomeSent
}

// authCode reports whether a code answers AUTH alone (RFC 4954 section 6), which names
// no recipient.
func authCode(code int) bool { return code == 534 || code == 535 || code == 538 }

// enhancedCodes are what X.subject.detail means where no text says more. Those that
// servers use for anything are not in it: X.0.0, X.1.0, X.2.0, X.5.0, X.7.0, X.7.1.
var enhancedCodes = [...]struct {
	code     string
	category Category
	scope    Scope
	mech     []Mechanism
}{
	{"1.1", MailboxUnknown, "", nil},
	{"1.2", DomainUnknown, "", nil},
	{"1.3", MailboxUnknown, "", nil},
	{"1.4", RecipientRefused, "", nil},
	{"1.5", Accepted, "", nil},
	{"1.6", MailboxMoved, "", nil},
	{"1.7", SenderRejected, ScopeAccount, nil},
	{"1.8", SenderRejected, "", nil},
	{"1.9", NetworkError, "", nil},
	{"1.10", DomainUnknown, "", []Mechanism{MechanismNullMX}}, // RFC 7505 section 4.2
	{"2.1", MailboxDisabled, "", nil},
	{"2.2", MailboxFull, "", nil},
	{"2.3", MessageTooLarge, "", nil},
	{"2.4", ServerError, "", nil},
	{"3.0", ServerError, "", nil},
	{"3.1", ServerError, "", nil}, // the system is full, not the mailbox
	{"3.2", ServerError, "", nil},
	{"3.3", ContentMalformed, "", nil},
	{"3.4", MessageTooLarge, "", nil},
	{"3.5", ServerError, "", nil},
	{"4.0", NetworkError, "", nil},
	{"4.1", NetworkError, "", nil},
	{"4.2", NetworkError, "", nil},
	{"4.3", ServerError, "", nil},
	{"4.4", DomainUnknown, "", nil},
	{"4.5", RateLimited, "", nil},
	{"4.6", RoutingLoop, "", nil},
	{"4.7", Expired, "", nil},
	{"5.1", ProtocolError, "", nil},
	{"5.2", ProtocolError, "", nil},
	{"5.3", RateLimited, ScopeSession, nil},
	{"5.4", ProtocolError, "", nil},
	{"5.5", ProtocolError, "", nil},
	{"5.6", AuthRequired, "", nil},
	{"6.0", ContentMalformed, "", nil},
	{"6.1", ContentMalformed, "", nil},
	{"6.2", ContentPolicy, "", nil},
	{"6.3", ContentMalformed, "", nil},
	{"6.4", ContentMalformed, "", nil},
	{"6.5", ContentMalformed, "", nil},
	{"6.6", ContentMalformed, "", nil},
	{"6.7", RecipientRefused, "", nil}, // RFC 6531: the server lacks SMTPUTF8
	{"6.8", ContentMalformed, "", nil},
	{"6.9", ContentMalformed, "", nil},
	{"6.10", ContentMalformed, "", nil},
	{"7.2", RecipientRefused, "", nil},
	{"7.3", Policy, ScopeSession, nil},
	{"7.4", Policy, ScopeSession, nil},
	{"7.5", Policy, ScopeSession, nil},
	{"7.6", Policy, ScopeSession, nil},
	{"7.7", ContentMalformed, "", nil},
	{"7.8", AuthRequired, "", nil},
	{"7.9", AuthRequired, "", nil},
	{"7.10", TLSFailed, "", nil},
	{"7.11", TLSFailed, "", nil},
	{"7.12", AuthRequired, "", nil},
	{"7.13", AuthRequired, "", nil},
	{"7.14", AuthRequired, "", nil},
	{"7.15", Policy, ScopeMessage, nil},
	{"7.16", MessageTooLarge, "", nil},
	{"7.17", MailboxMoved, "", nil}, // RFC 7293: the mailbox has another owner now
	{"7.18", DomainUnknown, "", nil},
	{"7.19", ServerError, "", nil},
	{"7.20", AuthFailed, "", []Mechanism{MechanismDKIM}}, // RFC 7372 section 3.1
	{"7.21", AuthFailed, "", []Mechanism{MechanismDKIM}},
	{"7.22", AuthFailed, "", []Mechanism{MechanismDKIM, MechanismAlignment}},
	{"7.23", AuthFailed, "", []Mechanism{MechanismSPF}}, // section 3.2
	{"7.24", AuthFailed, "", []Mechanism{MechanismSPF}},
	{"7.25", BadRDNS, "", nil}, // section 3.3
	{"7.26", AuthFailed, "", []Mechanism{MechanismSPF, MechanismDKIM, MechanismDMARC}},
	{"7.27", SenderRejected, "", []Mechanism{MechanismNullMX}},
	{"7.28", RateLimited, "", nil},
	{"7.29", AuthFailed, "", []Mechanism{MechanismARC}},
	{"7.30", TLSFailed, "", nil},
}

// basicCodes are what reply codes mean at a stage, where nothing else tells.
var basicCodes = [...]struct {
	code     int
	stage    Stage
	category Category
	id       string
}{
	{421, "", ServerError, "code.421"},
	{430, "", AuthRequired, "code.430"},
	{432, "", AuthRequired, "code.432"},
	{451, "", ServerError, "code.451"},
	{452, StageConnect, ServerError, "code.452"},
	{452, StageMail, ServerError, "code.452"},
	{454, StageStartTLS, TLSFailed, "code.454-tls"},
	{454, StageAuth, AuthRequired, "code.454-auth"},
	{455, "", ProtocolError, "code.455"},
	{500, "", ProtocolError, "code.500"},
	{501, StageHELO, BadHELO, "code.501-helo"},
	{501, StageMail, SenderRejected, "code.501-mail"},
	{501, "", ProtocolError, "code.501"},
	{502, "", ProtocolError, "code.502"},
	{503, "", ProtocolError, "code.503"},
	{504, StageHELO, BadHELO, "code.504-helo"},
	{504, "", ProtocolError, "code.504"},
	{521, "", DomainUnknown, "code.521"}, // RFC 7504: the host takes no mail
	{523, "", TLSFailed, "code.523"},
	{530, "", AuthRequired, "code.530"},
	{534, "", AuthRequired, "code.534"},
	{535, "", AuthRequired, "code.535"},
	{538, "", TLSFailed, "code.538"},
	{551, StageRcpt, MailboxMoved, "code.551"},
	{552, StageMail, MessageTooLarge, "code.552-mail"},
	{552, StageBody, MessageTooLarge, "code.552-body"},
	{553, StageMail, SenderRejected, "code.553-mail"},
	{555, "", ProtocolError, "code.555"},
	{556, "", DomainUnknown, "code.556"}, // RFC 7504 section 4
}

var (
	mechSPF     = []Mechanism{MechanismSPF}
	mechDKIM    = []Mechanism{MechanismDKIM}
	mechDMARC   = []Mechanism{MechanismDMARC}
	mechARC     = []Mechanism{MechanismARC}
	mechAlign   = []Mechanism{MechanismDMARC, MechanismAlignment}
	mechAll     = []Mechanism{MechanismSPF, MechanismDKIM, MechanismDMARC}
	mechSPFDKIM = []Mechanism{MechanismSPF, MechanismDKIM}
)

// clone keeps callers away from the tables.
func clone(list []Mechanism) []Mechanism {
	if len(list) == 0 {
		return nil
	}
	return append([]Mechanism(nil), list...)
}
