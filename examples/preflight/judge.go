package main

import (
	"slices"

	"github.com/mailworthy/mailworthy"
)

// verdict says whether a receiver can be expected to take a campaign.
type verdict string

const (
	ready    verdict = "ready"
	notReady verdict = "not-ready"
	notKnown verdict = "not-known"
)

// report is what the preflight says.
type report struct {
	Verdict   verdict          `json:"verdict"` // the worst of the receivers'
	Campaign  campaign         `json:"campaign"`
	Receivers []receiverReport `json:"receivers"`
	Rules     []ruleReport     `json:"rules"`
}

// receiverReport is what is to be expected of a receiver. Its lists are of rules that it
// insists on; Advised are those that fail and that it only advises.
type receiverReport struct {
	Name    string   `json:"name"`
	Verdict verdict  `json:"verdict"`
	Failed  []string `json:"failed"`
	Unknown []string `json:"unknown"`
	Vouched []string `json:"vouched"`
	Advised []string `json:"advised"`
	Known   bool     `json:"known"` // whether its rules are
}

// ruleReport is what became of a rule that concerns the campaign.
type ruleReport struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	outcome
	Vouched bool `json:"vouched"` // it is not checkable, and the sender answers for it
	// Demands are those of the campaign's receivers on such mail.
	Demands []demand `json:"demands"`
}

// judge applies the rules that concern a campaign to what is known of it. It is a
// function of its arguments alone.
func judge(c campaign, f *facts) report {
	rep := report{Verdict: ready, Campaign: c, Receivers: []receiverReport{}, Rules: []ruleReport{}}
	for _, r := range rules {
		of := ruleReport{ID: r.ID, Text: r.Text}
		for _, d := range r.Demands {
			if d.For.covers(c.Class) && slices.ContainsFunc(c.To, func(to receiver) bool { return to.ID == d.By }) {
				of.Demands = append(of.Demands, d)
			}
		}
		if of.Demands == nil {
			continue
		}
		of.outcome = outcome{Status: notCheckable, Reason: "no program can tell from here. " + r.Look + ", and answer for it with -vouch " + r.ID}
		if r.Check != nil {
			of.outcome = r.Check(f)
		}
		if of.Findings == nil {
			of.Findings = mailworthy.Findings{}
		}
		of.Vouched = r.Vouch && of.Status == notCheckable && slices.Contains(c.Vouched, r.ID)
		rep.Rules = append(rep.Rules, of)
	}
	for _, to := range c.To {
		rep.Receivers = append(rep.Receivers, judgeReceiver(to, rep.Rules))
	}
	for _, domain := range c.Others {
		rep.Receivers = append(rep.Receivers, receiverReport{
			Name: domain, Verdict: notKnown, Failed: []string{}, Unknown: []string{}, Vouched: []string{}, Advised: []string{},
		})
	}
	for _, r := range rep.Receivers {
		if r.Verdict == notReady || r.Verdict == notKnown && rep.Verdict == ready {
			rep.Verdict = r.Verdict
		}
	}
	return rep
}

func judgeReceiver(to receiver, rules []ruleReport) receiverReport {
	out := receiverReport{
		Name: to.Name, Verdict: ready, Known: true, Failed: []string{}, Unknown: []string{}, Vouched: []string{}, Advised: []string{},
	}
	for _, r := range rules {
		i := slices.IndexFunc(r.Demands, func(d demand) bool { return d.By == to.ID })
		switch {
		case i < 0 || r.Status == pass:
		case r.Demands[i].Strength == should:
			if r.Status == fail {
				out.Advised = append(out.Advised, r.ID)
			}
		case r.Status == fail:
			out.Failed = append(out.Failed, r.ID)
		case r.Vouched:
			out.Vouched = append(out.Vouched, r.ID)
		default:
			out.Unknown = append(out.Unknown, r.ID)
		}
	}
	switch {
	case len(out.Failed) > 0:
		out.Verdict = notReady
	case len(out.Unknown) > 0:
		out.Verdict = notKnown
	}
	return out
}
