package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
)

// pkg is a package of the module that users can import, as `go list` describes it.
type pkg struct {
	Dir, ImportPath string
	GoFiles, Deps   []string
	Module          struct{ Path string }
	Standard        bool
}

// load returns the packages of the module in a directory that users can import, in the
// order of their names, with the platform's files as for Linux, so that the listings
// are the same everywhere.
func load(module string) ([]pkg, error) {
	all, err := list(module, "-deps", "./...")
	if err != nil {
		return nil, err
	}
	own, err := list(module, "-m")
	if err != nil || len(own) != 1 {
		return nil, errors.Join(err, errors.New("go list -m names no module"))
	}
	var out []pkg
	for _, p := range all {
		rest, ok := strings.CutPrefix(p.ImportPath+"/", own[0].ImportPath+"/")
		if !ok || strings.Contains("/"+rest, "/internal/") || strings.HasPrefix(rest, "examples/") {
			continue
		}
		deps := p.Deps
		p.Deps = nil
		for _, d := range all {
			if !d.Standard && d.Module.Path != own[0].ImportPath && slices.Contains(deps, d.ImportPath) {
				p.Deps = append(p.Deps, d.ImportPath)
			}
		}
		slices.Sort(p.Deps)
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b pkg) int { return strings.Compare(a.ImportPath, b.ImportPath) })
	return out, nil
}

// list runs `go list`.
func list(dir string, args ...string) ([]pkg, error) {
	cmd := exec.CommandContext(context.Background(), "go", append([]string{"list", "-json"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "GOOS=linux", "GOARCH=amd64", "GOFLAGS=-mod=readonly", "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	var out []pkg
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var p struct {
			pkg
			Path string // of a module
		}
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, err
		case p.Path != "":
			p.ImportPath = p.Path
		}
		out = append(out, p.pkg)
	}
}

// dependencies lists the packages of other modules that each package brings along.
func dependencies(packages []pkg) []byte {
	var out bytes.Buffer
	for i, p := range packages {
		if i > 0 {
			out.WriteByte('\n')
		}
		fmt.Fprintln(&out, p.ImportPath)
		for _, d := range p.Deps {
			fmt.Fprintln(&out, "\t"+d)
		}
	}
	return out.Bytes()
}
