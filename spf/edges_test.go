package spf_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// edge is a case that implementations are known to get wrong. What it leaves
// empty is either the usual, or not compared.
type edge struct {
	name string
	zone string

	ip       string // 192.0.2.1
	helo     string // mail.client.example
	from     string // user@example.org
	receiver string
	identity spf.Identity // MailFrom
	limits   spf.Limits

	want        spf.Status
	counts      string // "lookups/voids"
	match       string // "term @ domain of its record"
	explanation string // always compared
	code        mailworthy.Code
	asked       []string // "name TYPE"
	unasked     []string
}

const (
	client4 = "192.0.2.1"
	client6 = "2001:db8::1"
)

var sessionTime = time.Unix(1234567890, 0)

func (e edge) request() spf.Request {
	or := func(s, usual string) string {
		if s == "" {
			return usual
		}
		return s
	}
	return spf.Request{
		IP:       netip.MustParseAddr(or(e.ip, client4)),
		HELO:     or(e.helo, "mail.client.example"),
		MailFrom: or(e.from, "user@example.org"),
		Receiver: e.receiver,
		Time:     sessionTime,
		Limits:   e.limits,
	}
}

func (e edge) check(t *testing.T, zone *resolver.Zone, req spf.Request) spf.Result {
	t.Helper()
	check := spf.Checker.Check
	if e.identity == spf.HELO {
		check = spf.Checker.CheckHELO
	}
	res, err := check(spf.Checker{Resolver: zone}, t.Context(), req)
	require.NoError(t, err)
	return res
}

// runEdges runs each case without and with Prefetch.
func runEdges(t *testing.T, edges []edge) {
	t.Helper()
	for _, e := range edges {
		t.Run(e.name, func(t *testing.T) {
			zone, err := resolver.ParseZone(e.zone)
			require.NoError(t, err)
			req := e.request()
			res := e.check(t, zone, req)
			e.compare(t, res)
			for _, q := range e.asked {
				require.NotZero(t, count(t, zone, q), "%s was not asked, but %v", q, zone.Queries())
			}
			for _, q := range e.unasked {
				require.Zero(t, count(t, zone, q), "%s was asked", q)
			}

			req.Prefetch = true
			require.Equal(t, res, e.check(t, zone, req), "Prefetch changed the result")
		})
	}
}

func (e edge) compare(t *testing.T, res spf.Result) {
	t.Helper()
	require.Equal(t, e.want, res.Status, "%+v", res)
	require.Equal(t, e.explanation, res.Explanation)
	identity := e.identity
	if identity == "" {
		identity = spf.MailFrom
	}
	require.Equal(t, identity, res.Identity)
	if e.counts != "" {
		require.Equal(t, e.counts, fmt.Sprintf("%d/%d", res.Lookups, res.Voids), "%+v", res.Steps)
	}
	if e.match != "" {
		require.Equal(t, e.match, res.Match.Term+" @ "+res.Match.Domain)
	}
	if e.code != "" {
		require.True(t, res.Findings.Has(e.code), "no %s in %+v", e.code, res.Findings)
	}
	sound(t, res)
}

// sound requires what is true of every result.
func sound(t testing.TB, res spf.Result) {
	t.Helper()
	switch res.Status {
	case spf.Pass:
		require.Empty(t, res.Findings)
	case spf.None, spf.Neutral, spf.Fail, spf.SoftFail, spf.TempError, spf.PermError:
		require.NotEmpty(t, res.Findings)
	default:
		require.Failf(t, "not a result of RFC 7208 section 2.6", "%q", res.Status)
	}
	for _, f := range res.Findings {
		require.NotEmpty(t, f.Code)
		require.NotEmpty(t, f.Message)
		for _, s := range append(f.Evidence, f.Message, f.Remedy, f.Subject) {
			require.NotContains(t, s, "\x1b")
			require.NotContains(t, s, "\x00")
		}
	}
	if res.Status != spf.Fail {
		require.Empty(t, res.Explanation)
	}
	for _, c := range []byte(res.Explanation) {
		require.True(t, c >= ' ' && c < 0x7f, "the explanation has the octet %#x", c)
	}
	require.NotNil(t, res.Steps)
	require.NotNil(t, res.Findings)
}

func count(t testing.TB, zone *resolver.Zone, question string) int {
	t.Helper()
	i := strings.LastIndexByte(question, ' ')
	typ, err := resolver.ParseType(question[i+1:])
	require.NoError(t, err)
	return zone.Count(question[:i], typ)
}

// series writes format n times, with the numbers from 1 for each %d in it.
func series(n int, format string) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		b.WriteString(strings.ReplaceAll(format, "%d", fmt.Sprint(i)))
	}
	return b.String()
}

// hosts are the addresses of h1.test to h20.test, none of which is a client's.
var hosts = series(20, "h%d.test A 198.51.100.%d\nh%d.test AAAA 2001:db8:ffff::%d\n")

// chain is the records c1.test to cN.test, each of which leads to the next by the
// term, and the last of which passes.
func chain(n int, term string) string {
	var b strings.Builder
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "c%d.test TXT 'v=spf1 %sc%d.test'\n", i, term, i+1)
	}
	fmt.Fprintf(&b, "c%d.test TXT 'v=spf1 ip4:192.0.2.1'\n", n)
	return b.String()
}
