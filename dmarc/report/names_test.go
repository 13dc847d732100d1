package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc/report"
)

func TestFileNames(t *testing.T) {
	begin, end := time.Date(2002, 2, 14, 1, 0, 12, 0, time.UTC), time.Date(2002, 2, 15, 0, 58, 50, 0, time.UTC)
	parts := report.FileName{Receiver: "mail.receiver.example", Domain: "example.com", Begin: begin, End: end}
	named := func(name, id string) report.FileName {
		f := parts
		f.Name, f.UniqueID = name, id
		return f
	}
	const plain = "mail.receiver.example!example.com!1013648412!1013734730"
	for _, tt := range []struct {
		name string
		want report.FileName
	}{
		{plain + ".xml.gz", named(plain+".xml.gz", "")},
		{plain + "!a1.XML", named(plain+"!a1.XML", "a1")},
		{plain + ".zip", named(plain+".zip", "")},
		{strings.ToUpper(plain), named(strings.ToUpper(plain), "")},
		{plain + "!\u0130.gz", named(plain+"!\u0130.gz", "\u0130")},
		{"report.xml", report.FileName{Name: "report.xml"}},
		{"../../etc/passwd\x00", report.FileName{Name: `../../etc/passwd\u0000`}},
		{"a..b!example.com!1!2.xml", report.FileName{Name: "a..b!example.com!1!2.xml"}},
		{"a!b!-1!2.xml", report.FileName{Name: "a!b!-1!2.xml"}},
		{"a!b!1!99999999999999999999.xml", report.FileName{Name: "a!b!1!99999999999999999999.xml"}},
		{"a!b!1!2!3!4.xml", report.FileName{Name: "a!b!1!2!3!4.xml"}},
		{"", report.FileName{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, errs := readAll(strings.NewReader(zipped(tt.name, doc)), report.Options{})
			require.Empty(t, errs)
			require.Equal(t, tt.want, got[0].Report.File)
		})
	}
}

func TestSubjects(t *testing.T) {
	for subject, want := range map[string]report.Subject{
		"Report Domain: example.com\r\n Submitter: mail.receiver.example\r\n\tReport-ID: <2002.02.15@example.com>":    {Domain: "example.com", Submitter: "mail.receiver.example", ReportID: "2002.02.15@example.com"},
		"[Preview] report domain: Example.COM submitter: x.example":                                                   {Domain: "example.com", Submitter: "x.example"},
		"Report-ID: 5\x1b[2J Report Domain:":                                                                          {ReportID: `5\u001b[2J`},
		"Dmarc Aggregate Report Domain: {example.org}  Submitter: {Amazon SES}  Date: {2025-01-01}  Report-ID: {a-1}": {Domain: "example.org", ReportID: "a-1"},
		"Report Domain: a..b": {},
		"Hello":               {},
	} {
		got, errs := readAll(strings.NewReader("Subject: "+subject+"\r\nContent-Type: text/xml\r\n\r\n"+doc), report.Options{})
		require.Empty(t, errs)
		require.Equal(t, want, got[0].Report.Subject, subject)
	}
}
