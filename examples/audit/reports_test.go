package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc"
	dmarcreport "github.com/mailworthy/mailworthy/dmarc/report"
)

const reportsZone = `
	$TTL 3600
	good.example        TXT "v=spf1 mx ip4:192.0.2.0/28 include:_spf.good.example include:mail.zendesk.com include:other.example -all"
	good.example        MX 1 mx.good.example
	mx.good.example     A 192.0.2.100
	_spf.good.example   TXT "v=spf1 ip4:192.0.2.32/28 -all"
	mail.zendesk.com    TXT "v=spf1 ip4:198.51.100.0/28 -all"
	other.example       TXT "v=spf1 include:deep.example -all"
	deep.example        TXT "v=spf1 ip4:203.0.113.0/28 -all"
	_dmarc.good.example TXT "v=DMARC1; p=none; rua=mailto:dmarc@good.example"
	open.example        TXT "v=spf1 +all"
	open.example        MX 1 mx.good.example
	_dmarc.open.example TXT "v=DMARC1; p=none; rua=mailto:dmarc@open.example"
`

// aReport is one of a day, with rows of an address, a number and a result each.
func aReport(domain string, day int, rows ...string) string {
	begin := 1759276800 + 86400*day
	var b strings.Builder
	fmt.Fprintf(&b, `<feedback><report_metadata><org_name>r.example</org_name><email>d@r.example</email><report_id>%d</report_id>`+
		`<date_range><begin>%d</begin><end>%d</end></date_range></report_metadata><policy_published><domain>%s</domain><p>none</p></policy_published>`,
		day, begin, begin+86399, domain)
	for _, r := range rows {
		f := strings.Fields(r)
		fmt.Fprintf(&b, `<record><row><source_ip>%s</source_ip><count>%s</count><policy_evaluated><disposition>none</disposition><dkim>%s</dkim><spf>%s</spf></policy_evaluated></row>`+
			`<identifiers><header_from>%s</header_from></identifiers><auth_results><dkim><domain>%s</domain><selector>s</selector><result>%s</result></dkim>`+
			`<spf><domain>%s</domain><scope>mfrom</scope><result>%s</result></spf></auth_results></record>`, f[0], f[1], f[2], f[2], domain, domain, f[2], domain, f[2])
	}
	return b.String() + "</feedback>"
}

// auditReports audits a domain with reports in a directory of files.
func auditReportsOf(t *testing.T, domain string, files map[string]string, args ...string) section {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "below"), 0o700))
	code, out, errs := runAudit(t, append(args, "-json", "-zone", zoneFile(t, reportsZone), "-reports", dir, domain)...)
	require.Zero(t, code, errs)
	var reports []report
	require.NoError(t, json.Unmarshal([]byte(out), &reports))
	for _, s := range reports[0].Sections {
		if s.Check == "DMARC" {
			return s
		}
	}
	require.Fail(t, "no such section")
	return section{}
}

func TestReports(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(aReport("good.example", 1, "192.0.2.33 5 pass", "198.51.100.2 6 fail", "203.0.113.9 1 pass")))
	require.NoError(t, z.Close())
	s := auditReportsOf(t, "Good.Example", map[string]string{
		"a.xml":     aReport("good.example", 0, "192.0.2.1 10 pass", "192.0.2.100 20 pass", "198.51.100.1 30 pass", "203.0.113.1 40 pass", "192.0.2.200 50 fail", "192.0.2.201 7 pass"),
		"b.xml.gz":  packed.String(),
		"again.eml": "From: r@r.example\r\nContent-Type: application/gzip\r\n\r\n" + packed.String(),
		"other.xml": aReport("open.example", 0, "192.0.2.1 1000 fail"),
		"cut.xml":   aReport("good.example", 2, "192.0.2.1 1000 fail")[:700],
		"notes.txt": "\x1b[31mnothing",
	}, "-ip", "cron=192.0.2.201")
	require.Equal(t, []sourceTotal{
		{Name: "192.0.2.200", Class: dmarcreport.Unknown, Counts: countsOf(50, false)},
		{Name: "other.example", Class: dmarcreport.Vendor, Counts: countsOf(41, true)},
		{Name: "Zendesk", Class: dmarcreport.Vendor, Counts: mixed(30, 6)},
		{Name: "192.0.2.100", Class: dmarcreport.Own, Counts: countsOf(20, true)},
		{Name: "192.0.2.1", Class: dmarcreport.Own, Counts: countsOf(10, true)},
		{Name: "192.0.2.201 cron", Class: dmarcreport.Own, Counts: countsOf(7, true)},
		{Name: "192.0.2.33", Class: dmarcreport.Own, Counts: countsOf(5, true)},
	}, s.DMARC.Reports.Sources)
	require.Equal(t, dmarc.Statistics{
		Days: 2, Messages: 169, Aligned: 113, OwnFailing: 6, Failing: []string{"Zendesk"}, UnknownFailing: 50, UnknownSources: 1,
	}, s.DMARC.Reports.Statistics)
	require.True(t, s.Findings.Has(dmarcreport.CodeVendorFails))
	require.False(t, s.Findings.Has(dmarcreport.CodeForeignDomain), "the others are for another audit")
	facts := strings.Join(s.Facts, "\n")
	require.Contains(t, facts, "Not all of cut.xml was read: report: cut short")
	require.Contains(t, facts, "Not all of notes.txt was read: report: no report in it")
}

func countsOf(n uint64, pass bool) dmarcreport.Counts {
	if pass {
		return dmarcreport.Counts{Messages: n, Pass: n, SPFAligned: n, DKIMAligned: n, NoAction: n}
	}
	return dmarcreport.Counts{Messages: n, Fail: n, NoAction: n}
}

func mixed(pass, fail uint64) dmarcreport.Counts {
	c := countsOf(pass, true)
	c.Messages, c.Fail, c.NoAction = pass+fail, fail, pass+fail
	return c
}

// The next step rests on the reports: with a month of them and no own failures it can be
// taken, and with one failure it waits.
func TestReportsDecide(t *testing.T) {
	month := map[string]string{}
	for day := range 40 {
		month[fmt.Sprintf("%d.xml", day)] = aReport("good.example", day, "192.0.2.1 10 pass", "192.0.2.200 5 fail")
	}
	require.Equal(t, dmarc.Wait, auditReportsOf(t, "good.example", nil).DMARC.Next.Action)
	s := auditReportsOf(t, "good.example", month)
	require.Equal(t, 40, s.DMARC.Reports.Statistics.Days)
	for _, c := range s.DMARC.Next.Conditions {
		require.NotEqual(t, dmarc.NotMet, c.State, c.Text)
	}
	require.Contains(t, s.DMARC.Next.Record, "p=quarantine; t=y")
	month["bad.xml"] = aReport("good.example", 41, "198.51.100.1 1 fail")
	s = auditReportsOf(t, "good.example", month)
	require.Equal(t, dmarc.Wait, s.DMARC.Next.Action)
	text, err := json.Marshal(s.DMARC.Next.Conditions)
	require.NoError(t, err)
	require.Contains(t, string(text), "Zendesk")
}

// A record that lets everybody send says of nobody that he is of the domain.
func TestReportsOpen(t *testing.T) {
	s := auditReportsOf(t, "open.example", map[string]string{"a": aReport("open.example", 0, "192.0.2.1 1000 fail")})
	require.Equal(t, dmarcreport.Unknown, s.DMARC.Reports.Sources[0].Class)
	s = auditReportsOf(t, "open.example", map[string]string{"a": aReport("good.example", 0, "192.0.2.1 1000 fail")})
	require.Nil(t, s.DMARC.Reports)
	require.Contains(t, s.Facts, "None of the reports is about open.example.")
}

// Many sources take few lines, and nothing of theirs reaches the terminal as it is.
func TestReportsText(t *testing.T) {
	var rows []string
	for i := range 200 {
		rows = append(rows, fmt.Sprintf("10.0.%d.1 %d fail", i, 1+i))
	}
	file := filepath.Join(t.TempDir(), "a.xml")
	require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(aReport("good.example", 0, rows...), "<domain>good.example</domain><selector>", "<domain>\x1b[31m&#x1b;[1m</domain><selector>")), 0o600))
	code, out, errs := runAudit(t, "-zone", zoneFile(t, reportsZone), "-reports", file, "good.example")
	require.Zero(t, code, errs)
	require.Contains(t, strings.Join(strings.Fields(out), " "), "1 report from 1 receiver, on 20,100 messages of 1 day: 10.0.199.1 unknown 200 all fail")
	require.Contains(t, out, "and 192 more")
	requireFits(t, out)
	requirePrintable(t, out)
}
