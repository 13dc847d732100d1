package resolvertest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/resolver/resolvertest"
)

// broken are Resolvers that break one promise each.
var broken = map[string]func(z *resolver.Zone) resolver.Func{
	"nxdomain is nodata": change(func(_ resolver.Question, a *resolver.Answer, _ *error) {
		if a.Status == resolver.NXDomain {
			a.Status = resolver.NoData
		}
	}),
	"failure is absence": change(func(_ resolver.Question, a *resolver.Answer, err *error) {
		if a.Status == resolver.ServFail {
			a.Status, *err = resolver.NXDomain, nil
		}
	}),
	"no error": change(func(_ resolver.Question, _ *resolver.Answer, err *error) { *err = nil }),
	"an error of its own": change(func(_ resolver.Question, _ *resolver.Answer, err *error) {
		if *err != nil {
			*err = errors.New("oops")
		}
	}),
	"error for absence": change(func(q resolver.Question, a *resolver.Answer, err *error) {
		if a.Status == resolver.NoData {
			*err = &resolver.Error{Question: q, Status: resolver.NoData}
		}
	}),
	"no aliases": change(func(_ resolver.Question, a *resolver.Answer, _ *error) { a.Alias = nil }),
	"fixed TTL":  change(func(_ resolver.Question, a *resolver.Answer, _ *error) { a.TTL = 300 }),
	"no TTL":     change(func(_ resolver.Question, a *resolver.Answer, _ *error) { a.TTL = 0 }),
	"secure":     change(func(_ resolver.Question, a *resolver.Answer, _ *error) { a.Secure = true }),
	"joined texts": change(func(_ resolver.Question, a *resolver.Answer, _ *error) {
		for i, t := range a.TXT {
			a.TXT = append([]resolver.Text(nil), a.TXT...)
			a.TXT[i] = resolver.Text{t.String()}
		}
	}),
	"one text": change(func(_ resolver.Question, a *resolver.Answer, _ *error) { a.TXT = a.TXT[:min(1, len(a.TXT))] }),
	"one MX":   change(func(_ resolver.Question, a *resolver.Answer, _ *error) { a.MX = a.MX[:min(1, len(a.MX))] }),
	"case": func(z *resolver.Zone) resolver.Func {
		return func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
			if q.Name != strings.ToLower(q.Name) {
				return resolver.Answer{Status: resolver.NXDomain, TTL: 60}, nil
			}
			return z.Lookup(ctx, q)
		}
	},
	"context": func(z *resolver.Zone) resolver.Func {
		return func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
			return z.Lookup(context.WithoutCancel(ctx), q)
		}
	},
	"deaf": func(z *resolver.Zone) resolver.Func {
		return func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
			if strings.HasPrefix(q.Name, "slow") {
				return resolver.Answer{Status: resolver.Success, TTL: 60}, nil
			}
			return z.Lookup(ctx, q)
		}
	},
}

func change(f func(resolver.Question, *resolver.Answer, *error)) func(*resolver.Zone) resolver.Func {
	return func(z *resolver.Zone) resolver.Func {
		return func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
			a, err := z.Lookup(ctx, q)
			f(q, &a, &err)
			return a, err
		}
	}
}

// TestResolverFinds runs the suite on Resolvers that are broken, in a process of
// its own each, and requires that it fails.
func TestResolverFinds(t *testing.T) {
	const env = "RESOLVERTEST_BROKEN"
	if name := os.Getenv(env); name != "" {
		resolvertest.TestResolver(t, func(_ testing.TB, z *resolver.Zone) resolver.Resolver { return broken[name](z) })
		return
	}
	for name := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestResolverFinds$")
			cmd.Env = append(os.Environ(), env+"="+name)
			out, err := cmd.CombinedOutput()
			_, ok := errors.AsType[*exec.ExitError](err)
			require.True(t, ok, "the suite did not fail: %s", out)
			require.Contains(t, string(out), "--- FAIL")
			require.NotContains(t, string(out), "panic")
		})
	}
}
