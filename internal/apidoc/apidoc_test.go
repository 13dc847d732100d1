package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestCurrent is what `go generate` would change. When it fails for a reason, run that,
// and look at the difference as at any other: it is what users will see of the change.
func TestCurrent(t *testing.T) {
	all, err := listings("../..")
	require.NoError(t, err)
	require.Len(t, all, 2)
	for file, want := range all {
		have, err := os.ReadFile("../../docs/" + file)
		require.NoError(t, err)
		if string(want) != strings.ReplaceAll(string(have), "\r\n", "\n") {
			t.Errorf("docs/%s is out of date: run go generate", file)
		}
	}
}

const source = `// Package shape is an example.
package shape

import "example.org/shapes/internal/secret"

// Square has comments, which are not listed.
type Square struct {
	// Side is in metres.

	Side   int
	secret secret.S
}

// Unit is one.
const Unit = 1

func (s Square) Area() int { return s.Side * s.Side }
func (Square) hidden()     {}

func New() Square { return Square{} }
`

func TestListings(t *testing.T) {
	dir := t.TempDir()
	for file, text := range map[string]string{
		"go.mod":                    "module example.org/shapes\n\ngo 1.26\n",
		"shape/shape.go":            source,
		"shape/shape_test.go":       "package shape\n\nfunc Tested() {}\n",
		"internal/secret/secret.go": "package secret\n\ntype S int\n",
		"examples/show/main.go":     "package main\n\nfunc main() {}\n\nfunc Shown() {}\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(file))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	all, err := listings(dir)
	require.NoError(t, err)
	require.Equal(t, `package example.org/shapes/shape

const Unit = 1

type Square struct {
	Side int
	// contains filtered or unexported fields
}
func New() Square
func (s Square) Area() int
`, string(all["api.txt"]))
	require.Equal(t, "example.org/shapes/shape\n", string(all["dependencies.txt"]))

	require.NoError(t, os.WriteFile(filepath.Join(dir, "shape", "more.go"), []byte("pakage"), 0o644))
	_, err = listings(dir)
	require.Error(t, err)
}
