package rdns

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// reportShape says what is wrong with the text that the client gave.
func (e *heloEvaluation) reportShape(code mailworthy.Code, given string) {
	var why string
	remedy := e.introduce()
	switch code {
	case CodeHELOEmpty:
		why = "The client gave no name."
	case CodeHELOBareAddress:
		why = fmt.Sprintf("The client calls itself %s: an address, and one without the brackets that it would have to have.", e.HELO)
	case CodeHELOLiteralSyntax:
		why = fmt.Sprintf("The client calls itself %s, which is a malformed address literal.", e.HELO)
		remedy += fmt.Sprintf(" As a literal, its address is %s.", literalOf(e.IP))
	case CodeHELOLiteralOther:
		why = fmt.Sprintf("The client calls itself %s, but its address is %s.", e.HELO, e.IP)
	case CodeHELOLiteralPrivate:
		why = fmt.Sprintf("The client calls itself %s, which is an address that nobody outside can reach.", e.HELO)
	case CodeHELOLiteral:
		why = fmt.Sprintf("The client calls itself %s. That is allowed for hosts without a name, and a mail server is expected to have one.", e.HELO)
	case CodeHELOSingleLabel:
		why = fmt.Sprintf("The client calls itself %s, a name without a domain.", e.Name)
	case CodeHELOLocalhost:
		why = fmt.Sprintf("The client calls itself %s, which means the receiver's own host to the receiver.", e.Name)
	case CodeHELOPrivate:
		why = fmt.Sprintf("The client calls itself %s, a name for private networks, which public DNS does not have.", e.Name)
	default:
		why = fmt.Sprintf("The client calls itself %s, which %s.", e.HELO, malformed(given))
	}
	f := rules.Finding(code, e.subject())
	if code == warned {
		f = rules.Finding(CodeHELOSyntax, e.subject())
		f.Severity = mailworthy.Warning // Nearly all receivers let it pass.
	}
	f.Message, f.Remedy = why, remedy
	f.Evidence = []string{e.heloLine()}
	e.add(f)
}

// malformed says why a text is no domain name.
func malformed(s string) string {
	switch {
	case len(s) > 255:
		return "is longer than any name"
	case strings.ContainsAny(s, " \t\r\n"):
		return "holds a blank"
	case !plain(s):
		return "holds characters that no name in HELO may hold"
	case strings.Contains(s, ".."), strings.HasPrefix(s, "."):
		return "has an empty label"
	case strings.Contains(s, "_"):
		return "has an underscore, which names of hosts have not"
	case strings.HasSuffix(s, "."):
		return "ends in a dot, which has no place in SMTP"
	case strings.HasPrefix(s, "-"), strings.Contains(s, ".-"), strings.Contains(s, "-."), strings.HasSuffix(s, "-"):
		return "has a label that starts or ends with a hyphen"
	}
	return "is no domain name"
}

// reportDNS says what is wrong with where the name leads.
func (e *heloEvaluation) reportDNS(recipient string) {
	if e.Name == "" {
		return
	}
	if e.Status == HELOElsewhere || e.Status == HELOUnresolved {
		e.foreign = e.reportForeign(recipient)
	}
	own := e.answered[0]
	var f mailworthy.Finding
	switch e.Status {
	case HELOUnknown:
		f = rules.Finding(CodeHELODNSFailure, e.Name)
		f.Message = fmt.Sprintf("DNS did not tell where %s leads, so it is not known whether it is the client's name.", e.Name)
		f.Remedy = "Ask again later. If it stays so, look at the name servers of " + e.Name + "."
		f.Temporary = true
		f.Evidence = e.answers()
		e.add(f)
	case HELOUnresolved:
		f = rules.Finding(CodeHELOUnresolved, e.Name)
		f.Message = fmt.Sprintf("The client calls itself %s, and no such host is in DNS.", e.Name)
		f.Remedy = e.publish(e.Name)
		f.Evidence = e.answers()
		e.add(f)
	case HELOElsewhere:
		switch {
		case e.foreign: // That is said already.
		case len(e.Addrs) == 0:
			f = rules.Finding(CodeHELOMXOnly, e.Name)
			f.Message = fmt.Sprintf("The client calls itself %s, which receives mail but has no address.", e.Name)
			f.Remedy = e.publish(e.Name)
			f.Evidence = e.answers()
			e.add(f)
		default:
			f = rules.Finding(CodeHELOElsewhere, e.Name)
			f.Message = fmt.Sprintf("The client calls itself %s, but that name does not lead to %s.", e.Name, e.IP)
			f.Remedy = e.publish(e.owner(own))
			f.Evidence = e.answers()
			e.add(f)
		}
	}
	if e.Class.Kind.Generic() {
		f = rules.Finding(CodeHELOGeneric, e.Name)
		f.Message = fmt.Sprintf("The client calls itself %s, a name that was made from an address by a rule and not chosen for a mail server.", e.Name)
		f.Remedy = e.introduce()
		f.Evidence = append([]string{e.heloLine()}, e.Class.lines()...)
		e.add(f)
	}
}

// owner is the name that has the records, at the end of all aliases.
func (e *heloEvaluation) owner(a resolver.Answer) string {
	if chain := chainOf(a); len(chain) > 0 {
		return chain[len(chain)-1]
	}
	return e.Name
}

// bigProviders are the domains whose names strangers like to use. The hosts of the
// providers themselves have names that lead to them.
var bigProviders = []string{
	"gmail.com", "googlemail.com", "google.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "microsoft.com",
	"yahoo.com", "yahoo.co.jp", "aol.com", "icloud.com", "me.com", "apple.com", "mail.ru", "yandex.ru", "yandex.com", "yandex.net",
	"gmx.de", "gmx.net", "gmx.com", "web.de", "t-online.de", "qq.com", "163.com", "126.com", "naver.com", "orange.fr", "free.fr",
	"comcast.net", "proton.me", "protonmail.com", "zoho.com", "amazon.com", "facebook.com", "paypal.com",
}

// reportForeign finds names that belong to somebody else. It is for names of which it is
// certain that they do not lead to the client.
func (e *heloEvaluation) reportForeign(recipient string) bool {
	if domain, err := name.Normalize(recipient[strings.LastIndexByte(recipient, '@')+1:]); err == nil && domain != "" && name.Within(e.Name, domain) {
		f := rules.Finding(CodeHELORecipient, e.Name)
		f.Message = fmt.Sprintf("The client calls itself %s, a name of the recipient's own domain %s, and is not that host.", e.Name, domain)
		f.Remedy = e.introduce()
		f.Evidence = append([]string{e.heloLine()}, e.answers()...)
		e.add(f)
		return true
	}
	for _, p := range bigProviders {
		if !name.Within(e.Name, p) {
			continue
		}
		f := rules.Finding(CodeHELOProvider, e.Name)
		f.Message = fmt.Sprintf("The client calls itself %s, a name of %s, and is none of its hosts. Block lists take that for a sign of malware.", e.Name, p)
		f.Remedy = e.introduce()
		f.Evidence = append([]string{e.heloLine()}, e.answers()...)
		e.add(f)
		return true
	}
	return false
}

// reportDiffers tells that the address has another name. Receivers must not refuse mail
// for that alone (RFC 5321 section 4.1.4).
func (e *heloEvaluation) reportDiffers() {
	if e.Agreement != Differs || e.Status == HELOInvalid || e.Status == HELOUnresolved || e.foreign {
		return // There is nothing to agree with.
	}
	f := rules.Finding(CodeHELODiffers, e.Name)
	f.Message = fmt.Sprintf("The client calls itself %s, and its address is called %s.", e.Name, e.PTR[0])
	f.Remedy = "Nothing needs to be done."
	if e.Status == HELOConfirmed && !e.Class.Kind.Generic() {
		f.Remedy += " To have one name for both, ask the owner of the address for " + ptrRecord(e.reverse, e.Name) + "."
	}
	f.Evidence = []string{e.heloLine()}
	for _, n := range e.PTR[:min(len(e.PTR), maxShown)] {
		f.Evidence = append(f.Evidence, ptrLine(e.reverse, n))
	}
	e.add(f)
}

func (e *heloEvaluation) add(f mailworthy.Finding) {
	if s := actsOn(f.Code, e.IP); s != "" && f.Severity >= mailworthy.Warning && !f.Temporary {
		f.Evidence = append(f.Evidence, s)
	}
	e.Findings = append(e.Findings, f)
}

func (e *heloEvaluation) subject() string {
	if e.HELO == "" {
		return e.IP.String()
	}
	return e.HELO
}

func (e *heloEvaluation) heloLine() string { return `HELO "` + e.HELO + `" from ` + e.IP.String() }

// answers shows what DNS said of the name.
func (e *heloEvaluation) answers() []string {
	var out []string
	for i, a := range e.answered {
		if a.Status != "" {
			out = append(out, answerLine(e.Name, e.types[i], a))
		}
	}
	if e.MX == "" {
		return out
	}
	if len(e.mail.MX) == 0 {
		return append(out, answerLine(e.Name, resolver.TypeMX, e.mail))
	}
	for _, mx := range e.mail.MX[:min(len(e.mail.MX), maxShown)] {
		out = append(out, fmt.Sprintf("%s MX %d %s.", e.Name, mx.Pref, clip(mx.Host)))
	}
	return out
}

// introduce is the remedy for a client that uses a wrong name.
func (e *heloEvaluation) introduce() string {
	const how = "Have the server introduce itself as %s (myhostname in Postfix, primary_hostname in Exim)"
	if n := e.called(); n != "" {
		return fmt.Sprintf(how+", which is what DNS calls its address.", n)
	}
	if e.host != "" && e.host != e.Name {
		return fmt.Sprintf(how+", and publish %s.", e.host, addressRecord(e.host, e.IP))
	}
	return fmt.Sprintf(how+", with a name of your own domain in place of that, and publish %s for it.", placeholder, addressRecord(placeholder, e.IP))
}

// publish is the remedy for a name that does not lead to the client: the name is made to,
// or the client takes another. The names of others, and those that are made by a rule,
// are not the administrator's to change.
func (e *heloEvaluation) publish(owner string) string {
	if e.foreign || e.Class.Kind.Generic() {
		return e.introduce()
	}
	remedy := "Publish " + addressRecord(owner, e.IP) + "."
	if n := e.called(); n != "" {
		remedy += fmt.Sprintf(" Or have the server introduce itself as %s, which is what DNS calls its address.", n)
	}
	return remedy
}

// called is another name of the address, and one that a mail server can have.
func (e *heloEvaluation) called() string {
	for _, n := range e.PTR {
		if n != e.Name && formOf(n) == FormHost && !Classify(e.IP, n).Kind.Generic() {
			return n
		}
	}
	return ""
}

// literalOf is the address literal of an address (RFC 5321 section 4.1.3).
func literalOf(ip netip.Addr) string {
	if ip.Is6() {
		return "[IPv6:" + ip.String() + "]"
	}
	return "[" + ip.String() + "]"
}
