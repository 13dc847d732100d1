package report_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dmarc/report"
)

// The head and the rows of reports as most reporters send them, by RFC 7489.
const (
	head = `<?xml version="1.0" encoding="UTF-8" ?>
<feedback>
  <version>1.0</version>
  <report_metadata>
    <org_name>receiver.example</org_name>
    <email>dmarc@receiver.example</email>
    <extra_contact_info>https://receiver.example/dmarc</extra_contact_info>
    <report_id>17001</report_id>
    <date_range><begin>1763596800</begin><end>1763683199</end></date_range>
  </report_metadata>
  <policy_published>
    <domain>example.org</domain>
    <adkim>r</adkim>
    <aspf>r</aspf>
    <p>none</p>
    <sp>quarantine</sp>
    <pct>100</pct>
    <fo>1</fo>
  </policy_published>
`
	row = `  <record>
    <row>
      <source_ip>192.0.2.1</source_ip>
      <count>12</count>
      <policy_evaluated>
        <disposition>none</disposition>
        <dkim>pass</dkim>
        <spf>fail</spf>
        <reason><type>forwarded</type><comment>looks &amp; feels like it</comment></reason>
      </policy_evaluated>
    </row>
    <identifiers>
      <envelope_from>bounce.vendor.example</envelope_from>
      <header_from>example.org</header_from>
    </identifiers>
    <auth_results>
      <dkim><domain>example.org</domain><selector>s1</selector><result>pass</result></dkim>
      <dkim><domain>vendor.example</domain><result>fail</result><human_result>body hash</human_result></dkim>
      <spf><domain>bounce.vendor.example</domain><scope>mfrom</scope><result>pass</result></spf>
    </auth_results>
  </record>
`
	tail = "</feedback>\n"
	doc  = head + row + tail
)

func wantRow() report.Row {
	return report.Row{
		SourceIP: netip.MustParseAddr("192.0.2.1"), Count: 12,
		Evaluated: report.Evaluated{
			Disposition: report.None, DKIM: report.StatusPass, SPF: report.StatusFail,
			Reasons: []report.Reason{{Type: report.OverrideForwarded, Comment: "looks & feels like it"}},
		},
		HeaderFrom: "example.org", EnvelopeFrom: "bounce.vendor.example",
		DKIM: []report.DKIMResult{
			{Domain: "example.org", Selector: "s1", Result: report.StatusPass},
			{Domain: "vendor.example", Result: report.StatusFail, HumanResult: "body hash"},
		},
		SPF: []report.SPFResult{{Domain: "bounce.vendor.example", Scope: "mfrom", Result: report.StatusPass}},
	}
}

// read is a report that was read with its rows.
type read struct {
	Report *report.Report
	Rows   []report.Row
	Err    error // of its rows
}

// readAll reads all reports of an input, and the errors that are not of one of them.
func readAll(in io.Reader, opts report.Options) (out []read, errs []error) {
	for rep, err := range report.Parse(in, opts) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		one := read{Report: rep}
		for row, err := range rep.Rows() {
			if err != nil {
				one.Err = err
				break
			}
			one.Rows = append(one.Rows, row)
		}
		out = append(out, one)
	}
	return out, errs
}

func gzipped(parts ...string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for _, p := range parts {
		_, _ = z.Write([]byte(p))
	}
	_ = z.Close()
	return b.String()
}

// zipped makes an archive of names and contents.
func zipped(files ...string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, _ := z.Create(files[i])
		_, _ = io.WriteString(w, files[i+1])
	}
	_ = z.Close()
	return b.String()
}

// stored makes an archive of one file that is not compressed, with its size before it.
func stored(name, content string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: name, Method: zip.Store, CRC32: checksum(content), CompressedSize64: uint64(len(content)), UncompressedSize64: uint64(len(content))}
	w, _ := z.CreateRaw(h)
	_, _ = io.WriteString(w, content)
	_ = z.Close()
	return b.String()
}

func based(content string) string {
	text := base64.StdEncoding.EncodeToString([]byte(content))
	var b strings.Builder
	for ; len(text) > 76; text = text[76:] {
		b.WriteString(text[:76] + "\r\n")
	}
	return b.String() + text + "\r\n"
}

// mail makes a message of parts, each with its header.
func mail(parts ...string) string {
	var b strings.Builder
	b.WriteString("From: dmarc@receiver.example\r\nTo: rua@example.org\r\nSubject: Report Domain: example.org\r\n" +
		"  Submitter: receiver.example Report-ID: <17001>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\nPreamble\r\n")
	for _, p := range parts {
		b.WriteString("--=_b\r\n" + p + "\r\n")
	}
	b.WriteString("--=_b--\r\n")
	return b.String()
}

const (
	fileName = "receiver.example!example.org!1763596800!1763683199!17001.xml.gz"
	prose    = "Content-Type: text/plain\r\n\r\nThis is a report: see the attachment.\r\n"
	html     = "Content-Type: text/html\r\n\r\n<!DOCTYPE html><html><p>This is a report<br></html>\r\n"
)

func attachment(typ, content string) string {
	return "Content-Type: " + typ + "\r\nContent-Transfer-Encoding: base64\r\n" +
		"Content-Disposition: attachment;\r\n filename=\"" + fileName + "\"\r\n\r\n" + based(content)
}

// TestContainers reads the same report out of whatever it comes in.
func TestContainers(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		reports  int
	}{
		{"XML", doc, 1},
		{"XML with a byte order mark", "\xef\xbb\xbf" + doc, 1},
		{"XML behind empty lines", "\r\n\n" + strings.TrimPrefix(doc, `<?xml version="1.0" encoding="UTF-8" ?>`), 1},
		{"two files in one", doc + doc, 2},
		{"gzip", gzipped(doc), 1},
		{"gzip of two members", gzipped(head) + gzipped(row, tail), 1},
		{"gzip with padding", gzipped(doc) + "\x00\x00\x00\x00", 1},
		{"zip", zipped("a.xml", doc), 1},
		{"zip of several", zipped("a.xml", doc, "readme.txt", "hello", "other.xml", "<other/>", "dir/", "", "b", doc), 2},
		{"zip, not compressed", stored("a.xml", doc), 1},
		{"zip in zip, of gzip", zipped("a.zip", zipped("a.gz", gzipped(doc))), 1},
		{"mail with gzip", mail(prose, attachment("application/gzip", gzipped(doc))), 1},
		{"mail with zip", mail(prose, html, attachment("application/zip", zipped("a.xml", doc))), 1},
		{"mail with XML", mail(prose, attachment("text/xml", doc)), 1},
		{"wrong type", mail(attachment("application/octet-stream", gzipped(doc))), 1},
		{"type of zip for gzip", mail(attachment("application/zip", gzipped(doc))), 1},
		{"broken type", mail(attachment("application//x;;=", gzipped(doc))), 1},
		{"two attachments", mail(attachment("application/gzip", gzipped(doc)), attachment("text/xml", doc)), 2},
		{"quoted-printable", mail("Content-Type: text/xml\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\n" + strings.ReplaceAll(doc, "=", "=3D")), 1},
		{"pasted into the text", mail("Content-Type: text/plain\r\n\r\n" + doc), 1},
		{"mail without parts", "From: a@b.example\r\nContent-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n" + based(gzipped(doc)), 1},
		{"Unix mail in an mbox", strings.ReplaceAll("From x Sat Nov 21\r\n"+mail(attachment("application/gzip", gzipped(doc))), "\r\n", "\n"), 1},
		{"forwarded as an attachment", mail(prose, "Content-Type: message/rfc822\r\n\r\n"+strings.ReplaceAll(mail(attachment("application/gzip", gzipped(doc))), "=_b", "=_c")), 1},
		{"parts in parts", mail("Content-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\n" + attachment("application/gzip", gzipped(doc)) + "\r\n--in--\r\n"), 1},
		{"base64 with stray characters", mail("Content-Transfer-Encoding: base64\r\n\r\n " + strings.ReplaceAll(based(gzipped(doc)), "\r\n", " \r\n\r\n")), 1},
		{"UTF-16", utf16(doc, 0xfeff), 1},
		{"UTF-16 without a mark", utf16(doc, 0), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, errs := readAll(strings.NewReader(tt.in), report.Options{})
			require.Empty(t, errs)
			require.Len(t, got, tt.reports)
			for _, one := range got {
				require.NoError(t, one.Err)
				require.Equal(t, []report.Row{wantRow()}, one.Rows)
				require.Empty(t, one.Report.Findings)
				require.Equal(t, "17001", one.Report.Metadata.ReportID)
			}
		})
	}
}

func TestHead(t *testing.T) {
	got, errs := readAll(strings.NewReader(mail(attachment("application/gzip", gzipped(doc)))), report.Options{})
	require.Empty(t, errs)
	require.Len(t, got, 1)
	rep := got[0].Report
	require.Equal(t, "1.0", rep.Version)
	begin, end := time.Date(2025, 11, 20, 0, 0, 0, 0, time.UTC), time.Date(2025, 11, 20, 23, 59, 59, 0, time.UTC)
	require.Equal(t, report.Metadata{
		OrgName: "receiver.example", Email: "dmarc@receiver.example", ExtraContactInfo: "https://receiver.example/dmarc",
		ReportID: "17001", Begin: begin, End: end,
	}, rep.Metadata)
	require.Equal(t, report.Policy{Domain: "example.org", ADKIM: "r", ASPF: "r", P: report.None, SP: report.Quarantine, Pct: "100", FO: "1"}, rep.Policy)
	require.Equal(t, report.FileName{Name: fileName, Receiver: "receiver.example", Domain: "example.org", Begin: begin, End: end, UniqueID: "17001"}, rep.File)
	require.Equal(t, report.Subject{Domain: "example.org", Submitter: "receiver.example", ReportID: "17001"}, rep.Subject)
	require.EqualValues(t, 1, rep.Records)
	require.Empty(t, rep.Findings)
}

// TestRFC9990 is the new form: a namespace, other elements, extensions.
func TestRFC9990(t *testing.T) {
	const in = `<?xml version="1.0"?>
<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0" xmlns:ext="https://example.net/ext">
  <version>1.0</version>
  <report_metadata>
    <org_name>Sample &#82;eporter</org_name><email>a@receiver.example</email>
    <extra_contact_info lang="en">none</extra_contact_info>
    <report_id>3v98abbp8ya9n3va8yr8oa3ya@receiver.example</report_id>
    <date_range><begin>302832000</begin><end>302918399</end></date_range>
    <error lang="en">two records</error><generator>Reporter 1.0</generator>
  </report_metadata>
  <policy_published>
    <domain>EXAMPLE.com.</domain><discovery_method>treewalk</discovery_method>
    <p>quarantine</p><sp>none</sp><np>reject</np><testing>n</testing>
  </policy_published>
  <extension><ext:arc-override>never</ext:arc-override><plain/></extension>
  <record>
    <row><source_ip>2001:DB8::1</source_ip><count>123</count>
      <policy_evaluated><disposition>pass</disposition><dkim>pass</dkim><spf>fail</spf>
        <reason><type>policy_test_mode</type></reason></policy_evaluated></row>
    <identifiers><envelope_from></envelope_from><envelope_to>receiver.example</envelope_to><header_from>example.com</header_from></identifiers>
    <auth_results>
      <dkim><domain>example.com</domain><selector>abc123</selector><result>pass</result></dkim>
      <spf><domain>example.com</domain><result>fail</result><human_result lang="en">no such address</human_result></spf>
    </auth_results>
    <ext:arc-results><ext:count>5</ext:count></ext:arc-results>
  </record>
</feedback>`
	got, errs := readAll(strings.NewReader(in), report.Options{})
	require.Empty(t, errs)
	require.Len(t, got, 1)
	require.NoError(t, got[0].Err)
	rep := got[0].Report
	require.Equal(t, report.Policy{Domain: "example.com", DiscoveryMethod: "treewalk", P: report.Quarantine, SP: report.None, NP: report.Reject, Testing: "n"}, rep.Policy)
	require.Equal(t, report.Metadata{
		OrgName: "Sample Reporter", Email: "a@receiver.example", ExtraContactInfo: "none",
		Begin: time.Date(1979, 8, 7, 0, 0, 0, 0, time.UTC), End: time.Date(1979, 8, 7, 23, 59, 59, 0, time.UTC),
		ReportID: "3v98abbp8ya9n3va8yr8oa3ya@receiver.example", Errors: []string{"two records"}, Generator: "Reporter 1.0",
	}, rep.Metadata)
	require.Equal(t, []report.Row{{
		SourceIP: netip.MustParseAddr("2001:db8::1"), Count: 123,
		Evaluated: report.Evaluated{
			Disposition: report.Passed, DKIM: report.StatusPass, SPF: report.StatusFail,
			Reasons: []report.Reason{{Type: report.OverrideTestMode}},
		},
		HeaderFrom: "example.com", EnvelopeTo: "receiver.example",
		DKIM: []report.DKIMResult{{Domain: "example.com", Selector: "abc123", Result: report.StatusPass}},
		SPF:  []report.SPFResult{{Domain: "example.com", Result: report.StatusFail, HumanResult: "no such address"}},
	}}, got[0].Rows)
	require.Equal(t, []mailworthy.Code{report.CodeDate, report.CodeReporterError}, codes(rep.Findings))
}

func codes(fs mailworthy.Findings) []mailworthy.Code {
	var out []mailworthy.Code
	for _, f := range fs {
		out = append(out, f.Code)
	}
	return out
}

// since is the part of a text from the first occurrence of another on.
func since(text, other string) string {
	_, after, _ := strings.Cut(text, other)
	return other + after
}

// edited is the usual report with replacements.
func edited(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(doc) }

// TestFindings makes each finding about a report, and reads the row nevertheless.
func TestFindings(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		code     mailworthy.Code // "" for none
		evidence string
		change   func(*report.Row)
	}{
		{name: "other order", in: `<feedback>` + row + since(head, "  <report_metadata") + tail},
		{name: "namespace prefix", in: `<d:feedback xmlns:d="http://dmarc.org/dmarc-xml/0.1">` + since(head, "  <version") + row + `</d:feedback>`},
		{name: "no version", in: edited("<version>1.0</version>", "")},
		{name: "values in upper case, with white space", in: edited("<disposition>none<", "<disposition>\n NONE \t<", "<spf>fail", "<spf> Fail ", "<scope>mfrom", "<scope>MFROM")},
		{name: "a comment and CDATA in values", in: edited("<count>12", "<count><![CDATA[1]]><!-- x -->2")},
		{name: "final dot, case and brackets of domains", in: edited("<header_from>example.org", "<header_from>Example.ORG.", "<envelope_from>bounce.vendor.example", "<envelope_from>&lt;a@bounce.vendor.example&gt;")},
		{name: "envelope_from empty", in: edited("<envelope_from>bounce.vendor.example</envelope_from>", "<envelope_from/>"), change: func(r *report.Row) { r.EnvelopeFrom = "" }},
		{name: "old name of identifiers", in: edited("identifiers>", "identities>")},
		{name: "draft elements of the policy", in: edited("<fo>", "<rf>afrf</rf><ri>86400</ri><version_published>1</version_published><fo>")},
		{name: "no SPF result", in: edited("<spf><domain>", "<!--", "<scope>mfrom</scope><result>pass</result></spf>", "-->"), change: func(r *report.Row) { r.SPF = []report.SPFResult{} }},
		{name: "IPv6 and brackets", in: edited("192.0.2.1", "[IPv6:2001:db8::1]"), change: func(r *report.Row) { r.SourceIP = netip.MustParseAddr("2001:db8::1") }},
		{name: "IPv4 as IPv6", in: edited("192.0.2.1", "::ffff:192.0.2.1")},
		{name: "count with a sign or a fraction", in: edited("<count>12", "<count>+12.0")},
		{name: "dates as fractions and with signs", in: edited("1763596800", "+1763596800.0", "1763683199", "1.763683199e9")},

		{name: "latin-1 undeclared", in: edited("body hash", "k\xf6rper"), code: report.CodeEncoding, evidence: "encoding=utf-8", change: func(r *report.Row) { r.DKIM[1].HumanResult = "körper" }},
		{name: "latin-1", in: edited("body hash", "k\xf6rper", "UTF-8", "ISO-8859-1"), change: func(r *report.Row) { r.DKIM[1].HumanResult = "körper" }},
		{name: "windows-1252", in: edited("body hash", "\x93k\xf6rper\x94", "UTF-8", "windows-1252"), change: func(r *report.Row) { r.DKIM[1].HumanResult = "“körper”" }},
		{name: "UTF-8 declared as latin-1", in: edited("body hash", "körper", "UTF-8", "ISO-8859-1"), code: report.CodeEncoding, evidence: "encoding=iso-8859-1", change: func(r *report.Row) { r.DKIM[1].HumanResult = "körper" }},
		{name: "UTF-8 declared as ASCII", in: edited("body hash", "körper", "UTF-8", "us-ascii"), code: report.CodeEncoding, change: func(r *report.Row) { r.DKIM[1].HumanResult = "körper" }},
		{name: "declared as UTF-16", in: edited("UTF-8", "UTF-16"), code: report.CodeEncoding, evidence: "encoding=utf-16"},
		{name: "declared as UTF-7", in: edited("UTF-8", "UTF-7"), code: report.CodeEncoding, evidence: "encoding=utf-7"},
		{name: "ampersand", in: edited("&amp;", "&"), code: report.CodeEntity},
		{name: "entity that is not defined", in: edited("&amp;", "&bomb;"), code: report.CodeEntity, change: func(r *report.Row) { r.Evaluated.Reasons[0].Comment = "looks &bomb; feels like it" }},
		{name: "unknown element", in: edited("<row>", "<row><x><count>13</count></x>"), code: report.CodeUnknownElement, evidence: "x"},
		{name: "element in the wrong place", in: edited("<row>", "<header_from>evil.example</header_from><row>"), code: report.CodeUnknownElement, evidence: "header_from"},
		{name: "missing element", in: edited("<header_from>example.org</header_from>", ""), code: report.CodeMissingElement, evidence: "header_from", change: func(r *report.Row) { r.HeaderFrom = "" }},
		{name: "missing metadata", in: edited("<report_id>17001</report_id>", ""), code: report.CodeMissingElement, evidence: "report_id"},
		{name: "unknown result", in: edited("<result>fail", "<result>bad"), code: report.CodeUnknownValue, evidence: "dkim/result: bad", change: func(r *report.Row) { r.DKIM[1].Result = "bad" }},
		{name: "hardfail", in: edited("<result>fail", "<result>hardfail"), code: report.CodeUnknownValue, evidence: "dkim/result: hardfail"},
		{name: "unknown is temperror", in: edited("<result>fail", "<result>unknown"), code: report.CodeUnknownValue, change: func(r *report.Row) { r.DKIM[1].Result = report.StatusTempError }},
		{name: "error is permerror", in: edited("<result>fail", "<result>error"), code: report.CodeUnknownValue, change: func(r *report.Row) { r.DKIM[1].Result = report.StatusPermError }},
		{name: "alignment that is neither pass nor fail", in: edited("<spf>fail", "<spf>softfail"), code: report.CodeUnknownValue, evidence: "policy_evaluated/spf: softfail", change: func(r *report.Row) { r.Evaluated.SPF = report.StatusSoftFail }},
		{name: "unknown disposition", in: edited("<disposition>none", "<disposition>deliver"), code: report.CodeUnknownValue, evidence: "disposition: deliver", change: func(r *report.Row) { r.Evaluated.Disposition = "deliver" }},
		{name: "pass is no policy", in: edited("<p>none", "<p>pass"), code: report.CodeUnknownValue, evidence: "p: pass"},
		{name: "unknown override", in: edited("<type>forwarded", "<type>arc\x1b[2J"), code: report.CodeUnknownValue, evidence: `type: arc\u001b[2j`, change: func(r *report.Row) { r.Evaluated.Reasons[0].Type = `arc\u001b[2j` }},
		{name: "unknown scope", in: edited("<scope>mfrom", "<scope>pra"), code: report.CodeUnknownValue, change: func(r *report.Row) { r.SPF[0].Scope = "pra" }},
		{name: "no address", in: edited("192.0.2.1", "192.0.2.256"), code: report.CodeAddress, evidence: "192.0.2.256", change: func(r *report.Row) { r.SourceIP = netip.Addr{} }},
		{name: "address with a zone", in: edited("192.0.2.1", "fe80::1%eth0"), code: report.CodeAddress, change: func(r *report.Row) { r.SourceIP = netip.Addr{} }},
		{name: "negative count", in: edited("<count>12", "<count>-1"), code: report.CodeCount, evidence: "-1", change: func(r *report.Row) { r.Count = 0 }},
		{name: "no count", in: edited("<count>12", "<count>"), code: report.CodeCount, change: func(r *report.Row) { r.Count = 0 }},
		{name: "huge count", in: edited("<count>12", "<count>10000000001"), code: report.CodeCount, change: func(r *report.Row) { r.Count = 10000000001 }},
		{name: "largest count", in: edited("<count>12", "<count>18446744073709551615"), code: report.CodeCount, change: func(r *report.Row) { r.Count = 1<<64 - 1 }},
		{name: "count that does not fit", in: edited("<count>12", "<count>18446744073709551616"), code: report.CodeCount, change: func(r *report.Row) { r.Count = 1<<64 - 1 }},
		{name: "count of letters after many digits", in: edited("<count>12", "<count>18446744073709551616x"), code: report.CodeCount, change: func(r *report.Row) { r.Count = 0 }},
		{name: "end before begin", in: edited("1763683199", "1763500000"), code: report.CodeDate, evidence: "2025-11-20T00:00:00Z to 2025-11-18T21:06:40Z"},
		{name: "period of years", in: edited("1763596800", "1400000000"), code: report.CodeDate},
		{name: "far future", in: edited("1763596800", "4000000000", "1763683199", "4000086399"), code: report.CodeDate},
		{name: "a policy like a book", in: edited("<fo>1", "<fo>"+strings.Repeat("x", 5000))},
		{name: "beyond time", in: edited("1763683199", "99999999999"), code: report.CodeDate, evidence: "99999999999"},
		{name: "not a number", in: edited("1763683199", "NaN"), code: report.CodeDate, evidence: "NaN"},
		{name: "milliseconds", in: edited("1763596800", "1763596800000"), code: report.CodeDate, evidence: "1763596800000"},
		{name: "date in letters", in: edited("1763683199", "2025-11-20T23:59:59Z"), code: report.CodeDate, evidence: "2025-11-20T23:59:59Z"},
		{name: "no domain", in: edited("<domain>vendor.example", "<domain>Vendor..\x07example"), code: report.CodeDomain, evidence: `Vendor..\u0007example`, change: func(r *report.Row) { r.DKIM[1].Domain = `vendor..\u0007example` }},
		{name: "unknown version", in: edited("<version>1.0", "<version>3"), code: report.CodeVersion, evidence: "3"},
		{name: "text behind the end", in: doc + "--boundary", code: report.CodeTrailing},
		{name: "another element behind the end", in: doc + "<x/>", code: report.CodeTrailing},
		{name: "broken XML behind the end", in: doc + "<", code: ""},
		{name: "inconsistent", in: edited("<selector>s1</selector><result>pass", "<selector>s1</selector><result>fail"), code: report.CodeInconsistent, evidence: "dkim: 192.0.2.1", change: func(r *report.Row) { r.DKIM[0].Result = report.StatusFail }},
		{name: "reporter's error", in: edited("</date_range>", "</date_range><error>bad record</error>"), code: report.CodeReporterError, evidence: "bad record"},
		{name: "too many results", in: edited("<auth_results>", "<auth_results>"+strings.Repeat("<dkim><domain>example.org</domain><selector>s1</selector><result>pass</result></dkim>", 150)), code: report.CodeTooMany, change: func(r *report.Row) {
			r.DKIM = r.DKIM[:1]
			for len(r.DKIM) < 100 {
				r.DKIM = append(r.DKIM, r.DKIM[0])
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := time.Date(2025, 11, 21, 12, 0, 0, 0, time.UTC)
			got, errs := readAll(strings.NewReader(tt.in), report.Options{Time: now})
			if tt.name == "broken XML behind the end" {
				require.ErrorIs(t, errs[0], report.ErrTruncated)
				errs = nil
			}
			require.Empty(t, errs)
			require.Len(t, got, 1)
			require.NoError(t, got[0].Err)
			want := wantRow()
			if tt.change != nil {
				tt.change(&want)
			}
			require.Equal(t, []report.Row{want}, got[0].Rows)
			if tt.code == "" {
				require.Empty(t, got[0].Report.Findings)
				return
			}
			require.Equal(t, []mailworthy.Code{tt.code}, codes(got[0].Report.Findings))
			sound(t, got[0].Report.Findings)
			if tt.evidence != "" {
				require.Equal(t, []string{tt.evidence}, got[0].Report.Findings[0].Evidence)
			}
		})
	}
}

// sound holds for all findings.
func sound(t *testing.T, fs mailworthy.Findings) {
	t.Helper()
	for _, f := range fs {
		require.NotEmpty(t, f.Message, f.Code)
		require.NotEmpty(t, f.Remedy, f.Code)
		require.NotEmpty(t, f.Ref, f.Code)
		require.NotZero(t, f.Severity, f.Code)
		for _, text := range append(f.Evidence, f.Message, f.Remedy, f.Subject) {
			for _, r := range text {
				require.True(t, r >= ' ' && r != 0x7f, "%q", text)
			}
		}
	}
}

func TestEmptyAndMismatch(t *testing.T) {
	got, errs := readAll(strings.NewReader(head+tail), report.Options{})
	require.Empty(t, errs)
	require.Equal(t, []mailworthy.Code{report.CodeEmpty}, codes(got[0].Report.Findings))
	sound(t, got[0].Report.Findings)

	got, errs = readAll(strings.NewReader(mail(attachment("text/xml", edited("<domain>example.org</domain>\n    <adkim", "<domain>other.example</domain><adkim", "17001", "4")))), report.Options{})
	require.Empty(t, errs)
	require.Equal(t, []mailworthy.Code{report.CodeMismatch}, codes(got[0].Report.Findings))
	require.Equal(t, []string{"file name: domain example.org", "subject: domain example.org", "subject: report id 17001"}, got[0].Report.Findings[0].Evidence)
	sound(t, got[0].Report.Findings)
}

// TestRowsStay proves that a row does not change when others are read.
func TestRowsStay(t *testing.T) {
	var rows, want []report.Row
	var in strings.Builder
	in.WriteString(head)
	for i := range 300 {
		in.WriteString(strings.ReplaceAll(row, "12<", fmt.Sprintf("%d<", i+1)))
		w := wantRow()
		w.Count = uint64(i + 1)
		want = append(want, w)
	}
	in.WriteString(tail)
	got, errs := readAll(strings.NewReader(in.String()), report.Options{})
	require.Empty(t, errs)
	rows = got[0].Rows
	_ = append(rows[0].DKIM, report.DKIMResult{Domain: "changed"})
	require.Equal(t, want, rows)
}

func TestLoopsMayStop(t *testing.T) {
	n := 0
	for range report.Parse(strings.NewReader(doc+doc), report.Options{}) {
		n++
		break
	}
	require.Equal(t, 1, n)
	var kept *report.Report
	for rep, err := range report.Parse(strings.NewReader(head+row+row+tail+doc), report.Options{}) {
		require.NoError(t, err)
		n++
		for range rep.Rows() {
			break
		}
		for range rep.Rows() {
			t.Fatal("rows can be used once")
		}
		kept = rep
	}
	require.Equal(t, 3, n, "rows that are not read are passed over")
	for range kept.Rows() {
		t.Fatal("after Parse there are no rows")
	}
	for _, err := range report.Parse(strings.NewReader("hello"), report.Options{}) {
		require.ErrorIs(t, err, report.ErrNoReport)
	}
	for range new(report.Report).Rows() {
		t.Fatal("a Report of one's own has no rows")
	}
}
