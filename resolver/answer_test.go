package resolver_test

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
)

func TestStatusDefinitive(t *testing.T) {
	for status, want := range map[resolver.Status]bool{
		resolver.Success: true, resolver.NoData: true, resolver.NXDomain: true,
		resolver.ServFail: false, resolver.Refused: false, resolver.Timeout: false, resolver.Failed: false,
		"": false, "bogus": false,
	} {
		require.Equal(t, want, status.Definitive(), "%q", status)
	}
}

func TestType(t *testing.T) {
	for typ, want := range map[resolver.Type]string{
		resolver.TypeA: "A", resolver.TypeAAAA: "AAAA", resolver.TypeMX: "MX", resolver.TypeTXT: "TXT",
		resolver.TypeSPF: "SPF", resolver.TypeTLSA: "TLSA", 0: "TYPE0", 33: "TYPE33", 65535: "TYPE65535",
	} {
		require.Equal(t, want, typ.String())
		for _, s := range []string{want, strings.ToLower(want)} {
			got, err := resolver.ParseType(s)
			require.NoError(t, err)
			require.Equal(t, typ, got)
		}
	}
	for _, bad := range []string{"", "FOO", "TYPE", "TYPE-1", "TYPE65536", "TYPE1x", "1"} {
		_, err := resolver.ParseType(bad)
		require.Error(t, err, "%q", bad)
	}
}

func TestQuestion(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want string // the text form
	}{
		{"normal", "example.org", "example.org A"},
		{"case and dot", "Example.ORG.", "example.org A"},
		{"U-label", "bücher.example", "xn--bcher-kva.example A"},
		{"root", ".", ". A"},
		{"blank", `a\ b.example`, `a\032b.example A`},
		{"dot in a label", `a\.b.example`, `a\.b.example A`},
		{"octets", `\000\255.example`, `\000\255.example A`},
		{"bad", "a..b", "a..b A"},
		{"bad with a blank", " a b..c ", " a b..c  A"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := resolver.Q(tt.in, resolver.TypeA)
			require.Equal(t, tt.want, q.String())
			text, err := q.MarshalText()
			require.NoError(t, err)
			require.Equal(t, tt.want, string(text))
			var back resolver.Question
			require.NoError(t, back.UnmarshalText(text))
			require.Equal(t, q, back)
		})
	}
	for _, bad := range []string{"", "example.org", "example.org FOO", "example.org A B"} {
		require.Error(t, new(resolver.Question).UnmarshalText([]byte(bad)), "%q", bad)
	}
}

// TestQuestionUnprintable has names that nobody can ask, as strangers write them.
func TestQuestionUnprintable(t *testing.T) {
	q := resolver.Q("a\x1b[31m..\\b\xff", resolver.TypeA)
	require.Equal(t, `a\027[31m..\\b\255 A`, q.String())
	err := &resolver.Error{Question: q, Status: resolver.Failed}
	require.Equal(t, `resolver: a\027[31m..\\b\255 A: failed`, err.Error())

	q = resolver.Q("a\x1b[31m..b", resolver.TypeA)
	text, failed := q.MarshalText()
	require.NoError(t, failed)
	var back resolver.Question
	require.NoError(t, back.UnmarshalText(text))
	require.Equal(t, q, back, "it is escaped for people only")
}

// TestAnswerUnprintable reads answers that somebody wrote by hand.
func TestAnswerUnprintable(t *testing.T) {
	var a resolver.Answer
	require.NoError(t, json.Unmarshal([]byte(`{"status":"success","hosts":["a\u001b.test","a\\.b.test"],"alias":["a b"],
		"mx":[{"host":"\u202e","pref":1}],"ttl":1,"server":"\n","problem":"all well\r"}`), &a))
	require.Equal(t, resolver.Answer{
		Status: resolver.Success, Hosts: []string{`a\027.test`, `a\.b.test`}, Alias: []string{`a\032b`},
		MX: []resolver.MXHost{{Host: `\226\128\174`, Pref: 1}}, TTL: 1, Server: `\010`, Problem: `all well\013`,
	}, a)
	require.Error(t, json.Unmarshal([]byte(`{"hosts":[1]}`), &a))
}

func TestReverse(t *testing.T) {
	require.Equal(t, "1.2.0.192.in-addr.arpa PTR", resolver.Reverse(netip.MustParseAddr("192.0.2.1")).String())
	require.Equal(t, "1.2.0.192.in-addr.arpa PTR", resolver.Reverse(netip.MustParseAddr("::ffff:192.0.2.1")).String())
	require.Equal(t, "1."+strings.Repeat("0.", 23)+"8.b.d.0.1.0.0.2.ip6.arpa PTR", resolver.Reverse(netip.MustParseAddr("2001:db8::1")).String())
	_, err := new(resolver.Zone).Lookup(t.Context(), resolver.Reverse(netip.Addr{}))
	require.ErrorIs(t, err, resolver.ErrName, "an address that is not known is not ::")
}

func TestText(t *testing.T) {
	var all strings.Builder
	for c := range 256 {
		all.WriteByte(byte(c))
	}
	tests := []struct {
		name string
		text resolver.Text
		json string // if not empty, the exact form
	}{
		{"one", resolver.Text{"v=spf1 -all"}, `["v=spf1 -all"]`},
		{"several", resolver.Text{"v=spf1 ", "-all"}, `["v=spf1 ","-all"]`},
		{"empty string", resolver.Text{""}, `[""]`},
		{"none", resolver.Text{}, `[]`},
		{"backslash and quote", resolver.Text{`\"`}, `["\\\\\""]`},
		{"NUL and high octet", resolver.Text{"\x00\xff"}, `["\\000\\255"]`},
		{"all octets", resolver.Text{all.String()[:128], all.String()[128:]}, ""},
		{"UTF-8", resolver.Text{"é"}, `["\\195\\169"]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := json.Marshal(tt.text)
			require.NoError(t, err)
			if tt.json != "" {
				require.Equal(t, tt.json, string(b))
			}
			var back resolver.Text
			require.NoError(t, json.Unmarshal(b, &back))
			require.Equal(t, tt.text, back)
			require.Equal(t, strings.Join(tt.text, ""), tt.text.String())
		})
	}
	for _, bad := range []string{`"text"`, `["\\"]`, `["\\300"]`, `[1]`} {
		require.Error(t, json.Unmarshal([]byte(bad), new(resolver.Text)), bad)
	}
}

func TestAnswerJSON(t *testing.T) {
	a := resolver.Answer{
		Status: resolver.Success, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1")}, Hosts: []string{"a.example"},
		MX: []resolver.MXHost{{Host: "mx.example", Pref: 10}}, TXT: []resolver.Text{{"t"}},
		TLSA: []resolver.TLSA{{Usage: 3, Selector: 1, Matching: 1, Data: []byte{1, 2}}}, Alias: []string{"b.example"},
		TTL: 300, Secure: true, Server: "192.0.2.53:53", Problem: "none",
	}
	b, err := json.Marshal(a)
	require.NoError(t, err)
	require.JSONEq(t, `{"status":"success","addrs":["192.0.2.1"],"hosts":["a.example"],`+
		`"mx":[{"host":"mx.example","pref":10}],"txt":[["t"]],`+
		`"tlsa":[{"usage":3,"selector":1,"matching":1,"data":"AQI="}],"alias":["b.example"],`+
		`"ttl":300,"secure":true,"server":"192.0.2.53:53","problem":"none"}`, string(b))
	b, err = json.Marshal(resolver.Answer{Status: resolver.NXDomain})
	require.NoError(t, err)
	require.JSONEq(t, `{"status":"nxdomain","ttl":0}`, string(b))
}

func TestStatusText(t *testing.T) {
	for _, s := range []resolver.Status{"", resolver.Success, resolver.NoData, resolver.NXDomain, resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed} {
		require.Equal(t, s != "", s.Valid())
		text, err := json.Marshal(s)
		require.NoError(t, err)
		var got resolver.Status
		require.NoError(t, json.Unmarshal(text, &got))
		require.Equal(t, s, got)
	}
	var s resolver.Status
	for _, bad := range []string{`"nxd\u0007omain"`, `"Success"`, `"success "`, `1`} {
		require.Error(t, json.Unmarshal([]byte(bad), &s), bad)
	}
	var known resolver.Snapshot
	require.ErrorContains(t, json.Unmarshal([]byte(`{"a.test A":{"status":"\u001b[1m","ttl":1}}`), &known), `no status "\x1b[1m"`)
}
