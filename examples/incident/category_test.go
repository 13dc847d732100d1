package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/bounce"
	"github.com/mailworthy/mailworthy/resolver"
)

// lines is a log in which a receiver says the same n times.
func lines(domain, said string, n int) string {
	var b strings.Builder
	state := "bounced"
	if said[0] == '4' {
		state = "deferred"
	}
	for i := range n {
		fmt.Fprintf(&b, "Nov 21 10:00:%02d mail postfix/qmgr[1]: 4BqAb%d: from=<news@acme.example>, size=1234, nrcpt=1 (queue active)\n", i%60, i)
		fmt.Fprintf(&b, "Nov 21 10:00:%02d mail postfix/smtp[1]: 4BqAb%d: to=<bob@%s>, relay=mx.%s[198.51.100.25]:25, delay=1, dsn=%c.0.0, status=%s (host mx.%s[198.51.100.25] said: %s (in reply to RCPT TO command))\n",
			i%60, i, domain, domain, said[0], state, domain, said)
	}
	return b.String()
}

// testZone has the answers that make all checks find nothing wrong, but for the list.
const testZone = `
	2.0.0.127.zen.spamhaus.org     A   127.0.0.2
	10.99.88.192.zen.spamhaus.org  A   127.0.0.3
	dbltest.com.dbl.spamhaus.org   A   127.0.1.2
	acme.example.dbl.spamhaus.org  A   127.0.1.2
	11.99.88.192.in-addr.arpa      PTR mail.acme.example
	mail.acme.example              A   192.88.99.11
	acme.example                   MX  10 mail.acme.example
	acme.example                   TXT "v=spf1 ip4:192.88.99.11 -all"
	_dmarc.acme.example            TXT "v=DMARC1; p=none"
`

// TestCategories has a refusal of each category. The note asks for the right thing, and
// DNS for nothing but what the refusal calls for.
func TestCategories(t *testing.T) {
	// What each kind of check asks for, by a part of the names.
	names := map[string][]string{
		"lists":  {"spamhaus.org"},
		"rdns":   {"99.88.192.in-addr.arpa", "mail.acme.example"},
		"helo":   {"old.acme.example"},
		"spf":    {"acme.example"},
		"route":  {"member.example"},
		"sender": {"acme.example", "mail.acme.example"},
	}
	left := make(map[bounce.Category]bool)
	for _, info := range bounce.Categories() {
		left[info.Category] = true
	}
	for _, tt := range []struct {
		category bounce.Category
		said     string // or a whole line that ends in "\n"
		asks     string // a kind of check, or "" for none
		check    []string
		cause    cause
		steps    []stepKind
		contains string
	}{
		{category: bounce.Accepted, said: "Nov 21 10:00:00 mail postfix/smtp[1]: 4BqAb1: to=<bob@member.example>, relay=mx.member.example[198.51.100.25]:25, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n", contains: "Nothing was refused."},
		{category: bounce.Unknown, said: "550 5.0.0 Mumble", cause: stated, steps: []stepKind{stepReceiver}, contains: "Keep the address"},
		{category: bounce.IPBlocklisted, said: "554 5.7.1 Service unavailable; Client host [192.88.99.10] blocked using zen.spamhaus.org", asks: "lists", check: []string{"block list zen.spamhaus.org"}, cause: confirmed, steps: []stepKind{stepStop, stepChange, stepChange, stepDelist}, contains: "ask for removal of 192.88.99.10 at https://check.spamhaus.org"},
		{category: bounce.DomainBlocklisted, said: "554 5.7.1 Service unavailable; Sender address [news@acme.example] blocked using dbl.spamhaus.org", asks: "lists", check: []string{"block list dbl.spamhaus.org"}, cause: confirmed, steps: []stepKind{stepStop, stepChange, stepChange, stepDelist}, contains: "ask for removal of acme.example"},
		{category: bounce.IPReputation, said: "550 5.7.1 Rejected: very low reputation of the sending IP 192.88.99.10", cause: stated, steps: []stepKind{stepChange, stepReview}, contains: "no public list"},
		{category: bounce.DomainReputation, said: "550 5.7.1 Rejected: very low reputation of the sending domain", cause: stated, steps: []stepKind{stepChange, stepReview}, contains: "no public list"},
		{category: bounce.AuthFailed, said: "550 5.7.23 The message was rejected because of Sender Policy Framework violation: 192.88.99.11 is not allowed", asks: "spf", check: []string{"SPF"}, cause: unconfirmed, steps: []stepKind{stepChange}, contains: "the policy lets 192.88.99.11 send"},
		{category: bounce.BadRDNS, said: "550 5.7.25 Client host rejected: cannot find your hostname, [192.88.99.11]", asks: "rdns", check: []string{"reverse DNS"}, cause: unconfirmed, steps: []stepKind{stepChange}, contains: "its name is mail.acme.example"},
		{category: bounce.BadHELO, said: "550 5.7.1 <old.acme.example>: Helo command rejected: Host not found; client [192.88.99.11]", asks: "helo", check: []string{"reverse DNS", "HELO"}, cause: confirmed, steps: []stepKind{stepChange}, contains: "the name is unresolved"},
		{category: bounce.RateLimited, said: "421 4.7.0 Too many connections from 192.88.99.10, try again later", cause: stated, steps: []stepKind{stepChange}, contains: "It is not a block list"},
		{category: bounce.Greylisted, said: "451 4.7.1 Greylisting in action, please come back in 00:05:00", cause: stated, steps: []stepKind{stepWait}, contains: "by itself"},
		{category: bounce.SenderRejected, said: "550 5.1.8 <news@acme.example>: Sender address rejected: Domain not found", asks: "sender", check: []string{"route"}, cause: unconfirmed, steps: []stepKind{stepChange}, contains: "1 host for its mail"},
		{category: bounce.AuthRequired, said: "530 5.7.0 Authentication required", cause: stated, steps: []stepKind{stepChange}, contains: "password"},
		{category: bounce.RelayDenied, said: "554 5.7.1 <bob@member.example>: Relay access denied", cause: stated, steps: []stepKind{stepChange}, contains: "MX of the recipient's domain"},
		{category: bounce.TLSFailed, said: "530 5.7.0 Must issue a STARTTLS command first", cause: stated, steps: []stepKind{stepChange}, contains: "Enable STARTTLS"},
		{category: bounce.ContentSpam, said: "550 5.7.1 Message rejected as spam by Content Filtering.", cause: stated, steps: []stepKind{stepChange}, contains: "Stop this message"},
		{category: bounce.ContentVirus, said: "554 5.7.1 Virus found: Win.Test.EICAR_HDB-1", cause: stated, steps: []stepKind{stepChange}, contains: "break-in"},
		{category: bounce.ContentPolicy, said: "550 5.7.1 Attachments of type .js are not allowed", cause: stated, steps: []stepKind{stepChange}, contains: "attachment"},
		{category: bounce.ContentMalformed, said: "550 5.6.11 SMTPSEND.BareLinefeedsAreIllegal; message contains bare linefeeds, which cannot be sent via DATA", cause: stated, steps: []stepKind{stepChange}, contains: "line ends"},
		{category: bounce.MessageTooLarge, said: "552 5.3.4 Message size exceeds fixed maximum message size (20971520)", cause: stated, steps: []stepKind{stepChange}, contains: "split the message"},
		{category: bounce.MailboxUnknown, said: "550 5.1.1 <bob@member.example>: Recipient address rejected: User unknown in virtual mailbox table", cause: stated, steps: []stepKind{stepClean}, contains: "-dead-addresses"},
		{category: bounce.MailboxDisabled, said: "550 5.2.1 The email account that you tried to reach is disabled", cause: stated, steps: []stepKind{stepClean}, contains: "until its owner asks"},
		{category: bounce.MailboxFull, said: "552 5.2.2 Mailbox is full", cause: stated, steps: []stepKind{stepWait}, contains: "stays full"},
		{category: bounce.MailboxMoved, said: "551 5.1.6 User not local; please try <bob@new.example>", cause: stated, steps: []stepKind{stepClean}, contains: "new address"},
		{category: bounce.RecipientRefused, said: "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed", cause: stated, steps: []stepKind{stepClean}, contains: "ask the recipient"},
		{category: bounce.DomainUnknown, said: "550 5.1.2 Host or domain name not found: member.example", asks: "route", check: []string{"route"}, cause: confirmed, steps: []stepKind{stepClean}, contains: "typing mistake"},
		{category: bounce.Complaint, said: `{"type":"Feedback","id":"1","sender":"news@acme.example","recipient":"bob@member.example","timestamp":1795255200,"feedback_report":{"feedback_type":"abuse"}}` + "\n", cause: stated, steps: []stepKind{stepClean}, contains: "Unsubscribe"},
		{category: bounce.Policy, said: "550 5.7.1 Rejected due to local policy", cause: stated, steps: []stepKind{stepReceiver}, contains: "Keep the address"},
		{category: bounce.ProtocolError, said: "503 5.5.1 Bad sequence of commands", cause: stated, steps: []stepKind{stepChange}, contains: "transcript"},
		{category: bounce.ServerError, said: "451 4.3.0 Internal server error", cause: stated, steps: []stepKind{stepWait}, contains: "by itself"},
		{category: bounce.NetworkError, said: "Nov 21 10:00:00 mail postfix/smtp[1]: 4BqAb1: to=<bob@member.example>, relay=none, delay=30, dsn=4.4.1, status=deferred (connect to mx.member.example[198.51.100.25]:25: Connection timed out)\n", cause: stated, steps: []stepKind{stepWait}, contains: "port 25"},
		{category: bounce.RoutingLoop, said: "554 5.4.6 Too many hops", cause: stated, steps: []stepKind{stepReceiver}, contains: "Received fields"},
		{category: bounce.Expired, said: "2026-11-21 09:15:05 1tDabf-0001Af-6G ** kim@member.example: retry timeout exceeded\n", cause: stated, steps: []stepKind{stepClean}, contains: "deferrals before it"},
		{category: bounce.RemoteMisconfigured, said: "554 5.7.1 Service unavailable; Client host [192.88.99.10] blocked using zen.spamhaus.org; Error: open resolver; https://check.spamhaus.org/returnc/pub/198.51.100.53", cause: theirs, steps: []stepKind{stepReceiver}, contains: "No list has to be asked"},
	} {
		t.Run(string(tt.category), func(t *testing.T) {
			log := tt.said
			if !strings.HasSuffix(log, "\n") {
				log = lines("member.example", tt.said, 3)
			}
			zone := resolver.MustZone(testZone)
			n := noteOf(t, log, zone)
			if tt.category != bounce.Accepted {
				require.Equal(t, tt.category, n.Troubles[0].Category)
				require.Equal(t, tt.cause, n.Troubles[0].Cause, n.Troubles[0].Why)
				require.Len(t, n.Troubles, 1)
				var kinds []string
				for _, c := range n.Troubles[0].Checks {
					kinds = append(kinds, c.Kind)
				}
				require.Equal(t, tt.check, kinds)
			}
			require.Equal(t, tt.steps, n.kinds())
			text := noteText(n)
			require.Contains(t, strings.Join(strings.Fields(text), " "), tt.contains)
			requireNoDelisting(t, n)
			if tt.asks == "" {
				require.Empty(t, zone.Queries())
				return
			}
			require.NotEmpty(t, zone.Queries())
			allowed := names[tt.asks]
			if tt.asks == "helo" {
				allowed = append(allowed, names["rdns"]...)
			}
			for _, q := range zone.Queries() {
				require.True(t, slices.ContainsFunc(allowed, func(part string) bool { return strings.HasSuffix(q.Question.Name, part) }), q.Question.Name)
				require.NotContains(t, q.Question.Name, "_d", "neither DKIM nor DMARC")
			}
		})
		delete(left, tt.category)
	}
	require.Empty(t, left, "without a case")
}

// requireNoDelisting checks that a note asks nobody for removal without a public list
// that a receiver names, or that was found.
func requireNoDelisting(t *testing.T, n *note) {
	t.Helper()
	public := false
	for _, tr := range n.Troubles {
		blocklisted := tr.Category == bounce.IPBlocklisted || tr.Category == bounce.DomainBlocklisted
		public = public || blocklisted && tr.List != "" && !tr.deadList
		for _, c := range tr.Checks {
			public = public || len(c.Listings) > 0
		}
	}
	if !public {
		require.NotContains(t, n.kinds(), stepDelist)
		require.NotContains(t, strings.Join(strings.Fields(noteText(n)), " "), "sk for removal")
		require.NotContains(t, strings.Join(strings.Fields(noteText(n)), " "), "ask the list")
	}
}

// TestReceiversFault has receivers that are wrong about a list, in three ways, and one
// that names none.
func TestReceiversFault(t *testing.T) {
	for _, tt := range []struct {
		name, said, zone string
		cause            cause
		steps            []stepKind
		contains         string
	}{
		{
			name: "the list does not have it", said: "554 5.7.1 Client host [192.88.99.77] blocked using zen.spamhaus.org", zone: testZone,
			cause: theirs, steps: []stepKind{stepStop, stepReceiver}, contains: "ask them to look 192.88.99.77 up again",
		},
		{
			name: "the list does not answer", said: "554 5.7.1 Client host [192.88.99.77] blocked using zen.spamhaus.org", zone: "* !timeout",
			cause: unconfirmed, steps: []stepKind{stepStop, stepDelist}, contains: "Look 192.88.99.77 up",
		},
		{
			name: "the list refuses this resolver", said: "554 5.7.1 Client host [192.88.99.77] blocked using zen.spamhaus.org",
			zone: "*.zen.spamhaus.org A 127.255.255.254", cause: unconfirmed, steps: []stepKind{stepStop, stepDelist}, contains: "1 of 1 list gave no answer",
		},
		{
			name: "a dead list", said: "554 5.7.1 Client host [192.88.99.77] blocked using dnsbl.sorbs.net", zone: testZone,
			cause: theirs, steps: []stepKind{stepReceiver}, contains: "SORBS no longer exists",
		},
		{
			name: "a list that the catalogue lacks", said: "554 5.7.1 Client host [192.88.99.77] blocked using rbl.member.example",
			zone: "2.0.0.127.rbl.member.example A 127.0.0.2\n77.99.88.192.rbl.member.example A 127.0.0.9", cause: confirmed, steps: []stepKind{stepStop, stepChange, stepChange, stepReceiver}, contains: "Ask who runs rbl.member.example",
		},
		{
			name: "no list named, and none has it", said: "554 5.7.1 Your IP 192.88.99.77 is on our block list", zone: testZone,
			cause: unconfirmed, steps: []stepKind{stepStop, stepReceiver}, contains: "Ask which list has 192.88.99.77",
		},
		{
			name: "a private address", said: "554 5.7.1 Client host [10.0.0.1] blocked using zen.spamhaus.org", zone: testZone,
			cause: unconfirmed, contains: "no list can have it", steps: []stepKind{stepStop, stepDelist},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := noteOf(t, lines("member.example", tt.said, 3), resolver.MustZone(tt.zone))
			require.Len(t, n.Troubles, 1)
			require.Equal(t, tt.cause, n.Troubles[0].Cause, n.Troubles[0].Why)
			require.Equal(t, tt.steps, n.kinds())
			require.Contains(t, strings.Join(strings.Fields(noteText(n)), " "), tt.contains)
			requireNoDelisting(t, n)
		})
	}
}

// TestAuthentication checks that DMARC is looked at with what it rests on, in the name
// of the domain that the receiver means.
func TestAuthentication(t *testing.T) {
	said := "550-5.7.26 Unauthenticated email from shop.example is not accepted due to domain's 550-5.7.26 DMARC policy. 550 5.7.26 https://support.google.com/mail/?p=DmarcRejection a - gsmtp"
	zone := resolver.MustZone(storyZone)
	n := noteOf(t, lines("gmail.com", said, 2), zone)
	require.Len(t, n.Troubles, 1)
	require.Len(t, n.Troubles[0].Checks, 3)
	require.Equal(t, "shop.example", n.Troubles[0].Checks[0].Subject)
	require.Equal(t, unknown, n.Troubles[0].Checks[0].Outcome, "nobody knows which address sent")
	require.Positive(t, zone.Count("_dmarc.shop.example", 0))
	require.Zero(t, zone.Count("acme.example", 0))
}

// TestDomainAtProvider checks that a domain is looked up though a provider calls it
// unknown.
func TestDomainAtProvider(t *testing.T) {
	log := strings.ReplaceAll(lines("moved.example", "550 5.1.2 Host or domain name not found", 2), "mx.moved.example", "aspmx.l.google.com")
	n := noteOf(t, log, resolver.MustZone(""))
	require.Len(t, n.Troubles, 1)
	require.Equal(t, []string{"gmail"}, n.Troubles[0].By)
	require.Len(t, n.Troubles[0].Checks, 1)
	require.Equal(t, "moved.example", n.Troubles[0].Checks[0].Subject)
	require.Equal(t, found, n.Troubles[0].Checks[0].Outcome)
}

func TestDead(t *testing.T) {
	log := lines("a.example", "550 5.1.1 <bob@a.example>: Recipient address rejected: User unknown in virtual mailbox table", 1) +
		lines("b.example", "550 5.1.1 User unknown: mail from 192.88.99.10 is blocked using zen.spamhaus.org", 1) +
		lines("c.example", "450 4.1.1 <bob@c.example>: Recipient address rejected: User unknown in virtual mailbox table", 1) +
		lines("d.example", "552 5.2.2 Mailbox is full", 1) +
		lines("e.example", "550 5.1.1 <bob@e.example>: Recipient address rejected: User unknown in virtual mailbox table", 1) +
		"Nov 21 11:00:00 mail postfix/smtp[1]: 4BqAb9: to=<bob@e.example>, relay=mx.e.example[198.51.100.25]:25, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n" +
		"Nov 21 11:00:00 mail postfix/smtp[1]: 4BqAb8: to=<a\x1b[31m@f.example>, relay=mx.f.example[198.51.100.25]:25, dsn=5.1.1, status=bounced (host mx.f.example[198.51.100.25] said: 550 5.1.1 User unknown (in reply to RCPT TO command))\n"
	code, out, errs := runIncident(t, log, "-dead-addresses", "-")
	require.Zero(t, code, errs)
	require.Equal(t, "bob@a.example\n", out)
}

// TestDeadLong checks that of a long log nothing is lost.
func TestDeadLong(t *testing.T) {
	var b strings.Builder
	for i := range 4000 {
		b.WriteString(strings.ReplaceAll(lines(fmt.Sprintf("m%04d.example", i), "550-5.1.1 There is no\n550 5.1.1 such user here", 1), "BqAb", fmt.Sprint("X", i)))
	}
	require.Greater(t, b.Len(), 1<<19)
	code, out, errs := runIncident(t, b.String(), "-dead-addresses", "-")
	require.Zero(t, code, errs)
	require.Equal(t, 4000, strings.Count(out, "\n"))
}

func TestHostile(t *testing.T) {
	for _, tt := range []struct{ name, log string }{
		{"control characters", lines("a\x1b[31m.example", "550 5.7.1 \x1b]0;owned\x07 Client host [192.88.99.10] blocked using zen.spamhaus.org\u202e", 3)},
		{"a name with escapes", "Nov 21 10:00:00 mail postfix/smtpd[9]: 4BqA1: client=x[203.0.113.9], sasl_method=LOGIN, sasl_username=a\x1b[2Jb\n" + lines("a.example", "550 5.7.1 Rejected due to local policy", 3)},
		{"broken UTF-8", lines("a.example", "550 5.1.1 \xff\xfe\x80 User unknown", 3)},
		{"a long line", lines("a.example", "550 5.1.1 "+strings.Repeat("x", 1<<20), 2)},
		{"a line without an end", strings.Repeat("x", 1<<20)},
		{"a list that is no name", lines("a.example", "554 5.7.1 Client host [192.88.99.10] blocked using "+strings.Repeat("a.", 400)+"example", 2)},
		{"zeroes", strings.Repeat("\x00", 1<<18)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, args := range [][]string{{"-"}, {"-json", "-"}, {"-dead-addresses", "-"}} {
				file := t.TempDir() + "/zone"
				require.NoError(t, writeFile(file, testZone))
				if args[0] != "-dead-addresses" {
					args = append([]string{"-zone", file}, args...)
				}
				code, out, errs := runIncident(t, tt.log, args...)
				require.Equal(t, code == 1, strings.Contains(errs, "is it the log of a mail server?"), errs)
				require.LessOrEqual(t, code, 1)
				requirePrintable(t, out)
				require.Less(t, len(out), 20_000)
			}
		})
	}
}

// TestMillion reads a million lines from as many senders, of which half were refused by
// as many receivers, and watches the heap.
func TestMillion(t *testing.T) {
	n := 1_000_000
	if raceEnabled || testing.Short() {
		n = 50_000
	}
	var peak uint64
	log := &endless{n: n, line: func(i int) string {
		if i%100_000 == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
		if i%2 == 0 {
			return fmt.Sprintf("Nov 21 10:00:00 mail postfix/qmgr[9]: %X: from=<u%d@acme.example>, size=1234, nrcpt=1 (queue active)\n", int64(0x4B0000000)+int64(i), i)
		}
		return fmt.Sprintf("Nov 21 10:00:00 mail postfix/smtp[9]: %X: to=<bob@d%d.example>, relay=mx.d%d.example[198.51.100.25]:25, dsn=5.7.1, status=bounced (host mx.d%d.example[198.51.100.25] said: 554 5.7.1 Client host [192.88.99.10] blocked using zen.spamhaus.org (in reply to RCPT TO command))\n", int64(0x4B0000000)+int64(i), i, i, i)
	}}
	var out, errs strings.Builder
	require.Zero(t, run(t.Context(), []string{"-offline", "-"}, log, &out, &errs), errs.String())
	require.Contains(t, out.String(), fmt.Sprintf("%d lines read", n))
	require.Less(t, peak, uint64(64<<20))
	require.Less(t, out.Len(), 20_000)

	log.n = n / 4
	out.Reset()
	require.Zero(t, run(t.Context(), []string{"-dead-addresses", "-"}, log, &out, &errs), errs.String())
	require.Less(t, peak, uint64(64<<20))
	require.Empty(t, out.String(), "nobody is dead: the sender is blocked")
}

func writeFile(name, text string) error { return os.WriteFile(name, []byte(text), 0o600) }
