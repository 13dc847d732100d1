package wire

import (
	"encoding/hex"
	"errors"

	"github.com/miekg/dns"

	"github.com/mailworthy/mailworthy/internal/name"
)

const (
	minUDP = 512  // RFC 1035 section 4.2.1
	maxUDP = 4096 // what the test server sends at most, whatever a client allows
)

// ServerRequest is a query as the test server sees it.
type ServerRequest struct {
	Name string // normalised
	Type uint16
	// Size is how large a reply over UDP may be.
	Size int

	msg *dns.Msg
}

// ServerReply is what the test server answers.
type ServerReply struct {
	Rcode             int
	Answer, Authority []Record
	Secure            bool
	// Truncate sends the TC bit and no records.
	Truncate bool
	// HasExtended adds an extended error (RFC 8914) if the query has EDNS.
	HasExtended  bool
	ExtendedCode uint16
	Extended     string
}

// The response codes that the test server uses.
const (
	RcodeSuccess  = dns.RcodeSuccess
	RcodeServFail = dns.RcodeServerFailure
	RcodeNXDomain = dns.RcodeNameError
	RcodeNotImp   = dns.RcodeNotImplemented
	RcodeRefused  = dns.RcodeRefused
)

// ParseServerRequest decodes a query. If the error is not nil and the reply is
// not either, the reply is to be sent as it is.
func ParseServerRequest(b []byte) (*ServerRequest, []byte, error) {
	m := new(dns.Msg)
	if err := m.Unpack(b); err != nil {
		return nil, nil, err
	}
	if m.Response {
		return nil, nil, errors.New("a response where a query belongs")
	}
	refuse := func(rcode int) (*ServerRequest, []byte, error) {
		reply := new(dns.Msg).SetRcode(m, rcode)
		out, err := reply.Pack()
		if err != nil {
			return nil, nil, err
		}
		return nil, out, errors.New("refused: " + dns.RcodeToString[rcode])
	}
	switch {
	case m.Opcode != dns.OpcodeQuery:
		return refuse(dns.RcodeNotImplemented)
	case len(m.Question) != 1:
		return refuse(dns.RcodeFormatError)
	case m.Question[0].Qclass != dns.ClassINET:
		return refuse(dns.RcodeRefused)
	}
	q := m.Question[0]
	n, err := name.Normalize(q.Name)
	if err != nil {
		return refuse(dns.RcodeFormatError)
	}
	r := &ServerRequest{Name: n, Type: q.Qtype, Size: minUDP, msg: m}
	if opt := m.IsEdns0(); opt != nil {
		r.Size = min(max(int(opt.UDPSize()), minUDP), maxUDP)
	}
	return r, nil, nil
}

// Pack encodes the reply to r. When it would be longer than limit, it is
// truncated: only the question and the EDNS record remain.
func (p *ServerReply) Pack(r *ServerRequest, limit int) ([]byte, error) {
	m := new(dns.Msg).SetRcode(r.msg, p.Rcode)
	m.RecursionAvailable = true
	m.CheckingDisabled = r.msg.CheckingDisabled
	m.Compress = true
	opt := r.msg.IsEdns0()
	// RFC 6840 section 5.7: only for clients that understand it.
	m.AuthenticatedData = p.Secure && (r.msg.AuthenticatedData || opt != nil && opt.Do())
	m.Truncated = p.Truncate
	if !p.Truncate {
		m.Answer = resourceRecords(p.Answer)
		m.Ns = resourceRecords(p.Authority)
	}
	if opt != nil {
		m.SetEdns0(maxUDP, opt.Do())
		if p.HasExtended {
			o := m.IsEdns0()
			o.Option = append(o.Option, &dns.EDNS0_EDE{InfoCode: p.ExtendedCode, ExtraText: p.Extended})
		}
	}
	out, err := m.Pack()
	if err == nil && len(out) > limit && !m.Truncated {
		m.Truncated, m.Answer, m.Ns = true, nil, nil
		out, err = m.Pack()
	}
	return out, err
}

// Misdirect encodes a reply that a careful client has to ignore: one that denies
// the name, with another ID or to another question.
func (r *ServerRequest) Misdirect(otherID bool) ([]byte, error) {
	m := new(dns.Msg).SetRcode(r.msg, dns.RcodeNameError)
	m.RecursionAvailable = true
	if otherID {
		m.Id ^= 0x5aa5
	} else {
		m.Question = []dns.Question{{Name: "other.invalid.", Qtype: r.Type, Qclass: dns.ClassINET}}
	}
	return m.Pack()
}

// Garble encodes a reply with the right ID and question that cannot be decoded:
// it claims records that are not there, and ends in a pointer to itself.
func (r *ServerRequest) Garble() ([]byte, error) {
	m := new(dns.Msg).SetReply(r.msg)
	out, err := m.Pack()
	if err != nil {
		return nil, err
	}
	out[7] = 9 // answers
	at := len(out)
	return append(out, 0xc0|byte(at>>8), byte(at), 0, 1), nil
}

func resourceRecords(records []Record) []dns.RR {
	var out []dns.RR
	for i := range records {
		out = append(out, resourceRecord(&records[i]))
	}
	return out
}

func resourceRecord(r *Record) dns.RR {
	h := dns.RR_Header{Name: r.Name + ".", Rrtype: r.Type, Class: dns.ClassINET, Ttl: r.TTL}
	host := r.Host + "."
	switch r.Type {
	case dns.TypeA:
		return &dns.A{Hdr: h, A: r.Addr.AsSlice()}
	case dns.TypeAAAA:
		return &dns.AAAA{Hdr: h, AAAA: r.Addr.AsSlice()}
	case dns.TypeMX:
		return &dns.MX{Hdr: h, Preference: r.Pref, Mx: host}
	case dns.TypeCNAME:
		return &dns.CNAME{Hdr: h, Target: host}
	case dns.TypeNS:
		return &dns.NS{Hdr: h, Ns: host}
	case dns.TypePTR:
		return &dns.PTR{Hdr: h, Ptr: host}
	case dns.TypeTXT, dns.TypeSPF:
		txt := make([]string, len(r.Text))
		for i, s := range r.Text {
			txt[i] = name.Escape(s)
		}
		return &dns.TXT{Hdr: h, Txt: txt}
	case dns.TypeTLSA:
		return &dns.TLSA{
			Hdr: h, Usage: r.Usage, Selector: r.Selector, MatchingType: r.Matching,
			Certificate: hex.EncodeToString(r.Data),
		}
	case dns.TypeSOA:
		if r.Data == nil {
			return &dns.SOA{
				Hdr: h, Ns: host, Mbox: "hostmaster.", Serial: 1,
				Refresh: 3600, Retry: 600, Expire: 86400, Minttl: r.Minimum,
			}
		}
	}
	return &dns.RFC3597{Hdr: h, Rdata: hex.EncodeToString(r.Data)}
}
