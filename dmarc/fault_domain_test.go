package dmarc_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

// brokenView fails one question, and has the answers of another View for the rest.
type brokenView struct {
	resolver.View
	broken resolver.Question
	status resolver.Status
}

func (v brokenView) Get(q resolver.Question) (resolver.Answer, bool) {
	if q == v.broken {
		return resolver.Answer{Status: v.status, Problem: "broken for a test"}, true
	}
	return v.View.Get(q)
}

// needed says whether a report depends on a question. Some are asked ahead, before it
// is known that they matter.
func needed(req dmarc.DomainRequest, z *resolver.Zone, q resolver.Question) bool {
	_, missing := dmarc.EvaluateDomain(req, without{z, q})
	return len(missing) > 0
}

type without struct {
	resolver.View
	hidden resolver.Question
}

func (v without) Get(q resolver.Question) (resolver.Answer, bool) {
	if q == v.hidden {
		return resolver.Answer{}, false
	}
	return v.View.Get(q)
}

// recorded is a zone that remembers what it was asked.
func recorded(t *testing.T, zone string, req dmarc.DomainRequest) (dmarc.Report, resolver.Snapshot) {
	t.Helper()
	z, err := resolver.ParseZone(zoneOf(zone))
	require.NoError(t, err)
	rec := resolver.Record(z)
	rep, err := dmarc.Checker{Resolver: rec}.CheckDomainWith(t.Context(), req)
	require.NoError(t, err)
	return rep, rec.Snapshot()
}

// TestDomainFaultMatrix fails each question of each case, in each way. A failure may
// only make things unknown: it makes no finding but the one that tells of it.
func TestDomainFaultMatrix(t *testing.T) {
	for _, tt := range domainCases() {
		if tt.code == dmarc.CodeDNSFailure {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			healthy, answers := recorded(t, tt.zone, tt.request())
			z := resolver.MustZone(zoneOf(tt.zone))
			for q := range answers {
				for _, status := range []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed} {
					rep, missing := dmarc.EvaluateDomain(tt.request(), brokenView{z, q, status})
					require.Empty(t, missing)
					if !needed(tt.request(), z, q) {
						require.Equal(t, healthy, rep, "%v", q)
						continue
					}
					failure := findings(rep, dmarc.CodeDNSFailure)
					require.Len(t, failure, 1, "%v", q)
					require.True(t, failure[0].Temporary)
					require.Contains(t, strings.Join(failure[0].Evidence, "\n"), q.String()+": "+string(status))
					for _, f := range rep.Findings {
						require.True(t, f.Code == dmarc.CodeDNSFailure || healthy.Findings.Has(f.Code), "%v made %s: %s", q, f.Code, f.Message)
					}
					require.Contains(t, []dmarc.Status{healthy.Status, dmarc.TempError}, rep.Status)
					for _, e := range [][2]dmarc.Effect{{healthy.Own, rep.Own}, {healthy.Existing, rep.Existing}, {healthy.Missing, rep.Missing}} {
						if e[1].Status != dmarc.TempError {
							require.Equal(t, e[0], e[1], "%v", q)
						}
						require.True(t, e[1].Status != dmarc.TempError || e[1].Policy == "")
					}
					if rep.OrganizationalDomain != "" {
						require.Equal(t, healthy.OrganizationalDomain, rep.OrganizationalDomain)
					}
					if rep.Record == nil {
						require.Empty(t, rep.Destinations)
						continue
					}
					for i, d := range rep.Destinations {
						want := []dmarc.Delivery{healthy.Destinations[i].Delivery, dmarc.DeliveryUnknown}
						if healthy.Findings.Has(dmarc.CodeReportUnreachable) && want[0] == dmarc.NotAuthorized {
							want = append(want, dmarc.Unreachable) // It was both.
						}
						require.Contains(t, want, d.Delivery, "%v", q)
					}
				}
			}
		})
	}
}

// TestEachFailureMatters proves that the matrix does more than pass: a failure of
// each question behind a good delivery makes it unknown.
func TestEachFailureMatters(t *testing.T) {
	const zone = "v=DMARC1; p=reject; np=none; rua=mailto:d@r.test\nr.test MX 1 mx.r.test\nexample.org._report._dmarc.r.test TXT 'v=DMARC1'"
	z := resolver.MustZone(zoneOf(zone))
	unknown := func(name string, typ resolver.Type) dmarc.Report {
		rep, _ := dmarc.EvaluateDomain(dmarc.DomainRequest{Domain: "example.org"}, brokenView{z, resolver.Q(name, typ), resolver.Timeout})
		return rep
	}
	require.Equal(t, dmarc.DeliveryUnknown, unknown("r.test", resolver.TypeMX).Destinations[0].Delivery)
	require.Equal(t, dmarc.DeliveryUnknown, unknown("example.org._report._dmarc.r.test", resolver.TypeTXT).Destinations[0].Delivery)
	require.Equal(t, dmarc.Deliverable, unknown("r.test", resolver.TypeA).Destinations[0].Delivery, "the MX is there")
	require.Equal(t, dmarc.TempError, unknown(atDMARC, resolver.TypeTXT).Status)
	above := unknown("_dmarc.org", resolver.TypeTXT)
	require.Equal(t, []dmarc.Status{"", dmarc.TempError, dmarc.TempError}, []dmarc.Status{above.Own.Status, above.Existing.Status, above.Missing.Status})
	require.Empty(t, above.OrganizationalDomain)
	require.Equal(t, dmarc.Deliverable, above.Destinations[0].Delivery, "it is authorized, external or not")
	require.Equal(t, dmarc.TempError, unknown("mailworthy-no-such-name.example.org", resolver.TypeTXT).Missing.Status)
}

// TestDomainReplay judges what was recorded again, through JSON.
func TestDomainReplay(t *testing.T) {
	for _, tt := range domainCases() {
		t.Run(tt.name, func(t *testing.T) {
			want, answers := recorded(t, tt.zone, tt.request())
			data, err := json.Marshal(answers)
			require.NoError(t, err)
			var back resolver.Snapshot
			require.NoError(t, json.Unmarshal(data, &back))
			got, missing := dmarc.EvaluateDomain(tt.request(), back)
			require.Empty(t, missing)
			require.Equal(t, want, got)

			data, err = json.Marshal(want)
			require.NoError(t, err)
			require.NotContains(t, string(data), ":null")
			var rep dmarc.Report
			require.NoError(t, json.Unmarshal(data, &rep))
			require.Equal(t, want, rep)
		})
	}
}

// rounds evaluates until nothing is missing, and counts.
func rounds(t *testing.T, req dmarc.DomainRequest, v resolver.View) (rep dmarc.Report, n, questions int) {
	t.Helper()
	known := make(resolver.Snapshot)
	for {
		rep, missing := dmarc.EvaluateDomain(req, known)
		if len(missing) == 0 {
			return rep, n, questions
		}
		n++
		for _, q := range missing {
			_, again := known[q]
			require.False(t, again, "%v is asked again", q)
			known[q], _ = v.Get(q)
			questions++
		}
		require.LessOrEqual(t, n, 2)
	}
}

func TestDomainRounds(t *testing.T) {
	deep := strings.Repeat("a.", 20) + "example.org"
	subdomains := make([]string, 100)
	for i := range subdomains {
		subdomains[i] = string(rune('a'+i%26)) + string(rune('a'+i/26)) + ".example.org"
	}
	for _, tt := range []struct {
		name              string
		zone              string
		req               dmarc.DomainRequest
		rounds, questions int // at most
	}{
		// The record and what is above it, the domain, and the same for a name that
		// nobody uses.
		{name: "bad domain", req: dmarc.DomainRequest{Domain: "a..b"}},
		{name: "nothing there", req: dmarc.DomainRequest{Domain: "example.org"}, rounds: 2, questions: 9},
		{name: "no reports", zone: "v=DMARC1; p=reject", req: dmarc.DomainRequest{Domain: "example.org"}, rounds: 1, questions: 5},
		{name: "reports to others", zone: "v=DMARC1; p=reject; rua=mailto:d@r.test", req: dmarc.DomainRequest{Domain: "example.org"}, rounds: 2, questions: 9},
		{name: "many labels", req: dmarc.DomainRequest{Domain: deep}, rounds: 2, questions: 15},
		{name: "a hundred destinations", zone: "v=DMARC1; p=reject; rua=" + manyURIs(100), req: dmarc.DomainRequest{Domain: "example.org"}, rounds: 2, questions: 45},
		{name: "a hundred destinations below", zone: "v=DMARC1; p=reject; rua=" + strings.ReplaceAll(manyURIs(100), ".test", ".example.org"), req: dmarc.DomainRequest{Domain: "example.org"}, rounds: 2, questions: 55},
		{name: "a hundred subdomains", zone: "v=DMARC1; p=reject", req: dmarc.DomainRequest{Domain: "example.org", Subdomains: subdomains}, rounds: 1, questions: 45},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rep, n, questions := rounds(t, tt.req, resolver.MustZone(zoneOf(tt.zone)))
			require.Equal(t, tt.rounds, n)
			require.LessOrEqual(t, questions, tt.questions)
			if strings.HasPrefix(tt.name, "a hundred") {
				require.True(t, rep.Findings.Has(dmarc.CodeNotExamined))
			}
			require.LessOrEqual(t, len(rep.Destinations), 50)
		})
	}
}

// TestDomainOrder gives the answers of each round in another order.
func TestDomainOrder(t *testing.T) {
	for _, tt := range domainCases() {
		want, answers := recorded(t, tt.zone, tt.request())
		known := make(resolver.Snapshot)
		for {
			got, missing := dmarc.EvaluateDomain(tt.request(), known)
			if len(missing) == 0 {
				require.Equal(t, want, got)
				break
			}
			slices.SortFunc(missing, func(a, b resolver.Question) int { return strings.Compare(b.String(), a.String()) })
			known[missing[0]] = answers[missing[0]] // One at a time.
		}
	}
}

func TestCheckDomainEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rep, err := dmarc.Checker{Resolver: resolver.MustZone("")}.CheckDomain(ctx, "example.org")
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, dmarc.TempError, rep.Status)
	require.Equal(t, []mailworthy.Code{dmarc.CodeDNSFailure}, []mailworthy.Code{rep.Findings[0].Code})
	require.False(t, rep.Findings.Has(dmarc.CodeNoRecord))
}

// TestProbeUnknown: that nobody knows what is at the name which stands for all that do
// not exist says nothing about those that do.
func TestProbeUnknown(t *testing.T) {
	rep := reportIn(t, reports+"\n_dmarc.mailworthy-no-such-name.example.org TXT !servfail", dmarc.DomainRequest{Domain: "example.org"})
	require.Equal(t, dmarc.Effect{RecordDomain: "example.org", Policy: dmarc.Reject, Tag: "p", Applied: dmarc.Reject}, rep.Existing)
	require.Equal(t, dmarc.Effect{Status: dmarc.TempError}, rep.Missing)
}
