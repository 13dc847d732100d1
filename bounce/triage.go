package bounce

import (
	"cmp"
	"io"
	"slices"
	"strings"
	"time"
)

const (
	defaultRows = 512
	maxRows     = 1 << 16
	// maxName is how long a name in a row may be, and maxSample the sample's length.
	maxName   = 320
	maxSample = 300
)

// Triage makes the table that an incident needs of any number of log lines: who
// refuses what, why, since when, and what to do; and who sends it. Its memory is
// bounded: it keeps the rows that are most frequent, by the space-saving algorithm of
// Metwally, Agrawal and El Abbadi. A row's Count is at most Error too high, and a row
// that is missing has at most the count of the last.
//
// The zero value is ready. A Triage is not safe for concurrent use: give each
// goroutine, or each host, one of its own, and Merge them.
type Triage struct {
	// Now is the time that log lines without a year or a zone are taken for just
	// before. It must be set for them, since nothing here reads a clock.
	Now time.Time
	// Rows is how many rows of each kind are kept. Zero means 512, which takes one
	// or two megabytes; more than 65536 means 65536.
	Rows int

	log     LogReader
	totals  Totals
	by      map[Category]int64
	rows    counter[Row]
	senders counter[Top]
	users   counter[Top]
	scripts counter[Top]
}

// Totals counts what was read.
type Totals struct {
	Lines int64 `json:"lines"`
	// Sent are the deliveries, Deferred the refusals for now, each attempt counted,
	// and Bounced those for good.
	Sent     int64 `json:"sent"`
	Deferred int64 `json:"deferred"`
	Bounced  int64 `json:"bounced"`
	// Complaints are feedback reports.
	Complaints int64 `json:"complaints"`
	// First and Last are the times of the first and last of them that has one.
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
}

// Trend says how a row's rate changes: the last hour against the mean of the hours
// before it, up to a day.
type Trend string

// The trends. It is empty where there is less than an hour to compare.
const (
	TrendSteady  Trend = "steady"
	TrendRising  Trend = "rising"  // more than twice the mean
	TrendFalling Trend = "falling" // less than half of it
	TrendSpike   Trend = "spike"   // more than five times, and at least 20
)

// Row is one kind of refusal.
type Row struct {
	// Provider is who refuses, if that is known, and Destination the recipient's domain.
	// All domains at a provider share a row: Destination is that of the sample then.
	Provider    Provider `json:"provider,omitzero"`
	Destination string   `json:"destination,omitzero"`
	Category    Category `json:"category"`
	Code        int      `json:"code,omitzero"`
	Enhanced    string   `json:"enhanced,omitzero"`
	// List is the zone of the block list, and Subject what the refusal is about: the
	// address, the domain or the account, by Scope.
	List    string `json:"list,omitzero"`
	Scope   Scope  `json:"scope"`
	Subject string `json:"subject,omitzero"`
	// Sample is the text of one of them, and Rule the rule that read it.
	Sample string `json:"sample"`
	Rule   string `json:"rule"`
	// Result is all that the sample means. Its Evidence counts octets of Sample, and is
	// empty where Sample does not have it as it was. Links longer than 320 octets are
	// left out.
	Result Result    `json:"result"`
	Action Action    `json:"action"`
	Count  int64     `json:"count"`
	Error  int64     `json:"error,omitzero"`
	First  time.Time `json:"first,omitzero"`
	Last   time.Time `json:"last,omitzero"`
	Trend  Trend     `json:"trend,omitzero"`
}

// Top is one of those who send most.
type Top struct {
	Name string `json:"name"`
	// Count is how many messages it handed in, and Refused how many refusals these
	// met, as far as their place in the queue was known.
	Count   int64     `json:"count"`
	Error   int64     `json:"error,omitzero"`
	Refused int64     `json:"refused"`
	First   time.Time `json:"first,omitzero"`
	Last    time.Time `json:"last,omitzero"`
	Trend   Trend     `json:"trend,omitzero"`
}

// TriageReport is the table of an incident.
type TriageReport struct {
	Totals Totals `json:"totals"`
	// Answer says what it is: the address, the domain or an account.
	Answer Answer `json:"answer"`
	// Categories counts all refusals, exactly, the most frequent first.
	Categories []CategoryCount `json:"categories"`
	// Rows are the refusals, the most frequent first.
	Rows []Row `json:"rows"`
	// Senders, Users and Scripts are those who handed in most: addresses in MAIL FROM,
	// authenticated users, and programs that X-PHP-Originating-Script or Exim names.
	Senders []Top `json:"senders"`
	Users   []Top `json:"users"`
	Scripts []Top `json:"scripts"`
}

// CategoryCount is how often a category was met.
type CategoryCount struct {
	Category Category `json:"category"`
	Count    int64    `json:"count"`
	Action   Action   `json:"action"`
}

// Add reads a line of a log. Lines that go on are put together with those before.
func (t *Triage) Add(line string) {
	t.totals.Lines++
	t.log.lines.ref = t.Now
	t.log.lines.add(line, t.observe)
}

// Read adds all lines of a log, however long they are. An error is that of log; what
// was read before it is counted.
func (t *Triage) Read(log io.Reader) error {
	err := readLines(log, func(line string) bool {
		t.Add(line)
		return true
	})
	t.log.lines.flush(t.observe)
	return err
}

// observe takes what the reader made of a record.
func (t *Triage) observe(o Observation) {
	switch {
	case t.log.queue.handedIn(o):
		t.totals.note(o.Time)
		t.handIn(&t.senders, o.Sender, o.Time)
		t.handIn(&t.users, o.User, o.Time)
		t.handIn(&t.scripts, o.Script, o.Time)
	case o.Outcome == OutcomeSent:
		t.sent(o)
	default:
		o = t.log.queue.fill(o)
		t.AddResult(o, Evaluate(o))
	}
}

func (t *Triage) sent(o Observation) {
	t.totals.Sent++
	t.totals.note(o.Time)
}

// AddResult takes an observation and its result, as [Evaluate] made it. Who handed
// messages in is counted of the lines of logs alone, which Add and Read take.
func (t *Triage) AddResult(o Observation, res Result) {
	if res.Category == Accepted {
		t.sent(o)
		return
	}
	switch {
	case res.Category == Complaint:
		t.totals.Complaints++
	case o.Outcome == OutcomeDeferred, o.Outcome == "" && res.Claimed == Temporary:
		t.totals.Deferred++
	default:
		t.totals.Bounced++
	}
	t.totals.note(o.Time)
	if t.by == nil {
		t.by = make(map[Category]int64)
	}
	t.by[res.Category]++

	who := t.log.queue.whose(o)
	subject := t.subject(o, res, who)
	to := domainOf(o.Recipient)
	var buf [512]byte
	key := rowKey(buf[:0], &res, to, subject)
	e := t.rows.add(key, 1, t.size(), o.Time)
	if e.value.Category == "" {
		text, kept := sample(o.Text, res)
		e.value = Row{
			Provider: kept.Provider, Destination: clipped(to), Category: kept.Category, Code: kept.Code, Enhanced: kept.Enhanced,
			List: kept.List.Zone, Scope: kept.Scope, Subject: clipped(subject),
			Sample: text, Rule: kept.Rule, Action: kept.Action, Result: kept,
		}
	}
	t.refused(&t.senders, who.sender)
	t.refused(&t.users, who.user)
	t.refused(&t.scripts, who.script)
}

// rowKey appends what makes a row one of its own.
func rowKey(b []byte, res *Result, to, subject string) []byte {
	b = append(append(b, res.Provider...), 0)
	if res.Provider == "" {
		b = append(b, to...)
	}
	b = append(append(b, 0), res.Category...)
	b = append(append(b, 0, byte(res.Code>>8), byte(res.Code)), res.Enhanced...)
	b = append(append(b, 0), res.List.Zone...)
	b = append(append(b, 0), res.Action...)
	return append(append(b, 0), subject...)
}

// subject is what a refusal is about, for a row. Recipients have no rows of their own.
func (t *Triage) subject(o Observation, res Result, who handed) string {
	if res.Category == BadHELO {
		return cmp.Or(res.Domain, senderIP(&o, res.IPs))
	}
	switch res.Scope {
	case ScopeIP:
		return senderIP(&o, res.IPs)
	case ScopeDomain, ScopeMessage:
		return cmp.Or(res.Domain, domainOf(cmp.Or(o.Sender, who.sender)))
	case ScopeAccount:
		return cmp.Or(who.user, who.script, o.Sender, who.sender)
	}
	return ""
}

func (t *Triage) size() int {
	if t.Rows <= 0 {
		return defaultRows
	}
	return min(t.Rows, maxRows)
}

func (t *Triage) handIn(c *counter[Top], name string, at time.Time) {
	if name != "" {
		c.add([]byte(name), 1, t.size(), at)
	}
}

// refused counts a refusal for one who sends. Who is not among the most frequent is
// passed over.
func (t *Triage) refused(c *counter[Top], name string) {
	if e := c.find(name); e != nil {
		e.value.Refused++
	}
}

func (t *Totals) note(at time.Time) {
	if at.IsZero() {
		return
	}
	if t.First.IsZero() || at.Before(t.First) {
		t.First = at
	}
	if at.After(t.Last) {
		t.Last = at
	}
}

// clipped returns a copy of a name that holds nothing else in memory, without what no
// terminal should get, and not longer than a name may be.
func clipped(s string) string {
	return strings.Clone(printable(strings.ToValidUTF8(s[:min(len(s), maxName)], "")))
}

// Report returns the table. The Triage can go on afterwards.
func (t *Triage) Report() TriageReport {
	t.log.lines.ref = t.Now
	t.log.lines.flush(t.observe)
	r := TriageReport{Totals: t.totals, Categories: []CategoryCount{}, Rows: []Row{}}
	for c, n := range t.by {
		r.Categories = append(r.Categories, CategoryCount{c, n, categories[kindOf(c)].Action})
	}
	slices.SortFunc(r.Categories, func(a, b CategoryCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Category, b.Category))
	})
	for _, e := range t.rows.sorted() {
		row := e.value
		row.Count, row.Error, row.First, row.Last, row.Trend = e.count, e.error, e.first, e.last, e.trend()
		r.Rows = append(r.Rows, row)
	}
	r.Senders, r.Users, r.Scripts = tops(&t.senders), tops(&t.users), tops(&t.scripts)
	r.Answer = answer(&r)
	return r
}

func tops(c *counter[Top]) []Top {
	out := []Top{}
	for _, e := range c.sorted() {
		out = append(out, Top{printable(e.key), e.count, e.error, e.value.Refused, e.first, e.last, e.trend()})
	}
	return out
}
