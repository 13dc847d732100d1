package dmarc

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
)

func TestRules(t *testing.T) {
	for code, r := range rules {
		require.True(t, strings.HasPrefix(string(code), "dmarc."), code)
		require.NotEqual(t, mailworthy.None, r.Severity, code)
		require.NotEmpty(t, r.Ref, code)
	}
}

// TestWalkOfEveryLength: the targets are the start, then 7 labels of it at most.
func TestWalkOfEveryLength(t *testing.T) {
	for labels := 1; labels <= 20; labels++ {
		start := strings.TrimSuffix(strings.Repeat("x.", labels), ".")
		var out [maxTargets]string
		n := targetsOf(start, &out)
		require.Equal(t, min(labels, maxTargets), n)
		require.Equal(t, start, out[0])
		for i, d := range out[1:n] {
			require.Equal(t, min(labels-1, 7)-i, strings.Count(d, ".")+1)
		}
	}
}

func TestChildOf(t *testing.T) {
	require.Equal(t, "b.c", childOf("a.b.c", "c"))
	require.Equal(t, "a.b.c", childOf("a.b.c", "b.c"))
	require.Equal(t, `a\.b.c`, childOf(`x.a\.b.c`, "c"))
}
