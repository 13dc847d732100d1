package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// TestMain also runs in the process that cold starts as its server.
func TestMain(m *testing.M) {
	if serveIfAsked() {
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// TestComparisons runs everything as briefly as it can, and looks at no figure. A
// contender that comes to another result than it should is an error.
func TestComparisons(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-rounds", "1", "-duration", "1us", "-names", "2000", "-probes", "20", "-flood", "5", "all"}, &out))
	for _, want := range []string{
		spfEvaluate, spfPeer,
		coversCompiled,
		dkimFloor, dkimPeer,
		dmarcPeer, dmarcPeerParse,
		reportsParse, reportsPeer,
		dnsblNames, dnsblOneByOne,
		rdnsEvaluate, rdnsRegexps,
		bounceFloor, bounceRegexps,
		"sync.Map, goroutines=2",
		"memory names=2000",
		smtpFloor, smtpPeer, addressPeer, danePeer,
		coldFloor, "inflight=1000",
		"Prefetch",
	} {
		require.Contains(t, out.String(), want)
	}
	require.ErrorContains(t, run([]string{"nothing"}, &out), "nothing to compare")
}

// TestCheck is what -check makes of targets.
func TestCheck(t *testing.T) {
	var out bytes.Buffer
	r := &report{out: &out}
	r.atLeast(2, 2, "fast")
	r.atMost(2, 2, "small")
	require.NoError(t, r.check())
	r.atMost(2, 2.1, "large")
	require.ErrorContains(t, r.check(), "missed: 1")
	require.Equal(t, 1, strings.Count(out.String(), "MISSED"))
}

// TestCosts is the statistics on given figures.
func TestCosts(t *testing.T) {
	c := costs{"a": {{cpu: 1}, {cpu: 10}, {cpu: 3}}, "b": {{cpu: 2}, {cpu: 40}, {cpu: 3}}}
	require.InDelta(t, 3, c.median("a", cpu), 0)
	require.InDelta(t, 2, c.ratio("b", "a", cpu), 0)
	require.InDelta(t, 1, c.ratio("b", "a", allocs), 0, "nothing of nothing")
	require.InDelta(t, 2.5, median(2, func(i int) float64 { return float64(2 + i) }), 0)
}

// TestMeasure proves that the costs are those of one run of the work.
func TestMeasure(t *testing.T) {
	var sink []byte
	w := workload{name: "w", contenders: []contender{{"alloc", func(n int) error {
		for range n {
			sink = make([]byte, 1024)
		}
		return nil
	}}}}
	c, err := measure(settings{rounds: 3, duration: time.Millisecond}, w)
	require.NoError(t, err)
	require.Len(t, sink, 1024)
	require.Len(t, c["alloc"], 3)
	require.InDelta(t, 1, c.median("alloc", allocs), 0.5)
	require.InDelta(t, 1024, c.median("alloc", octets), 512)
}

// The benchmarks have the comparisons' workloads, for benchstat -col /contender.

func BenchmarkSPF(b *testing.B) {
	for _, c := range spfCases() {
		w, err := c.workload()
		require.NoError(b, err)
		b.Run("case="+c.name, func(b *testing.B) { runAll(b, w) })
	}
}

func BenchmarkDKIM(b *testing.B) {
	cases, err := dkimCases()
	require.NoError(b, err)
	for _, c := range cases {
		w, err := c.workload()
		require.NoError(b, err)
		b.Run(strings.ReplaceAll(strings.TrimPrefix(c.name(), "dkim "), " ", "/"), func(b *testing.B) { runAll(b, w) })
	}
}

func BenchmarkRDNS(b *testing.B) {
	w, err := rdnsWorkload()
	require.NoError(b, err)
	b.Run("case=evaluate", func(b *testing.B) { runAll(b, w) })
	b.Run("case=classify", func(b *testing.B) { runAll(b, rdnsClassifyWorkload()) })
}

func BenchmarkReports(b *testing.B) {
	for _, c := range reportCases {
		w, size, err := c.workload()
		require.NoError(b, err)
		b.Run(strings.ReplaceAll(strings.TrimPrefix(c.name(), "reports "), " ", "/"), func(b *testing.B) {
			b.SetBytes(int64(size))
			runAll(b, w)
		})
	}
}

func BenchmarkDMARC(b *testing.B) {
	for _, c := range dmarcCases {
		b.Run("case="+slug(c.name), func(b *testing.B) { runAll(b, c.workload()) })
	}
	b.Run("case=parse", func(b *testing.B) { runAll(b, dmarcParsing()) })
}

func BenchmarkDNSBL(b *testing.B) {
	w, err := dnsblWorkload()
	require.NoError(b, err)
	runAll(b, w)
}

func BenchmarkCacheHit(b *testing.B) {
	w, err := cacheWorkload()
	require.NoError(b, err)
	runAll(b, w)
}

// BenchmarkMemory fills each store once for each run.
func BenchmarkMemory(b *testing.B) {
	const names = 100_000
	for _, c := range memoryStores {
		b.Run(fmt.Sprintf("contender=%s/names=%d", slug(c.name), names), func(b *testing.B) {
			for b.Loop() {
				perEntry, err := bytesPerEntry(names, c.make)
				require.NoError(b, err)
				b.ReportMetric(perEntry, "heap-B/entry")
			}
		})
	}
}

func BenchmarkCold(b *testing.B) {
	server, err := startServer()
	require.NoError(b, err)
	defer func() { require.NoError(b, server.stop()) }()
	raw := &rawClient{addr: server.addr}
	defer raw.close()
	for _, inFlight := range coldInFlight {
		b.Run(fmt.Sprintf("inflight=%d", inFlight), func(b *testing.B) {
			runAll(b, coldWorkload(server.addr, raw, inFlight))
		})
	}
}

// runAll runs contenders in turn. They take the number of repetitions at once, as
// some of them divide it among goroutines, which b.Loop cannot.
func runAll(b *testing.B, w workload) {
	for _, c := range w.contenders {
		b.Run("contender="+slug(c.name), func(b *testing.B) {
			b.ReportAllocs()
			require.NoError(b, c.run(b.N))
		})
	}
}

// slug makes a name fit for a benchmark: one word, which names no key.
func slug(name string) string {
	return strings.NewReplacer(", ", "-", " ", "-", "/", "-", "=", "").Replace(name)
}
