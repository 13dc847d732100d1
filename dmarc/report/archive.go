package report

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// inflated is decompressed data, as long as it is not much larger than what it was
// decompressed from.
type inflated struct {
	r     io.Reader
	src   *source
	ratio int64
	start int64 // of the compressed data in src
	out   int64
}

func (p *parser) inflated(r io.Reader, src *source) *inflated {
	return &inflated{r: r, src: src, ratio: p.opts.Ratio, start: src.used()}
}

// smallBomb is how large anything may become.
const smallBomb = 1 << 20

func (i *inflated) Read(buf []byte) (int, error) {
	n, err := i.r.Read(buf)
	i.out += int64(n)
	if i.out > smallBomb && i.out/i.ratio > i.src.used()-i.start {
		return 0, &LimitError{Limit: "Ratio", Max: i.ratio}
	}
	return n, damaged(err)
}

// damaged makes one error of the many of decompressors.
func damaged(err error) error {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	if corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		return fmt.Errorf("%w: %w", ErrArchive, err)
	}
	return err
}

// members reads the members of a gzip file, and ignores what follows them, such as the
// padding that some mailers add.
type members struct {
	src *source
	zip *gzip.Reader
}

func (m *members) Read(buf []byte) (int, error) {
	for {
		n, err := m.zip.Read(buf)
		switch {
		case !errors.Is(err, io.EOF):
			return n, err
		case n > 0:
			return n, nil // The end comes again.
		}
		if head, _ := m.src.Peek(len(magicGzip)); !bytes.Equal(head, magicGzip) {
			return 0, io.EOF
		}
		if err := m.zip.Reset(m.src); err != nil {
			return 0, err
		}
		m.zip.Multistream(false)
	}
}

// gzip reads what is compressed by gzip (RFC 1952).
func (p *parser) gzip(src *source, at place) {
	z, err := gzip.NewReader(src)
	if err != nil {
		p.fail(damaged(err))
		return
	}
	z.Multistream(false)
	p.input(p.source(p.inflated(&members{src, z}, src)), at)
}

// The signatures, sizes and flags of zip files (APPNOTE.TXT 6.3 sections 4.3 and 4.4).
const (
	zipHeader     = 30
	zipDescriptor = "PK\x07\x08"
	zipEncrypted  = 1
	zipDescribed  = 8
	zipStored     = 0
	zipDeflated   = 8
	zip64         = 0xffffffff
	zip64Extra    = 1
)

// zip reads the files of a zip archive one after the other by the headers before them.
// The directory at the end, which an archive can lie with, is not used, so that nothing
// has to be held, and files before the end of a truncated archive are read.
func (p *parser) zip(src *source, at place) {
	for !p.stopped {
		head, err := src.Peek(zipHeader)
		if !bytes.HasPrefix(head, magicZip) {
			p.zipEnd(head, err)
			return
		}
		if err != nil {
			p.fail(eof(err))
			return
		}
		if p.files++; p.files > p.opts.Files {
			p.fail(&LimitError{Limit: "Files", Max: int64(p.opts.Files)})
			return
		}
		f := zipFile{
			flags:  binary.LittleEndian.Uint16(head[6:]),
			method: binary.LittleEndian.Uint16(head[8:]),
			sum:    binary.LittleEndian.Uint32(head[14:]),
			size:   int64(binary.LittleEndian.Uint32(head[18:])),
		}
		whole := binary.LittleEndian.Uint32(head[22:])
		name := make([]byte, binary.LittleEndian.Uint16(head[26:]))
		extra := make([]byte, binary.LittleEndian.Uint16(head[28:]))
		_, _ = src.Discard(zipHeader)
		if _, err := io.ReadFull(src, name); err != nil {
			p.fail(cutShort(eof(err)))
			return
		}
		if _, err := io.ReadFull(src, extra); err != nil {
			p.fail(cutShort(eof(err)))
			return
		}
		if f.size == zip64 {
			f.size = zip64Size(extra, whole)
		}
		at.file = string(name)
		if !p.zipFile(src, f, at) {
			return
		}
	}
}

// zipEnd looks at what comes when there are no more files.
func (p *parser) zipEnd(head []byte, err error) {
	switch {
	case len(head) < 4 && !errors.Is(err, io.EOF):
		p.fail(err)
	case len(head) < 4:
		p.fail(ErrTruncated)
	case head[0] != 'P' || head[1] != 'K':
		p.fail(fmt.Errorf("%w: something else between the files", ErrArchive))
	}
}

// eof makes an early end of an end.
func eof(err error) error {
	if errors.Is(err, io.EOF) {
		return ErrTruncated
	}
	return err
}

// zipFile is what the header before a file says.
type zipFile struct {
	flags, method uint16
	sum           uint32
	size          int64 // negative when it is not known
}

// zip64Size finds the compressed size among the extra fields (APPNOTE.TXT section 4.5.3),
// where it stands behind the size of the whole if that is too large for its place, too.
func zip64Size(extra []byte, whole uint32) int64 {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; n > len(extra) {
			break
		}
		value := extra[:n]
		extra = extra[n:]
		if id != zip64Extra {
			continue
		}
		if whole == zip64 && len(value) >= 8 {
			value = value[8:]
		}
		if len(value) >= 8 {
			return max(int64(binary.LittleEndian.Uint64(value)), -1)
		}
	}
	return -1
}

// zipFile reads one file, and reports whether the next can be found.
func (p *parser) zipFile(src *source, f zipFile, at place) bool {
	in := &summed{}
	switch {
	case f.flags&zipEncrypted != 0:
		p.fail(fmt.Errorf("%w: encrypted", ErrArchive))
		return false
	case f.method == zipDeflated:
		in.r = p.inflated(flate.NewReader(src), src) // It takes no octet too many.
	case f.method == zipStored && f.flags&zipDescribed == 0 && f.size >= 0:
		in.r = io.LimitReader(src, f.size)
	default:
		p.fail(fmt.Errorf("%w: compression method %d", ErrArchive, f.method))
		return false
	}
	start := src.used()
	p.input(p.source(in), at)
	if in.err != nil || p.stopped {
		return false // Whoever read it has told of the error.
	}
	if _, err := io.Copy(io.Discard, p.source(in)); err != nil {
		p.fail(err)
		return false
	}
	used := src.used() - start
	if f.flags&zipDescribed != 0 {
		var err error
		if f.sum, err = descriptor(src, used, in.n); err != nil {
			p.fail(err)
			return false
		}
	} else if f.size >= 0 && used != f.size {
		p.fail(fmt.Errorf("%w: a file of %d octets is said to have %d", ErrArchive, used, f.size))
		return false
	}
	if f.sum != in.sum {
		p.fail(fmt.Errorf("%w: wrong checksum", ErrArchive))
		return false
	}
	return true
}

// descriptor reads what stands behind a file whose size was not known before, and
// returns the checksum. The sizes in it have 4 octets or 8, with nothing that tells
// which: both together do, as they are known by now. The first alone does not, since the
// second of an empty file looks like the other half of it.
func descriptor(src *source, size, whole int64) (sum uint32, err error) {
	if head, _ := src.Peek(len(zipDescriptor)); string(head) == zipDescriptor {
		_, _ = src.Discard(len(zipDescriptor))
	}
	head, err := src.Peek(20)
	if len(head) >= 20 && binary.LittleEndian.Uint64(head[4:]) == uint64(size) &&
		binary.LittleEndian.Uint64(head[12:]) == uint64(whole) {
		_, _ = src.Discard(20)
		return binary.LittleEndian.Uint32(head), nil
	}
	if len(head) >= 12 && binary.LittleEndian.Uint32(head[4:]) == uint32(size) {
		_, _ = src.Discard(12)
		return binary.LittleEndian.Uint32(head), nil
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	return 0, fmt.Errorf("%w: no data descriptor", ErrArchive)
}

// summed is a file of an archive, whose checksum is known at its end.
type summed struct {
	r   io.Reader
	sum uint32
	n   int64
	err error
}

func (s *summed) Read(buf []byte) (int, error) {
	n, err := s.r.Read(buf)
	s.sum = crc32.Update(s.sum, crc32.IEEETable, buf[:n])
	s.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}
