package smtpprobe_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"fmt"
	"maps"
	"math/rand"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// The questions of the tests.
var (
	qMX    = resolver.Q("example.org", resolver.TypeMX)
	qA     = resolver.Q("mx.example.net", resolver.TypeA)
	qAAAA  = resolver.Q("mx.example.net", resolver.TypeAAAA)
	qCNAME = resolver.Q("mx.example.net", resolver.TypeCNAME)
	qTLSA  = resolver.Q("_25._tcp.mx.example.net", resolver.TypeTLSA)
	qFar   = resolver.Q("_25._tcp.far.test", resolver.TypeTLSA)
)

func secure(a resolver.Answer) resolver.Answer {
	a.Secure = true
	return a
}

func tlsaOf(list ...resolver.TLSA) resolver.Answer {
	return resolver.Answer{Status: resolver.Success, TLSA: list, TTL: 300}
}

var (
	mxAnswer  = resolver.Answer{Status: resolver.Success, MX: []resolver.MXHost{{Host: "mx.example.net", Pref: 10}}}
	oneAddr   = resolver.Answer{Status: resolver.Success, Addrs: []netip.Addr{netip.MustParseAddr("192.88.99.1")}}
	aliased   = resolver.Answer{Status: resolver.Success, Addrs: oneAddr.Addrs, Alias: []string{"mid.test", "far.test"}}
	digest    = sha256.Sum256([]byte("key"))
	goodTLSA  = resolver.TLSA{Usage: 3, Selector: 1, Matching: 1, Data: digest[:]}
	nodata    = resolver.Answer{Status: resolver.NoData}
	nxdomain  = resolver.Answer{Status: resolver.NXDomain}
	servfail  = resolver.Answer{Status: resolver.ServFail, Problem: "EDE 7 (Signature Expired)"}
	signedAll = answers{qMX: secure(mxAnswer), qA: secure(oneAddr), qAAAA: secure(nodata), qTLSA: secure(tlsaOf(goodTLSA))}
)

// but returns a signed world with some answers changed.
func but(changes answers) answers {
	out := answers{}
	maps.Copy(out, signedAll)
	maps.Copy(out, changes)
	return out
}

type daneCase struct {
	view   answers
	status smtpprobe.DANEStatus
	base   string
	codes  []mailworthy.Code
}

func daneCases() map[string]daneCase {
	codes := func(c ...mailworthy.Code) []mailworthy.Code { return c }
	with := func(r ...resolver.TLSA) answers { return but(answers{qTLSA: secure(tlsaOf(r...))}) }
	record := func(usage, selector, matching uint8, length int) resolver.TLSA {
		return resolver.TLSA{Usage: usage, Selector: selector, Matching: matching, Data: make([]byte, length)}
	}
	ca := authority().cert
	var many []resolver.TLSA
	for i := range 100 {
		many = append(many, record(1, 1, 1, i))
	}
	const host, far = "mx.example.net", "far.test"
	unusable := func(r resolver.TLSA) daneCase {
		return daneCase{with(r), smtpprobe.DANEUnusable, host, codes(smtpprobe.CodeDANERecord, smtpprobe.CodeDANEUnusable)}
	}
	return map[string]daneCase{
		"good":                  {signedAll, smtpprobe.DANEUsable, host, nil},
		"absent":                {but(answers{qTLSA: secure(nxdomain)}), smtpprobe.DANENone, "", nil},
		"no data":               {but(answers{qTLSA: secure(nodata)}), smtpprobe.DANENone, "", nil},
		"absent, not proved":    {but(answers{qTLSA: nxdomain}), smtpprobe.DANENone, "", nil},
		"failed":                {but(answers{qTLSA: servfail}), smtpprobe.DANEFailed, "", codes(smtpprobe.CodeDANEDNSFailure)},
		"empty success":         {but(answers{qTLSA: secure(tlsaOf())}), smtpprobe.DANEFailed, "", codes(smtpprobe.CodeDANEDNSFailure)},
		"records not proved":    {but(answers{qTLSA: tlsaOf(goodTLSA)}), smtpprobe.DANEInsecure, "", codes(smtpprobe.CodeDANEUnsigned)},
		"addresses not proved":  {but(answers{qA: oneAddr}), smtpprobe.DANEInsecure, "", codes(smtpprobe.CodeDANEUnsigned)},
		"one family not proved": {but(answers{qAAAA: oneAddr}), smtpprobe.DANEInsecure, "", codes(smtpprobe.CodeDANEUnsigned)},
		"nothing proved":        {but(answers{qA: oneAddr, qTLSA: nxdomain}), smtpprobe.DANEInsecure, "", nil},
		// RFC 7672 section 2.2.2: such servers must not cost the mail.
		"nothing proved, TLSA fails": {but(answers{qA: oneAddr, qTLSA: servfail}), smtpprobe.DANEInsecure, "", nil},
		"no address":                 {but(answers{qA: secure(nxdomain), qAAAA: secure(nxdomain)}), smtpprobe.DANENone, "", nil},
		"address failed":             {but(answers{qA: servfail}), smtpprobe.DANEFailed, "", codes(smtpprobe.CodeDANEDNSFailure)},
		"one family failed":          {but(answers{qAAAA: servfail}), smtpprobe.DANEUsable, host, nil},
		"MX not proved":              {but(answers{qMX: mxAnswer}), smtpprobe.DANEUsable, host, codes(smtpprobe.CodeDANEMXUnsigned)},
		"MX failed":                  {but(answers{qMX: servfail}), smtpprobe.DANEUsable, host, nil},

		"secure alias, far":         {but(answers{qA: secure(aliased), qFar: secure(tlsaOf(goodTLSA))}), smtpprobe.DANEUsable, far, nil},
		"secure alias, near":        {but(answers{qA: secure(aliased), qFar: secure(nxdomain)}), smtpprobe.DANEUsable, host, nil},
		"secure alias, far unsure":  {but(answers{qA: secure(aliased), qFar: tlsaOf(goodTLSA)}), smtpprobe.DANEUsable, host, nil},
		"secure alias, far failed":  {but(answers{qA: secure(aliased), qFar: servfail}), smtpprobe.DANEFailed, "", codes(smtpprobe.CodeDANEDNSFailure)},
		"secure alias, none":        {but(answers{qA: secure(aliased), qFar: secure(nxdomain), qTLSA: secure(nxdomain)}), smtpprobe.DANENone, "", nil},
		"insecure target":           {but(answers{qA: aliased, qCNAME: secure(resolver.Answer{Status: resolver.Success, Hosts: []string{"mid.test"}})}), smtpprobe.DANEUsable, host, nil},
		"insecure alias":            {but(answers{qA: aliased, qCNAME: {Status: resolver.Success, Hosts: []string{"mid.test"}}}), smtpprobe.DANEInsecure, "", codes(smtpprobe.CodeDANEUnsigned)},
		"insecure, alias failed":    {but(answers{qA: aliased, qCNAME: servfail}), smtpprobe.DANEFailed, "", codes(smtpprobe.CodeDANEDNSFailure)},
		"alias too long for labels": {but(answers{qA: secure(resolver.Answer{Status: resolver.Success, Addrs: oneAddr.Addrs, Alias: []string{strings.Repeat("a.", 125) + "b"}})}), smtpprobe.DANEUsable, host, nil},

		"PKIX-TA":            unusable(record(0, 0, 1, 32)),
		"PKIX-EE":            unusable(record(1, 1, 1, 32)),
		"usage unknown":      unusable(record(4, 1, 1, 32)),
		"PrivCert":           unusable(record(255, 1, 1, 32)),
		"selector unknown":   unusable(record(3, 2, 1, 32)),
		"matching unknown":   unusable(record(3, 1, 3, 32)),
		"SHA-256 length":     unusable(record(3, 1, 1, 31)),
		"SHA-512 length":     unusable(record(3, 1, 2, 32)),
		"full, empty":        unusable(record(3, 1, 0, 0)),
		"full, no cert":      unusable(record(2, 0, 0, 32)),
		"full, no key":       unusable(record(2, 1, 0, 32)),
		"full cert":          {with(resolver.TLSA{Usage: 2, Data: ca.Raw}), smtpprobe.DANEUsable, host, codes(smtpprobe.CodeDANEFull)},
		"full key":           {with(resolver.TLSA{Usage: 3, Selector: 1, Data: ca.RawSubjectPublicKeyInfo}), smtpprobe.DANEUsable, host, codes(smtpprobe.CodeDANEFull)},
		"SHA-512":            {with(record(2, 0, 2, 64)), smtpprobe.DANEUsable, host, nil},
		"one of two":         {with(record(1, 1, 1, 32), goodTLSA), smtpprobe.DANEUsable, host, codes(smtpprobe.CodeDANERecord)},
		"many, none usable":  {with(many...), smtpprobe.DANEUnusable, host, codes(smtpprobe.CodeDANERecord, smtpprobe.CodeDANEUnusable, smtpprobe.CodeDANETooMany)},
		"many, last is good": {with(append(many, goodTLSA)...), smtpprobe.DANEUsable, host, codes(smtpprobe.CodeDANERecord, smtpprobe.CodeDANETooMany)},
	}
}

func TestDANE(t *testing.T) {
	for name, tc := range daneCases() {
		t.Run(name, func(t *testing.T) {
			got, missing := smtpprobe.EvaluateDANE(smtpprobe.DANERequest{Domain: "Example.org", Host: "MX.example.net."}, tc.view)
			require.Empty(t, missing)
			require.Equal(t, tc.status, got.Status)
			require.Equal(t, tc.base, got.Base)
			require.Equal(t, tc.codes, codesOf(got.Findings))
			require.LessOrEqual(t, len(got.Records), smtpprobe.MaxTLSA)
			complete(t, got.Findings)
		})
	}
}

// TestDANEResult compares a whole result.
func TestDANEResult(t *testing.T) {
	got, missing := smtpprobe.EvaluateDANE(smtpprobe.DANERequest{Domain: "example.org", Host: "mx.example.net"}, signedAll)
	require.Empty(t, missing)
	require.Equal(t, smtpprobe.DANE{
		Domain: "example.org", Host: "mx.example.net", Port: 25, Status: smtpprobe.DANEUsable, MXSecure: true,
		Base: "mx.example.net", Name: "_25._tcp.mx.example.net", Names: []string{"mx.example.net", "example.org"},
		Records: []smtpprobe.TLSARecord{{TLSA: goodTLSA, Usable: true}}, DNS: resolver.Success, TTL: 300, Findings: mailworthy.Findings{},
	}, got)
}

// TestDANENames is RFC 7672 section 3.2.2, with its example.
func TestDANENames(t *testing.T) {
	view := but(answers{
		resolver.Q("exchange.example.org", resolver.TypeMX): secure(resolver.Answer{
			Status: resolver.Success, Alias: []string{"mail.example.org", "example.com"}, MX: []resolver.MXHost{{Host: "mx.example.net"}},
		}),
		resolver.Q("direct.test", resolver.TypeMX): secure(nodata),
		resolver.Q("direct.test", resolver.TypeA):  secure(aliased),
		qFar: secure(tlsaOf(goodTLSA)),
		resolver.Q("_2525._tcp.direct.test", resolver.TypeTLSA): nxdomain,
	})
	for _, tc := range []struct {
		name string
		req  smtpprobe.DANERequest
		view answers
		want []string
	}{
		{"aliased domain", smtpprobe.DANERequest{Domain: "exchange.example.org", Host: "mx.example.net"}, view, []string{"mx.example.net", "exchange.example.org", "example.com"}},
		{"insecure MX", smtpprobe.DANERequest{Domain: "example.org", Host: "mx.example.net"}, but(answers{qMX: mxAnswer}), []string{"mx.example.net"}},
		{"MX failed", smtpprobe.DANERequest{Domain: "example.org", Host: "mx.example.net"}, but(answers{qMX: servfail}), []string{"mx.example.net"}},
		{"no MX", smtpprobe.DANERequest{Domain: "direct.test"}, view, []string{"far.test", "direct.test"}},
		{"another port", smtpprobe.DANERequest{Domain: "direct.test", Port: 2525}, view, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, missing := smtpprobe.EvaluateDANE(tc.req, tc.view)
			require.Empty(t, missing)
			require.Equal(t, tc.want, got.Names)
		})
	}
}

func TestDANEInvalid(t *testing.T) {
	for _, req := range []smtpprobe.DANERequest{
		{Domain: "a..b"}, {Domain: "example.org", Host: "192.0.2.1"}, {Domain: "example.org", Host: strings.Repeat("a.", 124) + "org"}, {},
	} {
		got, missing := smtpprobe.EvaluateDANE(req, signedAll)
		require.Empty(t, missing)
		require.Equal(t, smtpprobe.DANEInvalid, got.Status)
		complete(t, got.Findings)
		require.Equal(t, smtpprobe.MatchNone, got.Match([][]byte{{1}}, started).Status)
	}
}

// TestDANERounds counts the rounds.
func TestDANERounds(t *testing.T) {
	full := but(answers{qA: aliased, qCNAME: secure(resolver.Answer{Status: resolver.Success})})
	known := resolver.Snapshot{}
	for _, want := range [][]resolver.Question{{qMX, qA, qAAAA}, {qCNAME}, {qTLSA}, nil} {
		got, missing := smtpprobe.EvaluateDANE(smtpprobe.DANERequest{Domain: "example.org", Host: "mx.example.net"}, known)
		require.Equal(t, want, missing)
		require.Equal(t, want == nil, got.Status != "")
		for _, q := range missing {
			known[q] = full[q]
		}
	}
}

// TestDANEFaults fails each question in each way: a sender is never allowed more by it,
// but for what RFC 7672 says does not matter.
func TestDANEFaults(t *testing.T) {
	for name, tc := range daneCases() {
		plain, _ := smtpprobe.EvaluateDANE(smtpprobe.DANERequest{Domain: "example.org", Host: "mx.example.net"}, tc.view)
		for _, q := range []resolver.Question{qMX, qA, qAAAA, qCNAME, qTLSA, qFar} {
			for _, status := range failures {
				view := answers{}
				maps.Copy(view, tc.view)
				view[q] = resolver.Answer{Status: status}
				got, missing := smtpprobe.EvaluateDANE(smtpprobe.DANERequest{Domain: "example.org", Host: "mx.example.net"}, view)
				require.Empty(t, missing)
				complete(t, got.Findings)
				switch {
				case got.Status == smtpprobe.DANEFailed:
				case q == qMX:
					require.False(t, got.MXSecure)
					require.Equal(t, plain.Status, got.Status)
				case q == qAAAA && name == "one family not proved":
					require.Equal(t, smtpprobe.DANEUsable, got.Status, "what is left is proved")
				default:
					require.Equal(t, plain.Status, got.Status, "%s: %v %s", name, q, status)
				}
			}
		}
	}
}

func tlsaFor(usage, selector, matching uint8, cert []byte) resolver.TLSA {
	data := cert
	if selector == 1 {
		c, err := x509.ParseCertificate(cert)
		if err != nil {
			panic(err)
		}
		data = c.RawSubjectPublicKeyInfo
	}
	switch matching {
	case 1:
		sum := sha256.Sum256(data)
		data = sum[:]
	case 2:
		sum := sha512.Sum512(data)
		data = sum[:]
	}
	return resolver.TLSA{Usage: usage, Selector: selector, Matching: matching, Data: data}
}

// matched is what DANE says of a chain when these are the records.
func matched(t testing.TB, chain [][]byte, at time.Time, records ...resolver.TLSA) smtpprobe.DANEMatch {
	t.Helper()
	d, missing := smtpprobe.EvaluateDANE(smtpprobe.DANERequest{Domain: "example.org", Host: "mx.example.net"}, but(answers{qTLSA: secure(tlsaOf(records...))}))
	require.Empty(t, missing)
	return d.Match(chain, at)
}

func TestMatchDANE(t *testing.T) {
	root := authority()
	middle := newCA("Middle", root)
	leafKey := ecKey()
	issue := func(a *ca, hosts ...string) []byte {
		return a.issue(template("host", hosts...), leafKey).Certificate[0]
	}
	leaf := issue(middle, "mx.example.net")
	chain := [][]byte{leaf, middle.cert.Raw, root.cert.Raw}
	short := chain[:1]
	expired := template("host", "mx.example.net")
	expired.NotAfter = started.AddDate(0, 0, -1)
	expiredLeaf := middle.issue(expired, leafKey).Certificate[0]
	stranger := newCA("Stranger", nil)
	sha1Leaf := sha1Certificate(t)
	broken := []byte("no certificate")
	rawDigest := sha256.Sum256(broken)
	now := started
	for _, tc := range []struct {
		name    string
		chain   [][]byte
		at      time.Time
		records []resolver.TLSA
		want    smtpprobe.MatchStatus
		depth   int
		reason  string
	}{
		{name: "3 1 1", chain: chain, at: now, records: []resolver.TLSA{tlsaFor(3, 1, 1, leaf)}, want: smtpprobe.MatchOK},
		{name: "3 0 1", chain: chain, at: now, records: []resolver.TLSA{tlsaFor(3, 0, 1, leaf)}, want: smtpprobe.MatchOK},
		{name: "3 1 2", chain: chain, at: now, records: []resolver.TLSA{tlsaFor(3, 1, 2, leaf)}, want: smtpprobe.MatchOK},
		{name: "3 0 0", chain: chain, at: now, records: []resolver.TLSA{tlsaFor(3, 0, 0, leaf)}, want: smtpprobe.MatchOK},
		{name: "3 1 0", chain: chain, at: now, records: []resolver.TLSA{tlsaFor(3, 1, 0, leaf)}, want: smtpprobe.MatchOK},
		{name: "3 1 1 at any time", chain: chain, records: []resolver.TLSA{tlsaFor(3, 1, 1, leaf)}, want: smtpprobe.MatchOK},
		{name: "3 1 1 expired", chain: [][]byte{expiredLeaf}, at: now, records: []resolver.TLSA{tlsaFor(3, 1, 1, expiredLeaf)}, want: smtpprobe.MatchOK},
		{name: "3 1 1 other name", chain: [][]byte{issue(stranger, "other.test")}, at: now, records: []resolver.TLSA{tlsaFor(3, 1, 1, leaf)}, want: smtpprobe.MatchOK},
		{name: "3 0 1 unreadable", chain: [][]byte{broken}, at: now, records: []resolver.TLSA{{Usage: 3, Matching: 1, Data: rawDigest[:]}}, want: smtpprobe.MatchOK},
		{name: "3 1 1 unreadable", chain: [][]byte{broken}, at: now, records: []resolver.TLSA{goodTLSA}, want: smtpprobe.MatchUndecided, reason: "cannot be read"},
		{name: "3 of the issuer", chain: chain, at: now, records: []resolver.TLSA{tlsaFor(3, 1, 1, middle.cert.Raw)}, want: smtpprobe.MatchFailed, reason: "none of the"},
		{name: "3 of another key", chain: chain, at: now, records: []resolver.TLSA{goodTLSA}, want: smtpprobe.MatchFailed, reason: "none of the"},
		{name: "rollover", chain: chain, at: now, records: []resolver.TLSA{goodTLSA, tlsaFor(3, 1, 1, leaf)}, want: smtpprobe.MatchOK},

		{name: "2 0 1 root", chain: chain, at: now, records: []resolver.TLSA{tlsaFor(2, 0, 1, root.cert.Raw)}, want: smtpprobe.MatchOK, depth: 2},
		{name: "2 1 1 middle", chain: chain, at: now, records: []resolver.TLSA{tlsaFor(2, 1, 1, middle.cert.Raw)}, want: smtpprobe.MatchOK, depth: 1},
		{name: "2 of the leaf", chain: chain, at: now, records: []resolver.TLSA{tlsaFor(2, 1, 1, leaf)}, want: smtpprobe.MatchFailed, reason: "none of the"},
		{name: "2 not sent", chain: short, at: now, records: []resolver.TLSA{tlsaFor(2, 0, 1, middle.cert.Raw)}, want: smtpprobe.MatchFailed, reason: "none of the"},
		{name: "2 0 0 not sent", chain: short, at: now, records: []resolver.TLSA{tlsaFor(2, 0, 0, middle.cert.Raw)}, want: smtpprobe.MatchOK, depth: 1},
		{name: "2 0 0 of the root", chain: chain[:2], at: now, records: []resolver.TLSA{tlsaFor(2, 0, 0, root.cert.Raw)}, want: smtpprobe.MatchOK, depth: 2},
		{name: "2 1 0 not sent", chain: short, at: now, records: []resolver.TLSA{tlsaFor(2, 1, 0, middle.cert.Raw)}, want: smtpprobe.MatchOK, depth: 1},
		{name: "2 1 0 of the root", chain: chain[:2], at: now, records: []resolver.TLSA{tlsaFor(2, 1, 0, root.cert.Raw)}, want: smtpprobe.MatchOK, depth: 2},
		{name: "2 1 0 of a stranger", chain: chain, at: now, records: []resolver.TLSA{tlsaFor(2, 1, 0, stranger.cert.Raw)}, want: smtpprobe.MatchFailed, reason: "none of the"},
		{name: "2 0 0 of a stranger", chain: chain, at: now, records: []resolver.TLSA{tlsaFor(2, 0, 0, stranger.cert.Raw)}, want: smtpprobe.MatchFailed, reason: "none of the"},
		{name: "2 and the domain's name", chain: [][]byte{issue(middle, "example.org"), middle.cert.Raw}, at: now, records: []resolver.TLSA{tlsaFor(2, 1, 1, middle.cert.Raw)}, want: smtpprobe.MatchOK, depth: 1},
		{name: "2 and a wildcard", chain: [][]byte{issue(middle, "*.EXAMPLE.net"), middle.cert.Raw}, at: now, records: []resolver.TLSA{tlsaFor(2, 1, 1, middle.cert.Raw)}, want: smtpprobe.MatchOK, depth: 1},
		{name: "2 and a common name", chain: [][]byte{middle.issue(template("mx.example.net"), leafKey).Certificate[0], middle.cert.Raw}, at: now, records: []resolver.TLSA{tlsaFor(2, 1, 1, middle.cert.Raw)}, want: smtpprobe.MatchOK, depth: 1},
		{name: "2 and another name", chain: [][]byte{issue(middle, "other.test"), middle.cert.Raw}, at: now, records: []resolver.TLSA{tlsaFor(2, 1, 1, middle.cert.Raw)}, want: smtpprobe.MatchFailed, reason: "not for mx.example.net or example.org"},
		{name: "2 and a common name beside", chain: [][]byte{middle.issue(template("mx.example.net", "other.test"), leafKey).Certificate[0], middle.cert.Raw}, at: now, records: []resolver.TLSA{tlsaFor(2, 1, 1, middle.cert.Raw)}, want: smtpprobe.MatchFailed, reason: "not for"},
		{name: "2 and a wide wildcard", chain: [][]byte{issue(middle, "*.net"), middle.cert.Raw}, at: now, records: []resolver.TLSA{tlsaFor(2, 1, 1, middle.cert.Raw)}, want: smtpprobe.MatchFailed, reason: "not for"},
		{name: "2 expired", chain: [][]byte{expiredLeaf, middle.cert.Raw}, at: now, records: []resolver.TLSA{tlsaFor(2, 1, 1, middle.cert.Raw)}, want: smtpprobe.MatchFailed, reason: "expired"},
		{name: "2 and another issuer", chain: [][]byte{issue(stranger, "mx.example.net"), middle.cert.Raw}, at: now, records: []resolver.TLSA{tlsaFor(2, 1, 1, middle.cert.Raw)}, want: smtpprobe.MatchFailed, reason: "not valid"},
		{name: "2 without a time", chain: chain, records: []resolver.TLSA{tlsaFor(2, 0, 1, root.cert.Raw)}, want: smtpprobe.MatchUndecided, reason: "without a time"},
		{name: "2 unreadable leaf", chain: [][]byte{broken, middle.cert.Raw}, at: now, records: []resolver.TLSA{tlsaFor(2, 1, 1, middle.cert.Raw)}, want: smtpprobe.MatchUndecided, reason: "cannot be read"},
		{name: "2 with SHA-1", chain: [][]byte{sha1Leaf, middle.cert.Raw}, at: now, records: []resolver.TLSA{tlsaFor(2, 1, 1, middle.cert.Raw)}, want: smtpprobe.MatchUndecided, reason: "not valid"},

		// RFC 7671 section 9: the weaker digest beside a stronger one is not looked at.
		{name: "agility", chain: chain, at: now, records: []resolver.TLSA{tlsaFor(3, 1, 1, leaf), tlsaFor(3, 1, 2, middle.cert.Raw)}, want: smtpprobe.MatchFailed, reason: "none of the 1 usable record"},
		{name: "agility, other selector", chain: chain, at: now, records: []resolver.TLSA{tlsaFor(3, 1, 1, leaf), tlsaFor(3, 0, 2, middle.cert.Raw)}, want: smtpprobe.MatchOK},
		{name: "agility, full stays", chain: chain, at: now, records: []resolver.TLSA{tlsaFor(3, 1, 0, leaf), tlsaFor(3, 1, 2, middle.cert.Raw)}, want: smtpprobe.MatchOK},

		{name: "all unusable", chain: chain, at: now, records: []resolver.TLSA{tlsaFor(1, 1, 1, leaf)}, want: smtpprobe.MatchNone},
		{name: "no chain", at: now, records: []resolver.TLSA{tlsaFor(3, 1, 1, leaf)}, want: smtpprobe.MatchFailed, reason: "no certificate"},
		{name: "endless chain", chain: slicesRepeat(leaf, 1000), at: now, records: []resolver.TLSA{goodTLSA}, want: smtpprobe.MatchUndecided},
		{name: "huge chain", chain: [][]byte{make([]byte, 1<<20)}, at: now, records: []resolver.TLSA{goodTLSA}, want: smtpprobe.MatchUndecided},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := matched(t, tc.chain, tc.at, tc.records...)
			require.Equal(t, tc.want, got.Status, got.Reason)
			require.Equal(t, tc.depth, got.Depth)
			require.Contains(t, got.Reason, tc.reason)
			require.Equal(t, tc.want == smtpprobe.MatchOK, got.Record != "")
		})
	}
}

// TestMatchNothing is for results of DANE that leave nothing to compare.
func TestMatchNothing(t *testing.T) {
	leaf := good().Certificates[0].Certificate
	for _, tc := range []struct {
		d    smtpprobe.DANE
		want smtpprobe.MatchStatus
	}{
		{smtpprobe.DANE{}, smtpprobe.MatchUndecided},
		{smtpprobe.DANE{Status: smtpprobe.DANEFailed}, smtpprobe.MatchUndecided},
		{smtpprobe.DANE{Status: smtpprobe.DANENone}, smtpprobe.MatchNone},
		{smtpprobe.DANE{Status: smtpprobe.DANEInsecure}, smtpprobe.MatchNone},
		{smtpprobe.DANE{Status: smtpprobe.DANEUsable, More: 1}, smtpprobe.MatchUndecided},
		// From a stranger's JSON.
		{smtpprobe.DANE{Status: smtpprobe.DANEUsable, Records: []smtpprobe.TLSARecord{{TLSA: resolver.TLSA{Usage: 9, Selector: 9}, Usable: true}}}, smtpprobe.MatchFailed},
	} {
		require.Equal(t, tc.want, tc.d.Match(leaf, started).Status, "%+v", tc.d)
	}
}

func TestProposeTLSA(t *testing.T) {
	leaf := good().Certificates[0].Certificate[0]
	record, err := smtpprobe.ProposeTLSA("MX.example.net.", 0, leaf)
	require.NoError(t, err)
	require.Regexp(t, `^_25\._tcp\.mx\.example\.net\. IN TLSA 3 1 1 [0-9a-f]{64}$`, record)
	zone := resolver.MustZone(record)
	a, _ := zone.Get(qTLSA)
	require.Equal(t, []resolver.TLSA{tlsaFor(3, 1, 1, leaf)}, a.TLSA)
	require.Equal(t, smtpprobe.MatchOK, matched(t, [][]byte{leaf}, started, a.TLSA...).Status)

	_, err = smtpprobe.ProposeTLSA("a..b", 0, leaf)
	require.ErrorIs(t, err, smtpprobe.ErrName)
	_, err = smtpprobe.ProposeTLSA("mx.example.net", 0, leaf[1:])
	require.ErrorContains(t, err, "smtpprobe: certificate:")
}

// FuzzDANE checks that no records and certificates harm.
func FuzzDANE(f *testing.F) {
	leaf := good().Certificates[0].Certificate[0]
	f.Add(uint8(3), uint8(1), uint8(1), digest[:], leaf, leaf)
	f.Add(uint8(2), uint8(0), uint8(0), leaf, leaf, []byte{})
	f.Add(uint8(2), uint8(1), uint8(0), []byte{}, leaf, authority().cert.Raw)
	f.Fuzz(func(t *testing.T, usage, selector, matching uint8, data, first, second []byte) {
		r := resolver.TLSA{Usage: usage, Selector: selector, Matching: matching, Data: data}
		d, missing := smtpprobe.EvaluateDANE(smtpprobe.DANERequest{Domain: "example.org", Host: "mx.example.net"}, but(answers{qTLSA: secure(tlsaOf(r))}))
		require.Empty(t, missing)
		complete(t, d.Findings)
		m := d.Match([][]byte{first, second}, started)
		require.NotEmpty(t, m.Status)
		require.Equal(t, -1, strings.IndexFunc(m.Reason, func(r rune) bool { return r < ' ' || r >= 0x7f }))
		require.Equal(t, m, d.Match([][]byte{first, second}, started))
	})
}

func BenchmarkMatchDANE(b *testing.B) {
	chain := [][]byte{good().Certificates[0].Certificate[0], authority().cert.Raw}
	for _, r := range []resolver.TLSA{tlsaFor(3, 1, 1, chain[0]), tlsaFor(2, 0, 1, chain[1])} {
		b.Run(fmt.Sprintf("usage=%d", r.Usage), func(b *testing.B) {
			d, _ := smtpprobe.EvaluateDANE(smtpprobe.DANERequest{Domain: "example.org", Host: "mx.example.net"}, but(answers{qTLSA: secure(tlsaOf(r))}))
			b.ReportAllocs()
			for b.Loop() {
				if d.Match(chain, started).Status != smtpprobe.MatchOK {
					b.Fatal("no match")
				}
			}
		})
	}
}

// TestMatchOrder shows that the order of records does not matter.
func TestMatchOrder(t *testing.T) {
	chain := [][]byte{good().Certificates[0].Certificate[0], authority().cert.Raw}
	records := []resolver.TLSA{tlsaFor(3, 1, 1, chain[0]), tlsaFor(2, 0, 1, chain[1]), tlsaFor(2, 1, 2, chain[1]), goodTLSA, tlsaFor(1, 1, 1, chain[0])}
	want := matched(t, chain, started, records...)
	rnd := rand.New(rand.NewSource(1))
	for range 50 {
		rnd.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		require.Equal(t, want, matched(t, chain, started, records...))
	}
}
