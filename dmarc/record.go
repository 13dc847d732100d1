package dmarc

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
)

// Policy is what a domain wants to happen to mail that uses it without being
// authenticated (RFC 9989 section 4.7). The empty Policy is none at all.
type Policy string

// The policies, from weakest to strictest.
const (
	PolicyNone Policy = "none" // no preference
	Quarantine Policy = "quarantine"
	Reject     Policy = "reject"
)

// Lower returns the policy one step below p, which is what t=y asks for: quarantine
// for reject, and none for quarantine.
func (p Policy) Lower() Policy {
	switch p {
	case Reject:
		return Quarantine
	case Quarantine:
		return PolicyNone
	}
	return p
}

// Compare returns -1, 0 or +1 as p is weaker than, as strict as or stricter than q.
// Whatever is not one of the constants is weaker than these.
func (p Policy) Compare(q Policy) int {
	order := [...]Policy{PolicyNone, Quarantine, Reject}
	a, b := slices.Index(order[:], p), slices.Index(order[:], q)
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Alignment says how close an authenticated domain must be to that of From (RFC 9989
// section 4.4). The empty Alignment is relaxed.
type Alignment string

// The alignments.
const (
	Relaxed Alignment = "relaxed" // of the same organisation
	Strict  Alignment = "strict"  // the very same
)

// PSD says whether the domain of a record is a public suffix (RFC 9989 section 4.7).
// The empty PSD is unspecified.
type PSD string

// The values of psd=.
const (
	PSDYes         PSD = "y" // it is one: organisations are one label below it
	PSDNo          PSD = "n" // it is not, but the organisational domain of all below it
	PSDUnspecified PSD = "u" // the tree walk tells
)

// Scope says which domain a policy of a record is for.
type Scope string

// The scopes.
const (
	ScopeDomain      Scope = "domain"      // the domain that has the record
	ScopeSubdomain   Scope = "subdomain"   // a domain below it that exists
	ScopeNonexistent Scope = "nonexistent" // a domain below it that does not exist in DNS
)

// Record is a DMARC policy record. It comes from [Parse], or is made by hand: the
// zero value of each field means that the tag is not there.
type Record struct {
	// Policy, Subdomain and Nonexistent are p=, sp= and np= as published; they are
	// empty when the tag is not there or not valid. PolicyFor says what applies.
	Policy      Policy `json:"policy,omitempty"`
	Subdomain   Policy `json:"subdomain,omitempty"`
	Nonexistent Policy `json:"nonexistent,omitempty"`
	// PSD is psd=, PSDUnspecified when it is not there.
	PSD PSD `json:"psd,omitempty"`
	// Testing is t=y: policies are to be applied one step lower.
	Testing bool `json:"testing,omitzero"`
	// DKIM and SPF are adkim= and aspf=, Relaxed when they are not there.
	DKIM Alignment `json:"dkim,omitempty"`
	SPF  Alignment `json:"spf,omitempty"`
	// Aggregate and Failure are the valid URIs of rua= and ruf=.
	Aggregate []URI `json:"aggregate,omitempty"`
	Failure   []URI `json:"failure,omitempty"`
	// FailureOptions is the values of fo= in lower case. None means "0".
	FailureOptions []string `json:"failure_options,omitempty"`

	// Percent, IntervalSeconds and Formats are pct=, ri= and rf=, which RFC 9989
	// removed: receivers that follow it ignore them.
	Percent         *int     `json:"percent,omitempty"`
	IntervalSeconds *uint32  `json:"interval_seconds,omitempty"`
	Formats         []string `json:"formats,omitempty"`

	// Text is what was parsed, with a backslash and whatever is not printable ASCII
	// escaped, and Tags is what it holds, in the order of the text. String ignores both.
	Text string `json:"text,omitempty"`
	Tags []Tag  `json:"tags,omitempty"`
	// Invalid is the names of the tags of RFC 9989 whose value is not valid, so that
	// the default counts instead.
	Invalid []string `json:"invalid,omitempty"`
	// Findings is what is wrong with the text. Spans, here and elsewhere, count the
	// octets before anything was escaped.
	Findings mailworthy.Findings `json:"findings,omitempty"`
}

// Tag is one tag of a record as published, its value escaped as in Record.Text.
type Tag struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// Span is where the tag stands in the text, from its name to the end of its value.
	Span mailworthy.Span `json:"span"`
}

// URI is where reports are wanted.
type URI struct {
	// Text is the URI as published, without the size.
	Text string `json:"text"`
	// Address is the mailbox of a mailto URI, decoded, and Host its domain in
	// lower-case A-labels. Both are empty for other schemes, which nobody supports.
	Address string `json:"address,omitempty"`
	Host    string `json:"host,omitempty"`
	// Size is the size limit behind an exclamation mark, such as "10m", which RFC 9989
	// made obsolete.
	Size string `json:"size,omitempty"`
	// Span is where the URI stands in the record, with its size.
	Span mailworthy.Span `json:"span,omitzero"`
}

// PolicyFor returns the policy for the domain of the record or one below it, before
// t=y, and the name of the tag that says so: np falls back to sp, and sp to p (RFC
// 9989 section 4.10.1). When p= is missing, or any of the three is not valid, the
// policy is none if the record asks for reports, and else "": receivers then apply no
// DMARC at all.
func (r *Record) PolicyFor(s Scope) (policy Policy, tag string) { return r.policyFor(s, RFC9989) }

// policyFor is PolicyFor by the rules of a mode. RFC 7489 has no np.
func (r *Record) policyFor(s Scope, m Mode) (policy Policy, tag string) {
	if r.Policy == "" || r.invalid("sp") || m != RFC7489 && r.invalid("np") {
		if len(r.Aggregate) > 0 {
			return PolicyNone, "p"
		}
		return "", ""
	}
	switch {
	case s == ScopeNonexistent && m != RFC7489 && r.Nonexistent != "":
		return r.Nonexistent, "np"
	case s != ScopeDomain && r.Subdomain != "":
		return r.Subdomain, "sp"
	}
	return r.Policy, "p"
}

func (r *Record) invalid(tag string) bool { return slices.Contains(r.Invalid, tag) }

// String returns the record as text to publish, with the tags in the order of RFC
// 9989 section 9.2, and without those that say what is the default anyway, or have a
// value that is not valid. What [Parse] makes of the text means the same, unless p=, sp=
// or np= was not valid: without the mistake, the other policies count again.
func (r *Record) String() string {
	var b strings.Builder
	b.WriteString(version)
	add := func(tag, value string) {
		if value != "" {
			b.WriteString("; " + tag + "=" + value)
		}
	}
	add("p", string(r.Policy))
	add("sp", string(r.Subdomain))
	add("np", string(r.Nonexistent))
	if r.PSD != PSDUnspecified {
		add("psd", string(r.PSD))
	}
	if r.Testing {
		add("t", "y")
	}
	if r.DKIM == Strict {
		add("adkim", "s")
	}
	if r.SPF == Strict {
		add("aspf", "s")
	}
	add("rua", joinURIs(r.Aggregate))
	add("ruf", joinURIs(r.Failure))
	add("fo", strings.Join(r.FailureOptions, ":"))
	if r.Percent != nil {
		add("pct", strconv.Itoa(*r.Percent))
	}
	add("rf", strings.Join(r.Formats, ":"))
	if r.IntervalSeconds != nil {
		add("ri", strconv.FormatUint(uint64(*r.IntervalSeconds), 10))
	}
	return b.String()
}

func joinURIs(uris []URI) string {
	texts := make([]string, len(uris))
	for i, u := range uris {
		texts[i] = u.String()
	}
	return strings.Join(texts, ",")
}

// String returns the URI as it stands in a record: Text, or a mailto URI of Address
// when that is empty, and the size if there is one.
func (u URI) String() string {
	s := u.Text
	if s == "" {
		s = MailTo(u.Address).Text
	}
	if u.Size != "" {
		s += "!" + u.Size
	}
	return s
}

// MailTo returns the URI for reports to a mailbox. What a record may not hold as it
// is, such as a comma, is encoded.
func MailTo(address string) URI {
	var b strings.Builder
	b.WriteString("mailto:")
	for i := range len(address) {
		c := address[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"%,!;?#<>[\]^{|}`+"`", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	u := URI{Text: b.String(), Address: address}
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		if host, err := name.Normalize(address[at+1:]); err == nil {
			u.Host = host
		}
	}
	return u
}

// SyntaxError says why a text is no DMARC record at all.
type SyntaxError struct {
	// Text is what was parsed.
	Text string `json:"text"`
	// Offset is where in Text the trouble is, in octets.
	Offset int `json:"offset"`
	// Reason says what is wrong.
	Reason string `json:"reason"`
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("dmarc: octet %d: %s", e.Offset, e.Reason)
}
