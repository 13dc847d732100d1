package smtpprobe

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy/internal/name"
)

// session is a connection, and the transcript that it writes.
type session struct {
	Session
	run  *run
	ctx  context.Context //nolint:containedctx // It lives as long as the connection.
	helo string

	began   time.Time
	end     time.Time // no part of the session takes longer
	raw     *meteredConn
	conn    net.Conn // raw, or TLS over it
	replies *replyReader
	stop    func() // once
}

// meteredConn counts what the server sends, and refuses to take more than a limit. It
// lies below TLS, so that records without content count as well.
type meteredConn struct {
	net.Conn
	octets, limit int
}

func (c *meteredConn) Read(p []byte) (int, error) {
	if c.octets >= c.limit {
		return 0, errTooLarge
	}
	n, err := c.Conn.Read(p[:min(len(p), c.limit-c.octets)])
	c.octets += n
	return n, err
}

// open starts a transcript and connects. Unless ok, the session goes no further, and
// there is nothing to close.
func (r *run) open(ctx context.Context, purpose Purpose, host string, ip netip.Addr) (s *session, ok bool) {
	s = &session{run: r, ctx: ctx, helo: r.helo}
	s.began = time.Now()
	s.end = s.began.Add(r.limits.Session)
	s.Session = Session{Host: host, Addr: ip, Port: r.port, Purpose: purpose, Start: s.began.UTC().Round(0), Steps: make([]Step, 0, 8)}

	step := Step{Stage: StageConnect}
	limit := min(r.limits.Connect, r.limits.Session)
	conn, err := r.connect(ctx, limit, ip)
	if err != nil {
		step.Failure = classify(ctx, err)
		s.add(step, s.began, limit)
		return s, false
	}
	s.raw = &meteredConn{Conn: conn, limit: r.limits.Octets}
	s.conn = s.raw
	s.replies = newReplyReader(s.raw, r.limits)
	// When the context ends, every read and write does.
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		conn.Close()
		close(closed)
	})
	s.stop = func() {
		if !stop() {
			<-closed // Nothing outlives the session.
		}
	}
	if local := conn.LocalAddr(); local != nil {
		if at, err := netip.ParseAddrPort(local.String()); err == nil {
			s.Local = at.Addr().Unmap().WithZone("")
		}
	}
	if s.helo == "" {
		s.helo = "[127.0.0.1]" // For connections that have no address, as those of tests.
		if s.Local.IsValid() {
			s.helo = literal(s.Local)
		}
	}
	s.add(step, s.began, limit)
	return s, true
}

func (r *run) connect(ctx context.Context, limit time.Duration, ip netip.Addr) (net.Conn, error) {
	if err := r.guard.check(ip); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	to := netip.AddrPortFrom(ip, r.port)
	return r.guard.connect(ctx, r.dial, to)
}

// close ends the connection without waiting. TLS would wait for its own farewell.
func (s *session) close() {
	s.stop()
	s.raw.Close()
	s.Octets = s.raw.octets
}

// add completes a step and puts it into the transcript.
func (s *session) add(step Step, began time.Time, limit time.Duration) {
	step.AtMS = began.Sub(s.began).Milliseconds()
	step.TookMS = time.Since(began).Milliseconds()
	if step.Failure.Kind == KindTimeout {
		step.LimitMS = limit.Milliseconds()
	}
	s.Steps = append(s.Steps, step)
}

// within sets the deadline of the next part: once, so that nothing that drips extends
// it. It returns how long that is.
func (s *session) within(limit time.Duration) (time.Time, time.Duration) {
	now := time.Now()
	limit = max(min(limit, s.end.Sub(now)), 0)
	// An error means that the connection is closed, and the next read says why.
	_ = s.raw.SetDeadline(now.Add(limit))
	return now, limit
}

// greeting waits for the first reply.
func (s *session) greeting() *Step {
	began, limit := s.within(s.run.limits.Greeting)
	return s.receive(Step{Stage: StageGreeting}, began, limit)
}

// command sends a command and waits for its reply. Nothing is sent unless the reply
// before it was complete and alone.
func (s *session) command(stage Stage, v verb, argument string) *Step {
	limit := s.run.limits.Command
	if v == verbQUIT {
		limit = s.run.limits.Quit
	}
	began, limit := s.within(limit)
	step := Step{Stage: stage}
	line, err := v.line(argument)
	if err == nil {
		step.Sent = name.Escape(line)
		_, err = s.conn.Write([]byte(line + "\r\n"))
	}
	if err != nil {
		step.Failure = classify(s.ctx, err)
		s.add(step, began, limit)
		return s.last()
	}
	return s.receive(step, began, limit)
}

func (s *session) receive(step Step, began time.Time, limit time.Duration) *Step {
	rep, err := s.replies.read()
	step.Reply = rep
	if !s.replies.first.IsZero() {
		step.FirstMS = s.replies.first.Sub(began).Milliseconds()
	}
	switch rest := s.replies.buffered(); {
	case err != nil:
		step.Failure = classify(s.ctx, err)
	case outOfPlace(step.Stage, rep.Code):
		step.Failure = Failure{Kind: KindMalformed, Text: "no reply begins so here"}
	case len(rest) > 0:
		step.Unsolicited = len(rest)
		step.Excess = name.Escape(string(rest[:min(len(rest), keptBytes)]))
		if step.Stage != StageSTARTTLS && step.Stage != StageQUIT {
			step.Failure = Failure{Kind: KindUnsolicited, Text: "there was more than one reply"}
		}
	}
	s.add(step, began, limit)
	return s.last()
}

// outOfPlace reports whether a reply that is no refusal cannot be one to what was said:
// probably it answers something else (RFC 5321 section 4.3.2, RFC 3207 section 4).
func outOfPlace(stage Stage, code int) bool {
	if code >= 400 {
		return false
	}
	switch stage {
	case StageGreeting, StageSTARTTLS:
		return code != 220
	case StageEHLO, StageHELO, StageEHLOTLS:
		return code != 250
	}
	return code >= 300
}

func (s *session) last() *Step { return &s.Steps[len(s.Steps)-1] }

// hello says EHLO, and HELO only to a server that does not know EHLO.
func (s *session) hello(stage Stage) *Step {
	step := s.command(stage, verbEHLO, s.helo)
	if step.Failure.Kind != "" {
		return step
	}
	switch step.Reply.Code {
	case 500, 501, 502, 504: // RFC 5321 sections 3.2 and 4.1.4
		if stage == StageEHLO {
			return s.command(StageHELO, verbHELO, s.helo)
		}
	}
	return step
}

// quit ends the session in order, if it can still be talked to.
func (s *session) quit() {
	if s.failed() == nil && !s.closing() {
		s.command(StageQUIT, verbQUIT, "")
	}
}

// closing reports whether the server said that it closes the connection: 421 at any
// time (RFC 5321 section 3.8).
func (s *session) closing() bool { return s.last().Reply.Code == 421 }

// probe is a session without a recipient.
func (r *run) probe(ctx context.Context, purpose Purpose, host string, ip netip.Addr) Session {
	s, ok := r.open(ctx, purpose, host, ip)
	if ok {
		s.begin(purpose)
		s.quit()
		s.close()
	}
	return s.Session
}

// begin takes a session to where mail would follow. It reports whether it got there.
func (s *session) begin(purpose Purpose) bool {
	if !s.greeting().answered() {
		return false
	}
	if purpose == PurposeControl {
		return true
	}
	st := s.hello(StageEHLO)
	if !st.answered() {
		return false
	}
	insist := purpose == PurposeProbe && s.run.starttls == STARTTLSAlways
	if st.Stage == StageHELO || !offersSTARTTLS(st.Reply) && !insist {
		return true
	}
	st = s.command(StageSTARTTLS, verbSTARTTLS, "")
	if st.Failure.Kind != "" {
		return false
	}
	if st.Reply.Code != 220 {
		return !s.closing()
	}
	if !s.handshake(purpose == PurposeOldTLS) {
		return false
	}
	// RFC 3207 section 4.2: what was known from before TLS is not known any more.
	s.replies = newReplyReader(s.conn, s.run.limits)
	if purpose == PurposeOldTLS {
		return true
	}
	return s.hello(StageEHLOTLS).answered()
}

// offersSTARTTLS reads the reply to EHLO (RFC 3207 section 4: the keyword has no
// parameters; senders take it with them as well).
func offersSTARTTLS(rep Reply) bool {
	for _, line := range rep.Lines[min(1, len(rep.Lines)):] {
		if keyword, _, _ := strings.Cut(line, " "); strings.EqualFold(keyword, "STARTTLS") {
			return true
		}
	}
	return false
}
