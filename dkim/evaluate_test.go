package dkim_test

import (
	"crypto"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

const (
	now      = 1_790_000_000
	fullTags = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s1; h=From:To:Subject:Date"
	message  = "From: A <a@example.org>\r\nTo: b@example.net\r\nSubject: Good  day\r\n" +
		"Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n\r\nHello \t you,\r\n\r\nBye.\r\n\r\n\r\n"
)

func read(t testing.TB, text string, opts dkim.ReadOptions) *dkim.Message {
	t.Helper()
	m, err := dkim.ReadMessage(strings.NewReader(text), opts)
	require.NoError(t, err)
	return m
}

// verdict is one signature's result in short.
type verdict struct {
	Status dkim.Status
	Code   mailworthy.Code
}

func TestVerdicts(t *testing.T) {
	good := record(rsaKey().Public())
	replace := func(old, with string) func(string) string {
		return func(s string) string {
			out := strings.Replace(s, old, with, 1)
			if out == s {
				panic("nothing to replace: " + old)
			}
			return out
		}
	}
	prepend := func(text string) func(string) string { return func(s string) string { return text + s } }
	tests := []struct {
		name    string
		message string                // message if empty
		tags    string                // fullTags if empty
		tail    string                // behind b=
		key     crypto.Signer         // rsaKey if nil
		edit    func(string) string   // of the signed message
		record  string                // good if empty
		answer  *resolver.Answer      // in place of a record
		opts    func(*dkim.Options)   // other than the time
		read    dkim.ReadOptions      //
		check   func(*dkim.Signature) // may panic
		want    verdict
	}{
		{
			name: "pass", want: verdict{dkim.Pass, ""},
			check: func(s *dkim.Signature) {
				if !s.Findings.Has(dkim.CodeFieldAddable) || len(s.Findings) != 1 {
					panic("not told")
				}
			},
		},
		{name: "simple", tags: "v=1; a=rsa-sha256; c=simple/simple; d=example.org; s=s1; h=from", want: verdict{dkim.Pass, ""}},
		{name: "simple is the default", tags: "v=1; a=rsa-sha256; d=example.org; s=s1; h=from:subject", want: verdict{dkim.Pass, ""}},
		{name: "relaxed header alone", tags: "v=1; a=rsa-sha256; c=relaxed; d=example.org; s=s1; h=from:subject", want: verdict{dkim.Pass, ""}},
		{
			name: "ed25519", tags: strings.Replace(fullTags, "rsa", "ed25519", 1), key: edKey, record: record(edKey.Public()),
			want: verdict{dkim.Pass, ""},
		},
		{name: "tags behind b=", tail: " ;\r\n x=1800000000 ; r=y", want: verdict{dkim.Pass, ""}},
		{name: "b= in z=, and in names of tags", tags: fullTags + "; z=From:b=20|To:b=3D=3B; sub=1; b2=3", want: verdict{dkim.Pass, ""}},
		{name: "folded and upper case", tags: "v=1 ; a = RSA-SHA256;\r\n\tc=Relaxed/SIMPLE; d=Example.ORG; s=S1;\r\n h=FROM :\r\n\tTo ", want: verdict{dkim.Pass, ""}},
		{name: "identity in another case", tags: fullTags + "; i=@example.ORG", want: verdict{dkim.Pass, ""}},
		{name: "identity quoted", tags: fullTags + "; i=j=6Fe@mail.example.org", want: verdict{dkim.Pass, ""}},
		{name: "U-labels", tags: "v=1; a=rsa-sha256; d=bücher.example; i=@bücher.example; s=s1; h=from", want: verdict{dkim.Pass, ""}},
		{name: "selector with dots and underscores", tags: "v=1; a=rsa-sha256; d=example.org; s=_a.b_c; h=from", want: verdict{dkim.Pass, ""}},
		{name: "field named more often than there", tags: fullTags + ":from:from:x-none", want: verdict{dkim.Pass, ""}},
		{name: "field of that name added to oversigned", tags: fullTags + ":from", edit: prepend("From: <e@evil.example>\r\n"), want: verdict{dkim.Fail, dkim.CodeSignatureMismatch}},
		{
			name: "subject added on top", edit: prepend("Subject: Evil\r\n"), want: verdict{dkim.Pass, ""},
			check: func(s *dkim.Signature) {
				if !s.Findings.Has(dkim.CodeFieldAdded) {
					panic("not told")
				}
			},
		},
		{name: "header only", message: "From: a@example.org\r\n", edit: func(s string) string { return strings.TrimSuffix(s, "\r\n") }, want: verdict{dkim.Pass, ""}},
		{name: "empty body", message: "From: a@example.org\r\n\r\n", want: verdict{dkim.Pass, ""}},

		{name: "syntax", edit: replace("v=1;", "v=1;;"), want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "no equals sign", edit: replace("v=1;", "v=1; foo;"), want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "empty signature", edit: func(string) string { return "DKIM-Signature:\r\n" + message }, want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "duplicate tag", edit: replace("v=1;", "v=1; v=1;"), want: verdict{dkim.Neutral, dkim.CodeDuplicateTag}},
		{name: "no version", edit: replace("v=1;", ""), want: verdict{dkim.Neutral, dkim.CodeMissingTag}},
		{name: "no algorithm", edit: replace("a=rsa-sha256;", ""), want: verdict{dkim.Neutral, dkim.CodeMissingTag}},
		{name: "no domain", edit: replace("d=example.org;", ""), want: verdict{dkim.Neutral, dkim.CodeMissingTag}},
		{name: "no selector", edit: replace("s=s1;", ""), want: verdict{dkim.Neutral, dkim.CodeMissingTag}},
		{name: "no names", edit: replace("h=From:To:Subject:Date;", ""), want: verdict{dkim.Neutral, dkim.CodeMissingTag}},
		{name: "no body hash", edit: replace("bh=", "bg="), want: verdict{dkim.Neutral, dkim.CodeMissingTag}},
		{name: "no signature", edit: replace("\r\n b=", "\r\n y="), want: verdict{dkim.Neutral, dkim.CodeMissingTag}},
		{name: "version", edit: replace("v=1;", "v=2;"), want: verdict{dkim.Neutral, dkim.CodeVersion}},
		{name: "algorithm", edit: replace("rsa-sha256", "rsa-sha512"), want: verdict{dkim.Neutral, dkim.CodeAlgorithm}},
		{name: "sha1", edit: replace("rsa-sha256", "rsa-sha1"), want: verdict{dkim.PermError, dkim.CodeSHA1}},
		{name: "canonicalisation", edit: replace("relaxed/relaxed", "relaxed/nowsp"), want: verdict{dkim.Neutral, dkim.CodeCanonicalization}},
		{name: "query method", tags: fullTags + "; q=http/x", want: verdict{dkim.Neutral, dkim.CodeQuery}},
		{name: "query methods", tags: fullTags + "; q=http/x : dns/txt", want: verdict{dkim.Pass, ""}},
		{name: "top-level domain", edit: replace("d=example.org", "d=org"), want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "no domain name", edit: replace("d=example.org", "d=a..org"), want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "no selector name", edit: replace("s=s1", "s=.a"), want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "long names", edit: replace("s=s1", "s="+strings.Repeat("a.", 120)+"b"), want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "body hash not base64", edit: replace("bh=", "bh=*"), want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "body hash too short", edit: replace("bh=", "bh=AAAA; bx="), want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "signature not base64", edit: replace("\r\n b=", "\r\n b=_"), want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "time no number", tags: fullTags + "; t=-1", want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "length no number", tags: fullTags + "; l=1k", want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "identity without at", tags: fullTags + "; i=example.org", want: verdict{dkim.Neutral, dkim.CodeSignatureSyntax}},
		{name: "identity elsewhere", tags: fullTags + "; i=a@notexample.org", want: verdict{dkim.PermError, dkim.CodeIdentity}},
		{name: "identity above", tags: fullTags + "; i=a@org", want: verdict{dkim.PermError, dkim.CodeIdentity}},
		{name: "From not signed", tags: strings.Replace(fullTags, "From:", "", 1), want: verdict{dkim.PermError, dkim.CodeFromNotSigned}},
		{name: "From missing", message: "To: b@example.net\r\n\r\nx\r\n", want: verdict{dkim.PermError, dkim.CodeFromMissing}},
		{name: "From twice", message: "From: e@evil.example\r\n" + message, want: verdict{dkim.Policy, dkim.CodeFromMultiple}},
		{name: "expires before signed", tags: fullTags + "; t=100; x=100", want: verdict{dkim.Neutral, dkim.CodeExpiresEarly}},
		{name: "expired", tags: fmt.Sprintf("%s; x=%d", fullTags, now-301), want: verdict{dkim.PermError, dkim.CodeExpired}},
		{name: "expired within the skew", tags: fmt.Sprintf("%s; x=%d", fullTags, now-300), want: verdict{dkim.Pass, ""}},
		{
			name: "expired without a skew", tags: fmt.Sprintf("%s; x=%d", fullTags, now-1),
			opts: func(o *dkim.Options) { o.SkewSeconds = -1 }, want: verdict{dkim.PermError, dkim.CodeExpired},
		},
		{name: "future", tags: fmt.Sprintf("%s; t=%d", fullTags, now+301), want: verdict{dkim.Policy, dkim.CodeFuture}},
		{
			name: "no time, no judgement of times", tags: fmt.Sprintf("%s; t=%d", fullTags, now+301),
			opts: func(o *dkim.Options) { o.Time = time.Time{} }, want: verdict{dkim.Pass, ""},
		},
		{name: "time of many digits", tags: fullTags + "; t=" + strings.Repeat("9", 30), want: verdict{dkim.Policy, dkim.CodeFuture}},

		{name: "body changed", edit: replace("Bye.", "Buy."), want: verdict{dkim.Fail, dkim.CodeBodyHash}},
		{name: "body and header changed", edit: func(s string) string { return replace("Good  day", "Bad  day")(replace("Bye.", "Buy.")(s)) }, want: verdict{dkim.Fail, dkim.CodeBodyHash}},
		{name: "header changed", edit: replace("Good  day", "Bad  day"), want: verdict{dkim.Fail, dkim.CodeSignatureMismatch}},
		{name: "header changed within white space", edit: replace("Good  day", "Good\r\n\t day "), want: verdict{dkim.Pass, ""}},
		{name: "own field changed", edit: replace("v=1;", "v=1; n=x;"), want: verdict{dkim.Fail, dkim.CodeSignatureMismatch}},
		{name: "white space in b= changed", edit: replace("\r\n b=", "\r\n b=\r\n  "), want: verdict{dkim.Pass, ""}},
		{
			name: "length", tags: fullTags + "; l=5", edit: func(s string) string { return s + "More.\r\n" }, want: verdict{dkim.Pass, ""},
			check: func(s *dkim.Signature) {
				if !s.Partial || s.BodyLength != 5 || s.Uncovered != 26 || !s.Findings.Has(dkim.CodePartialBody) {
					panic(fmt.Sprintf("%+v", s))
				}
			},
		},
		{name: "length of nothing", tags: fullTags + "; l=0", edit: replace("Bye.", "Buy."), want: verdict{dkim.Pass, ""}},
		{name: "length of all", tags: fullTags + "; l=20", want: verdict{dkim.Pass, ""}},
		{name: "length beyond the body", tags: fullTags + "; l=21", want: verdict{dkim.Fail, dkim.CodeBodyShort}},
		{name: "length refused", tags: fullTags + "; l=5", opts: func(o *dkim.Options) { o.RefuseLength = true }, want: verdict{dkim.Policy, dkim.CodeLengthRefused}},

		{name: "key missing", answer: &resolver.Answer{Status: resolver.NXDomain}, want: verdict{dkim.PermError, dkim.CodeKeyMissing}},
		{name: "no TXT", answer: &resolver.Answer{Status: resolver.NoData}, want: verdict{dkim.PermError, dkim.CodeKeyMissing}},
		{name: "servfail", answer: &resolver.Answer{Status: resolver.ServFail, Problem: "bogus"}, want: verdict{dkim.TempError, dkim.CodeKeyDNSFailure}},
		{name: "time-out", answer: &resolver.Answer{Status: resolver.Timeout}, want: verdict{dkim.TempError, dkim.CodeKeyDNSFailure}},
		{name: "refused", answer: &resolver.Answer{Status: resolver.Refused}, want: verdict{dkim.TempError, dkim.CodeKeyDNSFailure}},
		{name: "failed", answer: &resolver.Answer{Status: resolver.Failed}, want: verdict{dkim.TempError, dkim.CodeKeyDNSFailure}},
		{name: "key revoked", record: "v=DKIM1; p=", want: verdict{dkim.PermError, dkim.CodeKeyRevoked}},
		{name: "key malformed", record: "v=DKIM1; p=AAAA", want: verdict{dkim.PermError, dkim.CodeKeySyntax}},
		{name: "no key record", record: "v=spf1 -all", want: verdict{dkim.PermError, dkim.CodeKeySyntax}},
		{name: "key of another type", record: record(edKey.Public()), want: verdict{dkim.PermError, dkim.CodeKeyType}},
		{name: "key of an unknown type", record: "v=DKIM1; k=foo; p=AAAA", want: verdict{dkim.PermError, dkim.CodeKeyType}},
		{name: "hash not allowed", record: good + "; h=sha1", want: verdict{dkim.PermError, dkim.CodeKeyHash}},
		{name: "not for mail", record: good + "; s=web", want: verdict{dkim.PermError, dkim.CodeKeyService}},
		{name: "for mail among others", record: good + "; s=web : EMAIL; h=sha256:sha1", want: verdict{dkim.Pass, ""}},
		{name: "weak", record: record(oddKey(1023)), want: verdict{dkim.PermError, dkim.CodeKeyWeak}},
		{name: "just not weak", record: record(oddKey(1024)), want: verdict{dkim.Fail, dkim.CodeSignatureMismatch}},
		{name: "long", record: record(oddKey(8193)), want: verdict{dkim.Policy, dkim.CodeKeyLong}},
		{name: "just not long", record: record(oddKey(8192)), want: verdict{dkim.Fail, dkim.CodeSignatureMismatch}},
		{
			name: "testing", record: good + "; t=y", want: verdict{dkim.Pass, ""},
			check: func(s *dkim.Signature) {
				if !s.Testing || !s.Findings.Has(dkim.CodeKeyTesting) {
					panic("not told")
				}
			},
		},
		{
			name: "testing and failing", record: good + "; t=y", edit: replace("Bye.", "Buy."), want: verdict{dkim.Fail, dkim.CodeBodyHash},
			check: func(s *dkim.Signature) {
				if !s.Testing {
					panic("not told")
				}
			},
		},
		{name: "strict", record: good + "; t=s", tags: fullTags + "; i=a@mail.example.org", want: verdict{dkim.PermError, dkim.CodeStrictIdentity}},
		{name: "strict and the domain itself", record: good + "; t=s", tags: fullTags + "; i=a@EXAMPLE.org", want: verdict{dkim.Pass, ""}},
		{name: "strict without identity", record: good + "; t=s", want: verdict{dkim.Pass, ""}},
		{
			name: "a key among other texts", want: verdict{dkim.Pass, ""},
			check: func(s *dkim.Signature) {
				if !s.Findings.Has(dkim.CodeKeyMultiple) {
					panic("not told")
				}
			},
			answer: &resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{{"unrelated"}, answerOf(record(oddKey(1024))).TXT[0], answerOf(good).TXT[0]}},
		},
		{
			name: "several keys and none fits", want: verdict{dkim.Fail, dkim.CodeSignatureMismatch},
			answer: &resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{{"p="}, answerOf(record(oddKey(1024))).TXT[0], answerOf(record(edKey.Public())).TXT[0]}},
		},

		{name: "too many names", opts: func(o *dkim.Options) { o.Limits.Names = 3 }, want: verdict{dkim.Policy, dkim.CodeTooManyNames}},
		{name: "too many fields", opts: func(o *dkim.Options) { o.Limits.Fields = 4 }, want: verdict{dkim.Policy, dkim.CodeHeaderTooLarge}},
		{name: "header too large", read: dkim.ReadOptions{HeaderBytes: 700}, edit: replace("\r\n\r\n", "\r\nX: "+strings.Repeat("x", 700)+"\r\n\r\n"), want: verdict{dkim.Policy, dkim.CodeHeaderTooLarge}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.message == "" {
				tt.message = message
			}
			if tt.tags == "" {
				tt.tags = fullTags
			}
			if tt.key == nil {
				tt.key = rsaKey()
			}
			if tt.record == "" {
				tt.record = good
			}
			text := sign(tt.message, tt.tags, tt.tail, tt.key)
			if tt.edit != nil {
				text = tt.edit(text)
			}
			opts := dkim.Options{Time: time.Unix(now, 0)}
			if tt.opts != nil {
				tt.opts(&opts)
			}
			m := read(t, text, tt.read)
			res, missing := dkim.Evaluate(m, opts, nil)
			require.LessOrEqual(t, len(missing), 1)
			view := make(resolver.Snapshot)
			for _, q := range missing {
				require.Empty(t, res.Status)
				view[q] = answerOf(tt.record)
				if tt.answer != nil {
					view[q] = *tt.answer
				}
			}
			res, missing = dkim.Evaluate(m, opts, view)
			require.Empty(t, missing)
			require.Len(t, res.Signatures, 1)
			s := res.Signatures[0]
			require.Equal(t, tt.want, verdict{s.Status, s.Code}, "%+v", s)
			require.Equal(t, s.Status, res.Status)
			require.Equal(t, s.Status != dkim.Pass, s.Code != "")
			require.Equal(t, s.Status != dkim.Pass, s.Findings.Has(s.Code))
			if tt.check != nil {
				tt.check(&s)
			}

			// The same observations give the same result, also when they were stored.
			stored, err := json.Marshal(m)
			require.NoError(t, err)
			var again dkim.Message
			require.NoError(t, json.Unmarshal(stored, &again))
			replayed, _ := dkim.Evaluate(&again, opts, view)
			require.Equal(t, res, replayed)
			for _, f := range append(res.Findings, s.Findings...) {
				require.NotEmpty(t, f.Message)
				require.NotEmpty(t, f.Remedy)
				require.NotEmpty(t, f.Ref)
				require.Equal(t, f.Code == dkim.CodeKeyDNSFailure, f.Temporary)
			}
		})
	}
}
