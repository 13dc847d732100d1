package dnsbl

import (
	"net/netip"
	"strings"
)

// Entry is one code that a list answered, and what it means.
type Entry struct {
	Code     netip.Addr `json:"code"`
	Class    Class      `json:"class"`
	Category string     `json:"category,omitempty"`
	Meaning  string     `json:"meaning,omitempty"`
	Scope    Scope      `json:"scope,omitempty"`
	Weight   Weight     `json:"weight,omitempty"`
	// Known is false for a code that the list's table does not have.
	Known bool `json:"known"`
}

// Categories of what every list may answer, and of codes that no table explains.
const (
	categoryUnknown   = "unknown"
	categoryTypo      = "typo"
	categoryResolver  = "open-resolver"
	categoryVolume    = "volume"
	categoryQuery     = "query"
	categoryBlocked   = "blocked"
	categoryRewritten = "rewritten"
	categoryBogus     = "bogus"
)

// Decode returns what an answer of the list means: one entry, or one for each bit of
// a list that answers with bits. It never returns none.
func (l *List) Decode(code netip.Addr) []Entry { return l.decode(nil, code) }

func (l *List) decode(out []Entry, code netip.Addr) []Entry {
	code = code.Unmap()
	failed := func(category, meaning string) []Entry {
		return append(out, Entry{Code: code, Class: ClassError, Category: category, Meaning: meaning, Known: true})
	}
	// RFC 5782 section 2.3: values are in 127.0.0.0/8. What is not comes from
	// somebody else.
	if !code.Is4() || code.As4()[0] != 127 {
		return failed(categoryRewritten, "the address is no answer of a block list: the zone is parked, or the resolver rewrites answers")
	}
	a := code.As4()
	if a[1] == 255 && a[2] == 255 {
		switch a[3] {
		case 252:
			return failed(categoryTypo, "the name of the zone is misspelt")
		case 254:
			return failed(categoryResolver, "asked through a public resolver, or one that has no host name of its own")
		case 255:
			return failed(categoryVolume, "more questions than are free")
		}
		return failed(categoryQuery, "the list reports an error of the question")
	}
	n := len(out)
	for i := range l.Codes {
		c := &l.Codes[i]
		matched, bits := match(c.Match, a)
		if !matched {
			continue
		}
		e := Entry{Code: code, Class: c.Class, Category: c.Category, Meaning: c.Meaning, Scope: c.Scope, Weight: c.Weight, Known: true}
		if e.Scope == "" {
			e.Scope = l.Scope
		}
		if e.Weight == "" {
			e.Weight = l.weight()
		}
		if !e.Class.valid() {
			e.Class = ClassError
		}
		out = append(out, e)
		if !bits {
			return out
		}
	}
	switch {
	case len(out) > n:
		return out
	case a == [4]byte{127, 0, 0, 1}:
		// RFC 5782 section 5 keeps it free. Filters of DNS answer it.
		return failed(categoryBogus, "127.0.0.1 stands for nothing: a filter of DNS answers it, or a list that has given up")
	case a[1] != 0:
		return failed(categoryQuery, "no list answers such a code")
	}
	class := ClassInfo
	if l.blocks() {
		// RFC 5782 section 6: any A record means that the address is listed.
		class = ClassListed
	}
	return append(out, Entry{Code: code, Class: class, Category: categoryUnknown, Scope: l.Scope, Weight: l.weight()})
}

// blocks reports whether the list has listings at all, so that an unknown code is one.
func (l *List) blocks() bool {
	for i := range l.Codes {
		if l.Codes[i].Class == ClassListed {
			return true
		}
	}
	return false
}

// validPattern reports whether a pattern has four octets, each of a known form, and can
// match an address of 127.0.0.0/8.
func validPattern(p string) bool {
	for i := range 4 {
		if i > 0 {
			if p == "" || p[0] != '.' {
				return false
			}
			p = p[1:]
		}
		switch {
		case p == "":
			return false
		case p[0] == '*':
			p = p[1:]
		case p[0] == '&':
			bit, end := number(p, 1)
			if bit < 1 || bit > 255 || i == 0 && bit&127 == 0 {
				return false
			}
			p = p[end:]
		default:
			lo, end := number(p, 0)
			hi := lo
			if p = p[end:]; p != "" && p[0] == '-' {
				hi, end = number(p, 1)
				p = p[end:]
			}
			if lo < 0 || hi < lo || hi > 255 || i == 0 && (lo > 127 || hi < 127) {
				return false
			}
		}
	}
	return p == ""
}

// match reports whether a code matches a pattern, and whether that has a bit. Of a
// pattern that is not valid it makes something, but no trouble.
func match(pattern string, code [4]byte) (matched, bits bool) {
	p, first := 0, 0
	if code[0] == 127 && code[1] == 0 && code[2] == 0 && strings.HasPrefix(pattern, "127.0.0.") {
		p, first = len("127.0.0."), 3 // As with most codes, and most patterns.
	}
	for i := first; i < len(code); i++ {
		octet := code[i]
		if i > first {
			if p >= len(pattern) || pattern[p] != '.' {
				return false, false
			}
			p++
		}
		if p >= len(pattern) {
			return false, false
		}
		switch pattern[p] {
		case '*':
			p++
		case '&':
			var mask int
			mask, p = number(pattern, p+1)
			if mask < 1 || int(octet)&mask == 0 {
				return false, false
			}
			bits = true
		default:
			var lo, hi int
			lo, p = number(pattern, p)
			hi = lo
			if p < len(pattern) && pattern[p] == '-' {
				hi, p = number(pattern, p+1)
			}
			if lo < 0 || int(octet) < lo || int(octet) > hi {
				return false, false
			}
		}
	}
	return p == len(pattern), bits
}

// number reads the number at p, and returns where it ends. There it is -1 when there
// is none.
func number(s string, p int) (n, end int) {
	start := p
	for p < len(s) && '0' <= s[p] && s[p] <= '9' && p-start < 3 {
		n = n*10 + int(s[p]-'0')
		p++
	}
	if p == start {
		return -1, p
	}
	return n, p
}
