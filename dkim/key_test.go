package dkim_test

import (
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dkim"
)

// The keys of RFC 8463 appendix A.2.
const (
	ed25519P = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
	rsa1024P = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
)

// fakeRSA returns a public key that nobody has the private key of.
func fakeRSA(bits int) *rsa.PublicKey {
	n := new(big.Int).SetBit(new(big.Int), bits-1, 1)
	return &rsa.PublicKey{N: n.Add(n, big.NewInt(0xbeef)), E: 65537}
}

func spkiText(t testing.TB, public any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(der)
}

func pkcs1(public *rsa.PublicKey) string {
	return base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PublicKey(public))
}

func TestParse(t *testing.T) {
	tests := map[string]struct {
		text string
		want dkim.Key // without Data and Text
	}{
		"plain":           {"v=DKIM1; k=rsa; p=" + rsa1024P, dkim.Key{Version: "DKIM1", Type: dkim.RSA, Bits: 1024}},
		"key alone":       {"p=" + rsa1024P, dkim.Key{Type: dkim.RSA, Bits: 1024}},
		"ed25519":         {"v=DKIM1; k=ed25519; p=" + ed25519P, dkim.Key{Version: "DKIM1", Type: dkim.Ed25519, Bits: 256}},
		"no padding":      {"k=ed25519; p=" + strings.TrimRight(ed25519P, "="), dkim.Key{Type: dkim.Ed25519, Bits: 256}},
		"pkcs1":           {"p=" + pkcs1(fakeRSA(2048)), dkim.Key{Type: dkim.RSA, Bits: 2048, PKCS1: true}},
		"largest":         {"p=" + pkcs1(fakeRSA(16384)), dkim.Key{Type: dkim.RSA, Bits: 16384, PKCS1: true}},
		"tiny":            {"p=" + pkcs1(fakeRSA(512)), dkim.Key{Type: dkim.RSA, Bits: 512, PKCS1: true}},
		"revoked":         {"v=DKIM1; p=", dkim.Key{Version: "DKIM1", Type: dkim.RSA, Revoked: true}},
		"revoked, blank":  {"v=DKIM1; p= ;", dkim.Key{Version: "DKIM1", Type: dkim.RSA, Revoked: true}},
		"unknown type":    {"k=Dilithium; p=AAAA", dkim.Key{Type: "dilithium"}},
		"unknown tags":    {"v=DKIM1; g=*; p=" + rsa1024P + "; x_1=y z;", dkim.Key{Version: "DKIM1", Type: dkim.RSA, Bits: 1024}},
		"letters of tags": {"P=none; p=" + rsa1024P, dkim.Key{Type: dkim.RSA, Bits: 1024}},
		"white space": {
			"\tv = DKIM1 ;\r\n k\t=\r\n\trsa ; p = " + rsa1024P[:10] + " \t\r\n " + rsa1024P[10:] + " ; ",
			dkim.Key{Version: "DKIM1", Type: dkim.RSA, Bits: 1024},
		},
		"lists": {
			"h=sha1 : SHA256:x-y; s=Email:*; t= y:S : z; n=a=20\r\n b; p=" + rsa1024P,
			dkim.Key{
				Type: dkim.RSA, Bits: 1024, Hashes: []string{"sha1", "sha256", "x-y"}, Services: []string{"email", "*"},
				Flags: []string{"y", "s", "z"}, Testing: true, Strict: true, Notes: "a=20 b",
			},
		},
		"no flags": {"t=; p=" + rsa1024P, dkim.Key{Type: dkim.RSA, Bits: 1024}},
		"utf-8":    {"n=gr\u00fcn; p=" + rsa1024P, dkim.Key{Type: dkim.RSA, Bits: 1024, Notes: "gr\u00fcn"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			k, err := dkim.Parse(tt.text)
			require.NoError(t, err)
			require.Equal(t, tt.text, k.Text)
			require.Equal(t, k.Revoked, len(k.Data) == 0)
			require.Equal(t, k.Bits > 0, k.Public() != nil)

			text, err := json.Marshal(k)
			require.NoError(t, err)
			var back dkim.Key
			require.NoError(t, json.Unmarshal(text, &back))
			require.Equal(t, k, &back)

			again, err := dkim.Parse(k.String())
			require.NoError(t, err)
			require.Equal(t, k.String(), again.String())
			require.Equal(t, k.Public(), again.Public())

			got := dkim.Key{
				Version: k.Version, Type: k.Type, Hashes: k.Hashes, Services: k.Services, Flags: k.Flags, Testing: k.Testing,
				Strict: k.Strict, Notes: k.Notes, Revoked: k.Revoked, Bits: k.Bits, PKCS1: k.PKCS1,
			}
			require.Equal(t, tt.want, got)
		})
	}
}

func TestParseErrors(t *testing.T) {
	even := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2047), E: 65537}
	tests := map[string]struct {
		text   string
		offset int
		tag    string
		reason string
	}{
		"empty":              {"", 0, "", "a tag is missing"},
		"blank":              {"  ", 2, "", "a tag is missing"},
		"no key":             {"v=DKIM1", 7, "p", "the tag is missing"},
		"capital":            {"P=" + rsa1024P, 2 + len(rsa1024P), "p", "the tag is missing"},
		"version":            {"v=DKIM1.0; p=", 2, "v", "not \"DKIM1\""},
		"version's case":     {"v=dkim1; p=", 2, "v", "not \"DKIM1\""},
		"version late":       {"k=rsa; v=DKIM1; p=", 9, "v", "the first tag"},
		"twice":              {"p=; p=", 4, "p", "twice"},
		"unknown twice":      {"p=; x=1; x=2", 9, "x", "twice"},
		"semicolons":         {"v=DKIM1;; p=", 8, "", "a tag is missing"},
		"no equals sign":     {"v=DKIM1; k; p=", 10, "k", `"=" is missing`},
		"no name":            {"v=DKIM1; =x; p=", 9, "", "must start with a letter"},
		"digit":              {"1=x; p=", 0, "", "must start with a letter"},
		"hyphen":             {"a-b=x; p=", 1, "a", `"=" is missing`},
		"no type":            {"k=; p=", 2, "k", "no key type"},
		"no hash":            {"h=:; p=", 2, "h", "no hash algorithm"},
		"no service":         {"s= ; p=", 3, "s", "no service type"},
		"control":            {"n=\x00; p=", 2, "n", "no value may hold"},
		"C1 control":         {"n=\u0085; p=", 2, "n", "no value may hold"},
		"not utf-8":          {"n=a\xff; p=", 3, "n", "no value may hold"},
		"line break":         {"p=AA\nAA", 4, "p", "no value may hold"},
		"final line break":   {"p=AAAA\r\n", 6, "p", "no value may hold"},
		"quote":              {"p=AA\"AA", 4, "p", "does not belong there"},
		"base64 padding":     {"p=AA=A", 5, "p", "equals sign at the end"},
		"base64 signs":       {"p=AA===", 6, "p", "too many"},
		"base64 signs only":  {"p==", 3, "p", "the end is missing"},
		"base64 end":         {"p=AAAAA", 7, "p", "the end is missing"},
		"not a key":          {"p=AAAA", 2, "p", "no RSA key"},
		"elliptic":           {"p=MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==", 2, "p", "no RSA key"},
		"even":               {"p=" + pkcs1(even), 2, "p", "even"},
		"exponent":           {"p=" + pkcs1(&rsa.PublicKey{N: fakeRSA(1024).N, E: 1}), 2, "p", "exponent"},
		"short ed25519":      {"k=ed25519; p=AAAA", 13, "p", "32 octets, and this has 3"},
		"rsa as ed25519":     {"k=ed25519; p=" + rsa1024P, 13, "p", "32 octets"},
		"a bit too large":    {"p=" + pkcs1(fakeRSA(16385)), 2, "p", "over 16384 bits"},
		"256 K bits":         {"p=" + pkcs1(fakeRSA(256*1024)), 2, "p", "over 16384 bits"},
		"longer than record": {strings.Repeat("x", 65536), 65535, "", "longer than a TXT record"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			k, err := dkim.Parse(tt.text)
			require.Nil(t, k)
			var syntax *dkim.SyntaxError
			require.ErrorAs(t, err, &syntax)
			require.Equal(t, tt.offset, syntax.Offset)
			require.Equal(t, tt.tag, syntax.Tag)
			require.Contains(t, syntax.Reason, tt.reason)
			require.Contains(t, err.Error(), syntax.Reason)
		})
	}
}

func TestKeyAllows(t *testing.T) {
	all, err := dkim.Parse("p=")
	require.NoError(t, err)
	some, err := dkim.Parse("h=sha1; s=tlsrpt; p=")
	require.NoError(t, err)
	every, err := dkim.Parse("s=x:*; p=")
	require.NoError(t, err)
	require.True(t, all.AllowsHash("sha256"))
	require.True(t, all.AllowsService("email"))
	require.True(t, some.AllowsHash("SHA1"))
	require.False(t, some.AllowsHash("sha256"))
	require.True(t, some.AllowsService("TLSRPT"))
	require.False(t, some.AllowsService("email"))
	require.True(t, every.AllowsService("email"))
}

func TestKeyJSONRefused(t *testing.T) {
	for _, text := range []string{
		`{"type":"rsa","data":"AAAA"}`,
		`{"type":"ed25519","data":"AAAA"}`,
		`{"type":1}`,
	} {
		require.Error(t, json.Unmarshal([]byte(text), new(dkim.Key)), text)
	}
}

func TestKeyTypes(t *testing.T) {
	k, err := dkim.Parse("k=ed25519; p=" + ed25519P)
	require.NoError(t, err)
	require.IsType(t, ed25519.PublicKey{}, k.Public())
	k, err = dkim.Parse("p=" + rsa1024P)
	require.NoError(t, err)
	require.IsType(t, &rsa.PublicKey{}, k.Public())
}

// TestParseLong has records of 64 KiB in which something costs most. With a parser
// that is not linear it does not end in time.
func TestParseLong(t *testing.T) {
	fill := func(unit string) string { return strings.Repeat(unit, 65535/len(unit)) }
	for name, text := range map[string]string{
		"blanks":      fill(" "),
		"folds":       fill("\r\n "),
		"semicolons":  "p=" + fill(";")[2:],
		"names":       fill("a"),
		"base64":      "p=" + fill("A")[4:],
		"p blanks":    "p=" + fill("A ")[4:],
		"list":        "h=" + fill("a:")[4:],
		"half a fold": fill("\r\n"),
	} {
		for range 20 {
			_, err := dkim.Parse(text)
			require.Error(t, err, name)
		}
	}
	var b strings.Builder
	for i := range 8000 {
		b.WriteString("a" + big.NewInt(int64(i)).Text(36) + "=;")
	}
	b.WriteString("p=")
	_, err := dkim.Parse(b.String())
	require.NoError(t, err)
}
