package main

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/resolver/resolvertest"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// TestHostsSection shows stored sessions, so that nobody is connected to.
func TestHostsSection(t *testing.T) {
	zone := resolver.MustZone("good.test MX 10 mx.good.test\nmx.good.test A 192.88.99.1\nmx.good.test A 192.88.99.2")
	policies, missing := smtpprobe.EvaluatePolicies(smtpprobe.PoliciesRequest{Domain: "good.test"}, zone)
	require.Empty(t, missing)
	reply := func(code int, lines ...string) smtpprobe.Reply {
		return smtpprobe.Reply{Code: code, Lines: lines, Complete: true}
	}
	session := func(ip string, steps ...smtpprobe.Step) smtpprobe.Session {
		return smtpprobe.Session{Host: "mx.good.test", Addr: netip.MustParseAddr(ip), Port: 25, Start: time.Unix(1_800_000_000, 0).UTC(), Steps: steps}
	}
	rep := smtpprobe.EvaluateDomain(smtpprobe.Request{}, policies, []smtpprobe.Session{
		session("192.88.99.1",
			smtpprobe.Step{Stage: smtpprobe.StageConnect},
			smtpprobe.Step{Stage: smtpprobe.StageGreeting, Reply: reply(220, "mx.good.test ESMTP")},
			smtpprobe.Step{Stage: smtpprobe.StageEHLO, Reply: reply(250, "mx.good.test", "SIZE")},
		),
		session("192.88.99.2", smtpprobe.Step{Stage: smtpprobe.StageConnect, Failure: smtpprobe.Failure{Kind: smtpprobe.KindRefused}}),
	})
	rep.Probe.Skipped = 3
	s := hostsSection(rep)
	s.Check = "Hosts"
	b := page{width: defaultWidth}
	printSection(&b, s)
	text := strings.Join(strings.Fields(b.String()), " ")
	for _, want := range []string{
		"Hosts ERROR ready; a sender would: deliver-unauthenticated, by opportunistic",
		"mx.good.test [192.88.99.1]: ready, STARTTLS: no, TLS: no; deliver-unauthenticated",
		"mx.good.test [192.88.99.2]: refused (refused at connect), STARTTLS: unknown, TLS: unknown; skip-host",
		"3 more addresses were left out", "[smtpprobe.no-starttls]", "[smtpprobe.refused]",
	} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, "[smtpprobe.unprotected]", "what is published has a section of its own")
}

// TestProbeFlag probes hosts at addresses that nothing connects to.
func TestProbeFlag(t *testing.T) {
	server := resolvertest.Serve(t, resolver.MustZone(`
		inside.test    MX 10 mx.inside.test
		mx.inside.test A  169.254.169.254
		null.test      MX 0  .
	`))
	code, out, errs := runAudit(t, "-probe", "probe.test", "-resolver", server.Addr, "inside.test", "null.test")
	require.Zero(t, code, errs)
	text := strings.Join(strings.Fields(out), " ")
	require.Contains(t, text, "Hosts ERROR unfit; a sender would: return, by route")
	require.Contains(t, text, "mx.inside.test [169.254.169.254]: unfit (not-allowed at connect)")
	require.Contains(t, text, "[smtpprobe.address-unfit]")
	require.Contains(t, text, "Hosts OK not probed: there is no host to connect to")

	_, out, _ = runAudit(t, "-resolver", server.Addr, "inside.test")
	require.NotContains(t, out, "\nHosts", "nothing is probed unless it is asked for")
	for _, args := range [][]string{{"-probe", "probe.test"}, {"-probe", "probe.test", "-zone", zoneFile(t, "a.test A 192.0.2.1"), "a.test"}} {
		code, _, errs = runAudit(t, args...)
		require.Equal(t, 2, code, errs)
	}
}
