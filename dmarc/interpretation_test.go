package dmarc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

// TestInterpretation has the questions about RFC 9989 that readers of it asked, and
// how they were answered.
func TestInterpretation(t *testing.T) {
	for _, tt := range []struct {
		name, zone string
		req        dmarc.Request
		want       verdict
	}{
		{
			name: "question 1: records without psd count when the walk is exhausted",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{Domain: "a.example.org", DKIM: []dmarc.DKIMResult{pass("b.example.org")}},
			want: verdict{dmarc.Pass, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "question 1: psd=u is the same as no psd",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject; psd=u'",
			req:  dmarc.Request{Domain: "a.example.org", DKIM: []dmarc.DKIMResult{pass("b.example.org")}},
			want: verdict{dmarc.Pass, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "question 2: identifiers have walks of their own",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject; psd=n'\n_dmarc.b.example.org TXT 'v=DMARC1; p=none; psd=n'",
			req:  dmarc.Request{Domain: "example.org", DKIM: []dmarc.DKIMResult{pass("a.b.example.org")}},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.Reject},
		},
		{
			name: "question 3: one label below comes from the start name after the cut",
			zone: "_dmarc.7.6.5.4.3.2.1 TXT 'v=DMARC1; p=reject; psd=y'",
			req:  dmarc.Request{Domain: "12.11.10.9.8.7.6.5.4.3.2.1", DKIM: []dmarc.DKIMResult{pass("x.8.7.6.5.4.3.2.1")}},
			want: verdict{dmarc.Pass, "8.7.6.5.4.3.2.1", "7.6.5.4.3.2.1", dmarc.SourcePSD, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "question 3: the domain one label below was not asked, so its record does not apply",
			zone: "_dmarc.7.6.5.4.3.2.1 TXT 'v=DMARC1; p=reject; psd=y'\n_dmarc.8.7.6.5.4.3.2.1 TXT 'v=DMARC1; p=none'",
			req:  dmarc.Request{Domain: "12.11.10.9.8.7.6.5.4.3.2.1"},
			want: verdict{dmarc.Fail, "8.7.6.5.4.3.2.1", "7.6.5.4.3.2.1", dmarc.SourcePSD, dmarc.Reject, "p", dmarc.Reject},
		},
		{
			name: "question 4: all records met are collected, not the first alone",
			zone: "_dmarc.b.example.org TXT 'v=DMARC1; p=none'\n_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{Domain: "a.b.example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.Reject, "p", dmarc.Reject},
		},
		{
			name: "open: the last of duplicate tags counts",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=none; p=reject'",
			req:  dmarc.Request{Domain: "example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.Reject},
		},
		{
			name: "open: psd=y without p and rua is none",
			zone: "_dmarc.gov.example TXT 'v=DMARC1; psd=y'",
			req:  dmarc.Request{Domain: "tax.gov.example"},
			want: verdict{Status: dmarc.None, Org: "tax.gov.example", Record: "gov.example", Source: dmarc.SourcePSD, Disposition: dmarc.PolicyNone},
		},
		{
			name: "open: psd=y without p and rua still ends the walk",
			zone: "_dmarc.gov.example TXT 'v=DMARC1; psd=y'\n_dmarc.tax.gov.example TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{Domain: "tax.gov.example", SPF: spfPass("other.gov.example")},
			want: verdict{dmarc.Fail, "tax.gov.example", "tax.gov.example", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.Reject},
		},
		{
			name: "open: several mailboxes of one domain are one author domain",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{From: []string{"Team: a@example.org, b@example.org;"}, SPF: spfPass("example.org")},
			want: verdict{dmarc.Pass, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "open: an alias exists, even one to nowhere",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=none; np=reject'\na.example.org CNAME nowhere.example.net",
			req:  dmarc.Request{Domain: "a.example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.PolicyNone, "p", dmarc.PolicyNone},
		},
		{
			name: "open: a single label is an author domain like others",
			zone: "_dmarc.localhost TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{From: []string{"root@localhost"}, SPF: spfPass("localhost")},
			want: verdict{dmarc.Pass, "localhost", "localhost", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.PolicyNone},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, verdictOf(evaluate(t, tt.zone, tt.req)))
		})
	}
}

// TestWhatOthersGetWrong has a case for each known mistake of other implementations.
func TestWhatOthersGetWrong(t *testing.T) {
	for _, tt := range []struct {
		name, zone string
		req        dmarc.Request
		want       verdict
	}{
		{
			name: "a failed walk of an identifier is not its own organization",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'\n_dmarc.b.example.org TXT !servfail",
			req:  dmarc.Request{Domain: "a.example.org", DKIM: []dmarc.DKIMResult{pass("b.example.org")}},
			want: verdict{dmarc.TempError, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "without a record the public suffix list does not step in",
			zone: "example.co.uk A 192.0.2.1",
			req:  dmarc.Request{Domain: "a.example.co.uk", DKIM: []dmarc.DKIMResult{pass("b.example.co.uk")}},
			want: verdict{Status: dmarc.None, Org: "a.example.co.uk", Disposition: dmarc.PolicyNone},
		},
		{
			name: "the walk does not stop at the first record",
			zone: "_dmarc.b.example.org TXT 'v=DMARC1; p=reject'\n_dmarc.example.org TXT 'v=DMARC1; p=quarantine'",
			req:  dmarc.Request{Domain: "a.b.example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.Quarantine, "p", dmarc.Quarantine},
		},
		{
			name: "psd counts in the discovery",
			zone: "_dmarc.co.example TXT 'v=DMARC1; p=reject; psd=y; sp=quarantine'",
			req:  dmarc.Request{Domain: "shop.co.example", SPF: spfPass("other.co.example")},
			want: verdict{dmarc.Fail, "shop.co.example", "co.example", dmarc.SourcePSD, dmarc.Quarantine, "sp", dmarc.Quarantine},
		},
		{
			name: "several records are discarded, without an error",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=none'\n_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{Domain: "example.org", SPF: spfPass("example.org")},
			want: verdict{Status: dmarc.None, Org: "example.org", Disposition: dmarc.PolicyNone},
		},
		{
			name: "a record above the domain that the public suffix list names counts",
			zone: "_dmarc.github.io TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{Domain: "user.github.io", SPF: spfPass("github.io")},
			want: verdict{dmarc.Pass, "github.io", "github.io", dmarc.SourceOrganizational, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "a record only at a subdomain makes that an organization of its own",
			zone: "_dmarc.mail.example.org TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{Domain: "mail.example.org", DKIM: []dmarc.DKIMResult{pass("example.org")}},
			want: verdict{dmarc.Fail, "mail.example.org", "mail.example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.Reject},
		},
		{
			name: "pct is ignored",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject; pct=0'",
			req:  dmarc.Request{Domain: "example.org", Sample: 50},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.Reject},
		},
		{
			name: "the whole walk is made, not one lookup",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{Domain: "a.b.c.example.org"},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceOrganizational, dmarc.Reject, "p", dmarc.Reject},
		},
		{
			name: "the HELO identity does not count",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{Domain: "example.org", SPF: dmarc.SPFResult{Status: dmarc.Pass, Domain: "example.org", Identity: "helo"}},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.Reject},
		},
		{
			name: "with a null path the name in HELO is the MAIL FROM identity",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{Domain: "example.org", SPF: dmarc.SPFResult{Status: dmarc.Pass, Domain: "mail.example.org", Identity: "mailfrom"}},
			want: verdict{dmarc.Pass, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.PolicyNone},
		},
		{
			name: "a DNS error is not the absence of a record",
			zone: "_dmarc.a.example.org TXT !timeout\n_dmarc.example.org TXT 'v=DMARC1; p=none'",
			req:  dmarc.Request{Domain: "a.example.org"},
			want: verdict{Status: dmarc.TempError, Disposition: dmarc.PolicyNone},
		},
		{
			name: "a name that only ends alike is no subdomain",
			zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{Domain: "example.org", DKIM: []dmarc.DKIMResult{pass("badexample.org")}},
			want: verdict{dmarc.Fail, "example.org", "example.org", dmarc.SourceAuthor, dmarc.Reject, "p", dmarc.Reject},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, verdictOf(evaluate(t, tt.zone, tt.req)))
		})
	}
}

// asked returns the names that a check asks for, in order, by round.
func asked(t testing.TB, zone string, req dmarc.Request) (res dmarc.Result, rounds [][]string) {
	t.Helper()
	z := resolver.MustZone(zone)
	known := resolver.Snapshot{}
	for {
		res, missing := dmarc.Evaluate(req, known)
		if len(missing) == 0 {
			return res, rounds
		}
		require.Empty(t, res.Status)
		require.Less(t, len(rounds), 3, "too many rounds")
		var names []string
		for _, q := range missing {
			require.NotContains(t, known, q)
			known[q], _ = z.Get(q)
			names = append(names, q.String())
		}
		rounds = append(rounds, names)
	}
}

// TestQuestions has what is asked, and when.
func TestQuestions(t *testing.T) {
	for _, tt := range []struct {
		name, zone string
		req        dmarc.Request
		want       [][]string
	}{
		{
			name: "the walk of RFC 9989 section 4.10", zone: "x.test A 192.0.2.1",
			req: dmarc.Request{Domain: "a.b.c.d.e.f.g.h.i.j.mail.example.com"},
			want: [][]string{{
				"_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com TXT", "_dmarc.g.h.i.j.mail.example.com TXT", "_dmarc.h.i.j.mail.example.com TXT",
				"_dmarc.i.j.mail.example.com TXT", "_dmarc.j.mail.example.com TXT", "_dmarc.mail.example.com TXT", "_dmarc.example.com TXT", "_dmarc.com TXT",
			}},
		},
		{
			name: "eight labels", zone: "x.test A 192.0.2.1", req: dmarc.Request{Domain: "8.7.6.5.4.3.2.1"},
			want: [][]string{{
				"_dmarc.8.7.6.5.4.3.2.1 TXT", "_dmarc.7.6.5.4.3.2.1 TXT", "_dmarc.6.5.4.3.2.1 TXT", "_dmarc.5.4.3.2.1 TXT", "_dmarc.4.3.2.1 TXT",
				"_dmarc.3.2.1 TXT", "_dmarc.2.1 TXT", "_dmarc.1 TXT",
			}},
		},
		{
			name: "an equal identifier needs no walk", zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{Domain: "example.org", SPF: spfPass("example.org"), DKIM: []dmarc.DKIMResult{pass("example.org")}},
			want: [][]string{{"_dmarc.example.org TXT", "_dmarc.org TXT"}},
		},
		{
			name: "one of another organization needs no walk", zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{Domain: "example.org", SPF: spfPass("a.example.net"), DKIM: []dmarc.DKIMResult{pass("vendor.org")}},
			want: [][]string{{"_dmarc.example.org TXT", "_dmarc.org TXT"}},
		},
		{
			name: "one that fails needs no walk", zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{Domain: "example.org", SPF: dmarc.SPFResult{Status: "softfail", Domain: "a.example.org"}},
			want: [][]string{{"_dmarc.example.org TXT", "_dmarc.org TXT"}},
		},
		{
			name: "the organizational domain itself needs no walk", zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req:  dmarc.Request{Domain: "a.example.org", DKIM: []dmarc.DKIMResult{pass("example.org")}},
			want: [][]string{{"_dmarc.a.example.org TXT", "_dmarc.example.org TXT", "_dmarc.org TXT"}},
		},
		{
			name: "walks of one message are one round, and share names", zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req: dmarc.Request{Domain: "a.example.org", SPF: spfPass("b.example.org"), DKIM: []dmarc.DKIMResult{pass("b.example.org"), pass("c.d.example.org")}},
			want: [][]string{{
				"_dmarc.a.example.org TXT", "_dmarc.example.org TXT", "_dmarc.org TXT", "_dmarc.b.example.org TXT", "_dmarc.c.d.example.org TXT", "_dmarc.d.example.org TXT",
			}},
		},
		{
			name: "np is a round of its own, when it matters", zone: "_dmarc.example.org TXT 'v=DMARC1; p=none; np=reject'",
			req:  dmarc.Request{Domain: "a.example.org"},
			want: [][]string{{"_dmarc.a.example.org TXT", "_dmarc.example.org TXT", "_dmarc.org TXT"}, {"a.example.org A"}},
		},
		{
			name: "np as strict as sp is not asked", zone: "_dmarc.example.org TXT 'v=DMARC1; p=none; sp=reject; np=reject'",
			req:  dmarc.Request{Domain: "a.example.org"},
			want: [][]string{{"_dmarc.a.example.org TXT", "_dmarc.example.org TXT", "_dmarc.org TXT"}},
		},
		{
			name: "np is not asked for a message that passes", zone: "_dmarc.example.org TXT 'v=DMARC1; p=none; np=reject'",
			req:  dmarc.Request{Domain: "a.example.org", SPF: spfPass("a.example.org")},
			want: [][]string{{"_dmarc.a.example.org TXT", "_dmarc.example.org TXT", "_dmarc.org TXT"}},
		},
		{
			name: "np is not asked when the name below exists", zone: "_dmarc.example.org TXT 'v=DMARC1; p=none; np=reject'\n_dmarc.a.example.org A 192.0.2.1",
			req:  dmarc.Request{Domain: "a.example.org"},
			want: [][]string{{"_dmarc.a.example.org TXT", "_dmarc.example.org TXT", "_dmarc.org TXT"}},
		},
		{
			name: "np is not asked when the name below is an alias to nowhere", zone: "_dmarc.example.org TXT 'v=DMARC1; p=none; np=reject'\n_dmarc.a.example.org CNAME nowhere.test",
			req:  dmarc.Request{Domain: "a.example.org"},
			want: [][]string{{"_dmarc.a.example.org TXT", "_dmarc.example.org TXT", "_dmarc.org TXT"}},
		},
		{
			name: "signatures of one domain count once", zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'",
			req: dmarc.Request{
				Domain: "example.org", Limits: dmarc.Limits{Walks: 2},
				DKIM: []dmarc.DKIMResult{pass("b.example.org"), pass("b.example.org"), pass("b.example.org"), pass("c.example.org")},
			},
			want: [][]string{{"_dmarc.example.org TXT", "_dmarc.org TXT", "_dmarc.b.example.org TXT", "_dmarc.c.example.org TXT"}},
		},
		{
			name: "three rounds are the most", zone: "_dmarc.org TXT 'v=DMARC1; p=none; np=reject'\n_dmarc.other.org TXT 'v=DMARC1; p=none; psd=n'",
			req:  dmarc.Request{Domain: "example.org", SPF: spfPass("other.org")},
			want: [][]string{{"_dmarc.example.org TXT", "_dmarc.org TXT"}, {"_dmarc.other.org TXT"}, {"example.org A"}},
		},
		{
			name: "a name too long for DNS is not asked", zone: "x.test A 192.0.2.1",
			req: dmarc.Request{Domain: strings.Repeat(strings.Repeat("x", 61)+".", 4) + "test"},
			want: [][]string{{
				"_dmarc." + strings.Repeat(strings.Repeat("x", 61)+".", 3) + "test TXT", "_dmarc." + strings.Repeat(strings.Repeat("x", 61)+".", 2) + "test TXT",
				"_dmarc." + strings.Repeat("x", 61) + ".test TXT", "_dmarc.test TXT",
			}},
		},
		{
			name: "RFC 7489 asks twice at once", zone: "x.test A 192.0.2.1", req: dmarc.Request{Domain: "a.b.example.co.uk", Mode: dmarc.RFC7489},
			want: [][]string{{"_dmarc.a.b.example.co.uk TXT", "_dmarc.example.co.uk TXT"}},
		},
		{name: "without an author domain nothing is asked", zone: "x.test A 192.0.2.1", req: dmarc.Request{From: []string{"a@b.example, c@d.example"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, rounds := asked(t, tt.zone, tt.req)
			require.Equal(t, tt.want, rounds)
			sound(t, res)
		})
	}
}

// TestKnownStopEndsTheWalk is for a walk whose end is known before all answers are.
func TestKnownStopEndsTheWalk(t *testing.T) {
	zone := resolver.MustZone("_dmarc.example.org TXT 'v=DMARC1; p=reject; psd=n'")
	known := resolver.Snapshot{}
	for _, n := range []string{"_dmarc.a.example.org", "_dmarc.example.org"} {
		q := resolver.Q(n, resolver.TypeTXT)
		known[q], _ = zone.Get(q)
	}
	res, missing := dmarc.Evaluate(dmarc.Request{Domain: "a.example.org"}, known)
	require.Empty(t, missing)
	require.Equal(t, dmarc.Fail, res.Status)
}

func TestLimitOfWalks(t *testing.T) {
	req := dmarc.Request{Domain: "example.org"}
	for i := range 12 {
		domain := fmt.Sprintf("d%d.example.org", i)
		req.DKIM = append(req.DKIM, pass(domain), pass(domain))
	}
	z := resolver.MustZone("_dmarc.example.org TXT 'v=DMARC1; p=reject'\n" + manyOwn(11))
	res, _ := dmarc.Evaluate(req, z)
	require.Equal(t, dmarc.PermError, res.Status)
	require.True(t, res.Findings.Has(dmarc.CodeTooManyIdentifiers))
	require.Equal(t, dmarc.ReasonOther, res.Identifiers[18].Reason)
	require.Equal(t, dmarc.ReasonLimit, res.Identifiers[20].Reason)
	sound(t, res)

	req.Limits.Walks = 11
	res, _ = dmarc.Evaluate(req, z)
	require.Equal(t, dmarc.PermError, res.Status)
	req.Limits.Walks = 12
	res, _ = dmarc.Evaluate(req, z)
	require.Equal(t, dmarc.Pass, res.Status, "the last has no record of its own")
}

// manyOwn gives d0 to dN-1 a record that makes them organizations.
func manyOwn(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "_dmarc.d%d.example.org TXT 'v=DMARC1; p=none; psd=n'\n", i)
	}
	return b.String()
}

func TestHostileIdentifiers(t *testing.T) {
	req := dmarc.Request{Domain: "example.org", Limits: dmarc.Limits{Walks: 1000}}
	for i := range 10_000 {
		req.DKIM = append(req.DKIM, pass(fmt.Sprintf("d%d.a.b.c.d.e.f.g.h.example.org", i)))
	}
	res, rounds := asked(t, "_dmarc.example.org TXT 'v=DMARC1; p=reject'\n_dmarc.h.example.org TXT 'v=DMARC1; p=reject; psd=n'", req)
	require.Equal(t, dmarc.PermError, res.Status)
	total := 0
	for _, r := range rounds {
		total += len(r)
	}
	require.LessOrEqual(t, total, 2+100*8)
	require.Len(t, res.Identifiers, 10_000)
	for _, f := range res.Findings {
		require.LessOrEqual(t, len(f.Evidence), 12)
	}
}

func TestSeveralAuthors(t *testing.T) {
	const zone = `
		_dmarc.a.test TXT 'v=DMARC1; p=quarantine'
		_dmarc.b.test TXT 'v=DMARC1; p=reject'
		_dmarc.c.test TXT !servfail
		_dmarc.q.test TXT 'v=DMARC1; p=quarantine'
	`
	from := func(domains ...string) []string {
		var list []string
		for _, d := range domains {
			list = append(list, "x@"+d)
		}
		return []string{strings.Join(list, ", ")}
	}
	for _, tt := range []struct {
		name   string
		from   []string
		limit  int
		status dmarc.Status
		domain string
		wish   dmarc.Policy
	}{
		{"by default none is judged", from("a.test", "b.test"), 0, dmarc.PermError, "", dmarc.PolicyNone},
		{"the strictest policy of those that fail", from("a.test", "b.test"), 2, dmarc.Fail, "b.test", dmarc.Reject},
		{"one that passes does not help another", from("pass.a.test", "b.test"), 2, dmarc.Fail, "b.test", dmarc.Reject},
		{"one that is unknown does not hide one that fails", from("c.test", "q.test"), 2, dmarc.Fail, "q.test", dmarc.Quarantine},
		{"one that is unknown does not pass", from("c.test", "pass.a.test"), 2, dmarc.TempError, "c.test", dmarc.PolicyNone},
		{"one without a policy does not hide one that fails", from("none.test", "q.test"), 2, dmarc.Fail, "q.test", dmarc.Quarantine},
		{"all pass", from("pass.a.test", "pass2.a.test"), 2, dmarc.Pass, "pass.a.test", dmarc.PolicyNone},
		{"more than the limit do not pass", from("pass.a.test", "pass2.a.test", "pass3.a.test"), 2, dmarc.PermError, "", dmarc.PolicyNone},
		{"more than the limit may fail", from("q.test", "pass2.a.test", "pass3.a.test"), 2, dmarc.Fail, "q.test", dmarc.Quarantine},
		{"two fields", []string{"x@a.test", "x@b.test"}, 2, dmarc.Fail, "b.test", dmarc.Reject},
		{"what is no name makes it incomplete", []string{"x@pass.a.test, x@[192.0.2.1]"}, 2, dmarc.PermError, "", dmarc.PolicyNone},
		{"what cannot be read is not judged", []string{"x@pass.a.test>, x@a.test"}, 2, dmarc.PermError, "", dmarc.PolicyNone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := evaluate(t, zone, dmarc.Request{
				From: tt.from, Limits: dmarc.Limits{Authors: tt.limit},
				DKIM: []dmarc.DKIMResult{pass("pass.a.test"), pass("pass2.a.test"), pass("pass3.a.test")},
				SPF:  spfPass("a.test.invalid"),
			})
			require.Equal(t, tt.status, res.Status, "%+v", res)
			require.Equal(t, tt.wish, res.Disposition)
			require.Equal(t, tt.domain, res.Domain)
		})
	}
}
