package secret_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/internal/secret"
)

func TestHide(t *testing.T) {
	for name, tt := range map[string]struct{ text, secret, want string }{
		"none":         {"2.0.0.127.bl.test", "k3y", "2.0.0.127.bl.test"},
		"a label":      {"2.0.0.127.k3y.bl.test", "k3y", "2.0.0.127.{p}.bl.test"},
		"another case": {"2.K3Y.bl.test and 2.k3y.bl.test", "k3Y", "2.{p}.bl.test and 2.{p}.bl.test"},
		"all of it":    {"k3y", "k3y", "{p}"},
		"at the end":   {"a k3y", "k3y", "a {p}"},
		"too short":    {"k3", "k3y", "k3"},
		"no secret":    {"k3y", "", "k3y"},
		"not UTF-8":    {"\xff\xfek3y\x80", "k3y", "\xff\xfe{p}\x80"},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tt.want, secret.Hide(tt.text, tt.secret, "{p}")) })
	}
}

func TestName(t *testing.T) {
	ctx := t.Context()
	require.False(t, secret.In(ctx))
	require.Equal(t, "2.k3y.bl.test", secret.Name(ctx, "2.k3y.bl.test"))
	ctx = secret.With(ctx, "k3y", "{p}")
	require.True(t, secret.In(ctx))
	require.Equal(t, "2.{p}.bl.test", secret.Name(ctx, "2.k3y.bl.test"))
}

func FuzzHide(f *testing.F) {
	f.Add("2.0.0.127.k3y.bl.test", "k3y")
	f.Fuzz(func(t *testing.T, text, key string) {
		out := secret.Hide(text, key, "{}")
		if key != "" && !strings.ContainsAny(key, "{}") {
			for part := range strings.SplitSeq(out, "{}") {
				require.NotContains(t, part, key)
			}
		}
	})
}
