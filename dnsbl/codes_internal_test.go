package dnsbl

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
)

// TestEveryCodeHasARule reads the codes from the source, since constants cannot be
// listed. Each is expected by a test, too.
func TestEveryCodeHasARule(t *testing.T) {
	source, err := os.ReadFile("codes.go")
	require.NoError(t, err)
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	var tests strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		tests.Write(text)
	}
	declared := regexp.MustCompile(`(Code\w+) mailworthy\.Code = "(.*)"`).FindAllSubmatch(source, -1)
	require.Len(t, rules, len(declared))
	for _, m := range declared {
		r, ok := rules[mailworthy.Code(m[2])]
		require.True(t, ok, "%s", m[2])
		require.NotZero(t, r.Severity, "%s", m[2])
		require.Regexp(t, `^RFC \d+ section \d+(\.\d+)*$`, r.Ref)
		require.Regexp(t, `dnsbl\.`+string(m[1])+`\b`, tests.String())
	}
}

// TestEveryReasonHasAFinding has one for each reason that there is.
func TestEveryReasonHasAFinding(t *testing.T) {
	source, err := os.ReadFile("dnsbl.go")
	require.NoError(t, err)
	declared := regexp.MustCompile(`Reason += "([^"]*)"`).FindAllSubmatch(source, -1)
	require.Len(t, declared, len(troubles))
	for _, m := range declared {
		p, ok := troubles[Reason(m[1])]
		require.True(t, ok, "%s", m[1])
		require.NotEmpty(t, p.remedy)
		require.Contains(t, p.message, "%s")
	}
}

// TestEveryCategoryHasAdvice has steps of its own for each kind of entry of the
// catalogue that needs some.
func TestEveryCategoryHasAdvice(t *testing.T) {
	general := map[string]bool{"test": true, "minor": true, "unknown": true, "yellow": true, "nobl": true, "quit": true, "age": true}
	for i := range catalogue {
		for _, c := range catalogue[i].Codes {
			if c.Class != ClassListed && c.Class != ClassPolicy && c.Class != ClassInfo || general[c.Category] {
				continue
			}
			category := c.Category
			if s, ok := synonyms[category]; ok {
				category = s
			}
			require.Contains(t, remedies, category, catalogue[i].Zone)
		}
	}
}
