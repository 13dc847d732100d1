package smtpprobe

import (
	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
)

// TLSRPTRecord is the TXT record by which a domain asks for reports on TLS (RFC 8460
// section 3).
type TLSRPTRecord struct {
	// RUA are the URIs to report to, as published: "mailto:" and "https:".
	RUA []string `json:"rua"`
	// Extensions are the other fields, in order.
	Extensions []PolicyField `json:"extensions,omitempty"`
	// Text is the record that was parsed.
	Text string `json:"text"`
}

// TLSRPT is a domain's wish for reports on TLS.
type TLSRPT struct {
	// Domain is in A-labels and lower case, or as given when it is no domain name.
	Domain string       `json:"domain"`
	Status PolicyStatus `json:"status"`
	// Record is nil unless the Status is found.
	Record *TLSRPTRecord `json:"record,omitempty"`
	// Alias holds the targets of the CNAME records that led to the record, in order.
	Alias []string `json:"alias,omitempty"`
	// DNS is the status of the answer.
	DNS resolver.Status `json:"dns,omitempty"`
	// TTL is the answer's remaining life in seconds.
	TTL uint32 `json:"ttl,omitzero"`
	// Findings says what is wrong and what mends it.
	Findings mailworthy.Findings `json:"findings"`
}
