package resolver

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/wire"
)

// snapshotText collects the records and rules that answers are written as.
type snapshotText struct {
	sets  map[Question]*textSet
	order []*textSet
}

// textSet is the records of one name and type, or the rule that says why there
// are none.
type textSet struct {
	records []wire.Record
	rule    *wire.Rule
	ttl     uint32
	direct  bool // it was asked for itself, not for an alias
}

// add writes the part of an answer that is about the name with the records. If
// that is known already, only the TTL of what was not asked for itself rises: of
// the TTLs of a chain, an answer has the lowest.
func (b *snapshotText) add(q Question, a Answer, owner string, direct bool) {
	at := Question{Name: owner, Type: q.Type}
	if old := b.sets[at]; old != nil {
		if !old.direct {
			old.ttl = max(old.ttl, a.TTL)
		}
		return
	}
	set := &textSet{ttl: a.TTL, direct: direct}
	if a.Status == Success {
		a.Alias = nil
		set.records = answerRecords(at, a)
	} else {
		set.rule = &wire.Rule{Name: owner, Type: uint16(q.Type), HasType: true, Word: string(a.Status)}
		if a.Problem != "" && !a.Status.Definitive() {
			set.rule.Args = []wire.Arg{{Text: a.Problem, Quoted: true}}
		}
	}
	b.sets[at] = set
	b.order = append(b.order, set)
}

// chain writes an answer that aliases led to.
func (b *snapshotText) chain(q Question, a Answer) {
	owner := q.Name
	for _, target := range a.Alias {
		b.add(Question{Name: owner, Type: TypeCNAME}, Answer{Status: Success, TTL: a.TTL, Hosts: []string{target}}, owner, false)
		owner = target
	}
	b.add(q, a, owner, false)
}

// file returns what was collected.
func (b *snapshotText) file() *wire.ZoneFile {
	f := new(wire.ZoneFile)
	for _, set := range b.order {
		for _, r := range set.records {
			r.TTL = set.ttl
			f.Records = append(f.Records, r)
		}
		if set.rule != nil {
			set.rule.TTL = set.ttl
			set.rule.HasTTL = set.ttl > 0 || Status(set.rule.Word).Definitive()
			f.Rules = append(f.Rules, *set.rule)
		}
	}
	return f
}

// expressible reports whether an answer can be tried as records and rules.
func expressible(q Question, a Answer) bool {
	pattern := q.Name == "*" || strings.HasPrefix(q.Name, "*.")
	for _, n := range a.Alias {
		if !isName(n) {
			return false
		}
		pattern = pattern || n == "*" || strings.HasPrefix(n, "*.")
	}
	switch a.Status {
	case NoData, NXDomain, ServFail, Refused, Timeout, Failed:
		// A rule for "*.name" would be for all names below.
		return !pattern
	case Success:
	default:
		return false
	}
	for _, ip := range a.Addrs {
		if !ip.IsValid() || ip.Zone() != "" || ip.Is4() != (q.Type == TypeA) {
			return false
		}
	}
	for _, h := range a.Hosts {
		if !isName(h) {
			return false
		}
	}
	for _, mx := range a.MX {
		if !isName(mx.Host) {
			return false
		}
	}
	for _, t := range a.TXT {
		if len(t) == 0 || slices.ContainsFunc(t, func(s string) bool { return len(s) > 255 }) {
			return false
		}
	}
	var n int // of what belongs to the type
	switch q.Type {
	case TypeA, TypeAAAA:
		n = len(a.Addrs)
	case TypeNS, TypePTR, TypeSOA:
		n = len(a.Hosts)
	case TypeCNAME:
		if len(a.Alias) == 0 && len(a.Hosts) == 1 {
			n = 1
		}
	case TypeMX:
		n = len(a.MX)
	case TypeTXT, TypeSPF:
		n = len(a.TXT)
	case TypeTLSA:
		n = len(a.TLSA)
	}
	return n > 0 && n == len(a.Addrs)+len(a.Hosts)+len(a.MX)+len(a.TXT)+len(a.TLSA)
}

// isName reports whether s is in the form of [Question].Name.
func isName(s string) bool {
	n, err := name.Normalize(dotted(s))
	return err == nil && n == s
}

// exactRule writes an answer as it is.
func exactRule(q Question, a Answer) wire.Rule {
	a.Server = ""
	text, _ := json.Marshal(a)
	return wire.Rule{
		Name: q.Name, Type: uint16(q.Type), HasType: true,
		Word: "answer", Args: []wire.Arg{{Text: string(text), Quoted: true}},
	}
}

// sameAnswer compares all but who answered and the words for a failure.
func sameAnswer(a, b Answer) bool {
	a.Server, a.Problem, b.Server, b.Problem = "", "", "", ""
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return bytes.Equal(x, y)
}
