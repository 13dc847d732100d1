package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/mailworthy/mailworthy/resolver"
)

// The tests of the program. Those to copy are in policy_test.go.

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func runPolicytest(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestRun(t *testing.T) {
	code, out, errs := runPolicytest(t)
	require.Zero(t, code)
	require.Empty(t, errs)
	golden(t, "review.txt", out)

	// The same from files, and the way back.
	code, again, errs := runPolicytest(t, "-streams", "testdata/streams.json", "-with", "testdata/others.zone", "testdata/old.zone", "testdata/new.zone")
	require.Zero(t, code, errs)
	require.Equal(t, out, again)
	code, back, _ := runPolicytest(t, "-streams", "testdata/streams.json", "-with", "testdata/others.zone", "testdata/new.zone", "testdata/old.zone")
	require.Equal(t, 1, code)
	require.Contains(t, back, "  loses pass -> fail: 192.88.99.128/28, 2a02:25:77::/48 ")
	require.Contains(t, back, "  BROKEN: newsletter: SPF is fail for bounces@news.paper.example from 2a02:25:77::25: ")
}

// TestAllOthers says in a word what becomes of the rest of the world.
func TestAllOthers(t *testing.T) {
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "zone")
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		return name
	}
	before, err := os.ReadFile("testdata/new.zone")
	require.NoError(t, err)
	many := strings.Replace(string(before), "include:_spf.ledger.example", "include:_spf.ledger.example"+strings.Repeat(" a:mx.paper.example", 8), 1)
	require.NotEqual(t, string(before), many)
	_, out, _ := runPolicytest(t, "-streams", "testdata/streams.json", "-with", "testdata/others.zone", "testdata/new.zone", file(many))
	require.Contains(t, out, "  all others fail -> permerror\n")
	require.NotContains(t, out, "0.0.0.0/1")
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestNoRoomForTheReview(t *testing.T) {
	var errs bytes.Buffer
	require.Equal(t, 1, run(t.Context(), nil, full{}, &errs))
	require.Equal(t, "policytest: disk full\n", errs.String())
}

// TestBreaks breaks the new records in all the ways that they were ever broken in, and
// requires that the team's tests notice.
func TestBreaks(t *testing.T) {
	const spfText = `"v=spf1 mx include:_spf.ledger.example -all"`
	eleven := `"v=spf1 mx include:_spf.ledger.example` + strings.Repeat(" a:mx.paper.example", 7) + ` -all"`
	for _, tt := range []struct {
		name     string
		old, new string // in new.zone
		others   string // besides others.zone
		want     []string
	}{
		{
			name: "a service is removed", old: " include:_spf.ledger.example", want: []string{
				"invoices: SPF is fail for bounces@paper.example from 192.88.99.85",
				"invoices: spf is not aligned with invoices@paper.example: not-pass",
			},
		},
		{
			name: "a service is mistyped", old: "include:_spf.ledger", new: "include:spf.ledger", want: []string{
				"invoices: SPF is permerror", "[spf.include-no-record]",
			},
		},
		{name: "an eleventh lookup", old: spfText, new: eleven, want: []string{"[spf.too-many-lookups]"}},
		{
			name: "a second record", old: spfText, new: spfText + "\npaper.example TXT \"v=spf1 -all\"", want: []string{
				"office: SPF is permerror", "[spf.multiple-records]",
			},
		},
		{name: "a typing error", old: " mx include", new: " mx. include", want: []string{"office: SPF is permerror", "[spf.syntax]"}},
		{name: "no record", old: `paper.example                    3600 TXT ` + spfText, want: []string{"office: SPF is none"}},
		{name: "an MX moves", old: "mx.paper.example                 3600 A   192.88.99.10", new: "mx.paper.example A 192.88.99.11", want: []string{"office: SPF is fail"}},
		{
			name: "a key is revoked", old: "p=MII", new: "p=; n=MII", want: []string{
				"office: the DKIM key mail._domainkey.paper.example is revoked",
				"office: dkim is not aligned with editor@paper.example: not-pass",
			},
		},
		{name: "a key is cut off", old: `AB"`, new: `"`, want: []string{"office: the DKIM key mail._domainkey.paper.example is "}},
		{
			name: "a key's alias is removed", old: "d1._domainkey.paper.example      3600 CNAME paper.dkim.desk.example", want: []string{
				"help desk: the DKIM key d1._domainkey.paper.example is missing", "help desk: DMARC is fail",
			},
		},
		{name: "a key is not there yet", old: "l1.dkim.ledger", new: "l2.dkim.ledger", want: []string{"invoices: the DKIM key l1._domainkey.paper.example is missing"}},
		{
			name: "strict alignment", old: "p=quarantine;", new: "p=quarantine; adkim=s; aspf=s;", want: []string{
				"newsletter: spf is not aligned with today@paper.example: strict",
				"newsletter: dkim is not aligned with today@paper.example: strict",
				"newsletter: DMARC is fail",
			},
		},
		{
			name: "a second DMARC record", old: "_dmarc.paper.example             3600", new: "_dmarc.paper.example TXT \"v=DMARC1; p=reject\"\n_dmarc.paper.example             3600", want: []string{
				"office: DMARC is none", "[dmarc.multiple-records]",
			},
		},
		{name: "no DMARC", old: "_dmarc.paper.example  ", new: "_dmark.paper.example  ", want: []string{"paper.example: DMARC is none"}},
		{name: "a broken policy", old: "p=quarantine", new: "p=quarantain", want: []string{"[dmarc.bad-policy]"}},
		{
			name: "DNS of a service is down", others: "_spf.ledger.example TXT !servfail", want: []string{
				"invoices: SPF is temperror", "paper.example: ",
			},
		},
		{name: "DNS of a key is down", others: "l1.dkim.ledger.example TXT !timeout", want: []string{"invoices: the DKIM key l1._domainkey.paper.example is temperror"}},
		{name: "a service grows", others: `eu.ledger.example TXT "v=spf1` + strings.Repeat(" a:mx.paper.example", 9) + ` -all"`, want: []string{"[spf.too-many-lookups]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := embedded(t)
			text, err := os.ReadFile("testdata/new.zone")
			require.NoError(t, err)
			if tt.old != "" {
				require.Contains(t, string(text), tt.old)
				text = []byte(strings.Replace(string(text), tt.old, tt.new, 1))
			}
			c.new = resolver.MustZone(string(text))
			if tt.others != "" {
				c.others = overlayOf(tt.others, c.others)
			}
			_, after := c.states(t)
			got := strings.Join(after.problems(c.plan), "\n")
			for _, want := range tt.want {
				require.Contains(t, got, want)
			}
		})
	}
}

// overlayOf lets the names in a zone text answer for themselves, and next for all others.
func overlayOf(text string, next resolver.Resolver) resolver.Resolver {
	return resolver.Overlay{Zone: resolver.MustZone(text), Next: next}
}

// TestFaults lets each question fail. Nothing that somebody relies on is then in order.
func TestFaults(t *testing.T) {
	c := embedded(t)
	rec := resolver.Record(resolver.Overlay{Zone: c.new, Domains: c.plan.Domains, Next: c.others})
	_, err := c.plan.examine(t.Context(), rec)
	require.NoError(t, err)
	for q := range rec.Snapshot() {
		if q.Type == resolver.TypeSPF || q == resolver.Q("news.paper.example", resolver.TypeMX) {
			continue // They are asked for hints alone.
		}
		for _, status := range []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed} {
			broken := resolver.Func(func(ctx context.Context, asked resolver.Question) (resolver.Answer, error) {
				if asked == q {
					return resolver.Fail(&resolver.Error{Question: q, Status: status})
				}
				return resolver.Overlay{Zone: c.new, Domains: c.plan.Domains, Next: c.others}.Lookup(ctx, asked)
			})
			after, err := c.plan.examine(t.Context(), broken)
			require.NoError(t, err)
			require.NotEmpty(t, after.problems(c.plan), "%s: %s", q, status)
		}
	}
}

// TestOtherKey puts another key in the place of one that is in use.
func TestOtherKey(t *testing.T) {
	c := embedded(t)
	text, err := os.ReadFile("testdata/new.zone")
	require.NoError(t, err)
	record := regexp.MustCompile(`(?m)^mail\._domainkey\.paper\.example .*$`)
	require.Regexp(t, record, string(text))
	c.new = resolver.MustZone(record.ReplaceAllString(string(text), "mail._domainkey.paper.example CNAME l1.dkim.ledger.example"))
	before, after := c.states(t)
	require.Regexp(t, `office +pass +found, ANOTHER ONE +spf\+dkim +pass\n`, review(c.plan, before, after))
}

// TestTerminal has records that talk to terminals.
func TestTerminal(t *testing.T) {
	c := embedded(t)
	c.others = overlayOf(`_spf.ledger.example TXT "v=spf1 \027[31m\007 exists:\226\128\174.example -all"`, c.others)
	before, after := c.states(t)
	text := review(c.plan, before, after)
	require.Contains(t, text, "BROKEN: invoices: SPF is permerror")
	require.NotRegexp(t, `[^\n -~]`, text)
}

func TestArguments(t *testing.T) {
	bad := func(text string) string {
		file := filepath.Join(t.TempDir(), "bad")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	const good, zone = "testdata/streams.json", "testdata/new.zone"
	for _, tt := range []struct {
		name string
		args []string
		code int
		errs string
	}{
		{name: "help", args: []string{"-h"}, errs: "usage: policytest"},
		{name: "unknown flag", args: []string{"-frobnicate"}, code: 2, errs: "frobnicate"},
		{name: "one file", args: []string{"-streams", good, zone}, code: 2, errs: "OLD and NEW"},
		{name: "no streams", args: []string{zone, zone}, code: 2, errs: "-streams"},
		{name: "no such file", args: []string{"-streams", good, zone, "testdata/none.zone"}, code: 2, errs: "none.zone"},
		{name: "no zone", args: []string{"-streams", good, zone, good}, code: 2, errs: "streams.json"},
		{name: "no such others", args: []string{"-streams", good, "-with", "none.zone", zone, zone}, code: 2, errs: "none.zone"},
		{name: "not JSON", args: []string{"-streams", bad("domains: []"), zone, zone}, code: 2, errs: "invalid character"},
		{name: "unknown field", args: []string{"-streams", bad(`{"domain": "a.example"}`), zone, zone}, code: 2, errs: "unknown field"},
		{name: "no domains", args: []string{"-streams", bad(`{"streams": []}`), zone, zone}, code: 2, errs: "names no domains"},
		{name: "half a stream", args: []string{"-streams", bad(`{"domains": ["a.example"], "streams": [{"name": "shop"}]}`), zone, zone}, code: 2, errs: `stream "shop" is not complete`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := runPolicytest(t, tt.args...)
			require.Equal(t, tt.code, code, errs)
			require.Contains(t, errs, tt.errs)
			require.Empty(t, out)
		})
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	require.Equal(t, 1, run(ctx, nil, &out, &errs))
	require.Contains(t, errs.String(), "canceled")
	require.Empty(t, out.String())
}
