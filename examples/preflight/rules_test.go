package main

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

// check judges a campaign in a world.
func check(t *testing.T, zone string, c campaign) report {
	t.Helper()
	world, err := resolver.ParseZone(zone)
	require.NoError(t, err)
	return judge(c, observe(t.Context(), world, c))
}

func replace(old, by string) func(string) string {
	return func(text string) string { return strings.ReplaceAll(text, old, by) }
}

func add(line string) func(string) string {
	return func(text string) string { return text + "\n" + line + "\n" }
}

// TestRules breaks each rule, and makes each unknown. All of them pass in the good world.
func TestRules(t *testing.T) {
	unsigned := func(string) string { return receivedTLS + strings.ReplaceAll(letter, "\n", "\r\n") }
	resigned := func(old, by string) func(string) string {
		return func(string) string {
			return receivedTLS + signed(t, newKey(), strings.ReplaceAll(letter, old, by))
		}
	}
	noPost := func(string) string {
		return receivedTLS + signed(t, newKey(), letter, "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "List-Unsubscribe")
	}
	dead := func(names string) func(string) string {
		return func(zone string) string {
			for name := range strings.FieldsSeq(names) {
				zone += "\n" + name + " !servfail"
			}
			return zone
		}
	}
	for _, tt := range []struct {
		rule                   string
		fails, unknown         func(zone string) string // nil leaves it as it is
		failsWith, unknownWith func(message string) string
		say                    string // what the reason or a finding says
	}{
		{
			rule: "spf-or-dkim", fails: replace("ip4:192.88.99.2", ""), failsWith: unsigned, say: "neither passes",
			unknown: dead("mail.shop.example s1._domainkey.shop.example"),
		},
		{rule: "spf", fails: replace("ip4:192.88.99.2", ""), unknown: dead("mail.shop.example"), say: "softfail"},
		{rule: "dkim", failsWith: replace("teapots", "tea pots"), unknown: dead("s1._domainkey.shop.example"), say: "dkim.body-hash"},
		{rule: "dkim-key", fails: func(zone string) string {
			return withKey(zone, "v=DKIM1; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL7o2Rz0k5q7DcMOVkZuXkyeVgUOgXn5qvvBw2h0Hk3Kk3d0ZxM4M4mZ4q0n6WqJm0p9c1hS7t6nQ2m0Zc8CAwEAAQ==")
		}, unknown: dead("s1._domainkey.shop.example"), say: "s1._domainkey"},
		{rule: "dmarc-record", fails: replace("_dmarc.shop.example  ", "dmarc.shop.example  "), unknown: dead("_dmarc.shop.example"), say: "dmarc.no-record"},
		{rule: "dmarc", fails: replace("p=none;", "p=none; aspf=s;"), failsWith: unsigned, unknown: dead("_dmarc.shop.example"), say: "dmarc.strict-alignment"},
		{rule: "dmarc-reports", fails: replace("; rua=mailto:dmarc@shop.example", ""), unknown: dead("shop.example mx.shop.example"), say: "asks for none"},
		{rule: "ptr", fails: replace("PTR mta2.shop.example", "PTR mx.shop.example"), unknown: dead("2.99.88.192.in-addr.arpa"), say: "rdns.not-confirmed"},
		{
			rule: "ptr-chosen", fails: replace("mta2.shop.example", "ip-192-88-99-2.shop.example"),
			unknown: dead("2.99.88.192.in-addr.arpa"), say: "rdns.generic",
		},
		{rule: "helo", fails: replace("mta2.shop.example             3600 A", "x.shop.example A"), unknown: dead("mta2.shop.example"), say: "unresolved"},
		{rule: "tls", failsWith: replace("with ESMTPS id 4711 (using TLSv1.3)", "with ESMTP id 4711"), unknownWith: replace("192.88.99.2]", "192.88.99.3]"), say: "without TLS"},
		{rule: "rfc5322", failsWith: resigned("Message-ID: <20261122.4711@", "Message-ID: <20261122 4711@"), say: "preflight.message-id"},
		{rule: "one-click", failsWith: noPost, unknown: dead("s1._domainkey.shop.example"), say: "preflight.one-click-unsigned"},
		{rule: "list-unsubscribe", failsWith: resigned("List-Unsubscribe: <https://www", "List-Unsubscribe: https://www"), say: "angle brackets"},
		{rule: "replies", fails: replace("shop.example                  3600 MX  10 mx.shop.example", "shop.example MX 0 ."), unknown: dead("mx.shop.example"), say: "null-mx"},
		{
			rule: "not-listed", fails: add("2.99.88.192.zen.spamhaus.org A 127.0.0.4"), unknown: dead("*.zen.spamhaus.org"), say: "dnsbl.listed",
		},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			apply := func(text string, f func(string) string) string {
				if f == nil {
					return text
				}
				changed := f(text)
				require.NotEqual(t, text, changed, "the change changes nothing")
				return changed
			}
			good := check(t, goodZone(t), newCampaign(t, goodMessage(t)))
			require.Equal(t, pass, statusOf(good)[tt.rule], "%+v", good.Rules)

			bad := check(t, apply(goodZone(t), tt.fails), newCampaign(t, apply(goodMessage(t), tt.failsWith)))
			require.Equal(t, fail, statusOf(bad)[tt.rule], "%+v", bad.Rules)
			section := sectionOf(t, bad, tt.rule)
			require.Contains(t, section, tt.say)
			if tt.rule != "spf-or-dkim" { // Those of the two have it.
				require.Contains(t, section, "\n    do: ")
			}
			require.Equal(t, tt.rule == "dmarc-reports", bad.Verdict == ready, "what is only advised keeps nobody from being ready")

			if tt.unknown == nil && tt.unknownWith == nil { // Nothing but the message decides.
				none := check(t, goodZone(t), newCampaign(t, ""))
				require.Equal(t, notCheckable, statusOf(none)[tt.rule])
				return
			}
			unsure := check(t, apply(goodZone(t), tt.unknown), newCampaign(t, apply(goodMessage(t), tt.unknownWith)))
			require.Equal(t, notCheckable, statusOf(unsure)[tt.rule], "%+v", unsure.Rules)
			require.NotEqual(t, ready, unsure.Verdict) // More than one rule needs each of these answers.
		})
	}
	t.Run("not-gmail", func(t *testing.T) { // It needs another From.
		c := newCampaign(t, "")
		c.Domain, c.Senders = "gmail.com", c.Senders[:1]
		require.Equal(t, fail, statusOf(check(t, goodZone(t), c))["not-gmail"])
		google := add("1.99.88.192.in-addr.arpa PTR mail-yx1-f70.google.com\nmail-yx1-f70.google.com A 192.88.99.1")
		require.Equal(t, pass, statusOf(check(t, google(strings.ReplaceAll(goodZone(t), "PTR mta1.shop.example", "PTR x.example")), c))["not-gmail"])
		require.Equal(t, notCheckable, statusOf(check(t, goodZone(t)+"\n1.99.88.192.in-addr.arpa !timeout", c))["not-gmail"])
	})
}

// sectionOf is what is printed about a rule.
func sectionOf(t *testing.T, rep report, id string) string {
	t.Helper()
	text := reportText(rep)
	_, section, ok := strings.Cut(text, "\nFAIL  "+id+"\n")
	require.True(t, ok, text)
	section, _, _ = strings.Cut(section, "\n\n")
	return section
}

func TestRulesAreData(t *testing.T) {
	seen := make(map[string]bool)
	for _, r := range rules {
		require.False(t, seen[r.ID], r.ID)
		seen[r.ID] = true
		require.NotEmpty(t, r.Text)
		require.True(t, r.Check != nil || r.Vouch, "nobody can ever answer for %s", r.ID)
		require.NotEmpty(t, r.Demands)
		for _, d := range r.Demands {
			_, ok := findReceiver(d.By)
			require.True(t, ok, d.By)
			require.Contains(t, []scope{everyone, bulk, subscribed}, d.For)
			require.Contains(t, []strength{must, should}, d.Strength)
			require.Contains(t, []string{"high", "medium"}, d.Source.Confidence)
			require.Regexp(t, `^20\d\d-\d\d(-\d\d)?$`, d.Source.Date)
			require.Regexp(t, `^(20\d\d-\d\d(-\d\d)?)?$`, d.Since)
		}
	}
}

// TestFaultMatrix lets each question of a preflight end in each way that is no answer.
// No rule may pass that did not, and none may fail that did not: what could not be found
// out is neither good nor bad.
func TestFaultMatrix(t *testing.T) {
	unsigned := newCampaign(t, letter)
	gmail := newCampaign(t, "")
	gmail.Domain = "gmail.com"
	story, err := readSample(strings.NewReader(string(storyMessage)))
	require.NoError(t, err)
	told := newCampaign(t, "")
	told.Sample, told.Time = story, storyTime
	for _, tt := range []struct {
		name, zone string
		campaign   campaign
	}{
		{"good", goodZone(t), newCampaign(t, goodMessage(t))},
		{"unsigned", goodZone(t), unsigned},
		{"gmail", goodZone(t), gmail},
		{"story", storyZone, told},
		{"nothing published", "shop.example TXT nothing", newCampaign(t, goodMessage(t))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			world := resolver.MustZone(tt.zone)
			want := judge(tt.campaign, observe(t.Context(), world, tt.campaign))
			asked := make(map[resolver.Question]bool)
			for _, q := range world.Queries() {
				asked[q.Question] = true
			}
			require.Greater(t, len(asked), 20)
			for q := range asked {
				for _, how := range []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed} {
					broken := resolver.Func(func(ctx context.Context, asked resolver.Question) (resolver.Answer, error) {
						if asked == q {
							return resolver.Fail(&resolver.Error{Question: q, Status: how})
						}
						return world.Lookup(ctx, asked)
					})
					got := judge(tt.campaign, observe(t.Context(), broken, tt.campaign))
					for i, r := range got.Rules {
						if r.Status != want.Rules[i].Status {
							require.Equal(t, notCheckable, r.Status, "%s of %s: %s was %s, and is %s: %s", how, q, r.ID, want.Rules[i].Status, r.Status, r.Reason)
						}
					}
					if want.Verdict != ready {
						require.NotEqual(t, ready, got.Verdict, "%s of %s", how, q)
					}
				}
			}
		})
	}
}

// TestAllBroken is a world in which DNS does not work at all: no rule that needs it passes
// or fails.
func TestAllBroken(t *testing.T) {
	for _, how := range []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed} {
		got := statusOf(check(t, "* !"+string(how), newCampaign(t, goodMessage(t))))
		for id, is := range got {
			switch id {
			case "tls", "rfc5322", "list-unsubscribe", "not-gmail":
				require.Equal(t, pass, is, id)
			default:
				require.Equal(t, notCheckable, is, id)
			}
		}
	}
}

// TestDeadline holds back all answers: the preflight ends with its context, and nothing
// is known.
func TestDeadline(t *testing.T) {
	c := newCampaign(t, goodMessage(t))
	c.Time = time.Now() // The bubble's clock is of another year.
	synctest.Test(t, func(t *testing.T) {
		silent := resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
			<-ctx.Done()
			return resolver.Fail(&resolver.Error{Question: q, Status: resolver.Timeout, Err: ctx.Err()})
		})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		rep := judge(c, observe(ctx, silent, c))
		require.Equal(t, 5*time.Second, time.Since(start))
		require.Equal(t, notKnown, rep.Verdict)
		for _, r := range rep.Rules {
			require.NotEqual(t, fail, r.Status, r.ID)
		}
	})
}

// TestParallel proves that nothing waits for what it does not need: with answers that
// take a second, all is done after the four rounds of the longest chain.
func TestParallel(t *testing.T) {
	zone, c := goodZone(t), newCampaign(t, goodMessage(t))
	c.Time = time.Now()
	synctest.Test(t, func(t *testing.T) {
		world := resolver.MustZone(zone)
		slow := resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
			time.Sleep(time.Second)
			return world.Lookup(ctx, q)
		})
		start := time.Now()
		require.Equal(t, ready, judge(c, observe(t.Context(), slow, c)).Verdict)
		require.LessOrEqual(t, time.Since(start), 4*time.Second)
	})
}

// A signature that its key declares a test counts for nothing.
func TestTestingKey(t *testing.T) {
	zone := strings.ReplaceAll(goodZone(t), `TXT "v=DKIM1;`, `TXT "v=DKIM1; t=y;`)
	c := newCampaign(t, goodMessage(t))
	got := statusOf(check(t, zone, c))
	require.Equal(t, dkim.Pass, observe(t.Context(), resolver.MustZone(zone), c).signed.Status)
	require.Equal(t, fail, got["dkim"])
	require.Equal(t, fail, got["one-click"])
	require.Equal(t, pass, got["dmarc"], "by SPF")
}

// What is not known of one sender, or of the message, could make DMARC pass.
func TestDMARCOfParts(t *testing.T) {
	other := strings.ReplaceAll(goodMessage(t), "d=shop.example;", "d=other.example;")
	for _, tt := range []struct {
		name   string
		change func(*campaign)
		want   status
	}{
		{"all is known", func(c *campaign) { c.ReturnPath = "bounce@other.example" }, fail},
		{"SPF would pass", func(*campaign) {}, pass},
		{"the return path is not known", func(c *campaign) { c.ReturnPath = "" }, notCheckable},
		{"the addresses are not known", func(c *campaign) { c.Senders = nil }, notCheckable},
		{"the message is not known", func(c *campaign) { c.Sample, c.ReturnPath = nil, "bounce@other.example" }, notCheckable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCampaign(t, other)
			tt.change(&c)
			require.Equal(t, tt.want, statusOf(check(t, goodZone(t), c))["dmarc"])
		})
	}
}

// A rule that passes says nothing of what could be better, which is for an audit to say.
func TestPassIsSilent(t *testing.T) {
	key, err := dkim.GenerateRSA(1024)
	require.NoError(t, err)
	rep := check(t, withKey(goodZone(t), keyRecord(t, key)), newCampaign(t, receivedTLS+signed(t, key, letter)))
	for _, r := range rep.Rules {
		if r.Status == pass {
			require.Empty(t, r.Findings, r.ID)
		}
	}
	require.Equal(t, pass, statusOf(rep)["dkim-key"])
}

// An address on a list of those that are not to send mail is refused like a listed one.
func TestPolicyList(t *testing.T) {
	rep := check(t, goodZone(t)+"\n1.99.88.192.zen.spamhaus.org A 127.0.0.10", newCampaign(t, goodMessage(t)))
	require.Contains(t, sectionOf(t, rep, "not-listed"), "not to send mail")
}

// TestRulesWithoutCheck: where no program can tell, the sender is told where to look, and may
// answer for the rule.
func TestRulesWithoutCheck(t *testing.T) {
	for _, r := range rules {
		require.Equal(t, r.Check == nil, r.Look != "", r.ID)
		require.True(t, r.Check != nil || r.Vouch, r.ID)
	}
}
