package resolver

import (
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/wire"
)

// String returns z as zone text, from which [ParseZone] makes a Zone that gives
// the same answers. Records are sorted by name, from the root down.
func (z *Zone) String() string {
	if z.world.file == nil {
		return z.addedText()
	}
	return fileText(z.world.file) + z.addedText()
}

// addedText is for the Faults that are not from the text.
func (z *Zone) addedText() string {
	z.mu.Lock()
	defer z.mu.Unlock()
	var b strings.Builder
	for _, r := range z.rules.order {
		if !r.text {
			b.WriteString(ruleText(r.rule()))
		}
	}
	return b.String()
}

// fileText writes zone text: records, rules in their order, then the origins.
func fileText(f *wire.ZoneFile) string {
	keys := make(map[string]string, len(f.Records))
	for i := range f.Records {
		if n := f.Records[i].Name; keys[n] == "" {
			keys[n] = sortKey(n)
		}
	}
	records := slices.Clone(f.Records)
	slices.SortStableFunc(records, func(a, b wire.Record) int {
		if a.Name != b.Name {
			return strings.Compare(keys[a.Name], keys[b.Name])
		}
		return int(a.Type) - int(b.Type)
	})
	var b strings.Builder
	for i := range records {
		r := &records[i]
		b.WriteString(nameText(r.Name))
		b.WriteByte('\t')
		b.WriteString(strconv.FormatUint(uint64(r.TTL), 10))
		b.WriteString("\tIN\t")
		b.WriteString(Type(r.Type).String())
		b.WriteByte('\t')
		b.WriteString(dataText(r))
		b.WriteByte('\n')
	}
	for _, r := range f.Rules {
		b.WriteString(ruleText(r))
	}
	for _, o := range f.Origins {
		b.WriteString("$ORIGIN\t" + nameText(o) + "\n")
	}
	return b.String()
}

// sortKey is less for a name than for all names below it, and keeps them together.
func sortKey(s string) string {
	var labels []string
	name.Labels(s, func(label []byte) bool {
		labels = append(labels, string(label))
		return true
	})
	slices.Reverse(labels)
	return "." + strings.Join(labels, "\x00")
}

// nameText writes a name with its final dot, so that it means the same whatever
// the $ORIGIN. What is special in zone text but not in a name is escaped.
func nameText(s string) string {
	if strings.ContainsAny(s, `"'();@$!`) {
		s = specials.Replace(s)
	}
	return s + "."
}

var specials = strings.NewReplacer(
	`"`, `\"`, `'`, `\'`, `(`, `\(`, `)`, `\)`, `;`, `\;`, `@`, `\@`, `$`, `\$`, `!`, `\!`,
)

// recordText writes a record's owner, type and data, without its TTL.
func recordText(r *wire.Record) string {
	return nameText(r.Name) + " " + Type(r.Type).String() + " " + dataText(r)
}

// dataText writes a record's data.
func dataText(r *wire.Record) string {
	switch Type(r.Type) {
	case TypeA, TypeAAAA:
		return r.Addr.String()
	case TypeNS, TypeCNAME, TypePTR:
		return nameText(r.Host)
	case TypeMX:
		return strconv.Itoa(int(r.Pref)) + " " + nameText(r.Host)
	case TypeTXT, TypeSPF:
		quoted := make([]string, len(r.Text))
		for i, s := range r.Text {
			quoted[i] = wire.Quote(s)
		}
		return strings.Join(quoted, " ")
	case TypeTLSA:
		return strconv.Itoa(int(r.Usage)) + " " + strconv.Itoa(int(r.Selector)) + " " +
			strconv.Itoa(int(r.Matching)) + " " + hex.EncodeToString(r.Data)
	case TypeSOA:
		if r.Data == nil { // Of a Snapshot, which has the server only.
			return nameText(r.Host) + " hostmaster. 1 3600 600 86400 " + strconv.FormatUint(uint64(r.Minimum), 10)
		}
	}
	return `\# ` + strconv.Itoa(len(r.Data)) + " " + hex.EncodeToString(r.Data)
}

// ruleText writes a rule's line.
func ruleText(r wire.Rule) string {
	var b strings.Builder
	b.WriteString(nameText(r.Name))
	if r.HasTTL {
		b.WriteByte('\t')
		b.WriteString(strconv.FormatUint(uint64(r.TTL), 10))
	}
	if r.HasType {
		b.WriteString("\t" + Type(r.Type).String())
	}
	b.WriteString("\t!" + r.Word)
	for _, a := range r.Args {
		b.WriteByte(' ')
		if a.Quoted {
			b.WriteString(wire.Quote(a.Text))
		} else {
			b.WriteString(a.Text)
		}
	}
	b.WriteByte('\n')
	return b.String()
}

// String returns s as zone text: aliases as CNAME records, negative answers and
// failures as rules. It is sorted, and the same for the same answers. [ParseZone]
// makes a Zone of it that gives the answers of s, except that Server is lost, as
// is the Problem of an answer. What records cannot express, since two answers
// contradict each other for example, is in !answer rules.
func (s Snapshot) String() string {
	qs := slices.SortedFunc(maps.Keys(s), func(a, b Question) int {
		if c := strings.Compare(sortKey(a.Name), sortKey(b.Name)); c != 0 {
			return c
		}
		return int(a.Type) - int(b.Type)
	})
	qs = slices.DeleteFunc(qs, func(q Question) bool { return !isName(q.Name) || s[q].Status == "" })

	b := snapshotText{sets: make(map[Question]*textSet)}
	for _, q := range qs {
		if a := s[q]; len(a.Alias) == 0 && expressible(q, a) {
			b.add(q, a, q.Name, true)
		}
	}
	for _, q := range qs {
		if a := s[q]; len(a.Alias) > 0 && expressible(q, a) {
			b.chain(q, a)
		}
	}
	file := b.file()
	for _, q := range qs {
		if a := s[q]; a.Secure && a.Status.Definitive() {
			file.Rules = append(file.Rules, wire.Rule{Name: q.Name, Type: uint16(q.Type), HasType: true, Word: "secure"})
		}
	}
	var z Zone
	if err := z.load(file); err != nil {
		return "; " + name.Escape(err.Error()) + "\n" // Nothing expressible can lead here.
	}
	for _, q := range qs {
		if got, _ := z.Get(q); !sameAnswer(got, s[q]) {
			file.Rules = append(file.Rules, exactRule(q, s[q]))
		}
	}
	return fileText(file)
}
