package smtpprobe

import (
	"net/netip"
	"testing"

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
