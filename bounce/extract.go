package bounce

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mailworthy/mailworthy/internal/name"
)

// maxNamed is how many addresses, domains and the like are taken from one text.
const maxNamed = 8

// named is what a text names.
type named struct {
	ips       []netip.Addr
	addresses []string
	domains   []string
	urls      []string
}

// tokenByte reports whether c may stand in an address, a domain or a link.
var tokenByte = func() (t [256]bool) {
	for c := range 256 {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("._@:/?=&%#+~-!*$'|{}^`", byte(c)) >= 0:
			t[c] = true
		}
	}
	return t
}()

// joinByte reports whether c joins the parts of an address or a domain. A word that
// names something has one, but for those with a full stop behind them.
var joinByte = [256]bool{'.': true, ':': true}

// trimByte reports whether c, around a word, is none of it.
var trimByte = [256]bool{'.': true, '\'': true, '`': true, '|': true, '{': true, '}': true, '*': true, '!': true, '?': true, '=': true}

// extract reads what a text names, in one pass.
func extract(text string) (n named) {
	end := 0 // of the word before
	for i := 0; i < len(text); i++ {
		if !joinByte[text[i]] {
			continue
		}
		start := i
		for start > end && tokenByte[text[start-1]] {
			start--
		}
		dots, colons := 0, 0
		for ; i < len(text) && tokenByte[text[i]]; i++ {
			switch text[i] {
			case '.':
				if i+1 < len(text) && tokenByte[text[i+1]] { // else it ends a sentence
					dots++
				}
			case ':':
				colons++
			}
		}
		end = i
		if dots > 0 || colons > 1 {
			n.token(text[start:end], colons)
		}
	}
	return n
}

// token notes a word that may name something.
func (n *named) token(s string, colons int) {
	for len(s) > 0 && trimByte[s[0]] {
		s = s[1:]
	}
	for len(s) > 0 && (trimByte[s[len(s)-1]] || s[len(s)-1] == ':') {
		s = s[:len(s)-1]
	}
	if !strings.HasPrefix(s, "::") { // as an address may
		s = strings.TrimLeft(s, ":")
	}
	if colons > 0 {
		if at := strings.Index(s, "://"); at > 0 {
			scheme := max(strings.LastIndexByte(s[:at], '='), strings.LastIndexByte(s[:at], '\''), strings.LastIndexByte(s[:at], ':')) + 1
			if s = s[scheme:]; at-scheme >= 3 && at-scheme <= 5 {
				n.urls = add(n.urls, s)
				n.query(s)
			}
			return
		}
	}
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		if colons > 0 {
			s = s[strings.LastIndexByte(s[:strings.IndexByte(s, '@')+1], ':')+1:] // mailto:
			at = strings.LastIndexByte(s, '@')
		}
		if at > 0 && isDomain(s[at+1:]) && len(s) <= 320 {
			n.addresses = add(n.addresses, s)
		} else if at == 0 && isDomain(s[1:]) {
			n.domains = add(n.domains, domainName(s[1:]))
		}
		return
	}
	if len(s) > 3 && strings.EqualFold(s[:3], "ip=") {
		s = s[3:]
	}
	if n.ip(s, colons) {
		return
	}
	if slash := strings.IndexByte(s, '/'); slash > 0 {
		if isDomain(s[:slash]) && len(s) > slash+1 {
			n.urls = add(n.urls, s)
		}
		return
	}
	s, _, _ = strings.Cut(s, ":") // a port, or a colon behind a name
	if eq := strings.LastIndexByte(s, '='); eq >= 0 {
		s = s[eq+1:] // host=mx.example.org
	}
	if isDomain(s) {
		n.domains = add(n.domains, domainName(s))
	}
}

// ip notes an IP address, and reports whether it was one.
func (n *named) ip(s string, colons int) bool {
	if s == "" || !isDigit(s[0]) && colons < 2 {
		return false
	}
	ip, ok := address(s)
	if ok && len(n.ips) < maxNamed && !slices.Contains(n.ips, ip) {
		n.ips = append(n.ips, ip)
	}
	return ok
}

// query notes the address that a link asks about, as in "?ip=192.0.2.1". Other numbers
// in links mean anything.
func (n *named) query(url string) {
	_, q, _ := strings.Cut(url, "?")
	for q != "" {
		var p string
		p, q, _ = strings.Cut(q, "&")
		if len(p) > 3 && strings.EqualFold(p[:3], "ip=") {
			n.ip(p[3:], strings.Count(p, ":"))
		}
	}
}

func add(list []string, s string) []string {
	if len(list) < maxNamed && !slices.Contains(list, s) {
		if list == nil {
			list = make([]string, 0, 2)
		}
		list = append(list, s)
	}
	return list
}

// address reads an IP address, of which the text may have more at its end.
func address(s string) (netip.Addr, bool) {
	digits, dots, colons := 0, 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case isDigit(c):
			digits++
		case c == '.':
			dots++
		case c == ':':
			colons++
		case c|0x20 >= 'a' && c|0x20 <= 'f':
		case c == '/' || c == '#' || c == '-' || c == '_':
			return address(s[:i])
		default:
			return netip.Addr{}, false
		}
	}
	// Checked first, since an error of ParseAddr is an allocation.
	if colons < 2 && (dots != 3 || digits+dots+colons != len(s)) || len(s) > 45 {
		return netip.Addr{}, false
	}
	if colons == 1 {
		s = s[:strings.IndexByte(s, ':')] // a port
	}
	ip, err := netip.ParseAddr(s)
	return ip.Unmap(), err == nil
}

// isDomain reports whether s has the form of a domain name of at least two labels,
// with letters in the last.
func isDomain(s string) bool {
	if len(s) < 4 || len(s) > 253 {
		return false
	}
	label, labels, letters := 0, 1, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.':
			if label == 0 || label > 63 {
				return false
			}
			label, letters = 0, 0
			labels++
			continue
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			letters++
		case c == '-' && label > 0, c == '_':
		case !isDigit(c):
			return false
		}
		label++
	}
	return labels > 1 && letters >= 2 && label <= 63 && (letters == label || strings.Contains(s, "xn--"))
}

// domainName returns the normal form of a domain.
func domainName(s string) string {
	if n, err := name.Normalize(s); err == nil {
		return n
	}
	return s
}

func isDigit(c byte) bool { return c-'0' < 10 }

func isAlnum(c byte) bool { return c-'a' < 26 || c-'A' < 26 || c-'0' < 10 }

// domainOf returns the domain of a mailbox in small letters, or "".
func domainOf(mailbox string) string {
	at := strings.LastIndexByte(mailbox, '@')
	if at < 0 || at+1 == len(mailbox) {
		return ""
	}
	n, err := name.Normalize(strings.TrimSuffix(mailbox[at+1:], ">"))
	if err != nil {
		return ""
	}
	return n
}

// printable returns s with what no terminal should get as escapes: control
// characters, those that turn the direction of writing, and octets that are no UTF-8.
// Other scripts stay readable.
func printable(s string) string {
	clean := printableLen(s)
	if clean == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for {
		b.WriteString(s[:clean])
		if s = s[clean:]; s == "" {
			return b.String()
		}
		_, n := utf8.DecodeRuneInString(s)
		b.WriteString(name.Escape(s[:n]))
		s = s[n:]
		clean = printableLen(s)
	}
}

// printableLen returns the length of what s begins with that is printable.
func printableLen(s string) int {
	i := 0
	for i < len(s) {
		if len(s)-i >= 8 && plain8(s[i:i+8]) {
			i += 8
			continue
		}
		if c := s[i]; c >= ' ' && c < 0x7f {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n < 2 || !letter(r) && !unicode.IsPrint(r) {
			break
		}
		i += n
	}
	return i
}

// letter reports whether r is one of most letters of the scripts that replies come in,
// faster than package unicode.
func letter(r rune) bool {
	return r >= 'А' && r <= 'я' || r >= 'ぁ' && r <= 'ゖ' || r >= '一' && r <= '龥'
}

// plain8 reports whether eight octets are all printable ASCII: neither less than the
// blank, nor DEL or more. Taking from, or adding to, an octet sets the highest bit then.
func plain8(s string) bool {
	_ = s[7]
	v := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	const ones = 0x0101010101010101
	return (v|(v-' '*ones)|(v+ones))&(0x80*ones) == 0
}

// units are what waits are counted in, folded, in seconds. An entry fits every word
// that starts with it.
var units = [...]struct {
	word    string
	seconds int
}{
	{"sec", 1},
	{"sek", 1},
	{"seg", 1},
	{"min", minute},
	{"hour", hour},
	{"hr", hour},
	{"std", hour},
	{"stunde", hour},
	{"heure", hour},
	{"hora", hour},
	{"ora ", hour},
	{"ore", hour},
	{"day", day},
	{"tag", day},
	{"jour", day},
	{"dia", day},
	{"giorn", day},
	{"сек", 1},
	{"мин", minute},
	{"хв", minute},
	{"час", hour},
	{"годин", hour},
	{"дн", day},
	{"день", day},
	{"сут", day},
	{"秒", 1},
	{"分", minute},
	{"時間", hour},
	{"小时", hour},
	{"小時", hour},
	{"天", day},
	{"日", day},
}

// wait finds how long a folded text asks to wait, in seconds: the first number with
// a unit, or a time as in "00:05:00". It returns 0 when there is none.
func wait(text []byte) int {
	for i := 0; i < len(text); i++ {
		if !isDigit(text[i]) {
			continue
		}
		if i > 0 && (wordByte(text[i-1]) || text[i-1] == '.' || text[i-1] == '-' || text[i-1] == ':') {
			for i < len(text) && (wordByte(text[i]) || text[i] == '.') {
				i++
			}
			continue
		}
		n, digits := 0, 0
		start := i
		for i < len(text) && isDigit(text[i]) {
			if digits++; digits < 8 {
				n = n*10 + int(text[i]-'0')
			}
			i++
		}
		rest := text[i:]
		if s, ok := clock(text[start:]); ok {
			return s
		}
		if len(rest) > 0 && (rest[0] == ' ' || rest[0] == '-') {
			rest = rest[1:]
		}
		if digits > 0 && digits < 8 && n > 0 {
			if s := unit(rest); s > 0 && n <= 7*day/s {
				return n * s
			}
		}
		i--
	}
	return 0
}

func unit(rest []byte) int {
	if len(rest) > 0 && (rest[0] == 's' || rest[0] == 'm' || rest[0] == 'h') && (len(rest) == 1 || !wordByte(rest[1])) {
		switch rest[0] {
		case 's':
			return 1
		case 'm':
			return minute
		}
		return hour
	}
	for i := range units {
		if u := &units[i]; len(rest) >= len(u.word) && string(rest[:len(u.word)]) == u.word {
			return u.seconds
		}
	}
	return 0
}

// clock reads "00:05:00".
func clock(s []byte) (int, bool) {
	if len(s) < 8 || s[2] != ':' || s[5] != ':' || len(s) > 8 && wordByte(s[8]) {
		return 0, false
	}
	for _, i := range [...]int{0, 1, 3, 4, 6, 7} {
		if !isDigit(s[i]) {
			return 0, false
		}
	}
	two := func(i int) int { return int(s[i]-'0')*10 + int(s[i+1]-'0') }
	return two(0)*hour + two(3)*minute + two(6), true
}
