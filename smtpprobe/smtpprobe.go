// Package smtpprobe finds out how mail gets to a domain: where it goes, what protects it
// on its way, and what the hosts that receive it do.
//
//	rep, err := smtpprobe.Prober{HELO: "probe.example.org"}.Probe(ctx, "example.net")
//	fmt.Println(rep.Delivery.Action, rep.Probe.Status)
//
// That is the whole, and its parts can be had alone, from the most harmless on:
//
//   - [ParseAddress] reads an address, and asks nobody.
//   - [Prober.CheckRoute] asks DNS for the hosts of a domain. It is what a sign-up form
//     needs.
//   - [Prober.CheckPolicies] adds what the domain publishes on transport: DANE, MTA-STS
//     and TLS-RPT.
//   - [Prober.ProbeHost] connects to a host: whether it answers, what it says and offers,
//     whether its TLS and certificates are good.
//   - [Prober.Probe] does all of that, and says what a sender would do that follows the
//     policies.
//   - [Prober.ProbeRecipient] asks for a mailbox. Read its documentation first.
//
// # Observe, then judge
//
// Each has a judgement of its own, which is a pure function of what was observed
// ([EvaluateRoute], [EvaluatePolicies], [Evaluate], [EvaluateDomain],
// [EvaluateRecipient]). A [Session] is the transcript of one connection, and plain data:
// what was stored can be judged again.
//
// # What it does to others
//
// A probe connects to port 25 of strangers. It says EHLO, STARTTLS and QUIT, waits for
// each reply before it speaks, and opens one connection at a time to an address. It
// never sends a message, and nothing here can: there is no way to send a command that
// is not in a short list without DATA, BDAT and AUTH. Addresses that are not public are
// not dialled, unless [Prober.Allow] has them.
//
// # What it cannot know
//
// Many networks block outgoing connections to port 25. That says nothing about the
// host behind it; [Result.PortBlocked] is for this, and the hosts are unknown then.
//
// TLS is that of Go, which knows no key exchange by DHE, no SSL 3, and refuses some
// certificates that others take. Where a handshake fails for that, the outcome is
// unknown, and never that there is no TLS.
package smtpprobe

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/mailworthy/mailworthy/resolver"
)

// Prober connects to mail hosts. The zero value works. A Prober is safe for concurrent
// use and may be copied; nothing that it starts outlives a call.
type Prober struct {
	// Resolver answers the questions. If nil, it is resolver.Default().
	Resolver resolver.Resolver
	// Timeout bounds one call; what is not known by then is unknown. Zero means two
	// minutes, less than zero that only the context bounds it.
	Timeout time.Duration
	// HELO is the name that is given in EHLO: the prober's own host name, which
	// resolves to the address that it connects from. If empty, it is the connection's
	// local address as a literal (RFC 5321 section 4.1.4), which many servers distrust,
	// all the more when it is a private one.
	HELO string
	// Port is where hosts are asked. Zero means 25.
	Port uint16
	// STARTTLS says when it is sent. Empty means when it is offered.
	STARTTLS STARTTLSUse
	// Limits bound each session and the whole. See [Interactive] and [Audit].
	Limits Limits
	// Allow has the networks that may be dialled although they are not public, such
	// as 127.0.0.0/8 in a test. All other private, loopback, link-local, shared and
	// reserved addresses, those of this machine, and IPv6 addresses that embed one of
	// them, are refused, before a packet is sent.
	Allow []netip.Prefix
	// Roots are the authorities that certificates are verified against. If nil, they
	// are the system's.
	Roots *x509.CertPool
	// Control is a host that is known to answer. When none of the hosts can be
	// connected to, it is asked as well, so that a port that is blocked here is told
	// from hosts that are down. If it has no addresses, there is none.
	Control Host
	// Pacer spaces the connections of several calls, and keeps them to one per
	// address. If nil, each call has one of its own.
	Pacer *Pacer
	// Dial connects, and returns when its context ends. It gets an address that was
	// checked, and never a name. If nil, it is that of a net.Dialer, which checks the
	// address once more on the socket.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Fetch gets the MTA-STS policy of a domain, which is in A-labels and lower case,
	// for [Prober.CheckPolicies] and [Prober.Probe], when there is a record: from what
	// was stored, say, or in a test. What it returns with an error is judged, too; the
	// zero PolicyFetch leaves the policy unknown. If nil, it is [Prober.FetchPolicy].
	Fetch func(ctx context.Context, domain string) (PolicyFetch, error)
}

// STARTTLSUse says when a prober sends STARTTLS.
type STARTTLSUse string

// The uses of STARTTLS.
const (
	STARTTLSOffered STARTTLSUse = ""       // to servers that offer it
	STARTTLSAlways  STARTTLSUse = "always" // to all, to find out whether something on the way hides the offer (RFC 3207 section 6)
)

// Host is a mail host to probe.
type Host struct {
	// Name is the host name that the MX record has. It is what certificates are
	// checked for, and the server name of TLS. Empty for an address literal.
	Name string `json:"name"`
	// Pref is the preference of the MX record.
	Pref uint16 `json:"pref,omitzero"`
	// Addrs are the addresses to connect to.
	Addrs []netip.Addr `json:"addrs"`
}

// Errors for requests that make no sense.
var (
	// ErrName is returned for a host name or HELO that cannot be one.
	ErrName = errors.New("smtpprobe: not a host name")
	// ErrNoAddress is returned for hosts without an address.
	ErrNoAddress = errors.New("smtpprobe: no host has an address")
)

// Report is what a probe found.
type Report struct {
	// Sessions are the observations, from which Result follows: see [Evaluate].
	Sessions []Session `json:"sessions"`
	// Skipped is how many addresses were left out for [Limits].
	Skipped int `json:"skipped,omitzero"`
	// Result is the judgement.
	Result
}

// Limits bound what one call does and takes. Of each field zero means the number that
// is written there.
type Limits struct {
	// The longest time for each part of a session: 10 s to connect, 15 s for the
	// greeting, 10 s for the reply to a command, 10 s for the TLS handshake, 2 s for
	// the reply to QUIT. Each is for a whole reply, however slowly it drips. Session
	// is for all together: 30 s. RFC 5321 section 4.5.3.2 has senders wait for
	// minutes; whoever gives up earlier knows no more than that.
	Connect, Greeting, Command, TLS, Quit, Session time.Duration
	// Line is how many octets a line may have: 2048. RFC 5321 section 4.5.3.1.5
	// allows 512, and longer ones exist.
	Line int
	// Lines is how many lines a reply may have: 128.
	Lines int
	// Reply is how many octets a reply may have: 64 KiB.
	Reply int
	// Octets is how many octets a server may send in a session, TLS included: 512 KiB.
	Octets int
	// Certificates and ChainOctets are how much of a certificate chain is kept: 10
	// certificates, 64 KiB. A longer chain is cut.
	Certificates, ChainOctets int
	// Hosts is how many hosts are probed: 5; Addresses how many of each: 4.
	Hosts, Addresses int
	// Concurrency is how many connections are open at once: 8.
	Concurrency int
	// Spacing is the time between two connections to hosts of one provider, that is
	// one registrable domain: 200 ms. Less than zero means none.
	Spacing time.Duration
}

// Interactive returns limits for when somebody waits for the answer: a host gets 12
// seconds. Servers that make strangers wait longer will be unknown.
func Interactive() Limits {
	return Limits{
		Connect: 3 * time.Second, Greeting: 8 * time.Second, Command: 5 * time.Second,
		TLS: 5 * time.Second, Quit: time.Second, Session: 12 * time.Second,
		Hosts: 2, Addresses: 2,
	}
}

// Audit returns limits for when nobody waits: servers that greet after 45 seconds are
// still heard, and more addresses are asked.
func Audit() Limits {
	return Limits{
		Connect: 20 * time.Second, Greeting: 45 * time.Second, Command: 30 * time.Second,
		TLS: 20 * time.Second, Quit: 2 * time.Second, Session: 2 * time.Minute,
		Hosts: 10, Addresses: 8, Spacing: time.Second,
	}
}

func (l Limits) orDefault() Limits {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&l.Connect, 10 * time.Second},
		{&l.Greeting, 15 * time.Second},
		{&l.Command, 10 * time.Second},
		{&l.TLS, 10 * time.Second},
		{&l.Quit, 2 * time.Second},
		{&l.Session, 30 * time.Second},
	} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	for _, d := range []struct {
		field        *int
		value, least int
	}{
		{&l.Line, 2048, 64},
		{&l.Lines, 128, 1},
		{&l.Reply, 64 << 10, 64},
		{&l.Octets, 512 << 10, 1 << 10},
		{&l.Certificates, 10, 1},
		{&l.ChainOctets, 64 << 10, 1 << 10},
		{&l.Hosts, 5, 1},
		{&l.Addresses, 4, 1},
		{&l.Concurrency, 8, 1},
	} {
		if *d.field <= 0 {
			*d.field = d.value
		}
		*d.field = max(*d.field, d.least)
	}
	if l.Spacing == 0 {
		l.Spacing = 200 * time.Millisecond
	}
	l.Spacing = max(l.Spacing, 0)
	return l
}
