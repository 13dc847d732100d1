package smtpprobe_test

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

const (
	advDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	advSecure = "example.org !secure\nexample.net !secure\nexample.com !secure\n"
)

// RFC 7672 section 2.
func TestAdversaryDANE(t *testing.T) {
	const route = "example.org MX 10 mx.example.org\nmx.example.org A 8.8.8.8\n"
	rec := func(name, data string) string { return name + " TLSA " + data + "\n" }
	good := rec("_25._tcp.mx.example.org", "3 1 1 "+advDigest)
	for name, tt := range map[string]struct {
		zone   string
		req    smtpprobe.DANERequest
		status []smtpprobe.DANEStatus
		base   string
		mx     smtpprobe.Fact // whether the MX is secure; empty when it does not matter
		names  []string
	}{
		"all secure":                           {zone: advSecure + route + good, status: daneIs("usable"), base: "mx.example.org", mx: "yes", names: []string{"mx.example.org", "example.org"}},
		"nothing secure":                       {zone: route + good, status: daneIs("insecure")},
		"MX insecure (2.2.1)":                  {zone: advSecure + "example.org MX !insecure\n" + route + good, status: daneIs("usable"), base: "mx.example.org", mx: "no", names: []string{"mx.example.org"}},
		"address insecure (2.2.2)":             {zone: advSecure + "mx.example.org A !insecure\nmx.example.org AAAA !insecure\n" + route + good, status: daneIs("insecure")},
		"address insecure, TLSA fails (2.2.2)": {zone: advSecure + "mx.example.org !insecure\n" + route + "_25._tcp.mx.example.org TLSA !servfail\n", status: daneIs("insecure")},
		"TLSA insecure":                        {zone: advSecure + "_25._tcp.mx.example.org !insecure\n" + route + good, status: daneIs("insecure")},
		"TLSA absent":                          {zone: advSecure + route, status: daneIs("none")},
		"TLSA of no data":                      {zone: advSecure + route + "_25._tcp.mx.example.org TXT x\n", status: daneIs("none")},
		"TLSA servfail (2.2)":                  {zone: advSecure + route + "_25._tcp.mx.example.org TLSA !servfail\n", status: daneIs("failed")},
		"TLSA refused":                         {zone: advSecure + route + "_25._tcp.mx.example.org TLSA !refused\n", status: daneIs("failed")},
		"TLSA timeout":                         {zone: advSecure + route + "_25._tcp.mx.example.org TLSA !timeout\n", status: daneIs("failed")},
		"addresses servfail":                   {zone: advSecure + "example.org MX 10 mx.example.org\nmx.example.org !servfail\n" + good, status: daneIs("failed")},
		"usage 0":                              {zone: advSecure + route + rec("_25._tcp.mx.example.org", "0 1 1 "+advDigest), status: daneIs("unusable")},
		"usage 1":                              {zone: advSecure + route + rec("_25._tcp.mx.example.org", "1 1 1 "+advDigest), status: daneIs("unusable")},
		"usage 4":                              {zone: advSecure + route + rec("_25._tcp.mx.example.org", "4 1 1 "+advDigest), status: daneIs("unusable")},
		"usage 255":                            {zone: advSecure + route + rec("_25._tcp.mx.example.org", "255 1 1 "+advDigest), status: daneIs("unusable")},
		"selector 2":                           {zone: advSecure + route + rec("_25._tcp.mx.example.org", "3 2 1 "+advDigest), status: daneIs("unusable")},
		"matching 3":                           {zone: advSecure + route + rec("_25._tcp.mx.example.org", "3 1 3 "+advDigest), status: daneIs("unusable")},
		"short digest":                         {zone: advSecure + route + rec("_25._tcp.mx.example.org", "3 1 1 "+advDigest[2:]), status: daneIs("unusable")},
		"long digest":                          {zone: advSecure + route + rec("_25._tcp.mx.example.org", "3 1 1 "+advDigest+"00"), status: daneIs("unusable")},
		"a digest of another kind":             {zone: advSecure + route + rec("_25._tcp.mx.example.org", "3 1 2 "+advDigest), status: daneIs("unusable")},
		"one of them usable":                   {zone: advSecure + route + good + rec("_25._tcp.mx.example.org", "0 1 1 "+advDigest), status: daneIs("usable"), base: "mx.example.org"},
		"another port":                         {zone: advSecure + route + rec("_587._tcp.mx.example.org", "3 1 1 "+advDigest), req: smtpprobe.DANERequest{Port: 587}, status: daneIs("usable"), base: "mx.example.org"},
		"a port without":                       {zone: advSecure + route + good, req: smtpprobe.DANERequest{Port: 587}, status: daneIs("none")},
		"records by alias (2.2.3)":             {zone: advSecure + route + "_25._tcp.mx.example.org CNAME tlsa._dane.example.net\n" + rec("tlsa._dane.example.net", "2 0 1 "+advDigest), status: daneIs("usable"), base: "mx.example.org", names: []string{"mx.example.org", "example.org"}},
		"records by an insecure alias":         {zone: "example.org !secure\n" + route + "_25._tcp.mx.example.org CNAME tlsa._dane.example.net\n" + rec("tlsa._dane.example.net", "2 0 1 "+advDigest), status: daneIs("insecure")},
		"records by an alias to nowhere":       {zone: advSecure + route + "_25._tcp.mx.example.org CNAME gone.example.net\n", status: daneIs("none")},
		"records by an alias that fails":       {zone: advSecure + route + "_25._tcp.mx.example.org CNAME sf.example.net\nsf.example.net !servfail\n", status: daneIs("failed")},

		"secure alias, records at its end":         {zone: advSecure + "example.org MX 10 mx.example.org\nmx.example.org CNAME real.example.net\nreal.example.net A 8.8.8.8\n" + rec("_25._tcp.real.example.net", "3 1 1 "+advDigest), status: daneIs("usable"), base: "real.example.net", names: []string{"real.example.net", "example.org"}},
		"secure alias, records at its start":       {zone: advSecure + "example.org MX 10 mx.example.org\nmx.example.org CNAME real.example.net\nreal.example.net A 8.8.8.8\n" + good, status: daneIs("usable"), base: "mx.example.org", names: []string{"mx.example.org", "example.org"}},
		"secure alias, records at both":            {zone: advSecure + "example.org MX 10 mx.example.org\nmx.example.org CNAME real.example.net\nreal.example.net A 8.8.8.8\n" + good + rec("_25._tcp.real.example.net", "3 1 1 "+advDigest), status: daneIs("usable"), base: "real.example.net"},
		"secure alias, its end fails":              {zone: advSecure + "example.org MX 10 mx.example.org\nmx.example.org CNAME real.example.net\nreal.example.net A 8.8.8.8\n" + good + "_25._tcp.real.example.net TLSA !servfail\n", status: daneIs("failed")},
		"secure alias, nothing at both":            {zone: advSecure + "example.org MX 10 mx.example.org\nmx.example.org CNAME real.example.net\nreal.example.net A 8.8.8.8\n", status: daneIs("none")},
		"secure alias, insecure end of it (2.2.2)": {zone: "example.org !secure\nexample.org MX 10 mx.example.org\nmx.example.org CNAME real.example.net\nreal.example.net A 8.8.8.8\n" + good, status: daneIs("usable"), base: "mx.example.org"},
		"insecure alias, secure end of it (2.2.2)": {zone: "example.net !secure\nexample.org MX 10 mx.example.org\nmx.example.org CNAME real.example.net\nreal.example.net A 8.8.8.8\n" + rec("_25._tcp.real.example.net", "3 1 1 "+advDigest), status: daneIs("insecure")},
		"no MX (2.2.2)":                            {zone: advSecure + "example.org A 8.8.8.8\n" + rec("_25._tcp.example.org", "3 1 1 "+advDigest), status: daneIs("usable"), base: "example.org", mx: "yes", names: []string{"example.org"}},
		"no MX, and an alias (2.2.2)":              {zone: advSecure + "example.org CNAME real.example.net\nreal.example.net A 8.8.8.8\n" + rec("_25._tcp.real.example.net", "2 0 1 "+advDigest), status: daneIs("usable"), base: "real.example.net", names: []string{"real.example.net", "example.org"}},
		"only AAAA":                                {zone: advSecure + "example.org MX 10 mx.example.org\nmx.example.org AAAA 2606:4700::1\n" + good, status: daneIs("usable"), base: "mx.example.org"},
		"a host that is an address":                {zone: advSecure + "example.org MX 10 192.0.2.1\n", req: smtpprobe.DANERequest{Host: "[192.0.2.1]"}, status: daneIs("invalid", "none")},
		"no host can have the name":                {zone: advSecure, req: smtpprobe.DANERequest{Domain: "a..b", Host: "a..b"}, status: daneIs("invalid")},
		"3.2.2: an alias of the domain, mx10":      {zone: advExchange, req: smtpprobe.DANERequest{Domain: "exchange.example.org", Host: "mx10.example.com"}, status: daneIs("usable"), base: "mx10.example.com", names: []string{"mx10.example.com", "exchange.example.org", "example.com"}},
		"3.2.2: an alias of the domain, mx15":      {zone: advExchange, req: smtpprobe.DANERequest{Domain: "exchange.example.org", Host: "mx15.example.com"}, status: daneIs("usable"), base: "mx15.example.com", names: []string{"mx15.example.com", "exchange.example.org", "example.com"}},
		"3.2.2: an alias of the domain, mx20":      {zone: advExchange, req: smtpprobe.DANERequest{Domain: "exchange.example.org", Host: "mx20.example.com"}, status: daneIs("usable"), base: "mxbackup.example.net", names: []string{"mxbackup.example.net", "exchange.example.org", "example.com"}},
	} {
		t.Run(name, func(t *testing.T) {
			req := tt.req
			if req.Domain == "" {
				req.Domain = "example.org"
			}
			zone := resolver.MustZone(tt.zone)
			if req.Host == "" {
				if a, _ := zone.Get(resolver.Q("example.org", resolver.TypeMX)); len(a.MX) > 0 {
					req.Host = "mx.example.org"
				}
			}
			d, missing := smtpprobe.EvaluateDANE(req, zone)
			require.Empty(t, missing)
			require.Contains(t, tt.status, d.Status, "%+v", d)
			if tt.base != "" {
				require.Equal(t, tt.base, d.Base)
			}
			if tt.mx != "" {
				require.Equal(t, tt.mx == "yes", d.MXSecure)
			}
			if tt.names != nil {
				require.ElementsMatch(t, tt.names, d.Names)
				require.Equal(t, tt.names[0], d.Names[0])
			}
			if d.Status != smtpprobe.DANEUsable {
				require.NotEqual(t, smtpprobe.MatchOK, d.Match(nil, time.Now()).Status)
			}
			advFaults(t, req, zone, d.Status)
		})
	}
}

const advExchange = advSecure + `exchange.example.org CNAME mail.example.org
mail.example.org CNAME example.com
example.com MX 10 mx10.example.com
example.com MX 15 mx15.example.com
example.com MX 20 mx20.example.com
mx10.example.com A 8.8.8.8
_25._tcp.mx10.example.com TLSA 2 0 1 ` + advDigest + `
mx15.example.com CNAME mxbackup.example.com
mxbackup.example.com A 8.8.8.8
_25._tcp.mx15.example.com TLSA 2 0 1 ` + advDigest + `
mx20.example.com CNAME mxbackup.example.net
mxbackup.example.net A 8.8.8.8
_25._tcp.mxbackup.example.net TLSA 2 0 1 ` + advDigest + "\n"

func daneIs(s ...smtpprobe.DANEStatus) []smtpprobe.DANEStatus { return s }

// advFaults lets each question fail in turn: what DANE asked for before, it does not
// stop to ask for.
func advFaults(t *testing.T, req smtpprobe.DANERequest, zone *resolver.Zone, before smtpprobe.DANEStatus) {
	t.Helper()
	v := resolver.Snapshot{}
	for range 20 {
		_, missing := smtpprobe.EvaluateDANE(req, v)
		for _, q := range missing {
			v[q], _ = zone.Lookup(context.Background(), q)
		}
		if len(missing) == 0 {
			break
		}
	}
	for q, a := range v {
		for _, s := range advFailures {
			v[q] = resolver.Answer{Status: s}
			d, missing := smtpprobe.EvaluateDANE(req, allButFailed{v, zone})
			require.Empty(t, missing)
			switch before {
			case smtpprobe.DANEUsable, smtpprobe.DANEUnusable:
				require.Contains(t, daneIs(before, smtpprobe.DANEFailed), d.Status, "%v", q)
			default:
				require.Contains(t, daneIs(before, smtpprobe.DANEFailed), d.Status, "%v", q)
			}
		}
		v[q] = a
	}
}

type allButFailed struct {
	v    resolver.Snapshot
	zone *resolver.Zone
}

func (a allButFailed) Get(q resolver.Question) (resolver.Answer, bool) {
	if x, ok := a.v[q]; ok {
		return x, true
	}
	return a.zone.Get(q)
}

// advTLSA makes a record for a certificate.
func advTLSA(usage, selector, matching uint8, cert *x509.Certificate) resolver.TLSA {
	data := cert.Raw
	if selector == 1 {
		data = cert.RawSubjectPublicKeyInfo
	}
	switch matching {
	case 1:
		h := sha256.Sum256(data)
		data = h[:]
	case 2:
		h := sha512.Sum512(data)
		data = h[:]
	}
	return resolver.TLSA{Usage: usage, Selector: selector, Matching: matching, Data: slices.Clone(data)}
}

// advDANE is what DANE asks with the records, when all is secure.
func advDANE(t *testing.T, records ...resolver.TLSA) smtpprobe.DANE {
	t.Helper()
	d, missing := smtpprobe.EvaluateDANE(smtpprobe.DANERequest{Domain: "example.org", Host: "mx.example.org"}, resolver.Snapshot{
		resolver.Q("example.org", resolver.TypeMX):               {Status: resolver.Success, Secure: true, MX: []resolver.MXHost{{Host: "mx.example.org"}}},
		resolver.Q("mx.example.org", resolver.TypeA):             {Status: resolver.Success, Secure: true, Addrs: []netip.Addr{netip.MustParseAddr("8.8.8.8")}},
		resolver.Q("mx.example.org", resolver.TypeAAAA):          {Status: resolver.NoData, Secure: true},
		resolver.Q("_25._tcp.mx.example.org", resolver.TypeTLSA): {Status: resolver.Success, Secure: true, TLSA: records},
	})
	require.Empty(t, missing)
	return d
}

// advMatch is a naive reading of RFC 7671 sections 5 and 9, and RFC 7672 section 3, on
// crypto/x509. The records are all usable.
func advMatch(records []resolver.TLSA, chain []*x509.Certificate, names []string, at time.Time) bool {
	for _, r := range records {
		strongest := true
		for _, o := range records { // digest agility
			if r.Matching != 0 && o.Usage == r.Usage && o.Selector == r.Selector && o.Matching > r.Matching {
				strongest = false
			}
		}
		if !strongest {
			continue
		}
		is := func(c *x509.Certificate) bool {
			return string(advTLSA(r.Usage, r.Selector, r.Matching, c).Data) == string(r.Data)
		}
		if r.Usage == 3 {
			if len(chain) > 0 && is(chain[0]) {
				return true
			}
			continue
		}
		anchors := slices.Clone(chain[min(1, len(chain)):])
		if r.Matching == 0 && r.Selector == 0 {
			if c, err := x509.ParseCertificate(r.Data); err == nil {
				anchors = append(anchors, c)
			}
		}
		for _, anchor := range anchors {
			if !is(anchor) || anchor.Equal(chain[0]) { // who issues it is another
				continue
			}
			roots, others := x509.NewCertPool(), x509.NewCertPool()
			roots.AddCert(anchor)
			for _, c := range chain[1:] {
				others.AddCert(c)
			}
			for _, n := range names {
				if _, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: others, DNSName: n, CurrentTime: at}); err == nil {
					return true
				}
			}
		}
	}
	return false
}

func TestAdversaryDANEMatchReference(t *testing.T) {
	now := time.Now()
	root := advRoot("Root")
	inter := advSign(root, x509.Certificate{Subject: pkix.Name{CommonName: "Inter"}, IsCA: true})
	interOld := advSign(root, x509.Certificate{Subject: pkix.Name{CommonName: "Inter old"}, IsCA: true, NotBefore: now.Add(-48 * time.Hour), NotAfter: now.Add(-24 * time.Hour)})
	other := advRoot("Other")
	notCA := advSign(root, x509.Certificate{Subject: pkix.Name{CommonName: "No authority"}, DNSNames: []string{"mx.example.org"}})
	leaves := []struct {
		leaf *advCA
		up   []*advCA
	}{
		{advLeaf(inter, "mx.example.org"), []*advCA{inter, root}},
		{advLeaf(inter, "example.org"), []*advCA{inter, root}},
		{advLeaf(inter, "*.example.org"), []*advCA{inter, root}},
		{advLeaf(inter, "m*.example.org"), []*advCA{inter, root}},
		{advLeaf(inter, "*.org", "*"), []*advCA{inter, root}},
		{advLeaf(inter, "other.example"), []*advCA{inter, root}},
		{advLeaf(interOld, "mx.example.org"), []*advCA{interOld, root}},
		{advSign(inter, x509.Certificate{DNSNames: []string{"mx.example.org"}, NotBefore: now.Add(-48 * time.Hour), NotAfter: now.Add(-time.Hour)}), []*advCA{inter, root}},
		{advSign(inter, x509.Certificate{DNSNames: []string{"mx.example.org"}, NotBefore: now.Add(time.Hour), NotAfter: now.Add(2 * time.Hour)}), []*advCA{inter, root}},
		{advLeaf(notCA, "mx.example.org"), []*advCA{notCA, root}},
		{advLeaf(other, "mx.example.org"), []*advCA{inter, root}}, // the chain is somebody else's
		{advSign(nil, x509.Certificate{Subject: pkix.Name{CommonName: "self"}, DNSNames: []string{"mx.example.org"}}), []*advCA{}},
		{advLeaf(root, "mx.example.org"), []*advCA{root}},
	}
	rng := rand.New(rand.NewPCG(9, 10)) //nolint:gosec // a test
	matched := 0
	for i := range 3000 {
		l := leaves[rng.IntN(len(leaves))]
		chain := []*x509.Certificate{l.leaf.cert}
		for _, c := range l.up {
			if rng.IntN(4) > 0 {
				chain = append(chain, c.cert)
			}
		}
		if rng.IntN(6) == 0 {
			chain = append(chain, other.cert)
		}
		var der [][]byte
		for _, c := range chain {
			der = append(der, c.Raw)
		}
		certs := []*x509.Certificate{l.leaf.cert, inter.cert, root.cert, other.cert, interOld.cert, notCA.cert}
		var records []resolver.TLSA
		text := ""
		for range 1 + rng.IntN(4) {
			c := rng.IntN(len(certs))
			usage, selector, matching := uint8(2+rng.IntN(2)), uint8(rng.IntN(2)), uint8(rng.IntN(3)) //nolint:gosec // small
			if usage == 2 && selector == 1 && matching == 0 {
				continue // a bare key; whether it can be used is the client's choice (RFC 7671 section 5.2.2)
			}
			r := advTLSA(usage, selector, matching, certs[c])
			if slices.ContainsFunc(records, func(o resolver.TLSA) bool { return fmt.Sprint(o) == fmt.Sprint(r) }) {
				continue
			}
			records = append(records, r)
			text += fmt.Sprintf("%d %d %d of %d; ", usage, selector, matching, c)
		}
		if len(records) == 0 {
			continue
		}
		d := advDANE(t, records...)
		require.Equal(t, smtpprobe.DANEUsable, d.Status)
		want := advMatch(records, chain, d.Names, now)
		got := d.Match(der, now)
		var subjects []string
		for _, c := range chain {
			subjects = append(subjects, c.Subject.String()+" "+strings.Join(c.DNSNames, ","))
		}
		require.Equal(t, want, got.Status == smtpprobe.MatchOK, "%d: %s: %v: %+v", i, text, subjects, got)
		if want {
			matched++
		} else {
			require.Equal(t, smtpprobe.MatchFailed, got.Status)
			require.NotEmpty(t, got.Reason)
		}
	}
	require.Greater(t, matched, 300)
}

func TestAdversaryDANEMatch(t *testing.T) {
	now := time.Now()
	root := advRoot("Root")
	// The common name counts when there is no other (RFC 7672 section 3.2.3).
	cn := advSign(root, x509.Certificate{Subject: pkix.Name{CommonName: "mx.example.org"}})
	both := advSign(root, x509.Certificate{Subject: pkix.Name{CommonName: "mx.example.org"}, DNSNames: []string{"x.example.net"}})
	for _, tt := range []struct {
		leaf *advCA
		want smtpprobe.MatchStatus
	}{{cn, smtpprobe.MatchOK}, {both, smtpprobe.MatchFailed}} {
		d := advDANE(t, advTLSA(2, 0, 1, root.cert))
		require.Equal(t, tt.want, d.Match([][]byte{tt.leaf.cert.Raw, root.cert.Raw}, now).Status, "%v", tt.leaf.cert.Subject)
	}
	// A key, whose certificate cannot be read, matches all the same by its digest, or
	// not; nothing breaks.
	leaf := advLeaf(root, "mx.example.org")
	garbage := []byte("\x30\x82\xff\xff garbage")
	h := sha256.Sum256(garbage)
	for _, chain := range [][][]byte{nil, {}, {nil}, {{}}, {garbage}, {leaf.cert.Raw, garbage}, {leaf.cert.Raw, nil, root.cert.Raw}, {append(slices.Clone(leaf.cert.Raw), 0)}} {
		for _, r := range []resolver.TLSA{advTLSA(3, 1, 1, leaf.cert), advTLSA(2, 0, 1, root.cert), {Usage: 3, Selector: 0, Matching: 1, Data: h[:]}, {Usage: 3, Selector: 0, Matching: 0, Data: garbage}, {Usage: 2, Selector: 0, Matching: 0, Data: garbage}} {
			d := advDANE(t, r)
			require.NotPanics(t, func() { d.Match(chain, now) })
			if len(chain) == 0 {
				require.NotEqual(t, smtpprobe.MatchOK, d.Match(chain, now).Status)
			}
		}
	}
	// A record beyond the limit, and one that is not usable, match nothing.
	many := make([]resolver.TLSA, 0, 1000)
	for i := range 1000 {
		d := sha256.Sum256(fmt.Append(nil, i))
		many = append(many, resolver.TLSA{Usage: 3, Selector: 1, Matching: 1, Data: d[:]})
	}
	d := advDANE(t, many...)
	require.LessOrEqual(t, len(d.Records), smtpprobe.MaxTLSA)
	require.NotEqual(t, smtpprobe.MatchOK, d.Match([][]byte{leaf.cert.Raw}, now).Status)
	d = advDANE(t, advTLSA(1, 1, 1, leaf.cert), resolver.TLSA{Usage: 3, Selector: 1, Matching: 1, Data: make([]byte, 32)})
	require.Equal(t, smtpprobe.MatchFailed, d.Match([][]byte{leaf.cert.Raw}, now).Status)
	// An insecure record authenticates nobody, whatever was stored besides.
	d = advDANE(t, advTLSA(3, 1, 1, leaf.cert))
	for _, s := range []smtpprobe.DANEStatus{smtpprobe.DANEInsecure, smtpprobe.DANENone, smtpprobe.DANEFailed, smtpprobe.DANEInvalid, smtpprobe.DANEUnusable, ""} {
		d.Status = s
		require.NotEqual(t, smtpprobe.MatchOK, d.Match([][]byte{leaf.cert.Raw}, now).Status, s)
	}
}
