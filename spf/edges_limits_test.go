package spf_test

import (
	"testing"

	"github.com/mailworthy/mailworthy/spf"
)

// TestEdgesLookups is for the limit of RFC 7208 section 4.6.4 on terms.
func TestEdgesLookups(t *testing.T) {
	includes := series(20, "i%d.test TXT 'v=spf1 ip4:198.51.100.%d -all'\n")
	runEdges(t, []edge{
		{
			// Some count the first record, or stop at the tenth term.
			name: "lookups-10",
			zone: hosts + "hit.test A 192.0.2.1\nexample.org TXT 'v=spf1" + series(9, " a:h%d.test") + " a:hit.test -all'",
			want: spf.Pass, counts: "10/0", match: "a:hit.test @ example.org",
		},
		{
			name: "lookups-10-no-match",
			zone: hosts + "example.org TXT 'v=spf1" + series(10, " a:h%d.test") + " -all'",
			want: spf.Fail, counts: "10/0", match: "-all @ example.org", code: spf.CodeFail,
		},
		{
			name: "lookups-include-10",
			zone: includes + "example.org TXT 'v=spf1" + series(10, " include:i%d.test") + " ip4:192.0.2.1 -all'",
			want: spf.Pass, counts: "10/0",
		},
		{
			name: "lookups-include-nested-10",
			zone: chain(10, "include:") + "example.org TXT 'v=spf1 include:c1.test -all'",
			want: spf.Pass, counts: "10/0", match: "ip4:192.0.2.1 @ c10.test",
		},
		{
			name: "lookups-include-nested-11",
			zone: chain(11, "include:") + "example.org TXT 'v=spf1 include:c1.test -all'",
			want: spf.PermError, code: spf.CodeTooManyLookups, unasked: []string{"c11.test TXT"},
		},
		{
			name: "lookups-redirect-chain-10",
			zone: chain(10, "redirect=") + "example.org TXT 'v=spf1 redirect=c1.test'",
			want: spf.Pass, counts: "10/0", match: "ip4:192.0.2.1 @ c10.test",
		},
		{
			name: "lookups-redirect-chain-11",
			zone: chain(11, "redirect=") + "example.org TXT 'v=spf1 redirect=c1.test'",
			want: spf.PermError, code: spf.CodeTooManyLookups, unasked: []string{"c11.test TXT"},
		},
		{
			name: "lookups-redirect-10",
			zone: hosts + "r.test TXT 'v=spf1 ip4:192.0.2.1'\nexample.org TXT 'v=spf1" + series(9, " a:h%d.test") + " redirect=r.test'",
			want: spf.Pass, counts: "10/0", match: "ip4:192.0.2.1 @ r.test",
		},
		{
			name: "lookups-redirect-11",
			zone: hosts + "r.test TXT 'v=spf1 ip4:192.0.2.1'\nexample.org TXT 'v=spf1" + series(10, " a:h%d.test") + " redirect=r.test'",
			want: spf.PermError, code: spf.CodeTooManyLookups, unasked: []string{"r.test TXT"},
		},
		{
			// Its error must end the evaluation, also when the term would match.
			name: "lookups-11",
			zone: hosts + "hit.test A 192.0.2.1\nexample.org TXT 'v=spf1" + series(10, " a:h%d.test") + " a:hit.test -all'",
			want: spf.PermError, code: spf.CodeTooManyLookups, unasked: []string{"hit.test A"},
		},
		{
			name: "lookups-11-exists",
			zone: hosts + "hit.test A 192.0.2.1\nexample.org TXT 'v=spf1" + series(10, " a:h%d.test") + " exists:hit.test ?all'",
			want: spf.PermError, code: spf.CodeTooManyLookups,
		},
		{
			name: "lookups-11-mx",
			zone: hosts + "hit.test MX 0 hit.test\nhit.test A 192.0.2.1\nexample.org TXT 'v=spf1" + series(10, " a:h%d.test") + " mx:hit.test ?all'",
			want: spf.PermError, code: spf.CodeTooManyLookups, unasked: []string{"hit.test MX"},
		},
		{
			name: "lookups-11-ptr",
			zone: hosts + "1.2.0.192.in-addr.arpa PTR hit.test\nhit.test A 192.0.2.1\nexample.org TXT 'v=spf1" + series(10, " a:h%d.test") + " ptr:hit.test ?all'",
			want: spf.PermError, code: spf.CodeTooManyLookups, unasked: []string{"1.2.0.192.in-addr.arpa PTR"},
		},
		{
			name: "lookups-11-in-include",
			zone: hosts + "hit.test A 192.0.2.1\ni.test TXT 'v=spf1" + series(9, " a:h%d.test") + " a:hit.test'\n" +
				"example.org TXT 'v=spf1 include:i.test -all'",
			want: spf.PermError, code: spf.CodeTooManyLookups,
		},
		{
			name: "lookups-11-not-reached",
			zone: hosts + "hit.test A 192.0.2.1\nexample.org TXT 'v=spf1" + series(9, " a:h%d.test") + " a:hit.test a:h11.test a:h12.test -all'",
			want: spf.Pass, counts: "10/0", unasked: []string{"h11.test A"},
		},
		{
			name: "lookups-exp-does-not-count",
			zone: hosts + "why.test TXT 'because'\nexample.org TXT 'v=spf1" + series(10, " a:h%d.test") + " -all exp=why.test'",
			want: spf.Fail, counts: "10/0", explanation: "because",
		},
		{
			name: "lookups-all-ip4-ip6-do-not-count",
			zone: "example.org TXT 'v=spf1" + series(30, " ip4:198.51.100.%d ip6:2001:db8:1::%d") + " -all'",
			want: spf.Fail, counts: "0/0",
		},
		{
			name: "same-include-twice",
			zone: "i.test TXT 'v=spf1 ip4:198.51.100.1'\nexample.org TXT 'v=spf1 include:i.test include:i.test ip4:192.0.2.1 -all'",
			want: spf.Pass, counts: "2/0",
		},
		{
			name: "loop-include",
			zone: "a.test TXT 'v=spf1 include:example.org'\nexample.org TXT 'v=spf1 include:a.test -all'",
			want: spf.PermError, code: spf.CodeTooManyLookups,
		},
		{
			name: "loop-include-self",
			zone: "example.org TXT 'v=spf1 include:example.org -all'",
			want: spf.PermError, code: spf.CodeTooManyLookups,
		},
		{
			name: "loop-redirect",
			zone: "a.test TXT 'v=spf1 redirect=example.org'\nexample.org TXT 'v=spf1 redirect=a.test'",
			want: spf.PermError, code: spf.CodeTooManyLookups,
		},
		{
			name: "loop-redirect-self",
			zone: "example.org TXT 'v=spf1 redirect=example.org'",
			want: spf.PermError, code: spf.CodeTooManyLookups,
		},
		{
			name: "loop-not-reached",
			zone: "a.test TXT 'v=spf1 ip4:192.0.2.1 include:example.org'\nexample.org TXT 'v=spf1 include:a.test -all'",
			want: spf.Pass, counts: "1/0", match: "ip4:192.0.2.1 @ a.test",
		},
		{
			name: "limit-option-lookups", limits: spf.Limits{Lookups: 2},
			zone: hosts + "example.org TXT 'v=spf1 a:h1.test a:h2.test a:h3.test -all'",
			want: spf.PermError, code: spf.CodeTooManyLookups, asked: []string{"h2.test A"}, unasked: []string{"h3.test A"},
		},
		{
			name: "limit-option-lookups-raised", limits: spf.Limits{Lookups: 20},
			zone: hosts + "example.org TXT 'v=spf1" + series(20, " a:h%d.test") + " -all'",
			want: spf.Fail, counts: "20/0",
		},
	})
}

// TestEdgesVoids is for terms that find nothing (RFC 7208 section 4.6.4).
func TestEdgesVoids(t *testing.T) {
	runEdges(t, []edge{
		{
			name: "void-2-then-lookup-hit",
			zone: "hit.test A 192.0.2.1\nexample.org TXT 'v=spf1 a:n1.test a:n2.test a:hit.test -all'",
			want: spf.Pass, counts: "3/2",
		},
		{
			name: "void-2-then-lookup-miss",
			zone: hosts + "example.org TXT 'v=spf1 a:n1.test a:n2.test a:h1.test -all'",
			want: spf.Fail, counts: "3/2",
		},
		{
			name: "void-3-then-lookup-hit",
			zone: "hit.test A 192.0.2.1\nexample.org TXT 'v=spf1 a:n1.test a:n2.test a:n3.test a:hit.test -all'",
			want: spf.PermError, code: spf.CodeTooManyVoids, unasked: []string{"hit.test A"},
		},
		{
			name: "void-last-term",
			zone: "example.org TXT 'v=spf1 a:n1.test a:n2.test a:n3.test'",
			want: spf.PermError, code: spf.CodeTooManyVoids,
		},
		{
			name: "void-3-nodata",
			zone: "n1.test TXT x\nn2.test TXT x\nn3.test TXT x\nexample.org TXT 'v=spf1 a:n1.test mx:n2.test exists:n3.test -all'",
			want: spf.PermError, code: spf.CodeTooManyVoids,
		},
		{
			name: "void-cname-nodata",
			zone: "n1.test CNAME e.test\nn2.test CNAME e.test\nn3.test CNAME e.test\ne.test TXT x\n" +
				"example.org TXT 'v=spf1 a:n1.test a:n2.test a:n3.test -all'",
			want: spf.PermError, code: spf.CodeTooManyVoids,
		},
		{
			name: "void-cname-nxdomain",
			zone: "n1.test CNAME x1.test\nn2.test CNAME x2.test\nn3.test CNAME x3.test\n" +
				"example.org TXT 'v=spf1 a:n1.test a:n2.test a:n3.test -all'",
			want: spf.PermError, code: spf.CodeTooManyVoids,
		},
		{
			name: "void-across-includes",
			zone: "i.test TXT 'v=spf1 a:n1.test a:n2.test'\nexample.org TXT 'v=spf1 include:i.test a:n3.test -all'",
			want: spf.PermError, code: spf.CodeTooManyVoids,
		},
		{
			name: "void-in-include-ends-all",
			zone: "i.test TXT 'v=spf1 a:n2.test a:n3.test'\nexample.org TXT 'v=spf1 a:n1.test include:i.test ip4:192.0.2.1 -all'",
			want: spf.PermError, code: spf.CodeTooManyVoids,
		},
		{
			name: "void-across-redirect",
			zone: "r.test TXT 'v=spf1 a:n3.test -all'\nexample.org TXT 'v=spf1 a:n1.test a:n2.test redirect=r.test'",
			want: spf.PermError, code: spf.CodeTooManyVoids,
		},
		{
			name: "void-exp-does-not-count",
			zone: "example.org TXT 'v=spf1 a:n1.test a:n2.test -all exp=n3.test'",
			want: spf.Fail, counts: "2/2",
		},
		{
			// By the letter. Some ask for A as well, against section 5.
			name: "void-ip6-client", ip: client6,
			zone: "a1.test A 192.0.2.1\na2.test A 192.0.2.1\na3.test A 192.0.2.1\nexample.org TXT 'v=spf1 a:a1.test a:a2.test a:a3.test -all'",
			want: spf.PermError, code: spf.CodeTooManyVoids, unasked: []string{"a1.test A"},
		},
		{
			name: "void-ip6-client-two", ip: client6,
			zone: "a1.test A 192.0.2.1\na2.test A 192.0.2.1\nexample.org TXT 'v=spf1 a:a1.test a:a2.test -all'",
			want: spf.Fail, counts: "2/2",
		},
		{
			// The text limits terms that find nothing, and these find hosts.
			name: "void-mx-hosts-do-not-count",
			zone: series(3, "m%d.test MX 1 x%d.test\nm%d.test MX 2 y%d.test\nm%d.test MX 3 z%d.test\n") +
				"example.org TXT 'v=spf1 mx:m1.test mx:m2.test mx:m3.test -all'",
			want: spf.Fail, counts: "3/0",
		},
		{
			name: "void-mx-counts",
			zone: "example.org TXT 'v=spf1 mx:m1.test mx:m2.test mx:m3.test -all'",
			want: spf.PermError, code: spf.CodeTooManyVoids,
		},
		{
			name: "void-exists-counts",
			zone: "example.org TXT 'v=spf1 exists:m1.test exists:m2.test exists:m3.test -all'",
			want: spf.PermError, code: spf.CodeTooManyVoids,
		},
		{
			name: "void-ptr-counts",
			zone: "example.org TXT 'v=spf1 a:n1.test ptr a:n2.test -all'",
			want: spf.PermError, code: spf.CodeTooManyVoids,
		},
		{
			name: "void-ptr-names-do-not-count",
			zone: "1.2.0.192.in-addr.arpa PTR p1.test\n1.2.0.192.in-addr.arpa PTR p2.test\n1.2.0.192.in-addr.arpa PTR p3.test\n" +
				"example.org TXT 'v=spf1 ptr:x.test -all'",
			want: spf.Fail, counts: "1/0",
		},
		{
			// Neither the reverse name nor the target exist: one void each term.
			name: "void-one-per-term",
			zone: "example.org TXT 'v=spf1 a:%{p}.n1.test a:%{p}.n2.test -all'",
			want: spf.Fail, counts: "2/2",
		},
		{
			name: "void-null-mx-is-not-void",
			zone: series(3, "m%d.test MX 0 .\n") + "example.org TXT 'v=spf1 mx:m1.test mx:m2.test mx:m3.test -all'",
			want: spf.Fail, counts: "3/0", unasked: []string{" A"},
		},
		{
			name: "limit-option-voids-unlimited", limits: spf.Limits{Voids: -1},
			zone: "example.org TXT 'v=spf1" + series(10, " a:n%d.test") + " -all'",
			want: spf.Fail, counts: "10/10",
		},
		{
			name: "limit-option-voids-raised", limits: spf.Limits{Voids: 3},
			zone: "example.org TXT 'v=spf1 a:n1.test a:n2.test a:n3.test a:n4.test -all'",
			want: spf.PermError, code: spf.CodeTooManyVoids, asked: []string{"n4.test A"},
		},
		{
			name: "limit-option-voids-raised-reached", limits: spf.Limits{Voids: 3},
			zone: "example.org TXT 'v=spf1 a:n1.test a:n2.test a:n3.test -all'",
			want: spf.Fail, counts: "3/3",
		},
	})
}

// TestEdgesNames is for the hosts of an mx and the names of a ptr.
func TestEdgesNames(t *testing.T) {
	mx := func(n int) string { return series(n, "m.test MX 1%d h%d.test\n") }
	reverse := "1.2.0.192.in-addr.arpa PTR "
	runEdges(t, []edge{
		{
			name: "mx-10-hosts",
			zone: hosts + mx(10) + "example.org TXT 'v=spf1 mx:m.test -all'",
			want: spf.Fail, counts: "1/0",
		},
		{
			name: "mx-11-hosts",
			zone: hosts + mx(11) + "example.org TXT 'v=spf1 mx:m.test -all'",
			want: spf.PermError, code: spf.CodeTooManyMX,
		},
		{
			name: "mx-11-hosts-last-would-match",
			zone: hosts + mx(10) + "m.test MX 999 hit.test\nhit.test A 192.0.2.1\nexample.org TXT 'v=spf1 mx:m.test -all'",
			want: spf.PermError, code: spf.CodeTooManyMX, unasked: []string{"hit.test A"},
		},
		{
			// The order is that of preference, whatever that of the answer.
			name: "mx-11-hosts-first-matches",
			zone: hosts + mx(10) + "m.test MX 1 hit.test\nhit.test A 192.0.2.1\nexample.org TXT 'v=spf1 mx:m.test -all'",
			want: spf.Pass, counts: "1/0",
		},
		{
			name: "mx-11-hosts-same-preference",
			zone: hosts + series(10, "m.test MX 10 h%d.test\n") + "m.test MX 10 a.test\na.test A 192.0.2.1\nexample.org TXT 'v=spf1 mx:m.test -all'",
			want: spf.Pass,
		},
		{
			name: "mx-many-addresses",
			zone: "m.test MX 1 many.test\n" + series(30, "many.test A 198.51.100.%d\n") + "many.test A 192.0.2.1\nexample.org TXT 'v=spf1 mx:m.test -all'",
			want: spf.Pass, counts: "1/0",
		},
		{
			name: "mx-many-addresses-of-ten-hosts",
			zone: mx(10) + series(10, "h%d.test A 198.51.100.%d\nh%d.test A 203.0.113.%d\n") + "h10.test A 192.0.2.1\nexample.org TXT 'v=spf1 mx:m.test -all'",
			want: spf.Pass, counts: "1/0",
		},
		{
			name: "mx-hosts-are-not-terms",
			zone: hosts + mx(10) + "n.test MX 1 hit.test\nhit.test A 192.0.2.1\nexample.org TXT 'v=spf1" + series(9, " mx:m.test") + " mx:n.test -all'",
			want: spf.Pass, counts: "10/0",
		},
		{
			// RFC 7208 section 5.4: the implicit MX of RFC 5321 does not apply.
			name: "mx-implicit",
			zone: "example.org A 192.0.2.1\nexample.org TXT 'v=spf1 mx -all'",
			want: spf.Fail, counts: "1/1", unasked: []string{"example.org A"},
		},
		{
			name: "limit-option-names", limits: spf.Limits{Names: 3},
			zone: hosts + mx(4) + "example.org TXT 'v=spf1 mx:m.test -all'",
			want: spf.PermError, code: spf.CodeTooManyMX,
		},
		{
			name: "ptr-10th-counts",
			zone: series(9, reverse+"h%d.test\n") + reverse + "z.test\n" + hosts + "z.test A 192.0.2.1\nexample.org TXT 'v=spf1 ptr:z.test -all'",
			want: spf.Pass, counts: "1/0",
		},
		{
			// More than ten are no error, and only ten are asked.
			name: "ptr-11-names",
			zone: series(11, reverse+"h%d.test\n") + hosts + "example.org TXT 'v=spf1 ptr:x.test -all'",
			want: spf.Fail, counts: "1/0",
		},
		{
			name: "ptr-11-names-all-valid",
			zone: series(11, reverse+"v%d.test\nv%d.test A 192.0.2.1\n") + "example.org TXT 'v=spf1 ptr:%{l}.test -all'",
			from: "v1@example.org",
			want: spf.Pass,
		},
		{
			name: "ptr-11th-is-ignored",
			zone: reverse + "a.a.test\n" + reverse + "b.a.test\n" + reverse + "c.a.test\n" + reverse + "d.a.test\n" + reverse + "e.a.test\n" +
				reverse + "f.a.test\n" + reverse + "g.a.test\n" + reverse + "h.a.test\n" + reverse + "i.a.test\n" + reverse + "j.a.test\n" +
				reverse + "k.a.test\nk.a.test A 192.0.2.1\nexample.org TXT 'v=spf1 ptr:a.test -all'",
			want: spf.Fail, counts: "1/0", unasked: []string{"k.a.test A"},
		},
		{
			name: "ptr-names-are-not-terms",
			zone: series(10, reverse+"h%d.test\n") + hosts + "example.org TXT 'v=spf1 ptr:x.test" + series(9, " a:h%d.test") + " -all'",
			want: spf.Fail, counts: "10/0",
		},
		{
			name: "limit-option-names-ptr", limits: spf.Limits{Names: 1},
			zone: reverse + "a.a.test\n" + reverse + "b.a.test\nb.a.test A 192.0.2.1\nexample.org TXT 'v=spf1 ptr:a.test -all'",
			want: spf.Fail, unasked: []string{"b.a.test A"},
		},
	})
}
