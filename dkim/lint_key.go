package dkim

import (
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/txt"
	"github.com/mailworthy/mailworthy/resolver"
)

const (
	leastKeyBits = 1024 // RFC 8301 section 3.2: receivers must not accept less
	goodKeyBits  = 2048 // RFC 8301 section 3.2: signers should have at least that
	longKeyBits  = 4096 // RFC 8301 section 3.2: receivers need not support more
	longKeyTTL   = 86400
	// maxKeysShown is how many records of the same kind are shown; the rest tells
	// nothing new.
	maxKeysShown = 10
)

// keyLinter collects the findings about one key.
type keyLinter struct {
	rep      *KeyReport
	provider *Provider // or nil
	out      mailworthy.Findings
}

// add makes a finding, with what is published as evidence.
func (l *keyLinter) add(code mailworthy.Code, message, remedy string, evidence ...string) {
	f := keyFinding(code, l.rep.Name)
	if len(l.rep.Alias) > 0 && l.rep.Status != KeyMissing && l.rep.Status != KeyTempError && code != CodeKeyDelegated {
		remedy += " That is up to " + l.keeper() + ", since " + l.rep.Name + " is an alias."
	}
	f.Message, f.Remedy, f.Evidence = message, remedy, evidence
	l.out = append(l.out, f)
}

func badKeyName(selector, domain string) mailworthy.Finding {
	f := keyFinding(CodeKeyName, name.Escape(domain))
	f.Message = "The selector " + inQuotes(selector) + " of " + inQuotes(domain) + " makes no domain name, so there can be no key."
	f.Remedy = "Use a selector of letters, digits and hyphens, and a domain name."
	return f
}

// failure is about an answer that DNS did not give.
func (l *keyLinter) failure(a resolver.Answer) {
	l.add(CodeKeyDNSFailure, "DNS did not tell whether there is a key at "+l.rep.Name+": the question ended with "+string(a.Status)+". The key may be in order.",
		"Ask again later. If it stays so, check the name servers of "+l.last()+".", l.answer(a))
	l.out[len(l.out)-1].Temporary = true
}

// missing is about a name without a TXT record.
func (l *keyLinter) missing(a resolver.Answer) {
	if len(a.Alias) == 0 {
		l.add(CodeKeyMissing, "No key is published at "+l.rep.Name+", so signatures with the selector "+l.rep.Selector+" fail.",
			"Publish a TXT record there with the public key of the signing server, as in \"v=DKIM1; k=rsa; p=...\", or the alias that the sending service asks for.",
			l.answer(a))
		return
	}
	remedy := "Correct the alias, or delete it if nobody signs with the selector any more."
	if l.provider != nil {
		remedy = "Switch on DKIM for the domain at " + l.provider.Name + ", and compare the target with the one shown there. " + remedy
		if l.provider.Note != "" {
			remedy += " " + l.provider.Note
		}
	}
	message := l.rep.Name + " is an alias to " + l.last() + ", where no key is published. Signatures with the selector fail"
	if l.provider == nil {
		message += ", and whoever gets hold of that name can sign for " + l.rep.Domain
	}
	l.add(CodeKeyDangling, message+".", remedy, append(l.chain(), l.answer(a))...)
}

// elsewhere is about a missing key that is at another name.
func (rep *KeyReport) elsewhere(place string, a resolver.Answer) {
	for _, t := range a.TXT {
		if text := t.String(); looksLikeKey(text) {
			f := keyFinding(CodeKeyMisplaced, rep.Name)
			f.Message = "The key is published at " + place + ", where no receiver looks."
			f.Remedy = "Move the record to " + rep.Name + ". Many forms for DNS records add the domain to the name by themselves."
			f.Evidence = []string{textRecord(place, text)}
			rep.Findings = append(rep.Findings, f)
			return
		}
	}
}

func (l *keyLinter) delegated() {
	whose := l.keeper()
	l.add(CodeKeyDelegated, l.rep.Name+" is an alias to "+l.last()+": "+whose+" keeps the key.",
		"Nothing has to be done. Keep the alias as long as "+whose+" signs for "+l.rep.Domain+", and delete it afterwards.", l.chain()...)
}

// foreign is about records that are not meant to be keys.
func (l *keyLinter) foreign(a resolver.Answer) {
	l.add(CodeKeyForeign, "The TXT record at "+l.rep.Name+" is no key record, so signatures with the selector fail.",
		"Publish the key there. If the record comes from a wildcard, the key beside it takes its place for this name.", l.texts(a.TXT)...)
}

// multiple is about several records, of which some are meant to be keys.
func (l *keyLinter) multiple(a resolver.Answer, keys int) {
	message := "Several TXT records are published at " + l.rep.Name + ". Receivers take any of them, and some refuse all."
	remedy := "Keep one record there: the key that the signing server uses. Another key needs another selector."
	l.add(CodeKeyMultiple, message, remedy, l.texts(a.TXT)...)
	if keys == 1 && l.rep.Key != nil {
		l.out[len(l.out)-1].Remedy += " Of these it is " + inQuotes(l.rep.Key.Text)
	}
}

// broken is about a record that is meant to be a key, but is malformed.
func (l *keyLinter) broken(t resolver.Text) {
	text := t.String()
	_, err := parseKey(text)
	if err == nil {
		return
	}
	evidence := l.texts([]resolver.Text{t})
	d := diagnoseKey(text)
	for _, m := range d.mistakes {
		l.add(m.code, "The key record at "+l.rep.Name+" "+m.what+". Receivers cannot read it, so signatures fail.",
			m.advice+" The record to publish: "+inQuotes(d.key.String()), evidence...)
	}
	if d.key != nil {
		return
	}
	code, message := CodeKeySyntax, "The key record at "+l.rep.Name+" is malformed at octet "+strconv.Itoa(err.Offset)+": "+name.Escape(err.Reason)+". Signatures with the selector fail."
	remedy := "Copy the record again from where the key was made."
	if strings.HasPrefix(err.Reason, "no base64") {
		code = CodeKeyBase64
	}
	if part := truncated(text); part != "" {
		code = CodeKeyTruncated
		message = "The key at " + l.rep.Name + " is cut off: " + part + " are there. Signatures with the selector fail."
		remedy = "Publish the record again, in strings of at most 255 octets, and whole."
		if len(text) == txt.MaxString {
			remedy += " What was lost stood behind the first 255 octets."
		}
	}
	l.add(code, message, remedy, evidence...)
	l.out[len(l.out)-1].Span = mailworthy.Span{Offset: err.Offset, Length: len(text) - min(err.Offset, len(text))}
}

// key is about a record that can be read.
func (l *keyLinter) key(k *Key, t resolver.Text) {
	at, evidence := l.rep.Name, l.texts([]resolver.Text{t})
	add := func(code mailworthy.Code, message, remedy string) { l.add(code, message, remedy, evidence...) }
	l.blanks(k, t, evidence)
	if k.Revoked {
		add(CodeKeyRevoked, "The key at "+at+" was revoked: its p= is empty. Signatures with the selector fail.",
			"If a server still signs with the selector, publish its key, or have it sign with another selector. Otherwise nothing has to be done.")
		return
	}
	if k.Public() == nil {
		add(CodeKeyType, "The key at "+at+" is of the type "+inQuotes(string(k.Type))+", which receivers do not know.", "Publish a key of the type rsa.")
	}
	if !k.AllowsHash("sha256") {
		add(CodeKeyHash, "The record at "+at+" does not allow SHA-256 in h=, and signatures with SHA-1 are no longer valid.",
			"Remove h= from the record: "+inQuotes(without(k, func(k *Key) { k.Hashes = nil })))
	}
	if !k.AllowsService("email") {
		add(CodeKeyService, "The record at "+at+" does not allow mail in s=, so receivers ignore the key.",
			"Remove s= from the record: "+inQuotes(without(k, func(k *Key) { k.Services = nil })))
	}
	if k.Testing {
		add(CodeKeyTesting, "The record at "+at+" says with t=y that DKIM is being tested, so receivers may ignore what the signatures prove.",
			"Remove the flag when the signatures verify: "+inQuotes(without(k, removeTesting)))
	}
	l.size(k, add)
	if l.rep.TTL > longKeyTTL {
		add(CodeKeyTTL, "The record at "+at+" may be kept for "+strconv.Itoa(int(l.rep.TTL))+" s. It takes as long until a key that was revoked is out of use.",
			"Lower the TTL to an hour.")
	}
}

// size is about the key itself.
func (l *keyLinter) size(k *Key, add func(code mailworthy.Code, message, remedy string)) {
	at, bits := l.rep.Name, strconv.Itoa(k.Bits)
	const renew = "Generate an RSA key of 2048 bits, publish it under a new selector, and sign with that."
	switch {
	case k.Type == Ed25519:
		add(CodeKeyEd25519, "The key at "+at+" is of the type Ed25519, which many receivers do not verify yet.",
			"Sign with an RSA key of 2048 bits as well, under a selector of its own.")
		return
	case k.Bits == 0:
		return
	case k.Bits < leastKeyBits:
		add(CodeKeyWeak, "The RSA key at "+at+" has "+bits+" bits. Receivers must not accept signatures with less than 1024.", renew)
	case k.Bits < goodKeyBits:
		add(CodeKeyShort, "The RSA key at "+at+" has "+bits+" bits. Signers should use 2048 at least.", renew)
	case k.Bits > longKeyBits:
		add(CodeKeyLong, "The RSA key at "+at+" has "+bits+" bits. Receivers need not support more than 4096, and many do not.", renew)
	}
	if k.PKCS1 {
		text := ""
		if mended, err := Record(k.Public(), RecordOptions{Flags: k.Flags, Notes: k.Notes}); err == nil {
			text = ": " + inQuotes(mended)
		}
		add(CodeKeyForm, "The RSA key at "+at+" is published as bare RSAPublicKey (PKCS #1), which some receivers do not read.",
			"Publish the same key as SubjectPublicKeyInfo"+text+".")
	}
}

// blanks is about white space in p=.
func (l *keyLinter) blanks(k *Key, t resolver.Text, evidence []string) {
	start, end := valueOf(k.Text, "p")
	if start < 0 {
		return
	}
	p := strings.Trim(k.Text[start:end], " \t\r\n")
	advice := "Publish the record without them: " + inQuotes(k.String())
	if strings.ContainsAny(p, "\r\n") {
		l.add(CodeKeyLineBreak, "The key at "+l.rep.Name+" has line breaks in p=, which many receivers do not accept.", advice, evidence...)
		l.out[len(l.out)-1].Severity = mailworthy.Warning
		return
	}
	if !strings.ContainsAny(p, " \t") {
		return
	}
	at := 0
	for _, s := range t[:len(t)-1] {
		at += len(s)
		if start < at && at < end && (isBlank(k.Text[at-1]) || isBlank(k.Text[at])) {
			l.add(CodeKeySplitBlank, "The record at "+l.rep.Name+" is split into strings with a blank where they join. The strings are joined without anything between them, so the blank is in the key; some receivers do not accept it.",
				advice, evidence...)
			return
		}
	}
	l.add(CodeKeyBlank, "The key at "+l.rep.Name+" has blanks in p=, which some receivers do not accept.", advice, evidence...)
}

// without returns the text of a key's record with something changed.
func without(k *Key, change func(*Key)) string {
	changed := *k
	change(&changed)
	return changed.String()
}

func removeTesting(k *Key) {
	flags := k.Flags
	k.Flags = nil
	for _, f := range flags {
		if f != "y" {
			k.Flags = append(k.Flags, f)
		}
	}
}

// last returns the name that has the records, or lacks them.
func (l *keyLinter) last() string {
	if n := len(l.rep.Alias); n > 0 {
		return l.rep.Alias[n-1]
	}
	return l.rep.Name
}

// keeper names who publishes what an alias leads to.
func (l *keyLinter) keeper() string {
	if l.provider != nil {
		return l.provider.Name
	}
	return "whoever publishes " + l.last()
}

// chain is the aliases as evidence.
func (l *keyLinter) chain() []string {
	out, from := make([]string, 0, len(l.rep.Alias)+1), l.rep.Name
	for _, target := range l.rep.Alias {
		out = append(out, from+" CNAME "+target)
		from = target
	}
	return out
}

func (l *keyLinter) texts(list []resolver.Text) []string { return textRecords(l.rep.Name, list) }

func (l *keyLinter) answer(a resolver.Answer) string { return answerLine(l.rep.Name, a) }

// textRecords is TXT records as evidence.
func textRecords(domain string, list []resolver.Text) []string {
	var out []string
	for i, t := range list {
		if i == maxKeysShown {
			return append(out, "and "+strconv.Itoa(len(list)-maxKeysShown)+" more")
		}
		out = append(out, textRecord(domain, t.String()))
	}
	return out
}

func textRecord(domain, text string) string { return domain + " TXT " + inQuotes(text) }

// answerLine is an answer without records as evidence.
func answerLine(domain string, a resolver.Answer) string {
	s := domain + " TXT: " + string(a.Status)
	if a.Problem != "" {
		s += " (" + name.Escape(a.Problem) + ")"
	}
	if a.Server != "" {
		s += " from " + a.Server
	}
	return s
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func inQuotes(s string) string { return `"` + name.Escape(s) + `"` }
