package dkim_test

import (
	"context"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
)

type ctx = context.Context

func contextWithTimeout(t *testing.T, d time.Duration) (ctx, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), d)
}

// keyCodes reads the codes about keys from where they are declared, so that none is
// forgotten.
func keyCodes(t *testing.T) []mailworthy.Code {
	t.Helper()
	src, err := os.ReadFile("codes_key.go")
	require.NoError(t, err)
	var out []mailworthy.Code
	for _, m := range regexp.MustCompile(`mailworthy\.Code = "([a-z0-9.-]+)"`).FindAllSubmatch(src, -1) {
		out = append(out, mailworthy.Code(m[1]))
	}
	require.Greater(t, len(out), 30)
	return out
}
