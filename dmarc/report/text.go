package report

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/mailworthy/mailworthy/internal/name"
)

// texts turns what stands in a report into strings. The same few values fill most
// reports, so each is made once and used again.
type texts struct {
	domains, tokens, humans map[string]string

	declared string // encoding
	wrong    bool   // it was found not to be that
}

const (
	maxInterned = 4096 // strings of each kind; then all are forgotten
	maxInternal = 300  // octets of one
)

func (t *texts) intern(table *map[string]string, raw []byte, cook func([]byte) string) string {
	if s, ok := (*table)[string(raw)]; ok {
		return s
	}
	s := cook(raw)
	if len(raw) > maxInternal {
		return s
	}
	if *table == nil || len(*table) >= maxInterned {
		*table = make(map[string]string)
	}
	(*table)[string(raw)] = s
	return s
}

// token is a value of a list of known ones, in lower case and escaped.
func (t *texts) token(raw []byte) string {
	return t.intern(&t.tokens, raw, func(raw []byte) string {
		return short(strings.ToLower(clean(t.utf8(raw))))
	})
}

// human is a text for people.
func (t *texts) human(raw []byte) string {
	return t.intern(&t.humans, raw, func(raw []byte) string { return clean(t.utf8(raw)) })
}

// domain is a domain in normal form. If it is none, bad is called with the text, which
// is then returned in lower case and escaped.
func (t *texts) domain(raw []byte, bad func(string)) string {
	return t.intern(&t.domains, raw, func(raw []byte) string {
		text := t.utf8(raw)
		d := strings.Trim(text, "<>")
		// Some reporters have whole addresses.
		d = strings.TrimSpace(d[strings.LastIndexByte(d, '@')+1:])
		if d == "" {
			return ""
		}
		normal, err := name.Normalize(d)
		if err != nil {
			bad(clean(text))
			return short(strings.ToLower(clean(text)))
		}
		return normal
	})
}

// utf8 returns a text as UTF-8. What is valid UTF-8 is taken as that, whatever was
// declared, since hardly any text in another encoding is valid by chance; the rest as
// Windows-1252, of which ISO-8859-1 has the printable part.
func (t *texts) utf8(raw []byte) string {
	ascii := true
	for _, c := range raw {
		ascii = ascii && c < utf8.RuneSelf
	}
	if ascii {
		return string(raw)
	}
	single := t.declared == "iso-8859-1" || t.declared == "latin1" || t.declared == "windows-1252" || t.declared == "cp1252"
	if utf8.Valid(raw) {
		t.wrong = t.wrong || single || t.declared == "us-ascii" || t.declared == "ascii"
		return string(raw)
	}
	t.wrong = t.wrong || !single
	return fromWindows1252(raw)
}

func fromWindows1252(raw []byte) string {
	var b strings.Builder
	for _, c := range raw {
		r := rune(c)
		if 0x80 <= c && c < 0xa0 {
			r = windows1252[c-0x80]
		}
		b.WriteRune(r)
	}
	return b.String()
}

// windows1252 is what the octets from 0x80 to 0x9f stand for; five are not used.
var windows1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}

// clean escapes what could harm a terminal or deceive a reader: control characters,
// those that change the direction of writing, and others that cannot be seen. White
// space becomes blanks.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = fromWindows1252([]byte(s))
	}
	harmless := true
	for _, r := range s {
		harmless = harmless && visible(r)
	}
	if harmless {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case visible(r):
			b.WriteRune(r)
		case r == '\n', r == '\t', r == '\r':
			b.WriteByte(' ')
		default:
			for _, u := range utf16.AppendRune(nil, r) {
				const hex = "0123456789abcdef"
				b.WriteString(`\u`)
				for shift := 12; shift >= 0; shift -= 4 {
					b.WriteByte(hex[u>>shift&15])
				}
			}
		}
	}
	return b.String()
}

func visible(r rune) bool { return ' ' <= r && r < 0x7f || r > 0x7f && unicode.IsPrint(r) }

// trim cuts white space and a final NUL off.
func trim(raw []byte) []byte {
	for len(raw) > 0 && raw[0] <= ' ' {
		raw = raw[1:]
	}
	for len(raw) > 0 && raw[len(raw)-1] <= ' ' {
		raw = raw[:len(raw)-1]
	}
	return raw
}

// clip makes a text short enough to be shown.
func clip(s string) string { return cutAt(s, 200) }

// short makes a text as long as a name can be. Only texts for people may be longer.
func short(s string) string { return cutAt(s, maxInternal) }

func cutAt(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// knownEncoding reports whether texts can be in the encoding of that name.
func knownEncoding(declared string) bool {
	switch declared {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252", "cp1252":
		return true
	}
	return false
}

var (
	bomUTF8    = []byte("\xef\xbb\xbf")
	bomUTF16BE = []byte("\xfe\xff")
	bomUTF16LE = []byte("\xff\xfe")
)

// sniffUTF16 tells the order of octets of UTF-16 by its mark, or by the "<" of its
// start.
func sniffUTF16(head []byte) (bigEndian, ok bool) {
	switch {
	case bytes.HasPrefix(head, bomUTF16BE), bytes.HasPrefix(head, []byte{0, '<'}):
		return true, true
	case bytes.HasPrefix(head, bomUTF16LE), bytes.HasPrefix(head, []byte{'<', 0}):
		return false, true
	}
	return false, false
}
