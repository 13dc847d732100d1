package dmarc

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
)

// TestEveryDomainCodeIsMade reads the codes from the source, since constants cannot be
// listed, and looks for each in the cases.
func TestEveryDomainCodeIsMade(t *testing.T) {
	source, err := os.ReadFile("codes_domain.go")
	require.NoError(t, err)
	cases, err := os.ReadFile("lint_domain_test.go")
	require.NoError(t, err)
	declared := regexp.MustCompile(`(\w+) mailworthy\.Code = "(.*)"`).FindAllSubmatch(source, -1)
	require.Len(t, domainRules, len(declared))
	for _, m := range declared {
		r, ok := domainRules[mailworthy.Code(m[2])]
		require.True(t, ok, "%s", m[2])
		require.NotZero(t, r.Severity, "%s", m[2])
		require.NotEmpty(t, r.Ref, "%s", m[2])
		require.Contains(t, string(cases), "code: dmarc."+string(m[1])+",", "no case makes it")
		_, shared := rules[mailworthy.Code(m[2])]
		require.False(t, shared, "%s is in both tables", m[2])
	}
}
