package rdns

import (
	"fmt"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
)

// report makes the findings: about the address, then about each name.
func (e *evaluation) report() {
	if e.Scope != Public {
		f := rules.Finding(CodePrivateAddress, e.IP.String())
		f.Message = fmt.Sprintf("%s is an address of %s. Nobody outside sees it, so its names say nothing about delivery.", e.IP, e.Scope.text())
		f.Remedy = "Check the public address that the mail leaves from; a receiver's headers show it."
		f.Evidence = []string{e.IP.String()}
		e.add(f)
	}
	switch {
	case !e.PTR.Definitive():
		f := rules.Finding(CodeDNSFailure, e.IP.String())
		f.Message = fmt.Sprintf("DNS did not tell whether %s has a name. It may have one.", e.IP)
		f.Remedy = "Ask again later. If it stays so, the owner of the address has to look at the name servers of " + e.owner() + "."
		f.Evidence = []string{answerLine(e.Reverse, resolver.TypePTR, e.ptr)}
		f.Temporary = true
		e.add(f)
		return
	case e.PTR != resolver.Success:
		e.reportNone()
		return
	}
	if len(e.Alias) > 0 {
		f := rules.Finding(CodeDelegated, e.IP.String())
		f.Message = fmt.Sprintf("The name of %s is kept in another zone: %s is an alias to %s.", e.IP, e.Reverse, e.owner())
		f.Remedy = "Nothing needs to be done. To change the name, change the PTR record at " + e.owner() + "."
		f.Evidence = []string{answerLine(e.Reverse, resolver.TypePTR, e.ptr)}
		e.add(f)
	}
	e.reportSeveral()
	for i := range e.Names {
		e.reportName(&e.Names[i], e.forward[i])
	}
	e.reportClass()
}

func (e *evaluation) add(f mailworthy.Finding) {
	if s := actsOn(f.Code, e.IP); s != "" && f.Severity >= mailworthy.Warning && !f.Temporary {
		f.Evidence = append(f.Evidence, s)
	}
	e.Findings = append(e.Findings, f)
}

// owner is the name that has the PTR records, at the end of all aliases.
func (e *evaluation) owner() string {
	if n := len(e.Alias); n > 0 {
		return e.Alias[n-1]
	}
	return e.Reverse
}

// wanted is the name that the address is to have.
func (e *evaluation) wanted() string {
	if e.host != "" {
		return e.host
	}
	return placeholder
}

// reportNone is for an address without names.
func (e *evaluation) reportNone() {
	code, message := CodeNoPTR, fmt.Sprintf("%s has no name in reverse DNS.", e.IP)
	if len(e.Alias) > 0 {
		code = CodeDangling
		message = fmt.Sprintf("%s has no name: %s is an alias to %s, and there is no PTR record.", e.IP, e.Reverse, e.owner())
	}
	f := rules.Finding(code, e.IP.String())
	f.Message = message
	ask := "Ask the owner of the address, usually the hosting provider, to publish"
	if code == CodeDangling {
		ask = "Publish in the zone that the alias leads to"
	}
	f.Remedy = fmt.Sprintf("%s %s, and publish %s as well.%s", ask, ptrRecord(e.owner(), e.wanted()), addressRecord(e.wanted(), e.IP), e.choose())
	f.Evidence = []string{answerLine(e.Reverse, resolver.TypePTR, e.ptr)}
	e.add(f)
}

// choose tells that a record holds a placeholder.
func (e *evaluation) choose() string {
	if e.host != "" {
		return ""
	}
	return " Put a name of your own domain in place of " + placeholder + ", the one that the server uses in HELO."
}

func (e *evaluation) reportSeveral() {
	if e.Total < 2 {
		return
	}
	f := rules.Finding(CodeSeveralNames, e.IP.String())
	f.Message = fmt.Sprintf("%s has %d names. Receivers look at one of them, or at some, and which is by chance.", e.IP, e.Total)
	if e.Total > len(e.Names) {
		f = rules.Finding(CodeTooManyNames, e.IP.String())
		f.Message = fmt.Sprintf("%s has %d names, of which %d were looked at. Receivers have such limits too, and which names they see is by chance.",
			e.IP, e.Total, len(e.Names))
	}
	f.Remedy = "Leave one PTR record: " + ptrRecord(e.owner(), e.best()) + "."
	f.Evidence = []string{answerLine(e.Reverse, resolver.TypePTR, e.ptr)}
	e.add(f)
}

// best is the name to keep.
func (e *evaluation) best() string {
	best := ""
	for i := range e.Names {
		n := &e.Names[i]
		if !n.Confirmed && (best != "" || n.Form != FormHost) {
			continue
		}
		if n.Name == e.host || n.Confirmed && !n.Class.Kind.Generic() {
			return n.Name
		}
		if best == "" || n.Confirmed {
			best = n.Name
		}
	}
	if best == "" {
		return e.wanted()
	}
	return best
}

// reportName says what is wrong with one name. Where another name leads back, it is a
// warning at most: receivers that see this one first may stop there.
func (e *evaluation) reportName(n *Name, forward [2]resolver.Answer) {
	if f, ok := e.formFinding(n); ok {
		e.addName(f)
		if !n.Form.Resolvable() || n.Form != FormUnderscore && n.DNS.Definitive() {
			return // That it does not lead back needs no finding of its own.
		}
	}
	own, other := resolver.TypeA, resolver.TypeAAAA
	if e.IP.Is6() {
		own, other = other, own
	}
	var f mailworthy.Finding
	switch {
	case n.Confirmed:
		return
	case !n.DNS.Definitive():
		f = rules.Finding(CodeDNSFailure, n.Name)
		f.Message = fmt.Sprintf("DNS did not tell whether %s leads back to %s.", n.Name, e.IP)
		f.Remedy = "Ask again later. If it stays so, look at the name servers of " + n.Name + "."
		f.Temporary = true
	case n.DNS == resolver.Success:
		f = rules.Finding(CodeNotConfirmed, n.Name)
		f.Message = fmt.Sprintf("%s is called %s, but that name leads elsewhere, and not back.", e.IP, n.Name)
		f.Remedy = e.mendForward(n)
	case n.Other == resolver.Success:
		f = rules.Finding(CodeOtherFamily, n.Name)
		f.Message = fmt.Sprintf("%s is called %s, but that name has %s records only.", e.IP, n.Name, other)
		f.Remedy = e.mendForward(n)
	case n.DNS == resolver.NXDomain && unknownTLD(n.Name):
		f = rules.Finding(CodeUnknownTLD, n.Name)
		f.Message = fmt.Sprintf("%s is called %s, and no such top-level domain is known.", e.IP, n.Name)
		f.Remedy = e.rename()
	default:
		f = rules.Finding(CodeNoAddress, n.Name)
		f.Message = fmt.Sprintf("%s is called %s, but that name has no %s record.", e.IP, n.Name, own)
		f.Remedy = e.mendForward(n)
	}
	f.Evidence = append(f.Evidence, ptrLine(e.owner(), n.Name), answerLine(n.Name, own, forward[0]))
	if n.Other == resolver.Success && n.DNS != resolver.Success {
		f.Evidence = append(f.Evidence, answerLine(n.Name, other, forward[1]))
	}
	e.addName(f)
}

// addName adds a finding about one name.
func (e *evaluation) addName(f mailworthy.Finding) {
	if e.Status == Pass {
		limit := mailworthy.Warning
		if f.Temporary {
			limit = mailworthy.Info
		}
		f.Severity = min(f.Severity, limit)
	}
	e.add(f)
}

// formFinding is about a name that no public host has.
func (e *evaluation) formFinding(n *Name) (f mailworthy.Finding, ok bool) {
	var code mailworthy.Code
	var why string
	switch n.Form {
	case FormInvalid:
		code, why = CodeBadName, "cannot be the name of a host"
	case FormUnderscore:
		code, why = CodeUnderscore, "has an underscore, so that some receivers take it for malformed"
	case FormAddress:
		code, why = CodeAddressName, "is an address and no name"
	case FormReverse:
		code, why = CodeReverseName, "is itself a name of the reverse tree"
	case FormLocalhost:
		code, why = CodeLocalhost, "means the host of whoever asks"
	case FormPrivate:
		code, why = CodePrivateName, "is a name for private networks, which public DNS does not have"
	case FormSingleLabel:
		code, why = CodeSingleLabel, "has no domain"
	default:
		return f, false
	}
	subject := n.Name
	if subject == "" {
		subject = "."
	}
	f = rules.Finding(code, subject)
	f.Message = fmt.Sprintf("%s is called %s, which %s.", e.IP, subject, why)
	f.Remedy = e.rename()
	f.Evidence = []string{ptrLine(e.owner(), n.Name)}
	if host := undotted(n.Name); host != "" {
		f.Message += " A zone file makes that of " + host + " without a final dot."
		f.Remedy = fmt.Sprintf("Have the final dot added: %s, and make sure of %s.", ptrRecord(e.owner(), host), addressRecord(host, e.IP))
	}
	return f, true
}

// undotted returns the name of a host that a zone file of the reverse tree has completed
// with its own name, as in mail.example.org.2.0.192.in-addr.arpa, or "".
func undotted(n string) string {
	host, ok := strings.CutSuffix(n, ".in-addr.arpa")
	part := "0123456789-/" // of an octet, or of a range of RFC 2317
	if !ok {
		if host, ok = strings.CutSuffix(n, ".ip6.arpa"); !ok {
			return ""
		}
		part = hexDigits
	}
	for {
		dot := strings.LastIndexByte(host, '.')
		if last := host[dot+1:]; strings.Trim(last, part) != "" || part == hexDigits && len(last) > 1 {
			break
		}
		if dot < 0 {
			return ""
		}
		host = host[:dot]
	}
	if formOf(host) != FormHost {
		return ""
	}
	return host
}

// rename is the remedy for a name that cannot stay.
func (e *evaluation) rename() string {
	return fmt.Sprintf("Have the PTR record replaced by %s, and publish %s as well.%s", ptrRecord(e.owner(), e.wanted()), addressRecord(e.wanted(), e.IP), e.choose())
}

// mendForward is the remedy for a name that does not lead back: it is made to, or the
// address gets another.
func (e *evaluation) mendForward(n *Name) string {
	at := n.Name
	if len(n.Alias) > 0 {
		at = n.Alias[len(n.Alias)-1] // An alias can have no other records (RFC 1034 section 3.6.2).
	}
	remedy := "Publish " + addressRecord(at, e.IP)
	if e.Status == Pass {
		return remedy + ", or have this PTR record removed."
	}
	return fmt.Sprintf("%s. If the name is not yours to change, ask the owner of the address for %s instead, and publish %s.%s",
		remedy, ptrRecord(e.owner(), e.wanted()), addressRecord(e.wanted(), e.IP), e.choose())
}

// reportClass says that no name looks like that of a mail server. A receiver sees the
// names that lead back; without any, those that there are.
func (e *evaluation) reportClass() {
	var worst *Name
	for i := range e.Names {
		n := &e.Names[i]
		if e.Host != "" && !n.Confirmed || !n.Form.Resolvable() || n.Form == FormReverse {
			continue
		}
		if !n.Class.Kind.Generic() {
			return
		}
		if worst == nil || n.Class.Score > worst.Class.Score {
			worst = n
		}
	}
	if worst == nil {
		return
	}
	var f mailworthy.Finding
	switch worst.Class.Kind {
	case GenericDynamic:
		f = rules.Finding(CodeDynamic, worst.Name)
		f.Message = fmt.Sprintf("%s looks like a name of a dial-up or home connection. Such hosts are to send through a mail server of their provider.", worst.Name)
	case CloudDefault:
		f = rules.Finding(CodeCloudDefault, worst.Name)
		f.Message = fmt.Sprintf("%s is a name that a hosting service gives to every address. It says that nobody set up a mail server here.", worst.Name)
	default:
		f = rules.Finding(CodeGeneric, worst.Name)
		f.Message = fmt.Sprintf("%s was made from the address by a rule. Receivers take such names for those of hosts that should not send mail.", worst.Name)
	}
	f.Remedy = e.rename()
	f.Evidence = append([]string{ptrLine(e.owner(), worst.Name)}, worst.Class.lines()...)
	e.add(f)
}

// unknownTLD reports whether the last label of a name is in no list of top-level
// domains. Those that RFC 2606 keeps for documents and tests count as known.
func unknownTLD(n string) bool {
	suffix, icann := publicsuffix.PublicSuffix(n)
	return !icann && !strings.Contains(suffix, ".") && suffix != "example" && suffix != "test"
}

func (s Scope) text() string {
	switch s {
	case Private:
		return "a private network"
	case SharedSpace:
		return "a carrier that translates addresses"
	case Loopback:
		return "the host itself"
	case LinkLocal:
		return "one network segment"
	}
	return "no host at all"
}
