package smtpprobe

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
)

// TestSessionCodes reads the codes of sessions from the source, since constants cannot
// be listed: each has a rule, and is expected by some test.
func TestSessionCodes(t *testing.T) {
	source, err := os.ReadFile("codes.go")
	require.NoError(t, err)
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	var tests strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		tests.Write(text)
	}
	codes := regexp.MustCompile(`(?m)^\t(Code\w+) +mailworthy\.Code = "(smtpprobe\.[a-z0-9-]+)"$`).FindAllStringSubmatch(string(source), -1)
	require.Len(t, rules, len(codes))
	for _, c := range codes {
		r, ok := rules[mailworthy.Code(c[2])]
		require.True(t, ok, c[2])
		require.NotZero(t, r.Severity, c[2])
		require.Regexp(t, `^RFC \d+ section \d+(\.\d+)*$`, r.Ref)
		require.Regexp(t, `smtpprobe\.`+c[1]+`\b`, tests.String())
	}
}
