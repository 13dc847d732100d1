package spf_test

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// countingView counts how often it is read.
type countingView struct {
	resolver.View
	gets int
}

func (v *countingView) Get(q resolver.Question) (resolver.Answer, bool) {
	v.gets++
	return v.View.Get(q)
}

// hostile are requests and views made to cost much; n says how large.
var hostile = map[string]func(n int) (spf.Request, resolver.Snapshot){
	"long-record": func(n int) (spf.Request, resolver.Snapshot) {
		return edge{}.request(), texts("example.org", "v=spf1"+strings.Repeat(" ip4:198.51.100.1", n/17)+" -all")
	},
	"long-broken-record": func(n int) (spf.Request, resolver.Snapshot) {
		return edge{}.request(), texts("example.org", "v=spf1"+strings.Repeat(" ip4:198.51.100.1", n/17)+" moo")
	},
	"modifiers": func(n int) (spf.Request, resolver.Snapshot) {
		return edge{}.request(), texts("example.org", "v=spf1"+strings.Repeat(" m=%{l}", n/7)+" -all")
	},
	"one-modifier": func(n int) (spf.Request, resolver.Snapshot) {
		return edge{}.request(), texts("example.org", "v=spf1 m="+strings.Repeat("x", n)+" -all")
	},
	"spaces": func(n int) (spf.Request, resolver.Snapshot) {
		return edge{}.request(), texts("example.org", "v=spf1"+strings.Repeat(" ", n)+"-all")
	},
	"includes": func(n int) (spf.Request, resolver.Snapshot) {
		view := texts("example.org", "v=spf1"+series(10, " include:i%d.test")+" -all")
		for i := range 10 {
			add(view, "i"+string(rune('0'+i%10))+".test", "v=spf1"+strings.Repeat(" ip4:198.51.100.1", n/17/10))
		}
		add(view, "i10.test", "v=spf1"+strings.Repeat(" ip4:198.51.100.1", n/17/10))
		return edge{}.request(), view
	},
	"macros": func(n int) (spf.Request, resolver.Snapshot) {
		return edge{from: strings.Repeat("a.", 30) + "b@example.org"}.request(),
			texts("example.org", "v=spf1 exists:"+strings.Repeat("%{l}.", n/5)+"test -all")
	},
	"macros-reversed": func(n int) (spf.Request, resolver.Snapshot) {
		return edge{from: strings.Repeat("a-", 30) + "b@example.org"}.request(),
			texts("example.org", "v=spf1"+strings.Repeat(" a:"+strings.Repeat("%{l127r-+}", n/100)+".test", 10)+" -all")
	},
	"long-local-part": func(n int) (spf.Request, resolver.Snapshot) {
		return edge{from: strings.Repeat("a-", n/2) + "@example.org"}.request(),
			texts("example.org", "v=spf1 exists:%{l-}.test exists:%{l1r-}.test exists:%{L}.test exists:%{s127r.-+}.test -all")
	},
	"long-helo": func(n int) (spf.Request, resolver.Snapshot) {
		return edge{helo: strings.Repeat("a.", n/2)}.request(), texts("example.org", "v=spf1 exists:%{h}.test exists:%{hr}.test -all")
	},
	"many-texts": func(n int) (spf.Request, resolver.Snapshot) {
		a := resolver.Answer{Status: resolver.Success}
		for range n / 16 {
			a.TXT = append(a.TXT, resolver.Text{"v=spf1 moo"})
		}
		return edge{}.request(), resolver.Snapshot{resolver.Q("example.org", resolver.TypeTXT): a}
	},
	"many-strings": func(n int) (spf.Request, resolver.Snapshot) {
		text := resolver.Text{"v=spf1 "}
		for range n {
			text = append(text, " ")
		}
		return edge{}.request(), resolver.Snapshot{resolver.Q("example.org", resolver.TypeTXT): {Status: resolver.Success, TXT: []resolver.Text{text}}}
	},
	"many-hosts": func(n int) (spf.Request, resolver.Snapshot) {
		view := texts("example.org", "v=spf1"+strings.Repeat(" mx:m.test", 10)+" -all")
		a := resolver.Answer{Status: resolver.Success}
		for i := range n / 16 {
			a.MX = append(a.MX, resolver.MXHost{Host: "m.test", Pref: uint16(i * 7919)})
		}
		view[resolver.Q("m.test", resolver.TypeMX)] = a
		return edge{}.request(), view
	},
	"many-names": func(n int) (spf.Request, resolver.Snapshot) {
		view := texts("example.org", "v=spf1"+strings.Repeat(" ptr:x.test", 5)+strings.Repeat(" exists:%{p}.%{p}.test", 5)+" -all")
		a := resolver.Answer{Status: resolver.Success}
		for range n / 16 {
			a.Hosts = append(a.Hosts, "name.example.org")
		}
		view[resolver.Q("1.2.0.192.in-addr.arpa", resolver.TypePTR)] = a
		return edge{}.request(), view
	},
	"long-explanation": func(n int) (spf.Request, resolver.Snapshot) {
		view := texts("example.org", "v=spf1 -all exp=e.test")
		add(view, "e.test", strings.Repeat("%{s}%{d}%{i}", n/12))
		return edge{}.request(), view
	},
	"long-explanation-of-long-sender": func(n int) (spf.Request, resolver.Snapshot) {
		view := texts("example.org", "v=spf1 -all exp=e.test")
		add(view, "e.test", strings.Repeat("%{S}", n/4))
		return edge{from: strings.Repeat("a", n/64) + "@example.org"}.request(), view
	},
}

func texts(owner, text string) resolver.Snapshot {
	view := resolver.Snapshot{}
	add(view, owner, text)
	return view
}

func add(view resolver.Snapshot, owner, text string) {
	view[resolver.Q(owner, resolver.TypeTXT)] = resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{{text}}}
}

// nothing makes every question that a Snapshot lacks NXDOMAIN.
type nothing struct{ resolver.Snapshot }

func (v nothing) Get(q resolver.Question) (resolver.Answer, bool) {
	if a, ok := v.Snapshot[q]; ok {
		return a, true
	}
	return resolver.Answer{Status: resolver.NXDomain}, true
}

// TestWorkIsLinear requires that four times the input costs about four times the
// memory, which is what quadratic work shows in first, and bounded reads.
func TestWorkIsLinear(t *testing.T) {
	const size = 16 << 10
	for name, make := range hostile {
		t.Run(name, func(t *testing.T) {
			cost := func(n int) (bytes uint64, gets int) {
				req, view := make(n)
				req.Limits.Voids = -1
				counting := &countingView{View: nothing{view}}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				res, missing := spf.Evaluate(req, counting)
				runtime.ReadMemStats(&after)
				require.Empty(t, missing)
				sound(t, res)
				headers(t, res)
				return after.TotalAlloc - before.TotalAlloc, counting.gets
			}
			cost(size)
			small, smallGets := cost(size)
			large, largeGets := cost(4 * size)
			require.LessOrEqual(t, large, 6*small+256<<10, "%d B for %d, %d B for %d", small, size, large, 4*size)
			require.LessOrEqual(t, smallGets, 400)
			require.LessOrEqual(t, largeGets, 400)
			// A megabyte of findings and steps helps nobody.
			require.LessOrEqual(t, large, uint64(200*4*size), "%d B for %d B of input", large, 4*size)
		})
	}
}

// TestResultIsBounded is for what a Result quotes of hostile records.
func TestResultIsBounded(t *testing.T) {
	for name, make := range hostile {
		t.Run(name, func(t *testing.T) {
			req, view := make(64 << 10)
			req.Limits.Voids = -1
			res, _ := spf.Evaluate(req, nothing{view})
			require.LessOrEqual(t, len(res.Findings), 50)
			require.LessOrEqual(t, len(res.Steps), 200)
			raw, err := json.Marshal(res)
			require.NoError(t, err)
			require.Less(t, len(raw), 1<<20, "for 64 KiB that were read")
		})
	}
}

// TestRoundsOverHostileViews counts what re-evaluation costs: each round may read
// everything again, and there are few rounds.
func TestRoundsOverHostileViews(t *testing.T) {
	for name, make := range hostile {
		t.Run(name, func(t *testing.T) {
			req, view := make(64 << 10)
			d := driveEvaluate(t, nothing{view}, req)
			require.LessOrEqual(t, d.rounds, 15)
			req.Prefetch = true
			require.Equal(t, d.res, driveEvaluate(t, nothing{view}, req).res)
		})
	}
}
