package dkim

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"github.com/mailworthy/mailworthy/internal/txt"
)

// GenerateRSA makes an RSA key for signing. Zero bits mean 2048, which is what
// signers should have and all receivers verify. It fails for less than 1024 bits,
// which no receiver may accept, and for more than 4096, which receivers need not
// support (RFC 8301 section 3.2).
func GenerateRSA(bits int) (crypto.Signer, error) {
	if bits == 0 {
		bits = goodKeyBits
	}
	if bits < leastKeyBits || bits > longKeyBits {
		return nil, fmt.Errorf("dkim: an RSA key of %d bits; receivers verify %d to %d", bits, leastKeyBits, longKeyBits)
	}
	return rsa.GenerateKey(rand.Reader, bits)
}

// GenerateEd25519 makes an Ed25519 key for signing (RFC 8463). Not all receivers
// verify its signatures: sign with an RSA key too, under another selector.
func GenerateEd25519() (crypto.Signer, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return key, nil
}

// RecordOptions are what a key record says besides the key. The zero value is a
// record with the key alone.
type RecordOptions struct {
	// Hashes and Services restrict what the key is for: h= and s=. None means that
	// they do not.
	Hashes   []string
	Services []string
	// Flags are those of t=, such as "s", that the domain of i= must be that of d=.
	Flags []string
	// Notes are for people, in quoted-printable: n=. They cost room in DNS.
	Notes string
}

// Record returns the text of the TXT record for a public key: an *rsa.PublicKey or
// an ed25519.PublicKey, or what has one of them, as a [crypto.Signer]'s Public
// returns. It is plain ASCII in one line; [Split] and [ZoneLine] put it in the form
// that DNS servers want. It fails when [Parse] would not read the options back.
func Record(public crypto.PublicKey, opts RecordOptions) (string, error) {
	k, err := newKey(public)
	if err != nil {
		return "", err
	}
	k.Hashes, k.Services, k.Flags, k.Notes = opts.Hashes, opts.Services, opts.Flags, opts.Notes
	text := k.String()
	back, err := Parse(text)
	if err != nil {
		return "", err
	}
	// A semicolon, say, would make another tag of what follows.
	if back.String() != text || !slices.Equal(back.Hashes, k.Hashes) || !slices.Equal(back.Services, k.Services) ||
		!slices.Equal(back.Flags, k.Flags) || back.Notes != k.Notes {
		return "", errors.New("dkim: an option holds a character that it may not")
	}
	return text, nil
}

// RevokedRecord is the text of the TXT record for a key that was withdrawn.
const RevokedRecord = "v=DKIM1; p="

// newKey returns the key record of a public key.
func newKey(public crypto.PublicKey) (*Key, error) {
	k := &Key{Version: "DKIM1"}
	switch public := public.(type) {
	case *rsa.PublicKey:
		if public == nil || public.N == nil || public.N.Sign() <= 0 {
			return nil, errors.New("dkim: the RSA key has no modulus")
		}
		data, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			return nil, err
		}
		k.Type, k.Data = RSA, data
	case ed25519.PublicKey:
		k.Type, k.Data = Ed25519, public
	default:
		return nil, fmt.Errorf("dkim: no key type for %T", public)
	}
	if reason := k.decode(); reason != "" {
		return nil, errors.New("dkim: " + reason)
	}
	return k, nil
}

// Split cuts a record into character-strings of at most 255 octets, behind blanks
// where that costs no further string. Receivers join them without anything between
// them, so none may be added.
func Split(record string) []string { return txt.Split(record) }

// ZoneLine returns a record as one line of a zone file (RFC 1035 section 5.1), with
// the name as an absolute one.
func ZoneLine(name, record string) string { return txt.Line(name, record) }

// ErrKeyMismatch is returned when a published key is not that of a private key.
var ErrKeyMismatch = errors.New("dkim: the published key is not that of the private key")

// Matches reports whether a signer has the private key for k: it is nil when
// signatures of the signer verify with k, and [ErrKeyMismatch] when they do not.
func (k *Key) Matches(signer crypto.Signer) error {
	if k.Revoked {
		return fmt.Errorf("%w: it was revoked", ErrKeyMismatch)
	}
	public, ok := k.Public().(interface{ Equal(x crypto.PublicKey) bool })
	if !ok {
		return fmt.Errorf("%w: it is of the type %q", ErrKeyMismatch, k.Type)
	}
	if !public.Equal(signer.Public()) {
		return ErrKeyMismatch
	}
	return nil
}
