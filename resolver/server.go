package resolver

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The life of a UDP socket. A port that is open for long or for many queries
// makes answers easier to forge (RFC 5452 section 9.2).
const (
	maxSocketUses = 64
	maxSocketAge  = 10 * time.Second
	maxIdle       = 128
)

// lastFor is for how long a server that failed is asked after the others.
const lastFor = time.Minute

const defaultPort = 53

// server is one DNS server, with what is known about it.
type server struct {
	addr     netip.AddrPort
	text     string // of addr, which each answer names
	loopback bool
	last     atomic.Pointer[time.Time] // until when to ask it last
	silent   atomic.Pointer[time.Time] // since when it owes a reply
	pool     pool
}

// newServer reads an address with or without a port.
func newServer(s string) (*server, error) {
	addr, err := netip.ParseAddrPort(s)
	if err != nil {
		bare := s
		if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
			bare = s[1 : len(s)-1]
		}
		ip, err := netip.ParseAddr(bare)
		if err != nil {
			return nil, fmt.Errorf("server %q is not an IP address", s)
		}
		addr = netip.AddrPortFrom(ip, defaultPort)
	}
	addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	return &server{addr: addr, text: addr.String(), loopback: addr.Addr().IsLoopback()}, nil
}

// failed notes that the server could not be reached.
func (s *server) failed(now time.Time) {
	until := now.Add(lastFor)
	s.last.Store(&until)
}

// unheard notes that a query of time start had no reply by now. The server has
// failed when it has not replied to any for as long as patience, also when
// contexts ended before: else short ones would never get past it.
func (s *server) unheard(start, now time.Time, patience time.Duration) {
	s.silent.CompareAndSwap(nil, &start)
	if since := s.silent.Load(); since != nil && now.Sub(*since) >= patience {
		s.failed(now)
	}
}

// healthy notes that the server replied.
func (s *server) healthy() {
	if s.last.Load() != nil {
		s.last.Store(nil)
	}
	if s.silent.Load() != nil {
		s.silent.Store(nil)
	}
}

func (s *server) isLast(now time.Time) bool {
	until := s.last.Load()
	return until != nil && now.Before(*until)
}

// socket is a connected UDP socket with a port of its own, so that the kernel
// drops what other hosts send to it.
type socket struct {
	conn *net.UDPConn
	born time.Time
	uses int
}

// pool holds the idle sockets of a server, the one that rested longest first. It
// bounds how many are kept, not how many there are.
type pool struct {
	mu     sync.Mutex
	idle   [maxIdle]*socket // a ring
	first  int
	count  int
	closed bool
}

// get returns a socket for one query: an idle one, or else a new one. Those that
// grew old while idle are closed.
func (p *pool) get(addr netip.AddrPort, now time.Time) (*socket, error) {
	for {
		s := p.pop()
		if s == nil {
			conn, err := net.DialUDP(networkUDP, nil, net.UDPAddrFromAddrPort(addr))
			return &socket{conn: conn, born: now, uses: 1}, err
		}
		if now.Sub(s.born) < maxSocketAge {
			s.uses++
			return s, nil
		}
		_ = s.conn.Close()
	}
}

// put takes a socket back, or closes it when it has served enough.
func (p *pool) put(s *socket, now time.Time) {
	if s.uses >= maxSocketUses || now.Sub(s.born) >= maxSocketAge || !p.push(s) {
		_ = s.conn.Close()
	}
}

// close closes the idle sockets, and makes put close those that are in use.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	for s := p.pop(); s != nil; s = p.pop() {
		_ = s.conn.Close()
	}
}

func (p *pool) pop() *socket {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count == 0 {
		return nil
	}
	s := p.idle[p.first]
	p.idle[p.first] = nil
	p.first = (p.first + 1) % maxIdle
	p.count--
	return s
}

func (p *pool) push(s *socket) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.count == maxIdle {
		return false
	}
	p.idle[(p.first+p.count)%maxIdle] = s
	p.count++
	return true
}
