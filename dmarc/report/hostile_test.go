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

// repeated is a text over and over, n octets of it.
type repeated struct {
	text string
	n    int
	at   int
}

func (r *repeated) Read(b []byte) (int, error) {
	if r.n <= 0 {
		return 0, io.EOF
	}
	b = b[:min(len(b), r.n)]
	for i := range b {
		b[i] = r.text[r.at]
		r.at = (r.at + 1) % len(r.text)
	}
	r.n -= len(b)
	return len(b), nil
}

func gzipOf(t *testing.T, r io.Reader) string {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	require.NoError(t, err)
	_, err = io.Copy(z, r)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.String()
}

// patched changes octets of an archive behind the first occurrence of a signature.
func patched(archive, signature string, at int, octets ...byte) string {
	b := []byte(archive)
	copy(b[strings.Index(archive, signature)+at:], octets)
	return string(b)
}

// TestHostile reads what is made to do harm. All rows before the trouble are given, and
// the error is the one of its kind.
func TestHostile(t *testing.T) {
	limit := func(name string, most int64) error { return &report.LimitError{Limit: name, Max: most} }
	bomb := gzipOf(t, io.MultiReader(strings.NewReader(head+row+"<!--"), &repeated{text: " ", n: 8 << 20}))
	rows := gzipOf(t, io.MultiReader(strings.NewReader(head), &repeated{text: row, n: 8 << 20}))
	whole := zipped("a.xml", doc)
	nested := ""
	for i := range 20 {
		nested += fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	for _, tt := range []struct {
		name, in string
		opts     report.Options
		rows     int
		want     error // the first
		more     int   // further ones
	}{
		{name: "nothing", want: report.ErrNoReport},
		{name: "something else", in: "\x7fELF", want: report.ErrNoReport},
		{name: "another element", in: "<html><feedback/></html>", want: report.ErrNoReport},
		{name: "text before the root", in: " x <feedback/>", want: report.ErrNoReport},
		{name: "document type", in: "<!DOCTYPE feedback [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>" + doc, want: report.ErrDoctype},
		{name: "document type inside", in: head + row + "<!DOCTYPE x>", rows: 1, want: report.ErrDoctype},
		{name: "external entity", in: head + row + strings.Replace(row, "&amp;", "&xxe;", 1) + "<!ENTITY xxe SYSTEM 'file:///etc/passwd'>", rows: 2, want: report.ErrDoctype},
		{name: "deep", in: head + row + strings.Repeat("<x>", 1000), rows: 1, want: limit("Depth", 32)},
		{name: "attributes", in: head + row + "<x" + strings.Repeat(" a='b'", 1000) + ">", rows: 1, want: limit("Attributes", 64)},
		{name: "long text", in: head + row + "<record><row><count>" + strings.Repeat("1", 1<<20), rows: 1, want: limit("Text", 64<<10)},
		{name: "long text in parts", in: head + row + "<record><row><count>" + strings.Repeat("<![CDATA["+strings.Repeat("1", 1000)+"]]>", 1000), rows: 1, want: limit("Text", 64<<10)},
		{name: "long tag", in: head + row + "<record a='" + strings.Repeat("1", 1<<20), rows: 1, want: limit("Text", 64<<10)},
		{name: "rows", in: head + strings.Repeat(row, 10) + tail, opts: report.Options{Rows: 9}, rows: 9, want: limit("Rows", 9)},
		{name: "rows, just as many", in: head + strings.Repeat(row, 9) + "</feedback><", opts: report.Options{Rows: 9}, rows: 9, want: report.ErrTruncated},
		{name: "JSON", in: `{"From": "x"}`, want: report.ErrNoReport},
		{name: "bytes", in: head + strings.Repeat(row, 100) + tail, opts: report.Options{Bytes: int64(len(head) + len(row) + 10)}, rows: 1, want: limit("Bytes", int64(len(head)+len(row)+10))},
		{name: "gzip bomb", in: bomb, opts: report.Options{Text: 1 << 30}, rows: 1, want: limit("Ratio", 300)},
		{name: "gzip bomb of rows", in: rows, opts: report.Options{Ratio: 50}, rows: 1146, want: limit("Ratio", 50)},
		{name: "zip bomb", in: zipped("a.txt", strings.Repeat("\x00", 10<<20)), want: limit("Ratio", 300)},
		{name: "bomb of a size", in: zipped("a.txt", strings.Repeat("x", 1<<20)), opts: report.Options{Bytes: 1 << 20}, want: limit("Bytes", 1<<20)},
		{name: "many files", in: zipped(strings.Fields(strings.Repeat("a b ", 200))...), want: limit("Files", 100)},
		{name: "archives in archives", in: gzipped(gzipped(gzipped(gzipped(gzipped(gzipped(doc)))))), want: limit("Nesting", 5)},
		{name: "mails in mails", in: strings.Repeat("Content-Type: message/rfc822\r\n\r\n", 20), want: limit("Nesting", 5)},
		{name: "parts in parts", in: nested, want: limit("Nesting", 5), more: 1},
		{name: "many parts", in: mail(strings.Split(strings.Repeat(prose+"\x00", 200), "\x00")...), want: limit("Files", 100)},
		{name: "long header", in: "Subject: " + strings.Repeat("x", 1<<20), want: limit("Header", 256<<10)},
		{name: "endless header", in: strings.Repeat("Subject: x\r\n", 1<<16), want: limit("Header", 256<<10)},
		{name: "folded for ever", in: "Subject: x\r\n" + strings.Repeat(" x\r\n", 1<<18), want: limit("Header", 256<<10)},
		{name: "gzip cut short", in: gzipped(doc)[:300], want: report.ErrTruncated},
		{name: "gzip damaged", in: patched(gzipped(doc), "\x1f\x8b", 10, 7), want: report.ErrArchive},
		{name: "gzip with a wrong checksum", in: patched(gzipped(doc), "\x1f\x8b", len(gzipped(doc))-8, 1, 2, 3, 4), rows: 1, want: report.ErrArchive},
		{name: "gzip header only", in: "\x1f\x8b\x08", want: report.ErrTruncated},
		{name: "gzip of another method", in: "\x1f\x8b\x09" + strings.Repeat("\x00", 20), want: report.ErrArchive},
		{name: "zip cut short before the directory", in: strings.TrimSuffix(whole, since(whole, "PK\x01\x02")), rows: 1, want: report.ErrTruncated},
		{name: "zip cut short in the header", in: whole[:20], want: report.ErrTruncated},
		{name: "zip cut short in the name", in: whole[:32], want: report.ErrTruncated},
		{name: "zip with a wrong checksum", in: patched(whole, "PK\x07\x08", 4, 1, 2, 3, 4), rows: 1, want: report.ErrArchive},
		{name: "zip without a descriptor", in: patched(whole, "PK\x07\x08", 8, 1, 2, 3, 4), rows: 1, want: report.ErrArchive},
		{name: "zip, encrypted", in: patched(whole, "PK\x03\x04", 6, 9), want: report.ErrArchive},
		{name: "zip of another method", in: patched(whole, "PK\x03\x04", 8, 12), want: report.ErrArchive},
		{name: "zip that says it is stored", in: patched(whole, "PK\x03\x04", 8, 0), want: report.ErrArchive},
		{name: "zip with a size that is too small", in: patched(stored("a.xml", doc), "PK\x03\x04", 18, binary.LittleEndian.AppendUint32(nil, uint32(len(doc)-5))...), want: report.ErrArchive, rows: 1, more: 1},
		{name: "zip with a size that is too large", in: patched(stored("a.xml", doc), "PK\x03\x04", 18, binary.LittleEndian.AppendUint32(nil, 1<<30)...), want: report.ErrArchive, rows: 1},
		{name: "zip with something between files", in: strings.Replace(whole, "PK\x01\x02", "xxxx", 1), rows: 1, want: report.ErrArchive},
		{name: "zip without files", in: zipped(), want: report.ErrNoReport},
		{name: "mail cut short", in: mail(attachment("text/xml", doc))[:1500], want: report.ErrTruncated},
		{name: "mail without a report", in: mail(prose, html), want: report.ErrNoReport},
		{name: "mail without a body", in: "From: x", want: report.ErrTruncated},
		{name: "UTF-16 with an odd octet", in: utf16(doc[:400], 0xfeff) + "x", want: report.ErrTruncated},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, wrap := range map[string]func(io.Reader) io.Reader{
				"whole": func(r io.Reader) io.Reader { return r },
				"half":  iotest.HalfReader,
			} {
				got, errs := readAll(wrap(strings.NewReader(tt.in)), tt.opts)
				rows := 0
				for _, one := range got {
					rows += len(one.Rows)
					if one.Err != nil {
						errs = append(errs, one.Err)
					}
				}
				require.Len(t, errs, 1+tt.more, name)
				var want *report.LimitError
				if errors.As(tt.want, &want) {
					require.Equal(t, tt.want, errs[0], name)
				} else {
					require.ErrorIs(t, errs[0], tt.want, name)
				}
				if want == nil || want.Limit != "Ratio" || tt.rows <= 1 {
					require.Equal(t, tt.rows, rows, name)
				} else {
					require.Greater(t, rows, tt.rows/2, name)
				}
				require.NotContains(t, errs[0].Error(), "\n")
			}
		})
	}
}

// TestSyntax is a breach of the grammar, which tells where it is.
func TestSyntax(t *testing.T) {
	got, errs := readAll(strings.NewReader(head+row+"<record></row>"), report.Options{})
	require.Empty(t, errs)
	require.Len(t, got[0].Rows, 1)
	require.Equal(t, &report.SyntaxError{Offset: int64(len(head+row) + 8), Reason: "an end tag that ends no open element"}, got[0].Err)
	require.EqualError(t, got[0].Err, fmt.Sprintf("report: an end tag that ends no open element at octet %d", len(head+row)+8))
	broken := errors.New("broken")
	got, errs = readAll(io.MultiReader(strings.NewReader(head+row), iotest.ErrReader(broken)), report.Options{})
	require.Empty(t, errs)
	require.ErrorIs(t, got[0].Err, broken)
	_, errs = readAll(iotest.ErrReader(broken), report.Options{})
	require.ErrorIs(t, errs[0], broken)
}

// TestTruncatedAnywhere cuts a small report at every octet, in each container. Nothing
// panics, and the more there is, the more rows there are.
func TestTruncatedAnywhere(t *testing.T) {
	small := `<feedback><report_metadata><report_id>1</report_id></report_metadata>` + row + row + tail
	for name, in := range map[string]string{
		"xml": head + row + row + tail, "gzip": gzipped(small), "zip": zipped("a", small), "mail": mail(attachment("text/xml", small)), "utf-16": utf16(small, 0xfeff),
	} {
		t.Run(name, func(t *testing.T) {
			before := 0
			for i := range len(in) {
				got, errs := readAll(strings.NewReader(in[:i]), report.Options{})
				rows, failed := 0, len(errs) > 0
				for _, one := range got {
					rows += len(one.Rows)
					failed = failed || one.Err != nil
					if one.Err != nil {
						require.ErrorIs(t, one.Err, report.ErrTruncated)
					}
				}
				require.GreaterOrEqual(t, rows, before)
				if i < len(in)-len(tail) {
					require.True(t, failed || rows == 2, "octet %d", i)
				}
				before = rows
			}
			require.Equal(t, 2, before)
		})
	}
}

// TestMemoryIsBounded reads 50 MB of rows out of a generator, and holds next to nothing.
func TestMemoryIsBounded(t *testing.T) {
	const rows = 60_000 // of 850 octets
	opts := report.Options{}
	var s report.Summary
	var base, m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&base)
	n, worst := 0, uint64(0)
	for rep, err := range report.Parse(&endless{rows: rows}, opts) {
		require.NoError(t, err)
		for _, err := range rep.Rows() {
			require.NoError(t, err)
			if n++; n%20_000 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&m)
				worst = max(worst, m.HeapAlloc)
			}
		}
	}
	require.Equal(t, rows, n)
	require.Less(t, int64(worst)-int64(base.HeapAlloc), int64(2<<20))

	runtime.ReadMemStats(&base)
	for rep, err := range report.Parse(&endless{rows: rows / 6}, opts) {
		require.NoError(t, err)
		require.NoError(t, s.Add(rep))
	}
	runtime.ReadMemStats(&m)
	require.Less(t, float64(m.Mallocs-base.Mallocs)/(rows/6), 5.0, "allocations for a row")
	require.EqualValues(t, 1, s.Reports)
	require.Len(t, s.Domains["example.org"].Sources, 2000)
}

// TestHostileMemory fills a summary with as many names as it takes.
func TestHostileMemory(t *testing.T) {
	var s report.Summary
	s.Caps = report.Caps{Sources: 500, Networks: 500}
	var base, m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&base)
	i := 0
	rows := func() io.Reader {
		return readerFunc(func() string {
			if i++; i%5000 == 0 {
				return ""
			}
			long := fmt.Sprintf("%d.%s", i, strings.Repeat("x", 60)+"."+strings.Repeat("y", 60)+"."+strings.Repeat("z", 60))
			return strings.NewReplacer("192.0.2.1", fmt.Sprintf("10.%d.%d.1", i>>8, i&255), "example", long, "s1", long).Replace(row)
		})
	}
	for range 2 {
		for rep, err := range report.Parse(io.MultiReader(strings.NewReader(fmt.Sprintf("<feedback><report_metadata><report_id>%d</report_id></report_metadata>", i)), rows(), strings.NewReader(tail)), report.Options{}) {
			require.NoError(t, err)
			require.NoError(t, s.Add(rep))
		}
	}
	require.EqualValues(t, 2, s.Reports)
	runtime.GC()
	runtime.ReadMemStats(&m)
	require.Less(t, int64(m.HeapAlloc)-int64(base.HeapAlloc), int64(16<<20))
	runtime.KeepAlive(&s)
}

// textReader reads texts until one is empty.
type textReader struct {
	next    func() string
	pending string
}

func readerFunc(next func() string) io.Reader { return &textReader{next: next} }

func (r *textReader) Read(b []byte) (int, error) {
	if r.pending == "" {
		if r.pending = r.next(); r.pending == "" {
			return 0, io.EOF
		}
	}
	n := copy(b, r.pending)
	r.pending = r.pending[n:]
	return n, nil
}
