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

// TestResult is one result as a whole.
func TestResult(t *testing.T) {
	res := check(t, working("bl.test")+`
		44.33.22.11.bl.test  900 A   127.0.0.2
		44.33.22.11.bl.test  900 A   127.0.0.10
		44.33.22.11.bl.test  900 TXT "Spam, see https://bl.test/why?11.22.33.44." "  again"
	`, dnsbl.Request{Target: victim, Lists: []dnsbl.List{testList("bl.test")}})
	code := netip.MustParseAddr
	steps := []string{
		"Find the mail that caused it in the queue and in the logs, and stop its sender.",
		"No mail caused the entry as an end user: the address is in a range for end users.",
		"Close the way that the mail took: an account, a form, a customer without consent of the recipients.",
		"Send through the provider's smart host. A real mail server needs a static address and a host name of its own in both directions first.",
		"Only then ask for removal at https://bl.test/remove?ip=11.22.33.44: entries come back, and stay longer, while the cause lasts.",
	}
	require.Equal(t, dnsbl.Result{
		Status: dnsbl.Listed, Weight: dnsbl.High,
		Target: victim,
		Counts: dnsbl.Counts{Asked: 1, Listed: 1},
		Lists: []dnsbl.ListResult{{
			Zone: "bl.test", Name: "List bl.test", Status: dnsbl.Listed,
			Queries: []dnsbl.Query{{Name: "44.33.22.11.bl.test", DNS: resolver.Success, Codes: []netip.Addr{code("127.0.0.2"), code("127.0.0.10")}}},
			Entries: []dnsbl.Entry{
				{Code: code("127.0.0.2"), Class: dnsbl.ClassListed, Category: "spam_source", Meaning: "a source of spam", Weight: dnsbl.High, Known: true},
				{Code: code("127.0.0.10"), Class: dnsbl.ClassPolicy, Category: "end_user_range", Meaning: "a range of end users", Weight: dnsbl.High, Known: true},
			},
			Text:   []string{"Spam, see https://bl.test/why?11.22.33.44.  again"},
			Weight: dnsbl.High, TTL: 900,
			Advice: &dnsbl.Advice{
				Lookup: "https://bl.test/11.22.33.44", Links: []string{"https://bl.test/why?11.22.33.44"},
				Steps: steps, URL: "https://bl.test/remove?ip=11.22.33.44",
				Include: []string{"11.22.33.44", "which sender was stopped, and when", "that the address is static, and its host name"},
			},
		}},
		Findings: mailworthy.Findings{{
			Code: dnsbl.CodeListed, Severity: mailworthy.Error, Subject: "11.22.33.44", Ref: "RFC 5782 section 6",
			Message:  "List bl.test has 11.22.33.44 listed: a source of spam; a range of end users.",
			Remedy:   strings.Join(steps, " "),
			Evidence: []string{"44.33.22.11.bl.test A 127.0.0.2, 127.0.0.10", `44.33.22.11.bl.test TXT "Spam, see https://bl.test/why?11.22.33.44.  again"`},
		}},
	}, res)
}

// TestSeverity is by what receivers make of a list.
func TestSeverity(t *testing.T) {
	for weight, want := range map[dnsbl.Weight]mailworthy.Severity{
		dnsbl.Critical: mailworthy.Error, dnsbl.High: mailworthy.Error, dnsbl.Medium: mailworthy.Warning,
		dnsbl.Low: mailworthy.Warning, "": mailworthy.Warning, dnsbl.Slight: mailworthy.Info,
	} {
		for code, answer := range map[mailworthy.Code]string{dnsbl.CodeListed: "127.0.0.2", dnsbl.CodePolicy: "127.0.0.10"} {
			l := testList("bl.test")
			l.Weight = weight
			res := check(t, working("bl.test")+"44.33.22.11.bl.test A "+answer, dnsbl.Request{Target: victim, Lists: []dnsbl.List{l}})
			require.Len(t, res.Findings, 1)
			require.Equal(t, code, res.Findings[0].Code)
			require.Equal(t, want, res.Findings[0].Severity, "%q", weight)
		}
	}
	// A code may weigh more than its list.
	l := testList("bl.test")
	l.Weight, l.Codes[0].Weight = dnsbl.Low, dnsbl.Critical
	res := check(t, working("bl.test")+"44.33.22.11.bl.test A 127.0.0.2", dnsbl.Request{Target: victim, Lists: []dnsbl.List{l}})
	require.Equal(t, dnsbl.Critical, res.Lists[0].Weight)
}

// TestHostileText is what a list may publish about an entry.
func TestHostileText(t *testing.T) {
	texts := []resolver.Text{
		{"\x1b[31mred\x00\x9b", "\xff\xfe"},
		{strings.Repeat("x", 255), strings.Repeat("y", 255), strings.Repeat("z", 255)},
		{""},
		{"   "},
		{"see https:// http://bl.test/<b> (https://a.test/x) \"http://b.test\" HTTP://c.test http://bl.test/"},
	}
	for i := range 30 {
		texts = append(texts, resolver.Text{fmt.Sprintf("text %d https://d%d.test", i, i)})
	}
	zone := resolver.MustZone(working("bl.test") + "44.33.22.11.bl.test A 127.0.0.2")
	q := resolver.Q("44.33.22.11.bl.test", resolver.TypeTXT)
	res, missing := dnsbl.Evaluate(dnsbl.Request{Target: victim, Lists: []dnsbl.List{testList("bl.test")}}, overlay{zone, q, resolver.Answer{Status: resolver.Success, TXT: texts}})
	require.Empty(t, missing)
	sound(t, res)
	l := res.Lists[0]
	require.Len(t, l.Text, 8)
	require.Equal(t, `\027[31mred\000\155\255\254`, l.Text[0])
	require.Equal(t, strings.Repeat("x", 255)+strings.Repeat("y", 255)+"zz...", l.Text[1])
	require.Equal(t, []string{"http://bl.test/", "https://a.test/x", "http://b.test", "https://d0.test"}, l.Advice.Links)
}

// TestNoReason keeps a listing whose text cannot be found out.
func TestNoReason(t *testing.T) {
	for _, status := range []string{"!servfail", "!refused", "!timeout", "!nodata", "!garbage"} {
		res := check(t, working("bl.test")+"44.33.22.11.bl.test A 127.0.0.2\n44.33.22.11.bl.test TXT "+status, dnsbl.Request{Target: victim, Lists: []dnsbl.List{testList("bl.test")}})
		require.Equal(t, dnsbl.Listed, res.Status, status)
		require.Empty(t, res.Lists[0].Text)
	}
}

// TestManyCodes bounds what is looked at.
func TestManyCodes(t *testing.T) {
	a := resolver.Answer{Status: resolver.Success}
	for i := range 5000 {
		a.Addrs = append(a.Addrs, netip.AddrFrom4([4]byte{127, 0, byte(i >> 8), byte(i)}))
	}
	q := resolver.Q("44.33.22.11.bl.test", resolver.TypeA)
	res, _ := dnsbl.Evaluate(dnsbl.Request{Target: victim, Lists: []dnsbl.List{testList("bl.test")}}, overlay{resolver.MustZone(working("bl.test")), q, a})
	require.LessOrEqual(t, len(res.Lists[0].Entries), 32)
}

// TestCarelessResolver breaks the promises of a Resolver.
func TestCarelessResolver(t *testing.T) {
	q := resolver.Q("44.33.22.11.bl.test", resolver.TypeA)
	for name, a := range map[string]resolver.Answer{
		"success without records": {Status: resolver.Success},
		"no status":               {},
		"another status":          {Status: "fine"},
		"not an address":          {Status: resolver.Success, Addrs: []netip.Addr{{}}},
		"IPv6":                    {Status: resolver.Success, Addrs: []netip.Addr{netip.MustParseAddr("::2")}},
	} {
		t.Run(name, func(t *testing.T) {
			res, _ := dnsbl.Evaluate(dnsbl.Request{Target: victim, Lists: []dnsbl.List{testList("bl.test")}}, overlay{resolver.MustZone(working("bl.test")), q, a})
			require.Equal(t, dnsbl.Unknown, res.Status)
			require.Contains(t, []dnsbl.Status{dnsbl.Unknown, dnsbl.Error}, res.Lists[0].Status)
		})
	}
}

// TestAdvice is for entries alone, in order, and ends with how the entry ends.
func TestAdvice(t *testing.T) {
	spamcop := must(dnsbl.Find("bl.spamcop.net"))[0]
	res := check(t, working(spamcop.Zone)+"44.33.22.11.bl.spamcop.net A 127.0.0.2", dnsbl.Request{Target: victim, Lists: []dnsbl.List{spamcop}})
	a := res.Lists[0].Advice
	require.Empty(t, a.URL, "nobody removes on request")
	require.Empty(t, a.Include)
	require.Equal(t, "Entries end a day after the last report.", a.Expires)
	require.Contains(t, a.Steps[0], "Stop the campaign")
	require.Equal(t, "Without a request: "+a.Expires, a.Steps[len(a.Steps)-1])

	zen := must(dnsbl.Find("zen.spamhaus.org"))[0]
	res = check(t, working(zen.Zone)+"44.33.22.11.zen.spamhaus.org A 127.0.0.10", dnsbl.Request{Target: victim, Lists: []dnsbl.List{zen}})
	require.Equal(t, dnsbl.Policy, res.Lists[0].Status)
	require.Equal(t, mailworthy.Error, res.Findings[0].Severity, "a mail server on it is refused")
	require.Contains(t, res.Lists[0].Advice.Steps[1], "smart host")
	require.Equal(t, "https://check.spamhaus.org/results/?query=11.22.33.44", res.Lists[0].Advice.URL)

	uce := must(dnsbl.Find("dnsbl-3.uceprotect.net"))[0]
	res = check(t, working(uce.Zone)+"44.33.22.11.dnsbl-3.uceprotect.net A 127.0.0.2", dnsbl.Request{Target: victim, Lists: []dnsbl.List{uce}})
	require.Equal(t, dnsbl.Noted, res.Status, "a whole provider is no listing")
	require.Equal(t, mailworthy.Info, res.Findings.Worst())
	require.Equal(t, dnsbl.ScopeASN, res.Lists[0].Entries[0].Scope)
	require.Contains(t, res.Findings[0].Message, "for all of its provider")
}

// TestOwnList uses a list with the least that one needs.
func TestOwnList(t *testing.T) {
	own := dnsbl.List{Zone: "bl.own.test", Name: "Ours", Kinds: []dnsbl.Kind{dnsbl.IPv4}, Codes: []dnsbl.Code{{Match: "127.0.0.2", Class: dnsbl.ClassListed}}}
	res := check(t, working("bl.own.test")+"44.33.22.11.bl.own.test A 127.0.0.2", dnsbl.Request{Target: victim, Lists: append(dnsbl.Default(), own)})
	require.Equal(t, dnsbl.Listed, res.Status)
	require.Contains(t, res.Findings[len(res.Findings)-1].Message, "Ours has 11.22.33.44 listed")
}

// TestWrongKind is a request none of whose lists can answer.
func TestWrongKind(t *testing.T) {
	res := check(t, "", dnsbl.Request{Target: victim, Lists: []dnsbl.List{bitList("d.test")}})
	require.Equal(t, dnsbl.NotApplicable, res.Status)
	require.True(t, res.Findings.Has(dnsbl.CodeNotApplicable))
	res = check(t, "", dnsbl.Request{Target: victim, Lists: []dnsbl.List{}})
	require.Equal(t, dnsbl.NotApplicable, res.Status)
}

// TestLongName is a host whose name leaves no room for the zone.
func TestLongName(t *testing.T) {
	long := strings.Repeat("a", 63)
	l := hostFirst(bitList("d." + long + ".test"))[0]
	domain := long + "." + long + "." + long + ".example.org"
	res := check(t, "test.d."+long+".test A 127.0.0.2", dnsbl.Request{Target: dnsbl.Target{Domain: domain}, Lists: []dnsbl.List{l}})
	require.Equal(t, dnsbl.NotListed, res.Lists[0].Status, "the registrable domain fits")
	require.Len(t, res.Lists[0].Queries, 1)
	domain = long + "." + long + "." + long + ".kawasaki.jp" // of which the whole is registrable, but for two labels
	l.Zone = "d." + long + "." + long + ".test"
	res = check(t, "", dnsbl.Request{Target: dnsbl.Target{Domain: domain}, Lists: []dnsbl.List{l}})
	require.Equal(t, dnsbl.ReasonName, res.Lists[0].Reason)
	require.True(t, res.Findings.Has(dnsbl.CodeLongName))
}

func TestWeightCompare(t *testing.T) {
	for i, w := range []dnsbl.Weight{"", dnsbl.Slight, dnsbl.Low, dnsbl.Medium, dnsbl.High, dnsbl.Critical} {
		for j, other := range []dnsbl.Weight{"", dnsbl.Slight, dnsbl.Low, dnsbl.Medium, dnsbl.High, dnsbl.Critical} {
			require.Equal(t, i-j, w.Compare(other))
		}
	}
}
