package wire

import (
	"encoding/binary"

	"github.com/mailworthy/mailworthy/internal/name"
)

// appendRecord adds a record of the type asked for to the reply.
func (p *parser) appendRecord(h header) error {
	rec := Record{Type: h.typ, TTL: ttl(h.ttl)}
	if err := p.readData(h, &rec); err != nil {
		return err
	}
	p.reply.Records = append(p.reply.Records, rec)
	p.reply.TTL = min(p.reply.TTL, rec.TTL)
	return nil
}

// readData reads the contents of a record of any type that the package knows, and
// nothing of others.
func (p *parser) readData(h header, rec *Record) (err error) {
	const (
		typeA    = 1
		typePTR  = 12
		typeMX   = 15
		typeTXT  = 16
		typeAAAA = 28
		typeTLSA = 52
		typeSPF  = 99
	)
	data := p.msg[h.data:h.end]
	switch h.typ {
	case typeA:
		if len(data) != 4 {
			return broken(h.data, "address of a wrong size")
		}
		rec.Addr = addr(data)
	case typeAAAA:
		if len(data) != 16 {
			return broken(h.data, "address of a wrong size")
		}
		rec.Addr = addr(data)
	case typeTXT, typeSPF:
		return readText(h, data, rec)
	case typeNS, typeCNAME, typePTR:
		rec.Host, err = p.lastName(h.data, h.end)
	case typeMX:
		if len(data) < 3 {
			return broken(h.data, "short MX")
		}
		rec.Pref = binary.BigEndian.Uint16(data)
		rec.Host, err = p.lastName(h.data+2, h.end)
	case typeSOA:
		err = p.readSOA(h, rec)
	case typeTLSA:
		if len(data) < 3 {
			return broken(h.data, "short TLSA")
		}
		rec.Usage, rec.Selector, rec.Matching = data[0], data[1], data[2]
		rec.Data = append([]byte{}, data[3:]...)
	}
	return err
}

// readText reads character-strings (RFC 1035 section 3.3.14). All share one piece
// of memory.
func readText(h header, data []byte, rec *Record) error {
	n := 0
	for i := 0; i < len(data); i += 1 + int(data[i]) {
		n++
		if i+1+int(data[i]) > len(data) {
			return broken(h.data+i, "text past the end")
		}
	}
	if n == 0 {
		return broken(h.data, "empty text")
	}
	if n == 1 {
		rec.Text = []string{string(data[1:])}
		return nil
	}
	all := string(data)
	rec.Text = make([]string, 0, n)
	for i := 0; i < len(data); i += 1 + int(data[i]) {
		rec.Text = append(rec.Text, all[i+1:i+1+int(data[i])])
	}
	return nil
}

func (p *parser) readSOA(h header, rec *Record) (err error) {
	off, err := skipName(p.msg[:h.end], h.data)
	if err != nil {
		return err
	}
	if off, err = skipName(p.msg[:h.end], off); err != nil {
		return err
	}
	if off+20 != h.end {
		return broken(h.data, "SOA of a wrong size")
	}
	rec.Host, err = p.wholeName(h.data)
	rec.Minimum = binary.BigEndian.Uint32(p.msg[h.end-4:])
	return err
}

// lastName returns the name at off, which must fill the contents up to end.
func (p *parser) lastName(off, end int) (string, error) {
	if err := p.endsAt(off, end); err != nil {
		return "", err
	}
	return p.wholeName(off)
}

func (p *parser) endsAt(off, end int) error {
	next, err := skipName(p.msg[:end], off)
	if err == nil && next != end {
		err = broken(off, "name of a wrong size")
	}
	return err
}

// wholeName returns the name at off in normal form.
func (p *parser) wholeName(off int) (string, error) {
	var buf [4 * maxWire]byte
	out, size := buf[:0], 0
	for w := (walker{p.msg, off, off}); ; {
		label, err := w.next()
		if err != nil {
			return "", err
		}
		if len(label) == 0 {
			break
		}
		if size += 1 + len(label); size >= maxWire {
			return "", broken(off, "name too long")
		}
		if len(out) > 0 {
			out = append(out, '.')
		}
		out = name.AppendLabel(out, label)
	}
	if p.nameBytes += len(out); p.nameBytes > maxNameBytes {
		return "", broken(off, "too many names")
	}
	return string(out), nil
}

// walker goes through the labels of a name. A pointer must lead to before where
// the labels that end in it began (RFC 1035 section 4.1.4), so each is followed
// at most once and there can be no loop.
type walker struct {
	msg        []byte
	off, start int
}

// next returns the next label, which is empty at the end.
func (w *walker) next() ([]byte, error) {
	for w.off < len(w.msg) {
		c := int(w.msg[w.off])
		switch {
		case c < 0x40:
			label := w.off + 1
			if label+c > len(w.msg) {
				return nil, broken(w.off, "label past the end")
			}
			w.off = label + c
			return w.msg[label:w.off], nil
		case c < 0xc0:
			return nil, broken(w.off, "label of an unknown kind")
		case w.off+1 == len(w.msg):
			return nil, broken(w.off, "short pointer")
		}
		target := c&0x3f<<8 | int(w.msg[w.off+1])
		if target >= w.start || target < headerLen {
			return nil, broken(w.off, "pointer that does not lead back")
		}
		w.off, w.start = target, target
	}
	return nil, broken(w.off, "name past the end")
}

// skipName returns the offset after the name at off. It does not follow a
// pointer.
func skipName(msg []byte, off int) (int, error) {
	for off < len(msg) {
		c := int(msg[off])
		switch {
		case c == 0:
			return off + 1, nil
		case c < 0x40:
			off += 1 + c
		case c < 0xc0:
			return 0, broken(off, "label of an unknown kind")
		case off+2 > len(msg):
			return 0, broken(off, "short pointer")
		default:
			return off + 2, nil
		}
	}
	return 0, broken(len(msg), "name past the end")
}

// equalNames compares two names of a message, without regard to letter case. It
// stops at the first difference, and is done at once where both lead to the same
// place.
func equalNames(msg []byte, a, b int) (bool, error) {
	wa, wb := walker{msg, a, a}, walker{msg, b, b}
	for size := 0; ; {
		la, err := wa.next()
		if err != nil {
			return false, err
		}
		lb, err := wb.next()
		if err != nil || len(la) != len(lb) {
			return false, err
		}
		for i := range la {
			if lower(la[i]) != lower(lb[i]) {
				return false, nil
			}
		}
		if wa.off == wb.off || len(la) == 0 {
			return true, nil
		}
		if size += 1 + len(la); size >= maxWire {
			return false, broken(a, "name too long")
		}
	}
}
