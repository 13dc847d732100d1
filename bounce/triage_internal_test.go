package bounce

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestHours checks the ring of a day's hours across its ends.
func TestHours(t *testing.T) {
	var h hours
	h.add(100, 1)
	h.add(99, 2)
	h.add(76, 5) // a day before: passed over
	h.add(77, 3)
	require.EqualValues(t, 1, h.counts[slot(100)])
	require.EqualValues(t, 2, h.counts[slot(99)])
	require.EqualValues(t, 3, h.counts[slot(77)])
	h.add(102, 4)
	require.Zero(t, h.counts[slot(101)])
	require.EqualValues(t, 4, h.counts[slot(78)], "the slot of 102 as well")
	h.add(500, 1)
	var sum int64
	for _, n := range h.counts {
		sum += n
	}
	require.EqualValues(t, 1, sum)
	h.add(-5, 1)
	require.EqualValues(t, 500, h.last)
}

// TestCounterIsAHeap checks the order of the entries, and that the index has them.
func TestCounterIsAHeap(t *testing.T) {
	var c counter[int]
	keys := []string{"a", "b", "c", "d", "e", "a", "b", "a", "f", "g", "a", "c", "h"}
	for _, k := range keys {
		c.add([]byte(k), 1, 4, time.Time{})
		require.LessOrEqual(t, len(c.entries), 4)
		require.Len(t, c.index, len(c.entries))
		for i, e := range c.entries {
			require.Equal(t, i, e.at)
			require.Same(t, e, c.index[e.key])
			if i > 0 {
				require.GreaterOrEqual(t, e.count, c.entries[(i-1)/2].count)
			}
		}
	}
	require.Equal(t, "a", c.sorted()[0].key)
	require.EqualValues(t, 4, c.sorted()[0].count)
}

// TestFold checks the form in which texts are compared.
func TestFold(t *testing.T) {
	for _, tt := range []struct{ text, code, want string }{
		{"550 5.1.1 User  Unknown", "550", "550 5.1.1 user unknown"},
		{"550-5.1.1 a\r\n550-5.1.1 b\r\n550 5.1.1 c", "550", "550-5.1.1 a b c"},
		{"550-a 550-b 550 c", "550", "550-a b 550 c"},
		{`a\nb\r\nc\d`, "", `a b c\d`},
		{"Größe ÇÉÑ Æ “x”—y\u00a0z", "", `grosse cen a "x"-y z`},
		{"ПОЧТОВЫЙ ЯЩИК Ёж ЇЄҐ", "", "почтовый ящик еж їєґ"},
		{"メール　ＡＢｃ\u200b!", "", "メール abc!"},
		{"\x00\x1b[31m\xff\xc3", "", "[31m "},
		{"", "550", ""},
	} {
		t.Run(tt.text, func(t *testing.T) {
			require.Equal(t, tt.want, string(fold(nil, tt.text, tt.code, nil)))
		})
	}
}

func TestEnhancedLen(t *testing.T) {
	for s, want := range map[string]int{
		"5.1.1": 5, "5.1.10 x": 6, "4.7.0.": 5, "5.1.1, x": 5, "5.1.1.10": 0, "5.1": 0, "5.1.": 0, "3.1.1": 0, "5.1.1a": 0, "5.1234.1": 0, "": 0, "5.1.1-x": 0, "192.0.2": 0,
	} {
		require.Equal(t, want, enhancedLen(s), s)
	}
}

func TestWait(t *testing.T) {
	for s, want := range map[string]int{
		"try again in 5 minutes": 300, "try again in 300 seconds": 300, "retry after 60s": 60, "wait 2 hours": 7200, "in 1 day": day,
		"come back in 00:04:59": 299, "через 10 минут": 600, "in 10 minuten": 600, "dans 5 minutes": 300, "en 5 minutos": 300, "tra 2 ore": 7200,
		"10分後": 600, "30秒后重试": 30, "in 99999 days": 0, "192.0.2.10 minutes": 0, "nothing": 0, "5": 0, "4.7.1 in 3 min": 180, "100 messages": 0, "x5 minutes": 0, "in 15m.": 900,
	} {
		require.Equal(t, want, wait(fold(nil, s, "", nil)), s)
	}
}

func TestExtract(t *testing.T) {
	n := extract("<bob@example.net> [192.0.2.1]:25 (2001:db8::1) http://a.example/x?y=1. see help.example.org/z host=MX.example.com, e.g. v1.2.3 5.1.1 file.a1 ::ffff:192.0.2.2 mailto:x@b.example a..b @c.example")
	require.Equal(t, []string{"bob@example.net", "x@b.example"}, n.addresses)
	require.Equal(t, []string{"http://a.example/x?y=1", "help.example.org/z"}, n.urls)
	require.Equal(t, []string{"mx.example.com", "c.example"}, n.domains)
	var ips []string
	for _, ip := range n.ips {
		ips = append(ips, ip.String())
	}
	require.Equal(t, []string{"192.0.2.1", "2001:db8::1", "192.0.2.2"}, ips)
}
