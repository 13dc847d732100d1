package report

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy"
)

// Failure is a report on a message, or on several of a kind, that failed (RFC 9991, RFC
// 6591, RFC 5965). Nothing in it is more than what the reporter says. Texts have control
// characters escaped, and are cut when they are very long.
type Failure struct {
	// FeedbackType is "auth-failure" for failures of DMARC, DKIM and SPF. Others, such
	// as "abuse", are of other feedback loops, and are read as well.
	FeedbackType string `json:"feedback_type"`
	Version      string `json:"version,omitzero"`
	UserAgent    string `json:"user_agent,omitzero"`
	// AuthFailure is what failed: "dmarc", "spf", "signature", "bodyhash", "revoked",
	// "adsp".
	AuthFailure string `json:"auth_failure,omitzero"`
	// Unaligned are the mechanisms, "dkim" and "spf", that failed to authenticate an
	// aligned identity. It is nil when the report lacks the field, and empty when
	// there are none.
	Unaligned []string `json:"identity_alignment,omitzero"`
	// DeliveryResult is what became of the message: "delivered", "spam", "policy",
	// "reject", "other".
	DeliveryResult        string   `json:"delivery_result,omitzero"`
	AuthenticationResults []string `json:"authentication_results,omitempty"`

	SourceIP           netip.Addr `json:"source_ip,omitzero"`
	SourcePort         uint16     `json:"source_port,omitzero"`
	ArrivalDate        time.Time  `json:"arrival_date,omitzero"`
	ReportingMTA       string     `json:"reporting_mta,omitzero"`
	OriginalEnvelopeID string     `json:"original_envelope_id,omitzero"`
	OriginalMailFrom   string     `json:"original_mail_from,omitzero"`
	OriginalRcptTo     []string   `json:"original_rcpt_to,omitempty"`
	// Incidents is how many messages this is about: one, unless the report says more.
	Incidents      uint32   `json:"incidents"`
	ReportedDomain []string `json:"reported_domain,omitempty"`
	ReportedURI    []string `json:"reported_uri,omitempty"`

	DKIMDomain              string `json:"dkim_domain,omitzero"`
	DKIMIdentity            string `json:"dkim_identity,omitzero"`
	DKIMSelector            string `json:"dkim_selector,omitzero"`
	DKIMSelectorDNS         string `json:"dkim_selector_dns,omitzero"`
	DKIMADSPDNS             string `json:"dkim_adsp_dns,omitzero"`
	DKIMCanonicalizedHeader string `json:"dkim_canonicalized_header,omitzero"` // in base64
	DKIMCanonicalizedBody   string `json:"dkim_canonicalized_body,omitzero"`   // in base64
	// SPFDNS are the records that were found, as "txt : example.org : v=spf1 -all".
	SPFDNS []string `json:"spf_dns,omitempty"`

	// Others are the fields that none of the documents has.
	Others []Field `json:"others,omitempty"`
	// Original is the message.
	Original Original            `json:"original,omitzero"`
	Findings mailworthy.Findings `json:"findings"`
}

// Field is a field of a report. Name is in lower case.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Original is the message of which a report tells.
type Original struct {
	// Header is the header as the report has it, up to Options.Text, which reporters
	// may have redacted (RFC 6590).
	Header []byte `json:"header"`
	// Truncated says that the header was longer.
	Truncated bool `json:"truncated,omitzero"`
	// From, Subject and MessageID are fields of it, unfolded and escaped.
	From      string `json:"from,omitzero"`
	Subject   string `json:"subject,omitzero"`
	MessageID string `json:"message_id,omitzero"`
}

// ParseFailure reads the failure report in a mail, or a bare message/feedback-report.
// An input without one gives ErrNoReport. Of the message that failed it reads the
// header only. What is wrong with a report is in its findings; with an error the
// Failure holds what was read before, or is nil.
func ParseFailure(in io.Reader, opts Options) (*Failure, error) {
	p := &parser{opts: opts.withDefaults()}
	p.left = p.opts.Bytes
	r := failureReader{p: p}
	src := p.source(in)
	h, err := readHeader(src.Reader, p.opts.Header)
	switch {
	case h.get("feedback-type") != "":
		r.fields(h)
		if errors.Is(err, io.EOF) {
			err = nil // There need not be an empty line behind it.
		}
	case err != nil:
		if errors.Is(err, io.EOF) {
			err = ErrNoReport
		}
	default:
		err = r.part(h, src, 0)
	}
	err = cutShort(err)
	if r.failure == nil {
		if err == nil {
			err = ErrNoReport
		}
		return nil, err
	}
	r.finish()
	return r.failure, err
}

// failureReader walks through a mail.
type failureReader struct {
	p        *parser
	failure  *Failure
	original bool
	notes    reader // for its notes and texts
}

// part reads a message or a part of one, whose header was read.
func (r *failureReader) part(h fields, body io.Reader, nesting int) error {
	if nesting > r.p.opts.Nesting {
		return &LimitError{Limit: "Nesting", Max: int64(r.p.opts.Nesting)}
	}
	typ, params := h.mediaType("content-type")
	if strings.HasPrefix(typ, "multipart/") && params["boundary"] != "" {
		return r.multipart(newParts(body, params["boundary"]), nesting+1)
	}
	src := r.p.source(decoded(body, h.get("content-transfer-encoding")))
	switch typ {
	case "message/feedback-report":
		if r.failure != nil {
			return nil // One report has one of them.
		}
		h, err := readHeader(src.Reader, r.p.opts.Header)
		r.fields(h)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	case "message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers":
		if r.failure != nil {
			return r.message(src.Reader)
		}
		// A report that was forwarded.
		h, err := readHeader(src.Reader, r.p.opts.Header)
		if err != nil {
			return eof(err)
		}
		return r.part(h, src, nesting+1)
	}
	return nil
}

func (r *failureReader) multipart(m *parts, nesting int) error {
	for {
		h, body, err := m.next(r.p.opts.Header)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if r.p.files++; r.p.files > r.p.opts.Files {
			return &LimitError{Limit: "Files", Max: int64(r.p.opts.Files)}
		}
		if err := r.part(h, body, nesting); err != nil {
			return err
		}
	}
}

// message reads the header of the message that failed.
func (r *failureReader) message(in *bufio.Reader) error {
	if r.original {
		return nil
	}
	r.original = true
	o := &r.failure.Original
	o.Header = []byte{}
	for {
		line, err := in.ReadSlice('\n')
		blank := len(bytes.TrimRight(line, "\r\n")) == 0
		if blank && len(line) > 0 {
			break
		}
		most := r.p.opts.Text - len(o.Header)
		o.Header = append(o.Header, line[:min(len(line), most)]...)
		if len(line) > most {
			o.Truncated = true
			r.notes.note(CodeHeaderCut, "")
			break
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if !errors.Is(err, io.EOF) {
				return err
			}
			break
		}
	}
	h, _ := readHeader(bufio.NewReader(bytes.NewReader(o.Header)), r.p.opts.Text)
	o.From, o.Subject, o.MessageID = r.text(h.get("from")), r.text(h.get("subject")), r.text(h.get("message-id"))
	return nil
}

// maxValue is how long a value of a field may be. Canonicalised headers and bodies may
// be as long as the field.
const maxValue = 4096

func (r *failureReader) text(value string) string {
	value = clean(r.notes.texts.utf8([]byte(value)))
	if len(value) > maxValue {
		value = strings.ToValidUTF8(value[:maxValue], "") + "…"
	}
	return value
}

// finish looks at the report as a whole.
func (r *failureReader) finish() {
	f := r.failure
	for _, required := range []struct{ name, value string }{
		{"Feedback-Type", f.FeedbackType}, {"User-Agent", f.UserAgent}, {"Version", f.Version},
	} {
		if required.value == "" {
			r.notes.note(CodeFieldMissing, required.name)
		}
	}
	if f.FeedbackType == "auth-failure" {
		if f.AuthFailure == "" {
			r.notes.note(CodeFieldMissing, "Auth-Failure")
		}
		if f.AuthFailure == "dmarc" && f.Unaligned == nil {
			r.notes.note(CodeFieldMissing, "Identity-Alignment") // RFC 9991 section 4
		}
	}
	r.notes.report = &Report{}
	if len(f.ReportedDomain) > 0 {
		r.notes.report.Policy.Domain = f.ReportedDomain[0]
	}
	f.Findings = r.notes.findings()
}
