package dmarc

import (
	"fmt"
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/psl"
	"github.com/mailworthy/mailworthy/internal/txt"
)

// RolloutRequest is what [Rollout] plans by.
type RolloutRequest struct {
	// Domain is the domain to protect, in any form.
	Domain string `json:"domain"`
	// Record is the text of its present record; it is empty without one.
	Record string `json:"record,omitempty"`
	// Inherited is what receivers apply to the domain by the record of one above it,
	// when it has none itself; it is empty when nothing applies.
	Inherited Policy `json:"inherited,omitempty"`
	// Reports is the mailbox that aggregate reports are to go to, when the record has
	// none yet. Empty, or no valid mailbox, means dmarc-reports at the domain.
	Reports string `json:"reports,omitempty"`
	// Statistics are what the reports of late said. Without them, no step makes the
	// policy stronger.
	Statistics *Statistics `json:"statistics,omitempty"`
	// Criteria are what the statistics have to show; zero fields have defaults.
	Criteria Criteria `json:"criteria,omitzero"`
}

// Statistics sums up the aggregate reports of the time since the present record was
// published. Reports of subdomains count, when it is the record that applies to them.
type Statistics struct {
	// Days is how many days the reports cover.
	Days int `json:"days"`
	// Messages is how many messages they speak of, and Aligned how many of these
	// passed DMARC.
	Messages int `json:"messages"`
	Aligned  int `json:"aligned"`
	// OwnFailing is how many messages failed that came from servers of your own, or
	// of services that send for you; Failing names these sources.
	OwnFailing int      `json:"own_failing"`
	Failing    []string `json:"failing,omitempty"`
	// UnknownFailing is how many failed from sources that nobody knows, and
	// UnknownSources how many sources that were.
	UnknownFailing int `json:"unknown_failing"`
	UnknownSources int `json:"unknown_sources"`
}

// Criteria are what statistics have to show before a policy becomes stronger.
type Criteria struct {
	// Days is how many days they have to cover. Zero means 30 for a step by which
	// receivers treat mail more strictly (RFC 9989 section 7.4), and 7 for one that
	// only tests; less than zero means none.
	Days int `json:"days,omitzero"`
	// Messages is of how many messages they have to speak. Zero means 100, less than
	// zero none.
	Messages int `json:"messages,omitzero"`
	// OwnFailing is how many failing messages of own sources are put up with. Zero or
	// less means none.
	OwnFailing int `json:"own_failing,omitzero"`
}

// RolloutAction is what to do next.
type RolloutAction string

// The actions.
const (
	Publish    RolloutAction = "publish"    // the record of the step
	Wait       RolloutAction = "wait"       // publish it when the conditions hold
	Done       RolloutAction = "done"       // nothing: the policy is as strong as it can be
	Impossible RolloutAction = "impossible" // there can be no record for such a domain
)

// RolloutStep is the next safe step of a rollout.
type RolloutStep struct {
	Action RolloutAction `json:"action"`
	// Name is where the record belongs, Record its text, and Zone a line of a zone
	// file with both. With Wait it is what comes next, not yet to be published; with
	// Done it is the present one.
	Name   string `json:"name,omitempty"`
	Record string `json:"record,omitempty"`
	Zone   string `json:"zone,omitempty"`
	// Present and Next are the policies that receivers apply to the domain, and that
	// they would apply after the step.
	Present Policy `json:"present,omitempty"`
	Next    Policy `json:"next,omitempty"`
	// Reason says why this is the next step.
	Reason string `json:"reason"`
	// Conditions are what must hold before the record is published.
	Conditions []Condition `json:"conditions"`
	// Weakens says what the record protects less than the present one. It is empty
	// unless there is no way around that.
	Weakens []string `json:"weakens,omitempty"`
}

// Condition is what must hold before a step.
type Condition struct {
	// Text says what, and State whether it holds.
	Text  string         `json:"text"`
	State ConditionState `json:"state"`
}

// ConditionState says whether a condition holds.
type ConditionState string

// The states.
const (
	Met    ConditionState = "met"
	NotMet ConditionState = "not-met"
	Yours  ConditionState = "yours" // only the administrator can tell
)

// Rollout says what the next safe step towards p=reject is: no record, p=none with
// reports, p=quarantine with t=y, p=quarantine, p=reject with t=y, p=reject, and
// then the same for subdomains that were left behind. It is a pure function.
//
// It makes a policy stronger only when the statistics show enough mail, and no source
// of the domain's own that fails. What receivers cannot read of the present record,
// or read no more, is mended first. It starts from what receivers apply, not from
// what a broken record was meant to say.
func Rollout(req RolloutRequest) RolloutStep {
	step := RolloutStep{Action: Impossible, Conditions: []Condition{}}
	domain, err := name.Domain(req.Domain)
	if err != nil || len(prefix+domain) > maxName {
		step.Reason = quoted(cut(req.Domain)) + " is no domain name that can have a DMARC record."
		return step
	}
	step.Name = prefix + domain
	p := plan{req: req, domain: domain, step: &step}
	p.choose()
	if step.Record != "" {
		step.Zone = txt.Line(step.Name, step.Record)
	}
	return step
}

// plan is a rollout in the making.
type plan struct {
	req    RolloutRequest
	domain string
	now    Record // as receivers read it; zero without one
	step   *RolloutStep
}

func (p *plan) choose() {
	p.step.Present = p.req.Inherited
	if strings.TrimSpace(p.req.Record) == "" {
		p.first("There is no record. ")
		return
	}
	rec, err := Parse(p.req.Record)
	if err != nil {
		p.first("What is published is no DMARC record, and receivers ignore it (" + name.Escape(err.Error()) + "). ")
		return
	}
	p.next(rec)
}

// first is the step of a domain without a record.
func (p *plan) first(why string) {
	switch p.req.Inherited {
	case Reject:
		p.step.Present, p.step.Next = Reject, Reject
		p.step.Action = Done
		p.step.Reason = why + "The record of a domain above " + p.domain + " applies to it, and asks for reject already."
	case Quarantine:
		p.publish(Record{Policy: Quarantine}, why+"The record of a domain above applies. One of its own with the same policy shows by its reports who sends for "+p.domain+".")
	default:
		p.publish(Record{Policy: PolicyNone}, why+"The first record only asks for reports, which show who sends for "+p.domain+". No mail is treated differently.")
		if org := psl.Organizational(p.domain); org != p.domain && p.req.Inherited == "" {
			p.condition(Yours, org+" has a record of its own, or nothing that sends for "+p.domain+" authenticates as "+org+" or another name below it: a record here alone makes "+p.domain+" an organisation of its own (RFC 9989 section 4.10.2).")
		}
	}
}

// next is the step of a domain with a record.
func (p *plan) next(present *Record) {
	now, mends := mended(present)
	p.now, p.step.Present = now, applied(now, ScopeDomain)
	full := now
	full.Percent = nil
	why := ""
	if len(mends) > 0 {
		why = "The record has to be mended, by what receivers make of it now: " + strings.Join(mends, " ")
	}
	switch {
	case len(now.Aggregate) == 0:
		// Reports come first: without them nobody knows what a change would do.
		p.publish(now, strings.TrimSpace("The record asks for no reports, so nobody can see what a stronger policy would do. "+why))
	case p.harmful():
		p.retreat()
	case now.Percent != nil:
		p.advance(full, strings.TrimSpace(fmt.Sprintf("pct=%d means nothing to receivers that follow RFC 9989: they apply the policy to all mail. Without it the others do so too. ", *now.Percent)+why))
	case why != "":
		p.publish(now, why)
	default:
		p.climb()
	}
}

// climb is the next step of a record in order.
func (p *plan) climb() {
	now := p.now
	to := now
	switch {
	case now.Policy == PolicyNone:
		p.test(raised(now, Quarantine), "The policy asks for nothing yet. With p=quarantine and t=y receivers go on delivering, and the reports show how those treat the mail that rewrite and forward it.")
	case now.Testing:
		to.Testing = false
		p.advance(to, "The policy is only tested so far. Without t=y receivers apply p="+string(now.Policy)+" as it stands.")
	case now.Policy == Quarantine:
		p.test(raised(now, Reject), "Mail that fails is treated as suspect. With p=reject and t=y it still is, and nothing is refused yet.")
	case now.Nonexistent != "" && now.Nonexistent != Reject:
		to.Nonexistent = Reject
		p.advance(tidy(to), "np="+string(now.Nonexistent)+" is weaker than p=reject. Nobody should send from subdomains that do not exist.")
	case now.Subdomain == PolicyNone:
		to.Subdomain = Quarantine
		p.advance(to, "sp=none leaves the subdomains without protection.")
	case now.Subdomain == Quarantine:
		to.Subdomain = Reject
		p.advance(tidy(to), "sp=quarantine is weaker than p=reject.")
	default:
		p.step.Action, p.step.Reason = Done, "The policy is as strong as it can be."
		p.propose(now, p.step.Reason)
	}
}

// publish proposes a record that needs no statistics.
func (p *plan) publish(to Record, reason string) {
	p.step.Action = Publish
	if len(to.Aggregate) == 0 {
		to.Aggregate = p.mailbox()
	}
	p.propose(to, reason)
}

// mailbox is where reports are to go: that of the request, or one in the domain.
func (p *plan) mailbox() []URI {
	for _, address := range [...]string{p.req.Reports, "dmarc-reports@" + p.domain} {
		u := MailTo(address)
		if read, reason, _ := parseURI(u.Text); reason == "" && read.Host != "" {
			p.condition(Yours, "The mailbox "+name.Escape(address)+" exists, and takes many messages with attachments. Where it is in a domain of others, they have to authorize that (RFC 9990 section 4).")
			return []URI{u}
		}
	}
	p.condition(NotMet, "There is a mailbox for the reports: none was named, and the domain is not one of mail.")
	return nil
}

func (p *plan) propose(to Record, reason string) {
	p.step.Record, p.step.Next, p.step.Reason = to.String(), applied(to, ScopeDomain), reason
	p.step.Weakens = weakened(p.now, to)
}

// harmful reports whether the policy hits much of the domain's own mail: one in ten.
func (p *plan) harmful() bool {
	s := p.req.Statistics
	return s != nil && s.consistent() && s.Messages >= max(p.messages(), 1) && s.OwnFailing > s.Messages/10 &&
		strongest(p.now) != PolicyNone && !p.now.Testing
}

// messages is of how many the statistics have to speak.
func (p *plan) messages() int {
	if c := p.req.Criteria.Messages; c != 0 {
		return max(c, 0)
	}
	return leastMessages
}

// retreat proposes a weaker policy. With pct= it stays one that older receivers, to
// whom t=y means nothing, apply to no more mail than before.
func (p *plan) retreat() {
	to, rest := p.now, ""
	to.Testing = true
	if to.Percent != nil {
		rest = " For those that do not know t=, pct= stays."
	}
	s := p.req.Statistics
	p.publish(to, fmt.Sprintf("%d of %d messages fail that your own servers and services sent.%s Until these are mended, t=y lets receivers apply the policy one step lower.%s",
		s.OwnFailing, s.Messages, s.from(), rest))
}

// test proposes a record with a stronger p, in test mode if that is possible.
func (p *plan) test(to Record, reason string) {
	if !to.Testing {
		p.advance(to, "t=y would weaken what is applied to subdomains already, so the step to p="+string(to.Policy)+" is taken without it.")
		return
	}
	p.gate(to, reason, testDays)
}

// advance proposes a record by which receivers treat mail more strictly.
func (p *plan) advance(to Record, reason string) {
	p.gate(to, reason, enforceDays)
	p.condition(Yours, "Every server and service that sends for "+p.domain+" signs with DKIM in its name: SPF alone breaks when mail is forwarded (RFC 9989 section 7.4).")
	if applied(to, ScopeDomain) == Reject {
		p.condition(Yours, "Users do not post to mailing lists that keep their address in From, or know that such mail may be refused (RFC 9989 section 7.4).")
	}
}

// The defaults of Criteria.
const (
	testDays      = 7
	enforceDays   = 30
	leastMessages = 100
)

// gate proposes a record for when the statistics allow it.
func (p *plan) gate(to Record, reason string, days int) {
	p.propose(to, reason)
	p.step.Action = Publish
	s := p.req.Statistics
	if s == nil {
		p.condition(NotMet, "Statistics of aggregate reports show whose mail the step would hit: there are none.")
		return
	}
	if c := p.req.Criteria.Days; c != 0 {
		days = max(c, 0)
	}
	messages, own := p.messages(), max(p.req.Criteria.OwnFailing, 0)
	p.condition(when(s.Days >= days), fmt.Sprintf("Reports since the present record cover at least %d days: they cover %d.", days, s.Days))
	p.condition(when(s.Messages >= messages), fmt.Sprintf("They speak of at least %d messages: it is %d, of which %d passed.", messages, s.Messages, s.Aligned))
	p.condition(when(s.OwnFailing <= own && (own > 0 || len(s.Failing) == 0)),
		fmt.Sprintf("Of your own servers and services, %d messages fail; %d may.%s", s.OwnFailing, own, s.from()))
	if !s.consistent() {
		p.condition(NotMet, "The numbers agree with each other: what passed and what failed is more than all messages, or less than none.")
	}
	if s.UnknownFailing > 0 {
		p.condition(Yours, fmt.Sprintf("The unknown sources do not send for you: %d, %d of whose messages failed.", s.UnknownSources, s.UnknownFailing))
	}
}

// from says which of the own sources fail.
func (s *Statistics) from() string {
	if len(s.Failing) == 0 {
		return ""
	}
	sources := make([]string, 0, maxListed)
	for _, source := range s.Failing[:min(len(s.Failing), maxListed)] {
		sources = append(sources, name.Escape(source))
	}
	return " They are from " + strings.Join(sources, ", ") + "."
}

// consistent reports whether the parts are not more than the whole.
func (s *Statistics) consistent() bool {
	left := s.Messages
	for _, n := range [...]int{s.Aligned, s.OwnFailing, s.UnknownFailing} {
		if n < 0 || n > left {
			return false
		}
		left -= n
	}
	return s.Days >= 0 && s.UnknownSources >= 0
}

func when(holds bool) ConditionState {
	if holds {
		return Met
	}
	return NotMet
}

func (p *plan) condition(s ConditionState, text string) {
	if s == NotMet {
		p.step.Action = Wait
	}
	p.step.Conditions = append(p.step.Conditions, Condition{Text: text, State: s})
}

// Rollout is [Rollout] for the domain of the report, with what was found there. While
// the present record is not known, or there are several, there is no step to take.
func (rep Report) Rollout(stats *Statistics) RolloutStep {
	req := RolloutRequest{Domain: rep.Domain, Statistics: stats}
	blocked := ""
	switch {
	case rep.Status == TempError:
		blocked = "The present record is known: DNS did not tell it."
	case rep.Source == SourceAuthor:
		var err error
		if req.Record, err = name.Unescape(rep.Record.Text); err != nil {
			req.Record = rep.Record.Text // It was not made by Parse.
		}
	case len(rep.Steps) > 0 && rep.Steps[0].Outcome == FoundSeveral:
		blocked = "There is one record: at present there are several, and receivers discard them."
	default:
		req.Inherited = rep.Own.Applied
	}
	if blocked == "" {
		return Rollout(req)
	}
	return RolloutStep{
		Action: Wait, Name: prefix + rep.Domain, Reason: "Nothing can be said about the next step yet.",
		Conditions: []Condition{{Text: blocked, State: NotMet}},
	}
}
