package dmarc

import "strings"

// squeezed is a text in lower case without what people put around things by mistake:
// blanks, quotation marks and backslashes.
func squeezed(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		case r <= ' ', r >= 0x7f, r == '"', r == '\'', r == '\\', r == '`':
			return -1
		}
		return r
	}, text)
}

// looksLike reports whether a text that is no DMARC record is meant to be one.
func looksLike(text string) bool {
	s := squeezed(text)
	if strings.Contains(s, "v=dmarc") || strings.Contains(s, "v:dmarc") || strings.HasPrefix(s, "dmarc") && strings.Contains(s, "p=") {
		return true
	}
	if strings.HasPrefix(s, "v=") {
		return false // of something else
	}
	for tag := range strings.SplitSeq(s, ";") {
		if value, ok := strings.CutPrefix(tag, "p="); ok && (value == string(PolicyNone) || value == string(Quarantine) || value == string(Reject)) {
			return true
		}
	}
	return false
}

// repaired makes a record of a text that is meant to be one: the version first, then
// what else it holds.
func repaired(text string) string {
	var b strings.Builder
	b.WriteString(version)
	for piece := range strings.SplitSeq(text, ";") {
		piece = strings.Trim(piece, " \t\r\n\"'\\`")
		if i := indexFold(piece, "dmarc"); i >= 0 && !strings.Contains(piece, "@") && !strings.Contains(piece[:i], ".") {
			// What follows the version without a semicolon is the next tag.
			piece = strings.TrimLeft(piece[i+len("dmarc"):], "1 \t,:\"")
		}
		if tag, value, ok := strings.Cut(piece, "="); ok {
			b.WriteString("; " + strings.ToLower(strings.TrimSpace(tag)) + "=" + strings.TrimSpace(value))
		}
	}
	rec, err := Parse(b.String())
	if err != nil {
		return version + "; p=none"
	}
	r, _ := mended(rec)
	r.Percent = nil
	return r.String()
}

// indexFold is strings.Index for ASCII in any case. Other octets keep their place.
func indexFold(s, sub string) int {
	for i := 0; i+len(sub) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(sub)], sub) {
			return i
		}
	}
	return -1
}

// guess is the policy that somebody who wrote it wrongly probably meant.
func guess(value string) Policy {
	for _, p := range [...]Policy{PolicyNone, Quarantine, Reject} {
		if s := squeezed(value); s != "" && s[0] == p[0] {
			return p
		}
	}
	return ""
}
