package report_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"

	"github.com/mailworthy/mailworthy/dmarc/report"
)

// The input may as well be a mail, as it comes from the mailbox of rua=, or an archive.
func ExampleParse() {
	for rep, err := range report.Parse(strings.NewReader(doc), report.Options{}) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(rep.Metadata.OrgName, "on", rep.Policy.Domain, "with p="+rep.Policy.P)
		for row, err := range rep.Rows() {
			if err != nil {
				fmt.Println(err) // The rows before it are good.
				break
			}
			fmt.Println(row.Count, "from", row.SourceIP, row.Evaluated.Verdict())
		}
	}
	// Output:
	// receiver.example on example.org with p=none
	// 12 from 192.0.2.1 pass
}

// Whose a source is, usually comes from the domain's SPF record: what spf.Policy
// covers by the record itself is the domain's own, and what it covers by an include is
// a vendor's.
func ExampleEvaluate() {
	own := netip.MustParsePrefix("192.0.2.0/24")
	sum := report.Summary{Classify: func(_ string, source netip.Addr) report.Origin {
		if own.Contains(source) {
			return report.Origin{Class: report.Own}
		}
		return report.Origin{Class: report.Unknown}
	}}
	unsigned := strings.NewReplacer("<dkim>pass", "<dkim>fail", "<result>pass", "<result>fail").Replace(doc)
	for _, file := range []string{unsigned, unsigned, strings.ReplaceAll(doc, "17001", "17002")} {
		for rep, err := range report.Parse(strings.NewReader(file), report.Options{}) {
			if err == nil {
				err = sum.Add(rep)
			}
			if err != nil {
				fmt.Println(err)
			}
		}
	}
	fmt.Println("reports:", sum.Reports, "sent twice:", sum.Duplicates)

	for _, d := range report.Evaluate(report.Request{Domains: []string{"example.org"}}, &sum).Domains {
		fmt.Println(d.Domain, d.Numbers.Messages, "messages, own that fail:", d.Numbers.FailOwn)
		for _, f := range d.Findings {
			fmt.Println(f.Severity, f.Code, f.Subject)
		}
	}
	// Output:
	// reports: 2 sent twice: 1
	// example.org 24 messages, own that fail: 12
	// error dmarc.report.own-fails 192.0.2.1
	// warning dmarc.report.dkim-only 192.0.2.1
	// info dmarc.report.overridden example.org
}

// A report is added as a whole or not at all, and once: reporters send some twice, and one
// that was cut short comes again.
func ExampleSummary_Add() {
	var sum report.Summary
	for _, file := range []string{doc, doc, strings.ReplaceAll(doc, "17001", "17002")[:len(doc)-30]} {
		for rep, err := range report.Parse(strings.NewReader(file), report.Options{}) {
			if err == nil {
				err = sum.Add(rep)
			}
			if err != nil {
				fmt.Println(err)
			}
		}
	}
	fmt.Println("reports:", sum.Reports, "sent twice:", sum.Duplicates)
	fmt.Println("messages:", sum.Domains["example.org"].Messages)
	// Output:
	// report: cut short: unexpected EOF
	// reports: 1 sent twice: 1
	// messages: 12
}

// The rows are summed up and looked at in one pass, without holding them.
func ExampleSummary_AddRows() {
	var sum report.Summary
	for rep, err := range report.Parse(strings.NewReader(doc), report.Options{}) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		err = sum.AddRows(rep, func(yield func(report.Row, error) bool) {
			for row, err := range rep.Rows() {
				if err == nil {
					fmt.Println("for the archive:", row.SourceIP, row.HeaderFrom, row.Count)
				}
				if !yield(row, err) {
					return
				}
			}
		})
		fmt.Println("reports:", sum.Reports, err)
	}
	// Output:
	// for the archive: 192.0.2.1 example.org 12
	// reports: 1 <nil>
}

func ExampleSummary_Merge() {
	var monday, tuesday report.Summary
	for sum, file := range map[*report.Summary]string{&monday: doc, &tuesday: strings.ReplaceAll(doc, "17001", "17002")} {
		for rep, err := range report.Parse(strings.NewReader(file), report.Options{}) {
			if err == nil {
				err = sum.Add(rep)
			}
			if err != nil {
				fmt.Println(err)
			}
		}
	}
	stored, _ := json.Marshal(monday)

	var week report.Summary
	_ = json.Unmarshal(stored, &week)
	week.Merge(&tuesday)
	fmt.Println(week.Reports, "reports,", week.Domains["example.org"].Messages, "messages")
	// Output:
	// 2 reports, 24 messages
}

func ExampleParseFailure() {
	f, err := report.ParseFailure(strings.NewReader(arfMail(arf, failed)), report.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f.AuthFailure, "failed for", f.Incidents, "messages from", f.SourceIP)
	fmt.Println("not aligned:", f.Unaligned)
	fmt.Println(f.Original.From, f.Original.Subject)
	// Output:
	// dmarc failed for 3 messages from 192.0.2.2
	// not aligned: [dkim spf]
	// Alice <alice@example.org> Hello there
}
