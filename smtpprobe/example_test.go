package smtpprobe_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// A session that was stored is judged again: today, or as of any other day.
func ExampleEvaluate() {
	text, err := os.ReadFile("testdata/expired.json")
	if err != nil {
		panic(err)
	}
	var sessions []smtpprobe.Session
	if err := json.Unmarshal(text, &sessions); err != nil {
		panic(err)
	}
	for _, day := range []string{"2026-11-21", "2026-09-01"} {
		at, _ := time.Parse(time.DateOnly, day)
		res := smtpprobe.Evaluate(smtpprobe.Request{Time: at}, sessions)
		a := res.Hosts[0].Addresses[0]
		fmt.Println(day, res.Status, "offered:", a.Offered, "negotiated:", a.Negotiated, "authenticated:", a.Authenticated)
		fmt.Println("  trusted:", a.TLS.Trusted, "current:", a.TLS.Current, "name:", a.TLS.NameMatches)
		for _, f := range res.Findings {
			fmt.Println(" ", f.Severity, f.Code, f.Message)
		}
	}
	// Output:
	// 2026-11-21 ready offered: yes negotiated: yes authenticated: no
	//   trusted: yes current: no name: yes
	//   warning smtpprobe.certificate-expired The certificate of mx.example.net expired on 2026-10-30 00:00 UTC.
	// 2026-09-01 ready offered: yes negotiated: yes authenticated: yes
	//   trusted: yes current: yes name: yes
}

// stage returns a Dial whose connections lead to a server of the tests, so that the
// examples need no network.
func stage(s script) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			s.serve(newPeer(server))
		}()
		return client, nil
	}
}

func ExampleProber_ProbeHost() {
	prober := smtpprobe.Prober{
		HELO: "probe.example.org",
		Dial: stage(honest(nil)), // Leave it out to connect for real.
	}
	rep, err := prober.ProbeHost(context.Background(), smtpprobe.Host{
		Name: "mx.example.net", Addrs: []netip.Addr{netip.MustParseAddr("8.8.8.8")},
	})
	a := rep.Hosts[0].Addresses[0]
	fmt.Println(rep.Status, err)
	fmt.Println(a.Greeting.Host, a.Greeting.Software, "takes up to", a.Before.MaxSize, "octets")
	for _, f := range rep.Findings {
		fmt.Println(f.Severity, f.Code)
		fmt.Println("  " + f.Remedy)
	}
	// Output:
	// ready <nil>
	// mx.example.net Postfix takes up to 10240000 octets
	// warning smtpprobe.no-starttls
	//   Give the server a certificate and switch STARTTLS on (Postfix: smtpd_tls_security_level = may and smtpd_tls_chain_files).
}

// An address that is not public is not dialled, whoever published it.
func ExampleProber_ProbeHosts() {
	rep, err := smtpprobe.Prober{}.ProbeHosts(context.Background(), []smtpprobe.Host{
		{Name: "mx1.example.net", Addrs: []netip.Addr{netip.MustParseAddr("169.254.169.254")}},
		{Name: "mx2.example.net", Addrs: []netip.Addr{netip.MustParseAddr("::ffff:10.0.0.1")}},
	})
	fmt.Println(rep.Status, err)
	for _, h := range rep.Hosts {
		fmt.Println(h.Name, h.Status, h.Addresses[0].Failure.Text)
	}
	// Output:
	// unfit <nil>
	// mx1.example.net unfit 169.254.169.254 is a link-local address (RFC 3927 section 2.1)
	// mx2.example.net unfit 10.0.0.1 is in a private network (RFC 1918 section 3)
}

func ExampleProber_Probe() {
	prober := smtpprobe.Prober{
		HELO:     "probe.example.org",
		Dial:     stage(honest(nil)),
		Resolver: resolver.MustZone("example.net MX 10 mx.example.net\nmx.example.net A 8.8.8.8"),
	}
	rep, err := prober.Probe(context.Background(), "example.net")
	fmt.Println(rep.Policies.Route.Status, rep.Probe.Status, err)
	fmt.Println(rep.Delivery.Action, "by", rep.Delivery.By)
	// Output:
	// deliverable ready <nil>
	// deliver-unauthenticated by opportunistic
}

// One's own host, with what DNS says of its address: the name that it gives itself must
// be the one in reverse DNS, and lead back.
func ExampleEvaluate_own() {
	sessions := []smtpprobe.Session{greeted("mail.example.net", "8.8.8.8", "mail.example.net ESMTP")}
	res := smtpprobe.Evaluate(smtpprobe.Request{Own: []smtpprobe.Own{{
		Addr: netip.MustParseAddr("8.8.8.8"), PTR: []string{"host-8-8-8-8.provider.example"}, Forward: []netip.Addr{netip.MustParseAddr("8.8.8.8")},
	}}}, sessions)
	for _, f := range res.Findings {
		if f.Code == smtpprobe.CodeOwnPTR {
			fmt.Println(f.Message)
			fmt.Println(f.Remedy)
		}
	}
	// Output:
	// The server at 8.8.8.8 calls itself mail.example.net, but reverse DNS has host-8-8-8-8.provider.example.
	// Let the provider of the address set its PTR record: 8.8.8.8.in-addr.arpa. IN PTR mail.example.net.
}

// Read the documentation of ProbeRecipient before you use it.
func ExampleProber_ProbeRecipient() {
	prober := smtpprobe.Prober{Dial: stage(honest(nil).with("RCPT", "550 5.1.1 No such user\r\n"))}
	rep, err := prober.ProbeRecipient(context.Background(), smtpprobe.RecipientRequest{
		HELO: "probe.example.org", MailFrom: "probe@example.org", Recipient: "joe@example.net",
	}, []smtpprobe.Host{{Name: "mx.example.net", Addrs: []netip.Addr{netip.MustParseAddr("8.8.8.8")}}})
	fmt.Println(rep.Status, rep.Code, rep.Enhanced, err)

	again := smtpprobe.EvaluateRecipient(smtpprobe.RecipientRequest{Recipient: "joe@example.net"}, rep.Sessions)
	fmt.Println(again.Status)
	// Output:
	// rejected 550 5.1.1 <nil>
	// rejected
}

func ExampleEvaluateRecipient() {
	session := greeted("mx.example.net", "8.8.8.8", "mx.example.net ESMTP")
	session.Steps = append(session.Steps, smtpprobe.Step{
		Stage: smtpprobe.StageRCPT, Sent: "RCPT TO:<joe@example.net>",
		Reply: smtpprobe.Reply{Code: 450, Lines: []string{"4.2.0 Greylisted"}, Complete: true},
	})
	res := smtpprobe.EvaluateRecipient(smtpprobe.RecipientRequest{Recipient: "joe@example.net"}, []smtpprobe.Session{session})
	fmt.Println(res.Status, res.Findings[0].Temporary)
	// Output: deferred true
}

func ExampleEvaluateDomain() {
	// Policies and sessions of an earlier Probe, as they were stored.
	policies := smtpprobe.Policies{Domain: "example.net", Route: smtpprobe.Route{Domain: "example.net", Status: smtpprobe.RouteNullMX}}
	rep := smtpprobe.EvaluateDomain(smtpprobe.Request{}, policies, nil)
	fmt.Println(rep.Delivery.Action, "since", rep.Delivery.Reason)
	// Output: return since the domain takes no mail
}

func ExampleParseCapabilities() {
	c := smtpprobe.ParseCapabilities(smtpprobe.Reply{Code: 250, Complete: true, Lines: []string{
		"mx.example.net at your service", "SIZE 35882577", "STARTTLS", "LIMITS RCPTMAX=100",
	}})
	fmt.Println(c.Host, c.STARTTLS, c.MaxSize, c.Limits)
	// Output: mx.example.net true 35882577 [RCPTMAX=100]
}

func ExampleInteractive() {
	prober := smtpprobe.Prober{Limits: smtpprobe.Interactive()}
	prober.Limits.Hosts = 1
	fmt.Println(prober.Limits.Session, smtpprobe.Audit().Session)
	// Output: 12s 2m0s
}
