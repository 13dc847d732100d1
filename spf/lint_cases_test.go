package spf_test

import (
	"strconv"
	"strings"
)

// lintCases has all mistakes that are looked for, and what resembles them but is in
// order.
func lintCases() []lintCase {
	tenMX := "many.test MX 1 h1.test\n" + series(11, "many.test MX 2 h%d.test\n") + hosts
	return []lintCase{
		// What is in order.
		{name: "good", zone: "mx.example.org A 44.1.2.3\nexample.org MX 1 mx.example.org\ni.test TXT 'v=spf1 ip4:44.5.0.0/16 -all'", record: "v=spf1 mx ip4:44.2.0.0/24 ip6:2a00:1::/32 include:i.test ~all"},
		{name: "good-redirect", zone: "i.test TXT 'v=spf1 ip4:44.5.0.0/16 -all'", record: "v=spf1 redirect=i.test"},
		{name: "good-nothing", record: "v=spf1 -all"},
		{name: "good-ra", record: "v=spf1 -all ra=postmaster rp=100 rr=all"},
		{name: "good-a-of-one-family", zone: "h.test A 44.1.2.3", record: "v=spf1 a:h.test -all"},
		{name: "good-others-neglect", zone: "i.test TXT 'v=spf1 ptr:x.test ip4:10.0.0.1 a:none.test ip4:10.0.0.1 ?all exp=e.test x=y'", record: "v=spf1 include:i.test -all"},
		{name: "good-neighbours", zone: "$TTL 3600\nexample.org TXT 'v=spf1 -all'\nexample.org TXT 'v=spf10 +all'\nexample.org TXT 'v=DMARC1; p=none'\nexample.org TXT 'spf1-verification=abc'\nexample.org TXT 'google-site-verification=v=spf1abc'\nexample.org TXT 'spf1.example.com rules'\nexample.org TXT 'spf2.1'"},
		{name: "good-split", zone: "$TTL 3600\nexample.org TXT 'v=spf1 include:i.t' 'est -all'\ni.test TXT 'v=spf1 -all'"},
		{name: "good-split-before-a-letter", zone: "$TTL 3600\nexample.org TXT 'v=spf1 include:x.tes' 'a -all'\nx.tesa TXT 'v=spf1 -all'"},
		{name: "good-exception", record: "v=spf1 -ip4:44.1.2.3 ip4:44.1.2.0/24 -all"},
		{name: "good-exception-of-other", zone: "i.test TXT 'v=spf1 -ip4:44.1.2.3 ip4:44.1.2.0/24 -all'", record: "v=spf1 include:i.test ip4:44.1.2.3 -all"},
		{name: "good-refused-between", record: "v=spf1 ip4:44.1.2.3 -ip4:44.1.2.0/25 ip4:44.1.2.0/24 -all"},
		{name: "good-ten-lookups", zone: series(10, "i%d.test TXT 'v=spf1 ip4:44.1.2.%d -all'\n"), record: "v=spf1" + series(10, " include:i%d.test") + " -all"},
		{name: "good-ten-mx", zone: series(10, "m.test MX 1 h%d.test\n") + hosts, record: "v=spf1 mx:m.test -all"},
		{name: "good-nine-bits", record: "v=spf1 ip4:44.0.0.0/9 ip6:2a00::/20 -all"},
		{name: "good-behind-dead-include", zone: "i.test TXT 'v=spf1 include:none.test ip4:1.2.3'", record: "v=spf1 -all", domain: "example.org"},
		{name: "good-name-with-all", zone: "x.test-all TXT 'v=spf1 -all'", record: "v=spf1 include:x.test-all -all"},

		// Whether there is a record.
		{name: "bad-domain", domain: "localhost", want: "bad-domain"},
		{name: "bad-literal", domain: "[192.0.2.1]", want: "bad-domain"},
		{name: "no-record", zone: "x.test A 44.1.2.3", want: "no-record", mended: "v=spf1 -all"},
		{name: "no-record-but-mx", zone: "example.org MX 1 h.test\nh.test A 44.1.2.3", want: "no-record", mended: "v=spf1 mx -all"},
		{name: "no-record-and-null-mx", zone: "example.org MX 0 .", want: "no-record", mended: "v=spf1 -all"},
		{name: "several", zone: "$TTL 3600\nexample.org TXT 'v=spf1 ip4:44.1.2.3 -all'\nexample.org TXT 'v=spf1 ip4:44.1.2.4 ip4:44.1.2.3 ~all'", want: "multiple-records", mended: "v=spf1 ip4:44.1.2.3 ip4:44.1.2.4 ~all"},
		{name: "several-with-exp", zone: "$TTL 3600\nexample.org TXT 'v=spf1 -all exp=a.test'\nexample.org TXT 'v=spf1 -all exp=b.test'", want: "multiple-records exp", mended: "v=spf1 -all exp=a.test"},
		{name: "several-that-refuse", zone: "$TTL 3600\nexample.org TXT 'v=spf1 -ip4:44.1.2.3 ~all'\nexample.org TXT 'v=spf1 ip4:44.1.2.3 -all'", want: "multiple-records"},
		{name: "dns-failure", zone: "example.org TXT !servfail", want: "dns-failure"},
		{name: "leading-blank", record: " v=spf1 -all", want: "near-miss", mended: "v=spf1 -all"},
		{name: "near-miss-spf1", record: "spf1 ip4:44.1.2.3 -all", want: "near-miss", mended: "v=spf1 ip4:44.1.2.3 -all"},
		{name: "near-miss-sfp1", record: "v=sfp1 -all", want: "near-miss", mended: "v=spf1 -all"},
		{name: "near-miss-spf", record: "v=spf mx -all", want: "near-miss", mended: "v=spf1 mx -all"},
		{name: "near-miss-colon", record: "v:spf1 -all", want: "near-miss", mended: "v=spf1 -all"},
		{name: "near-miss-semicolon", record: "v=spf1; -all", want: "near-miss", mended: "v=spf1 -all"},
		{name: "near-miss-tab", record: "v=spf1\t-all", want: "near-miss", mended: "v=spf1 -all"},
		{name: "near-miss-glued", record: "v=spf1include:i.test -all", want: "near-miss", mended: "v=spf1 include:i.test -all"},
		{name: "near-miss-quotes", record: `"v=spf1 -all"`, want: "near-miss", mended: "v=spf1 -all"},
		{name: "near-miss-smart", record: "\u201cv=spf1 \u2013all\u201d", want: "near-miss", mended: "v=spf1 -all"},
		{name: "near-miss-bom", record: "\ufeffv=spf1 -all", want: "near-miss", mended: "v=spf1 -all"},
		{name: "near-miss-hopeless", record: " v=spf1 nonsense -all", want: "near-miss"},
		{name: "near-miss-beside-record", zone: "example.org TXT 'spf1 ip4:44.1.2.3 -all'", record: "v=spf1 ip4:44.1.2.4 ~all", want: "near-miss", mended: "v=spf1 ip4:44.1.2.4 ip4:44.1.2.3 ~all"},
		{name: "near-miss-twice", zone: "example.org TXT 'spf1 ip4:44.1.2.3 -all'", record: " v=spf1 ip4:44.1.2.4 ~all", want: "near-miss near-miss", mended: "v=spf1 ip4:44.1.2.4 ip4:44.1.2.3 ~all"},
		{name: "in-the-middle-of-another", record: "check=abc v=spf1 ip4:44.1.2.3 -all", want: "embedded-version", mended: "v=spf1 ip4:44.1.2.3 -all"},
		{name: "in-the-middle-of-a-record", record: "v=spf1 ip4:44.1.2.3 v=spf1 ip4:44.1.2.4 -all", want: "embedded-version", span: "v=spf1", mended: "v=spf1 ip4:44.1.2.3 ip4:44.1.2.4 -all"},
		{name: "wrong-name-spf", zone: "_spf.example.org TXT 'v=spf1 -all'", want: "wrong-name", mended: "v=spf1 -all"},
		{name: "wrong-name-www", zone: "www.example.org TXT 'v=spf1 -all'", want: "wrong-name", mended: "v=spf1 -all"},
		{name: "not-inherited", domain: "news.example.org", record: "v=spf1 -all", want: "not-inherited", mended: "v=spf1 redirect=example.org"},
		{name: "type-99", zone: "example.org SPF 'v=spf1 -all'", record: "v=spf1 -all", want: "type-99"},
		{name: "type-99-alone", zone: "example.org SPF 'v=spf1 -all'", want: "type-99"},
		{name: "sender-id", zone: "example.org TXT 'spf2.0/pra,mfrom -all'", record: "v=spf1 -all", want: "sender-id"},

		// Terms that are malformed.
		{name: "syntax", record: "v=spf1 ip4:1.2.3 -all", want: "syntax", span: "ip4:1.2.3"},
		{name: "syntax-comma-at-end", record: "v=spf1 mx:m.test, -all", zone: "m.test MX 1 h1.test\n" + hosts, want: "syntax", span: "mx:m.test,", mended: "v=spf1 mx:m.test -all"},
		{name: "syntax-quotes", record: `v=spf1 include:"i.test" -all`, zone: "i.test TXT 'v=spf1 -all'", want: "syntax", span: `include:"i.test"`, mended: "v=spf1 include:i.test -all"},
		{name: "syntax-tab", record: "v=spf1 ip4:44.1.2.3\t-all", want: "syntax", span: "ip4:44.1.2.3\t-all", mended: "v=spf1 ip4:44.1.2.3 -all"},
		{name: "syntax-twice", record: "v=spf1 redirect=i.test redirect=j.test", zone: "i.test TXT 'v=spf1 -all'", want: "syntax", span: "redirect=j.test"},
		{name: "syntax-family", record: "v=spf1 ip4:2a00::1 -all", want: "syntax", span: "ip4:2a00::1", mended: "v=spf1 ip6:2a00::1 -all"},
		{name: "stray-blank-redirect", record: "v=spf1 redirect= i.test", zone: "i.test TXT 'v=spf1 -all'", want: "stray-blank", span: "redirect=", mended: "v=spf1 redirect=i.test"},
		{name: "stray-blank-include", record: "v=spf1 include: i.test -all", zone: "i.test TXT 'v=spf1 -all'", want: "stray-blank", span: "include:", mended: "v=spf1 include:i.test -all"},
		{name: "stray-blank-before", record: "v=spf1 a :h1.test -all", zone: hosts, want: "stray-blank void-term", span: ":h1.test", mended: "v=spf1 a:h1.test -all"},
		{name: "stray-blank-length", record: "v=spf1 ip4:44.1.2.0 /24 -all", want: "stray-blank", span: "/24", mended: "v=spf1 ip4:44.1.2.0/24 -all"},
		{name: "stray-blank-sign", record: "v=spf1 ip4:44.1.2.0 - all", want: "stray-blank plus-all", span: "-", mended: "v=spf1 ip4:44.1.2.0 -all"},
		{name: "include-without-a-name", record: "v=spf1 include: -all", want: "syntax", span: "include:"},
		{name: "include-equals", record: "v=spf1 include=i.test -all", want: "equals-for-colon", span: "include=i.test", mended: "v=spf1 include:i.test -all", zone: "i.test TXT 'v=spf1 -all'"},
		{name: "include-equals-nothing", record: "v=spf1 include= -all", want: "equals-for-colon", span: "include="},
		{name: "include-equals-blank", record: "v=spf1 include= i.test -all", want: "stray-blank equals-for-colon", span: "i.test", mended: "v=spf1 include:i.test -all", zone: "i.test TXT 'v=spf1 -all'"},
		{name: "ip", record: "v=spf1 ip:44.1.2.3 -all", want: "unknown-mechanism", span: "ip:44.1.2.3", mended: "v=spf1 ip4:44.1.2.3 -all"},
		{name: "ip-of-six", record: "v=spf1 ~ip:2a00::1/64 -all", want: "unknown-mechanism", span: "~ip:2a00::1/64", mended: "v=spf1 ~ip6:2a00::1/64 -all"},
		{name: "unknown-mechanism", record: "v=spf1 host:h.test -all", want: "unknown-mechanism", span: "host:h.test"},
		{name: "unknown-modifier", record: "v=spf1 host=h.test -all", want: "unknown-modifier", span: "host=h.test"},
		{name: "missing-blank", record: "v=spf1 ip4:44.1.2.3-all", want: "missing-blank", span: "ip4:44.1.2.3-all", mended: "v=spf1 ip4:44.1.2.3 -all"},
		{name: "missing-blanks", record: "v=spf1 ip4:44.1.2.3ip4:44.1.2.4ip4:44.1.2.5 -all", want: "missing-blank", span: "ip4:44.1.2.3ip4:44.1.2.4ip4:44.1.2.5", mended: "v=spf1 ip4:44.1.2.3 ip4:44.1.2.4 ip4:44.1.2.5 -all"},
		{name: "missing-blank-in-a-name", record: "v=spf1 a:h1.test-all", zone: hosts, want: "missing-blank no-all void-term", span: "a:h1.test-all", mended: "v=spf1 a:h1.test -all"},
		{name: "missing-blank-between-includes", record: "v=spf1 include:i.testinclude:j.test -all", zone: "i.test TXT 'v=spf1 -all'\nj.test TXT 'v=spf1 -all'", want: "missing-blank include-no-record", span: "include:i.testinclude:j.test", mended: "v=spf1 include:i.test include:j.test -all"},
		{name: "commas", record: "v=spf1 ip4:44.1.2.3,ip4:44.1.2.4,-all", want: "missing-blank", span: "ip4:44.1.2.3,ip4:44.1.2.4,-all", mended: "v=spf1 ip4:44.1.2.3 ip4:44.1.2.4 -all"},
		{name: "smart-quotes", record: "v=spf1 \u201cip4:44.1.2.3\u201d -all", want: "non-ascii", span: "\u201cip4:44.1.2.3\u201d", mended: "v=spf1 ip4:44.1.2.3 -all"},
		{name: "dash", record: "v=spf1 \u2013all", want: "non-ascii", span: "\u2013all", mended: "v=spf1 -all"},
		{name: "blank-that-does-not-break", record: "v=spf1 ip4:44.1.2.3\u00a0-all", want: "non-ascii", span: "ip4:44.1.2.3\u00a0-all", mended: "v=spf1 ip4:44.1.2.3 -all"},
		{name: "idn", record: "v=spf1 include:b\u00fccher.test -all", zone: "xn--bcher-kva.test TXT 'v=spf1 -all'", want: "non-ascii", span: "include:b\u00fccher.test", mended: "v=spf1 include:xn--bcher-kva.test -all"},
		{name: "not-even-text", record: "v=spf1 a:\xff.test -all", want: "non-ascii", span: "a:\xff.test"},
		{name: "two-mistakes", record: "v=spf1 ip:44.1.2.3 ip4:44.1.2.4-all", want: "unknown-mechanism missing-blank", span: "ip:44.1.2.3", mended: "v=spf1 ip4:44.1.2.3 ip4:44.1.2.4 -all"},
		{name: "two-mistakes-one-hopeless", record: "v=spf1 ip:44.1.2.3 foo -all", want: "unknown-mechanism unknown-mechanism", span: "ip:44.1.2.3"},

		// The end.
		{name: "plus-all", record: "v=spf1 +all", want: "plus-all", span: "+all"},
		{name: "bare-all", record: "v=spf1 all", want: "plus-all", span: "all"},
		{name: "plus-all-of-other", record: "v=spf1 include:i.test -all", zone: "i.test TXT 'v=spf1 +all'", want: "plus-all", subject: "i.test", span: "+all"},
		{name: "plus-all-softened", record: "v=spf1 ?include:i.test -all", zone: "i.test TXT 'v=spf1 +all'"},
		{name: "neutral-all", record: "v=spf1 ip4:44.1.2.3 ?all", want: "neutral-all", span: "?all"},
		{name: "neutral-all-behind-redirect", record: "v=spf1 redirect=i.test", zone: "i.test TXT 'v=spf1 ?all'", want: "neutral-all", subject: "i.test", span: "?all"},
		{name: "no-all", record: "v=spf1 ip4:44.1.2.3", want: "no-all", mended: "v=spf1 ip4:44.1.2.3 ~all"},
		{name: "no-all-behind-redirect", record: "v=spf1 redirect=_spf.example.org", zone: "_spf.example.org TXT 'v=spf1 ip4:44.1.2.3'", want: "no-all", subject: "_spf.example.org", mended: "v=spf1 ip4:44.1.2.3 ~all"},
		{name: "after-all", record: "v=spf1 -all ip4:44.1.2.3", want: "after-all", span: "ip4:44.1.2.3"},
		{name: "after-all-include", record: "v=spf1 -all include:none.test", want: "after-all", span: "include:none.test"},
		{name: "redirect-with-all", record: "v=spf1 redirect=none.test -all", want: "redirect-with-all", span: "redirect=none.test"},

		// Terms.
		{name: "ptr", record: "v=spf1 ptr -all", want: "ptr", span: "ptr"},
		{name: "exp", record: "v=spf1 -all exp=e.test", want: "exp", span: "exp=e.test"},
		{name: "macro", record: "v=spf1 include:%{ir}.%{v}.%{d}.spf.has.pphosted.com -all", want: "macro", span: "include:%{ir}.%{v}.%{d}.spf.has.pphosted.com"},
		{name: "include-no-record", record: "v=spf1 include:none.test -all", want: "include-no-record", span: "include:none.test"},
		{name: "include-no-record-of-other", record: "v=spf1 include:i.test -all", zone: "i.test TXT 'v=spf1 include:none.test -all'", want: "include-no-record", subject: "i.test", span: "include:none.test"},
		{name: "redirect-no-record", record: "v=spf1 redirect=none.test", want: "redirect-no-record", span: "redirect=none.test"},
		{name: "redirect-impossible", record: "v=spf1 redirect=x..test", want: "redirect-no-record", span: "redirect=x..test"},
		{name: "include-itself", record: "v=spf1 include:example.org -all", want: "loop", span: "include:example.org"},
		{name: "loop", record: "v=spf1 include:i.test -all", zone: "i.test TXT 'v=spf1 include:example.org -all'", want: "loop", subject: "i.test", span: "include:example.org"},
		{name: "void-a", record: "v=spf1 a:none.test -all", want: "void-term", span: "a:none.test"},
		{name: "void-mx", record: "v=spf1 mx -all", want: "void-term", span: "mx"},
		{name: "void-exists", record: "v=spf1 exists:none.test -all", want: "void-term", span: "exists:none.test"},
		{name: "void-hosts", record: "v=spf1 mx:m.test -all", zone: "m.test MX 1 none.test", want: "void-term", span: "mx:m.test"},
		{name: "void-impossible", record: "v=spf1 a:x..test -all", want: "void-term", span: "a:x..test"},
		{name: "null-mx", record: "v=spf1 mx -all", zone: "example.org MX 0 .", want: "null-mx", span: "mx"},
		{name: "too-many-mx", record: "v=spf1 mx:many.test -all", zone: tenMX, want: "too-many-mx", span: "mx:many.test"},
		{name: "too-many-mx-of-other", record: "v=spf1 include:i.test -all", zone: "i.test TXT 'v=spf1 mx:many.test -all'\n" + tenMX, want: "too-many-mx", subject: "i.test", span: "mx:many.test"},
		{name: "too-many-voids", record: "v=spf1 a:n1.test a:n2.test a:n3.test -all", want: "too-many-voids void-term void-term void-term"},
		{name: "too-many-lookups", zone: series(10, "i%d.test TXT 'v=spf1 ip4:44.1.2.%d -all'\n") + hosts, record: "v=spf1" + series(10, " include:i%d.test") + " a:h1.test -all", want: "too-many-lookups"},
		{name: "duplicate", record: "v=spf1 a:h1.test +A:H1.test -all", zone: hosts, want: "duplicate", span: "+A:H1.test"},
		{name: "covered", record: "v=spf1 ip4:44.1.0.0/16 ip4:44.1.2.3 -all", want: "covered", span: "ip4:44.1.2.3"},
		{name: "covered-later", record: "v=spf1 ip4:44.1.2.3 ip4:44.1.0.0/16 -all", want: "covered", span: "ip4:44.1.2.3"},
		{name: "covered-by-include", record: "v=spf1 include:i.test ip4:44.1.2.3 -all", zone: "i.test TXT 'v=spf1 ip4:44.1.0.0/16 -all'", want: "covered", span: "ip4:44.1.2.3"},
		{name: "exception-too-late", record: "v=spf1 ip4:44.1.0.0/16 -ip4:44.1.2.3 -all", want: "covered", span: "-ip4:44.1.2.3"},
		{name: "wide", record: "v=spf1 ip4:44.0.0.0/8 -all", want: "wide-network", span: "ip4:44.0.0.0/8"},
		{name: "widest", record: "v=spf1 ip4:0.0.0.0/0 -all", want: "wide-network", span: "ip4:0.0.0.0/0"},
		{name: "wide-over-private", record: "v=spf1 ip4:10.0.0.0/7 -all", want: "wide-network", span: "ip4:10.0.0.0/7"},
		{name: "wide-six", record: "v=spf1 ip6:::/0 -all", want: "wide-network", span: "ip6:::/0"},
		{name: "wide-a", record: "v=spf1 a:h1.test/8 -all", zone: hosts, want: "wide-network", span: "a:h1.test/8"},
		{name: "private", record: "v=spf1 ip4:192.168.1.0/24 -all", want: "reserved-network", span: "ip4:192.168.1.0/24"},
		{name: "loopback", record: "v=spf1 ip6:::1 -all", want: "reserved-network", span: "ip6:::1"},
		{name: "documentation", record: "v=spf1 ip4:192.0.2.1 -all", want: "reserved-network", span: "ip4:192.0.2.1"},

		// How it is published.
		{name: "glued-strings", zone: "$TTL 3600\nexample.org TXT 'v=spf1 ip4:44.1.2.3' '-all'", want: "missing-blank glued-strings", span: "ip4:44.1.2.3-all", mended: "v=spf1 ip4:44.1.2.3 -all"},
		{name: "long", zone: "$TTL 3600\nexample.org TXT 'v=spf1" + series(20, " ip4:44.1.2.%d") + "' ' -all'", want: "long-record"},
		{name: "large", zone: "example.org TXT " + strings.Repeat("x", 250) + "\nexample.org TXT " + strings.Repeat("y", 250), record: "v=spf1 -all", want: "large-answer"},
		{name: "larger", zone: series(5, "example.org TXT %d"+strings.Repeat("x", 250)+"\n"), record: "v=spf1 -all", want: "large-answer"},
		{name: "short-life", zone: "example.org 60 TXT 'v=spf1 -all'", want: "ttl"},
		{name: "long-life", zone: "example.org 604800 TXT 'v=spf1 -all'", want: "ttl"},
		{name: "too-large", zone: series(401, "i%d.test TXT 'v=spf1 -all'\n") + "$TTL 3600\nexample.org TXT 'v=spf1" + manyStrings(401, " include:i%d.test") + " -all'", want: "too-large too-many-lookups large-answer long-record"},
	}
}

// manyStrings is the text of a record in as many strings as it takes.
func manyStrings(n int, format string) string {
	var b strings.Builder
	for i := range n {
		if i%10 == 9 {
			b.WriteString("' '")
		}
		b.WriteString(strings.ReplaceAll(format, "%d", strconv.Itoa(i+1)))
	}
	return b.String()
}
