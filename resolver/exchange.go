package resolver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/mailworthy/mailworthy/internal/secret"
	"github.com/mailworthy/mailworthy/internal/wire"
)

// The protocols that a try may use.
const (
	networkUDP = "udp"
	networkTCP = "tcp"
)

var errTruncated = errors.New("truncated, asking over TCP")

// exchange is the state of one Lookup. Its memory is used again by the next.
type exchange struct {
	ctx     context.Context
	trace   *Trace
	q       Question
	attempt int
	query   []byte
	plain   []byte // the query without EDNS, made when it is needed
	reply   wire.Reply
	buf     [4096]byte // more than UDPSize, for servers that do not keep to it

	// The end of ctx interrupts conn, in a goroutine that finish waits for.
	onEnd       func() // x.interrupt, bound once
	stop        func() bool
	interrupted sync.WaitGroup
	mu          sync.Mutex
	conn        net.Conn
	isEnded     bool
}

// begin ties x to ctx. A context that never ends costs nothing.
func (x *exchange) begin(ctx context.Context, t *Trace) {
	x.ctx, x.trace, x.attempt, x.isEnded = ctx, t, 0, false
	if ctx.Done() != nil {
		if x.onEnd == nil {
			x.onEnd = x.interrupt
		}
		x.interrupted.Add(1)
		x.stop = context.AfterFunc(ctx, x.onEnd)
	}
}

// finish unties x from its context. Nothing of the Lookup runs when it returns.
func (x *exchange) finish() {
	if x.stop != nil {
		if !x.stop() {
			x.interrupted.Wait()
		} else {
			x.interrupted.Done()
		}
	}
	x.ctx, x.trace, x.stop = nil, nil, nil
	x.reply.Reset()
}

func (x *exchange) interrupt() {
	defer x.interrupted.Done()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.isEnded = true
	if x.conn != nil {
		_ = x.conn.SetDeadline(time.Unix(1, 0))
	}
}

// watch makes conn, whose deadline is set already, the one to interrupt. Nil ends
// the watch: after it the deadline is left alone.
func (x *exchange) watch(conn net.Conn) {
	if x.stop == nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.conn = conn
	if conn != nil && x.isEnded {
		_ = conn.SetDeadline(time.Unix(1, 0))
	}
}

// ask sets the question of the tries that follow.
func (x *exchange) ask(q Question) {
	x.q = q
	x.query = wire.AppendQuery(x.query[:0], 0, q.Name, uint16(q.Type), wire.WithEDNS)
	x.plain = x.plain[:0]
}

// try asks one server, and again in another way where that is called for: over
// TCP when the answer was truncated, without EDNS when the server does not know
// it. These are three exchanges at most.
func (x *exchange) try(s *server, network string, timeout time.Duration) verdict {
	query, edns := x.query, true
	for {
		start := time.Now()
		limit := start.Add(timeout)
		deadline, ok := x.ctx.Deadline()
		if !ok || limit.Before(deadline) {
			deadline = limit
		}
		wire.SetID(query, uint16(rand.Uint32()))
		var err error
		if network == networkTCP {
			err = x.overTCP(s, query, deadline)
		} else {
			err = x.overUDP(s, query, start, deadline)
		}

		v := verdict{server: s}
		switch {
		case err == nil && x.reply.Truncated:
			v.status, v.err = Failed, errTruncated
		case err == nil:
			s.healthy()
			v.replied = true
			v.status, v.err = judge(&x.reply)
		case wire.IsBroken(err):
			s.healthy()
			v.status, v.err, v.replied = Failed, err, true
		case timedOut(err):
			v.status, v.err = Timeout, fmt.Errorf("no answer over %s within %v", network, timeout)
			s.unheard(start, time.Now(), timeout/2)
		default:
			v.status, v.err = Failed, err
			if x.ctx.Err() == nil {
				s.failed(start)
			}
		}
		if v.failure() {
			v.extended = extended(x.reply.Extended)
		}
		x.report(v, network, start)

		switch {
		case x.ctx.Err() != nil || err != nil:
			return v
		case x.reply.Truncated && network == networkUDP:
			network = networkTCP
		case x.reply.Truncated:
			v.err = errors.New("broken reply: truncated over TCP")
			return v
		case edns && wire.WithoutEDNSHelps(&x.reply):
			if len(x.plain) == 0 {
				x.plain = wire.AppendQuery(x.plain, 0, x.q.Name, uint16(x.q.Type), wire.WithoutEDNS)
			}
			query, edns = x.plain, false
		default:
			return v
		}
	}
}

// timedOut reports whether a socket's deadline passed, that of dialling included.
func timedOut(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// report tells the Trace of an exchange.
func (x *exchange) report(v verdict, network string, start time.Time) {
	if x.trace == nil || x.trace.Exchange == nil {
		return
	}
	x.attempt++
	info := ExchangeInfo{
		Question: x.q, Server: v.server.text, Network: network, Attempt: x.attempt,
		Elapsed: time.Since(start), Status: v.status, Err: v.err,
	}
	if info.Status == "" {
		info.Status = Success // An alias was found; its target is asked next.
	}
	if v.failure() && info.Err == nil {
		info.Err = &Error{Question: x.q, Status: v.status, Server: v.server.text, Extended: v.extended}
	}
	if secret.In(x.ctx) {
		info = withoutSecret(x.ctx, info)
	}
	x.trace.Exchange(x.ctx, info)
}

// withoutSecret hides a key that is part of the name.
func withoutSecret(ctx context.Context, info ExchangeInfo) ExchangeInfo {
	info.Question.Name = secret.Name(ctx, info.Question.Name)
	if e, ok := errors.AsType[*Error](info.Err); ok {
		shown := *e
		shown.Question.Name = secret.Name(ctx, e.Question.Name)
		shown.Extended = secret.Name(ctx, e.Extended)
		info.Err = &shown
	}
	return info
}

// overUDP sends the query and waits for its reply. Packets that are no reply to
// it are waited past, until the deadline. The socket is used again only when the
// reply came, so that a late one is never found by another query.
func (x *exchange) overUDP(s *server, query []byte, now, deadline time.Time) error {
	x.reply.Reset()
	sock, err := s.pool.get(s.addr, now)
	if err != nil {
		return err
	}
	if err = sock.conn.SetDeadline(deadline); err == nil {
		x.watch(sock.conn)
		err = x.converse(sock.conn, query)
		x.watch(nil)
	}
	if err != nil {
		_ = sock.conn.Close()
		return err
	}
	s.pool.put(sock, now)
	return nil
}

func (x *exchange) converse(conn net.Conn, query []byte) error {
	if _, err := conn.Write(query); err != nil {
		return err
	}
	for {
		n, err := conn.Read(x.buf[:])
		if err != nil {
			return err
		}
		if !wire.IsReply(query, x.buf[:n]) {
			continue
		}
		if n == len(x.buf) {
			x.buf[2] |= 0x02 // What did not fit is lost, as if the server had cut it.
		}
		return x.reply.Parse(x.buf[:n])
	}
}

// overTCP does the same over a connection of its own (RFC 7766).
func (x *exchange) overTCP(s *server, query []byte, deadline time.Time) error {
	x.reply.Reset()
	dialer := net.Dialer{Deadline: deadline}
	conn, err := dialer.DialContext(x.ctx, networkTCP, s.text)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	x.watch(conn)
	defer x.watch(nil)

	out := binary.BigEndian.AppendUint16(x.buf[:0], uint16(len(query)))
	if _, err := conn.Write(append(out, query...)); err != nil {
		return err
	}
	var msg []byte
	for {
		if msg, err = readMessage(conn, msg); err != nil {
			return err
		}
		if wire.IsReply(query, msg) {
			return x.reply.Parse(msg)
		}
	}
}

// readMessage reads a message with its length before it (RFC 1035 section 4.2.2),
// into buf if that is large enough.
func readMessage(conn net.Conn, buf []byte) ([]byte, error) {
	var size [2]byte
	_, err := io.ReadFull(conn, size[:])
	if err == nil {
		n := int(binary.BigEndian.Uint16(size[:]))
		buf = slices.Grow(buf[:0], n)[:n]
		_, err = io.ReadFull(conn, buf)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("the server closed the connection: %w", err)
	}
	return buf, err
}
