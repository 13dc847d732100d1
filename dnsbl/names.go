package dnsbl

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/psl"
	"github.com/mailworthy/mailworthy/internal/special"
)

// maxName is how long the text of a name may be (RFC 1035 section 2.3.4).
const maxName = 253

// place is a target as lists are asked for it.
type place struct {
	kind Kind
	// text is the target in normal form, for people and for URLs.
	text string
	// labels are what stands before a zone, each with a final dot: of an address one,
	// of a domain its registrable domain first, and behind it the name itself if it is
	// another.
	labels [2]string
	n      int
	// why is the reason for which no list is asked, and empty when lists are.
	why string
}

// locate returns the place of a target. It is false for one that makes no sense.
func locate(t Target) (place, bool) {
	if t.IP.IsValid() == (t.Domain != "") {
		return place{}, false
	}
	if t.IP.IsValid() {
		return locateAddr(t.IP), true
	}
	return locateDomain(t.Domain)
}

func locateAddr(ip netip.Addr) place {
	// A client that arrives on a socket for both families looks like IPv6 and is not.
	ip = special.Target(ip)
	p := place{kind: IPv4, text: ip.String(), n: 1}
	if !ip.Is4() {
		p.kind = IPv6
	}
	if block, is := special.Of(ip); is {
		p.why = "it is " + block.Name + " (" + block.Ref + ")"
	}
	p.labels[0] = reversed(ip)
	return p
}

func locateDomain(domain string) (place, bool) {
	n, err := name.Domain(domain)
	if err != nil {
		return place{}, false
	}
	if _, err := netip.ParseAddr(n); err == nil {
		return place{}, false // Domain lists answer errors to addresses.
	}
	p := place{kind: Domain, text: n}
	org := psl.Organizational(n)
	if org == psl.Suffix(n) {
		p.why = "it is a public suffix, below which domains are registered"
		return p, true
	}
	p.labels[0], p.n = org+".", 1
	if org != n {
		p.labels[1], p.n = n+".", 2
	}
	return p, true
}

// names returns what stands before the zone in the questions to a list.
func (p *place) names(l *List) []string {
	if p.kind == Domain && l.Names == Registrable {
		return p.labels[:1]
	}
	return p.labels[:p.n]
}

// entered returns what a list has its entry for: the address, or that name of the domain
// which it answered for. The name itself comes before its registrable domain.
func (p *place) entered(l *List, r *ListResult) string {
	if p.kind != Domain {
		return p.text
	}
	for _, labels := range slices.Backward(p.names(l)) {
		for i := range r.Queries {
			if len(r.Queries[i].Codes) > 0 && strings.HasPrefix(r.Queries[i].Name, labels) {
				return labels[:len(labels)-1]
			}
		}
	}
	return p.text
}

// reversed returns the labels of an address in reverse: the octets of IPv4 (RFC 5782
// section 2.1), or the 32 nibbles of IPv6 (section 2.4). Unlike targets, control points
// are not unmapped: ::ffff:7f00:2 is one of IPv6.
func reversed(ip netip.Addr) string {
	var buf [64]byte
	out := buf[:0]
	if ip.Is4() {
		a := ip.As4()
		for i := 3; i >= 0; i-- {
			out = strconv.AppendUint(out, uint64(a[i]), 10)
			out = append(out, '.')
		}
		return string(out)
	}
	const hex = "0123456789abcdef"
	a := ip.As16()
	for i := 15; i >= 0; i-- {
		out = append(out, hex[a[i]&15], '.', hex[a[i]>>4], '.')
	}
	return string(out)
}

// expand puts a target into the template of a page's address.
func expand(template, target string) string {
	return strings.ReplaceAll(template, "{q}", target)
}
