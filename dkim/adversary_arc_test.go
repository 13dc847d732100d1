package dkim_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

// TestARCOrder proves that it is the instances that order a chain, and not where its
// fields stand (RFC 8617 section 4.2.1).
func TestARCOrder(t *testing.T) {
	head, body, _ := strings.Cut(seal(seal(seal(message, 1, "none"), 2, "pass"), 3, "pass"), "\r\n\r\n")
	fields := naiveFields(head + "\r\n")
	want, missing := dkim.EvaluateARC(read(t, strings.Join(fields, "")+"\r\n"+body, dkim.ReadOptions{}), dkim.Options{}, arcKeys(3))
	require.Empty(t, missing)
	require.Equal(t, dkim.Pass, want.Status)
	r := rand.New(rand.NewPCG(9, 10))
	for range 50 {
		r.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
		got, _ := dkim.EvaluateARC(read(t, strings.Join(fields, "")+"\r\n"+body, dkim.ReadOptions{}), dkim.Options{}, arcKeys(3))
		require.Equal(t, want, got)
	}
}

// TestARCInstance has the forms of the instance in ARC-Authentication-Results.
func TestARCInstance(t *testing.T) {
	for form, want := range map[string]dkim.Status{
		"i=1;":                         dkim.Pass,
		"\ti = 1 ;":                    dkim.Pass,
		"\r\n i=1\r\n ;":               dkim.Pass,
		"(a;b) i (c=2) = (d) 1 (e);":   dkim.Pass,
		`(a\)(b;) \\; i=2) i=1;`:       dkim.Pass,
		"i=2;":                         dkim.Fail,
		"i=0;":                         dkim.Fail,
		"i=-1;":                        dkim.Fail,
		"i=1 1;":                       dkim.Fail,
		"I=1;":                         dkim.Fail,
		"x; i=1;":                      dkim.Fail,
		"(i=1; " + `unfinished`:        dkim.Fail,
		strings.Repeat("(", 100) + ";": dkim.Fail,
		"":                             dkim.Fail,
	} {
		// The seal is made over the field as it is here.
		ams := signAs("ARC-Message-Signature", message, "i=1; a=ed25519-sha256; c=relaxed/relaxed; d=h1.example; s=arc; h=from:subject", "", edKey)
		aar := "ARC-Authentication-Results:" + form + " h1.example; none\r\n"
		own := "ARC-Seal: i=1; a=ed25519-sha256; d=h1.example; s=arc; cv=none; b="
		signed := naiveField("relaxed", aar) + naiveField("relaxed", naiveFields(ams)[0]) + strings.TrimSuffix(naiveField("relaxed", own+"\r\n"), "\r\n")
		text := own + signature(signed, edKey) + "\r\n" + aar + ams
		chain, missing := dkim.EvaluateARC(read(t, text, dkim.ReadOptions{}), dkim.Options{}, arcKeys(1))
		require.Empty(t, missing)
		require.Equal(t, want, chain.Status, "%q", form)
		if want == dkim.Fail {
			require.Equal(t, dkim.CodeARCStructure, chain.Code, "%q", form)
		}
	}
}

// TestARCFaults answers each question of a chain with each failure: the chain fails,
// as RFC 8617 section 5.2.1 wants it, and says that this is temporary.
func TestARCFaults(t *testing.T) {
	m := read(t, seal(seal(seal(message, 1, "none"), 2, "pass"), 3, "pass"), dkim.ReadOptions{})
	opts := dkim.Options{Time: time.Unix(now, 0)}
	_, questions := dkim.EvaluateARC(m, opts, nil)
	require.Len(t, questions, 3)
	for i, q := range questions {
		for _, fault := range faults {
			view := arcKeys(3)
			view[q] = resolver.Answer{Status: fault, TXT: view[q].TXT}
			chain, missing := dkim.EvaluateARC(m, opts, view)
			require.Empty(t, missing)
			require.Equal(t, dkim.Fail, chain.Status)
			require.Len(t, chain.Findings, 1)
			require.True(t, chain.Findings[0].Temporary)
			for j, s := range chain.Sets {
				want := dkim.Pass
				if j == i {
					want = dkim.TempError
				}
				require.Equal(t, want, s.Seal.Status)
				require.Equal(t, want, s.Message.Status)
			}
		}
	}
}

// TestARCLong has the longest chain that there may be, and one that is longer.
func TestARCLong(t *testing.T) {
	text := message
	for i := range 50 {
		text = seal(text, i+1, map[bool]string{true: "none", false: "pass"}[i == 0])
	}
	chain, missing := dkim.EvaluateARC(read(t, text, dkim.ReadOptions{}), dkim.Options{}, arcKeys(50))
	require.Empty(t, missing)
	require.Equal(t, dkim.Pass, chain.Status, fmt.Sprint(chain.Findings))
	chain, missing = dkim.EvaluateARC(read(t, seal(text, 51, "pass"), dkim.ReadOptions{}), dkim.Options{}, nil)
	require.Empty(t, missing)
	require.Equal(t, dkim.CodeARCTooLong, chain.Code)
}
