package resolvertest_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/resolver/resolvertest"
)

// query packs a question with the given ID. size 0 is without EDNS.
func query(t *testing.T, id uint16, domain string, typ dnsmessage.Type, size int) []byte {
	t.Helper()
	b := dnsmessage.NewBuilder(nil, dnsmessage.Header{ID: id, RecursionDesired: true, AuthenticData: true})
	require.NoError(t, b.StartQuestions())
	require.NoError(t, b.Question(dnsmessage.Question{
		Name: dnsmessage.MustNewName(domain), Type: typ, Class: dnsmessage.ClassINET,
	}))
	if size > 0 {
		require.NoError(t, b.StartAdditionals())
		var h dnsmessage.ResourceHeader
		require.NoError(t, h.SetEDNS0(size, dnsmessage.RCodeSuccess, false))
		require.NoError(t, b.OPTResource(h, dnsmessage.OPTResource{}))
	}
	out, err := b.Finish()
	require.NoError(t, err)
	return out
}

func dial(t *testing.T, network, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial(network, addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// exchange sends a query over UDP and returns the raw reply, or nil for silence.
func exchange(t *testing.T, addr string, q []byte) []byte {
	t.Helper()
	c := dial(t, "udp", addr)
	_, err := c.Write(q)
	require.NoError(t, err)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(5*time.Second)))
	buf := make([]byte, 65535)
	n, err := c.Read(buf)
	require.NoError(t, err)
	return buf[:n]
}

func unpack(t *testing.T, b []byte) dnsmessage.Message {
	t.Helper()
	var m dnsmessage.Message
	require.NoError(t, m.Unpack(b))
	return m
}

// readTCP reads one reply with its length.
func readTCP(c net.Conn) ([]byte, error) {
	var size [2]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return nil, err
	}
	buf := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err := io.ReadFull(c, buf)
	return buf, err
}

func frame(q []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(q))), q...)
}

const served = `
	www.example.org   60 CNAME hop.example.org
	hop.example.org   60 CNAME mx.example.org
	mx.example.org    60 A     192.0.2.1
	signed.example       A     192.0.2.2
	signed.example       !secure
	big.example          TXT   "LONG" "LONG" "LONG" "LONG"
	bogus.example        !servfail ede=6 "signature expired"
	truncated.example    A     192.0.2.3
	truncated.example    !truncated
	id.example           !wrong-id
	question.example     !wrong-question
	garbage.example      !garbage
	reset.example        !reset
	silent.example       !timeout
	slow.example         A     192.0.2.4
	slow.example         !delay=50ms
`

func servedZone() *resolver.Zone {
	return resolver.MustZone(strings.ReplaceAll(served, "LONG", strings.Repeat("x", 200)))
}

func TestServerReplies(t *testing.T) {
	s := resolvertest.Serve(t, servedZone())
	ask := func(domain string, typ dnsmessage.Type, size int) dnsmessage.Message {
		return unpack(t, exchange(t, s.Addr, query(t, 7, domain, typ, size)))
	}

	t.Run("aliases in order", func(t *testing.T) {
		m := ask("wWw.example.org.", dnsmessage.TypeA, 0)
		require.True(t, m.Response && m.RecursionAvailable && m.RecursionDesired)
		require.Equal(t, uint16(7), m.ID)
		require.Equal(t, "wWw.example.org.", m.Questions[0].Name.String(), "the case is echoed")
		var owners []string
		for _, r := range m.Answers {
			owners = append(owners, r.Header.Name.String())
		}
		require.Equal(t, []string{"www.example.org.", "hop.example.org.", "mx.example.org."}, owners)
		require.Empty(t, m.Additionals, "no OPT unless asked")
	})
	t.Run("negative answers have an SOA", func(t *testing.T) {
		m := ask("mx.example.org.", dnsmessage.TypeTXT, 0)
		require.Equal(t, dnsmessage.RCodeSuccess, m.RCode)
		require.Empty(t, m.Answers)
		require.Equal(t, uint32(60), m.Authorities[0].Body.(*dnsmessage.SOAResource).MinTTL)
		m = ask("no.example.org.", dnsmessage.TypeTXT, 0)
		require.Equal(t, dnsmessage.RCodeNameError, m.RCode)
		require.Equal(t, "example.org.", m.Authorities[0].Header.Name.String())
	})
	t.Run("secure", func(t *testing.T) {
		require.True(t, ask("signed.example.", dnsmessage.TypeA, 0).AuthenticData)
		require.False(t, ask("mx.example.org.", dnsmessage.TypeA, 0).AuthenticData)
	})
	t.Run("truncation at the client's size", func(t *testing.T) {
		for _, size := range []int{0, 512, 700} {
			q := query(t, 1, "big.example.", dnsmessage.TypeTXT, size)
			raw := exchange(t, s.Addr, q)
			require.LessOrEqual(t, len(raw), max(size, 512))
			m := unpack(t, raw)
			require.True(t, m.Truncated)
			require.Empty(t, m.Answers)
		}
		m := ask("big.example.", dnsmessage.TypeTXT, 1232)
		require.False(t, m.Truncated)
		require.Len(t, m.Answers[0].Body.(*dnsmessage.TXTResource).TXT, 4)
		require.Equal(t, dnsmessage.TypeOPT, m.Additionals[0].Header.Type)
	})
	t.Run("extended error", func(t *testing.T) {
		m := ask("bogus.example.", dnsmessage.TypeA, 1232)
		require.Equal(t, dnsmessage.RCodeServerFailure, m.RCode)
		require.Equal(t, []dnsmessage.Option{{Code: 15, Data: []byte("\x00\x06signature expired")}},
			m.Additionals[0].Body.(*dnsmessage.OPTResource).Options)
		require.Empty(t, ask("bogus.example.", dnsmessage.TypeA, 0).Additionals)
	})
	t.Run("damage", func(t *testing.T) {
		require.True(t, ask("truncated.example.", dnsmessage.TypeA, 1232).Truncated)
		require.NotEqual(t, uint16(7), ask("id.example.", dnsmessage.TypeA, 0).ID)
		require.NotEqual(t, "question.example.", ask("question.example.", dnsmessage.TypeA, 0).Questions[0].Name.String())
		raw := exchange(t, s.Addr, query(t, 7, "garbage.example.", dnsmessage.TypeA, 0))
		require.Equal(t, uint16(7), binary.BigEndian.Uint16(raw))
		require.Error(t, new(dnsmessage.Message).Unpack(raw))
		require.True(t, ask("reset.example.", dnsmessage.TypeA, 0).Truncated)
	})
	t.Run("not a query", func(t *testing.T) {
		status := query(t, 9, "example.org.", dnsmessage.TypeA, 0)
		status[2] |= 2 << 3 // the opcode
		require.Equal(t, dnsmessage.RCodeNotImplemented, unpack(t, exchange(t, s.Addr, status)).RCode)
		chaos := query(t, 9, "example.org.", dnsmessage.TypeA, 0)
		chaos[len(chaos)-1] = 3 // the class
		require.Equal(t, dnsmessage.RCodeRefused, unpack(t, exchange(t, s.Addr, chaos)).RCode)
	})
}

func TestServerSilence(t *testing.T) {
	s := resolvertest.Serve(t, servedZone())
	c := dial(t, "udp", s.Addr)
	for _, q := range [][]byte{
		query(t, 1, "silent.example.", dnsmessage.TypeA, 0),
		{1, 2, 3},
		query(t, 2, "mx.example.org.", dnsmessage.TypeA, 0),
	} {
		_, err := c.Write(q)
		require.NoError(t, err)
	}
	// What answers first, and alone, is the question that is not silent.
	require.NoError(t, c.SetReadDeadline(time.Now().Add(5*time.Second)))
	buf := make([]byte, 512)
	n, err := c.Read(buf)
	require.NoError(t, err)
	require.Equal(t, uint16(2), unpack(t, buf[:n]).ID)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
	_, err = c.Read(buf)
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
}

func TestServerTCP(t *testing.T) {
	z := servedZone()
	s := resolvertest.Serve(t, z)
	c := dial(t, "tcp", s.Addr)
	require.NoError(t, c.SetDeadline(time.Now().Add(5*time.Second)))

	// Three queries in one segment; the slow one does not hold up the others.
	var out []byte
	out = append(out, frame(query(t, 1, "slow.example.", dnsmessage.TypeA, 0))...)
	out = append(out, frame(query(t, 2, "big.example.", dnsmessage.TypeTXT, 0))...)
	out = append(out, frame(query(t, 3, "truncated.example.", dnsmessage.TypeA, 0))...)
	_, err := c.Write(out)
	require.NoError(t, err)
	var ids []uint16
	for range 3 {
		raw, err := readTCP(c)
		require.NoError(t, err)
		m := unpack(t, raw)
		require.False(t, m.Truncated)
		require.Len(t, m.Answers, 1)
		ids = append(ids, m.ID)
	}
	slices.Sort(ids)
	require.Equal(t, []uint16{1, 2, 3}, ids)
	require.Equal(t, "tcp", z.Queries()[0].Network)

	_, err = c.Write(frame(query(t, 4, "reset.example.", dnsmessage.TypeA, 0)))
	require.NoError(t, err)
	_, err = readTCP(c)
	require.Error(t, err)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "reset, not silent")
}

// TestServerWithNetResolver lets a client speak that knows nothing of this module.
func TestServerWithNetResolver(t *testing.T) {
	s := resolvertest.Serve(t, servedZone())
	r := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Addr)
	}}
	txt, err := r.LookupTXT(t.Context(), "big.example.")
	require.NoError(t, err)
	require.Equal(t, []string{strings.Repeat("x", 800)}, txt)
	hosts, err := r.LookupHost(t.Context(), "www.example.org.")
	require.NoError(t, err)
	require.Equal(t, []string{"192.0.2.1"}, hosts)
	_, err = r.LookupMX(t.Context(), "nowhere.example.org.")
	dnsErr, ok := errors.AsType[*net.DNSError](err)
	require.True(t, ok)
	require.True(t, dnsErr.IsNotFound)
}

func TestServerOfOneNetwork(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			s := &resolvertest.Server{Zone: servedZone(), Network: network}
			require.NoError(t, s.Start())
			defer s.Close()
			require.Error(t, s.Start(), "twice")
			c := dial(t, network, s.Addr)
			q := query(t, 1, "mx.example.org.", dnsmessage.TypeA, 0)
			if network == "tcp" {
				q = frame(q)
			}
			_, err := c.Write(q)
			require.NoError(t, err)
			require.NoError(t, c.SetReadDeadline(time.Now().Add(5*time.Second)))
			_, err = c.Read(make([]byte, 512))
			require.NoError(t, err)
		})
	}
}

// TestServerClose closes a server in the middle of its work; goleak, in TestMain,
// sees what it leaves behind.
func TestServerClose(t *testing.T) {
	z := resolver.MustZone("* !delay=1h")
	s, err := resolvertest.Start(z)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 20 {
		c := dial(t, "tcp", s.Addr)
		_, err := c.Write(frame(query(t, 1, "example.org.", dnsmessage.TypeA, 0)))
		require.NoError(t, err)
		wg.Go(func() {
			_, err := readTCP(c)
			require.Error(t, err)
		})
	}
	require.Eventually(t, func() bool { return z.Count("example.org", resolver.TypeA) == 20 }, 5*time.Second, time.Millisecond)
	s.Close()
	s.Close()
	wg.Wait()
	new(resolvertest.Server).Close()
	_, err = resolvertest.Start(nil)
	require.Error(t, err)
}

func BenchmarkServer(b *testing.B) {
	s, err := resolvertest.Start(resolver.MustZone("example.org TXT 'v=spf1 -all'"))
	require.NoError(b, err)
	defer s.Close()
	c, err := net.Dial("udp", s.Addr)
	require.NoError(b, err)
	defer func() { _ = c.Close() }()
	bld := dnsmessage.NewBuilder(nil, dnsmessage.Header{ID: 1})
	require.NoError(b, bld.StartQuestions())
	require.NoError(b, bld.Question(dnsmessage.Question{
		Name: dnsmessage.MustNewName("example.org."), Type: dnsmessage.TypeTXT, Class: dnsmessage.ClassINET,
	}))
	q, err := bld.Finish()
	require.NoError(b, err)
	buf := make([]byte, 512)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(q); err != nil {
			b.Fatal(err)
		}
		if _, err := c.Read(buf); err != nil {
			b.Fatal(err)
		}
	}
}
