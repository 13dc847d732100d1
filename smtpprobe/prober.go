package smtpprobe

import (
	"context"
	"crypto/x509"
	"net"
	"net/netip"
	"sync"
	"time"
)

// defaultTimeout bounds a whole probe: several addresses after one another, each of
// which may take its time.
const defaultTimeout = 2 * time.Minute

// ProbeHost connects to the addresses of a host and judges what it heard. The error is
// non-nil for a host without an address or with a name that is none ([ErrNoAddress],
// [ErrName]), and when ctx ended before the probe did; the Report is valid then, too.
func (p Prober) ProbeHost(ctx context.Context, host Host) (Report, error) {
	return p.ProbeHosts(ctx, []Host{host})
}

// ProbeHosts connects to the addresses of several hosts, at the same time as far as
// [Limits] and [Pacer] allow, and judges what it heard. An address that several hosts
// have is connected to for each of them, one after the other, since a server may have
// a certificate for each. Its errors are those of [Prober.ProbeHost].
func (p Prober) ProbeHosts(ctx context.Context, hosts []Host) (Report, error) {
	rep, err := p.observe(ctx, hosts)
	rep.Result = Evaluate(Request{}, rep.Sessions)
	return rep, err
}

// observe is ProbeHosts without the judgement.
func (p Prober) observe(ctx context.Context, hosts []Host) (Report, error) {
	rep := Report{Sessions: []Session{}}
	r, err := p.newRun()
	if err != nil {
		return rep, err
	}
	targets, skipped, err := r.targets(hosts)
	if rep.Skipped = skipped; err != nil {
		return rep, err
	}
	limited, cancel := p.limit(ctx)
	defer cancel()

	sessions := make([][]Session, len(targets))
	slots := make(chan struct{}, r.limits.Concurrency)
	var wg sync.WaitGroup
	for i, t := range targets {
		wg.Go(func() { sessions[i] = r.address(limited, slots, t) })
	}
	wg.Wait()
	for _, s := range sessions {
		rep.Sessions = append(rep.Sessions, s...)
	}
	if p.Control.Addrs != nil && nothingConnected(rep.Sessions) {
		rep.Sessions = append(rep.Sessions, p.control(limited, r)...)
	}
	return rep, context.Cause(ctx)
}

// limit is the context of a whole call.
func (p Prober) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	switch {
	case p.Timeout < 0:
		return context.WithCancel(ctx)
	case p.Timeout == 0:
		return context.WithTimeout(ctx, defaultTimeout)
	}
	return context.WithTimeout(ctx, p.Timeout)
}

// control asks the control host, as far as its first address that answers.
func (p Prober) control(ctx context.Context, r *run) []Session {
	targets, _, err := r.targets([]Host{p.Control})
	if err != nil {
		return nil
	}
	var sessions []Session
	for _, t := range targets {
		s := r.paced(ctx, PurposeControl, t)
		sessions = append(sessions, s)
		if !nothingConnected([]Session{s}) {
			break
		}
	}
	return sessions
}

// run is what the sessions of one call share.
type run struct {
	helo     string
	port     uint16
	limits   Limits
	guard    guard
	dial     func(ctx context.Context, network, address string) (net.Conn, error)
	pacer    *Pacer
	starttls STARTTLSUse
	roots    func() (*x509.CertPool, Roots)
}

func (p Prober) newRun() (*run, error) {
	r := &run{
		port: p.Port, limits: p.Limits.orDefault(), guard: newGuard(p.Allow),
		dial: p.Dial, pacer: p.Pacer, starttls: p.STARTTLS,
		roots: func() (*x509.CertPool, Roots) { return p.Roots, RootsGiven },
	}
	if r.port == 0 {
		r.port = 25
	}
	if r.pacer == nil {
		r.pacer = new(Pacer)
	}
	if p.Roots == nil {
		r.roots = sync.OnceValues(systemRoots)
	}
	if p.HELO != "" {
		var err error
		if r.helo, err = heloName(p.HELO); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func systemRoots() (*x509.CertPool, Roots) {
	pool, err := x509.SystemCertPool()
	if err != nil || pool.Equal(x509.NewCertPool()) {
		return nil, RootsNone // A container without certificates proves nothing.
	}
	return pool, RootsSystem
}

// target is an address of a host.
type target struct {
	host string
	ip   netip.Addr
}

// targets returns what is probed, in order and each once, and how many addresses are
// left out for the limits.
func (r *run) targets(hosts []Host) (targets []target, skipped int, err error) {
	seen := make(map[target]bool)
	taken := 0
	for _, h := range hosts {
		t := target{host: h.Name}
		if t.host != "" {
			if t.host, err = hostName(h.Name); err != nil {
				return nil, 0, err
			}
		}
		if len(h.Addrs) > 0 {
			taken++
		}
		n := 0
		for _, ip := range h.Addrs {
			t.ip = ip.Unmap()
			if !ip.IsValid() || seen[t] {
				continue
			}
			if taken > r.limits.Hosts || n >= r.limits.Addresses {
				skipped++
				continue
			}
			seen[t] = true
			n++
			targets = append(targets, t)
		}
	}
	if len(targets) == 0 {
		return nil, skipped, ErrNoAddress
	}
	return targets, skipped, nil
}

// address probes an address: once, and a second time if its TLS is too old.
func (r *run) address(ctx context.Context, slots chan struct{}, t target) []Session {
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
	}
	s := r.paced(ctx, PurposeProbe, t)
	sessions := []Session{s}
	if st := s.failed(); st != nil && st.Stage == StageTLS {
		switch st.Failure.Kind {
		case KindTLSVersion, KindTLSAlert, KindReset, KindClosed:
			sessions = append(sessions, r.paced(ctx, PurposeOldTLS, t))
		}
	}
	return sessions
}

// paced is a session when its turn has come. Addresses that are not dialled wait for
// nothing.
func (r *run) paced(ctx context.Context, purpose Purpose, t target) Session {
	if r.guard.check(t.ip) == nil {
		release, err := r.pacer.wait(ctx, t.ip, provider(t.host, t.ip), r.limits.Spacing)
		if err == nil {
			defer release()
		}
	}
	return r.probe(ctx, purpose, t.host, t.ip)
}

// nothingConnected reports whether a connection was tried, and none came about.
func nothingConnected(sessions []Session) bool {
	tried := false
	for i := range sessions {
		st := sessions[i].failed()
		switch {
		case st == nil || st.Stage != StageConnect:
			return false
		case st.Failure.Kind != KindNotAllowed && st.Failure.Kind != KindCanceled:
			tried = true
		}
	}
	return tried
}
