// Package report reads DMARC reports, sums them up, and says what they mean: who sends
// in the name of a domain, what of that fails DMARC, and what to do about it.
//
//	for rep, err := range report.Parse(file, report.Options{}) {
//		if err == nil {
//			err = summary.Add(rep)
//		}
//	}
//	res := report.Evaluate(report.Request{}, &summary)
//
// [Parse] reads aggregate reports (RFC 9990, and RFC 7489 appendix C) row by row from
// whatever they come in: XML, gzip, zip, or a mail with one of these attached. It never
// holds a whole report, and what strangers send meets the limits of [Options].
// [ParseFailure] reads reports on single messages (RFC 9991, RFC 6591).
//
// # Observe, then judge
//
// A [Summary] is the observation. It adds up any number of reports in bounded memory, can
// be stored as JSON, and merged with others. [Evaluate] is the judgement: a pure function
// of it.
//
// # What it cannot know
//
// A report says what its sender wants it to say, and anybody can send one. Which sources
// are a domain's own is for Summary.Classify to say; without it, all are unknown.
package report

import (
	"iter"
	"net/netip"
	"time"

	"github.com/mailworthy/mailworthy"
)

// Report is an aggregate report. What stands above the rows is there when [Parse] yields
// it; what a reporter wrote below them, the Findings and the number of Records are
// complete once Rows has ended.
type Report struct {
	// Version is that of the format: "1.0", or empty with many reporters.
	Version  string   `json:"version,omitzero"`
	Metadata Metadata `json:"metadata"`
	Policy   Policy   `json:"policy"`
	// File is the name of the attachment or of the file in an archive, and what it
	// says by the rules of RFC 9990 section 3.5.2. The names of files are not used for
	// anything.
	File FileName `json:"file,omitzero"`
	// Subject is what the subject of the mail says.
	Subject Subject `json:"subject,omitzero"`
	// Records is how many rows were read.
	Records int64 `json:"records"`
	// Findings are what is wrong with the report. Of each kind there is one, with some
	// examples as evidence.
	Findings mailworthy.Findings `json:"findings"`

	rows iter.Seq2[Row, error]
}

// Metadata says who reports, and on which time. Texts have control characters escaped.
type Metadata struct {
	OrgName          string `json:"org_name"`
	Email            string `json:"email,omitzero"`
	ExtraContactInfo string `json:"extra_contact_info,omitzero"`
	ReportID         string `json:"report_id"`
	// Begin and End are zero when they are missing or no usable dates.
	Begin time.Time `json:"begin,omitzero"`
	End   time.Time `json:"end,omitzero"`
	// Errors are what the reporter found wrong with the domain's record.
	Errors    []string `json:"errors,omitempty"`
	Generator string   `json:"generator,omitzero"`
}

// Policy is what the reporter found published. Fields are empty when the report lacks
// them. Unknown values are kept, in lower case.
type Policy struct {
	Domain          string      `json:"domain"`
	DiscoveryMethod string      `json:"discovery_method,omitzero"` // "psl", "treewalk"
	P               Disposition `json:"p,omitzero"`
	SP              Disposition `json:"sp,omitzero"`
	NP              Disposition `json:"np,omitzero"`
	ADKIM           string      `json:"adkim,omitzero"` // "r", "s"
	ASPF            string      `json:"aspf,omitzero"`
	FO              string      `json:"fo,omitzero"`
	Testing         string      `json:"testing,omitzero"` // "y", "n"
	// Pct is the percentage that RFC 7489 had.
	Pct string `json:"pct,omitzero"`
}

// Disposition is what was asked for, or done with a message. Others than the constants
// are what a reporter wrote.
type Disposition string

// The dispositions. Pass is only in what RFC 9990 reports as done: a message that
// passed under a policy other than none.
const (
	None       Disposition = "none"
	Quarantine Disposition = "quarantine"
	Reject     Disposition = "reject"
	Passed     Disposition = "pass"
)

// Status is the result of SPF or DKIM (RFC 8601 section 2.7). Others than the constants
// are what a reporter wrote.
type Status string

// The statuses.
const (
	StatusNone      Status = "none"
	StatusPass      Status = "pass"
	StatusFail      Status = "fail"
	StatusPolicy    Status = "policy"
	StatusNeutral   Status = "neutral"
	StatusSoftFail  Status = "softfail"
	StatusTempError Status = "temperror"
	StatusPermError Status = "permerror"
)

// Override is why a receiver did something else than the policy asked for.
type Override string

// The overrides. Forwarded and SampledOut are those of RFC 7489 only.
const (
	OverrideForwarded        Override = "forwarded"
	OverrideSampledOut       Override = "sampled_out"
	OverrideTrustedForwarder Override = "trusted_forwarder"
	OverrideMailingList      Override = "mailing_list"
	OverrideLocalPolicy      Override = "local_policy"
	OverrideTestMode         Override = "policy_test_mode"
	OverrideOther            Override = "other"
)

// Row is a record of a report: messages from one address that met the same fate.
// It does not change when the next one is read. Domains are lower-case A-labels where
// they are domains, and else what the reporter wrote, escaped.
type Row struct {
	// SourceIP is the zero Addr when the report has no valid address.
	SourceIP  netip.Addr `json:"source_ip,omitzero"`
	Count     uint64     `json:"count"`
	Evaluated Evaluated  `json:"policy_evaluated"`
	// HeaderFrom is the domain of the From field.
	HeaderFrom string `json:"header_from"`
	// EnvelopeFrom is empty for the null path, and in many reports.
	EnvelopeFrom string       `json:"envelope_from,omitzero"`
	EnvelopeTo   string       `json:"envelope_to,omitzero"`
	DKIM         []DKIMResult `json:"dkim"`
	SPF          []SPFResult  `json:"spf"`
}

// Evaluated is what DMARC came to. DKIM and SPF are about alignment: pass says that
// there was an aligned identifier that passed.
type Evaluated struct {
	Disposition Disposition `json:"disposition,omitzero"`
	DKIM        Status      `json:"dkim,omitzero"`
	SPF         Status      `json:"spf,omitzero"`
	Reasons     []Reason    `json:"reasons,omitempty"`
}

// Reason is an override and its explanation.
type Reason struct {
	Type    Override `json:"type"`
	Comment string   `json:"comment,omitzero"`
}

// DKIMResult is what became of one signature, aligned or not.
type DKIMResult struct {
	Domain      string `json:"domain"`
	Selector    string `json:"selector,omitzero"` // optional in RFC 7489
	Result      Status `json:"result"`
	HumanResult string `json:"human_result,omitzero"`
}

// SPFResult is what SPF said, aligned or not.
type SPFResult struct {
	Domain      string `json:"domain"`
	Scope       string `json:"scope,omitzero"` // "mfrom"; "helo" in RFC 7489
	Result      Status `json:"result"`
	HumanResult string `json:"human_result,omitzero"`
}

// Verdict is the outcome of DMARC for a row.
type Verdict string

// The verdicts. Unknown is for rows that do not say it.
const (
	VerdictPass    Verdict = "pass"
	VerdictFail    Verdict = "fail"
	VerdictUnknown Verdict = "unknown"
)

// Verdict returns pass when either identifier is aligned, fail when both are said not
// to be, and unknown when the report leaves it open.
func (e Evaluated) Verdict() Verdict {
	switch {
	case e.DKIM == StatusPass || e.SPF == StatusPass:
		return VerdictPass
	case e.DKIM == StatusFail && e.SPF == StatusFail:
		return VerdictFail
	}
	return VerdictUnknown
}

// Rows yields the rows in the order of the report. It can be used once, before [Parse]
// goes on, and yields nothing otherwise. An error ends it, as a rule one of the typed errors of this package; the
// rows before it are good.
func (r *Report) Rows() iter.Seq2[Row, error] {
	if r.rows == nil {
		return func(func(Row, error) bool) {}
	}
	return r.rows
}
