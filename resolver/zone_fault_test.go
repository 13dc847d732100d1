package resolver_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
)

// statuses asks z for the A records of a name n times.
func statuses(t *testing.T, z *resolver.Zone, domain string, n int) []resolver.Status {
	t.Helper()
	var out []resolver.Status
	for range n {
		a, err := z.Lookup(t.Context(), resolver.Q(domain, resolver.TypeA))
		require.Equal(t, a.Status.Definitive(), err == nil)
		out = append(out, a.Status)
	}
	return out
}

func TestZoneFaults(t *testing.T) {
	const (
		ok, servfail, refused = resolver.Success, resolver.ServFail, resolver.Refused
		timeout, failed       = resolver.Timeout, resolver.Failed
		nodata, nxdomain      = resolver.NoData, resolver.NXDomain
	)
	tests := []struct {
		name   string
		faults []resolver.Fault
		text   string // the same as rules
		want   []resolver.Status
		get    resolver.Status
	}{
		{
			"always",
			[]resolver.Fault{{Name: "mx.example.org", Status: servfail}},
			"mx.example.org !servfail",
			[]resolver.Status{servfail, servfail},
			servfail,
		},
		{
			"another type",
			[]resolver.Fault{{Name: "mx.example.org", Type: resolver.TypeAAAA, Status: servfail}},
			"mx.example.org AAAA !servfail",
			[]resolver.Status{ok},
			ok,
		},
		{
			"another name",
			[]resolver.Fault{{Name: "example.org", Status: servfail}},
			"example.org !servfail",
			[]resolver.Status{ok},
			ok,
		},
		{
			"first two",
			[]resolver.Fault{{Name: "MX.example.org.", Status: timeout, Times: 2}},
			"mx.example.org !timeout times=2",
			[]resolver.Status{timeout, timeout, ok},
			ok,
		},
		{
			"second",
			[]resolver.Fault{{Name: "mx.example.org", Status: refused, After: 1, Times: 1}},
			"mx.example.org !refused after=1 times=1",
			[]resolver.Status{ok, refused, ok},
			ok,
		},
		{
			"in turn",
			[]resolver.Fault{
				{Name: "mx.example.org", Status: servfail, Times: 1},
				{Name: "mx.example.org", Status: nodata, Times: 2},
				{Name: "mx.example.org", Status: nxdomain},
			},
			"mx.example.org !servfail times=1\nmx.example.org !nodata times=2\nmx.example.org !nxdomain",
			[]resolver.Status{servfail, nodata, nxdomain},
			nxdomain,
		},
		{
			"all below",
			[]resolver.Fault{{Name: "*.org", Status: failed}},
			"*.org !failed",
			[]resolver.Status{failed},
			failed,
		},
		{
			"all names",
			[]resolver.Fault{{Status: failed}},
			"* !failed",
			[]resolver.Status{failed},
			failed,
		},
		{
			"not below itself",
			[]resolver.Fault{{Name: "*.mx.example.org", Status: failed}},
			"*.mx.example.org !failed",
			[]resolver.Status{ok},
			ok,
		},
		{
			"wrong ID",
			[]resolver.Fault{{Name: "mx.example.org", Damage: resolver.WrongID}},
			"mx.example.org !wrong-id",
			[]resolver.Status{timeout},
			timeout,
		},
		{
			"wrong question",
			[]resolver.Fault{{Name: "mx.example.org", Damage: resolver.WrongQuestion}},
			"mx.example.org !wrong-question",
			[]resolver.Status{timeout},
			timeout,
		},
		{
			"garbage",
			[]resolver.Fault{{Name: "mx.example.org", Damage: resolver.Garbage}},
			"mx.example.org !garbage",
			[]resolver.Status{failed},
			failed,
		},
		{
			"reset",
			[]resolver.Fault{{Name: "mx.example.org", Damage: resolver.Reset}},
			"mx.example.org !reset",
			[]resolver.Status{failed},
			failed,
		},
		{
			"truncated",
			[]resolver.Fault{{Name: "mx.example.org", Damage: resolver.Truncated}},
			"mx.example.org !truncated",
			[]resolver.Status{ok},
			ok,
		},
	}
	const records = "mx.example.org A 192.0.2.1\nwww.example.org CNAME mx.example.org\n"
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for form, z := range map[string]*resolver.Zone{
				"faults":  resolver.MustZone(records).Fault(tt.faults...),
				"text":    resolver.MustZone(records + tt.text),
				"printed": resolver.MustZone(resolver.MustZone(records).Fault(tt.faults...).String()),
			} {
				require.Equal(t, tt.want, statuses(t, z, "mx.example.org", len(tt.want)), form)
				z.Reset()
				require.Equal(t, tt.want[0], statuses(t, z, "www.example.org", 1)[0], "over an alias: "+form)
				a, _ := z.Get(resolver.Q("mx.example.org", resolver.TypeA))
				require.Equal(t, tt.get, a.Status, form)
			}
		})
	}
}

func TestZoneFaultPanics(t *testing.T) {
	for name, f := range map[string]resolver.Fault{
		"name":     {Name: "a..b", Status: resolver.ServFail},
		"status":   {Status: "maybe"},
		"success":  {Status: resolver.Success},
		"damage":   {Damage: "smoke"},
		"both":     {Status: resolver.ServFail, Damage: resolver.Garbage},
		"negative": {Status: resolver.ServFail, Times: -1},
		"nothing":  {Name: "example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Panics(t, func() { resolver.MustZone("").Fault(f) })
		})
	}
}

func TestZoneFaultError(t *testing.T) {
	z := resolver.MustZone(`bogus.example.org !servfail ede=6 "signature\010expired"`)
	a, err := z.Lookup(t.Context(), resolver.Q("bogus.example.org", resolver.TypeA))
	require.Equal(t, resolver.Answer{Status: resolver.ServFail, Problem: `EDE 6 (DNSSEC Bogus): signature\010expired`}, a)
	require.EqualError(t, err, `resolver: bogus.example.org A: servfail (EDE 6 (DNSSEC Bogus): signature\010expired)`)
	require.True(t, resolver.IsTemporary(err))
}

func TestZoneDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := resolver.MustZone(`
			slow.example.org  A  192.0.2.1
			slow.example.org     !delay=2s
			slow.example.org  A  !delay=1s
			late.example.org     !servfail delay=1s times=1
		`)
		q := resolver.Q("slow.example.org", resolver.TypeA)
		start := time.Now()
		a, err := z.Lookup(t.Context(), q)
		require.NoError(t, err)
		require.Equal(t, resolver.Success, a.Status)
		require.Equal(t, 3*time.Second, time.Since(start))

		start = time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		a, err = z.Lookup(ctx, q)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, resolver.Timeout, a.Status)
		require.Equal(t, time.Second, time.Since(start))

		start = time.Now()
		require.Equal(t, []resolver.Status{resolver.ServFail, resolver.NoData}, statuses(t, z, "late.example.org", 2))
		require.Equal(t, time.Second, time.Since(start))

		_, ok := z.Get(q)
		require.True(t, ok)
		require.Equal(t, time.Second, time.Since(start), "Get does not wait")
	})
}

func TestZoneLog(t *testing.T) {
	z := resolver.MustZone("example.org TXT 'v=spf1 -all'")
	ask := func(domain string, typ resolver.Type) {
		_, _ = z.Lookup(t.Context(), resolver.Question{Name: domain, Type: typ})
	}
	ask("Example.ORG.", resolver.TypeTXT)
	ask("example.org", resolver.TypeTXT)
	ask("example.org", resolver.TypeMX)
	ask("a..b", resolver.TypeA) // cannot be asked
	_, _ = z.Get(resolver.Q("example.org", resolver.TypeA))
	var got []resolver.Question
	for _, q := range z.Queries() {
		got = append(got, q.Question)
		require.Equal(t, time.UTC, q.Time.Location())
	}
	require.Equal(t, []resolver.Question{
		resolver.Q("example.org", resolver.TypeTXT), resolver.Q("example.org", resolver.TypeTXT), resolver.Q("example.org", resolver.TypeMX),
	}, got)
	require.Equal(t, 2, z.Count("EXAMPLE.org", resolver.TypeTXT))
	require.Equal(t, 3, z.Count("example.org", 0))
	require.Zero(t, z.Count("example.org", resolver.TypeA))
	z.Reset()
	require.Empty(t, z.Queries())
	require.Zero(t, z.Count("example.org", 0))
}

// TestZoneLogIsBounded asks more questions than a Zone remembers.
func TestZoneLogIsBounded(t *testing.T) {
	z := new(resolver.Zone)
	for i := range 1<<16 + 10 {
		_, _ = z.Lookup(t.Context(), resolver.Question{Name: fmt.Sprintf("n%d", i), Type: resolver.TypeA})
	}
	require.Len(t, z.Queries(), 1<<16)
	require.Equal(t, 1, z.Count("n0", 0))
}

// complaints is a TB that remembers.
type complaints []string

func (c *complaints) Helper() {}
func (c *complaints) Errorf(format string, args ...any) {
	*c = append(*c, fmt.Sprintf(format, args...))
}

func TestZoneStrict(t *testing.T) {
	const text = `
		example.org        TXT   "v=spf1 -all"
		www.example.org    CNAME elsewhere.example.com
		*.wild.example.org A     192.0.2.1
		broken.example.net !servfail
		gone.example.net   !nxdomain
		zone.example       SOA   ns.zone.example hostmaster.zone.example 1 2 3 4 5
		*.list.example     !timeout
		x.exact.example A  !answer '{"status":"nxdomain","ttl":5}'
	`
	tests := []struct {
		name string
		ask  string
		want []string
	}{
		{"named", "example.org", nil},
		{"wildcard", "a.b.wild.example.org", nil},
		{"fault", "broken.example.net", nil},
		{"told not to exist", "gone.example.net", nil},
		{"in a zone", "any.zone.example", nil},
		{"pattern", "2.0.0.127.list.example", nil},
		{"exact answer", "x.exact.example", nil},
		{"below a name", "_dmarc.example.org", []string{"resolver: unexpected question _dmarc.example.org A: the zone text does not have the name"}},
		{"between names", "wild.example.org", []string{"resolver: unexpected question wild.example.org A: the zone text does not have the name"}},
		{"elsewhere", "example.com", []string{"resolver: unexpected question example.com A: the zone text does not have the name"}},
		{"alias", "www.example.org", []string{"resolver: question www.example.org A leads to elsewhere.example.com, which the zone text does not have"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c complaints
			z := resolver.MustZone(text).Strict(&c)
			_, _ = z.Get(resolver.Q("nowhere.example.com", resolver.TypeA))
			_, _ = z.Lookup(t.Context(), resolver.Q(tt.ask, resolver.TypeA))
			require.Equal(t, complaints(tt.want), c)
		})
	}
}

func TestZoneConcurrent(t *testing.T) {
	z := resolver.MustZone("a.example A 192.0.2.1\na.example !servfail times=100")
	var wg sync.WaitGroup
	var mu sync.Mutex
	counts := make(map[resolver.Status]int)
	for range 8 {
		wg.Go(func() {
			for range 50 {
				a, _ := z.Lookup(t.Context(), resolver.Q("a.example", resolver.TypeA))
				_, _ = z.Get(resolver.Q("a.example", resolver.TypeA))
				z.Count("a.example", 0)
				mu.Lock()
				counts[a.Status]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	require.Equal(t, map[resolver.Status]int{resolver.ServFail: 100, resolver.Success: 300}, counts)
	require.Equal(t, 400, z.Count("a.example", resolver.TypeA))
}

func TestZoneAliasLimit(t *testing.T) {
	chain := func(n int) *resolver.Zone {
		text := fmt.Sprintf("h%d.example A 192.0.2.1\n", n)
		for i := range n {
			text += fmt.Sprintf("h%d.example CNAME h%d.example\n", i, i+1)
		}
		return resolver.MustZone(text)
	}
	a, err := chain(8).Lookup(t.Context(), resolver.Q("h0.example", resolver.TypeA))
	require.NoError(t, err)
	require.Len(t, a.Alias, 8)
	a, err = chain(9).Lookup(t.Context(), resolver.Q("h0.example", resolver.TypeA))
	require.Error(t, err)
	require.Equal(t, resolver.Failed, a.Status)
}

func TestZoneZeroValue(t *testing.T) {
	z := new(resolver.Zone)
	require.Equal(t, []resolver.Status{resolver.NXDomain}, statuses(t, z, "example.org", 1))
	require.Empty(t, z.String())
	z.Fault(resolver.Fault{Status: resolver.Refused})
	require.Equal(t, []resolver.Status{resolver.Refused}, statuses(t, z, "example.org", 1))
	_, err := z.Lookup(t.Context(), resolver.Q("", resolver.TypeA))
	_, ok := errors.AsType[*resolver.Error](err)
	require.True(t, ok)
}
