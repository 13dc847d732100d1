package dkim

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
)

// kind is which of the header fields a signature stands in.
type kind uint8

const (
	dkimSignature kind = iota
	arcMessage
	arcSeal
)

// signature is the content of one signature field.
type signature struct {
	kind     kind
	text     string // the field's value
	bAt      int    // where in text the value of b= starts, white space included
	bEnd     int
	keyType  KeyType
	algo     string
	b, bh    []byte
	bText    string // b, as it stands there
	header   Canonicalization
	body     Canonicalization
	domain   string // normalised
	selector string // normalised
	key      string // where the key is
	identity string // with its own domain as it stands there; empty without i=
	idDomain string // normalised
	names    []string
	length   int64 // of l=, or -1
	signed   int64 // of t=, or -1
	expires  int64 // of x=, or -1
	instance int   // of ARC
	cv       string
}

// problem is why a signature has no better status.
type problem struct {
	status Status
	code   mailworthy.Code
	syntax *SyntaxError // of the signature or of the key
	tag    string       // which is missing, or in question
	text   string       // its value, or what else there is to tell
}

func problemf(status Status, code mailworthy.Code, tag, text string) *problem {
	return &problem{status: status, code: code, tag: tag, text: text}
}

// parseSignature reads the value of a signature field. What could be read is in the
// signature even if there is a problem, which is the first in it.
//
// RFC 8601 section 2.7.1 calls signatures with syntax errors, and those that cannot
// be processed, neutral; permerror is for what is lacking or wrong beyond that.
func parseSignature(k kind, text string) (*signature, *problem) {
	sig := &signature{
		kind: k, text: text, length: -1, signed: -1, expires: -1,
		header: Simple, body: Simple, bAt: len(text), bEnd: len(text),
	}
	if k == arcSeal {
		sig.header = Relaxed // RFC 8617 section 4.1.3
	}
	tags := tagList{list: make([]tag, 0, 12)}
	s := tagScanner{text: text}
	for {
		t, more, err := s.next()
		if err != nil {
			code := CodeSignatureSyntax
			if err.Tag != "" && slices.ContainsFunc(tags.list, func(t tag) bool { return t.name == err.Tag }) {
				code = CodeDuplicateTag
			}
			tags.problem = &problem{status: Neutral, code: code, syntax: err, tag: err.Tag}
			break
		}
		if !more {
			break
		}
		tags.list = append(tags.list, t)
	}
	sig.read(&tags)
	return sig, tags.problem
}

// bodyOf reads of a signature what it says of the body, whatever else is wrong with
// it: the canonicalisation, l= or -1, and bh=.
func bodyOf(text string) (c Canonicalization, length int64, bh string) {
	c, length = Simple, -1
	s := tagScanner{text: text}
	for {
		t, more, err := s.next()
		if !more || err != nil {
			return c, length, bh
		}
		switch t.name {
		case "c":
			if _, second, _ := strings.Cut(t.value, "/"); strings.EqualFold(second, string(Relaxed)) {
				c = Relaxed
			}
		case "l":
			length, _ = number(t.value)
		case "bh":
			bh = t.value
		}
	}
}

// tagList is the tags of a signature, and the first problem with them.
type tagList struct {
	list    []tag
	problem *problem
}

// get returns a tag, whose name is empty when it is not there.
func (l *tagList) get(name string) tag {
	for _, t := range l.list {
		if t.name == name {
			return t
		}
	}
	return tag{}
}

// need returns a tag that must be there.
func (l *tagList) need(name string) tag {
	t := l.get(name)
	if t.name == "" {
		l.fail(problemf(Neutral, CodeMissingTag, name, ""))
	}
	return t
}

func (l *tagList) fail(p *problem) {
	if l.problem == nil {
		l.problem = p
	}
}

func (l *tagList) wrong(t tag, text, reason string) {
	e := &SyntaxError{Text: text, Offset: t.valueAt, Tag: t.name, Reason: reason}
	l.fail(&problem{status: Neutral, code: CodeSignatureSyntax, syntax: e, tag: t.name})
}

// read fills sig with the tags, in the order in which RFC 6376 section 6.1.1 judges
// them.
func (sig *signature) read(tags *tagList) {
	switch sig.kind {
	case dkimSignature:
		if v := tags.need("v"); v.name != "" && v.value != "1" {
			tags.fail(problemf(Neutral, CodeVersion, "v", v.value))
		}
	default:
		i := tags.need("i")
		n, ok := number(i.value)
		if i.name != "" && (!ok || n < 1 || n > maxInstances) {
			tags.wrong(i, sig.text, "an instance is a number from 1 to 50")
		} else {
			sig.instance = int(n)
		}
	}
	sig.readAlgorithm(tags)
	sig.readDomain(tags)
	sig.readSigned(tags)
	sig.readTimes(tags)
	sig.readData(tags)
}

func (sig *signature) readAlgorithm(tags *tagList) {
	a := tags.need("a")
	sig.algo = strings.ToLower(a.value)
	switch sig.algo {
	case "rsa-sha256":
		sig.keyType = RSA
	case "ed25519-sha256":
		sig.keyType = Ed25519
	case "rsa-sha1":
		tags.fail(problemf(PermError, CodeSHA1, "a", a.value)) // RFC 8301 section 3.1
	default:
		if a.name != "" {
			tags.fail(problemf(Neutral, CodeAlgorithm, "a", a.value))
		}
	}
	if sig.kind == arcSeal {
		sig.cv = strings.ToLower(tags.need("cv").value)
		return
	}
	c := tags.get("c")
	if c.name == "" {
		return
	}
	first, second, both := strings.Cut(strings.ToLower(c.value), "/")
	sig.header = Canonicalization(first)
	if both {
		sig.body = Canonicalization(second)
	}
	for _, c := range []Canonicalization{sig.header, sig.body} {
		if c != Simple && c != Relaxed {
			tags.fail(problemf(Neutral, CodeCanonicalization, "c", string(c)))
		}
	}
}

func (sig *signature) readDomain(tags *tagList) {
	d, s := tags.need("d"), tags.need("s")
	var err error
	// The grammar of d= wants two labels at least.
	if sig.domain, err = mailName(d.value); d.name != "" && (err != nil || strings.IndexByte(sig.domain, '.') < 0) {
		sig.domain = name.Escape(cut(d.value))
		tags.wrong(d, sig.text, "no domain name")
	}
	if sig.selector, err = mailName(s.value); s.name != "" && err != nil {
		sig.selector = name.Escape(cut(s.value))
		tags.wrong(s, sig.text, "no selector")
	}
	sig.key = sig.selector + "._domainkey." + sig.domain
	if tags.problem == nil {
		if _, err := name.Normalize(sig.key); err != nil {
			tags.wrong(s, sig.text, "selector and domain are too long together")
		}
	}
	if q := tags.get("q"); q.name != "" && sig.kind != arcSeal && !slices.Contains(splitList(q.value), "dns/txt") {
		tags.fail(problemf(Neutral, CodeQuery, "q", q.value))
	}
	i := tags.get("i")
	if sig.kind != dkimSignature || i.name == "" {
		return
	}
	id, ok := quotedPrintable(i.value)
	at := strings.LastIndexByte(id, '@')
	sig.identity = id
	if !ok || at < 0 {
		tags.wrong(i, sig.text, "no identity")
		return
	}
	if sig.idDomain, err = mailName(id[at+1:]); err != nil {
		tags.wrong(i, sig.text, "no domain name")
		return
	}
	if tags.problem == nil && !name.Within(sig.idDomain, sig.domain) {
		tags.fail(problemf(PermError, CodeIdentity, "i", id))
	}
}

// mailName normalises a domain or selector, and refuses what the grammar of those has
// no place for (RFC 5321 section 4.1.2, RFC 8616 section 4): escapes, and octets other
// than letters, digits, hyphens and, since they are in use, underscores.
func mailName(s string) (string, error) {
	n, err := name.Normalize(s)
	if err == nil && (n == "" || strings.IndexByte(s, '\\') >= 0 || strings.ContainsFunc(n, notOfName)) {
		err = errName
	}
	return n, err
}

var errName = errors.New("no name of a domain")

func notOfName(r rune) bool {
	return r > 0x7f || !alphanumeric(byte(r)) && r != '-' && r != '_' && r != '.'
}

func (sig *signature) readSigned(tags *tagList) {
	if sig.kind == arcSeal {
		if h := tags.get("h"); h.name != "" {
			tags.wrong(h, sig.text, "a seal has no h=") // RFC 8617 section 4.1.3
		}
		return
	}
	h := tags.need("h")
	sig.names = splitList(h.value)
	switch {
	case h.name == "":
	case len(sig.names) == 0:
		tags.wrong(h, sig.text, "no name of a header field")
	case !slices.Contains(sig.names, "from"):
		tags.fail(problemf(PermError, CodeFromNotSigned, "h", ""))
	}
	// RFC 8617 section 4.1.2: a seal of that instance does not exist yet.
	if sig.kind == arcMessage && slices.Contains(sig.names, "arc-seal") {
		tags.wrong(h, sig.text, "a message signature does not sign seals")
	}
}

func (sig *signature) readTimes(tags *tagList) {
	for _, n := range []struct {
		tag string
		to  *int64
	}{{"t", &sig.signed}, {"x", &sig.expires}, {"l", &sig.length}} {
		t := tags.get(n.tag)
		if t.name == "" || sig.kind == arcSeal && n.tag != "t" {
			continue
		}
		v, ok := number(t.value)
		if !ok {
			tags.wrong(t, sig.text, "no number")
			continue
		}
		*n.to = v
	}
	if sig.expires >= 0 && sig.signed >= 0 && sig.expires <= sig.signed {
		tags.fail(problemf(Neutral, CodeExpiresEarly, "x", ""))
	}
}

func (sig *signature) readData(tags *tagList) {
	if sig.kind != arcSeal {
		bh := tags.need("bh")
		data, at, reason := decodeBase64(bh.value)
		if reason == "" && len(data) != 32 {
			reason = "no SHA-256 hash: it has " + strconv.Itoa(len(data)) + " octets"
		}
		if reason != "" && bh.name != "" {
			tags.wrong(tag{name: "bh", valueAt: bh.valueAt + at}, sig.text, reason)
		}
		sig.bh = data
	}
	b := tags.need("b")
	if b.name == "" {
		return
	}
	// What is deleted for verification is the value of this tag with the white space
	// around it, and nothing else that looks like it (RFC 6376 section 3.7).
	sig.bAt = len(strings.TrimRight(sig.text[:b.valueAt], " \t\r\n"))
	if i := strings.IndexByte(sig.text[b.valueAt:], ';'); i >= 0 {
		sig.bEnd = b.valueAt + i
	}
	data, at, reason := decodeBase64(b.value)
	if reason != "" {
		tags.wrong(tag{name: "b", valueAt: b.valueAt + at}, sig.text, reason)
	}
	sig.b = data
	sig.bText = b.value
}

// unfold removes white space.
func unfold(s string) string {
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		if c := s[i]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			out = append(out, c)
		}
	}
	return string(out)
}

// number reads the value of l=, t= or x=: digits, which may be many (RFC 6376
// section 3.5 allows 76 in l= and 12 in times). What does not fit is as good as the
// largest number.
func number(s string) (int64, bool) {
	if s == "" || len(s) > 76 {
		return -1, false
	}
	n := int64(0)
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1, false
		}
		if n = n*10 + int64(s[i]-'0'); n > maxNumber {
			n = maxNumber
		}
	}
	return n, true
}

const maxNumber = 1 << 53 // exact in JSON as well, and ten times it fits

// quotedPrintable decodes dkim-quoted-printable (RFC 6376 section 2.11).
func quotedPrintable(s string) (string, bool) {
	s = unfold(s)
	if strings.IndexByte(s, '=') < 0 {
		return s, true
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '=' {
			if i+2 >= len(s) {
				return s, false
			}
			v, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err != nil {
				return s, false
			}
			c = byte(v)
			i += 2
		}
		out = append(out, c)
	}
	return string(out), true
}

// maxShown is how much of a stranger's text a result repeats.
const maxShown = 320

func cut(s string) string { return s[:min(len(s), maxShown)] }
