package smtpprobe

import (
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
)

// EvaluatePolicies judges all that a domain publishes on how its mail is to be
// transported: a pure function of the request and of the answers in v. It returns the
// questions whose answers it lacks: first for the records of the domain, then for the
// addresses of its hosts, and then for their TLSA records.
func EvaluatePolicies(req PoliciesRequest, v resolver.View) (Policies, []resolver.Question) {
	p := Policies{Domain: req.Domain, DANE: []DANE{}, Findings: mailworthy.Findings{}}
	var missing, more []resolver.Question
	p.Route, missing = EvaluateRoute(req.Domain, v)
	routed := len(missing) == 0
	p.Domain = p.Route.Domain
	sts := STSRequest{Domain: req.Domain, Fetch: req.Fetch, Previous: req.Previous, Time: req.Time}
	for i := range p.Route.Hosts {
		sts.Hosts = append(sts.Hosts, p.Route.Hosts[i].Name)
	}
	p.STS, more = EvaluateSTS(sts, v)
	missing = append(missing, more...)
	p.TLSRPT, more = EvaluateTLSRPT(req.Domain, v)
	missing = append(missing, more...)
	if routed {
		for i := range p.Route.Hosts {
			if h := &p.Route.Hosts[i]; h.IPv4 != "" { // All others were not asked about.
				d, more := EvaluateDANE(DANERequest{Domain: req.Domain, Host: h.Name, Port: req.Port}, v)
				p.DANE = append(p.DANE, d)
				for _, q := range more {
					if !slices.Contains(missing, q) {
						missing = append(missing, q)
					}
				}
			}
		}
	}
	if len(missing) == 0 && p.Route.Status != RouteInvalid {
		p.Findings = append(p.Findings, p.together()...)
	}
	return p, missing
}

// All returns the findings of all parts, each once.
func (p Policies) All() mailworthy.Findings {
	out := mailworthy.Findings{}
	add := func(fs mailworthy.Findings) {
		for _, f := range fs {
			known := slices.ContainsFunc(out, func(have mailworthy.Finding) bool {
				// That of a host says the same as that of the next.
				return have.Code == f.Code && have.Subject == f.Subject && (have.Message == f.Message || f.Code == CodeDANEMXUnsigned)
			})
			if !known {
				out = append(out, f)
			}
		}
	}
	add(p.Route.Findings)
	add(p.STS.Findings)
	for i := range p.DANE {
		add(p.DANE[i].Findings)
	}
	add(p.TLSRPT.Findings)
	add(p.Findings)
	return out
}

// dane returns what DANE asks for at a host, or nil.
func (p Policies) dane(host string) *DANE {
	for i := range p.DANE {
		if p.DANE[i].Host == host {
			return &p.DANE[i]
		}
	}
	return nil
}

// together is about what only all parts show.
func (p Policies) together() (fs mailworthy.Findings) {
	if p.Route.Status != RouteDeliverable {
		return nil
	}
	var with, without []string
	unknown := false
	for i := range p.Route.Hosts {
		d := p.dane(p.Route.Hosts[i].Name)
		if d == nil || p.Route.Hosts[i].Status != HostUsable {
			continue
		}
		switch d.Status {
		case DANEUsable, DANEUnusable:
			with = append(with, d.Host)
		case DANENone, DANEInsecure:
			without = append(without, d.Host)
		default:
			unknown = true
		}
	}
	if len(with) > 0 && len(without) > 0 {
		fs = append(fs, policyFinding(CodeDANEPartial, p.Domain,
			"Some MX hosts have TLSA records that senders follow, and others have not. Whoever disturbs the former gets the mail to the latter, without protection.",
			"Publish signed TLSA records for all MX hosts of the domain.",
			"with: "+strings.Join(with[:min(len(with), 5)], ", "), "without: "+strings.Join(without[:min(len(without), 5)], ", ")))
	}
	sts := p.STS.Status == PolicyFound && p.STS.Policy.Mode != STSNone
	if len(with) == 0 && !unknown && !sts && p.STS.Status != PolicyUnknown {
		fs = append(fs, policyFinding(CodeUnprotected, p.Domain,
			"Neither DANE nor MTA-STS makes senders insist on TLS. Whoever stands between can read the mail, or take the hosts' place.",
			"Publish an MTA-STS policy, in mode testing at first; or sign the zones with DNSSEC, and publish TLSA records for the MX hosts.",
			"MTA-STS: "+string(p.STS.Status)))
	}
	if (len(with) > 0 || sts) && p.TLSRPT.Status == PolicyAbsent {
		fs = append(fs, policyFinding(CodeTLSRPTAbsent, p.Domain,
			"The domain has a policy for TLS, and asks for no reports on where it fails.",
			`Publish "_smtp._tls.`+p.Domain+`. IN TXT \"v=TLSRPTv1; rua=mailto:tls-reports@`+p.Domain+`\""`,
			"_smtp._tls."+p.Domain+" TXT: "+string(p.TLSRPT.DNS)))
	}
	return fs
}
