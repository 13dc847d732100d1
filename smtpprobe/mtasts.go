package smtpprobe

import (
	"net/netip"
	"time"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
)

// PolicyStatus says what of a domain's policy, or of its wish for reports, senders
// can use.
type PolicyStatus string

// The statuses of policies.
const (
	PolicyFound   PolicyStatus = "found"   // there is one, which senders can use
	PolicyAbsent  PolicyStatus = "absent"  // there is none
	PolicyBroken  PolicyStatus = "broken"  // there is one, and senders must ignore it
	PolicyUnknown PolicyStatus = "unknown" // it could not be found out; trying later may help
	PolicyInvalid PolicyStatus = "invalid" // no domain can have this name
)

// STSMode is what a policy asks of senders when it fails.
type STSMode string

// The modes (RFC 8461 section 5).
const (
	STSEnforce STSMode = "enforce" // do not deliver
	STSTesting STSMode = "testing" // deliver, and report
	STSNone    STSMode = "none"    // there is no policy any more
)

// PolicyField is a field that no RFC defines, and that is ignored.
type PolicyField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// STSRecord is the TXT record that announces a policy (RFC 8461 section 3.1).
type STSRecord struct {
	// ID changes when the policy does.
	ID string `json:"id"`
	// Extensions are the other fields, in order.
	Extensions []PolicyField `json:"extensions,omitempty"`
	// Text is the record that was parsed.
	Text string `json:"text"`
}

// STSPolicy is a policy (RFC 8461 section 3.2).
type STSPolicy struct {
	Mode STSMode `json:"mode"`
	// MaxAge is for how many seconds senders remember the policy.
	MaxAge int64 `json:"max_age"`
	// MX are the patterns of hosts that may take the mail: A-labels in lower case, and
	// "*." before those that stand for any single label.
	MX []string `json:"mx"`
	// Extensions are the other fields, in order.
	Extensions []PolicyField `json:"extensions,omitempty"`
}

// CachedPolicy is a policy that a sender fetched earlier.
type CachedPolicy struct {
	// ID is that of the record then.
	ID     string    `json:"id"`
	Policy STSPolicy `json:"policy"`
	// Fetched is when it was fetched last.
	Fetched time.Time `json:"fetched,omitzero"`
}

// FetchError says at which step the fetch of a policy ended. It is empty when a
// complete reply of a verified server came back, whatever the reply says.
type FetchError string

// The errors of fetches.
const (
	FetchName        FetchError = "no-name"     // no policy host can have this name
	FetchDNS         FetchError = "dns"         // DNS did not tell the host's addresses
	FetchNoHost      FetchError = "no-host"     // the policy host has no address
	FetchBlocked     FetchError = "blocked"     // its addresses are not public, and were not dialled
	FetchConnect     FetchError = "connect"     // no connection
	FetchTLS         FetchError = "tls"         // no TLS
	FetchCertificate FetchError = "certificate" // the certificate is not valid for the policy host
	FetchRoots       FetchError = "no-roots"    // there are no authorities here to verify a certificate with
	FetchHTTP        FetchError = "http"        // no valid HTTP reply
	FetchTimeout     FetchError = "timeout"     // too slow
	FetchCanceled    FetchError = "canceled"    // the caller's context ended
)

// PolicyFetch is the observation of one attempt to fetch a policy by HTTPS. It
// marshals to JSON, so that it can be judged again.
type PolicyFetch struct {
	URL string `json:"url"`
	// Time is when the fetch began.
	Time time.Time `json:"time,omitzero"`
	// ElapsedMS is how long it took, in milliseconds.
	ElapsedMS int64 `json:"elapsed_ms"`
	// Addrs are the addresses that were tried, and Addr is the one that replied.
	Addrs []netip.Addr `json:"addrs"`
	Addr  netip.Addr   `json:"addr,omitzero"`
	// Alias holds the targets of the CNAME records of the policy host, in order.
	Alias []string `json:"alias,omitempty"`
	// TLS is the version of TLS, as in "TLS 1.3".
	TLS string `json:"tls,omitempty"`
	// Verified says that the certificate is trusted, valid at the time, and made out
	// for the policy host.
	Verified bool `json:"verified,omitzero"`
	// Names and NotAfter are what the certificate has, also when it is not valid. Of
	// very many names only the first are here; they are escaped.
	Names    []string  `json:"names,omitempty"`
	NotAfter time.Time `json:"not_after,omitzero"`
	// Status is the HTTP status, ContentType and Location are header fields, escaped.
	Status      int    `json:"status,omitzero"`
	ContentType string `json:"content_type,omitempty"`
	Location    string `json:"location,omitempty"`
	// Body is what came back with status 200, at most 64 KiB of it. TooLarge says that
	// there was more.
	Body     []byte `json:"body,omitempty"`
	TooLarge bool   `json:"too_large,omitzero"`
	// Error says where the fetch ended before its time, and Problem why, in words.
	Error   FetchError `json:"error,omitempty"`
	Problem string     `json:"problem,omitempty"`
}

// STSRequest is what [EvaluateSTS] judges.
type STSRequest struct {
	Domain string `json:"domain"`
	// Hosts are the names of the domain's MX hosts, to compare with the policy.
	Hosts []string `json:"hosts,omitempty"`
	// Fetch is what came of fetching the policy. When it is nil, nobody did, and a
	// domain with a record has an unknown policy.
	Fetch *PolicyFetch `json:"fetch,omitempty"`
	// Previous is a policy that was fetched earlier: to compare with, and to follow as
	// long as there is no newer one.
	Previous *CachedPolicy `json:"previous,omitempty"`
	// Time is the present, by which Previous expires. If zero, it is that of Fetch; if
	// there is none either, Previous has expired.
	Time time.Time `json:"time,omitzero"`
}

// STS is a domain's policy for the transport of its mail by MTA-STS (RFC 8461).
type STS struct {
	// Domain is in A-labels and lower case, or as given when it is no domain name.
	Domain string       `json:"domain"`
	Status PolicyStatus `json:"status"`
	// Record is nil unless there is exactly one, and it is valid.
	Record *STSRecord `json:"record,omitempty"`
	// Policy is nil unless the Status is found.
	Policy *STSPolicy `json:"policy,omitempty"`
	// Cached says that Policy is the one that was fetched earlier, since there is no
	// newer one and it has not expired yet (RFC 8461 section 3.3).
	Cached bool `json:"cached,omitzero"`
	// Hosts says of each host in the request whether the policy allows it.
	Hosts []STSHost `json:"hosts,omitempty"`
	// Fetch is that of the request.
	Fetch *PolicyFetch `json:"fetch,omitempty"`
	// Alias holds the targets of the CNAME records that led to the record, in order.
	Alias []string `json:"alias,omitempty"`
	// DNS is the status of the answer for the record.
	DNS resolver.Status `json:"dns,omitempty"`
	// TTL is that answer's remaining life in seconds.
	TTL uint32 `json:"ttl,omitzero"`
	// Secure says that DNSSEC proves that answer.
	Secure bool `json:"secure,omitzero"`
	// Findings says what is wrong and what mends it.
	Findings mailworthy.Findings `json:"findings"`
}

// STSHost is whether a policy allows an MX host.
type STSHost struct {
	Name string `json:"name"`
	// Pattern is the first pattern of the policy that matches, and empty when none
	// does.
	Pattern string `json:"pattern,omitempty"`
}
