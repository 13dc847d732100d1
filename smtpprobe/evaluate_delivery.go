package smtpprobe

import (
	"cmp"
	"time"

	"github.com/mailworthy/mailworthy"
)

// EvaluateDelivery says what a sender that follows DANE and MTA-STS would do with mail
// for a domain: a pure function of the domain's policies, of what sessions with its
// hosts showed, and of the time. DANE decides before MTA-STS, which never makes good
// what DANE forbids (RFC 8461 section 2).
//
// What is not known of a policy or host makes the action unknown, unless it is the same
// in any case. Facts of hosts that are not in the Route are not used.
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
	for i := range p.Route.Hosts {
		h := &p.Route.Hosts[i]
		seen := false
		for j := range facts {
			if f := &facts[j]; f.Host == h.Name {
				seen = true
				d.Hosts = append(d.Hosts, d.host(&p, h, f, at))
			}
		}
		if !seen {
			d.Hosts = append(d.Hosts, d.host(&p, h, nil, at))
		}
	}
	if d.Reason == "" {
		d.choose()
	}
	return d
}

// worse orders the actions that a choice among hosts may end in.
func worse(a, b Action) bool {
	rank := func(a Action) int {
		switch a {
		case Deliver:
			return 1
		case DeliverUnauthenticated:
			return 2
		}
		return 3
	}
	return rank(a) > rank(b)
}

// choose goes through the hosts as a sender does: by preference, and those of the same
// preference in any order, so that the worst of them counts.
func (d *Delivery) choose() {
	d.Action, d.By, d.Reason = Defer, ByRoute, "no host can be used"
	failed := -1
	for i := 0; i < len(d.Hosts); {
		pref, chosen := d.Hosts[i].Pref, -1
		for ; i < len(d.Hosts) && d.Hosts[i].Pref == pref; i++ {
			h := &d.Hosts[i]
			if h.Action != SkipHost && (chosen < 0 || worse(h.Action, d.Hosts[chosen].Action)) {
				chosen = i
			}
			if h.Temporary && failed < 0 {
				failed = i
			}
		}
		if chosen < 0 {
			continue
		}
		h := &d.Hosts[chosen]
		d.Action, d.By, d.Reason = h.Action, h.By, clean(h.Host)+": "+h.Reason
		if failed >= 0 {
			// Others may not skip the host that comes first, or may choose it.
			h = &d.Hosts[failed]
			d.Action, d.By, d.Reason = ActionUnknown, h.By, clean(h.Host)+": "+h.Reason
		}
		return
	}
	if len(d.Hosts) > 0 {
		d.By, d.Reason = d.Hosts[0].By, "no host can be used; "+clean(d.Hosts[0].Host)+": "+d.Hosts[0].Reason
	}
}

// host decides about one session with a host, or about the host when f is nil.
func (d *Delivery) host(p *Policies, h *RouteHost, f *TLSFacts, at time.Time) HostDelivery {
	out := HostDelivery{Host: h.Name, Pref: h.Pref, Action: ActionUnknown, By: ByRoute}
	if f == nil {
		switch h.Status {
		case HostNoAddress, HostNoName, HostNotPublic:
			out.Action, out.Reason = SkipHost, "nobody reaches the host"
			return out
		case HostUnknown, HostNotAsked, "":
			out.Reason = "the addresses of the host are not known"
			return out
		case HostUsable:
		}
		f = &TLSFacts{}
	} else {
		out.Addr = f.Addr
	}
	if f.Gone {
		out.Action, out.Reason = SkipHost, "there is no server at the address" // RFC 5321 section 5.1
		return out
	}
	out.Encrypted = f.Negotiated == Yes
	if d.byDANE(&out, p.dane(h.Name), f, at) || bySTS(&out, &p.STS, h.Name, f) {
		return out
	}
	opportunistic(&out, f)
	return out
}

// tls decides about a host that must speak TLS. It is false when it does.
func (out *HostDelivery) tls(f *TLSFacts, by TransportPolicy) bool {
	out.By = by
	switch {
	case f.Negotiated == Yes:
		return false
	case f.Offered == No:
		out.Action, out.Reason = SkipHost, "the host does not offer STARTTLS, which "+string(by)+" requires"
	case f.Negotiated == No:
		out.Action, out.Reason = SkipHost, "TLS does not come about, which "+string(by)+" requires"
	default:
		out.Action, out.Reason = ActionUnknown, "no session showed whether the host's TLS satisfies "+string(by)
	}
	return true
}

// byDANE decides by TLSA records (RFC 7672 section 2.2). It is false when they leave the
// decision to others.
func (d *Delivery) byDANE(out *HostDelivery, dane *DANE, f *TLSFacts, at time.Time) bool {
	if dane == nil {
		return false
	}
	switch dane.Status {
	case DANEFailed:
		out.Action, out.By, out.Temporary = SkipHost, ByDANE, true
		out.Reason = "DNS did not tell what DANE requires"
		return true
	case DANEUnusable:
		if out.tls(f, ByDANE) {
			return true
		}
		out.Action, out.Reason = DeliverUnauthenticated, "no TLSA record can be used to authenticate the host"
		return false
	case DANEUsable:
		if out.tls(f, ByDANE) {
			return true
		}
	default:
		return false
	}
	match := dane.Match(f.Chain, at)
	out.Match = &match
	switch {
	case match.Status == MatchFailed:
		out.Action, out.Reason = SkipHost, match.Reason
		d.mismatch(out, dane, f)
		return true
	case match.Status != MatchOK:
		out.Action, out.Reason = ActionUnknown, match.Reason
		return true
	case dane.MXSecure:
		out.Action, out.Reason = Deliver, "the certificate matches a TLSA record"
		return true
	}
	// RFC 7672 section 2.2.1: this is no secure delivery to the domain.
	out.Action, out.Reason = DeliverUnauthenticated, "the certificate matches a TLSA record, but the MX records are not proved"
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
	for _, have := range d.Findings {
		if have.Message == finding.Message && have.Remedy == finding.Remedy {
			return // Several addresses present the same.
		}
	}
	d.Findings = append(d.Findings, finding)
}

// bySTS decides by the MTA-STS policy (RFC 8461 section 5). It is false when that leaves
// the decision to others.
func bySTS(out *HostDelivery, sts *STS, host string, f *TLSFacts) bool {
	switch {
	case sts.Status == PolicyUnknown || sts.Status == "":
		out.Action, out.By, out.Reason = ActionUnknown, BySTS, "it is not known whether there is an MTA-STS policy"
		return true
	case sts.Status != PolicyFound || sts.Policy == nil || sts.Policy.Mode != STSEnforce:
		return false
	}
	if _, ok := sts.Policy.Match(host); !ok {
		out.Action, out.By, out.Reason = SkipHost, BySTS, "the policy does not allow the host"
		return true
	}
	if out.tls(f, BySTS) {
		return true
	}
	switch f.Authenticated {
	case Yes:
		out.Action, out.Reason = Deliver, "the certificate is valid for the host, which the policy allows"
	case No:
		out.Action, out.Reason = SkipHost, "the certificate is not valid for the host, which the policy requires"
	default:
		out.Action, out.Reason = ActionUnknown, "no session showed whether the certificate is valid"
	}
	return true
}

// opportunistic decides when no policy does, or when one has left it at that.
func opportunistic(out *HostDelivery, f *TLSFacts) {
	if out.Action == DeliverUnauthenticated {
		return // DANE has decided that much.
	}
	out.By = ByOpportunistic
	switch cmp.Or(f.Negotiated, Maybe) {
	case Yes:
		out.Action, out.Reason = DeliverUnauthenticated, "no policy requires more than encryption, if that works"
	case No:
		out.Action, out.Reason = DeliverUnauthenticated, "TLS does not come about, and no policy requires it: many senders go on without"
	default:
		if f.Offered == No {
			out.Action, out.Reason = DeliverUnauthenticated, "the host does not offer STARTTLS, and no policy requires it"
			return
		}
		out.Reason = "no session showed how far the host comes"
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
					f.Chain = s.TLS.Chain
					break
				}
			}
			out = append(out, f)
		}
	}
	return out
}
