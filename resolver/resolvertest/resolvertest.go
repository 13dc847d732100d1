// Package resolvertest tests Resolvers: [TestResolver] puts any implementation
// through what package resolver promises of all of them, and a [Server] puts a
// [resolver.Zone] behind real sockets on loopback, faults included.
//
//	server := resolvertest.Serve(t, resolver.MustZone("example.org TXT !timeout"))
package resolvertest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailworthy/mailworthy/resolver"
)

const (
	// patience is how long a question may take whose reply never comes.
	patience = 250 * time.Millisecond
	// grace is how long a Resolver may take to notice that its context has ended.
	grace = 5 * time.Second
)

// TestResolver fails t if a Resolver does not keep what [resolver.Resolver]
// promises. For each case, maker makes a Resolver that asks z, either in the process
// or over the network:
//
//	resolvertest.TestResolver(t, func(t testing.TB, z *resolver.Zone) resolver.Resolver {
//		return &mine.Resolver{Server: resolvertest.Serve(t, z).Addr}
//	})
//
// It may remember answers. That an answer is secure, it need not see.
func TestResolver(t *testing.T, maker func(t testing.TB, z *resolver.Zone) resolver.Resolver) {
	t.Helper()
	t.Run("answers", func(t *testing.T) { testAnswers(t, maker) })
	t.Run("failures", func(t *testing.T) { testFailures(t, maker) })
	t.Run("bad names", func(t *testing.T) { testBadNames(t, maker) })
	t.Run("ended context", func(t *testing.T) { testContext(t, maker) })
	t.Run("concurrent", func(t *testing.T) { testConcurrent(t, maker) })
}

// answerZone is the world of the suite. Each name in it is asked for all types.
const answerZone = `
$ORIGIN example.org.
@           300 SOA   ns hostmaster 1 3600 600 86400 120
            300 NS    ns
            300 MX    20 mx2
            300 MX    10 mx1
            300 TXT   "v=spf1 -all"
            300 TXT   "two " "strings"
ns          300 A     192.0.2.53
mx1         300 A     192.0.2.1
            300 A     192.0.2.2
            300 AAAA  2001:db8::1
mx2         300 A     192.0.2.3
null        300 MX    0 .
_25._tcp.mx1 300 TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
zero        0   A     192.0.2.4
hostile     300 TXT   "\000\001\255\"\\ ;()" ""
big         300 TXT   ( "LONG" "LONG" "LONG" "LONG" )
huge        300 TXT   ( "LONG" "LONG" "LONG" "LONG" "LONG" "LONG" "LONG" "LONG" "LONG" "LONG"
                        "LONG" "LONG" "LONG" "LONG" "LONG" "LONG" "LONG" "LONG" "LONG" "LONG" )
truncated   300 TXT   "all of it"
truncated       TXT   !truncated
odd\.dot    300 A     192.0.2.5
alias       200 CNAME alias2
alias2      300 CNAME mx1
dangling    300 CNAME nowhere
*.wild      300 TXT   "wild"
deep.ent    300 A     192.0.2.6
other       300 TYPE65280 \# 3 010203
1.2.0.192.in-addr.arpa. 300 PTR mx1
secure      300 A     192.0.2.7
secure          !secure
`

// asked are the names of answerZone, and some that are not in it.
var asked = []string{
	"example.org", "EXAMPLE.Org.", "ns.example.org", "mx1.example.org", "null.example.org",
	"_25._tcp.mx1.example.org", "_tcp.mx1.example.org", "zero.example.org", "hostile.example.org",
	"big.example.org", "huge.example.org", "truncated.example.org", `odd\.dot.example.org`,
	`odd\046dot.example.org`, "odd.dot.example.org", "alias.example.org", "dangling.example.org",
	"any.WILD.example.org", "wild.example.org", "ent.example.org", "other.example.org",
	"1.2.0.192.in-addr.arpa", "secure.example.org", "nowhere.example.org", "example.com", ".",
}

var types = []resolver.Type{
	resolver.TypeA, resolver.TypeAAAA, resolver.TypeMX, resolver.TypeTXT, resolver.TypeNS, resolver.TypeSOA,
	resolver.TypePTR, resolver.TypeCNAME, resolver.TypeTLSA, resolver.TypeSPF, 65280,
}

func testAnswers(t *testing.T, maker func(testing.TB, *resolver.Zone) resolver.Resolver) {
	z := resolver.MustZone(strings.ReplaceAll(answerZone, "LONG", strings.Repeat("0123456789", 25)))
	r := maker(t, z)
	for _, domain := range asked {
		for _, typ := range types {
			q := resolver.Question{Name: domain, Type: typ}
			want, _ := z.Get(q)
			for range 2 { // The second may come from a memory.
				got, err := r.Lookup(t.Context(), q)
				if err != nil {
					t.Errorf("%v: error %v", q, err)
					continue
				}
				checkAnswer(t, q, got, want)
			}
		}
	}
}

// checkAnswer compares an answer with the Zone's. The order of MX records and
// addresses is that of the server, so it counts.
func checkAnswer(t *testing.T, q resolver.Question, got, want resolver.Answer) {
	t.Helper()
	switch {
	case got.Status != want.Status:
		t.Errorf("%v: status %q, want %q", q, got.Status, want.Status)
	case !slices.Equal(got.Addrs, want.Addrs):
		t.Errorf("%v: addresses %v, want %v", q, got.Addrs, want.Addrs)
	case !slices.Equal(got.Hosts, want.Hosts):
		t.Errorf("%v: hosts %q, want %q", q, got.Hosts, want.Hosts)
	case !slices.Equal(got.MX, want.MX):
		t.Errorf("%v: MX %v, want %v", q, got.MX, want.MX)
	case !slices.EqualFunc(got.TXT, want.TXT, slices.Equal[resolver.Text]):
		t.Errorf("%v: TXT %q, want %q", q, got.TXT, want.TXT)
	case !slices.EqualFunc(got.TLSA, want.TLSA, func(a, b resolver.TLSA) bool {
		return a.Usage == b.Usage && a.Selector == b.Selector && a.Matching == b.Matching && slices.Equal(a.Data, b.Data)
	}):
		t.Errorf("%v: TLSA %v, want %v", q, got.TLSA, want.TLSA)
	case !slices.Equal(got.Alias, want.Alias):
		t.Errorf("%v: aliases %q, want %q", q, got.Alias, want.Alias)
	case got.TTL > want.TTL:
		t.Errorf("%v: TTL %d, which is more than %d", q, got.TTL, want.TTL)
	case got.TTL == 0 && want.TTL > 0:
		t.Errorf("%v: TTL 0, want %d", q, want.TTL)
	case got.Secure && !want.Secure:
		t.Errorf("%v: secure, although the server did not say so", q)
	}
}

// failureZone has a name for each way to fail.
const failureZone = `
servfail.example.org        !servfail ede=6 "signature expired"
refused.example.org         !refused
failed.example.org          !failed
timeout.example.org         !timeout
wrong-id.example.org        !wrong-id
wrong-question.example.org  !wrong-question
garbage.example.org         !garbage
reset.example.org           !reset
loop.example.org            CNAME loop.example.org
ping.example.org            CNAME pong.example.org
pong.example.org            CNAME ping.example.org
behind.example.org          CNAME servfail.example.org
`

func testFailures(t *testing.T, maker func(testing.TB, *resolver.Zone) resolver.Resolver) {
	tests := []struct {
		name string
		want resolver.Status // if only one is right
	}{
		{"servfail", resolver.ServFail},
		{"refused", resolver.Refused},
		{"failed", ""},
		{"timeout", resolver.Timeout},
		{"wrong-id", ""},
		{"wrong-question", ""},
		{"garbage", ""},
		{"reset", ""},
		{"loop", ""},
		{"ping", ""},
		{"behind", resolver.ServFail},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := maker(t, resolver.MustZone(failureZone))
			ctx := t.Context()
			if tt.want == "" || tt.want == resolver.Timeout {
				// The end of the context is a failure like others here.
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, patience)
				defer cancel()
			}
			q := resolver.Q(tt.name+".example.org", resolver.TypeA)
			a, err := r.Lookup(ctx, q)
			checkFailure(t, a, err)
			if tt.want != "" && a.Status != tt.want {
				t.Errorf("status %q, want %q", a.Status, tt.want)
			}
		})
	}
}

// checkFailure fails t unless an outcome says that nothing was found out.
func checkFailure(t *testing.T, a resolver.Answer, err error) {
	t.Helper()
	if a.Status == "" || a.Status.Definitive() {
		t.Errorf("status %q, want a failure", a.Status)
	}
	e, ok := errors.AsType[*resolver.Error](err)
	switch {
	case !ok:
		t.Errorf("error %v, want a *resolver.Error", err)
	case e.Status != a.Status:
		t.Errorf("the error's status is %q, the answer's %q", e.Status, a.Status)
	}
	if a.Addrs != nil || a.Hosts != nil || a.MX != nil || a.TXT != nil || a.TLSA != nil {
		t.Errorf("a failure with records: %+v", a)
	}
}

func testBadNames(t *testing.T, maker func(testing.TB, *resolver.Zone) resolver.Resolver) {
	r := maker(t, resolver.MustZone(""))
	long := strings.Repeat("a", 64)
	for _, bad := range []string{"a..b", ".a", "..", long + ".example", strings.Repeat("abcdefg.", 33), `a\`, `a\300`} {
		a, err := r.Lookup(t.Context(), resolver.Question{Name: bad, Type: resolver.TypeA})
		checkFailure(t, a, err)
		if !errors.Is(err, resolver.ErrName) || resolver.IsTemporary(err) {
			t.Errorf("%q: error %v, want ErrName", bad, err)
		}
	}
}

func testContext(t *testing.T, maker func(testing.TB, *resolver.Zone) resolver.Resolver) {
	z := resolver.MustZone("slow.example.org A 192.0.2.1\nslow.example.org !delay=1h")
	r := maker(t, z)
	q := resolver.Q("slow.example.org", resolver.TypeA)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a, err := endingLookup(ctx, t, r, q)
	checkFailure(t, a, err)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v after the context was canceled", err)
	}

	ctx, cancel = context.WithTimeout(t.Context(), patience)
	defer cancel()
	a, err = endingLookup(ctx, t, r, q)
	checkFailure(t, a, err)
	if a.Status != resolver.Timeout {
		t.Errorf("status %q after the context's deadline, want %q", a.Status, resolver.Timeout)
	}
}

// endingLookup asks q, and ends the test if r goes on although ctx has ended.
func endingLookup(ctx context.Context, t *testing.T, r resolver.Resolver, q resolver.Question) (a resolver.Answer, err error) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		a, err = r.Lookup(ctx, q)
	}()
	select {
	case <-done:
	case <-time.After(patience + grace):
		t.Fatalf("%v: no return %v after the context ended", q, grace)
	}
	return a, err
}

func testConcurrent(t *testing.T, maker func(testing.TB, *resolver.Zone) resolver.Resolver) {
	z := resolver.MustZone(strings.ReplaceAll(answerZone, "LONG", strings.Repeat("0123456789", 25)))
	r := maker(t, z)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, domain := range asked {
				q := resolver.Question{Name: domain, Type: resolver.TypeTXT}
				want, _ := z.Get(q)
				got, err := r.Lookup(t.Context(), q)
				if err != nil {
					t.Errorf("%v: error %v", q, err)
					continue
				}
				checkAnswer(t, q, got, want)
			}
		})
	}
	wg.Wait()
}
