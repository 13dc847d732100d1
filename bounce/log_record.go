package bounce

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// queueHead reads the first line of an entry of a queue's listing:
//
//	3F2A1B4C5D*    1234 Sat Nov 21 10:00:00  news@example.org
func queueHead(line string) (id, sender string, ok bool) {
	if line == "" || len(line) > 1024 || line[0] == ' ' || line[0] == '(' {
		return "", "", false
	}
	for i := 0; i < min(len(line), 6) && line[0] > ' '; i++ {
		if !isAlnum(line[i]) {
			return "", "", false // As nearly all lines of logs are, which start with a date.
		}
	}
	words := strings.Fields(line)
	if len(words) < 7 {
		return "", "", false
	}
	id = strings.TrimRight(words[0], "*!#")
	sender = strings.Trim(words[len(words)-1], "<>")
	if len(id) < 6 || len(id) > 32 || !isDigit(words[1][0]) || len(words[2]) != 3 || len(words[3]) != 3 || strings.IndexFunc(id, notAlnum) >= 0 {
		return "", "", false
	}
	if sender == "MAILER-DAEMON" {
		sender = ""
	}
	return id, sender, true
}

func notAlnum(r rune) bool { return r >= 0x80 || !isAlnum(byte(r)) }

// mailq reads an entry of a queue's listing: the head, and then reasons in
// parentheses, each above the recipients that it is for.
func (r *logReader) mailq(first string, lines []string, yield func(Observation)) bool {
	id, sender, ok := queueHead(first)
	if !ok {
		return false
	}
	o := Observation{Format: FormatMailq, QueueID: id, Sender: sender, Outcome: OutcomeDeferred}
	words := strings.Fields(first)
	for _, layout := range []string{"Jan _2 15:04:05", "Jan _2 15:04"} {
		if t, err := time.ParseInLocation(layout, fmt.Sprintf("%s %2s %s", words[3], words[4], words[5]), r.ref.Location()); err == nil {
			o.Time = r.year(t).UTC()
			break
		}
	}
	reason, depth := "", 0
	for _, line := range lines {
		s := strings.TrimSpace(line)
		switch {
		case s == "":
		case depth > 0:
			reason += "\n" + s
			depth += strings.Count(s, "(") - strings.Count(s, ")")
		case s[0] == '(':
			reason = s
			depth = strings.Count(s, "(") - strings.Count(s, ")")
		default:
			to := o
			to.Recipient = strings.Trim(s, "<>")
			to.Text = strings.TrimSuffix(strings.TrimPrefix(reason, "("), ")")
			to.Text = strings.TrimPrefix(to.Text, "Deferred: ")
			if to.Text == "" {
				continue
			}
			to.unwrapLocal()
			if to.Code == 0 && to.Stage == "" {
				to.Stage = StageLocal
			}
			yield(to)
		}
	}
	return true
}

// kumoRecord is a record of KumoMTA's log.
type kumoRecord struct {
	Type      string          `json:"type"`
	ID        string          `json:"id"`
	Sender    string          `json:"sender"`
	Recipient json.RawMessage `json:"recipient"`
	Response  struct {
		Code     int `json:"code"`
		Enhanced *struct {
			Class   int `json:"class"`
			Subject int `json:"subject"`
			Detail  int `json:"detail"`
		} `json:"enhanced_code"`
		Content string `json:"content"`
		Command string `json:"command"`
	} `json:"response"`
	Peer struct {
		Name string `json:"name"`
		Addr string `json:"addr"`
	} `json:"peer_address"`
	Source struct {
		Address string `json:"address"`
	} `json:"source_address"`
	Timestamp float64 `json:"timestamp"`
	Feedback  *struct {
		Type string `json:"feedback_type"`
	} `json:"feedback_report"`
}

// kumo reads a record of KumoMTA.
func (r *logReader) kumo(text string, yield func(Observation)) bool {
	var k kumoRecord
	if json.Unmarshal([]byte(text), &k) != nil {
		return false
	}
	o := Observation{
		Format: FormatKumoMTA, QueueID: k.ID, Sender: k.Sender, Text: k.Response.Content, Code: k.Response.Code,
		RemoteIP: addr(k.Peer.Addr), LocalIP: addr(k.Source.Address), Stage: commandStage(k.Response.Command),
	}
	switch k.Type {
	case "Bounce", "AdminBounce", "OOB":
		o.Outcome = OutcomeBounced
	case "Expiration":
		o.Outcome = OutcomeBounced
	case "TransientFailure":
		o.Outcome = OutcomeDeferred
	case "Delivery":
		o.Outcome = OutcomeSent
	case "Feedback":
		o.Outcome = OutcomeComplaint
	default:
		return k.Type != ""
	}
	var one string
	var several []string
	if json.Unmarshal(k.Recipient, &one) == nil {
		several = []string{one}
	} else if json.Unmarshal(k.Recipient, &several) != nil || len(several) == 0 {
		several = []string{""}
	}
	if e := k.Response.Enhanced; e != nil {
		o.Enhanced = fmt.Sprintf("%d.%d.%d", e.Class, e.Subject, e.Detail)
	}
	if host := strings.TrimSuffix(k.Peer.Name, "."); isDomain(host) {
		o.RemoteHost = domainName(host)
	}
	if k.Timestamp > 0 && k.Timestamp < 1<<34 {
		o.Time = time.Unix(int64(k.Timestamp), 0).UTC()
	}
	if o.Code == 0 && o.Stage == "" {
		o.Stage = StageLocal
	}
	for _, o.Recipient = range several[:min(len(several), 100)] {
		yield(o)
	}
	return true
}

// powermtaColumns are the first fields of PowerMTA's accounting file by default, and
// two of those behind.
var powermtaColumns = []string{"type", "timeLogged", "timeQueued", "orig", "rcpt", "orcpt", "dsnAction", "dsnStatus", "dsnDiag", "dsnMta", "", "", "", "", "dlvSourceIp", "dlvDestinationIp"}

// powermta reads a line of PowerMTA's accounting file. Which fields it has is up to its
// configuration; the first line of a file names them.
func (r *logReader) powermta(text string, yield func(Observation)) bool {
	kind, rest, ok := strings.Cut(text, ",")
	if ok && kind == "type" && len(rest) < 4096 {
		r.columns = strings.Split(text, ",")
		return true
	}
	if !ok || len(kind) > 2 {
		return false
	}
	o := Observation{Format: FormatPowerMTA}
	switch kind {
	case "d":
		o.Outcome = OutcomeSent
	case "b", "rb":
		o.Outcome = OutcomeBounced
	case "t", "tq":
		o.Outcome = OutcomeDeferred
	case "f":
		o.Outcome = OutcomeComplaint
	default:
		return false
	}
	read := csv.NewReader(strings.NewReader(text))
	read.LazyQuotes = true
	fields, err := read.Read()
	columns := r.columns
	if columns == nil {
		if columns = powermtaColumns; len(fields) < 9 {
			return false
		}
	}
	if err != nil {
		return false
	}
	field := func(name string) string {
		if i := slices.Index(columns, name); i >= 0 && i < len(fields) {
			return fields[i]
		}
		return ""
	}
	if t, err := time.Parse("2006-01-02 15:04:05-0700", field("timeLogged")); err == nil {
		o.Time = t.UTC()
	}
	o.Sender, o.Recipient = field("orig"), field("rcpt")
	status, meaning, _ := strings.Cut(field("dsnStatus"), " ")
	o.Text = strings.TrimSpace(strings.TrimPrefix(field("dsnDiag"), "smtp;"))
	o.Code, o.Enhanced = readHead(head(o.Text))
	if o.Text == "" {
		o.Text = strings.Trim(meaning, "()")
	}
	if o.Enhanced == "" && status != "" && enhancedLen(status) == len(status) {
		o.Enhanced = status
	}
	mta, ip, _ := strings.Cut(field("dsnMta"), " (")
	if isDomain(mta) {
		o.RemoteHost = domainName(mta)
	}
	o.RemoteIP = addr(strings.TrimSuffix(ip, ")"))
	o.LocalIP = addr(field("dlvSourceIp"))
	if a := addr(field("dlvDestinationIp")); a.IsValid() {
		o.RemoteIP = a
	}
	if o.Code == 0 {
		o.Stage = StageLocal
	}
	yield(o)
	return true
}
