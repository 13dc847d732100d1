package spf_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"

	"github.com/mailworthy/mailworthy/spf"
)

// world makes plausible and broken policies, and the DNS around them.
type world struct{ *rand.Rand }

func newWorld(seed uint64) world { return world{rand.New(rand.NewPCG(seed, 7208))} }

func (w world) oneOf(choices ...string) string { return choices[w.IntN(len(choices))] }

func (w world) chance(percent int) bool { return w.IntN(100) < percent }

// host is a name that has addresses, or lacks them, or is broken.
func (w world) host() string { return fmt.Sprintf("h%d.test", w.IntN(10)) }

// policy is a name that may have a record.
func (w world) policy() string { return fmt.Sprintf("p%d.test", w.IntN(8)) }

func (w world) spec() string {
	if w.chance(75) {
		return w.host()
	}
	return w.oneOf("%{l}.test", "%{ir}.%{v}.test", "%{d}", "%{o}", "%{p}.test", "%{s}.test", "%{h}",
		"%{l1r-}.test", "%{d2}", "%{o1}", "%{L+}.x.test", "%{i}.h1.test", "x..test", strings.Repeat("long.", 60)+"test", "h1.test.")
}

func (w world) policySpec() string {
	switch {
	case w.chance(80):
		return w.policy()
	case w.chance(50):
		return w.oneOf("%{l}.test", "%{d}", "%{o}", "%{p}.test", "p%{i1}.test", "x..test", "%{o1}")
	}
	return w.host()
}

func (w world) cidr() string {
	return w.oneOf("", "", "", "/24", "//64", "/0//0", "/16//32")
}

func (w world) mechanism() string {
	m := ""
	switch w.IntN(10) {
	case 0, 1:
		m = "include:" + w.policySpec()
	case 2:
		m = w.oneOf("a", "a:"+w.spec(), "a:"+w.spec()) + w.cidr()
	case 3:
		m = w.oneOf("mx", "mx:"+w.spec(), "mx:m1.test", "mx:m2.test", "mx:m3.test") + w.cidr()
	case 4:
		m = w.oneOf("ptr", "ptr:test", "ptr:"+w.spec())
	case 5, 6:
		m = "exists:" + w.spec()
	case 7:
		m = w.oneOf("ip4:192.0.2.0/24", "ip4:198.51.100.1", "ip4:203.0.113.0/25", "ip4:192.0.2.1/32")
	case 8:
		m = w.oneOf("ip6:2001:db8::/32", "ip6:2001:db8:1::1", "ip6:::ffff:192.0.2.1")
	case 9:
		m = w.oneOf("a:h1.test", "mx:m1.test", "exists:h2.test", "all")
	}
	return w.oneOf("", "", "", "+", "-", "~", "?") + m
}

// record is the text of a policy; a few are broken, or none at all.
func (w world) record() string {
	terms := []string{w.oneOf("v=spf1", "v=spf1", "v=spf1", "V=SPF1")}
	for range w.IntN(8) {
		terms = append(terms, w.mechanism())
	}
	if w.chance(30) {
		terms = append(terms, "redirect="+w.policySpec())
	}
	if w.chance(40) {
		terms = append(terms, "exp="+w.oneOf("e1.test", "e2.test", "e3.test", "%{p}.test", "%{l}.test", "none.test"))
	}
	if w.chance(10) {
		terms = append(terms, w.oneOf("moo=%{d}", "x-1=", "moo=a/b:c"))
	}
	if w.chance(60) {
		terms = append(terms, w.oneOf("-all", "~all", "?all", "all"))
	}
	if w.chance(5) {
		terms = append(terms, w.oneOf("moo", "ip4:1.2.3", "a:%{x}.test", "--all", "include:", "redirect=p1.test", "\t", "a:b\xc3\xbc.test", "-"))
		w.Shuffle(len(terms)-1, func(i, j int) { terms[i+1], terms[j+1] = terms[j+1], terms[i+1] })
	}
	return strings.Join(terms, w.oneOf(" ", " ", "  "))
}

// zone is the text of a zone in which requests can be judged.
func (w world) zone() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	text := func(owner, s string) { line("%s TXT %s", owner, quote(s)) }
	for i := range 8 {
		owner := fmt.Sprintf("p%d.test", i)
		switch {
		case w.chance(4):
			line("%s TXT !%s", owner, w.oneOf("servfail", "timeout", "refused", "failed"))
		case w.chance(4):
		default:
			text(owner, w.record())
			if w.chance(3) {
				text(owner, w.record())
			}
		}
	}
	text("example.org", w.record())
	for i := range 10 {
		owner := fmt.Sprintf("h%d.test", i)
		switch w.IntN(8) {
		case 0, 1, 2:
			line("%s A %s", owner, w.oneOf("192.0.2.1", "192.0.2.2", "198.51.100.1", "203.0.113.1"))
			line("%s AAAA %s", owner, w.oneOf("2001:db8::1", "2001:db8::2", "2001:db8:1::1"))
		case 3:
			line("%s A 198.51.100.7", owner)
		case 4:
			line("%s TXT x", owner)
		case 5:
			line("%s CNAME h%d.test", owner, w.IntN(10))
		case 6:
			if w.chance(30) {
				line("%s !%s", owner, w.oneOf("servfail", "timeout"))
			}
		}
	}
	for i := range 3 {
		for range w.IntN(13) {
			line("m%d.test MX %d %s", i+1, w.IntN(3), w.oneOf(w.host(), w.host(), fmt.Sprintf("mx%d.test", w.IntN(12))))
		}
	}
	for i := range 12 {
		line("mx%d.test A 198.51.100.%d", i, i)
	}
	for _, reverse := range []string{"1.2.0.192.in-addr.arpa", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"} {
		if w.chance(10) {
			line("%s PTR !servfail", reverse)
			continue
		}
		for range w.IntN(13) {
			line("%s PTR %s", reverse, w.oneOf(w.host(), w.policy(), "example.org", fmt.Sprintf("mx%d.test", w.IntN(12))))
		}
	}
	text("e1.test", "%{i} is not one of %{d}'s, nor is %{p}, at %{t}")
	text("e2.test", w.oneOf("no", "100%", "no \xe9", "%{c} %{r} %{S}"))
	if w.chance(50) {
		line("example.org A 192.0.2.1")
		line("example.org MX 1 h1.test")
	}
	return b.String()
}

func (w world) request() spf.Request {
	return spf.Request{
		IP:       netip.MustParseAddr(w.oneOf(client4, client4, client6)),
		HELO:     w.oneOf("mail.client.example", "p2.test", "[192.0.2.1]", ""),
		MailFrom: w.oneOf("user@example.org", "a-b+c@example.org", "p1@p0.test", "us\u00e9r@example.org", "", "<>", "@p3.test"),
		Receiver: w.oneOf("", "mx.receiver.example"),
		Time:     sessionTime,
		Limits:   spf.Limits{Voids: w.IntN(6) - 1},
	}
}

// quote writes a text as one word of a zone.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range []byte(s) {
		if c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			fmt.Fprintf(&b, `\%03d`, c)
			continue
		}
		b.WriteByte(c)
	}
	b.WriteByte('"')
	return b.String()
}
