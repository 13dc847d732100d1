package smtpprobe_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// TestPolicyCodes has each code of codes_policy.go made by some case of the tests.
func TestPolicyCodes(t *testing.T) {
	src, err := os.ReadFile("codes_policy.go")
	require.NoError(t, err)
	made := map[mailworthy.Code]bool{
		// They take several parts, and have tests of their own.
		smtpprobe.CodeDANEPartial: true, smtpprobe.CodeUnprotected: true, smtpprobe.CodeTLSRPTAbsent: true, smtpprobe.CodeDANEMismatch: true, smtpprobe.CodePolicyUnmet: true,
	}
	note := func(codes []mailworthy.Code) {
		for _, c := range codes {
			made[c] = true
		}
	}
	for _, tc := range routeCases() {
		note(tc.codes)
	}
	for _, tc := range stsCases() {
		note(tc.codes)
	}
	for _, tc := range tlsrptCases() {
		note(tc.codes)
	}
	for _, tc := range daneCases() {
		note(tc.codes)
	}
	declared := regexp.MustCompile(`mailworthy\.Code = "(smtpprobe\.[a-z0-9-]+)"`).FindAllSubmatch(src, -1)
	require.NotEmpty(t, declared)
	for _, m := range declared {
		require.True(t, made[mailworthy.Code(m[1])], "no case makes %s", m[1])
	}
	require.Len(t, made, len(declared))
}
