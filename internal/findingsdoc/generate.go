package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// code is a finding code of a package.
type code struct {
	constant string // its name in Go
	text     string
	says     string // a sentence
	rule
}

// rule is the entry of a code in one of the package's tables of rules.
type rule struct {
	severity, ref string
}

const intro = `# Findings

What the checks find out, by code. A code keeps its meaning for ever, and is what
software compares; the messages are for people. The severity is the usual one: a
finding may be worse, or less bad, where the case is.

This file is generated from the codes of each package by ` + "`go generate`" + `.

| Code | Severity | What it says | Source |
|---|---|---|---|
`

// generate returns the table of the codes that the packages in the module's
// directory declare. A code that is not fully described is an error, and so is one
// that there are two of.
func generate(module fs.FS) ([]byte, error) {
	var files []string
	for _, pattern := range []string{"*/codes*.go", "*/*/codes*.go"} {
		found, err := fs.Glob(module, pattern)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return nil, errors.New("no package has a codes.go")
	}
	packages := make(map[string][]string)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		packages[path.Dir(file)] = append(packages[path.Dir(file)], file)
	}
	var out bytes.Buffer
	out.WriteString(intro)
	for _, pkg := range slices.Sorted(maps.Keys(packages)) {
		codes, err := parse(module, packages[pkg])
		if err != nil {
			return nil, err
		}
		for _, c := range codes {
			fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", c.text, c.severity, cell(c.says), link(c.ref))
		}
	}
	return out.Bytes(), nil
}

// parse returns the codes of a package's files in order. Since each starts with the
// name of its package, no two packages can have the same.
func parse(module fs.FS, files []string) ([]code, error) {
	p := reader{rules: make(map[string]rule)}
	for _, file := range files {
		src, err := fs.ReadFile(module, file)
		if err != nil {
			return nil, err
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		p.read(file, tree)
	}
	p.join()
	slices.SortFunc(p.codes, func(a, b code) int { return cmp.Compare(a.text, b.text) })
	return p.codes, errors.Join(p.errs...)
}

// reader collects what the files of a package declare.
type reader struct {
	file  string // the one that is read
	codes []code
	rules map[string]rule // by constant
	errs  []error
}

func (p *reader) read(file string, tree *ast.File) {
	p.file = file
	for _, d := range tree.Decls {
		if d, ok := d.(*ast.GenDecl); ok {
			for _, spec := range d.Specs {
				if spec, ok := spec.(*ast.ValueSpec); ok {
					p.value(d, spec)
				}
			}
		}
	}
}

func (p *reader) fail(format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf(p.file+": "+format, args...))
}

// value reads a constant or variable.
func (p *reader) value(d *ast.GenDecl, spec *ast.ValueSpec) {
	first := spec.Names[0].Name
	switch {
	case d.Tok == token.CONST && isCode(spec.Type):
		p.constant(d, spec)
	case d.Tok == token.CONST && strings.HasPrefix(first, "Code"):
		p.fail("%s: write its type, mailworthy.Code", first)
	case d.Tok == token.VAR:
		if m, ok := only(spec.Values).(*ast.CompositeLit); ok && isRules(m.Type) {
			for _, e := range m.Elts {
				p.entry(e)
			}
		}
	}
}

// isRules recognises rule.Table. A package may have several, one for each kind of
// codes.
func isRules(typ ast.Expr) bool { return isType(typ, "rule", "Table") }

func isCode(typ ast.Expr) bool { return isType(typ, "mailworthy", "Code") }

func isType(typ ast.Expr, pkg, name string) bool {
	sel, ok := typ.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	from, ok := sel.X.(*ast.Ident)
	return ok && from.Name == pkg && sel.Sel.Name == name
}

func (p *reader) constant(d *ast.GenDecl, spec *ast.ValueSpec) {
	name := spec.Names[0].Name
	text, ok := literal(only(spec.Values))
	if len(spec.Names) != 1 || !ok {
		p.fail("%s: declare each code by itself, as a string", name)
		return
	}
	if prefix := strings.ReplaceAll(path.Dir(p.file), "/", ".") + "."; !strings.HasPrefix(text, prefix) {
		p.fail("%s: %q does not start with %q", name, text, prefix)
	}
	comment := spec.Doc
	if comment == nil && !d.Lparen.IsValid() {
		comment = d.Doc
	}
	says := strings.Join(strings.Fields(comment.Text()), " ")
	rest, ok := strings.CutPrefix(says, name+" says that ")
	if !ok || rest == "" {
		p.fail("%s: its comment does not start with %q", name, name+" says that")
		return
	}
	p.codes = append(p.codes, code{constant: name, text: text, says: sentence(rest)})
}

// sentence makes the first letter large, but for one that is the name of a tag: "p=".
func sentence(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if strings.HasPrefix(s[size:], "=") {
		return s
	}
	return string(unicode.ToUpper(r)) + s[size:]
}

// entry reads an entry of a table of rules: rule.Error("RFC 7208 section 4.5").
func (p *reader) entry(e ast.Expr) {
	kv, ok := e.(*ast.KeyValueExpr)
	if !ok {
		p.fail("rules: an entry without a key")
		return
	}
	key, ok := kv.Key.(*ast.Ident)
	if !ok {
		p.fail("rules: a key that is no constant")
		return
	}
	if _, twice := p.rules[key.Name]; twice {
		p.fail("rules: %s stands twice", key.Name)
	}
	var r rule
	if call, ok := kv.Value.(*ast.CallExpr); ok {
		if severity, ok := call.Fun.(*ast.SelectorExpr); ok {
			r.severity = strings.ToLower(severity.Sel.Name)
		}
		r.ref, _ = literal(only(call.Args))
	}
	if r.severity == "" || r.ref == "" {
		p.fail("rules: %s lacks a severity or a reference", key.Name)
	}
	p.rules[key.Name] = r
}

// join brings codes and rules together.
func (p *reader) join() {
	texts := make(map[string]string)
	known := make(map[string]bool)
	for i := range p.codes {
		c := &p.codes[i]
		if other, twice := texts[c.text]; twice {
			p.fail("%s and %s are both %q", other, c.constant, c.text)
		}
		texts[c.text], known[c.constant] = c.constant, true
		r, ok := p.rules[c.constant]
		if !ok {
			p.fail("%s: rules has no entry for it", c.constant)
		}
		c.rule = r
	}
	var lost []string
	for name := range p.rules {
		if !known[name] {
			lost = append(lost, name)
		}
	}
	slices.Sort(lost)
	for _, name := range lost {
		p.fail("rules: there is no described code %s", name)
	}
	if len(p.codes) == 0 {
		p.fail("it declares no codes")
	}
}

// only returns the only expression of a list, or nil.
func only(list []ast.Expr) ast.Expr {
	if len(list) != 1 {
		return nil
	}
	return list[0]
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// cell makes a text safe in a cell of a Markdown table.
func cell(s string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "`", "\\`").Replace(s)
}

var rfc = regexp.MustCompile(`^RFC ([0-9]+)(?: section ([0-9A-Z.]+))?$`)

// link makes a link of a reference to an RFC.
func link(ref string) string {
	m := rfc.FindStringSubmatch(ref)
	if m == nil {
		return cell(ref)
	}
	address := "https://www.rfc-editor.org/rfc/rfc" + m[1]
	if m[2] != "" {
		address += "#section-" + m[2]
	}
	return "[" + ref + "](" + address + ")"
}
