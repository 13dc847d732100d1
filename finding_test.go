package mailworthy_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
)

func TestSeverityText(t *testing.T) {
	tests := []struct {
		severity mailworthy.Severity
		text     string
	}{
		{mailworthy.None, "none"},
		{mailworthy.Info, "info"},
		{mailworthy.Warning, "warning"},
		{mailworthy.Error, "error"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			require.Equal(t, tt.text, tt.severity.String())
			text, err := tt.severity.MarshalText()
			require.NoError(t, err)
			require.Equal(t, tt.text, string(text))
			var back mailworthy.Severity
			require.NoError(t, back.UnmarshalText(text))
			require.Equal(t, tt.severity, back)
		})
	}
}

func TestSeverityOrder(t *testing.T) {
	var zero mailworthy.Severity
	require.Equal(t, mailworthy.None, zero)
	require.Less(t, mailworthy.None, mailworthy.Info)
	require.Less(t, mailworthy.Info, mailworthy.Warning)
	require.Less(t, mailworthy.Warning, mailworthy.Error)
}

func TestSeverityUnknown(t *testing.T) {
	unknown := mailworthy.Error + 1
	require.Equal(t, "severity(4)", unknown.String())
	require.Equal(t, "severity(255)", mailworthy.Severity(255).String())
	_, err := unknown.MarshalText()
	require.EqualError(t, err, "mailworthy: no severity 4")
	_, err = json.Marshal(mailworthy.Finding{Severity: unknown})
	require.Error(t, err)

	for _, text := range []string{"", "ERROR", "Warning", "severity(1)", "1", "error\x00"} {
		s := mailworthy.Warning
		require.Error(t, s.UnmarshalText([]byte(text)), "%q", text)
		require.Equal(t, mailworthy.Warning, s, "an error changes nothing")
	}
}

func TestFindingJSON(t *testing.T) {
	tests := []struct {
		name    string
		finding mailworthy.Finding
		json    string
	}{
		{
			name:    "what is optional is left out",
			finding: mailworthy.Finding{Code: "spf.none", Severity: mailworthy.Info, Message: "no record"},
			json:    `{"code":"spf.none","severity":"info","message":"no record"}`,
		},
		{
			name: "everything",
			finding: mailworthy.Finding{
				Code: "spf.multiple-records", Severity: mailworthy.Error, Subject: "example.org",
				Message: "2 SPF records", Remedy: "publish one", Ref: "RFC 7208 section 4.5",
				Evidence: []string{"v=spf1 -all", "v=spf1 mx -all"}, Temporary: true,
			},
			json: `{"code":"spf.multiple-records","severity":"error","subject":"example.org",` +
				`"message":"2 SPF records","remedy":"publish one","ref":"RFC 7208 section 4.5",` +
				`"evidence":["v=spf1 -all","v=spf1 mx -all"],"temporary":true}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := json.Marshal(tt.finding)
			require.NoError(t, err)
			require.Equal(t, tt.json, string(got), "names and their order are API")
			var back mailworthy.Finding
			require.NoError(t, json.Unmarshal(got, &back))
			require.Equal(t, tt.finding, back)
		})
	}
}

func TestFindings(t *testing.T) {
	info := mailworthy.Finding{Code: "a.info", Severity: mailworthy.Info}
	warning := mailworthy.Finding{Code: "a.warning", Severity: mailworthy.Warning}
	fatal := mailworthy.Finding{Code: "a.error", Severity: mailworthy.Error}
	tests := []struct {
		name     string
		findings mailworthy.Findings
		worst    mailworthy.Severity
		has      []mailworthy.Code
		hasNot   []mailworthy.Code
	}{
		{name: "nil", worst: mailworthy.None, hasNot: []mailworthy.Code{"", "a.info"}},
		{name: "empty", findings: mailworthy.Findings{}, worst: mailworthy.None, hasNot: []mailworthy.Code{""}},
		{
			name: "one", findings: mailworthy.Findings{info}, worst: mailworthy.Info,
			has: []mailworthy.Code{"a.info"}, hasNot: []mailworthy.Code{"a", "a.info2", "A.INFO"},
		},
		{
			name: "worst in the middle", findings: mailworthy.Findings{info, fatal, warning}, worst: mailworthy.Error,
			has: []mailworthy.Code{"a.info", "a.error", "a.warning"}, hasNot: []mailworthy.Code{"b.error"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.worst, tt.findings.Worst())
			for _, code := range tt.has {
				require.True(t, tt.findings.Has(code), "%q", code)
			}
			for _, code := range tt.hasNot {
				require.False(t, tt.findings.Has(code), "%q", code)
			}
		})
	}
}

func TestFindingString(t *testing.T) {
	f := mailworthy.Finding{Code: "a.b", Severity: mailworthy.Warning, Message: "It is late.", Remedy: "Hurry."}
	require.Equal(t, "warning a.b: It is late. Hurry.", f.String())
	f.Remedy = ""
	require.Equal(t, "[warning a.b: It is late.]", fmt.Sprint(mailworthy.Findings{f}))
}

func TestFindingsTemporary(t *testing.T) {
	require.False(t, mailworthy.Findings(nil).Temporary())
	require.False(t, mailworthy.Findings{{}, {Severity: mailworthy.Error}}.Temporary())
	require.True(t, mailworthy.Findings{{}, {Temporary: true}}.Temporary())
}
