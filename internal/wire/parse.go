package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/netip"

	"github.com/mailworthy/mailworthy/internal/name"
)

// MaxChain is how many aliases (CNAME) are followed.
const MaxChain = 8

// The limits of what a message may make us decode. A message of 64 KiB can hold
// 5,000 pointers to one long name; no honest one comes near the limit.
const (
	maxNameBytes = 1 << 18
	maxExtended  = 3
	maxExtraText = 128
)

// ErrLoop and ErrChain say that an answer's aliases cannot be followed.
var (
	ErrLoop  = errors.New("the aliases (CNAME) form a loop")
	ErrChain = fmt.Errorf("more than %d aliases (CNAME) in a row", MaxChain)
)

// SyntaxError says that a message is not a good DNS message.
type SyntaxError struct {
	Offset int // in octets from the start of the message
	What   string
}

// Error returns what is wrong, and where.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("broken reply: %s at octet %d", e.What, e.Offset)
}

// IsBroken reports whether err is one of this package's: the message arrived, but
// is no good.
func IsBroken(err error) bool {
	_, ok := errors.AsType[*SyntaxError](err)
	return ok || errors.Is(err, ErrLoop) || errors.Is(err, ErrChain)
}

func broken(off int, what string) error { return &SyntaxError{off, what} }

// Extended is an extended DNS error (RFC 8914).
type Extended struct {
	Code uint16
	Text string // raw, at most 128 octets
}

// Reply is what a DNS message says about its own question. The zero value is
// ready for [Reply.Parse], which may be called again and again; it keeps the
// slices' memory, except for what records point to.
type Reply struct {
	Rcode              uint16 // with the upper bits of EDNS
	Authoritative      bool
	Truncated          bool // then nothing else was read
	RecursionAvailable bool
	Authentic          bool // the AD bit

	// Chain is the targets of the aliases that were followed within the message.
	Chain []string
	// Records are those of the type asked for at the end of the chain. Their Name
	// is left empty. Records of types that this package does not read have only
	// their type and TTL.
	Records []Record
	// TTL is the lowest of Chain and Records, and the largest value without any.
	TTL uint32

	// Stray is true when the answer section has records of names other than the
	// question's.
	Stray bool
	// Negative is true when an SOA proves a negative answer for the end of the
	// chain; NegativeTTL is for how long it holds (RFC 2308 section 5).
	Negative    bool
	NegativeTTL uint32
	// Referral is true when the authority section names other servers, and no SOA.
	Referral bool

	Extended []Extended
}

// Reset forgets what was parsed but keeps the memory.
func (r *Reply) Reset() {
	clear(r.Chain)
	clear(r.Records)
	clear(r.Extended)
	*r = Reply{Chain: r.Chain[:0], Records: r.Records[:0], Extended: r.Extended[:0], TTL: math.MaxUint32}
}

// Parse reads a message. It must have one question, or none when it is FORMERR
// or NOTIMP, as [IsReply] lets pass. The work is linear in the size of msg, and
// what is kept does not point into it.
//
// Of the answer section it reads the records of the type asked for and the
// aliases that lead to them, in whatever order they are (RFC 1034 section 3.6.2).
// It goes by the message's own question, which the caller must have checked.
func (r *Reply) Parse(msg []byte) error {
	r.Reset()
	if len(msg) < headerLen {
		return broken(len(msg), "short header")
	}
	r.Authoritative = msg[2]&0x04 != 0
	r.Truncated = msg[2]&0x02 != 0
	r.RecursionAvailable = msg[3]&0x80 != 0
	r.Authentic = msg[3]&0x20 != 0
	r.Rcode = uint16(msg[3] & 0xf)
	var counts [4]int
	for i := range counts {
		counts[i] = int(binary.BigEndian.Uint16(msg[4+2*i:]))
	}
	if counts[0] != 1 {
		if counts[0] == 0 && len(msg) == headerLen && (r.Rcode == rcodeFormErr || r.Rcode == rcodeNotImp) {
			return nil
		}
		return broken(4, "not one question")
	}
	p := parser{msg: msg, reply: r}
	qend, err := p.question()
	if err != nil || r.Truncated {
		return err
	}

	// Find where the sections lie, once; then no count can lead astray.
	p.answer = section{qend, counts[1]}
	p.authority = section{0, counts[2]}
	if p.authority.off, err = p.skip(p.answer); err != nil {
		return err
	}
	additional := section{0, counts[3]}
	if additional.off, err = p.skip(p.authority); err != nil {
		return err
	}
	if err := p.readAdditional(additional); err != nil {
		return err
	}
	end, err := p.readAnswer()
	if err != nil {
		return err
	}
	return p.readAuthority(end)
}

// parser holds what is needed while one message is read.
type parser struct {
	msg               []byte
	reply             *Reply
	qtype             uint16
	answer, authority section
	nameBytes         int // decoded so far
}

// section is count records from an offset on.
type section struct{ off, count int }

// header is a record without its contents.
type header struct {
	owner      int // offset of the name
	typ, class uint16
	ttl        uint32
	data, end  int // offsets of the contents
}

func (p *parser) question() (end int, err error) {
	if end, err = skipName(p.msg, headerLen); err != nil {
		return 0, err
	}
	if len(p.msg) < end+4 {
		return 0, broken(end, "short question")
	}
	if end-headerLen > maxWire {
		return 0, broken(headerLen, "name too long")
	}
	if p.msg[end-1] != 0 {
		return 0, broken(headerLen, "compressed question")
	}
	p.qtype = binary.BigEndian.Uint16(p.msg[end:])
	return end + 4, nil
}

// next reads the header of the record at off.
func (p *parser) next(off int) (h header, err error) {
	h.owner = off
	if off, err = skipName(p.msg, off); err != nil {
		return h, err
	}
	if len(p.msg)-off < 10 {
		return h, broken(off, "short record")
	}
	b := p.msg[off : off+10]
	h.typ = binary.BigEndian.Uint16(b)
	h.class = binary.BigEndian.Uint16(b[2:])
	h.ttl = binary.BigEndian.Uint32(b[4:])
	h.data = off + 10
	h.end = h.data + int(binary.BigEndian.Uint16(b[8:]))
	if h.end > len(p.msg) {
		return h, broken(h.data, "record past the end")
	}
	return h, nil
}

func (p *parser) skip(s section) (off int, err error) {
	off = s.off
	for range s.count {
		h, err := p.next(off)
		if err != nil {
			return 0, err
		}
		off = h.end
	}
	return off, nil
}

// readAnswer follows the aliases and collects the records at their end. It
// returns the offset of the last name.
func (p *parser) readAnswer() (last int, err error) {
	var chain [MaxChain + 1]int // offsets of the names passed
	chain[0] = headerLen
	for hop := 0; ; hop++ {
		target, err := p.readRRset(chain[hop], hop)
		if err != nil || target == 0 {
			return chain[hop], err
		}
		for _, passed := range chain[:hop+1] {
			if same, err := equalNames(p.msg, passed, target); err != nil {
				return 0, err
			} else if same {
				return 0, ErrLoop
			}
		}
		if hop == MaxChain {
			return 0, ErrChain
		}
		chain[hop+1] = target
		host, err := p.wholeName(target)
		if err != nil {
			return 0, err
		}
		p.reply.Chain = append(p.reply.Chain, host)
	}
}

// readRRset collects the records of the name at owner. When there are none but an
// alias, it returns the offset of the alias's target, otherwise 0.
func (p *parser) readRRset(owner, hop int) (target int, err error) {
	var aliasTTL uint32 = math.MaxUint32
	off := p.answer.off
	for range p.answer.count {
		h, err := p.next(off)
		if err != nil {
			return 0, err
		}
		off = h.end
		if h.class != classIN || h.typ != p.qtype && h.typ != typeCNAME {
			continue
		}
		same, err := equalNames(p.msg, owner, h.owner)
		if err != nil {
			return 0, err
		}
		switch {
		case !same:
			p.reply.Stray = p.reply.Stray || hop == 0
		case h.typ == p.qtype:
			if err := p.appendRecord(h); err != nil {
				return 0, err
			}
		default:
			if err := p.endsAt(h.data, h.end); err != nil {
				return 0, err
			}
			aliasTTL = min(aliasTTL, ttl(h.ttl))
			if target == 0 {
				target = h.data
			} else if same, err := equalNames(p.msg, target, h.data); err != nil {
				return 0, err
			} else if !same {
				return 0, broken(h.owner, "two aliases for one name")
			}
		}
	}
	if len(p.reply.Records) > 0 {
		return 0, nil
	}
	if target != 0 {
		p.reply.TTL = min(p.reply.TTL, aliasTTL)
	}
	return target, nil
}

// readAuthority looks for what makes a negative answer good for the name at end.
func (p *parser) readAuthority(end int) error {
	if len(p.reply.Records) > 0 {
		return nil
	}
	var servers bool
	off := p.authority.off
	for range p.authority.count {
		h, err := p.next(off)
		if err != nil {
			return err
		}
		off = h.end
		if h.class != classIN || h.typ != typeNS && h.typ != typeSOA {
			continue
		}
		if h.typ == typeNS {
			servers = true
			continue
		}
		if p.reply.Negative {
			continue
		}
		// Only an SOA at or above the name speaks for it.
		zone, err := p.wholeName(h.owner)
		if err != nil {
			return err
		}
		domain, err := p.wholeName(end)
		if err != nil {
			return err
		}
		if !name.Within(domain, zone) {
			continue
		}
		var rec Record
		if err := p.readSOA(h, &rec); err != nil {
			return err
		}
		p.reply.Negative = true
		p.reply.NegativeTTL = min(ttl(h.ttl), ttl(rec.Minimum))
	}
	p.reply.Referral = servers && !p.reply.Negative
	return nil
}

// readAdditional reads the OPT record: the upper bits of the rcode and extended
// errors (RFC 6891 section 6.1.3, RFC 8914 section 2).
func (p *parser) readAdditional(s section) error {
	const codeEDE = 15
	var seen bool
	off := s.off
	for range s.count {
		h, err := p.next(off)
		if err != nil {
			return err
		}
		off = h.end
		if h.typ != typeOPT || seen {
			continue
		}
		seen = true
		p.reply.Rcode |= uint16(h.ttl>>24) << 4
		for b := p.msg[h.data:h.end]; len(b) > 0; {
			if len(b) < 4 {
				return broken(h.end-len(b), "short option")
			}
			code, n := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
			b = b[4:]
			if n > len(b) {
				return broken(h.end-len(b), "option past the end")
			}
			if code == codeEDE && n >= 2 && len(p.reply.Extended) < maxExtended {
				p.reply.Extended = append(p.reply.Extended, Extended{
					Code: binary.BigEndian.Uint16(b),
					Text: string(b[2:min(n, 2+maxExtraText)]),
				})
			}
			b = b[n:]
		}
	}
	return nil
}

func ttl(v uint32) uint32 {
	if v > math.MaxInt32 {
		return 0 // RFC 2181 section 8
	}
	return v
}

func addr(b []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(b)
	return a
}
