package dmarc_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dmarc"
)

func uri(address string, offset int) dmarc.URI {
	u := dmarc.MailTo(address)
	u.Span = mailworthy.Span{Offset: offset, Length: len(u.Text)}
	return u
}

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       dmarc.Record // without Text, Tags and Findings
		codes      []mailworthy.Code
		spans      []string // what the findings point at
		tags       int
	}{
		{name: "least", text: "v=DMARC1; p=none", want: dmarc.Record{Policy: dmarc.PolicyNone}, tags: 2},
		{name: "no blanks", text: "v=DMARC1;p=none;", want: dmarc.Record{Policy: dmarc.PolicyNone}, tags: 2},
		{name: "many blanks", text: "v \t= DMARC1\t ; p\t=  none ; ", want: dmarc.Record{Policy: dmarc.PolicyNone}, tags: 2},
		{
			name: "every tag",
			text: "v=DMARC1; p=none; sp=quarantine; np=reject; psd=n; t=y; adkim=s; aspf=s; rua=mailto:a@example.org; ruf=mailto:b@example.org; fo=1:d:s",
			want: dmarc.Record{
				Policy: dmarc.PolicyNone, Subdomain: dmarc.Quarantine, Nonexistent: dmarc.Reject, PSD: dmarc.PSDNo, Testing: true,
				DKIM: dmarc.Strict, SPF: dmarc.Strict, Aggregate: []dmarc.URI{uri("a@example.org", 77)}, Failure: []dmarc.URI{uri("b@example.org", 103)},
				FailureOptions: []string{"1", "d", "s"},
			},
			tags: 11,
		},
		{name: "values have no case", text: "v=DMARC1; p=Reject; psd=Y; t=Y; adkim=S; aspf=R; fo=1:D; ruf=MAILTO:a@Example.ORG", want: dmarc.Record{
			Policy: dmarc.Reject, PSD: dmarc.PSDYes, Testing: true, DKIM: dmarc.Strict, FailureOptions: []string{"1", "d"},
			Failure: []dmarc.URI{{Text: "MAILTO:a@Example.ORG", Address: "a@Example.ORG", Host: "example.org", Span: mailworthy.Span{Offset: 61, Length: 20}}},
		}, tags: 8},
		{
			name: "removed tags", text: "v=DMARC1; p=reject; pct=25; rf=afrf; ri=3600",
			want:  dmarc.Record{Policy: dmarc.Reject, Percent: new(25), Formats: []string{"afrf"}, IntervalSeconds: new(uint32(3600))},
			codes: []mailworthy.Code{dmarc.CodeRemovedTag, dmarc.CodeRemovedTag, dmarc.CodeRemovedTag}, spans: []string{"pct=25", "rf=afrf", "ri=3600"}, tags: 5,
		},
		{name: "pct that is no percentage", text: "v=DMARC1; p=reject; pct=101", want: dmarc.Record{Policy: dmarc.Reject}, codes: []mailworthy.Code{dmarc.CodeRemovedTag}, spans: []string{"pct=101"}, tags: 3},
		{
			name: "size", text: "v=DMARC1; p=none; rua=mailto:a@example.org!10m",
			want: dmarc.Record{Policy: dmarc.PolicyNone, Aggregate: []dmarc.URI{{
				Text: "mailto:a@example.org", Address: "a@example.org", Host: "example.org", Size: "10m", Span: mailworthy.Span{Offset: 22, Length: 24},
			}}},
			codes: []mailworthy.Code{dmarc.CodeURISize}, spans: []string{"!10m"}, tags: 3,
		},
		{
			name: "several URIs", text: "v=DMARC1; p=none; rua=mailto:a@example.org , https://example.org/r,mailto:b@example.net",
			want: dmarc.Record{Policy: dmarc.PolicyNone, Aggregate: []dmarc.URI{
				uri("a@example.org", 22), {Text: "https://example.org/r", Span: mailworthy.Span{Offset: 45, Length: 21}}, uri("b@example.net", 67),
			}},
			tags: 3,
		},
		{
			name: "no mailto", text: "v=DMARC1; p=none; rua=a@example.org", want: dmarc.Record{Policy: dmarc.PolicyNone, Invalid: []string{"rua"}},
			codes: []mailworthy.Code{dmarc.CodeBadURI}, spans: []string{"a@example.org"}, tags: 3,
		},
		{
			name: "URIs that are none", text: "v=DMARC1; p=none; rua=mailto:a, mailto:@b, mailto://a@b.example, a!b,, mailto:a b@c.d, https:, mailto:a@b..c,mailto:%zz@c.d",
			want: dmarc.Record{Policy: dmarc.PolicyNone, Invalid: []string{"rua"}},
			codes: []mailworthy.Code{
				dmarc.CodeBadURI, dmarc.CodeBadURI, dmarc.CodeBadURI, dmarc.CodeBadURI, dmarc.CodeBadURI, dmarc.CodeBadURI, dmarc.CodeBadURI, dmarc.CodeBadURI, dmarc.CodeBadURI,
			},
			spans: []string{"mailto:a", "mailto:@b", "mailto://a@b.example", "a!b", "", "mailto:a b@c.d", "https:", "mailto:a@b..c", "mailto:%zz@c.d"}, tags: 3,
		},
		{
			name: "encoded URI", text: "v=DMARC1; p=none; rua=mailto:a%2Cb%21@example.org?subject=x",
			want: dmarc.Record{Policy: dmarc.PolicyNone, Aggregate: []dmarc.URI{{
				Text: "mailto:a%2Cb%21@example.org?subject=x", Address: "a,b!@example.org", Host: "example.org", Span: mailworthy.Span{Offset: 22, Length: 37},
			}}}, tags: 3,
		},
		{name: "no p", text: "v=DMARC1", want: dmarc.Record{}, codes: []mailworthy.Code{dmarc.CodeNoPolicy}, spans: []string{""}, tags: 1},
		{
			name: "no p with rua", text: "v=DMARC1; rua=mailto:a@example.org", want: dmarc.Record{Aggregate: []dmarc.URI{uri("a@example.org", 14)}},
			codes: []mailworthy.Code{dmarc.CodeNoPolicy}, spans: []string{""}, tags: 2,
		},
		{
			name: "bad policies", text: "v=DMARC1; p=reject.; sp=; np=deny",
			want:  dmarc.Record{Invalid: []string{"p", "sp", "np"}},
			codes: []mailworthy.Code{dmarc.CodeBadPolicy, dmarc.CodeBadPolicy, dmarc.CodeBadPolicy}, spans: []string{"p=reject.", "sp=", "np=deny"}, tags: 4,
		},
		{
			name: "bad values", text: "v=DMARC1; p=none; psd=x; t=1; adkim=strict; aspf=; fo=0:1; ruf=mailto:a@b.example",
			want: dmarc.Record{
				Policy: dmarc.PolicyNone, Invalid: []string{"psd", "t", "adkim", "aspf", "fo"}, Failure: []dmarc.URI{uri("a@b.example", 63)},
			},
			codes: []mailworthy.Code{dmarc.CodeBadValue, dmarc.CodeBadValue, dmarc.CodeBadValue, dmarc.CodeBadValue, dmarc.CodeBadValue},
			spans: []string{"psd=x", "t=1", "adkim=strict", "aspf=", "fo=0:1"}, tags: 8,
		},
		{
			name: "bad octets", text: "v=DMARC1; p=none\x01; sp=r\u00e9ject", want: dmarc.Record{Invalid: []string{"p", "sp"}},
			codes: []mailworthy.Code{dmarc.CodeBadValue, dmarc.CodeBadValue}, spans: []string{"\x01", "\xc3"}, tags: 3,
		},
		{
			name: "unknown tags", text: "v=DMARC1; p=none; policy=reject; P=reject; Rua=mailto:a@b.example",
			want:  dmarc.Record{Policy: dmarc.PolicyNone},
			codes: []mailworthy.Code{dmarc.CodeUnknownTag, dmarc.CodeTagCase, dmarc.CodeTagCase}, spans: []string{"policy=reject", "P", "Rua"}, tags: 5,
		},
		{
			name: "no tags", text: "v=DMARC1; p=none;; reject; =x; a b=c ;",
			want:  dmarc.Record{Policy: dmarc.PolicyNone},
			codes: []mailworthy.Code{dmarc.CodeSyntax, dmarc.CodeSyntax, dmarc.CodeSyntax, dmarc.CodeSyntax}, spans: []string{";", "reject", "=x", "a b=c"}, tags: 2,
		},
		{
			name: "commas for semicolons", text: "v=DMARC1; p=none, sp=none", want: dmarc.Record{Invalid: []string{"p"}},
			codes: []mailworthy.Code{dmarc.CodeBadPolicy}, spans: []string{"p=none, sp=none"}, tags: 2,
		},
		{
			name: "duplicate tags: the last counts", text: "v=DMARC1; p=reject; p=none; x=1; x=2; sp=bad; sp=none",
			want:  dmarc.Record{Policy: dmarc.PolicyNone, Subdomain: dmarc.PolicyNone},
			codes: []mailworthy.Code{dmarc.CodeDuplicateTag, dmarc.CodeUnknownTag, dmarc.CodeDuplicateTag, dmarc.CodeUnknownTag, dmarc.CodeBadPolicy, dmarc.CodeDuplicateTag},
			spans: []string{"p=none", "x=1", "x=2", "x=2", "sp=bad", "sp=none"}, tags: 7,
		},
		{
			name: "duplicate version", text: "v=DMARC1; v=DMARC1; p=none", want: dmarc.Record{Policy: dmarc.PolicyNone},
			codes: []mailworthy.Code{dmarc.CodeDuplicateTag}, spans: []string{"v=DMARC1"}, tags: 3,
		},
		{
			name: "blanks first", text: " v=DMARC1; p=none", want: dmarc.Record{Policy: dmarc.PolicyNone},
			codes: []mailworthy.Code{dmarc.CodeSpacing}, spans: []string{" "}, tags: 2,
		},
		{
			name: "fo without ruf", text: "v=DMARC1; p=none; fo=1", want: dmarc.Record{Policy: dmarc.PolicyNone, FailureOptions: []string{"1"}},
			codes: []mailworthy.Code{dmarc.CodeFailureOptions}, spans: []string{""}, tags: 3,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec, err := dmarc.Parse(tt.text)
			require.NoError(t, err)
			var codes []mailworthy.Code
			var spans []string
			for _, f := range rec.Findings {
				codes = append(codes, f.Code)
				spans = append(spans, tt.text[f.Span.Offset:f.Span.Offset+f.Span.Length])
				require.NotEmpty(t, f.Evidence)
				require.NotEmpty(t, f.Remedy)
			}
			require.Equal(t, tt.codes, codes)
			require.Equal(t, tt.spans, spans)
			require.Len(t, rec.Tags, tt.tags)
			got := *rec
			got.Text, got.Tags, got.Findings = "", nil, nil
			if tt.want.PSD == "" {
				tt.want.PSD = dmarc.PSDUnspecified
			}
			if tt.want.DKIM == "" {
				tt.want.DKIM = dmarc.Relaxed
			}
			if tt.want.SPF == "" {
				tt.want.SPF = dmarc.Relaxed
			}
			require.Empty(t, got.Invalid[len(tt.want.Invalid):])
			if len(got.Invalid) == 0 {
				got.Invalid = nil
			}
			require.Equal(t, tt.want, got)
			soundRecord(t, tt.text, rec)
		})
	}
}

// soundRecord requires what holds for every record.
func soundRecord(t testing.TB, text string, rec *dmarc.Record) {
	t.Helper()
	for _, tag := range rec.Tags {
		require.True(t, strings.HasPrefix(text[tag.Span.Offset:tag.Span.Offset+tag.Span.Length], tag.Name))
	}
	for _, u := range append(append([]dmarc.URI{}, rec.Aggregate...), rec.Failure...) {
		require.True(t, strings.HasPrefix(text[u.Span.Offset:u.Span.Offset+u.Span.Length], u.Text))
	}
	// What String writes means the same, and is all right but for removed tags.
	written := rec.String()
	again, err := dmarc.Parse(written)
	require.NoError(t, err)
	require.Equal(t, written, again.String())
	for _, s := range []dmarc.Scope{dmarc.ScopeDomain, dmarc.ScopeSubdomain, dmarc.ScopeNonexistent} {
		if len(rec.Invalid) == 0 {
			want, wantTag := rec.PolicyFor(s)
			got, gotTag := again.PolicyFor(s)
			require.Equal(t, want, got)
			require.Equal(t, wantTag, gotTag)
		}
	}
	strip := func(r *dmarc.Record) dmarc.Record {
		out := *r
		out.Text, out.Tags, out.Findings, out.Invalid = "", nil, nil, nil
		for _, list := range []*[]dmarc.URI{&out.Aggregate, &out.Failure} {
			uris := append([]dmarc.URI(nil), *list...)
			for i := range uris {
				uris[i].Span = mailworthy.Span{}
			}
			*list = uris
		}
		return out
	}
	require.Equal(t, strip(rec), strip(again))

	encoded, err := json.Marshal(rec)
	require.NoError(t, err)
	var decoded dmarc.Record
	require.NoError(t, json.Unmarshal(encoded, &decoded))
	reencoded, err := json.Marshal(decoded)
	require.NoError(t, err)
	require.Equal(t, string(encoded), string(reencoded))
}

func TestParseNoRecord(t *testing.T) {
	for _, tt := range []struct {
		text   string
		offset int
		reason string
	}{
		{"", 0, `starts with "v=DMARC1"`},
		{"v=spf1 -all", 2, `must be "DMARC1"`},
		{"p=none; v=DMARC1", 0, `starts with "v=DMARC1"`},
		{"v=dmarc1; p=none", 2, "upper case"},
		{"V=DMARC1; p=none", 0, "lower case"},
		{"v=DMARC1 p=none", 8, "semicolon"},
		{"v=DMARC1.; p=none", 8, "semicolon"},
		{"v=DMARC2; p=none", 2, `must be "DMARC1"`},
		{"v= ", 3, `must be "DMARC1"`},
		{"v", 0, `starts with "v=DMARC1"`},
		{`"v=DMARC1; p=none"`, 0, `starts with "v=DMARC1"`},
		{" \t", 2, `starts with "v=DMARC1"`},
		{"v=\x00DMARC1", 2, `must be "DMARC1"`},
	} {
		t.Run(tt.text, func(t *testing.T) {
			_, err := dmarc.Parse(tt.text)
			var syntax *dmarc.SyntaxError
			require.ErrorAs(t, err, &syntax)
			require.Equal(t, tt.offset, syntax.Offset)
			require.Contains(t, syntax.Error(), tt.reason)
			require.False(t, dmarc.IsRecord(tt.text))
		})
	}
	require.True(t, dmarc.IsRecord("v=DMARC1"))
}

func TestRecordByHand(t *testing.T) {
	rec := dmarc.Record{Policy: dmarc.Reject, Testing: true, Aggregate: []dmarc.URI{dmarc.MailTo("a,b!c@example.org"), {Address: "d@example.org"}}}
	require.Equal(t, "v=DMARC1; p=reject; t=y; rua=mailto:a%2Cb%21c@example.org,mailto:d@example.org", rec.String())
	again, err := dmarc.Parse(rec.String())
	require.NoError(t, err)
	require.Empty(t, again.Findings)
	require.Equal(t, "a,b!c@example.org", again.Aggregate[0].Address)
	require.Equal(t, "v=DMARC1", new(dmarc.Record).String())
}

func TestPolicies(t *testing.T) {
	require.Equal(t, dmarc.Quarantine, dmarc.Reject.Lower())
	require.Equal(t, dmarc.PolicyNone, dmarc.Quarantine.Lower())
	require.Equal(t, dmarc.PolicyNone, dmarc.PolicyNone.Lower())
	require.Equal(t, dmarc.Policy(""), dmarc.Policy("").Lower())
	require.Equal(t, -1, dmarc.PolicyNone.Compare(dmarc.Reject))
	require.Equal(t, 1, dmarc.Reject.Compare(dmarc.Quarantine))
	for _, p := range []dmarc.Policy{dmarc.PolicyNone, dmarc.Quarantine, dmarc.Reject} {
		require.Zero(t, dmarc.Policy(string(p)).Compare(p))
	}
	require.Equal(t, -1, dmarc.Policy("").Compare(dmarc.PolicyNone))
}

func TestParseHostile(t *testing.T) {
	var tags strings.Builder
	tags.WriteString("v=DMARC1")
	for i := range 4000 {
		fmt.Fprintf(&tags, "; x%d=%d", i, i)
	}
	for name, text := range map[string]string{
		"4,000 tags":   tags.String(),
		"4,000 times":  "v=DMARC1" + strings.Repeat("; p=none", 4000),
		"semicolons":   "v=DMARC1" + strings.Repeat(";", 64<<10),
		"URIs":         "v=DMARC1; p=none; rua=" + strings.Repeat("mailto:a@example.org,", 3000),
		"bad URIs":     "v=DMARC1; p=none; rua=" + strings.Repeat(",", 64<<10),
		"options":      "v=DMARC1; p=none; ruf=mailto:a@b.c; fo=" + strings.Repeat("d:", 32<<10),
		"formats":      "v=DMARC1; p=none; rf=" + strings.Repeat("a:", 32<<10),
		"long value":   "v=DMARC1; p=" + strings.Repeat("x", 64<<10),
		"long name":    "v=DMARC1; " + strings.Repeat("x", 64<<10) + "=1",
		"blanks":       "v=DMARC1;" + strings.Repeat(" ", 64<<10) + "p=none",
		"no name":      "v=DMARC1;" + strings.Repeat("\x00;", 32<<10),
		"bad and good": "v=DMARC1" + strings.Repeat("; p=bad; p=none", 4000),
	} {
		t.Run(name, func(t *testing.T) {
			rec, err := dmarc.Parse(text)
			require.NoError(t, err)
			require.LessOrEqual(t, len(rec.Findings), 50)
			require.LessOrEqual(t, len(rec.Aggregate), 100)
			for _, f := range rec.Findings {
				for _, e := range f.Evidence {
					require.LessOrEqual(t, len(e), 1000)
				}
				require.LessOrEqual(t, len(f.Message)+len(f.Remedy), 1500)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"v=DMARC1; p=none", "v=DMARC1; p=reject; sp=x; np=none; psd=y; t=y; adkim=s; aspf=r; fo=1:d; rua=mailto:a@b.c!10m,https:x; ruf=mailto:%41@b.c; pct=5; rf=a:b; ri=7",
		" v = DMARC1 ;;p=\x00;P=1;p=none", "v=DMARC1; rf=%; rua=mailto:\\@\\",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rec, err := dmarc.Parse(text)
		require.Equal(t, dmarc.IsRecord(text), err == nil)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		soundRecord(t, text, rec)
		for _, finding := range rec.Findings {
			require.LessOrEqual(t, finding.Span.Offset+finding.Span.Length, len(text))
		}
	})
}
