package smtpprobe

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/special"
	"github.com/mailworthy/mailworthy/resolver"
)

// EvaluateRoute says where mail for a domain goes: a pure function of the domain and
// of the answers in v. It returns the questions whose answers it lacks; the route is
// final when there are none. The first round asks for MX records, and the second one
// for the addresses of all hosts.
//
// The domain may be in any case, in U- or A-labels.
func EvaluateRoute(domain string, v resolver.View) (Route, []resolver.Question) {
	r := Route{Domain: domain, Hosts: []RouteHost{}, Findings: mailworthy.Findings{}}
	if !r.named() {
		return r, nil
	}
	asked := asker{view: v}
	a, ok := asked.get(r.Domain, resolver.TypeMX)
	if !ok {
		return r, asked.missing
	}
	r.DNS, r.TTL, r.Secure, r.Alias = a.Status, a.TTL, a.Secure, a.Alias
	q := resolver.Question{Name: r.Domain, Type: resolver.TypeMX}
	switch {
	case a.Status == resolver.NXDomain:
		r.Status = RouteNoDomain
		message := "The domain " + r.Domain + " does not exist."
		if len(a.Alias) > 0 {
			message = "The domain " + r.Domain + " is an alias of " + last(a.Alias) + ", which does not exist."
		}
		r.add(policyFinding(CodeNoDomain, r.Domain, message,
			"Correct the spelling of the domain. If it is right, register it, or have its name servers answer for it.", answerText(q, a)))
	case a.Status == resolver.NoData:
		r.Implicit = true
		r.Hosts = append(r.Hosts, RouteHost{Name: r.Domain})
	case a.Status != resolver.Success || len(a.MX) == 0:
		// RFC 5321 section 5.1: a failure to find out is no proof that there is none.
		r.Status = RouteUnknown
		r.add(r.failure(q, a))
	case r.null(a):
		r.Status = RouteNullMX
	default:
		r.choose(a)
	}
	for i := range r.Hosts {
		r.host(&r.Hosts[i], &asked)
	}
	if len(asked.missing) > 0 {
		r.Findings = mailworthy.Findings{}
		return r, asked.missing
	}
	r.conclude()
	return r, nil
}

// named normalises the domain. It is false when no domain can have such a name.
func (r *Route) named() bool {
	d, reason := domainName(r.Domain)
	if reason != "" {
		r.Status = RouteInvalid
		r.add(badDomain(r.Domain, reason))
		return false
	}
	r.Domain = d
	return true
}

// domainName normalises a domain that may have records, or says why it cannot.
func domainName(domain string) (normal, reason string) {
	d, err := name.Normalize(domain)
	switch {
	case err != nil:
		return "", "a label is empty or longer than 63 octets, all of it longer than 253, or not valid by IDNA"
	case d == "":
		return "", "the root is no domain for mail"
	case strings.Trim(d[strings.LastIndexByte(d, '.')+1:], "0123456789") == "":
		return "", "a top-level domain is not a number"
	}
	for i := range len(d) {
		// An underscore is no part of a host name, but domains below one do get mail.
		if c := d[i]; !isLetterDigit(c) && c != '-' && c != '.' && c != '_' {
			return "", "it has a character other than letters, digits and hyphens"
		}
	}
	return d, ""
}

// badDomain is the finding for what domainName refuses.
func badDomain(domain, reason string) mailworthy.Finding {
	const most = 80
	text := name.Escape(domain)
	if len(text) > most {
		text = text[:most] + "..."
	}
	if text == "" {
		text = `""`
	}
	return policyFinding(CodeBadDomain, text, "There can be no domain of this name: "+reason+".",
		"Give the domain alone, as it stands behind the @ of an address.")
}

func (r *Route) add(f mailworthy.Finding) { r.Findings = append(r.Findings, f) }

// failure is about a question that was not answered.
func (r *Route) failure(q resolver.Question, a resolver.Answer) mailworthy.Finding {
	what := "which hosts take mail for " + r.Domain
	if q.Type != resolver.TypeMX {
		what = "the " + q.Type.String() + " addresses of " + q.Name
	}
	return temporary(policyFinding(CodeRouteDNSFailure, q.Name,
		"DNS did not tell "+what+": the question ended with "+string(a.Status)+". Senders keep the mail, and try again.",
		"Ask again later. If it stays so, check the name servers of "+q.Name+".", answerText(q, a)))
}

// null looks for a null MX (RFC 7505 section 3). It reports whether there is nothing
// else.
func (r *Route) null(a resolver.Answer) bool {
	r.Records = len(a.MX)
	nulls, pref := 0, uint16(0)
	for _, mx := range a.MX {
		if mx.Host == "" {
			nulls++
			pref = max(pref, mx.Pref)
		}
	}
	if nulls == 0 {
		return false
	}
	publish := `Publish "` + r.Domain + `. IN MX 0 ." and no other MX record`
	evidence := mxTexts(r.Domain, a.MX)
	if nulls < len(a.MX) {
		r.add(policyFinding(CodeNullMXOthers, r.Domain,
			"The null MX says that "+r.Domain+" takes no mail, and other MX records name hosts for it. Senders may go by either.",
			"If the domain takes mail, delete the null MX. If not: "+publish+".", evidence...))
		return false
	}
	r.add(policyFinding(CodeNullMX, r.Domain, "The domain "+r.Domain+" declares by a null MX that it takes no mail.",
		"Nothing has to be done if that is meant. Otherwise replace the record by one that names a host.", evidence...))
	if pref != 0 || nulls > 1 {
		r.add(policyFinding(CodeNullMXPreference, r.Domain,
			"A null MX has the preference 0, and is the only record. Senders may take this one for a host without a name.", publish+".", evidence...))
	}
	return true
}

// choose puts the hosts in the order in which senders try them.
func (r *Route) choose(a resolver.Answer) {
	list := slices.Clone(a.MX) // Answers are shared.
	list = slices.DeleteFunc(list, func(mx resolver.MXHost) bool { return mx.Host == "" })
	slices.SortFunc(list, func(a, b resolver.MXHost) int {
		return cmp.Or(cmp.Compare(a.Pref, b.Pref), cmp.Compare(a.Host, b.Host))
	})
	seen := make(map[string]bool, len(list))
	var again []resolver.MXHost
	more := 0
	for _, mx := range list {
		switch {
		case seen[mx.Host]:
			again = append(again, mx)
			continue
		case len(r.Hosts) == MaxRouteHosts:
			more++
		default:
			r.Hosts = append(r.Hosts, RouteHost{Name: mx.Host, Pref: mx.Pref})
		}
		seen[mx.Host] = true
	}
	if len(again) > 0 {
		r.add(policyFinding(CodeMXDuplicate, r.Domain,
			"Several MX records name the same host. Senders gain nothing by trying it twice.",
			"Delete all records but one for each host.", mxTexts(r.Domain, again)...))
	}
	if more > 0 {
		r.add(policyFinding(CodeMXTooMany, r.Domain,
			fmt.Sprintf("There are %d MX hosts. Senders give up before they have tried so many, and only the first %d were looked at.", len(seen), MaxRouteHosts),
			"Name a few hosts, and give each several addresses if need be."))
	}
}

// mxTexts are MX records as evidence: a few of them.
func mxTexts(domain string, list []resolver.MXHost) []string {
	const most = 5
	var out []string
	for _, mx := range list[:min(len(list), most)] {
		out = append(out, domain+" MX "+strconv.Itoa(int(mx.Pref))+" "+cmp.Or(mx.Host, "."))
	}
	if n := len(list) - most; n > 0 {
		out = append(out, fmt.Sprintf("and %d more", n))
	}
	return out
}

// host finds out about a host, and adds what is wrong with it.
func (r *Route) host(h *RouteHost, asked *asker) {
	h.Addrs = []netip.Addr{}
	evidence := r.Domain + " MX " + strconv.Itoa(int(h.Pref)) + " " + h.Name
	if !r.Implicit && r.misnamed(h, evidence) {
		return
	}
	a, ok4 := asked.get(h.Name, resolver.TypeA)
	aaaa, ok6 := asked.get(h.Name, resolver.TypeAAAA)
	if !ok4 || !ok6 {
		return
	}
	h.IPv4, h.IPv6 = a.Status, aaaa.Status
	if h.Alias = a.Alias; len(h.Alias) == 0 {
		h.Alias = aaaa.Alias
	}
	secure := true
	public := 0
	var odd special.Block
	unknown := false
	for _, got := range []struct {
		resolver.Answer
		typ resolver.Type
	}{{a, resolver.TypeA}, {aaaa, resolver.TypeAAAA}} {
		if got.Status == resolver.Success && len(got.Addrs) > 0 {
			secure = secure && got.Secure
			list, blocks := publicFirst(got.Addrs)
			for i, ip := range list {
				block, is := blocks[ip]
				if !is {
					public++
				} else if odd.Name == "" {
					odd = block
				}
				if i < MaxRouteAddrs {
					h.Addrs = append(h.Addrs, ip)
					if is {
						h.NotPublic = append(h.NotPublic, ip)
					}
				}
			}
		} else if got.Status != resolver.NoData && got.Status != resolver.NXDomain {
			unknown = true
			r.add(r.failure(resolver.Question{Name: h.Name, Type: got.typ}, got.Answer))
		}
	}
	h.Secure = secure && len(h.Addrs) > 0
	switch {
	case public > 0:
		h.Status = HostUsable
	case unknown:
		h.Status = HostUnknown
	case len(h.Addrs) > 0:
		h.Status = HostNotPublic
	default:
		h.Status = HostNoAddress
	}
	r.faults(h, odd, evidence, a, aaaa)
}

// misnamed is about what stands in an MX record. It reports whether nothing can be
// asked about it.
func (r *Route) misnamed(h *RouteHost, evidence string) bool {
	literal := strings.TrimSuffix(strings.TrimPrefix(h.Name, "["), "]")
	_, err := netip.ParseAddr(literal)
	reason := hostReason(h.Name)
	switch {
	case err == nil || strings.Trim(h.Name[strings.LastIndexByte(h.Name, '.')+1:], "0123456789") == "":
		h.Status = HostNoName
		r.add(policyFinding(CodeMXAddress, r.Domain,
			"An MX record holds the address "+h.Name+" where the name of a host belongs. Senders find no such host.",
			"Give the host a name that has this address, and let the MX record have the name.", evidence))
		return true
	case h.Name == "localhost" || strings.HasSuffix(h.Name, ".localhost"):
		h.Status = HostNotPublic
		r.add(policyFinding(CodeMXLocalhost, r.Domain,
			"An MX record names "+h.Name+", so that each sender connects to itself.",
			"If the domain takes no mail, publish \""+r.Domain+". IN MX 0 .\" instead. Otherwise name the host that takes it.", evidence))
		return true
	case reason != "":
		r.add(policyFinding(CodeMXBadName, r.Domain,
			"The MX record names "+h.Name+", and no host can have that name: "+reason+". Some senders do not connect to it.",
			"Give the host another name, and let the MX record have that.", evidence))
	case !strings.Contains(h.Name, "."):
		r.add(policyFinding(CodeMXSingleLabel, r.Domain,
			"The MX record names "+h.Name+", which is a single label. Most likely the domain behind it is missing.",
			"Write the host's full name into the MX record, as in "+h.Name+"."+r.Domain+".", evidence))
	}
	return false
}

// faults adds what is wrong with the addresses of a host.
func (r *Route) faults(h *RouteHost, odd special.Block, evidence string, a, aaaa resolver.Answer) {
	if len(h.Alias) > 0 && !r.Implicit {
		r.add(policyFinding(CodeMXAlias, h.Name,
			"The MX host "+h.Name+" is an alias (CNAME). Some senders do not follow it, and DANE and certificates are looked up for either name.",
			`Let the MX record name the host itself: "`+r.Domain+". IN MX "+strconv.Itoa(int(h.Pref))+" "+last(h.Alias)+`."`,
			evidence, h.Name+" CNAME "+strings.Join(h.Alias, ", ")))
	}
	if len(h.NotPublic) > 0 {
		f := policyFinding(CodeMXNotPublic, h.Name,
			"The host "+h.Name+" has an address that is "+odd.Name+", where nobody on the Internet reaches it.",
			"Publish the address under which the host is reached from outside, and delete the others.")
		f.Ref = odd.Ref
		for _, ip := range h.NotPublic[:min(len(h.NotPublic), 5)] {
			f.Evidence = append(f.Evidence, h.Name+" "+addrType(ip)+" "+ip.String())
		}
		r.add(f)
	}
	if h.Status == HostNoAddress && !r.Implicit {
		r.add(policyFinding(CodeMXNoAddress, h.Name,
			"The MX host "+h.Name+" has no address, so that no mail can go there.",
			"Publish an address for the host, or delete its MX record.", evidence,
			answerText(resolver.Question{Name: h.Name, Type: resolver.TypeA}, a),
			answerText(resolver.Question{Name: h.Name, Type: resolver.TypeAAAA}, aaaa)))
	}
}

// conclude makes the verdict.
func (r *Route) conclude() {
	if r.Status != "" {
		return
	}
	usable, unknown := 0, len(r.Hosts) == MaxRouteHosts && r.Findings.Has(CodeMXTooMany)
	has4, has6 := false, false
	for i := range r.Hosts {
		h := &r.Hosts[i]
		switch h.Status {
		case HostUsable:
			usable++
		case HostUnknown:
			unknown = true
		}
		for _, ip := range h.Addrs {
			if !slices.Contains(h.NotPublic, ip) {
				has4, has6 = has4 || ip.Unmap().Is4(), has6 || !ip.Unmap().Is4()
			}
		}
		// A family that could not be asked for may be there.
		has4, has6 = has4 || !h.IPv4.Definitive() && h.IPv4 != "", has6 || !h.IPv6.Definitive() && h.IPv6 != ""
	}
	switch {
	case usable > 0:
		r.Status = RouteDeliverable
		r.soften()
		r.families(has4, has6)
	case unknown:
		r.Status = RouteUnknown
	default:
		r.Status = RouteNone
		r.nowhere()
	}
}

// soften makes what is wrong with some hosts a warning: senders go on to the next.
func (r *Route) soften() {
	for i := range r.Findings {
		switch f := &r.Findings[i]; f.Code {
		case CodeMXNoAddress, CodeMXNotPublic, CodeMXAddress, CodeMXLocalhost:
			f.Severity = mailworthy.Warning
		}
	}
}

// families is about a kind of address that no host has.
func (r *Route) families(has4, has6 bool) {
	if r.Implicit {
		h := &r.Hosts[0]
		r.add(policyFinding(CodeImplicitMX, r.Domain,
			"The domain has no MX record, so that its mail goes to its own address.",
			`Publish "`+r.Domain+". IN MX 10 "+r.Domain+`." if that host takes the mail, and "`+r.Domain+`. IN MX 0 ." if the domain takes none.`,
			r.Domain+" MX: "+string(r.DNS), h.Name+" has "+h.Addrs[0].String()))
	}
	switch {
	case !has4:
		r.add(policyFinding(CodeMXNoIPv4, r.Domain, "No host of the domain has an IPv4 address. Many senders have no other.",
			"Give at least one of the hosts an IPv4 address."))
	case !has6:
		r.add(policyFinding(CodeMXNoIPv6, r.Domain, "No host of the domain has an IPv6 address. The few senders that have no other cannot reach it.",
			"Nothing has to be done for now. If the hosts are reached by IPv6, publish their addresses."))
	}
}

// nowhere says that there is no route, beside what is wrong with each host.
func (r *Route) nowhere() {
	if r.Implicit && r.Hosts[0].Status == HostNoAddress {
		r.add(policyFinding(CodeNoRoute, r.Domain,
			"The domain exists, but has neither an MX record nor an address. Mail for it is returned.",
			`Publish an MX record that names the host that takes the mail. If the domain takes none, say so by "`+r.Domain+`. IN MX 0 ."`,
			r.Domain+" MX: "+string(r.DNS), r.Domain+" A: "+string(r.Hosts[0].IPv4), r.Domain+" AAAA: "+string(r.Hosts[0].IPv6)))
		return
	}
	var evidence []string
	for i := range r.Hosts[:min(len(r.Hosts), 5)] {
		evidence = append(evidence, r.Hosts[i].Name+": "+string(r.Hosts[i].Status))
	}
	r.add(policyFinding(CodeNoRoute, r.Domain, "Nobody on the Internet can reach a host that takes mail for "+r.Domain+".",
		"Publish an MX record that names a host with a public address.", evidence...))
}

// publicFirst puts addresses in order, each once, and says what the others than the
// public ones are.
func publicFirst(addrs []netip.Addr) ([]netip.Addr, map[netip.Addr]special.Block) {
	var blocks map[netip.Addr]special.Block
	for _, ip := range addrs {
		if block, is := special.Of(ip); is {
			if blocks == nil {
				blocks = make(map[netip.Addr]special.Block)
			}
			blocks[ip] = block
		}
	}
	rank := func(ip netip.Addr) int {
		if _, is := blocks[ip]; is {
			return 1
		}
		return 0
	}
	list := slices.SortedFunc(slices.Values(addrs), func(a, b netip.Addr) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), a.Compare(b))
	})
	return slices.Compact(list), blocks
}

func addrType(ip netip.Addr) string {
	if ip.Is4() {
		return "A"
	}
	return "AAAA"
}

func last(list []string) string { return list[len(list)-1] }
