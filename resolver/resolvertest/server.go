package resolvertest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/mailworthy/mailworthy/internal/mock"
	"github.com/mailworthy/mailworthy/internal/wire"
	"github.com/mailworthy/mailworthy/resolver"
)

const (
	maxQueries = 512 // under way at once, over all clients
	maxConns   = 128 // of TCP
	idle       = 30 * time.Second
	writing    = 5 * time.Second
)

// Server puts a Zone behind real sockets on the loopback interface. It answers as
// a recursive server does, and sends real bad bytes for the Zone's faults.
//
// Set the exported fields before Start, and change nothing after it. A Server is
// started once.
type Server struct {
	// Zone is what is served.
	Zone *resolver.Zone
	// Network is "udp" or "tcp" for a server of only that. If empty, it is both.
	Network string
	// Addr is where the server listens, as "address:port". Start sets it.
	Addr string

	udp   *net.UDPConn
	tcp   net.Listener
	ctx   context.Context // ends with Close
	stop  context.CancelFunc
	slots chan struct{}
	wg    sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// Serve starts a Server of z over UDP and TCP for the time of a test.
func Serve(t testing.TB, z *resolver.Zone) *Server {
	t.Helper()
	s, err := Start(z)
	if err != nil {
		t.Fatalf("resolvertest: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// Start starts a Server of z over UDP and TCP, which the caller must close.
func Start(z *resolver.Zone) (*Server, error) {
	s := &Server{Zone: z}
	if err := s.Start(); err != nil {
		return nil, err
	}
	return s, nil
}

// Start listens, and answers until Close.
func (s *Server) Start() error {
	if s.Zone == nil || s.stop != nil {
		return errors.New("resolvertest: a server without Zone, or one started twice")
	}
	if err := s.listen(); err != nil {
		return err
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.slots = make(chan struct{}, maxQueries)
	s.conns = make(map[net.Conn]struct{})
	if s.udp != nil {
		s.wg.Go(s.serveUDP)
	}
	if s.tcp != nil {
		s.wg.Go(s.serveTCP)
	}
	return nil
}

// listen takes a port that is free for both protocols.
func (s *Server) listen() (err error) {
	loopback := net.IPv4(127, 0, 0, 1)
	for range 10 {
		var port int
		if s.Network != "udp" {
			s.tcp, err = net.ListenTCP("tcp4", &net.TCPAddr{IP: loopback})
			if err != nil {
				return err
			}
			s.Addr = s.tcp.Addr().String()
			port = int(netip.MustParseAddrPort(s.Addr).Port())
			if s.Network == "tcp" {
				return nil
			}
		}
		s.udp, err = net.ListenUDP("udp4", &net.UDPAddr{IP: loopback, Port: port})
		if err == nil {
			s.Addr = s.udp.LocalAddr().String()
			return nil
		}
		if s.tcp == nil {
			return err
		}
		err = errors.Join(err, s.tcp.Close())
	}
	return fmt.Errorf("no port is free for UDP and TCP: %w", err)
}

// Close stops the server and returns when nothing of it is left.
func (s *Server) Close() {
	if s.stop == nil {
		return // never started
	}
	s.stop()
	if s.udp != nil {
		_ = s.udp.Close()
	}
	if s.tcp != nil {
		_ = s.tcp.Close()
	}
	s.mu.Lock()
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

func (s *Server) serveUDP() {
	buf := make([]byte, 65535)
	for {
		n, from, err := s.udp.ReadFromUDPAddrPort(buf)
		if s.ctx.Err() != nil {
			return
		}
		if err != nil {
			continue // An earlier reply was refused; the socket is good.
		}
		query := append([]byte(nil), buf[:n]...)
		s.query(func() {
			if reply, _ := s.answer(query, "udp"); reply != nil {
				_, _ = s.udp.WriteToUDPAddrPort(reply, from)
			}
		})
	}
}

// query runs f when there is a free slot, and not at all after Close.
func (s *Server) query(f func()) {
	select {
	case s.slots <- struct{}{}:
	case <-s.ctx.Done():
		return
	}
	s.wg.Go(func() {
		defer func() { <-s.slots }()
		f()
	})
}

func (s *Server) serveTCP() {
	free := make(chan struct{}, maxConns)
	for {
		select {
		case free <- struct{}{}:
		case <-s.ctx.Done():
			return
		}
		c, err := s.tcp.Accept()
		if err != nil {
			<-free
			if s.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			continue
		}
		if !s.track(c) {
			_ = c.Close()
			return
		}
		s.wg.Go(func() {
			defer func() { <-free }()
			defer s.untrack(c)
			s.serveConn(c)
		})
	}
}

// track remembers a connection for Close, unless that has begun.
func (s *Server) track(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return false
	}
	s.conns[c] = struct{}{}
	return true
}

func (s *Server) untrack(c net.Conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	_ = c.Close()
}

// serveConn answers the queries of a connection, each when its answer is there
// (RFC 7766 section 7).
func (s *Server) serveConn(c net.Conn) {
	var mu sync.Mutex // for writing
	for {
		_ = c.SetReadDeadline(time.Now().Add(idle))
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, query); err != nil {
			return
		}
		s.query(func() {
			reply, reset := s.answer(query, "tcp")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case reset:
				if tc, ok := c.(*net.TCPConn); ok {
					_ = tc.SetLinger(0)
				}
				_ = c.Close()
			case reply != nil:
				_ = c.SetWriteDeadline(time.Now().Add(writing))
				out := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(reply)), uint16(len(reply)))
				if _, err := c.Write(append(out, reply...)); err != nil {
					_ = c.Close()
				}
			}
		})
	}
}

// answer returns the reply to send, which is nil for silence, or that the
// connection is to be reset.
func (s *Server) answer(query []byte, network string) (reply []byte, reset bool) {
	req, refusal, err := wire.ParseServerRequest(query)
	if err != nil {
		return refusal, false
	}
	x := &mock.Exchange{Network: network}
	q := resolver.Question{Name: req.Name, Type: resolver.Type(req.Type)}
	a, _ := s.Zone.Lookup(mock.With(s.ctx, x), q)
	if s.ctx.Err() != nil || x.Silent {
		return nil, false
	}
	out := wire.ServerReply{
		Rcode: rcode(a.Status), Answer: x.Answer, Authority: x.Authority, Secure: a.Secure,
		HasExtended: x.HasExtended, ExtendedCode: x.ExtendedCode, Extended: x.Extended,
	}
	limit := 65535
	if network == "udp" {
		limit = req.Size
	}
	switch resolver.Damage(x.Damage) {
	case resolver.WrongID, resolver.WrongQuestion:
		reply, err = req.Misdirect(resolver.Damage(x.Damage) == resolver.WrongID)
	case resolver.Garbage:
		reply, err = req.Garble()
	case resolver.Truncated:
		out.Truncate = network == "udp"
		reply, err = out.Pack(req, limit)
	case resolver.Reset:
		if network == "tcp" {
			return nil, true
		}
		out.Truncate = true
		reply, err = out.Pack(req, limit)
	default:
		reply, err = out.Pack(req, limit)
	}
	if err != nil { // Something in the zone that the wire cannot carry.
		out = wire.ServerReply{Rcode: wire.RcodeServFail}
		reply, _ = out.Pack(req, limit)
	}
	return reply, false
}

func rcode(s resolver.Status) int {
	switch s {
	case resolver.Success, resolver.NoData:
		return wire.RcodeSuccess
	case resolver.NXDomain:
		return wire.RcodeNXDomain
	case resolver.Refused:
		return wire.RcodeRefused
	case resolver.Failed:
		return wire.RcodeNotImp
	}
	return wire.RcodeServFail
}
