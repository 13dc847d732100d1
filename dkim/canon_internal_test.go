package dkim

import (
	"bytes"
	"crypto/sha256"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	wspRun    = regexp.MustCompile(`[ \t]+`)
	wspAtEnd  = regexp.MustCompile(`[ \t]+(\r\n|$)`)
	emptyTail = regexp.MustCompile(`(\r\n)+$`)
)

func naiveBody(canon Canonicalization, body string) string {
	if canon == Relaxed {
		body = wspRun.ReplaceAllString(wspAtEnd.ReplaceAllString(body, "$1"), " ")
		if body = emptyTail.ReplaceAllString(body, ""); body == "" {
			return ""
		}
		return body + "\r\n"
	}
	return emptyTail.ReplaceAllString(body, "") + "\r\n"
}

// canonical returns what a bodyWriter makes of a body that comes in chunks of the
// given size, with the hashes of its first octets besides.
func canonical(t testing.TB, c Canonicalization, body string, size int, marks ...int64) string {
	t.Helper()
	s := newSink()
	s.marks = marks
	var got bytes.Buffer
	s.hash = &tee{Hash: s.hash, to: &got}
	w := newBodyWriter(c, s)
	for rest := []byte(body); len(rest) > 0; {
		n := min(size, len(rest))
		w.write(rest[:n])
		rest = rest[n:]
	}
	w.close()
	require.Equal(t, int64(got.Len()), s.size)
	for _, b := range s.sums {
		want := sha256.Sum256(got.Bytes()[:b.Length])
		require.Equal(t, want[:], b.Sum)
	}
	return got.String()
}

type tee struct {
	Hash interface {
		Write([]byte) (int, error)
		Sum([]byte) []byte
		Reset()
		Size() int
		BlockSize() int
	}
	to *bytes.Buffer
}

func (t *tee) Write(p []byte) (int, error) {
	t.to.Write(p)
	return t.Hash.Write(p)
}
func (t *tee) Sum(b []byte) []byte { return t.Hash.Sum(b) }
func (t *tee) Reset()              { t.Hash.Reset() }
func (t *tee) Size() int           { return t.Hash.Size() }
func (t *tee) BlockSize() int      { return t.Hash.BlockSize() }

func TestCanonicalBody(t *testing.T) {
	// RFC 6376 section 3.4.5 and what is hard.
	for _, body := range []string{
		"", "\r\n", "\r\n\r\n\r\n", " ", "\t\r\n", " C \r\nD \t E\r\n\r\n\r\n", "a", "a\r", "a\r\r\n", "\r", "\n", "\r\r", "a\n",
		"a \rb\r\n", "a\r \r\n", "a \r", "a \r\n \r\n\t\r\n", "a\r\n\r\nb\r\n", "a\r\n\r\n b  \r\n\r\n", "a b c d e f g h i j k", "12345678 \r\n12345678\t\r\n",
		"1234567 ", "12345678 ", "1234567\r", "12345678\r", "!!! !!!! !\"!!! ! !!\x00 \x00", " \xff\x80 \x80", "a\r\n \r\nb", "x" + strings.Repeat("\r\n", 3000) + "y" + strings.Repeat("\r\n", 5000),
	} {
		for _, c := range []Canonicalization{Simple, Relaxed} {
			for _, size := range []int{1, 2, 3, 7, 9, 1 << 20} {
				require.Equal(t, naiveBody(c, body), canonical(t, c, body, size, 0, 1, 5, 9), "%s %q by %d", c, body, size)
			}
		}
	}
}

// TestCanonicalBodyRandom mixes what matters in all ways.
func TestCanonicalBodyRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	parts := []string{" ", "\t", "\r\n", "\r\n", "\r", "\n", "a", "!", "words of text", "\x80", "                 "}
	for range 5_000 {
		var b strings.Builder
		for range r.IntN(20) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		body := b.String()
		for _, c := range []Canonicalization{Simple, Relaxed} {
			require.Equal(t, naiveBody(c, body), canonical(t, c, body, 1+r.IntN(30), int64(r.IntN(3)), 3, int64(4+r.IntN(50))), "%s %q", c, body)
		}
	}
}

func FuzzCanonicalBody(f *testing.F) {
	f.Add(" a \t b\r\n\r\n", 3)
	f.Add("a \r \n\r\n \r", 1)
	f.Fuzz(func(t *testing.T, body string, size int) {
		for _, c := range []Canonicalization{Simple, Relaxed} {
			require.Equal(t, naiveBody(c, body), canonical(t, c, body, max(size, 1), 2))
		}
	})
}

// countWriter counts what reaches a hash, and how often.
type countWriter struct {
	tee
	calls, octets int
}

func (c *countWriter) Write(p []byte) (int, error) {
	c.calls++
	c.octets += len(p)
	return len(p), nil
}

// TestCanonicalWork proves that no body makes the work grow faster than its length:
// what is written to the hash, and in how many pieces.
func TestCanonicalWork(t *testing.T) {
	const n = 1 << 20
	for name, unit := range map[string]string{
		"line breaks": "\r\n", "blanks": " ", "tabs and letters": "a\t", "breaks and letters": strings.Repeat("\r\n", 100) + "a",
		"blanks before CR": " \r", "words": "a b ", "empty lines of blanks": " \r\n", "breaks before tabs": strings.Repeat("\r\n", 50) + "\t",
	} {
		for _, c := range []Canonicalization{Simple, Relaxed} {
			s := newSink()
			count := &countWriter{tee: tee{Hash: s.hash, to: new(bytes.Buffer)}}
			s.hash = count
			w := newBodyWriter(c, s)
			body := []byte(strings.Repeat(unit, n/len(unit)))
			for rest := body; len(rest) > 0; {
				k := min(4096, len(rest))
				w.write(rest[:k])
				rest = rest[k:]
			}
			w.close()
			require.LessOrEqual(t, count.octets, n+2, name)
			require.LessOrEqual(t, count.calls, n/64+10, name)
		}
	}
}

func BenchmarkRelaxedBody(b *testing.B) {
	for name, line := range map[string]string{
		"base64": strings.Repeat("QUJD", 19) + "\r\n",
		"text":   "The quick brown fox jumps over the lazy dog. It was not amused, and left it.\r\n",
		"worst":  "a\tb  c \r\n",
	} {
		body := bytes.Repeat([]byte(line), (10<<20)/len(line))
		b.Run("body="+name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				w := newRelaxedBody(newSink())
				for rest := body; len(rest) > 0; {
					n := min(largeBuffer, len(rest))
					w.write(rest[:n])
					rest = rest[n:]
				}
				w.close()
			}
		})
	}
}
