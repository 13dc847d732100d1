package dmarc

import (
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
)

// maxURIs is how many URIs of a tag are kept; nobody sends reports to more.
const maxURIs = 100

// uris reads rua= or ruf=: URIs with commas between them. Those that are not valid
// are left out.
func (p *parser) uris(id tagID) []URI {
	out := p.spare
	p.spare = nil
	if n := strings.Count(p.value, ",") + 1; n > cap(out) {
		out = make([]URI, 0, min(n, maxURIs))
	}
	for at, more := 0, true; more; {
		piece := p.value[at:]
		i := strings.IndexByte(piece, ',')
		if more = i >= 0; more {
			piece = piece[:i]
		}
		from := at
		start := from + skipBlanks(piece, 0)
		at += len(piece) + 1
		piece = trimRight(piece[start-from:])
		span := mailworthy.Span{Offset: p.at + start, Length: len(piece)}
		u, plain := plainURI(piece)
		var reason, remedy string
		if !plain {
			u, reason, remedy = parseURI(piece)
		}
		if reason != "" {
			p.find(CodeBadURI, span.Offset, span.Length, "An address in "+p.name+"= is not valid: "+reason+". Nobody sends reports to it.", remedy, p.shown())
			continue
		}
		u.Span = span
		if u.Size != "" {
			p.find(CodeURISize, span.Offset+len(u.Text), len(u.Size)+1, "The size limit !"+cut(u.Size)+" in "+p.name+"= is obsolete: receivers ignore it.",
				"Remove it: "+p.name+"="+cut(u.Text), p.shown())
		}
		if len(out) < maxURIs {
			out = append(out, u)
		}
	}
	if len(out) == 0 {
		p.invalid(id)
		return nil
	}
	return out
}

// plainURI reads a URI of the form that nearly all have: mailto: and a mailbox of
// letters, digits and little else, in a domain in lower case. It is there for the time
// that it saves: parseURI finds the same.
func plainURI(s string) (u URI, ok bool) {
	address, found := strings.CutPrefix(s, "mailto:")
	at := 0
	for at < len(address) && (alphanumeric(address[at]) || address[at] == '-' || address[at] == '.' || address[at] == '_') {
		at++
	}
	if !found || at == 0 || at == len(address) || address[at] != '@' {
		return u, false
	}
	host, err := name.Domain(address[at+1:])
	if err != nil || host != address[at+1:] {
		return u, false
	}
	return URI{Text: s, Address: address, Host: host}, true
}

// parseURI reads one URI of a record, or says what is wrong with it, and what to do.
func parseURI(s string) (u URI, reason, remedy string) {
	remedy = "Write it as mailto:mailbox@domain."
	if s == "" {
		return u, "nothing stands between the commas", "Remove the comma."
	}
	u.Text = s
	// RFC 9989 section 4.8: an exclamation mark in a URI is encoded.
	if uri, size, found := strings.Cut(s, "!"); found {
		u.Text, u.Size = uri, size
		if !validSize(u.Size) {
			return u, "an exclamation mark must be written as %21", "Remove what stands behind the exclamation mark."
		}
	}
	scheme, rest, found := strings.Cut(u.Text, ":")
	if !found || !validScheme(scheme) {
		if strings.Contains(u.Text, "@") {
			return u, "mailto: is missing before it", "Write it as mailto:" + cut(u.Text) + "."
		}
		return u, "it is no URI", remedy
	}
	if i := badURI(rest); i >= 0 {
		return u, "it holds a character that no URI may hold", remedy
	}
	if !strings.EqualFold(scheme, "mailto") {
		if rest == "" {
			return u, "nothing stands behind " + cut(scheme) + ":", remedy
		}
		return u, "", ""
	}
	if strings.HasPrefix(rest, "//") {
		return u, "two slashes stand behind mailto:", "Write it as mailto:" + cut(strings.TrimLeft(rest, "/")) + "."
	}
	if strings.IndexByte(rest, '[') >= 0 || strings.IndexByte(rest, ']') >= 0 { // RFC 3986 section 3.2.2: only around an IP address.
		return u, "brackets must be written as %5B and %5D", remedy
	}
	address, _, _ := strings.Cut(rest, "?")
	address, _, _ = strings.Cut(address, "#")
	if strings.IndexByte(address, '%') >= 0 {
		address = decode(address)
	}
	at := strings.LastIndexByte(address, '@')
	if at <= 0 || at == len(address)-1 {
		return u, "it has not the form mailbox@domain", remedy
	}
	host, err := name.Normalize(address[at+1:])
	if err != nil || strings.IndexByte(address[at+1:], '\\') >= 0 || !isHost(host) {
		return u, "what stands behind the @ is no domain", remedy
	}
	u.Address, u.Host = name.Escape(address), host
	return u, "", ""
}

// isHost reports whether s holds only what names of mail servers do.
func isHost(s string) bool {
	for i := range len(s) {
		if c := s[i]; !alphanumeric(c) && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return true
}

// validSize is obs-dmarc-report-size of RFC 9989 section 4.8, without the mark.
func validSize(s string) bool {
	if n := len(s); n > 0 && strings.IndexByte("kmgtKMGT", s[n-1]) >= 0 {
		s = s[:n-1]
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// validScheme is that of RFC 3986 section 3.1.
func validScheme(s string) bool {
	for i := range len(s) {
		if !alphanumeric(s[i]) && strings.IndexByte("+-.", s[i]) < 0 {
			return false
		}
	}
	return s != "" && (s[0]|0x20) >= 'a' && (s[0]|0x20) <= 'z'
}

// badURI returns where a URI holds what RFC 3986 section 2 does not allow, or -1.
func badURI(s string) int {
	for i := range len(s) {
		c := s[i]
		switch {
		case uriOctets[c]:
		case c == '%' && i+2 < len(s) && hex(s[i+1]) >= 0 && hex(s[i+2]) >= 0:
		default:
			return i
		}
	}
	return -1
}

// uriOctets are the unreserved and the reserved characters.
var uriOctets = func() (set [256]bool) {
	for c := range set {
		set[c] = alphanumeric(byte(c)) || strings.IndexByte("-._~:/?#[]@!$&'()*+,;=", byte(c)) >= 0
	}
	return set
}()

// decode replaces the octets that are written as %XX.
func decode(s string) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			out = append(out, byte(hex(s[i+1])<<4|hex(s[i+2])))
			i += 2
			continue
		}
		out = append(out, s[i])
	}
	return string(out)
}

func hex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
