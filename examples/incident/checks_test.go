package main

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/bounce"
	"github.com/mailworthy/mailworthy/resolver"
)

// TestSPF has the sending addresses known, or some of them, or none.
func TestSPF(t *testing.T) {
	one, two := netip.MustParseAddr("192.88.99.1"), netip.MustParseAddr("192.88.99.2")
	for _, tt := range []struct {
		name, zone string
		ips        []netip.Addr
		want       outcome
		says       string
	}{
		{"it may send", `a.example TXT "v=spf1 ip4:192.88.99.1 -all"`, []netip.Addr{one}, inOrder, "lets 192.88.99.1 send"},
		{"it may not", `a.example TXT "v=spf1 ip4:192.88.99.1 -all"`, []netip.Addr{two}, found, "does not let 192.88.99.2 send"},
		{"one of two may", `a.example TXT "v=spf1 ip4:192.88.99.1 -all"`, []netip.Addr{one, two}, unknown, "do not tell which"},
		{"nobody knows who", `a.example TXT "v=spf1 ip4:192.88.99.1 -all"`, nil, unknown, "see -ip"},
		{"no policy", `a.example A 192.88.99.1`, []netip.Addr{one}, found, "none"},
		{"a broken policy", `a.example TXT "v=spf1 foo"`, nil, found, "error"},
		{"two policies", "a.example TXT 'v=spf1 -all'\na.example TXT 'v=spf1 ~all'", nil, found, "permerror"},
		{"DNS fails", `a.example TXT !servfail`, []netip.Addr{one}, unknown, "did not tell"},
		{"DNS fails further on", "a.example TXT 'v=spf1 include:b.example -all'\nb.example TXT !timeout", []netip.Addr{one}, unknown, "did not tell"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c check
			checkSPF(t.Context(), resolver.MustZone(tt.zone), &c, "a.example", tt.ips)
			require.Equal(t, tt.want, c.Outcome, c.Says)
			require.Contains(t, c.Says, tt.says)
		})
	}
}

// TestOutcomes has what the other checks can find.
func TestOutcomes(t *testing.T) {
	ip := netip.MustParseAddr("192.88.99.1")
	const reverse = "1.99.88.192.in-addr.arpa "
	for _, tt := range []struct {
		name, zone string
		run        func(r resolver.Resolver, c *check)
		want       outcome
	}{
		{"names: one that leads back", reverse + "PTR mx.a.example\nmx.a.example A 192.88.99.1", func(r resolver.Resolver, c *check) { checkNames(t.Context(), r, c, ip, "") }, inOrder},
		{"names: one that leads elsewhere", reverse + "PTR mx.a.example\nmx.a.example A 192.88.99.2", func(r resolver.Resolver, c *check) { checkNames(t.Context(), r, c, ip, "") }, found},
		{"names: that of a customer's line", reverse + "PTR 192-88-99-1.dsl.a.example\n192-88-99-1.dsl.a.example A 192.88.99.1", func(r resolver.Resolver, c *check) { checkNames(t.Context(), r, c, ip, "") }, found},
		{"names: none", "a.example A 192.88.99.1", func(r resolver.Resolver, c *check) { checkNames(t.Context(), r, c, ip, "") }, found},
		{"names: unknown", reverse + "PTR !servfail", func(r resolver.Resolver, c *check) { checkNames(t.Context(), r, c, ip, "") }, unknown},
		{"helo: good", reverse + "PTR mx.a.example\nmx.a.example A 192.88.99.1", func(r resolver.Resolver, c *check) { checkHELO(t.Context(), r, c, ip, "mx.a.example") }, inOrder},
		{"helo: unknown", reverse + "PTR mx.a.example\nmx.a.example A !timeout", func(r resolver.Resolver, c *check) { checkHELO(t.Context(), r, c, ip, "mx.a.example") }, unknown},
		{"dkim: a key", `google._domainkey.a.example TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="`, func(r resolver.Resolver, c *check) { checkDKIM(t.Context(), r, c, "a.example") }, inOrder},
		{"dkim: another selector", `x20._domainkey.a.example TXT "v=DKIM1; p="`, func(r resolver.Resolver, c *check) { checkDKIM(t.Context(), r, c, "a.example") }, unknown},
		{"dkim: none", `a.example TXT "x"`, func(r resolver.Resolver, c *check) { checkDKIM(t.Context(), r, c, "a.example") }, found},
		{"dkim: unknown", `* !refused`, func(r resolver.Resolver, c *check) { checkDKIM(t.Context(), r, c, "a.example") }, unknown},
		{"dmarc: none", `a.example TXT "x"`, func(r resolver.Resolver, c *check) { checkDMARC(t.Context(), r, c, "a.example") }, found},
		{"dmarc: unknown", `_dmarc.a.example TXT !servfail`, func(r resolver.Resolver, c *check) { checkDMARC(t.Context(), r, c, "a.example") }, unknown},
		{"route: null MX", `a.example MX 0 .`, func(r resolver.Resolver, c *check) { checkRoute(t.Context(), r, c, "a.example") }, found},
		{"route: good", "a.example MX 0 mx.a.example\nmx.a.example A 192.88.99.1", func(r resolver.Resolver, c *check) { checkRoute(t.Context(), r, c, "a.example") }, inOrder},
		{"route: unknown", `a.example MX !servfail`, func(r resolver.Resolver, c *check) { checkRoute(t.Context(), r, c, "a.example") }, unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c check
			tt.run(resolver.MustZone(tt.zone), &c)
			require.Equal(t, tt.want, c.Outcome, c.Says)
			require.NotEmpty(t, c.Says)
			require.NotNil(t, c.Findings)
		})
	}
}

// TestShared checks that what several receivers say is asked once.
func TestShared(t *testing.T) {
	var log strings.Builder
	for i := range 20 {
		log.WriteString(lines(fmt.Sprintf("m%d.example", i), "554 5.7.1 Client host [192.88.99.10] blocked using zen.spamhaus.org", 2))
	}
	zone := resolver.MustZone(testZone)
	n := noteOf(t, log.String(), zone)
	require.Len(t, n.Troubles, 1)
	require.Len(t, n.Troubles[0].By, 20)
	require.Equal(t, 1, zone.Count("10.99.88.192.zen.spamhaus.org", resolver.TypeA))
	require.Contains(t, noteText(n), "and 16 more")
}

// TestMany has more domains than one note asks about.
func TestMany(t *testing.T) {
	var log strings.Builder
	for i := range 100 {
		log.WriteString(lines(fmt.Sprintf("m%d.example", i), "550 5.1.2 Host or domain name not found", 1))
	}
	zone := resolver.MustZone("m1.example A 192.88.99.1")
	n := noteOf(t, log.String(), zone)
	require.Len(t, n.Troubles, maxTroubles)
	require.Equal(t, 100-maxTroubles, n.Fewer)
	asked := make(map[string]bool)
	for _, q := range zone.Queries() {
		asked[q.Question.Name] = true
	}
	require.LessOrEqual(t, len(asked), maxChecks)
}

// TestPolicyList has an address of end users on a list of those: nobody caused it, and
// a relay or a name of its own is the way off it.
func TestPolicyList(t *testing.T) {
	zone := "2.0.0.127.zen.spamhaus.org A 127.0.0.2\n10.99.88.192.zen.spamhaus.org A 127.0.0.10"
	n := noteOf(t, lines("m.example", "554 5.7.1 Client host [192.88.99.10] blocked using zen.spamhaus.org", 2), resolver.MustZone(zone))
	require.Equal(t, confirmed, n.Troubles[0].Cause)
	text := strings.Join(strings.Fields(noteText(n)), " ")
	require.Contains(t, text, "in a range for end users")
	require.Contains(t, text, "smart host")
}

// TestStopFirst checks the order: who sends it is stopped before anybody is asked.
func TestStopFirst(t *testing.T) {
	n := noteOf(t, storyLog, resolver.MustZone(storyZone))
	require.Equal(t, bounce.ScopeAccount, n.Triage.Answer.Scope)
	require.Equal(t, stepStop, n.Steps[0].Kind)
	require.Contains(t, n.Steps[0].Do, "sales@acme.example")
	last := 0
	for _, k := range n.kinds() {
		at := 0
		for i, o := range stepOrder {
			if o == k {
				at = i
			}
		}
		require.GreaterOrEqual(t, at, last)
		last = at
	}
}
