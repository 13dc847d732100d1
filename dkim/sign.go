package dkim

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/mailworthy/mailworthy/internal/name"
)

// Signer signs messages. Domain, Selector and Key are needed. A Signer is safe for
// concurrent use if its Key is, and may be copied.
type Signer struct {
	// Domain is d=, in U- or A-labels.
	Domain string
	// Selector is s=: the key is published at Selector._domainkey.Domain.
	Selector string
	// Identity is i=: "@" and Domain, or a domain below it, with or without a
	// local-part. Empty leaves it out.
	Identity string
	// Key is an RSA key of 1024 bits or more, or an Ed25519 key.
	Key crypto.Signer
	// Headers are the names of the fields to sign; From must be among them. A name
	// that stands once more than the message has such fields prevents that one is
	// added. If nil, they are the fields of RFC 6376 section 5.4.1 that the message
	// has, and those that matter to readers once more than it has them.
	Headers []string
	// Header and Body are the canonicalisations; empty means Relaxed.
	Header, Body Canonicalization
	// Expires is x=; zero leaves it out.
	Expires time.Time
}

// The errors of Sign.
var (
	// ErrSigner is returned for a Signer whose fields are not valid.
	ErrSigner = errors.New("dkim: the signer is not complete")
	// ErrMessage is returned for a message that cannot be signed safely: it has not
	// one From field, its header is too large or has a line that is no field, which
	// each host reads and mends in its own way, or it holds a CR or LF alone, which
	// does not survive transport (RFC 6376 sections 3.8 and 5.3).
	ErrMessage = errors.New("dkim: the message cannot be signed")
)

// maxSigned is how large a message may be that is signed: it is held in memory.
const maxSigned = 256 << 20

// signedFields are those that are signed when they are there (RFC 6376 section
// 5.4.1).
var signedFields = []string{
	"cc", "in-reply-to", "references", "sender", "mime-version", "content-transfer-encoding", "content-id",
	"content-description", "resent-date", "resent-from", "resent-to", "resent-cc", "list-id", "list-help",
	"list-unsubscribe-post", "list-subscribe", "list-post", "list-owner", "list-archive",
}

// Sign reads a message from r, and writes it to w behind a signature. Line ends of
// the message must be CRLF, or all bare LF, which become CRLF.
func (s Signer) Sign(w io.Writer, r io.Reader) error {
	data, err := io.ReadAll(io.LimitReader(r, maxSigned+1))
	switch {
	case err != nil:
		return fmt.Errorf("dkim: reading the message: %w", err)
	case len(data) > maxSigned:
		return fmt.Errorf("%w: it is larger than %d octets", ErrMessage, maxSigned)
	}
	if i := bytes.IndexByte(data, '\n'); i >= 0 && (i == 0 || data[i-1] != '\r') {
		data = appendCRLF(make([]byte, 0, len(data)+len(data)/32), data, false)
	}
	if !wellFormed(data) {
		return fmt.Errorf("%w: it holds a CR or LF alone", ErrMessage)
	}
	field, err := s.signature(data)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, field); err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// wellFormed reports whether each CR stands before a LF, and each LF behind a CR.
func wellFormed(p []byte) bool {
	for {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			return bytes.IndexByte(p, '\r') < 0
		}
		if bytes.IndexByte(p[:i+1], '\r') != i-1 || i == 0 {
			return false
		}
		p = p[i+1:]
	}
}

// signature returns the signature field of a message.
func (s Signer) signature(data []byte) (string, error) {
	opts, err := s.options()
	if err != nil {
		return "", err
	}
	end, _ := endOfHeader(data, 0)
	if end < 0 {
		return "", fmt.Errorf("%w: no empty line ends its header", ErrMessage)
	}
	// What is signed must be what Evaluate reads by default, signature and all.
	large := fmt.Errorf("%w: its header is too large", ErrMessage)
	h := parseHeader(string(data[:end]), defaultFields-1)
	switch {
	case h.cut || end > defaultHeaderBytes:
		return "", large
	case !h.onlyFields():
		return "", fmt.Errorf("%w: a line of its header is no field", ErrMessage)
	case h.count("from") != 1:
		return "", fmt.Errorf("%w: it has %d From fields", ErrMessage, h.count("from"))
	}
	if opts.HeaderKeys == nil {
		opts.HeaderKeys = h.signable()
	}
	if len(opts.HeaderKeys) > defaultNames {
		return "", large
	}
	signer, err := dkim.NewSigner(opts)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrSigner, err)
	}
	// What Write says, Close says again.
	_, _ = signer.Write(data)
	if err := signer.Close(); err != nil {
		return "", fmt.Errorf("dkim: signing: %w", err)
	}
	signature := signer.Signature()
	if end+len(signature) > defaultHeaderBytes {
		return "", large
	}
	return signature, nil
}

func (s Signer) options() (*dkim.SignOptions, error) {
	domain, err := name.Normalize(s.Domain)
	if err != nil || strings.IndexByte(domain, '.') < 0 {
		return nil, fmt.Errorf("%w: the domain is not valid", ErrSigner)
	}
	selector, err := name.Normalize(s.Selector)
	if err != nil {
		return nil, fmt.Errorf("%w: the selector is not valid", ErrSigner)
	}
	if s.Key == nil {
		return nil, fmt.Errorf("%w: it has no key", ErrSigner)
	}
	opts := &dkim.SignOptions{
		Domain: domain, Selector: selector, Identifier: s.Identity, Signer: s.Key, Hash: crypto.SHA256,
		HeaderKeys: s.Headers, Expiration: s.Expires,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	}
	for _, c := range []struct {
		from Canonicalization
		to   *dkim.Canonicalization
	}{{s.Header, &opts.HeaderCanonicalization}, {s.Body, &opts.BodyCanonicalization}} {
		switch c.from {
		case "":
		case Simple, Relaxed:
			*c.to = dkim.Canonicalization(c.from)
		default:
			return nil, fmt.Errorf("%w: the canonicalisation is not known", ErrSigner)
		}
	}
	if s.Identity != "" {
		at := strings.LastIndexByte(s.Identity, '@')
		id, err := name.Normalize(s.Identity[at+1:])
		if at < 0 || err != nil || !name.Within(id, domain) || !plainIdentity(s.Identity[:at]) {
			return nil, fmt.Errorf("%w: the identity is not within the domain", ErrSigner)
		}
		opts.Identifier = s.Identity[:at+1] + id
	}
	for _, h := range s.Headers {
		if colonOf(h+":") != len(h) || strings.ContainsAny(h, "; \t") {
			return nil, fmt.Errorf("%w: %q is no name of a header field", ErrSigner, name.Escape(cut(h)))
		}
	}
	return opts, nil
}

// plainIdentity reports whether a local-part can stand in i= as it is.
func plainIdentity(local string) bool {
	for i := range len(local) {
		if c := local[i]; c <= ' ' || c >= 0x7f || c == ';' || c == '=' {
			return false
		}
	}
	return true
}

// signable returns the names to sign by default.
func (h *header) signable() []string {
	var out []string
	for _, n := range sensitive {
		for range h.count(n) + 1 {
			out = append(out, n)
		}
	}
	for _, n := range signedFields {
		for range h.count(n) {
			out = append(out, n)
		}
	}
	return out
}
