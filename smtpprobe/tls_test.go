package smtpprobe_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// facts are what is known of a certificate, each apart.
type facts struct {
	negotiated, trusted, current, name, authenticated smtpprobe.Fact
	codes                                             []mailworthy.Code
}

func factsOf(a smtpprobe.AddressResult) facts {
	return facts{a.Negotiated, a.TLS.Trusted, a.TLS.Current, a.TLS.NameMatches, a.Authenticated, codes(a.Findings)}
}

const (
	yes   = smtpprobe.Yes
	no    = smtpprobe.No
	maybe = smtpprobe.Maybe
)

func TestCertificates(t *testing.T) {
	root := authority()
	middle := newCA("Test Intermediate", root)
	other := newCA("Other Authority", nil)
	otherMiddle := newCA("Other Intermediate", other)
	key := ecKey()
	valid := func() *x509.Certificate { return template(host, host) }
	expired := valid()
	expired.NotBefore, expired.NotAfter = started.AddDate(0, -3, 0), started.AddDate(0, 0, -1)
	expiring := valid()
	expiring.NotAfter = started.AddDate(0, 0, 3)
	brief := valid() // Six days of life, of which four are left.
	brief.NotBefore, brief.NotAfter = started.AddDate(0, 0, -2), started.AddDate(0, 0, 4)
	future := valid()
	future.NotBefore = started.AddDate(0, 0, 2)
	many := valid()
	for i := range 500 {
		many.DNSNames = append(many.DNSNames, fmt.Sprintf("host%d.example.net", i))
	}
	self := &ca{key: key}
	selfTemplate := valid()
	self.cert = selfTemplate
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)

	for _, tt := range []struct {
		name string
		cert tls.Certificate
		want facts
	}{
		{name: "good", cert: root.issue(valid(), key), want: facts{yes, yes, yes, yes, yes, nil}},
		{name: "good, RSA", cert: root.issue(valid(), rsaKey()), want: facts{yes, yes, yes, yes, yes, nil}},
		{name: "with an intermediate", cert: middle.issue(valid(), key, middle), want: facts{yes, yes, yes, yes, yes, nil}},
		{name: "with the authority itself", cert: middle.issue(valid(), key, middle, root), want: facts{yes, yes, yes, yes, yes, nil}},
		{name: "wildcard", cert: root.issue(template("x", "*.example.net"), key), want: facts{yes, yes, yes, yes, yes, nil}},
		{name: "of 500 names", cert: root.issue(many, key), want: facts{yes, yes, yes, yes, yes, nil}},
		{name: "lives six days", cert: root.issue(brief, key), want: facts{yes, yes, yes, yes, yes, nil}},
		{
			name: "without its intermediate", cert: middle.issue(valid(), key),
			want: facts{yes, no, yes, yes, no, []mailworthy.Code{smtpprobe.CodeMissingIntermediate}},
		},
		{
			name: "wrong order", cert: middle.issue(valid(), key, root, middle),
			want: facts{yes, yes, yes, yes, yes, []mailworthy.Code{smtpprobe.CodeChainOrder}},
		},
		{
			name: "unknown authority", cert: otherMiddle.issue(valid(), key, otherMiddle, other),
			want: facts{yes, no, yes, yes, no, []mailworthy.Code{smtpprobe.CodeUntrusted}},
		},
		{
			name: "self-signed", cert: self.issue(selfTemplate, key),
			want: facts{yes, no, yes, yes, no, []mailworthy.Code{smtpprobe.CodeSelfSigned}},
		},
		{
			name: "expired, and otherwise good", cert: root.issue(expired, key),
			want: facts{yes, yes, no, yes, no, []mailworthy.Code{smtpprobe.CodeExpired}},
		},
		{
			name: "from the future", cert: root.issue(future, key),
			want: facts{yes, yes, no, yes, no, []mailworthy.Code{smtpprobe.CodeNotYetValid}},
		},
		{
			name: "expires soon", cert: root.issue(expiring, key),
			want: facts{yes, yes, yes, yes, yes, []mailworthy.Code{smtpprobe.CodeExpiring}},
		},
		{
			name: "for another name", cert: root.issue(template("other", "mail.example.net"), key),
			want: facts{yes, yes, yes, no, no, []mailworthy.Code{smtpprobe.CodeWrongName}},
		},
		{
			name: "with the name in the subject only", cert: root.issue(template(host), key),
			want: facts{yes, yes, yes, no, no, []mailworthy.Code{smtpprobe.CodeWrongName}},
		},
		{
			name: "RSA of 1024 bits", cert: root.issue(valid(), small),
			want: facts{yes, yes, yes, yes, yes, []mailworthy.Code{smtpprobe.CodeWeakKey}},
		},
		{
			name: "twelve certificates", cert: root.issue(valid(), key, slices.Repeat([]*ca{otherMiddle}, 11)...),
			want: facts{yes, yes, yes, yes, yes, []mailworthy.Code{smtpprobe.CodeChainSize}},
		},
		{
			name: "200 KB of certificates without what leads to the authority", cert: middle.issue(valid(), key, slices.Repeat([]*ca{other}, 500)...),
			want: facts{yes, maybe, yes, yes, maybe, []mailworthy.Code{smtpprobe.CodeChainSize}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want.codes == nil {
				tt.want.codes = []mailworthy.Code{}
			}
			s := listen(t, honest(config(tt.cert)).serve)
			rep, err := s.prober().ProbeHost(t.Context(), s.host(host))
			require.NoError(t, err)
			require.Equal(t, tt.want, factsOf(rep.Hosts[0].Addresses[0]), "%+v", rep.Findings)
			require.Equal(t, smtpprobe.Ready, rep.Status)
			checkReport(t, rep)
		})
	}
}

// TestCertificatesLater shows that the time is the request's: a stored session is
// judged as of any day.
func TestCertificatesLater(t *testing.T) {
	s := listen(t, honest(good()).serve)
	rep, err := s.prober().ProbeHost(t.Context(), s.host(host))
	require.NoError(t, err)
	for _, tt := range []struct {
		name string
		days int
		want []mailworthy.Code
	}{
		{name: "earlier", days: -30, want: []mailworthy.Code{smtpprobe.CodeNotYetValid}},
		{name: "now", want: []mailworthy.Code{}},
		{name: "soon", days: 70, want: []mailworthy.Code{smtpprobe.CodeExpiring}},
		{name: "later", days: 100, want: []mailworthy.Code{smtpprobe.CodeExpired}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := smtpprobe.Evaluate(smtpprobe.Request{Time: started.AddDate(0, 0, tt.days)}, rep.Sessions)
			require.Equal(t, tt.want, codes(res.Findings))
			require.Equal(t, smtpprobe.Yes, res.Hosts[0].Addresses[0].TLS.Trusted)
		})
	}
}

// TestWeakSignature signs with SHA-1, as Go itself does not any more, by way of a
// stored session.
func TestWeakSignature(t *testing.T) {
	session := smtpprobe.Session{
		Host: host, Addr: public, Port: 25, Start: started.UTC(),
		Steps: []smtpprobe.Step{{Stage: smtpprobe.StageTLS}},
		TLS:   smtpprobe.TLS{Version: "TLS 1.2", Chain: [][]byte{sha1Certificate(t)}, Presented: 1, Roots: smtpprobe.RootsSystem},
	}
	res := smtpprobe.Evaluate(smtpprobe.Request{}, []smtpprobe.Session{session})
	require.Contains(t, codes(res.Findings), smtpprobe.CodeWeakSignature)
}

// sha1Certificate turns a certificate's algorithm into SHA-1, which makes the signature
// wrong, but nobody looks at it here.
func sha1Certificate(t *testing.T) []byte {
	t.Helper()
	rsaCA := &ca{key: rsaKey(), cert: template("RSA Authority")}
	der := slices.Clone(rsaCA.issue(template(host, host), ecKey()).Certificate[0])
	sha256WithRSA := []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b}
	n := 0
	for i := range der[:len(der)-len(sha256WithRSA)] {
		if slices.Equal(der[i:i+len(sha256WithRSA)], sha256WithRSA) {
			der[i+len(sha256WithRSA)-1] = 0x05
			n++
		}
	}
	require.Equal(t, 2, n)
	return der
}

func TestNoCertificate(t *testing.T) {
	for _, tt := range []struct {
		name string
		tls  smtpprobe.TLS
		want mailworthy.Code
	}{
		{name: "garbage", tls: smtpprobe.TLS{Chain: [][]byte{{1, 2, 3}}, Presented: 1, Roots: smtpprobe.RootsSystem}, want: smtpprobe.CodeBadCertificate},
		{name: "no roots", tls: smtpprobe.TLS{Chain: [][]byte{good().Certificates[0].Certificate[0]}, Presented: 1, Roots: smtpprobe.RootsNone}, want: smtpprobe.CodeNoRoots},
	} {
		t.Run(tt.name, func(t *testing.T) {
			session := smtpprobe.Session{Host: host, Addr: public, Port: 25, Start: started.UTC(), Steps: []smtpprobe.Step{{Stage: smtpprobe.StageTLS}}, TLS: tt.tls}
			res := smtpprobe.Evaluate(smtpprobe.Request{}, []smtpprobe.Session{session})
			require.Equal(t, []mailworthy.Code{tt.want}, codes(res.Findings))
			require.Equal(t, smtpprobe.Maybe, res.Hosts[0].Addresses[0].TLS.Trusted, "what was not looked at is not untrusted")
			require.NotEqual(t, smtpprobe.Yes, res.Hosts[0].Authenticated)
		})
	}
}

// TestOldTLS shows what a server would have accepted that accepts nothing good.
func TestOldTLS(t *testing.T) {
	rsaCert := authority().issue(template(host, host), rsaKey())
	for _, tt := range []struct {
		name    string
		change  func(*tls.Config)
		version string
		cipher  string
		want    facts
	}{
		{
			name: "TLS 1.0", change: func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 },
			version: "TLS 1.0", cipher: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
			want: facts{no, maybe, maybe, maybe, no, []mailworthy.Code{smtpprobe.CodeOldTLS}},
		},
		{
			name: "RSA key exchange and 3DES", change: func(c *tls.Config) {
				c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}
			},
			version: "TLS 1.2", cipher: "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
			want: facts{no, maybe, maybe, maybe, no, []mailworthy.Code{smtpprobe.CodeOldTLS}},
		},
		{
			name: "an alert to everybody", change: func(c *tls.Config) {
				c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
					return nil, fmt.Errorf("no")
				}
			},
			want: facts{no, maybe, maybe, maybe, no, []mailworthy.Code{smtpprobe.CodeHandshake}},
		},
		{
			// As a server does that knows only DHE: there is nothing in common with Go.
			name: "no cipher in common", change: func(c *tls.Config) {
				c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}
			},
			want: facts{maybe, maybe, maybe, maybe, maybe, []mailworthy.Code{smtpprobe.CodeNoCommonTLS}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config(rsaCert)
			tt.change(cfg)
			s := listen(t, honest(cfg).serve)
			rep, err := s.prober().ProbeHost(t.Context(), s.host(host))
			require.NoError(t, err)
			a := rep.Hosts[0].Addresses[0]
			require.Equal(t, tt.want, factsOf(a), "%+v", rep.Sessions)
			require.Equal(t, tt.version, a.TLS.OldVersion)
			require.Equal(t, tt.cipher, a.TLS.OldCipher)
			require.Equal(t, smtpprobe.PurposeOldTLS, rep.Sessions[1].Purpose)
			require.Equal(t, smtpprobe.Yes, a.Offered, "the three facts are apart")
			checkReport(t, rep)
		})
	}
}

// TestGiantCertificates is about what Go itself refuses to read: it costs little, and is
// no statement on what others would do.
func TestGiantCertificates(t *testing.T) {
	key := ecKey()
	modulus := new(big.Int).Lsh(big.NewInt(1), 16383)
	modulus.Add(modulus, big.NewInt(1))
	giant, err := x509.CreateCertificate(rand.Reader, template(host, host), authority().cert, &rsa.PublicKey{N: modulus, E: 65537}, authority().key)
	require.NoError(t, err)
	chain := authority().issue(template(host, host), key, slices.Repeat([]*ca{authority()}, 800)...)
	for _, tt := range []struct {
		name string
		cert tls.Certificate
		kind smtpprobe.Kind
		want facts
	}{
		{
			name: "RSA of 16384 bits", cert: tls.Certificate{Certificate: [][]byte{giant}, PrivateKey: key}, kind: smtpprobe.KindTLSFailed,
			want: facts{maybe, maybe, maybe, maybe, maybe, []mailworthy.Code{smtpprobe.CodeBadCertificate}},
		},
		{
			name: "no certificate", cert: tls.Certificate{Certificate: [][]byte{[]byte("not DER")}, PrivateKey: key}, kind: smtpprobe.KindTLSFailed,
			want: facts{maybe, maybe, maybe, maybe, maybe, []mailworthy.Code{smtpprobe.CodeBadCertificate}},
		},
		{
			name: "a chain of 300 KB", cert: chain, kind: smtpprobe.KindTooLarge,
			want: facts{maybe, maybe, maybe, maybe, maybe, []mailworthy.Code{smtpprobe.CodeTooLarge}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := listen(t, honest(config(tt.cert)).serve)
			before := allocated()
			rep, err := s.prober().ProbeHost(t.Context(), s.host(host))
			require.NoError(t, err)
			require.Less(t, allocated()-before, uint64(16<<20))
			a := rep.Hosts[0].Addresses[0]
			require.Equal(t, tt.kind, a.Failure.Kind, a.Failure.Text)
			require.Equal(t, tt.want, factsOf(a))
			checkReport(t, rep)
		})
	}
}

// TestClientCertificate shows that a server that asks for one is no trouble.
func TestClientCertificate(t *testing.T) {
	cfg := good().Clone()
	cfg.ClientAuth = tls.RequestClientCert
	s := listen(t, honest(cfg).serve)
	rep, err := s.prober().ProbeHost(t.Context(), s.host(host))
	require.NoError(t, err)
	require.Empty(t, rep.Findings)
}

// TestInsist sends STARTTLS to servers that do not offer it.
func TestInsist(t *testing.T) {
	masked := "250-mx.example.net\r\n250-XXXXXXXA\r\n250 SIZE\r\n"
	for _, tt := range []struct {
		name    string
		s       script
		use     smtpprobe.STARTTLSUse
		offered smtpprobe.Fact
		want    facts
	}{
		{name: "hidden", s: honest(good()).with("EHLO", "250-mx.example.net\r\n250 SIZE\r\n"), use: smtpprobe.STARTTLSAlways, offered: no, want: facts{yes, yes, yes, yes, yes, []mailworthy.Code{smtpprobe.CodeHidden}}},
		{name: "masked", s: honest(good()).with("EHLO", masked), use: smtpprobe.STARTTLSAlways, offered: maybe, want: facts{yes, yes, yes, yes, yes, []mailworthy.Code{smtpprobe.CodeMasked, smtpprobe.CodeHidden}}},
		{name: "masked, and not tried", s: honest(good()).with("EHLO", masked), offered: maybe, want: facts{maybe, maybe, maybe, maybe, maybe, []mailworthy.Code{smtpprobe.CodeMasked}}},
		{name: "really not there", s: honest(nil).with("STARTTLS", "502 5.5.1 Unknown command\r\n"), use: smtpprobe.STARTTLSAlways, offered: no, want: facts{no, maybe, maybe, maybe, no, []mailworthy.Code{smtpprobe.CodeNoSTARTTLS}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := listen(t, tt.s.serve)
			p := s.prober()
			p.STARTTLS = tt.use
			rep, err := p.ProbeHost(t.Context(), s.host(host))
			require.NoError(t, err)
			a := rep.Hosts[0].Addresses[0]
			require.Equal(t, tt.want, factsOf(a))
			require.Equal(t, tt.offered, a.Offered)
			require.Equal(t, smtpprobe.Ready, a.Status)
			checkReport(t, rep)
		})
	}
}

// TestDifferentAddresses is a host whose servers are not the same.
func TestDifferentAddresses(t *testing.T) {
	with := listen(t, honest(good()).serve)
	without := listenAt(t, fmt.Sprintf("127.0.0.2:%d", with.addr.Port()), honest(nil).serve)
	h := with.host(host)
	h.Addrs = append(h.Addrs, without.addr.Addr())
	rep, err := with.prober().ProbeHost(t.Context(), h)
	require.NoError(t, err)
	require.Equal(t, []mailworthy.Code{smtpprobe.CodeDiffers, smtpprobe.CodeNoSTARTTLS}, codes(rep.Findings))
	require.Equal(t, smtpprobe.No, rep.Hosts[0].Offered)
	require.Equal(t, smtpprobe.Ready, rep.Status)
	checkReport(t, rep)
}
