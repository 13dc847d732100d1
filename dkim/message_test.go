package dkim_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

func TestMessageValues(t *testing.T) {
	tests := []struct {
		name, header, field string
		want                []string
	}{
		{name: "in any case, from the top", header: "To: a\r\nFROM: b\r\nfrom: c\r\n", field: "From", want: []string{"b", "c"}},
		{name: "unfolded", header: "From: a\r\n\t<a@b.example>\r\n  (x)\r\nTo: b\r\n", field: "from", want: []string{"a\t<a@b.example>  (x)"}},
		{name: "blanks before the colon", header: "From \t: a\r\n", field: "From", want: []string{"a"}},
		{name: "no value", header: "From:\r\n", field: "From", want: []string{""}},
		{name: "cut off", header: "From: a", field: "From", want: []string{"a"}},
		{name: "part of another name", header: "X-From: a\r\nFromage: b\r\n", field: "From"},
		{name: "inside of another field", header: "To: a\r\n From: b\r\n", field: "From"},
		{name: "behind a LF alone", header: "To: a\nFrom: b\r\n", field: "From"},
		{name: "no field", header: "Fr om: a\r\n: b\r\nFrom\r\n", field: "From"},
		{name: "no name", header: ": b\r\n", field: ""},
		{name: "no header", field: "From"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := dkim.Message{Header: []byte(tt.header)}
			require.Equal(t, tt.want, m.Values(tt.field))
		})
	}
	require.Equal(t, []string{"a"}, read(t, "From: a\n\nFrom: b\n", dkim.ReadOptions{}).Values("From"), "not of the body")
}

func TestReadMessage(t *testing.T) {
	signed := sign(message, fullTags, "", rsaKey())
	wire := read(t, signed, dkim.ReadOptions{})
	require.Len(t, wire.Bodies, 1)
	require.Equal(t, dkim.BodyHash{Canonicalization: dkim.Relaxed, Length: 20, Whole: true, Sum: wire.Bodies[0].Sum}, wire.Bodies[0])
	_, body, _ := strings.Cut(signed, "\r\n\r\n")
	require.Equal(t, int64(len(body)), wire.BodySize)

	// However the reader cuts it up, it is the same message; and so is its Unix form.
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"one byte": iotest.OneByteReader, "half": iotest.HalfReader, "data with EOF": iotest.DataErrReader,
	} {
		m, err := dkim.ReadMessage(wrap(strings.NewReader(signed)), dkim.ReadOptions{})
		require.NoError(t, err, name)
		require.Equal(t, wire, m, name)
		m, err = dkim.ReadMessage(wrap(strings.NewReader(strings.ReplaceAll(signed, "\r\n", "\n"))), dkim.ReadOptions{})
		require.NoError(t, err, name)
		require.True(t, m.Converted, name)
		m.Converted = false
		require.Equal(t, wire, m, name)
	}

	tests := []struct {
		name, text, header string
		body               int64
		limit              int
		truncated          bool
	}{
		{name: "empty"},
		{name: "header alone", text: "A: b\r\n", header: "A: b\r\n"},
		{name: "header without a line end", text: "A: b", header: "A: b"},
		{name: "no header", text: "\r\nbody", body: 4},
		{name: "no header in Unix form", text: "\nbody", body: 4},
		{name: "empty body", text: "A: b\r\n\r\n", header: "A: b\r\n"},
		{name: "at the limit", text: "A: b\r\n\r\nx", header: "A: b\r\n", limit: 6, body: 1},
		{name: "beyond the limit", text: "A: b\r\n\r\nx", header: "A: b\r", limit: 5, truncated: true},
		{name: "beyond the limit without an end", text: "A: b\r\n", header: "A: b\r", limit: 5, truncated: true},
		{name: "far beyond the limit", text: strings.Repeat("A: b\r\n", 50_000), header: "A: b\r", limit: 5, truncated: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(tt.text), iotest.OneByteReader(strings.NewReader(tt.text))} {
				m, err := dkim.ReadMessage(r, dkim.ReadOptions{HeaderBytes: tt.limit})
				require.NoError(t, err)
				require.Equal(t, tt.header, string(m.Header))
				require.Equal(t, tt.body, m.BodySize)
				require.Equal(t, tt.truncated, m.Truncated)
			}
		})
	}
}

func TestReadMessageErrors(t *testing.T) {
	boom := errors.New("boom")
	for _, text := range []string{"", "A: b", "A: b\r\n\r\nbody"} {
		_, err := dkim.ReadMessage(io.MultiReader(strings.NewReader(text), iotest.ErrReader(boom)), dkim.ReadOptions{})
		require.ErrorIs(t, err, boom)
		require.EqualError(t, err, "dkim: reading the message: boom")
		res, err := dkim.Checker{}.Check(t.Context(), iotest.ErrReader(boom))
		require.ErrorIs(t, err, boom)
		require.Empty(t, res.Status)
	}
	_, err := dkim.ReadMessage(idle{}, dkim.ReadOptions{})
	require.ErrorIs(t, err, io.ErrNoProgress)
}

// idle is a reader that never brings anything.
type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// TestBodyHashedOnce proves that signatures share the work: there is one hash for
// each canonicalisation and length, whatever the number of signatures.
func TestBodyHashedOnce(t *testing.T) {
	text := message
	for i := range 50 {
		text = fmt.Sprintf("DKIM-Signature: v=1; c=relaxed/relaxed; l=%d\r\nDKIM-Signature: c=simple/simple; l=%d\r\nDKIM-Signature: c=a/relaxed\r\n", i%3, i%2) + text
	}
	m := read(t, text, dkim.ReadOptions{})
	var got []string
	for _, b := range m.Bodies {
		got = append(got, fmt.Sprint(b.Canonicalization, b.Length, b.Whole))
	}
	require.Equal(t, []string{"simple0 false", "simple1 false", "simple22 true", "relaxed0 false", "relaxed1 false", "relaxed2 false", "relaxed20 true"}, got)
	empty := sha256.Sum256(nil)
	require.Equal(t, empty[:], m.Bodies[0].Sum)
	require.Empty(t, read(t, message, dkim.ReadOptions{}).Bodies)
}

// TestAllocations proves that neither the size of the body, nor what is in it, makes
// more allocations or memory.
func TestAllocations(t *testing.T) {
	signed := sign(message, fullTags, "", rsaKey())
	measure := func(unit string, n int) (allocs float64) {
		text := signed + strings.Repeat(unit, n)
		return testing.AllocsPerRun(5, func() {
			_, err := dkim.ReadMessage(strings.NewReader(text), dkim.ReadOptions{})
			require.NoError(t, err)
		})
	}
	for _, unit := range []string{"\r\n", "a", " \t", "a \r\n", "words of text\r\n", "\r"} {
		small, large := measure(unit, 100_000/len(unit)), measure(unit, 1_000_000/len(unit))
		require.LessOrEqual(t, large, small+1, "%q", unit)
	}
}

func TestHostile(t *testing.T) {
	key := keysOf(map[string]string{"s1._domainkey.example.org": record(edKey.Public())})
	tags := strings.Replace(fullTags, "rsa", "ed25519", 1)
	opts := dkim.Options{Time: time.Unix(now, 0), Limits: dkim.Limits{Fields: 1 << 20, Names: 1 << 20}}
	repeat := func(n int, f string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, f, i)
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"one field of many lines": "From: a@example.org" + strings.Repeat("\r\n x", 10_000) + "\r\n\r\nx",
		"many fields":             strings.Repeat("A: b\r\n", 40_000) + message,
		"fields without a name":   strings.Repeat(":\r\n", 60_000) + message,
		"many different names":    repeat(20_000, "A%d: b\r\n") + message,
	} {
		t.Run(name, func(t *testing.T) {
			res, _ := dkim.Evaluate(read(t, sign(text, tags, "", edKey), dkim.ReadOptions{}), opts, key)
			require.Equal(t, dkim.Pass, res.Status, "%+v", res.Findings)
		})
	}
	t.Run("many names in h=", func(t *testing.T) {
		text := sign(message, tags+strings.Repeat(":from", 40_000), "", edKey)
		res, _ := dkim.Evaluate(read(t, text, dkim.ReadOptions{}), opts, key)
		require.Equal(t, dkim.Pass, res.Status)
	})
	t.Run("many signatures", func(t *testing.T) {
		signed := sign(message, tags, "", edKey)
		text := strings.Repeat("DKIM-Signature: v=1\r\n", 10_000) + signed
		res, missing := dkim.Evaluate(read(t, text, dkim.ReadOptions{}), opts, key)
		require.Empty(t, missing)
		require.Equal(t, dkim.Pass, res.Status, "the limit takes the signature of the domain first")
		require.Len(t, res.Signatures, 10)
		require.Equal(t, 10_000, res.Signatures[0].Index)
		require.Equal(t, 9_991, res.Skipped)
		require.True(t, res.Findings.Has(dkim.CodeTooManySignatures))
	})
	t.Run("many tags", func(t *testing.T) {
		text := "DKIM-Signature: v=1;" + repeat(15_000, "a%d=b;") + "\r\n" + message
		res, _ := dkim.Evaluate(read(t, text, dkim.ReadOptions{}), opts, key)
		require.Equal(t, dkim.Neutral, res.Status)
	})
}

// TestOrder proves that the signatures of the domain in From come first, then those
// of related domains.
func TestOrder(t *testing.T) {
	text := "From: \"x@evil.example\" (c@evil.example) <a@Mail.Example.ORG>\r\n\r\nx"
	for _, d := range []string{"other.example", "example.org", "mail.example.org", "evil.example", "a.mail.example.org"} {
		text = sign(text, "v=1; a=ed25519-sha256; s=s1; h=from; d="+d, "", edKey)
	}
	m := read(t, text, dkim.ReadOptions{})
	res, missing := dkim.Evaluate(m, dkim.Options{}, nil)
	require.Len(t, missing, 5, "all keys are asked for in one round")
	require.Empty(t, res.Status)
	view := make(resolver.Snapshot)
	for _, q := range missing {
		view[q] = resolver.Answer{Status: resolver.NXDomain}
	}
	res, _ = dkim.Evaluate(m, dkim.Options{}, view)
	require.Equal(t, []string{"mail.example.org"}, res.From)
	var got []string
	for _, s := range res.Signatures {
		got = append(got, fmt.Sprint(s.Domain, " ", s.Index, " ", s.Aligned))
	}
	require.Equal(t, []string{"mail.example.org 2 true", "a.mail.example.org 0 true", "example.org 3 true", "evil.example 1 false", "other.example 4 false"}, got)
}

func TestDiagnosis(t *testing.T) {
	key := keysOf(map[string]string{"s1._domainkey.example.org": record(edKey.Public())})
	const text = "From: a@example.org\r\n\r\nHello  you.\r\nBye.\r\n\r\n"
	simple := "v=1; a=ed25519-sha256; c=relaxed/simple; d=example.org; s=s1; h=from"
	relaxed := strings.Replace(simple, "simple", "relaxed", 1)
	tests := []struct {
		name, text string
		want       []string
	}{
		{name: "white space", text: strings.Replace(sign(strings.Replace(text, "  ", " ", 1), simple, "", edKey), "Hello you", "Hello  you", 1), want: []string{"recanonicalized relaxed 18"}},
		{name: "simple stated as relaxed", text: strings.Replace(sign(text, simple, "", edKey), "relaxed/simple", "relaxed/relaxed", 1), want: []string{"recanonicalized simple 19"}},
		{name: "relaxed stated as simple", text: strings.Replace(sign(text, relaxed, "", edKey), "relaxed/relaxed", "relaxed/simple", 1), want: []string{"recanonicalized relaxed 18"}},
		{name: "bare LF", text: strings.Replace(sign(text, simple, "", edKey), "you.\r\n", "you.\n", 1), want: []string{"line-ends-converted simple 19"}},
		{name: "footer", text: sign(text, relaxed, "", edKey) + "-- \r\nList\r\n", want: []string{"footer-removed relaxed 18"}},
		{name: "footer, simple", text: sign(text, simple, "", edKey) + "-- \r\nList\r\n", want: []string{"footer-removed simple 19"}},
		{name: "nothing helps", text: strings.Replace(sign(text, relaxed, "", edKey), "Bye.", "Buy.", 1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := read(t, tt.text, dkim.ReadOptions{Diagnose: true})
			var got []string
			for _, n := range m.Near {
				got = append(got, fmt.Sprint(n.Change, " ", n.Canonicalization, " ", n.Length))
			}
			require.Equal(t, tt.want, got)
			res, missing := dkim.Evaluate(m, dkim.Options{}, key)
			require.Empty(t, missing)
			require.Equal(t, dkim.CodeBodyHash, res.Signatures[0].Code)
			evidence := 0
			for _, e := range res.Signatures[0].Findings[0].Evidence {
				if strings.Contains(e, "match") {
					evidence++
				}
			}
			require.Equal(t, len(tt.want), evidence)
		})
	}
}

func TestSign(t *testing.T) {
	view := keysOf(map[string]string{
		"s1._domainkey.example.org": record(rsaKey().Public()), "s2._domainkey.example.org": record(edKey.Public()),
		"s1._domainkey.xn--bcher-kva.example": record(edKey.Public()),
	})
	sign := func(t *testing.T, s dkim.Signer, text string) dkim.Signature {
		t.Helper()
		var out bytes.Buffer
		require.NoError(t, s.Sign(&out, strings.NewReader(text)))
		res, missing := dkim.Evaluate(read(t, out.String(), dkim.ReadOptions{}), dkim.Options{}, view)
		require.Empty(t, missing)
		require.Equal(t, dkim.Pass, res.Status, "%+v", res)
		return res.Signatures[0]
	}
	s := sign(t, dkim.Signer{Domain: "Example.ORG.", Selector: "S1", Key: rsaKey()}, message)
	require.Empty(t, s.Addable, "oversigned")
	require.Equal(t, "relaxed relaxed example.org s1", fmt.Sprint(s.HeaderCanonicalization, " ", s.BodyCanonicalization, " ", s.Domain, " ", s.Selector))
	s = sign(t, dkim.Signer{Domain: "example.org", Selector: "s2", Key: edKey, Header: dkim.Simple, Body: dkim.Simple, Identity: "list@News.example.org", Headers: []string{"From"}, Expires: time.Now().Add(time.Hour)}, message)
	require.Equal(t, "list@news.example.org", s.Identity)
	require.NotZero(t, s.Expires)
	require.Equal(t, dkim.Simple, s.BodyCanonicalization)
	sign(t, dkim.Signer{Domain: "bücher.example", Selector: "s1", Key: edKey}, strings.ReplaceAll(message, "\r\n", "\n"))

	for name, s := range map[string]dkim.Signer{
		"nothing": {}, "no key": {Domain: "example.org", Selector: "s"}, "domain": {Domain: "org", Selector: "s", Key: edKey},
		"selector": {Domain: "example.org", Selector: "..", Key: edKey}, "identity": {Domain: "example.org", Selector: "s", Key: edKey, Identity: "a@example.net"},
		"identity with a tag": {Domain: "example.org", Selector: "s", Key: edKey, Identity: "a;b=@example.org"},
		"header":              {Domain: "example.org", Selector: "s", Key: edKey, Headers: []string{"From", "x;b=y"}},
		"From not signed":     {Domain: "example.org", Selector: "s", Key: edKey, Headers: []string{"To"}},
		"canonicalisation":    {Domain: "example.org", Selector: "s", Key: edKey, Body: "x"},
	} {
		require.ErrorIs(t, s.Sign(io.Discard, strings.NewReader(message)), dkim.ErrSigner, name)
	}
	ok := dkim.Signer{Domain: "example.org", Selector: "s1", Key: edKey}
	for _, text := range []string{
		message + "\r", message + "\r\r\n", message + "x\n", "From: a\r b\r\n\r\n", "From: a@b\n\n\rx\n",
		"", "From: a@b.example\r\n", "To: x\r\n\r\n", "From: a\r\nFrom: b\r\n\r\n", strings.Repeat("A: b\r\n", 2000) + message,
		// Lines that are no fields: a name without a colon, one that is not ASCII, an
		// mbox separator, a continuation of nothing.
		"From: a@b.example\r\nTo\r\n\r\n", "From: a@b.example\r\nT\u00f6: x\r\n\r\n",
		"From a@b.example Sun Nov 22 01:00:00 2026\r\n" + message, " x: y\r\n" + message,
	} {
		require.ErrorIs(t, ok.Sign(io.Discard, strings.NewReader(text)), dkim.ErrMessage, "%.50q", text)
	}
}

// TestSignLimits has headers at the limits of what is verified by default. Whatever is
// signed is below them, with its signature.
func TestSignLimits(t *testing.T) {
	view := keysOf(map[string]string{"s1._domainkey.example.org": record(edKey.Public())})
	s := dkim.Signer{Domain: "example.org", Selector: "s1", Key: edKey}
	for name, tc := range map[string]struct {
		fields int
		text   string
		signed bool
	}{
		"fields":            {998, "X: y\r\n", true},
		"one field more":    {999, "X: y\r\n", false},
		"names":             {990, "To: y\r\n", true},
		"some names more":   {996, "To: y\r\n", false},
		"octets":            {1, "X: " + strings.Repeat("y", 255<<10) + "\r\n", true},
		"as many as may be": {1, "X: " + strings.Repeat("y", 256<<10-100) + "\r\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := s.Sign(&out, strings.NewReader("From: a@example.org\r\n"+strings.Repeat(tc.text, tc.fields)+"\r\n"))
			if !tc.signed {
				require.ErrorIs(t, err, dkim.ErrMessage)
				return
			}
			require.NoError(t, err)
			res, missing := dkim.Evaluate(read(t, out.String(), dkim.ReadOptions{}), dkim.Options{}, view)
			require.Empty(t, missing)
			require.Equal(t, dkim.Pass, res.Status, "%+v", res.Findings)
		})
	}
}

// FuzzSign proves that whatever is signed verifies.
func FuzzSign(f *testing.F) {
	f.Add("Subject: a  b\n c\nTo :\n", "Hello \t\n\n", uint8(0))
	f.Add("", " \n", uint8(3))
	f.Add("Subject: a\nTo\n", "", uint8(0))
	view := keysOf(map[string]string{"s1._domainkey.example.org": record(edKey.Public())})
	f.Fuzz(func(t *testing.T, head, body string, canon uint8) {
		s := dkim.Signer{Domain: "example.org", Selector: "s1", Key: edKey}
		s.Header = []dkim.Canonicalization{"", dkim.Simple}[canon&1]
		s.Body = []dkim.Canonicalization{"", dkim.Simple}[canon>>1&1]
		var out bytes.Buffer
		if s.Sign(&out, strings.NewReader("From: a@example.org\n"+head+"\n"+body)) != nil {
			t.Skip()
		}
		res, missing := dkim.Evaluate(read(t, out.String(), dkim.ReadOptions{}), dkim.Options{}, view)
		require.Empty(t, missing)
		require.Equal(t, dkim.Pass, res.Status, "%q", out.String())
		require.Empty(t, res.Signatures[0].Addable)
	})
}
