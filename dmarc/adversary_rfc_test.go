package dmarc_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

// signed is a request with signatures that pass.
func signed(author string, domains ...string) dmarc.Request {
	req := dmarc.Request{Domain: author}
	for _, d := range domains {
		req.DKIM = append(req.DKIM, dmarc.DKIMResult{Status: dmarc.Pass, Domain: d, Selector: "s"})
	}
	return req
}

// sent is a request for which SPF passes for a domain.
func sent(author, domain string) dmarc.Request {
	return dmarc.Request{Domain: author, SPF: dmarc.SPFResult{Status: dmarc.Pass, Domain: domain}}
}

func both(author, path, signer string) dmarc.Request {
	req := signed(author, signer)
	req.SPF = dmarc.SPFResult{Status: dmarc.Pass, Domain: path}
	return req
}

func record(domain, tags string) string {
	return fmt.Sprintf("_dmarc.%s TXT 'v=DMARC1; %s'\n", domain, tags)
}

// TestAdversarySections has a case for each rule of RFC 9989 that a receiver's
// evaluation can obey, in the order of its sections.
func TestAdversarySections(t *testing.T) {
	const (
		pass, fail, none, temp, perm = dmarc.Pass, dmarc.Fail, dmarc.None, dmarc.TempError, dmarc.PermError
		q, r, no                     = dmarc.Quarantine, dmarc.Reject, dmarc.PolicyNone
	)
	const com, sub, deep = "example.com", "news.example.com", "a.b.c.d.e.f.g.h.i.j.k.example.com"
	long := strings.Repeat(strings.Repeat("a", 63)+".", 3) + strings.Repeat("b", 44) + ".example.com"
	bank := record("bank.example", "p=reject; sp=quarantine; np=reject; psd=y")
	split := record(com, "p=none; sp=quarantine; np=reject")
	from := func(req dmarc.Request, values ...string) dmarc.Request {
		req.Domain, req.From = "", values
		return req
	}
	authors := func(n int, req dmarc.Request) dmarc.Request {
		req.Limits.Authors = n
		return req
	}
	tests := []struct {
		name string
		zone string
		req  dmarc.Request
		want outcome
	}{
		{"3.2.13 NXDOMAIN does not exist", split, signed(sub), outcome{fail, com, com, r, r, r}},
		{"3.2.13 an address exists", split + sub + " A 192.0.2.1", signed(sub), outcome{fail, com, com, q, q, q}},
		{"A.4 a name below makes it exist", split + "www." + sub + " A 192.0.2.1", signed(sub), outcome{fail, com, com, q, q, q}},
		{"A.4 any type makes it exist", split + sub + " MX 0 .", signed(sub), outcome{fail, com, com, q, q, q}},
		{"A.4 a text makes it exist", split + sub + " TXT x", signed(sub), outcome{fail, com, com, q, q, q}},
		{"A.4 an alias without target exists", split + sub + " CNAME nowhere.test.", signed(sub), outcome{fail, com, com, q, q, q}},
		{"A.4 a key below makes it exist", split + "s._domainkey." + sub + " TXT x", signed(sub), outcome{fail, com, com, q, q, q}},
		{"A.4 what is no record at _dmarc makes it exist", split + "_dmarc." + sub + " TXT x", signed(sub), outcome{fail, com, com, q, q, q}},
		{"A.4 a wildcard exists", split + "*.example.com A 192.0.2.1", signed(sub), outcome{fail, com, com, q, q, q}},
		{"3.2.13 below what does not exist", split, signed("a.b.c.example.com"), outcome{fail, com, com, r, r, r}},
		{"5.3.6 DNS does not tell whether it exists", split + sub + " A !servfail", signed(sub), outcome{temp, com, com, "", "", no}},
		{"5.3.6 whether it exists makes no difference", record(com, "p=reject") + sub + " A !servfail", signed(sub), outcome{fail, com, com, r, r, r}},

		{"4.4 row 1", record(com, "p=reject"), signed(sub, "foo.example.com"), outcome{pass, com, com, r, r, no}},
		{"4.4 row 2", record(com, "p=reject; adkim=s"), signed(sub, sub), outcome{pass, com, com, r, r, no}},
		{"4.4 row 3", record(com, "p=reject") + record("example.net", "p=none"), signed(sub, "foo.example.net"), outcome{fail, com, com, r, r, r}},
		{"4.4 comparison has no case", record(com, "p=reject; adkim=s"), signed("NEWS.Example.com", "news.example.COM"), outcome{pass, com, com, r, r, no}},
		{"4.4 a suffix is no subdomain", record(com, "p=reject"), signed(com, "badexample.com"), outcome{fail, com, com, r, r, r}},
		{"4.4.1 any signature", record(com, "p=reject"), signed(com, "a.test", "b.test", com), outcome{pass, com, com, r, r, no}},
		{
			"4.4.1 one that does not verify", record(com, "p=reject"),
			dmarc.Request{Domain: com, DKIM: []dmarc.DKIMResult{{Status: fail, Domain: com}}},
			outcome{fail, com, com, r, r, r},
		},
		{
			"4.4.2 HELO does not count", record(com, "p=reject"),
			dmarc.Request{Domain: com, SPF: dmarc.SPFResult{Status: pass, Domain: com, Identity: "helo"}},
			outcome{fail, com, com, r, r, r},
		},
		{
			"4.4.2 softfail does not count", record(com, "p=reject"),
			dmarc.Request{Domain: com, SPF: dmarc.SPFResult{Status: "softfail", Domain: com}},
			outcome{fail, com, com, r, r, r},
		},

		{"4.7 adkim is for signatures", record(com, "p=reject; adkim=s"), signed(com, sub), outcome{fail, com, com, r, r, r}},
		{"4.7 adkim is not for SPF", record(com, "p=reject; adkim=s"), sent(com, sub), outcome{pass, com, com, r, r, no}},
		{"4.7 aspf is for SPF", record(com, "p=reject; aspf=s"), sent(com, sub), outcome{fail, com, com, r, r, r}},
		{"4.7 aspf is not for signatures", record(com, "p=reject; aspf=s"), signed(com, sub), outcome{pass, com, com, r, r, no}},
		{"4.7 strict goes both ways", record(com, "p=reject; aspf=s"), sent(sub, com), outcome{fail, com, com, r, r, r}},
		{"4.7 np is not for the domain itself", split, signed(com), outcome{fail, com, com, no, no, no}},
		{"4.7 np falls back to sp", record(com, "p=none; sp=reject"), signed(sub), outcome{fail, com, com, r, r, r}},
		{"4.7 np falls back to p", record(com, "p=quarantine"), signed(sub), outcome{fail, com, com, q, q, q}},
		{"4.7 np alone is not for what exists", record(com, "p=none; np=reject") + sub + " A 192.0.2.1", signed(sub), outcome{fail, com, com, no, no, no}},
		{"4.7 sp of a record in between is ignored", record(com, "p=none") + record(sub, "p=reject; sp=reject"), signed("a." + sub), outcome{fail, com, com, no, no, no}},
		{"4.7 t=y lowers reject", record(com, "p=reject; t=y"), signed(com), outcome{fail, com, com, r, q, q}},
		{"4.7 t=y lowers quarantine", record(com, "p=quarantine; t=y"), signed(com), outcome{fail, com, com, q, no, no}},
		{"4.7 t=y does nothing to none", record(com, "p=none; t=y"), signed(com), outcome{fail, com, com, no, no, no}},
		{"4.7 t=y lowers sp", record(com, "p=none; sp=reject; t=y"), signed(sub), outcome{fail, com, com, r, q, q}},
		{"4.7 t=y is of the record that applies", record(com, "p=reject; t=y") + record(sub, "p=reject"), signed(sub), outcome{fail, com, sub, r, r, r}},
		{"4.7 missing p with rua is none", record(com, "rua=mailto:r@example.com"), signed(com), outcome{fail, com, com, no, no, no}},

		{"4.10 step 2 another version is discarded", "_dmarc.news.example.com TXT 'v=DMARC2; p=none; psd=n'\n" + record(com, "p=reject"), signed(sub), outcome{fail, com, com, r, r, r}},
		{"4.10 step 2 several at the start", record(sub, "p=none; psd=n") + record(sub, "p=reject") + record(com, "p=quarantine"), signed(sub), outcome{fail, com, com, q, q, q}},
		{"4.10 step 6 several on the way do not stop", record("b.example.com", "p=none; psd=n") + record("b.example.com", "p=none; psd=y") + record(com, "p=reject"), signed("a.b.example.com"), outcome{fail, com, com, r, r, r}},
		{"4.10 one beside other texts", "_dmarc.example.com TXT 'v=spf1 -all'\n_dmarc.example.com TXT 'p=none'\n" + record(com, "p=reject"), signed(com), outcome{fail, com, com, r, r, r}},
		{"4.10 steps 2 to 7 cut to seven labels", record("f.g.h.i.j.k.example.com", "p=none") + record(com, "p=reject"), signed(deep), outcome{fail, com, com, r, r, r}},
		{"4.10 nothing between the start and seven labels", record("e.f.g.h.i.j.k.example.com", "p=none; psd=n") + record("f.g.h.i.j.k.example.com", "p=none; psd=n"), signed(deep), outcome{none, deep, "", "", "", no}},
		{"4.10 seven labels", record("g.h.i.j.k.example.com", "p=quarantine; psd=n") + record(com, "p=reject"), signed(deep), outcome{fail, "g.h.i.j.k.example.com", "g.h.i.j.k.example.com", q, q, q}},
		{"4.10 eight labels drop one", record("g.h.i.j.k.example.com", "p=quarantine; psd=n"), signed("x.g.h.i.j.k.example.com"), outcome{fail, "g.h.i.j.k.example.com", "g.h.i.j.k.example.com", q, q, q}},
		{"4.10 down to the single label", record("com", "p=reject"), signed(sub), outcome{fail, "com", "com", r, r, r}},
		{"4.10 a single label", record("com", "p=reject"), signed("com"), outcome{fail, "com", "com", r, r, r}},
		{"4.10 stops at psd=n", record(sub, "p=reject; psd=n") + record(com, "p=none"), signed(sub, com), outcome{fail, sub, sub, r, r, r}},
		{"4.10 what is above psd=n does not matter", record(sub, "p=reject; psd=n") + "_dmarc.example.com TXT !servfail", signed(sub, "x."+sub), outcome{pass, sub, sub, r, r, no}},

		{"4.10 names too long for DNS have nothing", record(com, "p=none; np=reject"), signed(long, "x.test"), outcome{fail, com, com, r, r, r}},
		{"4.10 identifiers too long for that", record(com, "p=reject"), signed(com, long), outcome{pass, com, com, r, r, no}},
		{"4.10 a dot inside a label separates nothing, and is in no address", record(com, "p=reject"), signed(`x\.example.com`, com), outcome{dmarc.PermError, "", "", "", "", no}},
		{"4.10 nor in an identifier", record(com, "p=reject"), signed(com, `evil\.example.com`), outcome{fail, com, com, r, r, r}},
		{"4.10 a dot at the end of an identifier", record(com, "p=reject; adkim=s"), signed(com, "example.com."), outcome{pass, com, com, r, r, no}},
		{"4.10 the root is no identifier", record(com, "p=reject"), signed(com, ".", "", "com"), outcome{fail, com, com, r, r, r}},
		{"4.10 an alias has the record of its target", "_dmarc.news.example.com CNAME _dmarc.example.net.\n" + record("example.net", "p=quarantine") + record(com, "p=none"), signed(sub), outcome{fail, com, sub, q, q, q}},
		{"4.10 a wildcard has a record everywhere", "*.example.com TXT 'v=DMARC1; p=reject; psd=n'", signed(sub), outcome{fail, sub, sub, r, r, r}},

		{"4.10.1 the author domain first", record(com, "p=none") + record(sub, "p=reject"), signed(sub), outcome{fail, com, sub, r, r, r}},
		{"4.10.1 p of the own record, whatever sp and np are", record(sub, "p=quarantine; sp=reject; np=reject"), signed(sub), outcome{fail, sub, sub, q, q, q}},
		{"4.10.1 the PSD last, with np", bank, signed("giant.bank.example"), outcome{fail, "giant.bank.example", "bank.example", r, r, r}},
		{"4.10.1 the PSD last, with sp", bank + "giant.bank.example A 192.0.2.1", signed("giant.bank.example"), outcome{fail, "giant.bank.example", "bank.example", q, q, q}},
		{"4.10.1 the PSD for a subdomain", bank + "a.giant.bank.example A 192.0.2.1", signed("a.giant.bank.example"), outcome{fail, "giant.bank.example", "bank.example", q, q, q}},
		{"4.10.1 the PSD itself", bank, signed("bank.example"), outcome{fail, "bank.example", "bank.example", r, r, r}},
		{"4.10.1 no PSD policy where the organisation has one", bank + record("giant.bank.example", "p=none"), signed("a.giant.bank.example"), outcome{fail, "giant.bank.example", "giant.bank.example", no, no, no}},
		{"4.10.1 nor where that is not usable", bank + record("giant.bank.example", "fo=1"), signed("giant.bank.example"), outcome{none, "giant.bank.example", "giant.bank.example", "", "", no}},
		{"4.10.1 own record not usable, organisation's is", record(com, "p=reject") + record(sub, "p=x"), signed(sub), outcome{none, com, sub, "", "", no}},
		{"4.10.1 sp not valid, with rua", record(com, "p=reject; sp=x; rua=mailto:r@example.com"), signed(sub), outcome{fail, com, com, no, no, no}},
		{"4.10.1 sp not valid counts for the domain itself, too", record(com, "p=reject; sp=x"), signed(com), outcome{none, com, com, "", "", no}},
		{"4.10.1 no record", "", signed(com, com), outcome{none, com, "", "", "", no}},
		{"4.10.1 a transient error is no absence", "_dmarc.example.com TXT !servfail", signed(com, com), outcome{temp, "", "", "", "", no}},
		{"4.10.1 refused is no absence", "_dmarc.com TXT !refused", signed(com, com), outcome{temp, "", "", "", "", no}},

		{"4.10.2 the fewest labels", record("mail.example.com", "p=none") + record(com, "p=reject"), signed("a.mail.example.com", com), outcome{pass, com, com, r, r, no}},
		{"4.10.2 psd=n", record("mail.example.com", "p=none; psd=n") + record(com, "p=reject"), signed("a.mail.example.com", com), outcome{fail, "mail.example.com", "mail.example.com", no, no, no}},
		{"4.10.2 psd=y at com", record("com", "p=reject; psd=y"), signed("a.mail.example.com", com), outcome{pass, com, "com", r, r, no}},
		{"4.10.2 psd=y where the walk started", record(com, "p=reject; psd=y"), signed(com, sub), outcome{fail, com, com, r, r, r}},
		{"4.10.2 one label below psd=y that nobody asked for", record("g.h.i.j.k.example.com", "p=reject; psd=y"), signed(deep, "f.g.h.i.j.k.example.com"), outcome{pass, "f.g.h.i.j.k.example.com", "g.h.i.j.k.example.com", r, r, no}},
		{"4.10.2 the same domain, whatever else is not known", record(com, "p=reject") + "_dmarc.com TXT !servfail", signed(com, com), outcome{pass, "", com, r, r, no}},
		{"4.10.2 strict takes no walk", record(com, "p=reject; adkim=s") + "_dmarc.com TXT !servfail\n_dmarc.news.example.com TXT !servfail", signed(com, sub), outcome{fail, "", com, r, r, r}},
		{"4.10.2 relaxed takes one", record(com, "p=reject") + "_dmarc.news.example.com TXT !servfail", signed(com, sub), outcome{temp, com, com, r, r, no}},
		{"4.10.2 the signer has an organisation of its own", record(com, "p=reject") + record(sub, "p=none; psd=n"), signed(com, sub), outcome{fail, com, com, r, r, r}},
		{"4.10.2 the signer is a public suffix below", record(com, "p=reject") + record("b.example.com", "p=none; psd=y"), signed(com, "a.b.example.com"), outcome{fail, com, com, r, r, r}},

		{"5.3.1 U-label", record("xn--bcher-kva.example", "p=reject"), from(signed("", "xn--bcher-kva.example"), "a@bücher.example"), outcome{pass, "xn--bcher-kva.example", "xn--bcher-kva.example", r, r, no}},
		{"5.3.1 no domain", record(com, "p=reject"), from(signed("", com), "Undisclosed:;"), outcome{perm, "", "", "", "", no}},
		{"4.4 absent From", record(com, "p=reject"), signed("", com), outcome{perm, "", "", "", "", no}},
		{"4.4 repeated From", record(com, "p=reject"), from(signed("", com), "a@example.com", "a@example.com"), outcome{perm, "", "", "", "", no}},
		{"4.4 repeated From, with several authors allowed", record(com, "p=reject"), authors(5, from(signed("", com), "a@example.com", "a@example.com")), outcome{perm, "", "", "", "", no}},
		{"5.3.1 several domains", record(com, "p=reject"), from(signed("", com), "a@example.com, b@example.net"), outcome{perm, "", "", "", "", no}},
		{"11.5 the strictest that fails", record(com, "p=reject") + record("example.net", "p=quarantine") + record("example.org", "p=none"), authors(3, from(signed("", com), "a@example.com, b@example.net, c@example.org")), outcome{fail, "example.net", "example.net", q, q, q}},
		{"11.5 all pass", record(com, "p=reject") + record("example.net", "p=quarantine"), authors(2, from(signed("", com, "example.net"), "a@example.com, b@example.net")), outcome{pass, com, com, r, r, no}},
		{"11.5 not all are judged", record(com, "p=reject") + record("example.net", "p=quarantine"), authors(2, from(signed("", com, "example.net"), "a@example.com, b@example.net, c@example.org")), outcome{perm, "", "", "", "", no}},

		{"5.3.5 no identifiers", record(com, "p=quarantine"), signed(com), outcome{fail, com, com, q, q, q}},
		{"5.3.6 servfail of the organisation", "_dmarc.example.com TXT !servfail", signed(sub, sub), outcome{temp, "", "", "", "", no}},
		{"5.3.6 time-out of the author domain", record(com, "p=reject") + "_dmarc.news.example.com TXT !timeout", signed(sub), outcome{temp, "", "", "", "", no}},
		{"5.3.6 permanent failure", record(com, "p=reject") + "_dmarc.news.example.com TXT !failed", signed(sub), outcome{temp, "", "", "", "", no}},
		{
			"5.3.6 SPF could not be told", record(com, "p=reject"),
			dmarc.Request{Domain: com, SPF: dmarc.SPFResult{Status: temp, Domain: com}},
			outcome{temp, com, com, r, r, no},
		},
		{
			"5.3.6 DKIM could not be told, SPF passes", record(com, "p=reject"),
			dmarc.Request{Domain: com, SPF: dmarc.SPFResult{Status: pass, Domain: com}, DKIM: []dmarc.DKIMResult{{Status: temp, Domain: com}}},
			outcome{pass, com, com, r, r, no},
		},
		{
			"5.3.6 DKIM could not be told of another domain", record(com, "p=reject"),
			dmarc.Request{Domain: com, DKIM: []dmarc.DKIMResult{{Status: temp, Domain: "example.net"}}},
			outcome{fail, com, com, r, r, r},
		},

		{"11.8 delegated subdomain passes", record(com, "p=reject"), sent(com, "evil.example.com"), outcome{pass, com, com, r, r, no}},
		{"11.8 wrong organisation", record("mail.example.com", "p=reject") + record(com, "p=none"), signed("evil.example.com", "mail.example.com"), outcome{pass, com, com, no, no, no}},
		{"11.8 psd=n mends it", record("mail.example.com", "p=reject; psd=n") + record(com, "p=none"), signed("evil.example.com", "mail.example.com"), outcome{fail, com, com, no, no, no}},
		{"11.8 a PSD without psd=y", record("com", "p=none") + record(com, "p=reject"), signed(com, "evil.com"), outcome{pass, "com", com, r, r, no}},
		{"11.8 psd=n against that", record("com", "p=none") + record(com, "p=reject; psd=n"), signed(com, "evil.com"), outcome{fail, com, com, r, r, r}},

		{"B.1.1 example 1", record(com, "p=reject; aspf=s"), sent(com, com), outcome{pass, com, com, r, r, no}},
		{"B.1.1 example 2", record(com, "p=reject"), sent(com, "child.example.com"), outcome{pass, com, com, r, r, no}},
		{"B.1.1 example 3", record(com, "p=reject"), sent("child.example.com", "example.net"), outcome{fail, com, com, r, r, r}},
		{"B.1.2 example 1", record(com, "p=reject; adkim=s"), signed(com, com), outcome{pass, com, com, r, r, no}},
		{"B.1.2 example 2", record(com, "p=reject"), signed("child.example.com", com), outcome{pass, com, com, r, r, no}},
		{"B.1.2 example 3", record(com, "p=reject"), signed("child.example.com", "example.net"), outcome{fail, com, com, r, r, r}},
		{"B.2.5 only the subdomain", record("test.example.com", "p=quarantine; t=y"), signed(com), outcome{none, com, "", "", "", no}},
		{"B.2.5 the subdomain", record("test.example.com", "p=quarantine; t=y"), signed("test.example.com"), outcome{fail, "test.example.com", "test.example.com", q, no, no}},
		{"B.3.1", record(com, "p=reject; aspf=r; rua=mailto:dmarc-feedback@example.com"), both(com, "mail.example.com", com), outcome{pass, com, com, r, r, no}},
		{"B.4.1", record(com, "p=reject") + record("signing.example.com", "p=none"), both(com, com, "signing.example.com"), outcome{pass, com, com, r, r, no}},
		{"B.4.1 DKIM alone", record(com, "p=reject") + record("signing.example.com", "p=none"), signed(com, "signing.example.com"), outcome{pass, com, com, r, r, no}},
		{"B.4.1 no pass", record(com, "p=reject") + record("signing.example.com", "p=none"), signed(com), outcome{fail, com, com, r, r, r}},
		{"B.4.2", record(com, "p=reject") + record("signing.example.com", "p=none"), both(deep, com, "signing.example.com"), outcome{pass, com, com, r, r, no}},
		{"B.4.2 DKIM alone", record(com, "p=reject") + record("signing.example.com", "p=none"), signed(deep, "signing.example.com"), outcome{pass, com, com, r, r, no}},
		{"B.4.2 no pass", record(com, "p=reject; sp=quarantine") + record("signing.example.com", "p=none"), signed(deep), outcome{fail, com, com, q, q, q}},
		{"B.4.3", bank + record("giant.bank.example", "p=reject"), both("giant.bank.example", "mail.giant.bank.example", "mail.mega.bank.example"), outcome{pass, "giant.bank.example", "giant.bank.example", r, r, no}},
		{"B.4.3 DKIM is not aligned", bank + record("giant.bank.example", "p=reject"), signed("giant.bank.example", "mail.mega.bank.example"), outcome{fail, "giant.bank.example", "giant.bank.example", r, r, r}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			zone := resolver.MustZone(tt.zone)
			res, known := toEnd(t, zone, tt.req)
			got := outcomeOf(res)
			if res.Status == pass && res.Policy == "" && res.Source != dmarc.SourceAuthor {
				got.Policy, got.Applied = tt.want.Policy, tt.want.Applied
			}
			require.Equal(t, tt.want, got)

			// Checker says the same, Compare's half does, and stored answers do.
			live, err := dmarc.Checker{Resolver: zone}.Check(t.Context(), tt.req)
			require.NoError(t, err)
			require.Equal(t, res, live)
			c, err := dmarc.Checker{Resolver: zone}.Compare(t.Context(), tt.req)
			require.NoError(t, err)
			require.Equal(t, res, c.RFC9989)
			again, missing := dmarc.Evaluate(tt.req, known)
			require.Empty(t, missing)
			require.Equal(t, res, again)
			sound(t, res)
			if ar := res.AuthenticationResults(); tt.want.Applied == "" {
				require.NotContains(t, ar, "policy.dmarc")
			} else {
				require.True(t, strings.HasPrefix(ar, "dmarc="+string(tt.want.Status)+" "), ar)
			}
		})
	}
}

// TestAdversaryQueries is the list of names in section 4.10, and that there are no
// more than eight however long the name is.
func TestAdversaryQueries(t *testing.T) {
	asked := func(domain string) (names []string) {
		_, missing := dmarc.Evaluate(dmarc.Request{Domain: domain}, nil)
		for _, q := range missing {
			require.Equal(t, resolver.TypeTXT, q.Type)
			names = append(names, q.Name)
		}
		return names
	}
	require.Equal(t, []string{
		"_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com", "_dmarc.g.h.i.j.mail.example.com", "_dmarc.h.i.j.mail.example.com",
		"_dmarc.i.j.mail.example.com", "_dmarc.j.mail.example.com", "_dmarc.mail.example.com", "_dmarc.example.com", "_dmarc.com",
	}, asked("a.b.c.d.e.f.g.h.i.j.mail.example.com"))
	for labels := 1; labels <= 120; labels++ {
		domain := strings.Repeat("a.", labels-1) + "z"
		var want []string
		for _, n := range targets(labels) {
			want = append(want, "_dmarc."+strings.Repeat("a.", n-1)+"z")
		}
		want = slices.DeleteFunc(want, func(n string) bool { return len(n) > 253 })
		require.Equal(t, want, asked(domain), "%d labels", labels)
	}
}

// targets is how many labels the names have that a walk of a name asks for.
func targets(labels int) []int {
	out := []int{labels}
	for n := min(labels-1, 7); n > 0; n-- {
		out = append(out, n)
	}
	return out
}

// TestAdversaryResult is that a result is the same whenever it is made, however the
// answers came, and that it survives storage with hostile text in it.
func TestAdversaryResult(t *testing.T) {
	hostile := "\x00\x1b[31m\r\nX: y\u202e\xff\\\"<>;=" + strings.Repeat("a", 300)
	zone := resolver.Snapshot{}
	for _, d := range []string{"example.com", "com", "news.example.com"} {
		zone[resolver.Q("_dmarc."+d, resolver.TypeTXT)] = resolver.Answer{
			Status: resolver.Success, TXT: []resolver.Text{{"v=DMARC1; p=reject; x=" + hostile[:60] + "; rua=mailto:" + hostile[:40]}, {hostile}},
			Server: "192.0.2.53:53",
		}
	}
	for _, req := range []dmarc.Request{
		{Domain: hostile, SPF: dmarc.SPFResult{Status: dmarc.Pass, Domain: hostile}},
		{From: []string{hostile}},
		{From: []string{"\"" + hostile[7:] + "\" <a@example.com>"}},
		{From: []string{"a@" + hostile, hostile + "@example.com"}},
		{
			Domain: "news.example.com", SPF: dmarc.SPFResult{Status: dmarc.Status(hostile), Domain: hostile, Identity: hostile},
			DKIM: []dmarc.DKIMResult{{Status: dmarc.Status(hostile), Domain: hostile, Selector: hostile}, {Status: dmarc.Pass, Domain: hostile}},
		},
	} {
		res, known := toEnd(t, failing{zone}, req)
		b, err := json.Marshal(res)
		require.NoError(t, err)
		for _, c := range []string{`\u0000`, `\u001b`, `\r`, `\n`, "\u202e", "\ufffd"} {
			require.NotContains(t, string(b), c)
		}
		require.NotContains(t, res.AuthenticationResults(), "\n")
		var back dmarc.Result
		require.NoError(t, json.Unmarshal(b, &back))
		c, err := json.Marshal(back)
		require.NoError(t, err)
		require.JSONEq(t, string(b), string(c))

		var stored resolver.Snapshot
		text, err := json.Marshal(known)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &stored))
		for range 3 {
			again, _ := dmarc.Evaluate(req, stored)
			require.Equal(t, res, again)
		}
	}
}

// failing has a failure for what is not in the snapshot.
type failing struct{ resolver.Snapshot }

func (f failing) Get(q resolver.Question) (resolver.Answer, bool) {
	if a, ok := f.Snapshot[q]; ok {
		return a, true
	}
	return resolver.Answer{Status: resolver.ServFail, Problem: "\x1b[31m\r\nno"}, true
}

// TestAdversarySizes gives sizes that nobody sends in good faith. What is made of them
// stays small, and so does the number of questions.
func TestAdversarySizes(t *testing.T) {
	many := func(n int, f func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(f(i))
		}
		return b.String()
	}
	t.Run("signatures", func(t *testing.T) {
		req := dmarc.Request{Domain: "example.com"}
		for i := range 20000 {
			req.DKIM = append(req.DKIM, dmarc.DKIMResult{Status: dmarc.Pass, Domain: fmt.Sprintf("a%d.b.c.d.e.f.g.h.example.com", i)})
		}
		res, known := toEnd(t, resolver.MustZone(record("example.com", "p=reject")+"*.example.com A 192.0.2.1"), req)
		require.LessOrEqual(t, len(known), 8*11+1)
		require.Equal(t, dmarc.Pass, res.Status)
		req.DKIM = append([]dmarc.DKIMResult{{Status: dmarc.Pass, Domain: "example.net"}}, req.DKIM...)
		res, _ = toEnd(t, resolver.MustZone(record("example.com", "p=reject; adkim=s")), req)
		require.Equal(t, dmarc.Fail, res.Status)
	})
	t.Run("records", func(t *testing.T) {
		zone := resolver.MustZone(many(1000, func(i int) string { return record("example.com", fmt.Sprintf("p=reject; x=%d", i)) }) + record("com", "p=none; np=none"))
		res, _ := toEnd(t, zone, dmarc.Request{Domain: "example.com"})
		require.Equal(t, "com", res.RecordDomain)
		b, err := json.Marshal(res)
		require.NoError(t, err)
		require.Less(t, len(b), 20_000)
	})
	t.Run("tags and addresses", func(t *testing.T) {
		text := "v=DMARC1; p=reject; rua=" + many(20000, func(i int) string { return fmt.Sprintf("mailto:a%d@b.test,", i) }) + many(20000, func(i int) string { return fmt.Sprintf("; p=none; t%d=x", i) })
		rec, err := dmarc.Parse(text)
		require.NoError(t, err)
		require.LessOrEqual(t, len(rec.Aggregate), 100)
		require.LessOrEqual(t, len(rec.Findings), 100)
	})
	t.Run("authors", func(t *testing.T) {
		req := dmarc.Request{From: []string{many(20000, func(i int) string { return fmt.Sprintf("a@b%d.c.d.e.f.g.h.i.test,", i) })}, Limits: dmarc.Limits{Authors: 1000, Walks: 1000}}
		res, known := toEnd(t, resolver.MustZone(record("test", "p=none")), req)
		require.LessOrEqual(t, len(known), 10*8+10)
		require.LessOrEqual(t, len(res.Authors), 10)
	})
}
