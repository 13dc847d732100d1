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
