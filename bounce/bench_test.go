package bounce_test

import (
	"strings"
	"testing"

	"github.com/mailworthy/mailworthy/bounce"
)

func BenchmarkEvaluate(b *testing.B) {
	var all []bounce.Observation
	for _, e := range corpus(b, "corpus*.txt") {
		all = append(all, e.observations()...)
	}
	n := 0
	for _, o := range all {
		n += len(o.Text)
	}
	b.SetBytes(int64(n / len(all)))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		bounce.Evaluate(all[i%len(all)])
		i++
	}
}

func BenchmarkEvaluateLong(b *testing.B) {
	for _, size := range []string{"1k", "16k"} {
		text := "550 " + strings.Repeat("blocked using spam user unknown 192.0.2.1 a@b.example ", map[string]int{"1k": 18, "16k": 290}[size])
		b.Run("size="+size, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				bounce.Evaluate(bounce.Observation{Text: text})
			}
		})
	}
}

func BenchmarkTriage(b *testing.B) {
	var lines []string
	for _, e := range corpus(b, "corpus_logs.txt") {
		lines = append(lines, strings.Split(e.text, "\n")...)
	}
	t := newTriage()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		t.Add(lines[i%len(lines)])
		i++
	}
}
