package smtpprobe

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
)

// An address of this machine is one in whatever clothes it comes.
func TestAdversaryOwnAddresses(t *testing.T) {
	own := []netip.Addr{netip.MustParseAddr("8.8.8.8"), netip.MustParseAddr("2606:4700::1")}
	g := guard{own: func() []netip.Addr { return own }}
	for _, text := range []string{"8.8.8.8", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1", "2606:4700::1", "2606:4700::1%eth0", "64:ff9b::8.8.8.8%1"} {
		require.Error(t, g.check(netip.MustParseAddr(text)), text)
	}
	for _, text := range []string{"8.8.8.9", "64:ff9b::8.8.8.9", "2606:4700::2", "2606:4700::2%eth0"} {
		require.NoError(t, g.check(netip.MustParseAddr(text)), text)
	}
	require.Error(t, g.check(netip.Addr{}))
}

// A policy host on this machine is not dialled, and that is no fault of its: others may
// reach it.
func TestAdversaryOwnPolicyHost(t *testing.T) {
	own := func() []netip.Addr { return []netip.Addr{netip.MustParseAddr("8.8.8.8")} }
	for zone, want := range map[string]FetchError{
		"A 8.8.8.8": FetchConnect, "A 10.0.0.1": FetchBlocked, "A 10.0.0.1\nmta-sts.example.org A 8.8.8.8": FetchConnect,
		"A 8.8.8.8\nmta-sts.example.org A 10.0.0.1": FetchConnect,
	} {
		f := fetcher{p: Prober{Resolver: resolver.MustZone("mta-sts.example.org " + zone)}, guard: guard{own: own}}
		f.run(t.Context(), "example.org")
		require.Equal(t, want, f.Error, zone)
		require.Empty(t, f.Addrs, "nothing was dialled")
		sts, _ := EvaluateSTS(STSRequest{Domain: "example.org", Fetch: &f.PolicyFetch}, resolver.MustZone(`_mta-sts.example.org TXT "v=STSv1; id=1"`))
		require.Equal(t, want == FetchBlocked, sts.Status == PolicyBroken, zone)
		require.Equal(t, want == FetchConnect, sts.Status == PolicyUnknown, zone)
	}
}

// Who comes more often than the spacing lets through is kept waiting, some in vain; but
// those who give up do not take the turns of all others with them.
func TestAdversaryPacerOverload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p Pacer
		var through atomic.Int64
		var wg sync.WaitGroup
		for i := range 600 { // ten a second for a minute, of which five a second can go
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				defer cancel()
				release, err := p.wait(ctx, netip.AddrFrom4([4]byte{8, 8, byte(i >> 8), byte(i)}), "example.org", 200*time.Millisecond)
				if err == nil {
					through.Add(1)
					release()
				}
			})
			time.Sleep(100 * time.Millisecond)
		}
		wg.Wait()
		require.Greater(t, through.Load(), int64(280))
		require.Empty(t, p.busy)
	})
}
