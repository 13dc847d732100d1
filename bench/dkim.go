package main

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"slices"
	"strings"
	"time"

	msgauth "github.com/emersion/go-msgauth/dkim"

	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

// The contenders of the comparison of DKIM.
const (
	dkimFloor    = "floor: SHA-256, public keys"
	dkimOneFloor = "floor of one signature"
	dkimRead     = "mailworthy ReadMessage, Evaluate"
	dkimPeer     = "go-msgauth VerifyWithOptions"
)

var errVerify = errors.New("the signature does not verify")

// dkimKey is a signer and its key in DNS.
type dkimKey struct {
	name   string
	signer crypto.Signer
	record string
}

// text returns the record as it comes from DNS, in strings of up to 255 octets.
func (k dkimKey) text() resolver.Text {
	var out resolver.Text
	for part := range slices.Chunk([]byte(k.record), 255) {
		out = append(out, string(part))
	}
	return out
}

// dkimKeys makes an RSA and an Ed25519 key.
func dkimKeys() (rsaKey, edKey dkimKey, err error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return rsaKey, edKey, err
	}
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		return rsaKey, edKey, err
	}
	public, edPrivate, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return rsaKey, edKey, err
	}
	rsaKey = dkimKey{"rsa2048", private, "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)}
	edKey = dkimKey{"ed25519", edPrivate, "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)}
	return rsaKey, edKey, nil
}

// dkimCase is a message that is verified.
type dkimCase struct {
	key        dkimKey
	canon      msgauth.Canonicalization
	signatures int
	content    string // text or base64
	size       int    // of the body
}

func (c dkimCase) name() string {
	return fmt.Sprintf("dkim size=%s sig=%d-%s-%s body=%s", octetsName(c.size), c.signatures, c.key.name, c.canon, c.content)
}

func octetsName(n int) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%dMB", n>>20)
	}
	return fmt.Sprintf("%dKB", n>>10)
}

// The sizes of bodies.
const (
	smallBody  = 2 << 10
	middleBody = 64 << 10
	largeBody  = 10 << 20
)

// dkimCases holds, for each kind of signature, the sizes in ascending order.
func dkimCases() ([]dkimCase, error) {
	rsaKey, edKey, err := dkimKeys()
	if err != nil {
		return nil, err
	}
	var out []dkimCase
	for _, c := range []dkimCase{
		{key: rsaKey, canon: msgauth.CanonicalizationSimple},
		{key: rsaKey, canon: msgauth.CanonicalizationRelaxed},
		{key: edKey, canon: msgauth.CanonicalizationRelaxed},
	} {
		c.signatures, c.content = 1, "text"
		for _, c.size = range []int{smallBody, middleBody, largeBody} {
			out = append(out, c)
		}
	}
	c := dkimCase{key: rsaKey, canon: msgauth.CanonicalizationRelaxed, signatures: 1, content: "base64", size: largeBody}
	out = append(out, c)
	c.content, c.signatures = "text", 3
	for _, c.size = range []int{smallBody, largeBody} {
		out = append(out, c)
	}
	return out, nil
}

// body returns a body of about c.size octets: prose in paragraphs, with lines
// of up to 78 octets, or the base64 of an attachment.
func (c dkimCase) body() []byte {
	if c.content == "base64" {
		line := strings.Repeat("QUJD", 19) + "\r\n"
		return bytes.Repeat([]byte(line), c.size/len(line))
	}
	rnd := mrand.New(mrand.NewPCG(1, 2))
	var b bytes.Buffer
	for column, line := 0, 0; b.Len() < c.size; {
		n := 1 + rnd.IntN(9)
		switch {
		case column+1+n > 78:
			b.WriteString("\r\n")
			column = 0
			if line++; line%8 == 0 {
				b.WriteString("\r\n")
			}
		case column > 0:
			b.WriteByte(' ')
			column++
		}
		for range n {
			b.WriteByte('a' + byte(rnd.IntN(26)))
		}
		column += n
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

const dkimHeader = "Received: from mail.example.org (mail.example.org [192.0.2.1])\r\n" +
	"\tby mx.example.net (Postfix) with ESMTPS id 4Bq0Jz1xYz3c7p\r\n" +
	"\tfor <bob@example.net>; Sat, 21 Nov 2026 10:00:01 +0000 (UTC)\r\n" +
	"Received: from [198.51.100.7] (unknown [198.51.100.7])\r\n" +
	"\tby mail.example.org (Postfix) with ESMTPSA id 9C2A61F0\r\n" +
	"\tfor <bob@example.net>; Sat, 21 Nov 2026 10:00:00 +0000 (UTC)\r\n" +
	"Message-ID: <0f1e2d3c4b5a.1763719200@mail.example.org>\r\n" +
	"Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n" +
	"From: Alice Example <alice@example.org>\r\n" +
	"To: Bob Example <bob@example.net>\r\n" +
	"Subject: Notes of the meeting on Friday, and what is left to do\r\n" +
	"List-Unsubscribe: <https://lists.example.org/u/3f2a>, <mailto:u-3f2a@lists.example.org>\r\n" +
	"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" +
	"MIME-Version: 1.0\r\n" +
	"Content-Type: text/plain; charset=utf-8\r\n" +
	"Content-Transfer-Encoding: 8bit\r\n\r\n"

// dkimSelectors are those of the signatures, as many as there are.
var dkimSelectors = []string{"s1", "s2", "s3"}

// message returns the signed message. Each signature stands above those before it.
func (c dkimCase) message(body []byte) ([]byte, error) {
	unsigned := append([]byte(dkimHeader), body...)
	var out bytes.Buffer
	for _, selector := range dkimSelectors[:c.signatures] {
		s, err := msgauth.NewSigner(&msgauth.SignOptions{
			Domain: "example.org", Selector: selector, Signer: c.key.signer,
			HeaderCanonicalization: c.canon, BodyCanonicalization: c.canon,
			HeaderKeys: []string{
				"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
				"Content-Transfer-Encoding", "List-Unsubscribe", "List-Unsubscribe-Post",
			},
		})
		if err != nil {
			return nil, err
		}
		if _, err := s.Write(unsigned); err != nil {
			return nil, err
		}
		if err := s.Close(); err != nil {
			return nil, err
		}
		out.WriteString(s.Signature())
	}
	out.Write(unsigned)
	return out.Bytes(), nil
}

// floor returns what nobody can do without: to hash the body once, and to use the
// public key, which is parsed already, once for each signature.
func (c dkimCase) floor(body []byte, signatures int) (func() error, error) {
	sum := sha256.Sum256(body)
	opts := crypto.SignerOpts(crypto.SHA256)
	if c.key.name == "ed25519" {
		opts = crypto.Hash(0)
	}
	sig, err := c.key.signer.Sign(rand.Reader, sum[:], opts)
	if err != nil {
		return nil, err
	}
	public := c.key.signer.Public()
	return func() error {
		got := sha256.Sum256(body)
		for range signatures {
			switch public := public.(type) {
			case *rsa.PublicKey:
				if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, got[:], sig); err != nil {
					return err
				}
			case ed25519.PublicKey:
				if !ed25519.Verify(public, got[:], sig) {
					return errVerify
				}
			}
		}
		return nil
	}, nil
}

// ours returns a verification by mailworthy with the keys at hand.
func (c dkimCase) ours(message []byte) func() error {
	snapshot := make(resolver.Snapshot)
	for _, selector := range dkimSelectors {
		q := resolver.Q(selector+"._domainkey.example.org", resolver.TypeTXT)
		snapshot[q] = resolver.Answer{
			Status: resolver.Success, TXT: []resolver.Text{c.key.text()}, TTL: 3600,
		}
	}
	opts := dkim.Options{Time: time.Now()}
	return func() error {
		m, err := dkim.ReadMessage(bytes.NewReader(message), dkim.ReadOptions{})
		if err != nil {
			return err
		}
		res, missing := dkim.Evaluate(m, opts, snapshot)
		if len(missing) > 0 || len(res.Signatures) != c.signatures {
			return errVerify
		}
		for i := range res.Signatures {
			if res.Signatures[i].Status != dkim.Pass {
				return fmt.Errorf("%w: %s", errVerify, res.Signatures[i].Code)
			}
		}
		return nil
	}
}

// peer returns a verification by go-msgauth with the keys in a map.
func (c dkimCase) peer(message []byte) func() error {
	records := make(map[string][]string)
	for _, selector := range dkimSelectors {
		records[selector+"._domainkey.example.org"] = []string{c.key.record}
	}
	opts := &msgauth.VerifyOptions{
		LookupTXT: func(domain string) ([]string, error) { return records[domain], nil },
	}
	return func() error {
		verifications, err := msgauth.VerifyWithOptions(bytes.NewReader(message), opts)
		if err != nil {
			return err
		}
		if len(verifications) != c.signatures {
			return errVerify
		}
		for _, v := range verifications {
			if v.Err != nil {
				return fmt.Errorf("%w: %w", errVerify, v.Err)
			}
		}
		return nil
	}
}

// workload returns the contenders, all of which have to find every signature good.
func (c dkimCase) workload() (workload, error) {
	body := c.body()
	message, err := c.message(body)
	if err != nil {
		return workload{}, err
	}
	floor, err := c.floor(body, c.signatures)
	if err != nil {
		return workload{}, err
	}
	w := workload{name: c.name(), contenders: []contender{
		repeat(dkimFloor, floor), repeat(dkimRead, c.ours(message)), repeat(dkimPeer, c.peer(message)),
	}}
	if c.signatures > 1 {
		one, err := c.floor(body, 1)
		if err != nil {
			return workload{}, err
		}
		w.contenders = append(w.contenders, repeat(dkimOneFloor, one))
	}
	for _, contender := range w.contenders {
		if err := contender.run(1); err != nil {
			return workload{}, fmt.Errorf("%s: %s: %w", w.name, contender.name, err)
		}
	}
	return w, nil
}

func repeat(name string, once func() error) contender {
	return contender{name, func(n int) error {
		for range n {
			if err := once(); err != nil {
				return err
			}
		}
		return nil
	}}
}

func compareDKIM(s settings, r *report) error {
	cases, err := dkimCases()
	if err != nil {
		return err
	}
	var middle costs
	for _, c := range cases {
		w, err := c.workload()
		if err != nil {
			return err
		}
		used, err := r.compare(s, w)
		if err != nil {
			return err
		}
		over := used.ratio(dkimRead, dkimFloor, cpu)
		switch {
		case c.signatures > 1 && c.size == largeBody:
			r.atMost(2, used.ratio(dkimRead, dkimOneFloor, cpu), w.name+": CPU, in multiples of the floor of one signature")
		case c.canon == msgauth.CanonicalizationSimple:
			r.atMost(1.5, over, w.name+": CPU, in multiples of the floor")
		default:
			r.atMost(2, over, w.name+": CPU, in multiples of the floor")
		}
		r.atLeast(1, used.ratio(dkimPeer, dkimRead, cpu), w.name+": CPU that the peer takes, in multiples of ours")
		switch c.size {
		case middleBody:
			middle = used
		case largeBody:
			if c.signatures == 1 && c.content == "text" {
				more := used.median(dkimRead, allocs) - middle.median(dkimRead, allocs)
				r.atMost(0.5, more, w.name+": allocations more than with 64KB")
			}
		}
	}
	return nil
}
