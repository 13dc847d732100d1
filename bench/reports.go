package main

import (
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	dmarcreport "github.com/mailworthy/mailworthy/dmarc/report"
)

// The contenders of the comparison of DMARC reports.
const (
	reportsPeer   = "encoding/xml into structs"
	reportsTokens = "encoding/xml, tokens only"
	reportsParse  = "mailworthy Parse"
	reportsAdd    = "mailworthy Parse, Summary.Add"
)

var errRows = errors.New("the report has other rows")

// xmlReport is a report as programs that use encoding/xml declare it.
type xmlReport struct {
	XMLName  xml.Name `xml:"feedback"`
	Version  string   `xml:"version"`
	Metadata struct {
		OrgName   string `xml:"org_name"`
		Email     string `xml:"email"`
		ReportID  string `xml:"report_id"`
		DateRange struct {
			Begin int64 `xml:"begin"`
			End   int64 `xml:"end"`
		} `xml:"date_range"`
	} `xml:"report_metadata"`
	Policy struct {
		Domain string `xml:"domain"`
		ADKIM  string `xml:"adkim"`
		ASPF   string `xml:"aspf"`
		P      string `xml:"p"`
		SP     string `xml:"sp"`
		Pct    int    `xml:"pct"`
	} `xml:"policy_published"`
	Records []xmlRecord `xml:"record"`
}

type xmlRecord struct {
	Row struct {
		SourceIP  string `xml:"source_ip"`
		Count     uint64 `xml:"count"`
		Evaluated struct {
			Disposition string `xml:"disposition"`
			DKIM        string `xml:"dkim"`
			SPF         string `xml:"spf"`
			Reasons     []struct {
				Type    string `xml:"type"`
				Comment string `xml:"comment"`
			} `xml:"reason"`
		} `xml:"policy_evaluated"`
	} `xml:"row"`
	Identifiers struct {
		HeaderFrom   string `xml:"header_from"`
		EnvelopeFrom string `xml:"envelope_from"`
	} `xml:"identifiers"`
	AuthResults struct {
		DKIM []struct {
			Domain   string `xml:"domain"`
			Selector string `xml:"selector"`
			Result   string `xml:"result"`
		} `xml:"dkim"`
		SPF []struct {
			Domain string `xml:"domain"`
			Scope  string `xml:"scope"`
			Result string `xml:"result"`
		} `xml:"spf"`
	} `xml:"auth_results"`
}

// reportXML is a report with so many rows, indented as most reporters do.
func reportXML(rows int) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8" ?>
<feedback>
  <version>1.0</version>
  <report_metadata>
    <org_name>receiver.example</org_name>
    <email>dmarc@receiver.example</email>
    <report_id>17001</report_id>
    <date_range><begin>1763596800</begin><end>1763683199</end></date_range>
  </report_metadata>
  <policy_published>
    <domain>example.org</domain><adkim>r</adkim><aspf>r</aspf><p>none</p><sp>none</sp><pct>100</pct>
  </policy_published>
`)
	for i := range rows {
		ip := "198.51." + strconv.Itoa(i/250%250) + "." + strconv.Itoa(i%250)
		if i%4 == 0 {
			ip = "2001:db8::" + strconv.FormatInt(int64(i%5000), 16)
		}
		fmt.Fprintf(&b, `  <record>
    <row>
      <source_ip>%s</source_ip>
      <count>%d</count>
      <policy_evaluated>
        <disposition>none</disposition>
        <dkim>pass</dkim>
        <spf>fail</spf>
      </policy_evaluated>
    </row>
    <identifiers>
      <header_from>example.org</header_from>
      <envelope_from>bounce%d.vendor.example</envelope_from>
    </identifiers>
    <auth_results>
      <dkim>
        <domain>example.org</domain>
        <selector>s%d</selector>
        <result>pass</result>
      </dkim>
      <spf>
        <domain>bounce%[3]d.vendor.example</domain>
        <scope>mfrom</scope>
        <result>pass</result>
      </spf>
    </auth_results>
  </record>
`, ip, 1+i%9, i%50, 1+i%3)
	}
	b.WriteString("</feedback>\n")
	return b.Bytes()
}

// reportCase is a report that is read.
type reportCase struct {
	rows       int
	compressed bool
}

var reportCases = []reportCase{{rows: 10}, {rows: 1000}, {rows: 20_000}, {rows: 1000, compressed: true}}

func (c reportCase) name() string {
	if c.compressed {
		return fmt.Sprintf("reports rows=%d form=gzip", c.rows)
	}
	return fmt.Sprintf("reports rows=%d form=xml", c.rows)
}

// workload lets the contenders read the report. All must come to the same number of
// messages. It also returns how many octets of XML there are.
func (c reportCase) workload() (workload, int, error) {
	doc, messages := reportXML(c.rows), uint64(0)
	for i := range c.rows {
		messages += uint64(1 + i%9)
	}
	in := doc
	open := func() (io.Reader, error) { return bytes.NewReader(doc), nil }
	if c.compressed {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write(doc); err != nil {
			return workload{}, 0, err
		}
		if err := z.Close(); err != nil {
			return workload{}, 0, err
		}
		in = b.Bytes()
		open = func() (io.Reader, error) { return gzip.NewReader(bytes.NewReader(in)) }
	}
	check := func(got uint64, err error) error {
		if err == nil && got != messages {
			err = fmt.Errorf("%w: %d messages", errRows, got)
		}
		return err
	}
	return workload{name: c.name(), contenders: []contender{
		repeat(reportsPeer, func() error { return check(unmarshalReport(open)) }),
		repeat(reportsTokens, func() error { return tokensOfReport(open) }),
		repeat(reportsParse, func() error { return check(parseReport(in)) }),
		repeat(reportsAdd, func() error { return check(addReport(in)) }),
	}}, len(doc), nil
}

func unmarshalReport(open func() (io.Reader, error)) (n uint64, err error) {
	in, err := open()
	if err != nil {
		return 0, err
	}
	var r xmlReport
	if err := xml.NewDecoder(in).Decode(&r); err != nil {
		return 0, err
	}
	for i := range r.Records {
		n += r.Records[i].Row.Count
	}
	return n, nil
}

func tokensOfReport(open func() (io.Reader, error)) error {
	in, err := open()
	if err != nil {
		return err
	}
	d := xml.NewDecoder(in)
	for {
		if _, err := d.RawToken(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func parseReport(in []byte) (n uint64, err error) {
	for rep, err := range dmarcreport.Parse(bytes.NewReader(in), dmarcreport.Options{}) {
		if err != nil {
			return 0, err
		}
		for row, err := range rep.Rows() {
			if err != nil {
				return 0, err
			}
			n += row.Count
		}
	}
	return n, nil
}

func addReport(in []byte) (n uint64, err error) {
	var s dmarcreport.Summary
	for rep, err := range dmarcreport.Parse(bytes.NewReader(in), dmarcreport.Options{}) {
		if err != nil {
			return 0, err
		}
		if err := s.Add(rep); err != nil {
			return 0, err
		}
	}
	return s.Domains["example.org"].Messages, nil
}

func compareReports(s settings, r *report) error {
	rows := [][]string{{"MB/s of XML, of CPU time"}}
	for _, c := range []string{reportsPeer, reportsTokens, reportsParse, reportsAdd} {
		rows = append(rows, []string{c})
	}
	for _, c := range reportCases {
		w, size, err := c.workload()
		if err != nil {
			return err
		}
		used, err := r.compare(s, w)
		if err != nil {
			return err
		}
		rows[0] = append(rows[0], strings.TrimPrefix(c.name(), "reports "))
		for i, contender := range w.contenders {
			rows[i+1] = append(rows[i+1], figure(float64(size)*1e3/used.median(contender.name, cpu)))
		}
		if c.rows > 10 {
			want := 8.0
			if c.compressed {
				want = 5 // Both decompress.
			}
			r.atLeast(want, used.ratio(reportsPeer, reportsParse, cpu), w.name+": CPU that encoding/xml takes, in multiples of ours")
			r.atLeast(100, used.ratio(reportsPeer, reportsParse, allocs), w.name+": allocations of encoding/xml, in multiples of ours")
		}
		r.atLeast(2, used.ratio(reportsPeer, reportsAdd, cpu), w.name+": CPU that encoding/xml takes, in multiples of ours with sums")
	}
	return r.table(rows)
}
