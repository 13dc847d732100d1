package wire

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"github.com/miekg/dns"

	"github.com/mailworthy/mailworthy/internal/name"
)

// data reads the record's data. What mailworthy reads often is read here, with
// errors that tell what to do; the codec reads the rest.
func (p *zoneParser) data(r *Record, words []token) (err error) {
	if words[0].is(`\#`) {
		return p.codec(r, words)
	}
	switch r.Type {
	case dns.TypeTXT, dns.TypeSPF:
		r.Text, err = texts(words)
		return err
	case dns.TypeA, dns.TypeAAAA:
		if len(words) == 1 {
			r.Addr, err = netip.ParseAddr(words[0].text)
			if err == nil && r.Addr.Zone() == "" && r.Addr.Is4() == (r.Type == dns.TypeA) {
				return nil
			}
		}
		return fmt.Errorf("the %s record takes one address of its family", dns.Type(r.Type))
	case dns.TypeMX:
		if len(words) == 2 {
			if n, err := strconv.ParseUint(words[0].text, 10, 16); err == nil {
				r.Pref = uint16(n)
				r.Host, err = p.absolute(words[1])
				return err
			}
		}
		return errors.New("the MX record takes a preference and a host")
	case dns.TypeCNAME, dns.TypeNS, dns.TypePTR:
		if len(words) != 1 {
			return fmt.Errorf("the %s record takes one host", dns.Type(r.Type))
		}
		r.Host, err = p.absolute(words[0])
		return err
	}
	return p.codec(r, words)
}

// codec lets the codec read the data of a record.
func (p *zoneParser) codec(r *Record, words []token) error {
	line := ". 0 IN " + dns.Type(r.Type).String() + " " + join(words) + "\n"
	zp := dns.NewZoneParser(strings.NewReader(line), p.origin+".", "")
	rr, ok := zp.Next()
	if !ok {
		if err := codecError(zp.Err()); err != nil {
			return err
		}
		return fmt.Errorf("the %s record has no data", dns.Type(r.Type))
	}
	return fill(r, rr)
}

// texts returns the character-strings of a TXT record. Those of more than 255
// octets are split.
func texts(words []token) ([]string, error) {
	var out []string
	for _, w := range words {
		if w.quote == 0 && (len(words) > 1 || w.cut) {
			return nil, errors.New(`a text with blanks or semicolons needs quotation marks: "v=spf1 -all"`)
		}
		s, err := name.Unescape(w.text)
		if err != nil {
			return nil, errEscape
		}
		for len(s) > math.MaxUint8 {
			out = append(out, s[:math.MaxUint8])
			s = s[math.MaxUint8:]
		}
		out = append(out, s)
	}
	return out, nil
}

// join writes words as zone text for the codec.
func join(words []token) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		switch w.quote {
		case 0:
			b.WriteString(w.text)
		case '"':
			b.WriteString(`"` + w.text + `"`)
		default:
			s, _ := name.Unescape(w.text)
			b.WriteString(Quote(s))
		}
	}
	return b.String()
}

// Quote writes s as a character-string of zone text.
func Quote(s string) string {
	return `"` + strings.ReplaceAll(name.Escape(s), `"`, `\"`) + `"`
}

// fill copies the data of rr. For a type that mailworthy does not read, and for
// an SOA, Data is the data as on the wire.
func fill(r *Record, rr dns.RR) error {
	var err error
	switch rr := rr.(type) {
	case *dns.A:
		r.Addr, _ = netip.AddrFromSlice(rr.A.To4())
	case *dns.AAAA:
		r.Addr, _ = netip.AddrFromSlice(rr.AAAA.To16())
	case *dns.MX:
		r.Pref = rr.Preference
		r.Host, err = name.Normalize(rr.Mx)
	case *dns.CNAME:
		r.Host, err = name.Normalize(rr.Target)
	case *dns.NS:
		r.Host, err = name.Normalize(rr.Ns)
	case *dns.PTR:
		r.Host, err = name.Normalize(rr.Ptr)
	case *dns.TXT:
		r.Text, err = unescapeAll(rr.Txt)
	case *dns.SPF:
		r.Text, err = unescapeAll(rr.Txt)
	case *dns.TLSA:
		r.Usage, r.Selector, r.Matching = rr.Usage, rr.Selector, rr.MatchingType
		r.Data, err = rdata(rr)
		r.Data = r.Data[min(3, len(r.Data)):]
	case *dns.SOA:
		r.Minimum = rr.Minttl
		if r.Host, err = name.Normalize(rr.Ns); err == nil {
			r.Data, err = rdata(rr)
		}
	default:
		r.Data, err = rdata(rr)
	}
	// The generic form "\# 0" gives any type no data.
	noAddr := (r.Type == dns.TypeA || r.Type == dns.TypeAAAA) && !r.Addr.IsValid()
	noText := (r.Type == dns.TypeTXT || r.Type == dns.TypeSPF) && len(r.Text) == 0
	if err == nil && (noAddr || noText) {
		err = fmt.Errorf("the %s record has no data", dns.Type(r.Type))
	}
	return err
}

func unescapeAll(in []string) ([]string, error) {
	out := make([]string, len(in))
	for i, s := range in {
		raw, err := name.Unescape(s)
		if err != nil {
			return nil, errEscape
		}
		out[i] = raw
	}
	return out, nil
}

// rdata returns the data of rr as on the wire, uncompressed.
func rdata(rr dns.RR) ([]byte, error) {
	rr.Header().Name = "."
	buf := make([]byte, dns.Len(rr)+16)
	n, err := dns.PackRR(rr, buf, 0, nil, false)
	if err != nil {
		return nil, errors.New(name.Escape(strings.TrimPrefix(err.Error(), "dns: ")))
	}
	return buf[1+10 : n : n], nil
}
