package spf

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzScanIPv4 compares the short cut for networks with netip, which reads them the
// long way, and requires that passing over a term changes no verdict.
func FuzzScanIPv4(f *testing.F) {
	for _, s := range []string{
		"192.0.2.1", "192.0.2.0/24", "0.0.0.0/0", "255.255.255.255/32", "192.0.2.1/33", "192.0.2.1/08", "192.0.2.1/", "1.2.3", "1.2.3.4.5",
		"01.2.3.4", "256.1.1.1", "1.2.3.4/2x", "1.2.3.4x", "1..2.3", "", "/", "1.2.3.4//64", "1.2.3.04", "1.2.3.1000",
	} {
		f.Add(s)
	}
	client := netip.MustParseAddr("192.0.2.77")
	f.Fuzz(func(t *testing.T, s string) {
		addr, bits, n := scanIPv4(s)
		require.LessOrEqual(t, n, len(s))
		text, length, cut := strings.Cut(s, "/")
		want, err := netip.ParseAddr(text)
		good := err == nil && want.Is4()
		wantBits := 32
		if cut && good {
			wantBits = prefixLen(length, 32)
			good = wantBits >= 0
		}
		if good {
			require.Equal(t, len(s), n)
			wantAddr, _ := clientNumber(want)
			require.Equal(t, wantAddr, addr)
			require.Equal(t, wantBits, bits)
		} else if n > 0 {
			require.Less(t, n, len(s), "what is read is only the start of it")
		}

		p := newParser(version + " ip4:" + s)
		inside := p.skipOutside(clientNumber(client))
		if skipped := p.pos > len(version); skipped {
			first, _, _ := strings.Cut(s, " ")
			term := Term{Text: "ip4:" + first}
			require.Empty(t, parseTerm(&term), "only good terms are passed over")
			require.Equal(t, term.Network.Contains(client), inside == len(version+" "))
		}
		q := newParser(version + " ip4:" + s)
		require.Equal(t, -1, q.skipOutside(clientNumber(netip.MustParseAddr("2001:db8::1"))))
		require.GreaterOrEqual(t, q.pos, p.pos, "IPv6 is outside of all")
	})
}
