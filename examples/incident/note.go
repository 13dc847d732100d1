package main

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/bounce"
)

const (
	// maxTroubles is how many kinds of trouble a note has. What is rarer is in the table
	// of the triage alone.
	maxTroubles = 30
	// maxAddresses is how many addresses a domain's policy is asked about.
	maxAddresses = 8
	// maxRemedies is how many findings of checks a step explains.
	maxRemedies = 6
)

// cause says what is known of why mail is refused.
type cause string

const (
	confirmed   cause = "confirmed"         // a check shows it
	unconfirmed cause = "not_confirmed"     // no check does, or could
	theirs      cause = "receiver_at_fault" // a check shows that the receiver is wrong, or its own words do
	stated      cause = "as_stated"         // the words are all that there is; no check is called for
)

// note is what is known of an incident.
type note struct {
	Triage   bounce.TriageReport `json:"triage"`
	Troubles []*trouble          `json:"troubles"`
	Steps    []step              `json:"steps"`
	// Fewer is how many kinds of trouble have no place here.
	Fewer int `json:"fewer,omitzero"`

	checks    map[string]*check
	order     []*check
	addresses []netip.Addr // those that are known to send, the most refused first
}

// trouble is what several rows of the triage have in common: what is refused, and the
// identity that it is about.
type trouble struct {
	Category bounce.Category `json:"category"`
	Meaning  string          `json:"meaning"`
	Scope    bounce.Scope    `json:"scope"`
	Subject  string          `json:"subject,omitzero"`
	List     string          `json:"list,omitzero"`
	Action   bounce.Action   `json:"action"`
	By       []string        `json:"by"`
	Count    int64           `json:"count"`
	First    time.Time       `json:"first,omitzero"`
	Last     time.Time       `json:"last,omitzero"`
	Sample   string          `json:"sample"`
	Checks   []*check        `json:"checks"`
	Cause    cause           `json:"cause"`
	Why      string          `json:"why"`

	remedy     string
	listName   string
	deadList   bool
	url        string // of the receiver's form, or of the list's page
	domain     string // to be checked
	ip, helo   string
	mechanisms []bounce.Mechanism
}

// step is something to do. Steps are in the order in which to do them.
type step struct {
	Kind stepKind `json:"kind"`
	// Whom is who is asked, if anybody is.
	Whom string `json:"whom,omitzero"`
	Do   string `json:"do"`
	// More is what belongs to it: what to say, or the record to publish.
	More []string `json:"more,omitempty"`
}

// stepKind is a kind of step. Their order is that of the note: a request for removal
// before the cause has gone does harm.
type stepKind string

const (
	stepStop     stepKind = "stop"
	stepChange   stepKind = "change"
	stepDelist   stepKind = "ask_list"
	stepReview   stepKind = "ask_provider"
	stepReceiver stepKind = "tell-receiver"
	stepClean    stepKind = "recipients"
	stepWait     stepKind = "wait"
)

var stepOrder = []stepKind{stepStop, stepChange, stepDelist, stepReview, stepReceiver, stepClean, stepWait}

// newNote sorts the rows of a triage by what is wrong, and plans what to ask.
func newNote(r bounce.TriageReport, opts options) *note {
	n := &note{Triage: r, Troubles: []*trouble{}, Steps: []step{}, checks: make(map[string]*check)}
	if opts.ip.IsValid() {
		n.addresses = []netip.Addr{opts.ip}
	}
	infos := make(map[bounce.Category]bounce.CategoryInfo)
	remedies := make(map[bounce.Action]string) // those of the categories that an action is for
	for _, info := range bounce.Categories() {
		infos[info.Category] = info
		if _, ok := remedies[info.Action]; !ok && info.Action != bounce.ActionDelist {
			remedies[info.Action] = info.Remedy
		}
	}
	remedies[bounce.ActionRetry] = ""
	byKey := make(map[string]*trouble)
	for i := range r.Rows {
		row := &r.Rows[i]
		ip, err := netip.ParseAddr(row.Subject)
		if err == nil && !opts.ip.IsValid() && len(n.addresses) < maxAddresses && !slices.Contains(n.addresses, ip) {
			n.addresses = append(n.addresses, ip)
		}
		by := cmp.Or(string(row.Provider), row.Destination, "an unknown receiver")
		key := fmt.Sprintf("%s\x00%s\x00%s\x00%s", row.Category, row.Subject, row.List, row.Action)
		if row.Category == bounce.DomainUnknown {
			key += row.Destination
		}
		t := byKey[key]
		if t == nil {
			t = newTrouble(row, infos[row.Category], opts)
			if row.Action != infos[row.Category].Action && row.Category != bounce.DomainUnknown { // As for a mailbox that is unknown for a while.
				t.remedy = remedies[row.Action]
			}
			byKey[key] = t
			n.Troubles = append(n.Troubles, t)
		}
		t.Count += row.Count
		if !slices.Contains(t.By, by) {
			t.By = append(t.By, by)
		}
		if !row.First.IsZero() && (t.First.IsZero() || row.First.Before(t.First)) {
			t.First = row.First
		}
		if row.Last.After(t.Last) {
			t.Last = row.Last
		}
	}
	slices.SortStableFunc(n.Troubles, func(a, b *trouble) int { return cmp.Compare(b.Count, a.Count) })
	n.Fewer = max(len(n.Troubles)-maxTroubles, 0)
	n.Troubles = n.Troubles[:len(n.Troubles)-n.Fewer]
	for _, t := range n.Troubles {
		n.plan(t)
	}
	return n
}

// newTrouble begins a trouble with the first of its rows.
func newTrouble(row *bounce.Row, info bounce.CategoryInfo, opts options) *trouble {
	res := &row.Result
	t := &trouble{
		Category: row.Category, Meaning: info.Meaning, Scope: row.Scope, Subject: row.Subject, List: row.List, Action: row.Action,
		By: []string{}, Sample: row.Sample, Checks: []*check{}, remedy: info.Remedy, helo: opts.helo,
		listName: cmp.Or(res.List.Name, row.List), deadList: res.List.Dead, url: res.DelistURL, mechanisms: res.Mechanisms,
	}
	if len(res.IPs) > 0 {
		t.ip = res.IPs[0].String()
	}
	if _, err := netip.ParseAddr(row.Subject); err == nil {
		t.ip = row.Subject
	}
	switch {
	case row.Category == bounce.DomainUnknown:
		t.domain = row.Destination
	case row.Category == bounce.BadHELO:
		t.helo = cmp.Or(t.helo, res.Domain)
	case row.Scope == bounce.ScopeDomain:
		t.domain = row.Subject
	}
	return t
}

// conclude says what the checks come to, and what to do.
func (n *note) conclude() {
	if n.hasCulprit() {
		who := n.Triage.Answer.Subject
		n.step(stepStop, "", fmt.Sprintf("Stop %s: hold its mail in the queue, change its password and end its sessions; then find out how it was taken over, or who sent the campaign.", who))
	}
	for _, t := range n.Troubles {
		t.judge()
		n.stepsFor(t)
	}
	slices.SortStableFunc(n.Steps, func(a, b step) int {
		return cmp.Compare(slices.Index(stepOrder, a.Kind), slices.Index(stepOrder, b.Kind))
	})
}

// understood reports whether the log told anything. A log that did not is no good news.
func (n *note) understood() bool {
	t := n.Triage.Totals
	return t.Sent+t.Deferred+t.Bounced+t.Complaints > 0
}

// hasCulprit reports whether what is refused is mostly of one account or script.
func (n *note) hasCulprit() bool {
	return n.Triage.Answer.Scope == bounce.ScopeAccount && n.Triage.Answer.Action == bounce.ActionStop
}

// judge finds the cause by what the checks say.
func (t *trouble) judge() {
	said := func(o outcome) string {
		var parts []string
		for _, c := range t.Checks {
			if c.Outcome == o {
				parts = append(parts, fmt.Sprintf("%s of %s: %s", c.Kind, c.Subject, c.Says))
			}
		}
		return strings.Join(parts, "; ")
	}
	listing := t.Category == bounce.IPBlocklisted || t.Category == bounce.DomainBlocklisted
	switch {
	case t.Category == bounce.RemoteMisconfigured || t.deadList:
		t.Cause, t.Why = theirs, "it takes a list's refusal to answer for a listing"
		if t.deadList {
			t.Why = t.listName + " no longer exists"
		}
	case said(found) != "":
		t.Cause, t.Why = confirmed, said(found)
	case said(unknown) != "":
		t.Cause, t.Why = unconfirmed, said(unknown)
	case said(skipped) != "":
		t.Cause, t.Why = unconfirmed, "nothing was asked"
	case listing && t.List != "" && said(inOrder) != "":
		t.Cause, t.Why = theirs, said(inOrder)+" now: it was removed since, or the receiver has an old copy"
	case said(inOrder) != "":
		t.Cause, t.Why = unconfirmed, "nothing wrong was found: "+said(inOrder)
	case t.checkable():
		t.Cause, t.Why = unconfirmed, "no reply names what could be checked (see -ip and -helo)"
	default:
		t.Cause, t.Why = stated, "in the receiver's own words"
	}
}

// checkable reports whether there are checks for a category at all.
func (t *trouble) checkable() bool {
	switch t.Category {
	case bounce.IPBlocklisted, bounce.DomainBlocklisted, bounce.BadRDNS, bounce.BadHELO, bounce.AuthFailed, bounce.DomainUnknown, bounce.SenderRejected:
		return true
	}
	return false
}

func (n *note) stepsFor(t *trouble) {
	by := shortList(t.By, 4)
	switch {
	case t.Cause == theirs && t.Action == bounce.ActionTellReceiver, t.deadList:
		n.step(stepReceiver, "postmaster of "+by, fmt.Sprintf("Say by another way that their server refuses mail for no reason: %s. No list has to be asked for anything.", t.Why), t.Sample)
	case t.Category == bounce.IPBlocklisted || t.Category == bounce.DomainBlocklisted:
		n.listSteps(t, by)
	case t.Category == bounce.DomainUnknown && t.Cause == confirmed:
		n.step(stepClean, "", t.about()+t.remedy)
	case t.Category == bounce.DomainUnknown:
		n.step(stepClean, "", fmt.Sprintf("Keep the addresses at %s for now, and try again: %s.", cmp.Or(t.domain, by), t.Why))
	case t.Action == bounce.ActionReputation:
		n.step(stepChange, "", t.about()+t.remedy)
		page := ""
		if t.url != "" {
			page = " See " + t.url + "."
		}
		n.step(stepReview, by, "Ask for a review of "+cmp.Or(t.Subject, "the sender")+" when what was refused is stopped. It is their own record and no public list."+page, t.Sample)
	case t.Action == bounce.ActionTellReceiver:
		n.step(stepReceiver, "postmaster of "+by, t.remedy, t.Sample)
	case t.Action == bounce.ActionRetry, t.Action == bounce.ActionNone:
		n.step(stepWait, "", fmt.Sprintf("%s (%s): the queue tries again by itself. %s", t.Category, by, t.remedy))
	case t.Action == bounce.ActionReview:
		n.step(stepReceiver, "postmaster of "+by, t.remedy, t.Sample)
	case t.Action == bounce.ActionRemove:
		n.step(stepClean, "", t.about()+t.remedy+" The flag -dead-addresses lists those that are sure.")
	case t.Scope == bounce.ScopeRecipient || t.Action == bounce.ActionStop:
		n.step(stepClean, "", t.about()+t.remedy)
	default:
		n.step(stepChange, "", t.about()+t.remedy, t.remedies()...)
	}
}

// listSteps asks a list for removal where a check found the entry, or where nothing is
// known but the receivers' word. Where a list says that it has no entry, and where no
// list is known, there is nobody to ask but the receivers.
func (n *note) listSteps(t *trouble, by string) {
	who := cmp.Or(t.Subject, t.domain, "the sender")
	if !n.hasCulprit() {
		n.step(stepStop, "", fmt.Sprintf("Stop bulk mail of %s, and find what got it listed.", who))
	}
	if t.Cause == confirmed {
		for _, c := range t.Checks {
			for i := range c.Listings {
				l := &c.Listings[i]
				if l.Advice == nil {
					continue
				}
				page, expires := l.Advice.URL, l.Advice.Expires
				for _, s := range l.Advice.Steps {
					// Those about the request itself are steps of their own.
					if (page == "" || !strings.Contains(s, page)) && (expires == "" || !strings.Contains(s, expires)) {
						n.step(stepChange, "", c.Subject+": "+s)
					}
				}
				if page == "" && expires != "" {
					n.step(stepWait, "", fmt.Sprintf("%s: nobody is asked for removal. %s", l.Name, expires))
					continue
				}
				if page == "" {
					n.step(stepReceiver, "postmaster of "+by, fmt.Sprintf("Ask who runs %s, and how %s comes off it when the cause is gone.", l.Name, c.Subject), t.Sample)
					continue
				}
				n.step(stepDelist, l.Name, fmt.Sprintf("Only when all above is done, ask for removal of %s at %s. Say %s.", c.Subject, page, strings.Join(l.Advice.Include, "; ")), l.Text...)
			}
		}
		return
	}
	switch {
	case t.Cause == theirs:
		n.step(stepReceiver, "postmaster of "+by, fmt.Sprintf("%s: ask them to look %s up again, and to drop old copies.", t.Why, who), t.Sample)
	case t.List == "":
		n.step(stepReceiver, "postmaster of "+by, fmt.Sprintf("Ask which list has %s: they name none, and no public one is known to have it.", who), t.Sample)
	default:
		page := ""
		if t.url != "" {
			page = " at " + t.url
		}
		n.step(stepDelist, t.listName, fmt.Sprintf("Look %s up%s first: no check confirms the entry. If it is there, ask for removal when its cause is gone.", who, page), t.Sample)
	}
}

// about begins a sentence with what it is about.
func (t *trouble) about() string {
	subject := t.Subject
	switch {
	case subject == "" && t.Category == bounce.DomainUnknown:
		subject = t.domain
	case subject == "":
		subject = shortList(t.By, 4)
	}
	return fmt.Sprintf("%s (%s): ", subject, t.Category)
}

// remedies are those of the checks that found something, one of each kind.
func (t *trouble) remedies() (list []string) {
	seen := make(map[mailworthy.Code]bool)
	for _, c := range t.Checks {
		for _, f := range c.Findings {
			if c.Outcome == found && f.Severity >= mailworthy.Warning && !seen[f.Code] && len(list) < maxRemedies {
				seen[f.Code] = true
				list = append(list, f.Message+" "+f.Remedy)
			}
		}
	}
	return list
}

// step adds a step, unless it is there.
func (n *note) step(kind stepKind, whom, do string, more ...string) {
	s := step{kind, whom, strings.TrimSpace(do), more}
	if !slices.ContainsFunc(n.Steps, func(o step) bool { return o.Kind == s.Kind && o.Whom == s.Whom && o.Do == s.Do }) {
		n.Steps = append(n.Steps, s)
	}
}
