package dkim_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

func TestAuthenticationResults(t *testing.T) {
	require.Empty(t, dkim.Result{}.AuthenticationResults())
	require.Empty(t, dkim.Signature{}.AuthenticationResults())
	require.Equal(t, "dkim=none", dkim.Result{Status: dkim.None}.AuthenticationResults())
	s := dkim.Signature{
		Status: dkim.Fail, Code: dkim.CodeBodyHash, Domain: "example.org\r\nX: y", Selector: `a"b\c`,
		Algorithm: "rsa-sha256", Tag: "a/b=", Testing: true,
	}
	require.Equal(t, `dkim=fail (testing) reason="body-hash" header.d="example.org\\013\\010X: y" header.s="a\"b\\\\c" header.a=rsa-sha256 header.b="a/b="`, s.AuthenticationResults())
	s = dkim.Signature{Status: dkim.Pass, Domain: strings.Repeat("x", 1000)}
	require.Less(t, len(s.AuthenticationResults()), 400)
}

// TestTags proves that header.b tells signatures apart.
func TestTags(t *testing.T) {
	text := "DKIM-Signature: b=AAAABBBBCCCCDD\r\nDKIM-Signature: b=AAAABBBBCCCCEE\r\nDKIM-Signature: b=AB\r\nDKIM-Signature: x=y\r\n" + message
	res, _ := dkim.Evaluate(read(t, text, dkim.ReadOptions{}), dkim.Options{}, nil)
	var tags []string
	for _, s := range res.Signatures {
		tags = append(tags, s.Tag)
	}
	require.Equal(t, []string{"AAAABBBBCCCCD", "AAAABBBBCCCCE", "AB", ""}, tags)
}

// TestNothingUnescaped proves that octets of a message reach no result as they are.
func TestNothingUnescaped(t *testing.T) {
	const bad = "\x1b[31m\x00\xff"
	for _, tags := range []string{
		"v=" + bad, "v=1; a=" + bad, "v=1; a=rsa-sha256; d=" + bad, "v=1; a=x; d=x\x1b.example; s=" + bad, "v=1; a=rsa-sha256; d=example.org; s=s1; i=\xc3\xa9=1B@example.org; h=from:x\xc3\xa9; b=\xc3\xa9; bh=\xc3\xa9",
	} {
		text := "DKIM-Signature: " + tags + "\r\nFrom: " + bad + "@" + bad + "\r\n\r\nx"
		res, _ := dkim.Evaluate(read(t, text, dkim.ReadOptions{}), dkim.Options{}, resolver.MustZone(""))
		require.NotEmpty(t, res.Status)
		stored, err := json.Marshal(res)
		require.NoError(t, err)
		var back dkim.Result
		require.NoError(t, json.Unmarshal(stored, &back))
		require.Equal(t, res, back)
		for _, s := range append([]string{res.AuthenticationResults(), res.Signatures[0].Identity, res.Signatures[0].Domain}, append(res.From, res.Signatures[0].Headers...)...) {
			for _, c := range []byte(s) {
				require.True(t, c >= ' ' && c < 0x7f, "%q", s)
			}
		}
		for _, f := range res.Signatures[0].Findings {
			for _, s := range append([]string{f.Message, f.Remedy, f.Subject}, f.Evidence...) {
				for _, c := range []byte(s) {
					require.True(t, c >= ' ' && c < 0x7f, "%q of %s", s, f.Code)
				}
			}
		}
	}
}

func TestChecker(t *testing.T) {
	text := sign(message, fullTags, "", rsaKey())
	zone := resolver.Record(keyResolver{"s1._domainkey.example.org": record(rsaKey().Public())})
	checker := dkim.Checker{Resolver: zone, Options: dkim.Options{Time: time.Unix(now, 0)}}
	res, err := checker.Check(t.Context(), strings.NewReader(text))
	require.NoError(t, err)
	require.Equal(t, dkim.Pass, res.Status)
	require.Equal(t, uint32(300), res.Signatures[0].KeyTTL)
	require.True(t, res.Signatures[0].Secure)
	require.Equal(t, 2048, res.Signatures[0].Key.Bits)

	// What was recorded gives the same result again.
	again, missing := dkim.Evaluate(read(t, text, dkim.ReadOptions{}), checker.Options, zone.Snapshot())
	require.Empty(t, missing)
	require.Equal(t, res, again)

	// The present time counts when there is none.
	res, err = dkim.Checker{Resolver: zone}.Check(t.Context(), strings.NewReader(sign(message, fullTags+"; x=1000", "", rsaKey())))
	require.NoError(t, err)
	require.Equal(t, dkim.CodeExpired, res.Signatures[0].Code)
}

func TestCheckerEnds(t *testing.T) {
	text := sign(message, fullTags, "", rsaKey())
	silent := resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
		<-ctx.Done()
		return resolver.Fail(&resolver.Error{Question: q, Status: resolver.Timeout, Err: ctx.Err()})
	})
	synctest.Test(t, func(t *testing.T) {
		res, err := dkim.Checker{Resolver: silent}.Check(t.Context(), strings.NewReader(text))
		require.NoError(t, err, "the limit is the Checker's own")
		require.Equal(t, dkim.TempError, res.Status)

		ctx, cancel := context.WithCancelCause(t.Context())
		gone := errors.New("gone")
		cancel(gone)
		res, err = dkim.Checker{Resolver: silent}.Check(ctx, strings.NewReader(text))
		require.ErrorIs(t, err, gone)
		require.Equal(t, dkim.TempError, res.Status, "a context's end is no permanent failure")
	})
}

// keyResolver answers with key records.
type keyResolver map[string]string

func (k keyResolver) Lookup(_ context.Context, q resolver.Question) (resolver.Answer, error) {
	if r, ok := k[q.Name]; ok && q.Type == resolver.TypeTXT {
		return answerOf(r), nil
	}
	return resolver.Answer{Status: resolver.NXDomain}, nil
}

// TestFaultMatrix answers each question with each failure: nothing may pass, or be
// found absent, because of it.
func TestFaultMatrix(t *testing.T) {
	text := sign(sign(message, fullTags, "", rsaKey()), strings.Replace(strings.Replace(fullTags, "rsa", "ed25519", 1), "s1", "s2", 1), "", edKey)
	m := read(t, text, dkim.ReadOptions{})
	records := map[string]string{"s1._domainkey.example.org": record(rsaKey().Public()), "s2._domainkey.example.org": record(edKey.Public())}
	for name := range records {
		for _, status := range []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed} {
			view := keysOf(records)
			view[resolver.Q(name, resolver.TypeTXT)] = resolver.Answer{Status: status, TXT: answerOf(records[name]).TXT}
			res, missing := dkim.Evaluate(m, dkim.Options{}, view)
			require.Empty(t, missing)
			require.Equal(t, dkim.Pass, res.Status, "the other one passes")
			for _, s := range res.Signatures {
				want := dkim.Pass
				if strings.HasPrefix(name, s.Selector) {
					want = dkim.TempError
				}
				require.Equal(t, want, s.Status)
			}
		}
	}
}

func TestUnsigned(t *testing.T) {
	for _, m := range []*dkim.Message{nil, new(dkim.Message), read(t, message, dkim.ReadOptions{})} {
		res, missing := dkim.Evaluate(m, dkim.Options{}, nil)
		require.Empty(t, missing)
		require.Equal(t, dkim.None, res.Status)
		require.True(t, res.Findings.Has(dkim.CodeUnsigned))
	}
	// A body that was not observed is not one that matches.
	m := read(t, sign(message, fullTags, "", rsaKey()), dkim.ReadOptions{})
	m.Bodies = nil
	res, _ := dkim.Evaluate(m, dkim.Options{}, keysOf(map[string]string{"s1._domainkey.example.org": record(rsaKey().Public())}))
	require.Equal(t, dkim.CodeNotObserved, res.Signatures[0].Code)
}

func FuzzEvaluate(f *testing.F) {
	f.Add(crlf(rfc8463Message), "v=DKIM1; p=")
	f.Add(sign(message, fullTags+"; i=@example.org; l=3; t=1; x=2", "", edKey), record(edKey.Public()))
	f.Add(seal(seal(message, 1, "none"), 2, "pass"), record(edKey.Public()))
	f.Add("DKIM-Signature:\r\n \r\nFrom: (\\\"<@>,:;\r\n", "k=rsa; p=AAAA")
	f.Fuzz(func(t *testing.T, text, key string) {
		m := read(t, text, dkim.ReadOptions{Diagnose: true})
		opts := dkim.Options{Time: time.Unix(now, 0)}
		view := make(resolver.Snapshot)
		_, missing := dkim.Evaluate(m, opts, nil)
		_, more := dkim.EvaluateARC(m, opts, nil)
		for _, q := range append(missing, more...) {
			require.Equal(t, resolver.Q(q.Name, q.Type), q)
			view[q] = answerOf(key)
		}
		res, missing := dkim.Evaluate(m, opts, view)
		require.Empty(t, missing, "one round is enough")
		require.NotEmpty(t, res.Status)
		chain, missing := dkim.EvaluateARC(m, opts, view)
		require.Empty(t, missing)
		require.NotEmpty(t, chain.Status)
		for _, c := range []byte(res.AuthenticationResults()) {
			require.True(t, c >= ' ' && c < 0x7f)
		}
		stored, err := json.Marshal(m)
		require.NoError(t, err)
		var again dkim.Message
		require.NoError(t, json.Unmarshal(stored, &again))
		replayed, _ := dkim.Evaluate(&again, opts, view)
		require.Equal(t, res, replayed)
		for _, s := range res.Signatures {
			require.Equal(t, s.Status == dkim.Pass, s.Code == "")
			require.True(t, s.Status != dkim.Pass || s.BodyMatches && s.HeaderMatches)
		}
	})
}

// TestCodes proves that each code of a finding is expected by some test.
func TestCodes(t *testing.T) {
	source, err := os.ReadFile("codes.go")
	require.NoError(t, err)
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	var tests strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		tests.Write(text)
	}
	codes := regexp.MustCompile(`(?m)^\t(Code\w+) +mailworthy\.Code = "dkim\.[a-z0-9-]+"$`).FindAllStringSubmatch(string(source), -1)
	require.Greater(t, len(codes), 30)
	for _, c := range codes {
		require.True(t, regexp.MustCompile(`(dkim|ours)\.`+c[1]+`\b`).MatchString(tests.String()), c[1])
	}
}
