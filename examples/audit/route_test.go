package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/resolver/resolvertest"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

func TestRouteAndTLS(t *testing.T) {
	const tlsa = "TLSA 3 1 1 36df5526cf5266cde2890b12cbfb1d57a80e0d41005dc1200792deb147ece71e\n"
	zone := `
		mx.test               A    192.88.99.1
		mx.test               AAAA 2a02:25::1
		good.test             MX   10 mx.test
		null.test             MX   0 .
		gone.test             MX   10 nowhere.test
		own.test              A    192.88.99.2
		broken.test           MX   !servfail
		signed.test           MX   10 mx.signed.test
		signed.test           MX   20 mx.test
		mx.signed.test        A    192.88.99.3
		_25._tcp.mx.signed.test ` + tlsa + `
		signed.test           !secure
		_smtp._tls.signed.test TXT "v=TLSRPTv1; rua=mailto:a@signed.test"
		sts.test              MX   10 mx.test
		_mta-sts.sts.test     TXT  "v=STSv1; id=1"
	`
	for i := range 9 {
		zone += "many.test A 192.88.99.1" + string(rune('0'+i)) + "\n"
	}
	file := zoneFile(t, zone)
	for _, tt := range []struct {
		domain string
		want   []string
	}{
		{"good.test", []string{"Route OK deliverable to 1 of 1 MX host", "10 mx.test: 192.88.99.1, 2a02:25::1", "TLS OK DANE insecure, MTA-STS absent, TLS-RPT absent", "[smtpprobe.unprotected]"}},
		{"null.test", []string{"Route OK null-mx: the domain takes no mail", "TLS OK no hosts for DANE"}},
		{"gone.test", []string{"Route ERROR no-route", "10 nowhere.test: no-address"}},
		{"own.test", []string{"Route OK deliverable to the domain's own address, without an MX record", "own.test: 192.88.99.2"}},
		{"many.test", []string{"192.88.99.12, 192.88.99.13 and 5 more"}},
		{"broken.test", []string{"Route UNKNOWN unknown: DNS did not tell", "TLS PARTLY DANE unknown, MTA-STS absent", "[smtpprobe.route-dns-failure]"}},
		{"nowhere.test", []string{"Route ERROR no-domain", "TLS OK no-domain: there is no mail to protect"}},
		{"a..b", []string{"Route ERROR invalid", "TLS ERROR invalid"}},
		{"signed.test", []string{"DANE usable at 1 host and insecure at 1 host, MTA-STS absent, TLS-RPT found", "DANE at _25._tcp.mx.signed.test: usable, 1 TLSA record", "TLS-RPT: mailto:a@signed.test", "[smtpprobe.dane-partial]"}},
		{"sts.test", []string{"MTA-STS unknown", "[smtpprobe.sts-not-fetched]"}},
	} {
		t.Run(tt.domain, func(t *testing.T) {
			code, out, errs := runAudit(t, "-zone", file, tt.domain)
			require.Zero(t, code, errs)
			_, part, _ := strings.Cut(out, "\nRoute ")
			part = strings.Join(strings.Fields("Route "+part), " ")
			for _, want := range tt.want {
				require.Contains(t, part, want)
			}
		})
	}

	code, out, errs := runAudit(t, "-zone", file, "-json", "signed.test")
	require.Zero(t, code, errs)
	var reports []report
	require.NoError(t, json.Unmarshal([]byte(out), &reports))
	require.Equal(t, smtpprobe.RouteDeliverable, sectionOf(t, reports[0], "Route").Route.Status)
	require.Equal(t, smtpprobe.DANEUsable, sectionOf(t, reports[0], "TLS").Transport.DANE[0].Status)
}

// sectionOf returns the section of a check.
func sectionOf(t *testing.T, r report, check string) section {
	t.Helper()
	i := slices.IndexFunc(r.Sections, func(s section) bool { return s.Check == check })
	require.GreaterOrEqual(t, i, 0, check)
	return r.Sections[i]
}

// TestPolicyIsFetched shows that a server is asked for what a zone is not, and that no
// address inside is connected to.
func TestPolicyIsFetched(t *testing.T) {
	server := resolvertest.Serve(t, resolver.MustZone(`
		sts.test          MX  10 mx.test
		mx.test           A   192.88.99.1
		_mta-sts.sts.test TXT "v=STSv1; id=1"
		mta-sts.sts.test  A   169.254.169.254
	`))
	code, out, errs := runAudit(t, "-resolver", server.Addr, "sts.test")
	require.Zero(t, code, errs)
	require.Contains(t, out, "MTA-STS broken")
	require.Contains(t, out, "[smtpprobe.sts-no-host]")
}
