package bounce_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/bounce"
)

const postfixDSN = `Return-Path: <>
Date: Sat, 21 Nov 2026 10:00:00 +0000
From: MAILER-DAEMON@mail.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: news@example.org
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4BqAbC.1763719200/mail.example.org"

This is a MIME-encapsulated message.

--4BqAbC.1763719200/mail.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--4BqAbC.1763719200/mail.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org
Original-Envelope-Id: QQ314159
X-Postfix-Queue-ID: 4BqAbC
Arrival-Date: Sat, 21 Nov 2026 09:59:58 +0000 (UTC)

Final-Recipient: rfc822; bob@example.net
Original-Recipient: rfc822;robert@example.net
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 550 5.1.1 <robert@example.net>: Recipient address
    rejected: User unknown in virtual mailbox table

Final-Recipient: rfc822; carol@example.net
Action: delayed
Status: 4.2.2
Diagnostic-Code: smtp; 452 4.2.2 Mailbox full

--4BqAbC.1763719200/mail.example.org
Content-Description: Undelivered Message
Content-Type: message/rfc822

Return-Path: <news@example.org>
Message-ID: <1@example.org>
Subject: news

text
--4BqAbC.1763719200/mail.example.org--
`

const complaint = `From: <feedback@mail.example.net>
Date: Sat, 21 Nov 2026 10:00:00 +0000
Subject: FW: Offers
To: <abuse@example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part1"

--part1
Content-Type: text/plain

This is an email abuse report.

--part1
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <news@example.org>
Original-Rcpt-To: <bob@example.net>
Reporting-MTA: dns; mail.example.net
Source-IP: 192.0.2.10

--part1
Content-Type: message/rfc822

From: <news@example.org>
Message-ID: <2@example.org>

text
--part1--
`

func TestParseDSN(t *testing.T) {
	for _, ends := range []string{"\n", "\r\n"} {
		d, err := bounce.ParseDSN([]byte(strings.ReplaceAll(postfixDSN, "\n", ends)))
		require.NoError(t, err)
		at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
		for i := range d.Observations {
			require.True(t, at.Equal(d.Observations[i].Time))
			d.Observations[i].Time = at
		}
		require.Equal(t, bounce.DSN{
			Format: bounce.FormatDSN, ReportingHost: "mail.example.org", EnvelopeID: "QQ314159", MessageID: "<1@example.org>",
			Observations: []bounce.Observation{
				{
					Text: "550 5.1.1 <robert@example.net>: Recipient address\nrejected: User unknown in virtual mailbox table",
					Code: 550, Enhanced: "5.1.1", Outcome: bounce.OutcomeBounced, Format: bounce.FormatDSN,
					Sender: "news@example.org", Recipient: "robert@example.net", RemoteHost: "mx.example.net", Time: at,
				},
				{
					Text: "452 4.2.2 Mailbox full", Code: 452, Enhanced: "4.2.2", Outcome: bounce.OutcomeDeferred,
					Format: bounce.FormatDSN, Sender: "news@example.org", Recipient: "carol@example.net", Time: at,
				},
			},
		}, d)
		require.Equal(t, bounce.ActionRemove, bounce.Evaluate(d.Observations[0]).Action)
		require.Equal(t, bounce.MailboxFull, bounce.Evaluate(d.Observations[1]).Category)
	}
}

func TestParseComplaint(t *testing.T) {
	d, err := bounce.ParseDSN([]byte(complaint))
	require.NoError(t, err)
	require.Equal(t, bounce.FormatARF, d.Format)
	require.Equal(t, "abuse", d.FeedbackType)
	require.Equal(t, "mail.example.net", d.ReportingHost)
	require.Len(t, d.Observations, 1)
	o := d.Observations[0]
	require.Equal(t, "bob@example.net", o.Recipient)
	require.Equal(t, netip.MustParseAddr("192.0.2.10"), o.LocalIP)
	res := bounce.Evaluate(o)
	require.Equal(t, bounce.Complaint, res.Category)
	require.Equal(t, bounce.ActionSuppress, res.Action)
}

func TestParseLooseBounces(t *testing.T) {
	for _, tt := range []struct {
		name, msg, to string
		category      bounce.Category
		action        bounce.Action
	}{
		{
			name: "qmail", to: "bob@example.net", category: bounce.MailboxUnknown, action: bounce.ActionRemove,
			msg: "Subject: failure notice\n\nHi. This is the qmail-send program at mail.example.org.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\n<bob@example.net>:\n198.51.100.25 does not like recipient.\nRemote host said: 550 5.1.1 User unknown\nGiving up on 198.51.100.25.\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <news@example.org>\n",
		},
		{
			name: "Exim", to: "bob@example.net", category: bounce.ContentSpam, action: bounce.ActionFixContent,
			msg: "Subject: Mail delivery failed: returning message to sender\nX-Failed-Recipients: bob@example.net\n\nThis message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  bob@example.net\n    host mx.example.net [198.51.100.25]\n    SMTP error from remote mail server after end of data:\n    550 rejected as spam\n\n------ This is a copy of the message\n",
		},
		{
			name: "Sendmail", to: "bob@example.net", category: bounce.MailboxUnknown, action: bounce.ActionRemove,
			msg: "Subject: Returned mail: see transcript for details\n\nThe original message was received at Sat, 21 Nov 2026 10:00:00 GMT\n\n   ----- The following addresses had permanent fatal errors -----\n<bob@example.net>\n    (reason: 550 5.1.1 User unknown)\n\n   ----- Transcript of session follows -----\n... while talking to mx.example.net.:\n>>> DATA\n<<< 550 5.1.1 User unknown\n",
		},
		{
			name: "Exchange", to: "bob@example.net", category: bounce.MailboxUnknown, action: bounce.ActionRemove,
			msg: "Subject: Undeliverable: news\n\nDelivery has failed to these recipients or groups:\n\nDiagnostic information for administrators:\n\nGenerating server: ex.example.org\n\nbob@example.net\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup'\n\nOriginal message headers:\n",
		},
		{
			name: "German, in quoted-printable", to: "bob@example.net", category: bounce.MailboxFull, action: bounce.ActionRetry,
			msg: "Subject: Unzustellbar: news\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nIhre Nachricht konnte nicht zugestellt werden.\n\nbob@example.net:\n552 5.2.2 Das Postfach des Empf=C3=A4ngers ist voll\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := bounce.ParseDSN([]byte(tt.msg))
			require.NoError(t, err)
			require.Equal(t, bounce.FormatBounce, d.Format)
			require.Len(t, d.Observations, 1)
			require.Equal(t, tt.to, d.Observations[0].Recipient)
			res := bounce.Evaluate(d.Observations[0])
			require.Equal(t, tt.category, res.Category, d.Observations[0].Text)
			require.Equal(t, tt.action, res.Action, d.Observations[0])
		})
	}
}

func TestParseDSNRefusesOthers(t *testing.T) {
	for name, msg := range map[string]string{
		"nothing":          "",
		"an ordinary one":  "Subject: lunch\n\nbob@example.net\n550 is a number\n",
		"no recipients":    "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x.test\n",
		"a broken header":  "::::\n\n\n\n",
		"boundary missing": "Content-Type: multipart/report\n\n--x\n\n--x--\n",
	} {
		t.Run(name, func(t *testing.T) {
			d, err := bounce.ParseDSN([]byte(msg))
			require.ErrorIs(t, err, bounce.ErrNotBounce)
			require.Empty(t, d.Observations)
		})
	}
}

// TestParseDSNIsBounded checks that deep nesting and many parts come to an end.
func TestParseDSNIsBounded(t *testing.T) {
	deep := "Content-Type: multipart/mixed; boundary=a\n\n" + strings.Repeat("--a\nContent-Type: multipart/mixed; boundary=a\n\n", 10000)
	_, err := bounce.ParseDSN([]byte(deep))
	require.ErrorIs(t, err, bounce.ErrNotBounce)

	group := "Final-Recipient: rfc822; a@example.net\nAction: failed\nStatus: 5.1.1\n\n"
	d, err := bounce.ParseDSN([]byte("Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n" + strings.Repeat(group, 5000)))
	require.NoError(t, err)
	require.Len(t, d.Observations, 1000)
}
