package dmarc_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

const (
	noRecord = "no record"
	// noProcessing is a record that is found, but by which no DMARC is applied
	// (RFC 9989 section 4.10.1).
	noProcessing = "no processing"
)

// inWords is what a text means: the policies for the domain, for one below it, and for
// one that does not exist, and what else is not the default.
func inWords(text string) string {
	rec, err := dmarc.Parse(text)
	if err != nil {
		return noRecord
	}
	var b strings.Builder
	for i, s := range []dmarc.Scope{dmarc.ScopeDomain, dmarc.ScopeSubdomain, dmarc.ScopeNonexistent} {
		p, _ := rec.PolicyFor(s)
		if p == "" && i == 0 {
			return noProcessing
		}
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(string(p))
	}
	if rec.Testing {
		b.WriteString(" t")
	}
	if rec.DKIM == dmarc.Strict {
		b.WriteString(" adkim")
	}
	if rec.SPF == dmarc.Strict {
		b.WriteString(" aspf")
	}
	if rec.PSD != "" && rec.PSD != dmarc.PSDUnspecified {
		b.WriteString(" psd=" + string(rec.PSD))
	}
	for _, u := range rec.Aggregate {
		b.WriteString(" rua:")
		if b.WriteString(u.Address); u.Address == "" {
			b.WriteString(u.Text)
		}
	}
	for _, u := range rec.Failure {
		b.WriteString(" ruf:" + u.Address)
	}
	return b.String()
}

// TestAdversaryRecord is what the text of a record means by RFC 9989 sections 4.7, 4.8
// and 4.10.1.
func TestAdversaryRecord(t *testing.T) {
	const (
		none   = "none/none/none"
		reject = "reject/reject/reject"
		rua    = "; rua=mailto:r@b.test"
		toRUA  = " rua:r@b.test"
	)
	tests := []struct{ name, text, want string }{
		// v (section 4.7: first, case-sensitive, or the entire record is ignored).
		{"alone", "v=DMARC1", noProcessing},
		{"alone with semicolon", "v=DMARC1;", noProcessing},
		{"alone with two semicolons", "v=DMARC1;;", noProcessing},
		{"alone with blanks", "v=DMARC1 ; ", noProcessing},
		{"alone with reports", "v=DMARC1" + rua, none + toRUA},
		{"usual", "v=DMARC1; p=reject", reject},
		{"no blanks", "v=DMARC1;p=reject", reject},
		{"blanks around the equals sign", "v = DMARC1 ; p = reject ;", reject},
		{"tabs", "v\t=\tDMARC1\t;\tp\t=\treject", reject},
		{"no version", "p=reject", noRecord},
		{"version last", "p=reject; v=DMARC1", noRecord},
		{"semicolon first", "; v=DMARC1; p=reject", noRecord},
		{"lower case", "v=dmarc1; p=reject", noRecord},
		{"mixed case", "v=Dmarc1; p=reject", noRecord},
		{"longer", "v=DMARC10; p=reject", noRecord},
		{"letter behind", "v=DMARC1a; p=reject", noRecord},
		{"point behind", "v=DMARC1.0; p=reject", noRecord},
		{"next version", "v=DMARC2; p=reject", noRecord},
		{"no digit", "v=DMARC; p=reject", noRecord},
		{"semicolon missing", "v=DMARC1 p=reject", noRecord},
		{"nothing between", "v=DMARC1p=reject", noRecord},
		{"comma between", "v=DMARC1, p=reject", noRecord},
		{"colon between", "v=DMARC1: p=reject", noRecord},
		{"full-width semicolon", "v=DMARC1；p=reject", noRecord},
		{"null behind", "v=DMARC1\x00; p=reject", noRecord},
		{"no equals sign", "v DMARC1; p=reject", noRecord},
		{"two equals signs", "v==DMARC1; p=reject", noRecord},
		{"blank in it", "v=DMARC 1; p=reject", noRecord},
		{"quoted value", "v=\"DMARC1\"; p=reject", noRecord},
		{"quoted record", "\"v=DMARC1; p=reject\"", noRecord},
		{"escaped semicolon", "v=DMARC1\\; p=reject", noRecord},
		{"byte order mark", "\ufeffv=DMARC1; p=reject", noRecord},
		{"empty", "", noRecord},
		{"blank", " ", noRecord},
		{"another record", "v=spf1 v=DMARC1; p=reject", noRecord},
		{"other tag name", "ver=DMARC1; p=reject", noRecord},
		{"version twice", "v=DMARC1; v=DMARC1; p=reject", reject},
		{"other version second", "v=DMARC1; v=DMARC2; p=reject", reject},

		// p (values are case-insensitive by RFC 5234 section 2.3).
		{"none", "v=DMARC1; p=none", none},
		{"quarantine", "v=DMARC1; p=quarantine", "quarantine/quarantine/quarantine"},
		{"upper case", "v=DMARC1; p=REJECT", reject},
		{"title case", "v=DMARC1; p=Reject", reject},
		{"p is not second", "v=DMARC1; adkim=s; p=reject", reject + " adkim"},
		{"p last", "v=DMARC1; x=y; z=1" + rua + "; p=reject", reject + toRUA},
		{"empty value", "v=DMARC1; p=", noProcessing},
		{"empty value, reports", "v=DMARC1; p=" + rua, none + toRUA},
		{"no value", "v=DMARC1; p", noProcessing},
		{"unknown value", "v=DMARC1; p=discard", noProcessing},
		{"unknown value, reports", "v=DMARC1; p=discard" + rua, none + toRUA},
		{"prefix", "v=DMARC1; p=rej", noProcessing},
		{"longer value", "v=DMARC1; p=rejected", noProcessing},
		{"quarantined", "v=DMARC1; p=quarantined" + rua, none + toRUA},
		{"quoted policy", "v=DMARC1; p=\"reject\"", noProcessing},
		{"comma behind", "v=DMARC1; p=reject,", noProcessing},
		{"point behind the policy", "v=DMARC1; p=reject.", noProcessing},
		{"blank inside", "v=DMARC1; p=re ject", noProcessing},
		{"two values", "v=DMARC1; p=reject none", noProcessing},
		{"semicolon missing before rua", "v=DMARC1; p=reject rua=mailto:r@b.test", noProcessing},
		{"colon for equals", "v=DMARC1; p:reject", noProcessing},
		{"no-break space behind", "v=DMARC1; p=reject\u00a0", noProcessing},
		{"Cyrillic", "v=DMARC1; p=r\u0435ject", noProcessing},
		{"long s", "v=DMARC1; p=none; sp=none; adkim=\u017f", none},
		{"null inside", "v=DMARC1; p=rej\x00ect", noProcessing},
		{"null behind the policy", "v=DMARC1; p=reject\x00", noProcessing},
		{"escape", "v=DMARC1; p=\\reject", noProcessing},
		{"percent-encoding", "v=DMARC1; p=%72eject", noProcessing},
		{"line feed behind", "v=DMARC1; p=reject\nx", noProcessing},
		{"other tag that ends in p", "v=DMARC1; xp=reject", noProcessing},

		// sp and np.
		{"sp", "v=DMARC1; p=none; sp=reject", "none/reject/reject"},
		{"np", "v=DMARC1; p=none; np=reject", "none/none/reject"},
		{"sp and np", "v=DMARC1; p=reject; sp=none; np=quarantine", "reject/none/quarantine"},
		{"np before all", "v=DMARC1; np=quarantine; sp=none; p=reject", "reject/none/quarantine"},
		{"sp weaker", "v=DMARC1; p=reject; sp=none", "reject/none/none"},
		{"sp in upper case", "v=DMARC1; p=none; sp=REJECT; np=NONE", "none/reject/none"},
		{"sp without p", "v=DMARC1; sp=reject", noProcessing},
		{"sp without p, reports", "v=DMARC1; sp=reject; np=reject" + rua, none + toRUA},
		{"sp not valid", "v=DMARC1; p=reject; sp=discard", noProcessing},
		{"sp not valid, reports", "v=DMARC1; p=reject; sp=discard" + rua, none + toRUA},
		{"np not valid", "v=DMARC1; p=reject; np=0", noProcessing},
		{"np not valid, reports", "v=DMARC1; p=reject; sp=reject; np=0" + rua, none + toRUA},
		{"sp empty", "v=DMARC1; p=reject; sp=", noProcessing},
		{"sp empty, reports", "v=DMARC1; p=reject; sp=" + rua, none + toRUA},
		{"np empty, reports", "v=DMARC1; p=reject; np= " + rua, none + toRUA},
		{"p not valid, reports behind a failure address only", "v=DMARC1; p=x; ruf=mailto:r@b.test", noProcessing},

		// Default values for syntax errors (section 4.8).
		{"t", "v=DMARC1; p=reject; t=y", reject + " t"},
		{"t in upper case", "v=DMARC1; p=reject; t=Y", reject + " t"},
		{"t first", "v=DMARC1; t=y; p=reject", reject + " t"},
		{"t no", "v=DMARC1; p=reject; t=n", reject},
		{"t not valid", "v=DMARC1; p=reject; t=yes", reject},
		{"t empty", "v=DMARC1; p=reject; t=", reject},
		{"psd yes", "v=DMARC1; p=reject; psd=y", reject + " psd=y"},
		{"psd in upper case", "v=DMARC1; p=reject; psd=Y", reject + " psd=y"},
		{"psd no", "v=DMARC1; p=reject; psd=n", reject + " psd=n"},
		{"psd unspecified", "v=DMARC1; p=reject; psd=u", reject},
		{"psd not valid", "v=DMARC1; p=reject; psd=yes", reject},
		{"psd yes without p", "v=DMARC1; psd=y", noProcessing},
		{"alignment", "v=DMARC1; p=reject; adkim=s; aspf=s", reject + " adkim aspf"},
		{"alignment in upper case", "v=DMARC1; p=reject; adkim=S; aspf=R", reject + " adkim"},
		{"alignment not valid", "v=DMARC1; p=reject; adkim=strict; aspf=", reject},

		// Unknown and removed tags MUST be ignored (sections 4.7, 4.8, A.6).
		{"unknown tag", "v=DMARC1; x=y; p=reject", reject},
		{"unknown tag with the name of a value", "v=DMARC1; reject=p; p=none", none},
		{"removed tags", "v=DMARC1; p=reject; pct=0; rf=afrf; ri=86400", reject},
		{"removed tags, not valid", "v=DMARC1; p=reject; pct=-1; rf=; ri=x", reject},
		{"value with an equals sign", "v=DMARC1; x=p=none; p=reject", reject},
		{"long unknown tag", "v=DMARC1; x=" + strings.Repeat("y", 1<<16) + "; p=reject", reject},
		{"many unknown tags", "v=DMARC1" + strings.Repeat("; x=y", 10000) + "; p=reject", reject},
		{"other octets in an unknown tag", "v=DMARC1; x=\x00\x1b\xff; p=reject", reject},

		// Syntax errors in the remainder are ignored outright (section 4.8).
		{"empty tags", "v=DMARC1;;; p=reject;;", reject},
		{"word behind", "v=DMARC1; p=reject; garbage", reject},
		{"word before", "v=DMARC1; garbage; p=reject", reject},
		{"no name", "v=DMARC1; =x; p=reject", reject},
		{"equals sign only", "v=DMARC1; p=reject; =", reject},
		{"digits as name", "v=DMARC1; 1=2; p=reject", reject},
		{"blank in the name", "v=DMARC1; s p=none; p=reject", reject},
		{"quotation mark at the end", "v=DMARC1; p=reject;\"", reject},
		{"zone file comment", "v=DMARC1; p=reject; -- set by the provider", reject},

		// rua and ruf (sections 4.6 and 4.8).
		{"one address", "v=DMARC1; p=none; rua=mailto:a@b.test", none + " rua:a@b.test"},
		{"two addresses", "v=DMARC1; p=none; rua=mailto:a@b.test,mailto:c@d.test", none + " rua:a@b.test rua:c@d.test"},
		{"blanks around the comma", "v=DMARC1; p=none; rua=mailto:a@b.test \t,\t mailto:c@d.test", none + " rua:a@b.test rua:c@d.test"},
		{"scheme in upper case", "v=DMARC1; rua=MAILTO:a@b.test", none + " rua:a@b.test"},
		{"empty elements", "v=DMARC1; p=none; rua=,mailto:a@b.test,,", none + " rua:a@b.test"},
		{"no scheme", "v=DMARC1; rua=a@b.test", noProcessing},
		{"no scheme beside one", "v=DMARC1; rua=a@b.test,mailto:c@d.test", none + " rua:c@d.test"},
		{"empty", "v=DMARC1; rua=", noProcessing},
		{"other scheme is a valid URI", "v=DMARC1; rua=https://b.test/dmarc", none + " rua:https://b.test/dmarc"},
		{"size (obs-dmarc-report-size)", "v=DMARC1; rua=mailto:a@b.test!10m", none + " rua:a@b.test"},
		{"size without unit", "v=DMARC1; rua=mailto:a@b.test!1024", none + " rua:a@b.test"},
		{"size in upper case", "v=DMARC1; rua=mailto:a@b.test!10M", none + " rua:a@b.test"},
		{"comma encoded", "v=DMARC1; rua=mailto:a%2cb@c.test", none + " rua:a,b@c.test"},
		{"exclamation mark encoded", "v=DMARC1; rua=mailto:a%21b@c.test", none + " rua:a!b@c.test"},
		{"semicolon encoded", "v=DMARC1; rua=mailto:a%3Bb@c.test", none + " rua:a;b@c.test"},
		{"encoding broken", "v=DMARC1; rua=mailto:a%zz@b.test", noProcessing},
		{"encoding cut", "v=DMARC1; rua=mailto:a@b.test%2", noProcessing},
		{"blank in the address", "v=DMARC1; rua=mailto:a b@c.test", noProcessing},
		{"blank between addresses", "v=DMARC1; rua=mailto:a@b.test mailto:c@d.test", noProcessing},
		{"angle brackets", "v=DMARC1; rua=<mailto:a@b.test>", noProcessing},
		{"angle brackets in the URI", "v=DMARC1; rua=mailto:<a@b.test>", noProcessing},
		{"other letters", "v=DMARC1; rua=mailto:ä@b.test", noProcessing},
		{"other letters beside a valid one", "v=DMARC1; p=x; rua=mailto:ä@b.test,mailto:c@d.test", none + " rua:c@d.test"},
		{"line break beside a valid one", "v=DMARC1; p=x; rua=mailto:a@b.test\r\n,mailto:c@d.test", none + " rua:c@d.test"},
		{"a query is not of the address", "v=DMARC1; rua=mailto:a@b.test?subject=x", none + " rua:a@b.test"},
		{"a fragment is not of the address", "v=DMARC1; rua=mailto:a@b.test#x", none + " rua:a@b.test"},
		{"slash behind the domain", "v=DMARC1; rua=mailto:a@b.test/x", noProcessing},
		{"line break encoded in the domain", "v=DMARC1; rua=mailto:a@b.test%0d%0ax", noProcessing},
		{"line break encoded in the local part", "v=DMARC1; rua=mailto:a%0d%0ab@c.test", none + ` rua:a\013\010b@c.test`},
		{"brackets in the local part", "v=DMARC1; rua=mailto:a[1]@b.test", noProcessing},
		{"brackets", "v=DMARC1; rua=mailto:a@[b.test", noProcessing},
		{"failure address", "v=DMARC1; p=none; ruf=mailto:a@b.test; fo=1:d:s", none + " ruf:a@b.test"},

		// Appendix B.
		{"B.2.1", "v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com", none + " rua:dmarc-feedback@example.com"},
		{
			"B.2.2", "v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com; ruf=mailto:auth-reports@example.com",
			none + " rua:dmarc-feedback@example.com ruf:auth-reports@example.com",
		},
		{
			"B.2.3", "v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com; ruf=mailto:auth-reports@thirdparty.example.net",
			none + " rua:dmarc-feedback@example.com ruf:auth-reports@thirdparty.example.net",
		},
		{
			"B.2.5 test", "v=DMARC1; p=quarantine; rua=mailto:dmarc-feedback@example.com,mailto:tld-test@thirdparty.example.net; t=y",
			"quarantine/quarantine/quarantine t rua:dmarc-feedback@example.com rua:tld-test@thirdparty.example.net",
		},
		{
			"B.2.5 in earnest", "v=DMARC1; p=reject; rua=mailto:dmarc-feedback@example.com,mailto:tld-test@thirdparty.example.net",
			reject + " rua:dmarc-feedback@example.com rua:tld-test@thirdparty.example.net",
		},
		{"B.3.1", "v=DMARC1; p=reject; aspf=r; rua=mailto:dmarc-feedback@example.com", reject + " rua:dmarc-feedback@example.com"},
	}
	require.GreaterOrEqual(t, len(tests), 80)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, inWords(tt.text))
			require.Equal(t, tt.want != noRecord, dmarc.IsRecord(tt.text))
			// An evaluation takes it as Parse does.
			w := &small{txt: map[string][]string{"_dmarc.example.org": {tt.text}}}
			res, _ := toEnd(t, w, dmarc.Request{Domain: "example.org"})
			applied, _, _ := strings.Cut(tt.want, "/")
			switch {
			case tt.want == noRecord || tt.want == noProcessing:
				require.Equal(t, dmarc.None, res.Status)
				require.Equal(t, dmarc.PolicyNone, res.Disposition)
			case strings.Contains(tt.want, " t"):
				require.Equal(t, dmarc.Policy(applied), res.Policy)
				require.Equal(t, dmarc.Policy(applied).Lower(), res.Disposition)
			default:
				require.Equal(t, dmarc.Fail, res.Status)
				require.Equal(t, dmarc.Policy(applied), res.Disposition)
			}
			if rec, err := dmarc.Parse(tt.text); err == nil {
				soundRecord(t, tt.text, rec)
				if !slices.Contains(rec.Invalid, "sp") && !slices.Contains(rec.Invalid, "np") {
					require.Equal(t, tt.want, inWords(rec.String()), "written again: %s", rec)
				}
			}
		})
	}
}

// TestAdversaryStrings is section 4.8 and RFC 7208 section 3.3, by which DMARC, too,
// reads a TXT record: its strings are joined with nothing between them.
func TestAdversaryStrings(t *testing.T) {
	for _, tt := range []struct {
		name string
		text resolver.Text
		want dmarc.Policy // "" is no record
	}{
		{"in the version", resolver.Text{"v=DMA", "RC1; p=r", "eject"}, "reject"},
		{"in the name of a tag", resolver.Text{"v=DMARC1; s", "p=none; p=reject"}, "reject"},
		{"at a semicolon", resolver.Text{"v=DMARC1; p=reject", "; sp=none"}, "reject"},
		{"empty strings", resolver.Text{"", "v=DMARC1; p=quar", "", "antine", ""}, "quarantine"},
		{"one octet each", strings.Split("v=DMARC1; p=reject", ""), "reject"},
		{"the separator is missing", resolver.Text{"v=DMARC1", "p=reject"}, ""},
		{"the version is joined to more", resolver.Text{"v=DMARC1", "0; p=reject"}, ""},
		{"no strings", resolver.Text{}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			view := resolver.Snapshot{}
			req := dmarc.Request{Domain: "example.org"}
			_, missing := dmarc.Evaluate(req, view)
			for _, q := range missing {
				view[q] = resolver.Answer{Status: resolver.NXDomain}
			}
			view[resolver.Q("_dmarc.example.org", resolver.TypeTXT)] = resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{tt.text}}
			res, missing := dmarc.Evaluate(req, view)
			require.Empty(t, missing)
			require.Equal(t, tt.want, res.Policy)
			require.Equal(t, tt.want != "", res.Status == dmarc.Fail)
		})
	}
}

// TestAdversaryOpenRecords is what the RFC says in two ways, or not at all. Either is
// right, but it must be one of the two.
func TestAdversaryOpenRecords(t *testing.T) {
	const reject, none = "reject/reject/reject", "none/none/none"
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"section 4.8 has no blank there, RFC 6376 has", " v=DMARC1; p=reject", []string{reject, noRecord}},
		{"names of tags, in the grammar and in RFC 6376", "V=DMARC1; p=reject", []string{reject, noRecord}},
		{"name of p", "v=DMARC1; P=reject", []string{reject, noProcessing}},
		{"policy twice", "v=DMARC1; p=none; p=reject", []string{reject, none, noRecord}},
		{"policy twice, the last not valid", "v=DMARC1; p=reject; p=x", []string{reject, noProcessing, noRecord}},
		{"blank behind the version", "v=DMARC1 ", []string{noProcessing, noRecord}},
		{"folded as RFC 6376 allows", "v=DMARC1;\r\n p=reject", []string{reject, noProcessing}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := inWords(tt.text)
			t.Log(got)
			require.Contains(t, tt.want, got)
		})
	}
}
