package dkim_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

func TestGenerate(t *testing.T) {
	rsa0, err := dkim.GenerateRSA(0)
	require.NoError(t, err)
	rsa1024, err := dkim.GenerateRSA(1024)
	require.NoError(t, err)
	ed, err := dkim.GenerateEd25519()
	require.NoError(t, err)
	signers := map[string]struct {
		signer crypto.Signer
		kind   dkim.KeyType
		bits   int
	}{"rsa": {rsa0, dkim.RSA, 2048}, "rsa1024": {rsa1024, dkim.RSA, 1024}, "ed25519": {ed, dkim.Ed25519, 256}}
	for name, tt := range signers {
		t.Run(name, func(t *testing.T) {
			record, err := dkim.Record(tt.signer.Public(), dkim.RecordOptions{})
			require.NoError(t, err)
			// The record goes through DNS, and comes back as the same key.
			zone := resolver.MustZone(dkim.ZoneLine(keyName, record))
			rep, err := dkim.Checker{Resolver: zone}.CheckKey(t.Context(), "s", "example.org")
			require.NoError(t, err)
			require.Equal(t, dkim.KeyFound, rep.Status)
			require.Equal(t, record, rep.Key.Text)
			require.Equal(t, tt.kind, rep.Key.Type)
			require.Equal(t, tt.bits, rep.Key.Bits)
			for other, s := range signers {
				if other == name {
					require.NoError(t, rep.Key.Matches(s.signer))
				} else {
					require.ErrorIs(t, rep.Key.Matches(s.signer), dkim.ErrKeyMismatch)
				}
			}
		})
	}
	for _, bits := range []int{-1, 1, 512, 1023, 4097, 1 << 30} {
		_, err := dkim.GenerateRSA(bits)
		require.Error(t, err)
	}
	for _, text := range []string{dkim.RevokedRecord, "k=x; p=AAAA"} {
		k, err := dkim.Parse(text)
		require.NoError(t, err)
		require.ErrorIs(t, k.Matches(ed), dkim.ErrKeyMismatch)
	}
}

func TestRecord(t *testing.T) {
	k, err := dkim.Parse("k=ed25519; p=" + ed25519P)
	require.NoError(t, err)
	tests := map[string]struct {
		opts dkim.RecordOptions
		want string // "" for an error
	}{
		"plain": {dkim.RecordOptions{}, "v=DKIM1; k=ed25519; p=" + ed25519P},
		"all": {
			dkim.RecordOptions{Hashes: []string{"sha256"}, Services: []string{"email"}, Flags: []string{"s", "y"}, Notes: "see=3Bnotes, or not"},
			"v=DKIM1; k=ed25519; h=sha256; s=email; t=s:y; n=see=3Bnotes, or not; p=" + ed25519P,
		},
		"semicolon":     {dkim.RecordOptions{Notes: "a;b"}, ""},
		"another tag":   {dkim.RecordOptions{Notes: "a; x=b"}, ""},
		"line break":    {dkim.RecordOptions{Notes: "a\nb"}, ""},
		"folded":        {dkim.RecordOptions{Notes: "a\r\n b"}, ""},
		"blank at end":  {dkim.RecordOptions{Notes: "a "}, ""},
		"colon":         {dkim.RecordOptions{Flags: []string{"s:y"}}, ""},
		"capitals":      {dkim.RecordOptions{Hashes: []string{"SHA256"}}, ""},
		"empty element": {dkim.RecordOptions{Services: []string{""}}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := dkim.Record(k.Public(), tt.opts)
			require.Equal(t, tt.want == "", err != nil)
			require.Equal(t, tt.want, got)
		})
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	for _, public := range []crypto.PublicKey{
		nil, "key", curve.Public(), ed25519.PublicKey{1}, (*rsa.PublicKey)(nil), &rsa.PublicKey{}, fakeRSA(16385),
	} {
		_, err := dkim.Record(public, dkim.RecordOptions{})
		require.Error(t, err)
	}
}

func TestSplit(t *testing.T) {
	long := "v=DKIM1; k=rsa; p=" + goodP(t)
	tests := map[string]struct {
		record string
		parts  int
	}{
		"empty":     {"", 1},
		"short":     {"v=DKIM1; p=", 1},
		"255":       {strings.Repeat("x", 255), 1},
		"256":       {strings.Repeat("x", 256), 2},
		"key":       {long, 2},
		"4096 bits": {"v=DKIM1; k=rsa; p=" + spkiText(t, fakeRSA(4096)), 3},
		"notes":     {"v=DKIM1; n=" + strings.Repeat("word ", 60) + "; p=" + goodP(t), 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			parts := dkim.Split(tt.record)
			require.Len(t, parts, tt.parts)
			require.Equal(t, tt.record, strings.Join(parts, ""))
			for _, p := range parts {
				require.LessOrEqual(t, len(p), 255)
			}
			zone := resolver.MustZone(dkim.ZoneLine("x.test.", tt.record))
			a, _ := zone.Get(resolver.Q("x.test", resolver.TypeTXT))
			require.Equal(t, []resolver.Text{parts}, a.TXT)
		})
	}
	require.Equal(t, `x.test. IN TXT "a\"b\\c"`, dkim.ZoneLine("x.test", `a"b\c`))
}
