package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/printer"
	"go/token"
	"path/filepath"
	"strings"
)

// api lists the declarations of all packages, without comments and bodies, in the
// order of their names.
func api(packages []pkg) ([]byte, error) {
	var out bytes.Buffer
	for _, p := range packages {
		text, err := p.api()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.ImportPath, err)
		}
		out.Write(text)
	}
	return bytes.TrimPrefix(out.Bytes(), []byte("\n")), nil
}

func (p pkg) api() ([]byte, error) {
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	d, err := doc.NewFromFiles(fset, files, p.ImportPath)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "\npackage %s\n", p.ImportPath)
	w := writer{&out, fset}
	if len(d.Consts)+len(d.Vars)+len(d.Funcs) > 0 {
		fmt.Fprintln(&out)
	}
	w.values(d.Consts)
	w.values(d.Vars)
	w.funcs(d.Funcs)
	for _, t := range d.Types {
		fmt.Fprintln(&out)
		w.node(t.Decl)
		w.values(t.Consts)
		w.values(t.Vars)
		w.funcs(t.Funcs)
		w.funcs(t.Methods)
	}
	return out.Bytes(), nil
}

// layout is that of gofmt.
var layout = printer.Config{Mode: printer.UseSpaces | printer.TabIndent, Tabwidth: 8}

// writer prints declarations.
type writer struct {
	out  *bytes.Buffer
	fset *token.FileSet
}

func (w writer) values(values []*doc.Value) {
	for _, v := range values {
		w.node(v.Decl)
	}
}

func (w writer) funcs(funcs []*doc.Func) {
	for _, f := range funcs {
		w.node(f.Decl)
	}
}

// node prints a declaration. Since comments are not read, and the positions of what
// stays are in the file as it is, blank lines inside are dropped.
func (w writer) node(n ast.Node) {
	var text bytes.Buffer
	if err := layout.Fprint(&text, w.fset, n); err != nil {
		panic(err) // Writing to memory does not fail, and the declarations were parsed.
	}
	for line := range strings.Lines(text.String()) {
		if strings.TrimSpace(line) != "" {
			w.out.WriteString(strings.TrimSuffix(line, "\n") + "\n")
		}
	}
}
