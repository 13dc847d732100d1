package smtpprobe

import (
	"slices"
	"strconv"
	"strings"
)

// slow is when a greeting has a finding: people who wait for their mail notice.
const slow = 5000 // milliseconds

// greeting reads the first reply.
func (v *verdict) greeting() {
	st := v.s.step(StageGreeting)
	if st == nil || len(st.Reply.Lines) == 0 || st.Reply.Code == 0 {
		return
	}
	g := &v.Greeting
	rep := &st.Reply
	g.Code, g.Lines, g.DelayMS = rep.Code, len(rep.Lines)+rep.Dropped, st.TookMS
	if g.Lines > 1 {
		g.TeaserMS = st.FirstMS
	}
	for _, line := range rep.Lines {
		if g.Software == "" {
			g.Software = software(line)
		}
		g.ESMTP = g.ESMTP || strings.Contains(strings.ToUpper(line), "ESMTP")
	}
	text := clean(rep.Lines[len(rep.Lines)-1])
	g.Host = greetingHost(text)
	if !st.answered() {
		return // A refusal needs no name.
	}
	switch {
	case masked(text):
		v.add(CodeMasked, st)
	case g.Host == "":
		v.add(CodeNoHost, st)
	}
	if st.TookMS >= slow {
		v.add(CodeSlow, st)
	}
}

// greetingHost returns the name at the beginning of a greeting, if it is one: a host
// name with a dot, or an address literal (RFC 5321 section 4.2).
func greetingHost(text string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	if n, err := heloName(word); err == nil && (strings.Contains(n, ".") || n[0] == '[') {
		return n
	}
	return ""
}

// masked reports whether a firewall wrote asterisks over the greeting. The zeros and
// twos of old ones shine through.
func masked(text string) bool {
	return strings.Count(text, "*") >= 3 && strings.Trim(text, "*02 ") == ""
}

// maskedKeyword reports whether a firewall wrote over a keyword, as in XXXXXXXA for
// STARTTLS.
func maskedKeyword(keyword string) bool {
	rest := strings.TrimLeft(keyword, "X")
	return len(keyword)-len(rest) >= 4 && (rest == "" || len(rest) == 1 && rest[0] >= 'A' && rest[0] <= 'Z')
}

// The words by which servers give themselves away, in lower case. The first match
// counts.
var softwareWords = []struct{ word, software string }{
	{"microsoft esmtp mail service", "Microsoft Exchange"},
	{"gsmtp", "Google"},
	{"postfix", "Postfix"},
	{"exim", "Exim"},
	{"sendmail", "Sendmail"},
	{"opensmtpd", "OpenSMTPD"},
	{"haraka", "Haraka"},
	{"stalwart", "Stalwart"},
	{"halon", "Halon"},
	{"kumomta", "KumoMTA"},
	{"powermta", "PowerMTA"},
	{"mimecast", "Mimecast"},
	{"pphosted", "Proofpoint"},
	{"proofpoint", "Proofpoint"},
	{"barracuda", "Barracuda"},
	{"ironport", "Cisco"},
	{"chasquid", "chasquid"},
	{"maddy", "maddy"},
	{"mailenable", "MailEnable"},
	{"mdaemon", "MDaemon"},
	{"hmailserver", "hMailServer"},
	{"kerio", "Kerio Connect"},
	{"zimbra", "Zimbra"},
	{"apache james", "Apache James"},
	{"qmail", "qmail"},
	{"mox", "mox"},
}

// software guesses what a server runs. Only whole words count.
func software(text string) string {
	text = strings.ToLower(text)
	for _, s := range softwareWords {
		for rest := text; ; {
			i := strings.Index(rest, s.word)
			if i < 0 {
				break
			}
			end := i + len(s.word)
			if (i == 0 || !letter(rest[i-1])) && (end == len(rest) || !letter(rest[end])) {
				return s.software
			}
			rest = rest[end:]
		}
	}
	return ""
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' }

// capabilities reads what EHLO offers, before TLS and inside it.
func (v *verdict) capabilities() {
	if st := v.s.step(StageEHLO); st.answered() {
		c := parseCapabilities(st.Reply)
		v.Before = &c
		v.Offered = fact(c.STARTTLS)
		// A keyword that was written over, or that was not kept, may be STARTTLS.
		hidden := slices.ContainsFunc(c.Keywords, func(k Keyword) bool { return maskedKeyword(k.Name) })
		if hidden {
			v.add(CodeMasked, st)
		}
		if !c.STARTTLS && (hidden || st.Reply.Dropped > 0 || len(st.Reply.Lines) > maxKeywords) {
			v.Offered = Maybe
		}
		if clearAuth(c) {
			v.add(CodeClearAuth, st)
		}
	} else if st := v.s.step(StageHELO); st.answered() {
		v.Offered = No // There is no STARTTLS without EHLO.
		v.add(CodeNoEHLO, v.s.step(StageEHLO))
	}
	st := v.s.step(StageEHLOTLS)
	if !st.answered() {
		return
	}
	c := parseCapabilities(st.Reply)
	v.Inside = &c
	if c.STARTTLS {
		v.add(CodeSTARTTLSInside, st)
	}
	if v.Before != nil {
		v.Appeared, v.Vanished = lacking(c, *v.Before), lacking(*v.Before, c)
		if len(v.Vanished) > 0 && st.Reply.Dropped == 0 {
			v.add(CodeVanished, st)
		}
	}
}

// clearAuth reports whether there is a mechanism that sends the password as it is.
func clearAuth(c Capabilities) bool {
	return slices.Contains(c.Auth, "PLAIN") || slices.Contains(c.Auth, "LOGIN")
}

// lacking returns the keywords of a that b has not.
func lacking(a, b Capabilities) []string {
	var names []string
	for _, k := range a.Keywords {
		other := func(have Keyword) bool { return have.Name == k.Name }
		if k.Name != "STARTTLS" && !maskedKeyword(k.Name) && !slices.ContainsFunc(b.Keywords, other) && !slices.Contains(names, k.Name) {
			names = append(names, k.Name)
		}
	}
	return names
}

// maxKeywords is how many lines of a reply to EHLO are read.
const maxKeywords = 128

// ParseCapabilities reads the reply to EHLO (RFC 5321 section 4.1.1.1). What is no
// keyword is left out; of a keyword that stands twice, the first counts.
func ParseCapabilities(rep Reply) Capabilities { return parseCapabilities(rep) }

func parseCapabilities(rep Reply) Capabilities {
	c := Capabilities{Keywords: []Keyword{}}
	for i, line := range rep.Lines {
		line = clean(line)
		if i == 0 {
			c.Host = greetingHost(line)
			continue
		}
		if i > maxKeywords {
			break
		}
		word, params, _ := strings.Cut(strings.TrimSpace(line), " ")
		word = strings.ToUpper(word)
		if mechanism, ok := strings.CutPrefix(word, "AUTH="); ok {
			// Old servers write it so for old clients.
			word, params = "AUTH", strings.TrimSpace(mechanism+" "+params)
		}
		if !validKeyword(word) {
			continue
		}
		known := slices.ContainsFunc(c.Keywords, func(k Keyword) bool { return k.Name == word })
		c.Keywords = append(c.Keywords, Keyword{Name: word, Params: strings.TrimSpace(params)})
		if !known || word == "AUTH" {
			c.set(word, strings.Fields(params))
		}
	}
	return c
}

// validKeyword is the grammar of ehlo-keyword (RFC 5321 section 4.1.1.1).
func validKeyword(s string) bool {
	if s == "" || s[0] == '-' {
		return false
	}
	return strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == ""
}

func (c *Capabilities) set(keyword string, params []string) {
	first := ""
	if len(params) > 0 {
		first = params[0]
	}
	switch keyword {
	case "STARTTLS":
		c.STARTTLS = true
	case "PIPELINING":
		c.Pipelining = true
	case "8BITMIME":
		c.EightBit = true
	case "SMTPUTF8":
		c.SMTPUTF8 = true
	case "ENHANCEDSTATUSCODES":
		c.Enhanced = true
	case "DSN":
		c.DSN = true
	case "CHUNKING":
		c.Chunking = true
	case "BINARYMIME":
		c.Binary = true
	case "REQUIRETLS":
		c.RequireTLS = true
	case "VRFY":
		c.VRFY = true
	case "SIZE":
		c.HasSize = true
		c.MaxSize = number(first)
	case "DELIVERBY":
		c.DeliverBy = number(first)
	case "MT-PRIORITY":
		c.HasPriority, c.Priority = true, first
	case "AUTH":
		for _, m := range params {
			if m = strings.ToUpper(m); !slices.Contains(c.Auth, m) {
				c.Auth = append(c.Auth, m)
			}
		}
	case "LIMITS":
		for _, l := range params {
			c.Limits = append(c.Limits, strings.ToUpper(l))
		}
	}
}

// number reads a decimal number, and returns zero for what is none.
func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// manners notes what no reply should have, once for the whole session.
func (v *verdict) manners() {
	var bare, control, eight, long *Step
	for i := range v.s.Steps {
		st := &v.s.Steps[i]
		for _, flag := range []struct {
			n    int
			step **Step
		}{{st.Reply.BareLF, &bare}, {st.Reply.Controls, &control}, {st.Reply.EightBit, &eight}, {st.Reply.LongLines, &long}} {
			if flag.n > 0 && *flag.step == nil {
				*flag.step = st
			}
		}
		if st.Stage == StageQUIT && st.Failure.Kind != "" && st.Failure.Kind != KindCanceled {
			v.add(CodeQuit, st)
		}
		if st.Stage == StageSTARTTLS && st.Unsolicited > 0 || st.Stage == StageTLS && st.Failure.Kind == KindTLSPlain && replyDigits(st.Excess) {
			v.add(CodeInjection, st)
		}
	}
	if bare != nil {
		v.add(CodeBareLF, bare)
	}
	if control != nil {
		v.add(CodeControl, control)
	}
	if eight != nil {
		v.add(CodeEightBit, eight)
	}
	if long != nil {
		v.add(CodeLongLine, long)
	}
}

// replyDigits reports whether what came instead of TLS begins like a reply.
func replyDigits(s string) bool {
	if len(s) < 4 || s[3] != ' ' && s[3] != '-' {
		return false
	}
	return strings.Trim(s[:3], "0123456789") == ""
}
