package rdns

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// EvaluateHELO judges the name that a client gave in HELO or EHLO by the answers in the
// view, and returns the questions whose answers it lacks: those for the names of the
// address and the addresses of the name at once, and that for mail servers when there is
// no address. The HELOResult is final when it returns none.
func EvaluateHELO(req HELORequest, v resolver.View) (HELOResult, []resolver.Question) {
	res := HELOResult{
		IP: req.IP.Unmap().WithZone(""), HELO: name.Escape(req.HELO[:min(len(req.HELO), maxText)]),
		Addrs: []netip.Addr{}, PTR: []string{}, Findings: mailworthy.Findings{},
	}
	if !res.IP.IsValid() {
		return res, nil
	}
	e := heloEvaluation{HELOResult: &res, view: v, host: hostText(req.Host)}
	shape := e.shape(req.HELO)
	e.names(req)
	if shape == "" || shape == warned {
		e.resolve()
	}
	if len(e.missing) > 0 {
		return res, e.missing
	}
	e.agree()
	if shape != "" {
		e.reportShape(shape, req.HELO)
	}
	e.reportDNS(req.Recipient)
	e.reportDiffers()
	return res, nil
}

// heloEvaluation is the course of one EvaluateHELO.
type heloEvaluation struct {
	*HELOResult
	view     resolver.View
	host     string // the name that the host is to have, or ""
	missing  []resolver.Question
	told     resolver.Status     // how the question for the names of the address ended
	reverse  string              // the name that has the PTR records
	answered [2]resolver.Answer  // for the addresses, of the client's family first
	mail     resolver.Answer     // for the mail servers
	types    [2]resolver.Type    // of answered
	statuses [2]*resolver.Status // of answered, in the result
	foreign  bool                // the name is somebody else's
}

// warned says that a name breaks the grammar, but not so that it could not be looked up.
const warned mailworthy.Code = "warned"

func (e *heloEvaluation) get(q resolver.Question) resolver.Answer {
	a, ok := e.view.Get(q)
	if !ok {
		e.missing = append(e.missing, q)
	}
	return a
}

// shape says what is wrong with the text that a client gave, before any look-up.
func (e *heloEvaluation) shape(s string) mailworthy.Code {
	switch {
	case strings.Trim(s, " \t\r\n") == "":
		e.Status = HELOInvalid
		return CodeHELOEmpty
	case strings.HasPrefix(s, "[") || strings.HasSuffix(s, "]"):
		return e.literal(s)
	}
	if len(s) <= maxText {
		if ip, err := netip.ParseAddr(strings.TrimSuffix(untagged(s), ".")); err == nil {
			e.Status, e.Form, e.Literal = HELOInvalid, FormAddress, ip.WithZone("")
			return CodeHELOBareAddress
		}
	}
	// A name in HELO is in ASCII, and has no escapes: U-labels are for later commands
	// (RFC 6531 section 3.7.1).
	n, err := "", name.ErrInvalid
	if plain(s) {
		n, err = name.Normalize(s)
	}
	e.Form = FormInvalid
	if err == nil {
		e.Form = formOf(n)
	}
	e.Status = HELOInvalid
	if e.Form == FormInvalid || e.Form == FormAddress {
		return CodeHELOSyntax
	}
	e.Name = n
	e.Class = Classify(e.IP, n)
	switch e.Form {
	case FormLocalhost:
		return CodeHELOLocalhost
	case FormPrivate:
		return CodeHELOPrivate
	case FormSingleLabel:
		return CodeHELOSingleLabel
	}
	e.Status = ""
	if e.Form == FormUnderscore || strings.HasSuffix(s, ".") {
		return warned
	}
	return ""
}

// untagged removes the tag of an IPv6 literal, whose case does not matter.
func untagged(s string) string {
	const tag = "ipv6:"
	if len(s) > len(tag) && strings.EqualFold(s[:len(tag)], tag) {
		return s[len(tag):]
	}
	return s
}

// plain reports whether all of s is printable ASCII without blanks and backslashes.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || s[i] == '\\' {
			return false
		}
	}
	return true
}

// literal reads an address literal (RFC 5321 section 4.1.3).
func (e *heloEvaluation) literal(s string) mailworthy.Code {
	e.Status, e.Form = HELOInvalid, FormLiteral
	ip, ok := parseLiteral(s)
	if !ok {
		return CodeHELOLiteralSyntax
	}
	e.Literal = ip
	switch ip = ip.Unmap(); {
	case ip == e.IP:
		e.Status = HELOConfirmed
		return CodeHELOLiteral
	case scopeOf(ip) != Public, documented(ip) && !documented(e.IP):
		return CodeHELOLiteralPrivate
	}
	return CodeHELOLiteralOther
}

func parseLiteral(s string) (ip netip.Addr, ok bool) {
	if len(s) < 2 || len(s) > maxText || s[0] != '[' || s[len(s)-1] != ']' {
		return ip, false
	}
	s = s[1 : len(s)-1]
	if bare := untagged(s); bare != s {
		ip, err := netip.ParseAddr(bare)
		return ip, err == nil && ip.Is6() && ip.Zone() == ""
	}
	// The grammar allows for leading zeros, which netip does not.
	octets := strings.Split(s, ".")
	for i, o := range octets {
		if o == "" || len(o) > 3 {
			return ip, false
		}
		octets[i] = strings.TrimLeft(o[:len(o)-1], "0") + o[len(o)-1:]
	}
	ip, err := netip.ParseAddr(strings.Join(octets, "."))
	return ip, err == nil && ip.Is4()
}

// names finds out what DNS calls the address.
func (e *heloEvaluation) names(req HELORequest) {
	hosts := req.PTR
	q := resolver.Reverse(e.IP)
	e.told, e.reverse = resolver.Success, q.Name
	if hosts == nil {
		a := e.get(q)
		hosts, e.told = a.Hosts, statusOf(a, len(a.Hosts))
		if chain := chainOf(a); len(chain) > 0 {
			e.reverse = chain[len(chain)-1]
		}
	}
	if e.told != resolver.Success {
		return
	}
	for _, host := range hosts[:min(len(hosts), limitNames(req.Names))] {
		n, _ := normal(host)
		e.PTR = append(e.PTR, n)
	}
}

// resolve finds out where the name leads.
func (e *heloEvaluation) resolve() {
	e.types = [2]resolver.Type{resolver.TypeA, resolver.TypeAAAA}
	e.statuses = [2]*resolver.Status{&e.IPv4, &e.IPv6}
	if e.IP.Is6() {
		e.types[0], e.types[1] = e.types[1], e.types[0]
		e.statuses[0], e.statuses[1] = e.statuses[1], e.statuses[0]
	}
	for i, t := range e.types {
		a := e.get(resolver.Question{Name: e.Name, Type: t})
		e.answered[i] = a
		*e.statuses[i] = statusOf(a, len(a.Addrs))
	}
	if len(e.missing) > 0 {
		return
	}
	for _, t := range [...]resolver.Type{resolver.TypeA, resolver.TypeAAAA} {
		if i := slices.Index(e.types[:], t); *e.statuses[i] == resolver.Success {
			e.Addrs = append(e.Addrs, first(e.answered[i].Addrs)...)
		}
	}
	own, other := *e.statuses[0], *e.statuses[1]
	switch {
	case own == resolver.Success && slices.ContainsFunc(e.answered[0].Addrs, func(a netip.Addr) bool { return a.Unmap() == e.IP }):
		e.Status = HELOConfirmed
	case !own.Definitive():
		e.Status = HELOUnknown
	case own == resolver.Success, other == resolver.Success:
		e.Status = HELOElsewhere
	case own == resolver.NXDomain:
		e.Status = HELOUnresolved // No other record can be there (RFC 8020 section 2).
	case !other.Definitive():
		e.Status = HELOUnknown
	case other == resolver.NXDomain:
		e.Status = HELOUnresolved
	default:
		e.mailServers()
	}
}

// mailServers asks for the mail servers of a name without addresses. RFC 5321 section
// 2.3.5 lets such a name stand in HELO.
func (e *heloEvaluation) mailServers() {
	e.mail = e.get(resolver.Question{Name: e.Name, Type: resolver.TypeMX})
	e.MX = statusOf(e.mail, len(e.mail.MX))
	switch {
	case !e.MX.Definitive():
		e.Status = HELOUnknown
	case slices.ContainsFunc(e.mail.MX, func(mx resolver.MXHost) bool { return mx.Host != "" }):
		e.Status = HELOElsewhere
	default: // None, or the null MX of RFC 7505.
		e.Status = HELOUnresolved
	}
}

// agree compares the name with those of the address.
func (e *heloEvaluation) agree() {
	switch {
	case e.Name == "":
	case !e.told.Definitive():
		e.Agreement = Untold
	case len(e.PTR) == 0:
		e.Agreement = NoNames
	case slices.Contains(e.PTR, e.Name):
		e.Agreement = Same
	default:
		e.Agreement = Differs
	}
}
