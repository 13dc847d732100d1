package report

import "slices"

// element is an element of a report at its place.
type element uint8

// The elements. Those from firstLeaf on hold text.
const (
	elUnknown element = iota
	elDocument
	elFeedback
	elMetadata
	elDateRange
	elPolicy
	elExtension
	elRecord
	elRow
	elEvaluated
	elReason
	elIdentifiers
	elAuthResults
	elDKIM
	elSPF

	firstLeaf
	elOrgName
	elEmail
	elExtraContact
	elReportID
	elError
	elGenerator
	elBegin
	elEnd
	elPolicyDomain
	elDiscovery
	elP
	elSP
	elNP
	elADKIM
	elASPF
	elFO
	elTesting
	elPct
	elSourceIP
	elCount
	elDisposition
	elEvaluatedDKIM
	elEvaluatedSPF
	elReasonType
	elReasonComment
	elHeaderFrom
	elEnvelopeFrom
	elEnvelopeTo
	elDKIMDomain
	elDKIMSelector
	elDKIMResult
	elDKIMHuman
	elSPFDomain
	elSPFScope
	elSPFResult
	elSPFHuman
	elVersion
	elIgnored
	elements
)

// All elements have a bit in a set.
var _ [64 - elements]struct{}

var elementNames = [elements]string{
	elFeedback: "feedback", elMetadata: "report_metadata", elDateRange: "date_range", elPolicy: "policy_published",
	elRecord: "record", elRow: "row", elEvaluated: "policy_evaluated", elReason: "reason", elIdentifiers: "identifiers",
	elAuthResults: "auth_results", elDKIM: "dkim", elSPF: "spf", elOrgName: "org_name", elReportID: "report_id",
	elBegin: "begin", elEnd: "end", elPolicyDomain: "domain", elDiscovery: "discovery_method", elP: "p", elSP: "sp",
	elNP: "np", elADKIM: "adkim", elASPF: "aspf", elTesting: "testing", elSourceIP: "source_ip", elCount: "count",
	elDisposition: "disposition", elEvaluatedDKIM: "policy_evaluated/dkim", elEvaluatedSPF: "policy_evaluated/spf",
	elReasonType: "type", elHeaderFrom: "header_from", elDKIMResult: "dkim/result", elSPFScope: "scope", elSPFResult: "spf/result",
}

// child returns what an element of that name is inside of another. Names in the wrong
// case are not recognised: XML tells cases apart, and no reporter is known to.
func child(parent element, name []byte) element {
	switch parent {
	case elDocument:
		if string(name) == "feedback" {
			return elFeedback
		}
	case elFeedback:
		switch string(name) {
		case "record":
			return elRecord
		case "version":
			return elVersion
		case "report_metadata":
			return elMetadata
		case "policy_published":
			return elPolicy
		case "extension", "extensions":
			return elExtension
		}
	case elMetadata:
		return metadataChild(name)
	case elDateRange:
		switch string(name) {
		case "begin":
			return elBegin
		case "end":
			return elEnd
		}
	case elPolicy:
		return policyChild(name)
	case elRecord:
		switch string(name) {
		case "row":
			return elRow
		case "identifiers", "identities":
			return elIdentifiers
		case "auth_results":
			return elAuthResults
		}
	case elRow, elEvaluated, elReason:
		return rowChild(parent, name)
	case elIdentifiers:
		switch string(name) {
		case "header_from":
			return elHeaderFrom
		case "envelope_from":
			return elEnvelopeFrom
		case "envelope_to":
			return elEnvelopeTo
		}
	case elAuthResults:
		switch string(name) {
		case "dkim":
			return elDKIM
		case "spf":
			return elSPF
		}
	case elDKIM, elSPF:
		return resultChild(parent, name)
	default:
	}
	return elUnknown
}

func metadataChild(name []byte) element {
	switch string(name) {
	case "org_name":
		return elOrgName
	case "email":
		return elEmail
	case "extra_contact_info":
		return elExtraContact
	case "report_id":
		return elReportID
	case "date_range":
		return elDateRange
	case "error":
		return elError
	case "generator":
		return elGenerator
	}
	return elUnknown
}

func policyChild(name []byte) element {
	switch string(name) {
	case "domain":
		return elPolicyDomain
	case "discovery_method":
		return elDiscovery
	case "p":
		return elP
	case "sp":
		return elSP
	case "np":
		return elNP
	case "adkim":
		return elADKIM
	case "aspf":
		return elASPF
	case "fo":
		return elFO
	case "testing":
		return elTesting
	case "pct":
		return elPct
	case "version_published", "rf", "ri":
		return elIgnored // Of drafts, and of no use.
	}
	return elUnknown
}

func rowChild(parent element, name []byte) element {
	switch parent {
	case elRow:
		switch string(name) {
		case "source_ip":
			return elSourceIP
		case "count":
			return elCount
		case "policy_evaluated":
			return elEvaluated
		}
	case elEvaluated:
		switch string(name) {
		case "disposition":
			return elDisposition
		case "dkim":
			return elEvaluatedDKIM
		case "spf":
			return elEvaluatedSPF
		case "reason":
			return elReason
		}
	default:
		switch string(name) {
		case "type":
			return elReasonType
		case "comment":
			return elReasonComment
		}
	}
	return elUnknown
}

func resultChild(parent element, name []byte) element {
	dkim := parent == elDKIM
	switch string(name) {
	case "domain":
		if dkim {
			return elDKIMDomain
		}
		return elSPFDomain
	case "result":
		if dkim {
			return elDKIMResult
		}
		return elSPFResult
	case "human_result":
		if dkim {
			return elDKIMHuman
		}
		return elSPFHuman
	case "selector":
		if dkim {
			return elDKIMSelector
		}
	case "scope":
		if !dkim {
			return elSPFScope
		}
	}
	return elUnknown
}

// leaf takes the text of an element.
func (r *reader) leaf(el element, raw []byte) {
	switch el {
	case elSourceIP:
		r.row.SourceIP = r.address(raw)
	case elCount:
		r.row.Count = r.count(raw)
	case elDisposition:
		r.row.Evaluated.Disposition = r.disposition(raw)
	case elEvaluatedDKIM:
		r.row.Evaluated.DKIM = r.result(raw)
	case elEvaluatedSPF:
		r.row.Evaluated.SPF = r.result(raw)
	case elReasonType:
		r.reasons[len(r.reasons)-1].Type = r.override(raw)
	case elReasonComment:
		r.reasons[len(r.reasons)-1].Comment = r.texts.human(raw)
	case elHeaderFrom:
		r.row.HeaderFrom = r.domain(raw)
	case elEnvelopeFrom:
		r.row.EnvelopeFrom = r.domain(raw)
	case elEnvelopeTo:
		r.row.EnvelopeTo = r.domain(raw)
	case elDKIMDomain:
		r.dkim[len(r.dkim)-1].Domain = r.domain(raw)
	case elDKIMSelector:
		r.dkim[len(r.dkim)-1].Selector = r.texts.token(raw)
	case elDKIMResult:
		r.dkim[len(r.dkim)-1].Result = r.result(raw)
	case elDKIMHuman:
		r.dkim[len(r.dkim)-1].HumanResult = r.texts.human(raw)
	case elSPFDomain:
		r.spf[len(r.spf)-1].Domain = r.domain(raw)
	case elSPFScope:
		r.spf[len(r.spf)-1].Scope = r.oneOf(raw, "mfrom", "helo")
	case elSPFResult:
		r.spf[len(r.spf)-1].Result = r.result(raw)
	case elSPFHuman:
		r.spf[len(r.spf)-1].HumanResult = r.texts.human(raw)
	default:
		r.headLeaf(el, raw)
	}
}

// maxErrors is how many of a reporter's errors are kept.
const maxErrors = 20

// headLeaf takes the text of an element that is not in a row.
func (r *reader) headLeaf(el element, raw []byte) {
	m, p := &r.report.Metadata, &r.report.Policy
	switch el {
	case elVersion:
		if r.report.Version = r.texts.token(raw); !slices.Contains(versions, r.report.Version) {
			r.note(CodeVersion, r.report.Version)
		}
	case elOrgName:
		m.OrgName = r.texts.human(raw)
	case elEmail:
		m.Email = r.texts.human(raw)
	case elExtraContact:
		m.ExtraContactInfo = r.texts.human(raw)
	case elReportID:
		m.ReportID = r.texts.human(raw)
	case elError:
		if len(raw) > 0 && len(m.Errors) < maxErrors {
			m.Errors = append(m.Errors, r.texts.human(raw))
		}
	case elGenerator:
		m.Generator = r.texts.human(raw)
	case elBegin:
		m.Begin = r.date(raw)
	case elEnd:
		m.End = r.date(raw)
	case elPolicyDomain:
		p.Domain = r.domain(raw)
	case elDiscovery:
		p.DiscoveryMethod = r.oneOf(raw, "", "psl", "treewalk")
	case elP:
		p.P = r.asked(raw)
	case elSP:
		p.SP = r.asked(raw)
	case elNP:
		p.NP = r.asked(raw)
	case elADKIM:
		p.ADKIM = r.oneOf(raw, "", "r", "s")
	case elASPF:
		p.ASPF = r.oneOf(raw, "", "r", "s")
	case elFO:
		p.FO = r.texts.token(raw)
	case elTesting:
		p.Testing = r.oneOf(raw, "", "y", "n")
	case elPct:
		p.Pct = r.texts.token(raw)
	default:
	}
}

// versions are those that were seen. RFC 9990 has 1.0, like the form before it.
var versions = []string{"", "1", "1.0", "2.0", "0.1", "0.2"}

// asked is a policy. Some reporters leave it empty where there is none.
func (r *reader) asked(raw []byte) Disposition {
	if len(raw) == 0 {
		return ""
	}
	return r.disposition(raw)
}

func (r *reader) domain(raw []byte) string {
	return r.texts.domain(raw, func(text string) { r.note(CodeDomain, text) })
}
