package dkim_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	msgauth "github.com/emersion/go-msgauth/dkim"
	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

// difference is a reason for two verifiers to come to different verdicts.
type difference struct {
	name string
	// ours says which of the two has a pass.
	ours  bool
	match func(text string, s dkim.Signature, theirs string) bool
}

func has(pattern string) func(string, dkim.Signature, string) bool {
	re := regexp.MustCompile(pattern)
	return func(text string, _ dkim.Signature, _ string) bool { return re.MatchString(text) }
}

// differences has all those that are wanted, and where the RFC stands.
var differences = []difference{
	{
		// RFC 1035 section 2.3.3: names have no case.
		name: "d= is compared with i= as text", ours: true,
		match: func(_ string, _ dkim.Signature, theirs string) bool { return theirs == "dkim: domain mismatch" },
	},
	{
		// RFC 6376 section 2.10 lets base64 end with none, one or two signs.
		name: "padding of b= or bh= cut off", ours: true,
		match: func(_ string, _ dkim.Signature, theirs string) bool {
			return strings.Contains(theirs, "malformed signature: illegal base64 data")
		},
	},
	{
		// RFC 6376 section 8.15 leaves it to the caller; RFC 5322 section 3.6 forbids it.
		name: "several From fields", match: func(_ string, s dkim.Signature, _ string) bool { return s.Code == dkim.CodeFromMultiple },
	},
	{
		// A lone CR or LF is neither the end of a line nor white space (RFC 6376
		// sections 2.8 and 3.4): the other ends the line there, and drops the CR.
		name: "lone CR or LF", match: has(`(^|[^\r])\n|\r([^\n]|$)`),
	},
	{
		name: "lone LF, and they end the header there", ours: true, match: has(`[^\r]\n`),
	},
	{
		// RFC 5322 section 4.5.8 allows blanks before the colon, but no line break.
		name: "name folded before the colon", match: has(`\n[A-Za-z-]+[ \t]*\r\n[ \t]+:`),
	},
	{
		// RFC 6376 section 3.7: only the value of b= is deleted.
		name: "b= elsewhere in the field", ours: true,
		match: has(`^(?s:DKIM-Signature:([^;]*;)*[^;]*[^;b\s]b\s*=)`),
	},
	{
		// RFC 6376 section 3.5: a right that verifiers may renounce, and they do.
		name: "l=", ours: true, match: func(_ string, s dkim.Signature, _ string) bool { return s.Partial },
	},
	{
		// RFC 6376 section 3.6.2.1 has a signature by a label at the top in no grammar.
		name: "top-level domain", match: has(`d=org;`),
	},
	{
		// RFC 6376 section 3.5: x= MUST be later than t=.
		name: "x= not later than t=", match: func(_ string, s dkim.Signature, _ string) bool { return s.Code == dkim.CodeExpiresEarly },
	},
	{
		// RFC 6376 section 3.6.1.
		name: "t=s", match: func(_ string, s dkim.Signature, _ string) bool { return s.Code == dkim.CodeStrictIdentity },
	},
	{
		// RFC 6376 section 3.6.1: folding white space in p=.
		name: "tab in p=", ours: true, match: func(_ string, s dkim.Signature, _ string) bool { return strings.Contains(s.Key.Text, "\t") },
	},
	{
		name: "unrelated text at the key's name", ours: true,
		match: func(_ string, _ dkim.Signature, theirs string) bool { return strings.Contains(theirs, "multiple TXT") },
	},
	{
		name: "header alone", ours: true, match: func(text string, _ dkim.Signature, _ string) bool { return !strings.Contains(text, "\r\n\r\n") },
	},
}

// TestDifferentialRandom compares with go-msgauth, on messages that are right and such that
// are wrong by one change. Each difference has to be one of the table, and each of the
// table has to occur.
func TestDifferentialRandom(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(1, 2)), edKey, "ed25519-sha256", "s2"}
	view := ownKeys()
	lookup := func(domain string) ([]string, error) {
		a := view[resolver.Q(strings.ToLower(domain), resolver.TypeTXT)]
		var texts []string
		for _, text := range a.TXT {
			texts = append(texts, strings.Join(text, ""))
		}
		return texts, nil
	}
	ed := record(edKey.Public())
	for selector, texts := range map[string][]resolver.Text{"strict": {{ed + "; t=s"}}, "tab": {{ed[:len(ed)-5] + "\t" + ed[len(ed)-5:]}}, "two": {{"x"}, {ed}}} {
		view[resolver.Q(selector+"._domainkey.example.org", resolver.TypeTXT)] = resolver.Answer{Status: resolver.Success, TXT: texts}
	}
	view[resolver.Q("s2._domainkey.org", resolver.TypeTXT)] = view[resolver.Q(keyS2, resolver.TypeTXT)]
	tags := func(selector, more string) string {
		return sign(message, strings.Replace(edTags, "s2", selector, 1)+more, "", edKey)
	}
	texts := []string{
		tags("s2", "; sub=1"), tags("s2", "; z=x:b=20"), tags("s2", "; l=3"), tags("s2", "; t=4000000000; x=4000000000"), tags("strict", "; i=@a.example.org"), tags("tab", ""), tags("two", ""),
		sign(message, strings.Replace(edTags, "d=example.org", "d=org", 1), "", edKey), sign("From: a@b.c\r\n", edTags, "", edKey),
		strings.Replace(tags("s2", ""), "==\r\n", "=\r\n", 1),
		strings.Replace(sign("X: y\r\n"+message, edTags, "", edKey), "X: y", "\nX: y", 1),
		strings.Replace(sign("X : y\r\n"+message, edTags+":x", "", edKey), "X :", "X\r\n :", 1),
	}
	seen := make(map[string]int)
	agreed := make(map[bool]int)
	for i := range 1500 {
		var how, text string
		if i < len(texts) {
			text = texts[i]
		} else {
			how, text = g.mutate(g.message("i=@a.example.org", "t=1500000000", "x=4000000000", "q=dns/txt", "n=x", "z=To:a=3Db|Subject:b"))
		}
		m := read(t, text, dkim.ReadOptions{})
		_, missing := dkim.Evaluate(m, dkim.Options{}, nil)
		for _, q := range missing {
			if _, ok := view[q]; !ok {
				view[q] = resolver.Answer{Status: resolver.NXDomain}
			}
		}
		res, missing := dkim.Evaluate(m, dkim.Options{Time: time.Unix(now, 0)}, view)
		require.Empty(t, missing)
		var ours dkim.Signature
		if len(res.Signatures) == 1 {
			ours = res.Signatures[0]
		}
		if how == "unchanged" {
			require.Equal(t, dkim.Pass, ours.Status, "%q", text)
		}
		theirs := "none"
		vs, err := msgauth.VerifyWithOptions(strings.NewReader(text), &msgauth.VerifyOptions{LookupTXT: lookup})
		switch {
		case err != nil:
			theirs = err.Error()
		case len(vs) == 1 && vs[0].Err != nil:
			theirs = vs[0].Err.Error()
		case len(vs) == 1:
			theirs = "pass"
		}
		if (ours.Status == dkim.Pass) == (theirs == "pass") {
			agreed[theirs == "pass"]++
			continue
		}
		explained := ""
		for _, d := range differences {
			if d.ours == (ours.Status == dkim.Pass) && d.match(text, ours, theirs) {
				explained = d.name
				break
			}
		}
		seen[explained]++
		if explained == "" {
			t.Errorf("%s: ours %s %s, theirs %s\n%q", how, ours.Status, ours.Code, theirs, text)
		}
	}
	for _, d := range differences {
		require.NotZero(t, seen[d.name], d.name)
	}
	require.Greater(t, agreed[true], 300)
	require.Greater(t, agreed[false], 300)
}
