package smtpprobe

import (
	"slices"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy"
)

// EvaluateDelivery says what a sender that follows DANE and MTA-STS would do with mail
// for a domain: a pure function of the domain's policies, of what sessions with its
// hosts showed, and of the time. DANE decides before MTA-STS, which never makes good
// what DANE forbids (RFC 8461 section 2).
//
// What is not known of a policy or host makes the action unknown, unless it is the same
// in any case. So an address that could not be reached from here changes nothing when a
// sender would pass over it as well, or do there what it does elsewhere. A question that
// DNS did not answer is treated so, too: senders that get no answer either pass over the
// host, or keep the mail (RFC 7672 section 2.1.2), and others do what the answer says.
// Facts of hosts that are not in the Route are not used.
func EvaluateDelivery(p Policies, facts []TLSFacts, at time.Time) Delivery {
	d := Delivery{Domain: p.Domain, Action: ActionUnknown, By: ByRoute, Hosts: []HostDelivery{}, Findings: mailworthy.Findings{}}
	switch p.Route.Status {
	case RouteNullMX:
		d.Action, d.Reason = Return, "the domain takes no mail"
	case RouteNone:
		d.Action, d.Reason = Return, "no host takes mail for the domain"
	case RouteNoDomain, RouteInvalid:
		d.Action, d.Reason = Return, "there is no such domain"
	case RouteDeliverable:
	default:
		d.Reason = "it is not known which hosts take mail for the domain"
	}
	var all []outcomes
	add := func(h *RouteHost, f *TLSFacts) {
		w := d.host(&p, h, f, at)
		d.Hosts, all = append(d.Hosts, w.HostDelivery), append(all, w.may)
	}
	for i := range p.Route.Hosts {
		h := &p.Route.Hosts[i]
		seen := false
		for j := range facts {
			if f := &facts[j]; f.Host == h.Name {
				seen = true
				add(h, f)
			}
		}
		if !seen {
			add(h, nil)
		}
	}
	if d.Reason == "" {
		d.choose(all)
	}
	return d
}

// outcomes is what a sender may do with a host, as far as is known: a set.
type outcomes uint8

const (
	skips outcomes = 1 << iota
	delivers
	deliversOpen // unauthenticated
	anything     = skips | delivers | deliversOpen
)

// way is what a sender does with a host, or with an address of it.
type way struct {
	HostDelivery
	may outcomes
}

// is settles what a sender does.
func (w *way) is(a Action, reason string) {
	w.Action, w.Reason, w.may = a, reason, skips
	switch a {
	case Deliver:
		w.may = delivers
	case DeliverUnauthenticated:
		w.may = deliversOpen
	}
}

// unsure is for what may end in several ways.
func (w *way) unsure(may outcomes, reason string) {
	w.Action, w.Reason, w.may = ActionUnknown, reason, may
}

// inAnyOrder is what may become of mail at hosts of the same preference, which are tried
// in any order: the worst that one of them does counts, and when all are skipped it goes
// on to the next.
func inAnyOrder(hosts []outcomes) outcomes {
	sum, some, proved := skips, outcomes(0), true // proved: that all deliver so, or are skipped
	for _, may := range hosts {
		some |= may
		sum &= may
		proved = proved && may != deliversOpen
	}
	sum |= some & deliversOpen
	if proved {
		sum |= some & delivers
	}
	return sum
}

// choose goes through the hosts as a sender does, by preference. What it does is known
// when that can only end in one way.
func (d *Delivery) choose(all []outcomes) {
	end, sum := 0, skips
	for end < len(all) && sum&skips != 0 {
		begin := end
		for end < len(all) && d.Hosts[end].Pref == d.Hosts[begin].Pref {
			end++
		}
		sum = sum&^skips | inAnyOrder(all[begin:end])
	}
	decides := ActionUnknown
	switch sum {
	case delivers:
		decides = Deliver
	case deliversOpen:
		decides = DeliverUnauthenticated
	case skips:
		d.Action, d.Reason = Defer, "no host can be used"
		if len(d.Hosts) > 0 {
			d.By, d.Reason = d.Hosts[0].By, "no host can be used; "+clean(d.Hosts[0].Host)+": "+d.Hosts[0].Reason
		}
		return
	}
	for i := range d.Hosts[:end] {
		if h := &d.Hosts[i]; h.Action == decides {
			d.Action, d.By, d.Reason = decides, h.By, clean(h.Host)+": "+h.Reason
			return
		}
	}
}

// host decides about one session with a host, or about the host when f is nil.
func (d *Delivery) host(p *Policies, h *RouteHost, f *TLSFacts, at time.Time) way {
	out := way{HostDelivery: HostDelivery{Host: h.Name, Pref: h.Pref, By: ByRoute}}
	if f == nil {
		switch h.Status {
		case HostNoAddress, HostNoName, HostNotPublic:
			out.is(SkipHost, "nobody reaches the host")
			return out
		case HostUnknown, HostNotAsked, "":
			out.unsure(anything, "the addresses of the host are not known")
			return out
		case HostUsable:
		}
		f = &TLSFacts{}
	} else {
		out.Addr = f.Addr
	}
	if f.Gone {
		out.is(SkipHost, "there is no server at the address") // RFC 5321 section 5.1
		return out
	}
	out.Encrypted = f.Negotiated == Yes
	dane := p.dane(h.Name)
	if !d.byDANE(&out, dane, &p.STS, f, at) && !bySTS(&out, &p.STS, h.Name, f) {
		opportunistic(&out, f)
	}
	if out.Action == SkipHost {
		d.unmet(&out.HostDelivery, dane, &p.STS)
	}
	return out
}

// unmet is about a host whose TLS is not what a policy requires. What else DANE and
// MTA-STS may have against it has findings of its own.
func (d *Delivery) unmet(out *HostDelivery, dane *DANE, sts *STS) {
	host := clean(out.Host)
	f := policyFinding(CodePolicyUnmet, host,
		"Senders that follow "+strings.ToUpper(string(out.By))+" do not deliver to "+host+": "+out.Reason+".", "")
	switch {
	case out.By == ByDANE && out.Match == nil:
		f.Remedy = "Let STARTTLS work at all addresses of " + host + ". Until it does, delete the TLSA records at " + clean(dane.Name) + "."
		f.Evidence = (&daneEvaluation{DANE: *dane}).recordTexts()
	case out.By == BySTS:
		if _, ok := sts.Policy.Match(out.Host); !ok {
			return
		}
		f.Ref = "RFC 8461 section 4.2"
		f.Remedy = "Let STARTTLS work at all addresses of " + host + ", with a certificate for this name from a public authority. Until it does, serve the policy with \"mode: testing\" and a new id."
		f.Evidence = []string{clip("MTA-STS: " + policyText(sts.Policy))}
	default:
		return
	}
	d.once(f)
}

// once adds a finding, which several addresses may give cause for.
func (d *Delivery) once(f mailworthy.Finding) {
	for _, have := range d.Findings {
		if have.Message == f.Message && have.Remedy == f.Remedy {
			return
		}
	}
	d.Findings = append(d.Findings, f)
}

// tls decides about a host that must speak TLS. It is false when it does. What a sender
// may do otherwise is then, if nobody knows whether it does.
func (w *way) tls(f *TLSFacts, by TransportPolicy, then outcomes) bool {
	w.By = by
	policy := strings.ToUpper(string(by))
	switch {
	case f.Negotiated == Yes:
		return false
	case f.Offered == No:
		w.is(SkipHost, "the host does not offer STARTTLS, which "+policy+" requires")
	case f.Negotiated == No:
		w.is(SkipHost, "TLS does not come about, which "+policy+" requires")
	default:
		w.unsure(skips|then, "no session showed whether the host's TLS satisfies "+policy)
	}
	return true
}

// may is what a sender may do with a host that has TLS and that DANE leaves to the
// policy.
func (s *STS) may(host string) outcomes {
	switch {
	case s.Status == PolicyUnknown || s.Status == "":
		return anything
	case !s.enforced():
		return deliversOpen
	}
	if _, ok := s.Policy.Match(host); !ok {
		return skips
	}
	return skips | delivers
}

// enforced reports whether there is a policy that senders insist on.
func (s *STS) enforced() bool {
	return s.Status == PolicyFound && s.Policy != nil && s.Policy.Mode == STSEnforce
}

// byDANE decides by TLSA records (RFC 7672 section 2.2). It is false when they leave the
// decision to others.
func (d *Delivery) byDANE(out *way, dane *DANE, sts *STS, f *TLSFacts, at time.Time) bool {
	if dane == nil {
		return false
	}
	then := sts.may(out.Host)
	if dane.Status == DANEUsable && dane.MXSecure {
		then = delivers
	}
	switch dane.Status {
	case DANEFailed:
		out.By = ByDANE
		may := skips | delivers | then
		if f.Offered == No || f.Negotiated == No {
			may &^= delivers // Nothing is proved without TLS.
		}
		out.unsure(may, "DNS did not tell what DANE requires; senders that get no answer either pass over the host")
		return true
	case DANEUnusable:
		if out.tls(f, ByDANE, then) {
			return true
		}
		out.is(DeliverUnauthenticated, "no TLSA record can be used to authenticate the host")
		return false
	case DANEUsable:
		if out.tls(f, ByDANE, then) {
			return true
		}
	default:
		return false
	}
	match := dane.Match(f.Chain, at)
	authority := func(r TLSARecord) bool { return r.Usable && r.Usage == daneTA }
	if match.Status == MatchFailed && f.Cut && slices.ContainsFunc(dane.Records, authority) {
		match.Status = MatchUndecided // It may be behind the cut.
	}
	out.Match = &match
	switch {
	case match.Status == MatchFailed:
		out.is(SkipHost, match.Reason)
		d.mismatch(&out.HostDelivery, dane, f)
		return true
	case match.Status != MatchOK:
		out.unsure(skips|then, match.Reason)
		return true
	case dane.MXSecure:
		out.is(Deliver, "the certificate matches a TLSA record")
		return true
	}
	// RFC 7672 section 2.2.1: this is no secure delivery to the domain.
	out.is(DeliverUnauthenticated, "the certificate matches a TLSA record, but the MX records are not proved")
	return false
}

// mismatch is what to do about a certificate that no record matches.
func (d *Delivery) mismatch(out *HostDelivery, dane *DANE, f *TLSFacts) {
	remedy := "Publish a TLSA record for the certificate that the host presents, beside those that are there."
	if len(f.Chain) > 0 {
		if record, err := ProposeTLSA(dane.Base, dane.Port, f.Chain[0]); err == nil {
			remedy = `Publish "` + record + `" beside what is there.`
		}
	}
	host := clean(out.Host)
	finding := policyFinding(CodeDANEMismatch, host,
		"The certificate of "+host+" does not satisfy DANE: "+out.Reason+". Senders with DANE do not deliver to it.",
		remedy+" Before the next change of keys, publish the record of the new key first, wait for twice the TTL, and only then change the key.",
		(&daneEvaluation{DANE: *dane}).recordTexts()...)
	d.once(finding)
}

// bySTS decides by the MTA-STS policy (RFC 8461 section 5). It is false when that leaves
// the decision to others.
func bySTS(out *way, sts *STS, host string, f *TLSFacts) bool {
	switch {
	case sts.Status == PolicyUnknown || sts.Status == "":
		out.By = BySTS
		out.unsure(anything, "it is not known whether there is an MTA-STS policy")
		return true
	case !sts.enforced():
		return false
	}
	if _, ok := sts.Policy.Match(host); !ok {
		out.By = BySTS
		out.is(SkipHost, "the policy does not allow the host")
		return true
	}
	if out.tls(f, BySTS, delivers) {
		return true
	}
	switch f.Authenticated {
	case Yes:
		out.is(Deliver, "the certificate is valid for the host, which the policy allows")
	case No:
		out.is(SkipHost, "the certificate is not valid for the host, which the policy requires")
	default:
		out.unsure(skips|delivers, "no session showed whether the certificate is valid")
	}
	return true
}

// opportunistic decides when no policy does, or when one has left it at that.
func opportunistic(out *way, f *TLSFacts) {
	if out.Action == DeliverUnauthenticated {
		return // DANE has decided that much.
	}
	out.By = ByOpportunistic
	switch {
	case f.Negotiated == Yes:
		out.is(DeliverUnauthenticated, "no policy requires more than encryption, if that works")
	case f.Negotiated == No:
		out.is(DeliverUnauthenticated, "TLS does not come about, and no policy requires it: many senders go on without")
	case f.Offered == No:
		out.is(DeliverUnauthenticated, "the host does not offer STARTTLS, and no policy requires it")
	default:
		out.unsure(skips|deliversOpen, "no session showed how far the host comes")
	}
}

// FactsOf returns the facts of a probe's sessions for [EvaluateDelivery]: the result of
// [Evaluate], and the sessions that it was made of.
func FactsOf(res Result, sessions []Session) []TLSFacts {
	var out []TLSFacts
	for i := range res.Hosts {
		for j := range res.Hosts[i].Addresses {
			a := &res.Hosts[i].Addresses[j]
			f := TLSFacts{
				Host: res.Hosts[i].Name, Addr: a.Addr,
				Offered: a.Offered, Negotiated: a.Negotiated, Authenticated: a.Authenticated,
				Gone: a.Status == Unfit || a.Status == Refused && res.PortBlocked == No,
			}
			for k := range sessions {
				s := &sessions[k]
				if s.Host == f.Host && s.Addr == f.Addr && s.Purpose != PurposeOldTLS && s.Purpose != PurposeControl && len(s.TLS.Chain) > 0 {
					f.Chain, f.Cut = s.TLS.Chain, s.TLS.Presented > len(s.TLS.Chain)
					break
				}
			}
			out = append(out, f)
		}
	}
	return out
}
