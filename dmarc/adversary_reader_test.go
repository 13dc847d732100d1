package dmarc_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/internal/name"
)

// reader reads address lists by the grammar of RFC 5322 with the obsolete forms and
// the groups of RFC 6854. It is the only judge of what a From field means.
type reader struct {
	text    string
	at      int
	domains []string
	broken  bool
}

func (r *reader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *reader) take(c byte) bool {
	if r.peek() == c && r.at < len(r.text) {
		r.at++
		return true
	}
	return false
}

func (r *reader) fail() { r.broken = true }

// blank takes what section 3.2.2 calls CFWS.
func (r *reader) blank() {
	for r.at < len(r.text) {
		switch c := r.peek(); c {
		case ' ', '\t':
			r.at++
		case '\r', '\n':
			end := "\r\n"
			if c == '\n' {
				end = "\n"
			}
			rest, found := strings.CutPrefix(r.text[r.at:], end)
			if !found || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
				r.fail()
				return
			}
			r.at += len(end)
		case '(':
			r.comment()
		default:
			return
		}
		if r.broken {
			return
		}
	}
}

func (r *reader) comment() {
	depth := 0
	for r.at < len(r.text) {
		c := r.text[r.at]
		r.at++
		switch c {
		case '\\':
			r.at++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return
			}
		case 0:
			r.fail()
		}
	}
	r.fail()
}

func atext(c byte) bool {
	return c >= 0x80 || c > ' ' && c < 0x7f && !strings.ContainsRune("()<>[]:;@\\,.\"", rune(c))
}

// word is an atom or a quoted string. It is false if there is none.
func (r *reader) word() bool {
	r.blank()
	start := r.at
	if r.take('"') {
		for r.at < len(r.text) {
			c := r.text[r.at]
			r.at++
			switch c {
			case '\\':
				r.at++
			case '"':
				r.blank()
				return true
			case 0:
				r.fail()
			}
		}
		r.fail()
		return false
	}
	for r.at < len(r.text) && atext(r.text[r.at]) {
		r.at++
	}
	found := r.at > start
	r.blank()
	return found
}

func (r *reader) localPart() {
	if !r.word() {
		r.fail()
	}
	for !r.broken && r.take('.') {
		if !r.word() {
			r.fail()
		}
	}
}

func (r *reader) domain() string {
	var b strings.Builder
	for {
		r.blank()
		if r.broken || r.peek() == '"' || !atext(r.peek()) {
			r.fail() // Domain literals are here, too: there is no domain in them.
			return ""
		}
		start := r.at
		for r.at < len(r.text) && atext(r.text[r.at]) {
			r.at++
		}
		b.WriteString(r.text[start:r.at])
		r.blank()
		if !r.take('.') {
			return strings.ToLower(b.String())
		}
		b.WriteByte('.')
	}
}

func (r *reader) addrSpec() {
	r.localPart()
	if r.broken || !r.take('@') {
		r.fail()
		return
	}
	if d := r.domain(); !r.broken {
		r.domains = append(r.domains, d)
	}
}

func (r *reader) angle() {
	r.blank()
	if r.peek() == '@' || r.peek() == ',' { // obs-route
		for !r.broken && !r.take(':') {
			switch {
			case r.take(','):
			case r.take('@'):
				r.domain()
			default:
				r.fail()
			}
			r.blank()
		}
	}
	r.addrSpec()
	if r.broken || !r.take('>') {
		r.fail()
	}
	r.blank()
}

func (r *reader) list(inGroup bool) {
	for !r.broken {
		r.blank()
		if r.at == len(r.text) || r.peek() == ';' {
			return
		}
		if r.take(',') {
			continue
		}
		start := r.at
		words := 0
		for !r.broken && (r.word() || words > 0 && r.take('.')) {
			words++
		}
		switch {
		case r.broken:
			return
		case r.take('<'):
			r.angle()
		case words > 0 && r.peek() == ':' && !inGroup:
			r.at++
			r.list(true)
			if r.broken || !r.take(';') {
				r.fail()
			}
			r.blank()
		default:
			r.at = start
			r.addrSpec()
		}
		if c := r.peek(); !r.broken && r.at < len(r.text) && c != ',' && c != ';' {
			r.fail()
		}
	}
}

// readFrom returns the one domain that the grammar finds, and "" otherwise.
func readFrom(value string) string {
	r := &reader{text: value}
	r.list(false)
	if r.broken || r.at != len(r.text) {
		return ""
	}
	slices.Sort(r.domains)
	if d := slices.Compact(r.domains); len(d) == 1 {
		n, err := name.Normalize(d[0])
		if err == nil {
			return n
		}
	}
	return ""
}

func TestAdversaryReader(t *testing.T) {
	for value, want := range map[string]string{
		"a@b.c": "b.c", "x <a@b.c>": "b.c", "\"x@y\"@b.c": "b.c", "g: a@b.c;": "b.c", "<@x,@y:a@b.c>": "b.c",
		"a.b@c (x(y)) , d@c": "c", "a@b, c@d": "", "a@b@c": "", "<a@b": "", "g:": "", "a@b;": "", "a@\"b\"": "", "a b@c": "",
		"Dr. X <a@b>": "b", "a\r\n <a@b>": "", "x\r\n <a@b>": "b", "a . b @ c . d": "c.d",
	} {
		if value == "a\r\n <a@b>" {
			want = "b" // The first a is a name.
		}
		require.Equal(t, want, readFrom(value), "%q", value)
	}
}

var (
	// hidden is quoted strings and comments, shown is what looks like an address.
	hidden = regexp.MustCompile(`"(?:\\(?s:.)|[^"\\])*"|\((?:\\(?s:.)|[^()\\])*\)`)
	shown  = regexp.MustCompile(`@[ \t\r\n]*([^\s,;:<>()@"\[\]\\]*)`)
)

// sameDomain compares ParseFrom with the grammar, and returns whether the grammar finds one
// domain, and whether ParseFrom does. It must be the same. If only ParseFrom does, so
// that the field is broken, no other domain may be seen in it.
func sameDomain(t *testing.T, value string) (strict, domain bool) {
	t.Helper()
	want := readFrom(value)
	got := dmarc.ParseFrom([]string{value}).Domain()
	switch {
	case got != "" && want != "":
		require.Equal(t, want, got, "%q", value)
	case got != "":
		rest := value
		for hidden.MatchString(rest) { // Comments in comments.
			rest = hidden.ReplaceAllString(rest, " ")
		}
		for _, m := range shown.FindAllStringSubmatch(rest, -1) {
			if d, err := name.Normalize(m[1]); err == nil {
				require.Equal(t, got, d, "broken, %q", value)
			}
		}
	}
	return want != "", got != ""
}

func FuzzAdversaryFrom(f *testing.F) {
	for _, s := range []string{"a@x.example", "N <a@x.example>", "\"b@y.example\" <a@x.example>", "g: <@y.example:a@x.example>, a@x.example;", "a@x.example(c(d)), \r\n b . c @ x.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if len(value) < 1000 {
			sameDomain(t, value)
		}
	})
}

// TestAdversaryFromPieces puts From fields together from pieces that matter, and
// compares with the grammar: ParseFrom finds the same one domain, or none.
func TestAdversaryFromPieces(t *testing.T) {
	pieces := []string{
		"a", "b", "@", "@", "@x.example", "@y.example", "x.example", "y.example", "a@x.example", "a@x.example", "b@y.example",
		"<", "<", ">", ">", "<a@x.example>", "<b@y.example>", "\"", "\"a@y.example\"", "\"q\"", "\\", "\\\"", "(", ")", "(c)", "(b@y.example)",
		",", ",", ";", ":", "g:", ".", ".", "..", " ", " ", " ", "\t", "\r\n ", "\r\n", "\n", "\r", "\x00", "\x01", "\x7f", "[", "]", "[192.0.2.1]",
		"=?utf-8?q?b=40y.example?=", "ü", "\xff", "％", "@x.example:", "!", "%",
	}
	found, broken, refused := 0, 0, 0
	for seed := range uint64(200000) {
		d := rand.New(rand.NewPCG(seed, 3))
		var b strings.Builder
		for n := 1 + d.IntN(9); n > 0; n-- {
			b.WriteString(pieces[d.IntN(len(pieces))])
		}
		value := b.String()
		switch strict, domain := sameDomain(t, value); {
		case domain && strict:
			found++
		case domain:
			broken++
		case strict:
			refused++
		}
	}
	t.Log("one domain:", found, "in a broken field:", broken, "refused though readable:", refused)
	require.Greater(t, found, 1000)
}

// TestAdversaryFromValid makes valid From fields whose author nobody can mistake:
// ParseFrom has to find it.
func TestAdversaryFromValid(t *testing.T) {
	for seed := range uint64(4000) {
		d := dice{rand.New(rand.NewPCG(seed, 4))}
		space := func() string { return d.pick("", " ", "\t", "\r\n ", " (news)", " (a (b) c) ") }
		local := func() string {
			return d.pick("a", "a.b", "a+b", "\"a b\"", "\"b@y.example\"", "\"<b@y.example>\"", "\"a\\\"b\"", "a%y.example", "=a?=", "ü")
		}
		phrase := func() string {
			return d.pick("News", "The News", "\"b@y.example\"", "\"<b@y.example>,\" x", "\"\\\\\"", "=?utf-8?q?b=40y.example?=", "N\u00e9ws", "O'N\"e\"w")
		}
		mailbox := func() string {
			addr := local() + "@" + d.pick("x.example", "X.Example")
			if d.IntN(3) == 0 {
				return space() + addr + space()
			}
			return space() + phrase() + d.pick(" ", "\r\n ", "\t") + "<" + addr + ">" + space()
		}
		value := mailbox()
		for d.IntN(4) == 0 {
			value += "," + mailbox()
		}
		if d.IntN(6) == 0 {
			value = fmt.Sprintf("Team:%s;", value)
		}
		require.Equal(t, "x.example", readFrom(value), "seed %d: the grammar of the test, %q", seed, value)
		from := dmarc.ParseFrom([]string{value})
		require.Equal(t, "x.example", from.Domain(), "seed %d: %q\n%+v", seed, value, from)
	}
}
