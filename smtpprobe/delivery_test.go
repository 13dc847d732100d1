package smtpprobe_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// policyView has two MX hosts of different preference, without any policy.
func policyView(changes answers) answers {
	out := answers{
		qMX:                                     {Status: resolver.Success, MX: []resolver.MXHost{{Host: "mx.example.net", Pref: 10}, {Host: "b.test", Pref: 20}}},
		qA:                                      oneAddr,
		qAAAA:                                   {Status: resolver.Success, Addrs: []netip.Addr{netip.MustParseAddr("2a02:25::1")}},
		resolver.Q("b.test", resolver.TypeA):    oneAddr,
		resolver.Q("b.test", resolver.TypeAAAA): nodata,
	}
	maps.Copy(out, changes)
	return out
}

var (
	qSTS    = resolver.Q("_mta-sts.example.org", resolver.TypeTXT)
	qTLSRPT = resolver.Q("_smtp._tls.example.org", resolver.TypeTXT)
	hasSTS  = resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{{"v=STSv1; id=1"}}}
	hasRPT  = resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{{"v=TLSRPTv1; rua=mailto:r@example.org"}}}
)

func TestPolicies(t *testing.T) {
	const allow = "version: STSv1\nmode: enforce\nmax_age: 604800\nmx: mx.example.net\nmx: b.test"
	signed := answers{
		qMX: secure(policyView(nil)[qMX]), qA: secure(oneAddr), qAAAA: secure(nodata), qTLSA: secure(tlsaOf(goodTLSA)),
	}
	for name, tc := range map[string]struct {
		view  answers
		fetch *smtpprobe.PolicyFetch
		codes []mailworthy.Code // of the parts together
	}{
		"nothing":        {view: policyView(nil), codes: []mailworthy.Code{smtpprobe.CodeUnprotected}},
		"STS":            {view: policyView(answers{qSTS: hasSTS, qTLSRPT: hasRPT}), fetch: fetchOf(allow)},
		"no reports":     {view: policyView(answers{qSTS: hasSTS}), fetch: fetchOf(allow), codes: []mailworthy.Code{smtpprobe.CodeTLSRPTAbsent}},
		"STS revoked":    {view: policyView(answers{qSTS: hasSTS}), fetch: fetchOf("version: STSv1\nmode: none\nmax_age: 1"), codes: []mailworthy.Code{smtpprobe.CodeUnprotected}},
		"STS unknown":    {view: policyView(answers{qSTS: hasSTS})},
		"STS failed":     {view: policyView(answers{qSTS: servfail})},
		"DANE in part":   {view: policyView(signed), codes: []mailworthy.Code{smtpprobe.CodeDANEPartial, smtpprobe.CodeTLSRPTAbsent}},
		"no reports yet": {view: policyView(answers{qSTS: hasSTS, qTLSRPT: servfail}), fetch: fetchOf(allow)},
		"null MX":        {view: answers{qMX: {Status: resolver.Success, MX: []resolver.MXHost{{}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			req := smtpprobe.PoliciesRequest{Domain: "example.org", Fetch: tc.fetch}
			got, missing := smtpprobe.EvaluatePolicies(req, tc.view)
			require.Empty(t, missing)
			require.Equal(t, tc.codes, codesOf(got.Findings))
			complete(t, got.All())
			require.Len(t, got.DANE, len(got.Route.Hosts))

			text, err := json.Marshal(got)
			require.NoError(t, err)
			var back smtpprobe.Policies
			require.NoError(t, json.Unmarshal(text, &back))
			at := started
			require.Equal(t, smtpprobe.EvaluateDelivery(got, nil, at), smtpprobe.EvaluateDelivery(back, nil, at))
		})
	}
}

// TestPoliciesRounds counts the rounds: the records of the domain, the addresses, and
// the TLSA records.
func TestPoliciesRounds(t *testing.T) {
	full := policyView(answers{qMX: secure(policyView(nil)[qMX]), qA: secure(oneAddr)})
	known := resolver.Snapshot{}
	for round, want := range []int{3, 4, 2, 0} {
		got, missing := smtpprobe.EvaluatePolicies(smtpprobe.PoliciesRequest{Domain: "example.org"}, known)
		require.Len(t, missing, want, "round %d: %v", round, missing)
		require.Equal(t, want == 0, len(got.Findings) > 0, "round %d", round)
		for _, q := range missing {
			known[q], _ = full.Get(q)
		}
	}
}

// TestPoliciesOnce has each finding once, however many hosts there are.
func TestPoliciesOnce(t *testing.T) {
	view := but(answers{
		qMX:                                  {Status: resolver.Success, MX: []resolver.MXHost{{Host: "mx.example.net", Pref: 10}, {Host: "b.test", Pref: 20}}},
		resolver.Q("b.test", resolver.TypeA): secure(oneAddr),
		resolver.Q("_25._tcp.b.test", resolver.TypeTLSA): secure(tlsaOf(goodTLSA)),
	})
	got, _ := smtpprobe.EvaluatePolicies(smtpprobe.PoliciesRequest{Domain: "example.org"}, view)
	require.Equal(t, []mailworthy.Code{
		smtpprobe.CodeMXNoIPv6, smtpprobe.CodeDANEMXUnsigned, smtpprobe.CodeTLSRPTAbsent,
	}, codesOf(got.All()))
}

func TestPoliciesInvalid(t *testing.T) {
	got, missing := smtpprobe.EvaluatePolicies(smtpprobe.PoliciesRequest{Domain: "a..b"}, resolver.Snapshot{})
	require.Empty(t, missing)
	require.Equal(t, smtpprobe.RouteInvalid, got.Route.Status)
	require.Equal(t, []mailworthy.Code{smtpprobe.CodeBadDomain}, codesOf(got.All()))
}

type deliveryCase struct {
	view   answers
	fetch  *smtpprobe.PolicyFetch
	facts  []smtpprobe.TLSFacts
	action smtpprobe.Action
	by     smtpprobe.TransportPolicy
	hosts  []smtpprobe.Action
}

func deliveryCases() map[string]deliveryCase {
	const (
		deliver = smtpprobe.Deliver
		anyhow  = smtpprobe.DeliverUnauthenticated
		skip    = smtpprobe.SkipHost
		unknown = smtpprobe.ActionUnknown
		yes, no = smtpprobe.Yes, smtpprobe.No
	)
	leaf := good().Certificates[0].Certificate
	facts := func(host string, offered, negotiated, authenticated smtpprobe.Fact) smtpprobe.TLSFacts {
		f := smtpprobe.TLSFacts{Host: host, Offered: offered, Negotiated: negotiated, Authenticated: authenticated}
		if negotiated == yes {
			f.Chain = leaf
		}
		return f
	}
	mx := func(offered, negotiated, authenticated smtpprobe.Fact) []smtpprobe.TLSFacts {
		return []smtpprobe.TLSFacts{facts("mx.example.net", offered, negotiated, authenticated)}
	}
	one := func(changes answers) answers {
		view := answers{qMX: secure(mxAnswer), qA: secure(oneAddr), qAAAA: secure(nodata)}
		maps.Copy(view, changes)
		return view
	}
	acts := func(a ...smtpprobe.Action) []smtpprobe.Action { return a }
	policy := func(mode, host string) *smtpprobe.PolicyFetch {
		return fetchOf("version: STSv1\nmode: " + mode + "\nmax_age: 604800\nmx: " + host)
	}
	dane := func(usage uint8) answers { return one(answers{qTLSA: secure(tlsaOf(tlsaFor(usage, 1, 1, leaf[0])))}) }
	wrong := one(answers{qTLSA: secure(tlsaOf(goodTLSA))})
	unsignedMX := func(extra answers) answers {
		view := dane(3)
		view[qMX] = mxAnswer
		maps.Copy(view, extra)
		return view
	}
	enforced := one(answers{qSTS: hasSTS})
	return map[string]deliveryCase{
		"null MX":       {view: answers{qMX: {Status: resolver.Success, MX: []resolver.MXHost{{}}}}, action: smtpprobe.Return, by: smtpprobe.ByRoute},
		"no domain":     {view: answers{qMX: nxdomain}, action: smtpprobe.Return, by: smtpprobe.ByRoute},
		"no route":      {view: answers{qMX: nodata}, action: smtpprobe.Return, by: smtpprobe.ByRoute, hosts: acts(skip)},
		"MX failed":     {view: answers{qMX: servfail}, action: unknown, by: smtpprobe.ByRoute},
		"A failed":      {view: one(answers{qA: servfail}), action: unknown, by: smtpprobe.ByRoute, hosts: acts(unknown)},
		"not looked at": {view: one(nil), action: unknown, by: smtpprobe.ByOpportunistic, hosts: acts(unknown)},

		"clear":         {view: one(nil), facts: mx(no, smtpprobe.Maybe, smtpprobe.Maybe), action: anyhow, by: smtpprobe.ByOpportunistic, hosts: acts(anyhow)},
		"TLS fails":     {view: one(nil), facts: mx(yes, no, smtpprobe.Maybe), action: anyhow, by: smtpprobe.ByOpportunistic, hosts: acts(anyhow)},
		"encrypted":     {view: one(nil), facts: mx(yes, yes, yes), action: anyhow, by: smtpprobe.ByOpportunistic, hosts: acts(anyhow)},
		"no session":    {view: one(nil), facts: mx("", "", ""), action: unknown, by: smtpprobe.ByOpportunistic, hosts: acts(unknown)},
		"another host":  {view: one(nil), facts: []smtpprobe.TLSFacts{facts("other.test", yes, yes, yes)}, action: unknown, by: smtpprobe.ByOpportunistic, hosts: acts(unknown)},
		"two addresses": {view: one(nil), facts: append(mx(yes, yes, no), mx(no, "", "")...), action: anyhow, by: smtpprobe.ByOpportunistic, hosts: acts(anyhow, anyhow)},

		"DANE":                 {view: dane(3), facts: mx(yes, yes, no), action: deliver, by: smtpprobe.ByDANE, hosts: acts(deliver)},
		"DANE, no STARTTLS":    {view: dane(3), facts: mx(no, "", ""), action: smtpprobe.Defer, by: smtpprobe.ByDANE, hosts: acts(skip)},
		"DANE, no TLS":         {view: dane(3), facts: mx(yes, no, ""), action: smtpprobe.Defer, by: smtpprobe.ByDANE, hosts: acts(skip)},
		"DANE, no session":     {view: dane(3), action: unknown, by: smtpprobe.ByDANE, hosts: acts(unknown)},
		"DANE, mismatch":       {view: wrong, facts: mx(yes, yes, yes), action: smtpprobe.Defer, by: smtpprobe.ByDANE, hosts: acts(skip)},
		"DANE failed":          {view: one(answers{qTLSA: servfail}), facts: mx(yes, yes, yes), action: unknown, by: smtpprobe.ByDANE, hosts: acts(unknown)},
		"DANE failed, no look": {view: one(answers{qTLSA: servfail}), action: unknown, by: smtpprobe.ByDANE, hosts: acts(unknown)},
		"DANE failed, STS, clear": {
			view: one(answers{qTLSA: servfail, qSTS: hasSTS}), fetch: policy("enforce", "mx.example.net"), facts: mx(no, no, no),
			action: smtpprobe.Defer, by: smtpprobe.ByDANE, hosts: acts(unknown),
		},
		"DANE unusable":          {view: dane(1), facts: mx(yes, yes, yes), action: anyhow, by: smtpprobe.ByDANE, hosts: acts(anyhow)},
		"DANE unusable, clear":   {view: dane(1), facts: mx(no, "", ""), action: smtpprobe.Defer, by: smtpprobe.ByDANE, hosts: acts(skip)},
		"DANE, MX unsigned":      {view: unsignedMX(nil), facts: mx(yes, yes, no), action: anyhow, by: smtpprobe.ByDANE, hosts: acts(anyhow)},
		"DANE does not apply":    {view: one(answers{qA: oneAddr, qTLSA: tlsaOf(goodTLSA)}), facts: mx(no, "", ""), action: anyhow, by: smtpprobe.ByOpportunistic, hosts: acts(anyhow)},
		"DANE before STS":        {view: one(answers{qSTS: hasSTS, qTLSA: secure(tlsaOf(goodTLSA))}), fetch: policy("enforce", "mx.example.net"), facts: mx(yes, yes, yes), action: smtpprobe.Defer, by: smtpprobe.ByDANE, hosts: acts(skip)},
		"DANE without STS":       {view: one(answers{qSTS: servfail, qTLSA: secure(tlsaOf(tlsaFor(3, 1, 1, leaf[0])))}), facts: mx(yes, yes, no), action: deliver, by: smtpprobe.ByDANE, hosts: acts(deliver)},
		"DANE, unsigned, STS":    {view: unsignedMX(answers{qSTS: hasSTS}), fetch: policy("enforce", "mx.example.net"), facts: mx(yes, yes, yes), action: deliver, by: smtpprobe.BySTS, hosts: acts(deliver)},
		"DANE, unsigned, STS no": {view: unsignedMX(answers{qSTS: hasSTS}), fetch: policy("enforce", "other.test"), facts: mx(yes, yes, yes), action: smtpprobe.Defer, by: smtpprobe.BySTS, hosts: acts(skip)},

		"STS":                 {view: enforced, fetch: policy("enforce", "mx.example.net"), facts: mx(yes, yes, yes), action: deliver, by: smtpprobe.BySTS, hosts: acts(deliver)},
		"STS, no STARTTLS":    {view: enforced, fetch: policy("enforce", "mx.example.net"), facts: mx(no, "", ""), action: smtpprobe.Defer, by: smtpprobe.BySTS, hosts: acts(skip)},
		"STS, no TLS":         {view: enforced, fetch: policy("enforce", "mx.example.net"), facts: mx(yes, no, ""), action: smtpprobe.Defer, by: smtpprobe.BySTS, hosts: acts(skip)},
		"STS, certificate":    {view: enforced, fetch: policy("enforce", "mx.example.net"), facts: mx(yes, yes, no), action: smtpprobe.Defer, by: smtpprobe.BySTS, hosts: acts(skip)},
		"STS, no authorities": {view: enforced, fetch: policy("enforce", "mx.example.net"), facts: mx(yes, yes, smtpprobe.Maybe), action: unknown, by: smtpprobe.BySTS, hosts: acts(unknown)},
		"STS, no session":     {view: enforced, fetch: policy("enforce", "mx.example.net"), action: unknown, by: smtpprobe.BySTS, hosts: acts(unknown)},
		"STS, other host":     {view: enforced, fetch: policy("enforce", "other.test"), action: smtpprobe.Defer, by: smtpprobe.BySTS, hosts: acts(skip)},
		"STS, testing":        {view: enforced, fetch: policy("testing", "other.test"), facts: mx(no, "", ""), action: anyhow, by: smtpprobe.ByOpportunistic, hosts: acts(anyhow)},
		"STS, revoked":        {view: enforced, fetch: policy("none", "other.test"), facts: mx(no, "", ""), action: anyhow, by: smtpprobe.ByOpportunistic, hosts: acts(anyhow)},
		"STS, broken":         {view: enforced, fetch: fetchOf("no"), facts: mx(no, "", ""), action: anyhow, by: smtpprobe.ByOpportunistic, hosts: acts(anyhow)},
		"STS not fetched":     {view: enforced, facts: mx(yes, yes, yes), action: unknown, by: smtpprobe.BySTS, hosts: acts(unknown)},
		"STS failed":          {view: one(answers{qSTS: servfail}), facts: mx(yes, yes, yes), action: unknown, by: smtpprobe.BySTS, hosts: acts(unknown)},

		"second host": {
			view: policyView(answers{qSTS: hasSTS}), fetch: policy("enforce", "b.test"),
			facts: append(mx(yes, yes, yes), facts("b.test", yes, yes, yes)), action: deliver, by: smtpprobe.BySTS, hosts: acts(skip, deliver),
		},
		"first host unknown": {
			view: policyView(answers{qSTS: servfail}), facts: []smtpprobe.TLSFacts{facts("b.test", yes, yes, yes)},
			action: unknown, by: smtpprobe.BySTS, hosts: acts(unknown, unknown),
		},
		"first host unknown, no policy": {
			view: policyView(nil), facts: []smtpprobe.TLSFacts{facts("b.test", yes, yes, yes)},
			action: anyhow, by: smtpprobe.ByOpportunistic, hosts: acts(unknown, anyhow),
		},
		"one address unknown, no policy": {
			view: one(nil), facts: append(mx("", "", ""), mx(yes, yes, yes)...),
			action: anyhow, by: smtpprobe.ByOpportunistic, hosts: acts(unknown, anyhow),
		},
		"one address unknown, STS": {
			view: enforced, fetch: policy("enforce", "mx.example.net"), facts: append(mx("", "", ""), mx(yes, yes, yes)...),
			action: deliver, by: smtpprobe.BySTS, hosts: acts(unknown, deliver),
		},
		"one address unknown, DANE": {
			view: dane(3), facts: append(mx(yes, yes, no), mx("", "", "")...),
			action: deliver, by: smtpprobe.ByDANE, hosts: acts(deliver, unknown),
		},
		"one address unknown, the other fails": {
			view: wrong, facts: append(mx(yes, yes, yes), mx("", "", "")...),
			action: unknown, by: smtpprobe.ByDANE, hosts: acts(skip, unknown),
		},
		"first host gone": {
			view: policyView(answers{qA: nxdomain, qAAAA: nxdomain}), facts: []smtpprobe.TLSFacts{facts("b.test", yes, yes, yes)},
			action: anyhow, by: smtpprobe.ByOpportunistic, hosts: acts(skip, anyhow),
		},
		"second host, first failed": {
			view: policyView(answers{qA: secure(oneAddr), qAAAA: secure(nodata), qTLSA: servfail}), facts: []smtpprobe.TLSFacts{facts("b.test", yes, yes, yes)},
			action: unknown, by: smtpprobe.ByDANE, hosts: acts(unknown, anyhow),
		},
		"second host, first failed and in the clear": {
			view:   policyView(answers{qA: secure(oneAddr), qAAAA: secure(nodata), qTLSA: servfail}),
			facts:  append(mx(no, no, no), facts("b.test", yes, yes, yes)),
			action: anyhow, by: smtpprobe.ByOpportunistic, hosts: acts(unknown, anyhow),
		},
		"same preference": {
			view: but(answers{
				qMX:   secure(resolver.Answer{Status: resolver.Success, MX: []resolver.MXHost{{Host: "mx.example.net"}, {Host: "b.test"}}}),
				qTLSA: secure(tlsaOf(tlsaFor(3, 1, 1, leaf[0]))), resolver.Q("b.test", resolver.TypeA): oneAddr,
			}),
			facts: append(mx(yes, yes, no), facts("b.test", no, "", "")), action: anyhow, by: smtpprobe.ByOpportunistic, hosts: acts(anyhow, deliver),
		},
	}
}

func TestDelivery(t *testing.T) {
	for name, tc := range deliveryCases() {
		t.Run(name, func(t *testing.T) {
			p, missing := smtpprobe.EvaluatePolicies(smtpprobe.PoliciesRequest{Domain: "example.org", Fetch: tc.fetch}, tc.view)
			require.Empty(t, missing)
			got := smtpprobe.EvaluateDelivery(p, tc.facts, started)
			var hosts []smtpprobe.Action
			for _, h := range got.Hosts {
				hosts = append(hosts, h.Action)
				require.NotEmpty(t, h.Reason)
				require.NotEmpty(t, h.By)
			}
			require.Equal(t, tc.action, got.Action, got.Reason)
			require.Equal(t, tc.by, got.By, got.Reason)
			require.Equal(t, tc.hosts, hosts)
			require.NotEmpty(t, got.Reason)
			require.Equal(t, slices.Contains([]string{"DANE, mismatch", "DANE before STS", "one address unknown, the other fails"}, name), got.Findings.Has(smtpprobe.CodeDANEMismatch))
			unmet := []string{
				"DANE, no STARTTLS", "DANE, no TLS", "DANE unusable, clear", "STS, no STARTTLS", "STS, no TLS", "STS, certificate",
			}
			require.Equal(t, slices.Contains(unmet, name), got.Findings.Has(smtpprobe.CodePolicyUnmet), got.Findings)
			complete(t, got.Findings)
		})
	}
}

// TestUnmetFinding is one, however many addresses there are, and an error: the host is as
// good as down for senders that follow the policy.
func TestUnmetFinding(t *testing.T) {
	tc := deliveryCases()["STS, certificate"]
	tc.facts = append(tc.facts, tc.facts...)
	p, _ := smtpprobe.EvaluatePolicies(smtpprobe.PoliciesRequest{Domain: "example.org", Fetch: tc.fetch}, tc.view)
	require.Equal(t, mailworthy.Findings{{
		Code: smtpprobe.CodePolicyUnmet, Severity: mailworthy.Error, Subject: "mx.example.net",
		Message:  "Senders that follow MTA-STS do not deliver to mx.example.net: the certificate is not valid for the host, which the policy requires.",
		Remedy:   "Let STARTTLS work at all addresses of mx.example.net, with a certificate for this name from a public authority. Until it does, serve the policy with \"mode: testing\" and a new id.",
		Ref:      "RFC 8461 section 4.2",
		Evidence: []string{"MTA-STS: mode: enforce, max_age: 604800, mx: mx.example.net"},
	}}, smtpprobe.EvaluateDelivery(p, tc.facts, started).Findings)
}

// TestMismatchFinding has the record to publish.
func TestMismatchFinding(t *testing.T) {
	tc := deliveryCases()["DANE, mismatch"]
	tc.facts = append(tc.facts, tc.facts...) // two addresses
	p, _ := smtpprobe.EvaluatePolicies(smtpprobe.PoliciesRequest{Domain: "example.org"}, tc.view)
	got := smtpprobe.EvaluateDelivery(p, tc.facts, started)
	require.Len(t, got.Findings, 1)
	record, err := smtpprobe.ProposeTLSA("mx.example.net", 25, tc.facts[0].Chain[0])
	require.NoError(t, err)
	require.Contains(t, got.Findings[0].Remedy, record)
}

// TestDeliveryFaults fails each question in each way: a sender is never said to deliver
// with more than before.
func TestDeliveryFaults(t *testing.T) {
	rank := map[smtpprobe.Action]int{smtpprobe.Deliver: 2, smtpprobe.DeliverUnauthenticated: 1}
	for name, tc := range deliveryCases() {
		req := smtpprobe.PoliciesRequest{Domain: "example.org", Fetch: tc.fetch}
		p, _ := smtpprobe.EvaluatePolicies(req, tc.view)
		plain := smtpprobe.EvaluateDelivery(p, tc.facts, started)
		for q := range tc.view {
			for _, status := range failures {
				view := answers{}
				maps.Copy(view, tc.view)
				view[q] = resolver.Answer{Status: status}
				p, missing := smtpprobe.EvaluatePolicies(req, view)
				require.Empty(t, missing)
				got := smtpprobe.EvaluateDelivery(p, tc.facts, started)
				require.LessOrEqual(t, rank[got.Action], rank[plain.Action], "%s: %v %s", name, q, status)
				if got.Action != plain.Action && (q == qSTS || q == qTLSA) {
					require.NotEqual(t, smtpprobe.ByOpportunistic, got.By, "%s: %v %s", name, q, status)
				}
			}
		}
	}
}

// TestFactsOf puts a probe and the policies together.
func TestFactsOf(t *testing.T) {
	s := listen(t, honest(good()).serve)
	p := s.prober()
	rep, err := p.ProbeHost(t.Context(), s.host("mx.example.net"))
	require.NoError(t, err)
	facts := smtpprobe.FactsOf(rep.Result, rep.Sessions)
	require.Equal(t, []smtpprobe.TLSFacts{{
		Host: "mx.example.net", Addr: s.addr.Addr(), Offered: smtpprobe.Yes, Negotiated: smtpprobe.Yes, Authenticated: smtpprobe.Yes,
		Chain: good().Certificates[0].Certificate,
	}}, facts)
	policies, _ := smtpprobe.EvaluatePolicies(smtpprobe.PoliciesRequest{Domain: "example.org"}, but(answers{
		qTLSA: secure(tlsaOf(tlsaFor(3, 1, 1, facts[0].Chain[0]))),
	}))
	got := smtpprobe.EvaluateDelivery(policies, facts, started)
	require.Equal(t, smtpprobe.Deliver, got.Action, got.Reason)
}

// TestCutChain is for an authority that the host presents, and that is not kept: nothing
// is proved against the host, unless it is by a record that is about its own certificate.
func TestCutChain(t *testing.T) {
	cert := authority().issue(template("mx.example.net", "mx.example.net"), ecKey(), authority())
	s := listen(t, honest(config(cert)).serve)
	p := s.prober()
	p.Limits.Certificates = 1
	rep, err := p.ProbeHost(t.Context(), s.host("mx.example.net"))
	require.NoError(t, err)
	facts := smtpprobe.FactsOf(rep.Result, rep.Sessions)
	require.Len(t, facts[0].Chain, 1)
	require.True(t, facts[0].Cut)
	presented := cert.Certificate
	for usage, want := range map[uint8]smtpprobe.Action{2: smtpprobe.ActionUnknown, 3: smtpprobe.Defer} {
		policies, _ := smtpprobe.EvaluatePolicies(smtpprobe.PoliciesRequest{Domain: "example.org"}, but(answers{
			qTLSA: secure(tlsaOf(tlsaFor(usage, 0, 1, presented[len(presented)-1]))),
		}))
		require.Equal(t, smtpprobe.DANEUsable, policies.DANE[0].Status)
		got := smtpprobe.EvaluateDelivery(policies, facts, started)
		require.Equal(t, want, got.Action, "usage %d: %s", usage, got.Reason)
		require.Equal(t, want == smtpprobe.Defer, got.Findings.Has(smtpprobe.CodeDANEMismatch))
	}
}

// TestCheckPolicies asks DNS and fetches the policy.
func TestCheckPolicies(t *testing.T) {
	p, requests := webServer(t, webConfig(), ok(goodPolicy))
	p.Port = 0
	p.Resolver = resolver.MustZone(stsHost + stsRecord + "example.org MX 10 mx.example.net\n" + goodHost)
	got, err := p.CheckPolicies(t.Context(), "example.org")
	require.NoError(t, err)
	require.Equal(t, smtpprobe.PolicyFound, got.STS.Status)
	require.Equal(t, []smtpprobe.STSHost{{"mx.example.net", "mx.example.net"}}, got.STS.Hosts)
	require.EqualValues(t, 1, requests.Load())

	p.Resolver = resolver.MustZone("example.org MX 10 mx.example.net\n" + goodHost)
	got, err = p.CheckPolicies(t.Context(), "example.org")
	require.NoError(t, err)
	require.Equal(t, smtpprobe.PolicyAbsent, got.STS.Status)
	require.EqualValues(t, 1, requests.Load(), "without a record there is nothing to fetch")
}

// TestEndedContext has a valid result also when there was no time to ask.
func TestEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := smtpprobe.Prober{Resolver: resolver.Func(func(context.Context, resolver.Question) (resolver.Answer, error) {
		t.Error("asked")
		return resolver.Answer{}, nil
	})}
	route, err := p.CheckRoute(ctx, "example.org")
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, smtpprobe.RouteUnknown, route.Status)
	require.Equal(t, []mailworthy.Code{smtpprobe.CodeRouteDNSFailure}, codesOf(route.Findings))

	policies, err := p.CheckPolicies(ctx, "example.org")
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, smtpprobe.RouteUnknown, policies.Route.Status)
	require.Equal(t, smtpprobe.PolicyUnknown, policies.STS.Status)
	require.Equal(t, smtpprobe.PolicyUnknown, policies.TLSRPT.Status)

	fetch, err := p.FetchPolicy(ctx, "example.org")
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, smtpprobe.FetchCanceled, fetch.Error)
}

// TestCheckPoliciesTime is for a limit that the fetch takes up: what DNS told stays.
func TestCheckPoliciesTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, done := piped(wait)
		defer done()
		p.Port, p.Timeout = 0, 3*time.Second
		p.Allow = loopback
		p.Resolver = resolver.MustZone(stsHost + stsRecord + "example.org MX 10 mx.example.net\n" + goodHost)
		began := time.Now()
		got, err := p.CheckPolicies(t.Context(), "example.org")
		require.NoError(t, err, "its own limit is no error")
		require.Equal(t, 3*time.Second, time.Since(began))
		require.Equal(t, smtpprobe.RouteDeliverable, got.Route.Status)
		require.Equal(t, smtpprobe.PolicyUnknown, got.STS.Status)
		require.Equal(t, smtpprobe.FetchTimeout, got.STS.Fetch.Error)
		require.EqualValues(t, 3000, got.STS.Fetch.ElapsedMS)
	})
}

// TestReplay judges the stored answers of a check, and its fetch, again.
func TestReplay(t *testing.T) {
	p, _ := webServer(t, webConfig(), ok(goodPolicy))
	p.Port = 0
	rec := resolver.Record(resolver.MustZone(stsHost + stsRecord + "example.org MX 10 mx.example.net\nexample.org MX 20 b.test\n" + goodHost))
	p.Resolver = rec
	got, err := p.CheckPolicies(t.Context(), "example.org")
	require.NoError(t, err)
	stored, err := json.Marshal(struct {
		DNS   resolver.Snapshot
		Fetch *smtpprobe.PolicyFetch
	}{rec.Snapshot(), got.STS.Fetch})
	require.NoError(t, err)
	var back struct {
		DNS   resolver.Snapshot
		Fetch *smtpprobe.PolicyFetch
	}
	require.NoError(t, json.Unmarshal(stored, &back))
	again, missing := smtpprobe.EvaluatePolicies(smtpprobe.PoliciesRequest{Domain: "example.org", Fetch: back.Fetch}, back.DNS)
	require.Empty(t, missing)
	require.Equal(t, got, again)
	require.Equal(t, got.All(), again.All())
}

func BenchmarkEvaluatePolicies(b *testing.B) {
	view := but(answers{qSTS: hasSTS, qTLSRPT: hasRPT})
	req := smtpprobe.PoliciesRequest{Domain: "example.org", Fetch: fetchOf(goodPolicy)}
	b.ReportAllocs()
	for b.Loop() {
		if _, missing := smtpprobe.EvaluatePolicies(req, view); len(missing) > 0 {
			b.Fatal(missing)
		}
	}
}

// FuzzEvaluateDelivery judges policies and facts from strangers.
func FuzzEvaluateDelivery(f *testing.F) {
	for _, tc := range deliveryCases() {
		p, _ := smtpprobe.EvaluatePolicies(smtpprobe.PoliciesRequest{Domain: "example.org", Fetch: tc.fetch}, tc.view)
		policies, err := json.Marshal(p)
		require.NoError(f, err)
		facts, err := json.Marshal(tc.facts)
		require.NoError(f, err)
		f.Add(policies, facts)
	}
	f.Add([]byte(`{"route":{"status":"deliverable","hosts":[{"name":"a","status":"usable"}]},"mta_sts":{"status":"found"}}`), []byte(`[{"host":"a"}]`))
	f.Fuzz(func(t *testing.T, policies, facts []byte) {
		var p smtpprobe.Policies
		var list []smtpprobe.TLSFacts
		if json.Unmarshal(policies, &p) != nil || json.Unmarshal(facts, &list) != nil {
			return
		}
		got := smtpprobe.EvaluateDelivery(p, list, started)
		require.NotEmpty(t, got.Action)
		require.Equal(t, -1, strings.IndexFunc(got.Reason, func(r rune) bool { return r < ' ' || r >= 0x7f }), got.Reason)
		for i := range got.Findings {
			got.Findings[i].Subject += " " // A host without a name has no subject.
		}
		complete(t, got.Findings)
		require.Equal(t, got.Hosts, smtpprobe.EvaluateDelivery(p, list, started).Hosts)
		if p.Route.Status != smtpprobe.RouteDeliverable {
			require.NotEqual(t, smtpprobe.Deliver, got.Action)
		}
		p.All()
	})
}
