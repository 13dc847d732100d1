package smtpprobe_test

import (
	"encoding/json"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

const host = "mx.example.net"

// flood writes a text again and again, up to 300 MB.
func flood(p *peer, text string) {
	chunk := []byte(strings.Repeat(text, 64<<10/len(text)))
	for sent := 0; sent < 300<<20; {
		n, err := p.Write(chunk)
		if sent += n; err != nil {
			return
		}
	}
}

// reset closes with RST.
func reset(p *peer) {
	if c, ok := p.Conn.(*net.TCPConn); ok {
		_ = c.SetLinger(0)
	}
	p.Close()
}

// want is what a case expects of the address.
type want struct {
	status     smtpprobe.Status
	stage      smtpprobe.Stage
	kind       smtpprobe.Kind
	offered    smtpprobe.Fact
	negotiated smtpprobe.Fact
	codes      []mailworthy.Code
}

func codes(fs mailworthy.Findings) []mailworthy.Code {
	out := []mailworthy.Code{}
	for _, f := range fs {
		out = append(out, f.Code)
	}
	slices.Sort(out)
	return out
}

func wantOf(a smtpprobe.AddressResult) want {
	return want{a.Status, a.Stage, a.Failure.Kind, a.Offered, a.Negotiated, codes(a.Findings)}
}

// checkReport holds for every report, whatever the server did.
func checkReport(t testing.TB, rep smtpprobe.Report) {
	t.Helper()
	text, err := json.Marshal(rep)
	require.NoError(t, err)
	require.Less(t, len(text), 1<<20, "a report is bounded")
	for _, c := range text {
		if c != '\n' && (c < ' ' || c >= 0x7f) {
			require.Fail(t, "a control character", "%q", text)
		}
	}
	require.NotRegexp(t, `\\u00[01]`, string(text), "controls are escaped before JSON does it")
	var back smtpprobe.Report
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, rep.Sessions, back.Sessions)
	require.Equal(t, rep.Result, smtpprobe.Evaluate(smtpprobe.Request{}, back.Sessions), "a stored session gives the same result")
	for _, f := range rep.Findings {
		require.NotEmpty(t, f.Message, f.Code)
		require.NotEmpty(t, f.Remedy, f.Code)
		require.NotEmpty(t, f.Ref, f.Code)
		require.NotEmpty(t, f.Evidence, f.Code)
		require.NotZero(t, f.Severity, f.Code)
	}
}

func TestHostile(t *testing.T) {
	long := strings.Repeat("x", 600)
	ehlo := honest(nil).replies["EHLO"]
	for _, tt := range []struct {
		name  string
		serve func(p *peer)
		limit smtpprobe.Limits
		want  want
	}{
		{
			name: "endless line", serve: func(p *peer) { flood(p, "220 aaaaaaaaaaaa") },
			want: want{smtpprobe.Broken, smtpprobe.StageGreeting, smtpprobe.KindTooLarge, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeTooLarge}},
		},
		{
			name: "endless greeting", serve: func(p *peer) { flood(p, "220-welcome\r\n") },
			want: want{smtpprobe.Broken, smtpprobe.StageGreeting, smtpprobe.KindTooLarge, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeTooLarge}},
		},
		{
			name:  "endless greeting of long lines",
			serve: func(p *peer) { flood(p, "220-"+strings.Repeat("y", 1500)+"\r\n") },
			want: want{
				smtpprobe.Broken, smtpprobe.StageGreeting, smtpprobe.KindTooLarge, smtpprobe.Maybe, smtpprobe.Maybe,
				[]mailworthy.Code{smtpprobe.CodeLongLine, smtpprobe.CodeTooLarge},
			},
		},
		{
			name: "endless reply to EHLO", serve: func(p *peer) {
				p.say("220 mx.example.net ESMTP\r\n")
				p.hear()
				flood(p, "250-X-FLOOD\r\n")
			},
			want: want{smtpprobe.Broken, smtpprobe.StageEHLO, smtpprobe.KindTooLarge, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeTooLarge}},
		},
		{
			name: "line of 100 KB", serve: func(p *peer) { p.say("220 " + strings.Repeat("z", 100<<10) + "\r\n") },
			want: want{smtpprobe.Broken, smtpprobe.StageGreeting, smtpprobe.KindTooLarge, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeTooLarge}},
		},
		{
			name: "more octets than a session has", limit: smtpprobe.Limits{Octets: 1024, Spacing: -1},
			serve: honest(nil).with("EHLO", "250-mx.example.net\r\n"+strings.Repeat("250-X-AND-SO-ON\r\n", 60)+"250 OK\r\n").serve,
			want:  want{smtpprobe.Broken, smtpprobe.StageEHLO, smtpprobe.KindTooLarge, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeTooLarge}},
		},
		{
			name: "text behind the reply to STARTTLS", serve: honest(good()).with("STARTTLS", "220 go\r\n250-evil.example\r\n250 AUTH PLAIN\r\n").serve,
			want: want{smtpprobe.Ready, "", "", smtpprobe.Yes, smtpprobe.Yes, []mailworthy.Code{smtpprobe.CodeInjection}},
		},
		{
			name: "text instead of TLS", serve: func(p *peer) {
				s := honest(nil)
				p.say(s.greeting)
				p.hear()
				p.say("250-mx.example.net\r\n250 STARTTLS\r\n")
				p.hear()
				p.say("220 go\r\n")
				_, _ = p.in.Peek(5) // The client hello: this side speaks after it.
				p.say("250-evil.example\r\n250 AUTH PLAIN\r\n")
				_, _ = p.in.WriteTo(discard{})
			},
			want: want{
				smtpprobe.Ready, smtpprobe.StageTLS, smtpprobe.KindTLSPlain, smtpprobe.Yes, smtpprobe.No,
				[]mailworthy.Code{smtpprobe.CodeInjection, smtpprobe.CodeHandshake},
			},
		},
		{
			name: "resets in the handshake", serve: func(p *peer) {
				p.say("220 mx.example.net ESMTP\r\n")
				p.hear()
				p.say("250-mx.example.net\r\n250 STARTTLS\r\n")
				p.hear()
				p.say("220 go\r\n")
				_, _ = p.in.Peek(5)
				reset(p)
			},
			want: want{smtpprobe.Ready, smtpprobe.StageTLS, smtpprobe.KindReset, smtpprobe.Yes, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeClosed}},
		},
		{
			name: "closes in the handshake", serve: honest(nil).with("EHLO", "250-mx.example.net\r\n250 STARTTLS\r\n", "STARTTLS", "220 go\r\n").serve,
			want: want{smtpprobe.Ready, smtpprobe.StageTLS, smtpprobe.KindClosed, smtpprobe.Yes, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeClosed}},
		},
		{
			name: "530 to EHLO", serve: honest(nil).with("EHLO", "530 5.7.0 no\r\n").serve,
			want: want{smtpprobe.Rejected, smtpprobe.StageEHLO, "", smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeRejected}},
		},
		{
			name: "floods with records", serve: func(p *peer) {
				p.say("220 mx.example.net ESMTP\r\n")
				p.hear()
				p.say("250-mx.example.net\r\n250 STARTTLS\r\n")
				p.hear()
				p.say("220 go\r\n")
				_, _ = p.in.Peek(5)
				flood(p, "\x14\x03\x03\x00\x01\x01") // change_cipher_spec, before anything else
			},
			want: want{smtpprobe.Ready, smtpprobe.StageTLS, smtpprobe.KindTLSPlain, smtpprobe.Yes, smtpprobe.No, []mailworthy.Code{smtpprobe.CodeHandshake}},
		},
		{
			name: "reset after EHLO", serve: func(p *peer) {
				p.say("220 mx.example.net ESMTP\r\n")
				p.hear()
				reset(p)
			},
			want: want{smtpprobe.Unknown, smtpprobe.StageEHLO, smtpprobe.KindReset, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeClosed}},
		},
		{
			name: "closes without a greeting", serve: func(*peer) {},
			want: want{smtpprobe.Unknown, smtpprobe.StageGreeting, smtpprobe.KindClosed, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeClosed}},
		},
		{
			name: "closes within the greeting", serve: func(p *peer) { p.say("220-mx.example.net\r\n220 mo") },
			want: want{smtpprobe.Unknown, smtpprobe.StageGreeting, smtpprobe.KindClosed, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeClosed}},
		},
		{
			name: "control characters and bare line feeds", serve: honest(nil).with("greeting", "220 mx.example.net \x00\x1b[31mred\xff\n").serve,
			want: want{
				smtpprobe.Ready, "", "", smtpprobe.No, smtpprobe.No,
				[]mailworthy.Code{smtpprobe.CodeBareLF, smtpprobe.CodeControl, smtpprobe.CodeEightBit, smtpprobe.CodeNoSTARTTLS},
			},
		},
		{
			name: "code changes within a reply", serve: honest(nil).with("greeting", "220-mx.example.net\r\n554 go away\r\n").serve,
			want: want{smtpprobe.Broken, smtpprobe.StageGreeting, smtpprobe.KindMalformed, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeMalformed}},
		},
		{
			name: "another protocol", serve: honest(nil).with("greeting", "SSH-2.0-OpenSSH_9.2\r\n").serve,
			want: want{smtpprobe.Broken, smtpprobe.StageGreeting, smtpprobe.KindMalformed, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeMalformed}},
		},
		{
			name: "no blank behind the code", serve: honest(nil).with("greeting", "220x\r\n").serve,
			want: want{smtpprobe.Broken, smtpprobe.StageGreeting, smtpprobe.KindMalformed, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeMalformed}},
		},
		{
			name: "two digits", serve: honest(nil).with("greeting", "22\r\n").serve,
			want: want{smtpprobe.Broken, smtpprobe.StageGreeting, smtpprobe.KindMalformed, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeMalformed}},
		},
		{
			name: "empty line", serve: honest(nil).with("greeting", "\r\n220 mx.example.net\r\n").serve,
			want: want{smtpprobe.Broken, smtpprobe.StageGreeting, smtpprobe.KindMalformed, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeMalformed}},
		},
		{
			name: "replies sent ahead", serve: func(p *peer) {
				p.say("220 mx.example.net ESMTP\r\n" + ehlo + "220 go\r\n221 bye\r\n")
				p.hear()
			},
			want: want{smtpprobe.Broken, smtpprobe.StageGreeting, smtpprobe.KindUnsolicited, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeUnsolicited}},
		},
		{
			name: "a second greeting", serve: honest(nil).with("EHLO", "220 mx.example.net ESMTP\r\n").serve,
			want: want{smtpprobe.Broken, smtpprobe.StageEHLO, smtpprobe.KindMalformed, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeMalformed}},
		},
		{
			name: "wants the message", serve: honest(nil).with("EHLO", "354 go on\r\n").serve,
			want: want{smtpprobe.Broken, smtpprobe.StageEHLO, smtpprobe.KindMalformed, smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeMalformed}},
		},
		{
			name: "250 to STARTTLS", serve: honest(good()).with("STARTTLS", "250 fine\r\n").serve,
			want: want{smtpprobe.Ready, smtpprobe.StageSTARTTLS, smtpprobe.KindMalformed, smtpprobe.Yes, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeMalformed}},
		},
		{
			name: "two replies to EHLO", serve: honest(nil).with("EHLO", ehlo+"250 again\r\n").serve,
			want: want{
				smtpprobe.Broken, smtpprobe.StageEHLO, smtpprobe.KindUnsolicited, smtpprobe.Maybe, smtpprobe.Maybe,
				[]mailworthy.Code{smtpprobe.CodeUnsolicited},
			},
		},
		{
			name: "refuses everybody", serve: honest(nil).with("greeting", "554 5.7.1 Client host blocked using zen.spamhaus.org\r\n").serve,
			want: want{smtpprobe.Rejected, smtpprobe.StageGreeting, "", smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeRejected}},
		},
		{
			name: "421 as a greeting", serve: honest(nil).with("greeting", "421 4.7.0 Too many connections\r\n").serve,
			want: want{smtpprobe.Deferred, smtpprobe.StageGreeting, "", smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeDeferred}},
		},
		{
			name: "421 to EHLO", serve: honest(nil).with("EHLO", "421 4.7.0 Too many connections\r\n").serve,
			want: want{smtpprobe.Deferred, smtpprobe.StageEHLO, "", smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeDeferred}},
		},
		{
			name: "550 to EHLO", serve: honest(nil).with("EHLO", "550 5.7.1 Helo rejected\r\n").serve,
			want: want{smtpprobe.Rejected, smtpprobe.StageEHLO, "", smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeRejected}},
		},
		{
			name: "knows only HELO", serve: honest(nil).with("EHLO", "502 5.5.2 Error: command not recognized\r\n").serve,
			want: want{smtpprobe.Ready, "", "", smtpprobe.No, smtpprobe.No, []mailworthy.Code{smtpprobe.CodeNoEHLO}},
		},
		{
			name: "454 to STARTTLS", serve: honest(good()).with("STARTTLS", "454 4.7.0 TLS not available\r\n").serve,
			want: want{smtpprobe.Ready, "", "", smtpprobe.Yes, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeDeferred}},
		},
		{
			name: "500 to STARTTLS", serve: honest(good()).with("STARTTLS", "502 5.5.1 Unrecognized command\r\n").serve,
			want: want{smtpprobe.Ready, "", "", smtpprobe.Yes, smtpprobe.No, []mailworthy.Code{smtpprobe.CodeSTARTTLSRefused}},
		},
		{
			name: "a firewall masks", serve: honest(nil).with("greeting", "220 ************0*******2****\r\n", "EHLO", "250-mx.example.net\r\n250-SIZE 1000\r\n250 XXXXXXXA\r\n").serve,
			want: want{smtpprobe.Ready, "", "", smtpprobe.Maybe, smtpprobe.Maybe, []mailworthy.Code{smtpprobe.CodeMasked, smtpprobe.CodeMasked}},
		},
		{
			name: "no name in the greeting", serve: honest(good()).with("greeting", "220 ESMTP ready\r\n").serve,
			want: want{smtpprobe.Ready, "", "", smtpprobe.Yes, smtpprobe.Yes, []mailworthy.Code{smtpprobe.CodeNoHost}},
		},
		{
			name: "a line of 600 octets", serve: honest(good()).with("greeting", "220-mx.example.net "+long+"\r\n220 mx.example.net\r\n").serve,
			want: want{smtpprobe.Ready, "", "", smtpprobe.Yes, smtpprobe.Yes, []mailworthy.Code{smtpprobe.CodeLongLine}},
		},
		{
			name: "a code without text", serve: honest(good()).with("QUIT", "221\r\n").serve,
			want: want{smtpprobe.Ready, "", "", smtpprobe.Yes, smtpprobe.Yes, []mailworthy.Code{}},
		},
		{
			name: "passwords in the clear, and less inside TLS", serve: honest(good()).with("EHLO", "250-mx.example.net\r\n250-AUTH LOGIN\r\n250-DSN\r\n250 STARTTLS\r\n", "EHLO-TLS", "250-mx.example.net\r\n250-AUTH LOGIN\r\n250 STARTTLS\r\n").serve,
			want: want{
				smtpprobe.Ready, "", "", smtpprobe.Yes, smtpprobe.Yes,
				[]mailworthy.Code{smtpprobe.CodeClearAuth, smtpprobe.CodeVanished, smtpprobe.CodeSTARTTLSInside},
			},
		},
		{
			name: "closes after the handshake", serve: honest(good()).with("EHLO-TLS", "").serve,
			want: want{smtpprobe.Ready, smtpprobe.StageEHLOTLS, smtpprobe.KindClosed, smtpprobe.Yes, smtpprobe.Yes, []mailworthy.Code{smtpprobe.CodeClosed}},
		},
		{
			name: "refuses inside TLS", serve: honest(good()).with("EHLO-TLS", "550 5.7.1 go away\r\n").serve,
			want: want{smtpprobe.Ready, smtpprobe.StageEHLOTLS, "", smtpprobe.Yes, smtpprobe.Yes, []mailworthy.Code{smtpprobe.CodeRejected}},
		},
		{
			name: "defers inside TLS", serve: honest(good()).with("EHLO-TLS", "421 4.7.0 too many\r\n").serve,
			want: want{smtpprobe.Ready, smtpprobe.StageEHLOTLS, "", smtpprobe.Yes, smtpprobe.Yes, []mailworthy.Code{smtpprobe.CodeDeferred}},
		},
		{
			name: "floods inside TLS", serve: honest(good()).with("EHLO-TLS", strings.Repeat("250-"+strings.Repeat("f", 1000)+"\r\n", 1000)).serve,
			want: want{
				smtpprobe.Ready, smtpprobe.StageEHLOTLS, smtpprobe.KindTooLarge, smtpprobe.Yes, smtpprobe.Yes,
				[]mailworthy.Code{smtpprobe.CodeLongLine, smtpprobe.CodeTooLarge},
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := listen(t, tt.serve)
			p := s.prober()
			if tt.limit != (smtpprobe.Limits{}) {
				p.Limits = tt.limit
			}
			_ = good() // What it costs is not the prober's.
			before := allocated()
			rep, err := p.ProbeHost(t.Context(), s.host(host))
			require.NoError(t, err)
			require.Less(t, allocated()-before, uint64(16<<20))
			slices.Sort(tt.want.codes)
			require.Equal(t, tt.want, wantOf(rep.Hosts[0].Addresses[0]), "%+v", rep.Sessions)
			checkReport(t, rep)
			for _, said := range s.commands() {
				for _, line := range said {
					word, _, _ := strings.Cut(line, " ")
					require.Contains(t, []string{"EHLO", "HELO", "STARTTLS", "QUIT"}, word)
				}
			}
		})
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// allocated is all memory that was ever asked for.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
