package spf_test

import (
	"testing"

	"github.com/mailworthy/mailworthy/spf"
)

// TestEdgesSelection is for which texts are a record (RFC 7208 sections 3, 4.4
// and 4.5).
func TestEdgesSelection(t *testing.T) {
	runEdges(t, []edge{
		{name: "version-upper", zone: `example.org TXT "V=SPF1 ip4:192.0.2.1 -all"`, want: spf.Pass},
		{name: "version-mixed", zone: `example.org TXT "v=SpF1 -all"`, want: spf.Fail},
		{
			name: "two-records", zone: "example.org TXT 'v=spf1 ip4:192.0.2.1'\nexample.org TXT 'v=spf1 -all'",
			want: spf.PermError, code: spf.CodeMultipleRecords,
		},
		{
			name: "two-records-one-upper", zone: "example.org TXT 'v=spf1 ip4:192.0.2.1'\nexample.org TXT 'V=SPF1 -all'",
			want: spf.PermError, code: spf.CodeMultipleRecords,
		},
		{
			name: "two-records-one-broken", zone: "example.org TXT 'v=spf1 ip4:192.0.2.1'\nexample.org TXT 'v=spf1 moo'",
			want: spf.PermError, code: spf.CodeMultipleRecords,
		},
		{
			name: "two-records-in-include", zone: "i.test TXT 'v=spf1 ip4:192.0.2.1'\ni.test TXT 'v=spf1'\nexample.org TXT 'v=spf1 include:i.test'",
			want: spf.PermError, code: spf.CodeMultipleRecords,
		},
		{name: "version-tab", zone: `example.org TXT "v=spf1\009ip4:192.0.2.1 -all"`, want: spf.None, code: spf.CodeNoRecord},
		{name: "version-non-breaking-space", zone: `example.org TXT "v=spf1\194\160-all"`, want: spf.None},
		{name: "version-nul", zone: `example.org TXT "v=spf1\000-all"`, want: spf.None},
		{name: "version-10", zone: `example.org TXT "v=spf10 -all"`, want: spf.None},
		{name: "version-comma", zone: `example.org TXT "v=spf1,-all"`, want: spf.None},
		{name: "version-leading-space", zone: `example.org TXT " v=spf1 -all"`, want: spf.None},
		{name: "version-spaces-around", zone: `example.org TXT "v = spf1 -all"`, want: spf.None},
		{name: "version-2", zone: `example.org TXT "spf2.0/mfrom -all"`, want: spf.None},
		{name: "version-only", zone: `example.org TXT "v=spf1"`, want: spf.Neutral, code: spf.CodeNeutral},
		{name: "version-and-spaces", zone: `example.org TXT "v=spf1   "`, want: spf.Neutral},
		{name: "many-spaces", zone: `example.org TXT "v=spf1   ip4:192.0.2.1   -all  "`, want: spf.Pass},
		{
			name: "other-texts", zone: "example.org TXT 'hello'\nexample.org TXT 'v=spf1 -all'\nexample.org TXT 'v=spf10'\nexample.org TXT ''",
			want: spf.Fail,
		},
		{name: "strings-glued", zone: `example.org TXT "v=spf1 ip4:192.0." "2.1 -all"`, want: spf.Pass},
		{name: "strings-glued-version", zone: `example.org TXT "v=s" "pf1" " -all"`, want: spf.Fail},
		{name: "strings-glued-without-space", zone: `example.org TXT "v=spf1" "-all"`, want: spf.None},
		{name: "strings-glued-empty", zone: `example.org TXT "" "v=spf1" "" " -all"`, want: spf.Fail},
		{name: "record-by-cname", zone: "example.org CNAME c.test\nc.test TXT 'v=spf1 ip4:192.0.2.1'", want: spf.Pass, match: "ip4:192.0.2.1 @ example.org"},
		{name: "cname-dangling", zone: "example.org CNAME c.test", want: spf.None, code: spf.CodeNoRecord},
		{name: "cname-loop", zone: "example.org CNAME c.test\nc.test CNAME example.org", want: spf.TempError, code: spf.CodeDNSFailure},
		{name: "nxdomain", zone: "", want: spf.None, code: spf.CodeNoRecord},
		{name: "nodata", zone: "example.org A 192.0.2.1", want: spf.None, code: spf.CodeNoRecord, counts: "0/0"},
		{name: "servfail", zone: "example.org TXT !servfail", want: spf.TempError, code: spf.CodeDNSFailure},
		{name: "refused", zone: "example.org TXT !refused", want: spf.TempError},
		{name: "timeout", zone: "example.org TXT !timeout", want: spf.TempError},
		{name: "failed", zone: "example.org TXT !failed", want: spf.TempError},
		{name: "wildcard", zone: "*.example.org TXT 'v=spf1 ip4:192.0.2.1'", from: "u@x.example.org", want: spf.Pass},
		{
			// RFC 7208 section 3.1: type SPF is not used any more.
			name: "type-spf", zone: `example.org SPF "v=spf1 ip4:192.0.2.1"`,
			want: spf.None, unasked: []string{"example.org SPF"},
		},
	})
}

// TestEdgesSyntax is for records, one each, that every client gets the same
// result for: permerror if they break the grammar of RFC 7208 section 12. All of
// them pass the client if one evaluates as one reads.
func TestEdgesSyntax(t *testing.T) {
	broken := map[string]string{
		"error-behind-match":            `v=spf1 ip4:192.0.2.1 -all moo`,
		"error-behind-match-value":      `v=spf1 ip4:192.0.2.1 -all ip4:1.2.3`,
		"trailing-tab":                  `v=spf1 ip4:192.0.2.1 -all\009`,
		"inner-tab":                     `v=spf1 ip4:192.0.2.1\009-all`,
		"tab-for-space":                 `v=spf1 ip4:192.0.2.1 \009 -all`,
		"trailing-newline":              `v=spf1 ip4:192.0.2.1 -all\010`,
		"trailing-nul":                  `v=spf1 ip4:192.0.2.1 -all\000`,
		"non-breaking-space":            `v=spf1 ip4:192.0.2.1\194\160-all`,
		"control-char":                  `v=spf1 ip4:192.0.2.1 a:ex\001ample.org`,
		"control-char-in-modifier":      `v=spf1 ip4:192.0.2.1 moo=\127`,
		"non-ascii-in-modifier":         `v=spf1 ip4:192.0.2.1 moo=\195\169`,
		"u-label":                       `v=spf1 ip4:192.0.2.1 a:b\195\188cher.example`,
		"u-label-in-include":            `v=spf1 ip4:192.0.2.1 include:b\195\188cher.example`,
		"u-label-in-exp":                `v=spf1 ip4:192.0.2.1 exp=b\195\188cher.example`,
		"unknown-mechanism":             `v=spf1 ip4:192.0.2.1 ip5:192.0.2.1`,
		"unknown-mechanism-bare":        `v=spf1 ip4:192.0.2.1 foo`,
		"ip-for-ip4":                    `v=spf1 ip4:192.0.2.1 ip:192.0.2.1`,
		"missing-space":                 `v=spf1 ip4:192.0.2.1 ip4:192.0.2.2-all`,
		"missing-space-all":             `v=spf1 ip4:192.0.2.1 -all-`,
		"qualifier-twice":               `v=spf1 ip4:192.0.2.1 --all`,
		"qualifier-alone":               `v=spf1 ip4:192.0.2.1 - all`,
		"qualifier-alone-last":          `v=spf1 ip4:192.0.2.1 +`,
		"qualifier-two":                 `v=spf1 ip4:192.0.2.1 +-all`,
		"qualifier-wrong":               `v=spf1 ip4:192.0.2.1 !all`,
		"qualifier-on-redirect":         `v=spf1 ip4:192.0.2.1 +redirect=r.test`,
		"qualifier-on-exp":              `v=spf1 ip4:192.0.2.1 -exp=r.test`,
		"qualifier-on-unknown":          `v=spf1 ip4:192.0.2.1 ~moo=x`,
		"name-digit-first":              `v=spf1 ip4:192.0.2.1 1moo=x`,
		"name-empty":                    `v=spf1 ip4:192.0.2.1 =x`,
		"name-colon-empty":              `v=spf1 ip4:192.0.2.1 :x`,
		"name-odd":                      `v=spf1 ip4:192.0.2.1 mo*o=x`,
		"name-macro":                    `v=spf1 ip4:192.0.2.1 %{d}=x`,
		"unknown-modifier-macro":        `v=spf1 ip4:192.0.2.1 moo=%{x}`,
		"unknown-modifier-percent":      `v=spf1 ip4:192.0.2.1 moo=100%`,
		"unknown-modifier-unclosed":     `v=spf1 ip4:192.0.2.1 moo=%{d`,
		"redirect-twice":                `v=spf1 ip4:192.0.2.1 redirect=r.test redirect=r.test`,
		"redirect-twice-case":           `v=spf1 ip4:192.0.2.1 redirect=r.test REDIRECT=r.test`,
		"exp-twice":                     `v=spf1 ip4:192.0.2.1 exp=r.test exp=r.test`,
		"redirect-empty":                `v=spf1 ip4:192.0.2.1 redirect=`,
		"exp-empty":                     `v=spf1 ip4:192.0.2.1 exp=`,
		"redirect-colon":                `v=spf1 ip4:192.0.2.1 redirect:r.test`,
		"redirect-bare":                 `v=spf1 ip4:192.0.2.1 redirect`,
		"redirect-error-despite-all":    `v=spf1 ip4:192.0.2.1 redirect=%(x).test -all`,
		"redirect-toplabel-despite-all": `v=spf1 ip4:192.0.2.1 redirect=localhost -all`,
		"redirect-cidr":                 `v=spf1 ip4:192.0.2.1 redirect=r.test/24`,
		"exp-toplabel":                  `v=spf1 ip4:192.0.2.1 exp=localhost`,
		"all-colon":                     `v=spf1 ip4:192.0.2.1 all:`,
		"all-domain":                    `v=spf1 ip4:192.0.2.1 all:example.org`,
		"all-cidr":                      `v=spf1 ip4:192.0.2.1 all/24`,
		"all-dot":                       `v=spf1 ip4:192.0.2.1 -all.`,
		"all-semicolon":                 `v=spf1 ip4:192.0.2.1 -all;`,
		"include-bare":                  `v=spf1 ip4:192.0.2.1 include`,
		"include-empty":                 `v=spf1 ip4:192.0.2.1 include:`,
		"include-cidr":                  `v=spf1 ip4:192.0.2.1 include:h1.test/24`,
		"include-slash":                 `v=spf1 ip4:192.0.2.1 include/24`,
		"exists-bare":                   `v=spf1 ip4:192.0.2.1 exists`,
		"exists-empty":                  `v=spf1 ip4:192.0.2.1 exists:`,
		"exists-cidr":                   `v=spf1 ip4:192.0.2.1 exists:h1.test/24`,
		"ptr-empty":                     `v=spf1 ip4:192.0.2.1 ptr:`,
		"ptr-cidr":                      `v=spf1 ip4:192.0.2.1 ptr/24`,
		"ptr-domain-cidr":               `v=spf1 ip4:192.0.2.1 ptr:h1.test/24`,
		"a-empty":                       `v=spf1 ip4:192.0.2.1 a:`,
		"a-empty-cidr":                  `v=spf1 ip4:192.0.2.1 a:/24`,
		"a-empty-cidr6":                 `v=spf1 ip4:192.0.2.1 a://64`,
		"a-slash":                       `v=spf1 ip4:192.0.2.1 a/`,
		"a-slashes":                     `v=spf1 ip4:192.0.2.1 a//`,
		"a-slashes-after-cidr":          `v=spf1 ip4:192.0.2.1 a/24//`,
		"a-dual-one-slash":              `v=spf1 ip4:192.0.2.1 a/24/64`,
		"a-dual-three-slashes":          `v=spf1 ip4:192.0.2.1 a/24///64`,
		"a-domain-slash":                `v=spf1 ip4:192.0.2.1 a:h1.test/`,
		"a-domain-dual-one-slash":       `v=spf1 ip4:192.0.2.1 a:h1.test/24/64`,
		"a-33":                          `v=spf1 ip4:192.0.2.1 a/33`,
		"a-129":                         `v=spf1 ip4:192.0.2.1 a//129`,
		"a-08":                          `v=spf1 ip4:192.0.2.1 a/08`,
		"a-00":                          `v=spf1 ip4:192.0.2.1 a:h1.test/00`,
		"a-064":                         `v=spf1 ip4:192.0.2.1 a//064`,
		"a-sign":                        `v=spf1 ip4:192.0.2.1 a/+8`,
		"a-huge":                        `v=spf1 ip4:192.0.2.1 a/18446744073709551640`,
		"mx-empty":                      `v=spf1 ip4:192.0.2.1 mx:`,
		"mx-slashes":                    `v=spf1 ip4:192.0.2.1 mx//`,
		"mx-33":                         `v=spf1 ip4:192.0.2.1 mx:h1.test/33`,
		"ip4-bare":                      `v=spf1 ip4:192.0.2.1 ip4`,
		"ip4-empty":                     `v=spf1 ip4:192.0.2.1 ip4:`,
		"ip4-slash":                     `v=spf1 ip4:192.0.2.1 ip4/24`,
		"ip4-cidr-empty":                `v=spf1 ip4:192.0.2.1 ip4:192.0.2.1/`,
		"ip4-08":                        `v=spf1 ip4:192.0.2.1 ip4:192.0.2.1/08`,
		"ip4-00":                        `v=spf1 ip4:192.0.2.1 ip4:192.0.2.1/00`,
		"ip4-33":                        `v=spf1 ip4:192.0.2.1 ip4:192.0.2.1/33`,
		"ip4-cidr-twice":                `v=spf1 ip4:192.0.2.1 ip4:192.0.2.1/24/24`,
		"ip4-cidr-two-slashes":          `v=spf1 ip4:192.0.2.1 ip4:192.0.2.1//24`,
		"ip4-cidr-sign":                 `v=spf1 ip4:192.0.2.1 ip4:192.0.2.1/+24`,
		"ip4-leading-zero":              `v=spf1 ip4:192.0.2.1 ip4:192.0.02.1`,
		"ip4-256":                       `v=spf1 ip4:192.0.2.1 ip4:192.0.2.256`,
		"ip4-three":                     `v=spf1 ip4:192.0.2.1 ip4:192.0.2`,
		"ip4-three-cidr":                `v=spf1 ip4:192.0.2.1 ip4:192.0.2/24`,
		"ip4-five":                      `v=spf1 ip4:192.0.2.1 ip4:192.0.2.1.1`,
		"ip4-dot":                       `v=spf1 ip4:192.0.2.1 ip4:192.0.2.1.`,
		"ip4-ipv6":                      `v=spf1 ip4:192.0.2.1 ip4:2001:db8::1`,
		"ip4-mapped":                    `v=spf1 ip4:192.0.2.1 ip4:::ffff:192.0.2.1`,
		"ip4-name":                      `v=spf1 ip4:192.0.2.1 ip4:h1.test`,
		"ip4-macro":                     `v=spf1 ip4:192.0.2.1 ip4:%{i}`,
		"ip4-port":                      `v=spf1 ip4:192.0.2.1 ip4:192.0.2.1:25`,
		"ip6-ipv4":                      `v=spf1 ip4:192.0.2.1 ip6:192.0.2.1`,
		"ip6-bare":                      `v=spf1 ip4:192.0.2.1 ip6`,
		"ip6-empty":                     `v=spf1 ip4:192.0.2.1 ip6:`,
		"ip6-129":                       `v=spf1 ip4:192.0.2.1 ip6:2001:db8::/129`,
		"ip6-032":                       `v=spf1 ip4:192.0.2.1 ip6:2001:db8::/032`,
		"ip6-two-slashes":               `v=spf1 ip4:192.0.2.1 ip6:2001:db8:://32`,
		"ip6-brackets":                  `v=spf1 ip4:192.0.2.1 ip6:[2001:db8::1]`,
		"ip6-zone":                      `v=spf1 ip4:192.0.2.1 ip6:fe80::1%eth0`,
		"ip6-zone-escaped":              `v=spf1 ip4:192.0.2.1 ip6:fe80::1%%eth0`,
		"ip6-too-long":                  `v=spf1 ip4:192.0.2.1 ip6:1:2:3:4:5:6:7:8:9`,
		"ip6-two-gaps":                  `v=spf1 ip4:192.0.2.1 ip6:2001::db8::1`,
		"ip6-five-digits":               `v=spf1 ip4:192.0.2.1 ip6:2001:00db8::1`,
		"toplabel-alone":                `v=spf1 ip4:192.0.2.1 include:localhost`,
		"toplabel-alone-dot":            `v=spf1 ip4:192.0.2.1 a:com.`,
		"toplabel-digits":               `v=spf1 ip4:192.0.2.1 a:example.111`,
		"toplabel-ip":                   `v=spf1 ip4:192.0.2.1 a:192.0.2.1`,
		"toplabel-hyphen-first":         `v=spf1 ip4:192.0.2.1 a:example.-foo`,
		"toplabel-hyphen-last":          `v=spf1 ip4:192.0.2.1 a:example.foo-`,
		"toplabel-underscore":           `v=spf1 ip4:192.0.2.1 a:example.under_score`,
		"toplabel-empty":                `v=spf1 ip4:192.0.2.1 a:example..`,
		"toplabel-port":                 `v=spf1 ip4:192.0.2.1 a:example.org:8080`,
		"toplabel-behind-macro":         `v=spf1 ip4:192.0.2.1 a:%{d}org`,
		"toplabel-dot-behind-macro":     `v=spf1 ip4:192.0.2.1 a:%{d}.`,
		"macro-unclosed":                `v=spf1 ip4:192.0.2.1 a:%{d`,
		"macro-empty":                   `v=spf1 ip4:192.0.2.1 a:%{}`,
		"macro-zero":                    `v=spf1 ip4:192.0.2.1 a:%{d0}`,
		"macro-zeros":                   `v=spf1 ip4:192.0.2.1 a:%{d000}`,
		"macro-digits-behind-r":         `v=spf1 ip4:192.0.2.1 exists:%{ir2}.test`,
		"macro-delimiter-before-r":      `v=spf1 ip4:192.0.2.1 exists:%{i.r}.test`,
		"macro-delimiter-before-digits": `v=spf1 ip4:192.0.2.1 exists:%{i.2}.test`,
		"macro-delimiter-colon":         `v=spf1 ip4:192.0.2.1 exists:%{l:}.test`,
		"macro-two-letters":             `v=spf1 ip4:192.0.2.1 exists:%{dd}.test`,
		"macro-two-r":                   `v=spf1 ip4:192.0.2.1 exists:%{drr}.test`,
		"macro-unknown":                 `v=spf1 ip4:192.0.2.1 exists:%{a}.test`,
		"macro-space":                   `v=spf1 ip4:192.0.2.1 exists:%{d }.test`,
		"macro-parenthesis":             `v=spf1 ip4:192.0.2.1 exists:%(ir).test`,
		"macro-percent-letter":          `v=spf1 ip4:192.0.2.1 exists:%d.test`,
		"macro-percent-last":            `v=spf1 ip4:192.0.2.1 exists:h1.test%`,
		"macro-c-outside-exp":           `v=spf1 ip4:192.0.2.1 exists:%{c}.test`,
		"macro-r-outside-exp":           `v=spf1 ip4:192.0.2.1 exists:%{r}.test`,
		"macro-t-outside-exp":           `v=spf1 ip4:192.0.2.1 exists:%{t}.test`,
		"macro-c-outside-exp-upper":     `v=spf1 ip4:192.0.2.1 exists:%{C}.test`,
	}
	var edges []edge
	for name, record := range broken {
		edges = append(edges,
			edge{
				name: name, zone: `example.org TXT "` + record + `"`,
				want: spf.PermError, code: spf.CodeSyntax, counts: "0/0",
			},
			edge{
				name: name + "-in-include", zone: `i.test TXT "` + record + `"` + "\nexample.org TXT 'v=spf1 include:i.test ip4:192.0.2.1'",
				want: spf.PermError, code: spf.CodeSyntax, counts: "1/0",
			},
		)
	}
	runEdges(t, edges)
}

// TestEdgesLegal is for records that look odd and are good.
func TestEdgesLegal(t *testing.T) {
	legal := map[string]string{
		"unknown-modifier-ok":       `v=spf1 x-moo.a_b-1=%{d}/foo:bar=baz ip4:192.0.2.1 -all`,
		"unknown-modifier-repeated": `v=spf1 moo=1 moo=2 MOO=3 ip4:192.0.2.1 moo=4`,
		"unknown-modifier-empty":    `v=spf1 moo= ip4:192.0.2.1`,
		"unknown-modifier-macros":   `v=spf1 moo=%%%_%-%{l1r+-./,_=}%{D} ip4:192.0.2.1`,
		"modifiers-of-rfc-6652":     `v=spf1 ra=postmaster rp=10 rr=all ip4:192.0.2.1`,
		"version-as-modifier":       `v=spf1 v=spf1 ip4:192.0.2.1`,
		"include-as-modifier":       `v=spf1 include=x ip4:192.0.2.1`,
		"all-as-modifier":           `v=spf1 all=yes ip4:192.0.2.1`,
		"ip4-as-modifier":           `v=spf1 ip4=192.0.2.9 ip6=x a=/ mx=: ptr=x exists=x ip4:192.0.2.1`,
		"mechanisms-upper":          `v=spf1 -INCLUDE:n.test IP4:192.0.2.1 -ALL`,
		"all-behind-all":            `v=spf1 ip4:192.0.2.1 -all +all ?all`,
		"ip4-0":                     `v=spf1 ip4:203.0.113.7/0 -all`,
		"ip4-host-bits":             `v=spf1 ip4:192.0.2.77/24 -all`,
		"ip4-qualifier-plus":        `v=spf1 +ip4:192.0.2.1/32 -all`,
		"ip6-then-ip4":              `v=spf1 ip6:2001:db8::192.0.2.1/128 ip6:::/0 ip6:::1/0 ip6:1:2:3:4:5:6:7:8 ip4:192.0.2.1 -all`,
		"underscore-names":          `v=spf1 a:under_score.test -all`,
		"trailing-dot":              `v=spf1 a:hit.test. -all`,
		"trailing-dot-cidr":         `v=spf1 a:net.test./24//64 -all`,
		"trailing-dot-include":      `v=spf1 include:i.test. -all`,
		"trailing-dot-redirect":     `v=spf1 redirect=i.test.`,
		"name-upper":                `v=spf1 a:HIT.Test -all`,
		"toplabel-digit-hyphen":     `v=spf1 -a:example.1-1 ip4:192.0.2.1`,
		"toplabel-a-label":          `v=spf1 -a:example.xn--p1ai ip4:192.0.2.1`,
		"toplabel-a-label-two":      `v=spf1 -a:example.a--b ip4:192.0.2.1`,
		"toplabel-percent":          `v=spf1 -a:example.%% ip4:192.0.2.1`,
		"a-colon-in-name":           `v=spf1 a:foo:8080.test -all`,
		"a-slash-in-name":           `v=spf1 a:foo/bar.test -all`,
		"a-cidr-in-name":            `v=spf1 a:foo/24.test -all`,
		"a-cidr-in-name-and-cidr":   `v=spf1 a:foo/24.test/32 -all`,
		"a-equals-in-name":          `v=spf1 a:foo=bar.test -all`,
		"a-dual-0":                  `v=spf1 a:net.test/0//0 -all`,
		"a-macro-cidr":              `v=spf1 a:%{l}.test/24//64 -all`,
		"a-only-ip6-cidr":           `v=spf1 a:hit.test//64 -all`,
		"exists-slash-in-name":      `v=spf1 exists:foo/bar.test -all`,
		"redirect-first":            `v=spf1 redirect=n.test ip4:192.0.2.1`,
		"redirect-case":             `v=spf1 ReDirect=i.test`,
		// RFC 7208 section 4.8 leaves it open; no match is this project's way.
		"name-begins-with-dot":    `v=spf1 -a:.test ip4:192.0.2.1`,
		"name-with-empty-label":   `v=spf1 -a:foo..test -mx:foo..test -exists:foo..test -ptr:foo..test ip4:192.0.2.1`,
		"include-of-empty-label":  `v=spf1 -include:foo..test ip4:192.0.2.1`,
		"name-with-long-label":    `v=spf1 -a:` + series(64, "x") + `.test ip4:192.0.2.1`,
		"include-with-long-label": `v=spf1 -include:` + series(64, "x") + `.test ip4:192.0.2.1`,
	}
	world := `
		hit.test         A    192.0.2.1
		user.test        A    192.0.2.99
		net.test         A    192.0.2.200
		under_score.test A    192.0.2.1
		foo:8080.test    A    192.0.2.1
		foo/bar.test     A    192.0.2.1
		foo/24.test      A    192.0.2.1
		foo=bar.test     A    192.0.2.1
		n.test           TXT  "v=spf1 -all"
		i.test           TXT  "v=spf1 ip4:192.0.2.1"
		*.test           A    192.0.2.1
		test             A    192.0.2.1
	`
	var edges []edge
	for name, record := range legal {
		edges = append(edges, edge{name: name, zone: world + "\n example.org TXT \"" + record + `"`, want: spf.Pass})
	}
	runEdges(t, edges)
}
