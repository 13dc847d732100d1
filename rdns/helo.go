package rdns

import (
	"net/netip"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
)

// HELOStatus is what the name of a client is worth. The empty HELOStatus means that
// there is no result yet, or that the request was not valid.
type HELOStatus string

// The statuses, from good to bad.
const (
	// HELOConfirmed is for a name that leads to the client's address, and for a literal
	// that is the client's address.
	HELOConfirmed HELOStatus = "confirmed"
	// HELOElsewhere is for a name that exists and leads elsewhere, or has mail servers
	// only. RFC 5321 section 4.1.4 forbids to refuse mail for that alone.
	HELOElsewhere HELOStatus = "elsewhere"
	// HELOUnknown means that DNS did not tell. Asking later may help.
	HELOUnknown HELOStatus = "unknown"
	// HELOUnresolved is for a name that has neither addresses nor mail servers.
	HELOUnresolved HELOStatus = "unresolved"
	// HELOInvalid is for what no client may call itself.
	HELOInvalid HELOStatus = "invalid"
)

// Agreement says whether a client calls itself as DNS calls its address.
type Agreement string

// The ways in which they agree.
const (
	Same    Agreement = "same"    // the name is one of the address
	Differs Agreement = "differs" // the address has other names
	NoNames Agreement = "none"    // the address has no name
	Untold  Agreement = "unknown" // DNS did not tell the names of the address
)

// HELORequest is what a client says of itself.
type HELORequest struct {
	// IP is the client's address. IPv4 mapped into IPv6 counts as IPv4, and a zone does
	// not count.
	IP netip.Addr `json:"ip"`
	// HELO is the argument of HELO or EHLO, as the client gave it.
	HELO string `json:"helo"`
	// PTR are the names of the address. If nil, they are asked for; an empty list
	// says that there are none.
	PTR []string `json:"ptr,omitzero"`
	// Recipient is the domain, or the mailbox, that mail is for. It may be empty.
	Recipient string `json:"recipient,omitempty"`
	// Host is the name that the host is to have, for the remedies. It may be empty, and
	// no verdict depends on it.
	Host string `json:"host,omitempty"`
	// Names is how many names of the address are compared, as in [Request].
	Names int `json:"names,omitzero"`
}

// HELOResult is what a client's name comes to.
type HELOResult struct {
	Status HELOStatus `json:"status"`
	// IP is that of the request, unmapped and without a zone.
	IP netip.Addr `json:"ip"`
	// HELO is what the client gave: octets other than printable ASCII are escaped, and
	// what is longer than any name is cut.
	HELO string `json:"helo"`
	// Name is the name in lower case without the final dot, and Literal the address of a
	// literal. Both are empty when the client gave neither.
	Name    string     `json:"name,omitempty"`
	Literal netip.Addr `json:"literal,omitzero"`
	// Form says what kind of name it is.
	Form Form `json:"form,omitempty"`
	// IPv4, IPv6 and MX are how the questions for Name ended. Mail servers are asked for
	// only when there is no address.
	IPv4 resolver.Status `json:"ipv4,omitempty"`
	IPv6 resolver.Status `json:"ipv6,omitempty"`
	MX   resolver.Status `json:"mx,omitempty"`
	// Addrs are the addresses of Name, IPv4 first: the first 32 of each family.
	Addrs []netip.Addr `json:"addrs"`
	// PTR are the names of the address that Name was compared with, and Agreement what
	// that came to. It is information: receivers must not refuse mail for it.
	PTR       []string  `json:"ptr"`
	Agreement Agreement `json:"agreement,omitempty"`
	// Class says whether the name was chosen or made by a rule.
	Class Classification `json:"class,omitzero"`
	// Findings says what is wrong and what mends it.
	Findings mailworthy.Findings `json:"findings"`
}
