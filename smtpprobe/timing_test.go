package smtpprobe_test

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// public is an address that may be dialled, when nothing really dials it.
var public = netip.MustParseAddr("8.8.8.8")

// piped returns a prober whose connections are pipes to serve, for tests with a clock
// of their own, and a function that waits for the servers.
func piped(serve func(p *peer)) (smtpprobe.Prober, func()) {
	var wg sync.WaitGroup
	return smtpprobe.Prober{
		HELO: "probe.example.org", Roots: authority().pool,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			wg.Go(func() {
				defer server.Close()
				serve(newPeer(server))
			})
			return client, nil
		},
	}, wg.Wait
}

// slowly waits before each reply.
func slowly(d time.Duration, s script) func(p *peer) {
	return func(p *peer) {
		time.Sleep(d)
		p.say(s.greeting)
		for {
			line := p.hear()
			if line == "" {
				return
			}
			time.Sleep(d)
			word, _, _ := strings.Cut(line, " ")
			if !p.say(s.replies[word]) {
				return
			}
		}
	}
}

// wait reads until the other side is gone.
func wait(p *peer) { _, _ = p.in.WriteTo(discard{}) }

// TestTime is about servers that take their time, by a clock that takes none.
func TestTime(t *testing.T) {
	_ = good()
	drip := func(text string, every time.Duration) func(p *peer) {
		return func(p *peer) {
			for i := 0; ; i++ {
				if !p.say(text[i%len(text) : i%len(text)+1]) {
					return
				}
				time.Sleep(every)
			}
		}
	}
	for _, tt := range []struct {
		name   string
		serve  func(p *peer)
		limits smtpprobe.Limits
		took   time.Duration
		want   want
	}{
		{
			name: "never greets", serve: wait, took: 15 * time.Second,
			want: want{smtpprobe.Unknown, smtpprobe.StageGreeting, smtpprobe.KindTimeout, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeTimeout}},
		},
		{
			name: "never greets, interactive", serve: wait, limits: smtpprobe.Interactive(), took: 8 * time.Second,
			want: want{smtpprobe.Unknown, smtpprobe.StageGreeting, smtpprobe.KindTimeout, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeTimeout}},
		},
		{
			name: "an octet each second", serve: drip("220 mx.example.net ESMTP and so on ", time.Second), took: 15 * time.Second,
			want: want{smtpprobe.Unknown, smtpprobe.StageGreeting, smtpprobe.KindTimeout, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeTimeout}},
		},
		{
			name: "a line every two seconds", took: 10 * time.Second, serve: func(p *peer) {
				p.say("220 mx.example.net ESMTP\r\n")
				p.hear()
				for p.say("250-X\r\n") {
					time.Sleep(2 * time.Second)
				}
			},
			want: want{smtpprobe.Unknown, smtpprobe.StageEHLO, smtpprobe.KindTimeout, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeTimeout}},
		},
		{
			name: "stalls in the handshake", took: 10 * time.Second, serve: func(p *peer) {
				p.say("220 mx.example.net ESMTP\r\n")
				p.hear()
				p.say("250-mx.example.net\r\n250 STARTTLS\r\n")
				p.hear()
				p.say("220 go\r\n")
				wait(p)
			},
			want: want{smtpprobe.Ready, smtpprobe.StageTLS, smtpprobe.KindTimeout, smtpprobe.Yes, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeTimeout}},
		},
		{
			name: "does not answer QUIT", took: 2 * time.Second, serve: func(p *peer) {
				s := honest(nil)
				p.say(s.greeting)
				p.hear()
				p.say(s.replies["EHLO"])
				p.hear()
				wait(p)
			},
			want: want{smtpprobe.Ready, "", "", smtpprobe.No, smtpprobe.No, []mailworthy.Code{smtpprobe.CodeNoSTARTTLS, smtpprobe.CodeQuit}},
		},
		{
			name: "three seconds for each reply", took: 8 * time.Second, serve: slowly(3*time.Second, honest(nil)),
			want: want{smtpprobe.Ready, "", "", smtpprobe.No, smtpprobe.No, []mailworthy.Code{smtpprobe.CodeNoSTARTTLS, smtpprobe.CodeQuit}},
		},
		{
			name: "makes strangers wait for the second line", took: 6 * time.Second, serve: func(p *peer) {
				p.say("220-mx.example.net please wait\r\n")
				time.Sleep(6 * time.Second)
				honest(good()).serve(p)
			},
			want: want{smtpprobe.Ready, "", "", smtpprobe.Yes, smtpprobe.Yes, []mailworthy.Code{smtpprobe.CodeSlow}},
		},
		{
			name: "twenty seconds of greet pause", took: 20 * time.Second, limits: smtpprobe.Audit(), serve: func(p *peer) {
				time.Sleep(20 * time.Second)
				honest(good()).serve(p)
			},
			want: want{smtpprobe.Ready, "", "", smtpprobe.Yes, smtpprobe.Yes, []mailworthy.Code{smtpprobe.CodeSlow}},
		},
		{
			name: "more than a session has in all", took: 30 * time.Second, serve: func(p *peer) {
				s := honest(nil)
				time.Sleep(14 * time.Second)
				p.say(s.greeting)
				p.hear()
				time.Sleep(9 * time.Second)
				p.say("502 what\r\n")
				p.hear()
				wait(p)
			},
			want: want{smtpprobe.Unknown, smtpprobe.StageHELO, smtpprobe.KindTimeout, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeSlow, smtpprobe.CodeTimeout}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, stopped := piped(tt.serve)
				p.Limits = tt.limits
				began := time.Now()
				rep, err := p.ProbeHost(t.Context(), smtpprobe.Host{Name: host, Addrs: []netip.Addr{public}})
				require.NoError(t, err)
				require.Equal(t, tt.took, time.Since(began))
				got := wantOf(rep.Hosts[0].Addresses[0])
				require.Equal(t, tt.want, dropTrust(got))
				checkReport(t, rep)
				stopped()
			})
		})
	}
}

// dropTrust leaves the findings on certificates out: in the tests' own time they are
// from the future.
func dropTrust(w want) want {
	kept := []mailworthy.Code{}
	for _, c := range w.codes {
		if !strings.HasPrefix(string(c), "smtpprobe.certificate-") {
			kept = append(kept, c)
		}
	}
	w.codes = kept
	return w
}

// TestTimeoutTells shows that a time-out names its stage and how long was waited.
func TestTimeoutTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, stopped := piped(wait)
		rep, err := p.ProbeHost(t.Context(), smtpprobe.Host{Name: host, Addrs: []netip.Addr{public}})
		require.NoError(t, err)
		require.Equal(t, []mailworthy.Finding{{
			Code: smtpprobe.CodeTimeout, Severity: mailworthy.Warning, Subject: host, Ref: "RFC 5321 section 4.5.3.2", Temporary: true,
			Message:  "mx.example.net gave nothing, or not all, in 15 seconds while the prober waited for the greeting. Senders wait for minutes, so this says only that it is slow.",
			Remedy:   "Probe again with more time (the limits of Audit). If it stays so, look for what makes strangers wait: DNS lookups, block lists, or a load that is too high.",
			Evidence: []string{"8.8.8.8: timeout at stage greeting after 15 seconds: i/o timeout"},
		}}, []mailworthy.Finding(rep.Findings))
		stopped()
	})
}

// TestEnd shows that a call returns when its context ends, or its time, and leaves
// nothing behind; what was known stays known.
func TestEnd(t *testing.T) {
	for _, tt := range []struct {
		name    string
		timeout time.Duration
		within  time.Duration
		err     error
	}{
		{name: "context", within: time.Second, err: context.DeadlineExceeded},
		{name: "timeout", timeout: time.Second, within: time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, stopped := piped(func(p *peer) {
					p.say("220 mx.example.net ESMTP\r\n")
					p.hear()
					wait(p)
				})
				p.Timeout = tt.timeout
				ctx, cancel := context.WithTimeout(t.Context(), tt.within)
				defer cancel()
				began := time.Now()
				rep, err := p.ProbeHost(ctx, smtpprobe.Host{Name: host, Addrs: []netip.Addr{public, netip.MustParseAddr("8.8.4.4")}})
				require.ErrorIs(t, err, tt.err)
				require.Equal(t, time.Second, time.Since(began))
				require.Len(t, rep.Sessions, 2)
				require.Equal(t, []mailworthy.Code{smtpprobe.CodeEnded}, codes(rep.Findings))
				require.Equal(t, host, rep.Hosts[0].Addresses[0].Greeting.Host)
				checkReport(t, rep)
				stopped()
			})
		})
	}
}

// TestPace shows that an address has one connection at a time, that hosts of one
// provider are spaced, and that the others do not wait for them.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		open, most := make(map[string]int), 0
		starts := make(map[string][]time.Duration)
		began := time.Now()
		var wg sync.WaitGroup
		p := smtpprobe.Prober{
			HELO: "probe.example.org", Limits: smtpprobe.Limits{Spacing: 500 * time.Millisecond},
			Dial: func(_ context.Context, _, address string) (net.Conn, error) {
				client, server := net.Pipe()
				mu.Lock()
				open[address]++
				most = max(most, open[address])
				starts[address] = append(starts[address], time.Since(began))
				mu.Unlock()
				wg.Go(func() {
					defer server.Close()
					slowly(time.Second, honest(nil))(newPeer(server))
				})
				return closing{client, sync.OnceFunc(func() {
					mu.Lock()
					open[address]--
					mu.Unlock()
				})}, nil
			},
		}
		same := netip.MustParseAddr("8.8.4.4")
		rep, err := p.ProbeHosts(t.Context(), []smtpprobe.Host{
			{Name: "mx1.example.net", Addrs: []netip.Addr{public, same}},
			{Name: "mx2.example.net", Addrs: []netip.Addr{same}},
			{Name: "mx.other.example", Addrs: []netip.Addr{netip.MustParseAddr("1.1.1.1")}},
		})
		require.NoError(t, err)
		wg.Wait()
		require.Equal(t, 1, most)
		require.Equal(t, smtpprobe.Ready, rep.Status)
		require.Len(t, rep.Sessions, 4)
		require.Equal(t, []time.Duration{0}, starts["1.1.1.1:25"], "another provider does not wait")
		require.Len(t, starts["8.8.4.4:25"], 2)
		require.NotEqual(t, starts["8.8.4.4:25"][0], starts["8.8.8.8:25"][0])
	})
}

// TestSharedPacer shows that calls that share a Pacer are polite together, and that one
// that ends while it waits leaves nothing behind.
func TestSharedPacer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, stopped := piped(slowly(time.Second, honest(nil)))
		p.Pacer = new(smtpprobe.Pacer)
		target := smtpprobe.Host{Name: host, Addrs: []netip.Addr{public}}
		var wg sync.WaitGroup
		began := time.Now()
		for range 3 {
			wg.Go(func() {
				rep, err := p.ProbeHost(t.Context(), target)
				require.NoError(t, err)
				require.Equal(t, smtpprobe.Ready, rep.Status)
			})
		}
		wg.Go(func() {
			hasty := p
			hasty.Timeout = time.Millisecond
			synctest.Wait()
			rep, err := hasty.ProbeHost(t.Context(), target)
			require.NoError(t, err)
			require.Equal(t, smtpprobe.Unknown, rep.Status)
			require.Equal(t, []mailworthy.Code{smtpprobe.CodeEnded}, codes(rep.Findings))
		})
		wg.Wait()
		require.Equal(t, 9*time.Second, time.Since(began), "one after the other")
		stopped()
	})
}

// closing tells when it is closed.
type closing struct {
	net.Conn
	closed func()
}

func (c closing) Close() error {
	c.closed()
	return c.Conn.Close()
}
