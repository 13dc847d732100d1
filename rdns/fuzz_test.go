package rdns_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/rdns"
	"github.com/mailworthy/mailworthy/resolver"
)

// fuzzAddr makes a valid address of any octets.
func fuzzAddr(b []byte) netip.Addr {
	if ip, ok := netip.AddrFromSlice(b); ok {
		return ip
	}
	return netip.MustParseAddr(ip4)
}

func FuzzClassify(f *testing.F) {
	for _, n := range namesTable(f) {
		f.Add(n.ip.AsSlice(), n.name)
	}
	f.Add([]byte{}, strings.Repeat("1-", 200))
	f.Add(netip.MustParseAddr(ip6).AsSlice(), strings.Repeat("a.", 126)+"a")
	f.Add([]byte{1, 1, 1, 1}, "1.1.1.1.1.1.1.1111")
	f.Fuzz(func(t *testing.T, ip []byte, name string) {
		c := rdns.Classify(fuzzAddr(ip), name)
		require.Equal(t, c.Kind.Generic(), c.Score >= 4, "%+v", c)
		require.LessOrEqual(t, len(c.Rules), 4)
		require.NotNil(t, c.Rules)
		for _, m := range c.Rules {
			require.Len(t, m.Label, m.Span.Length)
			require.NotEmpty(t, m.Label)
		}
		if c.Kind == rdns.GenericDynamic {
			require.True(t, strings.ContainsAny(name, "0123456789") || fuzzAddr(ip).Is6(), "%q", name)
		}
		if c.Kind == "" {
			require.Empty(t, c.Rules)
		}
	})
}

// fuzzView answers any question from given texts, each status in turn.
type fuzzView struct {
	ip    netip.Addr
	hosts []string
	mode  byte
}

func (v fuzzView) Get(q resolver.Question) (resolver.Answer, bool) {
	statuses := []resolver.Status{resolver.Success, resolver.NoData, resolver.NXDomain, resolver.ServFail, "\x1b[31m"}
	mode := v.mode
	if q.Type != resolver.TypePTR {
		mode = v.mode/5 + byte(len(q.Name)) + byte(q.Type)
	}
	a := resolver.Answer{Status: statuses[mode%5], Problem: strings.Join(v.hosts, "\x00")}
	if len(v.hosts) > 1 {
		a.Alias = v.hosts[1:]
	}
	if a.Status != resolver.Success {
		return a, mode%7 != 6
	}
	switch q.Type {
	case resolver.TypePTR:
		a.Hosts = v.hosts
	case resolver.TypeMX:
		a.MX = []resolver.MXHost{{Host: v.hosts[0]}}
	default:
		a.Addrs = []netip.Addr{v.ip, v.ip.Next()}
	}
	return a, true
}

func FuzzEvaluate(f *testing.F) {
	for i, tc := range ptrCases() {
		f.Add(tc.addr().AsSlice(), tc.host+"\nmail.example.org.\nb", byte(i))
	}
	f.Add([]byte{192, 0, 2, 10}, "\x1b[31m\n.\n\nlocalhost\n"+strings.Repeat("a.", 300), byte(0))
	f.Fuzz(func(t *testing.T, ip []byte, names string, mode byte) {
		addr := fuzzAddr(ip)
		v := fuzzView{addr, strings.Split(names, "\n"), mode}
		res, missing := rdns.Evaluate(rdns.Request{IP: addr, Host: names}, v)
		require.LessOrEqual(t, len(missing), 20)
		again, _ := rdns.Evaluate(rdns.Request{IP: addr, Host: names}, v)
		require.Equal(t, res, again)
		if len(missing) > 0 {
			require.Empty(t, res.Status)
			return
		}
		fuzzFindings(t, names)
		requirePrintable(t, res.Host, res.AuthenticationResults())
		for _, n := range res.Names {
			requirePrintable(t, n.Name)
		}
		for _, f := range res.Findings {
			requirePrintable(t, append(f.Evidence, f.Subject, f.Message, f.Remedy)...)
		}
	})
}

// fuzzFindings reads a name as a wanted host: what remedies propose must be a record.
func fuzzFindings(t *testing.T, host string) {
	t.Helper()
	res, _ := rdns.Evaluate(rdns.Request{IP: netip.MustParseAddr(ip4), Host: host}, resolver.MustZone(""))
	requireFindings(t, res.Findings)
}

func requirePrintable(t *testing.T, texts ...string) {
	t.Helper()
	for _, s := range texts {
		require.Equal(t, -1, strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f }), "%q", s)
		require.Less(t, len(s), 20_000)
	}
}

func FuzzEvaluateHELO(f *testing.F) {
	for i, tc := range heloCases() {
		f.Add(tc.request().IP.AsSlice(), tc.helo, tc.to, byte(i))
	}
	f.Fuzz(func(t *testing.T, ip []byte, helo, to string, mode byte) {
		addr := fuzzAddr(ip)
		req := rdns.HELORequest{IP: addr, HELO: helo, Recipient: to}
		v := fuzzView{addr, []string{to, helo}, mode}
		res, missing := rdns.EvaluateHELO(req, v)
		require.LessOrEqual(t, len(missing), 3)
		again, _ := rdns.EvaluateHELO(req, v)
		require.Equal(t, res, again)
		if len(missing) > 0 {
			return
		}
		require.NotEmpty(t, res.Status)
		requirePrintable(t, res.HELO, res.Name)
		for _, f := range res.Findings {
			requirePrintable(t, append(f.Evidence, f.Subject, f.Message, f.Remedy)...)
		}
	})
}
