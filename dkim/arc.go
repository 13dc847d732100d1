package dkim

import "github.com/mailworthy/mailworthy"

// maxInstances is how many sets a chain may have (RFC 8617 section 4.2.1).
const maxInstances = 50

// Chain is an Authenticated Received Chain, and what became of it (RFC 8617).
type Chain struct {
	// Status is None when the message has no chain, and otherwise Pass or Fail. All
	// failures are of that kind, also those of DNS (section 5.2.1), whose findings
	// are Temporary.
	Status Status `json:"status"`
	// Code is why the Status is Fail.
	Code mailworthy.Code `json:"code,omitempty"`
	// Instance is which set the Code is about; 0 when it is about the whole.
	Instance int `json:"instance,omitzero"`
	// Sets are the sets of the chain, the oldest first.
	Sets []ARCSet `json:"sets"`
	// OldestPass is the lowest instance whose message signature verifies together
	// with all above: what was changed, was changed before it. It is 0 when all
	// verify (section 5.2), and when the chain does not pass.
	OldestPass int `json:"oldest_pass"`
	// Findings is about the chain. What is about one signature is there.
	Findings mailworthy.Findings `json:"findings"`
}

// ARCSet is what one host added to a chain.
type ARCSet struct {
	Instance int `json:"instance"`
	// Results is the value of ARC-Authentication-Results behind the instance: what
	// the host says it found out, escaped.
	Results string `json:"results"`
	// ChainStatus is cv=: what the chain was before this set.
	ChainStatus string `json:"chain_status"`
	// Message and Seal are the two signatures.
	Message Signature `json:"message"`
	Seal    Signature `json:"seal"`
}
