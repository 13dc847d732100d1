package dmarc_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

// textView answers with given texts: the record, and something for all other names.
type textView struct{ record, other string }

func (v textView) Get(q resolver.Question) (resolver.Answer, bool) {
	if q.Type != resolver.TypeTXT {
		return resolver.Answer{Status: resolver.NXDomain}, true
	}
	a := resolver.Answer{Status: resolver.Success, TTL: uint32(len(v.other))}
	switch {
	case q.Name == atDMARC:
		a.TXT = []resolver.Text{{v.record}}
	case strings.Contains(v.other, "\n"):
		for text := range strings.SplitSeq(v.other, "\n") {
			a.TXT = append(a.TXT, resolver.Text{text})
		}
	default:
		a.Status = resolver.NXDomain
	}
	return a, true
}

// FuzzEvaluateDomain examines domains with a record of any octets. Nothing of it may
// reach the report unescaped, and what is proposed must be a record.
func FuzzEvaluateDomain(f *testing.F) {
	for _, c := range domainCases() {
		for line := range strings.Lines(c.zone) {
			if strings.HasPrefix(line, "v=") {
				f.Add(strings.TrimSpace(line), c.domain)
			}
		}
	}
	f.Add("v=DMARC1; p=reject; rua=mailto:a@b.test", "v=DMARC1; rua=mailto:c@b.test\nv=spf1 include:x.test -all")
	f.Add("p=reject;v=dmarc1\x00;\xff", "v=DMARC1\x1b\n")
	f.Add("v=DMARC1; p=none; np=x; sp=reject; pct=0; t=Y; psd=y; fo=1:d; ruf=mailto:a%40b@c.test!1,mailto:%22@d.test", "v=DMARC1; p=none; psd=n\nv=dmarc1")
	f.Add("v=DMARC1; P=reject; rua=mailto:a@*.test,mailto:b@x\\.test; p=;;=", "*.example.org")
	f.Add("v=DMARC1;p=quarantine;p=reject;rua=mailto:d@[192.0.2.1],https://x.test", "a.example.org.\n")
	f.Fuzz(func(t *testing.T, record, other string) {
		req := dmarc.DomainRequest{Domain: "example.org", Subdomains: []string{other, "a.example.org"}}
		rep, n, questions := rounds(t, req, textView{record, other})
		require.LessOrEqual(t, n, 2)
		require.LessOrEqual(t, questions, 100)
		data, err := json.Marshal(rep)
		require.NoError(t, err)
		var back dmarc.Report
		require.NoError(t, json.Unmarshal(data, &back))
		for _, found := range rep.Findings {
			require.NotEmpty(t, found.Message)
			require.NotEmpty(t, found.Remedy, found.Code)
			require.NotEmpty(t, found.Ref)
			for _, text := range append(found.Evidence, found.Message, found.Remedy, found.Subject) {
				require.Equal(t, -1, strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r >= 0x7f }), "%s: %q", found.Code, text)
			}
			for _, m := range recordInText.FindAllStringSubmatch(found.Remedy, -1) {
				if strings.Contains(m[1], `\`) {
					continue // It is escaped.
				}
				_, err := dmarc.Parse(m[1])
				require.NoError(t, err, "%s: %s", found.Code, found.Remedy)
			}
		}
		for _, stats := range []*dmarc.Statistics{nil, plenty} {
			step := dmarc.Rollout(dmarc.RolloutRequest{Domain: "example.org", Record: record, Reports: other, Statistics: stats})
			require.NotEqual(t, dmarc.Impossible, step.Action)
			rec, err := dmarc.Parse(step.Record)
			require.NoError(t, err)
			if !strings.Contains(step.Record, "pct=") {
				require.Empty(t, rec.Findings, "%q -> %s", record, step.Record)
			}
		}
	})
}
