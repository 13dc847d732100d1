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
// plain how. It is as lenient as the most lenient of them: a redirect becomes an
// include, and what stands for all others is the softest.
func mergeRecords(texts []resolver.Text) (string, bool) {
	const hardness = "-~?+"
	var terms, last []string
	all, seen := byte(0), make(map[string]bool)
	add := func(list *[]string, text string) {
		if key := strings.ToLower(text); !seen[key] {
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
				add(&terms, "include:"+t.Domain)
			case t.Kind == KindExp || t.Kind == KindUnknown:
				add(&last, t.Text)
			case !t.Kind.Modifier() && !dead:
				add(&terms, t.Text)
			}
		}
	}
	if all == 0 {
		all = '~'
	}
	terms = append(append(append([]string{version}, terms...), string(all)+"all"), last...)
	return strings.Join(terms, " "), true
}

// mend corrects those mistakes in a record whose correction is plain.
func mend(record string) string {
	for range 20 {
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
	if mended != "" {
		f.Remedy += " The record with that: " + quoted(mended)
	}
	return f
}

// diagnose recognises the mistakes that people make most. It returns what to do,
// and the record with that done, which is empty where it is not plain.
func diagnose(err *SyntaxError) (code mailworthy.Code, advice, mended string) {
	term, end := err.Term, err.Offset+len(err.Term)
	swap := func(text string) string {
		return strings.TrimRight(err.Record[:err.Offset]+text+err.Record[end:], " ")
	}
	if ascii, ok := plainASCII(term); ascii != term {
		if !ok {
			return CodeNonASCII, "Write " + quoted(term) + " in ASCII characters; a domain in its form that starts with \"xn--\".", ""
		}
		return CodeNonASCII, "Type the term anew, in ASCII characters: " + quoted(ascii), swap(ascii)
	}
	if clean := strings.Trim(term, "\t\r\n\x00;,.\"'"); clean != term && goodTerm(clean) {
		return CodeSyntax, "Write " + quoted(clean) + ".", swap(clean)
	}
	bare := strings.TrimLeft(term, "+-~?")
	word := strings.ToLower(bare)
	next, nextEnd := nextTerm(err.Record, end)
	if last := term[len(term)-1]; next < nextEnd && (last == '=' || last == ':' || last == '/') {
		value := err.Record[next:nextEnd]
		return CodeStrayBlank, "Remove the blank: " + quoted(term+value), err.Record[:end] + err.Record[next:]
	}
	if value, ok := strings.CutPrefix(word, "ip:"); ok {
		kind := "ip4:"
		if addr, _, _ := strings.Cut(value, "/"); strings.IndexByte(addr, ':') >= 0 {
			kind = "ip6:"
		}
		text := term[:len(term)-len(bare)] + kind + value
		return CodeUnknownMechanism, "Write " + quoted(text) + ".", swap(text)
	}
	for _, sign := range []string{"-all", "~all", "?all", "+all"} {
		if head, ok := strings.CutSuffix(term, sign); ok && head != "" && goodTerm(head) {
			return CodeMissingBlank, "Put a blank before " + quoted(sign) + ".", swap(head + " " + sign)
		}
	}
	for _, start := range []string{"include:", "ip4:", "ip6:", "a:", "mx:", "exists:", "redirect="} {
		if i := strings.LastIndex(word, start); i > 0 && goodTerm(bare[:i]) && goodTerm(bare[i:]) {
			at := len(term) - len(bare) + i
			return CodeMissingBlank, "Put a blank before " + quoted(term[at:]) + ".", swap(term[:at] + " " + term[at:])
		}
	}
	if (&Term{Text: term}).unknown() {
		return CodeUnknownMechanism, "Correct or remove " + quoted(term) + ".", ""
	}
	return CodeSyntax, "Correct or remove " + quoted(term) + ".", ""
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
		case r == '\u2010' || r == '\u2011' || r == '\u2012' || r == '\u2013' || r == '\u2014' || r == '\u2212':
			return '-'
		case r == '\uff5e' || r == '\u223c' || r == '\u02dc':
			return '~'
		case r == '\uff1a' || r == '\ufe55':
			return ':'
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == utf8.RuneError:
			ok = false
			return r
		}
		return -1
	}, s)
	if ok {
		return s, true
	}
	if i := strings.IndexAny(s, ":="); i >= 0 {
		if domain, err := name.Normalize(s[i+1:]); err == nil {
			return s[:i+1] + domain, true
		}
	}
	return "", false
}
