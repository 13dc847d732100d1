package resolver

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
)

// Status says how a question ended. The empty Status means that it was not
// asked.
type Status string

// The statuses. The first three are answers, the others failures to find out.
const (
	Success  Status = "success"  // records of the type asked for exist
	NoData   Status = "nodata"   // the name exists, but has no such records
	NXDomain Status = "nxdomain" // the name does not exist, nor anything below it (RFC 8020)
	ServFail Status = "servfail" // the server could not find out
	Refused  Status = "refused"  // the server does not want to answer
	Timeout  Status = "timeout"  // nothing answered in time
	Failed   Status = "failed"   // anything else: network, broken replies, alias loops, bad names
)

// Definitive reports whether s is an answer, rather than a failure to find out.
func (s Status) Definitive() bool { return s == Success || s == NoData || s == NXDomain }

// Valid reports whether s is one of the constants.
func (s Status) Valid() bool {
	switch s {
	case Success, NoData, NXDomain, ServFail, Refused, Timeout, Failed:
		return true
	}
	return false
}

// UnmarshalText reads a status, and "" for none. Whatever else was stored is no status,
// and an error, so that no other text gets into evidence.
func (s *Status) UnmarshalText(text []byte) error {
	if got := Status(text); got == "" || got.Valid() {
		*s = got
		return nil
	}
	return fmt.Errorf("resolver: no status %q", text)
}

// Type is a DNS record type. It marshals as its mnemonic.
type Type uint16

// The record types that mailworthy reads.
const (
	TypeA     Type = 1
	TypeNS    Type = 2
	TypeCNAME Type = 5
	TypeSOA   Type = 6
	TypePTR   Type = 12
	TypeMX    Type = 15
	TypeTXT   Type = 16
	TypeAAAA  Type = 28
	TypeTLSA  Type = 52
	TypeSPF   Type = 99 // obsolete since RFC 7208, asked only to report it
)

var typeNames = map[Type]string{
	TypeA: "A", TypeNS: "NS", TypeCNAME: "CNAME", TypeSOA: "SOA", TypePTR: "PTR", TypeMX: "MX",
	TypeTXT: "TXT", TypeAAAA: "AAAA", TypeTLSA: "TLSA", TypeSPF: "SPF",
}

var typeValues = func() map[string]Type {
	m := make(map[string]Type, len(typeNames))
	for t, s := range typeNames {
		m[s] = t
	}
	return m
}()

// String returns the type's mnemonic, or "TYPE123" for one that this package
// does not read (RFC 3597).
func (t Type) String() string {
	if s, ok := typeNames[t]; ok {
		return s
	}
	return "TYPE" + strconv.Itoa(int(t))
}

// ParseType reads what [Type.String] writes, in any case.
func ParseType(s string) (Type, error) {
	up := strings.ToUpper(s)
	if t, ok := typeValues[up]; ok {
		return t, nil
	}
	if num, ok := strings.CutPrefix(up, "TYPE"); ok {
		if n, err := strconv.ParseUint(num, 10, 16); err == nil {
			return Type(n), nil
		}
	}
	return 0, fmt.Errorf("resolver: no record type %q", s)
}

// MarshalText writes what [Type.String] returns.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what [Type.MarshalText] writes.
func (t *Type) UnmarshalText(text []byte) (err error) {
	*t, err = ParseType(string(text))
	return err
}

// Question is what is asked: a name and a record type, in class IN. Two Questions
// are the same question exactly when they are ==, as long as both come from [Q].
type Question struct {
	// Name is an absolute domain name in lower-case A-labels without the final
	// dot. Octets other than printable ASCII, and dots inside a label, are in
	// the escaped form of zone files (RFC 1035 section 5.1). The root is "".
	Name string
	Type Type
}

// Q returns the Question for a name in any case, with or without the final dot,
// in U- or A-labels. A name that cannot be normalised is kept as it is; looking
// it up fails with [ErrName].
func Q(domain string, t Type) Question {
	if n, err := name.Normalize(domain); err == nil {
		domain = n
	}
	return Question{Name: domain, Type: t}
}

// Reverse returns the question for the names of an address: a PTR in
// in-addr.arpa, or in ip6.arpa. An IPv4 address mapped into IPv6 counts as IPv4.
// The zero Addr has no name: looking its question up fails with [ErrName].
func Reverse(ip netip.Addr) Question {
	if !ip.IsValid() {
		return Question{Name: ".in-addr.arpa", Type: TypePTR}
	}
	return Question{Name: name.Reverse(ip), Type: TypePTR}
}

// String returns "name type". Only a name that cannot be asked holds octets that
// are not printable ASCII; they are escaped, so that it can go to a terminal.
func (q Question) String() string {
	for i := range len(q.Name) {
		if c := q.Name[i]; c < ' ' || c >= 0x7f {
			q.Name = name.Escape(q.Name)
			break
		}
	}
	return q.text()
}

func (q Question) text() string {
	if q.Name == "" {
		return ". " + q.Type.String()
	}
	return q.Name + " " + q.Type.String()
}

// MarshalText writes "name type", with the name as it is, so that a Question can
// be the key of a JSON object.
func (q Question) MarshalText() ([]byte, error) { return []byte(q.text()), nil }

// UnmarshalText reads what [Question.MarshalText] writes.
func (q *Question) UnmarshalText(text []byte) error {
	s := string(text)
	i := strings.LastIndexByte(s, ' ') // A name that cannot be asked may hold blanks.
	if i < 0 {
		return fmt.Errorf("resolver: question %q is not of the form \"name type\"", text)
	}
	t, err := ParseType(s[i+1:])
	if err != nil {
		return err
	}
	*q = Q(s[:i], t)
	return nil
}

// Answer is what came back for a Question. Which of the slices is filled depends
// on the type asked for. Names in it are in the form of [Question].Name.
//
// Answers are shared between callers: treat what they hold as read-only.
type Answer struct {
	Status Status       `json:"status"`
	Addrs  []netip.Addr `json:"addrs,omitempty"` // A and AAAA
	Hosts  []string     `json:"hosts,omitempty"` // PTR, NS, CNAME, and the primary server of an SOA
	MX     []MXHost     `json:"mx,omitempty"`    // in the order received
	TXT    []Text       `json:"txt,omitempty"`   // TXT and SPF
	TLSA   []TLSA       `json:"tlsa,omitempty"`
	// Alias is the chain of CNAME targets that were followed, in order. The last
	// is the name that has the records, or lacks them.
	Alias []string `json:"alias,omitempty"`
	// TTL is for how many more seconds the answer is valid: the lowest of the
	// records and aliases, or for a negative answer what RFC 2308 section 5 says.
	// Zero means that it must not be kept.
	TTL uint32 `json:"ttl"`
	// Secure is true when a validating resolver that is trusted said that DNSSEC
	// proves the whole answer (the AD bit).
	Secure bool `json:"secure,omitzero"`
	// Server is who answered, as "address:port"; empty for a mock.
	Server string `json:"server,omitempty"`
	// Problem says in words why the Status is not definitive, with the server's
	// explanation (RFC 8914) if it gave one. A definitive answer has it only when
	// the server explains something, such as that it blocks the name.
	Problem string `json:"problem,omitempty"`
}

// UnmarshalJSON reads a stored answer. Its names are put into normal form, and its words
// made printable, since whatever somebody wrote may get into evidence.
func (a *Answer) UnmarshalJSON(b []byte) error {
	type plain Answer
	if err := json.Unmarshal(b, (*plain)(a)); err != nil {
		return err
	}
	a.normalize()
	return nil
}

// MXHost is one MX record. The host is "" for a null MX (RFC 7505).
type MXHost struct {
	Host string `json:"host"`
	Pref uint16 `json:"pref"`
}

// TLSA is one TLSA record (RFC 6698 section 2.1).
type TLSA struct {
	Usage    uint8  `json:"usage"`
	Selector uint8  `json:"selector"`
	Matching uint8  `json:"matching"`
	Data     []byte `json:"data"`
}

// Text is one TXT record: its character-strings, in order, each of at most 255
// octets. It marshals as an array of strings in which a backslash and octets
// other than printable ASCII are escaped as in zone files, so that nothing is
// lost whatever octets there are.
type Text []string

// String returns the character-strings joined with nothing between them, as SPF,
// DKIM and DMARC read a record. It does not escape.
func (t Text) String() string {
	if len(t) == 1 {
		return t[0]
	}
	return strings.Join(t, "")
}

// MarshalJSON writes an array of escaped strings.
func (t Text) MarshalJSON() ([]byte, error) {
	out := make([]string, len(t))
	for i, s := range t {
		out[i] = name.Escape(s)
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what [Text.MarshalJSON] writes.
func (t *Text) UnmarshalJSON(b []byte) error {
	var in []string
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	for i, s := range in {
		raw, err := name.Unescape(s)
		if err != nil {
			return fmt.Errorf("resolver: text %q: %w", s, err)
		}
		in[i] = raw
	}
	*t = in
	return nil
}
