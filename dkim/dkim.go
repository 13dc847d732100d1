// Package dkim verifies DomainKeys Identified Mail signatures (RFC 6376, with the
// algorithms of RFC 8301 and RFC 8463 and internationalised mail as in RFC 8616) and
// chains of ARC (RFC 8617), signs, and examines the keys that domains publish.
//
//	res, err := dkim.Checker{}.Check(ctx, message)
//
// A result tells of every signature apart, the ones of the domain in From first. A
// signature that fails means no more than one that is not there (RFC 6376 section
// 6.1); it is the signatures that pass, and whose they are, that count.
//
// [Checker.CheckKey] examines what is published for a selector, and
// [Checker.CheckSelectors] looks for the keys of a domain. [Record] makes the record
// of a new key, and a [Signer] signs with it.
//
// # Observe, then judge
//
// [ReadMessage] is the observation: it reads a message once, and keeps the header
// and the body's hashes. [Evaluate], and [EvaluateARC] for its chain, are the
// judgement: pure functions of that, of the time and of DNS answers, which can all be
// stored. So are [EvaluateKey] and [EvaluateSelectors] of DNS answers alone.
//
// # What it cannot know
//
// A signature that passes says who answers for the message, not that it is wanted.
// The selectors of a domain cannot be listed: it may have keys under uncommon ones.
package dkim

import (
	"context"
	"io"
	"time"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/drive"
	"github.com/mailworthy/mailworthy/resolver"
)

// Status is the result of a signature in the words of RFC 8601 section 2.7.1. The
// empty Status means that there is no result yet.
type Status string

// The results.
const (
	None      Status = "none"      // the message is not signed
	Pass      Status = "pass"      // the signature verifies
	Fail      Status = "fail"      // the message, or the key, is not the one of the signature
	Policy    Status = "policy"    // the signature is not acceptable, or exceeds a limit of the Options
	Neutral   Status = "neutral"   // the signature has a syntax error, or cannot be processed
	TempError Status = "temperror" // DNS did not tell; asking later may help
	PermError Status = "permerror" // the signature cannot be verified: no key, no From signed and so on
)

// Options are for [Evaluate]. The zero value works.
type Options struct {
	// Time is when the message is judged, for t= and x=. Check uses the present
	// time when it is zero, Evaluate judges no times then.
	Time time.Time `json:"time,omitzero"`
	// SkewSeconds is by how much clocks may differ. Zero means 300, less than zero
	// that they do not.
	SkewSeconds int `json:"skew_seconds,omitzero"`
	// RefuseLength gives signatures with l= the status policy, since anybody can
	// add to the body of such a message.
	RefuseLength bool `json:"refuse_length,omitzero"`
	// Limits bound the work.
	Limits Limits `json:"limits,omitzero"`
}

// Limits bound the work of an evaluation. For all of them, zero or less means the
// default.
type Limits struct {
	// Signatures is how many signatures are verified: first those of the domain in
	// From, then those of domains above or below it, then others. Among each of
	// these, the ones that are broken in themselves come last, and else they are in
	// the order in which they stand. By default 10.
	Signatures int `json:"signatures,omitzero"`
	// Fields is how many fields the header may have, by default 1000.
	Fields int `json:"fields,omitzero"`
	// Names is how many names the h= of a signature may have, by default 1000.
	Names int `json:"names,omitzero"`
	// KeyBits is how large an RSA key may be, by default 8192.
	KeyBits int `json:"key_bits,omitzero"`
}

const (
	defaultSignatures = 10
	defaultFields     = 1000
	defaultNames      = 1000
	defaultKeyBits    = 8192
	minKeyBits        = 1024 // RFC 8301 section 3.2
	defaultSkew       = 300
)

func (l Limits) orDefault() Limits {
	for _, f := range []struct {
		limit *int
		value int
	}{
		{&l.Signatures, defaultSignatures},
		{&l.Fields, defaultFields},
		{&l.Names, defaultNames},
		{&l.KeyBits, defaultKeyBits},
	} {
		if *f.limit <= 0 {
			*f.limit = f.value
		}
	}
	return l
}

// Result is what the signatures of a message came to.
type Result struct {
	// Status is the best of the signatures: pass, or else temperror, fail, policy,
	// neutral, permerror, in this order. It says nothing about whose signature it
	// is. Without a signature it is none, or policy when the header exceeds a limit,
	// so that there may be one where nobody looked.
	Status Status `json:"status"`
	// From are the domains in the From fields, as A-labels where they are names. They
	// are read from whatever can be read, since they only order the signatures: package
	// dmarc says whether there is one author domain without doubt.
	From []string `json:"from"`
	// Signatures are the signatures that were looked at, those of the domain in
	// From first.
	Signatures []Signature `json:"signatures"`
	// Skipped is how many more there are.
	Skipped int `json:"skipped,omitzero"`
	// Findings is about the message as a whole. What is about a signature is there.
	Findings mailworthy.Findings `json:"findings"`
}

// Signature is one signature of a message, and what became of it. Texts from the
// message are printable: other octets are escaped.
type Signature struct {
	Status Status `json:"status"`
	// Code is why the Status is not pass.
	Code mailworthy.Code `json:"code,omitempty"`
	// Index is which signature field of the header it is, from 0 at the top.
	Index int `json:"index"`
	// Domain and Selector are d= and s=, in lower-case A-labels.
	Domain   string `json:"domain"`
	Selector string `json:"selector"`
	// Identity is i=, decoded, or what it means when it is not there.
	Identity  string `json:"identity,omitempty"`
	Algorithm string `json:"algorithm"`
	// Tag is the beginning of b=, enough of it to tell the signatures of this
	// message apart (RFC 6008).
	Tag string `json:"tag,omitempty"`
	// Aligned says that Domain is that of From, or above or below it. Whether the
	// two belong to one organisation is more than names can tell.
	Aligned bool `json:"aligned,omitzero"`

	HeaderCanonicalization Canonicalization `json:"header_canonicalization,omitempty"`
	BodyCanonicalization   Canonicalization `json:"body_canonicalization,omitempty"`
	// Headers are the names in h=, in lower case.
	Headers []string `json:"headers"`
	// Addable are those of the fields that matter to readers of which one more could
	// be added without breaking the signature.
	Addable []string `json:"addable"`
	// Partial says that there is an l=: only BodyLength octets of the canonical body
	// are signed, and Uncovered are not.
	Partial    bool  `json:"partial,omitzero"`
	BodyLength int64 `json:"body_length,omitzero"`
	Uncovered  int64 `json:"uncovered,omitzero"`
	// Signed and Expires are t= and x= in seconds since 1970; 0 if not there.
	Signed  int64 `json:"signed,omitzero"`
	Expires int64 `json:"expires,omitzero"`

	// BodyMatches and HeaderMatches say which of the two parts of a verification
	// succeeded. The Status may be worse when both did.
	BodyMatches   bool `json:"body_matches,omitzero"`
	HeaderMatches bool `json:"header_matches,omitzero"`

	// Key is the key that was used, and nil when none was found.
	Key *Key `json:"key,omitempty"`
	// KeyTTL and Secure are the remaining life in seconds of the answer that had
	// the key, and whether DNSSEC proves it.
	KeyTTL uint32 `json:"key_ttl,omitzero"`
	Secure bool   `json:"secure,omitzero"`
	// Testing says that the signer is only testing: the message must not be treated
	// otherwise than one without this signature, whatever its Status (RFC 6376
	// section 3.6.1).
	Testing bool `json:"testing,omitzero"`

	Findings mailworthy.Findings `json:"findings"`
}

// Checker reads messages, fetches keys, and evaluates. The zero value works. A
// Checker is safe for concurrent use and may be copied.
type Checker struct {
	// Resolver answers the questions. If nil, it is resolver.Default().
	Resolver resolver.Resolver
	// Timeout bounds the questions of one check; a key that is not there by then is
	// a temperror. Zero means 20 s, less than zero that only the context bounds it.
	Timeout time.Duration
	// Providers are the services that CheckKey and CheckSelectors know keys by. If
	// nil, they are the catalogue that the function Providers returns.
	Providers []Provider
	// Read is how messages are read, Options how they are judged.
	Read    ReadOptions
	Options Options
}

// Check verifies the signatures of a message. The error is that of reading it, or
// the end of ctx, in which case the Result says what was found out until then.
func (c Checker) Check(ctx context.Context, r io.Reader) (Result, error) {
	m, err := ReadMessage(r, c.Read)
	if err != nil {
		return Result{From: []string{}, Signatures: []Signature{}, Findings: mailworthy.Findings{}}, err
	}
	return c.CheckMessage(ctx, m)
}

// CheckMessage verifies the signatures of a message that was read already.
func (c Checker) CheckMessage(ctx context.Context, m *Message) (Result, error) {
	opts := c.options()
	return drive.Within(ctx, c.Timeout, c.Resolver, func(v resolver.View) (Result, []resolver.Question) { return Evaluate(m, opts, v) })
}

// CheckARC verifies the ARC chain of a message.
func (c Checker) CheckARC(ctx context.Context, m *Message) (Chain, error) {
	opts := c.options()
	return drive.Within(ctx, c.Timeout, c.Resolver, func(v resolver.View) (Chain, []resolver.Question) { return EvaluateARC(m, opts, v) })
}

func (c Checker) options() Options {
	opts := c.Options
	if opts.Time.IsZero() {
		opts.Time = time.Now()
	}
	return opts
}
