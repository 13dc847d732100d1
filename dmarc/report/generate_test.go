package report_test

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"strconv"
	utf "unicode/utf16"
)

func checksum(s string) uint32 { return crc32.ChecksumIEEE([]byte(s)) }

// utf16 is a text in little-endian UTF-16, with a mark if there is one.
func utf16(s string, mark uint16) string {
	var out []byte
	if mark != 0 {
		out = binary.LittleEndian.AppendUint16(out, mark)
	}
	for _, u := range utf.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return string(out)
}

// endless is a report with so many rows, which is made while it is read.
type endless struct {
	rows    int
	made    int
	started bool
	ended   bool
	buf     []byte
	pending []byte
}

func (e *endless) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		if len(e.pending) == 0 {
			switch {
			case !e.started:
				e.started = true
				e.pending = []byte(head)
			case e.made < e.rows:
				e.buf = appendRow(e.buf[:0], e.made)
				e.pending = e.buf
				e.made++
			case !e.ended:
				e.ended = true
				e.pending = []byte(tail)
			default:
				if n > 0 {
					return n, nil
				}
				return 0, io.EOF
			}
		}
		k := copy(b[n:], e.pending)
		e.pending = e.pending[k:]
		n += k
	}
	return n, nil
}

// appendRow is a row of a large report: sources repeat, and so do domains.
func appendRow(b []byte, i int) []byte {
	b = append(b, "  <record>\n    <row>\n      <source_ip>198.51."...)
	b = strconv.AppendInt(b, int64(i/250%8), 10)
	b = append(b, '.')
	b = strconv.AppendInt(b, int64(i%250), 10)
	b = append(b, "</source_ip>\n      <count>"...)
	b = strconv.AppendInt(b, int64(1+i%9), 10)
	b = append(b, `</count>
      <policy_evaluated>
        <disposition>none</disposition>
        <dkim>pass</dkim>
        <spf>pass</spf>
      </policy_evaluated>
    </row>
    <identifiers>
      <header_from>example.org</header_from>
      <envelope_from>bounce`...)
	b = strconv.AppendInt(b, int64(i%50), 10)
	return append(b, `.example.org</envelope_from>
    </identifiers>
    <auth_results>
      <dkim>
        <domain>example.org</domain>
        <result>pass</result>
        <selector>s1</selector>
      </dkim>
      <spf>
        <domain>bounce.example.org</domain>
        <result>pass</result>
      </spf>
    </auth_results>
  </record>
`...)
}
