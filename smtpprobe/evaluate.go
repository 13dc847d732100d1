package smtpprobe

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/special"
)

// Evaluate judges what was observed. It is a pure function: the same sessions, read
// back from JSON if need be, give the same Result for ever. Sessions with recipients
// are for [EvaluateRecipient]; here they count as probes.
func Evaluate(req Request, sessions []Session) Result {
	res := Result{Hosts: []HostResult{}, PortBlocked: portBlocked(sessions), Findings: mailworthy.Findings{}}
	index := make(map[string]int)
	for i := range sessions {
		s := &sessions[i]
		if s.Purpose == PurposeControl || s.Purpose == PurposeOldTLS {
			continue
		}
		j, ok := index[s.Host]
		if !ok || s.Host == "" { // Literals without a name have nothing in common.
			j = len(res.Hosts)
			index[s.Host] = j
			res.Hosts = append(res.Hosts, HostResult{Name: clean(s.Host), Addresses: []AddressResult{}})
		}
		old := oldTLS(sessions[i:], s)
		h := &res.Hosts[j]
		h.Addresses = append(h.Addresses, evaluateAddress(req, s, old, res.PortBlocked))
	}
	merged := make(map[findingKey]int)
	for i := range res.Hosts {
		h := &res.Hosts[i]
		h.sum()
		for j := range h.Addresses {
			res.merge(&h.Addresses[j], merged)
		}
		res.Findings = append(res.Findings, h.differences()...)
	}
	if res.PortBlocked == Yes {
		res.Findings = append(res.Findings, blockedFinding(sessions))
	}
	for i := range res.Hosts {
		if i == 0 || better(res.Hosts[i].Status, res.Status) {
			res.Status = res.Hosts[i].Status
		}
	}
	return res
}

// oldTLS returns the session that offered old TLS after s, or nil.
func oldTLS(rest []Session, s *Session) *Session {
	if len(rest) > 1 && rest[1].Purpose == PurposeOldTLS && rest[1].Addr == s.Addr && rest[1].Host == s.Host {
		return &rest[1]
	}
	return nil
}

// quality orders the statuses, the best first.
var quality = []Status{Ready, Deferred, Unknown, Rejected, Broken, Refused, Unfit}

// better reports whether a is better than b.
func better(a, b Status) bool { return slices.Index(quality, a) < slices.Index(quality, b) }

// sum makes of the addresses what holds for the host.
func (h *HostResult) sum() {
	var offered, negotiated, authenticated []Fact
	for i := range h.Addresses {
		a := &h.Addresses[i]
		if i == 0 || better(a.Status, h.Status) {
			h.Status = a.Status
		}
		offered = append(offered, a.Offered)
		negotiated = append(negotiated, a.Negotiated)
		authenticated = append(authenticated, a.Authenticated)
	}
	h.Offered, h.Negotiated, h.Authenticated = most(offered), most(negotiated), most(authenticated)
}

// most is what is known of a host by its addresses: no when one has it not, yes when
// all that are known have it.
func most(facts []Fact) Fact {
	sum := Maybe
	for _, f := range facts {
		if f == No {
			return No
		}
		if f == Yes {
			sum = Yes
		}
	}
	return sum
}

// all is yes when all facts are, and no when one is.
func all(facts ...Fact) Fact {
	sum := Yes
	for _, f := range facts {
		switch f {
		case No:
			return No
		case Yes:
		default:
			sum = Maybe
		}
	}
	return sum
}

// fact is yes or no.
func fact(yes bool) Fact {
	if yes {
		return Yes
	}
	return No
}

// portBlocked judges whether the port is blocked where the prober is.
func portBlocked(sessions []Session) Fact {
	tried, control := false, false
	for i := range sessions {
		st := sessions[i].failed()
		switch {
		case len(sessions[i].Steps) == 0:
			continue
		case st == nil || st.Stage != StageConnect:
			return No
		case st.Failure.Kind == KindNotAllowed || st.Failure.Kind == KindCanceled || st.Failure.Kind == KindFailed:
			continue // Also what failed on this machine, for want of sockets for example.
		}
		if sessions[i].Purpose == PurposeControl {
			control = true
		} else {
			tried = true
		}
	}
	if tried && control {
		return Yes
	}
	return Maybe
}

// verdict is one address in the making.
type verdict struct {
	AddressResult
	s       *Session
	old     *Session // the one that offered old TLS, or nil
	own     *Own     // what is expected of it, or nil
	subject string
	time    time.Time
	blocked Fact
}

func evaluateAddress(req Request, s, old *Session, blocked Fact) AddressResult {
	v := verdict{s: s, old: old, subject: clean(s.Host), time: req.Time, blocked: blocked}
	if v.subject == "" {
		v.subject = clean(s.Addr.String())
	}
	if v.time.IsZero() {
		v.time = s.Start
	}
	for i := range req.Own {
		if req.Own[i].Addr.Unmap() == s.Addr.Unmap() {
			v.own = &req.Own[i]
		}
	}
	v.Addr, v.Findings = s.Addr, mailworthy.Findings{}
	v.Offered, v.Negotiated, v.Authenticated = Maybe, Maybe, Maybe
	v.TLS.Trusted, v.TLS.NameMatches, v.TLS.Current = Maybe, Maybe, Maybe
	if n := len(s.Steps); n > 0 {
		v.TotalMS = s.Steps[n-1].AtMS + s.Steps[n-1].TookMS
	}
	v.reach()
	v.greeting()
	v.capabilities()
	v.transport()
	v.certificates()
	v.expectations()
	v.manners()
	return v.AddressResult
}

// reach decides on the Status, by the first thing that went wrong.
func (v *verdict) reach() {
	v.Status = Unknown
	if st := v.s.failed(); st != nil {
		v.Stage, v.Failure = cleanStage(st.Stage), Failure{Kind: Kind(clean(string(st.Failure.Kind))), Text: clean(st.Failure.Text)}
		if v.failedEarly(st) {
			return
		}
	}
	hello := v.s.step(StageHELO)
	if hello == nil {
		hello = v.s.step(StageEHLO)
	}
	for _, st := range []*Step{v.s.step(StageGreeting), hello} {
		switch {
		case st == nil:
			return // It ended before, which its finding says.
		case st.Reply.class() == 4:
			v.Stage, v.Status = st.Stage, Deferred
			v.addReply(CodeDeferred, st)
			return
		case st.Reply.class() != 2:
			v.Stage, v.Status = st.Stage, Rejected
			v.addReply(CodeRejected, st)
			return
		}
	}
	v.Status = Ready
	if st := v.s.step(StageEHLOTLS); st != nil && st.Failure.Kind == "" && !st.answered() {
		v.Stage = st.Stage
		if st.Reply.class() == 4 {
			v.addReply(CodeDeferred, st)
		} else {
			v.addReply(CodeRejected, st)
		}
	}
}

// failedEarly judges a failure. It reports whether it came before a reply to EHLO or
// HELO: one that came later does not make a host worse.
func (v *verdict) failedEarly(st *Step) bool {
	early := true
	switch st.Stage {
	case StageConnect:
		v.Status = v.noConnection(st)
		return true
	case StageGreeting, StageEHLO, StageHELO:
	default:
		early = false
	}
	status := Broken
	switch st.Failure.Kind {
	case KindMalformed:
		v.add(CodeMalformed, st)
	case KindTooLarge:
		v.add(CodeTooLarge, st)
	case KindUnsolicited:
		v.add(CodeUnsolicited, st)
	case KindTimeout:
		status = Unknown
		v.add(CodeTimeout, st)
	case KindCanceled:
		status = Unknown
		v.add(CodeEnded, st)
	default:
		status = Unknown
		if st.Stage != StageTLS { // What is wrong with TLS has its own findings.
			v.add(CodeClosed, st)
		}
	}
	if early {
		v.Status = status
	}
	return early
}

func (v *verdict) noConnection(st *Step) Status {
	switch st.Failure.Kind {
	case KindNotAllowed:
		if _, unfit := special.Of(v.s.Addr); !unfit { // It is this machine's own; for others it may do.
			v.add(CodeNoConnection, st)
			return Unknown
		}
		v.add(CodeAddressUnfit, st)
		return Unfit
	case KindCanceled:
		v.add(CodeEnded, st)
		return Unknown
	}
	if v.blocked == Yes { // There is one finding for all.
		return Unknown
	}
	switch {
	case st.Failure.Kind == KindRefused && v.blocked == No:
		v.add(CodeRefused, st)
		return Refused
	case st.Failure.Kind == KindUnreachable && v.s.Addr.Is6() && !v.s.Addr.Is4In6():
		v.add(CodeFamilyUnreachable, st)
		return Unknown
	}
	v.add(CodeNoConnection, st)
	if st.Failure.Kind == KindRefused {
		return Refused // Somebody answered, if only a firewall.
	}
	return Unknown
}

// differences says where the addresses of a host are not the same.
func (h *HostResult) differences() mailworthy.Findings {
	var with, without []string
	for i := range h.Addresses {
		switch a := &h.Addresses[i]; a.Offered {
		case Yes:
			with = append(with, clean(a.Addr.String()))
		case No:
			without = append(without, clean(a.Addr.String()))
		case Maybe:
		}
	}
	if h.Name == "" || len(with) == 0 || len(without) == 0 {
		return nil
	}
	f := finding(CodeDiffers, h.Name)
	f.Message = "Some addresses of " + h.Name + " offer STARTTLS and others do not, so that it is chance whether mail is encrypted."
	f.Remedy = "Give all servers behind " + h.Name + " the same configuration."
	f.Evidence = []string{"with STARTTLS: " + strings.Join(with, ", "), "without: " + strings.Join(without, ", ")}
	return mailworthy.Findings{f}
}

// maxEvidence bounds what a merged finding quotes.
const maxEvidence = 8

// findingKey is what makes two findings one.
type findingKey struct {
	code             mailworthy.Code
	subject, message string
}

func keyOf(f *mailworthy.Finding) findingKey { return findingKey{f.Code, f.Subject, f.Message} }

// merge takes over an address's findings. What holds for several addresses of a host
// is one finding; merged says where it is.
func (res *Result) merge(a *AddressResult, merged map[findingKey]int) {
	for _, f := range a.Findings {
		quoted := make([]string, 0, len(f.Evidence))
		for _, e := range f.Evidence {
			quoted = append(quoted, clean(a.Addr.String())+": "+e)
		}
		i, ok := merged[keyOf(&f)]
		if !ok {
			merged[keyOf(&f)] = len(res.Findings)
			f.Evidence = quoted
			res.Findings = append(res.Findings, f)
			continue
		}
		for _, e := range quoted {
			if have := &res.Findings[i]; len(have.Evidence) < maxEvidence && !slices.Contains(have.Evidence, e) {
				have.Evidence = append(have.Evidence, e)
			}
		}
	}
}

// clean escapes what a session should have had escaped already, since it may come from
// anywhere.
func clean(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return name.Escape(s)
		}
	}
	return s
}

// cleanStage is for stages of stored sessions, which anybody may have written.
func cleanStage(s Stage) Stage { return Stage(clean(string(s))) }

// sameAddr reports whether two addresses are one.
func sameAddr(a, b netip.Addr) bool { return a.Unmap().WithZone("") == b.Unmap().WithZone("") }
