package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/spf"
)

// requirePrintable fails when a text holds anything that a terminal might obey.
func requirePrintable(t *testing.T, text string) {
	t.Helper()
	require.True(t, utf8.ValidString(text), "broken UTF-8 in %q", text)
	for i, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			require.Fail(t, "unprintable", "%q at %d of %q", r, i, text)
		}
	}
}

// What strangers put into DNS to reach a terminal, or to break out of a picture.
const hostileZone = `
	evil.example   TXT "v=spf1 include:\027[2Jx.example \027]0;title\007 \194\1552J \226\128\174rtl \255\254 a\013b\010c\000 \127 \243\160\128\129 mx exists:%{i}.\034].example -all"
	evil.example   MX 10 \027[31m.example
	evil.example   TXT "spf1 \027[2J"
	quote.example  TXT "v=spf1 include:a\034];x->y;#end.example include:\092.example include:b<script>.example x=&quot;&amp;%%{init:{}}%%\034\096** a:c|d.example -all"
	quote.example  MX 10 a\034b.example
	a\034b.example A 192.88.99.1
	b<script>.example TXT "v=spf1 ip4:192.88.99.1 \009\011 -all"
	loop.example   TXT "v=spf1 include:loop.example redirect=loop.example"
	deep.example   TXT "v=spf1 redirect=loop.example"
	google._domainkey.evil.example  TXT "v=DKIM1; k=\027[2J; n=\007\194\1552J; p=QUJD"
	default._domainkey.evil.example TXT "v=DKIM1; p=\226\128\174 \027]0;title\007 \255\254"
	mail._domainkey.evil.example    TXT "\027[2J k=rsa"
	mail._domainkey.evil.example    TXT "v=DKIM1; p=QUJD\013"
	s1._domainkey.evil.example      CNAME \027[31m\007.sendgrid.net
	_adsp._domainkey.evil.example   TXT "dkim=\027[2J"
	_domainkey.evil.example         TXT "o=-; n=\027[2J"
	_dmarc.evil.example             TXT "v=DMARC1; p=\027[2J; sp=none; rua=mailto:a@b.example,mailto:\027]0;title\007@x.example,https://\226\128\174.example; \027[2J=\194\1552J"
	_dmarc.evil.example             TXT "V=dmarc1\007; p=none\027[2J"
	_dmarc.quote.example            TXT "v=DMARC1; p=none; rua=mailto:a@b.example"
	quote.example._report._dmarc.b.example TXT "v=DMARC1; rua=mailto:\027[2J@b.example,mailto:\034x@b.example"
	*._domainkey.quote.example      TXT "v=DKIM1; p=\034\009\027[2J"
`

func TestHostileRecords(t *testing.T) {
	file := zoneFile(t, hostileZone)
	for _, domain := range []string{"evil.example", "quote.example", "loop.example", "deep.example", "\x1b[2J.example", "b<script>.example", "\u202e.example", "x"} {
		for _, format := range []string{"-json=false", "-json", "-dot", "-mermaid"} {
			t.Run(domain+format, func(t *testing.T) {
				_, out, errs := runAudit(t, "-zone", file, format, domain)
				requirePrintable(t, out)
				requirePrintable(t, errs)
				require.NotEmpty(t, out)
			})
		}
	}
	_, out, _ := runAudit(t, "-zone", file, "evil.example")
	require.Contains(t, out, `\027]0;title\007`)
	require.Contains(t, out, "malformed\n")
	require.Contains(t, out, `dkim=\027[2J`)
	require.Contains(t, out, `\027[31m\007.sendgrid.net`)
	require.Contains(t, out, "[dmarc.near-miss]")
	require.Contains(t, out, "[dmarc.bad-value]")
	require.Contains(t, out, `evil.example. TXT "v=spf1 mx exists:%{i}.\"].example -all"`, "escaped once")
	require.NotContains(t, out, "[smtpprobe.bad-domain]", "it is the name of a host that is bad")
	_, out, _ = runAudit(t, "-zone", file, "-selector", "google,\x1b[2J,..,\u202e,a b", "evil.example")
	requirePrintable(t, out)
	require.Contains(t, out, `\027[2J`)

	var reports []report
	_, out, _ = runAudit(t, "-zone", file, "-json", "evil.example")
	require.NoError(t, json.Unmarshal([]byte(out), &reports))
	record := reports[0].Sections[0].SPF.Report.Tree.Record
	require.Contains(t, record, "\x1b]0;title\a \u009b2J \u202ertl")
	require.Contains(t, record, "\x7f \U000E0001 mx")
}

func TestHostilePictures(t *testing.T) {
	file := zoneFile(t, hostileZone)
	_, dot, _ := runAudit(t, "-zone", file, "-dot", "quote.example")
	for line := range strings.Lines(dot) {
		require.Zero(t, unescapedQuotes(line)%2, line)
		outside := outsideQuotes(line)
		require.NotContains(t, outside, "script")
		require.NotContains(t, outside, "y;")
	}
	require.Contains(t, dot, `&amp;quot;`, "no entity that Graphviz would read")
	require.Contains(t, dot, `"\\\\.example`, "a backslash for the name, in a label")

	_, mermaid, _ := runAudit(t, "-zone", file, "-mermaid", "quote.example")
	require.NotContains(t, mermaid, "<script")
	require.NotContains(t, mermaid, "%%")
	require.NotContains(t, mermaid, "`")
	for line := range strings.Lines(mermaid) {
		require.Contains(t, []int{0, 2}, strings.Count(line, `"`), line)
	}
}

func unescapedQuotes(line string) int {
	return strings.Count(strings.ReplaceAll(strings.ReplaceAll(line, `\\`, ""), `\"`, ""), `"`)
}

func outsideQuotes(line string) string {
	line = strings.ReplaceAll(strings.ReplaceAll(line, `\\`, ""), `\"`, "")
	var out strings.Builder
	for i, s := range strings.Split(line, `"`) {
		if i%2 == 0 {
			out.WriteString(s)
		}
	}
	return out.String()
}

// TestHostileSize shows that a huge policy stays within bounds.
func TestHostileSize(t *testing.T) {
	var zone strings.Builder
	for i := range 120 {
		fmt.Fprintf(&zone, "n%d.example TXT \"v=spf1", i)
		for j := range 12 {
			fmt.Fprintf(&zone, " include:n%d.example a:h%d.example", (i*7+j)%120, j)
		}
		fmt.Fprintf(&zone, " -all\"\n")
	}
	file := zoneFile(t, zone.String())
	_, out, _ := runAudit(t, "-zone", file, "n1.example")
	require.Contains(t, out, "... and more, which -json has")
	tree, _, _ := strings.Cut(out, "and more, which")
	require.Less(t, strings.Count(tree, "\n"), 3*maxRows)
	_, dot, _ := runAudit(t, "-zone", file, "-dot", "n1.example")
	require.Less(t, strings.Count(dot, "\n"), 3*maxRows)

	words := strings.Repeat("x y ", 500)
	rep := spf.Report{Tree: spf.Node{Record: "v=spf1 " + words, Terms: make([]spf.TermNode, 1)}}
	rep.Tree.Terms[0].Policy = &spf.Node{Record: rep.Tree.Record}
	require.Len(t, rowsOf(rep), maxRows+1)
}

func TestJSONIsASCII(t *testing.T) {
	const text = "a\u007f\u0085\u202e\u00e9\U0001F600"
	quoted, err := json.Marshal(text)
	require.NoError(t, err)
	var back string
	escaped := asciiJSON(string(quoted))
	require.NoError(t, json.Unmarshal([]byte(escaped), &back))
	require.Equal(t, text, back)
	for _, c := range []byte(escaped) {
		require.Less(t, c, byte(0x7f))
	}
}

func TestTerminal(t *testing.T) {
	require.Equal(t, "a\u00e9\n\u251c\\u001b\\u0085\\u202e\\255\uFFFD", terminal("a\u00e9\n\u251c\x1b\u0085\u202e\xff\uFFFD"))
}

func TestEscape(t *testing.T) {
	require.Equal(t, `a b\\\027\255\194\155~`, escape("a b\\\x1b\xff\u009b~"))
	r, err := spf.Parse("v=spf1 include:a\\b.example -all")
	require.NoError(t, err)
	require.Equal(t, `include:a\\b.example`, escape(r.Terms[0].Text))
}
