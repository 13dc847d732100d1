package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/resolver"
)

// printDKIM writes the keys of a domain, or the signatures of a message.
func printDKIM(b *strings.Builder, d *dkimDetails) {
	keys := d.Given
	if keys == nil && d.Selectors != nil {
		keys = d.Selectors.Keys
	}
	printKeys(b, keys)
	if d.Message != nil {
		for i := range d.Message.Signatures {
			printSignature(b, i+1, &d.Message.Signatures[i])
		}
	}
}

// printKeys writes a line for each key, in columns. Those that DNS did not tell of
// are in the findings: there may be hundreds.
func printKeys(b *strings.Builder, keys []dkim.KeyReport) {
	var rows [][4]string
	var last []string
	var widths [4]int
	for i := range keys {
		k := &keys[i]
		if k.Status == dkim.KeyTempError && len(keys) > maxFailures {
			continue
		}
		row := [4]string{shorten(domainText(k.Selector), widestText), string(k.Status), keyText(k.Key), ""}
		if k.Status != dkim.KeyMissing || len(k.Alias) > 0 {
			row[3] = life(k.DNS, k.TTL)
		}
		for j := range row {
			widths[j] = max(widths[j], utf8.RuneCountInString(row[j]))
		}
		rows, last = append(rows, row), append(last, keeper(k))
	}
	if len(rows) > 0 {
		b.WriteByte('\n')
	}
	for i, row := range rows {
		line := margin + pad(row[0], widths[0]) + "  " + pad(row[1], widths[1]) + "  " + pad(row[2], widths[2]) +
			fmt.Sprintf("  %*s  ", widths[3], row[3])
		wrap(b, line, strings.Repeat(" ", min(utf8.RuneCountInString(line), 48)), last[i])
	}
}

// keyText says what a key is.
func keyText(k *dkim.Key) string {
	switch {
	case k == nil || k.Revoked:
		return ""
	case k.Bits == 0:
		return escape(string(k.Type))
	}
	return escape(string(k.Type)) + " " + strconv.Itoa(k.Bits) + " bits"
}

// keeper says whose key it is, and how that is known.
func keeper(k *dkim.KeyReport) string {
	var parts []string
	switch {
	case k.Provider != "" && k.Guessed:
		parts = append(parts, escape(k.Provider)+", by the selector")
	case k.Provider != "":
		parts = append(parts, escape(k.Provider))
	}
	if n := len(k.Alias); n > 0 {
		parts = append(parts, "alias to "+domainText(k.Alias[n-1]))
	}
	if k.DNS == resolver.Success && k.Secure {
		parts = append(parts, "DNSSEC")
	}
	return strings.Join(parts, ", ")
}

// printSignature writes the verdict on a signature, why it is so, and what it leaves
// open to others.
func printSignature(b *strings.Builder, number int, s *dkim.Signature) {
	b.WriteByte('\n')
	what := []string{"d=" + cmp.Or(domainText(s.Domain), "?"), "s=" + cmp.Or(domainText(s.Selector), "?")}
	if s.Algorithm != "" {
		what = append(what, "a="+escape(s.Algorithm))
	}
	if k := keyText(s.Key); k != "" {
		what = append(what, "key "+k)
	}
	if ttl := life(resolver.Success, s.KeyTTL); s.Key != nil {
		what = append(what, "TTL "+ttl)
	}
	if s.Aligned {
		what = append(what, "aligned with From")
	}
	if s.Testing {
		what = append(what, "TEST ONLY")
	}
	indent := margin + "    "
	for i := range len(what) - 1 {
		what[i] += ","
	}
	wrapWords(b, fmt.Sprintf("%s%2d. %-9s ", margin, number, s.Status), indent, what)
	line := func(label, text string) { wrap(b, indent+label, indent+"  ", text) }
	if s.Status != dkim.Pass {
		for _, f := range s.Findings {
			if f.Code == s.Code {
				line("why: ", f.Message+" ["+string(f.Code)+"]")
				break
			}
		}
		return
	}
	if s.Partial {
		line("not covered: ", plural(int(s.Uncovered), "octet")+" of the body, and whatever is added to its end (l="+strconv.FormatInt(s.BodyLength, 10)+")")
	}
	if len(s.Addable) > 0 {
		line("others could add, and it would still pass: ", "fields named "+escape(strings.Join(s.Addable, ", ")))
	}
}
