package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"math/big"
	"net/mail"
	"net/netip"
	"time"

	"github.com/miekg/dns"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// The contenders of the comparison of addresses and TLSA records.
const (
	addressOwn  = "mailworthy ParseAddress"
	addressPeer = "net/mail ParseAddress"
	daneFloor   = "floor: parse and digest"
	daneOwn     = "mailworthy DANE.Match"
	danePeer    = "miekg/dns TLSA.Verify"
)

var (
	errAddress = errors.New("the address is not what it should be")
	errDANE    = errors.New("the record does not match")
)

// comparePolicy parses addresses, and compares a certificate with a record 3 1 1.
func comparePolicy(s settings, r *report) error {
	const text = "joe.smith+news@mail.example.org"
	used, err := r.compare(s, workload{name: "policy: an address", contenders: []contender{
		times(addressOwn, func() error {
			if a, err := smtpprobe.ParseAddress(text); err != nil || a.Domain != "mail.example.org" {
				return errAddress
			}
			return nil
		}),
		times(addressPeer, func() error {
			if a, err := mail.ParseAddress(text); err != nil || a.Address != text {
				return errAddress
			}
			return nil
		}),
	}})
	if err != nil {
		return err
	}
	r.atLeast(2, used.ratio(addressPeer, addressOwn, cpu), "policy: CPU of net/mail for an address, over ours")
	r.atMost(0, used.median(addressOwn, allocs), "policy: allocations for an address")

	der, record, err := tlsaRecord()
	if err != nil {
		return err
	}
	at := time.Now()
	dane, missing := smtpprobe.EvaluateDANE(smtpprobe.DANERequest{Domain: "example.org"}, resolver.Snapshot{
		resolver.Q("example.org", resolver.TypeMX):            {Status: resolver.NoData, Secure: true},
		resolver.Q("example.org", resolver.TypeA):             {Status: resolver.Success, Secure: true, Addrs: []netip.Addr{netip.MustParseAddr("192.88.99.1")}},
		resolver.Q("example.org", resolver.TypeAAAA):          {Status: resolver.NoData, Secure: true},
		resolver.Q("_25._tcp.example.org", resolver.TypeTLSA): {Status: resolver.Success, Secure: true, TLSA: []resolver.TLSA{{Usage: 3, Selector: 1, Matching: 1, Data: record}}},
	})
	if len(missing) > 0 {
		return errDANE
	}
	peer := dns.TLSA{Usage: 3, Selector: 1, MatchingType: 1, Certificate: hex.EncodeToString(record)}
	used, err = r.compare(s, workload{name: "policy: a certificate and its TLSA record", contenders: []contender{
		times(daneFloor, func() error {
			cert, err := x509.ParseCertificate(der)
			if err != nil {
				return err
			}
			if sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo); !bytes.Equal(sum[:], record) {
				return errDANE
			}
			return nil
		}),
		times(daneOwn, func() error {
			if dane.Match([][]byte{der}, at).Status != smtpprobe.MatchOK {
				return errDANE
			}
			return nil
		}),
		times(danePeer, func() error {
			cert, err := x509.ParseCertificate(der)
			if err != nil {
				return err
			}
			return peer.Verify(cert)
		}),
	}})
	if err != nil {
		return err
	}
	r.atMost(1.5, used.ratio(daneOwn, daneFloor, cpu), "policy: CPU for a TLSA record, over the floor")
	return nil
}

// times makes a contender of what it does once.
func times(name string, once func() error) contender {
	return contender{name, func(n int) error {
		for range n {
			if err := once(); err != nil {
				return err
			}
		}
		return nil
	}}
}

// tlsaRecord makes a certificate, and the data of its record 3 1 1.
func tlsaRecord() (der, record []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "example.org"}, DNSNames: []string{"example.org"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	if der, err = x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key); err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return der, sum[:], nil
}
