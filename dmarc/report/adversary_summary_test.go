package report_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc/report"
)

// manySources yields rows from sources that are all different, or nearly.
func manySources(n int, seed uint64) iter.Seq2[report.Row, error] {
	return func(yield func(report.Row, error) bool) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var b [16]byte
		for i := range n {
			row := aRow()
			binary.BigEndian.PutUint64(b[:], rnd.Uint64())
			binary.BigEndian.PutUint64(b[8:], rnd.Uint64())
			if row.SourceIP = netip.AddrFrom16(b); i%2 == 0 {
				row.SourceIP = netip.AddrFrom4([4]byte(b[:4]))
			}
			row.Count = 3
			row.EnvelopeFrom = fmt.Sprintf("x%d.example", i)
			if row.Evaluated.DKIM = report.StatusFail; i%3 == 0 {
				row.Evaluated.DKIM = report.StatusPass
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// Far more sources than there is room for: memory that is bounded, totals that are exact, also by class.
func TestAdversaryManySources(t *testing.T) {
	const n = 200_000
	own := func(_ string, ip netip.Addr) report.Origin {
		if ip.Is4() && ip.As4()[3] < 64 {
			return report.Origin{Class: report.Own, Name: "mine"}
		}
		return report.Origin{Class: report.Unknown}
	}
	var owns, fails uint64
	for row := range manySources(n, 7) {
		if own("", row.SourceIP).Class == report.Own {
			owns += row.Count
		}
		if row.Evaluated.DKIM == report.StatusFail {
			fails += row.Count
		}
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := report.Summary{Classify: own, Caps: report.Caps{Sources: 2000, Networks: 2000}}
	require.NoError(t, s.AddRows(parseOne(t, aReport("")).Report, manySources(n, 7)))
	runtime.GC()
	runtime.ReadMemStats(&after)
	require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(24<<20))
	d := s.Domains["example.org"]
	all := uint64(3 * n)
	require.Equal(t, all, d.Messages)
	require.Equal(t, fails, d.Fail)
	require.Equal(t, all-fails, d.Pass)
	require.Equal(t, owns, d.Own.Messages)
	require.Equal(t, all-owns, d.Unknown.Messages)
	require.LessOrEqual(t, len(d.Sources), 2000)
	require.LessOrEqual(t, len(d.Networks), 2000)
	sum := d.Others.Messages
	for _, x := range d.Sources {
		sum += x.Messages
	}
	for _, x := range d.Networks {
		sum += x.Messages
	}
	require.Equal(t, all, sum, "what is somewhere is everything, once")
	runtime.KeepAlive(&s)
}

// randomReport is a report with few sources, domains and reporters.
func randomReport(rnd *rand.Rand, id int) string {
	var rows strings.Builder
	for range 1 + rnd.IntN(6) {
		rows.WriteString(strings.NewReplacer(
			"192.0.2.1", fmt.Sprintf("192.0.2.%d", rnd.IntN(9)), "<count>7", fmt.Sprintf("<count>%d", rnd.IntN(100)),
			"<dkim>pass", "<dkim>"+[]string{"pass", "fail", ""}[rnd.IntN(3)],
			"<disposition>none", "<disposition>"+[]string{"none", "reject", "pass", "odd"}[rnd.IntN(4)],
			"<selector>s", fmt.Sprintf("<selector>s%d", rnd.IntN(3)),
		).Replace(aRecord))
	}
	return strings.NewReplacer(
		"<report_id>1@", fmt.Sprintf("<report_id>%d@", id), "1700000000", fmt.Sprint(1700000000+86400*rnd.IntN(5)),
		"1700086399", fmt.Sprint(1700500000+86400*rnd.IntN(5)), "<p>none", "<p>"+[]string{"none", "reject"}[rnd.IntN(2)],
		"<domain>example.org</domain><p>", fmt.Sprintf("<domain>d%d.example.org</domain><p>", rnd.IntN(3)),
		"<org_name>r", fmt.Sprintf("<org_name>r%d", rnd.IntN(3)),
	).Replace(aReport(rows.String()))
}

func sumOf(t *testing.T, caps report.Caps, docs ...string) *report.Summary {
	t.Helper()
	s := &report.Summary{Caps: caps}
	for _, in := range docs {
		for r, err := range report.Parse(strings.NewReader(in), report.Options{Time: readAt}) {
			require.NoError(t, err)
			require.NoError(t, s.Add(r))
		}
	}
	return s
}

// stored and read again, a summary is the same, and goes on from where it was.
func restored(t *testing.T, s *report.Summary, caps report.Caps) *report.Summary {
	t.Helper()
	text, err := json.Marshal(s)
	require.NoError(t, err)
	back := &report.Summary{Caps: caps}
	require.NoError(t, json.Unmarshal(text, back))
	again, err := json.Marshal(back)
	require.NoError(t, err)
	require.JSONEq(t, string(text), string(again))
	return back
}

func TestAdversaryPartitions(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		docs := make([]string, 1+rnd.IntN(12))
		for i := range docs {
			docs[i] = randomReport(rnd, i)
		}
		for _, caps := range []report.Caps{{}, {Domains: 2, Sources: 4, Networks: 1, Names: 1, Reporters: 1, Reports: 4}} {
			want := sumOf(t, caps, docs...)
			rnd.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
			parts := make([][]string, 1+rnd.IntN(4))
			for _, d := range docs {
				i := rnd.IntN(len(parts))
				parts[i] = append(parts[i], d)
			}
			got := &report.Summary{Caps: caps}
			for _, p := range parts {
				other := sumOf(t, caps, p...)
				text, err := json.Marshal(other)
				require.NoError(t, err)
				got.Merge(restored(t, other, caps))
				after, err := json.Marshal(other)
				require.NoError(t, err)
				require.Equal(t, string(text), string(after), "the other is not changed")
			}
			got = restored(t, got, caps)
			if caps.Domains == 0 {
				a, err := json.Marshal(want)
				require.NoError(t, err)
				b, err := json.Marshal(got)
				require.NoError(t, err)
				require.JSONEq(t, string(a), string(b))
				require.Equal(t, report.Evaluate(report.Request{}, want), report.Evaluate(report.Request{}, got))
			}
			require.Equal(t, total(want), total(got))
			require.Equal(t, want.Reports, got.Reports)
			require.LessOrEqual(t, len(got.Seen), max(100_000*(1-caps.Domains/2), 4))
		}
	}
}

// total adds up the domains, and wants each of them to be the sum of its classes.
func total(s *report.Summary) (n [6]uint64) {
	for _, d := range s.Domains {
		for i, v := range []uint64{d.Messages, d.Pass, d.Fail, d.NoAction, d.Rejected, d.Own.Messages + d.Vendor.Messages + d.Unknown.Messages} {
			n[i] += v
		}
	}
	return n
}

// A report that comes twice counts once, whatever it came in.
func TestAdversaryTwice(t *testing.T) {
	doc := aReport(aRecord)
	s := sumOf(t, report.Caps{}, doc, gzipped(doc), zipped("a", doc, "b", doc), mailOf("Content-Type: text/xml", doc))
	require.EqualValues(t, 1, s.Reports)
	require.EqualValues(t, 4, s.Duplicates)
	require.EqualValues(t, 7, s.Domains["example.org"].Messages)
	// Another reporter, domain or time is another report.
	s = sumOf(t, report.Caps{}, doc, change("<org_name>r", "<org_name>s"), change("1700000000", "1700000001"), change("<domain>example.org</domain><p>", "<domain>a.example.org</domain><p>"))
	require.EqualValues(t, 4, s.Reports)
}

// Nothing in a stored summary, however wrong, makes Evaluate or Merge panic.
func TestAdversaryStored(t *testing.T) {
	for _, text := range []string{
		`{}`, `{"domains":{"x":null}}`, `{"domains":{"x":{}}}`, `{"domains":{"x":{"sources":{"192.0.2.1":null},"networks":{"192.0.2.0/24":null},"policies":null}}}`,
		`{"reporters":{"a":null},"seen":{"00000000000000000000000000000000":-1}}`, `{"domains":{"x":{"messages":18446744073709551615,"pass":18446744073709551615,"fail":18446744073709551615}}}`,
		`{"domains":{"x":{"sources":{"192.0.2.1":{"class":"odd","name":"\u001b[1m","fail":1000,"messages":1,"unaligned_dkim":{"\u001b":1000}}}}}}`,
	} {
		var s, into report.Summary
		require.NoError(t, json.Unmarshal([]byte(text), &s), text)
		require.NotPanics(t, func() {
			plain(t, report.Evaluate(report.Request{}, &s).Findings)
			report.Evaluate(report.Request{Domains: []string{"x", "X.", "", "\x1b"}}, &s)
			into.Merge(&s)
			into.Merge(&s)
			s.Merge(&into)
			report.Evaluate(report.Request{}, &into)
		}, text)
	}
	var none report.Summary
	require.NotPanics(t, func() { none.Merge(&none); report.Evaluate(report.Request{Domains: []string{"x"}}, &none) })
	require.NotPanics(t, func() { report.Evaluate(report.Request{}, nil) })
}

// Forgers sign, too: no remedy has a key published for someone whom nobody knows.
func TestAdversaryStrangers(t *testing.T) {
	s := sumOf(t, report.Caps{}, change("<count>7", "<count>700", "<dkim>pass", "<dkim>fail", "<dkim><domain>example.org", "<dkim><domain>evil.example"))
	fs := report.Evaluate(report.Request{}, s).Domains[0].Findings
	require.Equal(t, []string{string(report.CodeUnknownFails), string(report.CodeUnalignedDKIM)}, codeNames(fs))
	for _, f := range fs {
		require.NotContains(t, f.Remedy, "publish the key")
		require.Regexp(t, "^(If you know|Find out)", f.Remedy)
	}
}
