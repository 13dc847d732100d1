package smtpprobe_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// TestEndToEnd probes real servers, and compares what it finds with two programs that
// have nothing in common with it.
func TestEndToEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts servers")
	}
	if !inNamespace(t) {
		return
	}
	l := startLab(t)
	p := smtpprobe.Prober{
		HELO: "probe.signed.test", Allow: []netip.Prefix{netip.MustParsePrefix("11.0.1.0/24")}, Roots: l.ca.pool,
		Resolver: &resolver.Client{Servers: []string{"127.0.0.1:53"}, Timeout: labPatience},
		Timeout:  -1,
		Limits: smtpprobe.Limits{
			Spacing: -1, Connect: labPatience, Greeting: labPatience, Command: labPatience, TLS: labPatience, Quit: labPatience,
			Session: 2 * labPatience,
		},
	}
	t.Run("hosts", func(t *testing.T) { labHosts(t, l, p) })
	t.Run("recipients", func(t *testing.T) { labRecipients(t, l, p) })
	t.Run("domains", func(t *testing.T) { labDomains(t, l, p) })
	t.Run("blocked", func(t *testing.T) { labBlocked(t, l, p) })
	t.Run("log", func(t *testing.T) { labLog(t, l) })
}

func labHosts(t *testing.T, l *lab, p smtpprobe.Prober) {
	t.Helper()
	want := map[string]facts{
		"mx1":        {yes, yes, yes, yes, yes, nil},
		"wrongtlsa":  {yes, yes, yes, yes, yes, nil},
		"ta":         {yes, yes, yes, yes, yes, nil},
		"nulltlsa":   {yes, yes, yes, no, no, []mailworthy.Code{smtpprobe.CodeWrongName}},
		"expired":    {yes, yes, no, yes, no, []mailworthy.Code{smtpprobe.CodeExpired}},
		"wrongname":  {yes, yes, yes, no, no, []mailworthy.Code{smtpprobe.CodeWrongName}},
		"selfsigned": {yes, no, yes, yes, no, []mailworthy.Code{smtpprobe.CodeSelfSigned}},
		"plain":      {no, maybe, maybe, maybe, no, []mailworthy.Code{smtpprobe.CodeNoSTARTTLS}},
		"old":        {no, maybe, maybe, maybe, no, []mailworthy.Code{smtpprobe.CodeOldTLS}},
		"tls12":      {yes, yes, yes, yes, yes, nil},
		"wrapper":    {maybe, maybe, maybe, maybe, maybe, []mailworthy.Code{smtpprobe.CodeTimeout}},
		"bare":       {no, maybe, maybe, maybe, no, []mailworthy.Code{smtpprobe.CodeNoSTARTTLS}},
		"blocked":    {maybe, maybe, maybe, maybe, maybe, []mailworthy.Code{smtpprobe.CodeRejected}},
		"postscreen": {yes, yes, yes, yes, yes, nil},
	}
	for _, s := range l.servers {
		expected, ok := want[s.name]
		if !ok {
			continue
		}
		if expected.codes == nil {
			expected.codes = []mailworthy.Code{}
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := p
			if s.name == "wrapper" {
				p.Limits.Greeting = 2 * time.Second // It never greets.
			}
			rep, err := p.ProbeHost(t.Context(), smtpprobe.Host{Name: s.host(), Addrs: []netip.Addr{netip.MustParseAddr(l.addr(s.name))}})
			require.NoError(t, err)
			checkReport(t, rep)
			a := rep.Hosts[0].Addresses[0]
			got := factsOf(a)
			got.codes = slices.DeleteFunc(got.codes, func(c mailworthy.Code) bool { return c == smtpprobe.CodeSlow }) // The machine may be.
			require.Equal(t, expected, got, "%+v", rep.Findings)
			if a.Greeting.Code == 220 {
				require.Equal(t, "Postfix", a.Greeting.Software)
			}

			switch s.name {
			case "postscreen":
				require.Equal(t, 2, a.Greeting.Lines) // with two seconds between them, by postscreen's clock
			case "old":
				require.Equal(t, "TLS 1.0", a.TLS.OldVersion)
			case "tls12":
				require.Equal(t, "TLS 1.2", a.TLS.Version)
			case "bare":
				require.Empty(t, a.Before.Keywords)
			}
			if expected.negotiated != yes {
				return
			}
			// OpenSSL has one answer for chain, time and name together; ours is their sum.
			says := oracle(t, "openssl", "s_client", "-starttls", "smtp", "-connect", l.addr(s.name)+":25", "-servername", s.host(),
				"-verify_hostname", s.host(), "-CAfile", l.roots, "-brief")
			require.Contains(t, says, "Protocol version: "+strings.Replace(a.TLS.Version, "TLS ", "TLSv", 1))
			require.Equal(t, expected.authenticated == yes, strings.Contains(says, "Verification: OK"), says)
			// And so has Postfix.
			says = oracle(t, "posttls-finger", "-t", "60", "-T", "60", "-c", "-l", "secure", "-F", l.roots, "-L", "summary", "["+s.host()+"]", s.host())
			require.Equal(t, expected.authenticated == yes, strings.Contains(says, "Verified TLS connection"), says)
		})
	}
}

func labRecipients(t *testing.T, l *lab, p smtpprobe.Prober) {
	t.Helper()
	for _, tt := range []struct {
		server, to string
		want       smtpprobe.RecipientStatus
		enhanced   string
	}{
		{server: "mx1", to: "user@signed.test", want: smtpprobe.RecipientAccepted, enhanced: "2.1.5"},
		{server: "mx1", to: "nobody@signed.test", want: smtpprobe.RecipientRejected, enhanced: "5.1.1"},
		{server: "mx1", to: "user@elsewhere.test", want: smtpprobe.RecipientBlocked, enhanced: "5.7.1"},
		{server: "grey", to: "user@signed.test", want: smtpprobe.RecipientDeferred, enhanced: "4.2.0"},
		{server: "full", to: "user@signed.test", want: smtpprobe.RecipientDeferred, enhanced: "5.2.2"},
		{server: "catchall", to: "user@signed.test", want: smtpprobe.RecipientCatchAll, enhanced: "2.1.5"},
		{server: "relay", to: "user@elsewhere.test", want: smtpprobe.RecipientCatchAll, enhanced: "2.1.5"},
		{server: "encrypt", to: "user@signed.test", want: smtpprobe.RecipientAccepted, enhanced: "2.1.5"},
		{server: "blocked", to: "user@signed.test", want: smtpprobe.RecipientBlocked, enhanced: "5.7.1"},
	} {
		t.Run(tt.server+" "+tt.to, func(t *testing.T) {
			req := smtpprobe.RecipientRequest{HELO: "probe.signed.test", MailFrom: "probe@signed.test", Recipient: tt.to}
			rep, err := p.ProbeRecipient(t.Context(), req, []smtpprobe.Host{{Name: tt.server + ".signed.test", Addrs: []netip.Addr{netip.MustParseAddr(l.addr(tt.server))}}})
			require.NoError(t, err)
			require.Equal(t, tt.want, rep.Status, "%+v", rep.Sessions)
			require.Equal(t, tt.enhanced, rep.Enhanced)
		})
	}
}

// labDomains compares what a sender that follows DANE does with what Postfix says that
// it would do: our action for the only host of a domain, and its level of security.
func labDomains(t *testing.T, l *lab, p smtpprobe.Prober) {
	t.Helper()
	const (
		authenticated = "Verified TLS connection"
		mismatch      = "no matching DANE TLSA records"
	)
	for _, tt := range []struct {
		domain string
		action smtpprobe.Action
		by     smtpprobe.TransportPolicy
		dane   smtpprobe.DANEStatus
		match  smtpprobe.MatchStatus
		says   string // what Postfix says, and never what it does not
		never  string
	}{
		{domain: "mx1-only.signed.test", action: smtpprobe.Deliver, by: smtpprobe.ByDANE, dane: smtpprobe.DANEUsable, match: smtpprobe.MatchOK, says: authenticated},
		{domain: "ta-only.signed.test", action: smtpprobe.Deliver, by: smtpprobe.ByDANE, dane: smtpprobe.DANEUsable, match: smtpprobe.MatchOK, says: authenticated},
		{domain: "selfsigned-only.signed.test", action: smtpprobe.Deliver, by: smtpprobe.ByDANE, dane: smtpprobe.DANEUsable, match: smtpprobe.MatchOK, says: authenticated},
		{domain: "expired-only.signed.test", action: smtpprobe.Deliver, by: smtpprobe.ByDANE, dane: smtpprobe.DANEUsable, match: smtpprobe.MatchOK, says: authenticated},
		{domain: "wrongtlsa-only.signed.test", action: smtpprobe.Defer, by: smtpprobe.ByDANE, dane: smtpprobe.DANEUsable, match: smtpprobe.MatchFailed, says: mismatch, never: authenticated},
		{domain: "nulltlsa-only.signed.test", action: smtpprobe.DeliverUnauthenticated, by: smtpprobe.ByDANE, dane: smtpprobe.DANEUnusable, match: smtpprobe.MatchNone, says: "TLS connection established", never: authenticated},
		{domain: "tls12-only.signed.test", action: smtpprobe.DeliverUnauthenticated, by: smtpprobe.ByOpportunistic, dane: smtpprobe.DANENone, match: smtpprobe.MatchNone, says: "TLS connection established", never: authenticated},
		{domain: "unsigned.test", action: smtpprobe.DeliverUnauthenticated, by: smtpprobe.ByOpportunistic, dane: smtpprobe.DANEInsecure, match: smtpprobe.MatchNone, says: "TLS connection established", never: authenticated},
		{domain: "plain-only.signed.test", action: smtpprobe.DeliverUnauthenticated, by: smtpprobe.ByOpportunistic, dane: smtpprobe.DANENone, match: smtpprobe.MatchNone, never: "TLS connection established"},
		{domain: "sts-good.signed.test", action: smtpprobe.Deliver, by: smtpprobe.BySTS, dane: smtpprobe.DANENone, match: smtpprobe.MatchNone},
		{domain: "sts-wrong.signed.test", action: smtpprobe.Defer, by: smtpprobe.BySTS, dane: smtpprobe.DANENone, match: smtpprobe.MatchNone},
		{domain: "null.signed.test", action: smtpprobe.Return, by: smtpprobe.ByRoute},
		{domain: "bogus.test", action: smtpprobe.ActionUnknown, by: smtpprobe.ByRoute},
		{domain: "metadata.signed.test", action: smtpprobe.Return, by: smtpprobe.ByRoute, dane: smtpprobe.DANENone},
	} {
		t.Run(tt.domain, func(t *testing.T) {
			t.Parallel()
			rep, err := p.Probe(t.Context(), tt.domain)
			require.NoError(t, err)
			require.Equal(t, tt.action, rep.Delivery.Action, "%+v", rep.Delivery)
			require.Equal(t, tt.by, rep.Delivery.By, "%+v", rep.Delivery)
			if tt.dane != "" {
				require.Equal(t, tt.dane, rep.Policies.DANE[0].Status)
			}
			if tt.match != "" {
				require.Equal(t, tt.match, rep.Policies.DANE[0].Match(rep.Probe.Sessions[0].TLS.Chain, time.Now()).Status)
			}
			says := oracle(t, "posttls-finger", "-t", "60", "-T", "60", "-c", "-l", "dane", "-L", "summary", tt.domain)
			require.Contains(t, says, tt.says)
			if tt.never != "" {
				require.NotContains(t, says, tt.never)
			}
		})
	}
	// OpenSSL compares with records that it is given.
	for _, name := range []string{"mx1", "ta", "selfsigned", "expired", "wrongtlsa"} {
		for _, s := range l.servers {
			if s.name != name {
				continue
			}
			says := oracle(t, "openssl", "s_client", "-starttls", "smtp", "-connect", l.addr(name)+":25", "-brief",
				"-dane_tlsa_domain", s.host(), "-dane_tlsa_rrdata", s.tlsa, "-dane_ee_no_namechecks")
			require.Equal(t, name != "wrongtlsa", strings.Contains(says, "Verification: OK"), says)
		}
	}
}

// labBlocked dials where there is no way and where there is no server, with and without
// a control host that answers.
func labBlocked(t *testing.T, l *lab, p smtpprobe.Prober) {
	t.Helper()
	at := func(addr string) smtpprobe.Host {
		return smtpprobe.Host{Name: "mx.example.net", Addrs: []netip.Addr{netip.MustParseAddr(addr)}}
	}
	answers, elsewhere := at(l.addr("mx1")), at("8.8.4.4")
	for _, tt := range []struct {
		name, addr string
		control    smtpprobe.Host
		kind       smtpprobe.Kind
		status     smtpprobe.Status
		blocked    smtpprobe.Fact
		code       mailworthy.Code
	}{
		{name: "nothing is reached", addr: "8.8.8.8", control: elsewhere, kind: smtpprobe.KindUnreachable, status: smtpprobe.Unknown, blocked: yes, code: smtpprobe.CodePortBlocked},
		{name: "only the control host is", addr: "8.8.8.8", control: answers, kind: smtpprobe.KindUnreachable, status: smtpprobe.Unknown, blocked: no, code: smtpprobe.CodeNoConnection},
		{name: "no control host", addr: "8.8.8.8", kind: smtpprobe.KindUnreachable, status: smtpprobe.Unknown, blocked: maybe, code: smtpprobe.CodeNoConnection},
		{name: "no IPv6 here", addr: "2a00:1450::1", control: answers, kind: smtpprobe.KindUnreachable, status: smtpprobe.Unknown, blocked: no, code: smtpprobe.CodeFamilyUnreachable},
		{name: "no server", addr: "11.0.1.200", control: answers, kind: smtpprobe.KindRefused, status: smtpprobe.Refused, blocked: no, code: smtpprobe.CodeRefused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := p
			p.Control = tt.control
			rep, err := p.ProbeHost(t.Context(), at(tt.addr))
			require.NoError(t, err)
			require.Equal(t, tt.kind, rep.Hosts[0].Addresses[0].Failure.Kind, rep.Hosts[0].Addresses[0].Failure.Text)
			require.Equal(t, tt.status, rep.Status)
			require.Equal(t, tt.blocked, rep.PortBlocked)
			require.Equal(t, []mailworthy.Code{tt.code}, codes(rep.Findings))
			checkReport(t, rep)
		})
	}
}

// labLog reads what Postfix has to say of its clients: nobody sent a message, spoke
// before its turn, or did not wait for a reply.
func labLog(t *testing.T, l *lab) {
	t.Helper()
	var log string
	l.await(t, "end of all sessions in the log", func() bool { // It is written by and by.
		text, err := os.ReadFile(filepath.Join(l.dir, "mail.log"))
		require.NoError(t, err)
		log = string(text)
		return strings.Count(log, ": connect from ") == strings.Count(log, ": disconnect from ") &&
			strings.Contains(log, "ehlo=2 starttls=1 quit=1 commands=4") && strings.Contains(log, "mail=1 rcpt=1/2")
	})
	for _, never := range []string{"data=", "bdat=", "auth=", "PREGREET", "improper command pipelining", "non-SMTP command", "fatal:", "panic:"} {
		require.NotContains(t, log, never)
	}
}
