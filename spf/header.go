package spf

import (
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
)

// ReceivedSPF returns the value of a Received-SPF header field for r (RFC 7208
// section 9.1), folded into lines of at most 78 octets where a fold is possible,
// without the field's name and the final line break. Whatever the client said is
// quoted and cut short, so that it can neither end the field nor forge a part.
// It is "" for a Result without a Status.
func (r Result) ReceivedSPF() string {
	if r.Status == "" {
		return ""
	}
	receiver := r.Receiver
	if receiver == "" {
		receiver = "unknown"
	}
	sender := r.Sender
	if r.Identity == HELO {
		sender = r.HELO
	}
	words := []string{string(r.Status)}
	words = append(words, strings.Fields("("+commentText(receiver+": "+r.comment(sender))+")")...)
	pairs := [][2]string{
		{"receiver", receiver}, {"identity", string(r.Identity)}, {"client-ip", r.IP.String()},
	}
	if r.Identity == MailFrom {
		pairs = append(pairs, [2]string{"envelope-from", r.Sender})
	}
	pairs = append(pairs, [2]string{"helo", r.HELO})
	switch {
	case r.Status == TempError || r.Status == PermError:
		if len(r.Findings) > 0 {
			pairs = append(pairs, [2]string{"problem", string(r.Findings[0].Code)})
		}
	case r.Status != None:
		pairs = append(pairs, [2]string{"mechanism", r.mechanism()})
	}
	for _, p := range pairs {
		words = append(words, p[0]+"="+atomOrQuoted(p[1])+";")
	}
	last := len(words) - 1
	words[last] = strings.TrimSuffix(words[last], ";")
	return fold(words, len("Received-SPF: "))
}

// AuthenticationResults returns r as one result of an Authentication-Results
// header field (RFC 8601 section 2.7.2), such as
//
//	spf=pass smtp.mailfrom=news@example.org
//
// Put the authserv-id before it, and "; " between it and those of other checks.
// It is "" for a Result without a Status.
func (r Result) AuthenticationResults() string {
	switch {
	case r.Status == "":
		return ""
	case r.Identity == HELO:
		return "spf=" + string(r.Status) + " smtp.helo=" + hostOrQuoted(r.HELO)
	}
	// A local-part that is no dot-atom tells the reader nothing: the domain is what
	// was checked. One that is no token, as with VERP, has to be quoted.
	mailbox := hostOrQuoted(r.Domain)
	if local, domain, _ := strings.Cut(r.Sender, "@"); dotAtom(local) && plainHost(domain) {
		if mailbox = r.Sender; strings.ContainsAny(local, "=?/") {
			mailbox = name.Quote(clean(mailbox))
		}
	}
	return "spf=" + string(r.Status) + " smtp.mailfrom=" + mailbox
}

// comment says in words what the result means, as the RFC's examples do.
func (r Result) comment(sender string) string {
	ip := r.IP.String()
	switch r.Status {
	case Pass:
		return "domain of " + sender + " designates " + ip + " as permitted sender"
	case Fail:
		return "domain of " + sender + " does not designate " + ip + " as permitted sender"
	case SoftFail:
		return "transitioning domain of " + sender + " does not designate " + ip + " as permitted sender"
	case Neutral:
		return ip + " is neither permitted nor denied by domain of " + sender
	case None:
		return "domain of " + sender + " does not designate permitted sender hosts"
	case TempError:
		return "temporary DNS failure while checking domain of " + sender
	default:
		return "the policy of the domain of " + sender + " cannot be evaluated"
	}
}

// mechanism is the directive that decided, in the terms of RFC 7208 section 9.1:
// one in the record of the domain itself, or of a redirect's target.
func (r Result) mechanism() string {
	if r.Match.Term == "" {
		return "default"
	}
	for _, hop := range r.Match.Chain {
		if !strings.HasPrefix(strings.ToLower(hop.Term), "redirect=") {
			return hop.Term
		}
	}
	return r.Match.Term
}

// The most octets of a foreign text that a header field repeats.
const maxQuoted = 320

// clean returns s without octets that have no place in a header field, and not
// longer than maxQuoted.
func clean(s string) string {
	if s = name.Escape(s[:min(len(s), maxQuoted+1)]); len(s) > maxQuoted {
		s = s[:maxQuoted] + "..."
	}
	return s
}

func commentText(s string) string {
	return strings.NewReplacer("(", `\(`, ")", `\)`, `\`, `\\`).Replace(clean(s))
}

func atomOrQuoted(s string) string {
	if dotAtom(s) {
		return s
	}
	return name.Quote(clean(s))
}

func hostOrQuoted(s string) string {
	if plainHost(s) {
		return s
	}
	return name.Quote(clean(s))
}

// plainHost reports whether s can stand in a header field as it is: of the
// characters of host names, and of a length that needs no cutting.
func plainHost(s string) bool {
	for i := range len(s) {
		if !alphanum(s[i]) && s[i] != '-' && s[i] != '_' && s[i] != '.' {
			return false
		}
	}
	return s != "" && len(s) <= maxQuoted
}

// dotAtom reports whether s is a dot-atom-text (RFC 5322 section 3.2.3) of a
// length that needs no cutting.
func dotAtom(s string) bool {
	if s == "" || len(s) > maxQuoted || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for i := range len(s) {
		if !alphanum(s[i]) && strings.IndexByte("!#$%&'*+-/=?^_`{|}~.", s[i]) < 0 {
			return false
		}
	}
	return true
}

// fold joins words with blanks, and breaks lines before they get longer than 78
// octets (RFC 5322 section 2.1.1). The first line has column octets already.
func fold(words []string, column int) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i == 0:
		case column+1+len(w) > 78:
			b.WriteString("\r\n ")
			column = 1
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(w)
		column += len(w)
	}
	return b.String()
}
