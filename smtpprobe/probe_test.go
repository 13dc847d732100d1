package smtpprobe_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/smtpprobe"
)

func TestHonest(t *testing.T) {
	s := listen(t, honest(good()).serve)
	rep, err := s.prober().ProbeHost(t.Context(), s.host("mx.example.net"))
	require.NoError(t, err)
	text, _ := json.MarshalIndent(rep, "", " ")
	t.Logf("%s", text)
	require.Empty(t, rep.Findings)
	require.Equal(t, smtpprobe.Ready, rep.Status)
	h := rep.Hosts[0]
	require.Equal(t, smtpprobe.Yes, h.Authenticated)
	require.Equal(t, [][]string{{"EHLO probe.example.org", "STARTTLS", "EHLO probe.example.org", "QUIT"}}, s.commands())
}
