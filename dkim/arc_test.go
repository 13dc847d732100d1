package dkim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

// seal adds a set to a message, whose chain must be in order before.
func seal(message string, instance int, cv string) string {
	tags := fmt.Sprintf("i=%d; a=ed25519-sha256; c=relaxed/relaxed; d=h%d.example; s=arc; t=1; h=from:subject", instance, instance)
	out := signAs("ARC-Message-Signature", message, tags, "", edKey)
	out = fmt.Sprintf("ARC-Authentication-Results: i=%d; h%d.example;\r\n dkim=pass\r\n", instance, instance) + out
	own := fmt.Sprintf("ARC-Seal: i=%d; a=ed25519-sha256; d=h%d.example; s=arc; cv=%s; t=1; b=", instance, instance, cv)
	head, _, _ := strings.Cut(out, "\r\n\r\n")
	fields := naiveFields(head + "\r\n")
	var signed strings.Builder
	for i := 1; i <= instance; i++ {
		for _, n := range []string{"ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"} {
			for _, f := range fields {
				if strings.HasPrefix(f, fmt.Sprintf("%s: i=%d;", n, i)) {
					signed.WriteString(naiveField("relaxed", f))
				}
			}
		}
	}
	signed.WriteString(strings.TrimSuffix(naiveField("relaxed", own+"\r\n"), "\r\n"))
	return own + signature(signed.String(), edKey) + "\r\n" + out
}

func arcKeys(n int) resolver.Snapshot {
	m := make(map[string]string)
	for i := 1; i <= n; i++ {
		m[fmt.Sprintf("arc._domainkey.h%d.example", i)] = record(edKey.Public())
	}
	return keysOf(m)
}

func TestARC(t *testing.T) {
	one := seal(message, 1, "none")
	two := seal(one, 2, "pass")
	three := seal(two, 3, "pass")
	remove := func(text, prefix string) string {
		var out strings.Builder
		head, body, _ := strings.Cut(text, "\r\n\r\n")
		for _, f := range naiveFields(head + "\r\n") {
			if !strings.HasPrefix(f, prefix) {
				out.WriteString(f)
			}
		}
		return out.String() + "\r\n" + body
	}
	long := message
	for i := range 51 {
		long = fmt.Sprintf("ARC-Seal: i=%d\r\nARC-Message-Signature: i=%d\r\nARC-Authentication-Results: i=%d; x\r\n", i+1, i+1, i+1) + long
	}
	tests := []struct {
		name, text string
		view       func(resolver.Snapshot)
		want       dkim.Status
		code       mailworthy.Code
		instance   int
		sets       int
		oldest     int
		temporary  bool
	}{
		{name: "none", text: message, want: dkim.None},
		{name: "one", text: one, want: dkim.Pass, sets: 1},
		{name: "three", text: three, want: dkim.Pass, sets: 3},
		{
			name: "changed between the first and the second", want: dkim.Pass, sets: 2, oldest: 2,
			text: seal(strings.Replace(one, "Bye.", "Buy.", 1), 2, "pass"),
		},
		{name: "changed after the last", text: strings.Replace(three, "Bye.", "Buy.", 1), want: dkim.Fail, code: dkim.CodeARCMessage, instance: 3, sets: 3},
		{name: "subject changed", text: strings.Replace(three, "Good  day", "Bad  day", 1), want: dkim.Fail, code: dkim.CodeARCMessage, instance: 3, sets: 3},
		{name: "results changed", text: strings.Replace(three, "h1.example;\r\n dkim=pass", "h1.example;\r\n dkim=fail", 1), want: dkim.Fail, code: dkim.CodeARCSeal, instance: 3, sets: 3},
		{name: "set removed", text: remove(remove(remove(three, "ARC-Seal: i=2"), "ARC-Message-Signature: i=2"), "ARC-Authentication-Results: i=2"), want: dkim.Fail, code: dkim.CodeARCStructure},
		{name: "first set removed", text: remove(remove(remove(two, "ARC-Seal: i=1"), "ARC-Message-Signature: i=1"), "ARC-Authentication-Results: i=1"), want: dkim.Fail, code: dkim.CodeARCStructure},
		{name: "seal removed", text: remove(two, "ARC-Seal: i=1"), want: dkim.Fail, code: dkim.CodeARCStructure},
		{name: "results removed", text: remove(two, "ARC-Authentication-Results: i=1"), want: dkim.Fail, code: dkim.CodeARCStructure},
		{name: "seal twice", text: strings.Replace(two, "ARC-Seal: i=1", "ARC-Seal: i=2", 1), want: dkim.Fail, code: dkim.CodeARCStructure, instance: 2},
		{name: "results twice", text: strings.Replace(two, "Results: i=1", "Results: i=2", 1), want: dkim.Fail, code: dkim.CodeARCStructure},
		{name: "instance no number", text: strings.Replace(one, "ARC-Seal: i=1", "ARC-Seal: i=x", 1), want: dkim.Fail, code: dkim.CodeARCStructure},
		{name: "instance too large", text: strings.ReplaceAll(one, "i=1;", "i=51;"), want: dkim.Fail, code: dkim.CodeARCStructure},
		{name: "too long", text: long, want: dkim.Fail, code: dkim.CodeARCTooLong},
		{name: "first says pass", text: seal(message, 1, "pass"), want: dkim.Fail, code: dkim.CodeARCStatus, instance: 1, sets: 1},
		{name: "second says none", text: seal(one, 2, "none"), want: dkim.Fail, code: dkim.CodeARCStatus, instance: 2, sets: 2},
		{name: "an earlier one says fail", text: seal(seal(message, 1, "fail"), 2, "pass"), want: dkim.Fail, code: dkim.CodeARCStatus, instance: 1, sets: 2},
		{name: "last says fail", text: seal(one, 2, "fail"), want: dkim.Fail, code: dkim.CodeARCFailed, instance: 2, sets: 2},
		{name: "seal with h=", text: strings.Replace(one, "cv=none;", "cv=none; h=from;", 1), want: dkim.Fail, code: dkim.CodeARCSeal, instance: 1, sets: 1},
		{
			name: "no key", text: two, want: dkim.Fail, code: dkim.CodeARCSeal, instance: 1, sets: 2,
			view: func(s resolver.Snapshot) {
				s[resolver.Q("arc._domainkey.h1.example", resolver.TypeTXT)] = resolver.Answer{Status: resolver.NXDomain}
			},
		},
		{
			name: "DNS failure", text: two, want: dkim.Fail, code: dkim.CodeARCMessage, instance: 2, sets: 2, temporary: true,
			view: func(s resolver.Snapshot) {
				s[resolver.Q("arc._domainkey.h2.example", resolver.TypeTXT)] = resolver.Answer{Status: resolver.ServFail}
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := read(t, tt.text, dkim.ReadOptions{})
			view := arcKeys(3)
			if tt.view != nil {
				tt.view(view)
			}
			opts := dkim.Options{Time: time.Unix(now, 0)}
			chain, missing := dkim.EvaluateARC(m, opts, view)
			require.Empty(t, missing)
			require.Equal(t, tt.want, chain.Status, "%+v", chain)
			require.Equal(t, tt.code, chain.Code)
			require.Equal(t, tt.instance, chain.Instance)
			require.Len(t, chain.Sets, tt.sets)
			require.Equal(t, tt.oldest, chain.OldestPass)
			require.Equal(t, tt.want == dkim.Fail, len(chain.Findings) == 1)
			for i, s := range chain.Sets {
				require.Equal(t, i+1, s.Instance)
				require.Equal(t, fmt.Sprintf("h%d.example", i+1), s.Seal.Domain)
				require.Equal(t, fmt.Sprintf("h%d.example", i+1), s.Message.Domain)
			}
			for _, f := range chain.Findings {
				require.Equal(t, tt.temporary, f.Temporary)
				require.NotEmpty(t, f.Remedy)
				require.NotEmpty(t, f.Ref)
			}

			// All keys are asked for in one round, or none.
			first, missing := dkim.EvaluateARC(m, opts, nil)
			if first.Status == "" {
				require.NotEmpty(t, missing)
				for _, q := range missing {
					require.Contains(t, view, q)
				}
			} else {
				require.Equal(t, chain, first)
			}
		})
	}
	chain, err := dkim.Checker{Resolver: resolver.Func(nil)}.CheckARC(t.Context(), read(t, message, dkim.ReadOptions{}))
	require.NoError(t, err)
	require.Equal(t, dkim.None, chain.Status)
}
