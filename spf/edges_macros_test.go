package spf_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// TestEdgesMacros is for RFC 7208 section 7, in whole policies.
func TestEdgesMacros(t *testing.T) {
	reverse := "1.2.0.192.in-addr.arpa PTR "
	label := func(n int) string { return strings.Repeat("x", n) }
	// Three labels of 63, one of 51 and "user" and "test" make 254.
	long := label(63) + "." + label(63) + "." + label(63)
	runEdges(t, []edge{
		{name: "s", zone: "user\\@example.org.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{s}.x.test -all'", want: spf.Pass},
		{name: "macro-in-a", zone: "user.x.test A 192.0.2.1\nexample.org TXT 'v=spf1 a:%{l}.x.test -all'", want: spf.Pass},
		{name: "macro-in-mx", zone: "example.org.x.test MX 1 m.test\nm.test A 192.0.2.1\nexample.org TXT 'v=spf1 mx:%{o}.x.test -all'", want: spf.Pass},
		{name: "macro-in-ptr", zone: reverse + "m.user.test\nm.user.test A 192.0.2.1\nexample.org TXT 'v=spf1 ptr:%{l}.test -all'", want: spf.Pass},
		{name: "macro-in-include", zone: "1.2.0.192.x.test TXT 'v=spf1 +all'\nexample.org TXT 'v=spf1 include:%{ir}.x.test -all'", want: spf.Pass},
		{name: "macro-in-redirect", zone: "in-addr.x.test TXT 'v=spf1 +all'\nexample.org TXT 'v=spf1 redirect=%{v}.x.test'", want: spf.Pass},
		{name: "macro-d-and-o-in-include", zone: "i.test TXT 'v=spf1 exists:%{d}.%{o}.x.test'\ni.test.example.org.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 include:i.test -all'", want: spf.Pass},
		{name: "macro-d-behind-include", zone: "i.test TXT 'v=spf1 -all'\nexample.org.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 include:i.test exists:%{d}.x.test -all'", want: spf.Pass},
		{name: "macro-alone", zone: "example.org A 192.0.2.1\nexample.org TXT 'v=spf1 a:%{d} -all'", want: spf.Pass},
		{name: "macro-alone-cidr", zone: "example.org A 192.0.2.99\nexample.org TXT 'v=spf1 a:%{d}/24 -all'", want: spf.Pass},
		{name: "macro-slash-delimiter-cidr", from: "a/b@example.org", zone: "a.b.x.test A 192.0.2.99\nexample.org TXT 'v=spf1 a:%{l/}.x.test/24 -all'", want: spf.Pass},

		{name: "p-valid", zone: reverse + "mail.example.org\nmail.example.org A 192.0.2.1\nmail.example.org.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{p}.x.test -all'", want: spf.Pass, counts: "1/0"},
		{name: "p-domain-first", zone: reverse + "a.other.test\n" + reverse + "sub.example.org\n" + reverse + "example.org\na.other.test A 192.0.2.1\nsub.example.org A 192.0.2.1\nexample.org A 192.0.2.1\nexample.org.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{p}.x.test -all'", want: spf.Pass},
		{name: "p-subdomain-next", zone: reverse + "a.other.test\n" + reverse + "sub.example.org\na.other.test A 192.0.2.1\nsub.example.org A 192.0.2.1\nsub.example.org.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{p}.x.test -all'", want: spf.Pass},
		{name: "p-any-else", zone: reverse + "a.other.test\na.other.test A 192.0.2.1\na.other.test.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{p}.x.test -all'", want: spf.Pass},
		{name: "p-not-validated", zone: reverse + "mail.example.org\nmail.example.org A 192.0.2.2\nunknown.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{p}.x.test -all'", want: spf.Pass},
		{name: "p-nxdomain", zone: "unknown.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{p}.x.test -all'", want: spf.Pass},
		{name: "p-error", zone: "1.2.0.192.in-addr.arpa PTR !servfail\nunknown.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{p}.x.test -all'", want: spf.Pass},
		{name: "p-domain-of-the-include", zone: reverse + "sub.example.org\n" + reverse + "sub.i.test\nsub.i.test A 192.0.2.1\nsub.example.org A 192.0.2.1\nsub.i.test.x.test A 127.0.0.2\ni.test TXT 'v=spf1 exists:%{p}.x.test'\nexample.org TXT 'v=spf1 include:i.test -all'", want: spf.Pass},
		{name: "p-transformed", zone: reverse + "mail.example.org\nmail.example.org A 192.0.2.1\nmail.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{p1r}.x.test -all'", want: spf.Pass},
		{name: "p-in-include", zone: reverse + "mail.example.org\nmail.example.org A 192.0.2.1\nmail.example.org.x.test TXT 'v=spf1 +all'\nexample.org TXT 'v=spf1 include:%{p}.x.test -all'", want: spf.Pass},

		{
			// <domain> is a name of octets, whatever its form in zone files.
			name: "macro-d-of-odd-include", zone: `a\032b.test TXT 'v=spf1 exists:%{d}.x.test'` + "\n" + `a\032b.test.x.test A 127.0.0.2` + "\nexample.org TXT 'v=spf1 include:a%_b.test -all'",
			want: spf.Pass,
		},
		{
			name: "p-odd", zone: reverse + `a\032b.example.org` + "\n" + `a\032b.example.org A 192.0.2.1` + "\n" + `a\032b.example.org.x.test A 127.0.0.2` + "\nexample.org TXT 'v=spf1 exists:%{p}.x.test -all'",
			want: spf.Pass,
		},
		{
			// RFC 7208 section 7.3: no special treatment for consecutive delimiters.
			// With the empty part left out this would be a.b.x.test.
			name: "empty-parts-kept", from: "a--b@example.org",
			zone: "*.x.test A 127.0.0.2\nx.test A 127.0.0.2\na.b.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{l2-}.x.test -all'",
			want: spf.Fail, unasked: []string{"a.b.x.test A", "b.x.test A", "x.test A"},
		},
		{name: "expands-to-empty-label", from: "a..b@example.org", zone: "*.x.test A 127.0.0.2\na.b.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{l}.x.test -all'", want: spf.Fail},
		{name: "expands-to-empty-label-first", from: ".b@example.org", zone: "*.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{l}.x.test -all'", want: spf.Fail},
		{name: "expands-to-empty-label-last", from: "b.@example.org", zone: "*.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{l}.x.test -all'", want: spf.Fail},
		{name: "expands-to-64-octet-label", from: label(64) + "@example.org", zone: "*.x.test A 127.0.0.2\nx.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{l}.x.test -all'", want: spf.Fail},
		{name: "expands-to-64-octet-label-include", from: label(64) + "@example.org", zone: "*.x.test TXT 'v=spf1 +all'\nx.test TXT 'v=spf1 +all'\nexample.org TXT 'v=spf1 include:%{l}.x.test -all'", want: spf.Fail},
		{name: "expands-to-63-octet-label", from: label(63) + "@example.org", zone: "*.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{l}.x.test -all'", want: spf.Pass},
		{
			name: "expands-to-253",
			zone: "user." + long + "." + label(51) + ".test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{l}." + long + "." + label(51) + ".test -all'",
			want: spf.Pass, unasked: []string{long + "." + label(51) + ".test A"},
		},
		{
			name: "expands-to-254",
			zone: long + "." + label(52) + ".test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{l}." + long + "." + label(52) + ".test -all'",
			want: spf.Pass,
		},
		{
			// The final dot is not part of the 253 characters.
			name: "expands-to-253-and-dot",
			zone: "user." + long + "." + label(51) + ".test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{l}." + long + "." + label(51) + ".test. -all'",
			want: spf.Pass,
		},
		{
			name: "expands-to-far-more", from: strings.Repeat("ab.", 3000) + "c@example.org",
			zone: "*.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{l}.x.test -all'",
			want: spf.Pass,
		},
		{
			// What is cut away may be malformed: the rest is a good name.
			name: "truncation-of-many-parts", from: strings.Repeat("a.", 200) + "b@example.org",
			zone: strings.Repeat("a.", 122) + "b.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{l}.x.test -all'",
			want: spf.Pass,
		},
	})
}

// TestExpansion shows what a domain-spec expands to by the question that is asked.
func TestExpansion(t *testing.T) {
	tests := map[string]struct {
		spec, ip, from, helo string
		want                 string // "" if nothing may be asked
	}{
		// RFC 7208 section 7.4.
		"rfc-s":                  {spec: "%{s}.t.test", want: "strong-bad@email.example.com.t.test"},
		"rfc-o":                  {spec: "%{o}", want: "email.example.com"},
		"rfc-d":                  {spec: "%{d}", want: "email.example.com"},
		"rfc-d4":                 {spec: "%{d4}", want: "email.example.com"},
		"rfc-d3":                 {spec: "%{d3}", want: "email.example.com"},
		"rfc-d2":                 {spec: "%{d2}", want: "example.com"},
		"rfc-d1":                 {spec: "%{d1}.t.test", want: "com.t.test"},
		"rfc-dr":                 {spec: "%{dr}", want: "com.example.email"},
		"rfc-d2r":                {spec: "%{d2r}", want: "example.email"},
		"rfc-l":                  {spec: "%{l}.t.test", want: "strong-bad.t.test"},
		"rfc-l-":                 {spec: "%{l-}.t.test", want: "strong.bad.t.test"},
		"rfc-lr":                 {spec: "%{lr}.t.test", want: "strong-bad.t.test"},
		"rfc-lr-":                {spec: "%{lr-}.t.test", want: "bad.strong.t.test"},
		"rfc-l1r-":               {spec: "%{l1r-}.t.test", want: "strong.t.test"},
		"rfc-ir-v":               {spec: "%{ir}.%{v}._spf.%{d2}", want: "3.2.0.192.in-addr._spf.example.com"},
		"rfc-lp":                 {spec: "%{lr-}.lp._spf.%{d2}", want: "bad.strong.lp._spf.example.com"},
		"rfc-lp-ir":              {spec: "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", want: "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
		"rfc-ir-lp":              {spec: "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", want: "3.2.0.192.in-addr.strong.lp._spf.example.com"},
		"rfc-trusted":            {spec: "%{d2}.trusted-domains.example.net", want: "example.com.trusted-domains.example.net"},
		"rfc-ip6":                {spec: "%{ir}.%{v}._spf.%{d2}", ip: "2001:db8::cb01", want: "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"},
		"ip6-i":                  {spec: "%{i}.t.test", ip: "2001:db8::cb01", want: "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.b.0.1.t.test"},
		"ip6-i-part":             {spec: "%{i4r}.t.test", ip: "2001:db8::cb01", want: "1.0.0.2.t.test"},
		"upper-letters":          {spec: "%{D}.%{IR}.%{V}.t.test", want: "email.example.com.3.2.0.192.in-addr.t.test"},
		"reverse-upper-r":        {spec: "%{iR}.t.test", want: "3.2.0.192.t.test"},
		"reverse-upper-r-digits": {spec: "%{i2R}.t.test", want: "0.192.t.test"},
		"digits-127":             {spec: "%{d127}", want: "email.example.com"},
		"digits-128":             {spec: "%{d128}", want: "email.example.com"},
		"digits-leading-zero":    {spec: "%{d02}", want: "example.com"},
		"digits-huge":            {spec: "%{d99999999999999999999999999}", want: "email.example.com"},
		"delimiters-several":     {spec: "%{l2r+-}.t.test", from: "a+b-c@email.example.com", want: "b.a.t.test"},
		"delimiters-all":         {spec: "%{l.-+,/_=}.t.test", from: "a.b-c+d,e/f_g=h@email.example.com", want: "a.b.c.d.e.f.g.h.t.test"},
		"delimiters-without-dot": {spec: "%{lr-}.t.test", from: "a.b-c.d@email.example.com", want: "c.d.a.b.t.test"},
		"delimiter-repeated":     {spec: "%{l--}.t.test", want: "strong.bad.t.test"},
		"delimiter-in-d":         {spec: "%{d-}", want: "email.example.com"},
		"delimiter-not-there":    {spec: "%{l1+}.t.test", want: "strong-bad.t.test"},
		"o-and-d-lower":          {spec: "%{o}.%{d2}", from: "strong-bad@EMAIL.example.COM", want: "email.example.com.example.com"},
		"local-part-upper":       {spec: "%{l}.t.test", from: "Strong@email.example.com", want: "strong.t.test"},
		"escape-plus":            {spec: "%{L}.t.test", from: "a+b@email.example.com", want: "a%2bb.t.test"},
		"escape-s":               {spec: "%{S}.t.test", want: "strong-bad%40email.example.com.t.test"},
		"escape-space":           {spec: "%{L}.t.test", from: `"a b"@email.example.com`, want: `%22a%20b%22.t.test`},
		"escape-after-transform": {spec: "%{L+}.t.test", from: "a+b@email.example.com", want: "a.b.t.test"},
		"escape-not-unreserved":  {spec: "%{L}.t.test", from: "a~b_c-d@email.example.com", want: "a~b_c-d.t.test"},
		"escape-percent":         {spec: "%{L}.t.test", from: "a%b@email.example.com", want: "a%25b.t.test"},
		"percent":                {spec: "a%%b.t.test", want: "a%b.t.test"},
		"percent-underscore":     {spec: "a%_b.t.test", want: `a\032b.t.test`},
		"percent-hyphen":         {spec: "a%-b.t.test", want: "a%20b.t.test"},
		"percent-no-escape":      {spec: "a%%{d}.t.test", want: "a%{d}.t.test"},
		"percent-in-value":       {spec: "%{l}.t.test", from: "%{d}@email.example.com", want: "%{d}.t.test"},
		"h":                      {spec: "%{h}", want: "mail.client.example"},
		"h-reverse":              {spec: "%{hr}", want: "example.client.mail"},
		"h-literal":              {spec: "%{h}.t.test", helo: "[192.0.2.3]", want: "[192.0.2.3].t.test"},
		"trailing-dot":           {spec: "%{d}.t.test.", want: "email.example.com.t.test"},
		"backslash":              {spec: "%{l}.t.test", from: `a\046b@email.example.com`, want: `a\\046b.t.test`},
		// Section 4.8: the facility cannot produce control characters.
		"local-part-control":      {spec: "%{l}.t.test", from: "a\x01b@email.example.com"},
		"empty-part-first":        {spec: "%{l-}.t.test", from: "-a@email.example.com"},
		"empty-part-reversed":     {spec: "%{lr-}.t.test", from: "a-@email.example.com"},
		"empty-part-left-out":     {spec: "%{l1-}.t.test", from: "-a@email.example.com", want: "a.t.test"},
		"empty-part-last":         {spec: "x%{l1-}.t.test", from: "a-@email.example.com", want: "x.t.test"},
		"empty-part-counts":       {spec: "%{l2r-}.t.test", from: "a-b--@email.example.com", want: "b.a.t.test"},
		"empty-part-counts-right": {spec: "x%{l2-}y.t.test", from: "a-b-@email.example.com", want: "xb.y.t.test"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e := edge{ip: test.ip, from: test.from, helo: test.helo}
			if e.ip == "" {
				e.ip = "192.0.2.3"
			}
			if e.from == "" {
				e.from = "strong-bad@email.example.com"
			}
			zone := resolver.MustZone("email.example.com TXT 'v=spf1 exists:" + test.spec + " ?all'")
			res, err := spf.Checker{Resolver: zone}.Check(t.Context(), e.request())
			require.NoError(t, err)
			require.Equal(t, spf.Neutral, res.Status)
			asked := zone.Queries()
			require.Equal(t, "email.example.com TXT", asked[0].Question.String())
			if test.want == "" {
				require.Len(t, asked, 1, "%v", asked)
				require.Equal(t, 1, res.Lookups)
				return
			}
			require.Len(t, asked, 2, "%v", asked)
			require.Equal(t, resolver.Question{Name: test.want, Type: resolver.TypeA}, asked[1].Question)
		})
	}
}

// TestExplanationKeepsCase is for what a question's name does not show.
func TestExplanationKeepsCase(t *testing.T) {
	tests := map[string]struct{ text, from, ip, want string }{
		"local-part":       {text: "%{l}", from: "User@Example.ORG", want: "User"},
		"sender":           {text: "%{s}", from: "User@Example.ORG", want: "User@example.org"},
		"ip6-nibbles":      {text: "%{i}", from: "u@example.org", ip: "2001:db8::cb01", want: "2.0.0.1.0.D.B.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.C.B.0.1"},
		"escape-upper-hex": {text: "?s=%{S}", from: "a+b/c@example.org", want: "?s=a%2Bb%2Fc%40example.org"},
		"unreserved":       {text: "%{L}", from: "aZ09-._~!'()*@example.org", want: "aZ09-._~%21%27%28%29%2A"},
		"several":          {text: "%{i} is not one of %{d}'s designated mail servers.", from: "u@example.org", want: "192.0.2.1 is not one of example.org's designated mail servers."},
		"url":              {text: "See http://%{d}/why.html?s=%{S}&i=%{I}", from: "u@example.org", want: "See http://example.org/why.html?s=u%40example.org&i=192.0.2.1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			zone := resolver.MustZone("example.org TXT 'v=spf1 -all exp=e.test'\ne.test TXT \"" + test.text + `"`)
			res, err := spf.Checker{Resolver: zone}.Check(t.Context(), edge{ip: test.ip, from: test.from}.request())
			require.NoError(t, err)
			require.Equal(t, spf.Fail, res.Status)
			require.Equal(t, test.want, res.Explanation)
		})
	}
}
