package dkim

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxKeyText is how long a TXT record can be at most, whatever its strings.
	maxKeyText = 65535
	// maxKeyBits bounds the RSA keys that are looked at. RFC 8301 section 3.2 asks
	// for up to 4096; the time that one verification takes grows with the square.
	maxKeyBits = 16384
	// maxKeyData is what the DER form of the largest key fits into.
	maxKeyData = maxKeyBits/8 + 512
)

// KeyType is the algorithm that a key is for: the value of its tag k=, in lower
// case.
type KeyType string

// The key types (RFC 6376 section 3.6.1, RFC 8463 section 4).
const (
	RSA     KeyType = "rsa"
	Ed25519 KeyType = "ed25519"
)

// Key is a key record, as published in a TXT record (RFC 6376 section 3.6.1). It
// comes from [Parse], or from the JSON of one that did, and is not changed then.
type Key struct {
	// Version is the value of v=: "DKIM1", or empty when the tag is omitted.
	Version string `json:"version,omitempty"`
	// Type is RSA, when k= is omitted too, Ed25519, or a type that this package
	// does not know, whose key is good for nothing.
	Type KeyType `json:"type"`
	// Hashes are the hash algorithms of h=, in lower case; none means all.
	Hashes []string `json:"hashes,omitempty"`
	// Services are the service types of s=, in lower case; none means all.
	Services []string `json:"services,omitempty"`
	// Flags are those of t=, in lower case, unknown ones too.
	Flags []string `json:"flags,omitempty"`
	// Testing is the flag y: receivers treat mail as unsigned if the signature
	// fails.
	Testing bool `json:"testing,omitzero"`
	// Strict is the flag s: the domain of i= must be that of d=.
	Strict bool `json:"strict,omitzero"`
	// Notes is the value of n=, in quoted-printable as published, on one line.
	Notes string `json:"notes,omitempty"`
	// Revoked says that p= is empty: the key was withdrawn.
	Revoked bool `json:"revoked,omitzero"`
	// Bits is the key's size: of the modulus of an RSA key, 256 for Ed25519, 0
	// when the key is revoked or of an unknown type.
	Bits int `json:"bits,omitzero"`
	// PKCS1 says that an RSA key is published as bare RSAPublicKey, as RFC 6376
	// has it, and not as the SubjectPublicKeyInfo that nearly everybody publishes.
	PKCS1 bool `json:"pkcs1,omitzero"`
	// Data is the decoded value of p=.
	Data []byte `json:"data,omitempty"`
	// Text is the record that was parsed.
	Text string `json:"text"`

	public crypto.PublicKey
}

// SyntaxError says where a record or a signature breaks the grammar.
type SyntaxError struct {
	// Text is what was parsed.
	Text string `json:"text"`
	// Offset is where in Text the trouble is, in octets.
	Offset int `json:"offset"`
	// Tag is the name of the tag in question; it is empty when no tag is.
	Tag string `json:"tag,omitempty"`
	// Reason says what is wrong.
	Reason string `json:"reason"`
}

// Error returns the place and the reason.
func (e *SyntaxError) Error() string {
	if e.Tag != "" {
		return fmt.Sprintf("dkim: octet %d, tag %q: %s", e.Offset, e.Tag, e.Reason)
	}
	return fmt.Sprintf("dkim: octet %d: %s", e.Offset, e.Reason)
}

// Parse reads a key record: the strings of one TXT record, joined without anything
// between them. Unknown tags, flags, service types and hash algorithms are ignored,
// as is white space in p= (RFC 6376 sections 3.2 and 3.6.1). An error is a
// [*SyntaxError].
//
// Keys that are too weak to be verified parse; see Bits. An RSA key over 16384 bits
// does not. The time that Parse takes is proportional to the record's length.
func Parse(txt string) (*Key, error) {
	k, err := parseKey(txt)
	if err != nil {
		return nil, err
	}
	return k, nil
}

func parseKey(txt string) (*Key, *SyntaxError) {
	if len(txt) > maxKeyText {
		return nil, &SyntaxError{Text: txt[:maxKeyText], Offset: maxKeyText, Reason: "the record is longer than a TXT record can be"}
	}
	k := &Key{Type: RSA, Text: txt}
	var p tag
	s := tagScanner{text: txt}
	for first := true; ; first = false {
		t, more, err := s.next()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		if t.name == "p" {
			p = t
			continue
		}
		if reason := k.set(t, first); reason != "" {
			return nil, s.fail(t.valueAt, t.name, reason)
		}
	}
	if p.name == "" {
		return nil, s.fail(len(txt), "p", "the tag is missing")
	}
	if p.value == "" {
		k.Revoked = true
		return k, nil
	}
	data, at, reason := decodeBase64(p.value)
	if reason != "" {
		return nil, s.fail(p.valueAt+at, "p", reason)
	}
	k.Data = data
	if reason := k.decode(); reason != "" {
		return nil, s.fail(p.valueAt, "p", reason)
	}
	return k, nil
}

// set takes over a tag other than p=. It returns what is wrong with its value.
func (k *Key) set(t tag, first bool) string {
	switch t.name {
	case "v":
		if !first {
			return "the version must be the first tag"
		}
		if k.Version = t.value; k.Version != "DKIM1" {
			return `the version is not "DKIM1"`
		}
	case "k":
		if k.Type = KeyType(strings.ToLower(t.value)); k.Type == "" {
			return "no key type"
		}
	case "h":
		if k.Hashes = splitList(t.value); k.Hashes == nil {
			return "no hash algorithm"
		}
	case "s":
		if k.Services = splitList(t.value); k.Services == nil {
			return "no service type"
		}
	case "t":
		k.Flags = splitList(t.value)
		k.Testing, k.Strict = slices.Contains(k.Flags, "y"), slices.Contains(k.Flags, "s")
	case "n":
		k.Notes = strings.ReplaceAll(t.value, "\r\n", "")
	}
	return ""
}

// decode makes the public key from Type and Data. It returns what is wrong with
// them. A key of an unknown type is left alone.
func (k *Key) decode() string {
	switch k.Type {
	case RSA:
		if len(k.Data) > maxKeyData {
			return fmt.Sprintf("an RSA key over %d bits", maxKeyBits)
		}
		key, pkcs1 := parseRSA(k.Data)
		switch {
		case key == nil:
			return "no RSA key"
		case key.N.BitLen() > maxKeyBits:
			return fmt.Sprintf("an RSA key over %d bits", maxKeyBits)
		case key.N.Bit(0) == 0 || key.E&1 == 0 || key.E < 3:
			return "no valid RSA key: modulus or exponent is even, or the exponent is 1"
		}
		k.public, k.Bits, k.PKCS1 = key, key.N.BitLen(), pkcs1
	case Ed25519:
		// RFC 8463 section 4.2: the bare key, without ASN.1 around it.
		if len(k.Data) != ed25519.PublicKeySize {
			return fmt.Sprintf("an Ed25519 key has %d octets, and this has %d", ed25519.PublicKeySize, len(k.Data))
		}
		k.public, k.Bits = ed25519.PublicKey(k.Data), 8*ed25519.PublicKeySize
	}
	return ""
}

// parseRSA reads both forms of RSA keys that are in use, and says whether it was
// RSAPublicKey.
func parseRSA(der []byte) (key *rsa.PublicKey, pkcs1 bool) {
	if public, err := x509.ParsePKIXPublicKey(der); err == nil {
		key, _ = public.(*rsa.PublicKey)
		return key, false
	}
	key, err := x509.ParsePKCS1PublicKey(der)
	if err != nil {
		return nil, false
	}
	return key, true
}

// Public returns the key itself: an *rsa.PublicKey or an ed25519.PublicKey, and nil
// when it is revoked or of an unknown type.
func (k *Key) Public() crypto.PublicKey { return k.public }

// AllowsHash reports whether signatures with a hash algorithm, such as "sha256",
// may use the key.
func (k *Key) AllowsHash(hash string) bool {
	return len(k.Hashes) == 0 || slices.Contains(k.Hashes, strings.ToLower(hash))
}

// AllowsService reports whether the key is for a service type, such as "email".
func (k *Key) AllowsService(service string) bool {
	return len(k.Services) == 0 || slices.Contains(k.Services, "*") || slices.Contains(k.Services, strings.ToLower(service))
}

// String returns the record in plain form: known tags alone, without those that
// have their default value except v= and k=, and with p= last and without blanks.
// Parse reads it back as the same key but for the Text.
func (k *Key) String() string {
	var b strings.Builder
	b.WriteString("v=DKIM1; k=" + string(k.Type))
	for _, list := range []struct {
		name   string
		values []string
	}{{"h", k.Hashes}, {"s", k.Services}, {"t", k.Flags}} {
		if len(list.values) > 0 {
			b.WriteString("; " + list.name + "=" + strings.Join(list.values, ":"))
		}
	}
	if k.Notes != "" {
		b.WriteString("; n=" + k.Notes)
	}
	b.WriteString("; p=" + base64.StdEncoding.EncodeToString(k.Data))
	return b.String()
}

// UnmarshalJSON reads what json.Marshal writes for a key, and makes the public key
// again from its data. It fails when the data is not of the Type.
func (k *Key) UnmarshalJSON(text []byte) error {
	type plain Key
	var p plain
	if err := json.Unmarshal(text, &p); err != nil {
		return err
	}
	*k = Key(p)
	if len(k.Data) == 0 {
		return nil
	}
	if reason := k.decode(); reason != "" {
		return fmt.Errorf("dkim: key data: %s", reason)
	}
	return nil
}

// tag is one tag of a tag-list, and where it stands.
type tag struct {
	name, value     string
	nameAt, valueAt int
}

// tagScanner reads the tag-list of a key record (RFC 6376 section 3.2) from front
// to end.
type tagScanner struct {
	text string
	at   int
	// letters are the tags seen whose name is one small letter, as most of those of
	// RFC 6376 are, and bh; others are all others.
	letters uint32
	others  map[string]bool
}

// repeated reports whether a tag was seen before, and remembers it.
func (s *tagScanner) repeated(name string) bool {
	var bit uint32
	switch {
	case len(name) == 1 && 'a' <= name[0] && name[0] <= 'z':
		bit = 1 << (name[0] - 'a')
	case name == "bh":
		bit = 1 << 31
	default:
		if s.others[name] {
			return true
		}
		if s.others == nil {
			s.others = make(map[string]bool)
		}
		s.others[name] = true
		return false
	}
	seen := s.letters&bit != 0
	s.letters |= bit
	return seen
}

func (s *tagScanner) fail(at int, name, reason string) *SyntaxError {
	return &SyntaxError{Text: s.text, Offset: at, Tag: name, Reason: reason}
}

// next returns the next tag, and false behind the last one.
func (s *tagScanner) next() (t tag, more bool, err *SyntaxError) {
	start := skipFWS(s.text, s.at)
	if start == len(s.text) && s.at > 0 {
		return tag{}, false, nil
	}
	end := len(s.text)
	if i := strings.IndexByte(s.text[start:], ';'); i >= 0 {
		end = start + i
	}
	s.at = min(end+1, len(s.text))
	if start == end {
		return tag{}, false, s.fail(start, "", "a tag is missing")
	}
	n := start
	for n < end && (alphanumeric(s.text[n]) || s.text[n] == '_') {
		n++
	}
	t.name, t.nameAt = s.text[start:n], start
	if n == start || !alpha(s.text[start]) {
		return tag{}, false, s.fail(start, "", "a tag's name must start with a letter")
	}
	equals := skipFWS(s.text, n)
	if equals >= end || s.text[equals] != '=' {
		return tag{}, false, s.fail(min(equals, end), t.name, `"=" is missing behind the name`)
	}
	if s.repeated(t.name) {
		return tag{}, false, s.fail(start, t.name, "the tag stands twice")
	}
	t.valueAt = min(skipFWS(s.text, equals+1), end)
	t.value = strings.TrimRight(s.text[t.valueAt:end], " \t\r\n")
	if i := badOctet(s.text[t.valueAt:end]); i >= 0 {
		return tag{}, false, s.fail(t.valueAt+i, t.name, "a character that no value may hold")
	}
	return t, true, nil
}

// skipFWS returns where the folding white space at text[at:] ends: blanks, tabs and
// line breaks that one of these follows.
func skipFWS(text string, at int) int {
	for at < len(text) {
		switch {
		case text[at] == ' ' || text[at] == '\t':
			at++
		case folds(text[at:]):
			at += 3
		default:
			return at
		}
	}
	return at
}

// folds reports whether s starts with a line break that is folding white space.
func folds(s string) bool {
	return len(s) > 2 && s[0] == '\r' && s[1] == '\n' && (s[2] == ' ' || s[2] == '\t')
}

// badOctet returns where a value holds what none may: a control character, also
// one in UTF-8, a line break that does not fold, or what is not UTF-8. It is -1 for
// a good value. That letters outside ASCII are good is what RFC 6376 section 3.2
// advises.
func badOctet(value string) int {
	for i := 0; i < len(value); {
		c := value[i]
		switch {
		case ' ' <= c && c < 0x7f || c == '\t':
			i++
			continue
		case folds(value[i:]):
			i += 3
			continue
		case c < utf8.RuneSelf:
			return i
		}
		r, size := utf8.DecodeRuneInString(value[i:])
		if r == utf8.RuneError && size == 1 || unicode.IsControl(r) {
			return i
		}
		i += size
	}
	return -1
}

// splitList cuts a list at its colons, in lower case and without white space around
// the elements and empty ones.
func splitList(value string) []string {
	var out []string
	for s := range strings.SplitSeq(strings.ToLower(value), ":") {
		if s = strings.Trim(s, " \t\r\n"); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// decodeBase64 decodes a base64string of RFC 6376 section 2.10: white space may
// stand anywhere, and padding may be missing. It returns what is wrong, and where.
func decodeBase64(value string) (data []byte, at int, reason string) {
	buf := make([]byte, 0, len(value))
	padding := 0
	for i := range len(value) {
		switch c := value[i]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		case c == '=':
			if padding++; padding > 2 {
				return nil, i, "no base64: too many equals signs"
			}
		case padding > 0:
			return nil, i, "no base64: more follows the equals sign at the end"
		case alphanumeric(c) || c == '+' || c == '/':
			buf = append(buf, c)
		default:
			return nil, i, "no base64: a character that does not belong there"
		}
	}
	if len(buf) == 0 || len(buf)%4 == 1 {
		return nil, len(value), "no base64: the end is missing"
	}
	data = make([]byte, base64.RawStdEncoding.DecodedLen(len(buf)))
	n, err := base64.RawStdEncoding.Decode(data, buf)
	if err != nil {
		return nil, 0, "no base64"
	}
	return data[:n], 0, ""
}

func alpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func alphanumeric(c byte) bool { return alpha(c) || '0' <= c && c <= '9' }
