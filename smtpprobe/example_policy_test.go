package smtpprobe_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"time"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

func ExampleParseAddress() {
	for _, text := range []string{"Joe@Bücher.example", `"joe smith"@example.org`, "jürgen@[IPv6:2001:DB8::1]", "joe..smith@example.org"} {
		a, err := smtpprobe.ParseAddress(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(a, "quoted:", a.Quoted, "SMTPUTF8:", a.SMTPUTF8, "literal:", a.Literal != "")
	}
	// Output:
	// Joe@xn--bcher-kva.example quoted: false SMTPUTF8: false literal: false
	// "joe smith"@example.org quoted: true SMTPUTF8: false literal: false
	// jürgen@[IPv6:2001:db8::1] quoted: false SMTPUTF8: true literal: true
	// smtpprobe: address, octet 4: two dots follow each other
}

// What a sign-up form can ask before it sends a mail to confirm.
func ExampleProber_CheckRoute() {
	zone := resolver.MustZone(`
		example.org     MX 10 mx.example.net
		mx.example.net  A  192.88.99.25
		parked.example  MX 0 .
		typo.example    MX 10 192.88.99.25
		broken.example  MX !servfail
	`)
	prober := smtpprobe.Prober{Resolver: zone} // Without a Resolver it asks the system's DNS.
	for _, domain := range []string{"example.org", "parked.example", "typo.example", "broken.example", "exmaple.org"} {
		route, err := prober.CheckRoute(context.Background(), domain)
		if err != nil {
			fmt.Println(err)
		}
		fmt.Println(route.Domain, route.Status)
	}
	// Output:
	// example.org deliverable
	// parked.example null-mx
	// typo.example no-route
	// broken.example unknown
	// exmaple.org no-domain
}

func ExampleEvaluateRoute() {
	route, missing := smtpprobe.EvaluateRoute("example.org", resolver.MustZone(`
		example.org     MX 10 mail.example.org
		mail.example.org CNAME web.example.org
		web.example.org A  10.0.0.1
	`))
	fmt.Println(route.Status, len(missing))
	for _, f := range route.Findings {
		fmt.Println(f.Severity, f.Code)
	}
	// Output:
	// no-route 0
	// warning smtpprobe.mx-alias
	// error smtpprobe.mx-not-public
	// error smtpprobe.no-route
}

func ExampleParseSTSRecord() {
	rec, err := smtpprobe.ParseSTSRecord("v=STSv1; id=20261101T120000;")
	fmt.Println(rec.ID, err)
	_, err = smtpprobe.ParseSTSRecord("v=STSv1; id=2026-11-01")
	fmt.Println(err)
	// Output:
	// 20261101T120000 <nil>
	// smtpprobe: octet 12, field "id": an id has 1 to 32 letters and digits, and nothing else
}

func ExampleParseSTSPolicy() {
	policy, err := smtpprobe.ParseSTSPolicy([]byte("version: STSv1\nmode: enforce\nmx: *.example.net\nmax_age: 604800\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, host := range []string{"mx1.example.net", "example.net", "a.mx1.example.net", "mx1.example.net.evil.example"} {
		_, ok := policy.Match(host)
		fmt.Println(host, ok)
	}
	// Output:
	// mx1.example.net true
	// example.net false
	// a.mx1.example.net false
	// mx1.example.net.evil.example false
}

// A pattern stands for one label, and a host is told which of them allows it.
func ExampleSTSPolicy_Match() {
	policy := smtpprobe.STSPolicy{Mode: "enforce", MX: []string{"mx.example.org", "*.example.net"}}
	for _, host := range []string{"MX1.example.net.", "mx.example.org", "example.net"} {
		pattern, ok := policy.Match(host)
		fmt.Printf("%s %q %t\n", host, pattern, ok)
	}
	// Output:
	// MX1.example.net. "*.example.net" true
	// mx.example.org "mx.example.org" true
	// example.net "" false
}

// A fetch is an observation, which can be stored and judged later.
func ExampleEvaluateSTS() {
	zone := resolver.MustZone(`_mta-sts.example.org TXT "v=STSv1; id=1"`)
	sts, _ := smtpprobe.EvaluateSTS(smtpprobe.STSRequest{
		Domain: "example.org", Hosts: []string{"mx1.example.net", "mx.old.example"},
		Fetch: &smtpprobe.PolicyFetch{
			URL: "https://mta-sts.example.org/.well-known/mta-sts.txt", Verified: true, Status: 200, ContentType: "text/plain",
			Body: []byte("version: STSv1\nmode: enforce\nmx: *.example.net\nmax_age: 604800\n"),
		},
	}, zone)
	fmt.Println(sts.Status, sts.Policy.Mode)
	for _, f := range sts.Findings {
		fmt.Println(f.Severity, f.Message)
	}
	// Output:
	// found enforce
	// error The policy does not allow mx.old.example. Senders with MTA-STS do not deliver there.
}

// Where DNS leads to an address inside, nothing is dialled.
func ExampleProber_FetchPolicy() {
	zone := resolver.MustZone("mta-sts.example.org A 169.254.169.254")
	fetch, err := smtpprobe.Prober{Resolver: zone}.FetchPolicy(context.Background(), "example.org")
	fmt.Println(fetch.Error, err)
	fmt.Println(fetch.Problem)
	// Output:
	// blocked <nil>
	// 169.254.169.254 is a link-local address (RFC 3927 section 2.1)
}

func ExampleParseTLSRPT() {
	rec, err := smtpprobe.ParseTLSRPT("v=TLSRPTv1; rua=mailto:tls@example.org,https://example.org/tls")
	fmt.Println(rec.RUA, err)
	// Output:
	// [mailto:tls@example.org https://example.org/tls] <nil>
}

func ExampleEvaluateTLSRPT() {
	rep, _ := smtpprobe.EvaluateTLSRPT("example.org", resolver.MustZone(`_smtp._tls.example.org TXT "v=TLSRPTv1; rua=tls@example.org"`))
	fmt.Println(rep.Status, rep.Findings[0].Message)
	// Output:
	// broken No report can go to tls@example.org: it has no scheme; a mailbox is written with "mailto:" before it.
}

// certificatePEM is one that has expired long since, which DANE-EE does not mind.
const certificatePEM = `-----BEGIN CERTIFICATE-----
MIIBPTCB5KADAgECAgEBMAoGCCqGSM49BAMCMBkxFzAVBgNVBAMTDm14LmV4YW1w
bGUubmV0MB4XDTIwMDEwMTAwMDAwMFoXDTIwMDIwMTAwMDAwMFowGTEXMBUGA1UE
AxMObXguZXhhbXBsZS5uZXQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT2RMK8
jFPK1EOEIFG2za9r+vr3xWBPwkFrJ2Um3siBDWaXiGQixLUdx+pavSQqwkWHu6eh
TceWlFWkWcUY/JgRox0wGzAZBgNVHREEEjAQgg5teC5leGFtcGxlLm5ldDAKBggq
hkjOPQQDAgNIADBFAiEA5pDJi/bE+/PQoyalI1yYxNUKsIFgeqkNAHYpj3wHNbcC
IGkhUUay1Gt83ruQrL7e5/+xAjL4KbZXu5KxZbmDJPNr
-----END CERTIFICATE-----
`

func exampleCertificate() []byte {
	block, _ := pem.Decode([]byte(certificatePEM))
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		panic(err)
	}
	return block.Bytes
}

func ExampleProposeTLSA() {
	record, err := smtpprobe.ProposeTLSA("mx.example.net", 25, exampleCertificate())
	fmt.Println(record, err)
	// Output: _25._tcp.mx.example.net. IN TLSA 3 1 1 36df5526cf5266cde2890b12cbfb1d57a80e0d41005dc1200792deb147ece71e <nil>
}

func ExampleEvaluateDANE() {
	record, _ := smtpprobe.ProposeTLSA("mx.example.net", 25, exampleCertificate())
	zone := resolver.MustZone(record + `
		example.org     MX 10 mx.example.net
		mx.example.net  A  192.88.99.25
		example.org     !secure
		mx.example.net  !secure
	`)
	dane, _ := smtpprobe.EvaluateDANE(smtpprobe.DANERequest{Domain: "example.org", Host: "mx.example.net"}, zone)
	fmt.Println(dane.Status, dane.MXSecure, dane.Names)
	match := dane.Match([][]byte{exampleCertificate()}, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	fmt.Println(match.Status)
	// Output:
	// usable true [mx.example.net example.org]
	// matched
}

// After a renewal the new certificate has another key, and the record still the old one's:
// senders with DANE stop to deliver. This shows it before the server is restarted.
func ExampleDANE_Match() {
	zone := resolver.MustZone(`
		_25._tcp.mx.example.net  TLSA  3 1 1 0000000000000000000000000000000000000000000000000000000000000000
		mx.example.net           A     192.88.99.25
		example.org              MX    10 mx.example.net
		example.org              !secure
		mx.example.net           !secure
	`)
	dane, _ := smtpprobe.EvaluateDANE(smtpprobe.DANERequest{Domain: "example.org", Host: "mx.example.net"}, zone)
	match := dane.Match([][]byte{exampleCertificate()}, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	fmt.Println(dane.Status, match.Status)
	fmt.Println(match.Reason)
	// Output:
	// usable mismatch
	// none of the 1 usable record matches a certificate
}

// The answers of DNS and the fetch, as they were stored, make the same verdict again.
func ExampleEvaluatePolicies() {
	zone := resolver.MustZone(`
		example.org           MX   10 mx1.example.net
		example.org           MX   20 mx.old.example
		mx1.example.net       A    192.88.99.25
		mx.old.example        A    192.88.99.26
		_mta-sts.example.org  TXT  "v=STSv1; id=1"
		_smtp._tls.example.org TXT "v=TLSRPTv1; rua=mailto:tls@example.org"
	`)
	policies, missing := smtpprobe.EvaluatePolicies(smtpprobe.PoliciesRequest{
		Domain: "example.org",
		Fetch: &smtpprobe.PolicyFetch{
			URL: "https://mta-sts.example.org/.well-known/mta-sts.txt", Verified: true, Status: 200, ContentType: "text/plain",
			Body: []byte("version: STSv1\nmode: enforce\nmx: *.example.net\nmax_age: 604800\n"),
		},
	}, zone)
	fmt.Println(policies.Route.Status, policies.STS.Status, policies.TLSRPT.Status, len(missing))
	for _, f := range policies.All() {
		fmt.Println(f.Severity, f.Message)
	}
	// Output:
	// deliverable found found 0
	// info No host of the domain has an IPv6 address. The few senders that have no other cannot reach it.
	// error The policy does not allow mx.old.example. Senders with MTA-STS do not deliver there.
}

func ExampleProber_CheckPolicies() {
	zone := resolver.MustZone(`
		example.org     MX 10 mx.example.net
		mx.example.net  A  192.88.99.25
	`)
	policies, err := smtpprobe.Prober{Resolver: zone}.CheckPolicies(context.Background(), "example.org")
	fmt.Println(policies.Route.Status, policies.DANE[0].Status, policies.STS.Status, policies.TLSRPT.Status, err)
	for _, f := range policies.Findings {
		fmt.Println(f.Severity, f.Message)
	}
	// Output:
	// deliverable insecure absent absent <nil>
	// info Neither DANE nor MTA-STS makes senders insist on TLS. Whoever stands between can read the mail, or take the hosts' place.
}

// A policy that was stored, or one for a test, takes the place of the fetch: nobody is
// connected to.
func ExampleProber_CheckPolicies_stored() {
	zone := resolver.MustZone(`
		example.org          MX 10 mx.example.net
		mx.example.net       A  192.88.99.25
		_mta-sts.example.org TXT "v=STSv1; id=1"
	`)
	stored := map[string]smtpprobe.PolicyFetch{"example.org": {
		URL: "https://mta-sts.example.org/.well-known/mta-sts.txt", Verified: true, Status: 200, ContentType: "text/plain",
		Body: []byte("version: STSv1\nmode: enforce\nmx: *.example.net\nmax_age: 604800\n"),
	}}
	prober := smtpprobe.Prober{Resolver: zone, Fetch: func(_ context.Context, domain string) (smtpprobe.PolicyFetch, error) {
		return stored[domain], nil
	}}
	policies, err := prober.CheckPolicies(context.Background(), "example.org")
	fmt.Println(policies.STS.Status, policies.STS.Policy.Mode, err)
	// Output: found enforce <nil>
}

// What a sender would do, by what a session with the host showed.
func ExampleEvaluateDelivery() {
	zone := resolver.MustZone(`
		example.org          MX 10 mx.example.net
		mx.example.net       A  192.88.99.25
		_mta-sts.example.org TXT "v=STSv1; id=1"
	`)
	policies, _ := smtpprobe.EvaluatePolicies(smtpprobe.PoliciesRequest{
		Domain: "example.org",
		Fetch: &smtpprobe.PolicyFetch{
			URL: "https://mta-sts.example.org/.well-known/mta-sts.txt", Verified: true, Status: 200, ContentType: "text/plain",
			Body: []byte("version: STSv1\nmode: enforce\nmx: *.example.net\nmax_age: 604800\n"),
		},
	}, zone)
	for _, authenticated := range []smtpprobe.Fact{smtpprobe.Yes, smtpprobe.No, smtpprobe.Maybe} {
		delivery := smtpprobe.EvaluateDelivery(policies, []smtpprobe.TLSFacts{{
			Host: "mx.example.net", Offered: smtpprobe.Yes, Negotiated: smtpprobe.Yes, Authenticated: authenticated,
		}}, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
		fmt.Println(delivery.Action, "by", delivery.By)
	}
	// Output:
	// deliver by mta-sts
	// defer by mta-sts
	// unknown by mta-sts
}
