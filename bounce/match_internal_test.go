package bounce

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// naivePart is a part of a pattern, as naive looks for it.
type naivePart struct {
	text                    string
	left, right, singleWord bool
}

// naivePattern is a pattern of a rule.
type naivePattern struct {
	rule  int
	group group
	parts []naivePart
}

// naiveFound is what naive, and the index, find for a rule.
type naiveFound struct {
	groups     group
	weight, to int
}

func naivePatterns(rules []replyRule) []naivePattern {
	var out []naivePattern
	for i := range rules {
		for g, patterns := range map[group][]string{groupAny: rules[i].any, groupAnd: rules[i].and, groupNot: rules[i].not} {
			for _, p := range patterns {
				n := naivePattern{rule: i, group: g}
				for s := range strings.SplitSeq(p, "…") {
					s = strings.TrimSpace(s)
					s, left := strings.CutPrefix(s, "|")
					s, right := strings.CutSuffix(s, "|")
					folded := fold(nil, s, "", nil)
					n.parts = append(n.parts, naivePart{string(folded), left || short(folded), right, word(folded)})
				}
				out = append(out, n)
			}
		}
	}
	return out
}

// places returns where a part occurs in a text.
func (p *naivePart) places(text string, not place) []span {
	var out []span
	for at := 0; ; at++ {
		next := strings.Index(text[at:], p.text)
		if next < 0 {
			return out
		}
		at += next
		end := at + len(p.text)
		switch {
		case p.left && at > 0 && wordByte(text[at-1]), p.right && end < len(text) && wordByte(text[end]):
		case enhancedLen(p.text) == len(p.text) && (at > 0 && numberByte(text[at-1]) || end+1 < len(text) && numberByte(text[end]) && isDigit(text[end+1])):
		case p.singleWord && placeOf([]byte(text), at, end)&not != 0:
		default:
			out = append(out, span{uint16(at), uint16(end), uint16(len(p.text))})
		}
	}
}

// naive finds what scan does, pattern by pattern.
func naive(rules []replyRule, patterns []naivePattern, text string) map[int]naiveFound {
	out := make(map[int]naiveFound)
	for _, p := range patterns {
		not := rules[p.rule].notIn()
		found := p.parts[0].places(text, not)
		for i := 1; i < len(p.parts) && len(found) > 0; i++ {
			var longer []span
			for _, s := range p.parts[i].places(text, not) {
				for _, f := range slices.Backward(found) {
					if f.to <= s.from {
						if s.from-f.to <= near {
							longer = append(longer, span{f.from, s.to, f.weight + s.weight})
						}
						break
					}
				}
			}
			found = longer
		}
		for _, s := range found {
			f := out[p.rule]
			f.groups |= p.group
			if w, to := int(s.weight), int(s.to); p.group == groupAny && (w > f.weight || w == f.weight && to < f.to) {
				f.weight, f.to = w, to
			}
			out[p.rule] = f
		}
	}
	return out
}

// TestScan compares the index with a search for one pattern after the other.
func TestScan(t *testing.T) {
	x := theIndex()
	patterns := naivePatterns(x.rules)
	var texts []string
	for i := range x.rules {
		texts = append(texts, x.rules[i].texts...)
	}
	files, err := filepath.Glob(filepath.Join("testdata", "*.txt"))
	require.NoError(t, err)
	for _, name := range files {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		for entry := range strings.SplitSeq(string(b), "\n\n") {
			texts = append(texts, entry[:min(len(entry), 600)])
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 600 {
		text := texts[r.IntN(len(texts))]
		switch i % 4 {
		case 1:
			text += " " + texts[r.IntN(len(texts))]
		case 2:
			words := strings.Fields(text + " " + texts[r.IntN(len(texts))])
			r.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
			text = strings.Join(words, []string{" ", "-", "."}[r.IntN(3)])
		case 3: // one pattern's parts, at the ends of the text and side by side
			p := patterns[r.IntN(len(patterns))]
			text = ""
			for _, part := range p.parts {
				text += part.text + []string{"", " ", "x"}[r.IntN(3)]
			}
		}
		folded := fold(nil, text, "", nil)
		var m matches
		x.scan(folded, &m)
		if m.n == len(m.fired) {
			continue // There may be more.
		}
		got := make(map[int]naiveFound)
		for _, f := range m.fired[:m.n] {
			got[int(f.rule)] = naiveFound{f.groups, int(f.weight), int(f.to)}
		}
		require.Equal(t, naive(x.rules, patterns, string(folded)), got, "%q", folded)
	}
}
