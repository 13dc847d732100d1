package smtpprobe

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// TestVerbs is the whole list of what can be sent.
func TestVerbs(t *testing.T) {
	var lines []string
	for v := range 255 {
		for _, argument := range []string{"", "x"} {
			if line, err := verb(v).line(argument); err == nil {
				lines = append(lines, line)
			}
		}
	}
	require.Equal(t, []string{"EHLO x", "HELO x", "STARTTLS", "MAIL FROM:<x>", "MAIL FROM:<x> SMTPUTF8", "RCPT TO:<x>", "RSET", "QUIT"}, lines)
	for _, bad := range []string{"a\r\nDATA", "a\n", "a\r", "\x00", "\x7f", strings.Repeat("a", 600)} {
		for v := range 255 {
			line, err := verb(v).line(bad)
			require.ErrorIs(t, err, errArgument)
			require.Empty(t, line)
		}
	}
}

// TestGuardOnTheSocket shows that the address of the socket is checked as well, whatever
// was checked before.
func TestGuardOnTheSocket(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	to := netip.MustParseAddrPort(l.Addr().String())
	_, err = newGuard(nil).dial(t.Context(), to)
	require.Equal(t, KindNotAllowed, kindOf(err), "%v", err)
	conn, err := newGuard([]netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}).dial(t.Context(), to)
	require.NoError(t, err)
	conn.Close()
}

// readAll reads replies as long as there are any.
func readAll(src io.Reader, limits Limits) (replies []Reply, rest string, err error) {
	rr := newReplyReader(src, limits)
	for {
		rep, err := rr.read()
		replies = append(replies, rep)
		if err != nil {
			return replies, string(rr.buffered()), err
		}
	}
}

// FuzzReply reads what a server might send, at once and octet by octet: it is the same.
func FuzzReply(f *testing.F) {
	for _, seed := range []string{
		"220 mx.example.net ESMTP\r\n250-mx.example.net\r\n250-SIZE 1\r\n250 STARTTLS\r\n",
		"220-a\r\n554 b\r\n", "220\r\n", "22\r\n", "220x\r\n", "\r\n", "220 a\n", "220 \x00\x1b\xff\r\n", "250-" + strings.Repeat("a", 3000) + "\r\n",
		strings.Repeat("250-a\r\n", 200), "220 a",
	} {
		f.Add([]byte(seed))
	}
	limits := Limits{Line: 128, Lines: 16, Reply: 512}.orDefault()
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, rest, err := readAll(bytes.NewReader(data), limits)
		slow, slowRest, slowErr := readAll(iotest.OneByteReader(bytes.NewReader(data)), limits)
		require.Equal(t, whole, slow)
		require.Equal(t, err, slowErr)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			require.Equal(t, rest, slowRest)
		}
		for _, rep := range whole {
			require.LessOrEqual(t, len(rep.Lines), limits.Lines+1)
			require.LessOrEqual(t, rep.Octets, limits.Reply+limits.Line)
			for _, line := range rep.Lines {
				require.Equal(t, line, clean(line))
			}
			if rep.Complete {
				require.GreaterOrEqual(t, rep.Code, 200)
				require.Less(t, rep.Code, 600)
				c := parseCapabilities(rep)
				for _, k := range c.Keywords {
					require.True(t, validKeyword(k.Name))
				}
			}
		}
	})
}

// FuzzCapabilities parses any lines.
func FuzzCapabilities(f *testing.F) {
	f.Add("mx.example.net\nSIZE 1\nSTARTTLS\nAUTH=PLAIN LOGIN\nLIMITS A=1\nDELIVERBY -1\nMT-PRIORITY")
	f.Add("\n\n \n-\nXXXXXXXA\n\x00\x1b")
	f.Fuzz(func(t *testing.T, text string) {
		c := ParseCapabilities(Reply{Code: 250, Lines: strings.Split(text, "\n"), Complete: true})
		require.LessOrEqual(t, len(c.Keywords), maxKeywords)
		require.GreaterOrEqual(t, c.MaxSize, int64(0))
		for _, k := range c.Keywords {
			require.True(t, validKeyword(k.Name))
			require.Equal(t, k.Params, clean(k.Params))
		}
	})
}
