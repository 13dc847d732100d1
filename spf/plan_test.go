package spf_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

const planZone = `
	one.example            TXT  "v=spf1 ip4:192.88.99.1 include:_spf.a.example -all"
	two.example            TXT  "v=spf1 ip4:192.88.99.1 mx ~all"
	two.example            TXT  "v=spf1 redirect= one.example"
	two.example            MX   10 mx.two.example
	mx.two.example         A    192.88.99.2
	bare.example           A    192.88.99.9
	near.example           TXT  " v=spf1 ip4:192.88.99.1 -all"
	far.example            TXT  "v=spf1 redirect=one.example"
	macro.example          TXT  "v=spf1 include:%{i}.x.example a:h.example -all"
	h.example         120  A    192.88.99.7
	broken.example         TXT  "v=spf1 include:down.example -all"
	down.example           TXT  !servfail
	unknown.example        TXT  !timeout
	_spf.a.example    600  TXT  "v=spf1 ip4:192.88.99.16/28 ip6:2a02::/32 -all"
	_spf.google.com        TXT  "v=spf1 ip4:192.88.99.64/28 ~all"
	minus.example          TXT  "v=spf1 -include:_spf.a.example ?a:h.example ip4:0.0.0.0/0 -all"
`

func TestPlan(t *testing.T) {
	tests := []struct {
		name    string
		domain  string
		wishes  spf.Wishes
		records []string // as String prints them
		lost    bool
		codes   []string
	}{
		{name: "nothing to do", domain: "one.example", records: []string{`one.example. TXT "v=spf1 ip4:192.88.99.1 include:_spf.a.example -all"`}},
		{
			name: "several records, one of them broken", domain: "two.example",
			records: []string{`two.example. TXT "v=spf1 ip4:192.88.99.1 mx include:one.example ~all"`},
		},
		{name: "none, and nobody sends", domain: "bare.example", records: []string{`bare.example. TXT "v=spf1 -all"`}},
		{
			name: "none, and a vendor sends", domain: "bare.example", wishes: spf.Wishes{Vendors: []string{"google workspace"}},
			records: []string{`bare.example. TXT "v=spf1 include:_spf.google.com ~all"`},
		},
		{name: "near miss", domain: "near.example", records: []string{`near.example. TXT "v=spf1 ip4:192.88.99.1 -all"`}},
		{
			name: "vendor and network", domain: "one.example",
			wishes:  spf.Wishes{Vendors: []string{"_spf.google.com"}, Allow: []netip.Prefix{netip.MustParsePrefix("192.88.99.100/32"), netip.MustParsePrefix("192.88.99.20/32")}},
			records: []string{`one.example. TXT "v=spf1 ip4:192.88.99.100 ip4:192.88.99.1 include:_spf.a.example include:_spf.google.com -all"`},
		},
		{
			name: "vendor that is there", domain: "one.example", wishes: spf.Wishes{Vendors: []string{"_SPF.a.example."}},
			records: []string{`one.example. TXT "v=spf1 ip4:192.88.99.1 include:_spf.a.example -all"`},
		},
		{
			name: "no such vendor", domain: "one.example", wishes: spf.Wishes{Vendors: []string{"Acme Mail"}}, codes: []string{"spf.plan"},
			records: []string{`one.example. TXT "v=spf1 ip4:192.88.99.1 include:_spf.a.example -all"`},
		},
		{
			name: "vendor without a record", domain: "one.example", wishes: spf.Wishes{Vendors: []string{"nothing.example"}}, codes: []string{"spf.plan"},
			records: []string{`one.example. TXT "v=spf1 ip4:192.88.99.1 include:_spf.a.example -all"`},
		},
		{
			name: "remove", domain: "one.example", wishes: spf.Wishes{Remove: []string{"INCLUDE:_spf.a.example", "mx"}}, lost: true, codes: []string{"spf.plan"},
			records: []string{`one.example. TXT "v=spf1 ip4:192.88.99.1 -all"`},
		},
		{
			name: "softer", domain: "one.example", wishes: spf.Wishes{All: '~'},
			records: []string{`one.example. TXT "v=spf1 ip4:192.88.99.1 include:_spf.a.example ~all"`},
		},
		{
			name: "harder than the redirect", domain: "far.example", wishes: spf.Wishes{All: '~'},
			records: []string{`far.example. TXT "v=spf1 include:one.example ~all"`},
		},
		{
			name: "flatten", domain: "one.example", wishes: spf.Wishes{Flatten: spf.FlattenAll}, codes: []string{"spf.flattened"},
			records: []string{`one.example. TXT "v=spf1 ip4:192.88.99.1 ip4:192.88.99.16/28 ip6:2a02::/32 -all"`},
		},
		{
			name: "flatten, but keep", domain: "one.example", wishes: spf.Wishes{Flatten: spf.FlattenAll, Keep: []string{"_spf.a.example"}},
			records: []string{`one.example. TXT "v=spf1 ip4:192.88.99.1 include:_spf.a.example -all"`},
		},
		{
			name: "flatten what can be", domain: "macro.example", wishes: spf.Wishes{Flatten: spf.FlattenAll}, codes: []string{"spf.flattened"},
			records: []string{`macro.example. TXT "v=spf1 include:%{i}.x.example ip4:192.88.99.7 -all"`},
		},
		{
			name: "flatten with qualifiers", domain: "minus.example", wishes: spf.Wishes{Flatten: spf.FlattenAll}, codes: []string{"spf.flattened"},
			records: []string{`minus.example. TXT "v=spf1 -ip4:192.88.99.16/28 -ip6:2a02::/32 ?ip4:192.88.99.7 ip4:0.0.0.0/0 -all"`},
		},
		{
			name: "nothing unknown is flattened", domain: "broken.example", wishes: spf.Wishes{Flatten: spf.FlattenAll}, codes: []string{"spf.dns-failure"},
			records: []string{`broken.example. TXT "v=spf1 include:down.example -all"`},
		},
		{name: "what is published is not known", domain: "unknown.example", codes: []string{"spf.dns-failure"}},
		{name: "no domain", domain: "localhost", codes: []string{"spf.bad-domain"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			checker := spf.Checker{Resolver: resolver.MustZone(planZone)}
			p, err := checker.Plan(t.Context(), tc.domain, tc.wishes)
			require.NoError(t, err)
			var records []string
			for _, r := range p.Records {
				records = append(records, r.String())
				require.Equal(t, r.Text, strings.Join(r.Strings, ""))
			}
			require.Equal(t, tc.records, records)
			require.Equal(t, tc.lost, len(p.Changes.Lost()) > 0, "%v", p.Changes)
			for _, code := range tc.codes {
				require.True(t, slices.ContainsFunc([]string{code}, func(c string) bool {
					for _, f := range p.Findings {
						if string(f.Code) == c {
							return true
						}
					}
					return false
				}), "%s in %v", code, p.Findings)
			}
			raw, err := json.Marshal(p)
			require.NoError(t, err)
			require.NotContains(t, string(raw), "null")
			var back spf.Proposal
			require.NoError(t, json.Unmarshal(raw, &back))
			require.Equal(t, p, back)
		})
	}
}

func TestPlanSaysWhenToRefresh(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	checker := spf.Checker{Resolver: resolver.MustZone(planZone)}
	p, err := checker.Plan(t.Context(), "one.example", spf.Wishes{Flatten: spf.FlattenAll, Time: at})
	require.NoError(t, err)
	require.Equal(t, at.Add(600*time.Second), p.RefreshBy)
	require.Contains(t, p.String(), "make anew before 2026-11-21T12:10:00Z")
	require.Equal(t, []spf.Hop{{Domain: "one.example", Term: "include:_spf.a.example", Offset: 23}}, p.Flattened)

	p, err = checker.Plan(t.Context(), "one.example", spf.Wishes{Time: at})
	require.NoError(t, err)
	require.Zero(t, p.RefreshBy)
	require.Empty(t, p.Flattened)
}

// A policy over the limit, with many networks, becomes records of its own, each of
// which fits into a plain answer.
func TestPlanFlattensWhatIsNeeded(t *testing.T) {
	var zone, record strings.Builder
	record.WriteString("v=spf1")
	for i := range 12 {
		fmt.Fprintf(&record, " include:s%d.example", i)
		fmt.Fprintf(&zone, "s%d.example TXT \"v=spf1", i)
		for j := range 12 {
			fmt.Fprintf(&zone, " ip4:%d.%d.%d.0/25", 20+i, 100+j, 200-j)
		}
		zone.WriteString(" -all\"\n")
	}
	fmt.Fprintf(&zone, "big.example TXT \"%s ~all\"\n", record.String())
	world := resolver.MustZone(zone.String())
	checker := spf.Checker{Resolver: world}
	before, err := checker.CheckDomain(t.Context(), "big.example")
	require.NoError(t, err)
	require.Equal(t, 12, before.Lookups)
	require.True(t, before.Findings.Has(spf.CodeTooManyLookups))

	for _, mode := range []spf.Flatten{spf.FlattenNeeded, spf.FlattenAll} {
		p, err := checker.Plan(t.Context(), "big.example", spf.Wishes{Flatten: mode})
		require.NoError(t, err)
		require.LessOrEqual(t, p.Lookups, 10, mode)
		require.False(t, p.Findings.Has(spf.CodeTooManyLookups))
		require.Greater(t, len(p.Records), 1)
		if mode == spf.FlattenNeeded {
			require.Less(t, len(p.Flattened), 12, "no more than is needed")
		}
		require.Empty(t, p.Changes.Lost())
		for _, r := range p.Records {
			require.LessOrEqual(t, len(r.Text), 450)
			for _, s := range r.Strings {
				require.LessOrEqual(t, len(s), 255)
			}
		}
		// Published, the plan is what it says.
		published := resolver.MustZone(without(zone.String(), "big.example TXT ") + p.String())
		after, err := spf.Checker{Resolver: published}.CheckDomain(t.Context(), "big.example")
		require.NoError(t, err)
		require.Equal(t, p.Lookups, after.Lookups)
		require.Equal(t, before.Networks[:0], after.Networks[:0])
		require.Len(t, spf.Diff(before.Compile(), after.Compile()), len(p.Changes))
		for i := range 12 {
			ip := netip.AddrFrom4([4]byte{byte(20 + i), 100, 200, 1})
			require.Equal(t, spf.Pass, after.Compile().Covers(ip).Status)
		}
	}
}

func without(zone, start string) string {
	var keep []string
	for line := range strings.Lines(zone) {
		if !strings.HasPrefix(line, start) {
			keep = append(keep, line)
		}
	}
	return strings.Join(keep, "")
}

// TestPlanPreservesVerdicts plans for random worlds: what had a verdict keeps it,
// whatever is flattened, and what the plan says of the changes is true.
func TestPlanPreservesVerdicts(t *testing.T) {
	changed, flattened := 0, 0
	for seed := range uint64(400) {
		text := newWorld(seed).zone()
		zone := resolver.MustZone(text)
		for _, mode := range []spf.Flatten{spf.FlattenNever, spf.FlattenNeeded, spf.FlattenAll} {
			p, missing := spf.EvaluatePlan("example.org", spf.Wishes{Flatten: mode}, zone)
			require.Empty(t, missing)
			if len(p.Records) == 0 {
				continue
			}
			flattened += len(p.Flattened)
			for _, c := range p.Changes {
				changed++
				require.Contains(t, []spf.Status{spf.PermError, spf.TempError, spf.None}, c.Before,
					"seed %d %q: %v\n%s\n%s", seed, mode, c, p, text)
			}
			for _, r := range p.Records {
				_, err := spf.Parse(r.Text)
				require.NoError(t, err, "seed %d", seed)
			}
			published := resolver.MustZone(without(text, "example.org TXT ") + p.String())
			req := newWorld(seed).request()
			for _, ip := range []string{"192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "192.0.2.200", "2001:db8:1::1"} {
				req.IP, req.MailFrom = netip.MustParseAddr(ip), "user@example.org"
				was, _ := spf.Evaluate(req, zone)
				is, _ := spf.Evaluate(req, published)
				if was.Status != spf.PermError && was.Status != spf.TempError && was.Status != spf.None {
					require.Equal(t, was.Status, is.Status, "seed %d %q %s\n%s\n%s", seed, mode, ip, p, text)
				}
			}
		}
	}
	require.Positive(t, changed)
	require.Positive(t, flattened)
}

// What DNS did not tell is neither flattened nor taken for absent, whichever
// question fails.
func TestPlanFaultMatrix(t *testing.T) {
	zone := resolver.MustZone(planZone)
	rec := resolver.Record(zone)
	wishes := spf.Wishes{Flatten: spf.FlattenAll, Vendors: []string{"_spf.google.com"}}
	good, err := spf.Checker{Resolver: rec}.Plan(t.Context(), "two.example", wishes)
	require.NoError(t, err)
	require.Len(t, good.Flattened, 3)
	for q := range rec.Snapshot() {
		for _, status := range []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed} {
			t.Run(q.String()+" "+string(status), func(t *testing.T) {
				faulty := resolver.MustZone(planZone)
				faulty.Fault(resolver.Fault{Name: q.Name, Type: q.Type, Status: status})
				p, err := spf.Checker{Resolver: faulty}.Plan(t.Context(), "two.example", wishes)
				require.NoError(t, err)
				if q == resolver.Q("two.example", resolver.TypeTXT) {
					require.Empty(t, p.Records, "nothing is known of the present record")
					require.True(t, p.Findings.Has(spf.CodeDNSFailure))
					return
				}
				require.Len(t, p.Records, 1)
				if len(p.Flattened) < len(good.Flattened) {
					require.True(t, p.Findings.Has(spf.CodeDNSFailure), "%v", p.Findings)
				}
				for _, c := range p.Changes {
					require.Equal(t, spf.PermError, c.Before)
				}
			})
		}
	}
}
