package resolver_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
)

// patience is a time-out for tries that are meant to succeed, and impatience for
// those that are meant to fail.
const (
	patience   = 20 * time.Second
	impatience = 100 * time.Millisecond
)

func lookup(t *testing.T, c *resolver.Client, domain string, typ resolver.Type) (resolver.Answer, error) {
	t.Helper()
	a, err := c.Lookup(t.Context(), resolver.Q(domain, typ))
	require.Equal(t, a.Status.Definitive(), err == nil, "status %s, error %v", a.Status, err)
	if e, ok := errors.AsType[*resolver.Error](err); ok {
		require.Equal(t, e.Status, a.Status)
		require.Equal(t, resolver.Q(domain, typ), e.Question)
	}
	a.Server = ""
	return a, err
}

// asError is the *Error that err must be.
func asError(t *testing.T, err error) *resolver.Error {
	t.Helper()
	e, ok := errors.AsType[*resolver.Error](err)
	require.True(t, ok, "%v", err)
	return e
}

func client(servers ...*server) *resolver.Client {
	c := &resolver.Client{Timeout: patience}
	for _, s := range servers {
		c.Servers = append(c.Servers, s.addr)
	}
	return c
}

func TestClientRecords(t *testing.T) {
	records := map[resolver.Type][][]byte{
		resolver.TypeA:     {{192, 0, 2, 1}, {192, 0, 2, 2}},
		resolver.TypeAAAA:  {netip.MustParseAddr("2001:db8::1").AsSlice()},
		resolver.TypeNS:    {wireName("NS1.Example.ORG")},
		resolver.TypeCNAME: {wireName("target.example.org")},
		resolver.TypeSOA:   {soa("example.org", 0, 60).data},
		resolver.TypePTR:   {wireName("mail.example.org")},
		resolver.TypeMX:    {append([]byte{0, 10}, wireName("MX.example.org")...), {0, 0, 0}},
		resolver.TypeTXT:   {text("", 0, "v=spf1 ", "-all").data, text("", 0, "a\x00\xff", "").data},
		resolver.TypeSPF:   {text("", 0, "v=spf1 -all").data},
		resolver.TypeTLSA:  {{3, 1, 1, 0xab, 0xcd}},
		257:                {{0, 5, 'i', 's', 's', 'u', 'e'}}, // CAA
	}
	s := serve(t, answering(func(q query) []byte {
		var list []record
		for _, data := range records[q.typ] {
			list = append(list, record{strings.ToUpper(q.name), q.typ, ttl300, data})
		}
		return q.answer(list...)
	}))
	for _, tc := range []struct {
		typ  resolver.Type
		want resolver.Answer
	}{
		{resolver.TypeA, resolver.Answer{Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")}}},
		{resolver.TypeAAAA, resolver.Answer{Addrs: []netip.Addr{netip.MustParseAddr("2001:db8::1")}}},
		{resolver.TypeNS, resolver.Answer{Hosts: []string{"ns1.example.org"}}},
		{resolver.TypeCNAME, resolver.Answer{Hosts: []string{"target.example.org"}}},
		{resolver.TypeSOA, resolver.Answer{Hosts: []string{"ns.example.org"}}},
		{resolver.TypePTR, resolver.Answer{Hosts: []string{"mail.example.org"}}},
		{resolver.TypeMX, resolver.Answer{MX: []resolver.MXHost{{Host: "mx.example.org", Pref: 10}, {}}}},
		{resolver.TypeTXT, resolver.Answer{TXT: []resolver.Text{{"v=spf1 ", "-all"}, {"a\x00\xff", ""}}}},
		{resolver.TypeSPF, resolver.Answer{TXT: []resolver.Text{{"v=spf1 -all"}}}},
		{resolver.TypeTLSA, resolver.Answer{TLSA: []resolver.TLSA{{Usage: 3, Selector: 1, Matching: 1, Data: []byte{0xab, 0xcd}}}}},
		{257, resolver.Answer{}},
	} {
		t.Run(tc.typ.String(), func(t *testing.T) {
			got, err := client(s).Lookup(t.Context(), resolver.Q("Example.org.", tc.typ))
			require.NoError(t, err)
			tc.want.Status, tc.want.TTL, tc.want.Server = resolver.Success, ttl300, s.addr
			require.Equal(t, tc.want, got)
		})
	}
}

func TestClientQuery(t *testing.T) {
	s := serve(t, answering(func(q query) []byte { return q.answer(addr4(q.name, 1, "192.0.2.1")) }))
	c := client(s)
	ids := map[uint16]bool{}
	for range 20 {
		_, err := lookup(t, c, "a.example", resolver.TypeA)
		require.NoError(t, err)
	}
	for _, q := range s.queries() {
		ids[binary.BigEndian.Uint16(q.raw)] = true
		want := append([]byte{q.raw[0], q.raw[1], 0x01, queryAD, 0, 1, 0, 0, 0, 0, 0, 1}, wireName("a.example")...)
		want = append(want, 0, 1, 0, 1, 0, 0, 41, 1232>>8, 1232&0xff, 0, 0, 0, 0, 0, 0)
		require.Equal(t, want, q.raw)
	}
	require.Greater(t, len(ids), 15, "IDs are drawn anew")
}

func TestClientWaitsPastWrongPackets(t *testing.T) {
	forged := func(q query) []byte { return q.answer(addr4(q.name, ttl300, "203.0.113.66")) }
	change := func(f func(b []byte) []byte) func(query) []byte {
		return func(q query) []byte { return f(forged(q)) }
	}
	for _, tc := range []struct {
		name  string
		wrong func(query) []byte
	}{
		{"wrong ID", change(func(b []byte) []byte { b[1]++; return b })},
		{"wrong name", func(q query) []byte {
			b := forged(q)
			b[headerLen+1] ^= 2
			return b
		}},
		{"other question", func(q query) []byte {
			raw := append(append([]byte{}, q.raw[:headerLen]...), wireName("xy.example")...)
			o := query{raw: append(raw, 0, 1, 0, 1), name: "xy.example"}
			return o.answer(addr4("xy.example", 1, "203.0.113.66"))
		}},
		{"wrong type", func(q query) []byte { b := forged(q); b[headerLen+len(wireName(q.name))+1] = 28; return b }},
		{"wrong class", func(q query) []byte { b := forged(q); b[headerLen+len(wireName(q.name))+3] = 3; return b }},
		{"a query", change(func(b []byte) []byte { b[2] &= 0x7f; return b })},
		{"other opcode", change(func(b []byte) []byte { b[2] |= 0x28; return b })},
		{"no question", change(func(b []byte) []byte { b[5] = 0; return b })},
		{"two questions", change(func(b []byte) []byte { b[5] = 2; return b })},
		{"bare SERVFAIL", change(func(b []byte) []byte { b[3] = servFail; b[5] = 0; return b[:headerLen] })},
		{"garbage", func(query) []byte { return []byte("\xff\xff garbage \xc0\xc0") }},
		{"cut in the question", change(func(b []byte) []byte { return b[:headerLen+3] })},
		{"one octet", func(query) []byte { return []byte{0} }},
		{"empty", func(query) []byte { return nil }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, func(q query, r reply) {
				if q.network == networkU {
					r.send(tc.wrong(q))
				}
				r.send(q.answer(addr4(q.name, ttl300, "192.0.2.1")))
			})
			a, err := lookup(t, client(s), "ab.example", resolver.TypeA)
			require.NoError(t, err)
			require.Equal(t, []netip.Addr{netip.MustParseAddr("192.0.2.1")}, a.Addrs)
			require.Equal(t, 1, s.count(), "one query was enough")
		})
	}
}

func TestClientAcceptsChangedLetterCase(t *testing.T) {
	s := serve(t, answering(func(q query) []byte {
		b := q.answer(addr4("A.Example", 1, "192.0.2.1"))
		copy(b[headerLen:], wireName("a.EXAMPLE"))
		return b
	}))
	_, err := lookup(t, client(s), "a.example", resolver.TypeA)
	require.NoError(t, err)
}

func TestClientFloodEndsAtTimeout(t *testing.T) {
	stop := make(chan struct{})
	s := serve(t, func(q query, r reply) {
		wrong := q.answer()
		wrong[0]++
		for {
			select {
			case <-stop:
				return
			default:
				r.send(wrong)
			}
		}
	})
	t.Cleanup(func() { close(stop) })
	c := client(s)
	c.Timeout, c.Rounds = impatience, 1
	a, err := lookup(t, c, "a.example", resolver.TypeA)
	require.Equal(t, resolver.Timeout, a.Status)
	require.True(t, resolver.IsTemporary(err))
}

func TestClientTruncation(t *testing.T) {
	long := strings.Repeat("x", 255)
	t.Run("asks over TCP", func(t *testing.T) {
		s := serve(t, answering(func(q query) []byte {
			if q.network == networkU {
				return q.respond(ok|bitTC, []record{text(q.name, 1, "part")}, nil, nil)
			}
			return q.answer(text(q.name, 1, long, long), text(q.name, 1, long))
		}))
		a, err := lookup(t, client(s), "a.example", resolver.TypeTXT)
		require.NoError(t, err)
		require.Equal(t, []resolver.Text{{long, long}, {long}}, a.TXT)
		require.Equal(t, 2, s.count())
	})
	t.Run("cut in a record", func(t *testing.T) {
		s := serve(t, answering(func(q query) []byte {
			if b := q.respond(ok|bitTC, []record{text(q.name, 1, long)}, nil, nil); q.network == networkU {
				return b[:len(b)-9]
			}
			return q.answer(text(q.name, 1, long))
		}))
		a, err := lookup(t, client(s), "a.example", resolver.TypeTXT)
		require.NoError(t, err)
		require.Equal(t, []resolver.Text{{long}}, a.TXT)
	})
	t.Run("packet over any size asked for", func(t *testing.T) {
		var list []record
		for range 30 {
			list = append(list, text("a.example", 1, long))
		}
		s := serve(t, answering(func(q query) []byte { return q.answer(list...) }))
		a, err := lookup(t, client(s), "a.example", resolver.TypeTXT)
		require.NoError(t, err)
		require.Len(t, a.TXT, 30)
		require.Equal(t, 2, s.count())
	})
	t.Run("truncated over TCP too", func(t *testing.T) {
		s := serve(t, answering(func(q query) []byte {
			return q.respond(ok|bitTC, []record{text(q.name, 1, "part")}, nil, nil)
		}))
		c := client(s)
		c.Rounds = 1
		a, _ := lookup(t, c, "a.example", resolver.TypeTXT)
		require.Equal(t, resolver.Failed, a.Status)
		require.Empty(t, a.TXT)
	})
	t.Run("TCP reset goes to the next server", func(t *testing.T) {
		bad := serve(t, func(q query, r reply) {
			if q.network == networkT {
				r.reset()
				return
			}
			r.send(q.respond(ok|bitTC, []record{text(q.name, 1, "part")}, nil, nil))
		})
		good := serve(t, answering(func(q query) []byte { return q.answer(text(q.name, 1, "whole")) }))
		a, err := lookup(t, client(bad, good), "a.example", resolver.TypeTXT)
		require.NoError(t, err)
		require.Equal(t, []resolver.Text{{"whole"}}, a.TXT)
	})
	t.Run("TCP reset and no other server", func(t *testing.T) {
		bad := serve(t, func(q query, r reply) {
			if q.network == networkT {
				r.reset()
				return
			}
			r.send(q.respond(ok|bitTC, []record{text(q.name, 1, "part")}, nil, nil))
		})
		a, _ := lookup(t, client(bad), "a.example", resolver.TypeTXT)
		require.Equal(t, resolver.Failed, a.Status)
		require.NotEmpty(t, a.Problem)
		require.Empty(t, a.TXT)
	})
	t.Run("wrong message over TCP first", func(t *testing.T) {
		s := serve(t, func(q query, r reply) {
			if q.network == networkU {
				r.send(q.respond(ok|bitTC, nil, nil, nil))
				return
			}
			wrong := q.answer(text(q.name, 1, "forged"))
			wrong[1]++
			r.send(wrong)
			r.send(q.answer(text(q.name, 1, "good")))
		})
		a, err := lookup(t, client(s), "a.example", resolver.TypeTXT)
		require.NoError(t, err)
		require.Equal(t, []resolver.Text{{"good"}}, a.TXT)
	})
}

func TestClientWithoutEDNS(t *testing.T) {
	for _, tc := range []struct {
		name string
		send func(query) []byte
	}{
		{"FORMERR", func(q query) []byte { return q.respond(ok|formErr, nil, nil, nil) }},
		{"NOTIMP", func(q query) []byte { return q.respond(ok|4, nil, nil, nil) }},
		{"bare FORMERR", func(q query) []byte {
			return []byte{q.raw[0], q.raw[1], 0x81, 0x81, 0, 0, 0, 0, 0, 0, 0, 0}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, answering(func(q query) []byte {
				if q.edns {
					return tc.send(q)
				}
				return q.answer(addr4(q.name, 1, "192.0.2.1"))
			}))
			_, err := lookup(t, client(s), "a.example", resolver.TypeA)
			require.NoError(t, err)
			require.Equal(t, 2, s.count())
		})
	}
	t.Run("still FORMERR", func(t *testing.T) {
		s := serve(t, answering(func(q query) []byte { return q.respond(ok|formErr, nil, nil, nil) }))
		a, _ := lookup(t, client(s), "a.example", resolver.TypeA)
		require.Equal(t, resolver.Failed, a.Status)
		require.Contains(t, a.Problem, "FORMERR")
		require.Equal(t, 2, s.count())
	})
	t.Run("FORMERR, then truncated", func(t *testing.T) {
		s := serve(t, answering(func(q query) []byte {
			switch {
			case q.edns:
				return q.respond(ok|formErr, nil, nil, nil)
			case q.network == networkU:
				return q.respond(ok|bitTC, nil, nil, nil)
			}
			return q.answer(text(q.name, 1, "whole"))
		}))
		a, err := lookup(t, client(s), "a.example", resolver.TypeTXT)
		require.NoError(t, err)
		require.Equal(t, []resolver.Text{{"whole"}}, a.TXT)
		require.Equal(t, 3, s.count())
	})
}

func TestClientServers(t *testing.T) {
	good := func(q query) []byte { return q.answer(addr4(q.name, 1, "192.0.2.1")) }
	status := func(rcode uint16) func(query) []byte {
		return func(q query) []byte { return q.respond(ok|rcode, nil, nil, nil) }
	}
	t.Run("silence goes to the next, and is asked last then", func(t *testing.T) {
		silent, s := serve(t, func(query, reply) {}), serve(t, answering(good))
		c := client(silent, s)
		c.Timeout = time.Second
		for range 3 {
			a, err := c.Lookup(t.Context(), resolver.Q("a.example", resolver.TypeA))
			require.NoError(t, err)
			require.Equal(t, s.addr, a.Server)
		}
		silent.saw(t, 1)
		s.saw(t, 3)
	})
	t.Run("refused connection goes to the next at once", func(t *testing.T) {
		closed, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		require.NoError(t, err)
		require.NoError(t, closed.Close())
		c := client(serve(t, answering(good)))
		c.Servers = []string{closed.LocalAddr().String(), c.Servers[0]}
		c.Timeout = time.Hour
		_, err = lookup(t, c, "a.example", resolver.TypeA)
		require.NoError(t, err)
	})
	for _, rcode := range []uint16{servFail, refused, 9} {
		t.Run(fmt.Sprintf("rcode %d goes to the next", rcode), func(t *testing.T) {
			bad, s := serve(t, answering(status(rcode))), serve(t, answering(good))
			_, err := lookup(t, client(bad, s), "a.example", resolver.TypeA)
			require.NoError(t, err)
			require.Equal(t, 1, bad.count())
		})
	}
	t.Run("SERVFAIL everywhere is reported, and asked for once", func(t *testing.T) {
		one, two := serve(t, answering(status(servFail))), serve(t, answering(status(refused)))
		a, err := lookup(t, client(one, two), "a.example", resolver.TypeA)
		require.Equal(t, resolver.ServFail, a.Status)
		require.Equal(t, one.addr, asError(t, err).Server)
		require.Equal(t, []int{1, 1}, []int{one.count(), two.count()})
	})
	t.Run("NXDOMAIN is final", func(t *testing.T) {
		one, two := serve(t, answering(status(nxDomain))), serve(t, answering(good))
		a, err := lookup(t, client(one, two), "a.example", resolver.TypeA)
		require.NoError(t, err)
		require.Equal(t, resolver.NXDomain, a.Status)
		require.Zero(t, two.count())
	})
	t.Run("silence everywhere", func(t *testing.T) {
		one, two := serve(t, func(query, reply) {}), serve(t, func(query, reply) {})
		c := client(one, two)
		c.Timeout, c.Rounds = impatience, 3
		a, err := lookup(t, c, "a.example", resolver.TypeA)
		require.Equal(t, resolver.Timeout, a.Status)
		require.True(t, asError(t, err).Timeout())
		one.saw(t, 3)
		two.saw(t, 3)
	})
	t.Run("broken reply goes to the next", func(t *testing.T) {
		bad := serve(t, answering(func(q query) []byte {
			return q.answer(record{q.name, resolver.TypeA, 1, []byte{1, 2, 3}})
		}))
		_, err := lookup(t, client(bad, serve(t, answering(good))), "a.example", resolver.TypeA)
		require.NoError(t, err)
		a, _ := lookup(t, client(bad), "a.example", resolver.TypeA)
		require.Equal(t, resolver.Failed, a.Status)
		require.Contains(t, a.Problem, "broken reply")
	})
	t.Run("not an address", func(t *testing.T) {
		a, err := lookup(t, &resolver.Client{Servers: []string{"dns.example"}}, "a.example", resolver.TypeA)
		require.Equal(t, resolver.Failed, a.Status)
		require.ErrorContains(t, err, "dns.example")
	})
	t.Run("validated", func(t *testing.T) {
		for _, server := range []string{"dns.example", "127.0.0.1:x", "127.0.0.1:70000", "[::1", "", "192.0.2.1\x1b"} {
			c := &resolver.Client{Servers: []string{"192.0.2.53", server}}
			require.ErrorContains(t, c.Validate(), strconv.Quote(server))
		}
		c := &resolver.Client{Servers: []string{"192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353"}}
		require.NoError(t, c.Validate())
		require.NoError(t, new(resolver.Client).Validate(), "resolv.conf is read later")
	})
}

func TestClientResolvConf(t *testing.T) {
	s := serve(t, answering(func(q query) []byte { return q.answer(addr4(q.name, 1, "192.0.2.1")) }))
	path := filepath.Join(t.TempDir(), "resolv.conf")
	conf := "search example.org\nnameserver " + s.addr + "\noptions use-vc timeout:20\n"
	require.NoError(t, os.WriteFile(path, []byte(conf), 0o600))
	a, err := (&resolver.Client{ResolvConf: path}).Lookup(t.Context(), resolver.Q("a", resolver.TypeA))
	require.NoError(t, err)
	require.Equal(t, s.addr, a.Server)
	list := s.queries()
	require.Len(t, list, 1)
	require.Equal(t, networkT, list[0].network)
	require.Equal(t, "a", list[0].name, "no search list")
}

func TestClientCannotAsk(t *testing.T) {
	s := serve(t, func(query, reply) {})
	for _, domain := range []string{"a..example", strings.Repeat("a", 64) + ".example", ".example", `bad\escape\`} {
		a, err := lookup(t, client(s), domain, resolver.TypeA)
		require.Equal(t, resolver.Failed, a.Status)
		require.ErrorIs(t, err, resolver.ErrName)
		require.False(t, resolver.IsTemporary(err))
	}
	for _, typ := range []resolver.Type{0, 41, 252, 255} {
		a, _ := lookup(t, client(s), "a.example", typ)
		require.Equal(t, resolver.Failed, a.Status)
	}
	require.Zero(t, s.count())
}

func TestClientNames(t *testing.T) {
	s := serve(t, answering(func(q query) []byte { return q.answer(record{q.name, q.typ, 1, wireName("host.example")}) }))
	for _, tc := range []struct{ ask, sent string }{
		{"", ""},
		{".", ""},
		{"EXAMPLE.org.", "example.org"},
		{"bücher.example", "xn--bcher-kva.example"},
		{`a\.b.example`, "a.b.example"}, // as the server joins the labels
	} {
		_, err := client(s).Lookup(t.Context(), resolver.Question{Name: tc.ask, Type: resolver.TypeNS})
		if tc.ask != `a\.b.example` {
			require.NoError(t, err)
		}
		list := s.queries()
		require.Equal(t, tc.sent, list[len(list)-1].name)
	}
}

func TestClientRetiresSockets(t *testing.T) {
	s := serve(t, answering(func(q query) []byte { return q.answer(addr4(q.name, 1, "192.0.2.1")) }))
	c := client(s)
	for range 200 {
		_, err := lookup(t, c, "a.example", resolver.TypeA)
		require.NoError(t, err)
	}
	uses, last, run := 0, netip.AddrPort{}, 0
	for _, q := range s.queries() {
		if q.from != last {
			last, run = q.from, 0
			uses++
		}
		run++
		require.LessOrEqual(t, run, 64)
	}
	require.GreaterOrEqual(t, uses, 4)
	require.Less(t, uses, 200, "sockets are used again")
}

func TestClientConcurrent(t *testing.T) {
	s := serve(t, func(q query, r reply) {
		if !strings.HasPrefix(q.name, "silent") {
			r.send(q.answer(text(q.name, 1, q.name)))
		}
	})
	c := client(s)
	var wg sync.WaitGroup
	for i := range 80 { // so that all their packets fit the server's buffer
		wg.Go(func() {
			for j := range 20 {
				domain := fmt.Sprintf("n%d-%d.example", i, j)
				ctx, cancel := context.WithCancel(t.Context())
				if j%7 == 0 {
					ctx, cancel = context.WithTimeout(t.Context(), time.Millisecond)
					domain = "silent." + domain
				}
				a, err := c.Lookup(ctx, resolver.Q(domain, resolver.TypeTXT))
				cancel()
				if j%7 == 0 {
					if err == nil {
						t.Errorf("%s was answered", domain)
					}
				} else if err != nil || a.TXT[0].String() != domain {
					t.Errorf("%s: %v, %v", domain, a, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestClientTrace(t *testing.T) {
	bad := serve(t, answering(func(q query) []byte { return q.respond(ok|servFail, nil, nil, []record{ede(6, "bogus")}) }))
	s := serve(t, answering(func(q query) []byte {
		if q.network == networkU {
			return q.respond(ok|bitTC, nil, nil, nil)
		}
		return q.answer(addr4(q.name, 1, "192.0.2.1"))
	}))
	var got []resolver.ExchangeInfo
	c := client(bad, s)
	c.Trace = &resolver.Trace{Exchange: func(_ context.Context, info resolver.ExchangeInfo) {
		require.Equal(t, info.Status.Definitive(), info.Err == nil)
		require.Positive(t, info.Elapsed)
		info.Elapsed, info.Err = 0, nil
		got = append(got, info)
	}}
	_, err := lookup(t, c, "a.example", resolver.TypeA)
	require.NoError(t, err)
	q := resolver.Q("a.example", resolver.TypeA)
	require.Equal(t, []resolver.ExchangeInfo{
		{Question: q, Server: bad.addr, Network: networkU, Attempt: 1, Status: resolver.ServFail},
		{Question: q, Server: s.addr, Network: networkU, Attempt: 2, Status: resolver.Failed},
		{Question: q, Server: s.addr, Network: networkT, Attempt: 3, Status: resolver.Success},
	}, got)
}

// TestClientSlowConnect has no connection in time, as where a firewall drops TCP.
func TestClientSlowConnect(t *testing.T) {
	file := filepath.Join(t.TempDir(), "resolv.conf")
	require.NoError(t, os.WriteFile(file, []byte("nameserver 127.0.0.1\noptions use-vc"), 0o600))
	c := &resolver.Client{ResolvConf: file, Timeout: time.Nanosecond}
	a, err := c.Lookup(t.Context(), resolver.Q("a.example", resolver.TypeA))
	require.Equal(t, resolver.Timeout, a.Status)
	require.ErrorContains(t, err, "no answer over tcp within 1ns")
}
