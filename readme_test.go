package mailworthy_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

var goBlock = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")

// TestReadmePrograms builds the Go blocks of the documents as a user would, in a
// module that requires this one, and runs those that are tests.
func TestReadmePrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	documents, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	root, err := os.Getwd()
	require.NoError(t, err)
	user := t.TempDir()
	sums, err := os.ReadFile("go.sum")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(user, "go.sum"), sums, 0o600))
	mod, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	mod = fmt.Appendf(mod, "\nrequire %s v0.0.0\nreplace %s => %q\n", module, module, root)
	mod = []byte(strings.Replace(string(mod), "module "+module+"\n", "module example.org/user\n", 1))
	require.NoError(t, os.WriteFile(filepath.Join(user, "go.mod"), mod, 0o600))

	blocks := 0
	for _, document := range append(documents, "README.md") {
		text, err := os.ReadFile(document)
		require.NoError(t, err)
		for i, block := range goBlock.FindAllSubmatch(text, -1) {
			blocks++
			dir := filepath.Join(user, fmt.Sprintf("%s%d", strings.TrimSuffix(filepath.Base(document), ".md"), i))
			require.NoError(t, os.Mkdir(dir, 0o700))
			require.Regexp(t, `^package `, string(block[1]), "%s: Go blocks are whole files", document)
			file := "main.go"
			if strings.Contains(string(block[1]), "testing.T") {
				file = "user_test.go"
			}
			require.NoError(t, os.WriteFile(filepath.Join(dir, file), block[1], 0o600))
		}
	}
	require.NotZero(t, blocks, "no Go blocks found")

	cmd := exec.CommandContext(t.Context(), "go", "test", "-mod=mod", "-vet=all", "./...")
	cmd.Dir = user
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOWORK=off") // What this module needs is there.
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// TestReadmePackages compares the package table with the tree.
func TestReadmePackages(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	public := make(map[string]bool)
	for _, file := range goFiles(t) {
		dir := path.Dir(file)
		if dir != "." && !strings.Contains("/"+dir+"/", "/internal/") && !strings.HasPrefix(dir, "examples/") {
			public[dir] = true
		}
	}
	listed := make(map[string]bool)
	for _, row := range regexp.MustCompile("(?m)^\\| \\[`([a-z/]+)`\\]").FindAllSubmatch(text, -1) {
		listed[string(row[1])] = true
	}
	require.Equal(t, public, listed)
}

// TestReadmeLinks follows the links into the repository.
func TestReadmeLinks(t *testing.T) {
	documents, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	documents = append(documents, "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
	links := 0
	for _, document := range documents {
		text, err := os.ReadFile(document)
		require.NoError(t, err)
		text = goBlock.ReplaceAll(text, nil)
		for _, link := range regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`).FindAllSubmatch(text, -1) {
			links++
			_, err := os.Stat(filepath.Join(filepath.Dir(document), string(link[1])))
			require.NoError(t, err, "a link in %s", document)
		}
	}
	require.NotZero(t, links)
}

// TestOctetsOfRecords holds what docs/replay.md says of octets that are not UTF-8: the JSON
// of observations keeps them, so that the verdict and its evidence come again.
func TestOctetsOfRecords(t *testing.T) {
	rec := resolver.Record(resolver.MustZone(`example.org TXT "v=spf1 a:\255\254 -all"`))
	rep, err := spf.Checker{Resolver: rec}.CheckDomain(t.Context(), "example.org")
	require.NoError(t, err)
	require.Contains(t, rep.Tree.Record, "a:\xff\xfe")
	require.Equal(t, []string{`example.org TXT "v=spf1 a:\255\254 -all"`}, rep.Findings[0].Evidence)

	text, err := json.Marshal(rec.Snapshot())
	require.NoError(t, err)
	var stored resolver.Snapshot
	require.NoError(t, json.Unmarshal(text, &stored))
	again, missing := spf.EvaluateDomain(spf.DomainRequest{Domain: "example.org"}, stored)
	require.Empty(t, missing)
	require.Equal(t, rep, again)

	text, err = json.Marshal(rep)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &again))
	require.Equal(t, "v=spf1 a:\uFFFD\uFFFD -all", again.Tree.Record)
	require.Equal(t, rep.Findings, again.Findings)
}
