package main

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"github.com/mailworthy/mailworthy/spf"
)

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
		senders = append(senders, sender{name: strings.TrimSpace(name), ip: ip.Unmap().WithZone("")})
	}
	return senders, nil
}

// printSenders writes who may send and who may not, and what decides.
func printSenders(b *strings.Builder, senders []spfVerdict) {
	ips, names, statuses := 0, 0, 0
	for _, s := range senders {
		ips = max(ips, len(s.IP.String()))
		names = max(names, utf8.RuneCountInString(s.Name))
		statuses = max(statuses, len(s.Status))
	}
	if names > 0 {
		names += 2
	}
	for _, s := range senders {
		start := margin + pad(s.IP.String(), ips) + "  " + pad(s.Name, names) + pad(string(s.Status), statuses)
		next := strings.Repeat(" ", min(utf8.RuneCountInString(start)+2, 56))
		if why := reason(s.Cover); why != "" {
			start += "  "
			wrap(b, start, next, why)
		} else {
			b.WriteString(strings.TrimRight(start, " ") + "\n")
		}
	}
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
