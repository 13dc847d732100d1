package rdns_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/rdns"
)

// TestHostileNames classifies the longest names of many patterns, for addresses that
// agree with them as often as they can. All spans must be in the name.
func TestHostileNames(t *testing.T) {
	ips := []netip.Addr{
		netip.MustParseAddr("1.1.1.1"), netip.MustParseAddr("0.0.0.0"), netip.MustParseAddr("255.255.255.255"), netip.MustParseAddr("192.0.2.10"),
		netip.MustParseAddr("170.170.170.170"), netip.MustParseAddr("::"), netip.MustParseAddr("1111:1111:1111:1111:1111:1111:1111:1111"),
		netip.MustParseAddr("aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa"), netip.MustParseAddr("1:1:1:1:1:1:1:1"),
		{},
	}
	units := []string{"1.", "1-", "1--", "1_", "1x", "a.", "a-", "aa.", "aa-", "0.", "0-", "00-", "255.", "255-", "1111.", "1111-", "1111--", "aaaa-", "pool-", "pool1.", "dyn.", "-", "--a", "x.", "mail.", "static-1.", "192-0-2-", "192000002010", "1010101010", "f", "1", "0", "x", "ec2-1.", "ip-1-", "in-addr.", "co.", "xn--a."}
	for _, unit := range units {
		for _, tail := range []string{"", "example.net", "ip-1-1-1.eu", "amazonaws.com", "compute-1.amazonaws.com", "in-addr.arpa", "gmx.de", "co.uk", "arpa"} {
			n := strings.Repeat(unit, 253)
			n = n[:253-len(tail)-1]
			labelled := []byte(n)
			for run, i := 0, 0; i < len(labelled); i++ {
				if run++; labelled[i] == '.' {
					run = 0
				} else if run > 63 {
					labelled[i], run = '.', 0
				}
			}
			n = strings.Trim(string(labelled), ".") + "." + tail
			for _, ip := range ips {
				for range 3 {
					c := rdns.Classify(ip, n)
					for _, m := range c.Rules {
						require.Equal(t, m.Label, strings.ToLower(n)[m.Span.Offset:m.Span.Offset+m.Span.Length], "%s %s %+v", ip, n, m)
					}
				}
			}
		}
	}
}
