package smtpprobe

import (
	"crypto/dsa" //nolint:staticcheck // Only to name the key of an old certificate.
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// transport judges STARTTLS and the handshake.
func (v *verdict) transport() {
	starttls, shake := v.s.step(StageSTARTTLS), v.s.step(StageTLS)
	switch {
	case v.Before != nil && v.Offered != Yes && shake != nil && shake.Failure.Kind == "":
		v.secured()
		v.add(CodeHidden, starttls)
		return
	case v.Offered == No:
		v.Negotiated, v.Authenticated = No, No
		if v.Before != nil {
			v.add(CodeNoSTARTTLS, v.s.step(StageEHLO))
		}
		return
	case v.Before != nil && v.Offered != Yes:
		return // It was tried all the same, and nobody promised anything.
	case starttls != nil && starttls.Reply.class() == 5:
		v.Negotiated, v.Authenticated = No, No
		v.addReply(CodeSTARTTLSRefused, starttls)
		return
	case starttls != nil && starttls.Reply.class() == 4:
		v.addReply(CodeDeferred, starttls)
		return
	case shake == nil:
		return
	case shake.Failure.Kind == "":
		v.secured()
		return
	}
	v.handshakeFailed(shake)
}

// secured notes what a handshake came to.
func (v *verdict) secured() {
	t := &v.s.TLS
	v.TLS.Version, v.TLS.Cipher, v.TLS.Curve = clean(t.Version), clean(t.Cipher), clean(t.Curve)
	v.Negotiated = Yes
}

// handshakeFailed judges a handshake that failed, by what a second one with all that
// Go knows came to.
func (v *verdict) handshakeFailed(st *Step) {
	switch st.Failure.Kind {
	case KindTimeout, KindCanceled, KindTooLarge:
		return // These have findings already.
	}
	var again *Step
	if v.old != nil {
		again = v.old.step(StageTLS)
	}
	switch {
	case again != nil && again.Failure.Kind == "" && !outdated(v.old.TLS):
		// It works with those who do not offer TLS 1.3, or by chance: nothing is proved.
		if st.Failure.Kind == KindReset || st.Failure.Kind == KindClosed {
			v.add(CodeClosed, st)
		} else {
			v.add(CodeHandshake, st)
		}
	case again != nil && again.Failure.Kind == "":
		v.Negotiated, v.Authenticated = No, No
		v.TLS.OldVersion, v.TLS.OldCipher = clean(v.old.TLS.Version), clean(v.old.TLS.Cipher)
		v.add(CodeOldTLS, st)
	case st.Failure.Kind == KindTLSVersion, st.Failure.Kind == KindTLSAlert && strings.Contains(st.Failure.Text, "handshake failure"):
		// Something that Go does not have, such as DHE, may work: nothing is proved.
		v.add(CodeNoCommonTLS, st)
	case ownRefusal(st.Failure.Text):
		v.add(CodeBadCertificate, st) // Others may be less careful: nothing is proved.
	case st.Failure.Kind == KindReset || st.Failure.Kind == KindClosed:
		v.add(CodeClosed, st)
	default:
		v.Negotiated, v.Authenticated = No, No
		v.add(CodeHandshake, st)
	}
}

// outdated reports whether what was agreed on is what a handshake offers only to find out
// about old servers.
func outdated(t TLS) bool {
	return t.Version != "TLS 1.2" && t.Version != "TLS 1.3" ||
		slices.ContainsFunc(tls.InsecureCipherSuites(), func(c *tls.CipherSuite) bool { return c.Name == t.Cipher })
}

// ownRefusal reports whether it is Go's own caution that ended a handshake: a
// certificate that it does not parse, or a key that is too small or too large for it.
func ownRefusal(text string) bool {
	for _, part := range []string{"x509: ", "crypto/rsa: ", "parse certificate", "containing RSA key"} {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// maxChain is how many certificates are looked at, whatever a session holds.
const maxChain = 32

// certificates judges the chain: each question apart.
func (v *verdict) certificates() {
	s := v.s
	if len(s.TLS.Chain) == 0 {
		return
	}
	certs := parseChain(s.TLS.Chain[:min(len(s.TLS.Chain), maxChain)])
	st := v.s.step(StageTLS)
	for _, c := range certs {
		v.TLS.Certificates = append(v.TLS.Certificates, describe(c))
	}
	if len(certs) == 0 {
		v.add(CodeBadCertificate, st)
		return
	}
	if s.TLS.Presented > len(certs) {
		v.add(CodeChainSize, st)
	}
	v.trust(certs)
	v.validity(certs)
	host := s.Host
	if host == "" {
		host = s.Addr.Unmap().WithZone("").String()
	}
	v.TLS.NameMatches = fact(certs[0].VerifyHostname(host) == nil)
	if v.TLS.NameMatches == No {
		v.addText(CodeWrongName, host)
	}
	v.strength(certs)
	if v.Negotiated == Yes {
		v.Authenticated = all(v.TLS.Trusted, v.TLS.NameMatches, v.TLS.Current)
	}
}

// verify reports whether the chain leads to one of the anchors at a time.
func verify(certs, anchors []*x509.Certificate, at time.Time) error {
	opts := x509.VerifyOptions{
		Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if at.IsZero() {
		return errors.New("no time to verify at") // Zero would mean the present.
	}
	for _, c := range anchors {
		opts.Roots.AddCert(c)
	}
	for _, c := range certs[1:] {
		opts.Intermediates.AddCert(c)
	}
	_, err := certs[0].Verify(opts)
	return err
}

// trust judges whether the chain leads to an authority, at any time: that it is
// expired is another question.
func (v *verdict) trust(certs []*x509.Certificate) {
	if v.s.TLS.Roots != RootsSystem && v.s.TLS.Roots != RootsGiven {
		if v.s.TLS.Roots == RootsNone {
			v.addText(CodeNoRoots, "")
		}
		return
	}
	anchors := parseChain(v.s.TLS.Anchors[:min(len(v.s.TLS.Anchors), maxAnchors)])
	for _, at := range moments(certs, v.time) {
		if len(anchors) > 0 && verify(certs, anchors, at) == nil {
			v.TLS.Trusted = Yes
			return
		}
	}
	if v.s.TLS.Presented > len(certs) {
		return // What was cut off may lead there.
	}
	v.TLS.Trusted = No
	last := path(certs)
	switch {
	case selfSigned(certs[0]):
		v.addText(CodeSelfSigned, clean(certs[0].Subject.String()))
	case len(last) == 1:
		v.addText(CodeMissingIntermediate, clean(certs[0].Issuer.String()))
	default:
		v.addText(CodeUntrusted, clean(last[len(last)-1].Issuer.String()))
	}
}

// path follows the issuers from the server's certificate through what was presented.
func path(certs []*x509.Certificate) []*x509.Certificate {
	way := certs[:1:1]
	used := make([]bool, len(certs))
	used[0] = true
	for {
		tip, next := way[len(way)-1], -1
		for i, c := range certs {
			if !used[i] && string(c.RawSubject) == string(tip.RawIssuer) {
				next = i
				break
			}
		}
		if next < 0 || selfSigned(tip) {
			return way
		}
		used[next] = true
		way = append(way, certs[next])
	}
}

func selfSigned(c *x509.Certificate) bool {
	return string(c.RawSubject) == string(c.RawIssuer) && (len(c.AuthorityKeyId) == 0 || string(c.AuthorityKeyId) == string(c.SubjectKeyId))
}

// soon is when an expiry is near: two weeks, and for certificates that live short a
// quarter of their life.
const soon = 14 * 24 * time.Hour

// validity judges the times.
func (v *verdict) validity(certs []*x509.Certificate) {
	at := v.time
	if at.IsZero() {
		return
	}
	v.TLS.Current = Yes
	for i, c := range path(certs) {
		switch {
		case at.After(c.NotAfter):
			v.TLS.Current = No
			v.addTime(CodeExpired, c, i)
		case at.Before(c.NotBefore):
			v.TLS.Current = No
			v.addTime(CodeNotYetValid, c, i)
		case i == 0 && c.NotAfter.Sub(at) < min(soon, c.NotAfter.Sub(c.NotBefore)/4):
			v.addTime(CodeExpiring, c, i)
		}
	}
	if v.TLS.Trusted != Yes || at.After(certs[0].NotAfter) || at.Before(certs[0].NotBefore) {
		return
	}
	// Another way than the presented one may be valid: a cross-signed authority. And what
	// is presented may be valid, while the way to the authority is not any more.
	anchors := parseChain(v.s.TLS.Anchors[:min(len(v.s.TLS.Anchors), maxAnchors)])
	before := v.TLS.Current
	if v.TLS.Current = fact(verify(certs, anchors, at) == nil); v.TLS.Current == Yes || before == No {
		return
	}
	for _, c := range slices.Concat(certs[1:], anchors) {
		switch {
		case at.After(c.NotAfter):
			v.addTime(CodeExpired, c, 1)
			return
		case at.Before(c.NotBefore):
			v.addTime(CodeNotYetValid, c, 1)
			return
		}
	}
}

// strength judges keys and signatures, and the order.
func (v *verdict) strength(certs []*x509.Certificate) {
	for i, c := range path(certs) {
		d := &v.TLS.Certificates[0]
		if i > 0 {
			described := describe(c)
			d = &described
		}
		if d.Key == "RSA" && d.Bits < 2048 || d.Key == "ECDSA" && d.Bits < 256 || d.Key == "DSA" {
			v.addText(CodeWeakKey, d.Key+" of "+plural(d.Bits, "bit"))
		}
		if weakSignature(c.SignatureAlgorithm) && !selfSigned(c) {
			v.addText(CodeWeakSignature, d.Signature)
		}
	}
	way := path(certs)
	for i := range way {
		if way[i] != certs[i] {
			v.addText(CodeChainOrder, "")
			return
		}
	}
}

func weakSignature(a x509.SignatureAlgorithm) bool {
	switch a {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return true
	}
	return false
}

// The most that is told of a certificate.
const (
	maxNames    = 50
	maxNameText = 256
)

func describe(c *x509.Certificate) Certificate {
	d := Certificate{
		Subject: short(c.Subject.String()), Issuer: short(c.Issuer.String()),
		NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(),
		NameCount: len(c.DNSNames) + len(c.IPAddresses),
		Signature: c.SignatureAlgorithm.String(), SelfSigned: selfSigned(c),
	}
	sum := sha256.Sum256(c.Raw)
	d.SHA256 = hex.EncodeToString(sum[:])
	for _, n := range c.DNSNames[:min(len(c.DNSNames), maxNames)] {
		d.Names = append(d.Names, short(n))
	}
	for _, ip := range c.IPAddresses[:min(len(c.IPAddresses), maxNames-len(d.Names))] {
		if a, ok := netip.AddrFromSlice(ip); ok {
			d.Names = append(d.Names, a.Unmap().String())
		}
	}
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		d.Key, d.Bits = "RSA", key.N.BitLen()
	case *ecdsa.PublicKey:
		d.Key, d.Bits = "ECDSA", key.Curve.Params().BitSize
	case ed25519.PublicKey:
		d.Key, d.Bits = "Ed25519", 256
	case *dsa.PublicKey:
		d.Key, d.Bits = "DSA", key.P.BitLen()
	default:
		d.Key = "unknown"
	}
	return d
}

// short escapes a text of a certificate and cuts it.
func short(s string) string { return clean(s[:min(len(s), maxNameText)]) }
