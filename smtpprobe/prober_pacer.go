package smtpprobe

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"
)

// Pacer keeps probes polite over several calls: one connection at a time to an
// address, and some time between two connections to hosts of one provider. The zero
// value is ready, and safe for concurrent use. It must not be copied.
type Pacer struct {
	mu   sync.Mutex
	busy map[netip.Addr]chan struct{} // closed when the connection is over
	next map[string]time.Time         // when the next connection to a provider may begin
}

// maxProviders is how many providers are remembered before those whose time is over
// are forgotten.
const maxProviders = 1024

// wait returns when a connection may begin, and a function that says that it is over.
func (p *Pacer) wait(ctx context.Context, ip netip.Addr, provider string, spacing time.Duration) (func(), error) {
	for {
		p.mu.Lock()
		if p.busy == nil {
			p.busy, p.next = make(map[netip.Addr]chan struct{}), make(map[string]time.Time)
		}
		other, taken := p.busy[ip]
		if !taken {
			break
		}
		p.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	now := time.Now()
	at := p.next[provider]
	if at.Before(now) {
		at = now
	}
	if end, ok := ctx.Deadline(); ok && end.Before(at) {
		// It would come too late. To keep a turn that nobody uses would make all others
		// later, and with enough of them too late as well.
		p.mu.Unlock()
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	done := make(chan struct{})
	p.busy[ip] = done
	if spacing > 0 {
		if len(p.next) >= maxProviders {
			for k, t := range p.next {
				if t.Before(now) {
					delete(p.next, k)
				}
			}
		}
		p.next[provider] = at.Add(spacing)
	}
	p.mu.Unlock()

	release := func() {
		p.mu.Lock()
		delete(p.busy, ip)
		p.mu.Unlock()
		close(done)
	}
	if d := at.Sub(now); d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			release()
			return nil, context.Cause(ctx)
		}
	}
	return release, nil
}

// provider is the registrable domain of a host, or what is known of it instead.
func provider(host string, ip netip.Addr) string {
	if host == "" {
		return ip.String()
	}
	if d, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return d
	}
	return host
}
