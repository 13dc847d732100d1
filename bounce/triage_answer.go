package bounce

import (
	"encoding/json"
	"fmt"
	"time"
)

// Answer says what the trouble is about, as far as the numbers tell.
type Answer struct {
	// Scope is ip, domain, account, message, recipient, session or receiver; it is
	// unknown when there are no refusals, or when nothing stands out.
	Scope Scope `json:"scope"`
	// Subject is the address, the domain or the account, if one stands out.
	Subject string `json:"subject,omitzero"`
	// Percent is how many of 100 refusals are about it.
	Percent int `json:"percent"`
	// Action is what to do first.
	Action Action `json:"action,omitzero"`
	// Reason is a sentence. Its text is not API.
	Reason string `json:"reason"`
}

// answer weighs the rows. Refusals for what one account sends look like those of the
// whole host, so an account comes first: when it hands in more than half of what was
// refused for spam, reputation or rate, it is the account.
func answer(r *TriageReport) Answer {
	var total, sender int64
	scopes := make(map[Scope]int64)
	best := make(map[Scope]*Row)
	for i := range r.Rows {
		row := &r.Rows[i]
		total += row.Count
		scopes[row.Scope] += row.Count
		if best[row.Scope] == nil {
			best[row.Scope] = row
		}
		switch row.Scope {
		case ScopeIP, ScopeDomain, ScopeAccount, ScopeMessage:
			sender += row.Count
		}
	}
	if total == 0 && r.Totals.Sent == 0 {
		return Answer{Scope: ScopeUnknown, Reason: "Neither a delivery nor a refusal was found."}
	}
	if total == 0 {
		return Answer{Scope: ScopeUnknown, Reason: "Nothing was refused."}
	}
	if sender*2 >= total {
		for _, tops := range [...][]Top{r.Users, r.Scripts} {
			if a, ok := culprit(tops, total, len(r.Users)+len(r.Scripts)); ok {
				return a
			}
		}
	}
	scope, count := ScopeUnknown, int64(0)
	for _, s := range [...]Scope{ScopeIP, ScopeDomain, ScopeAccount, ScopeMessage, ScopeRecipient, ScopeSession, ScopeReceiver} {
		if scopes[s] > count {
			scope, count = s, scopes[s]
		}
	}
	percent := int(count * 100 / total)
	if scope == ScopeUnknown || percent < 30 {
		return Answer{Scope: ScopeUnknown, Percent: percent, Action: ActionReview, Reason: "No cause stands out."}
	}
	row := best[scope]
	return Answer{
		Scope: scope, Subject: row.Subject, Percent: percent, Action: row.Action,
		Reason: fmt.Sprintf("Refusals about the %s: %d of %d, most of them as %s.", scopeNames[scope], count, total, row.Category),
	}
}

var scopeNames = map[Scope]string{
	ScopeIP: "sending address", ScopeDomain: "sender's domain", ScopeAccount: "sender's account", ScopeMessage: "message",
	ScopeRecipient: "recipients", ScopeSession: "session", ScopeReceiver: "receiver",
}

// culprit finds the account that most refusals are of, if there are others as well
// which they are not of, or if its rate jumped.
func culprit(tops []Top, total int64, known int) (Answer, bool) {
	for i := range tops {
		u := &tops[i]
		if u.Refused < 10 || u.Refused*2 <= total || known < 2 && u.Trend != TrendSpike {
			continue
		}
		percent := int(min(u.Refused, total) * 100 / total)
		return Answer{
			Scope: ScopeAccount, Subject: u.Name, Percent: percent, Action: ActionStop,
			Reason: fmt.Sprintf("Refusals of messages that one account handed in: %d of %d.", min(u.Refused, total), total),
		}, true
	}
	return Answer{}, false
}

// Merge adds what another Triage counted, as on another host. The other one is not
// changed, but for a record that was not complete, which is counted.
func (t *Triage) Merge(other *Triage) {
	if other == nil || other == t {
		return
	}
	other.Report()
	t.totals.Lines += other.totals.Lines
	t.totals.Sent += other.totals.Sent
	t.totals.Deferred += other.totals.Deferred
	t.totals.Bounced += other.totals.Bounced
	t.totals.Complaints += other.totals.Complaints
	t.totals.note(other.totals.First)
	t.totals.note(other.totals.Last)
	if t.by == nil {
		t.by = make(map[Category]int64)
	}
	for c, n := range other.by {
		t.by[c] += n
	}
	t.rows.merge(&other.rows, t.size(), func(*Row, Row) {})
	for _, p := range [...][2]*counter[Top]{{&t.senders, &other.senders}, {&t.users, &other.users}, {&t.scripts, &other.scripts}} {
		p[0].merge(p[1], t.size(), func(mine *Top, other Top) { mine.Refused += other.Refused })
	}
}

// triageState is a Triage as JSON.
type triageState struct {
	Rows       int                `json:"size,omitzero"`
	Now        time.Time          `json:"now,omitzero"`
	Totals     Totals             `json:"totals"`
	Categories map[Category]int64 `json:"categories"`
	Kept       []entryState[Row]  `json:"rows"`
	Senders    []entryState[Top]  `json:"senders"`
	Users      []entryState[Top]  `json:"users"`
	Scripts    []entryState[Top]  `json:"scripts"`
}

type entryState[V any] struct {
	Key   []byte    `json:"key"`
	Count int64     `json:"count"`
	Error int64     `json:"error,omitzero"`
	Value V         `json:"value"`
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
	Hour  int64     `json:"hour,omitzero"`
	Hours []int64   `json:"hours,omitzero"`
}

// MarshalJSON writes all that was counted, so that it can go on, or be merged,
// elsewhere. A record that is not complete is counted. What is known of messages in
// the queue is not written.
func (t *Triage) MarshalJSON() ([]byte, error) {
	t.Report()
	return json.Marshal(triageState{
		Rows: t.Rows, Now: t.Now, Totals: t.totals, Categories: t.by,
		Kept: t.rows.state(), Senders: t.senders.state(), Users: t.users.state(), Scripts: t.scripts.state(),
	})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Triage) UnmarshalJSON(b []byte) error {
	var s triageState
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*t = Triage{Rows: s.Rows, Now: s.Now, totals: s.Totals, by: s.Categories}
	t.rows.restore(s.Kept, t.size())
	t.senders.restore(s.Senders, t.size())
	t.users.restore(s.Users, t.size())
	t.scripts.restore(s.Scripts, t.size())
	return nil
}

func (c *counter[V]) state() []entryState[V] {
	out := []entryState[V]{}
	for _, e := range c.sorted() {
		s := entryState[V]{Key: []byte(e.key), Count: e.count, Error: e.error, Value: e.value, First: e.first, Last: e.last, Hour: e.hours.last}
		if s.Hour != 0 {
			s.Hours = append(s.Hours, e.hours.counts[:]...)
		}
		out = append(out, s)
	}
	return out
}

func (c *counter[V]) restore(list []entryState[V], size int) {
	var from counter[V]
	for _, s := range list {
		e := &entry[V]{key: string(s.Key), count: s.Count, error: s.Error, value: s.Value, first: s.First, last: s.Last}
		e.hours.last = s.Hour
		copy(e.hours.counts[:], s.Hours)
		from.entries = append(from.entries, e)
	}
	c.index = nil
	c.entries = nil
	c.merge(&from, size, func(*V, V) {})
}
