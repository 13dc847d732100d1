package resolver

import (
	"context"
	"errors"
	"maps"
	"sync"

	"github.com/mailworthy/mailworthy/internal/name"
)

// Snapshot is a set of answers, as data: the observations of a check. It is a
// View, so that the check can be judged again from it, and it marshals to a JSON
// object whose keys are of the form "name type". Keys are as [Q] makes them.
type Snapshot map[Question]Answer

// Get returns the answer to q, if s holds one.
func (s Snapshot) Get(q Question) (Answer, bool) {
	a, ok := s[q]
	return a, ok
}

// Lookup makes s a Resolver that replays what it holds. A question that it does
// not hold has the status Failed: that it was not recorded says nothing about the
// name.
func (s Snapshot) Lookup(ctx context.Context, q Question) (Answer, error) {
	if ctx.Err() != nil {
		return Fail(ended(ctx, q))
	}
	n, err := name.Normalize(dotted(q.Name))
	if err != nil {
		return Fail(&Error{Question: q, Status: Failed, Err: ErrName})
	}
	a := s[Question{Name: n, Type: q.Type}]
	switch {
	case a.Status == "":
		return Fail(&Error{Question: q, Status: Failed, Err: ErrNotRecorded})
	case !a.Status.Definitive():
		return a, &Error{Question: q, Status: a.Status, Server: a.Server, Extended: a.Problem}
	}
	return a, nil
}

// ErrNotRecorded is why a Snapshot has no answer: nobody asked when it was recorded.
var ErrNotRecorded = errors.New("not in the snapshot")

// Recorder is a Resolver that passes each question on and keeps the answer, so
// that a live check can be judged again later:
//
//	rec := resolver.Record(nil)
//	res, err := spf.Checker{Resolver: rec}.Check(ctx, req)
//	again, _ := spf.Evaluate(req, rec.Snapshot())
//
// The zero value records [Default]. A Recorder must not be copied after use.
type Recorder struct {
	// Next answers. If nil, it is Default().
	Next Resolver

	mu   sync.Mutex
	seen Snapshot
}

// Record returns a Recorder of next, which may be nil for [Default].
func Record(next Resolver) *Recorder { return &Recorder{Next: next} }

// Lookup asks the next Resolver and keeps the answer. When a question is asked
// again, a later answer replaces an earlier one, unless it is a failure and the
// earlier one was not.
func (r *Recorder) Lookup(ctx context.Context, q Question) (Answer, error) {
	a, err := orDefault(r.Next).Lookup(ctx, q)
	a, err = Settle(q, a, err) // as the check does that will be judged again
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil {
		r.seen = make(Snapshot)
	}
	q = Q(q.Name, q.Type)
	if old, ok := r.seen[q]; !ok || a.Status.Definitive() || !old.Status.Definitive() {
		r.seen[q] = a
	}
	return a, err
}

// Snapshot returns what was recorded so far. The caller owns the map; the answers
// in it are shared.
func (r *Recorder) Snapshot() Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := make(Snapshot, len(r.seen))
	maps.Copy(s, r.seen)
	return s
}

func orDefault(r Resolver) Resolver {
	if r == nil {
		return Default()
	}
	return r
}
