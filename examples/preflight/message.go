package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/dmarc"
)

const (
	// maxMessage is how large a sample may be; large receivers take about half of it.
	maxMessage = 50 << 20
	// maxHeader is how much of a header gets through: Postfix drops what is beyond it,
	// unless its header_size_limit says otherwise.
	maxHeader = 102400
	maxLine   = 998 // RFC 5322 section 2.1.1, without the CRLF
)

// The codes of what is wrong with the form of a message.
const (
	codeHeaderSize mailworthy.Code = "preflight.header-size"
	codeSyntax     mailworthy.Code = "preflight.field-syntax"
	codeMissing    mailworthy.Code = "preflight.field-missing"
	codeTwice      mailworthy.Code = "preflight.field-twice"
	codeFrom       mailworthy.Code = "preflight.from"
	codeDate       mailworthy.Code = "preflight.date"
	codeMessageID  mailworthy.Code = "preflight.message-id"
	codeLineLength mailworthy.Code = "preflight.line-length"
	codeLineEnd    mailworthy.Code = "preflight.line-end"
	codeNotASCII   mailworthy.Code = "preflight.not-ascii"
	codeMIME       mailworthy.Code = "preflight.mime"
)

// sample is a message as it will be sent.
type sample struct {
	message *dkim.Message       // what its signatures are judged by
	form    mailworthy.Findings // what is wrong with its form
}

// values returns the values of all fields of a name, from the top.
func (s *sample) values(name string) []string { return s.message.Values(name) }

// readSample reads a message, and looks at its form. The error is that of r, or says that
// it is too large.
func readSample(r io.Reader) (*sample, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxMessage+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxMessage {
		return nil, fmt.Errorf("the message is larger than %d octets", maxMessage)
	}
	s := new(sample)
	if s.message, err = dkim.ReadMessage(bytes.NewReader(data), dkim.ReadOptions{}); err != nil {
		return nil, err
	}
	if s.message.Truncated || len(s.message.Header) > maxHeader {
		s.fault(codeHeaderSize, fmt.Sprintf("The header has more than %d octets, and servers drop the rest.", maxHeader),
			"Shorten the header: long lists of recipients, tracking data and traces of earlier servers do not belong into it.", "RFC 5321 section 4.5.3.1")
	}
	s.lintFields()
	s.lintHeader()
	s.lintLines(data)
	_, body, _ := bytes.Cut(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	s.lintMIME(body)
	return s, nil
}

// fault adds a finding about the form. What it shows of the message is quoted.
func (s *sample) fault(code mailworthy.Code, message, remedy, ref string, seen ...string) {
	f := mailworthy.Finding{Code: code, Severity: mailworthy.Error, Subject: "the message", Message: message, Remedy: remedy, Ref: ref}
	for _, text := range seen {
		f.Evidence = append(f.Evidence, quote(text))
	}
	s.form = append(s.form, f)
}

// quote makes a text from a message fit to be shown.
func quote(text string) string {
	const most = 200
	if len(text) > most {
		return strconv.QuoteToASCII(text[:most]) + "..."
	}
	return strconv.QuoteToASCII(text)
}

// lintFields reports the first line of the header that belongs to no field.
func (s *sample) lintFields() {
	inField := false
	for line := range bytes.Lines(s.message.Header) {
		colon := bytes.IndexByte(line, ':')
		switch folded := line[0] == ' ' || line[0] == '\t'; {
		case folded && inField && len(bytes.TrimSpace(line)) > 0:
		case !folded && colon > 0 && !bytes.ContainsFunc(line[:colon], func(r rune) bool { return r <= ' ' || r > '~' }):
			inField = true
		default:
			s.fault(codeSyntax, "A line of the header is no field.", "Write each field as NAME: VALUE, fold only inside of values, and never to an empty line.",
				"RFC 5322 section 2.2", string(line))
			return
		}
	}
}

// once are the fields that a message has exactly once, most those that it has at most
// once (RFC 5322 section 3.6, RFC 2045 section 3, RFC 8058 section 3.1). RFC 5322 asks
// for Date and From alone: receivers ask for the others.
var (
	once = []string{"From", "To", "Subject", "Date", "Message-ID"}
	most = []string{
		"Sender", "Reply-To", "Cc", "Bcc", "In-Reply-To", "References", "MIME-Version", "Content-Type",
		"Content-Transfer-Encoding", "List-Unsubscribe", "List-Unsubscribe-Post",
	}
)

func (s *sample) lintHeader() {
	for _, name := range slices.Concat(once, most) {
		values := s.values(name)
		switch {
		case len(values) > 1:
			s.fault(codeTwice, fmt.Sprintf("There are %d %s fields.", len(values), name), "Send one "+name+" field.", "RFC 5322 section 3.6", values[:2]...)
		case len(values) == 0 && slices.Contains(once, name) && !s.message.Truncated:
			s.fault(codeMissing, "There is no "+name+" field.", "Add a "+name+" field.", "RFC 5322 section 3.6")
		}
	}
	if values := s.values("from"); len(values) == 1 {
		from := dmarc.ParseFrom(values)
		if from.Mailboxes != 1 && from.Findings.Worst() < mailworthy.Error {
			s.fault(codeFrom, fmt.Sprintf("From has %d addresses.", from.Mailboxes), "Put one address into From.", "RFC 5322 section 3.6.2", values[0])
		}
		for _, f := range from.Findings {
			if f.Severity == mailworthy.Error {
				s.form = append(s.form, f)
			}
		}
	}
	if values := s.values("date"); len(values) == 1 {
		if _, err := mail.ParseDate(values[0]); err != nil {
			s.fault(codeDate, "Date is no date.", `Write it as "Mon, 02 Nov 2026 09:00:00 +0000".`, "RFC 5322 section 3.3", values[0])
		}
	}
	if values := s.values("message-id"); len(values) == 1 && !isMessageID(values[0]) {
		s.fault(codeMessageID, "Message-ID is not one <LEFT@RIGHT>.",
			"Write it as <UNIQUE@DOMAIN>, with a text that is never used again and a domain of yours.", "RFC 5322 section 3.6.4", values[0])
	}
	for line := range bytes.Lines(s.message.Header) {
		if bytes.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
			s.fault(codeNotASCII, "The header has octets that are not ASCII, which only some servers take.",
				"Encode values as RFC 2047 has it: =?utf-8?q?...?=", "RFC 5322 section 2.2", string(line))
			break
		}
	}
}

// isMessageID reports whether a text is a msg-id that programs agree on (RFC 5322 section
// 3.6.4, without its obsolete forms): two dot-atoms, or an address literal on the right.
func isMessageID(text string) bool {
	inner, ok := strings.CutPrefix(text, "<")
	inner, closed := strings.CutSuffix(inner, ">")
	left, right, at := strings.Cut(inner, "@")
	if literal, ok := strings.CutPrefix(right, "["); ok {
		literal, ok = strings.CutSuffix(literal, "]")
		return ok && closed && at && isDotAtom(left) && literal != "" && !strings.ContainsFunc(literal, func(r rune) bool {
			return r <= ' ' || r > '~' || strings.ContainsRune(`[]\<>`, r)
		})
	}
	return ok && closed && at && isDotAtom(left) && isDotAtom(right)
}

func isDotAtom(text string) bool {
	for atom := range strings.SplitSeq(text, ".") {
		if atom == "" || strings.ContainsFunc(atom, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`()<>[]:;@\,"`, r) }) {
			return false
		}
	}
	return true
}

// lintLines looks at the length and the ends of all lines. A file whose first line ends
// with a bare LF is in Unix form, and the mail server writes CRLF for each LF in it.
func (s *sample) lintLines(data []byte) {
	long, bare, number := 0, "", 0
	for line := range bytes.Lines(data) {
		number++
		text, ended := bytes.CutSuffix(line, []byte("\n"))
		text, crlf := bytes.CutSuffix(text, []byte("\r"))
		if len(text) > maxLine && long == 0 {
			long = number
		}
		switch {
		case bare != "":
		case bytes.IndexByte(text, '\r') >= 0 || crlf && !ended:
			bare = fmt.Sprintf("CR in line %d", number)
		case ended && !crlf && !s.message.Converted:
			bare = fmt.Sprintf("LF in line %d", number)
		case bytes.IndexByte(text, 0) >= 0:
			bare = fmt.Sprintf("NUL in line %d", number)
		}
	}
	if long > 0 {
		s.fault(codeLineLength, fmt.Sprintf("Line %d is longer than %d octets; servers refuse it or break it, and with it the signature.", long, maxLine),
			"Fold fields, and encode the body as quoted-printable or base64.", "RFC 5322 section 2.1.1")
	}
	if bare != "" {
		s.fault(codeLineEnd, "There is a bare "+bare+", which servers refuse or change.", "End lines with CRLF, and encode other uses of CR, LF and NUL.",
			"RFC 5321 section 2.3.8")
	}
}

// lintMIME looks at what the header says of the body, and whether the body keeps to it.
// Parts inside a multipart are not looked at.
func (s *sample) lintMIME(body []byte) {
	kind, params, err := "text/plain", map[string]string(nil), error(nil)
	if values := s.values("content-type"); len(values) == 1 {
		if kind, params, err = mime.ParseMediaType(values[0]); err == nil && !strings.Contains(kind, "/") {
			err = errors.New("no type with a subtype")
		}
		if version := s.values("mime-version"); err == nil && (len(version) == 0 || !strings.HasPrefix(version[0], "1.0")) {
			err = errors.New("there is no MIME-Version: 1.0")
		}
	}
	encoding := "7bit"
	if values := s.values("content-transfer-encoding"); len(values) == 1 {
		encoding = strings.ToLower(values[0])
	}
	boundary := params["boundary"]
	switch multi := strings.HasPrefix(kind, "multipart/"); {
	case err != nil:
	case multi && (boundary == "" || len(boundary) > 70):
		err = errors.New("the multipart has no boundary of 1 to 70 characters")
	case multi && s.message.Truncated: // Nothing can be said of its body.
	case multi && !hasLine(body, "--"+boundary):
		err = errors.New("no line of the body is the boundary")
	case multi && !hasLine(body, "--"+boundary+"--"):
		err = errors.New("the last boundary is missing")
	case multi && !slices.Contains([]string{"7bit", "8bit", "binary"}, encoding), // RFC 2045 section 6.4
		!slices.Contains([]string{"7bit", "8bit", "binary", "quoted-printable", "base64"}, encoding):
		err = fmt.Errorf("a Content-Transfer-Encoding cannot be %s here", quote(encoding))
	case !multi && encoding == "7bit" && bytes.ContainsFunc(body, func(r rune) bool { return r > '\x7f' }):
		err = errors.New("the body has octets that are not ASCII, and says that it is 7bit")
	}
	if err != nil {
		s.fault(codeMIME, "What the header says of the body is wrong.", "Mend the MIME fields, or let a library write them.", "RFC 2045 section 5",
			append([]string{err.Error()}, s.values("content-type")...)...)
	}
}

// hasLine reports whether a line of the body is a text, but for blanks behind it.
func hasLine(body []byte, text string) bool {
	for line := range bytes.Lines(body) {
		if rest, ok := bytes.CutPrefix(line, []byte(text)); ok && len(bytes.TrimSpace(rest)) == 0 {
			return true
		}
	}
	return false
}
