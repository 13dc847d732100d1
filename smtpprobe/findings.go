package smtpprobe

import (
	"crypto/x509"
	"fmt"
	"strings"

	"github.com/mailworthy/mailworthy"
)

// finding starts a finding of a session.
func finding(code mailworthy.Code, subject string) mailworthy.Finding {
	return rules.Finding(code, subject)
}

// stageNames complete "while the prober waited for".
var stageNames = map[Stage]string{
	StageConnect: "a connection", StageGreeting: "the greeting", StageEHLO: "the reply to EHLO", StageHELO: "the reply to HELO",
	StageSTARTTLS: "the reply to STARTTLS", StageTLS: "the TLS handshake", StageEHLOTLS: "the reply to EHLO inside TLS",
	StageMAIL: "the reply to MAIL", StageRCPT: "the reply to RCPT", StageRSET: "the reply to RSET", StageQUIT: "the reply to QUIT",
}

func stageName(s Stage) string {
	if n, ok := stageNames[s]; ok {
		return n
	}
	return "a reply"
}

// add notes a finding about a step.
func (v *verdict) add(code mailworthy.Code, st *Step) {
	f := finding(code, v.subject)
	if st == nil {
		st = &Step{}
	}
	at := stageName(st.Stage)
	f.Evidence = evidence(st)
	host := v.subject
	switch code {
	case CodeAddressUnfit:
		f.Message = "Mail for " + host + " would go to an address that no mail server of the Internet has; it was not dialled."
		f.Remedy = "Publish the public address of " + host + " in its A and AAAA records, or remove the MX record that names it."
	case CodeNoConnection:
		f.Temporary = true
		f.Message = "No connection to " + host + " came about: the host may be down, or the port blocked on the way or where the prober is."
		f.Remedy = "Probe from another network, with a control host that is known to answer. If others connect, let the prober's provider open the port; else check that " + host + " runs and that its firewall lets the port through."
		if st.Failure.Kind == KindNotAllowed {
			f.Message = "An address of " + host + " is one that the prober does not dial, such as its own machine's. Nothing is known of it."
			f.Remedy = "Probe from another machine, or have the address in Prober.Allow."
		}
		if st.LimitMS > 0 {
			f.Message = fmt.Sprintf("No connection to %s came about in %s: the host may be down, or the port blocked on the way or where the prober is.", host, seconds(st.LimitMS))
		}
	case CodeFamilyUnreachable:
		f.Temporary = true
		f.Message = "The prober's network has no way to the IPv6 address of " + host + ", of which nothing is known therefore."
		f.Remedy = "Probe it from a network that has IPv6."
	case CodeRefused:
		f.Temporary = true
		f.Message = "There is no mail server at an address of " + host + ": the connection was refused."
		f.Remedy = "Start the mail server of " + host + " on this address, or remove the address from its A or AAAA records."
	case CodeTimeout:
		f.Temporary = true
		given := seconds(st.LimitMS)
		if st.LimitMS == 0 {
			given = "what was left of the session's time"
		}
		f.Message = fmt.Sprintf("%s gave nothing, or not all, in %s while the prober waited for %s. Senders wait for minutes, so this says only that it is slow.", host, given, at)
		f.Remedy = "Probe again with more time (the limits of Audit). If it stays so, look for what makes strangers wait: DNS lookups, block lists, or a load that is too high."
	case CodeClosed:
		f.Temporary = true
		f.Message = host + " ended the connection while the prober waited for " + at + "."
		f.Remedy = "Probe again later. If it stays so, look into the server's log for the reason, such as a limit on connections or a block of the prober's address."
	case CodeEnded:
		f.Temporary = true
		f.Message = "The probe of " + host + " was ended while it waited for " + at + "."
		f.Remedy = "Probe again with more time."
	case CodeMalformed:
		f.Message = host + " sent what is no SMTP reply, or none to what it was told, while the prober waited for " + at + "; senders give up there."
		f.Remedy = "Check that an SMTP server listens on the port of " + host + ", and that nothing on the way changes what it says."
	case CodeTooLarge:
		f.Message = host + " sent more than anybody should read while the prober waited for " + at + "; it was cut off."
		f.Remedy = "Make the server's replies short: lines of at most 512 octets, and few of them."
	case CodeUnsolicited:
		f.Message = host + " sent " + plural(st.Unsolicited, "octet") + " more than " + at + ", so that client and server do not agree on what answers what."
		f.Remedy = "Repair or replace what answers at this address: a server sends one reply for each command, and one greeting."
	case CodeInjection:
		f.Message = "Between the reply of " + host + " to STARTTLS and TLS there was text in the clear. An attacker puts replies there, which careless clients take for the server's."
		f.Remedy = "Find out what sends it: update the server, and look for a proxy, or an attacker, on the way."
	case CodeBareLF:
		f.Message = "Lines of " + host + " end with a line feed alone."
		f.Remedy = "Let the server end each line with CR LF; an own greeting or reply text with line breaks is the usual reason."
	case CodeControl:
		f.Message = "A reply of " + host + " holds control characters."
		f.Remedy = "Remove them from the greeting and reply texts that are configured there."
	case CodeEightBit:
		f.Message = "A reply of " + host + " holds octets above 127, where only ASCII is allowed."
		f.Remedy = "Write the greeting and reply texts that are configured there in ASCII."
	case CodeLongLine:
		f.Message = "A line of " + host + " is longer than 512 octets, which some senders do not take."
		f.Remedy = "Shorten the greeting and reply texts that are configured there."
	case CodeSlow:
		f.Message = fmt.Sprintf("%s greeted after %s. Senders wait, but their mail is late, and hurried ones give up.", host, seconds(st.TookMS))
		f.Remedy = "If the delay is not there to deter spam, look for slow DNS lookups in the server's checks of clients."
	case CodeMasked:
		f.Message = "Something blanks out what " + host + " says in " + at + ", as old firewalls do with SMTP inspection. It can take away STARTTLS, so that mail goes in the clear."
		f.Remedy = "Switch SMTP inspection off in the firewall before " + host + " (for Cisco: no inspect esmtp, or no fixup protocol smtp)."
	case CodeNoHost:
		f.Message = "The greeting of " + host + " does not begin with the server's full host name."
		f.Remedy = "Configure the server's greeting to begin with its full host name, as in \"220 " + host + " ESMTP\"."
	case CodeNoEHLO:
		f.Message = host + " knows only HELO: it can offer neither TLS nor anything else of the last decades."
		f.Remedy = "Replace the server, or switch off what keeps EHLO from it."
	case CodeQuit:
		f.Message = host + " did not answer QUIT."
		f.Remedy = "None is needed: senders do not wait for it. The server should answer with 221."
	case CodeClearAuth:
		f.Message = host + " asks for passwords (AUTH PLAIN or LOGIN) before the connection is encrypted."
		f.Remedy = "Offer AUTH only inside TLS, and not at all on the port where mail from strangers arrives (Postfix: smtpd_tls_auth_only = yes)."
	case CodeNoSTARTTLS:
		f.Message = host + " does not offer STARTTLS, so that all mail for it goes in the clear."
		f.Remedy = "Give the server a certificate and switch STARTTLS on (Postfix: smtpd_tls_security_level = may and smtpd_tls_chain_files)."
	case CodeHidden:
		f.Message = host + " takes STARTTLS, but its reply to EHLO does not offer it: something on the way, or the server, hides the offer, and mail goes in the clear."
		f.Remedy = "Probe from another network. If the offer is missing there as well, switch it on in the server; if not, look for a firewall or proxy that takes it away."
	case CodeSTARTTLSInside:
		f.Message = host + " offers STARTTLS again inside TLS, which it must not."
		f.Remedy = "Update the server, or the proxy before it that ends TLS without the server's knowledge."
	case CodeVanished:
		f.Message = host + " offers less inside TLS than before it: " + strings.Join(v.Vanished, ", ") + "."
		f.Remedy = "None is needed if that is meant. Else compare the server's settings for encrypted and other connections."
	case CodeHandshake:
		f.Message = host + " offers STARTTLS, but its TLS handshake fails. Senders that need TLS cannot deliver, and others fall back to none."
		f.Remedy = "Look into the server's log for the reason; its certificate and key may not fit together, or not be readable."
	case CodeOldTLS:
		f.Message = host + " accepts no TLS that is safe, only " + v.TLS.OldVersion + " with " + v.TLS.OldCipher + "."
		f.Remedy = "Update the server's TLS library and switch TLS 1.2 and 1.3 on, with cipher suites of ECDHE and AES-GCM or ChaCha20."
	case CodeNoCommonTLS:
		f.Message = "The prober and " + host + " have no version or cipher suite of TLS in common. Others may: the prober does not know SSL 3 and key exchange by DHE."
		f.Remedy = "Switch TLS 1.2 and 1.3 on, with cipher suites of ECDHE and AES-GCM or ChaCha20."
	case CodeBadCertificate:
		f.Message = host + " presents a certificate that cannot be read, or that a careful client does not take."
		f.Remedy = "Get a new certificate for " + host + ", with an RSA key of 2048 to 4096 bits or an ECDSA key of 256."
		if len(v.s.TLS.Chain) > 0 {
			f.Evidence = append(f.Evidence, "certificate of "+plural(len(v.s.TLS.Chain[0]), "octet"))
		}
	case CodeChainSize:
		f.Message = fmt.Sprintf("%s presents %s of %s, of which only the first were looked at.", host, plural(v.s.TLS.Presented, "certificate"), plural(v.s.TLS.ChainOctets, "octet"))
		f.Evidence = []string{"presented: " + plural(v.s.TLS.Presented, "certificate") + ", " + plural(v.s.TLS.ChainOctets, "octet")}
		f.Remedy = "Present the server's own certificate and the intermediate ones that lead to the authority, and nothing else."
	}
	v.Findings = append(v.Findings, f)
}

// addReply notes a reply that says no.
func (v *verdict) addReply(code mailworthy.Code, st *Step) {
	f := finding(code, v.subject)
	f.Evidence = evidence(st)
	host, at := v.subject, stageName(st.Stage)
	switch code {
	case CodeDeferred:
		f.Temporary = true
		f.Message = fmt.Sprintf("%s asks to come back later: %s begins with %d. That is no statement on what it offers.", host, at, st.Reply.Code)
		f.Remedy = "Probe again later, and less often; many servers limit the connections of one client."
	case CodeRejected:
		f.Message = fmt.Sprintf("%s refuses to talk to the prober: %s begins with %d. It may do so because of the prober's address or name.", host, at, st.Reply.Code)
		f.Remedy = "Read what the reply says. If it names a block list, look the prober's address up there; if this client should be served, change the server's access rules."
	case CodeSTARTTLSRefused:
		f.Message = fmt.Sprintf("%s offers STARTTLS, and refuses it with %d.", host, st.Reply.Code)
		f.Remedy = "Look into the server's log for the reason; its certificate or key may be missing or not readable."
	}
	v.Findings = append(v.Findings, f)
}

// addText notes a finding about the certificates.
func (v *verdict) addText(code mailworthy.Code, text string) {
	f := finding(code, v.subject)
	host := v.subject
	if len(v.TLS.Certificates) > 0 {
		c := &v.TLS.Certificates[0]
		f.Evidence = []string{"certificate of " + c.Subject + " by " + c.Issuer + ", SHA-256 " + c.SHA256}
	}
	switch code {
	case CodeNoRoots:
		f.Message = "The prober has no certificates of authorities, so that it cannot tell whether that of " + host + " is trusted."
		f.Remedy = "Install the system's package of authorities where the prober runs (ca-certificates), or give it some."
	case CodeSelfSigned:
		f.Message = "The certificate of " + host + " is self-signed: it encrypts, and proves nothing."
		f.Remedy = "Get a certificate for " + host + " from a public authority; it costs nothing. With DANE a self-signed one is good."
	case CodeMissingIntermediate:
		f.Message = host + " sends its own certificate, but not the one of who signed it (" + text + "), so that senders cannot verify it."
		f.Remedy = "Configure the full chain in the server: its own certificate first, then the intermediate ones (often fullchain.pem)."
	case CodeUntrusted:
		f.Message = "The certificates of " + host + " lead to no known authority (" + text + ")."
		f.Remedy = "Get a certificate for " + host + " from a public authority, and configure the full chain."
	case CodeWrongName:
		names := "no host name at all"
		if c := &v.TLS.Certificates[0]; len(c.Names) > 0 {
			names = strings.Join(c.Names[:min(len(c.Names), 5)], ", ")
		}
		f.Message = "The certificate of " + host + " is for " + names + "."
		f.Remedy = "Get a certificate that has " + clean(text) + " among its names (subjectAltName), or name one of its hosts in the MX record."
	case CodeChainOrder:
		f.Message = host + " presents its certificates in the wrong order, which old clients do not forgive."
		f.Remedy = "Put the server's own certificate first, and behind each the one that signed it."
	case CodeWeakKey:
		f.Message = "A certificate of " + host + " has a weak key: " + text + "."
		f.Remedy = "Get a certificate with an RSA key of 2048 bits or an ECDSA key of 256."
	case CodeWeakSignature:
		f.Message = "A certificate of " + host + " is signed with " + text + ", which can be forged."
		f.Remedy = "Get a certificate that is signed with SHA-256."
	}
	v.Findings = append(v.Findings, f)
}

// addTime notes a finding about when a certificate is valid; depth is its place.
func (v *verdict) addTime(code mailworthy.Code, c *x509.Certificate, depth int) {
	f := finding(code, v.subject)
	whose := "The certificate of " + v.subject
	if depth > 0 {
		whose = "A certificate that signs that of " + v.subject
	}
	from, to := c.NotBefore.UTC().Format("2006-01-02 15:04"), c.NotAfter.UTC().Format("2006-01-02 15:04")
	f.Evidence = []string{"certificate of " + short(c.Subject.String()) + ", valid from " + from + " to " + to}
	switch code {
	case CodeExpired:
		f.Message = whose + " expired on " + to + " UTC."
		f.Remedy = "Renew it, let the server read the new one, and renew it automatically from now on."
	case CodeNotYetValid:
		f.Message = whose + " is valid only from " + from + " UTC."
		f.Remedy = "Check the clock of who issued it, or use the old one until then."
	case CodeExpiring:
		f.Message = whose + " expires on " + to + " UTC."
		f.Remedy = "Renew it before that. If it should have been renewed automatically, find out why it was not, and whether the server was told to read the new one."
	}
	v.Findings = append(v.Findings, f)
}

// blockedFinding says that the port is blocked here.
func blockedFinding(sessions []Session) mailworthy.Finding {
	f := finding(CodePortBlocked, "the prober")
	f.Temporary = true
	f.Message = "No host could be connected to, and the control host neither: the port is blocked where the prober is. This says nothing about the hosts."
	f.Remedy = "Ask the provider of the prober's network to open outgoing port 25, or probe from a network where it is open."
	for i := range sessions {
		s := &sessions[i]
		if st := s.failed(); st != nil && len(f.Evidence) < maxEvidence {
			f.Evidence = append(f.Evidence, clean(s.Addr.String())+": "+strings.Join(evidence(st), "; "))
		}
	}
	return f
}

// evidence quotes a step.
func evidence(st *Step) []string {
	var out []string
	if st.Sent != "" {
		out = append(out, "sent: "+clean(st.Sent))
	}
	const most = 4 // lines
	for i, line := range st.Reply.Lines[:min(len(st.Reply.Lines), most)] {
		line = clean(line)
		line = line[:min(len(line), maxNameText)]
		switch {
		case st.Reply.Code == 0:
			out = append(out, line)
		case st.Reply.Complete && i == len(st.Reply.Lines)-1 && st.Reply.Dropped == 0:
			out = append(out, fmt.Sprintf("%d %s", st.Reply.Code, line))
		default:
			out = append(out, fmt.Sprintf("%d-%s", st.Reply.Code, line))
		}
	}
	if st.Excess != "" {
		out = append(out, "unasked for: "+clean(st.Excess))
	}
	if st.Failure.Kind != "" {
		text := string(st.Failure.Kind) + " at stage " + string(st.Stage)
		if st.LimitMS > 0 {
			text += " after " + seconds(st.LimitMS)
		}
		if st.Failure.Text != "" {
			text += ": " + st.Failure.Text
		}
		out = append(out, clean(text))
	}
	return out
}

// seconds writes milliseconds for people.
func seconds(ms int64) string {
	if ms%1000 == 0 || ms >= 10_000 {
		return plural(int(ms/1000), "second")
	}
	return fmt.Sprintf("%d.%d seconds", ms/1000, ms%1000/100)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
