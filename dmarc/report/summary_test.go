package report_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dmarc/report"
)

// add adds all reports of an input.
func add(t *testing.T, s *report.Summary, in string) {
	t.Helper()
	for rep, err := range report.Parse(strings.NewReader(in), report.Options{}) {
		require.NoError(t, err)
		require.NoError(t, s.Add(rep))
	}
}

// classify knows 192.0.2.0/24 as own, and 198.51.100.0/24 as a vendor's.
func classify(_ string, ip netip.Addr) report.Origin {
	switch {
	case netip.MustParsePrefix("192.0.2.0/24").Contains(ip):
		return report.Origin{Class: report.Own}
	case netip.MustParsePrefix("198.51.100.0/24").Contains(ip):
		return report.Origin{Class: report.Vendor, Name: "Mailer"}
	}
	return report.Origin{}
}

func TestSummary(t *testing.T) {
	s := report.Summary{Classify: classify}
	add(t, &s, doc)
	add(t, &s, doc)
	begin, end := time.Date(2025, 11, 20, 0, 0, 0, 0, time.UTC), time.Date(2025, 11, 20, 23, 59, 59, 0, time.UTC)
	counts := report.Counts{Messages: 12, Pass: 12, DKIMAligned: 12, NoAction: 12}
	require.EqualValues(t, 1, s.Reports)
	require.EqualValues(t, 1, s.Duplicates)
	require.Equal(t, map[string]*report.Reporter{"receiver.example": {Reports: 1, Counts: counts}}, s.Reporters)
	require.Equal(t, map[string]*report.Domain{"example.org": {
		Counts: counts, Own: counts, Reports: 1, First: begin, Last: end,
		Policy:     report.Policy{Domain: "example.org", ADKIM: "r", ASPF: "r", P: report.None, SP: report.Quarantine, Pct: "100", FO: "1"},
		PolicyAt:   begin,
		Policies:   report.Tally{"p=none; sp=quarantine; adkim=r; aspf=r; pct=100; fo=1": 12},
		Days:       report.Tally{"2025-11-20": 12},
		Reporters:  report.Tally{"receiver.example": 12},
		HeaderFrom: report.Tally{"example.org": 12},
		Overrides:  report.Tally{"forwarded": 12},
		Sources: map[netip.Addr]*report.Source{netip.MustParseAddr("192.0.2.1"): {
			Origin: report.Origin{Class: report.Own}, Counts: counts, First: begin, Last: end,
			HeaderFrom: report.Tally{"example.org": 12}, EnvelopeFrom: report.Tally{"bounce.vendor.example": 12},
			DKIM: report.Tally{"s1._domainkey.example.org": 12}, DKIMFailed: report.Tally{"vendor.example": 12},
			SPF: report.Tally{"bounce.vendor.example": 12}, Overrides: report.Tally{"forwarded": 12},
		}},
	}}, s.Domains)
}

// TestBrokenReportsAreNotAdded, so that they can be when they come again.
func TestBrokenReportsAreNotAdded(t *testing.T) {
	var s report.Summary
	for rep, err := range report.Parse(strings.NewReader(head+row+row[:50]), report.Options{}) {
		require.NoError(t, err)
		require.ErrorIs(t, s.Add(rep), report.ErrTruncated)
	}
	require.Equal(t, report.Summary{}, s)
	add(t, &s, doc)
	require.EqualValues(t, 1, s.Reports)
}

// TestAddRows sums up rows that someone else looks at as well.
func TestAddRows(t *testing.T) {
	var direct, passed, stored report.Summary
	add(t, &direct, doc)
	for rep, err := range report.Parse(strings.NewReader(doc), report.Options{}) {
		require.NoError(t, err)
		var rows []report.Row
		require.NoError(t, passed.AddRows(rep, func(yield func(report.Row, error) bool) {
			for row, err := range rep.Rows() {
				rows = append(rows, row)
				if !yield(row, err) {
					return
				}
			}
		}))
		require.Equal(t, []report.Row{wantRow()}, rows)
		require.ErrorIs(t, stored.Add(rep), report.ErrRowsRead)
		require.NoError(t, stored.AddRows(rep, func(yield func(report.Row, error) bool) { yield(rows[0], nil) }))
	}
	require.Equal(t, direct, passed)
	require.Equal(t, direct, stored)
	require.ErrorIs(t, stored.Add(&report.Report{}), report.ErrRowsRead)
}

// TestDuplicates are told by the reporter, the identifier, the domain and the period.
func TestDuplicates(t *testing.T) {
	var s report.Summary
	for _, in := range []string{
		doc,
		edited("17001", "17002"),
		edited("<org_name>receiver.example", "<org_name>other.example"),
		edited("<domain>example.org</domain>\n    <adkim", "<domain>example.net</domain><adkim"),
		edited("1763596800", "1763596801"),
	} {
		add(t, &s, in)
	}
	require.EqualValues(t, 5, s.Reports)
	require.Zero(t, s.Duplicates)
	add(t, &s, edited("17001", "&lt;17001&gt;", "<org_name>receiver", "<org_name>Receiver", "<count>12", "<count>99"))
	require.EqualValues(t, 5, s.Reports)
	require.EqualValues(t, 1, s.Duplicates)
	// The head may come last.
	late := "<feedback>" + row + since(head, "  <report_metadata") + tail
	add(t, &s, late)
	require.EqualValues(t, 5, s.Reports)
	require.EqualValues(t, 2, s.Duplicates)
}

// world makes a random report.
func world(rnd *rand.Rand, id int) string {
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	var b strings.Builder
	fmt.Fprintf(&b, "<feedback><report_metadata><org_name>%s</org_name><report_id>%d</report_id><date_range><begin>%d</begin><end>%d</end></date_range></report_metadata>",
		pick("a.example", "b.example"), id, 1763596800+86400*rnd.IntN(5), 1764200000+rnd.IntN(5))
	fmt.Fprintf(&b, "<policy_published><domain>%s</domain><p>%s</p></policy_published>", pick("example.org", "example.net"), pick("none", "reject"))
	for range rnd.IntN(8) {
		fmt.Fprintf(&b, "<record><row><source_ip>%s%d</source_ip><count>%s</count><policy_evaluated><disposition>%s</disposition><dkim>%s</dkim><spf>%s</spf>",
			pick("192.0.2.", "198.51.100.", "2001:db8::"), rnd.IntN(3), pick("1", "5", "18446744073709551615"), pick("none", "reject", "quarantine", "odd"), pick("pass", "fail", "x"), pick("pass", "fail"))
		if rnd.IntN(3) == 0 {
			fmt.Fprintf(&b, "<reason><type>%s</type></reason>", pick("forwarded", "other"))
		}
		fmt.Fprintf(&b, "</policy_evaluated></row><identifiers><header_from>%s</header_from></identifiers><auth_results>", pick("example.org", "a.example.org"))
		for range rnd.IntN(3) {
			fmt.Fprintf(&b, "<dkim><domain>%s</domain><selector>%s</selector><result>%s</result></dkim>", pick("example.org", "v.example"), pick("s1", "s2"), pick("pass", "fail"))
		}
		fmt.Fprintf(&b, "<spf><domain>%s</domain><result>%s</result></spf></auth_results></record>", pick("example.org", "v.example"), pick("pass", "softfail"))
	}
	return b.String() + "</feedback>"
}

func marshal(t *testing.T, s any) string {
	t.Helper()
	text, err := json.Marshal(s)
	require.NoError(t, err)
	return string(text)
}

// TestMergeInAnyOrder divides random reports among summaries that are merged in random
// order, through JSON at times, and always gets what one summary gets.
func TestMergeInAnyOrder(t *testing.T) {
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var reports []string
		for id := range 2 + rnd.IntN(8) {
			reports = append(reports, world(rnd, id))
		}
		want := report.Summary{Classify: classify}
		for _, r := range reports {
			add(t, &want, r)
		}
		parts := make([]*report.Summary, 3)
		for i := range parts {
			parts[i] = &report.Summary{Classify: classify}
		}
		rnd.Shuffle(len(reports), func(i, j int) { reports[i], reports[j] = reports[j], reports[i] })
		for _, r := range reports {
			add(t, parts[rnd.IntN(len(parts))], r)
		}
		got := &report.Summary{}
		for _, i := range rnd.Perm(len(parts)) {
			before := marshal(t, parts[i])
			var stored report.Summary
			require.NoError(t, json.Unmarshal([]byte(before), &stored))
			got.Merge(&stored)
			require.Equal(t, before, marshal(t, parts[i]), "not changed")
		}
		got.Merge(nil)
		require.JSONEq(t, marshal(t, want), marshal(t, got), "seed %d", seed)
		require.Equal(t, report.Evaluate(report.Request{}, &want), report.Evaluate(report.Request{}, got))
		for _, d := range report.Evaluate(report.Request{Volume: 1}, got).Domains {
			sound(t, d.Findings)
		}
	}
}

// TestTotalsAreRightAboveTheCaps fills a summary with more of everything than it holds.
func TestTotalsAreRightAboveTheCaps(t *testing.T) {
	caps := report.Caps{Domains: 3, Sources: 8, Networks: 4, Names: 2, Reporters: 2, Reports: 8}
	s := report.Summary{Caps: caps, Classify: classify}
	messages := uint64(0)
	for i := range 40 {
		in := strings.Replace(head, "<domain>example.org", fmt.Sprintf("<domain>d%d.example", i%5), 1)
		in = strings.ReplaceAll(strings.ReplaceAll(in, "17001", fmt.Sprint(i)), "<org_name>", fmt.Sprintf("<org_name>r%d.", i%4))
		for j := range 5 {
			in += strings.NewReplacer("192.0.2.1", fmt.Sprintf("203.%d.%d.1", i, j), "<header_from>", fmt.Sprintf("<header_from>h%d.", i*j)).Replace(row)
			messages += 12
		}
		in += strings.NewReplacer("192.0.2.1", fmt.Sprintf("192.0.2.%d", i%3)).Replace(row) + tail
		messages += 12
		add(t, &s, in)
	}
	add(t, &s, edited("192.0.2.1", "x"))
	messages += 12
	require.LessOrEqual(t, len(s.Domains), 4)
	require.LessOrEqual(t, len(s.Reporters), 3)
	require.LessOrEqual(t, len(s.Seen), 8)
	sources, networks, total, byDomain, byClass, bySource := 0, 0, uint64(0), uint64(0), uint64(0), uint64(0)
	for _, r := range s.Reporters {
		total += r.Messages
	}
	for _, d := range s.Domains {
		sources += len(d.Sources)
		networks += len(d.Networks)
		byDomain += d.Messages
		byClass += d.Own.Messages + d.Vendor.Messages + d.Unknown.Messages
		require.LessOrEqual(t, len(d.HeaderFrom), 17)
		named := uint64(0)
		for _, n := range d.HeaderFrom {
			named += n
		}
		require.Equal(t, d.Messages, named)
		for _, source := range d.Sources {
			bySource += source.Messages
			require.LessOrEqual(t, len(source.HeaderFrom), 3)
		}
		for _, source := range d.Networks {
			bySource += source.Messages
		}
		if d.Others != nil {
			bySource += d.Others.Messages
		}
	}
	require.Equal(t, 8, sources)
	require.Equal(t, 4, networks)
	for _, sum := range []uint64{total, byDomain, byClass, bySource} {
		require.Equal(t, messages, sum)
	}
	require.Contains(t, s.Domains, report.Rest)
	require.Contains(t, s.Reporters, report.Rest)
	require.NotNil(t, s.Domains["d0.example"].Sources[netip.MustParseAddr("192.0.2.0")], "own sources have a place")
	var codes []mailworthy.Code
	for _, d := range report.Evaluate(report.Request{}, &s).Domains {
		for _, f := range d.Findings {
			codes = append(codes, f.Code)
		}
	}
	require.Contains(t, codes, report.CodeCrowded)
}

func TestCountsDoNotOverflow(t *testing.T) {
	huge := edited("<count>12", "<count>18446744073709551615")
	s := report.Summary{}
	add(t, &s, huge)
	add(t, &s, strings.ReplaceAll(huge, "17001", "17002"))
	require.Equal(t, report.Counts{Messages: 1<<64 - 1, Pass: 1<<64 - 1, DKIMAligned: 1<<64 - 1, NoAction: 1<<64 - 1}, s.Domains["example.org"].Counts)
	require.Zero(t, s.Domains["example.org"].Undecided())
}

// from is a row of a source, with what DMARC, SPF and DKIM say.
func from(ip, count, dkim, spf, dkimDomain, dkimResult, spfDomain, spfResult string) string {
	return strings.NewReplacer("192.0.2.1", ip, "<count>12", "<count>"+count, "<dkim>pass", "<dkim>"+dkim, "<spf>fail", "<spf>"+spf,
		"<dkim><domain>example.org</domain><selector>s1</selector><result>pass</result></dkim>",
		"<dkim><domain>"+dkimDomain+"</domain><selector>s1</selector><result>"+dkimResult+"</result></dkim>",
		"<dkim><domain>vendor.example</domain><result>fail</result><human_result>body hash</human_result></dkim>", "",
		"<spf><domain>bounce.vendor.example</domain><scope>mfrom</scope><result>pass", "<spf><domain>"+spfDomain+"</domain><scope>mfrom</scope><result>"+spfResult,
		"<reason><type>forwarded</type><comment>looks &amp; feels like it</comment></reason>", "").Replace(row)
}

func TestEvaluate(t *testing.T) {
	good := from("192.0.2.1", "12", "pass", "pass", "example.org", "pass", "example.org", "pass")
	for _, tt := range []struct {
		name, rows string
		want       []mailworthy.Code
		remedy     string // of the first
	}{
		{name: "all is well", rows: good},
		{name: "own source fails, SPF of another domain", rows: from("192.0.2.1", "12", "fail", "fail", "", "none", "host.example", "pass"), want: []mailworthy.Code{report.CodeOwnFails}, remedy: "Mend its signatures"},
		{name: "vendor signs with its own domain", rows: from("198.51.100.1", "12", "fail", "fail", "mailer.example", "pass", "mailer.example", "pass"), want: []mailworthy.Code{report.CodeVendorFails, report.CodeUnalignedDKIM}, remedy: "sign with d=example.org instead of mailer.example"},
		{name: "own source without a signature", rows: from("192.0.2.1", "12", "fail", "pass", "example.org", "fail", "example.org", "pass"), want: []mailworthy.Code{report.CodeSPFOnly}, remedy: "sign with d=example.org"},
		{name: "own source without SPF", rows: from("192.0.2.1", "12", "pass", "fail", "example.org", "pass", "host.example", "fail"), want: []mailworthy.Code{report.CodeDKIMOnly}, remedy: "return path in example.org"},
		{name: "vendor without SPF", rows: from("198.51.100.1", "12", "pass", "fail", "example.org", "pass", "mailer.example", "pass"), want: []mailworthy.Code{report.CodeDKIMOnly}},
		{name: "forwarder", rows: from("203.0.113.1", "12", "pass", "fail", "example.org", "pass", "forwarder.example", "pass"), want: []mailworthy.Code{report.CodeForwarded}},
		{name: "few from an unknown source", rows: from("203.0.113.1", "99", "fail", "fail", "", "none", "x.example", "fail")},
		{name: "much from an unknown source", rows: from("203.0.113.1", "100", "fail", "fail", "", "none", "x.example", "fail"), want: []mailworthy.Code{report.CodeUnknownFails}},
		{name: "perhaps a vendor", rows: from("203.0.113.1", "100", "fail", "fail", "x.example", "pass", "x.example", "pass"), want: []mailworthy.Code{report.CodeUnknownFails, report.CodeUnalignedDKIM}},
		{name: "undecided", rows: from("192.0.2.1", "12", "", "fail", "", "none", "x.example", "fail"), want: []mailworthy.Code{report.CodeUndecided}},
		{name: "overridden", rows: row, want: []mailworthy.Code{report.CodeDKIMOnly, report.CodeOverridden}},
		{name: "from no address", rows: from("x", "12", "pass", "pass", "example.org", "pass", "example.org", "pass"), want: []mailworthy.Code{report.CodeCrowded}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := report.Summary{Classify: classify}
			add(t, &s, head+tt.rows+tail)
			res := report.Evaluate(report.Request{Domains: []string{"Example.ORG."}}, &s)
			require.Len(t, res.Domains, 1)
			require.Equal(t, tt.want, codes(res.Domains[0].Findings))
			sound(t, res.Domains[0].Findings)
			if tt.remedy != "" {
				require.Contains(t, res.Domains[0].Findings[0].Remedy, tt.remedy)
			}
		})
	}
}

func TestEvaluateNumbers(t *testing.T) {
	s := report.Summary{Classify: classify}
	add(t, &s, head+from("192.0.2.1", "100", "pass", "pass", "example.org", "pass", "example.org", "pass")+
		from("192.0.2.2", "1", "fail", "fail", "", "none", "x", "fail")+
		from("198.51.100.2", "2", "fail", "fail", "", "none", "x", "fail")+
		from("203.0.113.2", "4", "fail", "fail", "", "none", "x", "fail")+
		from("203.0.113.3", "8", "x", "fail", "", "none", "x", "fail")+tail)
	add(t, &s, strings.NewReplacer("1763596800", "1763683200", "1763683199", "1763769599", "<p>none", "<p>reject").Replace(doc))
	res := report.Evaluate(report.Request{}, &s)
	require.Equal(t, report.Numbers{
		Messages: 127, Pass: 112, FailOwn: 1, FailVendor: 2, FailUnknown: 4, Undecided: 8, Days: 2, Reports: 2, Reporters: 1,
		First: time.Date(2025, 11, 20, 0, 0, 0, 0, time.UTC), Last: time.Date(2025, 11, 21, 23, 59, 59, 0, time.UTC),
	}, res.Domains[0].Numbers)
	require.Contains(t, codes(res.Domains[0].Findings), report.CodePolicyVaries)
	require.Equal(t, report.Reject, s.Domains["example.org"].Policy.P, "that of the latest period")
}

func TestEvaluateForeign(t *testing.T) {
	s := report.Summary{}
	add(t, &s, doc)
	res := report.Evaluate(report.Request{Domains: []string{"example.net"}}, &s)
	require.Empty(t, res.Domains)
	require.Equal(t, []mailworthy.Code{report.CodeForeignDomain}, codes(res.Findings))
	sound(t, res.Findings)
	require.JSONEq(t, `{"domains":[],"findings":[]}`, marshal(t, report.Evaluate(report.Request{}, nil)))
}
