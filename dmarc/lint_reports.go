package dmarc

import (
	"strconv"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
)

// destinations is about where reports go.
func (l *linter) destinations() {
	type told struct {
		code mailworthy.Code
		what string
	}
	done := make(map[told]bool)
	notExamined := l.s.uris - len(l.s.listed)
	for i := range l.s.listed {
		dest, d := &l.s.listed[i], &l.s.details[i]
		if dest.Delivery == NotExamined {
			notExamined++
			continue
		}
		for _, f := range l.destination(dest, d) {
			// Several addresses at one host share its troubles.
			key := told{f.Code, f.Subject}
			if !done[key] {
				done[key] = true
				l.out = append(l.out, f)
			}
		}
	}
	l.duplicates()
	if notExamined > 0 {
		l.add(domainFinding(CodeNotExamined, l.s.own.record.name),
			"The record names "+strconv.Itoa(l.s.uris)+" addresses for reports, of which "+strconv.Itoa(notExamined)+" are not examined. Receivers serve only a few, too.",
			"Leave one or two, and pass the reports on from there.", l.record())
	}
}

// duplicates is about addresses that stand twice.
func (l *linter) duplicates() {
	type address struct {
		kind ReportKind
		uri  string
	}
	seen := make(map[address]int)
	for _, dest := range l.s.listed {
		key := address{dest.Kind, dest.URI}
		if seen[key]++; seen[key] == 2 {
			l.add(domainFinding(CodeReportDuplicate, l.s.own.record.name), dest.URI+" stands twice in "+string(dest.Kind)+"=.",
				"Remove one of them: "+quoted(l.mended(func(r *Record) { r.Aggregate, r.Failure = union(nil, r.Aggregate), union(nil, r.Failure) })), l.record())
		}
	}
}

// destination says what is wrong with one.
func (l *linter) destination(dest *Destination, d *detail) mailworthy.Findings {
	var out mailworthy.Findings
	find := func(code mailworthy.Code, subject, message, remedy string, evidence ...string) {
		f := domainFinding(code, subject)
		f.Message, f.Remedy, f.Evidence = message, remedy, append([]string{l.record()}, evidence...)
		out = append(out, f)
	}
	if dest.Host == "" {
		find(CodeReportScheme, dest.URI, dest.URI+" is no mailto: address. Receivers are only bound to send reports by mail.", "Name a mailbox: mailto:mailbox@domain.")
		return out
	}
	owner := l.s.own.record.domain()
	proof := resolver.Q(dest.Authorization, resolver.TypeTXT)
	if dest.Delivery == NotAuthorized {
		switch {
		case d.tooLong:
			find(CodeReportNameTooLong, dest.Host, "Reports to "+dest.Host+" would have to be authorized at a name of more than 253 octets, which cannot exist. Receivers send none.",
				"Use an address in "+owner+" itself.", owner+authorizationLabels+dest.Host)
		case len(d.foreign) > 0:
			find(CodeReportOverride, dest.Host, dest.Host+" authorizes reports about "+owner+", but wants them at another host. Receivers then send them to neither.",
				"Whoever runs "+dest.Host+" has to name addresses there, or none: the TXT record "+quoted(version)+" at "+dest.Authorization+" is enough.", saw(proof, d.proof)...)
		default:
			find(CodeReportNotAuthorized, dest.Host, dest.Host+" does not say that it wants reports about "+owner+". Receivers send it none.",
				"Whoever runs "+dest.Host+" has to publish the TXT record "+quoted(version)+" at "+dest.Authorization+
					" or, to take reports about all domains, at *"+authorizationLabels+dest.Host+". Otherwise use an address in "+owner+".",
				saw(proof, d.proof)...)
		}
	}
	if d.reachable() == Unreachable {
		message := dest.Host + " has neither MX nor address records, so reports to it cannot be delivered."
		evidence := append(saw(resolver.Q(dest.Host, resolver.TypeMX), resolver.Answer{Status: d.mx.Status}),
			append(saw(resolver.Q(dest.Host, resolver.TypeA), d.a), saw(resolver.Q(dest.Host, resolver.TypeAAAA), d.a6)...)...)
		if len(d.mx.MX) > 0 {
			message = dest.Host + " says by a null MX that it receives no mail, so reports to it cannot be delivered."
			evidence = []string{dest.Host + " MX 0 ."}
		}
		find(CodeReportUnreachable, dest.Host, message, "Use an address whose domain receives mail, or publish MX records for "+dest.Host+".", evidence...)
	}
	if len(dest.Instead) > 0 && dest.Delivery != NotAuthorized {
		find(CodeReportRedirected, dest.Host, dest.Host+" has the reports about "+owner+" sent to "+dest.Instead[0]+".", "Nothing has to be done.", saw(proof, d.proof)...)
	}
	return out
}
