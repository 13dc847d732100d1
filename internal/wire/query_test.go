package wire_test

import (
	"strings"
	"testing"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/internal/wire"
)

func TestAppendQuery(t *testing.T) {
	for _, tc := range []struct {
		name   string
		domain string
		edns   wire.EDNS
	}{
		{"plain name", "www.example.org", wire.WithEDNS},
		{"root", "", wire.WithEDNS},
		{"escapes", `a\.b.\\c.\000\255.example`, wire.WithEDNS},
		{"longest label", strings.Repeat("a", 63) + ".example", wire.WithEDNS},
		{"longest name", strings.Repeat("a.", 126) + "a", wire.WithoutEDNS},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := wire.AppendQuery([]byte("before"), 4711, tc.domain, dns.TypeMX, tc.edns)
			var m dns.Msg
			require.NoError(t, m.Unpack(got[len("before"):]))
			require.Equal(t, dns.MsgHdr{Id: 4711, RecursionDesired: true, AuthenticatedData: true}, m.MsgHdr)
			require.Equal(t, []dns.Question{{Name: tc.domain + ".", Qtype: dns.TypeMX, Qclass: dns.ClassINET}}, m.Question)
			opt := m.IsEdns0()
			require.Equal(t, tc.edns == wire.WithEDNS, opt != nil)
			if opt != nil {
				require.EqualValues(t, wire.UDPSize, opt.UDPSize())
				require.False(t, opt.Do())
			}
			again, err := m.Pack()
			require.NoError(t, err)
			require.Equal(t, got[len("before"):], again)
		})
	}
}

func TestAppendQueryDoesNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 512)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		_ = wire.AppendQuery(buf, 1, "www.example.org", 16, wire.WithEDNS)
	}))
}

func TestIsReply(t *testing.T) {
	query := wire.AppendQuery(nil, 0x1234, "a.example", 1, wire.WithEDNS)
	end := len(query) - 11
	good := append([]byte{}, query[:end]...)
	good[2] |= 0x80
	good[11] = 0
	for _, tc := range []struct {
		name string
		edit func([]byte) []byte
		want bool
	}{
		{"good", func(b []byte) []byte { return b }, true},
		{"letter case", func(b []byte) []byte { b[13] = 'A'; return b }, true},
		{"ID", func(b []byte) []byte { b[0]++; return b }, false},
		{"query", func(b []byte) []byte { b[2] &= 0x7f; return b }, false},
		{"name", func(b []byte) []byte { b[13] = 'b'; return b }, false},
		{"label length", func(b []byte) []byte { b[12] = 3; return b }, false},
		{"type", func(b []byte) []byte { b[end-3] ^= 0x20; return b }, false},
		{"class", func(b []byte) []byte { b[end-1] = 3; return b }, false},
		{"compressed", func(b []byte) []byte { return append(b[:12], 0xc0, 12, 0, 1, 0, 1) }, false},
		{"short", func(b []byte) []byte { return b[:end-1] }, false},
		{"no question", func(b []byte) []byte { b[5] = 0; return b[:12] }, false},
		{"no question, FORMERR", func(b []byte) []byte { b[5], b[3] = 0, 1; return b[:12] }, true},
		{"no question, FORMERR, more", func(b []byte) []byte { b[5], b[3] = 0, 1; return b }, false},
		{"empty", func([]byte) []byte { return nil }, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, wire.IsReply(query, tc.edit(append([]byte{}, good...))))
		})
	}
}
