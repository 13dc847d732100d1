package main

import (
	"errors"
	"io"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/dmarc"
)

func TestForm(t *testing.T) {
	crlf := strings.ReplaceAll(letter, "\n", "\r\n")
	swap := func(old, by string) string {
		require.Contains(t, crlf, old)
		return strings.Replace(crlf, old, by, 1)
	}
	multi := func(head, body string) string {
		return swap("Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n", head+"\r\n\r\n"+body)
	}
	const mixed = `Content-Type: multipart/mixed; boundary="b"`
	for _, tt := range []struct {
		name, message string
		want          []mailworthy.Code // none is a good message
	}{
		{name: "good", message: crlf},
		{name: "Unix form", message: letter},
		{name: "a folded field", message: swap("Subject: New in", "Subject: New\r\n in")},
		{name: "a name in quotes", message: swap("The Shop", `"Shop, The"`)},
		{name: "no From", message: swap("From: The Shop <news@shop.example>\r\n", ""), want: []mailworthy.Code{codeMissing}},
		{name: "two From", message: "From: a@b.example\r\n" + crlf, want: []mailworthy.Code{codeTwice}},
		{name: "two addresses in From", message: swap("<news@shop.example>", "<news@shop.example>, b@shop.example"), want: []mailworthy.Code{codeFrom}},
		{name: "two domains in From", message: swap("<news@shop.example>", "<news@shop.example>, b@x.example"), want: []mailworthy.Code{dmarc.CodeFromDomains}},
		{name: "From is no address", message: swap("<news@shop.example>", ""), want: []mailworthy.Code{dmarc.CodeFromEmpty}},
		{name: "no To", message: swap("To: ann@gmail.com\r\n", ""), want: []mailworthy.Code{codeMissing}},
		{name: "two Subject", message: "subject: x\r\n" + crlf, want: []mailworthy.Code{codeTwice}},
		{name: "two To", message: "TO : x@y.example\r\n" + crlf, want: []mailworthy.Code{codeSyntax}},
		{name: "no Date", message: swap("Date:", "X-Date:"), want: []mailworthy.Code{codeMissing}},
		{name: "a Date of a database", message: swap("Sun, 22 Nov 2026 00:00:00 +0000", "2026-11-22 00:00:00"), want: []mailworthy.Code{codeDate}},
		{name: "no Message-ID", message: swap("Message-ID:", "X-ID:"), want: []mailworthy.Code{codeMissing}},
		{name: "a Message-ID without a domain", message: swap("@mail.shop.example>\r\nReply", ">\r\nReply"), want: []mailworthy.Code{codeMessageID}},
		{name: "two in Message-ID", message: swap("<20261122.4711@", "<a@b.example> <20261122.4711@"), want: []mailworthy.Code{codeMessageID}},
		{name: "two Reply-To", message: "Reply-To: x@y.example\r\n" + crlf, want: []mailworthy.Code{codeTwice}},
		{name: "a long line in the body", message: crlf + strings.Repeat("x", 999) + "\r\n", want: []mailworthy.Code{codeLineLength}},
		{name: "a line that just fits", message: crlf + strings.Repeat("x", 998) + "\r\n"},
		{name: "a long line in the header", message: "X-Long: " + strings.Repeat("x", 991) + "\r\n" + crlf, want: []mailworthy.Code{codeLineLength}},
		{name: "a bare CR", message: crlf + "a\rb\r\n", want: []mailworthy.Code{codeLineEnd}},
		{name: "a bare LF", message: crlf + "a\nb\r\n", want: []mailworthy.Code{codeLineEnd}},
		{name: "a CR at the end", message: crlf + "a\r", want: []mailworthy.Code{codeLineEnd}},
		{name: "NUL", message: crlf + "a\x00\r\n", want: []mailworthy.Code{codeLineEnd}},
		{name: "no end of the last line", message: crlf + "a"},
		{name: "8-bit Subject", message: swap("New in", "Neü in"), want: []mailworthy.Code{codeNotASCII}},
		{name: "8-bit body that says 7bit", message: crlf + "ü\r\n", want: []mailworthy.Code{codeMIME}},
		{name: "8-bit body", message: swap("7bit", "8bit") + "ü\r\n"},
		{name: "no MIME-Version", message: swap("MIME-Version: 1.0\r\n", ""), want: []mailworthy.Code{codeMIME}},
		{name: "an unknown encoding", message: swap("7bit", "uuencode"), want: []mailworthy.Code{codeMIME}},
		{name: "no Content-Type", message: swap("text/plain; charset=us-ascii", "text"), want: []mailworthy.Code{codeMIME}},
		{name: "two Content-Type", message: "Content-Type: text/html\r\n" + crlf, want: []mailworthy.Code{codeTwice}},
		{name: "a multipart", message: multi(mixed, "--b\r\n\r\nx\r\n--b-- \r\n")},
		{name: "a multipart without end", message: multi(mixed, "--b\r\n\r\nx\r\n"), want: []mailworthy.Code{codeMIME}},
		{name: "a multipart without parts", message: multi(mixed, "x\r\n"), want: []mailworthy.Code{codeMIME}},
		{name: "a multipart without boundary", message: multi("Content-Type: multipart/mixed", "x\r\n"), want: []mailworthy.Code{codeMIME}},
		{name: "a multipart in base64", message: multi(mixed+"\r\nContent-Transfer-Encoding: base64", "--b\r\n--b--\r\n"), want: []mailworthy.Code{codeMIME}},
		{name: "a line that is no field", message: "hello\r\n" + crlf, want: []mailworthy.Code{codeSyntax}},
		{name: "a fold before all", message: " x: y\r\n" + crlf, want: []mailworthy.Code{codeSyntax}},
		{name: "a fold to an empty line", message: swap("Subject: New", "Subject: New\r\n  "), want: nil},
		{name: "a large header", message: strings.Repeat("X: "+strings.Repeat("x", 900)+"\r\n", 120) + crlf, want: []mailworthy.Code{codeHeaderSize}},
		{name: "a header without end", message: strings.Repeat("X: y\r\n", 60_000), want: []mailworthy.Code{codeHeaderSize}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := readSample(strings.NewReader(tt.message))
			require.NoError(t, err)
			var got []mailworthy.Code
			for _, f := range s.form {
				got = append(got, f.Code)
				require.NotEmpty(t, f.Remedy)
				require.NotEmpty(t, f.Ref)
			}
			require.Subset(t, got, tt.want)
			if len(tt.want) == 0 {
				require.Empty(t, s.form)
			}
		})
	}
}

func TestOneClickHeader(t *testing.T) {
	const good = "<https://www.shop.example/u/1>"
	for _, tt := range []struct {
		name, list, post string
		want             status
	}{
		{name: "good", list: good, post: oneClickValue, want: pass},
		{name: "with a mailbox and a comment", list: "(one click) " + good + " , <mailto:a@b.example?subject=out>", post: oneClickValue, want: pass},
		{name: "http", list: "<http://www.shop.example/u/1>", post: oneClickValue, want: fail},
		{name: "http as well", list: good + ", <http://www.shop.example/u/1>", post: oneClickValue, want: fail},
		{name: "two of https", list: good + "," + good, post: oneClickValue, want: fail},
		{name: "a mailbox alone", list: "<mailto:a@b.example>", post: oneClickValue, want: fail},
		{name: "no brackets", list: "https://www.shop.example/u/1", post: oneClickValue, want: fail},
		{name: "nothing", list: "", post: oneClickValue, want: fail},
		{name: "a private host", list: "<https://10.0.0.1/u>", post: oneClickValue, want: fail},
		{name: "localhost", list: "<https://localhost/u>", post: oneClickValue, want: fail},
		{name: "a password", list: "<https://a:b@www.shop.example/u>", post: oneClickValue, want: fail},
		{name: "another value", list: good, post: "List-Unsubscribe=Two-Clicks", want: fail},
		{name: "more than the value", list: good, post: oneClickValue + "&x=y", want: fail},
		{name: "no Post", list: good, want: fail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			header := "List-Unsubscribe: " + tt.list + "\r\n"
			if tt.post != "" {
				header += "List-Unsubscribe-Post: " + tt.post + "\r\n"
			}
			s := &sample{message: &dkim.Message{Header: []byte(header)}}
			f := &facts{sample: s, signed: dkim.Result{Status: dkim.Pass, Signatures: []dkim.Signature{
				{Status: dkim.Pass, Headers: []string{"from", "list-unsubscribe", "list-unsubscribe-post"}},
			}}}
			require.Equal(t, tt.want, oneClick(f).Status, oneClick(f).Reason)
			f.signed.Signatures[0].Status, f.signed.Status = dkim.Fail, dkim.Fail
			require.Equal(t, fail, oneClick(f).Status, "the signature does not pass")
			f.signed.Signatures[0].Status, f.signed.Status = dkim.TempError, dkim.TempError
			require.NotEqual(t, pass, oneClick(f).Status)
			f.signed.Signatures[0].Status, f.signed.Signatures[0].Headers = dkim.Pass, []string{"from", "list-unsubscribe"}
			require.NotEqual(t, pass, oneClick(f).Status, "one of the two is not covered")
			s.message.Header = append(s.message.Header, header...)
			require.Equal(t, fail, oneClick(f).Status, "two fields")
		})
	}
}

// TestHops has the Received fields of common servers.
func TestHops(t *testing.T) {
	for _, tt := range []struct {
		name, field string
		want        status
	}{
		{name: "Postfix", field: "from a.example (a.example [192.0.2.1]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)) by mx.example (Postfix) with ESMTPS id 1", want: pass},
		{name: "Postfix without TLS", field: "from a.example (a.example [192.0.2.1]) by mx.example (Postfix) with ESMTP id 1", want: fail},
		{name: "Gmail", field: "from a.example (a.example. [192.0.2.1]) by mx.google.com with ESMTPS id 1 for <x@gmail.com> (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256)", want: pass},
		{name: "Exim", field: "from a.example ([192.0.2.1]) by mx.example with esmtps (TLS1.3) tls TLS_AES_256_GCM_SHA384 (Exim 4.97) id 1", want: pass},
		{name: "SMTP of old", field: "from a.example (192.0.2.1) by mx.example with SMTP; Mon, 2 Nov 2026 00:00:00 +0000", want: fail},
		{name: "TLS in a comment alone", field: "from a.example (192.0.2.1) by mx.example with ESMTP (TLSv1.2)", want: notCheckable},
		{name: "Microsoft", field: "from a.example (192.0.2.1) by mx.example (10.0.0.1) with Microsoft SMTP Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 1", want: pass},
		{name: "Microsoft that does not say", field: "from a.example (192.0.2.1) by mx.example (10.0.0.1) with Microsoft SMTP Server id 1", want: notCheckable},
		{name: "another address", field: "from a.example ([192.0.2.11]) by mx.example with ESMTPS", want: notCheckable},
		{name: "IPv4 in IPv6", field: "from a.example ([IPv6:::ffff:192.0.2.1]) by mx.example with ESMTPS", want: pass},
		{name: "the word in a comment", field: "from a.example ([192.0.2.1] with ESMTPS) by mx.example", want: notCheckable},
		{name: "nothing", field: "", want: notCheckable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, why := hopTLS([]string{"by 10.0.0.1 with SMTP", tt.field}, netip.MustParseAddr("192.0.2.1"))
			require.Equal(t, tt.want, got, why)
		})
	}
}

// TestLargeMessage has a header of 64 MB, and others that cost time if anything grows
// faster than they do.
func TestLargeMessage(t *testing.T) {
	_, err := readSample(io.LimitReader(endless("X: y\r\n"), 64<<20))
	require.ErrorContains(t, err, "larger than")
	for _, text := range []string{"X: y\r\n", " \r\n", "X:\r\n y\r\n", "From: a@b.example,\r\n ", "\n", "\r", "a", "List-Unsubscribe: <x>,"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s, err := readSample(io.LimitReader(endless(text), 8<<20))
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		require.NotEmpty(t, s.form, "%q", text)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(200<<20), "%q", text)
	}
	_, err = readSample(iotest.ErrReader(errors.New("broken disk")))
	require.EqualError(t, err, "broken disk")
}

// endless repeats a text.
func endless(text string) io.Reader {
	block := []byte(strings.Repeat(text, 1+4096/len(text)))
	return readerFunc(func(p []byte) (int, error) { return copy(p, block), nil })
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func FuzzReadSample(f *testing.F) {
	f.Add([]byte(letter))
	f.Add(storyMessage)
	f.Add([]byte("From: a@b\r\nContent-Type: multipart/x; boundary=b\r\n\r\n--b"))
	f.Add([]byte("Received: from x (y [192.0.2.1]) with ESMTPS\n\tby z\nList-Unsubscribe: (c) <https://a.b/>,<mailto:x@y>\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := readSample(strings.NewReader(string(data)))
		require.NoError(t, err)
		for _, f := range s.form {
			require.NotEmpty(t, f.Remedy)
		}
		facts := &facts{sample: s, senders: []senderFacts{{sender: sender{IP: netip.MustParseAddr("192.0.2.1")}}}}
		for _, r := range rules {
			if r.Check == nil {
				continue
			}
			// Nothing was asked: no rule that needs DNS may have passed.
			got := r.Check(facts).Status
			switch r.ID {
			case "tls", "rfc5322", "list-unsubscribe":
			default:
				require.NotEqual(t, pass, got, r.ID)
			}
		}
		rep := judge(campaign{Class: marketing, To: receivers, Sample: s}, facts)
		requirePrintable(t, printable(reportText(rep)))
		again, err := readSample(strings.NewReader(string(data)))
		require.NoError(t, err)
		require.Equal(t, s, again)
	})
}

func TestFields(t *testing.T) {
	for _, tt := range []struct{ name, header, bad string }{
		{name: "folded", header: "A: b\r\n\tc\r\n d\r\nE:f\r\n"},
		{name: "no end", header: "A: b\r\nE:"},
		{name: "a value that starts on the next line", header: "A:\r\n b\r\n"},
		{name: "nothing", header: ""},
		{name: "a blank in a name", header: "A: b\r\nx y: z\r\n c\r\nE f: g\r\n", bad: "x y: z\r\n"},
		{name: "folded to an empty line", header: "A: b\r\n \t\r\n c\r\n", bad: " \t\r\n"},
		{name: "folded before all fields", header: " b\r\nA: b\r\n", bad: " b\r\n"},
		{name: "no name", header: ": b\r\n", bad: ": b\r\n"},
		{name: "no colon", header: "A: b\r\nE\r\n", bad: "E\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := sample{message: &dkim.Message{Header: []byte(tt.header)}}
			s.lintFields()
			if tt.bad == "" {
				require.Empty(t, s.form)
				return
			}
			require.Len(t, s.form, 1)
			require.Equal(t, []string{quote(tt.bad)}, s.form[0].Evidence)
		})
	}
}
