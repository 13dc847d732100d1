package dkim_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	ours "github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

// The differential tests verify the same message with go-msgauth. Where the two
// differ is listed here with the reason, and nowhere else.

// stricter are our reasons not to pass what go-msgauth may pass.
var stricter = []mailworthy.Code{
	ours.CodeFromMissing,      // RFC 5322 wants a From field
	ours.CodeFromMultiple,     // RFC 6376 section 8.15 leaves it to the verifier
	ours.CodeStrictIdentity,   // it parses t=s of keys, and does nothing with it
	ours.CodeExpiresEarly,     // it does not compare x= with t=
	ours.CodeFuture,           // a matter of policy
	ours.CodeSignatureSyntax,  // a domain of one label, empty tags, characters that no value may hold
	ours.CodeQuery,            // it does not tell the methods of q= apart in all cases
	ours.CodeCanonicalization, // case and white space
	ours.CodeKeySyntax,        // v= of a key behind other tags
	ours.CodeIdentity,         // an escaped at sign
}

var (
	bareCR    = regexp.MustCompile(`\r([^\n]|$)`)
	bareLF    = regexp.MustCompile(`(^|[^\r])\n`)
	otherB    = regexp.MustCompile(`(?i)b\s*=`)
	identity  = regexp.MustCompile(`(?i)[;:\s]i\s*=`)
	length    = regexp.MustCompile(`(?i)[;:\s]l\s*=`)
	oddColon  = regexp.MustCompile(`(?m)^[^:\r\n]*[ \t][^:\r\n]*:`)
	selfNamed = regexp.MustCompile(`(?i)dkim-signature`)
)

// explained says why go-msgauth may give another verdict on a message.
func explained(text string, s *ours.Signature, theirs error) string {
	head, _, found := strings.Cut(text, "\r\n\r\n")
	switch {
	case !found:
		return "it takes a message without a body for an error"
	case bareCR.MatchString(text):
		return "it loses a bare CR, and blanks before one"
	case bareLF.MatchString(text):
		return "it takes a bare LF for CRLF in all messages"
	case s.Status == ours.Pass && theirs != nil && strings.Contains(theirs.Error(), "body length"):
		return "it refuses l="
	case s.Status != ours.Pass && slices.Contains(stricter, s.Code):
		return "we are stricter: " + string(s.Code)
	case s.Status == ours.Pass && len(otherB.FindAllString(head, -1)) > strings.Count(head, "DKIM-Signature"):
		return "it removes whatever looks like b="
	case s.Status == ours.Pass && identity.MatchString(head):
		return "it compares the domain of i= by case"
	case length.MatchString(head):
		return "it never verifies l="
	case oddColon.MatchString(head):
		return "it takes what has blanks in it for the name of a field"
	case strings.Count(strings.ToLower(head), "dkim-signature") > 1 && selfNamed.MatchString(strings.Join(s.Headers, ":")):
		return "it lets a signature sign itself"
	}
	return ""
}

// compare verifies text with both, and returns what is not explained.
func compare(t testing.TB, text string, records map[string]string) string {
	t.Helper()
	theirs, err := dkim.VerifyWithOptions(strings.NewReader(text), &dkim.VerifyOptions{
		LookupTXT: func(domain string) ([]string, error) {
			if r, ok := records[domain]; ok {
				return []string{r}, nil
			}
			return nil, nil
		},
	})
	m, readErr := ours.ReadMessage(strings.NewReader(text), ours.ReadOptions{})
	require.NoError(t, readErr)
	view := keysOf(records)
	opts := ours.Options{Time: time.Now(), SkewSeconds: -1}
	_, missing := ours.Evaluate(m, opts, view)
	for _, q := range missing {
		view[q] = resolver.Answer{Status: resolver.NXDomain}
	}
	res, missing := ours.Evaluate(m, opts, view)
	require.Empty(t, missing)
	if err != nil {
		// It gives up on the message: one of its fields, or its end, is not as it expects.
		return ""
	}
	if len(theirs) != len(res.Signatures) {
		if slices.ContainsFunc(res.Signatures, func(s ours.Signature) bool { return explained(text, &s, nil) != "" }) || bareLF.MatchString(text) || bareCR.MatchString(text) || oddColon.MatchString(text) {
			return ""
		}
		return fmt.Sprintf("%d signatures, not %d", len(res.Signatures), len(theirs))
	}
	for i := range res.Signatures {
		s := &res.Signatures[i]
		v := theirs[s.Index]
		if (v.Err == nil) != (s.Status == ours.Pass) && explained(text, s, v.Err) == "" {
			return fmt.Sprintf("signature %d: %s %s, and theirs %v", s.Index, s.Status, s.Code, v.Err)
		}
	}
	return ""
}

var diffRecords = map[string]string{"s1._domainkey.example.org": record(edKey.Public())}

// FuzzDifferential signs a message with go-msgauth, lets both verify it, damages one
// octet, and lets both verify it again.
func FuzzDifferential(f *testing.F) {
	f.Add("Subject: a  b\r\n\tc\r\n", "Hello \t you\r\n\r\n", uint8(0), uint16(3), byte('x'))
	f.Add("Subject : x\r\nX-A:\r\n", " \r\n", uint8(3), uint16(300), byte(' '))
	f.Add("To:\r\n x\r\n", "", uint8(1), uint16(500), byte('\t'))
	f.Add("A: b=1;\r\n", "a\r\n \r\n", uint8(2), uint16(130), byte(';'))
	f.Fuzz(func(t *testing.T, head, body string, canon uint8, at uint16, c byte) {
		text := "From: a@example.org\r\n" + head + "\r\n" + body
		options := &dkim.SignOptions{
			Domain: "example.org", Selector: "s1", Signer: edKey,
			HeaderCanonicalization: []dkim.Canonicalization{dkim.CanonicalizationSimple, dkim.CanonicalizationRelaxed}[canon&1],
			BodyCanonicalization:   []dkim.Canonicalization{dkim.CanonicalizationSimple, dkim.CanonicalizationRelaxed}[canon>>1&1],
			HeaderKeys:             []string{"From", "Subject", "To", "A", "From"},
		}
		var signed bytes.Buffer
		if dkim.Sign(&signed, strings.NewReader(text), options) != nil {
			t.Skip()
		}
		require.Empty(t, compare(t, signed.String(), diffRecords), "%q", signed.String())
		damaged := signed.Bytes()
		damaged[int(at)%len(damaged)] = c
		require.Empty(t, compare(t, string(damaged), diffRecords), "%q", damaged)
	})
}

// TestDifferential damages each octet of a message in several ways.
func TestDifferential(t *testing.T) {
	const text = "From: a@example.org\r\nSubject:  a \t b\r\n c\r\nTo : x\r\n\r\nHello \t you\r\n\r\n\tx \r\n\r\n"
	for _, canon := range []string{"simple/simple", "relaxed/relaxed", "simple/relaxed"} {
		tags := "v=1; a=ed25519-sha256; c=" + canon + "; d=example.org; s=s1; t=1; h=from:subject:to:from"
		signed := sign(text, tags, "", edKey)
		require.Empty(t, compare(t, signed, diffRecords))
		for i := range len(signed) {
			for _, c := range []string{"", " ", "\t", "x", ";", "=", ":", "\r\n", "\r\n ", "\n", "\r", "\x00", "\xff", signed[i:i+1] + signed[i:i+1]} {
				damaged := signed[:i] + c + signed[i+1:]
				require.Empty(t, compare(t, damaged, diffRecords), "octet %d to %q: %q", i, c, damaged)
			}
		}
	}
}

// TestDifferentialDefects keeps the list of differences honest: each is one still.
func TestDifferentialDefects(t *testing.T) {
	base := "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.org; s=s1; h=from:subject"
	const text = "From: a@example.org\r\nSubject: x\r\n\r\nHello.\r\n"
	for name, tt := range map[string]struct {
		text   string
		ours   ours.Status
		theirs bool
	}{
		"b= in z=":             {sign(text, base+"; z=Subject:b=3D", "", edKey), ours.Pass, false},
		"name that ends in b":  {sign(text, base+"; sub=1", "", edKey), ours.Pass, false},
		"case of i=":           {sign(text, strings.Replace(base, "d=example.org", "d=Example.org; i=@example.org", 1), "", edKey), ours.Pass, false},
		"l=":                   {sign(text, base+"; l=3", "", edKey), ours.Pass, false},
		"bare CR at the end":   {strings.Replace(sign(text, base, "", edKey), "Hello.\r\n", "Hello.\r\r\n", 1), ours.Fail, true},
		"From twice":           {"From: e@evil.example\r\n" + sign(text, base, "", edKey), ours.Policy, true},
		"expires before t=":    {sign(text, base+"; t=9000000001; x=9000000000", "", edKey), ours.Neutral, true},
		"signed in the future": {sign(text, base+"; t=9000000000", "", edKey), ours.Policy, true},
	} {
		t.Run(name, func(t *testing.T) {
			require.Empty(t, compare(t, tt.text, diffRecords))
			v, err := dkim.VerifyWithOptions(strings.NewReader(tt.text), &dkim.VerifyOptions{
				LookupTXT: func(domain string) ([]string, error) { return []string{diffRecords[strings.ToLower(domain)]}, nil },
			})
			require.NoError(t, err)
			require.Equal(t, tt.theirs, v[0].Err == nil, "%v", v[0].Err)
			res, missing := ours.Evaluate(read(t, tt.text, ours.ReadOptions{}), ours.Options{Time: time.Now()}, keysOf(diffRecords))
			require.Empty(t, missing)
			require.Equal(t, tt.ours, res.Status, "%+v", res)
		})
	}
}
