package spf_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// TestEdgesHostileIdentities is for identities that mean one thing to whom they
// are shown and another to DNS.
func TestEdgesHostileIdentities(t *testing.T) {
	const allow = "example.org TXT 'v=spf1 +all'\nvictim.test TXT 'v=spf1 +all'\n"
	runEdges(t, []edge{
		// The HELO identity is a domain, and has no local-part to split off.
		{name: "helo-with-at", identity: spf.HELO, helo: "x@example.org", zone: allow, want: spf.None, unasked: []string{"example.org TXT"}},
		{name: "null-reverse-path-helo-with-at", from: "<>", helo: "x@example.org", zone: allow, want: spf.None, unasked: []string{"example.org TXT"}},
		// A backslash is no escape in SMTP: the domain is malformed, or another one.
		{name: "domain-with-escape", from: `user@\118ictim.test`, zone: allow, want: spf.None, unasked: []string{"victim.test TXT"}},
		{name: "domain-with-escaped-dot", from: `user@victim\046test`, zone: allow, want: spf.None, unasked: []string{"victim.test TXT"}},
		{name: "domain-with-backslash-letter", from: `user@v\ictim.test`, zone: allow, want: spf.None, unasked: []string{"victim.test TXT"}},
		{name: "helo-with-escape", identity: spf.HELO, helo: `\118ictim.test`, zone: allow, want: spf.None, unasked: []string{"victim.test TXT"}},
		{name: "domain-with-nul", from: "user@victim.test\x00.example.net", zone: allow, want: spf.None, unasked: []string{"victim.test TXT"}},
		{name: "domain-with-blank", from: "user@victim.test example.net", zone: allow, want: spf.None, unasked: []string{"victim.test TXT"}},
		{name: "domain-with-newline", from: "user@victim.test\r\nexample.net", zone: allow, want: spf.None, unasked: []string{"victim.test TXT"}},
		{name: "domain-huge", from: "user@" + strings.Repeat("a.", 40000) + "victim.test", zone: allow, want: spf.None, code: spf.CodeBadDomain},
		{name: "domain-underscore", from: "user@_x.example.net", zone: "_x.example.net TXT 'v=spf1 ip4:192.0.2.1'", want: spf.Pass},
		{
			// The name has the labels "evil.example" and "org".
			name: "ptr-escaped-dot", zone: "1.2.0.192.in-addr.arpa PTR evil\\.example.org.\nevil\\.example.org A 192.0.2.1\nexample.org TXT 'v=spf1 ptr:example.org -all'",
			want: spf.Fail,
		},
		{
			name: "p-escaped-dot", zone: "1.2.0.192.in-addr.arpa PTR evil\\.example.org.\nevil\\.example.org A 192.0.2.1\nexample.org TXT 'v=spf1 ?exists:%{p}.x.test exists:%{p2}.y.test -all'\n*.y.test A 127.0.0.2",
			want: spf.Pass,
		},
		{name: "record-escape", zone: "victim.test A 192.0.2.1\nexample.org TXT 'v=spf1 a:\\\\118ictim.test -all'", want: spf.Fail, unasked: []string{"victim.test A"}},
		{name: "local-part-non-ascii-redirect", from: "us\u00e9r@example.org", zone: "*.x.test TXT 'v=spf1 +all'\nexample.org TXT 'v=spf1 redirect=%{l}.x.test'", want: spf.PermError},
		{name: "local-part-non-ascii-exp", from: "us\u00e9r@example.org", zone: "*.x.test TXT 'hello'\nexample.org TXT 'v=spf1 -all exp=%{l}.x.test'", want: spf.Fail},
		{name: "local-part-not-utf8", from: "us\xe9r@example.org", zone: "*.x.test A 127.0.0.2\nexample.org TXT 'v=spf1 exists:%{l}.x.test -all'", want: spf.Fail},
		{name: "local-part-empty-quoted", from: `""@example.org`, zone: "example.org TXT 'v=spf1 exists:%{l}.x.test -all'", want: spf.Fail, asked: []string{`"".x.test A`}},
	})
}

// TestLimitsAreCapped is for what Limits promises of large numbers.
func TestLimitsAreCapped(t *testing.T) {
	runEdges(t, []edge{
		{
			name: "hundred", limits: spf.Limits{Lookups: 1000}, zone: chain(100, "include:") + "example.org TXT 'v=spf1 include:c1.test -all'",
			want: spf.Pass, counts: "100/0",
		},
		{
			name: "hundred-and-one", limits: spf.Limits{Lookups: 1000}, zone: chain(101, "include:") + "example.org TXT 'v=spf1 include:c1.test -all'",
			want: spf.PermError, code: spf.CodeTooManyLookups,
		},
		{
			name: "negative-is-ten", limits: spf.Limits{Lookups: -5, Names: -5}, zone: hosts + "example.org TXT 'v=spf1" + series(11, " a:h%d.test") + " -all'",
			want: spf.PermError, code: spf.CodeTooManyLookups, asked: []string{"h10.test A"},
		},
	})
}

func TestSteps(t *testing.T) {
	zone := resolver.MustZone(`
		example.org   60  TXT  "v=spf1 a:void.test ip4:198.51.100.0/24 include:i.test -all"
		i.test       120  TXT  "v=spf1 ip6:2001:db8::/32 mx:m.test ?all"
		m.test            MX   10 b.test
		m.test            MX   5  a.test
		a.test            A    198.51.100.1
		b.test            A    192.0.2.1
	`)
	res, err := spf.Checker{Resolver: zone}.Check(t.Context(), edge{}.request())
	require.NoError(t, err)
	require.Equal(t, spf.Pass, res.Status)
	require.Equal(t, spf.Match{
		Term: "mx:m.test", Domain: "i.test", Offset: 25,
		Chain: []spf.Hop{{Domain: "example.org", Term: "include:i.test", Offset: 39}},
	}, res.Match)
	require.Len(t, res.Steps, 4)

	first := res.Steps[0]
	require.Equal(t, spf.Step{
		Domain: "example.org", Target: "example.org", DNS: resolver.Success, TTL: 60,
		Record: "v=spf1 a:void.test ip4:198.51.100.0/24 include:i.test -all", Outcome: spf.Found,
	}, first)
	void := res.Steps[1]
	require.Equal(t, spf.Step{
		Domain: "example.org", Term: "a:void.test", Offset: 7, Target: "void.test", DNS: resolver.NXDomain, TTL: void.TTL,
		Outcome: spf.NotMatched, Lookups: 1, Voids: 1,
	}, void)
	require.Equal(t, spf.Step{
		Domain: "example.org", Term: "include:i.test", Offset: 39, Target: "i.test", DNS: resolver.Success, TTL: 120,
		Record: "v=spf1 ip6:2001:db8::/32 mx:m.test ?all", Outcome: spf.Followed, Lookups: 2, Voids: 1,
	}, res.Steps[2])
	mx := res.Steps[3]
	require.Equal(t, spf.Step{
		Domain: "i.test", Term: "mx:m.test", Offset: 25, Depth: 1, Target: "m.test", DNS: resolver.Success, TTL: mx.TTL,
		Host: "b.test", Outcome: spf.Matched, Lookups: 3, Voids: 1,
	}, mx)
}

// TestFindings requires of each code that something makes it, and that it helps.
func TestFindings(t *testing.T) {
	tests := map[mailworthy.Code]edge{
		spf.CodeBadDomain:        {from: "user@localhost"},
		spf.CodeNoRecord:         {},
		spf.CodeMultipleRecords:  {zone: "example.org TXT 'v=spf1 mx -all'\nexample.org TXT 'v=spf1 ip4:192.0.2.1 ~all'"},
		spf.CodeSyntax:           {zone: "i.test TXT 'v=spf1 ip4:192.0.2.256'\nexample.org TXT 'v=spf1 include:i.test'"},
		spf.CodeTooManyLookups:   {zone: "example.org TXT 'v=spf1 include:example.org'"},
		spf.CodeTooManyVoids:     {zone: "example.org TXT 'v=spf1 a mx exists:n.test'"},
		spf.CodeTooManyMX:        {zone: series(11, "example.org MX %d n%d.test\n") + "example.org TXT 'v=spf1 mx -all'"},
		spf.CodeIncludeNoRecord:  {zone: "example.org TXT 'v=spf1 include:n.test -all'"},
		spf.CodeRedirectNoRecord: {zone: "example.org TXT 'v=spf1 redirect=n.test'"},
		spf.CodeDNSFailure:       {zone: "example.org TXT 'v=spf1 a:n.test -all'\nn.test !servfail ede=22 \"no authority\""},
		spf.CodeFail:             {zone: "example.org TXT 'v=spf1 ip4:198.51.100.1 -all'"},
		spf.CodeSoftFail:         {zone: "example.org TXT 'v=spf1 ip4:198.51.100.1 ~all'"},
		spf.CodeNeutral:          {zone: "example.org TXT 'v=spf1 ip4:198.51.100.1 ?all'"},
	}
	for code, e := range tests {
		t.Run(string(code), func(t *testing.T) {
			zone, err := resolver.ParseZone(e.zone)
			require.NoError(t, err)
			res, _ := spf.Evaluate(e.request(), zone)
			require.True(t, res.Findings.Has(code), "%+v", res.Findings)
			for _, f := range res.Findings {
				require.NotEmpty(t, f.Subject)
				require.NotEmpty(t, f.Message)
				require.NotEmpty(t, f.Remedy)
				require.Contains(t, f.Ref, "RFC ")
				require.NotEqual(t, mailworthy.None, f.Severity)
				require.Equal(t, code == spf.CodeDNSFailure, f.Temporary)
				switch code {
				case spf.CodeSyntax:
					require.Equal(t, "i.test", f.Subject, "the record that is broken")
					require.Contains(t, strings.Join(append(f.Evidence, f.Message), "\n"), "ip4:192.0.2.256")
				case spf.CodeDNSFailure:
					require.Contains(t, strings.Join(append(f.Evidence, f.Message), "\n"), "n.test")
				}
			}
		})
	}
}

// TestRemediesAreRecords parses what remedies tell to publish.
func TestRemediesAreRecords(t *testing.T) {
	for _, e := range []edge{
		{zone: "example.org TXT 'v=spf1 ip4:198.51.100.1 -all'"},
		{zone: "example.org TXT 'v=spf1 ip4:198.51.100.1 ~all'"},
		{zone: "example.org TXT 'v=spf1 redirect=r.test'\nr.test TXT 'v=spf1 -all'"},
		{zone: "example.org TXT 'v=spf1'"},
		{zone: "example.org TXT 'v=spf1 ip4:198.51.100.1'", ip: client6},
		{zone: "example.org TXT 'v=spf1 mx moo=x exp=e.test -all'", ip: client6},
		{zone: ""},
	} {
		t.Run(e.zone, func(t *testing.T) {
			res, _ := spf.Evaluate(e.request(), resolver.MustZone(e.zone))
			for _, f := range res.Findings {
				_, rest, ok := strings.Cut(f.Remedy, "v=spf1")
				if !ok {
					continue
				}
				record := "v=spf1" + rest[:strings.IndexAny(rest+`"`, "\"`'\n")]
				_, err := spf.Parse(record)
				require.NoError(t, err, "%q", f.Remedy)
			}
		})
	}
}

func TestTimeMacro(t *testing.T) {
	zone := resolver.MustZone("e.test TXT '%{t}'\nexample.org TXT 'v=spf1 -all exp=e.test'")
	req := edge{}.request()
	req.Time = time.Time{}
	res, _ := spf.Evaluate(req, zone)
	require.Equal(t, "0", res.Explanation, "Evaluate reads no clock")
	synctest.Test(t, func(t *testing.T) {
		res, err := spf.Checker{Resolver: zone}.Check(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, "946684800", res.Explanation, "the bubble's midnight of 2000-01-01")
	})
}

func TestSenderAndDomain(t *testing.T) {
	tests := map[string]struct {
		from, helo, domain, sender string
	}{
		"plain":        {"User@Example.ORG", "h.test", "example.org", "User@example.org"},
		"brackets":     {"<user@example.org>", "h.test", "example.org", "user@example.org"},
		"dot":          {"user@example.org.", "h.test", "example.org", "user@example.org"},
		"null":         {"", "H.Test", "h.test", "postmaster@h.test"},
		"null-bracket": {"<>", "h.test", "h.test", "postmaster@h.test"},
		"u-label":      {"user@b\u00fccher.example", "h.test", "xn--bcher-kva.example", "user@xn--bcher-kva.example"},
		"at":           {`"a@b"@example.org`, "h.test", "example.org", `"a@b"@example.org`},
		"no-local":     {"@example.org", "h.test", "example.org", "postmaster@example.org"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			req := edge{}.request()
			req.HELO, req.MailFrom = test.helo, test.from
			res, missing := spf.Evaluate(req, resolver.MustZone(""))
			require.Empty(t, missing)
			require.Equal(t, test.domain, res.Domain)
			require.Equal(t, test.sender, res.Sender)
			require.Equal(t, spf.MailFrom, res.Identity)
		})
	}
}

func TestNamesOfKinds(t *testing.T) {
	queries := map[spf.Kind]bool{spf.KindInclude: true, spf.KindA: true, spf.KindMX: true, spf.KindPTR: true, spf.KindExists: true, spf.KindRedirect: true}
	for kind := spf.KindAll; kind <= spf.KindUnknown; kind++ {
		require.Equal(t, queries[kind], kind.Queries(), "%v", kind)
		require.Equal(t, kind >= spf.KindRedirect, kind.Modifier(), "%v", kind)
		text, err := kind.MarshalText()
		require.NoError(t, err)
		require.Equal(t, kind.String(), string(text))
		var back spf.Kind
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, kind, back)
	}
	var k spf.Kind
	require.Error(t, k.UnmarshalText([]byte("moo")))
	statuses := map[spf.Qualifier]spf.Status{'+': spf.Pass, '-': spf.Fail, '~': spf.SoftFail, '?': spf.Neutral}
	for q, status := range statuses {
		require.Equal(t, status, q.Status())
		text, err := q.MarshalText()
		require.NoError(t, err)
		var back spf.Qualifier
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, q, back)
	}
	var q spf.Qualifier
	require.Error(t, q.UnmarshalText([]byte("!")))
	require.Error(t, q.UnmarshalText([]byte("+-")))
}

func TestParseTerms(t *testing.T) {
	_, err := spf.Parse("v=spf10 -all")
	require.ErrorIs(t, err, spf.ErrNotSPF)
	_, err = spf.Parse("")
	require.ErrorIs(t, err, spf.ErrNotSPF)
	rec, err := spf.Parse("v=spf1 -a:h.test mx//64 moo=%{d} bad:x -all")
	var syntax *spf.SyntaxError
	require.ErrorAs(t, err, &syntax)
	require.Equal(t, 33, syntax.Offset)
	require.Equal(t, "bad:x", syntax.Term)
	require.NotNil(t, rec, "the terms before the error")
	require.Equal(t, []spf.Term{
		{Kind: spf.KindA, Qualifier: '-', Domain: "h.test", Bits4: 32, Bits6: 128, Offset: 7, Text: "-a:h.test"},
		{Kind: spf.KindMX, Qualifier: '+', Bits4: 32, Bits6: 64, Offset: 17, Text: "mx//64"},
		{Kind: spf.KindUnknown, Domain: "%{d}", Offset: 24, Text: "moo=%{d}"},
	}, rec.Terms)
}
