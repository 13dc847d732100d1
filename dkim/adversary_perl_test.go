package dkim_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dkim"
)

// perlDifferences has all those that are wanted, and where the RFC stands.
var perlDifferences = []difference{
	{
		// RFC 6376 section 3.4.3: a line end is added to the body when it lacks one.
		name: "simple body without a line end", ours: true,
		match: func(text string, s dkim.Signature, _ string) bool {
			return s.BodyCanonicalization == dkim.Simple && !strings.HasSuffix(text, "\r\n")
		},
	},
	{
		// RFC 6376 section 8.15 leaves it to the caller; RFC 5322 section 3.6 forbids it.
		name: "several From fields", match: func(_ string, s dkim.Signature, _ string) bool { return s.Code == dkim.CodeFromMultiple },
	},
	{
		// A lone CR or LF is no folding white space (RFC 6376 section 2.8).
		name: "lone CR or LF", match: has(`(^|[^\r])\n|\r([^\n]|$)`),
	},
}

// TestPerl compares with Perl's Mail::DKIM, of the Debian package libmail-dkim-perl,
// which must be there when CI is true, and need not elsewhere.
func TestPerl(t *testing.T) {
	if err := exec.CommandContext(t.Context(), "perl", "-MMail::DKIM", "-e", "1").Run(); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "CI needs the Debian package libmail-dkim-perl: %v", err)
		t.Skip("needs the Debian package libmail-dkim-perl")
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	args := []string{"testdata/verify.pl", write("keys", keyS1+"\t"+record(rsaKey().Public())+"\n")}

	g := generator{rand.New(rand.NewPCG(3, 4)), rsaKey(), "rsa-sha256", "s1"}
	var texts []string
	for i := range 300 {
		text := g.message("i=@a.example.org", "t=1500000000", "x=4000000000", "q=dns/txt", "n=x")
		if i%3 > 0 {
			_, text = g.mutate(text)
		}
		texts = append(texts, text)
	}
	tags := strings.Replace(fullTags, "relaxed/relaxed", "simple/simple", 1)
	texts = append(
		texts,
		sign(message+"x", tags, "", rsaKey()),
		sign("From: x@example.net\r\n"+message, tags, "", rsaKey()),
		sign(message, tags+"; n=a\r\n b\n c", "", rsaKey()),
	)
	for i, text := range texts {
		args = append(args, write(fmt.Sprint(i), text))
	}
	out, err := exec.CommandContext(t.Context(), "perl", args...).Output()
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	require.Len(t, lines, len(texts))
	seen := make(map[string]int)
	agreed := make(map[bool]int)
	for i, theirs := range lines {
		res := judge(t, texts[i], ownKeys())
		if (res.Status == dkim.Pass) == (theirs == "pass") {
			agreed[theirs == "pass"]++
			continue
		}
		explained := ""
		for _, d := range perlDifferences {
			if d.ours == (res.Status == dkim.Pass) && d.match(texts[i], res.Signatures[0], theirs) {
				explained = d.name
				break
			}
		}
		seen[explained]++
		if explained == "" {
			t.Errorf("ours %s %s, theirs %s\n%q", res.Status, res.Signatures[0].Code, theirs, texts[i])
		}
	}
	for _, d := range perlDifferences {
		require.NotZero(t, seen[d.name], d.name)
	}
	require.Greater(t, agreed[true], 100)
	require.Greater(t, agreed[false], 30)
}
