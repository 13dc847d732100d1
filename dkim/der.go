package dkim

import (
	"bytes"
	"crypto/rsa"
	"math/big"
)

// The tags of DER that an RSA key needs (ITU-T X.690 section 8).
const (
	derInteger  = 0x02
	derBits     = 0x03
	derSequence = 0x30
)

// derRSA is the AlgorithmIdentifier of RSA keys, with its parameters, which are NULL
// (RFC 3279 section 2.3.1).
var derRSA = []byte("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00")

// commonRSA reads the SubjectPublicKeyInfo of an RSA key in the form that nearly all
// published keys have, and returns nil for any other input: package x509 reads that,
// and takes several times as long. A key that it returns is the one that x509 would.
func commonRSA(der []byte) *rsa.PublicKey {
	info, rest := derElement(der, derSequence)
	if len(rest) > 0 || !bytes.HasPrefix(info, derRSA) {
		return nil
	}
	bits, rest := derElement(info[len(derRSA):], derBits)
	if len(rest) > 0 || len(bits) == 0 || bits[0] != 0 {
		return nil
	}
	key, rest := derElement(bits[1:], derSequence)
	if len(rest) > 0 {
		return nil
	}
	n, rest := derElement(key, derInteger)
	e, rest := derElement(rest, derInteger)
	if len(rest) > 0 || len(n) < 2 || n[0] >= 0x80 || n[0] == 0 && n[1] < 0x80 {
		return nil // The modulus is negative, or has a zero too many.
	}
	if len(e) == 0 || len(e) > 3 || e[0] >= 0x80 || e[0] == 0 {
		return nil
	}
	exponent := 0
	for _, c := range e {
		exponent = exponent<<8 | int(c)
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: exponent}
}

// derElement returns what is in the element that p starts with, and what follows it.
// It returns nothing if p starts with no element of that tag in DER with a length
// below 65536.
func derElement(p []byte, tag byte) (content, rest []byte) {
	if len(p) < 2 || p[0] != tag {
		return nil, nil
	}
	size, at := int(p[1]), 2
	switch {
	case size < 0x80:
	case size == 0x81 && len(p) > 2 && p[2] >= 0x80:
		size, at = int(p[2]), 3
	case size == 0x82 && len(p) > 3 && p[2] > 0:
		size, at = int(p[2])<<8|int(p[3]), 4
	default:
		return nil, nil
	}
	if len(p)-at < size {
		return nil, nil
	}
	return p[at : at+size], p[at+size:]
}
