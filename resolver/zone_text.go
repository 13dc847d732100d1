package resolver

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/wire"
)

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

// lineText writes a line of zone text.
func lineText(owner string, ttl uint32, t, data string) string {
	return nameText(owner) + "\t" + strconv.FormatUint(uint64(ttl), 10) + "\tIN\t" + t + "\t" + data
}

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
		if r.Data == nil {
			return nameText(r.Host) + " " + nameText(name.Escape("hostmaster")) + " 1 3600 600 86400 " +
				strconv.FormatUint(uint64(r.Minimum), 10)
		}
	}
	return `\# ` + strconv.Itoa(len(r.Data)) + " " + hex.EncodeToString(r.Data)
}
