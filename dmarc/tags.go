package dmarc

import (
	"strconv"
	"strings"
)

// tagID is a tag that this package knows.
type tagID uint8

const (
	tagUnknown tagID = iota
	tagV
	tagP
	tagSP
	tagNP
	tagPSD
	tagT
	tagADKIM
	tagASPF
	tagFO
	tagRUA
	tagRUF
	tagPCT
	tagRF
	tagRI
)

func idOf(tag string) tagID {
	switch tag {
	case "v":
		return tagV
	case "p":
		return tagP
	case "sp":
		return tagSP
	case "np":
		return tagNP
	case "psd":
		return tagPSD
	case "t":
		return tagT
	case "adkim":
		return tagADKIM
	case "aspf":
		return tagASPF
	case "fo":
		return tagFO
	case "rua":
		return tagRUA
	case "ruf":
		return tagRUF
	case "pct":
		return tagPCT
	case "rf":
		return tagRF
	case "ri":
		return tagRI
	}
	return tagUnknown
}

// is reports whether a value is a literal of the grammar. These have no case (RFC 5234
// section 2.3).
func is(value, literal string) bool {
	return len(value) == len(literal) && (value == literal || strings.EqualFold(value, literal))
}

// oneOf returns the value in lower case when it is one of those, and else the
// default.
func (p *parser) oneOf(id tagID, byDefault string, values ...string) string {
	for _, v := range values {
		if is(p.value, v) {
			return v
		}
	}
	p.invalid(id)
	p.find(CodeBadValue, p.nameAt, p.length(),
		"The value of "+p.name+"= is none of "+strings.Join(values, ", ")+"; receivers take it as "+byDefault+".",
		"Write "+p.name+"="+strings.Join(values, " or "+p.name+"=")+", or remove the tag.", p.shown())
	return byDefault
}

func alignmentOf(s string) Alignment {
	if s == "s" {
		return Strict
	}
	return Relaxed
}

// policy is for p, sp and np, where a value that is not valid matters more than with
// other tags (RFC 9989 section 4.10.1).
func (p *parser) policy(id tagID) Policy {
	for _, v := range [...]Policy{PolicyNone, Quarantine, Reject} {
		if is(p.value, string(v)) {
			return v
		}
	}
	p.invalid(id)
	p.find(CodeBadPolicy, p.nameAt, p.length(),
		"The value of "+p.name+"= is none of none, quarantine, reject. The whole record then asks for no policy: it counts as p=none if it has a valid rua=, and else not at all.",
		"Write "+p.name+"=none, "+p.name+"=quarantine or "+p.name+"=reject.", p.shown())
	return ""
}

// failureOptions reads fo=: 0 or 1, d and s, each at most once, and not both numbers.
func (p *parser) failureOptions() []string {
	values := strings.Split(strings.ToLower(p.value), ":")
	seen := ""
	for i, v := range values {
		v = strings.Trim(v, " \t")
		values[i] = v
		if len(v) != 1 || strings.IndexByte("01ds", v[0]) < 0 || strings.Contains(seen, v) || i > 3 {
			seen = "01"
			break
		}
		seen += v
	}
	if strings.Contains(seen, "0") && strings.Contains(seen, "1") {
		p.invalid(tagFO)
		p.find(CodeBadValue, p.nameAt, p.length(), "The value of fo= is not a list of 0 or 1, d and s, each once; receivers take it as 0.",
			"Write fo=1 for a report whenever SPF or DKIM does not align, fo=0 when neither does, or remove the tag.", p.shown())
		return nil
	}
	return values
}

// removed reads the tags that RFC 9989 removed.
func (p *parser) removed(id tagID) {
	r := p.rec
	message := "The tag " + p.name + "= was removed from DMARC: receivers that follow RFC 9989 ignore it."
	remedy := "Remove " + p.name + "= from the record."
	switch id {
	case tagPCT:
		if n, err := strconv.ParseUint(p.value, 10, 8); err == nil && n <= 100 {
			percent := int(n)
			r.Percent = &percent
			if n < 100 {
				message += " They apply the policy to all mail, where older ones apply it to " + strconv.Itoa(percent) + " of 100 messages."
				remedy += " To have the policy applied one step lower while testing, use t=y."
			}
		}
	case tagRF:
		for v := range strings.SplitSeq(p.value, ":") {
			if v = strings.Trim(v, " \t"); v != "" && len(r.Formats) < maxFindings {
				r.Formats = append(r.Formats, v)
			}
		}
	case tagRI:
		if n, err := strconv.ParseUint(p.value, 10, 32); err == nil {
			seconds := uint32(n)
			r.IntervalSeconds = &seconds
		}
	default:
		return
	}
	p.find(CodeRemovedTag, p.nameAt, p.length(), message, remedy, p.shown())
}

// unknown is for a tag that means nothing, which may be one whose name is written
// wrongly.
func (p *parser) unknown() {
	if lower := strings.ToLower(p.name); lower != p.name && idOf(lower) > tagV {
		p.find(CodeTagCase, p.nameAt, len(p.name),
			"The name of the tag "+p.name+"= must be in lower case; receivers may ignore it as it stands.", "Write "+lower+"=.", p.shown())
		return
	}
	p.find(CodeUnknownTag, p.nameAt, p.length(), "DMARC has no tag "+cut(p.name)+"=; receivers ignore it.",
		"Correct the name, or remove the tag.", p.shown())
}
