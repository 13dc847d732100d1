package xmlscan_test

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/internal/xmlscan"
)

var limits = xmlscan.Limits{Token: 4096, Depth: 8, Attributes: 4}

// tokens writes a document's tokens on one line: <a, >a and texts, joined.
func tokens(r io.Reader, limits xmlscan.Limits) (out []string, s *xmlscan.Scanner, err error) {
	s = xmlscan.New(r, limits)
	text := ""
	flush := func() {
		if text != "" {
			out = append(out, "="+text)
		}
		text = ""
	}
	for {
		kind, err := s.Next()
		if err != nil {
			flush()
			_, again := s.Next()
			if !errors.Is(again, err) {
				return out, s, errors.New("the error did not stay")
			}
			return out, s, err
		}
		switch kind {
		case xmlscan.EOF:
			flush()
			return out, s, nil
		case xmlscan.Start:
			flush()
			out = append(out, "<"+string(s.Name()))
		case xmlscan.End:
			flush()
			out = append(out, ">"+string(s.Name()))
		case xmlscan.Text:
			text += string(s.Text())
		}
	}
}

func TestTokens(t *testing.T) {
	for _, tt := range []struct {
		name, in, want string
		sloppy         int
	}{
		{name: "nothing"},
		{name: "an element", in: "<a>b</a>", want: "<a =b >a"},
		{name: "empty elements", in: "<a><b/><c ></c ></a>", want: "<a <b >b <c >c >a"},
		{name: "prefixes", in: "<p:a></p:a><:b></:b>", want: "<a >a <:b >:b"},
		{name: "attributes", in: `<a b="1>" c = '"' d:e='/>'/>`, want: "<a >a"},
		{name: "declaration, comment, instruction", in: "<?xml version='1.0'?><!-- <b> --><a><?b <c> ?></a>", want: "<a >a"},
		{name: "CDATA", in: "<a>b<![CDATA[<c>&amp;\r\n]]>d</a>", want: "<a =b<c>&amp;\nd >a"},
		{name: "the entities", in: "<a>&amp;&lt;&gt;&quot;&apos;</a>", want: `<a =&<>"' >a`},
		{name: "numeric entities", in: "<a>&#65;&#x42;&#x0043;&#x20AC;&#xd800;</a>", want: "<a =ABC€\ufffd >a"},
		{name: "line ends", in: "<a>b\r\nc\rd\ne</a>", want: "<a =b\nc\nd\ne >a"},
		{name: "unknown entities are text", in: "<a>AT&T &foo; &#; &#x; &#xz; &#x110000; &</a>", want: "<a =AT&T &foo; &#; &#x; &#xz; &#x110000; & >a", sloppy: 7},
		{name: "in attributes too", in: "<a b='&c'/>", want: "<a >a", sloppy: 1},
		{name: "octets that are no characters", in: "<a>\x00\xff</a>", want: "<a =\x00\xff >a"},
		{name: "texts outside", in: " <a></a> b", want: "=  <a >a = b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, s, err := tokens(strings.NewReader(tt.in), limits)
			require.NoError(t, err)
			require.Equal(t, tt.want, strings.Join(got, " "))
			require.Equal(t, tt.sloppy, s.Sloppy)
			require.Equal(t, int64(len(tt.in)), s.Offset())
			slow, _, err := tokens(iotest.OneByteReader(strings.NewReader(tt.in)), limits)
			require.NoError(t, err)
			require.Equal(t, got, slow, "octet by octet")
		})
	}
}

func TestErrors(t *testing.T) {
	syntax := func(offset int64, reason string) error {
		return &xmlscan.SyntaxError{Offset: offset, Reason: reason}
	}
	for _, tt := range []struct {
		name, in string
		want     error
	}{
		{"wrong end", "<a></b>", syntax(3, "an end tag that ends no open element")},
		{"end of nothing", "</a>", syntax(0, "an end tag that ends no open element")},
		{"end with an attribute", "<a></a b>", syntax(7, "an end tag with more than a name")},
		{"no name", "< a>", syntax(1, "no name where one must be")},
		{"name of a digit", "<1>", syntax(1, "no name where one must be")},
		{"two prefixes", "<a:b:c>", syntax(1, "no name where one must be")},
		{"slash in a tag", "<a / >", syntax(3, "/ in a tag")},
		{"attribute without a value", "<a b>", syntax(4, "an attribute without a value")},
		{"attribute without quotes", "<a b=c>", syntax(5, "an attribute without quotes")},
		{"tag in an attribute", "<a b='<'>", syntax(6, "< in an attribute")},
		{"end of CDATA in a text", "<a>b]]></a>", syntax(4, "]]> in a text")},
		{"dashes in a comment", "<!-- -- -->", syntax(5, "-- in a comment")},
		{"document type", "<!DOCTYPE a [<!ENTITY b 'c'>]>", xmlscan.ErrDoctype},
		{"document type inside", "<a><!DOCTYPE a></a>", xmlscan.ErrDoctype},
		{"depth", strings.Repeat("<a>", 9), &xmlscan.LimitError{What: "depth", Max: 8}},
		{"attributes", "<a b='' c='' d='' e='' f=''/>", &xmlscan.LimitError{What: "attributes", Max: 4}},
		{"long text", "<a>" + strings.Repeat("b", 4097), &xmlscan.LimitError{What: "token", Max: 4096}},
		{"endless text", "<a>" + strings.Repeat("b", 1<<20), &xmlscan.LimitError{What: "token", Max: 4096}},
		{"endless name", "<" + strings.Repeat("b", 1<<20), &xmlscan.LimitError{What: "token", Max: 4096}},
		{"endless end tag", "<a></a" + strings.Repeat(" ", 1<<20), &xmlscan.LimitError{What: "token", Max: 4096}},
		{"long tag", "<a b='" + strings.Repeat("b", 4096) + "'/>", &xmlscan.LimitError{What: "token", Max: 4096}},
		{"long comment", "<!--" + strings.Repeat("b", 4096) + "-->", &xmlscan.LimitError{What: "token", Max: 4096}},
		{"long CDATA", "<![CDATA[" + strings.Repeat("b", 1<<20), &xmlscan.LimitError{What: "token", Max: 4096}},
		{"endless instruction", "<?a" + strings.Repeat("b", 1<<20), &xmlscan.LimitError{What: "token", Max: 4096}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := tokens(strings.NewReader(tt.in), limits)
			require.Equal(t, tt.want, err)
			require.NotEmpty(t, err.Error())
		})
	}
}

func TestCutShort(t *testing.T) {
	const doc = `<?xml version="1.0"?><!-- b --><a c="d"><e/>&lt;f<![CDATA[g]]></a>`
	whole, _, err := tokens(strings.NewReader(doc), limits)
	require.NoError(t, err)
	for i := strings.Index(doc, "<a") + 1; i < len(doc); i++ {
		got, _, err := tokens(strings.NewReader(doc[:i]), limits)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, doc[:i])
		require.LessOrEqual(t, len(got), len(whole))
	}
	broken := errors.New("broken")
	_, _, err = tokens(io.MultiReader(strings.NewReader("<a>b"), iotest.ErrReader(broken)), limits)
	require.ErrorIs(t, err, broken)
	_, _, err = tokens(stuck{}, limits)
	require.ErrorIs(t, err, io.ErrNoProgress)
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestEncoding(t *testing.T) {
	for in, want := range map[string]string{
		`<?xml version="1.0" encoding="UTF-8"?>`:                     "UTF-8",
		`<?xml version='1.0' encoding = 'latin1' ?>`:                 "latin1",
		`<?xml version="1.0"?>`:                                      "",
		`<?xml encoding=utf-8?>`:                                     "",
		`<?xml encoding="utf-8?>`:                                    "",
		`<?other encoding="x"?>`:                                     "",
		`<?xml encoding="` + strings.Repeat("x", 41) + `"?>`:         "",
		`<?xml version="1.0" encoding="a" standalone="yes"?><x></x>`: "a",
	} {
		_, s, err := tokens(strings.NewReader(in), limits)
		require.NoError(t, err)
		require.Equal(t, want, s.Encoding(), in)
	}
}

func TestPrefixed(t *testing.T) {
	s := xmlscan.New(strings.NewReader("<a:b><c/></a:b>"), limits)
	for _, want := range []bool{true, false, false, true} {
		_, err := s.Next()
		require.NoError(t, err)
		require.Equal(t, want, s.Prefixed())
	}
	require.Zero(t, s.Depth())
}

// FuzzDifferential compares with encoding/xml, for documents that it judges by the same
// rules: their characters are those of XML, their names ASCII, without a document type
// and nothing over a limit.
func FuzzDifferential(f *testing.F) {
	for _, doc := range []string{
		"<a>b</a>", "<a><b/><c ></c ></a>", "<p:a></p:a>", `<a b="1>" c = '"'/>`, "<?xml version='1.0'?><!-- b --><a/>",
		"<a>b<![CDATA[<c>&amp;\r\n]]>d</a>", "<a>&amp;&lt;&#65;&#x42;\r</a>", "<a>]]></a>", "<a>&foo;</a>", "<a", "<a></b>",
		"<?a::b?>", "<?xml version='1.0' encoding='x'?>", "<a b='&lt;'c='d'/>", "<!DOCTYPE a><a/>", "<a:b:c/>", "</a>", "<a>&#xd800;</a>",
	} {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		if len(doc) > 1000 {
			return
		}
		got, s, err := tokens(strings.NewReader(doc), xmlscan.Limits{Token: 2000, Depth: 1000, Attributes: 1000})
		slow, _, slowErr := tokens(iotest.OneByteReader(strings.NewReader(doc)), xmlscan.Limits{Token: 2000, Depth: 1000, Attributes: 1000})
		require.Equal(t, err == nil, slowErr == nil)
		require.Equal(t, got, slow)
		want, wantErr := reference(doc)
		if !ordinary(doc, got) || errors.Is(err, xmlscan.ErrDoctype) {
			return
		}
		if err != nil || s.Sloppy > 0 {
			require.Error(t, wantErr, "%q: refused, or sloppy", doc)
			return
		}
		require.NoError(t, wantErr, "%q", doc)
		require.Equal(t, want, got, "%q", doc)
	})
}

var colons = regexp.MustCompile(`<\?[^\s?]*:[^\s?]*:`)

// ordinary says whether both parsers judge a document's characters by the same rules.
func ordinary(doc string, tokens []string) bool {
	if !utf8.ValidString(doc) || strings.Contains(doc, "<?xml") || strings.Contains(doc, "&#") && !printable(strings.Join(tokens, "")) {
		return false // encoding/xml wants version 1.0, and an encoding that it knows.
	}
	if colons.MatchString(doc) {
		return false // Only one of both minds colons in the target of an instruction.
	}
	for _, r := range doc {
		if r >= utf8.RuneSelf || r < ' ' && !strings.ContainsRune("\t\r\n", r) {
			return false
		}
	}
	// An entity in an attribute may stand for a character that is none.
	return !strings.Contains(doc, "='&#") && !strings.Contains(doc, "&#")
}

func printable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }) < 0
}

// reference is tokens by encoding/xml.
func reference(doc string) (out []string, err error) {
	d := xml.NewDecoder(strings.NewReader(doc))
	text := ""
	flush := func() {
		if text != "" {
			out = append(out, "="+text)
		}
		text = ""
	}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			flush()
			return out, nil
		}
		if err != nil {
			return out, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			flush()
			out = append(out, "<"+token.Name.Local)
		case xml.EndElement:
			flush()
			out = append(out, ">"+token.Name.Local)
		case xml.CharData:
			text += string(token)
		}
	}
}
