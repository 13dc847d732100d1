package spf_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

var failures = []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed}

// faulty fails one question, and has the answers of the zone for all others.
func faulty(zone *resolver.Zone, broken resolver.Question, status resolver.Status) resolver.Resolver {
	return resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
		if q == broken {
			return resolver.Fail(&resolver.Error{Question: q, Status: status, Server: "192.0.2.53:53"})
		}
		return zone.Lookup(ctx, q)
	})
}

// unchanged says that a failure changes nothing.
const unchanged spf.Status = "unchanged"

// TestFaultMatrix fails each question that a check asks, in each way. By RFC 7208
// sections 4.4 and 5 the result is temperror, unless an exception is listed.
func TestFaultMatrix(t *testing.T) {
	const (
		reverse4 = "1.2.0.192.in-addr.arpa PTR"
		reverse  = reverse4 + " "
	)
	type exception struct {
		want        spf.Status
		explanation string
	}
	tests := map[string]struct {
		zone       string
		ip, from   string
		exceptions map[string]exception
	}{
		"all":             {zone: "example.org TXT 'v=spf1 -all'"},
		"no-record":       {zone: "example.org A 192.0.2.1"},
		"nothing-matches": {zone: "example.org TXT 'v=spf1 ip4:198.51.100.1'"},
		"a-match":         {zone: "h.test A 192.0.2.1\nexample.org TXT 'v=spf1 a:h.test -all'"},
		"a-no-match":      {zone: "h.test A 198.51.100.1\nexample.org TXT 'v=spf1 a:h.test -all'"},
		"a-void":          {zone: "example.org TXT 'v=spf1 a:h.test ~all'"},
		"a-minus":         {zone: "h.test A 198.51.100.1\nexample.org TXT 'v=spf1 -a:h.test +all'"},
		"a-three":         {zone: "example.org TXT 'v=spf1 a:h.test a:i.test ip4:192.0.2.1 a:j.test -all'"},
		"a-ip6":           {ip: client6, zone: "h.test AAAA 2001:db8::1\nexample.org TXT 'v=spf1 a:h.test -all'"},
		"a-voids":         {zone: "example.org TXT 'v=spf1 a:h.test a:i.test a:j.test -all'"},
		"mx-match":        {zone: "h.test MX 1 a.test\nh.test MX 2 b.test\na.test A 198.51.100.1\nb.test A 192.0.2.1\nexample.org TXT 'v=spf1 mx:h.test -all'"},
		"mx-match-first": {
			zone: "h.test MX 1 a.test\nh.test MX 2 b.test\na.test A 192.0.2.1\nb.test A 198.51.100.1\nexample.org TXT 'v=spf1 mx:h.test -all'",
			// The first host matches: what the second has is not needed.
			exceptions: map[string]exception{"b.test A": {want: unchanged}},
		},
		"mx-no-match":     {zone: "h.test MX 1 a.test\nh.test MX 1 b.test\na.test A 198.51.100.1\nexample.org TXT 'v=spf1 mx:h.test -all'"},
		"exists-match":    {zone: "h.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:h.test -all'"},
		"exists-no-match": {zone: "example.org TXT 'v=spf1 -exists:h.test +all'"},
		"include-match":   {zone: "i.test TXT 'v=spf1 a:h.test'\nh.test A 192.0.2.1\nexample.org TXT 'v=spf1 include:i.test -all'"},
		"include-no-match": {
			zone: "i.test TXT 'v=spf1 a:h.test -all'\nh.test A 198.51.100.1\nexample.org TXT 'v=spf1 include:i.test ip4:192.0.2.1 -all'",
		},
		"include-none":     {zone: "example.org TXT 'v=spf1 include:i.test +all'"},
		"include-softfail": {zone: "i.test TXT 'v=spf1 -exists:h.test ~all'\nexample.org TXT 'v=spf1 ?include:i.test include:j.test -all'\nj.test TXT 'v=spf1 ip4:192.0.2.1'"},
		"include-chain":    {zone: chain(8, "include:") + "example.org TXT 'v=spf1 -include:c1.test +all'"},
		"redirect":         {zone: "r.test TXT 'v=spf1 a:h.test -all'\nh.test A 198.51.100.1\nexample.org TXT 'v=spf1 redirect=r.test'"},
		"redirect-none":    {zone: "example.org TXT 'v=spf1 redirect=r.test'"},
		"redirect-chain":   {zone: chain(8, "redirect=") + "example.org TXT 'v=spf1 redirect=c1.test'"},
		"redirect-in-include": {
			zone: "i.test TXT 'v=spf1 redirect=r.test'\nr.test TXT 'v=spf1 mx -all'\nr.test MX 1 m.test\nexample.org TXT 'v=spf1 include:i.test ?all'",
		},
		"exp": {
			zone:       "e.test TXT 'because'\nexample.org TXT 'v=spf1 -all exp=e.test'",
			exceptions: map[string]exception{"e.test TXT": {want: spf.Fail}},
		},
		"exp-missing": {
			zone:       "example.org TXT 'v=spf1 -all exp=e.test'",
			exceptions: map[string]exception{"e.test TXT": {want: unchanged}},
		},
		"exp-p": {
			zone: reverse + "m.example.org\nm.example.org A 192.0.2.1\ne.test TXT 'not %{p}'\nexample.org TXT 'v=spf1 -all exp=e.test'",
			exceptions: map[string]exception{
				"e.test TXT":      {want: spf.Fail},
				reverse4:          {want: spf.Fail, explanation: "not unknown"},
				"m.example.org A": {want: spf.Fail, explanation: "not unknown"},
			},
		},
		"exp-target-p": {
			zone: reverse + "m.example.org\nm.example.org A 192.0.2.1\nm.example.org.e.test TXT 'because'\nunknown.e.test TXT 'who knows'\nexample.org TXT 'v=spf1 -all exp=%{p}.e.test'",
			exceptions: map[string]exception{
				"m.example.org.e.test TXT": {want: spf.Fail},
				reverse4:                   {want: spf.Fail, explanation: "who knows"},
				"m.example.org A":          {want: spf.Fail, explanation: "who knows"},
			},
		},
		"ptr-match": {
			// RFC 7208 section 5.5: a failing ptr does not match, and there is no error.
			zone: reverse + "m.example.org\nm.example.org A 192.0.2.1\nexample.org TXT 'v=spf1 ptr -all'",
			exceptions: map[string]exception{
				reverse4:          {want: spf.Fail},
				"m.example.org A": {want: spf.Fail},
			},
		},
		"ptr-match-minus": {
			zone: reverse + "m.example.org\nm.example.org A 192.0.2.1\nexample.org TXT 'v=spf1 -ptr ~all'",
			exceptions: map[string]exception{
				reverse4:          {want: spf.SoftFail},
				"m.example.org A": {want: spf.SoftFail},
			},
		},
		"ptr-two-names": {
			zone: reverse + "m.example.org\n" + reverse + "n.example.org\nm.example.org A 192.0.2.1\nn.example.org A 192.0.2.1\nexample.org TXT 'v=spf1 ptr -all'",
			exceptions: map[string]exception{
				reverse4:          {want: spf.Fail},
				"m.example.org A": {want: unchanged},
				"n.example.org A": {want: unchanged},
			},
		},
		"ptr-in-include": {
			zone: reverse + "m.example.org\nm.example.org A 192.0.2.1\ni.test TXT 'v=spf1 ptr:example.org'\nexample.org TXT 'v=spf1 include:i.test -all'",
			exceptions: map[string]exception{
				reverse4:          {want: spf.Fail},
				"m.example.org A": {want: spf.Fail},
			},
		},
		"p": {
			// RFC 7208 section 7.3: "unknown" is used if a DNS error occurs.
			zone: reverse + "m.example.org\nm.example.org A 192.0.2.1\nm.example.org.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{p}.x.test -all'",
			exceptions: map[string]exception{
				reverse4:          {want: spf.Fail},
				"m.example.org A": {want: spf.Fail},
			},
		},
		"p-include": {
			zone: reverse + "m.example.org\nm.example.org A 192.0.2.1\nm.example.org.x.test TXT 'v=spf1 +all'\nunknown.x.test TXT 'v=spf1 -all'\nexample.org TXT 'v=spf1 include:%{p}.x.test ~all'",
			exceptions: map[string]exception{
				reverse4:          {want: spf.SoftFail},
				"m.example.org A": {want: spf.SoftFail},
			},
		},
		"local-part-macro": {from: "a@example.org", zone: "example.org TXT 'v=spf1 exists:%{l}.x.test a:%{o} -all'"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			zone := resolver.MustZone(test.zone)
			req := edge{ip: test.ip, from: test.from}.request()
			plain, err := spf.Checker{Resolver: zone}.Check(t.Context(), req)
			require.NoError(t, err)
			needed := questions(zone)
			for q := range test.exceptions {
				require.NotZero(t, count(t, zone, q), "%s is not asked", q)
			}
			for q := range needed {
				for _, status := range failures {
					res, err := spf.Checker{Resolver: faulty(zone, q, status)}.Check(t.Context(), req)
					require.NoError(t, err)
					want := exception{want: spf.TempError}
					if x, ok := test.exceptions[q.String()]; ok {
						want = x
					}
					if want.want == unchanged {
						want = exception{plain.Status, plain.Explanation}
					}
					require.Equal(t, want, exception{res.Status, res.Explanation}, "%v was %s: %+v", q, status, res)
					sound(t, res)
					if want.want == spf.TempError {
						temporary(t, res)
					}
					again := req
					again.Prefetch = true
					ahead, err := spf.Checker{Resolver: faulty(zone, q, status)}.Check(t.Context(), again)
					require.NoError(t, err)
					require.Equal(t, res, ahead)
				}
			}

			// What is asked ahead and not needed may fail.
			req.Prefetch = true
			_, err = spf.Checker{Resolver: zone}.Check(t.Context(), req)
			require.NoError(t, err)
			for q := range questions(zone) {
				if needed[q] {
					continue
				}
				for _, status := range failures {
					res, err := spf.Checker{Resolver: faulty(zone, q, status)}.Check(t.Context(), req)
					require.NoError(t, err)
					require.Equal(t, plain, res, "%v was %s", q, status)
				}
			}
		})
	}
}

// questions are those that zone was asked.
func questions(zone *resolver.Zone) map[resolver.Question]bool {
	out := map[resolver.Question]bool{}
	for _, q := range zone.Queries() {
		out[q.Question] = true
	}
	return out
}

// temporary requires that a temperror says so to whom it may concern.
func temporary(t testing.TB, res spf.Result) {
	t.Helper()
	require.True(t, res.Findings.Has(spf.CodeDNSFailure), "%+v", res.Findings)
	for _, f := range res.Findings {
		if f.Code == spf.CodeDNSFailure {
			require.True(t, f.Temporary)
		}
	}
	require.Empty(t, res.Match)
}

// TestFaultsInWorlds fails each question in random worlds. A failure may lead to
// temperror, and through ptr, %{p} and mx to no more than the loss of a match;
// without those it changes nothing or leads to temperror.
func TestFaultsInWorlds(t *testing.T) {
	tried := 0
	inWorlds(t, func(t *testing.T, zone *resolver.Zone, req spf.Request) {
		if tried > 400 {
			return
		}
		d := driveEvaluate(t, zone, req)
		for q := range d.known {
			if q.Type == resolver.TypePTR {
				return // Anything may depend on the client's names.
			}
		}
		tried++
		for q := range d.known {
			view := maskedView{d.known, q, resolver.Answer{Status: resolver.ServFail}}
			res, missing := spf.Evaluate(req, view)
			if len(missing) > 0 {
				t.Errorf("a failure of %v asks for %v", q, missing)
			}
			sound(t, res)
			if res.Status == d.res.Status && res.Status == spf.Fail {
				continue // With or without the explanation.
			}
			if res.Status == spf.TempError {
				temporary(t, res)
				continue
			}
			require.Equal(t, d.res, res, "%v", q)
		}
	})
	require.Greater(t, tried, 300)
}

type maskedView struct {
	known  resolver.Snapshot
	broken resolver.Question
	answer resolver.Answer
}

func (v maskedView) Get(q resolver.Question) (resolver.Answer, bool) {
	if q == v.broken {
		return v.answer, true
	}
	return v.known.Get(q)
}

// TestCarelessResolver is for Resolvers that break their contract: an answer
// with an error is none, and neither is an empty one.
func TestCarelessResolver(t *testing.T) {
	oops := errors.New("oops")
	tests := map[string]struct {
		answer resolver.Answer
		err    error
	}{
		"definitive-with-error": {resolver.Answer{Status: resolver.NXDomain}, oops},
		"success-with-error":    {resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{{"v=spf1 +all"}}}, oops},
		"nodata-with-error":     {resolver.Answer{Status: resolver.NoData}, &resolver.Error{Status: resolver.NoData, Err: oops}},
		"nothing":               {},
		"error-alone":           {resolver.Answer{}, oops},
		"deadline":              {resolver.Answer{}, context.DeadlineExceeded},
		"cancelled":             {resolver.Answer{}, context.Canceled},
		"failure-without-error": {resolver.Answer{Status: resolver.ServFail}, nil},
		"unheard-of-status":     {resolver.Answer{Status: "perhaps"}, nil},
		"success-after-failure": {resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{{"v=spf1 +all"}}}, &resolver.Error{Status: resolver.ServFail}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := resolver.Func(func(context.Context, resolver.Question) (resolver.Answer, error) { return test.answer, test.err })
			res, err := spf.Checker{Resolver: r}.Check(t.Context(), edge{}.request())
			require.NoError(t, err, "the context has not ended")
			require.Equal(t, spf.TempError, res.Status)
			sound(t, res)
			temporary(t, res)
		})
	}
}

// TestEmptySuccess is for an answer that says success and has nothing.
func TestEmptySuccess(t *testing.T) {
	r := resolver.Func(func(_ context.Context, q resolver.Question) (resolver.Answer, error) {
		a := resolver.Answer{Status: resolver.Success}
		if q.Type == resolver.TypeTXT {
			a.TXT = []resolver.Text{nil, {}, {"v=spf1 a mx ptr exists:%{p}.test -all exp=%{p}.test"}}
		}
		return a, nil
	})
	res, err := spf.Checker{Resolver: r}.Check(t.Context(), edge{}.request())
	require.NoError(t, err)
	sound(t, res)
	require.NotEqual(t, spf.Pass, res.Status)
}
