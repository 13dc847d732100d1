package resolver

import (
	"slices"
	"time"

	"github.com/mailworthy/mailworthy/internal/mock"
)

// maxLog bounds what a Zone remembers of the questions it was asked.
const maxLog = 1 << 16

// Query is a question that a [Zone] was asked.
type Query struct {
	Question Question  `json:"question"`
	Network  string    `json:"network,omitempty"` // "udp" or "tcp" if it came through a server
	Time     time.Time `json:"time"`              // in UTC
}

// queryLog is what was asked. Both parts stop growing at maxLog.
type queryLog struct {
	queries []Query
	counts  map[Question]int
}

// TB is the part of testing.TB that a strict [Zone] needs.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
}

// note remembers a question.
func (z *Zone) note(q Question, x *mock.Exchange) {
	entry := Query{Question: q, Time: time.Now().UTC()}
	if x != nil {
		entry.Network = x.Network
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if len(z.log.queries) < maxLog {
		z.log.queries = append(z.log.queries, entry)
	}
	if z.log.counts == nil {
		z.log.counts = make(map[Question]int)
	}
	if _, ok := z.log.counts[q]; ok || len(z.log.counts) < maxLog {
		z.log.counts[q]++
	}
}

// Queries returns what was asked so far through [Zone.Lookup] or a server, in
// order: the first 65,536 questions.
func (z *Zone) Queries() []Query {
	z.mu.Lock()
	defer z.mu.Unlock()
	return slices.Clone(z.log.queries)
}

// Count returns how often a name was asked for a type, or with type 0 for any.
func (z *Zone) Count(domain string, t Type) int {
	q := Q(domain, t)
	z.mu.Lock()
	defer z.mu.Unlock()
	if t != 0 {
		return z.log.counts[q]
	}
	sum := 0
	for k, n := range z.log.counts {
		if k.Name == q.Name {
			sum += n
		}
	}
	return sum
}

// Reset forgets what was asked, and lets the Faults count anew.
func (z *Zone) Reset() {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.log = queryLog{}
	for _, r := range z.rules.order {
		r.seen = 0
	}
}

// Strict makes a question that nobody foresaw an error of the test t, and returns
// z. Foreseen are the names that the text has, those that a wildcard or a [Fault]
// is for, and all names in a zone: below the owner of an SOA record or an $ORIGIN.
// The question is still answered. Nothing may ask z after the test has ended.
func (z *Zone) Strict(t TB) *Zone {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.strict = t
	return z
}

// complain reports a question for, or an alias to, a name that nobody foresaw.
func (z *Zone) complain(q Question, owner string) {
	z.mu.Lock()
	t := z.strict
	z.mu.Unlock()
	if t == nil {
		return
	}
	t.Helper()
	if owner == dotted(q.Name) {
		t.Errorf("resolver: unexpected question %v: the zone text does not have the name", q)
		return
	}
	t.Errorf("resolver: question %v leads to %s, which the zone text does not have", q, owner)
}
