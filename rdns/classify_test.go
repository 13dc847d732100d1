package rdns_test

import (
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/rdns"
)

// named is a line of testdata/names.txt.
type named struct {
	kind rdns.Kind
	ip   netip.Addr
	name string
}

// namesTable reads testdata/names.txt.
func namesTable(t testing.TB) (out []named) {
	t.Helper()
	text, err := os.ReadFile("testdata/names.txt")
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		require.Len(t, fields, 3, line)
		out = append(out, named{rdns.Kind(fields[0]), netip.MustParseAddr(fields[1]), fields[2]})
	}
	return out
}

func TestClassify(t *testing.T) {
	table := namesTable(t)
	require.GreaterOrEqual(t, len(table), 150)
	seen := map[string]bool{}
	kinds := map[rdns.Kind]int{}
	for _, n := range table {
		t.Run(n.ip.String()+"/"+n.name, func(t *testing.T) {
			key := n.ip.String() + " " + n.name
			require.False(t, seen[key], "twice in the table")
			seen[key] = true
			kinds[n.kind]++
			c := rdns.Classify(n.ip, n.name)
			require.Equal(t, n.kind, c.Kind, "%+v", c)
			sum := 0
			for _, m := range c.Rules {
				sum += m.Weight
				require.Equal(t, m.Label, n.name[m.Span.Offset:m.Span.Offset+m.Span.Length])
				require.NotEmpty(t, m.Rule)
				require.NotEmpty(t, m.Reason)
			}
			require.Equal(t, c.Score, sum)
			require.Equal(t, c.Kind.Generic(), c.Score >= 4, "%+v", c)
			require.Equal(t, c, rdns.Classify(n.ip, strings.ToUpper(n.name)+"."), "case and final dot do not matter")
			if n.ip.Is4() {
				require.Equal(t, c, rdns.Classify(netip.AddrFrom16(n.ip.As16()), n.name), "a mapped address is IPv4")
			}
		})
	}
	for _, k := range []rdns.Kind{rdns.Custom, rdns.Generic, rdns.GenericStatic, rdns.GenericDynamic, rdns.CloudDefault} {
		require.GreaterOrEqual(t, kinds[k], 5, k)
	}
	require.Len(t, kinds, 5)
}

// TestClassifyExplains compares whole classifications, with the place of each rule.
func TestClassifyExplains(t *testing.T) {
	ip := netip.MustParseAddr("192.0.2.10")
	for _, tc := range []struct {
		name string
		want rdns.Classification
	}{
		{"mail.example.org", rdns.Classification{Kind: rdns.Custom, Rules: []rdns.Match{}}},
		{"", rdns.Classification{Rules: []rdns.Match{}}},
		{"a..b", rdns.Classification{Rules: []rdns.Match{}}},
		{"srv-2-10.example.org", rdns.Classification{Kind: rdns.Custom, Score: 2, Rules: []rdns.Match{
			{Rule: "two-octets", Label: "2-10", Span: mailworthy.Span{Offset: 4, Length: 4}, Weight: 2, Reason: "it holds the last two octets of the address"},
		}}},
		{"ADSL-192-0-2-10.example.net.", rdns.Classification{Kind: rdns.GenericDynamic, Score: 9, Rules: []rdns.Match{
			{Rule: "address", Label: "192-0-2-10", Span: mailworthy.Span{Offset: 5, Length: 10}, Weight: 5, Reason: "it holds the address"},
			{Rule: "word:adsl", Label: "adsl", Span: mailworthy.Span{Length: 4}, Weight: 4, Reason: "it speaks of an access line, and has digits"},
		}}},
		{"static-192-0-2-10.example.net", rdns.Classification{Kind: rdns.GenericStatic, Score: 5, Rules: []rdns.Match{
			{Rule: "address", Label: "192-0-2-10", Span: mailworthy.Span{Offset: 7, Length: 10}, Weight: 5, Reason: "it holds the address"},
			{Rule: "static:static", Label: "static", Span: mailworthy.Span{Length: 6}, Reason: "it calls the address static"},
		}}},
		{"mta-192-0-2-10.example.net", rdns.Classification{Kind: rdns.Custom, Rules: []rdns.Match{
			{Rule: "address", Label: "192-0-2-10", Span: mailworthy.Span{Offset: 4, Length: 10}, Weight: 5, Reason: "it holds the address"},
			{Rule: "mail:mta", Label: "mta", Span: mailworthy.Span{Length: 3}, Weight: -5, Reason: "it calls itself a mail server"},
		}}},
		{"static.10.2.0.192.clients.your-server.de", rdns.Classification{Kind: rdns.CloudDefault, Score: 6, Rules: []rdns.Match{
			{Rule: "cloud:hetzner", Label: "static.10.2.0.192", Span: mailworthy.Span{Length: 17}, Weight: 6, Reason: "Hetzner gives such a name to every address"},
		}}},
		{"10.2.0.192.in-addr.arpa", rdns.Classification{Kind: rdns.Generic, Score: 6, Rules: []rdns.Match{
			{Rule: "reverse-name", Label: "10.2.0.192.in-addr.arpa", Span: mailworthy.Span{Length: 23}, Weight: 6, Reason: "it is a name of the reverse tree"},
		}}},
	} {
		t.Run(tc.name, func(t *testing.T) { require.Equal(t, tc.want, rdns.Classify(ip, tc.name)) })
	}
}

// TestClassifyWithoutAddress finds what can be found when the address is not known.
func TestClassifyWithoutAddress(t *testing.T) {
	require.Equal(t, rdns.GenericDynamic, rdns.Classify(netip.Addr{}, "dsl-198-51-100-7.example.net").Kind)
	require.Equal(t, rdns.Custom, rdns.Classify(netip.Addr{}, "mail.example.net").Kind)
}

// TestWordsAloneAreNothing puts every word of access providers where no digit is.
func TestWordsAloneAreNothing(t *testing.T) {
	ip := netip.MustParseAddr("192.0.2.10")
	for word := range strings.FieldsSeq("dsl adsl dial dialup ppp pppoe pptp dhcp dyn dynamic dynip cable catv modem isdn broadband pool nat wifi client cust host user peer unused cpe res home") {
		for _, name := range []string{word + ".example.net", "a." + word + ".example.net", word + "-gate.example.net", word + "1.example.net"} {
			require.Equal(t, rdns.Custom, rdns.Classify(ip, name).Kind, name)
		}
	}
}

func TestClassifyCustomDoesNotAllocate(t *testing.T) {
	ip, ip6 := netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("2001:db8::10")
	for _, name := range []string{"mail.example.org", "mx1.dc2.example.co.uk", "web-10.lab.example.edu"} {
		require.Zero(t, testing.AllocsPerRun(100, func() { rdns.Classify(ip, name) }), name)
		require.Zero(t, testing.AllocsPerRun(100, func() { rdns.Classify(ip6, name) }), name)
	}
}
