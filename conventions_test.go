package mailworthy_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The conventions of the repository that no linter knows. They hold for the main
// module; modules nested in it have their own.

const (
	module   = "github.com/mailworthy/mailworthy"
	maxLines = 600
)

func TestConventions(t *testing.T) {
	documented := make(map[string]bool) // by directory
	for _, file := range goFiles(t) {
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		parsed, violations := conventions(file, src)
		for _, v := range violations {
			t.Error(v)
		}
		if !strings.HasSuffix(file, "_test.go") {
			dir := path.Dir(file)
			documented[dir] = documented[dir] || parsed != nil && parsed.Doc != nil
		}
	}
	require.Contains(t, documented, "resolver", "the walk missed a package")
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s: no file has a package comment", dir)
		}
	}
}

// TestConventionsNotice proves of each convention that a file can break it.
func TestConventionsNotice(t *testing.T) {
	const dep = "import \"github.com/miekg/dns\"\n"
	tests := []struct {
		name, file, src, want string
	}{
		{name: "syntax", file: "a/a.go", src: "pakage a", want: "expected 'package'"},
		{name: "length", file: "a/a.go", src: "package a\n" + strings.Repeat("\n", maxLines), want: "601 lines"},
		{name: "parameter", file: "a/a.go", src: dep + "func F(m *dns.Msg) {}", want: "F: exports dns.Msg"},
		{name: "result", file: "a/a.go", src: dep + "func F() []dns.RR { return nil }", want: "F: exports dns.RR"},
		{name: "method", file: "a/a.go", src: dep + "type T int\nfunc (*T) M() dns.RR { return nil }", want: "M: exports dns.RR"},
		{name: "renamed", file: "a/a.go", src: "import d \"gopkg.in/yaml.v3\"\nfunc F(d.Node) {}", want: "F: exports d.Node"},
		{name: "versioned", file: "a/a.go", src: "import \"gopkg.in/yaml.v3\"\nfunc F(yaml.Node) {}", want: "F: exports yaml.Node"},
		{name: "major version", file: "a/a.go", src: "import \"example.org/x/v2\"\nfunc F(x.Node) {}", want: "F: exports x.Node"},
		{name: "field", file: "a/a.go", src: dep + "type T struct{ RR dns.RR }", want: "T: exports dns.RR"},
		{name: "embedded", file: "a/a.go", src: dep + "type T struct{ dns.RR }", want: "T: exports dns.RR"},
		{name: "interface", file: "a/a.go", src: dep + "type T interface{ M(dns.RR) }", want: "T: exports dns.RR"},
		{name: "alias", file: "a/a.go", src: dep + "type T = dns.RR", want: "T: exports dns.RR"},
		{name: "variable", file: "a/a.go", src: dep + "var V dns.RR", want: "V: exports dns.RR"},
		{name: "internal type", file: "a/a.go", src: "import \"" + module + "/internal/wire\"\nfunc F(wire.Record) {}", want: "F: exports wire.Record"},
		{name: "bool parameter", file: "a/a.go", src: "func F(n int, strict bool) {}", want: "F: takes a bool"},
		{name: "untagged field", file: "a/a.go", src: "type T struct{ A int `json:\"a\"`; B int }", want: "T.B: json name \"\""},
		{name: "camel case", file: "a/a.go", src: "type T struct{ A int `json:\"aB\"` }", want: "T.A: json name \"aB\""},
		{name: "no name", file: "a/a.go", src: "type T struct{ A int `json:\",omitzero\"` }", want: "T.A: json name \"\""},
		{name: "error in JSON", file: "a/a.go", src: "type T struct{ A error `json:\"a\"` }", want: "T.A: error has no JSON form"},
		{name: "any in JSON", file: "a/a.go", src: "type T struct{ A map[string]any `json:\"a\"` }", want: "T.A: any has no JSON form"},
		{name: "duration in JSON", file: "a/a.go", src: "import \"time\"\ntype T struct{ A time.Duration `json:\"a\"` }", want: "T.A: time.Duration has no JSON form"},
		{name: "goroutine", file: "a/evaluate.go", src: "func f() { go f() }", want: "a goroutine in a pure evaluation"},
		{name: "channel", file: "a/evaluate_key.go", src: "func f(c chan int) {}", want: "a channel in a pure evaluation"},
		{name: "select", file: "a/evaluate.go", src: "func f() { select {} }", want: "a select in a pure evaluation"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(tt.src, "package") && !strings.HasPrefix(tt.src, "pakage") {
				tt.src = "package a\n" + tt.src
			}
			_, violations := conventions(tt.file, []byte(tt.src))
			require.Len(t, violations, 1)
			require.Contains(t, violations[0], tt.want)
		})
	}
	for name, src := range map[string]string{
		"unexported function":   dep + "func f(dns.RR, bool) {}",
		"unexported receiver":   dep + "type t int\nfunc (t) M(dns.RR, bool) {}",
		"unexported field":      dep + "type T struct{ rr dns.RR; ok bool }",
		"inside a body":         dep + "func F() { var _ dns.RR }",
		"the module's own":      "import \"" + module + "/resolver\"\nfunc F(resolver.Answer) bool { return true }",
		"the standard library":  "import \"net/netip\"\nfunc F(netip.Addr) {}",
		"not marshalled":        "type T struct{ Err error; Wait int }",
		"hidden, or without it": "type T struct{ A error `json:\"-\"`; B int `json:\"b_2,omitzero\"`; c error }",
	} {
		t.Run("accepts: "+name, func(t *testing.T) {
			_, violations := conventions("a/a.go", []byte("package a\n"+src))
			require.Empty(t, violations)
		})
	}
}

// verb is a function or method that a user calls for what it does.
var verb = regexp.MustCompile(`^(Add|Check|Evaluate|Fetch|Find|Must|Parse|Probe)([A-Z]\w*)?$|^Match(es)?$|` +
	`^(Classify|Compare|Compile|Covers|Diff|Merge|Plan|ProposeTLSA|ReadMessage|Record|Rollout|Sign)$`)

// withoutExample are verbs that need none, and why.
var withoutExample = map[string]string{
	"dmarc.Policy.Compare": "an order, as that of cmp.Compare",
}

// TestVerbsHaveExamples makes the documentation of each verb show it in a program whose
// output is tested.
func TestVerbsHaveExamples(t *testing.T) {
	packages := make(map[string][]*ast.File)
	fset := token.NewFileSet()
	for _, file := range goFiles(t) {
		if strings.Contains("/"+file, "/internal/") || strings.HasPrefix(file, "examples/") {
			continue
		}
		parsed, err := parser.ParseFile(fset, file, nil, parser.ParseComments)
		require.NoError(t, err)
		packages[path.Dir(file)] = append(packages[path.Dir(file)], parsed)
	}
	excused := make(map[string]string)
	for dir, files := range packages {
		for _, v := range withoutExamples(files) {
			v = path.Base(dir) + "." + v
			if reason, ok := withoutExample[v]; ok {
				excused[v] = reason
				continue
			}
			t.Errorf("%s has no Example with an Output comment", v)
		}
	}
	require.Equal(t, withoutExample, excused, "an excuse that nothing needs")
}

func TestVerbsHaveExamplesNotices(t *testing.T) {
	const code = "type T int\nfunc (*T) CheckAll() {}\nfunc ParseX() {}\nfunc Address() {}\nfunc (t) Parse() {}\nfunc parseY() {}"
	tests := []struct {
		name, examples string
		want           []string
	}{
		{name: "none", want: []string{"T.CheckAll", "ParseX"}},
		{name: "all", examples: "func ExampleParseX() {\n\t// Output: x\n}\nfunc ExampleT_CheckAll_twice() {\n\t// Unordered output: x\n}"},
		{name: "without output", examples: "func ExampleParseX() {}\nfunc ExampleT_CheckAll() {\n\t// Output:\n}", want: []string{"ParseX"}},
		{name: "of others", examples: "func ExampleParseXY() {\n\t// Output: x\n}\nfunc ExampleCheckAll() {\n\t// Output: x\n}", want: []string{"T.CheckAll", "ParseX"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var files []*ast.File
			fset := token.NewFileSet()
			for file, src := range map[string]string{"a.go": code, "a_test.go": tt.examples} {
				parsed, err := parser.ParseFile(fset, file, "package a\n"+src, parser.ParseComments)
				require.NoError(t, err)
				files = append(files, parsed)
			}
			require.ElementsMatch(t, tt.want, withoutExamples(files))
		})
	}
}

// withoutExamples returns the exported verbs of a package that no Example runs.
func withoutExamples(files []*ast.File) (missing []string) {
	shown := make(map[string]bool)
	for _, e := range doc.Examples(files...) {
		if e.Output == "" && !e.EmptyOutput {
			continue // It is compiled, but not run.
		}
		name, suffix, _ := strings.Cut(e.Name, "_")
		shown[name] = true
		method, _, _ := strings.Cut(suffix, "_")
		shown[name+"."+method] = true
	}
	for _, file := range files {
		if strings.HasSuffix(file.Name.Name, "_test") {
			continue
		}
		for _, decl := range file.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if !ok || !verb.MatchString(d.Name.Name) || !exportedReceiver(d) || shown[receiver(d)+d.Name.Name] {
				continue
			}
			missing = append(missing, receiver(d)+d.Name.Name)
		}
	}
	return missing
}

// receiver returns the type of a method with a dot, and nothing for a function.
func receiver(d *ast.FuncDecl) (prefix string) {
	if d.Recv != nil {
		ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				prefix = id.Name + "."
			}
			return prefix == ""
		})
	}
	return prefix
}

// goFiles returns the module's Go files by slash-separated path.
func goFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, nested := os.Stat(filepath.Join(file, "go.mod"))
			if file != "." && (d.Name() == "testdata" || d.Name()[0] == '.' || d.Name()[0] == '_' || nested == nil) {
				return fs.SkipDir
			}
		} else if strings.HasSuffix(file, ".go") {
			files = append(files, filepath.ToSlash(file))
		}
		return nil
	})
	require.NoError(t, err)
	return files
}

// conventions returns what is wrong with one file.
func conventions(file string, src []byte) (*ast.File, []string) {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, []string{err.Error()}
	}
	c := &checker{fset: fset, foreign: foreignImports(parsed)}
	if n := bytes.Count(src, []byte("\n")); n > maxLines {
		c.report(parsed, "%d lines, of %d at most", n, maxLines)
	}
	if strings.HasSuffix(file, "_test.go") {
		return parsed, c.violations
	}
	if strings.HasPrefix(path.Base(file), "evaluate") {
		c.purity(parsed)
	}
	public := parsed.Name.Name != "main" && !strings.Contains("/"+file, "/internal/")
	for _, decl := range parsed.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if public && d.Name.IsExported() && exportedReceiver(d) {
				c.signature(d.Name, d.Type)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					if public && s.Name.IsExported() {
						c.signature(s.Name, s.Type)
					}
					c.marshalled(s)
				case *ast.ValueSpec:
					if public && s.Type != nil && s.Names[0].IsExported() {
						c.signature(s.Names[0], s.Type)
					}
				}
			}
		}
	}
	return parsed, c.violations
}

type checker struct {
	fset       *token.FileSet
	foreign    map[string]bool // names of imports whose types nobody outside should see
	violations []string
}

func (c *checker) report(at ast.Node, format string, args ...any) {
	c.violations = append(c.violations, fmt.Sprintf("%s: ", c.fset.Position(at.Pos()))+fmt.Sprintf(format, args...))
}

// purity reports concurrency, which no import gives away.
func (c *checker) purity(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.GoStmt:
			c.report(n, "a goroutine in a pure evaluation")
		case *ast.ChanType:
			c.report(n, "a channel in a pure evaluation")
		case *ast.SelectStmt:
			c.report(n, "a select in a pure evaluation")
		}
		return true
	})
}

// signature reports types of dependencies in what is visible of an exported
// declaration, and parameters that are bool.
func (c *checker) signature(name *ast.Ident, typ ast.Expr) {
	ast.Inspect(typ, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			return len(n.Names) == 0 || n.Names[0].IsExported() || !c.isStructField(typ, n)
		case *ast.SelectorExpr:
			if pkg, ok := n.X.(*ast.Ident); ok && c.foreign[pkg.Name] {
				c.report(n, "%s: exports %s.%s", name, pkg.Name, n.Sel)
			}
		}
		return true
	})
	if f, ok := typ.(*ast.FuncType); ok {
		for _, p := range f.Params.List {
			if id, ok := p.Type.(*ast.Ident); ok && id.Name == "bool" {
				c.report(p, "%s: takes a bool, which says nothing where it is called", name)
			}
		}
	}
}

func (*checker) isStructField(typ ast.Expr, field *ast.Field) (found bool) {
	ast.Inspect(typ, func(n ast.Node) bool {
		if s, ok := n.(*ast.StructType); ok {
			for _, f := range s.Fields.List {
				found = found || f == field
			}
		}
		return true
	})
	return found
}

var (
	snakeCase    = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	majorVersion = regexp.MustCompile(`^v[0-9]+$`)
)

// marshalled reports fields that would marshal badly, in a struct of which any
// field has a JSON tag.
func (c *checker) marshalled(spec *ast.TypeSpec) {
	s, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	tags := make([]string, len(s.Fields.List))
	taggedAny := false
	for i, f := range s.Fields.List {
		if f.Tag != nil {
			raw, _ := strconv.Unquote(f.Tag.Value)
			var tagged bool
			tags[i], tagged = reflect.StructTag(raw).Lookup("json")
			taggedAny = taggedAny || tagged
		}
	}
	for i, f := range s.Fields.List {
		if !taggedAny || len(f.Names) == 0 || !f.Names[0].IsExported() || tags[i] == "-" {
			continue
		}
		name := spec.Name.Name + "." + f.Names[0].Name
		if json, _, _ := strings.Cut(tags[i], ","); !snakeCase.MatchString(json) {
			c.report(f, "%s: json name %q is not snake_case", name, json)
		}
		ast.Inspect(f.Type, func(n ast.Node) bool {
			bad := ""
			switch n := n.(type) {
			case *ast.InterfaceType:
				bad = "interface"
			case *ast.Ident:
				if n.Name == "error" || n.Name == "any" {
					bad = n.Name
				}
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && n.Sel.Name == "Duration" {
					bad = "time.Duration"
				}
			}
			if bad != "" {
				c.report(n, "%s: %s has no JSON form that lasts", name, bad)
			}
			return true
		})
	}
}

// foreignImports returns the names under which a file imports what is neither in
// the standard library nor in the part of the module that others can import.
func foreignImports(file *ast.File) map[string]bool {
	names := make(map[string]bool)
	for _, spec := range file.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		first, _, _ := strings.Cut(p, "/")
		own := (p == module || strings.HasPrefix(p, module+"/")) && !strings.Contains(p, "/internal/")
		if own || !strings.Contains(first, ".") {
			continue
		}
		if spec.Name != nil {
			names[spec.Name.Name] = true
			continue
		}
		base := path.Base(p)
		if majorVersion.MatchString(base) {
			base = path.Base(path.Dir(p))
		}
		base, _, _ = strings.Cut(base, ".")
		names[strings.TrimPrefix(base, "go-")] = true
	}
	return names
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	exported := false
	ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && !exported {
			exported = id.IsExported()
			return false
		}
		return true
	})
	return exported
}
