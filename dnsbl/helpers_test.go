package dnsbl_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
)

// victim is the address that tests ask about, and victim6 one of IPv6.
var (
	victim  = dnsbl.Target{IP: netip.MustParseAddr("11.22.33.44"), Role: dnsbl.RoleClient}
	victim6 = dnsbl.Target{IP: netip.MustParseAddr("2600:1f::7")}
)

const (
	reversed6 = "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.f.1.0.0.0.0.6.2."
	control6  = "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	clean6    = "1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
)

// testList is a list of addresses with every class.
func testList(zone string) dnsbl.List {
	return dnsbl.List{
		Zone: zone, Name: "List " + zone, Kinds: []dnsbl.Kind{dnsbl.IPv4, dnsbl.IPv6}, Weight: dnsbl.High,
		Removal: "https://" + zone + "/remove?ip={q}", Lookup: "https://" + zone + "/{q}",
		Codes: []dnsbl.Code{
			{Match: "127.0.0.2-4", Class: dnsbl.ClassListed, Category: "spam_source", Meaning: "a source of spam"},
			{Match: "127.0.0.10", Class: dnsbl.ClassPolicy, Category: "end_user_range", Meaning: "a range of end users"},
			{Match: "127.0.0.20", Class: dnsbl.ClassInfo, Category: "backscatter"},
			{Match: "127.0.0.30", Class: dnsbl.ClassWhite},
			{Match: "127.0.0.40", Class: dnsbl.ClassClear},
			{Match: "127.0.0.50", Class: dnsbl.ClassError, Category: "blocked"},
		},
	}
}

// bitList is one whose codes are bits, for domains.
func bitList(zone string) dnsbl.List {
	return dnsbl.List{
		Zone: zone, Name: "List " + zone, Kinds: []dnsbl.Kind{dnsbl.Domain}, Weight: dnsbl.Medium,
		Codes: []dnsbl.Code{
			{Match: "127.0.0.&1", Class: dnsbl.ClassError, Category: "blocked"},
			{Match: "127.0.0.&2", Class: dnsbl.ClassListed, Category: "spam_domain", Meaning: "black"},
			{Match: "127.0.0.&16", Class: dnsbl.ClassListed, Category: "malware", Meaning: "MW"},
			{Match: "127.0.0.&64", Class: dnsbl.ClassListed, Category: "spam_domain", Meaning: "ABUSE"},
			{Match: "127.0.0.&4", Class: dnsbl.ClassInfo, Category: "grey", Meaning: "grey"},
		},
	}
}

// working is the zone text of a list's controls.
func working(zone string) string {
	return fmt.Sprintf("2.0.0.127.%[1]s A 127.0.0.2\n%[2]s%[1]s A 127.0.0.2\ntest.%[1]s A 127.0.0.2\n", zone, control6)
}

func check(t testing.TB, zone string, req dnsbl.Request) dnsbl.Result {
	t.Helper()
	z, err := resolver.ParseZone(zone)
	require.NoError(t, err, zone)
	res, err := dnsbl.Checker{Resolver: z}.Check(t.Context(), req)
	require.NoError(t, err)
	sound(t, res)
	return res
}

// sound requires what is true of every result.
func sound(t testing.TB, res dnsbl.Result) {
	t.Helper()
	c := res.Counts
	require.Equal(t, c.Asked, c.Listed+c.Policy+c.Info+c.Whitelisted+c.NotListed+c.Refused+c.Error+c.Unknown+c.NotCheckable)
	require.Len(t, res.Lists, c.Asked+c.NotAsked)
	if res.Status == dnsbl.Clean {
		require.Equal(t, c.Asked, c.NotListed+c.Whitelisted)
		require.Positive(t, c.Asked)
	}
	require.Equal(t, c.Listed > 0, res.Status == dnsbl.Listed)
	for _, l := range res.Lists {
		good := l.Status == dnsbl.NotListed || l.Status == dnsbl.Whitelisted
		against := l.Status == dnsbl.Listed || l.Status == dnsbl.Policy || l.Status == dnsbl.Info
		require.Equal(t, against, l.Advice != nil && len(l.Advice.Steps) > 0, "%+v", l)
		require.Equal(t, !good && !against, l.Reason != "", "%+v", l)
		about := 0
		for _, f := range res.Findings {
			if f.Subject == l.Zone || strings.Contains(f.Message, l.Name) {
				about++
				require.True(t, len(f.Evidence) > 0 || l.Status == dnsbl.NotAsked, "no evidence: %+v", f)
			}
		}
		require.Equal(t, !good, about > 0, "no finding for %+v", l)
	}
	wellFormed(t, res.Findings)
}

func wellFormed(t testing.TB, findings mailworthy.Findings) {
	t.Helper()
	for _, f := range findings {
		require.NotEmpty(t, f.Remedy, "%+v", f)
		require.NotEmpty(t, f.Ref, "%+v", f)
		require.NotEmpty(t, f.Message, "%+v", f)
		for _, text := range append([]string{f.Subject, f.Message, f.Remedy}, f.Evidence...) {
			for i := range len(text) {
				require.True(t, text[i] >= ' ' && text[i] < 0x7f, "%q", text)
			}
		}
	}
}

func target(t testing.TB, ip string) dnsbl.Target {
	t.Helper()
	addr, err := netip.ParseAddr(ip)
	require.NoError(t, err)
	return dnsbl.Target{IP: addr}
}

func example127(last byte) netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 0, last}) }
