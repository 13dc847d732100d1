package wire_test

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/wire"
)

// stricter lists what Parse refuses and the oracle does not, by the start of the
// reason: counts that lie, pointers that lead forward, contents of length zero,
// and messages that are not an answer to one question or need too much memory.
var stricter = []string{
	"name past the end", "pointer that does not lead back",
	"address of a wrong size", "name of a wrong size", "SOA of a wrong size", "empty text", "short MX", "short TLSA",
	"not one question", "compressed question", "too many names", "short question",
}

// FuzzParse has two codecs read the same message. Parse may accept what the other
// refuses, since it does not look at what it does not need; whatever both accept
// they must read alike.
func FuzzParse(f *testing.F) {
	f.Add(message(f, "a.example.", dns.TypeA, []string{
		"z.example. 60 IN A 192.0.2.9", "b.example. 50 IN A 192.0.2.1", "A.example. 70 IN CNAME B.example.",
	}, nil))
	f.Add(message(f, "a.example.", dns.TypeTXT, []string{`a.example. 60 IN TXT "v=spf1" "\"\\\000"`, `a.example. 60 IN TXT ""`}, nil))
	f.Add(message(f, "a.example.", dns.TypeMX, []string{"a.example. 60 IN MX 10 m.a.example.", "a.example. 60 IN MX 0 ."}, nil))
	f.Add(message(f, "a.example.", dns.TypeTLSA, []string{"a.example. 60 IN TLSA 3 1 1 abcd"}, nil))
	f.Add(message(f, "a.example.", dns.TypePTR, []string{`a.example. 60 IN PTR a\.b.\\\001.`}, nil))
	f.Add(message(f, "a.example.", dns.TypeAAAA, []string{"a.example. 60 IN CNAME b.example."}, []string{
		"example. 60 IN NS ns.example.", "example. 60 IN SOA ns.example. root.example. 1 2 3 4 5",
	}))
	f.Add(message(f, "a.", dns.TypeA, []string{"a. 1 IN CNAME b.", "b. 1 IN CNAME a."}, nil))
	f.Add(message(f, "a.", dns.TypeA, []string{"a. 1 IN CNAME b.", "a. 1 IN CNAME c."}, nil))
	f.Add(raw(1, 0, 1, append(owned([]byte{0xc0, 12}, 1, 192, 0, 2, 1), owned([]byte{0}, 41, 0, 15, 0, 4, 0, 6, 'h', 'i')...)...))
	f.Add(raw(65535, 1, 0, owned([]byte{0xc0, 19}, 5, 0xc0, 12)...))
	f.Add(raw(1, 0, 0, owned([]byte{0xc0, 12}, 5)...))
	f.Add(raw(2, 0, 0, append(owned([]byte{0xc0, 12}, 5, 1, 'b', 0), owned([]byte{0xc0, 12}, 5)...)...))
	f.Add(append(longest(), hostileChain()...)[:4000])
	f.Fuzz(func(t *testing.T, msg []byte) {
		var got wire.Reply
		err := got.Parse(msg)
		var m dns.Msg
		if m.Unpack(slices.Clone(msg)) != nil || len(msg) < 12 || msg[2]&2 != 0 {
			return
		}
		if e, ok := errors.AsType[*wire.SyntaxError](err); ok && e.What != "two aliases for one name" {
			require.True(t, slices.ContainsFunc(stricter, func(s string) bool { return strings.HasPrefix(e.What, s) }), "%v", err)
			return
		}
		if len(m.Question) != 1 {
			require.NoError(t, err) // a bare FORMERR
			return
		}
		want, wantErr := oracle(t, msg, &m)
		if wantErr != nil {
			require.ErrorContains(t, err, wantErr.Error())
			return
		}
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

// oracle reads what Parse is to read from the message of the general codec, in
// the plainest way.
func oracle(t *testing.T, msg []byte, m *dns.Msg) (r wire.Reply, err error) {
	r = wire.Reply{
		Rcode: uint16(msg[3] & 0xf), Authoritative: m.Authoritative, RecursionAvailable: m.RecursionAvailable,
		Authentic: m.AuthenticatedData, TTL: math.MaxUint32,
	}
	for _, rr := range m.Extra {
		if opt, ok := rr.(*dns.OPT); ok {
			r.Rcode |= uint16(opt.Hdr.Ttl>>24) << 4
			for _, o := range opt.Option {
				if e, ok := o.(*dns.EDNS0_EDE); ok && len(r.Extended) < 3 {
					r.Extended = append(r.Extended, wire.Extended{Code: e.InfoCode, Text: e.ExtraText[:min(len(e.ExtraText), 128)]})
				}
			}
			break
		}
	}
	owner := normal(t, m.Question[0].Name)
	passed := []string{owner}
	for {
		var alias string
		var aliases int
		aliasTTL := uint32(math.MaxUint32)
		for _, rr := range m.Answer {
			h := rr.Header()
			switch {
			case h.Class != dns.ClassINET || h.Rrtype != m.Question[0].Qtype && h.Rrtype != dns.TypeCNAME:
			case normal(t, h.Name) != owner:
				r.Stray = r.Stray || len(passed) == 1
			case h.Rrtype == m.Question[0].Qtype:
				rec := fromRR(t, rr)
				r.Records = append(r.Records, rec)
				r.TTL = min(r.TTL, rec.TTL)
			default:
				target := normal(t, rr.(*dns.CNAME).Target)
				if aliases++; aliases > 1 && target != alias {
					return r, errors.New("two aliases for one name")
				}
				alias, aliasTTL = target, min(aliasTTL, ttl(h.Ttl))
			}
		}
		if len(r.Records) > 0 || aliases == 0 {
			break
		}
		if slices.Contains(passed, alias) {
			return r, wire.ErrLoop
		}
		if len(passed) > wire.MaxChain {
			return r, wire.ErrChain
		}
		r.TTL = min(r.TTL, aliasTTL)
		r.Chain = append(r.Chain, alias)
		passed = append(passed, alias)
		owner = alias
	}
	if len(r.Records) > 0 {
		return r, nil
	}
	for _, rr := range m.Ns {
		h := rr.Header()
		if h.Class != dns.ClassINET {
			continue
		}
		r.Referral = r.Referral || h.Rrtype == dns.TypeNS
		if soa, ok := rr.(*dns.SOA); ok && !r.Negative && name.Within(owner, normal(t, h.Name)) {
			r.Negative, r.NegativeTTL = true, min(ttl(h.Ttl), ttl(soa.Minttl))
		}
	}
	r.Referral = r.Referral && !r.Negative
	return r, nil
}

func fromRR(t *testing.T, rr dns.RR) wire.Record {
	rec := wire.Record{Type: rr.Header().Rrtype, TTL: ttl(rr.Header().Ttl)}
	switch rr := rr.(type) {
	case *dns.A:
		rec.Addr, _ = netip.AddrFromSlice(rr.A.To4())
	case *dns.AAAA:
		rec.Addr, _ = netip.AddrFromSlice(rr.AAAA)
	case *dns.NS:
		rec.Host = normal(t, rr.Ns)
	case *dns.CNAME:
		rec.Host = normal(t, rr.Target)
	case *dns.PTR:
		rec.Host = normal(t, rr.Ptr)
	case *dns.MX:
		rec.Host, rec.Pref = normal(t, rr.Mx), rr.Preference
	case *dns.TXT:
		rec.Text = unescaped(t, rr.Txt)
	case *dns.SPF:
		rec.Text = unescaped(t, rr.Txt)
	case *dns.SOA:
		rec.Host, rec.Minimum = normal(t, rr.Ns), rr.Minttl
	case *dns.TLSA:
		var err error
		rec.Data, err = hex.DecodeString(rr.Certificate)
		require.NoError(t, err)
		rec.Usage, rec.Selector, rec.Matching = rr.Usage, rr.Selector, rr.MatchingType
	}
	return rec
}

func unescaped(t *testing.T, in []string) []string {
	out := make([]string, len(in))
	for i, s := range in {
		var err error
		out[i], err = name.Unescape(s)
		require.NoError(t, err)
	}
	return out
}

func normal(t *testing.T, s string) string {
	n, err := name.Normalize(s)
	require.NoError(t, err, "%q", s)
	return n
}

func ttl(v uint32) uint32 {
	if v > math.MaxInt32 {
		return 0
	}
	return v
}

// FuzzIsReply has what is accepted as the reply to a query be for its question.
func FuzzIsReply(f *testing.F) {
	query := wire.AppendQuery(nil, 1, "a.example", 16, wire.WithEDNS)
	reply := slices.Clone(query)
	reply[2] |= 0x80
	f.Add(reply)
	f.Add([]byte{0, 1, 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, msg []byte) {
		if !wire.IsReply(query, msg) || binary.BigEndian.Uint16(msg[4:]) == 0 {
			return
		}
		require.Equal(t, query[:2], msg[:2])
		q, _, err := dns.UnpackDomainName(msg, 12)
		require.NoError(t, err)
		require.True(t, strings.EqualFold("a.example.", q))
	})
}
