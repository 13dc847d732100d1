package rdns

import (
	"net/netip"
	"strings"
)

// Form says what kind of name a host has.
type Form string

// The forms.
const (
	FormHost        Form = "host"         // a name as hosts have it
	FormUnderscore  Form = "underscore"   // the same, but for an underscore
	FormInvalid     Form = "invalid"      // no name that a host can have
	FormAddress     Form = "address"      // the text of an address
	FormReverse     Form = "reverse"      // a name of in-addr.arpa or ip6.arpa
	FormLocalhost   Form = "localhost"    // localhost, or a name below it
	FormPrivate     Form = "private"      // in a domain for private use, such as .local
	FormSingleLabel Form = "single-label" // without a domain
	FormLiteral     Form = "literal"      // an address literal, in HELO only
)

// Resolvable reports whether DNS is asked about names of this form.
func (f Form) Resolvable() bool {
	return f != FormInvalid && f != FormAddress && f != FormLiteral && f != ""
}

// privateSuffix reports whether a last label is that of names which do not exist in
// public DNS: by standard (RFC 6761, RFC 6762), by reservation of ICANN, or by habit.
func privateSuffix(label string) bool {
	switch label {
	case "local", "localdomain", "lan", "home", "internal", "intranet", "corp", "private", "invalid", "onion", "workgroup":
		return true
	}
	return false
}

// formOf returns the form of a name in normal form. Any other text is invalid, or the
// text of an address.
func formOf(n string) Form {
	if n == "" {
		return FormInvalid // the root
	}
	underscore, dots := false, 0
	start := 0 // of the label
	for i := 0; i <= len(n); i++ {
		if i == len(n) || n[i] == '.' {
			// RFC 1123 section 2.1: letters, digits and inner hyphens.
			if i == start || n[start] == '-' || n[i-1] == '-' {
				return badForm(n)
			}
			if i < len(n) {
				dots++
				start = i + 1
			}
			continue
		}
		switch c := n[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-':
		case c == '_':
			underscore = true
		default:
			return badForm(n)
		}
	}
	last := n[start:]
	switch {
	case last == "localhost", n == "localhost.localdomain":
		return FormLocalhost
	case allDigits(last):
		return badForm(n)
	case last == "arpa" && (strings.HasSuffix(n, ".in-addr.arpa") || strings.HasSuffix(n, ".ip6.arpa")):
		return FormReverse
	case dots == 0:
		return FormSingleLabel
	case privateSuffix(last), strings.HasSuffix(n, ".home.arpa"):
		return FormPrivate
	case underscore:
		return FormUnderscore
	}
	return FormHost
}

// badForm tells the text of an address from what is nothing at all.
func badForm(n string) Form {
	if _, err := netip.ParseAddr(n); err == nil {
		return FormAddress
	}
	return FormInvalid
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !digit(s[i]) {
			return false
		}
	}
	return true
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

func letter(c byte) bool { return 'a' <= c && c <= 'z' }

// Scope says which networks an address belongs to.
type Scope string

// The scopes. Networks for documents count as public, so that examples read as
// the real thing.
const (
	Public      Scope = "public"
	Private     Scope = "private"     // RFC 1918, RFC 4193
	SharedSpace Scope = "shared"      // of carriers that translate addresses, RFC 6598
	Loopback    Scope = "loopback"    // the host itself
	LinkLocal   Scope = "link-local"  // one network segment
	Special     Scope = "special-use" // multicast, unspecified and reserved
)

var (
	shared    = netip.MustParsePrefix("100.64.0.0/10")
	thisHost  = netip.MustParsePrefix("0.0.0.0/8")
	reserved  = netip.MustParsePrefix("240.0.0.0/4")
	benchmark = netip.MustParsePrefix("198.18.0.0/15")
	siteLocal = netip.MustParsePrefix("fec0::/10")
)

func scopeOf(ip netip.Addr) Scope {
	switch {
	case ip.IsPrivate(), siteLocal.Contains(ip):
		return Private
	case shared.Contains(ip):
		return SharedSpace
	case ip.IsLoopback():
		return Loopback
	case ip.IsLinkLocalUnicast():
		return LinkLocal
	case ip.IsMulticast(), thisHost.Contains(ip), reserved.Contains(ip), benchmark.Contains(ip), ip.IsUnspecified():
		return Special
	}
	return Public
}

var documentation = []netip.Prefix{
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("3fff::/20"),
}

// documented reports whether an address is one for documents only.
func documented(ip netip.Addr) bool {
	for _, p := range documentation {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}
