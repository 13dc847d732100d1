package smtpprobe_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// noConnection is a session that ended before it began.
func noConnection(host, addr string, kind smtpprobe.Kind) smtpprobe.Session {
	return smtpprobe.Session{
		Host: host, Addr: netip.MustParseAddr(addr), Port: 25, Purpose: smtpprobe.PurposeProbe, Start: started.UTC(),
		Steps: []smtpprobe.Step{{Stage: smtpprobe.StageConnect, LimitMS: 10_000, Failure: smtpprobe.Failure{Kind: kind, Text: "as the system says"}}},
	}
}

func control(s smtpprobe.Session) smtpprobe.Session {
	s.Purpose = smtpprobe.PurposeControl
	return s
}

// greeted is a session that came as far as the greeting.
func greeted(host, addr, greeting string) smtpprobe.Session {
	s := noConnection(host, addr, "")
	s.Steps = []smtpprobe.Step{
		{Stage: smtpprobe.StageConnect},
		{Stage: smtpprobe.StageGreeting, Reply: smtpprobe.Reply{Code: 220, Lines: []string{greeting}, Complete: true}},
		{Stage: smtpprobe.StageEHLO, Sent: "EHLO probe", Reply: smtpprobe.Reply{Code: 250, Lines: []string{"mx.example.net", "SIZE"}, Complete: true}},
	}
	return s
}

// TestPortBlocked shows that a port that is blocked here is never taken for hosts that
// are down.
func TestPortBlocked(t *testing.T) {
	a := func(kind smtpprobe.Kind) smtpprobe.Session { return noConnection("mx1.example.net", "8.8.8.8", kind) }
	b := func(kind smtpprobe.Kind) smtpprobe.Session { return noConnection("mx2.example.net", "8.8.4.4", kind) }
	known := func(kind smtpprobe.Kind) smtpprobe.Session {
		return control(noConnection("mx.example.org", "1.1.1.1", kind))
	}
	for _, tt := range []struct {
		name     string
		sessions []smtpprobe.Session
		blocked  smtpprobe.Fact
		status   smtpprobe.Status
		codes    []mailworthy.Code
	}{
		{name: "nothing", blocked: maybe, codes: []mailworthy.Code{}},
		{
			name: "all time out, no control", sessions: []smtpprobe.Session{a(smtpprobe.KindTimeout), b(smtpprobe.KindTimeout)},
			blocked: maybe, status: smtpprobe.Unknown, codes: []mailworthy.Code{smtpprobe.CodeNoConnection, smtpprobe.CodeNoConnection},
		},
		{
			name: "the control host times out, too", sessions: []smtpprobe.Session{a(smtpprobe.KindTimeout), b(smtpprobe.KindTimeout), known(smtpprobe.KindTimeout)},
			blocked: yes, status: smtpprobe.Unknown, codes: []mailworthy.Code{smtpprobe.CodePortBlocked},
		},
		{
			name: "a firewall here refuses all", sessions: []smtpprobe.Session{a(smtpprobe.KindRefused), known(smtpprobe.KindRefused)},
			blocked: yes, status: smtpprobe.Unknown, codes: []mailworthy.Code{smtpprobe.CodePortBlocked},
		},
		{
			name: "this machine forbids it", sessions: []smtpprobe.Session{a(smtpprobe.KindDenied), known(smtpprobe.KindDenied)},
			blocked: yes, status: smtpprobe.Unknown, codes: []mailworthy.Code{smtpprobe.CodePortBlocked},
		},
		{
			name:     "the control host answers",
			sessions: []smtpprobe.Session{a(smtpprobe.KindTimeout), b(smtpprobe.KindRefused), control(greeted("mx.example.org", "1.1.1.1", "mx.example.org"))},
			blocked:  no, status: smtpprobe.Unknown, codes: []mailworthy.Code{smtpprobe.CodeNoConnection, smtpprobe.CodeRefused},
		},
		{
			name: "another host answers", sessions: []smtpprobe.Session{a(smtpprobe.KindTimeout), greeted("mx2.example.net", "8.8.4.4", "mx.example.net")},
			blocked: no, status: smtpprobe.Ready, codes: []mailworthy.Code{smtpprobe.CodeNoConnection, smtpprobe.CodeNoSTARTTLS},
		},
		{
			name: "another host does not greet", sessions: []smtpprobe.Session{a(smtpprobe.KindTimeout), {
				Host: "mx2.example.net", Addr: public, Steps: []smtpprobe.Step{
					{Stage: smtpprobe.StageConnect},
					{Stage: smtpprobe.StageGreeting, LimitMS: 15_000, Failure: smtpprobe.Failure{Kind: smtpprobe.KindTimeout}},
				},
			}},
			blocked: no, status: smtpprobe.Unknown, codes: []mailworthy.Code{smtpprobe.CodeNoConnection, smtpprobe.CodeTimeout},
		},
		{
			name: "refused, no control", sessions: []smtpprobe.Session{a(smtpprobe.KindRefused)},
			blocked: maybe, status: smtpprobe.Refused, codes: []mailworthy.Code{smtpprobe.CodeNoConnection},
		},
		{
			name: "not dialled", sessions: []smtpprobe.Session{noConnection("mx.example.net", "169.254.169.254", smtpprobe.KindNotAllowed)},
			blocked: maybe, status: smtpprobe.Unfit, codes: []mailworthy.Code{smtpprobe.CodeAddressUnfit},
		},
		{
			name: "no IPv6 here", sessions: []smtpprobe.Session{noConnection("mx.example.net", "2a00:1450::1", smtpprobe.KindUnreachable), greeted("mx.example.net", "8.8.4.4", "mx.example.net")},
			blocked: no, status: smtpprobe.Ready, codes: []mailworthy.Code{smtpprobe.CodeFamilyUnreachable, smtpprobe.CodeNoSTARTTLS},
		},
		{
			name: "ended", sessions: []smtpprobe.Session{a(smtpprobe.KindCanceled)},
			blocked: maybe, status: smtpprobe.Unknown, codes: []mailworthy.Code{smtpprobe.CodeEnded},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := smtpprobe.Evaluate(smtpprobe.Request{}, tt.sessions)
			require.Equal(t, tt.blocked, res.PortBlocked)
			require.Equal(t, tt.status, res.Status)
			require.Equal(t, tt.codes, codes(res.Findings))
			for _, h := range res.Hosts {
				require.NotEqual(t, smtpprobe.Yes, h.Authenticated)
			}
			checkReport(t, smtpprobe.Report{Sessions: tt.sessions, Result: res})
		})
	}
}

// TestOwn is about a host of one's own and what DNS has for it.
func TestOwn(t *testing.T) {
	addr := netip.MustParseAddr("8.8.8.8")
	good := smtpprobe.Own{Addr: addr, PTR: []string{"Mail.Example.NET."}, Forward: []netip.Addr{addr}}
	for _, tt := range []struct {
		name     string
		greeting string
		own      smtpprobe.Own
		want     []mailworthy.Code
	}{
		{name: "good", greeting: "mail.example.net ESMTP", own: good, want: []mailworthy.Code{}},
		{name: "another host's", greeting: "mail.example.net ESMTP", own: smtpprobe.Own{Addr: netip.MustParseAddr("8.8.4.4")}, want: []mailworthy.Code{}},
		{
			name: "no reverse DNS", greeting: "mail.example.net ESMTP", own: smtpprobe.Own{Addr: addr, Forward: good.Forward},
			want: []mailworthy.Code{smtpprobe.CodeOwnPTR},
		},
		{
			name: "another name in reverse DNS", greeting: "mail.example.net", own: smtpprobe.Own{Addr: addr, PTR: []string{"host-8-8-8-8.isp.example"}, Forward: good.Forward},
			want: []mailworthy.Code{smtpprobe.CodeOwnPTR},
		},
		{
			name: "name leads elsewhere", greeting: "mail.example.net", own: smtpprobe.Own{Addr: addr, PTR: good.PTR, Forward: []netip.Addr{netip.MustParseAddr("8.8.4.4")}},
			want: []mailworthy.Code{smtpprobe.CodeOwnForward},
		},
		{name: "localhost", greeting: "localhost.localdomain ESMTP", own: good, want: []mailworthy.Code{smtpprobe.CodeOwnName}},
		{name: "a literal", greeting: "[8.8.8.8] ESMTP", own: good, want: []mailworthy.Code{smtpprobe.CodeOwnName}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := greeted("mail.example.net", "8.8.8.8", tt.greeting)
			res := smtpprobe.Evaluate(smtpprobe.Request{Own: []smtpprobe.Own{tt.own}}, []smtpprobe.Session{s})
			got := []mailworthy.Code{}
			for _, f := range res.Findings {
				if f.Code != smtpprobe.CodeNoSTARTTLS {
					got = append(got, f.Code)
					require.NotEmpty(t, f.Remedy)
					require.NotEmpty(t, f.Evidence)
				}
			}
			require.Equal(t, tt.want, got)
		})
	}
}

// TestOwnCertificate is about one's own host again: its certificate is for the name of
// the MX record, but not for the one that it uses itself.
func TestOwnCertificate(t *testing.T) {
	s := listen(t, honest(good()).with("greeting", "220 out.example.net ESMTP\r\n").serve)
	rep, err := s.prober().ProbeHost(t.Context(), s.host(host))
	require.NoError(t, err)
	own := smtpprobe.Own{Addr: s.addr.Addr(), PTR: []string{"out.example.net"}, Forward: []netip.Addr{s.addr.Addr()}}
	res := smtpprobe.Evaluate(smtpprobe.Request{Own: []smtpprobe.Own{own}}, rep.Sessions)
	require.Equal(t, []mailworthy.Code{smtpprobe.CodeOwnCertificate}, codes(res.Findings))
}

func TestGreetings(t *testing.T) {
	for _, tt := range []struct {
		text, host, software string
		esmtp                bool
	}{
		{text: "mx.example.net ESMTP Postfix (Debian/GNU)", host: "mx.example.net", software: "Postfix", esmtp: true},
		{text: "MX.Example.NET ESMTP Exim 4.96 Sat, 21 Nov 2026", host: "mx.example.net", software: "Exim", esmtp: true},
		{text: "mx.google.com ESMTP a1-2002si123.4 - gsmtp", host: "mx.google.com", software: "Google", esmtp: true},
		{text: "PH0PEPF.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready at", host: "ph0pepf.mail.protection.outlook.com", software: "Microsoft Exchange", esmtp: true},
		{text: "[192.0.2.1] ready", host: "[192.0.2.1]"},
		{text: "eximious.example.net", host: "eximious.example.net"},
		{text: "localhost ESMTP OpenSMTPD", software: "OpenSMTPD", esmtp: true},
		{text: "ESMTP ready", esmtp: true},
		{text: ""},
	} {
		t.Run(tt.text, func(t *testing.T) {
			res := smtpprobe.Evaluate(smtpprobe.Request{}, []smtpprobe.Session{greeted("mx.example.net", "8.8.8.8", tt.text)})
			require.Equal(t, smtpprobe.Greeting{Code: 220, Host: tt.host, Software: tt.software, ESMTP: tt.esmtp, Lines: 1}, res.Hosts[0].Addresses[0].Greeting)
		})
	}
}

func TestCapabilities(t *testing.T) {
	reply := smtpprobe.Reply{Code: 250, Complete: true, Lines: []string{
		"mx.example.net at your service", "pipelining", "SIZE 35882577", "8BITMIME", "STARTTLS", "ENHANCEDSTATUSCODES",
		"SMTPUTF8", "DSN", "CHUNKING", "BINARYMIME", "REQUIRETLS", "VRFY", "AUTH plain LOGIN", "AUTH=LOGIN XOAUTH2", "LIMITS RCPTMAX=100 MAILMAX=5",
		"DELIVERBY 240", "MT-PRIORITY STANAG4406", "SIZE 1", "", "-no", "what? ever", "X-OWN a b",
	}}
	require.Equal(t, smtpprobe.Capabilities{
		Host: "mx.example.net",
		Keywords: []smtpprobe.Keyword{
			{Name: "PIPELINING"},
			{Name: "SIZE", Params: "35882577"},
			{Name: "8BITMIME"},
			{Name: "STARTTLS"},
			{Name: "ENHANCEDSTATUSCODES"},
			{Name: "SMTPUTF8"},
			{Name: "DSN"},
			{Name: "CHUNKING"},
			{Name: "BINARYMIME"},
			{Name: "REQUIRETLS"},
			{Name: "VRFY"},
			{Name: "AUTH", Params: "plain LOGIN"},
			{Name: "AUTH", Params: "LOGIN XOAUTH2"},
			{Name: "LIMITS", Params: "RCPTMAX=100 MAILMAX=5"},
			{Name: "DELIVERBY", Params: "240"},
			{Name: "MT-PRIORITY", Params: "STANAG4406"},
			{Name: "SIZE", Params: "1"},
			{Name: "X-OWN", Params: "a b"},
		},
		STARTTLS: true, Pipelining: true, EightBit: true, SMTPUTF8: true, Enhanced: true, DSN: true, Chunking: true, Binary: true,
		RequireTLS: true, VRFY: true, HasSize: true, MaxSize: 35882577, Auth: []string{"PLAIN", "LOGIN", "XOAUTH2"},
		Limits: []string{"RCPTMAX=100", "MAILMAX=5"}, DeliverBy: 240, HasPriority: true, Priority: "STANAG4406",
	}, smtpprobe.ParseCapabilities(reply))
	require.Equal(t, smtpprobe.Capabilities{Keywords: []smtpprobe.Keyword{}}, smtpprobe.ParseCapabilities(smtpprobe.Reply{}))
}

// TestFaultMatrix ends a good session at each of its steps in each way. What is known
// is never better for it, and what is not known is never a no.
func TestFaultMatrix(t *testing.T) {
	s := listen(t, honest(good()).serve)
	rep, err := s.prober().ProbeHost(t.Context(), s.host(host))
	require.NoError(t, err)
	whole := rep.Hosts[0].Addresses[0]
	unknown := []smtpprobe.Kind{smtpprobe.KindTimeout, smtpprobe.KindReset, smtpprobe.KindClosed, smtpprobe.KindCanceled, smtpprobe.KindFailed}
	bad := []smtpprobe.Kind{smtpprobe.KindMalformed, smtpprobe.KindTooLarge, smtpprobe.KindUnsolicited}
	for at, step := range rep.Sessions[0].Steps[:6] {
		for _, kind := range append(unknown, bad...) {
			t.Run(string(step.Stage)+" "+string(kind), func(t *testing.T) {
				session := rep.Sessions[0]
				session.Steps = append([]smtpprobe.Step{}, session.Steps[:at+1]...)
				session.Steps[at].Reply = smtpprobe.Reply{}
				session.Steps[at].Failure = smtpprobe.Failure{Kind: kind}
				if at < 5 {
					session.TLS = smtpprobe.TLS{}
				}
				res := smtpprobe.Evaluate(smtpprobe.Request{}, []smtpprobe.Session{session})
				a := res.Hosts[0].Addresses[0]
				require.NotEmpty(t, a.Findings)
				require.Equal(t, step.Stage, a.Stage)
				require.Equal(t, kind, a.Failure.Kind)
				for _, pair := range [][2]smtpprobe.Fact{{whole.Offered, a.Offered}, {whole.Negotiated, a.Negotiated}, {whole.Authenticated, a.Authenticated}} {
					if step.Stage == smtpprobe.StageTLS && pair[1] == no {
						continue // A handshake that fails is an answer.
					}
					require.Contains(t, []smtpprobe.Fact{pair[0], maybe}, pair[1])
				}
				if at <= 2 {
					require.NotEqual(t, smtpprobe.Ready, a.Status)
					require.Equal(t, maybe, a.Offered)
				}
				for _, f := range a.Findings {
					require.NotEmpty(t, f.Remedy, f.Code)
				}
			})
		}
	}
}
