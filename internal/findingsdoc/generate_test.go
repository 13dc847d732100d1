package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const good = `package spf

const (
	// CodeB says that a | b
	// is <bold>.
	CodeB mailworthy.Code = "spf.b"
	// CodeA says that it is so.
	CodeA mailworthy.Code = "spf.a"
)

// CodeC says that "it" stands alone.
const CodeC mailworthy.Code = "spf.c"

const other = 3

var rules = rule.Table{
	CodeA: rule.Error("RFC 7208 section 4.5"),
	CodeB: rule.Info("some_where"),
	CodeC: rule.Warning("RFC 7505"),
}
`

func codes(text string) fstest.MapFS {
	return fstest.MapFS{"spf/codes.go": {Data: []byte(text)}}
}

func TestGenerate(t *testing.T) {
	module := codes(good)
	module["dkim/codes.go"] = &fstest.MapFile{Data: []byte(strings.NewReplacer("spf", "dkim").Replace(good))}
	module["dkim/other.go"] = &fstest.MapFile{Data: []byte("not Go")}
	out, err := generate(module)
	require.NoError(t, err)
	table, ok := strings.CutPrefix(string(out), intro)
	require.True(t, ok)
	const rows = "| `spf.a` | error | It is so. | [RFC 7208 section 4.5](https://www.rfc-editor.org/rfc/rfc7208#section-4.5) |\n" +
		"| `spf.b` | info | A \\| b is &lt;bold>. | some\\_where |\n" +
		"| `spf.c` | warning | \"it\" stands alone. | [RFC 7505](https://www.rfc-editor.org/rfc/rfc7505) |\n"
	require.Equal(t, strings.ReplaceAll(rows, "spf.", "dkim.")+rows, table)
}

func TestGenerateRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, old, with string
		want            string
	}{
		{name: "syntax", old: "package", with: "pakage", want: "expected 'package'"},
		{name: "no comment", old: "\t// CodeA says that it is so.\n", want: "CodeA: its comment does not start"},
		{name: "no comment of its own", old: "// CodeC says that \"it\" stands alone.\n", want: "CodeC: its comment does not start"},
		{name: "another comment", old: "CodeA says that", with: "CodeA is for when", want: "CodeA: its comment does not start"},
		{name: "an empty comment", old: " it is so.", want: "CodeA: its comment does not start"},
		{name: "the comment of another", old: "CodeA says", with: "CodeB says", want: "CodeA: its comment does not start"},
		{name: "no rule", old: "CodeA: rule.Error(\"RFC 7208 section 4.5\"),", want: "CodeA: rules has no entry for it"},
		{name: "no rules", old: "rule.Table", with: "map[string]rule", want: "CodeC: rules has no entry for it"},
		{name: "duplicate", old: `"spf.b"`, with: `"spf.a"`, want: `CodeB and CodeA are both "spf.a"`},
		{name: "two rules", old: "CodeB: rule", with: "CodeA: rule", want: "CodeA stands twice"},
		{name: "rule without code", old: "CodeB: rule", with: "CodeX: rule", want: "no described code CodeX"},
		{name: "rule for a text", old: "CodeB: rule", with: "\"spf.b\": rule", want: "a key that is no constant"},
		{name: "rule without a key", old: "CodeB: rule", with: "rule", want: "an entry without a key"},
		{name: "no severity", old: "rule.Warning(", with: "warning(", want: "CodeC lacks a severity"},
		{name: "no reference", old: `"RFC 7505"`, with: `""`, want: "CodeC lacks a severity or a reference"},
		{name: "half a rule", old: `"RFC 7505"`, want: "CodeC lacks a severity"},
		{name: "another package", old: `"spf.a"`, with: `"dkim.a"`, want: `does not start with "spf."`},
		{name: "no literal", old: `= "spf.a"`, with: `= "spf" + ".a"`, want: "CodeA: declare each code by itself"},
		{name: "two at once", old: `CodeA mailworthy.Code = "spf.a"`, with: `CodeA, CodeD mailworthy.Code = "spf.a", "spf.d"`, want: "CodeA: declare each code by itself"},
		{name: "untyped", old: "CodeA mailworthy.Code", with: "CodeA", want: "CodeA: write its type"},
		{name: "no codes", old: good, with: "package spf", want: "declares no codes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Contains(t, good, tt.old)
			_, err := generate(codes(strings.Replace(good, tt.old, tt.with, 1)))
			require.ErrorContains(t, err, tt.want)
		})
	}
	_, err := generate(fstest.MapFS{})
	require.ErrorContains(t, err, "no package")
}

// TestGenerateSeveralFiles has the codes of a package, and its rules, in two files.
func TestGenerateSeveralFiles(t *testing.T) {
	const more = `package spf

// CodeAB says that p= is elsewhere.
const CodeAB mailworthy.Code = "spf.ab"

var moreRules = rule.Table{
	CodeAB: rule.Info("RFC 7208"),
}
`
	module := codes(good)
	module["spf/codes_more.go"] = &fstest.MapFile{Data: []byte(more)}
	module["spf/codes_test.go"] = &fstest.MapFile{Data: []byte("not Go")}
	out, err := generate(module)
	require.NoError(t, err)
	rows := regexp.MustCompile("(?m)^\\| `([^`]+)`").FindAllStringSubmatch(string(out), -1)
	require.Len(t, rows, 4)
	for i, want := range []string{"spf.a", "spf.ab", "spf.b", "spf.c"} {
		require.Equal(t, want, rows[i][1])
	}
	require.Contains(t, string(out), "| p= is elsewhere. |", "the name of a tag is not made large")

	for _, tt := range []struct{ name, old, with, want string }{
		{name: "the same code", old: `"spf.ab"`, with: `"spf.a"`, want: `CodeA and CodeAB are both "spf.a"`},
		{name: "the same rule", old: "\tCodeAB: rule", with: "\tCodeA: rule.Info(\"RFC 7208\"),\n\tCodeAB: rule", want: "spf/codes_more.go: rules: CodeA stands twice"},
		{name: "no rule", old: "\tCodeAB: rule.Info(\"RFC 7208\"),\n", want: "CodeAB: rules has no entry for it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Contains(t, more, tt.old)
			module["spf/codes_more.go"] = &fstest.MapFile{Data: []byte(strings.Replace(more, tt.old, tt.with, 1))}
			_, err := generate(module)
			require.ErrorContains(t, err, tt.want)
		})
	}
}

// TestCurrent is what `go generate` would change.
func TestCurrent(t *testing.T) {
	want, err := generate(os.DirFS("../.."))
	require.NoError(t, err)
	have, err := os.ReadFile("../../docs/findings.md")
	require.NoError(t, err)
	if string(want) != strings.ReplaceAll(string(have), "\r\n", "\n") {
		t.Error("docs/findings.md is out of date: run go generate")
	}
}
