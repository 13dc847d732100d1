package spf_test

import (
	"testing"

	"github.com/mailworthy/mailworthy/spf"
)

// TestEdgesInclude is for RFC 7208 section 5.2, table and text.
func TestEdgesInclude(t *testing.T) {
	runEdges(t, []edge{
		{name: "include-pass", zone: "i.test TXT 'v=spf1 ip4:192.0.2.1'\nexample.org TXT 'v=spf1 include:i.test -all'", want: spf.Pass, match: "ip4:192.0.2.1 @ i.test", counts: "1/0"},
		{name: "include-pass-by-plus-all", zone: "i.test TXT 'v=spf1 all'\nexample.org TXT 'v=spf1 ?include:i.test -all'", want: spf.Neutral},
		{name: "include-pass-minus", zone: "i.test TXT 'v=spf1 ip4:192.0.2.1'\nexample.org TXT 'v=spf1 -include:i.test +all'", want: spf.Fail},
		{name: "include-pass-tilde", zone: "i.test TXT 'v=spf1 ip4:192.0.2.1'\nexample.org TXT 'v=spf1 ~include:i.test +all'", want: spf.SoftFail, code: spf.CodeSoftFail},
		{name: "include-fail", zone: "i.test TXT 'v=spf1 -all'\nexample.org TXT 'v=spf1 include:i.test ~all'", want: spf.SoftFail, match: "~all @ example.org"},
		{name: "include-softfail", zone: "i.test TXT 'v=spf1 ~all'\nexample.org TXT 'v=spf1 include:i.test ip4:192.0.2.1'", want: spf.Pass, match: "ip4:192.0.2.1 @ example.org"},
		{name: "include-neutral", zone: "i.test TXT 'v=spf1 ?all'\nexample.org TXT 'v=spf1 include:i.test -all'", want: spf.Fail},
		{name: "include-neutral-by-default", zone: "i.test TXT 'v=spf1'\nexample.org TXT 'v=spf1 include:i.test -all'", want: spf.Fail},
		{name: "include-none-nxdomain", zone: "example.org TXT 'v=spf1 include:i.test ip4:192.0.2.1'", want: spf.PermError, code: spf.CodeIncludeNoRecord},
		{name: "include-none-nodata", zone: "i.test A 192.0.2.1\nexample.org TXT 'v=spf1 include:i.test ip4:192.0.2.1'", want: spf.PermError, code: spf.CodeIncludeNoRecord},
		{name: "include-none-other-text", zone: "i.test TXT 'v=spf10'\nexample.org TXT 'v=spf1 include:i.test ip4:192.0.2.1'", want: spf.PermError, code: spf.CodeIncludeNoRecord, counts: "1/0"},
		{name: "include-none-minus", zone: "example.org TXT 'v=spf1 -include:i.test ip4:192.0.2.1'", want: spf.PermError},
		{name: "include-temperror", zone: "i.test TXT !servfail\nexample.org TXT 'v=spf1 include:i.test ip4:192.0.2.1'", want: spf.TempError, code: spf.CodeDNSFailure},
		{name: "include-temperror-deep", zone: "i.test TXT 'v=spf1 a:h.test'\nh.test A !timeout\nexample.org TXT 'v=spf1 include:i.test ip4:192.0.2.1'", want: spf.TempError},
		{name: "include-permerror", zone: "i.test TXT 'v=spf1 moo'\nexample.org TXT 'v=spf1 include:i.test ip4:192.0.2.1'", want: spf.PermError, code: spf.CodeSyntax},
		{name: "include-error-at-end", zone: "i.test TXT 'v=spf1 ip4:192.0.2.1 -all moo'\nexample.org TXT 'v=spf1 include:i.test -all'", want: spf.PermError, code: spf.CodeSyntax},
		{name: "include-behind-match", zone: "i.test TXT !servfail\nexample.org TXT 'v=spf1 ip4:192.0.2.1 include:i.test -all'", want: spf.Pass, unasked: []string{"i.test TXT"}},
		{
			// The single label is none by section 4.3, even with a record, and that
			// is permerror by the table of section 5.2.
			name: "include-single-label", zone: "org TXT 'v=spf1 ip4:192.0.2.1'\nexample.org TXT 'v=spf1 include:%{o1} -all'",
			want: spf.PermError, unasked: []string{"org TXT"},
		},
		{name: "include-all-cancels-only-its-own-redirect", zone: "i.test TXT 'v=spf1 -all'\nr.test TXT 'v=spf1 ip4:192.0.2.1'\nexample.org TXT 'v=spf1 include:i.test redirect=r.test'", want: spf.Pass},
		{name: "include-then-its-redirect", zone: "i.test TXT 'v=spf1 redirect=r.test'\nr.test TXT 'v=spf1 ip4:192.0.2.1'\nexample.org TXT 'v=spf1 include:i.test -all'", want: spf.Pass, match: "ip4:192.0.2.1 @ r.test"},
		{name: "include-domain-for-a", zone: "i.test TXT 'v=spf1 a'\ni.test A 192.0.2.1\nexample.org TXT 'v=spf1 include:i.test -all'", want: spf.Pass, unasked: []string{"example.org A"}},
	})
}

// TestEdgesRedirect is for RFC 7208 section 6.1.
func TestEdgesRedirect(t *testing.T) {
	runEdges(t, []edge{
		{name: "redirect-pass", zone: "r.test TXT 'v=spf1 ip4:192.0.2.1'\nexample.org TXT 'v=spf1 redirect=r.test'", want: spf.Pass, match: "ip4:192.0.2.1 @ r.test"},
		{name: "redirect-fail", zone: "r.test TXT 'v=spf1 -all'\nexample.org TXT 'v=spf1 redirect=r.test'", want: spf.Fail},
		{name: "redirect-neutral", zone: "r.test TXT 'v=spf1'\nexample.org TXT 'v=spf1 redirect=r.test'", want: spf.Neutral},
		{name: "redirect-to-nothing", zone: "example.org TXT 'v=spf1 redirect=r.test'", want: spf.PermError, code: spf.CodeRedirectNoRecord},
		{name: "redirect-to-nodata", zone: "r.test A 192.0.2.1\nexample.org TXT 'v=spf1 redirect=r.test'", want: spf.PermError, code: spf.CodeRedirectNoRecord},
		{name: "redirect-to-other-text", zone: "r.test TXT x\nexample.org TXT 'v=spf1 redirect=r.test'", want: spf.PermError, code: spf.CodeRedirectNoRecord},
		{name: "redirect-timeout", zone: "r.test TXT !timeout\nexample.org TXT 'v=spf1 redirect=r.test'", want: spf.TempError, code: spf.CodeDNSFailure},
		{name: "redirect-servfail", zone: "r.test TXT !servfail\nexample.org TXT 'v=spf1 redirect=r.test'", want: spf.TempError},
		{name: "redirect-malformed-name", zone: "example.org TXT 'v=spf1 redirect=foo..test'", want: spf.PermError},
		{name: "redirect-long-label", zone: "example.org TXT 'v=spf1 redirect=" + series(64, "x") + ".test'", want: spf.PermError},
		{name: "redirect-single-label", zone: "org TXT 'v=spf1 ip4:192.0.2.1'\nexample.org TXT 'v=spf1 redirect=%{o1}'", want: spf.PermError, unasked: []string{"org TXT"}},
		{name: "redirect-syntax", zone: "r.test TXT 'v=spf1 ip4:192.0.2.1 moo'\nexample.org TXT 'v=spf1 redirect=r.test'", want: spf.PermError, code: spf.CodeSyntax},
		{name: "redirect-all-behind", zone: "r.test TXT 'v=spf1 -all'\nexample.org TXT 'v=spf1 redirect=r.test ?all'", want: spf.Neutral, unasked: []string{"r.test TXT"}, match: "?all @ example.org"},
		{name: "redirect-all-before", zone: "r.test TXT 'v=spf1 -all'\nexample.org TXT 'v=spf1 ?all redirect=r.test'", want: spf.Neutral, counts: "0/0"},
		{name: "redirect-last-wherever-it-stands", zone: "r.test TXT 'v=spf1 -all'\nexample.org TXT 'v=spf1 redirect=r.test ip4:192.0.2.1'", want: spf.Pass},
		{name: "redirect-all-as-modifier", zone: "r.test TXT 'v=spf1 -all'\nexample.org TXT 'v=spf1 all=yes redirect=r.test'", want: spf.Fail, match: "-all @ r.test"},
		{name: "redirect-domain", zone: "r.test TXT 'v=spf1 a exists:%{d}.%{o}.x.test -all'\nr.test A 198.51.100.1\nr.test.example.org.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 redirect=r.test'", want: spf.Pass},
	})
}

// TestEdgesFailures is for DNS failures in mechanisms (RFC 7208 section 5).
func TestEdgesFailures(t *testing.T) {
	reverse := "1.2.0.192.in-addr.arpa PTR "
	runEdges(t, []edge{
		{name: "a-timeout", zone: "h.test A !timeout\nexample.org TXT 'v=spf1 a:h.test ip4:192.0.2.1'", want: spf.TempError, code: spf.CodeDNSFailure},
		{name: "a-servfail-minus", zone: "h.test A !servfail\nexample.org TXT 'v=spf1 -a:h.test ip4:192.0.2.1'", want: spf.TempError},
		{name: "a-refused", zone: "h.test A !refused\nexample.org TXT 'v=spf1 a:h.test ip4:192.0.2.1'", want: spf.TempError},
		{name: "mx-timeout", zone: "h.test MX !timeout\nexample.org TXT 'v=spf1 mx:h.test ip4:192.0.2.1'", want: spf.TempError},
		{name: "mx-host-timeout", zone: "h.test MX 1 m.test\nm.test A !timeout\nexample.org TXT 'v=spf1 mx:h.test ip4:192.0.2.1'", want: spf.TempError},
		{name: "mx-host-fails-behind-match", zone: "h.test MX 1 a.test\nh.test MX 2 b.test\na.test A 192.0.2.1\nb.test A !servfail\nexample.org TXT 'v=spf1 mx:h.test -all'", want: spf.Pass},
		{name: "mx-host-fails-before-match", zone: "h.test MX 1 a.test\nh.test MX 2 b.test\nb.test A 192.0.2.1\na.test A !servfail\nexample.org TXT 'v=spf1 mx:h.test -all'", want: spf.TempError},
		{name: "mx-host-nxdomain", zone: "h.test MX 1 a.test\nh.test MX 2 b.test\nb.test A 192.0.2.1\nexample.org TXT 'v=spf1 mx:h.test -all'", want: spf.Pass, counts: "1/0"},
		{name: "exists-timeout", zone: "h.test A !timeout\nexample.org TXT 'v=spf1 exists:h.test ip4:192.0.2.1'", want: spf.TempError},
		{name: "failure-behind-match", zone: "h.test A !timeout\nexample.org TXT 'v=spf1 ip4:192.0.2.1 a:h.test -all'", want: spf.Pass},
		{
			// RFC 7208 section 5.5: mechanism fails to match.
			name: "ptr-error-is-no-match", zone: "1.2.0.192.in-addr.arpa PTR !servfail\nexample.org TXT 'v=spf1 ptr ip4:192.0.2.1'",
			want: spf.Pass, match: "ip4:192.0.2.1 @ example.org", counts: "1/0",
		},
		{name: "ptr-timeout-is-no-match", zone: "1.2.0.192.in-addr.arpa PTR !timeout\nexample.org TXT 'v=spf1 ptr -all'", want: spf.Fail, counts: "1/0"},
		{name: "ptr-name-error-is-skipped", zone: reverse + "a.example.org\n" + reverse + "b.example.org\na.example.org A !servfail\nb.example.org A 192.0.2.1\nexample.org TXT 'v=spf1 ptr -all'", want: spf.Pass},
		{name: "ptr-name-error-alone", zone: reverse + "a.example.org\na.example.org A !servfail\nexample.org TXT 'v=spf1 ptr -all'", want: spf.Fail},
		{name: "ptr-not-a-suffix", zone: reverse + "mail.badexample.org\nmail.badexample.org A 192.0.2.1\nexample.org TXT 'v=spf1 ptr:example.org -all'", want: spf.Fail},
		{name: "ptr-any-case", zone: reverse + "Mail.EXAMPLE.org\nmail.example.org A 192.0.2.1\nexample.org TXT 'v=spf1 ptr:Example.ORG -all'", want: spf.Pass},
		{name: "ptr-same-name", zone: reverse + "example.org\nexample.org A 192.0.2.1\nexample.org TXT 'v=spf1 ptr -all'", want: spf.Pass},
		{
			// The bullets of section 5.5 have it the wrong way round; the text and
			// the example are clear.
			name: "ptr-target-below-name", zone: reverse + "example.org\nexample.org A 192.0.2.1\nexample.org TXT 'v=spf1 ptr:sub.example.org -all'", want: spf.Fail,
		},
		{name: "ptr-not-validated", zone: reverse + "mail.example.org\nmail.example.org A 192.0.2.2\nexample.org TXT 'v=spf1 ptr -all'", want: spf.Fail},
		{name: "ptr-of-the-include", zone: reverse + "mail.i.test\nmail.i.test A 192.0.2.1\ni.test TXT 'v=spf1 ptr'\nexample.org TXT 'v=spf1 include:i.test -all'", want: spf.Pass},
		{name: "ptr-trailing-dot", zone: reverse + "mail.example.org\nmail.example.org A 192.0.2.1\nexample.org TXT 'v=spf1 ptr:example.org. -all'", want: spf.Pass},
		{
			name: "ptr-ip6", ip: client6,
			zone: "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR mail.example.org\n" +
				"mail.example.org AAAA 2001:db8::1\nexample.org TXT 'v=spf1 ptr -all'",
			want: spf.Pass, unasked: []string{"mail.example.org A"},
		},
	})
}

// TestEdgesExplanation is for RFC 7208 section 6.2.
func TestEdgesExplanation(t *testing.T) {
	runEdges(t, []edge{
		{name: "exp", zone: "e.test TXT 'go away'\nexample.org TXT 'v=spf1 exp=e.test -all'", want: spf.Fail, explanation: "go away"},
		{name: "exp-behind-all", zone: "e.test TXT 'go away'\nexample.org TXT 'v=spf1 -all exp=e.test'", want: spf.Fail, explanation: "go away"},
		{name: "exp-glued", zone: "e.test TXT 'go ' 'away'\nexample.org TXT 'v=spf1 -all exp=e.test'", want: spf.Fail, explanation: "go away"},
		{name: "exp-by-cname", zone: "c.test TXT 'go away'\ne.test CNAME c.test\nexample.org TXT 'v=spf1 -all exp=e.test'", want: spf.Fail, explanation: "go away"},
		{name: "exp-trailing-dot", zone: "e.test TXT 'go away'\nexample.org TXT 'v=spf1 -all exp=e.test.'", want: spf.Fail, explanation: "go away"},
		{name: "exp-target-macro", zone: "user.example.org TXT 'go away'\nexample.org TXT 'v=spf1 -all exp=%{l}.%{d}'", want: spf.Fail, explanation: "go away"},
		{name: "exp-pass", zone: "e.test TXT 'go away'\nexample.org TXT 'v=spf1 +all exp=e.test'", want: spf.Pass, unasked: []string{"e.test TXT"}},
		{name: "exp-softfail", zone: "e.test TXT 'go away'\nexample.org TXT 'v=spf1 ~all exp=e.test'", want: spf.SoftFail},
		{name: "exp-permerror", zone: "e.test TXT 'go away'\nexample.org TXT 'v=spf1 include:n.test -all exp=e.test'", want: spf.PermError},
		{
			name: "exp-not-from-include",
			zone: "e.test TXT 'inner'\ni.test TXT 'v=spf1 ip4:192.0.2.1 exp=e.test'\nexample.org TXT 'v=spf1 -include:i.test'",
			want: spf.Fail, unasked: []string{"e.test TXT"},
		},
		{
			name: "exp-of-includer",
			zone: "e.test TXT 'inner'\no.test TXT 'outer of %{d}'\ni.test TXT 'v=spf1 ip4:192.0.2.1 exp=e.test'\nexample.org TXT 'v=spf1 -include:i.test exp=o.test'",
			want: spf.Fail, explanation: "outer of example.org",
		},
		{
			name: "exp-after-failed-include",
			zone: "e.test TXT 'inner'\ni.test TXT 'v=spf1 -all exp=e.test'\nexample.org TXT 'v=spf1 include:i.test -all'",
			want: spf.Fail, unasked: []string{"e.test TXT"},
		},
		{
			name: "exp-of-redirect-target",
			zone: "e.test TXT 'target %{d} %{o}'\no.test TXT 'outer'\nr.test TXT 'v=spf1 -all exp=e.test'\nexample.org TXT 'v=spf1 redirect=r.test exp=o.test'",
			want: spf.Fail, explanation: "target r.test example.org", unasked: []string{"o.test TXT"},
		},
		{
			name: "exp-of-redirect-without",
			zone: "o.test TXT 'outer'\nr.test TXT 'v=spf1 -all'\nexample.org TXT 'v=spf1 redirect=r.test exp=o.test'",
			want: spf.Fail, unasked: []string{"o.test TXT"},
		},
		{
			name: "exp-not-of-redirect-in-include",
			zone: "e.test TXT 'inner'\nr.test TXT 'v=spf1 ip4:192.0.2.1 exp=e.test'\ni.test TXT 'v=spf1 redirect=r.test exp=e.test'\nexample.org TXT 'v=spf1 -include:i.test'",
			want: spf.Fail,
		},
		{name: "exp-nxdomain", zone: "example.org TXT 'v=spf1 -all exp=e.test'", want: spf.Fail},
		{name: "exp-nodata", zone: "e.test A 192.0.2.1\nexample.org TXT 'v=spf1 -all exp=e.test'", want: spf.Fail},
		{name: "exp-servfail", zone: "e.test TXT !servfail\nexample.org TXT 'v=spf1 -all exp=e.test'", want: spf.Fail},
		{name: "exp-timeout", zone: "e.test TXT !timeout\nexample.org TXT 'v=spf1 -all exp=e.test'", want: spf.Fail},
		{name: "exp-two-texts", zone: "e.test TXT 'one'\ne.test TXT 'two'\nexample.org TXT 'v=spf1 -all exp=e.test'", want: spf.Fail},
		{name: "exp-empty-text", zone: "e.test TXT ''\nexample.org TXT 'v=spf1 -all exp=e.test'", want: spf.Fail},
		{name: "exp-malformed-name", zone: "example.org TXT 'v=spf1 -all exp=e..test'", want: spf.Fail},
		{name: "exp-non-ascii", zone: `e.test TXT "go \195\169"` + "\nexample.org TXT 'v=spf1 -all exp=e.test'", want: spf.Fail},
		{name: "exp-control", zone: `e.test TXT "go\010away"` + "\nexample.org TXT 'v=spf1 -all exp=e.test'", want: spf.Fail},
		{name: "exp-tab", zone: `e.test TXT "go\009away"` + "\nexample.org TXT 'v=spf1 -all exp=e.test'", want: spf.Fail},
		{name: "exp-escape", zone: `e.test TXT "go\027[31maway"` + "\nexample.org TXT 'v=spf1 -all exp=e.test'", want: spf.Fail},
		{name: "exp-syntax", zone: "e.test TXT '100% sure'\nexample.org TXT 'v=spf1 -all exp=e.test'", want: spf.Fail},
		{name: "exp-syntax-unclosed", zone: "e.test TXT 'sure %{d'\nexample.org TXT 'v=spf1 -all exp=e.test'", want: spf.Fail},
		{name: "exp-syntax-letter", zone: "e.test TXT 'sure %{x}'\nexample.org TXT 'v=spf1 -all exp=e.test'", want: spf.Fail},
		{name: "exp-local-part-non-ascii", from: "us\u00e9r@example.org", zone: "e.test TXT 'not %{l}'\nexample.org TXT 'v=spf1 -all exp=e.test'", want: spf.Fail},
		{name: "exp-local-part-control", from: "us\r\ner@example.org", zone: "e.test TXT 'not %{l}'\nexample.org TXT 'v=spf1 -all exp=e.test'", want: spf.Fail},
		{name: "exp-helo-control", helo: "a\r\n250 b.test", zone: "e.test TXT 'not %{h}'\nexample.org TXT 'v=spf1 -all exp=e.test'", want: spf.Fail},
		{
			name: "exp-txt-macro-char", receiver: "mx.receiver.test",
			zone: "e.test TXT '%{c} %{r} %{t} %{C} %{R}'\nexample.org TXT 'v=spf1 -all exp=e.test'",
			want: spf.Fail, explanation: "192.0.2.1 mx.receiver.test 1234567890 192.0.2.1 mx.receiver.test",
		},
		{
			name: "exp-receiver-unknown", ip: "2001:db8::cb01",
			zone: "e.test TXT '%{c} %{r} %{C}'\nexample.org TXT 'v=spf1 -all exp=e.test'",
			want: spf.Fail, explanation: "2001:db8::cb01 unknown 2001%3Adb8%3A%3Acb01",
		},
		{
			// RFC 7208 section 7.1.
			name: "exp-percent",
			zone: "e.test TXT '100%% a%_b%-c'\nexample.org TXT 'v=spf1 -all exp=e.test'",
			want: spf.Fail, explanation: "100% a b%20c",
		},
		{
			name: "exp-validated-name",
			zone: "1.2.0.192.in-addr.arpa PTR mail.example.org\nmail.example.org A 192.0.2.1\ne.test TXT 'not %{p}'\nexample.org TXT 'v=spf1 -all exp=e.test'",
			want: spf.Fail, explanation: "not mail.example.org",
		},
		{
			name: "exp-validated-name-unknown",
			zone: "1.2.0.192.in-addr.arpa PTR !servfail\ne.test TXT 'not %{p}'\nexample.org TXT 'v=spf1 -all exp=e.test'",
			want: spf.Fail, explanation: "not unknown",
		},
	})
}
