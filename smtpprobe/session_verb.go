package smtpprobe

import (
	"errors"
	"strings"
)

// verb is a command that may be sent. There are no others: DATA, BDAT, AUTH and the
// like cannot be written, since only [verb.line] makes lines.
type verb uint8

const (
	verbEHLO verb = iota + 1
	verbHELO
	verbSTARTTLS
	verbMAIL
	verbMAILUTF8
	verbRCPT
	verbRSET
	verbQUIT
)

var verbs = [...]struct{ before, after string }{
	verbEHLO:     {before: "EHLO "},
	verbHELO:     {before: "HELO "},
	verbSTARTTLS: {before: "STARTTLS"},
	verbMAIL:     {before: "MAIL FROM:<", after: ">"},
	verbMAILUTF8: {before: "MAIL FROM:<", after: "> SMTPUTF8"},
	verbRCPT:     {before: "RCPT TO:<", after: ">"},
	verbRSET:     {before: "RSET"},
	verbQUIT:     {before: "QUIT"},
}

// errArgument is for arguments that would end the line, or more than that.
var errArgument = errors.New("smtpprobe: a command cannot have this argument")

// maxCommand is RFC 5321 section 4.5.3.1.4.
const maxCommand = 512

// line returns the command without its CRLF. The argument is what the verb takes: a
// host name, or a mailbox without its brackets.
func (v verb) line(argument string) (string, error) {
	if v == 0 || int(v) >= len(verbs) {
		return "", errArgument
	}
	for i := range len(argument) {
		// Octets of UTF-8 are for SMTPUTF8.
		if c := argument[i]; c < ' ' || c == 0x7f {
			return "", errArgument
		}
	}
	form := verbs[v]
	if alone := !strings.HasSuffix(form.before, " ") && form.after == ""; alone != (argument == "") {
		return "", errArgument
	}
	line := form.before + argument + form.after
	if len(line)+2 > maxCommand {
		return "", errArgument
	}
	return line, nil
}
