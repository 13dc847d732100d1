package dnsbl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
)

//go:generate go run ../internal/listsdoc

// List is a DNS list, and what its answers mean. The catalogue has those that are
// known; lists of one's own are made in the same way. Zone, Name, Kinds and Codes are
// enough for one.
type List struct {
	// Zone is the name that questions are asked below, in any form. It is the list's
	// identity, too: in results, in Request.Spent and in quotas. Of a list for
	// subscribers alone it is KeyZone without the label of the key.
	Zone string `json:"zone"`
	// Name is what people call the list.
	Name string `json:"name"`
	// About says in one sentence what gets listed.
	About string `json:"about,omitempty"`
	// Kinds are the targets that the list lists.
	Kinds []Kind `json:"kinds"`
	// IPv6Zone is the zone for IPv6 addresses, when it is another than Zone.
	IPv6Zone string `json:"ipv6_zone,omitempty"`
	// KeyZone is the zone of subscribers. Its first label is the provider's name in
	// braces, as in "{spamhaus}.zen.dq.spamhaus.net", and stands for the key: see
	// [Keys].
	KeyZone string `json:"key_zone,omitempty"`
	// Access says who may ask. Empty is for everybody.
	Access Access `json:"access,omitempty"`
	// Names says which names of a domain are asked for.
	Names Names `json:"names,omitempty"`
	// Codes are what answers mean. Of those that match, the first is the meaning; of
	// codes for bits, each that matches is one.
	Codes []Code `json:"codes"`
	// Listed and Clean are the control points: targets that the list always has, and
	// never has. At most one of each kind counts. Without, they are those of RFC 5782
	// section 5.
	Listed []string `json:"listed,omitempty"`
	Clean  []string `json:"clean,omitempty"`
	// Scope is what an entry is about. Empty means the target itself.
	Scope Scope `json:"scope,omitempty"`
	// Weight is how much receivers make of an entry. Empty means low.
	Weight Weight `json:"weight,omitempty"`
	// Lookup is the page that shows an entry, and Removal the one where its removal
	// is asked for. {q} in them stands for the target, or for its registrable domain
	// when that is what the list has.
	Lookup  string `json:"lookup,omitempty"`
	Removal string `json:"removal,omitempty"`
	// Expires says how entries end without anybody asking. Empty when it is unknown
	// whether they do.
	Expires string `json:"expires,omitempty"`
	// Policy is who may ask how much, in the words of this package.
	Policy string `json:"policy,omitempty"`
	// Caveat is what one has to know to judge an answer.
	Caveat string `json:"caveat,omitempty"`
	// Default is true for the lists that are asked when none are named.
	Default bool `json:"default,omitzero"`
	// Checked is the month in which the facts were last confirmed, such as "2026-10",
	// and Confidence how sure they are.
	Checked    string     `json:"checked,omitempty"`
	Confidence Confidence `json:"confidence,omitempty"`
}

// Kind is a kind of target.
type Kind string

// The kinds.
const (
	IPv4   Kind = "ipv4"
	IPv6   Kind = "ipv6"
	Domain Kind = "domain"
)

// Access says who may ask a list.
type Access string

// The kinds of access.
const (
	Open       Access = ""             // everybody, within the list's policy
	Registered Access = "registration" // resolvers whose addresses were registered
	Keyed      Access = "key"          // subscribers, with a key in the name
	Private    Access = "private"      // subscribers, on servers of their own
)

// Names says which names of a domain a list is asked for. A list has one question for
// each distinct name.
type Names string

// The choices.
const (
	Registrable Names = ""     // the registrable domain
	HostFirst   Names = "host" // the name itself, and its registrable domain
)

// Scope is what an entry is about.
type Scope string

// The scopes.
const (
	ScopeTarget  Scope = ""        // the address or domain itself
	ScopeNetwork Scope = "network" // the network around it
	ScopeASN     Scope = "asn"     // everything that its provider announces
)

// Weight is how much receivers make of an entry.
type Weight string

// The weights.
const (
	Critical Weight = "critical" // many receivers, and large ones, refuse mail for it alone
	High     Weight = "high"     // many refuse mail for it, or score it near to that
	Medium   Weight = "medium"   // it counts in scores
	Low      Weight = "low"      // few look at it
	Slight   Weight = "info"     // it says something, and hurts nobody
)

// weights are in order, from the least.
var weights = [...]Weight{Slight, Low, Medium, High, Critical}

// Compare returns a number below zero when w weighs less than other, above zero when it
// weighs more, and else zero. An empty weight is the least.
func (w Weight) Compare(other Weight) int {
	return slices.Index(weights[:], w) - slices.Index(weights[:], other)
}

func (w Weight) valid() bool { return w == "" || slices.Contains(weights[:], w) }

// Confidence says how sure the facts of an entry of the catalogue are.
type Confidence string

// The confidences.
const (
	Sure     Confidence = "high"   // several independent sources, recently
	Likely   Confidence = "medium" // one source, or older ones
	Doubtful Confidence = "low"    // sources disagree
)

// Class is what an answer of a list means.
type Class string

// The classes.
const (
	ClassListed Class = "listed"      // the target is on a block list
	ClassPolicy Class = "policy"      // the target is not to send mail directly, whatever it did
	ClassInfo   Class = "info"        // something worth knowing, and no listing
	ClassWhite  Class = "whitelisted" // the list vouches for the target
	ClassClear  Class = "not-listed"  // an answer that says that nothing is wrong
	ClassError  Class = "error"       // the list did not answer the question
)

// Code is what one value of an answer means.
type Code struct {
	// Match is the pattern of the address: four octets, each a number, a range, "*",
	// or "&" and a bit that must be set, as in "127.0.0.4-7" and "127.0.0.&64".
	Match string `json:"match"`
	Class Class  `json:"class"`
	// Category is the kind of entry in one word. Advice depends on it.
	Category string `json:"category,omitempty"`
	Meaning  string `json:"meaning,omitempty"`
	// Scope and Weight are in place of those of the list, unless empty.
	Scope  Scope  `json:"scope,omitempty"`
	Weight Weight `json:"weight,omitempty"`
}

// Provider returns whose key KeyZone takes: what stands between its braces. It is ""
// when there is no KeyZone, or one of another form.
func (l *List) Provider() string {
	label, _, ok := strings.Cut(l.KeyZone, ".")
	if !ok || len(label) < 3 || label[0] != '{' || label[len(label)-1] != '}' {
		return ""
	}
	return label[1 : len(label)-1]
}

// Lists reports whether l lists targets of a kind.
func (l *List) Lists(k Kind) bool { return slices.Contains(l.Kinds, k) }

// concerns reports whether a list belongs into the result for a kind of targets. One of
// which nobody can tell what it lists does, as one that makes no sense.
func (l *List) concerns(k Kind) bool { return l.Lists(k) || !l.hasKinds() }

// hasKinds reports whether a list says what it lists.
func (l *List) hasKinds() bool {
	for _, k := range l.Kinds {
		if k != IPv4 && k != IPv6 && k != Domain {
			return false
		}
	}
	return len(l.Kinds) > 0
}

// Validate returns what is wrong with a list: a zone or a control point that is no name, a
// pattern that cannot match, a word that is none of the constants. Lists of the catalogue are
// valid. One without a good zone is not asked; a code that makes no sense is never good
// for a target.
func (l *List) Validate() error {
	for _, zone := range []string{l.Zone, l.IPv6Zone, l.KeyZone} {
		if zone == "" {
			continue
		}
		if _, ok := normalZone(zone); !ok {
			return fmt.Errorf("dnsbl: %q is not the name of a zone", name.Escape(zone))
		}
	}
	switch {
	case l.Zone == "":
		return fmt.Errorf("dnsbl: a list without a zone")
	case l.KeyZone != "" && l.Provider() == "":
		return fmt.Errorf("dnsbl: %s: no {provider} at the start of the zone with a key", l.Zone)
	case !l.hasKinds():
		return fmt.Errorf("dnsbl: %s: it lists nothing, or of a kind that there is not", l.Zone)
	case len(l.Codes) == 0:
		return fmt.Errorf("dnsbl: %s: no code has a meaning", l.Zone)
	case !slices.Contains([]Access{Open, Registered, Keyed, Private}, l.Access):
		return fmt.Errorf("dnsbl: %s: no access is called %q", l.Zone, name.Escape(string(l.Access)))
	case l.Names != Registrable && l.Names != HostFirst:
		return fmt.Errorf("dnsbl: %s: no choice of names is called %q", l.Zone, name.Escape(string(l.Names)))
	case !l.Weight.valid():
		return fmt.Errorf("dnsbl: %s: no weight is called %q", l.Zone, name.Escape(string(l.Weight)))
	}
	for _, point := range slices.Concat(l.Listed, l.Clean) {
		if _, k := controlLabels(point); k == "" {
			return fmt.Errorf("dnsbl: %s: the control point %q is neither an address nor a domain", l.Zone, name.Escape(point))
		}
	}
	for i := range l.Codes {
		c := &l.Codes[i]
		if !validPattern(c.Match) {
			return fmt.Errorf("dnsbl: %s: %q matches no answer", l.Zone, name.Escape(c.Match))
		}
		if !c.Class.valid() {
			return fmt.Errorf("dnsbl: %s: %s: no class is called %q", l.Zone, c.Match, name.Escape(string(c.Class)))
		}
		if !c.Weight.valid() {
			return fmt.Errorf("dnsbl: %s: %s: no weight is called %q", l.Zone, c.Match, name.Escape(string(c.Weight)))
		}
	}
	return nil
}

// askable reports whether there is a zone to ask, and anything to make of an answer.
// The codes are not looked at: one that makes no sense matches nothing, or is an error.
func (l *List) askable() bool {
	return l.hasKinds() && len(l.Codes) > 0 && (l.KeyZone == "" || l.Provider() != "")
}

// normalZone returns a zone in normal form. It is false for one that is no name.
func normalZone(zone string) (string, bool) {
	n, err := name.Normalize(zone)
	return n, err == nil && n != "" && strings.IndexByte(n, '\\') < 0
}

func (c Class) valid() bool {
	switch c {
	case ClassListed, ClassPolicy, ClassInfo, ClassWhite, ClassClear, ClassError:
		return true
	}
	return false
}

// Catalogue returns a copy of the catalogue: all lists that are known, sorted by
// zone. Dead ones are in [DeadLists].
func Catalogue() []List {
	return pick(func(*List) bool { return true })
}

// Default returns the lists that are asked when none are named: those that answer
// everybody, and whose entries receivers act on.
func Default() []List {
	return pick(func(l *List) bool { return l.Default })
}

// Extended returns all lists that answer everybody.
func Extended() []List {
	return pick(func(l *List) bool { return l.Access == Open })
}

// Find returns the lists of the catalogue that have these zones or names, in any case
// and with or without the final dot. They are copies: change them where you know better,
// and append your own. The error says which is not in it, and what is known of a dead one.
func Find(names ...string) ([]List, error) {
	var out []List
	for _, n := range names {
		i := slices.IndexFunc(catalogue, func(l List) bool {
			return strings.EqualFold(l.Zone, strings.TrimSuffix(n, ".")) || strings.EqualFold(l.Name, n)
		})
		if i >= 0 {
			out = append(out, clone(catalogue[i]))
			continue
		}
		if d, ok := FindDead(n); ok {
			return nil, fmt.Errorf("dnsbl: %s (%s) is not to be asked: %s", name.Escape(n), d.Name, d.Reason)
		}
		return nil, fmt.Errorf("dnsbl: the catalogue has no list %q", name.Escape(n))
	}
	return out, nil
}

// catalogue is sorted by zone.
var catalogue = slices.SortedFunc(slices.Values(slices.Concat(addressLists, domainLists, minorLists)),
	func(a, b List) int { return strings.Compare(a.Zone, b.Zone) })

// defaults is what a Request without lists means: the defaults, and behind them those
// that only keys open.
var (
	defaults = Default()
	withKeys = pick(func(l *List) bool { return l.Access == Keyed })
)

func pick(want func(*List) bool) []List {
	var out []List
	for i := range catalogue {
		if want(&catalogue[i]) {
			out = append(out, clone(catalogue[i]))
		}
	}
	return out
}

func clone(l List) List {
	l.Kinds, l.Codes = slices.Clone(l.Kinds), slices.Clone(l.Codes)
	l.Listed, l.Clean = slices.Clone(l.Listed), slices.Clone(l.Clean)
	return l
}
