package report_test

import (
	"encoding/json"
	"io"
	"iter"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dmarc/report"
)

// readAt is long after the periods of the reports here.
var readAt = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

// parsed is a report that was read to its end.
type parsed struct {
	*report.Report
	rows []report.Row
	err  error
}

// parseAll reads all that is in an input; the error is the one without a report.
func parseAll(in io.Reader, opts report.Options) (all []parsed, err error) {
	if opts.Time.IsZero() {
		opts.Time = readAt
	}
	for r, e := range report.Parse(in, opts) {
		if r == nil {
			err = e
			continue
		}
		p := parsed{Report: r, err: e}
		for row, e := range r.Rows() {
			if e != nil {
				p.err = e
				break
			}
			p.rows = append(p.rows, row)
		}
		all = append(all, p)
	}
	return all, err
}

// parseOne wants exactly one report, without an error.
func parseOne(t *testing.T, in string) parsed {
	t.Helper()
	all, err := parseAll(strings.NewReader(in), report.Options{})
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.NoError(t, all[0].err)
	plain(t, all[0].Report)
	plain(t, all[0].rows)
	return all[0]
}

// plain wants that a value can be written as JSON, and has no control characters in it.
func plain(t *testing.T, v any) {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	var back any
	require.NoError(t, json.Unmarshal(text, &back))
	walkStrings(back, func(s string) {
		for _, r := range s {
			if unicode.IsControl(r) || r == 0x202e || r == 0x2066 {
				require.Failf(t, "a control character", "%U in %q", r, s)
			}
		}
	})
}

func walkStrings(v any, visit func(string)) {
	switch v := v.(type) {
	case string:
		visit(v)
	case []any:
		for _, x := range v {
			walkStrings(x, visit)
		}
	case map[string]any:
		for k, x := range v {
			visit(k)
			walkStrings(x, visit)
		}
	}
}

// aReport has a gap for the records.
func aReport(records string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<feedback><version>1.0</version><report_metadata><org_name>r.example</org_name>` +
		`<email>dmarc@r.example</email><report_id>1@r.example</report_id>` +
		`<date_range><begin>1700000000</begin><end>1700086399</end></date_range></report_metadata>` +
		`<policy_published><domain>example.org</domain><p>none</p><sp>none</sp><adkim>r</adkim><aspf>r</aspf>` +
		`<pct>100</pct><fo>0</fo></policy_published>` + records + `</feedback>`
}

const aRecord = `<record><row><source_ip>192.0.2.1</source_ip><count>7</count><policy_evaluated>` +
	`<disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row>` +
	`<identifiers><envelope_from>example.org</envelope_from><header_from>example.org</header_from></identifiers>` +
	`<auth_results><dkim><domain>example.org</domain><selector>s</selector><result>pass</result></dkim>` +
	`<spf><domain>example.org</domain><scope>mfrom</scope><result>fail</result></spf></auth_results></record>`

// aRow is what aRecord means.
func aRow() report.Row {
	return report.Row{
		SourceIP: netip.MustParseAddr("192.0.2.1"), Count: 7,
		Evaluated:  report.Evaluated{Disposition: report.None, DKIM: report.StatusPass, SPF: report.StatusFail},
		HeaderFrom: "example.org", EnvelopeFrom: "example.org",
		DKIM: []report.DKIMResult{{Domain: "example.org", Selector: "s", Result: report.StatusPass}},
		SPF:  []report.SPFResult{{Domain: "example.org", Scope: "mfrom", Result: report.StatusFail}},
	}
}

// change is aReport with one record in which something is replaced.
func change(pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(aReport(aRecord))
}

func codeNames(fs mailworthy.Findings) []string {
	out := []string{}
	for _, f := range fs {
		out = append(out, string(f.Code))
	}
	return out
}

func rowsOf(rows []report.Row) iter.Seq2[report.Row, error] {
	return func(yield func(report.Row, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}
