package dkim_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/mailworthy/mailworthy/resolver"
)

// What a signer does, written down as plainly as the RFC says it, for messages that
// no sane signer would make, and to compare with.

var (
	wspRun    = regexp.MustCompile(`[ \t]+`)
	wspAtEnd  = regexp.MustCompile(`[ \t]+(\r\n|$)`)
	emptyTail = regexp.MustCompile(`(\r\n)+$`)
	fold      = regexp.MustCompile(`\r\n([ \t])`)
)

func naiveBody(canon, body string) string {
	if canon == "relaxed" {
		// A line ends with CRLF or with the body, and $ is the end of the text.
		body = wspRun.ReplaceAllString(wspAtEnd.ReplaceAllString(body, "$1"), " ")
		if body = emptyTail.ReplaceAllString(body, ""); body == "" {
			return ""
		}
		return body + "\r\n"
	}
	return emptyTail.ReplaceAllString(body, "") + "\r\n"
}

func naiveField(canon, field string) string {
	if canon == "relaxed" {
		name, value, _ := strings.Cut(strings.TrimSuffix(field, "\r\n"), ":")
		value = wspRun.ReplaceAllString(fold.ReplaceAllString(value, "$1"), " ")
		return strings.ToLower(strings.TrimRight(name, " \t")) + ":" + strings.Trim(value, " ") + "\r\n"
	}
	return field
}

func naiveFields(head string) []string {
	var out []string
	start, at := 0, 0
	for line := range strings.SplitAfterSeq(head, "\r\n") {
		if at > start && line != "" && line[0] != ' ' && line[0] != '\t' {
			out = append(out, head[start:at])
			start = at
		}
		at += len(line)
	}
	if at > start {
		out = append(out, head[start:])
	}
	return out
}

// sign puts a signature before a message. The tags are all but bh= and b=, which are
// added; behind the value of b= comes tail.
func sign(message, tags, tail string, key crypto.Signer) string {
	return signAs("DKIM-Signature", message, tags, tail, key)
}

func signAs(field, message, tags, tail string, key crypto.Signer) string {
	head, body, _ := strings.Cut(message, "\r\n\r\n")
	head += "\r\n"
	get := func(tag string) string {
		for part := range strings.SplitSeq(tags, ";") {
			if n, v, ok := strings.Cut(part, "="); ok && strings.TrimSpace(n) == tag {
				return strings.TrimSpace(v)
			}
		}
		return ""
	}
	hc, bc, _ := strings.Cut(strings.ToLower(get("c")), "/")
	if bc == "" {
		bc = "simple"
	}
	body = naiveBody(bc, body)
	if l, err := strconv.Atoi(get("l")); err == nil && l < len(body) {
		body = body[:l]
	}
	bh := sha256.Sum256([]byte(body))
	fields := naiveFields(head)
	used := make(map[int]bool)
	var signed strings.Builder
	for name := range strings.SplitSeq(get("h"), ":") {
		for i := len(fields) - 1; i >= 0; i-- {
			n, _, _ := strings.Cut(fields[i], ":")
			if !used[i] && strings.EqualFold(strings.TrimSpace(n), strings.TrimSpace(name)) {
				used[i] = true
				signed.WriteString(naiveField(hc, fields[i]))
				break
			}
		}
	}
	own := field + ": " + tags + "; bh=" + base64.StdEncoding.EncodeToString(bh[:]) + ";\r\n b="
	signed.WriteString(strings.TrimSuffix(naiveField(hc, own+strings.TrimLeft(tail, " ")+"\r\n"), "\r\n"))
	return own + signature(signed.String(), key) + tail + "\r\n" + message
}

func signature(text string, key crypto.Signer) string {
	sum := sha256.Sum256([]byte(text))
	var opts crypto.SignerOpts = crypto.SHA256
	if _, ok := key.(ed25519.PrivateKey); ok {
		opts = crypto.Hash(0)
	}
	b, err := key.Sign(rand.Reader, sum[:], opts)
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(b)
}

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

var edKey = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

// record is the key record of a public key.
func record(public crypto.PublicKey) string {
	switch k := public.(type) {
	case *rsa.PublicKey:
		der, err := x509.MarshalPKIXPublicKey(k)
		if err != nil {
			panic(err)
		}
		return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
	case ed25519.PublicKey:
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(k)
	}
	panic("no key")
}

// oddKey is a public key of a size that nobody should use.
func oddKey(bits int) *rsa.PublicKey {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	return &rsa.PublicKey{N: n.Add(n, big.NewInt(1)), E: 65537}
}

// answerOf splits a record into strings.
func answerOf(record string) resolver.Answer {
	var t resolver.Text
	for len(record) > 255 {
		t = append(t, record[:255])
		record = record[255:]
	}
	return resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{append(t, record)}, TTL: 300, Secure: true}
}

// keysOf is a view of keys by the name before the domain.
func keysOf(records map[string]string) resolver.Snapshot {
	s := make(resolver.Snapshot)
	for name, r := range records {
		s[resolver.Q(name, resolver.TypeTXT)] = answerOf(r)
	}
	return s
}
