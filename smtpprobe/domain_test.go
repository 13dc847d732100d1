package smtpprobe_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// TestProbe takes a domain from its MX records to what a sender would do.
func TestProbe(t *testing.T) {
	with, without := listen(t, honest(good()).serve), listen(t, honest(nil).serve)
	at := map[string]*server{"8.8.8.8:25": with, "8.8.4.4:25": without}
	for _, tt := range []struct {
		name   string
		zone   string
		action smtpprobe.Action
		status smtpprobe.Status
		has    mailworthy.Code
	}{
		{
			name: "good", zone: "example.net MX 10 mx.example.net\nmx.example.net A 8.8.8.8",
			action: smtpprobe.DeliverUnauthenticated, status: smtpprobe.Ready, has: smtpprobe.CodeUnprotected,
		},
		{
			name: "without STARTTLS", zone: "example.net MX 10 mx.example.net\nmx.example.net A 8.8.4.4",
			action: smtpprobe.DeliverUnauthenticated, status: smtpprobe.Ready, has: smtpprobe.CodeNoSTARTTLS,
		},
		{
			name: "one address of two without a server", zone: "example.net MX 10 mx.example.net\nmx.example.net A 8.8.8.8\nmx.example.net A 9.9.9.9",
			action: smtpprobe.DeliverUnauthenticated, status: smtpprobe.Ready, has: smtpprobe.CodeRefused,
		},
		{
			name: "an address of a family that is not reached from here", zone: "example.net MX 10 mx.example.net\nmx.example.net A 8.8.8.8\nmx.example.net AAAA 2a02:25::1",
			action: smtpprobe.DeliverUnauthenticated, status: smtpprobe.Ready, has: smtpprobe.CodeFamilyUnreachable,
		},
		{
			name: "no server at all", zone: "example.net MX 10 mx.example.net\nmx.example.net A 9.9.9.9",
			action: smtpprobe.ActionUnknown, status: smtpprobe.Refused, has: smtpprobe.CodeNoConnection,
		},
		{name: "null MX", zone: "example.net MX 0 .", action: smtpprobe.Return},
		{
			name: "private", zone: "example.net MX 10 mx.example.net\nmx.example.net A 10.0.0.1",
			action: smtpprobe.Return, status: smtpprobe.Unfit, has: smtpprobe.CodeAddressUnfit,
		},
		{name: "DNS fails", zone: "example.net MX !servfail", action: smtpprobe.ActionUnknown},
		{name: "no domain", zone: "example.org A 127.0.0.1", action: smtpprobe.Return},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := with.prober()
			p.Port = 0
			p.Resolver = resolver.MustZone(tt.zone)
			p.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				switch {
				case address == "[2a02:25::1]:25":
					return nil, syscall.ENETUNREACH
				case at[address] == nil:
					return nil, syscall.ECONNREFUSED
				}
				var d net.Dialer
				return d.DialContext(ctx, network, at[address].addr.String())
			}
			rep, err := p.Probe(t.Context(), "Example.NET.")
			require.NoError(t, err)
			require.Equal(t, "example.net", rep.Policies.Domain)
			require.Equal(t, tt.action, rep.Delivery.Action, "%+v", rep.Delivery)
			require.Equal(t, tt.status, rep.Probe.Status)
			if tt.has != "" {
				require.True(t, rep.Findings.Has(tt.has), "%v", codes(rep.Findings))
			}
			text, err := json.Marshal(rep)
			require.NoError(t, err)
			var back smtpprobe.DomainReport
			require.NoError(t, json.Unmarshal(text, &back))
			require.Equal(t, rep.Findings, back.Findings)
			again := smtpprobe.EvaluateDomain(smtpprobe.Request{Time: time.Now()}, back.Policies, back.Probe.Sessions)
			require.Equal(t, rep.Delivery, again.Delivery)
			require.Equal(t, rep.Probe.Result, again.Probe.Result)
		})
	}
	_, err := smtpprobe.Prober{HELO: "a b"}.Probe(t.Context(), "example.net")
	require.ErrorIs(t, err, smtpprobe.ErrName)
}

// TestProbeOffline has all of a probe from what was stored: answers, policy and
// connections. Nothing is dialled but what Dial gives.
func TestProbeOffline(t *testing.T) {
	s := listen(t, honest(good()).serve)
	stored := *fetchOf("version: STSv1\nmode: enforce\nmax_age: 604800\nmx: mx.example.net")
	asked := 0
	p := s.prober()
	p.Port = 0
	p.Resolver = resolver.MustZone("example.org MX 10 mx.example.net\nmx.example.net A 8.8.8.8\n_mta-sts.example.org TXT \"v=STSv1; id=1\"")
	p.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		require.Equal(t, "8.8.8.8:25", address)
		var d net.Dialer
		return d.DialContext(ctx, network, s.addr.String())
	}
	p.Fetch = func(_ context.Context, domain string) (smtpprobe.PolicyFetch, error) {
		asked++
		require.Equal(t, "example.org", domain)
		return stored, nil
	}
	rep, err := p.Probe(t.Context(), "Example.ORG.")
	require.NoError(t, err)
	require.Equal(t, 1, asked)
	require.Equal(t, smtpprobe.PolicyFound, rep.Policies.STS.Status)
	require.Equal(t, &stored, rep.Policies.STS.Fetch)
	require.Equal(t, smtpprobe.Deliver, rep.Delivery.Action, rep.Delivery.Reason)

	// All of it again, without a connection to anybody.
	replay := smtpprobe.Prober{Resolver: p.Resolver, Fetch: p.Fetch}
	policies, err := replay.CheckPolicies(t.Context(), "example.org")
	require.NoError(t, err)
	require.Equal(t, rep.Policies, policies)
	again := smtpprobe.EvaluateDomain(smtpprobe.Request{}, policies, rep.Probe.Sessions)
	require.Equal(t, rep.Delivery, again.Delivery)
	require.Equal(t, rep.Findings, again.Findings)

	// What is not stored is unknown; where there is no record nobody asks for it.
	p.Fetch = func(context.Context, string) (smtpprobe.PolicyFetch, error) {
		return smtpprobe.PolicyFetch{}, errors.New("nothing is stored")
	}
	rep, err = p.Probe(t.Context(), "example.org")
	require.NoError(t, err)
	require.Equal(t, smtpprobe.PolicyUnknown, rep.Policies.STS.Status)
	require.True(t, rep.Findings.Has(smtpprobe.CodeSTSNotFetched))
	p.Fetch = func(context.Context, string) (smtpprobe.PolicyFetch, error) {
		t.Error("asked for a policy without a record")
		return smtpprobe.PolicyFetch{}, nil
	}
	p.Resolver = resolver.MustZone("example.org MX 10 mx.example.net\nmx.example.net A 8.8.8.8")
	_, err = p.CheckPolicies(t.Context(), "example.org")
	require.NoError(t, err)
}

// TestProbeRecipientRoute finds the hosts by itself.
func TestProbeRecipientRoute(t *testing.T) {
	s := listen(t, honest(nil).serve)
	p := s.prober()
	p.Resolver = resolver.MustZone("example.net MX 10 mx.example.net\nmx.example.net A 127.0.0.1\nexample.org MX 0 .")
	req := smtpprobe.RecipientRequest{HELO: "probe.example.org", MailFrom: "probe@example.org", Recipient: "joe@example.net"}
	rep, err := p.ProbeRecipient(t.Context(), req, nil)
	require.NoError(t, err)
	require.Equal(t, smtpprobe.RecipientCatchAll, rep.Status)
	require.Equal(t, host, rep.Sessions[0].Host)

	req.Recipient = "joe@[127.0.0.1]"
	rep, err = p.ProbeRecipient(t.Context(), req, nil)
	require.NoError(t, err)
	require.Equal(t, smtpprobe.RecipientCatchAll, rep.Status)

	req.Recipient = "joe@example.org"
	rep, err = p.ProbeRecipient(t.Context(), req, nil)
	require.ErrorIs(t, err, smtpprobe.ErrNoAddress)
	require.Equal(t, smtpprobe.RecipientUnknown, rep.Status)
}

// TestProbeEnds shows that the whole has one time limit.
func TestProbeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := smtpprobe.Prober{
			Timeout: 3 * time.Second,
			Resolver: resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
				<-ctx.Done()
				return resolver.Fail(&resolver.Error{Question: q, Status: resolver.Timeout, Err: ctx.Err()})
			}),
		}
		began := time.Now()
		rep, err := p.Probe(t.Context(), "example.net")
		require.NoError(t, err)
		require.Equal(t, 3*time.Second, time.Since(began))
		require.Equal(t, smtpprobe.ActionUnknown, rep.Delivery.Action)
		require.NotEmpty(t, rep.Findings)
	})
}
