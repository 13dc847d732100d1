package resolver_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
)

// Header bits for a test server's answers.
const (
	ok        = 0x8180 // QR, RD, RA
	bitAA     = 0x0400
	bitTC     = 0x0200
	bitRA     = 0x0080
	bitAD     = 0x0020
	formErr   = 1
	servFail  = 2
	nxDomain  = 3
	refused   = 5
	optType   = 41
	ttl300    = 300
	networkU  = "udp"
	networkT  = "tcp"
	queryAD   = 0x20
	headerLen = 12
)

// query is what a test server received.
type query struct {
	network string
	from    netip.AddrPort
	raw     []byte
	name    string
	typ     resolver.Type
	edns    bool
}

// record is one resource record of an answer. Its owner may be a name in
// presentation form, or raw octets after a "\x00" for hostile ones.
type record struct {
	owner string
	typ   resolver.Type
	ttl   uint32
	data  []byte
}

func wireName(s string) []byte {
	var out []byte
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if label != "" {
			out = append(append(out, byte(len(label))), label...)
		}
	}
	return append(out, 0)
}

func addr4(owner string, ttl uint32, ip string) record {
	return record{owner, resolver.TypeA, ttl, netip.MustParseAddr(ip).AsSlice()}
}

func alias(owner string, ttl uint32, target string) record {
	return record{owner, resolver.TypeCNAME, ttl, wireName(target)}
}

func text(owner string, ttl uint32, strs ...string) record {
	var data []byte
	for _, s := range strs {
		data = append(append(data, byte(len(s))), s...)
	}
	return record{owner, resolver.TypeTXT, ttl, data}
}

func soa(owner string, ttl, minimum uint32) record {
	data := append(wireName("ns."+owner), wireName("admin."+owner)...)
	data = append(data, make([]byte, 16)...)
	return record{owner, resolver.TypeSOA, ttl, binary.BigEndian.AppendUint32(data, minimum)}
}

func ede(code uint16, extra string) record {
	data := binary.BigEndian.AppendUint16([]byte{0, 15}, uint16(2+len(extra)))
	data = append(binary.BigEndian.AppendUint16(data, code), extra...)
	return record{"", optType, 0, data}
}

// respond builds the answer to q with the given header bits.
func (q query) respond(bits uint16, answer, authority, additional []record) []byte {
	end := headerLen + len(wireName(q.name)) + 4
	out := append([]byte{}, q.raw[:end]...)
	binary.BigEndian.PutUint16(out[2:], bits)
	for i, section := range [][]record{answer, authority, additional} {
		binary.BigEndian.PutUint16(out[6+2*i:], uint16(len(section)))
		for _, r := range section {
			out = append(out, wireName(r.owner)...)
			out = binary.BigEndian.AppendUint16(out, uint16(r.typ))
			out = binary.BigEndian.AppendUint16(out, 1)
			out = binary.BigEndian.AppendUint32(out, r.ttl)
			out = binary.BigEndian.AppendUint16(out, uint16(len(r.data)))
			out = append(out, r.data...)
		}
	}
	return out
}

// answer is respond with an answer section alone.
func (q query) answer(records ...record) []byte { return q.respond(ok, records, nil, nil) }

// reply is how a handler answers.
type reply struct {
	send  func([]byte)
	reset func() // TCP only
}

// server is a DNS server on loopback whose answers a test makes up.
type server struct {
	addr string

	mu   sync.Mutex
	seen []query
}

// queries returns what the server received so far.
func (s *server) queries() []query {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]query{}, s.seen...)
}

func (s *server) count() int { return len(s.queries()) }

// saw says how many queries there were. Those that were not answered may still be on
// their way.
func (s *server) saw(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return s.count() >= n }, patience, time.Millisecond)
	require.Equal(t, n, s.count())
}

// serve starts a server over UDP and TCP. The handler is called from many
// goroutines; one that sends nothing leaves the client waiting.
func serve(t *testing.T, handler func(query, reply)) *server {
	t.Helper()
	udp, tcp := listen(t)
	s := &server{addr: udp.LocalAddr().String()}
	var wg sync.WaitGroup
	wg.Go(func() { s.serveUDP(udp, handler) })
	wg.Go(func() { s.serveTCP(&wg, tcp, handler) })
	t.Cleanup(func() {
		_ = udp.Close()
		_ = tcp.Close()
		wg.Wait()
	})
	return s
}

// listen opens one port for both protocols.
func listen(t *testing.T) (*net.UDPConn, net.Listener) {
	t.Helper()
	for range 20 {
		udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		require.NoError(t, err)
		tcp, err := net.Listen("tcp", udp.LocalAddr().String())
		if err == nil {
			return udp, tcp
		}
		_ = udp.Close()
	}
	require.FailNow(t, "no port that is free for UDP and TCP")
	return nil, nil
}

func (s *server) note(network string, from net.Addr, raw []byte) query {
	q := query{network: network, from: netip.MustParseAddrPort(from.String()), raw: append([]byte{}, raw...)}
	off := headerLen
	var labels []string
	for raw[off] != 0 {
		labels = append(labels, string(raw[off+1:off+1+int(raw[off])]))
		off += 1 + int(raw[off])
	}
	q.name = strings.Join(labels, ".")
	q.typ = resolver.Type(binary.BigEndian.Uint16(raw[off+1:]))
	q.edns = raw[11] == 1
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, q)
	return q
}

func (s *server) serveUDP(conn *net.UDPConn, handler func(query, reply)) {
	buf := make([]byte, 4096)
	for {
		n, from, err := conn.ReadFromUDP(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		handler(s.note(networkU, from, buf[:n]), reply{
			send:  func(b []byte) { _, _ = conn.WriteToUDP(b, from) },
			reset: func() {},
		})
	}
}

func (s *server) serveTCP(wg *sync.WaitGroup, l net.Listener, handler func(query, reply)) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		wg.Go(func() {
			defer conn.Close()
			for {
				var size [2]byte
				if _, err := io.ReadFull(conn, size[:]); err != nil {
					return
				}
				raw := make([]byte, binary.BigEndian.Uint16(size[:]))
				if _, err := io.ReadFull(conn, raw); err != nil {
					return
				}
				handler(s.note(networkT, conn.RemoteAddr(), raw), reply{
					send: func(b []byte) {
						_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...))
					},
					reset: func() {
						_ = conn.(*net.TCPConn).SetLinger(0)
						_ = conn.Close()
					},
				})
			}
		})
	}
}

// answering returns a handler that sends what f makes.
func answering(f func(query) []byte) func(query, reply) {
	return func(q query, r reply) { r.send(f(q)) }
}
