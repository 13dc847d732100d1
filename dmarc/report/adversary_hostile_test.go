package report_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc/report"
)

// endlessly gives a text for ever, and counts what was taken.
type endlessly struct {
	first, text string
	taken, at   int64
}

func (e *endlessly) Read(b []byte) (int, error) {
	if n := copy(b, e.first); n > 0 {
		e.first = e.first[n:]
		e.taken += int64(n)
		return n, nil
	}
	n := 0
	for n < len(b) {
		k := copy(b[n:], e.text[e.at%int64(len(e.text)):])
		e.at += int64(k)
		n += k
	}
	e.taken += int64(n)
	return n, nil
}

// What never ends is read no further than a limit allows, and held in little memory.
func TestAdversaryEndless(t *testing.T) {
	xml := aReport(aRecord)
	start := strings.TrimSuffix(xml, "</feedback>")
	b64 := mailHead("Content-Type: text/xml\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	qp := mailHead("Content-Type: text/xml\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	for _, tt := range []struct {
		name, first, text string
		limit             string // of the error, or "" for another
		most              int64  // to be read
	}{
		{"attribute", start + `<x a="`, "x", "Text", 1 << 20},
		{"attribute name", start + `<x `, "x", "Text", 1 << 20},
		{"attributes without a value", start + `<x `, "x ", "", 1 << 20},
		{"element name", start + `<`, "x", "Text", 1 << 20},
		{"text", start + "<record><row><count>", "1", "Text", 1 << 20},
		{"text nobody asks for", start + "<x>", "1", "", 1 << 22},
		{"CDATA", start + "<record><row><count><![CDATA[", "]", "Text", 1 << 20},
		{"references", start + "<record><row><count>", "&#49;", "Text", 1 << 22},
		{"a reference", start + "<record><row><count>&", "a", "Text", 1 << 20},
		{"zeros in a reference", start + "<record><row><count>&#", "0", "Text", 1 << 20},
		{"comment", start + "<!--", "-", "", 1 << 22},
		{"comment that nearly ends", start + "<!--", "- -> ", "", 1 << 22},
		{"instruction", start + "<?x ", "?", "", 1 << 22},
		{"elements in elements", start, "<x>", "Depth", 1 << 16},
		{"elements after elements", start, "<x/>", "", 1 << 22},
		{"rows", start, aRecord, "Rows", 1 << 30},
		{"empty rows", start, "<record/>", "Rows", 1 << 30},
		{"signatures in a row", start + "<record><auth_results>", "<dkim><domain>a.example</domain><result>pass</result></dkim>", "", 1 << 22},
		{"reasons", start + "<record><row><policy_evaluated>", "<reason><type>other</type><comment>x</comment></reason>", "", 1 << 22},
		{"errors", strings.Replace(start, "</report_metadata>", "", 1)[:strings.Index(start, "</report_metadata>")], "<error>x</error>", "", 1 << 22},
		{"reports", xml, xml, "", 1 << 22},
		{"blanks before anything", "", " ", "", 1 << 22},
		{"byte order marks", "", "\ufeff", "", 1 << 22},
		{"NULs", "", "\x00", "", 1 << 22},
		{"header field", "Subject: ", "x", "Header", 1 << 20},
		{"header", "", "Subject: x\r\n", "Header", 1 << 20},
		{"folding", "Subject: x\r\n", "\t\r\n", "Header", 1 << 20},
		{"colons", "Subject: x\r\n", ":\r\n", "Header", 1 << 20},
		{"encoded words", "Subject: ", "=?utf-8?q?=41?= ", "Header", 1 << 20},
		{"header of a part", mailHead("Subject: "), "x", "Header", 2 << 20},
		{"fields of a part", mailHead("a: b\r\n"), "c: d\r\n", "Header", 2 << 20},
		{"parts", mailHead("\r\n"), "\r\n--b=_1\r\n\r\n", "Files", 1 << 20},
		{"parts that are mails", mailHead("Content-Type: message/rfc822\r\n\r\n"), "Content-Type: message/rfc822\r\n\r\n", "", 1 << 22},
		{"prose", mailHead("Content-Type: text/plain\r\n\r\n"), "lorem ipsum\r\n", "", 1 << 22},
		{"boundaries that are none", mailHead("Content-Type: text/plain\r\n\r\n"), "\r\n--b=_", "", 1 << 22},
		{"preamble", strings.TrimSuffix(mailHead(""), "--b=_1\r\n"), "\r\n-", "", 1 << 22},
		{"base64 of nothing", b64, "!", "", 1 << 22},
		{"base64 of padding", b64, "=", "", 1 << 22},
		{"base64 behind its padding", b64 + "PGZl=", "AAAA", "", 1 << 22},
		{"quoted-printable, in one line", qp, "=", "", 1 << 22},
		{"quoted-printable, blanks", qp, " ", "", 1 << 22},
		{"quoted-printable, soft breaks", qp, "=\r\n", "", 1 << 22},
		{"gzip header", "\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x03", "x", "", 1 << 22},
		{"gzip members", gzipped(""), gzipped(""), "", 1 << 22},
		{"zip names", "PK\x03\x04" + strings.Repeat("\x00", 22) + "\xff\xff\xff\xff", "PK\x03\x04", "", 1 << 22},
		{"UTF-16", utf16("<?xml version='1.0'?><feedback><x>", 0xfeff), "x\x00", "", 1 << 22},
		{"UTF-16, half of a pair", utf16("<?xml version='1.0'?><feedback><x>", 0xfeff), "\x00\xd8", "", 1 << 22},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			in := &endlessly{first: tt.first, text: tt.text}
			opts := report.Options{Time: readAt, Bytes: min(tt.most, 1<<21)}
			if tt.limit == "Rows" {
				opts.Bytes, opts.Rows = 1<<30, 20_000
			}
			var last error
			var rows int64
			for r, err := range report.Parse(in, opts) {
				if last = err; err != nil {
					continue
				}
				for _, err := range r.Rows() {
					if last = err; err == nil {
						rows++
					}
				}
				plain(t, r.Findings)
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			require.LessOrEqual(t, in.taken, tt.most+1<<16)
			require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(4<<20))
			if tt.limit == "" {
				require.Error(t, last)
				return
			}
			var limit *report.LimitError
			require.ErrorAs(t, last, &limit)
			require.Equal(t, tt.limit, limit.Limit)
			if tt.limit == "Rows" {
				require.EqualValues(t, 20_000, rows)
			}
		})
	}
}

// mailHead is a mail as far as a part.
func mailHead(part string) string {
	return "From: r@r.example\r\nContent-Type: multipart/mixed; boundary=\"b=_1\"\r\n\r\n--b=_1\r\n" + part
}

// Bombs in bombs meet the limit of the whole.
func TestAdversaryBombs(t *testing.T) {
	once := func(s string, level int) string {
		var b bytes.Buffer
		w, _ := gzip.NewWriterLevel(&b, level)
		_, _ = io.WriteString(w, s)
		_ = w.Close()
		return b.String()
	}
	zeros := strings.TrimSuffix(aReport(aRecord), "</feedback>") + "<!--" + strings.Repeat("\x20", 12<<20)
	bomb := once(once(zeros, 9), 9)
	require.Less(t, len(bomb), 1<<14, "this is a bomb of 1:1000 and more")
	for name, in := range map[string]string{
		"gzip of gzip":         bomb,
		"in a zip":             zipped("a", bomb),
		"many of them":         zipped(strings.Split(strings.Repeat("a\x00"+bomb+"\x00", 90)+"z\x00z", "\x00a\x00")[0], bomb),
		"in a mail":            mailOf("Content-Type: application/gzip\r\n"+encoded, based(bomb)),
		"below the small size": zipped(repeatedPairs("a.gz", once(strings.Repeat("x", smallest), 9), 90)...),
	} {
		t.Run(name, func(t *testing.T) {
			taken := int64(0)
			all, err := parseAll(&counted{strings.NewReader(in), &taken}, report.Options{Bytes: 16 << 20})
			for _, r := range all {
				if err == nil {
					err = r.err
				}
			}
			require.Error(t, err)
			require.LessOrEqual(t, taken, int64(len(in)))
		})
	}
}

const smallest = 1<<20 - 1

func repeatedPairs(name, content string, n int) []string {
	var out []string
	for range n {
		out = append(out, name, content)
	}
	return out
}

type counted struct {
	io.Reader
	n *int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	*c.n += int64(n)
	return n, err
}

// Entries of the directory that all point at one file are one file; a directory cannot lie.
func TestAdversaryZipDirectory(t *testing.T) {
	whole := zipped("a.xml", aReport(aRecord))
	at := strings.Index(whole, "PK\x01\x02")
	end := strings.Index(whole, "PK\x05\x06")
	overlap := whole[:at] + strings.Repeat(whole[at:end], 5000) + whole[end:]
	all, err := parseAll(strings.NewReader(overlap), report.Options{})
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, []report.Row{aRow()}, all[0].rows)

	// Extra fields that are longer than they are.
	for _, n := range []uint16{0, 3, 4, 0xffff} {
		b := []byte(stored("a.xml", aReport(aRecord)))
		binary.LittleEndian.PutUint32(b[18:], 0xffffffff)
		binary.LittleEndian.PutUint16(b[28:], n)
		_, err := parseAll(bytes.NewReader(b), report.Options{})
		require.Error(t, err)
	}
	// An empty file before a report hides nothing.
	all, err = parseAll(strings.NewReader(zipped("a.txt", "", "b.xml", aReport(aRecord), "c", "")), report.Options{})
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, []report.Row{aRow()}, all[0].rows)
}

func TestAdversaryCharacters(t *testing.T) {
	for _, ref := range []string{
		"&#0;", "&#1;", "&#x1F;", "&#27;[31m", "&#127;", "&#x85;", "&#xD800;", "&#xDFFF;", "&#xFFFE;", "&#x110000;", "&#x202E;", "&#x2066;",
		"&#99999999999999999999;", "&#x;", "&#;", "&#-1;", "&#xG;", "&;", "&unknown;", "&#10;", "\x00", "\x1b[2J", "\x7f", "\xff\xfe", "\xc0\x80", "\xed\xa0\x80",
	} {
		in := change("<org_name>r.example", "<org_name>a"+ref+"b", "<header_from>example.org", "<header_from>a"+ref+"b",
			"<human_result>", "<human_result>"+ref, "<selector>s", "<selector>"+ref, "</scope><result>fail", "</scope><result>"+ref+"x",
			"<disposition>none", "<disposition>"+ref, "<domain>example.org</domain><p>", "<domain>"+ref+"y</domain><p>")
		all, err := parseAll(strings.NewReader(in), report.Options{})
		for _, r := range all {
			plain(t, r.Report)
			plain(t, r.rows)
			if r.err == nil {
				var s report.Summary
				require.NoError(t, s.AddRows(r.Report, rowsOf(r.rows)))
				plain(t, &s)
				plain(t, report.Evaluate(report.Request{Domains: []string{"x" + ref}}, &s))
			} else {
				plain(t, r.err.Error())
			}
		}
		if err != nil {
			plain(t, err.Error())
		}
		require.NotEmpty(t, all, "%q", ref)
	}
	f, err := report.ParseFailure(strings.NewReader(arfMail("Feedback-Type: a\x1b[1m\r\nX\x07Y: \x00\u202e\xff\r\nSource-IP: \x1b\r\n", "From: \x1b]0;x\x07\r\nSubject: =?utf-8?q?=1B[31m=E2=80=AE?=\r\n\r\n")), report.Options{})
	require.NoError(t, err)
	f.Original.Header = nil
	plain(t, f)
}

var errBroken = errors.New("broken pipe")

// However a reader gives its octets, the reports are the same; its errors are not hidden.
func TestAdversaryReaders(t *testing.T) {
	inputs := map[string]string{
		"xml": aReport(aRecord + aRecord), "gzip": gzipped(aReport(aRecord + aRecord)), "zip": zipped("a", aReport(aRecord+aRecord), "b", gzipped(aReport(aRecord))),
		"mail": mailOf("Content-Type: application/zip\r\n"+encoded, based(zipped("a", aReport(aRecord+aRecord)))), "utf16": utf16(aReport(aRecord), 0xfeff),
	}
	for name, in := range inputs {
		t.Run(name, func(t *testing.T) {
			want, err := parseAll(strings.NewReader(in), report.Options{})
			require.NoError(t, err)
			for _, wrap := range []func(io.Reader) io.Reader{iotest.OneByteReader, iotest.HalfReader, iotest.DataErrReader, lazy} {
				got, err := parseAll(wrap(strings.NewReader(in)), report.Options{})
				require.NoError(t, err)
				require.Len(t, got, len(want))
				for i := range got {
					require.NoError(t, got[i].err)
					require.Equal(t, want[i].rows, got[i].rows)
					require.Equal(t, want[i].Findings, got[i].Findings)
				}
			}
			for n := 0; n < len(in); n += 1 + len(in)/150 {
				all, err := parseAll(io.MultiReader(strings.NewReader(in[:n]), iotest.ErrReader(errBroken)), report.Options{})
				for _, r := range all {
					if r.err != nil {
						err = r.err
					}
				}
				if name != "zip" || !strings.Contains(in[:n], "PK\x01\x02") { // The directory need not be read.
					require.ErrorIs(t, err, errBroken, "after %d octets", n)
				}
				f, err := report.ParseFailure(io.MultiReader(strings.NewReader(in[:n]), iotest.ErrReader(errBroken)), report.Options{})
				require.Error(t, err)
				_ = f
			}
		})
	}
	_, err := parseAll(nothing{}, report.Options{})
	require.ErrorIs(t, err, io.ErrNoProgress)
	_, err = report.ParseFailure(nothing{}, report.Options{})
	require.ErrorIs(t, err, io.ErrNoProgress)
}

// lazy gives nothing every other time.
func lazy(r io.Reader) io.Reader { return &lazyReader{r: r} }

type lazyReader struct {
	r    io.Reader
	turn bool
}

func (l *lazyReader) Read(b []byte) (int, error) {
	if l.turn = !l.turn; l.turn {
		return 0, nil
	}
	return l.r.Read(b)
}

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, nil }

// Loops may end anywhere; TestMain looks for what they would leave behind.
func TestAdversaryBreaks(t *testing.T) {
	in := zipped("a", aReport(strings.Repeat(aRecord, 5)), "b", gzipped(aReport(strings.Repeat(aRecord, 5))), "c", "<feedback><x")
	for reports := range 5 {
		for rows := range 7 {
			n := 0
			for r, err := range report.Parse(strings.NewReader(in), report.Options{}) {
				if n++; n > reports {
					break
				}
				if err != nil {
					continue
				}
				m := 0
				for row, err := range r.Rows() {
					if err != nil {
						require.ErrorIs(t, err, report.ErrTruncated, "of the last")
						continue
					}
					require.EqualValues(t, 7, row.Count)
					if m++; m > rows {
						break
					}
				}
				for range r.Rows() {
					require.Fail(t, "rows are there once")
				}
				var s report.Summary
				require.ErrorIs(t, s.Add(r), report.ErrRowsRead)
			}
		}
	}
	// A report that outlives its turn has no rows, and an iterator can be used again.
	var kept []*report.Report
	all := report.Parse(strings.NewReader(aReport(aRecord)), report.Options{})
	for r := range all {
		kept = append(kept, r)
	}
	for range kept[0].Rows() {
		require.Fail(t, "the input went on")
	}
	require.NotPanics(t, func() {
		for r, err := range all {
			_ = fmt.Sprint(r, err)
		}
	})
	// A panic of the consumer is his.
	require.PanicsWithValue(t, "mine", func() {
		for r := range report.Parse(strings.NewReader(in), report.Options{}) {
			for range r.Rows() {
				panic("mine")
			}
		}
	})
}

// The names of files and the subject are text from strangers, too.
func TestAdversaryNames(t *testing.T) {
	xml := aReport(aRecord)
	for _, name := range []string{
		"../../etc/passwd", "\x1b[31m!example.org!1!2.xml", "a\x00b", "\xff\xfe", "\u202elmx.a", strings.Repeat("x", 65535), "a!b!c!d.xml",
		"r.example!example.org!99999999999999999999!1.xml", "r.example!example.org!-1!1.xml", "!!!!.xml", "r.example!example.net!1700000000!1700086399.xml",
	} {
		r := parseOne(t, zipped(name, xml))
		require.LessOrEqual(t, len(r.File.Name), 64<<10)
		r = parseOne(t, strings.Replace(mailOf("Content-Type: text/xml; name=\""+name+"\"", xml), "1@r.example>", "1@r.example> "+name, 1))
		require.Equal(t, []report.Row{aRow()}, r.rows)
	}
	r := parseOne(t, zipped("r.example!example.net!1700000000!1700086399.xml", xml))
	require.Contains(t, codeNames(r.Findings), string(report.CodeMismatch))
	for _, subject := range []string{
		"Report Domain: example.org", "Report domain: example.org Submitter: google.com Report-ID: 1@r.example", "[Preview] Report Domain: example.org Submitter: x.example Report-ID: <1@r.example>",
		"Dmarc Aggregate Report Domain: {example.org}  Submitter: {Amazon SES}  Date: {2025-01-01}  Report-ID: {1@r.example}",
		"=?utf-8?B?UmVwb3J0IERvbWFpbjogZXhhbXBsZS5vcmcgU3VibWl0dGVyOiByLmV4YW1wbGU=?=", "=?utf-8?q?=1B[2J?=", "Report Domain:", "",
	} {
		in := strings.Replace(mailOf("Content-Type: text/xml", xml), "Report Domain: example.org Submitter: r.example Report-ID: <1@r.example>", subject, 1)
		require.NotContains(t, codeNames(parseOne(t, in).Findings), string(report.CodeMismatch), subject)
	}
}
