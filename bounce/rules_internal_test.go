package bounce

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRules evaluates the texts that stand beside each rule, at the stage that it names.
func TestRules(t *testing.T) {
	seen := make(map[string]bool)
	for _, r := range allRules() {
		t.Run(r.id, func(t *testing.T) {
			require.False(t, seen[r.id], "two rules of one id")
			seen[r.id] = true
			if r.category == "" {
				return
			}
			require.NotEmpty(t, r.why)
			require.NotZero(t, r.tier)
			if r.list == nil {
				require.NotEmpty(t, r.texts, "a rule without an example")
			}
			for _, text := range r.texts {
				o := Observation{Text: text}
				if len(r.stages) > 0 {
					o.Stage = r.stages[0]
				}
				res := Evaluate(o)
				require.Equal(t, r.id, res.Rule, "%s\n%s: %s", text, res.Category, text[res.Evidence.Offset:res.Evidence.Offset+res.Evidence.Length])
			}
		})
	}
}

func TestIndexSize(t *testing.T) {
	x := theIndex()
	t.Logf("%d rules, %d literals, %d nodes, %d uses", len(x.rules), len(x.lits), len(x.nodes), len(x.uses))
}

func BenchmarkIndex(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		newIndex(allRules())
	}
}
