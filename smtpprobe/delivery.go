package smtpprobe

import (
	"net/netip"
	"time"

	"github.com/mailworthy/mailworthy"
)

// PoliciesRequest is what [EvaluatePolicies] judges.
type PoliciesRequest struct {
	Domain string `json:"domain"`
	// Port is that of the hosts; zero means 25.
	Port uint16 `json:"port,omitzero"`
	// Fetch, Previous and Time are those of [STSRequest].
	Fetch    *PolicyFetch  `json:"fetch,omitempty"`
	Previous *CachedPolicy `json:"previous,omitempty"`
	Time     time.Time     `json:"time,omitzero"`
}

// Policies is all that a domain publishes on how its mail is to be transported.
type Policies struct {
	Domain string `json:"domain"`
	Route  Route  `json:"route"`
	// DANE has an entry for each host of the Route that has a name, in the same order.
	DANE   []DANE `json:"dane"`
	STS    STS    `json:"mta_sts"`
	TLSRPT TLSRPT `json:"tls_rpt"`
	// Findings are those about all of them together; each has its own as well.
	Findings mailworthy.Findings `json:"findings"`
}

// TLSFacts is what a session showed of a host's TLS.
type TLSFacts struct {
	// Host is the name by which the host was reached, in A-labels and lower case, and
	// Addr is its address.
	Host string     `json:"host"`
	Addr netip.Addr `json:"addr,omitzero"`
	// Offered says whether the host offers STARTTLS, Negotiated whether TLS came about,
	// and Authenticated whether its certificate is trusted, current, and for the name
	// Host, as RFC 8461 section 4.2 asks. An empty [Fact] is unknown.
	Offered       Fact `json:"offered,omitempty"`
	Negotiated    Fact `json:"negotiated,omitempty"`
	Authenticated Fact `json:"authenticated,omitempty"`
	// Gone says that there is no server at the address: it refused the connection, or is
	// none that mail can be sent to. Senders go on to the next.
	Gone bool `json:"gone,omitzero"`
	// Chain is the certificates as presented, in DER, the host's own first. Cut says that
	// there were more, among which the authority of a TLSA record may have been.
	Chain [][]byte `json:"chain,omitempty"`
	Cut   bool     `json:"cut,omitzero"`
}

// Action is what a sender does that follows DANE and MTA-STS.
type Action string

// The actions.
const (
	Deliver                Action = "deliver"                 // over an authenticated connection
	DeliverUnauthenticated Action = "deliver-unauthenticated" // whoever may have answered
	SkipHost               Action = "skip-host"               // not to this host, but perhaps to another
	Defer                  Action = "defer"                   // keep the mail and try later
	Return                 Action = "return"                  // give up, and tell the author
	ActionUnknown          Action = "unknown"                 // nobody has looked, or it could not be found out
)

// TransportPolicy is what decided on an [Action].
type TransportPolicy string

// The policies.
const (
	ByRoute         TransportPolicy = "route"         // where the mail goes, or that it goes nowhere
	ByDANE          TransportPolicy = "dane"          // TLSA records
	BySTS           TransportPolicy = "mta-sts"       // the MTA-STS policy
	ByOpportunistic TransportPolicy = "opportunistic" // none: TLS when it works, and else none
)

// HostDelivery is what a sender does with one host, or with one address of it.
type HostDelivery struct {
	Host   string          `json:"host"`
	Addr   netip.Addr      `json:"addr,omitzero"`
	Pref   uint16          `json:"pref"`
	Action Action          `json:"action"`
	By     TransportPolicy `json:"by"`
	// Encrypted says that the mail would be encrypted on its way.
	Encrypted bool `json:"encrypted,omitzero"`
	// Reason is why, in a few words.
	Reason string `json:"reason"`
	// Match is the comparison with the TLSA records, if there are any to compare.
	Match *DANEMatch `json:"match,omitempty"`
}

// Delivery is what a sender that follows DANE and MTA-STS would do with mail for a
// domain.
type Delivery struct {
	Domain string          `json:"domain"`
	Action Action          `json:"action"`
	By     TransportPolicy `json:"by"`
	Reason string          `json:"reason"`
	// Hosts has an entry for each session, in the order in which senders try them, and
	// one for each host without a session.
	Hosts []HostDelivery `json:"hosts"`
	// Findings says what is wrong beyond what the policies alone show.
	Findings mailworthy.Findings `json:"findings"`
}
