package resolver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/mailworthy/mailworthy/internal/mock"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/wire"
)

// Zone is a small DNS world made of text, for tests: a Resolver that needs no
// network, and a View. The zero value is a world in which no name exists. A Zone
// is safe for concurrent use and must not be copied; see [ParseZone] for the text.
//
// It answers as a recursive server would that sees this world: names that do not
// exist and names without records of the type are told apart, also for the empty
// names between others; wildcards follow RFC 4592; aliases are followed for up to
// eight steps, and a loop of them is a failure. There are no delegations: an NS
// record is a record like others. What is in no zone of the text does not exist;
// [Zone.Strict] makes asking for it a test's failure.
type Zone struct {
	world world

	mu     sync.Mutex
	rules  ruleSet
	log    queryLog
	strict TB
}

// ParseZone reads zone text: one record per line, or a master file (RFC 1035
// section 5), or a mixture.
//
//	example.org              TXT  "v=spf1 include:_spf.example.net -all"
//	example.org          60  MX   10 mx.example.org
//	_spf.example.net         TXT  'v=spf1 ip4:192.0.2.0/24 -all'
//	broken.example.org       TXT  !servfail
//	slow.example.org         A    !timeout
//
// As long as there is no $ORIGIN, all names are absolute, with or without the
// final dot. TTL, class and the order of both are optional; the TTL is that of
// $TTL, else 300 seconds. There may be comments, parentheses, $ORIGIN, $TTL and
// $GENERATE (8,192 records in all); $INCLUDE is an error.
//
// The indentation common to all lines does not count. A line that is indented
// further belongs to the owner of the line before if it starts with a TTL, a
// class, a type or a rule, and else names its owner as any line.
//
// Texts are in quotation marks or apostrophes; one word may go without. Several
// words without are an error, since a master file means several strings by them,
// which nobody expects. A text of more than 255 octets becomes several strings.
// Records that are the same but for the TTL count once.
//
// A rule is in the place of a record's data, and makes the name fail or secure:
//
//	NAME [TYPE] !servfail | !refused | !timeout | !failed | !nodata | !nxdomain
//	NAME [TYPE] !truncated | !wrong-id | !wrong-question | !garbage | !reset
//	NAME [TYPE] !delay=50ms
//	NAME [TYPE] !secure | !insecure
//	NAME TYPE   !answer "JSON of an Answer"
//
// The first three are a [Fault] each, and may be followed by times=N, after=N,
// delay=DURATION, ede=CODE and a text for the extended error. NAME may be "*" for
// all names, or "*.NAME" for all below. A TTL is that of the negative answer.
// !secure without TYPE is for the name and all names below, as if it were a
// signed zone, the closest rule being the one that counts; with TYPE it is for
// this question. A name with any other rule than !nxdomain exists.
//
// The text may be up to 4 MiB. The error is a [*ZoneError].
func ParseZone(text string) (*Zone, error) {
	file, err := wire.ParseZone(text)
	if err != nil {
		return nil, zoneError(err)
	}
	z := new(Zone)
	if err := z.load(file); err != nil {
		return nil, zoneError(err)
	}
	return z, nil
}

// MustZone is ParseZone for texts that are part of a program. It panics on an
// error.
func MustZone(text string) *Zone {
	z, err := ParseZone(text)
	if err != nil {
		panic(err)
	}
	return z
}

// ZoneError says which line of a zone text is wrong.
type ZoneError struct {
	Line int    // from 1; zero when it is the text as a whole that is wrong
	Text string // the line
	Err  error
}

// Error names the line, and quotes its beginning.
func (e *ZoneError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("resolver: %v", e.Err)
	}
	s := fmt.Sprintf("resolver: zone line %d: %v", e.Line, e.Err)
	if text := strings.TrimSpace(e.Text); text != "" {
		s += ": " + clip(text)
	}
	return s
}

// clip makes hostile text fit for an error.
func clip(s string) string {
	if len(s) > 80 {
		s = s[:80] + "..."
	}
	return name.Escape(s)
}

// Unwrap returns the cause.
func (e *ZoneError) Unwrap() error { return e.Err }

func zoneError(err error) error {
	if _, ok := errors.AsType[*ZoneError](err); ok {
		return err
	}
	if we, ok := errors.AsType[*wire.ZoneError](err); ok {
		return &ZoneError{Line: we.Line, Text: we.Text, Err: we.Err}
	}
	return &ZoneError{Err: err}
}

// Get returns what [Zone.Lookup] would, without any delay and without being seen
// in [Zone.Queries]. It always has an answer. Since it is pure, only the Faults
// apply to it that are for every time.
func (z *Zone) Get(q Question) (Answer, bool) {
	n, err := name.Normalize(dotted(q.Name))
	if err != nil {
		a, _ := Fail(&Error{Question: q, Status: Failed, Err: ErrName})
		return a, true
	}
	return z.resolve(Question{Name: n, Type: q.Type}, (*ruleSet).constant).answer, true
}

// Lookup answers q. A [Fault] for it applies, and its delay is waited for, unless
// ctx ends first. A fault of status Timeout is otherwise immediate.
func (z *Zone) Lookup(ctx context.Context, q Question) (Answer, error) {
	n, err := name.Normalize(dotted(q.Name))
	if err != nil {
		return Fail(&Error{Question: q, Status: Failed, Err: ErrName})
	}
	q.Name = n
	if ctx.Err() != nil {
		return Fail(ended(ctx, q))
	}
	x := mock.From(ctx)
	z.note(q, x)
	r := z.resolve(q, (*ruleSet).next)
	if r.unexpected != "" {
		z.complain(q, r.unexpected)
	}
	if err := wait(ctx, r.delay); err != nil {
		return Fail(ended(ctx, q))
	}
	if x != nil {
		r.describe(x)
	}
	return r.answer, r.err
}

// wait returns after d, or with an error when ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// dotted writes the root as a name that can be normalised.
func dotted(s string) string {
	if s == "" {
		return "."
	}
	return s
}
