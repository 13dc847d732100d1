package dkim_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

// TestReasons has, for each code that can be the reason of a signature's status, the
// one status that goes with it, in the order in which RFC 6376 section 6.1 looks.
func TestReasons(t *testing.T) {
	ed := record(edKey.Public())
	changed := func(from, to string) string {
		return strings.Replace(sign(message, edTags, "", edKey), from, to, 1)
	}
	with := func(more string) string { return sign(message, edTags+more, "", edKey) }
	one := func(record string) resolver.Snapshot { return keysOf(map[string]string{keyS2: record}) }
	rsaSigned := sign(message, strings.Replace(fullTags, "s1", "s2", 1), "", rsaKey())
	tests := []struct {
		text string
		view resolver.Snapshot // ownKeys if nil
		opts dkim.Options
		want verdict
	}{
		// Section 6.1.1: the field itself.
		{text: changed("v=1;", "v=1;;"), want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{text: changed("v=1;", "v=1;v=1;"), want: verdict{dkim.Neutral, dkim.CodeDuplicateTag}},
		{text: changed("s=s2;", ""), want: verdict{dkim.Neutral, dkim.CodeMissingTag}},
		{text: changed("v=1;", "v=0.5;"), want: verdict{dkim.Neutral, dkim.CodeVersion}},
		{text: changed("ed25519-sha256", "ed25519-sha1"), want: verdict{dkim.Neutral, dkim.CodeAlgorithm}},
		{text: changed("ed25519-sha256", "rsa-sha1"), want: verdict{dkim.PermError, dkim.CodeSHA1}},
		{text: changed("relaxed/relaxed", "relaxed/"), want: verdict{dkim.Neutral, dkim.CodeCanonicalization}},
		{text: with("; q=dns/any"), want: verdict{dkim.Neutral, dkim.CodeQuery}},
		{text: with("; i=@example.org.evil.example"), want: verdict{dkim.PermError, dkim.CodeIdentity}},
		{text: changed("h=From:", "h="), want: verdict{dkim.PermError, dkim.CodeFromNotSigned}},
		{text: sign("To: a@b.c\r\n\r\n", edTags, "", edKey), want: verdict{dkim.PermError, dkim.CodeFromMissing}},
		{text: "From: x@evil.example\r\n" + with(""), want: verdict{dkim.Policy, dkim.CodeFromMultiple}},
		{text: with("; t=5; x=4"), want: verdict{dkim.Neutral, dkim.CodeExpiresEarly}},
		{text: with("; x=4"), want: verdict{dkim.PermError, dkim.CodeExpired}},
		{text: with("; t=999999999999"), want: verdict{dkim.Policy, dkim.CodeFuture}},
		{text: with("; l=1"), opts: dkim.Options{RefuseLength: true}, want: verdict{dkim.Policy, dkim.CodeLengthRefused}},
		{text: with(""), opts: dkim.Options{Limits: dkim.Limits{Names: 1}}, want: verdict{dkim.Policy, dkim.CodeTooManyNames}},
		{text: with(""), opts: dkim.Options{Limits: dkim.Limits{Fields: 1}}, want: verdict{dkim.Policy, dkim.CodeHeaderTooLarge}},
		// Section 6.1.2: the key.
		{text: with(""), view: resolver.Snapshot{resolver.Q(keyS2, resolver.TypeTXT): {Status: resolver.Timeout}}, want: verdict{dkim.TempError, dkim.CodeKeyDNSFailure}},
		{text: with(""), view: resolver.Snapshot{resolver.Q(keyS2, resolver.TypeTXT): {Status: resolver.NXDomain}}, want: verdict{dkim.PermError, dkim.CodeKeyMissing}},
		{text: with(""), view: one("v=DKIM1; k=ed25519; p=AAAA"), want: verdict{dkim.PermError, dkim.CodeKeySyntax}},
		{text: with(""), view: one("v=DKIM1; k=ed25519; p="), want: verdict{dkim.PermError, dkim.CodeKeyRevoked}},
		{text: with(""), view: one(ed + "; h=sha1"), want: verdict{dkim.PermError, dkim.CodeKeyHash}},
		{text: with(""), view: one(ed + "; s=tlsrpt"), want: verdict{dkim.PermError, dkim.CodeKeyService}},
		{text: with(""), view: one(record(rsaKey().Public())), want: verdict{dkim.PermError, dkim.CodeKeyType}},
		{text: with("; i=@x.example.org"), view: one(ed + "; t=s"), want: verdict{dkim.PermError, dkim.CodeStrictIdentity}},
		{text: rsaSigned, view: one(record(oddKey(1023))), want: verdict{dkim.PermError, dkim.CodeKeyWeak}},
		{text: rsaSigned, view: one(record(oddKey(8200))), want: verdict{dkim.Policy, dkim.CodeKeyLong}},
		// Section 6.1.3: the verification.
		{text: changed("Bye.", "Buy."), want: verdict{dkim.Fail, dkim.CodeBodyHash}},
		{text: with("; l=1000"), want: verdict{dkim.Fail, dkim.CodeBodyShort}},
		{text: changed("Good  day", "Bad  day"), want: verdict{dkim.Fail, dkim.CodeSignatureMismatch}},
	}
	// A message from elsewhere than ReadMessage lacks what it takes.
	unobserved := &dkim.Message{Header: []byte(strings.SplitAfter(with(""), "+0000\r\n")[0])}
	res, _ := dkim.Evaluate(unobserved, dkim.Options{}, ownKeys())
	require.Equal(t, dkim.CodeNotObserved, res.Signatures[0].Code)
	require.Equal(t, dkim.PermError, res.Signatures[0].Status)

	seen := map[mailworthy.Code]bool{dkim.CodeNotObserved: true}
	for _, tt := range tests {
		t.Run(string(tt.want.Code), func(t *testing.T) {
			if tt.view == nil {
				tt.view = ownKeys()
			}
			tt.opts.Time = time.Unix(now, 0)
			res, missing := dkim.Evaluate(read(t, tt.text, dkim.ReadOptions{}), tt.opts, tt.view)
			require.Empty(t, missing)
			require.Len(t, res.Signatures, 1)
			require.Equal(t, tt.want, verdict{res.Signatures[0].Status, res.Signatures[0].Code})
			require.Equal(t, tt.want.Status, res.Status)
			require.Contains(t, res.AuthenticationResults(), "dkim="+string(tt.want.Status))
		})
		seen[tt.want.Code] = true
	}
	source, err := os.ReadFile("codes.go")
	require.NoError(t, err)
	_, first, _ := strings.Cut(string(source), "const (\n")
	first, _, _ = strings.Cut(first, "\n)\n")
	declared := regexp.MustCompile(`mailworthy\.Code = "([^"]+)"`).FindAllStringSubmatch(first, -1)
	require.NotEmpty(t, declared)
	for _, c := range declared {
		require.True(t, seen[mailworthy.Code(c[1])], "%s is reached by no case", c[1])
	}
}

// TestNotSigned is what RFC 8601 calls none.
func TestNotSigned(t *testing.T) {
	for _, text := range []string{"", "\r\n", "\n", message, "X-" + sign(message, edTags, "", edKey), "\r\n" + sign(message, edTags, "", edKey)} {
		res := judge(t, text, nil)
		require.Equal(t, dkim.None, res.Status, "%q", text)
		require.Empty(t, res.Signatures)
		require.Equal(t, "dkim=none", res.AuthenticationResults())
	}
}

// TestInternationalised has the cases of RFC 8616: a domain in U-labels is the same
// as in A-labels, only what is hashed stays as it came.
func TestInternationalised(t *testing.T) {
	const key = "s2._domainkey.xn--bcher-kva.example"
	tags := func(domain, more string) string {
		return "v=1; a=ed25519-sha256; c=relaxed/simple; d=" + domain + "; s=s2; h=from:subject" + more
	}
	mail := "From: Jörg <jörg@bücher.example>\r\nSubject: Grüße\r\n\r\nGrüße\r\n"
	tests := []struct {
		name, message, tags, key string
		want                     verdict
		identity                 string
	}{
		{name: "U-labels", message: mail, tags: tags("bücher.example", ""), key: key, want: verdict{dkim.Pass, ""}, identity: "@xn--bcher-kva.example"},
		{name: "A-labels", message: mail, tags: tags("xn--bcher-kva.example", ""), key: key, want: verdict{dkim.Pass, ""}, identity: "@xn--bcher-kva.example"},
		{name: "capitals", message: mail, tags: tags("XN--Bcher-KVA.example", "; i=@BÜCHER.example"), key: key, want: verdict{dkim.Pass, ""}},
		{name: "U-label and identity in A-labels", message: mail, tags: tags("bücher.example", "; i=@a.xn--bcher-kva.example"), key: key, want: verdict{dkim.Pass, ""}},
		{name: "A-label and identity in U-labels", message: mail, tags: tags("xn--bcher-kva.example", "; i=jörg@ä.bücher.example"), key: key, want: verdict{dkim.Pass, ""}},
		{name: "identity elsewhere", message: mail, tags: tags("bücher.example", "; i=@bucher.example"), key: key, want: verdict{dkim.PermError, dkim.CodeIdentity}},
		{name: "selector in U-labels", message: mail, tags: strings.Replace(tags("bücher.example", ""), "s=s2", "s=schlüssel", 1), key: "xn--schlssel-95a._domainkey.xn--bcher-kva.example", want: verdict{dkim.Pass, ""}},
		{name: "domain that is no UTF-8", message: mail, tags: tags("b\xfccher.example", ""), key: key, want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := judge(t, sign(tt.message, tt.tags, "", edKey), keysOf(map[string]string{tt.key: record(edKey.Public())}))
			require.Len(t, res.Signatures, 1)
			s := res.Signatures[0]
			require.Equal(t, tt.want, verdict{s.Status, s.Code}, "%+v", s)
			require.Equal(t, []string{"xn--bcher-kva.example"}, res.From)
			if s.Code != dkim.CodeSignatureSyntax {
				require.True(t, s.Aligned)
				require.Equal(t, "xn--bcher-kva.example", s.Domain)
			}
			if tt.identity != "" {
				require.Equal(t, tt.identity, s.Identity)
			}
		})
	}
}

// TestNamesFoldASCII proves that a field whose name only Unicode takes for the same is
// another field: the sign for kelvin is no K.
func TestNamesFoldASCII(t *testing.T) {
	text := sign(message, edTags+":key", "", edKey)
	require.Equal(t, verdict{dkim.Pass, ""}, only(t, "\u212aey: x\r\n"+text, ownKeys()))
	require.Equal(t, verdict{dkim.Fail, dkim.CodeSignatureMismatch}, only(t, "KEY: x\r\n"+text, ownKeys()))
}

// signedBy is a message with a signature of each domain.
func signedBy(domains ...string) string {
	text := message
	for _, d := range domains {
		text = sign(text, strings.Replace(edTags, "d=example.org", "d="+d, 1), "", edKey)
	}
	return text
}

var faults = []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed}

// TestEveryFault answers each question with each failure in turn: the signature that
// asked is a temperror, and the others are what they were.
func TestEveryFault(t *testing.T) {
	for name, text := range map[string]string{
		"good":    signedBy("a.example", "b.example", "example.org", "c.example"),
		"changed": signedBy("a.example", "b.example", "example.org", "c.example") + "evil\r\n",
		"partial": strings.Replace(signedBy("a.example", "b.example", "example.org", "c.example"), "Good  day", "Bad  day", 1),
	} {
		m := read(t, text, dkim.ReadOptions{})
		opts := dkim.Options{Time: time.Unix(now, 0)}
		_, questions := dkim.Evaluate(m, opts, nil)
		require.Len(t, questions, 4)
		for _, rest := range []resolver.Answer{answerOf(record(edKey.Public())), {Status: resolver.NXDomain}, answerOf("v=DKIM1; p=")} {
			view := make(resolver.Snapshot)
			for _, q := range questions {
				view[q] = rest
			}
			healthy, _ := dkim.Evaluate(m, opts, view)
			for i, q := range questions {
				for _, fault := range faults {
					view[q] = resolver.Answer{Status: fault, TXT: rest.TXT}
					res, missing := dkim.Evaluate(m, opts, view)
					require.Empty(t, missing)
					for j, s := range res.Signatures {
						if j == i {
							require.Equal(t, verdict{dkim.TempError, dkim.CodeKeyDNSFailure}, verdict{s.Status, s.Code}, "%s %s", name, fault)
							require.Nil(t, s.Key)
							continue
						}
						require.Equal(t, healthy.Signatures[j], s)
					}
					want := dkim.TempError
					if healthy.Status == dkim.Pass {
						want = dkim.Pass
					}
					require.Equal(t, want, res.Status, "%s %s", name, fault)
				}
				view[q] = rest
			}
		}
	}
}

// TestReplay proves that a stored observation gives the result of the live check.
func TestReplay(t *testing.T) {
	domains := []string{"example.org"}
	for i := range 9 {
		domains = append(domains, fmt.Sprintf("d%d.example", i))
	}
	for name, text := range map[string]string{
		"ten signatures": signedBy(domains...),
		"octets":         sign("From: \x00\xff\r<a@\x80>\r\n\r\n\xff\x00", edTags+"; n=\u2028; i=\\\"@example.org", "", edKey),
		"unix":           strings.ReplaceAll(signedBy("example.org"), "\r\n", "\n"),
		"changed":        signedBy("example.org", "example.org") + "x",
		"none":           message,
		"limits":         strings.Repeat("DKIM-Signature: a\r\n", 50) + signedBy("example.org"),
	} {
		t.Run(name, func(t *testing.T) {
			m := read(t, text, dkim.ReadOptions{Diagnose: true})
			recorder := resolver.Record(zoneFor(domains...))
			c := dkim.Checker{Resolver: recorder, Options: dkim.Options{Time: time.Unix(now, 0)}}
			live, err := c.CheckMessage(t.Context(), m)
			require.NoError(t, err)

			var again dkim.Message
			through(t, m, &again)
			require.EqualExportedValues(t, *m, again)
			var view resolver.Snapshot
			through(t, recorder.Snapshot(), &view)
			replayed, missing := dkim.Evaluate(&again, c.Options, view)
			require.Empty(t, missing)
			require.Equal(t, live, replayed)
			var stored dkim.Result
			through(t, live, &stored)
			require.Equal(t, live, stored)
			require.Equal(t, live.AuthenticationResults(), stored.AuthenticationResults())
		})
	}
}

// through stores a value as JSON and reads it back.
func through(t testing.TB, from, to any) {
	t.Helper()
	text, err := json.Marshal(from)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, to))
}

// zoneFor has the keys of domains at selector s2.
func zoneFor(domains ...string) *resolver.Zone {
	var b strings.Builder
	for _, d := range domains {
		b.WriteString(txt("s2._domainkey."+d, record(edKey.Public())))
	}
	return resolver.MustZone(b.String())
}

// TestPure proves that Evaluate changes nothing, depends on nothing else, and wants
// one round of questions however many signatures there are.
func TestPure(t *testing.T) {
	var domains []string
	for i := range 100 {
		domains = append(domains, fmt.Sprintf("d%d.example", i%40))
	}
	m := read(t, signedBy(domains...), dkim.ReadOptions{})
	opts := dkim.Options{Time: time.Unix(now, 0), Limits: dkim.Limits{Signatures: 100}}
	first, questions := dkim.Evaluate(m, opts, nil)
	require.Len(t, questions, 40)
	require.Empty(t, first.Status)
	require.Empty(t, first.AuthenticationResults())

	view := make(resolver.Snapshot)
	for _, q := range questions {
		view[q] = answerOf(record(edKey.Public()))
	}
	before, err := json.Marshal([]any{m, view})
	require.NoError(t, err)
	want, missing := dkim.Evaluate(m, opts, view)
	require.Empty(t, missing)
	require.Equal(t, dkim.Pass, want.Status)
	require.Len(t, want.Signatures, 100)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			got, missing := dkim.Evaluate(m, opts, view)
			if len(missing) > 0 || got.AuthenticationResults() != want.AuthenticationResults() {
				t.Error("another result")
			}
		})
	}
	group.Wait()
	// A result belongs to the caller.
	got, _ := dkim.Evaluate(m, opts, view)
	require.Equal(t, want, got)
	got.Signatures[0].Headers[0] = "changed"
	got.Signatures[0].Key.Data[0]++
	got.From[0] = "changed"
	got, _ = dkim.Evaluate(m, opts, view)
	require.Equal(t, want, got)
	after, err := json.Marshal([]any{m, view})
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))
}

// TestAuthenticationResultsInjection proves that nothing of a message gets out of its
// place in the field (RFC 8601 section 2.2).
func TestAuthenticationResultsInjection(t *testing.T) {
	form := regexp.MustCompile(`^dkim=[a-z]+( reason="[a-z0-9 -]*")?( header\.[a-z]=("([ !#-\[\]-~]|\\[\\"])*"|[!#-'*+.0-9A-Z^-~{|}-]+))*$`)
	for _, evil := range []string{"x; dkim=pass header.d=bank.example", "a\r\n b", `"`, `\`, "(", "a b", "ä", "x\x00y", "\x1b[2J", "=?x", ""} {
		for _, tag := range []string{"d", "s", "a", "i", "b", "c", "h"} {
			text := "DKIM-Signature: v=1; a=ed25519-sha256; d=example.org; s=s2; h=from; bh=AAAA; b=AAAA; x" + tag + "=\r\nFrom: a@example.org\r\n\r\n"
			text = strings.Replace(text, " "+tag+"=", " y=; "+tag+"="+evil+";", 1)
			m := read(t, text, dkim.ReadOptions{})
			res, missing := dkim.Evaluate(m, dkim.Options{}, nil)
			view := make(resolver.Snapshot)
			for _, q := range missing {
				view[q] = resolver.Answer{Status: resolver.NXDomain}
			}
			if len(missing) > 0 {
				res, _ = dkim.Evaluate(m, dkim.Options{}, view)
			}
			require.Len(t, res.Signatures, 1)
			require.Regexp(t, form, res.AuthenticationResults(), "%s=%q", tag, evil)
			stored, err := json.Marshal(res)
			require.NoError(t, err)
			require.NotContains(t, string(stored), `\u00`)
		}
	}
}

// TestMessageIsItsFields proves that a message is judged by what its exported fields
// say, and by nothing that is kept beside them.
func TestMessageIsItsFields(t *testing.T) {
	m := read(t, sign(message, edTags, "", edKey), dkim.ReadOptions{})
	opts := dkim.Options{Time: time.Unix(now, 0)}
	copy(m.Header[strings.Index(string(m.Header), "Good  day"):], "Evil")
	res, _ := dkim.Evaluate(m, opts, ownKeys())
	require.Equal(t, dkim.CodeSignatureMismatch, res.Signatures[0].Code)
	var again dkim.Message
	through(t, m, &again)
	replayed, _ := dkim.Evaluate(&again, opts, ownKeys())
	require.Equal(t, res, replayed)
}

// TestUnseenIsNotUnsigned proves that a message of which only a part was looked at is
// not called unsigned: a signature may stand in the rest.
func TestUnseenIsNotUnsigned(t *testing.T) {
	signed := sign(message, edTags, "", edKey)
	for name, text := range map[string]string{
		"many fields":  strings.Repeat("X: y\r\n", 1001) + signed,
		"large header": "X: " + strings.Repeat("y", 300<<10) + "\r\n" + signed,
	} {
		res := judge(t, text, nil)
		require.Equal(t, dkim.Policy, res.Status, name)
		require.True(t, res.Findings.Has(dkim.CodeHeaderTooLarge), name)
		require.Equal(t, "dkim=policy", res.AuthenticationResults(), name)
	}
}
