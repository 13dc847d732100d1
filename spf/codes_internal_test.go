package spf

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
)

// TestEveryCodeHasARule reads the codes from the source, since constants cannot be
// listed.
func TestEveryCodeHasARule(t *testing.T) {
	source, err := os.ReadFile("codes.go")
	require.NoError(t, err)
	declared := regexp.MustCompile(`mailworthy\.Code = "(.*)"`).FindAllSubmatch(source, -1)
	require.Len(t, rules, len(declared))
	for _, m := range declared {
		r, ok := rules[mailworthy.Code(m[1])]
		require.True(t, ok, "%s", m[1])
		require.NotZero(t, r.Severity, "%s", m[1])
		require.Regexp(t, `^RFC \d+ section \d+(\.\d+)*$`, r.Ref)
	}
}
