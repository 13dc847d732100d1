package spf_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// drivenDomain is how an examination went that was driven by hand.
type drivenDomain struct {
	rep    spf.Report
	rounds int
	asked  []resolver.Question
	known  resolver.Snapshot
}

// driveDomain drives EvaluateDomain, and requires that it asks nothing twice.
func driveDomain(t testing.TB, v resolver.View, domain string) drivenDomain {
	t.Helper()
	d := drivenDomain{known: resolver.Snapshot{}}
	for {
		rep, missing := spf.EvaluateDomain(spf.DomainRequest{Domain: domain}, d.known)
		if len(missing) == 0 {
			d.rep = rep
			return d
		}
		require.Empty(t, rep.Status)
		require.Empty(t, rep.Findings)
		d.rounds++
		require.LessOrEqual(t, d.rounds, 22, "it never ends")
		for _, q := range missing {
			_, ok := d.known[q]
			require.False(t, ok, "%v is known, or twice in one round", q)
			require.Equal(t, resolver.Q(q.Name, q.Type), q, "not in normal form")
			a, ok := v.Get(q)
			require.True(t, ok)
			d.known[q] = a
			d.asked = append(d.asked, q)
		}
	}
}

// reportOf examines a domain by a View of all of DNS.
func reportOf(v resolver.View, domain string) spf.Report {
	rep, missing := spf.EvaluateDomain(spf.DomainRequest{Domain: domain}, v)
	if len(missing) > 0 {
		panic(fmt.Sprint(missing))
	}
	return rep
}

// soundReport requires what holds for every report.
func soundReport(t testing.TB, rep spf.Report) {
	t.Helper()
	require.NotNil(t, rep.Networks)
	require.NotNil(t, rep.Open)
	require.NotNil(t, rep.Findings)
	last := mailworthy.Error
	for _, f := range rep.Findings {
		require.LessOrEqual(t, f.Severity, last, "not sorted")
		last = f.Severity
		require.NotEmpty(t, f.Code)
		require.NotZero(t, f.Severity)
		require.NotEmpty(t, f.Message)
		require.NotEmpty(t, f.Remedy)
		require.NotEmpty(t, f.Ref)
		require.GreaterOrEqual(t, f.Span.Offset, 0)
		for _, text := range append([]string{f.Message, f.Remedy}, f.Evidence...) {
			for _, c := range []byte(text) {
				require.True(t, c >= ' ' && c < 0x7f, "%q", text)
			}
		}
		require.Equal(t, f.Code == spf.CodeDNSFailure, f.Temporary)
	}
	if rep.Status != "" {
		require.NotEmpty(t, rep.Findings)
	}
}

func TestReportsOfWorlds(t *testing.T) {
	inWorlds(t, func(t *testing.T, zone *resolver.Zone, req spf.Request) {
		rep := reportOf(zone, "example.org")
		soundReport(t, rep)
		req.MailFrom, req.Limits = "user@example.org", spf.Limits{}
		if cover := rep.Compile().Covers(req.IP); !cover.Open {
			res, _ := spf.Evaluate(req, zone)
			require.Equal(t, res.Status, cover.Status)
		}
		require.Equal(t, rep, reportOf(zone, "example.org"))

		// The same answers in another place of memory, and in rounds.
		d := driveDomain(t, zone, "Example.ORG.")
		require.Equal(t, rep, d.rep)
		require.Equal(t, rep, reportOf(d.known, "example.org"))

		rec := resolver.Record(zone)
		checked, err := spf.Checker{Resolver: rec}.CheckDomain(t.Context(), "example.org")
		require.NoError(t, err)
		require.Equal(t, rep, checked)
		require.Equal(t, rep, reportOf(rec.Snapshot(), "example.org"))

		stored, err := json.Marshal(rep)
		require.NoError(t, err)
		require.NotContains(t, string(stored), "null,")
		require.NotContains(t, string(stored), "null}")
		var again spf.Report
		require.NoError(t, json.Unmarshal(stored, &again))
		require.Equal(t, rep, again)
	})
}

// TestReportCountsAsEvaluate compares the counts with what an evaluation of a client
// comes to that no term matches, as far as it gets.
func TestReportCountsAsEvaluate(t *testing.T) {
	compared := 0
	for seed := range uint64(2000) {
		w := randomTree(rand.New(rand.NewPCG(seed, 21)))
		rep := reportOf(w, "d0.test")
		if len(rep.Open) > 0 {
			continue
		}
		limits := spf.Limits{Lookups: 100, Voids: 100, Names: 100}
		highest := 0
		for _, ip := range []string{"203.0.113.77", "2001:db9::1"} {
			res, _ := spf.Evaluate(spf.Request{IP: netip.MustParseAddr(ip), MailFrom: "a@d0.test", Limits: limits}, w)
			// What matches ends the evaluation early, but for an "all" at the end.
			if res.Status == spf.TempError || res.Status == spf.PermError || res.Status == spf.None || res.Match.Term != "" && !strings.HasSuffix(res.Match.Term, "all") || shadowed(rep.Tree) {
				highest = -1
				break
			}
			require.Equal(t, rep.Lookups, res.Lookups, "seed %d, %s: %s", seed, ip, describe(w))
			highest = max(highest, res.Voids)
		}
		if highest >= 0 {
			require.Equal(t, rep.Voids, highest, "seed %d: %s", seed, describe(w))
			compared++
		}
	}
	require.Greater(t, compared, 100)
}

// shadowed reports whether a mechanism of the tree matches every client and so hides
// those behind it, from any client.
func shadowed(n spf.Node) bool {
	for _, t := range n.Terms {
		wide := t.Kind == spf.KindExists && t.DNS == resolver.Success
		for _, p := range t.Networks {
			wide = wide || p.Bits() == 0 && t.Kind != spf.KindAll
		}
		if wide || t.Kind == spf.KindAll && t.Qualifier == '+' || t.Policy != nil && shadowed(*t.Policy) {
			return true
		}
	}
	return false
}

// TestReportRounds counts round trips by the bubble's clock.
func TestReportRounds(t *testing.T) {
	// Forty records, four deep: 1 + 3 + 9 + 27.
	var tree strings.Builder
	var grow func(name string, depth int)
	grow = func(name string, depth int) {
		fmt.Fprintf(&tree, "%s TXT 'v=spf1", name)
		if depth == 4 {
			fmt.Fprintf(&tree, " a:h.test ?all'\n")
			return
		}
		fmt.Fprintf(&tree, " include:a%s include:b%s include:c%s ~all'\n", name, name, name)
		for _, c := range "abc" {
			grow(string(c)+name, depth+1)
		}
	}
	grow("example.org", 1)
	tests := map[string]struct {
		zone   string
		rounds int
	}{
		"no-record":       {"x.test A 192.0.2.1", 2},
		"one":             {"example.org TXT 'v=spf1 -all'", 1},
		"forty":           {tree.String(), 5}, // and one for the addresses of "a" at the bottom
		"forty-networks":  {strings.ReplaceAll(tree.String(), "a:h.test", "ip4:44.1.2.3"), 4},
		"forty-mx":        {strings.ReplaceAll(tree.String(), "a:h.test", "mx:m.test") + "m.test MX 1 h.test", 6},
		"mx-of-the-first": {"example.org TXT 'v=spf1 mx -all'\nexample.org MX 1 h.test", 2},
		"loop":            {"example.org TXT 'v=spf1 include:a.test include:example.org -all'\na.test TXT 'v=spf1 include:example.org include:a.test'", 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				zone := resolver.MustZone("* !delay=10ms\n" + test.zone)
				start := time.Now()
				// The driver asks 32 at once.
				wide := driveDomain(t, zone, "example.org")
				require.Equal(t, test.rounds, wide.rounds)
				_, err := spf.Checker{Resolver: zone}.CheckDomain(t.Context(), "example.org")
				require.NoError(t, err)
				require.Equal(t, time.Duration(test.rounds)*10*time.Millisecond, time.Since(start))
			})
		})
	}
}

// TestReportIsBounded examines policies that are as large as they can be.
func TestReportIsBounded(t *testing.T) {
	everyone := func(record string) resolver.View { return same{record} }
	long := func(term string) string {
		return "v=spf1" + strings.Repeat(" "+term, (64<<10-6)/(len(term)+1))
	}
	var fan strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&fan, " include:i%d.test", i)
	}
	tests := map[string]struct {
		view resolver.View
		cut  bool
	}{
		"self":         {everyone("v=spf1 include:example.org include:example.org -all"), false},
		"loop":         {everyone("v=spf1 include:a.test include:b.test include:c.test include:d.test -all"), false},
		"fan-out":      {patched{everyone("v=spf1 include:x.test -all"), "example.org", "v=spf1" + fan.String()}, true},
		"many-terms":   {everyone(long("a")), true},
		"many-ptr":     {everyone(long("ptr")), true},
		"many-bad":     {everyone(long("x")), false},
		"equals":       {everyone(long("include=x.test")), false},
		"versions":     {everyone(long("v=spf1")), true},
		"glued":        {everyone("v=spf1 " + strings.Repeat("ip4:192.0.2.1", 5000)), false},
		"glued-all":    {everyone("v=spf1 " + strings.Repeat("-all", 16000)), false},
		"commas":       {everyone("v=spf1 " + strings.Repeat("a,", 32000)), false},
		"not-ascii":    {everyone("v=spf1 " + strings.Repeat("\u2013", 20000)), false},
		"near-miss":    {everyone(strings.Repeat(" v=spf1 x", 7000)), false},
		"blanks":       {everyone("v=spf1" + strings.Repeat(" ", 64<<10) + "-all"), false},
		"networks":     {everyone(long("ip4:44.1.2.3/31")), false},
		"deep-and-big": {everyone(long("include:a.test") + " include:b.test"), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := driveDomain(t, test.view, "example.org")
			soundReport(t, d.rep)
			nodes, terms, cut := measure(d.rep.Tree)
			require.LessOrEqual(t, nodes, 400+8000, "records, and where the walk ends")
			require.LessOrEqual(t, terms, 8000)
			require.LessOrEqual(t, len(d.asked), 20*4000)
			require.Equal(t, test.cut, cut)
			if cut {
				require.True(t, d.rep.Findings.Has(spf.CodeTooLarge), "%d", len(d.rep.Findings))
			}
			require.LessOrEqual(t, len(d.rep.Findings), 4000)
			size := 0
			for _, f := range d.rep.Findings {
				size += len(f.Message) + len(f.Remedy)
			}
			require.Less(t, size, 8<<20)
		})
	}
}

// same is a View that has the same record everywhere.
type same struct{ record string }

func (v same) Get(q resolver.Question) (resolver.Answer, bool) {
	switch q.Type {
	case resolver.TypeTXT:
		return resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{{v.record}}}, true
	case resolver.TypeMX:
		return resolver.Answer{Status: resolver.Success, MX: []resolver.MXHost{{Host: "h.test"}}}, true
	}
	return resolver.Answer{Status: resolver.NXDomain}, true
}

func measure(n spf.Node) (nodes, terms int, cut bool) {
	nodes, terms, cut = 1, len(n.Terms), n.Cut
	for _, t := range n.Terms {
		if t.Policy != nil {
			a, b, c := measure(*t.Policy)
			nodes, terms, cut = nodes+a, terms+b, cut || c
		}
	}
	return nodes, terms, cut
}

var claims = regexp.MustCompile(`^spf\.(no-record|include-no-record|redirect-no-record|void-term|too-many-voids|null-mx|not-inherited|wrong-name|missing-blank)$`)

// TestReportFaultMatrix fails each question that an examination asks, in each way.
// What failed is never said to be absent.
func TestReportFaultMatrix(t *testing.T) {
	zones := map[string]string{
		"no-record":    "example.org A 44.1.2.3",
		"elsewhere":    "_spf.example.org TXT 'v=spf1 -all'\nexample.org MX 1 h.test",
		"a":            "example.org TXT 'v=spf1 a:h.test -all'\nh.test A 44.1.2.3",
		"a-void":       "example.org TXT 'v=spf1 a:h.test -all'",
		"mx":           "example.org TXT 'v=spf1 mx -all'\nexample.org MX 1 h.test\nexample.org MX 2 i.test\nh.test A 44.1.2.3",
		"mx-void":      "example.org TXT 'v=spf1 mx:m.test -all'\nm.test MX 1 h.test",
		"null-mx":      "example.org TXT 'v=spf1 mx:m.test -all'\nm.test MX 0 .",
		"exists":       "example.org TXT 'v=spf1 exists:h.test -all'",
		"include":      "example.org TXT 'v=spf1 include:i.test include:j.test -all'\ni.test TXT 'v=spf1 a:h.test mx:k.test exists:l.test -all'\nk.test MX 1 h.test",
		"redirect":     "example.org TXT 'v=spf1 redirect=i.test'",
		"three-voids":  "example.org TXT 'v=spf1 a:a.test exists:b.test mx:c.test -all'",
		"missing-sign": "example.org TXT 'v=spf1 a:a.test-all'",
	}
	for name, text := range zones {
		t.Run(name, func(t *testing.T) {
			zone := resolver.MustZone(text)
			good := driveDomain(t, zone, "example.org")
			inTree := treeQuestions(good.rep)
			for _, q := range good.asked {
				for _, status := range failures {
					rep, err := spf.Checker{Resolver: faulty(zone, q, status)}.CheckDomain(context.Background(), "example.org")
					require.NoError(t, err)
					soundReport(t, rep)
					failed := rep.Findings.Has(spf.CodeDNSFailure)
					require.Equal(t, inTree[q], failed, "%v: %+v", q, rep.Findings)
					require.Equal(t, q == resolver.Q("example.org", resolver.TypeTXT), rep.Status == spf.TempError, "%v", q)
					for _, f := range rep.Findings {
						if !claims.MatchString(string(f.Code)) || q != resolver.Q("example.org", resolver.TypeTXT) && has(good.rep, f) {
							continue // It is so without the failure.
						}
						// When the policy was elsewhere, that it is not here is still so.
						if f.Code == spf.CodeNoRecord && !inTree[q] && good.rep.Status == spf.None {
							continue
						}
						require.Fail(t, "a claim", "%v %v: %+v", q, status, f)
					}
				}
			}
		})
	}
}

// has reports whether a report makes the same statement.
func has(rep spf.Report, f mailworthy.Finding) bool {
	for _, g := range rep.Findings {
		if g.Code == f.Code && g.Subject == f.Subject && g.Span == f.Span {
			return true
		}
	}
	return false
}

// treeQuestions are those that the policy itself asks.
func treeQuestions(rep spf.Report) map[resolver.Question]bool {
	out := map[resolver.Question]bool{}
	var walk func(n spf.Node)
	walk = func(n spf.Node) {
		out[resolver.Q(n.Domain, resolver.TypeTXT)] = true
		for _, t := range n.Terms {
			switch t.Kind {
			case spf.KindMX:
				out[resolver.Q(t.Target, resolver.TypeMX)] = true
			case spf.KindExists:
				out[resolver.Q(t.Target, resolver.TypeA)] = true
			}
			for _, h := range t.Hosts {
				if h.Name != "" {
					out[resolver.Q(h.Name, resolver.TypeA)], out[resolver.Q(h.Name, resolver.TypeAAAA)] = true, true
				}
			}
			if t.Policy != nil {
				walk(*t.Policy)
			}
		}
	}
	walk(rep.Tree)
	return out
}

// TestCheckDomainEnds requires a report even when the context ends.
func TestCheckDomainEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rep, err := spf.Checker{Resolver: resolver.MustZone("")}.CheckDomain(ctx, "example.org")
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, spf.TempError, rep.Status)
	soundReport(t, rep)
	_, missing := spf.EvaluateDomain(spf.DomainRequest{Domain: "example.org"}, nil)
	require.NotEmpty(t, missing)
}
