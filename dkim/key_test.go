package dkim_test

import (
	"crypto/ed25519"
	"crypto/rsa"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dkim"
)

// The keys of RFC 8463 appendix A.2, and that of RFC 6376 appendix C.
const (
	ed25519P = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
	rsa1024P = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
)

func TestParseKey(t *testing.T) {
	k, err := dkim.Parse("v=DKIM1; k=ed25519; t=s; p=" + ed25519P)
	require.NoError(t, err)
	require.IsType(t, ed25519.PublicKey{}, k.Public())
	require.Equal(t, 256, k.Bits)
	require.True(t, k.Strict)
	k, err = dkim.Parse("p=" + rsa1024P)
	require.NoError(t, err)
	require.IsType(t, &rsa.PublicKey{}, k.Public())
	require.Equal(t, 1024, k.Bits)
}
