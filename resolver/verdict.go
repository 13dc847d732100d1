package resolver

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/wire"
)

// verdict is what an exchange with a server came to.
type verdict struct {
	server   *server
	status   Status // "" when the answer ends in an alias that is not followed yet
	extended string
	err      error
	replied  bool
}

func (v verdict) failure() bool { return v.status != "" && !v.status.Definitive() }

// rank orders failures by how much they tell.
func (v verdict) rank() int {
	switch v.status {
	case ServFail:
		return 4
	case Refused:
		return 3
	case Failed:
		return 2
	}
	return 1
}

// asError returns the failure that v is, or the end of the context that made it
// one.
func (v verdict) asError(ctx context.Context) *Error {
	if e := ended(ctx, Question{}); e.Err != nil && !v.replied {
		e.Server = v.server.text
		return e
	}
	return &Error{Status: v.status, Server: v.server.text, Extended: v.extended, Err: v.err}
}

// judge decides what a complete reply means.
func judge(r *wire.Reply) (Status, error) {
	switch r.Rcode {
	case 0:
	case 2:
		return ServFail, nil
	case 3:
		if len(r.Records) > 0 {
			return Failed, errors.New("broken reply: records of a name that does not exist")
		}
		return NXDomain, nil
	case 5:
		return Refused, nil
	default:
		return Failed, fmt.Errorf("the server answered with %s", rcodeName(r.Rcode))
	}
	switch {
	case len(r.Records) > 0:
		return Success, nil
	case r.Negative:
		return NoData, nil
	case len(r.Chain) > 0:
		return "", nil
	case r.Stray:
		return Failed, errors.New("broken reply: records of another name")
	case r.Authoritative:
		return NoData, nil
	case r.Referral:
		return Failed, errors.New("referral: the server does not recurse")
	case !r.RecursionAvailable:
		// Neither authoritative nor recursive, it has no way to know.
		return Failed, errors.New("lame: the server neither knows the name nor recurses")
	}
	return NoData, nil
}

// fill puts the records into the answer.
func fill(a *Answer, recs []wire.Record) {
	switch Type(recs[0].Type) {
	case TypeA, TypeAAAA:
		a.Addrs = make([]netip.Addr, len(recs))
		for i := range recs {
			a.Addrs[i] = recs[i].Addr
		}
	case TypeNS, TypeCNAME, TypePTR, TypeSOA:
		a.Hosts = make([]string, len(recs))
		for i := range recs {
			a.Hosts[i] = recs[i].Host
		}
	case TypeMX:
		a.MX = make([]MXHost, len(recs))
		for i := range recs {
			a.MX[i] = MXHost{Host: recs[i].Host, Pref: recs[i].Pref}
		}
	case TypeTXT, TypeSPF:
		a.TXT = make([]Text, len(recs))
		for i := range recs {
			a.TXT[i] = recs[i].Text
		}
	case TypeTLSA:
		a.TLSA = make([]TLSA, len(recs))
		for i := range recs {
			a.TLSA[i] = TLSA{
				Usage: recs[i].Usage, Selector: recs[i].Selector, Matching: recs[i].Matching, Data: recs[i].Data,
			}
		}
	}
}

// askable reports whether records of the type exist. The others are for
// transport, or ask for several types at once (RFC 6895 section 3.1).
func askable(t Type) bool { return t != 0 && t != 41 && (t < 128 || t > 255) }

// ended returns the failure that the end of ctx is. Its Err is nil when ctx has
// not ended; a deadline that has passed counts even when the context's own timer
// is late.
func ended(ctx context.Context, q Question) *Error {
	e := &Error{Question: q, Status: Failed, Err: context.Cause(ctx)}
	if e.Err == nil {
		if deadline, ok := ctx.Deadline(); !ok || time.Now().Before(deadline) {
			return e
		}
		e.Err, e.Status = context.DeadlineExceeded, Timeout
	} else if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e.Status = Timeout
	}
	return e
}

// extended puts a server's explanations into words (RFC 8914 section 4).
func extended(list []wire.Extended) string {
	if len(list) == 0 {
		return ""
	}
	words := make([]string, len(list))
	for i, e := range list {
		words[i] = "EDE " + strconv.Itoa(int(e.Code))
		if int(e.Code) < len(extendedNames) {
			words[i] += " (" + extendedNames[e.Code] + ")"
		}
		if text := strings.TrimRight(e.Text, "\x00"); text != "" {
			words[i] += ": " + name.Escape(text)
		}
	}
	return strings.Join(words, "; ")
}

var extendedNames = [...]string{
	"Other", "Unsupported DNSKEY Algorithm", "Unsupported DS Digest Type", "Stale Answer", "Forged Answer",
	"DNSSEC Indeterminate", "DNSSEC Bogus", "Signature Expired", "Signature Not Yet Valid", "DNSKEY Missing",
	"RRSIGs Missing", "No Zone Key Bit Set", "NSEC Missing", "Cached Error", "Not Ready", "Blocked", "Censored",
	"Filtered", "Prohibited", "Stale NXDOMAIN Answer", "Not Authoritative", "Not Supported",
	"No Reachable Authority", "Network Error", "Invalid Data",
}

// rcodeName returns the mnemonic of an rcode, as far as stub resolvers see it.
func rcodeName(rcode uint16) string {
	switch rcode {
	case 1:
		return "FORMERR"
	case 4:
		return "NOTIMP"
	case 6:
		return "YXDOMAIN"
	case 9:
		return "NOTAUTH"
	}
	return "rcode " + strconv.Itoa(int(rcode))
}
