package dmarc_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

var failures = []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed}

// broken is a view in which one question failed.
type broken struct {
	resolver.View
	question resolver.Question
	status   resolver.Status
}

func (v broken) Get(q resolver.Question) (resolver.Answer, bool) {
	if q == v.question {
		return resolver.Answer{Status: v.status, Problem: "bro\x1bken", Server: "192.0.2.53:53"}, true
	}
	return v.View.Get(q)
}

// TestFaultMatrix fails each question that a check asks, in each way. The result is
// temperror unless an exception is listed, which is only where the question does not
// decide.
func TestFaultMatrix(t *testing.T) {
	for _, tt := range []struct {
		name, zone string
		req        dmarc.Request
		want       dmarc.Status // without a failure
		same       []string     // questions whose failure does not change the status
	}{
		{name: "own record, pass", zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'", req: dmarc.Request{Domain: "example.org", SPF: spfPass("example.org")}, want: dmarc.Pass, same: []string{"_dmarc.org TXT"}},
		{name: "own record, fail", zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'", req: dmarc.Request{Domain: "example.org"}, want: dmarc.Fail, same: []string{"_dmarc.org TXT"}},
		{name: "own record, other organization", zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'", req: dmarc.Request{Domain: "example.org", SPF: spfPass("example.net")}, want: dmarc.Fail, same: []string{"_dmarc.org TXT"}},
		{name: "own record, same top level", zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'", req: dmarc.Request{Domain: "example.org", SPF: spfPass("vendor.org")}, want: dmarc.Fail},
		{name: "own record, strict", zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject; aspf=s'", req: dmarc.Request{Domain: "example.org", SPF: spfPass("a.example.org")}, want: dmarc.Fail, same: []string{"_dmarc.org TXT", "_dmarc.a.example.org TXT"}},
		{name: "own record, relaxed", zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'", req: dmarc.Request{Domain: "example.org", SPF: spfPass("a.example.org")}, want: dmarc.Pass},
		{name: "no record", zone: "example.org A 192.0.2.1", req: dmarc.Request{Domain: "a.example.org", SPF: spfPass("a.example.org")}, want: dmarc.None},
		{name: "several records", zone: "_dmarc.example.org TXT 'v=DMARC1; p=none'\n_dmarc.example.org TXT 'v=DMARC1; p=reject'", req: dmarc.Request{Domain: "example.org"}, want: dmarc.None},
		{name: "inherited", zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'", req: dmarc.Request{Domain: "a.example.org", DKIM: []dmarc.DKIMResult{pass("b.example.org")}}, want: dmarc.Pass},
		{name: "inherited, equal", zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'", req: dmarc.Request{Domain: "a.example.org", DKIM: []dmarc.DKIMResult{pass("a.example.org")}}, want: dmarc.Pass},
		{name: "inherited, fail", zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'", req: dmarc.Request{Domain: "a.example.org", DKIM: []dmarc.DKIMResult{pass("example.net")}}, want: dmarc.Fail},
		{name: "np", zone: "_dmarc.example.org TXT 'v=DMARC1; p=none; np=reject'", req: dmarc.Request{Domain: "a.example.org"}, want: dmarc.Fail},
		{name: "psd", zone: "_dmarc.org TXT 'v=DMARC1; p=reject; psd=y'", req: dmarc.Request{Domain: "a.example.org", DKIM: []dmarc.DKIMResult{pass("b.example.org")}}, want: dmarc.Pass},
		{name: "psd=n", zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject; psd=n'", req: dmarc.Request{Domain: "a.example.org", DKIM: []dmarc.DKIMResult{pass("b.example.org")}}, want: dmarc.Pass, same: []string{"_dmarc.org TXT"}},
		{name: "one of two aligned", zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'", req: dmarc.Request{Domain: "example.org", SPF: spfPass("a.example.org"), DKIM: []dmarc.DKIMResult{pass("example.org")}}, want: dmarc.Pass, same: []string{"_dmarc.a.example.org TXT", "_dmarc.org TXT"}},
		{name: "RFC 7489, own record", zone: "_dmarc.a.example.org TXT 'v=DMARC1; p=reject'", req: dmarc.Request{Domain: "a.example.org", SPF: spfPass("example.org"), Mode: dmarc.RFC7489}, want: dmarc.Pass, same: []string{"_dmarc.example.org TXT"}},
		{name: "RFC 7489, inherited", zone: "_dmarc.example.org TXT 'v=DMARC1; p=reject'", req: dmarc.Request{Domain: "a.example.org", Mode: dmarc.RFC7489}, want: dmarc.Fail},
		{name: "RFC 7489, none", zone: "example.org A 192.0.2.1", req: dmarc.Request{Domain: "a.example.org", Mode: dmarc.RFC7489}, want: dmarc.None},
	} {
		t.Run(tt.name, func(t *testing.T) {
			zone := resolver.MustZone(tt.zone)
			plain, known, _ := drive(t, zone, tt.req)
			require.Equal(t, tt.want, plain.Status)
			matched := 0
			for q := range known {
				for _, status := range failures {
					res, missing := dmarc.Evaluate(tt.req, broken{zone, q, status})
					require.Empty(t, missing)
					sound(t, res)
					want := dmarc.TempError
					for _, s := range tt.same {
						if s == q.String() {
							want = tt.want
							matched++
						}
					}
					require.Equal(t, want, res.Status, "%v was %s", q, status)
					if want == dmarc.TempError {
						temporary(t, res)
					} else {
						require.Equal(t, plain.Disposition, res.Disposition)
					}
				}
			}
			require.Equal(t, len(tt.same)*len(failures), matched, "a listed question is not asked")
		})
	}
}

// temporary requires that a temperror says so to whom it may concern.
func temporary(t testing.TB, res dmarc.Result) {
	t.Helper()
	require.Equal(t, dmarc.PolicyNone, res.Disposition)
	for _, f := range res.Findings {
		if f.Code == dmarc.CodeDNSFailure || f.Code == dmarc.CodeAuthTemporary {
			require.True(t, f.Temporary)
			return
		}
	}
	require.Fail(t, "no temporary finding", "%+v", res.Findings)
}

// TestFaultsInWorlds fails each question in random worlds: the status stays as it is,
// or becomes temperror. It never becomes pass or none.
func TestFaultsInWorlds(t *testing.T) {
	kept, lost := 0, 0
	inWorlds(t, 5, func(t *testing.T, zone *resolver.Zone, req dmarc.Request) {
		req.From = nil
		for _, mode := range []dmarc.Mode{dmarc.RFC9989, dmarc.RFC7489} {
			req.Mode = mode
			want, known, _ := drive(t, zone, req)
			for q := range known {
				res, missing := dmarc.Evaluate(req, broken{zone, q, resolver.ServFail})
				require.Empty(t, missing, "a failure asks for more")
				sound(t, res)
				if res.Status == want.Status {
					require.Equal(t, want.Disposition, res.Disposition)
					kept++
					continue
				}
				require.Equal(t, dmarc.TempError, res.Status, "%v", q)
				temporary(t, res)
				lost++
			}
		}
	})
	require.Greater(t, kept, 1000)
	require.Greater(t, lost, 1000)
}

// TestCarelessResolver is for Resolvers that break their contract.
func TestCarelessResolver(t *testing.T) {
	for name, answer := range map[string]struct {
		answer resolver.Answer
		err    error
	}{
		"nothing":             {},
		"error alone":         {err: errors.New("oops")},
		"nxdomain with error": {resolver.Answer{Status: resolver.NXDomain}, errors.New("oops")},
		"success with error":  {resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{{"v=DMARC1; p=none"}}}, errors.New("oops")},
		"unheard-of status":   {resolver.Answer{Status: "perhaps"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := resolver.Func(func(context.Context, resolver.Question) (resolver.Answer, error) { return answer.answer, answer.err })
			res, err := dmarc.Checker{Resolver: r}.Check(t.Context(), dmarc.Request{Domain: "example.org", SPF: spfPass("example.org")})
			require.NoError(t, err)
			require.Equal(t, dmarc.TempError, res.Status)
			sound(t, res)
		})
	}
}

func TestContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	res, err := dmarc.Checker{Resolver: resolver.MustZone("_dmarc.example.org TXT 'v=DMARC1; p=reject'")}.Check(ctx, dmarc.Request{Domain: "example.org"})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, dmarc.TempError, res.Status)
	sound(t, res)
}

func TestTimeoutIsNoError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zone := resolver.MustZone("_dmarc.example.org TXT 'v=DMARC1; p=reject'\n_dmarc.org TXT !delay=1h")
		start := time.Now()
		res, err := dmarc.Checker{Resolver: zone}.Check(t.Context(), dmarc.Request{Domain: "example.org", SPF: spfPass("a.example.org")})
		require.NoError(t, err)
		require.Equal(t, 20*time.Second, time.Since(start))
		require.Equal(t, dmarc.TempError, res.Status)
		sound(t, res)
		require.Equal(t, "example.org", res.RecordDomain, "what was found until then is in the result")
	})
}

func FuzzEvaluate(f *testing.F) {
	f.Add("a@news.example.org", "v=DMARC1; p=reject", "v=DMARC1; p=none; psd=y", "mail.example.org", "example.org", "pass", uint8(0))
	f.Add("a@x.y.z.example.org, b@c.d", "v=DMARC1; sp=reject; np=none; t=y", "v=DMARC1; p=x", "x.y.example.org", "bounce.example.org.", "temperror", uint8(0xff))
	f.Fuzz(func(t *testing.T, from, record, above, spf, dkim, status string, bits uint8) {
		req := dmarc.Request{
			From: []string{from}, SPF: dmarc.SPFResult{Status: dmarc.Status(status), Domain: spf},
			DKIM: []dmarc.DKIMResult{pass(dkim), {Status: dmarc.Status(status), Domain: spf, Selector: status}}, Sample: int(bits) % 100,
		}
		if bits&1 != 0 {
			req.Mode = dmarc.RFC7489
		}
		if bits&2 != 0 {
			req.Limits.Authors = 3
		}
		text := func(s string) resolver.Answer {
			return resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{{s}}}
		}
		known := resolver.Snapshot{}
		for rounds := 0; ; rounds++ {
			res, missing := dmarc.Evaluate(req, known)
			if len(missing) == 0 {
				sound(t, res)
				break
			}
			require.Less(t, rounds, 3)
			require.LessOrEqual(t, len(missing), 3*8*3)
			for i, q := range missing {
				a := resolver.Answer{Status: resolver.NXDomain}
				switch (i + int(bits)) % 4 {
				case 0:
					a = text(record)
				case 1:
					a = text(above)
				case 2:
					if bits&4 != 0 {
						a = resolver.Answer{Status: resolver.ServFail, Problem: record}
					}
				}
				known[q] = a
			}
		}
		_, _ = dmarc.EvaluateComparison(req, known)
	})
}
