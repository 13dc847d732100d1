package report_test

import (
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc/report"
)

// Every element of RFC 9990, with attributes and extensions where it has them.
const everything = `<?xml version="1.0"?>
<!-- of a test --><feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0" xmlns:ext="urn:example:ext">
  <version>1.0</version>
  <report_metadata>
    <org_name>Sample &amp; Reporter</org_name>
    <email>report_sender@example-reporter.com</email>
    <extra_contact_info lang="de">hier</extra_contact_info>
    <report_id>3v98abbp8ya9n3va8yr8oa3ya@x.example</report_id>
    <date_range><begin>302832000</begin><end>302918399</end></date_range>
    <error lang="en">one</error>
    <generator>Example DMARC Aggregate Reporter v1.2</generator>
  </report_metadata>
  <policy_published>
    <domain>Example.COM.</domain>
    <discovery_method>treewalk</discovery_method>
    <p>quarantine</p><sp>none</sp><np>reject</np>
    <fo>1:d</fo><adkim>s</adkim><aspf>r</aspf><testing>y</testing>
  </policy_published>
  <extension><ext:arc-override>never</ext:arc-override></extension>
  <record>
    <row>
      <source_ip>2001:DB8::7</source_ip>
      <count>123</count>
      <policy_evaluated>
        <disposition>pass</disposition><dkim>pass</dkim><spf>fail</spf>
        <reason><type>policy_test_mode</type></reason>
        <reason><type>other</type><comment lang="en"><![CDATA[a <b> & c]]></comment></reason>
      </policy_evaluated>
    </row>
    <identifiers>
      <header_from>example.com</header_from>
      <envelope_from></envelope_from>
      <envelope_to>receiver.example</envelope_to>
    </identifiers>
    <auth_results>
      <dkim><domain>example.com</domain><selector>abc123</selector><result>pass</result>
        <human_result>fine</human_result></dkim>
      <dkim><domain>bücher.example</domain><selector>x</selector><result>permerror</result></dkim>
      <spf><domain>example.com</domain><scope>mfrom</scope><result>softfail</result>
        <human_result lang="en">why</human_result></spf>
    </auth_results>
    <ext:arc-results><ext:result>x</ext:result><ext:count>9</ext:count></ext:arc-results>
  </record>
</feedback>`

func TestAdversaryEverything(t *testing.T) {
	r := parseOne(t, everything)
	require.Equal(t, report.Metadata{
		OrgName: "Sample & Reporter", Email: "report_sender@example-reporter.com", ExtraContactInfo: "hier",
		ReportID: "3v98abbp8ya9n3va8yr8oa3ya@x.example",
		Begin:    time.Unix(302832000, 0).UTC(), End: time.Unix(302918399, 0).UTC(),
		Errors: []string{"one"}, Generator: "Example DMARC Aggregate Reporter v1.2",
	}, r.Metadata)
	require.Equal(t, report.Policy{
		Domain: "example.com", DiscoveryMethod: "treewalk", P: "quarantine", SP: "none", NP: "reject",
		ADKIM: "s", ASPF: "r", FO: "1:d", Testing: "y",
	}, r.Policy)
	require.Equal(t, []report.Row{{
		SourceIP: netip.MustParseAddr("2001:db8::7"), Count: 123,
		Evaluated: report.Evaluated{
			Disposition: report.Passed, DKIM: "pass", SPF: "fail",
			Reasons: []report.Reason{{Type: report.OverrideTestMode}, {Type: report.OverrideOther, Comment: "a <b> & c"}},
		},
		HeaderFrom: "example.com", EnvelopeTo: "receiver.example",
		DKIM: []report.DKIMResult{
			{Domain: "example.com", Selector: "abc123", Result: "pass", HumanResult: "fine"},
			{Domain: "xn--bcher-kva.example", Selector: "x", Result: "permerror"},
		},
		SPF: []report.SPFResult{{Domain: "example.com", Scope: "mfrom", Result: "softfail", HumanResult: "why"}},
	}}, r.rows)
	// Nothing is wrong with it but what the reporter itself says, and its time: there
	// were no reports in 1979, and a sum is not of that time.
	require.Equal(t, []string{string(report.CodeDate), string(report.CodeReporterError)}, codeNames(r.Findings))
	var s report.Summary
	require.NoError(t, s.AddRows(r.Report, rowsOf(r.rows)))
	require.Zero(t, s.Domains["example.com"].First)
	require.Empty(t, s.Domains["example.com"].Days)
	require.Equal(t, "1.0", r.Version)
	require.EqualValues(t, 1, r.Records)
}

func TestAdversaryEnums(t *testing.T) {
	clean := func(t *testing.T, pairs ...string) report.Row {
		t.Helper()
		r := parseOne(t, change(pairs...))
		require.Len(t, r.rows, 1)
		require.NotContains(t, codeNames(r.Findings), string(report.CodeUnknownValue))
		return r.rows[0]
	}
	for _, s := range []report.Status{"none", "pass", "fail", "policy", "neutral", "temperror", "permerror"} {
		row := clean(t, "<selector>s</selector><result>pass", "<selector>s</selector><result>"+string(s))
		require.Equal(t, s, row.DKIM[0].Result)
	}
	for _, s := range []report.Status{"none", "pass", "fail", "neutral", "softfail", "temperror", "permerror"} {
		row := clean(t, "</scope><result>fail", "</scope><result>"+string(s))
		require.Equal(t, s, row.SPF[0].Result)
	}
	for _, d := range []report.Disposition{"none", "quarantine", "reject", "pass"} {
		row := clean(t, "<disposition>none", "<disposition>"+string(d))
		require.Equal(t, d, row.Evaluated.Disposition)
	}
	for _, o := range []report.Override{
		"forwarded", "sampled_out", "trusted_forwarder", "mailing_list", "local_policy", "policy_test_mode", "other",
	} {
		row := clean(t, "</spf></policy", "</spf><reason><type>"+string(o)+"</type></reason></policy")
		require.Equal(t, []report.Reason{{Type: o}}, row.Evaluated.Reasons)
	}
	row := clean(t, "<scope>mfrom", "<scope>helo")
	require.Equal(t, "helo", row.SPF[0].Scope)
}

// Values of other documents and of other times: RFC 7489 appendix C names "unknown" and
// "error" as what is commonly sent for two results, RFC 5451 had "hardfail".
func TestAdversaryForeignValues(t *testing.T) {
	tests := []struct {
		name, value string
		want        report.Status
	}{
		{"unknown is temperror", "unknown", report.StatusTempError},
		{"error is permerror", "error", report.StatusPermError},
		{"hardfail is fail", "hardfail", report.StatusFail},
		{"upper case", "PASS", report.StatusPass},
		{"camel case", "SoftFail", report.StatusSoftFail},
		{"blanks", "\n\t pass \n", report.StatusPass},
		{"commented", "pa<!-- x -->ss", report.StatusPass},
		{"as CDATA", "<![CDATA[pass]]>", report.StatusPass},
		{"as references", "&#112;a&#x73;s", report.StatusPass},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := parseOne(t, change("</scope><result>fail", "</scope><result>"+tt.value))
			require.Equal(t, tt.want, r.rows[0].SPF[0].Result)
		})
	}
}

func TestAdversaryVerdicts(t *testing.T) {
	tests := []struct {
		dkim, spf string
		want      report.Verdict
	}{
		{"<dkim>pass</dkim>", "<spf>pass</spf>", report.VerdictPass},
		{"<dkim>fail</dkim>", "<spf>pass</spf>", report.VerdictPass},
		{"<dkim>pass</dkim>", "", report.VerdictPass},
		{"<dkim>fail</dkim>", "<spf>fail</spf>", report.VerdictFail},
		{"<dkim>fail</dkim>", "", report.VerdictUnknown},
		{"", "<spf>fail</spf>", report.VerdictUnknown},
		{"", "", report.VerdictUnknown},
		{"<dkim/>", "<spf/>", report.VerdictUnknown},
		{"<dkim></dkim>", "<spf>fail</spf>", report.VerdictUnknown},
		{"<dkim>banana</dkim>", "<spf>fail</spf>", report.VerdictUnknown},
		{"<dkim>temperror</dkim>", "<spf>fail</spf>", report.VerdictUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.dkim+tt.spf, func(t *testing.T) {
			r := parseOne(t, change("<dkim>pass</dkim><spf>fail</spf>", tt.dkim+tt.spf))
			require.Equal(t, tt.want, r.rows[0].Evaluated.Verdict())
		})
	}
}

func TestAdversaryAddresses(t *testing.T) {
	tests := []struct{ in, want string }{
		{"192.0.2.1", "192.0.2.1"},
		{"\n 192.0.2.1\t", "192.0.2.1"},
		{"::ffff:192.0.2.1", "192.0.2.1"},
		{"::FFFF:C000:201", "192.0.2.1"},
		{"2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
		{"fe80::1%eth0", ""},
		{"fe80::1%25", ""},
		{"::ffff:192.0.2.1%x", ""},
		{"192.0.2", ""},
		{"192.0.2.256", ""},
		{"1.2.3.4.5", ""},
		{"0x7f.1", ""},
		{"", ""},
		{"unknown", ""},
		{"192.0.2.1, 192.0.2.2", ""},
		{"mail.example.org", ""},
		{"192.0.2.0/24", ""},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			r := parseOne(t, change("<source_ip>192.0.2.1", "<source_ip>"+tt.in))
			require.Len(t, r.rows, 1)
			got := r.rows[0].SourceIP
			require.Empty(t, got.Zone())
			if tt.want == "" {
				require.Equal(t, netip.Addr{}, got)
				require.Subset(t, []string{string(report.CodeAddress), string(report.CodeMissingElement)}, codeNames(r.Findings))
				require.NotEmpty(t, r.Findings)
				return
			}
			require.Equal(t, netip.MustParseAddr(tt.want), got)
			require.Empty(t, r.Findings)
		})
	}
}

func TestAdversaryCounts(t *testing.T) {
	require.EqualValues(t, 12, parseOne(t, change("<count>7", "<count> 12\n")).rows[0].Count)
	for in, want := range map[string]uint64{"1": 1, "0012": 12, "4294967296": 1 << 32} {
		r := parseOne(t, change("<count>7", "<count>"+in))
		require.Equal(t, want, r.rows[0].Count, in)
		require.NotContains(t, codeNames(r.Findings), string(report.CodeUnknownValue), in)
	}
	for _, in := range []string{
		"18446744073709551615", "18446744073709551616", "18446744073709551617", "36893488147419103232",
		"-1", "-18446744073709551615", "1e9", "0x10", "1,000", "NaN", "", "one", "1 2", "٣", strings.Repeat("9", 5000),
	} {
		r := parseOne(t, change("<count>7", "<count>"+in))
		require.Len(t, r.rows, 1, in)
		require.Contains(t, []uint64{0, math.MaxUint64}, r.rows[0].Count, in)
		require.Subset(t, []string{string(report.CodeCount), string(report.CodeMissingElement)}, codeNames(r.Findings), in)
		require.NotEmpty(t, r.Findings, in)
	}
	// The number of messages is never less for a sum.
	var s report.Summary
	big := aReport(strings.Repeat(strings.Replace(aRecord, "<count>7", "<count>18446744073709551615", 1), 3))
	for r, err := range report.Parse(strings.NewReader(big), report.Options{Time: readAt}) {
		require.NoError(t, err)
		require.NoError(t, s.Add(r))
	}
	n := s.Domains["example.org"].Counts
	require.Equal(t, n.Messages, n.Pass)
	plain(t, &s)
}

func TestAdversaryDates(t *testing.T) {
	values := []string{
		"0", "-1", "1", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "253402300799", "253402300800",
		"67767976233532799", "1700000000.5", "1700000000000", "1700000000000000000", "", "yesterday", "2023-11-14T00:00:00Z", " 1700000000\n",
		strings.Repeat("1", 3000),
	}
	for _, begin := range values {
		for _, end := range values {
			r := parseOne(t, change("<begin>1700000000", "<begin>"+begin, "<end>1700086399", "<end>"+end))
			_ = r.Fingerprint()
			var s report.Summary
			require.NoError(t, s.AddRows(r.Report, rowsOf(r.rows)))
			plain(t, &s)
			plain(t, report.Evaluate(report.Request{}, &s))
			require.LessOrEqual(t, len(s.Domains["example.org"].Days), 2)
		}
	}
	r := parseOne(t, change("<end>1700086399", "<end>1699990000"))
	require.Contains(t, codeNames(r.Findings), string(report.CodeDate), "ends before it begins")
	r = parseOne(t, change("<end>1700086399", "<end>4000000000"))
	require.Contains(t, codeNames(r.Findings), string(report.CodeDate), "ends in the future")
}

func TestAdversaryMultiplicity(t *testing.T) {
	// What may be once is there twice: nothing is lost silently, and rows stay apart.
	r := parseOne(t, aReport(strings.Replace(aRecord, "</auth_results>",
		"<spf><domain>h.example.org</domain><scope>helo</scope><result>pass</result></spf></auth_results>", 1)+aRecord))
	require.Len(t, r.rows, 2)
	require.Len(t, r.rows[0].SPF, 2)
	require.Equal(t, aRow(), r.rows[1])

	// A row lacks nearly everything; what the row before had does not shine through.
	r = parseOne(t, aReport(aRecord+"<record></record>"+"<record><row/><identifiers/><auth_results/></record>"+aRecord))
	require.Equal(t, int64(len(r.rows)), r.Records)
	require.Equal(t, aRow(), r.rows[0])
	require.Equal(t, aRow(), r.rows[len(r.rows)-1])
	for _, row := range r.rows[1 : len(r.rows)-1] {
		require.Equal(t, report.Row{DKIM: []report.DKIMResult{}, SPF: []report.SPFResult{}}, row)
	}
	require.Contains(t, codeNames(r.Findings), string(report.CodeMissingElement))

	// A count that is missing is not one that an element elsewhere has.
	r = parseOne(t, aReport(strings.Replace(aRecord, "<count>7</count>", "", 1)))
	require.Zero(t, r.rows[0].Count)
	require.Contains(t, codeNames(r.Findings), string(report.CodeMissingElement))

	// More than 100 signatures: the row stays, and it is said.
	many := strings.Repeat("<dkim><domain>x.example</domain><selector>s</selector><result>pass</result></dkim>", 5000)
	r = parseOne(t, aReport(strings.Replace(aRecord, "<auth_results>", "<auth_results>"+many, 1)))
	require.Len(t, r.rows, 1)
	require.LessOrEqual(t, len(r.rows[0].DKIM), 5000)
	require.Contains(t, codeNames(r.Findings), string(report.CodeTooMany))

	// The metadata below the rows counts.
	_, head, _ := strings.Cut(aReport(""), "<feedback>")
	r = parseOne(t, `<feedback>`+aRecord+head)
	require.Equal(t, "1@r.example", r.Metadata.ReportID)
	require.Equal(t, "example.org", r.Policy.Domain)
	require.Equal(t, []report.Row{aRow()}, r.rows)

	// The first of several policies is not mixed with the next into one that no one published.
	r = parseOne(t, strings.Replace(aReport(aRecord), "</policy_published>",
		"</policy_published><policy_published><domain>example.net</domain><p>reject</p></policy_published>", 1))
	require.Contains(t, []string{"example.org none", "example.net reject"}, r.Policy.Domain+" "+string(r.Policy.P))
}
