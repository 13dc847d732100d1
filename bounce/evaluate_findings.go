package bounce

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy"
)

// findings puts the finding of the category in front of the others.
func (e *evaluation) findings() {
	res := &e.res
	// Mostly this is the only one: it takes one allocation.
	hold := new(struct {
		findings [1]mailworthy.Finding
		evidence [1]string
	})
	f := &hold.findings[0]
	*f = e.x.findings[e.kind]
	f.Subject, f.Remedy = e.subject(), e.remedy(f.Remedy)
	f.Span = res.Evidence
	f.Temporary = res.Actual == Temporary
	if e.text != "" {
		hold.evidence[0] = e.evidence()
		f.Evidence = hold.evidence[:]
	}
	res.Findings = append(hold.findings[:], res.Findings...)
	if res.List.Dead {
		f := rules.Finding(CodeDeadList, res.List.Zone)
		f.Message = "The list no longer exists: " + e.listing.why + "."
		f.Remedy = "Tell the receiver's postmaster to remove the list from its configuration. Nobody can be removed from it."
		f.Evidence = []string{e.evidence()}
		res.Findings = append(res.Findings, f)
	}
	if res.Claimed != "" && res.Actual != "" && res.Claimed != res.Actual {
		f := rules.Finding(CodeClaim, f.Subject)
		f.Message, f.Remedy = "The server calls it permanent, but it passes.", "Try again, in spite of the code."
		if res.Actual == Permanent {
			f.Message, f.Remedy = "The server calls it temporary, but it lasts until somebody mends it.", "Mend the cause. Trying again alone will not help."
		}
		f.Evidence = []string{strconv.Itoa(res.Code) + " " + res.Enhanced}
		res.Findings = append(res.Findings, f)
	}
	if len(e.o.Text) > maxText {
		f := rules.Finding(CodeTruncated, f.Subject)
		f.Message = "Only the first 16 KiB of the text were read."
		f.Remedy = "Store the reply alone, without what stands around it."
		f.Evidence = []string{strconv.Itoa(len(e.o.Text)) + " octets"}
		res.Findings = append(res.Findings, f)
	}
}

// subject is what the finding is about, by the result's scope.
func (e *evaluation) subject() string {
	if e.res.Category == BadHELO {
		return cmp.Or(e.res.Domain, senderIP(&e.o, e.named.ips))
	}
	switch e.res.Scope {
	case ScopeIP:
		return senderIP(&e.o, e.named.ips)
	case ScopeDomain:
		return cmp.Or(e.res.Domain, domainOf(e.o.Sender))
	case ScopeRecipient:
		if e.o.Recipient != "" {
			return printable(e.o.Recipient)
		}
		if len(e.named.addresses) > 0 {
			return e.named.addresses[0]
		}
	case ScopeReceiver:
		return printable(e.o.RemoteHost)
	case ScopeAccount:
		if e.o.User != "" {
			return printable(e.o.User)
		}
		return printable(e.o.Sender)
	}
	return ""
}

// senderIP is the first address that a text names which is not the receiver's, or else
// the sending host's.
func senderIP(o *Observation, named []netip.Addr) string {
	for _, ip := range named {
		if ip != o.RemoteIP {
			return ip.String()
		}
	}
	if o.LocalIP.IsValid() {
		return o.LocalIP.String()
	}
	return ""
}

// remedy is that of the category, with where to ask, if that is known.
func (e *evaluation) remedy(usual string) string {
	if e.res.DelistURL == "" || e.res.Category == RemoteMisconfigured {
		return usual
	}
	return usual + " See " + e.res.DelistURL + "."
}

// maxEvidence is how much of a text a finding quotes.
const maxEvidence = 300

// evidence quotes the text around what decided.
func (e *evaluation) evidence() string {
	text := e.text
	if len(text) > maxEvidence {
		start := 0
		if e.res.Evidence.Offset+e.res.Evidence.Length > maxEvidence {
			start = e.res.Evidence.Offset
		}
		text = strings.ToValidUTF8(text[start:min(start+maxEvidence, len(text))], "")
	}
	return printable(text)
}
