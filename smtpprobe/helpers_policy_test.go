package smtpprobe_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
)

var failures = []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed}

// codesOf are the codes of findings, in order.
func codesOf(fs mailworthy.Findings) []mailworthy.Code {
	var out []mailworthy.Code
	for _, f := range fs {
		out = append(out, f.Code)
	}
	return out
}

// complete checks what is true of all findings.
func complete(t *testing.T, fs mailworthy.Findings) {
	t.Helper()
	for _, f := range fs {
		require.NotEmpty(t, f.Message, f.Code)
		require.NotEmpty(t, f.Remedy, f.Code)
		require.NotEmpty(t, f.Ref, f.Code)
		require.NotZero(t, f.Severity, f.Code)
		require.NotEmpty(t, f.Subject, f.Code)
		for _, s := range append([]string{f.Message, f.Remedy, f.Subject}, f.Evidence...) {
			require.Equal(t, -1, strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f }), "%s: %q", f.Code, s)
		}
	}
}

// faulty fails one question, and has the answers of the zone for all others.
func faulty(zone *resolver.Zone, broken resolver.Question, status resolver.Status) resolver.Resolver {
	return resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
		if q == broken {
			return resolver.Fail(&resolver.Error{Question: q, Status: status, Server: "192.0.2.53:53"})
		}
		return zone.Lookup(ctx, q)
	})
}

// askedOf are the questions that zone was asked.
func askedOf(zone *resolver.Zone) map[resolver.Question]bool {
	out := map[resolver.Question]bool{}
	for _, q := range zone.Queries() {
		out[q.Question] = true
	}
	return out
}

// answers is a view of some answers, and nothing for all other questions.
type answers map[resolver.Question]resolver.Answer

func (v answers) Get(q resolver.Question) (resolver.Answer, bool) {
	a, ok := v[q]
	if !ok {
		a.Status = resolver.NoData
	}
	return a, true
}
