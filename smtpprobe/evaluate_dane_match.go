package smtpprobe

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy/internal/name"
)

const (
	// maxMatchOctets and maxMatchBits bound what a comparison takes. crypto/tls does not
	// accept larger keys either.
	maxMatchOctets = 256 << 10
	maxMatchBits   = 8192
)

// Match compares the certificates that a host presented, in DER and its own first, with
// its TLSA records (RFC 7672 section 3): a pure function.
//
// A record of usage DANE-EE(3) matches the host's own certificate, whatever names and
// dates that has. One of usage DANE-TA(2) matches the certificate of an authority that
// the host sent along, or that the record holds as a whole; the chain to it must be
// valid at the given time, and the host's certificate have one of d.Names. Of several
// digests for the same usage and selector only the strongest counts (RFC 7671 section
// 9).
func (d DANE) Match(chain [][]byte, at time.Time) DANEMatch {
	switch d.Status {
	case DANEUsable:
	case DANEFailed, "":
		return DANEMatch{Status: MatchUndecided, Reason: "the TLSA records are not known"}
	default:
		return DANEMatch{Status: MatchNone}
	}
	if len(chain) == 0 {
		return DANEMatch{Status: MatchFailed, Reason: "the host presented no certificate"}
	}
	m := daneMatcher{d: d, at: at}
	m.read(chain)
	records := d.strongest()
	for _, r := range records {
		if r.Usage == daneEE && m.matches(r, 0) {
			return m.found(r, 0)
		}
	}
	for _, r := range records {
		if r.Usage == daneTA {
			if depth, ok := m.anchored(r); ok {
				return m.found(r, depth)
			}
		}
	}
	if m.reason == "" {
		m.reason = fmt.Sprintf("none of the %s matches a certificate", plural(len(records), "usable record"))
	}
	status := MatchFailed
	if d.More > 0 || m.undecided {
		status = MatchUndecided // What was not looked at may match.
	}
	return DANEMatch{Status: status, Reason: m.reason}
}

// strongest returns the usable records without weaker digests beside stronger ones.
func (d DANE) strongest() []TLSARecord {
	var strong [4][2]bool
	for _, r := range d.Records {
		if r.Usable && tlsaReason(r.TLSA) == "" && r.Matching == matchSHA512 {
			strong[r.Usage][r.Selector] = true
		}
	}
	var out []TLSARecord
	for _, r := range d.Records {
		// What is usable is checked again, since the records may come from anywhere.
		if r.Usable && tlsaReason(r.TLSA) == "" && (r.Matching != matchSHA256 || !strong[r.Usage][r.Selector]) {
			out = append(out, r)
		}
	}
	return out
}

type daneMatcher struct {
	d         DANE
	at        time.Time
	raw       [][]byte
	certs     []*x509.Certificate // by cert
	parsed    []bool
	reason    string // the best so far for that nothing matches
	undecided bool
}

func (m *daneMatcher) read(chain [][]byte) {
	total := 0
	for _, der := range chain[:min(len(chain), maxChain)] {
		if total += len(der); total > maxMatchOctets {
			m.undecided = true
			break
		}
		m.raw = append(m.raw, der)
	}
	m.certs, m.parsed = make([]*x509.Certificate, len(m.raw)), make([]bool, len(m.raw))
	m.undecided = m.undecided || len(chain) > maxChain
}

// cert returns the certificate at a depth, or nil when it cannot be read. Most often
// only the host's own is needed.
func (m *daneMatcher) cert(depth int) *x509.Certificate {
	if !m.parsed[depth] {
		m.parsed[depth] = true
		if c, err := x509.ParseCertificate(m.raw[depth]); err == nil {
			m.certs[depth] = c
		}
	}
	return m.certs[depth]
}

func (m *daneMatcher) found(r TLSARecord, depth int) DANEMatch {
	return DANEMatch{Status: MatchOK, Record: tlsaText(clean(m.d.Name), r.TLSA), Depth: depth}
}

// matches compares a record with the certificate at a depth.
func (m *daneMatcher) matches(r TLSARecord, depth int) bool {
	if depth >= len(m.raw) {
		return false
	}
	data := m.raw[depth]
	if r.Selector == selectSPKI {
		c := m.cert(depth)
		if c == nil {
			m.unread()
			return false
		}
		data = c.RawSubjectPublicKeyInfo
	}
	switch r.Matching {
	case matchSHA256:
		sum := sha256.Sum256(data)
		return bytes.Equal(sum[:], r.Data)
	case matchSHA512:
		sum := sha512.Sum512(data)
		return bytes.Equal(sum[:], r.Data)
	}
	return bytes.Equal(data, r.Data)
}

// anchored looks for the trust anchor of a record, and checks the chain to it.
func (m *daneMatcher) anchored(r TLSARecord) (depth int, ok bool) {
	for depth = 1; depth < len(m.raw); depth++ {
		if m.matches(r, depth) && m.verified(m.cert(depth)) {
			return depth, true
		}
	}
	if r.Matching != matchFull {
		return 0, false
	}
	// RFC 7671 section 5.2.2: the record may hold what the host did not send. What it did
	// send as its own is not its authority, here as with digests.
	if len(m.raw) == 0 || m.matches(r, 0) {
		return 0, false
	}
	if r.Selector == selectCert {
		anchor, err := x509.ParseCertificate(r.Data)
		return len(m.raw), err == nil && m.issued(anchor) && m.verified(anchor)
	}
	// Section 5.2.3: a bare key has to have signed what is at the top.
	key, err := x509.ParsePKIXPublicKey(r.Data)
	if err != nil || tooLong(key) {
		return 0, false
	}
	authority := &x509.Certificate{PublicKey: key}
	for i := range m.raw {
		c := m.cert(i)
		if c != nil && authority.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil && m.verified(c) {
			return i + 1, true
		}
	}
	return 0, false
}

// issued reports whether an authority issued one of the certificates, so that it is
// worth a look at why the chain to it is not valid.
func (m *daneMatcher) issued(anchor *x509.Certificate) bool {
	for i := range m.raw {
		if c := m.cert(i); c != nil && bytes.Equal(c.RawIssuer, anchor.RawSubject) {
			return true
		}
	}
	return false
}

// verified checks the chain from the host's certificate to an anchor, and the names.
func (m *daneMatcher) verified(anchor *x509.Certificate) bool {
	if anchor == nil || len(m.raw) == 0 || m.cert(0) == nil {
		m.unread()
		return false
	}
	if m.at.IsZero() {
		m.reason, m.undecided = "a trust anchor matches, and without a time the chain to it cannot be checked", true
		return false
	}
	opts := x509.VerifyOptions{
		Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: m.at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}
	opts.Roots.AddCert(anchor)
	for i := range m.raw {
		c := m.cert(i)
		if c == nil {
			continue
		}
		if tooLong(c.PublicKey) {
			m.reason, m.undecided = fmt.Sprintf("a key of the chain has more than %d bits, which was not computed with", maxMatchBits), true
			return false
		}
		opts.Intermediates.AddCert(c)
	}
	if _, err := m.cert(0).Verify(opts); err != nil {
		m.reason = "a trust anchor matches, but the chain to it is not valid: " + name.Escape(clip(err.Error()))
		m.undecided = m.undecided || !m.proves(err)
		return false
	}
	if !named(m.cert(0), m.d.Names) {
		m.reason = "a trust anchor matches, but the certificate is not for " + clean(clip(strings.Join(m.d.Names, " or ")))
		return false
	}
	return true
}

// unread notes a certificate that this package cannot read. Others may be less careful,
// so that nothing is proved.
func (m *daneMatcher) unread() {
	m.reason, m.undecided = "a certificate of the chain cannot be read", true
}

// proves reports whether an error of verification would be one for any sender, and not
// only for the careful: signatures with SHA-1, and extensions that Go does not know, may
// do for others.
func (m *daneMatcher) proves(err error) bool {
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		switch e.Reason {
		case x509.Expired, x509.NotAuthorizedToSign, x509.TooManyIntermediates, x509.CANotAuthorizedForThisName:
			return true
		}
		return false
	}
	_, stranger := errors.AsType[x509.UnknownAuthorityError](err)
	for i := range m.raw {
		c := m.cert(i)
		stranger = stranger && c != nil && !weakSignature(c.SignatureAlgorithm)
	}
	return stranger
}

func tooLong(key any) bool {
	k, ok := key.(*rsa.PublicKey)
	return ok && k.N.BitLen() > maxMatchBits
}

// named reports whether a certificate has one of the names (RFC 7672 section 3.2.3).
// The common name counts only when there is no DNS-ID at all.
func named(c *x509.Certificate, names []string) bool {
	presented := c.DNSNames
	if len(presented) == 0 {
		presented = []string{c.Subject.CommonName}
	}
	for _, p := range presented {
		p = strings.TrimSuffix(strings.ToLower(p), ".")
		suffix, wild := strings.CutPrefix(p, "*.")
		for _, n := range names {
			if n != "" && p == n || wild && suffix != "" && suffix == name.Parent(n) {
				return true
			}
		}
	}
	return false
}
