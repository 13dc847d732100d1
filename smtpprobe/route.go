package smtpprobe

import (
	"net/netip"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
)

// RouteStatus says whether mail for a domain has somewhere to go. The empty
// RouteStatus means that there is no result yet.
type RouteStatus string

// The statuses of routes.
const (
	RouteDeliverable RouteStatus = "deliverable" // a host with a public address takes the domain's mail
	RouteNullMX      RouteStatus = "null-mx"     // the domain says that it takes no mail (RFC 7505)
	RouteNone        RouteStatus = "no-route"    // the domain exists, and no host takes its mail
	RouteNoDomain    RouteStatus = "no-domain"   // the domain does not exist
	RouteUnknown     RouteStatus = "unknown"     // DNS did not tell; asking later may help
	RouteInvalid     RouteStatus = "invalid"     // no domain can have this name
)

// Definitive reports whether s says that mail has somewhere to go, or that it has not.
// It is false for RouteUnknown, and for no result.
func (s RouteStatus) Definitive() bool { return s != RouteUnknown && s != "" }

// Route is where mail for a domain goes (RFC 5321 section 5.1), as far as DNS tells.
// That a host is there does not mean that it answers, or takes the mail.
type Route struct {
	// Domain is in A-labels and lower case, or as given when it is no domain name.
	Domain string      `json:"domain"`
	Status RouteStatus `json:"status"`
	// Implicit says that there is no MX record, and that the domain's own addresses
	// take its mail instead.
	Implicit bool `json:"implicit,omitzero"`
	// Records is how many MX records there are.
	Records int `json:"records"`
	// Hosts are those that take the mail, each once, in the order in which senders
	// try them: by preference, then by name. Senders choose among hosts of the same
	// preference at random. Of very many hosts only the first are here.
	Hosts []RouteHost `json:"hosts"`
	// Alias holds the targets of the CNAME records that led from the domain to its MX
	// records, in order.
	Alias []string `json:"alias,omitempty"`
	// DNS is the status of the answer for the MX records.
	DNS resolver.Status `json:"dns,omitempty"`
	// TTL is that answer's remaining life in seconds.
	TTL uint32 `json:"ttl,omitzero"`
	// Secure says that DNSSEC proves which MX records there are, or that there are
	// none.
	Secure bool `json:"secure,omitzero"`
	// Findings says what is wrong and what mends it.
	Findings mailworthy.Findings `json:"findings"`
}

// HostStatus says whether mail can go to a host.
type HostStatus string

// The statuses of hosts.
const (
	HostUsable    HostStatus = "usable"     // it has a public address
	HostNoAddress HostStatus = "no-address" // it has none at all
	HostNotPublic HostStatus = "not-public" // its addresses are private, loopback, or reserved otherwise
	HostNoName    HostStatus = "no-name"    // what the MX record holds cannot be the name of a host
	HostUnknown   HostStatus = "unknown"    // DNS did not tell; asking later may help
	HostNotAsked  HostStatus = "not-asked"  // there are more hosts than are looked at
)

// RouteHost is a host that takes mail for a domain.
type RouteHost struct {
	// Name is in A-labels and lower case, as the MX record has it.
	Name string `json:"name"`
	// Pref is the lowest preference that an MX record has for the host; the lower it
	// is, the earlier the host is tried. It is 0 for the domain's own address.
	Pref   uint16     `json:"pref"`
	Status HostStatus `json:"status"`
	// Addrs are the host's addresses, those of IPv4 first, and of each family the
	// public ones first: at most [MaxRouteAddrs] of each.
	Addrs []netip.Addr `json:"addrs"`
	// NotPublic are those of Addrs that no host of the public Internet has.
	NotPublic []netip.Addr `json:"not_public,omitempty"`
	// Alias holds the targets of the CNAME records that led to the addresses, which
	// the name of an MX record must not have (RFC 5321 section 5.1), in order.
	Alias []string `json:"alias,omitempty"`
	// IPv4 and IPv6 are the statuses of the answers for A and AAAA records.
	IPv4 resolver.Status `json:"ipv4,omitempty"`
	IPv6 resolver.Status `json:"ipv6,omitempty"`
	// Secure says that DNSSEC proves the addresses.
	Secure bool `json:"secure,omitzero"`
}

const (
	// MaxRouteHosts is how many hosts of a domain are looked at.
	MaxRouteHosts = 32
	// MaxRouteAddrs is how many addresses of each family a [RouteHost] has at most.
	MaxRouteAddrs = 16
)
