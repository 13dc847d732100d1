package wire

import (
	"errors"
	"strings"
)

// token is a word of zone text with its escapes still in place.
type token struct {
	text  string
	quote byte // the quotation mark that enclosed it, or 0
	cut   bool // a comment began right after it, with no blank between
}

// is reports whether t is the bare word s, in any case.
func (t token) is(s string) bool { return t.quote == 0 && strings.EqualFold(t.text, s) }

// entry is one directive, record or rule: a line, or several held together by
// parentheses.
type entry struct {
	line   int    // of its first word, from 1
	text   string // that line
	indent string // the white space before the first word
	tokens []token
}

var (
	errQuote     = errors.New("the quotation mark is not closed on this line")
	errParenOpen = errors.New("the parenthesis is not closed")
	errParen     = errors.New("a closing parenthesis without an opening one")
	errControl   = errors.New("control characters must be written as escapes")
	errEscape    = errors.New("broken escape")
)

// lexZone splits zone text into entries, and takes from each the white space that
// all of them begin with.
func lexZone(text string) ([]entry, error) {
	var (
		entries []entry
		cur     entry
		depth   int
	)
	for n := 1; text != ""; n++ {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		line = strings.TrimSuffix(line, "\r")
		if depth == 0 {
			body := strings.TrimLeft(line, " \t")
			cur = entry{line: n, text: line, indent: line[:len(line)-len(body)]}
		}
		var err error
		if cur.tokens, depth, err = lexLine(cur.tokens, line, depth); err != nil {
			return nil, &ZoneError{Line: n, Text: line, Err: err}
		}
		if depth == 0 && len(cur.tokens) > 0 {
			entries = append(entries, cur)
		}
	}
	if depth > 0 {
		return nil, &ZoneError{Line: cur.line, Text: cur.text, Err: errParenOpen}
	}
	dedent(entries)
	return entries, nil
}

// dedent removes the common indentation.
func dedent(entries []entry) {
	if len(entries) == 0 {
		return
	}
	common := entries[0].indent
	for _, e := range entries {
		i := 0
		for i < len(common) && i < len(e.indent) && common[i] == e.indent[i] {
			i++
		}
		common = common[:i]
	}
	for i := range entries {
		entries[i].indent = entries[i].indent[len(common):]
	}
}

// lexLine appends the words of one line. depth is how many parentheses are open.
func lexLine(tokens []token, line string, depth int) ([]token, int, error) {
	for i := 0; i < len(line); {
		switch c := line[i]; c {
		case ' ', '\t':
			i++
		case ';':
			if i > 0 && len(tokens) > 0 && line[i-1] != ' ' && line[i-1] != '\t' {
				tokens[len(tokens)-1].cut = true
			}
			return tokens, depth, nil
		case '(':
			depth++
			i++
		case ')':
			if depth--; depth < 0 {
				return nil, 0, errParen
			}
			i++
		case '"', '\'':
			end := closing(line, i)
			if end < 0 {
				return nil, 0, errQuote
			}
			tokens = append(tokens, token{text: line[i+1 : end], quote: c})
			i = end + 1
		default:
			end, err := wordEnd(line, i)
			if err != nil {
				return nil, 0, err
			}
			tokens = append(tokens, token{text: line[i:end]})
			i = end
		}
	}
	return tokens, depth, nil
}

// closing returns where the quotation that begins at i ends, or -1. An apostrophe
// ends one only where a word could end, so that it may occur inside of words.
func closing(line string, i int) int {
	mark := line[i]
	for j := i + 1; j < len(line); j++ {
		switch line[j] {
		case '\\':
			j++
		case mark:
			if mark == '"' || j+1 == len(line) || strings.IndexByte(" \t;)", line[j+1]) >= 0 {
				return j
			}
		}
	}
	return -1
}

func wordEnd(line string, i int) (int, error) {
	for ; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			if i++; i == len(line) {
				return 0, errEscape
			}
		case c == ' ', c == '\t', c == ';', c == '(', c == ')', c == '"':
			return i, nil
		case c < ' ', c == 0x7f:
			return 0, errControl
		}
	}
	return i, nil
}
