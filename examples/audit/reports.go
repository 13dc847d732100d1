package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy/dmarc"
	dmarcreport "github.com/mailworthy/mailworthy/dmarc/report"
	"github.com/mailworthy/mailworthy/spf"
)

// reportFile is a file with aggregate reports.
type reportFile struct {
	fsys fs.FS
	name string
}

// findReports reads the flag -reports: files, and directories with files.
func findReports(list []string) (files []reportFile, err error) {
	for _, name := range list {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, reportFile{os.DirFS(filepath.Dir(name)), filepath.Base(name)})
			continue
		}
		more, err := reportsIn(os.DirFS(name), ".")
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	return files, nil
}

// reportsIn are the files of a directory, without those below it.
func reportsIn(fsys fs.FS, dir string) (files []reportFile, err error) {
	entries, err := fs.ReadDir(fsys, dir)
	for _, e := range entries {
		if !e.IsDir() {
			files = append(files, reportFile{fsys, path.Join(dir, e.Name())})
		}
	}
	return files, err
}

// reportDetails is what receivers reported on the mail of a domain.
type reportDetails struct {
	// Numbers are of messages: what they are, of whom, and what became of them.
	Numbers dmarcreport.Numbers `json:"numbers"`
	// Sources are the services, and the addresses of others, most messages first.
	Sources []sourceTotal `json:"sources"`
	// Statistics are what the next step rests on.
	Statistics dmarc.Statistics `json:"statistics"`
}

// sourceTotal is what came from an address, or from all those of a service.
type sourceTotal struct {
	Name  string            `json:"name"`
	Class dmarcreport.Class `json:"class"`
	dmarcreport.Counts
}

// auditReports adds up what the reports say on a domain, whose SPF policy tells whose a
// source is. It returns nil when they say nothing.
func (s *section) auditReports(ctx context.Context, opts options, of subject, rep dmarc.Report, policy spf.Report) *reportDetails {
	who := classifier{compiled: policy.Compile(), domain: rep.Domain, senders: of.Senders}
	if !opts.reported {
		return nil
	}
	saw := opts.see.received(ctx, opts, rep.Domain, who.origin)
	s.Facts = append(s.Facts, saw.Problems...)
	if policy.Findings.Has(spf.CodeDNSFailure) {
		s.miss(1, 2) // Whose a source is rests on it.
	}
	if policy.Findings.Has(spf.CodeDNSFailure) {
		s.miss(1, 2) // Whose a source is rests on it.
	}
	domain := saw.Summary.Domains[rep.Domain]
	if domain == nil {
		s.Facts = append(s.Facts, "None of the reports is about "+domainText(rep.Domain)+".")
		return nil
	}
	res := dmarcreport.Evaluate(dmarcreport.Request{Domains: []string{rep.Domain}}, saw.Summary).Domains[0]
	s.add(res.Findings)
	d := &reportDetails{Numbers: res.Numbers, Sources: sourcesOf(domain)}
	d.Statistics = statistics(res.Numbers, d.Sources)
	return d
}

// received adds up what the files with reports say on a domain.
func (s *sight) received(ctx context.Context, opts options, domain string, origin func(string, netip.Addr) dmarcreport.Origin) reportsSeen {
	saw := look(s, &s.reports, "the reports", domain, func() reportsSeen {
		sum := &dmarcreport.Summary{Classify: origin}
		var problems []string
		for _, file := range opts.reports {
			if err := file.addTo(ctx, sum, domain); err != nil {
				problems = append(problems, "Not all of "+escape(file.name)+" was read: "+err.Error())
			}
		}
		return reportsSeen{sum, problems}
	})
	if saw.Summary == nil {
		saw.Summary = new(dmarcreport.Summary)
	}
	return saw
}

// addTo adds the reports of a file that are about a domain.
func (f reportFile) addTo(ctx context.Context, sum *dmarcreport.Summary, domain string) error {
	file, err := f.fsys.Open(f.name)
	if err != nil {
		return err
	}
	defer file.Close()
	var all error
	for rep, err := range dmarcreport.Parse(ended{ctx, file}, dmarcreport.Options{}) {
		if err == nil && (rep.Policy.Domain == domain || rep.Policy.Domain == "") {
			err = sum.Add(rep)
		}
		all = errors.Join(all, err)
	}
	return all
}

// ended is a reader that ends with the audit.
type ended struct {
	ctx context.Context
	io.Reader
}

func (e ended) Read(b []byte) (int, error) {
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	return e.Reader.Read(b)
}

// classifier tells whose an address is: those that were named are the domain's own, and
// so are those that its SPF record names itself. Those of an include are a service's.
type classifier struct {
	compiled *spf.Policy
	domain   string
	senders  []sender
}

func (c classifier) origin(_ string, ip netip.Addr) dmarcreport.Origin {
	cover := c.compiled.Covers(ip)
	mechanism := strings.ToLower(strings.TrimLeft(cover.By.Term, "+"))
	passes := cover.Status == spf.Pass && mechanism != "all" // Which proves nothing.
	if passes && cover.Vendor != "" {
		return dmarcreport.Origin{Class: dmarcreport.Vendor, Name: cover.Vendor}
	}
	for _, s := range c.senders {
		if s.IP == ip {
			return dmarcreport.Origin{Class: dmarcreport.Own, Name: s.Name}
		}
	}
	switch holder := cover.By.Domain; {
	case !passes || cover.Open:
		return dmarcreport.Origin{Class: dmarcreport.Unknown}
	case holder == c.domain || strings.HasSuffix(holder, "."+c.domain):
		return dmarcreport.Origin{Class: dmarcreport.Own}
	default:
		return dmarcreport.Origin{Class: dmarcreport.Vendor, Name: cmp.Or(outermost(cover.By.Chain), holder)}
	}
}

// outermost is the domain that a chain of includes leads to first.
func outermost(chain []spf.Hop) string {
	if len(chain) < 2 {
		return ""
	}
	return chain[1].Domain
}

// sourcesOf lists the sources of a domain, those of a service as one.
func sourcesOf(d *dmarcreport.Domain) []sourceTotal {
	all := make(map[string]*sourceTotal)
	add := func(place string, s *dmarcreport.Source) {
		name := place
		switch {
		case s.Class == dmarcreport.Vendor:
			name = s.Name
		case s.Name != "":
			name += " " + s.Name
		}
		key := string(s.Class) + " " + name
		t := all[key]
		if t == nil {
			t = &sourceTotal{Name: name, Class: s.Class}
			all[key] = t
		}
		t.Messages += s.Messages
		t.Pass += s.Pass
		t.Fail += s.Fail
		t.SPFAligned += s.SPFAligned
		t.DKIMAligned += s.DKIMAligned
		t.NoAction += s.NoAction
		t.Quarantined += s.Quarantined
		t.Rejected += s.Rejected
	}
	for ip, s := range d.Sources {
		add(ip.String(), s)
	}
	for network, s := range d.Networks {
		add(network.String(), s)
	}
	if d.Others != nil {
		add("others", d.Others)
	}
	list := make([]sourceTotal, 0, len(all))
	for t := range maps.Values(all) {
		list = append(list, *t)
	}
	slices.SortFunc(list, func(a, b sourceTotal) int {
		return cmp.Or(cmp.Compare(b.Messages, a.Messages), strings.Compare(a.Name, b.Name))
	})
	return list
}

// statistics is what the plan of a roll-out asks for.
func statistics(n dmarcreport.Numbers, sources []sourceTotal) dmarc.Statistics {
	whole := func(n uint64) int { return int(min(n, math.MaxInt32)) } //nolint:gosec // It fits.
	s := dmarc.Statistics{
		Days: n.Days, Messages: whole(n.Messages), Aligned: whole(n.Pass),
		OwnFailing: whole(n.FailOwn) + whole(n.FailVendor), UnknownFailing: whole(n.FailUnknown),
	}
	for _, t := range sources {
		switch {
		case t.Fail == 0:
		case t.Class == dmarcreport.Unknown:
			s.UnknownSources++
		default:
			s.Failing = append(s.Failing, t.Name)
		}
	}
	return s
}

// maxSources is how many sources are shown one by one.
const maxSources = 8

// printReports writes who sent how much, and what of it passed.
func printReports(b *page, d *reportDetails) {
	n := d.Numbers
	b.WriteByte('\n')
	b.wrap(margin, margin+"  ", fmt.Sprintf("%s from %s, on %s of %s:",
		many(n.Reports, "report", "reports"), many(uint64(n.Reporters), "receiver", "receivers"), //nolint:gosec // A length.
		many(n.Messages, "message", "messages"), many(uint64(n.Days), "day", "days"))) //nolint:gosec // A length.
	rows := make([][]string, 0, maxSources+1)
	for _, t := range d.Sources[:min(len(d.Sources), maxSources)] {
		rows = append(rows, []string{shorten(escape(t.Name), widestText), string(t.Class), number(t.Messages), passText(t.Counts)})
	}
	if more := len(d.Sources) - maxSources; more > 0 {
		rows = append(rows, []string{fmt.Sprintf("and %d more", more), "", "", ""})
	}
	b.table(2, rows...)
}

// passText says what of some messages passed.
func passText(c dmarcreport.Counts) string {
	switch {
	case c.Pass == c.Messages:
		return "all pass"
	case c.Fail == c.Messages:
		return "all fail"
	}
	text := number(c.Pass) + " pass, " + number(c.Fail) + " fail"
	if open := c.Undecided(); open > 0 {
		text += ", " + number(open) + " undecided"
	}
	return text
}
