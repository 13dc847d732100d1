package rdns_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/rdns"
	"github.com/mailworthy/mailworthy/resolver"
)

// TestWhoRefusesWhat has who is named, and who is not, in the evidence of each fault.
func TestWhoRefusesWhat(t *testing.T) {
	const v4, v6 = "44.33.22.11.in-addr.arpa", "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.f.1.0.0.0.0.6.2.ip6.arpa"
	tests := map[string]struct {
		ip, zone  string
		has, lack []string
	}{
		"no name":         {"11.22.33.44", v4 + " A 192.0.2.1", []string{"Gmail", "Yahoo", "OVH", "mail.ru", "GMX", "reject_unknown_reverse_client_hostname", "reject_unknown_client_hostname", "HFILTER_HOSTNAME_UNKNOWN", "RDNS_NONE"}, []string{"Microsoft", "DY-001"}},
		"no name, IPv6":   {"2600:1f::7", v6 + " A 192.0.2.1", []string{"Gmail", "Yahoo", "Microsoft", "RDNS_NONE"}, nil},
		"not confirmed":   {"11.22.33.44", v4 + " PTR mx.example.org\nmx.example.org A 11.22.33.45", []string{"Gmail", "Yahoo", "reject_unknown_client_hostname", "HFILTER_HOSTNAME_UNKNOWN"}, []string{"reject_unknown_reverse_client_hostname", "Microsoft"}},
		"generic":         {"11.22.33.44", v4 + " PTR 11-22-33-44.dyn.example.net\n11-22-33-44.dyn.example.net A 11.22.33.44", []string{"mail.ru", "T-Online", "GMX"}, []string{"Gmail", "OVH"}},
		"localhost":       {"11.22.33.44", v4 + " PTR localhost\nlocalhost A 127.0.0.1", []string{"RDNS_LOCALHOST", "Gmail"}, nil},
		"dns fails":       {"11.22.33.44", v4 + " PTR !servfail", nil, []string{"Gmail", "refuses", "RDNS_NONE"}},
		"forward fails":   {"11.22.33.44", v4 + " PTR mx.example.org\nmx.example.org A !timeout\nmx.example.org AAAA !timeout", nil, []string{"Gmail", "RDNS_NONE"}},
		"all as it ought": {"11.22.33.44", v4 + " PTR mx.example.org\nmx.example.org A 11.22.33.44", nil, []string{"Gmail", "Yahoo", "refuses", "Postfix"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			z, err := resolver.ParseZone(tc.zone)
			require.NoError(t, err)
			res, err := rdns.Checker{Resolver: z}.Check(t.Context(), netip.MustParseAddr(tc.ip))
			require.NoError(t, err)
			var b strings.Builder
			for _, f := range res.Findings {
				b.WriteString(strings.Join(f.Evidence, "\n"))
				b.WriteByte('\n')
			}
			for _, who := range tc.has {
				require.Contains(t, b.String(), who)
			}
			for _, who := range tc.lack {
				require.NotContains(t, b.String(), who)
			}
		})
	}
	known := ""
	for _, r := range rdns.Receivers() {
		known += r.Name + "\n"
		require.NotEmpty(t, r.Codes, r.Name)
		require.NotEmpty(t, r.Does, r.Name)
		require.Contains(t, []rdns.Confidence{rdns.High, rdns.Medium}, r.Confidence, r.Name)
	}
	for _, who := range []string{"Gmail", "Yahoo", "Microsoft", "mail.ru", "Yandex", "GMX", "T-Online", "OVH", "reject_unknown_reverse_client_hostname", "reject_unknown_client_hostname", "RDNS_NONE", "RDNS_DYNAMIC", "BAREIP", "BADIP", "HELO_IP_A", "Haraka"} {
		require.Contains(t, known, who)
	}
}
