package dkim_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

// crlf gives a message in a Go literal the line ends of the wire.
func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

const rfcKeys = `
brisbane._domainkey.football.example.com TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
test._domainkey.football.example.com TXT "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
brisbane._domainkey.example.com TXT "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"
`

// The message of RFC 6376 appendix A.2, with the white space that its signature is of.
const rfc6376Message = `DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;
      c=simple/simple; q=dns/txt; i=joe@football.example.com;
      h=Received : From : To : Subject : Date : Message-ID;
      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB
      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut
      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV
      4bmp/YzhwvcubU4=;
Received: from client1.football.example.com  [192.0.2.1]
      by submitserver.example.com with SUBMISSION;
      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game. Are you hungry yet?

Joe.
`

// The message of RFC 8463 appendix A.3.
const rfc8463Message = `DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
`

func TestRFCMessages(t *testing.T) {
	tests := []struct {
		name, message string
		want          []string
	}{
		{
			name: "RFC 6376 appendix A", message: rfc6376Message,
			want: []string{`dkim=pass header.d=example.com header.s=brisbane header.a=rsa-sha256 header.b=AuUoFEfD`},
		},
		{
			name: "RFC 8463 appendix A", message: rfc8463Message,
			want: []string{
				`dkim=pass header.d=football.example.com header.s=brisbane header.a=ed25519-sha256 header.b="/gCrinpc"`,
				`dkim=pass header.d=football.example.com header.s=test header.a=rsa-sha256 header.b=F45dVWDf`,
			},
		},
	}
	zone := resolver.MustZone(rfcKeys)
	for _, tt := range tests {
		for _, form := range []string{"wire", "unix", "json"} {
			t.Run(tt.name+" "+form, func(t *testing.T) {
				text := crlf(tt.message)
				if form == "unix" {
					text = tt.message
				}
				m, err := dkim.ReadMessage(strings.NewReader(text), dkim.ReadOptions{})
				require.NoError(t, err)
				require.Equal(t, form == "unix", m.Converted)
				if form == "json" {
					stored, err := json.Marshal(m)
					require.NoError(t, err)
					m = new(dkim.Message)
					require.NoError(t, json.Unmarshal(stored, m))
				}
				res, missing := dkim.Evaluate(m, dkim.Options{Time: time.Unix(1528637909, 0)}, zone)
				require.Empty(t, missing)
				require.Equal(t, strings.Join(tt.want, "; "), res.AuthenticationResults(), "%+v", res)
				require.Equal(t, dkim.Pass, res.Status)
			})
		}
	}
}
