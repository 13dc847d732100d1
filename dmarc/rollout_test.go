package dmarc_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dmarc"
)

var (
	plenty = &dmarc.Statistics{Days: 40, Messages: 5000, Aligned: 4900, UnknownFailing: 100, UnknownSources: 3}
	week   = &dmarc.Statistics{Days: 8, Messages: 5000, Aligned: 5000}
)

func TestRollout(t *testing.T) {
	const rua = "; rua=mailto:d@example.org"
	for _, tt := range []struct {
		name      string
		present   string
		inherited dmarc.Policy
		reports   string
		stats     *dmarc.Statistics
		criteria  dmarc.Criteria
		action    dmarc.RolloutAction
		want      string
		notMet    string // a part of the condition that does not hold
		weakens   bool
	}{
		{name: "no record", action: dmarc.Publish, want: "v=DMARC1; p=none; rua=mailto:dmarc-reports@example.org"},
		{name: "no record, an address given", reports: "d@r.test", action: dmarc.Publish, want: "v=DMARC1; p=none; rua=mailto:d@r.test"},
		{name: "no record, an address with a comma", reports: "d,e@r.test", action: dmarc.Publish, want: "v=DMARC1; p=none; rua=mailto:d%2Ce@r.test"},
		{name: "no record, a bad address", reports: "nobody", action: dmarc.Publish, want: "v=DMARC1; p=none; rua=mailto:dmarc-reports@example.org"},
		{name: "inherits none", inherited: dmarc.PolicyNone, action: dmarc.Publish, want: "v=DMARC1; p=none; rua=mailto:dmarc-reports@example.org"},
		{name: "inherits quarantine", inherited: dmarc.Quarantine, action: dmarc.Publish, want: "v=DMARC1; p=quarantine; rua=mailto:dmarc-reports@example.org"},
		{name: "inherits reject", inherited: dmarc.Reject, action: dmarc.Done},
		{name: "not a record", present: "v=dmarc1; p=none", action: dmarc.Publish, want: "v=DMARC1; p=none; rua=mailto:dmarc-reports@example.org"},
		{name: "none without reports", present: "v=DMARC1; p=none", stats: plenty, action: dmarc.Publish, want: "v=DMARC1; p=none; rua=mailto:dmarc-reports@example.org"},
		{name: "reject without reports", present: "v=DMARC1; p=reject", action: dmarc.Publish, want: "v=DMARC1; p=reject; rua=mailto:dmarc-reports@example.org"},
		{name: "none", present: "v=DMARC1; p=none" + rua, stats: plenty, action: dmarc.Publish, want: "v=DMARC1; p=quarantine; t=y" + rua},
		{name: "none, a week is enough to test", present: "v=DMARC1; p=none" + rua, stats: week, action: dmarc.Publish, want: "v=DMARC1; p=quarantine; t=y" + rua},
		{name: "quarantine tested", present: "v=DMARC1; p=quarantine; t=y" + rua, stats: plenty, action: dmarc.Publish, want: "v=DMARC1; p=quarantine" + rua},
		{name: "quarantine tested for a week", present: "v=DMARC1; p=quarantine; t=y" + rua, stats: week, action: dmarc.Wait, want: "v=DMARC1; p=quarantine" + rua, notMet: "at least 30 days"},
		{name: "quarantine", present: "v=DMARC1; p=quarantine" + rua, stats: plenty, action: dmarc.Publish, want: "v=DMARC1; p=reject; t=y" + rua},
		{name: "reject tested", present: "v=DMARC1; p=reject; t=y" + rua, stats: plenty, action: dmarc.Publish, want: "v=DMARC1; p=reject" + rua},
		{name: "reject", present: "v=DMARC1; p=reject" + rua, action: dmarc.Done, want: "v=DMARC1; p=reject" + rua},

		{name: "sp as p goes along", present: "v=DMARC1; p=none; sp=none; np=none" + rua, stats: plenty, action: dmarc.Publish, want: "v=DMARC1; p=quarantine; t=y" + rua},
		{name: "sp weaker stays behind", present: "v=DMARC1; p=quarantine; sp=none" + rua, stats: plenty, action: dmarc.Publish, want: "v=DMARC1; p=reject; sp=none; t=y" + rua},
		{name: "sp stronger is not weakened by a test", present: "v=DMARC1; p=none; sp=reject" + rua, stats: plenty, action: dmarc.Publish, want: "v=DMARC1; p=quarantine; sp=reject" + rua},
		{name: "np stronger is not weakened by a test", present: "v=DMARC1; p=quarantine; np=reject" + rua, stats: plenty, action: dmarc.Publish, want: "v=DMARC1; p=reject" + rua},
		{name: "np stronger than a weak sp", present: "v=DMARC1; p=quarantine; sp=none; np=quarantine" + rua, stats: plenty, action: dmarc.Publish, want: "v=DMARC1; p=reject; sp=none; np=quarantine" + rua},
		{name: "np was left behind", present: "v=DMARC1; p=reject; np=none" + rua, stats: plenty, action: dmarc.Publish, want: "v=DMARC1; p=reject" + rua},
		{name: "np before sp", present: "v=DMARC1; p=reject; sp=none; np=none" + rua, stats: plenty, action: dmarc.Publish, want: "v=DMARC1; p=reject; sp=none; np=reject" + rua},
		{name: "sp was left behind", present: "v=DMARC1; p=reject; sp=none; np=reject" + rua, stats: plenty, action: dmarc.Publish, want: "v=DMARC1; p=reject; sp=quarantine; np=reject" + rua},
		{name: "sp, the last step", present: "v=DMARC1; p=reject; sp=quarantine; np=reject" + rua, stats: plenty, action: dmarc.Publish, want: "v=DMARC1; p=reject" + rua},

		{name: "what was removed goes first", present: "v=DMARC1; p=quarantine; pct=100; rf=afrf; ri=86400; rua=mailto:d@example.org!10m", stats: plenty, action: dmarc.Publish, want: "v=DMARC1; p=quarantine" + rua},
		{name: "pct without effect", present: "v=DMARC1; p=none; pct=20" + rua, action: dmarc.Publish, want: "v=DMARC1; p=none" + rua},
		{name: "pct", present: "v=DMARC1; p=quarantine; pct=20" + rua, stats: plenty, action: dmarc.Publish, want: "v=DMARC1; p=quarantine" + rua},
		{name: "pct without statistics", present: "v=DMARC1; p=quarantine; pct=20" + rua, action: dmarc.Wait, want: "v=DMARC1; p=quarantine" + rua, notMet: "Statistics"},
		{name: "no p", present: "v=DMARC1" + rua, action: dmarc.Publish, want: "v=DMARC1; p=none" + rua},
		{name: "bad p", present: "v=DMARC1; p=rejct" + rua, action: dmarc.Publish, want: "v=DMARC1; p=none" + rua},
		{name: "bad sp counts as none for all", present: "v=DMARC1; p=reject; sp=rejct" + rua, action: dmarc.Publish, want: "v=DMARC1; p=none" + rua},
		{name: "unknown tag", present: "v=DMARC1; p=reject; x=y" + rua, action: dmarc.Publish, want: "v=DMARC1; p=reject" + rua},
		{name: "the rest is kept", present: "v=DMARC1;p=none;psd=n;adkim=s;aspf=s;fo=1;ruf=mailto:f@example.org" + rua, stats: plenty, action: dmarc.Publish, want: "v=DMARC1; p=quarantine; psd=n; t=y; adkim=s; aspf=s" + rua + "; ruf=mailto:f@example.org; fo=1"},

		{name: "no statistics", present: "v=DMARC1; p=none" + rua, action: dmarc.Wait, want: "v=DMARC1; p=quarantine; t=y" + rua, notMet: "Statistics"},
		{name: "empty statistics", present: "v=DMARC1; p=none" + rua, stats: &dmarc.Statistics{}, action: dmarc.Wait, want: "v=DMARC1; p=quarantine; t=y" + rua, notMet: "at least 7 days"},
		{name: "few messages", present: "v=DMARC1; p=none" + rua, stats: &dmarc.Statistics{Days: 90, Messages: 99, Aligned: 99}, action: dmarc.Wait, want: "v=DMARC1; p=quarantine; t=y" + rua, notMet: "at least 100 messages"},
		{name: "few messages, as they always are", present: "v=DMARC1; p=none" + rua, stats: &dmarc.Statistics{Days: 90, Messages: 9, Aligned: 9}, criteria: dmarc.Criteria{Messages: 5}, action: dmarc.Publish, want: "v=DMARC1; p=quarantine; t=y" + rua},
		{name: "no criteria", present: "v=DMARC1; p=none" + rua, stats: &dmarc.Statistics{}, criteria: dmarc.Criteria{Messages: -1, Days: -1}, action: dmarc.Publish, want: "v=DMARC1; p=quarantine; t=y" + rua},
		{name: "own sources fail", present: "v=DMARC1; p=none" + rua, stats: &dmarc.Statistics{Days: 90, Messages: 5000, Aligned: 4000, OwnFailing: 1, Failing: []string{"192.0.2.1", "crm\x1b"}}, action: dmarc.Wait, want: "v=DMARC1; p=quarantine; t=y" + rua, notMet: `They are from 192.0.2.1, crm\027`},
		{name: "own sources are said to fail", present: "v=DMARC1; p=none" + rua, stats: &dmarc.Statistics{Days: 90, Messages: 5000, Aligned: 4000, Failing: []string{"192.0.2.1"}}, action: dmarc.Wait, want: "v=DMARC1; p=quarantine; t=y" + rua, notMet: "192.0.2.1"},
		{name: "a few own failures are put up with", present: "v=DMARC1; p=none" + rua, stats: &dmarc.Statistics{Days: 90, Messages: 5000, Aligned: 4000, OwnFailing: 3, Failing: []string{"192.0.2.1"}}, criteria: dmarc.Criteria{OwnFailing: 3}, action: dmarc.Publish, want: "v=DMARC1; p=quarantine; t=y" + rua},
		{name: "numbers that cannot be", present: "v=DMARC1; p=none" + rua, stats: &dmarc.Statistics{Days: 90, Messages: 5000, Aligned: 6000}, action: dmarc.Wait, want: "v=DMARC1; p=quarantine; t=y" + rua, notMet: "agree"},
		{name: "negative numbers", present: "v=DMARC1; p=none" + rua, stats: &dmarc.Statistics{Days: 90, Messages: 5000, OwnFailing: -1}, action: dmarc.Wait, want: "v=DMARC1; p=quarantine; t=y" + rua, notMet: "agree"},
		{name: "much own mail fails", present: "v=DMARC1; p=reject" + rua, stats: &dmarc.Statistics{Days: 3, Messages: 100, Aligned: 80, OwnFailing: 20}, action: dmarc.Publish, want: "v=DMARC1; p=reject; t=y" + rua, weakens: true},
		{name: "much of little own mail fails", present: "v=DMARC1; p=reject" + rua, stats: &dmarc.Statistics{Days: 3, Messages: 10, Aligned: 8, OwnFailing: 2}, action: dmarc.Done, want: "v=DMARC1; p=reject" + rua},
		{name: "numbers that cannot be weaken nothing", present: "v=DMARC1; p=reject" + rua, stats: &dmarc.Statistics{Days: 3, Messages: 100, Aligned: 100, OwnFailing: 20}, action: dmarc.Done, want: "v=DMARC1; p=reject" + rua},
		{name: "much own mail fails, in a test", present: "v=DMARC1; p=reject; t=y" + rua, stats: &dmarc.Statistics{Days: 90, Messages: 100, Aligned: 80, OwnFailing: 20}, action: dmarc.Wait, want: "v=DMARC1; p=reject" + rua, notMet: "20 messages fail"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			step := dmarc.Rollout(dmarc.RolloutRequest{
				Domain: "Example.ORG.", Record: tt.present, Inherited: tt.inherited, Reports: tt.reports, Statistics: tt.stats, Criteria: tt.criteria,
			})
			require.Equal(t, tt.action, step.Action, "%+v", step)
			require.Equal(t, tt.want, step.Record)
			require.Equal(t, "_dmarc.example.org", step.Name)
			require.NotEmpty(t, step.Reason)
			require.Equal(t, tt.weakens, len(step.Weakens) > 0)
			notMet := ""
			for _, c := range step.Conditions {
				require.NotEmpty(t, c.Text)
				if c.State == dmarc.NotMet {
					notMet += c.Text + "\n"
				}
			}
			require.Equal(t, tt.action == dmarc.Wait, notMet != "")
			require.Contains(t, notMet, tt.notMet)
			if step.Record != "" {
				require.Equal(t, `_dmarc.example.org. IN TXT "`+step.Record+`"`, step.Zone)
			}
			data, err := json.Marshal(step)
			require.NoError(t, err)
			var back dmarc.RolloutStep
			require.NoError(t, json.Unmarshal(data, &back))
			require.Equal(t, step, back)
		})
	}
}

func TestRolloutOfNoDomain(t *testing.T) {
	for _, domain := range []string{"", ".", "a..b", "[192.0.2.1]", "a b.example", "user@example.org", strings.Repeat("a.", 125) + "a"} {
		step := dmarc.Rollout(dmarc.RolloutRequest{Domain: domain, Record: "v=DMARC1; p=none"})
		require.Equal(t, dmarc.Impossible, step.Action)
		require.Empty(t, step.Record)
		require.NotEmpty(t, step.Reason)
	}
}

// TestRolloutArrives takes each step until there is none left, from any record.
func TestRolloutArrives(t *testing.T) {
	for _, present := range rolloutRecords() {
		record := present
		for n := 0; ; n++ {
			require.Less(t, n, 12, "%s never arrives", present)
			step := dmarc.Rollout(dmarc.RolloutRequest{Domain: "example.org", Record: record, Statistics: plenty})
			if step.Action == dmarc.Done {
				require.Regexp(t, `^v=DMARC1; p=reject;( sp=reject;)?( np=reject;)? rua=mailto:`, step.Record)
				break
			}
			require.Equal(t, dmarc.Publish, step.Action)
			require.NotEqual(t, record, step.Record)
			record = step.Record
		}
	}
}

// rolloutRecords are all combinations of what a rollout looks at.
func rolloutRecords() (out []string) {
	policies := []string{"", "none", "quarantine", "reject", "bogus"}
	for _, p := range policies {
		for _, sp := range policies {
			for _, np := range policies {
				for _, rest := range []string{"", "; t=y", "; pct=0", "; pct=50", "; rua=mailto:d@example.org", "; t=y; rua=mailto:d@example.org", "; pct=50; rua=mailto:d@example.org!1m"} {
					record := "v=DMARC1"
					for i, v := range []string{p, sp, np} {
						if v != "" {
							record += "; " + []string{"p", "sp", "np"}[i] + "=" + v
						}
					}
					out = append(out, record+rest)
				}
			}
		}
	}
	return out
}

// TestRolloutNeverWeakens compares what receivers apply before and after, for all
// three of whom a record speaks.
func TestRolloutNeverWeakens(t *testing.T) {
	applied := func(t *testing.T, record string, s dmarc.Scope) dmarc.Policy {
		rec, err := dmarc.Parse(record)
		require.NoError(t, err)
		p, _ := rec.PolicyFor(s)
		if rec.Testing {
			p = p.Lower()
		}
		return p
	}
	bad := &dmarc.Statistics{Days: 90, Messages: 1000, Aligned: 500, OwnFailing: 500}
	weakened := 0
	for _, present := range rolloutRecords() {
		for _, stats := range []*dmarc.Statistics{nil, plenty, week, bad} {
			step := dmarc.Rollout(dmarc.RolloutRequest{Domain: "example.org", Record: present, Statistics: stats})
			rec, err := dmarc.Parse(step.Record)
			require.NoError(t, err)
			if !strings.Contains(step.Record, "pct=") { // It stays until there are reports, and in a step back.
				require.Empty(t, rec.Findings, "%s -> %s", present, step.Record)
			} else {
				require.True(t, stats == bad || !strings.Contains(present, "rua="), "%s -> %s", present, step.Record)
			}
			weaker, stronger := 0, 0
			for _, s := range []dmarc.Scope{dmarc.ScopeDomain, dmarc.ScopeSubdomain, dmarc.ScopeNonexistent} {
				switch applied(t, step.Record, s).Compare(applied(t, present, s)) {
				case -1:
					weaker++
				case 1:
					if applied(t, step.Record, s) != dmarc.PolicyNone {
						stronger++
					}
				}
			}
			require.Len(t, step.Weakens, weaker, "%s -> %s", present, step.Record)
			weakened += weaker
			if stats == nil && step.Action == dmarc.Publish {
				require.Zero(t, stronger, "without statistics: %s -> %s", present, step.Record)
			}

			// What is proposed has no error when it is published.
			rep := reportIn(t, step.Record, dmarc.DomainRequest{Domain: "example.org"})
			require.Less(t, rep.Findings.Worst(), mailworthy.Error, "%s: %+v", step.Record, rep.Findings)
		}
	}
	require.NotZero(t, weakened, "the steps back are among them")
}

// TestReportRollout starts from what a check found. What is unknown is no absence.
func TestReportRollout(t *testing.T) {
	for _, tt := range []struct {
		name, domain, zone string
		action             dmarc.RolloutAction
		record             string
	}{
		{name: "no record", action: dmarc.Publish, record: "v=DMARC1; p=none; rua=mailto:dmarc-reports@example.org"},
		{name: "a record", zone: "v=DMARC1; p=quarantine; t=y; rua=mailto:d@example.org", action: dmarc.Publish, record: "v=DMARC1; p=quarantine; rua=mailto:d@example.org"},
		{name: "inherited", domain: "a.example.org", zone: reports, action: dmarc.Done},
		{name: "several", zone: reports + "\nv=DMARC1; p=none", action: dmarc.Wait},
		{name: "unknown", zone: atDMARC + " TXT !timeout", action: dmarc.Wait},
		{name: "unknown whether it inherits", domain: "a.example.org", zone: atDMARC + " TXT !timeout", action: dmarc.Wait},
		{name: "no domain", domain: "a..b", action: dmarc.Impossible},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := domainCase{domain: tt.domain}.request()
			step := reportIn(t, tt.zone, req).Rollout(plenty)
			require.Equal(t, tt.action, step.Action)
			require.Equal(t, tt.record, step.Record)
			require.NotEmpty(t, step.Reason)
		})
	}
}

// TestRolloutStepsBackFromPercent: a record that hits much of the domain's own mail is
// weakened first. What older receivers spare by pct= they go on sparing.
func TestRolloutStepsBackFromPercent(t *testing.T) {
	const present = "v=DMARC1; p=reject; rua=mailto:d@example.org; pct=10"
	bad := &dmarc.Statistics{Days: 60, Messages: 5000, Aligned: 2000, OwnFailing: 3000, Failing: []string{"mail.example.org"}}
	step := dmarc.Rollout(dmarc.RolloutRequest{Domain: "example.org", Record: present, Statistics: bad})
	require.Equal(t, dmarc.Publish, step.Action)
	require.Equal(t, "v=DMARC1; p=reject; t=y; rua=mailto:d@example.org; pct=10", step.Record)
	require.Equal(t, dmarc.Quarantine, step.Next)
	require.Contains(t, step.Reason, "They are from mail.example.org.")
	require.NotEmpty(t, step.Weakens)

	again := dmarc.Rollout(dmarc.RolloutRequest{Domain: "example.org", Record: step.Record, Statistics: bad})
	require.Equal(t, dmarc.Wait, again.Action, "there is nothing more to step back from")
}

// TestRolloutOfASubdomainAlone: a record there splits it off from the rest, unless there
// is one above.
func TestRolloutOfASubdomainAlone(t *testing.T) {
	for _, tt := range []struct {
		name      string
		domain    string
		inherited dmarc.Policy
		want      bool
	}{
		{name: "nothing above", domain: "mail.example.org", want: true},
		{name: "a record above", domain: "mail.example.org", inherited: dmarc.PolicyNone},
		{name: "the organisation itself", domain: "example.co.uk"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			step := dmarc.Rollout(dmarc.RolloutRequest{Domain: tt.domain, Inherited: tt.inherited})
			require.Equal(t, dmarc.Publish, step.Action)
			found := false
			for _, c := range step.Conditions {
				found = found || strings.Contains(c.Text, "an organisation of its own")
			}
			require.Equal(t, tt.want, found)
		})
	}
}
