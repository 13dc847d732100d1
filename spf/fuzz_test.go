package spf_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// seeds are records of all kinds: what is published, and what attacks.
var seeds = []string{
	"v=spf1", "v=spf1 -all", "V=SPF1  +all ", "v=spf10 -all", "v=spf1\t-all", "", " v=spf1",
	"v=spf1 include:_spf.example.com include:%{ir}.%{v}.%{l1r+-}._spf.%{d2} ~all",
	"v=spf1 a mx ptr a:h.test/24//64 mx//48 ptr:example.org ip4:192.0.2.0/24 ip6:2001:db8::/32 exists:%{i}.x.test ?all",
	"v=spf1 redirect=%{o}.x.test exp=%{p}.e.test moo=%%%_%-",
	"v=spf1 redirect=a.test redirect=a.test", "v=spf1 ip4:192.0.02.1", "v=spf1 ip6:::ffff:192.0.2.1/0", "v=spf1 ip6:fe80::1%eth0",
	"v=spf1 a:%{d0}", "v=spf1 a:%{d999999999999999999999999}", "v=spf1 a:%{l.-+,/_=}/24", "v=spf1 a:/24", "v=spf1 a/24/64", "v=spf1 a//",
	"v=spf1 --all", "v=spf1 -", "v=spf1 =", "v=spf1 a=b:c/d%{s}", "v=spf1 a:b\xc3\xbc.test", "v=spf1 \x00", "v=spf1 %", "v=spf1 a:%", "v=spf1 a:%{", "v=spf1 a:%{l",
	"v=spf1 include:p1.test include:p2.test include:example.org", "v=spf1 a:.test a:x..test exists:.", "v=spf1 a:localhost a:1.2.3.4",
	"v=spf1 exists:\"(\\;.test -all", "v=spf1" + strings.Repeat(" a", 40), "v=spf1 a:" + strings.Repeat("x.", 200) + "test",
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	for _, c := range lintCases() {
		f.Add(c.record)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rec, err := spf.Parse(text)
		if errors.Is(err, spf.ErrNotSPF) {
			require.False(t, len(text) >= 7 && strings.EqualFold(text[:7], "v=spf1 "), "%q", text)
			return
		}
		require.NotNil(t, rec)
		require.Equal(t, text, rec.Text)
		end := len("v=spf1")
		for _, term := range rec.Terms {
			// Terms are in order, do not overlap, and have only blanks between them.
			require.Greater(t, term.Offset, end-1)
			require.Empty(t, strings.Trim(text[end:term.Offset], " "))
			require.LessOrEqual(t, term.Offset+len(term.Text), len(text))
			require.Equal(t, term.Text, text[term.Offset:term.Offset+len(term.Text)])
			require.NotEmpty(t, term.Text)
			require.NotContains(t, term.Text, " ")
			require.Equal(t, term.Kind.Modifier(), term.Qualifier == 0, "%+v", term)
			end = term.Offset + len(term.Text)
		}
		if err != nil {
			syntax, ok := errors.AsType[*spf.SyntaxError](err)
			require.True(t, ok, "%T", err)
			require.Equal(t, text, syntax.Text)
			require.GreaterOrEqual(t, syntax.Offset, end)
			require.LessOrEqual(t, syntax.Offset+len(syntax.Term), len(text))
			require.Equal(t, syntax.Term, text[syntax.Offset:syntax.Offset+len(syntax.Term)])
			require.NotEmpty(t, syntax.Reason)
			for _, c := range []byte(err.Error()) {
				require.True(t, c >= ' ' && c < 0x7f, "%q", err.Error())
			}
			return
		}
		require.Empty(t, strings.Trim(text[end:], " "))
		for _, c := range []byte(text) {
			require.True(t, c >= ' ' && c < 0x7f, "%q", text)
		}
		again, err := spf.Parse(rec.String())
		require.NoError(t, err, "%q", rec.String())
		require.Equal(t, withoutOffsets(rec.Terms), withoutOffsets(again.Terms))
		require.Equal(t, rec.String(), again.String())
	})
}

// fuzzView answers for any name: TXT from a list of texts, other types by what
// the name hashes to.
type fuzzView struct {
	texts []string
	gets  int
}

func (v *fuzzView) Get(q resolver.Question) (resolver.Answer, bool) {
	v.gets++
	h := uint32(2166136261)
	for _, c := range []byte(q.Name) {
		h = (h ^ uint32(c)) * 16777619
	}
	h ^= h >> 15
	a := resolver.Answer{Status: resolver.Success, TTL: h % 1000}
	switch h >> 8 % 16 {
	case 0:
		return resolver.Answer{Status: resolver.NXDomain}, true
	case 1:
		return resolver.Answer{Status: resolver.NoData}, true
	case 2:
		if h%3 == 0 {
			return resolver.Answer{Status: resolver.ServFail, Problem: "odd\x1b (words)\r\n"}, true
		}
	case 3:
		a.Alias = []string{"alias.test"}
	}
	switch q.Type {
	case resolver.TypeTXT:
		a.TXT = []resolver.Text{{v.texts[int(h>>4)%len(v.texts)]}}
		if q.Name == "example.org" {
			a = resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{{v.texts[0]}}}
		}
	case resolver.TypeA:
		a.Addrs = []netip.Addr{netip.AddrFrom4([4]byte{192, 0, 2, byte(h % 4)})}
	case resolver.TypeAAAA:
		a.Addrs = []netip.Addr{netip.MustParseAddr("2001:db8::").Next()}
	case resolver.TypeMX:
		for i := range h % 13 {
			a.MX = append(a.MX, resolver.MXHost{Host: resolver.Q(v.texts[int(i)%len(v.texts)], resolver.TypeA).Name, Pref: uint16(h >> i)})
		}
		a.MX = append(a.MX, resolver.MXHost{Host: ""}, resolver.MXHost{Host: "mx.test"})
	case resolver.TypePTR:
		for i := range h % 13 {
			a.Hosts = append(a.Hosts, resolver.Q(v.texts[int(i)%len(v.texts)], resolver.TypeA).Name)
		}
		a.Hosts = append(a.Hosts, "example.org", "", `a\.b.test`)
	}
	return a, true
}

func FuzzEvaluate(f *testing.F) {
	for i, s := range seeds {
		f.Add(s, seeds[(i+7)%len(seeds)]+"\n"+seeds[(i+13)%len(seeds)], "user@example.org", "mail.client.example", "mx.receiver.test", uint8(i))
	}
	for _, from := range []string{"", "<>", "@", "a@", "@example.org", `"a@b"@example.org`, "us\u00e9r@b\u00fccher.example", "a\r\nb@example.org", "a\x00@example.org", "x@[192.0.2.1]", strings.Repeat("a.-", 300) + "@example.org"} {
		f.Add("v=spf1 exists:%{l}.%{s}.test a:%{L1r-}.test include:%{d} -all exp=%{p}.test", "%{S} is not %{c} of %{h}\nv=spf1 ptr -all", from, from, from, uint8(len(from)))
	}
	f.Fuzz(func(t *testing.T, record, others, from, helo, receiver string, bits uint8) {
		view := &fuzzView{texts: append([]string{record}, strings.Split(others, "\n")...)}
		req := spf.Request{
			IP: netip.MustParseAddr(client4), HELO: helo, MailFrom: from, Receiver: receiver,
			Time: time.Unix(int64(bits), 0), Limits: spf.Limits{Voids: int(bits%5) - 1},
		}
		if bits&1 != 0 {
			req.IP = netip.MustParseAddr(client6)
		}
		d := driveEvaluate(t, view, req)
		require.LessOrEqual(t, d.rounds, 10+5)
		require.LessOrEqual(t, d.questions, 1+10*11+1+11)
		sound(t, d.res)
		headers(t, d.res)
		for _, step := range d.res.Steps {
			require.LessOrEqual(t, step.Lookups, 11)
			require.LessOrEqual(t, step.Depth, 11)
		}

		req.Prefetch = true
		ahead := driveEvaluate(t, view, req)
		require.Equal(t, d.res, ahead.res)
		res, missing := spf.EvaluateHELO(req, view)
		require.Empty(t, missing)
		sound(t, res)
		headers(t, res)
	})
}

// FuzzEvaluateDomain examines policies of any octets. Records that are proposed must
// be accepted, and no sender may be told that one passes who does not.
func FuzzEvaluateDomain(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), []byte(seeds[(i+7)%len(seeds)]+"\n"+seeds[(i+13)%len(seeds)]))
	}
	for _, c := range lintCases() {
		if c.record != "" {
			f.Add([]byte(c.record), []byte("v=spf1 -all"))
		}
	}
	f.Fuzz(func(t *testing.T, record, others []byte) {
		view := &fuzzView{texts: append([]string{string(record)}, strings.Split(string(others), "\n")...)}
		d := driveDomain(t, view, "example.org")
		soundReport(t, d.rep)
		require.Equal(t, d.rep, reportOf(d.known, "example.org"))
		for _, finding := range d.rep.Findings {
			for _, m := range recordInText.FindAllStringSubmatch(finding.Remedy, -1) {
				if strings.Contains(m[1], `\`) || strings.Contains(finding.Remedy, `" "`) {
					continue // It is escaped, or in several strings.
				}
				_, err := spf.Parse(m[1])
				require.NoError(t, err, "%+v", finding)
			}
		}
		policy := d.rep.Compile()
		for _, ip := range []string{client4, client6, "203.0.113.77", "::"} {
			addr := netip.MustParseAddr(ip)
			cover := policy.Covers(addr)
			if cover.Open {
				continue
			}
			res, missing := spf.Evaluate(spf.Request{IP: addr, HELO: "h.test", MailFrom: "user@example.org"}, view)
			require.Empty(t, missing)
			require.Equal(t, res.Status, cover.Status, "%s: %+v", ip, d.rep)
		}
	})
}
