package rdns

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
)

// Confidence says how sure it is that a receiver does what is said of it.
type Confidence string

// The confidences.
const (
	High   Confidence = "high"   // documented by the receiver, or seen in its replies
	Medium Confidence = "medium" // reported by several who send
)

// Receiver is a rule of a mail provider, or of software that receives mail.
type Receiver struct {
	// Name is the provider, or the software with the name of its setting or rule.
	Name string `json:"name"`
	// Codes are the findings that it acts on.
	Codes []mailworthy.Code `json:"codes"`
	// IPv6 is true when it does so for IPv6 addresses only.
	IPv6 bool `json:"ipv6,omitzero"`
	// Does says what it does, with its reply or its weight where these are known.
	Does       string     `json:"does"`
	Confidence Confidence `json:"confidence"`
	// Software is true for software, which does it where it is set up so.
	Software bool `json:"software,omitzero"`
}

// Receivers returns who is known to act on which findings: providers first. The list is
// a collection of facts of 2026 that ages; no verdict depends on it.
func Receivers() []Receiver {
	out := slices.Clone(receivers)
	for i := range out {
		out[i].Codes = slices.Clone(out[i].Codes)
	}
	return out
}

var (
	codesNone = []mailworthy.Code{CodeNoPTR, CodeDangling}
	// codesUnconfirmed are those of a name that does not lead back.
	codesUnconfirmed = []mailworthy.Code{
		CodeNotConfirmed, CodeOtherFamily, CodeNoAddress, CodeUnknownTLD, CodeBadName, CodeAddressName, CodeReverseName,
		CodeLocalhost, CodePrivateName, CodeSingleLabel,
	}
	codesNoneOrUnconfirmed = slices.Concat(codesNone, codesUnconfirmed)
	codesGeneric           = []mailworthy.Code{CodeGeneric, CodeDynamic, CodeCloudDefault}
)

var receivers = []Receiver{
	{Name: "Gmail", Codes: codesNoneOrUnconfirmed, Does: "refuses with 550-5.7.25", Confidence: High},
	{Name: "Yahoo and AOL", Codes: codesNoneOrUnconfirmed, Does: "defer with 450 4.7.25", Confidence: High},
	{Name: "OVH", Codes: codesNoneOrUnconfirmed, Does: "defers with 450 4.7.1", Confidence: High},
	{Name: "Microsoft", Codes: codesNone, IPv6: true, Does: "refuses with 5.7.25", Confidence: Medium},
	{Name: "Microsoft", Codes: []mailworthy.Code{CodeDynamic}, Does: "refuses with DY-001", Confidence: Medium},
	{Name: "mail.ru", Codes: slices.Concat(codesNone, []mailworthy.Code{CodeDynamic}), Does: "refuses", Confidence: Medium},
	{Name: "mail.ru", Codes: []mailworthy.Code{
		CodeHELOEmpty, CodeHELOSyntax, CodeHELOBareAddress, CodeHELOSingleLabel, CodeHELOLocalhost, CodeHELOPrivate, CodeHELOUnresolved,
	}, Does: "refuses", Confidence: Medium},
	{Name: "GMX and WEB.DE", Codes: slices.Concat(codesNone, codesGeneric), Does: "refuse with 554", Confidence: Medium},
	{Name: "T-Online", Codes: slices.Concat(codesNone, codesGeneric), Does: "refuses until its postmaster is asked", Confidence: Medium},
	{Name: "Yandex", Codes: codesNone, Does: "takes it as a sign of spam", Confidence: Medium},
	{Name: "Postfix reject_unknown_reverse_client_hostname", Codes: codesNone, Does: "450 4.7.1", Confidence: High, Software: true},
	{Name: "Postfix reject_unknown_client_hostname", Codes: codesNoneOrUnconfirmed, Does: "450 4.7.1", Confidence: High, Software: true},
	{Name: "rspamd RDNS_NONE", Codes: codesNone, Does: "2 points", Confidence: High, Software: true},
	{Name: "rspamd HFILTER_HOSTNAME_UNKNOWN", Codes: codesNoneOrUnconfirmed, Does: "2.5 points", Confidence: High, Software: true},
	{Name: "SpamAssassin RDNS_NONE", Codes: codesNone, Does: "adds to the score", Confidence: High, Software: true},
	{Name: "SpamAssassin RDNS_DYNAMIC", Codes: []mailworthy.Code{CodeDynamic}, Does: "adds to the score", Confidence: High, Software: true},
	{Name: "SpamAssassin RDNS_LOCALHOST", Codes: []mailworthy.Code{CodeLocalhost}, Does: "adds to the score", Confidence: High, Software: true},
	{
		Name: "Postfix reject_non_fqdn_helo_hostname", Codes: []mailworthy.Code{CodeHELOSingleLabel, CodeHELOBareAddress},
		Does: "504 5.5.2", Confidence: High, Software: true,
	},
	{
		Name: "Postfix reject_invalid_helo_hostname", Codes: []mailworthy.Code{CodeHELOSyntax, CodeHELOLiteralSyntax},
		Does: "501 5.5.2", Confidence: High, Software: true,
	},
	{
		Name: "Postfix reject_unknown_helo_hostname", Codes: []mailworthy.Code{CodeHELOUnresolved, CodeHELOPrivate},
		Does: "450 4.7.1", Confidence: High, Software: true,
	},
	{Name: "rspamd HFILTER_HELO_BAREIP", Codes: []mailworthy.Code{CodeHELOBareAddress}, Does: "3 points", Confidence: High, Software: true},
	{Name: "rspamd HFILTER_HELO_BADIP", Codes: []mailworthy.Code{CodeHELOLiteralPrivate}, Does: "4.5 points", Confidence: High, Software: true},
	{Name: "rspamd HFILTER_HELO_IP_A", Codes: []mailworthy.Code{CodeHELOElsewhere}, Does: "1 point", Confidence: High, Software: true},
	{
		Name: "Haraka helo.checks", Codes: []mailworthy.Code{CodeHELOBareAddress, CodeHELOLiteralOther, CodeHELOGeneric, CodeHELOProvider},
		Does: "refuses", Confidence: High, Software: true,
	},
}

// actsOn says in one line who acts on a finding about an address.
func actsOn(code mailworthy.Code, ip netip.Addr) string {
	var b strings.Builder
	for i := range receivers {
		r := &receivers[i]
		if r.IPv6 && !ip.Is6() || !slices.Contains(r.Codes, code) {
			continue
		}
		if b.Len() == 0 {
			b.WriteString("known to act on it: ")
		} else {
			b.WriteString("; ")
		}
		b.WriteString(r.Name)
		if r.Software {
			b.WriteString(" (" + r.Does + ")")
		} else {
			b.WriteString(" " + r.Does + " (confidence " + string(r.Confidence) + ")")
		}
	}
	return b.String()
}
