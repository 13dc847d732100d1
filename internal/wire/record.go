// Package wire translates between DNS messages or zone files and plain typed
// records. It is the only package that imports github.com/miekg/dns, so that a
// change of codec never shows outside.
package wire

import "net/netip"

// Record is one resource record in class IN. Names are in the normal form of
// internal/name. Which fields are filled depends on Type.
type Record struct {
	Name string
	Type uint16
	TTL  uint32 // seconds; a value with the top bit set has become 0 (RFC 2181 section 8)

	Addr    netip.Addr // A, AAAA
	Host    string     // CNAME, NS, PTR, MX, SOA (primary server)
	Pref    uint16     // MX
	Text    []string   // TXT, SPF: the character-strings
	Minimum uint32     // SOA

	Usage, Selector, Matching uint8  // TLSA
	Data                      []byte // TLSA
}
