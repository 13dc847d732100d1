package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
)

// In this world everything is good, so that all that a failure can do is to hide it.
var wellKept = keyLine("google._domainkey.well.test") + keyLine("k1._domainkey.well.test") + `
	$TTL 3600
	well.test                TXT  "v=spf1 mx a:out.well.test include:_spf.esp.test exists:%{i}.ok.well.test -all"
	well.test                MX   10 mx1.well.test
	well.test                MX   20 mx2.well.test
	mx1.well.test            A    192.88.99.1
	mx1.well.test            AAAA 2a02:25::1
	mx2.well.test            A    192.88.99.2
	mx2.well.test            AAAA 2a02:25::2
	out.well.test            A    192.88.99.3
	_spf.esp.test            TXT  "v=spf1 include:_deep.esp.test ~all"
	_deep.esp.test           TXT  "v=spf1 ip4:192.88.99.4 ~all"
	_dmarc.well.test         TXT  "v=DMARC1; p=reject; rua=mailto:dmarc@well.test,mailto:well@reports.test"
	well.test._report._dmarc.reports.test TXT "v=DMARC1"
	reports.test             MX   10 mx.reports.test
	mx.reports.test          A    192.88.99.5
	_smtp._tls.well.test     TXT  "v=TLSRPTv1; rua=mailto:tls@well.test"
	_25._tcp.mx1.well.test   TLSA 3 1 1 36df5526cf5266cde2890b12cbfb1d57a80e0d41005dc1200792deb147ece71e
	_25._tcp.mx2.well.test   TLSA 3 1 1 36df5526cf5266cde2890b12cbfb1d57a80e0d41005dc1200792deb147ece71e
	well.test                !secure
	3.99.88.192.in-addr.arpa PTR  out.well.test
	4.99.88.192.in-addr.arpa PTR  o4.esp.test
	o4.esp.test              A    192.88.99.4
` + reverseOf("192.88.99.1", "mx1.well.test") + reverseOf("192.88.99.2", "mx2.well.test") +
	reverseOf("2a02:25::1", "mx1.well.test") + reverseOf("2a02:25::2", "mx2.well.test") + listControls()

// A message that is authentic in one way only, so that each answer matters.
var messageZone = keyLine("s._domainkey.a.test") + `
	$TTL 3600
	a.test        TXT "v=spf1 ip4:192.88.99.1 -all"
	_dmarc.a.test TXT "v=DMARC1; p=reject; rua=mailto:d@a.test"
`

func goodMessage(t *testing.T) string {
	t.Helper()
	return "Return-Path: <>\r\n" + signed(t, "<a@a.test>", "d=a.test; s=s; ", "Hello\r\n")
}

func reverseOf(ip, name string) string {
	return resolver.Reverse(mustAddr(ip)).Name + " PTR " + name + "\n"
}

// listControls are the entries for tests of the block lists in the story, all of which
// serve everybody here.
func listControls() string {
	var b strings.Builder
	for line := range strings.Lines(story) {
		f := strings.Fields(line)
		if len(f) == 4 && (strings.HasPrefix(f[0], "2.0.0.127.") || strings.HasPrefix(f[0], "test.") || strings.HasPrefix(f[0], "dbltest.")) {
			b.WriteString(line)
			if zone, ok := strings.CutPrefix(f[0], "2.0.0.127."); ok {
				v6 := strings.TrimSuffix(resolver.Reverse(mustAddr("2001:db8::1")).Name, "ip6.arpa")
				v6 = "2.0.0.0.0.0.f.7.f.f.f.f." + strings.Repeat("0.", len(v6)/2-12)
				b.WriteString(v6 + strings.Replace(zone, "bl.spameatingmonkey", "bl.ipv6.spameatingmonkey", 1) + " 2100 A 127.0.0.2\n")
			}
		}
	}
	return b.String() + "test.uribl.com.multi.uribl.com 2100 A 127.0.0.14\n"
}

// auditWith audits a domain, or a message, by what a resolver answers.
func auditWith(t *testing.T, r resolver.Resolver, args ...string) (report, []string) {
	t.Helper()
	opts, err := parse(append([]string{"-zone", zoneFile(t, ""), "-timeout", "10m"}, args...), io.Discard)
	require.NoError(t, err)
	opts.see = &sight{ledger: newLedger(r)}
	reports, err := audits(t.Context(), &opts)
	require.NoError(t, err)
	require.Len(t, reports, 1)
	var asked []string
	for q := range opts.see.calls {
		asked = append(asked, q.String())
	}
	slices.Sort(asked)
	return reports[0], asked
}

// changed answers one question in another way.
func changed(base resolver.Resolver, question string, status resolver.Status) resolver.Resolver {
	return resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
		switch {
		case q.String() != question:
			return base.Lookup(ctx, q)
		case status.Definitive():
			return resolver.Answer{Status: status, TTL: 60}, nil
		}
		return resolver.Fail(&resolver.Error{Question: q, Status: status})
	})
}

// good reports whether a section says that nothing is wrong, and that it knows so.
func (s *section) good() bool { return s.Severity < mailworthy.Warning && s.Unknown == "" }

func sectionsOf(r report) map[string]section {
	all := make(map[string]section)
	for _, s := range r.Sections {
		if r.Message != "" {
			s.Verdict = "" // It names the first proof. Another one is as good.
		}
		all[s.Check] = s
	}
	return all
}

// judged is what a section says, without how long its answers live.
func judged(t *testing.T, s section) string {
	t.Helper()
	text, err := json.Marshal(struct {
		Verdict string
		Codes   []mailworthy.Code
		Worst   mailworthy.Severity
	}{s.Verdict, codesOf(s), s.Severity})
	require.NoError(t, err)
	return string(text)
}

func codesOf(s section) (codes []mailworthy.Code) {
	for _, f := range s.Findings {
		codes = append(codes, f.Code)
	}
	return codes
}

// TestFaultMatrix answers each question of an audit in each way that says nothing. A
// section to which the answer matters must not be good then, and no section may be
// better than with the answer, be it in a good world or in a bad one.
func TestFaultMatrix(t *testing.T) {
	failures := []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed}
	// All of it takes half a minute. Where somebody waits, a part has to do.
	whole := os.Getenv("CI") == "true"
	for _, world := range []struct {
		name, zone string
		args       []string
		good       bool
	}{
		{name: "good, by MX", zone: wellKept, args: []string{"-helo", "mx1.well.test", "well.test"}, good: true},
		{name: "good, by address", zone: wellKept, args: []string{"-ip", "192.88.99.1,192.88.99.3,192.88.99.4", "-selector", "google,k1", "-helo", "out.well.test", "well.test"}, good: true},
		{name: "good message", zone: messageZone, args: []string{"-message", messageFile(t, goodMessage(t)), "-ip", "192.88.99.1"}, good: true},
		{name: "bad message", zone: story, args: []string{"-message", "testdata/signed.eml", "-ip", "192.0.2.1"}},
		{name: "bad shop", zone: story, args: []string{"-selector", "s1", "-ip", "192.88.99.25,192.88.99.177", "-helo", "exchange.shop.local", "-vendor", "zendesk", "shop.example"}},
		{name: "bad agency", zone: story, args: []string{"-selector", "google,s1,default", "agency.example"}},
	} {
		t.Run(world.name, func(t *testing.T) {
			t.Parallel()
			zone := resolver.MustZone(world.zone)
			base, questions := auditWith(t, zone, world.args...)
			before := sectionsOf(base)
			for name, s := range before {
				if world.good && name != "HELO" { // One name is not that of all.
					require.True(t, s.good(), "%s: %s %v", name, s.Verdict, codesOf(s))
				}
			}
			touched := make(map[string]int)
			for i, q := range questions {
				key := strings.HasPrefix(q, "google.") || strings.HasPrefix(q, "k1.")
				if strings.Contains(q, "._domainkey.") && !key && i%5 != 0 && len(questions) > 200 && !whole {
					continue // The common selectors are many, and all alike.
				}
				none, _ := auditWith(t, changed(zone, q, resolver.NXDomain), world.args...)
				absent := []map[string]section{sectionsOf(none)}
				if world.good {
					empty, _ := auditWith(t, changed(zone, q, resolver.NoData), world.args...)
					absent = append(absent, sectionsOf(empty))
				}
				statuses := []resolver.Status{failures[i%4], failures[(i+2)%4]}
				switch {
				case whole:
					statuses = failures
				case !world.good:
					statuses = statuses[:1] // There is less to lose.
				}
				for _, status := range statuses {
					got, _ := auditWith(t, changed(zone, q, status), world.args...)
					after := sectionsOf(got)
					for name, was := range before {
						is, there := after[name]
						at := fmt.Sprintf("%s: %s is %s: %q before, and %q now (%s)", name, q, status, was.Verdict, is.Verdict, is.Unknown)
						require.True(t, there, at)
						if is.good() {
							require.True(t, was.good(), "better: "+at)
						}
						matters := false
						for _, a := range absent {
							s, there := a[name]
							matters = matters || !there || judged(t, s) != judged(t, was)
						}
						if matters {
							touched[name]++
							require.False(t, is.good(), "good: "+at)
							require.NotEmpty(t, is.Unknown, "nothing unknown: "+at)
							// A finding says so, in the section that was first to need the answer.
							// A list that refuses goes on to do so, and that a name in HELO agrees
							// with others is no more than a note.
							if name != "Block lists" && name != "HELO" {
								require.True(t, slices.ContainsFunc(got.Sections, func(s section) bool { return s.Findings.Temporary() }), "no finding says so: "+at)
							}
						}
					}
					if title := count(got); strings.HasPrefix(title, "nothing wrong") {
						require.NotContains(t, title, "unknown")
					}
				}
			}
			t.Log(len(questions), "questions;", touched)
			for name := range before {
				require.True(t, !world.good || touched[name] > 0, "no question matters to %s", name)
			}
		})
	}
}

// TestNothingAnswers has all questions fail, or all of a type.
func TestNothingAnswers(t *testing.T) {
	zone := resolver.MustZone(wellKept)
	args := []string{"-helo", "mx1.well.test", "well.test"}
	base, _ := auditWith(t, zone, args...)
	before := sectionsOf(base)
	for _, typ := range []resolver.Type{0, resolver.TypeA, resolver.TypeAAAA, resolver.TypeMX, resolver.TypeTXT, resolver.TypePTR, resolver.TypeTLSA} {
		for _, status := range []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed} {
			t.Run(typ.String()+" "+string(status), func(t *testing.T) {
				got, _ := auditWith(t, resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
					if typ != 0 && q.Type != typ {
						return zone.Lookup(ctx, q)
					}
					return resolver.Fail(&resolver.Error{Question: q, Status: status})
				}), args...)
				after := sectionsOf(got)
				require.Len(t, after, len(before))
				title := count(got)
				require.NotContains(t, title, "nothing wrong")
				for name, s := range after {
					was := before[name]
					require.True(t, !s.good() || was.good(), name)
					if typ == 0 {
						require.Equal(t, wholly, s.Unknown, "%s: %s", name, s.Verdict)
						require.Equal(t, "UNKNOWN", mark(s), name)
						require.Contains(t, title, name+" unknown")
					}
				}
			})
		}
	}
}
