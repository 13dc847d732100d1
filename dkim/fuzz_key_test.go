package dkim_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dkim"
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
