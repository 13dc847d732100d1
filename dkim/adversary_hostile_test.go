package dkim_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

// allocated returns how many octets f allocates.
func allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// counter counts what is read.
type counter struct {
	from io.Reader
	read int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.read += n
	return n, err
}

// TestHostileMemory has messages that cost other verifiers seconds and gigabytes. What
// is allocated for each is bounded by the header's size, not by that of the body, and
// its verdict is right. Each is large enough that quadratic work would be noticed.
func TestHostileMemory(t *testing.T) {
	numbered := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	const small = "From: a@example.org\r\n"
	simple := strings.Replace(edTags, "relaxed/relaxed", "simple/simple", 1)
	signed := func(head, body string) string { return sign(head+"\r\n"+body, edTags, "", edKey) }
	cut := dkim.CodeHeaderTooLarge
	tests := []struct {
		name, text string
		raise      bool // of the limits
		want       verdict
	}{
		{name: "line ends", text: sign(small+"\r\n"+strings.Repeat("\r\n", 1<<15), simple, "", edKey)},
		{name: "line ends and one letter", text: signed(small, strings.Repeat("\r\n", 1<<15)+"x")},
		{name: "one line", text: signed(small, strings.Repeat("x", 1<<18))},
		{name: "blanks", text: signed(small, strings.Repeat(" \t", 1<<15))},
		{name: "blanks at the ends of lines", text: signed(small, strings.Repeat(" \r\n", 1<<15))},
		{name: "NULs", text: signed(small, strings.Repeat("\x00", 1<<15))},
		{name: "lone CRs", text: signed(small, strings.Repeat("\r", 1<<15))},
		{name: "blanks before lone CRs", text: signed(small, strings.Repeat(" \r", 1<<15))},
		{name: "lone LFs", text: signed(small, strings.Repeat("\n", 1<<15))},
		{name: "8-bit", text: signed(small+"Subject: \xff\xfe\r\n", strings.Repeat("\xff\x80\xc3", 1<<15))},
		{name: "UTF-8", text: signed(small+"Subject: \u2028\u00a0é\r\n", strings.Repeat("\u2028é\u00a0\r\n", 1<<14))},
		{name: "continuation lines", text: signed("Subject: x"+strings.Repeat("\r\n x", 60_000)+"\r\n"+small, "")},
		{name: "empty continuation lines", text: signed("Subject: x"+strings.Repeat("\r\n ", 80_000)+"\r\n"+small, "")},
		{name: "too many continuation lines", text: signed("Subject: x"+strings.Repeat("\r\n x", 100_000)+"\r\n"+small, ""), want: verdict{dkim.Policy, cut}},
		{name: "lines without a colon", text: signed(strings.Repeat("x\r\n", 900)+small, "")},
		{name: "too many lines without a colon", text: signed(strings.Repeat("x\r\n", 1000)+small, ""), want: verdict{dkim.Policy, cut}},
		{name: "lone CRs in the header", text: signed("Subject: "+strings.Repeat("\r", 200_000)+"\r\n"+small, "")},
		{name: "NULs in the header", text: signed("Subject: "+strings.Repeat("\x00", 200_000)+"\r\n"+small, "")},
		{name: "blanks in the header", text: signed("Subject:"+strings.Repeat(" \t", 100_000)+"x\r\n"+small, "")},
		{name: "colons", text: signed("Subject"+strings.Repeat(":", 200_000)+"\r\n"+small, "")},
		{
			name: "many names and fields", raise: true,
			text: sign(small+numbered(8000, "x%d: y\r\n")+"\r\n", edTags+numbered(8000, ":x%d"), "", edKey),
		},
		{
			name: "one name, many times", raise: true,
			text: sign(small+strings.Repeat("x: y\r\n", 8000)+"\r\n", edTags+strings.Repeat(":x", 8000), "", edKey),
		},
		{name: "too many names", text: sign(small+"\r\n", edTags+numbered(8000, ":x%d"), "", edKey), want: verdict{dkim.Policy, dkim.CodeTooManyNames}},
		{name: "From with many addresses", text: signed("From: "+strings.Repeat("a@b.example,\r\n ", 10_000)+"a@example.org\r\n", "")},
		{name: "From with nested comments", text: signed("From: "+strings.Repeat("(", 100_000)+"a@example.org\r\n", "")},
		{name: "From with quotes", text: signed("From: "+strings.Repeat(`"\`, 100_000)+"\r\n", "")},
		{name: "From with angles", text: signed("From: "+strings.Repeat("<", 100_000)+strings.Repeat("a@b.c>,", 10_000)+"\r\n", "")},
		{name: "long tag", text: sign(small+"\r\n", edTags+"; z="+strings.Repeat("b=", 100_000), "", edKey)},
		{name: "folded b=", text: strings.Replace(signed(small, ""), "\r\n b=", "\r\n b="+strings.Repeat("\r\n ", 50_000), 1)},
		{name: "huge b=", text: strings.Replace(signed(small, ""), "\r\n b=", "\r\n b="+strings.Repeat("AAAA", 50_000), 1), want: verdict{dkim.Fail, dkim.CodeSignatureMismatch}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want.Status == "" {
				tt.want.Status = dkim.Pass
			}
			opts := dkim.Options{}
			if tt.raise {
				opts.Limits = dkim.Limits{Fields: 10_000, Names: 10_000}
			}
			view := ownKeys()
			var res dkim.Result
			header := strings.Index(tt.text, "\r\n\r\n")
			n := allocated(func() {
				m, err := dkim.ReadMessage(strings.NewReader(tt.text), dkim.ReadOptions{})
				require.NoError(t, err)
				res, _ = dkim.Evaluate(m, opts, view)
			})
			require.Len(t, res.Signatures, 1)
			require.Equal(t, tt.want, verdict{res.Signatures[0].Status, res.Signatures[0].Code})
			require.Less(t, n, 400<<10+40*header, "octets allocated, for a header of %d and a body of %d", header, len(tt.text)-header)
		})
	}
}

// TestHostileHeader proves that of a header without an end no more is kept than the
// limit, and that the rest of the message is not even read.
func TestHostileHeader(t *testing.T) {
	for _, line := range []string{"X: y\r\n", "x", " \r\n", "\r", ":", "DKIM-Signature: v=1\r\n"} {
		r := &counter{from: io.LimitReader(forever(line), 64<<20)}
		var m *dkim.Message
		n := allocated(func() {
			var err error
			m, err = dkim.ReadMessage(r, dkim.ReadOptions{})
			require.NoError(t, err)
		})
		require.True(t, m.Truncated, "%q", line)
		require.LessOrEqual(t, len(m.Header), 256<<10)
		require.Less(t, n, 2<<20)
		require.Less(t, r.read, 1<<20)
	}
}

// forever is a reader of a text without end.
type forever string

func (f forever) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		k := copy(p[n:], f)
		n += k
		if k < len(f) {
			break
		}
	}
	return n, nil
}

// TestHostileSignatures proves that 500 signatures cost one hash per form of the body,
// and one question for each key of those that the limit leaves.
func TestHostileSignatures(t *testing.T) {
	for name, tags := range map[string]string{
		"the same": edTags, "each with its l=": edTags + "; l=%d", "each with its selector": strings.Replace(edTags, "s=s2", "s=s%d", 1) + "; i=@x",
	} {
		t.Run(name, func(t *testing.T) {
			text := sign(message+strings.Repeat("text\r\n", 1000), edTags, "", edKey)
			for i := range 500 {
				own := tags
				if strings.Contains(own, "%d") {
					own = fmt.Sprintf(own, i)
				}
				text = "DKIM-Signature: " + own + "; bh=AAAA; b=AAAA\r\n" + text
			}
			for _, read := range []dkim.ReadOptions{{}, {Diagnose: true}} {
				var res dkim.Result
				n := allocated(func() {
					m, err := dkim.ReadMessage(strings.NewReader(text), read)
					require.NoError(t, err)
					require.LessOrEqual(t, len(m.Bodies), 502)
					res, _ = dkim.Evaluate(m, dkim.Options{}, ownKeys())
				})
				require.Len(t, res.Signatures, 10)
				require.Equal(t, 491, res.Skipped)
				require.Less(t, n, 40*len(text))
			}
		})
	}
}

// TestHostileKeys has keys that cost much to use.
func TestHostileKeys(t *testing.T) {
	text := sign(message, fullTags, "", rsaKey())
	huge := record(oddKey(256 << 10))
	require.Greater(t, len(huge), 43_000)
	for _, tt := range []struct {
		name string
		key  string
		want verdict
	}{
		{"256 K bits", huge, verdict{dkim.PermError, dkim.CodeKeySyntax}},
		{"16 K bits", record(oddKey(16 << 10)), verdict{dkim.Policy, dkim.CodeKeyLong}},
		{"blanks", "v=DKIM1; p=" + strings.Repeat(" ", 60_000), verdict{dkim.PermError, dkim.CodeKeyRevoked}},
		{"flags", "v=DKIM1; t=" + strings.Repeat("a:", 30_000) + "s; p=AAAA", verdict{dkim.PermError, dkim.CodeKeySyntax}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			view := keysOf(map[string]string{keyS1: tt.key})
			n := allocated(func() { require.Equal(t, tt.want, only(t, text, view)) })
			require.Less(t, n, 64*len(tt.key)+(1<<20))
		})
	}
	t.Run("many records", func(t *testing.T) {
		a := answerOf(record(oddKey(2048)))
		for range 2000 {
			a.TXT = append(a.TXT, a.TXT[0])
		}
		view := resolver.Snapshot{resolver.Q(keyS1, resolver.TypeTXT): a}
		n := allocated(func() { require.NotEqual(t, dkim.Pass, only(t, text, view).Status) })
		require.Less(t, n, 16<<20)
	})
}

// TestHostileBody proves that of 10 MB of body nothing is kept, whatever they hold.
func TestHostileBody(t *testing.T) {
	head := sign("From: a@example.org\r\n\r\n", edTags, "", edKey)
	head += sign("From: a@example.org\r\n\r\n", strings.Replace(edTags, "relaxed/relaxed", "simple/simple", 1), "", edKey)
	head, _, _ = strings.Cut(head, "\r\n\r\n")
	for _, unit := range []string{"x", "\r\n", " \t", "\r", "a \r\n"} {
		n := allocated(func() {
			_, err := dkim.ReadMessage(io.MultiReader(strings.NewReader(head+"\r\n\r\n"), io.LimitReader(forever(unit), 10<<20)), dkim.ReadOptions{})
			require.NoError(t, err)
		})
		require.Less(t, n, 200<<10, "%q", unit)
	}
}
