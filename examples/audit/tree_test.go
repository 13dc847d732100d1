package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// treeOf prints the tree of a.example, without header, margin and needless blanks.
func treeOf(t *testing.T, zone string) []string {
	t.Helper()
	rep, err := spf.Checker{Resolver: resolver.MustZone(zone)}.CheckDomain(t.Context(), "a.example")
	require.NoError(t, err)
	b := page{width: defaultWidth}
	printTree(&b, rep)
	var out []string
	for line := range strings.Lines(b.String()) {
		out = append(out, strings.Join(strings.Fields(line), " "))
	}
	return out[1:]
}

func TestTreeMarks(t *testing.T) {
	for _, tt := range []struct {
		name, zone string
		want       string
	}{
		{name: "dead term", zone: `a.example TXT "v=spf1 -all ip4:192.88.99.1"`, want: "└─ ip4:192.88.99.1 never evaluated"},
		{
			name: "below a dead term", want: "└─ mx VOID: nodata",
			zone: "a.example TXT \"v=spf1 -all include:b.example\"\nb.example TXT \"v=spf1 mx -all\"",
		},
		{name: "loop", zone: `a.example TXT "v=spf1 include:a.example -all"`, want: "├─ include:a.example LOOP 1"},
		{name: "no record", zone: `a.example TXT "v=spf1 include:b.example -all"`, want: "├─ include:b.example NO RECORD: nxdomain 1"},
		{name: "failure of an include", zone: "a.example TXT \"v=spf1 include:b.example -all\"\nb.example TXT !servfail", want: "├─ include:b.example DNS FAILED: servfail 1"},
		{name: "void a", zone: `a.example TXT "v=spf1 a -all"`, want: "├─ a VOID: no address 1"},
		{name: "failed a", zone: "a.example TXT \"v=spf1 a -all\"\na.example A !timeout", want: "├─ a DNS FAILED: timeout for a.example 1"},
		{name: "void mx", zone: `a.example TXT "v=spf1 mx -all"`, want: "├─ mx VOID: nodata 1"},
		{name: "failed mx", zone: "a.example TXT \"v=spf1 mx -all\"\na.example MX !refused", want: "├─ mx DNS FAILED: refused 1"},
		{name: "null mx", zone: "a.example 60 TXT \"v=spf1 mx -all\"\na.example 60 MX 0 .", want: "├─ mx VOID: receives no mail 1 1 min"},
		{name: "void exists", zone: `a.example TXT "v=spf1 exists:b.example -all"`, want: "├─ exists:b.example VOID: nxdomain 1"},
		{name: "exists", zone: "a.example TXT \"v=spf1 exists:b.example -all\"\nb.example 7200 A 192.88.99.1", want: "├─ exists:b.example exists, so EVERYBODY may send 1 2 h"},
		{name: "macro", zone: `a.example TXT "v=spf1 include:%{i}.b.example -all"`, want: "├─ include:%{i}.b.example decides for each message 1"},
		{name: "ptr", zone: `a.example TXT "v=spf1 ptr -all"`, want: "├─ ptr by the client's reverse DNS 1"},
		{name: "everybody", zone: `a.example TXT "v=spf1 +all"`, want: "└─ +all EVERYBODY may send"},
		{name: "all in an include", zone: "a.example TXT \"v=spf1 include:b.example\"\nb.example 0 TXT \"v=spf1 ip4:192.88.99.1 -all\"", want: "└─ ip4:192.88.99.1"},
		{name: "everybody in an include", zone: "a.example TXT \"v=spf1 include:b.example\"\nb.example TXT \"v=spf1 all\"", want: "└─ all EVERYBODY may send"},
		{name: "behind a redirect", zone: "a.example TXT \"v=spf1 redirect=b.example\"\nb.example TXT \"v=spf1 ?all\"", want: "└─ ?all all others: neutral"},
		{name: "malformed in between", zone: `a.example TXT "v=spf1 a  ip:1 mx -all"`, want: "├─ ip:1 malformed"},
		{name: "unknown modifier", zone: `a.example TXT "v=spf1 a=b -all"`, want: "├─ a=b ignored by receivers"},
		{name: "the whole of IPv4", zone: `a.example TXT "v=spf1 ip4:0.0.0.0/0 -all"`, want: "├─ ip4:0.0.0.0/0 the whole of IPv4"},
		{name: "several records", zone: "a.example 172800 TXT \"v=spf1 -all\"\na.example 172800 TXT \"v=spf1 ~all\"", want: "a.example SEVERAL RECORDS: this is the first 2 d"},
		{
			name: "many networks", want: "├─ ip4:192.88.99.0/30 and 4 more networks 7 addresses",
			zone: `a.example TXT "v=spf1 ip4:192.88.99.0/30 ip4:192.88.99.5 ip4:192.88.99.6 ip6:2a00::/20 ip4:192.88.99.7 -all"`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) { require.Contains(t, treeOf(t, tt.zone), tt.want) })
	}
}

// TestTreeLongTerm has terms that leave no place for notes, or do not fit at all.
func TestTreeLongTerm(t *testing.T) {
	label := strings.Repeat("x", 52)
	rows := treeOf(t, `a.example TXT "v=spf1 a:`+label+`.example exists:`+label+`.`+label+`.example exp=`+label+`.aaaa -all"`)
	joined := strings.Join(rows, "\n")
	require.Contains(t, joined, "├─ a:"+label[:26])
	require.Contains(t, joined, "\n│ VOID: no address\n")
	require.Contains(t, joined, "├─ exp="+label+".aaaa\n└─")
	require.Contains(t, joined, "├─ exists:"+label[:22]+"..."+label[:21]+".example 1\n│ VOID: nxdomain\n")
}

// TestTreeLimit finds the term at which receivers stop.
func TestTreeLimit(t *testing.T) {
	const eight = "exists:1.b.example exists:2.b.example exists:3.b.example exists:4.b.example exists:5.b.example exists:6.b.example exists:7.b.example exists:8.b.example"
	rows := strings.Join(treeOf(t, `
		a.example TXT "v=spf1 `+eight+` include:c.example a mx -all"
		*.b.example MX 0 .
		c.example TXT "v=spf1 exists:9.b.example exists:10.b.example exists:11.b.example -all"
	`), "\n")
	require.Contains(t, rows, "exists:9.b.example VOID: nodata 1\n")
	require.Contains(t, rows, "exists:10.b.example OVER LIMIT, VOID: nodata 1\n")
	require.Contains(t, rows, "exists:11.b.example not reached, VOID: nodata 1\n")
	require.Contains(t, rows, "include:c.example 4 (1+3) 5 min\n")
	require.Contains(t, rows, "├─ a not reached, VOID: no address 1\n")
	require.Contains(t, rows, "in all 14 of 10, 13 of 2 void")
}

func TestCarets(t *testing.T) {
	finding := func(record string, span mailworthy.Span) string {
		b := page{width: defaultWidth}
		printFinding(&b, 1, mailworthy.Finding{
			Subject: "a.example", Span: span,
			Evidence: []string{`b.example has "x"`, `a.example TXT "` + escape(record) + `"`},
		}, map[string]int{})
		_, out, _ := strings.Cut(b.String(), "has \"x\"\n")
		out, _, _ = strings.Cut(out, margin+"source:")
		return out
	}
	long := "v=spf1" + strings.Repeat(" include:very-long-name.example", 20) + " ptr" + strings.Repeat(" include:very-long-name.example", 20)
	for _, tt := range []struct {
		name, record string
		span         mailworthy.Span
		want         string
	}{
		{name: "none", record: "v=spf1 ptr", want: "a.example TXT \"v=spf1 ptr\"\n"},
		{name: "at the end", record: "v=spf1 ptr", span: mailworthy.Span{Offset: 7, Length: 3}, want: "a.example TXT \"v=spf1 ptr\"\n                      ^^^\n"},
		{
			name: "behind escapes", record: "v=spf1 \x1b\\ ptr", span: mailworthy.Span{Offset: 10, Length: 3},
			want: "a.example TXT \"v=spf1 \\027\\\\ ptr\"\n                             ^^^\n",
		},
		{
			name: "of escapes", record: "v=spf1 \xff ptr", span: mailworthy.Span{Offset: 7, Length: 1},
			want: "a.example TXT \"v=spf1 \\255 ptr\"\n                      ^^^^\n",
		},
		{name: "beyond the record", record: "v=spf1", span: mailworthy.Span{Offset: 99, Length: 99}, want: "a.example TXT \"v=spf1\"\n"},
		{
			name: "in a long record", record: long, span: mailworthy.Span{Offset: strings.Index(long, "ptr"), Length: 3},
			want: "a.example TXT \"v=spf1 include:very-long-name.example\n...\n" +
				"include:very-long-name.example ptr include:very-long-name.example\n" +
				"                               ^^^\n...\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, strings.ReplaceAll(finding(tt.record, tt.span), "\n"+margin+"        ", "\n")[len(margin)+8:])
		})
	}
}

// TestCaretsOfTwo shows no place where it is not known in which record it is.
func TestCaretsOfTwo(t *testing.T) {
	b := page{width: defaultWidth}
	printFinding(&b, 1, mailworthy.Finding{
		Subject: "a.example", Span: mailworthy.Span{Offset: 7, Length: 3},
		Evidence: []string{`a.example TXT "v=spf1 ptr"`, `a.example TXT "v=spf1 -all"`},
	}, map[string]int{})
	require.NotContains(t, b.String(), "^")
}

// TestEvidenceOnce shows a long record once, and all else each time.
func TestEvidenceOnce(t *testing.T) {
	long := `a.example TXT "v=DMARC1; p=none; rua=mailto:` + strings.Repeat("x", defaultWidth) + `@a.example"`
	s := section{Check: "DMARC", Findings: mailworthy.Findings{
		{Subject: "a.example", Evidence: []string{long, `a.example TXT "short"`}},
		{Subject: "a.example", Evidence: []string{strings.Replace(long, "none", "reject", 1)}},
		{Subject: "b.example", Evidence: []string{long, `a.example TXT "short"`}},
		{Subject: "a.example", Evidence: []string{long}, Span: mailworthy.Span{Offset: 10, Length: 6}},
	}}
	b := page{width: defaultWidth}
	printSection(&b, s)
	require.Equal(t, 1, strings.Count(b.String(), "a.example TXT, as in 1.\n"))
	require.Equal(t, 1, strings.Count(b.String(), ", as in "))
	require.Equal(t, 2, strings.Count(b.String(), `a.example TXT "short"`))
	require.Equal(t, 1, strings.Count(b.String(), "^^^^^^"), "what is in one place is shown there")
}

func TestNumber(t *testing.T) {
	for want, n := range map[string]uint64{"0": 0, "999": 999, "1,000": 1000, "16,777,216": 1 << 24, "countless": 1<<64 - 1} {
		require.Equal(t, want, number(n))
	}
}
