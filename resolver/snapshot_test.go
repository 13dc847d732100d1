package resolver_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
)

// sameWorld requires that zone text of s answers all that s does.
func sameWorld(t *testing.T, s resolver.Snapshot) {
	t.Helper()
	text := s.String()
	z, err := resolver.ParseZone(text)
	require.NoError(t, err, "%s", text)
	for q, want := range s {
		want.Server, want.Problem = "", ""
		got, ok := z.Get(q)
		require.True(t, ok)
		got.Problem = ""
		require.Equal(t, want, got, "%v in\n%s", q, text)
	}
	require.Equal(t, text, s.String(), "deterministic")
}

func TestSnapshotString(t *testing.T) {
	ip := []netip.Addr{netip.MustParseAddr("192.0.2.1")}
	s := resolver.Snapshot{
		resolver.Q("example.org", resolver.TypeTXT):     {Status: resolver.Success, TTL: 300, TXT: []resolver.Text{{"v=spf1 ", `"-all\`}}, Server: "192.0.2.53:53"},
		resolver.Q("www.example.org", resolver.TypeA):   {Status: resolver.Success, TTL: 30, Addrs: ip, Alias: []string{"hop.example.org", "mx.example.org"}},
		resolver.Q("mx.example.org", resolver.TypeA):    {Status: resolver.Success, TTL: 60, Addrs: ip, Secure: true},
		resolver.Q("www.example.org", resolver.TypeMX):  {Status: resolver.NoData, TTL: 20, Alias: []string{"hop.example.org", "mx.example.org"}},
		resolver.Q("gone.example.org", resolver.TypeMX): {Status: resolver.NXDomain, TTL: 10},
		resolver.Q("bad.example.org", resolver.TypeTXT): {Status: resolver.ServFail, Problem: "times=3"},
	}
	require.Equal(t, strings.Join([]string{
		"example.org.\t300\tIN\tTXT\t" + `"v=spf1 " "\"-all\\"`,
		"hop.example.org.\t30\tIN\tCNAME\tmx.example.org.",
		"mx.example.org.\t60\tIN\tA\t192.0.2.1",
		"www.example.org.\t30\tIN\tCNAME\thop.example.org.",
		"bad.example.org.\tTXT\t" + `!servfail "times=3"`,
		"gone.example.org.\t10\tMX\t!nxdomain",
		"mx.example.org.\t20\tMX\t!nodata",
		"mx.example.org.\tA\t!secure",
		"",
	}, "\n"), s.String())
	sameWorld(t, s)
	z := resolver.MustZone(s.String())
	_, err := z.Lookup(t.Context(), resolver.Q("bad.example.org", resolver.TypeTXT))
	require.ErrorContains(t, err, "(times=3)")
}

// TestSnapshotStringOdd has answers that records and rules cannot express.
func TestSnapshotStringOdd(t *testing.T) {
	ip := []netip.Addr{netip.MustParseAddr("192.0.2.1")}
	other := []netip.Addr{netip.MustParseAddr("192.0.2.2")}
	tests := []struct {
		name string
		s    resolver.Snapshot
	}{
		{"contradiction", resolver.Snapshot{
			resolver.Q("a.example", resolver.TypeA): {Status: resolver.Success, TTL: 1, Addrs: ip},
			resolver.Q("b.example", resolver.TypeA): {Status: resolver.Success, TTL: 2, Addrs: other, Alias: []string{"a.example"}},
			resolver.Q("c.example", resolver.TypeA): {Status: resolver.NXDomain, TTL: 3, Alias: []string{"a.example"}},
		}},
		{"two aliases", resolver.Snapshot{
			resolver.Q("a.example", resolver.TypeA):     {Status: resolver.Success, TTL: 1, Addrs: ip, Alias: []string{"x.example"}},
			resolver.Q("a.example", resolver.TypeTXT):   {Status: resolver.NoData, TTL: 1, Alias: []string{"y.example"}},
			resolver.Q("a.example", resolver.TypeCNAME): {Status: resolver.Success, TTL: 1, Hosts: []string{"z.example"}},
			resolver.Q("b.example", resolver.TypeCNAME): {Status: resolver.Success, TTL: 1, Hosts: []string{"y.example", "z.example"}},
		}},
		{"wildcards asked for", resolver.Snapshot{
			resolver.Q("*.a.example", resolver.TypeA): {Status: resolver.Timeout},
			resolver.Q("b.a.example", resolver.TypeA): {Status: resolver.Success, TTL: 1, Addrs: ip},
			resolver.Q("*", resolver.TypeA):           {Status: resolver.NXDomain, TTL: 9},
			resolver.Q("*.b.example", resolver.TypeA): {Status: resolver.Success, TTL: 1, Addrs: ip},
			resolver.Q("x.b.example", resolver.TypeA): {Status: resolver.NXDomain, TTL: 1},
		}},
		{"loop", resolver.Snapshot{
			resolver.Q("a.example", resolver.TypeA): {Status: resolver.Failed, Alias: []string{"b.example", "a.example"}},
			resolver.Q("b.example", resolver.TypeA): {Status: resolver.NoData, TTL: 1, Alias: []string{"a.example", "b.example"}},
		}},
		{"wrong slices", resolver.Snapshot{
			resolver.Q("a.example", resolver.TypeA):    {Status: resolver.Success, TXT: []resolver.Text{{"x"}}},
			resolver.Q("a.example", resolver.TypeAAAA): {Status: resolver.Success, Addrs: ip},
			resolver.Q("a.example", resolver.TypeTXT):  {Status: resolver.NoData, TXT: []resolver.Text{{"x"}}},
			resolver.Q("a.example", resolver.TypeMX):   {Status: resolver.Success},
			resolver.Q("a.example", 65280):             {Status: resolver.Success, TTL: 4},
			resolver.Q("a.example", 255):               {Status: resolver.Refused},
			resolver.Q("a.example", resolver.TypeNS):   {Status: resolver.Failed, TTL: 4},
		}},
		{"long and doubled texts", resolver.Snapshot{
			resolver.Q("a.example", resolver.TypeTXT): {Status: resolver.Success, TTL: 4, TXT: []resolver.Text{{strings.Repeat("x", 300)}}},
			resolver.Q("b.example", resolver.TypeTXT): {Status: resolver.Success, TTL: 4, TXT: []resolver.Text{{"x"}, {"x"}}},
		}},
		{"root and special names", resolver.Snapshot{
			resolver.Q(".", resolver.TypeMX):                                {Status: resolver.Success, TTL: 4, MX: []resolver.MXHost{{}}},
			resolver.Q(`\@\$\!\;\"\'\(\).\\\\\..example`, resolver.TypeTXT): {Status: resolver.Success, TTL: 4, TXT: []resolver.Text{{""}}},
			resolver.Q(`@`, resolver.TypePTR):                               {Status: resolver.Success, TTL: 4, Hosts: []string{`\000;\032.example`}},
			resolver.Q(`!x.$origin`, resolver.TypePTR):                      {Status: resolver.NoData, TTL: 4},
		}},
		{"SOA", resolver.Snapshot{
			resolver.Q("a.example", resolver.TypeSOA): {Status: resolver.Success, TTL: 400, Hosts: []string{"ns.example"}},
			resolver.Q("b.a.example", resolver.TypeA): {Status: resolver.NXDomain, TTL: 400},
		}},
		{"empty", resolver.Snapshot{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { sameWorld(t, tt.s) })
	}
}

// TestSnapshotStringRandom makes worlds of few names, so that they contradict
// themselves in all ways.
func TestSnapshotStringRandom(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range 300 {
		sameWorld(t, randomSnapshot(rnd))
	}
}

func randomSnapshot(rnd *rand.Rand) resolver.Snapshot {
	names := []string{"a.example", "b.example", "c.a.example", "*.a.example", "example", "", `\000.example`}
	pick := func() string { return names[rnd.IntN(len(names))] }
	types := []resolver.Type{
		resolver.TypeA, resolver.TypeAAAA, resolver.TypeMX, resolver.TypeTXT, resolver.TypeTLSA,
		resolver.TypePTR, resolver.TypeCNAME, resolver.TypeSOA, 65280,
	}
	s := make(resolver.Snapshot)
	for range rnd.IntN(12) {
		q := resolver.Question{Name: pick(), Type: types[rnd.IntN(len(types))]}
		a := resolver.Answer{TTL: uint32(rnd.IntN(3)), Secure: rnd.IntN(4) == 0}
		switch rnd.IntN(6) {
		case 0:
			a.Status = resolver.NoData
		case 1:
			a.Status = resolver.NXDomain
		case 2:
			a.Status, a.Secure = resolver.ServFail, false
		default:
			a.Status = resolver.Success
			for range 1 + rnd.IntN(2) {
				switch q.Type {
				case resolver.TypeA:
					a.Addrs = append(a.Addrs, netip.AddrFrom4([4]byte{192, 0, 2, byte(rnd.IntN(4))}))
				case resolver.TypeAAAA:
					a.Addrs = append(a.Addrs, netip.AddrFrom16([16]byte{15: byte(rnd.IntN(4))}))
				case resolver.TypeMX:
					a.MX = append(a.MX, resolver.MXHost{Host: pick(), Pref: uint16(rnd.IntN(2))})
				case resolver.TypeTXT:
					octets := make([]byte, rnd.IntN(20))
					for i := range octets {
						octets[i] = byte(rnd.IntN(256))
					}
					a.TXT = append(a.TXT, resolver.Text{string(octets)})
				case resolver.TypeTLSA:
					a.TLSA = append(a.TLSA, resolver.TLSA{Usage: byte(rnd.IntN(3)), Data: []byte{byte(rnd.IntN(256))}})
				case resolver.TypePTR, resolver.TypeCNAME, resolver.TypeSOA:
					a.Hosts = append(a.Hosts, pick())
				}
			}
		}
		for range rnd.IntN(3) {
			a.Alias = append(a.Alias, pick())
		}
		s[q] = a
	}
	return s
}

func TestSnapshotJSON(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		s := randomSnapshot(rnd)
		b, err := json.Marshal(s)
		require.NoError(t, err)
		var back resolver.Snapshot
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, s, back)
	}
	require.Error(t, json.Unmarshal([]byte(`{"example.org": {}}`), new(resolver.Snapshot)), "a key without type")
}

func TestSnapshotLookup(t *testing.T) {
	q := resolver.Q("example.org", resolver.TypeA)
	s := resolver.Snapshot{
		q: {Status: resolver.NoData, TTL: 5},
		resolver.Q("bad.example", resolver.TypeA): {Status: resolver.ServFail, Problem: "bogus", Server: "192.0.2.53:53"},
	}
	a, err := s.Lookup(t.Context(), resolver.Question{Name: "Example.org.", Type: resolver.TypeA})
	require.NoError(t, err)
	require.Equal(t, s[q], a)

	a, err = s.Lookup(t.Context(), resolver.Q("bad.example", resolver.TypeA))
	require.Equal(t, resolver.ServFail, a.Status)
	e, ok := errors.AsType[*resolver.Error](err)
	require.True(t, ok)
	require.Equal(t, "bogus", e.Extended)

	a, err = s.Lookup(t.Context(), resolver.Q("example.org", resolver.TypeMX))
	require.Equal(t, resolver.Failed, a.Status)
	require.ErrorIs(t, err, resolver.ErrNotRecorded)

	s[resolver.Q("empty.example", resolver.TypeA)] = resolver.Answer{}
	a, err = s.Lookup(t.Context(), resolver.Q("empty.example", resolver.TypeA))
	require.Equal(t, resolver.Failed, a.Status)
	require.ErrorIs(t, err, resolver.ErrNotRecorded)

	a, err = s.Lookup(t.Context(), resolver.Q("a..b", resolver.TypeA))
	require.Equal(t, resolver.Failed, a.Status)
	require.ErrorIs(t, err, resolver.ErrName)
	require.False(t, resolver.IsTemporary(err))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Lookup(ctx, q)
	require.ErrorIs(t, err, context.Canceled)
}

func TestRecorder(t *testing.T) {
	z := resolver.MustZone(`
		flap.example    A  192.0.2.1
		flap.example       !servfail after=1 times=1
		late.example    A  192.0.2.2
		late.example       !timeout times=1
		broken.example     !refused times=1
		broken.example     !servfail
	`)
	rec := resolver.Record(z)
	for _, domain := range []string{"flap.example", "late.example", "broken.example"} {
		q := resolver.Q(domain, resolver.TypeA)
		for range 2 {
			want, wantErr := z.Get(q)
			require.True(t, wantErr)
			got, err := rec.Lookup(t.Context(), q)
			if err == nil {
				require.Equal(t, want, got)
			}
		}
	}
	s := rec.Snapshot()
	require.Len(t, s, 3)
	require.Equal(t, resolver.Success, s[resolver.Q("flap.example", resolver.TypeA)].Status, "a failure does not replace an answer")
	require.Equal(t, resolver.Success, s[resolver.Q("late.example", resolver.TypeA)].Status, "an answer replaces a failure")
	require.Equal(t, resolver.ServFail, s[resolver.Q("broken.example", resolver.TypeA)].Status, "the last failure counts")

	_, err := rec.Lookup(t.Context(), resolver.Question{Name: "Flap.Example.", Type: resolver.TypeA})
	require.NoError(t, err)
	require.Len(t, rec.Snapshot(), 3, "a name in another form is the same")

	clear(s)
	require.Len(t, rec.Snapshot(), 3, "the map is the caller's")
	require.Empty(t, new(resolver.Recorder).Snapshot())
}

func ExampleSnapshot_String() {
	rec := resolver.Record(resolver.MustZone(`
		example.org      TXT   "v=spf1 include:_spf.example.net -all"
		_spf.example.net TXT   !servfail
	`))
	ctx := context.Background()
	for _, domain := range []string{"example.org", "_spf.example.net", "gone.example"} {
		_, _ = rec.Lookup(ctx, resolver.Q(domain, resolver.TypeTXT))
	}
	fmt.Print(rec.Snapshot())
	// Output:
	// example.org.	300	IN	TXT	"v=spf1 include:_spf.example.net -all"
	// gone.example.	60	TXT	!nxdomain
	// _spf.example.net.	TXT	!servfail "told to by a fault of the zone"
}
