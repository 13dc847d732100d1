package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// dmarcPart is the DMARC section of the first report, on one line.
func dmarcPart(t *testing.T, out string) string {
	t.Helper()
	_, part, found := strings.Cut(out, "\nDMARC  ")
	require.True(t, found, out)
	part, _, _ = strings.Cut(part, "\n\n\n")
	return strings.Join(strings.Fields(part), " ")
}

func TestDMARC(t *testing.T) {
	file := zoneFile(t, `
		$TTL 3600
		none.example        TXT "v=spf1 -all"
		lost.example        TXT "v=spf1 -all"
		_dmarc.lost.example TXT !timeout
		good.example        MX 1 mx.good.example
		_dmarc.good.example TXT "v=DMARC1; p=reject; rua=mailto:d@good.example"
		www.good.example    A 192.88.99.1
		test.example        MX 1 mx.good.example
		_dmarc.test.example TXT "v=DMARC1; p=quarantine; t=y; rua=mailto:a@test.example,mailto:b@test.example"
		mute.example        MX 1 mx.good.example
		_dmarc.mute.example TXT "v=DMARC1; p=reject"
		void.example        MX 1 mx.good.example
		_dmarc.void.example TXT "v=DMARC1; sp=none"
		strict.example        TXT "v=spf1 include:mail.zendesk.com include:other.example -all"
		strict.example        MX 1 mx.good.example
		mail.zendesk.com      TXT "v=spf1 -all"
		_dmarc.strict.example TXT "v=DMARC1; p=none; adkim=s; aspf=s; rua=mailto:d@strict.example,mailto:d@none.example"
	`)
	for domain, tt := range map[string]struct{ want, never []string }{
		"none.example": {
			want:  []string{"WARNING none: no policy applies", `"v=DMARC1; p=none; rua=mailto:dmarc-reports@none.example"`, "[dmarc.no-record]"},
			never: []string{"The next step"},
		},
		"lost.example": {
			want:  []string{"UNKNOWN temperror: DNS did not tell", "lost.example unknown subdomains that exist unknown", "[dmarc.dns-failure]"},
			never: []string{"no-record", "The next step"},
		},
		"good.example": {
			want:  []string{"OK policy reject, reports to 1 address", "good.example reject, by p= of good.example", "rua d@good.example deliverable"},
			never: []string{"The next step"},
		},
		"www.good.example": {want: []string{"OK policy reject, inherited from good.example, reports to 1 address"}},
		"test.example": {
			want: []string{
				"OK policy quarantine, applied as none while it is tested, reports to 2 addresses", "test.example none, a step below quarantine, by p=",
				"The next step, when it is safe: The policy is only tested so far.", `_dmarc.test.example. IN TXT "v=DMARC1; p=quarantine; rua=`,
			},
		},
		"mute.example":   {want: []string{"WARNING policy reject, no reports", "[dmarc.no-reports]", "The next step, to publish now: The record asks for no reports"}},
		"void.example":   {want: []string{"ERROR none: the record has no policy that receivers can use", "void.example nothing", "[dmarc.unusable-record]"}},
		"strict.example": {want: []string{"reports reach 1 of 2 addresses", "Zendesk, other.example", "rua d@none.example not authorized, a domain of others"}},
		"a..b":           {want: []string{"none: no policy applies", "[dmarc.bad-domain]"}},
	} {
		t.Run(domain, func(t *testing.T) {
			code, out, errs := runAudit(t, "-zone", file, domain)
			require.Zero(t, code, errs)
			part := dmarcPart(t, out)
			for _, want := range tt.want {
				require.Contains(t, part, want)
			}
			for _, never := range tt.never {
				require.NotContains(t, part, never)
			}
		})
	}
}

func TestDMARCOfMessages(t *testing.T) {
	zone := zoneFile(t, keyLine("s._domainkey.a.example")+keyLine("s._domainkey.esp.example")+`
		a.example          TXT "v=spf1 ip4:192.88.99.1 -all"
		esp.example        TXT "v=spf1 ip4:192.88.99.1 -all"
		_dmarc.a.example   TXT "v=DMARC1; p=reject; rua=mailto:d@a.example"
		_dmarc.lost.example TXT !timeout
	`)
	const body = "Hello\r\n"
	plain := func(fields string) string { return fields + "\r\n\r\n" + body }
	for _, tt := range []struct {
		name, text, ip, helo string
		want, never          []string
	}{
		{
			name: "signed", text: signed(t, "<a@a.example>", "d=a.example; s=s; ", body),
			want: []string{"OK pass: DKIM proves a.example, and so a.example in From", "Without -ip nothing is known of SPF", "dkim pass a.example (s=s): aligned, since it is the domain in From", "dmarc=pass"},
		},
		{name: "signed by another", text: signed(t, "<a@a.example>", "d=esp.example; s=s; ", body), want: []string{"fail: nothing proves a.example, and its policy for that is reject", "not aligned, since it belongs to another organisation"}},
		{name: "sent by its own server", text: plain("Return-Path: <bounce@a.example>\r\nFrom: A\r\n <a@a.example>"), ip: "192.88.99.1", want: []string{"pass: SPF proves a.example", "spf pass a.example: aligned"}, never: []string{"no Return-Path"}},
		{name: "sent for another", text: plain("Return-Path: <bounce@esp.example>\r\nFrom: a@a.example"), ip: "192.88.99.1", want: []string{"fail: nothing proves a.example", "spf pass esp.example: not aligned"}},
		{name: "no return path", text: plain("From: a@a.example"), ip: "192.88.99.1", want: []string{"pass: SPF", "The message has no Return-Path, so SPF is checked for a.example."}},
		{name: "null return path", text: plain("Return-Path: <>\r\nFrom: a@a.example"), ip: "192.88.99.1", want: []string{"fail: nothing proves", "The return path is null, so SPF is about the name in HELO. Without -helo nothing is known of it."}, never: []string{"no Return-Path"}},
		{name: "null return path with a name", text: plain("Return-Path: <>\r\nFrom: a@a.example"), ip: "192.88.99.1", helo: "a.example", want: []string{"pass: SPF proves a.example"}, never: []string{"Without -helo", "no Return-Path"}},
		{name: "two addresses", text: plain("From: a@a.example"), ip: "own=192.88.99.1,192.88.99.2", want: []string{"it depends on who sent the message", "192.88.99.1 own: pass", "192.88.99.2: fail"}},
		{name: "no policy", text: plain("From: a@b.example"), want: []string{"WARNING none: no policy applies to b.example"}},
		{name: "unknown", text: plain("From: a@lost.example"), want: []string{"temperror: DNS did not tell all"}, never: []string{"no-record"}},
		{name: "two domains", text: plain("From: a@a.example, b@b.example"), want: []string{"permerror"}},
		{name: "two fields", text: plain("From: a@a.example\r\nFrom: b@b.example"), want: []string{"permerror", "[dmarc.from-multiple]"}},
		{name: "From after much else", text: plain("Return-Path: <a@a.example>\r\n" + strings.Repeat("X-Much: "+strings.Repeat("e", 900)+"\r\n", 100) + "From: a@a.example"), ip: "192.88.99.1", want: []string{"pass: SPF proves a.example"}, never: []string{"from-missing"}},
		{name: "From after too much else", text: plain(strings.Repeat("X-Much: else\r\n", 6000) + "From: a@a.example"), want: []string{"UNKNOWN unknown: the header is too large"}, never: []string{"from-missing"}},
		{name: "nothing", text: "", want: []string{"[dmarc.from-missing]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := []string{"-zone", zone, "-message", messageFile(t, tt.text)}
			if tt.ip != "" {
				args = append(args, "-ip", tt.ip)
			}
			if tt.helo != "" {
				args = append(args, "-helo", tt.helo)
			}
			code, out, errs := runAudit(t, args...)
			require.Zero(t, code, errs)
			part := dmarcPart(t, out)
			for _, want := range tt.want {
				require.Contains(t, part, want)
			}
			for _, never := range tt.never {
				require.NotContains(t, part, never)
			}
		})
	}
}
