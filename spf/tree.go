package spf

import (
	"net/netip"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
)

// Report is what [Checker.CheckDomain] finds out about a domain's whole policy,
// regardless of any sender.
type Report struct {
	// Domain is the domain in A-labels.
	Domain string `json:"domain"`
	// Status is what keeps the policy from being used by anybody: none, permerror
	// or temperror for the domain's own record. It is empty when there is one
	// record, and its own text is well-formed.
	Status Status `json:"status,omitempty"`
	// Tree is the policy: the domain's record and all that it leads to.
	Tree Node `json:"tree"`
	// Lookups and Voids count the whole tree, past the limits, for a client that
	// no term matches. Voids is the higher of the counts for IPv4 and IPv6.
	Lookups int `json:"lookups"`
	Voids   int `json:"voids"`
	// Networks are those with the result pass as long as no term in Open says
	// otherwise, merged, IPv4 before IPv6.
	Networks []netip.Prefix `json:"networks"`
	// IPv4 is how many IPv4 addresses that is. IPv6 is how many networks of 64
	// bits, parts of one counting as one; it stops at the highest value.
	IPv4 uint64 `json:"ipv4"`
	IPv6 uint64 `json:"ipv6"`
	// Open holds the terms that Networks cannot tell of, since what they match
	// depends on more than the address's place in a list: macros and ptr.
	Open []Hop `json:"open"`
	// TTL is the lowest of the tree, in seconds: when the report is out of date.
	TTL uint32 `json:"ttl"`
	// Findings says what is wrong, worst first, and what mends it.
	Findings mailworthy.Findings `json:"findings"`
}

// Node is a domain's record in the tree of a policy.
type Node struct {
	// Domain is whose record it is. When Target holds a macro it is unknown, and
	// empty.
	Domain string `json:"domain,omitempty"`
	// Record is the text, and Strings the character-strings that it came in when
	// there are several.
	Record  string   `json:"record,omitempty"`
	Strings []string `json:"strings,omitempty"`
	// Status is none, permerror or temperror when Domain has no record, a broken
	// one or several, or when DNS did not tell. It is empty for a good record.
	Status Status `json:"status,omitempty"`
	// DNS is the answer's status, TTL its life in seconds, and Secure whether
	// DNSSEC proves it.
	DNS    resolver.Status `json:"dns,omitempty"`
	TTL    uint32          `json:"ttl"`
	Secure bool            `json:"secure,omitzero"`
	// Terms are those of the record, as far as it could be parsed.
	Terms []TermNode `json:"terms,omitempty"`
	// Loop is true for a domain whose record is being evaluated already, further
	// up. It is not followed again.
	Loop bool `json:"loop,omitzero"`
	// Cut is true when the tree has become too large to be followed further.
	Cut bool `json:"cut,omitzero"`
}

// TermNode is a term of a record, and what it leads to.
type TermNode struct {
	Term
	// Target is the name that the term is about; with macros, it is the
	// domain-spec as published, and Macro is true.
	Target string `json:"target,omitempty"`
	Macro  bool   `json:"macro,omitzero"`
	// Dead is true for a term that is never evaluated: behind "all", or a
	// redirect next to one.
	Dead bool `json:"dead,omitzero"`
	// Lookups and Voids are what the term and all below it count. After is the
	// count of lookups when evaluation has passed it, from the first record on.
	Lookups int `json:"lookups,omitzero"`
	After   int `json:"after,omitzero"`
	Voids4  int `json:"voids4,omitzero"` // for an IPv4 client
	Voids6  int `json:"voids6,omitzero"` // for an IPv6 client
	// DNS is the status of the term's first answer, TTL the lowest life of them.
	DNS resolver.Status `json:"dns,omitempty"`
	TTL uint32          `json:"ttl,omitzero"`
	// Hosts are the hosts of "a" and "mx" with their addresses.
	Hosts []Host `json:"hosts,omitempty"`
	// Networks are what the term itself matches: ip4, ip6, a, mx and all.
	Networks []netip.Prefix `json:"networks,omitempty"`
	// Policy is the record that include or redirect leads to.
	Policy *Node `json:"policy,omitempty"`
	// Vendor is the well-known service that an include belongs to.
	Vendor string `json:"vendor,omitempty"`
}

// Host is a host that "a" or "mx" leads to. IPv4 and IPv6 say whether the answers
// for its addresses are known.
type Host struct {
	Name  string          `json:"name"`
	Addrs []netip.Addr    `json:"addrs"`
	IPv4  resolver.Status `json:"ipv4"`
	IPv6  resolver.Status `json:"ipv6"`
}
