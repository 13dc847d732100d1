package wire_test

import (
	"encoding/binary"
	"errors"
	"math"
	"net/netip"
	"strings"
	"testing"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/internal/wire"
)

// message packs an answer whose records are in zone-file form.
func message(t testing.TB, question string, qtype uint16, answer, authority []string) []byte {
	t.Helper()
	m := new(dns.Msg).SetQuestion(question, qtype)
	m.Response, m.RecursionAvailable, m.Compress = true, true, true
	for _, s := range answer {
		rr, err := dns.NewRR(s)
		require.NoError(t, err)
		m.Answer = append(m.Answer, rr)
	}
	for _, s := range authority {
		rr, err := dns.NewRR(s)
		require.NoError(t, err)
		m.Ns = append(m.Ns, rr)
	}
	b, err := m.Pack()
	require.NoError(t, err)
	return b
}

func TestParseTypes(t *testing.T) {
	for _, tc := range []struct {
		record string
		want   wire.Record
	}{
		{"a.example. 60 IN A 192.0.2.1", wire.Record{Type: 1, Addr: netip.MustParseAddr("192.0.2.1")}},
		{"a.example. 60 IN AAAA ::ffff:192.0.2.1", wire.Record{Type: 28, Addr: netip.MustParseAddr("::ffff:192.0.2.1")}},
		{"a.example. 60 IN NS Ns.A.example.", wire.Record{Type: 2, Host: "ns.a.example"}},
		{"a.example. 60 IN CNAME b.example.", wire.Record{Type: 5, Host: "b.example"}},
		{"a.example. 60 IN PTR a\\.b.\\255.example.", wire.Record{Type: 12, Host: `a\.b.\255.example`}},
		{"a.example. 60 IN MX 10 mx.a.example.", wire.Record{Type: 15, Pref: 10, Host: "mx.a.example"}},
		{"a.example. 60 IN MX 0 .", wire.Record{Type: 15}},
		{`a.example. 60 IN TXT "one" "" "t\000wo"`, wire.Record{Type: 16, Text: []string{"one", "", "t\x00wo"}}},
		{`a.example. 60 IN TXT ""`, wire.Record{Type: 16, Text: []string{""}}},
		{`a.example. 60 IN SPF "v=spf1 -all"`, wire.Record{Type: 99, Text: []string{"v=spf1 -all"}}},
		{"a.example. 60 IN SOA ns.example. root.example. 1 2 3 4 5", wire.Record{Type: 6, Host: "ns.example", Minimum: 5}},
		{"a.example. 60 IN TLSA 3 1 1 abcd", wire.Record{Type: 52, Usage: 3, Selector: 1, Matching: 1, Data: []byte{0xab, 0xcd}}},
		{"a.example. 60 IN SRV 1 2 3 host.example.", wire.Record{Type: 33}},
	} {
		t.Run(tc.record, func(t *testing.T) {
			tc.want.TTL = 60
			var r wire.Reply
			require.NoError(t, r.Parse(message(t, "a.example.", tc.want.Type, []string{tc.record}, nil)))
			require.Equal(t, wire.Reply{
				RecursionAvailable: true, Records: []wire.Record{tc.want}, TTL: 60,
			}, r)
		})
	}
}

// TestParseAgain has one Reply read messages one after the other.
func TestParseAgain(t *testing.T) {
	var r wire.Reply
	first := message(t, "a.example.", 1, []string{"a.example. 60 IN CNAME b.example.", "b.example. 30 IN A 192.0.2.1"}, nil)
	require.NoError(t, r.Parse(first))
	require.Equal(t, []string{"b.example"}, r.Chain)
	second := message(t, "c.example.", 1, nil, []string{"example. 60 IN SOA ns.example. root.example. 1 2 3 4 5"})
	require.NoError(t, r.Parse(second))
	require.Empty(t, r.Chain)
	require.Empty(t, r.Records)
	require.Equal(t, uint32(math.MaxUint32), r.TTL)
	require.True(t, r.Negative)
	require.Equal(t, uint32(5), r.NegativeTTL)
}

// raw builds a message for the question "a. A" with the given counts and rest.
func raw(answers, authorities, additionals uint16, rest ...byte) []byte {
	b := []byte{0, 0, 0x81, 0x80, 0, 1}
	b = binary.BigEndian.AppendUint16(b, answers)
	b = binary.BigEndian.AppendUint16(b, authorities)
	b = binary.BigEndian.AppendUint16(b, additionals)
	return append(append(b, 1, 'a', 0, 0, 1, 0, 1), rest...)
}

// typed puts type, class IN, TTL 1 and the length before the contents of a record.
func typed(typ byte, data ...byte) []byte {
	return append([]byte{0, typ, 0, 1, 0, 0, 0, 1, 0, byte(len(data))}, data...)
}

func owned(owner []byte, typ byte, data ...byte) []byte {
	return append(append([]byte{}, owner...), typed(typ, data...)...)
}

func TestParseHostile(t *testing.T) {
	here := []byte{0xc0, 12}
	const at = 19 // where the first record begins
	for _, tc := range []struct {
		name string
		msg  []byte
		what string
	}{
		{"empty", nil, "short header"},
		{"cut header", raw(0, 0, 0)[:11], "short header"},
		{"no question", append([]byte{0, 0, 0x80, 0, 0, 0}, make([]byte, 6)...), "not one question"},
		{"cut question", raw(0, 0, 0)[:18], "short question"},
		{"compressed question", []byte{0, 0, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1}, "compressed question"},
		{"answers that are not there", raw(65535, 0, 0), "past the end"},
		{"authorities that are not there", raw(0, 65535, 0), "past the end"},
		{"additionals that are not there", raw(0, 0, 65535), "past the end"},
		{"more counted than there", raw(2, 0, 0, owned(here, 1, 1, 2, 3, 4)...), "past the end"},
		{"cut record", raw(1, 0, 0, 0xc0, 12, 0, 1, 0), "short record"},
		{"contents past the end", raw(1, 0, 0, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 1, 2), "past the end"},
		{"address too short", raw(1, 0, 0, owned(here, 1, 1, 2, 3)...), "wrong size"},
		{"address too long", raw(1, 0, 0, owned(here, 1, 1, 2, 3, 4, 5)...), "wrong size"},
		{"no contents", raw(1, 0, 0, owned(here, 1)...), "wrong size"},
		{"owner points at itself", raw(1, 0, 0, owned([]byte{0xc0, at}, 1, 1, 2, 3, 4)...), "does not lead back"},
		{"owner points forward", raw(1, 0, 0, owned([]byte{0xc0, at + 12}, 1, 1, 'a', 0, 0)...), "does not lead back"},
		{"owner points into its own labels", raw(1, 0, 0, owned([]byte{1, 'a', 0xc0, at}, 1, 1, 2, 3, 4)...), "does not lead back"},
		{"owner points into the header", raw(1, 0, 0, owned([]byte{0xc0, 4}, 1, 1, 2, 3, 4)...), "does not lead back"},
		{"owner with a label of an unknown kind", raw(1, 0, 0, owned([]byte{0x41, 'a', 0}, 1, 1, 2, 3, 4)...), "unknown kind"},
		{"cut pointer", raw(1, 0, 0, 0xc0), "short pointer"},
		{"target longer than its record", raw(1, 0, 0, owned(here, 5, 1, 'b', 0, 0)...), "wrong size"},
		{"no target", append(raw(1, 0, 1, owned(here, 5)...), owned([]byte{0}, 1, 1, 2, 3, 4)...), "past the end"},
		{"target shorter than its record", append(raw(1, 0, 1, owned(here, 5, 1, 'b')...), owned([]byte{0}, 1, 1, 2, 3, 4)...), "past the end"},
		{"SOA too short", raw(0, 1, 0, owned(here, 6, 0, 0, 1, 2, 3)...), "wrong size"},
		{"option past the end", raw(0, 0, 1, owned([]byte{0}, 41, 0, 15, 0, 9, 0, 6)...), "option past the end"},
		{"cut option", raw(0, 0, 1, owned([]byte{0}, 41, 0, 15, 0)...), "short option"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var r wire.Reply
			err := r.Parse(tc.msg)
			e, ok := errors.AsType[*wire.SyntaxError](err)
			require.True(t, ok, "%v", err)
			require.Contains(t, e.What, tc.what)
			require.LessOrEqual(t, e.Offset, len(tc.msg))
			require.True(t, wire.IsBroken(err))
		})
	}
}

func TestParseBrokenData(t *testing.T) {
	for _, tc := range []struct {
		name string
		typ  byte
		data []byte
	}{
		{"text past the end", 16, []byte{5, 'a'}},
		{"second text past the end", 16, []byte{1, 'a', 2, 'b'}},
		{"no text", 16, nil},
		{"MX without host", 15, []byte{0, 10}},
		{"MX and more", 15, []byte{0, 10, 0, 0}},
		{"TLSA too short", 52, []byte{3, 1}},
		{"AAAA too short", 28, make([]byte, 15)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			msg := raw(1, 0, 0, owned([]byte{0xc0, 12}, tc.typ, tc.data...)...)
			msg[16] = tc.typ
			_, ok := errors.AsType[*wire.SyntaxError](new(wire.Reply).Parse(msg))
			require.True(t, ok)
		})
	}
}

// TestParseTruncated reads nothing of a message that says it is incomplete.
func TestParseTruncated(t *testing.T) {
	msg := raw(9, 9, 9, 0xc0)
	msg[2] |= 2
	var r wire.Reply
	require.NoError(t, r.Parse(msg))
	require.True(t, r.Truncated)
	require.Empty(t, r.Records)
}

// longest is a name of 255 octets on the wire, without the final zero.
func longest() []byte {
	var b []byte
	for _, n := range []int{63, 63, 63, 61} {
		b = append(append(b, byte(n)), strings.Repeat("\x00", n)...)
	}
	return b
}

func TestParseNameLength(t *testing.T) {
	msg := raw(1, 0, 0, owned([]byte{0xc0, 12}, 12, append(longest(), 0)...)...)
	msg[16] = 12
	binary.BigEndian.PutUint16(msg[29:], 255)
	var r wire.Reply
	require.NoError(t, r.Parse(msg))
	require.Len(t, r.Records[0].Host, 4*250+3)

	data := append(longest(), 1, 'x', 0)
	msg = raw(1, 0, 0, owned([]byte{0xc0, 12}, 12, data...)...)
	msg[16] = 12
	binary.BigEndian.PutUint16(msg[29:], uint16(len(data)))
	require.ErrorContains(t, r.Parse(msg), "name too long")
}

// TestParseManyPointers has a message of 64 KiB in which each record points to
// one long name, so that what it says is a hundred times what it holds.
func TestParseManyPointers(t *testing.T) {
	msg := raw(0, 0, 0)
	msg[16] = 12
	data := append(longest(), 0)
	msg = append(msg, owned([]byte{0xc0, 12}, 12, data...)...)
	binary.BigEndian.PutUint16(msg[29:], 255)
	n := 1
	for ; len(msg)+14 <= math.MaxUint16; n++ {
		msg = append(msg, owned([]byte{0xc0, 12}, 12, 0xc0, 31)...)
	}
	binary.BigEndian.PutUint16(msg[6:], uint16(n))
	var r wire.Reply
	require.ErrorContains(t, r.Parse(msg), "too many names")
	require.Less(t, len(r.Records), 300)
}

// hostileChain is the message that costs most to read: thousands of records
// whose long owners differ from the question only at the end, and aliases to
// follow among them.
func hostileChain() []byte {
	msg := []byte{0, 0, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}
	labels := strings.Repeat("\x01a", 120)
	msg = append(msg, labels...)
	msg = append(msg, "\x01a\x00\x00\x01\x00\x01"...)
	other := len(msg)
	msg = append(msg, labels...)
	msg = append(msg, "\x01b\x00"...)
	msg = append(msg, typed(1, 1, 2, 3, 4)...)
	n := 1
	for ; len(msg)+16 <= math.MaxUint16; n++ {
		msg = append(msg, owned([]byte{0xc0 | byte(other>>8), byte(other)}, 1, 1, 2, 3, 4)...)
	}
	binary.BigEndian.PutUint16(msg[6:], uint16(n))
	return msg
}

func BenchmarkParse(b *testing.B) {
	for _, tc := range []struct {
		name string
		msg  []byte
	}{
		{"TXT", message(b, "example.org.", 16, []string{`example.org. 60 IN TXT "v=spf1 include:_spf.example.net ~all"`}, nil)},
		{"MX", message(b, "example.org.", 15, []string{"example.org. 60 IN MX 10 mx1.example.org.", "example.org. 60 IN MX 20 mx2.example.org."}, nil)},
		{"hostile", hostileChain()},
	} {
		b.Run("message="+tc.name, func(b *testing.B) {
			b.ReportAllocs()
			var r wire.Reply
			for b.Loop() {
				_ = r.Parse(tc.msg)
			}
		})
	}
}
