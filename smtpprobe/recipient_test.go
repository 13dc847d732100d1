package smtpprobe_test

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// mailboxes serves honestly, with a reply for each recipient by its local-part, and "*"
// for all others.
func mailboxes(s script, replies map[string]string) func(p *peer) {
	s = s.with("RCPT", "")
	return func(p *peer) {
		p.say(s.greeting)
		for {
			line := p.hear()
			word, rest, _ := strings.Cut(line, " ")
			reply := s.replies[word]
			if word == "RCPT" {
				local, _, _ := strings.Cut(strings.TrimPrefix(rest, "TO:<"), "@")
				var ok bool
				if reply, ok = replies[local]; !ok {
					reply = replies["*"]
				}
			}
			if line == "" || reply == "" || !p.say(reply) {
				return
			}
		}
	}
}

func TestRecipient(t *testing.T) {
	const nobody, yes1 = "550 5.1.1 No such user\r\n", "250 2.1.5 Ok\r\n"
	plain := honest(nil)
	req := smtpprobe.RecipientRequest{HELO: "probe.example.org", MailFrom: "probe@example.org", Recipient: "joe@example.net", Random: "nobody-7"}
	for _, tt := range []struct {
		name     string
		serve    func(p *peer)
		to       string
		status   smtpprobe.RecipientStatus
		stage    smtpprobe.Stage
		code     int
		enhanced string
		catchAll smtpprobe.Fact
		want     mailworthy.Code
		said     []string
	}{
		{
			name: "accepted", serve: mailboxes(plain, map[string]string{"joe": yes1, "*": nobody}),
			status: smtpprobe.RecipientAccepted, stage: smtpprobe.StageRCPT, code: 250, enhanced: "2.1.5", catchAll: no, want: smtpprobe.CodeRecipientAccepted,
			said: []string{"EHLO probe.example.org", "MAIL FROM:<probe@example.org>", "RCPT TO:<joe@example.net>", "RCPT TO:<nobody-7@example.net>", "QUIT"},
		},
		{
			name: "catch-all", serve: mailboxes(plain, map[string]string{"*": yes1}),
			status: smtpprobe.RecipientCatchAll, stage: smtpprobe.StageRCPT, code: 250, enhanced: "2.1.5", catchAll: yes, want: smtpprobe.CodeRecipientCatchAll,
			said: []string{"EHLO probe.example.org", "MAIL FROM:<probe@example.org>", "RCPT TO:<joe@example.net>", "RCPT TO:<nobody-7@example.net>", "RSET", "QUIT"},
		},
		{
			name: "rejected", serve: mailboxes(plain, map[string]string{"*": nobody}),
			status: smtpprobe.RecipientRejected, stage: smtpprobe.StageRCPT, code: 550, enhanced: "5.1.1", catchAll: maybe, want: smtpprobe.CodeRecipientRejected,
			said: []string{"EHLO probe.example.org", "MAIL FROM:<probe@example.org>", "RCPT TO:<joe@example.net>", "QUIT"},
		},
		{
			name: "full", serve: mailboxes(plain, map[string]string{"*": "552 5.2.2 Mailbox full\r\n"}),
			status: smtpprobe.RecipientDeferred, stage: smtpprobe.StageRCPT, code: 552, enhanced: "5.2.2", catchAll: maybe, want: smtpprobe.CodeRecipientDeferred,
		},
		{
			name: "rejected without an enhanced code", serve: mailboxes(plain, map[string]string{"*": "550 unknown\r\n"}),
			status: smtpprobe.RecipientRejected, stage: smtpprobe.StageRCPT, code: 550, catchAll: maybe, want: smtpprobe.CodeRecipientRejected,
		},
		{
			name: "a code of another class", serve: mailboxes(plain, map[string]string{"*": "550 4.7.1 what\r\n"}),
			status: smtpprobe.RecipientRejected, stage: smtpprobe.StageRCPT, code: 550, catchAll: maybe, want: smtpprobe.CodeRecipientRejected,
		},
		{
			name: "greylisted", serve: mailboxes(plain, map[string]string{"*": "450 4.2.0 Greylisted\r\n"}),
			status: smtpprobe.RecipientDeferred, stage: smtpprobe.StageRCPT, code: 450, enhanced: "4.2.0", catchAll: maybe, want: smtpprobe.CodeRecipientDeferred,
		},
		{
			name: "policy", serve: mailboxes(plain, map[string]string{"*": "550 5.7.1 Service refused\r\n"}),
			status: smtpprobe.RecipientBlocked, stage: smtpprobe.StageRCPT, code: 550, enhanced: "5.7.1", catchAll: maybe, want: smtpprobe.CodeRecipientBlocked,
		},
		{
			name: "relay denied", serve: mailboxes(plain, map[string]string{"*": "554 Relay access denied\r\n"}),
			status: smtpprobe.RecipientBlocked, stage: smtpprobe.StageRCPT, code: 554, catchAll: maybe, want: smtpprobe.CodeRecipientBlocked,
		},
		{
			name: "relay denied, by a bare 550", serve: mailboxes(plain, map[string]string{"*": "550 relay not permitted\r\n"}),
			status: smtpprobe.RecipientBlocked, stage: smtpprobe.StageRCPT, code: 550, catchAll: maybe, want: smtpprobe.CodeRecipientBlocked,
		},
		{
			name: "a block list, by a bare 550", serve: mailboxes(plain, map[string]string{"*": "550-You are\r\n550 Blacklisted at bl.example\r\n"}),
			status: smtpprobe.RecipientBlocked, stage: smtpprobe.StageRCPT, code: 550, catchAll: maybe, want: smtpprobe.CodeRecipientBlocked,
		},
		{
			name: "the sender's trouble, by a bare 550", serve: mailboxes(plain, map[string]string{"*": "550 Sender verify failed\r\n"}),
			status: smtpprobe.RecipientBlocked, stage: smtpprobe.StageRCPT, code: 550, catchAll: maybe, want: smtpprobe.CodeRecipientBlocked,
		},
		{
			name: "no such user, whose name is quoted", serve: mailboxes(plain, map[string]string{"*": "550 <antispam@blocked.example>: no such user here\r\n"}),
			status: smtpprobe.RecipientRejected, stage: smtpprobe.StageRCPT, code: 550, catchAll: maybe, want: smtpprobe.CodeRecipientRejected,
		},
		{
			name: "relay denied, by qmail", serve: mailboxes(plain, map[string]string{"*": "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)\r\n"}),
			status: smtpprobe.RecipientBlocked, stage: smtpprobe.StageRCPT, code: 553, enhanced: "5.7.1", catchAll: maybe, want: smtpprobe.CodeRecipientBlocked,
		},
		{
			name: "no such user, by qmail", serve: mailboxes(plain, map[string]string{"*": "550 sorry, no mailbox here by that name. (#5.1.1)\r\n"}),
			status: smtpprobe.RecipientRejected, stage: smtpprobe.StageRCPT, code: 550, enhanced: "5.1.1", catchAll: maybe, want: smtpprobe.CodeRecipientRejected,
		},
		{
			name: "brackets without a code", serve: mailboxes(plain, map[string]string{"*": "550 )\r\n"}),
			status: smtpprobe.RecipientRejected, stage: smtpprobe.StageRCPT, code: 550, catchAll: maybe, want: smtpprobe.CodeRecipientRejected,
		},
		{
			name: "no such user, whatever the text", serve: mailboxes(plain, map[string]string{"*": "550 5.1.1 Sender blocked by policy\r\n"}),
			status: smtpprobe.RecipientRejected, stage: smtpprobe.StageRCPT, code: 550, enhanced: "5.1.1", catchAll: maybe, want: smtpprobe.CodeRecipientRejected,
		},
		{
			name: "out of order", serve: mailboxes(plain, map[string]string{"*": "503 5.5.1 Bad sequence\r\n"}),
			status: smtpprobe.RecipientUnknown, stage: smtpprobe.StageRCPT, code: 503, enhanced: "5.5.1", catchAll: maybe, want: smtpprobe.CodeRecipientUnknown,
		},
		{
			name: "the second is limited", serve: mailboxes(plain, map[string]string{"joe": yes1, "*": "452 4.5.3 Too many\r\n"}),
			status: smtpprobe.RecipientAccepted, stage: smtpprobe.StageRCPT, code: 250, enhanced: "2.1.5", catchAll: maybe, want: smtpprobe.CodeRecipientAccepted,
		},
		{
			name: "the second is blocked", serve: mailboxes(plain, map[string]string{"joe": yes1, "*": "550 5.7.1 Harvesting\r\n"}),
			status: smtpprobe.RecipientAccepted, stage: smtpprobe.StageRCPT, code: 250, enhanced: "2.1.5", catchAll: maybe, want: smtpprobe.CodeRecipientAccepted,
		},
		{
			name: "closes at the second", serve: mailboxes(plain, map[string]string{"joe": yes1, "*": ""}),
			status: smtpprobe.RecipientAccepted, stage: smtpprobe.StageRCPT, code: 250, enhanced: "2.1.5", catchAll: maybe, want: smtpprobe.CodeRecipientAccepted,
		},
		{
			name: "closes at the first", serve: mailboxes(plain, map[string]string{"*": ""}),
			status: smtpprobe.RecipientUnknown, stage: smtpprobe.StageRCPT, catchAll: maybe, want: smtpprobe.CodeRecipientUnknown,
		},
		{
			name: "the sender is refused", serve: mailboxes(plain.with("MAIL", "550 5.7.27 Sender has a null MX\r\n"), nil),
			status: smtpprobe.RecipientBlocked, stage: smtpprobe.StageMAIL, code: 550, enhanced: "5.7.27", catchAll: maybe, want: smtpprobe.CodeRecipientBlocked,
		},
		{
			name: "needs TLS", serve: mailboxes(plain.with("MAIL", "530 5.7.0 Must issue a STARTTLS command first\r\n"), nil),
			status: smtpprobe.RecipientBlocked, stage: smtpprobe.StageMAIL, code: 530, enhanced: "5.7.0", catchAll: maybe, want: smtpprobe.CodeRecipientBlocked,
		},
		{
			name: "a block list", serve: plain.with("greeting", "554 5.7.1 blocked using zen.spamhaus.org\r\n").serve,
			status: smtpprobe.RecipientBlocked, stage: smtpprobe.StageGreeting, code: 554, enhanced: "5.7.1", catchAll: maybe, want: smtpprobe.CodeRecipientBlocked,
		},
		{
			name: "too many connections", serve: plain.with("EHLO", "421 4.7.0 later\r\n").serve,
			status: smtpprobe.RecipientDeferred, stage: smtpprobe.StageEHLO, code: 421, enhanced: "4.7.0", catchAll: maybe, want: smtpprobe.CodeRecipientDeferred,
		},
		{
			name: "HELO only", serve: mailboxes(plain.with("EHLO", "502 no\r\n"), map[string]string{"joe": yes1, "*": nobody}),
			status: smtpprobe.RecipientAccepted, stage: smtpprobe.StageRCPT, code: 250, enhanced: "2.1.5", catchAll: no, want: smtpprobe.CodeRecipientAccepted,
		},
		{
			name: "UTF-8", to: "jürgen@bücher.example", serve: mailboxes(plain, map[string]string{"*": yes1}),
			status: smtpprobe.RecipientCatchAll, stage: smtpprobe.StageRCPT, code: 250, enhanced: "2.1.5", catchAll: yes, want: smtpprobe.CodeRecipientCatchAll,
			said: []string{"EHLO probe.example.org", "MAIL FROM:<probe@example.org> SMTPUTF8", "RCPT TO:<jürgen@xn--bcher-kva.example>", "RCPT TO:<nobody-7@xn--bcher-kva.example>", "RSET", "QUIT"},
		},
		{
			name: "UTF-8 where it is not offered", to: "jürgen@bücher.example", serve: mailboxes(plain.with("EHLO", "250 mx.example.net\r\n"), nil),
			status: smtpprobe.RecipientUnknown, catchAll: maybe, want: smtpprobe.CodeRecipientUnknown, said: []string{"EHLO probe.example.org", "QUIT"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := listen(t, tt.serve)
			req := req
			if tt.to != "" {
				req.Recipient = tt.to
			}
			rep, err := s.prober().ProbeRecipient(t.Context(), req, []smtpprobe.Host{s.host(host)})
			require.NoError(t, err)
			require.Equal(t, tt.status, rep.Status)
			require.Equal(t, tt.stage, rep.Stage)
			require.Equal(t, tt.code, rep.Code)
			require.Equal(t, tt.enhanced, rep.Enhanced)
			require.Equal(t, tt.catchAll, rep.CatchAll)
			require.Equal(t, []mailworthy.Code{tt.want}, codes(rep.Findings))
			require.NotEmpty(t, rep.Findings[0].Remedy)
			require.NotEmpty(t, rep.Findings[0].Ref)
			require.NotEmpty(t, rep.Findings[0].Evidence)
			if tt.said != nil {
				require.Equal(t, [][]string{tt.said}, s.commands())
			}
			text, err := json.Marshal(rep)
			require.NoError(t, err)
			var back smtpprobe.RecipientReport
			require.NoError(t, json.Unmarshal(text, &back))
			require.Equal(t, rep.RecipientResult, smtpprobe.EvaluateRecipient(req, back.Sessions))
		})
	}
}

// TestRecipientTLS shows that the mailboxes are named inside TLS when it is offered.
func TestRecipientTLS(t *testing.T) {
	s := listen(t, honest(good()).serve)
	req := smtpprobe.RecipientRequest{HELO: "probe.example.org", MailFrom: "probe@example.org", Recipient: "joe@example.net"}
	rep, err := s.prober().ProbeRecipient(t.Context(), req, []smtpprobe.Host{s.host(host)})
	require.NoError(t, err)
	require.Equal(t, smtpprobe.RecipientCatchAll, rep.Status)
	said := s.commands()[0]
	require.Equal(t, []string{"EHLO probe.example.org", "STARTTLS", "EHLO probe.example.org", "MAIL FROM:<probe@example.org>", "RCPT TO:<joe@example.net>"}, said[:5])
	require.Regexp(t, `^RCPT TO:<mw-[a-z0-9]{20,}@example\.net>$`, said[5], "a local-part that nobody has")
	require.Equal(t, []string{"RSET", "QUIT"}, said[6:])
}

// TestRecipientHosts shows when the next host is asked.
func TestRecipientHosts(t *testing.T) {
	req := smtpprobe.RecipientRequest{HELO: "probe.example.org", MailFrom: "probe@example.org", Recipient: "joe@example.net"}
	good := listen(t, mailboxes(honest(nil), map[string]string{"joe": "250 Ok\r\n", "*": "550 no\r\n"}))
	other := func(s script) smtpprobe.Host {
		at := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.3"), good.addr.Port()).String()
		return listenAt(t, at, s.serve).host("mx1.example.net")
	}
	for _, tt := range []struct {
		name  string
		first func() smtpprobe.Host
		want  smtpprobe.RecipientStatus
		n     int
	}{
		{name: "down", first: func() smtpprobe.Host { return smtpprobe.Host{Addrs: []netip.Addr{netip.MustParseAddr("127.9.9.9")}} }, want: smtpprobe.RecipientAccepted, n: 2},
		{name: "not public", first: func() smtpprobe.Host { return smtpprobe.Host{Addrs: []netip.Addr{netip.MustParseAddr("10.0.0.1")}} }, want: smtpprobe.RecipientAccepted, n: 2},
		{name: "later", first: func() smtpprobe.Host { return other(honest(nil).with("greeting", "421 later\r\n")) }, want: smtpprobe.RecipientAccepted, n: 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rep, err := good.prober().ProbeRecipient(t.Context(), req, []smtpprobe.Host{tt.first(), good.host(host)})
			require.NoError(t, err)
			require.Equal(t, tt.want, rep.Status)
			require.Len(t, rep.Sessions, tt.n)
		})
	}
	t.Run("no for good", func(t *testing.T) {
		at := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.4"), good.addr.Port()).String()
		first := listenAt(t, at, honest(nil).with("greeting", "554 go away\r\n").serve).host("mx1.example.net")
		rep, err := good.prober().ProbeRecipient(t.Context(), req, []smtpprobe.Host{first, good.host(host)})
		require.NoError(t, err)
		require.Equal(t, smtpprobe.RecipientBlocked, rep.Status)
		require.Len(t, rep.Sessions, 1)
	})
}

func TestRecipientIdentity(t *testing.T) {
	hosts := []smtpprobe.Host{{Name: host, Addrs: []netip.Addr{public}}}
	for _, req := range []smtpprobe.RecipientRequest{
		{Recipient: "joe@example.net", MailFrom: "probe@example.org"},
		{Recipient: "joe@example.net", HELO: "probe.example.org"},
	} {
		_, err := smtpprobe.Prober{HELO: "other.example.org"}.ProbeRecipient(t.Context(), req, hosts)
		require.ErrorIs(t, err, smtpprobe.ErrIdentity)
	}
}
