package dkim_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// FuzzParseKey has properties of all key records, good and bad.
func FuzzParseKey(f *testing.F) {
	for _, tt := range keyCases(f) {
		snapshot := resolver.MustZone(tt.zone)
		a, _ := snapshot.Get(resolver.Q(keyName, resolver.TypeTXT))
		for _, t := range a.TXT {
			f.Add(t.String())
		}
	}
	f.Add("v=DKIM1;\r\n\tk = rsa ; h=a:b; s=*; t=y:s:z; n=\u00fc; p=" + rsa1024P + ";")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := dkim.Parse(text)
		if err != nil {
			var syntax *dkim.SyntaxError
			require.ErrorAs(t, err, &syntax)
			require.Nil(t, k)
			require.NotEmpty(t, syntax.Reason)
			require.True(t, 0 <= syntax.Offset && syntax.Offset <= len(syntax.Text))
			require.True(t, strings.HasPrefix(text, syntax.Text))
		} else {
			require.Equal(t, text, k.Text)
			require.True(t, utf8.ValidString(text))
			require.Equal(t, k.Revoked, len(k.Data) == 0)
			require.Equal(t, k.Bits > 0, k.Public() != nil)
			require.LessOrEqual(t, k.Bits, 16384)
			again, err := dkim.Parse(k.String())
			require.NoError(t, err)
			require.Equal(t, k.String(), again.String())
			require.Equal(t, k.Public(), again.Public())
			stored, err := json.Marshal(k)
			require.NoError(t, err)
			var back dkim.Key
			require.NoError(t, json.Unmarshal(stored, &back))
			require.Equal(t, k, &back)
		}

		view := resolver.Snapshot{resolver.Q(keyName, resolver.TypeTXT): {Status: resolver.Success, TXT: []resolver.Text{dkim.Split(text)}}}
		rep, missing := dkim.EvaluateKey("s", "example.org", view)
		require.Empty(t, missing)
		require.Equal(t, err == nil, rep.Key != nil)
		require.Equal(t, err != nil, rep.Status == dkim.KeyMalformed)
		require.True(t, err == nil || len(rep.Findings) > 0)
		complete(t, rep.Findings)
	})
}

// FuzzEvaluateSelectors has two records for one selector, one for another, one for
// the policy and one for a wildcard, and failures among them.
func FuzzEvaluateSelectors(f *testing.F) {
	f.Add("v=DKIM1; p="+rsa1024P, "k=ed25519; p="+ed25519P, "v=spf1 -all", "x.dkim.amazonses.com", uint8(0))
	f.Add("v=DKIM1; p=", "", "v=DKIM1; p=", "", uint8(1))
	f.Add("o=-", "dkim=all", "", "a.test", uint8(0xff))
	f.Fuzz(func(t *testing.T, one, two, wild, alias string, bits uint8) {
		req := dkim.SelectorsRequest{Domain: "example.org", Selectors: []string{"s1", "s2", "s3"}}
		_, questions := dkim.EvaluateSelectors(req, resolver.Snapshot{})
		require.Len(t, questions, 6)
		view := make(resolver.Snapshot)
		for i, q := range questions {
			a := resolver.Answer{Status: resolver.Success}
			switch {
			case bits>>i&1 != 0:
				a.Status = resolver.ServFail
			case i == 3:
				a.TXT = []resolver.Text{dkim.Split(one), dkim.Split(two)}
			case i == 4:
				a.TXT = []resolver.Text{dkim.Split(two)}
				if target := resolver.Q(alias, resolver.TypeTXT).Name; target == alias && alias != "" {
					a.Alias = []string{name.Escape(alias)}
				}
			case i == 5 || i == 0:
				a.TXT = []resolver.Text{dkim.Split(wild)}
			default:
				a.TXT = []resolver.Text{dkim.Split(one)}
			}
			view[q] = a
		}
		rep, missing := dkim.EvaluateSelectors(req, view)
		require.Empty(t, missing)
		again, _ := dkim.EvaluateSelectors(req, view)
		require.Equal(t, rep, again)
		complete(t, rep.Findings)
		for _, k := range rep.Keys {
			complete(t, k.Findings)
			require.Equal(t, k.Status == dkim.KeyTempError, !k.DNS.Definitive())
			require.Equal(t, k.Status == dkim.KeyFound || k.Status == dkim.KeyRevoked || k.Status == dkim.KeyUnusable, k.Key != nil)
			if bits&(1|1<<5) == 0 {
				require.NotEqual(t, "s3", k.Selector, "the wildcard's")
			}
		}
		text, err := json.Marshal(rep)
		require.NoError(t, err)
		var back dkim.SelectorsReport
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, rep, back)
	})
}
