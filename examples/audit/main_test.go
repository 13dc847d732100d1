package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/resolver/resolvertest"
	"github.com/mailworthy/mailworthy/spf"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func runAudit(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	return code, out.String(), errs.String()
}

var update = flag.Bool("update", false, "write what the story prints to testdata")

// TestStory compares the whole output with what somebody has read and liked. After
// a change, run the test with -update, and read it again.
func TestStory(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
	}{
		{name: "story.txt"},
		{name: "story.dot", args: []string{"-dot"}},
		{name: "story.mmd", args: []string{"-mermaid"}},
		{name: "signed.txt", args: []string{"-zone", "story.zone", "-message", "testdata/signed.eml"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := runAudit(t, tt.args...)
			require.Zero(t, code)
			require.Empty(t, errs)
			file := filepath.Join("testdata", tt.name)
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(out), 0o600))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, strings.ReplaceAll(string(want), "\r\n", "\n"), out)
			if strings.HasSuffix(file, ".txt") {
				requireFits(t, out)
			}
		})
	}
}

// requireFits looks for lines that do not fit, but for records to be copied.
func requireFits(t *testing.T, out string) {
	t.Helper()
	for line := range strings.Lines(out) {
		// Records are left whole, to be copied.
		text := strings.TrimSpace(line)
		if name, record, ok := strings.Cut(text, `. IN TXT "v=`); ok && !strings.Contains(name, " ") && record != "" {
			continue
		}
		if !strings.HasPrefix(text, `"v=spf1 `) && !strings.HasPrefix(text, `"v=DMARC1; `) && !strings.HasPrefix(text, `shop.example. TXT "v=spf1 `) {
			require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), defaultWidth, "too long: %s", line)
		}
	}
}

func TestJSON(t *testing.T) {
	code, out, errs := runAudit(t, "-json")
	require.Zero(t, code)
	require.Empty(t, errs)
	var reports []report
	dec := json.NewDecoder(strings.NewReader(out))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&reports))
	require.Len(t, reports, 2)
	require.Equal(t, "shop.example", reports[0].Domain)
	spfSection := reports[0].Sections[0]
	require.Equal(t, "SPF", spfSection.Check)
	require.True(t, spfSection.Findings.Has(spf.CodeMultipleRecords))
	require.True(t, spfSection.Findings.Has(spf.CodeStrayBlank))
	require.True(t, spfSection.Findings.Has(codeMissingService))
	require.Equal(t, spf.PermError, spfSection.SPF.Report.Status)

	details := reports[1].Sections[0].SPF
	require.Equal(t, 12, details.Report.Lookups)
	require.Equal(t, "_spf.google.com", details.Report.Tree.Terms[2].Policy.Domain)
	require.Equal(t, "tickets", details.Senders[1].Name)
	require.Equal(t, spf.Pass, details.Senders[1].Status)
	require.Equal(t, "Zendesk", details.Senders[1].Vendor)
	require.NotContains(t, out, "null")

	keys := reports[1].Sections[1]
	require.Equal(t, "DKIM", keys.Check)
	require.Equal(t, dkim.KeyFound, keys.DKIM.Selectors.Status)
	require.Equal(t, []string{"google", "s1", "default"}, []string{
		keys.DKIM.Selectors.Keys[0].Selector, keys.DKIM.Selectors.Keys[1].Selector, keys.DKIM.Selectors.Keys[2].Selector,
	})
	require.Equal(t, 2048, keys.DKIM.Selectors.Keys[0].Key.Bits)
	require.True(t, keys.Findings.Has(dkim.CodeKeyShort))
	require.True(t, reports[0].Sections[1].Findings.Has(dkim.CodeNoKeys))
}

var goodZone = keyLine("google._domainkey.good.example") + `
	good.example TXT "v=spf1 mx -all"
	good.example MX 10 mx.good.example
	mx.good.example A 192.88.99.1
	mx.good.example AAAA 2a02:25::1
	_dmarc.good.example 3600 TXT "v=DMARC1; p=reject; rua=mailto:dmarc@good.example"
	1.99.88.192.in-addr.arpa PTR mx.good.example
	1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.5.2.0.0.2.0.a.2.ip6.arpa PTR mx.good.example
`

func TestZoneFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "good.zone")
	require.NoError(t, os.WriteFile(file, []byte(goodZone), 0o600))
	code, out, _ := runAudit(t, "-zone", file, "good.example")
	require.Zero(t, code)
	require.Contains(t, out, "good.example: nothing found wrong, 3 notes, Block lists unknown\n")
	require.Contains(t, out, "2a02:25::1   mx.good.example  pass  mx\n")

	code, out, _ = runAudit(t, "-zone", file, "-ip", "198.51.100.1", "good.example")
	require.Zero(t, code)
	require.Contains(t, out, "[spf.fail]")
	require.Contains(t, out, `"v=spf1 mx ip4:198.51.100.1 -all"`)
}

// TestNotInOrder has domains of which something is broken or not known.
func TestNotInOrder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bad.zone")
	require.NoError(t, os.WriteFile(file, []byte("broken.example TXT !servfail\nnomx.example TXT 'v=spf1 foo'"), 0o600))
	for _, domain := range []string{"broken.example", "nomx.example", "a\x1b[31m..b"} {
		code, out, _ := runAudit(t, "-zone", file, domain)
		require.Zero(t, code)
		require.NotContains(t, out, "nothing wrong")
		require.Regexp(t, "WARNING|ERROR", out)
		require.NotContains(t, out, "\x1b")
	}
}

func TestRealServer(t *testing.T) {
	server := resolvertest.Serve(t, resolver.MustZone(goodZone))
	code, out, errs := runAudit(t, "-resolver", server.Addr, "good.example")
	require.Zero(t, code, errs)
	require.Contains(t, out, "good.example: nothing found wrong, 3 notes, Block lists unknown\n")
}

func TestArguments(t *testing.T) {
	for _, tc := range []struct {
		name string
		args []string
		code int
		errs string
	}{
		{"help", []string{"-h"}, 0, "usage: audit"},
		{"unknown flag", []string{"-frobnicate"}, 2, "frobnicate"},
		{"bad address", []string{"-ip", "1.2.3", "a.example"}, 2, "-ip"},
		{"bad named address", []string{"-ip", "office=1.2.3", "a.example"}, 2, "-ip"},
		{"unknown vendor", []string{"-vendor", "nobody", "a.example"}, 2, `no vendor "nobody"`},
		{"several vendors", []string{"-vendor", "salesforce m,zoho", "a.example"}, 2, `"zoho" may be Zoho Campaigns, or Zoho Mail, or Zoho ZeptoMail`},
		{"a bad include", []string{"-vendor", "include:a.example", "a.example"}, 2, "-vendor"},
		{"escapes in arguments", []string{"-vendor", "\x1b[31m", "a.example"}, 2, `there is no vendor`},
		{"escapes in a file name", []string{"-zone", "\x1b[31m", "a.example"}, 2, `\u001b[31m`},
		{"two formats", []string{"-dot", "-json", "a.example"}, 2, "exclude"},
		{"no such message", []string{"-message", "/nonexistent"}, 2, "nonexistent"},
		{"a picture of a message", []string{"-dot", "-message", "testdata/signed.eml"}, 2, "nothing to draw"},
		{"no such file", []string{"-zone", "/nonexistent", "a.example"}, 2, "nonexistent"},
		{"no such reports", []string{"-reports", "/nonexistent", "a.example"}, 2, "nonexistent"},
		{"two sources", []string{"-zone", "x", "-resolver", "y", "a.example"}, 2, "exclude"},
		{"server by name", []string{"-resolver", "dns.example", "a.example"}, 2, `"dns.example" is not an IP address`},
		{"server with a bad port", []string{"-resolver", "127.0.0.1:x", "a.example"}, 2, "is not an IP address"},
		{"zone without a domain", []string{"-resolver", "127.0.0.1"}, 2, "which domain"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, out, errs := runAudit(t, tc.args...)
			require.Equal(t, tc.code, code)
			require.Empty(t, out)
			require.Contains(t, errs, tc.errs)
			requirePrintable(t, strings.ReplaceAll(errs, "\t", "")) // The flags are listed with tabs.
		})
	}
}

func TestEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	require.Equal(t, 1, run(ctx, nil, &out, &errs))
	require.Contains(t, errs.String(), "canceled")
}

func TestSenders(t *testing.T) {
	file := zoneFile(t, `
		a.example TXT "v=spf1 include:mail.zendesk.com exists:%{i}.open.example -all"
		mail.zendesk.com TXT "v=spf1 ip4:192.88.99.0/25 ~all"
		198.88.99.1.open.example A 127.0.0.2
	`)
	_, out, _ := runAudit(t, "-zone", file, "-ip", "tickets=192.88.99.1, sales = 198.88.99.1,::ffff:198.88.99.2", "a.example")
	require.Contains(t, out, "\n       192.88.99.1  tickets  pass  ip4:192.88.99.0/25 of mail.zendesk.com (Zendesk)\n")
	require.Contains(t, out, "\n       198.88.99.1  sales    pass  exists:%{i}.open.example, depending on the message\n")
	require.Contains(t, out, "\n       198.88.99.2           fail  -all, depending on the message\n")
	require.Equal(t, 1, strings.Count(out, "[spf.fail]"), "of one sender")
	require.Contains(t, out, `"v=spf1 include:mail.zendesk.com exists:%{i}.open.example ip4:198.88.99.2 -all"`)
}

// TestFailedDNS shows that a failure is not taken for an answer.
func TestFailedDNS(t *testing.T) {
	file := zoneFile(t, "a.example TXT !servfail\nb.example TXT \"v=spf1 -all\"\nb.example MX !timeout")
	_, out, _ := runAudit(t, "-zone", file, "-ip", "192.88.99.1", "a.example")
	require.Contains(t, out, "temperror: DNS did not tell the policy")
	require.Contains(t, out, "192.88.99.1  temperror")
	_, out, _ = runAudit(t, "-zone", file, "b.example")
	require.Contains(t, out, "DNS did not tell the MX hosts of b.example (timeout)")
	require.Contains(t, out, "timeout")
}

func TestSummary(t *testing.T) {
	const zone = `
		a.example TXT "v=spf1 redirect=b.example"
		b.example TXT "v=spf1 ip4:192.88.99.0/24 redirect=c.example"
		c.example TXT "v=spf1 ip6:2a02:25::/32 ?all"
		a.example MX 0 .
		loop.example TXT "v=spf1 redirect=loop.example"
		all.example TXT "v=spf1 +all"
		none.example A 192.88.99.1
		nobody.example TXT "v=spf1 -all"
		open.example TXT "v=spf1 exists:%{i}.open.example"
		lost.example TXT "v=spf1 a:lost.example -all"
		lost.example A !servfail
	`
	file := zoneFile(t, zone)
	for domain, want := range map[string]string{
		"a.example":      "2 of 10 lookups, 2 networks, 256 IPv4 addresses, 4,294,967,296 IPv6 /64 networks, ends in ?all",
		"loop.example":   "permerror for most senders",
		"all.example":    "0 of 10 lookups, the WHOLE INTERNET may send, ends in +all",
		"none.example":   "none: there is no policy",
		"nobody.example": "0 of 10 lookups, nobody may send, ends in -all",
		"open.example":   "1 of 10 lookups, 1 term that depends on the message, says nothing about all others",
		"lost.example":   "temperror for most senders, 1 of 10 lookups",
		"x":              "none: no domain with a policy can have such a name",
	} {
		t.Run(domain, func(t *testing.T) {
			_, out, _ := runAudit(t, "-zone", file, domain)
			require.Contains(t, strings.Join(strings.Fields(out), " "), want)
		})
	}
	_, out, _ := runAudit(t, "-zone", file, "a.example")
	require.Contains(t, out, "\n\n       No sending address is known", "a null MX names no host")
}

func TestServices(t *testing.T) {
	const zone = `
		a.example TXT "v=spf1 include:sendgrid.net mx redirect=b.example"
		a.example MX 0 .
		b.example TXT "v=spf1 include:c.example -all"
		c.example TXT "v=spf1 ip4:192.88.99.1 -all"
		none.example A 192.88.99.1
		dead.example TXT "v=spf1 ~all include:sendgrid.net"
		full.example TXT "v=spf1 a:b.example a:c.example a:d.example a:e.example a:f.example a:g.example a:h.example a:i.example a:j.example a:k.example -all"
		sendgrid.net TXT "v=spf1 ip4:192.88.99.2 ~all"
		mail.zendesk.com TXT "v=spf1 a ~all"
		mail.zendesk.com A 192.88.99.3
		spf.protection.outlook.com TXT !servfail
	`
	file := zoneFile(t, zone)
	for _, tt := range []struct {
		name, vendor, domain string
		want, never          string
	}{
		{name: "there", vendor: "SendGrid (Twilio)", domain: "a.example", never: "audit."},
		{name: "a part of its name", vendor: "sendgrid", domain: "a.example", never: "audit."},
		{name: "behind a redirect, by domain", vendor: "C.example.", domain: "a.example", never: "audit."},
		{
			name: "before redirect", vendor: "zendesk", domain: "a.example",
			want: `"v=spf1 include:sendgrid.net mx include:mail.zendesk.com redirect=b.example" It takes 2 lookups of the 10.`,
		},
		{name: "before all", vendor: "zendesk", domain: "c.example", want: `"v=spf1 ip4:192.88.99.1 include:mail.zendesk.com -all"`},
		{name: "no record yet", vendor: "zendesk", domain: "none.example", want: `"v=spf1 include:mail.zendesk.com ~all"`},
		{name: "too many", vendor: "zendesk", domain: "full.example", want: "But that makes 12 lookups"},
		{name: "not an SPF domain", vendor: "none.example", domain: "a.example", want: "none.example has no SPF record"},
		{name: "unknown", vendor: "microsoft", domain: "c.example", want: "First find out why", never: "has no SPF record"},
		{name: "behind all", vendor: "sendgrid", domain: "dead.example", want: `"v=spf1 include:sendgrid.net ~all include:sendgrid.net"`},
		{name: "nothing to include", vendor: "postmark", domain: "c.example", want: "[audit.no-include]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := runAudit(t, "-zone", file, "-vendor", tt.vendor, tt.domain)
			require.Zero(t, code, errs)
			joined := strings.Join(strings.Fields(out), " ")
			require.Contains(t, joined, tt.want)
			if tt.never != "" {
				require.NotContains(t, joined, tt.never)
			}
		})
	}
}

func zoneFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "zone")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func mustAddr(text string) netip.Addr { return netip.MustParseAddr(text) }
