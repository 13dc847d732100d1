package dkim

import (
	"bytes"
	"slices"
	"strings"
)

// field is one field of a header: where it starts, its colon stands and it ends,
// line break included. The colon is -1 for what has the form of no field.
type field struct{ start, colon, end int }

// header is a header section, and where its fields are. Finding a name is one look
// into a map, and going on to the next field of that name another, so that no choice
// of names costs more than others.
type header struct {
	text   string
	fields []field
	// last is the last field of each name in lower case, previous the field of the
	// same name before each.
	last     map[string]int
	previous []int
	// cut says that there were more fields than allowed.
	cut bool
}

// parseHeader finds the fields of a header with CRLF as line ends, up to limit.
func parseHeader(text string, limit int) *header {
	h := &header{text: text, fields: make([]field, 0, min(limit, len(text)/80+8)), last: make(map[string]int, 16)}
	size := 0 // of all names
	for at := 0; at < len(text); {
		if len(h.fields) == limit {
			h.cut = true
			break
		}
		end := endOfField(text, at)
		f := field{start: at, colon: colonOf(text[at:end]), end: end}
		h.fields = append(h.fields, f)
		size += max(f.colon, 0)
		at = end
	}
	h.index(size)
	return h
}

// index fills last and previous. The names in lower case are parts of one text.
func (h *header) index(size int) {
	names := make([]byte, 0, size)
	for _, f := range h.fields {
		for i := f.start; i < f.start+f.colon; i++ {
			names = append(names, lower(h.text[i]))
		}
	}
	rest := string(names)
	h.previous = make([]int, len(h.fields))
	for i, f := range h.fields {
		h.previous[i] = -1
		if f.colon < 0 {
			continue
		}
		name := strings.TrimRight(rest[:f.colon], " \t")
		rest = rest[f.colon:]
		if j, ok := h.last[name]; ok {
			h.previous[i] = j
		}
		h.last[name] = i
	}
}

// raw is the whole field, with its line break even if it is the last and has none.
func (h *header) raw(f field) string {
	s := h.text[f.start:f.end]
	if !strings.HasSuffix(s, "\r\n") {
		s += "\r\n"
	}
	return s
}

// value is what stands behind the colon, without the line break at the end.
func (h *header) value(f field) string {
	return strings.TrimSuffix(h.text[f.start+f.colon+1:f.end], "\r\n")
}

// all returns the indexes of the fields of a name, the last first.
func (h *header) all(name string) []int {
	i, ok := h.last[name]
	if !ok {
		return nil
	}
	var out []int
	for ; i >= 0; i = h.previous[i] {
		out = append(out, i)
	}
	return out
}

// count returns how many fields of a name there are.
func (h *header) count(name string) int {
	n := 0
	i, ok := h.last[name]
	for ; ok && i >= 0; i = h.previous[i] {
		n++
	}
	return n
}

// onlyFields reports whether everything in the header has the form of a field.
func (h *header) onlyFields() bool {
	return !slices.ContainsFunc(h.fields, func(f field) bool { return f.colon < 0 })
}

// endOfField returns where the field at text[at:] ends: behind the first line break
// that no white space follows.
func endOfField(text string, at int) int {
	for {
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			return len(text)
		}
		at += i + 1
		if at < 2 || text[at-2] != '\r' {
			continue // A LF alone is part of the field.
		}
		if at == len(text) || text[at] != ' ' && text[at] != '\t' {
			return at
		}
	}
}

// colonOf returns where the colon of a field is, and -1 when what stands before it
// is no name of a field (RFC 5322 section 2.2). White space before the colon is
// allowed, as it was once (section 4.5).
func colonOf(s string) int {
	blank := false
	for i := range len(s) {
		switch c := s[i]; {
		case c == ':' && i > 0:
			return i
		case (c == ' ' || c == '\t') && i > 0:
			blank = true
		case c <= ' ' || c >= 0x7f || c == ':' || blank:
			return -1
		}
	}
	return -1
}

// fromDomains returns the domains of the mailboxes in the value of a From field, as
// they stand there, at most limit. Comments and quoted strings are skipped, and what
// is no mailbox has none.
func fromDomains(value string, limit int) []string {
	var out []string
	word := make([]byte, 0, 64) // the mailbox without comments, quotes and blanks
	flush := func() {
		if at := bytes.LastIndexByte(word, '@'); at >= 0 && at+1 < len(word) && len(out) < limit {
			out = append(out, string(word[at+1:]))
		}
		word = word[:0]
	}
	depth := 0
	quoted, inside, done := false, false, false
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case c == '\\' && (quoted || depth > 0):
			i++
		case quoted:
			quoted = c != '"'
		case c == '(':
			depth++
		case depth > 0:
			if c == ')' {
				depth--
			}
		case c == '"':
			quoted = true
		case c == '<':
			word = word[:0]
			inside, done = true, false
		case c == '>':
			inside, done = false, true
		case (c == ',' || c == ';') && !inside:
			flush()
			done = false
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || done:
		case c == ':' && !inside:
			word = word[:0] // the name of a group
		default:
			word = append(word, c)
		}
	}
	flush()
	return out
}
