package smtpprobe

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"github.com/mailworthy/mailworthy/internal/name"
)

// handshake makes the connection TLS, and notes what it was. Certificates are not
// verified here: that is judged later, by Evaluate.
//
// Go has no key exchange by finite-field Diffie-Hellman (DHE), and none of SSL 3 and
// older. A server that knows nothing else fails here, and may work with others.
func (s *session) handshake(old bool) bool {
	began, limit := s.within(s.run.limits.TLS)
	cfg := &tls.Config{
		ServerName:         s.Host, // RFC 7672 section 8.1, RFC 8461 section 4.1
		InsecureSkipVerify: true,   // Opportunistic TLS goes on with any certificate.
		MinVersion:         tls.VersionTLS12,
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			s.keepChain(raw) // Also if the handshake fails behind it.
			return nil
		},
	}
	if old {
		cfg.MinVersion, cfg.MaxVersion = tls.VersionTLS10, tls.VersionTLS12
		for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
			cfg.CipherSuites = append(cfg.CipherSuites, suite.ID)
		}
	}
	step := Step{Stage: StageTLS}
	s.TLS.ServerName = s.Host
	conn := tls.Client(s.raw, cfg)
	err := conn.HandshakeContext(s.ctx)
	if err != nil {
		step.Failure = classify(s.ctx, err)
		if e, ok := errors.AsType[tls.RecordHeaderError](err); ok {
			step.Excess = name.Escape(string(e.RecordHeader[:]))
		}
	} else {
		state := conn.ConnectionState()
		s.TLS.Version = tls.VersionName(state.Version)
		s.TLS.Cipher = tls.CipherSuiteName(state.CipherSuite)
		if state.CurveID != 0 {
			s.TLS.Curve = state.CurveID.String()
		}
		s.TLS.Roots, s.TLS.Anchors = s.run.anchors(s.TLS.Chain, s.began)
		s.conn = conn
	}
	s.add(step, began, limit)
	return err == nil
}

// keepChain stores the certificates up to the limits.
func (s *session) keepChain(raw [][]byte) {
	t, l := &s.TLS, s.run.limits
	t.Presented, t.ChainOctets, t.Chain = len(raw), 0, [][]byte{}
	full := false
	for _, der := range raw {
		t.ChainOctets += len(der)
		full = full || t.ChainOctets > l.ChainOctets || len(t.Chain) >= l.Certificates
		if !full {
			t.Chain = append(t.Chain, slices.Clone(der))
		}
	}
}

// The most that is kept of the authorities that a chain leads to.
const (
	maxAnchors     = 4
	maxAnchorBytes = 16 << 10
)

// anchors returns the authorities that the chain leads to: an observation of which
// ones are known here, and no judgement on the chain. A chain that is expired has its
// authorities, too.
func (r *run) anchors(chain [][]byte, now time.Time) (Roots, [][]byte) {
	roots, from := r.roots()
	certs := parseChain(chain)
	if from == RootsNone || len(certs) == 0 {
		return from, nil
	}
	var found [][]byte
	for _, at := range moments(certs, now) {
		opts := x509.VerifyOptions{
			Roots: roots, Intermediates: x509.NewCertPool(), CurrentTime: at,
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
		}
		for _, c := range certs[1:] {
			opts.Intermediates.AddCert(c)
		}
		chains, err := certs[0].Verify(opts)
		if err != nil {
			continue
		}
		for _, c := range chains {
			root := c[len(c)-1].Raw
			known := slices.ContainsFunc(found, func(have []byte) bool { return slices.Equal(have, root) })
			if !known && len(found) < maxAnchors && len(root) <= maxAnchorBytes {
				found = append(found, slices.Clone(root))
			}
		}
		break
	}
	return from, found
}

// moments are the times at which a chain may verify: now, and when all or most of its
// certificates are, or were, valid.
func moments(certs []*x509.Certificate, now time.Time) []time.Time {
	latest := certs[0].NotBefore
	for _, c := range certs[1:] {
		if c.NotBefore.After(latest) {
			latest = c.NotBefore
		}
	}
	return []time.Time{now, latest, certs[0].NotBefore, certs[0].NotAfter}
}

// parseChain returns the certificates up to the first that is none.
func parseChain(chain [][]byte) []*x509.Certificate {
	certs := make([]*x509.Certificate, 0, len(chain))
	for _, der := range chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			break
		}
		certs = append(certs, c)
	}
	return certs
}
