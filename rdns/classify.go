package rdns

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/psl"
)

// Kind says where the name of a host comes from. The empty Kind is for what is no name.
type Kind string

// The kinds.
const (
	Custom         Kind = "custom"          // somebody chose it
	Generic        Kind = "generic"         // made from the address by a rule
	GenericStatic  Kind = "generic-static"  // the same, for an address that stays
	GenericDynamic Kind = "generic-dynamic" // the same, for dial-up and home connections
	CloudDefault   Kind = "cloud-default"   // what a hosting service gives to every address
)

// Generic reports whether k is any of the kinds that nobody chose.
func (k Kind) Generic() bool { return k != Custom && k != "" }

// Classification is what a name looks like, and why.
type Classification struct {
	Kind Kind `json:"kind"`
	// Score is the sum of the weights of Rules. A name is generic from 4 on.
	Score int `json:"score"`
	// Rules are those that apply, in the order in which they were looked at.
	Rules []Match `json:"rules"`
}

// Match is a rule that applies to a name.
type Match struct {
	// Rule is its name, such as "address" or "word:dsl". It is stable.
	Rule string `json:"rule"`
	// Label is the part of the name that it applies to, and Span where that is.
	Label string          `json:"label"`
	Span  mailworthy.Span `json:"span"`
	// Weight is what it adds to the score. An allow rule has the weight that takes away
	// all others.
	Weight int    `json:"weight"`
	Reason string `json:"reason"`
}

// The weights of the rules. A word alone never makes a name generic.
const (
	threshold     = 4
	weightCloud   = 6
	weightReverse = 6
	weightAddress = 5 // the whole address
	weightThree   = 4 // three of four octets
	weightForeign = 3 // four octets of another address
	weightTwo     = 2 // two octets, at either end
	weightSerial  = 0 // a long number: only with a word that is enough
)

// Classify says whether the name of an address was chosen, or made by a rule. It takes
// time in proportion to the length of the name, and allocates only for rules that apply.
//
// A word such as "mail" or "mx1" before the registered domain makes a name [Custom]. One
// that a service is known to give to every address is a [CloudDefault]. What remains is generic when it
// holds the address, in whichever notation, or a part of it along with a word such as
// "dsl" or "pool". A word without digits that come with it says nothing: there are
// companies called Dynamics.
func Classify(ip netip.Addr, host string) Classification {
	c := Classification{Rules: []Match{}}
	n, err := name.Normalize(host)
	if err != nil || n == "" {
		return c
	}
	c.Kind = Custom
	ip = ip.Unmap().WithZone("")
	if strings.HasSuffix(n, ".in-addr.arpa") || strings.HasSuffix(n, ".ip6.arpa") {
		c.add(n, 0, len(n), "reverse-name", weightReverse, "it is a name of the reverse tree")
		c.Kind = Generic
		return c
	}
	if cloud, end, ok := cloudOf(n); ok {
		c.add(n, 0, end, cloud.rule, weightCloud, cloud.reason)
		c.Kind = CloudDefault
		return c
	}
	found := findAddress(ip, n)
	if found.rule == "" {
		return c
	}
	c.add(n, found.start, found.end, found.rule, found.weight, found.reason)
	c.words(n[:organisation(n)])
	return c
}

// add notes a rule that applies to n[start:end].
func (c *Classification) add(n string, start, end int, id string, weight int, reason string) {
	c.Rules = append(c.Rules, Match{id, n[start:end], mailworthy.Span{Offset: start, Length: end - start}, weight, reason})
	c.Score += weight
}

// words looks at the words of the part of a name that its owner chooses for each host,
// and decides. A word is a run of letters.
func (c *Classification) words(n string) {
	static, access := false, false
	heaviest, at, length := word{}, 0, 0
	for i := 0; i < len(n); {
		if !letter(n[i]) {
			i++
			continue
		}
		start := i
		for i < len(n) && letter(n[i]) {
			i++
		}
		text := n[start:i]
		w := wordOf(text)
		switch {
		case w.kind == wordMail:
			c.add(n, start, i, w.prefix+text, -c.Score, "it calls itself a mail server")
			c.Kind = Custom
			return
		case w.kind == wordStatic:
			if !static {
				c.add(n, start, i, w.prefix+text, 0, "it calls the address static")
			}
			static = true
		case w.weight > heaviest.weight:
			heaviest, at, length = w, start, len(text)
		}
	}
	if heaviest.weight > 0 {
		c.add(n, at, at+length, heaviest.prefix+n[at:at+length], heaviest.weight, "it speaks of an access line, and has digits")
		access = heaviest.weight >= accessWeight
	}
	switch {
	case c.Score < threshold:
		c.Kind = Custom
	case static:
		c.Kind = GenericStatic
	case access:
		c.Kind = GenericDynamic
	default:
		c.Kind = Generic
	}
}

// lines says why, one rule a line.
func (c *Classification) lines() []string {
	out := make([]string, 0, len(c.Rules))
	for _, m := range c.Rules {
		out = append(out, fmt.Sprintf("%q: %s (rule %s, weight %d)", m.Label, m.Reason, m.Rule, m.Weight))
	}
	return out
}

// organisation returns where the part of a name starts that its owner has registered.
func organisation(n string) int { return len(n) - len(psl.Organizational(n)) }
