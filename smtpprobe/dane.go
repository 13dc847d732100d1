package smtpprobe

import (
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"strconv"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
)

// DANEStatus says what DANE asks of a sender that connects to a host (RFC 7672
// section 2.2).
type DANEStatus string

// The statuses of DANE.
const (
	DANEUsable   DANEStatus = "usable"   // TLS is required, and a record must match
	DANEUnusable DANEStatus = "unusable" // TLS is required, but no record can be used to authenticate
	DANENone     DANEStatus = "none"     // there are no records, so that DANE does not apply
	DANEInsecure DANEStatus = "insecure" // DNSSEC does not prove the records or addresses, so that DANE does not apply
	DANEFailed   DANEStatus = "failed"   // DNS did not tell; senders must not deliver to the host
	DANEInvalid  DANEStatus = "invalid"  // no host can have this name
)

// DANERequest is what [EvaluateDANE] judges.
type DANERequest struct {
	// Domain is what stands behind the @ of the recipient.
	Domain string `json:"domain"`
	// Host is one of the domain's MX hosts. When it is empty, it is Domain itself.
	Host string `json:"host,omitempty"`
	// Port is the host's port; zero means 25.
	Port uint16 `json:"port,omitzero"`
}

// DANE is what DANE asks of a sender that connects to a host.
type DANE struct {
	Domain string     `json:"domain"`
	Host   string     `json:"host"`
	Port   uint16     `json:"port"`
	Status DANEStatus `json:"status"`
	// MXSecure says that DNSSEC proves that the host takes the domain's mail. Without
	// it DANE only proves that the host is the one that it says it is.
	MXSecure bool `json:"mx_secure,omitzero"`
	// Base is the TLSA base domain: the host, or what it is an alias of.
	Base string `json:"base,omitempty"`
	// Name is where the records are.
	Name string `json:"name,omitempty"`
	// Names are those of which a certificate must have one when a record of usage
	// DANE-TA is to match, the best first (RFC 7672 section 3.2.2).
	Names []string `json:"names,omitempty"`
	// Records are all that were found, at most [MaxTLSA] of them; More is how many there
	// are beyond. They count for nothing when the Status is insecure.
	Records []TLSARecord `json:"records"`
	More    int          `json:"more,omitzero"`
	// DNS is the status of the answer that decided.
	DNS resolver.Status `json:"dns,omitempty"`
	// TTL is the records' remaining life in seconds.
	TTL uint32 `json:"ttl,omitzero"`
	// Findings says what is wrong and what mends it.
	Findings mailworthy.Findings `json:"findings"`
}

// TLSARecord is a TLSA record and what it is worth.
type TLSARecord struct {
	resolver.TLSA
	// Usable says that a sender can authenticate the host with it.
	Usable bool `json:"usable"`
	// Reason says why it is not usable.
	Reason string `json:"reason,omitempty"`
}

// MaxTLSA is how many records of a host are looked at.
const MaxTLSA = 64

// MatchStatus says whether a host's certificate satisfies DANE.
type MatchStatus string

// The statuses of matches.
const (
	MatchNone      MatchStatus = "none"      // DANE does not apply, or cannot authenticate
	MatchOK        MatchStatus = "matched"   // a record matches
	MatchFailed    MatchStatus = "mismatch"  // none does; senders must not deliver to the host
	MatchUndecided MatchStatus = "undecided" // the records could not be found out
)

// DANEMatch is the comparison of a host's certificates with its TLSA records.
type DANEMatch struct {
	Status MatchStatus `json:"status"`
	// Record is the one that matches, as text.
	Record string `json:"record,omitempty"`
	// Depth is the place in the chain of the certificate that it matches: 0 is the
	// host's own. A trust anchor that the host did not send is one behind the last.
	Depth int `json:"depth,omitzero"`
	// Reason says why no record matches.
	Reason string `json:"reason,omitempty"`
}

// ProposeTLSA returns the record to publish for a host with a certificate in DER, as a
// line of a zone file: 3 1 1, which all senders with DANE can use, and which stays the
// same as long as the key does (RFC 7672 section 3.1.1). Zero is port 25.
//
// Before the host gets another key, the record of that has to be published beside the
// present one, for at least twice the TTL (RFC 7671 section 8.1).
func ProposeTLSA(host string, port uint16, certificate []byte) (string, error) {
	h, err := hostName(host)
	if err != nil {
		return "", err
	}
	cert, err := x509.ParseCertificate(certificate)
	if err != nil {
		return "", fmt.Errorf("smtpprobe: certificate: %w", err)
	}
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return fmt.Sprintf("%s. IN TLSA 3 1 1 %x", tlsaName(h, port), sum), nil
}

// tlsaName is where the TLSA records of a host are (RFC 7672 section 2.2.3).
func tlsaName(host string, port uint16) string {
	if port == 0 {
		port = 25
	}
	return "_" + strconv.Itoa(int(port)) + "._tcp." + host
}
