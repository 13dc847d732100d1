package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy/rdns"
)

// rdnsDetails is what is known of the names of those who send, or of what they call
// themselves.
type rdnsDetails struct {
	plain

	Names []rdnsVerdict `json:"names,omitempty"`
	HELO  []heloVerdict `json:"helo,omitempty"`
}

// rdnsVerdict is what the names of a sender come to.
type rdnsVerdict struct {
	Name   string      `json:"name,omitempty"` // of the sender
	Result rdns.Result `json:"result"`
}

// heloVerdict is what a sender's name for itself comes to.
type heloVerdict struct {
	Name   string          `json:"name,omitempty"`
	Result rdns.HELOResult `json:"result"`
}

// auditRDNS looks at the names of the addresses that send. Where none is known, it says
// nothing.
func auditRDNS(ctx context.Context, opts options, of subject) section {
	s := newSection()
	from := sendersOf(ctx, opts, of)
	if s.nobody(from) {
		return s
	}
	s.RDNS = &rdnsDetails{Names: make([]rdnsVerdict, len(from.senders))}
	s.details = s.RDNS
	each(from.senders, func(i int, who sender) {
		// An ended context is reported with SPF.
		res, _ := opts.rdns(hostName(of, who)).Check(ctx, who.IP)
		s.RDNS.Names[i] = rdnsVerdict{who.Name, res}
	})
	passed, lost := 0, 0
	for _, v := range s.RDNS.Names {
		switch v.Result.Status {
		case rdns.Pass:
			passed++
		case rdns.TempError:
			lost++
		}
		s.add(v.Result.Findings)
	}
	s.miss(lost, len(from.senders))
	s.Verdict = fmt.Sprintf("%d of %s confirmed by names that lead back", passed, plural(len(from.senders), "sender")) + notTold(lost)
	s.sort()
	return s
}

// notTold says of how many nothing is known.
func notTold(lost int) string {
	if lost == 0 {
		return ""
	}
	return fmt.Sprintf(", %d unknown", lost)
}

// missSenders notes which senders are not looked at.
func (s *section) missSenders(from guess) {
	if from.unknown != "" {
		s.miss(1, 2) // There is more to a section than senders.
	}
	s.Facts = append(s.Facts, from.lost...)
}

// nobody reports whether there is no sender to look at. That DNS did not tell of one is
// the verdict then, and that it did not tell of all is noted in any case.
func (s *section) nobody(from guess) bool {
	s.missSenders(from)
	if len(from.senders) > 0 {
		return false
	}
	if from.unknown != "" {
		s.Unknown, s.Verdict = wholly, "unknown: DNS did not tell which hosts may send"
	}
	return true
}

// auditHELO looks at what those who send call themselves, as far as that was given.
func auditHELO(ctx context.Context, opts options, of subject) section {
	s := newSection()
	given := of.HELO != "" || slices.ContainsFunc(of.Senders, func(who sender) bool { return who.HELO != "" })
	if !given {
		return s
	}
	from := sendersOf(ctx, opts, of)
	if s.nobody(from) {
		return s
	}
	var senders []sender
	for _, who := range from.senders {
		if who.HELO = cmp.Or(who.HELO, of.HELO); who.HELO != "" {
			senders = append(senders, who)
		}
	}
	s.RDNS = &rdnsDetails{HELO: make([]heloVerdict, len(senders))}
	s.details = s.RDNS
	each(senders, func(i int, who sender) {
		res, _ := opts.rdns(hostName(of, who)).CheckHELO(ctx, rdns.HELORequest{IP: who.IP, HELO: who.HELO})
		s.RDNS.HELO[i] = heloVerdict{who.Name, res}
	})
	confirmed, lost := 0, 0
	for _, v := range s.RDNS.HELO {
		switch v.Result.Status {
		case rdns.HELOConfirmed:
			confirmed++
		case rdns.HELOUnknown:
			lost++
		}
		if v.Result.Agreement == rdns.Untold {
			s.miss(1, 2) // It might differ, which is worth a note.
		}
		s.add(v.Result.Findings)
	}
	s.miss(lost, len(senders))
	names := "the names that they give"
	if len(senders) == 1 {
		names = "the name that it gives"
	}
	s.Verdict = fmt.Sprintf("%d of %s confirmed by %s", confirmed, plural(len(senders), "sender"), names) + notTold(lost)
	s.sort()
	return s
}

// hostName is a name for a sender that has none: the one that it uses, if that is one of
// public DNS, that of the MX host that it is, or else a new one.
func hostName(of subject, who sender) string {
	name := cmp.Or(who.HELO, of.HELO)
	if name == "" && len(of.Senders) == 0 {
		name = who.Name
	}
	if strings.Contains(name, ".") && !strings.HasSuffix(name, ".local") {
		return name
	}
	return "mail." + of.Domain
}

// below writes a line for each sender.
func (d *rdnsDetails) below(b *page) {
	var rows [][]string
	for _, v := range d.Names {
		rows = append(rows, []string{v.Result.IP.String(), v.Name, string(v.Result.Status), namesText(v.Result)})
	}
	for _, v := range d.HELO {
		rows = append(rows, []string{v.Result.IP.String(), v.Name, string(v.Result.Status), escape(v.Result.HELO)})
	}
	b.table(-1, rows...)
}

// maxNames is how many names of one address are shown.
const maxNames = 3

// namesText is what an address is called.
func namesText(res rdns.Result) string {
	var names []string
	for _, n := range res.Names[:min(len(res.Names), maxNames)] {
		names = append(names, domainText(n.Name))
	}
	if more := res.Total - len(names); more > 0 && len(names) > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	if len(names) == 0 && res.PTR.Definitive() {
		return "no name"
	}
	return strings.Join(names, ", ")
}
