package spf

import "strings"

// maxString is how many octets one character-string of a TXT record holds (RFC
// 1035 section 3.3.14).
const maxString = 255

// split cuts a record into character-strings, behind blanks where it can: the
// strings are joined without anything between them (RFC 7208 section 3.3), and a
// blank at the end of one is hard to lose.
func split(record string) []string {
	var out []string
	for len(record) > maxString {
		at := strings.LastIndexByte(record[:maxString], ' ') + 1
		if at == 0 {
			at = maxString
		}
		out = append(out, record[:at])
		record = record[at:]
	}
	return append(out, record)
}

// zoneText writes a record as the data of a TXT record in a zone file.
func zoneText(record string) string {
	parts := split(record)
	for i, s := range parts {
		parts[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	return strings.Join(parts, " ")
}
