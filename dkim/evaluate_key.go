package dkim

import (
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// KeyStatus says what is published for a selector.
type KeyStatus string

// The statuses of keys.
const (
	KeyFound     KeyStatus = "found"     // one key, which a receiver can use
	KeyRevoked   KeyStatus = "revoked"   // the key was withdrawn
	KeyMissing   KeyStatus = "missing"   // there is no TXT record
	KeyMalformed KeyStatus = "malformed" // what is there is no key record, or a broken one
	KeyAmbiguous KeyStatus = "ambiguous" // there are several, and nobody knows which one receivers take
	KeyUnusable  KeyStatus = "unusable"  // receivers must ignore the key: its type, size, hashes or services
	KeyTempError KeyStatus = "temperror" // DNS did not tell; asking later may help
	KeyInvalid   KeyStatus = "invalid"   // selector and domain make no name that could be asked for
)

// KeyReport is what is published for one selector of a domain, and what is wrong
// with it.
type KeyReport struct {
	// Selector and Domain are A-labels in lower case, or as given when they make
	// no valid name.
	Selector string `json:"selector"`
	Domain   string `json:"domain"`
	// Name is where receivers look for the key.
	Name   string    `json:"name"`
	Status KeyStatus `json:"status"`
	// Key is the record; it is nil unless the Status is found, revoked or
	// unusable.
	Key *Key `json:"key,omitempty"`
	// Alias holds the targets of the CNAME records that led to the key, in order.
	Alias []string `json:"alias,omitempty"`
	// Provider is the name of the service that the key belongs to, when the
	// catalogue has it. Guessed says that the selector alone tells so.
	Provider string `json:"provider,omitempty"`
	Guessed  bool   `json:"guessed,omitzero"`
	// DNS is the status of the answer.
	DNS resolver.Status `json:"dns,omitempty"`
	// TTL is the answer's remaining life in seconds.
	TTL uint32 `json:"ttl,omitzero"`
	// Secure says that DNSSEC proves the answer.
	Secure bool `json:"secure,omitzero"`
	// Findings says what is wrong and what mends it.
	Findings mailworthy.Findings `json:"findings"`
}

// EvaluateKey examines the key of a selector of a domain: a pure function of them
// and of the answers in v. It returns the questions whose answers it lacks; the
// report is final when there are none. The first round asks for the key, and only
// when there is none a second one asks where it may have gone.
//
// Both names may be in any case, in U- or A-labels (RFC 8616 section 4).
func EvaluateKey(selector, domain string, v resolver.View) (KeyReport, []resolver.Question) {
	return evaluateKey(selector, domain, nil, v)
}

func evaluateKey(selector, domain string, list []Provider, v resolver.View) (KeyReport, []resolver.Question) {
	rep := newKeyReport(selector, domain)
	if rep.Status == KeyInvalid {
		return rep, nil
	}
	asked := asker{view: v}
	a, ok := asked.txt(rep.Name)
	if !ok {
		return rep, asked.missing
	}
	rep.judge(a, orCatalogue(list))
	if rep.Status != KeyMissing || len(rep.Alias) > 0 {
		return rep, nil
	}
	for _, place := range wrongKeyPlaces(rep.Selector, rep.Domain) {
		if a, ok := asked.txt(place); ok {
			rep.elsewhere(place, a)
		}
	}
	return rep, asked.missing
}

// newKeyReport returns a report without a verdict, or one that is invalid.
func newKeyReport(selector, domain string) KeyReport {
	rep := KeyReport{Selector: selector, Domain: domain, Findings: mailworthy.Findings{}}
	s, errS := name.Normalize(selector)
	d, errD := name.Normalize(domain)
	full, err := name.Normalize(s + keyPrefix + d)
	if errS != nil || errD != nil || err != nil || s == "" || d == "" {
		rep.Status = KeyInvalid
		rep.Findings = append(rep.Findings, badKeyName(selector, domain))
		return rep
	}
	rep.Selector, rep.Domain, rep.Name = s, d, full
	return rep
}

// keyPrefix is between selector and domain (RFC 6376 section 3.6.2.1).
const keyPrefix = "._domainkey."

// wrongKeyPlaces are where people publish a key by mistake: below the domain twice,
// since the form for records adds it, and without "_domainkey".
func wrongKeyPlaces(selector, domain string) []string {
	var out []string
	for _, place := range [...]string{selector + keyPrefix + domain + "." + domain, selector + "." + domain} {
		if n, err := name.Normalize(place); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// judge fills the report from the answer to its question.
func (rep *KeyReport) judge(a resolver.Answer, list []Provider) {
	rep.DNS, rep.TTL, rep.Secure, rep.Alias = a.Status, a.TTL, a.Secure, a.Alias
	p, guess := providerOf(rep.Selector, a.Alias, list)
	if p != nil && (len(a.TXT) > 0 || !guess) {
		rep.Provider, rep.Guessed = p.Name, guess
	}
	l := keyLinter{rep: rep, provider: p}
	switch {
	case !a.Status.Definitive():
		rep.Status = KeyTempError
		l.failure(a)
	case len(a.TXT) == 0:
		rep.Status = KeyMissing
		l.missing(a)
	default:
		rep.records(a, &l)
	}
	if len(rep.Alias) > 0 && len(a.TXT) > 0 {
		l.delegated()
	}
	rep.Findings = append(rep.Findings, l.out...)
}

// records chooses the key among the TXT records of the name. One that is no key
// record is set aside when there are others; nothing is chosen from several keys,
// since receivers may take any of them (RFC 6376 section 6.1.2).
func (rep *KeyReport) records(a resolver.Answer, l *keyLinter) {
	var keys, broken []resolver.Text
	first := ""
	for _, t := range a.TXT {
		text := t.String()
		switch k, err := parseKey(text); {
		case err != nil:
			if looksLikeKey(text) {
				broken = append(broken, t)
			}
		case rep.Key == nil:
			rep.Key, first, keys = k, k.String(), append(keys, t)
		case k.String() != first:
			keys = append(keys, t)
		}
	}
	if len(a.TXT) > 1 && len(keys)+len(broken) > 0 {
		l.multiple(a, len(keys)+len(broken))
	}
	several := len(keys)+len(broken) > 1
	broken = broken[:min(len(broken), maxKeysShown)]
	switch {
	case several:
		rep.Key, rep.Status = nil, KeyAmbiguous
		for _, t := range broken {
			l.broken(t)
		}
	case len(keys) == 0:
		rep.Status = KeyMalformed
		for _, t := range broken {
			l.broken(t)
		}
		if len(broken) == 0 {
			l.foreign(a)
		}
	default:
		rep.Status = KeyFound
		if rep.Key.Revoked {
			rep.Status = KeyRevoked
		} else if !usable(rep.Key) {
			rep.Status = KeyUnusable
		}
		l.key(rep.Key, keys[0])
	}
}

// usable reports whether receivers may accept signatures for mail with a key.
func usable(k *Key) bool {
	return k.Public() != nil && (k.Type != RSA || k.Bits >= leastKeyBits) && k.AllowsHash("sha256") && k.AllowsService("email")
}

// looksLikeKey reports whether a text is meant to be a key record.
func looksLikeKey(text string) bool {
	text = strings.ToLower(text)
	if strings.Contains(text, "v=dkim") || strings.Contains(text, "k=rsa") || strings.Contains(text, "k=ed25519") {
		return true
	}
	start, _ := valueOf(text, "p")
	return start >= 0 && !strings.HasPrefix(text, "v=")
}

// asker reads from a view, and collects what is not there.
type asker struct {
	view    resolver.View
	missing []resolver.Question
}

func (q *asker) txt(domain string) (resolver.Answer, bool) {
	question := resolver.Question{Name: domain, Type: resolver.TypeTXT}
	a, ok := q.view.Get(question)
	if !ok {
		q.missing = append(q.missing, question)
	}
	return a, ok
}
