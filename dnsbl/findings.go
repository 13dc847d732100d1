package dnsbl

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
)

func badTarget(t Target) mailworthy.Finding {
	f := rules.Finding(CodeBadTarget, cut(t.Domain))
	f.Message = "The target is not one address, nor one domain."
	f.Remedy = "Give either an IP address or a domain. An address literal belongs into IP, without brackets."
	return f
}

// cut escapes a text that is no name, and may be of any length.
func cut(text string) string {
	if len(text) > maxName {
		return name.Escape(text[:maxName]) + "..."
	}
	return name.Escape(text)
}

func notApplicable(target, why string) mailworthy.Finding {
	f := rules.Finding(CodeNotApplicable, target)
	f.Message = "No list can have " + target + ": " + why + "."
	f.Remedy = "Check the public address that receivers see, or the domain that was registered."
	return f
}

// findings says what the lists found, and what is wrong with them.
func (r *Result) findings(target string) mailworthy.Findings {
	out := mailworthy.Findings{}
	if len(r.Lists) == 0 {
		f := notApplicable(target, "none of those that were to be asked lists such targets")
		f.Remedy = "Ask lists of this kind as well; Default() has lists for IPv4, IPv6 and domains."
		return append(out, f)
	}
	for i := range r.Lists {
		l := &r.Lists[i]
		switch l.Status {
		case Listed, Policy, Info:
			out = append(out, l.entry(target))
		case NotListed, Whitelisted:
			continue
		default:
			var evidence []string
			for j := range l.Queries {
				evidence = append(evidence, l.Queries[j].String())
			}
			out = append(out, trouble(l.Zone, l.Name, l.Reason, l.Weight, append(evidence, l.controls()...)))
		}
		if l.Caveat == caveatJunk {
			f := caveat(l.Zone, l.Name)
			f.Evidence = l.controls()
			out = append(out, f)
		}
	}
	return out
}

func (r *ListResult) controls() (lines []string) {
	for i := range r.Controls {
		lines = append(lines, r.Controls[i].String())
	}
	return lines
}

// String returns the question and its answer in one line.
func (q Query) String() string {
	switch {
	case len(q.Alias) > 0 && len(q.Codes) > 0:
		return fmt.Sprintf("%s A %s, by way of %s", q.Name, joinAddrs(q.Codes), q.Alias[len(q.Alias)-1])
	case len(q.Alias) > 0:
		return fmt.Sprintf("%s CNAME %s: %s", q.Name, q.Alias[len(q.Alias)-1], q.DNS)
	case len(q.Codes) > 0:
		return q.Name + " A " + joinAddrs(q.Codes)
	case q.Problem != "":
		return fmt.Sprintf("%s A: %s (%s)", q.Name, q.DNS, q.Problem)
	}
	return q.Name + " A: " + string(q.DNS)
}

func joinAddrs(addrs []netip.Addr) string {
	out := make([]string, len(addrs))
	for i, a := range addrs {
		out[i] = a.String()
	}
	return strings.Join(out, ", ")
}

// severity is by weight: what happens to mail.
func severity(w Weight) mailworthy.Severity {
	switch w {
	case Critical, High:
		return mailworthy.Error
	case Slight:
		return mailworthy.Info
	}
	return mailworthy.Warning
}

// entry is the finding for a list that has the target.
func (r *ListResult) entry(target string) mailworthy.Finding {
	var f mailworthy.Finding
	what := meanings(r.Entries)
	switch r.Status {
	case Listed:
		f = rules.Finding(CodeListed, target)
		f.Severity = severity(r.Weight)
		f.Message = fmt.Sprintf("%s has %s listed%s.", r.Name, target, what)
	case Policy:
		f = rules.Finding(CodePolicy, target)
		f.Severity = severity(r.Weight)
		f.Message = fmt.Sprintf("By %s, %s is not to send mail directly%s.", r.Name, target, what)
	default:
		f = rules.Finding(CodeNoted, target)
		f.Message = fmt.Sprintf("%s notes something about %s, which is no listing%s.", r.Name, target, what)
	}
	f.Remedy = strings.Join(r.Advice.Steps, " ")
	asked := ""
	for i := range r.Queries {
		if q := &r.Queries[i]; len(q.Codes) > 0 {
			asked = q.Name
			f.Evidence = append(f.Evidence, q.String())
		}
	}
	for _, text := range r.Text {
		f.Evidence = append(f.Evidence, asked+` TXT "`+text+`"`)
	}
	return f
}

// meanings tells what the codes mean, in a part of a sentence.
func meanings(entries []Entry) string {
	var out []string
	for i := range entries {
		e := &entries[i]
		text := e.Meaning
		switch {
		case !e.Known:
			text = e.Code.String() + ", a code that is not documented"
		case text == "":
			text = strings.ReplaceAll(e.Category, "_", " ")
		}
		switch e.Scope {
		case ScopeNetwork:
			text += " (for a whole network)"
		case ScopeASN:
			text += " (for all of its provider)"
		}
		if text = name.Escape(text); text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	if len(out) == 0 {
		return ""
	}
	return ": " + strings.Join(out, "; ")
}

func caveat(zone, listName string) mailworthy.Finding {
	f := rules.Finding(CodeCaveat, zone)
	f.Message = listName + " has an address listed that no list may have."
	f.Remedy = "Nothing has to be done. Give its entries less weight."
	return f
}

// healthFindings says what is wrong with a list, by its controls.
func healthFindings(l *List, h *ListHealth) (out mailworthy.Findings) {
	if h.Status == HealthOK {
		return nil
	}
	var evidence []string
	for _, c := range unexpected(h) {
		evidence = append(evidence, c.String())
	}
	if h.Status == HealthCaveat {
		f := caveat(h.Zone, name.Escape(l.Name))
		f.Evidence = evidence
		return append(out, f)
	}
	return append(out, trouble(h.Zone, name.Escape(l.Name), h.Reason, l.weight(), evidence))
}

// trouble is the finding for a list that says nothing about the target.
func trouble(zone, listName string, reason Reason, w Weight, evidence []string) mailworthy.Finding {
	t, ok := troubles[reason]
	if !ok {
		t = troubles[ReasonNoAnswer]
	}
	f := rules.Finding(t.code, zone)
	if f.Severity == mailworthy.Warning && (w == Low || w == Slight) && t.code != CodeDeadList && t.code != CodeBadList {
		f.Severity = mailworthy.Info // Not to know what hardly anybody asks endangers nothing.
	}
	f.Message, f.Remedy, f.Temporary, f.Evidence = fmt.Sprintf(t.message, listName), t.remedy, t.temporary, evidence
	if (t.code == CodeNotCheckable || t.code == CodeUnknown) && slices.ContainsFunc(evidence, asSubscriber) {
		f.Remedy = keyRemedy + f.Remedy
	}
	if reason == ReasonDead {
		if d, ok := findDead(zone); ok {
			f.Message = fmt.Sprintf("%s (%s) was not asked: %s.", zone, d.Name, d.Reason)
			f.Evidence = []string{d.Zone}
		}
	}
	return f
}

// asSubscriber reports whether there is a key in a question, or what stands for one.
func asSubscriber(evidence string) bool { return strings.Contains(evidence, ".{") }

const keyRemedy = "It was asked as a subscriber asks: check that the key in Checker.Keys is right, and still valid. "

type problem struct {
	code            mailworthy.Code
	message, remedy string // the message with the list's name
	temporary       bool
}

const ownResolver = "Ask through a resolver of your own that walks down from the root, on an address with a host name of its own; not through one of a cloud, a provider or the public. "

var troubles = map[Reason]problem{
	ReasonOpenResolver: {code: CodeOpenResolver, message: "%s does not answer this resolver: it is public, or has no host name of its own. Nothing is known about the target.", remedy: ownResolver + "A key from the list works through any resolver."},
	ReasonVolume:       {code: CodeVolume, message: "%s was asked more than is free, by this resolver. Nothing is known about the target.", remedy: "Ask through a resolver that nobody else uses, ask less, or subscribe to the list.", temporary: true},
	ReasonBlocked:      {code: CodeRefused, message: "%s answers with its code for those that it does not serve. Nothing is known about the target.", remedy: ownResolver + "If it is one already, the list wants to be paid, or its quota is used up."},
	ReasonRefused:      {code: CodeRefused, message: "The servers of %s refuse to answer. Nothing is known about the target.", remedy: ownResolver + "Where the list takes a key or a registration, check that they are valid."},
	ReasonKey:          {code: CodeKeyNeeded, message: "%s was not asked: it answers subscribers alone.", remedy: "Put the key of the list's provider into Checker.Keys, or leave the list out."},
	ReasonPrivate:      {code: CodeKeyNeeded, message: "%s was not asked: subscribers have it on servers of their own.", remedy: "Give the list the zone of your own server, and Access Open, or leave it out."},
	ReasonTypo:         {code: CodeQueryError, message: "%s says that the name of its zone is misspelt.", remedy: "Correct the zone in the list's definition."},
	ReasonQuery:        {code: CodeQueryError, message: "%s says that it cannot be asked such a question. Nothing is known about the target.", remedy: "Look the answer up in the list's documentation; the list may not be for this kind of targets."},
	ReasonBogus:        {code: CodeBogusAnswer, message: "127.0.0.1 was answered for %s, by which no list means a listing: a filter of DNS blocks the list's names, or the list has given up.", remedy: "Ask through a resolver without filters. If the answer stays, leave the list out."},
	ReasonRewritten:    {code: CodeRewritten, message: "What was answered for %s is no answer of a list: its zone is parked, or the resolver puts addresses of its own in place of names that do not exist.", remedy: "Ask through a resolver of your own. If the answer stays, the list is gone: leave it out."},
	ReasonWildcard:     {code: CodeWildcard, message: "%s has everything listed, and so says nothing about the target.", remedy: "Leave the list out, and tell receivers that use it: it has most likely shut down."},
	ReasonControl:      {code: CodeNotCheckable, message: "%s does not have the entry for tests that every list has, so that its silence says nothing about the target.", remedy: "Ask through a resolver of your own: some answer as if the list were empty, and so do lists to resolvers that were not registered. If it stays, the list is gone: leave it out."},
	ReasonNoControl:    {code: CodeNotCheckable, message: "%s did not answer for its entry for tests, so that its answer says nothing about the target.", remedy: "Ask again later.", temporary: true},
	ReasonNoAnswer:     {code: CodeUnknown, message: "%s gave no answer. Nothing is known about the target.", remedy: "Ask again later. If it stays, look at how the resolver reaches the list's servers: some drop questions of networks that they do not like.", temporary: true},
	ReasonDead:         {code: CodeDeadList, message: "%s was not asked: it is dead.", remedy: "Take it out of the configuration. When a receiver refuses mail by it, tell the receiver: nobody can remove entries from it."},
	ReasonInvalid:      {code: CodeBadList, message: "%s was not asked: its definition makes no sense.", remedy: "List.Validate says what is wrong with it."},
	ReasonName:         {code: CodeLongName, message: "%s was not asked: the name of the question would have more than 253 octets.", remedy: "Nothing has to be done. Such a name is hardly one of mail."},
	ReasonQuota:        {code: CodeQuota, message: "%s was not asked: your quota for it is used up.", remedy: "Go on when the quota begins anew, or raise it within the list's policy.", temporary: true},
}
