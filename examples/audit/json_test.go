package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestJSONPaths pins the shape of the document: all paths of the story's, and of a
// message's, with their types. After a change, run the test with -update, and think of
// those who read the document.
func TestJSONPaths(t *testing.T) {
	paths := make(map[string]map[string]bool)
	for _, args := range [][]string{
		{"-json"},
		{"-json", "-zone", "story.zone", "-message", "testdata/signed.eml", "-ip", "192.0.2.1", "-selector", "google", "-helo", "a.example", "agency.example"},
	} {
		code, out, errs := runAudit(t, args...)
		require.Zero(t, code, errs)
		var doc any
		require.NoError(t, json.Unmarshal([]byte(out), &doc))
		walk(paths, "", doc)
	}
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		fmt.Fprintf(&b, "%s %s\n", path, strings.Join(slices.Sorted(maps.Keys(paths[path])), "|"))
	}
	file := filepath.Join("testdata", "json-paths.txt")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, strings.ReplaceAll(string(want), "\r\n", "\n"), b.String())
	require.NotContains(t, b.String(), "null")
}

var wordKey = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// walk collects paths. A key that is a name, and no field, is *, and so is each place in
// an array; a tree of records is as deep as it is.
func walk(paths map[string]map[string]bool, at string, v any) {
	kind := "null"
	switch v := v.(type) {
	case map[string]any:
		kind = "object"
		for key, inner := range v {
			if !wordKey.MatchString(key) {
				key = "*"
			}
			walk(paths, strings.ReplaceAll(at+"."+key, ".policy.terms[].policy", ".policy"), inner)
		}
	case []any:
		kind = "array"
		for _, inner := range v {
			if strings.HasSuffix(at, ".findings") {
				walk(paths, "finding", inner) // They are all alike.
				continue
			}
			walk(paths, at+"[]", inner)
		}
	case string:
		kind = "string"
		if _, err := netip.ParseAddr(v); err == nil {
			kind = "address"
		}
	case float64:
		kind = "number"
	case bool:
		kind = "bool"
	}
	if paths[at] == nil {
		paths[at] = make(map[string]bool)
	}
	paths[at][kind] = true
}
