package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dkim"
)

var testKey = sync.OnceValue(func() crypto.Signer {
	key, err := dkim.GenerateRSA(0)
	if err != nil {
		panic(err)
	}
	return key
})

// keyLine publishes the key of the tests at a name.
func keyLine(name string) string {
	record, err := dkim.Record(testKey().Public(), dkim.RecordOptions{})
	if err != nil {
		panic(err)
	}
	return dkim.ZoneLine(name, record) + "\n"
}

// dkimPart returns the part of the first report about DKIM, in one line.
func dkimPart(out string) string {
	_, part, _ := strings.Cut(out, "\nDKIM ")
	part, _, _ = strings.Cut(part, "\nDMARC ")
	return strings.Join(strings.Fields(part), " ")
}

func TestSelectors(t *testing.T) {
	zone := keyLine("own._domainkey.a.example") + keyLine("google._domainkey.b.example") + keyLine("*._domainkey.wild.example") + `
		old._domainkey.a.example          TXT "v=DKIM1; p="
		lost._domainkey.a.example         CNAME lost.dkim.example
		default._domainkey.b.example      TXT "v=DKIM1; p="
		s1._domainkey.b.example           CNAME s1.domainkey.u1.wl1.sendgrid.net
		k1._domainkey.b.example           TXT !servfail
		other._domainkey.hidden.example   TXT "v=DKIM1; p="
		default._domainkey.gone.example   TXT "v=DKIM1; p="
		*._domainkey.nomail.example       TXT "v=DKIM1; p="
		own.a.example                     TXT "v=spf1 -all"
		misplaced.a.example               TXT "v=DKIM1; k=rsa; p=QUJD"
		*.dead.example                    TXT !servfail
		*._domainkey.dead.example         TXT !timeout
	`
	file := zoneFile(t, zone)
	all := len(dkim.Selectors())
	numbers := strings.NewReplacer("ALL", strconv.Itoa(all), "FEWER", strconv.Itoa(all-maxFailures))
	for _, tt := range []struct {
		name, domain, selectors string
		want, never             []string
	}{
		{
			name: "found", domain: "b.example",
			want: []string{
				"ERROR 1 found, 1 revoked, 1 aliased to nothing, 1 unknown of ALL common selectors; there may be others",
				"google found rsa 2048 bits 5 min Google Workspace, by the selector",
				"default revoked 5 min", "s1 missing", "SendGrid, alias to s1.domainkey.u1.wl1.sendgrid.net",
				"[dkim.key-dangling]", "[dkim.key-dns-failure]",
			},
			never: []string{"[dkim.selectors-none]"},
		},
		{
			name: "none of the common ones", domain: "hidden.example",
			want:  []string{"UNKNOWN none of the ALL common selectors exists; DKIM may still be in use under another", "[dkim.selectors-none]"},
			never: []string{"OK"},
		},
		{name: "proof", domain: "none.example", want: []string{"WARNING no keys: there is no name _domainkey.none.example", "[dkim.no-keys]"}},
		{name: "revoked alone", domain: "gone.example", want: []string{"UNKNOWN 1 revoked of ALL common selectors; there may be others"}},
		{name: "sends no mail", domain: "nomail.example", want: []string{"OK none found of ALL common selectors; a wildcard says of all others that there is no key"}},
		{name: "wildcard", domain: "wild.example", want: []string{"WARNING none found of ALL common selectors; a wildcard answers for all others", "[dkim.wildcard]"}},
		{
			name: "DNS failed", domain: "dead.example",
			want:  []string{"UNKNOWN temperror: DNS did not tell of any of the ALL common selectors", "DNS did not tell of ALL selectors of dead.example", "and FEWER more", "check the name servers of dead.example."},
			never: []string{"unknown: none", "no keys", "missing", "OK"},
		},
		{name: "no name", domain: "a..b", want: []string{"ERROR invalid: there can be no keys below such a name"}},
		{
			name: "given", domain: "a.example", selectors: "own, old,lost,,OWN,misplaced",
			want: []string{
				"ERROR 1 found, 1 revoked, 1 aliased to nothing, 1 missing of 4 given selectors; there may be others",
				"own found rsa 2048 bits 5 min", "error: The key at old._domainkey.a.example was revoked",
				"[dkim.key-missing]", "[dkim.key-dangling]", "The key is published at misplaced.a.example",
			},
		},
		{
			name: "given and not there", domain: "a.example", selectors: "google",
			want:  []string{"ERROR the given selector does not exist; DKIM may still be in use under another", "google missing", "[dkim.key-missing]"},
			never: []string{"[dkim.selectors-none]"},
		},
		{name: "given and not told", domain: "b.example", selectors: "k1", want: []string{"UNKNOWN temperror: DNS did not tell of the given selector", "[dkim.key-dns-failure]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := runAudit(t, "-zone", file, "-selector", tt.selectors, tt.domain)
			require.Zero(t, code, errs)
			part := dkimPart(out)
			for _, want := range tt.want {
				require.Contains(t, part, numbers.Replace(want))
			}
			for _, never := range append(tt.never, "no DKIM.") {
				require.NotContains(t, part, never)
			}
		})
	}
}

// TestUndecided shows that a domain of which nothing is known is not called good.
func TestUndecided(t *testing.T) {
	file := zoneFile(t, "other._domainkey.a.example TXT 'v=DKIM1; p='\na.example TXT 'v=spf1 -all'\n_dmarc.a.example 3600 TXT 'v=DMARC1; p=reject; rua=mailto:d@r.a.example'\nr.a.example A 192.88.99.1\na.example MX 0 .")
	_, out, _ := runAudit(t, "-zone", file, "a.example")
	title, _, _ := strings.Cut(out, "\n")
	require.Equal(t, "a.example: nothing found wrong, 4 notes, DKIM unknown, Block lists unknown", title)
}

// signed returns a message with a signature over From and Subject, whose fields and
// body are canonical as they are.
func signed(t *testing.T, from, tags, body string) string {
	t.Helper()
	header := "From: " + from + "\r\nSubject: Hello\r\n"
	hash := sha256.Sum256([]byte(body))
	field := "DKIM-Signature: v=1; a=rsa-sha256; h=from:subject; " + tags +
		"bh=" + base64.StdEncoding.EncodeToString(hash[:]) + "; b="
	sum := sha256.Sum256([]byte(header + field))
	b, err := testKey().Sign(rand.Reader, sum[:], crypto.SHA256)
	require.NoError(t, err)
	return field + base64.StdEncoding.EncodeToString(b) + "\r\n" + header + "\r\n" + body
}

func messageFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mail.eml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func TestMessage(t *testing.T) {
	zone := zoneFile(t, keyLine("s._domainkey.a.example")+keyLine("s._domainkey.esp.example")+`
		lost._domainkey.a.example TXT !servfail
		test._domainkey.a.example `+strings.Replace(strings.SplitN(keyLine("x"), " ", 3)[2], "v=DKIM1;", "v=DKIM1; t=y;", 1))
	const from, body = "<a@a.example>", "Hello\r\n"
	for _, tt := range []struct {
		name, text  string
		want, never []string
	}{
		{
			name: "good", text: signed(t, from, "d=a.example; s=s; ", body),
			want: []string{
				"OK pass: signed by a.example, the domain in From; 1 of 1 signature verified",
				"1. pass d=a.example, s=s, a=rsa-sha256, key rsa 2048 bits, TTL 5 min, aligned with From",
				"others could add, and it would still pass: fields named from, subject",
			},
			never: []string{"not covered"},
		},
		{
			name: "body changed", text: signed(t, from, "d=a.example; s=s; ", body) + "Bye\r\n",
			want: []string{
				"ERROR fail: 0 of 1 signature verified", "why: The body is not the one that was signed. [dkim.body-hash]",
				"the first 7 octets of the body match",
			},
			never: []string{"others could add"},
		},
		{
			name: "partial", text: signed(t, from, "d=a.example; s=s; l=7; ", body) + "Bye\r\n",
			want: []string{"WARNING pass", "not covered: 5 octets of the body, and whatever is added to its end (l=7)", "[dkim.partial-body]"},
		},
		{
			name: "of the domain above", text: signed(t, "<a@news.a.example>", "d=a.example; s=s; ", body),
			want: []string{"OK pass: signed by a.example, for news.a.example in From; 1 of 1 signature verified"},
		},
		{
			name: "of another", text: signed(t, from, "d=esp.example; s=s; ", body),
			want:  []string{"pass: 1 of 1 signature verified, but none by a.example, which is in From"},
			never: []string{"aligned"},
		},
		{
			name: "a test", text: signed(t, from, "d=a.example; s=test; ", body),
			want: []string{"pass: 1 of 1 signature verified, but only for a test", "TEST ONLY", "[dkim.key-testing]"},
		},
		{
			name: "unknown", text: signed(t, from, "d=a.example; s=lost; ", body),
			want: []string{"UNKNOWN temperror: 0 of 1 signature verified, since DNS did not tell all", "[dkim.key-dns-failure]"},
		},
		{name: "missing key", text: signed(t, from, "d=a.example; s=gone; ", body), want: []string{"ERROR permerror: 0 of 1", "[dkim.key-missing]"}},
		{
			name: "beside a good one", text: "DKIM-Signature: v=2; b=\r\n" + signed(t, from, "d=a.example; s=s; ", body),
			want: []string{"WARNING pass: signed by a.example", "warning: Signature 2:"},
		},
		{name: "unsigned", text: "From: a@a.example\r\n\r\nHello\r\n", want: []string{"none: the message has no signature", "[dkim.unsigned]"}},
		{name: "nothing", text: "", want: []string{"none: the message has no signature"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := messageFile(t, tt.text)
			code, out, errs := runAudit(t, "-zone", zone, "-message", file)
			require.Zero(t, code, errs)
			require.True(t, strings.HasPrefix(out, file+": "), out)
			part := dkimPart(out)
			for _, want := range tt.want {
				require.Contains(t, part, want)
			}
			for _, never := range tt.never {
				require.NotContains(t, part, never)
			}
		})
	}
}

// TestMessageAndDomain has both, as JSON.
func TestMessageAndDomain(t *testing.T) {
	zone := zoneFile(t, keyLine("s._domainkey.a.example"))
	file := messageFile(t, signed(t, "<a@a.example>", "d=a.example; s=s; ", "Hello\r\n"))
	code, out, errs := runAudit(t, "-zone", zone, "-json", "-message", file, "-selector", "s", "a.example")
	require.Zero(t, code, errs)
	require.NotContains(t, out, "null")
	var reports []report
	require.NoError(t, json.Unmarshal([]byte(out), &reports))
	require.Len(t, reports, 2)
	require.Equal(t, file, reports[0].Message)
	require.Equal(t, "a.example", reports[0].Domain)
	require.Equal(t, dkim.Pass, reports[0].Sections[0].DKIM.Message.Status)
	require.Equal(t, dkim.KeyFound, reports[1].Sections[1].DKIM.Given[0].Status)
}

// TestLongKey shows that a long record stays within its lines, with what is wrong in
// sight.
func TestLongKey(t *testing.T) {
	text := strings.Repeat("QUJD", 500) + "!" + strings.Repeat("QUJD", 500)
	var zone strings.Builder
	zone.WriteString("google._domainkey.a.example TXT")
	for s := range slices.Chunk([]byte("v=DKIM1; p="+text), 250) {
		fmt.Fprintf(&zone, " %q", s)
	}
	_, out, _ := runAudit(t, "-zone", zoneFile(t, zone.String()), "a.example")
	require.Contains(t, out, "dkim.key-")
	_, part, _ := strings.Cut(out, "\nDKIM ")
	part, _, _ = strings.Cut(part, "\nDMARC ")
	seen, _, _ := strings.Cut(part, "do:")
	require.Regexp(t, `\.\.\.[QUJD]+![QUJD]+\.\.\.\n +\^+\n`, seen)
	requireFits(t, seen)
}

func TestMessageNotRead(t *testing.T) {
	code, out, errs := runAudit(t, "-zone", zoneFile(t, ""), "-message", t.TempDir())
	require.Equal(t, 1, code)
	require.Empty(t, out)
	require.NotEmpty(t, errs)
}

func TestMessageEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	zone := zoneFile(t, keyLine("s._domainkey.a.example"))
	file := messageFile(t, signed(t, "<a@a.example>", "d=a.example; s=s; ", "Hello\r\n"))
	require.Equal(t, 1, run(ctx, []string{"-zone", zone, "-message", file}, &out, &errs))
	require.Contains(t, dkimPart(out.String()), "UNKNOWN temperror: 0 of 1 signature verified")
	require.Contains(t, out.String(), "The audit ended early: context canceled")
}

func TestHostileMessage(t *testing.T) {
	zone := zoneFile(t, "s._domainkey.a.example TXT \"v=DKIM1; k=\\027[2J; p=QUJD\"")
	var many strings.Builder
	for i := range 200 {
		fmt.Fprintf(&many, "DKIM-Signature: v=1; a=rsa-sha256; d=a%d.example; s=s; h=from; bh=; b=\r\n", i)
	}
	for name, text := range map[string]string{
		"escapes": "From: \x1b[2J <a@\x1b[31m\u202e.example>\r\nDKIM-Signature: v=1; a=\x1b]0;t\a; d=\x1b[31m.example; s=\xff\u202e; h=from:\x1b[2J; bh=\x1b; b=\x07\r\n\r\nx\x1b[2J",
		"key":     "From: a@a.example\r\nDKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s; h=from; bh=QUJD; b=QUJD\r\n\r\n",
		"many":    many.String(),
		"long":    "From: " + strings.Repeat("a", 300_000) + "\r\n\r\n",
		"bytes":   strings.Repeat("\x00\xff\x1b:\r\n", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			for _, format := range []string{"-json=false", "-json"} {
				code, out, errs := runAudit(t, "-zone", zone, format, "-message", messageFile(t, text))
				require.Zero(t, code, errs)
				requirePrintable(t, out)
				require.Less(t, len(out), 100_000)
			}
		})
	}
}
