package bounce_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy/bounce"
)

func ExampleEvaluate() {
	res := bounce.Evaluate(bounce.ParseReply("550 5.1.1 <news@example.org> has sent to too many recipients. IB607"))
	fmt.Println(res.Category, res.Action, res.Confidence)
	fmt.Println(res.Claimed, "as the server has it, in truth", res.Actual)
	fmt.Println(res.Findings[0].Remedy)
	// Output:
	// rate-limited slow-down certain
	// permanent as the server has it, in truth temporary
	// Send less at a time to this destination, over fewer connections, and wait longer after each deferral.
}

func ExampleParseReply() {
	o := bounce.ParseReply("550-5.7.1 Service unavailable;\r\n550 5.7.1 Client host [192.0.2.10] blocked using zen.spamhaus.org")
	res := bounce.Evaluate(o)
	fmt.Println(o.Code, o.Enhanced, res.Category, res.List.Zone, res.IPs[0], res.DelistURL)
	at := res.Evidence
	fmt.Printf("%q\n", o.Text[at.Offset:at.Offset+at.Length])
	// Output:
	// 550 5.7.1 ip-blocklisted zen.spamhaus.org 192.0.2.10 https://check.spamhaus.org/
	// "zen.spamhaus.org"
}

func ExampleParseLog() {
	const log = `Nov 21 10:00:01 mail postfix/smtp[1]: 4BqA1: to=<bob@example.net>, relay=mx.example.net[198.51.100.25]:25, dsn=4.7.1, status=deferred (host mx.example.net[198.51.100.25] said: 451 4.7.1 Greylisted, try again in 5 minutes (in reply to RCPT TO command))
`
	for _, o := range bounce.ParseLog(log, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)) {
		res := bounce.Evaluate(o)
		fmt.Println(o.Time.Format(time.DateTime), o.Recipient, o.RemoteHost, o.Stage)
		fmt.Println(res.Category, res.Action, res.Retry.After)
	}
	// Output:
	// 2026-11-21 10:00:01 bob@example.net mx.example.net rcpt
	// greylisted retry 300
}

func ExampleLogReader() {
	log := strings.NewReader(`2026-11-21T09:59:58Z mail postfix/smtpd[9]: 4BqA1: client=unknown[203.0.113.9], sasl_method=LOGIN, sasl_username=alice@example.org
2026-11-21T10:00:01Z mail postfix/smtp[1]: 4BqA1: to=<bob@example.net>, relay=mx.example.net[198.51.100.25]:25, dsn=5.7.1, status=bounced (host mx.example.net[198.51.100.25] said: 550 5.7.1 Message rejected as spam (in reply to end of DATA command))
`)
	var records bounce.LogReader
	for o, err := range records.Read(log) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(o.User, o.Recipient, bounce.Evaluate(o).Category)
	}
	// Output:
	// alice@example.org bob@example.net content-spam
}

func ExampleParseDSN() {
	d, err := bounce.ParseDSN([]byte(postfixDSN))
	fmt.Println(d.Format, d.ReportingHost, err)
	for _, o := range d.Observations {
		fmt.Println(o.Recipient, bounce.Evaluate(o).Action)
	}
	// Output:
	// dsn mail.example.org <nil>
	// robert@example.net remove-address
	// carol@example.net retry
}

func ExampleTriage() {
	t := bounce.Triage{Now: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
	for range 3 {
		t.Add("Nov 21 10:00:01 mail postfix/smtp[1]: 4BqA1: to=<bob@example.net>, relay=mx.example.net[198.51.100.25]:25, dsn=5.7.1, status=bounced (host mx.example.net[198.51.100.25] said: 554 5.7.1 Client host [192.0.2.10] blocked using zen.spamhaus.org (in reply to RCPT TO command))")
	}
	r := t.Report()
	for _, row := range r.Rows {
		fmt.Println(row.Destination, row.Category, row.List, row.Subject, row.Count, row.Action)
	}
	fmt.Println(r.Answer.Scope, r.Answer.Subject, r.Answer.Percent)
	// Output:
	// example.net ip-blocklisted zen.spamhaus.org 192.0.2.10 3 delist
	// ip 192.0.2.10 100
}

// Lines go in one by one, as they are read: a record that takes several is put together.
func ExampleTriage_Add() {
	var t bounce.Triage
	log := bufio.NewScanner(strings.NewReader(`2026-11-21T10:00:01+00:00 mail postfix/smtp[1]: 4BqA1: to=<bob@example.net>, relay=mx.example.net[198.51.100.25]:25, dsn=2.0.0, status=sent (250 2.0.0 Ok)
2026-11-21T10:00:02+00:00 mail postfix/smtp[1]: 4BqA2: to=<eve@example.net>, relay=mx.example.net[198.51.100.25]:25, dsn=4.2.2, status=deferred (host mx.example.net[198.51.100.25] said: 452 4.2.2 Mailbox full (in reply to RCPT TO command))
`))
	for log.Scan() {
		t.Add(log.Text())
	}
	r := t.Report()
	fmt.Println(r.Totals.Sent, "sent,", r.Totals.Deferred, "deferred,", r.Totals.Bounced, "bounced")
	for _, row := range r.Rows {
		fmt.Println(row.Destination, row.Category, row.Count, row.Action)
	}
	// Output:
	// 1 sent, 1 deferred, 0 bounced
	// example.net mailbox-full 1 retry
}

// A mail server that has its replies at hand needs no log.
func ExampleTriage_AddResult() {
	var t bounce.Triage
	o := bounce.ParseReply("550 5.7.1 Client host [192.0.2.10] blocked using zen.spamhaus.org")
	o.RemoteHost, o.Recipient = "mx.example.net", "bob@example.net"
	o.Stage = bounce.StageRcpt
	res := bounce.Evaluate(o)
	t.AddResult(o, res)

	row := t.Report().Rows[0]
	fmt.Println(row.Destination, row.Category, row.List, row.Subject)
	// Output:
	// example.net ip-blocklisted zen.spamhaus.org 192.0.2.10
}

// Each host counts for itself and sends what it has as JSON. Together it is one table.
func ExampleTriage_Merge() {
	count := func(replies ...string) []byte {
		var t bounce.Triage
		for _, text := range replies {
			o := bounce.ParseReply(text)
			o.Recipient = "bob@example.net"
			t.AddResult(o, bounce.Evaluate(o))
		}
		stored, err := json.Marshal(&t)
		if err != nil {
			panic(err)
		}
		return stored
	}
	var all bounce.Triage
	for _, stored := range [][]byte{
		count("451 4.7.1 Greylisted, try again in 5 minutes"),
		count("451 4.7.1 Greylisted, try again in 5 minutes", "552 5.2.2 Mailbox full"),
	} {
		var host bounce.Triage
		if err := json.Unmarshal(stored, &host); err != nil {
			panic(err)
		}
		all.Merge(&host)
	}
	for _, row := range all.Report().Rows {
		fmt.Println(row.Count, row.Category, row.Action)
	}
	// Output:
	// 2 greylisted retry
	// 1 mailbox-full retry
}

func ExampleCategories() {
	for _, c := range bounce.Categories()[:3] {
		fmt.Println(c.Category, c.Action, c.Scope)
	}
	// Output:
	// accepted none unknown
	// unknown review unknown
	// ip-blocklisted delist ip
}
