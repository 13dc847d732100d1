package dkim_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

const (
	keyS1 = "s1._domainkey.example.org"
	keyS2 = "s2._domainkey.example.org"
)

// ownKeys are the keys of example.org: s1 for RSA, s2 for Ed25519.
func ownKeys() resolver.Snapshot {
	return keysOf(map[string]string{keyS1: record(rsaKey().Public()), keyS2: record(edKey.Public())})
}

// edTags are fullTags for the small and fast key.
const edTags = "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.org; s=s2; h=From:To:Subject:Date"

func judge(t testing.TB, text string, view resolver.View) dkim.Result {
	t.Helper()
	res, missing := dkim.Evaluate(read(t, text, dkim.ReadOptions{}), dkim.Options{Time: time.Unix(now, 0)}, view)
	require.Empty(t, missing)
	return res
}

// only returns the verdict on the one signature of a message.
func only(t testing.TB, text string, view resolver.View) verdict {
	t.Helper()
	res := judge(t, text, view)
	require.Len(t, res.Signatures, 1)
	return verdict{res.Signatures[0].Status, res.Signatures[0].Code}
}

// TestKnownDefects has the mistakes that verifiers are known to make.
func TestKnownDefects(t *testing.T) {
	pass := verdict{dkim.Pass, ""}
	ed := record(edKey.Public())
	p := ed[strings.Index(ed, "p=")+2:]
	change := func(from, to string) func(string) string {
		return func(s string) string {
			require.Contains(t, s, from)
			return strings.Replace(s, from, to, 1)
		}
	}
	tests := []struct {
		name    string
		message string // message if empty
		tags    string // edTags if empty
		edit    func(string) string
		record  string // the key's if empty
		texts   []resolver.Text
		want    verdict
	}{
		{name: "b= inside z=", tags: edTags + "; z=Subject:=20b=3D1|To:b=20;b2=b=b", want: pass},
		{name: "tags whose name ends with b", tags: "sub=1; " + edTags + "; rb=2; b_b=x", want: pass},
		{name: "tag b in another case", tags: edTags + "; B=1; BH=2", want: pass},
		{name: "b= inside i=", tags: edTags + "; i=b=3Dx@example.org", want: pass},
		{name: "t=s and identity below", tags: edTags + "; i=@a.example.org", record: ed + "; t=y:s", want: verdict{dkim.PermError, dkim.CodeStrictIdentity}},
		{name: "t=s among unknown flags", tags: edTags + "; i=@a.example.org", record: ed + "; t=zz : s", want: verdict{dkim.PermError, dkim.CodeStrictIdentity}},
		{name: "identity below without t=s", tags: edTags + "; i=@a.example.org", want: pass},
		{name: "CR dropped before the last line end", message: "From: a@b.c\r\n\r\nx\r\r\n", edit: change("x\r\r\n", "x\r\n"), want: verdict{dkim.Fail, dkim.CodeBodyHash}},
		{name: "CR added before the last line end", message: "From: a@b.c\r\n\r\nx\r\n", edit: change("x\r\n", "x\r\r\n"), want: verdict{dkim.Fail, dkim.CodeBodyHash}},
		{name: "CR kept before the last line end", message: "From: a@b.c\r\n\r\nx\r\r\n", want: pass},
		{name: "blank dropped before CR", message: "From: a@b.c\r\n\r\nx \ry\r\n", edit: change("x \ry", "x\ry"), want: verdict{dkim.Fail, dkim.CodeBodyHash}},
		{name: "blank kept before CR", message: "From: a@b.c\r\n\r\nx \ry\r\n", want: pass},
		{name: "CR at the end of the body", message: "From: a@b.c\r\n\r\nx\r", edit: change("x\r", "x"), want: verdict{dkim.Fail, dkim.CodeBodyHash}},
		{name: "LF added", message: "From: a@b.c\r\n\r\nx y\r\n", edit: change("x y", "x\n y"), want: verdict{dkim.Fail, dkim.CodeBodyHash}},
		{name: "blank line moved", message: "From: a@b.c\r\n\r\na\r\n\r\nb\r\n", edit: change("a\r\n\r\nb", "a\r\nb"), want: verdict{dkim.Fail, dkim.CodeBodyHash}},
		{name: "blank removed from the beginning of a line", message: "From: a@b.c\r\n\r\n a\r\n", edit: change("\r\n a", "\r\na"), want: verdict{dkim.Fail, dkim.CodeBodyHash}},
		{name: "NUL added to the body", message: "From: a@b.c\r\n\r\nab\r\n", edit: change("ab", "a\x00b"), want: verdict{dkim.Fail, dkim.CodeBodyHash}},
		{name: "domain in capitals, identity not", tags: strings.Replace(edTags, "d=example.org", "d=Example.ORG", 1) + "; i=@example.org", want: pass},
		{name: "domain below in capitals", tags: strings.Replace(edTags, "d=example.org", "d=Example.ORG", 1) + "; i=@A.eXample.org", want: pass},
		{name: "tab in p=", record: "v=DKIM1; k=ed25519; p=" + p[:9] + "\t" + p[9:20] + " \t " + p[20:] + "\t", want: pass},
		{name: "fold in p=", record: "v=DKIM1; k=ed25519; p=" + p[:9] + "\r\n\t" + p[9:], want: pass},
		{name: "version not first", record: "k=ed25519; v=DKIM1; p=" + p, want: verdict{dkim.PermError, dkim.CodeKeySyntax}},
		{name: "no version", record: "k=ed25519; p=" + p, want: pass},
		{name: "escaped dot in the domain of the identity", tags: edTags + `; i=@x\.example.org`, want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "escaped octet in the domain of the identity", tags: edTags + `; i=@\101.example.org`, want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "escaped dot in the domain", tags: strings.Replace(edTags, "example.org", `example\.org`, 1), want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "blank in the domain", tags: strings.Replace(edTags, "example.org", "example. org", 1), want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "identity with an at sign more", tags: edTags + "; i=a@evil.example@example.org", want: pass},
		{name: "identity with a null domain", tags: edTags + "; i=@", want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "empty identity", tags: edTags + "; i=", want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "expires before it is signed", tags: edTags + "; t=1800000000; x=1799999999", want: verdict{dkim.Neutral, dkim.CodeExpiresEarly}},
		{name: "header only", message: "From: a@b.c\r\nSubject: x\r\n", edit: func(s string) string { return s }, want: pass},
		{name: "header cut off in its last line", message: "From: a@b.c\r\nSubject: x", edit: func(s string) string { return s }, want: pass},
		{name: "text added behind l=", message: "From: a@b.c\r\n\r\nab\r\n", tags: edTags + "; l=4", edit: func(s string) string { return s + "evil" }, want: pass},
		{name: "text changed before l=", message: "From: a@b.c\r\n\r\nab\r\n", tags: edTags + "; l=4", edit: change("\r\nab", "\r\nxb"), want: verdict{dkim.Fail, dkim.CodeBodyHash}},
		{name: "l= of digits without number", tags: edTags + "; l=" + strings.Repeat("9", 76), want: verdict{dkim.Fail, dkim.CodeBodyShort}},
		{name: "l= of too many digits", tags: edTags + "; l=" + strings.Repeat("9", 77), want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "no From", message: "To: a@b.c\r\n\r\nab\r\n", want: verdict{dkim.PermError, dkim.CodeFromMissing}},
		{name: "From below", edit: func(s string) string { return strings.Replace(s, "\r\n\r\n", "\r\nFrom: x@evil.example\r\n\r\n", 1) }, want: verdict{dkim.Fail, dkim.CodeSignatureMismatch}},
		{name: "From with a blank before the colon above", edit: func(s string) string { return "From : x@evil.example\r\n" + s }, want: verdict{dkim.Policy, dkim.CodeFromMultiple}},
		{name: "From in capitals above", edit: func(s string) string { return "FROM: x@evil.example\r\n" + s }, want: verdict{dkim.Policy, dkim.CodeFromMultiple}},
		{name: "From not signed", tags: strings.Replace(edTags, "From:", "X-From:From-X:", 1), want: verdict{dkim.PermError, dkim.CodeFromNotSigned}},
		{name: "unrelated text at the key's name", texts: []resolver.Text{{"google-site-verification=x"}, {ed}}, want: pass},
		{name: "unrelated text behind the key", texts: []resolver.Text{{ed}, {"v=spf1 -all"}}, want: pass},
		{name: "key in several strings", texts: []resolver.Text{{ed[:4], ed[4:20], "", ed[20:]}}, want: pass},
		{name: "empty answer", texts: []resolver.Text{}, want: verdict{dkim.PermError, dkim.CodeKeyMissing}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.message == "" {
				tt.message = message
			}
			if tt.tags == "" {
				tt.tags = edTags
			}
			if tt.record == "" {
				tt.record = ed
			}
			text := sign(tt.message, tt.tags, "", edKey)
			if tt.edit != nil {
				text = tt.edit(text)
			}
			view := keysOf(map[string]string{keyS2: tt.record})
			if tt.texts != nil {
				view[resolver.Q(keyS2, resolver.TypeTXT)] = resolver.Answer{Status: resolver.Success, TXT: tt.texts}
			}
			require.Equal(t, tt.want, only(t, text, view), "%q", text)
		})
	}
}

// TestFailingReader proves that an error of the reader comes out, wherever it occurs,
// however many signatures there are; TestMain sees to it that nothing is left running.
func TestFailingReader(t *testing.T) {
	text := message
	for range 4 {
		text = sign(text, edTags, "", edKey)
	}
	broken := errors.New("broken")
	for n := range len(text) {
		r := io.MultiReader(strings.NewReader(text[:n]), iotest.ErrReader(broken))
		_, err := dkim.ReadMessage(r, dkim.ReadOptions{Diagnose: n%2 == 0})
		require.ErrorIs(t, err, broken, n)
		r = io.MultiReader(strings.NewReader(text[:n]), iotest.ErrReader(broken))
		_, err = dkim.Checker{Resolver: ownKeys()}.Check(t.Context(), r)
		require.ErrorIs(t, err, broken, n)
	}
	_, err := dkim.ReadMessage(iotest.DataErrReader(strings.NewReader(text)), dkim.ReadOptions{})
	require.NoError(t, err)
	_, err = dkim.ReadMessage(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(text))), dkim.ReadOptions{})
	require.ErrorIs(t, err, iotest.ErrTimeout)
	_, err = dkim.ReadMessage(stuckReader{}, dkim.ReadOptions{})
	require.ErrorIs(t, err, io.ErrNoProgress)
}

// stuckReader never has anything, and never says so.
type stuckReader struct{}

func (stuckReader) Read([]byte) (int, error) { return 0, nil }

// TestLookupFails has the ways in which a resolver fails: none of them says anything
// about the key.
func TestLookupFails(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name   string
		ctx    context.Context
		err    error
		answer resolver.Answer
		wantOK bool
	}{
		{name: "error", ctx: t.Context(), err: errors.New("broken"), wantOK: true},
		{name: "deadline of the resolver", ctx: t.Context(), err: context.DeadlineExceeded, wantOK: true},
		{name: "cancelled by the resolver", ctx: t.Context(), err: context.Canceled, wantOK: true},
		{name: "empty answer", ctx: t.Context(), wantOK: true},
		{name: "cancelled", ctx: cancelled, err: context.Canceled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := dkim.Checker{
				Resolver: resolver.Func(func(context.Context, resolver.Question) (resolver.Answer, error) { return tt.answer, tt.err }),
				Options:  dkim.Options{Time: time.Unix(now, 0)},
			}
			res, err := c.Check(tt.ctx, strings.NewReader(sign(message, edTags, "", edKey)))
			require.Equal(t, tt.wantOK, err == nil, err)
			require.Equal(t, dkim.TempError, res.Status)
			require.Len(t, res.Signatures, 1)
			require.Equal(t, dkim.CodeKeyDNSFailure, res.Signatures[0].Code)
		})
	}
}

// TestLimitTakesAligned proves that junk on top cannot push out the signature that
// counts, and that no other work is done for the junk.
func TestLimitTakesAligned(t *testing.T) {
	text := sign(message, edTags, "", edKey)
	for i := range 500 {
		text = fmt.Sprintf("DKIM-Signature: v=1; a=ed25519-sha256; d=j%d.example; s=s; h=from; bh=%s; b=AAAA\r\n", i, strings.Repeat("A", 43)+"=") + text
	}
	m := read(t, text, dkim.ReadOptions{})
	res, missing := dkim.Evaluate(m, dkim.Options{Limits: dkim.Limits{Signatures: 3}}, resolver.Snapshot{})
	require.Len(t, missing, 3)
	require.Equal(t, resolver.Q(keyS2, resolver.TypeTXT), missing[0])
	require.Equal(t, 498, res.Skipped)
	view := ownKeys()
	for _, q := range missing[1:] {
		view[q] = resolver.Answer{Status: resolver.NXDomain}
	}
	res, missing = dkim.Evaluate(m, dkim.Options{Limits: dkim.Limits{Signatures: 3}}, view)
	require.Empty(t, missing)
	require.Equal(t, dkim.Pass, res.Status)
	require.Len(t, res.Signatures, 3)
	require.Equal(t, 500, res.Signatures[0].Index)
	require.True(t, res.Signatures[0].Aligned)
	require.True(t, res.Findings.Has(dkim.CodeTooManySignatures))
	require.Equal(t, []mailworthy.Code{dkim.CodeTooManySignatures}, codes(res.Findings))
}

// TestLimitTakesUnbroken proves the same of junk that claims the domain in From.
func TestLimitTakesUnbroken(t *testing.T) {
	text := sign(message, edTags, "", edKey)
	domain := read(t, text, dkim.ReadOptions{})
	res, _ := dkim.Evaluate(domain, dkim.Options{}, ownKeys())
	require.Equal(t, dkim.Pass, res.Status)
	for range 50 {
		text = "DKIM-Signature: v=1; a=none; d=" + res.Signatures[0].Domain + "; s=s; h=from; bh=AA==; b=AAAA\r\n" + text
	}
	m := read(t, text, dkim.ReadOptions{})
	res, missing := dkim.Evaluate(m, dkim.Options{Limits: dkim.Limits{Signatures: 3}}, ownKeys())
	require.Empty(t, missing)
	require.Equal(t, dkim.Pass, res.Status)
	require.Equal(t, 50, res.Signatures[0].Index)
	require.Equal(t, 48, res.Skipped)
}
