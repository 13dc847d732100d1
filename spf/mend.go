package spf

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// This file finds out what a broken record was meant to be.

// mergeRecords returns one record with the terms of several, mended where it is
// plain how. What stands for all others is the softest of them, and a redirect
// becomes an include. It is false where a term of one would shadow those of
// another, since mechanisms that refuse depend on their place.
func mergeRecords(texts []resolver.Text) (string, bool) {
	const hardness = "-~?+"
	var terms, last []string
	all, seen := byte(0), make(map[string]bool)
	add := func(list *[]string, key, text string) {
		if key = strings.ToLower(key); !seen[key] {
			seen[key] = true
			*list = append(*list, text)
		}
	}
	for _, txt := range texts {
		r, err := Parse(mend(txt.String()))
		if err != nil {
			return "", false
		}
		hasAll := slices.ContainsFunc(r.Terms, func(t Term) bool { return t.Kind == KindAll })
		dead := false
		for i := range r.Terms {
			switch t := &r.Terms[i]; {
			case t.Kind == KindAll && !dead:
				dead = true
				if strings.IndexByte(hardness, byte(t.Qualifier)) > strings.IndexByte(hardness, all) {
					all = byte(t.Qualifier)
				}
			case t.Kind == KindRedirect && !hasAll:
				add(&terms, "include:"+t.Domain, "include:"+t.Domain)
			case t.Kind == KindExp:
				add(&last, "exp=", t.Text) // may stand only once
			case t.Kind == KindUnknown:
				add(&last, t.Text, t.Text)
			case !t.Kind.Modifier() && !dead:
				if t.Qualifier != '+' {
					return "", false
				}
				add(&terms, strings.TrimPrefix(t.Text, "+"), t.Text)
			}
		}
	}
	if all == 0 {
		all = '~'
	}
	terms = append(append(append([]string{version}, terms...), string(all)+"all"), last...)
	return strings.Join(terms, " "), true
}

// splitVersions cuts a record before each term that is a version.
func splitVersions(record string, terms []TermNode) []resolver.Text {
	var out []resolver.Text
	start := 0
	for i := range terms {
		if t := &terms[i]; strings.EqualFold(t.Text, version) {
			out = append(out, resolver.Text{record[start:t.Offset]})
			start = t.Offset
		}
	}
	return append(out, resolver.Text{record[start:]})
}

// mend corrects those mistakes in a record whose correction is plain.
func mend(record string) string {
	for range 2 * maxShown {
		_, err := parseTerms(record)
		if err == nil {
			return record
		}
		_, _, text := diagnose(err)
		if text == "" {
			return record
		}
		record = text
	}
	return record
}

// syntaxFinding says where a record breaks the grammar, and what to do. A domain's
// report gives it the code that diagnose finds.
func syntaxFinding(domain string, err *SyntaxError) mailworthy.Finding {
	_, advice, mended := diagnose(err)
	f := finding(CodeSyntax, domain)
	f.Span = mailworthy.Span{Offset: err.Offset, Length: len(err.Term)}
	f.Message = "The SPF record of " + domain + " is malformed at octet " + strconv.Itoa(err.Offset) + ", " + quoted(err.Term) + ": " +
		err.Reason + ". The result is an error for every sender."
	f.Remedy = advice
	if mended == "" {
		return f
	}
	if text := mend(err.Text); wellFormed(text) {
		f.Remedy += " The record mended: " + quoted(text)
	}
	return f
}

// wellFormed reports whether receivers would accept a text as a record.
func wellFormed(text string) bool {
	_, err := Parse(text)
	return err == nil
}

// diagnose recognises the mistakes that people make most. It returns what to do,
// and the record with that done, which is empty where it is not plain.
func diagnose(err *SyntaxError) (code mailworthy.Code, advice, mended string) {
	term, end := err.Term, err.Offset+len(err.Term)
	swap := func(text string) string {
		return strings.TrimRight(err.Text[:err.Offset]+text+err.Text[end:], " ")
	}
	if goodTerm(term) {
		return CodeSyntax, "Remove one of the two.", "" // It stands twice.
	}
	if ascii, ok := plainASCII(term); ascii != term {
		if !ok {
			return CodeNonASCII, "Write " + quoted(term) + " in ASCII characters; a domain in its form that starts with \"xn--\".", ""
		}
		return CodeNonASCII, "Type the term anew, in ASCII characters: " + quoted(ascii) + ".", swap(ascii)
	}
	if clean := strings.Trim(strings.NewReplacer(`"`, "", "'", "", "\t", " ", "\r", " ", "\n", " ", "\x00", "").Replace(term), " ;,."); clean != term && goodTerms(clean) {
		return CodeSyntax, "Write " + quoted(clean) + ".", swap(clean)
	}
	if parts := strings.Join(strings.FieldsFunc(term, func(r rune) bool { return r == ',' || r == ';' }), " "); parts != term && goodTerms(parts) {
		return CodeMissingBlank, "Separate the terms by blanks: " + quoted(parts), swap(parts)
	}
	if joined, text := joinTerms(err.Text, err.Offset, end); joined != "" {
		return CodeStrayBlank, "Remove the blank: " + quoted(joined) + ".", text
	}
	bare := strings.TrimLeft(term, "+-~?")
	sign := term[:len(term)-len(bare)]
	if text := sign + networkFor(bare); goodTerm(text) {
		code = CodeUnknownMechanism
		if mechanism(bare[:max(strings.IndexByte(bare, ':'), 0)]) != 0 {
			code = CodeSyntax // ip4 with an address of the other family
		}
		return code, "Write " + quoted(text) + ".", swap(text)
	}
	if parts, ok := unglue(term); ok && goodTerms(parts) {
		return CodeMissingBlank, "Put a blank between the terms: " + quoted(parts), swap(parts)
	}
	if (&Term{Text: term}).unknown() {
		return CodeUnknownMechanism, "Correct or remove " + quoted(term) + ".", ""
	}
	return CodeSyntax, "Correct or remove " + quoted(term) + ".", ""
}

// joinTerms puts a term together with the one before or behind it that belongs to
// it. It returns the term, and the record with it.
func joinTerms(record string, start, end int) (joined, text string) {
	term := record[start:end]
	next, nextEnd := nextTerm(record, end)
	// What is a term of its own is not the value of another.
	if value := record[next:nextEnd]; value != "" && !goodTerm(value) || strings.Trim(term, "+-~?") == "" {
		if whole(term + value) {
			return term + value, record[:end] + record[next:]
		}
	}
	before := strings.TrimRight(record[:start], " ")
	first := strings.LastIndexByte(before, ' ') + 1
	if first < len(version) || first > start {
		return "", ""
	}
	last := before[first:]
	switch {
	case term[0] == ':' || term[0] == '=' || term[0] == '/':
		joined = last + term
	case last[len(last)-1] == '=' && mechanism(last[:len(last)-1]) != 0:
		joined = last[:len(last)-1] + ":" + term // "include= example.org"
	}
	if joined == "" || !whole(joined) {
		return "", ""
	}
	return joined, before[:first] + joined + record[end:]
}

// whole reports whether text is a term, or would be with the right name of a
// network.
func whole(text string) bool {
	if goodTerm(text) {
		return true
	}
	bare := strings.TrimLeft(text, "+-~?")
	return goodTerm(networkFor(bare))
}

// networkFor writes a term of a network with the name that the address takes. It is
// empty for others.
func networkFor(term string) string {
	word, value, ok := strings.Cut(term, ":")
	switch strings.ToLower(word) {
	case "ip", "ipv4", "ipv6", "ip4", "ip6":
	default:
		return ""
	}
	addr, _, _ := strings.Cut(value, "/")
	switch {
	case !ok:
		return ""
	case strings.IndexByte(addr, ':') >= 0:
		return "ip6:" + value
	}
	return "ip4:" + value
}

// starts are what the terms begin with that people run together with others.
var starts = [...]string{"include:", "ip4:", "ip6:", "a:", "mx:", "exists:", "redirect="}

// unglue puts blanks between terms that stand together without one.
func unglue(term string) (string, bool) {
	text, rest := "", term
	for range maxShown {
		at := glued(rest)
		if at == 0 {
			break
		}
		text, rest = " "+rest[at:]+text, rest[:at]
	}
	return rest + text, text != ""
}

// glued returns where the last of several terms starts that stand together without
// a blank, or 0.
func glued(term string) (at int) {
	if at = len(term) - len("-all"); at > 0 && strings.IndexByte("+-~?", term[at]) >= 0 && strings.EqualFold(term[at+1:], "all") {
		return at
	}
	at = 0
	word := strings.ToLower(term)
	for _, start := range starts {
		i := strings.LastIndex(word, start)
		if i > 0 && strings.IndexByte("+-~?", word[i-1]) >= 0 {
			i--
		}
		if i > at && goodTerm(term[i:]) {
			at = i
		}
	}
	return at
}

// goodTerms reports whether all terms of a text are good.
func goodTerms(text string) bool {
	fields := strings.Fields(text)
	return len(fields) > 0 && !slices.ContainsFunc(fields, func(s string) bool { return !goodTerm(s) })
}

// goodTerm reports whether text is a well-formed term that says something.
func goodTerm(text string) bool {
	t := Term{Text: text}
	return text != "" && parseTerm(&t) == "" && t.Kind != KindUnknown
}

// unknown reports whether a term that is no good has the form of a mechanism that
// does not exist.
func (t *Term) unknown() bool {
	bare := strings.TrimLeft(t.Text, "+-~?")
	end := strings.IndexAny(bare, ":/=")
	if end < 0 {
		end = len(bare)
	}
	word := bare[:end]
	return word != "" && alpha(word[0]) && mechanism(word) == 0 && (end == len(bare) || bare[end] != '=')
}

// plainASCII replaces what word processors and web pages put in place of ASCII, and
// domains outside ASCII by their A-labels. It is false when something else is left.
func plainASCII(s string) (string, bool) {
	ok := true
	s = strings.Map(func(r rune) rune {
		switch {
		case r < 0x80:
			return r
		case unicode.Is(unicode.Zs, r):
			return ' ' // as the blank that does not break
		case '\uff01' <= r && r <= '\uff5d':
			return r - 0xff01 + '!' // the wide forms of ASCII
		case r == '\u2010' || r == '\u2011' || r == '\u2012' || r == '\u2013' || r == '\u2014' || r == '\u2212':
			return '-'
		case r == '\uff5e' || r == '\u223c' || r == '\u02dc':
			return '~'
		case r == '\ufe55':
			return ':'
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == utf8.RuneError:
			ok = false
			return r
		}
		return -1
	}, s)
	if ok {
		return strings.TrimSpace(s), true
	}
	if i := strings.IndexAny(s, ":="); i >= 0 {
		if domain, err := name.Normalize(s[i+1:]); err == nil {
			return s[:i+1] + domain, true
		}
	}
	return "", false
}
