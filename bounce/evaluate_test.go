package bounce_test

import (
	"encoding/json"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/bounce"
)

func TestEvaluateWhole(t *testing.T) {
	o := bounce.Observation{
		Text:  "554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using zen.spamhaus.org",
		Stage: bounce.StageRcpt, Recipient: "bob@example.net", RemoteHost: "mx.example.net",
	}
	require.Equal(t, bounce.Result{
		Code: 554, Enhanced: "5.7.1", Stage: bounce.StageRcpt, Claimed: bounce.Permanent, Actual: bounce.Permanent,
		Category: bounce.IPBlocklisted, Reason: "the text names the block list Spamhaus ZEN", Scope: bounce.ScopeIP,
		Action: bounce.ActionDelist, List: bounce.List{Zone: "zen.spamhaus.org", Name: "Spamhaus ZEN"}, DelistURL: "https://check.spamhaus.org/",
		IPs: []netip.Addr{netip.MustParseAddr("192.0.2.10")}, Domains: []string{"zen.spamhaus.org"},
		Rule: "list.spamhaus-zen", Evidence: mailworthy.Span{Offset: 70, Length: 16}, Confidence: bounce.Certain,
		Findings: mailworthy.Findings{{
			Code: bounce.CodeIPBlocklisted, Severity: mailworthy.Error, Subject: "192.0.2.10",
			Message:  "The sending address is on a block list that the receiver uses.",
			Remedy:   "Stop bulk mail from the address, find what got it listed, and ask the list for removal when that is mended. See https://check.spamhaus.org/.",
			Ref:      "RFC 5782",
			Span:     mailworthy.Span{Offset: 70, Length: 16},
			Evidence: []string{o.Text},
		}},
	}, bounce.Evaluate(o))
}

// TestRemoval holds the conditions of removing an address over all of the corpus, at
// each stage, with each outcome, and with other codes: whatever rule decided.
func TestRemoval(t *testing.T) {
	stages := []bounce.Stage{"", bounce.StageConnect, bounce.StageHELO, bounce.StageStartTLS, bounce.StageAuth, bounce.StageMail, bounce.StageRcpt, bounce.StageData, bounce.StageBody, bounce.StageLocal}
	outcomes := []bounce.Outcome{"", bounce.OutcomeBounced, bounce.OutcomeDeferred}
	removed := 0
	for _, e := range corpus(t, "corpus*.txt") {
		for _, o := range e.observations() {
			for _, stage := range stages {
				for _, outcome := range outcomes {
					for _, code := range []int{0, 450, 550, 554} {
						o.Stage, o.Outcome, o.Code = stage, outcome, code
						removed += requireRemoval(t, o)
					}
				}
			}
			// Our own address or host in the text: never.
			o.Stage, o.Outcome, o.Code = bounce.StageRcpt, bounce.OutcomeBounced, 550
			for _, own := range []string{" [192.0.2.77]", " 2001:db8::77", " mail.own.example", " listed at zen.spamhaus.org"} {
				with := o
				with.Text += own
				with.LocalHost = "mail.own.example"
				require.NotEqual(t, bounce.ActionRemove, bounce.Evaluate(with).Action, with.Text)
			}
		}
	}
	require.Greater(t, removed, 500, "removal is hardly tested")
}

// requireRemoval checks the conditions that can be seen from outside.
func requireRemoval(t *testing.T, o bounce.Observation) int {
	t.Helper()
	res := bounce.Evaluate(o)
	if res.Action != bounce.ActionRemove {
		return 0
	}
	require.Equal(t, bounce.Permanent, res.Claimed, o)
	require.Equal(t, bounce.MailboxUnknown, res.Category, o)
	require.Contains(t, []bounce.Stage{"", bounce.StageRcpt, bounce.StageData, bounce.StageBody, bounce.StageLocal}, o.Stage, o)
	require.NotEqual(t, bounce.OutcomeDeferred, o.Outcome, o)
	require.Empty(t, res.List, o)
	for _, ip := range res.IPs {
		require.Equal(t, o.RemoteIP, ip, o)
	}
	require.True(t, res.Confidence != bounce.Weak || strings.HasPrefix(res.Enhanced, "5.1.1"), o)
	return 1
}

// TestReplay checks that an observation gives the same result after a trip through
// JSON, and that the result survives one.
func TestReplay(t *testing.T) {
	for _, e := range corpus(t, "corpus*.txt") {
		for _, o := range e.observations() {
			b, err := json.Marshal(o)
			require.NoError(t, err)
			var again bounce.Observation
			require.NoError(t, json.Unmarshal(b, &again))
			require.True(t, again.Time.Equal(o.Time))
			again.Time = o.Time
			res := bounce.Evaluate(o)
			require.Equal(t, res, bounce.Evaluate(again))

			b, err = json.Marshal(res)
			require.NoError(t, err)
			var back bounce.Result
			require.NoError(t, json.Unmarshal(b, &back))
			require.Equal(t, res, back)
		}
	}
}

// TestWrapping checks that a text means the same however it was wrapped, and that the
// evidence is still a part of it.
func TestWrapping(t *testing.T) {
	for _, e := range corpus(t, "corpus_[hml]*.txt") {
		if strings.Contains(e.file, "logs") || strings.Contains(e.text, "\n") {
			continue
		}
		o := e.observations()[0]
		res := bounce.Evaluate(o)
		for _, wrapped := range []string{
			strings.ReplaceAll(o.Text, " ", "\r\n\t"), strings.ReplaceAll(o.Text, " ", "\u00a0"),
			strings.ReplaceAll(o.Text, " ", "  "), strings.ToUpper(o.Text),
		} {
			if strings.Contains(o.Text, "http") || strings.Contains(o.Text, "Straße") {
				continue // Links are words as they are.
			}
			other := o
			other.Text, other.Code, other.Enhanced = wrapped, res.Code, res.Enhanced
			again := bounce.Evaluate(other)
			require.Equal(t, res.Rule, again.Rule, wrapped)
			require.LessOrEqual(t, again.Evidence.Offset+again.Evidence.Length, len(wrapped))
		}
	}
}

func TestEvidencePointsIntoTheText(t *testing.T) {
	for text, want := range map[string]string{
		"550-5.1.1 The  mailbox\r\n550-5.1.1 does not\r\n550 5.1.1 EXIST": "mailbox\r\n550-5.1.1 does not\r\n550 5.1.1 EXIST",
		"550 5.1.1 Почтовый ящик НЕ существует":                           "Почтовый ящик НЕ существует",
		"550 5.2.2 Boîte pleine": "Boîte pleine",
		"554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using Foo.Test.": "blocked using",
	} {
		res := bounce.Evaluate(bounce.Observation{Text: text})
		require.Equal(t, want, text[res.Evidence.Offset:res.Evidence.Offset+res.Evidence.Length])
	}
}

// TestFindings checks that each code is made by some text, and says what to do.
func TestFindings(t *testing.T) {
	seen := make(map[mailworthy.Code]bool)
	note := func(res bounce.Result) {
		for _, f := range res.Findings {
			seen[f.Code] = true
			require.NotEmpty(t, f.Message, f.Code)
			require.NotEmpty(t, f.Remedy, f.Code)
			require.NotEmpty(t, f.Ref, f.Code)
		}
	}
	for _, e := range corpus(t, "corpus*.txt") {
		for _, o := range e.observations() {
			res := bounce.Evaluate(o)
			require.NotEmpty(t, res.Findings)
			note(res)
		}
	}
	note(bounce.Evaluate(bounce.Observation{Outcome: bounce.OutcomeComplaint, Recipient: "bob@example.net"}))
	note(bounce.Evaluate(bounce.Observation{Text: "550 " + strings.Repeat("x", 1<<17)}))
	for _, c := range bounce.Categories() {
		require.True(t, seen[c.Code], "nothing makes %s", c.Code)
	}
	for _, code := range []mailworthy.Code{bounce.CodeDeadList, bounce.CodeRecipientKept, bounce.CodeClaim, bounce.CodeTruncated} {
		require.True(t, seen[code], "nothing makes %s", code)
	}
}

func TestCategories(t *testing.T) {
	seen := make(map[bounce.Category]bool)
	for _, c := range bounce.Categories() {
		require.False(t, seen[c.Category])
		seen[c.Category] = true
		require.NotEmpty(t, c.Meaning)
		require.NotEmpty(t, c.Remedy)
		require.Equal(t, mailworthy.Code("bounce."+c.Category), c.Code, "the category and its finding have one name")
		for _, a := range []bounce.Action{c.Action, c.Deferred} {
			require.Regexp(t, `^[a-z]+(-[a-z]+)*$`, string(a))
		}
	}
	doc, err := os.ReadFile("../docs/bounces.md")
	require.NoError(t, err)
	for _, c := range bounce.Categories() {
		require.Contains(t, string(doc), "| `"+string(c.Category)+"` | "+c.Meaning+" |", "run go generate ./bounce")
	}
}

// TestCallersOwnTheResult checks that nothing of a result is shared with the next.
func TestCallersOwnTheResult(t *testing.T) {
	o := bounce.Observation{Text: "550 5.7.26 Unauthenticated email from example.org is not accepted due to domain's DMARC policy. https://support.google.com/mail/?p=DmarcRejection"}
	want := bounce.Evaluate(o)
	res := bounce.Evaluate(o)
	res.Mechanisms[0] = "x"
	res.Findings[0].Evidence[0] = "x"
	require.Equal(t, want, bounce.Evaluate(o))
	categories := bounce.Categories()
	categories[0].Meaning = "x"
	require.NotEqual(t, "x", bounce.Categories()[0].Meaning)
}

// TestHostileText checks that nothing in a text reaches a result unescaped.
func TestHostileText(t *testing.T) {
	evil := "\x1b[31m\x07\u202e\u2028\xff\x00"
	for _, text := range []string{
		"550 5.1.1 User unknown " + evil, "550 " + evil + " 5.1.1", "554 blocked using zen.spamhaus.org" + evil, evil,
		"550 spam https://help.mail.ru/notspam-support/?c=1" + evil + " Error code: a" + evil + "b ID: x" + evil,
	} {
		res := bounce.Evaluate(bounce.Observation{Text: text, Recipient: "bob" + evil + "@example.net", RemoteHost: "mx" + evil, User: evil})
		walk(t, reflect.ValueOf(res))
	}
}

// walk requires that all texts in a value are printable.
func walk(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		require.NotRegexp(t, `[\x00-\x1f\x7f\x{80}-\x{9f}\x{202e}\x{2028}]`, v.String())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[netip.Addr]() {
			return
		}
		for _, field := range v.Fields() {
			walk(t, field)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(t, v.Index(i))
		}
	}
}

// TestPeersPanic holds the inputs on which other libraries crash.
func TestPeersPanic(t *testing.T) {
	for name, o := range map[string]bounce.Observation{
		"an empty recipient domain":  {Text: "550 5.1.1 x", Recipient: "bob@"},
		"no recipient domain":        {Text: "550 5.1.1 x", Recipient: "bob"},
		"an at sign alone":           {Text: "550 5.1.1 x", Recipient: "@", Sender: "@", RemoteHost: "."},
		"Facebook without a hyphen":  {Text: "550 5.1.1 RCP", RemoteHost: "smtpin.vvv.facebook.com", Recipient: "bob@facebook.com"},
		"a code and nothing else":    {Text: "550"},
		"a code and a hyphen":        {Text: "550-"},
		"an enhanced code in pieces": {Text: "550 5.1."},
		"a bracket alone":            {Text: "550 [TSS"},
		"nothing":                    {},
	} {
		t.Run(name, func(t *testing.T) {
			res := bounce.Evaluate(o)
			require.Empty(t, res.Provider)
			require.NotEqual(t, bounce.ActionRemove, res.Action)
			require.NotEmpty(t, res.Reason)
		})
	}
}

func TestProviderNeedsAName(t *testing.T) {
	for host, want := range map[string]bounce.Provider{
		"": "", ".": "", "com": "", "notgoogle.com": "", "google.com.example": "", "alt1.aspmx.l.google.com": bounce.ProviderGmail,
		"MX.Yandex.RU.": bounce.ProviderYandex, "x.mail.protection.outlook.com": bounce.ProviderMicrosoft,
	} {
		require.Equal(t, want, bounce.Evaluate(bounce.Observation{Text: "550 xyzzy", RemoteHost: host}).Provider, host)
	}
	require.Equal(t, bounce.ProviderGmail, bounce.Evaluate(bounce.Observation{Text: "550 xyzzy", Recipient: "bob@gmail.com"}).Provider)
}

// TestDeterministic checks that results do not depend on what came before.
func TestDeterministic(t *testing.T) {
	entries := corpus(t, "corpus*.txt")
	var first []bounce.Result
	for _, e := range entries {
		for _, o := range e.observations() {
			first = append(first, bounce.Evaluate(o))
		}
	}
	var again []bounce.Result
	slices.Reverse(entries)
	for _, e := range entries {
		all := e.observations()
		slices.Reverse(all)
		for _, o := range all {
			again = append(again, bounce.Evaluate(o))
		}
	}
	slices.Reverse(again)
	require.Equal(t, first, again)
}
