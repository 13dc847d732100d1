package bounce

import (
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/psl"
)

// domain finds which domain a reply is about: the sender's, if the text names it, or
// else the first that it names which is neither the receiver's nor that of a list. Of
// DMARC it is always the first, since the domain in From may be another than that of
// the envelope.
func (e *evaluation) domain() string {
	helo := e.res.Category == BadHELO
	if e.res.Scope != ScopeDomain && !helo {
		return ""
	}
	if _, why, ok := strings.Cut(e.text, "openspf."); ok && !helo {
		if d := linkDomain(why); d != "" {
			return d
		}
	}
	sender, first := "", ""
	if !slices.Contains(e.res.Mechanisms, MechanismDMARC) && !helo {
		sender = domainOf(e.o.Sender)
	}
	consider := func(d string) bool {
		if d == "" || d != sender && e.others(d) {
			return false
		}
		if first == "" || d == sender {
			first = d
		}
		return sender == "" || d == sender
	}
	addresses := func() bool {
		if helo || strings.Contains(e.text, "ecipient address rejected") {
			return false
		}
		return slices.ContainsFunc(e.named.addresses, func(a string) bool {
			return !strings.EqualFold(a, e.o.Recipient) && !helpDesk(a) && consider(domainOf(a))
		})
	}
	if e.res.Category == SenderRejected && addresses() || slices.ContainsFunc(e.named.domains, consider) || addresses() {
		return first
	}
	for _, u := range e.named.urls {
		if consider(linkDomain(u)) {
			break
		}
	}
	return first
}

// others reports whether a domain is that of the receiver, the recipient or the list.
func (e *evaluation) others(d string) bool {
	if e.res.Provider != "" && providerOf(d) == e.res.Provider || d == domainOf(e.o.Recipient) {
		return true
	}
	if at := e.res.Evidence; e.res.List.Zone != "" && at != (mailworthy.Span{}) {
		if zone := strings.ToLower(e.text[at.Offset : at.Offset+at.Length]); strings.Contains(zone, ".") && strings.Contains(d, zone) {
			return true // as the receiver calls it
		}
	}
	for _, host := range [...]string{e.o.RemoteHost, e.res.List.Zone} {
		if host == "" {
			continue
		}
		host = domainName(host)
		if name.LastTwo(d) == name.LastTwo(host) && psl.Organizational(d) == psl.Organizational(host) {
			return true
		}
	}
	return false
}

// helpDesk reports whether a mailbox is one that a reply names for help.
func helpDesk(mailbox string) bool {
	local, _, _ := strings.Cut(strings.ToLower(mailbox), "@")
	switch local {
	case "postmaster", "abuse", "support", "help", "helpdesk", "security", "hostmaster", "admin", "delist", "unblock":
		return true
	}
	return false
}

// linkDomain returns the domain that a link looks up, as those of Spamhaus do, or that
// of the sender in a link of openspf.org, whose "r=" is the receiver.
func linkDomain(url string) string {
	for _, mark := range [...]string{"/domain/", "domain=", "id="} {
		_, v, ok := strings.Cut(url, mark)
		if !ok {
			continue
		}
		if end := strings.IndexAny(v, "/&;?# \r\n"); end >= 0 {
			v = v[:end]
		}
		v = strings.Replace(v, "%40", "@", 1)
		if mark == "id=" {
			return domainOf(v)
		}
		if isDomain(v) {
			return domainName(v)
		}
	}
	return ""
}
