package bounce

import (
	"net/netip"
	"strings"
	"time"
)

const (
	// maxRecord is how much of one record of a log is read.
	maxRecord = 64 << 10
	// maxLines is how many lines one record may have.
	maxLines = 256
	// maxDeliveries bounds what is remembered of qmail's deliveries under way.
	maxDeliveries = 4096
)

// ParseLog reads the records of a log, or of a queue's listing, or the texts of
// errors, and returns those that say what became of a message. The others are passed
// over. It knows Postfix, Exim, qmail, Sendmail, PowerMTA, KumoMTA, the output of
// mailq, the reports of Exchange, and what client libraries make of a reply.
//
// A record may go on in lines that start with white space or with the reply's code.
// Times without a year or a zone are taken for those of the year before ref, in its
// zone.
func ParseLog(text string, ref time.Time) []Observation {
	r := logReader{ref: ref}
	var out []Observation
	keep := func(o Observation) {
		if o.Outcome != "" || o.Text != "" {
			out = append(out, o)
		}
	}
	for line := range strings.Lines(text) {
		r.add(line, keep)
	}
	r.flush(keep)
	return out
}

// logReader puts lines together to records, and reads those. What it remembers is
// bounded.
type logReader struct {
	ref     time.Time
	pending []string
	size    int
	// address is a recipient that stood alone in a line, as in Exchange's reports.
	address string
	// columns are those that the head of a file of PowerMTA names, or nil.
	columns []string
	// deliveries are those of qmail, by number.
	deliveries, messages map[string]string
}

// add takes a line, and hands on the observations of the record that it ends.
func (r *logReader) add(line string, yield func(Observation)) {
	line = strings.TrimRight(line, "\r\n")
	if len(line) > maxRecord {
		line = line[:maxRecord]
	}
	if len(r.pending) > 0 && r.continues(line) {
		if len(r.pending) < maxLines && r.size+len(line) <= maxRecord {
			r.pending = append(r.pending, line)
			r.size += len(line) + 1
		}
		return
	}
	r.flush(yield)
	if strings.TrimSpace(line) != "" {
		r.pending, r.size = append(r.pending[:0], line), len(line)
	}
}

// continues reports whether a line belongs to the record before.
func (r *logReader) continues(line string) bool {
	if line == "" {
		return false
	}
	first := r.pending[0]
	if line[0] == '(' {
		_, _, ok := queueHead(first)
		return ok
	}
	if line[0] == ' ' || line[0] == '\t' {
		// A listing of PHP's or Node's errors is indented as a whole.
		return first[0] != ' ' && first[0] != '\t' || strings.HasPrefix(strings.TrimLeft(line, " \t"), "550")
	}
	code, last := replyCode(line), r.pending[len(r.pending)-1]
	return code != "" && (strings.HasPrefix(last, code+"-") || strings.Contains(last, " "+code+"-"))
}

// replyCode returns the code that a line starts with, or "".
func replyCode(line string) string {
	if len(line) >= 4 && line[0] >= '4' && line[0] <= '5' && isDigit(line[1]) && isDigit(line[2]) && (line[3] == '-' || line[3] == ' ') {
		return line[:3]
	}
	return ""
}

// flush reads the record that is complete.
func (r *logReader) flush(yield func(Observation)) {
	if len(r.pending) == 0 {
		return
	}
	first := r.pending[0]
	if r.mailq(first, r.pending[1:], yield) {
		r.pending = r.pending[:0]
		return
	}
	text := first
	if len(r.pending) > 1 {
		text = strings.Join(r.pending, "\n")
	}
	r.pending = r.pending[:0]
	r.record(text, yield)
}

// record reads one record, by its format.
func (r *logReader) record(text string, yield func(Observation)) {
	if text[0] == '{' && r.kumo(text, yield) {
		return
	}
	if r.powermta(text, yield) {
		return
	}
	l := r.prefix(text)
	switch {
	case strings.HasPrefix(l.program, "postfix"):
		r.postfix(l, yield)
	case strings.HasPrefix(l.program, "sendmail"), strings.HasPrefix(l.program, "sm-mta"):
		r.sendmail(l, yield)
	case strings.HasPrefix(l.program, "qmail"), qmailLine(l.rest):
		r.qmail(l, yield)
	case r.exim(l, yield):
	case strings.Contains(l.rest, "status=") && strings.Contains(l.rest, "dsn="):
		r.postfix(l, yield)
	case strings.Contains(l.rest, "stat=") && strings.Contains(l.rest, "to="):
		r.sendmail(l, yield)
	case l.program == "":
		r.loose(text, yield)
	}
}

// loose reads what is no line of a log: the error of a client, a reply alone, a part
// of a report of Exchange.
func (r *logReader) loose(text string, yield func(Observation)) {
	trimmed := strings.TrimSpace(text)
	if a := strings.Trim(trimmed, "<>:"); strings.Count(a, "@") == 1 && isDomain(a[strings.IndexByte(a, '@')+1:]) && !strings.ContainsAny(a, " \t\n") {
		r.address = a
		return
	}
	if rest, ok := strings.CutPrefix(trimmed, "#"); ok {
		trimmed = strings.Trim(rest, "#< >")
	}
	o := ParseReply(trimmed)
	if o.Code == 0 && noConnection(head(trimmed)) {
		o.Text, o.Format, o.Stage, o.Outcome = trimmed, FormatClient, StageConnect, OutcomeDeferred
		yield(o)
		return
	}
	if o.Code == 0 && strings.Contains(head(trimmed), "SMTP Error: Could not authenticate") {
		// PHPMailer, which keeps what the server said to itself.
		o.Text, o.Format, o.Stage, o.Outcome = trimmed, FormatClient, StageAuth, OutcomeBounced
		yield(o)
		return
	}
	if o.Code < 400 && (o.Format != FormatClient || o.Enhanced == "") {
		return
	}
	if o.Recipient == "" {
		o.Recipient = r.address
	}
	r.address = ""
	o.Outcome = OutcomeBounced
	if o.Code != 0 && o.Code < 500 || o.Code == 0 && o.Enhanced[0] == '4' {
		o.Outcome = OutcomeDeferred
	}
	yield(o)
}

// noConnection reports whether a text is what the libraries of Node, PHP, Go and
// Python say when there is no connection.
func noConnection(s string) bool {
	for _, t := range [...]string{"ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH", "ENOTFOUND", "SMTP connect() failed", "dial tcp", "[Errno 1"} {
		if strings.Contains(s, t) {
			return true
		}
	}
	return false
}

// logLine is a line without what the log puts in front.
type logLine struct {
	time    time.Time
	program string
	rest    string
}

// prefix reads the time, host and program that syslog writes, or the time alone.
func (r *logReader) prefix(s string) logLine {
	l := logLine{rest: s}
	var ok bool
	if l.time, l.rest, ok = r.stamp(s); !ok {
		return logLine{rest: s}
	}
	if qmailLine(l.rest) {
		return l
	}
	// "host program[pid]: text"
	host, rest, ok := strings.Cut(l.rest, " ")
	if !ok || strings.HasSuffix(host, ":") || host == "" {
		return l
	}
	tag, text, ok := strings.Cut(rest, ": ")
	if !ok || strings.ContainsAny(tag, " =<@") || len(tag) > 64 {
		return l
	}
	l.program, _, _ = strings.Cut(tag, "[")
	l.rest = text
	if l.program == "exim" || l.program == "exim4" {
		// Exim may write its own time as well.
		if at, rest, ok := r.stamp(text); ok {
			l.time, l.rest = at, rest
		}
	}
	return l
}

// stamp reads a time at the start of s: as syslog writes it, by RFC 3339, as Exim
// does, or TAI64N. It returns what follows.
func (r *logReader) stamp(s string) (time.Time, string, bool) {
	zone := r.ref.Location()
	if len(s) >= 16 && s[3] == ' ' && s[6] == ' ' && s[9] == ':' {
		if t, err := time.ParseInLocation("Jan _2 15:04:05", s[:15], zone); err == nil {
			return r.year(t).UTC(), strings.TrimLeft(s[15:], " "), true
		}
	}
	if len(s) < 20 || s[4] != '-' || s[7] != '-' {
		if at, rest, ok := strings.Cut(s, " "); ok && len(at) == 25 && at[0] == '@' {
			return tai(at[1:]), rest, true
		}
		return time.Time{}, s, false
	}
	if s[10] == 'T' {
		at, rest, _ := strings.Cut(s, " ")
		if t, err := time.Parse(time.RFC3339Nano, at); err == nil {
			return t.UTC(), rest, true
		}
		return time.Time{}, s, false
	}
	t, err := time.ParseInLocation(time.DateTime, s[:19], zone)
	if err != nil {
		return time.Time{}, s, false
	}
	rest := s[19:]
	if rest != "" && rest[0] == '.' { // milliseconds
		rest = strings.TrimLeft(rest, ".0123456789")
	}
	rest = strings.TrimLeft(rest, " ")
	if len(rest) > 6 && (rest[0] == '+' || rest[0] == '-') && rest[5] == ' ' {
		if withZone, err := time.Parse("2006-01-02 15:04:05 -0700", s[:19]+" "+rest[:5]); err == nil {
			t, rest = withZone, rest[6:]
		}
	}
	return t.UTC(), rest, true
}

// year gives a time without one the year that puts it last before the reference, or
// a day behind it at most, since clocks differ.
func (r *logReader) year(t time.Time) time.Time {
	if r.ref.IsZero() {
		return t
	}
	t = t.AddDate(r.ref.Year(), 0, 0)
	if t.After(r.ref.AddDate(0, 0, 1)) {
		t = t.AddDate(-1, 0, 0)
	}
	return t
}

// tai reads the hexadecimal digits of TAI64N, which is ten seconds and more ahead of
// the time of day (2^62 + 10 seconds for 1970).
func tai(s string) time.Time {
	var seconds uint64
	for i := range 16 {
		c := s[i]
		switch {
		case isDigit(c):
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return time.Time{}
		}
		seconds = seconds<<4 | uint64(c)
	}
	const epoch = 1<<62 + 10
	if seconds < epoch || seconds-epoch > 1<<34 {
		return time.Time{}
	}
	return time.Unix(int64(seconds-epoch), 0).UTC()
}

// field returns the value of name=value in a log line that is a list with commas. A
// value in angle brackets loses them.
func field(s, name string) string {
	at := 0
	if !strings.HasPrefix(s, name) {
		if at = strings.Index(s, ", "+name); at >= 0 {
			at += 2
		} else if at = strings.Index(s, " "+name); at >= 0 {
			at++
		} else {
			return ""
		}
	}
	v := s[at+len(name):]
	if v != "" && v[0] == '<' {
		v, _, _ = strings.Cut(v[1:], ">")
		return v
	}
	if end := strings.IndexAny(v, ", "); end >= 0 {
		v = v[:end]
	}
	return v
}

// relay reads "mx.example.net[192.0.2.25]:25", or Sendmail's "mx.example.net.
// [192.0.2.25]".
func (o *Observation) relay(s string) {
	if s == "" || s == "none" || s == "local" {
		return
	}
	o.host(s)
	if o.RemoteHost == "" && isDomain(strings.TrimSuffix(s, ".")) {
		o.RemoteHost = domainName(s)
	}
}

// addr reads an address, with or without a port, in brackets or not.
func addr(s string) netip.Addr {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap()
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.WithZone("").Unmap()
}
