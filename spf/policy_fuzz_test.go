package spf_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/spf"
)

// FuzzCompile compiles reports that somebody else may have written. Whatever they
// hold, each address has one outcome, and nothing passes that no term lets pass.
func FuzzCompile(f *testing.F) {
	for seed := range uint64(20) {
		stored, err := json.Marshal(reportOf(randomTree(rand.New(rand.NewPCG(seed, 10))), "d0.test"))
		require.NoError(f, err)
		f.Add(stored)
	}
	f.Fuzz(func(t *testing.T, stored []byte) {
		var report spf.Report
		if json.Unmarshal(stored, &report) != nil {
			return
		}
		policy := report.Compile()
		everything := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
		require.Equal(t, everything, policy.NetworksFunc(func(spf.Cover) bool { return true }))
		require.Empty(t, policy.NetworksFunc(func(c spf.Cover) bool {
			return c.Status == spf.Pass && c.By.Domain+c.By.Term == "" && !bare(report.Tree)
		}))
		require.Empty(t, spf.Diff(policy, policy))
		for _, c := range spf.Diff(nil, policy) {
			require.NotEmpty(t, c.Networks)
			require.NotEmpty(t, c.String())
		}
	})
}

// bare reports whether a term of the tree has neither a text nor a domain.
func bare(n spf.Node) bool {
	for _, t := range n.Terms {
		if t.Text == "" || t.Policy != nil && bare(*t.Policy) {
			return true
		}
	}
	return false
}
