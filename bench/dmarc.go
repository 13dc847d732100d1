package main

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"

	msgauth "github.com/emersion/go-msgauth/dmarc"
	"golang.org/x/net/publicsuffix"

	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

// The contenders of the comparison of DMARC. The peer has records and a lookup of one
// name, and no evaluation: it is completed with what a program puts around it, which is
// RFC 7489 without pct, and less than the other does.
const (
	dmarcEvaluate  = "mailworthy Evaluate"
	dmarcPeer      = "go-msgauth, net/mail, publicsuffix"
	dmarcParse     = "mailworthy Parse"
	dmarcPeerParse = "go-msgauth Parse"
)

var errDMARC = errors.New("not the result that is right")

// dmarcCase is a message, and the DNS around it.
type dmarcCase struct {
	name, from, spf, dkim string
	zone                  string // names and records, for both
	want                  dmarc.Status
	// The targets: CPU of the peer in multiples of ours, and allocations.
	cpu, allocs float64
}

const dmarcRecord = "v=DMARC1; p=reject; rua=mailto:dmarc@example.org; adkim=r"

var dmarcCases = []dmarcCase{
	{"own record, equal", "Example News <news@example.org>", "example.org", "example.org", "example.org", dmarc.Pass, 1.2, 4.5},
	{"own record, relaxed", "Example News <news@example.org>", "bounce.example.org", "example.org", "example.org", dmarc.Pass, 1.2, 4.5},
	{"inherited", "Example News <news@a.b.example.org>", "bounce.example.org", "example.org", "example.org", dmarc.Pass, 1, 4.5},
	{"fail", "Example News <news@example.org>", "bounce.vendor.example", "vendor.example", "example.org", dmarc.Fail, 0.8, 7.5}, // Ours explains itself then.
}

// ours returns an evaluation by mailworthy with the answers at hand.
func (c dmarcCase) ours() func() error {
	req := dmarc.Request{
		From: []string{c.from}, SPF: dmarc.SPFResult{Status: dmarc.Pass, Domain: c.spf},
		DKIM: []dmarc.DKIMResult{{Status: dmarc.Pass, Domain: c.dkim, Selector: "s1"}},
	}
	answers := make(resolver.Snapshot)
	for {
		_, missing := dmarc.Evaluate(req, answers)
		if len(missing) == 0 {
			break
		}
		for _, q := range missing {
			answers[q] = resolver.Answer{Status: resolver.NXDomain, TTL: 300}
			if q.Name == "_dmarc."+c.zone {
				answers[q] = resolver.Answer{Status: resolver.Success, TXT: []resolver.Text{{dmarcRecord}}, TTL: 300}
			}
		}
	}
	return func() error {
		res, missing := dmarc.Evaluate(req, answers)
		if len(missing) > 0 || res.Status != c.want {
			return fmt.Errorf("%w: %s", errDMARC, res.Status)
		}
		return nil
	}
}

// peer returns the same message judged with go-msgauth's lookup in a map.
func (c dmarcCase) peer() func() error {
	records := map[string][]string{"_dmarc." + c.zone: {dmarcRecord}}
	opts := &msgauth.LookupOptions{LookupTXT: func(domain string) ([]string, error) { return records[domain], nil }}
	return func() error {
		list, err := mail.ParseAddressList(c.from)
		if err != nil {
			return err
		}
		_, author, _ := strings.Cut(list[0].Address, "@")
		org, err := publicsuffix.EffectiveTLDPlusOne(author)
		if err != nil {
			return err
		}
		rec, err := msgauth.LookupWithOptions(author, opts)
		if errors.Is(err, msgauth.ErrNoPolicy) && org != author {
			rec, err = msgauth.LookupWithOptions(org, opts)
		}
		if err != nil {
			return err
		}
		aligned := func(domain string, mode msgauth.AlignmentMode) bool {
			if domain == author || mode == msgauth.AlignmentStrict {
				return domain == author
			}
			other, err := publicsuffix.EffectiveTLDPlusOne(domain)
			return err == nil && other == org
		}
		status := dmarc.Fail
		if aligned(c.spf, rec.SPFAlignment) || aligned(c.dkim, rec.DKIMAlignment) {
			status = dmarc.Pass
		}
		if status != c.want {
			return fmt.Errorf("%w: %s", errDMARC, status)
		}
		return nil
	}
}

func (c dmarcCase) workload() workload {
	return workload{name: "dmarc " + c.name, contenders: []contender{repeat(dmarcEvaluate, c.ours()), repeat(dmarcPeer, c.peer())}}
}

// dmarcParsing compares what both read of a record. Ours keeps where each tag stands.
func dmarcParsing() workload {
	return workload{name: "dmarc parse", contenders: []contender{
		repeat(dmarcParse, func() error { _, err := dmarc.Parse(dmarcRecord); return err }),
		repeat(dmarcPeerParse, func() error { _, err := msgauth.Parse(dmarcRecord); return err }),
	}}
}

func compareDMARC(s settings, r *report) error {
	for _, c := range dmarcCases {
		w := c.workload()
		used, err := r.compare(s, w)
		if err != nil {
			return err
		}
		r.atLeast(c.cpu, used.ratio(dmarcPeer, dmarcEvaluate, cpu), w.name+": CPU of the peer, which does less, in multiples of ours")
		r.atMost(c.allocs, used.median(dmarcEvaluate, allocs), w.name+": allocations")
	}
	used, err := r.compare(s, dmarcParsing())
	if err != nil {
		return err
	}
	r.atLeast(1.2, used.ratio(dmarcPeerParse, dmarcParse, cpu), "dmarc parse: CPU that the peer takes, in multiples of ours")
	return nil
}
