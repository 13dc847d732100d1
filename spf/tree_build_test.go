package spf_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"

	"github.com/mailworthy/mailworthy/resolver"
)

// answers is a View of all of DNS: what it does not hold does not exist.
type answers map[resolver.Question]resolver.Answer

func (w answers) Get(q resolver.Question) (resolver.Answer, bool) {
	a, ok := w[q]
	if !ok {
		a.Status = resolver.NXDomain
	}
	return a, true
}

// openAnswers are answers by which terms with macros, which all name something
// below open.test, and ptr find something that is no match; or, with hits, anything.
type openAnswers struct {
	answers
	hits bool
}

func (w openAnswers) Get(q resolver.Question) (resolver.Answer, bool) {
	if q.Type == resolver.TypePTR && !w.hits {
		return resolver.Answer{Status: resolver.ServFail}, true // is no match, and no void
	}
	if !strings.HasSuffix(q.Name, ".open.test") {
		return w.answers.Get(q)
	}
	if !w.hits {
		record := "v=spf1"
		return resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{{record}}}, true
	}
	switch a := (resolver.Answer{Status: resolver.Success}); len(q.Name) % 3 {
	case 0:
		return resolver.Answer{Status: resolver.NXDomain}, true
	case 1:
		a.TXT = []resolver.Text{{"v=spf1 ?all"}}
		return a, true
	default:
		a.TXT = []resolver.Text{{"v=spf1 +all"}}
		a.Addrs = []netip.Addr{netip.MustParseAddr("10.0.0.1")}
		return a, true
	}
}

// randomTree makes up policies below .test that include one another. Most
// domains are in order, since a broken one hides what comes behind it.
func randomTree(r *rand.Rand) answers {
	w := make(answers)
	trouble := []resolver.Status{resolver.NXDomain, resolver.NoData, resolver.ServFail, resolver.Timeout}
	for i := range treeHosts {
		for _, q := range []resolver.Question{hostQ(i, resolver.TypeA), hostQ(i, resolver.TypeAAAA)} {
			a := resolver.Answer{Status: resolver.Success}
			for range 1 + r.IntN(3) {
				a.Addrs = append(a.Addrs, randomAddr(r, q.Type))
			}
			if r.IntN(4) == 0 {
				a = resolver.Answer{Status: trouble[min(r.IntN(12), 3)%4]}
				if r.IntN(8) > 0 {
					a.Status = trouble[r.IntN(2)]
				}
			}
			w[q] = a
		}
	}
	for i := range treeDomains {
		d := fmt.Sprintf("d%d.test", i)
		mx := resolver.Answer{Status: resolver.Success}
		for range 1 + r.IntN(1+r.IntN(13)) {
			mx.MX = append(mx.MX, resolver.MXHost{Host: hostQ(r.IntN(treeHosts), 0).Name, Pref: uint16(r.IntN(3))})
		}
		switch r.IntN(8) {
		case 0:
			mx = resolver.Answer{Status: trouble[r.IntN(4)]}
		case 1:
			mx.MX = []resolver.MXHost{{}}
		}
		w[resolver.Q(d, resolver.TypeMX)] = mx
		w[resolver.Q(d, resolver.TypeA)] = w[hostQ(r.IntN(treeHosts), resolver.TypeA)]
		w[resolver.Q(d, resolver.TypeAAAA)] = w[hostQ(r.IntN(treeHosts), resolver.TypeAAAA)]
		a := resolver.Answer{Status: resolver.Success}
		a.TXT = append(a.TXT, resolver.Text{randomRecord(r, i)})
		switch r.IntN(40) {
		case 0:
			a.TXT = append(a.TXT, resolver.Text{"v=spf1 -all"})
		case 1:
			a.TXT = nil
		case 2:
			a = resolver.Answer{Status: trouble[r.IntN(4)]}
		}
		w[resolver.Q(d, resolver.TypeTXT)] = a
	}
	return w
}

const treeDomains, treeHosts = 9, 16

// long cannot exist in DNS.
var long = strings.Repeat("x", 64) + ".test"

func hostQ(i int, t resolver.Type) resolver.Question {
	return resolver.Q(fmt.Sprintf("h%d.test", i), t)
}

func randomAddr(r *rand.Rand, t resolver.Type) netip.Addr {
	if t == resolver.TypeA {
		return netip.AddrFrom4([4]byte{10, 0, byte(r.IntN(4)), byte(r.IntN(256))})
	}
	if r.IntN(20) == 0 {
		return netip.MustParseAddr("::ffff:10.0.0.1")
	}
	return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 7: byte(r.IntN(3)), 15: byte(r.IntN(256))})
}

func randomRecord(r *rand.Rand, self int) string {
	terms := []string{"v=spf1"}
	for range r.IntN(7) {
		terms = append(terms, randomTerm(r, self))
	}
	switch r.IntN(6) {
	case 0:
		terms = append(terms, fmt.Sprintf("redirect=d%d.test", target(r, self)))
	case 1, 2, 3:
		terms = append(terms, []string{"-all", "~all", "?all", "all"}[min(r.IntN(9), 3)])
	case 4:
		if r.IntN(5) == 0 {
			terms = append(terms, []string{"redirect=%{d}.open.test", "ip4:nonsense", "redirect=d1.test -all", "redirect=" + long}[r.IntN(4)])
		}
	}
	return strings.Join(terms, " ")
}

// target chooses whom to include: mostly domains further on, to have few loops.
func target(r *rand.Rand, self int) int {
	if r.IntN(12) == 0 || self == treeDomains-1 {
		return r.IntN(treeDomains)
	}
	return self + 1 + r.IntN(treeDomains-self-1)
}

func randomTerm(r *rand.Rand, self int) string {
	sign := []string{"", "", "", "", "+", "-", "~", "?"}[r.IntN(8)]
	length := ""
	switch r.IntN(10) {
	case 0:
		length = fmt.Sprintf("/%d//%d", r.IntN(33), r.IntN(129))
	case 1, 2, 3, 4:
		length = fmt.Sprintf("/%d//%d", 24+r.IntN(9), 112+r.IntN(17))
	}
	switch n := r.IntN(40); {
	case n < 8:
		return fmt.Sprintf("%sip4:%s/%d", sign, randomAddr(r, resolver.TypeA), 20+r.IntN(13))
	case n < 14:
		return fmt.Sprintf("%sip6:%s/%d", sign, randomAddr(r, resolver.TypeAAAA), 40+r.IntN(89))
	case n < 26:
		return fmt.Sprintf("%sinclude:d%d.test", sign, target(r, self))
	case n < 30:
		return fmt.Sprintf("%sa:h%d.test%s", sign, r.IntN(treeHosts), length)
	case n < 34:
		return fmt.Sprintf("%smx:d%d.test%s", sign, r.IntN(treeDomains), length)
	case n < 35:
		return sign + []string{"mx", "a"}[r.IntN(2)] + length
	case n < 36:
		return fmt.Sprintf("%sexists:h%d.test", sign, r.IntN(treeHosts))
	case n < 37:
		return sign + []string{"a:nothing.test", "exists:nothing.test", "mx:nothing.test"}[r.IntN(3)]
	case n < 38:
		return sign + []string{"include:", "a:", "exists:", "mx:", "ptr:"}[r.IntN(5)] + long
	case n < 39:
		return sign + []string{"ip4:0.0.0.0/0", "ip4:10.0.0.0/8", "ip6:::/0", "ip6:::ffff:10.0.0.0/104"}[r.IntN(4)]
	}
	return sign + []string{"include:%{ir}.open.test", "a:%{ir}.open.test", "exists:%{ir}.open.test", "ptr", "mx:%{i}.open.test"}[r.IntN(5)]
}
