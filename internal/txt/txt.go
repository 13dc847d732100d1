// Package txt writes the data of TXT records as they are published.
package txt

import "strings"

// MaxString is how many octets one character-string holds (RFC 1035 section 3.3.14).
const MaxString = 255

// Split cuts a record into character-strings of at most [MaxString] octets, behind
// blanks where that costs no further string: receivers join them without anything
// between, and a blank at the end of one is hard to lose.
func Split(record string) []string {
	var out []string
	for len(record) > MaxString {
		at := MaxString
		if i := strings.LastIndexByte(record[:at], ' ') + 1; i > 0 && (len(record)-i-1)/MaxString == (len(record)-at-1)/MaxString {
			at = i
		}
		out = append(out, record[:at])
		record = record[at:]
	}
	return append(out, record)
}

var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// Data writes a record as the data of a TXT record in a zone file (RFC 1035 section
// 5.1).
func Data(record string) string {
	parts := Split(record)
	for i, s := range parts {
		parts[i] = `"` + escapes.Replace(s) + `"`
	}
	return strings.Join(parts, " ")
}

// Line writes a whole line of a zone file, with the name as an absolute one.
func Line(name, record string) string {
	return strings.TrimSuffix(name, ".") + ". IN TXT " + Data(record)
}
