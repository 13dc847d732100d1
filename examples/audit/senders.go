package main

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// sender is a host that sends for the domains.
type sender struct {
	Name string     `json:"name,omitempty"`
	IP   netip.Addr `json:"ip"`
	HELO string     `json:"helo,omitempty"` // what it calls itself, or "" where that is not known
}

// parseSenders reads the flag -ip: addresses, each with or without a name.
func parseSenders(list string) (senders []sender, err error) {
	for item := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(item) == "" {
			continue
		}
		name, text, named := strings.Cut(item, "=")
		if !named {
			name, text = "", item
		}
		ip, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil {
			return nil, err
		}
		senders = append(senders, sender{Name: strings.TrimSpace(name), IP: ip.Unmap().WithZone("")})
	}
	return senders, nil
}

// printSenders writes who may send and who may not, and what decides.
func printSenders(b *page, senders []spfVerdict) {
	rows := make([][]string, len(senders))
	for i, s := range senders {
		rows[i] = []string{s.IP.String(), s.Name, string(s.Status), reason(s.Cover)}
	}
	b.table(-1, rows...)
}

// reason says what decided over a sender.
func reason(c spf.Cover) string {
	why := ""
	switch {
	case c.By.Term != "":
		why = escape(c.By.Term)
		if len(c.By.Chain) > 0 {
			why += " of " + domainText(c.By.Domain)
		}
		if c.Status == spf.PermError || c.Status == spf.TempError {
			why = "at " + why
		}
	case c.Status == spf.Neutral:
		why = "no term matches"
	}
	if c.Vendor != "" && c.Status == spf.Pass {
		why += " (" + escape(c.Vendor) + ")"
	}
	if c.Open {
		why += ", depending on the message"
	}
	return strings.TrimSpace(why)
}

// maxMX is how many MX hosts are taken for senders.
const maxMX = 5

// guess is who may send for a domain.
type guess struct {
	senders []sender
	// note says where they are from.
	note []string
	// lost says what DNS did not tell of them, and unknown how much that is.
	lost    []string
	unknown extent
}

// sendersOf are the hosts that send for a domain: those that were given, or else those
// that receive for it, which often do.
func sendersOf(ctx context.Context, opts options, of subject) (g guess) {
	if len(of.Senders) > 0 {
		return guess{senders: of.Senders}
	}
	q := resolver.Q(of.Domain, resolver.TypeMX)
	mx, _ := opts.see.Lookup(ctx, q)
	if !mx.Status.Definitive() && !opts.see.noName(q) {
		g.lost = []string{fmt.Sprintf("DNS did not tell the MX hosts of %s (%s), so that nobody is known who may send.", domainText(q.Name), mx.Status)}
		g.unknown = wholly
		return g
	}
	var questions []resolver.Question
	for _, host := range mx.MX[:min(len(mx.MX), maxMX)] {
		if host.Host != "" { // A null MX has none (RFC 7505).
			questions = append(questions, resolver.Q(host.Host, resolver.TypeA), resolver.Q(host.Host, resolver.TypeAAAA))
		}
	}
	answers := make([]resolver.Answer, len(questions))
	each(questions, func(i int, q resolver.Question) { answers[i], _ = opts.see.Lookup(ctx, q) })
	for i, q := range questions {
		if a := answers[i]; !a.Status.Definitive() && !opts.see.noName(q) {
			g.lost = append(g.lost, fmt.Sprintf("DNS did not tell the %s addresses of %s (%s), so that they are left out.", q.Type, domainText(q.Name), a.Status))
			g.unknown = partly
		}
		for _, ip := range answers[i].Addrs {
			g.senders = append(g.senders, sender{Name: domainText(q.Name), IP: ip})
		}
	}
	switch {
	case len(g.senders) > 0:
		g.note = []string{"No sending addresses were given with -ip, so those of the MX hosts are looked at."}
	case g.unknown != "":
		g.unknown = wholly
	default:
		g.note = []string{"No sending address is known; name them with -ip to see whether they may send."}
	}
	return g
}
