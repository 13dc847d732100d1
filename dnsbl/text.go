package dnsbl

import (
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// What is kept of the texts of a list.
const (
	// MaxText is how many octets of one text are kept, before they are escaped.
	MaxText  = 512
	maxTexts = 8
	maxLinks = 4
)

// appendTexts adds the texts of an answer, each once: the strings of one record without
// anything between them, and the records apart (RFC 5782 section 2.3).
func appendTexts(out []string, records []resolver.Text) []string {
	for _, r := range records {
		text := r.String()
		cut := ""
		if len(text) > MaxText {
			text, cut = text[:MaxText], "..."
		}
		text = strings.TrimSpace(name.Escape(text)) + cut
		known := text == ""
		for _, have := range out {
			known = known || have == text
		}
		if !known && len(out) < maxTexts {
			out = append(out, text)
		}
	}
	return out
}

// links returns the web addresses in texts, each once. No verdict depends on them. Left
// out are those whose host is not plain to see: with a user's name before it, or with
// characters that do not show as what they are.
func links(texts []string) (out []string) {
	for _, text := range texts {
		for word := range strings.FieldsSeq(text) {
			at := strings.Index(word, "https://")
			if at < 0 {
				at = strings.Index(word, "http://")
			}
			if at < 0 {
				continue
			}
			link := word[at:]
			if !plainHost(link) {
				continue
			}
			if end := strings.IndexAny(link, `"'<>()\`); end >= 0 {
				link = link[:end]
			}
			link = strings.TrimRight(link, ".,;:!")
			known := false
			for _, have := range out {
				known = known || have == link
			}
			if !known && len(out) < maxLinks {
				out = append(out, link)
			}
		}
	}
	return out
}

// plainHost reports whether the host of a link is made of letters, digits, hyphens and
// dots, with a port at most, up to where it visibly ends.
func plainHost(link string) bool {
	_, rest, _ := strings.Cut(link, "://")
	some := false
	for i := range len(rest) {
		switch c := rest[i]; {
		case 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9':
			some = true
		case c == '-', c == '.', c == ':', c == ',', c == ';', c == '!':
		case c == '/', c == '?', c == '#', c == '"', c == '\'', c == '<', c == '>', c == '(', c == ')':
			return some
		default:
			return false
		}
	}
	return some
}
