package wire

import (
	"encoding/binary"

	"github.com/mailworthy/mailworthy/internal/name"
)

// UDPSize is the largest answer that a query with EDNS invites over UDP. It fits
// one IPv6 packet everywhere, so that nothing depends on fragments.
const UDPSize = 1232

const (
	headerLen = 12
	maxWire   = 255 // octets of a name, RFC 1035 section 2.3.4

	classIN = 1

	typeNS    = 2
	typeSOA   = 6
	typeCNAME = 5
	typeOPT   = 41

	rcodeFormErr = 1
	rcodeNotImp  = 4
)

// EDNS says whether a query carries an OPT record (RFC 6891).
type EDNS uint8

// The two forms of a query.
const (
	WithEDNS    EDNS = iota // announces [UDPSize], and gets extended errors
	WithoutEDNS             // for servers that do not know EDNS
)

// AppendQuery appends the query for a name in normal form. It asks for recursion,
// and for the AD bit without the signatures (RFC 6840 section 5.7).
func AppendQuery(b []byte, id uint16, domain string, qtype uint16, edns EDNS) []byte {
	b = append(b,
		byte(id>>8), byte(id),
		0x01, 0x20, // RD, AD
		0, 1, // one question
		0, 0, 0, 0, 0, 0)
	if edns == WithEDNS {
		b[len(b)-1] = 1
	}
	b = name.AppendWire(b, domain)
	b = append(b, byte(qtype>>8), byte(qtype), 0, classIN)
	if edns == WithEDNS {
		b = append(b, 0, 0, typeOPT, UDPSize>>8, UDPSize&0xff, 0, 0, 0, 0, 0, 0)
	}
	return b
}

// SetID gives a query another ID.
func SetID(query []byte, id uint16) { binary.BigEndian.PutUint16(query, id) }

// IsReply reports whether msg is an answer to query, by RFC 5452 section 9.1: a
// response with the same ID and the same single question. The letter case of the
// name does not count. Anything else is not for us and must be waited past.
//
// Servers that cannot read EDNS may send back FORMERR or NOTIMP with no question
// (RFC 6891 section 7). That is an answer too, since nothing is learnt from it but
// to ask without EDNS.
func IsReply(query, msg []byte) bool {
	const response, opcode = 0x80, 0x78
	if len(msg) < headerLen || msg[0] != query[0] || msg[1] != query[1] ||
		msg[2]&response == 0 || msg[2]&opcode != 0 {
		return false
	}
	if msg[4] == 0 && msg[5] == 0 {
		rcode := msg[3] & 0xf
		return len(msg) == headerLen && (rcode == rcodeFormErr || rcode == rcodeNotImp)
	}
	end, err := skipName(query, headerLen)
	if err != nil || len(msg) < end+4 || msg[4] != 0 || msg[5] != 1 {
		return false
	}
	for i := headerLen; i < end; i++ {
		// A length octet is below 64, so folding it changes nothing.
		if lower(msg[i]) != lower(query[i]) {
			return false
		}
	}
	return string(msg[end:end+4]) == string(query[end:end+4])
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// WithoutEDNSHelps reports whether r is how a server says that it cannot read the
// query, which may be for the OPT record in it (RFC 6891 section 7).
func WithoutEDNSHelps(r *Reply) bool { return r.Rcode == rcodeFormErr || r.Rcode == rcodeNotImp }
