package smtpprobe

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"strings"
)

// RecipientRequest is what [Prober.ProbeRecipient] asks.
type RecipientRequest struct {
	// Recipient is the mailbox to ask for, without angle brackets.
	Recipient string `json:"recipient"`
	// HELO is the prober's own host name, which resolves to the address that it
	// connects from, and MailFrom a mailbox of its own that exists and takes bounces.
	// Both are required: whoever borrows somebody else's name gets false answers, and
	// harms them.
	HELO     string `json:"helo"`
	MailFrom string `json:"mail_from"`
	// Random is a local-part that nobody has, to see whether the host accepts
	// everything. If empty, or that of Recipient, it is made at random. It is asked
	// for after Recipient, in the same session.
	Random string `json:"random,omitempty"`
}

// RecipientStatus is what a host says of a mailbox. The empty RecipientStatus means
// that there is no result.
type RecipientStatus string

// The statuses of recipients. Only rejected says that mail would fail, and none that
// it will arrive: many hosts reject later.
const (
	RecipientAccepted RecipientStatus = "accepted"  // the host would take it; CatchAll says how much that is worth
	RecipientRejected RecipientStatus = "rejected"  // there is no such mailbox, or it takes no mail
	RecipientDeferred RecipientStatus = "deferred"  // the host asks to come back later: greylisting, a full mailbox, a limit
	RecipientBlocked  RecipientStatus = "blocked"   // the host does not answer this client, its address, or its sender
	RecipientCatchAll RecipientStatus = "catch-all" // the host accepts a random mailbox as well
	RecipientUnknown  RecipientStatus = "unknown"   // it was not found out
)

// RecipientReport is what was found of a recipient.
type RecipientReport struct {
	// Sessions are the observations: those of the hosts in order, up to the first that
	// answered.
	Sessions []Session `json:"sessions"`
	RecipientResult
}

// ErrIdentity is returned for a request without HELO or MailFrom.
var ErrIdentity = errors.New("smtpprobe: a recipient is only asked for with a HELO and a MAIL FROM of one's own")

// ProbeRecipient asks hosts, in the order given, whether they take mail for a
// recipient, as far as RCPT. It sends no message. Without hosts, they are those of the
// recipient's domain ([Prober.CheckRoute]).
//
// Use it rarely, and never as a gate before a form: many hosts accept every recipient
// and bounce later, or reject every one from clients that they do not know; the large
// providers answer probes with lies, and put clients that ask much on block lists,
// where their mail suffers. Who probes addresses that were not given to them by their
// owners harvests them. Nothing replaces a message with a link to confirm.
//
// The next host is asked only when the one before could not be, or asked to come back
// later before any mailbox was named. The error is non-nil for a request that makes no
// sense ([ErrIdentity], [*AddressError], [ErrName], [ErrNoAddress]), and when ctx ended.
func (p Prober) ProbeRecipient(ctx context.Context, req RecipientRequest, hosts []Host) (RecipientReport, error) {
	rep := RecipientReport{Sessions: []Session{}}
	rep.RecipientResult = EvaluateRecipient(req, nil)
	if req.HELO == "" || req.MailFrom == "" {
		return rep, ErrIdentity
	}
	from, err := ParseAddress(req.MailFrom)
	if err != nil {
		return rep, err
	}
	to, err := ParseAddress(req.Recipient)
	if err != nil {
		return rep, err
	}
	random := to
	random.Local, random.Quoted = req.Random, false
	if req.Random == "" || strings.EqualFold(req.Random, to.Local) { // Two of one mailbox prove nothing.
		random.Local = "mw-" + strings.ToLower(rand.Text())
	}
	if random, err = ParseAddress(random.String()); err != nil {
		return rep, err
	}
	p.HELO = req.HELO
	r, err := p.newRun()
	if err != nil {
		return rep, err
	}
	limited, cancel := p.limit(ctx)
	defer cancel()
	if hosts == nil {
		if hosts, err = p.hostsFor(limited, to); err != nil {
			return rep, context.Cause(ctx)
		}
	}
	targets, _, err := r.targets(hosts)
	if err != nil {
		return rep, err
	}
	for _, t := range targets {
		s := r.recipient(limited, t, from, to, random)
		rep.Sessions = append(rep.Sessions, s)
		if limited.Err() != nil || settled(&s) {
			break
		}
	}
	rep.RecipientResult = EvaluateRecipient(req, rep.Sessions)
	return rep, context.Cause(ctx)
}

// hostsFor returns the hosts that take mail for an address.
func (p Prober) hostsFor(ctx context.Context, to Address) ([]Host, error) {
	if to.IP.IsValid() {
		return []Host{{Addrs: []netip.Addr{to.IP}}}, nil
	}
	p.Timeout = -1 // ctx has it.
	route, err := p.CheckRoute(ctx, to.Domain)
	return hostsOf(route), err
}

// settled reports whether another host need not be asked: this one was asked for a
// recipient, or said no for good.
func settled(s *Session) bool {
	if s.step(StageRCPT) != nil {
		return true
	}
	for i := range s.Steps {
		if s.Steps[i].Failure.Kind == "" && s.Steps[i].Reply.class() == 5 && s.Steps[i].Stage != StageSTARTTLS {
			return true
		}
	}
	return false
}

// recipient is a session that asks for two recipients: the real one first, since
// limits and suspicion grow with each.
func (r *run) recipient(ctx context.Context, t target, from, to, random Address) Session {
	if r.guard.check(t.ip) == nil {
		if release, err := r.pacer.wait(ctx, t.ip, provider(t.host, t.ip), r.limits.Spacing); err == nil {
			defer release()
		}
	}
	s, ok := r.open(ctx, PurposeRecipient, t.host, t.ip)
	if !ok {
		return s.Session
	}
	sender, asked := verbMAIL, s.begin(PurposeRecipient)
	if from.SMTPUTF8 || to.SMTPUTF8 || random.SMTPUTF8 {
		sender = verbMAILUTF8
		asked = asked && s.offersUTF8() // RFC 6531 section 3.5: never to others
	}
	if asked && s.ask(sender, from) && s.ask(verbRCPT, to) && s.ask(verbRCPT, random) {
		s.command(StageRSET, verbRSET, "")
	}
	s.quit()
	s.close()
	return s.Session
}

// offersUTF8 reads the reply to EHLO that counts.
func (s *session) offersUTF8() bool {
	st := s.step(StageEHLOTLS)
	if st == nil {
		st = s.step(StageEHLO)
	}
	return st.answered() && parseCapabilities(st.Reply).SMTPUTF8
}

// ask names a mailbox, and reports whether the session can go on.
func (s *session) ask(v verb, mailbox Address) bool {
	stage := StageMAIL
	if v == verbRCPT {
		stage = StageRCPT
	}
	st := s.command(stage, v, mailbox.String())
	// A recipient that is refused says nothing on the random one's chances, but what is
	// asked further can only harm.
	return st.answered()
}
