package dkim_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/stretchr/testify/require"

	ours "github.com/mailworthy/mailworthy/dkim"
)

// benchMessage is a message of about size octets, with a header of 1.5 KB.
func benchMessage(size int, body string) string {
	var b strings.Builder
	for i := range 12 {
		fmt.Fprintf(&b, "Received: from h%d.example.net (h%d.example.net [192.0.2.%d])\r\n\tby mx.example.org with ESMTPS id x%d; Sat, 21 Nov 2026 10:00:00 +0000\r\n", i, i, i, i)
	}
	b.WriteString("Message-ID: <1@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n" + strings.TrimSuffix(message, strings.SplitAfter(message, "\r\n\r\n")[1]))
	head := b.String()
	head = head[:strings.Index(head, "\r\n\r\n")+4]
	line := "The quick brown fox jumps over the lazy dog. It was not amused, and left it.\r\n"
	if body == "base64" {
		line = strings.Repeat("QUJD", 19) + "\r\n"
	}
	return head + strings.Repeat(line, max(1, (size-len(head))/len(line)))
}

// BenchmarkCheck compares a verification with what none can do without: hashing the
// body once, hashing the header, and one public-key operation for each signature.
func BenchmarkCheck(b *testing.B) {
	sizes := []struct {
		name string
		size int
	}{{"2KB", 2 << 10}, {"64KB", 64 << 10}, {"10MB", 10 << 20}}
	records := map[string]string{
		"s1._domainkey.example.org": record(rsaKey().Public()), "s2._domainkey.example.org": record(edKey.Public()),
	}
	view := keysOf(records)
	for _, size := range sizes {
		for _, body := range []string{"base64", "text"} {
			for _, kind := range []string{"rsa-simple", "rsa-relaxed", "ed25519-relaxed", "3-relaxed"} {
				canon := "relaxed/relaxed"
				if kind == "rsa-simple" {
					canon = "simple/simple"
				}
				rsaTags := "v=1; a=rsa-sha256; c=" + canon + "; d=example.org; s=s1; h=From:To:Subject:Date:Message-ID:MIME-Version:Content-Type"
				edTags := strings.Replace(strings.Replace(rsaTags, "rsa", "ed25519", 1), "s1", "s2", 1)
				text := benchMessage(size.size, body)
				var keys []crypto.PublicKey
				switch kind {
				case "ed25519-relaxed":
					text = sign(text, edTags, "", edKey)
					keys = append(keys, edKey.Public())
				case "3-relaxed":
					text = sign(sign(sign(text, rsaTags, "", rsaKey()), rsaTags, "", rsaKey()), edTags, "", edKey)
					keys = append(keys, rsaKey().Public(), rsaKey().Public(), edKey.Public())
				default:
					text = sign(text, rsaTags, "", rsaKey())
					keys = append(keys, rsaKey().Public())
				}
				name := fmt.Sprintf("size=%s/body=%s/sig=%s", size.name, body, kind)
				b.Run(name+"/impl=floor", func(b *testing.B) { benchFloor(b, text, keys) })
				b.Run(name+"/impl=mailworthy", func(b *testing.B) {
					b.ReportAllocs()
					opts := ours.Options{Time: time.Unix(now, 0)}
					for b.Loop() {
						m, err := ours.ReadMessage(strings.NewReader(text), ours.ReadOptions{})
						require.NoError(b, err)
						res, missing := ours.Evaluate(m, opts, view)
						if len(missing) > 0 || res.Status != ours.Pass || len(res.Signatures) != len(keys) {
							b.Fatalf("%+v", res)
						}
					}
				})
				b.Run(name+"/impl=go-msgauth", func(b *testing.B) {
					b.ReportAllocs()
					opts := &dkim.VerifyOptions{LookupTXT: func(domain string) ([]string, error) { return []string{records[domain]}, nil }}
					for b.Loop() {
						v, err := dkim.VerifyWithOptions(strings.NewReader(text), opts)
						require.NoError(b, err)
						if len(v) != len(keys) || v[0].Err != nil {
							b.Fatalf("%+v", v[0])
						}
					}
				})
			}
		}
	}
}

func benchFloor(b *testing.B, text string, keys []crypto.PublicKey) {
	b.ReportAllocs()
	_, body, _ := strings.Cut(text, "\r\n\r\n")
	data, head := []byte(body), bytes.Repeat([]byte("x"), 1500)
	rsum := sha256.Sum256(nil)
	rsig, err := rsaKey().Sign(nil, rsum[:], crypto.SHA256)
	require.NoError(b, err)
	esig := ed25519.Sign(edKey, rsum[:])
	for b.Loop() {
		sha256.Sum256(data)
		for _, k := range keys {
			sha256.Sum256(head)
			switch k := k.(type) {
			case *rsa.PublicKey:
				require.NoError(b, rsa.VerifyPKCS1v15(k, crypto.SHA256, rsum[:], rsig))
			case ed25519.PublicKey:
				require.True(b, ed25519.Verify(k, rsum[:], esig))
			}
		}
	}
}
