package main

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/mailworthy/mailworthy/dmarc"
)

// printDMARC writes who gets which policy, and where reports go, or what was made of
// a message.
func printDMARC(b *strings.Builder, d *dmarcDetails) {
	if d.Report != nil {
		printPolicies(b, d.Report)
		printDestinations(b, d.Report.Destinations)
	}
	if d.Reports != nil {
		printReports(b, d.Reports)
	}
	for i := range d.Messages {
		printVerdict(b, &d.Messages[i])
	}
}

// printPolicies writes a line for the domain, and for each kind of name below it.
func printPolicies(b *strings.Builder, rep *dmarc.Report) {
	if rep.Record == nil && rep.Status != dmarc.TempError {
		return
	}
	rows := [][2]string{{domainText(rep.Domain), effectText(rep.Own)}}
	for _, e := range rep.Subdomains {
		rows = append(rows, [2]string{domainText(e.Domain), effectText(e)})
	}
	rows = append(rows, [2]string{"subdomains that exist", effectText(rep.Existing)}, [2]string{"names that nobody uses", effectText(rep.Missing)})
	printRows(b, rows)
}

// effectText says what applies, and why.
func effectText(e dmarc.Effect) string {
	switch e.Status {
	case dmarc.TempError:
		return "unknown"
	case dmarc.None:
		return "nothing"
	}
	text := string(e.Applied)
	if e.Applied != e.Policy {
		text += ", a step below " + string(e.Policy)
	}
	return text + ", by " + e.Tag + "= of " + domainText(e.RecordDomain)
}

// printDestinations writes a line for each address that reports go to.
func printDestinations(b *strings.Builder, all []dmarc.Destination) {
	rows := make([][2]string, 0, len(all))
	for i := range all {
		d := &all[i]
		text := strings.ReplaceAll(string(d.Delivery), "-", " ")
		if d.External {
			text += ", a domain of others"
		}
		rows = append(rows, [2]string{string(d.Kind) + " " + shorten(escape(strings.TrimPrefix(d.URI, "mailto:")), widestText), text})
	}
	printRows(b, rows)
}

func printRows(b *strings.Builder, rows [][2]string) {
	widest := 0
	for _, row := range rows {
		widest = max(widest, utf8.RuneCountInString(row[0]))
	}
	if len(rows) > 0 {
		b.WriteByte('\n')
	}
	for _, row := range rows {
		line := margin + pad(row[0], widest) + "  "
		wrap(b, line, strings.Repeat(" ", min(utf8.RuneCountInString(line), 40)), row[1])
	}
}

// printVerdict writes what was authenticated, and what it is worth.
func printVerdict(b *strings.Builder, v *dmarcVerdict) {
	b.WriteByte('\n')
	if v.IP.IsValid() {
		wrap(b, margin, margin+"  ", strings.TrimSpace(v.IP.String()+" "+escape(v.Name))+": "+verdictText(v.Result))
	}
	for i := range v.Result.Identifiers {
		id := &v.Result.Identifiers[i]
		aligned := "not aligned"
		if id.Aligned {
			aligned = "aligned"
		}
		text := fmt.Sprintf("%-4s  %-9s %s", id.Method, id.Status, cmp.Or(domainText(id.Domain), "?"))
		if id.Selector != "" {
			text += " (s=" + domainText(id.Selector) + ")"
		}
		wrap(b, margin, margin+"  ", text+": "+aligned+", since "+reasonText[id.Reason])
	}
	wrap(b, margin, margin+"  ", "In Authentication-Results: "+escape(v.Result.AuthenticationResults()))
}

var reasonText = map[dmarc.Reason]string{
	dmarc.ReasonEqual:        "it is the domain in From",
	dmarc.ReasonOrganization: "it is of the same organisation as the domain in From",
	dmarc.ReasonNotPass:      "it did not pass",
	dmarc.ReasonOther:        "it belongs to another organisation",
	dmarc.ReasonStrict:       "it is not the very same, as the record demands",
	dmarc.ReasonUnknown:      "DNS did not tell",
	dmarc.ReasonLimit:        "there are too many",
	dmarc.ReasonHELO:         "it is the name in HELO",
	dmarc.ReasonBadDomain:    "it is no domain name",
	dmarc.ReasonNoPolicy:     "no policy applies",
}

// printNext writes the next step to a stronger policy, and what must hold before.
// Where there is no record, a finding has said which to publish.
func printNext(b *strings.Builder, d *dmarcDetails) {
	step := d.Next
	if step == nil || step.Record == "" || step.Action == dmarc.Done || d.Report.Record == nil {
		return
	}
	b.WriteByte('\n')
	label := "The next step, to publish now: "
	if step.Action == dmarc.Wait {
		label = "The next step, when it is safe: "
	}
	wrap(b, margin, margin, label+step.Reason)
	b.WriteString(margin + escape(step.Zone) + "\n")
	for _, c := range step.Conditions {
		if c.State != dmarc.Met {
			wrap(b, margin+"- ", margin+"  ", c.Text)
		}
	}
}
