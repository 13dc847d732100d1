package dkim_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dkim"
)

// chunks reads in pieces of random sizes, none of them some of the time.
type chunks struct {
	from io.Reader
	r    *rand.Rand
	most int
}

func (c chunks) Read(p []byte) (int, error) {
	return c.from.Read(p[:min(len(p), c.r.IntN(c.most+1))])
}

// TestChunks proves that it does not matter how a message arrives.
func TestChunks(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	g := generator{r, edKey, "ed25519-sha256", "s2"}
	for i := range 100 {
		_, text := g.mutate(g.message("z=b=1"))
		text = strings.Replace(text, "v=1", fmt.Sprintf("l=%d;v=1", r.IntN(50)), i%2)
		if i%10 == 0 {
			text += strings.Repeat(g.body(), 300)
		}
		if i%7 == 0 {
			text = strings.ReplaceAll(text, "\r\n", "\n")
		}
		opts := dkim.ReadOptions{Diagnose: i%3 == 0}
		want := read(t, text, opts)
		for name, from := range map[string]io.Reader{
			"one":   iotest.OneByteReader(strings.NewReader(text)),
			"few":   chunks{strings.NewReader(text), r, 5},
			"many":  chunks{strings.NewReader(text), r, 5000},
			"64 KB": chunks{strings.NewReader(text), r, 64 << 10},
			"EOF":   iotest.DataErrReader(chunks{strings.NewReader(text), r, 100}),
		} {
			got, err := dkim.ReadMessage(from, opts)
			require.NoError(t, err)
			require.Equal(t, want, got, "%s %q", name, text)
		}
	}
}

// TestNaive compares with the plain canonicalisations of the tests, on messages in
// which everything that is special to them occurs anywhere, and on all values of l=.
func TestNaive(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	g := generator{Rand: r}
	odd := []string{" ", "\t", "  ", "\r.", "\n", "\x00", "\r\n ", "\r\n\t", "\r\n \r\n ", "a", "B", ":", ";", "=", "\x80", "é", "\x7f"}
	lines := []string{"no colon", ":", ": x", "x y: z", "\x00: a", "a:\r", "é: x", "From-X: y"}
	for i := range 500 {
		var head strings.Builder
		for range g.IntN(6) {
			head.WriteString(g.pick("x:", "X :", "Subject:", "subject:", "To \t:") + g.some(10, odd...) + "\r\n")
			if g.IntN(4) == 0 {
				head.WriteString(g.pick(lines...) + "\r\n")
			}
		}
		// What a line of blanks continues is the line above.
		text := "Received: x\r\n" + head.String() + "From: a@example.org\r\n\r\n"
		body := g.some(30, " ", "\t", "\r\n", "\r\n", "\r", "\n", "\x00", "a", "b ", "\xff", "  \r\n\r\n")
		hc, bc := g.pick("simple", "relaxed"), g.pick("simple", "relaxed")
		tags := fmt.Sprintf("v=1; a=ed25519-sha256; c=%s/%s; d=example.org; s=s2; h=x:from:To:x:subject:Subject:x:received:none", hc, bc)
		size := len(naiveBody(bc, body))
		l := -1
		if i%2 == 0 {
			l = g.IntN(size + 1)
			tags += fmt.Sprintf("; l=%d", l)
		}
		signed := sign(text+body, tags, "", edKey)
		m := read(t, signed, dkim.ReadOptions{})
		require.Equal(t, int64(len(body)), m.BodySize)
		res, _ := dkim.Evaluate(m, dkim.Options{Time: time.Unix(now, 0)}, ownKeys())
		s := res.Signatures[0]
		require.Equal(t, verdict{dkim.Pass, ""}, verdict{s.Status, s.Code}, "%q", signed)
		require.True(t, s.BodyMatches && s.HeaderMatches)
		if l >= 0 {
			require.True(t, s.Partial)
			require.Equal(t, int64(l), s.BodyLength)
			require.Equal(t, int64(size-l), s.Uncovered)
			// One octet more than there is, is too many.
			tooMany := strings.Replace(signed, fmt.Sprintf("; l=%d;", l), fmt.Sprintf("; l=%d;", size+1), 1)
			require.Equal(t, verdict{dkim.Fail, dkim.CodeBodyShort}, only(t, tooMany, ownKeys()))
		}

		// Any octet of the body but white space counts, unless l= ends before it.
		at := max(strings.LastIndexByte(body, 'a'), strings.LastIndexByte(body, '\xff'))
		if l >= 0 || at < 0 {
			continue
		}
		changed := signed[:len(signed)-len(body)] + body[:at] + "c" + body[at+1:]
		require.Equal(t, verdict{dkim.Fail, dkim.CodeBodyHash}, only(t, changed, ownKeys()), "%q", changed)
	}
}
