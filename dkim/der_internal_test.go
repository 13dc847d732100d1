package dkim

import (
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCommonRSA compares the short cut with package x509, on keys and on whatever
// comes of changing one octet in them, or cutting them off.
func TestCommonRSA(t *testing.T) {
	for _, bits := range []int{1024, 2048, 4096} {
		// Nothing here looks for the factors of the modulus.
		key := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(12345), bits-1, 1), E: 65537}
		der, err := x509.MarshalPKIXPublicKey(key)
		require.NoError(t, err)
		require.Equal(t, key, commonRSA(der))

		for i := range der {
			require.Nil(t, commonRSA(der[:i]), "cut off at %d", i)
			if i > 64 && i < len(der)-8 {
				continue // The modulus.
			}
			changed := append([]byte(nil), der...)
			for c := range 256 {
				changed[i] = byte(c)
				if got := commonRSA(changed); got != nil {
					want, err := x509.ParsePKIXPublicKey(changed)
					require.NoError(t, err, "octet %d is %#x", i, c)
					require.Equal(t, want, got, "octet %d is %#x", i, c)
				}
			}
		}
		require.Nil(t, commonRSA(append(der, 0)))
	}
}
