package dkim

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"

	"github.com/mailworthy/mailworthy/resolver"
)

// maxKeys is how many records at one selector are tried. There should be one (RFC
// 6376 section 3.6.2.2), and in which order they come is by chance.
const maxKeys = 4

// verify verifies a signature that has no problem so far, and notes one that it
// finds.
func (e *evaluation) verify(c *candidate, s *Signature) {
	s.KeyTTL, s.Secure = c.answer.TTL, c.answer.Secure
	keys, p := e.keys(c)
	if p != nil {
		c.problem = p
		return
	}
	c.keys = len(keys)
	bp := e.verifyBody(c.sig)
	s.BodyMatches = bp == nil
	sum := e.headerSum(c.sig, c.field)
	for i, k := range keys {
		kp := e.checkKey(c.sig, k)
		if kp == nil {
			if s.HeaderMatches = verifies(k, sum[:], c.sig.b); s.HeaderMatches {
				kp = bp
			} else {
				kp = problemf(Fail, CodeSignatureMismatch, "b", "")
			}
		}
		if i == 0 || s.HeaderMatches || c.problem.rank() > kp.rank() {
			c.problem, s.Key, s.Testing = kp, k, k.Testing
		}
		if s.HeaderMatches {
			break
		}
	}
	if c.problem != nil && c.problem.code == CodeSignatureMismatch && bp != nil {
		c.problem = bp // A body that was changed explains more.
	}
}

// rank orders the problems with several keys, the best first.
func (p *problem) rank() int {
	switch {
	case p == nil:
		return 0
	case p.status == Fail:
		return 1
	}
	return 2
}

// keys returns the keys that the answer to a signature's question holds.
func (*evaluation) keys(c *candidate) ([]*Key, *problem) {
	a := &c.answer
	switch {
	case !a.Status.Definitive():
		// RFC 6376 section 6.1.2. A name that can never be asked does not get here.
		return nil, problemf(TempError, CodeKeyDNSFailure, "", string(a.Status))
	case a.Status != resolver.Success || len(a.TXT) == 0:
		return nil, problemf(PermError, CodeKeyMissing, "", "")
	}
	var keys []*Key
	var first *SyntaxError
	for _, txt := range a.TXT {
		k, err := parseKey(txt.String())
		switch {
		case err == nil && len(keys) < maxKeys:
			keys = append(keys, k)
		case err != nil && first == nil:
			first = err
		}
	}
	if len(keys) == 0 {
		return nil, &problem{status: PermError, code: CodeKeySyntax, syntax: first}
	}
	return keys, nil
}

// checkKey judges whether a key may be used for a signature (RFC 6376 section
// 6.1.2, RFC 8301 section 3.2).
func (e *evaluation) checkKey(sig *signature, k *Key) *problem {
	switch {
	case k.Revoked:
		return problemf(PermError, CodeKeyRevoked, "p", "")
	case k.Type != sig.keyType:
		return problemf(PermError, CodeKeyType, "k", string(k.Type))
	case !k.AllowsHash("sha256"):
		return problemf(PermError, CodeKeyHash, "h", "")
	case !k.AllowsService("email"):
		return problemf(PermError, CodeKeyService, "s", "")
	case k.Type == RSA && k.Bits < minKeyBits:
		return problemf(PermError, CodeKeyWeak, "p", "")
	case k.Type == RSA && k.Bits > e.opts.Limits.KeyBits:
		return problemf(Policy, CodeKeyLong, "p", "")
	case sig.kind == dkimSignature && k.Strict && sig.identity != "" && sig.idDomain != sig.domain:
		return problemf(PermError, CodeStrictIdentity, "i", sig.identity)
	}
	return nil
}

// verifyBody compares the body with bh=.
func (e *evaluation) verifyBody(sig *signature) *problem {
	if sig.kind == arcSeal {
		return nil
	}
	sum, whole, ok := e.m.body(sig.body, sig.length)
	switch {
	case ok && bytes.Equal(sum, sig.bh):
		return nil
	case ok:
		return problemf(Fail, CodeBodyHash, "bh", "")
	case sig.length > whole:
		return problemf(Fail, CodeBodyShort, "l", "")
	}
	return problemf(PermError, CodeNotObserved, "bh", "")
}

// headerSum hashes what a signature signs of the header: the fields that h= names,
// each name from the last field upwards, and the signature's own field without the
// value of b= (RFC 6376 sections 3.7 and 5.4.2).
func (e *evaluation) headerSum(sig *signature, self int) [sha256.Size]byte {
	h := e.h
	if e.cursor == nil {
		e.cursor = make([]int, len(h.fields))
		e.buf = make([]byte, 0, min(len(h.text)+len("\r\n"), 8<<10))
	}
	for i := range e.cursor {
		e.cursor[i] = i
	}
	e.buf = e.buf[:0]
	for _, n := range sig.names {
		last, ok := h.last[n]
		if !ok {
			continue
		}
		i := e.cursor[last]
		if i == self {
			// A signature never signs itself as one of h=; another of the name may.
			i = h.previous[i]
		}
		if i < 0 {
			e.cursor[last] = i
			continue
		}
		e.cursor[last] = h.previous[i]
		e.appendField(sig.header, i)
	}
	return e.sumWith(sig, self)
}

func (e *evaluation) appendField(c Canonicalization, i int) {
	f := e.h.fields[i]
	e.buf = c.appendField(e.buf, e.h.raw(f), f.colon)
}

// sumWith hashes what is in e.buf and the signature's own field.
func (e *evaluation) sumWith(sig *signature, self int) [sha256.Size]byte {
	f := e.h.fields[self]
	raw := e.h.raw(f)
	value := f.colon + 1
	own := raw[:value+sig.bAt] + raw[value+sig.bEnd:]
	e.buf = sig.header.appendField(e.buf, own, f.colon)
	return sha256.Sum256(e.buf[:len(e.buf)-len("\r\n")])
}

// verifies is the public-key operation. Ed25519 signs the hash as its message (RFC
// 8463 section 3).
func verifies(k *Key, sum, b []byte) bool {
	switch public := k.Public().(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, sum, b) == nil
	case ed25519.PublicKey:
		return len(public) == ed25519.PublicKeySize && ed25519.Verify(public, sum, b)
	}
	return false
}
