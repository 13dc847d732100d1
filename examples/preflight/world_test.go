package main

import (
	"bytes"
	"crypto"
	"flag"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/mailworthy/mailworthy/dkim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	update   = flag.Bool("update", false, "write what the embedded campaign prints to testdata")
	generate = flag.Bool("generate", false, "sign the embedded message anew, with a new key")
)

// newKey makes the key of the tests, once.
var newKey = sync.OnceValue(func() crypto.Signer {
	key, err := dkim.GenerateRSA(2048)
	if err != nil {
		panic(err)
	}
	return key
})

// letter is a message in which no rule finds fault.
const letter = `From: The Shop <news@shop.example>
To: ann@gmail.com
Subject: New in November
Date: Sun, 22 Nov 2026 00:00:00 +0000
Message-ID: <20261122.4711@mail.shop.example>
Reply-To: help@shop.example
List-Unsubscribe: <https://www.shop.example/u/8f14e45fceea167a>,
 <mailto:leave+8f14e45f@mail.shop.example>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii
Content-Transfer-Encoding: 7bit

There are new teapots.

To unsubscribe: https://www.shop.example/u/8f14e45fceea167a
`

// receivedTLS is what a server in front of a mailbox writes.
const receivedTLS = "Return-Path: <bounce@mail.shop.example>\r\n" +
	"Received: from mta1.shop.example (mta1.shop.example [192.88.99.1])\r\n" +
	"\tby mx.test.example (Postfix) with ESMTPS id 4711 (using TLSv1.3)\r\n" +
	"\tfor <seed@test.example>; Sun, 22 Nov 2026 00:00:05 +0000 (UTC)\r\n"

// signed signs a message. Without headers, all that matter are covered.
func signed(t *testing.T, key crypto.Signer, message string, headers ...string) string {
	t.Helper()
	var b bytes.Buffer
	signer := dkim.Signer{Domain: "shop.example", Selector: "s1", Key: key, Headers: headers}
	require.NoError(t, signer.Sign(&b, strings.NewReader(message)))
	return b.String()
}

func keyRecord(t *testing.T, key crypto.Signer) string {
	t.Helper()
	record, err := dkim.Record(key.Public(), dkim.RecordOptions{})
	require.NoError(t, err)
	return record
}

var keyLine = regexp.MustCompile(`(?m)^(s1\._domainkey\S+\s+\S+ TXT ).*$`)

func withKey(zone, record string) string {
	return keyLine.ReplaceAllString(zone, `$1"`+record+`"`)
}

// TestGenerate makes the embedded message. Its signature leaves List-Unsubscribe-Post
// out, as that of many mail servers does which are older than RFC 8058.
func TestGenerate(t *testing.T) {
	if !*generate {
		t.Skip("only with -generate")
	}
	key := newKey()
	message := receivedTLS + signed(t, key, letter, "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "List-Unsubscribe")
	require.NoError(t, os.WriteFile("testdata/story.eml", []byte(message), 0o600))
	require.NoError(t, os.WriteFile("testdata/story.zone", []byte(withKey(storyZone, keyRecord(t, key))), 0o600))
}

// goodZone is a world in which no rule finds fault: that of the embedded campaign, with
// the second host named and allowed, and with lists that answer.
func goodZone(t *testing.T) string {
	t.Helper()
	zone := strings.NewReplacer(
		"ip4:192.88.99.1 ~all", "ip4:192.88.99.1 ip4:192.88.99.2 ~all",
		"host-192-88-99-2.hoster.example", "mta2.shop.example",
		"*.psbl.surriel.com                           2100 A !servfail", "2.0.0.127.psbl.surriel.com 2100 A 127.0.0.2",
		"*.multi.uribl.com                            2100 A 127.0.0.1", "2.0.0.127.multi.uribl.com 2100 A 127.0.0.14\ntest.uribl.com.multi.uribl.com 2100 A 127.0.0.14",
	).Replace(storyZone)
	return withKey(zone, keyRecord(t, newKey()))
}

// goodMessage is the letter, signed and received by each of the senders.
func goodMessage(t *testing.T) string {
	t.Helper()
	return receivedTLS + "Received: from mta1.shop.example (mta2.shop.example [192.88.99.2]) by mx.test.example with ESMTPS; Sun, 22 Nov 2026 00:00:01 +0000\r\n" +
		signed(t, newKey(), letter)
}

// vouchAll answers for all that the sender can answer for.
const vouchAll = "unsubscribe-link,unsubscribe-done,spam-rate,opt-in"

// newCampaign is the campaign of a good world, with another message if there is one.
func newCampaign(t *testing.T, message string) campaign {
	t.Helper()
	var c campaign
	if message != "" {
		s, err := readSample(strings.NewReader(message))
		require.NoError(t, err)
		c.Sample = s
	}
	c.ReturnPath = "bounce@mail.shop.example"
	from := ""
	if c.Sample == nil {
		from = "shop.example"
	}
	require.NoError(t, c.fill(from, "mta1.shop.example=192.88.99.1,mta2.shop.example=192.88.99.2", "s1", "", vouchAll))
	return c
}

// statusOf returns what became of each rule.
func statusOf(rep report) map[string]status {
	out := make(map[string]status)
	for _, r := range rep.Rules {
		out[r.ID] = r.Status
	}
	return out
}
