package dkim_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

const keyName = "s._domainkey.example.org"

// goodP is a key that there is nothing to say about.
func goodP(t testing.TB) string { return spkiText(t, fakeRSA(2048)) }

// txt is a TXT record of a zone, of strings of any octets.
func txt(owner string, parts ...string) string {
	var b strings.Builder
	b.WriteString(owner + " IN TXT")
	for _, s := range parts {
		b.WriteString(` "`)
		for _, c := range []byte(s) {
			if c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
				b.WriteString(`\` + string([]byte{'0' + c/100, '0' + c/10%10, '0' + c%10}))
				continue
			}
			b.WriteByte(c)
		}
		b.WriteByte('"')
	}
	return b.String() + "\n"
}

func codes(fs mailworthy.Findings) []mailworthy.Code {
	out := []mailworthy.Code{}
	for _, f := range fs {
		out = append(out, f.Code)
	}
	return out
}

// complete checks what is true of all findings.
func complete(t *testing.T, fs mailworthy.Findings) {
	t.Helper()
	for _, f := range fs {
		require.NotEmpty(t, f.Message, f.Code)
		require.NotEmpty(t, f.Remedy, f.Code)
		require.NotEmpty(t, f.Ref, f.Code)
		require.NotZero(t, f.Severity, f.Code)
		require.NotEmpty(t, f.Subject, f.Code)
		for _, s := range append([]string{f.Message, f.Remedy}, f.Evidence...) {
			require.Equal(t, -1, strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f }), s)
		}
	}
}

type keyCase struct {
	zone   string
	status dkim.KeyStatus
	codes  []mailworthy.Code
	// remedy is part of the first finding's; a record in it has to be a key.
	remedy string
}

func keyCases(t testing.TB) map[string]keyCase {
	good, pkcs := goodP(t), pkcs1(fakeRSA(2048))
	record := "v=DKIM1; k=rsa; p=" + good
	own := func(parts ...string) string { return txt(keyName, parts...) }
	broken := func(code mailworthy.Code, text string) keyCase {
		return keyCase{own(split255(text)...), dkim.KeyMalformed, []mailworthy.Code{code}, `"` + record + `"`}
	}
	found := func(code mailworthy.Code, remedy string, parts ...string) keyCase {
		return keyCase{own(parts...), dkim.KeyFound, []mailworthy.Code{code}, remedy}
	}
	unusable := func(code mailworthy.Code, remedy string, parts ...string) keyCase {
		return keyCase{own(parts...), dkim.KeyUnusable, []mailworthy.Code{code}, remedy}
	}
	ed := "v=DKIM1; k=ed25519; p=" + ed25519P
	return map[string]keyCase{
		"good":              {own(record[:255], record[255:]), dkim.KeyFound, nil, ""},
		"missing":           {"example.org TXT x", dkim.KeyMissing, []mailworthy.Code{dkim.CodeKeyMissing}, "Publish a TXT record"},
		"revoked":           {own("v=DKIM1; p="), dkim.KeyRevoked, []mailworthy.Code{dkim.CodeKeyRevoked}, "its key"},
		"failed":            {keyName + " TXT !servfail", dkim.KeyTempError, []mailworthy.Code{dkim.CodeKeyDNSFailure}, "again later"},
		"twice the domain":  {txt(keyName+".example.org", record[:255], record[255:]), dkim.KeyMissing, []mailworthy.Code{dkim.CodeKeyMissing, dkim.CodeKeyMisplaced}, ""},
		"no _domainkey":     {txt("s.example.org", "k=rsa; p="), dkim.KeyMissing, []mailworthy.Code{dkim.CodeKeyMissing, dkim.CodeKeyMisplaced}, ""},
		"something else":    {txt("s.example.org", "v=spf1 -all"), dkim.KeyMissing, []mailworthy.Code{dkim.CodeKeyMissing}, ""},
		"foreign":           {own("v=spf1 -all"), dkim.KeyMalformed, []mailworthy.Code{dkim.CodeKeyForeign}, "wildcard"},
		"foreign beside":    {own("hello") + own(ed), dkim.KeyFound, []mailworthy.Code{dkim.CodeKeyMultiple, dkim.CodeKeyEd25519}, ed},
		"two keys":          {own("p="+rsa1024P) + own(ed), dkim.KeyAmbiguous, []mailworthy.Code{dkim.CodeKeyMultiple}, "another selector"},
		"one key twice":     {own(ed) + own(ed+";"), dkim.KeyFound, []mailworthy.Code{dkim.CodeKeyMultiple, dkim.CodeKeyEd25519}, "Keep one"},
		"broken beside":     {own("v=DKIM1; k=rsa") + own(ed), dkim.KeyAmbiguous, []mailworthy.Code{dkim.CodeKeyMultiple, dkim.CodeKeySyntax}, "Keep one"},
		"delegated":         {keyName + " CNAME s.dkim.amazonses.com\n" + txt("s.dkim.amazonses.com", ed), dkim.KeyFound, []mailworthy.Code{dkim.CodeKeyEd25519, dkim.CodeKeyDelegated}, ""},
		"dangling":          {keyName + " CNAME selector1-example-org._domainkey.x.onmicrosoft.com", dkim.KeyMissing, []mailworthy.Code{dkim.CodeKeyDangling}, "Microsoft 365"},
		"dangling, unknown": {keyName + " CNAME gone.test", dkim.KeyMissing, []mailworthy.Code{dkim.CodeKeyDangling}, "Correct the alias"},

		"syntax":         {own("v=DKIM1; k=; p=" + rsa1024P), dkim.KeyMalformed, []mailworthy.Code{dkim.CodeKeyType}, "k=rsa; p="},
		"syntax, plain":  {own("v=DKIM1; k=rsa"), dkim.KeyMalformed, []mailworthy.Code{dkim.CodeKeySyntax}, "Copy"},
		"quotes":         broken(dkim.CodeKeyQuotes, `"v=DKIM1; k=rsa; p=`+good[:100]+`" "`+good[100:]+`"`),
		"backslash":      broken(dkim.CodeKeyQuotes, `v=DKIM1\; k=rsa\; p=`+good),
		"escaped break":  broken(dkim.CodeKeyQuotes, `v=DKIM1; k=rsa; p=`+good[:64]+`\n`+good[64:]),
		"line break":     broken(dkim.CodeKeyLineBreak, "v=DKIM1; k=rsa; p="+good[:64]+"\n"+good[64:]),
		"curly quotes":   broken(dkim.CodeKeyNonASCII, "v=DKIM1; k=rsa; p=\u201d"+good+"\u201c"),
		"zero width":     broken(dkim.CodeKeyNonASCII, "v=DKIM1; k=rsa; p=\u200b"+good),
		"armor":          broken(dkim.CodeKeyArmor, "v=DKIM1; k=rsa; p=-----BEGIN PUBLIC KEY-----"+good+"-----END PUBLIC KEY-----"),
		"zone line":      {own(split255(keyName + " IN TXT ( v=DKIM1; k=rsa; p=" + good + " )")...), dkim.KeyMalformed, []mailworthy.Code{dkim.CodeKeyPrefix}, `"` + record + `"`},
		"version wrong":  broken(dkim.CodeKeyVersion, "v=dkim1; k=rsa; p="+good),
		"version late":   broken(dkim.CodeKeyVersion, "k=rsa; v=DKIM1; p="+good),
		"no semicolons":  broken(dkim.CodeKeySemicolon, "v=DKIM1 k=rsa p="+good),
		"semicolons":     broken(dkim.CodeKeySemicolon, "v=DKIM1;; k=rsa;; p="+good),
		"p= twice":       broken(dkim.CodeKeyBase64, "v=DKIM1; k=rsa; p=p="+good),
		"base64":         {own("v=DKIM1; p=" + rsa1024P + "=?"), dkim.KeyMalformed, []mailworthy.Code{dkim.CodeKeyBase64}, "Copy"},
		"truncated":      {own(record[:255]), dkim.KeyMalformed, []mailworthy.Code{dkim.CodeKeyTruncated}, "first 255"},
		"truncated half": {own("p=" + rsa1024P[:101]), dkim.KeyMalformed, []mailworthy.Code{dkim.CodeKeyTruncated}, "whole"},
		"rsa as ed25519": broken(dkim.CodeKeyType, "v=DKIM1; k=ed25519; p="+good),
		"ed25519 as rsa": {own("v=DKIM1; p=" + ed25519P), dkim.KeyMalformed, []mailworthy.Code{dkim.CodeKeyType}, `"` + ed + `"`},
		"ed25519 as spki": {
			own("v=DKIM1; k=ed25519; p=MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="), dkim.KeyMalformed,
			[]mailworthy.Code{dkim.CodeKeyForm},
			`"` + ed + `"`,
		},
		"two mistakes": {
			own(split255("k=rsa; v=DKIM1; p=\"" + good + "\"")...), dkim.KeyMalformed,
			[]mailworthy.Code{dkim.CodeKeyQuotes, dkim.CodeKeyVersion},
			`"` + record + `"`,
		},
		"unknown type": {own("v=DKIM1; k=dilithium; p=AAAA"), dkim.KeyUnusable, []mailworthy.Code{dkim.CodeKeyType}, "type rsa"},

		"split blank":   found(dkim.CodeKeySplitBlank, `"`+record+`"`, record[:200]+" ", record[200:]),
		"blank":         found(dkim.CodeKeyBlank, `"`+record+`"`, record[:200]+" "+record[200:240], record[240:]),
		"folded":        found(dkim.CodeKeyLineBreak, `"`+record+`"`, record[:200]+"\r\n "+record[200:240], record[240:]),
		"weak":          unusable(dkim.CodeKeyWeak, "2048 bits", "p="+spkiText(t, fakeRSA(768))),
		"short":         found(dkim.CodeKeyShort, "2048 bits", "p="+rsa1024P),
		"long":          found(dkim.CodeKeyLong, "2048 bits", split255("p="+spkiText(t, fakeRSA(8192)))...),
		"testing":       found(dkim.CodeKeyTesting, "v=DKIM1; k=rsa; t=s; p="+good, split255("t=y:s; p="+good)...),
		"hash":          unusable(dkim.CodeKeyHash, `"`+record+`"`, split255("h=sha1; p="+good)...),
		"service":       unusable(dkim.CodeKeyService, `"`+record+`"`, split255("s=tlsrpt; p="+good)...),
		"pkcs1":         found(dkim.CodeKeyForm, `"`+record+`"`, split255("p="+pkcs)...),
		"ed25519":       found(dkim.CodeKeyEd25519, "RSA key", ed),
		"long TTL":      {strings.Replace(own(split255(record)...), " IN", " 172800 IN", 1), dkim.KeyFound, []mailworthy.Code{dkim.CodeKeyTTL}, "an hour"},
		"blank, folded": {own("p= " + rsa1024P + " \t; t=s"), dkim.KeyFound, []mailworthy.Code{dkim.CodeKeyShort}, ""},
	}
}

func split255(s string) []string { return dkim.Split(s) }

func TestEvaluateKey(t *testing.T) {
	for name, tt := range keyCases(t) {
		t.Run(name, func(t *testing.T) {
			zone := resolver.MustZone(tt.zone)
			rep, missing := dkim.EvaluateKey("S", "Example.ORG.", zone)
			require.Empty(t, missing)
			require.Equal(t, tt.status, rep.Status, "%v", rep.Findings)
			if tt.codes == nil {
				tt.codes = []mailworthy.Code{}
			}
			require.Equal(t, tt.codes, codes(rep.Findings))
			require.Equal(t, keyName, rep.Name)
			complete(t, rep.Findings)
			if tt.remedy != "" {
				require.Contains(t, rep.Findings[0].Remedy, tt.remedy)
			}
			for _, f := range rep.Findings {
				// A record that is proposed has to be a good one.
				if i := strings.Index(f.Remedy, `"v=DKIM1`); i >= 0 && f.Code != dkim.CodeKeyMissing {
					text := f.Remedy[i+1:]
					_, err := dkim.Parse(text[:strings.IndexByte(text, '"')])
					require.NoError(t, err)
				}
			}

			again, _ := dkim.EvaluateKey("s", "example.org", zone)
			require.Equal(t, rep, again)
			checked, err := dkim.Checker{Resolver: zone}.CheckKey(t.Context(), "s", "example.org")
			require.NoError(t, err)
			require.Equal(t, rep, checked)
			text, err := json.Marshal(rep)
			require.NoError(t, err)
			var back dkim.KeyReport
			require.NoError(t, json.Unmarshal(text, &back))
			require.Equal(t, rep, back)
		})
	}
}

// TestKeyReplay has a check recorded, stored and judged again.
func TestKeyReplay(t *testing.T) {
	for name, tt := range keyCases(t) {
		t.Run(name, func(t *testing.T) {
			recorder := resolver.Record(resolver.MustZone(tt.zone))
			rep, err := dkim.Checker{Resolver: recorder}.CheckKey(t.Context(), "s", "example.org")
			require.NoError(t, err)
			text, err := json.Marshal(recorder.Snapshot())
			require.NoError(t, err)
			var snapshot resolver.Snapshot
			require.NoError(t, json.Unmarshal(text, &snapshot))
			again, missing := dkim.EvaluateKey("s", "example.org", snapshot)
			require.Empty(t, missing)
			require.Equal(t, rep, again)
		})
	}
}

func TestKeyInvalid(t *testing.T) {
	for _, in := range [][2]string{
		{"", "example.org"},
		{"s", ""},
		{"s", "."},
		{"a..b", "example.org"},
		{strings.Repeat("x", 64), "example.org"},
		{"s", strings.Repeat("label.", 41) + "org"},
		{"s\x00\xff", "\x1b[1m..org"},
	} {
		rep, missing := dkim.EvaluateKey(in[0], in[1], resolver.Snapshot{})
		require.Empty(t, missing)
		require.Equal(t, dkim.KeyInvalid, rep.Status, in)
		require.Equal(t, []mailworthy.Code{dkim.CodeKeyName}, codes(rep.Findings))
	}
}

// TestKeyInternationalized has names of RFC 8616.
func TestKeyInternationalized(t *testing.T) {
	rep, missing := dkim.EvaluateKey("schl\u00fcssel", "b\u00fccher.example", resolver.Snapshot{})
	require.Equal(t, "xn--schlssel-95a._domainkey.xn--bcher-kva.example", rep.Name)
	require.Equal(t, []resolver.Question{resolver.Q(rep.Name, resolver.TypeTXT)}, missing)
	require.Equal(t, "xn--bcher-kva.example", rep.Domain)
}

// TestKeyFaults fails each question in turn, in each way: a failure is never taken
// for an answer.
func TestKeyFaults(t *testing.T) {
	for name, tt := range keyCases(t) {
		zone := resolver.MustZone(tt.zone)
		recorder := resolver.Record(zone)
		want, err := dkim.Checker{Resolver: recorder}.CheckKey(t.Context(), "s", "example.org")
		require.NoError(t, err)
		for q := range recorder.Snapshot() {
			for _, fault := range []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed} {
				snapshot := recorder.Snapshot()
				snapshot[q] = resolver.Answer{Status: fault}
				rep, missing := dkim.EvaluateKey("s", "example.org", snapshot)
				require.Empty(t, missing)
				complete(t, rep.Findings)
				if q.Name == keyName {
					require.Equal(t, dkim.KeyTempError, rep.Status, name)
					require.Equal(t, []mailworthy.Code{dkim.CodeKeyDNSFailure}, codes(rep.Findings))
					require.True(t, rep.Findings[0].Temporary)
					require.Nil(t, rep.Key)
					continue
				}
				require.Equal(t, want.Status, rep.Status, name)
				require.Subset(t, codes(want.Findings), codes(rep.Findings))
			}
		}
	}
}

// TestKeyRounds says when which questions are asked.
func TestKeyRounds(t *testing.T) {
	zone := resolver.MustZone("example.org TXT x")
	_, first := dkim.EvaluateKey("s", "example.org", resolver.Snapshot{})
	require.Equal(t, []resolver.Question{resolver.Q(keyName, resolver.TypeTXT)}, first)
	known := resolver.Snapshot{}
	known[first[0]], _ = zone.Get(first[0])
	_, second := dkim.EvaluateKey("s", "example.org", known)
	require.Equal(t, []resolver.Question{
		resolver.Q(keyName+".example.org", resolver.TypeTXT), resolver.Q("s.example.org", resolver.TypeTXT),
	}, second)
	for _, q := range second {
		known[q], _ = zone.Get(q)
	}
	_, third := dkim.EvaluateKey("s", "example.org", known)
	require.Empty(t, third)
}

// TestKeyHostile has records that are as large as DNS allows.
func TestKeyHostile(t *testing.T) {
	fill := func(unit string) string { return strings.Repeat(unit, 65000/len(unit)) }
	for name, text := range map[string]string{
		"huge key":   "p=" + pkcs1(fakeRSA(256*1024)),
		"quotes":     fill(`"`),
		"backslash":  "p=" + fill(`\`),
		"armor":      "p=" + fill("-----"),
		"semicolons": "v=DKIM1" + fill(";"),
		"tags":       "v=DKIM1 " + fill("p= "),
		"versions":   fill("v=DKIM1;"),
		"blanks":     "p=" + fill("A "),
		"folds":      "p=" + fill("A\r\n "),
		"prefix":     fill("x") + "v=DKIM1; p=",
		"non-ascii":  "p=" + fill("\xff"),
		"not utf-8":  strings.Repeat("\xff", 20) + " v=DKIM1; p=\"",
		"half armor": "v=DKIM1; p=-----BEGIN",
		"two tags":   "v=DKIM1; xx=1; yy=2; xx=3; p=AA AA",
		"nothing":    "v=DKIM1; k=rsa; p=\u00a0",
		"DER":        "v=DKIM1; p=MAA=",
		"DER end":    "v=DKIM1; p=MIAB",
		"DER short":  "v=DKIM1; p=MAoB",
	} {
		snapshot := resolver.Snapshot{
			resolver.Q(keyName, resolver.TypeTXT): {Status: resolver.Success, TXT: []resolver.Text{dkim.Split(text)}},
		}
		rep, missing := dkim.EvaluateKey("s", "example.org", snapshot)
		require.Empty(t, missing)
		require.NotEqual(t, dkim.KeyFound, rep.Status, name)
		complete(t, rep.Findings)
	}
	// Many records of one name cost no more than they are long.
	var many []resolver.Text
	for range 3000 {
		many = append(many, resolver.Text{"v=DKIM1; p=\"AAAA"})
	}
	rep, _ := dkim.EvaluateKey("s", "example.org", resolver.Snapshot{
		resolver.Q(keyName, resolver.TypeTXT): {Status: resolver.Success, TXT: many},
	})
	require.Equal(t, dkim.KeyAmbiguous, rep.Status)
	require.LessOrEqual(t, len(rep.Findings), 20)
	require.LessOrEqual(t, len(rep.Findings[0].Evidence), 11)
	require.False(t, slices.ContainsFunc(rep.Findings, func(f mailworthy.Finding) bool { return f.Code == dkim.CodeKeyForeign }))
}
