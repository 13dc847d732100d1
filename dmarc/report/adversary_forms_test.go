package report_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc/report"
)

// What reporters send or have sent, with what is publicly known of them.
func TestAdversaryReporters(t *testing.T) {
	row := aRow
	with := func(edit func(*report.Row)) report.Row {
		r := row()
		edit(&r)
		return r
	}
	for _, tt := range []struct {
		name, in string
		want     report.Row
		findings []string
	}{
		{
			"without a version (Google)", change("<version>1.0</version>", ""), row(), []string{},
		},
		{
			"version of the wiki draft", change("<version>1.0<", "<version>0.1<"), row(), []string{},
		},
		{
			"namespace of RFC 9990 (GMX)", change("<feedback>", `<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">`), row(), []string{},
		},
		{
			"namespace of the first schema", change("<feedback>", `<feedback xmlns="http://dmarc.org/dmarc-xml/0.1">`), row(), []string{},
		},
		{
			"namespaces of schema instances (Microsoft)",
			change("<feedback>", `<feedback xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b">`),
			row(),
			[]string{},
		},
		{
			"a namespace that no one knows", change("<feedback>", `<feedback xmlns='http://example.net/mine'>`), row(), []string{},
		},
		{
			"everything in one line, declared as UTF-8 in lower case", change("UTF-8", "utf-8"), row(), []string{},
		},
		{
			"empty spf", change("<spf><domain>example.org</domain><scope>mfrom</scope><result>fail</result></spf>", "<spf/>"),
			with(func(r *report.Row) { r.SPF = []report.SPFResult{{}} }),
			[]string{},
		},
		{
			"no spf at all", change("<spf><domain>example.org</domain><scope>mfrom</scope><result>fail</result></spf>", ""),
			with(func(r *report.Row) { r.SPF = []report.SPFResult{} }),
			[]string{},
		},
		{
			"helo without a domain (Zoho)", change("<domain>example.org</domain><scope>mfrom</scope><result>fail", "<domain/><scope>helo</scope><result>none"),
			with(func(r *report.Row) { r.SPF = []report.SPFResult{{Scope: "helo", Result: "none"}} }), nil,
		},
		{
			"header_from only (Zoho)", change("<envelope_from>example.org</envelope_from>", ""),
			with(func(r *report.Row) { r.EnvelopeFrom = "" }),
			[]string{},
		},
		{
			"envelope_to (Microsoft)", change("<identifiers>", "<identifiers><envelope_to>outlook.example</envelope_to>"),
			with(func(r *report.Row) { r.EnvelopeTo = "outlook.example" }),
			[]string{},
		},
		{
			"fo is empty, as are others", change("<fo>0</fo>", "<fo></fo>", "<adkim>r</adkim>", "<adkim/>", "<sp>none</sp>", "<sp></sp>"), row(), nil,
		},
		{
			"reason without a type (KDDI)", change("</spf></policy", "</spf><reason><type></type><comment></comment></reason></policy"),
			with(func(r *report.Row) { r.Evaluated.Reasons = []report.Reason{{}} }), nil,
		},
		{
			"reason that has text only", change("</spf></policy", "</spf><reason>other</reason></policy"),
			with(func(r *report.Row) { r.Evaluated.Reasons = []report.Reason{{}} }), nil,
		},
		{
			"arc as a reason's comment (Google)",
			change("</spf></policy", "</spf><reason><type>local_policy</type><comment>arc=pass</comment></reason></policy"),
			with(func(r *report.Row) {
				r.Evaluated.Reasons = []report.Reason{{Type: report.OverrideLocalPolicy, Comment: "arc=pass"}}
			}),
			[]string{},
		},
		{
			"human_result, also empty", change("<result>pass</result>", "<result>pass</result><human_result></human_result>", "<result>fail</result>", "<result>fail</result><human_result>no &lt;ip&gt;</human_result>"),
			with(func(r *report.Row) { r.SPF[0].HumanResult = "no <ip>" }),
			[]string{},
		},
		{
			"dkim without a selector", change("<selector>s</selector>", ""),
			with(func(r *report.Row) { r.DKIM[0].Selector = "" }), nil,
		},
		{
			"metadata in another order (wp.pl)",
			change("<org_name>r.example</org_name><email>dmarc@r.example</email>", "", "</date_range>", "</date_range><org_name>r.example</org_name><email>dmarc@r.example</email>"),
			row(),
			[]string{},
		},
		{
			"identifiers before the row", aReport(strings.NewReplacer("<identifiers>", "<identifiers>").Replace(
				"<record>" + aRecord[strings.Index(aRecord, "<identifiers>"):strings.Index(aRecord, "</record>")] +
					aRecord[len("<record>"):strings.Index(aRecord, "<identifiers>")] + "</record>",
			)), row(), []string{},
		},
		{
			"an ampersand that is none", change("<org_name>r.example", "<org_name>A&B & C;"), row(), []string{"dmarc.report.entity"},
		},
		{
			"Windows-1252 declared as UTF-8", change("<org_name>r.example", "<org_name>M\xfcller"), row(), []string{"dmarc.report.encoding"},
		},
		{
			"ISO 8859-1, as declared", change("UTF-8", "ISO-8859-1", "<org_name>r.example", "<org_name>M\xfcller"), row(), []string{},
		},
		{
			"blanks everywhere", strings.NewReplacer("><", ">\r\n\t  <", "none<", " none\n<", "example.org<", " example.org <").Replace(aReport(aRecord)), row(), []string{},
		},
		{
			"a comment and an instruction", change("<row>", "<!-- generated -- >by< --><?x <feedback> ?><row>"), row(), nil,
		},
		{
			"upper-case domains with a dot", change("example.org", "Example.ORG."), row(), []string{},
		},
		{
			"a period of weeks (Trustwave)", change("1700000000", "1697500000"), row(), []string{},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all, err := parseAll(strings.NewReader(tt.in), report.Options{})
			require.NoError(t, err)
			require.Len(t, all, 1)
			r := all[0]
			if tt.name == "a comment and an instruction" {
				// "--" inside of a comment is a breach of the grammar (XML section 2.5): read or refused.
				if r.err != nil {
					return
				}
			}
			require.NoError(t, r.err)
			require.Equal(t, []report.Row{tt.want}, r.rows)
			require.Equal(t, "example.org", r.Policy.Domain)
			plain(t, r.Report)
			if tt.findings != nil {
				require.Equal(t, tt.findings, codeNames(r.Findings))
			}
		})
	}
}

// mailOf is a mail with a text in HTML and an attachment.
func mailOf(head, body string) string {
	return "From: r@r.example\r\nSubject: Report Domain: example.org Submitter: r.example Report-ID: <1@r.example>\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b=_1\"\r\n\r\n" +
		"--b=_1\r\nContent-Type: text/html\r\n\r\n<html><body>A report &nbsp; is <b>attached<br></body></html>\r\n" +
		"--b=_1\r\n" + head + "\r\n\r\n" + body + "\r\n--b=_1--\r\n"
}

const encoded = "Content-Transfer-Encoding: base64"

func TestAdversaryEnvelopes(t *testing.T) {
	xml := aReport(aRecord)
	zip64 := func() string { // sizes are in an extra field, as tools write them for streams
		s := stored("a.xml", xml)
		at := strings.Index(s, "a.xml")
		extra := binary.LittleEndian.AppendUint64([]byte{1, 0, 16, 0}, uint64(len(xml)))
		extra = binary.LittleEndian.AppendUint64(extra, uint64(len(xml)))
		b := []byte(s[:at+5])
		binary.LittleEndian.PutUint16(b[28:], uint16(len(extra)))
		binary.LittleEndian.PutUint32(b[18:], 0xffffffff)
		binary.LittleEndian.PutUint32(b[22:], 0xffffffff)
		return string(b) + string(extra) + s[at+5:]
	}
	for _, tt := range []struct {
		name, in string
		reports  int
	}{
		{"XML in the only part", "From: a@b.example\r\nContent-Type: text/xml; charset=utf-8\r\n\r\n" + xml, 1},
		{"no content type at all", "From: a@b.example\r\nSubject: x\r\n\r\n" + xml, 1},
		{"base64 in the body", "From: a@b.example\r\nContent-Type: application/zip; name=x\r\n" + encoded + "\r\n\r\n" + based(zipped("a.xml", xml)), 1},
		{"octet stream (Amazon)", mailOf("Content-Type: application/octet-stream; \r\n\tname=amazonses.com!example.org!1!2.xml.gz\r\n"+encoded, based(gzipped(xml))), 1},
		{"x-gzip (Yahoo)", mailOf("Content-Type: application/x-gzip\r\n"+encoded, based(gzipped(xml))), 1},
		{"gzip that is a zip", mailOf("Content-Type: application/gzip; name=a.xml.gz\r\n"+encoded, based(zipped("a.xml", xml))), 1},
		{"zip that is XML", mailOf("Content-Type: application/zip; name=a.zip\r\n"+encoded, based(xml)), 1},
		{"ContentType without a hyphen (Trustwave)", mailOf("ContentType: application/gzip\r\n"+encoded, based(gzipped(xml))), 1},
		{"encoding in upper case with a comment", mailOf("Content-Type: text/xml\r\nContent-Transfer-Encoding: BASE64 (of course)", based(xml)), 1},
		{"base64 in one line", mailOf("Content-Type: text/xml\r\n"+encoded, strings.ReplaceAll(based(xml), "\r\n", "")), 1},
		{"base64 without padding", mailOf("Content-Type: text/xml\r\n"+encoded, strings.TrimRight(based(xml+" "), "=\r\n")), 1},
		{"base64 with blanks", mailOf("Content-Type: text/xml\r\n"+encoded, strings.ReplaceAll(based(xml), "A", " A\t\r\n\r\n")), 1},
		{"quoted-printable", mailOf("Content-Type: text/xml\r\nContent-Transfer-Encoding: quoted-printable",
			strings.ReplaceAll(strings.ReplaceAll(xml, "=", "=3d"), "><", ">=  \r\n<")), 1},
		{"8bit", mailOf("Content-Type: application/xml\r\nContent-Transfer-Encoding: 8bit", xml), 1},
		{"an encoding that is none", mailOf("Content-Type: application/xml\r\nContent-Transfer-Encoding: utf-8", xml), 1},
		{"gzip of gzip", mailOf("Content-Type: application/gzip\r\n"+encoded, based(gzipped(gzipped(xml)))), 1},
		{"multistream gzip", gzipped(xml[:300]) + gzipped("") + gzipped(xml[300:]), 1},
		{"zip with a directory", zipped("d/", "", "d/a.xml", xml), 1},
		{"zip with what a Mac adds", zipped("a.xml", xml, "__MACOSX/._a.xml", "\x00\x05\x16\x07\x00"), 1},
		{"zip64", zip64(), 1},
		{"boundary without quotes, with blanks after it", strings.ReplaceAll(
			strings.Replace(mailOf("Content-Type: text/xml", xml), `"b=_1"`, "b=_1", 1), "--b=_1\r\n", "--b=_1  \t\r\n"), 1},
		{"attached mail (moved by Exchange)", mailOf("Content-Type: message/rfc822",
			strings.ReplaceAll(mailOf("Content-Type: application/zip\r\n"+encoded, based(zipped("a.xml", xml))), "b=_1", "b=_2")), 1},
		{"multipart/alternative", strings.Replace(mailOf("Content-Type: application/gzip\r\n"+encoded, based(gzipped(xml))), "multipart/mixed", "multipart/alternative", 1), 1},
		{"signed", strings.Replace(mailOf("Content-Type: application/gzip\r\n"+encoded, based(gzipped(xml))), "multipart/mixed", "multipart/signed; micalg=x; protocol=\"a/b\"", 1), 1},
		{"name in RFC 2231", mailOf("Content-Type: application/gzip\r\nContent-Disposition: attachment; filename*0*=utf-8''r.example%21example; filename*1=.org!1!2.xml.gz\r\n"+encoded, based(gzipped(xml))), 1},
		{"line feeds only", strings.ReplaceAll(mailOf("Content-Type: application/gzip\r\n"+encoded, based(gzipped(xml))), "\r\n", "\n"), 1},
		{"an mbox line first", "From MAILER-DAEMON Fri Nov 21 00:00:00 2026\n" + strings.ReplaceAll(mailOf("Content-Type: text/xml", xml), "\r\n", "\n"), 1},
		{"several reports in a zip", zipped("a.xml", xml, "b.xml", xml, "c.xml.gz", gzipped(xml)), 3},
		{"a byte order mark", "\ufeff" + xml, 1},
		{"UTF-16 of the other order", swapped(utf16(strings.Replace(xml, "UTF-8", "UTF-16", 1), 0xfeff)), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all, err := parseAll(strings.NewReader(tt.in), report.Options{})
			require.NoError(t, err)
			require.Len(t, all, tt.reports)
			for _, r := range all {
				require.NoError(t, r.err)
				require.Equal(t, []report.Row{aRow()}, r.rows)
			}
		})
	}
}

func swapped(s string) string {
	b := []byte(s)
	for i := 0; i+1 < len(b); i += 2 {
		b[i], b[i+1] = b[i+1], b[i]
	}
	return string(b)
}

// What is damaged says so, and what was there before the damage is kept.
func TestAdversaryDamage(t *testing.T) {
	xml := aReport(aRecord)
	for _, tt := range []struct {
		name, in string
		want     error
		rows     int
	}{
		{"the word that Yahoo sent in May 2023", gzipped("unused"), report.ErrNoReport, 0},
		{"an empty file in gzip", gzipped(""), report.ErrNoReport, 0},
		{"an empty file in a zip", zipped("a.xml", ""), report.ErrNoReport, 0},
		{"TNEF", mailOf("Content-Type: application/ms-tnef; name=winmail.dat\r\n"+encoded, based("\x78\x9f\x3e\x22\x01\x00 x")), report.ErrNoReport, 0},
		{"a schema that is not closed (IKEA)", strings.Replace(xml, "<version>", `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><version>`, 1), nil, -1},
		{"a tag that is closed wrongly", strings.Replace(xml, "</row>", "</rwo>", 1), nil, -1},
		{"a tag that is not closed, with a whole row before", strings.Replace(aReport(aRecord+aRecord), "</record></feedback>", "</feedback>", 1), nil, 1},
		{"an HTML page", "<!DOCTYPE html><html><body>Error 500</body></html>", nil, -1},
		{"JSON of TLS reports (RFC 8460)", gzipped(`{"organization-name":"x","policies":[]}`), report.ErrNoReport, 0},
		{"a schema only", `<?xml version="1.0"?><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"></xs:schema>`, report.ErrNoReport, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all, err := parseAll(strings.NewReader(tt.in), report.Options{})
			rows := 0
			for _, r := range all {
				if err == nil {
					err = r.err
				}
				rows += len(r.rows)
			}
			require.Error(t, err)
			if tt.want != nil {
				require.ErrorIs(t, err, tt.want)
			}
			if tt.rows >= 0 {
				require.Equal(t, tt.rows, rows)
			}
			var s report.Summary
			for r, err := range report.Parse(strings.NewReader(tt.in), report.Options{}) {
				if err == nil {
					require.Error(t, s.Add(r))
				}
			}
			require.Equal(t, report.Summary{}, s, "half a report is in the sums")
		})
	}
}

// Parts of a mail end where they end, however their header is broken.
func TestAdversaryParts(t *testing.T) {
	xml := aReport(aRecord)
	for _, tt := range []struct {
		name, in string
		reports  int
		want     error
	}{
		{"a line that is no field", mailOf("garbage\r\nContent-Type: text/xml\r\n name=a.xml\r\n=?", xml), 1, nil},
		{"a parameter that is not folded", mailOf("Content-Type: application/gzip;\r\nname=a.gz\r\n"+encoded, based(gzipped(xml))), 1, nil},
		{"a part without a body before it", strings.Replace(mailOf("Content-Type: text/xml", xml), "--b=_1\r\n", "--b=_1\r\nContent-Type: a/b\r\n--b=_1\r\n", 1), 1, nil},
		{"an empty part before it", strings.Replace(mailOf("Content-Type: text/xml", xml), "--b=_1\r\n", "--b=_1\r\n\r\n--b=_1\r\n--b=_1\r\n", 1), 1, nil},
		{"boundaries that are longer", mailOf("Content-Type: text/xml", strings.ReplaceAll(xml, "><", ">\r\n<!--b=_1x\r\n--><")), 1, nil},
		{"a boundary within a line", mailOf("Content-Type: text/xml", strings.Replace(xml, "<row>", "<row><x>b=_1 > x--b=_1\r\n --b=_1\r\n</x>", 1)), 1, nil},
		{"the end of a part inside cuts the outer", strings.Replace(
			mailOf("Content-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\nContent-Type: text/xml", xml), "--b=_1--", "--b=_1\r\nContent-Type: text/xml\r\n\r\n"+xml+"\r\n--b=_1--", 1), 2, report.ErrTruncated},
		{"no last boundary", strings.TrimSuffix(mailOf("Content-Type: text/xml", xml), "--b=_1--\r\n"), 1, report.ErrTruncated},
		{"a last boundary without an end of line", strings.TrimSuffix(mailOf("Content-Type: text/xml", xml), "\r\n"), 1, nil},
		{"no boundary at all", strings.ReplaceAll(mailOf("Content-Type: text/xml", xml), "--b=_1", "--c"), 0, report.ErrTruncated},
		{"something behind the end", mailOf("Content-Type: text/xml", xml) + "--b=_1\r\nContent-Type: text/xml\r\n\r\n" + xml, 1, nil},
		{"bare carriage returns", mailOf("Content-Type: text/xml", strings.ReplaceAll(xml, "><", ">\r<")), 1, nil},
		{"long lines", mailOf("Content-Type: text/xml", strings.Replace(xml, "<row>", "<row>"+strings.Repeat(" ", 30000)+"--b=_1 ", 1)), 1, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, in := range []string{tt.in, strings.ReplaceAll(tt.in, "\r\n", "\n")} {
				all, err := parseAll(strings.NewReader(in), report.Options{})
				require.ErrorIs(t, err, tt.want)
				if tt.reports >= 0 {
					require.Len(t, all, tt.reports)
				}
				for _, r := range all {
					require.NoError(t, r.err)
					require.Equal(t, []report.Row{aRow()}, r.rows)
				}
			}
		})
	}
	// What a part has in it comes out as it is, but for the end of its last line.
	for _, body := range []string{"", "\r\n", "a", "a\r\n\r\n", "\n\r\n\n", "--", "--b=_\r\n--b=_1x\r\n-", strings.Repeat("x", 20000) + "\r\n" + strings.Repeat("\r", 9000)} {
		f, err := report.ParseFailure(strings.NewReader(mailOf("Content-Type: message/feedback-report", "Feedback-Type: x\r\n\r\n"+body)), report.Options{})
		require.NoError(t, err)
		require.Equal(t, "x", f.FeedbackType)
	}
}
