package dkim

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy"
)

// This file finds out what a broken key record was meant to be.

// mistake is one that people make in key records, and what undoes it.
type mistake struct {
	code   mailworthy.Code
	what   string // is wrong, as the end of "The record ..."
	advice string
	mend   func(record string) string
}

// mistakes are tried in this order, each on what those before left.
var mistakes = [...]mistake{
	{
		CodeKeyPrefix, "has something else before it",
		"Enter the record's text alone, from v=DKIM1 on.", mendPrefix,
	},
	{
		CodeKeyArmor, "holds the first or last line of a PEM file",
		"Enter only what is between these lines.", mendArmor,
	},
	{
		CodeKeyQuotes, "holds quotation marks or backslashes as part of its text",
		"Enter the text without them; they belong in zone files only.", mendQuotes,
	},
	{
		CodeKeyLineBreak, "holds a line break",
		"Enter the text as one line.", strings.NewReplacer("\r", "", "\n", "").Replace,
	},
	{
		CodeKeyNonASCII, "holds characters from outside ASCII",
		"Type the text anew, or copy it from the key's file and not from a web page or a word processor.", mendNonASCII,
	},
	{
		CodeKeySemicolon, "has a semicolon too many, or lacks one between two tags",
		"Write one semicolon between two tags.", mendSemicolons,
	},
	{
		CodeKeyVersion, "does not start with the version \"v=DKIM1\"",
		"Write v=DKIM1 as the first tag, with capital letters.", mendVersion,
	},
	{
		CodeKeyBase64, "has a key in the base64 of web addresses, or with \"p=\" twice",
		"Write the key in plain base64, with + and /.", mendBase64,
	},
	{
		CodeKeyForm, "has an Ed25519 key with the structure of a PEM file around it",
		"Publish the last 32 octets of it alone (RFC 8463 section 4.2).", mendForm,
	},
	{
		CodeKeyType, "names another key type than that of its key",
		"Write the key's own type in k=.", mendType,
	},
}

// keyDiagnosis is what is wrong with a broken record.
type keyDiagnosis struct {
	mistakes []mistake
	// key is the record that was meant; it is nil when that is not plain.
	key *Key
}

// diagnoseKey recognises the mistakes that people make most.
func diagnoseKey(record string) keyDiagnosis {
	var d keyDiagnosis
	for _, m := range mistakes {
		mended := m.mend(record)
		if mended == record {
			continue
		}
		record = mended
		d.mistakes = append(d.mistakes, m)
		if k, err := parseKey(record); err == nil {
			d.key = k
			return d
		}
	}
	return keyDiagnosis{}
}

// mendPrefix removes what stands before the record, as when a whole line of a zone
// file was pasted.
func mendPrefix(record string) string {
	i := indexFold(record, "v=dkim1")
	if i <= 0 || strings.Contains(record[:i], ";") || strings.Trim(record[:i], "\"'\\ \t\r\n") == "" {
		return record
	}
	return strings.TrimRight(record[i:], ") \t")
}

// indexFold returns where s has part, in any case, or -1. Both count in octets, which
// they would not in lower case.
func indexFold(s, part string) int {
	for i := 0; i+len(part) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(part)], part) {
			return i
		}
	}
	return -1
}

// mendArmor removes what is between five hyphens and the next five, and them.
func mendArmor(record string) string {
	const hyphens = "-----"
	parts := strings.Split(record, hyphens)
	if len(parts)%2 == 0 {
		return record
	}
	var b strings.Builder
	for i := 0; i < len(parts); i += 2 {
		b.WriteString(parts[i])
	}
	return b.String()
}

var quotes = strings.NewReplacer(`\n`, "", `\r`, "", `\t`, "", `"`, "", `'`, "", `\`, "")

// mendQuotes removes quotation marks, and the blanks between two strings.
func mendQuotes(record string) string {
	if strings.IndexByte(record, '"') >= 0 {
		parts := strings.Split(record, `"`)
		for i := 1; i < len(parts)-1; i++ {
			if strings.Trim(parts[i], " \t\r\n()") == "" {
				parts[i] = ""
			}
		}
		record = strings.Join(parts, "")
	}
	return quotes.Replace(record)
}

func mendNonASCII(record string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 0xa0:
			return ' '
		case r < ' ' && r != '\t' && r != '\r' && r != '\n', r >= 0x7f:
			return -1
		}
		return r
	}, record)
}

// mendSemicolons puts semicolons before what looks like a tag, and removes those
// without one.
func mendSemicolons(record string) string {
	var out []string
	for part := range strings.SplitSeq(record, ";") {
		words := strings.Fields(part)
		start := 0
		for i, w := range words {
			if i > start && len(w) > 1 && w[1] == '=' && strings.IndexByte("vkphstng", w[0]) >= 0 {
				out = append(out, strings.Join(words[start:i], " "))
				start = i
			}
		}
		if start < len(words) {
			out = append(out, strings.Join(words[start:], " "))
		}
	}
	mended := strings.Join(out, "; ")
	if strings.Count(mended, ";") == strings.Count(strings.TrimRight(record, "; \t"), ";") {
		return record
	}
	return mended
}

// mendVersion puts the version first.
func mendVersion(record string) string {
	parts, at := strings.Split(record, ";"), -1
	for i, part := range parts {
		if name, value, ok := strings.Cut(part, "="); ok && strings.EqualFold(strings.TrimSpace(name), "v") {
			if at >= 0 || !strings.HasPrefix(strings.ToLower(strings.TrimSpace(value)), "dkim") {
				return record
			}
			at = i
		}
	}
	if at < 0 || at == 0 && strings.TrimSpace(parts[0]) == "v=DKIM1" {
		return record
	}
	return "v=DKIM1;" + strings.Join(slices.Delete(parts, at, at+1), ";")
}

func mendBase64(record string) string {
	start, end := valueOf(record, "p")
	if start < 0 {
		return record
	}
	value := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimPrefix(strings.TrimSpace(record[start:end]), "p="))
	return record[:start] + value + record[end:]
}

// spkiEd25519 is what stands before an Ed25519 key in a SubjectPublicKeyInfo (RFC
// 8410 section 4).
var spkiEd25519 = []byte{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00}

func mendForm(record string) string {
	start, end := valueOf(record, "p")
	data := looseBase64(record, start, end)
	if len(data) != len(spkiEd25519)+ed25519.PublicKeySize || !bytes.HasPrefix(data, spkiEd25519) {
		return record
	}
	return record[:start] + base64.StdEncoding.EncodeToString(data[len(spkiEd25519):]) + record[end:]
}

func mendType(record string) string {
	start, end := valueOf(record, "p")
	data := looseBase64(record, start, end)
	kind := RSA
	if len(data) == ed25519.PublicKeySize {
		kind = Ed25519
	} else if len(data) == 0 || len(data) > maxKeyData {
		return record
	} else if key, _ := parseRSA(data); key == nil {
		return record
	}
	if start, end = valueOf(record, "k"); start >= 0 {
		return record[:start] + string(kind) + record[end:]
	}
	if kind == RSA {
		return record
	}
	return strings.TrimRight(record, "; \t") + "; k=" + string(kind)
}

// valueOf returns where the value of a tag is in a record that may be broken, and
// -1 when there is no such tag.
func valueOf(record, name string) (start, end int) {
	at := 0
	for part := range strings.SplitSeq(record, ";") {
		if n, value, ok := strings.Cut(part, "="); ok && strings.TrimSpace(n) == name {
			return at + len(part) - len(value), at + len(part)
		}
		at += len(part) + 1
	}
	return -1, -1
}

// looseBase64 decodes as much of record[start:end] as there are whole groups.
func looseBase64(record string, start, end int) []byte {
	if start < 0 {
		return nil
	}
	text := strings.Map(func(r rune) rune {
		if r < 0x80 && alphanumeric(byte(r)) || r == '+' || r == '/' {
			return r
		}
		return -1
	}, record[start:end])
	if len(text)%4 == 1 {
		text = text[:len(text)-1]
	}
	data, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return data
}

// truncated says how much of the key in a broken record is there, or returns "" when
// it is not cut off: its first octets say how long it is.
func truncated(record string) string {
	start, end := valueOf(record, "p")
	data := looseBase64(record, start, end)
	if len(data) < 4 || data[0] != 0x30 {
		return ""
	}
	header, size := 2, int(data[1])
	switch data[1] {
	case 0x81:
		header, size = 3, int(data[2])
	case 0x82:
		header, size = 4, int(data[2])<<8|int(data[3])
	default:
		if size >= 0x80 {
			return ""
		}
	}
	if header+size <= len(data) {
		return ""
	}
	return strconv.Itoa(len(data)) + " of " + strconv.Itoa(header+size) + " octets"
}
