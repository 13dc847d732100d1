package smtpprobe_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/smtpprobe"
)

// FuzzEvaluate judges whatever JSON says that sessions were.
func FuzzEvaluate(f *testing.F) {
	for _, sessions := range [][]smtpprobe.Session{
		{noConnection("mx.example.net", "8.8.8.8", smtpprobe.KindTimeout), control(noConnection("a.example", "8.8.4.4", smtpprobe.KindTimeout))},
		{greeted("mx.example.net", "8.8.8.8", "mx.example.net \x1b ESMTP")},
		{
			{
				Host: "mx.example.net", Addr: public, Steps: []smtpprobe.Step{
					{Stage: smtpprobe.StageSTARTTLS, Unsolicited: 3, Excess: "250"},
					{Stage: smtpprobe.StageTLS, Failure: smtpprobe.Failure{Kind: smtpprobe.KindTLSVersion}},
				},
				TLS: smtpprobe.TLS{Chain: good().Certificates[0].Certificate, Presented: 3, Roots: smtpprobe.RootsGiven, Anchors: [][]byte{authority().cert.Raw}},
			},
			{Host: "mx.example.net", Addr: public, Purpose: smtpprobe.PurposeOldTLS, Steps: []smtpprobe.Step{{Stage: smtpprobe.StageTLS}}},
		},
	} {
		text, err := json.Marshal(sessions)
		require.NoError(f, err)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var sessions []smtpprobe.Session
		if json.Unmarshal(text, &sessions) != nil || len(sessions) > 50 {
			return
		}
		res := smtpprobe.Evaluate(smtpprobe.Request{Own: []smtpprobe.Own{{Addr: public}}}, sessions)
		require.Equal(t, res, smtpprobe.Evaluate(smtpprobe.Request{Own: []smtpprobe.Own{{Addr: public}}}, sessions))
		rec := smtpprobe.EvaluateRecipient(smtpprobe.RecipientRequest{Recipient: string(text)}, sessions)
		for _, f := range append(res.Findings, rec.Findings...) {
			require.NotEmpty(t, f.Message)
			require.NotEmpty(t, f.Remedy)
			for _, s := range append([]string{f.Message, f.Remedy, f.Subject}, f.Evidence...) {
				for _, c := range []byte(s) {
					require.True(t, c >= ' ' && c < 0x7f, "%q", s)
				}
			}
		}
		_, err := json.Marshal(res)
		require.NoError(t, err)
	})
}
