package dmarc

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
)

// From is what the From fields of a message say.
type From struct {
	// Domains are the different domains of its mailboxes, in lower-case A-labels, or
	// escaped where they are no domain names. There are at most 20.
	Domains []string `json:"domains"`
	// Mailboxes is how many mailboxes there are.
	Mailboxes int `json:"mailboxes"`
	// Findings is what is wrong. With an error in it there is no author domain. Spans
	// are of the value of the field.
	Findings mailworthy.Findings `json:"findings"`
}

// Domain returns the author domain, and "" when there is not exactly one that
// everybody who reads the field would see (RFC 9989 section 5.3.1).
func (f From) Domain() string {
	if len(f.Domains) != 1 || f.Findings.Worst() == mailworthy.Error {
		return ""
	}
	return f.Domains[0]
}

// maxFrom is how many domains are kept.
const maxFrom = 20

// ParseFrom reads the values of the From fields of a message, one for each field:
// what stands behind the colon, folded or not. It reads mailboxes and groups of them
// (RFC 5322 section 3.4, RFC 6854), with UTF-8 (RFC 6532), and in those obsolete forms
// that all programs take for the same address: not with a route, or with blanks or
// comments inside the domain.
//
// What decides about DMARC must be what readers see, so it does not guess: text from
// which two programs could read two domains has an error. So have several fields, and
// mailboxes of several domains. An address in a display name counts as a mailbox
// unless it is quoted.
//
// It takes time in proportion to the length, whatever the text is.
func ParseFrom(values []string) From {
	if len(values) == 1 {
		if domain := plainFrom(values[0]); domain != "" {
			return From{Domains: []string{domain}, Mailboxes: 1, Findings: mailworthy.Findings{}}
		}
	}
	return parseFrom(values)
}

func parseFrom(values []string) From {
	p := fromParser{out: From{Domains: []string{}, Findings: mailworthy.Findings{}}}
	if len(values) == 0 {
		p.find(CodeFromMissing, 0, 0, "The message has no From field.", "Send one From field with one mailbox.")
	}
	if len(values) > 1 {
		p.value = strings.Join(values[:min(len(values), 5)], " | ")
		p.find(CodeFromMultiple, 0, 0, "The message has "+strconv.Itoa(len(values))+" From fields. Readers may see one that receivers do not judge.",
			"Send one From field.")
	}
	for _, v := range values {
		p.field(v)
	}
	p.finish(values)
	return p.out
}

// plainFrom returns the domain of a From field of the form that nearly all have, a
// mailbox alone or "Name <mailbox>" of atoms, one of which may stand in quotation marks.
// It returns "" for any other, which may be as good. It is there for the time that it
// saves: the parser finds the same.
func plainFrom(value string) string {
	value = value[skipBlanks(value, 0):]
	mailbox := value
	if n := len(value) - 1; n >= 0 && value[n] == '>' {
		open := strings.IndexByte(value, '<')
		if open < 0 || !plainName(value[:open]) {
			return ""
		}
		mailbox = value[open+1 : n]
	}
	at := strings.IndexByte(mailbox, '@')
	if at < 0 || !plainAtoms(mailbox[:at]) {
		return ""
	}
	domain, err := name.Domain(mailbox[at+1:])
	if err != nil || domain != mailbox[at+1:] && !plainAtoms(mailbox[at+1:]) {
		return ""
	}
	return domain
}

// plainName reports whether s is words and blanks only, or a quoted string of such
// that may hold more.
func plainName(s string) bool {
	s = trimRight(s)
	kind := inName
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		s, kind = s[1:len(s)-1], inQuotes
	}
	set := &octets
	for i := range len(s) {
		if set[s[i]]&kind == 0 {
			return false
		}
	}
	return true
}

// plainAtoms reports whether s is atoms in ASCII with a dot between them, without
// what might be an encoded word.
func plainAtoms(s string) bool {
	set, wanted := &octets, true
	for i := range len(s) {
		switch {
		case set[s[i]]&inAddress != 0:
			wanted = false
		case s[i] != '.' || wanted:
			return false
		default:
			wanted = true
		}
	}
	return !wanted
}

// fromParser reads From fields.
type fromParser struct {
	lexer
	out    From
	fatal  bool
	sloppy bool // a CodeFromObsolete was found already
	more   bool // than maxFrom domains

	// The element being read: a display name, an address, or both.
	inGroup, inAngle, afterAngle bool

	words   int  // of the display name, or of the local part
	loose   bool // words that no dot joins
	encoded bool // an encoded word is part of the address
	dotted  bool // a dot came last in the local part
	ats     int
	domain  domainText
}

// domainText is the domain of the address being read, a part of the value.
type domainText struct {
	start, end int
	state      domainState
	literal    bool
	behind     bool // words stand behind it
}

type domainState uint8

const (
	noDomain   domainState = iota
	wantsLabel             // behind the at sign or a dot
	hasLabel
)

func (p *fromParser) reset() {
	p.inAngle, p.afterAngle = false, false
	p.words, p.loose, p.encoded, p.dotted, p.ats = 0, false, false, false, 0
	p.domain = domainText{}
}

// field reads the value of one field.
func (p *fromParser) field(value string) {
	p.lexer = lexer{value: value}
	p.inGroup = false
	p.reset()
	for !p.fatal {
		t := p.next()
		switch t.kind {
		case tokenBroken:
			p.fail(t, t.reason)
		case tokenEnd:
			switch {
			case p.inAngle:
				p.fail(t, `">" is missing`)
			default:
				p.flush(t)
			}
			if p.inGroup {
				p.obsolete(t, "the semicolon at the end of a group is missing")
			}
			return
		case tokenAtom, tokenQuoted, tokenLiteral:
			p.word(t)
		default:
			p.special(t)
		}
	}
}

// special reads one of the characters that separate.
func (p *fromParser) special(t token) {
	switch t.kind {
	case '@':
		p.at(t)
	case '.':
		p.dot(t)
	case ',':
		p.separate(t)
	case ';':
		p.separate(t)
		if !p.inGroup {
			p.obsolete(t, "a semicolon stands between mailboxes")
		}
		p.inGroup = false
	case ':':
		switch {
		case p.inAngle, p.afterAngle, p.inGroup, p.ats > 0, p.words == 0:
			p.fail(t, "a colon stands where none belongs")
		default:
			p.inGroup = true
			p.reset()
		}
	case '<':
		if p.inAngle || p.afterAngle {
			p.fail(t, `a second "<" stands in one mailbox`)
			return
		}
		if p.ats > 0 { // An address as display name counts, since some readers take it.
			p.obsolete(t, "an address stands before another without quotation marks")
			p.keepDomain(t)
		}
		p.reset()
		p.inAngle = true
	case '>':
		if !p.inAngle {
			p.fail(t, `">" stands without "<"`)
			return
		}
		p.address(t)
		p.reset()
		p.afterAngle = true
	default:
		p.fail(t, "a "+strconv.Quote(string(rune(t.kind)))+" stands where none belongs")
	}
}

func (p *fromParser) separate(t token) {
	if p.inAngle {
		p.fail(t, `">" is missing`)
		return
	}
	p.flush(t)
	p.reset()
}

// word reads a part of a display name or address.
func (p *fromParser) word(t token) {
	encoded := t.kind == tokenAtom && strings.Contains(p.value[t.start:t.end], "=?")
	switch {
	case p.afterAngle:
		p.fail(t, "text stands behind the address")
	case p.ats == 0:
		if p.words > 0 && !p.dotted {
			p.loose, p.encoded = true, false
		}
		p.words++
		p.dotted = false
		p.encoded = p.encoded || encoded
		if t.kind == tokenLiteral {
			p.fail(t, "brackets stand where none belong")
		}
	case p.domain.state == wantsLabel && t.kind != tokenQuoted && !p.domain.behind:
		p.encoded = p.encoded || encoded
		p.domain.literal = p.domain.literal || t.kind == tokenLiteral
		p.append(t)
		p.domain.state = hasLabel
	default:
		p.domain.behind = true
	}
}

// append adds a label, or a dot, to the domain. Blanks and comments inside of it are
// obsolete (RFC 5322 section 4.4), and many who read a@example.org .example.net stop
// at the first.
func (p *fromParser) append(t token) {
	d := &p.domain
	switch {
	case d.end == 0:
		d.start = t.start
	case d.end != t.start:
		p.fail(t, "blanks or comments stand inside the domain")
		return
	}
	d.end = t.end
}

func (p *fromParser) at(t token) {
	if p.afterAngle {
		p.fail(t, "text stands behind the address")
		return
	}
	if p.words == 0 {
		// So does the route of RFC 5322 section 4.4 begin, in <@example.net:a@example.org>.
		// Programs differ in whose address they take that for.
		p.fail(t, "nothing stands before the at sign")
		return
	}
	if p.ats > 0 {
		// In a display name, where it may yet turn out to be, it is another address.
		p.keepDomain(t)
	}
	p.ats++
	p.domain = domainText{state: wantsLabel}
}

func (p *fromParser) dot(t token) {
	switch {
	case p.afterAngle:
		p.fail(t, "text stands behind the address")
	case p.ats == 0:
		if p.words == 0 || p.dotted {
			p.obsolete(t, "a dot stands where none belongs")
		}
		p.dotted = true
	case p.domain.state == hasLabel && !p.domain.literal && !p.domain.behind:
		p.append(t)
		p.domain.state = wantsLabel
	default:
		p.domain.behind = true
	}
}

// flush ends an element that stands without angle brackets.
func (p *fromParser) flush(t token) {
	switch {
	case p.afterAngle:
	case p.ats > 0:
		p.address(t)
	case p.words > 0:
		p.obsolete(t, "a name stands without an address")
	}
}

// address ends an address, be it in angle brackets or not.
func (p *fromParser) address(t token) {
	switch {
	case p.ats == 0:
		if p.words > 0 {
			p.obsolete(t, "an address has no domain")
		}
		return
	case p.ats > 1:
		p.fail(t, "an address has several at signs")
	case p.domain.behind:
		p.fail(t, "text stands behind the domain")
	case p.encoded:
		p.fail(t, "an encoded word is part of the address") // RFC 2047 section 5.
	case p.loose && p.inAngle:
		p.fail(t, "the local part has several words")
	default:
		if p.loose {
			p.obsolete(t, "the angle brackets around the address are missing")
		} else if p.dotted {
			p.obsolete(t, "a dot stands where none belongs")
		}
		p.keepDomain(t)
	}
}

// keepDomain adds the domain that was read.
func (p *fromParser) keepDomain(t token) {
	d := &p.domain
	p.out.Mailboxes++
	s := p.value[d.start:d.end]
	if d.state == wantsLabel && s != "" {
		p.obsolete(t, "a dot stands at the end of the domain")
	}
	n, err := name.Normalize(s)
	good := err == nil && n != "" && !d.literal
	switch {
	case s == "":
		p.fail(t, "nothing stands behind the at sign")
		return
	case !good:
		n = name.Escape(cut(s))
	}
	if slices.Contains(p.out.Domains, n) {
		return
	}
	if len(p.out.Domains) == maxFrom {
		p.more = true
		return
	}
	p.out.Domains = append(p.out.Domains, n)
	if !good {
		p.findAt(CodeBadDomain, t, quoted(cut(s))+" in From is no domain name.", "Send with a mailbox in a domain of your own.")
	}
}

// finish judges the fields together.
func (p *fromParser) finish(values []string) {
	if len(values) == 0 {
		return
	}
	p.value = values[0]
	switch {
	case len(p.out.Domains) > 1:
		many := strconv.Itoa(len(p.out.Domains))
		if p.more {
			many = "more than " + many
		}
		p.find(CodeFromDomains, 0, 0, "From names mailboxes of "+many+" domains: "+strings.Join(p.out.Domains[:min(len(p.out.Domains), 5)], ", ")+". DMARC is for one.",
			"Send one From field with one mailbox. If several people wrote the message, name the others in Reply-To.")
	case len(p.out.Domains) == 0 && !p.fatal:
		p.find(CodeFromEmpty, 0, 0, "From names no mailbox with a domain.", "Send one From field with one mailbox.")
	}
}

// fail notes what leaves no author domain.
func (p *fromParser) fail(t token, reason string) {
	p.fatal = true
	p.findAt(CodeFromSyntax, t, "The From field has a syntax error: "+reason+". Programs may read different domains in it.",
		"Send one From field of the form: Name <mailbox@domain>. Put a name with other characters than letters in quotation marks.")
}

// obsolete notes what is not as it should be, but leaves no doubt about the domain.
func (p *fromParser) obsolete(t token, reason string) {
	if p.sloppy {
		return
	}
	p.sloppy = true
	p.findAt(CodeFromObsolete, t, "The From field is not as it should be: "+reason+". All the same it names one domain, or several, without doubt.",
		"Send one From field of the form: Name <mailbox@domain>.")
}

func (p *fromParser) findAt(code mailworthy.Code, t token, message, remedy string) {
	p.find(code, t.start, t.end-t.start, message, remedy)
}

// find adds a finding about a part of the value.
func (p *fromParser) find(code mailworthy.Code, at, length int, message, remedy string) {
	f := rules.Finding(code, "")
	f.Message, f.Remedy = message, remedy
	f.Span = mailworthy.Span{Offset: at, Length: length}
	f.Evidence = []string{"From: " + name.Escape(cut(around(p.value, at)))}
	if p.value == "" {
		f.Evidence = []string{"From: (nothing)"}
	}
	p.out.Findings = append(p.out.Findings, f)
}

// around returns the text before and behind an offset, with not too much before it.
func around(s string, at int) string {
	return s[max(0, min(at, len(s))-maxShown/2):]
}

func quoted(s string) string { return `"` + name.Escape(s) + `"` }
