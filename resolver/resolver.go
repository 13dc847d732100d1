// Package resolver asks DNS questions for the checks of mailworthy, and lets
// their users cache, mock, record and replay the answers.
//
//	answer, err := resolver.Default().Lookup(ctx, resolver.Q("example.org", resolver.TypeMX))
//
// A [Resolver] has one method. [Client] asks DNS servers, [Cache] stands before
// another Resolver and remembers, and [Default] is the system's servers behind a
// cache. In a test, [Zone] answers from zone text:
//
//	zone := resolver.MustZone("example.org MX 10 mx.example.org")
//
// What came back is an [Answer] with a [Status]. Success, NoData and NXDomain are
// answers. All other statuses are failures to find out, and no caller may take
// one for an answer.
//
// # Observe, then judge
//
// Answers are the observations of all checks that ask DNS. [Recorder] writes down
// what was asked, and its [Snapshot] is plain data that marshals to JSON. Like a Zone
// it is a [View]: what the Evaluate functions read answers from, without any I/O.
//
// # What it cannot know
//
// Nothing here validates DNSSEC: [Answer.Secure] is the word of a server that is
// trusted. Which servers the system has is read from /etc/resolv.conf, and
// where there is none, as on Windows, a Client needs its Servers.
package resolver

import (
	"context"
	"errors"
	"fmt"

	"github.com/mailworthy/mailworthy/internal/name"
)

// Resolver answers DNS questions. It must be safe for concurrent use, and return
// soon after ctx has ended: a check waits for all that it asked, so that nothing
// of it goes on behind its caller's back.
//
// The Answer is valid in every case, and tells by its Status what happened: it has
// records of the type asked for exactly when that is Success. The error is nil exactly
// when the Status is definitive; otherwise it is, or wraps, an [*Error]. [Settle] says
// what becomes of an outcome that is not like this. Names are absolute: an implementation applies no search list.
// Aliases (CNAME) are followed, except when the question is for the CNAME itself.
// An Answer may be shared between callers, so nobody changes what it holds.
type Resolver interface {
	Lookup(ctx context.Context, q Question) (Answer, error)
}

// Func is a function that serves as a Resolver.
type Func func(context.Context, Question) (Answer, error)

// Lookup calls f.
func (f Func) Lookup(ctx context.Context, q Question) (Answer, error) { return f(ctx, q) }

// View is what a pure evaluator reads: the answers that are known so far. Get
// returns false when the question has not been answered yet, which is different
// from every Answer, failures included.
//
// [Snapshot] and [*Zone] are Views.
type View interface {
	Get(q Question) (Answer, bool)
}

// Error says why a question could not be answered. It is returned together with
// an Answer of the same Status.
type Error struct {
	Question Question
	Status   Status
	// Server is the one that failed last, as "address:port"; it may be empty.
	Server string
	// Extended is the server's own explanation (RFC 8914), escaped; often empty.
	Extended string
	// Err is the cause, when there is one: a context's error, a socket's.
	Err error
}

// Error returns the question, what happened, and the cause.
func (e *Error) Error() string {
	s := fmt.Sprintf("resolver: %v: %s", e.Question, e.Status)
	if e.Server != "" {
		s += " from " + e.Server
	}
	if e.Extended != "" {
		s += " (" + e.Extended + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Timeout reports whether nothing answered in time.
func (e *Error) Timeout() bool { return e.Status == Timeout }

// Temporary reports whether asking again later may help. It is true for all
// failures but a question that can never be asked ([ErrName]).
func (e *Error) Temporary() bool { return !errors.Is(e.Err, ErrName) }

// ErrName is the cause in an [*Error] for a name that cannot be asked in DNS: a
// label is empty or over 63 octets, or the name over 253.
var ErrName = name.ErrInvalid

// IsTemporary reports whether err says that a question could not be answered now
// but might be later: a server's failure, refusal or silence, or an ended context.
func IsTemporary(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Temporary()
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// Fail returns the Answer and the error for a question that could not be
// answered, in the form that [Resolver] asks for. It is for those who write a
// Resolver.
func Fail(e *Error) (Answer, error) {
	a := Answer{Status: e.Status, Server: e.Server}
	switch {
	case e.Extended != "" && e.Err != nil:
		a.Problem = e.Extended + "; " + e.Err.Error()
	case e.Err != nil:
		a.Problem = e.Err.Error()
	default:
		a.Problem = e.Extended
	}
	return a, e
}
