package spf

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Record is a parsed SPF record.
type Record struct {
	// Text is the record as published.
	Text string `json:"text"`
	// Terms are its mechanisms and modifiers in their order.
	Terms []Term `json:"terms"`
}

// Term is a mechanism or a modifier of a record (RFC 7208 section 4.6.1).
type Term struct {
	Kind Kind `json:"kind"`
	// Qualifier says what a match of a mechanism means. It is 0 for modifiers.
	Qualifier Qualifier `json:"qualifier,omitzero"`
	// Domain is the domain-spec with its macros unexpanded; empty when the term
	// has none. For an unknown modifier it is the value.
	Domain string `json:"domain,omitempty"`
	// Network is what ip4 and ip6 match, with the host bits as published.
	Network netip.Prefix `json:"network,omitzero"`
	// Bits4 and Bits6 are the prefix lengths that "a" and "mx" apply to the
	// addresses they find: 32 and 128 unless the term says otherwise.
	Bits4 uint8 `json:"bits4,omitzero"`
	Bits6 uint8 `json:"bits6,omitzero"`
	// Offset is where the term starts in the record's text, in octets.
	Offset int `json:"offset"`
	// Text is the term as published, qualifier included.
	Text string `json:"text"`
}

// Kind says which mechanism or modifier a Term is. It marshals as the name that
// stands in records.
type Kind uint8

// The mechanisms of RFC 7208 section 5 and the modifiers of section 6.
const (
	KindAll Kind = iota + 1
	KindInclude
	KindA
	KindMX
	KindPTR
	KindIP4
	KindIP6
	KindExists
	KindRedirect
	KindExp
	// KindUnknown is a modifier that RFC 7208 does not define. Such modifiers
	// are ignored, but their syntax counts.
	KindUnknown
)

var kindNames = [...]string{
	KindAll: "all", KindInclude: "include", KindA: "a", KindMX: "mx", KindPTR: "ptr", KindIP4: "ip4",
	KindIP6: "ip6", KindExists: "exists", KindRedirect: "redirect", KindExp: "exp", KindUnknown: "unknown",
}

// String returns the name that stands in records.
func (k Kind) String() string {
	if k == 0 || int(k) >= len(kindNames) {
		return "kind(" + strconv.Itoa(int(k)) + ")"
	}
	return kindNames[k]
}

// MarshalText writes what [Kind.String] returns.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what [Kind.MarshalText] writes.
func (k *Kind) UnmarshalText(text []byte) error {
	for i := 1; i < len(kindNames); i++ {
		if kindNames[i] == string(text) {
			*k = Kind(i)
			return nil
		}
	}
	return fmt.Errorf("spf: no kind of term %q", text)
}

// Queries reports whether terms of this kind count against the limit of DNS
// lookups (RFC 7208 section 4.6.4).
func (k Kind) Queries() bool {
	switch k {
	case KindInclude, KindA, KindMX, KindPTR, KindExists, KindRedirect:
		return true
	}
	return false
}

// Modifier reports whether k is a modifier rather than a mechanism.
func (k Kind) Modifier() bool { return k >= KindRedirect }

// Qualifier is the sign before a mechanism: '+', '-', '~' or '?'.
type Qualifier byte

// Status returns the result that a match of a mechanism with this qualifier has
// (RFC 7208 section 4.6.2).
func (q Qualifier) Status() Status {
	switch q {
	case '+':
		return Pass
	case '-':
		return Fail
	case '~':
		return SoftFail
	case '?':
		return Neutral
	}
	return ""
}

// MarshalText writes the sign.
func (q Qualifier) MarshalText() ([]byte, error) {
	if q == 0 {
		return nil, nil
	}
	return []byte{byte(q)}, nil
}

// UnmarshalText reads the sign.
func (q *Qualifier) UnmarshalText(text []byte) error {
	switch {
	case len(text) == 0:
		*q = 0
	case len(text) == 1 && Qualifier(text[0]).Status() != "":
		*q = Qualifier(text[0])
	default:
		return fmt.Errorf("spf: no qualifier %q", text)
	}
	return nil
}

// String returns the record's terms behind the version, with one blank between
// them. Parse reads it to an equal record but for offsets.
func (r *Record) String() string {
	var b strings.Builder
	b.WriteString(version)
	for i := range r.Terms {
		b.WriteByte(' ')
		b.WriteString(r.Terms[i].Text)
	}
	return b.String()
}
